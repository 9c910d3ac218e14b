/*
 * dump: rows of bytes as text: offset, cells of digits in groups, the bytes as characters. Tables say where a cell of
 * a row begins and what it holds, so that a row is made by stores alone. It is a kind of blocks.
 *
 *	struct dump d = {.b = {.size = 16, .left = UINT64_MAX}, .group = 2, .cell = DUMP_HEX};
 *	dump_start(&d);
 *	d.b.off = m.start;
 *	blocks_map(&d.b, &m);
 *	blocks_end(&d.b);
 */
#ifndef DUMP_H
#define DUMP_H

#include "blocks.h"

enum {
	DUMP_WIDTH = 256,       /* bytes of the widest row */
	DUMP_ROW = 2816,        /* characters of it, without colours */
	DUMP_HEX = 2, DUMP_BITS = 8,    /* digits of a cell */
};

struct dump {
	/* To be set before dump_start. */
	struct blocks b;        /* but for how they are shown */
	unsigned group;         /* bytes without a blank in between */
	unsigned cell;
	bool plain;             /* as xxd: a colon behind the offset, no bars around the text, no wider gap after 8 bytes */
	bool little;            /* the last byte of a group first */
	bool upper, decimal, colour, ebcdic;

	/* Private to dump.c. */
	unsigned text_at;       /* columns behind the offset */
	unsigned short at[DUMP_WIDTH];
	char cells[256 * DUMP_BITS], text[256];
};

/* Makes the tables, and starts the blocks. */
void dump_start(struct dump *d);

/* The offset as it is shown. Returns the end of it, at most 20 characters on. */
char *dump_offset(const struct dump *d, char *to, uint64_t off);

#endif
