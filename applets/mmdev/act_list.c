/* The names of a description of registers, as they can be used for ADDRESS; no device is opened. */
#include "act.h"

#include <inttypes.h>

#include "fmt.h"
#include "out.h"

static void list_field(const struct regs_register *reg, const struct regs_field *f, bool json)
{
	char bits[16];

	fmt_text(bits, sizeof bits, f->high == f->low && !json ? "%u" : "%u:%u", f->high, f->low);
	if (json)
		out_printf("{\"name\":\"%s.%s\",\"address\":\"0x%" PRIx64 "\",\"width\":%u,\"bits\":\"%s\",\"access\":\"%s\"",
		           reg->name, f->name, reg->address, 8 * reg->bytes, bits,
		           regs_access_name(f->w1c ? REGS_W1C : reg->access));
	else
		out_printf("%s.%s %s%s", reg->name, f->name, bits, f->w1c ? " w1c" : "");
	for (size_t i = 0; i < f->n_words; i++) {
		out_text(!json ? " " : i ? ",\"" : ",\"words\":{\"");
		out_printf(json ? "%s\":\"0x%" PRIX64 "\"" : "%s=0x%" PRIX64, f->words[i].name, f->words[i].value);
	}
	out_text(!json ? "\n" : f->n_words ? "}}\n" : "}\n");
}

static void list_register(const struct regs_register *reg, bool json)
{
	char reset[24] = "";

	if (reg->has_reset)
		fmt_text(reset, sizeof reset, "0x%0*" PRIX64, 2 * (int)reg->bytes, reg->reset);
	if (json)
		out_printf("{\"name\":\"%s\",\"address\":\"0x%" PRIx64 "\",\"width\":%u,\"access\":\"%s\"%s%s%s}\n", reg->name,
		           reg->address, 8 * reg->bytes, regs_access_name(reg->access), *reset ? ",\"reset\":\"" : "", reset,
		           *reset ? "\"" : "");
	else
		out_printf("%s 0x%08" PRIx64 " %u %s%s%s\n", reg->name, reg->address, 8 * reg->bytes,
		           regs_access_name(reg->access), *reset ? " reset=" : "", reset);
	for (size_t i = 0; i < reg->n_fields; i++)
		list_field(reg, reg->fields + i, json);
}

static void list_block(const struct regs_block *b, bool json)
{
	out_printf(json ? "{\"name\":\"%s\",\"address\":\"0x%" PRIx64 "\"}\n" : "%s 0x%08" PRIx64 "\n", b->name, b->base);
	for (size_t i = 0; i < b->n_registers; i++)
		list_register(b->registers + i, json);
}

/* All names, or those that were named and what is in them. */
int act_list(struct act *a)
{
	const struct request *r = a->request;
	const struct regs_block *block;
	const struct regs_register *reg;
	const struct regs_field *field;

	for (size_t i = 0; !*r->listed && i < r->names.n_blocks; i++)
		list_block(r->names.blocks + i, r->json);
	for (char **name = r->listed; *name; name++) {
		regs_find(&r->names, *name, &block, &reg, &field);
		if (field)
			list_field(reg, field, r->json);
		else if (reg)
			list_register(reg, r->json);
		else
			list_block(block, r->json);
	}
	return 0;
}
