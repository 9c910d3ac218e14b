/* Reading a word again and again: until it is as wanted, or to show each change. */
#include "act.h"

#include "await.h"
#include "out.h"
#include "when.h"

/* Until the next look. */
static void pause_for(const struct act *a, int64_t left)
{
	await_pause(a->request->interval_ns < left ? a->request->interval_ns : left);
}

int act_wait(struct act *a)
{
	const struct request *r = a->request;
	struct cell c = target_cell(&r->target, 0);
	int64_t end = await_moment(r->timeout_ns), left;
	uint64_t value;

	for (;;) {
		left = await_left(end);
		if (!act_get(a, &c, &value))
			return TROUBLE;
		if ((value & r->mask) == r->wanted || left == 0)
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
	int64_t end = await_moment(a->request->timeout_ns), left;
	uint64_t before = 0, value;

	for (bool first = true; !out_error(); first = false) {
		left = await_left(end);
		if (!act_get(a, &c, &value))
			return TROUBLE;
		if (first || ((value ^ before) & a->request->mask))
			print_moment(a, &c, value);
		if (first)
			act_hint(a, &c, value);
		before = value;
		if (left == 0)
			break;
		pause_for(a, left);
	}
	return 0;
}
