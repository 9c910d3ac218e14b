/*
 * mmhex: show bytes, and turn a dump back into bytes.
 *
 * Under its own name a dump made for people: offset, bytes, text, as hexdump -C has them; equal rows are folded, holes
 * unread (dump.c). --revert reads such a dump, or xxd's (revert.c). Under each classic name it has that one's options
 * and output: xxd.c, hexdump.c, od.c.
 */
#include <stdlib.h>
#include <unistd.h>

#include "dump.h"
#include "input.h"
#include "mmhex.h"
#include "msg.h"
#include "out.h"
#include "revert.h"

static struct conf {
	int all, little, decimal, revert;
	uint64_t width, group, at;
	int word;
	struct opt_ranges ranges;
} conf = {.width = 16, .group = 1, .at = REVERT_HERE};

int colour_when;
const struct opt_choice colour_words[] = {{"", COLOUR_ALWAYS}, {"always", COLOUR_ALWAYS}, {"auto", COLOUR_AUTO},
                                          {"never", COLOUR_NEVER}, {0}};
static const struct opt_choice word_words[] = {{"16", 2}, {"32", 4}, {"64", 8}, {0}};

enum { GROUPS = 1 };    /* exclude each other; --revert (OPT_SOLE) finds in the dump what those with OPT_OTHER settle */

static const struct opt options[] = {
	OPT_GROUP("What is shown"),
	{.letter = 'v', .name = "all", OPT_VALUE(&conf.all, BLOCKS_ALL), .excludes = OPT_OTHER,
	 OPT_HELP("every row, also one that is equal to the row above")},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .excludes = OPT_OTHER,
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times")},
	{.letter = 'w', .name = "width", OPT_SIZE(&conf.width), .arg = "N", .excludes = OPT_OTHER,
	 OPT_HELP("so many bytes in a row: 16, at most 256")},
	{.letter = 'g', .name = "group", OPT_SIZE(&conf.group), .arg = "N", .excludes = GROUPS | OPT_OTHER,
	 OPT_HELP("a blank after so many bytes: 1")},
	{.name = "words", OPT_CHOICE(&conf.word, word_words), .arg = "BITS", .excludes = GROUPS | OPT_OTHER,
	 OPT_HELP("the bytes as words of 16, 32 or 64 bits")},
	{.letter = 'e', .name = "little", OPT_FLAG(&conf.little), OPT_HELP("the last byte of a group or word first")},
	{.letter = 'd', .name = "decimal", OPT_FLAG(&conf.decimal), OPT_HELP("offsets in decimal")},
	{.name = "color", OPT_CHOICE(&colour_when, colour_words), .arg = "WHEN", .excludes = OPT_OTHER,
	 OPT_HELP("colour kinds of bytes: auto, always or never")},
	OPT_GROUP("A dump back into bytes"),
	{.letter = 'r', .name = "revert", OPT_FLAG(&conf.revert), .excludes = OPT_SOLE,
	 OPT_HELP("from DUMP, into FILE, which keeps what the dump does not tell")},
	{.name = "at", OPT_SIZE(&conf.at), .arg = "OFF", OPT_HELP("the first byte there, and not at the offset in the dump")},
	OPT_GROUP("All"),
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

bool colour_wanted(void)
{
	const char *no = getenv("NO_COLOR");

	return colour_when == COLOUR_ALWAYS || (colour_when == COLOUR_AUTO && !(no && *no) && isatty(STDOUT_FILENO));
}

/* One range. Behind it the offset of its end. */
static bool dump(struct dump *d, struct map *m)
{
	d->b.off = (uint64_t)m->start;
	blocks_map(&d->b, m);
	blocks_end(&d->b);
	if (d->b.off > (uint64_t)m->start) {
		char *room = out_room(32), *to = room;

		if (room) {
			to = dump_offset(d, room, d->b.off);
			*to++ = '\n';
			out_filled((size_t)(to - room));
		}
	}
	return !out_error();
}

static int run(int argc, char **argv)
{
	static struct dump d;
	struct input in = {.names = argv, .ranges = &conf.ranges};
	const char *header = NULL;

	if (conf.revert)
		return revert(argc, argv, &(struct revert){.little = conf.little, .decimal = conf.decimal, .at = conf.at});
	if (conf.at != REVERT_HERE)
		opt_misuse("--at is for --revert");
	if (conf.width < 1 || conf.width > DUMP_WIDTH)
		opt_misuse("a row has from 1 to %d bytes", DUMP_WIDTH);
	if (conf.word)
		conf.group = (uint64_t)conf.word;
	d.cell = DUMP_HEX;
	d.b.left = UINT64_MAX;
	d.b.size = (size_t)conf.width;
	d.b.fold = conf.all;
	d.group = (unsigned)(conf.group < 1 || conf.group > conf.width ? conf.width : conf.group);
	d.little = conf.little;
	d.decimal = conf.decimal;
	d.colour = colour_wanted();
	dump_start(&d);
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		else if (argc > 1) {
			out_printf("%s==> %s <==\n", header ? header : "", msg_name(in.name));
			header = "\n";
		}
		while (input_range(&in) && dump(&d, &in.map))
			;
	}
	return 0;
}

const struct applet mmhex_applet = {
	.name = "mmhex",
	.classic = "hexdump hd od xxd",
	.summary = "show bytes, and turn a dump back into bytes",
	.usage = "[OPTION]... [FILE]...\n--revert [OPTION]... [DUMP [FILE]]",
	.options = options,
	.run = run,
	.faces = (const struct applet *const[]){&hexdump_face, &od_face, &xxd_face, NULL},
};
