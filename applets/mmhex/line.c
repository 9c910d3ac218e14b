#include "line.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "out.h"

enum { ANY, TEXT, BYTES, OCTAL, OFFSET };       /* ways to show a field */
enum { WIDEST = 12, MOST_TEXT = 64, ROOM = 1 << 14, MOST_STEPS = 256 };

/* Texts of all bytes, if they have the same length and fit: that becomes *len. */
static bool fill_table(char (*table)[8], unsigned char *len, const struct field *f)
{
	char text[MOST_TEXT] = "";

	for (unsigned i = 0; i < 256; i++) {
		unsigned char c = (unsigned char)i;
		size_t n = (size_t)(field_put(text, f, 0, &c) - text);

		if (n > sizeof *table || (i > 0 && n != *len))
			return false;
		*len = (unsigned char)n;
		memcpy(table[i], text, sizeof *table);
	}
	return true;
}

/* Whether all digits that a number of this size can have are shown. */
static bool is_full(const struct field *f, int digits)
{
	return !f->prefix && !f->left &&
	       (f->precision == digits || (f->precision < 0 && f->zeros && f->width == digits));
}

/* Several bytes in hex: those before the first one and behind the last one have the texts. */
static bool fill_hex(struct field *f)
{
	struct field one = *f;

	one.size = 1;
	one.precision = 2;
	one.width -= 2 * ((int)f->size - 1);
	one.width = one.width < 0 ? 0 : one.width;
	one.n_after = 0;
	if (!fill_table(f->table, &f->len[0], &one))
		return false;
	one.n_before = 0;
	one.width = 0;
	if (!fill_table(f->table + 256, &f->len[1], &one))
		return false;
	one.n_after = f->n_after;
	return fill_table(f->table + 512, &f->len[2], &one);
}

/* Two bytes in octal: seven bits with the text before them, and nine with the one behind. */
static void fill_octal(struct field *f)
{
	for (unsigned i = 0; i < 128 + 512; i++) {
		unsigned value = i < 128 ? i : i - 128;
		char *to = f->table[i];

		if (i < 128) {
			int blanks = f->width > 6 ? f->width - 6 : 0;

			memset(to, ' ', (size_t)blanks + f->n_before);
			memcpy(to, f->before, f->n_before);
			to += f->n_before + (size_t)blanks;
		}
		*to++ = (char)('0' + (value >> 6));
		*to++ = (char)('0' + (value >> 3 & 7));
		*to++ = (char)('0' + (value & 7));
		if (i >= 128) {
			memcpy(to, f->after, f->n_after);
			to += f->n_after;
		}
		f->len[i < 128 ? 0 : 1] = (unsigned char)(to - f->table[i]);
	}
}

void line_prepare(struct field *f)
{
	size_t texts = f->n_before + f->n_after;
	bool is_hex = f->kind == 'x' && f->size > 1;

	if (texts > 8 || f->width > WIDEST || f->precision > WIDEST || f->kind == 's')
		return;
	if (f->size == 0) {
		if (f->kind == '-' && texts + (size_t)f->width <= sizeof *f->table) {
			f->table = malloc(sizeof *f->table);
			if (f->table) {
				f->len[0] = (unsigned char)(field_put(*f->table, f, 0, NULL) - *f->table);
				f->fast = TEXT;
			}
		}
		if (f->width >= 4 && (f->kind == 'x' || f->kind == 'o') && is_full(f, f->width))
			f->fast = OFFSET;
	} else if (f->size == 1 || (is_hex && is_full(f, (int)(2 * f->size)))) {
		f->table = malloc((is_hex ? 3U : 1U) * 256 * sizeof *f->table);
		if (f->table && (is_hex ? fill_hex(f) : fill_table(f->table, f->len, f)))
			f->fast = BYTES;
	} else if (f->kind == 'o' && f->size == 2 && is_full(f, 6) && texts + (size_t)(f->width > 6 ? f->width - 6 : 0) <= 5) {
		f->table = malloc((128 + 512) * sizeof *f->table);
		if (f->table) {
			fill_octal(f);
			f->fast = OCTAL;
		}
	}
}

void line_add(struct line *line, const struct field *f, size_t at, size_t times, bool clipped)
{
	size_t most = field_most(f) + 2 * sizeof *f->table;

	if (line->failed || times == 0)
		return;
	line->failed = f->kind == 's' || line->n == MOST_STEPS || times > (ROOM - line->room) / most;
	if (line->failed)
		return;
	line->steps = grow_add(line->steps, &line->n, sizeof *line->steps);
	line->failed = !line->steps;
	if (line->failed)
		return;
	line->steps[line->n - 1] = (struct line_step){f, at, times, clipped};
	line->room += times * most;
}

/* Also where the compiler is to make small code. Of a text that has at most 8 characters 8 are copied: what is written
 * beyond its end is overwritten by what follows. */
#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

INLINE char *put_bytes(char *to, const struct field *f, const unsigned char *p, size_t n)
{
	const char (*table)[8] = (const char (*)[8])f->table;
	size_t len = f->len[0];

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

INLINE char *put_hex(char *to, const struct field *f, const unsigned char *p, size_t n, size_t size)
{
	const char (*table)[8] = (const char (*)[8])f->table;
	size_t flip = f->big ? 0 : size - 1, first = f->len[0], last = f->len[2];   /* the size is a power of two */

	for (; n > 0; n--, p += size) {
		memcpy(to, table[p[flip]], 8);
		to += first;
		for (size_t i = 1; i + 1 < size; i++) {
			memcpy(to, table[256 + p[i ^ flip]], 8);
			to += 2;
		}
		memcpy(to, table[512 + p[(size - 1) ^ flip]], 8);
		to += last;
	}
	return to;
}

INLINE char *put_octal(char *to, const struct field *f, const unsigned char *p, size_t n)
{
	const char (*table)[8] = (const char (*)[8])f->table;
	size_t high = f->big ? 0 : 1, first = f->len[0], last = f->len[1];

	for (; n > 0; n--, p += 2) {
		unsigned value = (unsigned)p[high] << 8 | p[high ^ 1];

		memcpy(to, table[value >> 9], 8);
		to += first;
		memcpy(to, table[128 + (value & 511)], 8);
		to += last;
	}
	return to;
}

/* Most offsets differ in their last four digits from what was shown before. */
INLINE char *put_offset(char *to, struct line *line, const struct field *f, uint64_t off)
{
	int bits = f->kind == 'x' ? 4 : 3;
	char *last;

	if (f != line->offset || off >> 4 * bits != line->high) {
		line->n_text = (size_t)(field_put(line->text, f, off, (const unsigned char *)"") - line->text);
		line->offset = f;
		line->high = off >> 4 * bits;
	}
	memcpy(to, line->text, 16);
	if (line->n_text > 16)
		memcpy(to + 16, line->text + 16, 16);
	to += line->n_text;
	last = to - f->n_after;
	for (int i = -1; i >= -4; i--, off >>= bits)
		last[i] = "0123456789abcdef"[off & ((1U << bits) - 1)];
	return to;
}

void line_show(struct line *line, uint64_t off, const unsigned char *p)
{
	char *room = out_room(line->room + sizeof line->text), *to = room;

	if (!room)
		return;
	for (size_t i = 0; i < line->n; i++) {
		const struct line_step *step = &line->steps[i];
		const struct field *f = step->field;
		const unsigned char *from = p + step->at;
		size_t n = step->times;

		if (f->fast == BYTES && f->size == 1)
			to = put_bytes(to, f, from, n);
		else if (f->fast == BYTES && f->size == 2)
			to = put_hex(to, f, from, n, 2);
		else if (f->fast == BYTES)
			to = put_hex(to, f, from, n, f->size);
		else if (f->fast == OCTAL)
			to = put_octal(to, f, from, n);
		else
			for (; n > 0; n--, from += f->size) {
				uint64_t here = off + (size_t)(from - p);

				if (f->fast == TEXT) {
					memcpy(to, *f->table, 8);
					to += f->len[0];
				} else if (f->fast == OFFSET)
					to = put_offset(to, line, f, here);
				else
					to = field_put(to, f, here, from);
			}
		to -= step->clipped;
	}
	out_filled((size_t)(to - room));
}
