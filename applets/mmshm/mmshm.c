/*
 * mmshm: share memory between processes.
 *
 * Verbs on POSIX shared memory objects, files and memfds alike (core/region tells names apart), all through mappings:
 * what ipcmk, ipcs and ipcrm are for System V segments, and what they lack: reading, writing, counting and waiting in
 * words (core/word), running commands under a lock or around a region without a name. No classic command does this.
 * Status 0 done, 1 no (cas found another value, time ran out, some operands failed), 2 trouble.
 */
#include "mmshm.h"

#include <errno.h>
#include <stdint.h>

#include "fmt.h"
#include "input.h"
#include "map.h"
#include "msg.h"
#include "num.h"
#include "os.h"

struct mmshm_conf shm_conf = {.mode = -1, .timeout_ns = INT64_MAX, .size = UINT64_MAX, .jobs = 1, .conflict = NO};

/* The verbs, as options name them. */
enum {
	CREATE = 1 << 0, LIST = 1 << 1, STAT = 1 << 2, READ = 1 << 3, WRITE = 1 << 4, FILL = 1 << 5, RESIZE = 1 << 6,
	REMOVE = 1 << 7, COPY = 1 << 8, HEX = 1 << 9, GET = 1 << 10, SET = 1 << 11, ADD = 1 << 12, OR = 1 << 13,
	AND = 1 << 14, SWAP = 1 << 15, CAS = 1 << 16, WAIT = 1 << 17, WAKE = 1 << 18, LOCK = 1 << 19, RUN = 1 << 20,
	CHANGE = SET | ADD | OR | AND | SWAP | CAS,
};

static const struct opt options[] = {
	{.letter = 's', .name = "size", OPT_SIZE(&shm_conf.size), .arg = "SIZE", .verbs = RUN,
	 OPT_HELP("how large the region is; 64K, or as large as the file of --from")},
	{.name = "mode", OPT_MODE(&shm_conf.mode), .arg = "MODE", .verbs = CREATE,
	 OPT_HELP("permissions in octal, instead of 666 less the umask")},
	{.name = "excl", OPT_FLAG(&shm_conf.exclusive), .verbs = CREATE, OPT_HELP("fail when it is there already")},
	{.name = "from", OPT_FILE(&shm_conf.from), .arg = "FILE", .verbs = CREATE | RUN,
	 OPT_HELP("begin with the bytes of FILE")},
	{.name = "dump", OPT_FILE(&shm_conf.dump), .arg = "FILE", .verbs = RUN,
	 OPT_HELP("write the region to FILE when the command has ended")},
	{.name = "seal", OPT_FLAG(&shm_conf.seal), .verbs = RUN,
	 OPT_HELP("nobody can make it larger, either, or seal it further")},
	{.name = "jobs", OPT_NUMBER(&shm_conf.jobs), .arg = "N", .verbs = RUN,
	 OPT_HELP("run the command N times at once, with MMSHM_RANK from 0 to N-1 and MMSHM_JOBS")},
	{.name = "range", OPT_RANGES(&shm_conf.ranges), .arg = "RANGE", .verbs = READ | FILL | HEX,
	 OPT_HELP("only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times")},
	{.name = "timeout", OPT_TIME(&shm_conf.timeout_ns), .arg = "TIME", .verbs = WAIT | LOCK,
	 OPT_HELP("give up after that long, as in 200ms, 5s or 2m; 0 does not wait at all")},
	{.name = "shared", OPT_FLAG(&shm_conf.shared), .verbs = LOCK,
	 OPT_HELP("share the lock with others who do so")},
	{.letter = 'E', .name = "conflict-exit-code", OPT_NUMBER(&shm_conf.conflict), .arg = "N", .verbs = LOCK,
	 OPT_HELP("the status when time runs out, instead of 1")},
	{.name = "old", OPT_FLAG(&shm_conf.old), .verbs = SET | ADD | OR | AND,
	 OPT_HELP("print what the word held before")},
	{.name = "hex", OPT_FLAG(&shm_conf.hex), .verbs = GET | CHANGE | WAIT,
	 OPT_HELP("print in hexadecimal")},
	{.name = "signed", OPT_FLAG(&shm_conf.is_signed), .verbs = GET | CHANGE | WAIT,
	 OPT_HELP("take the word for a signed number when printing and comparing")},
	{.letter = 'q', .name = "quiet", OPT_FLAG(&shm_conf.quiet), .verbs = CHANGE | WAIT | WAKE,
	 OPT_HELP("print no value")},
	{.name = "json", OPT_FLAG(&shm_conf.json), .verbs = LIST | STAT, OPT_HELP("print JSON")},
	OPT_IO_FOR(CREATE | READ | WRITE | COPY | HEX | RUN),
	OPT_EXPLAIN_FOR(READ | HEX | WRITE),
	OPT_END,
};

/* Bytes; `what` they are is for the message. */
uint64_t shm_size_operand(const char *text, const char *what)
{
	uint64_t size;

	if (num_size(text, (uint64_t)NUM_OFF_MAX, &size) < 0)
		opt_misuse("invalid %s %s: bytes, or as in 64K, 0x1000, 4M, 1GB", what, msg_quote(text));
	return size;
}

const char *shm_reason(const char *name, int error)
{
	static char text[INPUT_TEXT];
	struct stat st;

	if (error != ENOENT || !region_is_object(name) || !os_shm_folder || stat(os_shm_folder, &st) == 0)
		return region_reason(error);
	fmt_text(text, sizeof text, "there is no %s for objects: mount a tmpfs there, or name a path, as ./%s",
	         os_shm_folder, msg_name(name + (*name == '/')));
	return text;
}

bool shm_fail(const char *name)
{
	int error = errno;

	return msg_warn_name(name, shm_reason(name, error));
}

bool shm_open_region(struct region *r, const char *name, int how)
{
	return region_open(r, name, how) || shm_fail(name);
}

bool shm_holds(struct region *r, off_t off, uint64_t len)
{
	if (region_holds(r, off, len))
		return true;
	if (errno != ERANGE)
		return shm_fail(r->name);
	if (off >= r->size)
		msg_warn("%s: offset %lld is beyond the end at %lld", msg_name(r->name), (long long)off, (long long)r->size);
	else
		msg_warn("%s: %llu bytes at offset %lld go beyond the end at %lld", msg_name(r->name),
		         (unsigned long long)len, (long long)off, (long long)r->size);
	return false;
}

pid_t shm_start(char **argv, child_prepare *prepare, void *arg)
{
	int why;
	pid_t pid = child_start(argv, -1, -1, prepare, arg, &why);

	if (pid < 0)
		msg_warn_errno("cannot start %s", msg_quote(argv[0]));
	else if (why)
		msg_warn_name(argv[0], msg_reason(why));
	return pid;
}

static const struct opt_verb verbs[] = {
	{.name = "create", .bit = CREATE, .usage = "NAME [SIZE]", .run = shm_create, .least = 1, .most = 2,
	 .summary = "make an object of that size, all of it reserved"},
	{.name = "list", .bit = LIST, .usage = "", .run = shm_list,
	 .summary = "list the objects and who maps them"},
	{.name = "stat", .bit = STAT, .usage = "NAME...", .run = shm_stat, .least = 1,
	 .summary = "tell all about objects"},
	{.name = "read", .bit = READ, .usage = "NAME", .run = shm_read, .least = 1, .most = 1,
	 .summary = "print its bytes"},
	{.name = "write", .bit = WRITE, .usage = "NAME [OFF]", .run = shm_write, .least = 1, .most = 2,
	 .summary = "write standard input into it, from OFF on"},
	{.name = "fill", .bit = FILL, .usage = "NAME [BYTE]", .run = shm_fill, .least = 1, .most = 2,
	 .summary = "fill it with a byte, 0 unless given"},
	{.name = "resize", .bit = RESIZE, .usage = "NAME SIZE", .run = shm_resize, .least = 2, .most = 2,
	 .summary = "make it smaller or larger"},
	{.name = "remove", .bit = REMOVE, .usage = "NAME...", .run = shm_remove, .least = 1,
	 .summary = "take names away"},
	{.name = "copy", .bit = COPY, .usage = "FROM TO", .run = shm_copy, .least = 2, .most = 2,
	 .summary = "copy one to another, which is made"},
	{.name = "hex", .bit = HEX, .usage = "NAME", .run = shm_hex, .least = 1, .most = 1,
	 .summary = "show its bytes as hexdump -C does"},
	{.name = "get", .bit = GET, .usage = "NAME OFF[:32|64]", .run = shm_get, .least = 2, .most = 2,
	 .summary = "print a word"},
	{.name = "set", .bit = SET, .usage = "NAME OFF VALUE", .run = shm_set, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word"},
	{.name = "add", .bit = ADD, .usage = "NAME OFF VALUE", .run = shm_add, .least = 3, .most = 3, .numbers = true,
	 .summary = "add to a word, and print the sum"},
	{.name = "or", .bit = OR, .usage = "NAME OFF VALUE", .run = shm_or, .least = 3, .most = 3, .numbers = true,
	 .summary = "set bits of a word"},
	{.name = "and", .bit = AND, .usage = "NAME OFF VALUE", .run = shm_and, .least = 3, .most = 3, .numbers = true,
	 .summary = "keep bits of a word, and clear the others"},
	{.name = "swap", .bit = SWAP, .usage = "NAME OFF VALUE", .run = shm_swap, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word, and print what it held"},
	{.name = "cas", .bit = CAS, .usage = "NAME OFF OLD NEW", .run = shm_cas, .least = 4, .most = 4, .numbers = true,
	 .summary = "set a word that holds OLD to NEW, and print what it held"},
	{.name = "wait", .bit = WAIT, .usage = "NAME OFF eq|ne|lt|le|gt|ge VALUE", .run = shm_wait, .least = 4, .most = 4,
	 .numbers = true, .summary = "wait until a word stands in that relation to VALUE"},
	{.name = "wake", .bit = WAKE, .usage = "NAME OFF [N]", .run = shm_wake, .least = 2, .most = 3,
	 .summary = "wake those who wait for a word"},
	{.name = "lock", .bit = LOCK, .usage = "NAME COMMAND...", .run = shm_lock, .least = 2, .command = true,
	 .summary = "run a command while nobody else holds the lock"},
	{.name = "run", .bit = RUN, .usage = "COMMAND...", .run = shm_run, .least = 1, .command = true,
	 .summary = "run a command with memory for it and its children, named by $MMSHM"},
	{0},
};

const struct applet mmshm_applet = {
	.name = "mmshm",
	.summary = "share memory between processes",
	.usage = "COMMAND [ARGUMENT]...",
	.options = options,
	.verbs = verbs,
	.output_status = TROUBLE,
};
