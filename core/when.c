#include "when.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fmt.h"
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

static int64_t days(int year, int month, int day);

/* The seconds from 1970 on that a clock which knows no zones would show. */
static int64_t seconds_of(const struct tm *tm)
{
	return days(tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday) * 86400 + tm->tm_hour * 3600 + tm->tm_min * 60 +
	       tm->tm_sec;
}

const char *when_text(int64_t ns, bool local, char *text)
{
	int64_t seconds = ns / second - (ns % second < 0), rest = ns % second + (ns % second < 0 ? second : 0);
	time_t t = (time_t)seconds;
	struct tm tm = {0};
	int east = 0, len;

	if (!(local ? localtime_r : gmtime_r)(&t, &tm))
		tm = (struct tm){.tm_mday = 1};
	else
		east = (int)(seconds_of(&tm) - seconds) / 60;
	len = fmt_text(text, WHEN_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06d", (tm.tm_year + 1900) % 10000, tm.tm_mon + 1,
	               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(rest / 1000));
	if (local)
		fmt_text(text + len, WHEN_TEXT - (size_t)len, "%c%02d:%02d", east < 0 ? '-' : '+', abs(east) / 60 % 100,
		         abs(east) % 60);
	else
		strcpy(text + len, "Z");
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

/* HH:MM, perhaps with :SS and a fraction of it; moves on. */
static bool clock_time(const char **text, struct tm *tm, int64_t *fraction)
{
	const char *p = *text;
	int64_t unit = second / 10;

	if (!number(&p, 2, 0, 23, &tm->tm_hour) || *p++ != ':' || !number(&p, 2, 0, 59, &tm->tm_min))
		return false;
	if (*p == ':' && (p++, !number(&p, 2, 0, 60, &tm->tm_sec)))
		return false;
	if (*p == '.' || *p == ',') {   /* ISO 8601 has both */
		if (p[1] < '0' || p[1] > '9')
			return false;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			*fraction += (*p - '0') * unit;
	}
	*text = p;
	return true;
}

/* Z, or how far east as +HH:MM, +HHMM or +HH, in seconds; moves on. */
static bool zone(const char **text, int *east)
{
	const char *p = *text;
	int sign = *p == '-' ? -1 : 1, hours, minutes = 0;

	*east = 0;
	if (*p == 'Z' || *p == 'z') {
		++*text;
		return true;
	}
	if (*p != '+' && *p != '-')
		return false;
	p++;
	if (!number(&p, 2, 0, 23, &hours) || (*p == ':' && !p[1]))
		return false;
	p += *p == ':';
	if (*p && !number(&p, 2, 0, 59, &minutes))
		return false;
	*east = sign * (hours * 3600 + minutes * 60);
	*text = p;
	return true;
}

/* YYYY-MM-DD, or a day of these two by its name; moves on. */
static bool day(const char **text, struct tm *tm)
{
	static const char *const names[] = {"today", "yesterday"};
	time_t now = (time_t)(when_now() / second);
	const char *p = *text;

	for (int back = 0; back < 2; back++) {
		size_t len = strlen(names[back]);

		if (strncmp(p, names[back], len) != 0)
			continue;
		if (!localtime_r(&now, tm))
			return false;
		*tm = (struct tm){.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday - back, .tm_isdst = -1};
		*text += len;
		return true;
	}
	*tm = (struct tm){.tm_isdst = -1};
	if (!number(&p, 4, 1970, 2261, &tm->tm_year) || *p++ != '-' || !number(&p, 2, 1, 12, &tm->tm_mon) || *p++ != '-' ||
	    !number(&p, 2, 1, tm->tm_mon == 2 ? 28 + is_leap(tm->tm_year) : 30 + (tm->tm_mon + tm->tm_mon / 8) % 2,
	            &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	*text = p;
	return true;
}

/* A day, a time or both; RFC 3339, where a zone may be left out. */
static int moment(const char *p, int64_t *ns)
{
	struct tm tm;
	int64_t fraction = 0, seconds;
	const char *today = "today";
	int east;

	errno = EINVAL;
	if (p[0] && p[1] && p[2] == ':') {
		if (!day(&today, &tm) || !clock_time(&p, &tm, &fraction))
			return -1;
	} else if (!day(&p, &tm) ||
	           (*p && strchr("Tt ", *p) && (p++, !clock_time(&p, &tm, &fraction))))
		return -1;
	if (*p && zone(&p, &east))
		seconds = seconds_of(&tm) - east;
	else
		seconds = (int64_t)mktime(&tm);
	if (*p)
		return -1;
	*ns = seconds * second + fraction;
	return 0;
}

int when_parse(const char *text, int64_t *ns)
{
	int64_t ago;

	if (*text == '@') {
		errno = EINVAL;
		return text[1 + strspn(text + 1, "0123456789.")] ? -1 : num_time(text + 1, ns);
	}
	if (moment(text, ns) == 0)
		return 0;
	if (num_time(text, &ago) < 0)
		return -1;
	*ns = when_now() - ago;
	return 0;
}
