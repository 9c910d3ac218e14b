/*
 * text: small text files in memory, those of /proc and sysfs too, and their lines. Nothing here prints.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* All bytes of the file, a NUL behind them; to be freed. Of what is no text, since it has a NUL, only the beginning up
 * to one or more of those. NULL with errno, EFBIG: it would take a quarter of the machine's memory. */
char *text_load(const char *path, size_t *len);

/* The same of any bytes that the descriptor has still to give, but never more than `most` and some. */
char *text_read(int fd, size_t most, size_t *len);

/* As text_load, of what the descriptor has still to give. */
char *text_read_lines(int fd, size_t *len);

/* The next line without its end ("\n" or "\r\n"), at *rest, which moves on; NULL behind the last. */
char *text_line(char **rest);

/* Cuts the line into words at blanks, at most `most` of them, and at '#', where a comment begins. Returns how many
 * words there are; most + 1: more than that. */
size_t text_words(char *line, char **word, size_t most);

#endif
