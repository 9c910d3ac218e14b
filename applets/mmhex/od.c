/*
 * mmhex as od.
 *
 * POSIX's od with GNU's options and output, but for floating point and strings. Each type is a line of fields; where
 * there are several, they are widened so that what stands for the same bytes stands in the same columns.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "field.h"
#include "grow.h"
#include "line.h"
#include "map.h"
#include "mmhex.h"
#include "msg.h"
#include "out.h"

enum { WIDTH = 16, WIDEST = 1 << 26 };  /* bytes of a line, of which two are kept in memory */

static struct conf {
	struct opt_list types;
	const char *radix, *skip, *length, *width;
	int all, endian, is_modern;
} conf;

static const struct opt_choice endian_words[] = {{"little", 1}, {"big", 2}, {0}};

static const struct opt options[] = {
	OPT_GROUP("What is shown"),
	{.letter = 'A', .name = "address-radix", OPT_STRING(&conf.radix), .arg = "RADIX",
	 OPT_HELP("offsets in d(ecimal), o(ctal), hex (x), or n(one)")},
	{.letter = 'j', .name = "skip-bytes", OPT_STRING(&conf.skip), .arg = "BYTES",
	 OPT_HELP("leave out so many bytes at first")},
	{.letter = 'N', .name = "read-bytes", OPT_STRING(&conf.length), .arg = "BYTES", OPT_HELP("at most so many bytes")},
	{.letter = 't', .name = "format", OPT_LIST(&conf.types), .arg = "TYPE",
	 OPT_HELP("a c, or d o u x and a size: 1 2 4 8 C S I L; with z behind it the text, too")},
	{.letter = 'v', .name = "output-duplicates", OPT_VALUE(&conf.all, BLOCKS_ALL),
	 OPT_HELP("show lines that are equal to the one above, too")},
	{.letter = 'w', OPT_STRING_OR(&conf.width, "32"), .arg = "BYTES", OPT_HELP("so many bytes a line; 32 unless given")},
	{.name = "width", OPT_STRING_OR(&conf.width, "32"), .arg = "BYTES", OPT_HELP("the same")},
	{.name = "endian", OPT_CHOICE(&conf.endian, endian_words), .arg = "ORDER",
	 OPT_HELP("the byte that comes first counts least (little) or most (big)")},
	OPT_GROUP("Types by letters"),
	{.letter = 'a', OPT_LIST(&conf.types), OPT_HELP("-t a: names of characters")},
	{.letter = 'b', OPT_LIST(&conf.types), OPT_HELP("-t o1")},
	{.letter = 'c', OPT_LIST(&conf.types), OPT_HELP("-t c: characters, others as in C")},
	{.letter = 'd', OPT_LIST(&conf.types), OPT_HELP("-t u2")},
	{.letter = 'D', OPT_LIST(&conf.types), OPT_HELP("-t u4")},
	{.letter = 'i', OPT_LIST(&conf.types), OPT_HELP("-t dI")},
	{.letter = 'l', OPT_LIST(&conf.types), OPT_HELP("-t dL")},
	{.letter = 'o', OPT_LIST(&conf.types), OPT_HELP("-t o2")},
	{.letter = 'O', OPT_LIST(&conf.types), OPT_HELP("-t o4")},
	{.letter = 's', OPT_LIST(&conf.types), OPT_HELP("-t d2")},
	{.letter = 'x', OPT_LIST(&conf.types), OPT_HELP("-t x2")},
	{.letter = 'X', OPT_LIST(&conf.types), OPT_HELP("-t x4")},
	OPT_GROUP("Beyond od"),
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* What letters stand for, each before its type. */
static const char letters[] = "a" "a\0 " "b" "o1\0" "c" "c\0 " "d" "u2\0" "D" "u4\0" "i" "dI\0" "l" "dL\0" "o" "o2\0"
	"O" "o4\0" "s" "d2\0" "x" "x2\0" "X" "x4\0";

struct type {
	struct field field;
	bool text;              /* and behind it the bytes as text */
	size_t pad;             /* blanks of a line, before and between the fields */
};

static struct type *types;
static size_t n_types, width;
static struct field address, no_address, text, before_text, after_text, line_end;
static struct line whole;

static _Noreturn void bad_type(const char *all, const char *p)
{
	if (*p == 'f')
		msg_die(1, "%s: floating point is not supported", msg_quote(all));
	msg_die(1, "invalid type string %s at %s: a c, or d o u x and a size, and z", msg_quote(all), msg_quote(p));
}

/* The size at *p, or that of an int. */
static size_t read_size(const char *all, const char **p)
{
	static const char names[] = "CSIL1248";
	static const unsigned char sizes[] = {sizeof (char), sizeof (short), sizeof (int), sizeof (long), 1, 2, 4, 8};
	const char *name = **p ? strchr(names, **p) : NULL;

	if (!name && !(**p >= '0' && **p <= '9'))
		return sizeof (int);
	if (!name || (p[0][1] >= '0' && p[0][1] <= '9'))
		bad_type(all, *p);
	++*p;
	return name ? sizes[name - names] : 0;
}

/* How wide a number is at most. */
static int digits(char kind, size_t size)
{
	static const unsigned char octal[] = {3, 6, 11, 22}, decimal[] = {3, 5, 10, 20};
	size_t i = size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3;

	return kind == 'x' ? 2 * (int)size : kind == 'o' ? octal[i] : decimal[i] + (kind == 'd' && size < 8);
}

static void add_types(const char *all)
{
	for (const char *p = all; *p;) {
		struct type *type;
		struct field *f;

		types = grow_add(types, &n_types, sizeof *types);
		if (!types)
			msg_die(1, "%s", msg_reason(ENOMEM));
		type = &types[n_types - 1];
		f = &type->field;
		*f = (struct field){.before = "", .after = "", .size = 1, .width = 3, .precision = -1, .kind = *p,
		                    .big = conf.endian ? conf.endian == 2 : field_native()};
		if (!strchr("acdoux", *p))
			bad_type(all, p);
		if (*p++ == 'c')
			f->kind = 'C';
		else if (f->kind != 'a') {
			f->size = read_size(all, &p);
			f->width = digits(f->kind, f->size);
			if (f->kind == 'o' || f->kind == 'x')
				f->precision = f->width;
		}
		type->text = *p == 'z';
		p += type->text;
	}
}

static void read_types(void)
{
	for (size_t i = 0; i < conf.types.n; i++) {
		const struct opt_given *given = &conf.types.v[i];
		const char *letter = letters;

		while (!given->text && *letter != given->row->letter)
			letter += 4;
		add_types(given->text ? given->text : letter + 1);
	}
	if (n_types == 0)
		add_types("o2");
}

static uint64_t number(const char *given, uint64_t otherwise, const char *name)
{
	uint64_t value = otherwise;
	const char *wrong = given ? blocks_number(given, &value) : NULL;

	if (wrong && (!*wrong || *wrong == 'i'))
		msg_die(1, "invalid %s%s argument %s", *wrong ? "suffix in " : "", name, msg_quote(given));
	if (wrong)
		msg_die(1, "%s argument %s too large", name, msg_quote(given));
	return value;
}

/* Sets the bytes of a line, which the size of each type divides, and how far apart its fields are. */
static void fit_types(void)
{
	size_t unit = 1, widest = 0;

	for (struct type *t = types; t < types + n_types; t++)
		unit = t->field.size > unit ? t->field.size : unit;
	width = WIDTH;
	if (conf.width) {
		uint64_t wanted = 0;
		const char *p = conf.width;

		if (num_digits(&p, 10, UINT64_MAX, &wanted) < 0 && errno == EINVAL)
			msg_die(1, "invalid -w argument %s", msg_quote(conf.width));
		if (*p && wanted <= WIDEST)
			msg_die(1, "invalid suffix in -w argument %s", msg_quote(conf.width));
		if (wanted > WIDEST)
			msg_die(1, "-w argument %s too large", msg_quote(conf.width));
		width = (size_t)wanted;
		if (width == 0 || width % unit != 0) {
			msg_warn("warning: invalid width %zu; using %zu instead", width, unit);
			width = unit;
		}
	}
	for (struct type *t = types; t < types + n_types; t++) {
		size_t columns = width / t->field.size * ((size_t)t->field.width + 1);

		widest = columns > widest ? columns : widest;
	}
	for (struct type *t = types; t < types + n_types; t++) {
		size_t n = width / t->field.size;

		t->pad = widest - n * (size_t)t->field.width;
		if (t->pad % n == 0) {
			t->field.width += (int)(t->pad / n);
			t->pad = 0;
			line_prepare(&t->field);
		}
	}
}

/* The field of n that has i - 1 before it, *left blanks being left for these and it. */
static struct field nth_field(const struct type *t, size_t i, size_t n, size_t *left)
{
	struct field f = t->field;
	size_t next = t->pad * (i - 1) / n;

	f.width += (int)(*left - next);
	*left = next;
	return f;
}

/* A line of a whole block. */
static void fit_line(void)
{
	for (struct type *t = types; t < types + n_types; t++) {
		size_t n = width / t->field.size, left = t->pad;

		line_add(&whole, t == types ? &address : &no_address, 0, 1, false);
		if (t->pad == 0)
			line_add(&whole, &t->field, 0, n, false);
		for (size_t i = n; t->pad > 0 && i > 0 && !whole.failed; i--) {
			struct field *f = malloc(sizeof *f);

			if (!f) {
				whole.failed = true;
				return;
			}
			*f = nth_field(t, i, n, &left);
			line_add(&whole, f, (n - i) * f->size, 1, false);
		}
		if (t->text) {
			line_add(&whole, &before_text, 0, 1, false);
			line_add(&whole, &text, 0, width, false);
			line_add(&whole, &after_text, 0, 1, false);
		}
		line_add(&whole, &line_end, 0, 1, false);
	}
}

/* Its fields, one after the other, of which the last ones may not be there. */
static void show_type(const struct type *t, const unsigned char *p, size_t len)
{
	size_t n = width / t->field.size, missing = (width - len) / t->field.size, left = t->pad;
	struct field blank = {.before = " ", .after = "", .n_before = 1, .precision = -1, .kind = '-'};

	for (size_t i = n; i > missing; i--) {
		struct field f = nth_field(t, i, n, &left);

		field_show(&f, 0, p + (n - i) * f.size, NULL);
	}
	if (t->text) {
		for (size_t i = missing * (size_t)t->field.width + t->pad * missing / n; i > 0 && !out_error(); i--)
			field_show(&blank, 0, p, NULL);
		field_show(&before_text, 0, p, NULL);
		for (size_t i = 0; i < len && !out_error(); i++)
			field_show(&text, 0, p + i, NULL);
		field_show(&after_text, 0, p, NULL);
	}
	field_show(&line_end, 0, p, NULL);
}

static void show_block(const void *how, uint64_t off, const unsigned char *p, size_t len)
{
	(void)how;
	if (len == width && !whole.failed) {
		line_show(&whole, off, p);
		return;
	}
	for (const struct type *t = types; t < types + n_types; t++) {
		field_show(t == types ? &address : &no_address, off, p, NULL);
		show_type(t, p, len);
	}
}

/* Whether the word is an offset as od has had it before -j: octal, or decimal with a dot, or hex, and b for 512. */
static bool is_offset(const char *word, uint64_t *off)
{
	uint64_t value;
	unsigned base = strchr(word, '.') ? 10 : 8;

	word += *word == '+';
	if (*word == '0' && (word[1] | 0x20) == 'x') {
		base = 16;
		word += 2;
	}
	if (num_digits(&word, base, UINT64_MAX / 1024, &value) < 0)
		return false;
	word += *word == '.';
	if (*word == 'b' || *word == 'B') {
		value *= *word == 'b' ? 512 : 1024;
		word++;
	}
	if (*word)
		return false;
	*off = value;
	return true;
}

/* The last of one or two operands is an offset where no newer option says that all are files. */
static void take_offset(int argc, char **argv, uint64_t *skip)
{
	char *word = argc > 0 ? argv[argc - 1] : NULL;

	if (conf.all || conf.radix || conf.skip || conf.length || conf.width || argc < 1 || argc > 2)
		return;
	for (size_t i = 0; i < conf.types.n; i++)
		if (conf.types.v[i].text)
			return;
	if ((*word == '+' || (argc == 2 && *word >= '0' && *word <= '9')) && is_offset(word, skip))
		argv[argc - 1] = NULL;
}

/* What no type says. */
static void fit_frame(void)
{
	char radix = conf.radix ? *conf.radix : 'o';
	static const struct field nothing = {.before = "", .after = "", .precision = -1, .kind = '-'};

	if (radix == '\0' || !strchr("doxn", radix))
		msg_die(1, "invalid output address radix '%c'; it must be one character from [doxn]", radix);
	address = no_address = text = before_text = after_text = line_end = nothing;
	address.width = no_address.width = radix == 'n' ? 0 : radix == 'x' ? 6 : 7;
	address.zeros = true;
	address.kind = radix == 'd' ? 'u' : radix == 'n' ? '-' : radix;
	text.size = 1;
	text.width = 1;
	text.kind = 'p';
	before_text.after = "  >";
	before_text.n_after = 3;
	after_text.after = "<";
	after_text.n_after = 1;
	line_end.after = "\n";
	line_end.n_after = 1;
	line_prepare(&address);
	line_prepare(&text);
	line_prepare(&before_text);
	line_prepare(&after_text);
	line_prepare(&line_end);
}

static int run(int argc, char **argv)
{
	struct blocks b = {.fold = conf.all, .show = show_block};

	read_types();
	fit_frame();
	b.skip = number(conf.skip, 0, "-j");
	b.left = number(conf.length, UINT64_MAX, "-N");
	take_offset(argc, argv, &b.skip);
	fit_types();
	fit_line();
	b.size = width;
	blocks_show(&b, argv);
	if (b.skip > 0 && b.opened) {
		msg_fail("cannot skip past end of combined input");
		return 0;
	}
	if (b.opened && address.kind != '-') {
		field_show(&address, b.off, (const unsigned char *)"", NULL);
		out_write("\n", 1);
	}
	return 0;
}

const struct applet od_face = {
	.name = "od",
	.summary = "show bytes in octal and other forms",
	.usage = "[OPTION]... [FILE]...\n[-abcdilosx] [FILE] [[+]OFFSET[.][b]]",
	.options = options,
	.run = run,
	.usage_status = 1,
};
