/* Numbers and layouts are those of the System V ABI, chapters ELF header and section header. */
#include "sections.h"

#include <string.h>

#include "grow.h"
#include "msg.h"

enum {
	HEADER = 64, MOST_ENTRY = 64,
	CLASS_32 = 1, CLASS_64 = 2, LITTLE = 1, BIG = 2, VERSION = 1,   /* in the bytes behind the magic number */
	RELOCATABLE = 1, SHARED = 3,            /* the first and the last type of those that are no core dump */
	NO_BITS = 8, ALLOCATED = 2,
};

struct elf {
	bool is_64, is_big;
	uint64_t table, n;      /* where the section headers are, and their number */
	size_t entry;           /* their size */
};

static uint64_t number(const struct elf *elf, const char *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)at[elf->is_big ? i : bytes - 1 - i];
	return value;
}

/* The one of 4 bytes in a file of 32 bits, or that of 8 in one of 64. */
static uint64_t word(const struct elf *elf, const char *header, unsigned off_32, unsigned off_64)
{
	return elf->is_64 ? number(elf, header + off_64, 8) : number(elf, header + off_32, 4);
}

#define ALL ((uint64_t)-1)

/* What is met before the sections are ranges, too: input hands them out in their order. */
static void add(struct opt_ranges *ranges, uint64_t off, uint64_t len)
{
	struct num_range *v = grow_add(ranges->v, &ranges->n, sizeof *v);

	if (v)
		v[ranges->n - 1] = (struct num_range){.off = (off_t)off, .len = (off_t)len};
	else
		msg_no_memory(1);
	ranges->v = v;
}

/* What was not used of the last slice of a map. */
struct rest {
	struct map *map;
	const char *bytes;
	size_t len;
};

/* The next `len` bytes. */
static bool take(struct rest *rest, char *to, size_t len)
{
	while (len > 0) {
		size_t part;

		if (rest->len == 0) {
			ssize_t n = map_slice(rest->map, &rest->bytes);

			if (n <= 0)
				return false;
			rest->len = (size_t)n;
		}
		part = len < rest->len ? len : rest->len;
		memcpy(to, rest->bytes, part);
		rest->bytes += part;
		rest->len -= part;
		to += part;
		len -= part;
	}
	return true;
}

/* Reads the file's header. False when there is no table that all lies in the file. */
static bool read_header(struct elf *elf, struct map *m)
{
	struct rest rest = {.map = m};
	char h[HEADER];
	uint64_t type;

	if (!m->sized || m->size < HEADER || !take(&rest, h, sizeof h) || memcmp(h, "\177ELF", 4) != 0 ||
	    h[4] < CLASS_32 || h[4] > CLASS_64 || h[5] < LITTLE || h[5] > BIG || h[6] != VERSION)
		return false;
	elf->is_64 = h[4] == CLASS_64;
	elf->is_big = h[5] == BIG;
	elf->table = word(elf, h, 0x20, 0x28);
	elf->entry = elf->is_64 ? 64 : 40;
	elf->n = number(elf, h + (elf->is_64 ? 0x3C : 0x30), 2);
	type = number(elf, h + 0x10, 2);
	return type >= RELOCATABLE && type <= SHARED && number(elf, h + (elf->is_64 ? 0x3A : 0x2E), 2) == elf->entry &&
	       elf->table > 0 && elf->table <= (uint64_t)m->size && elf->n <= ((uint64_t)m->size - elf->table) / elf->entry;
}

static void add_section(const struct elf *elf, const char *header, struct opt_ranges *ranges)
{
	uint64_t type = number(elf, header + 4, 4), flags = word(elf, header, 8, 8);
	uint64_t off = word(elf, header, 0x10, 0x18), len = word(elf, header, 0x14, 0x20);

	if (type != 0 && type != NO_BITS && flags & ALLOCATED && len > 0 && off <= NUM_OFF_MAX && len <= NUM_OFF_MAX - off)
		add(ranges, off, len);
}

void sections_find(struct input *in, struct opt_ranges *ranges)
{
	struct elf elf;
	struct rest rest = {.map = &in->map};
	char header[MOST_ENTRY];
	size_t n;

	ranges->n = 0;
	add(ranges, 0, ALL);
	if (!input_range(in))
		return;
	n = ranges->n;
	if (read_header(&elf, &in->map)) {
		add(ranges, elf.table, elf.n * elf.entry);
		n = ranges->n;
		if (input_range(in))
			for (; elf.n > 0 && take(&rest, header, elf.entry); elf.n--)
				add_section(&elf, header, ranges);
	}
	if (ranges->n == n)
		add(ranges, 0, ALL);
}
