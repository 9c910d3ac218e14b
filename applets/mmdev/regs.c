#include "regs.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "fmt.h"
#include "grow.h"
#include "msg.h"
#include "num.h"
#include "pieces.h"
#include "text.h"

enum { WORDS = 256 /* in a line */ };

struct reading {
	struct regs *regs;
	struct pieces at;
	struct regs_block *block;       /* the last one, or NULL */
	struct regs_register *reg;      /* its last one, or NULL */
};

/* grow_add, or the end. */
static void *add(void *array, size_t *n, size_t size)
{
	void *more = grow_add(array, n, size);

	if (!more)
		msg_no_memory(2);
	return more;
}

/* The names, with a dot between them when there are two, in memory of their own. */
static char *keep(const char *outer, const char *name)
{
	char *copy = fmt_new("%s%s%s", outer ? outer : "", outer ? "." : "", name);

	if (!copy)
		msg_no_memory(2);
	return copy;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The name in full, for a block, register or field (`what`). NULL after a message, when something before has it. */
static const char *take(struct reading *r, const char *what, const char *outer, const char *name)
{
	char *full = keep(outer, name), **found = tsearch(full, &r->regs->all, by_text);

	if (found && *found == full)
		return full;
	if (!found)
		msg_no_memory(2);
	pieces_wrong(&r->at, "a second %s %s", what, full);
	free(full);
	return NULL;
}

/* The part of a register's name behind the dot. */
static const char *own_name(const struct regs_register *reg)
{
	return strchr(reg->name, '.') + 1;
}

/* Names are letters, digits, _ and -, so that they fit a command line and JSON; with no digit first, as addresses
 * have. */
static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", others[] = "0123456789-";

	for (const char *p = text; *p; p++)
		if (!strchr(letters, *p) && (p == text || !strchr(others, *p)))
			return false;
	return *text;
}

static bool add_block(struct reading *r, char **word, size_t n)
{
	struct regs *regs = r->regs;
	const char *name;
	uint64_t base;

	if (n != 3 || !is_name(word[1]) || num_value(word[2], REGS_HIGHEST, &base) < 0)
		return pieces_wrong(&r->at, "as in: block NAME BASE");
	name = take(r, "block", NULL, word[1]);
	if (!name)
		return false;
	regs->blocks = add(regs->blocks, &regs->n_blocks, sizeof *regs->blocks);
	r->block = regs->blocks + regs->n_blocks - 1;
	*r->block = (struct regs_block){.name = name, .base = base};
	r->reg = NULL;
	return true;
}

const char *regs_access_name(enum regs_access access)
{
	static const char *const names[] = {"rw", "ro", "wo", "rc", "w1c"};

	return names[access];
}

static bool is_access(const char *text, enum regs_access *access)
{
	for (enum regs_access one = REGS_RW; one <= REGS_W1C; one++)
		if (strcmp(text, regs_access_name(one)) == 0) {
			*access = one;
			return true;
		}
	return false;
}

static bool add_register(struct reading *r, char **word, size_t n)
{
	struct regs_block *b = r->block;
	struct regs_register reg = {.bytes = 4};
	bool has_width = false, has_access = false;
	uint64_t offset, bits;

	if (!b)
		return pieces_wrong(&r->at, "a register before any block");
	if (n < 3 || !is_name(word[1]) || num_value(word[2], REGS_HIGHEST - b->base, &offset) < 0)
		return pieces_wrong(&r->at, "as in: reg NAME OFFSET [8|16|32|64] [rw|ro|wo|rc|w1c] [reset=VALUE]");
	reg.name = take(r, "register", b->name, word[1]);
	if (!reg.name)
		return false;
	for (size_t i = 3; i < n; i++) {
		bool second;

		if (num_value(word[i], 64, &bits) == 0 && access_has(bits)) {
			second = has_width;
			has_width = true;
			reg.bytes = (unsigned)bits / 8;
		} else if (strncmp(word[i], "reset=", 6) == 0 && num_value(word[i] + 6, UINT64_MAX, &reg.reset) == 0) {
			second = reg.has_reset;
			reg.has_reset = true;
		} else if (is_access(word[i], &reg.access)) {
			second = has_access;
			has_access = true;
		} else
			return pieces_wrong(&r->at, "neither a width, an access nor a reset value: %s", msg_quote(word[i]));
		if (second)
			return pieces_wrong(&r->at, "said twice: %s", msg_quote(word[i]));
	}
	if (reg.reset > UINT64_MAX >> (64 - 8 * reg.bytes))
		return pieces_wrong(&r->at, "the reset value is wider than the register");
	reg.address = b->base + offset;
	reg.w1c = reg.access == REGS_W1C ? UINT64_MAX : 0;
	b->registers = add(b->registers, &b->n_registers, sizeof *b->registers);
	r->reg = b->registers + b->n_registers - 1;
	*r->reg = reg;
	return true;
}

static bool add_word(struct reading *r, struct regs_field *f, char *text)
{
	char *sign = strchr(text, '=');
	struct regs_word word;

	if (!sign)
		return pieces_wrong(&r->at, "neither w1c nor the name of a value, as in output=1: %s", msg_quote(text));
	*sign = '\0';
	if (!is_name(text))
		return pieces_wrong(&r->at, "not a name: %s", msg_quote(text));
	if (num_value(sign + 1, regs_mask(f) >> f->low, &word.value) < 0)
		return pieces_wrong(&r->at, "no value of this field: %s", msg_quote(sign + 1));
	for (size_t i = 0; i < f->n_words; i++)
		if (strcmp(f->words[i].name, text) == 0)
			return pieces_wrong(&r->at, "a second value %s", text);
	word.name = keep(NULL, text);
	f->words = add(f->words, &f->n_words, sizeof *f->words);
	f->words[f->n_words - 1] = word;
	return true;
}

static bool add_field(struct reading *r, char **word, size_t n)
{
	struct regs_register *reg = r->reg;
	struct regs_field *f;
	const char *name;
	char *colon = n > 2 ? strchr(word[2], ':') : NULL;
	uint64_t high, low, top;

	if (!reg)
		return pieces_wrong(&r->at, "a field before any register");
	top = 8 * reg->bytes - 1;
	if (colon)
		*colon = '\0';
	if (n < 3 || !is_name(word[1]) || num_value(word[2], top, &high) < 0 ||
	    (colon && num_value(colon + 1, high, &low) < 0))
		return pieces_wrong(&r->at, "as in: field NAME HIGH:LOW [w1c] [WORD=VALUE]..., bits 0 to %u", (unsigned)top);
	name = take(r, "field", reg->name, word[1]);
	if (!name)
		return false;
	reg->fields = add(reg->fields, &reg->n_fields, sizeof *reg->fields);
	f = reg->fields + reg->n_fields - 1;
	f->name = strrchr(name, '.') + 1;
	f->high = (unsigned)high;
	f->low = (unsigned)(colon ? low : high);
	for (size_t i = 3; i < n; i++)
		if (strcmp(word[i], "w1c") == 0)
			f->w1c = true;
		else if (!add_word(r, f, word[i]))
			return false;
	reg->w1c |= f->w1c ? regs_mask(f) : 0;
	return true;
}

static bool add_line(void *arg, char *line)
{
	struct reading *r = arg;
	char *word[WORDS];
	size_t n = text_words(line, word, WORDS);

	if (n == 0)
		return true;
	if (n > WORDS)
		return pieces_wrong(&r->at, "more than %d words", (int)WORDS);
	if (strcmp(word[0], "block") == 0)
		return add_block(r, word, n);
	if (strcmp(word[0], "reg") == 0)
		return add_register(r, word, n);
	if (strcmp(word[0], "field") == 0)
		return add_field(r, word, n);
	return pieces_wrong(&r->at, "begins with none of block, reg and field: %s", msg_quote(word[0]));
}

bool regs_load(struct regs *regs, const char *file)
{
	struct reading r = {.regs = regs};

	*regs = (struct regs){0};
	return pieces_each(&r.at, file, add_line, &r);
}

bool regs_readable(const struct regs_register *reg)
{
	return reg->access != REGS_WO && reg->access != REGS_RC;
}

/* Whether the text begins with this name, up to a dot or its end; *rest is what follows, or NULL. */
static bool begins(const char *text, const char *name, const char **rest)
{
	size_t len = strlen(name);

	if (strncmp(text, name, len) != 0 || (text[len] != '\0' && text[len] != '.'))
		return false;
	*rest = text[len] ? text + len + 1 : NULL;
	return true;
}

bool regs_find(const struct regs *regs, const char *name, const struct regs_block **block,
               const struct regs_register **reg, const struct regs_field **field)
{
	const char *rest = NULL;

	*block = NULL;
	*reg = NULL;
	*field = NULL;
	for (size_t i = 0; i < regs->n_blocks && !*block; i++)
		if (begins(name, regs->blocks[i].name, &rest))
			*block = regs->blocks + i;
	if (!*block || !rest)
		return *block;
	name = rest;
	for (size_t i = 0; i < (*block)->n_registers && !*reg; i++)
		if (begins(name, own_name((*block)->registers + i), &rest))
			*reg = (*block)->registers + i;
	if (!*reg || !rest)
		return *reg;
	for (size_t i = 0; i < (*reg)->n_fields && !*field; i++)
		if (strcmp(rest, (*reg)->fields[i].name) == 0)
			*field = (*reg)->fields + i;
	return *field;
}

uint64_t regs_mask(const struct regs_field *field)
{
	return UINT64_MAX >> (63 - field->high + field->low) << field->low;
}

const char *regs_word_of(const struct regs_field *field, uint64_t value)
{
	for (size_t i = 0; i < field->n_words; i++)
		if (field->words[i].value == value)
			return field->words[i].name;
	return NULL;
}

bool regs_value_of(const struct regs_field *field, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < field->n_words; i++)
		if (strcmp(field->words[i].name, name) == 0) {
			*value = field->words[i].value;
			return true;
		}
	return false;
}
