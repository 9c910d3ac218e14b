#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "guard.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "os.h"

#ifndef NAME_MAX
#define NAME_MAX 255
#endif

bool region_paths_only;

bool region_is_object(const char *name)
{
	return !region_paths_only && !strchr(*name ? name + 1 : name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

const char *region_path(const char *name)
{
	static char path[sizeof "/dev/shm/" + NAME_MAX];
	int len;

	if (!region_is_object(name))
		return name;
	if (!os_shm_folder || !name[*name == '/'])
		return NULL;
	len = snprintf(path, sizeof path, "%s/%s", os_shm_folder, name + (*name == '/'));
	return (size_t)len < sizeof path ? path : NULL;
}

int region_open_fd(const char *name, int flags, mode_t mode)
{
	char object[NAME_MAX + 2];
	int fd, len;

	/* O_NONBLOCK, since a fifo would make us wait before we can refuse it */
	flags |= O_NONBLOCK | O_NOCTTY;
	if (region_is_object(name)) {
		len = snprintf(object, sizeof object, "/%s", name + (*name == '/'));
		if ((size_t)len < sizeof object)
			return shm_open(object, flags, mode);
		errno = ENAMETOOLONG;
		return -1;
	}
	do
		fd = os_open(name, flags, mode);
	while (fd < 0 && msg_retry());
	return fd;
}

/* What open has given, if it is of a kind that is shared. */
static bool accept(struct region *r, const char *name, int fd, bool write)
{
	struct stat st;

	*r = (struct region){.name = name, .fd = fd, .write = write};
	if (fd < 0 || fstat(fd, &st) < 0) {
		msg_warn_errno("%s", msg_name(name));
		region_close(r);
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			msg_warn("%s: %s", msg_name(name), msg_reason(EISDIR));
		else
			msg_warn("%s: not a regular file or shared memory object", msg_name(name));
		region_close(r);
		return false;
	}
	r->size = st.st_size;
	return true;
}

bool region_open(struct region *r, const char *name, bool write)
{
	return accept(r, name, region_open_fd(name, write ? O_RDWR : O_RDONLY, 0), write);
}

bool region_make(struct region *r, const char *name, int mode, bool exclusive, bool *made)
{
	mode_t first = mode < 0 ? 0666 : (mode_t)mode & 0666;
	int fd, tries = 0;

	/* What is there is opened without O_CREAT, which some systems refuse for others' files in a sticky folder; it may go
	 * away between. */
	do {
		fd = region_open_fd(name, O_RDWR | O_CREAT | O_EXCL, first);
		*made = fd >= 0;
		if (fd < 0 && errno == EEXIST && !exclusive)
			fd = region_open_fd(name, O_RDWR, 0);
	} while (fd < 0 && errno == ENOENT && !exclusive && ++tries < 3);
	if (!accept(r, name, fd, true))
		return false;
	if (*made && mode >= 0 && fchmod(fd, (mode_t)mode) < 0) {
		msg_warn_errno("%s", msg_name(name));
		region_remove(name);
		region_close(r);
		return false;
	}
	return true;
}

bool region_make_unnamed(struct region *r, const char *label)
{
	int fd = os_memfd(label), high;

	/* else an object that loses its name at once */
	for (int i = 0; fd < 0 && errno != EMFILE && errno != ENFILE && i < 100; i++) {
		char name[40];

		snprintf(name, sizeof name, "/%s-%ld", label, (long)getpid() + 10000000L * i);
		fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0)
			shm_unlink(name);
		else if (errno != EEXIST)
			break;
	}
	/* out of the way of those that shells redirect, and kept across exec */
	high = fd < 0 ? -1 : fcntl(fd, F_DUPFD, 10);
	if (high >= 0)
		close(fd);
	return accept(r, "memory without a name", high >= 0 ? high : fd, true);
}

/* Whether there may be room for that many bytes more, so that nobody is asked who would use up all there is first. False
 * with errno. */
static bool may_have(const struct region *r, off_t off, off_t len)
{
	struct statvfs fs;
	struct stat st;
	uint64_t most, has;

	if (fstatvfs(r->fd, &fs) < 0 || fstat(r->fd, &st) < 0)
		return true;
	has = (uint64_t)st.st_blocks * 512;
	if (fs.f_blocks == 0) {         /* a memfd's file system has no limit of its own */
		errno = ENOMEM;
		return len <= os_memory();
	}
	if (lseek(r->fd, off + len, SEEK_SET) < 0) {
		errno = EFBIG;
		return false;
	}
	most = (uint64_t)(geteuid() == 0 ? fs.f_bfree : fs.f_bavail) * fs.f_frsize;
	errno = ENOSPC;
	return (uint64_t)len <= has || (uint64_t)len - has <= most;
}

bool region_reserve(struct region *r, off_t off, off_t len)
{
	off_t at = r->size > off ? r->size : off, old = r->size, end = off + len;
	void (*handler)(int);
	int error;

	if (len == 0)
		return true;
	handler = signal(SIGXFSZ, SIG_IGN);     /* so that a limit is an error that can be told */
	do
		error = !may_have(r, off, len) || os_reserve(r->fd, off, len) < 0 ? errno : 0;
	while (error == EINTR && msg_retry());
	if (error == EOPNOTSUPP || error == ENOSYS)
		/* holes that are there already stay; real zeros behind the end */
		for (error = 0; at < end && !error;) {
			size_t part = end - at < MAP_SLICE ? (size_t)(end - at) : MAP_SLICE;
			ssize_t n = pwrite(r->fd, map_zeros, part, at);

			if (n > 0)
				at += n;
			else if (n == 0 || !msg_retry())
				error = n == 0 ? ENOSPC : errno;
		}
	signal(SIGXFSZ, handler);
	if (error) {
		struct stat st;

		/* some file systems keep the part that they could have */
		if (fstat(r->fd, &st) == 0 && st.st_size > old && ftruncate(r->fd, old) < 0)
			error = errno;
		errno = error;
		msg_warn_errno("%s", msg_name(r->name));
		return false;
	}
	if (end > r->size)
		r->size = end;
	return true;
}

static int set_lock(const struct region *r, short type, off_t off, bool wait)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = off, .l_len = 1};

	return fcntl(r->fd, wait ? F_SETLKW : F_SETLK, &lock);
}

bool region_lock(const struct region *r, off_t off, bool wait)
{
	if (set_lock(r, r->write ? F_WRLCK : F_RDLCK, off, wait) == 0)
		return true;
	if (errno == EACCES)
		errno = EAGAIN;
	return false;
}

void region_unlock(const struct region *r, off_t off)
{
	set_lock(r, F_UNLCK, off, false);
}

bool region_holds(struct region *r, off_t off, size_t len)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0) {
		msg_warn_errno("%s", msg_name(r->name));
		return false;
	}
	r->size = st.st_size;
	if (off <= r->size && (off_t)len <= r->size - off)
		return true;
	if (off >= r->size)
		msg_warn("%s: offset %lld is beyond the end at %lld", msg_name(r->name), (long long)off, (long long)r->size);
	else
		msg_warn("%s: ends at %lld, within the %zu bytes at offset %lld", msg_name(r->name), (long long)r->size, len,
		         (long long)off);
	return false;
}

void region_unmap(struct region_view *view)
{
	if (view->at)
		munmap(view->base, view->len);
	view->at = NULL;
}

bool region_map(const struct region *r, struct region_view *view, off_t off, size_t len)
{
	size_t skew = (size_t)off % (size_t)sysconf(_SC_PAGESIZE);
	void *base;

	region_unmap(view);
	base = mmap(NULL, len + skew, r->write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, r->fd,
	            off - (off_t)skew);
	if (base == MAP_FAILED)
		return false;
	*view = (struct region_view){.base = base, .at = (char *)base + skew, .len = len + skew};
	return true;
}

/* A store of `len` bytes, copied or (from NULL) all the same, for guard_call. */
struct store {
	char *to;
	const char *from;
	int byte;
	size_t len;
};

static void store(void *arg)
{
	struct store *s = arg;

	if (s->from)
		memcpy(s->to, s->from, s->len);
	else
		memset(s->to, s->byte, s->len);
}

bool region_store(struct region *r, off_t off, const char *from, int byte, uint64_t len)
{
	struct region_view view = {0};

	while (len > 0) {
		struct store s = {.from = from, .byte = byte, .len = len < map_window ? (size_t)len : map_window};

		if (!region_holds(r, off, s.len)) {
			region_unmap(&view);
			return false;
		}
		if (!region_map(r, &view, off, s.len)) {
			msg_warn_errno("%s: cannot map", msg_name(r->name));
			return false;
		}
		s.to = view.at;
		if (guard_call(store, &s, view.base, view.len) < 0) {
			region_unmap(&view);
			if (region_holds(r, off, s.len))
				msg_warn("%s: cannot write at offset %lld: no space, or an error of the medium",
				         msg_name(r->name), (long long)off);
			return false;
		}
		off += (off_t)s.len;
		len -= s.len;
		if (from)
			from += s.len;
	}
	region_unmap(&view);
	return true;
}

bool region_fill_from(struct region *r, int from, const char *name)
{
	struct map m = MAP_INIT;
	enum move_result result = MOVE_NO_SOURCE;

	if (map_start(&m, from, &map_whole, NULL) == 0)
		result = move_file(&m, r->fd, MOVE_HOLES_FILL, NULL, NULL);
	if (result == MOVE_NO_SOURCE)
		msg_warn_errno("%s", msg_name(name));
	else if (result == MOVE_NO_TARGET)
		msg_warn_errno("%s", msg_name(r->name));
	else if (m.shrank || m.grew) {
		msg_warn("%s: %s while being read", msg_name(name), m.shrank ? "shrank" : "grew");
		result = MOVE_STOPPED;
	}
	map_end(&m);
	map_free(&m);
	return result == MOVE_DONE;
}

void region_close(struct region *r)
{
	int error = errno;

	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	errno = error;
}

bool region_remove(const char *name)
{
	const char *path = region_path(name);
	int result;

	if (path)
		result = unlink(path);
	else
		result = shm_unlink(name);
	if (result < 0)
		msg_warn_errno("cannot remove %s", msg_quote(name));
	return result == 0;
}
