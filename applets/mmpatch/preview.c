/*
 * What --dry-run shows: of each line of a dump that would change, how it is (-) and how it would be (+). Of lines that
 * are equal in both the first and the last are shown, and a star for those between.
 */
#include "mmpatch.h"

#include <string.h>

#include "hex.h"
#include "out.h"

static struct row {
	off_t off;
	size_t len, new_len;    /* new_len 0: there is none yet */
	char old[HEX_BYTES], new[HEX_BYTES];
} row, last;

static size_t n_same;           /* rows not yet shown, the last one among them */

static size_t part_of_row(off_t off, off_t end)
{
	return off >= end ? 0 : end - off < HEX_BYTES ? (size_t)(end - off) : HEX_BYTES;
}

static void print_line(char mark, off_t off, const char *bytes, size_t len)
{
	char *to = len > 0 ? out_room(HEX_LINE + 2) : NULL;

	if (!to)
		return;
	to[0] = mark;
	to[1] = ' ';
	out_filled((size_t)(hex_line(to + 2, (uint64_t)off, bytes, len) - to));
}

static void print_both(const struct row *r)
{
	print_line('-', r->off, r->old, r->len);
	print_line('+', r->off, r->new, r->new_len);
}

static void unfold(void)
{
	if (n_same > 1)
		out_text("*\n");
	if (n_same > 0)
		print_both(&last);
	n_same = 0;
}

static void print_row(void)
{
	if (row.len == row.new_len && memcmp(row.old, row.new, row.len) == 0)
		return;
	if (row.off == last.off + HEX_BYTES && row.len == last.len && row.new_len == last.new_len &&
	    memcmp(row.old, last.old, sizeof row.old) == 0 && memcmp(row.new, last.new, sizeof row.new) == 0) {
		n_same++;
	} else {
		unfold();
		print_both(&row);
	}
	last = row;
}

static void begin_row(off_t off)
{
	const char *bytes;

	print_row();
	row.off = off;
	row.len = part_of_row(off, target.size);
	row.new_len = part_of_row(off, target.end);
	memset(row.new, 0, sizeof row.new);
	if (row.len > 0) {
		target_get(off, row.len, &bytes);
		memcpy(row.old, bytes, row.len);
		memcpy(row.new, bytes, row.len);
	}
}

void preview_show(void)
{
	const struct change *c;

	while ((c = change_next()))
		for (off_t done = 0; !c->done && done < c->len && !out_error(); done++) {
			off_t off = c->off + done, start = off - off % HEX_BYTES;
			size_t len;
			static const char *new;

			if (done % PIECE == 0)
				new = content_piece(c, &c->new, done, &len);
			if (start != row.off || row.new_len == 0)
				begin_row(start);
			row.new[off - start] = new[done % PIECE];
		}
	print_row();
	unfold();
	if (target.end != target.size)
		out_printf("size 0x%llx -> 0x%llx\n", (unsigned long long)target.size, (unsigned long long)target.end);
}
