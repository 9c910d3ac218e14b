/* What is said of files: a row each and a sum, as JSON, or as vmtouch has it; and a picture of where the pages lie. */
#include "mmtouch.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fmt.h"
#include "grow.h"
#include "json.h"
#include "msg.h"
#include "out.h"

enum { WIDEST = 512 };  /* a picture, in characters */

static struct pages sum = {.known = true, .detailed = true};
static uint64_t n_unknown, page;
static struct timespec started;

void tell_start(void)
{
	page = os_page();
	clock_gettime(CLOCK_MONOTONIC, &started);
	touch_conf.vmtouch |= touch_conf.pairs;
	if (!touch_conf.vmtouch && !touch_conf.json && !touch_conf.quiet)
		out_text("    CACHED       SIZE    %  FILE\n");
}

const char *tell_size(uint64_t bytes)
{
	static char texts[4][NUM_HUMAN];
	static unsigned turn;
	char *text = texts[turn++ % 4];
	int unit = 0;

	if (touch_conf.bytes)
		fmt_text(text, NUM_HUMAN, "%llu", (unsigned long long)bytes);
	else if (!touch_conf.vmtouch)
		num_human(bytes, text);
	else {
		for (; bytes >= 1024 && unit < 6; unit++)
			bytes /= 1024;
		fmt_text(text, NUM_HUMAN, "%llu%.*s", (unsigned long long)bytes, unit > 0, &" KMGTPE"[unit]);
	}
	return text;
}

/* --- a picture: a character for so many pages, O where all are there, o where some are */

struct picture {
	uint64_t first, n, share;
	uint64_t in[WIDEST];
};

static void paint(void *arg, uint64_t first, uint64_t end, bool resident)
{
	struct picture *p = arg;

	for (uint64_t at = first - p->first, next; resident && at < end - p->first; at = next) {
		next = (at / p->share + 1) * p->share;
		if (next > end - p->first)
			next = end - p->first;
		p->in[at / p->share] += next - at;
	}
}

static void print_picture(const struct file *f, const struct pages *pages)
{
	static struct picture p;
	unsigned width = touch_conf.vmtouch ? 0 : os_columns(STDOUT_FILENO);
	char numbers[96];
	size_t n = (size_t)fmt_text(numbers, sizeof numbers, "] %llu/%llu", (unsigned long long)pages->in.resident,
	                            (unsigned long long)pages->n);

	if (!touch_conf.vmtouch && pages->in.dirty)
		n += (size_t)fmt_text(numbers + n, sizeof numbers - n, ", %llu dirty", (unsigned long long)pages->in.dirty);
	width = width < n + 20 ? 60 : width > WIDEST ? WIDEST : width - (unsigned)n - 1;
	p = (struct picture){.first = f->first, .n = pages->n, .share = pages->n > width ? pages->n / width + 1 : 1};
	pages_runs(f, paint, &p);
	out_text("[");
	for (uint64_t at = 0; at < p.n; at += p.share) {
		uint64_t in = p.in[at / p.share];

		out_text(in == 0 ? " " : in == p.share || in == p.n - at ? "O" : "o");
	}
	out_text(numbers);
	out_text("\n");
}

/* --- JSON */

static void json_range(void *comma, uint64_t first, uint64_t end, bool resident)
{
	if (!resident)
		return;
	out_printf("%s[%llu,%llu]", *(const char **)comma, (unsigned long long)(first * page),
	           (unsigned long long)((end - first) * page));
	*(const char **)comma = ",";
}

static void json_number(const char *name, bool known, uint64_t n)
{
	out_printf(known ? ",\"%s\":%llu" : ",\"%s\":null", name, (unsigned long long)n);
}

static void json_pages(const struct pages *p)
{
	json_number("pages", true, p->n);
	json_number("resident", p->known, p->in.resident);
	json_number("dirty", p->detailed, p->in.dirty);
	json_number("writeback", p->detailed, p->in.writeback);
	json_number("evicted", p->detailed, p->in.evicted);
	json_number("recently_evicted", p->detailed, p->in.recently_evicted);
}

static void json_file(const struct file *f, const struct pages *p)
{
	const char *comma = "";

	out_text("{\"file\":");
	json_text(f->path, strlen(f->path));
	json_number("size", true, (uint64_t)f->size);
	json_pages(p);
	if (touch_conf.verbose && p->known) {
		out_text(",\"ranges\":[");
		pages_runs(f, json_range, &comma);
		out_text("]");
	}
	out_text("}\n");
}

/* --- rows */

static const char *percent(const struct pages *p)
{
	static char text[8];

	fmt_text(text, sizeof text, !p->known ? "?" : p->n ? "%u" : "-",
	         p->n ? (unsigned)(p->in.resident * 100 / p->n) : 0);
	return text;
}

static void row(const struct pages *p, uint64_t size, const char *name)
{
	out_printf("%10s %10s %4s  ", p->known ? tell_size(p->in.resident * page) : "unknown", tell_size(size), percent(p));
	out_text(name);         /* of any length */
}

static void count(const struct pages *p)
{
	pages_add(&sum, p);
	n_unknown += !p->known;
}

static void show_file(const struct file *f, const struct pages *p)
{
	if (touch_conf.quiet)
		return;
	if (touch_conf.json) {
		json_file(f, p);
		return;
	}
	if (!touch_conf.vmtouch) {
		row(p, (uint64_t)f->size, msg_name(f->path));
		out_text("\n");
	}
	if (!touch_conf.verbose || (touch_conf.vmtouch && f->size == 0))
		return;
	if (touch_conf.vmtouch) {
		out_text(msg_name(f->path));
		out_text("\n");
	}
	if (p->known)
		print_picture(f, p);
	else if (touch_conf.vmtouch)
		out_text("unknown\n");
}

void tell_file(const struct file *f, const struct pages *p)
{
	count(p);
	show_file(f, p);
}

/* num/den with so many significant digits, as %g has it. */
static void print_significant(uint64_t num, uint64_t den, int digits)
{
	uint64_t scale = 1;
	int exponent = 0, least = 1;
	char text[32];

	for (int i = 1; i < digits; i++)
		least *= 10;
	if (num == 0) {
		out_text("0");
		return;
	}
	for (; den > UINT64_MAX / 100000000; exponent--)
		den /= 10;
	for (; num > UINT64_MAX / 100000000; exponent++)
		num /= 10;
	/* as an integer of so many digits, times a power of ten */
	for (; num / den >= (uint64_t)least * 10; exponent++)
		den *= 10;
	for (; num * scale / den < (uint64_t)least; exponent--)
		scale *= 10;
	num = (num * scale + den / 2) / den;
	for (; exponent < 0 && num % 10 == 0; exponent++)
		num /= 10;
	digits = fmt_text(text, sizeof text, "%llu", (unsigned long long)num);
	if (exponent + digits < -3) {
		out_printf("%c%s%se-%02d", *text, digits > 1 ? "." : "", text + 1, 1 - exponent - digits);
		return;
	}
	if (exponent >= 0) {
		for (; exponent > 0; exponent--)
			num *= 10;
		out_printf("%llu", (unsigned long long)num);
		return;
	}
	fmt_text(text, sizeof text, "%0*llu", 1 - exponent, (unsigned long long)num);
	exponent += (int)strlen(text);
	out_printf("%.*s.%s", exponent, text, text + exponent);
}

/* `changed` is how many pages did what was asked for. */
static void print_as_vmtouch(int action, int64_t changed)
{
	uint64_t n = action == EVICT ? (uint64_t)changed : sum.in.resident;
	const char *word = action == SHOW ? "Resident" : action == TOUCH ? "Touched" : "Evicted";
	bool pairs = touch_conf.pairs;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (touch_conf.verbose && !pairs)
		out_text("\n");
	out_printf(pairs ? "Files=%llu Directories=%llu " : "           Files: %llu\n     Directories: %llu\n",
	           (unsigned long long)files_n, (unsigned long long)files_n_folders);
	if (pairs) {
		out_printf("%sPages=%llu TotalPages=%llu ", word, (unsigned long long)n, (unsigned long long)sum.n);
		out_printf("%sSize=%llu TotalSize=%llu ", word, (unsigned long long)(n * page), (unsigned long long)(sum.n * page));
		out_printf("%sPercent=", word);
		print_significant(n * 100, sum.n ? sum.n : 1, 3);
	} else if (action == SHOW) {
		out_printf("  Resident Pages: %llu/%llu  ", (unsigned long long)n, (unsigned long long)sum.n);
		out_printf("%s/%s  ", tell_size(n * page), tell_size(sum.n * page));
		if (sum.n) {
			print_significant(n * 100, sum.n, 3);
			out_text("%");
		}
		out_text("\n");
	} else
		out_printf("   %s Pages: %llu (%s)\n", word, (unsigned long long)n, tell_size(n * page));
	out_text(pairs ? " Elapsed=" : "         Elapsed: ");
	print_significant((uint64_t)(now.tv_sec - started.tv_sec) * 1000000 + (uint64_t)now.tv_nsec / 1000 -
	                  (uint64_t)started.tv_nsec / 1000, 1000000, 5);
	out_text(pairs ? "\n" : " seconds\n");
}

void tell_is_unknown(void)
{
	n_unknown++;
}

void tell_unknown(void)
{
	if (n_unknown)
		msg_fail("%llu file%s unknown: what is in memory is told to the owner, and to those who may write",
		         (unsigned long long)n_unknown, n_unknown == 1 ? " is" : "s are");
}

void tell_end(int action, int64_t changed)
{
	int64_t done = action == EVICT ? -changed : changed;
	char text[80];

	if (n_unknown && sum.n == 0)
		sum.known = sum.detailed = false;
	if (done < 0)           /* others did the opposite meanwhile */
		done = 0;
	if (touch_conf.quiet)
		;
	else if (touch_conf.json) {
		out_printf("{\"files\":%llu", (unsigned long long)files_n);
		json_number("folders", true, files_n_folders);
		json_number("unknown", true, n_unknown);
		json_pages(&sum);
		json_number("page_size", true, page);
		if (action != SHOW)
			out_printf(",\"changed\":%lld", (long long)changed);
		out_text("}\n");
	} else if (touch_conf.vmtouch)
		print_as_vmtouch(action, done);
	else {
		fmt_text(text, sizeof text, "in %llu file%s, %llu folder%s", (unsigned long long)files_n,
		         files_n == 1 ? "" : "s", (unsigned long long)files_n_folders, files_n_folders == 1 ? "" : "s");
		row(&sum, sum.n * page, text);
		if (action != SHOW)
			out_printf(action == TOUCH ? "; %s brought in" : "; %s let go",
			           tell_size((uint64_t)done * page));
		out_text("\n");
	}
	tell_unknown();
}

/* --- those that have most */

static struct top {
	struct pages pages;
	off_t size;
	char *path;
} *tops;
static size_t n_tops;

bool tell_top(struct file *f, void *arg)
{
	uint64_t most = *(const uint64_t *)arg;
	struct pages p;
	size_t i;
	struct top *more;
	char *path;

	pages_count(f, &p);
	count(&p);
	if (p.in.resident == 0 || (n_tops == most && tops[most - 1].pages.in.resident >= p.in.resident))
		return true;
	path = strdup(f->path);
	more = n_tops < most ? grow_add(tops, &n_tops, sizeof *more) : tops;
	if (!path || !more)
		msg_no_memory(2);
	tops = more;
	free(tops[n_tops - 1].path);
	for (i = n_tops - 1; i > 0 && tops[i - 1].pages.in.resident < p.in.resident; i--)
		tops[i] = tops[i - 1];
	tops[i] = (struct top){p, f->size, path};
	return true;
}

void tell_top_end(void)
{
	for (size_t i = 0; i < n_tops; i++)
		show_file(&(struct file){.path = tops[i].path, .size = tops[i].size, .fd = -1}, &tops[i].pages);
	tell_end(SHOW, 0);
}
