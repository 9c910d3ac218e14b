#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "num.h"
#include "os.h"
#include "text.h"

bool device_open_node(struct device *d, const char *path, struct device_how how)
{
	int flags = (how.write ? O_RDWR : O_RDONLY) | (how.sync ? O_SYNC : 0);

	d->swaps = how.order != ACCESS_NATIVE && how.order != access_native();
	d->access = (struct access){.write = how.write, .reads = how.reads, .first = -1};
	d->access.fd = os_open(path, flags | O_NONBLOCK, 0);
	return d->access.fd >= 0;
}

static void explain_open(const struct device *d, int error)
{
	if (d->kind != DEVICE_MEM)
		return;
	if (error == ENOENT || error == ENXIO)
		msg_raw("There is none where the kernel was built without CONFIG_DEVMEM.\n");
	else if (error == EPERM)
		msg_raw("It takes CAP_SYS_RAWIO, and a kernel that is not in lockdown mode, as with secure boot.\n");
}

bool device_open_file(struct device *d, const char *path, struct device_how how)
{
	struct stat st;
	off_t end;

	*d = (struct device){.kind = DEVICE_FILE, .name = path, .size = UINT64_MAX};
	if (strcmp(path, "/dev/mem") == 0)
		d->kind = DEVICE_MEM;
	if (!device_open_node(d, path, how) || fstat(d->access.fd, &st) < 0) {
		msg_warn_file(path);
		explain_open(d, errno);
		device_close(d);
		return false;
	}
	d->regular = S_ISREG(st.st_mode);
	if (d->regular)
		d->size = (uint64_t)st.st_size;
	else if (S_ISBLK(st.st_mode) && (end = lseek(d->access.fd, 0, SEEK_END)) >= 0)
		d->size = (uint64_t)end;
	else if (!S_ISCHR(st.st_mode)) {
		msg_warn_name(path, S_ISDIR(st.st_mode) ? msg_reason(EISDIR) : "not a file or device");
		device_close(d);
		return false;
	}
	return true;
}

bool device_holds(struct device *d, uint64_t address, uint64_t len)
{
	if (address <= d->size && len <= d->size - address)
		return true;
	msg_warn("%s: 0x%" PRIx64 "+0x%" PRIx64 " is not within its 0x%" PRIx64 " bytes", msg_name(d->name), address, len,
	         d->size);
	return false;
}

bool device_is(const struct device *d, const struct stat *file)
{
	struct stat ours;

	return fstat(d->access.fd, &ours) == 0 && ours.st_dev == file->st_dev && ours.st_ino == file->st_ino;
}

/* Whether a file still had the word when it was accessed: what a mapping shows behind the end is nobody's. In a file no
 * bus is silent when an access has failed with EFAULT: errno becomes what pread says of the same bytes, or ENOSPC where
 * it has them, since then it was a hole that found no room. */
static bool still_there(const struct device *d, uint64_t address, unsigned bytes, bool accessed)
{
	struct stat st;
	char word[8];

	if (d->regular && fstat(d->access.fd, &st) == 0 && address + bytes > (uint64_t)st.st_size) {
		errno = ENXIO;
		return false;
	}
	if (!accessed && errno == EFAULT && d->regular && pread(d->access.fd, word, bytes, (off_t)address) >= 0)
		errno = ENOSPC;
	return accessed;
}

bool device_reach(struct device *d, uint64_t address, unsigned bytes)
{
	return access_reach(&d->access, d->base + (off_t)address, bytes) == 0;
}

static uint64_t swap(uint64_t value, unsigned bytes)
{
	uint64_t swapped = 0;

	for (unsigned i = 0; i < bytes; i++)
		swapped = swapped << 8 | (value >> 8 * i & 0xFF);
	return swapped;
}

bool device_read(struct device *d, uint64_t address, unsigned bytes, uint64_t *value)
{
	if (!still_there(d, address, bytes, access_read(&d->access, d->base + (off_t)address, bytes, value) == 0))
		return false;
	if (d->swaps)
		*value = swap(*value, bytes);
	return true;
}

bool device_write(struct device *d, uint64_t address, unsigned bytes, uint64_t value)
{
	if (d->swaps)
		value = swap(value, bytes);
	return still_there(d, address, bytes, access_write(&d->access, d->base + (off_t)address, bytes, value) == 0);
}

/* The innermost entry of /proc/iomem that holds the address, in the text that is returned in *all, to be freed; or
 * NULL. */
static const char *find_owner(uint64_t address, char **all)
{
	const char *owner = NULL;
	size_t len;
	char *rest = *all = text_load("/proc/iomem", &len), *line;

	while (rest && (line = text_line(&rest))) {
		const char *at = line + strspn(line, " ");
		uint64_t first, last;

		if (num_digits(&at, 16, UINT64_MAX, &first) < 0 || *at++ != '-' || num_digits(&at, 16, UINT64_MAX, &last) < 0)
			continue;
		/* those who may not know read zeros */
		if (strncmp(at, " : ", 3) == 0 && last && address >= first && address <= last)
			owner = at + 3;
	}
	return owner;
}

bool device_lacks_word(int error)
{
	return error == EFAULT || error == EIO || error == ENXIO || error == ENOSPC;
}

void device_explain(const struct device *d, uint64_t address)
{
	int error = errno;
	const char *owner;
	char *iomem;

	if (error == ENOTSUP)
		msg_warn("%s: 0x%" PRIx64 ": this machine has no single access of 64 bits", msg_name(d->name), address);
	else if (error == EFAULT && !d->access.reads)
		msg_warn("%s: 0x%" PRIx64 ": bus error: nothing answers there in this width", msg_name(d->name), address);
	else if (error == ENXIO)
		msg_warn("%s: 0x%" PRIx64 ": there is no such word", msg_name(d->name), address);
	else
		msg_warn_errno("%s: 0x%" PRIx64, msg_name(d->name), address);
	if (error == ENODEV && !d->access.reads)
		msg_raw("It cannot be mapped; --no-mmap reads and writes it.\n");
	if (d->kind == DEVICE_PCI && (error == EINVAL || error == EPERM))
		msg_raw("A driver has claimed the BAR for itself, or the kernel is in lockdown mode, as with secure boot.\n");
	if (d->kind != DEVICE_MEM || (error != EPERM && error != EINVAL && error != EACCES))
		return;
	owner = find_owner(address, &iomem);
	if (owner)
		msg_raw("The address belongs to %s (/proc/iomem).\n", msg_quote(owner));
	free(iomem);
	msg_raw("A kernel with CONFIG_STRICT_DEVMEM keeps RAM to itself, one with CONFIG_IO_STRICT_DEVMEM also what a driver\n"
	        "has claimed: unbind the driver, or boot with iomem=relaxed.\n");
}

void device_hint_ones(const struct device *d, uint64_t address)
{
	if (d->kind == DEVICE_MEM || d->kind == DEVICE_PCI)
		msg_warn("%s: 0x%" PRIx64 ": all ones: so reads what nobody answers, as where a PCI device's memory decode is off",
		         msg_name(d->name), address);
}

void device_close(struct device *d)
{
	int error = errno;

	access_end(&d->access);
	if (d->access.fd >= 0)
		close(d->access.fd);
	d->access.fd = -1;
	errno = error;
}
