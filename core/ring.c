#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crc32c.h"
#include "guard.h"
#include "map.h"
#include "msg.h"
#include "os.h"
#include "when.h"

enum {
	CURSOR = 4096, COPY = 6144, DATA = 8192,        /* offsets */
	HEADER_LEN = 52, CURSOR_LEN = 72, RECORD_HEAD = 40,
	VERSION = 1,
	BUFFER = 1 << 17,                               /* holds a record, and stays in the second-level cache */
	SMALL = 4096,
	MANY_TURNS = 1000,                              /* looks at a cursor that is being changed */
	SECOND = 1000000000,                            /* ns */
};

static const char magic[8] = "mmring\n";

/* ---- little-endian numbers ---- */

static uint32_t get32(const void *at)
{
	const unsigned char *p = at;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const void *at)
{
	return get32(at) | (uint64_t)get32((const char *)at + 4) << 32;
}

static void put32(void *at, uint32_t x)
{
	unsigned char *p = at;

	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(x >> 8 * i);
}

static void put64(void *at, uint64_t x)
{
	put32(at, (uint32_t)x);
	put32((char *)at + 4, (uint32_t)(x >> 32));
}

/* From a number to the little-endian word in memory, and back. */
static uint32_t le32(uint32_t x)
{
	uint32_t word;

	put32(&word, x);
	return word;
}

/* ---- bytes of the file, mapped or not ---- */

/* The view that holds [off, off + len), and where in it; NULL when the ring is to be read and written instead. */
static struct region_view *view_of(struct ring *r, off_t off, size_t len, char **at)
{
	off_t end = DATA + (off_t)r->data_size;
	size_t most;

	if (r->reads)
		return NULL;
	if (off < DATA) {
		*at = r->front.at + off;
		return &r->front;
	}
	if (!r->window.at || off < r->window_off || off - r->window_off + (off_t)len > (off_t)r->window_len) {
		most = map_window < len ? len : map_window;
		if ((off_t)most > end - off)
			most = (size_t)(end - off);
		if (!region_map(&r->region, &r->window, off, most)) {
			most = len;
			if (!region_map(&r->region, &r->window, off, most)) {
				r->reads = true;
				return NULL;
			}
		}
		r->window_off = off;
		r->window_len = most;
	}
	*at = r->window.at + (off - r->window_off);
	return &r->window;
}

struct copying {
	char *to;
	const char *from;
	size_t len;
};

static void do_copy(void *arg)
{
	struct copying *c = arg;

	memcpy(c->to, c->from, c->len);
}

/* Copies bytes of the file out; those that cannot be had are zeros, which are never a record. What is to be copied anyway is
 * read, as long as it is much: that spares the page faults. */
static void take(struct ring *r, off_t off, void *to, size_t len)
{
	struct copying c = {.to = to, .len = len};
	char *at = NULL, *p = to;
	struct region_view *view = map_io == MAP_IO_AUTO && len > SMALL ? NULL : view_of(r, off, len, &at);

	c.from = at;
	if (view && guard_call(do_copy, &c, view->base, view->len) == 0)
		return;
	while (len > 0) {
		ssize_t n = pread(r->region.fd, p, len, off);

		if (n < 0 && msg_retry())
			continue;
		if (n <= 0) {
			/* a bad page need not be the end of it */
			size_t page = n < 0 ? 4096 - (size_t)(off % 4096) : len;

			n = (ssize_t)(page < len ? page : len);
			memset(p, 0, (size_t)n);
			r->unreadable = true;
		}
		p += n;
		off += n;
		len -= (size_t)n;
	}
}

/* Writes without a mapping. */
static bool put(struct ring *r, off_t off, const void *from, size_t len)
{
	const char *p = from;

	while (len > 0) {
		ssize_t n = pwrite(r->region.fd, p, len, off);

		if (n < 0 && msg_retry())
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = ENOSPC;
			msg_warn_errno("%s", msg_name(r->region.name));
			return false;
		}
		p += n;
		off += n;
		len -= (size_t)n;
	}
	return true;
}

/* A store into the mapping has failed: says so, and returns false. */
static bool faulted(struct ring *r)
{
	off_t end = DATA + (off_t)r->data_size;

	if (region_holds(&r->region, 0, 0) && r->region.size < end)
		msg_warn("%s: shrank while being written", msg_name(r->region.name));
	else
		msg_warn("%s: cannot be written: no space, or an error of the medium", msg_name(r->region.name));
	return false;
}

/* ---- the cursor ---- */

typedef _Atomic uint32_t word;

/* Its words, as they lie in the file. */
struct cursor_words {
	word *at;
	uint32_t w[CURSOR_LEN / 4];
	bool whole;
};

static void encode(const struct ring_cursor *c, void *to)
{
	char *bytes = to;

	put32(bytes, c->turn);
	put32(bytes + 4, c->owner);
	put64(bytes + 8, c->reserved);
	put64(bytes + 16, c->head);
	put64(bytes + 24, c->last);
	put64(bytes + 32, c->seq);
	memcpy(bytes + 40, c->where, sizeof c->where);
}

static void decode(struct ring_cursor *c, const void *from)
{
	const char *bytes = from;

	c->turn = get32(bytes);
	c->owner = get32(bytes + 4);
	c->reserved = get64(bytes + 8);
	c->head = get64(bytes + 16);
	c->last = get64(bytes + 24);
	c->seq = get64(bytes + 32);
	memcpy(c->where, bytes + 40, sizeof c->where);
}

/* A sequence lock: the first word is odd while the others change. */
static void load_words(void *arg)
{
	struct cursor_words *c = arg;

	for (int i = 0; i < MANY_TURNS && !c->whole; i++) {
		c->w[0] = atomic_load_explicit(c->at, memory_order_acquire);
		for (size_t j = 1; j < CURSOR_LEN / 4; j++)
			c->w[j] = atomic_load_explicit(c->at + j, memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		c->whole = !(le32(c->w[0]) & 1) && atomic_load_explicit(c->at, memory_order_relaxed) == c->w[0];
	}
}

static void store_words(void *arg)
{
	struct cursor_words *c = arg;

	atomic_store_explicit(c->at, c->w[0], memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t j = 1; j < CURSOR_LEN / 4; j++)
		atomic_store_explicit(c->at + j, c->w[j], memory_order_relaxed);
	atomic_store_explicit(c->at, le32(le32(c->w[0]) + 1), memory_order_release);
}

/* False when it is being changed all the time, or was left so. */
static bool load_cursor(struct ring *r, struct ring_cursor *cursor)
{
	struct cursor_words c = {.whole = false};
	uint32_t first, again;
	char *at;
	struct region_view *view = view_of(r, CURSOR, CURSOR_LEN, &at);

	if (view) {
		c.at = (word *)(void *)at;
		if (guard_call(load_words, &c, view->base, view->len) < 0)
			c.whole = false;
	} else
		for (int i = 0; i < MANY_TURNS && !c.whole; i++) {
			take(r, CURSOR, &first, sizeof first);
			take(r, CURSOR, c.w, sizeof c.w);
			take(r, CURSOR, &again, sizeof again);
			c.whole = !(le32(again) & 1) && first == again;
		}
	decode(cursor, c.w);
	return c.whole;
}

/* Stores the end of what is written, that all below the end of the batch may be overwritten, and who is at work. */
static bool store_cursor(struct ring *r, uint32_t owner)
{
	struct ring_cursor cursor = {.owner = owner, .reserved = r->end.head, .head = r->written.head,
	                             .last = r->written.last, .seq = r->written.seq};
	struct cursor_words c;
	uint32_t even;
	char *at;
	struct region_view *view = view_of(r, CURSOR, CURSOR_LEN, &at);

	cursor.turn = (r->turn | 1) + 2;
	r->turn = cursor.turn + 1;
	memcpy(cursor.where, r->where, sizeof cursor.where);
	encode(&cursor, c.w);
	if (view) {
		c.at = (word *)(void *)at;
		return guard_call(store_words, &c, view->base, view->len) == 0 || faulted(r);
	}
	even = le32(r->turn);
	return put(r, CURSOR, c.w, 4) && put(r, CURSOR + 4, c.w + 1, CURSOR_LEN - 4) && put(r, CURSOR, &even, 4);
}

/* ---- records ---- */

static uint32_t commit_word(const struct ring *r, uint64_t position)
{
	char bytes[8];
	uint32_t crc;

	put64(bytes, position);
	crc = crc32c(r->id_crc, bytes, sizeof bytes);
	return crc ? crc : 1;
}

static uint64_t size_of(size_t len)
{
	return (RECORD_HEAD + len + 7) / 8 * 8;
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
	position = get64(p + 8);
	bytes = get32(p + 4);
	if (get32(p) == 0 || position % r->data_size != place || get32(p) != commit_word(r, position))
		return false;
	*record = (struct ring_record){.position = position, .seq = get64(p + 16), .time_ns = (int64_t)get64(p + 24),
	                               .flags = (unsigned char)p[32], .tag_len = (unsigned char)p[33],
	                               .writer = get32(p + 32) >> 16};
	padding = record->flags == RING_PADDING;
	if (padding ? bytes != r->data_size - place - RECORD_HEAD
	            : bytes > r->longest || bytes > len - RECORD_HEAD || record->tag_len > bytes ||
	              record->tag_len > RING_TAG)
		return false;
	crc = crc32c(r->id_crc, p + 4, 32);
	if (!padding)
		crc = crc32c(crc, p + RECORD_HEAD, bytes);
	if (get32(p + 36) != crc || record->seq == 0)
		return false;
	if (!padding) {
		record->tag = p + RECORD_HEAD;
		record->payload = record->tag + record->tag_len;
		record->len = bytes - record->tag_len;
	}
	*size = padding ? r->data_size - place : size_of(bytes);
	return true;
}

/* A position in the padding without a header at the end of the data stands for that of the next place 0. */
static uint64_t skip_end(const struct ring *r, uint64_t position)
{
	uint64_t rest = r->data_size - position % r->data_size;

	return rest < RECORD_HEAD ? position + rest : position;
}

/* How much of the data the file has, which may have been cut short. */
static uint64_t there(const struct ring *r)
{
	return r->region.size > DATA ? (uint64_t)r->region.size - DATA : 0;
}

/* Fills the reader's buffer from a place on, with up to `len` bytes. */
static void fill(struct ring_reader *reader, uint64_t place, size_t len)
{
	uint64_t rest = reader->ring->data_size - place;

	reader->buf_place = place;
	reader->buf_len = rest < len ? (size_t)rest : len;
	take(reader->ring, DATA + (off_t)place, reader->buf, reader->buf_len);
}

/* Whether the buffer has `need` bytes from that place on, or all up to the end of the data. */
static bool is_buffered(const struct ring_reader *reader, uint64_t place, uint64_t need)
{
	uint64_t rest = reader->ring->data_size - place;

	if (need > rest)
		need = rest;
	return place >= reader->buf_place && place + need <= reader->buf_place + reader->buf_len;
}

/* The record of any position at a place, if the buffer holds it. */
static bool record_in(const struct ring_reader *reader, uint64_t place, struct ring_record *record, uint64_t *size)
{
	size_t at = (size_t)(place - reader->buf_place);

	return place >= reader->buf_place && at < reader->buf_len &&
	       parse(reader->ring, reader->buf + at, reader->buf_len - at, place, record, size);
}

/* The record at a position, if the buffer holds it. */
static bool record_at(const struct ring_reader *reader, uint64_t position, struct ring_record *record, uint64_t *size)
{
	return record_in(reader, position % reader->ring->data_size, record, size) && record->position == position;
}

/* Whether the cursor was stored by this boot and for this file. */
static bool is_ours(const struct ring *r, const struct ring_cursor *c)
{
	return r->knows_where && memcmp(c->where, r->where, sizeof r->where) == 0;
}

/* Whether the records agree with the cursor, so that it can be believed. */
static bool cursor_agrees(struct ring *r, const struct ring_cursor *c)
{
	char p[RECORD_HEAD];
	uint64_t place = c->last % r->data_size;

	if (!is_ours(r, c) || c->head % 8 || c->last % 8 ||
	    c->reserved < c->head || c->reserved - c->head > (c->owner ? r->data_size : 0))
		return false;
	if (c->head == 0)
		return c->seq == 1;
	if (c->last >= c->head || r->data_size - place < RECORD_HEAD)
		return false;
	take(r, DATA + (off_t)place, p, sizeof p);
	if (get32(p) != commit_word(r, c->last) || get64(p + 8) != c->last)
		return false;
	if ((unsigned char)p[32] == RING_PADDING)
		return c->last + (r->data_size - place) == c->head && get64(p + 16) == c->seq;
	return skip_end(r, c->last + size_of(get32(p + 4))) == c->head && get64(p + 16) + 1 == c->seq;
}

/* Searches all places for the record with the highest position; without any the ring is new. */
static void search(struct ring_reader *reader, struct ring_end *end)
{
	struct ring *r = reader->ring;
	struct ring_record record;
	uint64_t size;

	*end = (struct ring_end){.seq = 1};
	reader->buf_len = 0;
	for (uint64_t place = 0; place + RECORD_HEAD <= r->data_size && place < there(r); place += size) {
		if (!is_buffered(reader, place, RING_RECORD))
			fill(reader, place, BUFFER);
		if (!record_in(reader, place, &record, &size)) {
			size = 8;
			continue;
		}
		if (record.position + size > end->head) {
			end->head = skip_end(r, record.position + size);
			end->last = record.position;
			end->seq = record.seq + (record.flags != RING_PADDING);
		}
	}
	reader->buf_len = 0;
}

static bool get_buffer(struct ring_reader *reader)
{
	reader->buf = malloc(BUFFER);
	if (!reader->buf)
		msg_warn("%s", msg_reason(ENOMEM));
	return reader->buf;
}

/* ---- opening ---- */

static bool header_is_good(const char *p)
{
	return memcmp(p, magic, sizeof magic) == 0 && get32(p + 48) == crc32c(0, p, 48);
}

/* Reads the header, or else its copy. */
static bool load_header(struct ring *r)
{
	char header[HEADER_LEN], copy[HEADER_LEN];
	const char *name = msg_name(r->region.name), *p = header;

	r->reads = true;        /* nothing is mapped yet */
	take(r, 0, header, sizeof header);
	if (!header_is_good(header)) {
		take(r, COPY, copy, sizeof copy);
		p = copy;
		r->header_damaged = true;
	}
	if (!header_is_good(p)) {
		msg_warn("%s: not a ring", name);
		return false;
	}
	if (get32(p + 8) != VERSION) {
		msg_warn("%s: a ring of version %u, which is not known here", name, (unsigned)get32(p + 8));
		return false;
	}
	r->data_size = get64(p + 16);
	if (get32(p + 12) != DATA || r->data_size % 4096 || r->data_size < RING_SMALLEST - DATA ||
	    r->data_size > (uint64_t)NUM_OFF_MAX - DATA) {
		msg_warn("%s: not a ring", name);
		return false;
	}
	r->made_ns = (int64_t)get64(p + 24);
	memcpy(r->id, p + 32, sizeof r->id);
	r->id_crc = crc32c(0, r->id, sizeof r->id);
	r->longest = (uint32_t)(r->data_size / 4 < RING_RECORD ? r->data_size / 4 : RING_RECORD) - RECORD_HEAD;
	r->unreadable = false;
	return true;
}

/* What is to be known of the open region: the header, and by which boot and file the cursor is to be believed. */
static bool load(struct ring *r)
{
	const char *path = region_path(r->region.name);
	struct stat st, named;

	if (!load_header(r))
		return false;
	if (fstat(r->region.fd, &st) < 0) {
		msg_warn_errno("%s", msg_name(r->region.name));
		return false;
	}
	/* a memfd has no links, and is what its path leads to; a file that lost its last one meanwhile is not */
	r->linked = st.st_nlink > 0 || !path || stat(path, &named) < 0 || named.st_dev != st.st_dev ||
	            named.st_ino != st.st_ino;
	r->knows_where = os_boot_id(r->where) == 0;
	put64(r->where + 16, (uint64_t)st.st_dev);
	put64(r->where + 24, (uint64_t)st.st_ino);
	r->reads = map_io == MAP_IO_READ || !region_map(&r->region, &r->front, 0, DATA);
	return true;
}

bool ring_open(struct ring *r, const char *name, bool write)
{
	*r = (struct ring){.region = REGION_INIT};
	if (!region_open(&r->region, name, write))
		return false;
	if (load(r))
		return true;
	ring_close(r);
	return false;
}

/* Gives an empty file its header before its size, so that after a death here the next writer goes on. */
static bool make(struct ring *r, uint64_t size, const struct ring *like)
{
	char front[DATA] = {0};
	uint64_t data_size = ring_size(size) - DATA;

	memcpy(front, magic, sizeof magic);
	put32(front + 8, VERSION);
	put32(front + 12, DATA);
	put64(front + 16, data_size);
	put64(front + 24, (uint64_t)when_now());
	if (like) {
		put64(front + 24, (uint64_t)like->made_ns);
		memcpy(front + 32, like->id, sizeof like->id);
	} else if (os_random(front + 32, 16) < 0) {
		msg_warn_errno("no random numbers");
		return false;
	}
	put32(front + 48, crc32c(0, front, 48));
	memcpy(front + COPY, front, HEADER_LEN);
	return put(r, 0, front, sizeof front) && region_holds(&r->region, 0, 0) &&
	       region_reserve(&r->region, 0, (off_t)(DATA + data_size));
}

bool ring_make(struct ring *r, const char *name, uint64_t size, int mode, bool exclusive)
{
	bool made, ok = true;

	*r = (struct ring){.region = REGION_INIT};
	if (!region_make(&r->region, name, mode, exclusive, &made))
		return false;
	while (!region_lock(&r->region, 0, true) && msg_retry())
		;
	if (region_holds(&r->region, 0, 0) && r->region.size == 0)
		ok = make(r, size, NULL);
	if (!ok && made)
		region_remove(name);
	else if (!ok && ftruncate(r->region.fd, 0) < 0)
		msg_warn_errno("%s", msg_name(name));
	region_unlock(&r->region, 0);
	if (ok && load(r))
		return true;
	ring_close(r);
	return false;
}

bool ring_make_in(struct ring *r, int fd, const char *name, uint64_t size, const struct ring *like)
{
	*r = (struct ring){.region = {.fd = fd, .name = name, .write = true}};
	if (make(r, size, like) && load(r))
		return true;
	ring_close(r);
	return false;
}

uint64_t ring_size(uint64_t size)
{
	return size / 4096 * 4096;
}

bool ring_copy_is_good(struct ring *r)
{
	char header[HEADER_LEN], copy[HEADER_LEN];

	take(r, 0, header, sizeof header);
	take(r, COPY, copy, sizeof copy);
	return header_is_good(copy) && (r->header_damaged || memcmp(header, copy, sizeof copy) == 0);
}

void ring_close(struct ring *r)
{
	region_unmap(&r->front);
	region_unmap(&r->window);
	region_close(&r->region);
	free(r->batch);
	r->batch = NULL;
}

/* The id that the header has now. */
static void load_id(struct ring *r, unsigned char *id)
{
	take(r, r->header_damaged ? COPY + 32 : 32, id, sizeof r->id);
}

bool ring_is_replaced(struct ring *r)
{
	unsigned char id[sizeof r->id];
	struct stat st;

	if (r->linked && fstat(r->region.fd, &st) == 0 && st.st_nlink == 0)
		return true;
	load_id(r, id);
	return memcmp(id, r->id, sizeof id) != 0;
}

long ring_writer(const struct ring *r)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};

	return fcntl(r->region.fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? (long)lock.l_pid : 0;
}

/* ---- writing ---- */

/* Whether records lie behind the head that the cursor names, though no writer is at work: a cursor from before a file system
 * was mounted anew may be older than the records, and some of those may be missing. */
static bool has_later(struct ring_reader *reader, uint64_t head)
{
	const struct ring *r = reader->ring;
	struct ring_record record;
	uint64_t size, place = head % r->data_size;

	fill(reader, place, BUFFER);
	for (uint64_t i = 0; i < reader->buf_len; i += 8)
		if (record_in(reader, place + i, &record, &size) && record.position >= head)
			return true;
	return false;
}

/* Finds the head, as the cursor or else the records say. */
static bool find_head(struct ring *r)
{
	struct ring_cursor c;
	struct ring_reader reader = {.ring = r};
	struct ring_record record;
	uint64_t size, place;
	bool whole = load_cursor(r, &c), believes;

	r->turn = c.turn;
	r->failed = false;
	r->end = r->written;
	if (whole && r->appended && c.owner == 0 && c.head == r->end.head && c.seq == r->end.seq)
		return true;
	believes = whole && cursor_agrees(r, &c);
	r->written = r->end = (struct ring_end){.head = c.head, .last = c.last, .seq = c.seq};
	if (believes && c.owner == 0 && r->looked_behind)
		return true;
	if (!get_buffer(&reader))
		return false;
	if (believes && c.owner == 0 && has_later(&reader, c.head))
		believes = false;
	r->looked_behind = true;
	if (!believes)
		search(&reader, &r->end);
	else
		/* a writer died at work: its records are there, one behind the other */
		for (;;) {
			place = r->end.head % r->data_size;
			if (!is_buffered(&reader, place, RING_RECORD))
				fill(&reader, place, BUFFER);
			if (!record_at(&reader, r->end.head, &record, &size))
				break;
			r->end.last = r->end.head;
			r->end.seq = record.seq + (record.flags != RING_PADDING);
			r->end.head = skip_end(r, r->end.head + size);
		}
	free(reader.buf);
	r->written = r->end;
	return true;
}

int ring_begin(struct ring *r)
{
	off_t end = DATA + (off_t)r->data_size;

	while (!region_lock(&r->region, 0, true))
		if (!msg_retry()) {
			msg_warn_errno("%s: cannot lock", msg_name(r->region.name));
			return -1;
		}
	/* cut short by somebody, or by the death of who made it: the records that are lost will be told by their numbers */
	if (region_holds(&r->region, 0, 0) && r->region.size > 0 && r->region.size < end &&
	    !region_reserve(&r->region, 0, end)) {
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
		r->pid = (uint32_t)getpid();
		return 1;
	}
	region_unlock(&r->region, 0);
	return -1;
}

/* Puts the records of the batch into the ring: first without their commit words, then once more with them. So whatever
 * becomes of us between, the records that count are the first ones, and no word stands behind them that a later batch
 * could bring to life. They are written and not stored into a mapping: that spares a page fault a page, and makes a
 * lack of space an error. */
static bool flush(struct ring *r)
{
	size_t len = (size_t)(r->end.head - r->written.head), at = 0;
	off_t off = DATA + (off_t)(r->written.head % r->data_size);

	if (len == 0)
		return true;
	if (!store_cursor(r, r->pid))
		return false;
	atomic_thread_fence(memory_order_seq_cst);      /* who sees one of the bytes sees that they are reserved */
	for (at = 0; at < len; at += (size_t)size_of(get32(r->batch + at + 4)))
		memset(r->batch + at, 0, 4);
	r->failed = true;
	if (!put(r, off, r->batch, len))
		return false;
	for (at = 0; at < len; at += (size_t)size_of(get32(r->batch + at + 4)))
		put32(r->batch + at, commit_word(r, r->written.head + at));
	atomic_thread_fence(memory_order_release);
	if (!put(r, off, r->batch, len))
		return false;
	r->written = r->end;
	r->failed = false;
	return true;
}

/* The same at the end of the data, of which `rest` bytes are left over. */
static bool flush_lap(struct ring *r, uint64_t rest)
{
	if (!flush(r))
		return false;
	r->end.head += rest;
	r->written.head = r->end.head;
	return true;
}

/* Composes a record behind the batch, but for its commit word. `len` is what its length field says, `size` what it has there. */
static void compose(struct ring *r, const struct ring_record *record, uint32_t len, size_t size)
{
	char *to = r->batch + (r->end.head - r->written.head), *body = to + RECORD_HEAD;
	uint32_t crc;

	put32(to + 4, len);
	put64(to + 8, r->end.head);
	put64(to + 16, record->seq);
	put64(to + 24, (uint64_t)record->time_ns);
	to[32] = (char)record->flags;
	to[33] = (char)record->tag_len;
	to[34] = (char)record->writer;
	to[35] = (char)(record->writer >> 8);
	crc = crc32c(r->id_crc, to + 4, 32);
	if (record->flags != RING_PADDING) {
		memcpy(body, record->tag, record->tag_len);
		memcpy(body + record->tag_len, record->payload, record->len);
		memset(body + len, 0, size - RECORD_HEAD - len);
		crc = crc32c(crc, body, len);
	}
	put32(to + 36, crc);
	r->end.last = r->end.head;
	r->end.head += size;
}

/* Who dies halfway must leave records, or their numbers would begin anew. */
static uint64_t longest_batch(const struct ring *r)
{
	return r->data_size / 4 < BUFFER ? r->data_size / 4 : BUFFER;
}

/* Whether the batch has room for so much, perhaps after it was put into the ring. */
static bool make_room(struct ring *r, size_t size)
{
	return r->end.head - r->written.head + size <= longest_batch(r) || flush(r);
}

bool ring_append_as(struct ring *r, struct ring_record *record, uint64_t seq)
{
	size_t len = record->tag_len + record->len, size = (size_t)size_of(len);
	uint64_t rest = r->data_size - r->end.head % r->data_size;

	if (size > rest) {
		struct ring_record padding = {.flags = RING_PADDING, .seq = seq, .time_ns = record->time_ns};

		if (!make_room(r, RECORD_HEAD))
			return false;
		compose(r, &padding, (uint32_t)(rest - RECORD_HEAD), RECORD_HEAD);
		if (!flush_lap(r, rest - RECORD_HEAD))
			return false;
	} else if (!make_room(r, size))
		return false;
	record->seq = seq;
	record->position = r->end.head;
	compose(r, record, (uint32_t)len, size);
	r->end.seq = seq + 1;
	rest = r->data_size - r->end.head % r->data_size;
	/* at the end of the data the batch ends, too */
	return (rest >= RECORD_HEAD && rest < r->data_size) || flush_lap(r, rest % r->data_size);
}

bool ring_append(struct ring *r, struct ring_record *record)
{
	record->writer = r->pid & 0xFFFF;
	return ring_append_as(r, record, r->end.seq);
}

/* A file that was cut short while we wrote gets its header and size back. False when that cannot be. */
static bool mend(struct ring *r)
{
	static const unsigned char none[sizeof r->id];
	unsigned char id[sizeof r->id];
	off_t end = DATA + (off_t)r->data_size;
	struct stat st;

	load_id(r, id);
	if (fstat(r->region.fd, &st) < 0 || (st.st_size >= end && memcmp(id, none, sizeof id) != 0))
		return true;
	msg_fail("%s: was cut short while being written: what it held may be lost", msg_name(r->region.name));
	return make(r, (uint64_t)end, r);
}

bool ring_end(struct ring *r)
{
	bool ok = !r->failed && flush(r) && mend(r) && store_cursor(r, 0);

	r->appended = ok;
	region_unlock(&r->region, 0);
	if (ok && !r->reads)
		os_wake(r->front.at + CURSOR, INT_MAX);
	return ok;
}

bool ring_sync(struct ring *r)
{
	/* the cursor, which is mapped, is a hint only */
	if (fdatasync(r->region.fd) < 0 && errno != EINVAL) {
		msg_warn_errno("%s", msg_name(r->region.name));
		return false;
	}
	return true;
}

/* ---- reading ---- */

/* Looks where the head is. */
static void look(struct ring_reader *reader)
{
	struct ring_cursor c = {0};
	bool agrees = false, whole = false, changed;
	struct stat st;

	/* it may have been cut short when it was opened, and have got its size back */
	if (there(reader->ring) < reader->ring->data_size && fstat(reader->ring->region.fd, &st) == 0)
		reader->ring->region.size = st.st_size;
	/* the record that the cursor calls the last may be overwritten by the time we look at it */
	for (int tries = 0; tries < 3 && !agrees; tries++)
		agrees = (whole = load_cursor(reader->ring, &c)) && cursor_agrees(reader->ring, &c);
	reader->foreign = whole && !is_ours(reader->ring, &c);
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
	if (reader->believes && load_cursor(r, &c) && c.reserved > end)
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

	take(r, off, head, 4);
	atomic_thread_fence(memory_order_acquire);
	if (get32(head) != commit_word(r, reader->position))
		return 0;
	take(r, off + 4, head + 4, 4);
	len = get32(head + 4);
	return (size_t)size_of(len < r->longest ? len : r->longest);
}

/* Searches the whole ring for the head. */
static void search_head(struct ring_reader *reader)
{
	struct ring_end end;

	reader->searched_turn = reader->turn;
	reader->searched_at = await_now();
	search(reader, &end);
	reader->head = end.head;
	reader->next_seq = end.seq;
}

/* A reader that cannot believe the cursor sees nothing at its position once it was lapped. So when a writer has been there,
 * but at most once a second, it searches. False when there is nothing new. */
static bool search_again(struct ring_reader *reader)
{
	if (!reader->foreign || reader->turn == reader->searched_turn || await_now() - reader->searched_at < SECOND)
		return false;
	search_head(reader);
	reader->began_anew = reader->next_seq < reader->seq && reader->head < reader->position;
	return reader->head > reader->position || reader->began_anew;
}

/* Fills the buffer from the reader's position on. Returns 1; 0 when there is nothing to read; -1 when what was there may
 * have been overwritten: then the position is moved on. */
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
	fill(reader, reader->position % r->data_size, len);
	safe = safe_from(reader);
	if (reader->position >= safe)
		return 1;
	reader->buf_len = 0;
	reader->position = skip_end(r, (safe + 7) / 8 * 8);
	if (!reader->seq)
		reader->oldest = reader->position;
	return -1;
}

/* Whether what was at a position has been overwritten meanwhile. Asked only before damage is told, so it may take its time
 * for a writer that was interrupted while he changed the cursor. */
static bool is_overwritten(struct ring_reader *reader, uint64_t position)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;

	for (int tries = 0; tries < 50; tries++) {
		if (load_cursor(r, &c))
			return is_ours(r, &c) && c.reserved > r->data_size && position < c.reserved - r->data_size;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return false;
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

		reader->position = skip_end(r, reader->position);
		left = reader->head - reader->position;
		if (reader->position >= reader->head ||
		    !is_buffered(reader, reader->position % r->data_size, left < RING_RECORD ? left : RING_RECORD))
			filled = refill(reader);
		if (filled > 0 && record_at(reader, reader->position, record, size))
			return moved ? FOUND_LATER : FOUND;
		if (filled == 0 || (filled > 0 && reader->position >= reader->head))
			return NOT_FOUND;
		if (filled < 0) {
			/* overtaken again: the oldest that is there will be gone each time we get there */
			if (*overtaken && reader->position < reader->head)
				reader->position += (reader->head - reader->position) / 2 / 8 * 8;
			*overtaken = true;
		} else if (reader->position % r->data_size >= there(r))
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
	uint64_t usual = size_of(r->longest) + RECORD_HEAD + (reader->believes ? 0 : longest_batch(r));

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
		from = skip_end(reader->ring, reader->position);
		found = find_record(reader, record, &size, &overtaken);
		if (found == NOT_FOUND) {
			/* what should be there, up to the head */
			if (reader->position > from && reader->seq && !overtaken)
				reader->n_damaged += !is_overwritten(reader, from);
			if (reader->seq && reader->position >= reader->head && reader->next_seq > reader->seq) {
				reader->n_damaged += reader->position == from;
				reader->n_lost += reader->next_seq - reader->seq;
				reader->seq = reader->next_seq;
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

	reader->position = reader->oldest = end > size ? skip_end(reader->ring, (end - size + 7) / 8 * 8) : 0;
	reader->seq = 0;
}

/* The number of the next record, where the search has found the head: a cursor of this boot that knows of a few records more
 * is right about it, since that is what it would look like if those were damaged. */
static uint64_t missing_at_end(const struct ring_reader *reader)
{
	struct ring *r = reader->ring;
	struct ring_cursor c;

	if (load_cursor(r, &c) && is_ours(r, &c) && c.head > reader->head && c.head - reader->head <= r->data_size &&
	    c.seq > reader->next_seq && c.seq - reader->next_seq <= (c.head - reader->head) / RECORD_HEAD)
		return c.seq;
	return reader->next_seq;
}

bool ring_start(struct ring_reader *reader, struct ring *r)
{
	*reader = (struct ring_reader){.ring = r};
	if (!get_buffer(reader))
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

void ring_seek(struct ring_reader *reader, uint64_t seq)
{
	struct ring_record record;
	uint64_t low, high, size;
	bool overtaken;

	go_to_oldest(reader);
	low = reader->position;
	high = reader->head;
	while (high - low > BUFFER) {
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

	await_change(&reader->await, r->reads ? NULL : r->front.at + CURSOR, le32(reader->turn), ns);
}

void ring_stop(struct ring_reader *reader)
{
	free(reader->buf);
	reader->buf = NULL;
}
