/*
 * mmhex: its faces, each an applet with options of its own under a classic name; mmhex.c lists them.
 */
#ifndef MMHEX_H
#define MMHEX_H

#include <stdbool.h>

#include "map.h"
#include "opt.h"

extern const struct applet xxd_face;

/* The rest of the map, which has been started, as a dump of mmhex's own. False once standard output has failed. */
bool dump_map(struct map *m, bool all);

#endif
