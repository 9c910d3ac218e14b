/* A command that runs while nobody else holds the lock. */
#include "mmshm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include "await.h"
#include "fmt.h"
#include "msg.h"
#include "num.h"
#include "os.h"

/* As flock(1): a folder or a file that may only be read will do, and a missing file is made. But not where a symlink
 * leads: the owner of a folder must not have us make files elsewhere. */
static int open_lock(const char *name)
{
	static const int ways[] = {O_RDWR, O_RDWR | O_CREAT | O_EXCL, O_RDWR, O_RDONLY};
	int fd = -1, error = 0;

	for (size_t i = 0; i < sizeof ways / sizeof *ways && fd < 0 && (i == 0 || errno != ENAMETOOLONG); i++) {
		if (i == 2 && errno != EEXIST)  /* why it cannot be made; else somebody was faster */
			error = errno;
		fd = region_open_fd(name, REGION_READ, ways[i], 0666);
	}
	if (fd < 0 && errno == ENOENT && error)
		errno = error;
	return fd;
}

/* Opens the same file once more, without another look at its name where there is /proc. */
static int open_again(const struct region *r)
{
	char path[40];
	int fd;

	fmt_text(path, sizeof path, "/proc/self/fd/%d", r->fd);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && errno != ENOENT)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 && errno == ENOENT ? open_lock(r->name) : fd;
}

static pid_t holder;            /* ourselves, for the child */

/* The lock of the command itself is of a byte that nobody has. */
#define COMMAND_BYTE (NUM_OFF_MAX - 1)

/* The command holds a lock of its own: one of the process, which no descendant inherits. So the next holder, after we
 * were killed, still waits until the command is gone as well. It takes a descriptor of its own, since ours holds the
 * other lock for all who inherit it; and ours is closed first, since any close would give the new lock back. Where one
 * may only read there is none. */
static void hold_on(void *arg)
{
	struct region *ours = arg, r = {.write = true};

	os_die_with_parent(holder);
	r.fd = shm_conf.shared ? -1 : open_again(ours);
	region_close(ours);
	while (r.fd >= 0 && !region_lock(&r, COMMAND_BYTE, true) && os_interrupted())
		;
	if (r.fd >= 0)
		fcntl(r.fd, F_SETFD, 0);
}

static bool take_ours(const struct region *r, bool wait)
{
	return os_lock(r->fd, shm_conf.shared, wait) == 0;
}

/* Whether the command of a holder before us is gone. */
static bool take_command(const struct region *r, bool wait)
{
	struct region other = {.write = !shm_conf.shared, .fd = open_again(r)};
	bool gone = other.fd < 0 || region_lock(&other, COMMAND_BYTE, wait) || errno == EBADF;

	region_close(&other);
	return gone;
}

/* Tries until the moment `end`. Returns 0, or what was in the way. */
static int in_time(bool (*take)(const struct region *, bool), const struct region *r, int64_t end)
{
	while (!take(r, shm_conf.timeout_ns > 0))
		if (errno != EINTR || await_left(end) == 0)
			return errno;
	return 0;
}

int shm_lock(int argc, char **argv)
{
	struct region r = {.name = argv[0]};
	int64_t end = await_moment(shm_conf.timeout_ns);
	int error, status = TROUBLE;
	pid_t pid;

	(void)argc;
	if (shm_conf.conflict > 255)
		opt_misuse("invalid status for '--conflict-exit-code': 0 to 255");
	holder = getpid();
	r.fd = open_lock(argv[0]);
	if (r.fd < 0) {
		shm_fail(argv[0]);
		return TROUBLE;
	}
	if (shm_conf.timeout_ns > 0 && shm_conf.timeout_ns != INT64_MAX)
		os_alarm(shm_conf.timeout_ns);
	error = in_time(take_ours, &r, end);
	if (!error)
		error = in_time(take_command, &r, end);
	os_alarm(0);
	if (error == EWOULDBLOCK || error == EINTR)
		status = (int)shm_conf.conflict;
	else if (error)
		msg_warn("%s: cannot lock: %s", msg_name(argv[0]), msg_reason(error));
	else if ((pid = shm_start(argv + 1, hold_on, &r)) >= 0)
		status = child_status(child_wait(pid));
	return status;
}
