/*
 * mmmap as pmap.
 *
 * The options and output of procps' pmap: lines for people (list), and tables of all that smaps tells (details), whose
 * columns are as wide as what is in them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "mmmap.h"
#include "msg.h"
#include "out.h"
#include "save.h"
#include "text.h"

enum { NOT_FOUND = 42 };

static struct conf {
	struct opt_list details;
	int extended, device, quiet, path, kernel, rc, create;
	const char *range, *rc_from, *create_to;
} conf;

enum { FORMATS = 1 };   /* exclude each other */

static const struct opt options[] = {
	OPT_GROUP("What is shown"),
	{.letter = 'x', .name = "extended", OPT_FLAG(&conf.extended), .excludes = FORMATS,
	 OPT_HELP("resident and dirty KiB, too")},
	{.letter = 'd', .name = "device", OPT_FLAG(&conf.device), .excludes = FORMATS, OPT_HELP("offset and device, too")},
	{.letter = 'X', OPT_LIST(&conf.details), .excludes = FORMATS,
	 OPT_HELP("most that the kernel tells of each mapping; twice: all")},
	{.letter = 'c', .name = "read-rc", OPT_FLAG(&conf.rc), .excludes = FORMATS, OPT_HELP("the fields named in ~/.pmaprc")},
	{.letter = 'C', .name = "read-rc-from", OPT_FILE(&conf.rc_from), .arg = "FILE", .excludes = FORMATS,
	 OPT_HELP("the fields named in FILE")},
	{.letter = 'A', .name = "range", OPT_STRING(&conf.range), .arg = "LOW[,HIGH]", OPT_HELP("only from LOW to HIGH")},
	{.letter = 'p', .name = "show-path", OPT_FLAG(&conf.path), OPT_HELP("whole paths of files")},
	{.letter = 'k', .name = "use-kernel-name", OPT_FLAG(&conf.kernel), OPT_HELP("the kernel's names of what is no file")},
	{.letter = 'q', .name = "quiet", OPT_FLAG(&conf.quiet), OPT_HELP("without headings and totals")},
	OPT_GROUP("Files of fields"),
	{.letter = 'n', .name = "create-rc", OPT_FLAG(&conf.create), .excludes = FORMATS, OPT_HELP("make ~/.pmaprc")},
	{.letter = 'N', .name = "create-rc-to", OPT_FILE(&conf.create_to), .arg = "FILE", .excludes = FORMATS,
	 OPT_HELP("make FILE")},
	OPT_END,
};

enum { WIDTH = 2 * sizeof (void *) };   /* of an address */

/* The name as pmap has it; `details` has the kernel's where there is no file. */
static void show_name(const struct mappings *all, const struct mapping *m, bool details)
{
	const char *name = mappings_text(all, m->name), *slash = *name == '[' ? NULL : strrchr(name, '/');

	if (!details && m->major == 0 && strncmp(name, "/SYSV", 5) == 0)
		out_printf("  [ shmid=0x%llx ]", (unsigned long long)m->ino);
	else if (slash)
		show_text(conf.path ? strchr(name, '/') : slash + 1, SIZE_MAX);
	else if (details || (conf.kernel && *name))
		show_text(name, SIZE_MAX);
	else
		out_text(strcmp(name, "[stack]") == 0 ? "  [ stack ]" : "  [ anon ]");
}

static void list(const struct mappings *all)
{
	unsigned long long size = 0, private = 0, shared = 0;
	int64_t sum[VALUES] = {0};

	if (!conf.quiet && (conf.extended || conf.device))
		out_printf("%-*s Kbytes %s\n", WIDTH + 1, "Address",
		           conf.device ? "Mode  Offset           Device    Mapping" : "    RSS   Dirty Mode  Mapping");
	for (const struct mapping *m = all->v; m < all->v + all->n; m++) {
		unsigned long long kib = (m->end - m->start) / 1024;
		int64_t v[VALUES] = {0};

		values_add(v, all, m);
		values_add(sum, all, m);
		size += kib;
		if (m->perm[3] == 's')
			shared += kib;
		else if (m->perm[1] == 'w')
			private += kib;
		out_printf(conf.extended || conf.device ? "%0*llx %7llu" : "%0*llx %6lluK", WIDTH, (unsigned long long)m->start, kib);
		if (conf.extended)
			out_printf(" %7lld %7lld", (long long)v[RSS] / 1024, (long long)v[DIRTY] / 1024);
		out_printf(" %.3s%c- ", m->perm, m->perm[3] == 's' ? 's' : '-');
		if (conf.device)
			out_printf("%016llx %03x:%05x ", (unsigned long long)m->off, m->major, m->minor);
		show_name(all, m, false);
		out_text("\n");
	}
	if (conf.quiet)
		return;
	if (conf.extended)
		out_printf("%.*s ------- ------- ------- \n%-*s%8llu %7lld %7lld\n", WIDTH, "----------------", WIDTH, "total kB",
		           size, (long long)sum[RSS] / 1024, (long long)sum[DIRTY] / 1024);
	else if (conf.device)
		out_printf("mapped: %lluK    writeable/private: %lluK    shared: %lluK\n", size, private, shared);
	else
		out_printf(" total %*lluK\n", WIDTH, size);
}

struct column {
	const char *name;
	char kind;                      /* its first letter, or '#': a number, of this field */
	size_t field;
	int width;
	unsigned long long total;
};

enum { TEXT = 256 };    /* VmFlags are three characters each */

/* What stands in the column; a mapping's name is not made here. */
static const char *cell(const struct mappings *all, const struct mapping *m, const struct column *c, char text[TEXT])
{
	const char *flags = mappings_text(all, m->flags);
	size_t len = strlen(flags);

	switch (c->kind) {
	case 'A': fmt_text(text, TEXT, "%llx", (unsigned long long)m->start); break;
	case 'P': return m->perm;
	case 'O': fmt_text(text, TEXT, "%08llx", (unsigned long long)m->off); break;
	case 'D': fmt_text(text, TEXT, "%02x:%02x", m->major, m->minor); break;
	case 'I': fmt_text(text, TEXT, "%llu", (unsigned long long)m->ino); break;
	case '#': fmt_text(text, TEXT, "%llu", (unsigned long long)m->fields[c->field]); break;
	default: fmt_text(text, TEXT, "%.*s", (int)(len - (len > 0 && flags[len - 1] == ' ')), flags);
	}
	return text;
}

static const char *const file_columns[] = {"Address", "Perm", "Offset", "Device", "Inode"};
/* What -X leaves out. */
static const char rare[] = " KernelPageSize MMUPageSize Shared_Clean Shared_Dirty Private_Clean Private_Dirty "
	"AnonHugePages VmFlags ";
static char *wanted;    /* by a file of fields: " NAME NAME ... " */

static bool has_word(const char *words, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = words; (p = strstr(p, name)); p += len)
		if (p[-1] == ' ' && p[len] == ' ')
			return true;
	return false;
}

static bool is_shown(const char *name)
{
	if (wanted)
		return strcmp(name, "Address") == 0 || has_word(wanted, name);
	return conf.details.n > 1 || !has_word(rare, name);
}

static void details(const struct mappings *all)
{
	struct column columns[MAPPING_FIELDS + 8];
	bool sums = false;
	char text[TEXT];
	size_t n = 0;

	if (all->n == 0)
		return;
	for (size_t i = 0; i < sizeof file_columns / sizeof *file_columns; i++)
		if (is_shown(file_columns[i]))
			columns[n++] = (struct column){.name = file_columns[i], .kind = *file_columns[i]};
	for (size_t i = 0; i < all->n_fields; i++)
		if (is_shown(all->field[i]))
			columns[n++] = (struct column){.name = all->field[i], .kind = '#', .field = i};
	if (is_shown("VmFlags"))
		columns[n++] = (struct column){.name = "VmFlags", .kind = 'V'};
	for (struct column *c = columns; c < columns + n; c++) {
		c->width = conf.quiet ? 0 : (int)strlen(c->name);
		for (const struct mapping *m = all->v; m < all->v + all->n; m++) {
			int width = (int)strlen(cell(all, m, c, text));

			c->width = width > c->width ? width : c->width;
			c->total += c->kind == '#' ? m->fields[c->field] : 0;
		}
		sums = sums || (c->kind == '#' && !conf.quiet);
		if (c->kind == '#' && !conf.quiet && fmt_text(text, TEXT, "%llu", c->total) > c->width)
			c->width = (int)strlen(text);
		if (!conf.quiet)
			out_printf("%*s ", c->width, c->name);
	}
	if (!conf.quiet)
		out_text(is_shown("Mapping") ? "Mapping\n" : "\n");
	for (const struct mapping *m = all->v; m < all->v + all->n; m++) {
		for (const struct column *c = columns; c < columns + n; c++)
			out_printf("%s%*s", c > columns ? " " : "", c->width, cell(all, m, c, text));
		if (is_shown("Mapping")) {
			out_text(" ");
			show_name(all, m, true);
		}
		out_text("\n");
	}
	for (int line = 0; sums && line < 2; line++) {
		for (const struct column *c = columns; c < columns + n; c++)
			if (c->kind != '#')
				out_printf("%*s", c->kind == 'V' ? 0 : c->width + 1, "");
			else if (line)
				out_printf("%*llu ", c->width, c->total);
			else {
				for (int i = 0; i < c->width; i++)
					out_text("=");
				out_text(" ");
			}
		out_text(line ? "KB \n" : "\n");
	}
}

/* ~/.pmaprc */
static char *rc_default(void)
{
	const char *home = getenv("HOME");

	return fmt_new("%s/.pmaprc", home ? home : "");
}

static int create_rc(const char *name)
{
	static const char head[] = "# The fields that pmap -c shows: those without a # before them.\n\n[Fields Display]\n";
	static const char fields[] = "Perm Offset Device Inode Size Rss Pss Pss_Dirty Referenced Anonymous Swap SwapPss "
		"Locked Shared_Clean Shared_Dirty Private_Clean Private_Dirty AnonHugePages VmFlags Mapping ";
	static const char tail[] = "\n[Mapping]\n\n# Whole paths of files\n#ShowPath\n";
	struct save s;
	bool ok;

	if (save_open(&s, AT_FDCWD, name, 0666, 0) < 0)
		return msg_fail_errno("%s", msg_name(name));
	ok = out_all(s.fd, head, sizeof head - 1) == 0;
	for (const char *f = fields; *f && ok; f = strchr(f, ' ') + 1) {
		char line[40];
		int len = fmt_text(line, sizeof line, "#%.*s\n", (int)strcspn(f, " "), f);

		ok = out_all(s.fd, line, (size_t)len) == 0;
	}
	if (ok && out_all(s.fd, tail, sizeof tail - 1) == 0 && save_commit(&s) >= 0)
		return 0;
	msg_fail_errno("%s", msg_name(name));
	save_discard(&s);
	return 0;
}

static void read_rc(const char *name)
{
	size_t len;
	char *text = text_load(name, &len), *rest = text, *line, *word[1];
	bool fields = false, mapping = false;

	wanted = text ? malloc(len + 3) : NULL;
	if (!wanted)
		msg_die(1, "%s: %s", msg_name(name), msg_reason(errno));
	strcpy(wanted, " ");
	while ((line = text_line(&rest))) {
		line += strspn(line, " \t");
		if (*line == '[') {
			fields = strncmp(line, "[Fields Display]", 16) == 0;
			mapping = strncmp(line, "[Mapping]", 9) == 0;
		} else if (text_words(line, word, 1) > 0) {
			if (fields)
				strcat(strcat(wanted, *word), " ");
			conf.path = conf.path || (mapping && strcmp(*word, "ShowPath") == 0);
		}
	}
	free(text);
}

static int show(const char *operand, struct mappings *all, bool detailed)
{
	pid_t pid;
	int process = process_open(operand, &pid), result, error;

	if (process < 0 && errno == EINVAL)
		opt_misuse("invalid PID %s", msg_quote(operand));
	if (process < 0)
		return -1;
	process_header(pid, process);
	result = detailed || conf.extended ? process_load(all, process) : mappings_load(all, process, "maps");
	error = errno;
	keep_range(all);
	if (result == 0)
		(detailed ? details : list)(all);
	close(process);
	errno = error;
	return result;
}

/* LOW, or LOW,HIGH of which either may be left out. */
static bool parse_range(const char *text)
{
	if (*text && *text != ',') {
		if (!parse_address(&text, &map_conf.low))
			return false;
		if (*text != ',')
			map_conf.last = map_conf.low;
	}
	text += *text == ',';
	return !*text || (parse_address(&text, &map_conf.last) && !*text);
}

static int run(int argc, char **argv)
{
	struct mappings all = {0};
	bool detailed = conf.details.n > 0 || conf.rc || conf.rc_from;
	int status = 0;

	if (conf.range && !parse_range(conf.range))
		msg_die(1, "failed to parse argument: %s", msg_quote(conf.range));
	if (conf.create || conf.create_to) {
		if (argc > 0)
			opt_misuse("extra operand %s", msg_quote(argv[0]));
		create_rc(conf.create_to ? conf.create_to : rc_default());
		return 0;
	}
	if (conf.rc || conf.rc_from)
		read_rc(conf.rc_from ? conf.rc_from : rc_default());
	if (argc == 0)
		opt_misuse("missing PID");
	for (; *argv; argv++) {
		if (show(*argv, &all, detailed) == 0)
			continue;
		if (errno == ESRCH)
			status = NOT_FOUND;
		else
			msg_fail_errno("%s", msg_name(*argv));
	}
	mappings_free(&all);
	return status;
}

const struct applet pmap_face = {
	.name = "pmap",
	.summary = "report what processes map",
	.usage = "[OPTION]... PID...\n-n | -N FILE",
	.options = options,
	.run = run,
	.usage_status = 1,
};
