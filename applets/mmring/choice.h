/*
 * choice: which of a ring's lines a reader has asked for, by time, number, tag, boot and text. A line that is several
 * records is chosen or not as a whole where its text decides.
 */
#ifndef CHOICE_H
#define CHOICE_H

#include <stdbool.h>

#include "ring.h"

/* Makes out what the options mean; a bad one ends the program. */
void choice_check(void);

/* Finds the boot that was asked for. */
void choice_find_boot(struct ring_reader *reader);

/* Whether time, number, tag and boot of the record are right. */
bool choice_takes(const struct ring_record *record);

/* Whether the numbers of the records alone decide, so that the last N of them can be counted back. */
bool choice_is_by_number(void);

/* Whether nothing that is written from now on can be meant. */
bool choice_is_over(void);

/* Hands the record to `take`, or keeps it until the end of its line has come and tells whether the text is right. False
 * after a message. */
typedef void choice_take(const struct ring_record *record);
bool choice_hold(const struct ring_record *record, choice_take *take);

/* Nothing follows that belongs to what is kept. */
void choice_release(choice_take *take);

#endif
