/*
 * The bytes are looked at in three passes. core/scan marks, for a stretch at a time, where lines end and which bytes
 * are shown otherwise than they are (show_stretch). Of each step of 64 bytes the parts between line ends are known by
 * these marks (show_step): one without a marked byte is copied, 16 bytes at a time, any other goes through a table of
 * 256 texts (show_part). Between two steps the output is flushed when it has no room for what one can become at most.
 */
#include "show.h"

#include <stdint.h>
#include <string.h>

#include "out.h"
#include "scan.h"

enum {
	STEP = 64,              /* bytes whose marks are one word */
	STRETCH = 64 * STEP,
	NUMBER = 24,            /* room for a line number of 20 digits and its tab, in multiples of 8 */
	UNITS = NUMBER - 2,     /* where its last digit is */
	WIDTH = 6,              /* of the shortest */
	STEP_ROOM = STEP * (NUMBER + sizeof "^M$") + STEP,      /* each byte a line, and copies that go beyond their end */
};

struct show show;

/* What is carried on. */
static struct {
	char number[2 * NUMBER];        /* of the last line, but for the units, with a tab and bytes to copy in vain */
	size_t first;                   /* where it begins */
	char units;                     /* its last digit */
	int newlines;                   /* in a row at this point, 2 standing for more; 1 at the very start */
	bool pending_cr;                /* a \r before what may be a line end, held back for -E */
} text;

/* How each byte is shown. */
static struct {
	char bytes[4];
} shown[256];
static unsigned char shown_len[256];

static void fill_table(void)
{
	for (unsigned i = 0; i < 256; i++) {
		char *to = shown[i].bytes;
		unsigned c = i;

		if (show.nonprinting && i != '\t' && c >= 0x80) {
			*to++ = 'M';
			*to++ = '-';
			c &= 0x7F;
		}
		if (i == '\t' ? show.tabs : show.nonprinting && (c < ' ' || c == 0x7F)) {
			*to++ = '^';
			c ^= 0x40;
		}
		*to++ = (char)c;
		shown_len[i] = (unsigned char)(to - shown[i].bytes);
	}
}

bool show_start(void)
{
	if (!show.number && !show.number_nonblank && !show.ends && !show.tabs && !show.nonprinting && !show.squeeze)
		return false;
	fill_table();
	memset(text.number, ' ', UNITS);
	text.number[NUMBER - 1] = '\t';
	text.first = UNITS + 1 - WIDTH;
	text.units = '0';
	text.newlines = 1;
	return true;
}

static void carry(void)
{
	size_t i = UNITS - 1;

	text.units = '0';
	for (; text.number[i] == '9'; i--)
		text.number[i] = '0';
	text.number[i] = text.number[i] == ' ' ? '1' : (char)(text.number[i] + 1);
	if (i < text.first)
		text.first = i;
}

/* The next number. The units go to the output by themselves: a byte stored into the text would have to get to memory
 * before all of it could be loaded again. */
static inline char *show_number(char *to)
{
	if (text.units++ == '9')
		carry();
	memcpy(to, text.number + text.first, 16);
	memcpy(to + 16, text.number + text.first + 16, 8);
	to += NUMBER - text.first;
	to[-2] = text.units;
	return to;
}

/* Shows the line end, with what belongs before it. */
static inline char *show_newline(char *to, bool after_cr)
{
	if (text.newlines < 2)
		text.newlines++;
	else if (show.squeeze)
		return to;
	if (text.newlines > 1 && show.number && !show.number_nonblank)
		to = show_number(to);
	if (show.ends) {
		if (after_cr)
			to--;
		if (after_cr || text.pending_cr) {
			*to++ = '^';
			*to++ = 'M';
		}
		*to++ = '$';
		text.pending_cr = false;
	}
	*to++ = '\n';
	return to;
}

/* Part of a line, without its end. `whole` bytes may be looked at; `plain`: none of the part is shown otherwise than it
 * is. */
static inline char *show_part(char *to, const char *p, size_t len, size_t whole, bool plain)
{
	if (text.newlines > 0) {
		if (show.number || show.number_nonblank)
			to = show_number(to);
		text.newlines = 0;
	}
	if (text.pending_cr) {
		*to++ = '\r';
		text.pending_cr = false;
	}
	if (!plain) {
		for (size_t i = 0; i < len; i++) {
			unsigned char c = (unsigned char)p[i];

			memcpy(to, shown[c].bytes, 4);
			to += shown_len[c];
		}
		return to;
	}
	if (whole >= STEP) {
		memcpy(to, p, 16);
		for (size_t off = 16; off < len; off += 16)
			memcpy(to + off, p + off, 16);
	} else
		scan_copy(to, p, len);
	return to + len;
}

/* At most STEP bytes of `whole` that may be looked at. */
static inline char *show_step(char *to, const char *p, size_t whole, uint64_t lines, uint64_t others)
{
	size_t len = whole < STEP ? whole : STEP, off = 0;
	bool holds_cr = show.ends && !show.nonprinting;

	for (; lines; lines &= lines - 1) {
		size_t end = (size_t)__builtin_ctzll(lines);

		if (end > off)
			to = show_part(to, p + off, end - off, whole - off, !(others >> off << (STEP - end + off)));
		to = show_newline(to, holds_cr && end > off && p[end - 1] == '\r');
		off = end + 1;
	}
	if (off < len) {
		to = show_part(to, p + off, len - off, whole - off, !(others >> off));
		if (holds_cr && p[len - 1] == '\r') {
			text.pending_cr = true;
			to--;
		}
	}
	return to;
}

/* False when standard output has failed. */
static bool show_stretch(const char *p, size_t len)
{
	uint64_t lines[STRETCH / STEP], others[STRETCH / STEP] = {0}, tabs[STRETCH / STEP];
	char *room = NULL, *to = NULL, *last = NULL;

	scan_mark(lines, p, len, '\n');
	if (show.nonprinting) {
		scan_mark_nonprinting(others, p, len);
		if (!show.tabs) {
			scan_mark(tabs, p, len, '\t');
			for (size_t i = 0; i < SCAN_MARKS(len); i++)
				others[i] &= ~tabs[i];
		}
	} else if (show.tabs)
		scan_mark(others, p, len, '\t');
	for (size_t i = 0; i < SCAN_MARKS(len); i++) {
		if (to >= last) {
			out_filled((size_t)(to - room));
			room = to = out_room(STEP_ROOM);
			if (!room)
				return false;
			last = room + out_left() - STEP_ROOM + 1;
		}
		to = show_step(to, p + i * STEP, len - i * STEP, lines[i], others[i]);
	}
	out_filled((size_t)(to - room));
	return true;
}

bool show_map(struct map *m)
{
	const char *p;
	ssize_t n;

	if (!m->sized && out_flush() < 0)       /* what is there is shown before we wait for more */
		return false;
	while ((n = map_slice(m, &p)) > 0) {
		for (size_t done = 0; done < (size_t)n; done += STRETCH)
			if (!show_stretch(p + done, (size_t)n - done < STRETCH ? (size_t)n - done : STRETCH))
				return false;
		if (!m->sized && out_flush() < 0)
			return false;
	}
	return out_flush() == 0;
}

void show_end(void)
{
	if (text.pending_cr)
		out_text("\r");
}
