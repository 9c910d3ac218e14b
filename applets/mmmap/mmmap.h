/*
 * mmmap: what its rooms share. The options of its own name; a process that is named; rows of values and their table.
 */
#ifndef MMMAP_H
#define MMMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mappers.h"
#include "opt.h"
#include "seen.h"

enum by { BY_PROCESS, BY_USER, BY_COMMAND, BY_CGROUP, BY_FILE };

extern struct map_conf {
	int rank, by, files, deleted, draw, raw, human, bytes, json;
	uint64_t most;                  /* rows */
	const char *watch, *range, *diff, *dump;
	uint64_t low, last;             /* addresses */
} map_conf;

extern const struct applet pmap_face;

/* What is measured, in bytes. UNKNOWN: the system does not tell. */
enum value { SIZE, RSS, PSS, USS, DIRTY, SWAP, HUGE, VALUES };
enum { UNKNOWN = -1 };

/* Adds what `all` tells of the mapping to the values. */
void values_add(int64_t v[VALUES], const struct mappings *all, const struct mapping *m);

/* Adds these, or with the sign -1 takes them away. Of what is not known of one, no sum is known. */
void values_sum(int64_t sum[VALUES], const int64_t v[VALUES], int sign);

/* A line of a table. Texts are the row's own, or NULL. */
struct row {
	int64_t v[VALUES];
	pid_t pid;                      /* 0: of no single process */
	uint64_t processes;             /* else of so many */
	const struct mapping *mapping;
	const char *state;              /* of a file */
	char *command, *label;
};

struct table {
	struct row *v;
	size_t n;
	unsigned columns;               /* bits of values */
	const char *what;               /* the labels are */
	pid_t pid;                      /* of all its rows, or 0 */
	bool sorted;                    /* by Pss, the largest first */
	struct seen seen;               /* the numbers of rows that table_row has made */
};

/* A new row with copies of both texts; one that may be NULL is left out. */
struct row *table_add(struct table *t, const char *command, const char *label);

/* The row for this key, which is made as by table_add when it is asked for first. */
struct row *table_row(struct table *t, dev_t dev, ino_t ino, const char *key, const char *command, const char *label);

/* Prints the rows that are asked for, and a total. */
void table_print(struct table *t);
void table_free(struct table *t);

/* In JSON all tables of a look are one array: begins a record of it, and ends it. */
void json_record(void);
void json_end(void);

/* Text of others, on standard output: control characters and what is no character as '?'. Returns how many characters
 * of `most` are left. */
size_t show_text(const char *text, size_t most);
/* A value in the unit that is asked for. */
void show_value(int64_t bytes);

/* The process that the operand names: its folder in /proc; -1 with errno. */
int process_open(const char *operand, pid_t *pid);

/* The words of its command line, or its name in brackets, in `to`. False: it has no command line. */
bool process_command(int process, char *to, size_t room);

/* Whether all of its threads have ended, and it was not waited for. */
bool process_ended(int process);

/* "PID:   COMMAND" */
void process_header(pid_t pid, int process);

/* What it maps, with fields, or where the system has none without. */
int process_load(struct mappings *all, int process);

/* Leaves of them those from map_conf.low to map_conf.last. */
void keep_range(struct mappings *all);

/* The hexadecimal address at *text, which moves behind it. */
bool parse_address(const char **text, uint64_t *address);

/* The name of a mapping, or what stands for it. */
const char *mapping_label(const struct mappings *all, const struct mapping *m);

/* The link to its file in the folder of the process, which anybody may read who sees the mapping, but only root may
 * follow. */
enum { MAPPING_LINK = 64 };
void mapping_link(const struct mapping *m, char link[MAPPING_LINK]);

/* Makes the kernel's text of the mapping's name the path itself. `process` may be -1. */
void mapping_path(int process, const struct mapping *m, char *text);

int map_rank(char **files);             /* processes */
int map_list(char **pids);              /* takes away those that can't be shown */
void map_draw(const struct mappings *all);

#endif
