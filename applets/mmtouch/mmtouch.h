/*
 * What the rooms of mmtouch share: the files that are met, and what the options say.
 *
 *	files	which files the operands name
 *	pages	which of their pages are in memory
 *	steer	bringing them in, and letting them go
 *	tell	what is said of them
 *	hold	locking them in memory
 *	pid	the file that names the process which does so
 *	remember, restore	what is in memory as text, and back
 */
#ifndef MMTOUCH_H
#define MMTOUCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "num.h"
#include "opt.h"
#include "os.h"

enum { SHOW, TOUCH, EVICT };

/* What the options say. */
extern struct touch_conf {
	int follow, cross, links, verbose, quiet, json, bytes, pairs;
	int sync, progress, force, spare;       /* spare: push nothing out of memory */
	uint64_t budget, rate;          /* bytes to bring in, and in a second; 0: any */
	int operands_only;              /* files that stand on the command line, and no folders: fincore */
	int follow_operands;            /* symlinks that are operands lead to files */
	bool once;                      /* several operands that lead to a file are as one */
	bool vmtouch;                   /* looks like vmtouch */
	bool has_range, range_is_lenient;       /* a range may end behind the file */
	struct num_range range;
	uint64_t most;                  /* larger files are passed over */
	struct opt_list ignore, only;   /* patterns of names */
} touch_conf;

struct file {
	const char *path;
	size_t n_operand;       /* so much of the path is the operand */
	int dir;                /* where it was met as `name` */
	const char *name;
	int fd;                 /* -1: an empty file, which need not be opened */
	struct stat st;
	off_t size;
	uint64_t first, end;    /* the pages that are asked for: from `first` to before `end` */
};

/* files: calls visit for each file that is named by an operand or lies below one, until it returns false. What cannot
 * be looked at is told, and makes the status 1. */
typedef bool files_visit(struct file *f, void *arg);
void files_each(char *const *names, files_visit *visit, void *arg);
extern uint64_t files_n, files_n_folders;
extern void (*files_folder)(const char *path);  /* called for each folder before its names are read, unless NULL */

/* The operands with those that the list `name` has, one a line or ended by NULs. NULL after a message. */
char **files_list(char **operands, size_t n, const char *name, bool nuls);

/* pages: what is in memory of the pages asked for. */
struct pages {
	uint64_t n;             /* all of them */
	bool known;             /* the system tells */
	bool detailed;          /* and more than how many are resident */
	struct os_cached in;
};

/* False: the system does not tell us, and all is 0 but n. */
bool pages_count(const struct file *f, struct pages *p);

/* The sum of those that are known; it is detailed when all of them are. */
void pages_add(struct pages *sum, const struct pages *p);

/* Calls visit for one stretch of pages after the other that are all resident or all not. False: the system does not
 * tell us, or not all. */
typedef void pages_visit(void *arg, uint64_t first, uint64_t end, bool resident);
bool pages_runs(const struct file *f, pages_visit *visit, void *arg);

/* steer: goes through the data in the stretch of pages, in bytes, until use returns false. */
typedef bool steer_use(void *arg, off_t off, off_t end);
bool steer_data(const struct file *f, uint64_t first, uint64_t end, steer_use *use, void *arg);

/* Reads it. False with errno. */
bool steer_read(const struct file *f, uint64_t first, uint64_t end);

/* Bytes read so far; and once no more are, why: the budget or memory is used up. Else NULL. */
extern uint64_t steer_n;
extern const char *steer_full;

/* Does `action`, and then counts. Returns how many pages that changed (negative: have gone). */
int64_t steer(int action, const struct file *f, struct pages *p);

/* Says which files kept pages that were to go, and why. */
void steer_tell(void);

/* tell: a size as the face shows it, in one of a few texts. */
const char *tell_size(uint64_t bytes);

/* One file; the sum of all, with what was done. */
void tell_start(void);
void tell_file(const struct file *f, const struct pages *p);
void tell_end(int action, int64_t changed);

/* Of one file the system did not tell; and, once, of how many. */
void tell_is_unknown(void);
void tell_unknown(void);

/* The files that have most in memory: one more is counted, of *arg that are kept (uint64_t); at last they are shown. */
bool tell_top(struct file *f, void *arg);
void tell_top_end(void);

/* hold: locks what the names stand for until a signal comes. Returns the status. */
extern struct hold_conf {
	int all, on_fault, background, wait;
	const char *pid_file;
} hold_conf;
int hold_run(char *const *names);

/* pid: makes the file ours, which a child inherits; writes our number there; takes it away, and no other that has its
 * name by now. Return false after a message. Then tells whether its process runs, and returns the status. */
bool pid_claim(const char *name);
bool pid_write(const char *name);
void pid_remove(const char *name);
int pid_status(const char *name);

/* remember: writes what the files have in memory to `name`, or what a command brings in. Returns the status. */
enum { AS_RANGES, AS_LIST, AS_SORT };
extern const struct opt_choice remember_words[];
int remember(const char *name, int as, char *const *names, char **command);

/* restore: brings that in again. Returns the status. */
int restore(const char *name);

extern const struct applet vmtouch_face, fincore_face;

#endif
