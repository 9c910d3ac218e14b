#include "mirror.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "grow.h"
#include "os.h"

int mirror_start(struct mirror *m, const char *path, enum walk_follow follow, const struct entry *target)
{
	*m = (struct mirror){.root = path, .target = target, .root_len = strlen(path), .st = &m->walk.st,
	                     .not_entered = -1};
	while (m->root_len > 1 && path[m->root_len - 1] == '/')
		m->root_len--;
	place_start(&m->to, target->dir);
	return walk_start(&m->walk, AT_FDCWD, path, follow);
}

/* Names the copy of what the walk has met: the target, and below it what the walk has added to the root. */
static int name_copy(struct mirror *m)
{
	const char *below = m->walk.path + m->root_len;

	m->dst = *m->target;
	m->dst.dir = m->to.fd;
	if (m->depth == 0)
		return 0;
	free(m->text);
	m->text = fmt_new("%s%s%s", m->target->path, *below == '/' ? "" : "/", below);
	if (!m->text)
		return -1;
	m->dst.name = m->walk.name;
	m->dst.path = m->text;
	return 0;
}

static void close_skipped(struct mirror *m)
{
	os_close(m->not_entered);
	m->not_entered = -1;
}

enum mirror_event mirror_next(struct mirror *m)
{
	bool skipped = m->skipped;
	enum walk_event event = skipped ? WALK_LEAVE : walk_next(&m->walk);

	m->skipped = false;
	close_skipped(m);
	m->src = (struct entry){m->walk.dir, m->walk.name, m->walk.path};
	m->depth = m->walk.depth;
	switch (event) {
	case WALK_END:
		return MIRROR_END;
	case WALK_LOST:
		return MIRROR_LOST;
	case WALK_ERROR:
		return MIRROR_ERROR;
	case WALK_LEAVE:
		if (place_leave(&m->to) < 0)
			return MIRROR_LOST;
		m->todo = &m->todos[m->to.depth];
		m->src_left = (struct meta_file){.fd = -1, .look = m->walk.place.left};
		if (skipped)
			m->src_left.look = m->not_entered = entry_open_look(&m->src, m->st, walk_follows(&m->walk));
		m->dst_left = (struct meta_file){.fd = -1, .look = m->to.left};
		break;
	case WALK_ENTRY:
		break;
	}
	if (name_copy(m) < 0)
		return MIRROR_ERROR;
	if (event == WALK_LEAVE)
		return MIRROR_LEAVE;
	if (m->depth == 0)
		m->device = m->st->st_dev;
	m->fresh = m->to.depth > 0 && m->todos[m->to.depth - 1].fresh;
	return S_ISDIR(m->st->st_mode) ? MIRROR_FOLDER : MIRROR_ENTRY;
}

bool mirror_meets_itself(const struct mirror *m)
{
	return m->depth == 0 ? entry_is_inside(&m->dst, m->st) : entry_same_file(m->st, &m->copy);
}

bool mirror_is_loop(const struct mirror *m)
{
	return walk_is_loop(&m->walk);
}

struct mirror_todo *mirror_enter_copy(struct mirror *m, bool follow, struct stat *st)
{
	struct mirror_todo *todos = grow_room(m->todos, &m->todos_room, m->to.depth + 1, sizeof *todos);

	if (!todos)
		return NULL;
	m->todos = todos;
	if (place_enter(&m->to, m->dst.name, os_open_folder, follow, st) < 0)
		return NULL;
	if (m->depth == 0)
		m->copy = *st;
	m->skipped = true;
	m->todos[m->to.depth - 1] = (struct mirror_todo){0};
	return &m->todos[m->to.depth - 1];
}

struct meta_file mirror_copy(const struct mirror *m)
{
	return (struct meta_file){.fd = -1, .look = m->to.fd};
}

int mirror_enter(struct mirror *m)
{
	if (walk_enter(&m->walk) < 0)
		return -1;
	m->skipped = false;
	return 0;
}

void mirror_end(struct mirror *m)
{
	close_skipped(m);
	place_end(&m->to);
	walk_end(&m->walk);
	free(m->todos);
	free(m->text);
}
