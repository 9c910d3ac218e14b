/*
 * pieces: texts cut up: a file into its lines, a word into two.
 */
#ifndef PIECES_H
#define PIECES_H

#include <stdbool.h>

#include "fmt.h"

/* Where one is in a file. */
struct pieces {
	const char *file;
	unsigned line;
};

/* Hands the lines of the text file to `take` until that returns false. False after a message, which that has said. */
bool pieces_each(struct pieces *p, const char *file, bool (*take)(void *arg, char *line), void *arg);

/* Says what is wrong with the line, as FILE:LINE: text. False. */
bool pieces_wrong(const struct pieces *p, const char *fmt, ...) FMT_CHECKED(2, 3);

/* Returns what follows the `sign`, a place in the text, or NULL; *what is what comes before it, or all, to be freed. */
const char *pieces_split(const char *text, const char *sign, char **what);

#endif
