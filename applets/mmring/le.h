/*
 * le: little-endian numbers in bytes, wherever those lie and whatever order the machine has.
 */
#ifndef LE_H
#define LE_H

#include <stdint.h>
#include <string.h>

static inline uint32_t le_get32(const void *at)
{
	const unsigned char *p = at;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le_get64(const void *at)
{
	return le_get32(at) | (uint64_t)le_get32((const char *)at + 4) << 32;
}

/* From a number to the little-endian word in memory, and back. */
static inline uint32_t le_word(uint32_t x)
{
	const unsigned char one[4] = {1};
	uint32_t word;

	memcpy(&word, one, sizeof word);
	return word == 1 ? x : x >> 24 | (x >> 8 & 0xFF00) | (x & 0xFF00) << 8 | x << 24;
}

static inline void le_put32(void *at, uint32_t x)
{
	x = le_word(x);
	memcpy(at, &x, sizeof x);
}

static inline void le_put64(void *at, uint64_t x)
{
	le_put32(at, (uint32_t)x);
	le_put32((char *)at + 4, (uint32_t)(x >> 32));
}

#endif
