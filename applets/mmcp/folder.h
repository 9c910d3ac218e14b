/*
 * folder: the copies of folders, below a target and on the way to it: made so that we can work in them and nobody is
 * let in who may not be later, and completed when all is there that comes into them. What fails then is said through
 * msg_fail.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

#include "entry.h"
#include "meta.h"
#include "mirror.h"

/* Makes dst, the copy of the folder whose stat is *st. -1 with errno, which is for the caller to tell. */
int folder_make(const struct entry *dst, const struct stat *st);

/* It was made and is open now as `copy`, of which *now is the stat. Takes the rights in it that a umask or a default
 * list has held back from us, and notes for later which mode it is to have. */
bool folder_begin(const struct meta_file *copy, const struct stat *now, const struct stat *st, const char *path,
                  struct mirror_todo *todo);

/* A folder is complete, made or found: sets what its contents would have changed. */
void folder_finish(const struct meta_file *from, const struct stat *st, const struct meta_file *copy,
                   const struct entry *dst, const struct mirror_todo *todo);

#endif
