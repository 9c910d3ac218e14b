/* The bytes of an object, in and out. */
#include "mmshm.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hex.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "num.h"
#include "out.h"

/* Calls show for each range of the object. */
static int each_range(const char *name, bool (*show)(struct map *))
{
	struct region r = REGION_INIT;
	struct map m = MAP_INIT;
	bool ok = true;

	if (!region_open(&r, name, REGION_READ)) {
		shm_fail(name);
		return TROUBLE;
	}
	for (size_t i = 0; ok && i < (shm_conf.ranges.n ? shm_conf.ranges.n : 1); i++) {
		if (map_start(&m, r.fd, shm_conf.ranges.n ? &shm_conf.ranges.v[i] : &map_whole, NULL) < 0) {
			msg_warn_errno("%s", msg_name(name));
			ok = false;
			break;
		}
		ok = show(&m);
		if (!ok && !out_error())
			msg_warn_errno("%s", msg_name(name));
		if (ok && m.shrank) {
			msg_warn("%s: shrank while being read", msg_name(name));
			ok = false;
		}
		if (opt_explain) {
			char how[MAP_TEXT];

			msg_warn("%s: %s", msg_name(name), map_explain(&m, how));
		}
		map_end(&m);
	}
	map_free(&m);
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

static bool print_bytes(struct map *m)
{
	enum move_result result = move_stream(m, STDOUT_FILENO, NULL, NULL);

	if (result == MOVE_NO_TARGET)
		out_failed(errno);
	return result == MOVE_DONE;
}

int shm_read(int argc, char **argv)
{
	(void)argc;
	return each_range(argv[0], print_bytes);
}

int shm_hex(int argc, char **argv)
{
	(void)argc;
	return each_range(argv[0], hex_print);
}

static bool reserve(struct region *r, off_t off, off_t len)
{
	return region_reserve(r, off, len) || shm_fail(r->name);
}

static bool store(struct region *r, off_t off, const char *from, int byte, uint64_t len)
{
	off_t start = off;

	if (region_store(r, &off, from, byte, len))
		return true;
	if (errno == ERANGE)
		shm_holds(r, off, len - (uint64_t)(off - start));
	else
		msg_warn_errno(errno == ENOSPC || errno == EDQUOT || errno == EIO ? "%s: cannot write at offset %lld" :
		               "%s: cannot map", msg_name(r->name), (long long)off);
	return false;
}

int shm_write(int argc, char **argv)
{
	off_t off = argc > 1 ? (off_t)shm_size_operand(argv[1], "offset") : 0, start = off;
	struct region r = REGION_INIT;
	struct map in = MAP_INIT;
	struct stat st;
	bool ok;
	const char *p;
	ssize_t n = 0;

	if (!region_open(&r, argv[0], REGION_WRITE)) {
		shm_fail(argv[0]);
		return TROUBLE;
	}
	ok = shm_holds(&r, off, 0);
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
		ok = reserve(&r, off, st.st_size - in.off);
	while (ok && (n = map_slice(&in, &p)) > 0) {
		uint64_t left = (uint64_t)(r.size - off), len = (uint64_t)n < left ? (uint64_t)n : left;

		ok = (in.sized || reserve(&r, off, (off_t)len)) && store(&r, off, p, 0, len);
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
	const char *name = msg_name(r->name);
	long long off = range->off, len = range->len, size = r->size;

	if (range->from_end && off > size)
		msg_warn("%s: range -%lld begins before the start", name, off);
	else if (!range->from_end && off > size)
		msg_warn("%s: range %lld begins beyond the end at %lld", name, off, size);
	else if (len > size - off)
		msg_warn("%s: range %lld+%lld goes beyond the end at %lld", name, off, len, size);
	else {
		range->off = range->from_end ? size - off : off;
		range->len = len < 0 ? size - range->off : len;
		range->from_end = false;
		return true;
	}
	return false;
}

int shm_fill(int argc, char **argv)
{
	struct num_range all = map_whole, *ranges = shm_conf.ranges.n ? shm_conf.ranges.v : &all;
	size_t n = shm_conf.ranges.n ? shm_conf.ranges.n : 1;
	struct region r = REGION_INIT;
	uint64_t byte = 0;
	bool ok;

	if (argc > 1 && num_size(argv[1], 255, &byte) < 0)
		opt_misuse("invalid byte %s: 0 to 255, or as in 0x41", msg_quote(argv[1]));
	if (!region_open(&r, argv[0], REGION_WRITE)) {
		shm_fail(argv[0]);
		return TROUBLE;
	}
	ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = fit_range(&r, &ranges[i]);
	for (size_t i = 0; ok && i < n; i++)
		ok = reserve(&r, ranges[i].off, ranges[i].len);
	for (size_t i = 0; ok && i < n; i++)
		ok = store(&r, ranges[i].off, NULL, (int)byte, (uint64_t)ranges[i].len);
	region_close(&r);
	return ok ? 0 : TROUBLE;
}
