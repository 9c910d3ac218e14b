/* What processes map that are named: a table. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "mmmap.h"
#include "msg.h"
#include "out.h"

/* One process. -1 with errno. */
static int list(const char *operand, struct mappings *all)
{
	struct table t = {.columns = (1 << VALUES) - 1, .what = "mapping"};
	pid_t pid;
	int process = process_open(operand, &pid);

	if (process < 0)
		return -1;
	if (process_load(all, process) < 0) {
		close(process);
		return -1;
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct mapping *m = &all->v[i];
		struct row *row;

		if (m->end <= map_conf.low || m->start >= map_conf.high)
			continue;
		row = table_add(&t, NULL, mapping_label(all, m));
		row->mapping = m;
		row->pid = pid;
		values_add(row->v, all, m);
	}
	if (!map_conf.json)
		process_header(pid, process);
	table_print(&t);
	table_free(&t);
	close(process);
	return 0;
}

int map_list(char *const *pids)
{
	struct mappings all = {0};

	for (; *pids; pids++)
		if (list(*pids, &all) < 0)
			msg_fail("%s: %s", msg_name(*pids), errno == EINVAL ? "a PID is wanted" :
			         errno == ENOENT ? msg_reason(ESRCH) : msg_reason(errno));
	mappings_free(&all);
	return 0;
}
