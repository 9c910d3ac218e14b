#include "hex.h"

#include <string.h>

#include "out.h"

enum { LINE = 16 };

/* One line as hexdump -C prints it. */
static void hex_line(off_t off, const unsigned char *p, size_t len)
{
	out_printf("%08llx", (unsigned long long)off);
	for (size_t i = 0; i < LINE; i++) {
		out_text(i % 8 ? " " : "  ");
		if (i < len)
			out_printf("%02x", p[i]);
		else
			out_text("  ");
	}
	out_text("  |");
	for (size_t i = 0; i < len; i++)
		out_write(p[i] >= ' ' && p[i] <= '~' ? (const char *)p + i : ".", 1);
	out_text("|\n");
}

bool hex_print(struct map *m)
{
	unsigned char line[LINE], last[LINE];
	size_t have = 0;
	off_t off = m->start;
	bool starred = false;
	const char *p;
	ssize_t n;

	while ((n = map_slice(m, &p)) > 0 && !out_error()) {
		while (n > 0) {
			size_t part = LINE - have < (size_t)n ? LINE - have : (size_t)n;

			memcpy(line + have, p, part);
			have += part;
			p += part;
			n -= (ssize_t)part;
			if (have < LINE)
				break;
			if (off > m->start && memcmp(line, last, LINE) == 0) {
				if (!starred)
					out_text("*\n");
				starred = true;
			} else {
				hex_line(off, line, LINE);
				starred = false;
			}
			memcpy(last, line, LINE);
			off += LINE;
			have = 0;
		}
	}
	if (have > 0)
		hex_line(off, line, have);
	off += (off_t)have;
	if (off > m->start)
		out_printf("%08llx\n", (unsigned long long)off);
	return !out_error();
}
