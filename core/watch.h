/*
 * watch: names that a signal which ends the program takes away with it: files that are not complete yet. From before
 * a file is created until its name is noted such signals wait, so that none of them leaves a nameless rest behind.
 * Safe in several threads. Nothing here prints.
 *
 *	watch_begin(&w, dir, name); fd = openat(dir, name, ... O_CREAT | O_EXCL ...); watch_made(&w, fd >= 0);
 *	fill it; watch_end(&w);
 */
#ifndef WATCH_H
#define WATCH_H

#include <signal.h>
#include <stdbool.h>

struct watch {
	int slot;               /* -1: nothing is watched */
	sigset_t before;
};

#define WATCH_INIT {.slot = -1}

/* From now on a limit on the size of files is an error of write, which can be told, as where anything was watched. */
void watch_limit(void);

/* The file `name` in the folder `dir` is about to be created: from now on HUP, INT, QUIT, PIPE and TERM wait. Both stay
 * the caller's, until watch_end. */
void watch_begin(struct watch *w, int dir, const char *name);

/* It was created, and from now on such a signal takes it away; or it was not. errno is kept. */
void watch_made(struct watch *w, bool made);

/* It is complete, or gone. */
void watch_end(struct watch *w);

#endif
