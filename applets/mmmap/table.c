/* Rows of values: sums of what mappings hold, and how they are shown. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "json.h"
#include "mmmap.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"
#include "utf8.h"

static const char names[VALUES][6] = {"size", "rss", "pss", "uss", "dirty", "swap", "huge"};

/* What adds to what. Of swap the share, where the kernel knows it, so that sums over processes are right. */
static const struct { char field[16]; unsigned char values; } sources[] = {
	{"Rss", 1 << RSS}, {"Pss", 1 << PSS}, {"Private_Clean", 1 << USS}, {"Private_Dirty", 1 << USS | 1 << DIRTY},
	{"Shared_Dirty", 1 << DIRTY}, {"SwapPss", 1 << SWAP}, {"AnonHugePages", 1 << HUGE}, {"ShmemPmdMapped", 1 << HUGE},
	{"FilePmdMapped", 1 << HUGE}, {"Private_Hugetlb", 1 << HUGE}, {"Shared_Hugetlb", 1 << HUGE}, {"Swap", 1 << SWAP},
};

void values_add(int64_t v[VALUES], const struct mappings *all, const struct mapping *m)
{
	static unsigned char adds[MAPPING_FIELDS];
	static char known[MAPPING_FIELDS][MAPPING_FIELD];
	static size_t n_known;

	if (n_known != all->n_fields || memcmp(known, all->field, n_known * sizeof *known) != 0) {
		unsigned all_values = 0;

		n_known = all->n_fields;
		memcpy(known, all->field, n_known * sizeof *known);
		memset(adds, 0, sizeof adds);
		for (size_t s = 0; s < sizeof sources / sizeof *sources; s++)
			for (size_t f = 0; f < n_known; f++)
				if (strcmp(known[f], sources[s].field) == 0 && !(sources[s].values == 1 << SWAP && all_values & 1 << SWAP)) {
					adds[f] = sources[s].values;
					all_values |= adds[f];
				}
	}
	v[SIZE] += (int64_t)(m->end - m->start);
	for (size_t f = 0; f < n_known; f++)
		for (int i = 0; adds[f] >> i; i++)
			if (adds[f] >> i & 1)
				v[i] += (int64_t)m->fields[f] * 1024;
	if (n_known == 0)
		for (int i = RSS; i < VALUES; i++)
			v[i] = UNKNOWN;
}

struct row *table_add(struct table *t, const char *command, const char *label)
{
	struct row *more = grow_add(t->v, &t->n, sizeof *more), *row;

	if (!more)
		msg_no_memory(2);
	t->v = more;
	row = &more[t->n - 1];
	row->command = command ? strdup(command) : NULL;
	row->label = strdup(label);
	if ((command && !row->command) || !row->label)
		msg_no_memory(2);
	return row;
}

struct row *table_row(struct table *t, dev_t dev, ino_t ino, const char *key, const char *command, const char *label)
{
	const char *known = seen_find(&t->seen, dev, ino, key);
	char number[24];

	if (known)
		return &t->v[strtoul(known, NULL, 10)];
	fmt_text(number, sizeof number, "%zu", t->n);
	if (!seen_add(&t->seen, dev, ino, key, number))
		msg_no_memory(2);
	return table_add(t, command, label);
}

void table_free(struct table *t)
{
	seen_free(&t->seen);
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].command);
		free(t->v[i].label);
	}
	free(t->v);
	*t = (struct table){0};
}

size_t show_text(const char *text, size_t most)
{
	for (size_t n; *text && most > 0; text += n, most--) {
		n = utf8_char((const unsigned char *)text, 4);
		if (n == 0 || (unsigned char)*text < ' ' || *text == 0x7F || (n == 2 && *text == '\xC2' && text[1] < '\xA0')) {
			out_text("?");
			n = 1;
		} else
			out_write(text, n);
	}
	return most;
}

void show_value(int64_t bytes)
{
	char text[NUM_HUMAN + 1];
	const char *shown = text;

	if (bytes == UNKNOWN)
		shown = "?";
	else if (map_conf.human) {
		text[0] = '-';
		num_human((uint64_t)(bytes < 0 ? -bytes : bytes), text + (bytes < 0));
	} else
		fmt_text(text, sizeof text, "%lld", (long long)(map_conf.bytes ? bytes : bytes / 1024));
	out_printf(" %*s", map_conf.bytes ? 14 : 9, shown);
}

/* Whether `a` comes first. */
static bool before(const struct row *a, const struct row *b)
{
	int64_t difference = a->v[PSS] - b->v[PSS];

	if (difference == 0)
		difference = a->v[SIZE] - b->v[SIZE];
	return difference ? difference > 0 : a->pid < b->pid;
}

/* Shell's sort, since qsort(3) would be 2 KB more. */
static void sort(struct row *v, size_t n)
{
	for (size_t gap = n / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < n; i++)
			for (size_t j = i; j >= gap && before(&v[j], &v[j - gap]); j -= gap) {
				struct row later = v[j - gap];

				v[j - gap] = v[j];
				v[j] = later;
			}
}

static void json_field(const char *name, const char *text)
{
	if (!text)
		return;
	out_printf(",\"%s\":", name);
	json_text(text, strlen(text));
}

/* What a row begins with, unless it is of a mapping. */
static unsigned long long head_number(const struct row *row)
{
	return row->pid ? (unsigned long long)row->pid : (unsigned long long)row->processes;
}

static size_t n_records;

void json_record(void)
{
	out_text(n_records++ ? ",\n {" : "[{");
}

void json_end(void)
{
	out_text(n_records ? "]\n" : "[]\n");
	n_records = 0;
}

static void json_values(const struct table *t, const int64_t v[VALUES])
{
	for (int i = 0; i < VALUES; i++)
		if (t->columns >> i & 1)
			out_printf(v[i] == UNKNOWN ? ",\"%s\":null" : ",\"%s\":%lld", names[i], (long long)v[i]);
}

/* What rows add up to. */
static void json_sum(const struct table *t, const char *name, size_t rows, const int64_t v[VALUES])
{
	json_record();
	out_printf("\"%s\":{", name);
	if (t->pid)
		out_printf("\"pid\":%ld,", (long)t->pid);
	out_printf("\"rows\":%zu", rows);
	json_values(t, v);
	out_text("}}");
}

static void json_row(const struct table *t, const struct row *row)
{
	const struct mapping *m = row->mapping;

	json_record();
	out_printf("\"%s\":%llu", row->pid ? "pid" : "processes", head_number(row));
	if (m)
		out_printf(",\"start\":\"0x%llx\",\"end\":\"0x%llx\",\"perm\":\"%s\",\"offset\":%llu,\"device\":\"%02x:%02x\""
		           ",\"inode\":%llu", (unsigned long long)m->start, (unsigned long long)m->end, m->perm,
		           (unsigned long long)m->off, m->major, m->minor, (unsigned long long)m->ino);
	json_values(t, row->v);
	json_field("command", row->command);
	json_field("state", row->state);
	json_field(t->what, row->label);
	out_text("}");
}

/* Of a column, the blank before it included. */
static int value_width(void)
{
	return map_conf.bytes ? 15 : 10;
}

static void text_values(const struct table *t, const int64_t v[VALUES])
{
	for (int i = 0; i < VALUES; i++)
		if (t->columns >> i & 1)
			show_value(v[i]);
}

static void capitals(const char *name, int width)
{
	int blanks = width - (int)strlen(name);

	out_printf("%*s", blanks > 0 ? blanks : 0, "");
	for (; *name; name++)
		out_write((char[]){(char)(*name & ~0x20)}, 1);
}

/* What comes before the values: PID and COMMAND, a number of processes, or address and rights. */
static void text_head(const struct row *row)
{
	if (row->mapping)
		out_printf("%016llx %s", (unsigned long long)row->mapping->start, row->mapping->perm);
	else
		out_printf("%7llu", head_number(row));
}

void values_sum(int64_t sum[VALUES], const int64_t v[VALUES], int sign)
{
	for (int i = 0; i < VALUES; i++)
		sum[i] = sum[i] == UNKNOWN || v[i] == UNKNOWN ? UNKNOWN : sum[i] + sign * v[i];
}

static void text_rows(const struct table *t, size_t shown, const int64_t others[VALUES], const int64_t total[VALUES])
{
	unsigned columns = os_columns(STDOUT_FILENO);
	bool maps = t->pid && !t->sorted, one = t->pid || (t->n && t->v[0].pid);
	int head = maps ? 21 : 7;

	if (maps)
		out_text("ADDRESS          PERM");
	else
		capitals(one ? "pid" : "procs", 7);
	for (int i = 0; i < VALUES; i++)
		if (t->columns >> i & 1) {
			capitals(names[i], value_width());
			head += value_width();
		}
	out_text("  ");
	capitals(t->what, 0);
	out_text("\n");
	for (const struct row *row = t->v; row < t->v + shown; row++) {
		size_t most = columns > (unsigned)head + 10 ? columns - (unsigned)head - 2 : SIZE_MAX;

		text_head(row);
		text_values(t, row->v);
		out_text("  ");
		if (row->state) {
			most = show_text(row->state, most);
			most = show_text(" ", most);
		}
		most = show_text(row->label, most);
		if (row->command && most > 3) {
			out_text(" (");
			show_text(row->command, most - 3);
			out_text(")");
		}
		out_text("\n");
	}
	head = maps ? 21 : 7;
	if (shown < t->n) {
		out_printf("%*s", head, "");
		text_values(t, others);
		out_printf("  (%zu others)\n", t->n - shown);
	}
	out_printf("%*s", -head, "total");
	text_values(t, total);
	out_text("\n");
}

void table_print(struct table *t)
{
	size_t shown = map_conf.most && map_conf.most < t->n ? (size_t)map_conf.most : t->n;
	int64_t total[VALUES] = {0}, others[VALUES] = {0};

	if (t->sorted)
		sort(t->v, t->n);
	for (size_t i = 0; i < t->n; i++) {
		values_sum(total, t->v[i].v, 1);
		if (i >= shown)
			values_sum(others, t->v[i].v, 1);
	}
	if (!map_conf.json) {
		text_rows(t, shown, others, total);
		return;
	}
	for (size_t i = 0; i < shown; i++)
		json_row(t, &t->v[i]);
	if (shown < t->n)
		json_sum(t, "others", t->n - shown, others);
	json_sum(t, "total", t->n, total);
}
