/*
 * shutdown HOW DIR MOMENT COMMAND...: starts COMMAND and cuts it off at a moment to the microsecond, which no shell
 * can do. HOW 1 or 2 is a power cut for the file system of DIR, with its journal flushed at the last moment or not;
 * "kill" is SIGKILL for COMMAND and "none" does nothing. MOMENT is in microseconds from the start of COMMAND, or
 * "end": right after its end. Prints what COMMAND ended with, as a shell would count it, how long it took, and "ended"
 * if it had ended before the moment, else "cut".
 */
#include <fcntl.h>
#include <linux/types.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const unsigned long fs_ioc_shutdown = _IOR('X', 125, __u32);

static long micros(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static void say(const char *what)
{
	perror(what);
	exit(99);
}

int main(int argc, char **argv)
{
	__u32 flag;
	int dir, status, ended, start[2];
	long began, moment, took;
	pid_t child;

	if (argc < 5)
		return 98;
	flag = (__u32)atoi(argv[1]);
	dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		say(argv[2]);
	if (pipe(start) < 0)
		say("pipe");
	child = fork();
	if (child < 0)
		say("fork");
	if (child == 0) {
		began = micros();
		if (write(start[1], &began, sizeof began) < 0)
			say("write");
		close(start[0]);
		close(start[1]);
		execvp(argv[4], argv + 4);
		say(argv[4]);
	}
	/* Its own clock counts: it may be over before we get to run again. */
	if (read(start[0], &began, sizeof began) != sizeof began)
		say("read");
	if (strcmp(argv[3], "end") == 0) {
		if (waitpid(child, &status, 0) < 0)
			say("waitpid");
		child = 0;
	} else
		for (moment = atol(argv[3]); micros() - began < moment;)
			;
	if (child && waitpid(child, &status, WNOHANG) == child)
		child = 0;
	ended = child == 0;
	if (strcmp(argv[1], "kill") == 0) {
		if (child)
			kill(child, SIGKILL);
	} else if (flag && ioctl(dir, fs_ioc_shutdown, &flag) < 0)
		say("FS_IOC_SHUTDOWN");
	if (child && waitpid(child, &status, 0) < 0)
		say("waitpid");
	took = micros() - began;
	close(dir);
	printf("%d %ld %s\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), took,
	       ended ? "ended" : "cut");
	return 0;
}
