/*
 * What is in memory, as text that can be read and edited: for each file its path, below that, indented, its size and
 * time, and the ranges that are there. --learn notes what a command has brought in: what is there afterwards and was
 * not before.
 */
#include "mmtouch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "entry.h"
#include "fmt.h"
#include "grow.h"
#include "msg.h"
#include "out.h"
#include "save.h"

const struct opt_choice remember_words[] = {{"ranges", AS_RANGES}, {"list", AS_LIST}, {"squashfs-sort", AS_SORT}, {0}};

/* What was in memory before, in the order in which files are met. */
static struct before {
	dev_t dev;
	ino_t ino;
	uint64_t first, end;
} *before;
static size_t n_before, before_room;

struct noting {
	const struct file *file;
	int as, fd, error;      /* -1: standard output; errno of what could not be written */
	bool begun;             /* the file's path is written */
	size_t cursor;          /* in `before` */
	unsigned n_files, used;
	char text[1 << 12];
};

static void flush(struct noting *n)
{
	if (!n->error && out_all(n->fd, n->text, n->used) < 0)
		n->error = errno;
	n->used = 0;
}

static void put(struct noting *n, const char *text, size_t len)
{
	if (n->fd < 0) {
		out_write(text, len);
		return;
	}
	for (; len > 0; len--) {
		n->text[n->used++] = *text++;
		if (n->used == sizeof n->text)
			flush(n);
	}
}

/* A path as one line: what is no character of a line, and what would make the line another kind, in octal; for
 * mksquashfs behind a backslash what ends a name there; in a list as it is. */
static void put_path(struct noting *n, const char *path)
{
	char text[8];

	for (const char *p = path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (n->as != AS_RANGES) {
			if (n->as == AS_SORT && (c == ' ' || (c >= '\t' && c <= '\r') || c == '\\' || (p == path && c == '#')))
				put(n, "\\", 1);
			put(n, p, 1);
		} else if (c < ' ' || c == 0x7F || c == '\\' || (p == path && (c == ' ' || c == '#')))
			put(n, text, (size_t)fmt_text(text, sizeof text, "\\%03o", c));
		else
			put(n, p, 1);
	}
}

static void begin_file(struct noting *n)
{
	const struct file *f = n->file;
	const char *path = f->path;
	char text[80];
	int len = fmt_text(text, sizeof text, "\n");

	n->begun = true;
	if (n->as != AS_RANGES && strchr(path, '\n')) {
		msg_fail("%s: a name of two lines, left out", msg_name(path));
		return;
	}
	if (n->as == AS_SORT) {
		/* seen from the tree that becomes the image; the first ones come first there */
		path = path[f->n_operand] ? path + f->n_operand + strspn(path + f->n_operand, "/") : entry_base(path);
		len = fmt_text(text, sizeof text, " %u\n", n->n_files < 32766 ? 32767 - n->n_files : 1);
	} else if (n->as == AS_RANGES)
		len = fmt_text(text, sizeof text, "\n\tsize %lld modified %lld.%09ld\n", (long long)f->size,
		               (long long)f->st.st_mtim.tv_sec, (long)f->st.st_mtim.tv_nsec);
	n->n_files++;
	put_path(n, path);
	put(n, text, (size_t)len);
}

static void put_range(struct noting *n, uint64_t first, uint64_t end)
{
	uint64_t page = os_page();
	char text[64];

	if (!n->begun)
		begin_file(n);
	if (n->as == AS_RANGES)
		put(n, text, (size_t)fmt_text(text, sizeof text, "\t%llu+%llu\n", (unsigned long long)(first * page),
		                              (unsigned long long)((end - first) * page)));
}

static bool is_of(const struct before *b, const struct file *f)
{
	return b->ino == f->st.st_ino && b->dev == f->st.st_dev;
}

/* Of a stretch that is resident what was not before. */
static void note_run(void *arg, uint64_t first, uint64_t end, bool resident)
{
	struct noting *n = arg;

	if (!resident)
		return;
	for (size_t i = n->cursor; i < n_before && is_of(&before[i], n->file) && first < end; i++) {
		const struct before *b = &before[i];

		if (b->first > first && b->first < end)
			put_range(n, first, b->first);
		if (b->end > first && b->first < end)
			first = b->end;
	}
	if (first < end)
		put_range(n, first, end);
}

static bool note(struct file *f, void *arg)
{
	struct noting *n = arg;

	n->file = f;
	n->begun = false;
	for (size_t i = 0; i < n_before && !is_of(&before[n->cursor], f); i++)
		n->cursor = (n->cursor + 1) % n_before;
	/* the first one of the file, where the search began in its middle or it was found behind the end */
	while (n->cursor > 0 && n->cursor < n_before && is_of(&before[n->cursor - 1], f) && is_of(&before[n->cursor], f))
		n->cursor--;
	if (!pages_runs(f, note_run, n))
		tell_is_unknown();
	return !n->error && !out_error();
}

static void add_before(void *arg, uint64_t first, uint64_t end, bool resident)
{
	const struct file *f = arg;
	struct before *more;

	if (!resident)
		return;
	more = grow_room(before, &before_room, n_before + 1, sizeof *before);
	if (!more)
		msg_no_memory(2);
	before = more;
	before[n_before++] = (struct before){f->st.st_dev, f->st.st_ino, first, end};
}

static bool look_before(struct file *f, void *arg)
{
	(void)arg;
	add_before(f, 0, 0, true);      /* so that the file is found, whatever it has */
	pages_runs(f, add_before, f);
	return true;
}

int remember(const char *name, int as, char *const *names, char **command)
{
	static struct noting n;
	struct save s;
	int why = 0, status = 0;
	pid_t pid;

	if (command) {
		files_each(names, look_before, NULL);
		pid = child_start(command, -1, -1, NULL, NULL, &why);
		if (pid < 0)
			msg_die(2, "%s: %s", msg_name(command[0]), msg_reason(errno));
		status = child_wait(pid);
		if (why) {
			msg_warn("%s: %s", msg_name(command[0]), msg_reason(why));
			return child_status(status);
		}
	}
	n.as = as;
	n.fd = -1;
	if (strcmp(name, "-") != 0) {
		if (save_open(&s, AT_FDCWD, name, 0666, SAVE_STRAIGHT) < 0)
			return msg_fail_errno("%s", msg_name(name)) || 1;
		n.fd = s.fd;
	}
	if (as == AS_RANGES)
		put(&n, "# mmtouch: what is in memory\n", 29);
	files_each(names, note, &n);
	if (n.fd >= 0) {
		flush(&n);
		if (n.error) {
			save_discard(&s);
			errno = n.error;
		}
		if (n.error || save_commit(&s) != 0)
			msg_fail_errno("%s", msg_name(name));
	}
	tell_unknown();
	return command ? child_status(status) : 0;
}
