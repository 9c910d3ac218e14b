#include "parents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "fmt.h"
#include "grow.h"
#include "mmcp.h"
#include "msg.h"
#include "os.h"
#include "out.h"

/* A folder of the source's path: how long the path to it is, and to its copy. */
struct parents_step {
	size_t len, shown_len;
	struct stat st;
	struct mirror_todo todo;
};

/* The copy that one stands in. */
static struct meta_file copy_of(int fd)
{
	return (struct meta_file){.fd = -1, .look = fd};
}

/* A name bare, as GNU cp shows it here, unless quotes are not all that it would get. */
static const char *shown(const char *name)
{
	const char *quoted = msg_quote(name);

	return strlen(quoted) == strlen(name) + 2 ? name : quoted;
}

/* Makes the copy of the step's folder unless it is there, and goes into it. */
static bool enter(struct parents *p, const struct entry *dst, struct parents_step *step)
{
	struct meta_file copy;
	struct stat now;
	bool made = false;

	if (fstatat(dst->dir, dst->name, &now, 0) < 0) {
		if (folder_make(dst, &step->st) < 0)
			return msg_fail_path("cannot make directory", dst->path);
		made = true;
		if (cp_conf.verbose)
			out_printf("%s -> %s\n", shown(p->path), shown(dst->path));
	} else if (!S_ISDIR(now.st_mode))
		return msg_fail("%s exists but is not a directory", msg_quote(dst->path));
	if (place_enter(&p->to, dst->name, os_open_folder, !made, &now) < 0)
		return msg_fail_path("cannot access", dst->path);
	copy = copy_of(p->to.fd);
	return !made || folder_begin(&copy, &now, &step->st, dst->path, &step->todo);
}

/* One folder further: that up to `slash` in the path. The names of both texts are cut there meanwhile. */
static bool go(struct parents *p, char *name, char *slash)
{
	struct parents_step step = {.len = (size_t)(slash - p->path)}, *steps;
	char *shown_slash = p->shown + strlen(p->shown) - strlen(slash);
	struct entry dst = {p->to.fd, name, p->shown};
	size_t depth;
	bool done;

	step.shown_len = (size_t)(shown_slash - p->shown);
	*slash = *shown_slash = '\0';
	if (stat(p->path, &step.st) < 0 || (!S_ISDIR(step.st.st_mode) && (errno = ENOTDIR)))
		done = msg_fail_path("failed to get attributes of", p->path);
	else if (!(steps = grow_room(p->steps, &p->room, p->to.depth + 1, sizeof *steps)))
		done = msg_fail_path("cannot make directory", p->shown);
	else {
		p->steps = steps;
		depth = p->to.depth;
		done = enter(p, &dst, &step);
		if (p->to.depth > depth)
			steps[depth] = step;
	}
	*slash = *shown_slash = '/';
	return done;
}

bool parents_make(struct parents *p, const char *path, const struct entry *folder)
{
	const char *below = path + strspn(path, "/");
	char *slash, *name;

	*p = (struct parents){.path = strdup(path), .shown = fmt_new("%s/%s", folder->path, below)};
	place_start(&p->to, folder->dir);
	if (!p->path || !p->shown)
		return msg_fail_path("cannot make directory", path);
	name = p->path + (below - path);
	while ((slash = strchr(name, '/'))) {
		bool here = slash == name || (slash == name + 1 && *name == '.');     /* a//b and a/./b are a/b */

		if (!here && !go(p, name, slash))
			return false;
		name = slash + 1;
	}
	p->target = (struct entry){p->to.fd, name, p->shown};
	return true;
}

void parents_end(struct parents *p)
{
	while (p->to.depth > 0 && place_leave(&p->to) == 0) {
		const struct parents_step *step = &p->steps[p->to.depth];
		struct meta_file from = {.fd = -1}, copy = copy_of(p->to.left);
		struct entry dst = {p->to.fd, NULL, p->shown};

		p->path[step->len] = p->shown[step->shown_len] = '\0';
		dst.name = entry_base(p->shown);
		if (!step->todo.fresh) {
			if (cp_conf.sync)
				file_sync_folder(&(struct entry){copy.look, ".", dst.path});
			continue;
		}
		from.look = entry_open_look(&(struct entry){AT_FDCWD, p->path, p->path}, &step->st, true);
		if (from.look < 0)
			msg_fail_path("failed to get attributes of", p->path);
		else {
			folder_finish(&from, &step->st, &copy, &dst, &step->todo);
			close(from.look);
		}
	}
	if (p->to.depth > 0)
		msg_fail_path("lost the way back from", p->path);
	place_end(&p->to);
	free(p->steps);
	free(p->path);
	free(p->shown);
}
