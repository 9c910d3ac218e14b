/*
 * fmt: text from a format, as snprintf makes it, for the conversions that mmtools has: d u x X o c s % with - and 0, a
 * width and a precision (of strings) as digits or *, and the lengths l ll z j. libc's printf brings floating point and
 * wide characters along, 10 KB in a static program. Nothing here prints.
 */
#ifndef FMT_H
#define FMT_H

#include <stdarg.h>
#include <stddef.h>

/* The compiler checks the arguments by the format. None is a floating point number: where gcc is told so, a function
 * does not put aside eight registers that could hold some, 65 bytes each. */
#if defined __GNUC__
#define FMT_CHECKED(fmt, args) __attribute__((format(printf, fmt, args) FMT_NO_FLOATS))
#else
#define FMT_CHECKED(fmt, args)
#endif
#if defined __x86_64__ && !defined __clang__
#define FMT_NO_FLOATS , target("general-regs-only")
#else
#define FMT_NO_FLOATS
#endif

/* Into `to` of `room` bytes, cut off and ended by a NUL where there is room for one. Returns how long the whole text
 * is. */
int fmt_text(char *to, size_t room, const char *fmt, ...) FMT_CHECKED(3, 4);
int fmt_args(char *to, size_t room, const char *fmt, va_list args) FMT_CHECKED(3, 0);

/* In memory of its own, to be freed. NULL without memory. */
char *fmt_new(const char *fmt, ...) FMT_CHECKED(1, 2);

#endif
