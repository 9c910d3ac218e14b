#include "access.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guard.h"
#include "os.h"

struct touch {
	char *at;
	unsigned bytes;
	bool store;
	uint64_t value;
};

#if defined __GNUC__
#define PACKED __attribute__((packed, may_alias))
#else
#define PACKED
#endif

/* Words at any address: where the processor takes them so, each is still one instruction. */
struct any16 { uint16_t word; } PACKED;
struct any32 { uint32_t word; } PACKED;
struct any64 { uint64_t word; } PACKED;

static void touch_aligned(struct touch *t)
{
	switch (t->bytes) {
	case 1:
		if (t->store)
			*(volatile uint8_t *)t->at = (uint8_t)t->value;
		else
			t->value = *(volatile uint8_t *)t->at;
		break;
	case 2:
		if (t->store)
			*(volatile uint16_t *)(void *)t->at = (uint16_t)t->value;
		else
			t->value = *(volatile uint16_t *)(void *)t->at;
		break;
	case 4:
		if (t->store)
			*(volatile uint32_t *)(void *)t->at = (uint32_t)t->value;
		else
			t->value = *(volatile uint32_t *)(void *)t->at;
		break;
	case 8:
		if (t->store)
			*(volatile uint64_t *)(void *)t->at = t->value;
		else
			t->value = *(volatile uint64_t *)(void *)t->at;
		break;
	}
}

static void touch_any(struct touch *t)
{
	switch (t->bytes) {
	case 2:
		if (t->store)
			((volatile struct any16 *)(void *)t->at)->word = (uint16_t)t->value;
		else
			t->value = ((volatile struct any16 *)(void *)t->at)->word;
		break;
	case 4:
		if (t->store)
			((volatile struct any32 *)(void *)t->at)->word = (uint32_t)t->value;
		else
			t->value = ((volatile struct any32 *)(void *)t->at)->word;
		break;
	case 8:
		if (t->store)
			((volatile struct any64 *)(void *)t->at)->word = t->value;
		else
			t->value = ((volatile struct any64 *)(void *)t->at)->word;
		break;
	}
}

static void touch(void *arg)
{
	struct touch *t = arg;

	if ((uintptr_t)t->at % t->bytes == 0)
		touch_aligned(t);
	else
		touch_any(t);
}

void access_end(struct access *a)
{
	if (a->base)
		munmap(a->base, a->base_len);
	a->base = NULL;
}

int access_reach(struct access *a, off_t off, unsigned bytes)
{
	off_t page = (off_t)os_page(), start = off / page * page, end = (off + bytes + page - 1) / page * page;
	void *base;

	if (a->reads || (a->base && off >= a->base_off && off + bytes <= a->base_off + (off_t)a->base_len))
		return 0;
	access_end(a);
	if (a->first >= 0)
		start = a->first;
	if ((uint64_t)(end - start) > SIZE_MAX) {
		errno = ENOMEM;
		return -1;
	}
	base = mmap(NULL, (size_t)(end - start), a->write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, a->fd, start);
	if (base == MAP_FAILED)
		return -1;
	a->base = base;
	a->base_off = start;
	a->base_len = (size_t)(end - start);
	return 0;
}

static int access_mapped(struct access *a, off_t off, struct touch *t)
{
	if (t->bytes > ACCESS_WIDEST) {
		errno = ENOTSUP;
		return -1;
	}
	if (access_reach(a, off, t->bytes) < 0)
		return -1;
	t->at = a->base + (off - a->base_off);
	return guard_call(touch, t, a->base, a->base_len);
}

bool access_has(uint64_t bits)
{
	return bits >= 8 && bits <= 64 && (bits & (bits - 1)) == 0;
}

enum access_order access_native(void)
{
	const uint16_t one = 1;

	return *(const char *)&one ? ACCESS_LITTLE : ACCESS_BIG;
}

void access_encode(uint64_t value, unsigned bytes, void *to)
{
	uint8_t one = (uint8_t)value;
	uint16_t two = (uint16_t)value;
	uint32_t four = (uint32_t)value;
	const void *from = bytes == 1 ? (const void *)&one : bytes == 2 ? (const void *)&two :
	                   bytes == 4 ? (const void *)&four : (const void *)&value;

	memcpy(to, from, bytes);
}

uint64_t access_decode(const void *from, unsigned bytes)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (bytes) {
	case 1: memcpy(&one, from, 1); return one;
	case 2: memcpy(&two, from, 2); return two;
	case 4: memcpy(&four, from, 4); return four;
	default: memcpy(&eight, from, 8); return eight;
	}
}

int access_read(struct access *a, off_t off, unsigned bytes, uint64_t *value)
{
	struct touch t = {.bytes = bytes};
	char word[8];
	ssize_t n;

	if (!a->reads) {
		if (access_mapped(a, off, &t) < 0)
			return -1;
		*value = t.value;
		return 0;
	}
	do
		n = pread(a->fd, word, bytes, off);
	while (n < 0 && os_interrupted());
	if (n >= 0 && (size_t)n != bytes)
		errno = ENXIO;
	if (n < 0 || (size_t)n != bytes)
		return -1;
	*value = access_decode(word, bytes);
	return 0;
}

int access_write(struct access *a, off_t off, unsigned bytes, uint64_t value)
{
	struct touch t = {.bytes = bytes, .store = true, .value = value};
	char word[8];
	ssize_t n;

	if (!a->reads)
		return access_mapped(a, off, &t);
	access_encode(value, bytes, word);
	do
		n = pwrite(a->fd, word, bytes, off);
	while (n < 0 && os_interrupted());
	if (n >= 0 && (size_t)n != bytes)
		errno = ENXIO;
	return n >= 0 && (size_t)n == bytes ? 0 : -1;
}
