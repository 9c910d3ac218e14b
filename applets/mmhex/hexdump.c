/*
 * mmhex as hexdump and hd.
 *
 * util-linux's options and output. Every way to show bytes is a format string (format), those of -C and the like too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocks.h"
#include "format.h"
#include "hex.h"
#include "map.h"
#include "mmhex.h"
#include "msg.h"
#include "out.h"
#include "text.h"

static struct conf {
	struct opt_list formats;
	const char *length, *skip;
	int all, color;
} conf;

static const struct opt_choice color_words[] = {{"", 0}, {"auto", 0}, {"always", 0}, {"never", 0}, {0}};

static const struct opt options[] = {
	{.letter = 'b', .name = "one-byte-octal", OPT_LIST(&conf.formats), OPT_HELP("bytes in octal")},
	{.letter = 'c', .name = "one-byte-char", OPT_LIST(&conf.formats), OPT_HELP("bytes as characters")},
	{.letter = 'C', .name = "canonical", OPT_LIST(&conf.formats), OPT_HELP("bytes in hex, and as characters beside it")},
	{.letter = 'd', .name = "two-bytes-decimal", OPT_LIST(&conf.formats), OPT_HELP("two bytes each in decimal")},
	{.letter = 'e', .name = "format", OPT_LIST(&conf.formats), .arg = "FORMAT", OPT_HELP("as this format string says")},
	{.letter = 'f', .name = "format-file", OPT_LIST(&conf.formats), .arg = "FILE",
	 OPT_HELP("as the format strings in FILE say, one a line")},
	{.letter = 'L', OPT_CHOICE(&conf.color, color_words), .arg = "WHEN", OPT_HELP("nothing: colours are not shown")},
	{.name = "color", OPT_CHOICE(&conf.color, color_words), .arg = "WHEN", OPT_HELP("the same")},
	{.letter = 'n', .name = "length", OPT_STRING(&conf.length), .arg = "BYTES", OPT_HELP("at most so many bytes")},
	{.letter = 'o', .name = "two-bytes-octal", OPT_LIST(&conf.formats), OPT_HELP("two bytes each in octal")},
	{.letter = 's', .name = "skip", OPT_STRING(&conf.skip), .arg = "BYTES", OPT_HELP("leave out so many bytes at first")},
	{.letter = 'v', .name = "no-squeezing", OPT_VALUE(&conf.all, BLOCKS_ALL),
	 OPT_HELP("show lines that are equal to the one above, too")},
	{.letter = 'x', .name = "two-bytes-hex", OPT_LIST(&conf.formats), OPT_HELP("two bytes each in hex")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* What letters stand for; 0 is that without any. */
static const struct preset {
	char letter;
	const char *text[3];
} presets[] = {
	{0, {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 8/2 \"%04x \" \"\\n\""}},
	{'b', {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 16/1 \"%03o \" \"\\n\""}},
	{'c', {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 16/1 \"%3_c \" \"\\n\""}},
	{'C', {"\"%08.8_Ax\n\"", "\"%08.8_ax  \" 8/1 \"%02x \" \"  \" 8/1 \"%02x \" ", "\"  |\" 16/1 \"%_p\" \"|\\n\""}},
	{'d', {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 8/2 \"  %05u \" \"\\n\""}},
	{'o', {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 8/2 \" %06o \" \"\\n\""}},
	{'x', {"\"%07.7_Ax\n\"", "\"%07.7_ax \" 8/2 \"   %04x \" \"\\n\""}},
};

static unsigned n_given, n_canonical;

static void add_format(const char *text)
{
	format_add(text, false);
	n_given++;
}

static void add_preset(char letter)
{
	const struct preset *preset = presets;

	while (preset->letter != letter)
		preset++;
	n_canonical += letter == 'C';
	for (size_t i = 0; i < 3 && preset->text[i]; i++)
		add_format(preset->text[i]);
}

static void add_file(const char *name)
{
	size_t len;
	char *rest = text_load(name, &len), *line;

	if (!rest)
		msg_die(1, "can't read %s: %s", msg_name(name), msg_reason(errno));
	while ((line = text_line(&rest))) {
		line += strspn(line, " \t\r\v\f");
		if (*line && *line != '#')
			add_format(line);
	}
}

static void read_formats(void)
{
	if (strcmp(msg_program, "hd") == 0)
		add_preset('C');
	for (size_t i = 0; i < conf.formats.n; i++) {
		const struct opt_given *given = &conf.formats.v[i];

		if (given->row->letter == 'e')
			add_format(given->text);
		else if (given->row->letter == 'f')
			add_file(given->text);
		else
			add_preset(given->row->letter);
	}
	if (n_given == 0)
		add_preset(0);
}

static uint64_t number(const char *text, uint64_t otherwise, const char *what)
{
	uint64_t value;
	const char *wrong = text ? blocks_number(text, &value) : NULL;

	if (wrong)
		opt_misuse("failed to parse %s: %s%s%s", what, msg_quote(text), *wrong ? ": " : "", wrong);
	return text ? value : otherwise;
}

/* Lines of -C alone are those that the other dumps have, and these are quicker. */
static void show_canonical(const void *how, uint64_t off, const unsigned char *p, size_t len)
{
	char *room = out_room(HEX_LINE);

	(void)how;
	if (room)
		out_filled((size_t)(hex_line(room, off, p, len) - room));
}

static int run(int argc, char **argv)
{
	struct blocks b = {.fold = conf.all, .show = format_show};

	read_formats();
	if (n_canonical == 1 && n_given == 3)
		b.show = show_canonical;
	b.size = format_fit();
	b.skip = number(conf.skip, 0, "offset");
	b.left = number(conf.length, UINT64_MAX, "length");
	if (b.left == 0)
		return 0;
	blocks_show(&b, argv);
	if (!b.opened && argc > 0)
		msg_fail("all input file arguments failed");
	if (b.off > 0)
		format_end(b.off);
	return 0;
}

const struct applet hexdump_face = {
	.name = "hexdump",
	.classic = "hd",
	.summary = "show bytes as format strings say",
	.usage = "[OPTION]... [FILE]...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
