/* What the table tells people: --help and --version. */
#include <string.h>

#include "fmt.h"
#include "msg.h"
#include "opt.h"
#include "out.h"

enum { HELP_COLUMN = 32, HELP_WIDTH = 80 };

void opt_version(void)
{
	if (strcmp(opt_applet->name, "mmtools") == 0)
		out_text("mmtools " MMTOOLS_VERSION "\n");
	else
		out_printf("%s (mmtools) %s\n", opt_applet->name, MMTOOLS_VERSION);
}

/* Text wrapped between the column and the right edge; returns where the last line ends. */
static int help_text(const char *text, int column)
{
	for (; *text; text += strspn(text, " ")) {
		int word = (int)strcspn(text, " ");

		if (column + word + 1 > HELP_WIDTH) {
			out_printf("\n%*s", HELP_COLUMN - 1, "");
			column = HELP_COLUMN;
		}
		out_printf(" %.*s", word, text);
		column += word + 1;
		text += word;
	}
	return column;
}

static void help_head(const char *head)
{
	out_printf("%-*s", HELP_COLUMN - 1, head);
	if (strlen(head) > HELP_COLUMN - 2)
		out_printf("\n%*s", HELP_COLUMN - 1, "");
}

/* One option's line of help; for an applet with verbs as such also which of them take it. */
static void help_line(const struct applet *applet, const struct opt *o)
{
	char head[80], verbs[160] = "";
	int n = o->letter ? fmt_text(head, sizeof head, "  -%c%s", o->letter, o->name ? ", " : "")
	                  : fmt_text(head, sizeof head, "      ");

	if (o->kind == OPT_IS_DIGITS)
		fmt_text(head, sizeof head, "  -%s", o->arg);
	else if (o->name)
		n += fmt_text(head + n, sizeof head - (size_t)n, "--%s", o->name);
	if (o->arg && o->kind != OPT_IS_DIGITS)
		fmt_text(head + n, sizeof head - (size_t)n, !opt_is_optional(o) ? o->name ? "=%s" : " %s" :
		         o->name ? "[=%s]" : "[%s]", o->arg);
	n = 0;
	for (const struct opt_verb *v = opt_verb ? NULL : applet->verbs; v && v->name; v++)
		if (o->verbs & v->bit)
			n += fmt_text(verbs + n, sizeof verbs - (size_t)n, "%s%s", n ? " " : "(", v->name);
	if (n)
		strcpy(verbs + n, ")");
	if (*o->help || *verbs)
		help_head(head);
	else
		out_text(head);
	help_text(verbs, help_text(o->help, HELP_COLUMN));
	out_text("\n");
}

static void help_usage(const struct applet *applet)
{
	const char *line = applet->usage, *head = "Usage:";

	if (opt_verb) {
		out_printf("Usage: %s %s [OPTION]...%s%s\n", msg_program, opt_verb->name, *opt_verb->usage ? " " : "",
		           opt_verb->usage);
		return;
	}
	for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL, head = "  or: ")
		out_printf("%s %s %.*s\n", head, msg_program, (int)strcspn(line, "\n"), line);
}

void opt_help(const struct applet *applet)
{
	const char *summary = opt_verb ? opt_verb->summary : applet->summary, *heading = NULL;

	help_usage(applet);
	out_printf("%c%s.\n\n", summary[0] - 'a' + 'A', summary + 1);
	for (const struct opt_verb *v = opt_verb ? NULL : applet->verbs; v && v->name; v++) {
		char head[80];

		fmt_text(head, sizeof head, "  %s %s", v->name, v->usage);
		help_head(head);
		help_text(v->summary, HELP_COLUMN);
		out_text("\n");
	}
	if (applet->verbs && !opt_verb)
		out_text("\n");
	for (const struct opt *o = applet->options; o->help; o++) {
		if (o->kind == OPT_IS_GROUP) {
			heading = o->help;
			continue;
		}
		if (opt_verb && !opt_takes(opt_verb, o))
			continue;
		if (heading)
			out_printf("%s%s:\n", o > applet->options + 1 ? "\n" : "", heading);
		heading = NULL;
		help_line(applet, o);
	}
	for (const struct opt *o = opt_common; o->help; o++)
		help_line(applet, o);
	if (applet->classic)
		out_printf("\nAlso called as: %s\n", applet->classic);
}
