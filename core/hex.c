#include "hex.h"

#include <string.h>

#include "out.h"

static const char digits[] = "0123456789abcdef";

char *hex_line(char *to, uint64_t off, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	int n_digits = 8;

	while (n_digits < 16 && off >> 4 * n_digits)
		n_digits++;
	while (n_digits > 0)
		*to++ = digits[off >> 4 * --n_digits & 15];
	for (size_t i = 0; i < HEX_BYTES; i++) {
		*to++ = ' ';
		if (i % 8 == 0)
			*to++ = ' ';
		*to++ = i < len ? digits[p[i] >> 4] : ' ';
		*to++ = i < len ? digits[p[i] & 15] : ' ';
	}
	*to++ = ' ';
	*to++ = ' ';
	*to++ = '|';
	for (size_t i = 0; i < len; i++)
		*to++ = p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '.';
	*to++ = '|';
	*to++ = '\n';
	return to;
}

static void print_line(off_t off, const unsigned char *p, size_t len)
{
	char *room = out_room(HEX_LINE);

	if (room)
		out_filled((size_t)(hex_line(room, (uint64_t)off, p, len) - room));
}

bool hex_print(struct map *m)
{
	unsigned char line[HEX_BYTES], last[HEX_BYTES];
	size_t have = 0;
	off_t off = m->start;
	bool starred = false;
	const char *p;
	ssize_t n;

	while ((n = map_slice(m, &p)) > 0 && !out_error()) {
		while (n > 0) {
			size_t part = HEX_BYTES - have < (size_t)n ? HEX_BYTES - have : (size_t)n;

			memcpy(line + have, p, part);
			have += part;
			p += part;
			n -= (ssize_t)part;
			if (have < HEX_BYTES)
				break;
			if (off > m->start && memcmp(line, last, HEX_BYTES) == 0) {
				if (!starred)
					out_text("*\n");
				starred = true;
			} else {
				print_line(off, line, HEX_BYTES);
				starred = false;
			}
			memcpy(last, line, HEX_BYTES);
			off += HEX_BYTES;
			have = 0;
		}
	}
	if (have > 0)
		print_line(off, line, have);
	off += (off_t)have;
	if (off > m->start)
		out_printf("%08llx\n", (unsigned long long)off);
	return !out_error();
}
