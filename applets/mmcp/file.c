#include "mmcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "save.h"

enum { UNKNOWN_DURABILITY = 3 };

/* Gives the copy what is kept of the source besides the bytes. False: the old file stays. */
static bool keep(struct copy *c, const struct entry *dst)
{
	struct meta_file source = {.fd = c->source}, target = {.fd = c->target.fd};

	if (c->old == COPY_BESIDE_OLD && !c->fresh && !keep_old(&c->st, &c->target, dst->path))
		return false;
	if (c->fresh)
		keep_set_new_mode(&c->st, &target, dst->path);
	/* the bytes are there, whatever cannot be kept */
	keep_set(&source, &c->st, &target, dst->path, !c->others_write);
	return true;
}

static void explain_failure(const struct copy *c, enum copy_step step, const struct entry *src, const struct entry *dst)
{
	const char *from = msg_quote(src->path), *to = msg_quote(dst->path);

	switch (step) {
	case COPY_DONE:
	case COPY_RANGE:
	case COPY_CHANGED:
		break;
	case COPY_OPEN:
		msg_warn_errno("cannot open %s for reading", from);
		break;
	case COPY_REPLACED:
		msg_warn("skipping file %s, as it was replaced while being copied", from);
		break;
	case COPY_SAME:
		msg_warn("%s and %s are the same file", from, to);
		break;
	case COPY_CREATE:
		if (errno == EISDIR && *dst->path && dst->path[strlen(dst->path) - 1] == '/')
			errno = ENOTDIR;
		msg_warn_errno("cannot create regular file %s", to);
		break;
	case COPY_NOT_REGULAR:
		msg_warn("cannot replace %s atomically: not a regular file", to);
		break;
	case COPY_REMOVE:
		msg_warn_errno("cannot remove %s", to);
		break;
	case COPY_CLONE:
		msg_warn_errno("failed to clone %s from %s", to, from);
		break;
	case COPY_READ:
		if (errno == EIO)
			msg_warn("error reading %s: %s at offset %lld", from, msg_reason(EIO), (long long)c->where);
		else
			msg_warn_errno("error reading %s", from);
		break;
	case COPY_WRITE:
		msg_warn_errno("error writing %s", to);
		break;
	case COPY_DIFFERS:
		msg_warn("%s differs from %s at offset %lld", to, from, (long long)c->where);
		break;
	}
}

static void say_unsure(const struct entry *dst, int error)
{
	msg_warn("%s: replaced, but durability unknown: %s", msg_quote(dst->path), msg_reason(error));
	msg_raise(UNKNOWN_DURABILITY);
}

void file_sync_folder(const struct entry *dst)
{
	if (save_sync_folder(dst->dir, dst->name) < 0)
		say_unsure(dst, errno);
}

/* What other names are to be linked to: the file, or the symlink through which it was written. */
static void note_made(const struct copy *c, struct replace *r)
{
	struct stat name;

	fstat(c->target.fd, &r->made);
	if (!c->fresh && !replace_follows(r) && fstatat(c->to_dir, c->to, &name, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(name.st_mode))
		r->made = name;
}

/* The copy, up to the first step that failed; *given_up when that was none of core/copy's, and was said. */
static enum copy_step copy(struct copy *c, struct replace *r, bool *given_up)
{
	enum copy_step step = copy_open(c);

	if (step == COPY_DONE && !replace_begin(r)) {
		*given_up = true;
		copy_close(c);
		return step;
	}
	replace_say(r);
	c->old = cp_conf.atomic ? COPY_BESIDE_OLD : r->old == REPLACE_GONE ? COPY_NO_OLD : COPY_OVER_OLD;
	if (step == COPY_DONE)
		step = copy_file(c);
	if (step != COPY_DONE)
		return step;
	if (r->keeps_links)
		note_made(c, r);
	if (keep(c, r->dst))
		return copy_finish(c);
	*given_up = true;
	copy_give_up(c);
	return step;
}

bool file_copy(struct replace *r)
{
	const struct entry *src = r->src, *dst = r->dst;
	struct copy c = {.how = &cp_conf.copying, .from_dir = src->dir, .from = src->name, .to_dir = dst->dir,
	                 .to = dst->name, .st = *r->st, .force = cp_conf.force,
	                 .through_dangling = cp_conf.through_dangling, .folder_later = r->nested,
	                 .mode = keep_first_mode(r->st)};
	bool given_up = false, done;
	enum copy_step step = copy(&c, r, &given_up);

	if (c.removed_old)
		replace_say_removed(r);
	explain_failure(&c, step, src, dst);
	if (c.shrank || c.grew)
		msg_warn("%s %s while being copied", msg_quote(src->path), c.shrank ? "shrank" : "grew");
	if (c.missing[0])
		msg_warn("%s: %s", msg_name(src->path), c.missing);
	if (c.unverified)
		msg_fail("cannot verify %s: one of the two can be read only once", msg_quote(dst->path));
	if (c.removed)
		msg_warn("removed incomplete %s", msg_quote(dst->path));
	if (c.incomplete)
		msg_warn("%s is incomplete", msg_quote(dst->path));
	if (opt_explain && c.explain[0])
		msg_warn("%s: %s", msg_name(src->path), c.explain);
	if (c.unsure)
		say_unsure(dst, c.unsure);
	done = step == COPY_DONE && !given_up;
	if (done && cp_conf.sync && !r->nested && !cp_conf.atomic)
		file_sync_folder(dst);
	if (!done || c.shrank || c.grew || c.missing[0])
		msg_raise(1);
	return done;
}
