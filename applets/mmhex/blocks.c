#include "blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "input.h"
#include "msg.h"
#include "out.h"
#include "scan.h"

static bool is_again(const struct blocks *b, const unsigned char *p)
{
	return b->before && !b->all && *p == *b->before && memcmp(p, b->before, b->size) == 0;
}

/* Whole blocks. */
static void show_run(struct blocks *b, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;

	while (p < end && !out_error()) {
		size_t n = b->size;

		if (is_again(b, p)) {
			if (!b->starred)
				out_text("*\n");
			b->starred = true;
			/* all that goes on as it began, at once */
			n += scan_differ(p, p + n, (size_t)(end - p) - n) / n * n;
		} else {
			b->starred = false;
			b->show(b->off, p, n);
		}
		b->off += n;
		p += n;
		b->before = p - b->size;
	}
	memcpy(b->last, b->before, b->size);
	b->before = b->last;
}

static void take(struct blocks *b, const unsigned char *p, size_t len)
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

/* Goes over what is to be skipped where that is known not to be needed, and reads no more than is. */
static void start(struct blocks *b, struct map *m)
{
	uint64_t left = b->size > 0 ? b->left : 0;
	uint64_t n = m->sized && m->size > m->off ? (uint64_t)(m->size - m->off) : 0;

	n = n < b->skip ? n : b->skip;
	if (n > 0 && !map_has_end(m))
		n = 0;
	m->off += (off_t)n;
	b->skip -= n;
	b->off += n;
	if (left < (uint64_t)NUM_OFF_MAX && b->skip < (uint64_t)NUM_OFF_MAX - left)
		map_limit(m, (off_t)(b->skip + left));
}

static void show_file(struct blocks *b, struct input *in)
{
	const char *p;
	size_t n;

	for (;;) {
		if (!in->map.sized)     /* what is there is shown before we wait for more */
			out_flush();
		n = out_error() ? 0 : input_slice(in, &p);
		if (n == 0)
			return;
		take(b, (const unsigned char *)p, n);
	}
}

bool blocks_show(struct blocks *b, char **names)
{
	struct input in = {.names = names};

	b->part = malloc(b->size + 1);
	b->last = malloc(b->size + 1);
	if (!b->part || !b->last)
		return false;
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		if (!in.text || strcmp(in.text, msg_reason(EISDIR)) == 0)
			b->opened = true;
		if (input_range(&in)) {
			start(b, &in.map);
			show_file(b, &in);
		}
		for (char **name = names; b->size > 0 && b->left == 0 && b->skip == 0 && b->opened && *name; name++)
			if (*name == in.name)
				name[1] = NULL;
	}
	if (b->have > 0 && !out_error()) {
		memset(b->part + b->have, 0, b->size - b->have);
		b->show(b->off, b->part, b->have);
		b->off += b->have;
	}
	return true;
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
