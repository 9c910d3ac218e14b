/*
 * doc: the option tables as the generated part of the manual pages, on standard output.
 */
#ifndef DOC_H
#define DOC_H

#include "opt.h"

/* Name, synopsis, commands and options in mdoc, up to where the page's own prose goes on. `applets`, ended by NULL, are
 * those that the page is to point to, or NULL. */
void doc_manual(const struct applet *applet, const struct applet *const *applets);

#endif
