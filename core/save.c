#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os.h"

/* Names that a signal must take away: a slot for each file being written at a time. */
enum { SLOTS = 64 };
enum { FREE, CLAIMED, READY };
static struct {
	atomic_int state;       /* FREE, CLAIMED, and READY once dir and name are there */
	int dir;
	const char *name;
} slots[SLOTS];

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};

static void on_deadly(int sig)
{
	for (int i = 0; i < SLOTS; i++)
		if (slots[i].state == READY)
			unlinkat(slots[i].dir, slots[i].name, 0);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void catch_signals(void)
{
	static atomic_bool caught;
	struct sigaction action = {.sa_handler = on_deadly}, old;

	if (atomic_exchange(&caught, true))
		return;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(deadly[i], &action, NULL);
	signal(SIGXFSZ, SIG_IGN);       /* so that a limit is an error of write, which can be told */
}

/* A free slot: claimed without a lock, since workers save at the same time. */
static int claim_slot(int dir, const char *name)
{
	for (int i = 0; i < SLOTS; i++)
		if (atomic_compare_exchange_strong(&slots[i].state, &(int){FREE}, CLAIMED)) {
			slots[i].dir = dir;
			slots[i].name = name;
			slots[i].state = READY;
			return i;
		}
	return -1;
}

static void free_slot(struct save *s)
{
	save_keep(s->slot);
	s->slot = -1;
}

int save_watch(int dir, const char *name)
{
	catch_signals();
	return claim_slot(dir, name);
}

void save_keep(int watched)
{
	if (watched >= 0)
		slots[watched].state = FREE;
}

int save_create(struct save *s, int dir, const char *name, mode_t mode)
{
	catch_signals();
	*s = (struct save){.dir = dir, .name = name, .slot = -1};
	s->fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (s->fd < 0)
		return -1;
	s->slot = claim_slot(dir, name);
	return 0;
}

static void forget(struct save *s)
{
	int error = errno;

	free_slot(s);
	if (s->owns_dir)
		close(s->dir);
	free(s->resolved);
	free(s->temporary);
	errno = error;
}

/* Splits *path into its folder, opened in place of s->dir, and a name, for which *path has room. */
static int enter_folder(struct save *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder, *name = strdup(slash ? slash + 1 : path);
	int dir;

	if (!name)
		return -1;
	if (slash || !s->owns_dir) {
		folder = slash ? strdup(path) : strdup(".");
		if (!folder) {
			free(name);
			return -1;
		}
		if (slash)
			folder[slash == path ? 1 : slash - path] = '\0';
		dir = openat(s->dir, folder, os_open_folder);
		free(folder);
		if (dir < 0) {
			free(name);
			return -1;
		}
		if (s->owns_dir)
			close(s->dir);
		s->dir = dir;
		s->owns_dir = true;
	}
	free(s->resolved);
	s->resolved = name;
	s->name = name;
	return 0;
}

/* Follows symlinks to the file that is meant, as open would. */
static int resolve(struct save *s, const char *path)
{
	char link[4096];
	ssize_t len;

	for (int hops = 0; hops < 40; hops++) {
		if (enter_folder(s, path) < 0)
			return -1;
		len = readlinkat(s->dir, s->name, link, sizeof link - 1);
		if (len < 0)
			return errno == EINVAL || errno == ENOENT ? 0 : -1;
		link[len] = '\0';
		path = link;
	}
	errno = ELOOP;
	return -1;
}

char *save_temporary(const char *name)
{
	static atomic_uint turn;
	const char *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
	size_t room = strlen(name) + 24;
	char *text = malloc(room);
	struct timespec now;
	unsigned long random;

	if (!text)
		return NULL;
	clock_gettime(CLOCK_REALTIME, &now);
	random = (unsigned long)now.tv_nsec ^ (unsigned long)getpid() << 12 ^
	         (unsigned long)atomic_fetch_add(&turn, 1) * 2654435761UL;
	/* a name too long to be made longer is left out */
	snprintf(text, room, "%.*s.%s%smmtmp-%06lx", (int)(base - name), name, strlen(base) < 240 ? base : "",
	         strlen(base) < 240 && *base ? "." : "", random & 0xFFFFFF);
	return text;
}

int save_replace(struct save *s, int dir, const char *name, mode_t mode)
{
	catch_signals();
	*s = (struct save){.dir = dir, .fd = -1, .replaces = true, .slot = -1};
	if (resolve(s, name) < 0) {
		forget(s);
		return -1;
	}
	for (int tries = 0; tries < 100; tries++) {
		s->temporary = save_temporary(s->name);
		if (!s->temporary)
			break;
		s->slot = claim_slot(s->dir, s->temporary);
		s->fd = openat(s->dir, s->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
		if (s->fd >= 0)
			return 0;
		free_slot(s);
		if (errno != EEXIST)
			break;
		free(s->temporary);
		s->temporary = NULL;
	}
	forget(s);
	return -1;
}

int save_sync(struct save *s)
{
	return fsync(s->fd);
}

int save_commit(struct save *s)
{
	int fd = s->fd;

	s->fd = -1;
	if (close(fd) < 0 && errno != EINTR) {
		save_discard(s);
		return -1;
	}
	if (s->replaces && renameat(s->dir, s->temporary, s->dir, s->name) < 0) {
		save_discard(s);
		return -1;
	}
	forget(s);
	return 0;
}

void save_discard(struct save *s)
{
	int error = errno;

	unlinkat(s->dir, s->replaces ? s->temporary : s->name, 0);
	if (s->fd >= 0)
		close(s->fd);
	errno = error;
	forget(s);
}

int save_sync_folder(int dir, const char *name)
{
	struct save s = {.dir = dir, .slot = -1};
	int fd, result = -1, error;

	if (enter_folder(&s, name) < 0) {
		forget(&s);
		return -1;
	}
	fd = openat(s.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		result = fsync(fd);
		error = errno;
		close(fd);
		errno = error;
	}
	forget(&s);
	return result;
}
