/*
 * scan: looking through bytes. So far: the first difference of two files.
 */
#ifndef SCAN_H
#define SCAN_H

#include "map.h"

/* Compares what is left of both maps. Returns 0 when equal, 1 with *where (bytes from where they started) at the
 * first difference or at the end of the shorter one, -1 with errno when one could not be read. */
int scan_difference(struct map *a, struct map *b, off_t *where);

#endif
