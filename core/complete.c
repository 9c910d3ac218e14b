#include "complete.h"

#include <dirent.h>
#include <string.h>

#include "os.h"
#include "out.h"

/* The command line, as far as it is known. */
static struct {
	const struct applet *applet;
	const struct applet *const *applets;
	const struct opt_verb *verb;
	const char *word;               /* the one to be completed */
	bool alone;                     /* where mmtools wants the name of an applet */
	int command;                    /* which of the words begins a command line of its own; 0: none */
} at;

void complete_bash(void)
{
	out_text(
#include "completion.bash.inc"
	);
}

void complete_zsh_body(void)
{
	out_text(
#include "completion.zsh.inc"
	);
}

/* A word that may stand behind the first `lead` bytes of what is there. */
static void offer(size_t lead, const char *start, const char *word, const char *end, const char *help)
{
	size_t dashes = strlen(start), n = strlen(at.word + lead);

	if (strncmp(start, at.word + lead, n < dashes ? n : dashes) == 0 &&
	    (n <= dashes || strncmp(word, at.word + lead + dashes, n - dashes) == 0))
		out_printf("%.*s%s%s%s%s%s\n", (int)lead, at.word, start, word, end, help ? "\t" : "", help ? help : "");
}

/* The options that may stand here: before a verb only the common ones. Calls `visit` until it says true. */
static const struct opt *each_option(bool (*visit)(const struct opt *, const char *, size_t), const char *word,
                                     size_t len)
{
	const struct opt *own = at.applet->verbs && !at.verb ? opt_common : at.applet->options;

	for (const struct opt *table = own; table; table = table == opt_common ? NULL : opt_common)
		for (const struct opt *o = table; o->help; o++)
			if (o->kind != OPT_IS_GROUP && opt_takes(at.verb, o) && visit(o, word, len))
				return o;
	return NULL;
}

static bool offer_option(const struct opt *o, const char *word, size_t len)
{
	(void)word, (void)len;
	if (o->letter)
		offer(0, "-", (char[]){o->letter, '\0'}, "", o->help);
	if (o->name)
		offer(0, "--", o->name, o->arg && !o->without ? "=" : "", o->help);
	return false;
}

static bool is_long(const struct opt *o, const char *name, size_t len)
{
	return o->name && strncmp(o->name, name, len) == 0;
}

static bool is_letter(const struct opt *o, const char *letter, size_t len)
{
	(void)len;
	return o->letter == *letter;
}

/* The option whose argument the next word must be, or NULL. */
static const struct opt *awaits(const char *word)
{
	const struct opt *o;

	if (word[1] == '-') {
		o = strchr(word, '=') ? NULL : each_option(is_long, word + 2, strlen(word + 2));
		return o && o->arg && !o->without ? o : NULL;
	}
	while (*++word) {
		o = each_option(is_letter, word, 1);
		if (o && o->arg && !o->without)
			return word[1] ? NULL : o;
	}
	return NULL;
}

static void offer_applets(size_t lead)
{
	for (const struct applet *const *a = at.applets; *a; a++)
		offer(lead, "", (*a)->name, "", (*a)->summary);
}

/* Whether the word is one of those that stand before the last comma of the list. */
static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *comma; (comma = strchr(list, ',')); list = comma + 1)
		if ((size_t)(comma - list) == len && memcmp(list, word, len) == 0)
			return true;
	return false;
}

/* What may stand for an option's argument, which begins `lead` bytes into the word. Returns what else there may be. */
static const char *offer_values(const struct opt *o, size_t lead)
{
	const char *value = at.word + lead, *comma = o->kind == OPT_IS_CHOICE ? NULL : strrchr(value, ',');

	for (const struct opt_choice *c = opt_words(o); c && c->word; c++)
		if (!comma || !is_listed(value, c->word))
			offer(comma ? (size_t)(comma + 1 - at.word) : lead, "", c->word, "", NULL);
	if (strcmp(o->arg, "APPLET") == 0)
		offer_applets(lead);
	return o->kind == OPT_IS_FILE ? ":file" : o->kind == OPT_IS_FOLDER ? ":folder" : ":none";
}

/* Shared memory by name, but for names that a shell would have to quote; or a path. */
static const char *offer_objects(void)
{
	DIR *dir = strchr(at.word, '/') || !os_shm_folder ? NULL : opendir(os_shm_folder);

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (*e->d_name != '.' && e->d_name[strspn(e->d_name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		                                                    "0123456789_.+@%-")] == '\0')
			offer(0, "", e->d_name, "", NULL);
	if (dir)
		closedir(dir);
	return strchr(at.word, '/') ? ":file" : ":folder";
}

/* Words with | between, as they stand in a usage. */
static void offer_words(const char *words, size_t len)
{
	char word[32];

	for (const char *end = words + len; words < end; words += len + 1) {
		len = strcspn(words, "| ]");
		if (len < sizeof word) {
			memcpy(word, words, len);
			word[len] = '\0';
			offer(0, "", word, "", NULL);
		}
	}
}

/* What operand number n (from 0) may be, by its name in the usage, of which an applet's first line counts. */
static const char *offer_operand(int n)
{
	static const struct { const char *name, *kind; } kinds[] = {
		{"FILE", ":file"}, {"SOURCE", ":file"}, {"TARGET", ":file"}, {"FOLDER", ":folder"}, {"DIR", ":folder"},
	};
	const char *name = "", *next = at.verb ? at.verb->usage : at.applet->usage;
	size_t len;

	for (int i = -1; i < n && *next && *next != '\n'; next += strspn(next, " ")) {
		const char *word = next;

		next += strcspn(next, " \n");
		if (strncmp(word, "[OPTION]", 8) == 0 || strncmp(word, "[-", 2) == 0)
			continue;
		name = word + (*word == '[');
		if (++i < n && *next != ' ' && at.verb && next[-1] != '.')
			return ":none";         /* one too many */
	}
	len = strcspn(name, " \n.[]:+");
	if (strncmp(name, "APPLET", 6) == 0 && at.alone)
		offer_applets(0);
	if (strncmp(name, "APPLET", 6) == 0)
		return at.alone ? ":none" : ":folder";  /* of --install */
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strlen(kinds[i].name) == len && strncmp(name, kinds[i].name, len) == 0)
			return kinds[i].kind;
	if (at.verb && (strncmp(name, "NAME", len) == 0 || strncmp(name, "FROM", len) == 0 || strncmp(name, "TO", len) == 0))
		return len ? offer_objects() : ":none";
	if (*name >= 'a' && *name <= 'z')
		offer_words(name, len);
	return ":none";
}

/* Finds out what the last of the words is, and offers what may stand for it. Returns what else there may be. */
static const char *offer_last(int argc, char **argv)
{
	const char *equals = strchr(at.word, '=');
	bool ended = false, number;
	int n = 0, command = at.verb && at.verb->command ? at.verb->least : -1;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const struct opt *o;

		number = at.verb && at.verb->numbers && word[0] == '-' && word[1] >= '0' && word[1] <= '9';
		if (ended || word[0] != '-' || number || (i + 1 < argc && word[1] == '\0')) {
			if (++n == command) {
				at.command = i;
				return ":command";
			}
			continue;
		}
		ended = strcmp(word, "--") == 0 && i + 1 < argc;
		o = i + 1 < argc && !ended ? awaits(word) : NULL;
		if (o && ++i + 1 == argc)
			return offer_values(o, 0);
		if (i + 1 < argc)
			continue;
		if (word[1] == '-' && equals)
			return (o = each_option(is_long, word + 2, (size_t)(equals - word - 2))) && o->arg
			       ? offer_values(o, (size_t)(equals + 1 - word)) : ":none";
		each_option(offer_option, NULL, 0);
		return ":none";
	}
	return offer_operand(n - 1);
}

void complete_line(const struct applet *applet, const struct applet *const *applets, int first, int argc, char **argv)
{
	const char *rest = ":none";

	at.applet = applet;
	at.applets = applets;
	at.word = argv[argc - 1];
	at.alone = argc == first + 2 || strcmp(argv[argc - 2], "--help") == 0;
	if (applet->verbs && argc == first + 2 && *at.word != '-') {
		for (const struct opt_verb *v = applet->verbs; v->name; v++)
			offer(0, "", v->name, "", v->summary);
	} else {
		for (const struct opt_verb *v = argc > first + 2 ? applet->verbs : NULL; v && v->name; v++)
			if (strcmp(v->name, argv[first + 1]) == 0)
				at.verb = v;
		first += at.verb != NULL;
		if (argc > first + 1 && (at.verb || !applet->verbs || *at.word == '-'))
			rest = offer_last(argc - first, argv + first);
	}
	if (at.command)
		out_printf("%s %d\n", rest, at.command + first);
	else
		out_printf("%s\n", rest);
}
