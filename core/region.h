/*
 * region: memory that processes share, found by name: a POSIX shared memory object, a regular file, or the path of a
 * descriptor that one has inherited. A name without a slash, or with just one at its start, is an object; any other
 * is a path. What is mapped here may shrink under us: touch it inside guard_call. Failures are said by msg_warn.
 */
#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct region {
	const char *name;       /* the caller's */
	int fd;                 /* -1 when not open */
	bool write;
	off_t size;             /* when last looked at */
};

#define REGION_INIT {.fd = -1}

/* Every name is a path: for applets whose operands are files. */
extern bool region_paths_only;

/* A stretch of it, mapped. */
struct region_view {
	char *at;               /* its first byte; NULL when nothing is mapped */
	char *base;             /* the pages it lies in, for guard_call */
	size_t len;
};

/* Opens whatever the name leads to, of any kind, without waiting; -1 with errno. */
int region_open_fd(const char *name, int flags, mode_t mode);

/* Opens what exists. */
bool region_open(struct region *r, const char *name, bool write);

/* Opens it for writing, made first when it is not there; *made tells which. What several processes make at a time is
 * whole for all but its bytes: whoever finds size 0 under region_lock has them to write. `mode` < 0: that of any new
 * file. */
bool region_make(struct region *r, const char *name, int mode, bool exclusive, bool *made);

/* A region without a name, for those who inherit its descriptor. */
bool region_make_unnamed(struct region *r, const char *label);

/* Blocks for [off, off + len), with zeros behind the present end. What cannot be had changes nothing. */
bool region_reserve(struct region *r, off_t off, off_t len);

/* A record lock (fcntl) on the byte at `off`, shared when the region is open for reading alone, freed by the kernel
 * with the process. False with EINTR, or EAGAIN when
 * it is held by another and `wait` is not set; nothing is said. */
bool region_lock(const struct region *r, off_t off, bool wait);
void region_unlock(const struct region *r, off_t off);

/* Looks at the size again. False after a message when [off, off + len) does not lie within. */
bool region_holds(struct region *r, off_t off, size_t len);

/* Maps [off, off + len) in place of what the view showed before. False with errno; nothing is said. */
bool region_map(const struct region *r, struct region_view *view, off_t off, size_t len);
void region_unmap(struct region_view *view);

/* Stores `len` bytes at `off`, a window at a time: those of `from`, or (NULL) all the same `byte`. */
bool region_store(struct region *r, off_t off, const char *from, int byte, uint64_t len);

/* Moves the bytes of the open file `from`, called `name`, to the start of the region. */
bool region_fill_from(struct region *r, int from, const char *name);

void region_close(struct region *r);

/* Takes the name away. Those who have it open keep the bytes. */
bool region_remove(const char *name);

/* Whether the name means an object and not a path. */
bool region_is_object(const char *name);

/* The path of a name, for those who rename or list: objects are files in os_shm_folder. Lives until the next call. NULL
 * when there is none. */
const char *region_path(const char *name);

#endif
