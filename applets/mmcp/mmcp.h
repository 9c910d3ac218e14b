/*
 * mmcp: what the rooms of the applet share: what the options say, and what the run remembers. mmcp.c has the options
 * and tells what each operand is to become; tree copies that with all that is in it, file one file's bytes.
 */
#ifndef MMCP_H
#define MMCP_H

#include <stdbool.h>
#include <stdint.h>

#include "backup.h"
#include "copy.h"
#include "entry.h"
#include "keep.h"
#include "opt.h"
#include "replace.h"
#include "seen.h"

enum { LINK_NOT, LINK_HARD, LINK_SYMBOLIC };
enum follow { FOLLOW_UNSET, FOLLOW_NEVER, FOLLOW_OPERANDS, FOLLOW_ALWAYS };

struct mmcp_conf {
	int recursive, follow, force, ask, update, link, target_is_file, parents, one_file_system, verbose;
	int attributes_only, reflink, holes, remove_destination, strip_slashes, copy_contents, keep_folder_links, backs_up;
	int atomic, sync, verify, no_cache, progress, changed, json;
	struct keep keep;
	const char *folder, *backup, *suffix;   /* suffix: of simple backups */
	uint64_t jobs, retry;
	uint64_t block;         /* UINT64_MAX: not given */
	struct opt_ranges ranges;

	/* what they mean together */
	enum backup_kind backup_kind;
	bool special_as_regular;        /* the contents of special files are copied */
	bool through_dangling;          /* what a dangling symlink leads to is created */
	bool several;                   /* there are several sources, whose targets may collide */
	struct copy_how copying;
};

extern struct mmcp_conf cp_conf;

/* Sources with several links, and what they were copied to; targets made by this run, where some may collide. */
extern struct seen cp_linked, cp_made;

/* Before the first one: starts the threads that there are to be. */
void tree_start(void);

/* Copies the operand `path` and all that is in it. */
void tree_copy(const char *path, const struct entry *target);

/* Copies the bytes of r->src, with what is kept besides them, and says what went wrong. A nested one's folder is made
 * durable when it is complete. */
bool file_copy(struct replace *r);

/* Makes the name of a target durable, or says that it is not known to be. */
void file_sync_folder(const struct entry *dst);

#endif
