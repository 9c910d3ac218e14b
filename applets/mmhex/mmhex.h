/*
 * mmhex: its faces, each an applet with options of its own under a classic name; mmhex.c lists them.
 */
#ifndef MMHEX_H
#define MMHEX_H

#include "opt.h"

extern const struct applet hexdump_face, od_face, xxd_face;

#endif
