/*
 * entry: a name in a folder, which need not exist: what links, renames and removals act on. Two entries may lead to
 * one file (hard links, symlinks, bind mounts); these functions tell them apart. Nothing here prints.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <sys/stat.h>

struct entry {
	int dir;                /* AT_FDCWD or a folder */
	const char *name;       /* seen from there; perhaps several components */
	const char *path;       /* as the user knows it, for messages */
};

/* The same entry with a descriptor and texts of its own, for another thread: for an entry of an open folder whose name
 * is the end of its path. False, and nothing to free, when there is no room. */
bool entry_dup(const struct entry *e, struct entry *own);
void entry_free(struct entry *own);

/* The same device and inode, and kind, as a file that has just gone leaves its inode to the next one. */
bool entry_same_file(const struct stat *a, const struct stat *b);

/* The last component of a name or path; the whole when there is one only. */
const char *entry_base(const char *name);

/* Opens the folder that holds the entry (os_open_folder), however long its path is; the caller closes it. -1 with
 * errno. */
int entry_open_folder(const struct entry *e);

/* Opens the entry itself to be looked at (os_open_look), through a symlink only when `follow`, if it still is *st. -1
 * with errno, ESTALE: it is another file. */
int entry_open_look(const struct entry *e, const struct stat *st, bool follow);

/* What that folder is. False with errno. */
bool entry_stat_folder(const struct entry *e, struct stat *st);

/* Whether both are the very same name in the same folder. */
bool entry_same(const struct entry *a, const struct entry *b);

/* Whether the folder that holds the entry is the folder `above` or lies below it. */
bool entry_is_inside(const struct entry *e, const struct stat *above);

#endif
