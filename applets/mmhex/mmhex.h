/*
 * mmhex: its faces, each an applet with options of its own under a classic name; mmhex.c lists them.
 */
#ifndef MMHEX_H
#define MMHEX_H

#include "opt.h"

extern const struct applet hexdump_face, od_face, xxd_face;

/* Whether kinds of bytes are coloured, and what a table of options needs for that. */
enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
extern int colour_when;
extern const struct opt_choice colour_words[];
bool colour_wanted(void);

#endif
