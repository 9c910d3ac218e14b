/*
 * parents: the folders on the way to a source, made again below a target folder, as --parents asks for. They are made
 * before the source is copied, from the top down, and handed out in the same order to be completed when it has been.
 * What fails is said through msg_fail.
 *
 *	if (parents_make(&p, path, &folder, &keep, verbose)) {
 *		copy(path);
 *		while (parents_next(&p))
 *			finish(&p.src, &p.st, &p.dst, &p.todo);
 *	}
 *	parents_end(&p);
 */
#ifndef PARENTS_H
#define PARENTS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "entry.h"
#include "keep.h"
#include "mirror.h"

struct parents {
	struct entry src, dst;
	struct stat st;                 /* of src, followed */
	struct mirror_todo todo;

	/* Private to parents.c. */
	const struct entry *folder;
	const struct keep *keep;
	char *path, *slash;             /* of the source, cut at the slash behind src */
	char *shown;                    /* behind dst.path */
	bool *is_new;                   /* for each byte of the path, whether the copy of the folder cut there is */
};

/* Makes what is missing. `folder` must live as long; its name does not matter. False: not all are there. */
bool parents_make(struct parents *p, const char *path, const struct entry *folder, const struct keep *keep,
                  bool verbose);

/* The next one, from the top down. False at the end, or when one cannot be looked at any more. */
bool parents_next(struct parents *p);

void parents_end(struct parents *p);

#endif
