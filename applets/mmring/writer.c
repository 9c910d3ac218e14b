/*
 * writer: standard input, or what a command prints, put into a ring, and passed on once it is there.
 */
#include "mmring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "await.h"
#include "child.h"
#include "entry.h"
#include "fmt.h"
#include "grow.h"
#include "le.h"
#include "map.h"
#include "msg.h"
#include "num.h"
#include "opt.h"
#include "os.h"
#include "out.h"
#include "ring_input.h"
#include "save.h"
#include "utf8.h"
#include "when.h"

enum { DEFAULT_SIZE = 1 << 20, PIPE_READ = 1 << 16,
       MOST_HELD = 1 << 20 };   /* bytes that wait for --sync before they are passed on */

static struct ring ring;

/* A stream of input. */
static struct source {
	struct ring_input in;
	unsigned flags;
	struct ring_record record;      /* the tag is the same in all */
	int tee;                        /* where to pass input on, or -1 */
	char *accepted;                 /* what is to be passed on once the ring has it */
	size_t accepted_len, accepted_room;
} sources[2];                           /* run has both */

static uint64_t size;                   /* of a new ring */
static uint64_t unsynced;               /* records */
static int64_t synced_at;               /* await_now */
static int64_t now;                     /* the time of what is being written */

static void configure_writing(void)
{
	size = ring_conf.size == UINT64_MAX ? DEFAULT_SIZE : ring_conf.size;
	if (size < RING_SMALLEST)
		opt_misuse("invalid size for '--size': a ring has at least 12K");
	if (size > (uint64_t)NUM_OFF_MAX)
		size = (uint64_t)NUM_OFF_MAX;      /* more than any file can have, too */
	ring_check_tag();
	ring_check_block();
	if (ring_conf.sync && num_size(ring_conf.sync, UINT64_MAX, &ring_conf.sync_records) < 0 &&
	    num_time(ring_conf.sync, &ring_conf.sync_ns) < 0)
		opt_misuse("invalid number or time %s for '--sync': as 100, 500ms or 2s", msg_quote(ring_conf.sync));
	if (ring_conf.sync && ring_conf.sync_records == 0 && ring_conf.sync_ns == 0)
		opt_misuse("'--sync' takes a number or time above 0");
}

static size_t longest(void)
{
	return ring.longest - (ring_conf.tag ? strlen(ring_conf.tag) : 0);
}

/* Makes the ring when it is not there. With --sync the file itself is durable, too. */
static bool open_ring(void)
{
	if (!ring_make(&ring, ring_name, size, ring_conf.mode, false))
		return false;
	if (ring_conf.tag && strlen(ring_conf.tag) >= ring.longest)
		return msg_warn_name(ring_name, "too small for the tag");
	if (!ring_conf.sync)
		return true;
	if (fsync(ring.region.fd) < 0 || save_sync_folder(AT_FDCWD, ring_name) < 0)
		return msg_warn_file(ring_name);
	synced_at = await_now();
	return true;
}

/* The first time. A size that the ring does not have is told, since it changes nothing. */
static bool open_first(void)
{
	if (!open_ring())
		return false;
	if (ring_conf.size != UINT64_MAX && ring_bytes(&ring) != ring_size(size))
		msg_warn("%s: has %" PRIu64 " bytes, which '--size' does not change; '%s resize' does", msg_name(ring_name),
		         ring_bytes(&ring), msg_program);
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
	char *more;

	if (s->tee < 0)
		return true;
	more = grow_room(s->accepted, &s->accepted_room, s->accepted_len + len + 1, 1);
	if (!more) {
		msg_warn("%s", msg_reason(ENOMEM));
		return false;
	}
	s->accepted = more;
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
	if (!ring_conf.sync || unsynced == 0)
		return pass_on();
	if ((ring_conf.sync_records ? unsynced < ring_conf.sync_records : await_now() - synced_at < ring_conf.sync_ns) &&
	    sources[0].accepted_len + sources[1].accepted_len < MOST_HELD)
		return true;
	return sync_now();
}

/* A piece of input is a record. */
static bool append(void *source, const char *payload, size_t len, unsigned flags)
{
	struct source *s = source;
	char prefix[RING_INPUT_PREFIX];

	unsynced++;
	s->record.time_ns = now;
	s->record.flags = s->flags | flags;
	s->record.payload = payload;
	s->record.len = len;
	if (!ring_append(&ring, &s->record))
		return false;
	le_put32(prefix, (uint32_t)len);
	if ((flags & RING_BINARY) && !ring_conf.block && !note(s, prefix, sizeof prefix))
		return false;
	return note(s, payload, len) && ((flags & ~(unsigned)RING_CONTINUED) != 0 || note(s, "\n", 1));
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
	if (ok && ring_conf.sync && unsynced > 0)
		ok = sync_now();
	ring_input_free(&s->in);
	free(s->accepted);
	s->accepted = NULL;
	s->accepted_len = 0;
	return ok;
}

static bool start(struct source *s, unsigned flags, int tee)
{
	*s = (struct source){.flags = flags, .tee = ring_conf.tee ? tee : -1};
	s->record.tag = ring_conf.tag ? ring_conf.tag : "";
	s->record.tag_len = strlen(s->record.tag);
	s->in = (struct ring_input){.blocks = ring_conf.binary, .block = ring_conf.block, .take = append, .arg = s};
	return ring_input_start(&s->in);
}

/* How long one may wait for input before something has to be made durable, in ms for poll. */
static int patience(void)
{
	int64_t left;

	if (unsynced == 0 || !ring_conf.sync_ns)
		return -1;
	left = (ring_conf.sync_ns - (await_now() - synced_at)) / 1000000;
	return left < 0 ? 0 : left > 1000000 ? 1000000 : (int)left;
}

int writer_write(int argc, char **argv)
{
	struct map in = MAP_INIT;
	const char *p;
	ssize_t n = 0;
	bool ok;

	(void)argc;
	ring_set_name(argv[0]);
	configure_writing();
	if (ring_conf.ignore_interrupts)
		signal(SIGINT, SIG_IGN);
	if (!open_first() || !start(&sources[0], 0, STDOUT_FILENO))
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
	return ok ? msg_status : TROUBLE;
}

/* Takes what has come through a pipe. Returns 1, 0 at its end, -1 after a message. */
static int pump(int fd, struct source *s)
{
	static char buf[PIPE_READ];
	ssize_t n;

	do
		n = read(fd, buf, sizeof buf);
	while (n < 0 && os_interrupted());
	if (n < 0)
		msg_warn_errno("output of the command");
	if (n > 0 && !feed(s, buf, (size_t)n))
		n = -1;
	return n < 0 ? -1 : n > 0;
}

int writer_run(int argc, char **argv)
{
	char tag[RING_TAG + 1];
	int out[2], err[2], waited = 0, why;
	struct pollfd fds[2];
	bool ok = true;
	pid_t pid;

	(void)argc;
	ring_set_name(argv[0]);
	if (!ring_conf.tag) {
		const char *command = entry_base(argv[1]);

		fmt_text(tag, sizeof tag, "%.*s", (int)utf8_cut(command, strlen(command), RING_TAG), command);
		for (char *c = tag; *c; c++)
			if (*c == '\n')
				*c = '?';
		ring_conf.tag = tag;
	}
	configure_writing();
	if (!open_first() || !start(&sources[0], RING_STDOUT, STDOUT_FILENO) ||
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
	pid = child_start(argv + 1, out[1], err[1], NULL, NULL, &why);
	if (pid < 0)
		msg_warn_errno("cannot start %s", msg_quote(argv[1]));
	else if (why)
		msg_warn_name(argv[1], msg_reason(why));
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
	return ok || waited ? child_status(waited) : TROUBLE;
}

int writer_create(int argc, char **argv)
{
	struct stat st;
	int status = 0;

	(void)argc;
	size = ring_size_operand(argv[1]);
	ring_set_name(argv[0]);
	if (!ring_make(&ring, ring_name, size, ring_conf.mode, ring_conf.exclusive))
		return TROUBLE;
	if (!region_holds(&ring.region, 0, 0) || fstat(ring.region.fd, &st) < 0) {
		msg_warn_file(ring_name);
		status = TROUBLE;
	} else if (ring_bytes(&ring) != ring_size(size)) {
		msg_warn("%s: exists with %" PRIu64 " bytes", msg_name(ring_name), ring_bytes(&ring));
		status = TROUBLE;
	} else if (ring_conf.mode >= 0 && (int)(st.st_mode & 07777) != ring_conf.mode) {
		msg_warn("%s: exists with mode %04o", msg_name(ring_name), (unsigned)(st.st_mode & 07777));
		status = TROUBLE;
	} else if (!ring.region.made && ring_conf.mode >= 0 && st.st_uid != geteuid() && (ring_conf.mode & 06) != 06) {
		/* who can give himself any right */
		msg_warn_name(ring_name, "exists, and belongs to another user");
		status = TROUBLE;
	} else if ((uint64_t)ring.region.size < ring_bytes(&ring) && !(begin() && end()))
		status = TROUBLE;       /* whoever made it died before it had its size */
	return status;
}
