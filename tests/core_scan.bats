# core/scan: what is found, copied and left alone, beside libc's functions, at the edges of what may be read and written.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # set by the helper
# scans <<CODE: a driver whose main this is ends well, whichever way core/scan is compiled
scans() {
	local flags
	ours
	need cc
	{
		cat <<-'C'
			#include <stdint.h>
			#include <stdio.h>
			#include <string.h>
			#include <sys/mman.h>
			#include <unistd.h>

			#include "scan.h"

			enum { MOST = 600 };

			static unsigned state = 1;

			static unsigned next(void)
			{
				return (state = state * 1103515245 + 12345) >> 8;
			}

			/* Memory of `len` bytes that ends, or begins, where there is none. */
			static char *edge(size_t len, int begins)
			{
				static char *pages[2];
				static int turn;
				size_t page = (size_t)sysconf(_SC_PAGESIZE);
				char **p = &pages[turn++ % 2];

				if (!*p) {
					*p = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
					mprotect(*p + page, page, PROT_READ | PROT_WRITE);
				}
				return begins ? *p + page : *p + 2 * page - len;
			}

			ssize_t map_slice(struct map *m, const char **bytes)
			{
				return (void)m, (void)bytes, 0;
			}

		C
		cat
	} >driver.c
	for flags in -Os -O2 '-O2 -DMMTOOLS_SMALL'; do
		# shellcheck disable=SC2086 # several words
		cc -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I"$top/core" $flags driver.c "$top/core/scan.c" -o driver &&
			./driver || return
	done
}

@test "the first of a byte is found wherever it lies, and nothing outside of what is given is looked at" {
	scans <<-'C'
		int main(void)
		{
			for (size_t len = 0; len < MOST; len++)
				for (int begins = 0; begins < 2; begins++)
					for (int many = 0; many < 2; many++)
						for (size_t at = 0; at <= len; at += 1 + (len > 80) * (next() % 7)) {
							char *p = edge(len, begins), byte = (char)(next() % 3 ? '\n' : next());

							/* bytes that differ from it in one bit, which a subtraction could take for it */
							for (size_t i = 0; i < len; i++)
								p[i] = (char)(byte ^ (1 << next() % 8));
							if (at < len)
								p[at] = byte;
							for (size_t i = at; many && i < len; i += 1 + next() % 20)
								p[i] = byte;
							if (scan_byte(p, len, byte) != at)
								return printf("%zu of %zu: %zu\n", at, len, scan_byte(p, len, byte)), 1;
						}
			return 0;
		}
	C
}

@test "short pieces are copied, copied as text and filled, whatever the length, and nothing around them changes" {
	scans <<-'C'
		static char around[MOST + 200], wanted[sizeof around], *to;

		static int is_right(size_t len, const char *what)
		{
			int right = memcmp(to, wanted + 100, len) == 0 && memcmp(around, wanted, sizeof around) == 0;

			return right || (printf("%zu %s\n", len, what), 0);
		}

		int main(void)
		{
			for (size_t len = 0; len < MOST; len++)
				for (int edges = 0; edges < 4; edges++) {
					char *from = edge(len, edges & 1);

					to = edge(len, edges >> 1);
					for (size_t i = 0; i < len; i++)
						from[i] = (char)next();
					for (size_t i = 0; i < sizeof around; i++)
						around[i] = wanted[i] = (char)next();
					memcpy(wanted + 100, from, len);
					scan_copy(to, from, len);
					scan_copy(around + 100, from, len);
					if (!is_right(len, "copied"))
						return 1;
					for (size_t i = 0; i < len; i++)
						wanted[100 + i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '.';
					scan_copy_text(to, from, len);
					scan_copy_text(around + 100, from, len);
					if (!is_right(len, "as text"))
						return 1;
					memset(wanted + 100, (int)len, len);
					scan_fill(to, (char)len, len);
					scan_fill(around + 100, (char)len, len);
					if (!is_right(len, "filled"))
						return 1;
				}
			return 0;
		}
	C
}

@test "each byte that is looked for has its mark, and no other, at any length" {
	scans <<-'C'
		int main(void)
		{
			for (size_t len = 0; len < MOST; len++)
				for (int kind = 0; kind < 16; kind++) {
					char *p = edge(len, kind & 1), byte = (char)(next() % 3 ? '\n' : next());
					uint64_t marks[SCAN_MARKS(MOST) + 1], wanted[SCAN_MARKS(MOST) + 1];

					for (size_t i = 0; i < len; i++)
						p[i] = (char)(kind % 8 < 6 ? next() : " ~\x1f\x7f\x80\xff\t\r"[next() % 8] ^ (next() % 5 == 0));
					for (size_t i = 0; i < len; i += 1 + next() % 9)
						p[i] = byte;
					memset(marks, 0xA5, sizeof marks);
					memset(wanted, 0xA5, sizeof wanted);
					memset(wanted, 0, SCAN_MARKS(len) * 8);
					for (size_t i = 0; i < len; i++)
						if (kind >= 8 ? (p[i] >= ' ' && p[i] <= '~') || p[i] == '\t' || (kind & 2 && p[i] >= '\t' && p[i] <= '\r') ||
						                (kind & 4 && (unsigned char)p[i] >= 0x80) :
						    kind & 2 ? p[i] < ' ' || p[i] > '~' || (unsigned char)p[i] > '~' : p[i] == byte)
							wanted[i / 64] |= (uint64_t)1 << i % 64;
					if (kind >= 8)
						scan_mark_text(marks, p, len, (kind & 2 ? SCAN_SPACE : 0) | (kind & 4 ? SCAN_HIGH : 0));
					else if (kind & 2)
						scan_mark_nonprinting(marks, p, len);
					else
						scan_mark(marks, p, len, byte);
					if (memcmp(marks, wanted, sizeof marks) != 0)
						return printf("kind %d of %zu\n", kind, len), 1;
				}
			return 0;
		}
	C
}

@test "as many of a byte are counted as there are, at any length" {
	scans <<-'C'
		int main(void)
		{
			for (size_t len = 0; len < MOST; len++)
				for (int kind = 0; kind < 8; kind++) {
					char *p = edge(len, kind & 1), byte = (char)(next() % 3 ? '\n' : next());
					size_t wanted = 0;

					for (size_t i = 0; i < len; i++)
						p[i] = (char)(kind & 4 ? byte : kind & 2 ? byte ^ (1 << next() % 8) : next());
					for (size_t i = next() % 9; i < len; i += 1 + next() % 9)
						p[i] = byte;
					for (size_t i = 0; i < len; i++)
						wanted += p[i] == byte;
					if (scan_count(p, len, byte) != wanted)
						return printf("%zu of %zu: %zu\n", wanted, len, scan_count(p, len, byte)), 1;
				}
			return 0;
		}
	C
}

@test "the first difference is found wherever it lies, and nothing outside of what is given is looked at" {
	scans <<-'C'
		int main(void)
		{
			for (size_t len = 0; len < MOST; len++)
				for (int edges = 0; edges < 4; edges++)
					for (size_t at = 0; at <= len; at += 1 + (len > 80) * (next() % 7)) {
						char *a = edge(len, edges & 1), *b = edge(len, edges >> 1);

						for (size_t i = 0; i < len; i++)
							a[i] = b[i] = (char)next();
						if (at < len)
							b[at] ^= (char)(1 << next() % 8);
						for (size_t i = at + 1; i < len; i += 1 + next() % 20)
							b[i] = (char)next();
						if (scan_differ(a, b, len) != at)
							return printf("%zu of %zu: %zu\n", at, len, scan_differ(a, b, len)), 1;
					}
			return 0;
		}
	C
}
