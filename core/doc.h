/*
 * doc: the option tables in other forms: shell completion, and the generated part of the manual pages. All on
 * standard output.
 */
#ifndef DOC_H
#define DOC_H

#include "opt.h"

/* Completion for all applets, ended by NULL, under all their names. */
void doc_bash(const struct applet *const *applets);
void doc_zsh(const struct applet *const *applets);

/* Name, synopsis and options in mdoc, up to where the page's own prose goes on. */
void doc_manual(const struct applet *applet);

#endif
