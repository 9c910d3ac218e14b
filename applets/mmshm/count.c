/* The verbs of words: one atomic operation of word.c each, waiting, and waking. */
#include "mmshm.h"

#include <inttypes.h>

#include "await.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"
#include "word.h"

static void print_word(const struct word *w, uint64_t value)
{
	if (shm_conf.quiet)
		return;
	if (shm_conf.hex)
		out_printf("0x%0*" PRIx64 "\n", (int)w->bits / 4, value);
	else if (shm_conf.is_signed)
		out_printf("%" PRId64 "\n", w->bits == 64 ? (int64_t)value : (int32_t)value);
	else
		out_printf("%" PRIu64 "\n", value);
}

/* One operation on NAME OFF [OLD] [VALUE]. What it left is printed; of a word that was compared, or with --old, what it
 * found. */
static int operate(int argc, char **argv, enum word_op op)
{
	struct region r = REGION_INIT;
	struct word w;
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	uint64_t want = op == WORD_CAS ? word_parse_value(argv[2], bits) : 0;
	uint64_t with = op == WORD_GET ? 0 : word_parse_value(argv[argc - 1], bits), before;
	int status = TROUBLE;

	if (!shm_open_region(&r, argv[0], op == WORD_GET ? REGION_READ : REGION_WRITE))
		return TROUBLE;
	if (word_open(&w, &r, off, bits) && word_do(&w, op, with, want, &before)) {
		print_word(&w, op == WORD_CAS || shm_conf.old ? before : word_after(&w, op, with, want, before));
		status = op == WORD_CAS && before != want ? NO : 0;
	}
	return status;
}

int shm_get(int argc, char **argv)
{
	return operate(argc, argv, WORD_GET);
}

int shm_set(int argc, char **argv)
{
	return operate(argc, argv, WORD_SET);
}

int shm_add(int argc, char **argv)
{
	return operate(argc, argv, WORD_ADD);
}

int shm_or(int argc, char **argv)
{
	return operate(argc, argv, WORD_OR);
}

int shm_and(int argc, char **argv)
{
	return operate(argc, argv, WORD_AND);
}

int shm_swap(int argc, char **argv)
{
	shm_conf.old = true;
	return operate(argc, argv, WORD_SET);
}

int shm_cas(int argc, char **argv)
{
	return operate(argc, argv, WORD_CAS);
}

int shm_wait(int argc, char **argv)
{
	struct region r = REGION_INIT;
	struct word w;
	struct await await = {0};
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	enum word_relation relation = (enum word_relation)opt_choice(word_relations, argv[2], "wait");
	uint64_t want = word_parse_value(argv[3], bits), value;
	int64_t end = await_moment(shm_conf.timeout_ns), left;
	int status = TROUBLE;

	(void)argc;
	if (!shm_open_region(&r, argv[0], REGION_READ))
		return TROUBLE;
	if (word_open(&w, &r, off, bits))
		while (word_do(&w, WORD_GET, 0, 0, &value)) {
			bool is_true = word_compares(value, relation, want, bits, shm_conf.is_signed);

			left = await_left(end);
			if (is_true || left == 0) {
				print_word(&w, value);
				status = is_true ? 0 : NO;
				break;
			}
			/* its pages stay when the file shrinks, so that only its size tells */
			if (!shm_holds(&r, off, bits / 8))
				break;
			await_change(&await, word_low_half(&w), (uint32_t)value, left);
		}
	return status;
}

int shm_wake(int argc, char **argv)
{
	struct region r = REGION_INIT;
	struct word w;
	unsigned bits;
	off_t off = word_parse_off(argv[1], &bits);
	uint64_t n = INT32_MAX;
	int woken = -1;

	if (argc > 2 && num_size(argv[2], INT32_MAX, &n) < 0)
		opt_misuse("invalid number %s: how many to wake", msg_quote(argv[2]));
	if (!shm_open_region(&r, argv[0], REGION_READ))
		return TROUBLE;
	if (word_open(&w, &r, off, bits)) {
		woken = os_wake(word_low_half(&w), (int)n);
		if (woken < 0)
			msg_warn_errno("%s: cannot wake", msg_name(argv[0]));
		else if (!shm_conf.quiet)
			out_printf("%d\n", woken);
	}
	return woken < 0 ? TROUBLE : 0;
}
