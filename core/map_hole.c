#include "map.h"
#include "os.h"

void map_stretch_hole(struct map *m)
{
	off_t data, data_end, stop;
	int found = os_next_data(m->fd, m->off, &data, &data_end);

	if (found < 0 || map_still(m, 1) == 0)
		return;
	stop = m->size < m->end ? m->size : m->end;
	if (found > 0 && data < stop)
		stop = data;
	if (stop - m->off <= (off_t)m->len)
		return;
	m->len = (uint64_t)(stop - m->off) < SIZE_MAX / 2 ? (size_t)(stop - m->off) : SIZE_MAX / 2;
	m->hole_end = m->off + (off_t)m->len;
}
