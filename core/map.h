/*
 * map: a file seen as windows of bytes: mapped when that works, read otherwise, with the same meaning. Whatever
 * cannot be mapped (pipe, tty, /proc, size 0, no memory, no MMU) is read, and no applet can tell. Holes are never
 * touched: core's own zeros stand for them. At most one window (8 MiB) is mapped at a time, at any file size.
 *
 *	struct map m = MAP_INIT;
 *	map_start(&m, fd, NULL, NULL);
 *	while ((n = map_slice(&m, &p)) > 0)
 *		use(p, n);
 *	map_end(&m); ... map_free(&m);
 *
 * A slice is settled: its bytes were in the file, and nothing that happens to the file can change or fault them.
 * Those who can do without (write(2) from a mapping, splice) use map_next, map_load, map_still and map_take.
 * A struct map may serve many files in turn, and of one many ranges (map_again). Nothing here prints.
 */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cache.h"
#include "num.h"

enum map_io {
	MAP_IO_AUTO,    /* whatever is best for this file */
	MAP_IO_MAP,     /* map whatever can be mapped, even the smallest file */
	MAP_IO_READ,    /* never map */
};

/* The knobs that all applets share: --io and MMTOOLS_IO; MMTOOLS_WINDOW in bytes, a multiple of the page. */
extern int map_io;       /* of enum map_io */
extern size_t map_window;

/* Sets both from the environment. Returns NULL, or the name of the variable whose value is not one. */
const char *map_configure(void);

enum { MAP_TEXT = 160 };        /* room for what map_missing and map_explain say */

struct map {
	int fd;
	off_t start, off;       /* file offsets of the first byte, and of the next one to hand out */
	size_t len;             /* bytes of the current window not yet handed out; see map_next */
	const char *data;       /* those bytes once loaded; NULL before, and for a hole */
	bool hole;              /* the window lies in a hole */
	bool sized;             /* a regular file or block device whose size means something */
	off_t size;             /* that, when last looked at; else -1 */
	bool for_kernel;        /* set after map_start: the bytes go to write(2), and its page faults are what costs */

	/* What happened, for messages and --explain. */
	bool shrank, grew;
	off_t short_at;         /* where a file ends that has not all of the range asked for, else -1; see map_missing */
	int error;              /* why reading failed at off, or 0 */

	/* Private to map.c. */
	off_t end;              /* of the range asked for */
	off_t need;             /* how large the file must be to have all of it */
	bool out_of_reach;      /* a stream cannot get there */
	struct num_range range;
	bool regular, sparse, mappable, inherited;
	off_t hole_end;
	char *view;             /* the mapping behind data, or NULL */
	size_t view_len;

	/* What stays from one start to the next. */
	bool no_cache;          /* set before map_start: leave the page cache as it was found */
	struct map_ways {       /* for --explain */
		uint64_t n_views, n_reads, n_holes, n_spliced, n_handed;
		int map_error;  /* why mapping failed, or 0 */
	} ways;
	off_t passed;           /* how far an unseekable stream has been read */
	char *buf;              /* for reading and settling; lives until map_free */
	size_t buf_len;
	struct cache cache;     /* with no_cache: of the window, what was cached before */
};

#define MAP_INIT {.fd = -1}

/* Starts on `fd` (owned by the caller) at the range, counted from the start of the file, or from the descriptor's
 * own offset to the end when `range` is NULL. *st is what fstat says of it, or NULL. -1: fstat failed, or ESPIPE: the
 * range needs a size or a step back that a stream has not; map_missing has the words for that. */
int map_start(struct map *m, int fd, const struct num_range *range, const struct stat *st);

/* The same once more, for another range of the file; of a stream, behind what was read of it. Counts for --explain go
 * on. */
int map_again(struct map *m, const struct num_range *range);

/* Right after map_start: at most `len` bytes are handed out, and a stream is read no further; a file that has fewer has
 * not lost any. */
void map_limit(struct map *m, off_t len);

/* Whether the end of the file is where its size says: not for streams, /proc (which has no size) and sysfs (which says
 * a page, whatever it holds). */
bool map_has_end(const struct map *m);

/* A range that is the whole file. */
extern const struct num_range map_whole;

/* Looks at the next window: off, len and hole are set, the bytes are not there yet. Where the size is unknown len
 * is how much may be read. Returns 1, or 0 at the end (of the range, or of the file: see shrank and grew). */
int map_next(struct map *m);

/* Makes the bytes of the window available at `data`; len may become less. Returns 1, 0 at the end, -1. */
int map_load(struct map *m);

/* The window cannot be had by its mapping (write said EFAULT): map_load will read it. */
void map_distrust(struct map *m);

/* Looks at the size again: how many of the `len` bytes at off are still in the file. */
size_t map_still(struct map *m, size_t len);

/* `len` bytes were used. */
void map_take(struct map *m, size_t len);

/* The window lies in a hole: it becomes as long as what is left of that, for whoever goes over all of it at once. */
void map_stretch_hole(struct map *m);

/* The source of unknown size has said that it is at its end. */
void map_finish(struct map *m);

/* The next settled bytes at *bytes, valid until the next call on `m`. Returns how many, 0 at the end, -1 with
 * errno when reading failed at off. */
ssize_t map_slice(struct map *m, const char **bytes);

/* Gives back the window; a descriptor that was started at its own offset is left where handing out stopped. */
void map_end(struct map *m);
void map_free(struct map *m);

/* Why the file has not all of the range asked for: "range 5+9 goes beyond the end at 7"; NULL when it has. Known from
 * map_start on where the file tells its size, else once its end was met. `text` has at least MAP_TEXT bytes. */
const char *map_missing(const struct map *m, char *text);

/* The same of a range of what is known to end there. */
const char *map_range_missing(const struct num_range *range, off_t end, char *text);

/* Which way the bytes went, for --explain: "mapped 3 windows, 1 hole". `text` has at least MAP_TEXT bytes. */
const char *map_explain(const struct map *m, char *text);

/* Zeros that stand for holes. */
enum { MAP_SLICE = 1 << 16 };
extern const char *const map_zeros;

#endif
