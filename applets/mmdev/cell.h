/*
 * cell: a word of a device, and how it is printed: as BusyBox's devmem does, or as a line of JSON, with the names of
 * its register and fields where it has some. All of it goes to standard output.
 */
#ifndef CELL_H
#define CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "regs.h"

struct cell {
	uint64_t address;
	unsigned bytes;         /* 1, 2, 4 or 8 */
	const struct regs_register *reg;        /* or NULL */
};

/* The greatest value of so many bytes. */
uint64_t cell_ones(unsigned bytes);

/* The value in full width: "0x0000002A". */
void cell_print_value(unsigned bytes, uint64_t value);

/* What stands in its place where it could not be read: "--------". */
void cell_print_lack(unsigned bytes);

/* A line of the value and what it became: "0x00000001 -> 0x00000003". Not ok: that could not be read. */
void cell_print_change(unsigned bytes, uint64_t old, bool ok, uint64_t new);

/* Lines of JSON: the word (not ok: it could not be read, or was not) with the moment if there is one, one of its
 * fields, its change. */
void cell_json(const struct cell *cell, const char *time, bool ok, uint64_t value);
void cell_json_field(const struct cell *cell, unsigned high, unsigned low, uint64_t value);
void cell_json_change(const struct cell *cell, uint64_t old, uint64_t new);

/* A named register for people, its fields below it. */
void cell_print_register(const struct cell *cell, bool ok, uint64_t value);

#endif
