#include "json.h"

#include "out.h"
#include "utf8.h"

bool json_can(const char *bytes, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char((const unsigned char *)bytes + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

/* A control character beyond ASCII (ISO 6429), which some terminals obey: two bytes of UTF-8. */
static bool is_control(const unsigned char *p, size_t n)
{
	return n == 2 && p[0] == 0xC2 && p[1] < 0xA0;
}

/* A character below U+0100, with what JSON wants before it. */
static void escape(unsigned char c)
{
	if (c == '"' || c == '\\')
		out_printf("\\%c", c);
	else if (c == '\n')
		out_text("\\n");
	else if (c == '\t')
		out_text("\\t");
	else
		out_printf("\\u%04x", c);
}

void json_text(const char *bytes, size_t len)
{
	const unsigned char *p = (const unsigned char *)bytes;
	size_t plain = 0;

	out_text("\"");
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(p + i, len - i);
		if ((n > 1 && !is_control(p + i, n)) ||
		    (n == 1 && p[i] >= ' ' && p[i] != 0x7F && p[i] != '"' && p[i] != '\\'))
			continue;
		out_write(bytes + plain, i - plain);
		if (n == 0)
			out_text("\xEF\xBF\xBD");
		else
			escape(p[i + n - 1]);
		n += n == 0;
		plain = i + n;
	}
	out_write(bytes + plain, len - plain);
	out_text("\"");
}
