/* Bringing pages in, and letting them go. What was to go and stayed is told, with the reason if that is known. */
#include "mmtouch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "mappers.h"
#include "msg.h"
#include "progress.h"

enum { NAMED = 3 };     /* processes that are named of those that map a file */

static struct stayed {
	char *path;
	dev_t dev;
	ino_t ino;
	struct pages pages;
	struct mapper mapped_by[NAMED];
	unsigned n_mappers;
} *stayed;
static size_t n_stayed;

uint64_t steer_n;
const char *steer_full;

/* How much of the next bytes may be read, 0 once that is over. Keeps to the rate. */
static size_t allowed(size_t len)
{
	static struct timespec began;
	struct timespec now;
	int64_t ahead_ns;

	if (touch_conf.budget && touch_conf.budget - steer_n < len)
		len = (size_t)((touch_conf.budget - steer_n) / os_page() * os_page());
	if (len == 0)
		steer_full = "the budget is used up";
	else if (touch_conf.spare && os_free_memory() < os_memory() / 32)
		steer_full = "memory is used up";
	if (steer_full)
		return 0;
	if (!touch_conf.rate)
		return len;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (steer_n == 0)
		began = now;
	ahead_ns = (int64_t)((double)steer_n * 1e9 / (double)touch_conf.rate) -
	           ((now.tv_sec - began.tv_sec) * INT64_C(1000000000) + now.tv_nsec - began.tv_nsec);
	now = (struct timespec){(time_t)(ahead_ns / 1000000000), (long)(ahead_ns % 1000000000)};
	while (ahead_ns > 0 && nanosleep(&now, &now) < 0 && os_interrupted())
		;
	return len;
}

/* The bytes from `off` on, of which none is used. False with errno, or with steer_full. */
static bool read_bytes(int fd, off_t off, off_t end)
{
	static char bytes[256 << 10];
	size_t most = touch_conf.rate && touch_conf.rate / 8 < sizeof bytes ? os_page() : sizeof bytes;

	while (off < end) {
		size_t len = allowed(end - off < (off_t)most ? (size_t)(end - off) : most);
		ssize_t n = len ? pread(fd, bytes, len, off) : 0;

		if (n == 0)
			return !steer_full;     /* else it has become shorter */
		if (n > 0) {
			off += n;
			steer_n += (size_t)n;
			progress_add((size_t)n);
		} else if (!os_interrupted())
			return false;
	}
	return true;
}

bool steer_data(const struct file *f, uint64_t first, uint64_t end, steer_use *use, void *arg)
{
	off_t page = (off_t)os_page(), off = (off_t)first * page, data, hole, stop;
	int more = 1;

	stop = (uint64_t)f->size / (uint64_t)page < end ? f->size : (off_t)end * page;
	for (; off < stop; off = hole) {
		data = off;
		hole = stop;
		if (S_ISREG(f->st.st_mode))
			more = os_next_data(f->fd, off, &data, &hole);
		if (more == 0)
			break;
		if (more < 0)
			data = off;
		if (more < 0 || hole > stop)
			hole = stop;
		if (data < hole && !use(arg, data, hole))
			return false;
	}
	return true;
}

static bool read_data(void *fd, off_t off, off_t end)
{
	return read_bytes(*(const int *)fd, off, end);
}

bool steer_read(const struct file *f, uint64_t first, uint64_t end)
{
	int fd = f->fd;

	/* nothing but what is asked for is read */
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	return steer_data(f, first, end, read_data, &fd);
}

struct touching {
	const struct file *file;
	int error;
};

static void touch(void *arg, uint64_t first, uint64_t end, bool resident)
{
	struct touching *t = arg;

	if (!resident && !t->error && !steer_full && !steer_read(t->file, first, end) && !steer_full)
		t->error = errno;
}

static void evict(const struct file *f)
{
	off_t page = (off_t)os_page(), off = (off_t)f->first * page;
	off_t len = (uint64_t)f->size / (uint64_t)page < f->end ? 0 : (off_t)(f->end - f->first) * page;

	if (touch_conf.sync && os_write_back(f->fd, off, len ? len : f->size - off) < 0)
		msg_fail_errno("%s", msg_name(f->path));
	posix_fadvise(f->fd, off, len, POSIX_FADV_DONTNEED);
}

static void note_stayed(const struct file *f, const struct pages *p)
{
	struct stayed *more = grow_add(stayed, &n_stayed, sizeof *more);
	char *path = strdup(f->path);

	if (!more || !path)
		msg_no_memory(2);
	stayed = more;
	stayed[n_stayed - 1] = (struct stayed){.path = path, .dev = f->st.st_dev, .ino = f->st.st_ino, .pages = *p};
}

int64_t steer(int action, const struct file *f, struct pages *p)
{
	struct touching t = {f, 0};
	struct pages before;

	pages_count(f, p);
	if (action == SHOW || p->n == 0 || (p->known && p->in.resident == (action == TOUCH ? p->n : 0)))
		return 0;
	before = *p;
	if (action == EVICT)
		evict(f);
	else if (!pages_runs(f, touch, &t))
		touch(&t, f->first, f->end, false);
	if (t.error)
		msg_fail("%s: %s", msg_name(f->path), msg_reason(t.error));
	pages_count(f, p);
	if (action == EVICT && p->in.resident > 0)
		note_stayed(f, p);
	return (int64_t)p->in.resident - (int64_t)before.in.resident;
}

static void note_mapper(void *arg, dev_t dev, ino_t ino, const struct mapper *process)
{
	(void)arg;
	for (struct stayed *s = stayed; s < stayed + n_stayed; s++)
		if (s->ino == ino && s->dev == dev &&
		    (!s->n_mappers || s->n_mappers > NAMED || s->mapped_by[s->n_mappers - 1].pid != process->pid) &&
		    s->n_mappers++ < NAMED)
			s->mapped_by[s->n_mappers - 1] = *process;
}

void steer_tell(void)
{
	int hidden = n_stayed ? mappers_each(note_mapper, NULL) : 0;

	for (const struct stayed *s = stayed; s < stayed + n_stayed; s++) {
		char text[1024] = "";   /* room for all, though quoted names are eight times as long */
		int n = 0;

		if (s->pages.in.dirty)
			n = fmt_text(text, sizeof text, ", %llu dirty", (unsigned long long)s->pages.in.dirty);
		if (s->pages.in.writeback)
			n += fmt_text(text + n, sizeof text - (size_t)n, ", %llu being written",
			              (unsigned long long)s->pages.in.writeback);
		for (unsigned i = 0; i < s->n_mappers && i < NAMED; i++)
			n += fmt_text(text + n, sizeof text - (size_t)n, "%s %ld (%s)", i ? "," : ", mapped by",
			              (long)s->mapped_by[i].pid, msg_name(s->mapped_by[i].command));
		if (s->n_mappers > NAMED)
			n += fmt_text(text + n, sizeof text - (size_t)n, " and others");
		if (n == 0 && hidden)
			fmt_text(text, sizeof text, ", perhaps mapped by a process that may not be looked at");
		msg_fail("%s: %llu page%s stayed%s", msg_name(s->path), (unsigned long long)s->pages.in.resident,
		         s->pages.in.resident == 1 ? "" : "s", text);
	}
}
