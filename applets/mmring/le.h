/*
 * le: little-endian numbers in bytes, wherever those lie and whatever order the machine has.
 */
#ifndef LE_H
#define LE_H

#include <stdint.h>

static inline uint32_t le_get32(const void *at)
{
	const unsigned char *p = at;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t le_get64(const void *at)
{
	return le_get32(at) | (uint64_t)le_get32((const char *)at + 4) << 32;
}

static inline void le_put32(void *at, uint32_t x)
{
	unsigned char *p = at;

	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(x >> 8 * i);
}

static inline void le_put64(void *at, uint64_t x)
{
	le_put32(at, (uint32_t)x);
	le_put32((char *)at + 4, (uint32_t)(x >> 32));
}

/* From a number to the little-endian word in memory, and back. */
static inline uint32_t le_word(uint32_t x)
{
	uint32_t word;

	le_put32(&word, x);
	return word;
}

#endif
