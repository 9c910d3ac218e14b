/*
 * The pid file of the process that holds files. That it is there is proved by a lock on the file, which no leftover
 * has, and which none can take who may not write the file. Its name may lie in a folder where others make files: what
 * is believed is a file of our own, at that name itself.
 */
#include "mmtouch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "entry.h"
#include "fmt.h"
#include "msg.h"
#include "out.h"
#include "text.h"

static int pid_fd = -1;

static bool is_there(const char *name, const struct stat *ours)
{
	struct stat there;

	return fstatat(AT_FDCWD, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && entry_same_file(ours, &there);
}

bool pid_claim(const char *name)
{
	struct stat st;

	do {
		os_close(pid_fd);
		pid_fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
		if (pid_fd < 0 || fstat(pid_fd, &st) < 0)
			return msg_fail_errno("%s", msg_name(name));
		if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink > 1)
			return msg_fail("%s: not a file of this user alone", msg_name(name));
		if (os_claim(pid_fd) < 0)
			return os_is_claimed(pid_fd) ? msg_fail("%s: one is running already", msg_name(name)) :
			       msg_fail_errno("%s", msg_name(name));
		/* another one that has just ended may have taken it away */
	} while (!is_there(name, &st));
	return true;
}

bool pid_write(const char *name)
{
	char text[24];
	int n = fmt_text(text, sizeof text, "%ld\n", (long)getpid());

	return (ftruncate(pid_fd, 0) == 0 && out_all(pid_fd, text, (size_t)n) == 0) || msg_fail_errno("%s", msg_name(name));
}

void pid_remove(const char *name)
{
	struct stat ours;

	if (pid_fd >= 0 && fstat(pid_fd, &ours) == 0 && is_there(name, &ours))
		unlink(name);
}

/* How much the process has locked, in bytes; -1: the system does not tell. */
static int64_t locked_by(uint64_t pid)
{
	char path[40], *text, *at;
	const char *digits;
	uint64_t kib;
	size_t len;

	fmt_text(path, sizeof path, "/proc/%llu/status", (unsigned long long)pid);
	text = text_load(path, &len);
	at = text ? strstr(text, "\nVmLck:") : NULL;
	digits = at ? at + 7 + strspn(at + 7, " \t") : "";
	kib = num_digits(&digits, 10, INT64_MAX >> 10, &kib) < 0 ? UINT64_MAX : kib;
	free(text);
	return kib == UINT64_MAX ? -1 : (int64_t)(kib << 10);
}

int pid_status(const char *name)
{
	int fd = os_open(name, O_RDONLY | O_NONBLOCK, 0);
	bool running = fd >= 0 && os_is_claimed(fd);
	char text[24] = "", number[24] = "null";
	const char *p = text;
	uint64_t pid = 0;
	int64_t bytes;

	if (fd < 0 && errno != ENOENT)
		return msg_fail_errno("%s", msg_name(name)) || 1;
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0 || num_digits(&p, 10, INT32_MAX, &pid) < 0)
		pid = 0;
	os_close(fd);
	bytes = running ? locked_by(pid) : 0;
	if (bytes >= 0)
		fmt_text(number, sizeof number, "%lld", (long long)bytes);
	if (touch_conf.json)
		out_printf("{\"running\":%s,\"pid\":%llu,\"locked\":%s}\n", running ? "true" : "false",
		           (unsigned long long)pid, number);
	else if (running)
		out_printf("running as %llu, %s locked\n", (unsigned long long)pid,
		           bytes < 0 ? "unknown" : tell_size((uint64_t)bytes));
	else
		out_printf(pid ? "not running; %s is left over from %llu\n" : "not running\n", msg_name(name),
		           (unsigned long long)pid);
	return running ? 0 : 1;
}
