/*
 * complete: what may stand for the last word of a command line, by the option tables. The scripts completion.bash and
 * completion.zsh ask for it at each TAB, so no text of ours is ever read as shell.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "opt.h"

/* The script for a shell, on standard output. zsh must find the names of commands in its first line. */
void complete_bash(void);
void complete_zsh_body(void);

/*
 * Prints what may stand for argv[argc - 1], where argv[first] is the applet's name and argc > first + 1: a word a line
 * with its help behind a tab. A last line says what the shell is to look for when there is no such word: `:file`,
 * `:folder`, `:command N` (argv[N] begins a command line of its own) or `:none`. `applets`, ended by NULL, are all.
 */
void complete_line(const struct applet *applet, const struct applet *const *applets, int first, int argc, char **argv);

#endif
