#include "ring_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "msg.h"
#include "os.h"

uint32_t ring_commit_word(const struct ring *r, uint64_t position)
{
	char bytes[8];
	uint32_t crc;

	le_put64(bytes, position);
	crc = crc32c(r->id_crc, bytes, sizeof bytes);
	return crc ? crc : 1;
}

uint64_t ring_record_size(uint32_t len)
{
	return (RECORD_HEAD + (uint64_t)len + 7) / 8 * 8;
}

/* The record at `p`, the bytes of a place, of which `len` are there. Sets its size in the ring. */
static bool parse(const struct ring *r, const char *p, size_t len, uint64_t place, struct ring_record *record,
                  uint64_t *size)
{
	uint64_t position;
	uint32_t bytes, crc;
	bool padding;

	if (len < RECORD_HEAD)
		return false;
	/* a look at the last bits spares nearly all divisions */
	if (le_get32(p) == 0 || (le_get32(p + 8) ^ place) % 4096)
		return false;
	position = le_get64(p + 8);
	bytes = le_get32(p + 4);
	if (position > RING_LIMIT - r->data_size || position % r->data_size != place ||
	    le_get32(p) != ring_commit_word(r, position))
		return false;
	*record = (struct ring_record){.position = position, .seq = le_get64(p + 16), .time_ns = (int64_t)le_get64(p + 24),
	                               .flags = (unsigned char)p[32], .tag_len = (unsigned char)p[33],
	                               .writer = le_get32(p + 32) >> 16};
	padding = record->flags == RING_PADDING;
	if (padding ? bytes != r->data_size - place - RECORD_HEAD
	            : bytes > r->longest || bytes > len - RECORD_HEAD || record->tag_len > bytes ||
	              record->tag_len > RING_TAG)
		return false;
	crc = crc32c(r->id_crc, p + 4, 32);
	if (!padding)
		crc = crc32c(crc, p + RECORD_HEAD, bytes);
	if (le_get32(p + 36) != crc || record->seq == 0 || record->seq >= RING_LIMIT)
		return false;
	if (!padding) {
		record->tag = p + RECORD_HEAD;
		record->payload = record->tag + record->tag_len;
		record->len = bytes - record->tag_len;
	}
	*size = padding ? r->data_size - place : ring_record_size(bytes);
	return true;
}

uint64_t ring_skip_end(const struct ring *r, uint64_t position)
{
	uint64_t rest = r->data_size - position % r->data_size;

	return rest < RECORD_HEAD ? position + rest : position;
}

uint64_t ring_next_data(const struct ring *r, uint64_t place)
{
	off_t start, end;
	int found = os_next_data(r->region.fd, DATA + (off_t)place, &start, &end);

	if (found < 0 || (found > 0 && start - DATA <= (off_t)place))
		return place;
	return found == 0 || (uint64_t)(start - DATA) > r->data_size ? r->data_size : (uint64_t)(start - DATA) / 8 * 8;
}

uint64_t ring_there(const struct ring *r)
{
	return r->region.size > DATA ? (uint64_t)r->region.size - DATA : 0;
}

void ring_fill(struct ring_reader *reader, uint64_t place, size_t len)
{
	uint64_t rest = reader->ring->data_size - place;

	reader->buf_place = place;
	reader->buf_len = rest < len ? (size_t)rest : len;
	ring_take(reader->ring, DATA + (off_t)place, reader->buf, reader->buf_len);
}

bool ring_is_buffered(const struct ring_reader *reader, uint64_t place, uint64_t need)
{
	uint64_t rest = reader->ring->data_size - place;

	if (need > rest)
		need = rest;
	return place >= reader->buf_place && place + need <= reader->buf_place + reader->buf_len;
}

bool ring_record_in(const struct ring_reader *reader, uint64_t place, struct ring_record *record, uint64_t *size)
{
	size_t at = (size_t)(place - reader->buf_place);

	return place >= reader->buf_place && at < reader->buf_len &&
	       parse(reader->ring, reader->buf + at, reader->buf_len - at, place, record, size);
}

bool ring_record_at(const struct ring_reader *reader, uint64_t position, struct ring_record *record, uint64_t *size)
{
	return ring_record_in(reader, position % reader->ring->data_size, record, size) && record->position == position;
}

bool ring_is_ours(const struct ring *r, const struct ring_cursor *c)
{
	return r->knows_where && memcmp(c->where, r->where, sizeof r->where) == 0;
}

bool ring_cursor_agrees(struct ring *r, const struct ring_cursor *c)
{
	char p[RECORD_HEAD];
	uint64_t place = c->last % r->data_size;

	if (!ring_is_ours(r, c) || c->head % 8 || c->last % 8 ||
	    c->reserved < c->head || c->reserved - c->head > (c->owner ? r->data_size : 0))
		return false;
	if (c->head == 0)
		return c->seq == 1;
	if (c->last >= c->head || r->data_size - place < RECORD_HEAD)
		return false;
	ring_take(r, DATA + (off_t)place, p, sizeof p);
	if (le_get32(p) != ring_commit_word(r, c->last) || le_get64(p + 8) != c->last || le_get32(p + 4) > r->data_size)
		return false;
	if ((unsigned char)p[32] == RING_PADDING)
		return c->last + (r->data_size - place) == c->head && le_get64(p + 16) == c->seq;
	return ring_skip_end(r, c->last + ring_record_size(le_get32(p + 4))) == c->head && le_get64(p + 16) + 1 == c->seq;
}

void ring_search(struct ring_reader *reader, struct ring_end *end)
{
	struct ring *r = reader->ring;
	struct ring_record record;
	uint64_t size;

	*end = (struct ring_end){.seq = 1};
	reader->buf_len = 0;
	for (uint64_t place = 0; place + RECORD_HEAD <= r->data_size && place < ring_there(r); place += size) {
		size = 8;
		if (!ring_is_buffered(reader, place, RING_RECORD)) {
			uint64_t data = ring_next_data(r, place);

			if (data > place) {
				size = data - place;
				continue;
			}
			ring_fill(reader, place, BUFFER);
		}
		if (!ring_record_in(reader, place, &record, &size)) {
			size = 8;
			continue;
		}
		if (record.position + size > end->head) {
			end->head = ring_skip_end(r, record.position + size);
			end->last = record.position;
			end->seq = record.seq + (record.flags != RING_PADDING);
		}
	}
	reader->buf_len = 0;
}

bool ring_get_buffer(struct ring_reader *reader)
{
	reader->buf = malloc(BUFFER);
	if (!reader->buf)
		msg_warn("%s", msg_reason(ENOMEM));
	return reader->buf;
}

/* Who dies halfway must leave records, or their numbers would begin anew. */
uint64_t ring_longest_batch(const struct ring *r)
{
	return r->data_size / 4 < BUFFER ? r->data_size / 4 : BUFFER;
}
