/*
 * scan: looking through bytes, and copying short pieces of them, 16 at a time where the processor is sure to have
 * registers for it (SSE2, NEON). It is for the loops that meet a line at a time: libc's memchr and memcpy are made for
 * long pieces, and those of musl take long to begin. No byte outside of what is given is read or written, since what
 * lies next to it may be no memory. Of files: their first difference.
 */
#ifndef SCAN_H
#define SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "map.h"

/* Where the first `byte` lies, or `len` when there is none. */
size_t scan_byte(const void *bytes, size_t len, char byte);

/* Where the first difference of both lies, or `len` when they are equal. */
size_t scan_differ(const void *a, const void *b, size_t len);

/* How many bytes are this one. */
size_t scan_count(const void *bytes, size_t len, char byte);

/* Sets a bit for each such byte, and clears those of others: bit n % 64 of marks[n / 64] stands for byte n. Bits beyond
 * `len` in the last of SCAN_MARKS(len) words are cleared. */
void scan_mark(uint64_t *marks, const void *bytes, size_t len, char byte);

/* The same for bytes that are not from ' ' to '~'. */
void scan_mark_nonprinting(uint64_t *marks, const void *bytes, size_t len);
#define SCAN_MARKS(len) (((len) + 63) / 64)

/* The same for bytes of text: from ' ' to '~', tabs, and those that are named. */
enum { SCAN_SPACE = 1 /* \n \v \f \r */, SCAN_HIGH = 2 /* from 0x80 on */ };
void scan_mark_text(uint64_t *marks, const void *bytes, size_t len, unsigned also);

/* As memcpy. */
void scan_copy(void *to, const void *from, size_t len);

/* As memset. */
void scan_fill(char *to, char byte, size_t len);

/* As memcpy, with a dot for each byte that is not from ' ' to '~'. */
void scan_copy_text(char *to, const void *from, size_t len);

/* Compares what is left of both maps. Returns 0 when equal, 1 with *where (bytes from where they started) at the
 * first difference or at the end of the shorter one, -1 with errno when one could not be read. */
int scan_difference(struct map *a, struct map *b, off_t *where);

#endif
