#include "doc.h"

#include <stdbool.h>
#include <string.h>

#include "out.h"

/* Text for mdoc: no line may start with a dot or quote, and backslashes and dashes are named. */
static void mdoc_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\\')
			out_text("\\e");
		else if (*text == '-')
			out_text("\\-");
		else
			out_write(text, 1);
}

static void mdoc_option(const struct opt *o)
{
	out_text(".It");
	if (o->letter)
		out_printf(" Fl %c", o->letter);
	if (o->letter && o->arg && !o->without)
		out_printf(" Ar %s", o->arg);
	if (o->letter && o->name)
		out_text(" ,");
	if (o->name) {
		out_text(" Fl \\-");
		mdoc_text(o->name);
		if (o->arg && o->without)
			out_printf(" Ns Oo = Ns Ar %s Oc", o->arg);
		else if (o->arg)
			out_printf(" Ns = Ns Ar %s", o->arg);
	}
	out_text("\n");
	for (const char *text = o->help; *text; text++)
		if (text == o->help)
			out_printf("%c", *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
		else
			mdoc_text((char[]){*text, '\0'});
	out_text(".\n");
	if (opt_words(o)) {
		out_text("One of\n");
		for (const struct opt_choice *c = opt_words(o); c->word; c++) {
			out_text(".Cm ");
			mdoc_text(c->word);
			out_text(c[1].word ? " ,\n" : " .\n");
		}
	}
	if (o->verbs)
		out_printf("For %s.\n", o->verbs);
}

/* A list for each group, under its heading; the common options close the last one. */
static void mdoc_options(const struct applet *applet)
{
	bool open = false;

	for (const struct opt *table = applet->options; table; table = table == opt_common ? NULL : opt_common)
		for (const struct opt *o = table; o->help; o++) {
			if (open && o->kind == OPT_IS_GROUP)
				out_text(".El\n");
			if (o->kind == OPT_IS_GROUP)
				out_printf(".Ss %s\n", o->help);
			if (!open || o->kind == OPT_IS_GROUP)
				out_text(".Bl -tag -width Ds\n");
			open = true;
			if (o->kind != OPT_IS_GROUP)
				mdoc_option(o);
		}
	out_text(".El\n");
}

static void mdoc_applets(const struct applet *const *applets)
{
	out_text(".Sh APPLETS\n.Bl -tag -width mmstrings\n");
	for (; *applets; applets++)
		out_printf(".It Xr %s 1\n%c%s.\n%s%s%s", (*applets)->name, (*applets)->summary[0] - 'a' + 'A',
		           (*applets)->summary + 1, (*applets)->classic ? "Also called as\n.Ql " : "",
		           (*applets)->classic ? (*applets)->classic : "", (*applets)->classic ? " .\n" : "");
	out_text(".El\n");
}

void doc_manual(const struct applet *applet, const struct applet *const *parts)
{
	out_text(".Dt ");
	for (const char *c = applet->name; *c; c++)
		out_printf("%c", *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	out_printf(" 1\n.Os mmtools\n.Sh NAME\n.Nm %s\n.Nd %s\n.Sh SYNOPSIS\n", applet->name, applet->summary);
	for (const struct opt_verb *v = applet->verbs; v && v->name; v++)
		out_printf(".Nm\n.Cm %s\n.Op Ar OPTION ...\n%s%s\n", v->name, *v->usage ? ".Ar " : ".\\\"", v->usage);
	for (const char *line = applet->verbs ? NULL : applet->usage; line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		size_t len = strcspn(line, "\n");

		out_printf(".Nm\n.Ar %.*s\n", (int)len, line);
	}
	if (applet->verbs) {
		out_text(".Sh COMMANDS\n.Bl -tag -width Ds\n");
		for (const struct opt_verb *v = applet->verbs; v->name; v++) {
			out_printf(".It Cm %s%s%s\n%c", v->name, *v->usage ? " Ar " : "", v->usage,
			           v->summary[0] - 'a' + 'A');
			mdoc_text(v->summary + 1);
			out_text(".\n");
		}
		out_text(".El\n");
	}
	if (parts)
		mdoc_applets(parts);
	out_text(".Sh OPTIONS\n");
	mdoc_options(applet);
}
