/*
 * json: what --json prints, on standard output: values by out_printf, texts by json_text, which makes any bytes fit.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes are UTF-8, so that json_text loses nothing of them. */
bool json_can(const char *bytes, size_t len);

/* A quoted string, in which all control characters are escaped (RFC 8259 wants it of those below U+0020); what is not
 * UTF-8 becomes U+FFFD, a byte each. */
void json_text(const char *bytes, size_t len);

#endif
