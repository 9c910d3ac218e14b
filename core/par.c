#include "par.h"

#include <stdint.h>
#include <stdlib.h>

#include "num.h"
#include "os.h"

enum { MAX_THREADS = 64 };

static void (*do_work)(void *);

#ifdef MMTOOLS_SMALL
void par_start(unsigned n, void (*work)(void *))
{
	(void)n;
	do_work = work;
}

void par_give(void *job)
{
	do_work(job);
}

void par_wait(void)
{
}
#else
#include <pthread.h>
#include <semaphore.h>

enum { QUEUE = 128, STACK = 128 << 10 };        /* a queue longer than MAX_THREADS, so that the next jobs wait in it */

/* Semaphores alone: a condition variable would bring 4 KB of libc along. Places count the jobs that may still be given,
 * each free again when its job is done; so a place in `queue` is free whenever there is one. */
static sem_t places, given, turn;
static void *queue[QUEUE];
static unsigned first, last, threads;
static unsigned waited;         /* what `last` was when all was done */

static void take(sem_t *s)
{
	while (sem_wait(s) < 0)
		;       /* a signal */
}

static void *loop(void *arg)
{
	for (;;) {
		void *job;

		take(&given);
		take(&turn);
		job = queue[first++ % QUEUE];
		sem_post(&turn);
		do_work(job);
		sem_post(&places);
	}
	return arg;
}

void par_start(unsigned n, void (*work)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;

	do_work = work;
	if (sem_init(&places, 0, QUEUE) < 0 || sem_init(&given, 0, 0) < 0 || sem_init(&turn, 0, 1) < 0)
		return;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK);
	for (; n > 1 && threads < n; threads++)
		if (pthread_create(&thread, &attr, loop, NULL) != 0)
			break;
	pthread_attr_destroy(&attr);
}

void par_give(void *job)
{
	if (threads == 0) {
		do_work(job);
		return;
	}
	take(&places);
	queue[last++ % QUEUE] = job;
	sem_post(&given);
}

void par_wait(void)
{
	if (threads == 0 || waited == last)
		return;
	for (int i = 0; i < QUEUE; i++)
		take(&places);
	for (int i = 0; i < QUEUE; i++)
		sem_post(&places);
	waited = last;
}
#endif

unsigned par_threads(void)
{
	const char *set = getenv("MMTOOLS_THREADS");
	uint64_t n;

	if (set && *set)
		return num_size(set, MAX_THREADS, &n) == 0 ? (unsigned)n : 0;
	return os_processors() < MAX_THREADS ? os_processors() : MAX_THREADS;
}
