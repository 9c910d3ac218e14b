#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "pieces.h"

_Noreturn void target_refuse(const char *what, const char *text, const char *whose, uint64_t max)
{
	if (errno == ERANGE)
		opt_misuse("invalid %s %s%s: the greatest is 0x%" PRIX64, what, msg_quote(text), whose, max);
	opt_misuse("invalid %s %s%s: %s", what, msg_quote(text), whose,
	           text[0] == '0' && text[1] >= '0' && text[1] <= '9' ?
	           "a leading 0 could mean octal; decimal begins with another digit, hexadecimal with 0x" :
	           "a number as in 26, 0x1A or 0b11010");
}

void target_parse_address(struct target *t, const char *text)
{
	char *start;
	const char *len = pieces_split(text, strchr(text, '+'), &start);

	if (num_value(start, REGS_HIGHEST, &t->address) < 0)
		target_refuse("address", start, "", REGS_HIGHEST);
	if (len && ((len[0] == '0' && len[1] >= '0' && len[1] <= '9') ||
	            num_size(len, REGS_HIGHEST - t->address, &t->len) < 0 || t->len == 0))
		opt_misuse("invalid length in %s: bytes, as in 64, 0x40 or 4K, up to address 0x%" PRIX64, msg_quote(text),
		           REGS_HIGHEST);
	free(start);
}

void target_parse_width(struct target *t, const char *text)
{
	/* 1, 2, 4 and 8 bytes, again and again */
	static const char widths[][3] = {"8", "16", "32", "64", "b", "h", "w", "l", "B", "H", "W", "L"};

	for (unsigned i = 0; i < sizeof widths / sizeof *widths; i++)
		if (strcmp(text, widths[i]) == 0) {
			t->bytes = 1U << i % 4;
			return;
		}
	opt_misuse("invalid width %s: 8, 16, 32 or 64 bits, or b, h, w, l", msg_quote(text));
}

void target_parse_name(struct target *t, const char *name, const struct regs *regs, const char *file)
{
	if (!regs_find(regs, name, &t->block, &t->reg, &t->field))
		opt_misuse("%s is not in %s; --list prints what is", msg_quote(name), msg_name(file));
	if (t->reg) {
		t->address = t->reg->address;
		t->bytes = t->reg->bytes;
	}
}

uint64_t target_value(const struct target *t, const char *text, const char *what)
{
	uint64_t value, max = cell_ones(t->bytes);
	char whose[20];

	fmt_text(whose, sizeof whose, " for %u bits", 8 * t->bytes);
	if (num_value(text, max, &value) < 0)
		target_refuse(what, text, whose, max);
	return value;
}

bool target_is_block(const struct target *t)
{
	return t->block && !t->reg;
}

bool target_is_single(const struct target *t)
{
	return !t->snapshot && !t->len && !target_is_block(t);
}

uint64_t target_count(const struct target *t)
{
	if (t->snapshot)
		return t->snapshot->n;
	if (target_is_block(t))
		return t->block->n_registers;
	return t->len ? t->len / t->bytes : 1;
}

struct cell target_cell(const struct target *t, uint64_t i)
{
	if (t->snapshot)
		return (struct cell){.address = t->snapshot->words[i].address, .bytes = t->snapshot->words[i].bytes};
	if (target_is_block(t)) {
		const struct regs_register *reg = t->block->registers + i;

		return (struct cell){.address = reg->address, .bytes = reg->bytes, .reg = reg};
	}
	return (struct cell){.address = t->address + i * t->bytes, .bytes = t->bytes, .reg = t->reg};
}
