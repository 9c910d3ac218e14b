/* The files that operands name or hold: each once, by device and inode, also where it has several names. */
#include "mmtouch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "grow.h"
#include "map.h"
#include "msg.h"
#include "seen.h"
#include "text.h"
#include "walk.h"

uint64_t files_n, files_n_folders;
void (*files_folder)(const char *path);
static struct seen seen;

char **files_list(char **operands, size_t n_operands, const char *name, bool nuls)
{
	int fd = strcmp(name, "-") == 0 ? STDIN_FILENO : os_open(name, O_RDONLY, 0);
	size_t len, n = n_operands, room = 0;
	char *text = fd < 0 ? NULL : text_read(fd, SIZE_MAX / 4, &len), *end, *line, **names = NULL, **more;

	if (fd > STDIN_FILENO)
		close(fd);
	if (!text) {
		msg_fail_errno("%s", msg_name(name));
		return NULL;
	}
	if (!nuls && strlen(text) != len) {
		msg_fail("%s: not a text: it has a NUL", msg_name(name));
		return NULL;
	}
	for (line = text;; line = end + 1) {
		end = line < text + len ? memchr(line, nuls ? '\0' : '\n', (size_t)(text + len - line)) : NULL;
		if (!end)
			end = text + len;       /* where there is a NUL, too */
		*end = '\0';
		more = grow_room(names, &room, n + 2, sizeof *names);
		if (!more)
			msg_no_memory(2);
		names = more;
		if (*line)
			names[n++] = line;
		if (end == text + len)
			break;
	}
	names[n] = NULL;
	memcpy(names, operands, n_operands * sizeof *names);
	return names;
}

/* Behind what stands for one character in the pattern (? [a-z] [!a-z] or itself, perhaps behind \), if c is like that;
 * else NULL. */
static const char *behind_one(const char *p, char c)
{
	bool others = *p == '[' && (p[1] == '!' || p[1] == '^'), found = false;

	/* a bracket that is not closed is none, and the first ] in it does not close it */
	if (*p != '[' || !p[1 + others] || !strchr(p + 2 + others, ']')) {
		if (*p == '?')
			return p + 1;
		p += *p == '\\' && p[1];
		return *p == c ? p + 1 : NULL;
	}
	p += 1 + others;
	do {
		const char *to = p[1] == '-' && p[2] && p[2] != ']' ? p + 2 : p;

		found |= (unsigned char)*p <= (unsigned char)c && (unsigned char)c <= (unsigned char)*to;
		p = to + 1;
	} while (*p && *p != ']');
	return *p && found != others ? p + 1 : NULL;
}

/* Whether the text is like the pattern, in which * stands for anything. */
static bool is_like(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL, *next;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			from = text;
		} else if ((next = behind_one(pattern, *text))) {
			pattern = next;
			text++;
		} else if (star) {      /* it stands for one more */
			pattern = star;
			text = ++from;
		} else
			return false;
	}
	return !pattern[strspn(pattern, "*")];
}

static bool is_in(const struct opt_list *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (is_like(patterns->v[i].text, name))
			return true;
	return false;
}

/* Settles which pages are asked for. */
static bool cut(struct file *f)
{
	off_t from = 0, to = f->size;
	uint64_t page = os_page();
	const struct num_range *r = &touch_conf.range;
	char text[MAP_TEXT];

	if (touch_conf.has_range) {
		if (touch_conf.range_is_lenient ? r->off > f->size : map_range_missing(r, f->size, text) != NULL)
			return msg_fail("%s: %s", msg_name(f->path),
			                touch_conf.range_is_lenient ? "ends before the range begins" : text);
		from = r->from_end ? f->size - r->off : r->off;
		if (r->len >= 0 && r->len < f->size - from)
			to = from + r->len;
	}
	f->first = (uint64_t)from / page;
	f->end = to > from ? ((uint64_t)to - 1) / page + 1 : f->first;
	return true;
}

/* Opens what was met, and has it looked at. Returns whether to go on. */
static bool open_and_visit(const struct walk *w, size_t n_operand, files_visit *visit, void *arg)
{
	struct file f = {.path = w->path, .n_operand = n_operand, .dir = w->dir, .name = w->name, .fd = -1, .st = w->st,
	                 .size = w->st.st_size};
	bool more = true;

	/* an empty file has no pages, and what is in /proc has none either */
	if (f.size > 0 || S_ISBLK(f.st.st_mode)) {
		f.fd = openat(w->dir, w->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (walk_follows(w) ? 0 : O_NOFOLLOW));
		if (f.fd < 0)
			return msg_fail_errno("%s", msg_name(w->path)) || true;
		/* what was opened, which may be another one by now */
		if (fstat(f.fd, &f.st) < 0 || (f.st.st_mode & S_IFMT) != (w->st.st_mode & S_IFMT)) {
			close(f.fd);
			return msg_fail("%s: has changed meanwhile", msg_name(w->path)) || true;
		}
		f.size = S_ISBLK(f.st.st_mode) ? lseek(f.fd, 0, SEEK_END) : f.st.st_size;
	}
	if ((uint64_t)f.size > touch_conf.most)
		msg_warn("%s: larger than -m allows, passed over", msg_name(f.path));
	else {
		files_n++;
		if (cut(&f))
			more = visit(&f, arg);
	}
	if (f.fd >= 0)
		close(f.fd);
	return more;
}

/* Whether a file that was met is to be looked at. */
static bool is_wanted(const struct walk *w)
{
	mode_t kind = w->st.st_mode & S_IFMT;

	if (kind == S_IFLNK && w->depth == 0)
		return msg_fail("%s: a symbolic link, which is followed with -f alone", msg_name(w->path));
	if (kind != S_IFREG && (kind != S_IFBLK || w->depth > 0))
		return w->depth == 0 ? msg_fail("%s: neither a file nor a folder", msg_name(w->path)) : false;
	if (touch_conf.only.n && !is_in(&touch_conf.only, entry_base(w->name)))
		return false;
	if (touch_conf.links || (w->st.st_nlink < 2 && !touch_conf.follow && !touch_conf.once) ||
	    (touch_conf.operands_only && w->depth == 0))
		return true;
	if (seen_find(&seen, w->st.st_dev, w->st.st_ino, ""))
		return false;
	if (!seen_add(&seen, w->st.st_dev, w->st.st_ino, "", ""))
		msg_no_memory(2);
	return true;
}

/* Goes into a folder, unless it is one of those that are passed over. */
static void enter(struct walk *w, dev_t device)
{
	bool first = !walk_is_loop(w) && (w->st.st_dev == device || touch_conf.cross);

	if (!first || (touch_conf.operands_only && w->depth == 0))
		return;
	/* with several ways to it, it is entered by the first */
	if ((touch_conf.follow || touch_conf.once) && seen_find(&seen, w->st.st_dev, w->st.st_ino, ""))
		return;
	if ((touch_conf.follow || touch_conf.once) && !seen_add(&seen, w->st.st_dev, w->st.st_ino, "", ""))
		msg_no_memory(2);
	if (files_folder)
		files_folder(w->path);
	if (walk_enter(w) < 0)
		msg_fail_errno("%s", msg_name(w->path));
	else
		files_n_folders++;
}

static bool walk(const char *name, files_visit *visit, void *arg)
{
	struct walk w;
	enum walk_event event = WALK_END;
	dev_t device = 0;
	bool more = true;

	if (walk_start(&w, AT_FDCWD, name, touch_conf.follow ? WALK_FOLLOW_ALL :
	               touch_conf.follow_operands ? WALK_FOLLOW_ROOT : WALK_FOLLOW_NONE) < 0)
		msg_die(2, "%s", msg_reason(errno));
	while (more && (event = walk_next(&w)) != WALK_END && event != WALK_LOST) {
		if (event == WALK_ERROR)
			msg_fail_errno("%s", msg_name(w.path));
		if (event != WALK_ENTRY)
			continue;
		if (w.depth == 0)
			device = w.st.st_dev;
		if (is_in(&touch_conf.ignore, entry_base(w.name)))
			continue;
		if (S_ISDIR(w.st.st_mode))
			enter(&w, device);
		else if (is_wanted(&w))
			more = open_and_visit(&w, strlen(name), visit, arg);
	}
	if (event == WALK_LOST)
		msg_fail_errno("%s", msg_name(name));
	walk_end(&w);
	return more;
}

void files_each(char *const *names, files_visit *visit, void *arg)
{
	seen_free(&seen);
	while (*names && walk(*names, visit, arg))
		names++;
}
