/*
 * formats: the format strings of hexdump and the types of od, as anybody may type them, on a block of bytes: no byte outside of it
 * is looked at, nothing is written where there is no room, and the showing ends. tests/fuzz/run builds it for either face: -DOD, or
 * not. All memory is taken from here, so that each input gives it back.
 *
 * formats SECONDS [SEED]       texts at random, made of pieces of good ones. Prints how many.
 * Built with -DFUZZER it is libFuzzer's instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* what is static in them is given back, too */
#define number format_number
#define digits unit_digits
#include "format.c"
#include "unit.c"
#undef number
#undef digits
#ifdef OD
#include "od.c"
#else
#include "hexdump.c"
#endif
#undef malloc
#undef realloc
#undef free
#include "fmt.h"
#include "input.h"

void *malloc(size_t);
void *realloc(void *, size_t);
void free(void *);

/* ---- memory, and what ends a run ---- */

static void *taken[4096];
static size_t n_taken;
static jmp_buf ended;

void *fuzz_realloc(void *old, size_t size)
{
	size_t i = 0;

	while (i < n_taken && (!old || taken[i] != old))
		i++;
	if (i == sizeof taken / sizeof *taken)
		return NULL;
	taken[i] = realloc(old, size);
	n_taken += i == n_taken;
	return taken[i];
}

void *fuzz_malloc(size_t size)
{
	return fuzz_realloc(NULL, size);
}

void fuzz_free(void *old)
{
	for (size_t i = 0; i < n_taken && old; i++)
		if (taken[i] == old) {
			taken[i] = taken[--n_taken];
			free(old);
			return;
		}
}

const char *msg_program = "fuzz";
void msg_warn(const char *fmt, ...) { (void)fmt; }
bool msg_fail(const char *fmt, ...) { (void)fmt; return false; }
void msg_about(const char *name, const char *text, bool failed) { (void)name, (void)text, (void)failed; }
void msg_no_memory(int status) { msg_die(status, "no memory"); }
const char *msg_reason(int error) { (void)error; return "reason"; }
const char *msg_name(const char *name) { return name; }
#ifndef OD
char *hex_line(char *to, uint64_t off, const void *bytes, size_t len) { return (void)off, (void)bytes, (void)len, to; }
#endif
const char *msg_quote(const char *name) { return name; }
const struct opt_choice opt_io_words[] = {{0}};
int opt_explain;

void msg_die(int status, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	fmt_args(text, sizeof text, fmt, args);
	va_end(args);
	longjmp(ended, status);
}

void opt_misuse(const char *fmt, ...)
{
	(void)fmt;
	longjmp(ended, 1);
}

bool input_next(struct input *in) { (void)in; return false; }
bool input_range(struct input *in) { (void)in; return false; }
size_t input_slice(struct input *in, const char **bytes) { (void)in, (void)bytes; return 0; }

/* ---- output: memory of just that size, and soon enough ---- */

static char *room;
static size_t room_len, written;

char *out_room(size_t len)
{
	free(room);
	room = malloc(len);
	room_len = len;
	return written > 1 << 16 ? NULL : room;
}

void out_filled(size_t len)
{
	if (len > room_len)
		abort();
	written += len;
}

int out_error(void)
{
	return written > 1 << 16;
}

int out_write(const void *bytes, size_t len)
{
	volatile char sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (char)(sum + ((const char *)bytes)[i]);
	written += len;
	return 0;
}

int out_printf(const char *fmt, ...) { (void)fmt; return 0; }
int out_text(const char *text)
{
	return out_write(text, strlen(text));
}

int out_flush(void)
{
	return 0;
}

/* ---- an input: a text, and bytes ---- */

/* A whole block and a part of one, each in memory of just that size. */
static void show(const unsigned char *bytes, size_t n, size_t size)
{
	unsigned char *p = size > 0 && size < 1 << 20 ? fuzz_malloc(size) : NULL;

	if (!p)
		return;
	for (size_t i = 0; i < size; i++)
		p[i] = n > 0 ? bytes[i % n] : 0;
	format_show(NULL, n << (n % 50), p, size);
	memset(p + n % size, 0, size - n % size);
	if (n % size > 0)
		format_show(NULL, UINT64_MAX - n, p, n % size);
	format_end(n);
}

static void run_text(const char *text, const unsigned char *bytes, size_t n)
{
	struct opt row = {.letter = 0};
	struct opt_given given = {&row, text};
	uint64_t value;
	size_t size;

	written = 0;
	conf = (struct conf){0};
	formats = NULL;
	n_formats = block = n_tables = 0;
	end_unit = NULL;
	blocks_number(text, &value);
	if (setjmp(ended) == 0) {
#ifdef OD
		conf.types = (struct opt_list){&given, 1};
		types = NULL;
		n_types = 0;
		is_offset(text, &value);
		conf.endian = n % 3;
		conf.width = n % 5 ? NULL : n % 2 ? "24" : "7";
		read_types();
		add_formats('o');
#else
		row.letter = 'e';
		conf.formats = (struct opt_list){&given, 1};
		n_given = n_canonical = 0;
		read_formats();
#endif
		size = format_fit();
		show(bytes, n, size);
	}
	for (; n_taken > 0; n_taken--)
		free(taken[n_taken - 1]);
}

static void run_input(const unsigned char *bytes, size_t n)
{
	size_t len = 0;
	char *text;

	while (len < n && bytes[len])
		len++;
	text = malloc(len + 1);
	if (!text)
		return;
	memcpy(text, bytes, len);
	text[len] = '\0';
	run_text(text, bytes + len, n - len);
	free(text);
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t n)
{
	run_input(bytes, n);
	return 0;
}
#else
static unsigned long state;

static unsigned chance(unsigned n)
{
	state = state * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(state >> 33) % n;
}

int main(int argc, char **argv)
{
	static const char *const pieces[] = {
#ifdef OD
		"a", "c", "d", "o", "u", "x", "f", "z", "1", "2", "4", "8", "3", "16", "C", "S", "I", "L", "+", "0x", ".", "b", "99999999999",
#else
		"\"", "\"", "\"", "%", "%", "/", "/1 ", "/2 ", "4/", "8/4 ", " ", "d", "x", "X", "o", "u", "c", "s", "_c", "_p", "_u", "_ax", "_Ad",
		"_L[red]", "_L[", "-", "0", "#", "+", ".", ".3", "12", "4096", "99999999999", "\\n", "\\", "|", "  ", "e", "l", "*", "_", "16/1 \"%02x \"",
#endif
	};
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
	unsigned long n = 0;

	state = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	for (; time(NULL) < end; n++) {
		char input[256] = "";
		size_t len = 0;

#ifndef OD
		if (chance(3))          /* a unit that is whole, with what comes behind its first conversion */
			len = (size_t)sprintf(input, "%s\"%%%s%s%s\" \"\\n\"", pieces[5 + chance(4)], pieces[19 + chance(8)],
			                      pieces[10 + chance(11)], pieces[chance(2) ? 31 : 10]);
#endif
		for (unsigned i = chance(14); i > 0 && len < 128; i--)
			len += (size_t)sprintf(input + len, "%s", pieces[chance(sizeof pieces / sizeof *pieces)]);
		for (size_t i = len + 1; i < sizeof input; i++)
			input[i] = (char)chance(chance(3) ? 256 : 2);
		run_input((unsigned char *)input, len + 1 + chance(100));
	}
	printf("%lu texts without a finding\n", n);
	return 0;
}
#endif
