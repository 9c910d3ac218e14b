/*
 * mmcat: map files and print them.
 *
 * cat of POSIX.1-2024 with GNU's options, byte for byte GNU's output; plus parts of files (--range). Plain copying
 * is left to core/move, which never brings the bytes into the program where it can avoid it; the options that show
 * bytes work on settled slices. Differs from cat: a file that shrinks or grows while it is read is said so.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "input.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "show.h"

static struct conf {
	int unbuffered;
	struct opt_ranges ranges;
} conf;

static const struct opt options[] = {
	OPT_GROUP("As cat"),
	{.letter = 'A', .name = "show-all", OPT_MEANS("v E T"), OPT_HELP("same as -vET")},
	{.letter = 'b', .name = "number-nonblank", OPT_FLAG(&show.number_nonblank),
	 OPT_HELP("number the lines that are not empty; overrides -n")},
	{.letter = 'e', OPT_MEANS("v E"), OPT_HELP("same as -vE")},
	{.letter = 'E', .name = "show-ends", OPT_FLAG(&show.ends), OPT_HELP("show $ at the end of each line")},
	{.letter = 'n', .name = "number", OPT_FLAG(&show.number), OPT_HELP("number all lines")},
	{.letter = 's', .name = "squeeze-blank", OPT_FLAG(&show.squeeze),
	 OPT_HELP("show several empty lines in a row as one")},
	{.letter = 't', OPT_MEANS("v T"), OPT_HELP("same as -vT")},
	{.letter = 'T', .name = "show-tabs", OPT_FLAG(&show.tabs), OPT_HELP("show tabs as ^I")},
	{.letter = 'u', OPT_FLAG(&conf.unbuffered), OPT_HELP("nothing: output is never held back")},
	{.letter = 'v', .name = "show-nonprinting", OPT_FLAG(&show.nonprinting),
	 OPT_HELP("show control and high bytes as ^X and M-X, but not line ends and tabs")},
	OPT_GROUP("Beyond cat"),
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE",
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* The range as it is. */
static bool print_plain(struct map *m)
{
	if (out_flush() == 0 && move_stream(m, STDOUT_FILENO, NULL, NULL) == MOVE_NO_TARGET)
		out_failed(errno);
	return !out_error();
}

static int run(int argc, char **argv)
{
	bool (*print)(struct map *m) = show_start() ? show_map : print_plain;
	struct input in = {.names = argv, .ranges = &conf.ranges, .copies = true};

	(void)argc;
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		out_failed(EBADF);      /* as GNU, also when there is nothing to print */
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		while (input_range(&in) && print(&in.map))
			;
	}
	show_end();
	return 0;
}

const struct applet mmcat_applet = {
	.name = "mmcat",
	.classic = "cat",
	.summary = "map files and print them",
	.usage = "[OPTION]... [FILE]...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
