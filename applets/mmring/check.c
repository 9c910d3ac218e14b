/*
 * check: what is in a ring, and whether all of it is good.
 */
#include "mmring.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "msg.h"
#include "out.h"
#include "ring_print.h"
#include "when.h"

static struct ring ring;

/* The oldest and the newest record; false when there is none. */
static bool ends(struct ring_reader *reader, struct ring_record *first, struct ring_record *last)
{
	struct ring_record record;

	if (!ring_next(reader, first))
		return false;
	*last = *first;
	ring_seek(reader, reader->next_seq > 1 ? reader->next_seq - 1 : 1);
	while (ring_next(reader, &record))
		*last = record;
	return true;
}

int check_stat(int argc, char **argv)
{
	struct ring_reader reader;
	struct ring_record first = {0}, last = {0};
	char made[WHEN_TEXT], from[WHEN_TEXT], to[WHEN_TEXT];
	bool any;

	(void)argc;
	ring_set_name(argv[0]);
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	any = ends(&reader, &first, &last);
	when_text(ring.made_ns, ring_conf.local, made);
	when_text(first.time_ns, ring_conf.local, from);
	when_text(last.time_ns, ring_conf.local, to);
	if (ring_conf.json) {
		out_text("{\"name\":");
		json_text(ring_name, strlen(ring_name));
		out_printf(",\"version\":1,\"size\":%" PRIu64 ",\"longest\":%" PRIu32 ",\"id\":\"", ring_bytes(&ring),
		           ring.longest);
		ring_print_id(&ring);
		out_printf("\",\"made\":\"%s\",\"writer\":%ld,\"records\":%" PRIu64, made, ring_writer(&ring),
		           any ? last.seq - first.seq + 1 : 0);
		if (any)
			out_printf(",\"first\":%" PRIu64 ",\"first_time\":\"%s\",\"last\":%" PRIu64 ",\"last_time\":\"%s\"",
			           first.seq, from, last.seq, to);
		out_text("}\n");
	} else {
		out_printf("%s\n  version    1\n  size       %" PRIu64 ", for records %" PRIu64 "\n  longest    %" PRIu32
		           "\n  id         ", msg_name(ring_name), ring_bytes(&ring), ring.data_size, ring.longest);
		ring_print_id(&ring);
		out_printf("\n  made       %s\n", made);
		if (ring_writer(&ring))
			out_printf("  writer     %ld\n", ring_writer(&ring));
		out_printf("  records    %" PRIu64 "\n", any ? last.seq - first.seq + 1 : 0);
		if (any)
			out_printf("  first      %" PRIu64 ", %s\n  last       %" PRIu64 ", %s\n", first.seq, from, last.seq, to);
	}
	ring_stop(&reader);
	return 0;
}

/* What check has found. */
struct findings {
	uint64_t n, first, last;        /* records that can be read */
	uint64_t run, best, best_first; /* in a row; the longest such run and where it begins */
	uint64_t missing, places;       /* lost by damage, and in how many stretches */
};

static void count(struct findings *f, uint64_t seq)
{
	if (f->n++ == 0)
		f->first = seq;
	f->run = f->n > 1 && seq == f->last + 1 ? f->run + 1 : 1;
	f->last = seq;
	if (f->run > f->best) {
		f->best = f->run;
		f->best_first = seq + 1 - f->run;
	}
}

/* Takes note of damage that was met before record `seq`. */
static void blame(struct findings *f, struct ring_reader *reader, uint64_t seq)
{
	if (reader->n_damaged) {
		f->places++;
		f->missing += reader->n_lost;
		if (!ring_conf.json && reader->n_lost == 1)
			out_printf("%s: record %" PRIu64 " is damaged\n", msg_name(ring_name), seq - 1);
		else if (!ring_conf.json && reader->n_lost > 1)
			out_printf("%s: records %" PRIu64 " to %" PRIu64 " are damaged\n", msg_name(ring_name),
			           seq - reader->n_lost, seq - 1);
	}
	reader->n_damaged = reader->n_lost = 0;
}

/* Says what is wrong with it. */
static void complain(bool *damaged, const char *what)
{
	if (!ring_conf.json)
		out_printf("%s: %s\n", msg_name(ring_name), what);
	*damaged = true;
}

int check_all(int argc, char **argv)
{
	struct findings f = {0};
	struct ring_reader reader;
	struct ring_record record;
	bool damaged = false;

	(void)argc;
	ring_set_name(argv[0]);
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	if (ring.header_damaged)
		complain(&damaged, "the header is damaged; its copy is good");
	else if (!ring_copy_is_good(&ring))
		complain(&damaged, "the copy of the header is damaged");
	while (ring_next(&reader, &record)) {
		blame(&f, &reader, record.seq);
		count(&f, record.seq);
	}
	blame(&f, &reader, reader.next_seq);
	if (region_holds(&ring.region, 0, 0) && (uint64_t)ring.region.size < ring_bytes(&ring))
		complain(&damaged, "the end of the file is missing");
	else if (ring.unreadable)
		complain(&damaged, "parts of the file cannot be read");
	damaged |= f.places > 0;
	if (ring_conf.json)
		out_printf("{\"damaged\":%s,\"records\":%" PRIu64 ",\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"missing\":%" PRIu64
		           ",\"longest_run\":%" PRIu64 ",\"longest_run_first\":%" PRIu64 "}\n", damaged ? "true" : "false", f.n,
		           f.first, f.last, f.missing, f.best, f.best_first);
	else if (f.n == 0)
		out_printf("%s: no records\n", msg_name(ring_name));
	else if (!damaged && f.n == 1)
		out_printf("%s: 1 record, all good\n", msg_name(ring_name));
	else if (!damaged)
		out_printf("%s: %" PRIu64 " records, %" PRIu64 " to %" PRIu64 ", all good\n", msg_name(ring_name), f.n, f.first,
		           f.last);
	else
		out_printf("%s: %" PRIu64 " record%s can be read, %" PRIu64 " to %" PRIu64 ", %" PRIu64
		           " %s missing; the longest run is %" PRIu64 " to %" PRIu64 "\n", msg_name(ring_name), f.n,
		           f.n == 1 ? "" : "s", f.first, f.last, f.missing, f.missing == 1 ? "is" : "are", f.best_first,
		           f.best_first + f.best - 1);
	ring_stop(&reader);
	return damaged ? LOST : 0;
}
