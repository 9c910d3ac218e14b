/*
 * when: moments as nanoseconds since 1970-01-01 UTC, and as people write them. Nothing here prints.
 */
#ifndef WHEN_H
#define WHEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t when_now(void);
int64_t when_of(const struct timespec *t);

/* "2026-11-24T10:57:00.123456Z", or local time as in "2026-11-24T11:57:00.123456+01:00" (RFC 3339), in `text` of at
 * least WHEN_TEXT bytes; returns `text`. Years 1678 to 2262. */
enum { WHEN_TEXT = 40 };
const char *when_text(int64_t ns, bool local, char *text);

/* A moment: as when_text writes it, with a blank for the T, without seconds, time or zone (then it is local time) if
 * one likes; 10:00 for that time today; today, yesterday, perhaps with a time; @SECONDS since 1970; or a length of
 * time (num_time) before now. Returns 0, or -1 with EINVAL or ERANGE. */
int when_parse(const char *text, int64_t *ns);

#endif
