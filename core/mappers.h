/*
 * mappers: processes, and what they map. Linux: /proc/PID/maps and smaps, read as records. A process is held by its
 * folder in /proc, so that none which gets its number later is taken for it. Nothing here prints.
 */
#ifndef MAPPERS_H
#define MAPPERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { MAPPING_FIELDS = 32, MAPPING_FIELD = 24 };

struct mapping {
	uint64_t start, end;            /* addresses */
	uint64_t off, ino;              /* of the file; ino 0: there is none */
	unsigned major, minor;          /* its device */
	char perm[5];                   /* "r-xp" */
	size_t name, flags;             /* of VmFlags: texts, see mappings_text */
	uint64_t fields[MAPPING_FIELDS];
};

/* What one process maps, in the order of addresses, none of them twice. Zeroed before its first use. */
struct mappings {
	struct mapping *v;
	size_t n;
	char field[MAPPING_FIELDS][MAPPING_FIELD];      /* names of what smaps tells of each, mostly in KiB */
	size_t n_fields;

	/* Private to mappers.c. */
	char *texts;
	size_t n_texts, texts_room;
};

/* The kernel's own text, in which a newline is \012; of one that is longer than any path that can be opened the middle
 * is left out. Valid until the next mappings_read. */
const char *mappings_text(const struct mappings *all, size_t text);

/* Reads maps, smaps, smaps_rollup or a copy of one, in place of what `all` held. What grows or moves meanwhile is read
 * once. -1 with errno, ESRCH: the process ended, or has become another program; EINVAL: this is no such text. */
int mappings_read(struct mappings *all, int fd);

/* The same by the name of the file in the folder of a process. None at all: a kernel thread, or one that has ended. */
int mappings_load(struct mappings *all, int process, const char *name);
void mappings_free(struct mappings *all);

/* A small file in that folder as a text that fits; returns its length, or -1. */
int mappers_text(int process, const char *name, char *to, size_t room);

/* The name of the program, which it may have changed; "?" where there is none. */
void mappers_comm(int process, char *to, size_t room);

/* The folder of the process: where its first thread has ended, that of one that lives, which shows the same memory. -1
 * with errno. */
int mappers_open(int proc, const char *name);

/* Calls `look` for each process with its folder; it returns -1 with errno when it can't be looked at, ESRCH: it has
 * ended, which is no failure. Returns how many could not, with the errno of the first, or -1 where the system does not
 * tell. */
typedef int mappers_look(void *arg, pid_t pid, int process);
int mappers_processes(mappers_look *look, void *arg);

struct mapper {
	pid_t pid;
	char command[32];
};

/* Called for each mapping of a file, of a process at a time: a file that a process maps twice is met twice. */
typedef void mappers_visit(void *arg, dev_t dev, ino_t ino, const struct mapper *process);

/* Goes through all processes. Returns as mappers_processes. */
int mappers_each(mappers_visit *visit, void *arg);

#endif
