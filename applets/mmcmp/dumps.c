#include "dumps.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "mmcmp.h"
#include "os.h"
#include "out.h"

/* Where a line of hex_line has its bytes and its text, behind the digits of the offset, and the | at its end. */
enum { FIRST_BYTE = 2, FIRST_CHARACTER = 53, LAST_BAR = 1, BOTH_WIDE = 160 };

static const char *const colors[2] = {"\033[31m", "\033[32m"};        /* as diff has them: old, new */

static struct {
	struct line {
		off_t off[2];
		size_t n;
		unsigned char bytes[2][HEX_BYTES];
	} now, *past;                   /* past: the last equal lines, n_context of them at most, from `first` on */
	size_t n_past, first;
	uint64_t n_after;               /* equal lines to print yet */
	bool is_apart;                  /* some equal lines before these are left out */
	bool has_printed, is_wide, is_colored;
} dumps;

bool dumps_start(struct pair *p)
{
	const char *no_color = getenv("NO_COLOR"), *set = getenv("COLUMNS");
	uint64_t columns = os_columns(STDOUT_FILENO);

	if (set)
		num_size(set, UINT64_MAX, &columns);
	p->context = (size_t)cmp_conf.n_context * HEX_BYTES;
	dumps.is_wide = columns >= BOTH_WIDE;
	dumps.is_colored = cmp_conf.color == CMP_COLOR_ALWAYS ||
	                  (cmp_conf.color != CMP_COLOR_NEVER && isatty(STDOUT_FILENO) && !(no_color && *no_color));
	dumps.past = malloc((size_t)(cmp_conf.n_context + 1) * sizeof *dumps.past);
	return dumps.past;
}

/* The line of one file; where it differs it is colored. */
static void print_side(const struct line *l, int file)
{
	const unsigned char *bytes = l->bytes[file], *other = l->bytes[!file];
	char text[HEX_LINE];
	size_t len = (size_t)(hex_line(text, (uint64_t)l->off[file], bytes, l->n) - text) - 1, at = 0;
	size_t digits = len - FIRST_CHARACTER - l->n - LAST_BAR;

	for (size_t i = 0, k; dumps.is_colored && i < 2 * l->n; i = k + 1) {
		bool is_text = i >= l->n;
		size_t begin, end, n = is_text ? 2 * l->n : l->n, base = is_text ? l->n : 0;

		for (k = i; k < n && bytes[k - base] != other[k - base]; k++)
			;
		if (k == i)
			continue;
		begin = is_text ? digits + FIRST_CHARACTER + i - base : digits + FIRST_BYTE + 3 * i + i / 8;
		end = is_text ? begin + k - i : digits + FIRST_BYTE + 3 * (k - 1) + (k - 1) / 8 + 2;
		out_write(text + at, begin - at);
		out_text(colors[file]);
		out_write(text + begin, end - begin);
		out_text("\033[m");
		at = end;
		k -= k == n;
	}
	out_write(text + at, len - at);
}

static void print(const struct line *l)
{
	bool differs = memcmp(l->bytes[0], l->bytes[1], l->n) != 0;

	if (dumps.is_apart && dumps.has_printed)
		out_text("--\n");
	dumps.is_apart = false;
	dumps.has_printed = true;
	if (!dumps.is_wide)
		out_text(differs ? "- " : "  ");
	print_side(l, 0);
	if (dumps.is_wide)
		out_printf("%*s", (int)(HEX_BYTES - l->n) + 3, differs ? " | " : "");
	else if (differs)
		out_text("\n+ ");
	if (dumps.is_wide || differs)
		print_side(l, 1);
	out_text("\n");
}

static void end_line(void)
{
	struct line *l = &dumps.now;

	if (memcmp(l->bytes[0], l->bytes[1], l->n) != 0) {
		for (; dumps.n_past > 0; dumps.n_past--, dumps.first++)
			print(&dumps.past[dumps.first % cmp_conf.n_context]);
		print(l);
		dumps.n_after = cmp_conf.n_context;
	} else if (dumps.n_after > 0) {
		print(l);
		dumps.n_after--;
	} else {
		if (dumps.n_past == cmp_conf.n_context) {
			dumps.is_apart = true;
			dumps.first++;
		} else
			dumps.n_past++;
		if (cmp_conf.n_context > 0)
			dumps.past[(dumps.first + dumps.n_past - 1) % cmp_conf.n_context] = *l;
	}
	l->n = 0;
}

size_t dumps_skips(const struct pair *p, size_t same)
{
	size_t skip = same - p->context, behind;

	if (dumps.now.n > 0 || dumps.n_after > 0 || same <= p->context)
		return 0;
	behind = (size_t)((p->map[0]->off + (off_t)skip) % HEX_BYTES);
	if (skip <= behind)
		return 0;
	dumps.is_apart = true;
	dumps.n_past = 0;
	return skip - behind;
}

size_t dumps_bytes(const struct pair *p, size_t len)
{
	struct line *l = &dumps.now;
	size_t used = 0;

	while (used < len) {
		size_t n;

		if (l->n == 0)
			for (int i = 0; i < 2; i++)
				l->off[i] = p->map[i]->off + (off_t)used;
		n = HEX_BYTES - (size_t)(l->off[0] % HEX_BYTES) - l->n;
		/* what follows shall begin a line, if it can */
		if (n > len - used && used > 0)
			break;
		if (n > len - used)
			n = len - used;
		for (int i = 0; i < 2; i++)
			memcpy(l->bytes[i] + l->n, p->bytes[i] + used, n);
		l->n += n;
		used += n;
		if ((l->off[0] + (off_t)l->n) % HEX_BYTES == 0)
			end_line();
	}
	return used;
}

void dumps_end(void)
{
	if (dumps.now.n > 0)
		end_line();
}
