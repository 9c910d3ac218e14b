/*
 * The file of --undo: a script that puts back what the changes are about to replace. Its conditions hold of each byte
 * that is old or new, since a change that was cut off may leave both.
 */
#include "mmpatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "out.h"
#include "save.h"

enum { LINE = 256 };    /* bytes in a line of hex */

static struct save save;
static bool is_open, is_written;
static int folder, file;        /* where it was written to, and what: open, so that nothing else gets its inode */
static char text[16 << 10];
static size_t used;

static _Noreturn void die(void)
{
	msg_warn("%s: %s; nothing was changed", msg_name(patch_conf.undo),
	         errno == ELOOP ? "a symbolic link that leads nowhere" : msg_reason(errno));
	patch_end();
}

void undo_discard(void)
{
	const char *name = entry_base(patch_conf.undo ? patch_conf.undo : "");
	struct stat ours, named;

	if (is_open)
		save_discard(&save);
	/* names may mean something else by now */
	if (is_written && !target.changed && fstat(file, &ours) == 0 &&
	    fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && entry_same_file(&ours, &named))
		unlinkat(folder, name, 0);
	is_open = is_written = false;
}

static void flush(void)
{
	if (out_all(save.fd, text, used) < 0)
		die();
	used = 0;
}

static void print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	used += (size_t)fmt_args(text + used, sizeof text - used, fmt, args);
	va_end(args);
}

/* Whether all of the bytes are the same one. */
static bool is_even(const char *p, size_t len)
{
	return len > 1 && memcmp(p, p + 1, len - 1) == 0;
}

static void print_value(const char *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	if (is_even(p, len)) {
		print("fill 0x%x", (unsigned char)*p);
		return;
	}
	for (; len > 0; p++, len--) {
		text[used++] = digits[*p >> 4 & 15];
		text[used++] = digits[*p & 15];
	}
}

/* `old` comes back, at first in place of `new`, if anything is to be there. */
static void print_lines(off_t off, const char *old, const char *new, size_t len)
{
	size_t most = is_even(old, len) && (!new || is_even(new, len)) ? len : LINE;

	for (size_t part; len > 0; off += (off_t)part, old += part, len -= part) {
		part = len < most ? len : most;
		if (used > sizeof text / 2)
			flush();
		print("0x%llx+%zu", (unsigned long long)off, part);
		if (new) {
			print(": ");
			print_value(new, part);
			new += part;
		}
		print(new ? " ~> " : "=");
		print_value(old, part);
		print("\n");
	}
}

/* The bytes from `from` on up to `to`, which `c` changes if it is there. */
static void put_back(off_t from, off_t to, const struct change *c)
{
	const char *old, *new;

	for (size_t part; from < to; from += (off_t)part) {
		part = PIECE;
		new = c ? content_piece(c, &c->new, from - c->off, &part) : NULL;
		if ((off_t)part > to - from)
			part = (size_t)(to - from);
		target_get(from, part, &old);
		print_lines(from, old, new, part);
	}
}

void undo_write(void)
{
	const char *name = patch_conf.undo;
	const struct change *c;
	int done;

	/* who may not read the file reads no old bytes here either */
	if (save_open(&save, AT_FDCWD, name, target.st.st_mode & S_IROTH ? 0666 : 0600, 0) < 0)
		die();
	is_open = true;
	if (save.exists) {
		errno = EEXIST;
		die();
	}
	print("# puts back what mmpatch has changed:%s mmpatch -f THIS FILE\n",
	      target.end < target.size ? " with --extend," : "");
	while ((c = change_next()))
		if (!c->done)
			put_back(c->off, c->off + c->len < target.size ? c->off + c->len : target.size, c);
	put_back(target.end, target.size, NULL);
	if (target.end != target.size)
		print("size: 0x%llx ~> 0x%llx\n", (unsigned long long)target.end, (unsigned long long)target.size);
	flush();
	folder = save.dir == AT_FDCWD ? AT_FDCWD : dup(save.dir);
	file = dup(save.fd);
	is_open = false;
	done = save_commit(&save);
	is_written = done >= 0;
	if (done != 0)
		die();
}
