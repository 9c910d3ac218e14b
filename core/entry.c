#include "entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

enum { PART = 4000 };   /* of a path that is taken at once; no name is as long */

bool entry_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && (a->st_mode & S_IFMT) == (b->st_mode & S_IFMT);
}

const char *entry_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

bool entry_dup(const struct entry *e, struct entry *own)
{
	own->path = strdup(e->path);
	own->dir = own->path ? fcntl(e->dir, F_DUPFD_CLOEXEC, 0) : -1;
	if (own->dir < 0) {
		free((void *)(uintptr_t)own->path);
		return false;
	}
	own->name = entry_base(own->path);
	return true;
}

void entry_free(struct entry *own)
{
	close(own->dir);
	free((void *)(uintptr_t)own->path);
}

int entry_open_folder(const struct entry *e)
{
	const char *base = entry_base(e->name);
	char *folder = strdup(e->name), *part = folder, *end;
	int fd = e->dir, next;

	if (!folder)
		return -1;
	folder[base - e->name] = '\0';
	/* the kernel takes no path of PATH_MAX bytes, so a longer one is gone in parts */
	do {
		end = strlen(part) > PART ? part + PART : NULL;
		while (end && *end != '/')
			end = end > part ? end - 1 : NULL;
		if (end)
			*end = '\0';
		next = openat(fd, *part ? part : ".", os_open_folder);
		if (fd != e->dir)
			os_close(fd);
		fd = next;
		if (end)
			part = end + 1 + strspn(end + 1, "/");
	} while (fd >= 0 && end);
	free(folder);
	return fd;
}

int entry_open_look(const struct entry *e, const struct stat *st, bool follow)
{
	int fd = openat(e->dir, e->name, os_open_look | (follow ? 0 : O_NOFOLLOW));
	struct stat now;

	if (fd < 0)
		return -1;
	if (fstat(fd, &now) == 0 && entry_same_file(&now, st))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

bool entry_stat_folder(const struct entry *e, struct stat *st)
{
	int fd = entry_open_folder(e);
	bool done = fd >= 0 && fstat(fd, st) == 0;

	os_close(fd);
	return done;
}

bool entry_same(const struct entry *a, const struct entry *b)
{
	struct stat st_a, st_b;

	return strcmp(entry_base(a->name), entry_base(b->name)) == 0 && entry_stat_folder(a, &st_a) &&
	       entry_stat_folder(b, &st_b) && entry_same_file(&st_a, &st_b);
}

bool entry_is_inside(const struct entry *e, const struct stat *above)
{
	int fd = entry_open_folder(e), parent;
	struct stat st, last = {0};
	bool inside = false;

	while (fd >= 0 && fstat(fd, &st) == 0 && !entry_same_file(&st, &last)) {
		inside = entry_same_file(&st, above);
		if (inside)
			break;
		last = st;
		parent = openat(fd, "..", os_open_folder);
		close(fd);
		fd = parent;
	}
	os_close(fd);
	return inside;
}
