/* The bytes of files: where they are, and moving them without bringing them here. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#endif

#ifdef __linux__
const int os_open_claim = O_EXCL;
#else
const int os_open_claim = 0;
#endif

int os_direct(int fd, bool on)
{
#ifdef O_DIRECT
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT);
#else
	(void)fd, (void)on;
	errno = ENOTSUP;
	return -1;
#endif
}

int os_next_data(int fd, off_t off, off_t *start, off_t *end)
{
#ifdef SEEK_DATA
	off_t data = lseek(fd, off, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? 0 : -1;
	*start = data;
	*end = lseek(fd, data, SEEK_HOLE);
	return *end > data ? 1 : -1;
#else
	(void)fd, (void)off, (void)start, (void)end;
	errno = ENOSYS;
	return -1;
#endif
}

ssize_t os_splice(int fd, off_t *off, int to, size_t len)
{
#ifdef SPLICE_F_MORE
	return splice(fd, off, to, NULL, len, 0);
#else
	(void)fd, (void)off, (void)to, (void)len;
	errno = ENOSYS;
	return -1;
#endif
}

#ifdef __linux__
/* Whether the system is of that version, or later. */
static bool is_since(unsigned major, unsigned minor)
{
	struct utsname name;
	unsigned version[2] = {0};
	const char *p = name.release;

	if (uname(&name) < 0)
		return false;
	for (int i = 0; i < 2; i++, p += *p == '.')
		for (; *p >= '0' && *p <= '9'; p++)
			version[i] = version[i] * 10 + (unsigned)(*p - '0');
	return version[0] > major || (version[0] == major && version[1] >= minor);
}
#endif

void os_populate(void *base, size_t len)
{
#ifdef __linux__
	enum { POPULATE_READ = 22 };    /* MADV_POPULATE_READ */
	static atomic_int known;        /* 0: not yet; 1: it is of use; 2: it is not */

	if (!known)
		known = is_since(6, 9) ? 1 : 2;
	if (known == 1)
		madvise(base, len, POPULATE_READ);
#else
	(void)base, (void)len;
#endif
}

bool os_is_remote(int fd)
{
#ifdef __linux__
	/* of linux/magic.h: FUSE, NFS, SMB 1 to 3, Ceph */
	static const uint32_t remote[] = {0x65735546, 0x6969, 0xFF534D42, 0xFE534D42, 0x00C36400};
	struct statfs fs;

	if (fstatfs(fd, &fs) == 0)
		for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
			if ((uint32_t)fs.f_type == remote[i])
				return true;
#endif
	(void)fd;
	return false;
}

ssize_t os_copy_range(int from, off_t *off, int to, off_t *to_off, size_t len)
{
#ifdef SYS_copy_file_range
	int64_t at = *off, to_at = to_off ? *to_off : 0;        /* loff_t */
	ssize_t n = (ssize_t)syscall(SYS_copy_file_range, from, &at, to, to_off ? &to_at : NULL, len, 0);

	*off = (off_t)at;
	if (to_off)
		*to_off = (off_t)to_at;
	return n;
#else
	(void)from, (void)off, (void)to, (void)to_off, (void)len;
	errno = ENOSYS;
	return -1;
#endif
}

void os_grow_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
	fcntl(fd, F_SETPIPE_SZ, 1 << 20);
#else
	(void)fd;
#endif
}

int os_clone(int to, int from)
{
#ifdef __linux__
	/* FICLONE of linux/fs.h, which a bare libc may not bring; _IOW gives each machine its own number. */
	return ioctl(to, _IOW(0x94, 9, int), from);
#else
	(void)to, (void)from;
	errno = EOPNOTSUPP;
	return -1;
#endif
}

int os_resident(void *base, size_t len, unsigned char *vec)
{
#ifdef __linux__
	return mincore(base, len, vec);
#else
	(void)base, (void)len, (void)vec;
	errno = ENOSYS;
	return -1;
#endif
}

int os_write_back(int fd, off_t off, off_t len)
{
#ifdef SYNC_FILE_RANGE_WRITE
	if (sync_file_range(fd, off, len,
	                    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0)
		return 0;
	if (errno == EIO || errno == ENOSPC || errno == EDQUOT)
		return -1;
#endif
	(void)off, (void)len;
	return fdatasync(fd);
}

int os_reserve(int fd, off_t off, off_t len)
{
#ifdef __linux__
	return fallocate(fd, 0, off, len);
#else
	int error = posix_fallocate(fd, off, len);

	errno = error;
	return error ? -1 : 0;
#endif
}
