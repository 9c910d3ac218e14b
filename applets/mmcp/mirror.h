/*
 * mirror: a source tree walked in lockstep with its copy-to-be. Each entry of the source is handed out together with
 * the entry that is to become its copy, both seen from open folders, so that neither side can be led astray by
 * renamed folders or long paths. Making the copy is the caller's affair. A folder whose copy was entered is met once
 * more when all in it is done, by descriptors of both, and carries what was noted for then. Nothing here prints.
 *
 *	mirror_start(&m, path, WALK_FOLLOW_NONE, &target);
 *	while ((event = mirror_next(&m)) != MIRROR_END) ...
 *	mirror_end(&m);
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <stdbool.h>
#include <sys/stat.h>

#include "entry.h"
#include "meta.h"
#include "place.h"
#include "walk.h"

enum mirror_event {
	MIRROR_END,
	MIRROR_ENTRY,   /* src, dst, st, depth and fresh describe it */
	MIRROR_FOLDER,  /* the same for a folder: mirror_enter_copy, then mirror_enter, go into it */
	MIRROR_LEAVE,   /* the same for a folder whose copy was entered, when its contents are done; todo says what is left */
	MIRROR_ERROR,   /* src could not be looked at (or its copy not be named), errno says why; the walk goes on */
	MIRROR_LOST,    /* the way back from src was moved away on one side: the walk ends here */
};

/* What is left to do for the copy of a folder once its contents are there. */
struct mirror_todo {
	bool fresh;             /* it is new, so nothing can be in the way in it */
	mode_t mode;            /* that a new one is to have */
};

struct mirror {
	struct entry src, dst;
	const struct stat *st;  /* of src, followed or not as the walk is told */
	size_t depth;           /* 0: the root itself */
	bool fresh;             /* the folder of dst is new */
	const struct mirror_todo *todo;
	struct meta_file src_left, dst_left;    /* MIRROR_LEAVE: the folder and its copy themselves */
	const char *root;       /* the path of the source tree */
	dev_t device;           /* and the file system that it begins on */

	/* Private to mirror.c. */
	const struct entry *target;
	struct walk walk;
	struct place to;
	struct mirror_todo *todos;
	size_t todos_room;
	struct stat copy;       /* the topmost folder of the copy */
	size_t root_len;        /* without slashes at the end */
	char *text;             /* behind dst.path */
	int not_entered;        /* the folder itself, then, until the next call; else -1 */
	bool skipped;           /* the copy of a folder was entered, the folder not */
};

/* Starts at `path`, which is to become `target`; both must live as long. Returns 0, or -1 with ENOMEM. */
int mirror_start(struct mirror *m, const char *path, enum walk_follow follow, const struct entry *target);

enum mirror_event mirror_next(struct mirror *m);

/* Whether the folder just met would be copied into itself: its copy lies in it, or it is that copy. */
bool mirror_meets_itself(const struct mirror *m);

/* Whether it is one of those above it, reached again through a symlink. */
bool mirror_is_loop(const struct mirror *m);

/* Goes into its copy, which must exist by now, through a symlink only when `follow`; *st tells what that is. Returns
 * what to note for later, all zeros so far and valid until the next call, or NULL with errno. */
struct mirror_todo *mirror_enter_copy(struct mirror *m, bool follow, struct stat *st);

/* Its copy, entered: to set its mode, say. */
struct meta_file mirror_copy(const struct mirror *m);

/* Then goes into the folder itself. Without that, or when it fails (-1 with errno), the next event leaves the copy. */
int mirror_enter(struct mirror *m);

void mirror_end(struct mirror *m);

#endif
