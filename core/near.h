/*
 * near: the name that was probably meant by one that does not exist: `craete` for create, `rm` for remove. Nothing here
 * prints.
 *
 *	struct near n = {.wanted = word};
 *	near_offer(&n, "create"); ...
 *	if (*n.name) ...
 */
#ifndef NEAR_H
#define NEAR_H

#include <stddef.h>

struct near {
	const char *wanted;
	char name[32];          /* the nearest so far; "" while none is near */
	size_t distance;
};

/* A name that exists. It is near when at most two letters differ, and not all of them, or when `wanted` is this name
 * with letters left out behind the first. */
void near_offer(struct near *n, const char *name);

#endif
