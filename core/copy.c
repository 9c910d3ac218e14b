#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "os.h"
#include "scan.h"

/* Whether somebody may have the old file open for writing, mapped even, who has no such right to the source. */
static bool others_write(const struct stat *old, const struct stat *source)
{
	return (old->st_mode & (S_IWGRP | S_IWOTH)) ||
	       (old->st_uid != 0 && old->st_uid != geteuid() && old->st_uid != source->st_uid);
}

/* Opens an existing target without harming it. */
static enum copy_step open_old(struct copy *c)
{
	struct stat old;
	int access = c->how->verify ? O_RDWR : O_WRONLY, fd;

	if (c->through_dangling)
		access |= O_CREAT;
	do
		fd = openat(c->to_dir, c->to, access | O_CLOEXEC | O_NOCTTY, c->mode);
	while (fd < 0 && os_interrupted());
	if (fd < 0)
		return COPY_CREATE;
	if (fstat(fd, &old) == 0 && entry_same_file(&old, &c->st)) {
		close(fd);
		return COPY_SAME;
	}
	c->target.fd = fd;
	c->others_write = others_write(&old, &c->st);
	return COPY_DONE;
}

/* A file beside the target, when that is a regular file which could also be written in place. */
static enum copy_step open_beside(struct copy *c)
{
	unsigned how = (c->force ? SAVE_FORCE : 0) | (c->through_dangling ? SAVE_DANGLING : 0) |
	               (c->how->sync ? SAVE_DURABLE : 0) | (c->folder_later ? SAVE_LATER : 0);

	if (save_open(&c->target, c->to_dir, c->to, c->mode, how) < 0)
		return c->target.exists && !S_ISREG(c->target.old.st_mode) ? COPY_NOT_REGULAR : COPY_CREATE;
	c->fresh = !c->target.exists;
	return COPY_DONE;
}

static enum copy_step open_target(struct copy *c)
{
	enum copy_step step;

	if (c->old == COPY_BESIDE_OLD)
		return open_beside(c);
	if (c->old == COPY_OVER_OLD) {
		step = open_old(c);
		if (step != COPY_CREATE || (!c->force && errno != ENOENT))
			return step;
		if (unlinkat(c->to_dir, c->to, 0) < 0 && errno != ENOENT)
			return COPY_REMOVE;
		c->removed_old = true;
	}
	c->fresh = true;
	return save_create(&c->target, c->to_dir, c->to, c->mode) < 0 ? COPY_CREATE : COPY_DONE;
}

/* Whether the target is a file that only copy_finish gives its name, or that is ours to take away again. */
static bool is_made(const struct copy *c)
{
	return c->fresh || c->old == COPY_BESIDE_OLD;
}

/* Clones when that is allowed and possible. Returns 1, 0 to go on otherwise, -1. */
static int try_clone(struct copy *c, int from, int to)
{
	/* Where it did not work it is not tried again for each file of a tree. */
	static _Thread_local struct { dev_t from; bool known; } failed;

	if (c->how->clone == COPY_CLONE_NEVER || (c->how->clone == COPY_CLONE_AUTO &&
	    (map_io != MAP_IO_AUTO || c->how->holes != MOVE_HOLES_KEEP || c->st.st_size == 0)))
		return 0;
	if (c->how->clone == COPY_CLONE_AUTO && failed.known && failed.from == c->st.st_dev)
		return 0;
	if (os_clone(to, from) == 0)
		return 1;
	if (c->how->clone == COPY_CLONE_ALWAYS)
		return -1;
	failed.known = true;
	failed.from = c->st.st_dev;
	return 0;
}

/* Whether the source has not all of the range, for the caller to say. */
static bool is_missing(struct copy *c)
{
	bool missing = map_missing(&c->map, c->missing) != NULL;

	if (!missing)
		c->missing[0] = '\0';
	return missing;
}

static enum copy_step move_bytes(struct copy *c, int from, int to, mode_t kind, enum move_holes holes)
{
	struct map *m = &c->map;
	bool regular = S_ISREG(kind);
	enum move_result result;

	if (regular && S_ISREG(c->st.st_mode) && !c->how->range) {
		int cloned = try_clone(c, from, to);

		if (cloned < 0)
			return COPY_CLONE;
		c->cloned = cloned > 0;
		if (c->cloned) {
			strcpy(c->explain, "cloned");
			return COPY_DONE;
		}
	}
	m->no_cache = c->how->no_cache;
	if (!c->how->range && map_start(m, from, &map_whole, &c->st) < 0)
		return COPY_READ;
	if (regular || S_ISBLK(kind))
		result = move_file(m, to, regular ? holes : MOVE_HOLES_FILL, c->how->tick, c);
	else
		result = move_stream(m, to, c->how->tick, c);
	c->where = m->off;
	c->moved = m->off - m->start;
	c->shrank = m->shrank;
	c->grew = m->grew;
	if (result == MOVE_DONE && !c->shrank)
		is_missing(c);
	map_explain(m, c->explain);
	map_end(m);
	return result == MOVE_DONE ? COPY_DONE : result == MOVE_NO_SOURCE ? COPY_READ : COPY_WRITE;
}

/* Maps both and compares. What is durable is read back from the device. */
static enum copy_step verify(struct copy *c, int from, int to)
{
	struct map *m = &c->map, written = MAP_INIT;
	struct num_range there = map_whole;
	struct stat st;
	int differs;

	if (fstat(to, &st) < 0)
		return COPY_READ;
	c->unverified = (!S_ISREG(c->st.st_mode) && !S_ISBLK(c->st.st_mode)) ||
	                (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode));
	if (c->unverified)
		return COPY_DONE;
	if (S_ISBLK(st.st_mode))        /* goes on behind what was written */
		there.len = c->moved;

	if (c->how->sync)
		posix_fadvise(to, 0, 0, POSIX_FADV_DONTNEED);
	if (map_start(m, from, c->how->range ? c->how->range : &map_whole, NULL) < 0 ||
	    map_start(&written, to, &there, NULL) < 0)
		return COPY_READ;
	differs = scan_difference(m, &written, &c->where);
	map_end(m);
	map_end(&written);
	map_free(&written);
	return differs == 0 ? COPY_DONE : differs < 0 ? COPY_READ : COPY_DIFFERS;
}

/* Empties an open target. Some network and FUSE file systems refuse ftruncate, but do as O_TRUNC says. */
static int empty(int fd)
{
	int error, again;
	char path[40];

	if (ftruncate(fd, 0) == 0)
		return 0;
	error = errno;
	fmt_text(path, sizeof path, "/proc/self/fd/%d", fd);
	again = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
	if (again >= 0)
		return close(again);
	errno = error;
	return -1;
}

/* A file with holes has them wherever it can, as the GNU tools take it: zeros that it holds become holes, too. */
static enum move_holes holes_of(const struct copy *c)
{
	bool sparse = S_ISREG(c->st.st_mode) && c->st.st_blocks < c->st.st_size / 512;

	return c->how->holes == MOVE_HOLES_KEEP && sparse ? MOVE_HOLES_MAKE : c->how->holes;
}

/* Puts the bytes into the open target. */
static enum copy_step fill(struct copy *c)
{
	struct stat st = {.st_mode = S_IFREG};
	enum copy_step step;
	bool sealed;

	if (c->how->no_data)
		return COPY_DONE;
	if (!is_made(c) && fstat(c->target.fd, &st) < 0)
		return COPY_CREATE;
	/* tried before the old file is emptied, so that it costs no bytes when it cannot be done */
	if (!is_made(c) && c->how->clone == COPY_CLONE_ALWAYS && S_ISREG(st.st_mode) && S_ISREG(c->st.st_mode) &&
	    !c->how->range && os_clone(c->target.fd, c->source) < 0)
		return COPY_CLONE;
	/* an empty one, too, so that its time is that of the copy */
	sealed = !is_made(c) && S_ISREG(st.st_mode) && empty(c->target.fd) < 0 && st.st_size > 0;
	/* memory sealed against shrinking takes as many bytes as it has; nothing has changed so far */
	if (sealed && (errno != EPERM || st.st_size != c->st.st_size || c->how->range))
		return COPY_CREATE;
	step = move_bytes(c, c->source, c->target.fd, st.st_mode, sealed ? MOVE_HOLES_FILL : holes_of(c));
	if (step == COPY_DONE && c->old == COPY_BESIDE_OLD && (c->shrank || c->grew || *c->missing))
		step = COPY_CHANGED;
	return step;
}

/* Takes away what is left of a target that failed. What existed before and was overwritten is removed as well, where
 * its name leads straight to it: a broken file is worse than none. */
static void clean_up(struct copy *c)
{
	struct stat st, named;
	int error = errno, fd = c->target.fd;

	if (is_made(c)) {
		save_discard(&c->target);
		c->removed = c->old != COPY_BESIDE_OLD;
	} else if (c->how->no_data) {
		close(fd);              /* its bytes are what they were */
	} else {
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    fstatat(c->to_dir, c->to, &named, AT_SYMLINK_NOFOLLOW) == 0 && entry_same_file(&st, &named))
			c->removed = unlinkat(c->to_dir, c->to, 0) == 0;
		c->incomplete = !c->removed;
		close(fd);
	}
	errno = error;
}

/* Opens the source. A regular file makes nobody wait, but a fifo that somebody has put in its place would, for ever. */
static int open_source(const struct copy *c)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (c->how->no_follow ? O_NOFOLLOW : 0), fd;

	if (S_ISREG(c->st.st_mode))
		flags |= O_NONBLOCK;
	do {
		fd = openat(c->from_dir, c->from, flags);
		if (fd >= 0 || errno != EWOULDBLOCK)
			continue;
		poll(NULL, 0, 10);      /* somebody's lease: the system ends it soon */
		errno = EINTR;
	} while (fd < 0 && os_interrupted());
	/* of the kernel's files, which have no size, some are waited for */
	if (fd >= 0 && (flags & O_NONBLOCK) && c->st.st_size == 0)
		fcntl(fd, F_SETFL, 0);
	return fd;
}

enum copy_step copy_open(struct copy *c)
{
	struct stat source;

	c->source = open_source(c);
	if (c->source < 0)
		return COPY_OPEN;
	if (fstat(c->source, &source) < 0 || !entry_same_file(&source, &c->st)) {
		close(c->source);
		return COPY_REPLACED;
	}
	c->st = source;
	c->map.no_cache = c->how->no_cache;
	if (c->how->range && (map_start(&c->map, c->source, c->how->range, &source) < 0 || c->map.short_at >= 0)) {
		int error = errno;
		bool told = is_missing(c);

		map_end(&c->map);
		errno = error;
		os_close(c->source);
		return told ? COPY_RANGE : COPY_READ;
	}
	return COPY_DONE;
}

void copy_close(struct copy *c)
{
	map_free(&c->map);
	os_close(c->source);
}

void copy_give_up(struct copy *c)
{
	clean_up(c);
	copy_close(c);
}

enum copy_step copy_file(struct copy *c)
{
	enum copy_step step = open_target(c);

	if (step == COPY_DONE) {
		step = fill(c);
		if (step == COPY_DONE)
			return step;
		if (step == COPY_CREATE || (step == COPY_CLONE && !is_made(c)))
			os_close(c->target.fd); /* as it was */
		else
			clean_up(c);
	}
	copy_close(c);
	return step;
}

enum copy_step copy_finish(struct copy *c)
{
	enum copy_step step = COPY_DONE;
	int committed;

	/* without this a power cut after the rename would leave an empty file, on xfs and others */
	if ((c->how->sync || c->old == COPY_BESIDE_OLD) && save_sync(&c->target) < 0)
		step = COPY_WRITE;
	if (step == COPY_DONE && c->how->verify && !c->how->no_data && !c->shrank && !c->grew && !*c->missing)
		step = verify(c, c->source, c->target.fd);
	if (step != COPY_DONE)
		clean_up(c);
	else if (is_made(c)) {
		committed = save_commit(&c->target);
		c->unsure = committed > 0 ? errno : 0;
		step = committed < 0 ? COPY_WRITE : COPY_DONE;
		c->removed = step != COPY_DONE && c->old != COPY_BESIDE_OLD;
	} else if (close(c->target.fd) < 0 && errno != EINTR) {
		c->incomplete = true;
		step = COPY_WRITE;
	}
	copy_close(c);
	return step;
}
