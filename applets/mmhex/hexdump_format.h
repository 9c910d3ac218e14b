/*
 * hexdump_format: the format strings of hexdump(1), read into what is to be shown of a block. A string is several
 * units, a unit several fields and the text behind the last one. Nothing here prints.
 */
#ifndef HEXDUMP_FORMAT_H
#define HEXDUMP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "field.h"

struct hexdump_unit {
	struct field *fields;
	size_t n_fields;
	const char *text;               /* behind the last field */
	size_t n_text;
	size_t times;                   /* that it is shown */
	size_t bytes;                   /* that each time counts for */
	bool counted;                   /* how often was said */
	bool at_end;                    /* shown once, behind all bytes */
	bool clipped;                   /* the last time without the blank at its end */
};

struct hexdump_format {
	struct hexdump_unit *units;
	size_t n_units;
	size_t bytes;
};

/* Reads a string. Returns NULL, or what is wrong with it, which lives until the next call. */
const char *hexdump_read(struct hexdump_format *format, const char *text);

/* Once all have been read: units that have no count fill the block, which is the most bytes that a format has: *bytes.
 * False: no memory. */
bool hexdump_fit(struct hexdump_format *formats, size_t n, size_t *bytes);

#endif
