/*
 * backup: the name under which an old file is kept: NAME~ or NAME.~N~, as the GNU tools choose it.
 */
#ifndef BACKUP_H
#define BACKUP_H

#include "opt.h"

enum backup_kind { BACKUP_NONE, BACKUP_SIMPLE, BACKUP_EXISTING, BACKUP_NUMBERED };

/* none, off, simple, never, existing, nil, numbered, t */
extern const struct opt_choice backup_words[];

/* The name for a backup of `name`, seen from `dir`; to be freed. NULL: no memory, or the folder cannot be read. */
char *backup_name(enum backup_kind kind, int dir, const char *name, const char *suffix);

#endif
