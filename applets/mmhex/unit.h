/*
 * unit: what a block is shown as: fields, one behind the other, so many times. Those that people use are shown from
 * tables of texts.
 */
#ifndef UNIT_H
#define UNIT_H

#include "field.h"

struct unit {
	struct field *fields;
	size_t n_fields;                /* not 0, once the units are fitted */
	const char *text;               /* behind the last field, until it becomes part of that */
	size_t n_text;
	size_t times;                   /* that it is shown */
	size_t bytes;                   /* that each time counts for */
	bool counted;                   /* how often was said */
	bool at_end;                    /* shown once, behind all bytes */
	bool clipped;                   /* the last time without the blank at its end */
	bool cut;                       /* fields of bytes that are not there are left out; else they are blanks */
};

/* Makes tables for fields that are to be shown often, if they are some of those. Adds the characters that the unit
 * takes at most to *room: UNIT_LONG, where it is to be shown field by field. */
enum { UNIT_LONG = 1 << 14 };
void unit_prepare(struct unit *u, size_t *room);

/* `n` units of a block of which `len` bytes are there, or all; `room` as said above, for all of them. */
void unit_show(const struct unit *u, size_t n, uint64_t off, const unsigned char *p, size_t len, size_t block,
               size_t room);

#endif
