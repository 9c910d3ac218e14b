#include "parents.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "msg.h"
#include "out.h"

/* Goes on to the next folder on the way. False at the end, from where it begins anew. */
static bool next_folder(struct parents *p)
{
	const char *below;

	do {
		if (p->slash)
			*p->slash = '/';
		p->slash = strchr(p->slash ? p->slash + 1 : p->path, '/');
		if (!p->slash)
			return false;
		*p->slash = '\0';
		below = p->path + strspn(p->path, "/");
	} while (!*below || p->slash[-1] == '/' || strcmp(p->path, ".") == 0);  /* a/ is a once more */
	fmt_text(p->shown, strlen(p->folder->path) + strlen(below) + 2, "%s/%s", p->folder->path, below);
	p->src = (struct entry){AT_FDCWD, p->path, p->path};
	p->dst = (struct entry){p->folder->dir, below, p->shown};
	return true;
}

static bool look(struct parents *p)
{
	return stat(p->path, &p->st) == 0 || msg_fail_errno("failed to get attributes of %s", msg_quote(p->path));
}

static bool make(struct parents *p, bool verbose)
{
	struct stat there;

	if (!look(p))
		return false;
	if (fstatat(p->dst.dir, p->dst.name, &there, 0) == 0)
		return S_ISDIR(there.st_mode) || msg_fail("%s exists but is not a directory", msg_quote(p->shown));
	if (mkdirat(p->dst.dir, p->dst.name, (keep_folder_mode(p->keep, &p->st) & 0777) | S_IRWXU) < 0)
		return msg_fail_errno("cannot make directory %s", msg_quote(p->shown));
	if (verbose)
		out_printf("%s -> %s\n", p->path, p->shown);
	p->is_new[p->slash - p->path] = true;
	return true;
}

bool parents_make(struct parents *p, const char *path, const struct entry *folder, const struct keep *keep,
                  bool verbose)
{
	size_t room = strlen(path) + 1;
	bool done = true;

	*p = (struct parents){.folder = folder, .keep = keep, .path = strdup(path),
	                      .shown = malloc(strlen(folder->path) + 1 + room), .is_new = calloc(room, sizeof *p->is_new)};
	if (!p->path || !p->shown || !p->is_new)
		return msg_fail_errno("cannot make directory %s", msg_quote(path));
	while (done && next_folder(p))
		done = make(p, verbose);
	return done;
}

bool parents_next(struct parents *p)
{
	mode_t mode;
	bool is_new;

	if (!next_folder(p) || !look(p))
		return false;
	mode = keep_folder_mode(p->keep, &p->st) & ~p->keep->umask;
	is_new = p->is_new[p->slash - p->path];
	p->todo = (struct mirror_todo){is_new, is_new && (mode & S_IRWXU) != S_IRWXU, mode};
	return true;
}

void parents_end(struct parents *p)
{
	free(p->path);
	free(p->shown);
	free(p->is_new);
}
