/* Objects as a whole: made, made larger or smaller, copied, removed. */
#include "mmshm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "save.h"

int shm_open_from(uint64_t *size)
{
	int fd = open(shm_conf.from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		msg_warn_errno("%s", msg_name(shm_conf.from));
	else if (!S_ISREG(st.st_mode))
		msg_warn("%s: not a regular file", msg_name(shm_conf.from));
	else if (*size != UINT64_MAX && (uint64_t)st.st_size > *size)
		msg_warn("%s: does not fit: %lld bytes", msg_name(shm_conf.from), (long long)st.st_size);
	else {
		if (*size == UINT64_MAX)
			*size = (uint64_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* An object that is being made goes away with us; its full size is there before its bytes. */
static int watch_new(const char *name)
{
	const char *path = region_path(name);

	return path ? save_watch(AT_FDCWD, path) : -1;
}

bool shm_fill_new(struct region *r, uint64_t size, int from)
{
	if (size > (uint64_t)r->size && !region_reserve(r, 0, (off_t)size))
		return false;
	return from < 0 || region_fill_from(r, from, shm_conf.from);
}

int shm_create(int argc, char **argv)
{
	uint64_t size = argc > 1 ? shm_size_operand(argv[1], "size") : UINT64_MAX;
	struct region r = REGION_INIT;
	struct stat st;
	bool made, ok = false;
	int from = -1, watched = -1, made_again = 0;  /* a memfd never has a name */

	if (argc < 2 && !shm_conf.from)
		opt_misuse("create: missing size");
	if (shm_conf.from && (from = shm_open_from(&size)) < 0)
		return TROUBLE;
	do {
		region_close(&r);
		if (!region_make(&r, argv[0], shm_conf.mode, shm_conf.exclusive || shm_conf.from, &made))
			return TROUBLE;
		while (!region_lock(&r, 0, true) && msg_retry())
			;
		/* whoever had it before may have failed, and taken the name away */
	} while (fstat(r.fd, &st) == 0 && st.st_nlink == 0 && made_again++ < 10);
	r.size = st.st_size;
	if (r.size == 0) {
		watched = made ? watch_new(argv[0]) : -1;
		ok = shm_fill_new(&r, size, from);
		if (!ok && made && ftruncate(r.fd, 0) == 0)
			region_remove(argv[0]);
		save_keep(watched);
	} else if ((uint64_t)r.size != size)
		msg_warn("%s: exists with %lld bytes", msg_name(argv[0]), (long long)r.size);
	else if (shm_conf.mode >= 0 && (int)(st.st_mode & 07777) != shm_conf.mode)
		msg_warn("%s: exists with mode %04o", msg_name(argv[0]), (unsigned)(st.st_mode & 07777));
	else
		ok = true;
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

int shm_resize(int argc, char **argv)
{
	uint64_t size = shm_size_operand(argv[1], "size");
	struct region r = REGION_INIT;
	bool ok;

	(void)argc;
	if (!region_open(&r, argv[0], true))
		return TROUBLE;
	if ((off_t)size >= r.size)
		ok = region_reserve(&r, r.size, (off_t)size - r.size);
	else {
		ok = ftruncate(r.fd, (off_t)size) == 0;
		if (!ok)
			msg_warn_errno("%s", msg_name(argv[0]));
	}
	region_close(&r);
	return ok ? 0 : TROUBLE;
}

int shm_remove(int argc, char **argv)
{
	int status = 0;

	for (int i = 0; i < argc; i++)
		status |= !region_remove(argv[i]);
	return status;
}

/* FROM to TO, which is made, or has the same size already: those who map it must not lose bytes under their feet. */
int shm_copy(int argc, char **argv)
{
	struct region from = REGION_INIT, to = REGION_INIT;
	struct stat a, b;
	int watched = -1;
	bool made, ok = false;
	mode_t mask = umask(0);

	(void)argc;
	umask(mask);
	if (!region_open(&from, argv[0], false))
		return TROUBLE;
	/* nobody gets rights that he does not have on the original */
	if (fstat(from.fd, &a) < 0 || !region_make(&to, argv[1], (int)(a.st_mode & 0777 & ~mask), false, &made)) {
		region_close(&from);
		return TROUBLE;
	}
	if (!made && fstat(to.fd, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		msg_warn("%s and %s are the same", msg_quote(argv[0]), msg_quote(argv[1]));
	else if (!made && to.size != from.size)
		msg_warn("%s: has %lld bytes and not %lld: resize it first", msg_name(argv[1]), (long long)to.size,
		         (long long)from.size);
	else {
		watched = made ? watch_new(argv[1]) : -1;
		ok = region_reserve(&to, 0, from.size) && region_fill_from(&to, from.fd, argv[0]);
	}
	if (!ok && made)
		region_remove(argv[1]);
	save_keep(watched);
	region_close(&from);
	region_close(&to);
	return ok ? 0 : TROUBLE;
}
