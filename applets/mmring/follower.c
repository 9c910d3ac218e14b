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

#include "msg.h"
#include "opt.h"
#include "out.h"
#include "ring_print.h"
#include "when.h"

static struct ring ring;
static struct ring_printer printer;

static bool matches(const struct ring_record *record)
{
	return record->time_ns >= ring_conf.since_ns && record->seq >= ring_conf.from &&
	       (!ring_conf.tag || (strlen(ring_conf.tag) == record->tag_len &&
	                           memcmp(ring_conf.tag, record->tag, record->tag_len) == 0));
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
		msg_warn("%s: damaged between records", msg_name(ring_name));
	else
		msg_warn("%s: %" PRIu64 " record%s lost, %s", msg_name(ring_name), reader->n_lost,
		         reader->n_lost == 1 ? "" : "s", reader->n_damaged ? "damaged" : reader->n_lost == 1 ?
		         "overwritten before it could be read" : "overwritten before they could be read");
	reader->n_lost = reader->n_damaged = 0;
	return true;
}

/* Whether the record is the end of a line that is asked for, or a block. */
static bool ends_line(const struct ring_record *record)
{
	return matches(record) && !(record->flags & RING_CONTINUES);
}

/* Goes back by -n records where those are as many lines. False where some are parts of lines. */
static bool go_back(struct ring_reader *reader)
{
	struct ring_record record;
	uint64_t end, start;

	if (ring_conf.tag || ring_conf.since_ns != INT64_MIN)
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

/* Goes to where -n, --from and --since begin. */
static void go_to_start(struct ring_reader *reader)
{
	struct ring_record record;
	uint64_t count = 0;

	if (ring_conf.last != UINT64_MAX) {
		if (!go_back(reader)) {
			ring_seek(reader, ring_conf.from);
			while (ring_next(reader, &record))
				count += ends_line(&record);
			ring_seek(reader, ring_conf.from);
			while (count > ring_conf.last && ring_next(reader, &record))
				count -= ends_line(&record);
		}
		reader->n_lost = reader->n_damaged = 0;
	} else if (ring_conf.from) {
		ring_seek(reader, ring_conf.from);
		if (ring_conf.from <= reader->next_seq)
			reader->seq = ring_conf.from;
	}
}

/* Another file has the name by now, or none. In a ring made larger or smaller the reader goes on with the next record,
 * in a new one with the first; where there is none it waits. False after a message. */
static bool reopen(struct ring_reader *reader)
{
	struct ring_reader next;
	struct ring other;
	struct stat st;

	if (stat(ring_name, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size < RING_SMALLEST) {
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

int follower_read(int argc, char **argv)
{
	struct ring_reader reader;
	struct ring_record record;
	int status = 0;

	(void)argc;
	ring_set_name(argv[0]);
	ring_check_tag();
	ring_check_block();
	if (ring_conf.since && when_parse(ring_conf.since, &ring_conf.since_ns) < 0)
		opt_misuse("invalid time %s for '--since'", msg_quote(ring_conf.since));
	if ((ring_conf.raw != 0) + (ring_conf.json != 0) + (ring_conf.binary != NULL) > 1)
		opt_misuse("--raw, --json and --binary exclude each other");
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	printer = (struct ring_printer){.form = form(), .numbers = ring_conf.numbers, .harmless = isatty(STDOUT_FILENO)};
	go_to_start(&reader);
	while (!out_error()) {
		while (!out_error() && ring_next(&reader, &record)) {
			if (follower_tell_lost(&reader))
				status = LOST;
			if (matches(&record))
				ring_print(&printer, &record);
		}
		if (follower_tell_lost(&reader))
			status = LOST;
		out_flush();
		if (!ring_conf.follow || output_is_gone())
			break;
		if (ring_is_replaced(&ring) && !reopen(&reader)) {
			status = TROUBLE;
			break;
		}
		if (!ring_is_replaced(&ring))
			ring_wait(&reader, INT64_MAX);
	}
	ring_print_end(&printer);
	ring_stop(&reader);
	ring_close(&ring);
	return status;
}
