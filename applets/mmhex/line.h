/*
 * line: what is shown of each block that has all its bytes: fields, one behind the other. Those that people use are
 * shown from tables of texts.
 */
#ifndef LINE_H
#define LINE_H

#include "field.h"

/* {0} at first. */
struct line {
	struct line_step {
		const struct field *field;
		size_t at, times;       /* where its bytes begin; how often it is shown, each time for the bytes that follow */
		bool clipped;           /* the last time without its last character */
	} *steps;
	size_t n;
	size_t room;            /* characters at most */
	bool failed;            /* it is too long, or there is no memory, and must be shown field by field */

	/* Private to line.c: an offset as it was last shown, and all of it but four digits. */
	const struct field *offset;
	uint64_t high;
	char text[32];
	size_t n_text;
};

/* Makes tables for a field that is to be shown often, if it is one of those. Without memory it is shown all the
 * same. */
void line_prepare(struct field *f);

/* Adds a field, which stays the caller's. */
void line_add(struct line *line, const struct field *f, size_t at, size_t times, bool clipped);

void line_show(struct line *line, uint64_t off, const unsigned char *p);

#endif
