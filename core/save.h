/*
 * save: writes a file so that nobody is left with half of one. A new file, or the temporary one beside a file to be
 * replaced, is taken away again when it is given up or a signal ends the program. Replacing is a rename: readers
 * and crashes see the old file or the new one, never a mixture. Nothing here prints.
 *
 *	save_replace(&s, dir, name, 0600); write to s.fd; save_sync(&s); save_commit(&s); ... or save_discard(&s)
 */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>
#include <sys/types.h>

struct save {
	int fd;                 /* open for reading and writing; save_commit and save_discard close it */
	int dir;                /* the folder of name */
	const char *name;       /* the caller's, or `resolved` */
	bool replaces;          /* written under `temporary` */
	bool owns_dir;
	char *temporary;
	char *resolved;
	int slot;
};

/* Creates the new file `name` in the folder `dir`. -1: EEXIST and so on. */
int save_create(struct save *s, int dir, const char *name, mode_t mode);

/* Makes the temporary file `.NAME.mmtmp-XXXXXX` that is to replace `name` (or what it is a symlink to), whether it
 * exists or not. -1: nothing has changed. */
int save_replace(struct save *s, int dir, const char *name, mode_t mode);

/* A name `.NAME.mmtmp-XXXXXX` for something that is to be renamed to `name` (and its folder, if it names one); to be
 * freed. NULL without memory. */
char *save_temporary(const char *name);

/* Makes the bytes and the metadata durable. The first error is final. */
int save_sync(struct save *s);

/* Closes the file and, when it replaces another, renames it over that. -1: nothing has changed, the old file is
 * still there; a new file that could not be closed cleanly is gone. */
int save_commit(struct save *s);

/* Takes the unfinished file away. errno is kept. */
void save_discard(struct save *s);

/* From now on a signal that ends the program takes `name` in the folder `dir` away, which is being filled some other way,
 * until save_keep. Both stay the caller's. */
int save_watch(int dir, const char *name);
void save_keep(int watched);

/* Makes names in the folder that holds `name` (seen from `dir`) durable: what a rename or a new file needs. */
int save_sync_folder(int dir, const char *name);

#endif
