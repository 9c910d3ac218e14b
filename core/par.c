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

enum { QUEUE = 64, STACK = 128 << 10 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER, taken = PTHREAD_COND_INITIALIZER;
static void *queue[QUEUE];
static unsigned first, waiting, busy, threads;

static void *loop(void *arg)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		void *job;

		while (waiting == 0)
			pthread_cond_wait(&given, &lock);
		job = queue[first];
		first = (first + 1) % QUEUE;
		waiting--;
		busy++;
		pthread_mutex_unlock(&lock);
		do_work(job);
		pthread_mutex_lock(&lock);
		busy--;
		pthread_cond_broadcast(&taken);
	}
	return arg;
}

void par_start(unsigned n, void (*work)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;

	do_work = work;
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
	pthread_mutex_lock(&lock);
	while (waiting == QUEUE)
		pthread_cond_wait(&taken, &lock);
	queue[(first + waiting) % QUEUE] = job;
	waiting++;
	pthread_cond_signal(&given);
	pthread_mutex_unlock(&lock);
}

void par_wait(void)
{
	pthread_mutex_lock(&lock);
	while (waiting > 0 || busy > 0)
		pthread_cond_wait(&taken, &lock);
	pthread_mutex_unlock(&lock);
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
