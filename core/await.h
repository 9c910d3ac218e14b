/*
 * await: waiting for a word in shared memory to change: asleep on the word itself where the system can do that, else
 * looking at it in intervals of 1 to 100 ms. Nothing here prints.
 */
#ifndef AWAIT_H
#define AWAIT_H

#include <stdbool.h>
#include <stdint.h>

struct await {
	bool polls;             /* what system there is cannot sleep on a word */
	int64_t pause_ns;       /* the last one, 0 for none yet */
	uint32_t seen;          /* what it was for */
};

/* Returns when the word seems to hold something else than `seen`, but at the latest after 100 ms (somebody may have
 * changed it without waking anyone) or `left_ns`. The word may lie in a page that is gone, or be NULL. */
void await_change(struct await *a, const void *word, uint32_t seen, int64_t left_ns);

/* Nanoseconds on a clock that nobody sets. */
int64_t await_now(void);

#endif
