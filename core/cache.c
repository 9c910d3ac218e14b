#include "cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "os.h"

void cache_note(struct cache *c, int fd, off_t off, size_t len)
{
	size_t page = os_page(), skew = (size_t)off % page;
	size_t len_pages = (len + skew + page - 1) / page;
	void *view;

	c->len_pages = 0;
	if (len_pages > c->room_pages) {
		free(c->resident);
		c->resident = malloc(len_pages);
		c->room_pages = c->resident ? len_pages : 0;
	}
	view = c->resident ? mmap(NULL, len + skew, PROT_READ, MAP_SHARED, fd, off - (off_t)skew) : MAP_FAILED;
	if (view == MAP_FAILED)
		return;
	if (os_resident(view, len + skew, c->resident) == 0) {
		c->off = off - (off_t)skew;
		c->len_pages = len_pages;
	}
	munmap(view, len + skew);
}

void cache_restore(struct cache *c, int fd)
{
	off_t page = (off_t)os_page();

	for (size_t i = 0, run; i < c->len_pages; i += run) {
		for (run = 1; i + run < c->len_pages && !((c->resident[i] ^ c->resident[i + run]) & 1); run++)
			;
		if (!(c->resident[i] & 1))
			posix_fadvise(fd, c->off + (off_t)i * page, (off_t)run * page, POSIX_FADV_DONTNEED);
	}
	c->len_pages = 0;
}

int cache_drop_written(int fd, off_t from, off_t to)
{
	if (os_write_back(fd, from, to - from) < 0)
		return -1;
	posix_fadvise(fd, 0, to, POSIX_FADV_DONTNEED);
	return 0;
}

void cache_free(struct cache *c)
{
	free(c->resident);
	*c = (struct cache){0};
}
