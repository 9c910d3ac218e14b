/*
 * mmcp: map files and write them elsewhere.
 *
 * cp of POSIX.1-2024 with GNU's options, messages and statuses. How it goes:
 * - settle_options looks at what the options mean together, tell_operands at which case of operands it is;
 * - for each source copy_onto or copy_into names its target, with parents_make for the folders on the way if they are
 *   wanted, and tree_copy goes through it: mirror hands out pairs of an entry and its copy-to-be;
 * - for each pair replace_look and replace_clear find out what becomes of the old target. Then copy_folder makes or
 *   enters a folder, and make_entry anything else: link_hard and its like a link, copy_special a node, file_copy a
 *   file's bytes, here or on a worker's thread;
 * - keep_set gives the copy what is kept of the source; a folder gets it when all in it is there (folder_finish).
 * --changed goes another way: changed_copy.
 * On top of cp: --atomic and --sync (the old file or the new one, also after a power cut), --verify, --progress,
 * --range, --jobs, --no-cache. Differs from GNU where docs/deviations.md says so: a failed copy leaves no broken
 * target, a folder is not copied into itself even in part, a source that changes meanwhile is told.
 */
#include "mmcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "changed.h"
#include "fmt.h"
#include "meta.h"
#include "msg.h"
#include "os.h"
#include "par.h"
#include "parents.h"
#include "progress.h"
#include "walk.h"

/* The operands: SOURCE TARGET; SOURCE... FOLDER; and -t FOLDER SOURCE... */
enum operands { ONTO_LAST, INTO_LAST, INTO_GIVEN };

enum { ONE_KIND_OF_LINK = 1, ONE_TARGET = 2 };        /* sets of options that exclude each other */

/* --changed (OPT_SOLE) goes with no option that is OPT_OTHER: those about folders and links, since the bytes of one
 * image go to one target; about old targets, since the target is what stays; about what a copy keeps, since nothing of
 * the target but bytes is changed. */

struct mmcp_conf cp_conf = {.keep = {.what = KEEP_NEW_MODE}, .jobs = 1, .block = UINT64_MAX};

struct seen cp_linked, cp_made;

static struct seen named;               /* sources among the operands so far */

static const struct opt_choice clone_words[] = {
	{"", COPY_CLONE_ALWAYS}, {"auto", COPY_CLONE_AUTO}, {"always", COPY_CLONE_ALWAYS}, {"never", COPY_CLONE_NEVER}, {0},
};
static const struct opt_choice hole_words[] = {
	{"never", MOVE_HOLES_FILL}, {"auto", MOVE_HOLES_KEEP}, {"always", MOVE_HOLES_MAKE}, {0},
};
static const struct opt_choice update_words[] = {
	{"", REPLACE_OLDER}, {"all", REPLACE_ALL}, {"none", REPLACE_NONE}, {"none-fail", REPLACE_NONE_FAIL},
	{"older", REPLACE_OLDER}, {0},
};

static const struct opt options[] = {
	OPT_GROUP("What is copied, as cp"),
	{.letter = 'a', .name = "archive", OPT_MEANS("R P preserve=all"), .excludes = OPT_OTHER,
	 OPT_HELP("same as -dR --preserve=all")},
	{.name = "copy-contents", OPT_FLAG(&cp_conf.copy_contents), .excludes = OPT_OTHER,
	 OPT_HELP("with -R, copy what special files hold instead of making new ones")},
	{.letter = 'd', OPT_MEANS("P preserve=links"), .excludes = OPT_OTHER,
	 OPT_HELP("same as --no-dereference --preserve=links")},
	{.letter = 'H', OPT_VALUE(&cp_conf.follow, FOLLOW_OPERANDS), .excludes = OPT_OTHER,
	 OPT_HELP("follow symbolic links among the operands")},
	{.letter = 'l', .name = "link", OPT_VALUE(&cp_conf.link, LINK_HARD), .excludes = ONE_KIND_OF_LINK | OPT_OTHER,
	 OPT_HELP("make hard links instead of copies")},
	{.letter = 'L', .name = "dereference", OPT_VALUE(&cp_conf.follow, FOLLOW_ALWAYS), .excludes = OPT_OTHER,
	 OPT_HELP("follow all symbolic links in the source")},
	{.letter = 'P', .name = "no-dereference", OPT_VALUE(&cp_conf.follow, FOLLOW_NEVER), .excludes = OPT_OTHER,
	 OPT_HELP("copy symbolic links as such")},
	{.letter = 'D', .name = "parents", OPT_FLAG(&cp_conf.parents), .excludes = OPT_OTHER,
	 OPT_HELP("use the full source name under the folder")},
	{.name = "path", OPT_FLAG(&cp_conf.parents), .excludes = OPT_OTHER, OPT_HELP("same as --parents, of old")},
	{.letter = 'R', .name = "recursive", OPT_FLAG(&cp_conf.recursive), .excludes = OPT_OTHER,
	 OPT_HELP("copy folders and all in them")},
	{.letter = 'r', OPT_FLAG(&cp_conf.recursive), .excludes = OPT_OTHER, OPT_HELP("same as -R")},
	{.letter = 's', .name = "symbolic-link", OPT_VALUE(&cp_conf.link, LINK_SYMBOLIC),
	 .excludes = ONE_KIND_OF_LINK | OPT_OTHER,
	 OPT_HELP("make symbolic links instead of copies")},
	{.name = "keep-directory-symlink", OPT_FLAG(&cp_conf.keep_folder_links), .excludes = OPT_OTHER,
	 OPT_HELP("copy a folder into what a symbolic link in its place leads to")},
	{.name = "strip-trailing-slashes", OPT_FLAG(&cp_conf.strip_slashes), .excludes = OPT_OTHER,
	 OPT_HELP("take slashes off the ends of sources")},
	{.letter = 'x', .name = "one-file-system", OPT_FLAG(&cp_conf.one_file_system), .excludes = OPT_OTHER,
	 OPT_HELP("stay on the file system of each source")},
	OPT_GROUP("What becomes of old targets, as cp"),
	{.letter = 'b', OPT_FLAG(&cp_conf.backs_up), .excludes = OPT_OTHER,
	 OPT_HELP("same as --backup without CONTROL")},
	{.name = "backup", OPT_STRING_OR(&cp_conf.backup, ""), .excludes = OPT_OTHER, .arg = "CONTROL",
	 OPT_HELP("keep an existing target under another name: none, simple (f~), numbered (f.~1~) or existing")},
	{.letter = 'S', .name = "suffix", OPT_STRING(&cp_conf.suffix), .excludes = OPT_OTHER, .arg = "SUFFIX",
	 OPT_HELP("the end of a backup's name, instead of ~")},
	{.letter = 'f', .name = "force", OPT_FLAG(&cp_conf.force),
	 OPT_HELP("remove a target that cannot be opened, and try again; with --changed, write to a device in use")},
	{.letter = 'i', .name = "interactive", OPT_VALUE(&cp_conf.ask, REPLACE_ASK_USER), .excludes = OPT_OTHER,
	 OPT_HELP("ask before overwriting")},
	{.letter = 'n', .name = "no-clobber", OPT_VALUE(&cp_conf.ask, REPLACE_NO_CLOBBER), .excludes = OPT_OTHER,
	 OPT_HELP("leave existing targets alone")},
	{.letter = 'F', .name = "remove-destination", OPT_FLAG(&cp_conf.remove_destination), .excludes = OPT_OTHER,
	 OPT_HELP("remove each existing target before opening it")},
	{.letter = 'u', .name = "update", OPT_CHOICE(&cp_conf.update, update_words), .excludes = OPT_OTHER, .arg = "WHICH",
	 OPT_HELP("of existing targets replace only older ones, none, or all")},
	OPT_GROUP("What a copy keeps, as cp"),
	{.name = "attributes-only", OPT_FLAG(&cp_conf.attributes_only), .excludes = OPT_OTHER,
	 OPT_HELP("copy no bytes, only what is to be preserved")},
	{.name = "no-preserve", OPT_UNSET(&cp_conf.keep.what, keep_words), .excludes = OPT_OTHER, .arg = "LIST",
	 OPT_HELP("do not preserve these")},
	{.letter = 'p', OPT_MEANS("preserve"), .excludes = OPT_OTHER,
	 OPT_HELP("same as --preserve=mode,ownership,timestamps")},
	{.name = "preserve", OPT_SET(&cp_conf.keep.what, keep_words), .excludes = OPT_OTHER, .arg = "LIST",
	 OPT_HELP("preserve these; without a list mode,ownership,timestamps")},
	{.name = "reflink", OPT_CHOICE(&cp_conf.reflink, clone_words), .excludes = OPT_OTHER, .arg = "WHEN",
	 OPT_HELP("share blocks where the file system can (auto), or fail (always)")},
	{.name = "sparse", OPT_CHOICE(&cp_conf.holes, hole_words), .excludes = OPT_OTHER, .arg = "WHEN",
	 OPT_HELP("keep holes (auto), make them of zeros too (always), or fill them (never)")},
	OPT_GROUP("How and where, as cp"),
	{.name = "debug", OPT_MEANS("v explain"), OPT_HELP("same as --verbose --explain")},
	{.letter = 't', .name = "target-directory", OPT_FOLDER_ONCE(&cp_conf.folder, "multiple target directories specified"),
	 .excludes = ONE_TARGET | OPT_OTHER, .arg = "DIR",
	 OPT_HELP("copy all sources into DIR")},
	{.letter = 'T', .name = "no-target-directory", OPT_FLAG(&cp_conf.target_is_file), .excludes = ONE_TARGET,
	 OPT_HELP("never take the target for a folder to copy into")},
	{.letter = 'v', .name = "verbose", OPT_FLAG(&cp_conf.verbose), OPT_HELP("say what is done")},
	OPT_GROUP("Beyond cp"),
	{.name = "atomic", OPT_FLAG(&cp_conf.atomic), .excludes = OPT_OTHER,
	 OPT_HELP("write beside the target, then rename: it is the old file or the new one, never a part")},
	{.name = "sync", OPT_FLAG(&cp_conf.sync),
	 OPT_HELP("durable when the status is 0; 3 when replaced, but not known to be durable")},
	{.name = "verify", OPT_FLAG(&cp_conf.verify), OPT_HELP("compare each target with its source afterwards")},
	{.name = "progress", OPT_CHOICE(&cp_conf.progress, progress_words), .arg = "WHEN",
	 OPT_HELP("show bytes, rate and time left on a terminal, or always")},
	{.name = "range", OPT_RANGES(&cp_conf.ranges), .arg = "RANGE",
	 OPT_HELP("of the source only OFF+LEN, OFF to the end, or the last -LEN bytes")},
	{.name = "jobs", OPT_NUMBER(&cp_conf.jobs), .excludes = OPT_OTHER, .arg = "N",
	 OPT_HELP("copy N files of a tree at a time; 0 stands for the number of processors")},
	{.name = "no-cache", OPT_FLAG(&cp_conf.no_cache), OPT_HELP("leave the page cache as it was found")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_GROUP("Only what differs"),
	{.name = "changed", OPT_FLAG(&cp_conf.changed), .excludes = OPT_SOLE,
	 OPT_HELP("write only the blocks of an existing file or device that differ; - is standard input")},
	{.name = "block", OPT_SIZE(&cp_conf.block), .arg = "SIZE",
	 OPT_HELP("such blocks, as of an erase block of flash, instead of 4096")},
	{.name = "retry", OPT_NUMBER(&cp_conf.retry), .arg = "N",
	 OPT_HELP("with --verify, write a block that cannot be read back up to N times again")},
	{.name = "json", OPT_FLAG(&cp_conf.json), OPT_HELP("report as JSON")},
	OPT_END,
};

/* ---- operands ---- */

/* A source named twice among the operands is copied once. */
static bool is_repeated(const char *path, const char *name)
{
	struct stat st;
	bool follow = cp_conf.follow == FOLLOW_ALWAYS || cp_conf.follow == FOLLOW_OPERANDS;

	if (!cp_conf.several || fstatat(AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	if (seen_find(&named, st.st_dev, st.st_ino, entry_base(name)) &&
	    (cp_conf.backup_kind == BACKUP_NONE || S_ISDIR(st.st_mode))) {
		msg_warn("warning: source %s %s specified more than once", S_ISDIR(st.st_mode) ? "directory" : "file",
		         msg_quote(path));
		return true;
	}
	if (!seen_add(&named, st.st_dev, st.st_ino, entry_base(name), ""))
		msg_fail_path("cannot remember", path);
	return false;
}

static void strip_slashes(char *path)
{
	for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		path[len - 1] = '\0';
}

static void copy_into(char *path, int dir, const char *folder)
{
	struct entry target = {.dir = dir};
	struct parents parents;
	size_t len = strlen(folder);
	char *name, *shown = NULL;

	while (len > 0 && folder[len - 1] == '/')
		len--;
	if (cp_conf.strip_slashes)
		strip_slashes(path);
	name = strdup(path);
	if (name) {
		strip_slashes(name);
		target.name = entry_base(name);
		if (strcmp(target.name, "..") == 0 || !*target.name)
			target.name = ".";
		shown = cp_conf.parents ? fmt_new("%.*s", (int)len, folder) : fmt_new("%.*s/%s", (int)len, folder, target.name);
		target.path = shown;
	}
	if (!shown)
		msg_fail_path("cannot stat", path);
	else if (is_repeated(path, name))
		;
	else if (!cp_conf.parents)
		tree_copy(path, &target);
	else {
		if (parents_make(&parents, name, &target))
			tree_copy(path, &parents.target);
		parents_end(&parents);
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

		if (walk_start(&w, AT_FDCWD, argv[i], cp_conf.recursive ? WALK_FOLLOW_NONE : WALK_FOLLOW_ALL) < 0)
			continue;
		while ((event = walk_next(&w)) != WALK_END && event != WALK_LOST)
			if (event == WALK_ENTRY && S_ISREG(w.st.st_mode))
				total += (uint64_t)w.st.st_size;
			else if (event == WALK_ENTRY && S_ISDIR(w.st.st_mode) && cp_conf.recursive)
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

static enum backup_kind settle_backup(void)
{
	const char *control = cp_conf.backup && *cp_conf.backup ? cp_conf.backup : NULL, *what = "backup type";

	if (!cp_conf.backup && !cp_conf.suffix && !cp_conf.backs_up)
		return BACKUP_NONE;
	if (cp_conf.ask == REPLACE_NO_CLOBBER || cp_conf.update == REPLACE_NONE)
		opt_misuse("options --backup and --%s are mutually exclusive",
		           cp_conf.ask == REPLACE_NO_CLOBBER ? "no-clobber" : "update=none");
	if (!control) {
		control = getenv("VERSION_CONTROL");
		what = "$VERSION_CONTROL";
	}
	return control && *control ? (enum backup_kind)opt_choice(backup_words, control, what) : BACKUP_EXISTING;
}

/* Which options go together, and what they mean to core. */
static void settle_options(void)
{
	changed_settle();
	cp_conf.backup_kind = settle_backup();
	if (!cp_conf.suffix)
		cp_conf.suffix = getenv("SIMPLE_BACKUP_SUFFIX");
	if (!cp_conf.suffix || !*cp_conf.suffix || strchr(cp_conf.suffix, '/'))
		cp_conf.suffix = "~";
	if ((cp_conf.keep.what & KEEP_MUST_CONTEXT) && access("/sys/fs/selinux/enforce", F_OK) < 0)
		msg_die(1, "cannot preserve security context without an SELinux-enabled kernel");
	if (cp_conf.reflink == COPY_CLONE_ALWAYS && cp_conf.holes != MOVE_HOLES_KEEP)
		opt_misuse("--reflink can be used only with --sparse=auto");
	if (cp_conf.ranges.n > 1)
		opt_misuse("only one --range can be copied");
	if (cp_conf.ranges.n > 0 && (cp_conf.recursive || cp_conf.link || cp_conf.attributes_only))
		opt_misuse("--range goes with copies of single files only");
	if (cp_conf.jobs > 64)
		opt_misuse("at most 64 --jobs");
	if (cp_conf.follow == FOLLOW_UNSET)
		cp_conf.follow = cp_conf.recursive && cp_conf.link != LINK_HARD ? FOLLOW_NEVER : FOLLOW_ALWAYS;
	if (cp_conf.jobs == 0)
		cp_conf.jobs = par_threads();
	if (cp_conf.ask == REPLACE_ASK_USER || (cp_conf.verbose && cp_conf.force))
		cp_conf.jobs = 1;
	cp_conf.keep.umask = meta_umask();
	cp_conf.special_as_regular = !cp_conf.recursive || cp_conf.copy_contents;
	cp_conf.through_dangling = getenv("POSIXLY_CORRECT") != NULL;
	cp_conf.copying = (struct copy_how){
		.sync = cp_conf.sync, .verify = cp_conf.verify, .no_cache = cp_conf.no_cache,
		.no_data = cp_conf.attributes_only, .no_follow = cp_conf.follow == FOLLOW_NEVER,
		.clone = (enum copy_clone)cp_conf.reflink, .holes = (enum move_holes)cp_conf.holes,
		.range = cp_conf.ranges.n ? cp_conf.ranges.v : NULL, .tick = tick,
	};
}

/* Opens the last operand, if it is a folder; -1 if it is none, and no way to it can be had later. */
static int open_last(const char *last, bool must)
{
	int dir;

	do
		dir = open(last, os_open_folder);
	while (dir < 0 && os_interrupted());
	if (dir < 0 && (must || (errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP &&
	                         errno != ENAMETOOLONG)))
		msg_die(1, "target %s: %s", msg_quote(last), msg_reason(errno));
	return dir;
}

/* Tells the cases apart; of a folder to copy into the descriptor is in *dir. */
static enum operands tell_operands(int argc, char **argv, int *dir)
{
	const char *last = argc > 0 ? argv[argc - 1] : NULL;

	if (argc == 0)
		opt_misuse("missing file operand");
	if (argc == 1 && !cp_conf.folder)
		opt_misuse("missing destination file operand after %s", msg_quote(argv[0]));
	if ((cp_conf.target_is_file || cp_conf.changed) && argc > 2)
		opt_misuse("extra operand %s", msg_quote(argv[2]));
	if (cp_conf.changed)
		return ONTO_LAST;
	if (cp_conf.folder) {
		*dir = open(cp_conf.folder, os_open_folder);
		if (*dir < 0)
			msg_die(1, "target directory %s: %s", msg_quote(cp_conf.folder), msg_reason(errno));
		return INTO_GIVEN;
	}
	if (!cp_conf.target_is_file)
		*dir = open_last(last, argc > 2);
	if (*dir < 0 && cp_conf.parents)
		opt_misuse("with --parents, the destination must be a directory");
	return *dir < 0 ? ONTO_LAST : INTO_LAST;
}

/* GNU's special case: the same name twice, with -b and -f, makes a backup of that file. The backup's name, or NULL. */
static char *own_backup(const char *path, const char *target)
{
	struct stat st;
	char *name;

	if (!cp_conf.force || cp_conf.backup_kind == BACKUP_NONE || strcmp(path, target) != 0 || stat(path, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return NULL;
	name = backup_name(cp_conf.backup_kind, AT_FDCWD, path, cp_conf.suffix);
	cp_conf.backup_kind = BACKUP_NONE;
	return name;
}

/* Whether the slash behind a target goes: behind the name of a folder that is to be made it would lead on through a
 * symlink that somebody puts there. What is there the system shall judge with it. */
static bool drops_slash(const char *path, const char *bare)
{
	struct stat st;

	return fstatat(AT_FDCWD, path, &st, cp_conf.follow == FOLLOW_NEVER ? AT_SYMLINK_NOFOLLOW : 0) == 0 &&
	       S_ISDIR(st.st_mode) && lstat(bare, &st) < 0 && errno == ENOENT;
}

static void copy_onto(char *path, const char *last)
{
	struct entry target = {AT_FDCWD, last, last};
	char *backup = own_backup(path, last), *bare = strdup(last);
	int above = -1;

	if (!bare) {
		msg_fail_path("cannot stat", last);
		free(backup);
		return;
	}
	strip_slashes(bare);
	if (cp_conf.strip_slashes)
		strip_slashes(path);
	if (backup)
		target.name = target.path = backup;
	else if (strcmp(bare, last) != 0 && drops_slash(path, bare))
		target.name = bare;
	/* the way to the target is gone once, whatever its folders become meanwhile */
	if (*entry_base(target.name) && entry_base(target.name) != target.name &&
	    (above = entry_open_folder(&target)) >= 0) {
		target.dir = above;
		target.name = entry_base(target.name);
	}
	tree_copy(path, &target);
	os_close(above);
	free(bare);
	free(backup);
}

static int run(int argc, char **argv)
{
	enum operands operands;
	int dir = -1, sources;

	settle_options();
	operands = tell_operands(argc, argv, &dir);
	if (cp_conf.changed) {
		changed_copy(argv[0], argv[1]);
		return msg_status;
	}
	sources = operands == INTO_GIVEN ? argc : argc - 1;
	cp_conf.several = sources > 1;
	tree_start();
	progress_start((enum progress_when)cp_conf.progress, cp_conf.progress ? total_of(sources, argv) : 0);
	if (operands == ONTO_LAST)
		copy_onto(argv[0], argv[1]);
	else
		for (int i = 0; i < sources; i++)
			copy_into(argv[i], dir, operands == INTO_GIVEN ? cp_conf.folder : argv[sources]);
	progress_end();
	seen_free(&cp_linked);
	seen_free(&cp_made);
	seen_free(&named);
	os_close(dir);
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
