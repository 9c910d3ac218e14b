/*
 * copy: one file's bytes into another, with every promise about what is left when something goes wrong: cloned where
 * the file system can, else mapped and written, else read and written; into a new file, over the bytes of an old
 * one, or beside it and renamed over it; compared, made durable. A failed copy leaves no part of a file under the
 * target's name where that can be helped, and never touches the source. Nothing here prints: the step that failed
 * is returned, errno is the reason. Safe in several threads, each with its own struct copy.
 */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "map.h"
#include "move.h"
#include "save.h"

enum copy_clone { COPY_CLONE_AUTO, COPY_CLONE_ALWAYS, COPY_CLONE_NEVER };

enum copy_step {
	COPY_DONE,
	COPY_OPEN,              /* the source could not be opened */
	COPY_REPLACED,          /* the source is not the file it was when looked at */
	COPY_RANGE,             /* the source has not all of the range: see missing */
	COPY_SAME,              /* source and target are one file */
	COPY_CREATE,            /* the target could not be opened or made */
	COPY_NOT_REGULAR,       /* the target cannot be replaced: no regular file */
	COPY_REMOVE,            /* the target was in the way and could not be removed */
	COPY_CLONE,             /* cloning was asked for, and failed */
	COPY_READ,              /* reading failed at `where` */
	COPY_WRITE,             /* writing, closing or renaming failed */
	COPY_DIFFERS,           /* the target does not hold what the source does, from `where` on */
	COPY_CHANGED,           /* the source changed meanwhile, so the old target stays */
};

/* What becomes of an old target. */
enum copy_old {
	COPY_NO_OLD,            /* there is none, and must be none */
	COPY_OVER_OLD,          /* its bytes are overwritten; with `force` it is removed where it cannot be opened */
	COPY_BESIDE_OLD,        /* the new file is made beside it, and takes its place; with `force` though it is read-only */
};

/* What all copies of a run have in common. */
struct copy_how {
	bool sync, verify, no_cache, no_data, no_follow;
	enum copy_clone clone;
	enum move_holes holes;
	const struct num_range *range;          /* NULL: the whole source */
	move_tick *tick;
};

struct copy {
	const struct copy_how *how;
	int from_dir, to_dir;
	const char *from, *to;                  /* names in those folders */
	struct stat st;                         /* of the source, as looked at before */
	enum copy_old old;
	bool force;
	bool through_dangling;                  /* create what a dangling symlink leads to */
	bool folder_later;                      /* the caller makes to_dir durable when all that comes into it is there */
	mode_t mode;                            /* for a new target, less the umask */

	int source;                             /* open from copy_open on */
	struct map map;                         /* of the source */
	struct save target;                     /* open between copy_file and copy_finish */

	/* What happened. */
	bool fresh;                             /* the target is a new file */
	bool others_write;                      /* others may write to it still, since it is an old file of theirs */
	bool cloned, removed_old, removed, incomplete;
	bool shrank, grew;                      /* the source, meanwhile */
	char missing[MAP_TEXT];                 /* what the source has not of the range, or empty */
	bool unverified;                        /* one of the two can be read only once */
	int unsure;                             /* why it is not known to be durable, though it has its name; or 0 */
	off_t where, moved;
	char explain[MAP_TEXT];
};

/* Opens the source, which must be the file that was looked at and have all of the range. A stream is known to have
 * that only when it has been read: then copy_file tells. The target is not touched. */
enum copy_step copy_open(struct copy *c);

/* Then makes the target of it: the bytes, and nothing else. Unless COPY_DONE is returned all is closed and cleaned up,
 * as after the next two. */
enum copy_step copy_file(struct copy *c);

/* Between the two the caller may give the target its owner, mode and so on. Then: what is left to do, until the target
 * has its name; or gives the copy up. */
enum copy_step copy_finish(struct copy *c);
void copy_give_up(struct copy *c);

/* Closes a source for which no target is to be made after all. */
void copy_close(struct copy *c);

#endif
