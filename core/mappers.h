/*
 * mappers: which processes map which files. Linux: /proc/PID/maps, where device and inode name the file. Nothing here
 * prints.
 */
#ifndef MAPPERS_H
#define MAPPERS_H

#include <sys/stat.h>
#include <sys/types.h>

struct mapper {
	pid_t pid;
	char command[32];
};

/* Called for each mapping of a file, of a process at a time: a file that a process maps twice is met twice. */
typedef void mappers_visit(void *arg, dev_t dev, ino_t ino, const struct mapper *process);

/* Goes through all processes. Returns how many may not be looked at, or -1 where the system does not tell. */
int mappers_each(mappers_visit *visit, void *arg);

#endif
