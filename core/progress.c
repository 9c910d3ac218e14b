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
static uint64_t started, last;              /* in milliseconds */
static atomic_bool asked;
static atomic_flag drawing = ATOMIC_FLAG_INIT;  /* one thread draws, the others go on */

static void on_usr1(int sig)
{
	(void)sig;
	asked = true;
}

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* a * b / c; about that where the product would exceed 64 bits. */
static uint64_t scaled(uint64_t a, unsigned b, uint64_t c)
{
	return a <= UINT64_MAX / b ? a * b / c : a / (c / b + 1);
}

static void draw(const char *start, const char *end)
{
	uint64_t done = (uint64_t)done_high << 32 | done_low;
	char bytes[NUM_HUMAN], total[NUM_HUMAN], rate[NUM_HUMAN], of[2 * NUM_HUMAN] = "", left[40] = "";
	uint64_t speed = scaled(done, 1000, clock_ms() - started + 1);

	if (expected)
		fmt_text(of, sizeof of, " of %s, %u %%", num_human(expected, total),
		         (unsigned)(done >= expected ? 100 : scaled(done, 100, expected)));
	if (expected > done && speed) {
		unsigned long long seconds = (expected - done) / speed;

		fmt_text(left, sizeof left, ", %llu:%02llu left", seconds / 60, seconds % 60);
	}
	msg_raw("%s%s: %s%s, %s/s%s%s", start, msg_program, num_human(done, bytes), of, num_human(speed, rate), left, end);
}

/* Prints the line that SIGUSR1 has asked for. */
static void answer(void)
{
	if (atomic_exchange(&asked, false))
		draw(drawn ? "\n" : "", "\n");
}

void progress_start(enum progress_when when, uint64_t total)
{
	/* no SA_RESTART: whatever we wait for is interrupted, so that the answer comes at once */
	struct sigaction action = {.sa_handler = on_usr1};

	drawn = when == PROGRESS_ALWAYS || (when == PROGRESS_AUTO && isatty(STDERR_FILENO));
	expected = total;
	started = last = clock_ms();
	os_on_interrupt = answer;
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
}

void progress_add(size_t bytes)
{
	uint32_t low = (uint32_t)bytes, before = atomic_fetch_add(&done_low, low);

	atomic_fetch_add(&done_high, (uint32_t)((uint64_t)bytes >> 32) + (before + low < before));
	answer();
	if (!drawn)
		return;
	if (atomic_flag_test_and_set(&drawing))
		return;
	if (clock_ms() - last >= 200) {
		last = clock_ms();
		draw("\r", "\033[K");
	}
	atomic_flag_clear(&drawing);
}

void progress_end(void)
{
	if (drawn)
		draw("\r", "\033[K\n");
	answer();
}
