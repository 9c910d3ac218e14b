#include "move.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os.h"
#include "out.h"

enum {
	PIECE = 1 << 20,        /* one write of a whole window is slower: the page cache of the target loses its place */
	BLOCK = 4096,           /* the least run of zeros worth a hole */
	WORTH = 1 << 16,        /* below this, which fits the smallest pipe anyway, nothing is asked or prepared */
};

/* Splices one window. Returns 1 when something moved or the window is over, 0 when this pair cannot be spliced, -1. */
static int splice_window(struct map *m, int fd)
{
	off_t off = m->off;
	ssize_t n = os_splice(m->fd, m->sized ? &off : NULL, fd, m->len);

	if (n > 0) {
		m->ways.n_spliced++;
		if (!m->sized)
			m->passed += n;
		map_take(m, (size_t)n);
		return 1;
	}
	if (n < 0 && os_interrupted())
		return 1;
	if (n < 0 && errno == EPIPE)
		return -1;
	if (n == 0 && !m->sized)
		map_finish(m);  /* a terminal would have to be told twice */
	return 0;               /* reading finds out what it is: an end, an error, a pair that cannot be spliced */
}

/* The window, or the start of it, by the file systems themselves. Returns how many bytes; 0 when this pair is to be
 * mapped or read from here on. */
static size_t hand_window(struct map *m, int fd, off_t at)
{
	ssize_t n;

	do {
		off_t off = m->off, to = at;

		n = os_copy_range(m->fd, &off, fd, at == OUT_HERE ? NULL : &to, m->len);
	} while (n < 0 && os_interrupted());
	if (n <= 0)
		return 0;
	m->ways.n_handed++;
	map_take(m, (size_t)n);
	return (size_t)n;
}

static bool may_hand(const struct map *m)
{
	return map_io == MAP_IO_AUTO && !m->no_cache && m->sized && m->size >= WORTH && os_is_remote(m->fd);
}

/* Writes up to a piece of the loaded window straight from where it lies. Returns how many bytes count: not those
 * that a shrinking source turned into zeros under us, *invented of them. -1: the target failed. */
static ssize_t write_piece(struct map *m, int fd, off_t at, size_t *invented)
{
	size_t len = m->len < PIECE ? m->len : PIECE;
	size_t done = out_all_at(fd, m->data, len, at), real;
	bool faulted = done < len;

	if (faulted && (errno != EFAULT || !m->view))
		return -1;
	real = m->view ? map_still(m, done) : done;
	*invented = done - real;
	map_take(m, real);
	if (faulted)
		map_distrust(m);
	else if (real < done)
		m->len = 0;
	return (ssize_t)real;
}

/* Whether what we write to a stream stands alone behind its end, so that it can be cut off again. */
static bool is_at_end(int fd, const struct stat *st)
{
	return S_ISREG(st->st_mode) && !(fcntl(fd, F_GETFL) & O_APPEND) && lseek(fd, 0, SEEK_CUR) == st->st_size;
}

/* Takes back the last bytes written, unless somebody has written behind them. */
static int cut_back(int fd, size_t len)
{
	struct stat st;
	off_t end;

	if (len == 0)
		return 0;
	end = lseek(fd, 0, SEEK_CUR);
	if (fstat(fd, &st) < 0 || st.st_size != end)
		return 0;
	return ftruncate(fd, end - (off_t)len) < 0 || lseek(fd, -(off_t)len, SEEK_CUR) < 0 ? -1 : 0;
}

enum move_result move_stream(struct map *m, int fd, move_tick *tick, void *arg)
{
	struct stat st = {0};
	bool splices, straight, hands;
	const char *p;

	if (map_io != MAP_IO_READ)
		fstat(fd, &st);
	splices = map_io == MAP_IO_AUTO && S_ISFIFO(st.st_mode);
	straight = m->sized && m->size >= WORTH && is_at_end(fd, &st);
	hands = straight && may_hand(m);
	m->for_kernel = straight;
	for (bool first = true; splices && map_next(m) && !m->hole; first = false) {
		size_t before = m->len;
		int done;

		if (first && m->sized && m->len < WORTH)
			break;
		if (first)
			os_grow_pipe(fd);
		done = splice_window(m, fd);
		if (done < 0)
			return MOVE_NO_TARGET;
		splices = done > 0;
		if (tick && splices)
			tick(arg, before - m->len);
	}
	for (;;) {
		size_t invented = 0;
		ssize_t n;

		if (straight && map_next(m) && !m->hole) {
			n = hands ? (ssize_t)hand_window(m, fd, OUT_HERE) : 0;
			hands = n > 0;
			if (!hands && map_load(m) < 0)
				return MOVE_NO_SOURCE;
			if (!hands && ((n = write_piece(m, fd, OUT_HERE, &invented)) < 0 || cut_back(fd, invented) < 0))
				return MOVE_NO_TARGET;
		} else {
			n = map_slice(m, &p);
			if (n <= 0)
				return n < 0 ? MOVE_NO_SOURCE : MOVE_DONE;
			if (out_all(fd, p, (size_t)n) < 0)
				return MOVE_NO_TARGET;
		}
		if (tick)
			tick(arg, (size_t)n);
	}
}

static bool is_zeros(const char *p, size_t len)
{
	while (len > MAP_SLICE) {
		if (memcmp(p, map_zeros, MAP_SLICE) != 0)
			return false;
		p += MAP_SLICE;
		len -= MAP_SLICE;
	}
	return memcmp(p, map_zeros, len) == 0;
}

/* Writes one settled slice, leaving out blocks of zeros. Blocks lie where the target's blocks do. */
static int write_sparsely(int fd, const char *p, size_t len, off_t off)
{
	for (size_t i = 0, run; i < len; i += run) {
		bool zeros = false;

		for (run = 0; i + run < len;) {
			size_t block = BLOCK - (size_t)(off + (off_t)(i + run)) % BLOCK;
			bool z;

			if (block > len - i - run)
				block = len - i - run;
			z = is_zeros(p + i + run, block);
			if (run > 0 && z != zeros)
				break;
			zeros = z;
			run += block;
		}
		if (!zeros && out_all_at(fd, p + i, run, off + (off_t)i) < run)
			return -1;
	}
	return 0;
}

enum move_result move_file(struct map *m, int fd, enum move_holes holes, move_tick *tick, void *arg)
{
	off_t at = 0, written = 0, synced = 0;
	bool hands = may_hand(m);
	size_t invented;        /* overwritten by what follows, or cut off at the end */
	const char *p;

	m->for_kernel = true;

	while (map_next(m)) {
		ssize_t n;

		if (m->hole && holes != MOVE_HOLES_FILL) {
			n = (ssize_t)map_still(m, m->len);
			map_take(m, (size_t)n);
			if (n == 0)
				m->len = 0;
		} else if (m->hole || holes == MOVE_HOLES_MAKE) {
			n = map_slice(m, &p);
			if (n < 0)
				return MOVE_NO_SOURCE;
			if (n == 0)
				break;
			if ((holes == MOVE_HOLES_MAKE ? write_sparsely(fd, p, (size_t)n, at)
			                              : -(out_all_at(fd, p, (size_t)n, at) < (size_t)n)) < 0)
				return MOVE_NO_TARGET;
			written = at + n;
		} else {
			int loaded = 1;

			n = hands ? (ssize_t)hand_window(m, fd, at) : 0;
			hands = n > 0;
			if (!hands && (loaded = map_load(m)) < 0)
				return MOVE_NO_SOURCE;
			if (loaded == 0)
				break;
			if (!hands && (n = write_piece(m, fd, at, &invented)) < 0)
				return MOVE_NO_TARGET;
			written = at + n;
		}
		at += n;
		if (m->no_cache && (at - synced >= (off_t)map_window || m->len == 0)) {
			if (cache_drop_written(fd, synced, at) < 0)
				return MOVE_NO_TARGET;
			synced = at;
		}
		if (tick)
			tick(arg, (size_t)n);
	}
	/* a hole at the end, zeros left out, or invented zeros behind a new end of the source; a device keeps its size */
	if ((written < at || holes == MOVE_HOLES_MAKE || m->shrank) && ftruncate(fd, at) < 0 && errno != EINVAL)
		return MOVE_NO_TARGET;
	return MOVE_DONE;
}
