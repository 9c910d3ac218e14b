#include "pieces.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "text.h"

bool pieces_each(struct pieces *p, const char *file, bool (*take)(void *arg, char *line), void *arg)
{
	size_t len;
	char *text = text_load(file, &len), *rest = text, *line;
	bool ok;

	*p = (struct pieces){.file = file};
	if (!text)
		return msg_warn_file(file);
	ok = strlen(text) == len || msg_warn_name(file, "not a text file");
	while (ok && (line = text_line(&rest))) {
		p->line++;
		ok = take(arg, line);
	}
	free(text);
	return ok;
}

bool pieces_wrong(const struct pieces *p, const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	fmt_args(text, sizeof text, fmt, args);
	va_end(args);
	msg_warn("%s:%u: %s", msg_name(p->file), p->line, text);
	return false;
}

const char *pieces_split(const char *text, const char *sign, char **what)
{
	*what = strdup(text);
	if (!*what)
		msg_no_memory(2);
	if (!sign)
		return NULL;
	(*what)[sign - text] = '\0';
	return sign + 1;
}
