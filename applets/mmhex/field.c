#include "field.h"

#include <string.h>

#include "out.h"
#include "scan.h"

enum { DIGITS = 22 };   /* at most, of 64 bits in octal */

bool field_native(void)
{
	const uint16_t one = 0x100;

	return *(const unsigned char *)&one == 1;
}

uint64_t field_load(const struct field *f, const unsigned char *p)
{
	uint64_t value = 0;

	for (size_t i = 0; i < f->size; i++)
		value = value << 8 | p[f->big ? i : f->size - 1 - i];
	return value;
}

/* The name of a byte, or an empty text. */
static const char *name_of(const struct field *f, unsigned c, char name[4])
{
	static const char names[] =
		"nulsohstxetxeotenqackbelbs ht lf vt ff cr so si dledc1dc2dc3dc4naksynetbcanem subescfs gs rs us sp ";

	name[0] = '\0';
	if (c == 0x7F)
		return "del";
	if (f->kind == 'a' && c == '\n')
		return "nl";
	if (c > ' ' || (c == ' ' && f->kind != 'a'))
		return name;
	memcpy(name, names + 3 * c, 3);
	name[names[3 * c + 2] == ' ' ? 2 : 3] = '\0';
	return name;
}

static bool is_printable(unsigned c)
{
	return c >= ' ' && c <= '~';
}

/* A conversion in parts. */
struct parts {
	char sign[3], digits[DIGITS];
	const char *text;
	size_t zeros, len;
};

static void of_number(struct parts *t, const struct field *f, char kind, uint64_t value, size_t n_bits)
{
	unsigned base = kind == 'o' ? 8 : (kind | 0x20) == 'x' ? 16 : 10;
	size_t n = 0, least = f->precision < 0 ? 1 : (size_t)f->precision;
	char *to = t->digits + sizeof t->digits;

	if (kind == 'd') {
		bool negative = value >> (n_bits - 1) & 1;

		if (negative)
			value = -(value | (n_bits < 64 ? UINT64_MAX << n_bits : 0));
		if (negative || f->plus || f->blank)
			t->sign[n++] = negative ? '-' : f->plus ? '+' : ' ';
	}
	if (f->prefix && base == 16 && value > 0) {
		t->sign[n++] = '0';
		t->sign[n++] = kind;
	}
	for (; base != 10 && value > 0; value >>= base == 8 ? 3 : 4)
		*--to = (kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[value & (base - 1)];
	for (; value > UINT32_MAX; value /= 10)
		*--to = (char)('0' + value % 10);
	while (value > 0) {     /* a multiplication, also where the compiler thinks of size alone */
		uint64_t tenth = value * 0xCCCCCCCD >> 35;

		*--to = (char)('0' + (value - 10 * tenth));
		value = tenth;
	}
	t->text = to;
	t->len = (size_t)(t->digits + sizeof t->digits - to);
	t->zeros = least > t->len ? least - t->len : 0;
	if (f->prefix && base == 8 && t->zeros == 0)
		t->zeros = 1;
	n += t->len + t->zeros;
	if (f->zeros && !f->left && f->precision < 0 && n < (size_t)f->width)
		t->zeros += (size_t)f->width - n;
}

static void of_byte(struct parts *t, const struct field *f, unsigned c)
{
	static const char escapes[] = "0\0\0\0\0\0\0abtnvfr";
	char *to = t->digits;

	t->text = to;
	to[0] = (char)c;
	t->len = 1;
	if (f->kind == 'p' && !is_printable(c))
		to[0] = '.';
	if (f->kind == 'a' || f->kind == 'n') {
		const char *name = name_of(f, f->kind == 'a' ? c & 0x7F : c, to + 1);

		if (*name) {
			t->text = name;
			t->len = strlen(name);
		} else if (f->kind == 'a')
			to[0] = (char)(c & 0x7F);
		else if (c > 0x7F) {
			of_number(t, f, 'x', c, 8);
			return;
		}
	}
	if (f->kind == 'C' && !is_printable(c)) {
		if (c < sizeof escapes - 1 && escapes[c]) {
			to[0] = '\\';
			to[1] = escapes[c];
			t->len = 2;
		} else {
			to[0] = (char)('0' + (c >> 6));
			to[1] = (char)('0' + (c >> 3 & 7));
			to[2] = (char)('0' + (c & 7));
			t->len = 3;
		}
	}
	if (f->kind != 'c' && f->kind != 'p' && f->precision >= 0 && t->len > 1 && t->len > (size_t)f->precision)
		t->len = (size_t)f->precision;
}

static char *fill(char *to, char c, size_t n)
{
	scan_fill(to, c, n);
	return to + n;
}

size_t field_most(const struct field *f)
{
	size_t precision = f->precision > 0 ? (size_t)f->precision : 0;

	return f->n_before + f->n_after + DIGITS + sizeof "0x" + (size_t)f->width + precision;
}

/* The conversion without the texts. */
static char *put(char *to, const struct field *f, uint64_t off, const unsigned char *p)
{
	struct parts t = {.zeros = 0};
	size_t n, pad;

	if (p && strchr("duoxX", f->kind))
		of_number(&t, f, f->kind, f->size > 0 ? field_load(f, p) : off, f->size > 0 ? 8 * f->size : 64);
	else if (p && f->kind != '-')
		of_byte(&t, f, *p);
	n = strlen(t.sign) + t.zeros + t.len;
	pad = n < (size_t)f->width ? (size_t)f->width - n : 0;
	if (!f->left)
		to = fill(to, ' ', pad);
	for (const char *sign = t.sign; *sign; sign++)
		*to++ = *sign;
	to = fill(to, '0', t.zeros);
	for (size_t i = 0; i < t.len; i++)
		*to++ = t.text[i];
	return f->left ? fill(to, ' ', pad) : to;
}

char *field_put(char *to, const struct field *f, uint64_t off, const unsigned char *p)
{
	scan_copy(to, f->before, f->n_before);
	to = put(to + f->n_before, f, off, p);
	scan_copy(to, f->after, f->n_after);
	return to + f->n_after;
}

/* Bytes up to a NUL. */
static void show_string(const struct field *f, const unsigned char *p, const unsigned char *end)
{
	size_t len = (size_t)(end - p), pad;
	const unsigned char *nul;
	char blanks[FIELD_WIDEST];

	if (f->precision >= 0 && (size_t)f->precision < len)
		len = (size_t)f->precision;
	nul = memchr(p, 0, len);
	if (nul)
		len = (size_t)(nul - p);
	pad = len < (size_t)f->width ? (size_t)f->width - len : 0;
	memset(blanks, ' ', pad);
	if (!f->left)
		out_write(blanks, pad);
	out_write(p, len);
	if (f->left)
		out_write(blanks, pad);
}

void field_show(const struct field *f, uint64_t off, const unsigned char *p, const unsigned char *end)
{
	out_write(f->before, f->n_before);
	if (f->kind == 's' && p)
		show_string(f, p, end);
	else {
		char *room = out_room(field_most(f));

		if (room)
			out_filled((size_t)(put(room, f, off, p) - room));
	}
	out_write(f->after, f->n_after);
}
