#include "crc32c.h"

#include <stdbool.h>
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

static uint32_t by_tables(uint32_t crc, void *to, const unsigned char *p, size_t len)
{
	if (to)
		memcpy(to, p, len);
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

/* The processor's instruction: steps of 8, 4 and 1 bytes, and whether it is there. */
#if defined __x86_64__ && defined __GNUC__ && !defined MMTOOLS_SMALL
#include <cpuid.h>

#define BY_PROCESSOR __attribute__((target("sse4.2")))
typedef uint64_t state; /* cutting it to 32 bits between steps would take a third as long as the step */
#define STEP8 __builtin_ia32_crc32di
#define STEP4 __builtin_ia32_crc32si
#define STEP1 __builtin_ia32_crc32qi

static bool has_instruction(void)
{
	unsigned a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2);
}
#elif defined __AARCH64EL__ && defined __GNUC__ && !defined MMTOOLS_SMALL
#include <arm_acle.h>

#include "os.h"

#define BY_PROCESSOR __attribute__((target("+crc")))
typedef uint32_t state;
#define STEP8 __crc32cd
#define STEP4 __crc32cw
#define STEP1 __crc32cb

static bool has_instruction(void)
{
	return os_processor_bits() & 1 << 7;    /* HWCAP_CRC32 */
}
#endif

#ifdef BY_PROCESSOR
BY_PROCESSOR static uint32_t by_processor(uint32_t crc, char *to, const char *p, size_t len)
{
	state all = crc;
	uint64_t eight;
	uint32_t four;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&eight, p, 8);
		if (to) {
			memcpy(to, &eight, 8);
			to += 8;
		}
		all = STEP8(all, eight);
	}
	crc = (uint32_t)all;
	if (len >= 4) {
		memcpy(&four, p, 4);
		if (to) {
			memcpy(to, &four, 4);
			to += 4;
		}
		crc = STEP4(crc, four);
		p += 4;
		len -= 4;
	}
	for (; len > 0; p++, len--) {
		if (to)
			*to++ = *p;
		crc = STEP1(crc, (unsigned char)*p);
	}
	return crc;
}
#endif

uint32_t crc32c_copy(uint32_t crc, void *to, const void *bytes, size_t len)
{
#ifdef BY_PROCESSOR
	static enum { UNKNOWN, PRESENT, MISSING } instruction;

	if (instruction == UNKNOWN)
		instruction = has_instruction() ? PRESENT : MISSING;
	if (instruction == PRESENT)
		return ~by_processor(~crc, to, bytes, len);
#endif
	return ~by_tables(~crc, to, bytes, len);
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t len)
{
	return crc32c_copy(crc, NULL, bytes, len);
}
