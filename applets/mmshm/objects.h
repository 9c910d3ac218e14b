/*
 * objects: a list of shared memory objects with all that is known of them: size, owner, times, who maps them. Shown on
 * standard output; failures are said by msg_warn.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>

/* Adds the object or file of that name (core/region). */
bool objects_add(const char *name);

/* Adds every object that the system lists. */
bool objects_add_all(void);

enum objects_format { OBJECTS_TABLE, OBJECTS_LONG, OBJECTS_JSON };

/* Finds who maps them, and shows them. */
void objects_show(enum objects_format format);

#endif
