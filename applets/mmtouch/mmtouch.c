/*
 * mmtouch: how much of files is in memory, and steering it.
 *
 * Files that the operands name or hold are met one after the other (files.c). Which of their pages are in memory is
 * counted (pages.c), and what is asked for is done to them (steer.c), before a row says how much that is (tell.c).
 * As vmtouch it has the same options, and that one's output; as fincore another table (fincore.c).
 */
#include "mmtouch.h"

#include <stdlib.h>
#include <string.h>

#include "map.h"
#include "msg.h"
#include "out.h"
#include "progress.h"

struct touch_conf touch_conf = {.cross = -1, .most = UINT64_MAX};

static struct {
	int touch, evict, lock, status, nuls;
	uint64_t top;
	const char *list, *part, *save, *learn, *restore;
	int as;
	struct opt_list below;
	struct opt_ranges ranges;
} conf;

enum { ACTIONS = 1, LOUD = 2, PARTS = 4, LISTS = 8 };   /* exclude each other */

static const struct opt_choice pair_words[] = {{"kv", 1}, {0}};

static const struct opt options[] = {
	OPT_GROUP("What is done"),
	{.letter = 't', .name = "touch", OPT_FLAG(&conf.touch), .excludes = ACTIONS,
	 OPT_HELP("bring in what is missing, but for holes")},
	{.letter = 'e', .name = "evict", OPT_FLAG(&conf.evict), .excludes = ACTIONS,
	 OPT_HELP("let go of what is not in use")},
	{.name = "sync", OPT_FLAG(&touch_conf.sync), OPT_HELP("with -e: write dirty pages to the device first")},
	{.letter = 'l', .name = "lock", OPT_FLAG(&conf.lock), .excludes = ACTIONS,
	 OPT_HELP("bring in and hold until a signal comes; lock again what is replaced")},
	{.letter = 'L', .name = "lock-all", OPT_FLAG(&hold_conf.all), .excludes = ACTIONS,
	 OPT_HELP("the same, with all that this process has (mlockall)")},
	{.name = "on-fault", OPT_FLAG(&hold_conf.on_fault),
	 OPT_HELP("with -l: bring nothing in, but hold what comes (mlock2)")},
	{.letter = 'd', .name = "daemon", OPT_FLAG(&hold_conf.background), OPT_HELP("with -l, -L: in the background")},
	{.letter = 'w', .name = "wait", OPT_FLAG(&hold_conf.wait), OPT_HELP("with -d: until all is locked")},
	{.letter = 'P', .name = "pid-file", OPT_FILE(&hold_conf.pid_file), .arg = "FILE",
	 OPT_HELP("with -l, -L: the process is named there while it runs")},
	{.name = "status", OPT_FLAG(&conf.status), .excludes = ACTIONS,
	 OPT_HELP("whether the process in the file of -P runs, and what it has locked")},
	{.name = "top", OPT_NUMBER_FROM(&conf.top, 1), .arg = "N", .excludes = ACTIONS | OPT_SOLE,
	 OPT_HELP("show the N files that have most in memory")},
	OPT_GROUP("What was in memory, as text"),
	{.name = "save", OPT_FILE(&conf.save), .arg = "FILE", .excludes = ACTIONS, OPT_HELP("write there what is in memory")},
	{.name = "learn", OPT_FILE(&conf.learn), .arg = "FILE", .excludes = ACTIONS,
	 OPT_HELP("write there what the command, which the operands are, brings in")},
	{.name = "below", OPT_LIST(&conf.below), .arg = "FOLDER",
	 OPT_HELP("with --learn: of the files there; may be given several times")},
	{.name = "as", OPT_CHOICE(&conf.as, remember_words), .arg = "FORM",
	 OPT_HELP("with --save, --learn: ranges, a list of names, or a squashfs-sort file")},
	{.name = "restore", OPT_FILE(&conf.restore), .arg = "FILE", .excludes = ACTIONS,
	 OPT_HELP("bring in what this file of ranges says, as long as memory is free")},
	{.name = "force", OPT_FLAG(&touch_conf.force), OPT_HELP("with --restore: of files that have changed, too")},
	{.name = "budget", OPT_SIZE_FROM(&touch_conf.budget, 1), .arg = "SIZE",
	 OPT_HELP("with -t, --restore: bring in no more than this")},
	{.name = "rate", OPT_SIZE_FROM(&touch_conf.rate, 1), .arg = "SIZE",
	 OPT_HELP("with -t, --restore: no more than this in a second")},
	OPT_GROUP("Which files"),
	{.letter = 'b', .name = "files-from", OPT_FILE(&conf.list), .arg = "FILE",
	 OPT_HELP("those that this lists, too, one a line; -: standard input")},
	{.letter = '0', .name = "null", OPT_FLAG(&conf.nuls), OPT_HELP("with -b: names end with a NUL")},
	{.letter = 'f', .name = "follow", OPT_FLAG(&touch_conf.follow), OPT_HELP("follow symbolic links")},
	{.letter = 'F', .name = "one-file-system", OPT_VALUE(&touch_conf.cross, 0), .excludes = LISTS,
	 OPT_HELP("stay in the file system of each operand")},
	{.name = "cross-mounts", OPT_FLAG(&touch_conf.cross), .excludes = LISTS, OPT_HELP("go into others, too")},
	{.letter = 'h', .name = "hard-links", OPT_FLAG(&touch_conf.links),
	 OPT_HELP("count a file once for each of its names")},
	{.letter = 'i', .name = "ignore", OPT_LIST(&touch_conf.ignore), .arg = "PATTERN",
	 OPT_HELP("not files and folders with such a name")},
	{.letter = 'I', .name = "only", OPT_LIST(&touch_conf.only), .arg = "PATTERN", OPT_HELP("only files with such a name")},
	{.letter = 'm', .name = "max-size", OPT_SIZE(&touch_conf.most), .arg = "SIZE", OPT_HELP("no files larger than this")},
	{.letter = 'p', OPT_STRING(&conf.part), .arg = "A-B", .excludes = PARTS,
	 OPT_HELP("only from A to B, or as much of that as there is")},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .excludes = PARTS,
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes")},
	OPT_GROUP("What is shown"),
	{.letter = 'v', .name = "verbose", OPT_FLAG(&touch_conf.verbose), .excludes = LOUD | OPT_OTHER,
	 OPT_HELP("a picture of where the pages lie")},
	{.letter = 'q', .name = "quiet", OPT_FLAG(&touch_conf.quiet), .excludes = LOUD,
	 OPT_HELP("nothing but what goes wrong")},
	{.letter = 'o', OPT_CHOICE(&touch_conf.pairs, pair_words), .arg = "kv",
	 OPT_HELP("the sum as NAME=VALUE pairs, as vmtouch has it")},
	{.name = "bytes", OPT_FLAG(&touch_conf.bytes), OPT_HELP("sizes in bytes")},
	{.name = "json", OPT_FLAG(&touch_conf.json),
	 OPT_HELP("an object a line, at last the sum; with -v ranges [OFF,LEN]")},
	{.name = "progress", OPT_CHOICE(&touch_conf.progress, progress_words), .arg = "WHEN",
	 OPT_HELP("a line on stderr while much is brought in: auto, always or never")},
	OPT_END,
};

/* A-B, A-, -B or B, as vmtouch has it. */
static void part_of(const char *text, struct num_range *r)
{
	const char *minus = strchr(text, '-'), *last = minus ? minus + 1 : text;
	uint64_t from = 0, to = (uint64_t)NUM_OFF_MAX;
	char first[32] = "";

	if (minus && (size_t)(minus - text) < sizeof first)
		memcpy(first, text, (size_t)(minus - text));
	if ((*first && num_size(first, (uint64_t)NUM_OFF_MAX, &from) < 0) ||
	    (*last && num_size(last, (uint64_t)NUM_OFF_MAX, &to) < 0) || (minus && minus > text && !*first))
		opt_misuse("invalid range %s for '-p': as in 4K-64K, 4K- or -64K", msg_quote(text));
	if (to < from)
		opt_misuse("range %s ends before it begins", msg_quote(text));
	*r = (struct num_range){.off = (off_t)from, .len = (off_t)(to - from)};
}

static int64_t changed;

static bool each(struct file *f, void *action)
{
	struct pages p;

	changed += steer(*(int *)action, f, &p);
	tell_file(f, &p);
	return !out_error();
}

static int learn(int argc, char **argv)
{
	char **names = calloc(conf.below.n + 1, sizeof *names);

	if (argc == 0 || conf.below.n == 0)
		opt_misuse("--learn asks for a command, and for --below=FOLDER");
	if (!names)
		msg_no_memory(2);
	for (size_t i = 0; i < conf.below.n; i++)
		names[i] = (char *)(uintptr_t)conf.below.v[i].text;
	return remember(conf.learn, conf.as, names, argv);
}

/* Options without the one that they are for. */
static void refuse_lonely(bool locks)
{
	bool has_part = conf.part || conf.ranges.n;
	const struct {
		bool lonely;
		const char *words;
	} rows[] = {
		{hold_conf.background > locks || (hold_conf.pid_file && !locks && !conf.status), "-d and -P are for -l or -L"},
		{hold_conf.wait > hold_conf.background, "-w is for -d"},
		{conf.status && !hold_conf.pid_file, "--status asks for a file by -P"},
		{conf.below.n && !conf.learn, "--below is for --learn"},
		{conf.as && !conf.save && !conf.learn, "--as is for --save and --learn"},
		{touch_conf.force && !conf.restore, "--force is for --restore"},
		{(touch_conf.budget || touch_conf.rate) && !conf.touch && !conf.restore,
		 "--budget and --rate are for -t and --restore"},
		{touch_conf.sync > conf.evict, "--sync is for -e"},
		{hold_conf.on_fault > conf.lock, "--on-fault is for -l"},
		{conf.restore && (conf.list || has_part || touch_conf.ignore.n || touch_conf.only.n),
		 "--restore takes all from its file, and no -b, -i, -I, -p or --range"},
		{conf.learn && (conf.list || has_part), "--learn takes no -b, -p or --range"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].lonely)
			opt_misuse("%s", rows[i].words);
}

static int run_as(int argc, char **argv)
{
	int action = conf.touch ? TOUCH : conf.evict ? EVICT : SHOW;
	bool locks = conf.lock || hold_conf.all;

	refuse_lonely(locks);
	if (conf.status)
		return pid_status(hold_conf.pid_file);
	if (conf.restore) {
		touch_conf.spare = 1;
		return argc ? (opt_misuse("extra operand %s", msg_quote(argv[0])), 2) : restore(conf.restore);
	}
	if (conf.learn)
		return learn(argc, argv);
	if (argc == 0 && !conf.list)
		opt_misuse("no files or folders");
	if (conf.list)
		argv = files_list(argv, (size_t)argc, conf.list, conf.nuls);
	if (!argv)
		return 1;
	if (conf.part) {
		part_of(conf.part, &touch_conf.range);
		touch_conf.has_range = touch_conf.range_is_lenient = true;
	} else if (conf.ranges.n) {
		if (conf.ranges.n > 1)
			opt_misuse("--range is given twice");
		touch_conf.range = conf.ranges.v[0];
		touch_conf.has_range = true;
	}
	if (conf.save)
		return remember(conf.save, conf.as, argv, NULL);
	if (locks)
		return hold_run(argv);
	tell_start();
	if (action == TOUCH)
		progress_start((enum progress_when)touch_conf.progress, 0);
	files_each(argv, conf.top ? tell_top : each, conf.top ? (void *)&conf.top : &action);
	if (action == TOUCH)
		progress_end();
	if (conf.top)
		tell_top_end();
	else
		tell_end(action, changed);
	out_flush();
	if (steer_full)
		msg_fail("%s: the rest stays away", steer_full);
	steer_tell();
	return 0;
}

static int run(int argc, char **argv)
{
	touch_conf.follow_operands = 1;
	touch_conf.once = true;
	touch_conf.cross = touch_conf.cross > 0;
	return run_as(argc, argv);
}

static int run_vmtouch(int argc, char **argv)
{
	touch_conf.vmtouch = true;
	touch_conf.cross = touch_conf.cross != 0;
	return run_as(argc, argv);
}

const struct applet vmtouch_face = {
	.name = "vmtouch",
	.summary = "how much of files is in memory, and steering it",
	.usage = "[OPTION]... FILE...",
	.options = options,
	.run = run_vmtouch,
	.usage_status = 1,
};

const struct applet mmtouch_applet = {
	.name = "mmtouch",
	.classic = "fincore vmtouch",
	.summary = "how much of files is in memory, and steering it",
	.usage = "[OPTION]... FILE...\n--restore=FILE [OPTION]...\n"
	         "--learn=FILE --below=FOLDER [OPTION]... -- COMMAND [ARGUMENT]...",
	.options = options,
	.run = run,
	.faces = (const struct applet *const[]){&fincore_face, &vmtouch_face, NULL},
};
