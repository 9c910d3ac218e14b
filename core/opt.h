/*
 * opt: one const table per applet drives parsing, --help, the manual page and shell completion. Parsing is libc's
 * getopt_long, so short options cluster, long ones may be shortened, and options and operands mix. An applet may be
 * several commands in one (verbs), each with its operands and its share of the options. Every applet also takes --help
 * and --version. Usage errors are two lines on stderr: the bad word, and a pointer to --help.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "num.h"

enum opt_kind {
	OPT_FLAG,       /* int: becomes `value` (1 when that is 0) */
	OPT_COUNT,      /* uint64_t: a number */
	OPT_SIZE,       /* uint64_t: bytes */
	OPT_TIME,       /* int64_t: nanoseconds */
	OPT_MODE,       /* int: permissions, in octal */
	OPT_RANGES,     /* struct opt_ranges: one more */
	OPT_CHOICE,     /* int: the value of the word */
	OPT_SET,        /* unsigned: the values of words, comma-separated, are added to it */
	OPT_UNSET,      /* unsigned: and taken from it */
	OPT_STRING,     /* const char * */
	OPT_FILE,       /* const char *: completed as a file name */
	OPT_FOLDER,     /* const char *: completed as a folder */
	OPT_MEANS,      /* stands for other options: `means`, words such as "v", "E", "preserve=all" */
};

struct opt_choice {
	const char *word;
	int value;
};

struct opt_ranges {
	struct num_range *v;    /* never freed: they live as long as the program */
	size_t n;
};

struct opt {
	char letter;                    /* 0: none */
	const char *name;               /* long name without dashes, or NULL */
	enum opt_kind kind;
	void *to;                       /* what the kind says; several options may share one, the last wins */
	int value;                      /* for OPT_FLAG */
	const char *arg;                /* the argument's name in help, where one is taken */
	const char *without;            /* the argument is optional (--name[=ARG]); this stands for none */
	const char *means;              /* for OPT_MEANS */
	const struct opt_choice *choices;       /* ended by a NULL word */
	const char *once;               /* what to say when it is given twice; NULL: the last one counts */
	const char *verbs;              /* the verbs that take it, blank-separated, where the applet has any */
	const char *help;               /* lower case, no full stop */
};

/* Ends every table. */
#define OPT_END {.help = NULL}

extern const struct opt_choice opt_io_words[];
extern int opt_explain;

/* The options that every applet with mapped input has, all of it or these verbs. */
#define OPT_IO_FOR(which) {.name = "io", .kind = OPT_CHOICE, .to = &map_io, .arg = "HOW", .choices = opt_io_words, \
                           .verbs = which, .help = "how to get at bytes: auto, map or read"}
#define OPT_EXPLAIN_FOR(which) {.name = "explain", .kind = OPT_FLAG, .to = &opt_explain, .verbs = which, \
                                .help = "say on stderr which way each file took, and why"}
#define OPT_IO OPT_IO_FOR(NULL)
#define OPT_EXPLAIN OPT_EXPLAIN_FOR(NULL)

/* One command of an applet that has several: `mmshm get NAME OFF`. */
struct opt_verb {
	const char *name;
	const char *usage;              /* operands: "NAME OFF" */
	const char *summary;            /* one line, lower case */
	int (*run)(int argc, char **argv);      /* as an applet's */
	int least, most;                /* operands; most below least: any number */
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
};

/* The applet being run, or the multiplexer itself; and which of its verbs, once opt_parse knows. */
extern const struct applet *opt_applet;
extern const struct opt_verb *opt_verb;

/* Parses argv by opt_applet's table and moves the operands to the front. Returns their number, or -1 when --help or
 * --version was asked for and has been answered on standard output. A usage error ends the program. */
int opt_parse(int argc, char **argv);

/* Whether the option is one of the verb's (NULL: of the applet's that has none). */
bool opt_takes(const struct opt_verb *verb, const struct opt *o);

/* A usage error: the line, the pointer to --help, and the end. */
_Noreturn void opt_misuse(const char *fmt, ...)
#if defined __GNUC__
	__attribute__((format(printf, 1, 2)))
#endif
	;

/* The value of a choice by its word or an unambiguous start of it; the program ends when there is none. `what` names
 * the option or variable in the message. */
int opt_choice(const struct opt_choice *choices, const char *word, const char *what);

/* --help and --version on standard output. */
void opt_help(const struct applet *applet);
void opt_version(void);

/* The two options that every applet has besides its table. */
extern const struct opt opt_common[];

#endif
