#include "seen.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct seen_entry {
	dev_t dev;
	ino_t ino;
	char *name;     /* NULL: the entry is free; the text lies behind its NUL */
};

/* Where it is, or where it would go. Half of the entries are free, so the search ends. */
static struct seen_entry *slot(const struct seen *s, dev_t dev, ino_t ino, const char *name)
{
	uint64_t hash = (uint64_t)ino * 0x9E3779B97F4A7C15u ^ (uint64_t)dev;

	for (const char *c = name; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
	for (size_t i = (size_t)(hash >> 17) % s->room;; i = (i + 1) % s->room) {
		struct seen_entry *e = &s->entries[i];

		if (!e->name || (e->dev == dev && e->ino == ino && strcmp(e->name, name) == 0))
			return e;
	}
}

const char *seen_find(const struct seen *s, dev_t dev, ino_t ino, const char *name)
{
	const struct seen_entry *e = s->room ? slot(s, dev, ino, name) : NULL;

	return e && e->name ? e->name + strlen(e->name) + 1 : NULL;
}

static bool grow(struct seen *s)
{
	struct seen old = *s;

	s->room = old.room ? 2 * old.room : 64;
	s->entries = calloc(s->room, sizeof *s->entries);
	if (!s->entries) {
		*s = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++) {
		const struct seen_entry *e = &old.entries[i];

		if (e->name)
			*slot(s, e->dev, e->ino, e->name) = *e;
	}
	free(old.entries);
	return true;
}

bool seen_add(struct seen *s, dev_t dev, ino_t ino, const char *name, const char *text)
{
	size_t name_len = strlen(name) + 1, text_len = strlen(text) + 1;
	struct seen_entry *e;

	if (2 * (s->n + 1) > s->room && !grow(s))
		return false;
	e = slot(s, dev, ino, name);
	if (e->name)
		return true;
	e->name = malloc(name_len + text_len);
	if (!e->name)
		return false;
	memcpy(e->name, name, name_len);
	memcpy(e->name + name_len, text, text_len);
	e->dev = dev;
	e->ino = ino;
	s->n++;
	return true;
}

void seen_free(struct seen *s)
{
	for (size_t i = 0; i < s->room; i++)
		free(s->entries[i].name);
	free(s->entries);
	*s = (struct seen){0};
}
