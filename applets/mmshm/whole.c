/* Objects as a whole: made, made larger or smaller, copied, removed. */
#include "mmshm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"

int shm_open_from(uint64_t *size, off_t *len)
{
	int fd = os_open(shm_conf.from, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		msg_warn_file(shm_conf.from);
	else if (!S_ISREG(st.st_mode))
		msg_warn_name(shm_conf.from, "not a regular file");
	else if (*size != UINT64_MAX && (uint64_t)st.st_size > *size)
		msg_warn("%s: does not fit: %lld bytes", msg_name(shm_conf.from), (long long)st.st_size);
	else {
		*len = st.st_size;
		if (*size == UINT64_MAX)
			*size = (uint64_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Settled bytes are written where they belong, so that the region keeps its size whatever becomes of the source. A
 * file of size 0 may be one of /proc, which tells its size by its end. */
bool shm_fill_from(struct region *r, int from, const char *name, off_t len)
{
	struct num_range range = {.len = len ? len : -1};
	off_t room = r->size ? r->size : NUM_OFF_MAX;
	struct map m = MAP_INIT;
	struct stat st;
	const char *p;
	ssize_t n = -1;
	bool ok;

	ok = map_start(&m, from, &range, NULL) == 0;
	while (ok && (n = map_slice(&m, &p)) > 0) {
		ok = m.off <= room;
		if (!ok)
			msg_warn("%s: does not fit: more than %lld bytes", msg_name(name), (long long)room);
		else if (out_all_at(r->fd, p, (size_t)n, m.off - n) < (size_t)n)
			ok = shm_fail(r->name);
	}
	if (n < 0 || fstat(from, &st) < 0)
		ok = shm_fail(name);
	if (ok && (m.off < len || st.st_size != len)) {
		msg_warn("%s: %s while being read", msg_name(name), st.st_size > len ? "grew" : "shrank");
		ok = false;
	}
	map_end(&m);
	map_free(&m);
	return ok;
}

bool shm_fill_new(struct region *r, uint64_t size, int from, off_t len)
{
	if (size > (uint64_t)r->size && !region_reserve(r, 0, (off_t)size))
		return shm_fail(r->name);
	return from < 0 || shm_fill_from(r, from, shm_conf.from, len);
}

/* Whether what is there already is what would be made here; one of size 0 still gets its size. An owner can give
 * himself any right, so with --mode it belongs to no other user, unless all may read and write it. False after a
 * message. */
static bool is_as_asked(const char *name, const struct stat *st, uint64_t size)
{
	if (st->st_size != 0 && (uint64_t)st->st_size != size)
		msg_warn("%s: exists with %lld bytes", msg_name(name), (long long)st->st_size);
	else if (shm_conf.mode >= 0 && (int)(st->st_mode & 07777) != shm_conf.mode)
		msg_warn("%s: exists with mode %04o", msg_name(name), (unsigned)(st->st_mode & 07777));
	else if (shm_conf.mode >= 0 && st->st_uid != geteuid() && (shm_conf.mode & 06) != 06)
		msg_warn_name(name, "exists, and belongs to another user");
	else
		return true;
	return false;
}

int shm_create(int argc, char **argv)
{
	uint64_t size = argc > 1 ? shm_size_operand(argv[1], "size") : UINT64_MAX;
	struct region r = REGION_INIT;
	struct stat st;
	bool ok, ours;
	off_t len = 0;
	int from = -1, made_again = 0;  /* a memfd never has a name */
	int how = REGION_WATCH | (shm_conf.exclusive || shm_conf.from ? REGION_NEW : 0);

	if (argc < 2 && !shm_conf.from)
		opt_misuse("create: missing size");
	if (shm_conf.from && (from = shm_open_from(&size, &len)) < 0)
		return TROUBLE;
	do {
		region_close(&r);
		if (!region_make(&r, argv[0], shm_conf.mode, how)) {
			shm_fail(argv[0]);
			return TROUBLE;
		}
		while (!region_lock(&r, 0, true) && os_interrupted())
			;
		/* whoever had it before may have failed, and taken the name away */
	} while (fstat(r.fd, &st) == 0 && st.st_nlink == 0 && made_again++ < 10);
	r.size = st.st_size;
	ours = r.made || st.st_uid == geteuid();
	if (r.size == 0 && (ours || is_as_asked(argv[0], &st, size))) {
		ok = shm_fill_new(&r, size, from, len);
		/* filling it has taken set-ID bits away, unless root did so */
		if (ok && ours && shm_conf.mode >= 0 && fchmod(r.fd, (mode_t)shm_conf.mode) < 0)
			ok = shm_fail(argv[0]);
		if (!ok && r.made && ftruncate(r.fd, 0) == 0)
			region_unmake(&r);
	} else
		ok = r.size != 0 && is_as_asked(argv[0], &st, size);
	return ok ? 0 : TROUBLE;
}

int shm_resize(int argc, char **argv)
{
	uint64_t size = shm_size_operand(argv[1], "size");
	struct region r = REGION_INIT;
	bool ok;

	(void)argc;
	if (!shm_open_region(&r, argv[0], REGION_WRITE))
		return TROUBLE;
	if ((off_t)size >= r.size)
		ok = region_reserve(&r, r.size, (off_t)size - r.size);
	else
		ok = ftruncate(r.fd, (off_t)size) == 0;
	if (!ok)
		shm_fail(argv[0]);
	return ok ? 0 : TROUBLE;
}

int shm_remove(int argc, char **argv)
{
	int status = 0;

	for (int i = 0; i < argc; i++)
		if (!region_remove(argv[i])) {
			msg_warn_errno("cannot remove %s", msg_quote(argv[i]));
			status = NO;
		}
	return status;
}

/* FROM to TO, which is made, or has the same size already: those who map it must not lose bytes under their feet. */
int shm_copy(int argc, char **argv)
{
	struct region from = REGION_INIT, to = REGION_INIT;
	struct stat a, b;
	bool ok = false;
	mode_t mask = umask(0);

	(void)argc;
	umask(mask);
	if (!region_open(&from, argv[0], REGION_READ) || fstat(from.fd, &a) < 0) {
		shm_fail(argv[0]);
		return TROUBLE;
	}
	/* nobody gets rights that he does not have on the original */
	if (!region_make(&to, argv[1], (int)(a.st_mode & 0777 & ~mask), REGION_WATCH)) {
		shm_fail(argv[1]);
		region_close(&from);
		return TROUBLE;
	}
	if (!to.made && fstat(to.fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		msg_warn("%s and %s are the same", msg_quote(argv[0]), msg_quote(argv[1]));
	else if (!to.made && to.size != from.size)
		msg_warn("%s: has %lld bytes and not %lld: resize it first", msg_name(argv[1]), (long long)to.size,
		         (long long)from.size);
	else if (!region_reserve(&to, 0, from.size))
		shm_fail(argv[1]);
	else
		ok = shm_fill_from(&to, from.fd, argv[0], from.size);
	if (!ok)
		region_unmake(&to);
	region_close(&from);
	region_close(&to);
	return ok ? 0 : TROUBLE;
}
