/* A command around a region without a name. */
#include "mmshm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fmt.h"
#include "map.h"
#include "move.h"
#include "msg.h"
#include "num.h"
#include "os.h"
#include "save.h"

enum { MOST_JOBS = 4096 };

/* Puts a variable into the environment of commands. False after a message. */
static bool tell(const char *name, const char *value)
{
	if (setenv(name, value, 1) == 0)
		return true;
	msg_warn_errno("%s", name);
	return false;
}

/* Starts the command `jobs` times and waits for all; the status is that of the first that failed. */
static int run_jobs(char **argv)
{
	static pid_t pids[MOST_JOBS];
	int waited = 0;
	char rank[24];

	fmt_text(rank, sizeof rank, "%" PRIu64, shm_conf.jobs);
	if (!tell("MMSHM_JOBS", rank))
		return TROUBLE << 8;
	for (uint64_t i = 0; i < shm_conf.jobs; i++) {
		fmt_text(rank, sizeof rank, "%" PRIu64, i);
		pids[i] = tell("MMSHM_RANK", rank) ? shm_start(argv, NULL, NULL) : -1;
	}
	for (uint64_t i = 0; i < shm_conf.jobs; i++) {
		int one = pids[i] < 0 ? TROUBLE << 8 : child_wait(pids[i]);

		if (!waited)
			waited = one;
	}
	return waited;
}

/* Writes the region to a pipe or a device. */
static bool dump_straight(struct region *r, int fd)
{
	struct map m = MAP_INIT;
	bool ok = map_start(&m, r->fd, &map_whole, NULL) == 0 && move_stream(&m, fd, NULL, NULL) == MOVE_DONE;

	if (!ok)
		msg_warn_file(shm_conf.dump);
	map_end(&m);
	map_free(&m);
	return ok;
}

/* Writes the region to the file of --dump: the old one or the new one is there. */
static bool dump(struct region *r)
{
	struct save save;
	struct region to = {.name = shm_conf.dump};

	if (save_open(&save, AT_FDCWD, shm_conf.dump, 0666, SAVE_STRAIGHT) < 0)
		return msg_warn_file(shm_conf.dump);
	to.fd = save.fd;
	/* it may have grown */
	if (!(save.replaces ? region_holds(r, 0, 0) && shm_fill_from(&to, r->fd, r->name, r->size) :
	      dump_straight(r, save.fd))) {
		save_discard(&save);
		return false;
	}
	if (save_commit(&save) == 0) {
		if (save.lost)
			msg_warn_name(shm_conf.dump, "replaced, but not with the owner, mode and attributes of the old file");
		return true;
	}
	return msg_warn_file(shm_conf.dump);
}

int shm_run(int argc, char **argv)
{
	struct region r = REGION_INIT;
	char path[40], number[12];
	off_t len = 0;
	int from = -1, waited;
	bool ok;

	(void)argc;
	if (shm_conf.jobs < 1 || shm_conf.jobs > MOST_JOBS)
		opt_misuse("invalid number for '--jobs': 1 to %d", MOST_JOBS);
	if (shm_conf.size != UINT64_MAX && shm_conf.size > (uint64_t)NUM_OFF_MAX)
		opt_misuse("the size is too large");
	if (shm_conf.from && (from = shm_open_from(&shm_conf.size, &len)) < 0)
		return TROUBLE;
	if (shm_conf.size == UINT64_MAX)
		shm_conf.size = 64 << 10;
	if (!region_make_unnamed(&r, "mmshm")) {
		shm_fail(r.name);
		return TROUBLE;
	}
	ok = shm_fill_new(&r, shm_conf.size, from, len);
	if (from >= 0)
		close(from);
	if (ok && os_seal(r.fd, shm_conf.seal) < 0 && shm_conf.seal) {
		msg_warn_errno("cannot seal");
		ok = false;
	}
	if (!ok)
		return TROUBLE;
	fmt_text(number, sizeof number, "%d", r.fd);
	fmt_text(path, sizeof path, "/proc/self/fd/%d", r.fd);
	ok = tell("MMSHM", path) && tell("MMSHM_FD", number);
	waited = ok ? run_jobs(argv) : TROUBLE << 8;
	ok = ok && (!shm_conf.dump || dump(&r));
	return ok || waited ? child_status(waited) : TROUBLE;
}
