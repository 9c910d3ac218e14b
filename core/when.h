/*
 * when: moments as nanoseconds since 1970-01-01 UTC, and as people write them, always in UTC.
 */
#ifndef WHEN_H
#define WHEN_H

#include <stdint.h>
#include <time.h>

int64_t when_now(void);
int64_t when_of(const struct timespec *t);

/* "2026-11-24T10:57:00.123456Z" in `text` of at least WHEN_TEXT bytes; returns `text`. Years 1678 to 2262. */
enum { WHEN_TEXT = 40 };
const char *when_text(int64_t ns, char *text);

/* A moment as when_text writes it, with a blank for the T, without seconds, time or Z if one likes; @SECONDS since 1970; or
 * a length of time (num_time) before now. Returns 0, or -1 with EINVAL or ERANGE. */
int when_parse(const char *text, int64_t *ns);

#endif
