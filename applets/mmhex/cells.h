/*
 * cells: the bytes of one row of a dump, as revert reads them, and whether the text behind them may be theirs.
 */
#ifndef CELLS_H
#define CELLS_H

#include <stdbool.h>
#include <stddef.h>

/* What a hexadecimal digit counts, or -1. */
int cells_digit(char c);

/* The cells of a row, at most DUMP_WIDTH, up to its text, at which *line is left; `little`: the last byte of a group
 * comes first. Returns what is wrong with them, or NULL. */
const char *cells_read(const char **line, bool is_xxd, bool little, unsigned char *row, unsigned *len);

/* Whether the text may be that of the row. It may be missing; of xxd's, blanks at both ends are: of EBCDIC, 0x40. */
bool cells_text_fits(const char *text, bool is_xxd, const unsigned char *row, size_t n);

#endif
