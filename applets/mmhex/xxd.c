/*
 * mmhex as xxd: byte for byte the output of that of 2022, also of what it does with numbers and groups that make little
 * sense. Its options are words that begin with one dash, of which the first letter counts, and none stands behind an
 * operand: `prepare` makes them what getopt knows. Differs from xxd: what is no number is refused.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dump.h"
#include "input.h"
#include "mmhex.h"
#include "msg.h"
#include "os.h"
#include "out.h"
#include "revert.h"

enum { NORMAL, BITS, LITTLE, PLAIN, INCLUDE };

static struct {
	int kind, ignored, upper, capitals, decimal, revert, ebcdic, nul;
	const char *width, *group, *most, *add, *seek, *name;
	bool skip_zeros;
} conf;

static struct dump dump;

static const struct opt options[] = {
	{.letter = 'a', .name = "autoskip", OPT_FLAG(&conf.ignored), OPT_HELP("a star for rows of zeros; given twice: not")},
	{.letter = 'b', .name = "bits", OPT_VALUE(&conf.kind, BITS), OPT_HELP("binary digits")},
	{.letter = 'c', .name = "cols", OPT_STRING(&conf.width), .arg = "N",
	 OPT_HELP("so many bytes in a row: 16, with -b 6, with -i 12, with -p 30")},
	{.letter = 'C', .name = "capitalize", OPT_FLAG(&conf.capitals), OPT_HELP("with -i: names in capitals")},
	{.letter = 'd', .name = "decimal", OPT_FLAG(&conf.decimal), OPT_HELP("offsets in decimal")},
	{.letter = 'e', OPT_VALUE(&conf.kind, LITTLE), OPT_HELP("the last byte of a group first")},
	{.letter = 'E', .name = "EBCDIC", OPT_FLAG(&conf.ebcdic), OPT_HELP("characters are EBCDIC")},
	{.letter = 'g', .name = "groupsize", OPT_STRING(&conf.group), .arg = "N",
	 OPT_HELP("a blank after so many bytes: 2, with -b 1, with -e 4")},
	{.letter = 'i', .name = "include", OPT_VALUE(&conf.kind, INCLUDE), OPT_HELP("an array of C")},
	{.letter = 'l', .name = "len", OPT_STRING(&conf.most), .arg = "N", OPT_HELP("at most so many bytes")},
	{.letter = 'n', .name = "name", OPT_STRING(&conf.name), .arg = "NAME", OPT_HELP("with -i: the name of the array")},
	{.letter = 'o', .name = "offset", OPT_STRING(&conf.add), .arg = "N", OPT_HELP("add this to offsets")},
	{.letter = 'p', .name = "plain", OPT_VALUE(&conf.kind, PLAIN), OPT_HELP("digits alone; also -ps")},
	{.letter = 'r', .name = "revert", OPT_FLAG(&conf.revert), OPT_HELP("a dump, or with -p digits, back into bytes")},
	{.letter = 'R', OPT_CHOICE(&colour_when, colour_words + 1), .arg = "WHEN",
	 OPT_HELP("colour kinds of bytes: never, auto or always")},
	{.letter = 's', .name = "seek", OPT_STRING(&conf.seek), .arg = "[+][-]N",
	 OPT_HELP("from there on, +: from where input is, -: from its end; with -r: add this to offsets")},
	{.letter = 't', OPT_FLAG(&conf.nul), OPT_HELP("with -i: a zero behind the bytes, which the length does not count")},
	{.letter = 'u', .name = "uppercase", OPT_FLAG(&conf.upper), OPT_HELP("digits in capitals")},
	{.letter = 'v', OPT_FLAG(&conf.ignored), OPT_HELP("same as --version")},
	OPT_END,
};

static void prepare(char **argv)
{
	static const char version[] = "--version";
	static const char *const long_names[] = {"cols", "group", "len", "name", "offset", "seek", "skip"};

	colour_when = COLOUR_NEVER;
	for (argv++; *argv && (*argv)[0] == '-' && (*argv)[1] && strcmp(*argv, "--") != 0; argv++) {
		char *word = *argv;

		if (strcmp(word, "--help") == 0 || strcmp(word, version) == 0)
			continue;
		word += word[1] == '-';
		if (word[1] == 'v') {
			*argv = (char *)(uintptr_t)version;
			continue;
		}
		*argv = word;
		if (word[1] == 'a')
			conf.skip_zeros = !conf.skip_zeros;
		if (strncmp(word, "-capitalize", 11) == 0)
			word[1] = 'C';
		if (!strchr("cglnosR", word[1])) {
			if (strchr("abCdeEiprtu", word[1]))
				word[2] = '\0'; /* whatever follows means nothing */
			continue;
		}
		for (size_t i = 0; i < sizeof long_names / sizeof *long_names; i++)
			if (strncmp(word + 1, long_names[i], strlen(long_names[i])) == 0)
				word[2] = '\0';
		argv += !word[2] && argv[1];
	}
}

/* A number as strtol reads it, or with a unit; and whether there was a minus. */
static uint64_t number(const char *text, char letter, bool *minus)
{
	const char *p = text;
	uint64_t value;

	p += strspn(p, " ");
	p += *p == '+';
	*minus = *p == '-';
	p += *minus;
	if (*p == '0' && p[1] >= '0' && p[1] <= '9' ? num_digits(&p, 8, UINT64_MAX, &value) < 0 || *p :
	    num_size(p, UINT64_MAX, &value) < 0)
		opt_misuse("invalid number %s for '-%c'", msg_quote(text), letter);
	return value;
}

/* The same as strtol has it: signed. */
static int64_t number_or(int64_t none, const char *text, char letter)
{
	bool minus;
	uint64_t value;

	if (!text)
		return none;
	value = number(text, letter, &minus);
	return (int64_t)(minus ? -value : value);
}

static _Noreturn void cannot_seek(void)
{
	msg_die(4, "Sorry, cannot seek.");
}

/* Brings standard input to where -s says, and returns the offset that this is called. */
static uint64_t seek(void)
{
	const char *text = conf.seek;
	bool from_here = text && *text == '+', minus;
	static char passed[1 << 12];
	uint64_t to;
	off_t at;

	if (!text)
		return 0;
	to = number(text, 's', &minus);
	at = to > INT64_MAX ? -1 : lseek(STDIN_FILENO, minus ? -(off_t)to : (off_t)to,
	                                 from_here ? SEEK_CUR : minus ? SEEK_END : SEEK_SET);
	if (at >= 0)
		return (uint64_t)at;
	if (minus)
		cannot_seek();
	for (uint64_t left = to; left > 0;) {
		ssize_t n = read(STDIN_FILENO, passed, left < sizeof passed ? (size_t)left : sizeof passed);

		if (n == 0)
			cannot_seek();
		if (n > 0)
			left -= (uint64_t)n;
		else if (!os_interrupted())
			break;          /* which is met again, and told */
	}
	return to;
}

/* Digits in rows of `width` bytes (0: one row), of which *n are there. */
static void print_plain(const unsigned char *p, size_t len, uint64_t width, uint64_t *n)
{
	while (len > 0) {
		size_t part = len < 4096 ? len : 4096;
		char *room;

		if (width > 0 && part > width - *n)
			part = (size_t)(width - *n);
		room = out_room(2 * part + 1);
		if (!room)
			return;
		for (size_t i = 0; i < part; i++)
			memcpy(room + 2 * i, dump.cells + 2 * p[i], 2);
		*n += part;
		room[2 * part] = '\n';
		out_filled(2 * part + (*n == width));
		if (*n == width)
			*n = 0;
		p += part;
		len -= part;
	}
}

/* Elements of an array, of which *n are there already. */
static void print_elements(const unsigned char *p, size_t len, uint64_t width, uint64_t *n)
{
	enum { MOST = 512, ROOM = sizeof ",\n  0x00" };
	const char *prefix = conf.upper ? "0X" : "0x";
	uint64_t column = *n % width;

	while (len > 0) {
		size_t part = len < MOST ? len : MOST;
		char *room = out_room(part * ROOM), *to = room;

		if (!room)
			return;
		for (const unsigned char *end = p + part; p < end; p++, ++*n) {
			if (*n > 0)
				*to++ = ',';
			if (*n > 0 && column == 0)
				*to++ = '\n';
			memcpy(to, "  ", 2);
			to += column == 0 ? 2 : 1;
			memcpy(to, prefix, 2);
			memcpy(to + 2, dump.cells + 2 * *p, 2);
			to += 4;
			column = column + 1 < width ? column + 1 : 0;
		}
		out_filled((size_t)(to - room));
		len -= part;
	}
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static void print_name(const char *type, const char *name)
{
	out_printf("unsigned %s %s", type, *name >= '0' && *name <= '9' ? "__" : "");
	for (; *name; name++) {
		char c = is_letter(*name) || (*name >= '0' && *name <= '9') ? *name : '_';

		out_write(&(char){(char)(conf.capitals && is_letter(c) ? c & ~0x20 : c)}, 1);
	}
}

/* Settles how rows look. Returns their width for the forms without offsets. */
static uint64_t lay_out(void)
{
	static const unsigned char widths[] = {16, 6, 16, 30, 12}, groups[] = {2, 1, 4, 1, 1};
	int64_t width = number_or(-1, conf.width, 'c'), group = number_or(-1, conf.group, 'g');

	if (!conf.width || (width == 0 && conf.kind != PLAIN))
		width = widths[conf.kind];
	if (width < 0 || (conf.kind < PLAIN && width > DUMP_WIDTH))
		msg_die(1, "invalid number of columns (max. 256).");
	if (group < 0)
		group = groups[conf.kind];
	if (group < 1 || group > width)
		group = width;
	else if (conf.kind == LITTLE && (group & (group - 1)))
		msg_die(1, "number of octets per group must be a power of 2 with -e.");
	if (conf.kind < PLAIN) {
		dump.b.size = (size_t)width;
		dump.group = (unsigned)group;
	} else
		dump.b.size = dump.group = 1;
	dump.cell = conf.kind == BITS ? DUMP_BITS : DUMP_HEX;
	dump.b.fold = conf.skip_zeros ? BLOCKS_FOLD_ZEROS : BLOCKS_ALL;
	dump.plain = true;
	dump.little = conf.kind == LITTLE;
	dump.upper = conf.upper;
	dump.decimal = conf.decimal;
	dump.ebcdic = conf.ebcdic;
	dump.colour = colour_wanted();
	dump_start(&dump);
	return (uint64_t)width;
}

static void print(const char *file, uint64_t width)
{
	static char dash[] = "-";
	struct input in = {.names = (char *const[]){dash, NULL}};
	const char *name = conf.name || strcmp(file, "-") == 0 ? conf.name : file, *p;
	uint64_t n_printed = 0, n_bytes, most = dump.b.left;
	size_t n;

	if (conf.kind == INCLUDE && name) {
		print_name("char", name);
		out_text("[] = {\n");
	}
	while (input_next(&in)) {
		if (in.text)
			msg_about(file, in.text, in.failed);
		if (conf.kind < PLAIN)
			while (input_range(&in))
				blocks_map(&dump.b, &in.map);
		else
			while (most > 0 && !out_error() && (n = input_slice(&in, &p)) > 0) {
				if (n > most)
					n = (size_t)most;
				most -= n;
				(conf.kind == PLAIN ? print_plain : print_elements)((const unsigned char *)p, n, width, &n_printed);
				if (!in.map.sized)      /* what is there is shown before we wait for more */
					out_flush();
			}
	}
	n_bytes = n_printed;
	if (conf.kind == INCLUDE && conf.nul)
		print_elements((const unsigned char *)"", 1, width, &n_printed);
	if (conf.kind < PLAIN)
		blocks_end(&dump.b);
	else if (conf.kind == PLAIN ? n_printed > 0 || width == 0 : n_printed > 0)
		out_text("\n");
	if (conf.kind == INCLUDE && name) {
		out_text("};\n");
		print_name("int", name);
		out_printf("_%s = %llu;\n", conf.capitals ? "LEN" : "len", (unsigned long long)n_bytes);
	}
}

static int run(int argc, char **argv)
{
	const char *file = argc > 0 ? argv[0] : "-";
	uint64_t width = lay_out(), add = (uint64_t)number_or(0, conf.add, 'o');
	int64_t most = number_or(-1, conf.most, 'l');

	if (argc > 2)
		opt_misuse("extra operand %s", msg_quote(argv[2]));
	if (!revert_from(file))
		return 2;
	if (!revert_to(argc > 1 ? argv[1] : "-", !conf.revert))
		return 3;
	if (conf.revert && conf.kind != NORMAL && conf.kind != PLAIN)
		msg_die(255, "Sorry, cannot revert this type of hexdump");
	if (conf.revert)
		return revert_as_xxd(file, (unsigned)(width > UINT_MAX ? UINT_MAX : width), conf.kind == PLAIN,
		                     number_or(0, conf.seek, 's'));
	dump.b.off = seek() + add;
	dump.b.left = most < 0 ? UINT64_MAX : (uint64_t)most;
	print(file, width);
	return msg_status ? 2 : 0;
}

const struct applet xxd_face = {
	.name = "xxd",
	.summary = "show bytes, and turn a dump back into bytes",
	.usage = "[OPTION]... [FILE [OUTPUT]]\n-r [OPTION]... [DUMP [FILE]]",
	.options = options,
	.run = run,
	.usage_status = 1,
	.output_status = 3,
	.prepare = prepare,
};
