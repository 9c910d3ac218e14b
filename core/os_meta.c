/* What a file has besides its bytes: extended attributes, and owner, mode, times and links by a descriptor without
 * rights. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <sys/xattr.h>
#endif

#include "fmt.h"

#if defined O_PATH && defined AT_EMPTY_PATH
/* Where /proc shows the file that a descriptor leads to, a symlink itself too. */
static const char *proc_path(int fd, char path[40])
{
	fmt_text(path, 40, "/proc/self/fd/%d", fd);
	return path;
}

/* Since Linux 6.6, later than many headers. New calls have the same distance from each other on every machine, though
 * not the same number: mips counts from 4000. Without a number the system knows no such call. */
#if defined SYS_fchmodat2
enum { FCHMODAT2 = SYS_fchmodat2 };
#elif defined SYS_openat2
enum { FCHMODAT2 = SYS_openat2 + 15 };
#else
enum { FCHMODAT2 = -1 };
#endif

/* The folder `fd` with the right to change it, where /proc is missing; what is no folder has no such way: ENOSYS. */
static int open_again(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (again < 0 && errno == ENOTDIR)
		errno = ENOSYS;
	return again;
}

static int close_again(int fd, int result)
{
	os_close(fd);
	return result;
}

int os_look_set_owner(int fd, uid_t owner, gid_t group)
{
	return fchownat(fd, "", owner, group, AT_EMPTY_PATH);
}

int os_look_set_mode(int fd, mode_t mode)
{
	char path[40];
	int again;

	if (chmod(proc_path(fd, path), mode) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	if (syscall(FCHMODAT2, fd, "", mode, AT_EMPTY_PATH) == 0)
		return 0;
	again = open_again(fd);
	return again < 0 ? -1 : close_again(again, fchmod(again, mode));
}

int os_look_set_times(int fd, const struct timespec times[2])
{
	char path[40];
	int again;

	if (utimensat(fd, "", times, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOENT && errno != ENOSYS)      /* Linux before 5.8 */
		return -1;
	if (utimensat(AT_FDCWD, proc_path(fd, path), times, 0) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	again = open_again(fd);
	return again < 0 ? -1 : close_again(again, futimens(again, times));
}

int os_look_link(int fd, int dir, const char *name)
{
	char path[40];

	if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EINVAL)
		return -1;
	return linkat(AT_FDCWD, proc_path(fd, path), dir, name, AT_SYMLINK_FOLLOW);
}
#else
int os_look_set_owner(int fd, uid_t owner, gid_t group)
{
	return fchown(fd, owner, group);
}

int os_look_set_mode(int fd, mode_t mode)
{
	return fchmod(fd, mode);
}

int os_look_set_times(int fd, const struct timespec times[2])
{
	return futimens(fd, times);
}

int os_look_link(int fd, int dir, const char *name)
{
	(void)fd, (void)dir, (void)name;
	errno = ENOSYS;
	return -1;
}
#endif

int os_rename_new(int dir, const char *from, const char *to)
{
#ifdef SYS_renameat2
	enum { NO_REPLACE = 1 };        /* RENAME_NOREPLACE */

	if (syscall(SYS_renameat2, dir, from, dir, to, NO_REPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	if (linkat(dir, from, dir, to, 0) == 0)
		return unlinkat(dir, from, 0);
	return errno == EEXIST ? -1 : renameat(dir, from, dir, to);
}

#ifdef __linux__
/* The xattr calls know no descriptors that look; /proc gives each a path. */
ssize_t os_xattr_list(int fd, bool look, char *list, size_t size)
{
	char path[40];

	return look ? listxattr(proc_path(fd, path), list, size) : flistxattr(fd, list, size);
}

ssize_t os_xattr_get(int fd, bool look, const char *attr, void *value, size_t size)
{
	char path[40];

	return look ? getxattr(proc_path(fd, path), attr, value, size) : fgetxattr(fd, attr, value, size);
}

int os_xattr_set(int fd, bool look, const char *attr, const void *value, size_t size)
{
	char path[40];

	return look ? setxattr(proc_path(fd, path), attr, value, size, 0) : fsetxattr(fd, attr, value, size, 0);
}

int os_xattr_remove(int fd, bool look, const char *attr)
{
	char path[40];

	return look ? removexattr(proc_path(fd, path), attr) : fremovexattr(fd, attr);
}
#else
ssize_t os_xattr_list(int fd, bool look, char *list, size_t size)
{
	(void)fd, (void)look, (void)list, (void)size;
	errno = ENOTSUP;
	return -1;
}

ssize_t os_xattr_get(int fd, bool look, const char *attr, void *value, size_t size)
{
	(void)fd, (void)look, (void)attr, (void)value, (void)size;
	errno = ENOTSUP;
	return -1;
}

int os_xattr_set(int fd, bool look, const char *attr, const void *value, size_t size)
{
	(void)fd, (void)look, (void)attr, (void)value, (void)size;
	errno = ENOTSUP;
	return -1;
}

int os_xattr_remove(int fd, bool look, const char *attr)
{
	(void)fd, (void)look, (void)attr;
	errno = ENOTSUP;
	return -1;
}
#endif

bool os_may_write(int dir, const char *name)
{
#ifdef __linux__
#ifdef SYS_faccessat2
	int result = (int)syscall(SYS_faccessat2, dir, name, W_OK, AT_EACCESS);

	if (result == 0 || errno != ENOSYS)
		return result == 0;
#endif
	/* the real IDs are the effective ones, since set-ID rights were given up */
	return syscall(SYS_faccessat, dir, name, W_OK) == 0;
#else
	return faccessat(dir, name, W_OK, AT_EACCESS) == 0;
#endif
}
