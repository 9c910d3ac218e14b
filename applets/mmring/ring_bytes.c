#include "ring_inside.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "map.h"
#include "msg.h"
#include "os.h"
#include "out.h"

enum {
	SMALL = 4096,           /* bytes */
	MANY_TURNS = 1000,      /* looks at a cursor that is being changed */
};

typedef _Atomic uint32_t word;

/* ---- bytes of the file, mapped or not ---- */

/* So much of the data, from its start on, is mapped as a whole and stays so: up to 15 MiB, or 16 with all else. */
static size_t staying(void)
{
	return map_window / 8 * 15;
}

static bool stays_mapped(const struct ring *r, off_t off, size_t len)
{
	return !r->reads && off >= DATA && (uint64_t)(off - DATA) + len <= staying();
}

/* The view that holds [off, off + len), and where in it; NULL when the ring is to be read and written instead. */
static struct region_view *view_of(struct ring *r, off_t off, size_t len, char **at)
{
	off_t end = DATA + (off_t)r->data_size, begin = off;
	size_t most;

	if (r->reads)
		return NULL;
	if (off < DATA) {
		*at = r->front.at + off;
		return &r->front;
	}
	if (!r->window.at || off < r->window_off || off - r->window_off + (off_t)len > (off_t)r->window_len) {
		if (stays_mapped(r, off, len))
			off = DATA;
		most = off == DATA ? staying() : map_window;
		if (most < len)
			most = len;
		if ((off_t)most > end - off)
			most = (size_t)(end - off);
		if (!region_map(&r->region, &r->window, off, most)) {
			off = begin;
			most = len;
			if (!region_map(&r->region, &r->window, off, most)) {
				r->reads = true;
				return NULL;
			}
		}
		r->window_off = off;
		r->window_len = most;
	}
	*at = r->window.at + (begin - r->window_off);
	return &r->window;
}

/* What is to be copied anyway is read, as long as it is much: that spares the page faults. */
void ring_take(struct ring *r, off_t off, void *to, size_t len)
{
	char *at = NULL, *p = to;
	struct region_view *view = map_io == MAP_IO_AUTO && len > SMALL ? NULL : view_of(r, off, len, &at);

	if (view && guard_copy(to, at, len, view->base, view->len) == 0)
		return;
	while (len > 0) {
		ssize_t n = pread(r->region.fd, p, len, off);

		if (n < 0 && os_interrupted())
			continue;
		if (n <= 0) {
			/* a bad page need not be the end of it */
			size_t page = n < 0 ? 4096 - (size_t)(off % 4096) : len;

			if (n < 0 && off >= DATA)       /* all else is there twice, or not needed */
				r->read_error = errno;
			n = (ssize_t)(page < len ? page : len);
			memset(p, 0, (size_t)n);
			r->unreadable = true;
		}
		p += n;
		off += n;
		len -= (size_t)n;
	}
}

bool ring_put(struct ring *r, off_t off, const void *from, size_t len)
{
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);        /* so that a limit is an error that can be told */
	bool ok = out_all_at(r->region.fd, from, len, off) == len;

	if (!ok)
		msg_warn_file(r->region.name);
	signal(SIGXFSZ, handler);
	return ok;
}

/* Records that lie in the file without their commit words. */
struct uncommitted {
	const struct ring *ring;
	uint64_t position;
	const char *batch;      /* the same bytes */
	size_t len;
	char *at;
};

static void store_commit_words(void *arg)
{
	const struct uncommitted *u = arg;

	for (size_t i = 0; i < u->len; i += (size_t)ring_record_size(le_get32(u->batch + i + 4)))
		atomic_store_explicit((word *)(void *)(u->at + i), le_word(ring_commit_word(u->ring, u->position + i)),
		                      memory_order_release);
}

bool ring_commit(struct ring *r, uint64_t position, char *batch, size_t len)
{
	struct uncommitted u = {.ring = r, .position = position, .batch = batch, .len = len};
	off_t off = DATA + (off_t)(position % r->data_size);
	struct region_view *view = stays_mapped(r, off, len) ? view_of(r, off, len, &u.at) : NULL;

	if (view && guard_call(store_commit_words, &u, view->base, view->len) == 0)
		return true;
	for (size_t i = 0; i < len; i += (size_t)ring_record_size(le_get32(batch + i + 4)))
		le_put32(batch + i, ring_commit_word(r, position + i));
	atomic_thread_fence(memory_order_release);
	return ring_put(r, off, batch, len);
}

/* A store into the mapping has failed: says so, and returns false. */
static bool faulted(struct ring *r)
{
	off_t end = DATA + (off_t)r->data_size;

	if (region_holds(&r->region, 0, 0) && r->region.size < end)
		msg_warn_name(r->region.name, "shrank while being written");
	else
		msg_warn_name(r->region.name, "cannot be written: no space, or an error of the medium");
	return false;
}

/* ---- the cursor ---- */

/* Its words, as they lie in the file. */
struct cursor_words {
	word *at;
	uint32_t w[CURSOR_LEN / 4];
	bool whole;
};

static void encode(const struct ring_cursor *c, void *to)
{
	char *bytes = to;

	le_put32(bytes, c->turn);
	le_put32(bytes + 4, c->owner);
	le_put64(bytes + 8, c->reserved);
	le_put64(bytes + 16, c->head);
	le_put64(bytes + 24, c->last);
	le_put64(bytes + 32, c->seq);
	memcpy(bytes + 40, c->where, sizeof c->where);
	le_put64(bytes + 72, c->boot_seq);
}

static void decode(struct ring_cursor *c, const void *from)
{
	const char *bytes = from;

	c->turn = le_get32(bytes);
	c->owner = le_get32(bytes + 4);
	c->reserved = le_get64(bytes + 8);
	c->head = le_get64(bytes + 16);
	c->last = le_get64(bytes + 24);
	c->seq = le_get64(bytes + 32);
	memcpy(c->where, bytes + 40, sizeof c->where);
	c->boot_seq = le_get64(bytes + 72);
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
		c->whole = !(le_word(c->w[0]) & 1) && atomic_load_explicit(c->at, memory_order_relaxed) == c->w[0];
	}
}

static void store_words(void *arg)
{
	struct cursor_words *c = arg;

	atomic_store_explicit(c->at, c->w[0], memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t j = 1; j < CURSOR_LEN / 4; j++)
		atomic_store_explicit(c->at + j, c->w[j], memory_order_relaxed);
	atomic_store_explicit(c->at, le_word(le_word(c->w[0]) + 1), memory_order_release);
}

bool ring_load_cursor(struct ring *r, struct ring_cursor *cursor)
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
			ring_take(r, CURSOR, &first, sizeof first);
			ring_take(r, CURSOR, c.w, sizeof c.w);
			ring_take(r, CURSOR, &again, sizeof again);
			c.whole = !(le_word(again) & 1) && first == again;
		}
	decode(cursor, c.w);
	return c.whole && cursor->head <= RING_LIMIT && cursor->reserved <= RING_LIMIT && cursor->seq <= RING_LIMIT;
}

bool ring_store_cursor(struct ring *r, uint32_t owner)
{
	struct ring_cursor cursor = {.owner = owner, .reserved = r->end.head, .head = r->written.head,
	                             .last = r->written.last, .seq = r->written.seq,
	                             .boot_seq = r->boot_seq};
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
	even = le_word(r->turn);
	return ring_put(r, CURSOR, c.w, 4) && ring_put(r, CURSOR + 4, c.w + 1, CURSOR_LEN - 4) &&
	       ring_put(r, CURSOR, &even, 4);
}
