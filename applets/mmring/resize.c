/*
 * resize: a copy of another size takes the place of a ring.
 */
#include "mmring.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "save.h"

static struct ring ring;

/* Copies all records; the new ring lets go the oldest that do not fit. One that is too long for it must be among
 * those. */
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
	if (ok && ring.read_error) {
		errno = ring.read_error;
		msg_warn_errno("%s: cannot be read in full, so it stays as it is", msg_name(ring_name));
		ok = false;
	}
	/* the numbers of the new one would begin anew */
	if (ok && to->end.head == 0 && reader.next_seq > 1) {
		msg_warn_name(ring_name, "none of its records can be read, so it stays as it is");
		ok = false;
	}
	to->boot_seq = ring.boot_seq;
	ok = ok && ring_end(to) && ring_sync(to);
	if (follower_tell_lost(&reader))
		msg_raise(LOST);
	ring_stop(&reader);
	return ok;
}

static void say_failed(void)
{
	if (errno == ESTALE)
		msg_warn_name(ring_name, "was replaced meanwhile");
	else
		msg_warn_file(ring_name);
}

int resize_ring(int argc, char **argv)
{
	uint64_t size = ring_size_operand(argv[1]);
	struct save save;
	struct stat st;
	struct ring to;
	int begun, fd;
	bool ok;

	(void)argc;
	ring_set_name(argv[0]);
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
	/* the name may lead elsewhere by now: it is this ring that is replaced, or none */
	if (save_open_over(&save, ring.region.fd, AT_FDCWD, ring_name) < 0) {
		say_failed();
		return TROUBLE;
	}
	fd = fcntl(save.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		msg_warn_file(ring_name);
	ok = fd >= 0 && ring_make_in(&to, fd, ring_name, size, &ring);
	if (ok) {
		ok = copy_records(&to);
		if (ok && save_settle(&save) < 0) {
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
	ok = save_commit(&save) == 0;
	if (!ok)
		say_failed();
	return ok ? msg_status : TROUBLE;
}
