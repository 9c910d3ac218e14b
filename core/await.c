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
	pause = a->pause_ns < left_ns ? a->pause_ns : left_ns;
	nanosleep(&(struct timespec){.tv_nsec = (long)pause}, NULL);
}
