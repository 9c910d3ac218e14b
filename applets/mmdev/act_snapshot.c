/* Keeping words in a snapshot, and comparing them with one. */
#include "act.h"

#include <inttypes.h>

#include "msg.h"
#include "out.h"

static bool is_readable(const struct cell *c)
{
	return !c->reg || regs_readable(c->reg);
}

/* All words that may be read, into the snapshot. Returns 0, NO when some could not be, TROUBLE after a message. */
static int collect(struct act *a, struct snapshot *s)
{
	const struct target *t = &a->request->target;
	const char *name = msg_name(a->request->save);
	uint64_t n = target_count(t), n_lacking = 0, value;

	for (uint64_t i = 0; i < n; i++) {
		struct cell c = target_cell(t, i);
		int lacks;

		if (!is_readable(&c))
			continue;
		lacks = act_get_of_many(a, &c, &value);
		if (lacks == TROUBLE)
			return TROUBLE;
		n_lacking += (uint64_t)lacks;
		if (!lacks)
			snapshot_add(s, (struct snapshot_word){c.address, value, c.bytes, c.reg ? c.reg->name : NULL});
	}
	if (s->n == 0) {
		msg_warn("%s: not written, there is no word that may and can be read", name);
		return TROUBLE;
	}
	if (n_lacking == 0)
		return 0;
	msg_warn("%s: lacks %" PRIu64 " words that could not be read", name, n_lacking);
	return NO;
}

int act_save(struct act *a)
{
	struct snapshot *s = &a->request->snapshot;
	const char *name = a->request->save;
	struct snapshot_file file;
	int status;

	if (!snapshot_begin(&file, name))
		return TROUBLE;
	if (file.save.exists && device_is(&a->device, &file.save.old)) {
		msg_warn_name(name, "would replace what it is a snapshot of");
		status = TROUBLE;
	} else {
		s->order = a->request->order ? (enum access_order)a->request->order : access_native();
		status = collect(a, s);
	}
	if (status == TROUBLE)
		snapshot_drop(&file);
	else if (!snapshot_end(&file, s))
		status = TROUBLE;
	return status;
}

/* Returns 0, NO when the word is not what it was, TROUBLE after a message. */
static int compare(struct act *a, const struct cell *c, uint64_t old)
{
	uint64_t value = 0;
	int lacks = act_get_of_many(a, c, &value);

	if (lacks == TROUBLE || (!lacks && value == old))
		return lacks;
	if (a->request->json && lacks)
		cell_json(c, NULL, false, 0);
	else if (a->request->json)
		cell_json_change(c, old, value);
	else {
		out_printf("%s%s0x%08" PRIx64 ": ", c->reg ? c->reg->name : "", c->reg ? " " : "", c->address);
		cell_print_change(c->bytes, old, !lacks, value);
	}
	return NO;
}

/* What is both in the snapshot and asked for. */
int act_diff(struct act *a)
{
	struct request *r = a->request;
	uint64_t n = target_count(&r->target), n_compared = 0;
	int status = 0;

	if (!r->target.snapshot)
		snapshot_index(&r->snapshot);
	for (uint64_t i = 0; i < n && status != TROUBLE && !out_error(); i++) {
		struct cell c = target_cell(&r->target, i);
		const struct snapshot_word *old = r->target.snapshot ? r->snapshot.words + i :
		                                  snapshot_find(&r->snapshot, c.address, c.bytes);
		int differs;

		if (!old || !is_readable(&c))
			continue;
		n_compared++;
		differs = compare(a, &c, old->value);
		status = differs > status ? differs : status;
	}
	if (n_compared)
		return status;
	msg_warn_name(r->diff, "has none of these words");
	return TROUBLE;
}
