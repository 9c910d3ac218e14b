/*
 * mmmap: what processes map, and what memory that costs.
 *
 * Alone it ranks all processes (rank.c); of processes that are named it lists what they map, and
 * shows bytes of their memory (list.c), or draws it (draw.c). Both make rows of
 * values (table.c). As pmap it has that one's options and output (pmap.c). Whatever is read comes as records from
 * core/mappers.
 */
#include "mmmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "await.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "out.h"

struct map_conf map_conf = {.last = UINT64_MAX};

static const struct opt_choice by_words[] = {{"command", BY_COMMAND}, {"user", BY_USER}, {"cgroup", BY_CGROUP},
                                             {"file", BY_FILE}, {0}};

/* These exclude each other. */
enum { TABLES = 1, UNITS = 2, PICTURES = 4, RANGES = 8, MOST = 16 };

static const struct opt options[] = {
	OPT_GROUP("Of all processes"),
	{.name = "rank", OPT_FLAG(&map_conf.rank), .excludes = TABLES | RANGES,
	 OPT_HELP("what each holds; this is what no PID means")},
	{.name = "by", OPT_CHOICE(&map_conf.by, by_words), .arg = "WHAT", .excludes = TABLES | RANGES,
	 OPT_HELP("what they hold by user, command, cgroup or file")},
	{.letter = 'f', .name = "files", OPT_FLAG(&map_conf.files), .excludes = TABLES | RANGES,
	 OPT_HELP("which of them map these files")},
	{.name = "deleted", OPT_FLAG(&map_conf.deleted), .excludes = TABLES | RANGES,
	 OPT_HELP("which map files that were removed or replaced")},
	{.letter = 'n', .name = "most", OPT_NUMBER_FROM(&map_conf.most, 1), .arg = "N", .excludes = MOST,
	 OPT_HELP("so many lines, and the others in one")},
	OPT_GROUP("Of each PID"),
	{.name = "range", OPT_STRING(&map_conf.range), .arg = "RANGE", .excludes = RANGES,
	 OPT_HELP("what it maps at the address ADDR, from ADDR+LEN or ADDR-END")},
	{.name = "draw", OPT_FLAG(&map_conf.draw), .excludes = TABLES | PICTURES | MOST,
	 OPT_HELP("a picture of the address space")},
	{.name = "diff", OPT_STRING(&map_conf.diff), .arg = "PID|FILE", .excludes = TABLES,
	 OPT_HELP("what has grown since that process, or since a copy of its smaps")},
	{.name = "dump", OPT_STRING(&map_conf.dump), .arg = "RANGE", .excludes = TABLES | PICTURES | RANGES | MOST,
	 OPT_HELP("the bytes in memory, ADDR+LEN")},
	{.name = "raw", OPT_FLAG(&map_conf.raw), OPT_HELP("with --dump: as they are")},
	OPT_GROUP("All"),
	{.name = "watch", OPT_STRING_OR(&map_conf.watch, "2s"), .arg = "TIME",
	 OPT_HELP("again and again; every 2s unless given")},
	{.letter = 'h', .name = "human", OPT_FLAG(&map_conf.human), .excludes = UNITS, OPT_HELP("sizes as in 1.5 MiB")},
	{.name = "bytes", OPT_FLAG(&map_conf.bytes), .excludes = UNITS, OPT_HELP("sizes in bytes, not KiB")},
	{.name = "json", OPT_FLAG(&map_conf.json), .excludes = UNITS | PICTURES, OPT_HELP("all in JSON, sizes in bytes")},
	OPT_END,
};

int process_open(const char *operand, pid_t *pid)
{
	const char *digits = operand;
	uint64_t number;
	char path[32];
	int process;

	if (strncmp(digits, "/proc/", 6) == 0)
		digits += 6;
	if (num_digits(&digits, 10, INT32_MAX, &number) < 0 || *digits || number == 0) {
		errno = EINVAL;
		return -1;
	}
	*pid = (pid_t)number;
	fmt_text(path, sizeof path, "/proc/%ld", (long)*pid);
	process = mappers_open(AT_FDCWD, path);
	if (process < 0 && errno == ENOENT)
		errno = ESRCH;
	return process;
}

bool process_command(int process, char *to, size_t room)
{
	int n = mappers_text(process, "cmdline", to, room);

	while (n > 0 && (to[n - 1] == '\0' || to[n - 1] == ' '))
		n--;
	for (int i = 0; i < n; i++)
		if (to[i] == '\0')
			to[i] = ' ';
	if (n > 0) {
		to[n] = '\0';
		return true;
	}
	*to = '[';
	mappers_comm(process, to + 1, room - 2);
	strcat(to, "]");
	return false;
}

bool process_ended(int process)
{
	char text[512];

	return mappers_text(process, "status", text, sizeof text) > 0 && strstr(text, "\nState:\tZ");
}

void process_header(pid_t pid, int process)
{
	char command[4096];
	bool ended = !process_command(process, command, sizeof command) && process_ended(process);

	out_printf("%ld:   ", (long)pid);
	show_text(command, SIZE_MAX);
	out_text(ended ? " <defunct>\n" : "\n");
}

int process_load(struct mappings *all, int process)
{
	int result = mappings_load(all, process, "smaps");

	return result < 0 && errno == ENOENT ? mappings_load(all, process, "maps") : result;
}

const char *mapping_label(const struct mappings *all, const struct mapping *m)
{
	const char *name = mappings_text(all, m->name);

	return *name ? name : "[anon]";
}

void mapping_link(const struct mapping *m, char link[MAPPING_LINK])
{
	fmt_text(link, MAPPING_LINK, "map_files/%llx-%llx", (unsigned long long)m->start, (unsigned long long)m->end);
}

void mapping_path(int process, const struct mapping *m, char *text)
{
	char link[MAPPING_LINK], *to = text;
	ssize_t n;

	if (!strstr(text, "\\012"))
		return;
	/* a newline, or what the file is called: the link has it as it is, which is not longer */
	mapping_link(m, link);
	n = readlinkat(process, link, text, strlen(text));
	if (n > 0)
		to = text + n;
	for (const char *from = text; n <= 0 && *from;) {
		bool line_end = strncmp(from, "\\012", 4) == 0;

		*to++ = line_end ? '\n' : *from;
		from += line_end ? 4 : 1;
	}
	*to = '\0';
}

void keep_range(struct mappings *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].end > map_conf.low && all->v[i].start <= map_conf.last)
			all->v[n++] = all->v[i];
	all->n = n;
}

bool parse_address(const char **text, uint64_t *address)
{
	*text += strncmp(*text, "0x", 2) == 0 ? 2 : 0;
	return num_digits(text, 16, UINT64_MAX, address) == 0;
}

/* ADDR, ADDR+LEN or ADDR-END */
static bool parse_range(const char *text)
{
	uint64_t low, end, len = 1;

	if (!parse_address(&text, &low))
		return false;
	if (*text == '-') {
		text++;
		if (!parse_address(&text, &end) || *text || end <= low)
			return false;
		len = end - low;
	} else if (*text && (*text != '+' || num_size(text + 1, UINT64_MAX - low, &len) < 0 || len == 0))
		return false;
	map_conf.low = low;
	map_conf.last = low + (len - 1);
	return true;
}

static int run(int argc, char **argv)
{
	const char *range = map_conf.dump ? map_conf.dump : map_conf.range;
	bool all = argc == 0 || map_conf.rank || map_conf.by || map_conf.files || map_conf.deleted;
	int64_t pause = 0;

	if (range && !parse_range(range))
		opt_misuse("invalid range %s: hexadecimal ADDR, ADDR+LEN or ADDR-END", msg_quote(range));
	if (map_conf.watch && num_time(map_conf.watch, &pause) < 0)
		opt_misuse("invalid time %s", msg_quote(map_conf.watch));
	if (argc == 0 && map_conf.files)
		opt_misuse("missing file");
	if (map_conf.raw && !map_conf.dump)
		opt_misuse("--raw is for --dump");
	if (argc == 0 && (map_conf.range || map_conf.draw || map_conf.diff || map_conf.dump))
		opt_misuse("missing PID");
	if (argc > 0 && (map_conf.rank || map_conf.by || map_conf.deleted))
		opt_misuse("extra operand %s", msg_quote(argv[0]));
	for (;;) {
		(all ? map_rank : map_list)(argv);
		if (map_conf.json)
			json_end();
		if (!map_conf.watch || (!all && !*argv) || out_flush() < 0)
			return 0;
		await_pause(pause);
		out_text(isatty(STDOUT_FILENO) ? "\033[H\033[J" : "\n");
	}
}

const struct applet mmmap_applet = {
	.name = "mmmap",
	.classic = "pmap",
	.summary = "what processes map, and what memory that costs",
	.usage = "[--rank | --by=WHAT | --deleted] [OPTION]...\n-f [OPTION]... FILE...\n[OPTION]... PID...",
	.options = options,
	.run = run,
	.faces = (const struct applet *const[]){&pmap_face, NULL},
};
