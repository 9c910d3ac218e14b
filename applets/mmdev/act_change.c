/* Writing: values, and bits of a word. */
#include "act.h"

/* The values to successive words, or one value to all words of the range; none, when one of them cannot be reached. */
int act_write(struct act *a)
{
	const struct request *r = a->request;
	uint64_t n = r->target.len ? target_count(&r->target) : r->n_values;
	int status = 0;

	for (uint64_t i = 0; i < n && n > 1; i++) {
		struct cell c = target_cell(&r->target, i);

		if (!device_reach(&a->device, c.address, c.bytes)) {
			device_explain(&a->device, c.address);
			return TROUBLE;
		}
	}
	for (uint64_t i = 0; i < n && status != TROUBLE; i++) {
		struct cell c = target_cell(&r->target, i);
		int one = act_put(a, &c, request_value(r, i));

		status = one ? one : status;
	}
	return status;
}

/* One read and one write, whatever the bits are; old and new are printed. Of bits that a 1 clears, those that were
 * not asked for are written as 0. */
int act_change(struct act *a)
{
	const struct request *r = a->request;
	struct cell c = target_cell(&r->target, 0);
	uint64_t old, kept, new;
	int status;

	if (!act_get(a, &c, &old))
		return TROUBLE;
	act_hint(a, &c, old);
	kept = c.reg ? old & ~c.reg->w1c : old;
	new = ((kept & ~r->off) | r->on) ^ r->over;
	status = act_put(a, &c, new);
	if (status == TROUBLE)
		return TROUBLE;
	if (r->json)
		cell_json_change(&c, old, new);
	else
		cell_print_change(c.bytes, old, true, new);
	return status;
}
