/*
 * meter: runs a command and prints what it took, as `SECONDS PEAK_KIB`. For tests/bench/run.
 *
 *   meter [-n TIMES] [-i FILE] [-o FILE | -p] COMMAND [ARGUMENT]...
 *
 * The command's standard output goes to /dev/null, to FILE, or with -p through a pipe that is read to its end here
 * (and must be: to /dev/null no byte is ever looked at). With -i its standard input is a pipe through which FILE comes.
 * TIMES runs count together; the peak is the highest of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { SINK_SIZE = 1 << 18 };

static void fail(const char *what, int error)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(error));
	exit(2);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_input(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		fail(name, errno);
	return fd;
}

/* Passes a file on through a pipe, page by page from the page cache: it must weigh nothing here, since what a child
 * weighed before exec counts for it. */
static void write_input(int from, int to)
{
	ssize_t n;

	if (lseek(from, 0, SEEK_SET) < 0)
		fail("the command's input", errno);
	while ((n = sendfile(to, from, NULL, SINK_SIZE)) > 0)
		;
	if (n < 0)
		fail("the command's input", errno);
	close(to);
}

/* Runs the command once; returns its peak memory in KiB. */
static long run(char **command, int input, const char *file, int piped)
{
	static char sink[SINK_SIZE];
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int ends[2], in[2], status, error;
	ssize_t n;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (piped) {
		if (pipe(ends) < 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0)
			fail("pipe", errno);
		posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
		posix_spawn_file_actions_addclose(&actions, ends[1]);
	} else
		posix_spawn_file_actions_addopen(&actions, 1, file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (input >= 0) {
		if (pipe(in) < 0 || fcntl(in[1], F_SETFD, FD_CLOEXEC) < 0)
			fail("pipe", errno);
		posix_spawn_file_actions_adddup2(&actions, in[0], 0);
		posix_spawn_file_actions_addclose(&actions, in[0]);
	}
	error = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	if (error)
		fail(command[0], error);
	posix_spawn_file_actions_destroy(&actions);
	if (input >= 0) {
		close(in[0]);
		write_input(input, in[1]);
	}
	if (piped) {
		close(ends[1]);
		while ((n = read(ends[0], sink, sizeof sink)) > 0)
			;
		close(ends[0]);
	}
	/* wait4 and not getrusage(RUSAGE_CHILDREN), which would remember the biggest child for ever */
	if (wait4(pid, &status, 0, &usage) < 0)
		fail("wait4", errno);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "meter: %s failed\n", command[0]);
		exit(1);
	}
	return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	const char *file = "/dev/null";
	long times = 1, peak = 0;
	int piped = 0, input = -1, c;
	double start;

	/* the + keeps glibc from looking for options among the command's */
	while ((c = getopt(argc, argv, "+n:i:o:p")) != -1)
		if (c == 'n')
			times = atol(optarg);
		else if (c == 'i')
			input = open_input(optarg);
		else if (c == 'o')
			file = optarg;
		else if (c == 'p')
			piped = 1;
		else
			return 2;
	if (optind == argc || times < 1)
		return 2;
	start = now();
	for (long i = 0; i < times; i++) {
		long kib = run(argv + optind, input, file, piped);

		if (kib > peak)
			peak = kib;
	}
	printf("%.6f %ld\n", now() - start, peak);
	return 0;
}
