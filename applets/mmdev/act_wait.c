/* Reading a word again and again: until it is as wanted, or to show each change. */
#include "act.h"

#include <time.h>

#include "await.h"
#include "out.h"
#include "when.h"

/* Nanoseconds until --timeout is over. */
static int64_t left_of(const struct act *a, int64_t start)
{
	int64_t timeout = a->request->timeout_ns;

	return timeout == INT64_MAX ? INT64_MAX : timeout - (await_now() - start);
}

/* Until the next look. */
static void pause_for(const struct act *a, int64_t left)
{
	int64_t ns = a->request->interval_ns < left ? a->request->interval_ns : left;

	nanosleep(&(struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)}, NULL);
}

int act_wait(struct act *a)
{
	const struct request *r = a->request;
	struct cell c = target_cell(&r->target, 0);
	int64_t start = await_now(), left;
	uint64_t value;

	for (;;) {
		left = left_of(a, start);
		if (!act_get(a, &c, &value))
			return TROUBLE;
		if ((value & r->mask) == r->wanted || left <= 0)
			break;
		pause_for(a, left);
	}
	act_print(a, &c, value);
	act_hint(a, &c, value);
	return (value & r->mask) == r->wanted ? 0 : NO;
}

static void print_moment(const struct act *a, const struct cell *c, uint64_t value)
{
	char text[WHEN_TEXT];

	when_text(when_now(), false, text);
	if (a->request->json)
		cell_json(c, text, true, value);
	else {
		out_printf("%s ", text);
		act_print(a, c, value);
	}
	out_flush();
}

int act_watch(struct act *a)
{
	struct cell c = target_cell(&a->request->target, 0);
	int64_t start = await_now(), left;
	uint64_t before = 0, value;

	for (bool first = true; !out_error(); first = false) {
		left = left_of(a, start);
		if (!act_get(a, &c, &value))
			return TROUBLE;
		if (first || ((value ^ before) & a->request->mask))
			print_moment(a, &c, value);
		if (first)
			act_hint(a, &c, value);
		before = value;
		if (left <= 0)
			break;
		pause_for(a, left);
	}
	return 0;
}
