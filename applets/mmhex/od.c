/*
 * mmhex as od.
 *
 * POSIX's od with GNU's options and output, but for floating point. Each type becomes a format string of
 * hexdump's (format); where there are several, their fields are widened so that what stands for the same bytes stands
 * in the same columns.
 */
#include <errno.h>
#include <string.h>

#include "blocks.h"
#include "fmt.h"
#include "format.h"
#include "grow.h"
#include "map.h"
#include "mmhex.h"
#include "msg.h"
#include "out.h"

enum { WIDTH = 16, WIDEST = 1 << 26 };  /* bytes of a line, of which two are kept in memory */

static struct conf {
	struct opt_list types;
	const char *radix, *skip, *length, *least, *width;
	int all, endian, is_modern;
} conf;

static const struct opt_choice endian_words[] = {{"little", 1}, {"big", 2}, {0}};

/* A letter that means one type, which the text of its help is. */
#define TYPE(name, type) {.letter = name, OPT_LIST(&conf.types), .help = "-t " type}

static const struct opt options[] = {
	OPT_GROUP("What is shown"),
	{.letter = 'A', .name = "address-radix", OPT_STRING(&conf.radix), .arg = "RADIX",
	 OPT_HELP("offsets in d(ecimal), o(ctal), hex (x), or n(one)")},
	{.letter = 'j', .name = "skip-bytes", OPT_STRING(&conf.skip), .arg = "BYTES",
	 OPT_HELP("leave out so many bytes at first")},
	{.letter = 'N', .name = "read-bytes", OPT_STRING(&conf.length), .arg = "BYTES", OPT_HELP("at most so many bytes")},
	{.letter = 'S', OPT_STRING(&conf.least), .arg = "BYTES",
	 OPT_HELP("strings of so many characters and more, with a NUL behind them")},
	{.name = "strings", OPT_STRING_OR(&conf.least, "3"), .arg = "BYTES", OPT_HELP("the same; 3 unless given")},
	{.letter = 't', .name = "format", OPT_LIST(&conf.types), .arg = "TYPE",
	 OPT_HELP("a (names), c (as in C), or d o u x and a size: 1 2 4 8 C S I L; with z behind it the text, too")},
	{.letter = 'v', .name = "output-duplicates", OPT_VALUE(&conf.all, BLOCKS_ALL),
	 OPT_HELP("show lines that are equal to the one above, too")},
	{.letter = 'w', OPT_STRING_OR(&conf.width, "32"), .arg = "BYTES", OPT_HELP("so many bytes a line; 32 unless given")},
	{.name = "width", OPT_STRING_OR(&conf.width, "32"), .arg = "BYTES", OPT_HELP("the same")},
	{.name = "endian", OPT_CHOICE(&conf.endian, endian_words), .arg = "ORDER",
	 OPT_HELP("the byte that comes first counts least (little) or most (big)")},
	OPT_GROUP("Types by letters"),
	TYPE('a', "a"),
	TYPE('b', "o1"),
	TYPE('c', "c"),
	TYPE('d', "u2"),
	TYPE('D', "u4"),
	TYPE('i', "dI"),
	TYPE('l', "dL"),
	TYPE('o', "o2"),
	TYPE('O', "o4"),
	TYPE('s', "d2"),
	TYPE('x', "x2"),
	TYPE('X', "x4"),
	OPT_GROUP("Beyond od"),
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

static struct type {
	size_t size;            /* bytes of a field */
	int width, digits;      /* its characters; at least so many digits, or -1 */
	char kind;
	bool text;              /* and behind the line the bytes as text */
} *types;
static size_t n_types, width;

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
		struct type *t;

		types = grow_add(types, &n_types, sizeof *types);
		if (!types)
			msg_no_memory(1);
		t = &types[n_types - 1];
		*t = (struct type){.size = 1, .width = 3, .digits = -1, .kind = *p};
		if (!strchr("acdoux", *p))
			bad_type(all, p);
		if (!strchr("ac", *p++)) {
			t->size = read_size(all, &p);
			t->width = digits(t->kind, t->size);
			if (t->kind == 'o' || t->kind == 'x')
				t->digits = t->width;
		}
		t->text = *p == 'z';
		p += t->text;
	}
}

static void read_types(void)
{
	for (size_t i = 0; i < conf.types.n; i++) {
		const struct opt_given *given = &conf.types.v[i];

		add_types(given->text ? given->text : given->row->help + strlen("-t "));
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

/* Sets the bytes of a line, which the size of each type divides. */
static void fit_width(void)
{
	size_t unit = 1;
	uint64_t wanted = 0;
	const char *p = conf.width;

	for (struct type *t = types; t < types + n_types; t++)
		unit = t->size > unit ? t->size : unit;
	width = WIDTH;
	if (!p)
		return;
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

/* The string of a type behind that of the offset. Of the line's `columns` those that it does not need are blanks, which
 * are dealt out among its fields; after `period` of these the dealing begins anew. */
static void add_format(const struct type *t, const char *offset, size_t columns)
{
	size_t n = width / t->size, pad = columns - n * (size_t)t->width, period = 1, len;
	struct unit *unit;
	char text[256];

	while (pad * period % n != 0)
		period++;
	len = (size_t)fmt_text(text, sizeof text, "\"%s\" %zu/%zu \"", offset, n / period, t->size);
	for (size_t i = period; i > 0; i--) {
		len += (size_t)fmt_text(text + len, sizeof text - len, "%%%zu", (size_t)t->width + pad * i / n - pad * (i - 1) / n);
		if (t->digits >= 0)
			len += (size_t)fmt_text(text + len, sizeof text - len, ".%d", t->digits);
		len += (size_t)fmt_text(text + len, sizeof text - len, "%s%c", strchr("ac", t->kind) ? "_" : "",
		                        t->kind == 'a' ? 'u' : t->kind);
	}
	fmt_text(text + len, sizeof text - len, t->text ? "\"" : "\" \"\\n\"");
	unit = &format_add(text, true)->units[1];
	unit->cut = !t->text;
	for (struct field *f = unit->fields; f < unit->fields + unit->n_fields; f++) {
		f->big = conf.endian ? conf.endian == 2 : field_native();
		if (t->kind == 'a')
			f->kind = 'a';
	}
	if (t->text) {
		fmt_text(text, sizeof text, "\"  >\" %zu/1 \"%%_p\" \"<\\n\"", width);
		format_add(text, false);
	}
}

static void add_formats(char radix)
{
	int digits = radix == 'n' ? 0 : radix == 'x' ? 6 : 7;
	size_t columns = 0;
	char offset[32], end[40];

	fit_width();
	for (struct type *t = types; t < types + n_types; t++) {
		size_t own = width / t->size * ((size_t)t->width + 1);

		columns = own > columns ? own : columns;
	}
	fmt_text(offset, sizeof offset, "%%0%d.%d_a%c", digits, digits, radix);
	fmt_text(end, sizeof end, "\"%%0%d.%d_A%c\n\"", digits, digits, radix);
	if (radix != 'n')
		format_add(end, false);
	for (struct type *t = types; t < types + n_types; t++) {
		if (t > types || radix == 'n')
			fmt_text(offset, sizeof offset, "%*s", digits, "");
		add_format(t, offset, columns);
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

	if (conf.all || conf.radix || conf.skip || conf.length || conf.least || conf.width || argc < 1 || argc > 2)
		return;
	for (size_t i = 0; i < conf.types.n; i++)
		if (conf.types.v[i].text)
			return;
	if ((*word == '+' || (argc == 2 && *word >= '0' && *word <= '9')) && is_offset(word, skip))
		argv[argc - 1] = NULL;
}

/* What may become a string, since all of it comes before the NUL that says so. */
static struct {
	char *text;
	size_t len, room;
	uint64_t least;
	const char *offset;     /* its format, or NULL */
} string;

static void end_string(uint64_t off)
{
	if (string.len >= string.least) {
		if (string.offset)
			out_printf(string.offset, (unsigned long long)(off - string.len));
		out_write(string.text, string.len);
		out_text("\n");
	}
}

/* One more byte. */
static void show_strings(const void *how, uint64_t off, const unsigned char *p, size_t len)
{
	(void)how;
	if (*p < ' ' || *p > '~') {
		if (*p == '\0')
			end_string(off);
		string.len = 0;
		return;
	}
	string.text = grow_room(string.text, &string.room, string.len + len, len);
	if (!string.text)
		msg_no_memory(1);
	string.text[string.len++] = (char)*p;
}

static int run(int argc, char **argv)
{
	struct blocks b = {.fold = conf.all, .show = format_show};
	char radix = conf.radix ? *conf.radix : 'o';

	if (radix == '\0' || !strchr("doxn", radix))
		msg_die(1, "invalid output address radix '%c'; it must be one character from [doxn]", radix);
	if (conf.least) {
		if (conf.types.n > 0)
			msg_die(1, "no type may be specified when dumping strings");
		string.least = number(conf.least, 0, "-S");
		string.offset = radix == 'n' ? NULL : radix == 'o' ? "%07llo " : radix == 'd' ? "%07llu " : "%06llx ";
		b = (struct blocks){.fold = BLOCKS_ALL, .show = show_strings, .size = 1};
	} else {
		read_types();
		add_formats(radix);
		b.size = format_fit();
	}
	b.skip = number(conf.skip, 0, "-j");
	b.left = number(conf.length, UINT64_MAX, "-N");
	take_offset(argc, argv, &b.skip);
	blocks_show(&b, argv);
	if (b.skip > 0 && b.opened)
		msg_fail("cannot skip past end of combined input");
	else if (conf.least) {
		/* as GNU has it */
		if (b.left == 0 && string.len > string.least)
			end_string(b.off);
	} else if (b.opened)
		format_end(b.off);
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
