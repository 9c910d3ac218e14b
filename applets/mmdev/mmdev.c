/*
 * mmdev: read and write device registers, exactly as told.
 *
 * devmem as BusyBox has it, with what it lacks: every access is one load or store of the stated width (core/access), a
 * write never reads, numbers are taken strictly, and nothing is written when any argument is wrong. Registers are reached
 * through /dev/mem, any file or node, UIO and PCI (core/device).
 * Status 0 done, 1 no (time ran out, verification failed, a word could not be read), 2 trouble or usage.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "await.h"
#include "cell.h"
#include "device.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "out.h"
#include "regs.h"
#include "snapshot.h"
#include "target.h"
#include "text.h"
#include "when.h"

enum { NO = 1, TROUBLE = 2, LINE = 16 /* bytes in a line of a dump */, INTERVAL = 10000000 /* ns between two looks */ };

static struct conf {
	int no_sync, no_mmap, unaligned, raw, fill, watch, big, little, json;
	int64_t timeout_ns, interval_ns;
	const char *file, *uio, *pci, *regs, *from, *set, *clear, *toggle, *field, *verify, *wait, *save, *diff;
} conf = {.timeout_ns = INT64_MAX, .interval_ns = -1};

static const char all_bits[] = "";      /* --verify without a mask */

static const struct opt options[] = {
	{.letter = 'f', .name = "file", OPT_FILE(&conf.file), .arg = "FILE",
	 .help = "a file or device node instead of /dev/mem"},
	{.name = "uio", OPT_STRING(&conf.uio), .arg = "NAME[:MAP]",
	 .help = "a map of a UIO device, each by name or number; addresses count from its start"},
	{.name = "pci", OPT_STRING(&conf.pci), .arg = "DEVICE[:BAR]",
	 .help = "a BAR of a PCI device, as in 0000:00:04.0:2; addresses count from its start"},
	{.name = "regs", OPT_FILE(&conf.regs), .arg = "FILE",
	 .help = "names of registers and fields, to be used for ADDRESS"},
	{.name = "no-sync", OPT_FLAG(&conf.no_sync), .help = "open without O_SYNC, so perhaps cached"},
	{.name = "no-mmap", OPT_FLAG(&conf.no_mmap), .help = "pread and pwrite instead of a mapping"},
	{.name = "unaligned", OPT_FLAG(&conf.unaligned), .help = "take addresses that are not a multiple of the width"},
	{.name = "raw", OPT_FLAG(&conf.raw), .help = "the bytes as they lie there, not as text"},
	{.name = "fill", OPT_FLAG(&conf.fill), .help = "write VALUE to every word of ADDRESS+LEN"},
	{.name = "from", OPT_FILE(&conf.from), .arg = "FILE",
	 .help = "write the bytes of FILE, a word at a time; - for standard input"},
	{.name = "set", OPT_STRING(&conf.set), .arg = "MASK",
	 .help = "read, set these bits, write; old and new are printed"},
	{.name = "clear", OPT_STRING(&conf.clear), .arg = "MASK", .help = "read, clear these bits, write"},
	{.name = "toggle", OPT_STRING(&conf.toggle), .arg = "MASK", .help = "read, turn these bits over, write"},
	{.name = "field", OPT_STRING(&conf.field), .arg = "HI:LO[=VALUE]",
	 .help = "print bits HI to LO as a number, or read, change them, write"},
	{.name = "verify", OPT_STRING(&conf.verify), .arg = "MASK", .without = all_bits,
	 .help = "read back what was written and compare it, or the bits of MASK"},
	{.name = "wait", OPT_STRING(&conf.wait), .arg = "MASK=VALUE",
	 .help = "read until the bits of MASK are VALUE; the last word is printed"},
	{.name = "watch", OPT_FLAG(&conf.watch), .help = "print the word with the time, then each change"},
	{.name = "save", OPT_FILE(&conf.save), .arg = "FILE",
	 .help = "keep the words of ADDRESS+LEN or a block in FILE"},
	{.name = "diff", OPT_FILE(&conf.diff), .arg = "FILE",
	 .help = "print the words that are not as in FILE any more; all of it without ADDRESS"},
	{.name = "timeout", OPT_TIME(&conf.timeout_ns), .arg = "TIME",
	 .help = "with --wait and --watch: for so long, as in 200ms or 5s"},
	{.name = "interval", OPT_TIME(&conf.interval_ns), .arg = "TIME",
	 .help = "with --wait and --watch: read so often, every 10ms unless given"},
	{.name = "big", OPT_FLAG(&conf.big), .help = "words are big-endian"},
	{.name = "little", OPT_FLAG(&conf.little), .help = "words are little-endian"},
	{.name = "json", OPT_FLAG(&conf.json), .help = "print JSON, a line for each word"},
	OPT_END,
};

/* ---- what is asked for ---- */

static struct regs regs;
static struct target target = TARGET_INIT;
static bool has_target;
static struct snapshot snapshot;        /* of --diff, or for --save */
static struct device device;
static bool swaps;              /* the words are not in the machine's byte order */

/* What is written: values, or the bytes of --from. */
static uint64_t *values;
static char *from;
static size_t n_values, from_len;

/* What bits the options are about. */
static uint64_t set, clear, toggle, verified, mask, wanted;
static unsigned high, low;      /* of the field, its outer bits */
static bool sets_field;

static bool is_block(void)
{
	return target.block && !target.reg;
}

static bool is_single(void)
{
	return has_target && !target.len && !is_block();
}

/* The words one by one: those that were named, or all of the snapshot. */
static uint64_t n_cells(void)
{
	return has_target ? target_count(&target) : snapshot.n;
}

static struct cell cell_at(uint64_t i)
{
	if (has_target)
		return target_cell(&target, i);
	return (struct cell){.address = snapshot.words[i].address, .bytes = snapshot.words[i].bytes};
}

static bool sets_bits(void)
{
	return conf.set || conf.clear || conf.toggle;
}

static bool writes(void)
{
	return n_values || conf.from || sets_bits() || sets_field;
}

/* ---- one word ---- */

static uint64_t swap(uint64_t value, unsigned bytes)
{
	uint64_t swapped = 0;

	for (unsigned i = 0; i < bytes; i++)
		swapped = swapped << 8 | (value >> 8 * i & 0xFF);
	return swapped;
}

static bool get(const struct cell *c, uint64_t *value)
{
	if (!device_read(&device, c->address, c->bytes, value))
		return false;
	if (swaps)
		*value = swap(*value, c->bytes);
	return true;
}

static bool get_or_say(const struct cell *c, uint64_t *value)
{
	if (get(c, value))
		return true;
	out_flush();
	device_explain(&device, c->address);
	return false;
}

/* One of many words. Returns 0, or NO: it is lacking and the others may be there, or TROUBLE after a message, when not even the
 * first can be reached. */
static int get_of_many(const struct cell *c, uint64_t *value)
{
	static bool explained, tried;
	bool first = !tried;

	tried = true;
	if (get(c, value))
		return 0;
	if (device_lacks_word(errno) || explained)
		return NO;
	out_flush();
	device_explain(&device, c->address);
	explained = true;
	return first ? TROUBLE : NO;
}

static void print_word(const struct cell *c, uint64_t value)
{
	if (conf.json)
		cell_json(c, NULL, true, value);
	else {
		cell_print_value(c->bytes, value);
		out_text("\n");
	}
}

/* Words of ones of so few bits are nothing special. */
static void hint_ones(const struct cell *c, bool all_ones)
{
	if (!all_ones || c->bytes < 4)
		return;
	out_flush();
	device_hint_ones(&device, c->address);
}

/* Writes the word and, with --verify, reads it back. Returns 0, NO when it reads otherwise, TROUBLE after a message. */
static int put(const struct cell *c, uint64_t value)
{
	int digits = 2 * (int)c->bytes;
	uint64_t back;

	if (!device_write(&device, c->address, c->bytes, swaps ? swap(value, c->bytes) : value)) {
		device_explain(&device, c->address);
		return TROUBLE;
	}
	if (!conf.verify)
		return 0;
	if (!get_or_say(c, &back))
		return TROUBLE;
	if (((back ^ value) & verified) == 0)
		return 0;
	msg_warn("%s: 0x%" PRIx64 ": wrote 0x%0*" PRIX64 ", and it reads 0x%0*" PRIX64, msg_name(device.name), c->address, digits,
	         value, digits, back);
	return NO;
}

/* ---- reading ---- */

static int read_word(void)
{
	struct cell c = target_cell(&target, 0);
	uint64_t value;

	if (!get_or_say(&c, &value))
		return TROUBLE;
	print_word(&c, value);
	hint_ones(&c, value == cell_ones(c.bytes));
	return 0;
}

/* All words of the range in lines of an address each. */
static int dump(void)
{
	const unsigned in_line = LINE / target.bytes;
	uint64_t n = target_count(&target), value = 0;
	struct cell first = target_cell(&target, 0);
	bool all_ones = true;
	int status = 0;

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(&target, i);
		int lacks = get_of_many(&c, &value);

		if (lacks == TROUBLE)
			return TROUBLE;
		status |= lacks;
		all_ones = all_ones && !lacks && value == cell_ones(c.bytes);
		if (conf.json) {
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
	if (!conf.json)
		out_text("\n");
	hint_ones(&first, all_ones);
	return status;
}

static int dump_raw(void)
{
	uint64_t n = target_count(&target), value;
	char word[8];

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(&target, i);

		if (!get_or_say(&c, &value))
			return TROUBLE;
		access_encode(value, c.bytes, word);
		out_write(word, c.bytes);
	}
	return 0;
}

/* The registers of the block that may be read, the others by name. */
static int show_block(void)
{
	uint64_t n = target_count(&target), value = 0;
	int status = 0;

	for (uint64_t i = 0; i < n && !out_error(); i++) {
		struct cell c = target_cell(&target, i);
		bool readable = regs_readable(c.reg);
		int lacks = readable ? get_of_many(&c, &value) : 0;

		if (lacks == TROUBLE)
			return TROUBLE;
		status |= lacks;
		if (conf.json)
			cell_json(&c, NULL, readable && !lacks, value);
		else
			cell_print_register(&c, readable && !lacks, value);
	}
	return status;
}

static int read_field(void)
{
	struct cell c = target_cell(&target, 0);
	const char *word;
	uint64_t value;

	if (!get_or_say(&c, &value))
		return TROUBLE;
	hint_ones(&c, value == cell_ones(c.bytes));
	value = (value & mask) >> low;
	word = target.field ? regs_word_of(target.field, value) : NULL;
	if (conf.json)
		cell_json_field(&c, high, low, value);
	else
		out_printf("0x%" PRIX64 "%s%s\n", value, word ? " " : "", word ? word : "");
	return 0;
}

/* ---- snapshots ---- */

static int save(void)
{
	uint64_t n = target_count(&target), n_lacking = 0, value;

	if (device_is(&device, conf.save)) {
		msg_warn("%s: would replace what it is a snapshot of", msg_name(conf.save));
		return TROUBLE;
	}
	for (uint64_t i = 0; i < n; i++) {
		struct cell c = target_cell(&target, i);
		int lacks;

		if (c.reg && !regs_readable(c.reg))
			continue;
		lacks = get_of_many(&c, &value);
		if (lacks == TROUBLE)
			return TROUBLE;
		n_lacking += (uint64_t)lacks;
		if (!lacks)
			snapshot_add(&snapshot, (struct snapshot_word){c.address, value, c.bytes, c.reg ? c.reg->name : NULL});
	}
	if (snapshot.n == 0) {
		msg_warn("%s: not written, there is no word that may and can be read", msg_name(conf.save));
		return TROUBLE;
	}
	if (!snapshot_save(&snapshot, conf.save))
		return TROUBLE;
	if (n_lacking == 0)
		return 0;
	msg_warn("%s: lacks %" PRIu64 " words that could not be read", msg_name(conf.save), n_lacking);
	return NO;
}

/* Returns 0, NO when the word is not what it was, TROUBLE after a message. */
static int compare(const struct cell *c, uint64_t old)
{
	uint64_t value = 0;
	int lacks = get_of_many(c, &value);

	if (lacks == TROUBLE || (!lacks && value == old))
		return lacks;
	if (conf.json && lacks)
		cell_json(c, NULL, false, 0);
	else if (conf.json)
		cell_json_change(c, old, value);
	else {
		out_printf("%s%s0x%08" PRIx64 ": ", c->reg ? c->reg->name : "", c->reg ? " " : "", c->address);
		cell_print_change(c->bytes, old, !lacks, value);
	}
	return NO;
}

/* Compares what is both in the snapshot and asked for. */
static int diff(void)
{
	uint64_t n = n_cells(), n_compared = 0;
	int status = 0;

	for (uint64_t i = 0; i < n && status != TROUBLE && !out_error(); i++) {
		struct cell c = cell_at(i);
		const struct snapshot_word *old = snapshot_find(&snapshot, c.address, c.bytes);
		int differs;

		if (!old || (c.reg && !regs_readable(c.reg)))
			continue;
		n_compared++;
		differs = compare(&c, old->value);
		status = differs > status ? differs : status;
	}
	if (n_compared)
		return status;
	msg_warn("%s: has none of these words", msg_name(conf.diff));
	return TROUBLE;
}

/* ---- writing ---- */

/* The values to successive words, or one value to all words of the range; none, when one of them cannot be reached. */
static int write_values(void)
{
	uint64_t n = conf.fill ? target_count(&target) : conf.from ? from_len / target.bytes : n_values;
	int status = 0;

	for (uint64_t i = 0; i < n && n > 1; i++) {
		struct cell c = target_cell(&target, i);

		if (!device_reach(&device, c.address, c.bytes)) {
			device_explain(&device, c.address);
			return TROUBLE;
		}
	}
	for (uint64_t i = 0; i < n && status != TROUBLE; i++) {
		struct cell c = target_cell(&target, i);
		int one = put(&c, conf.from ? access_decode(from + i * c.bytes, c.bytes) : values[conf.fill ? 0 : i]);

		status = one ? one : status;
	}
	return status;
}

/* One read and one write, whatever the bits are; old and new are printed. Of bits that a 1 clears, those that were not asked for
 * are written as 0. */
static int change_bits(uint64_t off, uint64_t on, uint64_t over)
{
	struct cell c = target_cell(&target, 0);
	uint64_t old, kept, new;
	int status;

	if (!get_or_say(&c, &old))
		return TROUBLE;
	hint_ones(&c, old == cell_ones(c.bytes));
	kept = c.reg ? old & ~c.reg->w1c : old;
	new = ((kept & ~off) | on) ^ over;
	status = put(&c, new);
	if (status == TROUBLE)
		return TROUBLE;
	if (conf.json)
		cell_json_change(&c, old, new);
	else
		cell_print_change(c.bytes, old, true, new);
	return status;
}

static int write_field(void)
{
	struct cell c = target_cell(&target, 0);

	/* where a 1 clears, the field can be written alone: the other bits are 0 */
	if (c.reg && c.reg->access == REGS_W1C)
		return put(&c, wanted);
	return change_bits(mask, wanted, 0);
}

/* ---- waiting ---- */

static void pause_for(int64_t ns)
{
	nanosleep(&(struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)}, NULL);
}

/* Nanoseconds until --timeout is over. */
static int64_t left_of(int64_t start)
{
	return conf.timeout_ns == INT64_MAX ? INT64_MAX : conf.timeout_ns - (await_now() - start);
}

static int wait_for(void)
{
	struct cell c = target_cell(&target, 0);
	int64_t start = await_now(), left;
	uint64_t value;

	for (;;) {
		left = left_of(start);
		if (!get_or_say(&c, &value))
			return TROUBLE;
		if ((value & mask) == wanted || left <= 0)
			break;
		pause_for(conf.interval_ns < left ? conf.interval_ns : left);
	}
	print_word(&c, value);
	hint_ones(&c, value == cell_ones(c.bytes));
	return (value & mask) == wanted ? 0 : NO;
}

static void print_moment(const struct cell *c, uint64_t value)
{
	char text[WHEN_TEXT];

	when_text(when_now(), text);
	if (conf.json)
		cell_json(c, text, true, value);
	else {
		out_printf("%s ", text);
		print_word(c, value);
	}
	out_flush();
}

static int watch(void)
{
	struct cell c = target_cell(&target, 0);
	int64_t start = await_now(), left;
	uint64_t before = 0, value;

	for (bool first = true; !out_error(); first = false) {
		left = left_of(start);
		if (!get_or_say(&c, &value))
			return TROUBLE;
		if (first || ((value ^ before) & mask))
			print_moment(&c, value);
		if (first)
			hint_ones(&c, value == cell_ones(c.bytes));
		before = value;
		if (left <= 0)
			break;
		pause_for(conf.interval_ns < left ? conf.interval_ns : left);
	}
	return 0;
}

/* ---- the run ---- */

static void need_memory(const void *p)
{
	if (!p)
		msg_die(TROUBLE, "%s", msg_reason(ENOMEM));
}

static uint64_t field_value(const char *text, const char *name)
{
	uint64_t value;

	if (!(target.field && regs_value_of(target.field, text, &value)) && num_value(text, mask >> low, &value) < 0)
		opt_misuse("invalid value %s for %s", msg_quote(text), msg_quote(name));
	return value << low;
}

/* NAME or NAME=VALUE, from --regs. */
static void parse_name(const char *text)
{
	char *name;
	const char *value = target_split(text, &name);

	if (!conf.regs)
		opt_misuse("invalid address %s; a name takes --regs", msg_quote(text));
	target_parse_name(&target, name, &regs, conf.regs);
	if (target.field) {
		mask = regs_mask(target.field);
		high = target.field->high;
		low = target.field->low;
	}
	if (is_block() && value)
		opt_misuse("%s is a block, which takes no value", msg_quote(name));
	if (target.field && value) {
		sets_field = true;
		wanted = field_value(value, name);
	} else if (value) {
		need_memory(values = malloc(sizeof *values));
		values[n_values++] = target_value(&target, value, "value");
	}
	free(name);
}

static void parse_operands(int argc, char **argv)
{
	has_target = argc > 0;
	if (!has_target && conf.diff)
		return;
	if (!has_target)
		opt_misuse("missing address");
	if (*argv[0] < '0' || *argv[0] > '9') {
		parse_name(argv[0]);
		if (argc > 1)
			opt_misuse("extra operand %s: a name has its width, and takes its value as NAME=VALUE", msg_quote(argv[1]));
		return;
	}
	target_parse_address(&target, argv[0]);
	if (argc > 1)
		target_parse_width(&target, argv[1]);
	if (argc < 3)
		return;
	need_memory(values = malloc(((size_t)argc - 2) * sizeof *values));
	for (; n_values < (size_t)argc - 2; n_values++)
		values[n_values] = target_value(&target, argv[2 + n_values], "value");
}

/* HI:LO or a single bit, perhaps with =VALUE. */
static void parse_field(const char *text)
{
	char *bits, *colon;
	const char *value = target_split(text, &bits);
	uint64_t hi = 0, lo = 0, top = 8 * target.bytes - 1;

	colon = strchr(bits, ':');
	if (colon)
		*colon = '\0';
	if (num_value(bits, top, &hi) < 0 || (colon && num_value(colon + 1, hi, &lo) < 0))
		opt_misuse("invalid field %s of %u bits: the highest bit, a colon, the lowest", msg_quote(text), 8 * target.bytes);
	high = (unsigned)hi;
	low = (unsigned)(colon ? lo : hi);
	mask = UINT64_MAX >> (63 - hi + low) << low;
	sets_field = value;
	if (value)
		wanted = field_value(value, text);
	free(bits);
}

/* MASK=VALUE, or the VALUE of the field that is the target. */
static void parse_condition(const char *text)
{
	char *bits;
	const char *value = target_split(text, &bits);

	if (target.field && !value)
		wanted = field_value(text, target.field->name);
	else if (!value || target.field)
		opt_misuse("invalid condition %s: %s", msg_quote(text), target.field ? "the value of the field" : "as in MASK=VALUE");
	else {
		mask = target_value(&target, bits, "mask");
		wanted = target_value(&target, value, "value");
	}
	if (wanted & ~mask)
		opt_misuse("the condition %s can never come true", msg_quote(text));
	free(bits);
}

/* What the options say, now that the width is known. */
static void parse_options(void)
{
	set = conf.set ? target_value(&target, conf.set, "mask") : 0;
	clear = conf.clear ? target_value(&target, conf.clear, "mask") : 0;
	toggle = conf.toggle ? target_value(&target, conf.toggle, "mask") : 0;
	/* bits that a 1 clears do not read as they were written */
	verified = conf.verify && conf.verify != all_bits ? target_value(&target, conf.verify, "mask") :
	           target.reg ? ~target.reg->w1c : UINT64_MAX;
	if ((set & clear) || (set & toggle) || (clear & toggle))
		opt_misuse("a bit is to be set, cleared or toggled, and not two of these");
	if (conf.verify && !(verified & cell_ones(target.bytes)))
		opt_misuse("--verify has no bits to compare");
	if (conf.watch && !target.field)
		mask = UINT64_MAX;
	if (conf.field)
		parse_field(conf.field);
	if (conf.wait)
		parse_condition(conf.wait);
}

/* One thing at a time. */
static void check_combination(void)
{
	int actions = (n_values > 0) + (conf.from != NULL) + sets_bits() + (conf.field || sets_field) + (conf.wait != NULL) +
	              (conf.watch != 0) + (conf.raw != 0) + (conf.save != NULL) + (conf.diff != NULL);

	if ((conf.file != NULL) + (conf.uio != NULL) + (conf.pci != NULL) > 1)
		opt_misuse("--file, --uio and --pci exclude each other");
	if (conf.uio && conf.no_mmap)
		opt_misuse("--no-mmap with --uio: reading such a device waits for interrupts");
	if (conf.big && conf.little)
		opt_misuse("--big and --little exclude each other");
	if (actions > 1)
		opt_misuse("VALUE, --from, --set and the like, a field, --wait, --watch, --raw, --save and --diff exclude each other");
	if (conf.verify && !writes())
		opt_misuse("--verify without anything to write");
	if ((conf.raw || conf.from) && (conf.big || conf.little))
		opt_misuse("--raw and --from take the bytes as they are: without --big and --little");
	if (conf.raw && conf.json)
		opt_misuse("--raw and --json exclude each other");
	if ((conf.timeout_ns != INT64_MAX || conf.interval_ns >= 0) && !conf.wait && !conf.watch)
		opt_misuse("--timeout and --interval are for --wait and --watch");
	if (conf.interval_ns < 0)
		conf.interval_ns = INTERVAL;
	if (conf.fill && (n_values != 1 || !target.len))
		opt_misuse("--fill takes ADDRESS+LEN, a width and one VALUE");
}

/* What is done with what was named. */
static void check_target(void)
{
	if (!is_single() && (sets_bits() || conf.field || conf.wait || conf.watch))
		opt_misuse("--set and the like, --field, --wait and --watch take a single word");
	if (is_block() && (conf.raw || conf.from))
		opt_misuse("a block is printed, saved or compared");
	if (target.field && (conf.field || conf.from || conf.raw || conf.save || conf.diff || sets_bits()))
		opt_misuse("a field is read, written, waited for or watched");
	if (target.bytes > ACCESS_WIDEST && !conf.no_mmap)
		opt_misuse("this machine has no single access of %u bits", 8 * target.bytes);
	if (target.len % target.bytes)
		opt_misuse("0x%" PRIx64 " bytes are not words of %u bits", target.len, 8 * target.bytes);
	if (target.len && n_values && !conf.fill && n_values != target_count(&target))
		opt_misuse("not as many values (%zu) as words (%" PRIu64 "); --fill writes one to all", n_values, target_count(&target));
}

static void check_alignment(void)
{
	uint64_t n = target.len ? 1 : n_cells();

	for (uint64_t i = 0; i < n && !conf.unaligned; i++) {
		struct cell c = cell_at(i);

		if (c.address % c.bytes)
			opt_misuse("address 0x%" PRIx64 " is not aligned to %u bits; --unaligned takes it nevertheless", c.address,
			           8 * c.bytes);
	}
}

/* What the registers are for, as far as --regs says. */
static void check_register(void)
{
	const struct regs_register *reg = target.reg;
	bool alone = n_values || conf.from || (sets_field && reg && reg->access == REGS_W1C);   /* written without being read */

	if (reg && reg->access == REGS_RO && writes())
		opt_misuse("%s is read-only", reg->name);
	if (reg && reg->access == REGS_RC && (conf.save || conf.diff))
		opt_misuse("%s is neither saved nor compared, since reading clears it", reg->name);
	if (reg && reg->access == REGS_WO && (!alone || conf.verify))
		opt_misuse("%s is write-only%s", reg->name, sets_field ? ": a field cannot be changed alone" : "");
}

static void load_from(void)
{
	bool is_stdin = strcmp(conf.from, "-") == 0;

	from = is_stdin ? text_read(STDIN_FILENO, &from_len) : text_load(conf.from, &from_len);
	if (!from)
		msg_die(TROUBLE, "%s: %s", msg_name(conf.from), msg_reason(errno));
	if (from_len == 0 || from_len % target.bytes || (target.len && from_len != target.len))
		opt_misuse("%s: %zu bytes are not %s", msg_name(conf.from), from_len,
		           target.len ? "those of ADDRESS+LEN" : "words of that width");
	if (target.reg && from_len != target.bytes)
		opt_misuse("%s: %zu bytes are not those of %s", msg_name(conf.from), from_len, target.reg->name);
	target.len = from_len;
}

static bool open_device(void)
{
	struct device_how how = {.write = writes(), .sync = !conf.no_sync, .reads = conf.no_mmap};

	if (conf.uio)
		return device_open_uio(&device, conf.uio, how);
	if (conf.pci)
		return device_open_pci(&device, conf.pci, how);
	return device_open_file(&device, conf.file ? conf.file : "/dev/mem", how);
}

/* Whether the device has all the words; says why not. */
static bool is_within(void)
{
	if (has_target && !is_block())
		return device_holds(&device, target.address, target.len ? target.len : (n_values > 1 ? n_values : 1) * (uint64_t)target.bytes);
	for (uint64_t i = 0, n = n_cells(); i < n; i++) {
		struct cell c = cell_at(i);

		if (!device_holds(&device, c.address, c.bytes))
			return false;
	}
	return true;
}

static int act(void)
{
	if (n_values || conf.from)
		return write_values();
	if (sets_bits())
		return change_bits(clear, set, toggle);
	if (sets_field)
		return write_field();
	if (conf.wait)
		return wait_for();
	if (conf.watch)
		return watch();
	if (conf.save)
		return save();
	if (conf.diff)
		return diff();
	if (conf.raw)
		return dump_raw();
	if (conf.field || target.field)
		return read_field();
	if (is_block())
		return show_block();
	return target.len ? dump() : read_word();
}

static int run(int argc, char **argv)
{
	const uint16_t one = 1;
	int status = TROUBLE;

	if (conf.regs && !regs_load(&regs, conf.regs))
		return TROUBLE;
	parse_operands(argc, argv);
	parse_options();
	check_combination();
	check_target();
	check_register();
	swaps = *(const char *)&one ? conf.big : conf.little;
	if (conf.from)
		load_from();
	if (conf.diff && !snapshot_load(&snapshot, conf.diff))
		return TROUBLE;
	check_alignment();
	if (open_device() && is_within())
		status = act();
	device_close(&device);
	free(values);
	free(from);
	return status;
}

const struct applet mmdev_applet = {
	.name = "mmdev",
	.classic = "devmem",
	.summary = "read and write device registers",
	.usage = "[OPTION]... ADDRESS[+LEN] [WIDTH [VALUE]...]\n[OPTION]... --regs=FILE NAME[=VALUE]\n"
	         "[OPTION]... --diff=FILE [ADDRESS[+LEN] [WIDTH]]",
	.options = options,
	.run = run,
	.output_status = TROUBLE,
};
