/*
 * ring_inside: what the files of core/ring share, and nobody else uses. ring_bytes moves bytes and the cursor, mapped
 * or not; ring_records knows records, and finds them; ring opens and makes rings; ring_write appends; ring_read
 * reads. A position counts all bytes that ever went into the ring; the place is where it lies in the data. Failures
 * are said by msg_warn.
 */
#ifndef RING_INSIDE_H
#define RING_INSIDE_H

#include "le.h"
#include "ring.h"

enum {
	CURSOR = 4096, COPY = 6144, DATA = 8192,        /* offsets in the file */
	CURSOR_LEN = 80, RECORD_HEAD = 40, BOOT_ID = 16,
	BUFFER = 1 << 17,                               /* holds a record, and stays in the second-level cache */
};

/* Positions end here, and numbers of records lie below: no sum of two of them, or of one and a data size, wraps. */
#define RING_LIMIT ((uint64_t)1 << 62)

/* ---- ring_bytes ---- */

/* Copies bytes of the file out; those that cannot be had are zeros, which are never a record. */
void ring_take(struct ring *r, off_t off, void *to, size_t len);

/* Writes without a mapping. */
bool ring_put(struct ring *r, off_t off, const void *from, size_t len);

/* Stores the commit words of a batch of records that was put into the ring without them, in their order: through a
 * mapping where the place stays mapped, else by putting the batch there once more, with them. */
bool ring_commit(struct ring *r, uint64_t position, char *batch, size_t len);

/* False when it is being changed all the time, or was left so, or has numbers that none can have. */
bool ring_load_cursor(struct ring *r, struct ring_cursor *cursor);

/* Stores the end of what is written, that all below the end of the batch may be overwritten, and who is at work. */
bool ring_store_cursor(struct ring *r, uint32_t owner);

/* ---- ring ---- */

/* A file that was cut short while we wrote gets its header and size back. False when that cannot be. */
bool ring_mend(struct ring *r);

/* ---- ring_records ---- */

uint32_t ring_commit_word(const struct ring *r, uint64_t position);

/* The bytes of a record with `len` bytes of tag and payload. */
uint64_t ring_record_size(uint32_t len);

/* A position in the padding without a header at the end of the data stands for that of the next place 0. */
uint64_t ring_skip_end(const struct ring *r, uint64_t position);

/* The first place from there on at which the file has bytes; what lies before it is a hole, without records. The data
 * size when no bytes follow. */
uint64_t ring_next_data(const struct ring *r, uint64_t place);

/* How much of the data the file has, which may have been cut short. */
uint64_t ring_there(const struct ring *r);

/* The bytes of a batch at most. */
uint64_t ring_longest_batch(const struct ring *r);

/* Whether the cursor was stored by this boot and for this file; and whether the records agree with it, so that it can
 * be believed. */
bool ring_is_ours(const struct ring *r, const struct ring_cursor *c);
bool ring_cursor_agrees(struct ring *r, const struct ring_cursor *c);

/* A buffer for a reader, the caller's to free. */
bool ring_get_buffer(struct ring_reader *reader);

/* Fills it from a place on, with up to `len` bytes. */
void ring_fill(struct ring_reader *reader, uint64_t place, size_t len);

/* Whether it has `need` bytes from that place on, or all up to the end of the data. */
bool ring_is_buffered(const struct ring_reader *reader, uint64_t place, uint64_t need);

/* The record of any position at a place, or that of one position, if the buffer holds it. Sets its size in the ring. */
bool ring_record_in(const struct ring_reader *reader, uint64_t place, struct ring_record *record, uint64_t *size);
bool ring_record_at(const struct ring_reader *reader, uint64_t position, struct ring_record *record, uint64_t *size);

/* Searches all places for the record with the highest position; without any the ring is new. */
void ring_search(struct ring_reader *reader, struct ring_end *end);

#endif
