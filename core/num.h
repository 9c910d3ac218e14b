/*
 * num: numbers as people type them. Sizes and offsets are bytes: decimal, 0x hex or 0b binary, with K M G T P E (powers
 * of 1024, also KiB MiB ...) or kB MB GB ... (powers of 1000). Nothing is guessed: garbage, a sign, trailing text
 * and overflow are refused. Returns 0, or -1 with errno EINVAL or ERANGE; prints nothing.
 */
#ifndef NUM_H
#define NUM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct num_range {
	off_t off;        /* bytes from the start, or from the end when from_end */
	off_t len;        /* -1: to the end */
	bool from_end;
};

/* The end of an unlimited range, and the greatest file offset. */
#define NUM_OFF_MAX ((off_t)INT64_MAX)

/* The digits of a number to base 2, 8, 10 or 16 at *text, which moves behind them. */
int num_digits(const char **text, unsigned base, uint64_t max, uint64_t *value);

/* A size, offset or count in bytes or units, at most `max`. */
int num_size(const char *text, uint64_t max, uint64_t *value);

/* The value of a register, a mask or an address: decimal, 0x hex or 0b binary, and nothing behind it; a leading 0,
 * which could mean octal, is refused. */
int num_value(const char *text, uint64_t max, uint64_t *value);

/* OFF, OFF+LEN or -LEN (the last LEN bytes). */
int num_range(const char *text, struct num_range *range);

/* A length of time in nanoseconds: digits, perhaps with a fraction, and w, d, h, m, s, ms, us or ns, or several of
 * those as in 1h30m, the longest unit first. A number without a unit is seconds, as for sleep(1). */
int num_time(const char *text, int64_t *ns);

/* Permissions in octal, as for chmod(1). */
int num_mode(const char *text, int *mode);

/* `bytes` for people, as in "12.3 MiB", in `text` of at least NUM_HUMAN bytes; returns `text`. */
enum { NUM_HUMAN = 32 };
const char *num_human(uint64_t bytes, char *text);

#endif
