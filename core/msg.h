/*
 * msg: what goes wrong, said on stderr as `mmcat: FILE: reason`. The name is the one the program was called by.
 * A message is one write, so that messages of several threads or processes never mix. errno is kept.
 */
#ifndef MSG_H
#define MSG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "fmt.h"

extern const char *msg_program;

/* `program: text` and a newline. */
void msg_warn(const char *fmt, ...) FMT_CHECKED(1, 2);

/* The same with `: ` and what errno means. */
void msg_warn_errno(const char *fmt, ...) FMT_CHECKED(1, 2);

/* The same two of a file: `program: name: text`, and `program: name: ` with what errno means. Both return false. */
bool msg_warn_name(const char *name, const char *text);
bool msg_warn_file(const char *name);

/* The same two as the first for what failed, when the run goes on: its status becomes 1. Both return false. */
bool msg_fail(const char *fmt, ...) FMT_CHECKED(1, 2);
bool msg_fail_errno(const char *fmt, ...) FMT_CHECKED(1, 2);

/* The last with a path behind the text: "cannot stat 'path': reason". */
bool msg_fail_path(const char *what, const char *path);

/* What was found out about a file, said as `name: text`; when that is a failure, the status becomes 1. */
void msg_about(const char *name, const char *text, bool failed);

/* The exit status that the run has earned so far. Any thread may raise it; 1 outranks all others. */
extern atomic_int msg_status;
void msg_raise(int status);

/* msg_warn, then exit with `status`. */
_Noreturn void msg_die(int status, const char *fmt, ...) FMT_CHECKED(2, 3);

/* The same for want of memory. */
_Noreturn void msg_no_memory(int status);

/* Text as it is, without the program's name: prompts and progress. */
void msg_raw(const char *fmt, ...) FMT_CHECKED(1, 2);

/* What an errno means, in the same words on every libc. */
const char *msg_reason(int error);

/* A file name for a message: in quotes, and so that a shell reads it back, whatever bytes it holds (GNU's
 * shell-escape style). msg_name leaves harmless names bare, as cat does; msg_quote always quotes, as cp does.
 * The text lives until the same thread has asked for four more. */
const char *msg_name(const char *name);
const char *msg_quote(const char *name);

#endif
