/*
 * walk: a directory tree by descriptors, without path races, however deep it is. Each entry is met once, a folder
 * also once more after its contents. Names are read before the first of them is handed out, so that what is added
 * meanwhile does not lead on for ever. Loops through symlinks are caught by device and inode. Nothing here prints.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "place.h"

enum walk_follow { WALK_FOLLOW_NONE, WALK_FOLLOW_ROOT, WALK_FOLLOW_ALL };

enum walk_event {
	WALK_END,
	WALK_ENTRY,     /* dir, name, path, st and depth describe it; walk_enter goes into a folder */
	WALK_LEAVE,     /* the same for a folder whose contents are done */
	WALK_ERROR,     /* path could not be looked at, errno says why; the walk goes on */
	WALK_LOST,      /* the way back was moved away: the walk ends here */
};

struct walk {
	int dir;                /* the folder that holds name */
	const char *name;
	const char *path;       /* from the root operand on, for messages */
	struct stat st;
	size_t depth;           /* 0: the root operand itself */

	/* Private to walk.c. */
	enum walk_follow follow;
	struct place place;
	struct walk_level *levels;
	size_t room;
	char *text;
	size_t text_room;
	bool started, leaving;
};

/* Starts at `path` seen from the folder `dir`. Returns 0, or -1 with ENOMEM. */
int walk_start(struct walk *w, int dir, const char *path, enum walk_follow follow);

enum walk_event walk_next(struct walk *w);

/* Whether the folder just met is one of those above it, reached again through a symlink. */
bool walk_is_loop(const struct walk *w);

/* Whether what was just met is what a symlink leads to, if it was one. */
bool walk_follows(const struct walk *w);

/* Goes into the folder just met. -1: it cannot be read, is a loop (ELOOP), or another one by now (ESTALE). */
int walk_enter(struct walk *w);

void walk_end(struct walk *w);

#endif
