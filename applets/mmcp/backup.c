#include "backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
#include "num.h"
#include "os.h"

const struct opt_choice backup_words[] = {
	{"none", BACKUP_NONE}, {"off", BACKUP_NONE}, {"simple", BACKUP_SIMPLE}, {"never", BACKUP_SIMPLE},
	{"existing", BACKUP_EXISTING}, {"nil", BACKUP_EXISTING}, {"numbered", BACKUP_NUMBERED}, {"t", BACKUP_NUMBERED},
	{0},
};

/* The number in an entry `base`.~N~, or 0: one that no next number could follow is not ours. */
static long number_of(const char *entry, const char *base)
{
	size_t len = strlen(base);
	uint64_t n;

	if (strncmp(entry, base, len) != 0 || strncmp(entry + len, ".~", 2) != 0)
		return 0;
	entry += len + 2;
	if (*entry == '0' || num_digits(&entry, 10, LONG_MAX - 1, &n) < 0 || strcmp(entry, "~") != 0)
		return 0;
	return (long)n;
}

/* The highest number of a backup of `name`; 0 when there is none, -1 when the folder cannot be read. */
static long highest(int dir, const char *name)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	char *folder = strdup(name);
	long best = 0, n;
	DIR *list = NULL;
	struct dirent *entry;
	int fd = -1;

	if (folder) {
		folder[base - name] = '\0';
		fd = openat(dir, *folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		free(folder);
	}
	if (fd >= 0)
		list = fdopendir(fd);
	if (!list) {
		os_close(fd);
		return -1;
	}
	while ((entry = readdir(list))) {
		n = number_of(entry->d_name, base);
		if (n > best)
			best = n;
	}
	closedir(list);
	return best;
}

char *backup_name(enum backup_kind kind, int dir, const char *name, const char *suffix)
{
	long n = kind == BACKUP_SIMPLE ? 0 : highest(dir, name);

	if (n < 0)
		return NULL;
	if (kind == BACKUP_NUMBERED || n > 0)
		return fmt_new("%s.~%ld~", name, n + 1);
	return fmt_new("%s%s", name, suffix);
}
