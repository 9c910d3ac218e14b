#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crc32c.h"
#include "map.h"
#include "msg.h"
#include "os.h"
#include "ring_inside.h"
#include "when.h"

enum { VERSION = 1, HEADER_LEN = 52 };

static const char magic[8] = "mmring\n";

static bool header_is_good(const char *p)
{
	return memcmp(p, magic, sizeof magic) == 0 && le_get32(p + 48) == crc32c(0, p, 48);
}

/* Reads the header, or else its copy. */
static bool load_header(struct ring *r)
{
	char header[HEADER_LEN], copy[HEADER_LEN];
	const char *p = header;

	r->reads = true;        /* nothing is mapped yet */
	ring_take(r, 0, header, sizeof header);
	if (!header_is_good(header)) {
		ring_take(r, COPY, copy, sizeof copy);
		p = copy;
		r->header_damaged = true;
	}
	if (!header_is_good(p))
		return msg_warn_name(r->region.name, "not a ring");
	if (le_get32(p + 8) != VERSION) {
		msg_warn("%s: a ring of version %u, which is not known here", msg_name(r->region.name),
		         (unsigned)le_get32(p + 8));
		return false;
	}
	r->data_size = le_get64(p + 16);
	if (le_get32(p + 12) != DATA || r->data_size % 4096 || r->data_size < RING_SMALLEST - DATA ||
	    r->data_size > RING_LIMIT / 2)
		return msg_warn_name(r->region.name, "not a ring");
	r->made_ns = (int64_t)le_get64(p + 24);
	memcpy(r->id, p + 32, sizeof r->id);
	r->id_crc = crc32c(0, r->id, sizeof r->id);
	r->longest = (uint32_t)(r->data_size / 4 < RING_RECORD ? r->data_size / 4 : RING_RECORD) - RECORD_HEAD;
	r->unreadable = false;
	return true;
}

/* What is to be known of the open region: the header, and by which boot and file the cursor is to be believed. */
static bool load(struct ring *r)
{
	struct stat st, named;

	if (!load_header(r))
		return false;
	if (fstat(r->region.fd, &st) < 0)
		return msg_warn_file(r->region.name);
	/* a memfd has no links, and is what its path leads to; a file that lost its last one meanwhile is not */
	r->linked = st.st_nlink > 0 || stat(r->region.name, &named) < 0 || named.st_dev != st.st_dev ||
	            named.st_ino != st.st_ino;
	r->knows_where = os_boot_id(r->where) == 0;
	le_put64(r->where + 16, (uint64_t)st.st_dev);
	le_put64(r->where + 24, (uint64_t)st.st_ino);
	r->reads = map_io == MAP_IO_READ || !region_map(&r->region, &r->front, 0, DATA);
	return true;
}

bool ring_open(struct ring *r, const char *name, bool write)
{
	*r = (struct ring){.region = REGION_INIT};
	if (!region_open(&r->region, name, write ? REGION_PATH | REGION_WRITE : REGION_PATH))
		return msg_warn_name(name, region_reason(errno));
	if (load(r))
		return true;
	ring_close(r);
	return false;
}

static bool put_header(struct ring *r, uint64_t size, const struct ring *like)
{
	char front[DATA] = {0};
	uint64_t data_size = ring_size(size) - DATA;

	memcpy(front, magic, sizeof magic);
	le_put32(front + 8, VERSION);
	le_put32(front + 12, DATA);
	le_put64(front + 16, data_size);
	le_put64(front + 24, (uint64_t)when_now());
	if (like) {
		le_put64(front + 24, (uint64_t)like->made_ns);
		memcpy(front + 32, like->id, sizeof like->id);
	} else if (os_random(front + 32, 16) < 0) {
		msg_warn_errno("no random numbers");
		return false;
	}
	le_put32(front + 48, crc32c(0, front, 48));
	memcpy(front + COPY, front, HEADER_LEN);
	return ring_put(r, 0, front, sizeof front);
}

/* Gives an empty file its header before its size, so that after a death here the next writer goes on. */
static bool make(struct ring *r, uint64_t size, const struct ring *like)
{
	if (!put_header(r, size, like))
		return false;
	if (region_holds(&r->region, 0, 0) && region_reserve(&r->region, 0, (off_t)ring_size(size)))
		return true;
	return msg_warn_file(r->region.name);
}

bool ring_make(struct ring *r, const char *name, uint64_t size, int mode, bool exclusive)
{
	bool ok = true, empty = false;

	*r = (struct ring){.region = REGION_INIT};
	if (!region_make(&r->region, name, mode, REGION_PATH | REGION_WATCH | (exclusive ? REGION_NEW : 0)))
		return msg_warn_name(name, region_reason(errno));
	while (!region_lock(&r->region, 0, true) && os_interrupted())
		;
	if (!region_holds(&r->region, 0, 0)) {
		msg_warn_file(name);
		ok = false;
	} else if (r->region.size == 0) {
		empty = true;
		ok = make(r, size, NULL);
	}
	if (!ok && r->region.made)
		region_unmake(&r->region);
	else if (!ok && empty && ftruncate(r->region.fd, 0) < 0)
		msg_warn_file(name);
	watch_end(&r->region.watch);
	region_unlock(&r->region, 0);
	r->most = size;
	if (ok && load(r))
		return true;
	ring_close(r);
	return false;
}

bool ring_make_in(struct ring *r, int fd, const char *name, uint64_t size, const struct ring *like)
{
	*r = (struct ring){.most = size, .region = {.fd = fd, .name = name, .write = true}};
	if (make(r, size, like) && load(r))
		return true;
	ring_close(r);
	return false;
}

uint64_t ring_size(uint64_t size)
{
	return size / 4096 * 4096;
}

uint64_t ring_bytes(const struct ring *r)
{
	return DATA + r->data_size;
}

bool ring_copy_is_good(struct ring *r)
{
	char header[HEADER_LEN], copy[HEADER_LEN];

	ring_take(r, 0, header, sizeof header);
	ring_take(r, COPY, copy, sizeof copy);
	return header_is_good(copy) && (r->header_damaged || memcmp(header, copy, sizeof copy) == 0);
}

void ring_close(struct ring *r)
{
	region_unmap(&r->front);
	region_unmap(&r->window);
	region_close(&r->region);
	free(r->batch);
	r->batch = NULL;
}

/* The id that the header has now. */
static void load_id(struct ring *r, unsigned char *id)
{
	ring_take(r, r->header_damaged ? COPY + 32 : 32, id, sizeof r->id);
}

bool ring_is_replaced(struct ring *r)
{
	unsigned char id[sizeof r->id];
	struct stat st;

	if (r->linked && fstat(r->region.fd, &st) == 0 && st.st_nlink == 0)
		return true;
	load_id(r, id);
	return memcmp(id, r->id, sizeof id) != 0;
}

long ring_writer(const struct ring *r)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};

	return fcntl(r->region.fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? (long)lock.l_pid : 0;
}

bool ring_mend(struct ring *r)
{
	static const unsigned char none[sizeof r->id];
	unsigned char id[sizeof r->id];
	off_t end = DATA + (off_t)r->data_size;
	struct stat st;

	if (!r->mends)
		return true;
	load_id(r, id);
	if (fstat(r->region.fd, &st) < 0 || (st.st_size >= end && memcmp(id, none, sizeof id) != 0))
		return true;
	msg_fail("%s: was cut short while being written: what it held may be lost", msg_name(r->region.name));
	if (!r->sparse)
		return make(r, (uint64_t)end, r);
	if (!put_header(r, (uint64_t)end, r))
		return false;
	if (ftruncate(r->region.fd, end) == 0)
		return true;
	return msg_warn_file(r->region.name);
}
