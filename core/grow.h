/*
 * grow: arrays that become longer, with room in advance. Nothing here prints. What fails is NULL with ENOMEM, also
 * where the bytes are more than a size_t can count, and then the array is as it was.
 */
#ifndef GROW_H
#define GROW_H

#include <stddef.h>

/* The array with room for at least `need` (not 0) elements of `size` bytes; it may move. *room is how many it has. */
void *grow_room(void *array, size_t *room, size_t need, size_t size);

/* The array with one more element, zeroed, behind the `*n` that only this function has added. */
void *grow_add(void *array, size_t *n, size_t size);

#endif
