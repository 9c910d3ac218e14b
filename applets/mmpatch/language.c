/*
 * The language of changes, a change at a time. Values are decoded where they stand, so that they take no memory but
 * that of the text.
 */
#include "mmpatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "num.h"

/* The change that is being read: what is left of its text, the bits of its words (0: none) and their order. */
static struct change *now;
static char *p;
static unsigned bits;
static bool big;

static const char blanks[] = " \t";

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
		change_die(now, "%s %s %s", len < sizeof word && errno == EINVAL ? "invalid" : "too large:", what,
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
			change_die(now, "no quote at the end of the text");
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
			change_die(now, "invalid escape in the text");
		*to = (char)code;
	}
	p++;
	return to - start;
}

/* The bytes of a file, whose name is the rest of the change, or in a condition all before its arrow. */
static off_t read_file(struct value *v)
{
	char *name = ++p, *end = name + strlen(name);

	if (v == &now->old) {
		for (end = name; *end && strncmp(end, " ->", 3) != 0 && strncmp(end, " ~>", 3) != 0; end++)
			;
		if (*end)
			*end++ = '\0';
	}
	p = end;
	return content_open(now, v, name);
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
		len = now->len;
		if (len == 0)
			change_die(now, "fill wants a length, as in OFF+LEN=fill 0xFF");
		v->kind = FILL;
		v->is.word[0] = (char)number(num_value, 255, "byte");
	} else {
		v->is.bytes = p;
		len = *p == '"' ? read_text(p) : change_hex(&p, p, NULL);
		if (len < 0)
			change_die(now, (p[1] | 0x20) == 'x' ? "HEX has no 0x" : "hex digits come in pairs");
	}
	if (len == 0)
		change_die(now, "no bytes: HEX, \"text\", @FILE or fill BYTE");
	if (now->len == 0)
		now->len = len;
	if (now->len != len)
		change_die(now, "%lld bytes in place of %lld: none can be inserted or deleted, since all behind would move",
		           (long long)len, (long long)now->len);
	if (len > NUM_OFF_MAX - now->off)
		change_die(now, "goes beyond the largest offset");
}

/* The arrow of a condition. */
static void read_arrow(void)
{
	skip_blanks();
	if ((*p != '-' && *p != '~') || p[1] != '>')
		change_die(now, "no -> behind the old value");
	now->has_old = true;
	now->either = *p == '~';
	p += 2;
}

/* The width of a word at the colon, if there is one and not a condition. */
static void read_width(void)
{
	const size_t n = strspn(p + 1, "0123456789"), len = strcspn(p + 1, " \t=:\"@-~");
	char *end = p + 1 + len + strspn(p + 1 + len, blanks);
	bool ordered = len == n + 2 && (p[n + 1] == 'l' || p[n + 1] == 'b') && p[n + 2] == 'e';

	if (len == 0 || (*end != '=' && *end != ':'))
		return;
	bits = n > 0 && n < 3 && p[1] != '0' && (len == n || ordered) ? (unsigned)atoi(p + 1) : 0;
	if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
		change_die(now, "a word has 8, 16, 32 or 64 bits, and le or be behind them");
	big = ordered && p[n + 1] == 'b';
	p = end;
}

static void read_size(void)
{
	p += 4;
	now->new.kind = SIZE;
	skip_blanks();
	if (*p == ':') {
		p++;
		now->off = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "size");
		read_arrow();
	} else if (*p++ != '=')
		change_die(now, "neither = nor : behind size");
	now->len = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "size");
}

static void read_place(void)
{
	now->off = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "offset");
	if (*p == '+') {
		p++;
		now->len = (off_t)number(num_size, (uint64_t)NUM_OFF_MAX, "length");
		if (now->len == 0)
			change_die(now, "a length of 0");
	}
	skip_blanks();
	bits = 0;
	if (*p == ':')
		read_width();
	if (*p == ':') {
		p++;
		read_value(&now->old);
		read_arrow();
	} else if (*p++ != '=')
		change_die(now, "neither = nor : behind the place");
	read_value(&now->new);
}

bool change_parse(struct change *c, char *text)
{
	now = c;
	p = text;
	skip_blanks();
	if (!*p || *p == '#')
		return false;
	if (strncmp(p, "size", 4) == 0)
		read_size();
	else
		read_place();
	skip_blanks();
	if (*p && *p != '#')
		change_die(now, "not understood: %s", msg_quote(p));
	return true;
}
