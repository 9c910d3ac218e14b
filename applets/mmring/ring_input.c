#include "ring_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "le.h"
#include "msg.h"
#include "ring.h"
#include "scan.h"
#include "utf8.h"

enum { LONGEST_CHARACTER = 4 };

bool ring_input_start(struct ring_input *in)
{
	in->held = malloc(RING_RECORD + LONGEST_CHARACTER);
	if (!in->held)
		msg_warn("%s", msg_reason(ENOMEM));
	return in->held;
}

/* Hands on a piece, and remembers whether the next one is the rest of the same line. */
static bool hand_on(struct ring_input *in, const char *piece, size_t len, unsigned flags)
{
	unsigned rest = in->within ? RING_CONTINUED : 0;

	in->within = flags & RING_CONTINUES;
	return in->take(in->arg, piece, len, flags | rest);
}

/* Hands on as much of what is held as does not fit into the last piece. */
static bool shed(struct ring_input *in, size_t longest)
{
	while (in->held_len > longest) {
		size_t len = utf8_cut(in->held, in->held_len, longest);

		if (!hand_on(in, in->held, len, RING_CONTINUES))
			return false;
		in->held_len -= len;
		memmove(in->held, in->held + len, in->held_len);
	}
	return true;
}

static bool feed_lines(struct ring_input *in, size_t longest, const char *p, size_t n)
{
	if (!shed(in, longest))
		return false;
	while (n > 0) {
		size_t len = scan_byte(p, n, '\n');
		bool newline = len < n, ok = true;

		if (in->held_len == 0 && newline && len <= longest)
			ok = hand_on(in, p, len, 0);
		else {
			/* a little more than a record can have, so that it is seen where a character ends */
			size_t room = longest + LONGEST_CHARACTER - in->held_len;

			if (len > room) {
				len = room;
				newline = false;
			}
			memcpy(in->held + in->held_len, p, len);
			in->held_len += len;
			if (newline || len == room)
				ok = shed(in, longest);
			if (ok && newline) {
				ok = hand_on(in, in->held, in->held_len, 0);
				in->held_len = 0;
			}
		}
		if (!ok)
			return false;
		len += newline;
		p += len;
		n -= len;
	}
	return true;
}

static size_t prefix_of(const struct ring_input *in)
{
	return in->block ? 0 : RING_INPUT_PREFIX;
}

/* The bytes of the block that is being held, its prefix included; 0 while that is not complete. */
static uint64_t block_size(const struct ring_input *in)
{
	if (in->block)
		return in->block;
	return in->held_len < RING_INPUT_PREFIX ? 0 : RING_INPUT_PREFIX + (uint64_t)le_get32(in->held);
}

/* Whether the ring takes the block that is being held; says so when it does not. */
static bool block_fits(const struct ring_input *in, size_t longest)
{
	uint64_t size = block_size(in);

	if (size == 0 || size - prefix_of(in) <= longest)
		return true;
	msg_warn("%s of %" PRIu64 " bytes: this ring takes at most %zu", in->block ? "blocks" : "a block",
	         size - prefix_of(in), longest);
	return false;
}

static bool feed_blocks(struct ring_input *in, size_t longest, const char *p, size_t n)
{
	size_t prefix = prefix_of(in);

	if (!block_fits(in, longest))
		return false;
	while (n > 0) {
		size_t want = block_size(in) ? (size_t)block_size(in) : RING_INPUT_PREFIX;
		size_t part = want - in->held_len < n ? want - in->held_len : n;

		memcpy(in->held + in->held_len, p, part);
		in->held_len += part;
		p += part;
		n -= part;
		if (!block_fits(in, longest))
			return false;
		if (in->held_len == block_size(in)) {
			if (!in->take(in->arg, in->held + prefix, in->held_len - prefix, RING_BINARY))
				return false;
			in->held_len = 0;
		}
	}
	return true;
}

bool ring_input_feed(struct ring_input *in, size_t longest, const char *p, size_t n)
{
	return (in->blocks ? feed_blocks : feed_lines)(in, longest, p, n);
}

bool ring_input_holds(const struct ring_input *in)
{
	return in->held_len > 0;
}

bool ring_input_finish(struct ring_input *in, size_t longest)
{
	bool ok = true;

	if (in->held_len == 0)
		return true;
	if (in->blocks && !in->block) {
		msg_warn("the input ends within a block");
		return false;
	}
	ok = in->blocks ? block_fits(in, longest) : shed(in, longest);
	return ok && hand_on(in, in->held, in->held_len, in->blocks ? RING_BINARY : RING_NO_NEWLINE);
}

void ring_input_free(struct ring_input *in)
{
	free(in->held);
	in->held = NULL;
	in->held_len = 0;
}
