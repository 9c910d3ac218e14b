#include "changed_blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "os.h"
#include "out.h"
#include "scan.h"

enum { DIFFERS = 1, BAD = 2 };          /* marks of a block */

enum { ALIGNED = 4096 };                /* O_DIRECT wants this of places in the file and in memory, or less */

ssize_t blocks_next(struct blocks_side *side, size_t most, const char **bytes)
{
	size_t len;

	if (side->n == 0 && !side->ended) {
		ssize_t n = map_slice(side->map, &side->p);

		if (n < 0)
			return -1;
		side->n = (size_t)n;
		side->ended = n == 0;
	}
	len = side->n < most ? side->n : most;
	*bytes = side->p;
	side->p += len;
	side->n -= len;
	return (ssize_t)len;
}

void blocks_go_on(struct blocks *b, off_t off)
{
	b->target.n = 0;
	if (!b->target.ended && map_again(&b->map, &(struct num_range){.off = off, .len = -1}) < 0)
		b->target.ended = true;
	b->map.for_kernel = true;
}

/* ---- comparing ---- */

/* Marks the blocks in which the chunk differs from the `len` bytes of the target at `off` of it. */
static void mark(struct blocks *b, size_t off, const char *held, size_t len)
{
	for (size_t i = 0; i < len;) {
		i += scan_differ(b->bytes + off + i, held + i, len - i);
		if (i == len)
			break;
		b->marks[(off + i) / b->block] = DIFFERS;
		i = ((off + i) / b->block + 1) * b->block - off;
	}
}

/* A block that the target cannot show is written, which mends many a medium. Returns where the next one begins. */
static size_t mark_unread(struct blocks *b, int error)
{
	off_t place = b->map.off < b->at ? b->at : b->map.off;
	size_t i = (size_t)(place - b->at) / b->block;

	if (!b->unread || b->unread_end != b->at + (off_t)(i * b->block))
		msg_warn("%s: %s at offset %lld; written without being compared", msg_name(b->name), msg_reason(error),
		         (long long)place);
	b->unread = true;
	b->marks[i] = DIFFERS;
	b->unread_end = b->at + (off_t)((i + 1) * b->block);
	blocks_go_on(b, b->unread_end);
	return (i + 1) * b->block;
}

bool blocks_compare(struct blocks *b)
{
	size_t off = 0, n_blocks = (b->len + b->block - 1) / b->block;
	const char *p;

	memset(b->marks, 0, n_blocks);
	while (off < b->len) {
		ssize_t n = blocks_next(&b->target, b->len - off, &p);

		if (n < 0)
			off = mark_unread(b, errno);
		else if (n > 0)
			mark(b, off, p, (size_t)n);
		else if (b->is_device)
			memset(b->marks + off / b->block, DIFFERS, n_blocks - off / b->block);
		else
			for (size_t i = off; i < b->len; i += MAP_SLICE)
				mark(b, i, map_zeros, b->len - i < MAP_SLICE ? b->len - i : MAP_SLICE);
		if (n == 0)
			break;
		if (n > 0)
			off += (size_t)n;
	}
	return memchr(b->marks, DIFFERS, n_blocks) != NULL;
}

/* ---- writing ---- */

/* A run of blocks with this mark, in bytes of the chunk. */
struct run {
	size_t off, len;
};

/* The next run; false when there is none. At first it is empty. */
static bool run_next(const struct blocks *b, int marked, struct run *run)
{
	size_t from = run->off + run->len, end;

	while (from < b->len && !(b->marks[from / b->block] & marked))
		from += b->block;
	for (end = from; end < b->len && (b->marks[end / b->block] & marked); end += b->block)
		;
	if (end > b->len)
		end = b->len;
	*run = (struct run){from, from < end ? end - from : 0};
	return from < end;
}

static bool cannot_write(const struct blocks *b, off_t at)
{
	return msg_fail("%s: cannot be written at offset %lld: %s", msg_name(b->name), (long long)at,
	                b->is_device && errno == EPERM ? "a read-only device" : msg_reason(errno));
}

bool blocks_are_kept(const struct blocks *b)
{
	struct stat now;

	if (b->is_device)
		return true;
	if (fstat(b->fd, &now) < 0)
		return msg_fail_errno("%s", msg_name(b->name));
	return (now.st_size >= b->least && !b->map.shrank) || msg_fail("%s: shrank meanwhile", msg_name(b->name));
}

/* Not behind an end that others have moved, which would then look as if it had not been. */
static bool write_run(struct blocks *b, const struct run *run, size_t *done)
{
	off_t at = b->at + (off_t)run->off;

	*done = 0;
	if (!blocks_are_kept(b))
		return false;
	*done = out_all_at(b->fd, b->bytes + run->off, run->len, at);
	if (b->least < at + (off_t)*done)
		b->least = at + (off_t)*done;
	if (*done == run->len)
		return true;
	b->at = at + (off_t)*done;
	return cannot_write(b, b->at);
}

bool blocks_write(struct blocks *b)
{
	struct run run = {0};
	bool good = true;
	size_t done;

	while (good && run_next(b, DIFFERS, &run)) {
		off_t at = b->at + (off_t)run.off;

		good = write_run(b, &run, &done);
		b->written += done;
		if (done > 0 && (b->n_stretches == 0 || at != b->stretch_end))
			b->n_stretches++;
		b->stretch_end = at + (off_t)done;
	}
	if (good && b->map.no_cache && os_write_back(b->fd, b->at, (off_t)b->len) < 0)
		return cannot_write(b, b->at);
	return good;
}

int blocks_sync(struct blocks *b)
{
	int done;

	do
		done = fsync(b->fd);
	while (done < 0 && os_interrupted());
	return done;
}

/* ---- reading back ---- */

static _Alignas(ALIGNED) char back[1 << 18];

/* Whether the medium holds these bytes of the chunk. */
static bool is_there(struct blocks *b, size_t off, size_t len)
{
	while (len > 0) {
		off_t at = b->at + (off_t)off;
		size_t skew = (size_t)(at % ALIGNED), want = len < sizeof back - skew ? len : sizeof back - skew;
		ssize_t n = pread(b->fd, back, (skew + want + ALIGNED - 1) / ALIGNED * ALIGNED, at - (off_t)skew);

		if (n < 0 && os_interrupted())
			continue;
		if (n < 0 && errno == EINVAL && b->direct) {
			os_direct(b->fd, false);
			b->direct = false;
			continue;
		}
		if (n <= (ssize_t)skew)
			return false;
		if ((size_t)n - skew < want)
			want = (size_t)n - skew;
		if (scan_differ(b->bytes + off, back + skew, want) < want)
			return false;
		off += want;
		len -= want;
	}
	return true;
}

/* Marks as bad which of the written blocks the medium does not hold. The number of them. */
static size_t read_back(struct blocks *b)
{
	struct run run = {0};
	size_t n_bad = 0;

	/* what is mapped stays cached, so the window goes first */
	map_end(&b->map);
	posix_fadvise(b->fd, b->at, (off_t)b->len, POSIX_FADV_DONTNEED);
	b->direct = os_direct(b->fd, true) == 0;
	while (run_next(b, DIFFERS, &run)) {
		bool good = is_there(b, run.off, run.len);
		size_t end = run.off + run.len;

		for (size_t off = run.off, len; off < end; off += len) {
			len = end - off < b->block ? end - off : b->block;
			b->marks[off / b->block] = good || is_there(b, off, len) ? DIFFERS : DIFFERS | BAD;
			n_bad += b->marks[off / b->block] != DIFFERS;
		}
	}
	if (b->direct)
		os_direct(b->fd, false);
	return n_bad;
}

static void say_bad(const struct blocks *b)
{
	struct run run = {0};

	while (run_next(b, BAD, &run)) {
		long long at = (long long)b->at + (long long)run.off;
		size_t n = (run.len + b->block - 1) / b->block;

		if (n == 1)
			msg_fail("%s: the block at offset %lld is bad", msg_name(b->name), at);
		else
			msg_fail("%s: %zu blocks from offset %lld on are bad", msg_name(b->name), n, at);
	}
}

bool blocks_verify(struct blocks *b, uint64_t retry)
{
	for (uint64_t tries = 0;; tries++) {
		int error = blocks_sync(b) < 0 ? errno : 0;
		size_t n_bad = read_back(b), done;
		struct run run = {0};

		if (!blocks_are_kept(b))
			return false;
		if (tries == retry || (n_bad == 0 && !error)) {
			blocks_go_on(b, b->at + (off_t)b->len);
			b->n_bad += n_bad;
			say_bad(b);
			return !error || n_bad > 0 || msg_fail("%s: cannot be written: %s", msg_name(b->name), msg_reason(error));
		}
		/* where all seems well, but could not be made durable, all is written again */
		while (run_next(b, n_bad ? BAD : DIFFERS, &run)) {
			b->n_again += (run.len + b->block - 1) / b->block;
			if (!write_run(b, &run, &done))
				return false;
		}
	}
}
