#include "cells.h"

#include <string.h>

#include "dump.h"

static const char hex_digits[] = "0123456789abcdefABCDEF";

int cells_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool cells_text_fits(const char *text, bool is_xxd, const unsigned char *row, size_t n)
{
	size_t len = strlen(text);

	if (len == 0)
		return true;
	if (!is_xxd)
		return len == n + 2 && text[len - 1] == '|';
	for (; n > len && (*row == ' ' || *row == '@'); n--)
		row++;
	while (n > len && (row[n - 1] == ' ' || row[n - 1] == '@'))
		n--;
	return len == n;
}

/* Whether it is the text of these bytes, blanks at the ends aside, and nobody has changed either. */
static bool text_tells(const char *text, const unsigned char *row, size_t n)
{
	for (; n > 0 && *row == ' '; n--)
		row++;
	for (; n > 0 && *text; n--, row++, text++)
		if (*text != (*row >= ' ' && *row <= '~' ? (char)*row : '.'))
			return false;
	for (; n > 0 && *row == ' '; n--)
		row++;
	return n == 0 && !*text;
}

/* Whether what stands behind so many blanks has the form of the last, short group of xxd -e: blanks and digits are as
 * wide as the groups before, and only the text follows. */
static bool is_short_group(const char *p, unsigned blanks, size_t wide)
{
	size_t n = strspn(p, hex_digits);

	return n > 0 && n % 2 == 0 && blanks - 1 + n == wide && (!p[n] || strncmp(p + n, "  ", 2) == 0);
}

const char *cells_read(const char **line, bool is_xxd, bool little, unsigned char *row, unsigned *len)
{
	const char *p = *line;
	size_t wide = 0;        /* digits of a group, where a short one may follow */
	unsigned n = 0;

	for (;;) {
		unsigned blanks = (unsigned)strspn(p, " "), first = n;

		p += blanks;
		if (!*p || *p == '|')
			break;
		if (is_xxd && n > 0 && blanks > 1) {
			if (!is_short_group(p, blanks, wide) || text_tells(p, row, n))
				break;
			if (cells_text_fits(p, true, row, n))
				return "what may be bytes or text";
		}
		if (is_xxd && little)
			wide = n == 0 && blanks == 1 ? strspn(p, hex_digits) : blanks == 1 ? wide : 0;
		if (n == 0 && !is_xxd && blanks < 2)
			return "neither a dump of mmhex nor of xxd";
		for (int high, low; (high = cells_digit(*p)) >= 0; p += 2) {
			low = cells_digit(p[1]);
			if (low < 0)
				return "half a byte";
			if (n == DUMP_WIDTH)
				return "more than 256 bytes";
			row[n++] = (unsigned char)(high << 4 | low);
		}
		if (*p && *p != ' ' && *p != '|')
			return "what is no hexadecimal digit";
		if (little)
			for (unsigned i = first, j = n; i + 1 < j; i++) {
				unsigned char byte = row[i];

				row[i] = row[--j];
				row[j] = byte;
			}
	}
	*line = p;
	*len = n;
	return NULL;
}
