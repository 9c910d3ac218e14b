/*
 * blocks: settled bytes cut into blocks of equal length, each of which is shown; those that are equal to the one before
 * become a line with a star, also where they lie in a hole, which is not read. All that dumps have in common.
 *
 *	struct blocks b = {.left = UINT64_MAX, .size = 16, .fold = BLOCKS_FOLD, .show = show};
 *	blocks_start(&b);
 *	blocks_map(&b, &m);
 *	blocks_end(&b);
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"

enum blocks_fold {
	BLOCKS_FOLD,            /* of blocks that are equal the first, and a star for the others */
	BLOCKS_ALL,             /* every block is shown */
	BLOCKS_FOLD_ZEROS,      /* as xxd: blocks of zeros alone, three or more of them, and the last block is always shown */
};

struct blocks {
	uint64_t skip;          /* bytes to leave out at first: what remains of them is more than there are */
	uint64_t left;          /* at most so many after them; UINT64_MAX: all */
	size_t size;            /* of a block; 0: all files are opened, and no more is read than is skipped */
	int fold;

	/* Called for each block to be shown: `len` bytes, fewer than `size` in the last one alone, and zeros behind them. */
	void (*show)(const void *how, uint64_t off, const unsigned char *p, size_t len);
	const void *how;

	uint64_t off;           /* of the next byte; what was skipped counts */
	bool opened;            /* by blocks_show: a file could be opened */

	/* Private to blocks.c. */
	unsigned char *part, *last;     /* a block that has not come as one; a copy of the one before */
	size_t have;                    /* bytes of `part` */
	const unsigned char *before;    /* the block before, where those that follow may be equal to it, or NULL */
	uint64_t n_folded;              /* blocks like it that were not shown */
};

/* Before all others. Without memory the program ends, with status 1. */
void blocks_start(struct blocks *b);

/* The next bytes, which need not be whole blocks. */
void blocks_take(struct blocks *b, const unsigned char *p, size_t len);

/* What is left of the map. What was wrong with it is left to the map's owner. */
void blocks_map(struct blocks *b, struct map *m);

/* The last block, which may be short. */
void blocks_end(struct blocks *b);

/* All of these calls for the operands, one behind the other; their list may be cut short. What is wrong with one has
 * been said. */
void blocks_show(struct blocks *b, char **names);

/* The bytes of the number at *text, as C writes them, with K, M, G and so on, and b for 512. Returns NULL or what is
 * wrong with it: "" where there is no number. */
const char *blocks_number(const char *text, uint64_t *value);

#endif
