#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "guard.h"
#include "map.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"

#ifndef NAME_MAX
#define NAME_MAX 255
#endif

const char *region_reason(int error)
{
	/* some open as devices that are not there, or as sockets */
	return error == ENODEV || error == ENXIO ? "not a regular file or shared memory object" : msg_reason(error);
}

bool region_is_object(const char *name)
{
	return !strchr(*name ? name + 1 : name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

const char *region_path(const char *name)
{
	static char path[sizeof "/dev/shm/" + NAME_MAX];
	int len;

	if (!region_is_object(name))
		return name;
	if (!os_shm_folder || !name[*name == '/'])
		return NULL;
	len = fmt_text(path, sizeof path, "%s/%s", os_shm_folder, name + (*name == '/'));
	return (size_t)len < sizeof path ? path : NULL;
}

static int open_object(const char *name, int flags, mode_t mode)
{
	name += *name == '/';
	if (*name)
		return os_shm_open(name, flags, mode);
	errno = EINVAL;
	return -1;
}

int region_open_fd(const char *name, int how, int flags, mode_t mode)
{
	int fd;

	/* O_NONBLOCK, since a fifo would make us wait before we can refuse it */
	flags |= O_NONBLOCK | O_NOCTTY;
	if (!(how & REGION_PATH) && region_is_object(name))
		return open_object(name, flags, mode);
	do
		fd = os_open(name, flags, mode);
	while (fd < 0 && os_interrupted());
	return fd;
}

/* What open has given, if it is of a kind that is shared. */
static bool accept(struct region *r, int fd)
{
	struct stat st;

	r->fd = fd;
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : ENODEV;
		return false;
	}
	r->size = st.st_size;
	return true;
}

bool region_open(struct region *r, const char *name, int how)
{
	*r = (struct region){.name = name, .write = how & REGION_WRITE};
	if (accept(r, region_open_fd(name, how, r->write ? O_RDWR : O_RDONLY, 0)))
		return true;
	region_close(r);
	return false;
}

/* Creates what is not there; -1 with errno. The folder is kept, so that a failure takes away this name and no other,
 * whatever becomes of the folders on the way. */
static int create(struct region *r, int how, mode_t mode)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	bool watched;
	int fd;

	r->dir = AT_FDCWD;
	r->base = region_path(r->name);
	if ((how & REGION_PATH) || !region_is_object(r->name)) {
		r->base = entry_base(r->name);
		r->dir = entry_open_folder(&(struct entry){.dir = AT_FDCWD, .name = r->name});
		if (r->dir < 0)
			return -1;
	}
	watched = r->base && (how & REGION_WATCH);
	if (watched)
		watch_begin(&r->watch, r->dir, r->base);
	do
		fd = r->dir == AT_FDCWD ? open_object(r->name, flags, mode) : openat(r->dir, r->base, flags, mode);
	while (fd < 0 && errno == EINTR);
	r->fd = fd;
	if (watched)                    /* whoever has the lock fills it, and it is his */
		watch_made(&r->watch, fd >= 0 && region_lock(r, 0, false));
	return fd;
}

static void leave_folder(struct region *r)
{
	int error = errno;

	watch_end(&r->watch);
	os_close(r->dir);
	r->dir = -1;
	errno = error;
}

bool region_make(struct region *r, const char *name, int mode, int how)
{
	mode_t first = mode < 0 ? 0666 : (mode_t)mode & 0666;
	int fd, tries = 0;

	*r = (struct region){.name = name, .fd = -1, .write = true, .dir = -1, .watch = WATCH_INIT};
	/* What is there is opened without O_CREAT, which some systems refuse for others' files in a sticky folder; it may go
	 * away between. */
	do {
		fd = create(r, how, first);
		r->made = fd >= 0;
		if (!r->made) {
			leave_folder(r);
			if ((errno == EEXIST || errno == ENOENT) && !(how & REGION_NEW))
				fd = region_open_fd(name, how, O_RDWR, 0);
		}
	} while (fd < 0 && errno == ENOENT && !(how & REGION_NEW) && ++tries < 3);
	if (accept(r, fd) && (!r->made || mode < 0 || fchmod(fd, (mode_t)mode) == 0))
		return true;
	region_unmake(r);
	region_close(r);
	return false;
}

void region_unmake(struct region *r)
{
	struct stat ours, named;
	int error = errno;

	if (r->made && !r->base)
		region_remove(r->name);
	else if (r->made && fstat(r->fd, &ours) == 0 && fstatat(r->dir, r->base, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	         entry_same_file(&ours, &named))
		unlinkat(r->dir, r->base, 0);
	if (r->made)
		leave_folder(r);
	r->made = false;
	errno = error;
}

bool region_make_unnamed(struct region *r, const char *label)
{
	int fd = os_memfd(label), high;

	/* else an object that loses its name at once */
	for (int i = 0; fd < 0 && errno != EMFILE && errno != ENFILE && i < 100; i++) {
		char name[40];

		fmt_text(name, sizeof name, "%s-%ld", label, (long)getpid() + 10000000L * i);
		fd = os_shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0)
			os_shm_unlink(name);
		else if (errno != EEXIST)
			break;
	}
	/* out of the way of those that shells redirect, and kept across exec */
	high = fd < 0 ? -1 : fcntl(fd, F_DUPFD, 10);
	if (high >= 0)
		close(fd);
	*r = (struct region){.name = "memory without a name", .write = true};
	return accept(r, high >= 0 ? high : fd);
}

/* Whether there may be room for that many bytes more. Without this look the kernel would use up all memory or space
 * first, and then say no. False with errno. */
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
	off_t at = r->size > off ? r->size : off, old = r->size, end;
	void (*handler)(int);
	int error;

	if (len == 0)
		return true;
	if (len > NUM_OFF_MAX - off) {
		errno = EFBIG;
		return false;
	}
	end = off + len;
	handler = signal(SIGXFSZ, SIG_IGN);     /* so that a limit is an error that can be told */
	do
		error = !may_have(r, off, len) || os_reserve(r->fd, off, len) < 0 ? errno : 0;
	while (error == EINTR && os_interrupted());
	if (error == EOPNOTSUPP || error == ENOSYS)
		/* holes that are there already stay; real zeros behind the end */
		for (error = 0; at < end && !error;) {
			size_t part = end - at < MAP_SLICE ? (size_t)(end - at) : MAP_SLICE;

			error = out_all_at(r->fd, map_zeros, part, at) < part ? errno : 0;
			at += (off_t)part;
		}
	signal(SIGXFSZ, handler);
	if (error) {
		struct stat st;

		/* some file systems keep the part that they could have; what was not to grow somebody else has made larger */
		if (end > old && fstat(r->fd, &st) == 0 && st.st_size > old && ftruncate(r->fd, old) < 0)
			error = errno;
		errno = error;
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

bool region_holds(struct region *r, off_t off, uint64_t len)
{
	struct stat st;

	if (fstat(r->fd, &st) < 0)
		return false;
	r->size = st.st_size;
	if (off <= r->size && len <= (uint64_t)(r->size - off))
		return true;
	errno = ERANGE;
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
	size_t skew = (size_t)off % os_page();
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

bool region_mend(struct region *r, off_t off, size_t len)
{
	if (!region_holds(r, off, len))
		return false;
	if (os_reserve(r->fd, off, (off_t)len) == 0)
		return true;
	if (errno != ENOSPC && errno != EDQUOT)
		errno = may_have(r, off, (off_t)len) ? EIO : ENOSPC;
	return false;
}

/* Stores into the mapped stretch at `off`, again when it only lacked blocks. False with region_mend's errno. */
static bool store_view(struct region *r, struct region_view *view, struct store *s, off_t off)
{
	s->to = view->at;
	if (guard_call(store, s, view->base, view->len) == 0)
		return true;
	if (!region_mend(r, off, s->len))
		return false;
	if (guard_call(store, s, view->base, view->len) == 0)
		return true;
	errno = EIO;
	return false;
}

bool region_store(struct region *r, off_t *off, const char *from, int byte, uint64_t len)
{
	struct region_view view = {0};
	size_t window = map_window, page = os_page();
	bool ok = true;

	while (ok && len > 0) {
		struct store s = {.from = from, .byte = byte, .len = len < window ? (size_t)len : window};

		ok = region_holds(r, *off, s.len);
		if (ok && !region_map(r, &view, *off, s.len)) {
			ok = errno == ENOMEM && window > page;
			window = window / 2 / page * page;
			continue;
		}
		ok = ok && store_view(r, &view, &s, *off);
		if (ok) {
			*off += (off_t)s.len;
			len -= s.len;
			from += from ? s.len : 0;
		}
	}
	region_unmap(&view);
	return ok;
}

void region_close(struct region *r)
{
	int error = errno;

	if (r->made)
		leave_folder(r);
	os_close(r->fd);
	r->fd = -1;
	r->made = false;
	errno = error;
}

bool region_remove(const char *name)
{
	if (!region_is_object(name))
		return unlink(name) == 0;
	if (name[*name == '/'])
		return os_shm_unlink(name + (*name == '/')) == 0;
	errno = EINVAL;
	return false;
}
