/*
 * link: names that lead to a file, made where else a copy of its bytes would be: hard links and symlinks to the source,
 * and further names of a copy that is there already. What failed is said through msg_fail, in GNU cp's words.
 */
#ifndef LINK_H
#define LINK_H

#include "replace.h"

/* Links to the source. Where an old entry is to go, the link is made beside it and renamed over it, so that the
 * source is reached before anything has gone. */
bool link_hard(struct replace *r);
bool link_symbolic(struct replace *r);

/* A symlink with the same text as the source, which is one. */
bool link_alike(struct replace *r);

enum link_made { LINK_NO_COPY, LINK_MADE, LINK_FAILED };

/* Another name for the copy of the source that was noted, in place of what stands at the target. LINK_NO_COPY: there is
 * none, or that can have no further name or is gone; LINK_FAILED after a message. */
enum link_made link_to_copy(struct replace *r);

/* The copy of the source is at the target, and is *copy: other names of the source shall lead to it. */
void link_note(const struct replace *r, const struct stat *copy);

#endif
