#include "unit.h"

#include <string.h>

#include "map.h"
#include "out.h"
#include "scan.h"

enum { MOST_TEXT = 64, N_TABLES = 1 << 13 };

static char tables[N_TABLES][8];
static size_t n_tables;

static const char digits[] = "0123456789abcdef";

static char *put_number(char *to, uint64_t value, unsigned bits, unsigned n)
{
	for (unsigned i = n; i-- > 0; value >>= bits)
		to[i] = digits[value & ((1U << bits) - 1)];
	return to + n;
}

/* The ways to show a field `n` times, for bytes that follow each other. Of a text in a table, which has at most 8
 * characters, 8 are copied: what is written beyond its end is overwritten by what follows. */
static char *put_any(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	for (; n > 0; n--, p += f->size)
		to = field_put(to, f, off, p);
	return to;
}

static char *put_bytes(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	const char (*table)[8] = (const char (*)[8])f->table;
	size_t len = f->len[0];

	(void)off;
	if (f->size == 0)
		p = (const unsigned char *)map_zeros;
	for (; n >= 4; n -= 4, p += 4) {
		memcpy(to, table[p[0]], 8);
		memcpy(to += len, table[p[1]], 8);
		memcpy(to += len, table[p[2]], 8);
		memcpy(to += len, table[p[3]], 8);
		to += len;
	}
	for (; n > 0; n--, to += len)
		memcpy(to, table[*p++], 8);
	return to;
}

/* Characters alone. */
static char *put_text(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	(void)f, (void)off;
	scan_copy_text(to, p, n);
	return to + n;
}

static char *put_pairs(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	const char (*table)[8] = (const char (*)[8])f->table;
	size_t high = !f->big, first = f->len[0], last = f->len[1];
	unsigned bits = f->bits;

	(void)off;
	for (; n > 0; n--, p += 2) {
		unsigned value = (unsigned)p[high] << 8 | p[high ^ 1];

		memcpy(to, table[value >> bits], 8);
		to += first;
		memcpy(to, table[512 + (value & ((1U << bits) - 1))], 8);
		to += last;
	}
	return to;
}

static char *put_digits(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	for (; n > 0; n--, p += f->size) {
		uint64_t value = f->size > 0 ? field_load(f, p) : off;
		unsigned n_digits = f->n_digits;

		/* an offset may have more */
		while (n_digits * f->bits < 64 && value >> n_digits * f->bits)
			n_digits++;
		memcpy(to, f->first, 8);
		to = put_number(to + f->len[0], value, f->bits, n_digits);
		memcpy(to, f->last, 8);
		to += f->len[1];
	}
	return to;
}

/* Digits from the last one on, then what fills the width, in pieces that are longer than they need be. */
static char *put_decimal(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	enum { MOST = 24 };
	static const char blanks[MOST + 1] = "                        ", zeros[MOST + 1] = "000000000000000000000000";
	unsigned bits = 8 * (unsigned)f->size;
	char text[2 * MOST] = "";

	(void)off;
	for (; n > 0; n--, p += f->size) {
		uint64_t value = field_load(f, p);
		bool negative = f->kind == 'd' && value >> (bits - 1) & 1;
		char *end = text + MOST, *digit = end;
		size_t len;

		if (negative)
			value = -(value | (bits < 64 ? UINT64_MAX << bits : 0));
		for (; value > UINT32_MAX; value /= 10)
			*--digit = (char)('0' + value % 10);
		do {
			uint64_t tenth = value * 0xCCCCCCCD >> 35;

			*--digit = (char)('0' + (value - 10 * tenth));
			value = tenth;
		} while (value > 0);
		memcpy(to, f->first, 8);
		to += f->len[0];
		len = (size_t)(end - digit) + negative;
		if (negative && f->zeros)
			*to++ = '-';
		memcpy(to, f->zeros ? zeros : blanks, MOST);
		to += (size_t)f->width > len ? (size_t)f->width - len : 0;
		if (negative && !f->zeros)
			*to++ = '-';
		memcpy(to, digit, MOST);
		to += end - digit;
		memcpy(to, f->last, 8);
		to += f->len[1];
	}
	return to;
}

/* Most offsets differ in their last four digits from what was shown before. */
static char *put_offset(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p)
{
	static const struct field *shown;
	static uint64_t high;
	static char text[40];
	static size_t len;
	unsigned bits = f->bits, low;
	char *end;

	for (; n > 0; n--) {
		if (f != shown || off >> 4 * bits != high) {
			len = (size_t)(put_digits(text, f, 1, off, p) - text);
			shown = f;
			high = off >> 4 * bits;
		}
		memcpy(to, text, 16);
		memcpy(to + 16, text + 16, 16);
		to += len;
		low = (unsigned)off;
		end = to - f->len[1];
		for (int i = 4; i > 0; i--, low >>= bits)
			*--end = digits[low & ((1U << bits) - 1)];
	}
	return to;
}

/* Texts of all bytes, if they have the same length and fit. */
static void fill_bytes(struct field *f)
{
	char text[MOST_TEXT] = "";

	for (unsigned i = 0; i < 256; i++) {
		unsigned char c = (unsigned char)i;
		size_t len = (size_t)(field_put(text, f, 0, &c) - text);

		if (len > sizeof *f->table || (i > 0 && len != f->len[0]))
			return;
		f->len[0] = (unsigned char)len;
		memcpy(f->table[i], text, sizeof *f->table);
	}
	n_tables += 256;
	f->put = f->kind == 'p' && f->len[0] == 1 ? put_text : put_bytes;
}

static void fill_decimal(struct field *f)
{
	if ((f->kind != 'd' && f->kind != 'u') || f->size == 0 || f->left || f->plus || f->blank || f->precision >= 0)
		return;
	memcpy(f->first, f->before, f->n_before);
	memcpy(f->last, f->after, f->n_after);
	f->len[0] = (unsigned char)f->n_before;
	f->len[1] = (unsigned char)f->n_after;
	f->put = put_decimal;
}

/* All digits that a number of this size can have, or an offset of this width. */
static void fill_digits(struct field *f)
{
	bool octal = f->kind == 'o';
	int n = f->size == 0 ? f->width : octal ? (8 * (int)f->size + 2) / 3 : 2 * (int)f->size, blanks = f->width - n;
	unsigned half = (unsigned)n / 2;
	size_t n_first = f->n_before + (blanks > 0 ? (size_t)blanks : 0);

	if ((!octal && f->kind != 'x') || f->prefix || f->left || (f->size == 0 && n < 4) || n_first > sizeof f->first ||
	    (f->precision != n && (f->precision >= 0 || !f->zeros || blanks != 0)))
		return;
	memset(f->first, ' ', sizeof f->first);
	memcpy(f->first, f->before, f->n_before);
	memcpy(f->last, f->after, f->n_after);
	f->bits = octal ? 3 : 4;
	f->n_digits = (unsigned char)n;
	f->len[0] = (unsigned char)n_first;
	f->len[1] = (unsigned char)f->n_after;
	f->put = f->size > 0 ? put_digits : put_offset;
	if (f->size != 2 || n_first + half > 8 || f->n_after + half > 8)
		return;
	/* two bytes are two pieces, of 2 or 3 digits each */
	for (unsigned i = 0; i < 512; i++) {
		memcpy(f->table[i], f->first, n_first);
		put_number(f->table[i] + n_first, i, f->bits, half);
		memcpy(put_number(f->table[512 + i], i, f->bits, half), f->last, f->n_after);
	}
	n_tables += 1024;
	f->bits = (unsigned char)(f->bits * half);
	f->len[0] = (unsigned char)(n_first + half);
	f->len[1] = (unsigned char)(f->n_after + half);
	f->put = put_pairs;
}

void unit_prepare(struct unit *u, size_t *room)
{
	size_t most = 0;

	for (struct field *f = u->fields; f < u->fields + u->n_fields; f++) {
		f->put = put_any;
		most += f->kind == 's' ? UNIT_LONG : field_most(f) + 2 * sizeof *f->table;
		if (f->n_before + f->n_after > 8 || f->width > 24 || f->precision > 24 || n_tables > N_TABLES - 1024)
			continue;
		f->table = tables + n_tables;
		if (f->size == 1 || (f->size == 0 && f->kind == '-'))
			fill_bytes(f);
		else if (f->kind != 's') {
			fill_digits(f);
			fill_decimal(f);
		}
	}
	*room = u->times > UNIT_LONG || *room + most * u->times > UNIT_LONG ? UNIT_LONG : *room + most * u->times;
}

/* Field by field. Those of bytes that are not there are blanks, in their texts. */
static void show_slowly(const struct unit *u, uint64_t off, const unsigned char *p, size_t *at, size_t len,
                        size_t block)
{
	for (size_t n = u->times; n > 0 && !out_error(); n--)
		for (size_t i = 0; i < u->n_fields; i++) {
			struct field f = u->fields[i];

			if (*at >= len && len < block && u->cut)
				return;
			if (*at >= len && len < block)
				f.kind = '-';
			f.n_after -= n == 1 && i + 1 == u->n_fields && u->clipped;
			field_show(&f, off + *at, p + *at, p + block);
			*at += f.size;
		}
}

void unit_show(const struct unit *u, size_t n, uint64_t off, const unsigned char *p, size_t len, size_t block,
               size_t room)
{
	const struct unit *end = u + n;
	size_t at = 0;
	char *begin, *to;

	if (len < block || room >= UNIT_LONG) {
		for (; u < end; u++)
			show_slowly(u, off, p, &at, len, block);
		return;
	}
	begin = to = out_room(room + MOST_TEXT);
	if (!to)
		return;
	for (; u < end; u++) {
		const struct field *f = u->fields;

		if (u->n_fields == 1) {
			to = f->put(to, f, u->times, off + at, p + at);
			at += u->times * f->size;
		} else
			for (size_t i = u->times * u->n_fields; i > 0; i--, f++) {
				if (f == u->fields + u->n_fields)
					f = u->fields;
				to = f->put(to, f, 1, off + at, p + at);
				at += f->size;
			}
		to -= u->clipped;
	}
	out_filled((size_t)(to - begin));
}
