#include "dump.h"

#include <string.h>

#include "hex.h"
#include "out.h"
#include "scan.h"

static const char digits[] = "0123456789abcdef0123456789ABCDEF";

/* Printable characters of EBCDIC, in stretches: the code of the first, then what they are. */
static const char ebcdic[] =
	"\x40 \0\x4b.<(+|&\0\x5a!$*);~-/\0\x6b,%_>?\0\x79`:#@'=\"\0\x81" "abcdefghi\0\x91" "jklmnopqr^\0\xa2stuvwxyz\0"
	"\xad[\0\xbd]\0\xc0{ABCDEFGHI\0\xd0}JKLMNOPQR\0\xe0\\\0\xe2STUVWXYZ\0\xf0" "0123456789\0";

static void make_text(struct dump *d)
{
	memset(d->text, '.', sizeof d->text);
	for (const char *p = ebcdic; *p; p++)
		for (unsigned code = (unsigned char)*p++; *p; p++)
			d->text[code++] = *p;
}

/* The column of a cell, behind the offset. */
static unsigned short place(const struct dump *d, unsigned cell)
{
	unsigned wider = d->plain || 8 % d->group != 0 ? 0 : cell / 8;

	return (unsigned short)(2 + cell * d->cell + cell / d->group + wider);
}

char *dump_offset(const struct dump *d, char *to, uint64_t off)
{
	char text[24], *p = text + sizeof text;
	bool negative = d->decimal && off >> 63;
	int n_digits = 8;

	if (!d->decimal)
		return hex_offset(to, off);
	if (negative) {
		*to++ = '-';
		off = -off;
	}
	for (n_digits -= negative; n_digits > 0 || off > 0; n_digits--, off /= 10)
		*--p = digits[off % 10];
	memcpy(to, p, (size_t)(text + sizeof text - p));
	return to + (text + sizeof text - p);
}

/* Colours by kind of byte: of escapes the number, as a character each. */
static unsigned char colour_of(unsigned char byte)
{
	enum { GREEN = 32, YELLOW = 33, BLUE = 34, MAGENTA = 35, PLAIN = 39, GREY = 90 };

	if (byte == 0)
		return GREY;
	if (byte == 0xFF)
		return BLUE;
	if (byte > '~')
		return byte == 0x7F ? MAGENTA : YELLOW;
	if (byte > ' ')
		return PLAIN;
	return byte == ' ' || (byte >= '\t' && byte <= '\r') ? GREEN : MAGENTA;
}

/* One escape where the colour changes; blanks between take what there is. */
static char *colour(char *to, const char *row, size_t len, const unsigned char *colours)
{
	unsigned char now = 39;

	for (size_t i = 0; i < len; i++) {
		unsigned char next = row[i] == '\n' ? 39 : colours[i];

		if (next && next != now) {
			memcpy(to, "\033[00m", 5);
			to[2] = digits[next / 10];
			to[3] = digits[next % 10];
			to += 5;
			now = next;
		}
		*to++ = row[i];
	}
	return to;
}

/* The row without colours. */
static char *make_row(const struct dump *d, char *to, uint64_t off, const unsigned char *p, size_t n)
{
	char *text;

	to = dump_offset(d, to, off);
	scan_fill(to, ' ', d->text_at);
	text = to + d->text_at;
	if (d->plain)
		*to = ':';
	else
		*text++ = '|';
	/* before the cells, of which the last ones of xxd -e may lie over it */
	if (d->ebcdic)
		for (size_t i = 0; i < n; i++)
			text[i] = d->text[p[i]];
	else
		scan_copy_text(text, p, n);
	if (d->cell == DUMP_HEX)
		for (size_t i = 0; i < n; i++)
			memcpy(to + d->at[i], d->cells + p[i] * 2, 2);
	else
		for (size_t i = 0; i < n; i++)
			memcpy(to + d->at[i], d->cells + p[i] * 8, 8);
	text += n;
	if (!d->plain)
		*text++ = '|';
	*text++ = '\n';
	return text;
}

static void print_row(const void *how, uint64_t off, const unsigned char *p, size_t n)
{
	const struct dump *d = how;
	char row[DUMP_ROW], *room = out_room(d->colour ? 6 * DUMP_ROW : DUMP_ROW);
	unsigned char colours[DUMP_ROW];
	size_t len, begin;

	if (!room)
		return;
	if (!d->colour) {
		out_filled((size_t)(make_row(d, room, off, p, n) - room));
		return;
	}
	len = (size_t)(make_row(d, row, off, p, n) - row);
	begin = (size_t)(dump_offset(d, row, off) - row);
	memset(colours, 0, len);
	for (size_t i = 0; i < n; i++) {
		memset(colours + begin + d->at[i], colour_of(p[i]), d->cell);
		colours[begin + d->text_at + !d->plain + i] = colour_of(p[i]);
	}
	if (!d->plain)
		colours[begin + d->text_at] = colours[len - 2] = 39;
	out_filled((size_t)(colour(room, row, len, colours) - room));
}

void dump_start(struct dump *d)
{
	unsigned bits = 8 / d->cell, n = (unsigned)d->b.size, last = n - 1;

	for (unsigned i = 0; i < 256 * d->cell; i++) {
		unsigned digit = i / d->cell >> (d->cell - 1 - i % d->cell) * bits & ((1U << bits) - 1);

		d->cells[i] = (d->upper ? "0123456789ABCDEF" : digits)[digit];
	}
	for (unsigned i = 0; i < n; i++)
		/* xxd's groups are powers of 2, or all of the row, and then its bytes are in no order that means anything */
		d->at[i] = place(d, !d->little ? i : d->plain ? i ^ (d->group - 1) : i + d->group - 1 - 2 * (i % d->group));
	if (d->little && !d->plain)     /* the last group is as wide as the others */
		last += d->group - 1 - last % d->group;
	d->text_at = place(d, last) + d->cell + 2U;
	if (d->ebcdic)
		make_text(d);
	d->b.show = print_row;
	d->b.how = d;
	blocks_start(&d->b);
}
