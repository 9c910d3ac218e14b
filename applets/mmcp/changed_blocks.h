/*
 * changed_blocks: a chunk of an image, block by block, and what the target holds in its place: which blocks differ,
 * writing those, reading them back from the medium. What fails is said here, and counts in the run's status.
 */
#ifndef CHANGED_BLOCKS_H
#define CHANGED_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"

enum {
	BLOCKS_LEAST = 512, BLOCKS_USUAL = 4096, BLOCKS_MOST = 64 << 20,        /* of bytes, each a power of two */
	BLOCKS_CHUNK = 1 << 17,         /* stays in the cache of the processor */
	BLOCKS_VERIFIED = 4 << 20,      /* less often made durable, then */
};

/* One of the two files as pieces of no more bytes than are wanted. */
struct blocks_side {
	struct map *map;
	const char *p;                  /* settled bytes not yet handed out */
	size_t n;
	bool ended;
};

struct blocks {
	const char *name;               /* of the target */
	int fd;                         /* of it, for reading and writing */
	struct map map;                 /* of it, started */
	struct blocks_side target;
	bool is_device;                 /* what is behind its end is an error, else zeros */
	off_t least;                    /* a file is as long as this, unless others make it shorter */
	size_t block;
	char *bytes;                    /* the chunk, of `len` bytes, that belongs at `at`, a multiple of the block */
	size_t len;
	off_t at;                       /* once writing has failed, where that was */

	/* What happened. */
	uint64_t written, n_stretches, n_again, n_bad;
	bool unread;                    /* some blocks could not be compared */
	bool direct;                    /* they are read back by O_DIRECT; else once the cache has let go of them */

	/* Private. */
	off_t stretch_end, unread_end;
	unsigned char marks[BLOCKS_VERIFIED / BLOCKS_LEAST];
};

/* The next bytes, at most `most`. Returns how many, 0 at the end, -1 with errno. */
ssize_t blocks_next(struct blocks_side *side, size_t most, const char **bytes);

/* Finds the blocks that differ, or that the target cannot show. Returns whether there are any. */
bool blocks_compare(struct blocks *b);

/* Writes them. False: it failed, and was said. */
bool blocks_write(struct blocks *b);

/* Whether the target has all that was compared and written. False: others have made it shorter, and that was said. */
bool blocks_are_kept(const struct blocks *b);

/* Makes all durable that was ever written to the target. -1 with errno. */
int blocks_sync(struct blocks *b);

/* Does so, reads those blocks back past the page cache, and writes those that do not hold what was written up to
 * `retry` times again. A block that stays bad is said; false: nothing more can be written. */
bool blocks_verify(struct blocks *b, uint64_t retry);

/* The target has been gone over up to here without being read. */
void blocks_go_on(struct blocks *b, off_t off);

#endif
