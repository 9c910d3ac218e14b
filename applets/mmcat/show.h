/*
 * show: bytes as the options of cat want them: lines numbered, ends and tabs and what cannot be seen made visible,
 * empty lines in a row made one. What is known of the line that is being shown is carried from piece to piece and from
 * file to file.
 */
#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>

#include "map.h"

/* What the options ask for. */
struct show {
	int number, number_nonblank, ends, tabs, nonprinting, squeeze;
};
extern struct show show;

/* Whether any of them is given, so that the bytes cannot go as they are. To be called before the first show_map. */
bool show_start(void);

/* What is left of the map, shown on standard output. False when that has failed. */
bool show_map(struct map *m);

/* What is still held back at the end of the last file. */
void show_end(void);

#endif
