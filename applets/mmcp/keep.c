#include "keep.h"

#include <errno.h>
#include <unistd.h>

#include "mmcp.h"
#include "msg.h"

const struct opt_choice keep_words[] = {
	{"", KEEP_MODE | KEEP_NEW_MODE | KEEP_TIMES | KEEP_OWNER},
	{"mode", KEEP_MODE | KEEP_NEW_MODE}, {"timestamps", KEEP_TIMES}, {"ownership", KEEP_OWNER}, {"links", KEEP_LINKS},
	{"context", KEEP_CONTEXT | KEEP_MUST_CONTEXT}, {"xattr", KEEP_XATTR | KEEP_MUST_XATTR},
	{"all", KEEP_MODE | KEEP_OWNER | KEEP_TIMES | KEEP_LINKS | KEEP_CONTEXT | KEEP_XATTR | KEEP_NEW_MODE}, {0},
};

enum { SET_ID = S_ISUID | S_ISGID };

/* The mode of a new file, before the umask. */
static mode_t new_mode(const struct stat *st)
{
	return cp_conf.keep.what & KEEP_NEW_MODE ? st->st_mode & 0777 : 0666;
}

mode_t keep_first_mode(const struct stat *st)
{
	/* a default list may let others into a new file, set-ID bits come later */
	bool closed = (cp_conf.keep.what & KEEP_OWNER) || ((cp_conf.keep.what & KEEP_MODE) && (st->st_mode & SET_ID));

	return (new_mode(st) & (closed ? ~(mode_t)077 : ~(mode_t)0)) |
	       (cp_conf.keep.what & KEEP_XATTR ? S_IWUSR : 0);
}

static mode_t folder_mode(const struct stat *st)
{
	return cp_conf.keep.what & KEEP_NEW_MODE ? st->st_mode & 07777 : 0777;
}

/* The rights in a new folder that others get only when it is complete. */
static mode_t held_back(const struct stat *st)
{
	return folder_mode(st) & (cp_conf.keep.what & KEEP_OWNER ? 077 : 022);
}

mode_t keep_folder_first_mode(const struct stat *st)
{
	return (folder_mode(st) & ~held_back(st)) | S_IRWXU;
}

mode_t keep_folder_last_mode(const struct stat *st, mode_t now)
{
	if (!(cp_conf.keep.what & KEEP_NEW_MODE))
		return (now & ~(mode_t)0777) | (0777 & ~cp_conf.keep.umask);
	return (now & ~(S_IRWXU & ~folder_mode(st))) | (held_back(st) & ~cp_conf.keep.umask);
}

/* The mode, and where the source's is not wanted nothing besides: no list that the folder above has proposed. */
static bool set_new_mode(mode_t mode, const struct meta_file *to, const char *path)
{
	struct stat now;

	if ((cp_conf.keep.what & KEEP_NEW_MODE || meta_drop_acl(to) == 0) && meta_stat(to, &now) == 0 &&
	    ((now.st_mode & 07777) == mode || meta_set_mode(to, mode) == 0))
		return true;
	return msg_fail_path("setting permissions for", path);
}

bool keep_set_new_mode(const struct stat *st, const struct meta_file *to, const char *path)
{
	mode_t mode = new_mode(st);

	if ((cp_conf.keep.what & KEEP_MODE) || ((cp_conf.keep.what & KEEP_NEW_MODE) && keep_first_mode(st) == mode))
		return true;
	return set_new_mode(mode & ~cp_conf.keep.umask, to, path);
}

bool keep_set_folder_mode(mode_t mode, const struct meta_file *to, const char *path)
{
	return (cp_conf.keep.what & KEEP_MODE) || set_new_mode(mode, to, path);
}

/* Gives the file its owner, or as much of that as is ours to give. *now is what the file is, then what it has
 * become. */
static bool set_owner(const struct meta_file *to, const struct stat *st, struct stat *now, const char *path)
{
	bool kept = true;

	if (now->st_uid == st->st_uid && now->st_gid == st->st_gid)
		return true;
	if (meta_set_owner(to, st->st_uid, st->st_gid) < 0) {
		/* Only root may give files away: the group alone, then. */
		if ((errno == EPERM || errno == EINVAL) && geteuid() != 0)
			meta_set_owner(to, (uid_t)-1, st->st_gid);
		else
			kept = msg_fail_path("failed to preserve ownership for", path);
	}
	return meta_stat(to, now) == 0 && kept;
}

bool keep_set(const struct meta_file *from, const struct stat *st, const struct meta_file *to, const char *path,
              bool ours)
{
	unsigned what = cp_conf.keep.what;
	unsigned which = (what & KEEP_XATTR ? META_XATTRS : 0) | (what & KEEP_CONTEXT ? META_CONTEXT : 0);
	mode_t mode = st->st_mode & 07777, rights = what & KEEP_MODE ? mode & SET_ID : 0;
	bool kept = true, link;
	struct stat now;

	if (meta_stat(to, &now) < 0)
		return msg_fail_path("failed to get attributes of", path);
	link = S_ISLNK(now.st_mode);
	if (link && cp_conf.link)       /* to the source, which keeps its own */
		which = 0;
	if (what & KEEP_OWNER)
		kept = set_owner(to, st, &now, path);
	if (!ours && (rights || ((which & META_XATTRS) && meta_has_rights(from)))) {
		kept = msg_fail("cannot keep the %s of %s: others may have the old file open for writing",
		                rights ? "set-ID bits" : "capabilities", msg_quote(path));
		which |= which ? META_NO_RIGHTS : 0;
		mode &= ~(mode_t)SET_ID;
	}
	if (which && meta_copy_xattrs(from, to, which) < 0 && (what & (KEEP_MUST_XATTR | KEEP_MUST_CONTEXT)))
		kept = msg_fail_path("setting attributes for", path);
	/* the owner alone decides what is done with his rights */
	if (now.st_uid != st->st_uid)
		mode &= ~(mode_t)S_ISUID;
	if (now.st_gid != st->st_gid)
		mode &= ~(mode_t)S_ISGID;
	if ((what & KEEP_MODE) && !link && (((now.st_mode & 07777) != mode && meta_set_mode(to, mode) < 0) ||
	                                    meta_copy_acls(from, to, S_ISDIR(st->st_mode)) < 0))
		kept = msg_fail_path("preserving permissions for", path);
	if ((what & KEEP_TIMES) && meta_set_times(to, st) < 0 && !(link && errno == ENOSYS))
		kept = msg_fail_path("preserving times for", path);
	return kept;
}

bool keep_old(const struct stat *st, struct save *to, const char *path)
{
	const char *lost;

	if (cp_conf.keep.what & KEEP_OWNER) {
		to->owner = st->st_uid;
		to->group = st->st_gid;
	}
	to->keep_mode = !(cp_conf.keep.what & KEEP_MODE);
	if (save_settle(to) == 0 || (to->lost == SAVE_OWNER && (cp_conf.keep.what & KEEP_OWNER)))
		return true;            /* it is for keep_set to say that the source's owner is not to be had */
	lost = to->lost & SAVE_OWNER ? "owner" : to->lost & SAVE_ATTRIBUTES ? "attributes" : "permissions";
	return msg_fail_errno("cannot keep the %s of %s", lost, msg_quote(path));
}
