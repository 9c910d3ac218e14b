/*
 * utf8: which bytes are characters.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* The bytes of the character at `s`, of which `len` are there: 0 when it is a broken or overlong sequence, a surrogate
 * or beyond Unicode. RFC 3629. A NUL ends any sequence, so that a string needs no length. */
size_t utf8_char(const unsigned char *s, size_t len);

/* How many of the `len` bytes come first when at most `most` may: fewer where a character would be cut. */
size_t utf8_cut(const char *s, size_t len, size_t most);

#endif
