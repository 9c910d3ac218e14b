/*
 * dump: rows of bytes as text: offset, cells of digits in groups, the bytes as characters. Tables say where a cell of
 * a row begins and what it holds, so that a row is made by stores alone. Rows that repeat are folded, holes unread.
 *
 *	struct dump d = {.width = 16, .group = 2, .cell = DUMP_HEX, .fold = DUMP_FOLD};
 *	dump_start(&d);
 *	d.off = m.start;
 *	while (dump_map(&d, &m) ...)
 *	dump_end(&d);
 */
#ifndef DUMP_H
#define DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "map.h"

enum {
	DUMP_WIDTH = 256,       /* bytes of the widest row */
	DUMP_ROW = 2816,        /* characters of it, without colours */
	DUMP_HEX = 2, DUMP_BITS = 8,    /* digits of a cell */
};

enum dump_fold {
	DUMP_ALL,               /* every row is shown */
	DUMP_FOLD,              /* of rows that are equal the first, and a star for the others */
	DUMP_FOLD_ZEROS,        /* as xxd: rows of zeros alone, three or more of them, and the last row is always shown */
};

struct dump {
	/* To be set before dump_start. */
	unsigned width, group;  /* bytes of a row, and without a blank in between */
	unsigned cell;
	enum dump_fold fold;
	bool plain;             /* as xxd: a colon behind the offset, no bars around the text, no wider gap after 8 bytes */
	bool little;            /* the last byte of a group first */
	bool upper, decimal, colour, ebcdic;

	uint64_t off;           /* that of the next row; may be changed between dump_end and dump_bytes */

	/* Private to dump.c. */
	unsigned text_at, len;          /* columns behind the offset; bytes of `row` */
	unsigned short at[DUMP_WIDTH];
	char cells[256 * DUMP_BITS], text[256];
	const unsigned char *last;      /* the last full row, or NULL */
	uint64_t n_folded;              /* rows like it that were not shown */
	bool last_is_zeros;
	unsigned char row[DUMP_WIDTH], kept[DUMP_WIDTH];
};

/* Makes the tables. */
void dump_start(struct dump *d);

/* The next bytes. False once standard output has failed. */
bool dump_bytes(struct dump *d, const char *bytes, size_t n);

/* The same of what is left of the map, or of `most` bytes of it. What was wrong with it is left to the map's owner. */
bool dump_map(struct dump *d, struct map *m, uint64_t most);

/* The last row, which may be short. */
void dump_end(struct dump *d);

/* The offset as it is shown. Returns the end of it, at most 20 characters on. */
char *dump_offset(const struct dump *d, char *to, uint64_t off);

#endif
