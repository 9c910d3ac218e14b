/*
 * mmpatch: what its rooms share: the options, changes, and the file that they are made in. Whatever is wrong is said
 * and ends the program with TROUBLE; patch_end says what that leaves behind.
 */
#ifndef MMPATCH_H
#define MMPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "msg.h"
#include "opt.h"

/* Exit statuses; how many bytes are looked at, or stored, at a time. */
enum { NO = 1, TROUBLE = 2, PIECE = 1 << 16 };

enum on_mismatch { FAIL, SKIP, WARN };

extern struct patch_conf {
	const char *script, *find, *replace, *undo;
	int all, extend, dry_run, no_sync, force, on_mismatch;
	uint64_t nth;
	struct opt_ranges ranges;
} patch_conf;

_Noreturn void patch_end(void);

/* A copy of the text, or room for as many bytes. */
char *patch_copy(const char *text);

/* ---- change.c: the changes ---- */

/* Bytes, as many as the change is long. */
struct value {
	union {
		const char *bytes;
		char word[8];           /* of a FILL the first is meant */
		int fd;                 /* of a file */
	} is;
	enum value_kind { BYTES, WORD, FILL, FILE_BYTES, SIZE } kind;
	uint32_t line;                  /* of the new value: where the change stands, from 1 */
};

struct change {
	off_t off, len;
	struct value old, new;
	bool has_old;                   /* the place is to hold `old` */
	bool either;                    /* or of each byte the old or the new one */
	bool in_script;                 /* else an operand */
	bool done;                      /* nothing is to be stored there */
};

/* Of the whole file: it is to have the size `len`, and with has_old had the size `off`; its kind is SIZE, else there is
 * none. */
extern struct change change_size;

/* Reads the operands, and the script if there is one. Then the changes are in the order of their places. */
void change_read(char *const *operands, const char *script);

/* The next change, of these or of those that are found; NULL behind the last, and then it starts again. */
struct change *change_next(void);

/* Says something of a change; and ends the program. */
void change_say(const struct change *c, const char *fmt, ...) FMT_CHECKED(2, 3);
_Noreturn void change_die(const struct change *c, const char *fmt, ...) FMT_CHECKED(2, 3);

/* ---- language.c: one change ---- */

/* Reads it from its text, which it keeps. False: there is none, but a comment or nothing. */
bool change_parse(struct change *c, char *text);

/* Hex digits in pairs, with blanks between, at *text, which moves on: into `to`, which may be where they stand. With a
 * mask ?? is a byte that does not count, and the others have all bits set there. -1: half a pair. */
ssize_t change_hex(char **text, char *to, char *mask);

/* ---- content.c: the bytes ---- */

/* Opens a file for reading, or takes standard input ("-"), which can be had but once. -1 with errno. */
int content_input(const char *name);

/* Makes the bytes of the file this value of the change, and returns how many they are. Of a device as many as the
 * change is long. */
off_t content_open(const struct change *c, struct value *v, const char *name);

/* The bytes of c->old or c->new from `at` on, at most PIECE, until the next call for one such. */
const char *content_piece(const struct change *c, const struct value *v, off_t at, size_t *len);

/* ---- find.c: places that hold a pattern ---- */

/* With --find. */
void match_start(void);
struct change *match_next(void);

/* Whether what --find asks for is not there, but what --replace makes of it. */
bool match_is_replaced(void);

/* ---- target.c: the file ---- */

extern struct target {
	const char *name;               /* for messages */
	struct stat st;
	off_t size, end;                /* as it was found; as it is to be */
	size_t ahead;                   /* how much is read at once, where not more is asked for; 0: a page */
	bool device, sparse;
	bool changed, complete;         /* a byte of it at least, or its size; and all that was to be */
	unsigned long long n_mapped, n_written;
} target;

/* Opens it, or refuses. */
void target_open(const char *name);

/* Whether it is memory that cannot become shorter. */
bool target_is_sealed(void);

/* Bytes at `off`, at least `least`, which are there: how many there are at *bytes, until the next call. */
size_t target_get(off_t off, size_t least, const char **bytes);

/* The next place from `off` on that is not in a hole. */
off_t target_data(off_t off);

/* Refuses what opens for writing and yet is not written, as a swap file in use. */
void target_probe(void);

/* Sees to it that blocks are there: below target.size for these bytes, in order of their places; up to target.end. */
void target_reserve(off_t off, off_t len);
void target_grow(void);

/* Stores. */
void target_put(off_t off, const char *bytes, size_t len);

/* Gives the file its new size if that is a smaller one, and makes all durable. */
void target_finish(void);

/* At most PIECE bytes of any file: how many could be had, and if there should be more errno, or 0 at its end. */
size_t target_read(int fd, char *to, size_t len, off_t off);

/* ---- undo.c and preview.c ---- */

/* Writes the file of --undo, durably; and takes it away, unless the target was changed. */
void undo_write(void);
void undo_discard(void);

/* What --dry-run shows. */
void preview_show(void);

#endif
