/*
 * mmtouch as fincore: the columns of util-linux 2.42, whose rows are gathered first, since a column is as wide as its
 * widest cell. Differs from fincore: what the system does not tell is not called 100 %.
 */
#include "mmtouch.h"

#include <string.h>

#include "fmt.h"
#include "grow.h"
#include "json.h"
#include "msg.h"
#include "out.h"

enum { RES, PAGES, SIZE, FILE_NAME, N_COLUMNS = 12 };

/* Those from DIRTY_PAGES on come in pairs: pages and bytes. */
static const char names[] = "RES\0PAGES\0SIZE\0FILE\0DIRTY_PAGES\0DIRTY\0WRITEBACK_PAGES\0WRITEBACK\0EVICTED_PAGES\0"
                            "EVICTED\0RECENTLY_EVICTED_PAGES\0RECENTLY_EVICTED\0";

static struct {
	int all, total, cachestat, no_headings, raw, recursive;
	const char *columns;
} conf;

static unsigned char columns[2 * N_COLUMNS];
static unsigned n_columns;

static struct line {
	const char *name;
	uint64_t size;
	struct pages pages;
} *lines;
static size_t n_lines;

static const struct opt options[] = {
	{.letter = 'b', .name = "bytes", OPT_FLAG(&touch_conf.bytes), OPT_HELP("sizes in bytes")},
	{.letter = 'c', .name = "total", OPT_FLAG(&conf.total), OPT_HELP("a last line with the sum")},
	{.letter = 'C', .name = "cachestat", OPT_FLAG(&conf.cachestat),
	 OPT_HELP("fail where the kernel has no cachestat(2), which tells more")},
	{.letter = 'J', .name = "json", OPT_FLAG(&touch_conf.json), OPT_HELP("as JSON")},
	{.letter = 'n', .name = "noheadings", OPT_FLAG(&conf.no_headings), OPT_HELP("no line with the names of columns")},
	{.letter = 'o', .name = "output", OPT_STRING(&conf.columns), .arg = "LIST",
	 OPT_HELP("these columns, of those that --output-all shows; +LIST: these as well")},
	{.name = "output-all", OPT_FLAG(&conf.all), OPT_HELP("all columns")},
	{.letter = 'r', .name = "raw", OPT_FLAG(&conf.raw), OPT_HELP("one blank between columns")},
	{.letter = 'R', .name = "recursive", OPT_FLAG(&conf.recursive), OPT_HELP("folders with all that is in them")},
	OPT_END,
};

static const char *column_name(unsigned column)
{
	const char *name = names;

	while (column-- > 0)
		name += strlen(name) + 1;
	return name;
}

/* Whether the word of that length is the name, in whatever case. */
static bool is_named(const char *word, size_t len, const char *name)
{
	for (; len > 0 && *name; len--, word++, name++)
		if ((*word >= 'a' && *word <= 'z' ? *word & ~0x20 : *word) != *name)
			return false;
	return len == 0 && !*name;
}

static void choose_columns(void)
{
	const char *word = conf.columns;
	bool more = word && *word == '+';

	for (; n_columns < (conf.all ? N_COLUMNS : !word || more ? FILE_NAME + 1 : 0); n_columns++)
		columns[n_columns] = (unsigned char)n_columns;
	for (word += more; word; word = word[strcspn(word, ",")] ? word + strcspn(word, ",") + 1 : NULL) {
		size_t len = strcspn(word, ",");
		unsigned column = 0;

		while (column < N_COLUMNS && !is_named(word, len, column_name(column)))
			column++;
		if (column == N_COLUMNS)
			msg_die(1, "unknown column: %s", msg_name(word));
		if (n_columns == sizeof columns)
			opt_misuse("more than %zu columns", sizeof columns);
		columns[n_columns++] = (unsigned char)column;
	}
}

/* As util-linux has it: 1023.4K. */
static void human(uint64_t bytes, char *text)
{
	static const char units[] = "BKMGTPE";
	unsigned unit = 0, tenths = 0;
	uint64_t size = 1;

	for (; bytes / size >= 1024; unit++)
		size *= 1024;
	if (unit)
		tenths = (unsigned)((bytes % size * 10 + size / 2) / size);
	bytes = bytes / size + tenths / 10;
	tenths %= 10;
	if (tenths)
		fmt_text(text, NUM_HUMAN, "%llu.%u%c", (unsigned long long)bytes, tenths, units[unit]);
	else
		fmt_text(text, NUM_HUMAN, "%llu%c", (unsigned long long)bytes, units[unit]);
}

/* The number in a cell; false: the system does not tell. *in_pages: it counts pages, and not bytes. */
static bool number_in(const struct line *line, unsigned column, uint64_t *value, bool *in_pages)
{
	const struct os_cached *in = &line->pages.in;
	const uint64_t values[] = {in->resident, in->dirty, in->writeback, in->evicted, in->recently_evicted};

	*in_pages = column == PAGES || (column > FILE_NAME && column % 2 == 0);
	*value = column == SIZE ? line->size : values[column > FILE_NAME ? (column - FILE_NAME + 1) / 2 : 0];
	if (!*in_pages && column != SIZE)
		*value *= os_page();
	return column == SIZE || (column > FILE_NAME ? line->pages.detailed : line->pages.known);
}

/* Whether it can stand in a table as it is. */
static bool is_printable(const char *name)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F || ((unsigned char)*p == 0xC2 && (p[1] & 0xE0) == 0x80))
			return false;
	return json_can(name, strlen(name));
}

/* The text of a cell, in place or in `text`. */
static const char *cell(const struct line *line, unsigned column, char text[NUM_HUMAN])
{
	uint64_t value;
	bool in_pages;

	if (column == FILE_NAME)
		return !conf.raw && is_printable(line->name) ? line->name : msg_name(line->name);
	if (!number_in(line, column, &value, &in_pages))
		return "?";
	if (in_pages || touch_conf.bytes)
		fmt_text(text, NUM_HUMAN, "%llu", (unsigned long long)value);
	else
		human(value, text);
	return text;
}

static void print_table(void)
{
	int widths[2 * N_COLUMNS] = {0};
	char text[NUM_HUMAN];

	for (unsigned c = 0; c < n_columns && !conf.raw; c++) {
		int heading = (int)strlen(column_name(columns[c]));

		for (size_t i = 0; i < n_lines; i++) {
			int width = (int)strlen(cell(&lines[i], columns[c], text));

			if (width > widths[c])
				widths[c] = width;
		}
		/* as libsmartcols has it, which fincore gives a width of 5 for these two */
		if (widths[c] < heading)
			widths[c] = heading;
		else if (widths[c] < 5 && (columns[c] == RES || columns[c] == SIZE))
			widths[c] = 5;
	}
	for (size_t i = conf.no_headings ? 1 : 0; i <= n_lines && n_lines; i++)
		for (unsigned c = 0; c < n_columns; c++) {
			const char *word = i ? cell(&lines[i - 1], columns[c], text) : column_name(columns[c]);
			bool last = c + 1 == n_columns;

			/* blanks behind the last name would be for nothing */
			if (columns[c] == FILE_NAME && last)
				out_text(word);
			else if (columns[c] == FILE_NAME)
				out_printf("%-*s", widths[c], word);
			else
				out_printf("%*s", widths[c], word);
			out_text(last ? "\n" : " ");
		}
}

static void print_json(void)
{
	char text[NUM_HUMAN];

	out_text("{\n   \"fincore\": [\n");
	for (size_t i = 0; i < n_lines; i++) {
		out_text(i ? ",{\n" : "      {\n");
		for (unsigned c = 0; c < n_columns; c++) {
			uint64_t value;
			bool in_pages, known = columns[c] != FILE_NAME && number_in(&lines[i], columns[c], &value, &in_pages);

			out_text("         \"");
			for (const char *name = column_name(columns[c]); *name; name++)
				out_write(&(char){(char)(*name == '_' ? '_' : *name | 0x20)}, 1);
			out_text("\": ");
			if (columns[c] == FILE_NAME)
				json_text(lines[i].name, strlen(lines[i].name));
			else
				out_printf(!known ? "null" : in_pages || touch_conf.bytes ? "%s" : "\"%s\"",
				           cell(&lines[i], columns[c], text));
			out_text(c + 1 < n_columns ? ",\n" : "\n");
		}
		out_text("      }");
	}
	out_text("\n   ]\n}\n");
}

static void add_line(const char *name, uint64_t size, const struct pages *p)
{
	struct line *more = grow_add(lines, &n_lines, sizeof *more);

	name = more ? strdup(name) : NULL;
	if (!name)
		msg_no_memory(1);
	lines = more;
	lines[n_lines - 1] = (struct line){name, size, *p};
}

static bool each(struct file *f, void *sum)
{
	struct line *total = sum;
	struct pages p;

	if (!pages_count(f, &p)) {
		tell_is_unknown();
		total->pages.known = total->pages.detailed = false;
	}
	if (conf.cachestat && p.known && !p.detailed)
		return msg_fail("this kernel has no cachestat(2)");
	add_line(f->path, (uint64_t)f->size, &p);
	total->size += (uint64_t)f->size;
	pages_add(&total->pages, &p);
	return true;
}

static int run(int argc, char **argv)
{
	struct line total = {.pages = {.known = true, .detailed = true}};

	if (argc == 0)
		opt_misuse("no file specified");
	choose_columns();
	touch_conf.operands_only = !conf.recursive;
	touch_conf.follow_operands = 1;
	touch_conf.cross = 1;
	files_each(argv, each, &total);
	if (conf.total)
		add_line("total", total.size, &total.pages);
	if (touch_conf.json)
		print_json();
	else
		print_table();
	tell_unknown();
	return 0;
}

const struct applet fincore_face = {
	.name = "fincore",
	.summary = "how much of files is in memory",
	.usage = "[OPTION]... FILE...",
	.options = options,
	.run = run,
	.usage_status = 1,
};
