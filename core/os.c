#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#endif

#include "fmt.h"

#if defined O_PATH
const int os_open_folder = O_PATH | O_DIRECTORY | O_CLOEXEC;
#elif defined O_SEARCH
const int os_open_folder = O_SEARCH | O_DIRECTORY | O_CLOEXEC;
#else
const int os_open_folder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
#endif

#if defined O_PATH
const int os_open_look = O_PATH | O_CLOEXEC;
#else
const int os_open_look = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
#endif

int os_mknod(int dir, const char *name, mode_t mode, dev_t device)
{
	return mknodat(dir, name, mode, device);
}

int os_self(char *path, size_t size)
{
#ifdef __linux__
	const char *started = (const char *)getauxval(AT_EXECFN), *name;
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	size_t len;

	if (n > 0) {
		path[n] = '\0';
		if (access(path, F_OK) == 0)
			return 0;
	}
	/* without /proc: what execve was given, below the folder where that lies */
	if (!started || (size_t)fmt_text(path, size, "%s", started) >= size)
		return -1;
	name = strrchr(started, '/');
	if (name) {
		path[name == started ? 1 : name - started] = '\0';
		if (chdir(path) < 0)
			return -1;
	}
	if (!getcwd(path, size))
		return -1;
	len = strlen(path);
	name = name ? name + 1 : started;
	if ((size_t)fmt_text(path + len, size - len, "%s%s", path[1] ? "/" : "", name) < size - len)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
#else
	(void)path, (void)size;
	errno = ENOSYS;
	return -1;
#endif
}

int os_memfd(const char *label)
{
#ifdef SYS_memfd_create
	enum { ALLOW_SEALING = 2 };     /* MFD_ALLOW_SEALING */

	return (int)syscall(SYS_memfd_create, label, ALLOW_SEALING);
#else
	(void)label;
	errno = ENOSYS;
	return -1;
#endif
}

int os_seal(int fd, bool fixed)
{
#ifdef F_ADD_SEALS
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | (fixed ? F_SEAL_GROW | F_SEAL_SEAL : 0));
#else
	(void)fd, (void)fixed;
	errno = ENOTSUP;
	return -1;
#endif
}

bool os_is_sealed(int fd)
{
#ifdef F_GET_SEALS
	int seals = fcntl(fd, F_GET_SEALS);

	return seals > 0 && seals & F_SEAL_SHRINK;
#else
	(void)fd;
	return false;
#endif
}

#ifdef __linux__
const char *const os_shm_folder = "/dev/shm";
#else
const char *const os_shm_folder;
#endif

enum { SHM_PATH = sizeof "/dev/shm/" + 255 };

/* What shm_open takes, or on Linux what it would open: there libc's brings the cancelling of threads along. */
static const char *shm_path(const char *name, char path[SHM_PATH])
{
	if (fmt_text(path, SHM_PATH, "%s/%s", os_shm_folder ? os_shm_folder : "", name) < SHM_PATH)
		return path;
	errno = ENAMETOOLONG;
	return NULL;
}

int os_shm_open(const char *name, int flags, mode_t mode)
{
	char text[SHM_PATH];
	const char *path = shm_path(name, text);

#ifdef __linux__
	return path ? open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode) : -1;
#else
	return path ? shm_open(path, flags, mode) : -1;
#endif
}

int os_shm_unlink(const char *name)
{
	char text[SHM_PATH];
	const char *path = shm_path(name, text);

#ifdef __linux__
	return path ? unlink(path) : -1;
#else
	return path ? shm_unlink(path) : -1;
#endif
}

int os_lock(int fd, bool shared, bool wait)
{
	return flock(fd, (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB));
}

#ifdef __linux__
enum { FUTEX_WAIT_SHARED = 0, FUTEX_WAKE_SHARED = 1 };

int os_sleep_on(const void *word, uint32_t seen, int64_t ns)
{
#ifdef SYS_futex
	long left[2] = {(long)(ns / 1000000000), (long)(ns % 1000000000)};     /* the kernel's own old timespec */

	return (int)syscall(SYS_futex, word, FUTEX_WAIT_SHARED, seen, left, NULL, 0);
#else
	int64_t left[2] = {ns / 1000000000, ns % 1000000000};

	return (int)syscall(SYS_futex_time64, word, FUTEX_WAIT_SHARED, seen, left, NULL, 0);
#endif
}

int os_wake(const void *word, int n)
{
	if (n == 0)
		return 0;       /* the kernel would wake one */
#ifdef SYS_futex
	return (int)syscall(SYS_futex, word, FUTEX_WAKE_SHARED, n, NULL, NULL, 0);
#else
	return (int)syscall(SYS_futex_time64, word, FUTEX_WAKE_SHARED, n, NULL, NULL, 0);
#endif
}
#else
int os_sleep_on(const void *word, uint32_t seen, int64_t ns)
{
	(void)word, (void)seen, (void)ns;
	errno = ENOSYS;
	return -1;
}

int os_wake(const void *word, int n)
{
	(void)word, (void)n;
	errno = ENOSYS;
	return -1;
}
#endif

static void on_alarm(int sig)
{
	(void)sig;
}

int os_alarm(int64_t ns)
{
	static struct sigaction old_action;
	static sigset_t old_mask;
	static bool set;
	/* 0 would be no alarm at all */
	struct itimerval timer = {.it_value = {.tv_sec = (time_t)((ns + 999) / 1000000000),
	                                       .tv_usec = (int)((ns + 999) / 1000 % 1000000)}};
	struct sigaction action = {.sa_handler = on_alarm};     /* no SA_RESTART */
	sigset_t alarm;
	int result;

	if (ns > 0) {
		timer.it_interval.tv_usec = 10000;
		sigemptyset(&action.sa_mask);
		sigaction(SIGALRM, &action, &old_action);
		/* whoever started us may have blocked it */
		sigemptyset(&alarm);
		sigaddset(&alarm, SIGALRM);
		sigprocmask(SIG_UNBLOCK, &alarm, &old_mask);
		set = true;
	}
	result = setitimer(ITIMER_REAL, &timer, NULL);
	if (ns <= 0 && set) {
		sigprocmask(SIG_SETMASK, &old_mask, NULL);
		sigaction(SIGALRM, &old_action, NULL);
		set = false;
	}
	return result;
}

void (*os_on_interrupt)(void);

void os_close(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}

bool os_interrupted(void)
{
	if (errno != EINTR)
		return false;
	if (os_on_interrupt)
		os_on_interrupt();
	return true;
}

/* The number in /proc/self/fd/N or /dev/fd/N; -1 for other paths. */
static int descriptor_of(const char *path)
{
	static const char *const folders[] = {"/proc/self/fd/", "/dev/fd/"};

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		size_t len = strlen(folders[i]);
		const char *digits, *p;
		int fd = 0;

		if (strncmp(path, folders[i], len) != 0)
			continue;
		digits = p = path + len;
		while (*p >= '0' && *p <= '9' && p - digits < 7)
			fd = 10 * fd + *p++ - '0';
		return p > digits && !*p ? fd : -1;
	}
	return -1;
}

int os_open(const char *path, int flags, mode_t mode)
{
	int fd = openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, mode);    /* musl's open sets the first once more */

	if (fd < 0 && errno == ENOENT && descriptor_of(path) >= 0)
		fd = fcntl(descriptor_of(path), F_DUPFD_CLOEXEC, 0);
	return fd;
}

int64_t os_memory(void)
{
#ifdef __linux__
	struct sysinfo info;

	if (sysinfo(&info) == 0)
		return (int64_t)info.totalram * info.mem_unit;
#endif
	return INT64_MAX;
}

size_t os_page(void)
{
#ifdef __linux__
	return getauxval(AT_PAGESZ);
#else
	return (size_t)sysconf(_SC_PAGESIZE);
#endif
}

unsigned os_processors(void)
{
#ifdef __linux__
	cpu_set_t usable;

	if (sched_getaffinity(0, sizeof usable, &usable) == 0)
		return (unsigned)CPU_COUNT(&usable);
	return errno == EINVAL ? CPU_SETSIZE : 1;       /* more than the set has room for */
#else
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned)n;
#endif
}

unsigned os_columns(int fd)
{
#ifdef TIOCGWINSZ
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
#else
	(void)fd;
#endif
	return 0;
}

void os_die_with_parent(pid_t parent)
{
#ifdef PR_SET_PDEATHSIG
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)        /* it was gone before */
		raise(SIGKILL);
#else
	(void)parent;
#endif
}

static int read_bytes(const char *path, void *bytes, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, bytes, len);
	close(fd);
	return n == (ssize_t)len ? 0 : -1;
}

void os_no_core(void)
{
#ifdef PR_SET_DUMPABLE
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#else
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#endif
}

int os_boot_id(unsigned char id[16])
{
	char text[36];
	int digits = 0;

	if (read_bytes("/proc/sys/kernel/random/boot_id", text, sizeof text) < 0)
		return -1;
	memset(id, 0, 16);
	for (size_t i = 0; i < sizeof text && digits < 32; i++) {
		const char *hex = "0123456789abcdef", *digit = memchr(hex, text[i], 16);

		if (digit) {
			id[digits / 2] = (unsigned char)(id[digits / 2] << 4 | (digit - hex));
			digits++;
		}
	}
	return digits == 32 ? 0 : -1;
}

int os_random(void *bytes, size_t len)
{
#ifdef SYS_getrandom
	enum { NONBLOCK = 1 };  /* GRND_NONBLOCK: early at boot /dev/urandom has to do */

	if (syscall(SYS_getrandom, bytes, len, NONBLOCK) == (long)len)
		return 0;
#endif
	return read_bytes("/dev/urandom", bytes, len);
}

unsigned long os_processor_bits(void)
{
#ifdef __linux__
	return getauxval(AT_HWCAP);
#else
	return 0;
#endif
}

dev_t os_device(unsigned major, unsigned minor)
{
#ifdef __linux__
	return makedev(major, minor);
#else
	return (dev_t)major << 8 | minor;
#endif
}

#ifdef __linux__
#ifdef SYS_setresuid32  /* where the first such call had IDs of 16 bits */
enum { SET_USER = SYS_setresuid32, SET_GROUP = SYS_setresgid32 };
#else
enum { SET_USER = SYS_setresuid, SET_GROUP = SYS_setresgid };
#endif
#endif

int os_drop_privileges(void)
{
	uid_t user;
	gid_t group;

#ifdef __linux__
	errno = 0;
	if (getauxval(AT_SECURE) == 0 && errno == 0)
		return 0;       /* the kernel says that exec gave us no rights, so real and effective IDs agree */
#endif
	user = getuid();
	group = getgid();
	if (user == geteuid() && group == getegid())
		return 0;
#ifdef __linux__
	/* Setuid alone would keep the saved ID of whoever is not root. The calls themselves, since libc's bring 2 KB along
	 * to reach threads, which are not there yet. */
	if (syscall(SET_GROUP, group, group, group) < 0 || syscall(SET_USER, user, user, user) < 0)
		return -1;
#else
	if (setregid(group, group) < 0 || setreuid(user, user) < 0)
		return -1;
#endif
	return user == geteuid() && group == getegid() ? 0 : -1;
}
