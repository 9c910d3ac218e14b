/* Reading: a word, a range, a block, a field. */
#include "act.h"

#include <inttypes.h>

#include "out.h"

enum { LINE = 16 /* bytes in a line of a dump */ };

int act_read(struct act *a)
{
	struct cell c = target_cell(&a->request->target, 0);
	uint64_t value;

	if (!act_get(a, &c, &value))
		return TROUBLE;
	act_print(a, &c, value);
	act_hint(a, &c, value);
	return 0;
}

/* Lines with an address each. */
int act_dump(struct act *a)
{
	const struct target *t = &a->request->target;
	const unsigned in_line = LINE / t->bytes;
	uint64_t n = target_count(t), value = 0, all = UINT64_MAX;
	struct cell first = target_cell(t, 0);
	int status = 0;

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(t, i);
		int lacks = act_get_of_many(a, &c, &value);

		if (lacks == TROUBLE)
			return TROUBLE;
		status |= lacks;
		all &= lacks ? 0 : value;
		if (a->request->json) {
			cell_json(&c, NULL, !lacks, value);
			continue;
		}
		if (i % in_line == 0)
			out_printf("%s0x%08" PRIx64 ":", i ? "\n" : "", c.address);
		out_text(" ");
		if (lacks)
			cell_print_lack(c.bytes);
		else
			out_printf("%0*" PRIX64, 2 * (int)c.bytes, value);
	}
	if (!a->request->json)
		out_text("\n");
	act_hint(a, &first, all);
	return status;
}

int act_raw(struct act *a)
{
	uint64_t n = target_count(&a->request->target), value;
	char word[8];

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(&a->request->target, i);

		if (!act_get(a, &c, &value))
			return TROUBLE;
		access_encode(value, c.bytes, word);
		out_write(word, c.bytes);
	}
	return 0;
}

/* The registers of the block that may be read, the others by name. */
int act_block(struct act *a)
{
	uint64_t n = target_count(&a->request->target), value = 0;
	int status = 0;

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(&a->request->target, i);
		bool readable = regs_readable(c.reg);
		int lacks = readable ? act_get_of_many(a, &c, &value) : 0;

		if (lacks == TROUBLE)
			return TROUBLE;
		status |= lacks;
		if (a->request->json)
			cell_json(&c, NULL, readable && !lacks, value);
		else
			cell_print_register(&c, readable && !lacks, value);
	}
	return status;
}

int act_field(struct act *a)
{
	const struct request *r = a->request;
	struct cell c = target_cell(&r->target, 0);
	const char *word;
	uint64_t value;

	if (!act_get(a, &c, &value))
		return TROUBLE;
	act_hint(a, &c, value);
	value = (value & r->mask) >> r->low;
	word = r->target.field ? regs_word_of(r->target.field, value) : NULL;
	if (r->json)
		cell_json_field(&c, r->high, r->low, value);
	else
		out_printf("0x%" PRIX64 "%s%s\n", value, word ? " " : "", word ? word : "");
	return 0;
}
