#include "scan.h"

#include <stdint.h>
#include <string.h>

#include "block.h"

enum { STEP = 64 };     /* bytes that are marked at a time: as many as a word of marks has bits */

#ifdef BLOCKS

enum { BLOCK = sizeof (block), SHORT = 512 };   /* what libc's memcpy is no slower for is not short */

/* What is left behind the last whole block is done by one that ends where the bytes end, some of them a second time. */
size_t scan_byte(const void *bytes, size_t len, char byte)
{
	const char *p = bytes;
	size_t off = 0;
	block found;

	for (; len - off >= BLOCK; off += BLOCK) {
		found = block_equal(block_load(p + off), byte);
		if (block_any(found))
			return off + block_first(found);
	}
	if (off > 0) {
		found = block_equal(block_load(p + len - BLOCK), byte);
		return block_any(found) ? len - BLOCK + block_first(found) : len;
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
			block_store(q + off, block_load(p + off));
		block_store(q + len - BLOCK, block_load(p + len - BLOCK));
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

void scan_fill(char *to, char byte, size_t len)
{
	if (len < BLOCK) {
		while (len > 0)
			to[--len] = byte;
		return;
	}
	for (size_t off = 0; len - off > BLOCK; off += BLOCK)
		block_store(to + off, block_of(byte));
	block_store(to + len - BLOCK, block_of(byte));
}

void scan_copy_text(char *to, const void *from, size_t len)
{
	const char *p = from;

	for (; len >= BLOCK; len -= BLOCK, p += BLOCK, to += BLOCK) {
		block x = block_load(p);

		block_store(to, block_but(x, block_nonprinting(x), '.'));
	}
	for (size_t i = 0; i < len; i++)
		to[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '.';
}

/* What is left behind the last whole block is compared by one that ends where the bytes end. */
size_t scan_differ(const void *a, const void *b, size_t len)
{
	const char *p = a, *q = b;
	size_t off = 0;
	block same;

	for (; len - off >= 4 * BLOCK; off += 4 * BLOCK) {
		same = block_both(block_both(block_same(p + off, q + off), block_same(p + off + BLOCK, q + off + BLOCK)),
		                  block_both(block_same(p + off + 2 * BLOCK, q + off + 2 * BLOCK),
		                             block_same(p + off + 3 * BLOCK, q + off + 3 * BLOCK)));
		if (!block_all(same))
			break;
	}
	for (; len - off >= BLOCK; off += BLOCK) {
		same = block_same(p + off, q + off);
		if (!block_all(same))
			return off + block_first_not(same);
	}
	if (off > 0) {
		same = block_same(p + len - BLOCK, q + len - BLOCK);
		return block_all(same) ? len : len - BLOCK + block_first_not(same);
	}
	while (off < len && p[off] == q[off])
		off++;
	return off;
}

/* Four blocks at a time: found bytes are minus ones. */
size_t scan_count(const void *bytes, size_t len, char byte)
{
	const char *p = bytes;
	size_t off = 0, n = 0;

	for (; len - off >= 4 * BLOCK; off += 4 * BLOCK)
		n += block_count(block_sum(block_sum(block_equal(block_load(p + off), byte),
		                                     block_equal(block_load(p + off + BLOCK), byte)),
		                           block_sum(block_equal(block_load(p + off + 2 * BLOCK), byte),
		                                     block_equal(block_load(p + off + 3 * BLOCK), byte))));
	for (; off < len; off++)
		n += p[off] == byte;
	return n;
}

static inline uint64_t mark_equal(const char *p, char byte)
{
	return block_marks(block_equal(block_load(p), byte), block_equal(block_load(p + BLOCK), byte),
	                   block_equal(block_load(p + 2 * BLOCK), byte), block_equal(block_load(p + 3 * BLOCK), byte));
}

static inline uint64_t mark_nonprinting(const char *p)
{
	return block_marks(block_nonprinting(block_load(p)), block_nonprinting(block_load(p + BLOCK)),
	                   block_nonprinting(block_load(p + 2 * BLOCK)), block_nonprinting(block_load(p + 3 * BLOCK)));
}

static uint64_t mark_text(const char *p, unsigned also)
{
	unsigned n_blanks = also & SCAN_SPACE ? 5 : 1, n_high = also & SCAN_HIGH ? 0x80 : 0;
	block text[4];

	for (unsigned i = 0; i < 4; i++) {
		block x = block_load(p + i * BLOCK);

		text[i] = block_either(block_among(x, ' ', '~' - ' ' + 1), block_among(x, '\t', n_blanks));
		text[i] = block_either(text[i], block_among(x, 0x80, n_high));
	}
	return block_marks(text[0], text[1], text[2], text[3]);
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

void scan_fill(char *to, char byte, size_t len)
{
	memset(to, byte, len);
}

size_t scan_differ(const void *a, const void *b, size_t len)
{
	const char *p = a, *q = b;
	size_t off = 0;
	uint64_t x, y;

	for (; len - off >= sizeof x; off += sizeof x) {
		memcpy(&x, p + off, sizeof x);
		memcpy(&y, q + off, sizeof y);
		if (x != y)
			break;
	}
	while (off < len && p[off] == q[off])
		off++;
	return off;
}

static const uint64_t ones = 0x0101010101010101;

static inline uint64_t word_at(const char *p)
{
	uint64_t x;

	memcpy(&x, p, sizeof x);
	return x;
}

/* The highest bits of eight bytes, the lowest for the byte that lies first in memory. No two products meet in a bit. */
static inline uint64_t word_marks(uint64_t x)
{
	const union { uint64_t word; char first; } order = {.word = 1};

	return (x >> 7 & ones) * (order.first ? 0x0102040810204080 : 0x8040201008040201) >> 56;
}

/* The highest bit of each such byte. */
static inline uint64_t word_equal(const char *p, char byte)
{
	uint64_t x = word_at(p) ^ ones * (unsigned char)byte;

	/* a byte's highest bit, when another of its bits is set, by an addition that stays within the byte */
	return ~(((x & ones * 0x7F) + ones * 0x7F) | x);
}

size_t scan_count(const void *bytes, size_t len, char byte)
{
	const char *p = bytes;
	size_t off = 0, n = 0;

	for (; len - off >= 8; off += 8)
		n += (size_t)((word_equal(p + off, byte) >> 7 & ones) * ones >> 56);
	for (; off < len; off++)
		n += p[off] == byte;
	return n;
}

static uint64_t mark_equal(const char *p, char byte)
{
	uint64_t marks = 0;

	for (size_t i = 0; i < STEP; i += 8)
		marks |= word_marks(word_equal(p + i, byte)) << i;
	return marks;
}

static uint64_t mark_nonprinting(const char *p)
{
	uint64_t marks = 0;

	for (size_t i = 0; i < STEP; i += 8) {
		uint64_t x = word_at(p + i), low = x & ones * 0x7F;

		/* not below ' ', and not 0x7F */
		marks |= word_marks(~(low + ones * (0x80 - ' ')) | (low + ones) | x) << i;
	}
	return marks;
}

/* The highest bits of those of eight bytes that are from `first` to `last`, both below 0x80. */
static inline uint64_t word_among(uint64_t x, unsigned first, unsigned last)
{
	uint64_t low = x & ones * 0x7F;

	return (low + ones * (0x80 - first)) & ~(low + ones * (0x7F - last)) & ~x;
}

void scan_copy_text(char *to, const void *from, size_t len)
{
	const char *p = from;

	for (; len >= 8; len -= 8, p += 8, to += 8) {
		uint64_t x = word_at(p), text = (word_among(x, ' ', '~') >> 7 & ones) * 0xFF;

		x = (x & text) | (ones * '.' & ~text);
		memcpy(to, &x, 8);
	}
	for (size_t i = 0; i < len; i++)
		to[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '.';
}

static uint64_t mark_text(const char *p, unsigned also)
{
	uint64_t marks = 0;

	for (size_t i = 0; i < STEP; i += 8) {
		uint64_t x = word_at(p + i);

		marks |= word_marks(word_among(x, ' ', '~') | word_among(x, '\t', also & SCAN_SPACE ? '\r' : '\t') |
		                    (also & SCAN_HIGH ? x : 0)) << i;
	}
	return marks;
}

#endif

/* Behind the last 64 bytes, what is left is copied to where as many may be looked at. */
void scan_mark(uint64_t *marks, const void *bytes, size_t len, char byte)
{
	const char *p = bytes;
	char rest[STEP] = {0};

	for (; len >= STEP; p += STEP, len -= STEP)
		*marks++ = mark_equal(p, byte);
	memcpy(rest, p, len);
	if (len > 0)
		*marks = mark_equal(rest, byte) & (((uint64_t)1 << len) - 1);
}

void scan_mark_nonprinting(uint64_t *marks, const void *bytes, size_t len)
{
	const char *p = bytes;
	char rest[STEP] = {0};

	for (; len >= STEP; p += STEP, len -= STEP)
		*marks++ = mark_nonprinting(p);
	memcpy(rest, p, len);
	if (len > 0)
		*marks = mark_nonprinting(rest) & (((uint64_t)1 << len) - 1);
}

void scan_mark_text(uint64_t *marks, const void *bytes, size_t len, unsigned also)
{
	const char *p = bytes;
	char rest[STEP] = {0};

	for (; len >= STEP; p += STEP, len -= STEP)
		*marks++ = mark_text(p, also);
	memcpy(rest, p, len);
	if (len > 0)
		*marks = mark_text(rest, also) & (((uint64_t)1 << len) - 1);
}

int scan_difference(struct map *a, struct map *b, off_t *where)
{
	const char *p = NULL, *q = NULL;
	ssize_t n = 0, k = 0;

	for (*where = 0;;) {
		size_t len, same;

		if (n == 0 && (n = map_slice(a, &p)) < 0)
			return -1;
		if (k == 0 && (k = map_slice(b, &q)) < 0)
			return -1;
		if (n == 0 || k == 0)
			return n != k;
		len = (size_t)(n < k ? n : k);
		same = scan_differ(p, q, len);
		*where += (off_t)same;
		if (same < len)
			return 1;
		p += len;
		q += len;
		n -= (ssize_t)len;
		k -= (ssize_t)len;
	}
}
