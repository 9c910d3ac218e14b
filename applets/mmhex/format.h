/*
 * format: the format strings of hexdump(1), read into what is to be shown of each block. A string is several units, a
 * unit several fields and the text behind the last one. All that hexdump and od show is such strings.
 */
#ifndef FORMAT_H
#define FORMAT_H

#include "blocks.h"
#include "unit.h"

struct format {
	struct unit *units;
	size_t n_units, n_shown;        /* all; those before one that is shown at the end */
	size_t bytes;
	size_t room;                    /* as unit_show wants it */
};

/* Reads one more string, which is valid until the next call. What is wrong with it ends the program, with status 1.
 * `each`: the bytes of a unit are those of each of its fields, of which there may be several. */
struct format *format_add(const char *text, bool each);

/* Once all have been read: units that have no count fill the block, which is the most bytes that a string has. Returns
 * how many that is, or 0 where no string was read. */
size_t format_fit(void);

/* Shows a block, as blocks want it; and behind all of them the offset, in the last unit of all that has one. */
void format_show(const void *how, uint64_t off, const unsigned char *p, size_t len);
void format_end(uint64_t off);

#endif
