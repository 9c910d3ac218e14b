/*
 * Bytes are gathered in a buffer, and all in it is looked through at once (`look`); what is left at its end, and may
 * yet become a string, is moved to the front. For each 64 bytes a word has marks for those at which a whole character
 * lies (`mark`): of one byte, or of several that are zero but for one. No two such characters of a width overlap, so
 * that a string is a row of marks that lie a character apart, and is found wherever the search for it begins.
 *
 * A word is shifted over itself until only those marks are left that many others follow (`find_string`): of 64 bytes of
 * noise or machine code hardly any. From these the end is looked for (`end_of`).
 *
 * Where there are several encodings, a string is of that by which it is long enough first, and the search for all of
 * them goes on behind its end. So strings come in the order of the file, and of two that overlap one is printed.
 */
#include "find_inside.h"

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "scan.h"

struct find_how find_how = {.least = 4, .separator = "\n"};

enum {
	ROOM = 1 << 16,         /* at first; a multiple of 64 */
	LITTLE = 1 << 12,       /* so much may be looked at any number of times */
};

/* For each encoding there are marks of where its characters begin, and last there are those of zeros. */
static const struct encoding {
	unsigned char bit, width, at;   /* its name; bytes of a character; which of them is not zero */
	uint64_t apart;                 /* every character, when one lies at the first bit */
} encodings[] = {
	{FIND_8BIT, 1, 0, ~(uint64_t)0}, {FIND_7BIT, 1, 0, ~(uint64_t)0},
	{FIND_b, 2, 1, 0x5555555555555555}, {FIND_l, 2, 0, 0x5555555555555555},
	{FIND_B, 4, 3, 0x1111111111111111}, {FIND_L, 4, 0, 0x1111111111111111},
};
enum { EIGHT_BITS, SEVEN_BITS, WIDE, ZEROS = sizeof encodings / sizeof *encodings, N_MARKS };

#define WORDS(room) ((room) / 64 + 2)   /* one behind the last is looked at, and one more to shift bits from */

static char first_bytes[ROOM];
static uint64_t first_marks[N_MARKS * WORDS(ROOM)];

static size_t held;             /* so many bytes were left by the last look */
static uint64_t *all_marks = first_marks;       /* N_MARKS times WORDS(have.room) */
struct find_bytes have = {.bytes = first_bytes, .room = ROOM};

/* An encoding that is wanted, and its next string: where it begins, and where it has characters enough, or 0 when that
 * is not in the buffer. */
static struct next {
	const struct encoding *encoding;
	const uint64_t *marks;
	size_t start, enough;
} next[ZEROS];
static size_t n_next;
static size_t separator_len;

/* The string that is being printed: by its encoding. */
static const struct next *within;

/* Where the string ends, of which there is a character at `off`, or was one before it: at the first that is none, or
 * not wholly in the buffer. */
static size_t end_of(const struct next *string, size_t off)
{
	const struct encoding *e = string->encoding;
	const uint64_t *marks = string->marks + off / 64;
	uint64_t apart = e->apart << (off & (e->width - 1u));
	uint64_t stop = ~*marks & apart & ~(uint64_t)0 << off % 64;

	while (!stop)
		stop = ~*++marks & apart;
	return (size_t)(marks - string->marks) * 64 + (size_t)__builtin_ctzll(stop);
}

/* Finds the next string that does not begin before `from`. */
static void find_string(struct next *string, size_t from)
{
	const uint64_t *marks = string->marks;
	unsigned width = string->encoding->width, n = find_how.least * width < 64 ? (unsigned)find_how.least : 64 / width;
	size_t least = (size_t)find_how.least * width, words = SCAN_MARKS(have.len), end;
	uint64_t found, after;

	for (size_t i = from / 64; i < words; i++) {
		found = marks[i] & (i == from / 64 ? ~(uint64_t)0 << from % 64 : ~(uint64_t)0);
		after = marks[i + 1];
		for (unsigned done = 1; done < n && found;) {
			unsigned more = done < n - done ? done : n - done, shift = more * width;

			found &= found >> shift | after << (64 - shift);
			after &= after >> shift;
			done += more;
		}
		if (!found)
			continue;
		from = i * 64 + (size_t)__builtin_ctzll(found);
		end = n == find_how.least ? from + least : end_of(string, from);
		string->start = from;
		string->enough = end - from >= least ? from + least : 0;
		if (string->enough || end + width > have.len)
			return;
		from = end;     /* and the search begins anew */
		i = end / 64 - 1;
	}
	if (have.len > from + n * width - 1)
		from = have.len - (n * width - 1);
	string->start = from;
	string->enough = 0;
}

void find_print_head(size_t at)
{
	if (find_how.names) {
		out_text(have.name);
		out_text(": ");
	}
	if (find_how.offsets)
		out_printf(find_how.offsets, (unsigned long long)(have.off + at));
}

/* Up to OUT_ROOM bytes. */
static void print_text(const struct encoding *e, const char *p, size_t len)
{
	char *room = out_room(len);

	if (!room)
		return;
	if (e->width == 1)
		scan_copy(room, p, len);
	else
		for (size_t i = 0; i < len; i++)
			room[i] = p[i * e->width];
	out_filled(len);
}

void find_print_separator(void)
{
	char *room = separator_len == 1 ? out_room(1) : NULL;

	if (room) {
		*room = *find_how.separator;
		out_filled(1);
	} else
		out_write(find_how.separator, separator_len);
}

/* Prints the rest of a string that goes on at `from`. Returns where it ends, or how much of it there is so far. */
static size_t print_rest(const struct next *string, size_t from, bool last)
{
	const struct encoding *e = string->encoding;
	size_t end = end_of(string, from), len = (end - from) / e->width;
	const char *p = have.bytes + from + e->at;

	for (; len > OUT_ROOM; len -= OUT_ROOM, p += OUT_ROOM * e->width)
		print_text(e, p, OUT_ROOM);
	print_text(e, p, len);
	within = end + e->width > have.len && !last ? string : NULL;
	if (!within)
		find_print_separator();
	return end;
}

static uint64_t *marks_of(size_t i)
{
	return all_marks + i * WORDS(have.room);
}

/* 64 marks from bit `shift` of the word on. */
static uint64_t shifted(const uint64_t *word, unsigned shift)
{
	return shift ? word[0] >> shift | word[1] << (64 - shift) : word[0];
}

static void mark_wide(const struct encoding *e)
{
	uint64_t *marks = marks_of((size_t)(e - encodings));

	for (size_t i = 0; i < SCAN_MARKS(have.len); i++) {
		marks[i] = shifted(marks_of(SEVEN_BITS) + i, e->at);
		for (unsigned k = 0; k < e->width; k++)
			if (k != e->at)
				marks[i] &= shifted(marks_of(ZEROS) + i, k);
	}
}

static void mark(void)
{
	unsigned also = find_how.spaces ? SCAN_SPACE : 0;

	for (size_t i = 0; i < N_MARKS; i++)
		memset(marks_of(i) + SCAN_MARKS(have.len), 0, 2 * sizeof (uint64_t));
	if (find_how.encodings & FIND_8BIT)
		scan_mark_text(marks_of(EIGHT_BITS), have.bytes, have.len, also | SCAN_HIGH);
	if (find_how.encodings != FIND_8BIT)
		scan_mark_text(marks_of(SEVEN_BITS), have.bytes, have.len, also);
	if (find_how.encodings >= 1 << WIDE)
		scan_mark(marks_of(ZEROS), have.bytes, have.len, 0);
	for (size_t i = 0; i < n_next; i++) {
		next[i].marks = marks_of((size_t)(next[i].encoding - encodings));
		if (next[i].encoding->width > 1)
			mark_wide(next[i].encoding);
	}
}

/* Prints all strings in the buffer. Returns up to where it need not be looked at again. */
static size_t look(bool last)
{
	size_t off = 0, done = have.len;

	mark();
	if (within)
		off = print_rest(within, 0, last);
	for (size_t i = 0; i < n_next; i++)
		find_string(&next[i], off);
	while (!within) {
		struct next *first = NULL;

		for (struct next *one = next; one < next + n_next; one++) {
			if (one->start < off)
				find_string(one, off);
			if (one->enough && (!first || one->enough < first->enough))
				first = one;
		}
		if (!first)
			break;
		find_print_head(first->start);
		off = print_rest(first, first->start, last);
	}
	if (within)
		return off;
	for (size_t i = 0; i < n_next; i++)
		if (next[i].start < done)
			done = next[i].start;
	return done;
}

/* What is held is to be no more than half of the room: much is looked at again only when there is as much again. */
static bool grow(void)
{
	size_t room = 2 * have.room;
	char *bytes = room < have.room ? NULL : malloc(room);
	uint64_t *marks = malloc(N_MARKS * WORDS(room) * sizeof *marks);

	if (!bytes || !marks) {
		free(bytes);
		free(marks);
		return false;
	}
	memcpy(bytes, have.bytes, have.len);
	if (have.bytes != first_bytes) {
		free(have.bytes);
		free(all_marks);
	}
	have.bytes = bytes;
	all_marks = marks;
	have.room = room;
	return true;
}

static void look_through(bool last)
{
	size_t done = find_how.encodings == FIND_UTF8 ? utf8_look(last) : look(last);

	held = have.len - done;
	memmove(have.bytes, have.bytes + done, held);
	have.len = held;
	have.off += done;
}

void find_start(void)
{
	separator_len = strlen(find_how.separator);
	for (size_t i = 0; i < ZEROS; i++)
		if (find_how.encodings & encodings[i].bit)
			next[n_next++].encoding = &encodings[i];
	utf8_start();
}

void find_begin(const char *name, uint64_t off)
{
	have.name = name;
	have.off = off;
	have.len = held = 0;
	within = NULL;
	utf8_begin();
}

bool find_more(const char *bytes, size_t len)
{
	while (len > 0) {
		size_t part;

		if (held > have.room / 2 && !grow())
			return false;
		part = len < have.room - have.len ? len : have.room - have.len;
		memcpy(have.bytes + have.len, bytes, part);
		have.len += part;
		bytes += part;
		len -= part;
		if (held < LITTLE || have.len / 2 >= held)
			look_through(false);
	}
	return true;
}

void find_end(void)
{
	look_through(true);
	have.off += have.len;
	have.len = held = 0;
}

void find_pass_zeros(uint64_t len)
{
	find_end();
	have.off += len;
}
