/*
 * Places that hold a pattern, found from the start to the end of the range, none overlapping the one before it. They
 * are searched anew in each pass, so that no list of them takes memory; a change lies behind where the search goes on.
 */
#include "mmpatch.h"

#include <string.h>

#include "map.h"
#include "scan.h"

static struct pattern {
	char *bytes, *mask;     /* of each byte the bits that count: all or none */
	size_t len;
} find, replace;

static size_t anchor;           /* a byte of find that counts, looked for first */
static off_t start, end, at;
static uint64_t count;
static struct change match;
static char *old, *new;

static void read_pattern(struct pattern *p, const char *text, const char *option)
{
	char *rest;
	ssize_t n;

	rest = p->bytes = patch_copy(text);
	p->mask = patch_copy(text);
	n = change_hex(&rest, p->bytes, p->mask);
	if (n <= 0 || *rest)
		opt_misuse("invalid pattern %s for '%s': hex digits in pairs, or ??", msg_quote(text), option);
	p->len = (size_t)n;
}

void match_start(void)
{
	struct num_range range = patch_conf.ranges.n ? *patch_conf.ranges.v : map_whole;
	char missing[MAP_TEXT];

	read_pattern(&find, patch_conf.find, "--find");
	read_pattern(&replace, patch_conf.replace, "--replace");
	if (find.len != replace.len)
		opt_misuse("--replace has %zu bytes, and --find %zu: none can be inserted or deleted", replace.len, find.len);
	/* zeros and FF lie about everywhere */
	for (size_t i = 0; i < find.len; i++)
		if (find.mask[i] && (!find.mask[anchor] || find.bytes[anchor] == 0 || find.bytes[anchor] == (char)0xFF))
			anchor = i;
	if (!find.mask[anchor])
		opt_misuse("--find has no byte that counts");
	if (map_range_missing(&range, target.size, missing)) {
		msg_warn("%s: %s", msg_name(target.name), missing);
		patch_end();
	}
	start = range.from_end ? target.size - range.off : range.off;
	end = range.len < 0 ? target.size : start + range.len;
	target.ahead = map_window < PIECE ? map_window : PIECE;
	match.len = (off_t)find.len;
	match.old.is.bytes = old = patch_copy(patch_conf.find);
	match.new.is.bytes = new = patch_copy(patch_conf.find);
	at = start;
}

static bool is_match(const char *p)
{
	for (size_t i = 0; i < find.len; i++)
		if ((p[i] ^ find.bytes[i]) & find.mask[i])
			return false;
	return true;
}

/* The next place that matches, at *bytes. False behind the last. */
static bool next_place(const char **bytes)
{
	while (end - at >= match.len) {
		size_t have, last;
		off_t data;

		/* what lies in a hole altogether is zeros */
		if (find.bytes[anchor] && (data = target_data(at)) > at && data - at > match.len - 1) {
			at = data - match.len + 1;
			continue;
		}
		have = target_get(at, find.len, bytes);
		if ((off_t)have > end - at)
			have = (size_t)(end - at);
		last = have - find.len;
		for (size_t i = 0; i <= last; i++) {
			i += scan_byte(*bytes + i + anchor, last + 1 - i, find.bytes[anchor]);
			if (i <= last && is_match(*bytes + i)) {
				*bytes += i;
				at += (off_t)i;
				return true;
			}
		}
		at += (off_t)last + 1;
	}
	return false;
}

struct change *match_next(void)
{
	const char *p;

	while ((!patch_conf.nth || count < patch_conf.nth) && next_place(&p)) {
		memcpy(old, p, find.len);
		for (size_t i = 0; i < find.len; i++)
			new[i] = (char)((replace.bytes[i] & replace.mask[i]) | (old[i] & ~replace.mask[i]));
		match.off = at;
		at += match.len;
		match.done = memcmp(old, new, find.len) == 0;
		if (!patch_conf.nth || ++count == patch_conf.nth)
			return &match;
	}
	at = start;
	count = 0;
	return NULL;
}

bool match_is_replaced(void)
{
	const char *p;

	for (size_t i = 0; i < find.len; i++)
		if (replace.mask[i]) {
			find.bytes[i] = replace.bytes[i];
			find.mask[i] = (char)0xFF;
		}
	return next_place(&p);
}
