/*
 * The changes, from operands and a script, and their order. A script's text stays in memory, since its values are
 * decoded there, so it takes its own size and a struct change for each line.
 */
#include "mmpatch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "text.h"

struct change change_size;
static struct change *changes;
static size_t n_changes, turn;
static char *const *operands;
static const char *script;

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

/* ---- reading them ---- */

/* One change; a line may have none. */
static void read_change(char *text, size_t line)
{
	struct change now = {.in_script = script, .new.line = (uint32_t)line};

	if (!change_parse(&now, text)) {
		if (!script)
			change_die(&now, "no change");
		return;
	}
	if (now.new.kind == SIZE) {
		if (change_size.new.kind == SIZE)
			change_die(&now, "a second size");
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
	int fd = content_input(script);
	size_t len, line = 0;
	char *text = fd < 0 ? NULL : text_read_lines(fd, &len), *rest = text, *next;

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

/* Shell's way: libc's qsort would be 2 KB of a static program, and a script is in order mostly. */
static void sort(void)
{
	for (size_t gap = n_changes / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
		for (size_t i = gap; i < n_changes; i++) {
			struct change c = changes[i];
			size_t to = i;

			for (; to >= gap && changes[to - gap].off > c.off; to -= gap)
				changes[to] = changes[to - gap];
			changes[to] = c;
		}
}

void change_read(char *const *words, const char *file)
{
	operands = words;
	for (size_t i = 0; words[i]; i++)
		read_change(patch_copy(words[i]), i + 1);        /* messages show it as it is */
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
