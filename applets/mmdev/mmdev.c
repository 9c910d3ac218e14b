/*
 * mmdev: read and write device registers, exactly as told.
 *
 * devmem as BusyBox has it, with what it lacks: every access is one load or store of the stated width (access.h),
 * a write never reads, numbers are taken strictly, and nothing is written when any argument is wrong. Registers are
 * reached through /dev/mem, any file or node, UIO and PCI (device.h).
 *
 * The options are put into `request`, request_settle checks all of it and chooses the action, open_device finds what
 * it is about, and the action's function (act.h) does it. What words are meant is in target.h, how a word is printed in
 * cell.h.
 * Status 0 done, 1 no (time ran out, verification failed, a word could not be read), 2 trouble or usage.
 */
#include "act.h"
#include "device.h"
#include "opt.h"
#include "request.h"

static struct request request = {.timeout_ns = INT64_MAX, .interval_ns = -1, .target = TARGET_INIT};

/* Sets of options that exclude each other. Bits are set, cleared and toggled in one go, and nothing else is done
 * then. */
enum { WHERE = 1, ORDER = 2, FORM = 4, SET = 8, CLEAR = 16, TOGGLE = 32, ALONE = SET | CLEAR | TOGGLE };

static const struct opt options[] = {
	OPT_GROUP("Where the words are"),
	{.letter = 'f', .name = "file", OPT_FILE(&request.file), .arg = "FILE", .excludes = WHERE,
	 OPT_HELP("a file or device node instead of /dev/mem")},
	{.name = "uio", OPT_STRING(&request.uio), .arg = "NAME[:MAP]", .excludes = WHERE,
	 OPT_HELP("a map of a UIO device, each by name or number; addresses count from its start")},
	{.name = "pci", OPT_STRING(&request.pci), .arg = "DEVICE[:BAR]", .excludes = WHERE,
	 OPT_HELP("a BAR of a PCI device, as in 0000:00:04.0:2; addresses count from its start")},
	{.name = "regs", OPT_FILE(&request.regs), .arg = "FILE",
	 OPT_HELP("names of registers and fields, to be used for ADDRESS")},
	{.name = "list", OPT_FLAG(&request.list), .excludes = ALONE,
	 OPT_HELP("print the names that --regs has, all or those in NAME..., and what is known of them")},
	OPT_GROUP("How they are accessed"),
	{.name = "no-sync", OPT_FLAG(&request.no_sync), OPT_HELP("open without O_SYNC, so perhaps cached")},
	{.name = "no-mmap", OPT_FLAG(&request.no_mmap), OPT_HELP("pread and pwrite instead of a mapping")},
	{.name = "unaligned", OPT_FLAG(&request.unaligned),
	 OPT_HELP("take addresses that are not a multiple of the width")},
	{.name = "big", OPT_VALUE(&request.order, ACCESS_BIG), .excludes = ORDER,
	 OPT_HELP("words are big-endian")},
	{.name = "little", OPT_VALUE(&request.order, ACCESS_LITTLE), .excludes = ORDER,
	 OPT_HELP("words are little-endian")},
	OPT_GROUP("Reading"),
	{.name = "raw", OPT_FLAG(&request.raw), .excludes = ORDER | FORM | ALONE,
	 OPT_HELP("the bytes as they lie there, not as text")},
	{.name = "json", OPT_FLAG(&request.json), .excludes = FORM, OPT_HELP("print JSON, a line for each word")},
	{.name = "field", OPT_STRING(&request.field), .arg = "HI:LO[=VALUE]", .excludes = ALONE,
	 OPT_HELP("print bits HI to LO as a number, or read, change them, write")},
	{.name = "wait", OPT_STRING(&request.wait), .arg = "MASK=VALUE", .excludes = ALONE,
	 OPT_HELP("read until the bits of MASK are VALUE; the last word is printed")},
	{.name = "watch", OPT_FLAG(&request.watch), .excludes = ALONE,
	 OPT_HELP("print the word with the time, then each change")},
	{.name = "timeout", OPT_TIME(&request.timeout_ns), .arg = "TIME",
	 OPT_HELP("with --wait and --watch: for so long, as in 200ms or 5s")},
	{.name = "interval", OPT_TIME(&request.interval_ns), .arg = "TIME",
	 OPT_HELP("with --wait and --watch: read so often, every 10ms unless given")},
	OPT_GROUP("Writing"),
	{.name = "fill", OPT_FLAG(&request.fill), OPT_HELP("write VALUE to every word of ADDRESS+LEN")},
	{.name = "from", OPT_FILE(&request.from), .arg = "FILE", .excludes = ORDER | ALONE,
	 OPT_HELP("write the bytes of FILE, a word at a time; - for standard input")},
	{.name = "set", OPT_STRING(&request.set), .arg = "MASK", .excludes = SET,
	 OPT_HELP("read, set these bits, write; old and new are printed")},
	{.name = "clear", OPT_STRING(&request.clear), .arg = "MASK", .excludes = CLEAR,
	 OPT_HELP("read, clear these bits, write")},
	{.name = "toggle", OPT_STRING(&request.toggle), .arg = "MASK", .excludes = TOGGLE,
	 OPT_HELP("read, turn these bits over, write")},
	{.name = "verify", OPT_STRING_OR(&request.verify, request_all_bits), .arg = "MASK",
	 OPT_HELP("read back what was written and compare it, or the bits of MASK")},
	OPT_GROUP("Snapshots"),
	{.name = "save", OPT_FILE(&request.save), .arg = "FILE", .excludes = ALONE,
	 OPT_HELP("keep the words of ADDRESS+LEN or a block in FILE")},
	{.name = "diff", OPT_FILE(&request.diff), .arg = "FILE", .excludes = ALONE,
	 OPT_HELP("print the words that are not as in FILE any more; all of it without ADDRESS")},
	OPT_END,
};

static bool open_device(struct device *d)
{
	struct device_how how = {
		.write = request_writes(&request), .sync = !request.no_sync, .reads = request.no_mmap,
		.order = (enum access_order)request.order,
	};

	if (request.uio)
		return device_open_uio(d, request.uio, how);
	if (request.pci)
		return device_open_pci(d, request.pci, how);
	return device_open_file(d, request.file ? request.file : "/dev/mem", how);
}

/* Whether the device has all the words; says why not. */
static bool is_within(struct device *d)
{
	const struct target *t = &request.target;

	if (t->len || request.n_values)
		return device_holds(d, t->address, t->len ? t->len : request.n_values * (uint64_t)t->bytes);
	for (uint64_t i = 0, n = target_count(t); i < n; i++) {
		struct cell c = target_cell(t, i);

		if (!device_holds(d, c.address, c.bytes))
			return false;
	}
	return true;
}

static int (*const acts[])(struct act *) = {
	[REQUEST_READ] = act_read, [REQUEST_DUMP] = act_dump, [REQUEST_RAW] = act_raw, [REQUEST_BLOCK] = act_block,
	[REQUEST_FIELD] = act_field, [REQUEST_WRITE] = act_write, [REQUEST_CHANGE] = act_change, [REQUEST_WAIT] = act_wait,
	[REQUEST_WATCH] = act_watch, [REQUEST_SAVE] = act_save, [REQUEST_DIFF] = act_diff,
	[REQUEST_LIST] = act_list,
};

static int run(int argc, char **argv)
{
	struct act a = {.request = &request, .device.access.fd = -1};
	int status = TROUBLE;

	if (!request_settle(&request, argc, argv))
		return TROUBLE;
	if (request.action == REQUEST_LIST || (open_device(&a.device) && is_within(&a.device)))
		status = acts[request.action](&a);
	device_close(&a.device);
	request_free(&request);
	return status;
}

const struct applet mmdev_applet = {
	.name = "mmdev",
	.classic = "devmem",
	.summary = "read and write device registers",
	.usage = "[OPTION]... ADDRESS[+LEN] [WIDTH [VALUE]...]\n[OPTION]... --regs=FILE NAME[=VALUE]\n"
	         "[OPTION]... --regs=FILE --list [NAME]...\n"
	         "[OPTION]... --diff=FILE [ADDRESS[+LEN] [WIDTH]]",
	.options = options,
	.run = run,
	.output_status = TROUBLE,
};
