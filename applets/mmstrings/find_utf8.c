/* Strings of ASCII and of what is built as UTF-8, found byte by byte. */
#include <string.h>

#include "find_inside.h"
#include "out.h"

/* How many bytes a character has by its first: 0 for what is no text. Any that is built as UTF-8 is a character,
 * overlong ones, too: what looks odd may have been made to pass for something else. */
static unsigned char widths[256];

/* A string is being printed. */
static bool within;

void utf8_start(void)
{
	for (unsigned c = 0; c < 256; c++)
		widths[c] = (c >= ' ' && c <= '~') || c == '\t' || (find_how.spaces && c >= '\t' && c <= '\r') ? 1 :
		            c < 0xC0 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

void utf8_begin(void)
{
	within = false;
}

/* How many bytes the character has: 0 for none. More than `left` when it is not wholly there. */
static size_t width_of(const unsigned char *s, size_t left)
{
	size_t n = widths[s[0]];

	for (size_t i = 1; i < n && i < left; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

static void print_text(size_t from, size_t to)
{
	while (from < to) {
		const unsigned char *p = (const unsigned char *)have.bytes + from;
		size_t n = 0, width;

		while (from + n < to && (p[n] < 0x80 || find_how.show == FIND_RAW))
			n++;
		out_write(p, n);
		from += n;
		if (from == to)
			break;
		p += n;
		width = width_of(p, to - from);
		if (find_how.show == FIND_HEX) {
			out_text("<0x");
			for (size_t i = 0; i < width; i++)
				out_printf("%02x", p[i]);
			out_text(">");
		} else {
			unsigned code = p[0] & (0x7Fu >> width);

			for (size_t i = 1; i < width; i++)
				code = code << 6 | (p[i] & 0x3F);
			out_printf(width < 4 ? "%s\\u%04x%s" : "%s\\u%06x%s", find_how.before, code, find_how.after);
		}
		from += width;
	}
}

/* Prints the `n` characters if they are, or begin, a string. Returns where what is not printed begins. */
static size_t print_string(size_t from, size_t to, uint64_t n)
{
	if (!within && n < find_how.least)
		return from;
	if (!within)
		find_print_head(from);
	within = true;
	print_text(from, to);
	return to;
}

size_t utf8_look(bool last)
{
	size_t start = 0, off = 0;      /* of what is not printed yet */
	uint64_t n = 0;

	while (off < have.len) {
		size_t width = width_of((const unsigned char *)have.bytes + off, have.len - off);

		if (width > have.len - off && !last)
			break;
		if (width > 0 && width <= have.len - off) {
			off += width;
			n++;
			continue;
		}
		start = print_string(start, off, n);
		if (within)
			find_print_separator();
		within = false;
		n = 0;
		while (++off < have.len && widths[(unsigned char)have.bytes[off]] == 0)
			;
		start = off;
	}
	start = print_string(start, off, n);
	if (!last)
		return start;
	if (within)
		find_print_separator();
	within = false;
	return have.len;
}
