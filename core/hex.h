/*
 * hex: bytes as hexdump -C prints them.
 */
#ifndef HEX_H
#define HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "map.h"

/* The offset in 8 digits, or in as many as it needs. Returns the end of them, at most 16 characters on. */
char *hex_offset(char *to, uint64_t off);

/* One line: at most HEX_BYTES bytes that lie at `off`, with their text behind them, and \n. Returns the end of it;
 * there is room for HEX_LINE at `to`. */
enum { HEX_BYTES = 16, HEX_LINE = 96 };
char *hex_line(char *to, uint64_t off, const void *bytes, size_t len);

/* The rest of the map, which has been started, on standard output: equal lines as one and a star. Offsets are those of
 * the file. False once standard output has failed. */
bool hex_print(struct map *m);

#endif
