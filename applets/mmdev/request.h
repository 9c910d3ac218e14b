/*
 * request: what a command line asks for. The option table fills in the first part, request_settle the second: numbers
 * are taken, names looked up, files of values read, and all of it is checked before the device is opened. What is
 * wrong with it is a usage error (opt_misuse), which ends the program.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "regs.h"
#include "snapshot.h"
#include "target.h"

enum request_action {
	REQUEST_READ,           /* a word */
	REQUEST_DUMP,           /* a range, for people or as JSON */
	REQUEST_RAW,            /* the bytes of a word or range */
	REQUEST_BLOCK,          /* registers by name, with their fields */
	REQUEST_FIELD,          /* some bits of a word */
	REQUEST_WRITE,          /* without reading */
	REQUEST_CHANGE,         /* one read and one write */
	REQUEST_WAIT,
	REQUEST_WATCH,
	REQUEST_SAVE,
	REQUEST_DIFF,
	REQUEST_LIST,           /* names, without a device */
};

struct request {
	/* As typed; NULL: not given. */
	int no_sync, no_mmap, unaligned, raw, fill, watch, json, list;
	int order;                      /* enum access_order; then that of the snapshot, unless given */
	int64_t timeout_ns, interval_ns;        /* INT64_MAX and -1 unless given; then settled */
	const char *file, *uio, *pci, *regs, *from, *set, *clear, *toggle, *field, *verify, *wait, *save, *diff;

	/* Settled. */
	enum request_action action;
	struct target target;
	struct regs names;
	char **listed;                  /* names in it, up to a NULL; none: all */
	struct snapshot snapshot;       /* of --diff, or for --save */
	uint64_t *values;               /* to be written, unless the bytes of --from are */
	size_t n_values;
	char *bytes;
	size_t n_bytes;
	uint64_t off, on, over;         /* bits to be cleared, set and toggled, in this order */
	uint64_t verified;              /* bits that --verify compares */
	uint64_t mask, wanted;          /* the bits of a field, or that are waited for or watched; what they are to be */
	unsigned high, low;             /* the outer bits of a field */
	bool sets_field;                /* it has a value */
};

/* What --verify has without a mask. */
extern const char request_all_bits[];

/* Operands as for `run`. False after a message: a file could not be read or is wrong. */
bool request_settle(struct request *r, int argc, char **argv);

bool request_writes(const struct request *r);

/* The value to be written to word number `i`. */
uint64_t request_value(const struct request *r, uint64_t i);

void request_free(struct request *r);

#endif
