/*
 * mmcat: map files and print them.
 *
 * cat of POSIX.1-2024 with GNU's options, byte for byte GNU's output; plus parts of files (--range). Plain copying
 * is left to core/move, which never brings the bytes into the program where it can avoid it; the options that show
 * bytes work on settled slices. Differs from cat: a file that shrinks or grows while it is read is said so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "input.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "opt.h"
#include "out.h"

static struct conf {
	int number, number_nonblank, ends, tabs, nonprinting, squeeze, unbuffered;
	struct opt_ranges ranges;
} conf;

static const struct opt options[] = {
	OPT_GROUP("As cat"),
	{.letter = 'A', .name = "show-all", OPT_MEANS("v E T"), .help = "same as -vET"},
	{.letter = 'b', .name = "number-nonblank", OPT_FLAG(&conf.number_nonblank),
	 .help = "number the lines that are not empty; overrides -n"},
	{.letter = 'e', OPT_MEANS("v E"), .help = "same as -vE"},
	{.letter = 'E', .name = "show-ends", OPT_FLAG(&conf.ends), .help = "show $ at the end of each line"},
	{.letter = 'n', .name = "number", OPT_FLAG(&conf.number), .help = "number all lines"},
	{.letter = 's', .name = "squeeze-blank", OPT_FLAG(&conf.squeeze),
	 .help = "show several empty lines in a row as one"},
	{.letter = 't', OPT_MEANS("v T"), .help = "same as -vT"},
	{.letter = 'T', .name = "show-tabs", OPT_FLAG(&conf.tabs), .help = "show tabs as ^I"},
	{.letter = 'u', OPT_FLAG(&conf.unbuffered), .help = "nothing: output is never held back"},
	{.letter = 'v', .name = "show-nonprinting", OPT_FLAG(&conf.nonprinting),
	 .help = "show control and high bytes as ^X and M-X, but not line ends and tabs"},
	OPT_GROUP("Beyond cat"),
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE",
	 .help = "only OFF+LEN, OFF to the end, or the last -LEN bytes; may be given several times"},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

/* What is carried from slice to slice and from file to file. */
static struct {
	unsigned long long line;        /* the last number given */
	int newlines;                   /* in a row at this point, 2 standing for more; 1 at the very start */
	bool pending_cr;                /* a \r before what may be a line end, held back for -E */
} text = {.newlines = 1};

enum {
	LONGEST_BYTE = 32,      /* a line number of 20 digits, a tab, a held ^M, $ and the byte itself as M-^X */
	TEXT_SLICE = OUT_ROOM / LONGEST_BYTE,
};

static char *show_number(char *to)
{
	return to + fmt_text(to, LONGEST_BYTE, "%6llu\t", ++text.line);
}

static char *show_byte(char *to, unsigned char c)
{
	if (c == '\t') {
		if (conf.tabs) {
			*to++ = '^';
			c = 'I';
		}
		*to++ = (char)c;
		return to;
	}
	if (!conf.nonprinting) {
		*to++ = (char)c;
		return to;
	}
	if (c >= 0x80) {
		*to++ = 'M';
		*to++ = '-';
		c &= 0x7F;
	}
	if (c < ' ' || c == 0x7F) {
		*to++ = '^';
		c ^= 0x40;
	}
	*to++ = (char)c;
	return to;
}

/* Shows the line end, with what belongs before it. */
static char *show_newline(char *to)
{
	if (text.newlines < 2)
		text.newlines++;
	else if (conf.squeeze)
		return to;
	if (text.newlines > 1 && conf.number && !conf.number_nonblank)
		to = show_number(to);
	if (conf.ends) {
		if (text.pending_cr) {
			*to++ = '^';
			*to++ = 'M';
		}
		*to++ = '$';
	}
	text.pending_cr = false;
	*to++ = '\n';
	return to;
}

/* Copies bytes from ' ' to '~', which no option touches, eight at a time. Returns how many. */
static size_t copy_plain(char *to, const unsigned char *p, size_t len)
{
	const uint64_t ones = 0x0101010101010101, high = ones * 0x80;
	size_t done = 0;

	for (; len - done >= 8; done += 8) {
		uint64_t x;

		memcpy(&x, p + done, 8);
		if ((x | (x - ones * ' ') | (x + ones)) & high)
			break;          /* a byte of 0x80 and up, below ' ', or 0x7F, or a borrow from a neighbour that is */
		memcpy(to + done, &x, 8);
	}
	for (; done < len && p[done] >= ' ' && p[done] <= '~'; done++)
		to[done] = (char)p[done];
	return done;
}

static char *show(char *to, const unsigned char *p, size_t len)
{
	const unsigned char *end = p + len;

	while (p < end) {
		if (*p == '\n') {
			to = show_newline(to);
			p++;
			continue;
		}
		if (text.pending_cr)
			*to++ = '\r';
		text.pending_cr = false;
		if (text.newlines > 0 && (conf.number || conf.number_nonblank))
			to = show_number(to);
		text.newlines = 0;
		if (*p >= ' ' && *p <= '~') {
			size_t plain = copy_plain(to, p, (size_t)(end - p));

			to += plain;
			p += plain;
			continue;
		}
		if (*p == '\r' && conf.ends && !conf.nonprinting)
			text.pending_cr = true;
		else
			to = show_byte(to, *p);
		p++;
	}
	return to;
}

/* The range as the options want it. False when standard output has failed. */
static bool print_shown(struct map *m)
{
	const char *p;
	ssize_t n;

	if (!m->sized && out_flush() < 0)       /* what is there is shown before we wait for more */
		return false;
	while ((n = map_slice(m, &p)) > 0) {
		for (size_t done = 0, part; done < (size_t)n; done += part) {
			char *room;

			part = (size_t)n - done < TEXT_SLICE ? (size_t)n - done : TEXT_SLICE;
			room = out_room(part * LONGEST_BYTE);
			if (!room)
				return false;
			out_filled((size_t)(show(room, (const unsigned char *)p + done, part) - room));
		}
		if (!m->sized && out_flush() < 0)
			return false;
	}
	return out_flush() == 0;
}

/* The range as it is. */
static bool print_plain(struct map *m)
{
	if (out_flush() == 0 && move_stream(m, STDOUT_FILENO, NULL, NULL) == MOVE_NO_TARGET)
		out_failed(errno);
	return !out_error();
}

static int run(int argc, char **argv)
{
	bool transform = conf.number || conf.number_nonblank || conf.ends || conf.tabs || conf.nonprinting ||
	                 conf.squeeze;
	struct input in = {.names = argv, .ranges = &conf.ranges, .copies = true};

	(void)argc;
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		out_failed(EBADF);      /* as GNU, also when there is nothing to print */
	while (input_next(&in)) {
		if (in.text)
			msg_about(in.name, in.text, in.failed);
		while (input_range(&in) && (transform ? print_shown : print_plain)(&in.map))
			;
	}
	if (text.pending_cr)
		out_text("\r");
	return 0;
}

const struct applet mmcat_applet = {
	.name = "mmcat",
	.classic = "cat",
	.summary = "map files and print them",
	.usage = "[OPTION]... [FILE]...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
