/*
 * pair: two maps in lockstep. What both have at hand is compared where it lies, in their windows, under the guard;
 * their sizes are looked at again before the answer counts, so that neither equality nor a difference is told of bytes
 * that were not in the files. Holes that both have are equal unread. Nothing here prints.
 *
 *	while ((same = pair_look(&p)), p.len > 0) {
 *		pair_take(&p, same);
 *		if ((n = pair_settle(&p)) > 0)
 *			... p.bytes[0] and p.bytes[1], of which `used` are done with: pair_take(&p, used);
 *	}
 */
#ifndef PAIR_H
#define PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"

struct pair {
	struct map *map[2];     /* started by the caller, who ends them */
	size_t most;            /* bytes to look at in one go; 0: as many as both windows have */
	bool counts;            /* lines of the first file are counted on the way */

	size_t len;             /* bytes that were looked at and are not taken yet */
	const unsigned char *bytes[2];
	off_t done;             /* bytes taken */
	bool ended[2];          /* has no more bytes, or could not be read: see its map */
	uint64_t n_lines;       /* line ends in what was found equal */
	bool line_ended;        /* its last byte was one */

	/* Private to pair.c. */
	size_t same;
	off_t skipped, start;   /* equal bytes whose lines are not counted yet, and where they begin in the first file */
};

/* Looks at the bytes that come next: p->len of them, 0 at the end of either. Returns how many are equal before the
 * first difference. */
size_t pair_look(struct pair *p);

/* The first of those that are left, settled, at p->bytes; may be told once the equal ones are taken. Returns how many,
 * or 0 when they are to be looked at again. */
size_t pair_settle(struct pair *p);

/* `n` bytes of p->len were used. */
void pair_take(struct pair *p, size_t n);

/* Takes as much as is equal, by several threads where the system allows; of files that are worth it
 * and lie in the cache. To be called before anything else. Returns how many threads there were, or 0. */
unsigned pair_hurry(struct pair *p);

/* Counts the lines of what pair_hurry has taken. */
void pair_count(struct pair *p);

#endif
