#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "os.h"
#include "out.h"

/* Those running. Changed only while the signals are blocked. */
static pid_t *running;
static size_t n_running, room;

static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};

static void on_signal(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	bool alive = false;

	(void)context;
	for (size_t i = 0; i < n_running; i++) {
		siginfo_t ended = {0};

		if (waitid(P_PID, (id_t)running[i], &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0)
			continue;
		alive = true;
		/* what the system sends comes from the terminal, and those in our process group have got it as well; but a
		 * hangup goes to the leader of the session alone */
		if (info->si_code <= 0 || sig == SIGHUP || getpgid(running[i]) != getpgrp())
			kill(running[i], sig);
	}
	if (!alive) {
		signal(sig, SIG_DFL);
		raise(sig);             /* when we return */
	}
	errno = saved;
}

static void block(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		sigaddset(&set, forwarded[i]);
	sigprocmask(SIG_BLOCK, &set, old);
}

/* Forwards what nobody told us to ignore, as long as a command runs. Afterwards it means again what it did: it ends us,
 * or takes away what we are writing. */
static struct sigaction own[sizeof forwarded / sizeof *forwarded];
static bool caught;

static void catch_signals(void)
{
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded && !caught; i++)
		if (sigaction(forwarded[i], NULL, &own[i]) == 0 && own[i].sa_handler != SIG_IGN)
			sigaction(forwarded[i], &action, NULL);
	caught = true;
}

static void release_signals(void)
{
	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded && caught; i++)
		if (own[i].sa_handler != SIG_IGN)
			sigaction(forwarded[i], &own[i], NULL);
	caught = false;
}

/* In a child: what comes for it before it is its command ends it. */
static void uncatch_signals(void)
{
	struct sigaction old;

	for (size_t i = 0; i < sizeof forwarded / sizeof *forwarded; i++)
		if (sigaction(forwarded[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			signal(forwarded[i], SIG_DFL);
}

/* Whether we were told to ignore the ends of children, of which the system would then tell us nothing. */
static bool ends_ignored(void)
{
	static int ignored = -1;

	if (ignored < 0)
		ignored = signal(SIGCHLD, SIG_DFL) == SIG_IGN;
	return ignored;
}

/* Whether some folder of $PATH has the command. execvp says EACCES also of one that may not be searched. */
static bool is_somewhere(const char *command)
{
	const char *folder = getenv("PATH");
	size_t len;

	if (!folder || strchr(command, '/'))
		return true;
	for (;; folder += len + 1) {
		char path[PATH_MAX];
		struct stat st;

		len = strcspn(folder, ":");
		fmt_text(path, sizeof path, "%.*s%s%s", (int)len, folder, len ? "/" : "", command);
		if (stat(path, &st) == 0)
			return true;
		if (!folder[len])
			return false;
	}
}

/* The errno of a failure goes into the pipe, which a command that can be executed closes. */
static _Noreturn void become(char **argv, int out, int err, child_prepare *prepare, void *arg, int pipe)
{
	int error;

	if ((out < 0 || dup2(out, STDOUT_FILENO) >= 0) && (err < 0 || dup2(err, STDERR_FILENO) >= 0)) {
		if (ends_ignored())
			signal(SIGCHLD, SIG_IGN);
		if (prepare)
			prepare(arg);
		execvp(argv[0], argv);
		if (errno == EACCES && !is_somewhere(argv[0]))
			errno = ENOENT;
	}
	error = errno;
	out_all(pipe, &error, sizeof error);
	_exit(error == ENOENT ? 127 : 126);
}

/* Room for one more, while the signals are blocked: who handles one reads the numbers. */
static bool make_room(void)
{
	sigset_t before;
	pid_t *more;

	block(&before);
	more = grow_room(running, &room, n_running + 1, sizeof *running);
	if (more)
		running = more;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return more;
}

static int open_pipe(int ends[2])
{
	if (pipe(ends) < 0)
		return -1;
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

pid_t child_start(char **argv, int out, int err, child_prepare *prepare, void *arg, int *why)
{
	sigset_t before;
	int ends[2], error;
	pid_t pid;

	*why = 0;
	if (!make_room() || open_pipe(ends) < 0)
		return -1;
	out_flush();
	ends_ignored();
	block(&before);
	pid = fork();
	error = errno;
	if (pid == 0) {
		uncatch_signals();
		sigprocmask(SIG_SETMASK, &before, NULL);
		become(argv, out, err, prepare, arg, ends[1]);
	}
	if (pid > 0) {
		running[n_running++] = pid;
		catch_signals();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	while (pid > 0 && read(ends[0], why, sizeof *why) < 0 && os_interrupted())
		;
	close(ends[0]);
	errno = error;
	return pid;
}

int child_wait(pid_t pid)
{
	sigset_t before;
	siginfo_t info;
	int status = 0;

	/* its number must not be sent a signal once it is free for another process */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && os_interrupted())
		;
	block(&before);
	waitpid(pid, &status, 0);
	for (size_t i = 0; i < n_running; i++)
		if (running[i] == pid)
			running[i] = running[--n_running];
	if (n_running == 0)
		release_signals();
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

int child_status(int waited)
{
	int sig = WIFSIGNALED(waited) ? WTERMSIG(waited) : 0;

	if (!sig)
		return WEXITSTATUS(waited);
	out_flush();
	os_no_core();   /* one is enough */
	signal(sig, SIG_DFL);
	raise(sig);
	return 128 + sig;
}
