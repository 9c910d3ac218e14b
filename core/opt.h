/*
 * opt: one const table per applet drives parsing and --help, of which the manual page and shell completion are made.
 * Parsing is libc's getopt_long, so short options cluster, long ones may be shortened, and options and operands mix. An
 * applet may be several commands in one (verbs), each with its operands and its share of the options. Groups of rows
 * have headings in --help, and sets of rows exclude each other. Every applet also takes --help and --version. Usage
 * errors are two lines on stderr: the bad word, and a pointer to --help.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fmt.h"
#include "num.h"

/* What an option does with its argument. Tables do not name these, but the macros below, which tie each to a place of
 * its type. */
enum opt_kind {
	OPT_IS_GROUP, OPT_IS_FLAG, OPT_IS_NUMBER, OPT_IS_SIZE, OPT_IS_TIME, OPT_IS_MODE, OPT_IS_RANGES, OPT_IS_CHOICE,
	OPT_IS_SET, OPT_IS_UNSET, OPT_IS_STRING, OPT_IS_FILE, OPT_IS_FOLDER, OPT_IS_MEANS, OPT_IS_DIGITS, OPT_IS_LIST,
};

/* A list of words ends by a NULL one; synonyms stand side by side. An empty word, which comes first, makes the argument
 * optional (--name[=WORD]): it stands for none. */
struct opt_choice {
	const char *word;
	int value;
};

struct opt_ranges {
	struct num_range *v;    /* never freed: they live as long as the program */
	size_t n;
};

/* Options whose order counts, as they were given. */
struct opt_list {
	struct opt_given {
		const struct opt *row;
		const char *text;       /* its argument, if it takes one */
	} *v;                           /* never freed */
	size_t n;
};

/* A row of the table: {.letter = 'n', .name = "number", OPT_FLAG(&conf.number), OPT_HELP("number all lines")} */
struct opt {
	const char *name;               /* long name without dashes, or NULL */
	const char *help;               /* lower case, no full stop; of a group its heading */
	const char *arg;                /* the argument's name in help, where one is taken */
	union {
		int *flag;
		unsigned *set;
		uint64_t *number;
		int64_t *time_ns;
		const char **text;
		struct opt_ranges *ranges;
		struct opt_list *list;
	} to;                           /* several options may share one place, the last wins */
	union {
		int value;
		const struct opt_choice *choices;
		const char *means, *once, *without;
	};
	uint32_t verbs;                 /* where the applet has any: the bits of those that take it; 0: all */
	char letter;                    /* 0: none */
	unsigned char kind;
	uint16_t excludes;              /* bits, each a set of options; two different ones of a set are refused */
};

/* What a row says in --help, where there is room for it: in the small profile the manual says it. */
#ifdef MMTOOLS_SMALL
#define OPT_HELP(text) .help = ""
#else
#define OPT_HELP(text) .help = text
#endif

/* A heading for the rows that follow, up to the next one. */
#define OPT_GROUP(heading) {.kind = OPT_IS_GROUP, .help = heading}

/* uint64_t: an option that is a number itself, as in -20. It has no letter and no name. */
#define OPT_DIGITS(place) .kind = OPT_IS_DIGITS, .to.number = (place)

/* int: becomes 1, or the value. */
#define OPT_FLAG(place) OPT_VALUE(place, 1)
#define OPT_VALUE(place, v) .kind = OPT_IS_FLAG, .to.flag = (place), .value = (v)

/* uint64_t: a number, one from the least on, and one of bytes; int64_t: nanoseconds; int: permissions, in octal. */
#define OPT_NUMBER(place) .kind = OPT_IS_NUMBER, .to.number = (place)
#define OPT_NUMBER_FROM(place, least) OPT_NUMBER(place), .value = (least)
#define OPT_SIZE(place) .kind = OPT_IS_SIZE, .to.number = (place)
#define OPT_SIZE_FROM(place, least) OPT_SIZE(place), .value = (least)
#define OPT_TIME(place) .kind = OPT_IS_TIME, .to.time_ns = (place)
#define OPT_MODE(place) .kind = OPT_IS_MODE, .to.flag = (place)

/* struct opt_ranges: one more. */
#define OPT_RANGES(place) .kind = OPT_IS_RANGES, .to.ranges = (place)

/* int: the value of the word; unsigned: the values of words, comma-separated, are added to it, or taken from it. */
#define OPT_CHOICE(place, words) .kind = OPT_IS_CHOICE, .to.flag = (place), .choices = (words)
#define OPT_SET(place, words) .kind = OPT_IS_SET, .to.set = (place), .choices = (words)
#define OPT_UNSET(place, words) .kind = OPT_IS_UNSET, .to.set = (place), .choices = (words)

/* struct opt_list: one more. */
#define OPT_LIST(place) .kind = OPT_IS_LIST, .to.list = (place)

/* const char *: any text; one that may be left out (--name[=ARG]), for which `text` stands; a file or a folder, or one
 * that may be given once, else `words` are the error. An argument that may be left out stands in the same word as the
 * option; where a row has both names, only the long one takes it. */
#define OPT_STRING(place) .kind = OPT_IS_STRING, .to.text = (place)
#define OPT_STRING_OR(place, text) OPT_STRING(place), .without = (text)
#define OPT_FILE(place) .kind = OPT_IS_FILE, .to.text = (place)
#define OPT_FOLDER(place) .kind = OPT_IS_FOLDER, .to.text = (place)
#define OPT_FOLDER_ONCE(place, words) OPT_FOLDER(place), .once = (words)

/* Stands for other options: words such as "v E preserve=all". */
#define OPT_MEANS(words) .kind = OPT_IS_MEANS, .means = (words)

/* In `excludes`: one that has the first goes with none that has the second; these go together. And a text, file or
 * folder that is given once. */
enum { OPT_SOLE = 1 << 14, OPT_OTHER = 1 << 15, OPT_ONCE = 1 << 13 };

/* Ends every table. */
#define OPT_END {.help = NULL}

extern const struct opt_choice opt_io_words[];
extern int opt_explain;

/* The options that every applet with mapped input has, all of it or these verbs. */
#define OPT_IO_FOR(which) {.name = "io", OPT_CHOICE(&map_io, opt_io_words), .arg = "HOW", .verbs = which, \
                           OPT_HELP("how to get at bytes: auto, map or read")}
#define OPT_EXPLAIN_FOR(which) {.name = "explain", OPT_FLAG(&opt_explain), .verbs = which, \
                                OPT_HELP("say on stderr which way each file took, and why")}
#define OPT_IO OPT_IO_FOR(0)
#define OPT_EXPLAIN OPT_EXPLAIN_FOR(0)

/* One command of an applet that has several: `mmshm get NAME OFF`. */
struct opt_verb {
	const char *name;
	const char *usage;              /* operands: "NAME OFF" */
	const char *summary;            /* one line, lower case */
	int (*run)(int argc, char **argv);      /* as an applet's */
	uint32_t bit;                   /* by which options name it */
	signed char least, most;        /* operands; most below least: any number from `least` on */
	bool numbers;                   /* operands may be negative numbers */
	bool command;                   /* operand number `least` begins a command, whose options are its own */
};

struct applet {
	const char *name;               /* "mmcat" */
	const char *classic;            /* the classic names it answers to, blank-separated; or NULL */
	const char *summary;            /* one line, lower case */
	const char *usage;              /* lines of operands: "[OPTION]... [FILE]..." */
	const struct opt *options;
	const struct opt_verb *verbs;           /* ended by a NULL name; NULL for an applet that is one command */
	int (*run)(int argc, char **argv);      /* operands only, argv[argc] is NULL; returns the exit status */
	int usage_status;               /* exit status of a usage error; 0 stands for 2 */
	int output_status;              /* and when standard output fails; 0 stands for 1 */
	void (*prepare)(char **argv);   /* makes options of an older kind into those of the table, before they are parsed, and
	                                 * then no option stands behind an operand; or NULL */
	const struct applet *const *faces;      /* what it is under those of its classic names that take other options, each by
	                                         * its name there; ended by NULL. Or NULL */
};

/* The applet being run, or the multiplexer itself; and which of its verbs, once opt_parse knows. */
extern const struct applet *opt_applet;
extern const struct opt_verb *opt_verb;

/* Parses argv by opt_applet's table and moves the operands to the front. Returns their number, or -1 when --help or
 * --version was asked for and has been answered on standard output. A usage error ends the program. */
int opt_parse(int argc, char **argv);

/* Whether the option is one of the verb's (NULL: of the applet's that has none); and whether its argument may be left
 * out. */
bool opt_takes(const struct opt_verb *verb, const struct opt *o);
bool opt_is_optional(const struct opt *o);

/* A usage error: the line, the pointer to --help, and the end. */
_Noreturn void opt_misuse(const char *fmt, ...) FMT_CHECKED(1, 2);

/* The value of a choice by its word or an unambiguous start of it; the program ends when there is none. `what` names
 * the option or variable in the message. */
int opt_choice(const struct opt_choice *choices, const char *word, const char *what);

/* --help and --version on standard output. */
void opt_help(const struct applet *applet);
void opt_version(void);

/* The two options that every applet has besides its table. */
extern const struct opt opt_common[];

#endif
