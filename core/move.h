/*
 * move: bytes from a map to a descriptor by the cheapest way that is right. Nothing here prints; which side failed
 * is returned, the reason is in errno, and the map knows the offset.
 */
#ifndef MOVE_H
#define MOVE_H

#include "map.h"

enum move_result {
	MOVE_DONE,
	MOVE_NO_SOURCE,         /* reading failed at m->off */
	MOVE_NO_TARGET,         /* writing failed */
};

enum move_holes {
	MOVE_HOLES_KEEP,        /* a hole stays a hole */
	MOVE_HOLES_MAKE,        /* and blocks of zeros become holes */
	MOVE_HOLES_FILL,        /* none are left */
};

/* Called every so often with the bytes moved since. */
typedef void move_tick(void *arg, size_t bytes);

/* The rest of the map to a stream that others own, such as standard output: spliced into a pipe where that works and
 * --io is auto; to the end of a regular file without O_APPEND straight from the mapping, where what a shrinking source
 * has invented is cut off again; else settled bytes written. With --io=auto a network or FUSE file system is asked
 * first to copy to such a file by itself, and by move_file, too. */
enum move_result move_stream(struct map *m, int fd, move_tick *tick, void *arg);

/* The rest of the map to a regular file of ours, from its start, its size set at the end, or to a block device (with
 * MOVE_HOLES_FILL only): written straight from the mapping, and holes skipped. With m->no_cache what was written is not
 * left in the page cache either. */
enum move_result move_file(struct map *m, int fd, enum move_holes holes, move_tick *tick, void *arg);

#endif
