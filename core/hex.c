#include "hex.h"

#include <string.h>

#include "out.h"

static const char digits[] = "0123456789abcdef";

/* Each byte as two digits, a blank, and the character that stands for it. */
static char shown[256][4];

char *hex_line(char *to, uint64_t off, const void *bytes, size_t len)
{
	enum { HALF = 3 * HEX_BYTES / 2, TEXT = 2 * HALF + 3 };
	const unsigned char *p = bytes;
	int n_digits = 8;

	if (!shown[0][0])
		for (int c = 0; c < 256; c++)
			memcpy(shown[c], (char[]){digits[c >> 4], digits[c & 15], ' ', (char)(c >= ' ' && c <= '~' ? c : '.')}, 4);
	while (n_digits < 16 && off >> 4 * n_digits)
		n_digits++;
	while (n_digits > 0)
		*to++ = digits[off >> 4 * --n_digits & 15];
	memset(to, ' ', 2 + TEXT);
	to += 2;
	/* the character behind the blank is overwritten, except before a gap */
	for (size_t i = 0; i < len; i++) {
		memcpy(to + 3 * i + (i >= HEX_BYTES / 2), shown[p[i]], 4);
		to[TEXT + i] = shown[p[i]][3];
	}
	to[HALF] = ' ';
	to[3 * len + (len > HEX_BYTES / 2)] = ' ';
	to[TEXT - 1] = '|';
	to += TEXT + len;
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
