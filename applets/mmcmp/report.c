#include "report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dumps.h"
#include "json.h"
#include "mmcmp.h"
#include "msg.h"
#include "out.h"
#include "scan.h"

enum { SCRIPT_BYTES = 64 };     /* on a line of --script */

static bool differs, is_quiet;

static struct {
	off_t off[2], len;              /* of the present stretch, in each file */
	uint64_t n, n_bytes;            /* stretches, and their bytes */
	size_t n_kept;                  /* of --script: the last ones, not printed yet */
	unsigned char kept[2][SCRIPT_BYTES];
} stretch;

/* Onto a terminal only what does it no harm. */
static const char *shown(int file)
{
	return isatty(STDOUT_FILENO) ? msg_name(cmp_conf.names[file]) : cmp_conf.names[file];
}

/* POSIX wants "char"; GNU says "byte" in other languages than POSIX's, and where bytes are shown. */
static const char *word_for_byte(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *locale = NULL;

	for (int i = 0; i < 3 && !(locale && *locale); i++)
		locale = getenv(names[i]);
	if (cmp_conf.print_bytes)
		return "byte";
	return !locale || !*locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 ? "char" : "byte";
}

/* A byte as -b shows it. */
static const char *visible(unsigned char byte, char text[5])
{
	char *to = text;

	if (byte >= 128) {
		*to++ = 'M';
		*to++ = '-';
		byte -= 128;
	}
	if (byte < 32 || byte == 127) {
		*to++ = '^';
		byte ^= 64;
	}
	*to++ = (char)byte;
	*to = '\0';
	return text;
}

/* The first difference, `at` bytes further on. */
static void tell_first(struct pair *p, size_t at)
{
	unsigned char a = p->bytes[0][at], b = p->bytes[1][at];
	char x[5], y[5];

	pair_count(p);
	p->n_lines += scan_count(p->bytes[0], at, '\n');
	out_printf("%s %s differ: %s %lld, line %llu", shown(0), shown(1), word_for_byte(),
	           (long long)p->done + (off_t)at + 1, (unsigned long long)p->n_lines + 1);
	if (cmp_conf.print_bytes)
		out_printf(" is %3o %s %3o %s", a, visible(a, x), b, visible(b, y));
	out_text("\n");
}

/* The difference at that byte, -l. */
static void tell_one(const struct pair *p, size_t at)
{
	unsigned char a = p->bytes[0][at], b = p->bytes[1][at];
	long long number = p->done + (off_t)at + 1;
	char x[5], y[5];

	if (cmp_conf.print_bytes)
		out_printf("%*lld %3o %-4s %3o %s\n", cmp_conf.width, number, a, visible(a, x), b, visible(b, y));
	else
		out_printf("%*lld %3o %3o\n", cmp_conf.width, number, a, b);
}

static void print_hex(const unsigned char *bytes)
{
	for (size_t i = 0; i < stretch.n_kept; i++)
		out_printf("%02x", bytes[i]);
}

/* The bytes that are kept, as a line of the script. */
static void print_change(void)
{
	out_printf("0x%llx: ", (unsigned long long)(stretch.off[0] + stretch.len) - stretch.n_kept);
	print_hex(stretch.kept[0]);
	out_text(" -> ");
	print_hex(stretch.kept[1]);
	out_text("\n");
	stretch.n_kept = 0;
}

static void end_stretch(void)
{
	if (stretch.len == 0)
		return;
	stretch.n++;
	stretch.n_bytes += (uint64_t)stretch.len;
	if (stretch.n_kept > 0)
		print_change();
	else if (cmp_conf.form == CMP_JSON)
		out_printf("{\"offset\":%lld,\"offset2\":%lld,\"length\":%lld}\n", (long long)stretch.off[0],
		           (long long)stretch.off[1], (long long)stretch.len);
	else
		out_printf("%lld+%lld\n", (long long)stretch.off[0], (long long)stretch.len);
	stretch.len = 0;
}

/* The byte at `at` makes the stretch longer, or begins one. */
static void extend_stretch(const struct pair *p, size_t at)
{
	for (int i = 0; i < 2 && stretch.len == 0; i++)
		stretch.off[i] = p->map[i]->off + (off_t)at;
	if (cmp_conf.form == CMP_SCRIPT) {
		if (stretch.n_kept == SCRIPT_BYTES)
			print_change();
		for (int i = 0; i < 2; i++)
			stretch.kept[i][stretch.n_kept] = p->bytes[i][at];
		stretch.n_kept++;
	}
	stretch.len++;
}

/* Whether what is printed is thrown away; then the first difference tells all. */
static bool is_thrown_away(void)
{
	struct stat out, null;

	return (fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) != O_RDONLY &&       /* which stands for a closed one */
	       fstat(STDOUT_FILENO, &out) == 0 && stat("/dev/null", &null) == 0 && out.st_dev == null.st_dev &&
	       out.st_ino == null.st_ino;
}

bool report_start(struct pair *p)
{
	is_quiet = cmp_conf.form == CMP_SILENT || (cmp_conf.form <= CMP_ALL && is_thrown_away());
	p->counts = cmp_conf.form == CMP_FIRST && !is_quiet;
	if (cmp_conf.form == CMP_SCRIPT)
		out_printf("# %s -> %s\n", msg_name(cmp_conf.names[0]), msg_name(cmp_conf.names[1]));
	return cmp_conf.form != CMP_HEX || dumps_start(p);
}

size_t report_skips(struct pair *p, size_t same)
{
	if (cmp_conf.form == CMP_HEX)
		return dumps_skips(p, same);
	if (same > 0)
		end_stretch();
	return same;
}

size_t report_bytes(struct pair *p, size_t len)
{
	const unsigned char *a = p->bytes[0], *b = p->bytes[1];
	size_t same = scan_differ(a, b, len);

	differs = differs || same < len;
	if (cmp_conf.form == CMP_HEX)
		return dumps_bytes(p, len);
	if (same == len && p->counts) { /* they have become equal */
		p->n_lines += scan_count(a, len, '\n');
		p->line_ended = a[len - 1] == '\n';
	}
	if (same < len && (is_quiet || cmp_conf.form == CMP_FIRST)) {
		if (!is_quiet)
			tell_first(p, same);
		return 0;
	}
	for (size_t at = 0; at < len; at++) {
		if (a[at] == b[at]) {
			end_stretch();
			at += scan_differ(a + at, b + at, len - at) - 1;
		} else if (cmp_conf.form == CMP_ALL)
			tell_one(p, at);
		else
			extend_stretch(p, at);
	}
	return len;
}

static void tell_end(struct pair *p, int shorter)
{
	const char *name = msg_name(cmp_conf.names[shorter]);
	const char *more = cmp_conf.form == CMP_SCRIPT ? "; a script changes no size" : "";
	unsigned long long done = (unsigned long long)p->done;

	out_flush();    /* so that what was printed before is there before */
	if (done == 0)
		msg_warn("EOF on %s which is empty%s", name, more);
	else if (cmp_conf.form != CMP_FIRST || is_quiet)
		msg_warn("EOF on %s after byte %llu%s", name, done, more);
	else {
		pair_count(p);
		msg_warn("EOF on %s after byte %llu, %sline %llu", name, done, p->line_ended ? "" : "in ",
		         (unsigned long long)p->n_lines + !p->line_ended);
	}
}

int report_end(struct pair *p, bool is_complete)
{
	int shorter = p->ended[0] && !p->ended[1] ? 0 : p->ended[1] && !p->ended[0] ? 1 : -1;

	dumps_end();
	end_stretch();
	if (!is_complete)
		return 2;
	if (shorter >= 0 && cmp_conf.form != CMP_SILENT)
		tell_end(p, shorter);
	differs = differs || shorter >= 0;
	if (cmp_conf.form == CMP_RANGES)
		msg_warn("%llu stretch%s, %llu of %lld bytes differ", (unsigned long long)stretch.n, stretch.n == 1 ? "" : "es",
		         (unsigned long long)stretch.n_bytes, (long long)p->done);
	if (cmp_conf.form == CMP_JSON) {
		out_printf("{\"equal\":%s,\"compared\":%lld,\"differing\":%llu,\"stretches\":%llu", differs ? "false" : "true",
		           (long long)p->done, (unsigned long long)stretch.n_bytes, (unsigned long long)stretch.n);
		if (shorter >= 0) {
			out_text(",\"eof\":");
			json_text(cmp_conf.names[shorter], strlen(cmp_conf.names[shorter]));
		}
		out_text("}\n");
	}
	return cmp_conf.form == CMP_SCRIPT && shorter >= 0 ? 2 : differs;
}
