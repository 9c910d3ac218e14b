#include "choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "mmring.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "ring_print.h"
#include "when.h"

static int64_t since_ns = INT64_MIN, until_ns = INT64_MAX;
static int64_t boot = 1;                        /* 1: any */
static uint64_t first, end = UINT64_MAX;        /* numbers of the boot's records */

/* The line that is kept: its pieces without their payloads, which lie one behind the other. */
static struct ring_record *pieces;
static size_t n_pieces, text_len, text_room;
static char *text, tag[RING_TAG];

static void parse_moment(const char *moment, const char *option, int64_t *ns)
{
	if (moment && when_parse(moment, ns) < 0)
		opt_misuse("invalid time %s for '%s': as 2026-11-24T10:57, 10:00, yesterday, @SECONDS, or 1h30m for so long ago",
		           msg_quote(moment), option);
}

void choice_check(void)
{
	uint64_t back;

	parse_moment(ring_conf.since, "--since", &since_ns);
	parse_moment(ring_conf.until, "--until", &until_ns);
	if (ring_conf.boot) {
		const char *digits = ring_conf.boot + (*ring_conf.boot == '-');

		if (num_value(digits, UINT32_MAX, &back) < 0 || (back > 0 && digits == ring_conf.boot))
			opt_misuse("invalid boot %s for '--boot': 0 is this one, -1 the one before", msg_quote(ring_conf.boot));
		boot = -(int64_t)back;
	}
	if (boot < 0 && ring_conf.follow)
		opt_misuse("'--boot=%s' and '--follow' exclude each other: nothing comes to a boot that is over", ring_conf.boot);
	if (ring_conf.ignore_case && !ring_conf.match)
		opt_misuse("'--ignore-case' goes with '--match'");
}

/* The number of the mark of a boot, counted from 0; their count where there are no more. */
static uint64_t find_mark(struct ring_reader *reader, uint64_t which, uint64_t *count)
{
	struct ring_record record;
	uint64_t n = 0, seq = UINT64_MAX;

	ring_seek(reader, 0);
	while (ring_next(reader, &record))
		if ((record.flags & RING_BOOT) && n++ == which)
			seq = record.seq;
	reader->n_lost = reader->n_damaged = 0;
	*count = n;
	return seq;
}

void choice_find_boot(struct ring_reader *reader)
{
	uint64_t n, back = (uint64_t)-boot, wanted;
	bool ours;

	if (boot > 0)
		return;
	find_mark(reader, UINT64_MAX, &n);
	ours = ring_is_of_this_boot(reader);
	first = end = reader->seq ? reader->seq : reader->next_seq;
	/* the mark with number n begins what is behind it, and what is before the first of them has none */
	if (back + ours > n + 1 || (back == 0 && !ours)) {
		if (back == 0)
			end = UINT64_MAX;
	} else {
		wanted = n + 1 - ours - back;
		first = wanted == 0 ? 0 : find_mark(reader, wanted - 1, &n);
		end = find_mark(reader, wanted, &n);
	}
	ring_seek(reader, 0);
}

bool choice_takes(const struct ring_record *record)
{
	return record->time_ns >= since_ns && (record->time_ns < until_ns || until_ns == INT64_MAX) &&
	       record->seq >= ring_conf.from && record->seq >= first && record->seq < end &&
	       (!ring_conf.tag || (strlen(ring_conf.tag) == record->tag_len &&
	                           memcmp(ring_conf.tag, record->tag, record->tag_len) == 0));
}

bool choice_is_by_number(void)
{
	return !ring_conf.tag && !ring_conf.match && boot > 0 && since_ns == INT64_MIN && until_ns == INT64_MAX;
}

bool choice_is_over(void)
{
	return until_ns <= when_now();
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Whether the text lies anywhere in the line. Only letters of ASCII have cases. */
static bool has_match(void)
{
	size_t len = strlen(ring_conf.match);

	for (size_t at = 0, i; at + len <= text_len; at++) {
		for (i = 0; i < len; i++)
			if (ring_conf.ignore_case ? lower(text[at + i]) != lower(ring_conf.match[i])
			                          : text[at + i] != ring_conf.match[i])
				break;
		if (i == len)
			return true;
	}
	return false;
}

/* Keeps one more record. */
static bool keep(const struct ring_record *record)
{
	char *larger = grow_room(text, &text_room, text_len + record->len + 1, 1);
	struct ring_record *more = larger ? grow_add(pieces, &n_pieces, sizeof *pieces) : NULL;

	if (larger)
		text = larger;
	if (!more) {
		msg_warn("%s", msg_reason(ENOMEM));
		return false;
	}
	pieces = more;
	memcpy(text + text_len, record->payload, record->len);
	text_len += record->len;
	memcpy(tag, record->tag, record->tag_len);
	pieces[n_pieces - 1] = *record;
	pieces[n_pieces - 1].tag = tag;
	return true;
}

void choice_release(choice_take *take)
{
	bool right = n_pieces > 0 && has_match();
	const char *payload = text;

	for (size_t i = 0; right && i < n_pieces; i++) {
		pieces[i].payload = payload;
		payload += pieces[i].len;
		take(&pieces[i]);
	}
	free(pieces);
	pieces = NULL;
	n_pieces = text_len = 0;
}

bool choice_hold(const struct ring_record *record, choice_take *take)
{
	if (!ring_conf.match) {
		take(record);
		return true;
	}
	if (n_pieces > 0 && !ring_goes_on(&pieces[n_pieces - 1], record))
		choice_release(take);
	if (!keep(record))
		return false;
	if (!(record->flags & RING_CONTINUES))
		choice_release(take);
	return true;
}
