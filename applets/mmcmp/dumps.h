/*
 * dumps: lines that differ as two dumps, side by side on a terminal that is wide enough, else one above the other, with
 * lines of context around them. As report.
 */
#ifndef DUMPS_H
#define DUMPS_H

#include "pair.h"

/* False without memory for the context. */
bool dumps_start(struct pair *p);
size_t dumps_skips(const struct pair *p, size_t same);
size_t dumps_bytes(const struct pair *p, size_t len);
void dumps_end(void);

#endif
