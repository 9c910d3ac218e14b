/*
 * progress: one line on stderr about long work, redrawn a few times a second: bytes, share, rate, time left. Silent
 * unless asked for and stderr is a terminal (or forced); SIGUSR1 prints one line at any time, asked for or not.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "opt.h"

enum progress_when { PROGRESS_NEVER, PROGRESS_AUTO, PROGRESS_ALWAYS };

extern const struct opt_choice progress_words[];

/* Starts counting; `total` bytes are expected, 0 when nobody knows. */
void progress_start(enum progress_when when, uint64_t total);

/* `bytes` more are done. Any thread may say so. */
void progress_add(size_t bytes);

/* The last line, ended. */
void progress_end(void);

#endif
