#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "os.h"

void place_start(struct place *p, int fd)
{
	*p = (struct place){.fd = fd, .left = -1};
}

static void forget_left(struct place *p)
{
	if (p->left >= 0)
		close(p->left);
	p->left = -1;
}

int place_enter(struct place *p, const char *name, int flags, bool follow, struct stat *st)
{
	struct place_step *steps;
	struct stat link;
	bool through_link;
	int fd;

	forget_left(p);
	steps = grow_room(p->steps, &p->room, p->depth + 1, sizeof *steps);
	if (!steps)
		return -1;
	p->steps = steps;
	fd = openat(p->fd, name, flags | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return -1;
	if (fstat(fd, st) < 0) {
		close(fd);
		return -1;
	}
	/* Where ".." may not lead back: from depth 1, since the name may be a path; behind ".."; through a symlink. */
	through_link = p->depth == 0 || strcmp(name, "..") == 0 ||
	               (follow && (fstatat(p->fd, name, &link, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(link.st_mode)));
	if (!through_link)
		close(p->fd);
	p->steps[p->depth++] = (struct place_step){st->st_dev, st->st_ino, through_link ? p->fd : -1};
	p->fd = fd;
	return 0;
}

int place_leave(struct place *p)
{
	struct place_step *step = &p->steps[--p->depth];
	int above = step->behind;
	struct stat st;

	forget_left(p);
	if (above == -1) {
		above = openat(p->fd, "..", os_open_folder);
		if (above >= 0 && (fstat(above, &st) < 0 || st.st_dev != step[-1].dev || st.st_ino != step[-1].ino)) {
			close(above);
			above = -1;
			errno = ESTALE;
		}
	}
	if (above == -1) {
		p->depth++;
		return -1;
	}
	p->left = p->fd;
	p->fd = above;
	return 0;
}

bool place_passed(const struct place *p, dev_t dev, ino_t ino)
{
	for (size_t i = 0; i < p->depth; i++)
		if (p->steps[i].dev == dev && p->steps[i].ino == ino)
			return true;
	return false;
}

void place_end(struct place *p)
{
	forget_left(p);
	for (size_t i = 0; i < p->depth; i++)
		if (i > 0 && p->steps[i].behind >= 0)
			close(p->steps[i].behind);
	if (p->depth > 0)
		close(p->fd);
	free(p->steps);
	p->steps = NULL;
	p->depth = 0;
}
