#include "map.h"
#include "os.h"

off_t map_pass_hole(struct map *m, size_t piece)
{
	off_t from = m->off, stop, data, data_end;
	int found = os_next_data(m->fd, from, &data, &data_end);

	if (found < 0 || map_still(m, 1) == 0)
		return 0;
	stop = m->size < m->end ? m->size : m->end;
	if (found > 0 && data < stop)
		stop = data;
	if (stop - from < (off_t)piece)
		return 0;
	m->off = m->hole_end = stop - (stop - from) % (off_t)piece;
	m->len = 0;
	return m->off - from;
}
