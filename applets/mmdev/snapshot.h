/*
 * snapshot: words of a device as they once were, in a text file with a line "ADDRESS WIDTH VALUE" for each,
 * and one "order big" or "order little" for the byte order in which these were read; '#' begins a comment. A line may
 * be deleted, so that its word is not compared.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "save.h"

struct snapshot_word {
	uint64_t address, value;
	unsigned bytes;
	const char *name;       /* of the register, or NULL */
};

struct snapshot {
	struct snapshot_word *words;    /* never freed: they live as long as the program */
	size_t n;
	void *index;            /* a tree of them, private to snapshot.c */
	enum access_order order;        /* NATIVE: not known */
};

/* One more. Without memory the program ends. */
void snapshot_add(struct snapshot *s, struct snapshot_word word);

/* The first word of this width at the address, or NULL. They are found once all are there and snapshot_index was
 * called. */
void snapshot_index(struct snapshot *s);
const struct snapshot_word *snapshot_find(const struct snapshot *s, uint64_t address, unsigned bytes);

/* False after a message. */
bool snapshot_load(struct snapshot *s, const char *file);

/* The file that a snapshot is to be kept in: opened first, then filled or given up. A regular file is replaced when
 * all is written; a pipe or device is written to. False after a message: it is as it was, as far as it can be. */
struct snapshot_file {
	const char *name;
	struct save save;
};

bool snapshot_begin(struct snapshot_file *f, const char *name);
bool snapshot_end(struct snapshot_file *f, const struct snapshot *s);
void snapshot_drop(struct snapshot_file *f);

#endif
