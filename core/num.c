#include "num.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fmt.h"

static const char prefixes[] = "KMGTPE";

/* The factor of a unit such as "", "K", "KiB" or "kB"; 0 when there is no such unit. */
static uint64_t unit_factor(const char *unit)
{
	uint64_t base = 1024, factor = 1;
	const char *prefix;

	if (*unit == '\0')
		return 1;
	prefix = strchr(prefixes, *unit == 'k' ? 'K' : *unit);
	if (!prefix)
		return 0;
	if (strcmp(unit + 1, "B") == 0)
		base = 1000;
	else if (unit[1] != '\0' && strcmp(unit + 1, "iB") != 0)
		return 0;
	for (int n = (int)(prefix - prefixes); n >= 0; n--)
		factor *= base;
	return factor;
}

/* What a digit stands for; 16 and up where it is none. */
static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

int num_digits(const char **text, unsigned base, uint64_t max, uint64_t *value)
{
	const char *first = *text;
	unsigned digit;

	errno = EINVAL;
	for (*value = 0; (digit = digit_of(**text)) < base; ++*text) {
		if (*value > UINT64_MAX / base || *value * base > UINT64_MAX - digit) {
			errno = ERANGE;
			return -1;
		}
		*value = *value * base + digit;
	}
	if (*text == first)
		return -1;
	errno = ERANGE;
	return *value > max ? -1 : 0;
}

/* The number at `text`: decimal, 0x hex or 0b binary; *rest is what follows it. */
static int leading_number(const char *text, uint64_t *value, const char **rest)
{
	unsigned base = text[0] != '0' ? 10 : (text[1] | 0x20) == 'x' ? 16 : (text[1] | 0x20) == 'b' ? 2 : 10;

	*rest = base == 10 ? text : text + 2;
	return num_digits(rest, base, UINT64_MAX, value);
}

int num_size(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t number, factor;
	const char *unit;

	if (leading_number(text, &number, &unit) < 0)
		return -1;
	factor = unit_factor(unit);
	if (factor == 0) {
		errno = EINVAL;
		return -1;
	}
	if (number > max / factor) {
		errno = ERANGE;
		return -1;
	}
	*value = number * factor;
	return 0;
}

int num_value(const char *text, uint64_t max, uint64_t *value)
{
	const char *rest;

	if (text[0] == '0' && text[1] >= '0' && text[1] <= '9') {
		errno = EINVAL;
		return -1;
	}
	if (leading_number(text, value, &rest) < 0)
		return -1;
	errno = *rest ? EINVAL : ERANGE;
	return *rest || *value > max ? -1 : 0;
}

/* One part of a time, such as "1.5h", whose unit must come behind those of the parts before it. */
static int time_part(const char **text, size_t *least_unit, bool alone, int64_t *ns)
{
	static const struct { char name[4]; int64_t ns; } units[] = {
		{"w", 604800000000000}, {"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
		{"ms", 1000000}, {"us", 1000}, {"ns", 1}, {"", 1000000000},
	};
	size_t n = sizeof units / sizeof *units, i = *least_unit, len;
	uint64_t whole, fraction = 0, scale = 1, unit;
	const char *rest;

	if (leading_number(*text, &whole, &rest) < 0)
		return -1;
	errno = EINVAL;
	if (*rest == '.') {
		if (strspn(++rest, "0123456789") == 0)
			return -1;
		for (; *rest >= '0' && *rest <= '9'; rest++)
			if (scale < 1000000000) {       /* what is finer than 1 ns of a second does not count */
				fraction = fraction * 10 + (uint64_t)(*rest - '0');
				scale *= 10;
			}
	}
	len = strspn(rest, "abcdefghijklmnopqrstuvwxyz");
	while (i < n && (strlen(units[i].name) != len || strncmp(units[i].name, rest, len) != 0))
		i++;
	if (i == n || (len == 0 && !(alone && *rest == '\0')))
		return -1;
	unit = (uint64_t)units[i].ns;
	errno = ERANGE;
	if (whole >= (INT64_MAX - (uint64_t)*ns) / unit)
		return -1;
	*ns += (int64_t)(whole * unit + (unit >= scale ? unit / scale * fraction : unit * fraction / scale));
	*text = rest + len;
	*least_unit = i + 1;
	return 0;
}

int num_time(const char *text, int64_t *ns)
{
	const char *p = text;
	int64_t sum = 0;
	size_t unit = 0;

	do
		if (time_part(&p, &unit, p == text, &sum) < 0)
			return -1;
	while (*p);
	*ns = sum;
	return 0;
}

int num_mode(const char *text, int *mode)
{
	uint64_t bits;

	if (num_digits(&text, 8, 07777, &bits) < 0 || *text) {
		errno = EINVAL;
		return -1;
	}
	*mode = (int)bits;
	return 0;
}

int num_range(const char *text, struct num_range *range)
{
	const char *plus = strchr(text, '+');
	char off[64];
	uint64_t number;

	range->from_end = *text == '-';
	range->len = -1;
	if (range->from_end)
		text++;
	else if (plus) {
		if ((size_t)(plus - text) >= sizeof off) {
			errno = EINVAL;
			return -1;
		}
		memcpy(off, text, (size_t)(plus - text));
		off[plus - text] = '\0';
		text = off;
		if (num_size(plus + 1, (uint64_t)NUM_OFF_MAX, &number) < 0)
			return -1;
		range->len = (off_t)number;
	}
	if (num_size(text, (uint64_t)NUM_OFF_MAX, &number) < 0)
		return -1;
	range->off = (off_t)number;
	if (range->len > NUM_OFF_MAX - range->off)
		range->len = NUM_OFF_MAX - range->off;
	return 0;
}

const char *num_human(uint64_t bytes, char *text)
{
	uint64_t tenths = 0;
	int unit = -1;

	for (; bytes >= 1024 && prefixes[unit + 1]; unit++) {
		tenths = bytes % 1024 * 10 / 1024;
		bytes /= 1024;
	}
	if (unit < 0)
		fmt_text(text, NUM_HUMAN, "%llu B", (unsigned long long)bytes);
	else if (bytes < 100)
		fmt_text(text, NUM_HUMAN, "%llu.%llu %ciB", (unsigned long long)bytes, (unsigned long long)tenths,
		         prefixes[unit]);
	else
		fmt_text(text, NUM_HUMAN, "%llu %ciB", (unsigned long long)bytes, prefixes[unit]);
	return text;
}
