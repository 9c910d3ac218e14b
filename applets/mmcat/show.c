/*
 * core/scan marks, for a stretch at a time, where lines end and which other bytes are not shown as they are
 * (show_stretch). Most steps of 64 bytes have none of these: their lines are copied 16 bytes at a time
 * (show_ends_step, and show_plain_step where something comes before lines). Of any other step the parts between line
 * ends are shown byte by byte from a table of 256 texts, or where few bytes are marked, copied up to the next one
 * (show_mixed_step). Between two steps the output is flushed when it has no room for what one can become at most.
 *
 * A \r before what may be a line end is held back for -E without -v, since it is shown as ^M there and as itself
 * elsewhere.
 */
#include "show.h"

#include <stdint.h>
#include <string.h>

#include "out.h"
#include "scan.h"

/* Also where the compiler is to make small code: what is carried on stays in registers that way. */
#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

enum {
	STEP = 64,              /* bytes whose marks are one word */
	STRETCH = 64 * STEP,
	NUMBER = 24,            /* room for a line number of 20 digits and its tab, in multiples of 8 */
	TENS = NUMBER - 3,      /* where its last digit but one is */
	SHORTEST = 7,           /* number, with its tab */
	STEP_ROOM = STEP * (NUMBER + sizeof "^M$") + STEP,      /* each byte a line, and copies that go beyond their end */
};

struct show show;

/* How each byte is shown: up to four bytes as they lie in memory, and above them how many. */
static uint64_t table[256];

/* The last line's number but for its last two digits, with a tab, and behind it bytes that are copied in vain. */
static char number[2 * NUMBER];

/* What is carried on. */
struct text {
	char *number;           /* where it begins */
	char tens, units;       /* its last digits */
	char newlines;          /* in a row at this point, 2 standing for more; 1 at the very start */
	bool pending_cr;        /* a \r is held back */
};
static struct text text;

static void fill_table(void)
{
	for (unsigned i = 0; i < 256; i++) {
		char bytes[4] = {0}, *to = bytes;
		unsigned c = i;
		uint32_t word;

		if (show.nonprinting && i != '\t' && c >= 0x80) {
			*to++ = 'M';
			*to++ = '-';
			c &= 0x7F;
		}
		if (i == '\t' ? show.tabs : i != '\n' && show.nonprinting && (c < ' ' || c == 0x7F)) {
			*to++ = '^';
			c ^= 0x40;
		}
		*to++ = (char)c;
		memcpy(&word, bytes, 4);
		table[i] = (uint64_t)(to - bytes) << 32 | word;
	}
}

bool show_start(void)
{
	if (!show.number && !show.number_nonblank && !show.ends && !show.tabs && !show.nonprinting && !show.squeeze)
		return false;
	fill_table();
	memset(number, ' ', NUMBER - 1);
	number[NUMBER - 1] = '\t';
	text = (struct text){.number = number + NUMBER - SHORTEST, .tens = ' ', .units = '0', .newlines = 1};
	return true;
}

/* The hundreds are counted up. Returns where the number, which began at `first`, begins now. */
static char *count_hundreds(char *first)
{
	char *digit = number + TENS - 1;

	for (; *digit == '9'; digit--)
		*digit = '0';
	*digit = *digit == ' ' ? '1' : (char)(*digit + 1);
	return digit < first ? digit : first;
}

/* The next number. Its last digits go to the output by themselves: bytes that are stored into the text must have come
 * to memory before 16 can be loaded from there. */
INLINE char *show_number(struct text *t, char *to)
{
	if (t->units++ == '9') {
		t->units = '0';
		t->tens = t->tens == ' ' ? '1' : (char)(t->tens + 1);
		if (t->tens > '9') {
			t->tens = '0';
			t->number = count_hundreds(t->number);
		}
	}
	memcpy(to, t->number, 16);
	memcpy(to + 16, t->number + 16, NUMBER - 16);
	to += number + NUMBER - t->number;
	to[-3] = t->tens;
	to[-2] = t->units;
	return to;
}

INLINE char *begin_line(struct text *t, const struct show *s, char *to)
{
	if (t->newlines > 0 && (s->number || s->number_nonblank))
		to = show_number(t, to);
	t->newlines = 0;
	return to;
}

INLINE char *end_line(const struct show *s, char *to)
{
	if (s->ends)
		*to++ = '$';
	*to++ = '\n';
	return to;
}

/* The line end of a line that is empty, or of which this step has nothing else. */
INLINE char *end_empty(struct text *t, const struct show *s, char *to)
{
	if (t->newlines > 1 && s->squeeze)
		return to;
	if (t->newlines > 0 && s->number && !s->number_nonblank)
		to = show_number(t, to);
	t->newlines = t->newlines > 0 ? 2 : 1;
	return end_line(s, to);
}

static inline void copy_16(char *to, const char *from)
{
	memcpy(to, from, 16);
}

static inline char *copy_short(char *to, const char *from, size_t len)
{
	copy_16(to, from);
	for (size_t off = 16; off < len; off += 16)
		copy_16(to + off, from + off);
	return to + len;
}

/* At most STEP bytes of which none but line ends are shown otherwise than they are. Behind them, too, STEP bytes may be
 * looked at. */
INLINE char *show_plain_step(struct text *t, const struct show *s, char *to, const char *p, size_t len,
                             uint64_t lines)
{
	uint64_t third = lines & (lines - 1);
	bool is_long;

	/* where lines are long, copying too much costs less than a wrong guess by the processor how much it is */
	third &= third - 1;
	is_long = third == 0;
	for (size_t off = 0;; lines &= lines - 1) {
		size_t end = lines ? (size_t)__builtin_ctzll(lines) : len;

		if (end > off) {
			to = begin_line(t, s, to);
			if (is_long) {
				copy_16(to, p + off);
				copy_16(to + 16, p + off + 16);
				copy_16(to + 32, p + off + 32);
				copy_16(to + 48, p + off + 48);
				to += end - off;
			} else
				to = copy_short(to, p + off, end - off);
			if (!lines)
				return to;
			to = end_line(s, to);
			t->newlines = 1;
		} else {
			if (!lines)
				return to;
			to = end_empty(t, s, to);
		}
		off = end + 1;
	}
}

/* The same where lines have their ends marked, and nothing else. */
INLINE char *show_ends_step(char *to, const char *p, size_t len, uint64_t lines)
{
	size_t off = 0;

	for (; lines; lines &= lines - 1) {
		size_t end = (size_t)__builtin_ctzll(lines);

		to = copy_short(to, p + off, end - off);
		memcpy(to, "$\n", 2);
		to += 2;
		off = end + 1;
	}
	return copy_short(to, p + off, len - off);
}

INLINE char *show_byte(char *to, char c)
{
	uint64_t entry = table[(unsigned char)c];
	uint32_t word = (uint32_t)entry;

	memcpy(to, &word, 4);
	return to + (entry >> 32);
}

/* Part of a line, in which marked bytes are shown otherwise. */
INLINE char *show_part(char *to, const char *p, size_t len, uint64_t others)
{
	size_t off = 0;

	if (others & others >> 1 & others >> 2) {
		for (; len - off >= 4; off += 4) {
			to = show_byte(to, p[off]);
			to = show_byte(to, p[off + 1]);
			to = show_byte(to, p[off + 2]);
			to = show_byte(to, p[off + 3]);
		}
		for (; off < len; off++)
			to = show_byte(to, p[off]);
		return to;
	}
	for (; others; others &= others - 1) {
		size_t next = (size_t)__builtin_ctzll(others);

		to = copy_short(to, p + off, next - off);
		to = show_byte(to, p[next]);
		off = next + 1;
	}
	return copy_short(to, p + off, len - off);
}

/* The same of any step. */
INLINE char *show_mixed_step(struct text *t, const struct show *s, char *to, const char *p, size_t len,
                             uint64_t lines, uint64_t others)
{
	bool holds_cr = s->ends && !s->nonprinting;

	for (size_t off = 0;; lines &= lines - 1) {
		size_t end = lines ? (size_t)__builtin_ctzll(lines) : len;

		if (end > off) {
			size_t above = STEP - (end - off);

			to = begin_line(t, s, to);
			if (t->pending_cr)
				*to++ = '\r';
			to = show_part(to, p + off, end - off, others >> off << above >> above);
			t->pending_cr = holds_cr && p[end - 1] == '\r';
			to -= t->pending_cr;
		}
		if (!lines)
			return to;
		if (t->pending_cr) {
			*to++ = '^';
			*to++ = 'M';
			t->pending_cr = false;
		}
		to = end_empty(t, s, to);
		off = end + 1;
	}
}

/* `len` bytes of `whole` that may be looked at. False when standard output has failed. */
static bool show_stretch(const char *p, size_t len, size_t whole)
{
	uint64_t lines[STRETCH / STEP], others[STRETCH / STEP] = {0}, tabs[STRETCH / STEP];
	char *room = NULL, *to = NULL, *last = NULL, rest[2 * STEP] = {0};
	const struct show s = show;
	const bool by_line = s.number || s.number_nonblank || s.squeeze;
	struct text t = text;

	scan_mark(lines, p, len, '\n');
	if (s.nonprinting)
		scan_mark_nonprinting(others, p, len);
	else if (s.ends)
		scan_mark(others, p, len, '\r');
	if (!s.nonprinting != !s.tabs)
		scan_mark(tabs, p, len, '\t');
	else
		memset(tabs, 0, sizeof tabs);
	for (size_t done = 0; done < len; done += STEP) {
		uint64_t ends = lines[done / STEP], marked = (others[done / STEP] ^ tabs[done / STEP]) & ~ends;
		size_t part = len - done < STEP ? len - done : STEP;
		const char *from = p + done;

		if (to >= last) {
			out_filled((size_t)(to - room));
			room = to = out_room(STEP_ROOM);
			if (!room)
				return false;
			last = room + out_left() - STEP_ROOM + 1;
		}
		if (whole - done < 2 * STEP)
			from = memcpy(rest, from, part);
		if (!by_line && !s.ends)
			ends = 0;       /* a byte like any other */
		if (marked || t.pending_cr)
			to = show_mixed_step(&t, &s, to, from, part, ends, marked);
		else if (by_line)
			to = show_plain_step(&t, &s, to, from, part, ends);
		else
			to = show_ends_step(to, from, part, ends);
	}
	out_filled((size_t)(to - room));
	text = t;
	return true;
}

bool show_map(struct map *m)
{
	const char *p;
	ssize_t n;

	if (!m->sized && out_flush() < 0)       /* what is there is shown before we wait for more */
		return false;
	while ((n = map_slice(m, &p)) > 0) {
		for (size_t left = (size_t)n, part; left > 0; p += part, left -= part) {
			part = left < STRETCH ? left : STRETCH;
			if (!show_stretch(p, part, left))
				return false;
		}
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
