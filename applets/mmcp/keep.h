/*
 * keep: what a copy keeps of its source besides the bytes, as a set of bits says: owner, attributes, mode, times. What
 * it does not keep it gets as any new file does, or has had before. A new file or folder is made with a first mode
 * that lets nobody in who may not be let in later. What cannot be kept is said in GNU cp's words, through msg_fail.
 */
#ifndef KEEP_H
#define KEEP_H

#include <stdbool.h>
#include <sys/stat.h>

#include "meta.h"
#include "opt.h"
#include "save.h"

/* MUST_...: named, not only meant by "all", so its loss is an error. */
enum {
	KEEP_MODE = 1, KEEP_OWNER = 2, KEEP_TIMES = 4, KEEP_LINKS = 8, KEEP_CONTEXT = 16, KEEP_XATTR = 32,
	KEEP_MUST_CONTEXT = 64, KEEP_MUST_XATTR = 128,
	KEEP_NEW_MODE = 256,    /* new files start from the source's mode, as they do unless --no-preserve=mode */
};

/* The words of --preserve. */
extern const struct opt_choice keep_words[];

struct keep {
	unsigned what;          /* KEEP_...; KEEP_LINKS is for the caller to heed */
	mode_t umask;
};

/* The mode to create the copy of a file with: closed to others until its owner is right, open to ourselves for
 * attributes. */
mode_t keep_first_mode(const struct stat *st);

/* The same for a folder, open to ourselves for what is to come into it; and the mode for one that is complete, which
 * was created with its first mode, and of that the system has made `now`. */
mode_t keep_folder_first_mode(const struct stat *st);
mode_t keep_folder_last_mode(const struct stat *st, mode_t now);

/* Gives a new file its mode, and a new folder that is complete `mode`, unless keep_set is to give it the source's. */
bool keep_set_new_mode(const struct stat *st, const struct meta_file *to, const char *path);
bool keep_set_folder_mode(mode_t mode, const struct meta_file *to, const char *path);

/* Sets on `to`, known to the user as `path`, what is to be kept of `from`, whose stat is *st, as far as it can be kept:
 * false when some could not. Set-ID bits go only with the owner and group that they were set for; and neither they nor
 * file capabilities to a file that is not `ours` alone to write: whoever has it mapped could still change its bytes. */
bool keep_set(const struct meta_file *from, const struct stat *st, const struct meta_file *to, const char *path,
              bool ours);

/* Gives the file in the making what the one has that it is to replace, as if that were overwritten, but for what
 * keep_set is to give it of the source, whose stat is *st. */
bool keep_old(const struct stat *st, struct save *to, const char *path);

#endif
