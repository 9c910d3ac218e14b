/*
 * mmpatch: change bytes in place through a shared mapping.
 *
 * A change says what is to stand at a place, perhaps what must stand there now; or a pattern is looked for. All changes
 * are read and sorted (change_read), or found (match_start). Then, in passes over them from the start of the file on:
 * - look_at_all: which places hold their new bytes already, and whether the conditions of the others hold;
 * - preview_show, where nothing is to be changed; else
 * - target_probe, target_reserve: if it can be written at all, and blocks for what lies in holes;
 * - undo_write: what will put it back, durable before the first byte changes;
 * - target_grow, then target_put: the bytes; target_finish: made durable.
 * Whatever is wrong before the bytes are stored has changed nothing.
 */
#include "mmpatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "map.h"
#include "os.h"
#include "scan.h"

struct patch_conf patch_conf;
#define conf patch_conf

static const struct opt_choice mismatch_words[] = {{"fail", FAIL}, {"skip", SKIP}, {"warn", WARN}, {0}};

static const struct opt options[] = {
	OPT_GROUP("What to change, and if"),
	{.letter = 'f', .name = "file", OPT_FILE(&conf.script), .arg = "FILE", .excludes = OPT_ONCE,
	 OPT_HELP("read changes from this file, a line each; - is standard input")},
	{.name = "find", OPT_STRING(&conf.find), .arg = "HEX", .excludes = OPT_ONCE, OPT_HELP("find this; ?? is any byte")},
	{.name = "replace", OPT_STRING(&conf.replace), .arg = "HEX", .excludes = OPT_ONCE,
	 OPT_HELP("and make this of it; ?? leaves a byte")},
	{.name = "all", OPT_FLAG(&conf.all), .excludes = 1, OPT_HELP("wherever it is found, not in one place alone")},
	{.name = "nth", OPT_NUMBER_FROM(&conf.nth, 1), .arg = "N", .excludes = 1,
	 OPT_HELP("only where it is found for the Nth time")},
	{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE",
	 OPT_HELP("find it in OFF+LEN, in OFF to the end, or in the last -LEN bytes")},
	{.name = "on-mismatch", OPT_CHOICE(&conf.on_mismatch, mismatch_words), .arg = "WHAT",
	 OPT_HELP("where a condition does not hold: fail, skip the change, or warn and make it")},
	{.name = "extend", OPT_FLAG(&conf.extend), OPT_HELP("make the file longer for what lies beyond its end")},
	{.name = "force", OPT_FLAG(&conf.force), OPT_HELP("also a file with hard links, or a device in use")},
	OPT_GROUP("How"),
	{.name = "undo", OPT_FILE(&conf.undo), .arg = "FILE", .excludes = OPT_ONCE,
	 OPT_HELP("first write a script that puts it back")},
	{.name = "dry-run", OPT_FLAG(&conf.dry_run), OPT_HELP("change nothing, show it before and after")},
	{.name = "sync", OPT_VALUE(&conf.no_sync, 0), OPT_HELP("make it durable, as is done unless told otherwise")},
	{.name = "no-sync", OPT_FLAG(&conf.no_sync), OPT_HELP("do not wait until it is on the medium")},
	OPT_IO,
	OPT_EXPLAIN,
	OPT_END,
};

_Noreturn void patch_end(void)
{
	undo_discard();
	if (target.changed && !target.complete)
		msg_warn("%s: changed in part%s%s", msg_name(target.name), conf.undo ? "; it is put back by " : "",
		         conf.undo ? msg_name(conf.undo) : "");
	exit(TROUBLE);
}

char *patch_copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		msg_die(TROUBLE, "%s", msg_reason(ENOMEM));
	return copy;
}

/* ---- conditions ---- */

static struct {
	uint64_t all, to_do, others;
} n;

/* Says that a condition does not hold; the changes are many, perhaps, and all of them wrong. */
static bool mismatch(struct change *c, const char *text)
{
	n.others++;
	if (conf.on_mismatch != FAIL || n.others <= 10)
		change_say(c, "%s", text);
	return conf.on_mismatch == SKIP;
}

/* Sets c->done where nothing is to be stored. */
static void look_at(struct change *c)
{
	bool is_new = true, is_old = true;
	char text[100];

	for (off_t at = 0; at < c->len && (is_new || (is_old && c->has_old)); at += PIECE) {
		size_t len, i = 0;
		const char *p, *old, *new = content_piece(c, &c->new, at, &len);

		if (c->off + at + (off_t)len > target.size) {
			is_new = is_old = false;
			fmt_text(text, sizeof text, "lies beyond the end at 0x%llx", (unsigned long long)target.size);
			break;
		}
		target_get(c->off + at, len, &p);
		is_new = is_new && scan_differ(p, new, len) == len;
		if (!c->has_old || !is_old)
			continue;
		old = content_piece(c, &c->old, at, &len);
		do
			i += scan_differ(p + i, old + i, len - i);
		while (i < len && c->either && p[i] == new[i] && ++i);
		is_old = i == len;
		if (!is_old)
			fmt_text(text, sizeof text, "0x%02x at 0x%llx, and not 0x%02x", (unsigned char)p[i],
			         (unsigned long long)c->off + (unsigned long long)at + i, (unsigned char)old[i]);
	}
	c->done = is_new || (c->has_old && !is_old && mismatch(c, text));
}

static void look_at_size(void)
{
	struct change *c = &change_size;
	off_t size = target.size;
	char text[100];

	if (c->new.kind != SIZE || c->len == size)
		return;
	fmt_text(text, sizeof text, "the size is 0x%llx, and not 0x%llx", (unsigned long long)size,
	         (unsigned long long)c->off);
	if (!c->has_old || size == c->off || (c->either && (size < c->off) == (size > c->len)) || !mismatch(c, text))
		target.end = c->len > target.end ? c->len : c->len < size ? c->len : target.end;
}

static void look_at_all(void)
{
	struct change *c;

	while ((c = change_next())) {
		n.all++;
		if (!conf.find)
			look_at(c);
		n.to_do += !c->done;
		if (!c->done && c->off + c->len > target.end)
			target.end = c->off + c->len;
	}
	look_at_size();
}

/* As far as the changes reach the file must, or be made to. */
static void heed_end(void)
{
	const struct change *c, *far = &change_size;
	const bool sized = far->new.kind == SIZE;
	off_t size = sized ? far->len : target.size, most = size;

	if (sized && size != target.size && target.device)
		change_die(far, "a device keeps its size");
	if (size < target.size && target_is_sealed())
		change_die(far, "sealed memory keeps its size");
	while ((c = change_next())) {
		off_t end = c->off + c->len;

		/* a condition does not hold of what is not there */
		if (end > most && !(c->has_old && end > target.size && conf.on_mismatch != WARN)) {
			most = end;
			far = c;
		}
	}
	if (most > size && (target.device || sized))
		change_die(far, "goes beyond the end at 0x%llx", (unsigned long long)size);
	if (most > target.size && !conf.extend)
		change_die(far, "goes beyond the end at 0x%llx; --extend makes the file longer",
		           (unsigned long long)target.size);
}

/* Whether what was found is what was meant. */
static bool is_found(void)
{
	const char *what = msg_quote(conf.find);

	if (n.all > 0 && (n.to_do < 2 || conf.all || conf.nth))
		return true;
	if (n.all > 0)
		msg_warn("%s: %s is there %llu times; --all or --nth says which", msg_name(target.name), what,
		         (unsigned long long)n.to_do);
	else if (!conf.nth && match_is_replaced()) {
		msg_warn("%s: %s is not there, but its replacement is: taken as done", msg_name(target.name), what);
		return true;
	} else
		msg_warn("%s: %s is not there%s", msg_name(target.name), what, conf.nth ? " as many times" : "");
	return false;
}

/* ---- changing ---- */

/* Of what was cut off, pages that have their bytes already are left alone: the disk may have no blocks for them. */
static void store_rest(off_t off, const char *bytes, size_t len)
{
	const size_t page = os_page();
	const char *now;

	for (size_t part; len > 0; off += (off_t)part, bytes += part, len -= part) {
		part = page - (size_t)off % page;
		if (part > len)
			part = len;
		if (off + (off_t)part <= target.size && target_get(off, part, &now) && memcmp(now, bytes, part) == 0)
			continue;
		target_put(off, bytes, part);
	}
}

static void store_all(void)
{
	uint64_t left = n.to_do;
	const struct change *c;

	while ((c = change_next())) {
		if (c->done)
			continue;
		if (left-- == 0)
			break;
		for (off_t at = 0; at < c->len; at += PIECE) {
			size_t len;
			const char *bytes = content_piece(c, &c->new, at, &len);

			(c->either ? store_rest : target_put)(c->off + at, bytes, len);
		}
	}
	if (c || left > 0) {
		msg_warn("%s: others have changed it meanwhile", msg_name(target.name));
		patch_end();
	}
}

/* What cannot be read, and that there are no blocks, is known before the first byte changes. */
static void prepare(const struct change *c)
{
	size_t len;

	for (off_t at = 0; c->new.kind == FILE_BYTES && at < c->len; at += PIECE)
		content_piece(c, &c->new, at, &len);
	if (!target.device && c->off < target.size)
		target_reserve(c->off, c->off + c->len < target.size ? c->len : target.size - c->off);
}

static void change_all(void)
{
	const struct change *c;

	target_probe();
	while ((c = change_next()))
		if (!c->done)
			prepare(c);
	if (conf.undo)
		undo_write();
	target_grow();
	store_all();
}

static void explain(void)
{
	char text[160];

	fmt_text(text, sizeof text, "%llu of %llu changes made: mapped %llu window%s, %llu write%s%s",
	         (unsigned long long)n.to_do, (unsigned long long)n.all, target.n_mapped, target.n_mapped == 1 ? "" : "s",
	         target.n_written, target.n_written == 1 ? "" : "s", conf.no_sync ? "" : ", synced");
	msg_about(target.name, text, false);
}

static int run(int argc, char **argv)
{
	if (argc == 0)
		opt_misuse("missing operand FILE");
	if (!conf.find != !conf.replace || (!conf.find && (conf.all || conf.nth || conf.ranges.n)))
		opt_misuse("--find and --replace go together, and --all, --nth and --range with them");
	if (conf.find && (argc > 1 || conf.script || conf.ranges.n > 1))
		opt_misuse("--find goes without changes, and with one --range");
	if (!conf.find && argc == 1 && !conf.script) {
		if (isatty(STDIN_FILENO))
			opt_misuse("missing change, as in 0x10=C0FFEE");
		conf.script = "-";
	}
	target_open(argv[0]);
	if (conf.find) {
		match_start();
	} else {
		change_read(argv + 1, conf.script);
		heed_end();
	}
	look_at_all();
	if (n.others > 10 && conf.on_mismatch == FAIL)
		msg_warn("%s: %llu conditions do not hold", msg_name(target.name), (unsigned long long)n.others);
	if ((n.others > 0 && conf.on_mismatch == FAIL) || (conf.find && !is_found()))
		return NO;
	if (conf.dry_run) {
		preview_show();
		return 0;
	}
	if (n.to_do > 0 || target.end != target.size)
		change_all();
	target_finish();
	if (opt_explain)
		explain();
	return 0;
}

const struct applet mmpatch_applet = {
	.name = "mmpatch",
	.summary = "change bytes in place, checked, durable and with an undo",
	.usage = "[OPTION]... FILE CHANGE...\n[OPTION]... -f SCRIPT FILE\n[OPTION]... --find HEX --replace HEX FILE",
	.options = options,
	.run = run,
	.output_status = TROUBLE,
};
