/* Processes that are named: what they map, what of it has grown, and bytes of their memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hex.h"
#include "mmmap.h"
#include "msg.h"
#include "os.h"
#include "out.h"

/* Adds the values of each name to its row, or takes them away. */
static void add_names(struct table *t, const struct mappings *all, int process, pid_t pid, int sign)
{
	for (size_t i = 0; i < all->n; i++) {
		const char *label = mapping_label(all, &all->v[i]);
		struct row *row = table_row(t, 0, 0, label, NULL, label);
		int64_t v[VALUES] = {0};

		if (map_conf.json && !row->pid)
			mapping_path(process, &all->v[i], row->label);
		values_add(v, all, &all->v[i]);
		row->pid = pid;
		values_sum(row->v, v, sign);
	}
}

/* Leaves out the rows of what is as it was. */
static void leave_changed(struct table *t)
{
	static const int64_t none[VALUES];
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (memcmp(t->v[i].v, none, sizeof none) != 0) {
			struct row row = t->v[i];

			t->v[i] = t->v[n];
			t->v[n++] = row;
		}
	for (size_t i = n; i < t->n; i++)
		free(t->v[i].label);
	t->n = n;
}

/* What was mapped then: by a process, or as a copy of its smaps says. */
static int load_old(struct mappings *old)
{
	pid_t pid;
	int process = process_open(map_conf.diff, &pid), fd, result = -1, error;

	if (process >= 0)
		result = process_load(old, process);
	else if (errno == EINVAL && (fd = os_open(map_conf.diff, O_RDONLY, 0)) >= 0) {
		result = mappings_read(old, fd);
		process = fd;
		/* nothing, and the sum of all */
		if (result == 0 && (old->n == 0 || strcmp(mappings_text(old, old->v[0].name), "[rollup]") == 0)) {
			errno = EINVAL;
			result = -1;
		}
	}
	error = errno;
	keep_range(old);
	if (process >= 0)
		close(process);
	errno = error;
	return result;
}

static void show_table(const struct mappings *all, const struct mappings *old, int process, pid_t pid)
{
	struct table t = {.columns = (1 << VALUES) - 1, .what = "mapping", .pid = pid, .sorted = old};

	if (old) {
		add_names(&t, all, process, pid, 1);
		add_names(&t, old, -1, pid, -1);
		leave_changed(&t);
	}
	for (size_t i = 0; !old && i < all->n; i++) {
		struct row *row = table_add(&t, NULL, mapping_label(all, &all->v[i]));

		if (map_conf.json)
			mapping_path(process, &all->v[i], row->label);
		row->mapping = &all->v[i];
		row->pid = pid;
		values_add(row->v, all, &all->v[i]);
	}
	table_print(&t);
	table_free(&t);
}

/* The bytes, as far as there are any. */
static int dump(int process)
{
	struct num_range range = {.off = (off_t)map_conf.low, .len = (off_t)(map_conf.last - map_conf.low + 1)};
	struct map m = MAP_INIT;
	int fd = openat(process, "mem", O_RDONLY | O_CLOEXEC);
	const char *bytes;
	ssize_t n;

	if (fd < 0 && errno != ESRCH) {
		errno = errno == ENOENT ? ESRCH : errno;
		return -1;
	}
	if (fd < 0 || map_conf.last >= INT64_MAX || map_start(&m, fd, &range, NULL) < 0)
		m.error = EIO;
	else if (!map_conf.raw)
		hex_print(&m);
	else
		while ((n = map_slice(&m, &bytes)) > 0 && out_write(bytes, (size_t)n) == 0)
			;
	/* a process that has ended gives no error */
	if (m.error || (m.off < range.off + range.len && !out_error()))
		msg_fail("no memory at address %llx", m.off ? (unsigned long long)m.off : (unsigned long long)map_conf.low);
	map_end(&m);
	map_free(&m);
	os_close(fd);
	return 0;
}

/* One process. -1 with errno. */
static int show(int process, pid_t pid, struct mappings *all, const struct mappings *old)
{
	if (map_conf.watch && process_ended(process)) {
		errno = ESRCH;
		return -1;
	}
	if (map_conf.dump)
		return dump(process);
	if (process_load(all, process) < 0)
		return -1;
	keep_range(all);
	if (!map_conf.json)
		process_header(pid, process);
	if (map_conf.draw)
		map_draw(all);
	else
		show_table(all, old, process, pid);
	return 0;
}

int map_list(char **pids)
{
	static struct mappings old;     /* read once */
	struct mappings all = {0};
	char **left = pids;

	if (map_conf.diff && !old.v && load_old(&old) < 0)
		msg_die(1, "%s: %s", msg_name(map_conf.diff), errno == EINVAL ? "this is no smaps of a process" : msg_reason(errno));
	for (; *pids; pids++) {
		pid_t pid;
		int process = process_open(*pids, &pid);

		if (process >= 0 && show(process, pid, &all, map_conf.diff ? &old : NULL) == 0)
			*left++ = *pids;
		else
			msg_fail("%s: %s", msg_name(*pids), process < 0 && errno == EINVAL ? "a PID is wanted" : msg_reason(errno));
		if (process >= 0)
			close(process);
	}
	*left = NULL;
	mappings_free(&all);
	return 0;
}
