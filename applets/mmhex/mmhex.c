/*
 * mmhex: show bytes.
 *
 * Under its own name a dump made for people (dump.c). As xxd it is that, byte for byte (xxd.c).
 */
#include "input.h"
#include "mmhex.h"
#include "msg.h"

static struct conf {
	int all;
	struct opt_ranges ranges;
} conf;

static const struct opt options[] = {
	{.letter = 'v', .name = "all", OPT_FLAG(&conf.all), OPT_HELP("show lines that are equal to the one above, too")},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE",
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

static int run(int argc, char **argv)
{
	struct input in = {.names = argv, .ranges = &conf.ranges};

	(void)argc;
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		while (input_range(&in) && dump_map(&in.map, conf.all))
			;
	}
	return 0;
}

const struct applet mmhex_applet = {
	.name = "mmhex",
	.classic = "xxd",
	.summary = "show bytes",
	.usage = "[OPTION]... [FILE]...",
	.options = options,
	.run = run,
	.faces = (const struct applet *const[]){&xxd_face, NULL},
};
