/*
 * mmring: keep a log of fixed size in a mapped file.
 *
 * A flight recorder: writers append lines or blocks to a ring (core/ring, docs/ring-format.md) that outlives them, any
 * number of readers look on without ever holding them up, and whoever was too slow is told what he has missed. What
 * syslogd -C and logread do in BusyBox, svlogd and multilog with files that grow and are rotated.
 * Status 0 done, 1 records were lost or damaged, 2 trouble; for run that of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "await.h"
#include "child.h"
#include "entry.h"
#include "json.h"
#include "le.h"
#include "map.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "os.h"
#include "out.h"
#include "region.h"
#include "ring.h"
#include "ring_input.h"
#include "ring_print.h"
#include "save.h"
#include "utf8.h"
#include "when.h"

enum { LOST = 1, TROUBLE = 2, DEFAULT_SIZE = 1 << 20, PIPE_READ = 1 << 16,
       MOST_HELD = 1 << 20 };   /* bytes that wait for --sync before they are passed on */

static struct conf {
	int mode, exclusive, json, follow, raw, numbers, tee, ignore_interrupts;
	uint64_t size, last, from;
	const char *binary, *sync, *tag, *since;

	/* what sync, binary and since mean */
	uint64_t sync_records, block;
	int64_t sync_ns, since_ns;
} conf = {.mode = -1, .size = DEFAULT_SIZE, .last = UINT64_MAX, .since_ns = INT64_MIN};

static const struct opt options[] = {
	{.letter = 's', .name = "size", OPT_SIZE(&conf.size), .arg = "SIZE", .verbs = "write run",
	 .help = "how large a ring to make where there is none, 1M unless given"},
	{.name = "mode", OPT_MODE(&conf.mode), .arg = "MODE", .verbs = "create write run",
	 .help = "permissions of a new ring in octal, instead of 666 less the umask"},
	{.name = "excl", OPT_FLAG(&conf.exclusive), .verbs = "create", .help = "fail when it is there already"},
	{.letter = 't', .name = "tag", OPT_STRING(&conf.tag), .arg = "TAG", .verbs = "write run read",
	 .help = "mark each record with TAG, or read those alone that have it"},
	{.letter = 'b', .name = "binary", OPT_STRING(&conf.binary), .arg = "LEN", .without = "",
	 .verbs = "write read",
	 .help = "blocks of LEN bytes, or each with its length before it (4 bytes, little-endian)"},
	{.name = "sync", OPT_STRING(&conf.sync), .arg = "N|TIME", .without = "1", .verbs = "write run",
	 .help = "make what was written durable, at once or every N records or TIME (as 500ms)"},
	{.name = "tee", OPT_FLAG(&conf.tee), .verbs = "write run",
	 .help = "pass the input on, each piece once it is in the ring (and durable, with --sync)"},
	{.letter = 'i', .name = "ignore-interrupts", OPT_FLAG(&conf.ignore_interrupts), .verbs = "write",
	 .help = "stay until the input ends when the terminal interrupts"},
	{.letter = 'n', .name = "lines", OPT_NUMBER(&conf.last), .arg = "N", .verbs = "read",
	 .help = "only the last N lines or blocks"},
	{.letter = 'f', .name = "follow", OPT_FLAG(&conf.follow), .verbs = "read",
	 .help = "wait for more at the end"},
	{.name = "since", OPT_STRING(&conf.since), .arg = "TIME", .verbs = "read",
	 .help = "only what was written since TIME: a moment as read prints it, @SECONDS, or 5m for 5 minutes ago"},
	{.name = "from", OPT_NUMBER(&conf.from), .arg = "SEQ", .verbs = "read",
	 .help = "only from the record with that number on"},
	{.letter = 'r', .name = "raw", OPT_FLAG(&conf.raw), .verbs = "read",
	 .help = "the lines as they were written, without time and tag"},
	{.letter = 'N', .name = "number", OPT_FLAG(&conf.numbers), .verbs = "read",
	 .help = "begin with the number of the record"},
	{.name = "json", OPT_FLAG(&conf.json), .verbs = "read stat check",
	 .help = "print JSON, a line for each record"},
	OPT_IO_FOR("write run read stat check resize"),
	OPT_END,
};

static uint64_t size_operand(const char *text)
{
	uint64_t size;

	if (num_size(text, (uint64_t)NUM_OFF_MAX, &size) < 0)
		opt_misuse("invalid size %s", msg_quote(text));
	if (size < RING_SMALLEST)
		opt_misuse("a ring has at least %d bytes", RING_SMALLEST);
	return size;
}

/* ---- writing ---- */

/* A stream of input. */
static struct source {
	struct ring_input in;
	unsigned flags;
	int tee;                        /* where to pass input on, or -1 */
	char *accepted;                 /* what is to be passed on once the ring has it */
	size_t accepted_len, accepted_room;
} sources[2];                           /* run has both */

static struct ring ring;
static const char *ring_name;

/* FILE is a path, not an object's name, for every verb. */
static void name_ring(const char *file)
{
	region_paths_only = true;
	ring_name = file;
}

static uint64_t unsynced;               /* records */
static int64_t synced_at;               /* await_now */
static int64_t now;                     /* the time of what is being written */

static void check_tag(void)
{
	if (conf.tag && strlen(conf.tag) > RING_TAG)
		opt_misuse("a tag has at most %d bytes", RING_TAG);
	if (conf.tag && strchr(conf.tag, '\n'))
		opt_misuse("a tag is one line: %s", msg_quote(conf.tag));
}

static void check_block(void)
{
	if (conf.binary && *conf.binary && (num_size(conf.binary, RING_RECORD, &conf.block) < 0 || conf.block == 0))
		opt_misuse("invalid length %s for '--binary'", msg_quote(conf.binary));
}

static void configure_writing(void)
{
	if (conf.size < RING_SMALLEST)
		opt_misuse("a ring has at least %d bytes", RING_SMALLEST);
	if (conf.size > (uint64_t)NUM_OFF_MAX)
		conf.size = (uint64_t)NUM_OFF_MAX;      /* more than any file can have, too */
	check_tag();
	check_block();
	if (conf.sync && num_size(conf.sync, UINT64_MAX, &conf.sync_records) < 0 &&
	    num_time(conf.sync, &conf.sync_ns) < 0)
		opt_misuse("invalid number or time %s for '--sync'", msg_quote(conf.sync));
	if (conf.sync && conf.sync_records == 0 && conf.sync_ns == 0)
		opt_misuse("'--sync' takes a number or time above 0");
}

static size_t longest(void)
{
	return ring.longest - (conf.tag ? strlen(conf.tag) : 0);
}

/* Makes the ring when it is not there. With --sync the file itself is durable, too. */
static bool open_ring(void)
{
	if (!ring_make(&ring, ring_name, conf.size, conf.mode, false))
		return false;
	if (conf.tag && strlen(conf.tag) >= ring.longest) {
		msg_warn("%s: too small for the tag", msg_name(ring_name));
		return false;
	}
	if (!conf.sync)
		return true;
	if (fsync(ring.region.fd) < 0 || save_sync_folder(AT_FDCWD, ring_name) < 0) {
		msg_warn_errno("%s", msg_name(ring_name));
		return false;
	}
	synced_at = await_now();
	return true;
}

/* The ring may have been replaced by a larger one meanwhile. */
static bool begin(void)
{
	int begun;

	while ((begun = ring_begin(&ring)) == 0) {
		ring_close(&ring);
		if (!open_ring())
			return false;
	}
	return begun > 0;
}

/* Notes what is to be passed on. */
static bool note(struct source *s, const void *bytes, size_t len)
{
	if (s->tee < 0)
		return true;
	if (len > s->accepted_room - s->accepted_len) {
		size_t room = (s->accepted_len + len) * 2;
		char *more = realloc(s->accepted, room);

		if (!more) {
			msg_warn("%s", msg_reason(ENOMEM));
			return false;
		}
		s->accepted = more;
		s->accepted_room = room;
	}
	memcpy(s->accepted + s->accepted_len, bytes, len);
	s->accepted_len += len;
	return true;
}

static bool pass_on(void)
{
	for (struct source *s = sources; s < sources + 2; s++) {
		if (s->accepted_len > 0 && out_all(s->tee, s->accepted, s->accepted_len) < 0) {
			out_failed(errno);
			return false;
		}
		s->accepted_len = 0;
	}
	return true;
}

/* Makes all that is in the ring durable, and passes it on. */
static bool sync_now(void)
{
	unsynced = 0;
	synced_at = await_now();
	return ring_sync(&ring) && pass_on();
}

/* What was appended is accepted, and durable when --sync says that it is time. */
static bool end(void)
{
	if (!ring_end(&ring))
		return false;
	if (!conf.sync || unsynced == 0)
		return pass_on();
	if ((conf.sync_records ? unsynced < conf.sync_records : await_now() - synced_at < conf.sync_ns) &&
	    sources[0].accepted_len + sources[1].accepted_len < MOST_HELD)
		return true;
	return sync_now();
}

/* A piece of input is a record. */
static bool append(void *source, const char *payload, size_t len, unsigned flags)
{
	struct source *s = source;
	struct ring_record record = {
		.time_ns = now, .flags = s->flags | flags, .tag = conf.tag ? conf.tag : "",
		.tag_len = conf.tag ? strlen(conf.tag) : 0, .payload = payload, .len = len,
	};
	char prefix[RING_INPUT_PREFIX];

	unsynced++;
	if (!ring_append(&ring, &record))
		return false;
	le_put32(prefix, (uint32_t)len);
	if ((flags & RING_BINARY) && !conf.block && !note(s, prefix, sizeof prefix))
		return false;
	return note(s, payload, len) && (flags != 0 || note(s, "\n", 1));
}

/* Puts input into the ring, and passes it on. */
static bool feed(struct source *s, const char *p, size_t n)
{
	bool ok = begin();

	if (ok) {
		now = when_now();
		ok = ring_input_feed(&s->in, longest(), p, n);
		ok = end() && ok;       /* what was complete is accepted */
	}
	return ok;
}

/* The input has ended. */
static bool finish(struct source *s, bool ok)
{
	if (ok && ring_input_holds(&s->in)) {
		ok = begin();
		if (ok) {
			now = when_now();
			ok = ring_input_finish(&s->in, longest());
			ok = end() && ok;
		}
	}
	if (ok && conf.sync && unsynced > 0)
		ok = sync_now();
	ring_input_free(&s->in);
	free(s->accepted);
	s->accepted = NULL;
	s->accepted_len = 0;
	return ok;
}

static bool start(struct source *s, unsigned flags, int tee)
{
	*s = (struct source){.flags = flags, .tee = conf.tee ? tee : -1};
	s->in = (struct ring_input){.blocks = conf.binary, .block = conf.block, .take = append, .arg = s};
	return ring_input_start(&s->in);
}

/* How long one may wait for input before something has to be made durable, in ms for poll. */
static int patience(void)
{
	int64_t left;

	if (unsynced == 0 || !conf.sync_ns)
		return -1;
	left = (conf.sync_ns - (await_now() - synced_at)) / 1000000;
	return left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left;
}

static int write_ring(int argc, char **argv)
{
	struct map in = MAP_INIT;
	const char *p;
	ssize_t n = 0;
	bool ok;

	(void)argc;
	name_ring(argv[0]);
	configure_writing();
	if (conf.ignore_interrupts)
		signal(SIGINT, SIG_IGN);
	if (!open_ring() || !start(&sources[0], 0, STDOUT_FILENO))
		return TROUBLE;
	os_grow_pipe(STDIN_FILENO);     /* so that fewer, longer pieces come */
	ok = map_start(&in, STDIN_FILENO, NULL, NULL) == 0;
	if (!ok)
		msg_warn_errno("standard input");
	while (ok) {
		struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};

		if (patience() >= 0 && poll(&wait, 1, patience()) == 0)
			ok = sync_now();
		else if ((n = map_slice(&in, &p)) > 0)
			ok = feed(&sources[0], p, (size_t)n);
		else
			break;
	}
	if (n < 0)
		msg_warn_errno("standard input");
	ok = finish(&sources[0], ok && n == 0);
	map_end(&in);
	map_free(&in);
	ring_close(&ring);
	return ok ? msg_status : TROUBLE;
}

/* Takes what has come through a pipe. Returns 1, 0 at its end, -1 after a message. */
static int pump(int fd, struct source *s)
{
	static char buf[PIPE_READ];
	ssize_t n;

	do
		n = read(fd, buf, sizeof buf);
	while (n < 0 && msg_retry());
	if (n < 0)
		msg_warn_errno("output of the command");
	if (n > 0 && !feed(s, buf, (size_t)n))
		n = -1;
	return n < 0 ? -1 : n > 0;
}

static int run(int argc, char **argv)
{
	char tag[RING_TAG + 1];
	int out[2], err[2], waited = 0;
	struct pollfd fds[2];
	bool ok = true;
	pid_t pid;

	(void)argc;
	name_ring(argv[0]);
	if (!conf.tag) {
		const char *command = entry_base(argv[1]);

		snprintf(tag, sizeof tag, "%.*s", (int)utf8_cut(command, strlen(command), RING_TAG), command);
		for (char *c = tag; *c; c++)
			if (*c == '\n')
				*c = '?';
		conf.tag = tag;
	}
	configure_writing();
	if (!open_ring() || !start(&sources[0], RING_STDOUT, STDOUT_FILENO) ||
	    !start(&sources[1], RING_STDERR, STDERR_FILENO))
		return TROUBLE;
	if (pipe(out) < 0 || pipe(err) < 0) {
		msg_warn_errno("pipe");
		return TROUBLE;
	}
	for (int i = 0; i < 2; i++) {
		fcntl(out[i], F_SETFD, FD_CLOEXEC);
		fcntl(err[i], F_SETFD, FD_CLOEXEC);
	}
	pid = child_start(argv + 1, out[1], err[1], NULL, NULL);
	close(out[1]);
	close(err[1]);
	if (pid < 0)
		return TROUBLE;
	fds[0] = (struct pollfd){.fd = out[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = err[0], .events = POLLIN};
	while (ok && (fds[0].fd >= 0 || fds[1].fd >= 0)) {
		int ready = poll(fds, 2, patience());

		if (ready == 0)
			ok = sync_now();
		for (int i = 0; ready > 0 && ok && i < 2; i++) {
			int got = fds[i].fd >= 0 && fds[i].revents ? pump(fds[i].fd, &sources[i]) : 1;

			ok = got >= 0;
			if (got <= 0) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
		}
	}
	for (int i = 0; i < 2; i++) {
		if (fds[i].fd >= 0)
			close(fds[i].fd);
		ok = finish(&sources[i], ok);
	}
	waited = child_wait(pid);
	ring_close(&ring);
	return ok || waited ? child_status(waited) : TROUBLE;
}

static int create(int argc, char **argv)
{
	uint64_t size = size_operand(argv[1]);
	struct stat st;
	int status = 0;

	(void)argc;
	name_ring(argv[0]);
	if (!ring_make(&ring, ring_name, size, conf.mode, conf.exclusive))
		return TROUBLE;
	if (!region_holds(&ring.region, 0, 0) || fstat(ring.region.fd, &st) < 0)
		status = TROUBLE;
	else if (ring_bytes(&ring) != ring_size(size)) {
		msg_warn("%s: exists with %" PRIu64 " bytes", msg_name(ring_name), ring_bytes(&ring));
		status = TROUBLE;
	} else if (conf.mode >= 0 && (int)(st.st_mode & 07777) != conf.mode) {
		msg_warn("%s: exists with mode %04o", msg_name(ring_name), (unsigned)(st.st_mode & 07777));
		status = TROUBLE;
	} else if ((uint64_t)ring.region.size < ring_bytes(&ring) && !(begin() && end()))
		status = TROUBLE;       /* whoever made it died before it had its size */
	ring_close(&ring);
	return status;
}

/* ---- reading ---- */

static struct ring_printer printer;

static bool matches(const struct ring_record *record)
{
	return record->time_ns >= conf.since_ns && record->seq >= conf.from &&
	       (!conf.tag || (strlen(conf.tag) == record->tag_len && memcmp(conf.tag, record->tag, record->tag_len) == 0));
}

/* Says what was lost since the last time. */
static bool tell_lost(struct ring_reader *reader)
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

/* Goes back by conf.last records where those are as many lines. False where some are parts of lines. */
static bool go_back(struct ring_reader *reader)
{
	struct ring_record record;
	uint64_t end, start;

	if (conf.tag || conf.since_ns != INT64_MIN)
		return false;
	/* the writer may have died before it could say where the end is */
	ring_seek(reader, reader->next_seq);
	while (ring_next(reader, &record))
		;
	end = reader->seq ? reader->seq : reader->next_seq;
	start = end > conf.last && end - conf.last > conf.from ? end - conf.last : conf.from;
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

	if (conf.last != UINT64_MAX) {
		if (!go_back(reader)) {
			ring_seek(reader, conf.from);
			while (ring_next(reader, &record))
				count += ends_line(&record);
			ring_seek(reader, conf.from);
			while (count > conf.last && ring_next(reader, &record))
				count -= ends_line(&record);
		}
		reader->n_lost = reader->n_damaged = 0;
	} else if (conf.from) {
		ring_seek(reader, conf.from);
		if (conf.from <= reader->next_seq)
			reader->seq = conf.from;
	}
}

/* Another file has the name by now, or none. In a ring made larger or smaller the reader goes on with the next record, in
 * a new one with the first; where there is none it waits. False after a message. */
static bool reopen(struct ring_reader *reader)
{
	struct ring_reader next;
	struct ring other;
	struct stat st;

	if (stat(ring_name, &st) < 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size < RING_SMALLEST) {
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
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
	if (conf.binary)
		return *conf.binary ? RING_BLOCKS : RING_PREFIXED;
	return conf.json ? RING_JSON : conf.raw ? RING_RAW : RING_TEXT;
}

static int read_ring(int argc, char **argv)
{
	struct ring_reader reader;
	struct ring_record record;
	int status = 0;

	(void)argc;
	name_ring(argv[0]);
	check_tag();
	check_block();
	if (conf.since && when_parse(conf.since, &conf.since_ns) < 0)
		opt_misuse("invalid time %s for '--since'", msg_quote(conf.since));
	if ((conf.raw != 0) + (conf.json != 0) + (conf.binary != NULL) > 1)
		opt_misuse("--raw, --json and --binary exclude each other");
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	printer = (struct ring_printer){.form = form(), .numbers = conf.numbers, .harmless = isatty(STDOUT_FILENO)};
	go_to_start(&reader);
	while (!out_error()) {
		while (!out_error() && ring_next(&reader, &record)) {
			if (tell_lost(&reader))
				status = LOST;
			if (matches(&record))
				ring_print(&printer, &record);
		}
		if (tell_lost(&reader))
			status = LOST;
		out_flush();
		if (!conf.follow || output_is_gone())
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

/* ---- looking after ---- */

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

static int stat_ring(int argc, char **argv)
{
	struct ring_reader reader;
	struct ring_record first = {0}, last = {0};
	char made[WHEN_TEXT], from[WHEN_TEXT], to[WHEN_TEXT];
	bool any;

	(void)argc;
	name_ring(argv[0]);
	if (!ring_open(&ring, ring_name, false) || !ring_start(&reader, &ring))
		return TROUBLE;
	any = ends(&reader, &first, &last);
	when_text(ring.made_ns, made);
	when_text(first.time_ns, from);
	when_text(last.time_ns, to);
	if (conf.json) {
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
	ring_close(&ring);
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
		if (!conf.json && reader->n_lost == 1)
			out_printf("%s: record %" PRIu64 " is damaged\n", msg_name(ring_name), seq - 1);
		else if (!conf.json && reader->n_lost > 1)
			out_printf("%s: records %" PRIu64 " to %" PRIu64 " are damaged\n", msg_name(ring_name),
			           seq - reader->n_lost, seq - 1);
	}
	reader->n_damaged = reader->n_lost = 0;
}

/* Says what is wrong with it. */
static void complain(bool *damaged, const char *what)
{
	if (!conf.json)
		out_printf("%s: %s\n", msg_name(ring_name), what);
	*damaged = true;
}

static int check(int argc, char **argv)
{
	struct findings f = {0};
	struct ring_reader reader;
	struct ring_record record;
	bool damaged = false;

	(void)argc;
	name_ring(argv[0]);
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
	if (conf.json)
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
	ring_close(&ring);
	return damaged ? LOST : 0;
}

/* Copies all records; the new ring lets go the oldest that do not fit. One that is too long for it must be among those. */
static bool copy_records(struct ring *to)
{
	struct ring_reader reader;
	struct ring_record record;
	uint64_t long_seq = 0, long_at = 0;
	size_t long_len = 0;
	bool ok = ring_start(&reader, &ring) && ring_begin(to) > 0;

	while (ok && ring_next(&reader, &record)) {
		if (record.tag_len + record.len > to->longest) {
			long_seq = record.seq;
			long_len = record.tag_len + record.len;
			long_at = to->end.head;
		} else
			ok = ring_append_as(to, &record, record.seq);
	}
	if (ok && long_seq && to->end.head - long_at < to->data_size) {
		msg_warn("%s: record %" PRIu64 " with its %zu bytes does not fit a ring of that size", msg_name(ring_name),
		         long_seq, long_len);
		ok = false;
	}
	if (ok && reader.seq == 0 && reader.next_seq > 1)
		to->end.seq = reader.next_seq;
	ok = ok && ring_end(to) && ring_sync(to);
	if (tell_lost(&reader))
		msg_raise(LOST);
	ring_stop(&reader);
	return ok;
}

static int resize(int argc, char **argv)
{
	uint64_t size = size_operand(argv[1]);
	struct save save;
	struct stat st;
	struct ring to;
	int begun;
	bool ok;

	(void)argc;
	name_ring(argv[0]);
	/* writers wait until the new one has its name, and then find that theirs is gone, as we may find it, too */
	do {
		if (!ring_open(&ring, ring_name, true))
			return TROUBLE;
		begun = ring_begin(&ring);
		if (begun <= 0)
			ring_close(&ring);
	} while (begun == 0);
	if (begun < 0)
		return TROUBLE;
	if (fstat(ring.region.fd, &st) < 0 || st.st_nlink != 1) {
		msg_warn("%s: has %s, so it cannot be replaced", msg_name(ring_name), st.st_nlink ? "several names" : "no name");
		return TROUBLE;
	}
	if (save_replace(&save, AT_FDCWD, ring_name, 0600) < 0) {
		msg_warn_errno("%s", msg_name(ring_name));
		return TROUBLE;
	}
	ok = ring_make_in(&to, dup(save.fd), ring_name, size, &ring);
	if (ok) {
		ok = copy_records(&to);
		if (ok && (fchown(save.fd, st.st_uid, st.st_gid) < 0 || fchmod(save.fd, st.st_mode & 07777) < 0)) {
			msg_warn_errno("%s: cannot keep owner and mode", msg_name(ring_name));
			ok = false;
		}
		ring_close(&to);
	}
	if (!ok) {
		ring_end(&ring);
		save_discard(&save);
		return TROUBLE;
	}
	if (save_sync(&save) < 0 || save_commit(&save) < 0 || save_sync_folder(AT_FDCWD, ring_name) < 0) {
		msg_warn_errno("%s", msg_name(ring_name));
		ok = false;
	}
	ring_close(&ring);
	return ok ? msg_status : TROUBLE;
}

static const struct opt_verb verbs[] = {
	{.name = "create", .usage = "FILE SIZE", .run = create, .least = 2, .most = 2,
	 .summary = "make a ring of that size, all of it reserved"},
	{.name = "write", .usage = "FILE", .run = write_ring, .least = 1, .most = 1,
	 .summary = "append standard input, line by line; the ring is made when it is missing"},
	{.name = "read", .usage = "FILE", .run = read_ring, .least = 1, .most = 1,
	 .summary = "print the records, oldest first"},
	{.name = "run", .usage = "FILE COMMAND...", .run = run, .least = 2, .command = true,
	 .summary = "run a command and append what it prints"},
	{.name = "stat", .usage = "FILE", .run = stat_ring, .least = 1, .most = 1,
	 .summary = "tell size, age and number of records"},
	{.name = "check", .usage = "FILE", .run = check, .least = 1, .most = 1,
	 .summary = "verify everything, and say what can be read"},
	{.name = "resize", .usage = "FILE SIZE", .run = resize, .least = 2, .most = 2,
	 .summary = "replace the ring by a copy of another size"},
	{0},
};

const struct applet mmring_applet = {
	.name = "mmring",
	.summary = "keep a log of fixed size in a mapped file",
	.usage = "COMMAND [ARGUMENT]...",
	.options = options,
	.verbs = verbs,
	.output_status = TROUBLE,
};
