#include "scan.h"

#include <stdint.h>
#include <string.h>

/*
 * A block is 16 bytes in a register. What is found in one is a mask of PER_BYTE bits for each byte, the first byte's
 * lowest. What is left behind the last whole block is done by a block that ends where the bytes end, whose first bytes
 * are done for the second time.
 */
#if defined __SSE2__ && !defined MMTOOLS_SMALL
#include <emmintrin.h>

#define BLOCKS

enum { BLOCK = sizeof (__m128i), PER_BYTE = 1 };

static inline void block_copy(char *to, const char *from)
{
	_mm_storeu_si128((__m128i *)to, _mm_loadu_si128((const __m128i *)from));
}

static inline uint64_t block_find(const char *p, char byte)
{
	__m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)p), _mm_set1_epi8(byte));

	return (uint64_t)_mm_movemask_epi8(equal);
}
#elif defined __ARM_NEON && defined __AARCH64EL__ && !defined MMTOOLS_SMALL
#include <arm_neon.h>

#define BLOCKS

enum { BLOCK = sizeof (uint8x16_t), PER_BYTE = 4 };

static inline void block_copy(char *to, const char *from)
{
	vst1q_u8((uint8_t *)to, vld1q_u8((const uint8_t *)from));
}

static inline uint64_t block_find(const char *p, char byte)
{
	uint16x8_t equal = vreinterpretq_u16_u8(vceqq_u8(vld1q_u8((const uint8_t *)p), vdupq_n_u8((uint8_t)byte)));

	/* each byte of 0 or 0xFF becomes four bits */
	return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(equal, 4)), 0);
}
#endif

#ifdef BLOCKS

enum { SHORT = 512 };   /* what libc's memcpy is no slower for */

static inline size_t first_of(uint64_t mask)
{
	return (size_t)__builtin_ctzll(mask) / PER_BYTE;
}

size_t scan_byte(const void *bytes, size_t len, char byte)
{
	const char *p = bytes;
	size_t off = 0;
	uint64_t mask;

	for (; len - off >= BLOCK; off += BLOCK)
		if ((mask = block_find(p + off, byte)) != 0)
			return off + first_of(mask);
	if (off > 0) {
		mask = block_find(p + len - BLOCK, byte);
		return mask ? len - BLOCK + first_of(mask) : len;
	}
	while (off < len && p[off] != byte)
		off++;
	return off;
}

void scan_copy(void *to, const void *from, size_t len)
{
	const char *p = from;
	char *q = to;

	if (len > SHORT) {
		memcpy(q, p, len);
	} else if (len >= BLOCK) {
		for (size_t off = 0; len - off > BLOCK; off += BLOCK)
			block_copy(q + off, p + off);
		block_copy(q + len - BLOCK, p + len - BLOCK);
	} else if (len >= 8) {
		uint64_t first, last;

		memcpy(&first, p, 8);
		memcpy(&last, p + len - 8, 8);
		memcpy(q, &first, 8);
		memcpy(q + len - 8, &last, 8);
	} else {
		for (size_t off = 0; off < len; off++)
			q[off] = p[off];
	}
}

#else

size_t scan_byte(const void *bytes, size_t len, char byte)
{
	const char *found = memchr(bytes, byte, len);

	return found ? (size_t)(found - (const char *)bytes) : len;
}

void scan_copy(void *to, const void *from, size_t len)
{
	memcpy(to, from, len);
}

#endif

int scan_difference(struct map *a, struct map *b, off_t *where)
{
	const char *p = NULL, *q = NULL;
	ssize_t n = 0, k = 0;

	for (*where = 0;;) {
		size_t len;

		if (n == 0 && (n = map_slice(a, &p)) < 0)
			return -1;
		if (k == 0 && (k = map_slice(b, &q)) < 0)
			return -1;
		if (n == 0 || k == 0)
			return n != k;
		len = (size_t)(n < k ? n : k);
		if (memcmp(p, q, len) != 0) {
			while (*p == *q)
				p++, q++, ++*where;
			return 1;
		}
		*where += (off_t)len;
		p += len;
		q += len;
		n -= (ssize_t)len;
		k -= (ssize_t)len;
	}
}
