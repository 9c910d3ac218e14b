/*
 * link: names that lead to a file, made where else a copy of its bytes would be: hard links and symlinks to the source,
 * and further names of a copy that is there already. What failed is said through msg_fail, in GNU cp's words.
 */
#ifndef LINK_H
#define LINK_H

#include "replace.h"

/* Links to the source. Where an old entry is to go, the link is made beside it and renamed over it, so that the
 * source is reached before anything has gone. */
bool link_hard(const struct replace *r);
bool link_symbolic(const struct replace *r);

/* A symlink with the same text as the source, which is one. */
bool link_alike(struct replace *r);

/* Another name for the copy at the path `copy`, in place of what stands at the target. Returns 1, 0 when the copy
 * can have no further name or is gone, -1 after a message. */
int link_to_copy(struct replace *r, const char *copy);

#endif
