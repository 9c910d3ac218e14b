/*
 * guard: the one place that survives SIGBUS. A touch of a mapped page may fail when the file has shrunk, the
 * medium has a bad sector or memory ran out; POSIX says SIGBUS. Only addresses announced by the running thread
 * are survived; any other SIGBUS ends the program as it would have without this room.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>

/* Calls touch(arg), which may read or write the mapping [base, base + len) but must neither call libc's
 * allocator nor hold anything that would leak, since a fault leaves it in the middle. Returns 0, or -1 with
 * errno EFAULT after a fault. Calls do not nest. */
int guard_call(void (*touch)(void *), void *arg, const void *base, size_t len);

/* Copies `n` bytes, to or from that mapping; after a fault some of them were. As guard_call. */
int guard_copy(void *to, const void *from, size_t n, const void *base, size_t len);

#endif
