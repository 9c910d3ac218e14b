/*
 * out: buffered standard output that notices every write error. The first error sticks: later calls do nothing and
 * fail. stdio is not used for it, since musl drops the buffer on ENOSPC and then reports success. Only core/main
 * flushes at the end and prints the error.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "msg.h"

/* Every byte to `fd`, whatever interrupts. Returns 0, or -1 with errno. Waits when the descriptor is non-blocking. */
int out_all(int fd, const void *bytes, size_t len);

/* The same at an offset, or at the descriptor's own: when asked for, and where offsets mean nothing (files of /proc and
 * tracefs that take commands). Returns how much was written; less than `len` with errno. */
enum { OUT_HERE = -1 };
size_t out_all_at(int fd, const void *bytes, size_t len, off_t off);

/* To standard output, by the buffer. All return 0, or -1 once anything has failed. */
int out_write(const void *bytes, size_t len);
int out_text(const char *text);
int out_printf(const char *fmt, ...) FMT_CHECKED(1, 2);
int out_flush(void);

/* Room for `len` bytes (at most OUT_ROOM) in the buffer, to be filled by the caller and then confirmed with
 * out_filled. NULL once anything has failed. */
enum { OUT_ROOM = 1 << 16 };
char *out_room(size_t len);
size_t out_left(void);          /* how much there is, at least `len` */
void out_filled(size_t len);

/* errno of the first failure, or 0; out_failed records one that happened past the buffer. */
int out_error(void);
void out_failed(int error);

#endif
