/*
 * patch: the language of mmpatch's changes against any text. Takes in its room change, beside language and content;
 * tests/fuzz/run builds it.
 *
 * patch fuzz SECONDS [SEED]    scripts made of the language's words, damaged: none may be read beyond its end, and what is
 *                              taken for a change has bytes, in order. Prints how many.
 * Built with -DFUZZER it is libFuzzer's instead.
 */
#include "../../applets/mmpatch/change.c"

#include <setjmp.h>
#include <stdio.h>
#include <time.h>

struct patch_conf patch_conf;
struct target target;
const char *msg_program = "patch";
atomic_int msg_status;

static jmp_buf refused;
static unsigned long n_taken;

void msg_warn(const char *fmt, ...) { (void)fmt; }
void msg_warn_errno(const char *fmt, ...) { (void)fmt; }
void msg_die(int status, const char *fmt, ...) { (void)fmt; exit(status); }
const char *msg_reason(int error) { return strerror(error); }
const char *msg_name(const char *name) { return name; }
const char *msg_quote(const char *name) { return name; }
void patch_end(void) { longjmp(refused, 1); }
char *patch_copy(const char *text) { return strdup(text); }
struct change *match_next(void) { return NULL; }

size_t target_read(int fd, char *to, size_t len, off_t off)
{
	ssize_t n = pread(fd, to, len, off);

	return n < 0 ? 0 : (size_t)n;
}

static void check(void)
{
	size_t len;

	sort();
	for (size_t i = 0; i < n_changes; i++) {
		struct change *c = changes + i;
		unsigned sum = 0;
		const char *p;

		if (c->off < 0 || c->len <= 0 || c->len > NUM_OFF_MAX - c->off || (i > 0 && c[-1].off > c->off))
			abort();
		p = content_piece(c, &c->new, 0, &len);
		for (size_t k = 0; k < len; k++)
			sum += (unsigned char)p[k];
		p = c->has_old ? content_piece(c, &c->old, 0, &len) : p;
		for (size_t k = 0; k < len; k++)
			sum += (unsigned char)p[k];
		n_taken += sum != 1;
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text = malloc(len + 1), *rest = text, *line;
	size_t number = 0;

	memcpy(text, bytes, len);
	text[len] = '\0';
	/* no name of a file that is there */
	for (char *at = text; (at = strchr(at, '@'));)
		*at = '#';
	script = "script";
	n_changes = turn = 0;
	changes = NULL;
	change_size = (struct change){0};
	if (setjmp(refused) == 0) {
		while ((line = text_line(&rest)))
			read_change(line, ++number);
		check();
	}
	free(changes);
	free(text);
	return 0;
}

#ifndef FUZZER
int main(int argc, char **argv)
{
	static const char *const words[] = {"0x10", "4K", "=", ":", " ", "->", "~>", "fill", "\"", "\\x4", "\\012", "\\", "size", "16",
	                                    "be", "le", "32", "DEADBEEF", "00", "+", "-", "#", "\t", "0b1", "18446744073709551615",
	                                    "1", "0=41\n", "\n", "5: 41 -> 42\n", "8+4=fill 255\n", "\r\n", "9:64be=7 # x\n"};
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 10);
	uint64_t state = argc > 3 ? (uint64_t)atoi(argv[3]) : 1;
	unsigned long n = 0;
	char text[400];

	while (n % 1024 || time(NULL) < end) {
		size_t len = 0;

		state = state * 6364136223846793005u + 1442695040888963407u;
		for (unsigned count = (unsigned)(state >> 60) + 1; count > 0; count--) {
			const char *word;

			state = state * 6364136223846793005u + 1442695040888963407u;
			word = words[(state >> 33) % (sizeof words / sizeof *words)];
			memcpy(text + len, word, strlen(word));
			len += strlen(word);
			if ((state >> 40) % 16 == 0)
				text[len++] = (char)(state >> 50);
		}
		LLVMFuzzerTestOneInput((unsigned char *)text, len);
		n++;
	}
	printf("%lu scripts, %lu changes taken, without a finding\n", n, n_taken);
	return n_taken == 0;
}
#endif
