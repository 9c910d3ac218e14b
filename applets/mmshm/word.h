/*
 * word: 32 or 64 bits in a region that several processes count in: one atomic operation at a time, in the machine's
 * own byte order, as C's atomics on the same mapping do it. Where the machine has no atomic 64 bits, those operations
 * take a record lock instead, and are atomic among themselves. Failures are said by msg_warn.
 */
#ifndef WORD_H
#define WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "opt.h"
#include "region.h"

enum word_op { WORD_GET, WORD_SET, WORD_ADD, WORD_OR, WORD_AND, WORD_CAS };

struct word {
	struct region *region;
	off_t off;              /* bytes, a multiple of the width */
	unsigned bits;          /* 32 or 64 */
	struct region_view view;
};

/* Maps it, until the process ends. The region is open, and writable for all but WORD_GET. */
bool word_open(struct word *w, struct region *region, off_t off, unsigned bits);

/* Does it, wakes those who wait for a change, and tells what the word held before. WORD_CAS: `value` is stored when
 * the word holds `expected`. */
bool word_do(struct word *w, enum word_op op, uint64_t value, uint64_t expected, uint64_t *before);

/* What the word holds after the operation has found `before`. */
uint64_t word_after(const struct word *w, enum word_op op, uint64_t value, uint64_t expected, uint64_t before);

/* The 32 bits to sleep on, which change with the word: a 64-bit one's low half. */
const void *word_low_half(const struct word *w);

/* Operands: OFF, OFF:32 or OFF:64 in bytes, and a value that fits the word, or minus one that does as a signed number.
 * What is none of these is a usage error. */
off_t word_parse_off(const char *text, unsigned *bits);
uint64_t word_parse_value(const char *text, unsigned bits);

enum word_relation { WORD_EQ, WORD_NE, WORD_LT, WORD_LE, WORD_GT, WORD_GE };

/* eq, ne, lt, le, gt, ge */
extern const struct opt_choice word_relations[];

bool word_compares(uint64_t a, enum word_relation relation, uint64_t b, unsigned bits, bool is_signed);

#endif
