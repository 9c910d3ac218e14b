/*
 * hex: bytes as hexdump -C prints them, on standard output.
 */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>

#include "map.h"

/* The rest of the map, which has been started; offsets are those of the file. False once standard output has
 * failed. */
bool hex_print(struct map *m);

#endif
