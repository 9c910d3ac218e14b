/*
 * The bytes that changes put or ask for. What @FILE has is read at once and to its end, since some files do not tell
 * their size (pipes, /proc, /sys); of large ones the descriptor is kept instead, as long as those are few.
 */
#include "mmpatch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "os.h"
#include "text.h"

enum { KEPT = 100 };            /* descriptors */

static off_t input_start;       /* where standard input stood */

int content_input(const char *name)
{
	static bool taken;

	if (strcmp(name, "-") != 0)
		return os_open(name, O_RDONLY, 0);
	if (taken) {
		msg_warn("-: standard input is wanted twice");
		patch_end();
	}
	taken = true;
	return STDIN_FILENO;
}

off_t content_open(const struct change *c, struct value *v, const char *name)
{
	static int n_kept;
	int fd = content_input(name);
	size_t most = SIZE_MAX, len;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		change_die(c, "%s: %s", msg_name(name), msg_reason(errno));
	if (entry_same_file(&st, &target.st))
		change_die(c, "%s: is the file that is to be changed", msg_name(name));
	if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) {
		off_t start = lseek(fd, 0, SEEK_CUR), end = lseek(fd, 0, SEEK_END);

		if (end - start > PIECE && n_kept < KEPT) {
			n_kept++;
			if (fd == STDIN_FILENO)
				input_start = start;
			v->kind = FILE_BYTES;
			v->is.fd = fd;
			return end - start;
		}
		lseek(fd, start, SEEK_SET);
	} else if (S_ISCHR(st.st_mode) && !isatty(fd)) {
		if (c->len == 0)
			change_die(c, "%s is a device, which wants a length, as in OFF+LEN=@FILE",
			           fd == STDIN_FILENO ? "standard input" : msg_name(name));
		most = (uint64_t)c->len < SIZE_MAX ? (size_t)c->len : SIZE_MAX;
	}
	v->is.bytes = text_read(fd, most, &len);
	if (!v->is.bytes)
		change_die(c, "%s: %s", msg_name(name), msg_reason(errno));
	if (fd != STDIN_FILENO)         /* else another file would get its number */
		close(fd);
	return (off_t)(len < most ? len : most);
}

const char *content_piece(const struct change *c, const struct value *v, off_t at, size_t *len)
{
	static char rooms[2][PIECE];
	char *room = rooms[v == &c->old];

	*len = c->len - at < PIECE ? (size_t)(c->len - at) : PIECE;
	switch (v->kind) {
	case BYTES: return v->is.bytes + at;
	case WORD: return v->is.word + at;
	case FILL: return memset(room, v->is.word[0], *len);
	default: break;
	}
	if (v->is.fd == STDIN_FILENO)
		at += input_start;
	if (target_read(v->is.fd, room, *len, at) < *len)
		change_die(c, "cannot read what is to be there: %s", errno ? msg_reason(errno) : "the file has become shorter");
	return room;
}
