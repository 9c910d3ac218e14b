/*
 * child: commands that an applet runs and waits for. What somebody sends to us goes on to them (also what a terminal
 * sends, where they do not get it themselves), and what they end with becomes our end. Once they have ended a signal does to
 * us what it does to anyone. A command that cannot be run is said, and counts
 * as 127 (not found) or 126, as for a shell.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* What the child does before it becomes the command; NULL for nothing. */
typedef void child_prepare(void *arg);

/* Starts argv with these descriptors (-1: ours) as its standard output and error. -1 after a message. */
pid_t child_start(char **argv, int out, int err, child_prepare *prepare, void *arg);

/* Waits for one. Returns what waitpid says of it. */
int child_wait(pid_t pid);

/* The exit status that stands for it; a command that died of a signal takes us along by the same one. */
int child_status(int waited);

#endif
