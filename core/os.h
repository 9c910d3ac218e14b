/*
 * os: everything that is not POSIX, each call with its fallback. Where a system lacks a thing the call fails
 * with errno ENOSYS or ENOTSUP (or does nothing, where that is a right answer), so that nobody above this room
 * asks which system it is on. Only os*.c may define _GNU_SOURCE. Nothing here prints.
 */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* For openat: a folder one may enter but not list (O_PATH, O_SEARCH), else one that must be readable. */
extern const int os_open_folder;

/* For openat: a file of any kind that is looked at only, with no right to it and no effect on it (O_PATH); else one
 * that must be readable. */
extern const int os_open_look;

/* For open of a block device: EBUSY while a mount, of a partition of it too, or another device has a claim to it, and
 * nobody gets one until it is closed (Linux: O_EXCL); else 0. */
extern const int os_open_claim;

/* From now on `fd` is read past the page cache, for which places in file and memory are aligned (O_DIRECT); or not. -1:
 * it cannot be. */
int os_direct(int fd, bool on);

/* The stretch of data at or after `off`: sets [*start, *end). Returns 1, 0 when only a hole is left, -1 when
 * the file system cannot tell. Moves the offset of `fd`. Linux and POSIX.1-2024: SEEK_DATA. */
int os_next_data(int fd, off_t off, off_t *start, off_t *end);

/* At most `len` bytes from `fd` (at *off, which moves; at its own offset when `off` is NULL) into the pipe `to`
 * without copying them. Returns the number of bytes, 0 at the end, -1 (EINVAL, ENOSYS: not for this pair). */
ssize_t os_splice(int fd, off_t *off, int to, size_t len);

/* Brings in all pages of a mapping at once, as far as they can be had, instead of by a fault each. Linux 6.9: before,
 * the call did not come back from a page that cannot be read (and MAP_POPULATE still does not). */
void os_populate(void *base, size_t len);

/* Whether the file lies on a network or FUSE file system, which may copy without the bytes coming here. */
bool os_is_remote(int fd);

/* At most `len` bytes from `from` at *off (which moves) to `to` at its own offset, or at *to_off (which moves), by the
 * file systems themselves. Returns the number of bytes, 0 at the end, -1 where that cannot be. Linux 4.5. */
ssize_t os_copy_range(int from, off_t *off, int to, off_t *to_off, size_t len);

/* Asks for a roomier pipe; a refusal does no harm. */
void os_grow_pipe(int fd);

/* Makes the empty file `to` share all blocks of `from`. -1: EOPNOTSUPP, EXDEV, EINVAL and so on. Linux: FICLONE. */
int os_clone(int to, int from);

/* Which pages of the mapped [base, base + len) are in memory: bit 0 of vec[page]. -1 when the system can't tell. */
int os_resident(void *base, size_t len, unsigned char *vec);

/* Of the pages of [off, off + len) how many are in memory, how many of these are dirty or being written, and how many
 * were evicted before. -1: ENOSYS; EPERM: this is told to the owner of the file, and to those who may write it. Linux
 * 6.5: cachestat. */
struct os_cached {
	uint64_t resident, dirty, writeback, evicted, recently_evicted;
};
int os_cached(int fd, uint64_t off, uint64_t len, struct os_cached *c);

/* Where on its device the byte at `off` lies, 0 in a hole. -1 where the file system does not tell. Linux: FIEMAP. */
int os_where(int fd, uint64_t off, uint64_t *where);

/* Holds the mapped pages in memory; `on_fault`: each as soon as it is there (Linux 4.4). They are let go by munmap. -1:
 * ENOMEM, EPERM, EAGAIN: the limit on locked memory; ENOSYS. */
int os_hold(const void *base, size_t len, bool on_fault);

/* A descriptor that can be read when names in folders have come, gone or been written to; and one more such folder. -1
 * with ENOSYS and so on. Linux: inotify. */
int os_changes(void);
int os_changes_in(int fd, const char *folder);

/* Writes dirty pages of a stretch to the device and waits for them, without promising durability. */
int os_write_back(int fd, off_t off, off_t len);

/* Extended attributes, ACLs among them, of the open file, or of what was opened to be looked at. Sizes are bytes; -1
 * with ENOTSUP where there are none. */
ssize_t os_xattr_list(int fd, bool look, char *list, size_t size);
ssize_t os_xattr_get(int fd, bool look, const char *attr, void *value, size_t size);
int os_xattr_set(int fd, bool look, const char *attr, const void *value, size_t size);
int os_xattr_remove(int fd, bool look, const char *attr);

/* Whether we may write to the file, else errno. Linux: faccessat2, without libc's answer for older kernels, which makes
 * a process with other IDs. */
bool os_may_write(int dir, const char *name);

/* Owner, mode and times of a file that was opened to be looked at, a symlink too (which has no mode). -1 where only a
 * descriptor with rights will do. Linux: AT_EMPTY_PATH, or by way of /proc. */
int os_look_set_owner(int fd, uid_t owner, gid_t group);
int os_look_set_mode(int fd, mode_t mode);
int os_look_set_times(int fd, const struct timespec times[2]);

/* A hard link to a file that was opened to be looked at, a symlink too. -1 with ENOENT or ENOSYS where only a name will
 * do. Linux: AT_EMPTY_PATH, which takes a privilege, or by way of /proc. */
int os_look_link(int fd, int dir, const char *name);

/* Renames within a folder. -1 with EEXIST: the new name is there, and stays. Linux: renameat2; else by a hard link, and
 * where a file system has neither by a rename that would replace it. */
int os_rename_new(int dir, const char *from, const char *to);

/* Makes a device node, fifo or socket. */
int os_mknod(int dir, const char *name, mode_t mode, dev_t device);

/* The path of the running executable in `path`: absolute, its folder without symlinks; -1 when the system can't tell.
 * Where /proc is missing the process goes to that folder, and the executable may be a symlink. */
int os_self(char *path, size_t size);

/* Blocks for [off, off + len), beyond the end of the file too, so that no store into a mapping of it can lack one.
 * What is there keeps its bytes, whoever writes meanwhile (which the emulation in some libcs does not promise). */
int os_reserve(int fd, off_t off, off_t len);

/* Memory without a name, of size 0, kept across exec. Linux: memfd_create. */
int os_memfd(const char *label);

/* Seals such memory against shrinking; `fixed`: against growing and further seals, too. -1 with ENOTSUP and so on. */
int os_seal(int fd, bool fixed);

/* Whether it is such memory, sealed against shrinking. */
bool os_is_sealed(int fd);

/* The folder where POSIX shared memory objects are files, or NULL. */
extern const char *const os_shm_folder;

/* shm_open(3) and shm_unlink(3) of a name without its leading slash, which is not empty and has no other. */
int os_shm_open(const char *name, int flags, mode_t mode);
int os_shm_unlink(const char *name);

/* flock(2): a lock of the open file, gone with its last descriptor. -1: EWOULDBLOCK unless `wait`, EINTR. */
int os_lock(int fd, bool shared, bool wait);

/* A lock that only those can take who may write the file: of the open file, gone with its last descriptor, a child's
 * too. -1: EAGAIN, also while a reader has a lock of his own. Linux 3.15; else flock(2). Whether somebody has one. */
int os_claim(int fd);
bool os_is_claimed(int fd);

/* Sleeps while the word holds `seen`, for at most `ns`, until some process wakes it (or nobody did). -1 with ENOSYS
 * where there is no such thing, else EAGAIN, ETIMEDOUT, EINTR, EFAULT. A read-only mapping will do. Linux: futex. */
int os_sleep_on(const void *word, uint32_t seen, int64_t ns);

/* Wakes up to `n` sleepers. Returns how many, or -1. */
int os_wake(const void *word, int n);

/* A signal every 10 ms once `ns` are over, so that a blocked call ends with EINTR; 0 ends that. -1: there is none. */
int os_alarm(int64_t ns);

/* Whether errno says that a signal interrupted the call, which is then to be made again. Whoever caught the signal is
 * told by os_on_interrupt, if that is set. */
bool os_interrupted(void);

/* Closes what is open: a negative one is not. errno stays. */
void os_close(int fd);
extern void (*os_on_interrupt)(void);

/* open(2), which also where there is no /proc takes /proc/self/fd/N and /dev/fd/N for the descriptor N. */
int os_open(const char *path, int flags, mode_t mode);

/* The memory of the machine in bytes, or INT64_MAX; a page of it in bytes; how many processors may be used. sysconf(3)
 * knows them, too, and brings all that it knows along. */
int64_t os_memory(void);
int64_t os_free_memory(void);   /* that nobody uses, not even for what may be dropped; or INT64_MAX */
size_t os_page(void);
unsigned os_processors(void);

/* How wide the terminal is, in characters; 0 when that is none, or the system does not tell. */
unsigned os_columns(int fd);

/* What the processor can do, in bits of its own meaning (Linux: AT_HWCAP); 0 when the system does not tell. */
unsigned long os_processor_bits(void);

/* For a process just forked by `parent`: SIGKILL as soon as that is gone, where the system can do so. */
void os_die_with_parent(pid_t parent);

/* From here on the process leaves no core behind when it dies. */
void os_no_core(void);

/* 16 bytes that change with each boot. -1 when the system does not tell. */
int os_boot_id(unsigned char id[16]);

/* Random bytes. -1 when there are none. */
int os_random(void *bytes, size_t len);

/* A device number from its halves, as /proc shows them. */
dev_t os_device(unsigned major, unsigned minor);

/* Gives up rights gained from set-user-ID or set-group-ID for good, with no way back. -1: some could not be. */
int os_drop_privileges(void);

#endif
