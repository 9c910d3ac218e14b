# core/fmt beside libc's snprintf, whatever the conversion, the value and the room.
bats_require_minimum_version 1.5.0
load helper

@test "text from a format is what snprintf makes of it, in any room" {
	ours
	need cc
	cat >driver.c <<-'C'
		#include <inttypes.h>
		#include <limits.h>
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>

		#include "fmt.h"

		static unsigned state = 1;

		static unsigned next(void)
		{
			return (state = state * 1103515245 + 12345) >> 8;
		}

		/* Few bits or many, and the values at both ends. */
		static uint64_t value(void)
		{
			static const uint64_t ends[] = {0, 1, INT_MAX, UINT_MAX, INT64_MAX, UINT64_MAX, (uint64_t)1 << 63, (uint64_t)INT_MIN};
			uint64_t bits = (uint64_t)next() << 48 ^ (uint64_t)next() << 24 ^ next();

			return next() % 4 ? bits >> next() % 64 : ends[next() % 8];
		}

		static int wrong(const char *fmt, int got, int wanted, const char *a, const char *b, size_t room)
		{
			if (got == wanted && memcmp(a, b, room) == 0)
				return 0;
			printf("%s in %zu: '%s' of %d, '%s' of %d\n", fmt, room, a, got, b, wanted);
			return 1;
		}

		#define TRY(...) failed |= (memset(a, 1, sizeof a), memset(b, 1, sizeof b), \
			wrong(fmt, fmt_text(a, room, __VA_ARGS__), snprintf(b, room, __VA_ARGS__), a, b, sizeof a))

		int main(void)
		{
			static const char *const lengths[] = {"", "l", "ll", "z", "j"}, *const texts[] = {"", "a", "some text", "%d\n"};
			int failed = 0;

			for (int i = 0; i < 200000 && !failed; i++) {
				char fmt[64], a[80], b[80], flags[3] = "", kind = "duxXocs%"[next() % 8];
				size_t room = next() % 3 ? sizeof a : next() % 12, length = next() % 5;
				int width = next() % 3 ? -1 : (int)(next() % 30), most = kind != 's' || next() % 2 ? -1 : (int)(next() % 12);
				uint64_t v = value();
				const char *s = texts[next() % 4];

				if (kind == '%') {
					snprintf(fmt, sizeof fmt, "x%%%%y");
					TRY(fmt, 0);
					continue;
				}
				if (next() % 3 == 0)
					strcat(flags, "-");
				else if (next() % 3 == 0 && kind != 'c' && kind != 's')
					strcat(flags, "0");
				sprintf(fmt, "<%%%s", flags);
				if (width >= 0)
					sprintf(fmt + strlen(fmt), "%d", width);
				if (most >= 0)
					sprintf(fmt + strlen(fmt), ".%d", most);
				sprintf(fmt + strlen(fmt), "%s%c>", kind == 'c' || kind == 's' ? "" : lengths[length], kind);
				if (kind == 's')
					TRY(fmt, s);
				else if (kind == 'c')
					TRY(fmt, 'a' + (int)(v % 26));
				else if (length == 0)
					TRY(fmt, (unsigned)v);
				else if (length == 1)
					TRY(fmt, (unsigned long)v);
				else if (length == 2)
					TRY(fmt, (unsigned long long)v);
				else if (length == 3)
					TRY(fmt, (size_t)v);
				else
					TRY(fmt, (uintmax_t)v);
				sprintf(fmt, "[%%%s*.*s|%%%s*d]", *flags == '-' ? flags : "", flags);
				width = (int)(next() % 20) - 10;
				most = (int)(next() % 8) - 2;
				TRY(fmt, width, most, s, -width, (int)v);
			}
			return failed;
		}
	C
	# shellcheck disable=SC2154 # set by the helper
	cc -w -O1 -I"$top/core" driver.c "$top/core/fmt.c" -o driver
	./driver
}

@test "a string without an end is read no further than its precision" {
	ours
	need cc
	cat >driver.c <<-'C'
		#include <stdio.h>
		#include <sys/mman.h>
		#include <unistd.h>

		#include "fmt.h"

		int main(void)
		{
			long page = sysconf(_SC_PAGESIZE);
			char *two = mmap(NULL, 2 * (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[16];

			mprotect(two + page, (size_t)page, PROT_NONE);
			two[page - 2] = 'h';
			two[page - 1] = 'i';
			fmt_text(to, sizeof to, "<%.2s|%.*s>", two + page - 2, 1, two + page - 1);
			puts(to);
			return 0;
		}
	C
	cc -w -D_DEFAULT_SOURCE -O1 -I"$top/core" driver.c "$top/core/fmt.c" -o driver
	run -0 ./driver
	[ "$output" = '<hi|i>' ]
}
