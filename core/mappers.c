#include "mappers.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "num.h"
#include "os.h"
#include "text.h"

enum { FIELDS = 5 };    /* of a line of maps, before the path: addresses, permissions, offset, device, inode */

static void command_of(struct mapper *process)
{
	char path[40], *text;
	size_t len;

	fmt_text(path, sizeof path, "/proc/%ld/comm", (long)process->pid);
	text = text_load(path, &len);
	fmt_text(process->command, sizeof process->command, "%.*s", text ? (int)strcspn(text, "\n") : 1, text ? text : "?");
	free(text);
}

/* The file that the words of a line name. False when there is none. */
static bool parse(char *const *word, dev_t *dev, ino_t *ino)
{
	const char *device = word[3], *inode = word[4];
	uint64_t major, minor, number;

	if (num_digits(&device, 16, UINT32_MAX, &major) < 0 || *device++ != ':' ||
	    num_digits(&device, 16, UINT32_MAX, &minor) < 0 || num_digits(&inode, 10, UINT64_MAX, &number) < 0)
		return false;
	*dev = os_device((unsigned)major, (unsigned)minor);
	*ino = (ino_t)number;
	return *ino != 0;
}

/* 0, or -1 when that process is none of ours. One that has ended meanwhile maps nothing. */
static int look_at(struct mapper *process, mappers_visit *visit, void *arg)
{
	char path[40], *text, *rest, *line, *word[FIELDS];
	size_t len;
	dev_t dev;
	ino_t ino;

	fmt_text(path, sizeof path, "/proc/%ld/maps", (long)process->pid);
	text = rest = text_load(path, &len);
	if (!text)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	process->command[0] = '\0';
	while ((line = text_line(&rest))) {
		if (text_words(line, word, FIELDS) < FIELDS || !parse(word, &dev, &ino))
			continue;
		if (!process->command[0])
			command_of(process);
		visit(arg, dev, ino, process);
	}
	free(text);
	return 0;
}

int mappers_each(mappers_visit *visit, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int hidden = 0, processes = 0;

	if (!proc)
		return -1;
	while ((entry = readdir(proc))) {
		const char *name = entry->d_name;
		struct mapper process;
		uint64_t pid;

		if (num_digits(&name, 10, INT32_MAX, &pid) < 0 || *name)
			continue;
		process.pid = (pid_t)pid;
		processes++;
		hidden += look_at(&process, visit, arg) < 0;
	}
	closedir(proc);
	return processes ? hidden : -1;
}
