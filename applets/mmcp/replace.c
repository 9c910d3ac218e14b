#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "mmcp.h"
#include "msg.h"
#include "os.h"
#include "out.h"
#include "save.h"

void replace_say(struct replace *r)
{
	if (!cp_conf.verbose || r->begun)
		return;
	r->begun = true;
	out_printf("%s -> %s", msg_quote(r->src->path), msg_quote(r->dst->path));
	if (r->backup_path)
		out_printf(" (backup: %s)", msg_quote(r->backup_path));
	out_text("\n");
}

void replace_say_removed(const struct replace *r)
{
	if (cp_conf.verbose)
		out_printf("removed %s\n", msg_quote(r->dst->path));
}

bool replace_follows(const struct replace *r)
{
	return cp_conf.follow == FOLLOW_ALWAYS || (cp_conf.follow == FOLLOW_OPERANDS && !r->nested);
}

/* ---- whether to go on ---- */

/* Permissions as ls shows them. */
static void show_mode(char text[10], mode_t mode)
{
	static const mode_t special[] = {S_ISUID, S_ISGID, 01000};

	for (int i = 0; i < 9; i++)
		text[i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	for (int i = 0; i < 3; i++)
		if (mode & special[i])
			text[3 * i + 2] = (mode & (0100u >> (3 * i)) ? "sst" : "SST")[i];
	text[9] = '\0';
}

/* Whether to overwrite, asked of the user. */
static bool user_agrees(const struct replace *r, const struct stat *old)
{
	const struct entry *dst = r->dst;
	char mode[10], answer = '\0', c;
	ssize_t n;

	if (S_ISREG(old->st_mode) && !os_may_write(dst->dir, dst->name)) {
		show_mode(mode, old->st_mode);
		if (cp_conf.force || cp_conf.remove_destination)
			msg_raw("%s: replace %s, overriding mode %04o (%s)? ", msg_program, msg_quote(dst->path),
			        (unsigned)(old->st_mode & 07777), mode);
		else
			msg_raw("%s: unwritable %s (mode %04o, %s); try anyway? ", msg_program, msg_quote(dst->path),
			        (unsigned)(old->st_mode & 07777), mode);
	} else
		msg_raw("%s: overwrite %s? ", msg_program, msg_quote(dst->path));
	/* a byte at a time, so that what follows the line is left to the next question, whoever asks it */
	while ((n = read(STDIN_FILENO, &c, 1)) != 0) {
		if (n < 0 ? !os_interrupted() : c == '\n')
			break;
		if (n > 0 && !answer)
			answer = c;
	}
	return answer == 'y' || answer == 'Y';
}

static bool is_newer_or_same(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec > b->st_mtim.tv_sec ||
	       (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec >= b->st_mtim.tv_nsec);
}

/* What the options say about replacing a target that exists: true to go on. */
static bool may_replace(struct replace *r, const struct stat *old)
{
	r->newer = cp_conf.update == REPLACE_OLDER && is_newer_or_same(old, r->st);
	if (r->newer)
		return false;
	if (cp_conf.update == REPLACE_NONE_FAIL)
		return msg_fail("not replacing %s", msg_quote(r->dst->path));
	return cp_conf.ask != REPLACE_ASK_USER || user_agrees(r, old);
}

/* Whether an entry, followed when it is a symlink, leads to the file *st. */
static bool leads_to(const struct entry *e, const struct stat *st)
{
	struct stat there;

	return fstatat(e->dir, e->name, &there, 0) == 0 && entry_same_file(&there, st);
}

static bool is_symlink(const struct entry *e)
{
	struct stat st;

	return fstatat(e->dir, e->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/* Whether a copy would destroy its own source: the target is the source, and not merely another way to it that may
 * go. *entry is the target's own entry. */
static bool would_harm(const struct replace *r, const struct stat *entry)
{
	const struct entry *src = r->src, *dst = r->dst;
	const struct stat *st = r->st;
	bool backup = cp_conf.backup_kind != BACKUP_NONE, same = entry_same_file(st, entry);

	if (S_ISLNK(st->st_mode)) {     /* copied as a link, which must not replace what it leads to */
		if (same)
			return entry_same(src, dst);
		return !backup && !S_ISLNK(entry->st_mode) && leads_to(src, entry);
	}
	if (cp_conf.link && !same)  /* nothing is written; a link onto itself is the only danger */
		return (cp_conf.force || cp_conf.remove_destination) && !backup && entry_same(src, dst);
	if (!backup && !cp_conf.remove_destination)
		return same || (!cp_conf.link && !(S_ISDIR(st->st_mode) && replace_follows(r)) && leads_to(dst, st));
	if (!same)
		return false;
	/* One of several hard links may go, but not the name by which, or through which, the source is reached. */
	return entry_same(src, dst) || is_symlink(src);
}

/* Whether both are links to one file already, which is all that could be wished for. */
static bool are_linked(const struct replace *r, const struct stat *entry)
{
	bool same = entry_same_file(r->st, entry);

	if (cp_conf.link == LINK_HARD && !S_ISDIR(r->st->st_mode))
		return same || (S_ISLNK(r->st->st_mode) && leads_to(r->src, entry));
	return S_ISLNK(r->st->st_mode) && cp_conf.backup_kind == BACKUP_NONE && same && !entry_same(r->src, r->dst);
}

/* Whether this run made the target. */
static bool is_made(const struct replace *r)
{
	struct stat folder;

	return cp_conf.several && entry_stat_folder(r->dst, &folder) &&
	       seen_find(&cp_made, folder.st_dev, folder.st_ino, entry_base(r->dst->name));
}

void replace_note(const struct replace *r)
{
	struct stat folder;

	if (cp_conf.several && entry_stat_folder(r->dst, &folder) &&
	    !seen_add(&cp_made, folder.st_dev, folder.st_ino, entry_base(r->dst->name), ""))
		msg_fail_path("cannot remember", r->dst->path);
}

/* Whether the new bytes go to what a symlink at the target leads to, rather than to a new entry in its place. */
static bool writes_through(const struct replace *r)
{
	mode_t mode = r->st->st_mode;

	if (cp_conf.link || cp_conf.backup_kind != BACKUP_NONE || cp_conf.remove_destination)
		return false;
	return S_ISREG(mode) || (cp_conf.special_as_regular && !S_ISDIR(mode) && !S_ISLNK(mode));
}

bool replace_look(struct replace *r)
{
	const struct entry *dst = r->dst;
	bool folder = S_ISDIR(r->st->st_mode), numbered = cp_conf.backup_kind == BACKUP_NUMBERED;
	struct stat old, entry;
	bool linked;

	if (fstatat(dst->dir, dst->name, &entry, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || msg_fail_path("cannot stat", dst->path);
	r->old = REPLACE_STAYS;
	if (S_ISLNK(entry.st_mode) && !numbered && !folder && is_made(r))
		return msg_fail("will not copy %s through just-created symlink %s", msg_quote(r->src->path),
		                msg_quote(dst->path));
	old = entry;
	if (S_ISLNK(entry.st_mode) && folder && cp_conf.keep_folder_links &&
	    (fstatat(dst->dir, dst->name, &old, 0) < 0 || !S_ISDIR(old.st_mode)))
		old = entry;
	if (S_ISLNK(entry.st_mode) && writes_through(r) && fstatat(dst->dir, dst->name, &old, 0) < 0) {
		if (errno == ELOOP && cp_conf.force)
			return true;
		if (errno != ENOENT)
			return msg_fail_path("cannot stat", dst->path);
		r->dangling = !cp_conf.through_dangling;
		return true;
	}
	if (!folder && (cp_conf.ask == REPLACE_NO_CLOBBER || cp_conf.update == REPLACE_NONE))
		return false;
	if (cp_conf.ask == REPLACE_NO_CLOBBER && entry_same_file(r->st, &entry))
		return false;
	linked = are_linked(r, &entry);
	if (!linked && cp_conf.ask != REPLACE_NO_CLOBBER && would_harm(r, &entry))
		return msg_fail("%s and %s are the same file", msg_quote(r->src->path), msg_quote(dst->path));
	if ((!folder && !may_replace(r, &old)) || linked)
		return false;
	if (folder && !S_ISDIR(old.st_mode))
		return msg_fail("cannot overwrite non-directory %s with directory %s", msg_quote(dst->path),
		                msg_quote(r->src->path));
	if (!folder && !numbered && is_made(r))
		return msg_fail("will not overwrite just-created %s with %s", msg_quote(dst->path),
		                msg_quote(r->src->path));
	if (!folder && S_ISDIR(old.st_mode))
		return msg_fail("cannot overwrite directory %s with non-directory", msg_quote(dst->path));
	return true;
}

/* ---- clearing the way ---- */

static int link_old(void *arg, const char *name)
{
	const struct entry *dst = arg;

	return linkat(dst->dir, dst->name, dst->dir, name, 0);
}

/* Gives the old target its other name. When it is to be replaced atomically, it keeps its own one too. */
static bool make_backup(struct replace *r)
{
	const struct entry *dst = r->dst;
	const char *base = entry_base(dst->path);
	struct stat victim;

	r->backup = backup_name(cp_conf.backup_kind, dst->dir, dst->name, cp_conf.suffix);
	if (!r->backup)
		return msg_fail_path("cannot backup", dst->path);
	if (fstatat(dst->dir, r->backup, &victim, 0) == 0 && entry_same_file(&victim, r->st))
		return msg_fail("backing up %s might destroy source;  %s not copied", msg_quote(dst->path),
		                msg_quote(r->src->path));
	if (r->old == REPLACE_LAST && cp_conf.atomic) {
		if (save_link(dst->dir, r->backup, link_old, (void *)(uintptr_t)dst) < 0)
			return msg_fail_path("cannot backup", dst->path);
	} else if (renameat(dst->dir, dst->name, dst->dir, r->backup) < 0)
		return msg_fail_path("cannot backup", dst->path);
	else
		r->old = REPLACE_GONE;
	r->backup_path = fmt_new("%.*s%s", (int)(base - dst->path), dst->path, entry_base(r->backup));
	return true;
}

void replace_undo(const struct replace *r)
{
	const struct entry *dst = r->dst;

	if (!r->backup_path)
		return;
	if (renameat(dst->dir, r->backup, dst->dir, dst->name) < 0)
		msg_fail_path("cannot un-backup", dst->path);
	else if (cp_conf.verbose)
		out_printf("%s -> %s (unbackup)\n", msg_quote(r->backup_path), msg_quote(dst->path));
}

static enum replace_old decide(const struct replace *r, const struct stat *old)
{
	mode_t mode = r->st->st_mode;
	bool goes;

	if (cp_conf.atomic && !cp_conf.link && (S_ISREG(mode) || (cp_conf.special_as_regular && !S_ISLNK(mode))))
		return REPLACE_LAST;
	/* what is no regular file replaces, never writes into; nor is that a way where links are kept */
	goes = cp_conf.remove_destination ||
	       (!cp_conf.attributes_only && ((!replace_follows(r) && !S_ISREG(mode)) ||
	                                     ((cp_conf.keep.what & KEEP_LINKS) && old->st_nlink > 1)));
	if (!goes && S_ISLNK(mode) && cp_conf.force)
		return REPLACE_LAST;
	if (goes && cp_conf.atomic && !cp_conf.link)
		return REPLACE_LAST;
	if (!cp_conf.link)
		return goes ? REPLACE_FIRST : REPLACE_STAYS;
	if (goes)
		return REPLACE_FIRST;
	goes = cp_conf.force || cp_conf.ask == REPLACE_ASK_USER || cp_conf.update == REPLACE_OLDER;
	return goes ? REPLACE_LAST : REPLACE_STAYS;
}

bool replace_clear(struct replace *r)
{
	struct stat old;

	if (r->old == REPLACE_GONE)
		return true;
	if (fstatat(r->dst->dir, r->dst->name, &old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT || msg_fail_path("cannot stat", r->dst->path);
	if (S_ISDIR(old.st_mode))
		return true;
	if (S_ISLNK(old.st_mode) && writes_through(r))
		fstatat(r->dst->dir, r->dst->name, &old, 0);
	r->old = decide(r, &old);
	return cp_conf.backup_kind == BACKUP_NONE || make_backup(r);
}

bool replace_remove(struct replace *r)
{
	r->old = REPLACE_GONE;
	if (unlinkat(r->dst->dir, r->dst->name, 0) < 0 && errno != ENOENT)
		return msg_fail_path("cannot remove", r->dst->path);
	replace_say_removed(r);
	return true;
}

bool replace_begin(struct replace *r)
{
	if (r->old == REPLACE_FIRST && !replace_remove(r))
		return false;
	replace_say(r);
	return true;
}

void replace_end(struct replace *r)
{
	free(r->backup);
	free(r->backup_path);
}
