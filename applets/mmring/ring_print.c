#include "ring_print.h"

#include <inttypes.h>
#include <string.h>

#include "crc32c.h"
#include "json.h"
#include "le.h"
#include "out.h"
#include "utf8.h"
#include "when.h"

bool ring_goes_on(const struct ring_record *before, const struct ring_record *record)
{
	return (before->flags & RING_CONTINUES) && record->writer == before->writer &&
	       ((record->flags ^ before->flags) & (RING_STDOUT | RING_STDERR | RING_BINARY)) == 0 &&
	       record->tag_len == before->tag_len && memcmp(record->tag, before->tag, record->tag_len) == 0;
}

/* The place of the line among those that were begun, by writer, stream and tag; NULL where its beginning was not
 * printed. */
static uint64_t *find_begun(struct ring_printer *printer, const struct ring_record *record, uint64_t *key)
{
	*key = (uint64_t)crc32c(0, record->tag, record->tag_len) << 32 | (record->flags & (RING_STDOUT | RING_STDERR)) << 16 |
	       record->writer | 1u << 31;
	for (size_t i = 0; i < RING_BEGUN; i++)
		if (printer->begun[i] == *key)
			return printer->begun + i;
	return NULL;
}

/* Whether the beginning of the record's line is not there. Takes note of those that are. */
static bool is_cut(struct ring_printer *printer, const struct ring_record *record)
{
	uint64_t key, *begun;

	if (!(record->flags & (RING_CONTINUED | RING_CONTINUES)))
		return false;
	begun = find_begun(printer, record, &key);
	if ((record->flags & RING_CONTINUED) && !begun)
		return true;
	if (!(record->flags & RING_CONTINUES))
		*begun = 0;
	else if (!begun)
		printer->begun[printer->n_begun++ % RING_BEGUN] = key;
	return false;
}

static void print_hex(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out_printf("%02x", (unsigned char)bytes[i]);
}

/* A line; `harmless`: its control characters, and bytes that are none, as ^X and M-X. */
static void print_text(const char *text, size_t len, bool harmless)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t plain = 0;

	for (size_t i = 0, n; harmless && i < len; i += n) {
		n = utf8_char(p + i, len - i);
		if (n > 1 && !(p[i] == 0xC2 && p[i + 1] < 0xA0))
			continue;
		if (n == 1 && ((p[i] >= ' ' && p[i] != 0x7F) || p[i] == '\t'))
			continue;
		out_write(text + plain, i - plain);
		i += n == 2;                    /* a control character beyond ASCII is its second byte */
		n = 1;
		out_printf(p[i] < 0x80 ? "^%c" : (p[i] & 0x7F) < ' ' ? "M-^%c" : "M-%c",
		           (p[i] & 0x7F) < ' ' || p[i] == 0x7F ? (p[i] & 0x7F) ^ 0x40 : p[i] & 0x7F);
		plain = i + 1;
	}
	out_write(text + plain, len - plain);
}

static void print_json(const struct ring_printer *printer, const struct ring_record *record)
{
	char text[WHEN_TEXT];
	bool is_text = !(record->flags & RING_BINARY) && json_can(record->payload, record->len);

	out_printf("{\"seq\":%" PRIu64 ",\"time\":\"%s\"", record->seq, when_text(record->time_ns, printer->local, text));
	if (record->tag_len) {
		out_text(",\"tag\":");
		json_text(record->tag, record->tag_len);
	}
	if (record->flags & (RING_STDOUT | RING_STDERR))
		out_printf(",\"stream\":\"%s\"", record->flags & RING_STDERR ? "stderr" : "stdout");
	if (record->flags & RING_CONTINUES)
		out_text(",\"continues\":true");
	if (record->flags & RING_CONTINUED)
		out_text(",\"continued\":true");
	if (record->flags & RING_BOOT)
		out_text(",\"new_boot\":true");
	out_text(is_text ? ",\"text\":" : ",\"hex\":\"");
	if (is_text)
		json_text(record->payload, record->len);
	else
		print_hex(record->payload, record->len);
	out_text(is_text ? "}\n" : "\"}\n");
}

/* A terminal would obey what is in it: there it is a line, made harmless. */
static void print_block(const struct ring_printer *printer, const struct ring_record *record)
{
	char prefix[4];

	if (printer->harmless) {
		print_text(record->payload, record->len, true);
		out_text("\n");
		return;
	}
	le_put32(prefix, (uint32_t)record->len);
	if (printer->form == RING_PREFIXED)
		out_write(prefix, sizeof prefix);
	out_write(record->payload, record->len);
}

static void end_line(struct ring_printer *printer)
{
	if (printer->within || printer->open)
		out_text("\n");
	printer->within = printer->open = false;
}

/* What stands before a line. */
static void print_head(const struct ring_printer *printer, const struct ring_record *record)
{
	char text[WHEN_TEXT];

	if (printer->numbers)
		out_printf("%" PRIu64 " ", record->seq);
	out_printf("%s ", when_text(record->time_ns, printer->local, text));
	print_text(record->tag, record->tag_len, printer->harmless || memchr(record->tag, '\n', record->tag_len));
	if (record->flags & RING_STDERR)
		out_text("(err)");
	if (record->tag_len || (record->flags & RING_STDERR))
		out_text(": ");
}

static void print_line(struct ring_printer *printer, const struct ring_record *record)
{
	bool raw = printer->form == RING_RAW, cut = is_cut(printer, record);

	printer->n_cut += cut && raw;
	if (cut && raw)
		return;
	if (!printer->within || !ring_goes_on(&printer->before, record)) {
		end_line(printer);
		if (!raw)
			print_head(printer, record);
		if (cut)
			out_text("[...] ");
	}
	if (record->flags & RING_BINARY && !raw)
		print_hex(record->payload, record->len);
	else
		print_text(record->payload, record->len, printer->harmless);
	printer->within = record->flags & RING_CONTINUES;
	printer->open = raw && (record->flags & RING_NO_NEWLINE);
	if (!printer->within && !printer->open && !(raw && record->flags & RING_BINARY))
		out_text("\n");
	printer->before = *record;
	memcpy(printer->tag, record->tag, record->tag_len);
	printer->before.tag = printer->tag;
}

void ring_print(struct ring_printer *printer, const struct ring_record *record)
{
	if (printer->form == RING_JSON)
		print_json(printer, record);
	else if (printer->form == RING_BLOCKS || printer->form == RING_PREFIXED)
		print_block(printer, record);
	else
		print_line(printer, record);
}

void ring_print_loss(struct ring_printer *printer, uint64_t n_lost, bool damaged)
{
	end_line(printer);
	memset(printer->begun, 0, sizeof printer->begun);
	if (printer->form == RING_JSON)
		out_printf("{\"lost\":%" PRIu64 ",\"damaged\":%s}\n", n_lost, damaged ? "true" : "false");
}

void ring_print_end(struct ring_printer *printer)
{
	if (printer->within)
		end_line(printer);
}

void ring_print_id(const struct ring *r)
{
	print_hex((const char *)r->id, sizeof r->id);
}
