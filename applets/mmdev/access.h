/*
 * access: single accesses to the words of a device or a file, each of exactly the width that was asked for: one
 * volatile load or store in a mapping of just the pages that hold the word, or one pread or pwrite. A bus error is an
 * errno. Nothing here prints.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The byte order of words, NATIVE the machine's, whichever that is. */
enum access_order { ACCESS_NATIVE, ACCESS_BIG, ACCESS_LITTLE };

struct access {
	int fd;                 /* open for reading, and for writing when `write` */
	bool write;
	bool reads;             /* pread and pwrite instead of a mapping */
	off_t first;            /* where each mapping must begin, when that is so (UIO); else -1 */

	/* Private to access.c. */
	char *base;
	off_t base_off;
	size_t base_len;
};

/* The widest access in bytes that is one instruction here. */
enum { ACCESS_WIDEST = sizeof(void *) };

/* Maps what an access there would need, and accesses nothing. Returns 0, or -1 with errno from mmap. */
int access_reach(struct access *a, off_t off, unsigned bytes);

/* One load or store of 1, 2, 4 or 8 bytes at `off`, in the machine's byte order. Returns 0, or -1 with errno: EFAULT
 * for a bus error, ENXIO for a word that is not there in full, ENOTSUP for one wider than ACCESS_WIDEST in a mapping,
 * and what mmap, pread or pwrite say. */
int access_read(struct access *a, off_t off, unsigned bytes, uint64_t *value);
int access_write(struct access *a, off_t off, unsigned bytes, uint64_t value);

/* Whether there are words of so many bits: 8, 16, 32, 64. */
bool access_has(uint64_t bits);

/* The machine's byte order: big or little. */
enum access_order access_native(void);

/* The bytes at `from` as such a word, and back. */
uint64_t access_decode(const void *from, unsigned bytes);
void access_encode(uint64_t value, unsigned bytes, void *to);

void access_end(struct access *a);

#endif
