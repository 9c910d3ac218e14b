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

static const struct opt options[] = {
	{.letter = 's', .name = "size", OPT_SIZE(&shm_conf.size), .arg = "SIZE", .verbs = "run",
	 .help = "how large the region is; 64K, or as large as the file of --from"},
	{.name = "mode", OPT_MODE(&shm_conf.mode), .arg = "MODE", .verbs = "create",
	 .help = "permissions in octal, instead of 666 less the umask"},
	{.name = "excl", OPT_FLAG(&shm_conf.exclusive), .verbs = "create", .help = "fail when it is there already"},
	{.name = "from", OPT_FILE(&shm_conf.from), .arg = "FILE", .verbs = "create run",
	 .help = "begin with the bytes of FILE"},
	{.name = "dump", OPT_FILE(&shm_conf.dump), .arg = "FILE", .verbs = "run",
	 .help = "write the region to FILE when the command has ended"},
	{.name = "seal", OPT_FLAG(&shm_conf.seal), .verbs = "run",
	 .help = "nobody can make it larger, either, or seal it further"},
	{.name = "jobs", OPT_NUMBER(&shm_conf.jobs), .arg = "N", .verbs = "run",
	 .help = "run the command N times at once, with MMSHM_RANK from 0 to N-1 and MMSHM_JOBS"},
	{.name = "range", OPT_RANGES(&shm_conf.ranges), .arg = "RANGE", .verbs = "read fill hex",
	 .help = "only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times"},
	{.name = "timeout", OPT_TIME(&shm_conf.timeout_ns), .arg = "TIME", .verbs = "wait lock",
	 .help = "give up after that long, as in 200ms, 5s or 2m; 0 does not wait at all"},
	{.name = "shared", OPT_FLAG(&shm_conf.shared), .verbs = "lock",
	 .help = "share the lock with others who do so"},
	{.letter = 'E', .name = "conflict-exit-code", OPT_NUMBER(&shm_conf.conflict), .arg = "N", .verbs = "lock",
	 .help = "the status when time runs out, instead of 1"},
	{.name = "old", OPT_FLAG(&shm_conf.old), .verbs = "set add or and",
	 .help = "print what the word held before"},
	{.name = "hex", OPT_FLAG(&shm_conf.hex), .verbs = "get set add or and swap cas wait",
	 .help = "print in hexadecimal"},
	{.name = "signed", OPT_FLAG(&shm_conf.is_signed), .verbs = "get set add or and swap cas wait",
	 .help = "take the word for a signed number when printing and comparing"},
	{.letter = 'q', .name = "quiet", OPT_FLAG(&shm_conf.quiet), .verbs = "set add or and swap cas wait wake",
	 .help = "print no value"},
	{.name = "json", OPT_FLAG(&shm_conf.json), .verbs = "list stat", .help = "print JSON"},
	OPT_IO_FOR("create read write copy hex run"),
	OPT_EXPLAIN_FOR("read hex write"),
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

	msg_warn("%s: %s", msg_name(name), shm_reason(name, error));
	return false;
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
		msg_warn("%s: %s", msg_name(argv[0]), msg_reason(why));
	return pid;
}

static const struct opt_verb verbs[] = {
	{.name = "create", .usage = "NAME [SIZE]", .run = shm_create, .least = 1, .most = 2,
	 .summary = "make an object of that size, all of it reserved"},
	{.name = "list", .usage = "", .run = shm_list,
	 .summary = "list the objects and who maps them"},
	{.name = "stat", .usage = "NAME...", .run = shm_stat, .least = 1,
	 .summary = "tell all about objects"},
	{.name = "read", .usage = "NAME", .run = shm_read, .least = 1, .most = 1,
	 .summary = "print its bytes"},
	{.name = "write", .usage = "NAME [OFF]", .run = shm_write, .least = 1, .most = 2,
	 .summary = "write standard input into it, from OFF on"},
	{.name = "fill", .usage = "NAME [BYTE]", .run = shm_fill, .least = 1, .most = 2,
	 .summary = "fill it with a byte, 0 unless given"},
	{.name = "resize", .usage = "NAME SIZE", .run = shm_resize, .least = 2, .most = 2,
	 .summary = "make it smaller or larger"},
	{.name = "remove", .usage = "NAME...", .run = shm_remove, .least = 1,
	 .summary = "take names away"},
	{.name = "copy", .usage = "FROM TO", .run = shm_copy, .least = 2, .most = 2,
	 .summary = "copy one to another, which is made"},
	{.name = "hex", .usage = "NAME", .run = shm_hex, .least = 1, .most = 1,
	 .summary = "show its bytes as hexdump -C does"},
	{.name = "get", .usage = "NAME OFF[:32|64]", .run = shm_get, .least = 2, .most = 2,
	 .summary = "print a word"},
	{.name = "set", .usage = "NAME OFF VALUE", .run = shm_set, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word"},
	{.name = "add", .usage = "NAME OFF VALUE", .run = shm_add, .least = 3, .most = 3, .numbers = true,
	 .summary = "add to a word, and print the sum"},
	{.name = "or", .usage = "NAME OFF VALUE", .run = shm_or, .least = 3, .most = 3, .numbers = true,
	 .summary = "set bits of a word"},
	{.name = "and", .usage = "NAME OFF VALUE", .run = shm_and, .least = 3, .most = 3, .numbers = true,
	 .summary = "keep bits of a word, and clear the others"},
	{.name = "swap", .usage = "NAME OFF VALUE", .run = shm_swap, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word, and print what it held"},
	{.name = "cas", .usage = "NAME OFF OLD NEW", .run = shm_cas, .least = 4, .most = 4, .numbers = true,
	 .summary = "set a word that holds OLD to NEW, and print what it held"},
	{.name = "wait", .usage = "NAME OFF eq|ne|lt|le|gt|ge VALUE", .run = shm_wait, .least = 4, .most = 4, .numbers = true,
	 .summary = "wait until a word stands in that relation to VALUE"},
	{.name = "wake", .usage = "NAME OFF [N]", .run = shm_wake, .least = 2, .most = 3,
	 .summary = "wake those who wait for a word"},
	{.name = "lock", .usage = "NAME COMMAND...", .run = shm_lock, .least = 2, .command = true,
	 .summary = "run a command while nobody else holds the lock"},
	{.name = "run", .usage = "COMMAND...", .run = shm_run, .least = 1, .command = true,
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
