#include "opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "grow.h"
#include "map.h"
#include "msg.h"
#include "near.h"

enum { MAX_OPTIONS = 64, LONG_BASE = 0x200000 /* beyond every character */ };

const struct opt_choice opt_io_words[] = {{"auto", MAP_IO_AUTO}, {"map", MAP_IO_MAP}, {"read", MAP_IO_READ}, {0}};
int opt_explain;
const struct applet *opt_applet;
const struct opt_verb *opt_verb;

const struct opt opt_common[] = {
	{.name = "help", OPT_FLAG(NULL), OPT_HELP("show this help")},
	{.name = "version", OPT_FLAG(NULL), OPT_HELP("show the version")},
	OPT_END,
};

static int usage_status(void)
{
	return opt_applet->usage_status ? opt_applet->usage_status : 2;
}

/* Where to find help, and the end. */
static _Noreturn void point_to_help(void)
{
	msg_raw("Try '%s%s%s --help' for more information.\n", msg_program, opt_verb ? " " : "",
	        opt_verb ? opt_verb->name : "");
	exit(usage_status());
}

void opt_misuse(const char *fmt, ...)
{
	va_list args;
	char line[512];

	va_start(args, fmt);
	fmt_args(line, sizeof line, fmt, args);
	va_end(args);
	msg_warn("%s", line);
	point_to_help();
}

/* The words of a choice as GNU lists them, for a message. */
static _Noreturn void bad_word(const char *problem, const struct opt_choice *choices, const char *word,
                               const char *what)
{
	msg_warn("%s argument %s for '%s'", problem, msg_quote(word), what);
	msg_raw("Valid arguments are:\n");
	for (const struct opt_choice *c = choices; c->word; c++)        /* synonyms share a line */
		msg_raw("%s'%s'%s", c > choices && c[-1].value == c->value ? "" : "  - ", c->word,
		        !c[1].word || c[1].value != c->value ? "\n" : ", ");
	point_to_help();
}

int opt_choice(const struct opt_choice *choices, const char *word, const char *what)
{
	const struct opt_choice *found = NULL;
	size_t len = strlen(word);

	choices += !*choices->word;
	for (const struct opt_choice *c = choices; c->word; c++) {
		if (strncmp(c->word, word, len) != 0)
			continue;
		if (c->word[len] == '\0')
			return c->value;
		if (found && found->value != c->value)
			bad_word("ambiguous", choices, word, what);
		found = c;
	}
	if (!found || len == 0)
		bad_word("invalid", choices, word, what);
	return found->value;
}

/* Without memory there is no run. */
static void *or_die(void *array)
{
	if (!array)
		msg_die(usage_status(), "%s", msg_reason(ENOMEM));
	return array;
}

static void add_range(struct opt_ranges *ranges, const char *text, const char *what)
{
	ranges->v = or_die(grow_add(ranges->v, &ranges->n, sizeof *ranges->v));
	if (num_range(text, &ranges->v[ranges->n - 1]) < 0)
		opt_misuse("invalid range %s for '%s': OFF+LEN, OFF or -LEN", msg_quote(text), what);
}

static unsigned set_of(const struct opt *o, const char *words, const char *what)
{
	unsigned set = 0;
	char word[32];

	for (;;) {
		size_t len = strcspn(words, ",");

		fmt_text(word, sizeof word, "%.*s", len < sizeof word ? (int)len : (int)sizeof word, words);
		set |= (unsigned)opt_choice(o->choices, word, what);
		if (words[len] == '\0')
			return set;
		words += len + 1;
	}
}

bool opt_takes(const struct opt_verb *verb, const struct opt *o)
{
	return !o->verbs || (verb && (o->verbs & verb->bit));
}

bool opt_is_optional(const struct opt *o)
{
	switch ((enum opt_kind)o->kind) {
	case OPT_IS_STRING: return o->without;
	case OPT_IS_CHOICE:
	case OPT_IS_SET: return !*o->choices->word;
	default: return false;
	}
}

static const struct opt *find_option(const char *word, size_t len)
{
	for (const struct opt *o = opt_applet->options; o->help; o++)
		if ((len == 1 ? o->letter == *word : o->name && strncmp(o->name, word, len) == 0 && !o->name[len]) &&
		    opt_takes(opt_verb, o))
			return o;
	return NULL;
}

/* How messages call an option. */
static const char *name_of(const struct opt *o, char text[40])
{
	if (o->name)
		fmt_text(text, 40, "--%s", o->name);
	else if (o->letter)
		fmt_text(text, 40, "-%c", o->letter);
	else
		fmt_text(text, 40, "-%s", o->arg);
	return text;
}

/* Refuses a second option of a set, and one of the two last sets beside one of the other. */
static void heed_sets(const struct opt *o)
{
	static const struct opt *given[16];
	char one[40], other[40];

	for (unsigned i = 0; i < 16; i++) {
		const struct opt *first = given[1 << i & (OPT_SOLE | OPT_OTHER) ? i ^ 1 : i];

		if (!(o->excludes >> i & 1) || 1 << i == OPT_ONCE)
			continue;
		if (first && first != o)
			opt_misuse("%s and %s exclude each other", name_of(first, one), name_of(o, other));
		if (!given[i])
			given[i] = o;
	}
}

static void apply(const struct opt *o, const char *arg);

static void apply_all(const char *words)
{
	for (const char *word = words; *word; word += strspn(word, " ")) {
		size_t len = strcspn(word, " "), name = strcspn(word, "= ");

		apply(find_option(word, name), word[name] == '=' ? word + name + 1 : NULL);
		word += len;
	}
}

static void apply(const struct opt *o, const char *arg)
{
	char text[40];
	const char *what = name_of(o, text);

	heed_sets(o);
	if (o->excludes & OPT_ONCE && *o->to.text)
		opt_misuse("%s is given twice", what);
	switch ((enum opt_kind)o->kind) {
	case OPT_IS_GROUP:
		break;
	case OPT_IS_FLAG:
		*o->to.flag = o->value;
		break;
	case OPT_IS_NUMBER:
	case OPT_IS_SIZE:
	case OPT_IS_DIGITS:
		if (num_size(arg, UINT64_MAX, o->to.number) < 0)
			opt_misuse("invalid number %s for '%s'%s", msg_quote(arg), what, errno == ERANGE ? ": too large" :
			           o->kind == OPT_IS_SIZE ? ": bytes, or as in 64K, 0x1000, 4M, 1GB" : "");
		if (o->kind != OPT_IS_DIGITS && *o->to.number < (uint64_t)o->value)
			opt_misuse("invalid number %s for '%s': %d or more", msg_quote(arg), what, o->value);
		break;
	case OPT_IS_TIME:
		if (num_time(arg, o->to.time_ns) < 0)
			opt_misuse("invalid time %s for '%s': %s", msg_quote(arg), what,
			           errno == ERANGE ? "too long" : "seconds, or as in 200ms, 5s, 2m");
		break;
	case OPT_IS_MODE:
		if (num_mode(arg, o->to.flag) < 0)
			opt_misuse("invalid mode %s for '%s': octal, as in 640", msg_quote(arg), what);
		break;
	case OPT_IS_RANGES:
		add_range(o->to.ranges, arg, what);
		break;
	case OPT_IS_CHOICE:
		*o->to.flag = arg ? opt_choice(o->choices, arg, what) : o->choices->value;
		break;
	case OPT_IS_SET:
		*o->to.set |= arg ? set_of(o, arg, what) : (unsigned)o->choices->value;
		break;
	case OPT_IS_UNSET:
		*o->to.set &= ~set_of(o, arg, what);
		break;
	case OPT_IS_STRING:
		*o->to.text = arg ? arg : o->without;
		break;
	case OPT_IS_FILE:
	case OPT_IS_FOLDER:
		if (o->once && *o->to.text)
			msg_die(usage_status(), "%s", o->once);
		*o->to.text = arg;
		break;
	case OPT_IS_MEANS:
		apply_all(o->means);
		break;
	case OPT_IS_LIST:
		o->to.list->v = or_die(grow_add(o->to.list->v, &o->to.list->n, sizeof *o->to.list->v));
		o->to.list->v[o->to.list->n - 1] = (struct opt_given){o, arg};
		break;
	}
}

/* getopt_long's view of the table; returns the number of long options. */
static void build(char *letters, struct option *longs, const struct opt **by_index)
{
	int n = 0;

	*letters++ = '+';       /* opt_parse goes over the operands itself */
	*letters++ = ':';
	for (const struct opt *table = opt_applet->options; table; table = table == opt_common ? NULL : opt_common)
		for (const struct opt *o = table; o->help; o++) {
			if (!opt_takes(opt_verb, o))
				continue;
			if (o->letter) {
				*letters++ = o->letter;
				if (o->arg && !(opt_is_optional(o) && o->name))
					*letters++ = ':';
				if (o->arg && opt_is_optional(o) && !o->name)
					*letters++ = ':';
			}
			if (o->name) {
				by_index[n] = o;
				longs[n] = (struct option){o->name, !o->arg ? no_argument : opt_is_optional(o) ? optional_argument :
				                           required_argument, NULL, LONG_BASE + n};
				n++;
			}
		}
	*letters = '\0';
	longs[n] = (struct option){0};
}

/* Whether the word was -NUM, which getopt_long does not know. Such a word never comes in the middle of a cluster. */
static bool apply_digits(const char *word)
{
	if (strspn(word + 1, "0123456789") != strlen(word + 1))
		return false;
	for (const struct opt *o = opt_applet->options; o->help; o++)
		if (o->kind == OPT_IS_DIGITS && opt_takes(opt_verb, o)) {
			apply(o, word + 1);
			return true;
		}
	return false;
}

/* What was wrong with the long option `word` (with its dashes). */
static _Noreturn void bad_long(const char *word, const struct option *longs)
{
	size_t len = strcspn(word + 2, "=");
	char list[256] = "";
	int matches = 0;

	for (; longs->name; longs++)
		if (strncmp(longs->name, word + 2, len) == 0) {
			size_t used = strlen(list);

			fmt_text(list + used, sizeof list - used, " '--%s'", longs->name);
			matches++;
		}
	if (matches > 1)
		opt_misuse("option %s is ambiguous; possibilities:%s", msg_quote(word), list);
	opt_misuse("unrecognized option %s", msg_quote(word));
}

/* The verb that argv[1] names. */
static const struct opt_verb *find_verb(const char *word)
{
	struct near near = {.wanted = word};

	if (!word)
		opt_misuse("missing command, as in '%s %s'", msg_program, opt_applet->verbs->name);
	for (const struct opt_verb *verb = opt_applet->verbs; verb->name; verb++) {
		if (strcmp(verb->name, word) == 0)
			return verb;
		near_offer(&near, verb->name);
	}
	if (*near.name)
		opt_misuse("unknown command %s; did you mean '%s'?", msg_quote(word), near.name);
	opt_misuse("unknown command %s", msg_quote(word));
}

/* Too few operands: the first that is not there, by its name in the usage line. */
static _Noreturn void lacks_operand(int n)
{
	const char *name = opt_verb->usage;

	while (n-- > 0) {
		name += strcspn(name, " ");
		name += strspn(name, " ");
	}
	opt_misuse("%s: missing operand %.*s, as in '%s %s %s'", opt_verb->name, (int)strcspn(name, " .[:"), name, msg_program,
	           opt_verb->name, opt_verb->usage);
}

/* Not "-" alone, nor a negative number where that is an operand. */
static bool is_option(const char *word)
{
	if (word[0] != '-' || word[1] == '\0')
		return false;
	return !(opt_verb && opt_verb->numbers && word[1] >= '0' && word[1] <= '9');
}

/* One call of getopt_long. Returns false when help or the version was asked for. */
static bool parse_option(int argc, char **argv, const char *letters, const struct option *longs,
                         const struct opt **by_index)
{
	int c = getopt_long(argc, argv, letters, longs, NULL);
	const struct opt *o;

	if (c == ':' || c == '?') {
		const char *word = argv[optind - 1];
		bool is_long = optopt == 0 || optopt >= LONG_BASE;
		const char *name = optopt >= LONG_BASE ? longs[optopt - LONG_BASE].name : NULL;

		if (c == ':' && is_long)
			opt_misuse("option '--%s' requires an argument", name);
		if (c == ':')
			opt_misuse("option requires an argument -- '%c'", optopt);
		if (name)
			opt_misuse("option '--%s' doesn't allow an argument", name);
		if (is_long)
			bad_long(word, longs);
		opt_misuse("invalid option -- '%c'", optopt > 0x20 && optopt < 0x7F ? optopt : '?');
	}
	o = c >= LONG_BASE ? by_index[c - LONG_BASE] : find_option(&(char){(char)c}, 1);
	if (o == &opt_common[0])
		opt_help(opt_applet);
	else if (o == &opt_common[1])
		opt_version();
	else
		apply(o, optarg);
	return o != &opt_common[0] && o != &opt_common[1];
}

int opt_parse(int argc, char **argv)
{
	char letters[3 * MAX_OPTIONS];
	struct option longs[MAX_OPTIONS];
	const struct opt *by_index[MAX_OPTIONS];
	/* the operand behind which there are no options */
	int n = 0, last = opt_applet->prepare || getenv("POSIXLY_CORRECT") ? 1 : -1;

	if (opt_applet->prepare)
		opt_applet->prepare(argv);
	if (opt_applet->verbs && !(argc > 1 && argv[1][0] == '-')) {
		opt_verb = find_verb(argc > 1 ? argv[1] : NULL);
		argc--;
		memmove(argv + 1, argv + 2, (size_t)argc * sizeof *argv);
		if (opt_verb->command)
			last = opt_verb->least;
	}
	build(letters, longs, by_index);
	opterr = 0;
	while (optind < argc && n != last) {
		if (strcmp(argv[optind], "--") == 0) {
			optind++;
			break;
		}
		if (!is_option(argv[optind]))
			argv[n++] = argv[optind++];
		else if (apply_digits(argv[optind]))
			optind++;
		else if (!parse_option(argc, argv, letters, longs, by_index))
			return -1;
	}
	memmove(argv + n, argv + optind, (size_t)(argc - optind + 1) * sizeof *argv);
	n += argc - optind;
	if (opt_applet->verbs && !opt_verb)
		find_verb(NULL);
	if (opt_verb && n < opt_verb->least)
		lacks_operand(n);
	if (opt_verb && opt_verb->most >= opt_verb->least && n > opt_verb->most)
		opt_misuse("%s: extra operand %s", opt_verb->name, msg_quote(argv[opt_verb->most]));
	return n;
}
