/*
 * place: a folder one stands in, reached step by step from where one began, with a checked way back. However deep
 * it goes it holds one descriptor (and one for each symlink it went through), so neither PATH_MAX nor the number of
 * open files limits a tree. Nothing here prints.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

struct place {
	int fd;                         /* the folder: good for openat, perhaps not for reading; AT_FDCWD at first */
	int left;                       /* the one just gone back from, open until the next call; else -1 */
	size_t depth;
	struct place_step {
		dev_t dev;
		ino_t ino;
		int behind;             /* the folder above, where ".." does not lead there; else -1 */
	} *steps;
	size_t room;
};

/* Stands at `fd` (the caller's, never closed here; AT_FDCWD is fine). */
void place_start(struct place *p, int fd);

/* Goes into `name`, which may be several components only at depth 0; a symlink only when `follow`. `flags` is
 * os_open_folder or O_RDONLY | O_DIRECTORY for a folder to be listed. *st tells what it is. Returns 0, or -1. */
int place_enter(struct place *p, const char *name, int flags, bool follow, struct stat *st);

/* Goes back. -1 with errno ESTALE: somebody moved the folder meanwhile. */
int place_leave(struct place *p);

/* Whether [dev, ino] is a folder one went through, the present one included. */
bool place_passed(const struct place *p, dev_t dev, ino_t ino);

void place_end(struct place *p);

#endif
