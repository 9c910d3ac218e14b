#include "meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

static const char access_acl[] = "system.posix_acl_access", default_acl[] = "system.posix_acl_default";

static bool is_look(const struct meta_file *f)
{
	return f->fd < 0;
}

static int fd_of(const struct meta_file *f)
{
	return is_look(f) ? f->look : f->fd;
}

int meta_stat(const struct meta_file *f, struct stat *st)
{
	return fstat(fd_of(f), st);
}

int meta_set_owner(const struct meta_file *to, uid_t owner, gid_t group)
{
	return is_look(to) ? os_look_set_owner(to->look, owner, group) : fchown(to->fd, owner, group);
}

int meta_set_mode(const struct meta_file *to, mode_t mode)
{
	mode &= S_ISUID | S_ISGID | 01000 | S_IRWXU | S_IRWXG | S_IRWXO;
	return is_look(to) ? os_look_set_mode(to->look, mode) : fchmod(to->fd, mode);
}

int meta_set_times(const struct meta_file *to, const struct stat *st)
{
	struct timespec times[2] = {st->st_atim, st->st_mtim};

	return is_look(to) ? os_look_set_times(to->look, times) : futimens(to->fd, times);
}

/* An attribute's value, to be freed; its size in *size. NULL with errno. */
static void *value_of(const struct meta_file *from, const char *attr, ssize_t *size)
{
	void *value = NULL;

	*size = os_xattr_get(fd_of(from), is_look(from), attr, NULL, 0);
	if (*size >= 0)
		value = malloc((size_t)*size + 1);
	if (value) {
		*size = os_xattr_get(fd_of(from), is_look(from), attr, value, (size_t)*size);
		if (*size < 0) {
			free(value);
			value = NULL;
		}
	}
	return value;
}

static int copy_one(const struct meta_file *from, const struct meta_file *to, const char *attr)
{
	ssize_t size;
	void *value = value_of(from, attr, &size);
	int result;

	if (!value)
		return -1;
	result = os_xattr_set(fd_of(to), is_look(to), attr, value, (size_t)size);
	free(value);
	return result;
}

/* What gives rights to the bytes it was put on, or vouches for them. */
static bool is_for_bytes(const char *attr)
{
	return strcmp(attr, "security.capability") == 0 || strcmp(attr, "security.ima") == 0 ||
	       strcmp(attr, "security.evm") == 0;
}

bool meta_has_rights(const struct meta_file *f)
{
	return os_xattr_get(fd_of(f), is_look(f), "security.capability", NULL, 0) >= 0;
}

int meta_copy_xattrs(const struct meta_file *from, const struct meta_file *to, unsigned which)
{
	ssize_t len = os_xattr_list(fd_of(from), is_look(from), NULL, 0);
	char *list;
	int first_error = 0;

	if (len <= 0)
		return len < 0 && errno != ENOTSUP && errno != ENOSYS ? -1 : 0;
	list = malloc((size_t)len);
	if (!list)
		return -1;
	len = os_xattr_list(fd_of(from), is_look(from), list, (size_t)len);
	if (len < 0)
		first_error = errno;
	for (const char *attr = list; attr < list + len; attr += strlen(attr) + 1) {
		if (strcmp(attr, access_acl) == 0 || strcmp(attr, default_acl) == 0)
			continue;
		if ((which & META_NO_RIGHTS) && is_for_bytes(attr))
			continue;
		if (!(which & (strcmp(attr, "security.selinux") == 0 ? META_CONTEXT : META_XATTRS)))
			continue;
		if (copy_one(from, to, attr) < 0 && !first_error)
			first_error = errno;
	}
	free(list);
	errno = first_error;
	return first_error ? -1 : 0;
}

/* Nobody misses a list that neither side has, nor one on a file system without any. */
static bool no_list(int error)
{
	return error == ENODATA || error == ENOTSUP || error == ENOSYS || error == EINVAL || error == ENOENT;
}

static int drop_acl(const struct meta_file *to, const char *attr)
{
	return os_xattr_remove(fd_of(to), is_look(to), attr) < 0 && !no_list(errno) ? -1 : 0;
}

static int copy_acl(const struct meta_file *from, const struct meta_file *to, const char *attr)
{
	if (copy_one(from, to, attr) == 0)
		return 0;
	if (!no_list(errno))
		return -1;
	if (errno != ENODATA && os_xattr_get(fd_of(from), is_look(from), attr, NULL, 0) >= 0) {
		errno = ENOTSUP;        /* there is a list, and it found no place */
		return -1;
	}
	return drop_acl(to, attr);
}

int meta_copy_acls(const struct meta_file *from, const struct meta_file *to, bool folder)
{
	if (copy_acl(from, to, access_acl) < 0)
		return -1;
	return folder && copy_acl(from, to, default_acl) < 0 && errno != ENOTSUP ? -1 : 0;
}

int meta_drop_acl(const struct meta_file *to)
{
	return drop_acl(to, access_acl);
}

bool meta_has_acl(const struct meta_file *f)
{
	return os_xattr_get(fd_of(f), is_look(f), access_acl, NULL, 0) >= 0;
}

mode_t meta_umask(void)
{
	static bool known;
	static mode_t mask;

	if (!known) {
		mask = umask(0);
		umask(mask);
		known = true;
	}
	return mask;
}
