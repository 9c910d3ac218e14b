/*
 * Which pages of a file are in memory. cachestat(2) counts those of a stretch, however long, in a time that depends on
 * how many there are. Where they lie is found by halving each stretch of which some are there and some not, down to a
 * window, of which mincore(2) tells page by page. Where there is no cachestat (Linux before 6.5) mincore has to tell of
 * all windows. Of another user's file it says that all is in memory, so that it is not asked.
 */
#include "mmtouch.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "map.h"

enum { WINDOW = 64 << 20 };     /* bytes that mincore is asked for at a time */

struct search {
	const struct file *file;
	pages_visit *visit;
	void *arg;
	uint64_t from;          /* the stretch that is not told yet begins here */
	bool resident, counts;  /* of that one; cachestat is there */
};

/* From `first` on pages are resident, or not. */
static void turn(struct search *s, uint64_t first, bool resident)
{
	if (first > s->from && resident != s->resident) {
		s->visit(s->arg, s->from, first, s->resident);
		s->from = first;
	}
	s->resident = resident;
}

/* A window by mincore. */
static int look_closely(struct search *s, uint64_t first, size_t n)
{
	static unsigned char in[WINDOW >> 12];
	size_t page = os_page();
	void *view = mmap(NULL, n * page, PROT_READ, MAP_PRIVATE, s->file->fd, (off_t)(first * page));
	int result;

	if (view == MAP_FAILED)
		return -1;
	result = os_resident(view, n * page, in);
	munmap(view, n * page);
	for (size_t i = 0; i < n && result == 0; i++)
		turn(s, first + i, in[i] & 1);
	return result;
}

static int look(struct search *s, uint64_t first, uint64_t n)
{
	struct os_cached c;
	uint64_t page = os_page();

	if (s->counts) {
		if (os_cached(s->file->fd, first * page, n * page, &c) < 0)
			return -1;
		if (c.resident == 0 || c.resident >= n) {
			turn(s, first, c.resident > 0);
			return 0;
		}
	}
	if (n <= WINDOW / page && map_io != MAP_IO_READ && look_closely(s, first, (size_t)n) == 0)
		return 0;
	if (n == 1)
		return -1;
	return look(s, first, n / 2) < 0 ? -1 : look(s, first + n / 2, n - n / 2);
}

/* 1: cachestat has told; 0: mincore may be asked; -1: we may not know. */
static int ask(const struct file *f, struct os_cached *c)
{
	static bool missing;
	uint64_t page = os_page();

	if (map_io != MAP_IO_MAP && !missing) {
		if (os_cached(f->fd, f->first * page, (f->end - f->first) * page, c) == 0)
			return 1;
		missing = errno == ENOSYS;
	}
	return f->st.st_uid == geteuid() || os_may_write(f->dir, f->name) ? 0 : -1;
}

bool pages_runs(const struct file *f, pages_visit *visit, void *arg)
{
	struct search s = {f, visit, arg, .from = f->first};
	struct os_cached c;
	int told;

	if (f->first == f->end)
		return true;
	told = ask(f, &c);
	if (told < 0)
		return false;
	s.counts = told;
	if (look(&s, f->first, f->end - f->first) < 0)
		return false;
	visit(arg, s.from, f->end, s.resident);
	return true;
}

static void add(void *n, uint64_t first, uint64_t end, bool resident)
{
	if (resident)
		*(uint64_t *)n += end - first;
}

bool pages_count(const struct file *f, struct pages *p)
{
	int told;

	*p = (struct pages){.n = f->end - f->first};
	told = p->n > 0 ? ask(f, &p->in) : 1;
	p->detailed = told > 0;
	p->known = told > 0 || (told == 0 && pages_runs(f, add, &p->in.resident));
	if (!p->known)
		p->in.resident = 0;
	if (p->in.resident > p->n)      /* it grows meanwhile */
		p->in.resident = p->n;
	return p->known;
}

void pages_add(struct pages *sum, const struct pages *p)
{
	if (!p->known)
		return;
	sum->n += p->n;
	sum->detailed &= p->detailed;
	sum->in.resident += p->in.resident;
	sum->in.dirty += p->in.dirty;
	sum->in.writeback += p->in.writeback;
	sum->in.evicted += p->in.evicted;
	sum->in.recently_evicted += p->in.recently_evicted;
}
