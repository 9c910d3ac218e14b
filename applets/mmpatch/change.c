/*
 * The language of changes. A script's text stays in memory, and values are decoded where they stand, so a script takes
 * its own size and a struct change for each line.
 */
#include "mmpatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "grow.h"
#include "num.h"
#include "os.h"
#include "text.h"

struct change change_size;
static struct change *changes;
static size_t n_changes, turn;
static char *const *operands;
static const char *script;

/* The change that is being read: what is left of its text, the bits of its words (0: none) and their order. */
static struct change now;
static char *p;
static unsigned bits;
static bool big;

static const char blanks[] = " \t";

/* ---- saying what is wrong ---- */

static void say(const struct change *c, const char *fmt, va_list args)
{
	char text[512];

	fmt_args(text, sizeof text, fmt, args);
	if (c->in_script)
		msg_warn("%s:%lu: %s", msg_name(script), (unsigned long)c->new.line, text);
	else
		msg_warn("%s: %s", msg_quote(operands[c->new.line - 1]), text);
}

void change_say(const struct change *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c, fmt, args);
	va_end(args);
}

void change_die(const struct change *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(c, fmt, args);
	va_end(args);
	patch_end();
}

/* ---- reading a change ---- */

static void skip_blanks(void)
{
	p += strspn(p, blanks);
}

static uint64_t number(int (*read)(const char *, uint64_t, uint64_t *), uint64_t max, const char *what)
{
	char word[64];
	uint64_t value;
	size_t len;

	skip_blanks();
	/* a dash at its start is a sign, and behind it an arrow */
	len = strcspn(p, " \t=:+#");
	if (len > 1 && memchr(p + 1, '>', len - 1))
		len = strcspn(p + 1, "-~") + 1;
	fmt_text(word, sizeof word, "%.*s", (int)(len < sizeof word ? len : sizeof word), p);
	if (len >= sizeof word || read(word, max, &value) < 0)
		change_die(&now, "%s %s %s", len < sizeof word && errno == EINVAL ? "invalid" : "too large:", what,
		           msg_quote(word));
	p += len;
	return value;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ssize_t change_hex(char **text, char *to, char *mask)
{
	const char *start = to;

	for (char *q = *text;; q += 2) {
		int high, low;

		q += strspn(q, blanks);
		high = hex_digit(q[0]);
		*text = q;
		if (mask && q[0] == '?' && q[1] == '?') {
			*to++ = *mask++ = 0;
			continue;
		}
		if (high < 0)
			return to - start;
		low = hex_digit(q[1]);
		if (low < 0)
			return -1;
		*to++ = (char)(high << 4 | low);
		if (mask)
			*mask++ = (char)0xFF;
	}
}

/* Text in quotes, as in C. */
static off_t read_text(char *to)
{
	static const char letters[] = "abfnrtv\\\"'", meant[] = "\a\b\f\n\r\t\v\\\"'";
	const char *start = to, *letter;

	for (p++; *p != '"'; to++) {
		int code = 0, n = 0;

		if (!*p)
			change_die(&now, "no quote at the end of the text");
		*to = *p++;
		if (*to != '\\')
			continue;
		letter = *p ? strchr(letters, *p) : NULL;
		if (letter) {
			p++;
			*to = meant[letter - letters];
			continue;
		}
		if (*p == 'x')
			for (p++; n < 2 && hex_digit(*p) >= 0; n++)
				code = code << 4 | hex_digit(*p++);
		else
			for (; n < 3 && *p >= '0' && *p <= '7'; n++)
				code = code << 3 | (*p++ - '0');
		if (n == 0 || code > 255)
			change_die(&now, "invalid escape in the text");
		*to = (char)code;
	}
	p++;
	return to - start;
}

/* Opens a file, or takes standard input, which can be read but once. -1 with errno. */
static int open_input(const char *name)
{
	static bool taken;

	if (strcmp(name, "-") != 0)
		return os_open(name, O_RDONLY | O_CLOEXEC, 0);
	if (taken) {
		msg_warn("-: standard input is wanted twice");
		patch_end();
	}
	taken = true;
	return STDIN_FILENO;
}

/* The bytes of a file, whose name is the rest of the change, or in a condition all before its arrow. */
static off_t read_file(struct value *v)
{
	char *name = ++p, *end = name + strlen(name), *bytes;
	struct stat st;
	size_t len;

	if (v == &now.old) {
		for (end = name; *end && strncmp(end, " ->", 3) != 0 && strncmp(end, " ~>", 3) != 0; end++)
			;
		if (*end)
			*end++ = '\0';
	}
	p = end;
	v->is.fd = open_input(name);
	if (v->is.fd < 0 || fstat(v->is.fd, &st) < 0)
		change_die(&now, "%s: %s", msg_name(name), msg_reason(errno));
	if (entry_same_file(&st, &target.st))
		change_die(&now, "%s: is the file that is to be changed", msg_name(name));
	v->kind = FILE_BYTES;
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return st.st_size;
	bytes = text_read(v->is.fd, SIZE_MAX, &len);
	if (!bytes)
		change_die(&now, "%s: %s", msg_name(name), msg_reason(errno));
	if (v->is.fd != STDIN_FILENO)   /* else another file would get its number */
		close(v->is.fd);
	v->kind = BYTES;
	v->is.bytes = bytes;
	return (off_t)len;
}

static off_t read_word(struct value *v)
{
	uint64_t word = number(num_value, UINT64_MAX >> (64 - bits), "value");

	v->kind = WORD;
	for (unsigned i = 0; i < bits / 8; i++)
		v->is.word[big ? bits / 8 - 1 - i : i] = (char)(word >> 8 * i);
	return bits / 8;
}

static void read_value(struct value *v)
{
	off_t len;

	skip_blanks();
	if (bits) {
		len = read_word(v);
	} else if (*p == '@') {
		len = read_file(v);
	} else if (strncmp(p, "fill", 4) == 0) {
		p += 4;
		len = now.len;
		if (len == 0)
			change_die(&now, "fill wants a length, as in OFF+LEN=fill 0xFF");
		v->kind = FILL;
		v->is.word[0] = (char)number(num_value, 255, "byte");
	} else {
		v->is.bytes = p;
		len = *p == '"' ? read_text(p) : change_hex(&p, p, NULL);
		if (len < 0)
			change_die(&now, (p[1] | 0x20) == 'x' ? "HEX has no 0x" : "hex digits come in pairs");
	}
	if (len == 0)
		change_die(&now, "no bytes: HEX, \"text\", @FILE or fill BYTE");
	if (now.len == 0)
		now.len = len;
	if (now.len != len)
		change_die(&now, "%lld bytes in place of %lld: none can be inserted or deleted, since all behind would move",
		           (long long)len, (long long)now.len);
	if (len > NUM_OFF_MAX - now.off)
		change_die(&now, "goes beyond the largest offset");
}

/* The arrow of a condition. */
static void read_arrow(void)
{
	skip_blanks();
	if ((*p != '-' && *p != '~') || p[1] != '>')
		change_die(&now, "no -> behind the old value");
	now.has_old = true;
	now.either = *p == '~';
	p += 2;
}

/* The width of a word at the colon, if there is one and not a condition. */
static void read_width(void)
{
	static const char widths[][3] = {"8", "16", "32", "64"};
	const size_t n = strspn(p + 1, "0123456789"), len = strcspn(p + 1, " \t=:\"@-~");
	char *end = p + 1 + len + strspn(p + 1 + len, blanks);
	bool ordered = len == n + 2 && (p[n + 1] == 'l' || p[n + 1] == 'b') && p[n + 2] == 'e';

	if (len == 0 || (*end != '=' && *end != ':'))
		return;
	for (unsigned i = 0; i < 4; i++)
		if (strlen(widths[i]) == n && memcmp(widths[i], p + 1, n) == 0 && (len == n || ordered)) {
			bits = 8u << i;
			big = ordered && p[n + 1] == 'b';
			p = end;
			return;
		}
	change_die(&now, "a word has 8, 16, 32 or 64 bits, and le or be behind them");
}

static void read_size(void)
{
	p += 4;
	skip_blanks();
	if (change_size.new.line)
		change_die(&now, "a second size");
	if (*p == ':') {
		p++;
		now.off = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "size");
		read_arrow();
	} else if (*p++ != '=')
		change_die(&now, "neither = nor : behind size");
	now.len = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "size");
}

static void read_place(void)
{
	now.off = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "offset");
	if (*p == '+') {
		p++;
		now.len = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "length");
		if (now.len == 0)
			change_die(&now, "a length of 0");
	}
	skip_blanks();
	bits = 0;
	if (*p == ':')
		read_width();
	if (*p == ':') {
		p++;
		read_value(&now.old);
		read_arrow();
	} else if (*p++ != '=')
		change_die(&now, "neither = nor : behind the place");
	read_value(&now.new);
}

/* One change, or nothing at all. */
static void read_change(char *text, size_t line)
{
	bool is_size;

	now = (struct change){.in_script = script, .new = {.line = (uint32_t)line}};
	p = text;
	skip_blanks();
	if (!*p || *p == '#')
		return;
	is_size = strncmp(p, "size", 4) == 0;
	if (is_size)
		read_size();
	else
		read_place();
	skip_blanks();
	if (*p && *p != '#')
		change_die(&now, "not understood: %s", msg_quote(p));
	if (is_size) {
		change_size = now;
		return;
	}
	changes = grow_add(changes, &n_changes, sizeof *changes);
	if (!changes)
		change_die(&now, "%s", msg_reason(ENOMEM));
	changes[n_changes - 1] = now;
}

static void read_script(void)
{
	int fd = open_input(script);
	size_t len, line = 0;
	char *text = fd < 0 ? NULL : text_read(fd, SIZE_MAX, &len), *rest = text, *next;

	if (fd == STDIN_FILENO)
		script = "standard input";
	if (!text) {
		msg_warn_errno("%s", msg_name(script));
		patch_end();
	} else if (memchr(text, '\0', len)) {
		msg_warn("%s: not a text file", msg_name(script));
		patch_end();
	}
	while ((next = text_line(&rest)))
		read_change(next, ++line);
}

/* ---- their order ---- */

static void swap(struct change *a, struct change *b)
{
	struct change c = *a;

	*a = *b;
	*b = c;
}

/* The one at the root sinks, until none below it lies further on in the file. */
static void sink(size_t root, size_t n)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		child += child + 1 < n && changes[child].off < changes[child + 1].off;
		if (changes[root].off >= changes[child].off)
			return;
		swap(changes + root, changes + child);
	}
}

/* Sorts by heap: libc's qsort would be 2 KB of a static program. */
static void sort(void)
{
	size_t i = 1;

	while (i < n_changes && changes[i - 1].off <= changes[i].off)
		i++;
	if (i >= n_changes)
		return;
	for (i = n_changes / 2; i-- > 0;)
		sink(i, n_changes);
	for (i = n_changes; i-- > 1;) {
		swap(changes, changes + i);
		sink(0, i);
	}
}

void change_read(char *const *words, const char *file)
{
	operands = words;
	for (size_t i = 0; words[i]; i++) {
		char *text = strdup(words[i]);  /* messages show it as it is */

		if (!text)
			msg_die(TROUBLE, "%s", msg_reason(ENOMEM));
		read_change(text, i + 1);
	}
	script = file;
	if (script)
		read_script();
	sort();
	for (size_t i = 1; i < n_changes; i++) {
		struct change *a = changes + i - 1, *b = changes + i;

		if (a->off + a->len <= b->off)
			continue;
		if (a->in_script)
			change_die(b, "overlaps the change in line %lu", (unsigned long)a->new.line);
		change_die(b, "overlaps %s", msg_quote(operands[a->new.line - 1]));
	}
}

struct change *change_next(void)
{
	if (patch_conf.find)
		return match_next();
	if (turn < n_changes)
		return changes + turn++;
	turn = 0;
	return NULL;
}

const char *change_piece(const struct change *c, const struct value *v, off_t at, size_t len, char *room)
{
	switch (v->kind) {
	case BYTES: return v->is.bytes + at;
	case WORD: return v->is.word + at;
	case FILL: return memset(room, v->is.word[0], len);
	case FILE_BYTES: break;
	}
	if (target_read(v->is.fd, room, len, at) < len)
		change_die(c, "cannot read what is to be there: %s", errno ? msg_reason(errno) : "the file has become shorter");
	return room;
}
