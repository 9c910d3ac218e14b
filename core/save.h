/*
 * save: the one way to make or replace a file, so that nobody is left with half of one, and nobody gains a right by it,
 * though the folder may belong to somebody else who changes names meanwhile. What replaces a file:
 * - is found by the kernel, once: the file that it opens for the name is the old one. Which folder and last name
 *   lead to it is searched by hand, and believed when that name there is this file (device, inode, no symlink).
 *   Only ENOENT means that there is none;
 * - is written under a temporary name in that folder, O_EXCL, mode 0600 (a new file: as the system makes new files);
 * - gets the old owner; then extended attributes and access list; then the mode, without set-ID bits: who wants
 *   those sets them last. What gave rights to the old bytes alone (file capabilities) is left out. Where the owner
 *   cannot be kept, group and others get no right that they would not have on a new file;
 * - is made durable, and only then, if the name still is the old file, renamed over it, or takes a name that is still
 *   free; at last the folder is made durable.
 * Readers and crashes see the old file or the new one. A signal that ends the program takes the temporary away. It
 * works without /proc, without attributes, and where folders know no fsync. Nothing here prints.
 *
 *	save_open(&s, dir, name, 0666, 0); write to s.fd; save_commit(&s), or save_discard(&s)
 */
#ifndef SAVE_H
#define SAVE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "watch.h"

/* How to replace. */
enum {
	SAVE_FORCE = 1,         /* also a file that may not be written */
	SAVE_DANGLING = 2,      /* make what a symlink leads to that leads to nothing */
	SAVE_STRAIGHT = 4,      /* write straight to what is no regular file: pipes, devices */
	SAVE_DURABLE = 8,       /* a folder that cannot be made durable, for whatever reason, is told */
	SAVE_LATER = 16,        /* the caller makes the folder durable, unless a symlink led to another one */
};

/* What could not be kept of the old file. */
enum { SAVE_OWNER = 1, SAVE_ATTRIBUTES = 2, SAVE_MODE = 4 };

struct save {
	int fd;                 /* open for reading and writing; save_commit and save_discard close it */
	int dir;                /* the folder of name */
	char *name;
	bool replaces;          /* written under `temporary` */
	bool exists;            /* a file is there, *old, whose owner, attributes and mode are kept */
	bool keep_mode;         /* set unless the caller sets mode and access list itself, after save_settle */
	uid_t owner;            /* that it is to have: the old ones, unless the caller changes them before save_settle */
	gid_t group;
	struct stat old;
	unsigned lost;          /* SAVE_OWNER... */

	/* Private to save.c. */
	int there;              /* the old file, or -1 */
	unsigned how;
	mode_t mode;
	char *temporary;
	bool owns_dir, owns_there, settled, synced, made_there;
	struct watch watch;
};

/* Creates the new file `name` in the folder `dir`. -1: EEXIST and so on. */
int save_create(struct save *s, int dir, const char *name, mode_t mode);

/* Opens what is to replace the file `name`, or what that is a symlink to, or a new one of that mode less the umask. -1:
 * nothing has changed. ELOOP: a symlink that leads to nothing; ESTALE: somebody changed the name meanwhile; s->exists
 * with another kind in s->old: no regular file. */
int save_open(struct save *s, int dir, const char *name, mode_t mode, unsigned how);

/* The same for a file that is open already for reading: `old`, the caller's until the save has ended, and never closed
 * (which would give up the caller's record locks). ESTALE when the name does not lead to it any more. */
int save_open_over(struct save *s, int old, int dir, const char *name);

/* Gives it the owner, attributes and mode of the old file, for callers that change them afterwards or give up when
 * they are lost: -1 with s->lost. What is missing then is what is safe. save_commit does it, unless it was done. */
int save_settle(struct save *s);

/* Makes bytes and attributes durable, likewise. The first error is final. */
int save_sync(struct save *s);

/* Closes the file and gives it its name. -1: nothing has changed, the old file is still there (EEXIST, ESTALE: not
 * what was opened); a new file of save_create that could not be closed is gone. 1: replaced, but errno says why it is
 * not known to be durable. s->lost and s->exists can still be read. */
int save_commit(struct save *s);

/* Takes the unfinished file away. errno is kept. */
void save_discard(struct save *s);

/* A name `.NAME.mmtmp-XXXXXX` for something that is to be renamed to `name` (and its folder, if it names one); to be
 * freed. NULL without memory. */
char *save_temporary(const char *name);

/* Makes a link that is to take the place of what stands at `name`: by make(arg, TEMPORARY), which returns 0 or -1, and
 * a rename over it, so that the name is never missing. -1: the old one stays. */
int save_link(int dir, const char *name, int (*make)(void *arg, const char *temporary), void *arg);

/* Makes names in the folder that holds `name` (seen from `dir`) durable: what a new file or link needs. */
int save_sync_folder(int dir, const char *name);

#endif
