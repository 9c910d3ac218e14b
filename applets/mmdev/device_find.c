/* UIO devices and PCI devices, as sysfs tells of them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "fmt.h"
#include "msg.h"
#include "os.h"
#include "num.h"
#include "pieces.h"
#include "text.h"

static const char uio_folder[] = "/sys/class/uio", pci_folder[] = "/sys/bus/pci/devices";

enum {
	NUMBERS = 1 << 20,      /* more than there are devices, or maps of one */
	FOLDER = 256, PATH = 2 * FOLDER,        /* bytes */
	IO_PORTS = 0x100,       /* in the flags of a BAR */
	COMMAND = 4,            /* in PCI configuration space */
	MEMORY_DECODE = 2,      /* a bit of that */
};

/* FOLDER/NAME/FILE; to be freed. NULL with errno. */
static char *load(const char *folder, const char *name, const char *file)
{
	char path[PATH];
	size_t len;

	fmt_text(path, sizeof path, "%s/%s/%s", folder, name, file);
	return text_load(path, &len);
}

/* Its first line. */
static char *load_line(const char *folder, const char *name, const char *file)
{
	char *text = load(folder, name, file), *rest = text;

	if (text)
		text_line(&rest);
	return text;
}

/* The number in FOLDER/FILE, as sysfs writes it: at most a quarter of an off_t, since such are added up. False with
 * errno. */
static bool load_number(const char *folder, const char *file, uint64_t *value)
{
	char *line = load_line(folder, ".", file);
	bool ok = line && num_value(line, INT64_MAX / 4, value) == 0;

	free(line);
	return ok;
}

/* The number N of PREFIXN in the folder that is meant by `text`: N, PREFIXN or what stands in PREFIXN/name. -1: there
 * are *n that are meant, and not one; errno is 0, or says why the folder cannot be read. */
static long find_number(const char *folder, const char *prefix, const char *text, unsigned *n)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	long by_name = -1, by_number = -1;

	*n = 0;
	if (!dir)
		return -1;
	while (by_number < 0 && (e = readdir(dir))) {
		const char *digits = e->d_name + strlen(prefix), *end = digits;
		uint64_t number;
		char *name;

		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0 || num_digits(&end, 10, NUMBERS, &number) < 0)
			continue;
		if (strcmp(text, digits) == 0 || strcmp(text, e->d_name) == 0)
			by_number = (long)number;
		name = load_line(folder, e->d_name, "name");
		if (name && *name && strcmp(name, text) == 0) {
			by_name = (long)number;
			++*n;
		}
		free(name);
	}
	closedir(dir);
	errno = 0;
	return by_number >= 0 ? by_number : *n == 1 ? by_name : -1;
}

/* Says why there is not one. */
static void explain_find(const char *folder, const char *text, unsigned n, const char *spec)
{
	if (errno && errno != ENOENT)
		msg_warn_errno("%s: %s", msg_name(spec), folder);
	else if (n == 0)
		msg_warn("%s: nothing in %s has the name or number %s", msg_name(spec), folder, msg_quote(text));
	else
		msg_warn("%s: %u in %s have the name %s: say the number", msg_name(spec), n, folder, msg_quote(text));
}

/* The numbers of the device and the map that are meant. */
static bool find_uio(const char *spec, long *device, long *map)
{
	char *what, folder[FOLDER];
	unsigned n;
	/* names may hold colons, too */
	const char *colon = find_number(uio_folder, "uio", spec, &n) < 0 ? strrchr(spec, ':') : NULL;
	const char *part = pieces_split(spec, colon, &what);

	*map = -1;
	*device = find_number(uio_folder, "uio", what, &n);
	if (*device < 0)
		explain_find(uio_folder, what, n, spec);
	free(what);
	if (*device < 0)
		return false;
	fmt_text(folder, sizeof folder, "%s/uio%ld/maps", uio_folder, *device);
	*map = find_number(folder, "map", part ? part : "0", &n);
	if (*map < 0)
		explain_find(folder, part ? part : "0", n, spec);
	return *map >= 0;
}

bool device_open_uio(struct device *d, const char *spec, struct device_how how)
{
	char folder[FOLDER], node[sizeof "/dev/uio" + 20];
	uint64_t offset = 0;
	long n, m;

	*d = (struct device){.kind = DEVICE_UIO, .name = spec, .access.fd = -1};
	if (!find_uio(spec, &n, &m))
		return false;
	fmt_text(folder, sizeof folder, "%s/uio%ld/maps/map%ld", uio_folder, n, m);
	/* old kernels have no `offset`: there a map begins with its page */
	if (!load_number(folder, "size", &d->size) || (!load_number(folder, "offset", &offset) && errno != ENOENT)) {
		msg_warn_errno("%s", folder);
		return false;
	}
	fmt_text(node, sizeof node, "/dev/uio%ld", n);
	if (!device_open_node(d, node, how)) {
		msg_warn_errno("%s", node);
		return false;
	}
	/* page M stands for map M, which is mapped from its start; its size counts what is before the offset */
	d->access.first = (off_t)m * (off_t)os_page();
	d->base = d->access.first + (off_t)offset;
	d->size -= offset < d->size ? offset : d->size;
	return true;
}

/* Where the BAR begins, and its flags: the first and third number in its line of FOLDER/resource. Flags of 0: there
 * is none. */
static void load_bar(const char *folder, unsigned bar, uint64_t *start, uint64_t *flags)
{
	char *text = load(folder, ".", "resource"), *rest = text, *line = NULL, *word[3];

	for (unsigned i = 0; text && i <= bar; i++)
		line = text_line(&rest);
	if (!line || text_words(line, word, 3) != 3 || num_value(word[0], UINT64_MAX, start) < 0 ||
	    num_value(word[2], UINT64_MAX, flags) < 0)
		*flags = 0;
	free(text);
}

/* Whether the device answers on its memory BARs; where that cannot be known, it is believed. */
static bool decodes_memory(const char *folder)
{
	char path[PATH];
	unsigned char command = MEMORY_DECODE;
	int fd;

	fmt_text(path, sizeof path, "%s/config", folder);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (pread(fd, &command, 1, COMMAND) != 1)
			command = MEMORY_DECODE;
		close(fd);
	}
	return command & MEMORY_DECODE;
}

static bool accept_bar(const char *folder, unsigned bar, uint64_t flags, const char *spec, bool reads)
{
	if (flags == 0)
		msg_warn("%s: has no BAR %u", msg_name(spec), bar);
	else if (flags & IO_PORTS && !reads)
		msg_warn("%s: BAR %u is I/O ports, which cannot be mapped: --no-mmap reads and writes them", msg_name(spec), bar);
	else if (!(flags & IO_PORTS) && reads)
		msg_warn("%s: BAR %u is memory, which can only be mapped: without --no-mmap", msg_name(spec), bar);
	else if (!(flags & IO_PORTS) && !decodes_memory(folder))
		msg_warn("%s: memory decode is off, so nothing answers: a driver turns it on, or 'echo 1 >%s/enable'",
		         msg_name(spec), folder);
	else
		return true;
	return false;
}

bool device_open_pci(struct device *d, const char *spec, struct device_how how)
{
	const char *dot = strchr(spec, '.'), *bar = NULL;
	char *what, folder[FOLDER], path[PATH];
	bool ok;
	uint64_t n = 0, start = 0, flags = 0;
	struct stat st;

	*d = (struct device){.kind = DEVICE_PCI, .name = spec, .access.fd = -1};
	bar = pieces_split(spec, strchr(dot ? dot : spec, ':'), &what);
	for (char *p = what; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	/* whatever such letters say, there is a folder of that name or not; with one colon it lacks the domain */
	ok = strspn(what, "0123456789abcdef:.") == strlen(what) && strlen(what) < 32 && (!bar || num_value(bar, 5, &n) == 0);
	if (ok)
		fmt_text(folder, sizeof folder, "%s/%s%s", pci_folder,
		         strchr(what, ':') == strrchr(what, ':') ? "0000:" : "", what);
	else
		msg_warn_name(spec, "not an address as in 0000:00:04.0, perhaps with :BAR from 0 to 5");
	free(what);
	if (!ok)
		return false;
	if (stat(folder, &st) < 0) {
		if (errno == ENOENT)
			msg_warn("%s: no PCI device in %s has this address", msg_name(spec), pci_folder);
		else
			msg_warn_errno("%s: %s", msg_name(spec), folder);
		return false;
	}
	load_bar(folder, (unsigned)n, &start, &flags);
	if (!accept_bar(folder, (unsigned)n, flags, spec, how.reads))
		return false;
	fmt_text(path, sizeof path, "%s/resource%u", folder, (unsigned)n);
	if (!device_open_node(d, path, how) || fstat(d->access.fd, &st) < 0) {
		msg_warn_errno("%s", path);
		device_close(d);
		return false;
	}
	d->size = (uint64_t)st.st_size;
	/* what is mapped begins with the page that the BAR begins in */
	if (!how.reads)
		d->base = (off_t)(start % os_page());
	return true;
}
