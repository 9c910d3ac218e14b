/*
 * follower: reads a ring from where it is asked to, and goes on with what comes.
 */
#include "mmring.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "await.h"
#include "choice.h"
#include "msg.h"
#include "out.h"
#include "ring_print.h"

enum { PAUSE_NS = 100000000 };

static struct ring ring;
static struct ring_printer printer;

static uint64_t n_skipped, n_printed;    /* lines or blocks, of those that are to be */
static bool failed, told_unread;

/* The record is asked for, but perhaps not among the last N, or the first. */
static void count(const struct ring_record *record)
{
	n_skipped += !(record->flags & RING_CONTINUES);
}

static void print(const struct ring_record *record)
{
	bool ends = !(record->flags & RING_CONTINUES);

	if (n_skipped > 0)
		n_skipped -= ends;
	else if (n_printed < ring_conf.most) {
		ring_print(&printer, record);
		n_printed += ends;
	}
}

/* Says what was lost since the last time. */
bool follower_tell_lost(struct ring_reader *reader)
{
	bool lost = reader->n_lost || reader->n_damaged;

	if (!lost)
		return false;
	ring_print_loss(&printer, reader->n_lost, reader->n_damaged);
	out_flush();
	if (reader->n_lost == 0)
		msg_warn_name(ring_name, "damaged between records");
	else
		msg_warn("%s: %" PRIu64 " record%s lost, %s", msg_name(ring_name), reader->n_lost,
		         reader->n_lost == 1 ? "" : "s", reader->n_damaged ? "damaged" : reader->n_lost == 1 ?
		         "overwritten before it could be read" : "overwritten before they could be read");
	reader->n_lost = reader->n_damaged = 0;
	return true;
}

/* Says how much of lines whose beginning is not there was left out. That is a loss unless the reader was to begin
 * somewhere. */
static int tell_cut(void)
{
	uint64_t n = printer.n_cut;

	if (n == 0)
		return 0;
	printer.n_cut = 0;
	out_flush();
	msg_warn("%s: %" PRIu64 " record%s left out, the rest of a line whose beginning is not there", msg_name(ring_name), n,
	         n == 1 ? "" : "s");
	return ring_conf.from || !choice_is_by_number() || ring_conf.last != UINT64_MAX ? 0 : LOST;
}

/* Goes back by -n records where those are as many lines. False where some are parts of lines. */
static bool go_back(struct ring_reader *reader)
{
	struct ring_record record;
	uint64_t end, start;

	if (!choice_is_by_number())
		return false;
	/* the writer may have died before it could say where the end is */
	ring_seek(reader, reader->next_seq);
	while (ring_next(reader, &record))
		;
	end = reader->seq ? reader->seq : reader->next_seq;
	start = end > ring_conf.last && end - ring_conf.last > ring_conf.from ? end - ring_conf.last : ring_conf.from;
	ring_seek(reader, start > 1 ? start - 1 : 1);
	while (ring_next(reader, &record))
		if (record.flags & RING_CONTINUES)
			return false;
	ring_seek(reader, start);
	return true;
}

/* Goes to where -n and --from begin. */
static void go_to_start(struct ring_reader *reader)
{
	struct ring_record record;

	if (ring_conf.last != UINT64_MAX) {
		if (!go_back(reader)) {
			ring_seek(reader, ring_conf.from);
			while (!failed && ring_next(reader, &record))
				if (choice_takes(&record))
					failed = !choice_hold(&record, count);
			choice_release(count);
			n_skipped = n_skipped > ring_conf.last ? n_skipped - ring_conf.last : 0;
			ring_seek(reader, ring_conf.from);
		}
		reader->n_lost = reader->n_damaged = 0;
	} else if (ring_conf.from) {
		ring_seek(reader, ring_conf.from);
		if (ring_conf.from <= reader->next_seq)
			reader->seq = ring_conf.from;
	}
}

/* Whether a ring has the name, perhaps another than ours. One that is being made is none yet. */
static bool is_there(struct stat *st)
{
	if (stat(ring_name, st) < 0)
		return errno != ENOENT;
	return !S_ISREG(st->st_mode) || st->st_size >= RING_SMALLEST;
}

/* Whether to go on with another file: ours was replaced or emptied, or with -F has another name by now. */
static bool is_elsewhere(void)
{
	struct stat named, ours;

	if (ring_is_replaced(&ring))
		return true;
	return ring_conf.follow == FOLLOW_NAME && is_there(&named) && fstat(ring.region.fd, &ours) == 0 &&
	       (named.st_dev != ours.st_dev || named.st_ino != ours.st_ino);
}

/* Another file has the name by now, or none. In a ring made larger or smaller the reader goes on with the next record,
 * in a new one with the first; where there is none it waits. False after a message. */
static bool reopen(struct ring_reader *reader)
{
	struct ring_reader next;
	struct ring other;
	struct stat st;

	if (!is_there(&st)) {
		await_pause(100000000);
		return true;
	}
	if (!ring_open(&other, ring_name, false))
		return false;
	if (!ring_start(&next, &other)) {
		ring_close(&other);
		return false;
	}
	if (memcmp(other.id, ring.id, sizeof ring.id) == 0 && reader->seq && reader->seq <= next.next_seq) {
		ring_seek(&next, reader->seq);
		next.seq = reader->seq;
	}
	ring_stop(reader);
	ring_close(&ring);
	ring = other;
	told_unread = false;
	*reader = next;
	reader->ring = &ring;
	return true;
}

static bool output_is_gone(void)
{
	struct pollfd out = {.fd = STDOUT_FILENO};

	return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

static enum ring_form form(void)
{
	if (ring_conf.binary)
		return *ring_conf.binary ? RING_BLOCKS : RING_PREFIXED;
	return ring_conf.json ? RING_JSON : ring_conf.raw ? RING_RAW : RING_TEXT;
}

/* With -F a ring that is not there yet is waited for. False when nobody waits any more. */
static bool wait_for_ring(void)
{
	struct stat st;

	for (bool said = false; !is_there(&st); said = true) {
		if (!said)
			msg_warn_name(ring_name, "not there yet");
		if (output_is_gone() || choice_is_over())
			return false;
		await_pause(PAUSE_NS);
	}
	return true;
}

/* Says, once of each ring, that bytes of it could not be read: nothing else may tell of records that lay there. */
static int tell_unread(void)
{
	int error = ring.read_error;

	ring.read_error = 0;
	if (!error || told_unread)
		return 0;
	told_unread = true;
	out_flush();
	msg_warn("%s: parts of it cannot be read: %s", msg_name(ring_name), msg_reason(error));
	return LOST;
}

/* Prints what there is, up to the end. Returns LOST where records are missing, else 0. */
static int print_all(struct ring_reader *reader)
{
	struct ring_record record;
	int status = 0;

	while (!out_error() && !failed && n_printed < ring_conf.most && ring_next(reader, &record)) {
		if (reader->n_lost || reader->n_damaged)
			choice_release(print);
		if (follower_tell_lost(reader))
			status = LOST;
		if (choice_takes(&record))
			failed = !choice_hold(&record, print);
		if (!(record.flags & RING_CONTINUES))
			status |= tell_cut();
	}
	if (reader->n_lost || reader->n_damaged || !ring_conf.follow)
		choice_release(print);
	if (follower_tell_lost(reader))
		status = LOST;
	out_flush();
	return status | tell_cut() | tell_unread();
}

/* Waits for more, in the same file or another. False when there will be none; *status says why. */
static bool await_more(struct ring_reader *reader, bool *leaving, int *status)
{
	if (failed || n_printed >= ring_conf.most || !ring_conf.follow || output_is_gone() || choice_is_over())
		return false;
	if (!is_elsewhere())
		ring_wait(reader, INT64_MAX);
	else if (!*leaving) {
		*leaving = true;        /* once more, for what came before it was left */
		return true;
	} else if (!reopen(reader)) {
		*status = TROUBLE;
		return false;
	}
	*leaving = false;
	return true;
}

int follower_read(int argc, char **argv)
{
	struct ring_reader reader;
	bool leaving = false;
	int status = 0;

	(void)argc;
	ring_set_name(argv[0]);
	ring_check_tag();
	ring_check_block();
	choice_check();
	if (ring_conf.follow == FOLLOW_NAME && !wait_for_ring())
		return 0;
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	printer = (struct ring_printer){.form = form(), .numbers = ring_conf.numbers, .harmless = isatty(STDOUT_FILENO),
	                                .local = ring_conf.local};
	choice_find_boot(&reader);
	go_to_start(&reader);
	do
		status |= print_all(&reader);
	while (!out_error() && await_more(&reader, &leaving, &status));
	ring_print_end(&printer);
	ring_stop(&reader);
	return failed ? TROUBLE : status;
}
