#include "guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct watched {
	sigjmp_buf back;
	uintptr_t base;
	size_t len;
};

static _Thread_local struct watched *volatile watched;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	struct watched *w = watched;

	(void)context;
	/* arm64 may not know the address of what a device did not answer, and says 0 */
	if (w && info->si_code > 0 && (!info->si_addr || (uintptr_t)info->si_addr - w->base < w->len))
		siglongjmp(w->back, 1);
	signal(sig, SIG_DFL);           /* not ours: die of it, now or when the access is made again */
	if (info->si_code <= 0)
		raise(sig);
}

int guard_call(void (*touch)(void *), void *arg, const void *base, size_t len)
{
	static atomic_bool installed;
	struct watched w = {.base = (uintptr_t)base, .len = len};

	if (!installed) {
		/* SA_NODEFER, so that leaving by siglongjmp needs no system call to restore the mask */
		struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER};

		sigemptyset(&action.sa_mask);
		sigaction(SIGBUS, &action, NULL);
		installed = true;
	}
	if (sigsetjmp(w.back, 0)) {
		watched = NULL;
		errno = EFAULT;
		return -1;
	}
	watched = &w;
	touch(arg);
	watched = NULL;
	return 0;
}

struct copying {
	void *to;
	const void *from;
	size_t n;
};

static void copy(void *arg)
{
	struct copying *c = arg;

	memcpy(c->to, c->from, c->n);
}

int guard_copy(void *to, const void *from, size_t n, const void *base, size_t len)
{
	return guard_call(copy, &(struct copying){to, from, n}, base, len);
}
