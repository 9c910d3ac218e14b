/*
 * input: the operands of an applet that reads files, opened one after the other: `-` and none at all are standard
 * input, and of each file the ranges of --range are handed out in turn. Whatever is wrong with one is a text for the
 * applet to say, and the next one follows. Nothing here prints.
 *
 *	struct input in = {.names = argv, .ranges = &conf.ranges};
 *
 *	while (input_next(&in)) {
 *		if (in.text)
 *			msg_about(in.name, in.text, in.failed);
 *		while ((n = input_slice(&in, &p)) > 0)
 *			use(p, n);
 *	}
 *
 * A round with a text has no bytes; an applet with something to do at the end of each file goes on with the next round.
 * Several files at once are several struct inputs of one name each, begun by input_next and input_range; when their
 * maps have been used, the rounds of each are gone through for its texts, the present one included.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "map.h"
#include "opt.h"

enum { INPUT_TEXT = MAP_TEXT };

struct input {
	/* To be set before the first input_next. */
	char *const *names;             /* ended by NULL; no name at all stands for "-" */
	const struct opt_ranges *ranges;        /* NULL or none: all of the file */
	int (*open)(const char *name);  /* opens what is no file by its name, and then "-" is a name; else NULL */
	const char *(*reason)(const char *name, int error);     /* with it: why it could not */
	bool copies;                    /* what is read is printed: a file that is the output as well is refused */

	/* Of the present round. */
	const char *name;               /* the operand */
	const char *text;               /* what there is to say of it, or NULL; valid until the next round */
	bool failed;                    /* the text is of a failure, and not of --explain */
	struct map map;                 /* started by input_range */
	struct stat st;                 /* what fstat says of it, when it could be opened */

	/* Private to input.c. */
	int fd;
	size_t n_names, n_ranges;       /* begun so far; of this file */
	bool is_open, is_started, is_lost;
	char trouble[INPUT_TEXT], how[INPUT_TEXT], said[INPUT_TEXT];
};

/* The next round: an operand that is open, or a text about one: the first thing that was wrong with it (it could not be
 * opened or read, shrank, grew, has not all of a range), and with --explain how it was read. False at the end, and once
 * standard output has failed; then all is given back. */
bool input_next(struct input *in);

/* Starts in.map at the next range of the operand. False when none is left, or in a round with a text. Whatever fails
 * with the map is known to the next round. */
bool input_range(struct input *in);

/* The next settled bytes of the operand, range after range, as map_slice. Returns how many; 0 when no more are
 * left. */
size_t input_slice(struct input *in, const char **bytes);

/* Gives all back, where input_next is not called to the end. */
void input_end(struct input *in);

#endif
