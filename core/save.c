#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "meta.h"
#include "os.h"

enum { MAKE = 1 << 8,      /* in how: the old file is to be made, empty, where a symlink leads */
       TRIES = 20 };

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Gives back what an ended save holds. */
static void forget(struct save *s)
{
	int error = errno;

	watch_end(&s->watch);
	if (s->fd >= 0)
		close(s->fd);
	if (s->owns_there && s->there >= 0)
		close(s->there);
	if (s->owns_dir)
		close(s->dir);
	free(s->name);
	free(s->temporary);
	s->fd = s->there = -1;
	s->name = s->temporary = NULL;
	errno = error;
}

/* ---- finding the folder and the name ---- */

/* Splits path into its folder, opened in place of s->dir, and a last name. */
static int enter_folder(struct save *s, const char *path)
{
	const char *base = entry_base(path);
	char *name = strdup(base);
	int dir;

	if (!name)
		return -1;
	if (base != path) {
		dir = entry_open_folder(&(struct entry){.dir = s->dir, .name = path});
		if (dir < 0) {
			free(name);
			return -1;
		}
		if (s->owns_dir)
			close(s->dir);
		s->dir = dir;
		s->owns_dir = true;
	}
	free(s->name);
	s->name = name;
	return 0;
}

/* Whether s->name in s->dir is the old file itself; without one, whether it is free. -1 with errno, EAGAIN: it is a
 * symlink. */
static int look(const struct save *s)
{
	struct stat st;

	if (fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT ? -1 : s->there < 0 ? 0 : fail(ESTALE);
	if (S_ISLNK(st.st_mode))
		return fail(EAGAIN);
	if (s->there < 0)
		return fail(EEXIST);
	return entry_same_file(&st, &s->old) ? 0 : fail(ESTALE);
}

/* Follows symlinks to the old file. This is a search only: the kernel has said what the path leads to, and nothing
 * but that counts as found. */
static int find(struct save *s, const char *path)
{
	char link[4096];
	ssize_t len;

	for (int hops = 0; hops < 40; hops++) {
		if (enter_folder(s, path) < 0)
			return -1;
		if (look(s) == 0)
			return 0;
		if (errno != EAGAIN)
			return -1;
		if (s->there < 0)
			break;          /* it leads nowhere */
		len = readlinkat(s->dir, s->name, link, sizeof link - 1);
		if (len < 0)
			return errno == EINVAL || errno == ENOENT ? fail(ESTALE) : -1;
		link[len] = '\0';
		path = link;
	}
	return fail(ELOOP);
}

/* Has the kernel find the old file. 1: it is no regular one. */
static int open_old(struct save *s, const char *path)
{
	s->owns_there = true;
	s->there = openat(s->dir, path, os_open_look);
	if (s->there < 0 && errno == ENOENT && (s->how & MAKE)) {
		s->there = openat(s->dir, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, s->mode);
		s->made_there = s->there >= 0;
	}
	if (s->there < 0)
		return errno == ENOENT ? 0 : -1;
	if (fstat(s->there, &s->old) < 0)
		return -1;
	s->exists = !s->made_there;
	return S_ISREG(s->old.st_mode) ? 0 : 1;
}

/* Opens what is no regular file, if it still is what was looked at. */
static int open_straight(struct save *s, const char *path)
{
	struct stat st;

	if (!(s->how & SAVE_STRAIGHT))
		return fail(S_ISDIR(s->old.st_mode) ? EISDIR : ENOTSUP);
	s->fd = openat(s->dir, path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return -1;
	return entry_same_file(&st, &s->old) ? 0 : fail(ESTALE);
}

/* ---- creating ---- */

char *save_temporary(const char *name)
{
	static atomic_uint turn;
	const char *base = entry_base(name);
	struct timespec now;
	unsigned long random;

	clock_gettime(CLOCK_REALTIME, &now);
	random = (unsigned long)now.tv_nsec ^ (unsigned long)getpid() << 12 ^
	         (unsigned long)atomic_fetch_add(&turn, 1) * 2654435761UL;
	/* a name too long to be made longer is left out */
	return fmt_new("%.*s.%s%smmtmp-%06lx", (int)(base - name), name, strlen(base) < 240 ? base : "",
	               strlen(base) < 240 && *base ? "." : "", random & 0xFFFFFF);
}

static int create(struct save *s, const char *name, mode_t mode)
{
	watch_begin(&s->watch, s->dir, name);
	do
		s->fd = openat(s->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	while (s->fd < 0 && errno == EINTR);
	watch_made(&s->watch, s->fd >= 0);
	return s->fd < 0 ? -1 : 0;
}

int save_create(struct save *s, int dir, const char *name, mode_t mode)
{
	*s = (struct save){.fd = -1, .dir = dir, .there = -1, .watch = WATCH_INIT};
	if (!*entry_base(name))         /* a folder's name: the kernel says what is wrong with it */
		s->fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	else if (enter_folder(s, name) == 0 && create(s, s->name, mode) == 0)
		return 0;
	forget(s);
	return -1;
}

static int open_temporary(struct save *s)
{
	for (int tries = 0; tries < TRIES; tries++) {
		int error;

		s->temporary = save_temporary(s->name);
		if (!s->temporary)
			return -1;
		if (create(s, s->temporary, s->exists ? 0600 : s->mode) == 0)
			return 0;
		error = errno;
		free(s->temporary);
		s->temporary = NULL;
		errno = error;
		if (error != EEXIST)
			return -1;
	}
	return fail(ENOSPC);
}

/* Opens the temporary beside the old file, which the path must lead to. */
static int open_beside(struct save *s, const char *path)
{
	s->replaces = true;
	s->owner = s->old.st_uid;
	s->group = s->old.st_gid;
	if (find(s, path) < 0)
		return -1;
	if (s->exists && !(s->how & SAVE_FORCE) && !os_may_write(s->dir, s->name))
		return -1;
	return open_temporary(s);
}

static void start(struct save *s, int dir, mode_t mode, unsigned how)
{
	*s = (struct save){.fd = -1, .dir = dir, .there = -1, .how = how, .mode = mode, .keep_mode = true,
	                   .watch = WATCH_INIT};
}

int save_open(struct save *s, int dir, const char *name, mode_t mode, unsigned how)
{
	int tries = 0, result;

	do {
		start(s, dir, mode, how);
		result = open_old(s, name);
		if (result >= 0)
			result = result ? open_straight(s, name) : open_beside(s, name);
		if (result == 0)
			return 0;
		/* others may replace it at the same time as we do */
		if (errno != ESTALE && errno != EEXIST) {
			if (errno != ELOOP || s->there >= 0 || !(how & SAVE_DANGLING))
				tries = TRIES;
			how |= MAKE;
		}
		save_discard(s);
	} while (++tries < TRIES);
	return -1;
}

int save_open_over(struct save *s, int old, int dir, const char *name)
{
	start(s, dir, 0600, 0);
	s->exists = true;
	s->there = old;
	if (fstat(old, &s->old) == 0 && open_beside(s, name) == 0)
		return 0;
	forget(s);
	return -1;
}

/* ---- completing ---- */

static int set_owner(struct save *s, const struct stat *now)
{
	if ((now->st_uid == s->owner && now->st_gid == s->group) || fchown(s->fd, s->owner, s->group) == 0)
		return 0;
	s->lost |= SAVE_OWNER;
	return -1;
}

/* The old file open for reading, where it may be read; else it has to be looked at through /proc. */
static struct meta_file old_file(const struct save *s)
{
	struct meta_file old = {.fd = s->there, .look = s->there};
	struct stat st;

	if (!s->owns_there)
		return old;
	old.fd = openat(s->dir, s->name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (old.fd >= 0 && (fstat(old.fd, &st) < 0 || !entry_same_file(&st, &s->old))) {
		close(old.fd);
		old.fd = -1;
	}
	return old;
}

/* Access list and mode of the old file; those of a new file at most where its owner is not to be had. */
static int set_mode(struct save *s, const struct meta_file *old, const struct meta_file *new)
{
	mode_t mode = s->old.st_mode & 01777;
	struct stat now;
	int result = 0;

	if (s->lost & SAVE_OWNER)
		mode &= S_IRWXU | (meta_has_acl(new) ? 0 : s->mode & ~meta_umask());
	else {
		/* without its list the group's bits say something else */
		if (meta_copy_acls(old, new, false) < 0)
			result = -1;
		if (result < 0 || (old->fd < 0 && s->lost))
			mode &= S_IRWXU;
	}
	if (fstat(s->fd, &now) < 0 || ((now.st_mode & 07777) != mode && fchmod(s->fd, mode) < 0))
		result = -1;
	return result;
}

int save_settle(struct save *s)
{
	struct meta_file new = {.fd = s->fd}, old;
	struct stat now;
	int error = 0;

	s->settled = true;
	if (!s->exists || !s->replaces)
		return 0;
	if (fstat(s->fd, &now) < 0) {
		s->lost = SAVE_OWNER | SAVE_ATTRIBUTES | SAVE_MODE;
		return -1;
	}
	if (set_owner(s, &now) < 0)
		error = errno;
	old = old_file(s);
	if (meta_copy_xattrs(&old, &new, META_XATTRS | META_CONTEXT | META_NO_RIGHTS) < 0) {
		s->lost |= SAVE_ATTRIBUTES;
		error = error ? error : errno;
	}
	if (s->keep_mode && set_mode(s, &old, &new) < 0) {
		s->lost |= SAVE_MODE;
		error = error ? error : errno;
	}
	if (s->owns_there && old.fd >= 0)
		close(old.fd);
	return error ? fail(error) : 0;
}

int save_sync(struct save *s)
{
	s->synced = true;
	return fsync(s->fd) < 0 && errno != EINVAL ? -1 : 0;
}

/* Makes what a folder holds durable. */
static int sync_folder(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result, error;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	error = errno;
	close(fd);
	errno = error;
	return result;
}

/* Renames it over the old file, if that still has the name; over none, if that still is free. */
static int take_place(struct save *s)
{
	if (look(s) < 0)
		return errno == EAGAIN ? fail(ESTALE) : -1;
	if (s->there < 0)
		return os_rename_new(s->dir, s->temporary, s->name);
	return renameat(s->dir, s->temporary, s->dir, s->name);
}

int save_commit(struct save *s)
{
	int fd = s->fd, result = 0;

	if (s->replaces && !s->settled)
		save_settle(s);
	if (s->replaces && !s->synced && save_sync(s) < 0) {
		save_discard(s);
		return -1;
	}
	s->fd = -1;
	if ((close(fd) < 0 && errno != EINTR) || (s->replaces && take_place(s) < 0)) {
		save_discard(s);
		return -1;
	}
	/* a folder that may not be read, or knows no fsync, is as good as it can be */
	if (s->replaces && (s->owns_dir || !(s->how & SAVE_LATER)) && sync_folder(s->dir) < 0)
		result = (s->how & SAVE_DURABLE) || errno == EIO || errno == ENOSPC;
	forget(s);
	return result;
}

void save_discard(struct save *s)
{
	int error = errno;

	if (s->temporary || (!s->replaces && s->name))
		unlinkat(s->dir, s->temporary ? s->temporary : s->name, 0);
	if (s->made_there && s->name && s->old.st_size == 0 && look(s) == 0)
		unlinkat(s->dir, s->name, 0);
	errno = error;
	forget(s);
}

int save_link(int dir, const char *name, int (*make)(void *arg, const char *temporary), void *arg)
{
	char *temporary = save_temporary(name);
	struct watch watch = WATCH_INIT;
	int result, error;

	if (!temporary)
		return -1;
	watch_begin(&watch, dir, temporary);
	result = make(arg, temporary);
	watch_made(&watch, result == 0);
	if (result == 0) {
		result = renameat(dir, temporary, dir, name);
		error = errno;
		unlinkat(dir, temporary, 0);    /* when both were links to one file, rename has left it */
		errno = error;
	}
	watch_end(&watch);
	free(temporary);
	return result;
}

int save_sync_folder(int dir, const char *name)
{
	int folder = entry_open_folder(&(struct entry){.dir = dir, .name = name}), result, error;

	if (folder < 0)
		return -1;
	result = sync_folder(folder);
	error = errno;
	close(folder);
	errno = error;
	return result;
}
