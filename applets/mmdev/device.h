/*
 * device: what registers are reached through: /dev/mem, any file or device node, a map of a UIO device, a BAR of a PCI
 * device; found by the names that people use for them. What fails is said, with what can be done about it.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "access.h"

enum device_kind { DEVICE_MEM, DEVICE_FILE, DEVICE_UIO, DEVICE_PCI };

struct device {
	enum device_kind kind;
	const char *name;       /* the caller's, for messages */
	uint64_t size;          /* bytes; UINT64_MAX: not known */

	/* Private to device*.c. */
	struct access access;
	bool swaps;
	off_t base;             /* where address 0 lies in the file */
	bool regular;           /* a regular file, whose size may change */
};

/* How to open it. */
struct device_how {
	bool write;
	bool sync;              /* O_SYNC: not cached, where the platform asks for that */
	bool reads;             /* pread and pwrite instead of a mapping */
	enum access_order order;        /* of its words */
};

/* /dev/mem, or a regular file, block or character device. All three return false when they have said why not. */
bool device_open_file(struct device *d, const char *path, struct device_how how);

/* NAME|N[:MAP]: name or number of the device in /sys/class/uio, name or number of its map, 0 unless given. */
bool device_open_uio(struct device *d, const char *spec, struct device_how how);

/* [DOMAIN:]BUS:DEVICE.FUNCTION[:BAR]. A BAR that does not answer, since memory decode is off, is refused and left as
 * it is. */
bool device_open_pci(struct device *d, const char *spec, struct device_how how);

/* Opens the node and fills in no more than the descriptor. False with errno; nothing is said. */
bool device_open_node(struct device *d, const char *path, struct device_how how);

/* Whether [address, address + len) lies within it, as far as is known. Says so when not. */
bool device_holds(struct device *d, uint64_t address, uint64_t len);

/* Whether that is the file that the device is. */
bool device_is(const struct device *d, const struct stat *file);

/* Whether the word can be mapped; it is not accessed. False with errno. */
bool device_reach(struct device *d, uint64_t address, unsigned bytes);

/* One access (core/access). False with errno: nothing is said. */
bool device_read(struct device *d, uint64_t address, unsigned bytes, uint64_t *value);
bool device_write(struct device *d, uint64_t address, unsigned bytes, uint64_t value);

/* Whether errno of a failed access means this word alone, and not that nothing can be reached around it. */
bool device_lacks_word(int error);

/* Says why an access at `address` has failed with errno, and what is known about such failures. */
void device_explain(const struct device *d, uint64_t address);

/* Says what words of ones are known to mean there. */
void device_hint_ones(const struct device *d, uint64_t address);

void device_close(struct device *d);

#endif
