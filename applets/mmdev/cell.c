#include "cell.h"

#include <inttypes.h>

#include "out.h"

uint64_t cell_ones(unsigned bytes)
{
	return UINT64_MAX >> (64 - 8 * bytes);
}

void cell_print_value(unsigned bytes, uint64_t value)
{
	out_printf("0x%0*" PRIX64, 2 * (int)bytes, value);
}

void cell_print_lack(unsigned bytes)
{
	out_write("----------------", 2 * bytes);
}

void cell_print_change(unsigned bytes, uint64_t old, bool ok, uint64_t new)
{
	cell_print_value(bytes, old);
	out_text(" -> ");
	if (ok)
		cell_print_value(bytes, new);
	else
		cell_print_lack(bytes);
	out_text("\n");
}

/* The members that every line begins with, and the name of the next. */
static void begin_json(const struct cell *cell, const char *time, const char *member)
{
	out_text("{");
	if (time)
		out_printf("\"time\":\"%s\",", time);
	if (cell->reg)
		out_printf("\"name\":\"%s\",", cell->reg->name);
	out_printf("\"address\":\"0x%" PRIx64 "\",\"width\":%u,\"%s\":", cell->address, 8 * cell->bytes, member);
}

static void json_value(const struct cell *cell, uint64_t value)
{
	out_text("\"");
	cell_print_value(cell->bytes, value);
	out_text("\"");
}

void cell_json(const struct cell *cell, const char *time, bool ok, uint64_t value)
{
	size_t n = ok && cell->reg ? cell->reg->n_fields : 0;

	begin_json(cell, time, "value");
	if (ok)
		json_value(cell, value);
	else
		out_text("null");
	for (size_t i = 0; i < n; i++) {
		const struct regs_field *f = cell->reg->fields + i;

		out_printf("%s\"%s\":\"0x%" PRIX64 "\"", i ? "," : ",\"fields\":{", f->name, (value & regs_mask(f)) >> f->low);
	}
	out_text(n ? "}}\n" : "}\n");
}

void cell_json_field(const struct cell *cell, unsigned high, unsigned low, uint64_t value)
{
	begin_json(cell, NULL, "bits");
	out_printf("\"%u:%u\",\"field\":\"0x%" PRIX64 "\"}\n", high, low, value);
}

void cell_json_change(const struct cell *cell, uint64_t old, uint64_t new)
{
	begin_json(cell, NULL, "old");
	json_value(cell, old);
	out_text(",\"new\":");
	json_value(cell, new);
	out_text("}\n");
}

void cell_print_register(const struct cell *cell, bool ok, uint64_t value)
{
	const struct regs_register *reg = cell->reg;

	out_printf("%-24s 0x%08" PRIx64 " ", reg->name, cell->address);
	if (ok)
		cell_print_value(cell->bytes, value);
	else if (!regs_readable(reg))
		out_text(reg->access == REGS_WO ? "write-only, not read" : "reading clears it, not read");
	else
		cell_print_lack(cell->bytes);
	out_text(ok && reg->has_reset && value == reg->reset ? " as after reset\n" : "\n");
	for (size_t i = 0; ok && i < reg->n_fields; i++) {
		const struct regs_field *f = reg->fields + i;
		uint64_t part = (value & regs_mask(f)) >> f->low;
		const char *word = regs_word_of(f, part);

		out_printf("  %-22s 0x%" PRIX64 "%s%s\n", f->name, part, word ? " " : "", word ? word : "");
	}
}
