#include "progress.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "os.h"

const struct opt_choice progress_words[] = {{"", PROGRESS_AUTO}, {"auto", PROGRESS_AUTO}, {"always", PROGRESS_ALWAYS},
                                            {"never", PROGRESS_NEVER}, {0}};

static bool drawn;
static uint64_t expected;
static atomic_uint done_low, done_high;     /* in halves: 64-bit atomics are not everywhere */
static struct timespec started, last;
static atomic_bool asked;
static atomic_flag drawing = ATOMIC_FLAG_INIT;  /* one thread draws, the others go on */

static void on_usr1(int sig)
{
	(void)sig;
	asked = true;
}

static double seconds_since(const struct timespec *then, const struct timespec *now)
{
	return (double)(now->tv_sec - then->tv_sec) + (double)(now->tv_nsec - then->tv_nsec) / 1e9;
}

static void draw(const char *start, const char *end, const struct timespec *now)
{
	uint64_t done = (uint64_t)done_high << 32 | done_low;
	char bytes[NUM_HUMAN], total[NUM_HUMAN], rate[NUM_HUMAN], of[2 * NUM_HUMAN] = "", left[40] = "";
	double time = seconds_since(&started, now);
	uint64_t speed = time > 0 ? (uint64_t)((double)done / time) : 0;

	if (expected)
		fmt_text(of, sizeof of, " of %s, %u %%", num_human(expected, total),
		         (unsigned)(done >= expected ? 100 : (double)done * 100 / (double)expected));
	if (expected > done && speed) {
		unsigned long long seconds = (expected - done) / speed;

		fmt_text(left, sizeof left, ", %llu:%02llu left", seconds / 60, seconds % 60);
	}
	msg_raw("%s%s: %s%s, %s/s%s%s", start, msg_program, num_human(done, bytes), of, num_human(speed, rate), left, end);
}

/* Prints the line that SIGUSR1 has asked for. */
static void answer(void)
{
	struct timespec now;

	if (!atomic_exchange(&asked, false))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	draw(drawn ? "\n" : "", "\n", &now);
}

void progress_start(enum progress_when when, uint64_t total)
{
	/* no SA_RESTART: whatever we wait for is interrupted, so that the answer comes at once */
	struct sigaction action = {.sa_handler = on_usr1};

	drawn = when == PROGRESS_ALWAYS || (when == PROGRESS_AUTO && isatty(STDERR_FILENO));
	expected = total;
	clock_gettime(CLOCK_MONOTONIC, &started);
	last = started;
	os_on_interrupt = answer;
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

void progress_add(size_t bytes)
{
	uint32_t low = (uint32_t)bytes, before = atomic_fetch_add(&done_low, low);
	struct timespec now;

	atomic_fetch_add(&done_high, (uint32_t)((uint64_t)bytes >> 32) + (before + low < before));
	answer();
	if (!drawn)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (atomic_flag_test_and_set(&drawing))
		return;
	if (seconds_since(&last, &now) >= 0.2) {
		last = now;
		draw("\r", "\033[K", &now);
	}
	atomic_flag_clear(&drawing);
}

void progress_end(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (drawn)
		draw("\r", "\033[K\n", &now);
	answer();
}
