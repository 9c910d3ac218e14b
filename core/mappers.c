#include "mappers.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"

static void command_of(struct mapper *process)
{
	char path[40];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/comm", (long)process->pid);
	f = fopen(path, "re");
	strcpy(process->command, "?");
	if (!f)
		return;
	if (fgets(process->command, sizeof process->command, f))
		process->command[strcspn(process->command, "\n")] = '\0';
	fclose(f);
}

/* Finds the file in a line "start-end perms offset major:minor inode path". False when there is none. */
static bool parse(const char *line, dev_t *dev, ino_t *ino)
{
	unsigned long major, minor;
	char *end;

	for (int field = 0; field < 3; field++) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	major = strtoul(line, &end, 16);
	if (*end != ':')
		return false;
	minor = strtoul(end + 1, &end, 16);
	*dev = os_device((unsigned)major, (unsigned)minor);
	*ino = (ino_t)strtoull(end, NULL, 10);
	return *ino != 0;
}

/* 0, or -1 when that process is none of ours. One that has ended meanwhile maps nothing. */
static int look_at(struct mapper *process, mappers_visit *visit, void *arg)
{
	char path[40], line[512];
	bool whole = true;
	int result = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%ld/maps", (long)process->pid);
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	process->command[0] = '\0';
	errno = 0;
	while (fgets(line, sizeof line, f)) {
		bool begins = whole;    /* a long path comes in several pieces */
		dev_t dev;
		ino_t ino;

		whole = strchr(line, '\n');
		if (!begins || !parse(line, &dev, &ino))
			continue;
		if (!process->command[0])
			command_of(process);
		visit(arg, dev, ino, process);
	}
	if (ferror(f) && errno != ESRCH)
		result = -1;
	fclose(f);
	return result;
}

int mappers_each(mappers_visit *visit, void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int hidden = 0, processes = 0;

	if (!proc)
		return -1;
	while ((entry = readdir(proc))) {
		struct mapper process = {.pid = (pid_t)atol(entry->d_name)};

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		processes++;
		hidden += look_at(&process, visit, arg) < 0;
	}
	closedir(proc);
	return processes ? hidden : -1;
}
