/*
 * seen: a set of things that one has met, told apart by device, inode and a name (empty when the name does not
 * matter), each with a text to remember. Grows as needed. Nothing here prints.
 */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct seen {
	struct seen_entry *entries;
	size_t n, room;
};

/* The text remembered for it, or NULL. */
const char *seen_find(const struct seen *s, dev_t dev, ino_t ino, const char *name);

/* Remembers it with copies of name and text; a second time changes nothing. False with ENOMEM. */
bool seen_add(struct seen *s, dev_t dev, ino_t ino, const char *name, const char *text);

void seen_free(struct seen *s);

#endif
