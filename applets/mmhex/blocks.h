/*
 * blocks: files as one stream of settled bytes, cut into blocks of equal length; those that are equal to the one before
 * become a line with a star. It is what hexdump and od have in common.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blocks {
	uint64_t skip;          /* bytes to leave out at first: what remains of them is more than there are */
	uint64_t left;          /* at most so many after them; UINT64_MAX: all */
	size_t size;            /* of a block; 0: all files are opened, and no more is read than is skipped */
	bool all;               /* equal ones, too */

	/* Called for each block to be shown: `len` bytes, fewer than `size` in the last one alone, and zeros behind them. */
	void (*show)(uint64_t off, const unsigned char *p, size_t len);

	/* Known when blocks_show has returned. */
	uint64_t off;           /* where the bytes end; what was skipped counts */
	bool opened;            /* a file could be opened */

	/* Private to blocks.c. */
	unsigned char *part, *last;     /* a block that has not come as one; a copy of the one before */
	size_t have;                    /* bytes of `part` */
	const unsigned char *before;    /* the block before, or NULL */
	bool starred;
};

/* All of the operands, whose list may be cut short. What is wrong with one has been said. False: no memory. */
bool blocks_show(struct blocks *b, char **names);

/* The bytes of the number at *text, as C writes them, with K, M, G and so on, and b for 512. Returns NULL or what is
 * wrong with it: "" where there is no number. */
const char *blocks_number(const char *text, uint64_t *value);

#endif
