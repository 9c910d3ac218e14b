/* Extended attributes, where there are any. */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>

#ifdef __linux__
#include <sys/xattr.h>
#endif

#include "fmt.h"

#ifdef __linux__
/* The xattr calls know no folder descriptors; /proc gives every descriptor a path. */
static const char *path_of(int dir, const char *name, char *path, size_t size)
{
	int len = dir == AT_FDCWD ? fmt_text(path, size, "%s", name)
	                          : fmt_text(path, size, "/proc/self/fd/%d%s%s", dir, *name ? "/" : "", name);

	if ((size_t)len < size)
		return path;
	errno = ENAMETOOLONG;
	return NULL;
}

enum { PATH_ROOM = 4096 };

ssize_t os_xattr_list(int dir, const char *name, char *list, size_t size)
{
	char path[PATH_ROOM];

	if (!name)
		return flistxattr(dir, list, size);
	if (!path_of(dir, name, path, sizeof path))
		return -1;
	return *name ? llistxattr(path, list, size) : listxattr(path, list, size);
}

ssize_t os_xattr_get(int dir, const char *name, const char *attr, void *value, size_t size)
{
	char path[PATH_ROOM];

	if (!name)
		return fgetxattr(dir, attr, value, size);
	if (!path_of(dir, name, path, sizeof path))
		return -1;
	return *name ? lgetxattr(path, attr, value, size) : getxattr(path, attr, value, size);
}

int os_xattr_set(int dir, const char *name, const char *attr, const void *value, size_t size)
{
	char path[PATH_ROOM];

	if (!name)
		return fsetxattr(dir, attr, value, size, 0);
	return path_of(dir, name, path, sizeof path) ? lsetxattr(path, attr, value, size, 0) : -1;
}

int os_xattr_remove(int dir, const char *name, const char *attr)
{
	char path[PATH_ROOM];

	if (!name)
		return fremovexattr(dir, attr);
	return path_of(dir, name, path, sizeof path) ? lremovexattr(path, attr) : -1;
}
#else
ssize_t os_xattr_list(int dir, const char *name, char *list, size_t size)
{
	(void)dir, (void)name, (void)list, (void)size;
	errno = ENOTSUP;
	return -1;
}

ssize_t os_xattr_get(int dir, const char *name, const char *attr, void *value, size_t size)
{
	(void)dir, (void)name, (void)attr, (void)value, (void)size;
	errno = ENOTSUP;
	return -1;
}

int os_xattr_set(int dir, const char *name, const char *attr, const void *value, size_t size)
{
	(void)dir, (void)name, (void)attr, (void)value, (void)size;
	errno = ENOTSUP;
	return -1;
}

int os_xattr_remove(int dir, const char *name, const char *attr)
{
	(void)dir, (void)name, (void)attr;
	errno = ENOTSUP;
	return -1;
}
#endif
