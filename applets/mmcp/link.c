#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "msg.h"
#include "save.h"

static int rename_over(const struct replace *r, const char *temporary)
{
	int result = renameat(r->dst->dir, temporary, r->dst->dir, r->dst->name), error = errno;

	unlinkat(r->dst->dir, temporary, 0);    /* when both were links to one file, rename has left it */
	errno = error;
	if (result == 0)
		replace_say_removed(r);
	return result;
}

static int make(const struct replace *r, bool symbolic)
{
	const struct entry *src = r->src, *dst = r->dst;
	char *temporary = r->old == REPLACE_LAST ? save_temporary(dst->name) : NULL;
	const char *name = temporary ? temporary : dst->name;
	struct watch watch = WATCH_INIT;
	int result;

	if (temporary)
		watch_begin(&watch, dst->dir, temporary);
	result = symbolic ? symlinkat(src->path, dst->dir, name)
	                  : linkat(src->dir, src->name, dst->dir, name, S_ISLNK(r->st->st_mode) ? 0 : AT_SYMLINK_FOLLOW);
	if (temporary)
		watch_made(&watch, result == 0);
	if (result == 0 && temporary)
		result = rename_over(r, temporary);
	watch_end(&watch);
	free(temporary);
	return result;
}

bool link_hard(const struct replace *r)
{
	return make(r, false) == 0 ||
	       msg_fail_errno("cannot create hard link %s to %s", msg_quote(r->dst->path), msg_quote(r->src->path));
}

bool link_symbolic(const struct replace *r)
{
	struct stat here, there;
	bool in_place = entry_stat_folder(r->dst, &there) && stat(".", &here) == 0 && entry_same_file(&here, &there);

	if (*r->src->path != '/' && !in_place)
		return msg_fail("%s: can make relative symbolic links only in current directory", msg_name(r->dst->path));
	return make(r, true) == 0 ||
	       msg_fail_errno("cannot create symbolic link %s to %s", msg_quote(r->dst->path), msg_quote(r->src->path));
}

bool link_alike(struct replace *r)
{
	char text[4097];
	ssize_t len = readlinkat(r->src->dir, r->src->name, text, sizeof text - 1);

	if (len < 0)
		return msg_fail_errno("cannot read symbolic link %s", msg_quote(r->src->path));
	text[len] = '\0';
	if (!replace_begin(r))
		return false;
	return symlinkat(text, r->dst->dir, r->dst->name) == 0 ||
	       msg_fail_errno("cannot create symbolic link %s", msg_quote(r->dst->path));
}

int link_to_copy(struct replace *r, const char *copy)
{
	if (!replace_begin(r) || (r->old != REPLACE_GONE && !replace_remove(r)))
		return -1;
	if (linkat(AT_FDCWD, copy, r->dst->dir, r->dst->name, 0) == 0)
		return 1;
	if (errno == ENAMETOOLONG || errno == EMLINK || errno == ENOENT)
		return 0;
	msg_fail_errno("cannot create hard link %s to %s", msg_quote(r->dst->path), msg_quote(copy));
	return -1;
}
