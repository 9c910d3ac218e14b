#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "msg.h"
#include "num.h"
#include "out.h"
#include "pieces.h"
#include "regs.h"
#include "save.h"
#include "text.h"

void snapshot_add(struct snapshot *s, struct snapshot_word word)
{
	s->words = grow_add(s->words, &s->n, sizeof *s->words);
	if (!s->words)
		msg_no_memory(2);
	s->words[s->n - 1] = word;
}

static int by_place(const void *a, const void *b)
{
	const struct snapshot_word *one = a, *other = b;

	if (one->address != other->address)
		return one->address < other->address ? -1 : 1;
	return (int)one->bytes - (int)other->bytes;
}

void snapshot_index(struct snapshot *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!tsearch(s->words + i, &s->index, by_place))
			msg_no_memory(2);
}

const struct snapshot_word *snapshot_find(const struct snapshot *s, uint64_t address, unsigned bytes)
{
	struct snapshot_word wanted = {.address = address, .bytes = bytes};
	const struct snapshot_word *const *found = tfind(&wanted, &s->index, by_place);

	return found ? *found : NULL;
}

static const char *const order_names[] = {[ACCESS_BIG] = "big", [ACCESS_LITTLE] = "little"};

/* Of several such lines all say the same. */
static bool parse_order(const char *word, struct snapshot *s)
{
	for (enum access_order order = ACCESS_BIG; order <= ACCESS_LITTLE; order++)
		if (strcmp(word, order_names[order]) == 0 && (s->order == ACCESS_NATIVE || s->order == order)) {
			s->order = order;
			return true;
		}
	return false;
}

static bool parse_line(char *line, struct snapshot *s)
{
	struct snapshot_word w = {0};
	uint64_t bits;
	char *word[3];
	size_t n = text_words(line, word, 3);

	if (n == 0)
		return true;
	if (n == 2 && strcmp(word[0], "order") == 0)
		return parse_order(word[1], s);
	if (n != 3 || num_value(word[0], REGS_HIGHEST, &w.address) < 0 || num_value(word[1], 64, &bits) < 0 ||
	    !access_has(bits) || num_value(word[2], UINT64_MAX >> (64 - bits), &w.value) < 0)
		return false;
	w.bytes = (unsigned)bits / 8;
	snapshot_add(s, w);
	return true;
}

struct reading {
	struct snapshot *snapshot;
	struct pieces at;
};

static bool take_line(void *arg, char *line)
{
	struct reading *r = arg;

	return parse_line(line, r->snapshot) || pieces_wrong(&r->at, "not a line of a snapshot, as in: 0x10 32 0x00000001");
}

bool snapshot_load(struct snapshot *s, const char *file)
{
	struct reading r = {.snapshot = s};

	*s = (struct snapshot){0};
	return pieces_each(&r.at, file, take_line, &r);
}

bool snapshot_begin(struct snapshot_file *f, const char *name)
{
	f->name = name;
	if (save_open(&f->save, AT_FDCWD, name, 0666, SAVE_STRAIGHT) == 0)
		return true;
	return msg_warn_file(name);
}

/* The lines of all words, some thousand bytes at a time. */
static int write_words(const struct snapshot *s, int fd)
{
	enum { LINE = 256 };    /* more than the longest */
	char lines[32 * LINE];
	size_t used = (size_t)fmt_text(lines, sizeof lines, "order %s\n", order_names[s->order]);
	int status = 0;

	for (size_t i = 0; i < s->n && status == 0; i++) {
		const struct snapshot_word *w = s->words + i;

		used += (size_t)fmt_text(lines + used, LINE, "0x%" PRIx64 " %u 0x%0*" PRIX64 "%s%.150s\n", w->address,
		                         8 * w->bytes, 2 * (int)w->bytes, w->value, w->name ? " # " : "",
		                         w->name ? w->name : "");
		if (used > sizeof lines - LINE) {
			status = out_all(fd, lines, used);
			used = 0;
		}
	}
	return status < 0 ? -1 : out_all(fd, lines, used);
}

bool snapshot_end(struct snapshot_file *f, const struct snapshot *s)
{
	int status = write_words(s, f->save.fd);

	if (status < 0)
		snapshot_drop(f);
	else
		status = save_commit(&f->save);
	if (status != 0)
		msg_warn_file(f->name);
	else if (f->save.lost)
		msg_warn_name(f->name, "replaced, but not with the owner, mode and attributes of the old file");
	return status == 0;
}

void snapshot_drop(struct snapshot_file *f)
{
	save_discard(&f->save);
}
