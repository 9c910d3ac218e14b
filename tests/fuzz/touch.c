/*
 * touch: the text that mmtouch --restore reads, against any text. Takes in its room restore; tests/fuzz/run builds it.
 *
 * touch fuzz SECONDS [SEED]    texts made of the words of such a text, damaged: none may be read beyond its end, each range
 *                              belongs to a file, and what is cut from it lies in the file. Prints how many there were.
 * Built with -DFUZZER it is libFuzzer's instead.
 */
#include "../../applets/mmtouch/restore.c"

#include <setjmp.h>
#include <stdio.h>
#include <time.h>

struct touch_conf touch_conf;
uint64_t steer_n;
const char *steer_full;

static unsigned long n_taken;

bool msg_fail(const char *fmt, ...) { (void)fmt; return false; }
void msg_die(int status, const char *fmt, ...) { (void)fmt; exit(status); }
void msg_no_memory(int status) { msg_die(status, "no memory"); }
const char *msg_reason(int error) { return strerror(error); }
const char *msg_name(const char *name) { return name; }


/* what reading the text does not come to */
bool msg_fail_errno(const char *fmt, ...) { (void)fmt; return false; }
void msg_warn(const char *fmt, ...) { (void)fmt; }
bool pages_count(const struct file *f, struct pages *p) { (void)f, (void)p; return false; }
int64_t steer(int action, const struct file *f, struct pages *p) { (void)action, (void)f, (void)p; return 0; }
void progress_start(enum progress_when when, uint64_t total) { (void)when, (void)total; }
void progress_end(void) { }
int out_printf(const char *fmt, ...) { (void)fmt; return 0; }
const char *tell_size(uint64_t bytes) { (void)bytes; return ""; }
void tell_is_unknown(void) { }
void tell_unknown(void) { }

static void check(void)
{
	static const off_t sizes[] = {0, 1, 4095, 4096, 1 << 20, INT64_MAX};
	unsigned sum = 0;

	for (size_t i = 0; i < n_ranges; i++) {
		if (ranges[i].file >= n_entries)
			abort();
		for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
			struct file f = {.size = sizes[k]};

			cut(&f, &ranges[i].range);
			if (f.first > f.end || f.end > ((uint64_t)f.size + os_page() - 1) / os_page())
				abort();
		}
	}
	for (size_t i = 0; i < n_entries; i++)
		for (const char *p = entries[i].path; *p; p++)
			sum += (unsigned char)*p;
	n_taken += n_ranges > 0 && sum != 1;
	sort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text = malloc(len + 1);

	memcpy(text, bytes, len);
	text[len] = '\0';
	n_entries = n_ranges = 0;
	entries = NULL;
	ranges = NULL;
	if (parse("text", text))
		check();
	free(entries);
	free(ranges);
	free(text);
	return 0;
}

#ifndef FUZZER
int main(int argc, char **argv)
{
	static const char *const words[] = {"/usr/lib/a", "\n", "\n\t", "\t", " ", "0+4096", "size", "modified", "1700000000.000000001",
	                                    "4K", "+", "-8192", "#", "\\", "\\012", "\\777", "\r\n", "\n\tsize 5 modified 1.000000000\n",
	                                    "\n\t0x1000+1G\n", "9223372036854775807", "b c", "\n/etc/x\n"};
	time_t end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 10);
	uint64_t state = argc > 3 ? (uint64_t)atoi(argv[3]) : 1;
	unsigned long n = 0;
	char text[800];

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
	printf("%lu texts, %lu with ranges taken, without a finding\n", n, n_taken);
	return n_taken == 0;
}
#endif
