/* mmhex as xxd. */
#include "input.h"
#include "mmhex.h"
#include "msg.h"
#include "out.h"

static const struct opt options[] = {
	OPT_END,
};

/* 16 bytes as xxd prints them. */
static bool print_line(uint64_t off, const unsigned char *p, size_t len)
{
	char *room = out_room(80), *to = room;
	static const char digits[] = "0123456789abcdef";

	if (!room)
		return false;
	for (int shift = 28; shift >= 0; shift -= 4)
		*to++ = digits[off >> shift & 15];
	*to++ = ':';
	for (size_t i = 0; i < 16; i++) {
		if (i % 2 == 0)
			*to++ = ' ';
		*to++ = i < len ? digits[p[i] >> 4] : ' ';
		*to++ = i < len ? digits[p[i] & 15] : ' ';
	}
	*to++ = ' ';
	*to++ = ' ';
	for (size_t i = 0; i < len; i++)
		*to++ = p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '.';
	*to++ = '\n';
	out_filled((size_t)(to - room));
	return true;
}

static int run(int argc, char **argv)
{
	struct input in = {.names = argv};
	unsigned char line[16];
	size_t n, have = 0;
	uint64_t off = 0;
	const char *p;

	(void)argc;
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		while ((n = input_slice(&in, &p)) > 0)
			for (; n > 0; n--) {
				line[have++] = (unsigned char)*p++;
				if (have < sizeof line)
					continue;
				print_line(off, line, have);
				off += have;
				have = 0;
			}
	}
	if (have > 0)
		print_line(off, line, have);
	return 0;
}

const struct applet xxd_face = {
	.name = "xxd",
	.summary = "show bytes as xxd",
	.usage = "[OPTION]... [FILE]",
	.options = options,
	.run = run,
	.usage_status = 1,
};
