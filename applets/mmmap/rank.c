/* Tables of all processes: what each holds, or each user, command, cgroup or file; which map files, or deleted ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt.h"
#include "mmmap.h"
#include "msg.h"
#include "os.h"
#include "out.h"
#include "text.h"

struct target {
	struct stat st;
	const char *name;
};

struct rank {
	struct table table;
	struct mappings all;
	struct target *targets;
	size_t n_targets;
	uint64_t kernel;                /* threads of it */
	bool init;                      /* whether process 1 was met: else /proc hides others' */
};

/* The name of a user: as /etc/passwd has it, or the number. */
static void user_name(const char *number, char *to, size_t room)
{
	size_t len, digits = strspn(number, "0123456789");
	char *text = text_load("/etc/passwd", &len), *rest = text, *line;

	fmt_text(to, room, "%.*s", (int)digits, number);
	while (rest && (line = text_line(&rest))) {
		size_t name = strcspn(line, ":"), id = line[name] ? name + 1 + strcspn(line + name + 1, ":") : name;

		if (line[id] == ':' && strncmp(line + id + 1, number, digits) == 0 && line[id + 1 + digits] == ':') {
			fmt_text(to, room, "%.*s", (int)name, line);
			break;
		}
	}
	free(text);
}

/* "N:CONTROLLERS:GROUP" a line: the group that its memory is counted in, by version 1, else 2. */
static void cgroup_name(char *lines, char *to, size_t room)
{
	char *line, *controllers, *group;
	bool memory = false;

	while (!memory && (line = text_line(&lines))) {
		controllers = strchr(line, ':');
		group = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!group)
			continue;
		memory = strncmp(controllers, ":memory:", 8) == 0;
		if (memory || group == controllers + 1)
			fmt_text(to, room, "%s", group + 1);
	}
}

/* What the process is added to. */
static void group_of(int process, char *to, size_t room)
{
	char text[4096], *p;

	fmt_text(to, room, "?");
	if (map_conf.by == BY_COMMAND)
		mappers_comm(process, to, room);
	else if (map_conf.by == BY_USER && mappers_text(process, "status", text, sizeof text) > 0 &&
	         (p = strstr(text, "\nUid:\t")))
		user_name(p + 6, to, room);
	else if (map_conf.by == BY_CGROUP && mappers_text(process, "cgroup", text, sizeof text) > 0)
		cgroup_name(text, to, room);
}

/* Where the mapping's file was, from the folder of the process: the kernel's text begins at our root where the process
 * has our mounts, whatever root it has itself. */
static char *path_of(int process, const struct mappings *all, const struct mapping *m)
{
	struct stat ours, its;
	bool same = stat("/proc/self/ns/mnt", &ours) < 0 || fstatat(process, "ns/mnt", &its, 0) < 0 ||
	            its.st_ino == ours.st_ino;
	char *path = fmt_new("root%s", mappings_text(all, m->name));

	if (!path)
		msg_no_memory(2);
	mapping_path(process, m, path + 4);
	return same ? memmove(path, path + 4, strlen(path + 4) + 1) : path;
}

/* What the mapping itself leads to, for root. */
static int stat_mapped(int process, const struct mapping *m, struct stat *st)
{
	char link[MAPPING_LINK];

	mapping_link(m, link);
	return fstatat(process, link, st, 0);
}

static bool is_target(const struct rank *r, int process, const struct mapping *m)
{
	for (const struct target *t = r->targets; t < r->targets + r->n_targets; t++) {
		struct stat st;
		char *path;
		bool found;

		if (t->st.st_ino != m->ino)
			continue;
		if (os_device(m->major, m->minor) == t->st.st_dev)
			return true;
		/* btrfs and overlayfs tell another device here than in stat */
		path = path_of(process, &r->all, m);
		found = (stat_mapped(process, m, &st) == 0 || fstatat(process, path, &st, 0) == 0) &&
		        st.st_dev == t->st.st_dev && st.st_ino == t->st.st_ino;
		free(path);
		if (found)
			return true;
	}
	return false;
}

/* What became of the file of a mapping: "removed", "replaced", or NULL. Memory without a name never had any. */
static const char *fate(const struct rank *r, int process, const struct mapping *m)
{
	static const char suffix[] = " (deleted)", nameless[] = "/memfd:\0/SYSV\0/dev/zero (\0/[aio] (\0/anon_hugepage (\0";
	const char *name = mappings_text(&r->all, m->name), *state = NULL;
	size_t len = strlen(name);
	struct stat st;
	char *path;

	if (m->ino == 0 || len < sizeof suffix || strcmp(name + len - (sizeof suffix - 1), suffix) != 0)
		return NULL;
	for (const char *n = nameless; *n; n += strlen(n) + 1)
		if (strncmp(name, n, strlen(n)) == 0)
			return NULL;
	path = path_of(process, &r->all, m);
	len = strlen(path);     /* of another file, where that was mapped instead */
	/* that may be its name, which may be too long to ask */
	if (len >= sizeof suffix && (fstatat(process, path, &st, 0) == 0 ? st.st_ino != m->ino :
	    errno != ENAMETOOLONG || stat_mapped(process, m, &st) < 0 || st.st_nlink == 0)) {
		path[len - (sizeof suffix - 1)] = '\0';
		state = fstatat(process, path, &st, 0) == 0 ? "replaced" : "removed";
	}
	free(path);
	return state;
}

/* 1: one that runs no program: a kernel thread, which is counted, or one that has ended. -1 with errno. */
static int runs_nothing(struct rank *r, int process)
{
	enum { KERNEL_THREAD = 0x200000 };      /* PF_KTHREAD, which has not moved since it is shown */
	char text[512], *p;
	struct stat st;

	if (mappers_text(process, "stat", text, sizeof text) < 0) {
		errno = errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	p = strrchr(text, ')');
	if (!p || strlen(p) < 4)
		return 1;
	if (p[2] == 'Z' || p[2] == 'X')         /* with threads besides the first, which perhaps may not be looked at */
		return fstatat(process, "task", &st, 0) == 0 && st.st_nlink > 3 &&
		       readlinkat(process, "exe", text, 1) < 0 && errno == EACCES ? -1 : 1;
	p += 2;
	for (int i = 0; i < 6; i++)
		p += strcspn(p, " ") + 1;
	if (!(strtoul(p, NULL, 10) & KERNEL_THREAD))
		return 0;
	r->kernel++;
	return 1;
}

/* What it holds in all, by the sum that the kernel makes, where it makes one. */
static int add_process(struct rank *r, pid_t pid, int process, const char *command)
{
	int64_t v[VALUES] = {0};
	char group[4096];
	struct row *row;

	if (mappings_load(&r->all, process, "smaps_rollup") < 0 &&
	    (errno != ENOENT || mappings_load(&r->all, process, "smaps") < 0))
		return -1;
	for (size_t i = 0; i < r->all.n; i++)
		values_add(v, &r->all, &r->all.v[i]);
	if (map_conf.by == BY_PROCESS) {
		row = table_add(&r->table, NULL, command);
		row->pid = pid;
	} else {
		group_of(process, group, sizeof group);
		row = table_row(&r->table, 0, 0, group, NULL, group);
	}
	row->processes++;
	for (int i = 0; i < VALUES; i++)
		row->v[i] += v[i];
	return 0;
}

/* Its mappings of the files that count. */
static int add_files(struct rank *r, pid_t pid, int process)
{
	bool some = map_conf.deleted || map_conf.files;
	size_t n = 0;
	char key[24], name[64];

	if (mappings_load(&r->all, process, some ? "maps" : "smaps") < 0)
		return -1;
	for (; some && n < r->all.n; n++)
		if (map_conf.deleted ? fate(r, process, &r->all.v[n]) != NULL : is_target(r, process, &r->all.v[n]))
			break;
	if (some && (n == r->all.n || process_load(&r->all, process) < 0))
		return n == r->all.n ? 0 : -1;
	fmt_text(key, sizeof key, "%ld", (long)pid);
	if (some)
		mappers_comm(process, name, sizeof name);
	for (n = 0; n < r->all.n; n++) {
		const struct mapping *m = &r->all.v[n];
		const char *state = map_conf.deleted ? fate(r, process, m) : NULL, *label = mapping_label(&r->all, m);
		struct row *row;

		if (map_conf.deleted ? !state : map_conf.files && !is_target(r, process, m))
			continue;
		if (some)
			row = table_row(&r->table, os_device(m->major, m->minor), (ino_t)m->ino, key, name, label);
		else
			row = table_row(&r->table, 0, 0, label, NULL, label);
		if (map_conf.json && !row->pid)
			mapping_path(process, m, row->label);
		row->processes += row->pid != pid;
		row->pid = pid;
		row->state = state;
		values_add(row->v, &r->all, m);
	}
	return 0;
}

static int look(void *arg, pid_t pid, int process)
{
	struct rank *r = arg;
	char command[4096];
	int nothing;

	r->init = r->init || pid == 1;
	nothing = process_command(process, command, sizeof command) ? 0 : runs_nothing(r, process);
	if (nothing)
		return nothing < 0 ? -1 : 0;
	if (map_conf.files || map_conf.deleted || map_conf.by == BY_FILE)
		return add_files(r, pid, process);
	return add_process(r, pid, process, command);
}

int map_rank(char **files)
{
	static const char *const labels[] = {"command", "user", "command", "cgroup", "file"};
	static bool said;
	struct rank r = {.table.sorted = true};
	bool each = map_conf.files || map_conf.deleted;
	size_t n = 0;
	int hidden, error;

	while (files[n])
		n++;
	r.targets = calloc(n + 1, sizeof *r.targets);
	if (!r.targets)
		msg_no_memory(2);
	for (; *files; files++) {
		struct target *t = &r.targets[r.n_targets];

		if (stat(*files, &t->st) == 0)
			r.n_targets++;
		else
			msg_fail_errno("%s", msg_name(*files));
	}
	r.table.what = each ? "file" : labels[map_conf.by];
	r.table.columns = 1 << PSS | 1 << USS | 1 << RSS | 1 << SWAP;
	if (each || map_conf.by == BY_FILE)
		r.table.columns |= 1 << SIZE;
	hidden = mappers_processes(look, &r);
	error = errno;
	if (hidden < 0)
		msg_die(2, "/proc: %s", msg_reason(error));
	if (map_conf.by == BY_FILE && !each)
		for (size_t i = 0; i < r.table.n; i++)
			r.table.v[i].pid = 0;
	table_print(&r.table);
	if (map_conf.json && !each) {
		json_record();
		out_printf("\"kernel_threads\":%llu}", (unsigned long long)r.kernel);
	} else if (!each)
		out_printf("%llu kernel thread%s, which map%s nothing\n", (unsigned long long)r.kernel, r.kernel == 1 ? "" : "s",
		           r.kernel == 1 ? "s" : "");
	if (map_conf.json && hidden > 0) {
		json_record();
		out_printf("\"refused\":{\"processes\":%d,\"reason\":\"%s\"}}", hidden, msg_reason(error));
	}
	if (!said && hidden > 0)
		msg_fail("%d process%s could not be looked at: %s", hidden, hidden == 1 ? "" : "es",
		         msg_reason(error));
	else if (!said && !r.init)
		msg_fail("/proc does not show the processes of others");
	said = hidden > 0 || !r.init;
	table_free(&r.table);
	mappings_free(&r.all);
	free(r.targets);
	return 0;
}
