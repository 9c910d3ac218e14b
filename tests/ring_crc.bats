# mmring's checksum, by the processor's instruction and by tables, beside one that takes a bit at a time.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # set by the helper
@test "the checksum of a ring's records is the CRC-32C, whatever the processor has, in however many pieces" {
	ours
	need cc
	cat >driver.c <<-'C'
		#include <stdio.h>
		#include <string.h>

		#include "crc32c.h"

		/* core/os, of which this is all that is asked */
		#ifdef __aarch64__
		#include <sys/auxv.h>
		unsigned long os_processor_bits(void) { return getauxval(AT_HWCAP); }
		#endif

		static uint32_t by_bits(uint32_t crc, const unsigned char *p, size_t len)
		{
			crc = ~crc;
			while (len--) {
				crc ^= *p++;
				for (int i = 0; i < 8; i++)
					crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78 : 0);
			}
			return ~crc;
		}

		int main(void)
		{
			unsigned char bytes[300], copy[303];
			uint32_t x = 1;

			/* RFC 3720, appendix B.4 */
			memset(bytes, 0, 32);
			if (crc32c(0, bytes, 32) != 0x8A9136AA || crc32c(0, "123456789", 9) != 0xE3069283)
				return printf("not the CRC-32C\n"), 1;
			for (size_t i = 0; i < sizeof bytes; i++)
				bytes[i] = (unsigned char)((x = x * 1103515245 + 12345) >> 16);
			for (size_t from = 0; from < 9; from++)
				for (size_t len = 0; from + len <= sizeof bytes; len++) {
					uint32_t want = by_bits(0, bytes + from, len), half = crc32c(0, bytes + from, len / 2);

					if (crc32c(0, bytes + from, len) != want || crc32c(half, bytes + from + len / 2, len - len / 2) != want)
						return printf("%zu bytes from %zu\n", len, from), 1;
					memset(copy, 0xAA, sizeof copy);
					if (crc32c_copy(0, copy + 2, bytes + from, len) != want || memcmp(copy + 2, bytes + from, len) != 0 ||
					    copy[1] != 0xAA || copy[len + 2] != 0xAA)
						return printf("%zu bytes from %zu, copied\n", len, from), 1;
				}
			return 0;
		}
	C
	for tables in -DMMTOOLS_SMALL -DMMTOOLS_FULL; do
		cc -std=c11 -O1 "$tables" -I"$top/core" -I"$top/applets/mmring" driver.c "$top/applets/mmring/crc32c.c" -o driver
		./driver
		command -v aarch64-linux-gnu-gcc qemu-aarch64 >list || continue
		[ "$(wc -l <list)" = 2 ] || continue
		aarch64-linux-gnu-gcc -std=c11 -D_POSIX_C_SOURCE=200809L -O1 -static "$tables" -I"$top/core" -I"$top/applets/mmring" driver.c "$top/applets/mmring/crc32c.c" -o driver
		qemu-aarch64 ./driver
	done
}
