#include "crc32c.h"

#include <string.h>

/* Eight tables, so that eight bytes are one step (Kounavis and Berry 2005: "slicing by 8"). Made at first use: in the
 * executable they would be 8 KiB. */
static uint32_t tables[8][256];

static void make_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
		tables[0][i] = crc;
	}
	for (int t = 1; t < 8; t++)
		for (int i = 0; i < 256; i++)
			tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xFF];
}

static uint32_t by_tables(uint32_t crc, const unsigned char *p, size_t len)
{
	if (tables[0][1] == 0)
		make_tables();
	for (; len >= 8; p += 8, len -= 8)
		crc = tables[7][(crc ^ p[0]) & 0xFF] ^ tables[6][(crc >> 8 ^ p[1]) & 0xFF] ^
		      tables[5][(crc >> 16 ^ p[2]) & 0xFF] ^ tables[4][crc >> 24 ^ p[3]] ^ tables[3][p[4]] ^
		      tables[2][p[5]] ^ tables[1][p[6]] ^ tables[0][p[7]];
	for (; len > 0; len--)
		crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xFF];
	return crc;
}

#if defined __x86_64__ && defined __GNUC__ && !defined MMTOOLS_SMALL
#include <cpuid.h>

__attribute__((target("sse4.2"))) static uint32_t by_processor(uint32_t crc, const unsigned char *p, size_t len)
{
	uint64_t wide = crc, x;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&x, p, 8);
		wide = __builtin_ia32_crc32di(wide, x);
	}
	crc = (uint32_t)wide;
	for (; len > 0; len--)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	static int known;       /* 1: the processor can, 2: it cannot */
	unsigned a, b, c = 0, d;

	if (!known)
		known = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) ? 1 : 2;
	return ~(known == 1 ? by_processor : by_tables)(~crc, bytes, len);
}
#elif defined __aarch64__ && defined __ARM_FEATURE_CRC32 && !defined MMTOOLS_SMALL
#include <arm_acle.h>

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t x;

	crc = ~crc;
	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&x, p, 8);
		crc = __crc32cd(crc, x);
	}
	for (; len > 0; len--)
		crc = __crc32cb(crc, *p++);
	return ~crc;
}
#else
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	return ~by_tables(~crc, bytes, len);
}
#endif
