/*
 * find_inside: what the two ways to find strings share: by encodings whose characters have one width (find.c), and in
 * UTF-8 (find_utf8.c). Nobody else includes it.
 */
#ifndef FIND_INSIDE_H
#define FIND_INSIDE_H

#include "find.h"

/* The bytes that have come and are not done with. */
extern struct find_bytes {
	const char *name;
	uint64_t off;           /* of the first of them in the file */
	char *bytes;
	size_t len, room;
} have;

/* What stands before the string that begins at this byte, and behind one. */
void find_print_head(size_t at);
void find_print_separator(void);

/* Once; when other bytes begin; and all strings in them. The last returns up to where they need not be looked at again.
 * */
void utf8_start(void);
void utf8_begin(void);
size_t utf8_look(bool last);

#endif
