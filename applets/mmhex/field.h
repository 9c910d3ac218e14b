/*
 * field: one conversion of a dump, as printf has them, with the texts around it.
 */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FIELD_WIDEST = 4096 };

struct field {
	const char *before, *after;     /* texts around it */
	size_t n_before, n_after;
	size_t size;                    /* bytes that it shows; none: an offset */
	int width, precision;           /* at most FIELD_WIDEST; -1: no precision */
	char kind;                      /* d u o x X c s as printf; of a byte: C escapes, p printable or a dot, n and a its
	                                 * name for hexdump and od, - nothing */
	bool left, zeros, plus, blank, prefix;
	bool big;                       /* the first byte counts most */

	/* Private to unit.c, set by unit_prepare: how it is shown `n` times, for bytes that follow each other. */
	char *(*put)(char *to, const struct field *f, size_t n, uint64_t off, const unsigned char *p);
	char (*table)[8];
	unsigned char len[2];           /* characters of texts in the table, or of these: */
	char first[8], last[8];         /* what is in front of digits and behind them */
	unsigned char bits, n_digits;   /* of numbers: of a digit, or of a piece of them; how many */
};

/* Whether this machine's numbers have the byte first that counts most. */
bool field_native(void);

/* The number at p. */
uint64_t field_load(const struct field *f, const unsigned char *p);

/* The texts around and the conversion of the bytes at p, or of the offset, which `end` is for: a string ends there at
 * the latest. */
void field_show(const struct field *f, uint64_t off, const unsigned char *p, const unsigned char *end);

/* The same of what is no string, at `to`. Returns the end of it; there is room for field_most. */
char *field_put(char *to, const struct field *f, uint64_t off, const unsigned char *p);
size_t field_most(const struct field *f);

#endif
