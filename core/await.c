#include "await.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "os.h"

enum { SHORTEST_NS = 1000000, LONGEST_NS = 100000000 };

int64_t await_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t await_moment(int64_t ns)
{
	int64_t now = await_now();

	return ns < INT64_MAX - now ? now + ns : INT64_MAX;
}

int64_t await_left(int64_t moment)
{
	int64_t now = moment == INT64_MAX ? 0 : await_now();

	return moment > now ? moment - now : 0;
}

void await_pause(int64_t ns)
{
	nanosleep(&(struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)}, NULL);
}

void await_change(struct await *a, const void *word, uint32_t seen, int64_t left_ns)
{
	int64_t pause;

	if (!a->polls) {
		if (os_sleep_on(word, seen, left_ns < LONGEST_NS ? left_ns : LONGEST_NS) == 0 ||
		    errno == EAGAIN || errno == ETIMEDOUT || errno == EINTR)
			return;
		a->polls = true;        /* ENOSYS; EFAULT for a page that is gone or was never mapped */
	}
	if (seen != a->seen)
		a->pause_ns = 0;        /* it has changed: more may come soon */
	a->seen = seen;
	pause = a->pause_ns ? 2 * a->pause_ns : SHORTEST_NS;
	a->pause_ns = pause < LONGEST_NS ? pause : LONGEST_NS;
	await_pause(a->pause_ns < left_ns ? a->pause_ns : left_ns);
}
