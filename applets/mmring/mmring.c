/*
 * mmring: keep a log of fixed size in a mapped file.
 *
 * A flight recorder: writers append lines or blocks to a ring (core/ring, docs/ring-format.md) that outlives them, any
 * number of readers look on without ever holding them up, and whoever was too slow is told what he has missed. What
 * syslogd -C and logread do in BusyBox, svlogd and multilog with files that grow and are rotated.
 * Status 0 done, 1 records were lost or damaged, 2 trouble; for run that of the command.
 */
#include "mmring.h"

#include <errno.h>
#include <string.h>

#include "map.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "region.h"

struct mmring_conf ring_conf = {.mode = -1, .size = UINT64_MAX, .last = UINT64_MAX, .most = UINT64_MAX};

enum { ONE_FORM = 1, ONE_FOLLOW = 2 };   /* sets of options that exclude each other */

/* The verbs, as options name them. */
enum { CREATE = 1, WRITE = 2, READ = 4, RUN = 8, STAT = 16, CHECK = 32, RESIZE = 64 };

static const struct opt options[] = {
	OPT_GROUP("The ring"),
	{.letter = 's', .name = "size", OPT_SIZE(&ring_conf.size), .arg = "SIZE", .verbs = WRITE | RUN,
	 OPT_HELP("how large a ring to make where there is none, 1M unless given")},
	{.name = "mode", OPT_MODE(&ring_conf.mode), .arg = "MODE", .verbs = CREATE | WRITE | RUN,
	 OPT_HELP("permissions of a new ring in octal, instead of 666 less the umask")},
	{.name = "excl", OPT_FLAG(&ring_conf.exclusive), .verbs = CREATE, OPT_HELP("fail when it is there already")},
	OPT_GROUP("What is written"),
	{.letter = 't', .name = "tag", OPT_STRING(&ring_conf.tag), .arg = "TAG", .verbs = WRITE | RUN | READ,
	 OPT_HELP("mark each record with TAG, or read those alone that have it")},
	{.letter = 'b', .name = "binary", OPT_STRING_OR(&ring_conf.binary, ""), .arg = "LEN",
	 .verbs = WRITE | READ, .excludes = ONE_FORM,
	 OPT_HELP("blocks of LEN bytes, or each with its length before it (4 bytes, little-endian)")},
	{.name = "sync", OPT_STRING_OR(&ring_conf.sync, "1"), .arg = "N|TIME", .verbs = WRITE | RUN,
	 OPT_HELP("make what was written durable, at once or every N records or TIME (as 500ms)")},
	{.name = "tee", OPT_FLAG(&ring_conf.tee), .verbs = WRITE | RUN,
	 OPT_HELP("pass the input on, each piece once it is in the ring (and durable, with --sync)")},
	{.letter = 'i', .name = "ignore-interrupts", OPT_FLAG(&ring_conf.ignore_interrupts), .verbs = WRITE,
	 OPT_HELP("stay until the input ends when the terminal interrupts")},
	OPT_GROUP("What is read"),
	{.letter = 'n', .name = "lines", OPT_NUMBER(&ring_conf.last), .arg = "N", .verbs = READ,
	 OPT_HELP("only the last N lines or blocks")},
	{.name = "max", OPT_NUMBER(&ring_conf.most), .arg = "N", .verbs = READ,
	 OPT_HELP("only the first N lines or blocks of what is asked for, then end")},
	{.name = "since", OPT_STRING(&ring_conf.since), .arg = "TIME", .verbs = READ,
	 OPT_HELP("only what was written since TIME: a moment as read prints it, 10:00, yesterday, @SECONDS, or 1h30m for "
	         "so long ago")},
	{.name = "until", OPT_STRING(&ring_conf.until), .arg = "TIME", .verbs = READ,
	 OPT_HELP("only what was written before TIME")},
	{.name = "boot", OPT_STRING_OR(&ring_conf.boot, "0"), .arg = "N", .verbs = READ,
	 OPT_HELP("only what was written since the system was started, or with -1 in the boot before, and so on")},
	{.name = "from", OPT_NUMBER(&ring_conf.from), .arg = "SEQ", .verbs = READ,
	 OPT_HELP("only from the record with that number on")},
	{.name = "match", OPT_STRING(&ring_conf.match), .arg = "TEXT", .verbs = READ,
	 OPT_HELP("only lines that have TEXT in them")},
	{.name = "ignore-case", OPT_FLAG(&ring_conf.ignore_case), .verbs = READ,
	 OPT_HELP("for --match the letters a to z and A to Z are the same")},
	{.letter = 'f', .name = "follow", OPT_VALUE(&ring_conf.follow, FOLLOW_RING), .verbs = READ, .excludes = ONE_FOLLOW,
	 OPT_HELP("wait for more at the end")},
	{.letter = 'F', .name = "follow-name", OPT_VALUE(&ring_conf.follow, FOLLOW_NAME), .verbs = READ,
	 .excludes = ONE_FOLLOW, OPT_HELP("the same of whatever ring has the name FILE, and wait while there is none")},
	OPT_GROUP("How it is printed"),
	{.letter = 'r', .name = "raw", OPT_FLAG(&ring_conf.raw), .verbs = READ, .excludes = ONE_FORM,
	 OPT_HELP("the lines as they were written, without time and tag")},
	{.letter = 'N', .name = "number", OPT_FLAG(&ring_conf.numbers), .verbs = READ,
	 OPT_HELP("begin with the number of the record")},
	{.name = "local", OPT_FLAG(&ring_conf.local), .verbs = READ | STAT, OPT_HELP("local time instead of UTC")},
	{.name = "json", OPT_FLAG(&ring_conf.json), .verbs = READ | STAT | CHECK, .excludes = ONE_FORM,
	 OPT_HELP("print JSON, a line for each record")},
	OPT_IO_FOR(WRITE | RUN | READ | STAT | CHECK | RESIZE),
	OPT_END,
};

uint64_t ring_size_operand(const char *text)
{
	uint64_t size;

	if (num_size(text, (uint64_t)NUM_OFF_MAX, &size) < 0)
		opt_misuse("invalid size %s: %s", msg_quote(text), errno == ERANGE ? "too large" : "bytes, or as in 64K, 1M");
	if (size < RING_SMALLEST)
		opt_misuse("invalid size %s: a ring has at least 12K", msg_quote(text));
	return size;
}

const char *ring_name;

/* FILE is a path, not an object's name, for every verb. */
void ring_set_name(const char *file)
{
	ring_name = file;
}

void ring_check_tag(void)
{
	if (ring_conf.tag && strlen(ring_conf.tag) > RING_TAG)
		opt_misuse("a tag has at most %d bytes", RING_TAG);
	if (ring_conf.tag && strchr(ring_conf.tag, '\n'))
		opt_misuse("a tag is one line: %s", msg_quote(ring_conf.tag));
}

void ring_check_block(void)
{
	const char *text = ring_conf.binary;

	if (text && *text && (num_size(text, RING_RECORD, &ring_conf.block) < 0 || ring_conf.block == 0))
		opt_misuse("invalid length %s for '--binary': 1 to 65536 bytes", msg_quote(text));
}

static const struct opt_verb verbs[] = {
	{.name = "create", .bit = CREATE, .usage = "FILE SIZE", .run = writer_create, .least = 2, .most = 2,
	 .summary = "make a ring of that size, all of it reserved"},
	{.name = "write", .bit = WRITE, .usage = "FILE", .run = writer_write, .least = 1, .most = 1,
	 .summary = "append standard input, line by line; the ring is made when it is missing"},
	{.name = "read", .bit = READ, .usage = "FILE", .run = follower_read, .least = 1, .most = 1,
	 .summary = "print the records, oldest first"},
	{.name = "run", .bit = RUN, .usage = "FILE COMMAND...", .run = writer_run, .least = 2, .command = true,
	 .summary = "run a command and append what it prints"},
	{.name = "stat", .bit = STAT, .usage = "FILE", .run = check_stat, .least = 1, .most = 1,
	 .summary = "tell size, age and number of records"},
	{.name = "check", .bit = CHECK, .usage = "FILE", .run = check_all, .least = 1, .most = 1,
	 .summary = "verify everything, and say what can be read"},
	{.name = "resize", .bit = RESIZE, .usage = "FILE SIZE", .run = resize_ring, .least = 2, .most = 2,
	 .summary = "replace the ring by a copy of another size"},
	{0},
};

const struct applet mmring_applet = {
	.name = "mmring",
	.summary = "keep a log of fixed size in a mapped file",
	.usage = "COMMAND [ARGUMENT]...",
	.options = options,
	.verbs = verbs,
	.output_status = TROUBLE,
};
