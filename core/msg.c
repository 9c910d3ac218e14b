#include "msg.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "utf8.h"

const char *msg_program = "mmtools";
atomic_int msg_status;

const char *msg_reason(int error)
{
	/* Where musl's words differ from those that scripts know. */
	switch (error) {
	case EIO: return "Input/output error";
	case ELOOP: return "Too many levels of symbolic links";
	case EXDEV: return "Invalid cross-device link";
	case ENAMETOOLONG: return "File name too long";
	case EMFILE: return "Too many open files";
	case ENOMEM: return "Cannot allocate memory";
	case EOPNOTSUPP: return "Operation not supported";
	case ENODEV: return "No such device";
	case EDQUOT: return "Disk quota exceeded";
	case ESPIPE: return "Illegal seek";
	default: return strerror(error);
	}
}

/* One message in one write: from the stack, or from the heap when it is long. */
static void say(bool is_raw, const char *reason, const char *fmt, va_list args)
{
	char room[1024], *text = room;
	int saved = errno;
	size_t len = strlen(msg_program) + (reason ? strlen(reason) : 0) + (size_t)fmt_args(NULL, 0, fmt, args) + 8, n = 0;

	if (len > sizeof room)
		text = malloc(len);
	if (!text) {
		text = room;
		len = sizeof room;
	}
	if (!is_raw)
		n = (size_t)fmt_text(text, len, "%s: ", msg_program);
	if (n < len)
		n += (size_t)fmt_args(text + n, len - n, fmt, args);
	if (!is_raw && n < len)
		n += (size_t)fmt_text(text + n, len - n, reason ? ": %s\n" : "\n", reason);
	if (n >= len) {         /* cut short for want of memory */
		n = len;
		text[len - 1] = '\n';
	}
	if (write(STDERR_FILENO, text, n) < 0) {
		/* there is nowhere left to say so */
	}
	if (text != room)
		free(text);
	errno = saved;
}

void msg_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(false, NULL, fmt, args);
	va_end(args);
}

void msg_warn_errno(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(false, msg_reason(errno), fmt, args);
	va_end(args);
}

bool msg_warn_name(const char *name, const char *text)
{
	msg_warn("%s: %s", msg_name(name), text);
	return false;
}

bool msg_warn_file(const char *name)
{
	return msg_warn_name(name, msg_reason(errno));
}

void msg_raise(int status)
{
	/* 1 outranks all others; whoever comes first of those stays */
	if (status == 1)
		msg_status = 1;
	else
		atomic_compare_exchange_strong(&msg_status, &(int){0}, status);
}

bool msg_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(false, NULL, fmt, args);
	va_end(args);
	msg_raise(1);
	return false;
}

bool msg_fail_errno(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(false, msg_reason(errno), fmt, args);
	va_end(args);
	msg_raise(1);
	return false;
}

bool msg_fail_path(const char *what, const char *path)
{
	return msg_fail_errno("%s %s", what, msg_quote(path));
}

void msg_about(const char *name, const char *text, bool failed)
{
	msg_warn_name(name, text);
	if (failed)
		msg_raise(1);
}

void msg_die(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(false, NULL, fmt, args);
	va_end(args);
	exit(status);
}

void msg_no_memory(int status)
{
	msg_die(status, "%s", msg_reason(ENOMEM));
}

void msg_raw(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(true, NULL, fmt, args);
	va_end(args);
}

/* The bytes of the printable character at `s`: 0 when it is a control or no character at all. */
static size_t printable(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7F || (s[0] == 0xC2 && s[1] < 0xA0))
		return 0;
	return utf8_char(s, 4);
}

/* Whether a shell would take the bare name as the one word that it is. */
static bool harmless(const char *name)
{
	if (*name == '\0' || strchr("#~", *name))
		return false;
	if ((*name == '{' || *name == '}') && name[1] == '\0')
		return false;
	for (size_t step; *name; name += step) {
		step = printable((const unsigned char *)name);
		if (step == 0 || strchr("!\"$&'()*:;<=>?[\\^`| ", *name))
			return false;
	}
	return true;
}

/* Quotes `name` into `to` (which has room for 8 bytes for each of its own, and 8 more). */
static void shell_quote(char *to, const char *name)
{
	bool plain = true, escaped = false;

	for (size_t i = 0, step; name[i] && plain; i += step) {
		step = printable((const unsigned char *)name + i);
		plain = step != 0 && (!strchr("!\"#$&()*;<=>?[\\^`{|}~", name[i]) || (i == 0 && strchr("#~", name[i])));
		step += step == 0;
	}
	if (plain && strchr(name, '\'')) {
		fmt_text(to, strlen(name) + 3, "\"%s\"", name);
		return;
	}
	*to++ = '\'';
	while (*name) {
		size_t step = printable((const unsigned char *)name);

		if (*name != '\'' && (step == 0) != escaped) {
			to = stpcpy(to, escaped ? "''" : "'$'");
			escaped = !escaped;
		}
		if (step == 0) {
			static const char letters[] = "abtnvfr";
			unsigned char c = (unsigned char)*name++;

			if (c >= '\a' && c <= '\r')
				to += fmt_text(to, 3, "\\%c", letters[c - '\a']);
			else
				to += fmt_text(to, 5, "\\%03o", c);
		} else if (*name == '\'') {
			to = stpcpy(to, "'\\''");     /* this ends an escape, too */
			escaped = false;
			name++;
		} else {
			while (step--)
				*to++ = *name++;
		}
	}
	*to++ = '\'';
	*to = '\0';
}

const char *msg_quote(const char *name)
{
	static _Thread_local char *texts[5];
	static _Thread_local unsigned turn;
	int saved = errno;
	char *text = malloc(strlen(name) * 8 + 8);

	if (text) {
		turn = (turn + 1) % 5;
		free(texts[turn]);
		texts[turn] = text;
		shell_quote(text, name);
	}
	errno = saved;
	return text ? text : name;
}

const char *msg_name(const char *name)
{
	return harmless(name) ? name : msg_quote(name);
}
