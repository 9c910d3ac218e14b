#include "doc.h"

#include <stdbool.h>
#include <string.h>

#include "out.h"

/* Calls `line` for each option of the applet, or of its verb alone, and for the common ones. */
static void each_option(const struct applet *applet, const struct opt_verb *verb, void (*line)(const struct opt *))
{
	for (const struct opt *o = applet->options; o->help; o++)
		if (o->kind != OPT_IS_GROUP && (!verb || opt_takes(verb, o)))
			line(o);
	for (const struct opt *o = opt_common; o->help; o++)
		line(o);
}

static void words_of(const struct opt *o)
{
	for (const struct opt_choice *c = opt_words(o); c->word; c++)
		out_printf("%s%s", c == o->choices ? "" : " ", c->word);
}

static void bash_word(const struct opt *o)
{
	if (o->letter)
		out_printf(" -%c", o->letter);
	if (o->name)
		out_printf(" --%s%s", o->name, o->arg && !o->without ? "=" : "");
}

static void bash_case(const struct opt *o)
{
	if (!o->arg)
		return;
	out_text("\t");       /* an argument that may be missing only follows = */
	if (o->name && !o->without)
		out_printf("--%s | ", o->name);
	if (o->name)
		out_printf("--%s=", o->name);
	if (o->letter && !o->without)
		out_printf("%s-%c", o->name ? " | " : "", o->letter);
	out_text(") ");
	if (opt_words(o)) {
		out_text("COMPREPLY=($(compgen -W '");
		words_of(o);
		out_text("' -- \"$cur\"))");
	} else if (o->kind == OPT_IS_FILE || o->kind == OPT_IS_FOLDER)
		out_printf("mapfile -t COMPREPLY < <(compgen -%c -- \"$cur\")", o->kind == OPT_IS_FILE ? 'f' : 'd');
	else
		out_text(":");
	out_text("; return ;;\n");
}

/* What completes the options of one verb, or of an applet without verbs. */
static void bash_options(const struct applet *applet, const struct opt_verb *verb)
{
	out_text("\tcase $prev in\n");
	each_option(applet, verb, bash_case);
	out_text("\tesac\n\toptions='");
	each_option(applet, verb, bash_word);
	out_text("'\n");
}

static void bash_verbs(const struct applet *applet)
{
	out_text("\tlocal at=1 verb\n"
	         "\t[ \"${COMP_WORDS[0]##*/}\" != mmtools ] || at=2\n"
	         "\tverb=${COMP_WORDS[at]}\n"
	         "\tif [ \"$COMP_CWORD\" = \"$at\" ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (const struct opt_verb *v = applet->verbs; v->name; v++)
		out_printf("%s ", v->name);
	for (const struct opt *o = opt_common; o->help; o++)
		bash_word(o);
	out_text("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase $verb in\n");
	for (const struct opt_verb *v = applet->verbs; v->name; v++) {
		out_printf("\t%s)\n", v->name);
		bash_options(applet, v);
		out_text("\t;;\n");
	}
	out_text("\tesac\n");
}

void doc_bash(const struct applet *const *applets)
{
	out_text("# bash completion for mmtools, generated from its option tables\n");
	for (const struct applet *const *a = applets; *a; a++) {
		out_printf("_mmtools_%s() {\n"
		           "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} options=\n"
		           "\tif [ \"$cur\" = = ]; then cur= prev=$prev=; elif [ \"$prev\" = = ]; then"
		           " prev=${COMP_WORDS[COMP_CWORD-2]}=; fi\n", (*a)->name);
		if ((*a)->verbs)
			bash_verbs(*a);
		else
			bash_options(*a, NULL);
		out_text("\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
		         "\t\tif [[ ${COMPREPLY[0]-} == *= ]]; then compopt -o nospace 2>/dev/null; fi\n"
		         "\telse\n"
		         "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		         "\t\tcompopt -o filenames 2>/dev/null\n\tfi\n}\n");
		out_printf("complete -F _mmtools_%s %s\n", (*a)->name, (*a)->name);
	}
	out_text("_mmtools() {\n\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (const struct applet *const *a = applets; *a; a++)
		out_printf("%s ", (*a)->name);
	out_text("--help --version --list --list-full --install --completion' -- \"${COMP_WORDS[1]}\"))\n"
	         "\telif declare -F \"_mmtools_${COMP_WORDS[1]}\" >/dev/null; then\n"
	         "\t\t\"_mmtools_${COMP_WORDS[1]}\"\n\tfi\n}\ncomplete -F _mmtools mmtools\n");
}

/* Help text inside single quotes and brackets of zsh's _arguments. */
static void zsh_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			out_text("'\\''");
		else if (strchr("[]:\\", *text))
			out_printf("\\%c", *text);
		else
			out_write(text, 1);
}

static void zsh_line(const struct opt *o)
{
	for (int is_long = 0; is_long < 2; is_long++) {
		if (is_long ? !o->name : !o->letter)
			continue;
		if (!is_long && o->without)
			out_printf("\t\t'*-%c", o->letter);
		else if (is_long)
			out_printf("\t\t'*--%s%s", o->name, !o->arg ? "" : o->without ? "=-" : "=");
		else
			out_printf("\t\t'*-%c%s", o->letter, o->arg ? "+" : "");
		out_text("[");
		zsh_text(o->help);
		out_text("]");
		if (o->arg && (is_long || !o->without)) {
			out_printf("%s%s:", o->without ? "::" : ":", o->arg);
			if (opt_words(o)) {
				out_text("(");
				words_of(o);
				out_text(")");
			} else if (o->kind == OPT_IS_FILE || o->kind == OPT_IS_FOLDER)
				out_text(o->kind == OPT_IS_FILE ? "_files" : "_files -/");
		}
		out_text("' \\\n");
	}
}

static void zsh_options(const struct applet *applet, const struct opt_verb *verb)
{
	out_text("\t_arguments -S \\\n");
	each_option(applet, verb, zsh_line);
	out_text("\t\t'*:file:_files'\n");
}

static void zsh_verbs(const struct applet *applet)
{
	out_text("\tif (( CURRENT == 2 )); then\n\t\tcompadd --");
	for (const struct opt_verb *v = applet->verbs; v->name; v++)
		out_printf(" %s", v->name);
	for (const struct opt *o = opt_common; o->help; o++)
		out_printf(" --%s", o->name);
	out_text("\n\t\treturn\n\tfi\n\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n");
	for (const struct opt_verb *v = applet->verbs; v->name; v++) {
		out_printf("\t%s)\n", v->name);
		zsh_options(applet, v);
		out_text("\t;;\n");
	}
	out_text("\tesac\n");
}

void doc_zsh(const struct applet *const *applets)
{
	out_text("#compdef mmtools");
	for (const struct applet *const *a = applets; *a; a++)
		out_printf(" %s", (*a)->name);
	out_text("\n# zsh completion for mmtools, generated from its option tables\n");
	for (const struct applet *const *a = applets; *a; a++) {
		out_printf("_mmtools_%s() {\n", (*a)->name);
		if ((*a)->verbs)
			zsh_verbs(*a);
		else
			zsh_options(*a, NULL);
		out_text("}\n");
	}
	out_text("local applet=$service\n"
	         "if [[ $service == mmtools ]]; then\n"
	         "\tif (( CURRENT == 2 )); then\n\t\tcompadd -- ");
	for (const struct applet *const *a = applets; *a; a++)
		out_printf("%s ", (*a)->name);
	out_text("--help --version --list --list-full --install --completion\n\t\treturn\n\tfi\n"
	         "\tapplet=$words[2]\n\tshift words\n\t(( CURRENT-- ))\nfi\n"
	         "(( $+functions[_mmtools_$applet] )) && _mmtools_$applet\n");
}

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

void doc_manual(const struct applet *applet)
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
	out_text(".Sh OPTIONS\n.Bl -tag -width Ds\n");
	each_option(applet, NULL, mdoc_option);
	out_text(".El\n");
}
