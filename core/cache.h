/*
 * cache: the page cache left as it was found: what others had cached stays, what only we brought in goes. Works by
 * windows, so that it needs little memory. Where the system does not tell what is cached, nothing is let go. Nothing
 * here prints.
 */
#ifndef CACHE_H
#define CACHE_H

#include <stddef.h>
#include <sys/types.h>

struct cache {
	off_t off;                      /* of the window that was noted */
	size_t len_pages;
	unsigned char *resident;        /* for each of its pages whether it was cached before */
	size_t room_pages;
};

/* Notes which pages of a window are cached. The reading ahead of the system, which would blur this, must be off:
 * POSIX_FADV_RANDOM. */
void cache_note(struct cache *c, int fd, off_t off, size_t len);

/* Lets go the pages of that window which were not cached before. They must not be mapped any more. */
void cache_restore(struct cache *c, int fd);

/* Writes what was written between `from` and `to` to the device, and lets go of everything before `to`. -1: writing
 * failed. */
int cache_drop_written(int fd, off_t from, off_t to);

void cache_free(struct cache *c);

#endif
