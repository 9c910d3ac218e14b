#include "mappers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "num.h"
#include "os.h"

/* Of a line: a path of PATH_MAX, in which each byte may have become four. Of a longer one the end is kept, too. */
enum { TRIES = 8, LINE = 1 << 15, LINE_END = 64 };

const char *mappings_text(const struct mappings *all, size_t text)
{
	return all->texts + text;
}

/* Where the copy of a text begins. */
static int keep(struct mappings *all, const char *text, size_t *at)
{
	size_t len = strlen(text) + 1;
	char *more = grow_room(all->texts, &all->texts_room, all->n_texts + len, 1);

	if (!more)
		return -1;
	all->texts = more;
	memcpy(more + all->n_texts, text, len);
	*at = all->n_texts;
	all->n_texts += len;
	return 0;
}

/* A number at *p, and the character behind it. */
static bool number(const char **p, unsigned base, uint64_t *value, char behind)
{
	return num_digits(p, base, UINT64_MAX, value) == 0 && *(*p)++ == behind;
}

/* A line of addresses: the mapping takes the place of those that it has swallowed since they were read. -1 with EAGAIN:
 * it begins in the middle of one. */
static int add_mapping(struct mappings *all, const char *line)
{
	struct mapping m = {.perm = ""}, *more;
	uint64_t major, minor;
	const char *p = line;

	if (!number(&p, 16, &m.start, '-') || !number(&p, 16, &m.end, ' ') || strcspn(p, " ") != 4) {
		errno = EINVAL;
		return -1;
	}
	memcpy(m.perm, p, 4);
	p += 5;
	if (!number(&p, 16, &m.off, ' ') || !number(&p, 16, &major, ':') || !number(&p, 16, &minor, ' ') ||
	    num_digits(&p, 10, UINT64_MAX, &m.ino) < 0 || m.end <= m.start) {
		errno = EINVAL;
		return -1;
	}
	m.major = (unsigned)major;
	m.minor = (unsigned)minor;
	while (all->n > 0 && all->v[all->n - 1].end > m.start) {
		if (all->v[all->n - 1].start < m.start) {
			errno = EAGAIN;
			return -1;
		}
		all->n--;
	}
	if (keep(all, p + strspn(p, " "), &m.name) < 0 || !(more = grow_add(all->v, &all->n, sizeof m)))
		return -1;
	all->v = more;
	all->v[all->n - 1] = m;
	return 0;
}

/* A line "Rss:   4 kB" of the last mapping; *next is which field is likely to come. */
static int add_field(struct mappings *all, const char *line, size_t len, size_t *next)
{
	const char *p = line + len + 1;
	struct mapping *m = &all->v[all->n - 1];
	size_t i = *next < all->n_fields ? *next : 0, n = all->n_fields;
	uint64_t value;

	p += strspn(p, " \t");
	if (num_digits(&p, 10, INT64_MAX / 1024, &value) < 0) {
		if (errno != ERANGE)
			return keep(all, p, &m->flags);
		errno = EINVAL;
		return -1;
	}
	for (; n > 0 && (strncmp(all->field[i], line, len) != 0 || all->field[i][len]); n--)
		i = (i + 1) % all->n_fields;
	if (n == 0) {
		i = all->n_fields;
		if (i == MAPPING_FIELDS)
			return 0;
		fmt_text(all->field[i], MAPPING_FIELD, "%.*s", (int)len, line);
		all->n_fields++;
	}
	m->fields[i] = value;
	*next = i + 1;
	return 0;
}

/* One reading from the start. */
static int read_once(struct mappings *all, int fd)
{
	static char text[LINE];
	size_t len = 0, next = 0;
	ssize_t n;

	all->n = all->n_fields = all->n_texts = 0;
	if (keep(all, "", &next) < 0)   /* for those without a text */
		return -1;
	while ((n = read(fd, text + len, sizeof text - len)) != 0) {
		char *line = text, *end;

		if (n < 0) {
			if (os_interrupted())
				continue;
			return -1;
		}
		len += (size_t)n;
		while ((end = memchr(line, '\n', len))) {
			size_t name;

			*end++ = '\0';
			name = strcspn(line, ": ");
			if (line[name] == ':' && all->n > 0 && name < MAPPING_FIELD ?
			    add_field(all, line, name, &next) < 0 : add_mapping(all, line) < 0)
				return -1;
			len -= (size_t)(end - line);
			line = end;
		}
		memmove(text, line, len);
		if (len < sizeof text)
			continue;
		if (memchr(text, '\0', len))
			break;
		len = sizeof text / 2;
		memcpy(text + len, text + sizeof text - LINE_END, LINE_END);
		len += LINE_END;
	}
	errno = EINVAL;
	return len == 0 ? 0 : -1;
}

int mappings_read(struct mappings *all, int fd)
{
	int tries = TRIES, result;
	char byte;

	while ((result = read_once(all, fd)) < 0 && errno == EAGAIN && --tries > 0 && lseek(fd, 0, SEEK_SET) == 0)
		;
	/* what has lost its memory reads as if it ended there, and from the start as if it had none */
	if (result == 0 && all->n > 1 && lseek(fd, 0, SEEK_SET) == 0 && read(fd, &byte, 1) == 0) {
		errno = ESRCH;
		return -1;
	}
	return result;
}

int mappings_load(struct mappings *all, int process, const char *name)
{
	int tries = TRIES, result = -1;
	char byte;

	/* during execve a descriptor shows the memory that is gone, a new one the new; a kernel thread has no program */
	do {
		int fd = openat(process, name, O_RDONLY | O_CLOEXEC), error;

		if (fd < 0) {
			if (errno == ENOENT && faccessat(process, "stat", F_OK, 0) < 0)
				errno = ESRCH;
			return -1;
		}
		result = mappings_read(all, fd);
		error = errno;
		close(fd);
		errno = error;
	} while ((result < 0 ? errno == ESRCH : all->n == 0 && readlinkat(process, "exe", &byte, 1) > 0) && --tries > 0);
	return result;
}

void mappings_free(struct mappings *all)
{
	free(all->v);
	free(all->texts);
	*all = (struct mappings){0};
}

int mappers_text(int process, const char *name, char *to, size_t room)
{
	int fd = openat(process, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, to, room - 1);
	close(fd);
	to[n < 0 ? 0 : n] = '\0';
	return (int)n;
}

void mappers_comm(int process, char *to, size_t room)
{
	int n = mappers_text(process, "comm", to, room);

	if (n <= 0)
		fmt_text(to, room, "?");
	else if (to[n - 1] == '\n')
		to[n - 1] = '\0';
}

int mappers_open(int proc, const char *name)
{
	int process = openat(proc, name, os_open_folder), fd;
	struct dirent *entry;
	struct stat tasks;
	DIR *threads;
	char byte;

	/* without a program: a kernel thread, or one whose first thread has ended; a folder has two names, and one by each
	 * folder in it */
	if (process < 0 || readlinkat(process, "exe", &byte, 1) >= 0 || errno != ENOENT ||
	    fstatat(process, "task", &tasks, 0) < 0 || tasks.st_nlink < 2 + 2)
		return process;
	fd = openat(process, "task", O_RDONLY | O_CLOEXEC);
	threads = fd < 0 ? NULL : fdopendir(fd);
	while (threads && (entry = readdir(threads))) {
		fd = openat(dirfd(threads), entry->d_name, os_open_folder);
		if (fd >= 0 && readlinkat(fd, "exe", &byte, 1) > 0) {
			close(process);
			process = fd;
			break;
		}
		os_close(fd);
	}
	if (threads)
		closedir(threads);
	return process;
}

int mappers_processes(mappers_look *look, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int hidden = 0, processes = 0, first = 0;

	if (!proc)
		return -1;
	while ((entry = readdir(proc))) {
		const char *name = entry->d_name;
		uint64_t pid;
		int process;

		if (num_digits(&name, 10, INT32_MAX, &pid) < 0 || *name)
			continue;
		processes++;
		process = mappers_open(dirfd(proc), entry->d_name);
		if (process < 0 ? errno != ENOENT && errno != ESRCH : look(arg, (pid_t)pid, process) < 0 && errno != ESRCH)
			first = hidden++ ? first : errno;
		os_close(process);
	}
	closedir(proc);
	errno = processes ? first : ENOENT;
	return processes ? hidden : -1;
}

struct each {
	mappers_visit *visit;
	void *arg;
	struct mappings all;
};

/* One that has ended meanwhile maps nothing. */
static int look_at(void *arg, pid_t pid, int process)
{
	struct mapper mapper = {.pid = pid};
	struct each *each = arg;

	if (mappings_load(&each->all, process, "maps") < 0)
		return -1;
	for (size_t i = 0; i < each->all.n; i++) {
		const struct mapping *m = &each->all.v[i];

		if (m->ino == 0)
			continue;
		if (!mapper.command[0])
			mappers_comm(process, mapper.command, sizeof mapper.command);
		each->visit(each->arg, os_device(m->major, m->minor), (ino_t)m->ino, &mapper);
	}
	return 0;
}

int mappers_each(mappers_visit *visit, void *arg)
{
	struct each each = {.visit = visit, .arg = arg};
	int hidden = mappers_processes(look_at, &each);

	mappings_free(&each.all);
	return hidden;
}
