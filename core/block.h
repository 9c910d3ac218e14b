/*
 * block: 16 bytes in a register, where the processor is sure to have some (SSE2, NEON; not in the small profile): then
 * BLOCKS is defined. What is found in a block has all bits of a byte set.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined __SSE2__ && !defined MMTOOLS_SMALL
#include <emmintrin.h>

#define BLOCKS
typedef __m128i block;

static inline block block_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)p);
}

static inline void block_store(char *to, block x)
{
	_mm_storeu_si128((__m128i *)to, x);
}

static inline block block_of(char byte)
{
	return _mm_set1_epi8(byte);
}

static inline block block_equal(block x, char byte)
{
	return _mm_cmpeq_epi8(x, _mm_set1_epi8(byte));
}

/* Those below ' ' and above '~'. */
static inline block block_nonprinting(block x)
{
	return _mm_or_si128(_mm_cmplt_epi8(x, _mm_set1_epi8(' ')), block_equal(x, 0x7F));
}

/* The `n` (at most 128) that begin with `first`: one comparison of signed bytes. */
static inline block block_among(block x, unsigned first, unsigned n)
{
	return _mm_cmplt_epi8(_mm_add_epi8(x, _mm_set1_epi8((char)(0x80 - first))), _mm_set1_epi8((char)(n - 0x80)));
}

static inline block block_either(block a, block b)
{
	return _mm_or_si128(a, b);
}

/* x, but this byte where something was found. */
static inline block block_but(block x, block found, char byte)
{
	return _mm_or_si128(_mm_andnot_si128(found, x), _mm_and_si128(found, _mm_set1_epi8(byte)));
}

static inline bool block_any(block found)
{
	return _mm_movemask_epi8(found) != 0;
}

static inline size_t block_first(block found)
{
	return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8(found));
}

static inline block block_same(const char *p, const char *q)
{
	return _mm_cmpeq_epi8(block_load(p), block_load(q));
}

static inline block block_both(block a, block b)
{
	return _mm_and_si128(a, b);
}

static inline bool block_all(block found)
{
	return _mm_movemask_epi8(found) == 0xFFFF;
}

static inline size_t block_first_not(block found)
{
	return (size_t)__builtin_ctz(~(unsigned)_mm_movemask_epi8(found));
}

static inline block block_sum(block a, block b)
{
	return _mm_add_epi8(a, b);
}

/* What was found in such a sum of up to 255 blocks. */
static inline size_t block_count(block sum)
{
	block halves = _mm_sad_epu8(_mm_sub_epi8(_mm_setzero_si128(), sum), _mm_setzero_si128());

	return (size_t)(_mm_cvtsi128_si32(halves) + _mm_extract_epi16(halves, 4));
}

static inline uint64_t block_marks(block a, block b, block c, block d)
{
	uint64_t low = (uint64_t)_mm_movemask_epi8(a) | (uint64_t)_mm_movemask_epi8(b) << 16;

	return low | (uint64_t)_mm_movemask_epi8(c) << 32 | (uint64_t)_mm_movemask_epi8(d) << 48;
}
#elif defined __ARM_NEON && defined __AARCH64EL__ && !defined MMTOOLS_SMALL
#include <arm_neon.h>

#define BLOCKS
typedef uint8x16_t block;

static inline block block_load(const char *p)
{
	return vld1q_u8((const uint8_t *)p);
}

static inline void block_store(char *to, block x)
{
	vst1q_u8((uint8_t *)to, x);
}

static inline block block_of(char byte)
{
	return vdupq_n_u8((uint8_t)byte);
}

static inline block block_equal(block x, char byte)
{
	return vceqq_u8(x, vdupq_n_u8((uint8_t)byte));
}

static inline block block_nonprinting(block x)
{
	/* one comparison: from ' ' on there are as many as to '~' */
	return vcgtq_u8(vsubq_u8(x, vdupq_n_u8(' ')), vdupq_n_u8('~' - ' '));
}

static inline block block_among(block x, unsigned first, unsigned n)
{
	return vcltq_u8(vsubq_u8(x, vdupq_n_u8((uint8_t)first)), vdupq_n_u8((uint8_t)n));
}

static inline block block_either(block a, block b)
{
	return vorrq_u8(a, b);
}

static inline block block_but(block x, block found, char byte)
{
	return vbslq_u8(found, vdupq_n_u8((uint8_t)byte), x);
}

/* Four bits for each byte. */
static inline uint64_t block_mask(block found)
{
	return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
}

static inline bool block_any(block found)
{
	return block_mask(found) != 0;
}

static inline size_t block_first(block found)
{
	return (size_t)__builtin_ctzll(block_mask(found)) / 4;
}

static inline block block_same(const char *p, const char *q)
{
	return vceqq_u8(block_load(p), block_load(q));
}

static inline block block_both(block a, block b)
{
	return vandq_u8(a, b);
}

static inline bool block_all(block found)
{
	return ~block_mask(found) == 0;
}

static inline size_t block_first_not(block found)
{
	return (size_t)__builtin_ctzll(~block_mask(found)) / 4;
}

static inline block block_sum(block a, block b)
{
	return vaddq_u8(a, b);
}

static inline size_t block_count(block sum)
{
	return vaddlvq_u8(vsubq_u8(vdupq_n_u8(0), sum));
}

static inline uint64_t block_marks(block a, block b, block c, block d)
{
	const block bits = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));

	/* each byte its own bit, then neighbours are added until eight have become a byte */
	a = vpaddq_u8(vandq_u8(a, bits), vandq_u8(b, bits));
	c = vpaddq_u8(vandq_u8(c, bits), vandq_u8(d, bits));
	a = vpaddq_u8(a, c);
	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(a, a)), 0);
}
#endif

#endif
