/*
 * ring_input: a stream of bytes as what records hold: lines, or blocks of one length, or blocks that each come with
 * their length before them (4 bytes, little-endian). A line that is longer than a record is several pieces, cut
 * between characters. Failures are said by msg_warn.
 */
#ifndef RING_INPUT_H
#define RING_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring_input {
	bool blocks;
	uint64_t block;         /* bytes of each, 0: each has its own length before it */

	/* Takes a piece; RING_CONTINUES, RING_CONTINUED, RING_NO_NEWLINE and RING_BINARY
	 * say what it is. False after a message. */
	bool (*take)(void *arg, const char *piece, size_t len, unsigned flags);
	void *arg;

	char *held;             /* what has come of a line or block that is not complete */
	size_t held_len;
	bool within;            /* a piece of the line was handed on, and the line goes on */
};

/* The bytes before a block that tell its length. */
enum { RING_INPUT_PREFIX = 4 };

/* Begins with the members above set, as zero but for what the caller wants. */
bool ring_input_start(struct ring_input *in);

/* Takes `n` bytes; a piece has at most `longest`, which may have changed since the last time. */
bool ring_input_feed(struct ring_input *in, size_t longest, const char *p, size_t n);

/* Whether something is held that is not a whole line or block. */
bool ring_input_holds(const struct ring_input *in);

/* The input has ended: what is held is all that there will be. */
bool ring_input_finish(struct ring_input *in, size_t longest);

void ring_input_free(struct ring_input *in);

#endif
