#include "fmt.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct text {
	char *to;
	size_t room, len;
	va_list args;
};

/* One conversion, as the format asks for it. */
struct item {
	bool left, zeros, is_negative;
	size_t width, most;
};

static void put(struct text *t, const char *s, size_t len)
{
	if (t->len < t->room)
		memcpy(t->to + t->len, s, len < t->room - t->len ? len : t->room - t->len);
	t->len += len;
}

static void pad(struct text *t, char c, size_t len, size_t width)
{
	for (; len < width; len++)
		put(t, &c, 1);
}

static void put_item(struct text *t, const struct item *i, const char *s, size_t len)
{
	size_t whole = len + i->is_negative;

	if (!i->left && !i->zeros)
		pad(t, ' ', whole, i->width);
	put(t, "-", i->is_negative);
	if (i->zeros && !i->left)
		pad(t, '0', whole, i->width);
	put(t, s, len);
	if (i->left)
		pad(t, ' ', whole, i->width);
}

/* A width or precision at *fmt; a negative one, which only * can bring, is told. */
static int number(struct text *t, const char **fmt)
{
	int n = 0;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(t->args, int);
	}
	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		n = n < INT_MAX / 10 - 1 ? 10 * n + (**fmt - '0') : n;
	return n;
}

/* A number of so many bytes, which are as many as an int or the longest type has. */
static uintmax_t value_of(struct text *t, size_t size, bool is_signed)
{
	unsigned n;

	if (size > sizeof n)
		return va_arg(t->args, uintmax_t);
	n = va_arg(t->args, unsigned);
	return is_signed ? (uintmax_t)(int)n : n;
}

static void put_number(struct text *t, struct item *i, char kind, size_t size)
{
	char digits[3 * sizeof (uintmax_t)], *first = digits + sizeof digits;
	unsigned base = kind == 'o' ? 8 : (kind | 0x20) == 'x' ? 16 : 10;
	uintmax_t value = value_of(t, size, kind == 'd');

	i->is_negative = kind == 'd' && value > INTMAX_MAX;
	if (i->is_negative)
		value = -value;
	do
		*--first = (kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[value % base];
	while (value /= base);
	put_item(t, i, first, (size_t)(digits + sizeof digits - first));
}

/* The conversion behind a % at `fmt`. Returns what follows it. */
static const char *convert(struct text *t, const char *fmt)
{
	struct item i = {.most = SIZE_MAX};
	size_t size = sizeof (int);
	const char *s, *end;
	char one;
	int n;

	for (; *fmt == '-' || *fmt == '0'; fmt++)
		*(*fmt == '-' ? &i.left : &i.zeros) = true;
	n = number(t, &fmt);
	i.left = i.left || n < 0;
	i.width = n < 0 ? -(size_t)n : (size_t)n;
	if (*fmt == '.') {
		fmt++;
		n = number(t, &fmt);
		i.most = n < 0 ? SIZE_MAX : (size_t)n;
	}
	for (; *fmt == 'l'; fmt++)
		size = fmt[-1] == 'l' ? sizeof (long long) : sizeof (long);
	if (*fmt == 'z' || *fmt == 'j')
		size = *fmt++ == 'z' ? sizeof (size_t) : sizeof (uintmax_t);
	switch (*fmt) {
	case 's':
		s = va_arg(t->args, const char *);
		end = memchr(s, '\0', i.most < INT_MAX ? i.most : INT_MAX);
		i.zeros = false;
		put_item(t, &i, s, end ? (size_t)(end - s) : i.most);
		break;
	case 'c':
		i.zeros = false;
		one = (char)va_arg(t->args, int);
		put_item(t, &i, &one, 1);
		break;
	case 'd': case 'u': case 'x': case 'X': case 'o':
		put_number(t, &i, *fmt, size);
		break;
	case '\0':
		return fmt;
	default:
		put(t, fmt, 1);
	}
	return fmt + 1;
}

int fmt_args(char *to, size_t room, const char *fmt, va_list args)
{
	struct text t = {.to = to, .room = room};

	va_copy(t.args, args);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%");

		put(&t, fmt, plain);
		fmt += plain;
		if (*fmt)
			fmt = convert(&t, fmt + 1);
	}
	va_end(t.args);
	if (room > 0)
		to[t.len < room ? t.len : room - 1] = '\0';
	return t.len < INT_MAX ? (int)t.len : INT_MAX;
}

int fmt_text(char *to, size_t room, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = fmt_args(to, room, fmt, args);
	va_end(args);
	return len;
}

char *fmt_new(const char *fmt, ...)
{
	va_list args;
	size_t room;
	char *text;

	va_start(args, fmt);
	room = (size_t)fmt_args(NULL, 0, fmt, args) + 1;
	text = malloc(room);
	if (text)
		fmt_args(text, room, fmt, args);
	va_end(args);
	return text;
}
