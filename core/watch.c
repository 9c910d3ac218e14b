#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

/* A slot for each file being written at a time: --jobs has 64. */
enum { SLOTS = 72 };
enum { FREE, CLAIMED, READY };
static struct {
	atomic_int state;       /* FREE; CLAIMED while the file is created; READY while it is there */
	int dir;
	const char *name;
} slots[SLOTS];

static atomic_bool ending;      /* a signal takes files away: nobody makes another one */

static const int deadly[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};

static void on_deadly(int sig)
{
	ending = true;
	for (int i = 0; i < SLOTS; i++) {
		/* another thread is about to know whether there is a file; not for ever, where open hangs */
		for (int ms = 0; slots[i].state == CLAIMED && ms < 1000; ms++)
			poll(NULL, 0, 1);
		if (slots[i].state == READY)
			unlinkat(slots[i].dir, slots[i].name, 0);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

static void on_limit(int sig)
{
	(void)sig;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_deadly}, old;

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(deadly[i], &action, NULL);
	watch_limit();
}

void watch_limit(void)
{
	signal(SIGXFSZ, on_limit);      /* not ignored, as commands that we run would ignore it as well */
}

void watch_begin(struct watch *w, int dir, const char *name)
{
	static atomic_int caught;       /* FREE, CLAIMED by one thread, READY */
	sigset_t set;

	if (atomic_compare_exchange_strong(&caught, &(int){FREE}, CLAIMED)) {
		catch_signals();
		caught = READY;
	}
	while (caught != READY)
		poll(NULL, 0, 1);
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++)
		sigaddset(&set, deadly[i]);
	pthread_sigmask(SIG_BLOCK, &set, &w->before);
	/* without a lock, since workers save at the same time */
	for (w->slot = SLOTS - 1; w->slot >= 0; w->slot--)
		if (atomic_compare_exchange_strong(&slots[w->slot].state, &(int){FREE}, CLAIMED)) {
			slots[w->slot].dir = dir;
			slots[w->slot].name = name;
			break;
		}
	/* either this is seen here, or the claim there */
	if (ending) {
		watch_end(w);
		for (;;)
			pause();
	}
}

void watch_made(struct watch *w, bool made)
{
	int error = errno;

	if (made && w->slot >= 0)
		slots[w->slot].state = READY;
	else
		watch_end(w);
	pthread_sigmask(SIG_SETMASK, &w->before, NULL);
	errno = error;
}

void watch_end(struct watch *w)
{
	if (w->slot >= 0)
		slots[w->slot].state = FREE;
	w->slot = -1;
}
