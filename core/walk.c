#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "os.h"

/* A folder on the way down: its names, ended by NUL each, and the length of its path in the text. */
struct walk_level {
	char *names;
	size_t len, next;
	size_t path_len, name_at;
	struct stat st;
};

/* Makes the text hold at least `room` bytes. */
static int reserve_text(struct walk *w, size_t room)
{
	char *text = grow_room(w->text, &w->text_room, room, 1);

	if (!text)
		return -1;
	w->text = text;
	return 0;
}

int walk_start(struct walk *w, int dir, const char *path, enum walk_follow follow)
{
	*w = (struct walk){.follow = follow};
	if (reserve_text(w, strlen(path) + 1) < 0)
		return -1;
	strcpy(w->text, path);
	place_start(&w->place, dir);
	return 0;
}

bool walk_follows(const struct walk *w)
{
	return w->follow == WALK_FOLLOW_ALL || (w->follow == WALK_FOLLOW_ROOT && w->place.depth == 0);
}

static enum walk_event look(struct walk *w)
{
	w->dir = w->place.fd;
	w->path = w->text;
	w->depth = w->place.depth;
	return fstatat(w->dir, w->name, &w->st, walk_follows(w) ? 0 : AT_SYMLINK_NOFOLLOW) < 0 ? WALK_ERROR : WALK_ENTRY;
}

/* Back to the folder above, which is met once more. */
static enum walk_event leave(struct walk *w)
{
	struct walk_level *level = &w->levels[w->place.depth - 1];

	free(level->names);
	level->names = NULL;
	w->text[level->path_len] = '\0';
	w->path = w->text;
	w->name = w->text + level->name_at;
	if (place_leave(&w->place) < 0)
		return WALK_LOST;
	w->dir = w->place.fd;
	w->depth = w->place.depth;
	w->st = level->st;
	return WALK_LEAVE;
}

enum walk_event walk_next(struct walk *w)
{
	struct walk_level *level;
	const char *name;
	char *end;
	size_t len;

	if (!w->started) {
		w->started = true;
		w->name = w->text;
		return look(w);
	}
	if (w->place.depth == 0)
		return WALK_END;
	level = &w->levels[w->place.depth - 1];
	if (level->next == level->len)
		return leave(w);
	name = level->names + level->next;
	len = strlen(name);
	level->next += len + 1;
	if (reserve_text(w, level->path_len + len + 2) < 0)
		return WALK_LOST;
	end = w->text + level->path_len;
	if (end[-1] != '/')
		*end++ = '/';
	w->name = strcpy(end, name);
	return look(w);
}

/* All names of the folder `fd`, in one piece. */
static int read_names(int fd, struct walk_level *level)
{
	int again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *folder = again < 0 ? NULL : fdopendir(again);
	size_t room = 0;
	struct dirent *entry;
	char *names;
	int error;

	if (!folder) {
		os_close(again);
		return -1;
	}
	while ((errno = 0, entry = readdir(folder))) {
		size_t len = strlen(entry->d_name) + 1;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names = grow_room(level->names, &room, level->len + len, 1);
		if (!names)
			break;
		level->names = names;
		memcpy(level->names + level->len, entry->d_name, len);
		level->len += len;
	}
	error = errno;
	closedir(folder);
	errno = error;
	if (error) {
		free(level->names);
		level->names = NULL;
	}
	return error ? -1 : 0;
}

bool walk_is_loop(const struct walk *w)
{
	return w->follow == WALK_FOLLOW_ALL && place_passed(&w->place, w->st.st_dev, w->st.st_ino);
}

/* Back from where there is nothing to do. errno is kept. */
static void leave_again(struct walk *w)
{
	int error = errno;

	place_leave(&w->place);
	w->dir = w->place.fd;
	errno = error;
}

/* Goes into the folder that was met, and into no other that somebody has put in its place: what is in that may be
 * closed to those who may enter a copy of this one. Only what the system mounts there as soon as it is entered has a
 * device of its own, and is met in its stead. */
static int enter(struct walk *w)
{
	struct stat st;

	for (int tries = 0; place_enter(&w->place, w->name, O_RDONLY, walk_follows(w), &st) == 0; tries++) {
		if (st.st_dev == w->st.st_dev && st.st_ino == w->st.st_ino)
			return 0;
		leave_again(w);
		errno = ESTALE;
		if (tries > 0 || st.st_dev == w->st.st_dev)
			return -1;
		if (fstatat(w->dir, w->name, &w->st, AT_SYMLINK_NOFOLLOW) < 0)
			return -1;
	}
	return -1;
}

int walk_enter(struct walk *w)
{
	size_t depth = w->place.depth;
	struct walk_level level = {.path_len = strlen(w->text), .name_at = (size_t)(w->name - w->text)};
	struct walk_level *levels;

	if (walk_is_loop(w)) {
		errno = ELOOP;
		return -1;
	}
	levels = grow_room(w->levels, &w->room, depth + 1, sizeof *levels);
	if (!levels)
		return -1;
	w->levels = levels;
	levels[depth] = level;          /* for when there is no way back */
	if (enter(w) < 0)
		return -1;
	level.st = w->st;
	if (read_names(w->place.fd, &level) < 0) {
		leave_again(w);
		return -1;
	}
	w->levels[depth] = level;
	return 0;
}

void walk_end(struct walk *w)
{
	for (size_t i = 0; i < w->place.depth; i++)
		free(w->levels[i].names);
	place_end(&w->place);
	free(w->levels);
	free(w->text);
}
