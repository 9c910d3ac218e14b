# mmring read: what is asked for, by time, text, number and boot; which ring; how far.

# $bin comes from the helper; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper
load ring

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
		2026-11-24T10:60 2026-11-24T10:00:61 2026-11-24T10:00Zx 2026-11-24T10:00+ 2026-11-24T10:00+24 2026-11-24T10:00+05: 2026-11-24T10:00+05:60 2026-11-24T10:00+0560 \
		2026-11-24T10:00+05:6 \
		2026-11-24T10:00+01: 2026-11-24T10:00+1:00 2026-11-24Tx @ @x @-1 1969-12-31 99999999999999999999; do
		misuse "invalid time '$bad' for '--since': as 2026-11-24T10:57, 10:00, yesterday, @SECONDS, or 1h30m for so long ago" read --since="$bad" r
	done
}

@test "mmring read --since refuses days that no month has, and a moment with a unit" {
	printf 'a\n' | does write r
	local bad
	for bad in 2026-02-29 2026-02-30 2026-04-31 2026-02-31T10:00 @5m @1d 2026-11-24T10:00:00.; do
		misuse "invalid time '$bad' for '--since': as 2026-11-24T10:57, 10:00, yesterday, @SECONDS, or 1h30m for so long ago" read --since="$bad" r
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

@test "mmring read --until prints what was written before a moment, and with --since what lies between" {
	kit
	py 'make("r", 65536, [(b"%d" % i, {"time": (1782900000 + 60 * i) * 10**9}) for i in range(5)])'
	shows '0\n1\n' read --raw --until=2026-07-01T10:02Z r
	shows '0\n1\n2\n' read --raw --until=2026-07-01T10:02:00.000001Z r
	shows '1\n2\n' read --raw --since=2026-07-01T10:01Z --until=2026-07-01T10:03Z r
	shows '2\n' read --raw --until=2026-07-01T10:03Z -n 1 r
	does read --until=@0 r
	misuse "invalid time 'x' for '--until': as 2026-11-24T10:57, 10:00, yesterday, @SECONDS, or 1h30m for so long ago" read --until=x r
}

@test "mmring read -f --until ends when the moment has come" {
	numbered 1 3 | does write r
	run -0 timeout 60 "$bin/mmring" read -f --raw --until="$(date -u -Is -d '2 seconds')" r
	[ "$output" = "$(numbered 1 3)" ]
}

@test "mmring read --local prints local time with its distance to UTC, in text, JSON and stat" {
	kit
	py 'make("r", 65536, [(b"x", {"time": 1782900000123456789})])'
	TZ=EST5EDT,M3.2.0,M11.1.0 shows '2026-07-01T06:00:00.123456-04:00 x\n' read --local r
	TZ=IST-5:30 shows '{"seq":1,"time":"2026-07-01T15:30:00.123456+05:30","text":"x"}\n' read --local --json r
	TZ=IST-5:30 try 0 stat --local r
	has 'last +1, 2026-07-01T15:30:00.123456\+05:30' out
	shows '2026-07-01T10:00:00.123456Z x\n' read r
	TZ=IST-5:30 shows 'x\n' read --raw --since="$(TZ=IST-5:30 mm mmring read --local r | cut -d ' ' -f 1)" r
}

# --- texts, numbers ---

@test "mmring read --match prints the lines that have the text, whatever records they are in" {
	printf 'an Error here\nnothing\nerror\n.*\n' | does write r
	shows 'error\n' read --raw --match error r
	shows 'an Error here\nerror\n' read --raw --match eRROR --ignore-case r
	shows '.*\n' read --raw --match '.*' r
	shows 'an Error here\nnothing\nerror\n.*\n' read --raw --match '' r
	does read --match none r
	shows 'error\n' read --raw --match rro -n 1 r
	shows 'an Error here\n' read --raw --match rro --max 1 r
	# the text lies across the end of a record of 984 bytes
	does create s 16K
	{ fill x 980; printf 'across the end'; fill y 2000; printf '\nother\n'; } >in
	does write s <in
	longest=$(mm mmring stat --json s | grep -o '"longest":[0-9]*' | cut -d : -f 2)
	[ "$longest" -lt 2995 ]
	head -n 1 in >first
	try 0 read --raw --match 'xacross the endy' s
	same first out
	shows 'other\n' read --raw --match oth s
	misuse "'--ignore-case' goes with '--match'" read --ignore-case r
}

@test "mmring read --match finds a text across records, and loses none of a line that is the last" {
	does create s 12288
	{ fill x 980; printf 'across the end'; } | does write s
	try 0 read --raw --match 'across the end' s
	[ "$(wc -c <out)" = 994 ]
}

@test "mmring read --max ends after so many lines, also where more would come" {
	numbered 1 9 | does write r
	numbered 1 3 >wanted.lines
	try 0 read --raw --max 3 r
	same wanted.lines out
	does read --max 0 r
	numbered 6 7 >wanted.lines
	try 0 read --raw -n 4 --max 2 r
	same wanted.lines out
	run -0 timeout 60 "$bin/mmring" read -f --raw --max 2 --from 8 r
	[ "$output" = "$(numbered 8 9)" ]
	start read -f --raw -n 0 --match ready --max 1 r
	sleep 0.3
	printf 'almost\nready\nmore\n' | does write r
	ends_as 0 "$pid"
	is 'ready\n' got
}

# --- lines whose beginning is not there ---

@test "mmring read does not take the rest of a line that was overwritten in part for a line" {
	{ fill L 20000; printf '\nafter\n'; } | does write --size 12288 r
	try 1 read --raw r
	is 'after\n' out
	has '^mmring: r: [0-9]+ records left out, the rest of a line whose beginning is not there$' err
	try 0 read r
	sed 's/^[^ ]* //' out >said
	has '^\[\.\.\.\] L+$' said
	[ "$(wc -l <out)" = 2 ]
	try 0 read --json r
	[ "$(grep -c '"continued":true' out)" = $(($(wc -l <out) - 1)) ]
	lacks '"continued"' <(tail -n 1 out)
	shows 'after\n' read --raw -n 1 r
}

@test "mmring read prints long lines of writers at a time in full, though others' lines come between" {
	kit
	py 'make("r", 65536, [(b"A", {"flags": 1, "writer": 1}), (b"b", {"writer": 2}), (b"A2", {"flags": 33, "writer": 1}),
     (b"c", {"writer": 2}), (b"A3", {"flags": 32, "writer": 1}), (b"X3", {"flags": 32, "writer": 3})])'
	try 1 read --raw r
	is 'A\nb\nA2\nc\nA3\n' out
	is 'mmring: r: 1 record left out, the rest of a line whose beginning is not there\n' err
}

# --- which ring ---

@test "mmring read -F waits for a ring that is not there yet, and follows its name to another" {
	start read -F --raw r
	eventually has 'r: not there yet$' got.err
	sleep 0.3       # it looks several times, and says so once
	numbered 1 2 | does write r
	eventually has 'line 2 ' got
	mv r old
	numbered 3 3 | does write old
	eventually has 'line 3 ' got
	numbered 4 5 | does write new
	mv new r
	eventually has 'line 5 ' got
	numbered 6 6 | does write r
	eventually has 'line 6 ' got
	numbered 1 6 | cmp - got
	[ "$(wc -l <got.err)" = 1 ]
	refuses 'mmring: none: No such file or directory' read -f none
}

@test "mmring read -F ends when what has the name is no ring" {
	numbered 1 2 | does write r
	start read -F --raw r
	eventually has 'line 2 ' got
	fill x 20000 >new
	mv new r
	ends_as 2
	is 'mmring: r: not a ring\n' got.err
	numbered 1 2 | cmp - got
	# and when it is no file
	rm r
	numbered 1 2 | does write r
	start read -F --raw r
	eventually has 'line 2 ' got
	rm r
	mkdir r
	ends_as 2
	is 'mmring: r: Is a directory\n' got.err
}

@test "mmring read -F ends with the moment of --until, or with its output, though no ring has come" {
	run -0 timeout 60 "$bin/mmring" read -F --until="$(date -u -Is -d '1 second')" none
	is '' <(mm mmring read -F none 2>err | true)
}

# --- boots ---

# booted: a boot passes as far as the ring knows: the name of the boot in its cursor is another
booted() {
	py "flip('$1', 4096 + 40)"
}

@test "mmring read --boot prints what was written since the start of the system, and before it" {
	kit
	[ -r /proc/sys/kernel/random/boot_id ] || skip "no name for the boot here"
	numbered 1 2 | does write r
	numbered 1 2 >one
	try 0 read --raw --boot r
	same one out
	does read --raw --boot=-1 r
	booted r
	# nothing was written in this boot
	does read --raw --boot=0 r
	try 0 read --raw --boot=-1 r
	same one out
	numbered 3 4 | does write r
	numbered 5 5 | does write r
	numbered 3 5 >two
	try 0 read --raw --boot=0 r
	same two out
	try 0 read --raw --boot=-1 r
	same one out
	booted r
	does resize r 64K
	does read --raw --boot=0 r
	numbered 6 6 | does write r
	numbered 6 6 >three
	try 0 read --raw --boot r
	same three out
	try 0 read --raw --boot=-1 r
	same two out
	try 0 read --raw --boot=-2 r
	same one out
	does read --raw --boot=-3 r
	try 0 read --raw --boot=-1 -n 1 r
	numbered 5 5 | cmp - out
	[ "$(mm mmring read --json r | grep '"new_boot":true' | grep -o '"seq":[0-9]*' | paste -sd,)" = '"seq":3,"seq":6' ]
	shows 'r: 6 records, 1 to 6, all good\n' check r
	start read -f --raw --boot r
	eventually has 'line 6 ' got
	numbered 7 7 | does write r
	eventually has 'line 7 ' got
	numbered 6 7 | cmp - got
}

@test "mmring write marks a boot once, though a writer died before it had written anything" {
	kit
	[ -r /proc/sys/kernel/random/boot_id ] || skip "no name for the boot here"
	numbered 1 2 | does write r
	booted r
	start_writer r
	printf 'part of a line' >&7
	eventually eval '[ "$(mm mmring stat --json r | grep -o "\"writer\":[0-9]*")" != x ]'
	sleep 0.3
	kill -KILL "$writer"
	wait "$writer" || true
	exec 7>&-
	does read --boot r
	numbered 3 4 | does write r
	numbered 5 6 | does write r
	[ "$(mm mmring read --json r | grep '"new_boot":true' | grep -o '"seq":[0-9]*')" = '"seq":3' ]
}

@test "mmring read --boot refuses what is no boot" {
	local bad
	printf 'a\n' | does write r
	for bad in 1 x '' - -x --1; do
		misuse "invalid boot '$bad' for '--boot': 0 is this one, -1 the one before" read --boot="$bad" r
	done
	misuse "'--boot=-1' and '--follow' exclude each other: nothing comes to a boot that is over" read -f --boot=-1 r
}
