/*
 * child: commands that an applet runs and waits for. A signal that is sent to us goes on to them, and so does one of
 * the terminal's that they do not get themselves; the way they end becomes the way we end. Once they have ended, a
 * signal does to us what it does to any program. Nothing here prints.
 */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* What the child does before it becomes the command; NULL for nothing. */
typedef void child_prepare(void *arg);

/* Starts argv with these descriptors (-1: ours) as its standard output and error. -1 with errno: no process was to be
 * had. Else *why is 0, or the errno of a command that could not be executed; child_wait then says 127 (not found) or
 * 126, as for a shell. */
pid_t child_start(char **argv, int out, int err, child_prepare *prepare, void *arg, int *why);

/* Waits for one. Returns what waitpid says of it. */
int child_wait(pid_t pid);

/* The exit status that stands for it. When the command died of a signal, we die of the same one here. */
int child_status(int waited);

#endif
