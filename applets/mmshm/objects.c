/* What shared memory objects there are, and all that is known of them: size, owner, times, who maps them. */
#include "mmshm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fmt.h"
#include "grow.h"
#include "json.h"
#include "mappers.h"
#include "msg.h"
#include "os.h"
#include "out.h"
#include "when.h"

struct object {
	char *name;
	struct stat st;
	struct mapper *mappers;
	size_t n_mappers;
};

static struct {
	struct object *v;
	size_t n;
	int hidden;             /* processes that may not be looked at; -1: none may */
} objects;

static void note_mapper(void *arg, dev_t dev, ino_t ino, const struct mapper *process)
{
	struct mapper *more;

	(void)arg;
	for (size_t i = 0; i < objects.n; i++) {
		struct object *o = &objects.v[i];

		if (o->st.st_dev != dev || o->st.st_ino != ino ||
		    (o->n_mappers && o->mappers[o->n_mappers - 1].pid == process->pid))
			continue;
		more = grow_add(o->mappers, &o->n_mappers, sizeof *more);
		if (!more)
			msg_no_memory(TROUBLE);
		o->mappers = more;
		o->mappers[o->n_mappers - 1] = *process;
	}
}

static void add_object(const char *name, const struct stat *st)
{
	struct object *more = grow_add(objects.v, &objects.n, sizeof *more);
	char *own = strdup(name);

	if (!more || !own)
		msg_no_memory(TROUBLE);
	objects.v = more;
	objects.v[objects.n - 1] = (struct object){.name = own, .st = *st};
}

/* By name: Shell's sort, since qsort(3) would be 2 KB for this list alone. */
static void sort(struct object *v, size_t n)
{
	for (size_t gap = n / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < n; i++)
			for (size_t j = i; j >= gap && strcmp(v[j - gap].name, v[j].name) > 0; j -= gap) {
				struct object later = v[j - gap];

				v[j - gap] = v[j];
				v[j] = later;
			}
}

static void json_object(const struct object *o)
{
	char accessed[WHEN_TEXT], modified[WHEN_TEXT], changed[WHEN_TEXT];

	out_text("{\"name\":");
	json_text(o->name, strlen(o->name));
	out_printf(",\"size\":%lld,\"allocated\":%lld,\"mode\":\"%04o\",\"uid\":%lu,\"gid\":%lu,\"accessed\":\"%s\""
	           ",\"modified\":\"%s\",\"changed\":\"%s\",\"unknown_processes\":%d,\"mapped_by\":[",
	           (long long)o->st.st_size, (long long)o->st.st_blocks * 512, (unsigned)(o->st.st_mode & 07777),
	           (unsigned long)o->st.st_uid, (unsigned long)o->st.st_gid,
	           when_text(when_of(&o->st.st_atim), false, accessed), when_text(when_of(&o->st.st_mtim), false, modified),
	           when_text(when_of(&o->st.st_ctim), false, changed), objects.hidden);
	for (size_t i = 0; i < o->n_mappers; i++) {
		out_printf("%s{\"pid\":%ld,\"command\":", i ? "," : "", (long)o->mappers[i].pid);
		json_text(o->mappers[i].command, strlen(o->mappers[i].command));
		out_text("}");
	}
	out_text("]}");
}

static void show_mappers(const struct object *o)
{
	for (size_t i = 0; i < o->n_mappers; i++)
		out_printf("%s%ld(%s)", i ? " " : "", (long)o->mappers[i].pid, msg_name(o->mappers[i].command));
	if (o->n_mappers == 0)
		out_text(objects.hidden < 0 ? "?" : "-");
	out_text("\n");
}

static void list_object(const struct object *o, int width)
{
	char text[WHEN_TEXT], owner[32];

	fmt_text(owner, sizeof owner, "%lu:%lu", (unsigned long)o->st.st_uid, (unsigned long)o->st.st_gid);
	out_printf("%-*s %10lld %10lld %04o %-9s %s ", width, msg_name(o->name), (long long)o->st.st_size,
	           (long long)o->st.st_blocks * 512, (unsigned)(o->st.st_mode & 07777), owner,
	           when_text(when_of(&o->st.st_mtim), false, text));
	show_mappers(o);
}

static void stat_object(const struct object *o)
{
	char accessed[WHEN_TEXT], modified[WHEN_TEXT], changed[WHEN_TEXT];

	out_printf("%s\n  size       %lld\n  allocated  %lld\n  mode       %04o\n  owner      %lu:%lu\n  accessed   %s\n"
	           "  modified   %s\n  changed    %s\n  mapped by  ", msg_name(o->name), (long long)o->st.st_size,
	           (long long)o->st.st_blocks * 512, (unsigned)(o->st.st_mode & 07777), (unsigned long)o->st.st_uid,
	           (unsigned long)o->st.st_gid, when_text(when_of(&o->st.st_atim), false, accessed),
	           when_text(when_of(&o->st.st_mtim), false, modified), when_text(when_of(&o->st.st_ctim), false, changed));
	show_mappers(o);
	if (objects.hidden > 0)
		out_printf("  unknown    %d process%s may not be looked at, and may map it, too\n", objects.hidden,
		           objects.hidden == 1 ? "" : "es");
}

static void show_table(void)
{
	int width = 12;

	for (size_t i = 0; i < objects.n; i++)
		if ((int)strlen(msg_name(objects.v[i].name)) > width)
			width = (int)strlen(msg_name(objects.v[i].name));
	out_printf("%-*s %10s %10s MODE %-9s %-27s MAPPED BY\n", width, "NAME", "SIZE", "ALLOCATED", "OWNER", "MODIFIED");
	for (size_t i = 0; i < objects.n; i++)
		list_object(&objects.v[i], width);
}

enum format { TABLE, LONG, JSON };

/* Finds who maps them, and shows them. */
static void show(enum format format)
{
	if (objects.n > 0)
		objects.hidden = mappers_each(note_mapper, NULL);
	if (format == JSON) {
		for (size_t i = 0; i < objects.n; i++) {
			out_text(i ? ",\n " : "[");
			json_object(&objects.v[i]);
		}
		out_text(objects.n ? "]\n" : "[]\n");
		return;
	}
	if (format == TABLE)
		show_table();
	else
		for (size_t i = 0; i < objects.n; i++)
			stat_object(&objects.v[i]);
}

/* Adds every object that the system lists. */
static bool add_all(void)
{
	DIR *folder = os_shm_folder ? opendir(os_shm_folder) : NULL;
	struct dirent *entry;
	struct stat st;

	if (!folder) {
		if (os_shm_folder)
			msg_warn_errno("%s", os_shm_folder);
		else
			msg_warn("this system does not list objects");
		return false;
	}
	while ((entry = readdir(folder)))
		if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
			add_object(entry->d_name, &st);
	closedir(folder);
	sort(objects.v, objects.n);
	return true;
}

/* Adds the object or file of that name. */
static bool add(const char *name)
{
	const char *path = region_path(name);
	struct region r = REGION_INIT;
	struct stat st;
	bool ok;

	/* without opening it where it has a path: looking needs no right to read */
	if (path && fstatat(AT_FDCWD, path, &st, region_is_object(name) ? AT_SYMLINK_NOFOLLOW : 0) == 0 &&
	    S_ISREG(st.st_mode)) {
		add_object(name, &st);
		return true;
	}
	ok = region_open(&r, name, REGION_READ) && fstat(r.fd, &st) == 0;
	if (ok)
		add_object(name, &st);
	else
		shm_fail(name);
	region_close(&r);
	return ok;
}

int shm_list(int argc, char **argv)
{
	(void)argc, (void)argv;
	if (!add_all())
		return TROUBLE;
	show(shm_conf.json ? JSON : TABLE);
	return 0;
}

int shm_stat(int argc, char **argv)
{
	int status = 0;

	for (int i = 0; i < argc; i++)
		if (!add(argv[i]))
			status = NO;
	show(shm_conf.json ? JSON : LONG);
	return status;
}
