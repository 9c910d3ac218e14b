/*
 * mmcmp: map two files and compare them.
 *
 * cmp of POSIX with GNU's options and, byte for byte, GNU's output; plus what differs as stretches, dumps, JSON or a
 * script for mmpatch. Both files are mapped a window at a time and compared in place (pair), large ones in the cache by
 * several threads (pair_hurry); then the bytes at a difference are settled and told (report, dumps). What is the same
 * file at the same place is equal unread, and with -s the sizes may tell a difference, both as in GNU's.
 */
#include "mmcmp.h"

#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "input.h"
#include "msg.h"
#include "opt.h"
#include "out.h"
#include "pair.h"
#include "report.h"

enum { MAX_CONTEXT = 65536 };

static struct {
	struct opt_list skips, limits;
	struct opt_ranges ranges;
} conf;
struct cmp_conf cmp_conf = {.n_context = UINT64_MAX};   /* not given */

static const struct opt_choice color_words[] = {
	{"auto", CMP_COLOR_AUTO}, {"always", CMP_COLOR_ALWAYS}, {"never", CMP_COLOR_NEVER}, {0},
};

enum { FORMS = 1, PLACES = 2, LENGTHS = 4 };    /* sets of options */

static const struct opt options[] = {
	OPT_GROUP("As cmp"),
	{.letter = 'b', .name = "print-bytes", OPT_FLAG(&cmp_conf.print_bytes),
	 OPT_HELP("print differing bytes as text, too")},
	{.letter = 'i', .name = "ignore-initial", OPT_LIST(&conf.skips), .arg = "SKIP[:SKIP2]", .excludes = PLACES,
	 OPT_HELP("skip so many bytes of both files, or of each")},
	{.letter = 'l', .name = "verbose", OPT_VALUE(&cmp_conf.form, CMP_ALL), .excludes = FORMS,
	 OPT_HELP("print all differences: number, values in octal")},
	{.letter = 'n', .name = "bytes", OPT_LIST(&conf.limits), .arg = "LIMIT", .excludes = LENGTHS,
	 OPT_HELP("compare so many bytes at most")},
	{.letter = 's', .name = "silent", OPT_VALUE(&cmp_conf.form, CMP_SILENT), .excludes = FORMS,
	 OPT_HELP("print nothing: the status tells")},
	{.name = "quiet", OPT_MEANS("s"), OPT_HELP("same as -s")},
	OPT_GROUP("Beyond cmp"),
	{.name = "ranges", OPT_VALUE(&cmp_conf.form, CMP_RANGES), .excludes = FORMS,
	 OPT_HELP("print the stretches that differ, as OFF+LEN in FILE1")},
	{.name = "hex", OPT_VALUE(&cmp_conf.form, CMP_HEX), .excludes = FORMS,
	 OPT_HELP("show the lines that differ as two dumps")},
	{.letter = 'C', .name = "context", OPT_NUMBER(&cmp_conf.n_context), .arg = "LINES",
	 OPT_HELP("with --hex: so many equal lines before and after")},
	{.name = "color", OPT_CHOICE(&cmp_conf.color, color_words), .arg = "WHEN",
	 OPT_HELP("with --hex: auto (on a terminal), always or never")},
	{.name = "json", OPT_VALUE(&cmp_conf.form, CMP_JSON), .excludes = FORMS,
	 OPT_HELP("print an object for each stretch, and one for all")},
	{.name = "script", OPT_VALUE(&cmp_conf.form, CMP_SCRIPT), .excludes = FORMS,
	 OPT_HELP("print what makes FILE2 of FILE1, for mmpatch")},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .excludes = PLACES | LENGTHS,
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes of both")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* A number of bytes, octal behind a 0, as GNU's cmp has it. */
static bool number(const char *text, size_t len, off_t *value)
{
	char plain[64];
	const char *p = plain;
	uint64_t n;

	if (len >= sizeof plain)
		return false;
	fmt_text(plain, sizeof plain, "%.*s", (int)len, text);
	if (p[0] == '0' && p[1] >= '0' && p[1] <= '9') {
		if (num_digits(&p, 8, (uint64_t)NUM_OFF_MAX, &n) < 0 || *p)
			return false;
	} else if (num_size(p, (uint64_t)NUM_OFF_MAX, &n) < 0)
		return false;
	*value = (off_t)n;
	return true;
}

static void skip(const char *text, size_t len, off_t *value)
{
	off_t n;

	if (!number(text, len, &n))
		opt_misuse("invalid --ignore-initial value %s", msg_quote(text));
	if (*value < n)
		*value = n;
}

/* What is compared of each file, from where its descriptor stands on. */
static void find_places(int argc, char **argv, struct num_range ranges[2])
{
	off_t skips[2] = {0, 0}, limit = -1, here, n;

	for (size_t i = 0; i < conf.skips.n; i++) {
		const char *both = conf.skips.v[i].text;
		size_t len = strcspn(both, ":");
		const char *second = both[len] ? both + len + 1 : both;

		skip(both, len, &skips[0]);
		skip(second, strlen(second), &skips[1]);
	}
	for (int i = 2; i < argc; i++)
		skip(argv[i], strlen(argv[i]), &skips[i - 2]);
	for (size_t i = 0; i < conf.limits.n; i++) {
		const char *text = conf.limits.v[i].text;

		if (!number(text, strlen(text), &n))
			opt_misuse("invalid --bytes value %s", msg_quote(text));
		limit = limit < 0 || n < limit ? n : limit;
	}
	for (int i = 0; i < 2; i++) {
		here = strcmp(cmp_conf.names[i], "-") == 0 ? lseek(STDIN_FILENO, 0, SEEK_CUR) : 0;
		if (here < 0)
			here = 0;
		ranges[i].off = skips[i] < NUM_OFF_MAX - here ? here + skips[i] : NUM_OFF_MAX;
		ranges[i].len = limit < NUM_OFF_MAX - ranges[i].off ? limit : NUM_OFF_MAX - ranges[i].off;
	}
}

/* Says what there is to say of a file. Returns whether it failed. */
static bool tell(struct input *in)
{
	bool failed = false;

	if (conf.ranges.n == 0)
		in->map.short_at = -1;  /* -n: an end before it is no failure */
	in->map.grew = false;           /* nor are bytes that are added */
	for (bool more = true; more; more = input_next(in))
		if (in->text) {
			msg_warn("%s: %s", msg_name(in->name), in->text);
			failed = failed || in->failed;
		}
	return failed;
}

/* The digits that a number of bytes takes at most, as far as regular files tell. */
static int width(const struct input in[2], const struct num_range ranges[2])
{
	off_t most = ranges[0].len < 0 ? NUM_OFF_MAX : ranges[0].len;
	int n = 1;

	for (int i = 0; i < 2; i++)
		if (S_ISREG(in[i].st.st_mode) && in[i].st.st_size - ranges[i].off < most)
			most = in[i].st.st_size - ranges[i].off;
	while (most /= 10)
		n++;
	return n;
}

/* Whether sizes alone tell a difference. */
static bool differs_in_size(struct input in[2], const struct num_range ranges[2])
{
	off_t left[2];

	for (int i = 0; i < 2; i++) {
		const struct map *m = &in[i].map;

		if (!m->sized)
			return false;
		left[i] = m->size > m->off ? m->size - m->off : 0;
		if (ranges[i].len >= 0 && left[i] > ranges[i].len)
			left[i] = ranges[i].len;
	}
	return left[0] != left[1] && map_has_end(&in[0].map) && map_has_end(&in[1].map);
}

/* Whether all of a file could be read. */
static bool is_whole(const struct map *m)
{
	return m->error == 0 && !m->shrank;
}

/* Returns the status. `unread`: both are the same file. `most`: bytes asked for, or -1. */
static int compare(struct pair *p, bool unread, off_t most)
{
	size_t same, skipped, n;

	if (opt_explain && unread)
		msg_warn("the same file, not read");
	if (!report_start(p))
		msg_no_memory(2);
	if (unread && p->map[0]->sized && p->map[0]->size > p->map[0]->off) {
		p->done = p->map[0]->size - p->map[0]->off;
		if (most >= 0 && p->done > most)
			p->done = most;
	}
	if (!unread)
		pair_hurry(p);
	while (!unread && (same = pair_look(p), p->len > 0)) {
		skipped = report_skips(p, same);
		pair_take(p, skipped);
		if (skipped > 0)
			pair_hurry(p);
		if (p->len == 0 || (n = pair_settle(p)) == 0)
			continue;
		n = report_bytes(p, n);
		if (n == 0 || out_error())
			return 1;
		pair_take(p, n);
	}
	return report_end(p, is_whole(p->map[0]) && is_whole(p->map[1]));
}

/* What the table of options cannot say. */
static void check(int argc, char **argv)
{
	if (argc == 0)
		opt_misuse("missing operand after '%s'", msg_program);
	if (argc > 4)
		opt_misuse("extra operand %s", msg_quote(argv[4]));
	if (conf.ranges.n > 1 || (conf.ranges.n > 0 && argc > 2))
		opt_misuse("--range can be given once, and without SKIP");
	if (cmp_conf.form != CMP_HEX && (cmp_conf.n_context != UINT64_MAX || cmp_conf.color))
		opt_misuse("--context and --color go with --hex only");
	if (cmp_conf.n_context == UINT64_MAX)
		cmp_conf.n_context = 0;
	if (cmp_conf.n_context > MAX_CONTEXT)
		opt_misuse("--context: at most %d lines", MAX_CONTEXT);
}

/* The same file, where both are to be read from the same place on. */
static bool is_same(const struct input in[2], const struct num_range places[2])
{
	return in[0].st.st_dev == in[1].st.st_dev && in[0].st.st_ino == in[1].st.st_ino &&
	       places[0].off == places[1].off;
}

/* Opens both and starts their maps at what is compared. What is wrong with one is left for tell. */
static bool open_files(struct input in[2])
{
	bool failed = false;

	for (int i = 0; i < 2; i++)
		if (in[i].text || !input_range(&in[i]) || (conf.ranges.n > 0 && in[i].map.short_at >= 0))
			failed = true;
	return !failed;
}

static int run(int argc, char **argv)
{
	static char dash[] = "-";
	struct num_range places[2] = {{.len = -1}, {.len = -1}};
	struct opt_ranges ranges[2] = {{&places[0], 1}, {&places[1], 1}};
	char *names[2][2] = {{argv[0], NULL}, {argc > 1 ? argv[1] : dash, NULL}};
	static struct input in[2];
	struct pair p = {.map = {&in[0].map, &in[1].map}};
	int status = 2;

	check(argc, argv);
	cmp_conf.names[0] = names[0][0];
	cmp_conf.names[1] = names[1][0];
	find_places(argc, argv, places);
	for (int i = 0; i < 2; i++) {
		in[i] = (struct input){.names = names[i], .ranges = conf.ranges.n > 0 ? &conf.ranges : &ranges[i]};
		input_next(&in[i]);
		if (in[i].text && !S_ISDIR(in[i].st.st_mode)) {
			if (cmp_conf.form != CMP_SILENT)
				tell(&in[i]);
			return 2;
		}
	}
	/* as GNU has it; what has more to say cannot say it of a folder */
	if (is_same(in, places) && S_ISDIR(in[0].st.st_mode) && cmp_conf.form <= CMP_SILENT)
		return 0;
	if (open_files(in)) {
		cmp_conf.width = width(in, places);
		if (cmp_conf.form == CMP_SILENT && differs_in_size(in, places))
			return 1;
		status = compare(&p, is_same(in, places), in[0].ranges->v->len);
		if (opt_explain && p.n_threads > 1)
			msg_warn("%u threads", p.n_threads);
	}
	for (int i = 0; i < 2; i++)
		if (tell(&in[i]))
			status = 2;
	return status;
}

const struct applet mmcmp_applet = {
	.name = "mmcmp",
	.classic = "cmp",
	.summary = "map two files and compare them",
	.usage = "[OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]",
	.options = options,
	.run = run,
	.output_status = 2,
};
