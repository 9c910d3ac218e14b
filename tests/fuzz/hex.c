/*
 * hex: applets/mmhex against dumps of any kind, in memory. Links its rooms and core; tests/fuzz/run builds it.
 *
 * hex fuzz SECONDS [SEED]     what is shown, in every form that mmhex --revert or xxd -r can read, must be turned back
 *                             into the same bytes; damaged or random dumps must neither crash nor hang the readers.
 * Built with -DFUZZER it is libFuzzer's instead, and its input is bytes to show and a dump to read.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../applets/mmhex/cells.c"
#include "../../applets/mmhex/revert.c" /* whose readers are its own */

enum { SHOWN = 1 << 20, MOST = 1 << 16 };

/* ---- in place of core/out: what is printed stays here, and too much of it is an error, as from a closed pipe ---- */

static char printed[SHOWN], room[OUT_ROOM];
static size_t n_printed;
static bool is_full;

int out_write(const void *bytes, size_t len)
{
	if (len > SHOWN - n_printed) {
		is_full = true;
		return -1;
	}
	memcpy(printed + n_printed, bytes, len);
	n_printed += len;
	return 0;
}

char *out_room(size_t len)
{
	if (len > sizeof room)
		abort();
	return is_full ? NULL : room;
}

void out_filled(size_t len) { out_write(room, len); }
int out_text(const char *text) { return out_write(text, strlen(text)); }
int out_printf(const char *fmt, ...) { return out_write(fmt, strlen(fmt)); }    /* of what is not looked at here */
int out_error(void) { return is_full; }
int out_flush(void) { return 0; }
void out_failed(int error) { (void)error, is_full = true; }
const char *msg_reason(int error) { return strerror(error); }

/* ---- what reading files needs, which is not done here ---- */

atomic_int msg_status;
void msg_warn(const char *fmt, ...) { (void)fmt; }
void msg_warn_errno(const char *fmt, ...) { (void)fmt; }
bool msg_fail(const char *fmt, ...) { (void)fmt; return false; }
void msg_about(const char *name, const char *text, bool failed) { (void)name, (void)text, (void)failed; }
const char *msg_name(const char *name) { return name; }
const char *msg_quote(const char *name) { return name; }
void msg_die(int status, const char *fmt, ...) { (void)status, (void)fmt; abort(); }
void msg_no_memory(int status) { (void)status; abort(); }
void opt_misuse(const char *fmt, ...) { (void)fmt; abort(); }
bool input_next(struct input *in) { (void)in; abort(); }
bool input_range(struct input *in) { (void)in; abort(); }
size_t input_slice(struct input *in, const char **bytes) { (void)in, (void)bytes; abort(); }
void input_end(struct input *in) { (void)in; }

static void clear(void)
{
	n_printed = 0;
	is_full = false;
	memset(&target, 0, sizeof target);
	memset(&reader, 0, sizeof reader);
	reader.opened = true;   /* a stream, and not standard output */
	memset(&xxd, 0, sizeof xxd);
}

/* Reads the dump by lines, as `revert` does. */
static const char *read_all(const char *dump, size_t len, const struct revert *how)
{
	static char line[LINE + 1];
	const char *wrong = NULL, *end = dump + len;

	clear();
	reader.how = how;
	while (dump < end && !wrong) {
		const char *stop = memchr(dump, '\n', (size_t)(end - dump));
		size_t n = (size_t)((stop ? stop : end) - dump);

		if (n > LINE)
			return "long";
		memcpy(line, dump, n);
		line[n] = '\0';
		wrong = read_line(line, n);
		dump += n + 1;
	}
	return wrong ? wrong : reader.folded ? "fold" : NULL;
}

static const char *read_as_xxd(const char *dump, size_t len, unsigned width, bool plain)
{
	clear();
	xxd.width = width;
	xxd.plain = plain;
	xxd.in_offset = !plain;
	xxd.fresh = true;
	xxd.high = -1;
	for (size_t i = 0; i < len; i++)
		if (!xxd_take(dump[i]))
			return "back";
	return NULL;
}

static void expect(const char *what, const char *wrong, const char *bytes, size_t len)
{
	if (!wrong && n_printed == len && memcmp(printed, bytes, len) == 0)
		return;
	fprintf(stderr, "%s: %s, %zu bytes of %zu\n", what, wrong ? wrong : "other bytes", n_printed, len);
	abort();
}

/* The bytes as a dump whose form the first four of them tell, turned back; then as a dump themselves. */
static void try(const char *bytes, size_t len)
{
	static struct dump d;
	static char dump[SHOWN];
	unsigned char form[4] = {0};
	struct revert how = {.at = REVERT_HERE};
	size_t n;

	memcpy(form, bytes, len < 4 ? len : 4);
	memset(&d, 0, sizeof d);
	d.b.left = UINT64_MAX;
	d.b.size = form[0] + 1U;
	d.group = form[1] % (unsigned)d.b.size + 1U;
	d.plain = form[2] & 1;
	d.colour = form[2] & 2;
	d.upper = form[2] & 4;
	d.decimal = how.decimal = form[2] & 8;
	/* xxd's last group may be torn from its row */
	d.little = how.little = form[2] & 16 && !d.plain;
	d.b.fold = form[2] & 32 ? BLOCKS_ALL : d.plain ? BLOCKS_FOLD_ZEROS : BLOCKS_FOLD;
	d.cell = DUMP_HEX;
	clear();
	dump_start(&d);
	for (size_t at = 0; at < len; at += n) {
		n = form[3] + 1U < len - at ? form[3] + 1U : len - at;
		blocks_take(&d.b, (const unsigned char *)bytes + at, n);
	}
	blocks_end(&d.b);
	free(d.b.part);
	free(d.b.last);
	if (!d.plain && len > 0)
		out_filled((size_t)(dump_offset(&d, room, d.b.off) - room));
	n = n_printed;
	if (is_full)
		return;
	memcpy(dump, printed, n);
	expect("its own reader", read_all(dump, n, &how), bytes, len);
	if (d.plain && !d.decimal && !d.colour)
		expect("xxd's", read_as_xxd(dump, n, (unsigned)d.b.size, false), bytes, len);
	/* a damage to the dump */
	if (n > 0) {
		dump[form[3] * 31U % n] = (char)form[1];
		dump[form[0] * 97U % n] = (char)form[3];
		read_all(dump, n, &how);
		read_as_xxd(dump, n, (unsigned)d.b.size, false);
	}
	read_all(bytes, len, &how);
	read_as_xxd(bytes, len, form[0] % 32U + 1, form[2] & 1);
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try((const char *)data, size);
	return 0;
}
#else
static uint64_t state;

static unsigned below(unsigned n)
{
	state = state * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(state >> 33) % n;
}

static void on_alarm(int sig)
{
	(void)sig;
	_exit(97);
}

int main(int argc, char **argv)
{
	static const char words[] = "0123456789abcdefABCDEF :|*\n\n  \t\r\033[32m00000010: 00000020  ";
	static char bytes[MOST];
	time_t end = time(NULL) + (argc > 2 ? strtol(argv[2], NULL, 10) : 30);
	unsigned long n = 0;

	state = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	signal(SIGALRM, on_alarm);
	for (; time(NULL) < end; n++) {
		unsigned len = below(1U << below(13)), kind = below(4);

		for (unsigned i = 0; i < len; i++)
			bytes[i] = kind == 0 || i < 4 ? (char)below(256) : kind == 1 ? words[below(sizeof words - 1)] :
			           kind == 2 && i > 4 && below(20) ? bytes[i - 1] : (char)(below(3) * 0x20);
		alarm(20);
		try(bytes, len);
	}
	printf("dumps shown and read: %lu, nothing found\n", n);
	return 0;
}
#endif
