#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "num.h"
#include "out.h"
#include "regs.h"
#include "save.h"
#include "text.h"

void snapshot_add(struct snapshot *s, struct snapshot_word word)
{
	s->words = text_add(s->words, &s->n, sizeof *s->words);
	if (!s->words)
		msg_die(2, "%s", msg_reason(ENOMEM));
	s->words[s->n - 1] = word;
}

static int by_place(const void *a, const void *b)
{
	const struct snapshot_word *one = a, *other = b;

	if (one->address != other->address)
		return one->address < other->address ? -1 : 1;
	return (int)one->bytes - (int)other->bytes;
}

void snapshot_sort(struct snapshot *s)
{
	if (s->n)
		qsort(s->words, s->n, sizeof *s->words, by_place);
}

const struct snapshot_word *snapshot_find(const struct snapshot *s, uint64_t address, unsigned bytes)
{
	struct snapshot_word wanted = {.address = address, .bytes = bytes};

	return s->n ? bsearch(&wanted, s->words, s->n, sizeof *s->words, by_place) : NULL;
}

static bool parse_line(char *line, struct snapshot *s)
{
	struct snapshot_word w = {0};
	uint64_t bits;
	char *word[3];
	size_t n = text_words(line, word, 3);

	if (n == 0)
		return true;
	if (n != 3 || num_value(word[0], REGS_HIGHEST, &w.address) < 0 || num_value(word[1], 64, &bits) < 0 ||
	    (bits != 8 && bits != 16 && bits != 32 && bits != 64) ||
	    num_value(word[2], UINT64_MAX >> (64 - bits), &w.value) < 0)
		return false;
	w.bytes = (unsigned)bits / 8;
	snapshot_add(s, w);
	return true;
}

bool snapshot_load(struct snapshot *s, const char *file)
{
	unsigned long number = 0;
	size_t len;
	char *text = text_load(file, &len), *rest = text, *line;
	bool ok = text && strlen(text) == len;

	*s = (struct snapshot){0};
	if (!text)
		msg_warn_errno("%s", msg_name(file));
	else if (!ok)
		msg_warn("%s: not a text file", msg_name(file));
	while (ok && (line = text_line(&rest))) {
		number++;
		ok = parse_line(line, s);
		if (!ok)
			msg_warn("%s:%lu: not a line of a snapshot, as in: 0x10 32 0x00000001", msg_name(file), number);
	}
	free(text);
	return ok;
}

static int write_words(const struct snapshot *s, int fd)
{
	char line[256];
	int n, status = 0;

	for (size_t i = 0; i < s->n && status == 0; i++) {
		const struct snapshot_word *w = s->words + i;

		n = snprintf(line, sizeof line, "0x%" PRIx64 " %u 0x%0*" PRIX64 "%s%.150s\n", w->address, 8 * w->bytes,
		             2 * (int)w->bytes, w->value, w->name ? " # " : "", w->name ? w->name : "");
		status = out_all(fd, line, (size_t)n);
	}
	return status;
}

/* Into a new file that replaces the old one, and has its mode. */
static int replace(const struct snapshot *s, const char *file, const struct stat *old)
{
	struct save save;

	if (save_replace(&save, AT_FDCWD, file, 0666) < 0)
		return -1;
	if ((!old || fchmod(save.fd, old->st_mode & 07777) == 0) && write_words(s, save.fd) == 0)
		return save_commit(&save);
	save_discard(&save);
	return -1;
}

/* Into a pipe or a device. */
static int pass_on(const struct snapshot *s, const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY), status = fd < 0 ? -1 : write_words(s, fd);

	return fd < 0 || (close(fd) < 0 && status == 0) ? -1 : status;
}

bool snapshot_save(const struct snapshot *s, const char *file)
{
	struct stat st;
	bool exists = stat(file, &st) == 0;

	if ((exists && !S_ISREG(st.st_mode) ? pass_on(s, file) : replace(s, file, exists ? &st : NULL)) == 0)
		return true;
	msg_warn_errno("%s", msg_name(file));
	return false;
}
