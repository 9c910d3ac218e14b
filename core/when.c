#include "when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "num.h"

static const int64_t second = 1000000000;

int64_t when_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * second + t->tv_nsec;
}

int64_t when_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return when_of(&t);
}

const char *when_text(int64_t ns, char *text)
{
	int64_t seconds = ns / second - (ns % second < 0);
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		tm = (struct tm){.tm_mday = 1};
	snprintf(text, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1,
	         tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)((ns - seconds * second) / 1000));
	return text;
}

/* Exactly `digits` digits at *text, from `least` to `most`; moves on. */
static bool number(const char **text, int digits, int least, int most, int *value)
{
	for (*value = 0; digits > 0; digits--, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = *value * 10 + (**text - '0');
	}
	return *value >= least && *value <= most;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01: years are taken to begin in March, so that the leap day is the last. */
static int64_t days(int year, int month, int day)
{
	int y = year - (month <= 2), m = (month + 9) % 12;

	return 365 * (int64_t)y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int date(const char *p, int64_t *ns)
{
	int year, month, day, hour = 0, minute = 0, sec = 0;
	int64_t fraction = 0, unit = second / 10;

	if (!number(&p, 4, 1970, 2261, &year) || *p++ != '-' || !number(&p, 2, 1, 12, &month) || *p++ != '-' ||
	    !number(&p, 2, 1, month == 2 ? 28 + is_leap(year) : 30 + (month + month / 8) % 2, &day))
		return -1;
	if (*p == 'T' || *p == ' ') {
		p++;
		if (!number(&p, 2, 0, 23, &hour) || *p++ != ':' || !number(&p, 2, 0, 59, &minute))
			return -1;
		if (*p == ':' && (p++, !number(&p, 2, 0, 60, &sec)))
			return -1;
		if (*p == '.' && (p[1] < '0' || p[1] > '9'))
			return -1;
		if (*p == '.')
			for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
				fraction += (*p - '0') * unit;
	}
	if (*p == 'Z')
		p++;
	if (*p)
		return -1;
	*ns = (days(year, month, day) * 86400 + hour * 3600 + minute * 60 + sec) * second + fraction;
	return 0;
}

int when_parse(const char *text, int64_t *ns)
{
	int64_t ago;

	if (*text == '@') {
		errno = EINVAL;
		return text[1 + strspn(text + 1, "0123456789.")] ? -1 : num_time(text + 1, ns);
	}
	if (strlen(text) >= 10 && text[4] == '-') {
		errno = EINVAL;
		return date(text, ns);
	}
	if (num_time(text, &ago) < 0)
		return -1;
	*ns = when_now() - ago;
	return 0;
}
