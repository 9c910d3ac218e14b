/*
 * ring: applets/mmring against files that are damaged, half written or hostile. Links its rooms and core; tests/fuzz/run builds it.
 *
 * ring fuzz SECONDS [SEED]     damages rings at random: readers and the recovery of writers must neither crash nor hang,
 *                              nor hand out what was not written. Prints how many.
 * ring flips                   the same for every byte of a small ring in turn: each bit, 00 and FF
 * ring steps                   a writer that dies after each of its stores, one instruction at a time: nothing it had
 *                              before is lost, nothing torn, and the next writer goes on with the next number
 * Built with -DFUZZER it is libFuzzer's instead, and its input makes the damage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crc32c.h"
#include "map.h"
#include "msg.h"
#include "ring.h"

enum {
	WRITERS = 12, LINES = 3000, LINE = 1400, FILE_MAX = 1 << 18, SNAPSHOTS = 6,
	DATA = 8192, CURSOR = 4096, COPY = 6144, RECORD_HEAD = 40,
};

/* ---- in place of core/msg, which would say much ---- */

#define RING_LIMIT ((uint64_t)1 << 62)   /* of positions and numbers, docs/ring-format.md */

const char *msg_program = "ring";
atomic_int msg_status;
static bool told;                       /* something was said since this was false */

void msg_warn(const char *fmt, ...) { (void)fmt, told = true; }
void msg_warn_errno(const char *fmt, ...) { (void)fmt, told = true; }
bool msg_warn_name(const char *name, const char *text) { return (void)name, (void)text, told = true, false; }
bool msg_warn_file(const char *name) { return (void)name, told = true, false; }
bool msg_fail(const char *fmt, ...) { (void)fmt, told = true; return false; }
bool msg_fail_errno(const char *fmt, ...) { (void)fmt, told = true; return false; }
void msg_raise(int status) { (void)status; }
void msg_die(int status, const char *fmt, ...) { (void)fmt; exit(status); }
void msg_raw(const char *fmt, ...) { (void)fmt; }
void msg_no_memory(int status) { msg_die(status, "no memory"); }
const char *msg_reason(int error) { return strerror(error); }
const char *msg_name(const char *name) { return name; }
const char *msg_quote(const char *name) { return name; }

/* ---- findings ---- */

static char doing[200];                 /* what leads to it */
static unsigned long seed_now;

static _Noreturn void found(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "FOUND (seed %lu; %s): ", seed_now, doing);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

/* ---- chance ---- */

static uint64_t state;
static const uint8_t *input;            /* libFuzzer's; its bytes come first */
static size_t input_len;

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

static uint64_t any(uint64_t below)
{
	uint64_t x = 0;

	if (input_len > 0)
		for (uint64_t most = below - 1; most > 0 && input_len > 0; most >>= 8, input_len--)
			x = x << 8 | *input++;
	else
		x = mix(state += 0x9E3779B97F4A7C15u);
	return x % below;
}

/* ---- lines ---- */

/* Number of each line that was appended, 0 when it was not; positions follow from these. */
static uint64_t numbers[WRITERS][LINES];
static unsigned most;                   /* letters */

static size_t line(char *to, unsigned writer, unsigned n)
{
	uint64_t x = mix(writer * 100003u + n + 1);
	unsigned len = (unsigned)(x % (most + 1));
	size_t at = (size_t)sprintf(to, "%u %u %u ", writer, n, most);

	while (len-- > 0)
		to[at++] = (char)('a' + (x = mix(x + len)) % 26);
	return at;
}

/* Appends lines n to n + count - 1 of a writer to the open ring. */
static bool append(struct ring *r, unsigned writer, unsigned n, unsigned count)
{
	static const char tags[] = "tag";
	char text[LINE];
	bool ok = ring_begin(r) == 1;

	if (!ok)
		return false;
	for (unsigned i = n; ok && i < n + count; i++) {
		struct ring_record record = {.payload = text, .len = line(text, writer, i), .time_ns = i, .tag = tags,
		                             .tag_len = i % 4};

		ok = ring_append(r, &record);
		numbers[writer][i] = record.seq;
	}
	return ring_end(r) && ok;
}

/* ---- reading ---- */

struct seen {
	uint64_t n, first, last, lost, damaged;
	unsigned writer, line;          /* of the last */
	uint64_t list[LINES * 2];       /* the numbers */
};

static struct seen seen, again;

/* Reads all. With `strict` every record must be one that was written. False when it cannot be opened. */
static bool read_all(const char *name, enum map_io how, bool strict, struct seen *s)
{
	struct ring_reader reader;
	struct ring_record record;
	struct ring r;
	uint64_t position = 0;
	char text[LINE], want[LINE];
	unsigned letters;

	map_io = how;
	s->n = s->first = s->last = 0;
	if (!ring_open(&r, name, false))
		return false;
	if (!ring_start(&reader, &r))
		found("no memory");
	while (ring_next(&reader, &record)) {
		if (record.tag_len > RING_TAG || record.len + record.tag_len > r.longest)
			found("a record with a tag of %zu and %zu bytes", record.tag_len, record.len);
		if (record.len && (record.payload[0] ^ record.payload[record.len - 1]) == 1)
			errno = 0;              /* they were touched */
		if (s->n && strict && (record.seq <= s->last || record.position <= position))
			found("number %llu at %llu behind %llu at %llu", (unsigned long long)record.seq,
			      (unsigned long long)record.position, (unsigned long long)s->last, (unsigned long long)position);
		if (++s->n > r.data_size / RECORD_HEAD + 8)
			found("no end of records");
		if (s->n == 1)
			s->first = record.seq;
		s->list[(s->n - 1) % (LINES * 2)] = s->last = record.seq;
		position = record.position;
		if (!strict)
			continue;
		if (record.len >= sizeof text)
			found("a record of %zu bytes", record.len);
		memcpy(text, record.payload, record.len);
		text[record.len] = '\0';
		if (sscanf(text, "%u %u %u", &s->writer, &s->line, &letters) != 3 || s->writer >= WRITERS ||
		    s->line >= LINES || letters != most || line(want, s->writer, s->line) != record.len ||
		    memcmp(want, text, record.len) != 0)
			found("never written: %s", text);
		if (numbers[s->writer][s->line] != record.seq || record.tag_len != s->line % 4)
			found("line %u of writer %u as number %llu, and it was %llu", s->line, s->writer,
			      (unsigned long long)record.seq, (unsigned long long)numbers[s->writer][s->line]);
	}
	s->lost = reader.n_lost;
	s->damaged = reader.n_damaged;
	/* looking for a number finds it, or the next one */
	if (s->n && s->n < LINES * 2) {
		uint64_t i = any(s->n), seq = s->list[i] - any(2);

		while (strict && i > 0 && s->list[i - 1] >= seq)
			i--;
		ring_seek(&reader, seq);
		if (ring_next(&reader, &record)) {
			/* of the oldest some are passed over that are still there: more room was reserved than used */
			if (strict && record.seq != s->list[i] && (i > 0 || record.seq < seq || record.seq > s->list[0]))
				found("looked for %llu, found %llu, not %llu", (unsigned long long)seq,
				      (unsigned long long)record.seq, (unsigned long long)s->list[i]);
		} else if (strict)
			found("looked for %llu and found nothing", (unsigned long long)seq);
	}
	ring_stop(&reader);
	ring_close(&r);
	return true;
}

/* Both ways of reading, which must agree. */
static bool read_both(const char *name, bool strict)
{
	bool ok = read_all(name, MAP_IO_AUTO, strict, &seen), same = read_all(name, MAP_IO_READ, strict, &again);

	if (ok != same || (ok && (seen.n != again.n || seen.first != again.first || seen.last != again.last)))
		found("mapped: %d, %llu records from %llu to %llu; read: %d, %llu from %llu to %llu", ok,
		      (unsigned long long)seen.n, (unsigned long long)seen.first, (unsigned long long)seen.last, same,
		      (unsigned long long)again.n, (unsigned long long)again.first, (unsigned long long)again.last);
	return ok;
}

/* As the applet does, whose writers let a file that is short get its size back, up to the size asked for. */
static bool open_to_write(struct ring *r, const char *of)
{
	bool ok = ring_open(r, of, true);

	r->most = 1 << 21;
	return ok;
}

/* A new writer goes on behind whatever is there, and what it appends can be read. */
static void recover(const char *name, enum map_io how, unsigned writer, unsigned count, bool strict)
{
	struct ring r;
	uint64_t last = seen.last;
	bool had = seen.n > 0;

	map_io = how;
	memset(numbers[writer], 0, sizeof numbers[writer]);
	if (!open_to_write(&r, name))
		return;
	told = false;
	if (!append(&r, writer, 0, count)) {
		if (!told)
			found("a writer gave up without a word");
		ring_close(&r);
		return;
	}
	if (!append(&r, writer, count, 1))
		found("a writer gave up after a while");
	ring_close(&r);
	if (!strict) {
		read_both(name, false);
		return;
	}
	if (had && numbers[writer][0] <= last)
		found("a new writer began with number %llu, and %llu was there", (unsigned long long)numbers[writer][0],
		      (unsigned long long)last);
	if (!read_both(name, true))
		found("a ring that was written to cannot be read");
	if (seen.last != numbers[writer][count] || seen.writer != writer || seen.line != count)
		found("the last record is line %u of writer %u, number %llu, and should be number %llu", seen.line, seen.writer,
		      (unsigned long long)seen.last, (unsigned long long)numbers[writer][count]);
}

/* ---- files ---- */

static int file = -1;
static char name[40];
static size_t size;
static char bytes[FILE_MAX], shots[SNAPSHOTS][FILE_MAX];

/* A file of its own each time, so that it is another for the cursor. */
static void new_file(void)
{
	if (file >= 0)
		close(file);
	file = memfd_create("ring", MFD_CLOEXEC);
	if (file < 0)
		found("no memfd");
	snprintf(name, sizeof name, "/proc/self/fd/%d", file);
}

static void load(char *to)
{
	if (pread(file, to, size, 0) != (ssize_t)size)
		found("a file of less than %zu bytes", size);
}

static void store(const char *from, size_t len)
{
	if (ftruncate(file, (off_t)len) < 0 || pwrite(file, from, len, 0) != (ssize_t)len)
		found("cannot write");
}

/* A ring with several writers' lines in it, and snapshots of how it came to be, the last one in `bytes`. */
static void history(size_t ring_bytes, unsigned letters, unsigned lines)
{
	struct ring r;
	unsigned n[WRITERS / 2] = {0};

	size = ring_bytes;
	most = letters;
	memset(numbers, 0, sizeof numbers);
	new_file();
	if (!ring_make_in(&r, dup(file), name, size, NULL))
		found("cannot make a ring");
	ring_close(&r);
	for (unsigned i = 0, shot = 0; shot < SNAPSHOTS; shot++) {
		for (; i < lines * (shot + 1) / SNAPSHOTS; i++) {
			unsigned writer = i % (WRITERS / 2), count = 1 + i % 3;

			if (n[writer] + count > LINES)
				continue;
			map_io = i % 5 == 0 ? MAP_IO_READ : MAP_IO_AUTO;
			if (!open_to_write(&r, name) || !append(&r, writer, n[writer], count))
				found("cannot append");
			ring_close(&r);
			n[writer] += count;
		}
		load(shots[shot]);
	}
	memcpy(bytes, shots[SNAPSHOTS - 1], size);
}

static uint32_t get32(const char *at)
{
	const unsigned char *p = (const unsigned char *)at;

	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(char *at, uint32_t x)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(x >> 8 * i);
}

static void put64(char *at, uint64_t x)
{
	put32(at, (uint32_t)x);
	put32(at + 4, (uint32_t)(x >> 32));
}

/* Makes whatever lies at that place of the data a record whose CRCs are right. */
static void forge(size_t at)
{
	char *p = bytes + at;
	uint32_t id = crc32c(0, bytes + 32, 16), crc, len = get32(p + 4);

	crc = crc32c(id, p + 4, 32);
	if ((unsigned char)p[32] != RING_PADDING && len <= size - at - RECORD_HEAD)
		crc = crc32c(crc, p + RECORD_HEAD, len);
	put32(p + 36, crc);
	crc = crc32c(id, p + 8, 8);
	put32(p, crc ? crc : 1);
}

/* Where damage is worth most: header, cursor, around a record, anywhere. */
static size_t spot(void)
{
	switch (any(8)) {
	case 0: return any(52);
	case 1: return COPY + any(52);
	case 2: return CURSOR + any(72);
	case 3: return DATA + any((size - DATA) / 8) * 8;
	case 4: return size - 1 - any(100);
	default: return DATA + any(size - DATA);
	}
}

static void damage(bool hostile)
{
	size_t at = spot(), len = 1 + any(any(4) == 0 ? size - at : any(2) ? 64 : 8), from;

	if (len > size - at)
		len = size - at;
	switch (any(hostile ? 12 : 8)) {
	case 0: bytes[at] ^= (char)(1 << any(8)); break;
	case 1: bytes[at] = (char)any(256); break;
	case 2: memset(bytes + at, any(2) ? 0 : 0xFF, len); break;
	case 3:
		from = spot();
		memmove(bytes + at, bytes + from, len < size - from ? len : size - from);
		break;
	case 4:
		for (size_t i = 0; i < len; i++)
			bytes[at + i] = (char)any(256);
		break;
	case 5: case 6: case 7:
		/* sectors as they were earlier: a power cut that lost some and kept others */
		len = any(2) ? 4096 : 512;
		for (at = any(2) ? 0 : DATA; at < size; at += len)
			if (any(2))
				memcpy(bytes + at, shots[any(SNAPSHOTS)] + at, len);
		break;
	default:
		/* a header or record that somebody made up */
		if (any(4) == 0) {
			static const uint64_t sizes[] = {4096, 8192, 12288, 20480, 65536, 1 << 20, 60 << 20, (uint64_t)1 << 40,
			                                 RING_LIMIT / 2, RING_LIMIT, INT64_MAX / 4096 * 4096 - DATA};

			if (any(2))
				put64(bytes + 16, sizes[any(sizeof sizes / sizeof *sizes)]);
			put32(bytes + 48, crc32c(0, bytes, 48));
			break;
		}
		if (any(3) == 0) {
			static const int words[] = {0, 4, 8, 16, 24, 32};

			put32(bytes + CURSOR + words[any(6)] + 4 * any(2), (uint32_t)(any(2) ? any(1 << 16) : ~any(1 << 16)));
			break;
		}
		at = DATA + any((size - DATA - RECORD_HEAD) / 8) * 8;
		put32(bytes + at + 4, (uint32_t)(any(4) ? any(1100) : any(1ull << 32)));
		for (int i = 8; i < 34; i++)
			if (any(3) == 0)
				bytes[at + (size_t)i] = (char)(any(2) ? any(256) : any(2) ? 0xFF : 0);
		if (any(2) == 0) {
			/* a position that fits the place, perhaps the highest of all */
			uint64_t limit = any(2) ? RING_LIMIT : UINT64_MAX;
			uint64_t turns = any(3) == 0 ? limit / (size - DATA) - any(3) : any(2) ? any(40) : any(1ull << 60) / size;
			uint64_t position = turns * (size - DATA) + (at - DATA);

			put64(bytes + at + 8, position);
		}
		if (any(4) == 0)
			bytes[at + 32] = (char)RING_PADDING;
		forge(at);
	}
}

/* A header may claim any size: nobody shall fill this machine's memory with it. */
static void bound(void)
{
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){1 << 26, 1 << 26});
}

/* One ring, some damage, all that one can do with it. */
static void one(void)
{
	static const size_t sizes[] = {12288, 12288, 16384, 40960, 204800};
	static unsigned long rounds;
	bool hostile = any(4) == 0, same_file = any(3) == 0;
	unsigned n_damage = 1 + (unsigned)any(4);

	/* a history is dear, and good for some rounds */
	if (rounds++ % 32 == 0) {
		size_t ring_bytes = sizes[any(5)];

		history(ring_bytes, any(2) ? 30 : 900, 5 + (unsigned)any(any(3) == 0 ? 4000 : 200));
		if (!read_both(name, true) || seen.lost || seen.damaged)
			found("a sound ring with %llu lost, %llu damaged", (unsigned long long)seen.lost,
			      (unsigned long long)seen.damaged);
	}
	memcpy(bytes, shots[any(4) ? SNAPSHOTS - 1 : any(SNAPSHOTS)], size);
	snprintf(doing, sizeof doing, "%zu bytes, %u letters, %u damages%s%s", size, most, n_damage, hostile ? ", hostile" : "",
	         same_file ? ", the same file" : "");
	while (n_damage-- > 0)
		damage(hostile);
	if (!same_file)
		new_file();
	store(bytes, any(8) ? size : any(size));
	if (read_both(name, !hostile) || any(2))
		recover(name, any(2) ? MAP_IO_AUTO : MAP_IO_READ, WRITERS / 2 + (unsigned)any(WRITERS / 2),
		        (unsigned)any(any(4) ? 5 : 300), !hostile);
	memset(numbers + WRITERS / 2, 0, sizeof numbers / 2);
}

#ifdef FUZZER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	bound();
	state = 1;
	input = data;
	input_len = len;
	alarm(20);
	one();
	return 0;
}
#else
static void on_alarm(int sig)
{
	(void)sig;
	found("no end");        /* not safe in a handler, but all is over anyway */
}

static int fuzz(long seconds, unsigned long seed)
{
	time_t end = time(NULL) + seconds;
	unsigned long n = 0;

	for (; time(NULL) < end; n++) {
		/* a history is made by the first of 32, so that a seed can be tried again from there */
		if (n % 32 == 0)
			state = mix(seed_now = seed + n);
		alarm(20);
		one();
	}
	printf("%lu damaged rings from seed %lu on, nothing found\n", n, seed);
	return 0;
}

static int flips(void)
{
	unsigned long n = 0;

	history(12288, 40, 400);
	new_file();
	store(bytes, size);
	for (size_t at = 0; at < size; at++) {
		/* where nothing ever was one change will do */
		bool idle = at < DATA && at % COPY >= 52 && at - CURSOR >= 72;

		for (int how = idle ? 9 : 0; how < 10; how++) {
			char old = bytes[at], changed = (char)(how < 8 ? old ^ 1 << how : how == 8 ? 0 : 0xFF);

			if (changed == old)
				continue;
			snprintf(doing, sizeof doing, "byte %zu, %02x instead of %02x", at, changed & 0xFF, old & 0xFF);
			alarm(20);
			n++;
			if (pwrite(file, &changed, 1, (off_t)at) != 1)
				found("cannot write");
			if (!read_both(name, true))
				found("not read");
			if (idle ? (seen.lost || seen.damaged) : n % 4 == 0) {
				recover(name, how % 3 ? MAP_IO_AUTO : MAP_IO_READ, WRITERS / 2, 2, true);
				store(bytes, size);
			} else if (pwrite(file, &old, 1, (off_t)at) != 1)
				found("cannot write");
		}
	}
	printf("%lu changes of a byte, nothing found\n", n);
	return 0;
}

/* What a child does that is followed instruction by instruction. */
static void die_slowly(const char *ring_name, enum map_io how, unsigned writer, unsigned count, unsigned per)
{
	struct ring r;

	map_io = how;
	if (!open_to_write(&r, ring_name))
		_exit(1);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	for (unsigned i = 0; i < count; i++)
		if (!append(&r, writer, per * i, per))
			_exit(1);
	_exit(0);
}

/* The next writer after a death that has left `bytes`: what was there by then is there still. In the same boot the
 * cursor names the file. */
static void after_death(const struct seen *before, unsigned writer, bool same_boot)
{
	struct stat st;
	uint64_t oldest;

	new_file();
	if (same_boot) {
		if (fstat(file, &st) < 0)
			found("no file");
		put64(bytes + CURSOR + 56, (uint64_t)st.st_dev);
		put64(bytes + CURSOR + 64, (uint64_t)st.st_ino);
	}
	store(bytes, size);
	if (!read_both(name, true))
		found("not read");
	if (seen.lost || seen.damaged)
		found("%llu lost, %llu damaged", (unsigned long long)seen.lost, (unsigned long long)seen.damaged);
	if (seen.last < before->last)
		found("number %llu is gone; the last is %llu", (unsigned long long)before->last, (unsigned long long)seen.last);
	if (seen.n && seen.last - seen.first + 1 != seen.n)
		found("%llu records, from %llu to %llu", (unsigned long long)seen.n, (unsigned long long)seen.first,
		      (unsigned long long)seen.last);
	oldest = seen.last;
	recover(name, MAP_IO_AUTO, writer, 2, true);
	if (numbers[writer][0] != oldest + 1)
		found("the next writer began with %llu, not %llu", (unsigned long long)numbers[writer][0],
		      (unsigned long long)oldest + 1);
	if (seen.lost || seen.damaged || seen.last - seen.first + 1 != seen.n)
		found("after the next writer: %llu lost, %llu damaged", (unsigned long long)seen.lost,
		      (unsigned long long)seen.damaged);
}

static size_t first_difference(const char *a, const char *b, size_t from)
{
	while (from < size && a[from] == b[from])
		from++;
	return from;
}

static int steps(void)
{
	static const struct {
		size_t size;
		unsigned letters, lines, per;   /* per: in a batch of the one that dies */
	} kinds[] = {{12288, 30, 0, 2}, {12288, 900, 100, 2}, {12288, 7, 301, 24}};
	static struct seen before;
	unsigned long n_steps = 0, n_stores = 0;

	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
		for (int how = 0; how < 2; how++) {
			static char last[FILE_MAX];
			const unsigned writer = WRITERS / 2, next = writer + 1, count = 2;
			char live_name[sizeof name];
			int live, status;
			uint64_t n;
			pid_t pid;

			history(kinds[kind].size, kinds[kind].letters, kinds[kind].lines);
			snprintf(doing, sizeof doing, "kind %zu, before", kind);
			if (!read_both(name, true))
				found("not read");
			before = seen;
			/* its numbers, as they will be */
			for (unsigned i = 0; i < kinds[kind].per * count; i++)
				numbers[writer][i] = before.last + 1 + i;
			live = file;
			file = -1;
			strcpy(live_name, name);
			memcpy(last, bytes, size);
			pid = fork();
			if (pid == 0)
				die_slowly(live_name, how ? MAP_IO_READ : MAP_IO_AUTO, writer, count, kinds[kind].per);
			waitpid(pid, &status, 0);
			const char *live_bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, live, 0);

			for (n = 0; ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0; n++) {
				waitpid(pid, &status, 0);
				if (WIFEXITED(status) || WIFSIGNALED(status))
					break;
				if (memcmp(live_bytes, last, size) == 0)
					continue;
				/* a long store is a system call, which may be cut short */
				for (size_t from = first_difference(last, live_bytes, 0); from < size;
				     from = first_difference(last, live_bytes, from)) {
					size_t part = size - from < 256 ? size - from : 256;

					memcpy(last + from, live_bytes + from, part);
					n_stores++;
					alarm(20);
					snprintf(doing, sizeof doing, "kind %zu, %s, instruction %llu, up to byte %zu", kind,
					         how ? "io=read" : "mapped", (unsigned long long)n, from + part);
					/* dead in this boot and, where the cursor is not believed, in another */
					memcpy(bytes, last, size);
					after_death(&before, next, true);
					memcpy(bytes, last, size);
					after_death(&before, next, false);
				}
			}
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
				found("the writer ended with %#x", status);
			n_steps += n;
			munmap((void *)(uintptr_t)live_bytes, size);
			close(live);
		}
	printf("a writer dead after each of %lu stores (%lu instructions), nothing found\n", n_stores, n_steps);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	bound();
	signal(SIGALRM, on_alarm);
	if (strcmp(what, "fuzz") == 0)
		return fuzz(argc > 2 ? strtol(argv[2], NULL, 10) : 30, argc > 3 ? strtoul(argv[3], NULL, 10) : 1);
	if (strcmp(what, "flips") == 0)
		return flips();
	if (strcmp(what, "steps") == 0)
		return steps();
	return 98;
}
#endif
