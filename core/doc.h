/*
 * doc: the option tables as the generated part of the manual pages, on standard output.
 */
#ifndef DOC_H
#define DOC_H

#include "opt.h"

/* Name, synopsis and options in mdoc, up to where the page's own prose goes on. */
void doc_manual(const struct applet *applet);

#endif
