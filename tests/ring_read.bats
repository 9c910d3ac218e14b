# mmring read: what is asked for, by time, text, number and boot; which ring; how far.

# $bin comes from the helper; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper
load ring

export BATS_TEST_TIMEOUT=120

# --- moments ---

@test "mmring read --since takes moments as read prints them" {
	echo old | does write r
	sleep 0.01
	echo new | does write r
	old=$(mm mmring read r | head -n 1 | cut -d ' ' -f 1)
	new=$(mm mmring read r | tail -n 1 | cut -d ' ' -f 1)
	shows 'new\n' read --raw --since="$new" r
	shows 'old\nnew\n' read --raw --since="$old" r
	shows 'new\n' read --raw --since="${new/T/ }" r
	shows 'new\n' read --raw --since="${new%Z}" r
	shows 'old\nnew\n' read --raw --since="${old%.*}" r
	shows 'old\nnew\n' read --raw --since="${old%:*}" r
	shows 'old\nnew\n' read --raw --since="${old%T*}" r
	TZ=Asia/Tokyo shows 'new\n' read --raw --since="$new" r
	does read --since=2100-01-01 r
}

@test "mmring read --since takes seconds since 1970 and times before now" {
	kit
	py 'import time
now = int(time.time())
make("r", 65536, [(b"day", {"time": (now - 86400 - 30) * 10**9}), (b"hour", {"time": (now - 3600 - 30) * 10**9}),
     (b"minute", {"time": (now - 90) * 10**9}), (b"now", {"time": now * 10**9})])
print(now)' >now
	now=$(cat now)
	shows 'day\nhour\nminute\nnow\n' read --raw --since=2d r
	shows 'hour\nminute\nnow\n' read --raw --since=1d r
	shows 'hour\nminute\nnow\n' read --raw --since=24h r
	shows 'minute\nnow\n' read --raw --since=1h r
	shows 'minute\nnow\n' read --raw --since=60m r
	shows 'minute\nnow\n' read --raw --since=3000s r
	shows 'minute\nnow\n' read --raw --since=3000 r
	shows 'minute\nnow\n' read --raw --since=0.5h r
	does read --since=0 r
	does read --since=1ms r
	shows 'day\nhour\nminute\nnow\n' read --raw --since=@0 r
	shows 'minute\nnow\n' read --raw --since=@$((now - 90)) r
	shows 'now\n' read --raw --since=@$((now - 90)).5 r
	does read --since=@$((now + 1)) r
	shows 'now\n' read --raw --since=@$((now - 100)) --from 4 r
	shows 'day\nhour\nminute\nnow\n' read --raw --since=2024-02-29 r
}

@test "mmring read --since refuses what is no time" {
	printf 'a\n' | does write r
	local bad
	for bad in '' tomorrow 5x -5 1h30 30m1h '5 m' 10:0 24:00 2026-13-01 2026-00-10 2026-1-1 2026-11-24T 2026-11-24T10 2026-11-24T25:00 \
		2026-11-24T10:60 2026-11-24T10:00:61 2026-11-24T10:00Zx 2026-11-24T10:00+ 2026-11-24T10:00+24 \
		2026-11-24T10:00+01: 2026-11-24T10:00+1:00 2026-11-24Tx @ @x @-1 1969-12-31 99999999999999999999; do
		misuse "invalid time '$bad' for '--since'" read --since="$bad" r
	done
}

@test "mmring read --since refuses days that no month has, and a moment with a unit" {
	printf 'a\n' | does write r
	local bad
	for bad in 2026-02-29 2026-02-30 2026-04-31 2026-02-31T10:00 @5m @1d 2026-11-24T10:00:00.; do
		misuse "invalid time '$bad' for '--since'" read --since="$bad" r
	done
}

@test "mmring read --since takes RFC 3339 with any zone, what date -Is prints, and local time where there is no zone" {
	kit
	# written at 2026-07-01T10:00:00Z
	py 'make("r", 65536, [(b"ten", {"time": 1782900000 * 10**9})])'
	local at
	for at in 2026-07-01T10:00Z 2026-07-01T10:00:00z 2026-07-01t12:00+02:00 2026-07-01T12:00:00+0200 '2026-07-01 12:00+02' \
		2026-07-01T06:30-03:30 2026-07-01T10:00:00.000Z 2026-07-01T10:00:00,0+00:00; do
		shows 'ten\n' read --raw --since="$at" r
		does read --raw --since="${at/:[03]0/:31}" r
	done
	# the zone is told as POSIX has it, so that no files of zones are needed
	TZ=EST5EDT,M3.2.0,M11.1.0 shows 'ten\n' read --raw --since=2026-07-01T06:00 r
	TZ=EST5EDT,M3.2.0,M11.1.0 does read --raw --since=2026-07-01T06:00:01 r
	TZ=JST-9 shows 'ten\n' read --raw --since='2026-07-01 19:00' r
	TZ=JST-9 does read --raw --since='2026-07-01 19:00:01' r
	TZ=JST-9 shows 'ten\n' read --raw --since=2026-07-01 r
	TZ=JST-9 does read --raw --since=2026-07-02 r
	shows 'ten\n' read --raw --since="$(date -u -Is -d @1782900000)" r
}

@test "mmring read --since takes today, yesterday, a time of today and times of several units" {
	kit
	py 'import time
now = time.time()
make("r", 65536, [(b"%d" % ago, {"time": int((now - ago) * 10**9)}) for ago in (864000, 176400, 5700, 5100, 30)])'
	shows '5100\n30\n' read --raw --since=1h30m r
	shows '5700\n5100\n30\n' read --raw --since=1h30m301s r
	shows '176400\n5700\n5100\n30\n' read --raw --since=1w r
	shows '176400\n5700\n5100\n30\n' read --raw --since=2d2h r
	# the day in a zone where it is noon now, so that none of this is about to change
	local hours=$((10#$(date -u +%H) - 12))
	export TZ="XXX$hours"
	shows '5700\n5100\n30\n' read --raw --since=today r
	shows '5700\n5100\n30\n' read --raw --since=yesterday r
	shows '176400\n5700\n5100\n30\n' read --raw --since='2d12h' r
	shows '5700\n5100\n30\n' read --raw --since=00:00 r
	shows '5700\n5100\n30\n' read --raw --since=10:00 r
	does read --raw --since=23:59 r
	shows '5700\n5100\n30\n' read --raw --since='yesterday 12:30:00.5' r
}
