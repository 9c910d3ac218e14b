#include "mmcp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "await.h"
#include "folder.h"
#include "link.h"
#include "meta.h"
#include "msg.h"
#include "os.h"
#include "par.h"
#include "save.h"
#include "walk.h"
#include "watch.h"

/* A copy for a worker, who owns it. */
struct job {
	struct entry src, dst;
	struct stat st;
	struct replace r;
};

static void work(void *arg)
{
	struct job *job = arg;

	if (!file_copy(&job->r))
		replace_undo(&job->r);
	replace_end(&job->r);
	entry_free(&job->src);
	entry_free(&job->dst);
	free(job);
}

/* Returns false when it is to be copied at once: there is no room, or two lines that belong together are to be said.
 * Else a backup is the worker's as well. */
static bool give_to_worker(struct replace *r)
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
	job->r = (struct replace){.src = &job->src, .dst = &job->dst, .st = &job->st, .nested = true, .old = r->old,
	                          .begun = r->begun, .backup = r->backup, .backup_path = r->backup_path};
	r->backup = r->backup_path = NULL;
	par_give(job);
	return true;
}

enum {
	BIG = 256 << 10,        /* bytes that are worth a thread on any storage */
	SLOW = 1000000,         /* ns for a small file: then all files are */
};

/* Copies a file of a folder, now or by a worker. Where storage answers at once, handing over a small file costs more
 * than it gives. */
static bool copy_among_others(struct replace *r)
{
	static int64_t usual;   /* ns for a small file, on average of late */
	int64_t began;
	bool done;

	if ((r->st->st_size >= BIG || usual > SLOW || getenv("MMTOOLS_THREADS")) && give_to_worker(r))
		return true;
	began = await_now();
	done = file_copy(r);
	usual += (await_now() - began - usual) / 4;
	return done;
}

void tree_start(void)
{
	watch_limit();
	if (cp_conf.jobs > 1)
		par_start((unsigned)cp_conf.jobs, work);
}

/* ---- one entry ---- */

static int make_special(void *arg, const char *name)
{
	const struct replace *r = arg;
	mode_t mode = (r->st->st_mode & ~(mode_t)07777) | keep_first_mode(r->st);

	return os_mknod(r->dst->dir, name, mode, r->st->st_rdev);
}

static bool copy_special(struct replace *r)
{
	const struct entry *dst = r->dst;

	if (!replace_begin(r))
		return false;
	if (r->old != REPLACE_LAST && make_special(r, dst->name) == 0)
		return true;
	if (r->old == REPLACE_LAST && save_link(dst->dir, dst->name, make_special, r) == 0) {
		replace_say_removed(r);
		return true;
	}
	if (S_ISFIFO(r->st->st_mode))
		return msg_fail_path("cannot create fifo", dst->path);
	return msg_fail_path("cannot create special file", dst->path);
}

/* Whether dst, which is there, was not at first, nor perhaps its folder: it is known by the whole path, or has a slash
 * behind it, and that may lead elsewhere the next time. */
static bool came_late(const struct entry *dst)
{
	return entry_base(dst->name) != dst->name;
}

/* Whether it may be what we have made of the source, of that kind, which has no second name elsewhere. */
static bool is_alike(const struct stat *made, const struct stat *st, mode_t kind)
{
	return (made->st_mode & S_IFMT) == kind && made->st_nlink <= 1 && (kind == S_IFLNK || made->st_rdev == st->st_rdev);
}

/* Gives the symlink or special file just made what is kept of the source: by descriptors of both, since in somebody
 * else's folder another file may have the name by now. */
static bool keep_made(struct replace *r)
{
	const struct entry *src = r->src, *dst = r->dst;
	struct meta_file from = {.fd = -1, .look = -1};
	struct meta_file to = {.fd = -1, .look = openat(dst->dir, dst->name, os_open_look | O_NOFOLLOW)};
	mode_t kind = cp_conf.link ? S_IFLNK : r->st->st_mode & S_IFMT;
	bool done, wanted = !cp_conf.link && (cp_conf.keep.what & (KEEP_MODE | KEEP_XATTR | KEEP_CONTEXT));

	if (to.look < 0 || meta_stat(&to, &r->made) < 0)
		done = msg_fail_path("cannot access", dst->path);
	else if (came_late(dst) || !is_alike(&r->made, r->st, kind))
		done = msg_fail("%s was replaced while being copied", msg_quote(dst->path));
	else {
		if (kind != S_IFLNK)
			keep_set_new_mode(r->st, &to, dst->path);
		if (wanted) {
			from.look = entry_open_look(src, r->st, !S_ISLNK(r->st->st_mode));
			if (from.look < 0)
				msg_fail_path("failed to get attributes of", src->path);
		}
		keep_set(&from, r->st, &to, dst->path, true);
		done = true;
	}
	os_close(to.look);
	os_close(from.look);
	return done;
}

/* Whether the source's other names are to lead to one copy. */
static bool keeps_links(const struct replace *r)
{
	return (cp_conf.keep.what & KEEP_LINKS) && cp_conf.link != LINK_HARD && (r->st->st_nlink > 1 || replace_follows(r));
}

/* Makes dst out of src, where no further name of another copy will do. */
static bool make_copy(struct replace *r)
{
	const struct stat *st = r->st;
	bool done;

	if (cp_conf.link == LINK_HARD)
		return link_hard(r);
	if (cp_conf.link == LINK_SYMBOLIC)
		return link_symbolic(r) && keep_made(r);
	if (S_ISREG(st->st_mode) || (cp_conf.special_as_regular && !S_ISLNK(st->st_mode))) {
		if (r->dangling) {
			replace_say(r);
			return msg_fail("not writing through dangling symlink %s", msg_quote(r->dst->path));
		}
		return !r->keeps_links && r->nested && cp_conf.jobs > 1 ? copy_among_others(r) : file_copy(r);
	}
	done = (S_ISLNK(st->st_mode) ? link_alike(r) : copy_special(r)) && keep_made(r);
	if (done && cp_conf.sync && !r->nested)
		file_sync_folder(r->dst);
	return done;
}

/* Makes dst out of src, whatever it is but a folder. */
static bool make_entry(struct replace *r)
{
	enum link_made linked = LINK_NO_COPY;
	bool done;

	if (r->old != REPLACE_FIRST && !r->dangling)
		replace_begin(r);
	r->keeps_links = keeps_links(r);
	if (r->keeps_links)
		linked = link_to_copy(r);
	if (linked != LINK_NO_COPY)
		return linked == LINK_MADE;
	done = make_copy(r);
	if (done && r->keeps_links)
		link_note(r, &r->made);
	return done;
}

/* The target stays, being newer than the source, which may have other names: then it is the copy of these as well. */
static void link_newer(struct replace *r)
{
	struct stat old;

	if (link_to_copy(r) == LINK_NO_COPY && fstatat(r->dst->dir, r->dst->name, &old, AT_SYMLINK_NOFOLLOW) == 0)
		link_note(r, &old);
}

static void copy_entry(const struct mirror *m)
{
	struct replace r = {.src = &m->src, .dst = &m->dst, .st = m->st, .nested = m->depth > 0};

	if (!m->fresh && !replace_look(&r)) {
		if (r.newer && keeps_links(&r))
			link_newer(&r);
		return;
	}
	if (replace_clear(&r)) {
		if (!make_entry(&r))
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
	struct replace r = {.src = &m->src, .dst = &m->dst, .st = m->st, .nested = m->depth > 0};
	struct mirror_todo *todo;
	struct meta_file copy;
	struct stat now;
	bool made;

	if (!m->fresh && !replace_look(&r))
		return false;
	made = r.old == REPLACE_GONE;
	if (made) {
		if (folder_make(&m->dst, m->st) < 0)
			return msg_fail_path("cannot create directory", m->dst.path);
		replace_say(&r);
	}
	if (came_late(&m->dst) && (made || !cp_conf.target_is_file))
		return msg_fail("%s was replaced while being copied", msg_quote(m->dst.path));
	todo = mirror_enter_copy(m, cp_conf.keep_folder_links && !made, &now);
	if (!todo)
		return msg_fail_path("cannot access", m->dst.path);
	copy = mirror_copy(m);
	return !made || folder_begin(&copy, &now, m->st, m->dst.path, todo);
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
		msg_fail_path("cannot access", m->src.path);
}

void tree_copy(const char *path, const struct entry *target)
{
	enum walk_follow follow = cp_conf.follow == FOLLOW_ALWAYS ? WALK_FOLLOW_ALL :
	                          cp_conf.follow == FOLLOW_OPERANDS ? WALK_FOLLOW_ROOT : WALK_FOLLOW_NONE;
	enum mirror_event event;
	struct mirror m;

	if (mirror_start(&m, path, follow, target) < 0) {
		msg_fail_path("cannot stat", path);
		return;
	}
	while ((event = mirror_next(&m)) != MIRROR_END && event != MIRROR_LOST)
		if (event == MIRROR_ENTRY)
			copy_entry(&m);
		else if (event == MIRROR_FOLDER)
			copy_folder(&m);
		else if (event == MIRROR_LEAVE)
			folder_finish(&m.src_left, m.st, &m.dst_left, &m.dst, m.todo);
		else
			msg_fail_path("cannot stat", m.src.path);
	if (event == MIRROR_LOST)
		msg_fail_path("lost the way back from", m.src.path);
	if (cp_conf.jobs > 1)
		par_wait();
	mirror_end(&m);
}
