/* A picture of an address space: a line for mappings that lie near each other, to scale, and between lines the gaps. */
#include <string.h>
#include <unistd.h>

#include "mmmap.h"
#include "num.h"
#include "os.h"
#include "out.h"

enum { NEAR = 16 << 20, WIDEST = 200, LEFT = 32 };

/* One letter, large where the larger part of it is in memory. */
static char letter(const struct mappings *all, const struct mapping *m)
{
	int64_t v[VALUES] = {0};
	char kind = '-';

	for (int i = 0; i < 4; i++)
		if (strchr("rwxs", m->perm[i]))
			kind = m->perm[i];
	values_add(v, all, m);
	return kind != '-' && v[RSS] > v[SIZE] / 2 ? (char)(kind & ~0x20) : kind;
}

static void line(const struct mappings *all, size_t first, size_t last, unsigned room, unsigned columns)
{
	uint64_t start = all->v[first].start, span = all->v[last].end - start, unit = (span + room - 1) / room;
	uint64_t page = os_page();
	size_t largest = first, used;
	char bar[WIDEST];

	unit = (unit + page - 1) / page * page;
	for (unsigned i = 0; i < room; i++)
		bar[i] = ' ';
	for (size_t i = first; i <= last; i++) {
		const struct mapping *m = &all->v[i];
		char kind = letter(all, m);

		for (uint64_t at = (m->start - start) / unit; at <= (m->end - 1 - start) / unit; at++)
			bar[at] = kind;
		if (m->end - m->start > all->v[largest].end - all->v[largest].start)
			largest = i;
	}
	out_printf("%016llx", (unsigned long long)start);
	show_value((int64_t)span);
	out_text(" |");
	used = (size_t)((span + unit - 1) / unit);
	out_write(bar, used);
	out_text("| ");
	used += map_conf.bytes ? 35U : 30U;
	show_text(mapping_label(all, &all->v[largest]), columns > used ? columns - used : SIZE_MAX);
	out_text("\n");
}

void map_draw(const struct mappings *all)
{
	unsigned columns = os_columns(STDOUT_FILENO), room = columns > 2 * LEFT ? columns - LEFT - 16 : 60;
	size_t first = 0;
	char text[NUM_HUMAN];

	room = room > WIDEST ? WIDEST : room;
	for (size_t i = 0; i < all->n; i++) {
		uint64_t gap = i + 1 < all->n ? all->v[i + 1].start - all->v[i].end : UINT64_MAX;

		if (gap < NEAR)
			continue;
		line(all, first, i, room, columns);
		first = i + 1;
		if (first < all->n)
			out_printf("%16s %s\n", "...", num_human(gap, text));
	}
}
