/*
 * revert: a dump turned back into bytes. They go to standard output, or to a file at the places that the dump tells,
 * which is never cut; where standard output cannot seek, zeros stand for what the dump leaves out.
 */
#ifndef REVERT_H
#define REVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "input.h"

#define REVERT_HERE UINT64_MAX

struct revert {
	bool little, decimal;   /* how the dump was made */
	uint64_t at;            /* where the first byte goes; REVERT_HERE: where the dump says */
};

/* A dump of mmhex's, of xxd's or of hexdump -C, from argv[0] to argv[1]. Returns the status. */
int revert(int argc, char **argv, const struct revert *how);

/* As xxd -r does, which takes anything for a dump and leaves out what makes no sense: rows of `width` bytes, or
 * (plain) digits without offsets; `shift` is added to offsets. Standard input, of that name, to standard output. */
int revert_as_xxd(const char *name, unsigned width, bool plain, int64_t shift);

/* Opens a file for standard input, and one for standard output, emptied when asked for; none for "-" and NULL. False:
 * it could not, or is what is read; said. */
bool revert_from(const char *name);
bool revert_to(const char *name, bool cut);

#endif
