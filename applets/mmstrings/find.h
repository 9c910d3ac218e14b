/*
 * find: the strings in bytes that come piece by piece, printed as they are found. Of a string that is long enough no
 * more than a piece is held at a time, however long it is; what may become one is held until it is long enough.
 */
#ifndef FIND_H
#define FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Encodings, to be added up, each by the letter that -e has for it. */
enum { FIND_8BIT = 1 /* S */, FIND_7BIT = 2 /* s */, FIND_b = 4, FIND_l = 8, FIND_B = 16, FIND_L = 32, FIND_UTF8 = 64 };

/* How characters of UTF-8 beyond ASCII are shown. */
enum find_show { FIND_RAW, FIND_HEX, FIND_ESCAPED };

extern struct find_how {
	uint64_t least;         /* characters, at most FIND_MOST */
	unsigned encodings;     /* FIND_UTF8 only by itself */
	enum find_show show;
	const char *before, *after;     /* what stands around one that is FIND_ESCAPED */
	int spaces, names;      /* all white space is text; a string comes with the name of the file */
	const char *offsets;    /* the format of its offset, or NULL */
	const char *separator;  /* what follows it */
} find_how;

#define FIND_MOST (SIZE_MAX / 16)

/* Once, when all of it is set. */
void find_start(void);

/* From here on bytes come that lie at `off` in the file `name`, as it is printed. */
void find_begin(const char *name, uint64_t off);

/* The next bytes. False without memory for what may become a string. */
bool find_more(const char *bytes, size_t len);

/* So many bytes follow that are zeros, and need not come. */
void find_pass_zeros(uint64_t len);

/* There are no more; a string ends here. */
void find_end(void);

#endif
