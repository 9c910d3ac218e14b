#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "msg.h"
#include "os.h"
#include "save.h"

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

/*
 * What a symlink in `folder` says, both paths being absolute and without symlinks: the way from the one to the other
 * when they have a folder in common, so that it holds under another root, too. Else the path of the program.
 */
static int aim(struct install *to, const char *folder)
{
	const char *program = to->program, *rest = folder;
	size_t same = 0;
	int len = 0;

	if (strcmp(folder, "/") == 0)
		rest = folder = "";
	for (size_t i = 0; program[i] == (folder[i] ? folder[i] : '/'); i++) {
		if (program[i] == '/')
			same = i + 1;
		if (!folder[i])
			break;
	}
	if (same > strlen(folder))
		rest = "";
	else if (same > 1)
		rest = folder + same;
	else
		same = 0;
	for (; *rest && same && (size_t)len < sizeof to->target; rest += strcspn(rest, "/"), rest += *rest == '/')
		len += fmt_text(to->target + len, sizeof to->target - (size_t)len, "../");
	if ((size_t)len < sizeof to->target)
		len += fmt_text(to->target + len, sizeof to->target - (size_t)len, "%s", program + same);
	if ((size_t)len < sizeof to->target)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int install_open(struct install *to, const char *folder, bool symlinks, bool force)
{
	char real[PATH_MAX];

	*to = (struct install){.folder = folder, .dir = -1, .symlinks = symlinks, .force = force};
	if (make_folders(folder) < 0) {
		msg_warn_errno("cannot create folder %s", msg_quote(folder));
		return -1;
	}
	to->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to->dir >= 0 && (os_self(to->program, sizeof to->program) < 0 || stat(to->program, &to->self) < 0)) {
		msg_warn_errno("cannot find the running program");
		return -1;
	}
	/* there the system tells its path without symlinks */
	if (to->dir >= 0 && fchdir(to->dir) == 0 && getcwd(real, sizeof real) && aim(to, real) == 0)
		return 0;
	msg_warn_errno("cannot open folder %s", msg_quote(folder));
	return -1;
}

/* Whether `name` leads to the program already. */
static bool is_self(const struct install *to, const char *name)
{
	struct stat st;

	return fstatat(to->dir, name, &st, 0) == 0 && st.st_dev == to->self.st_dev && st.st_ino == to->self.st_ino;
}

static int make_link(void *arg, const char *name)
{
	const struct install *to = arg;

	return to->symlinks ? symlinkat(to->target, to->dir, name)
	                    : linkat(AT_FDCWD, to->program, to->dir, name, AT_SYMLINK_FOLLOW);
}

int install_link(struct install *to, const char *name)
{
	char path[PATH_MAX];
	bool exists;

	if (make_link(to, name) == 0)
		return 0;
	exists = errno == EEXIST;
	if (exists && is_self(to, name))
		return 0;
	fmt_text(path, sizeof path, "%s/%s", to->folder, name);
	if (exists && !to->force) {
		msg_warn("kept %s: it exists", msg_name(path));
		return 0;
	}
	if (exists && save_link(to->dir, name, make_link, to) == 0)
		return 0;
	msg_warn_errno("cannot link %s%s", msg_name(path), errno == EXDEV ? " (try -s for symbolic links)" : "");
	return -1;
}

void install_close(struct install *to)
{
	close(to->dir);
}
