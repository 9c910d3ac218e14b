/* The bytes of an object, in and out. */
#include "mmshm.h"

#include <errno.h>
#include <unistd.h>

#include "hex.h"
#include "input.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "num.h"
#include "out.h"

static int open_region(const char *name)
{
	struct region r;

	return region_open(&r, name, REGION_READ) ? r.fd : -1;
}

/* Prints each range of the object, by `show`. */
static int show_ranges(char **names, bool (*show)(struct map *))
{
	struct input in = {.names = names, .ranges = &shm_conf.ranges, .open = open_region, .reason = shm_reason,
	                   .copies = true};
	int status = 0;

	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		if (in.failed)
			status = TROUBLE;
		while (input_range(&in) && show(&in.map))
			;
	}
	return status;
}

static bool print_bytes(struct map *m)
{
	if (move_stream(m, STDOUT_FILENO, NULL, NULL) == MOVE_NO_TARGET)
		out_failed(errno);
	return !out_error();
}

int shm_read(int argc, char **argv)
{
	(void)argc;
	return show_ranges(argv, print_bytes);
}

int shm_hex(int argc, char **argv)
{
	(void)argc;
	return show_ranges(argv, hex_print);
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

/* Writes the input into the region from *off on, which moves on. False after a message about the region. */
static bool write_input(struct region *r, off_t *off, struct map *in)
{
	off_t start = *off, all = in->sized ? in->size - in->off : 0;
	bool ok = true;
	const char *p;
	ssize_t n;

	/* of what tells its size nothing is written when it does not fit */
	if (all > r->size - start) {
		msg_warn("%s: %lld bytes do not fit at offset %lld of %lld", msg_name(r->name), (long long)all,
		         (long long)start, (long long)r->size);
		return false;
	}
	if (all > 0 && !reserve(r, start, all))
		return false;
	while (ok && (n = map_slice(in, &p)) > 0) {
		uint64_t left = (uint64_t)(r->size - *off), len = (uint64_t)n < left ? (uint64_t)n : left;

		ok = (*off + (off_t)len <= start + all || reserve(r, *off, (off_t)len)) && store(r, *off, p, 0, len);
		*off += (off_t)len;
		if (ok && len < (uint64_t)n) {
			msg_warn("%s: full after %lld bytes, and there was more", msg_name(r->name),
			         (long long)(*off - start));
			ok = false;
		}
	}
	return ok;
}

int shm_write(int argc, char **argv)
{
	off_t off = argc > 1 ? (off_t)shm_size_operand(argv[1], "offset") : 0;
	struct input in = {.names = argv + argc};       /* none: standard input */
	struct region r = REGION_INIT;
	bool ok, failed = false;

	if (!shm_open_region(&r, argv[0], REGION_WRITE))
		return TROUBLE;
	ok = shm_holds(&r, off, 0);
	while (ok && input_next(&in)) {
		if (in.text)
			msg_warn("standard input: %s", in.text);
		failed = failed || in.failed;
		if (input_range(&in))
			ok = write_input(&r, &off, &in.map);
	}
	input_end(&in);
	return ok && !failed ? 0 : TROUBLE;
}

/* Counts the range from the start; false after a message when the region has not all of it. */
static bool fit_range(const struct region *r, struct num_range *range)
{
	char text[MAP_TEXT];

	if (map_range_missing(range, r->size, text))
		return msg_warn_name(r->name, text);
	if (range->from_end)
		range->off = r->size - range->off;
	if (range->len < 0)
		range->len = r->size - range->off;
	range->from_end = false;
	return true;
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
	if (!shm_open_region(&r, argv[0], REGION_WRITE))
		return TROUBLE;
	ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = fit_range(&r, &ranges[i]);
	for (size_t i = 0; ok && i < n; i++)
		ok = reserve(&r, ranges[i].off, ranges[i].len);
	for (size_t i = 0; ok && i < n; i++)
		ok = store(&r, ranges[i].off, NULL, (int)byte, (uint64_t)ranges[i].len);
	return ok ? 0 : TROUBLE;
}
