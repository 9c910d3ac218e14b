#include "pair.h"

#include <stdatomic.h>

#include "cache.h"
#include "guard.h"
#include "hex.h"
#include "par.h"
#include "scan.h"

enum {
	PART = 32 << 10,        /* compared, then searched for lines, while it is in the nearest cache */
	SETTLED = 4 << 10,      /* what is around a difference */
	WINDOW = 4 << 20,
	CHUNK_WINDOWS = 4,      /* that are equal or not */
	WORTH_CHUNKS = 4,       /* from here on threads pay */
	MAX_THREADS = 4,        /* each has two windows, and 16 MiB is what may be resident */
};

/* What the threads share. Chunks are taken in their order, so those before the first that differs are all equal. */
static struct {
	struct map *map[2];     /* which stand where the first chunk begins */
	off_t len, chunk;
	atomic_uint next, differing;
} work;

/* Whether there are bytes: in a window that is loaded, or a hole. */
static bool is_at_hand(struct map *m)
{
	return (m->len > 0 && (m->data || m->hole)) || (map_next(m) && map_load(m) > 0);
}

/* Both are asked, so that whatever is wrong with the second one is known as well. */
static bool load(struct pair *p)
{
	for (int i = 0; i < 2; i++)
		p->ended[i] = p->ended[i] || !is_at_hand(p->map[i]);
	return !p->ended[0] && !p->ended[1];
}

static void compare(void *pair)
{
	struct pair *p = pair;
	size_t part, same;

	do {
		part = p->len - p->same < PART ? p->len - p->same : PART;
		same = scan_differ(p->bytes[0] + p->same, p->bytes[1] + p->same, part);
		if (p->counts)
			p->n_lines += scan_count(p->bytes[0] + p->same, same, '\n');
		p->same += same;
		if (p->same > 0)
			p->line_ended = p->bytes[0][p->same - 1] == '\n';
	} while (same == part && p->same < p->len);
}

/* What is in the mapping but not in the file any more is not at hand. Returns whether that was so. */
static bool cut(struct map *m)
{
	size_t len = m->view || m->hole ? map_still(m, m->len) : m->len;
	bool is_less = len < m->len;

	m->len = len;
	return is_less;
}

/* Gives up the window of what could not be touched. It is read instead, and pread says what is wrong. */
static void distrust(struct map *m)
{
	if (m->view)
		map_distrust(m);
}

/* Holes that both have are one long window; one beside data ends where these do, since it may be filled meanwhile. */
static void fit_holes(struct map *a, struct map *b)
{
	if (a->hole && b->hole) {
		map_stretch_hole(a);
		map_stretch_hole(b);
	} else if (a->hole && a->len > b->len)
		a->len = b->len;
	else if (b->hole && b->len > a->len)
		b->len = a->len;
}

size_t pair_look(struct pair *p)
{
	struct map *a = p->map[0], *b = p->map[1];
	uint64_t n_lines = p->n_lines;
	bool is_less[2];        /* then what is left of it is looked at again */

	while (p->same == 0 && load(p)) {
		fit_holes(a, b);
		p->len = a->len < b->len ? a->len : b->len;
		p->n_lines = n_lines;
		if (a->hole && b->hole) {
			p->same = p->len;
			p->line_ended = false;
		} else {
			if ((a->hole || b->hole) && p->len > MAP_SLICE)
				p->len = MAP_SLICE;
			p->bytes[0] = (const void *)(a->hole ? map_zeros : a->data);
			p->bytes[1] = (const void *)(b->hole ? map_zeros : b->data);
			/* the addresses of two mappings: any fault is one of theirs, since nothing else is touched */
			if (guard_call(compare, p, NULL, SIZE_MAX) < 0) {
				p->same = 0;
				distrust(a);
				distrust(b);
				continue;
			}
		}
		is_less[0] = cut(a);
		is_less[1] = cut(b);
		if (!is_less[0] && !is_less[1]) {
			if (p->same < p->len)
				p->rough = p->done + (off_t)p->same;
			return p->same;
		}
		p->same = 0;
	}
	if (p->same == 0)
		p->len = 0;
	return p->same;
}

void pair_take(struct pair *p, size_t n)
{
	for (int i = 0; i < 2; i++)
		map_take(p->map[i], n);
	p->done += (off_t)n;
	p->len -= n;
	p->same -= n < p->same ? n : p->same;
}

size_t pair_settle(struct pair *p)
{
	static unsigned char settled[2][SETTLED];
	size_t len = p->len < SETTLED ? p->len : SETTLED;

	for (int i = 0; i < 2; i++) {
		struct map *m = p->map[i];

		p->bytes[i] = m->view ? settled[i] : (const void *)(m->hole ? map_zeros : m->data);
		if (m->view && guard_copy(settled[i], m->data, len, m->view, m->view_len) < 0)
			map_distrust(m);
		else if (!cut(m))
			continue;
		p->same = 0;
		return 0;
	}
	return len;
}

/* --- in a hurry */

struct worker {
	struct map map[2];
	struct map_ways ways[2];
};

/* What one map did counts for another one, for --explain. */
static void add_ways(struct map_ways *to, const struct map_ways *from)
{
	to->n_views += from->n_views;
	to->n_reads += from->n_reads;
	to->n_holes += from->n_holes;
}

static bool is_equal(struct worker *w, unsigned chunk)
{
	struct pair p = {.map = {&w->map[0], &w->map[1]}};
	off_t at = chunk * work.chunk, len = work.len - at < work.chunk ? work.len - at : work.chunk;

	for (int i = 0; i < 2; i++) {
		struct num_range range = {.off = work.map[i]->off + at, .len = len};

		if (map_start(&w->map[i], work.map[i]->fd, &range, NULL) < 0)
			return false;
	}
	while (pair_look(&p) == p.len && p.len > 0)
		pair_take(&p, p.len);
	for (int i = 0; i < 2; i++) {
		map_end(&w->map[i]);
		add_ways(&w->ways[i], &w->map[i].ways);
	}
	return p.done == len;
}

static void do_chunks(void *worker)
{
	struct worker *w = worker;
	unsigned chunk, differing;

	while ((chunk = work.next++) < work.differing)
		if (!is_equal(w, chunk))
			for (differing = work.differing; chunk < differing;)
				if (atomic_compare_exchange_weak(&work.differing, &differing, chunk))
					break;
	map_free(&w->map[0]);
	map_free(&w->map[1]);
}

/* Whether what is left has no pages in the middle that would have to be fetched; several readers do that no faster. */
static bool is_cached(const struct map *m, off_t left)
{
	struct cache c = {0};
	bool all = true;

	for (int i = 1; i < 4 && all; i++) {
		cache_note(&c, m->fd, m->off + left / 4 * i, SETTLED);
		all = c.len_pages > 0;
		for (size_t page = 0; page < c.len_pages; page++)
			all = all && (c.resident[page] & 1);
	}
	cache_free(&c);
	return all;
}

/* Whether threads pay for what is left of both. */
static bool is_worth_it(const struct pair *p)
{
	work.len = NUM_OFF_MAX;
	for (int i = 0; i < 2; i++) {
		const struct map *m = p->map[i];
		off_t left = (m->size < m->end ? m->size : m->end) - m->off;

		if (!m->sized || left < work.chunk * WORTH_CHUNKS || !is_cached(m, left))
			return false;
		if (work.len > left)
			work.len = left;
	}
	return true;
}

void pair_hurry(struct pair *p)
{
	static struct worker workers[MAX_THREADS];
	unsigned n = par_threads();
	off_t equal;

	if (p->done > 0 && p->done - p->rough < work.chunk)
		return;
	if (n > MAX_THREADS)
		n = MAX_THREADS;
	if (map_window > (n > 2 ? WINDOW / 2 : WINDOW))
		map_window = n > 2 ? WINDOW / 2 : WINDOW;
	work.chunk = (off_t)map_window * CHUNK_WINDOWS;
	p->rough = p->done;
	if (!is_worth_it(p))
		return;
	pair_count(p);
	work.next = 0;
	work.differing = (unsigned)((work.len - 1) / work.chunk + 1);
	for (int i = 0; i < 2; i++) {
		map_end(p->map[i]);     /* its window is as large as one of theirs */
		work.map[i] = p->map[i];
	}
	if (p->n_threads == 0)
		par_start(n, do_chunks);
	p->n_threads = n;
	for (unsigned i = 0; i < n; i++)
		par_give(&workers[i]);
	par_wait();
	equal = work.differing * work.chunk < work.len ? work.differing * work.chunk : work.len;
	equal -= equal < (off_t)p->context ? equal : (off_t)p->context;
	equal -= equal < HEX_BYTES ? equal : (work.map[0]->off + equal) % HEX_BYTES;
	p->start = work.map[0]->off;
	p->skipped = equal;
	p->done += equal;
	p->rough = p->done;
	p->len = p->same = 0;
	for (int i = 0; i < 2; i++) {
		work.map[i]->off += equal;
		for (unsigned k = 0; k < n; k++) {
			add_ways(&work.map[i]->ways, &workers[k].ways[i]);
			workers[k].ways[i] = (struct map_ways){0};
		}
	}
}

void pair_count(struct pair *p)
{
	struct num_range range = {.off = p->start, .len = p->skipped};
	struct map m = MAP_INIT;
	const char *bytes;
	ssize_t n = p->counts && p->skipped > 0 ? map_start(&m, p->map[0]->fd, &range, NULL) : -1;

	while (n >= 0 && (n = map_slice(&m, &bytes)) > 0) {
		p->n_lines += scan_count(bytes, (size_t)n, '\n');
		if (p->map[0]->off == p->start + p->skipped)
			p->line_ended = bytes[n - 1] == '\n';
	}
	p->skipped = 0;
	map_end(&m);
	map_free(&m);
}
