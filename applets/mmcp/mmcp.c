/*
 * mmcp: map files and write them elsewhere.
 *
 * cp of POSIX.1-2024 with GNU's options, messages and statuses. core/mirror leads through trees, core/replace says what
 * becomes of old targets, core/copy moves the bytes, core/keep sets the rest. On top: --atomic and --sync (the old file
 * or the new one, also after a power cut), --verify, --progress, --range, --jobs, --no-cache. Differs from GNU where
 * docs/deviations.md says so: a failed copy leaves no broken target, a folder is not copied into itself even in part, a
 * source that changes meanwhile is told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup.h"
#include "copy.h"
#include "entry.h"
#include "fmt.h"
#include "keep.h"
#include "link.h"
#include "map.h"
#include "meta.h"
#include "mirror.h"
#include "msg.h"
#include "opt.h"
#include "os.h"
#include "out.h"
#include "par.h"
#include "parents.h"
#include "progress.h"
#include "replace.h"
#include "save.h"
#include "seen.h"
#include "walk.h"

enum follow { FOLLOW_UNSET, FOLLOW_NEVER, FOLLOW_OPERANDS, FOLLOW_ALWAYS };
enum { UNKNOWN_DURABILITY = 3 };
enum { ONE_KIND_OF_LINK = 1, ONE_TARGET = 2 };        /* sets of options that exclude each other */

static struct conf {
	int recursive, follow, force, ask, update, link, symlink, target_is_file, parents, one_file_system, verbose;
	int attributes_only, reflink, holes, remove_destination, strip_slashes, copy_contents;
	int atomic, sync, verify, no_cache, progress;
	struct keep keep;
	const char *folder, *backup, *suffix;
	uint64_t jobs;
	struct opt_ranges ranges;
} conf = {.keep = {.what = KEEP_NEW_MODE}, .jobs = 1};

static const struct opt_choice clone_words[] = {
	{"auto", COPY_CLONE_AUTO}, {"always", COPY_CLONE_ALWAYS}, {"never", COPY_CLONE_NEVER}, {0},
};
static const struct opt_choice hole_words[] = {
	{"never", MOVE_HOLES_FILL}, {"auto", MOVE_HOLES_KEEP}, {"always", MOVE_HOLES_MAKE}, {0},
};
static const struct opt_choice update_words[] = {
	{"all", REPLACE_ALL}, {"none", REPLACE_NONE}, {"none-fail", REPLACE_NONE_FAIL}, {"older", REPLACE_OLDER}, {0},
};

static const struct opt options[] = {
	OPT_GROUP("What is copied, as cp"),
	{.letter = 'a', .name = "archive", OPT_MEANS("R P preserve=all"),
	 .help = "same as -dR --preserve=all"},
	{.name = "copy-contents", OPT_FLAG(&conf.copy_contents),
	 .help = "with -R, copy what special files hold instead of making new ones"},
	{.letter = 'd', OPT_MEANS("P preserve=links"),
	 .help = "same as --no-dereference --preserve=links"},
	{.letter = 'H', OPT_VALUE(&conf.follow, FOLLOW_OPERANDS),
	 .help = "follow symbolic links among the operands"},
	{.letter = 'l', .name = "link", OPT_FLAG(&conf.link), .excludes = ONE_KIND_OF_LINK,
	 .help = "make hard links instead of copies"},
	{.letter = 'L', .name = "dereference", OPT_VALUE(&conf.follow, FOLLOW_ALWAYS),
	 .help = "follow all symbolic links in the source"},
	{.letter = 'P', .name = "no-dereference", OPT_VALUE(&conf.follow, FOLLOW_NEVER),
	 .help = "copy symbolic links as such"},
	{.letter = 'D', .name = "parents", OPT_FLAG(&conf.parents), .help = "use the full source name under the folder"},
	{.letter = 'R', .name = "recursive", OPT_FLAG(&conf.recursive), .help = "copy folders and all in them"},
	{.letter = 'r', OPT_FLAG(&conf.recursive), .help = "same as -R"},
	{.letter = 's', .name = "symbolic-link", OPT_FLAG(&conf.symlink), .excludes = ONE_KIND_OF_LINK,
	 .help = "make symbolic links instead of copies"},
	{.name = "strip-trailing-slashes", OPT_FLAG(&conf.strip_slashes), .help = "take slashes off the ends of sources"},
	{.letter = 'x', .name = "one-file-system", OPT_FLAG(&conf.one_file_system),
	 .help = "stay on the file system of each source"},
	OPT_GROUP("What becomes of old targets, as cp"),
	{.letter = 'b', .name = "backup", OPT_STRING(&conf.backup), .arg = "CONTROL", .without = "",
	 .help = "keep an existing target under another name: none, simple (f~), numbered (f.~1~) or existing"},
	{.letter = 'S', .name = "suffix", OPT_STRING(&conf.suffix), .arg = "SUFFIX",
	 .help = "the end of a backup's name, instead of ~"},
	{.letter = 'f', .name = "force", OPT_FLAG(&conf.force),
	 .help = "remove a target that cannot be opened, and try again"},
	{.letter = 'i', .name = "interactive", OPT_VALUE(&conf.ask, REPLACE_ASK_USER),
	 .help = "ask before overwriting"},
	{.letter = 'n', .name = "no-clobber", OPT_VALUE(&conf.ask, REPLACE_NO_CLOBBER),
	 .help = "leave existing targets alone"},
	{.letter = 'F', .name = "remove-destination", OPT_FLAG(&conf.remove_destination),
	 .help = "remove each existing target before opening it"},
	{.letter = 'u', .name = "update", OPT_CHOICE(&conf.update, update_words), .arg = "WHICH", .without = "older",
	 .help = "of existing targets replace only older ones, none, or all"},
	OPT_GROUP("What a copy keeps, as cp"),
	{.name = "attributes-only", OPT_FLAG(&conf.attributes_only),
	 .help = "copy no bytes, only what is to be preserved"},
	{.name = "no-preserve", OPT_UNSET(&conf.keep.what, keep_words), .arg = "LIST",
	 .help = "do not preserve these"},
	{.letter = 'p', OPT_MEANS("preserve"), .help = "same as --preserve=mode,ownership,timestamps"},
	{.name = "preserve", OPT_SET(&conf.keep.what, keep_words), .arg = "LIST",
	 .without = "mode,ownership,timestamps", .help = "preserve these; without a list mode,ownership,timestamps"},
	{.name = "reflink", OPT_CHOICE(&conf.reflink, clone_words), .arg = "WHEN", .without = "always",
	 .help = "share blocks where the file system can (auto), or fail (always)"},
	{.name = "sparse", OPT_CHOICE(&conf.holes, hole_words), .arg = "WHEN",
	 .help = "keep holes (auto), make them of zeros too (always), or fill them (never)"},
	OPT_GROUP("How and where, as cp"),
	{.letter = 't', .name = "target-directory", OPT_FOLDER_ONCE(&conf.folder, "multiple target directories specified"),
	 .excludes = ONE_TARGET, .arg = "DIR",
	 .help = "copy all sources into DIR"},
	{.letter = 'T', .name = "no-target-directory", OPT_FLAG(&conf.target_is_file), .excludes = ONE_TARGET,
	 .help = "never take the target for a folder to copy into"},
	{.letter = 'v', .name = "verbose", OPT_FLAG(&conf.verbose), .help = "say what is done"},
	OPT_GROUP("Beyond cp"),
	{.name = "atomic", OPT_FLAG(&conf.atomic),
	 .help = "write beside the target, then rename: it is the old file or the new one, never a part"},
	{.name = "sync", OPT_FLAG(&conf.sync),
	 .help = "durable when the status is 0; 3 when replaced, but not known to be durable"},
	{.name = "verify", OPT_FLAG(&conf.verify), .help = "compare each target with its source afterwards"},
	{.name = "progress", OPT_CHOICE(&conf.progress, progress_words), .arg = "WHEN", .without = "auto",
	 .help = "show bytes, rate and time left on a terminal, or always"},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE",
	 .help = "of the source only OFF+LEN, OFF to the end, or the last -LEN bytes"},
	{.name = "jobs", OPT_NUMBER(&conf.jobs), .arg = "N",
	 .help = "copy N files of a tree at a time; 0 stands for the number of processors"},
	{.name = "no-cache", OPT_FLAG(&conf.no_cache), .help = "leave the page cache as it was found"},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

static struct copy_how how;
static struct replace_how replacing;
static struct seen linked;              /* sources with several links: what they were copied to */
static struct seen made;                /* targets made by this run, when several sources may collide */
static struct seen operands;            /* sources named so far */

/* ---- one file ---- */

static int keep_file(struct copy *c, int from, struct save *to)
{
	struct meta_file source = {.fd = from}, target = {.fd = to->fd};
	const struct entry *dst = c->arg;

	if (how.atomic && !c->fresh && !keep_old(&conf.keep, &c->st, to, dst->path))
		return -1;
	if (c->fresh && keep_first_mode(&conf.keep, &c->st) != keep_new_mode(&conf.keep, &c->st))
		keep_set_new_mode(&conf.keep, &c->st, &target);
	keep_set(&conf.keep, &source, &c->st, &target, dst->path);      /* the bytes are there, whatever cannot be kept */
	return 0;
}

static void explain_failure(const struct copy *c, enum copy_step step, const struct entry *src, const struct entry *dst)
{
	const char *from = msg_quote(src->path), *to = msg_quote(dst->path);

	switch (step) {
	case COPY_DONE:
	case COPY_RANGE:
	case COPY_CHANGED:
	case COPY_ATTRIBUTES:
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

/* Makes the name durable. */
static void sync_folder(const struct entry *dst)
{
	if (save_sync_folder(dst->dir, dst->name) < 0)
		say_unsure(dst, errno);
}

static bool copy_regular(struct replace *r, bool nested)
{
	const struct entry *src = r->src, *dst = r->dst;
	struct copy c = {.how = &how, .from_dir = src->dir, .from = src->name, .to_dir = dst->dir, .to = dst->name,
	                 .st = *r->st, .folder_later = nested, .mode = keep_first_mode(&conf.keep, r->st),
	                 .arg = (void *)(uintptr_t)dst};
	enum copy_step step = copy_open(&c);

	if (step == COPY_DONE && !replace_begin(r)) {
		close(c.source);
		return false;
	}
	replace_say(r);
	c.exists = r->old != REPLACE_GONE;
	if (step == COPY_DONE)
		step = copy_file(&c);
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
	if (step == COPY_DONE && conf.sync && !nested && !conf.atomic)
		sync_folder(dst);
	if (step != COPY_DONE || c.shrank || c.grew || c.missing[0])
		msg_raise(1);
	return step == COPY_DONE;
}

/* A copy for a worker, who owns it. */
struct job {
	struct entry src, dst;
	struct stat st;
	struct replace r;
};

static void work(void *arg)
{
	struct job *job = arg;

	copy_regular(&job->r, true);
	entry_free(&job->src);
	entry_free(&job->dst);
	free(job);
}

/* Returns false when it is to be copied at once: there is no room, or two lines that belong together are to be said. */
static bool give_to_worker(const struct replace *r)
{
	struct job *job = conf.verbose && r->old == REPLACE_FIRST ? NULL : malloc(sizeof *job);

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
	job->r = (struct replace){.how = r->how, .src = &job->src, .dst = &job->dst, .st = &job->st, .old = r->old,
	                          .begun = r->begun};
	par_give(job);
	return true;
}

/* ---- one entry ---- */

static bool copy_special(const struct stat *st, const struct entry *dst)
{
	mode_t mode = (st->st_mode & ~(mode_t)07777) | keep_first_mode(&conf.keep, st);

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
	if (conf.link)
		return link_hard(r);
	if (conf.symlink)
		return link_symbolic(r);
	links = (conf.keep.what & KEEP_LINKS) && (st->st_nlink > 1 || conf.follow == FOLLOW_ALWAYS ||
	                                         (conf.follow == FOLLOW_OPERANDS && depth == 0));
	copy = links ? seen_find(&linked, st->st_dev, st->st_ino, "") : NULL;
	if (copy) {
		int made_link = link_to_copy(r, copy);

		if (made_link != 0)
			return made_link > 0;
	}
	if (S_ISREG(st->st_mode) || (replacing.special_as_regular && !S_ISLNK(st->st_mode))) {
		if (!links && depth > 0 && conf.jobs > 1 && give_to_worker(r))
			return true;
		done = copy_regular(r, depth > 0);
	} else {
		done = S_ISLNK(st->st_mode) ? link_alike(r) : replace_begin(r) && copy_special(st, dst);
		if (done && !S_ISLNK(st->st_mode))
			keep_set_new_mode(&conf.keep, st, &to);
		if (done)
			keep_set(&conf.keep, &from, st, &to, dst->path);
		if (done && conf.sync && depth == 0)
			sync_folder(dst);
	}
	if (done && links && !seen_add(&linked, st->st_dev, st->st_ino, "", dst->path))
		msg_fail_errno("cannot remember %s", msg_quote(dst->path));
	return done;
}

static void copy_entry(const struct mirror *m)
{
	struct replace r = {.how = &replacing, .src = &m->src, .dst = &m->dst, .st = m->st};

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
	struct replace r = {.how = &replacing, .src = &m->src, .dst = &m->dst, .st = m->st};
	struct mirror_todo *todo;
	struct stat folder;

	if (!m->fresh && !replace_look(&r))
		return false;
	if (r.old == REPLACE_GONE) {
		if (mkdirat(m->dst.dir, m->dst.name, keep_folder_first_mode(&conf.keep, m->st)) < 0)
			return msg_fail_errno("cannot create directory %s", msg_quote(m->dst.path));
		replace_say(&r);
	}
	todo = mirror_enter_copy(m, &folder);
	if (!todo)
		return msg_fail_errno("cannot access %s", msg_quote(m->dst.path));
	todo->fresh = r.old == REPLACE_GONE;
	todo->mode = keep_folder_last_mode(&conf.keep, m->st, folder.st_mode & 07777);
	todo->restore = todo->fresh && todo->mode != (folder.st_mode & 07777);
	return true;
}

/* The folder is complete: sets what its contents would have changed. */
static void finish_folder(const struct entry *src, const struct stat *st, const struct entry *dst,
                          const struct mirror_todo *todo)
{
	struct meta_file from = {.fd = -1, .dir = src->dir, .name = src->name};
	struct meta_file to = {.fd = -1, .dir = dst->dir, .name = dst->name};

	if (conf.jobs > 1)
		par_wait();
	if (todo->restore && !(conf.keep.what & KEEP_MODE))
		meta_set_mode(&to, todo->mode);
	keep_set(&conf.keep, &from, st, &to, dst->path);
	if (conf.sync) {
		char *inside = fmt_new("%s/.", dst->name);

		if (inside)
			sync_folder(&(struct entry){dst->dir, inside, dst->path});
		free(inside);
		sync_folder(dst);
	}
}

/* A folder was met: makes its copy and goes into both. */
static void copy_folder(struct mirror *m)
{
	if (!conf.recursive)
		msg_fail("-r not specified; omitting directory %s", msg_quote(m->src.path));
	else if (mirror_meets_itself(m))
		msg_fail("cannot copy a directory, %s, into itself, %s", msg_quote(m->root), msg_quote(m->dst.path));
	else if (mirror_is_loop(m))
		msg_fail("cannot copy cyclic symbolic link %s", msg_quote(m->src.path));
	else if (enter_copy(m) && !(conf.one_file_system && m->st->st_dev != m->device) && mirror_enter(m) < 0)
		msg_fail_errno("cannot access %s", msg_quote(m->src.path));
}

/* Copies one operand and all that is in it. */
static void copy_tree(const char *path, const struct entry *target)
{
	enum walk_follow follow = conf.follow == FOLLOW_ALWAYS ? WALK_FOLLOW_ALL :
	                          conf.follow == FOLLOW_OPERANDS ? WALK_FOLLOW_ROOT : WALK_FOLLOW_NONE;
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
			finish_folder(&m.src, m.st, &m.dst, m.todo);
		else
			msg_fail_errno("cannot stat %s", msg_quote(m.src.path));
	if (event == MIRROR_LOST)
		msg_fail_errno("lost the way back from %s", msg_quote(m.src.path));
	if (conf.jobs > 1)
		par_wait();
	mirror_end(&m);
}

/* ---- operands ---- */

/* A source named twice among the operands is copied once. */
static bool is_repeated(const char *path, const char *name)
{
	struct stat st;
	bool follow = conf.follow == FOLLOW_ALWAYS || conf.follow == FOLLOW_OPERANDS;

	if (!replacing.made || fstatat(AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (seen_find(&operands, st.st_dev, st.st_ino, entry_base(name)) && replacing.backup == BACKUP_NONE) {
		msg_warn("warning: source %s %s specified more than once", S_ISDIR(st.st_mode) ? "directory" : "file",
		         msg_quote(path));
		return true;
	}
	if (!seen_add(&operands, st.st_dev, st.st_ino, entry_base(name), ""))
		msg_fail_errno("cannot remember %s", msg_quote(path));
	return false;
}

static void strip_slashes(char *path)
{
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
}

/* Copies what is at `path` to `target`, and with it the folders on the way, named by `name`, below `folder`. */
static void copy_with_parents(const char *path, const char *name, const struct entry *folder, const struct entry *target)
{
	struct parents p;

	if (parents_make(&p, name, folder, &conf.keep, conf.verbose)) {
		copy_tree(path, target);
		while (parents_next(&p))
			finish_folder(&p.src, &p.st, &p.dst, &p.todo);
	}
	parents_end(&p);
}

static void copy_into(char *path, int dir, const char *folder)
{
	struct entry target = {.dir = dir};
	size_t len = strlen(folder);
	char *name, *shown = NULL;

	if (conf.strip_slashes)
		strip_slashes(path);
	name = strdup(path);
	if (name) {
		strip_slashes(name);
		target.name = conf.parents ? name + strspn(name, "/") : entry_base(name);
		if (strcmp(target.name, "..") == 0 || !*target.name)
			target.name = ".";
		while (len > 0 && folder[len - 1] == '/')
			len--;
		target.path = shown = fmt_new("%.*s/%s", (int)len, folder, target.name);
	}
	if (!shown)
		msg_fail_errno("cannot stat %s", msg_quote(path));
	else if (!is_repeated(path, name)) {
		if (conf.parents)
			copy_with_parents(path, name, &(struct entry){dir, NULL, folder}, &target);
		else
			copy_tree(path, &target);
	}
	free(shown);
	free(name);
}

/* The bytes that the operands hold, for the progress line. */
static uint64_t total_of(int argc, char **argv)
{
	uint64_t total = 0;
	struct walk w;

	for (int i = 0; i < argc; i++) {
		enum walk_event event;

		if (walk_start(&w, AT_FDCWD, argv[i], conf.recursive ? WALK_FOLLOW_NONE : WALK_FOLLOW_ALL) < 0)
			continue;
		while ((event = walk_next(&w)) != WALK_END && event != WALK_LOST)
			if (event == WALK_ENTRY && S_ISREG(w.st.st_mode))
				total += (uint64_t)w.st.st_size;
			else if (event == WALK_ENTRY && S_ISDIR(w.st.st_mode) && conf.recursive)
				walk_enter(&w);
		walk_end(&w);
	}
	return total;
}

static void tick(void *arg, size_t bytes)
{
	(void)arg;
	progress_add(bytes);
}

/* Which options go together, and what they mean to core. */
static void settle_options(void)
{
	enum backup_kind backup = BACKUP_NONE;
	const char *control = conf.backup ? conf.backup : conf.suffix ? "" : NULL, *what = "backup type";

	if (control && !*control) {
		control = getenv("VERSION_CONTROL");
		what = "$VERSION_CONTROL";
	}
	if (conf.backup || conf.suffix)
		backup = control && *control ? (enum backup_kind)opt_choice(backup_words, control, what) : BACKUP_EXISTING;
	if (!conf.suffix)
		conf.suffix = getenv("SIMPLE_BACKUP_SUFFIX");
	if (backup != BACKUP_NONE && conf.ask == REPLACE_NO_CLOBBER)
		opt_misuse("options --backup and --no-clobber are mutually exclusive");
	if ((conf.keep.what & KEEP_MUST_CONTEXT) && access("/sys/fs/selinux/enforce", F_OK) < 0)
		msg_die(1, "cannot preserve security context without an SELinux-enabled kernel");
	if (conf.reflink == COPY_CLONE_ALWAYS && conf.holes != MOVE_HOLES_KEEP)
		opt_misuse("--reflink can be used only with --sparse=auto");
	if (conf.ranges.n > 1)
		opt_misuse("only one --range can be copied");
	if (conf.ranges.n > 0 && (conf.recursive || conf.link || conf.symlink || conf.attributes_only))
		opt_misuse("--range goes with copies of single files only");
	if (conf.jobs > 64)
		opt_misuse("at most 64 --jobs");
	if (conf.follow == FOLLOW_UNSET)
		conf.follow = conf.recursive && !conf.link ? FOLLOW_NEVER : FOLLOW_ALWAYS;
	if (conf.jobs == 0)
		conf.jobs = par_threads();
	if (conf.ask == REPLACE_ASK_USER || (conf.verbose && conf.force))
		conf.jobs = 1;
	conf.keep.umask = meta_umask();
	how = (struct copy_how){
		.atomic = conf.atomic, .sync = conf.sync, .verify = conf.verify, .no_cache = conf.no_cache,
		.force = conf.force, .no_data = conf.attributes_only, .no_follow = conf.follow == FOLLOW_NEVER,
		.clone = (enum copy_clone)conf.reflink, .holes = (enum move_holes)conf.holes,
		.through_dangling = getenv("POSIXLY_CORRECT") != NULL,
		.range = conf.ranges.n ? conf.ranges.v : NULL, .keep = keep_file, .tick = tick,
	};
	replacing = (struct replace_how){
		.ask = (enum replace_ask)conf.ask, .update = (enum replace_update)conf.update, .backup = backup,
		.suffix = conf.suffix && *conf.suffix && !strchr(conf.suffix, '/') ? conf.suffix : "~",
		.force = conf.force, .remove_first = conf.remove_destination, .atomic = conf.atomic, .verbose = conf.verbose,
		.link = conf.link, .symlink = conf.symlink, .keep_links = conf.keep.what & KEEP_LINKS,
		.keep_symlinks = conf.follow == FOLLOW_NEVER, .special_as_regular = !conf.recursive || conf.copy_contents,
		.bytes_stay = conf.attributes_only, .through_dangling = how.through_dangling,
	};
}

static int open_folder(const char *path)
{
	return open(path, os_open_folder);
}

static void copy_operands(int argc, char **argv, int dir)
{
	const char *last = argc > 0 ? argv[argc - 1] : NULL;
	struct entry target = {AT_FDCWD, last, last};
	int above = -1;

	if (conf.folder) {
		for (int i = 0; i < argc; i++)
			copy_into(argv[i], dir, conf.folder);
		return;
	}
	if (dir >= 0) {
		for (int i = 0; i < argc - 1; i++)
			copy_into(argv[i], dir, last);
		return;
	}
	if (conf.strip_slashes)
		strip_slashes(argv[0]);
	/* the way to the target is gone once, whatever its folders become meanwhile */
	if (*entry_base(last) && entry_base(last) != last && (above = entry_open_folder(&target)) >= 0)
		target = (struct entry){above, entry_base(last), last};
	copy_tree(argv[0], &target);
	if (above >= 0)
		close(above);
}

static int run(int argc, char **argv)
{
	char *own_backup = NULL;
	struct stat st;
	int dir = -1;

	settle_options();
	if (argc == 0)
		opt_misuse("missing file operand");
	if (argc == 1 && !conf.folder)
		opt_misuse("missing destination file operand after %s", msg_quote(argv[0]));
	if (conf.target_is_file && argc > 2)
		opt_misuse("extra operand %s", msg_quote(argv[2]));
	if (conf.folder) {
		dir = open_folder(conf.folder);
		if (dir < 0)
			msg_die(1, "target directory %s: %s", msg_quote(conf.folder), msg_reason(errno));
	} else if (!conf.target_is_file) {
		dir = open_folder(argv[argc - 1]);
		if (dir < 0 && argc > 2)
			msg_die(1, "target %s: %s", msg_quote(argv[argc - 1]), msg_reason(errno));
	}
	if (conf.parents && dir < 0)
		opt_misuse("with --parents, the destination must be a directory");
	/* GNU's special case: the same name twice, with -b and -f, makes a backup of that file. */
	if (dir < 0 && conf.force && replacing.backup != BACKUP_NONE && strcmp(argv[0], argv[1]) == 0 &&
	    lstat(argv[0], &st) == 0 && S_ISREG(st.st_mode)) {
		own_backup = backup_name(replacing.backup, AT_FDCWD, argv[0], replacing.suffix);
		if (own_backup)
			argv[1] = own_backup;
		replacing.backup = BACKUP_NONE;
	}
	if (argc > (conf.folder ? 1 : 2))
		replacing.made = &made;
	if (conf.jobs > 1)
		par_start((unsigned)conf.jobs, work);
	progress_start((enum progress_when)conf.progress,
	               conf.progress ? total_of(conf.folder ? argc : argc - 1, argv) : 0);
	copy_operands(argc, argv, dir);
	progress_end();
	seen_free(&linked);
	seen_free(&made);
	seen_free(&operands);
	free(own_backup);
	if (dir >= 0)
		close(dir);
	return msg_status;
}

const struct applet mmcp_applet = {
	.name = "mmcp",
	.classic = "cp",
	.summary = "map files and write them elsewhere",
	.usage = "[OPTION]... [-T] SOURCE TARGET\n[OPTION]... SOURCE... FOLDER\n[OPTION]... -t FOLDER SOURCE...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
