/*
 * parents: the folders on the way to a source, made again below a target folder, as --parents asks for. They are made
 * and entered from the top down before the source is copied; what was made is completed on the way back, and what was
 * there stays as it is. What fails is said through msg_fail.
 *
 *	if (parents_make(&p, path, &folder))
 *		copy(path, &p.target);
 *	parents_end(&p);
 */
#ifndef PARENTS_H
#define PARENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "entry.h"
#include "place.h"

struct parents {
	struct entry target;            /* what the source is to become, in the last folder */

	/* Private to parents.c. */
	struct place to;
	struct parents_step *steps;
	size_t room;
	char *path, *shown;             /* of the source, and behind target.path */
};

/* Makes what is missing on the way to `path`, which has no slashes at its end, below `folder`, whose name does not
 * matter, and goes there. False: not all are there. */
bool parents_make(struct parents *p, const char *path, const struct entry *folder);

/* Gives those that were made what is kept of theirs. */
void parents_end(struct parents *p);

#endif
