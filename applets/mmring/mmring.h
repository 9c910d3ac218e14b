/*
 * mmring: what the commands of the applet share: the options, and the ring that the command line names. mmring.c has
 * the options and the table of commands; writer appends, follower reads (what choice says is asked for), check looks at
 * all there is, resize makes a copy of another size.
 */
#ifndef MMRING_H
#define MMRING_H

#include <stdint.h>

#include "ring.h"

enum { LOST = 1, TROUBLE = 2 };
enum { FOLLOW_RING = 1, FOLLOW_NAME = 2 };

/* What the options say. */
struct mmring_conf {
	int mode, exclusive, json, follow, raw, numbers, tee, ignore_interrupts, ignore_case, local;
	uint64_t size, last, most, from;        /* size 0: none was given */
	const char *binary, *sync, *tag, *since, *until, *match, *boot;

	/* what sync and binary mean */
	uint64_t sync_records, block;
	int64_t sync_ns;
};

extern struct mmring_conf ring_conf;

/* The path that the command line names. */
extern const char *ring_name;
void ring_set_name(const char *file);

/* Values that are checked for several commands; a bad one ends the program. */
uint64_t ring_size_operand(const char *text);
void ring_check_tag(void);
void ring_check_block(void);

/* The commands, as applets run; and what some lend to others. */
int writer_create(int argc, char **argv);
int writer_write(int argc, char **argv);
int writer_run(int argc, char **argv);
int follower_read(int argc, char **argv);
int check_stat(int argc, char **argv);
int check_all(int argc, char **argv);
int resize_ring(int argc, char **argv);

/* Says what a reader has lost since the last time; false when that is nothing. */
bool follower_tell_lost(struct ring_reader *reader);

#endif
