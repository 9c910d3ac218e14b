#include "grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *grow_room(void *array, size_t *room, size_t need, size_t size)
{
	void *more;

	if (need <= *room)
		return array;
	if (*room <= SIZE_MAX / 2 && need < 2 * *room)
		need = 2 * *room;
	if (need > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	more = realloc(array, need * size);
	if (more)
		*room = need;
	return more;
}

void *grow_add(void *array, size_t *n, size_t size)
{
	/* room was made at each power of two */
	size_t room = *n & (*n - 1) ? SIZE_MAX : *n;
	char *more = grow_room(array, &room, *n ? 2 * *n : 1, size);

	if (!more)
		return NULL;
	memset(more + *n * size, 0, size);
	++*n;
	return more;
}
