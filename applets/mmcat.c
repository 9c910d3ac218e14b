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
#include <sys/stat.h>
#include <unistd.h>

#include "fmt.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "opt.h"
#include "os.h"
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

/* Returns false once standard output has failed. */
static bool show_all(struct map *m, ssize_t *n)
{
	const char *p;

	if (!m->sized && out_flush() < 0)       /* what is there is shown before we wait for more */
		return false;
	while ((*n = map_slice(m, &p)) > 0) {
		for (size_t done = 0, part; done < (size_t)*n; done += part) {
			char *room;

			part = (size_t)*n - done < TEXT_SLICE ? (size_t)*n - done : TEXT_SLICE;
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

/* One range of one file. Returns 0, or 1 after a message. */
static int print(struct map *m, const char *name, const struct num_range *range, const struct stat *st, bool transform)
{
	char words[MAP_TEXT];
	enum move_result result;
	ssize_t n = 0;
	int status = 0;

	if (map_start(m, m->fd, range, st) < 0) {
		if (map_missing(m, words))
			msg_warn("%s: %s", msg_name(name), words);
		else
			msg_warn_errno("%s", msg_name(name));
		return 1;
	}
	if (transform)
		result = !show_all(m, &n) ? MOVE_NO_TARGET : n < 0 ? MOVE_NO_SOURCE : MOVE_DONE;
	else
		result = out_flush() < 0 ? MOVE_NO_TARGET : move_stream(m, STDOUT_FILENO, NULL, NULL);
	if (result == MOVE_NO_TARGET)
		out_failed(errno);
	else if (result == MOVE_NO_SOURCE && errno == EIO)
		msg_warn("%s: %s at offset %lld", msg_name(name), msg_reason(EIO), (long long)m->off);
	else if (result == MOVE_NO_SOURCE)
		msg_warn_errno("%s", msg_name(name));
	else if (m->shrank)
		msg_warn("%s: shrank while being read", msg_name(name));
	else if (m->grew)
		msg_warn("%s: grew while being read", msg_name(name));
	else if (map_missing(m, words))
		msg_warn("%s: %s", msg_name(name), words);
	status = result != MOVE_DONE || m->shrank || m->grew || m->short_at >= 0;
	if (opt_explain)
		msg_warn("%s: %s", msg_name(name), map_explain(m, words));
	map_end(m);
	return status;
}

/* Whether printing this file would feed it with itself until the disk is full. */
static bool is_output(int fd, const struct stat *in)
{
	struct stat out;

	return S_ISREG(in->st_mode) && fstat(STDOUT_FILENO, &out) == 0 && in->st_dev == out.st_dev &&
	       in->st_ino == out.st_ino && lseek(fd, 0, SEEK_CUR) < in->st_size;
}

static int print_file(struct map *m, const char *name, bool transform)
{
	bool is_stdin = strcmp(name, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : os_open(name, O_RDONLY, 0), status = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		msg_warn_errno("%s", msg_name(name));
		return 1;
	}
	m->fd = fd;
	m->passed = 0;
	if (is_output(fd, &st)) {
		msg_warn("%s: input file is output file", msg_name(name));
		status = 1;
	} else if (conf.ranges.n == 0)
		status = print(m, name, is_stdin ? NULL : &map_whole, &st, transform);
	for (size_t i = 0; i < conf.ranges.n && !status; i++)
		status |= print(m, name, &conf.ranges.v[i], &st, transform);
	if (!is_stdin)
		close(fd);
	return status;
}

static int run(int argc, char **argv)
{
	bool transform = conf.number || conf.number_nonblank || conf.ends || conf.tabs || conf.nonprinting ||
	                 conf.squeeze;
	char *only_stdin[] = {(char[]){"-"}, NULL};
	struct map m = MAP_INIT;
	int status = 0;

	if (argc == 0) {
		argc = 1;
		argv = only_stdin;
	}
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		out_failed(EBADF);      /* as GNU, also when there is nothing to print */
	for (int i = 0; i < argc && !out_error(); i++)
		status |= print_file(&m, argv[i], transform);
	if (text.pending_cr)
		out_text("\r");
	map_free(&m);
	return status;
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
