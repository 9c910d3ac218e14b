/*
 * await: moments on a clock that nobody sets, and sleeping: until a moment, or until a word in shared memory changes.
 * The system sleeps on the word itself, or where it cannot, we look at it every 1 to 100 ms. Nothing here prints.
 */
#ifndef AWAIT_H
#define AWAIT_H

#include <stdbool.h>
#include <stdint.h>

struct await {
	bool polls;             /* the system cannot sleep on a word */
	int64_t pause_ns;       /* the last pause between two looks, 0 for none yet */
	uint32_t seen;          /* what the word held then */
};

/* Returns when the word seems to hold something else than `seen`, but at the latest after 100 ms (somebody may have
 * changed it without waking anyone) or `left_ns`. The word may lie in a page that is gone, or be NULL. */
void await_change(struct await *a, const void *word, uint32_t seen, int64_t left_ns);

/* Nanoseconds on the clock. */
int64_t await_now(void);

/* The moment in `ns` from now, and how many ns it is to such a moment: 0 when it is over. INT64_MAX is never. */
int64_t await_moment(int64_t ns);
int64_t await_left(int64_t moment);

/* Sleeps for `ns`, or less when a signal comes. */
void await_pause(int64_t ns);

#endif
