/*
 * Bringing in what was remembered: exactly the ranges of the text that are missing, in the order in which they lie on
 * their device, of files that are what they were; until all is there, the budget is used up, or memory is.
 */
#include "mmtouch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "msg.h"
#include "out.h"
#include "progress.h"
#include "text.h"

struct entry_line {
	char *path;
	uint64_t size;
	int64_t seconds;        /* modified then, */
	uint64_t ns;            /* and so much later */
	bool is_dated;          /* that and the size are known */
	dev_t dev;
	ino_t ino;
	bool usable, unknown;   /* the system does not tell what of it is in memory */
};

struct range_line {
	size_t file;            /* of which entry */
	struct num_range range;
	uint64_t where;         /* on the device */
};

static struct entry_line *entries;
static struct range_line *ranges;
static size_t n_entries, n_ranges;
static uint64_t n_wanted, n_missing;      /* bytes */

/* Undoes what put_path has done. */
static void plain_path(char *path)
{
	char *to = path;
	uint64_t c;

	for (const char *p = path; *p;) {
		char digits[4] = {0};
		const char *d = digits;

		if (*p == '\\' && p[1] && p[2] && p[3]) {
			memcpy(digits, p + 1, 3);
			if (num_digits(&d, 8, 255, &c) == 0 && !*d) {
				*to++ = (char)c;
				p += 4;
				continue;
			}
		}
		*to++ = *p++;
	}
	*to = '\0';
}

static bool add_range(const struct num_range *range)
{
	struct range_line *more = grow_add(ranges, &n_ranges, sizeof *more);

	if (!more)
		msg_no_memory(2);
	ranges = more;
	ranges[n_ranges - 1] = (struct range_line){.file = n_entries - 1, .range = *range};
	return true;
}

/* A file without a range is all of it. */
static void end_entry(void)
{
	if (n_entries && (!n_ranges || ranges[n_ranges - 1].file != n_entries - 1))
		add_range(&(struct num_range){.len = -1});
}

/* SECONDS.NANOSECONDS, of which there are nine, and which count forward also from seconds before 1970. */
static bool moment(const char *text, struct entry_line *e)
{
	bool is_before = *text == '-';
	uint64_t seconds;

	text += is_before;
	if (num_digits(&text, 10, INT64_MAX, &seconds) < 0)
		return false;
	e->seconds = is_before ? -(int64_t)seconds : (int64_t)seconds;
	e->ns = 0;
	e->is_dated = true;
	return *text++ != '.' || (strlen(text) == 9 && num_digits(&text, 10, 999999999, &e->ns) == 0);
}

/* What stands indented below a path. */
static bool parse_detail(char *line)
{
	char *word[5];
	size_t n = text_words(line, word, 4);
	struct entry_line *e = n_entries ? &entries[n_entries - 1] : NULL;
	struct num_range range;

	if (n == 0)
		return true;
	if (n == 1)
		return e && num_range(word[0], &range) == 0 && add_range(&range);
	return e && n == 4 && strcmp(word[0], "size") == 0 && strcmp(word[2], "modified") == 0 &&
	       num_size(word[1], UINT64_MAX, &e->size) == 0 && moment(word[3], e);
}

static bool parse(const char *name, char *text)
{
	struct entry_line *more;
	unsigned long number = 0;
	char *line;

	while ((line = text_line(&text))) {
		number++;
		if (*line == '\t' || *line == ' ') {
			if (!parse_detail(line))
				return msg_fail("%s:%lu: not OFF+LEN, nor size BYTES modified SECONDS", msg_name(name), number);
		} else if (*line && *line != '#') {
			end_entry();
			more = grow_add(entries, &n_entries, sizeof *more);
			if (!more)
				msg_no_memory(2);
			entries = more;
			plain_path(line);
			entries[n_entries - 1] = (struct entry_line){.path = line};
		}
	}
	end_entry();
	return true;
}

/* Opens the file of an entry: the first time, when it must be what it was, or again. False after a message. */
static bool open_entry(struct entry_line *e, struct file *f, bool again)
{
	struct stat there;

	/* opening some devices does things */
	if (stat(e->path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISBLK(there.st_mode))
		return msg_fail("%s: neither a file nor a block device, passed over", msg_name(e->path));
	*f = (struct file){.path = e->path, .dir = AT_FDCWD, .name = e->path};
	f->fd = os_open(e->path, O_RDONLY | O_NONBLOCK, 0);
	if (f->fd < 0)
		return msg_fail_errno("%s", msg_name(e->path));
	if (fstat(f->fd, &f->st) == 0 && (S_ISREG(f->st.st_mode) || S_ISBLK(f->st.st_mode)) &&
	    (!again || (f->st.st_dev == e->dev && f->st.st_ino == e->ino))) {
		f->size = S_ISBLK(f->st.st_mode) ? lseek(f->fd, 0, SEEK_END) : f->st.st_size;
		e->dev = f->st.st_dev;
		e->ino = f->st.st_ino;
		if (touch_conf.force || !e->is_dated ||
		    ((uint64_t)f->size == e->size && e->seconds == f->st.st_mtim.tv_sec &&
		     e->ns == (uint64_t)f->st.st_mtim.tv_nsec))
			return true;
	}
	close(f->fd);
	return msg_fail("%s: has changed since, passed over", msg_name(e->path));
}

/* The pages of a range that the file still has. */
static void cut(struct file *f, const struct num_range *r)
{
	uint64_t page = os_page(), size = (uint64_t)f->size, from = (uint64_t)r->off, end = size;

	if (r->from_end)
		from = from < size ? size - from : 0;
	if (from > size)
		from = size;
	if (r->len >= 0 && (uint64_t)r->len < size - from)
		end = from + (uint64_t)r->len;
	f->first = from / page;
	f->end = end > from ? (end - 1) / page + 1 : f->first;
}

/* Finds out where the ranges lie, and drops those of files that cannot be had. */
static void locate(void)
{
	struct file f = {.fd = -1};
	size_t at = SIZE_MAX, n = 0;
	struct pages p;

	for (size_t i = 0; i < n_ranges; i++) {
		struct range_line *r = &ranges[i];

		if (r->file != at) {
			if (at != SIZE_MAX && entries[at].usable)
				close(f.fd);
			at = r->file;
			entries[at].usable = open_entry(&entries[at], &f, false);
		}
		if (!entries[at].usable)
			continue;
		cut(&f, &r->range);
		n_wanted += (f.end - f.first) * os_page();
		if (pages_count(&f, &p)) {
			n_missing += (p.n - p.in.resident) * os_page();
			if (p.in.resident == p.n)
				continue;
		} else if (!entries[at].unknown) {
			entries[at].unknown = true;
			tell_is_unknown();
		}
		if (os_where(f.fd, f.first * os_page(), &r->where) < 0)
			r->where = 0;
		ranges[n++] = *r;
	}
	if (at != SIZE_MAX && entries[at].usable)
		close(f.fd);
	n_ranges = n;
}

/* By device and place, those whose place is not known by their order in the text. */
static bool is_later(const struct range_line *a, const struct range_line *b)
{
	const struct entry_line *e = &entries[a->file], *f = &entries[b->file];

	if (e->dev != f->dev)
		return e->dev > f->dev;
	if (a->where != b->where)
		return a->where > b->where;
	return a->file != b->file ? a->file > b->file : a->range.off > b->range.off;
}

static void sort(void)
{
	/* gaps without a common factor, since lists come interleaved */
	for (size_t gap = n_ranges / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (size_t i = gap; i < n_ranges; i++)
			for (size_t j = i; j >= gap && is_later(&ranges[j - gap], &ranges[j]); j -= gap) {
				struct range_line later = ranges[j - gap];

				ranges[j - gap] = ranges[j];
				ranges[j] = later;
			}
}

int restore(const char *name)
{
	struct file f = {.fd = -1};
	size_t len, at = SIZE_MAX;
	bool is_open = false;
	int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : os_open(name, O_RDONLY, 0);
	char *text = fd < 0 ? NULL : text_read(fd, SIZE_MAX / 4, &len);
	struct pages p;

	if (!text)
		return msg_fail_errno("%s", msg_name(name)) || 1;
	if (strlen(text) != len)
		return msg_fail("%s: not a text: it has a NUL", msg_name(name)) || 1;
	if (!parse(name, text))
		return 1;
	locate();
	sort();
	progress_start((enum progress_when)touch_conf.progress, n_missing);
	for (size_t i = 0; i < n_ranges && !steer_full; i++) {
		struct range_line *r = &ranges[i];

		if (r->file != at) {
			if (is_open)
				close(f.fd);
			at = r->file;
			is_open = open_entry(&entries[at], &f, true);
		}
		if (!is_open)
			continue;
		cut(&f, &r->range);
		steer(TOUCH, &f, &p);
	}
	if (is_open)
		close(f.fd);
	progress_end();
	if (steer_full)
		msg_fail("%s: the rest stays away", steer_full);
	if (touch_conf.json)
		out_printf("{\"wanted\":%llu,\"missing\":%llu,\"brought_in\":%llu}\n", (unsigned long long)n_wanted,
		           (unsigned long long)n_missing, (unsigned long long)steer_n);
	else if (!touch_conf.quiet)
		out_printf("%s brought in; %s were wanted, %s were missing\n", tell_size(steer_n), tell_size(n_wanted),
		           tell_size(n_missing));
	tell_unknown();
	return 0;
}
