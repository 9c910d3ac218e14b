/*
 * target: the words that a command line means: ADDRESS[+LEN] with a width, or a name from a description of registers.
 * What is wrong with it is a usage error (opt_misuse), which ends the program.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cell.h"
#include "regs.h"
#include "snapshot.h"

struct target {
	uint64_t address, len;  /* bytes; len 0: a single word */
	unsigned bytes;         /* of a word */
	const struct regs_block *block;         /* what was named, else NULL: without `reg` the whole block, */
	const struct regs_register *reg;        /* without `field` the whole register */
	const struct regs_field *field;
	const struct snapshot *snapshot;        /* all words of this one, where nothing was named; else NULL */
};

#define TARGET_INIT {.bytes = 4}

/* ADDRESS[+LEN], of at least one byte. */
void target_parse_address(struct target *t, const char *text);

/* The width of a word as people call it: 8, 16, 32, 64 bits, or b, h, w, l. */
void target_parse_width(struct target *t, const char *text);

/* BLOCK, BLOCK.REGISTER or BLOCK.REGISTER.FIELD in `regs`, which were read from `file`. */
void target_parse_name(struct target *t, const char *name, const struct regs *regs, const char *file);

/* A usage error: num_value has failed with errno and takes at most `max`. `what` the text should be, as in "value". */
_Noreturn void target_refuse(const char *what, const char *text, const char *whose, uint64_t max);

/* A value of one word; `what` it is, for the message. */
uint64_t target_value(const struct target *t, const char *text, const char *what);

/* A block of registers; a word, or one of its fields. */
bool target_is_block(const struct target *t);
bool target_is_single(const struct target *t);

/* The words, one by one. */
uint64_t target_count(const struct target *t);
struct cell target_cell(const struct target *t, uint64_t i);

#endif
