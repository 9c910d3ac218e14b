/*
 * How it goes: open_target, and is_fit looks at the two; then chunk after chunk of the image is filled, compared with
 * what the target holds there, and the blocks that differ are written (and read back). Where both have a hole nothing
 * is read. Nothing is remembered from one run to the next: what an interrupted one has written does not differ any
 * more.
 */
#include "changed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "changed_blocks.h"
#include "fmt.h"
#include "input.h"
#include "json.h"
#include "mmcp.h"
#include "msg.h"
#include "os.h"
#include "out.h"
#include "progress.h"
#include "watch.h"

struct changed {
	struct input in;                /* the image */
	struct blocks_side image;
	off_t size;                     /* of it, or -1: nobody knows yet */
	struct stat st;                 /* of the target */
	struct blocks b;
	size_t chunk;                   /* bytes at a time, whole blocks */
	bool complete;
};

void changed_settle(void)
{
	uint64_t block = cp_conf.block;
	bool given = block != UINT64_MAX;

	if (!cp_conf.changed && (given || cp_conf.retry || cp_conf.json))
		opt_misuse("--block, --retry and --json go with --changed only");
	if (cp_conf.retry && !cp_conf.verify)
		opt_misuse("--retry goes with --verify only");
	if (given && (block < BLOCKS_LEAST || block > BLOCKS_MOST || (block & (block - 1))))
		opt_misuse("--block is a power of two from 512 to 64M");
}

/* ---- the target ---- */

/* What is wrong with it. Returns false. */
static bool refuse(const struct changed *c, const char *text)
{
	msg_about(c->b.name, text, true);
	return false;
}

/* Opens what must be there, and what nobody else has a claim to. A device is claimed by mounts, of one of its
 * partitions too, by swap space and by other devices that are made of it. */
static bool open_target(struct changed *c)
{
	int flags = O_RDWR | O_CLOEXEC | O_NOCTTY, look, looked;
	struct stat st;

	/* looked at first, since opening some devices does things */
	do
		look = openat(AT_FDCWD, c->b.name, os_open_look);
	while (look < 0 && os_interrupted());
	if (look < 0)
		return refuse(c, msg_reason(errno));
	looked = fstat(look, &st);
	close(look);
	if (looked < 0)
		return refuse(c, msg_reason(EIO));
	c->b.is_device = S_ISBLK(st.st_mode);
	if (S_ISDIR(st.st_mode))
		return refuse(c, msg_reason(EISDIR));
	if (!c->b.is_device && !S_ISREG(st.st_mode))
		return refuse(c, "neither a regular file nor a block device");
	if (c->b.is_device && !cp_conf.force)
		flags |= os_open_claim;
	do
		c->b.fd = open(c->b.name, flags);
	while (c->b.fd < 0 && os_interrupted());
	if (c->b.fd < 0)
		return refuse(c, errno == EBUSY && c->b.is_device && !cp_conf.force ?
		                 "in use, perhaps mounted; --force writes to it all the same" : msg_reason(errno));
	if (fstat(c->b.fd, &c->st) < 0 || !entry_same_file(&st, &c->st))
		return refuse(c, "was replaced while being opened");
	c->b.least = c->st.st_size;     /* of a device that is nothing */
	return true;
}

/* Whether both names mean the same bytes; of one device there may be several nodes. */
static bool is_same(const struct stat *a, const struct stat *b)
{
	return entry_same_file(a, b) || (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev);
}

/* What a run has written may be right in the cache only, and would not be written again. */
static void forget(const struct changed *c)
{
	posix_fadvise(c->b.fd, 0, 0, POSIX_FADV_DONTNEED);
}

/* Whether the two are different files; then all is set that copying needs. */
static bool is_fit(struct changed *c)
{
	struct map *m = &c->in.map;

	if (is_same(&c->in.st, &c->st))
		return msg_fail("%s and %s are the same file", msg_quote(c->in.name), msg_quote(c->b.name));
	/* what cannot be made durable here is found not to be there */
	if (cp_conf.verify) {
		blocks_sync(&c->b);
		forget(c);
	}
	if (map_start(&c->b.map, c->b.fd, &map_whole, &c->st) < 0)
		return refuse(c, msg_reason(errno));
	m->for_kernel = c->b.map.for_kernel = true;     /* two windows of 8 MiB would be much */
	c->size = !m->sized ? -1 : cp_conf.ranges.n && cp_conf.ranges.v->len >= 0 ? cp_conf.ranges.v->len :
	          m->size > m->start ? m->size - m->start : 0;
	c->b.block = cp_conf.block != UINT64_MAX ? (size_t)cp_conf.block :
	             c->b.is_device && c->st.st_blksize > BLOCKS_USUAL && c->st.st_blksize <= BLOCKS_MOST ?
	             (size_t)c->st.st_blksize : BLOCKS_USUAL;
	c->chunk = cp_conf.verify ? BLOCKS_VERIFIED : BLOCKS_CHUNK;
	if (c->chunk < c->b.block)
		c->chunk = c->b.block;
	c->b.bytes = malloc(c->chunk);
	return c->b.bytes || refuse(c, msg_reason(ENOMEM));
}

static bool has_room(const struct changed *c)
{
	off_t room = c->b.map.sized ? c->b.map.size : 0;

	return !c->b.is_device || c->size <= room ||
	       msg_fail("%s: has %lld bytes, too few for the %lld of %s", msg_name(c->b.name), (long long)room,
	                (long long)c->size, msg_name(c->in.name));
}

/* ---- the bytes ---- */

/* Goes over whole blocks of holes that both have. */
static bool skip_holes(struct changed *c)
{
	struct map *m = &c->in.map, *t = &c->b.map;
	size_t len;

	if (c->image.n > 0 || (c->b.target.n > 0 && !t->hole) || !m->sized || !map_next(m) || !m->hole)
		return false;
	if (c->b.target.n > 0)
		blocks_go_on(&c->b, c->b.at);   /* what is left of a slice is zeros */
	/* behind the end of a file there is nothing but zeros */
	c->b.target.ended = c->b.target.ended || !map_next(t);
	if (c->b.target.ended ? c->b.is_device : !t->hole)
		return false;
	map_stretch_hole(m);
	len = m->len;
	if (!c->b.target.ended) {
		map_stretch_hole(t);
		if (t->len < len)
			len = t->len;
	}
	len = map_still(m, len) / c->b.block * c->b.block;
	map_take(m, len);
	if (!c->b.target.ended)
		map_take(t, len);
	c->b.at += (off_t)len;
	progress_add(len);
	return len > 0;
}

/* The next chunk of the image, which ends early where holes can be skipped. False: it could not be read. */
static bool fill(struct changed *c)
{
	const char *p;
	ssize_t n;
	bool skips = false;

	c->b.len = 0;
	while (!skips && c->b.len < c->chunk && (n = blocks_next(&c->image, c->chunk - c->b.len, &p)) != 0) {
		if (n < 0)
			return false;
		memcpy(c->b.bytes + c->b.len, p, (size_t)n);
		c->b.len += (size_t)n;
		skips = c->in.map.hole && (c->b.map.hole || c->b.target.ended) && c->image.n == 0 && c->b.len % c->b.block == 0;
	}
	return true;
}

/* Makes the target equal to the image, as far as that goes. */
static bool copy_blocks(struct changed *c)
{
	do {
		while (skip_holes(c))
			;
		if (!fill(c))
			return false;
		if (blocks_compare(&c->b) && (!blocks_write(&c->b) || (cp_conf.verify && !blocks_verify(&c->b, cp_conf.retry))))
			return false;
		c->b.at += (off_t)c->b.len;
		progress_add(c->b.len);
	} while (!c->image.ended);
	return true;
}

/* Whether the image was what it seemed to be. An empty stream is no image, but a command that has failed. */
static bool is_whole(const struct changed *c)
{
	const struct map *m = &c->in.map;

	if (m->shrank || m->grew || m->short_at >= 0)
		return false;
	if (c->b.at == 0 && !S_ISREG(c->in.st.st_mode))
		return msg_fail("%s: empty", msg_name(c->in.name));
	return true;
}

/* A file becomes as long as the image. Then all is durable, also what an earlier run has written. */
static bool finish(struct changed *c)
{
	struct stat now;

	if (!blocks_are_kept(&c->b))
		return false;
	if (S_ISREG(c->st.st_mode) && (fstat(c->b.fd, &now) < 0 || now.st_size != c->b.at) &&
	    ftruncate(c->b.fd, c->b.at) < 0)
		return msg_fail_errno("%s: cannot be made as long as %s", msg_name(c->b.name), msg_name(c->in.name));
	return blocks_sync(&c->b) == 0 || msg_fail_errno("%s: cannot be written", msg_name(c->b.name));
}

/* ---- the report ---- */

/* As num_human, but 4 MiB instead of 4.0 MiB. */
static const char *human(uint64_t bytes, char *text)
{
	char *point = strchr(num_human(bytes, text), '.');

	if (point && point[1] == '0')
		memmove(point, point + 2, strlen(point + 2) + 1);
	return text;
}

static void report(const struct changed *c)
{
	const struct blocks *b = &c->b;
	off_t size = c->size < 0 && c->complete ? b->at : c->size;      /* -1 of a stream whose end was not met */
	bool verified = c->complete && cp_conf.verify && b->n_bad == 0;
	char written[NUM_HUMAN], of[NUM_HUMAN];

	if (cp_conf.json) {
		out_text("{\"image\":");
		json_text(c->in.name, strlen(c->in.name));
		out_text(",\"target\":");
		json_text(b->name, strlen(b->name));
		if (size < 0)
			out_text(",\"size\":null");
		else
			out_printf(",\"size\":%lld", (long long)size);
		out_printf(",\"compared\":%lld,\"block\":%zu,\"written\":%llu,\"stretches\":%llu,"
		           "\"again\":%llu,\"bad\":%llu,\"complete\":%s,\"verified\":%s}\n",
		           (long long)b->at, b->block, (unsigned long long)b->written, (unsigned long long)b->n_stretches,
		           (unsigned long long)b->n_again, (unsigned long long)b->n_bad, c->complete ? "true" : "false",
		           verified ? "true" : "false");
		return;
	}
	out_text(human(b->written, written));
	if (size >= 0)
		out_printf(" of %s", human((uint64_t)size, of));
	out_printf(" written, %llu stretch%s", (unsigned long long)b->n_stretches, b->n_stretches == 1 ? "" : "es");
	if (b->n_again)
		out_printf(", %llu block%s again", (unsigned long long)b->n_again, b->n_again == 1 ? "" : "s");
	if (b->n_bad)
		out_printf(", %llu bad", (unsigned long long)b->n_bad);
	if (!c->complete)
		out_printf(", stopped at offset %lld", (long long)b->at);
	out_text(verified ? ", verified\n" : "\n");
}

static void copy(struct changed *c)
{
	char text[MAP_TEXT];

	c->image.map = &c->in.map;
	c->b.target.map = &c->b.map;
	c->b.map.no_cache = cp_conf.no_cache;
	if (c->in.map.short_at >= 0 || !open_target(c) || !is_fit(c))
		return;
	if (cp_conf.verbose && !cp_conf.json)
		out_printf("%s -> %s\n", msg_quote(c->in.name), msg_quote(c->b.name));
	progress_start((enum progress_when)cp_conf.progress, c->size > 0 ? (uint64_t)c->size : 0);
	c->complete = has_room(c) && copy_blocks(c) && is_whole(c) && finish(c);
	map_end(&c->b.map);
	if (!c->complete)
		forget(c);
	progress_end();
	/* that these blocks can be read now nobody has seen */
	if (c->b.unread && !cp_conf.verify)
		msg_raise(1);
	if (opt_explain)
		msg_warn("%s: %s%s", msg_name(c->b.name), map_explain(&c->b.map, text),
		         !cp_conf.verify || !c->b.written ? "" : c->b.direct ? ", read back directly" : ", read back");
	report(c);
}

void changed_copy(char *image, const char *target)
{
	char *const names[] = {image, NULL};
	static struct changed c;

	c.b.fd = -1;
	c.in = (struct input){.names = names, .ranges = &cp_conf.ranges, .map = {.no_cache = cp_conf.no_cache}};
	c.b.name = target;
	watch_limit();
	for (int round = 0; input_next(&c.in); round++)
		if (c.in.text)
			msg_about(c.in.name, c.in.text, c.in.failed);
		else if (round == 0 && input_range(&c.in))
			copy(&c);
	map_free(&c.b.map);
	free(c.b.bytes);
	if (c.b.fd >= 0 && close(c.b.fd) < 0 && errno != EINTR)
		msg_fail_errno("%s: cannot be written", msg_name(target));
}
