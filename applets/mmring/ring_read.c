#include "ring_inside.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "await.h"

enum { SECOND = 1000000000 };    /* ns */

/* Looks where the head is. */
static void look(struct ring_reader *reader)
{
	struct ring_cursor c = {0};
	bool agrees = false, whole = false, changed;
	struct stat st;

	/* it may have been cut short when it was opened, and have got its size back */
	if (ring_there(reader->ring) < reader->ring->data_size && fstat(reader->ring->region.fd, &st) == 0)
		reader->ring->region.size = st.st_size;
	/* the record that the cursor calls the last may be overwritten by the time we look at it */
	for (int tries = 0; tries < 3 && !agrees; tries++)
		agrees = (whole = ring_load_cursor(reader->ring, &c)) && ring_cursor_agrees(reader->ring, &c);
	reader->foreign = whole && !ring_is_ours(reader->ring, &c);
	changed = c.turn != reader->turn || c.head != reader->head || c.seq != reader->next_seq;
	reader->turn = c.turn;
	reader->believes = agrees;
	/* no writer is at work, and the numbers are behind ours: the ring was cut short, and has begun anew. A cursor that has
	 * not changed is merely older than the records. */
	reader->began_anew = agrees && changed && c.owner == 0 && c.seq < reader->seq && c.head < reader->position;
	if (agrees) {
		reader->head = c.head;
		reader->next_seq = c.seq;
		reader->reserved = c.reserved;
	}
}

/* Bytes that were copied before this call and lie below this position may be others' by now. */
static uint64_t safe_from(struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;
	uint64_t end = reader->head;    /* the records prove that these positions were written */

	atomic_thread_fence(memory_order_acquire);
	if (reader->believes && ring_load_cursor(r, &c) && c.reserved > end)
		end = c.reserved;
	return end > r->data_size ? end - r->data_size : 0;
}

/* How much there is to copy of the record behind the head: 0 until its commit word is there. */
static size_t committed(struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	off_t off = DATA + (off_t)(reader->position % r->data_size);
	char head[8];
	uint32_t len;

	ring_take(r, off, head, 4);
	atomic_thread_fence(memory_order_acquire);
	if (le_get32(head) != ring_commit_word(r, reader->position))
		return 0;
	ring_take(r, off + 4, head + 4, 4);
	len = le_get32(head + 4);
	return (size_t)ring_record_size(len < r->longest ? len : r->longest);
}

/* Searches the whole ring for the head. */
static void search_head(struct ring_reader *reader)
{
	struct ring_end end;

	reader->searched_turn = reader->turn;
	reader->searched_at = await_now();
	ring_search(reader, &end);
	reader->head = end.head;
	reader->next_seq = end.seq;
}

/* A reader that cannot believe the cursor sees nothing at its position once it was lapped. So when a writer has been
 * there, but at most once a second, it searches. False when there is nothing new. */
static bool search_again(struct ring_reader *reader)
{
	if (!reader->foreign || reader->turn == reader->searched_turn || await_now() - reader->searched_at < SECOND)
		return false;
	search_head(reader);
	reader->began_anew = reader->next_seq < reader->seq && reader->head < reader->position;
	return reader->head > reader->position || reader->began_anew;
}

/* Fills the buffer from the reader's position on. Returns 1; 0 when there is nothing to read; -1 when what was there
 * may have been overwritten: then the position is moved on. */
static int refill(struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	size_t len = BUFFER;
	uint64_t safe;

	look(reader);
	if (reader->position >= reader->head && !reader->began_anew) {
		len = committed(reader);
		if (len == 0 && !search_again(reader))
			return 0;
		if (len == 0)
			len = BUFFER;
	}
	if (reader->began_anew) {
		reader->position = reader->head > r->data_size ? reader->head - r->data_size : 0;
		reader->seq = 0;
		reader->n_damaged++;
		reader->buf_len = 0;
		return -1;
	}
	ring_fill(reader, reader->position % r->data_size, len);
	safe = safe_from(reader);
	if (reader->position >= safe)
		return 1;
	reader->buf_len = 0;
	reader->position = ring_skip_end(r, (safe + 7) / 8 * 8);
	if (!reader->seq)
		reader->oldest = reader->position;
	return -1;
}

/* Whether what was at a position has been overwritten meanwhile. Asked only before damage is told, so it may take its
 * time for a writer that was interrupted while he changed the cursor; but once for each cursor that stays as it is, or
 * a damaged ring whose writer died there would take for ever. */
static bool is_overwritten(struct ring_reader *reader, uint64_t position)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;
	char turn[4];

	if (reader->gave_up) {
		ring_take(r, CURSOR, turn, sizeof turn);
		if (le_get32(turn) == reader->given_up_turn)
			return false;
	}
	for (int tries = 0; tries < 50; tries++) {
		if (ring_load_cursor(r, &c))
			return ring_is_ours(r, &c) && c.reserved > r->data_size && position < c.reserved - r->data_size;
		await_pause(1000000);
	}
	reader->gave_up = true;
	reader->given_up_turn = c.turn;
	return false;
}

/* Moves a reader that looks for a record over a hole, to the head at most. */
static void skip_hole(struct ring_reader *reader)
{
	uint64_t place = reader->position % reader->ring->data_size, data;

	if (reader->position >= reader->head)
		return;
	data = ring_next_data(reader->ring, place);
	reader->position += data - place < reader->head - reader->position ? data - place : reader->head - reader->position;
}

enum found { FOUND, FOUND_LATER, NOT_FOUND };

/* The first record from the reader's position on, which is moved there. A step is 8 bytes, since nothing says where a
 * record begins. FOUND_LATER: some bytes were passed over; *overtaken says that they were overwritten. */
static enum found find_record(struct ring_reader *reader, struct ring_record *record, uint64_t *size, bool *overtaken)
{
	struct ring *r = reader->ring;
	bool moved = false;

	for (*overtaken = false;; moved = true) {
		uint64_t left;
		int filled = 1;

		reader->position = ring_skip_end(r, reader->position);
		left = reader->head - reader->position;
		if (reader->position >= reader->head ||
		    !ring_is_buffered(reader, reader->position % r->data_size, left < RING_RECORD ? left : RING_RECORD)) {
			if (moved)
				skip_hole(reader);
			filled = refill(reader);
		}
		if (filled > 0 && ring_record_at(reader, reader->position, record, size))
			return moved ? FOUND_LATER : FOUND;
		if (filled == 0 || (filled > 0 && reader->position >= reader->head))
			return NOT_FOUND;
		if (filled < 0) {
			/* overtaken again: the oldest that is there will be gone each time we get there */
			if (*overtaken && reader->position < reader->head)
				reader->position += (reader->head - reader->position) / 2 / 8 * 8;
			*overtaken = true;
		} else if (reader->position % r->data_size >= ring_there(r))
			reader->position += r->data_size - reader->position % r->data_size;
		else
			reader->position += 8;
	}
}

/* Whether a gap before the oldest record tells damage: behind position 0 in any case, further on when it is longer than
 * what is left of a record and the padding behind it. A writer that died at work may have overwritten a batch more, as
 * the cursor knows, if there is one to be believed. */
static bool is_too_long(const struct ring_reader *reader, uint64_t from, uint64_t gap)
{
	const struct ring *r = reader->ring;
	uint64_t usual = ring_record_size(r->longest) + RECORD_HEAD + (reader->believes ? 0 : ring_longest_batch(r));

	if (from == 0 && (reader->believes || reader->head != r->data_size))
		return true;
	return from == reader->oldest && gap > usual;
}

/* Notes what is missing before the record that was found behind the position `from`. */
static void account(struct ring_reader *reader, const struct ring_record *record, uint64_t from, bool passed_over)
{
	uint64_t gap = record->position - from;

	if (reader->seq) {
		if (record->seq > reader->seq)
			reader->n_lost += record->seq - reader->seq;
		reader->n_damaged += passed_over && !is_overwritten(reader, from);
	} else if (passed_over && is_too_long(reader, from, gap) && !is_overwritten(reader, from)) {
		/* how many is known unless the ring was resized: then it begins with any number */
		reader->n_damaged++;
		reader->n_lost += from == 0 && record->seq - 1 <= gap / RECORD_HEAD ? record->seq - 1 : 1;
	}
}

bool ring_next(struct ring_reader *reader, struct ring_record *record)
{
	uint64_t from, size;
	bool overtaken;
	enum found found;

	do {
		from = ring_skip_end(reader->ring, reader->position);
		found = find_record(reader, record, &size, &overtaken);
		if (found == NOT_FOUND) {
			/* what should be there, up to the head */
			if (reader->position > from && reader->seq && !overtaken)
				reader->n_damaged += !is_overwritten(reader, from);
			if (reader->seq && reader->position >= reader->head && reader->next_seq > reader->seq) {
				reader->n_damaged += reader->position == from;
				reader->n_lost += reader->next_seq - reader->seq;
				reader->seq = reader->next_seq;
			} else if (!reader->seq && reader->position >= reader->head) {
				/* not one can be read: the next one stands for those that are missing before it */
				account(reader, &(struct ring_record){.position = reader->head, .seq = reader->next_seq}, from,
				        reader->position > from && !overtaken);
				reader->seq = reader->n_damaged ? reader->next_seq : 0;
			}
			return false;
		}
		account(reader, record, from, found == FOUND_LATER && !overtaken);
		reader->position += size;
		reader->seq = record->seq + (record->flags != RING_PADDING);
	} while (record->flags == RING_PADDING);
	return true;
}

static void go_to_oldest(struct ring_reader *reader)
{
	uint64_t size = reader->ring->data_size;
	uint64_t end = reader->believes && reader->reserved > reader->head ? reader->reserved : reader->head;

	reader->position = reader->oldest = end > size ? ring_skip_end(reader->ring, (end - size + 7) / 8 * 8) : 0;
	reader->seq = 0;
}

/* The number of the next record, where the search has found the head: a cursor of this boot that knows of a few
 * records more is right about it, since that is what it would look like if those were damaged. */
static uint64_t missing_at_end(const struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;

	if (ring_load_cursor(r, &c) && ring_is_ours(r, &c) && c.head > reader->head && c.head - reader->head <= r->data_size &&
	    c.seq > reader->next_seq && c.seq - reader->next_seq <= (c.head - reader->head) / RECORD_HEAD)
		return c.seq;
	return reader->next_seq;
}

bool ring_start(struct ring_reader *reader, struct ring *r)
{
	*reader = (struct ring_reader){.ring = r};
	if (!ring_get_buffer(reader))
		return false;
	look(reader);
	if (!reader->believes) {
		search_head(reader);
		reader->next_seq = missing_at_end(reader);
	}
	go_to_oldest(reader);
	if (reader->next_seq == 1)
		reader->seq = 1;        /* there is none yet */
	return true;
}

bool ring_is_of_this_boot(const struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;

	ring_load_cursor(r, &c);
	return r->knows_where && memcmp(c.where, r->where, BOOT_ID) == 0 && c.boot_seq != reader->next_seq;
}

void ring_seek(struct ring_reader *reader, uint64_t seq)
{
	struct ring_record record;
	uint64_t low, high, size;
	bool overtaken;

	go_to_oldest(reader);
	low = reader->position;
	high = reader->head;
	while (high > low && high - low > BUFFER) {
		uint64_t middle = low + (high - low) / 2 / 8 * 8;

		reader->position = middle;
		if (find_record(reader, &record, &size, &overtaken) == NOT_FOUND || record.seq >= seq)
			high = middle;
		else
			low = reader->position;
	}
	reader->position = low;
	while (find_record(reader, &record, &size, &overtaken) != NOT_FOUND) {
		if (record.seq >= seq)
			return;
		reader->position += size;
	}
	reader->seq = reader->next_seq;         /* that is what comes */
}

void ring_wait(struct ring_reader *reader, int64_t ns)
{
	const struct ring *r = reader->ring;

	await_change(&reader->await, r->reads ? NULL : r->front.at + CURSOR, le_word(reader->turn), ns);
}

void ring_stop(struct ring_reader *reader)
{
	free(reader->buf);
	reader->buf = NULL;
}
