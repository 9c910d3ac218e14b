#include "blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "input.h"
#include "msg.h"
#include "out.h"
#include "scan.h"

static bool is_zeros(const unsigned char *p, size_t n)
{
	return *p == 0 && scan_differ(p, p + 1, n - 1) == n - 1;
}

/* So many blocks that are equal to the one before. */
static void fold(struct blocks *b, uint64_t n)
{
	if (b->n_folded == 0 && b->fold == BLOCKS_FOLD)
		out_text("*\n");
	b->n_folded += n;
	b->off += n * b->size;
}

/* What stands for those that were not shown. */
static void unfold(struct blocks *b)
{
	if (b->fold == BLOCKS_FOLD_ZEROS && b->n_folded == 1)
		b->show(b->how, b->off - b->size, b->before, b->size);
	else if (b->fold == BLOCKS_FOLD_ZEROS && b->n_folded > 0)
		out_text("*\n");
	b->n_folded = 0;
}

/* Whole blocks. */
static void show_run(struct blocks *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;

	while (p < end && !out_error()) {
		size_t n = b->size;

		if (b->before && *p == *b->before && memcmp(p, b->before, n) == 0) {
			/* all that goes on as it began, at once */
			n += scan_differ(p, p + n, (size_t)(end - p) - n) / n * n;
			fold(b, n / b->size);
		} else {
			if (b->n_folded > 0)
				unfold(b);
			b->show(b->how, b->off, p, n);
			b->off += n;
			b->before = b->fold == BLOCKS_FOLD || (b->fold == BLOCKS_FOLD_ZEROS && is_zeros(p, n)) ? p : NULL;
		}
		p += n;
		if (b->before)
			b->before = p - b->size;
	}
	if (b->before) {
		memcpy(b->last, b->before, b->size);
		b->before = b->last;
	}
}

void blocks_take(struct blocks *b, const unsigned char *p, size_t len)
{
	size_t n = b->skip < len ? (size_t)b->skip : len;

	b->skip -= n;
	b->off += n;
	p += n;
	len -= n;
	if (len == 0)
		return;
	if (b->left < UINT64_MAX)
		b->left -= len;
	if (b->have > 0) {
		n = b->size - b->have < len ? b->size - b->have : len;
		memcpy(b->part + b->have, p, n);
		b->have += n;
		p += n;
		len -= n;
		if (b->have < b->size)
			return;
		show_run(b, b->part, b->size);
		b->have = 0;
	}
	n = len / b->size * b->size;
	if (n > 0)
		show_run(b, p, n);
	b->have = len - n;
	memcpy(b->part, p + n, b->have);
}

/* In a hole: up to the end of a block, or all blocks behind one of zeros, unread. */
static void take_hole(struct blocks *b, struct map *m)
{
	size_t n = b->size - b->have;
	size_t folded;

	if (b->have == 0 && b->before && is_zeros(b->before, b->size)) {
		map_stretch_hole(m);
		folded = m->len / b->size;
		if (folded > 0) {
			fold(b, folded);
			if (b->left < UINT64_MAX)
				b->left -= (uint64_t)folded * b->size;
			map_take(m, folded * b->size);
			return;
		}
	}
	n = n < m->len ? n : m->len;
	n = map_still(m, n < MAP_SLICE ? n : MAP_SLICE);
	blocks_take(b, (const unsigned char *)map_zeros, n);
	map_take(m, n ? n : m->len);
}

/* Goes over what is to be skipped where that is known not to be needed, and reads no more than is. */
static void start(struct blocks *b, struct map *m)
{
	uint64_t left = b->size > 0 ? b->left : 0;
	uint64_t n = m->sized && m->size > m->off ? (uint64_t)(m->size - m->off) : 0;

	n = n < b->skip ? n : b->skip;
	if (n > 0 && !map_has_end(m))
		n = 0;
	/* what is no file and can seek may have nothing to read on the way, as /dev/mem */
	if (!m->sized && !m->regular && b->skip < (uint64_t)NUM_OFF_MAX && lseek(m->fd, (off_t)b->skip, SEEK_CUR) >= 0)
		n = b->skip;
	m->off += (off_t)n;
	b->skip -= n;
	b->off += n;
	if (left < (uint64_t)NUM_OFF_MAX && b->skip < (uint64_t)NUM_OFF_MAX - left)
		map_limit(m, (off_t)(b->skip + left));
}

void blocks_map(struct blocks *b, struct map *m)
{
	const char *p;
	ssize_t n;

	start(b, m);
	for (;;) {
		if (!m->sized)  /* what is there is shown before we wait for more */
			out_flush();
		if (out_error() || !map_next(m))
			return;
		if (m->hole && b->skip == 0 && b->fold != BLOCKS_ALL) {
			take_hole(b, m);
			continue;
		}
		n = map_slice(m, &p);
		if (n <= 0)
			return;
		blocks_take(b, (const unsigned char *)p, (size_t)n);
	}
}

void blocks_end(struct blocks *b)
{
	bool again = b->fold == BLOCKS_FOLD_ZEROS && b->have == 0 && b->n_folded > 0;

	/* xxd always shows the last one */
	if (again) {
		b->off -= b->size;
		b->n_folded--;
	}
	unfold(b);
	if (again) {
		b->show(b->how, b->off, b->before, b->size);
		b->off += b->size;
	}
	if (b->have > 0) {
		memset(b->part + b->have, 0, b->size - b->have);
		b->show(b->how, b->off, b->part, b->have);
		b->off += b->have;
	}
	b->have = 0;
	b->before = NULL;
}

void blocks_start(struct blocks *b)
{
	b->part = malloc(b->size + 1);
	b->last = malloc(b->size + 1);
	if (!b->part || !b->last)
		msg_no_memory(1);
}

void blocks_show(struct blocks *b, char **names)
{
	struct input in = {.names = names};

	blocks_start(b);
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		if (!in.text || strcmp(in.text, msg_reason(EISDIR)) == 0)
			b->opened = true;
		if (input_range(&in))
			blocks_map(b, &in.map);
		for (char **name = names; b->size > 0 && b->left == 0 && b->skip == 0 && b->opened && *name; name++)
			if (*name == in.name)
				name[1] = NULL;
	}
	blocks_end(b);
}

const char *blocks_number(const char *text, uint64_t *value)
{
	uint64_t factor = 512;
	unsigned base = 10;
	char unit[8];

	text += strspn(text, " \t\n\v\f\r");
	text += *text == '+';
	if (*text == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	} else if (*text == '0')
		base = 8;
	if (num_digits(&text, base, UINT64_MAX, value) < 0)
		return errno == ERANGE ? "too large" : "";
	if (strcmp(text, "b") != 0) {
		fmt_text(unit, sizeof unit, "1%c%s", *text >= 'a' && *text <= 'z' ? *text - 0x20 : *text, *text ? text + 1 : "");
		if (strlen(text) > 4 || num_size(unit, UINT64_MAX, &factor) < 0)
			return errno == ERANGE ? "too large" : "invalid suffix";
	}
	if (*value > UINT64_MAX / factor)
		return "too large";
	*value *= factor;
	return NULL;
}
