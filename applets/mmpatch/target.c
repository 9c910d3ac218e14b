/*
 * The file that is changed. It is read by pread, which allocates no hole and cannot fault, and written through a shared
 * mapping of a window at a time; where that cannot be had, or a store in it faults, by pwrite, which knows why.
 */
#include "mmpatch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "entry.h"
#include "grow.h"
#include "guard.h"
#include "map.h"
#include "num.h"
#include "os.h"
#include "out.h"
#include "region.h"

struct target target;
static struct region region;

/* What was read last. */
static char *got;
static size_t got_room, got_len;
static off_t got_at;

static struct region_view view;
static off_t view_at;

/* Where a byte was stored into a mapping, if any was, and which. */
static off_t stored_at;
static bool is_stored;
static char stored;

static _Noreturn void die(const char *what, off_t off)
{
	msg_warn_errno("%s: %s at offset 0x%llx", msg_name(target.name), what, (unsigned long long)off);
	patch_end();
}

static _Noreturn void refuse(const char *why)
{
	msg_warn("%s: %s", msg_name(target.name), why);
	patch_end();
}

/* ---- opening ---- */

static void heed_kind(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		refuse(msg_reason(EISDIR));
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode))
		refuse("neither a regular file nor a block device");
}

/* What to do about it, where the system's words do not say so. */
static const char *advice(int error)
{
	switch (error) {
	case EPERM: return S_ISBLK(target.st.st_mode) ? "" : " (immutable or append-only? see lsattr)";
	case ETXTBSY: return " (it is running: change a copy, and rename that over it)";
	case EBUSY: return " (mounted? --force changes it all the same)";
	default: return "";
	}
}

void target_open(const char *name)
{
	int flags = O_CLOEXEC | (patch_conf.dry_run ? O_RDONLY : O_RDWR);
	struct stat *st = &target.st, seen;
	char probe;

	target.name = name;
	/* before it is opened, which has an effect on some devices; and then what was opened, since a name can change */
	if (stat(name, st) == 0)
		heed_kind(st);
	seen = *st;
	if (S_ISBLK(st->st_mode) && !patch_conf.dry_run && !patch_conf.force)
		flags |= O_EXCL;        /* not what is mounted */
	region = (struct region){.name = name, .fd = region_open_fd(name, REGION_PATH, flags, 0), .write = true};
	if (region.fd < 0 && errno == EROFS)    /* all may be there already */
		region.fd = region_open_fd(name, REGION_PATH, flags & ~O_RDWR, 0);
	if (region.fd < 0 || fstat(region.fd, st) < 0) {
		msg_warn("%s: %s%s", msg_name(name), msg_reason(errno), advice(errno));
		patch_end();
	}
	heed_kind(st);
	if (S_ISBLK(st->st_mode) && !entry_same_file(st, &seen))
		refuse("was replaced meanwhile");       /* and would not be refused where it is mounted */
	target.device = S_ISBLK(st->st_mode);
	target.size = target.device ? lseek(region.fd, 0, SEEK_END) : st->st_size;
	if (target.device && target.size <= 0)
		refuse("a device without a size");
	/* in /proc files say 0 bytes and have more, in sysfs 4096 and have less */
	errno = 0;
	if (!target.device && target_read(region.fd, &probe, 1, target.size ? target.size - 1 : 0) != (target.size > 0)) {
		if (errno)
			die("cannot read", target.size ? target.size - 1 : 0);
		refuse("does not tell its true size, as files in /proc and /sys");
	}
	if (!target.device && st->st_nlink > 1 && !patch_conf.dry_run && !patch_conf.force)
		refuse("has several names (hard links), and would change under each; --force does so");
	region.size = target.end = target.size;
	target.sparse = !target.device && (off_t)st->st_blocks < (target.size + 511) / 512;
}

bool target_is_sealed(void)
{
	return os_is_sealed(region.fd);
}

/* ---- reading ---- */

size_t target_read(int fd, char *to, size_t len, off_t off)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, to + done, len - done, off + (off_t)done);
		if (n < 0 && os_interrupted())
			continue;
		if (n == 0)
			errno = 0;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

size_t target_get(off_t off, size_t least, const char **bytes)
{
	size_t skip = off >= got_at && off - got_at < (off_t)got_len ? (size_t)(off - got_at) : got_len;

	if (got_len - skip < least) {
		size_t ahead = target.ahead ? target.ahead : 4096, want = least > ahead ? least : ahead, n;

		if ((off_t)want > target.size - off)
			want = (size_t)(target.size - off);
		got = grow_room(got, &got_room, want, 1);
		if (!got)
			die("cannot read", off);
		n = target_read(region.fd, got, want, off);
		if (n < least) {
			if (!errno)
				refuse("became shorter meanwhile");
			die("cannot read", off + (off_t)n);
		}
		got_at = off;
		got_len = n;
		skip = 0;
	}
	*bytes = got + skip;
	return got_len - skip;
}

off_t target_data(off_t off)
{
	off_t start, end;

	switch (!target.sparse ? -1 : os_next_data(region.fd, off, &start, &end)) {
	case 0: return target.size;
	case 1: return start;
	default: return off;
	}
}

/* ---- writing ---- */

void target_probe(void)
{
	signal(SIGXFSZ, SIG_IGN);       /* so that a limit is an error that can be told */
	/* a kernel looks at the file first, and then at how many bytes there are */
	if (pwrite(region.fd, "", 0, 0) < 0)
		refuse(target.device && (errno == EPERM || errno == EBADF) ? "a read-only device" :
		       msg_reason(errno == EBADF ? EROFS : errno));
}

/* Blocks for a hole; zeros, where the file system cannot reserve any (ext2) and this is known to be one. */
static void fill_hole(off_t off, off_t len, bool known)
{
	if (!region_reserve(&region, off, len))
		die("no block can be had", off);
	if (!known || os_reserve(region.fd, off, len) == 0 || (errno != EOPNOTSUPP && errno != ENOSYS))
		return;
	for (size_t part; len > 0; off += (off_t)part, len -= (off_t)part) {
		part = len < MAP_SLICE ? (size_t)len : MAP_SLICE;
		if (!region_holds(&region, off, part))
			refuse("became shorter meanwhile");
		if (out_all_at(region.fd, map_zeros, part, off) < part)
			die("no block can be had", off);
	}
}

/* A store into a mapping heeds no limit, and the write behind it does: so that is looked at before. */
static void heed_limit(off_t off, off_t len)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || (rlim_t)(off + len) <= limit.rlim_cur)
		return;
	errno = EFBIG;
	die("cannot write", (rlim_t)off > limit.rlim_cur ? off : (off_t)limit.rlim_cur);
}

/* Whole pages, since a page is written as a whole. What has blocks is left alone: a full xfs would refuse it. How many
 * the file has does not tell if there are holes, since some may lie behind its end. */
void target_reserve(off_t off, off_t len)
{
	static off_t reserved;          /* up to here */
	off_t page = (off_t)os_page(), from = off - off % page, to = off + len;

	heed_limit(off, len);
	to = target.size - to < page ? target.size : to + page - 1 - (to - 1) % page;
	if (from < reserved)
		from = reserved;
	for (; from < to; from = reserved) {
		off_t start, end;
		int found = os_next_data(region.fd, from, &start, &end);

		if (found > 0 && start <= from) {
			reserved = end;
			continue;
		}
		reserved = found > 0 && start < to ? start : to;
		fill_hole(from, reserved - from, found >= 0);
	}
}

void target_grow(void)
{
	if (target.end <= target.size)
		return;
	if (!region_reserve(&region, target.size, target.end - target.size)) {
		int error = errno;

		/* as it was, unless that failed, too */
		target.changed = region_holds(&region, 0, 0) && region.size != target.size;
		errno = error;
		die("cannot be made longer", target.size);
	}
	target.changed = true;
}

/* Maps the window that `off` lies in; smaller ones where there is no memory. False when nothing can be mapped. */
static bool map_window_at(off_t off)
{
	static bool refused;
	size_t page = os_page();

	if (view.at && off >= view_at && off - view_at < (off_t)view.len)
		return true;
	for (size_t window = map_window; !refused && map_io != MAP_IO_READ; window = window / 2 / page * page) {
		off_t at = off - off % (off_t)window, left = target.end - at;

		if (region_map(&region, &view, at, left < (off_t)window ? (size_t)left : window)) {
			view_at = at;
			target.n_mapped++;
			return true;
		}
		refused = errno != ENOMEM || window <= page;
	}
	return false;
}

/* By a system call, which must not make a file longer that has become shorter. */
static void write_at(off_t off, const char *bytes, size_t len)
{
	size_t n;

	if (!target.device && !region_holds(&region, off, len))
		refuse("became shorter meanwhile");
	n = out_all_at(region.fd, bytes, len, off);
	target.changed = target.changed || n > 0;
	if (n < len)
		die("cannot write", off + (off_t)n);
	target.n_written++;
}

void target_put(off_t off, const char *bytes, size_t len)
{
	for (size_t part; len > 0; off += (off_t)part, bytes += part, len -= part) {
		part = len;
		if (map_window_at(off)) {
			size_t skip = (size_t)(off - view_at);

			if (part > view.len - skip)
				part = view.len - skip;
			if (guard_copy(view.at + skip, bytes, part, view.base, view.len) == 0) {
				target.changed = is_stored = true;
				stored_at = off;
				stored = *bytes;
				continue;
			}
			/* pages before the one that faulted may have been stored */
			if ((size_t)off % os_page() + part > os_page())
				target.changed = true;
		}
		write_at(off, bytes, part);
	}
}

void target_finish(void)
{
	region_unmap(&view);
	/* One of the bytes once more by a system call: no store into a mapping tells those who watch the file, takes away
	 * rights that were given to the old bytes, or (on tmpfs) changes its time. */
	if (is_stored)
		write_at(stored_at, &stored, 1);
	if (target.changed && !target.device && !region_holds(&region, 0, (uint64_t)target.end))
		refuse("became shorter meanwhile");
	if (target.end < target.size && ftruncate(region.fd, target.end) < 0)
		die("cannot be made shorter", target.end);
	target.complete = true;
	if ((!patch_conf.no_sync && fsync(region.fd) < 0) || close(region.fd) < 0) {
		msg_warn_errno("%s: not known to be on the medium", msg_name(target.name));
		patch_end();
	}
}
