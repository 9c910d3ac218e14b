/*
 * mmshm: share memory between processes.
 *
 * Verbs on POSIX shared memory objects, files and memfds alike (core/region tells names apart), all through mappings:
 * what ipcmk, ipcs and ipcrm are for System V segments, and what they lack: reading, writing, counting and waiting in
 * words (core/word), running commands under a lock or around a region without a name. No classic command does this.
 * Status 0 done, 1 no (cas found another value, time ran out, some operands failed), 2 trouble.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "await.h"
#include "child.h"
#include "hex.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "num.h"
#include "objects.h"
#include "opt.h"
#include "os.h"
#include "out.h"
#include "region.h"
#include "save.h"
#include "word.h"

enum { NO = 1, TROUBLE = 2 };

static struct conf {
	int mode, exclusive, json, quiet, hex, is_signed, old, shared, seal;
	int64_t timeout_ns;
	uint64_t size, jobs, conflict;
	const char *from, *dump;
	struct opt_ranges ranges;
} conf = {.mode = -1, .timeout_ns = INT64_MAX, .size = UINT64_MAX, .jobs = 1, .conflict = NO};

static const struct opt options[] = {
	{.letter = 's', .name = "size", OPT_SIZE(&conf.size), .arg = "SIZE", .verbs = "run",
	 .help = "how large the region is; 64K, or as large as the file of --from"},
	{.name = "mode", OPT_MODE(&conf.mode), .arg = "MODE", .verbs = "create",
	 .help = "permissions in octal, instead of 666 less the umask"},
	{.name = "excl", OPT_FLAG(&conf.exclusive), .verbs = "create", .help = "fail when it is there already"},
	{.name = "from", OPT_FILE(&conf.from), .arg = "FILE", .verbs = "create run",
	 .help = "begin with the bytes of FILE"},
	{.name = "dump", OPT_FILE(&conf.dump), .arg = "FILE", .verbs = "run",
	 .help = "write the region to FILE when the command has ended"},
	{.name = "seal", OPT_FLAG(&conf.seal), .verbs = "run",
	 .help = "nobody can make it larger, either, or seal it further"},
	{.name = "jobs", OPT_NUMBER(&conf.jobs), .arg = "N", .verbs = "run",
	 .help = "run the command N times at once, with MMSHM_RANK from 0 to N-1 and MMSHM_JOBS"},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .verbs = "read fill hex",
	 .help = "only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times"},
	{.name = "timeout", OPT_TIME(&conf.timeout_ns), .arg = "TIME", .verbs = "wait lock",
	 .help = "give up after that long, as in 200ms, 5s or 2m; 0 does not wait at all"},
	{.name = "shared", OPT_FLAG(&conf.shared), .verbs = "lock",
	 .help = "share the lock with others who do so"},
	{.letter = 'E', .name = "conflict-exit-code", OPT_NUMBER(&conf.conflict), .arg = "N", .verbs = "lock",
	 .help = "the status when time runs out, instead of 1"},
	{.name = "old", OPT_FLAG(&conf.old), .verbs = "set add or and",
	 .help = "print what the word held before"},
	{.name = "hex", OPT_FLAG(&conf.hex), .verbs = "get set add or and swap cas wait",
	 .help = "print in hexadecimal"},
	{.name = "signed", OPT_FLAG(&conf.is_signed), .verbs = "get set add or and swap cas wait",
	 .help = "take the word for a signed number when printing and comparing"},
	{.letter = 'q', .name = "quiet", OPT_FLAG(&conf.quiet), .verbs = "set add or and swap cas wait wake",
	 .help = "print no value"},
	{.name = "json", OPT_FLAG(&conf.json), .verbs = "list stat", .help = "print JSON"},
	OPT_IO_FOR("create read copy hex run"),
	OPT_EXPLAIN_FOR("read"),
	OPT_END,
};

/* ---- operands ---- */

/* Bytes; `what` they are is for the message. */
static uint64_t size_operand(const char *text, const char *what)
{
	uint64_t size;

	if (num_size(text, (uint64_t)NUM_OFF_MAX, &size) < 0)
		opt_misuse("invalid %s %s", what, msg_quote(text));
	return size;
}

/* ---- objects as a whole ---- */

/* Opens FILE of --from; *size becomes its size, where it is not larger than what was asked for. -1 after a message. */
static int open_from(uint64_t *size)
{
	int fd = open(conf.from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		msg_warn_errno("%s", msg_name(conf.from));
	else if (!S_ISREG(st.st_mode))
		msg_warn("%s: not a regular file", msg_name(conf.from));
	else if (*size != UINT64_MAX && (uint64_t)st.st_size > *size)
		msg_warn("%s: does not fit: %lld bytes", msg_name(conf.from), (long long)st.st_size);
	else {
		if (*size == UINT64_MAX)
			*size = (uint64_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* An object that is being made goes away with us; its full size is there before its bytes. */
static int watch_new(const char *name)
{
	const char *path = region_path(name);

	return path ? save_watch(AT_FDCWD, path) : -1;
}

/* Gives a region that is there for the first time its size and bytes. */
static bool fill_new(struct region *r, uint64_t size, int from)
{
	if (size > (uint64_t)r->size && !region_reserve(r, 0, (off_t)size))
		return false;
	return from < 0 || region_fill_from(r, from, conf.from);
}

static int create(int argc, char **argv)
{
	uint64_t size = argc > 1 ? size_operand(argv[1], "size") : UINT64_MAX;
	struct region r = REGION_INIT;
	struct stat st;
	bool made, ok = false;
	int from = -1, watched = -1, made_again = 0;  /* a memfd never has a name */

	if (argc < 2 && !conf.from)
		opt_misuse("create: missing size");
	if (conf.from && (from = open_from(&size)) < 0)
		return TROUBLE;
	do {
		region_close(&r);
		if (!region_make(&r, argv[0], conf.mode, conf.exclusive || conf.from, &made))
			return TROUBLE;
		while (!region_lock(&r, 0, true) && msg_retry())
			;
		/* whoever had it before may have failed, and taken the name away */
	} while (fstat(r.fd, &st) == 0 && st.st_nlink == 0 && made_again++ < 10);
	r.size = st.st_size;
	if (r.size == 0) {
		watched = made ? watch_new(argv[0]) : -1;
		ok = fill_new(&r, size, from);
		if (!ok && made && ftruncate(r.fd, 0) == 0)
			region_remove(argv[0]);
		save_keep(watched);
	} else if ((uint64_t)r.size != size)
		msg_warn("%s: exists with %lld bytes", msg_name(argv[0]), (long long)r.size);
	else if (conf.mode >= 0 && (int)(st.st_mode & 07777) != conf.mode)
		msg_warn("%s: exists with mode %04o", msg_name(argv[0]), (unsigned)(st.st_mode & 07777));
	else
		ok = true;
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

static int resize(int argc, char **argv)
{
	uint64_t size = size_operand(argv[1], "size");
	struct region r = REGION_INIT;
	bool ok;

	(void)argc;
	if (!region_open(&r, argv[0], true))
		return TROUBLE;
	if ((off_t)size >= r.size)
		ok = region_reserve(&r, r.size, (off_t)size - r.size);
	else {
		ok = ftruncate(r.fd, (off_t)size) == 0;
		if (!ok)
			msg_warn_errno("%s", msg_name(argv[0]));
	}
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

static int remove_all(int argc, char **argv)
{
	int status = 0;

	for (int i = 0; i < argc; i++)
		status |= !region_remove(argv[i]);
	return status;
}

/* FROM to TO, which is made, or has the same size already: those who map it must not lose bytes under their feet. */
static int copy(int argc, char **argv)
{
	struct region from = REGION_INIT, to = REGION_INIT;
	struct stat a, b;
	int watched = -1;
	bool made, ok = false;
	mode_t mask = umask(0);

	(void)argc;
	umask(mask);
	if (!region_open(&from, argv[0], false))
		return TROUBLE;
	/* nobody gets rights that he does not have on the original */
	if (fstat(from.fd, &a) < 0 || !region_make(&to, argv[1], (int)(a.st_mode & 0777 & ~mask), false, &made)) {
		region_close(&from);
		return TROUBLE;
	}
	if (!made && fstat(to.fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		msg_warn("%s and %s are the same", msg_quote(argv[0]), msg_quote(argv[1]));
	else if (!made && to.size != from.size)
		msg_warn("%s: has %lld bytes and not %lld: resize it first", msg_name(argv[1]), (long long)to.size,
		         (long long)from.size);
	else {
		watched = made ? watch_new(argv[1]) : -1;
		ok = region_reserve(&to, 0, from.size) && region_fill_from(&to, from.fd, argv[0]);
	}
	if (!ok && made)
		region_remove(argv[1]);
	save_keep(watched);
	region_close(&from);
	region_close(&to);
	return ok ? 0 : TROUBLE;
}

/* ---- bytes ---- */

/* Calls show for each range of the object. */
static int each_range(const char *name, bool (*show)(struct map *, const char *))
{
	struct region r = REGION_INIT;
	struct map m = MAP_INIT;
	bool ok = true;

	if (!region_open(&r, name, false))
		return TROUBLE;
	for (size_t i = 0; ok && i < (conf.ranges.n ? conf.ranges.n : 1); i++) {
		if (map_start(&m, r.fd, conf.ranges.n ? &conf.ranges.v[i] : &map_whole, NULL) < 0) {
			msg_warn_errno("%s", msg_name(name));
			ok = false;
			break;
		}
		ok = show(&m, name);
		if (ok && m.shrank) {
			msg_warn("%s: shrank while being read", msg_name(name));
			ok = false;
		}
		if (opt_explain) {
			char how[MAP_EXPLAIN];

			msg_warn("%s: %s", msg_name(name), map_explain(&m, how));
		}
		map_end(&m);
	}
	map_free(&m);
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

static bool print_bytes(struct map *m, const char *name)
{
	enum move_result result = move_stream(m, STDOUT_FILENO, NULL, NULL);

	if (result == MOVE_NO_SOURCE)
		msg_warn_errno("%s", msg_name(name));
	if (result == MOVE_NO_TARGET)
		out_failed(errno);
	return result == MOVE_DONE;
}

static int read_object(int argc, char **argv)
{
	(void)argc;
	return each_range(argv[0], print_bytes);
}

static int hex(int argc, char **argv)
{
	(void)argc;
	return each_range(argv[0], hex_print);
}

static int write_object(int argc, char **argv)
{
	off_t off = argc > 1 ? (off_t)size_operand(argv[1], "offset") : 0, start = off;
	struct region r = REGION_INIT;
	struct map in = MAP_INIT;
	struct stat st;
	bool ok;
	const char *p;
	ssize_t n = 0;

	if (!region_open(&r, argv[0], true))
		return TROUBLE;
	ok = region_holds(&r, off, 0);
	if (ok && (fstat(STDIN_FILENO, &st) < 0 || map_start(&in, STDIN_FILENO, NULL, &st) < 0)) {
		msg_warn_errno("standard input");
		ok = false;
	}
	/* of what tells its size nothing is written when it does not fit */
	if (ok && in.sized && st.st_size - in.off > r.size - off) {
		msg_warn("%s: %lld bytes do not fit at offset %lld of %lld", msg_name(argv[0]),
		         (long long)(st.st_size - in.off), (long long)off, (long long)r.size);
		ok = false;
	}
	if (ok && in.sized)
		ok = region_reserve(&r, off, st.st_size - in.off);
	while (ok && (n = map_slice(&in, &p)) > 0) {
		uint64_t left = (uint64_t)(r.size - off), len = (uint64_t)n < left ? (uint64_t)n : left;

		ok = in.sized || region_reserve(&r, off, (off_t)len);
		ok = ok && region_store(&r, off, p, 0, len);
		if (ok && len < (uint64_t)n) {
			msg_warn("%s: full after %lld bytes, and there was more", msg_name(argv[0]),
			         (long long)(off - start) + (long long)len);
			ok = false;
		}
		off += (off_t)len;
	}
	if (n < 0) {
		msg_warn_errno("standard input");
		ok = false;
	}
	map_end(&in);
	map_free(&in);
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

/* Counts the range from the start; false after a message when the region has not all of it. */
static bool fit_range(const struct region *r, struct num_range *range)
{
	if (range->from_end)
		range->off = range->off < r->size ? r->size - range->off : 0;
	range->from_end = false;
	if (range->len < 0)
		range->len = range->off < r->size ? r->size - range->off : 0;
	if (range->off <= r->size && range->len <= r->size - range->off)
		return true;
	msg_warn("%s: a range ends beyond the end at %lld", msg_name(r->name), (long long)r->size);
	return false;
}

static int fill(int argc, char **argv)
{
	struct num_range all = map_whole, *ranges = conf.ranges.n ? conf.ranges.v : &all;
	size_t n = conf.ranges.n ? conf.ranges.n : 1;
	struct region r = REGION_INIT;
	uint64_t byte = 0;
	bool ok;

	if (argc > 1 && num_size(argv[1], 255, &byte) < 0)
		opt_misuse("invalid byte %s", msg_quote(argv[1]));
	if (!region_open(&r, argv[0], true))
		return TROUBLE;
	ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = fit_range(&r, &ranges[i]);
	for (size_t i = 0; ok && i < n; i++)
		ok = region_reserve(&r, ranges[i].off, ranges[i].len);
	for (size_t i = 0; ok && i < n; i++)
		ok = region_store(&r, ranges[i].off, NULL, (int)byte, (uint64_t)ranges[i].len);
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

/* ---- what is there ---- */

static int list(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (!objects_add_all())
		return TROUBLE;
	objects_show(conf.json ? OBJECTS_JSON : OBJECTS_TABLE);
	return 0;
}

static int stat_all(int argc, char **argv)
{
	int status = 0;

	for (int i = 0; i < argc; i++)
		if (!objects_add(argv[i]))
			status = NO;
	objects_show(conf.json ? OBJECTS_JSON : OBJECTS_LONG);
	return status;
}

/* ---- words ---- */

static void print_word(const struct word *w, uint64_t value)
{
	if (conf.quiet)
		return;
	if (conf.hex)
		out_printf("0x%0*" PRIx64 "\n", (int)w->bits / 4, value);
	else if (conf.is_signed)
		out_printf("%" PRId64 "\n", w->bits == 64 ? (int64_t)value : (int32_t)value);
	else
		out_printf("%" PRIu64 "\n", value);
}

/* One operation on NAME OFF; what it found, or what it left (when `after`), is printed. */
static int operate(char **argv, enum word_op op, const char *expected, const char *value, bool after)
{
	struct region r = REGION_INIT;
	struct word w;
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	uint64_t want = expected ? word_parse_value(expected, bits) : 0, with = value ? word_parse_value(value, bits) : 0;
	uint64_t before;
	int status = TROUBLE;

	if (!region_open(&r, argv[0], op != WORD_GET))
		return TROUBLE;
	if (word_open(&w, &r, off, bits) && word_do(&w, op, with, want, &before)) {
		print_word(&w, after ? word_after(&w, op, with, want, before) : before);
		status = op == WORD_CAS && before != want ? NO : 0;
	}
	word_close(&w);
	region_close(&r);
	return status;
}

static int get(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_GET, NULL, NULL, false);
}

static int set(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_SET, NULL, argv[2], !conf.old);
}

static int add(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_ADD, NULL, argv[2], !conf.old);
}

static int or_with(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_OR, NULL, argv[2], !conf.old);
}

static int and_with(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_AND, NULL, argv[2], !conf.old);
}

static int swap(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_SET, NULL, argv[2], false);
}

static int compare_and_swap(int argc, char **argv)
{
	(void)argc;
	return operate(argv, WORD_CAS, argv[2], argv[3], false);
}

static int wait_for(int argc, char **argv)
{
	struct region r = REGION_INIT;
	struct word w;
	struct await await = {0};
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	enum word_relation relation = (enum word_relation)opt_choice(word_relations, argv[2], "wait");
	uint64_t want = word_parse_value(argv[3], bits), value;
	int64_t start = await_now(), left = conf.timeout_ns;
	int status = TROUBLE;

	(void)argc;
	if (!region_open(&r, argv[0], false))
		return TROUBLE;
	if (word_open(&w, &r, off, bits))
		while (word_do(&w, WORD_GET, 0, 0, &value)) {
			if (conf.timeout_ns != INT64_MAX)
				left = conf.timeout_ns - (await_now() - start);
			if (word_compares(value, relation, want, bits, conf.is_signed) || left <= 0) {
				print_word(&w, value);
				status = word_compares(value, relation, want, bits, conf.is_signed) ? 0 : NO;
				break;
			}
			/* its pages stay when the file shrinks, so that only its size tells */
			if (!region_holds(&r, off, bits / 8))
				break;
			await_change(&await, word_low_half(&w), (uint32_t)value, left);
		}
	word_close(&w);
	region_close(&r);
	return status;
}

static int wake(int argc, char **argv)
{
	struct region r = REGION_INIT;
	struct word w;
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	uint64_t n = INT32_MAX;
	int woken = -1;

	if (argc > 2 && num_size(argv[2], INT32_MAX, &n) < 0)
		opt_misuse("invalid number %s", msg_quote(argv[2]));
	if (!region_open(&r, argv[0], false))
		return TROUBLE;
	if (word_open(&w, &r, off, bits)) {
		woken = os_wake(word_low_half(&w), (int)n);
		if (woken < 0)
			msg_warn_errno("%s: cannot wake", msg_name(argv[0]));
		else if (!conf.quiet)
			out_printf("%d\n", woken);
	}
	word_close(&w);
	region_close(&r);
	return woken < 0 ? TROUBLE : 0;
}

/* ---- commands ---- */

/* As flock(1): a folder or what may only be read will do, and what is missing is made. */
static int open_lock(const char *name)
{
	static const int ways[] = {O_RDWR, O_RDWR | O_CREAT, O_RDONLY};
	int fd = -1, error = 0;

	for (size_t i = 0; i < sizeof ways / sizeof *ways && fd < 0 && (i == 0 || errno != ENAMETOOLONG); i++) {
		error = errno;
		fd = region_open_fd(name, ways[i], 0666);
	}
	if (fd < 0 && errno == ENOENT)
		errno = error;          /* why it cannot be made */
	return fd;
}

static pid_t holder;            /* ourselves, for the child */

/* The lock of the command itself is of a byte that nobody has. */
#define COMMAND_BYTE (NUM_OFF_MAX - 1)

/* The command holds a lock of its own: one of the process, which no descendant inherits. So whoever gets our lock after
 * we were killed still waits until the command is gone as well. It takes a descriptor of its own, since ours holds the
 * other lock for all who inherit it; and ours is closed first, since any close would give the new lock back. Where one may
 * only read there is none. */
static void hold_on(void *arg)
{
	struct region *ours = arg, r = {.write = true};

	os_die_with_parent(holder);
	region_close(ours);
	r.fd = conf.shared ? -1 : open_lock(ours->name);
	while (r.fd >= 0 && !region_lock(&r, COMMAND_BYTE, true) && msg_retry())
		;
	if (r.fd >= 0)
		fcntl(r.fd, F_SETFD, 0);
}

static bool take_ours(const struct region *r, bool wait)
{
	return os_lock(r->fd, conf.shared, wait) == 0;
}

/* Whether the command of a holder before us is gone. */
static bool take_command(const struct region *r, bool wait)
{
	struct region other = {.write = !conf.shared, .fd = open_lock(r->name)};
	bool gone = other.fd < 0 || region_lock(&other, COMMAND_BYTE, wait) || errno == EBADF;

	region_close(&other);
	return gone;
}

/* Tries until --timeout is over, of a run that began at `start`. Returns 0, or what was in the way. */
static int in_time(bool (*take)(const struct region *, bool), const struct region *r, int64_t start)
{
	while (!take(r, conf.timeout_ns > 0))
		if (errno != EINTR || await_now() - start >= conf.timeout_ns)
			return errno;
	return 0;
}

static int lock(int argc, char **argv)
{
	struct region r = {.name = argv[0]};
	int64_t start = await_now();
	int error, status = TROUBLE;
	pid_t pid;

	(void)argc;
	if (conf.conflict > 255)
		opt_misuse("a status is at most 255");
	holder = getpid();
	r.fd = open_lock(argv[0]);
	if (r.fd < 0) {
		msg_warn_errno("%s", msg_name(argv[0]));
		return TROUBLE;
	}
	if (conf.timeout_ns > 0 && conf.timeout_ns != INT64_MAX)
		os_alarm(conf.timeout_ns);
	error = in_time(take_ours, &r, start);
	if (!error)
		error = in_time(take_command, &r, start);
	os_alarm(0);
	if (error == EWOULDBLOCK || error == EINTR)
		status = (int)conf.conflict;
	else if (error)
		msg_warn("%s: cannot lock: %s", msg_name(argv[0]), msg_reason(error));
	else if ((pid = child_start(argv + 1, -1, -1, hold_on, &r)) >= 0)
		status = child_status(child_wait(pid));
	region_close(&r);
	return status;
}

/* Starts the command `jobs` times and waits for all; the status is that of the first that failed. */
static int run_jobs(char **argv)
{
	pid_t *pids = calloc((size_t)conf.jobs, sizeof *pids);
	int waited = 0;
	char rank[24];

	if (!pids) {
		msg_warn("%s", msg_reason(ENOMEM));
		return TROUBLE;
	}
	snprintf(rank, sizeof rank, "%" PRIu64, conf.jobs);
	setenv("MMSHM_JOBS", rank, 1);
	for (uint64_t i = 0; i < conf.jobs; i++) {
		snprintf(rank, sizeof rank, "%" PRIu64, i);
		setenv("MMSHM_RANK", rank, 1);
		pids[i] = child_start(argv, -1, -1, NULL, NULL);
	}
	for (uint64_t i = 0; i < conf.jobs; i++) {
		int one = pids[i] < 0 ? TROUBLE << 8 : child_wait(pids[i]);

		if (!waited)
			waited = one;
	}
	free(pids);
	return waited;
}

/* Writes the region to what is there and is no regular file. */
static bool dump_into(struct region *r, const char *name)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	struct map m = MAP_INIT;
	bool ok = fd >= 0 && map_start(&m, r->fd, &map_whole, NULL) == 0 && move_stream(&m, fd, NULL, NULL) == MOVE_DONE;

	ok = (fd < 0 || close(fd) == 0) && ok;
	if (!ok)
		msg_warn_errno("%s", msg_name(name));
	map_end(&m);
	map_free(&m);
	return ok;
}

/* Writes the region to the file of --dump: the old one or the new one is there, and keeps owner and mode. */
static bool dump(struct region *r)
{
	struct save save;
	struct region to = {.name = conf.dump};
	struct stat old;
	bool exists = stat(conf.dump, &old) == 0;

	if (exists && !S_ISREG(old.st_mode))
		return dump_into(r, conf.dump);
	if (save_replace(&save, AT_FDCWD, conf.dump, exists ? 0600 : 0666) < 0) {
		msg_warn_errno("%s", msg_name(conf.dump));
		return false;
	}
	to.fd = save.fd;
	if (!region_fill_from(&to, r->fd, r->name)) {
		save_discard(&save);
		return false;
	}
	if (exists && ((fchown(save.fd, old.st_uid, old.st_gid) < 0 && errno != EPERM) ||
	               fchmod(save.fd, old.st_mode & 07777) < 0)) {
		msg_warn_errno("%s", msg_name(conf.dump));
		save_discard(&save);
		return false;
	}
	if (save_sync(&save) < 0 && errno != EINVAL) {
		msg_warn_errno("%s", msg_name(conf.dump));
		save_discard(&save);
		return false;
	}
	if (save_commit(&save) == 0)
		return true;
	msg_warn_errno("%s", msg_name(conf.dump));
	return false;
}

static int run(int argc, char **argv)
{
	struct region r = REGION_INIT;
	char path[40], number[12];
	int from = -1, waited;
	bool ok;

	(void)argc;
	if (conf.jobs < 1 || conf.jobs > 4096)
		opt_misuse("between 1 and 4096 jobs");
	if (conf.size != UINT64_MAX && conf.size > (uint64_t)NUM_OFF_MAX)
		opt_misuse("the size is too large");
	if (conf.from && (from = open_from(&conf.size)) < 0)
		return TROUBLE;
	if (conf.size == UINT64_MAX)
		conf.size = 64 << 10;
	if (!region_make_unnamed(&r, "mmshm"))
		return TROUBLE;
	ok = fill_new(&r, conf.size, from);
	if (from >= 0)
		close(from);
	if (ok && os_seal(r.fd, conf.seal) < 0 && conf.seal) {
		msg_warn_errno("cannot seal");
		ok = false;
	}
	if (!ok) {
		region_close(&r);
		return TROUBLE;
	}
	snprintf(number, sizeof number, "%d", r.fd);
	snprintf(path, sizeof path, "/proc/self/fd/%d", r.fd);
	setenv("MMSHM", path, 1);
	setenv("MMSHM_FD", number, 1);
	waited = run_jobs(argv);
	ok = !conf.dump || dump(&r);
	region_close(&r);
	return ok || waited ? child_status(waited) : TROUBLE;
}

static const struct opt_verb verbs[] = {
	{.name = "create", .usage = "NAME [SIZE]", .run = create, .least = 1, .most = 2,
	 .summary = "make an object of that size, all of it reserved"},
	{.name = "list", .usage = "", .run = list,
	 .summary = "list the objects and who maps them"},
	{.name = "stat", .usage = "NAME...", .run = stat_all, .least = 1,
	 .summary = "tell all about objects"},
	{.name = "read", .usage = "NAME", .run = read_object, .least = 1, .most = 1,
	 .summary = "print its bytes"},
	{.name = "write", .usage = "NAME [OFF]", .run = write_object, .least = 1, .most = 2,
	 .summary = "write standard input into it, from OFF on"},
	{.name = "fill", .usage = "NAME [BYTE]", .run = fill, .least = 1, .most = 2,
	 .summary = "fill it with a byte, 0 unless given"},
	{.name = "resize", .usage = "NAME SIZE", .run = resize, .least = 2, .most = 2,
	 .summary = "make it smaller or larger"},
	{.name = "remove", .usage = "NAME...", .run = remove_all, .least = 1,
	 .summary = "take names away"},
	{.name = "copy", .usage = "FROM TO", .run = copy, .least = 2, .most = 2,
	 .summary = "copy one to another, which is made"},
	{.name = "hex", .usage = "NAME", .run = hex, .least = 1, .most = 1,
	 .summary = "show its bytes as hexdump -C does"},
	{.name = "get", .usage = "NAME OFF[:32|64]", .run = get, .least = 2, .most = 2,
	 .summary = "print a word"},
	{.name = "set", .usage = "NAME OFF VALUE", .run = set, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word"},
	{.name = "add", .usage = "NAME OFF VALUE", .run = add, .least = 3, .most = 3, .numbers = true,
	 .summary = "add to a word, and print the sum"},
	{.name = "or", .usage = "NAME OFF VALUE", .run = or_with, .least = 3, .most = 3, .numbers = true,
	 .summary = "set bits of a word"},
	{.name = "and", .usage = "NAME OFF VALUE", .run = and_with, .least = 3, .most = 3, .numbers = true,
	 .summary = "keep bits of a word, and clear the others"},
	{.name = "swap", .usage = "NAME OFF VALUE", .run = swap, .least = 3, .most = 3, .numbers = true,
	 .summary = "set a word, and print what it held"},
	{.name = "cas", .usage = "NAME OFF OLD NEW", .run = compare_and_swap, .least = 4, .most = 4, .numbers = true,
	 .summary = "set a word that holds OLD to NEW, and print what it held"},
	{.name = "wait", .usage = "NAME OFF RELATION VALUE", .run = wait_for, .least = 4, .most = 4, .numbers = true,
	 .summary = "wait until a word is eq, ne, lt, le, gt or ge VALUE"},
	{.name = "wake", .usage = "NAME OFF [N]", .run = wake, .least = 2, .most = 3,
	 .summary = "wake those who wait for a word"},
	{.name = "lock", .usage = "NAME COMMAND...", .run = lock, .least = 2, .command = true,
	 .summary = "run a command while nobody else holds the lock"},
	{.name = "run", .usage = "COMMAND...", .run = run, .least = 1, .command = true,
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
