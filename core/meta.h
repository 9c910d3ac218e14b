/*
 * meta: what a file has besides its bytes: owner, mode, extended attributes, access control lists, times. Kept in
 * this order, since changing the owner clears set-user-ID bits, and each later step may need rights that the mode
 * takes away. Returns 0, or -1 with errno; prints nothing.
 */
#ifndef META_H
#define META_H

#include <stdbool.h>
#include <sys/stat.h>

/* A file: the open descriptor `fd`, or when that is -1 `look`, which was opened to be looked at. There is none without:
 * a name can come to mean another file. */
struct meta_file {
	int fd, look;
};

/* What it is. */
int meta_stat(const struct meta_file *f, struct stat *st);

int meta_set_owner(const struct meta_file *to, uid_t owner, gid_t group);

/* The twelve permission bits, by descriptor alone: fchmodat would follow a symlink. */
int meta_set_mode(const struct meta_file *to, mode_t mode);

/* Access and modification time of `st`, to the nanosecond. */
int meta_set_times(const struct meta_file *to, const struct stat *st);

/* Extended attributes without ACLs: the SELinux context, all others, or both; without those that hold for the bytes
 * they were given to alone (file capabilities, signatures). The first failure is returned after all were tried.
 * ENOTSUP only when there was one to copy. */
enum { META_XATTRS = 1, META_CONTEXT = 2, META_NO_RIGHTS = 4 };
int meta_copy_xattrs(const struct meta_file *from, const struct meta_file *to, unsigned which);

/* Whether it has file capabilities. */
bool meta_has_rights(const struct meta_file *f);

/* The access list, and for folders the default list; what `to` inherited and `from` has not is taken away. A default
 * list, which gives no rights yet, is not missed on a file system that knows none. */
int meta_copy_acls(const struct meta_file *from, const struct meta_file *to, bool folder);

/* Takes an access list away; the mode is what its mask let through, so it is to be set next. */
int meta_drop_acl(const struct meta_file *to);

/* Whether it has an access list. */
bool meta_has_acl(const struct meta_file *f);

/* The umask of the process, as it was when first asked for: that must be before there are threads. */
mode_t meta_umask(void);

#endif
