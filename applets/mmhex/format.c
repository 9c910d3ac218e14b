#include "format.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "grow.h"
#include "msg.h"
#include "out.h"

enum { MOST_BYTES = 1 << 26 };          /* of a block, of which two are kept in memory */

static char trouble[256];

static const char *bad_conversion(const char *from, size_t len)
{
	fmt_text(trouble, sizeof trouble, "bad conversion character %%%.*s", (int)len, from);
	return trouble;
}

static const char *bad_count(const char *kind, size_t len)
{
	fmt_text(trouble, sizeof trouble, "bad byte count for conversion character %.*s", (int)len, kind);
	return trouble;
}

static const char *no_memory(void)
{
	return msg_reason(ENOMEM);
}

static bool is_blank(char c)
{
	return isspace((unsigned char)c);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

/* The digits at *p; a number above `most` counts as one more. */
static size_t number(const char **p, size_t most)
{
	size_t n = 0;

	for (; is_digit(**p); ++*p) {
		n = 10 * n + (size_t)(**p - '0');
		if (n > most)
			n = most + 1;
	}
	return n;
}

/* Copies text, in which \n and the like stand for what they do in C. Returns its length. */
static size_t copy_text(char *to, const char *from, size_t len)
{
	static const char letters[] = "abfnrtv0", meant[] = "\a\b\f\n\r\t\v";
	char *first = to;

	for (size_t i = 0; i < len; i++) {
		const char *letter;

		if (from[i] != '\\' || i + 1 == len) {
			*to++ = from[i];
			continue;
		}
		letter = strchr(letters, from[++i]);
		*to++ = letter ? meant[letter - letters] : from[i];
	}
	return (size_t)(to - first);
}

/* Sets how many bytes a conversion takes: those of the unit, where they are among the ones allowed. */
static bool take_bytes(struct field *f, size_t given, size_t otherwise, const char *allowed)
{
	f->size = given ? given : otherwise;
	return f->size < 10 && strchr(allowed, (int)('0' + f->size));
}

/* An offset: %_a or %_A and a base. */
static const char *read_offset(struct unit *unit, struct field *f, const char *p)
{
	if (p[2] != 'd' && p[2] != 'o' && p[2] != 'x')
		return bad_conversion(p, p[2] ? 3 : 2);
	f->kind = p[2];
	f->size = 0;
	unit->at_end = unit->at_end || p[1] == 'A';
	return NULL;
}

/* What follows flags, width and precision at *p. `given`: the bytes of the unit, or none. */
static const char *read_kind(struct unit *unit, struct field *f, const char **p, size_t given)
{
	const char *kind = *p;
	size_t len = kind[0] == '_' ? 2 : 1;
	bool fits = true;

	if (kind[0] == '\0' || (len == 2 && !strchr("aAcpu", kind[1])) || (len == 2 && !kind[1]))
		return bad_conversion(kind, strlen(kind) < len ? strlen(kind) : len);
	*p += len;
	f->kind = kind[len - 1];
	f->big = field_native();
	if (len == 2 && (f->kind == 'a' || f->kind == 'A')) {
		const char *wrong = read_offset(unit, f, kind);

		*p += !wrong;
		return wrong;
	}
	if (len == 2) {
		f->kind = f->kind == 'c' ? 'C' : f->kind == 'u' ? 'n' : 'p';
		fits = take_bytes(f, given, 1, "1");
	} else if (f->kind == 'c')
		fits = take_bytes(f, given, 1, "1");
	else if (f->kind == 's') {
		if (!given && f->precision < 0)
			return "%s requires a precision or a byte count";
		f->size = given ? given : (size_t)f->precision;
	} else if (strchr("dioxXu", f->kind)) {
		fits = take_bytes(f, given, 4, "1248");
		f->kind = f->kind == 'i' ? 'd' : f->kind;
	} else if (strchr("eEfgG", f->kind)) {
		fmt_text(trouble, sizeof trouble, "%%%c: floating point is not supported", f->kind);
		return trouble;
	} else
		return bad_conversion(kind, 1);
	return fits ? NULL : bad_count(kind, len);
}

/* The conversion behind a % at *p, and a colour behind it, which counts for nothing. */
static const char *read_field(struct unit *unit, struct field *f, const char **p, size_t given)
{
	const char *first = *p, *wrong;

	for (;; ++*p) {
		if (**p == '-')
			f->left = true;
		else if (**p == '0')
			f->zeros = true;
		else if (**p == '+')
			f->plus = true;
		else if (**p == ' ')
			f->blank = true;
		else if (**p == '#')
			f->prefix = true;
		else
			break;
	}
	f->width = (int)number(p, FIELD_WIDEST);
	f->precision = -1;
	if (**p == '.') {
		++*p;
		f->precision = (int)number(p, FIELD_WIDEST);
	}
	if (f->width > FIELD_WIDEST || f->precision > FIELD_WIDEST)
		return bad_conversion(first, (size_t)(*p - first));
	wrong = read_kind(unit, f, p, given);
	if (!wrong && strncmp(*p, "_L[", 3) == 0) {
		const char *end = strchr(*p, ']');

		if (!end)
			return bad_conversion(*p, strlen(*p));
		*p = end + 1;
	}
	return wrong;
}

/* The fields of a unit whose text is `len` bytes. */
static const char *read_fields(struct unit *unit, const char *text, size_t len, bool each)
{
	const char *end = text + len, *p = text, *wrong;
	size_t given = unit->bytes, n_data = 0, bytes = 0;

	for (;;) {
		const char *percent = memchr(p, '%', (size_t)(end - p));
		struct field *f;

		if (!percent)
			break;
		unit->fields = grow_add(unit->fields, &unit->n_fields, sizeof *f);
		if (!unit->fields)
			return no_memory();
		f = &unit->fields[unit->n_fields - 1];
		f->before = p;
		f->n_before = (size_t)(percent - p);
		f->after = "";
		p = percent + 1;
		wrong = read_field(unit, f, &p, given);
		if (wrong)
			return wrong;
		n_data += f->size > 0 || f->kind == 's';
		if (n_data > 1 && given && !each)
			return "byte count with multiple conversion characters";
		bytes += f->size;
		if (bytes > MOST_BYTES)
			return "format takes too many bytes";
	}
	if (!given || each)
		unit->bytes = bytes;
	unit->text = p;
	unit->n_text = (size_t)(end - p);
	return NULL;
}

/* A unit: how many times, how many bytes, its text in quotes; for each of these NULL where it is not there. */
static const char *read_unit(struct unit *unit, const char **text, bool each)
{
	const char *p = *text, *end;
	char *copy;

	unit->times = 1;
	if (is_digit(*p)) {
		unit->times = number(&p, INT32_MAX);
		unit->counted = true;
		if (!is_blank(*p) && *p != '/')
			return "";
		p = skip_blanks(p + 1);
	}
	if (*p == '/')
		p = skip_blanks(p + 1);
	if (is_digit(*p)) {
		unit->bytes = number(&p, MOST_BYTES);
		if (!is_blank(*p))
			return "";
		p = skip_blanks(p);
	}
	if (*p != '"')
		return "";
	end = strchr(++p, '"');
	if (!end)
		return "";
	*text = end + 1;
	copy = malloc((size_t)(end - p) + 1);
	if (!copy)
		return no_memory();
	copy[copy_text(copy, p, (size_t)(end - p))] = '\0';
	return read_fields(unit, copy, copy_text(copy, p, (size_t)(end - p)), each);
}

static const char *read_format(struct format *format, const char *text, bool each)
{
	const char *p = text, *wrong;

	for (;;) {
		struct unit *unit;

		p = skip_blanks(p);
		if (!*p)
			return NULL;
		format->units = grow_add(format->units, &format->n_units, sizeof *unit);
		if (!format->units)
			return no_memory();
		unit = &format->units[format->n_units - 1];
		wrong = read_unit(unit, &p, each);
		if (wrong && !*wrong) {
			fmt_text(trouble, sizeof trouble, "bad format {%s}", text);
			return trouble;
		}
		if (wrong)
			return wrong;
		if (unit->bytes > 0 && unit->times > (MOST_BYTES - format->bytes) / unit->bytes)
			return "format takes too many bytes";
		format->bytes += unit->times * unit->bytes;
	}
}

static struct format *formats;
static size_t n_formats, block;
static const struct unit *end_unit;

struct format *format_add(const char *text, bool each)
{
	const char *wrong;

	formats = grow_add(formats, &n_formats, sizeof *formats);
	wrong = formats ? read_format(&formats[n_formats - 1], text, each) : msg_reason(ENOMEM);
	if (wrong)
		msg_die(1, "%s", wrong);
	return &formats[n_formats - 1];
}

/* The text behind the last field becomes that field's, or one without a conversion; it does not end in a blank the last
 * of several times. What shows nothing does so once. */
static void finish_unit(struct unit *unit, size_t *room)
{
	struct field *last;
	size_t shown = 0;

	unit->clipped = unit->times > 1 && unit->n_text > 0 && is_blank(unit->text[unit->n_text - 1]);
	if (unit->n_fields == 0) {
		unit->fields = grow_add(unit->fields, &unit->n_fields, sizeof *last);
		if (!unit->fields)
			msg_die(1, "%s", no_memory());
		unit->fields->before = "";
		unit->fields->kind = '-';
		unit->fields->precision = -1;
	}
	last = &unit->fields[unit->n_fields - 1];
	last->after = unit->text;
	last->n_after = unit->n_text;
	for (struct field *f = unit->fields; f <= last; f++)
		shown += f->size + f->n_before + f->n_after + (size_t)f->width + !strchr("-s", f->kind);
	if (shown == 0)
		unit->times = 1;
	unit_prepare(unit, room);
}

size_t format_fit(void)
{
	struct format *end = formats + n_formats;

	for (struct format *f = formats; f < end; f++)
		block = f->bytes > block ? f->bytes : block;
	for (struct format *f = formats; f < end; f++) {
		for (size_t i = 0; i < f->n_units; i++) {
			struct unit *unit = &f->units[i];

			if (i + 1 == f->n_units && !unit->counted && unit->bytes > 0)
				unit->times += (block - f->bytes) / unit->bytes;
			finish_unit(unit, &f->room);
			if (unit->at_end)
				end_unit = unit;
			else if (f->n_shown == i)
				f->n_shown++;
		}
	}
	return block;
}

void format_show(const void *how, uint64_t off, const unsigned char *p, size_t len)
{
	(void)how;
	for (const struct format *f = formats; f < formats + n_formats; f++)
		unit_show(f->units, f->n_shown, off, p, len, block, f->room);
}

void format_end(uint64_t off)
{
	const struct unit *unit = end_unit;

	if (!unit)
		return;
	for (size_t i = 0; i < unit->n_fields; i++) {
		struct field f = unit->fields[i];

		f.n_after = 0;
		if (f.size == 0 && f.kind != 's')
			field_show(&f, off, (const unsigned char *)"", NULL);
	}
	out_write(unit->text, unit->n_text);
}
