/*
 * replace: what stands at a target, and what becomes of it: whether it may be replaced (never when the source would
 * be lost with it), kept under a backup's name, removed, renamed over, or left alone as the options or the user say.
 * Decisions, messages, their order and the question asked are GNU cp's. Messages go through msg_fail, so that what
 * is refused counts in the run's status; what is left alone on purpose does not.
 *
 *	struct replace r = {&src, &dst, &st, nested};
 *	if (replace_look(&r) && replace_clear(&r) && !make(...))
 *		replace_undo(&r);
 *	replace_end(&r);
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "entry.h"

enum replace_ask { REPLACE_ASK_NOT, REPLACE_ASK_USER, REPLACE_NO_CLOBBER };
enum replace_update { REPLACE_ALL, REPLACE_NONE, REPLACE_NONE_FAIL, REPLACE_OLDER };

/* What becomes of the old target. */
enum replace_old {
	REPLACE_GONE,                   /* nothing is there, or not any more */
	REPLACE_STAYS,                  /* bytes go into it; of a link it is in the way */
	REPLACE_FIRST,                  /* it is removed before the new one is made, once the source is known to be there */
	REPLACE_LAST,                   /* the new one is made beside it, and renamed over it */
};

/* One target, from the first look at it until the new entry is there. */
struct replace {
	const struct entry *src, *dst;
	const struct stat *st;          /* of the source, as it is copied */
	bool nested;                    /* it was met in a folder, not named */

	/* What was found and done. */
	enum replace_old old;
	bool newer;                     /* it stays, since it is newer than the source */
	bool dangling;                  /* it is a symlink that leads to nothing, so no bytes go there */
	bool begun;                     /* what is done was said */
	char *backup, *backup_path;     /* the old one's other name beside the target, and its path for messages */
	bool keeps_links;               /* other names of the source become links to the copy */
	struct stat made;               /* then: what the copy is */
};

/* Looks at what stands at the target and decides whether to go on. */
bool replace_look(struct replace *r);

/* Decides what becomes of the old one, and gives it its other name if there is to be a backup. */
bool replace_clear(struct replace *r);

/* The source is there: removes the old one if it is to go first; with --verbose says so, and what is copied to
 * where. */
bool replace_begin(struct replace *r);

/* The new entry could not be made: the old one gets its name back. */
void replace_undo(const struct replace *r);

/* This run has made the entry: no later source may replace it. */
void replace_note(const struct replace *r);

void replace_end(struct replace *r);

/* Removes the old one now, whatever was decided. */
bool replace_remove(struct replace *r);

/* Whether a symlink in this place is copied as what it leads to. */
bool replace_follows(const struct replace *r);

/* With --verbose: what is copied to where (said once); that an old one was removed. */
void replace_say(struct replace *r);
void replace_say_removed(const struct replace *r);

#endif
