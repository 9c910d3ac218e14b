/*
 * report: what is said of two files that are compared, in each form. What is handed in is settled; what lies between
 * two calls was equal. Prints on standard output, and on stderr where a file ends before the other.
 */
#ifndef REPORT_H
#define REPORT_H

#include "pair.h"

/* False without memory. */
bool report_start(struct pair *p);

/* How many of the next `same` bytes, which are equal, need not be handed in. */
size_t report_skips(struct pair *p, size_t same);

/* Tells of the `len` bytes at p->bytes. Returns how many are done with; 0 when no more are wanted. */
size_t report_bytes(struct pair *p, size_t len);

/* Tells what is left. Where not all was compared it is not said what that means. Returns the exit status. */
int report_end(struct pair *p, bool is_complete);

#endif
