/*
 * act: what a request asks for, done on its device, a function for each action. Results go to standard output, what
 * fails is said. Each returns the status: 0, NO, or TROUBLE after a message.
 */
#ifndef ACT_H
#define ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "cell.h"
#include "device.h"
#include "request.h"

enum { NO = 1, TROUBLE = 2 };

struct act {
	struct request *request;
	struct device device;

	/* Private to act.c. */
	bool tried, explained;
};

int act_read(struct act *a);
int act_dump(struct act *a);
int act_raw(struct act *a);
int act_block(struct act *a);
int act_field(struct act *a);
int act_write(struct act *a);
int act_change(struct act *a);
int act_wait(struct act *a);
int act_watch(struct act *a);
int act_save(struct act *a);
int act_diff(struct act *a);
int act_list(struct act *a);

/* ---- what they share ---- */

/* Reads the word; says why when that fails. */
bool act_get(struct act *a, const struct cell *c, uint64_t *value);

/* One of many words. Returns 0, or NO: it is lacking and the others may be there, or TROUBLE after a message, when
 * not even the first can be reached. */
int act_get_of_many(struct act *a, const struct cell *c, uint64_t *value);

/* Writes the word and, with --verify, reads it back. Returns 0, NO when it reads otherwise, TROUBLE after a message. */
int act_put(struct act *a, const struct cell *c, uint64_t value);

/* The word alone, as a line. */
void act_print(const struct act *a, const struct cell *c, uint64_t value);

/* Says what a word of ones may mean. */
void act_hint(struct act *a, const struct cell *c, uint64_t value);

#endif
