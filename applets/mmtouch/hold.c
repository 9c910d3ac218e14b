/*
 * Holding files in memory: each is mapped and locked until a signal ends that. Whenever names have changed (inotify) in
 * their folders, or in those on the way to an operand, all operands are gone through again: what is gone is let go, and
 * what was replaced, has grown or is new is locked.
 */
#include "mmtouch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "await.h"
#include "entry.h"
#include "fmt.h"
#include "grow.h"
#include "msg.h"
#include "out.h"

enum {
	PIECE = 4 << 20,        /* bytes that are locked at a time */
	LEAST_PAUSE = 200000000,        /* ns behind a change: names seldom change alone */
};

static const int ending[] = {SIGTERM, SIGINT, SIGHUP};

struct hold_conf hold_conf;

static struct held {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
	char *view;
	size_t len;
	uint64_t locked;        /* bytes, without holes */
	bool met;
} *held;
static size_t n_held;
static uint64_t locked;         /* bytes */
static int changes = -1;
static bool refused;            /* something could not be locked this time */
static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	stopped = sig;
}

/* --- one file */

static void let_go(struct held *h)
{
	if (h->view)
		munmap(h->view, h->len);
	locked -= h->locked;
}

/* Why so much could not be locked: the limit, with what would help, if that is it. No path: what the process has by
 * itself, however much that is. */
static void refuse(const char *path, uint64_t len)
{
	char most[NUM_HUMAN], wanted[NUM_HUMAN], taken[NUM_HUMAN];
	const char *what = path ? num_human(len, wanted) : "what the process has itself";
	struct rlimit limit;
	int error = errno;

	if (refused)
		return; /* one message will do */
	refused = true;
	path = path ? msg_name(path) : "-L";
	if (error != ENOSYS && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
	    len > limit.rlim_cur - (locked < limit.rlim_cur ? locked : limit.rlim_cur))
		msg_fail("%s: cannot lock %s: %s may be locked, and %s are; to lock more, raise 'ulimit -l', or be root",
		         path, what, num_human(limit.rlim_cur, most), num_human(locked, taken));
	else
		msg_fail("%s: cannot lock %s: %s", path, what, msg_reason(error));
}

struct locking {
	const struct file *file;
	struct held *held;
};

/* A stretch of data, in pieces, since a call that locks heeds no signal. Holes stay unread. */
static bool lock_data(void *arg, off_t off, off_t end)
{
	const struct locking *l = arg;
	off_t page = (off_t)os_page(), start = off / page * page;
	size_t len = (size_t)((end - start + page - 1) / page * page), piece;
	const char *view = l->held->view + (start - (off_t)l->file->first * page);

	for (size_t done = 0; done < len; done += piece) {
		piece = len - done < PIECE ? len - done : PIECE;
		if (stopped)
			return false;
		if (os_hold(view + done, piece, hold_conf.on_fault) < 0) {
			refuse(l->file->path, len);
			return false;
		}
	}
	l->held->locked += len;
	locked += len;
	return true;
}

static struct held *find(const struct file *f)
{
	static size_t last;     /* files are met in the same order again */

	for (size_t i = 0; i < n_held; i++) {
		struct held *h = &held[(last + i) % n_held];

		if (h->ino == f->st.st_ino && h->dev == f->st.st_dev) {
			last = (size_t)(h - held) + 1;
			return h;
		}
	}
	return NULL;
}

static void watch_folder(const char *folder)
{
	static bool told;

	if (os_changes_in(changes, folder) < 0 && errno != ENOENT && errno != ENOTDIR && !told) {
		told = true;
		msg_warn_errno("%s: what is replaced there will not be locked again", msg_name(folder));
	}
}

/* Where each component of the path stands, and those of the symbolic links on the way. */
static void watch_names(const char *name)
{
	char *path = strdup(name), *at = path, *next, target[PATH_MAX];
	int links = 40;

	while (path && *(at += strspn(at, "/"))) {
		char *end = at + strcspn(at, "/"), first = *at, behind = *end;
		size_t len = (size_t)(at - path);
		ssize_t n;

		*at = '\0';
		watch_folder(len ? path : ".");
		*at = first;
		*end = '\0';
		n = readlink(path, target, sizeof target);
		*end = behind;
		at = end;
		if (n <= 0 || links-- == 0)
			continue;
		len = *target == '/' ? 0 : len;
		next = fmt_new("%.*s%.*s%s", (int)len, path, (int)n, target, end);
		free(path);
		path = next;
		at = path + len;
	}
	free(path);
}

/* Of what is held the files that are still there, and as they were. */
static bool meet(struct file *f, void *arg)
{
	struct held *h = find(f);

	(void)arg;
	if (h)
		h->met = h->size == f->size && h->changed.tv_sec == f->st.st_mtim.tv_sec &&
		         h->changed.tv_nsec == f->st.st_mtim.tv_nsec;
	return !stopped;
}

static bool hold(struct file *f, void *arg)
{
	size_t len = (size_t)(f->end - f->first) * os_page();
	struct held *h;

	(void)arg;
	if (touch_conf.follow)
		watch_names(f->path);
	if (len == 0 || find(f))
		return !stopped;
	h = grow_add(held, &n_held, sizeof *held);
	if (!h)
		msg_no_memory(2);
	held = h;
	h += n_held - 1;
	*h = (struct held){f->st.st_dev, f->st.st_ino, f->size, f->st.st_mtim, .len = len};
	errno = EFBIG;
	h->view = len / os_page() < f->end - f->first ? MAP_FAILED :
	          mmap(NULL, len, PROT_READ, MAP_SHARED, f->fd, (off_t)(f->first * os_page()));
	if (h->view == MAP_FAILED) {
		h->view = NULL;
		msg_fail("%s: cannot map it: %s", msg_name(f->path), msg_reason(errno));
	} else if (steer_data(f, f->first, f->end, lock_data, &(struct locking){f, h}))
		return !stopped;
	/* it is tried again at the next look */
	let_go(h);
	n_held--;
	return !stopped;
}

/* All operands, for the first time or once more: what is gone is let go before anything else is locked, since all that
 * may be locked can be taken. False: not all is locked. */
static bool hold_all(char *const *names)
{
	size_t n = 0;

	refused = false;
	for (char *const *name = names; *name; name++)
		watch_names(*name);
	for (size_t i = 0; i < n_held; i++)
		held[i].met = false;
	if (n_held)
		files_each(names, meet, NULL);
	for (size_t i = 0; i < n_held; i++)
		if (held[i].met)
			held[n++] = held[i];
		else
			let_go(&held[i]);
	n_held = n;
	files_each(names, hold, NULL);
	return !refused && !stopped;
}

/* --- the process */

/* In the child returns -1, or the descriptor that takes the status when all is locked; the parent does not return. */
static int go_to_background(void)
{
	int ends[2] = {-1, -1};
	char status = 0;
	pid_t pid;

	if (hold_conf.wait && pipe(ends) < 0)
		msg_die(1, "%s", msg_reason(errno));
	pid = fork();
	if (pid < 0)
		msg_die(1, "%s", msg_reason(errno));
	if (pid > 0) {
		close(ends[1]);
		exit(hold_conf.wait && read(ends[0], &status, 1) != 1 ? 1 : status);
	}
	setsid();
	close(ends[0]);
	return ends[1];
}

/* From here on nobody listens. */
static void be_silent(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* Sleeps until names have changed and so many ns longer. False: a signal came. */
static bool wait_for_changes(int64_t ns)
{
	char events[4096];
	sigset_t block, before;
	fd_set set;

	FD_ZERO(&set);
	if (changes >= 0)
		FD_SET((unsigned)changes, &set);
	/* a signal ends what sleeps, and does not come before it */
	sigemptyset(&block);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		sigaddset(&block, ending[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	if (!stopped && pselect(changes + 1, &set, NULL, NULL, NULL, &before) > 0)
		pselect(0, NULL, NULL, NULL, &(struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)}, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (changes >= 0 && read(changes, events, sizeof events) > 0)
		;
	return !stopped;
}

int hold_run(char *const *names)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
	int64_t began, took = 0;
	int ready = -1;
	bool ok;

	if (hold_conf.pid_file && !pid_claim(hold_conf.pid_file))
		return 1;
	if (hold_conf.background)
		ready = go_to_background();
	/* what is ignored stays so: nohup */
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(ending[i], &action, NULL);
	changes = os_changes();
	if (changes >= FD_SETSIZE) {    /* so many files are open already */
		close(changes);
		changes = -1;
	}
	files_folder = watch_folder;
	/* before files are mapped, whose holes would be filled */
	if (hold_conf.all && mlockall(MCL_CURRENT) < 0)
		refuse(NULL, UINT64_MAX);
	ok = !refused && (!hold_conf.pid_file || pid_write(hold_conf.pid_file)) && hold_all(names);
	if (ok) {
		if (!touch_conf.quiet)
			out_printf("LOCKED %llu pages (%s)\n", (unsigned long long)(locked / os_page()), tell_size(locked));
		out_flush();
		if (ready >= 0)
			ok = write(ready, &(char){(char)msg_status}, 1) == 1;
		if (hold_conf.background)
			be_silent();
		/* where much changes, a twentieth of the time is spent with looking */
		for (; wait_for_changes(took > LEAST_PAUSE / 20 ? 20 * took : LEAST_PAUSE); took = await_now() - began) {
			began = await_now();
			hold_all(names);
		}
	}
	pid_remove(hold_conf.pid_file);
	return ok ? msg_status : 1;
}
