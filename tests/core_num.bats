# core/num and core/when: numbers, sizes, ranges, times and moments as people type them: the value, or which error.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # $top comes from the helper
setup() {
	begin_ours
	need cc
	driver=$BATS_FILE_TMPDIR/driver
	[ ! -x "$driver" ] || return 0
	cat >driver.c <<-'C'
		#include <errno.h>
		#include <inttypes.h>
		#include <stdio.h>
		#include <string.h>

		#include "num.h"
		#include "when.h"

		/* A case a line: the function, a limit or base, and behind blanks the text; what comes of it is printed. */
		int main(void)
		{
			char line[200], name[16];
			unsigned long long limit;
			int n;

			while (fgets(line, sizeof line, stdin)) {
				char text[WHEN_TEXT];
				const char *p;
				uint64_t value = 0;
				int64_t ns = 0;
				int failed = 0, mode = 0;
				struct num_range r = {0};

				line[strcspn(line, "\n")] = '\0';
				sscanf(line, "%15s %llu%n", name, &limit, &n);
				p = line + n + 1;
				printf("%s = ", line);
				errno = 0;
				switch (*name) {
				case 'd': failed = num_digits(&p, (unsigned)(limit % 100), limit / 100 ? limit / 100 : UINT64_MAX, &value); break;
				case 's': failed = num_size(p, limit, &value); break;
				case 'v': failed = num_value(p, limit, &value); break;
				case 't': failed = num_time(p, &ns); break;
				case 'w': failed = when_parse(p, &ns); break;
				case 'm': failed = num_mode(p, &mode); break;
				case 'r': failed = num_range(p, &r); break;
				case 'h': fputs(num_human(limit, text), stdout); break;
				case 'z': fputs(when_text((int64_t)limit, *p == 'l', text), stdout); break;
				}
				if (failed)
					printf("%s", errno == EINVAL ? "EINVAL" : errno == ERANGE ? "ERANGE" : "?");
				else if (*name == 'd')
					printf("%" PRIu64 " then '%s'", value, p);
				else if (*name == 's' || *name == 'v')
					printf("%" PRIu64, value);
				else if (*name == 't' || *name == 'w')
					printf("%" PRId64, ns);
				else if (*name == 'm')
					printf("%o", (unsigned)mode);
				else if (*name == 'r')
					printf("%lld%+lld%s", (long long)r.off, (long long)r.len, r.from_end ? " from the end" : "");
				putchar('\n');
			}
			return 0;
		}
	C
	cc -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -I"$top/core" driver.c "$top/core/num.c" "$top/core/when.c" "$top/core/fmt.c" \
		-o "$driver"
}

# comes_of: each line of standard input is what the driver makes of what stands before " = "
comes_of() {
	cat >want
	sed 's/ = .*//' want | "${zone[@]}" "$driver" >out
	diff want out
}

zone=(env TZ=UTC)

@test "digits of each base, up to what has room and to a limit, and where they end" {
	comes_of <<-'END'
		d 10 0x1 = 0 then 'x1'
		d 10 18446744073709551615 = 18446744073709551615 then ''
		d 10 18446744073709551616 = ERANGE
		d 10 99999999999999999999 = ERANGE
		d 16 fFfFfFfFfFfFfFfF = 18446744073709551615 then ''
		d 16 10000000000000000 = ERANGE
		d 16 abcdefg = 11259375 then 'g'
		d 16 @ = EINVAL
		d 16 ` = EINVAL
		d 8 1778 = 127 then '8'
		d 2 1012 = 5 then '2'
		d 2 / = EINVAL
		d 10 : = EINVAL
		d 10  = EINVAL
		d 10 -1 = EINVAL
		d 710 7, = 7 then ','
		d 710 8 = ERANGE
	END
}

@test "sizes with units of 1024 and of 1000, up to a limit" {
	comes_of <<-'END'
		s 18446744073709551615 0 = 0
		s 18446744073709551615 7 = 7
		s 18446744073709551615 1K = 1024
		s 18446744073709551615 1k = 1024
		s 18446744073709551615 1KiB = 1024
		s 18446744073709551615 1kB = 1000
		s 18446744073709551615 1M = 1048576
		s 18446744073709551615 2MB = 2000000
		s 18446744073709551615 3G = 3221225472
		s 18446744073709551615 3GB = 3000000000
		s 18446744073709551615 1T = 1099511627776
		s 18446744073709551615 1PB = 1000000000000000
		s 18446744073709551615 1P = 1125899906842624
		s 18446744073709551615 15E = 17293822569102704640
		s 18446744073709551615 16E = ERANGE
		s 18446744073709551615 18EB = 18000000000000000000
		s 18446744073709551615 0x10K = 16384
		s 18446744073709551615 0b11 = 3
		s 18446744073709551615 0X1f = 31
		s 18446744073709551615 010 = 10
		s 18446744073709551615 1Z = EINVAL
		s 18446744073709551615 1m = EINVAL
		s 18446744073709551615 1Ki = EINVAL
		s 18446744073709551615 1KB  = EINVAL
		s 18446744073709551615 1KiBs = EINVAL
		s 18446744073709551615 0x = EINVAL
		s 18446744073709551615 K = EINVAL
		s 18446744073709551615 +1 = EINVAL
		s 2048 2K = 2048
		s 2047 2K = ERANGE
		s 2048 2049 = ERANGE
		s 0 0 = 0
	END
}

@test "values, where a 0 in front could mean octal" {
	comes_of <<-'END'
		v 255 255 = 255
		v 255 256 = ERANGE
		v 255 0xff = 255
		v 255 0x100 = ERANGE
		v 255 0 = 0
		v 255 00 = EINVAL
		v 255 07 = EINVAL
		v 255 09 = EINVAL
		v 255 0b1 = 1
		v 255 1K = EINVAL
		v 255 256x = EINVAL
		v 255  = EINVAL
		v 18446744073709551615 18446744073709551616 = ERANGE
	END
}

@test "times in units from weeks to nanoseconds, in that order, with fractions of each" {
	comes_of <<-'END'
		t 0 0 = 0
		t 0 2 = 2000000000
		t 0 1.5 = 1500000000
		t 0 1.000000001 = 1000000001
		t 0 0.1234567899 = 123456789
		t 0 1.5ms = 1500000
		t 0 1.5us = 1500
		t 0 1.5ns = 1
		t 0 1w = 604800000000000
		t 0 1d = 86400000000000
		t 0 1.5h = 5400000000000
		t 0 1m = 60000000000
		t 0 0.25m = 15000000000
		t 0 1h30m = 5400000000000
		t 0 1w1d1h1m1s1ms1us1ns = 694861001001001
		t 0 1m1h = EINVAL
		t 0 1h1h = EINVAL
		t 0 1h30 = EINVAL
		t 0 1. = EINVAL
		t 0 .5 = EINVAL
		t 0 1x = EINVAL
		t 0 1mss = EINVAL
		t 0  = EINVAL
		t 0 1  = EINVAL
		t 0 9223372035 = 9223372035000000000
		t 0 9223372036 = ERANGE
		t 0 9223372035s999ms = 9223372035999000000
		t 0 9223372035s1000ms = 9223372036000000000
		t 0 15249w = 9222595200000000000
		t 0 15250w = ERANGE
		t 0 99999999999999999999 = ERANGE
	END
}

@test "permissions, and ranges of a file" {
	comes_of <<-'END'
		m 0 644 = 644
		m 0 7777 = 7777
		m 0 10000 = EINVAL
		m 0 8 = EINVAL
		m 0 64x = EINVAL
		m 0  = EINVAL
		r 0 5 = 5-1
		r 0 5+7 = 5+7
		r 0 -7 = 7-1 from the end
		r 0 1K+0x10 = 1024+16
		r 0 9223372036854775807 = 9223372036854775807-1
		r 0 9223372036854775808 = ERANGE
		r 0 9223372036854775807+1 = 9223372036854775807+0
		r 0 9223372036854775806+1 = 9223372036854775806+1
		r 0 5+9223372036854775807 = 5+9223372036854775802
		r 0 5+ = EINVAL
		r 0 +5 = EINVAL
		r 0 5+x = EINVAL
		r 0 -5+1 = EINVAL
		r 0 5+1+1 = EINVAL
		r 0 000000000000000000000000000000000000000000000000000000000000001+5 = 1+5
		r 0 0000000000000000000000000000000000000000000000000000000000000001+5 = EINVAL
	END
}

@test "sizes for people: three digits or so, cut and not rounded up" {
	comes_of <<-'END'
		h 0 = 0 B
		h 1023 = 1023 B
		h 1024 = 1.0 KiB
		h 1535 = 1.4 KiB
		h 1536 = 1.5 KiB
		h 102399 = 99.9 KiB
		h 102400 = 100 KiB
		h 1048575 = 1023 KiB
		h 1048576 = 1.0 MiB
		h 1073741824 = 1.0 GiB
		h 1099511627776 = 1.0 TiB
		h 1125899906842624 = 1.0 PiB
		h 18446744073709551615 = 15.9 EiB
	END
}

@test "moments: days, clocks and zones, and which of them there are not" {
	comes_of <<-'END'
		w 0 @0 = 0
		w 0 @1.5 = 1500000000
		w 0 @1s = EINVAL
		w 0 @-1 = EINVAL
		w 0 1970-01-01T00:00:00Z = 0
		w 0 1970-01-02 = 86400000000000
		w 0 2000-02-29T12:34:56Z = 951827696000000000
		w 0 2026-11-24 10:57Z = 1795517820000000000
		w 0 2026-11-24t10:57:01.25z = 1795517821250000000
		w 0 2026-11-24T10:57:01,000000001Z = 1795517821000000001
		w 0 2026-11-24T10:57:00+01:00 = 1795514220000000000
		w 0 2026-11-24T10:57:00-0130 = 1795523220000000000
		w 0 2026-11-24T10:57:00+02 = 1795510620000000000
		w 0 2016-12-31T23:59:60Z = 1483228800000000000
		w 0 1999-12-31T23:59:59Z = 946684799000000000
		w 0 2100-02-28T00:00Z = 4107456000000000000
		w 0 2100-03-01T00:00Z = 4107542400000000000
		w 0 2261-12-31T00:00Z = 9214560000000000000
		w 0 2262-01-01T00:00Z = EINVAL
		w 0 1969-12-31T00:00Z = EINVAL
		w 0 2100-02-29 = EINVAL
		w 0 2001-02-29 = EINVAL
		w 0 2004-02-29 = 1078012800000000000
		w 0 2004-02-30 = EINVAL
		w 0 2001-04-31 = EINVAL
		w 0 2001-07-31 = 996537600000000000
		w 0 2001-08-31 = 999216000000000000
		w 0 2001-09-31 = EINVAL
		w 0 2001-12-31 = 1009756800000000000
		w 0 2001-13-01 = EINVAL
		w 0 2001-00-01 = EINVAL
		w 0 2001-01-00 = EINVAL
		w 0 2001-01-32 = EINVAL
		w 0 2001-01-01T24:00 = EINVAL
		w 0 2001-01-01T23:60 = EINVAL
		w 0 2001-01-01T23:59:61 = EINVAL
		w 0 2001-01-01T23:59:59. = EINVAL
		w 0 2001-01-01T23:59x = EINVAL
		w 0 2001-01-01T23:59+24 = EINVAL
		w 0 2001-01-01T23:59+01: = EINVAL
		w 0 2001-01-01T23:59+0160 = EINVAL
		w 0 2001-01-01T23:59+01:00x = EINVAL
		w 0 2001-01-01T = EINVAL
		w 0 2001-1-01 = EINVAL
		w 0 20010101x = EINVAL
		w 0 tomorrow = EINVAL
	END
}

@test "moments as text, in UTC and in local time, to microseconds" {
	comes_of <<-'END'
		z 0 u = 1970-01-01T00:00:00.000000Z
		z 1795517820123456789 u = 2026-11-24T10:57:00.123456Z
		z 18446744073709551615 u = 1969-12-31T23:59:59.999999Z
		z 951827696000000999 u = 2000-02-29T12:34:56.000000Z
	END
	zone=(env TZ=HERE-5:45)
	comes_of <<-'END'
		z 0 l = 1970-01-01T05:45:00.000000+05:45
		w 0 1970-01-01T05:45 = 0
		w 0 1970-01-01T05:45Z = 20700000000000
	END
	zone=(env TZ=THERE3:30)
	comes_of <<-'END'
		z 0 l = 1969-12-31T20:30:00.000000-03:30
		w 0 1970-01-01 = 12600000000000
	END
}
