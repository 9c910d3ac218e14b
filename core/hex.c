#include "hex.h"

#include <string.h>

#include "out.h"
#include "scan.h"

static const char digits[] = "0123456789abcdef";

/* Each byte as two digits and a blank. */
static char cells[256][4];

/* So many bytes; what is behind the blank of the last one is overwritten. */
static void put_cells(char *to, const unsigned char *p, size_t n)
{
	for (; n > 0; n--, to += 3)
		memcpy(to, cells[*p++], 4);
}

char *hex_offset(char *to, uint64_t off)
{
	int n_digits = 8;
	uint64_t x = off & UINT32_MAX;

	while (n_digits < 16 && off >> 4 * n_digits)
		n_digits++;
	for (; n_digits > 8; n_digits--)
		*to++ = digits[off >> 4 * (n_digits - 1) & 15];
	/* each digit into a byte of its own, then all of them to characters at once */
	x = (x | x << 16) & 0x0000FFFF0000FFFF;
	x = (x | x << 8) & 0x00FF00FF00FF00FF;
	x = (x | x << 4) & 0x0F0F0F0F0F0F0F0F;
	x += 0x3030303030303030 + ((x + 0x0606060606060606) >> 4 & 0x0101010101010101) * ('a' - '9' - 1);
	for (int i = 8; i-- > 0; x >>= 8)
		to[i] = (char)x;
	return to + 8;
}

char *hex_line(char *to, uint64_t off, const void *bytes, size_t len)
{
	enum { HALF = HEX_BYTES / 2, TEXT = 3 * HEX_BYTES + 3 };
	const unsigned char *p = bytes;

	if (!cells[0][0])
		for (int c = 0; c < 256; c++)
			memcpy(cells[c], (char[]){digits[c >> 4], digits[c & 15], ' ', ' '}, 4);
	to = hex_offset(to, off);
	memcpy(to, "  ", 2);
	to += 2;
	if (len < HEX_BYTES)
		scan_fill(to, ' ', TEXT - 1);
	put_cells(to, p, len < HALF ? len : HALF);
	to[3 * HALF] = ' ';
	if (len > HALF)
		put_cells(to + 3 * HALF + 1, p + HALF, len - HALF);
	memcpy(to + TEXT - 2, " |", 2);
	scan_copy_text(to + TEXT, p, len);
	to += TEXT + len;
	memcpy(to, "|\n", 2);
	return to + 2;
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
