#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "mmcp.h"
#include "msg.h"
#include "os.h"
#include "save.h"

enum kind { SYMLINK, TO_SOURCE, TO_COPY };

/* Links the file *st that was met as `from`: by a descriptor, since in somebody else's folder another file may have the
 * name by now. Where only a name will do, which file it led to shows afterwards: -1 with ESTALE, and no link. */
static int link_met(const struct entry *from, const struct stat *st, int dir, const char *name)
{
	bool follow = !S_ISLNK(st->st_mode);
	int fd = entry_open_look(from, st, follow), result;
	struct stat made;

	if (fd < 0)
		return -1;
	result = os_look_link(fd, dir, name);
	if (result < 0 && (errno == ENOENT || errno == ENOSYS)) {
		result = linkat(from->dir, from->name, dir, name, follow ? AT_SYMLINK_FOLLOW : 0);
		if (result == 0 && (fstatat(dir, name, &made, AT_SYMLINK_NOFOLLOW) < 0 || !entry_same_file(&made, st))) {
			unlinkat(dir, name, 0);
			result = -1;
			errno = ESTALE;
		}
	}
	os_close(fd);
	return result;
}

/* Links the copy known by that path, if that leads to it still: else -1 with ESTALE. */
static int link_copy(const char *copy, int dir, const char *name, bool follow)
{
	struct entry old = {AT_FDCWD, copy, copy};
	int result = -1, error = ESTALE;
	struct stat st;

	old.dir = entry_open_folder(&old);
	if (old.dir < 0)
		return -1;
	old.name = entry_base(copy);
	if (fstatat(old.dir, old.name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		error = errno;
	else if (seen_find(&cp_linked, st.st_dev, st.st_ino, copy)) {
		result = link_met(&old, &st, dir, name);
		error = errno;
	}
	os_close(old.dir);
	errno = error;
	return result;
}

/* What is to be made: a symlink with the text `to`, a link to the source, or one to the copy at the path `to`. */
struct order {
	const struct replace *r;
	enum kind kind;
	const char *to;
};

static int make_as(void *arg, const char *name)
{
	const struct order *order = arg;
	const struct entry *src = order->r->src, *dst = order->r->dst;

	if (order->kind == SYMLINK)
		return symlinkat(order->to, dst->dir, name);
	if (order->kind == TO_COPY)
		return link_copy(order->to, dst->dir, name, !cp_conf.link && replace_follows(order->r));
	return link_met(src, order->r->st, dst->dir, name);
}

/* Makes the link, and where an old one is there renames it over that; says so in the order of GNU cp, which removes an
 * old one that goes first. */
static int make(struct replace *r, enum kind kind, const char *to, bool over)
{
	struct order order = {r, kind, to};
	bool first = r->old == REPLACE_FIRST;

	if (!over) {
		replace_say(r);
		return make_as(&order, r->dst->name);
	}
	if (save_link(r->dst->dir, r->dst->name, make_as, &order) < 0)
		return -1;
	if (first)
		replace_say_removed(r);
	replace_say(r);
	if (!first && kind == TO_COPY)
		replace_say_removed(r);
	return 0;
}

static bool goes(const struct replace *r)
{
	return r->old == REPLACE_FIRST || r->old == REPLACE_LAST;
}

bool link_hard(struct replace *r)
{
	return make(r, TO_SOURCE, NULL, goes(r)) == 0 ||
	       msg_fail_errno("cannot create hard link %s to %s", msg_quote(r->dst->path), msg_quote(r->src->path));
}

bool link_symbolic(struct replace *r)
{
	struct stat here, there;
	bool in_place = entry_stat_folder(r->dst, &there) && stat(".", &here) == 0 && entry_same_file(&here, &there);

	if (*r->src->path != '/' && !in_place)
		return msg_fail("%s: can make relative symbolic links only in current directory", msg_name(r->dst->path));
	return make(r, SYMLINK, r->src->path, goes(r)) == 0 ||
	       msg_fail_errno("cannot create symbolic link %s to %s", msg_quote(r->dst->path), msg_quote(r->src->path));
}

bool link_alike(struct replace *r)
{
	char text[4097];
	ssize_t len = readlinkat(r->src->dir, r->src->name, text, sizeof text - 1);

	if (len < 0)
		return msg_fail_path("cannot read symbolic link", r->src->path);
	text[len] = '\0';
	if (!replace_begin(r))
		return false;
	return make(r, SYMLINK, text, goes(r)) == 0 ||
	       msg_fail_path("cannot create symbolic link", r->dst->path);
}

enum link_made link_to_copy(struct replace *r)
{
	const char *copy = seen_find(&cp_linked, r->st->st_dev, r->st->st_ino, "");

	if (!copy)
		return LINK_NO_COPY;
	if (make(r, TO_COPY, copy, r->old != REPLACE_GONE) == 0)
		return LINK_MADE;
	if (errno == EMLINK || errno == ENOENT || errno == ESTALE)
		return LINK_NO_COPY;
	replace_say(r);
	msg_fail_errno("cannot create hard link %s to %s", msg_quote(r->dst->path), msg_quote(copy));
	return LINK_FAILED;
}

void link_note(const struct replace *r, const struct stat *copy)
{
	const char *path = r->dst->path;

	/* the source by its path, and the path by what it must lead to */
	if (!seen_add(&cp_linked, r->st->st_dev, r->st->st_ino, "", path) ||
	    !seen_add(&cp_linked, copy->st_dev, copy->st_ino, path, ""))
		msg_fail_path("cannot remember", path);
}
