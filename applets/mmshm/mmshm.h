/*
 * mmshm: what its rooms share: the options as they were given, the verbs, and what two of the rooms need.
 */
#ifndef MMSHM_H
#define MMSHM_H

#include <stdbool.h>
#include <stdint.h>

#include "child.h"
#include "opt.h"
#include "region.h"

/* Exit statuses. */
enum { NO = 1, TROUBLE = 2 };

extern struct mmshm_conf {
	int mode, exclusive, json, quiet, hex, is_signed, old, shared, seal;
	int64_t timeout_ns;
	uint64_t size, jobs, conflict;
	const char *from, *dump;
	struct opt_ranges ranges;
} shm_conf;

/* An operand in bytes; `what` they are is for the usage error. */
uint64_t shm_size_operand(const char *text, const char *what);

/* Why that error came of that name; lives until the next call. */
const char *shm_reason(const char *name, int error);

/* Says why errno came of that name; false. */
bool shm_fail(const char *name);

/* region_open and region_holds; false after a message. */
bool shm_open_region(struct region *r, const char *name, int how);
bool shm_holds(struct region *r, off_t off, uint64_t len);

/* child_start with our output; what goes wrong is said. */
pid_t shm_start(char **argv, child_prepare *prepare, void *arg);

/* whole.c: objects as a whole. */
int shm_create(int argc, char **argv);
int shm_resize(int argc, char **argv);
int shm_remove(int argc, char **argv);
int shm_copy(int argc, char **argv);

/* Opens FILE of --from, of *len bytes; *size becomes that, or is not smaller already. -1 after a message. */
int shm_open_from(uint64_t *size, off_t *len);

/* Writes the `len` bytes of the open file `from`, called `name`, to the start of the region. False after a message,
 * also when the file has any other size by now. */
bool shm_fill_from(struct region *r, int from, const char *name, off_t len);

/* Gives a region that is there for the first time its size and bytes. */
bool shm_fill_new(struct region *r, uint64_t size, int from, off_t len);

/* bytes.c */
int shm_read(int argc, char **argv);
int shm_hex(int argc, char **argv);
int shm_write(int argc, char **argv);
int shm_fill(int argc, char **argv);

/* objects.c: what is there, and who maps it. */
int shm_list(int argc, char **argv);
int shm_stat(int argc, char **argv);

/* count.c: words of a region, counted in and waited for. */
int shm_get(int argc, char **argv);
int shm_set(int argc, char **argv);
int shm_add(int argc, char **argv);
int shm_or(int argc, char **argv);
int shm_and(int argc, char **argv);
int shm_swap(int argc, char **argv);
int shm_cas(int argc, char **argv);
int shm_wait(int argc, char **argv);
int shm_wake(int argc, char **argv);

/* lock.c and run.c: commands under a lock, and around a region without a name. */
int shm_lock(int argc, char **argv);
int shm_run(int argc, char **argv);

#endif
