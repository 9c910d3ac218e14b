/*
 * region: memory that processes share, found by name: a POSIX shared memory object, a regular file, or the path of a
 * descriptor that one has inherited. A name without a slash, or with just one at its start, is an object; any other
 * is a path. What is mapped here may shrink under us: touch it inside guard_call. Nothing here prints: what fails
 * returns false (or -1) with errno, for region_reason.
 */
#ifndef REGION_H
#define REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "watch.h"

struct region {
	const char *name;       /* the caller's */
	int fd;                 /* -1 when not open */
	bool write;
	off_t size;             /* when last looked at */

	/* Of one that region_make has made, until region_close: */
	bool made;
	int dir;                /* the folder of its name, or AT_FDCWD */
	const char *base;       /* its name there; NULL for an object where those have no paths */
	struct watch watch;
};

#define REGION_INIT {.fd = -1, .watch = WATCH_INIT}

/* How a region is opened: these are added. */
enum {
	REGION_READ = 0,
	REGION_WRITE = 1,       /* for reading as well */
	REGION_PATH = 2,        /* the name is a path, though it may look like an object's */
	REGION_NEW = 4,         /* region_make: EEXIST when it is there already */
	REGION_WATCH = 8,       /* region_make: a signal that ends the program takes what was made away, until region_close or
	                         * watch_end; and it is locked, as by region_lock at 0, unless another process came first */
};

/* A stretch of it, mapped. */
struct region_view {
	char *at;               /* its first byte; NULL when nothing is mapped */
	char *base;             /* the pages it lies in, for guard_call */
	size_t len;
};

/* Opens whatever the name leads to, of any kind, without waiting; -1 with errno. */
int region_open_fd(const char *name, int how, int flags, mode_t mode);

/* Opens what exists. EISDIR for a folder, ENODEV for anything else that is neither a file nor an object. */
bool region_open(struct region *r, const char *name, int how);

/* Opens it for writing, made first when it is not there; r->made tells. What several processes make at a time is
 * whole for all but its bytes: whoever finds size 0 under region_lock has them to write. `mode` < 0: that of any new
 * file. */
bool region_make(struct region *r, const char *name, int mode, int how);

/* Takes the name of what region_make has made away again, unless it means something else by now. errno is kept. */
void region_unmake(struct region *r);

/* A region without a name, for those who inherit its descriptor. */
bool region_make_unnamed(struct region *r, const char *label);

/* Blocks for [off, off + len), with zeros behind the present end. What cannot be had changes nothing. */
bool region_reserve(struct region *r, off_t off, off_t len);

/* A record lock (fcntl) on the byte at `off`, shared when the region is open for reading alone, freed by the kernel
 * with the process. EINTR; EAGAIN when another has it and `wait` is not set. */
bool region_lock(const struct region *r, off_t off, bool wait);
void region_unlock(const struct region *r, off_t off);

/* Looks at the size again. ERANGE when [off, off + len) does not lie within. */
bool region_holds(struct region *r, off_t off, uint64_t len);

/* Maps [off, off + len) in place of what the view showed before. */
bool region_map(const struct region *r, struct region_view *view, off_t off, size_t len);
void region_unmap(struct region_view *view);

/* Why a store into the mapped [off, off + len) has faulted: ERANGE, it is not in the region any more; ENOSPC or EDQUOT,
 * it lies in a hole that no block can be had for; EIO. True: a block can be had, and the store be made again. */
bool region_mend(struct region *r, off_t off, size_t len);

/* Stores `len` bytes at *off, which moves on over those that are stored, in windows as large as there is memory for:
 * the bytes of `from`, or (NULL) all the same `byte`. region_mend's errors, or those of mmap. */
bool region_store(struct region *r, off_t *off, const char *from, int byte, uint64_t len);

/* Closes it. errno is kept. */
void region_close(struct region *r);

/* Takes a name away. Those who have it open keep the bytes. */
bool region_remove(const char *name);

/* Whether the name means an object and not a path. */
bool region_is_object(const char *name);

/* The path of a name: objects are files in os_shm_folder. Lives until the next call. NULL when there is none. */
const char *region_path(const char *name);

/* What errno means here: msg_reason, but for what is no region. */
const char *region_reason(int error);

#endif
