/*
 * regs: names of registers and their fields, from a plain-text file: docs/regs-format.md. What is wrong in the file
 * is said as FILE:LINE: reason.
 */
#ifndef REGS_H
#define REGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum regs_access {
	REGS_RW, REGS_RO,
	REGS_WO,                /* reading it means nothing, or does harm */
	REGS_RC,                /* reading it clears it */
	REGS_W1C,               /* writing a 1 clears the bit */
};

struct regs_word {
	const char *name;
	uint64_t value;
};

struct regs_field {
	const char *name;
	unsigned high, low;     /* bits */
	bool w1c;               /* writing a 1 clears the bit */
	struct regs_word *words;        /* names of values */
	size_t n_words;
};

struct regs_register {
	const char *name;       /* BLOCK.REGISTER */
	uint64_t address;       /* the block's base is in it */
	unsigned bytes;
	enum regs_access access;
	uint64_t w1c;           /* the bits for which that holds */
	bool has_reset;
	uint64_t reset;
	struct regs_field *fields;
	size_t n_fields;
};

struct regs_block {
	const char *name;
	uint64_t base;          /* an address of the device */
	struct regs_register *registers;
	size_t n_registers;
};

struct regs {
	struct regs_block *blocks;
	size_t n_blocks;
	void *all;              /* a tree of all names, private to regs.c */
};

/* The highest address: half of what an off_t can be, so that no sum of addresses and lengths overflows. */
#define REGS_HIGHEST ((uint64_t)INT64_MAX / 2)

/* Reads the file. What it says lives as long as the program. */
bool regs_load(struct regs *regs, const char *file);

/* As the file has it: "rw" and so on. */
const char *regs_access_name(enum regs_access access);

/* Whether reading the register does no harm. */
bool regs_readable(const struct regs_register *reg);

/* BLOCK, BLOCK.REGISTER or BLOCK.REGISTER.FIELD; what the name does not reach is NULL. False when there is no such
 * name. */
bool regs_find(const struct regs *regs, const char *name, const struct regs_block **block,
               const struct regs_register **reg, const struct regs_field **field);

/* The bits of the field in its register. */
uint64_t regs_mask(const struct regs_field *field);

/* The name of a field's value, or NULL; and the value of a name. */
const char *regs_word_of(const struct regs_field *field, uint64_t value);
bool regs_value_of(const struct regs_field *field, const char *name, uint64_t *value);

#endif
