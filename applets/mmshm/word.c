#include "word.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "mmshm.h"
#include "msg.h"
#include "num.h"
#include "os.h"

/* A call on the mapped word, for guard_call. */
struct task {
	const struct word *word;
	enum word_op op;
	uint64_t value, expected, before;
};

uint64_t word_after(const struct word *w, enum word_op op, uint64_t value, uint64_t expected, uint64_t before)
{
	uint64_t after = before;

	switch (op) {
	case WORD_GET: break;
	case WORD_SET: after = value; break;
	case WORD_ADD: after = before + value; break;
	case WORD_OR: after = before | value; break;
	case WORD_AND: after = before & value; break;
	case WORD_CAS: after = before == expected ? value : before; break;
	}
	return w->bits == 32 ? (uint32_t)after : after;
}

#define DO(type, p, t) \
	do { \
		type expected = (type)(t)->expected, value = (type)(t)->value; \
		switch ((t)->op) { \
		case WORD_GET: (t)->before = atomic_load(p); break; \
		case WORD_SET: (t)->before = atomic_exchange(p, value); break; \
		case WORD_ADD: (t)->before = atomic_fetch_add(p, value); break; \
		case WORD_OR: (t)->before = atomic_fetch_or(p, value); break; \
		case WORD_AND: (t)->before = atomic_fetch_and(p, value); break; \
		case WORD_CAS: \
			atomic_compare_exchange_strong(p, &expected, value); \
			(t)->before = expected; \
			break; \
		} \
	} while (0)

static void do_32(void *arg)
{
	struct task *t = arg;
	_Atomic uint32_t *p = (_Atomic uint32_t *)(void *)t->word->view.at;

	DO(uint32_t, p, t);
}

#if ATOMIC_LLONG_LOCK_FREE == 2
enum { NEEDS_LOCK = 0 };

static void do_64(void *arg)
{
	struct task *t = arg;
	_Atomic uint64_t *p = (_Atomic uint64_t *)(void *)t->word->view.at;

	DO(uint64_t, p, t);
}
#else
enum { NEEDS_LOCK = 1 };

/* Under the lock. */
static void do_64(void *arg)
{
	struct task *t = arg;
	uint64_t after;

	memcpy(&t->before, t->word->view.at, sizeof t->before);
	after = word_after(t->word, t->op, t->value, t->expected, t->before);
	if (after != t->before)
		memcpy(t->word->view.at, &after, sizeof after);
}
#endif

bool word_open(struct word *w, struct region *region, off_t off, unsigned bits)
{
	*w = (struct word){.region = region, .off = off, .bits = bits};
	if (!shm_holds(region, off, bits / 8))
		return false;
	if (region_map(region, &w->view, off, bits / 8))
		return true;
	msg_warn_errno("%s: cannot map", msg_name(region->name));
	return false;
}

const void *word_low_half(const struct word *w)
{
	const uint16_t one = 1;
	bool big_endian = !*(const unsigned char *)&one;

	return w->view.at + (w->bits == 64 && big_endian ? 4 : 0);
}

/* One try, and a second one when only a block was missing. -1 with errno. */
static int touch(struct task *t, struct word *w)
{
	size_t len = w->bits / 8;
	uint32_t narrow = 0;
	void *to = len == 8 ? (void *)&t->before : (void *)&narrow;

	for (int tries = 0; tries < 2; tries++) {
		if (guard_call(len == 8 ? do_64 : do_32, t, w->view.base, w->view.len) == 0)
			return 0;
		/* a hole that no block can be had for faults, too; read without the mapping it is zeros */
		if (t->op == WORD_GET && pread(w->region->fd, to, len, w->off) == (ssize_t)len) {
			t->before = len == 8 ? t->before : narrow;
			return 0;
		}
		if (!region_mend(w->region, w->off, len))
			return -1;
	}
	errno = EIO;
	return -1;
}

bool word_do(struct word *w, enum word_op op, uint64_t value, uint64_t expected, uint64_t *before)
{
	struct task t = {.word = w, .op = op, .value = value, .expected = expected};
	const struct region *r = w->region;
	bool locked = NEEDS_LOCK && w->bits == 64;
	int failed;

	while (locked && !region_lock(r, w->off, true))
		if (!os_interrupted()) {
			msg_warn_errno("%s: cannot lock", msg_name(r->name));
			return false;
		}
	failed = touch(&t, w);
	if (locked)
		region_unlock(r, w->off);
	if (failed) {
		if (errno != ERANGE || shm_holds(w->region, w->off, w->bits / 8))
			msg_warn_errno("%s: cannot access offset %lld", msg_name(r->name), (long long)w->off);
		return false;
	}
	if (op != WORD_GET && word_after(w, op, value, expected, t.before) != t.before)
		os_wake(word_low_half(w), INT_MAX);
	*before = t.before;
	return true;
}

off_t word_parse_off(const char *text, unsigned *bits)
{
	const char *colon = strchr(text, ':');
	char off[64];
	uint64_t value;
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	*bits = 32;
	if (len >= sizeof off)
		len = 0;        /* nothing that long is one */
	memcpy(off, text, len);
	off[len] = '\0';
	if (num_size(off, (uint64_t)NUM_OFF_MAX, &value) < 0)
		opt_misuse("invalid offset %s: bytes, as in 8, 0x40 or 8:64", msg_quote(text));
	if (colon && strcmp(colon, ":64") == 0)
		*bits = 64;
	else if (colon && strcmp(colon, ":32") != 0)
		opt_misuse("invalid width %s: a word has 32 or 64 bits", msg_quote(colon + 1));
	if (value % (*bits / 8))
		opt_misuse("offset %s is not a multiple of %u bytes", msg_quote(text), *bits / 8);
	return (off_t)value;
}

uint64_t word_parse_value(const char *text, unsigned bits)
{
	bool negative = *text == '-';
	uint64_t most = bits == 64 ? UINT64_MAX : UINT32_MAX, value;

	if (negative)
		most = most / 2 + 1;
	if (num_size(text + negative, UINT64_MAX, &value) < 0) {
		if (errno != ERANGE)
			opt_misuse("invalid value %s: a number, as in 42, -1 or 0x2A", msg_quote(text));
		value = UINT64_MAX;
		most = 0;
	}
	if (value > most)
		opt_misuse("value %s does not fit %u bits%s", msg_quote(text), bits,
		           bits == 32 && most ? "; an offset OFF:64 has more" : "");
	if (negative)
		value = 0 - value;
	return bits == 64 ? value : (uint32_t)value;
}

const struct opt_choice word_relations[] = {
	{"eq", WORD_EQ}, {"ne", WORD_NE}, {"lt", WORD_LT}, {"le", WORD_LE}, {"gt", WORD_GT}, {"ge", WORD_GE}, {0},
};

bool word_compares(uint64_t a, enum word_relation relation, uint64_t b, unsigned bits, bool is_signed)
{
	int order;

	if (is_signed && bits == 32)
		order = ((int32_t)a > (int32_t)b) - ((int32_t)a < (int32_t)b);
	else if (is_signed)
		order = ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
	else
		order = (a > b) - (a < b);
	switch (relation) {
	case WORD_EQ: return order == 0;
	case WORD_NE: return order != 0;
	case WORD_LT: return order < 0;
	case WORD_LE: return order <= 0;
	case WORD_GT: return order > 0;
	case WORD_GE: break;
	}
	return order >= 0;
}
