/*
 * crc32c: the CRC with Castagnoli's polynomial (RFC 3720, appendix B.4), by the processor's own instruction where it
 * has one.
 */
#ifndef CRC32C_H
#define CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from the CRC of what came before, 0 at the start: crc32c(0, "123456789", 9) is 0xE3069283. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t len);

/* The same, and copies the bytes on the way. */
uint32_t crc32c_copy(uint32_t crc, void *to, const void *bytes, size_t len);

#endif
