#include "revert.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cells.h"
#include "dump.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"

static bool open_as(int fd, const char *name, int flags)
{
	int own;

	do
		own = os_open(name, flags, 0666);
	while (own < 0 && os_interrupted());
	if (own < 0 || (own != fd && dup2(own, fd) < 0)) {
		msg_warn_errno("%s", msg_name(name));
		return false;
	}
	if (own != fd)
		close(own);
	return true;
}

bool revert_from(const char *name)
{
	return !name || strcmp(name, "-") == 0 || open_as(STDIN_FILENO, name, O_RDONLY);
}

bool revert_to(const char *name, bool cut)
{
	struct stat in, out;

	if (!name || strcmp(name, "-") == 0)
		return true;
	if (!open_as(STDOUT_FILENO, name, O_WRONLY | O_CREAT))
		return false;
	if (fstat(STDOUT_FILENO, &out) < 0 || !S_ISREG(out.st_mode))
		return true;
	if (fstat(STDIN_FILENO, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
		msg_warn("%s: input file is output file", msg_name(name));
		return false;
	}
	if (cut && ftruncate(STDOUT_FILENO, 0) < 0) {
		msg_warn_errno("%s", msg_name(name));
		return false;
	}
	return true;
}

/* Standard output: how far it is from where it was at the beginning, and whether it can go elsewhere. */
static struct {
	off_t at;
	bool seeks, regular;
} target;

static void target_start(void)
{
	struct stat st;

	target.regular = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
	/* what appends writes at the end, wherever it goes */
	target.seeks = lseek(STDOUT_FILENO, 0, SEEK_CUR) >= 0 && !(fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND);
}

static bool target_go(off_t to)
{
	if (to == target.at)
		return true;
	if (target.seeks) {
		out_flush();
		if (lseek(STDOUT_FILENO, to - target.at, SEEK_CUR) < 0)
			return false;
		target.at = to;
	}
	if (to < target.at)
		return false;
	while (target.at < to && !out_error()) {
		off_t n = to - target.at < MAP_SLICE ? to - target.at : MAP_SLICE;

		out_write(map_zeros, (size_t)n);
		target.at += n;
	}
	return true;
}

static void target_put(const void *bytes, size_t n)
{
	out_write(bytes, n);
	target.at += (off_t)n;
}

/* How much of the file lies behind the place where the next byte goes. */
static off_t target_behind(void)
{
	struct stat st;

	out_flush();
	return fstat(STDOUT_FILENO, &st) < 0 ? 0 : st.st_size - lseek(STDOUT_FILENO, 0, SEEK_CUR);
}

/* --- mmhex's own reader */

enum { LINE = 1 << 15 };

static struct reader {
	const struct revert *how;
	uint64_t first;         /* of the offsets */
	const char *target;     /* opened for the first row, so that what is no dump makes no file */
	bool opened, refused;   /* the target was; that it cannot be has been said */
	bool some, folded;      /* an offset was there; a star came last */
	unsigned len;           /* of the row above; 0: there is none */
	unsigned char row[DUMP_WIDTH];
	char line[LINE + 1];
	size_t line_len;
	unsigned long long number;
	const char *wrong;      /* what is, with that line */
} reader;

static bool open_target(void)
{
	struct reader *r = &reader;

	if (!r->opened) {
		r->opened = true;
		r->refused = !revert_to(r->target, false);
		target_start();
	}
	return !r->refused;
}

/* Takes colours and the end of the line away. False where more than text is left. */
static bool strip(char *line, size_t len)
{
	char *to = line, *end = line + len;

	for (char *p = line; p < end; p++) {
		if (p[0] == '\033' && p[1] == '[') {
			p += 2 + strspn(p + 2, "0123456789;");
			if (*p != 'm')
				return false;
		} else
			*to++ = *p;
	}
	while (to > line && strchr(" \r", to[-1]))
		to--;
	*to = '\0';
	return strlen(line) == (size_t)(to - line);
}

static const char *unfold(off_t to)
{
	struct reader *r = &reader;
	bool zeros = r->row[0] == 0 && memcmp(r->row, r->row + 1, r->len - 1) == 0;

	r->folded = false;
	if (to <= target.at || (to - target.at) % r->len != 0)
		return "its offset is not a number of rows behind those above";
	if (zeros && target.regular && target.seeks) {
		off_t behind = target_behind(), n;

		for (; behind > 0 && target.at < to && !out_error(); behind -= n) {
			n = to - target.at < MAP_SLICE ? to - target.at : MAP_SLICE;
			n = n < behind ? n : behind;
			target_put(map_zeros, (size_t)n);
		}
		return target_go(to) ? NULL : msg_reason(EFBIG);        /* a hole, as it may have been */
	}
	while (target.at < to && !out_error())
		target_put(r->row, r->len);
	return NULL;
}

/* Returns what is wrong with the line, or NULL. */
static const char *read_line(char *line, size_t len)
{
	struct reader *r = &reader;
	unsigned char row[DUMP_WIDTH];
	const char *p = line, *wrong;
	unsigned n;
	uint64_t off;
	bool is_xxd, is_first = !r->some;

	if (!strip(line, len))
		return "what is no text";
	if (!*line)
		return NULL;
	if (strcmp(line, "*") == 0) {
		r->folded = true;
		return r->len > 0 ? NULL : "a fold without a row above";
	}
	if (is_first && !line[strspn(line, "0123456789ABCDEFabcdef")])
		return "digits alone; a plain dump is for xxd -r -p";
	if (num_digits(&p, r->how->decimal ? 10 : 16, INT64_MAX, &off) < 0)
		return errno == ERANGE ? "an offset too large" : "no offset";
	is_xxd = *p == ':';
	p += is_xxd;
	if (*p && *p != ' ')
		return "no offset";
	if (is_first)
		r->first = off;
	r->some = true;
	if (r->how->at != REVERT_HERE) {
		if (off < r->first && r->first - off > r->how->at)
			return "an offset that lies before the start";
		if (r->how->at > INT64_MAX)
			return "an offset too large";
		off += r->how->at - r->first;
	}
	if (off > INT64_MAX - DUMP_WIDTH)
		return "an offset too large";
	wrong = cells_read(&p, is_xxd, r->how->little, row, &n);
	if (!wrong && !cells_text_fits(p, is_xxd, row, n))
		wrong = "a text that is not as long as the bytes";
	if (!wrong && r->folded)
		wrong = unfold((off_t)off);
	if (wrong)
		return wrong;
	if (n == 0 && (is_first || off != (uint64_t)target.at))
		return "an end elsewhere than that of the rows above";
	if (!open_target())
		return NULL;
	if (!target_go((off_t)off))
		return target.seeks ? "an offset too large" : "an offset that lies back, in a stream";
	target_put(row, n);
	memcpy(r->row, row, n);
	r->len = n;
	return NULL;
}

/* Hands out standard input, of that name, to a function that returns how many bytes it took; 0: that was enough. */
static void each_slice(const char *name, size_t (*take)(const char *bytes, size_t n))
{
	static char dash[] = "-";
	struct input in = {.names = (char *const[]){dash, NULL}};
	const char *p;
	size_t n, taken = 1;

	while (taken > 0 && input_next(&in)) {
		if (in.text)
			msg_about(name, in.text, in.failed);
		while (taken > 0 && !out_error() && (n = input_slice(&in, &p)) > 0) {
			for (; n > 0 && (taken = take(p, n)) > 0; n -= taken)
				p += taken;
			if (!in.map.sized)      /* what is there is written before we wait for more */
				out_flush();
		}
	}
	input_end(&in);
}

static size_t take_line(const char *bytes, size_t n)
{
	struct reader *r = &reader;
	const char *end = memchr(bytes, '\n', n);
	size_t part = end ? (size_t)(end - bytes) : n;

	r->number += r->line_len == 0;
	if (part > LINE - r->line_len) {
		r->wrong = "more than a line of a dump";
		return 0;
	}
	memcpy(r->line + r->line_len, bytes, part);
	r->line_len += part;
	if (!end)
		return part;
	r->line[r->line_len] = '\0';
	r->wrong = read_line(r->line, r->line_len);
	r->line_len = 0;
	return r->wrong || r->refused ? 0 : part + 1;
}

int revert(int argc, char **argv, const struct revert *how)
{
	struct reader *r = &reader;
	const char *name = argc > 0 ? argv[0] : "-";

	if (argc > 2)
		opt_misuse("extra operand %s", msg_quote(argv[2]));
	if (!revert_from(name))
		return 1;
	r->target = argc > 1 ? argv[1] : NULL;
	r->how = how;
	each_slice(name, take_line);
	if (!r->wrong && r->line_len > 0)
		take_line("\n", 1);
	if (!r->wrong && r->folded)
		r->wrong = "a fold without an end";
	if (!r->wrong && !msg_status && !open_target())
		return 1;
	if (r->wrong)
		msg_fail("%s: line %llu: %s", msg_name(name), r->number, r->wrong);
	else if (target.regular && target.seeks && target_behind() < 0 &&
	         ftruncate(STDOUT_FILENO, lseek(STDOUT_FILENO, 0, SEEK_CUR)) < 0)
		out_failed(errno);
	return 0;
}

/* --- xxd's */

static struct {
	uint64_t offset;        /* of the next byte */
	int64_t shift;
	unsigned width, n;      /* bytes of this row */
	bool plain, in_offset, in_rest;         /* this row's; what follows its bytes */
	bool fresh;             /* nothing of the row was there yet */
	bool failed;
	char escape;            /* of a colour, what came last: escape, bracket; else 0 */
	int high;               /* the first digit of a byte, or -1 */
	unsigned garbage;       /* characters in a row that are no digits; the end of a byte is one, too */
} xxd;

/* Whether it belongs to an escape that sets a colour. */
static bool xxd_colour(char c)
{
	char before = xxd.escape;

	if (c == '\033' || (c == '[' && before == '\033'))
		xxd.escape = c;
	else if (before != '[' || !((c >= '0' && c <= '9') || c == ';'))
		xxd.escape = 0;
	return xxd.escape || (before == '[' && c == 'm');
}

/* False: it would have to go back where it cannot. */
static bool xxd_take(char c)
{
	int digit = cells_digit(c);

	if (xxd_colour(c))
		return true;
	if (c == '\r' || (xxd.in_rest && c != '\n'))
		return true;
	if (!xxd.in_rest) {
		if ((xxd.plain && (c == ' ' || c == '\n' || c == '\t')) || (digit < 0 && xxd.fresh))
			return true;
		xxd.fresh = false;
		if (xxd.in_offset) {
			xxd.in_offset = digit >= 0;
			if (digit >= 0)
				xxd.offset = xxd.offset << 4 | (unsigned)digit;
			xxd.garbage = 1;
			xxd.high = -1;
			xxd.n = 0;
			return true;
		}
		if (!target_go((off_t)((uint64_t)xxd.shift + xxd.offset)))
			return false;
		if (digit >= 0 && xxd.high >= 0) {
			char byte = (char)(xxd.high << 4 | digit);

			target_put(&byte, 1);
			xxd.offset++;
			xxd.high = -1;
			xxd.garbage = 1;
			xxd.in_rest = !xxd.plain && ++xxd.n >= xxd.width;
		} else {
			xxd.high = digit;
			xxd.garbage = digit >= 0 ? 0 : xxd.garbage + 1;
			xxd.in_rest = xxd.garbage > 2;
		}
	}
	if (c == '\n') {
		if (!xxd.plain)
			xxd.offset = 0;
		xxd.in_offset = !xxd.plain;
		xxd.in_rest = false;
		xxd.fresh = true;
		xxd.high = -1;
	}
	return true;
}

static size_t take_as_xxd(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!xxd_take(bytes[i])) {
			xxd.failed = true;
			return 0;
		}
	return n;
}

int revert_as_xxd(const char *name, unsigned width, bool plain, int64_t shift)
{
	xxd.width = width;
	xxd.plain = plain;
	xxd.shift = shift;
	xxd.in_offset = !plain;
	xxd.fresh = true;
	xxd.high = -1;
	lseek(STDIN_FILENO, 0, SEEK_SET);
	target_start();
	each_slice(name, take_as_xxd);
	if (xxd.failed) {
		msg_warn("Sorry, cannot seek backwards.");
		return 5;
	}
	out_flush();
	if (target.seeks)
		lseek(STDOUT_FILENO, 0, SEEK_END);
	return msg_status ? 2 : 0;
}
