# core/grow and core/seen: what they hold stays, also when there is no memory for more.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # set by the helper
# compile FLAGS...: driver.c with these rooms of core
compile() {
	cc -std=c11 -D_POSIX_C_SOURCE=200809L -I"$top/core" "$@" driver.c "$top/core/grow.c" "$top/core/seen.c" -o driver
}

@test "an array that grows keeps its elements, and one too large for memory is as it was" {
	ours
	need cc
	cat >driver.c <<-'C'
		#include <errno.h>
		#include <stdint.h>
		#include <stdio.h>
		#include <stdlib.h>

		#include "grow.h"

		struct element { unsigned first, rest[4]; };

		/* Whether this has no memory, and changes nothing. */
		static int none(size_t held, size_t need, size_t size)
		{
			void *array = malloc(1);
			size_t room = held;
			int right;

			errno = 0;
			right = !grow_room(array, &room, need, size) && errno == ENOMEM && room == held;
			free(array);
			return right;
		}

		int main(void)
		{
			struct element *v = NULL;
			unsigned *w = NULL;
			size_t n = 0, room = 0;

			for (unsigned i = 0; i < 10000; i++) {
				v = grow_add(v, &n, sizeof *v);
				if (!v || n != i + 1 || v[i].first || v[i].rest[3])
					return printf("element %u\n", i), 1;
				v[i].first = v[i].rest[3] = i + 1;
				w = grow_room(w, &room, i + 1, sizeof *w);
				if (!w || room <= i || room > 2 * i + 2)
					return printf("room %zu for %u\n", room, i), 1;
				w[i] = i + 1;
			}
			for (unsigned i = 0; i < 10000; i++)
				if (v[i].first != i + 1 || v[i].rest[3] != i + 1 || w[i] != i + 1)
					return printf("lost %u\n", i), 1;
			/* products that would wrap to something small */
			if (!none(0, SIZE_MAX / 2 + 1, 2) || !none(0, SIZE_MAX / 20 + 2, 20) || !none(SIZE_MAX / 32 + 1, SIZE_MAX / 32 + 2, 16) ||
			    !none(0, SIZE_MAX, 1) || !none(SIZE_MAX / 2 + 2, SIZE_MAX / 2 + 3, 1))
				return printf("wrapped\n"), 1;
			n = SIZE_MAX / 32 + 1;
			if (grow_add(v, &n, 32) || n != SIZE_MAX / 32 + 1)
				return printf("added\n"), 1;
			free(v);
			free(w);
			return 0;
		}
	C
	compile
	./driver
	if echo 'int main(void) { return 0; }' >try.c && cc -m32 try.c -o try 2>/dev/null && ./try; then
		compile -m32
		./driver
	fi
}

@test "what a set cannot take in for want of memory is told, and what it holds is still found" {
	ours
	need cc
	cat >driver.c <<-'C'
		#include <stdio.h>
		#include <string.h>
		#include <sys/resource.h>

		#include "seen.h"

		int main(void)
		{
			struct rlimit limit = {32 << 20, 32 << 20};
			struct seen s = {0};
			static char text[1000];
			ino_t i, n = 0;

			setrlimit(RLIMIT_AS, &limit);
			memset(text, 'x', sizeof text - 1);
			while (n < 1000000 && seen_add(&s, 1, n, "name", text))
				n++;
			if (n < 1000 || n == 1000000)
				return printf("ends at %lu\n", (unsigned long)n), 1;
			for (i = 0; i < n; i++)
				if (!seen_find(&s, 1, i, "name") || strcmp(seen_find(&s, 1, i, "name"), text) != 0)
					return printf("lost %lu of %lu\n", (unsigned long)i, (unsigned long)n), 1;
			if (seen_find(&s, 1, n, "name"))
				return printf("found what was not taken in\n"), 1;
			seen_free(&s);
			return 0;
		}
	C
	compile
	./driver
}
