/*
 * ringload: what the tests of mmring write, read and cut off, faster than a shell could. A line of theirs proves
 * itself: "RUN N LEN FILLER", where the filler is LEN letters that follow from RUN and N.
 *
 * lines RUN COUNT MOST         COUNT lines, N from 1, with fillers of up to MOST letters
 * flood RUN SECONDS MOST       the same for as long, in bursts; says how many on stderr
 * verify PAUSE                 takes `mmring read --json --from=1` up to a line "END": numbers without a gap but those reported
 *                              lost, each line intact, in order per RUN. Naps up to PAUSE us now and then. Prints what
 *                              was read, lost, reported damaged, and the number of END.
 * verify-raw PAUSE             the same with --raw, where no numbers are
 * after RUN TEED BEFORE ROOM   takes `mmring read --json` of a ring whose writer, RUN, was cut off. TEED has what it
 *                              passed on, BEFORE is the number of the last record before it (0: unknown); the records left must
 *                              fill ROOM bytes if they do not begin with number 1. Prints the last number.
 * synced RUN TEED              the same after a power cut: what RUN passed on is there without a gap; else there may be some
 * valid RUN SENT               takes the same: only what was written, in order; of RUN no more than SENT lines. Prints the
 *                              last number.
 * dialog CUT DIR MOMENT RUN MOST BATCH TEED COMMAND...
 *                              starts COMMAND, hands it up to BATCH lines at a time, and writes to TEED what it passes on,
 *                              until MOMENT (us). Then CUT: 1 or 2, as in shutdown.c, or 0. Prints how many lines were sent.
 * damage COMMAND FILE LINES [STEP]
 *                              for every byte of the header, its copy and the cursor, every STEP-th of the records and every
 *                              16 STEP-th of the rest: changed, then read --raw, mapped or not in turn, and check. What is printed must be among LINES, in order.
 *                              Prints for each part how many changes there were and how many check saw.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/types.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 70000, RUNS = 100000 };

static const unsigned long fs_ioc_shutdown = _IOR('X', 125, __u32);
extern char **environ;

static _Noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static _Noreturn void say(const char *what)
{
	perror(what);
	exit(99);
}

static long micros(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

/* The line into `to`, with its newline. */
static size_t line(char *to, unsigned long run, unsigned long n, unsigned long most)
{
	uint64_t state = mix(run * 1000003 + n);
	unsigned long len = most ? state % (most + 1) : 0;
	size_t at = (size_t)sprintf(to, "%lu %lu %lu ", run, n, len);

	for (unsigned long i = 0; i < len; i++) {
		state = mix(state + i);
		to[at++] = (char)('a' + state % 26);
	}
	to[at++] = '\n';
	return at;
}

/* Whether the text is a line that somebody may have written. Its newline is not there. */
static bool is_line(const char *text, unsigned long *run, unsigned long *n)
{
	static char want[LINE];
	unsigned long len;
	uint64_t state;
	int at = 0;

	if (sscanf(text, "%lu %lu %lu%n", run, n, &len, &at) != 3 || text[at] != ' ' || strlen(text + at + 1) != len)
		return false;
	state = mix(*run * 1000003 + *n);
	for (unsigned long i = 0; i < len; i++) {
		state = mix(state + i);
		want[i] = (char)('a' + state % 26);
	}
	return memcmp(want, text + at + 1, len) == 0;
}

static int lines(char **argv)
{
	unsigned long count = strtoul(argv[1], NULL, 10);
	static char buf[LINE];

	for (unsigned long n = 1; n <= count; n++)
		fwrite(buf, line(buf, strtoul(argv[0], NULL, 10), n, strtoul(argv[2], NULL, 10)), 1, stdout);
	return ferror(stdout) || fflush(stdout) != 0;
}

static int flood(char **argv)
{
	unsigned long run = strtoul(argv[0], NULL, 10), most = strtoul(argv[2], NULL, 10), n = 0;
	long end = micros() + strtol(argv[1], NULL, 10) * 1000000;
	static char buf[LINE];

	while (micros() < end) {
		uint64_t dice = mix(run ^ n << 20);

		/* alone, a few, or more than one read of the writer takes */
		for (uint64_t i = dice % 16 == 0 ? 2000 : dice % 4 == 0 ? 30 : 1; i > 0; i--, n++)
			fwrite(buf, line(buf, run, n + 1, most), 1, stdout);
		if (fflush(stdout) != 0)
			return 1;
		if (dice % 7 == 0)
			usleep((useconds_t)(dice / 7 % 2000));
	}
	fprintf(stderr, "%lu\n", n);
	return 0;
}

/* A line of JSON as mmring prints it, of which `text` is set, ended. */
static bool json(char *in, uint64_t *seq, char **text, uint64_t *lost, bool *damaged)
{
	char *end;

	if (sscanf(in, "{\"lost\":%" SCNu64, lost) == 1) {
		*damaged = strstr(in, "\"damaged\":true") != NULL;
		*text = NULL;
		return true;
	}
	*text = strstr(in, "\"text\":\"");
	if (sscanf(in, "{\"seq\":%" SCNu64, seq) != 1 || !*text)
		return false;
	*text += 8;
	end = strrchr(*text, '"');
	if (!end || strcmp(end, "\"}\n") != 0)
		return false;
	*end = '\0';
	return true;
}

static int verify(char **argv, bool raw)
{
	static unsigned long last[RUNS];
	static char in[LINE];
	uint64_t expect = 1, seq = 0, n_read = 0, n_lost = 0, n_damaged = 0, lost;
	long pause = strtol(argv[0], NULL, 10);
	unsigned long run, n;
	bool damaged;
	char *text;

	while (fgets(in, sizeof in, stdin)) {
		if (pause && mix(n_read) % 500 == 0)
			usleep((useconds_t)(mix(n_read + 7) % (uint64_t)pause));
		if (raw) {
			text = in;
			text[strcspn(text, "\n")] = '\0';
		} else if (!json(in, &seq, &text, &lost, &damaged))
			fail("not what mmring prints: %s", in);
		if (!text) {
			n_lost += lost;
			n_damaged += damaged;
			expect += lost;
			continue;
		}
		if (!raw && seq != expect)
			fail("number %" PRIu64 " where %" PRIu64 " was due", seq, expect);
		expect = seq + 1;
		n_read++;
		if (strcmp(text, "END") == 0) {
			printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", n_read, n_lost, n_damaged, seq);
			return 0;
		}
		if (!is_line(text, &run, &n) || run >= RUNS)
			fail("torn: %s", text);
		if (n <= last[run])
			fail("run %lu: line %lu after line %lu", run, n, last[run]);
		last[run] = n;
	}
	fail("the end came before END, after number %" PRIu64, seq);
}

static int after(char **argv)
{
	unsigned long writer = strtoul(argv[0], NULL, 10), passed = 0, run, n, run_before = 0, n_before = 0;
	uint64_t seq = 0, first = 0, expect = 0, before = strtoull(argv[2], NULL, 10), room = strtoull(argv[3], NULL, 10);
	uint64_t bytes = 0, n_writer = 0, lost;
	static char in[LINE];
	bool damaged;
	char *text;
	FILE *teed = fopen(argv[1], "r");

	if (!teed)
		say(argv[1]);
	/* the last may be there in part */
	while (fgets(in, sizeof in, teed) && strchr(in, '\n')) {
		in[strcspn(in, "\n")] = '\0';
		if (!is_line(in, &run, &n) || run != writer || n != passed + 1)
			fail("passed on: %s", in);
		passed = n;
	}
	fclose(teed);
	while (fgets(in, sizeof in, stdin)) {
		if (!json(in, &seq, &text, &lost, &damaged))
			fail("not what mmring prints: %s", in);
		if (!text)
			fail("%" PRIu64 " lost before number %" PRIu64 ", damaged: %d", lost, seq, damaged);
		if (expect && seq != expect)
			fail("number %" PRIu64 " where %" PRIu64 " was due", seq, expect);
		if (!is_line(text, &run, &n))
			fail("torn: %s", text);
		if (expect && (run == run_before ? n != n_before + 1 : n != 1))
			fail("%lu %lu behind %lu %lu", run, n, run_before, n_before);
		if (run == writer && seq <= before)
			fail("number %" PRIu64 " was there before", seq);
		if (run == writer && n == 1 && before && seq != before + 1)
			fail("the writer began with number %" PRIu64 ", not %" PRIu64, seq, before + 1);
		run_before = run, n_before = n;
		n_writer = run == writer ? n : 0;
		bytes += (40 + strlen(text) + 7) / 8 * 8;
		if (!first)
			first = seq;
		expect = seq + 1;
	}
	if (n_writer < passed)
		fail("line %lu was passed on, and the last one there is %" PRIu64, passed, n_writer);
	if (seq < before)
		fail("the last number is %" PRIu64 ", and was %" PRIu64, seq, before);
	if (first > 1 && bytes < room)
		fail("there are no more than %" PRIu64 " bytes of records, from number %" PRIu64 " on", bytes, first);
	printf("%" PRIu64 "\n", seq);
	return 0;
}

/* With `teed`, what was passed on before the power went must be there. */
static int valid(unsigned long writer, unsigned long sent, const char *teed)
{
	static unsigned long last[RUNS];
	uint64_t seq = 0, before = 0, lost, n_read = 0;
	unsigned long run, n, passed = 0;
	static char in[LINE];
	bool damaged;
	char *text;
	FILE *f = teed ? fopen(teed, "r") : NULL;

	while (f && fgets(in, sizeof in, f))
		passed += strchr(in, '\n') != NULL;
	while (fgets(in, sizeof in, stdin)) {
		if (!json(in, &seq, &text, &lost, &damaged))
			fail("not what mmring prints: %s", in);
		if (!text)
			continue;
		if (!is_line(text, &run, &n) || run >= RUNS)
			fail("torn: %s", text);
		if (seq <= before)
			fail("number %" PRIu64 " behind %" PRIu64, seq, before);
		if (n <= last[run])
			fail("run %lu: line %lu after line %lu", run, n, last[run]);
		if (run == writer && sent && n > sent)
			fail("run %lu: line %lu, and %lu were sent", run, n, sent);
		if (run == writer && n <= passed && n != last[run] + 1 && n_read > 0)
			fail("run %lu: line %lu behind %lu, and %lu were passed on", run, n, last[run], passed);
		last[run] = n;
		before = seq;
		n_read++;
	}
	if (last[writer] < passed)
		fail("run %lu: %lu lines were passed on, and the last one there is %lu", writer, passed, last[writer]);
	printf("%" PRIu64 "\n", before);
	return 0;
}

static int dialog(char **argv)
{
	__u32 flag = (__u32)strtoul(argv[0], NULL, 10);
	int dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC), to[2], from[2], log;
	unsigned long run = strtoul(argv[3], NULL, 10), most = strtoul(argv[4], NULL, 10), n = 0;
	uint64_t batch = strtoull(argv[5], NULL, 10);
	size_t due = 0;
	static char buf[1 << 20], got[1 << 16];
	long end;
	pid_t pid;

	log = open(argv[6], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (dir < 0 || log < 0 || pipe(to) < 0 || pipe(from) < 0)
		say(argv[1]);
	signal(SIGPIPE, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		for (int i = 0; i < 2; i++) {
			close(to[i]);
			close(from[i]);
		}
		signal(SIGPIPE, SIG_DFL);
		execvp(argv[7], argv + 7);
		say(argv[7]);
	}
	close(to[0]);
	close(from[1]);
	fcntl(from[0], F_SETFL, O_NONBLOCK);
	for (end = micros() + strtol(argv[2], NULL, 10);;) {
		struct pollfd wait = {.fd = from[0], .events = POLLIN};
		long left = end - micros();
		ssize_t len;

		if (due == 0 && left > 0) {
			for (uint64_t i = mix(n) % batch + 1; i > 0 && due + LINE < sizeof buf; i--)
				due += line(buf + due, run, ++n, most);
			if (write(to[1], buf, due) != (ssize_t)due)
				break;
		}
		if (left > 1000)
			poll(&wait, 1, (int)(left / 1000));
		len = read(from[0], got, sizeof got);
		if (len > 0 && write(log, got, (size_t)len) != len)
			say(argv[6]);
		if (len > 0)
			due -= (size_t)len;
		if (len == 0 || (len < 0 && errno != EAGAIN))
			break;          /* it ended by itself */
		if (len < 0 && left <= 0)
			break;
	}
	if (flag && ioctl(dir, fs_ioc_shutdown, &flag) < 0)
		say("FS_IOC_SHUTDOWN");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("%lu\n", n);
	return 0;
}

/* ---- damage ---- */

/* Runs it with its output in `out`. Returns its status. */
static int run(char *const argv[], char *out, size_t size)
{
	static int null = -1;
	posix_spawn_file_actions_t actions;
	int p[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (null < 0)
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (pipe(p) < 0)
		say("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, p[1], 1);
	posix_spawn_file_actions_adddup2(&actions, null, 2);
	posix_spawn_file_actions_addclose(&actions, p[0]);
	posix_spawn_file_actions_addclose(&actions, p[1]);
	if (posix_spawn(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		say(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	close(p[1]);
	while ((n = read(p[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(p[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether all lines of `got` are in `all`, in that order. */
static bool among(const char *got, const char *all)
{
	while (*got) {
		size_t len = strcspn(got, "\n") + 1;

		for (;; all += strcspn(all, "\n") + 1) {
			if (!*all)
				return false;
			if (strncmp(got, all, len) == 0)
				break;
		}
		all += len;
		got += len;
	}
	return true;
}

static int damage(char **argv, int argc)
{
	static char file[1 << 20], all[1 << 20], out[1 << 20];
	static const struct part {
		const char *name;
		size_t from, to;
	} parts[] = {{"header", 0, 52}, {"copy", 6144, 6196}, {"cursor", 4096, 4168}, {"records", 8192, SIZE_MAX},
	             {"rest", 0, SIZE_MAX}};
	enum { PARTS = sizeof parts / sizeof *parts };
	char *mapped[] = {argv[0], "mmring", "read", "--raw", "--io=map", argv[1], NULL};
	char *plain[] = {argv[0], "mmring", "read", "--raw", "--io=read", argv[1], NULL};
	char *check[] = {argv[0], "mmring", "check", argv[1], NULL};
	int fd = open(argv[1], O_RDWR | O_CLOEXEC), list = open(argv[2], O_RDONLY | O_CLOEXEC);
	size_t len, step = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	unsigned long done[PARTS] = {0}, seen[PARTS] = {0}, whole[PARTS] = {0};

	if (fd < 0 || list < 0)
		say(argv[1]);
	len = (size_t)pread(fd, file, sizeof file, 0);
	if (read(list, all, sizeof all - 1) < 0)
		say(argv[2]);
	for (size_t at = 0; at < len; at++) {
		size_t part = 0;
		unsigned char old = (unsigned char)file[at], changes[] = {old ^ (unsigned char)(1 << mix(at) % 8)};

		while (at < parts[part].from || at >= parts[part].to)
			part++;
		if ((part == PARTS - 1 && at % (16 * step) != 0) || (part == PARTS - 2 && at % step != 0))
			continue;
		for (size_t i = 0; i < sizeof changes; i++) {
			int status;

			if (changes[i] == old)
				continue;
			if (pwrite(fd, changes + i, 1, (off_t)at) != 1)
				say(argv[1]);
			status = run(mix(at + len) % 2 ? plain : mapped, out, sizeof out);
			if (status > 2)
				fail("byte %zu %02x: status %d", at, changes[i], status);
			if (!among(out, all))
				fail("byte %zu %02x: %s", at, changes[i], out);
			whole[part] += strcmp(out, all) == 0;
			status = run(check, out, sizeof out);
			if (status > 2)
				fail("byte %zu %02x: check with status %d", at, changes[i], status);
			seen[part] += status != 0;
			done[part]++;
			if (status == 0 && part != PARTS - 1 && getenv("UNSEEN"))
				fprintf(stderr, "unseen %zu %s\n", at, parts[part].name);
		}
		if (pwrite(fd, &old, 1, (off_t)at) != 1)
			say(argv[1]);
	}
	for (size_t i = 0; i < PARTS; i++)
		printf("%s %lu %lu %lu\n", parts[i].name, done[i], seen[i], whole[i]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	argv += 2;
	argc -= 2;
	if (strcmp(what, "lines") == 0 && argc == 3)
		return lines(argv);
	if (strcmp(what, "flood") == 0 && argc == 3)
		return flood(argv);
	if (strcmp(what, "verify") == 0 && argc == 1)
		return verify(argv, false);
	if (strcmp(what, "verify-raw") == 0 && argc == 1)
		return verify(argv, true);
	if (strcmp(what, "after") == 0 && argc == 4)
		return after(argv);
	if (strcmp(what, "synced") == 0 && argc == 2)
		return valid(strtoul(argv[0], NULL, 10), 0, argv[1]);
	if (strcmp(what, "valid") == 0 && argc == 2)
		return valid(strtoul(argv[0], NULL, 10), strtoul(argv[1], NULL, 10), NULL);
	if (strcmp(what, "dialog") == 0 && argc > 7)
		return dialog(argv);
	if (strcmp(what, "damage") == 0 && argc >= 3)
		return damage(argv, argc);
	return 98;
}
