/*
 * ring_print: records on the output, for people, for programs that take lines or blocks, and as JSON. A line that is
 * several records is printed as one.
 */
#ifndef RING_PRINT_H
#define RING_PRINT_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

enum ring_form {
	RING_TEXT,              /* time, tag, line */
	RING_RAW,               /* what was written */
	RING_JSON,
	RING_BLOCKS, RING_PREFIXED,     /* without and with the length of each before it */
};

/* So many writers may each be within a line that is longer than a record. */
enum { RING_BEGUN = 32 };

struct ring_printer {
	enum ring_form form;
	bool numbers;           /* before the time */
	bool harmless;          /* control characters as ^X and M-X: the output is a terminal */
	bool local;             /* local time */
	uint64_t n_cut;         /* records that RING_RAW left out, since the beginning of their line is not there */

	/* Private to ring_print.c. */
	struct ring_record before;      /* the one printed last; its payload is gone */
	char tag[RING_TAG];
	bool within;                    /* of a line that goes on */
	uint64_t begun[RING_BEGUN];     /* the lines whose beginning was printed, and whose end was not */
	unsigned n_begun;               /* how many there were, in turns */
	bool open;                      /* a newline is due, if anything follows */
};

/* Whether the record is the rest of the line that the record before it (or beside it) left open. */
bool ring_goes_on(const struct ring_record *before, const struct ring_record *record);

void ring_print(struct ring_printer *printer, const struct ring_record *record);

/* In JSON a loss is one of the lines; elsewhere it only ends the line that is open, and is told by the caller. */
void ring_print_loss(struct ring_printer *printer, uint64_t n_lost, bool damaged);

/* Nothing follows: ends a line whose end has not come. */
void ring_print_end(struct ring_printer *printer);

void ring_print_id(const struct ring *r);

#endif
