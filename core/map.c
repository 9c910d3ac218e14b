#include "map.h"

#include <errno.h>
#include <poll.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "os.h"

enum {
	WINDOW = 8 << 20,       /* large enough that its faults, not its set-up, are what costs */
	READ_BUFFER = 1 << 17,  /* stays in the second-level cache */
	POPULATED = 2 << 20,    /* a window whose pages are all brought in before they are used */
	SMALL = 16 << 10,       /* below this reading is cheaper than mapping */
};

int map_io;
size_t map_window = WINDOW;
static char zeros[MAP_SLICE];           /* not const, so that no zeros are stored in the executable */
const char *const map_zeros = zeros;
const struct num_range map_whole = {.len = -1};

const char *map_configure(void)
{
	const char *io = getenv("MMTOOLS_IO"), *window = getenv("MMTOOLS_WINDOW");
	uint64_t bytes;

	if (io && *io) {
		if (strcmp(io, "auto") == 0)
			map_io = MAP_IO_AUTO;
		else if (strcmp(io, "map") == 0)
			map_io = MAP_IO_MAP;
		else if (strcmp(io, "read") == 0)
			map_io = MAP_IO_READ;
		else
			return "MMTOOLS_IO";
	}
	if (window && *window) {
		if (num_size(window, UINT64_MAX, &bytes) < 0 || bytes == 0)
			return "MMTOOLS_WINDOW";
		if (bytes > SIZE_MAX / 4)
			bytes = SIZE_MAX / 4;   /* all that a small address space could hold */
		map_window = ((size_t)bytes + os_page() - 1) / os_page() * os_page();
	}
	return NULL;
}

/* The size of what can be mapped or read at any offset; -1 for what is a stream to us. */
static off_t size_of(int fd, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		return st->st_size > 0 ? st->st_size : -1;      /* 0: empty, or /proc, which tells no size */
	if (S_ISBLK(st->st_mode)) {
		off_t here = lseek(fd, 0, SEEK_CUR), size = lseek(fd, 0, SEEK_END);

		lseek(fd, here, SEEK_SET);
		return size > 0 ? size : -1;
	}
	return -1;
}

/* Brings what has no size to the start of the range, by reading where it cannot seek. An error on the way is left for
 * the next read to meet again. False: it would have to go back. */
static bool skip_stream(struct map *m)
{
	char probe;

	m->off = m->start;
	if (lseek(m->fd, m->start, SEEK_SET) >= 0) {
		if (m->regular && m->start > 0 && pread(m->fd, &probe, 1, m->start - 1) == 0)
			m->short_at = 0;        /* in /proc, who knows where */
		return true;
	}
	if (m->start < m->passed)
		return false;
	m->off = m->passed;
	m->end = m->need = m->start;
	while (map_next(m) && map_load(m) > 0)
		map_take(m, m->len);
	m->len = 0;
	m->off = m->start;
	return true;
}

bool map_has_end(const struct map *m)
{
	char probe;

	if (!m->sized)
		return m->regular && pread(m->fd, &probe, 1, 0) == 0;
	return pread(m->fd, &probe, 1, m->size - 1) == 1;
}

/* Turns a range into start and end. */
static int find_range(struct map *m, const struct num_range *range)
{
	m->range = *range;
	m->start = range->off;
	if (range->from_end)
		m->start = range->off < m->size ? m->size - range->off : 0;
	m->out_of_reach = (range->from_end && !map_has_end(m)) || (!m->sized && !skip_stream(m));
	if (m->out_of_reach) {
		errno = ESPIPE;
		return -1;
	}
	m->off = m->start;
	m->need = range->len < 0 ? range->off : range->off + range->len;
	m->end = m->short_at >= 0 ? m->start : range->len < 0 ? NUM_OFF_MAX : m->start + range->len;
	if (m->sized && m->size < m->need)
		m->short_at = m->size;
	return 0;
}

static int start(struct map *m, int fd, const struct num_range *range, const struct stat *st)
{
	struct stat own;

	if (!st && fstat(fd, &own) < 0)
		return -1;
	if (!st)
		st = &own;
	memset(m, 0, offsetof(struct map, no_cache));
	m->fd = fd;
	m->end = NUM_OFF_MAX;
	m->inherited = !range;
	m->hole_end = m->short_at = -1;
	m->regular = S_ISREG(st->st_mode);
	m->size = size_of(fd, st);
	m->sized = m->size >= 0;
	m->mappable = m->sized && map_io != MAP_IO_READ;
	m->sparse = m->regular && m->sized && (off_t)st->st_blocks < m->size / 512;
	if (range && find_range(m, range) < 0)
		return -1;
	if (!range && m->sized)
		m->off = m->start = lseek(fd, 0, SEEK_CUR);
	if (m->sized && m->no_cache)
		posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);     /* so that only our own windows are read */
	else if (m->sized && m->size - m->off > (off_t)map_window)
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

int map_start(struct map *m, int fd, const struct num_range *range, const struct stat *st)
{
	m->passed = 0;
	m->ways = (struct map_ways){0};
	return start(m, fd, range, st);
}

int map_again(struct map *m, const struct num_range *range)
{
	return start(m, m->fd, range, NULL);
}

void map_limit(struct map *m, off_t len)
{
	if (len < m->end - m->off)
		m->end = m->off + len;
}

static void drop_window(struct map *m)
{
	if (m->view)
		munmap(m->view, m->view_len);
	m->view = NULL;
	m->data = NULL;
	m->len = 0;
	m->hole = false;
	if (m->cache.len_pages)
		cache_restore(&m->cache, m->fd);
}

/* The size now; sets shrank and grew. */
static void look_again(struct map *m)
{
	struct stat st;
	off_t size;

	if (fstat(m->fd, &st) < 0)
		return;
	size = S_ISREG(st.st_mode) ? st.st_size : m->size;
	if (size < m->size && size < m->end)
		m->shrank = true;
	if (size > m->size && m->size < m->end)
		m->grew = true;
	m->size = size;
	m->sparse = S_ISREG(st.st_mode) && (off_t)st.st_blocks < size / 512;
}

/* The file has ended, perhaps within the range or before it. */
static void note_end(struct map *m)
{
	off_t end = m->sized && m->size < m->off ? m->size : m->off;

	m->short_at = end < m->need ? end : -1;
}

int map_next(struct map *m)
{
	off_t data, stop, left;

	if (m->len > 0)
		return 1;
	drop_window(m);
	if (m->off >= m->end)
		return 0;
	if (!m->sized) {
		left = m->end - m->off;
		m->len = left < READ_BUFFER ? (size_t)left : READ_BUFFER;
		if (m->len > map_window)
			m->len = map_window;
		return 1;
	}
	if (m->off >= m->size || m->off > m->start)
		look_again(m);
	stop = m->size < m->end ? m->size : m->end;
	if (m->off >= stop) {
		note_end(m);
		return 0;
	}
	if (m->sparse) {
		off_t data_end = stop;
		int found = os_next_data(m->fd, m->off, &data, &data_end);

		if (found < 0)
			m->sparse = false;
		else if (found == 0 || data > m->off) {
			m->hole = true;
			if (found > 0 && data < stop)
				stop = data;
		} else if (data_end < stop)
			stop = data_end;
	}
	left = stop - m->off;
	m->len = left < (off_t)map_window ? (size_t)left : map_window;
	if (!m->mappable && !m->hole && m->no_cache && m->len > READ_BUFFER)
		m->len = READ_BUFFER;
	if (m->hole) {
		m->ways.n_holes += m->off > m->hole_end;     /* a long hole is several windows */
		if (m->off + (off_t)m->len > m->hole_end)
			m->hole_end = m->off + (off_t)m->len;
	} else if (m->no_cache) {
		cache_note(&m->cache, m->fd, m->off, m->len);
		posix_fadvise(m->fd, m->off, (off_t)m->len, POSIX_FADV_WILLNEED);       /* the rest of it in one go */
	}
	return 1;
}

/* Maps the window; when memory is short, a smaller one. */
static bool map_view(struct map *m)
{
	size_t page = os_page(), skew = (size_t)m->off % page;

	if (!m->mappable || (map_io == MAP_IO_AUTO && m->size < SMALL))
		return false;
	if (m->for_kernel && m->len > POPULATED - skew)
		m->len = POPULATED - skew;
	for (;;) {
		void *view = mmap(NULL, m->len + skew, PROT_READ, MAP_SHARED, m->fd, m->off - (off_t)skew);

		if (view != MAP_FAILED) {
			m->view = view;
			m->view_len = m->len + skew;
			m->data = m->view + skew;
			m->ways.n_views++;
			if (m->len >= READ_BUFFER)
				posix_madvise(view, m->view_len, POSIX_MADV_SEQUENTIAL);
			if (m->for_kernel)
				os_populate(view, m->view_len);
			return true;
		}
		if (errno != ENOMEM || m->len + skew <= page)
			break;
		m->len = m->len / 2 > page - skew ? m->len / 2 : page - skew;
	}
	m->ways.map_error = errno;
	m->mappable = false;
	return false;
}

/* A buffer that is not in use, for the next map of this thread. The first one of all is there without malloc. */
static _Thread_local char *spare;
static char first[READ_BUFFER];

/* The buffer, made when first needed. */
static char *buffer(struct map *m)
{
	static atomic_flag first_is_taken = ATOMIC_FLAG_INIT;

	if (m->buf)
		return m->buf;
	m->buf_len = map_window < READ_BUFFER ? map_window : READ_BUFFER;
	m->buf = spare ? spare : atomic_flag_test_and_set(&first_is_taken) ? malloc(READ_BUFFER) : first;
	spare = NULL;
	if (!m->buf)
		errno = ENOMEM;
	return m->buf;
}

/* Whether a descriptor that somebody has made non-blocking had nothing yet, and has been waited for. */
static bool is_awaited(int fd)
{
	return errno == EAGAIN && poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1) >= 0;
}

int map_load(struct map *m)
{
	ssize_t n;
	size_t len;

	if (m->hole || m->data || map_view(m))
		return 1;
	if (!buffer(m)) {
		m->error = errno;
		return -1;
	}
	len = m->len < m->buf_len ? m->len : m->buf_len;
	do
		n = m->sized ? pread(m->fd, m->buf, len, m->off) : read(m->fd, m->buf, len);
	while (n < 0 && (os_interrupted() || is_awaited(m->fd)));
	if (n <= 0) {
		int error = errno;

		m->error = n < 0 ? error : 0;
		drop_window(m);
		if (n == 0 && m->sized) {
			/* sysfs keeps its size of one page whatever it holds: then this is simply the end */
			look_again(m);
			m->end = m->off;
		}
		if (n == 0)
			note_end(m);
		errno = error;
		return (int)n;
	}
	m->ways.n_reads++;
	if (!m->sized)
		m->passed = m->off + n;
	m->data = m->buf;
	m->len = (size_t)n;
	return 1;
}

void map_finish(struct map *m)
{
	m->end = m->off;
	drop_window(m);
	note_end(m);
}

void map_distrust(struct map *m)
{
	m->mappable = false;
	m->ways.map_error = EFAULT;
	drop_window(m);
}

size_t map_still(struct map *m, size_t len)
{
	if (!m->sized)
		return len;
	look_again(m);
	if (m->off >= m->size)
		return 0;
	return (off_t)len > m->size - m->off ? (size_t)(m->size - m->off) : len;
}

void map_take(struct map *m, size_t len)
{
	m->off += (off_t)len;
	m->len -= len < m->len ? len : m->len;
	if (m->data)
		m->data += len;
}

/* Copies the next bytes of the mapped window to the buffer. Returns how many are real: none after a fault, or
 * when the buffer cannot be had, and then they will be read instead. */
static size_t settle(struct map *m)
{
	char *to = buffer(m);
	size_t len = m->len < m->buf_len ? m->len : m->buf_len;

	if (!to || guard_copy(to, m->data, len, m->view, m->view_len) < 0) {
		map_distrust(m);
		return 0;
	}
	return map_still(m, len);       /* what lies behind a new end of file was zeros of the kernel's making */
}

ssize_t map_slice(struct map *m, const char **bytes)
{
	size_t len;
	int loaded;

	while (map_next(m)) {
		loaded = map_load(m);
		if (loaded <= 0)
			return loaded;
		if (m->hole) {
			len = map_still(m, m->len < MAP_SLICE ? m->len : MAP_SLICE);
			*bytes = map_zeros;
		} else if (m->view) {
			len = settle(m);
			*bytes = m->buf;
		} else {
			len = m->len;
			*bytes = m->data;
		}
		if (len > 0) {
			map_take(m, len);
			return (ssize_t)len;
		}
		m->len = 0;     /* look for the next window */
	}
	return 0;
}

void map_end(struct map *m)
{
	drop_window(m);
	if (m->inherited && m->sized)
		lseek(m->fd, m->off, SEEK_SET);
}

void map_free(struct map *m)
{
	char *surplus = m->buf == first ? spare : m->buf;

	if (m->buf && (!spare || m->buf == first))
		spare = m->buf;
	if (surplus != spare)
		free(surplus);
	m->buf = NULL;
	cache_free(&m->cache);
}
