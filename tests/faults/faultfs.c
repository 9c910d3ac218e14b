/*
 * faultfs FILE FOLDER: a file system (FUSE) that shows the bytes of FILE under names that say what goes wrong:
 *	whole    nothing
 *	bad      the page at 409600 cannot be read: EIO
 *	direct   no page cache, so no shared mapping: ENODEV
 *	bad-direct   both
 *	nosize   no page cache and a size of 0, as /proc has it
 * and takes new files. Their names, wherever this is part of them, say what happens:
 *	full     no more than 200,000 bytes: ENOSPC
 *	unclosed EIO when closed
 *	unsynced EIO at fsync
 * and of the page at 409600, once it has been written:
 *	torn     it cannot be read until it is written again: EIO
 *	deaf     it cannot be written again: EIO
 *	rotten   a bit of it is wrong whenever it is read
 *	mends    the same, until it has been written for the fourth time
 */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD = 409600, BAD_LEN = 4096, FULL = 200000, TARGETS = 8, ROOM = 4 << 20, PAGE = 4096 };

static char content[ROOM];
static size_t content_len;
static const char *const sources[] = {"whole", "bad", "direct", "bad-direct", "nosize"};
static struct target {
	char name[300];
	mode_t mode;
	size_t len;
	char *bytes;
	int n_written;          /* how often the bad page was */
} targets[TARGETS];

static const char *source_of(const char *path)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (strcmp(path + 1, sources[i]) == 0)
			return sources[i];
	return NULL;
}

static struct target *target_of(const char *path)
{
	for (int i = 0; i < TARGETS; i++)
		if (targets[i].bytes && strcmp(path, targets[i].name) == 0)
			return &targets[i];
	return NULL;
}

static int on_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	const char *source = source_of(path);
	struct target *t = target_of(path);

	(void)fi;
	memset(st, 0, sizeof *st);
	st->st_nlink = 1;
	if (strcmp(path, "/") == 0) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
	} else if (source) {
		st->st_mode = S_IFREG | 0644;
		st->st_size = strcmp(source, "nosize") == 0 ? 0 : (off_t)content_len;
	} else if (t) {
		st->st_mode = S_IFREG | t->mode;
		st->st_size = (off_t)t->len;
	} else
		return -ENOENT;
	st->st_blocks = (st->st_size + 511) / 512;
	return 0;
}

static int on_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off, struct fuse_file_info *fi,
                      enum fuse_readdir_flags flags)
{
	(void)path, (void)off, (void)fi, (void)flags;
	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		fill(buf, sources[i], NULL, 0, 0);
	for (int i = 0; i < TARGETS; i++)
		if (targets[i].bytes)
			fill(buf, targets[i].name + 1, NULL, 0, 0);
	return 0;
}

static int on_open(const char *path, struct fuse_file_info *fi)
{
	const char *source = source_of(path);

	if (!source)
		return target_of(path) ? 0 : -ENOENT;
	if ((fi->flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	fi->direct_io = strstr(source, "direct") || strcmp(source, "nosize") == 0;
	return 0;
}

static int on_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	(void)fi;
	for (int i = 0; i < TARGETS; i++)
		if (!targets[i].bytes && strlen(path) < sizeof targets[i].name) {
			strcpy(targets[i].name, path);
			targets[i].mode = mode & 07777;
			targets[i].len = 0;
			targets[i].n_written = 0;
			targets[i].bytes = calloc(1, ROOM);
			return targets[i].bytes ? 0 : -ENOMEM;
		}
	return -ENFILE;
}

static int is_bad(size_t at, size_t len)
{
	return at < BAD + BAD_LEN && at + len > BAD;
}

static int on_read(const char *path, char *buf, size_t len, off_t off, struct fuse_file_info *fi)
{
	const char *source = source_of(path), *bytes = content;
	struct target *t = NULL;
	size_t at = (size_t)off, end = content_len;

	(void)fi;
	if (!source) {
		t = target_of(path);
		if (!t)
			return -ENOENT;
		bytes = t->bytes;
		end = t->len;
	}
	if (at >= end)
		return 0;
	if (len > end - at)
		len = end - at;
	if (source && strncmp(source, "bad", 3) == 0 && at < BAD + BAD_LEN && at + len > BAD) {
		/* A short answer is a short read only without the page cache; with it, it would be the end of the file. */
		if (at >= BAD || !strstr(source, "direct"))
			return -EIO;
		len = BAD - at;
	}
	if (t && strstr(path, "torn") && t->n_written == 1 && is_bad(at, len))
		return -EIO;
	memcpy(buf, bytes + at, len);
	if (t && (strstr(path, "rotten") || (strstr(path, "mends") && t->n_written < 4)) && is_bad(at, len) && at <= BAD)
		buf[BAD - at] ^= 1;
	return (int)len;
}

static int on_write(const char *path, const char *buf, size_t len, off_t off, struct fuse_file_info *fi)
{
	struct target *t = target_of(path);
	size_t at = (size_t)off, room = strstr(path, "full") ? FULL : ROOM;

	(void)fi;
	if (!t)
		return -ENOENT;
	if (at >= room)
		return -ENOSPC;
	if (len > room - at)
		len = room - at;
	if (is_bad(at, len) && t->n_written++ > 0 && strstr(path, "deaf"))
		return -EIO;
	memcpy(t->bytes + at, buf, len);
	if (at + len > t->len)
		t->len = at + len;
	return (int)len;
}

static int on_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	struct target *t = target_of(path);

	(void)fi;
	if (!t)
		return -ENOENT;
	if (size > ROOM)
		return -ENOSPC;
	if ((size_t)size < t->len)
		memset(t->bytes + size, 0, t->len - (size_t)size);
	t->len = (size_t)size;
	return 0;
}

static int on_flush(const char *path, struct fuse_file_info *fi)
{
	(void)fi;
	return strstr(path, "unclosed") ? -EIO : 0;
}

static int on_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	(void)data, (void)fi;
	return strstr(path, "unsynced") ? -EIO : 0;
}

static int on_unlink(const char *path)
{
	struct target *t = target_of(path);

	if (!t)
		return source_of(path) ? -EACCES : -ENOENT;
	free(t->bytes);
	t->bytes = NULL;
	return 0;
}

static int on_rename(const char *from, const char *to, unsigned flags)
{
	struct target *t = target_of(from);

	if (!t || flags || strlen(to) >= sizeof t->name)
		return -EINVAL;
	on_unlink(to);
	strcpy(t->name, to);
	return 0;
}

static int on_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	struct target *t = target_of(path);

	(void)fi;
	if (!t)
		return -EACCES;
	t->mode = mode & 07777;
	return 0;
}

static int on_chown(const char *path, uid_t owner, gid_t group, struct fuse_file_info *fi)
{
	(void)path, (void)owner, (void)group, (void)fi;
	return 0;
}

static int on_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *fi)
{
	(void)path, (void)times, (void)fi;
	return 0;
}

static const struct fuse_operations operations = {
	.getattr = on_getattr, .readdir = on_readdir, .open = on_open, .create = on_create, .read = on_read,
	.write = on_write, .truncate = on_truncate, .flush = on_flush, .fsync = on_fsync, .unlink = on_unlink,
	.rename = on_rename, .chmod = on_chmod, .chown = on_chown, .utimens = on_utimens,
};

int main(int argc, char **argv)
{
	char *args[] = {argv[0], "-s", "-o", "default_permissions", NULL, NULL};
	FILE *f;

	if (argc != 3 || !(f = fopen(argv[1], "rb")))
		return 98;
	content_len = fread(content, 1, sizeof content, f);
	fclose(f);
	args[4] = argv[2];
	return fuse_main(5, args, &operations, NULL);
}
