#include "ring_inside.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "msg.h"
#include "os.h"

/* Whether what stands there, in the buffer, has a position that a record at that place may have, from `head` on. Nearly
 * nothing has, so that all places of a buffer are looked at in little time. */
static bool may_be_later(const struct ring_reader *reader, uint64_t place, uint64_t head)
{
	const char *p = reader->buf + (place - reader->buf_place);

	return (le_get32(p + 8) ^ place) % 4096 == 0 && le_get32(p) != 0 && le_get64(p + 8) >= head;
}

/* Whether records lie behind the head that the cursor names, though no writer is at work: a cursor from before a file
 * system was mounted anew may be older than the records, and some of those may be missing. */
static bool has_later(struct ring_reader *reader, uint64_t head)
{
	struct ring_record record;
	uint64_t size, place = head % reader->ring->data_size, end;

	for (uint64_t left = BUFFER; left > 0 && place + RECORD_HEAD <= reader->ring->data_size; place = 0) {
		ring_fill(reader, place, (size_t)left);
		end = place + reader->buf_len;
		for (uint64_t at = place; at + RECORD_HEAD <= end; at += 8)
			if (may_be_later(reader, at, head) && ring_record_in(reader, at, &record, &size) && record.position >= head)
				return true;
		left -= place == 0 ? left : reader->buf_len;
	}
	return false;
}

/* Where the last writer was of another boot, the next record is the first one of ours. */
static void begin_boot(struct ring *r, const struct ring_cursor *c)
{
	if (r->knows_where && memcmp(c->where, r->where, BOOT_ID) == 0)
		r->boot_seq = c->boot_seq;
	else
		r->boot_seq = r->knows_where && r->end.head > 0 ? r->end.seq : 0;
}

/* Finds the head, as the cursor or else the records say. */
static bool find_head(struct ring *r)
{
	struct ring_cursor c;
	struct ring_reader reader = {.ring = r};
	struct ring_record record;
	uint64_t size, place;
	bool whole = ring_load_cursor(r, &c), believes;

	r->turn = c.turn;
	r->failed = false;
	r->end = r->written;
	if (whole && r->appended && c.owner == 0 && c.head == r->end.head && c.seq == r->end.seq)
		return true;
	believes = whole && ring_cursor_agrees(r, &c);
	r->written = r->end = (struct ring_end){.head = c.head, .last = c.last, .seq = c.seq};
	begin_boot(r, &c);
	if (believes && c.owner == 0 && r->looked_behind)
		return true;
	if (!ring_get_buffer(&reader))
		return false;
	if (believes && c.owner == 0 && has_later(&reader, c.head))
		believes = false;
	r->looked_behind = true;
	if (!believes)
		ring_search(&reader, &r->end);
	else
		/* a writer died at work: its records are there, one behind the other */
		for (;;) {
			place = r->end.head % r->data_size;
			if (!ring_is_buffered(&reader, place, RING_RECORD))
				ring_fill(&reader, place, BUFFER);
			if (!ring_record_at(&reader, r->end.head, &record, &size))
				break;
			r->end.last = r->end.head;
			r->end.seq = record.seq + (record.flags != RING_PADDING);
			r->end.head = ring_skip_end(r, r->end.head + size);
		}
	free(reader.buf);
	r->written = r->end;
	begin_boot(r, &c);
	return true;
}

int ring_begin(struct ring *r)
{
	off_t end = DATA + (off_t)r->data_size;
	struct stat st = {0};
	bool cut;

	while (!region_lock(&r->region, 0, true))
		if (!os_interrupted()) {
			msg_warn_errno("%s: cannot lock", msg_name(r->region.name));
			return -1;
		}
	/* cut short by somebody, or by the death of who made it: the records that are lost will be told by their numbers */
	if (fstat(r->region.fd, &st) == 0)
		r->region.size = st.st_size;
	cut = st.st_size > 0 && st.st_size < end;
	r->mends = !cut || (uint64_t)end <= r->most;
	r->sparse = (uint64_t)end > r->most && st.st_blocks < end / 512;
	if (cut && r->most > 0 && !r->mends)
		msg_warn("%s: has %lld of the %lld bytes that its header tells; '%s create' would give it those",
		         msg_name(r->region.name), (long long)r->region.size, (long long)end, msg_program);
	else if (cut && r->mends && !region_reserve(&r->region, 0, end))
		msg_warn_file(r->region.name);
	else
		cut = false;
	if (cut) {
		region_unlock(&r->region, 0);
		return -1;
	}
	if (ring_is_replaced(r)) {
		region_unlock(&r->region, 0);
		return 0;
	}
	if (!r->batch)
		r->batch = malloc(BUFFER);
	if (!r->batch)
		msg_warn("%s", msg_reason(ENOMEM));
	else if (find_head(r)) {
		r->rest = r->data_size - r->end.head % r->data_size;
		r->pid = (uint32_t)getpid();
		return 1;
	}
	region_unlock(&r->region, 0);
	return -1;
}

/* Puts the records of the batch into the ring: first without their commit words, then these in their order. So whatever
 * becomes of us between, the records that count are the first ones, and no word stands behind them that a later batch
 * could bring to life. They are written and not stored into a mapping: that makes a lack of space an error, and changes
 * the file's time. */
static bool flush(struct ring *r)
{
	size_t len = (size_t)(r->end.head - r->written.head);
	off_t off = DATA + (off_t)(r->written.head % r->data_size);

	if (len == 0)
		return true;
	if (!ring_store_cursor(r, r->pid))
		return false;
	atomic_thread_fence(memory_order_seq_cst);      /* who sees one of the bytes sees that they are reserved */
	r->failed = true;
	if (!ring_put(r, off, r->batch, len) || !ring_commit(r, r->written.head, r->batch, len))
		return false;
	r->written = r->end;
	r->failed = false;
	return true;
}

/* The same at the end of the data, whose last bytes are passed over. */
static bool flush_lap(struct ring *r)
{
	if (!flush(r))
		return false;
	r->end.head += r->rest;
	r->written.head = r->end.head;
	r->rest = r->data_size;
	return true;
}

/* Composes a record behind the batch, but for its commit word. `len` is what its length field says, `size` what it
 * has there. */
static void compose(struct ring *r, const struct ring_record *record, uint32_t len, size_t size)
{
	char *to = r->batch + (r->end.head - r->written.head), *body = to + RECORD_HEAD;
	unsigned kind = record->flags | (unsigned)record->tag_len << 8 | record->writer << 16;
	uint64_t position = r->end.head, time_ns = (uint64_t)record->time_ns;
	char head[32];          /* bytes 4 to 35, as words that are loaded again as they were stored, which is quick */
	uint32_t crc;

	le_put64(to + size - 8, 0);     /* the last of these bytes may be left over */
	le_put32(to, 0);
	le_put64(head, len | position << 32);
	le_put64(head + 8, position >> 32 | record->seq << 32);
	le_put64(head + 16, record->seq >> 32 | time_ns << 32);
	le_put64(head + 24, time_ns >> 32 | (uint64_t)kind << 32);
	crc = crc32c_copy(r->id_crc, to + 4, head, sizeof head);
	if (record->flags != RING_PADDING) {
		if (record->tag_len > 0)
			crc = crc32c_copy(crc, body, record->tag, record->tag_len);
		crc = crc32c_copy(crc, body + record->tag_len, record->payload, record->len);
	}
	le_put32(to + 36, crc);
	r->end.last = r->end.head;
	r->end.head += size;
	r->rest -= size;
}

/* Whether the batch has room for so much, perhaps after it was put into the ring. */
static bool make_room(struct ring *r, size_t size)
{
	return r->end.head - r->written.head + size <= ring_longest_batch(r) || flush(r);
}

bool ring_append_as(struct ring *r, struct ring_record *record, uint64_t seq)
{
	size_t len = record->tag_len + record->len, size = (size_t)ring_record_size((uint32_t)len);

	if (r->end.head > RING_LIMIT - 2 * r->data_size || seq >= RING_LIMIT - 1)
		return msg_warn_name(r->region.name, "its positions or numbers are used up; a new ring is needed");
	if (size > r->rest) {
		struct ring_record padding = {.flags = RING_PADDING, .seq = seq, .time_ns = record->time_ns};

		if (!make_room(r, RECORD_HEAD))
			return false;
		compose(r, &padding, (uint32_t)(r->rest - RECORD_HEAD), RECORD_HEAD);
		if (!flush_lap(r))
			return false;
	} else if (!make_room(r, size))
		return false;
	record->seq = seq;
	record->position = r->end.head;
	compose(r, record, (uint32_t)len, size);
	r->end.seq = seq + 1;
	/* at the end of the data the batch ends, too */
	return r->rest >= RECORD_HEAD || flush_lap(r);
}

bool ring_append(struct ring *r, struct ring_record *record)
{
	record->writer = r->pid & 0xFFFF;
	if (r->end.seq == r->boot_seq)
		record->flags |= RING_BOOT;
	return ring_append_as(r, record, r->end.seq);
}

bool ring_end(struct ring *r)
{
	bool ok = !r->failed && flush(r) && ring_mend(r) && ring_store_cursor(r, 0);

	r->appended = ok;
	region_unlock(&r->region, 0);
	if (ok && !r->reads)
		os_wake(r->front.at + CURSOR, INT_MAX);
	return ok;
}

bool ring_sync(struct ring *r)
{
	/* the cursor, which is mapped, is a hint only */
	if (fdatasync(r->region.fd) < 0 && errno != EINVAL)
		return msg_warn_file(r->region.name);
	return true;
}
