#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "os.h"

/* mkdir -p */
static int make_folders(const char *folder)
{
	char path[PATH_MAX];
	size_t len = strlen(folder);

	if (len >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (size_t i = 1; i <= len; i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		memcpy(path, folder, i);
		path[i] = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST && i == len)
			return -1;
	}
	return 0;
}

int install_open(struct install *to, const char *folder, bool symlinks, bool force)
{
	char *slash;
	struct stat there, here;

	*to = (struct install){.folder = folder, .symlinks = symlinks, .force = force};
	if (os_self(to->program, sizeof to->program) < 0 || stat(to->program, &to->self) < 0) {
		msg_warn_errno("cannot find the running program");
		return -1;
	}
	if (make_folders(folder) < 0) {
		msg_warn_errno("cannot create folder %s", msg_quote(folder));
		return -1;
	}
	to->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to->dir < 0) {
		msg_warn_errno("cannot open folder %s", msg_quote(folder));
		return -1;
	}
	/* Beside the program a link without a path is right, also when the tree is moved to another root. */
	slash = strrchr(to->program, '/');
	if (symlinks && slash) {
		*slash = '\0';
		if (stat(*to->program ? to->program : "/", &there) == 0 && fstat(to->dir, &here) == 0 &&
		    there.st_dev == here.st_dev && there.st_ino == here.st_ino)
			memmove(to->program, slash + 1, strlen(slash + 1) + 1);
		else
			*slash = '/';
	}
	return 0;
}

/* Whether `name` leads to the program already. */
static bool is_self(const struct install *to, const char *name)
{
	struct stat st;

	return fstatat(to->dir, name, &st, 0) == 0 && st.st_dev == to->self.st_dev && st.st_ino == to->self.st_ino;
}

static int make_link(const struct install *to, const char *name)
{
	return to->symlinks ? symlinkat(to->program, to->dir, name)
	                    : linkat(AT_FDCWD, to->program, to->dir, name, 0);
}

/* A link under a name of its own is renamed over the old one, so that the name is never missing. */
static int replace(const struct install *to, const char *name)
{
	char temporary[64];

	snprintf(temporary, sizeof temporary, ".%s.mmtmp-%ld", name, (long)getpid());
	if (make_link(to, temporary) < 0)
		return -1;
	if (renameat(to->dir, temporary, to->dir, name) == 0)
		return 0;
	unlinkat(to->dir, temporary, 0);
	return -1;
}

int install_link(struct install *to, const char *name)
{
	bool exists;

	if (make_link(to, name) == 0)
		return 0;
	exists = errno == EEXIST;
	if (exists && is_self(to, name))
		return 0;
	if (exists && !to->force) {
		msg_warn("kept %s/%s: it exists", to->folder, name);
		return 0;
	}
	if (exists && replace(to, name) == 0)
		return 0;
	msg_warn_errno("cannot link %s/%s%s", to->folder, name,
	               errno == EXDEV ? " (try -s for symbolic links)" : "");
	return -1;
}

void install_close(struct install *to)
{
	close(to->dir);
}
