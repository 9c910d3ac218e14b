/*
 * changed: --changed, which makes a device or file equal to an image by writing only the blocks that differ.
 */
#ifndef CHANGED_H
#define CHANGED_H

/* Which of its options go together; what is wrong ends the program. */
void changed_settle(void);

/* Does it, with a report on standard output. What fails is said, and counts in the run's status. */
void changed_copy(char *image, const char *target);

#endif
