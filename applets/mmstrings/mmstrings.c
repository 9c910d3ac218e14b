/*
 * mmstrings: map files and print the strings in them.
 *
 * strings of POSIX.1-2024 with the options of GNU binutils, byte for byte its output. core/map brings settled bytes,
 * `find` prints what is text in them; with -d `sections` says which parts of a file are looked through. Differs from
 * GNU's: several encodings may be looked for at once; UTF-8 is shown right; what shrinks or cannot be read is said so.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "find.h"
#include "input.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "sections.h"

enum unicode { DEFAULT, INVALID, LOCALE, HEX, ESCAPE, HIGHLIGHT };

enum { PARTS = 1 };     /* the set of options that say which parts are looked through */

static struct conf {
	int data, radix, unicode;
	uint64_t number;        /* -NUM */
	const char *target;
	struct opt_ranges ranges;
} conf = {.number = UINT64_MAX};

static const struct opt_choice radix_words[] = {{"o", 8}, {"d", 10}, {"x", 16}, {0}};

static const struct opt_choice encoding_words[] = {
	{"s", FIND_7BIT}, {"S", FIND_8BIT}, {"b", FIND_b}, {"l", FIND_l}, {"B", FIND_B}, {"L", FIND_L}, {0},
};

/* Their first letters stand for them as any beginning of a word does; h has two. */
static const struct opt_choice unicode_words[] = {
	{"default", DEFAULT}, {"invalid", INVALID}, {"locale", LOCALE}, {"show", LOCALE}, {"hex", HEX}, {"x", HEX},
	{"escape", ESCAPE}, {"h", HIGHLIGHT}, {"highlight", HIGHLIGHT}, {0},
};

static const struct opt options[] = {
	OPT_GROUP("As strings"),
	{.letter = 'a', .name = "all", OPT_VALUE(&conf.data, 0), OPT_HELP("look through all of each file, as it does anyway")},
	{.letter = 'd', .name = "data", OPT_FLAG(&conf.data), .excludes = PARTS,
	 OPT_HELP("of an ELF file look only through the sections that are loaded")},
	{.letter = 'e', .name = "encoding", OPT_SET(&find_how.encodings, encoding_words), .arg = "LETTER,...",
	 OPT_HELP("characters of 7 bits (s, the default) or 8 (S), of 16 bits, big (b) or little-endian (l), of 32 (B, L)")},
	{.letter = 'f', .name = "print-file-name", OPT_FLAG(&find_how.names),
	 OPT_HELP("print the file's name before each string")},
	{.letter = 'n', .name = "bytes", OPT_NUMBER(&find_how.least), .arg = "NUM",
	 OPT_HELP("only strings of at least so many characters (4)")},
	{OPT_DIGITS(&conf.number), .arg = "NUM", OPT_HELP("same as -n NUM")},
	{.letter = 'o', OPT_VALUE(&conf.radix, 8), OPT_HELP("same as -t o")},
	{.letter = 's', .name = "output-separator", OPT_STRING(&find_how.separator), .arg = "TEXT",
	 OPT_HELP("end each string with this instead of a newline")},
	{.letter = 't', .name = "radix", OPT_CHOICE(&conf.radix, radix_words), .arg = "RADIX",
	 OPT_HELP("print the offset of each string, octal (o), decimal (d) or hexadecimal (x)")},
	{.letter = 'T', .name = "target", OPT_STRING(&conf.target), .arg = "FORMAT",
	 OPT_HELP("nothing: ELF is the only format that -d knows")},
	{.letter = 'U', .name = "unicode", OPT_CHOICE(&conf.unicode, unicode_words), .arg = "HOW",
	 OPT_HELP("characters of UTF-8 belong to a string, and are shown as they are, in hex, as \\uXXXX, or that in red")},
	{.letter = 'w', .name = "include-all-whitespace", OPT_FLAG(&find_how.spaces),
	 OPT_HELP("newlines and all other white space belong to a string, too")},
	OPT_GROUP("Beyond strings"),
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .excludes = PARTS,
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* Settles what to look for. */
static void start(void)
{
	bool red = conf.unicode == HIGHLIGHT && isatty(STDOUT_FILENO);

	if (conf.number != UINT64_MAX)
		find_how.least = conf.number;
	if (find_how.least < 1 || find_how.least > FIND_MOST)
		opt_misuse("invalid minimum string length %llu", (unsigned long long)find_how.least);
	if (conf.unicode > INVALID)
		find_how.encodings = FIND_UTF8;
	else if (conf.unicode == INVALID || find_how.encodings == 0)
		find_how.encodings = FIND_7BIT;
	if (find_how.encodings & FIND_8BIT)     /* has all that one of 7 bits has */
		find_how.encodings &= ~(unsigned)FIND_7BIT;
	find_how.show = conf.unicode == LOCALE ? FIND_RAW : conf.unicode == HEX ? FIND_HEX : FIND_ESCAPED;
	find_how.before = red ? "\033[31;47m" : "";
	find_how.after = red ? "\033[0m" : "";
	find_how.offsets = conf.radix == 8 ? "%7llo " : conf.radix == 10 ? "%7llu " : conf.radix == 16 ? "%7llx " : NULL;
	find_start();
}

/* Behind a slice of a hole, which has ended all strings: goes over the rest of that, but for a slice whose zeros may
 * belong to characters behind it. */
static void pass_hole(struct map *m)
{
	size_t len;

	map_stretch_hole(m);
	len = m->len > MAP_SLICE ? m->len - MAP_SLICE : 0;
	if (len > 0)
		find_pass_zeros(len);
	map_take(m, len);
}

/* Offsets count from where standard input was found, unless ranges say where to look. */
static void find_in(struct input *in, const char *name, bool from_here)
{
	struct map *m = &in->map;
	const char *bytes;
	ssize_t n;

	find_begin(name, from_here ? 0 : (uint64_t)m->off);
	while ((n = map_slice(m, &bytes)) > 0 && !out_error()) {
		if (!find_more(bytes, (size_t)n)) {
			msg_fail("%s: %s", msg_name(in->name), msg_reason(ENOMEM));
			break;
		}
		if (m->hole && map_next(m) && m->hole)
			pass_hole(m);
		if (!m->sized)
			out_flush();    /* who knows when more will come */
	}
	find_end();
}

static void find_in_all(char *const *names)
{
	struct opt_ranges sections = {0};
	struct input in = {.names = names, .ranges = &conf.ranges, .copies = true};
	bool is_stdin = !names[0];

	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		else if (conf.data && !is_stdin) {
			in.ranges = &sections;
			sections_find(&in, &sections);
		}
		while (input_range(&in))
			find_in(&in, is_stdin ? "{standard input}" : in.name, is_stdin && conf.ranges.n == 0);
	}
	free(sections.v);
}

/* An operand "-" is -a for those that follow it. Where there is no other, standard input is meant. */
static int run(int argc, char **argv)
{
	bool any = false;

	start();
	for (int i = 0; i < argc; i++) {
		int first = i;

		while (i < argc && strcmp(argv[i], "-") != 0)
			i++;
		argv[i] = NULL;
		if (first < i) {
			find_in_all(argv + first);
			any = true;
		}
		conf.data = 0;
	}
	if (!any)
		find_in_all(argv + argc);
	return 0;
}

const struct applet mmstrings_applet = {
	.name = "mmstrings",
	.classic = "strings",
	.summary = "map files and print the strings in them",
	.usage = "[OPTION]... [FILE]...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
