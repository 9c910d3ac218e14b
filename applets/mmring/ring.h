/*
 * ring: a log of fixed size in a file or object, which outlives its writers; docs/ring-format.md is its format. Writers
 * append under a lock that dies with them. Readers take no lock, write nothing, and know what they have missed. Neither
 * trusts anything that could be wrong after a crash: records prove themselves. What processes tell each other (cursor,
 * commit words) is mapped where that works; records are moved by read and write. What fails is said by msg_warn.
 *
 *	ring_open(&r, name, true);                      ring_open(&r, name, false);
 *	ring_begin(&r);                                 ring_start(&reader, &r);
 *	ring_append(&r, &record); ...                   while (ring_next(&reader, &record)) ...
 *	ring_end(&r);                                   ring_wait(&reader, ns); ...
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

#include "await.h"
#include "region.h"

enum {
	RING_CONTINUES = 1,     /* the line goes on in the next record */
	RING_NO_NEWLINE = 2,    /* the input ended without one */
	RING_BINARY = 4,        /* a block, not a line */
	RING_STDOUT = 8, RING_STDERR = 16,
	RING_CONTINUED = 32,    /* the line began in an earlier record */
	RING_BOOT = 64,         /* the first record of a boot; ring_append sets it */
	RING_PADDING = 128,     /* never handed out */
};

enum { RING_TAG = 64, RING_SMALLEST = 12288, RING_RECORD = 65536 };

struct ring_record {
	uint64_t seq, position;
	int64_t time_ns;
	unsigned flags;
	unsigned writer;                /* 16 bits of its process number, to tell whose line goes on; ring_append sets it */
	const char *tag, *payload;      /* not ended by NUL */
	size_t tag_len, len;
};

/* The cursor page as it was at one moment. */
struct ring_cursor {
	uint32_t turn, owner;
	uint64_t reserved, head, last, seq;
	unsigned char where[32];        /* boot, device, inode */
	uint64_t boot_seq;              /* the number of the first record of that boot, there or to come; 0: not known */
};

struct ring {
	struct region region;
	uint64_t data_size;             /* bytes */
	int64_t made_ns;
	unsigned char id[16];
	bool header_damaged;            /* and its copy taken */
	bool unreadable;                /* some bytes could not be had, and were taken for zeros */
	int read_error;                 /* the error for which records among those could not be had, or 0 */
	uint32_t longest;               /* bytes of tag and payload that a record can have */
	uint64_t most;                  /* a file that is shorter than its header tells gets its size back up to this;
	                                 * 0: it is left alone */

	/* Private to core/ring. */
	bool linked, reads;             /* reads: it cannot be mapped */
	uint32_t id_crc, turn, pid;
	unsigned char where[32];
	bool knows_where;
	uint64_t boot_seq;              /* as in the cursor */
	struct region_view front, window;       /* header and cursor; the part of the data in use */
	off_t window_off;
	size_t window_len;
	struct ring_end {
		uint64_t head, last, seq;       /* as in the cursor */
	} end, written;                 /* with the records of the batch, and without */
	uint64_t rest;                  /* of the data, behind the batch */
	char *batch;
	bool mends;                     /* the file is whole, or was made so */
	bool sparse;                    /* it has holes beyond `most`, and is to get no more blocks than it had */
	bool failed;                    /* the batch could not be written */
	bool appended;                  /* `written` is what this writer left */
	bool looked_behind;             /* no record lies behind the head that the cursor does not know */
};

/* Opens a ring. */
bool ring_open(struct ring *r, const char *name, bool write);

/* Opens it for writing; made, of `size` bytes in all, when it is not there yet, unless `exclusive`: then it must not
 * be. One that is there may get its size back up to `size`. `mode` < 0: that of any new file. */
bool ring_make(struct ring *r, const char *name, uint64_t size, int mode, bool exclusive);

/* Makes a ring in an empty file that is open as `fd`, which is the ring's from now on: the same log as `like`, of
 * another size. `name` is for messages. */
bool ring_make_in(struct ring *r, int fd, const char *name, uint64_t size, const struct ring *like);

/* The bytes of a ring that was asked for with `size`, a multiple of 4096; and those of this one. */
uint64_t ring_size(uint64_t size);
uint64_t ring_bytes(const struct ring *r);
void ring_close(struct ring *r);

/* Whether the file has lost its name, as after a resize, or holds another ring: then this one is to be opened again. */
bool ring_is_replaced(struct ring *r);

/* Locks out other writers and finds the head. Returns 1; 0, and nothing is locked, when the ring was replaced; -1
 * after a message. */
int ring_begin(struct ring *r);

/* Adds a record: time, flags, tag and payload are the caller's, number and position are set. It is accepted when
 * ring_end has returned true: then no death of the writer can undo it. */
bool ring_append(struct ring *r, struct ring_record *record);

/* The same with number and all, for copying into a new ring. */
bool ring_append_as(struct ring *r, struct ring_record *record, uint64_t seq);

/* Puts what is not there yet into the ring, tells the readers, and lets other writers on. True after a message, too,
 * when somebody has cut the file short meanwhile: the ring is whole again, what it held may be lost. */
bool ring_end(struct ring *r);

/* Makes all that was appended durable. The first failure is final. */
bool ring_sync(struct ring *r);

/* Whether the copy of the header is as it should be. */
bool ring_copy_is_good(struct ring *r);

/* The process number of the writer that holds the lock; 0 when there is none. */
long ring_writer(const struct ring *r);

struct ring_reader {
	struct ring *ring;
	uint64_t position;              /* of the next record */
	uint64_t seq;                   /* its number, 0 when any will do */
	uint64_t head, next_seq;        /* where the next record will be written, and its number, when last looked at */
	uint64_t n_lost;                /* records overwritten before they could be read, or damaged */
	uint64_t n_damaged;             /* stretches that hold no record, but should */
	uint64_t oldest;                /* what was behind this position when it began was not overwritten */
	bool believes;                  /* the cursor was right */
	bool began_anew;                /* what was written since it looked last lies below its position */

	/* Private to core/ring. */
	char *buf;
	uint64_t buf_place, reserved;
	size_t buf_len;
	bool foreign;                   /* the cursor is another machine's, or of another boot, or it cannot be told */
	uint32_t turn, searched_turn;   /* when last looked at, and when last searched */
	int64_t searched_at;            /* await_now */
	bool gave_up;                   /* the cursor of this turn was waited for, and was no use */
	uint32_t given_up_turn;
	struct await await;
};

/* Starts at the oldest record. */
bool ring_start(struct ring_reader *reader, struct ring *r);

/* Whether the newest record is of this boot, as far as the system and the cursor tell. */
bool ring_is_of_this_boot(const struct ring_reader *reader);

/* Goes to the first record whose number is at least `seq`; to the end when there is none yet. */
void ring_seek(struct ring_reader *reader, uint64_t seq);

/* The next record, valid until the next call. False at the end; there may be more later. */
bool ring_next(struct ring_reader *reader, struct ring_record *record);

/* Waits until there may be more, for at most 100 ms or `ns`. */
void ring_wait(struct ring_reader *reader, int64_t ns);

void ring_stop(struct ring_reader *reader);

#endif
