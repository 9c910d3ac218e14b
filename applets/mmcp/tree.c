#include "mmcp.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fmt.h"
#include "link.h"
#include "meta.h"
#include "mirror.h"
#include "msg.h"
#include "os.h"
#include "par.h"
#include "walk.h"

/* A copy for a worker, who owns it. */
struct job {
	struct entry src, dst;
	struct stat st;
	struct replace r;
};

static void work(void *arg)
{
	struct job *job = arg;

	file_copy(&job->r, true);
	entry_free(&job->src);
	entry_free(&job->dst);
	free(job);
}

/* Returns false when it is to be copied at once: there is no room, or two lines that belong together are to be said. */
static bool give_to_worker(const struct replace *r)
{
	struct job *job = cp_conf.verbose && r->old == REPLACE_FIRST ? NULL : malloc(sizeof *job);

	if (!job || !entry_dup(r->src, &job->src)) {
		free(job);
		return false;
	}
	if (!entry_dup(r->dst, &job->dst)) {
		entry_free(&job->src);
		free(job);
		return false;
	}
	job->st = *r->st;
	job->r = (struct replace){.src = &job->src, .dst = &job->dst, .st = &job->st, .old = r->old,
	                          .begun = r->begun};
	par_give(job);
	return true;
}

void tree_start(void)
{
	if (cp_conf.jobs > 1)
		par_start((unsigned)cp_conf.jobs, work);
}

/* ---- one entry ---- */

static bool copy_special(const struct stat *st, const struct entry *dst)
{
	mode_t mode = (st->st_mode & ~(mode_t)07777) | keep_first_mode(&cp_conf.keep, st);

	if (os_mknod(dst->dir, dst->name, mode, st->st_rdev) == 0)
		return true;
	if (S_ISFIFO(mode))
		return msg_fail_errno("cannot create fifo %s", msg_quote(dst->path));
	return msg_fail_errno("cannot create special file %s", msg_quote(dst->path));
}

/* Makes dst out of src, whatever it is but a folder. */
static bool make_entry(struct replace *r, size_t depth)
{
	const struct entry *src = r->src, *dst = r->dst;
	const struct stat *st = r->st;
	struct meta_file from = {.fd = -1, .dir = src->dir, .name = src->name};
	struct meta_file to = {.fd = -1, .dir = dst->dir, .name = dst->name};
	const char *copy;
	bool links, done;

	if (r->old != REPLACE_FIRST)
		replace_begin(r);
	if (cp_conf.link)
		return cp_conf.link == LINK_HARD ? link_hard(r) : link_symbolic(r);
	links = (cp_conf.keep.what & KEEP_LINKS) && (st->st_nlink > 1 || cp_conf.follow == FOLLOW_ALWAYS ||
	                                         (cp_conf.follow == FOLLOW_OPERANDS && depth == 0));
	copy = links ? seen_find(&cp_linked, st->st_dev, st->st_ino, "") : NULL;
	if (copy) {
		int made_link = link_to_copy(r, copy);

		if (made_link != 0)
			return made_link > 0;
	}
	if (S_ISREG(st->st_mode) || (cp_conf.special_as_regular && !S_ISLNK(st->st_mode))) {
		if (!links && depth > 0 && cp_conf.jobs > 1 && give_to_worker(r))
			return true;
		done = file_copy(r, depth > 0);
	} else {
		done = S_ISLNK(st->st_mode) ? link_alike(r) : replace_begin(r) && copy_special(st, dst);
		if (done && !S_ISLNK(st->st_mode))
			keep_set_new_mode(&cp_conf.keep, st, &to);
		if (done)
			keep_set(&cp_conf.keep, &from, st, &to, dst->path);
		if (done && cp_conf.sync && depth == 0)
			file_sync_folder(dst);
	}
	if (done && links && !seen_add(&cp_linked, st->st_dev, st->st_ino, "", dst->path))
		msg_fail_errno("cannot remember %s", msg_quote(dst->path));
	return done;
}

static void copy_entry(const struct mirror *m)
{
	struct replace r = {.src = &m->src, .dst = &m->dst, .st = m->st};

	if (!m->fresh && !replace_look(&r))
		return;
	if (replace_clear(&r)) {
		if (!make_entry(&r, m->depth))
			replace_undo(&r);
		else if (m->depth == 0)
			replace_note(&r);
	}
	replace_end(&r);
}

/* ---- trees ---- */

/* Makes the copy of the folder just met, or accepts the one that is there, and goes into it. */
static bool enter_copy(struct mirror *m)
{
	struct replace r = {.src = &m->src, .dst = &m->dst, .st = m->st};
	struct mirror_todo *todo;
	struct stat folder;

	if (!m->fresh && !replace_look(&r))
		return false;
	if (r.old == REPLACE_GONE) {
		if (mkdirat(m->dst.dir, m->dst.name, keep_folder_first_mode(&cp_conf.keep, m->st)) < 0)
			return msg_fail_errno("cannot create directory %s", msg_quote(m->dst.path));
		replace_say(&r);
	}
	todo = mirror_enter_copy(m, &folder);
	if (!todo)
		return msg_fail_errno("cannot access %s", msg_quote(m->dst.path));
	todo->fresh = r.old == REPLACE_GONE;
	todo->mode = keep_folder_last_mode(&cp_conf.keep, m->st, folder.st_mode & 07777);
	todo->restore = todo->fresh && todo->mode != (folder.st_mode & 07777);
	return true;
}

void tree_finish_folder(const struct entry *src, const struct stat *st, const struct entry *dst,
                          const struct mirror_todo *todo)
{
	struct meta_file from = {.fd = -1, .dir = src->dir, .name = src->name};
	struct meta_file to = {.fd = -1, .dir = dst->dir, .name = dst->name};

	if (cp_conf.jobs > 1)
		par_wait();
	if (todo->restore && !(cp_conf.keep.what & KEEP_MODE))
		meta_set_mode(&to, todo->mode);
	keep_set(&cp_conf.keep, &from, st, &to, dst->path);
	if (cp_conf.sync) {
		char *inside = fmt_new("%s/.", dst->name);

		if (inside)
			file_sync_folder(&(struct entry){dst->dir, inside, dst->path});
		free(inside);
		file_sync_folder(dst);
	}
}

/* A folder was met: makes its copy and goes into both. */
static void copy_folder(struct mirror *m)
{
	if (!cp_conf.recursive)
		msg_fail("-r not specified; omitting directory %s", msg_quote(m->src.path));
	else if (mirror_meets_itself(m))
		msg_fail("cannot copy a directory, %s, into itself, %s", msg_quote(m->root), msg_quote(m->dst.path));
	else if (mirror_is_loop(m))
		msg_fail("cannot copy cyclic symbolic link %s", msg_quote(m->src.path));
	else if (enter_copy(m) && !(cp_conf.one_file_system && m->st->st_dev != m->device) && mirror_enter(m) < 0)
		msg_fail_errno("cannot access %s", msg_quote(m->src.path));
}

void tree_copy(const char *path, const struct entry *target)
{
	enum walk_follow follow = cp_conf.follow == FOLLOW_ALWAYS ? WALK_FOLLOW_ALL :
	                          cp_conf.follow == FOLLOW_OPERANDS ? WALK_FOLLOW_ROOT : WALK_FOLLOW_NONE;
	enum mirror_event event;
	struct mirror m;

	if (mirror_start(&m, path, follow, target) < 0) {
		msg_fail_errno("cannot stat %s", msg_quote(path));
		return;
	}
	while ((event = mirror_next(&m)) != MIRROR_END && event != MIRROR_LOST)
		if (event == MIRROR_ENTRY)
			copy_entry(&m);
		else if (event == MIRROR_FOLDER)
			copy_folder(&m);
		else if (event == MIRROR_LEAVE)
			tree_finish_folder(&m.src, m.st, &m.dst, m.todo);
		else
			msg_fail_errno("cannot stat %s", msg_quote(m.src.path));
	if (event == MIRROR_LOST)
		msg_fail_errno("lost the way back from %s", msg_quote(m.src.path));
	if (cp_conf.jobs > 1)
		par_wait();
	mirror_end(&m);
}
