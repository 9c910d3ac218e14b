/*
 * pair: two maps in lockstep. What both have at hand is compared where it lies, in their windows, under the guard;
 * their sizes are looked at again before the answer counts, so that neither equality nor a difference is told of bytes
 * that were not in the files. Holes that both have are equal unread, however long. Several threads may go ahead over
 * what is equal. Nothing here prints.
 *
 *	pair_hurry(&p);
 *	while ((same = pair_look(&p)), p.len > 0) {
 *		pair_take(&p, same);
 *		pair_hurry(&p);
 *		if (p.len > 0 && (n = pair_settle(&p)) > 0)
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
	bool counts;            /* lines of the first file are counted on the way */
	size_t context;         /* so many equal bytes before a difference are handed out, too, whole lines of dumps */

	size_t len;             /* bytes that were looked at and are not taken yet */
	const unsigned char *bytes[2];
	off_t done;             /* bytes taken */
	bool ended[2];          /* has no more bytes, or could not be read: see its map */
	uint64_t n_lines;       /* line ends in what was found equal */
	bool line_ended;        /* its last byte was one */

	unsigned n_threads;     /* that were in a hurry, or 0 */

	/* Private to pair.c. */
	size_t same;            /* of `len`: equal ones before the first difference */
	off_t rough;            /* taken when something differed last, or when threads had gone ahead */
	off_t skipped, start;   /* equal bytes whose lines are not counted yet, and where they begin in the first file */
};

/* Looks at the bytes that come next: p->len of them, 0 at the end of either. Returns how many are equal before the
 * first difference; those that are not taken are not compared again. */
size_t pair_look(struct pair *p);

/* The first of those that are left, settled, at p->bytes. Returns how many, or 0 when they are to be looked at
 * again. */
size_t pair_settle(struct pair *p);

/* `n` bytes of p->len were used. */
void pair_take(struct pair *p, size_t n);

/* Takes what is equal, but for the context, by several threads where the system allows: of files that are worth it and
 * lie in the cache, at first and where nothing has differed for a while. */
void pair_hurry(struct pair *p);

/* Counts the lines of what pair_hurry has taken. */
void pair_count(struct pair *p);

#endif
