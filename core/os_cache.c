/* The page cache: what is in it, where that lies on its device, holding it, changes in folders, and claims to files. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

/* Of the calls that have one number everywhere, counted from the first of these: the headers may be older. */
#if defined SYS_pidfd_send_signal
#define SYS_cachestat_451 (SYS_pidfd_send_signal + 451 - 424)
#endif
#endif

int os_cached(int fd, uint64_t off, uint64_t len, struct os_cached *c)
{
#ifdef SYS_cachestat_451
	uint64_t range[2] = {off, len};

	return (int)syscall(SYS_cachestat_451, fd, range, c, 0);
#else
	(void)fd, (void)off, (void)len, (void)c;
	errno = ENOSYS;
	return -1;
#endif
}

int64_t os_free_memory(void)
{
#ifdef __linux__
	struct sysinfo info;

	if (sysinfo(&info) == 0)
		return (int64_t)info.freeram * info.mem_unit;
#endif
	return INT64_MAX;
}

int os_where(int fd, uint64_t off, uint64_t *where)
{
#ifdef __linux__
	struct {        /* struct fiemap of linux/fiemap.h with one struct fiemap_extent */
		uint64_t start, length;
		uint32_t flags, n_mapped, room, reserved;
		struct {
			uint64_t logical, physical, length, reserved[2];
			uint32_t flags, more[3];
		} extent;
	} map = {.start = off, .length = 1, .room = 1};

	/* FS_IOC_FIEMAP, whose size is that of the head; musl's ioctl takes an int, glibc's an unsigned long */
	if (syscall(SYS_ioctl, fd, _IOC(_IOC_READ | _IOC_WRITE, 'f', 11, 32), &map) < 0)
		return -1;
	*where = map.n_mapped ? map.extent.physical + (off - map.extent.logical) : 0;
	return 0;
#else
	(void)fd, (void)off, (void)where;
	errno = ENOTSUP;
	return -1;
#endif
}

int os_hold(const void *base, size_t len, bool on_fault)
{
#ifdef SYS_mlock2
	if (on_fault)
		return (int)syscall(SYS_mlock2, base, len, 1);  /* MLOCK_ONFAULT */
#endif
	if (!on_fault)
		return mlock(base, len);
	errno = ENOSYS;
	return -1;
}

int os_changes(void)
{
#ifdef __linux__
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
#else
	errno = ENOSYS;
	return -1;
#endif
}

int os_changes_in(int fd, const char *folder)
{
#ifdef __linux__
	return inotify_add_watch(fd, folder, IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE);
#else
	(void)fd, (void)folder;
	errno = ENOSYS;
	return -1;
#endif
}

int os_claim(int fd)
{
#ifdef F_OFD_SETLK
	if (fcntl(fd, F_OFD_SETLK, &(struct flock){.l_type = F_WRLCK}) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
#endif
	return os_lock(fd, false, false);
}

bool os_is_claimed(int fd)
{
#ifdef F_OFD_GETLK
	struct flock lock = {.l_type = F_RDLCK};

	if (fcntl(fd, F_OFD_GETLK, &lock) == 0)
		return lock.l_type != F_UNLCK;
#endif
	return os_lock(fd, true, false) < 0 && errno == EWOULDBLOCK;
}
