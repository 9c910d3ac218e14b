/*
 * install: links to the running program under the applets' names. Says on stderr what failed or was kept.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

struct install {
	const char *folder;
	int dir;
	bool symlinks, force;
	char program[PATH_MAX];         /* what links lead to, as an absolute path */
	char target[PATH_MAX];          /* and as a symbolic link says it */
	struct stat self;
};

/* Makes the folder with its parents and finds the program. Returns 0, or -1 after a message. */
int install_open(struct install *to, const char *folder, bool symlinks, bool force);

/* Links `name`; what exists is kept and named, unless it was to be replaced. Returns 0, or -1 after a message. */
int install_link(struct install *to, const char *name);

void install_close(struct install *to);

#endif
