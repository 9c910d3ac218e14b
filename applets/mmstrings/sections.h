/*
 * sections: which parts of an ELF file are loaded when it is run.
 */
#ifndef SECTIONS_H
#define SECTIONS_H

#include "input.h"

/* For a round of `in` that has begun, and whose ranges this is to be: the sections that have bytes and are loaded, in
 * their order. All of the file where it is no ELF program, library or object, or has no such section. */
void sections_find(struct input *in, struct opt_ranges *ranges);

#endif
