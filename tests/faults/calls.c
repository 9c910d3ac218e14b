/*
 * calls: what comes of a command of which one call fails, for each of its calls in turn.
 *
 *	cc -shared -fPIC calls.c -o calls.so
 *	CALLS='KIND HOW INPUT' LD_PRELOAD=./calls.so PROGRAM ARGUMENT...
 *
 * KIND is memory (there is none), error (EIO), interrupted (EINTR), or lacking: a call that there is not on each system, on
 * each file system or without /proc, with the errors that it then gives, one after the other. Before main begins, the process makes a copy of itself
 * for each call, with its input from INPUT; in the folder it is in, whose files HOW says: "same" ones after each run, "other"
 * ones each time, or that the command changes the files: they are then those of ../was before each run.
 *
 * Said is each copy that ends by a signal; that has another status and says nothing, or the status that it should have but
 * not the output or the files; and, interrupted or where something is lacking, that is not as if it had not been. Then the
 * status is 1.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HIT = 64, MOST_CALLS = 1000 };

/* The name of the call that failed, for the process that watches. */
static char *hit;

/* Which call is to fail, of which kind; none in the process that watches. */
static char kind;
static long at;
static _Atomic long count;

/* A call in the same place as two before it, in a loop perhaps, is as good as these. */
static int has_failed_often(const void *from)
{
	static struct { const void *from; int n; } places[1000], *p;

	for (p = places; p->from && p->from != from; p++)
		;
	p->from = from;
	return p->n++ >= 2;
}

static int fails(char calls_kind, int error, const char *name, const void *from)
{
	/* a process and its child both come to this number */
	if (kind != calls_kind || has_failed_often(from) || ++count != at || *hit)
		return 0;
	strcpy(hit, name);
	errno = error;
	return 1;
}

/* What is lacking is so from the first time on. Each is tried with so many errors, of which most have fewer. */
enum { MOST_ERRORS = 4 };
static int variety;

#define LACKS(name, ...) lacks(name, (const int[MOST_ERRORS + 1]){__VA_ARGS__})
static int lacks(const char *name, const int *errors)
{
	static const char *seen[64];
	int i = 0, n = 0;

	if (kind != 'l')
		return 0;
	while (seen[i] && strcmp(seen[i], name) != 0)
		i++;
	seen[i] = name;
	if (i + 1 != at)
		return 0;
	strcpy(hit, name);
	while (errors[n])
		n++;
	errno = errors[variety % n];
	return 1;
}

static int is_of_proc(const char *path)
{
	return strncmp(path, "/proc/self/", 11) == 0;
}

static int is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

#define REAL(name) \
	static __typeof__(name) *real; \
	if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name)

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
void *malloc(size_t n) { return fails('m', ENOMEM, "malloc", __builtin_return_address(0)) ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return fails('m', ENOMEM, "calloc", __builtin_return_address(0)) ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return fails('m', ENOMEM, "realloc", __builtin_return_address(0)) ? NULL : __libc_realloc(p, n); }

#define CALL(type, name, bad, parameters, ...) \
	type name parameters { REAL(name); return fails('e', EIO, #name, __builtin_return_address(0)) ? bad : real(__VA_ARGS__); }
/* one that waits, or may */
#define WAIT(type, name, bad, parameters, ...) \
	type name parameters { REAL(name); return fails('e', EIO, #name, __builtin_return_address(0)) || fails('i', EINTR, #name, __builtin_return_address(0)) ? bad : real(__VA_ARGS__); }

WAIT(ssize_t, read, -1, (int fd, void *to, size_t n), fd, to, n)
WAIT(ssize_t, write, -1, (int fd, const void *from, size_t n), fd, from, n)
WAIT(ssize_t, pread64, -1, (int fd, void *to, size_t n, off64_t off), fd, to, n, off)
WAIT(ssize_t, pwrite64, -1, (int fd, const void *from, size_t n, off64_t off), fd, from, n, off)
WAIT(int, flock, -1, (int fd, int how), fd, how)
CALL(int, ftruncate64, -1, (int fd, off64_t len), fd, len)
WAIT(int, waitid, -1, (idtype_t type, id_t id, siginfo_t *info, int how), type, id, info, how)
CALL(int, fstat64, -1, (int fd, struct stat64 *st), fd, st)
CALL(int, stat64, -1, (const char *restrict path, struct stat64 *restrict st), path, st)
CALL(int, lstat64, -1, (const char *restrict path, struct stat64 *restrict st), path, st)
CALL(int, fstatat64, -1, (int dir, const char *restrict path, struct stat64 *restrict st, int how), dir, path, st, how)
CALL(int, fchmod, -1, (int fd, mode_t mode), fd, mode)
CALL(int, fchown, -1, (int fd, uid_t user, gid_t group), fd, user, group)
CALL(int, futimens, -1, (int fd, const struct timespec times[2]), fd, times)
CALL(int, utimensat, -1, (int dir, const char *path, const struct timespec times[2], int how), dir, path, times, how)
CALL(int, linkat, -1, (int dir, const char *path, int to, const char *name, int how), dir, path, to, name, how)
CALL(int, renameat, -1, (int dir, const char *path, int to, const char *name), dir, path, to, name)
CALL(int, unlinkat, -1, (int dir, const char *path, int how), dir, path, how)
CALL(int, unlink, -1, (const char *path), path)
CALL(int, mkdirat, -1, (int dir, const char *path, mode_t mode), dir, path, mode)
CALL(int, mknodat, -1, (int dir, const char *path, mode_t mode, dev_t device), dir, path, mode, device)
CALL(int, symlinkat, -1, (const char *text, int dir, const char *path), text, dir, path)
CALL(ssize_t, readlinkat, -1, (int dir, const char *restrict path, char *restrict to, size_t n), dir, path, to, n)
CALL(ssize_t, readlink, -1, (const char *restrict path, char *restrict to, size_t n), path, to, n)
CALL(int, dup, -1, (int fd), fd)
CALL(int, dup2, -1, (int fd, int to), fd, to)
CALL(int, pipe, -1, (int ends[2]), ends)
CALL(pid_t, fork, -1, (void))
CALL(DIR *, opendir, NULL, (const char *path), path)
CALL(DIR *, fdopendir, NULL, (int fd), fd)
CALL(struct dirent64 *, readdir64, NULL, (DIR *dir), dir)

/* One that there may be none of: where the condition holds, with these errors. */
#define RARE(type, name, bad, condition, errors, parameters, ...) \
	type name parameters { REAL(name); return fails('e', EIO, #name, __builtin_return_address(0)) || ((condition) && LACKS(#name, errors)) ? bad : real(__VA_ARGS__); }
/* The same of one that nobody asks for an error. */
#define VAIN(name, bad, error, parameters, ...) \
	int name parameters { REAL(name); return LACKS(#name, error) ? bad : real(__VA_ARGS__); }
#define OR ,
RARE(int, fsync, -1, is_folder(fd), EINVAL, (int fd), fd)
CALL(int, fdatasync, -1, (int fd), fd)
RARE(int, fallocate64, -1, 1, EOPNOTSUPP OR ENOSYS, (int fd, int mode, off64_t off, off64_t len), fd, mode, off, len)
RARE(off64_t, lseek64, -1, from == SEEK_DATA || from == SEEK_HOLE, EINVAL, (int fd, off64_t off, int from), fd, off, from)
RARE(void *, mmap64, MAP_FAILED, fd >= 0, ENODEV, (void *p, size_t n, int prot, int how, int fd, off64_t off), p, n, prot, how, fd, off)
VAIN(posix_fadvise64, ENOSYS, ENOSYS, (int fd, off64_t off, off64_t len, int advice), fd, off, len, advice)
VAIN(posix_madvise, EINVAL, EINVAL, (void *p, size_t n, int advice), p, n, advice)
VAIN(madvise, -1, EINVAL, (void *p, size_t n, int advice), p, n, advice)
VAIN(sync_file_range, -1, ENOSYS, (int fd, off64_t off, off64_t len, unsigned how), fd, off, len, how)
RARE(ssize_t, splice, -1, 1, EINVAL OR ENOSYS, (int in, off64_t *at, int out, off64_t *to, size_t n, unsigned how), in, at, out, to, n, how)
RARE(ssize_t, getxattr, -1, 1, ENOTSUP, (const char *path, const char *name, void *to, size_t n), path, name, to, n)
RARE(ssize_t, lgetxattr, -1, 1, ENOTSUP, (const char *path, const char *name, void *to, size_t n), path, name, to, n)
RARE(ssize_t, fgetxattr, -1, 1, ENOTSUP, (int fd, const char *name, void *to, size_t n), fd, name, to, n)
RARE(ssize_t, listxattr, -1, 1, ENOTSUP, (const char *path, char *to, size_t n), path, to, n)
RARE(ssize_t, llistxattr, -1, 1, ENOTSUP, (const char *path, char *to, size_t n), path, to, n)
RARE(ssize_t, flistxattr, -1, 1, ENOTSUP, (int fd, char *to, size_t n), fd, to, n)
RARE(int, chmod, -1, is_of_proc(path), ENOENT, (const char *path, mode_t mode), path, mode)
RARE(int, sched_getaffinity, -1, 1, ENOSYS, (pid_t pid, size_t n, cpu_set_t *set), pid, n, set)

int ioctl(int fd, unsigned long command, ...)
{
	REAL(ioctl);
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	return LACKS("ioctl", ENOTTY, EOPNOTSUPP) ? -1 : real(fd, command, arg);
}

/* What libc has no function for is what is rarest. */
long syscall(long number, ...)
{
	REAL(syscall);
	static const struct { int number; const char *name; int errors[MOST_ERRORS + 1]; } rare[] = {
		{SYS_renameat2, "renameat2", {ENOSYS, EINVAL}},
		{SYS_copy_file_range, "copy_file_range", {ENOSYS, EXDEV, EINVAL, EOPNOTSUPP}},
		{SYS_memfd_create, "memfd_create", {ENOSYS}}, {SYS_getrandom, "getrandom", {ENOSYS, EAGAIN}},
		{SYS_mlock2, "mlock2", {ENOSYS}}, {SYS_ioctl, "FIEMAP", {ENOTTY, EOPNOTSUPP}},
		{439, "faccessat2", {ENOSYS}}, {451, "cachestat", {ENOSYS}}, {452, "fchmodat2", {ENOSYS}},
	};
	va_list args;
	long a[6];

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	for (size_t i = 0; i < sizeof rare / sizeof *rare; i++)
		if (number == rare[i].number && (fails('e', EIO, rare[i].name, __builtin_return_address(0)) ||
		                                 lacks(rare[i].name, rare[i].errors)))
			return -1;
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

#define OPEN(name, parameters, ...) \
	int name parameters { \
		REAL(name); \
		va_list args; \
		mode_t mode; \
		va_start(args, flags); \
		mode = flags & O_CREAT ? va_arg(args, mode_t) : 0; \
		va_end(args); \
		return fails('e', EIO, #name, __builtin_return_address(0)) || (is_of_proc(path) && LACKS(#name, ENOENT)) ? -1 : real(__VA_ARGS__, mode); \
	}
OPEN(open64, (const char *path, int flags, ...), path, flags)
OPEN(openat64, (int dir, const char *path, int flags, ...), dir, path, flags)

int fcntl64(int fd, int command, ...)
{
	REAL(fcntl64);
	va_list args;
	void *arg;

	va_start(args, command);
	arg = va_arg(args, void *);
	va_end(args);
	if (command >= F_OFD_GETLK && command <= F_OFD_SETLKW && LACKS("fcntl64", EINVAL))
		return -1;
	return fails('e', EIO, "fcntl64", __builtin_return_address(0)) || (command == F_SETLKW && fails('i', EINTR, "fcntl64", __builtin_return_address(0))) ? -1 : real(fd, command, arg);
}

/* ---- the process that watches ---- */

struct result {
	int status;
	unsigned long long out, files;
	char said[1 << 12], hit[HIT];
};

/* A number for what is in the file, and how it begins. */
static unsigned long long sum_of(int fd, char *begin, size_t room)
{
	unsigned long long sum = 14695981039346656037u;
	static char bytes[1 << 16];
	size_t kept = 0;
	ssize_t n;

	for (off_t off = 0; (n = pread(fd, bytes, sizeof bytes, off)) > 0; off += n)
		for (ssize_t i = 0; i < n; i++) {
			sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211u;
			if (kept + 1 < room)
				begin[kept++] = bytes[i];
		}
	begin[kept] = '\0';
	return sum;
}

static void copy(const char *from, const char *to)
{
	static char bytes[1 << 16];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t n;

	while ((n = read(in, bytes, sizeof bytes)) > 0)
		if (write(out, bytes, (size_t)n) != n)
			abort();
	close(in);
	close(out);
}

enum what { COUNT, REMOVE, COPY };

/* All files of the folder, and what is below it: a number for them, or they are removed; or its files are copied to here. */
static unsigned long long files(const char *folder, enum what what)
{
	unsigned long long sum = 0, one;
	struct dirent *entry;
	DIR *dir = opendir(folder);
	char path[512], begin[1];
	struct stat st;
	int fd;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (lstat(path, &st) < 0)
			abort();
		one = S_ISDIR(st.st_mode) && what != COPY ? files(path, what) : 0;
		if (what == REMOVE) {
			remove(path);
			continue;
		}
		if (what == COPY) {
			copy(path, entry->d_name);
			continue;
		}
		if (S_ISREG(st.st_mode)) {
			fd = open(path, O_RDONLY);
			one = sum_of(fd, begin, 1);
			close(fd);
		}
		one += st.st_mode;
		for (const char *p = entry->d_name; *p; p++)
			one = one * 31 + (unsigned char)*p;
		sum += one;
	}
	if (dir)
		closedir(dir);
	return sum;
}

static void renew(void)
{
	files(".", REMOVE);
	files("../was", COPY);
}

/* Files for what it prints and says. */
static int outputs[2];

/* Returns true in the copy, which goes on to main. */
static int run(struct result *r, char calls_kind, long number, const char *input, int changes)
{
	int status;
	pid_t pid;

	*hit = '\0';
	if (changes)
		renew();
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		lseek(outputs[i], 0, SEEK_SET);
		ftruncate(outputs[i], 0);
	}
	pid = fork();
	if (pid == 0) {
		dup2(open(input, O_RDONLY), 0);
		for (int i = 0; i < 2; i++)
			dup2(outputs[i], 1 + i);
		for (int fd = 3; fd < 12; fd++)
			close(fd);
		alarm(30);
		kind = calls_kind;
		at = calls_kind == 'l' ? (number + MOST_ERRORS - 1) / MOST_ERRORS : number;
		variety = (int)(number % MOST_ERRORS);
		return 1;
	}
	waitpid(pid, &status, 0);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
	r->out = sum_of(outputs[0], r->said, 1);
	sum_of(outputs[1], r->said, sizeof r->said);
	strcpy(r->hit, hit);
	r->files = changes ? files(".", COUNT) : 0;
	return 0;
}

static const char *what_is_wrong(const struct result *now, const struct result *normal, char calls_kind, int varies)
{
	int other = !varies && now->out != normal->out;

	if (now->status > 127)
		return "ends badly";
	if (calls_kind == 'l' && now->status == normal->status && strcmp(now->said, normal->said) != 0)
		return "speaks of it";
	if (now->status != normal->status)
		return calls_kind == 'i' || calls_kind == 'l' ? "is not as if it had not been" : *now->said || other ? NULL : "says nothing";
	if (other && !*now->said)
		return "prints something else";
	return !varies && now->files != normal->files ? "leaves other files" : NULL;
}

__attribute__((constructor)) static void begin(void)
{
	static struct result normal, now;
	char how[16], input[256];
	const char *calls = getenv("CALLS"), *wrong;
	int bad = 0;

	if (!calls || sscanf(calls, "%*s %15s %255s", how, input) != 2)
		return;
	unsetenv("LD_PRELOAD");
	hit = mmap(NULL, HIT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++)
		outputs[i] = fcntl(memfd_create("calls", MFD_CLOEXEC), F_DUPFD_CLOEXEC, 20);
	renew();
	if (run(&normal, 0, 0, input, *how == 'c'))
		return;
	if (normal.status > 1) {
		printf("status %d: %s\n", normal.status, normal.said);
		fflush(stdout);
		_exit(1);
	}
	for (long number = 1; number <= (*calls == 'l' ? MOST_ERRORS : 1) * MOST_CALLS; number++) {
		if (run(&now, *calls, number, input, *how == 'c'))
			return;
		if (!*now.hit)
			break;
		wrong = what_is_wrong(&now, &normal, *calls, *how == 'o');
		if (wrong) {
			printf("call %ld (%s): %s, status %d\n%s", number, now.hit, wrong, now.status, now.said);
			bad = 1;
		}
	}
	fflush(stdout);
	_exit(bad);
}
