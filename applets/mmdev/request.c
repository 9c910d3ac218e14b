#include "request.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "os.h"
#include "pieces.h"
#include "text.h"

enum { TROUBLE = 2, INTERVAL = 10000000 /* ns between two looks */ };

const char request_all_bits[] = "";

bool request_writes(const struct request *r)
{
	return r->action == REQUEST_WRITE || r->action == REQUEST_CHANGE;
}

uint64_t request_value(const struct request *r, uint64_t i)
{
	unsigned bytes = r->target.bytes;

	return r->from ? access_decode(r->bytes + i * bytes, bytes) : r->values[r->fill ? 0 : i];
}

static bool sets_bits(const struct request *r)
{
	return r->set || r->clear || r->toggle;
}

/* ---- operands and options ---- */

/* Room for values; the program ends without it. */
static void expect_values(struct request *r, size_t n)
{
	r->values = malloc(n * sizeof *r->values);
	if (!r->values)
		msg_no_memory(TROUBLE);
}

static uint64_t field_value(const struct request *r, const char *text, const char *name)
{
	const struct regs_field *f = r->target.field;
	uint64_t value, max = r->mask >> r->low;
	char words[200] = "";
	size_t len = 0;

	if ((f && regs_value_of(f, text, &value)) || num_value(text, max, &value) == 0)
		return value << r->low;
	for (size_t i = 0; f && i < f->n_words && len < sizeof words - 1; i++)
		len += (size_t)fmt_text(words + len, sizeof words - len, "%s, ", f->words[i].name);
	if (!len) {
		fmt_text(words, sizeof words, " for %.150s", msg_quote(name));
		target_refuse("value", text, words, max);
	}
	opt_misuse("invalid value %s for %s: %sor a number up to 0x%" PRIX64, msg_quote(text), msg_quote(name),
	           len < sizeof words ? words : "one of its words, ", max);
}

/* Bits of a field that are to be changed. */
static void set_field(struct request *r, const char *value, const char *name)
{
	r->off = r->mask;
	r->on = field_value(r, value, name);
	r->sets_field = true;
}

/* NAME or NAME=VALUE, from --regs. */
static void parse_name(struct request *r, const char *text)
{
	struct target *t = &r->target;
	char *name;
	const char *value = pieces_split(text, strchr(text, '='), &name);

	if (!r->regs)
		opt_misuse("invalid address %s: a number as in 0x48004000, or a name with --regs", msg_quote(text));
	target_parse_name(t, name, &r->names, r->regs);
	if (t->field) {
		r->mask = regs_mask(t->field);
		r->high = t->field->high;
		r->low = t->field->low;
	}
	if (target_is_block(t) && value)
		opt_misuse("%s is a block, which takes no value", msg_quote(name));
	if (t->field && value)
		set_field(r, value, name);
	else if (value) {
		expect_values(r, 1);
		r->values[r->n_values++] = target_value(t, value, "value");
	}
	free(name);
}

static void parse_operands(struct request *r, int argc, char **argv)
{
	size_t n = argc > 2 ? (size_t)argc - 2 : 0;

	if (argc == 0 && !r->diff)
		opt_misuse("missing address: ADDRESS[+LEN], or a NAME of --regs");
	if (argc == 0) {
		r->target.snapshot = &r->snapshot;
		return;
	}
	if (*argv[0] < '0' || *argv[0] > '9') {
		parse_name(r, argv[0]);
		if (argc > 1)
			opt_misuse("extra operand %s: a name has its width, and takes its value as NAME=VALUE", msg_quote(argv[1]));
		return;
	}
	target_parse_address(&r->target, argv[0]);
	if (argc > 1)
		target_parse_width(&r->target, argv[1]);
	if (n)
		expect_values(r, n);
	for (; r->n_values < n; r->n_values++)
		r->values[r->n_values] = target_value(&r->target, argv[2 + r->n_values], "value");
}

/* Names, each of which is looked up before any is printed. */
static void parse_list(struct request *r, char **names)
{
	struct target t = TARGET_INIT;

	if (!r->regs)
		opt_misuse("--list prints the names of --regs=FILE");
	r->listed = names;
	for (; *names; names++)
		target_parse_name(&t, *names, &r->names, r->regs);
}

/* HI:LO or a single bit, perhaps with =VALUE. */
static void parse_field(struct request *r, const char *text)
{
	char *bits, *colon;
	const char *value = pieces_split(text, strchr(text, '='), &bits);
	uint64_t hi = 0, lo = 0, top = 8 * r->target.bytes - 1;

	colon = strchr(bits, ':');
	if (colon)
		*colon = '\0';
	if (num_value(bits, top, &hi) < 0 || (colon && num_value(colon + 1, hi, &lo) < 0))
		opt_misuse("invalid field %s of %u bits: the highest bit, a colon, the lowest", msg_quote(text),
		           8 * r->target.bytes);
	r->high = (unsigned)hi;
	r->low = (unsigned)(colon ? lo : hi);
	r->mask = UINT64_MAX >> (63 - hi + r->low) << r->low;
	if (value)
		set_field(r, value, text);
	free(bits);
}

/* MASK=VALUE, or the VALUE of the field that is the target. */
static void parse_condition(struct request *r, const char *text)
{
	struct target *t = &r->target;
	char *bits;
	const char *value = pieces_split(text, strchr(text, '='), &bits);

	if (t->field && !value)
		r->wanted = field_value(r, text, t->field->name);
	else if (!value || t->field)
		opt_misuse("invalid condition %s: %s", msg_quote(text), t->field ? "the value of the field" : "as in MASK=VALUE");
	else {
		r->mask = target_value(t, bits, "mask");
		r->wanted = target_value(t, value, "value");
	}
	if (r->wanted & ~r->mask)
		opt_misuse("the condition %s can never come true", msg_quote(text));
	free(bits);
}

static void parse_bits(struct request *r)
{
	if (!sets_bits(r))
		return;
	r->on = r->set ? target_value(&r->target, r->set, "mask") : 0;
	r->off = r->clear ? target_value(&r->target, r->clear, "mask") : 0;
	r->over = r->toggle ? target_value(&r->target, r->toggle, "mask") : 0;
	if ((r->on & r->off) || (r->on & r->over) || (r->off & r->over))
		opt_misuse("a bit is to be set, cleared or toggled, and not two of these");
}

/* What the options say, now that the width is known. */
static void parse_options(struct request *r)
{
	struct target *t = &r->target;

	parse_bits(r);
	/* bits that a 1 clears do not read as they were written */
	r->verified = r->verify && r->verify != request_all_bits ? target_value(t, r->verify, "mask") :
	              t->reg ? ~t->reg->w1c : UINT64_MAX;
	if (r->verify && !(r->verified & cell_ones(t->bytes)))
		opt_misuse("--verify has no bits to compare");
	if (r->watch && !t->field)
		r->mask = UINT64_MAX;
	if (r->field)
		parse_field(r, r->field);
	if (r->wait)
		parse_condition(r, r->wait);
}

/* ---- what is to be done ---- */

/* What the option table cannot know to exclude: a VALUE is an operand. */
static void check_value(const struct request *r)
{
	bool by_name = r->sets_field && r->target.field;

	if ((r->n_values || by_name) &&
	    (r->from || sets_bits(r) || r->field || r->wait || r->watch || r->raw || r->save || r->diff))
		opt_misuse("a VALUE is written, so nothing else is done: no --from, --set and the like, --field, --wait, --watch, "
		           "--raw, --save or --diff");
}

static void choose_action(struct request *r)
{
	const struct target *t = &r->target;

	if (r->sets_field && t->reg && t->reg->access == REGS_W1C) {
		/* where a 1 clears, the field can be written alone: the other bits are 0 */
		expect_values(r, 1);
		r->values[r->n_values++] = r->on;
	}
	r->action = r->n_values || r->from ? REQUEST_WRITE :
	            sets_bits(r) || r->sets_field ? REQUEST_CHANGE :
	            r->wait ? REQUEST_WAIT :
	            r->watch ? REQUEST_WATCH :
	            r->save ? REQUEST_SAVE :
	            r->diff ? REQUEST_DIFF :
	            r->list ? REQUEST_LIST :
	            r->raw ? REQUEST_RAW :
	            r->field || t->field ? REQUEST_FIELD :
	            target_is_block(t) ? REQUEST_BLOCK :
	            t->len ? REQUEST_DUMP : REQUEST_READ;
}

static void check_combination(struct request *r)
{
	if (r->uio && r->no_mmap)
		opt_misuse("--no-mmap with --uio: reading such a device waits for interrupts");
	if (r->verify && !request_writes(r))
		opt_misuse("--verify without anything to write");
	if ((r->timeout_ns != INT64_MAX || r->interval_ns >= 0) && !r->wait && !r->watch)
		opt_misuse("--timeout and --interval are for --wait and --watch");
	if (r->interval_ns < 0)
		r->interval_ns = INTERVAL;
	if (r->fill && (r->n_values != 1 || !r->target.len))
		opt_misuse("--fill takes ADDRESS+LEN, a width and one VALUE");
}

/* What is done with what was named. */
static void check_target(const struct request *r)
{
	const struct target *t = &r->target;

	if (!target_is_single(t) && (sets_bits(r) || r->field || r->wait || r->watch))
		opt_misuse("--set and the like, --field, --wait and --watch take a single word");
	if (target_is_block(t) && (r->raw || r->from))
		opt_misuse("a block is printed, saved or compared");
	if (t->field && (r->field || r->from || r->raw || r->save || r->diff || sets_bits(r)))
		opt_misuse("a field is read, written, waited for or watched");
	if (t->bytes > ACCESS_WIDEST && !r->no_mmap)
		opt_misuse("this machine has no single access of %u bits", 8 * t->bytes);
	if (t->len % t->bytes)
		opt_misuse("0x%" PRIx64 " bytes are not words of %u bits", t->len, 8 * t->bytes);
	if (t->len && r->n_values && !r->fill && r->n_values != target_count(t))
		opt_misuse("not as many values (%zu) as words (%" PRIu64 "); --fill writes one to all", r->n_values, target_count(t));
}

/* What the registers are for, as far as --regs says. */
static void check_register(const struct request *r)
{
	const struct regs_register *reg = r->target.reg;

	if (!reg)
		return;
	if (reg->access == REGS_RO && request_writes(r))
		opt_misuse("%s is read-only", reg->name);
	if (reg->access == REGS_RC && (r->save || r->diff))
		opt_misuse("%s is neither saved nor compared, since reading clears it", reg->name);
	if (reg->access == REGS_WO && (r->action != REQUEST_WRITE || r->verify))
		opt_misuse("%s is write-only%s", reg->name, r->sets_field ?
		           ": a field cannot be changed alone" : "");
}

static void check_alignment(const struct request *r)
{
	uint64_t n = r->target.len ? 1 : target_count(&r->target);

	for (uint64_t i = 0; i < n && !r->unaligned; i++) {
		struct cell c = target_cell(&r->target, i);

		if (c.address % c.bytes)
			opt_misuse("address 0x%" PRIx64 " is not aligned to %u bits; --unaligned takes it nevertheless", c.address,
			           8 * c.bytes);
	}
}

/* Never more than what is asked for, and some: a device may have no end. */
static bool load_bytes(struct request *r)
{
	struct target *t = &r->target;
	uint64_t most = t->reg ? t->bytes : t->len ? t->len : SIZE_MAX;
	int fd = strcmp(r->from, "-") == 0 ? STDIN_FILENO : os_open(r->from, O_RDONLY, 0);

	if (fd >= 0)
		r->bytes = text_read(fd, most < SIZE_MAX ? (size_t)most : SIZE_MAX, &r->n_bytes);
	if (!r->bytes)
		return msg_warn_file(r->from);
	if (fd != STDIN_FILENO)
		close(fd);
	if (r->n_bytes > most)
		opt_misuse("%s: more than the %" PRIu64 " bytes of %s", msg_name(r->from), most,
		           t->reg ? t->reg->name : "ADDRESS+LEN");
	if (r->n_bytes == 0 || r->n_bytes % t->bytes || (t->len && r->n_bytes != t->len))
		opt_misuse("%s: %zu bytes are not %s", msg_name(r->from), r->n_bytes,
		           t->len ? "those of ADDRESS+LEN" : "words of that width");
	if (t->reg && r->n_bytes != t->bytes)
		opt_misuse("%s: %zu bytes are not those of %s", msg_name(r->from), r->n_bytes, t->reg->name);
	t->len = r->n_bytes;
	return true;
}

/* The words are read in the byte order in which they were saved, when that is known. */
static bool load_snapshot(struct request *r)
{
	if (!snapshot_load(&r->snapshot, r->diff))
		return false;
	if (r->order && r->snapshot.order && r->order != (int)r->snapshot.order)
		opt_misuse("%s: its words were saved as %s-endian", msg_name(r->diff), r->order == ACCESS_BIG ? "little" : "big");
	if (!r->order)
		r->order = (int)r->snapshot.order;
	return true;
}

bool request_settle(struct request *r, int argc, char **argv)
{
	if (r->regs && !regs_load(&r->names, r->regs))
		return false;
	if (r->list)
		parse_list(r, argv);
	else
		parse_operands(r, argc, argv);
	parse_options(r);
	check_value(r);
	choose_action(r);
	check_combination(r);
	check_target(r);
	check_register(r);
	if ((r->from && !load_bytes(r)) || (r->diff && !load_snapshot(r)))
		return false;
	check_alignment(r);
	return true;
}

void request_free(struct request *r)
{
	free(r->values);
	free(r->bytes);
}
