# mmring: bytes in and out, laps, followers, several writers, commands that it runs, resizing: in each way to get at bytes.
# What happens at kills and power cuts is in faults/ring.bats.

# $bin comes from the helper; files are wanted as pipes, too; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2034,SC2094,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper
load ring

# --- what goes in comes out ---

@test "mmring write makes the ring, of 1 MiB unless told otherwise" {
	printf 'a\n' | does write r
	printf 'a\n' | does write --size 64K s
	printf 'a\n' | does write s --size=64K
	[ "$(stat -c %s r s | paste -sd,)" = 1048576,65536 ]
	printf 'a\n' | try 0 write s --size=128K
	is "mmring: s: has 65536 bytes, which '--size' does not change; 'mmring resize' does\n" err
	shows 'a\na\na\n' read --raw s
}

@test "mmring write takes an empty file for a ring that is to be made" {
	: >r
	printf 'a\n' | does write --size 64K r
	shows 'a\n' read --raw r
}

@test "mmring gives back what was written, byte for byte" {
	local text
	for text in '' '\n' '\n\n\n' 'a' 'a\nb' 'a\nb\n' 'a\r\nb\r\n' '\0000' '\0000\n\0000' 'a\0000b\nc\0000\n' '\0377\0376\n' \
		'\033[1mx\n' ' \n\t\n' '\n\na'; do
		rm -f r
		printf %b "$text" >in
		does write r <in
		holds in r
		rm -f r
		printf %b "$text" | does write --size=12288 r
		holds in r
	done
}

@test "mmring gives back all 256 byte values, and whatever is random" {
	need perl
	perl -e 'print map(chr, 0 .. 255), "\n", map(chr, reverse 0 .. 255)' >in
	does write r <in
	holds in r
	head -c 700000 /dev/urandom >random
	does write s <random
	holds random s
}

@test "mmring splits a line that is longer than a record, and puts it together again" {
	local len longest
	for longest in 984 65496; do
		for len in $((longest - 1)) $longest $((longest + 1)) $((2 * longest)) $((2 * longest + 1)); do
			rm -f r
			does create r $((longest == 984 ? 12288 : 1048576))
			{ fill x "$len"; printf '\nnext\n'; } >in
			does write r <in
			holds in r
			[ "$(mm mmring read --json r | wc -l)" = $(((len + longest - 1) / longest + 1)) ]
			[ "$(mm mmring read --json r | grep -c '"continues":true')" = $(((len + longest - 1) / longest - 1)) ]
			[ "$(mm mmring read r | wc -l)" = 2 ]
			fill x "$len" >in
			rm -f r
			does create r $((longest == 984 ? 12288 : 1048576))
			does write r <in
			holds in r
		done
	done
}

@test "mmring counts the tag among the bytes of a record" {
	does create r 12288
	{ fill x 984; echo; } >in
	does write -t 1234 r <in
	holds in r
	try 0 read --json r
	[ "$(wc -l <out)" = 2 ]
	try 0 read -t 1234 r
	[ "$(wc -l <out)" = 1 ]
}

@test "mmring takes a line of some MiB" {
	{ pattern 3000000 | tr '\n' ' '; echo; } >in
	does write --size 8M r <in
	holds in r
	cat in | does write --size 8M s
	holds in s
	[ "$(mm mmring read s | wc -l)" = 1 ]
}

@test "mmring write goes on with the numbers where the last writer ended" {
	local i
	for i in 1 2 3; do
		numbered $i $i | does write r
	done
	try 0 read -N r
	[ "$(cut -d ' ' -f 1 out | paste -sd,)" = 1,2,3 ]
	numbered 1 3 >in
	holds in r
}

@test "mmring keeps lines apart when a writer has ended without a newline" {
	printf 'a\nb' | does write r
	printf 'c\n' | does write r
	shows 'a\nb\nc\n' read --raw r
}

@test "mmring read prints the time in UTC, the tag, and the number when asked" {
	local time
	time=$(date -u +%Y-%m)
	printf 'one\ntwo\n' | TZ=Asia/Tokyo does write -t svc r
	printf 'three\n' | does write r
	for zone in UTC Asia/Tokyo; do
		TZ=$zone try 0 read r
		sed 's/^[0-9-]*T[0-9:]*\.[0-9]\{6\}Z /TIME /' out >plain
		is 'TIME svc: one\nTIME svc: two\nTIME three\n' plain
		has "^$time" out
	done
	TZ=UTC try 0 read --number r
	sed 's/[0-9-]*T[0-9:]*\.[0-9]\{6\}Z /TIME /' out >plain
	is '1 TIME svc: one\n2 TIME svc: two\n3 TIME three\n' plain
	mm mmring read -N r >again
	same out again
	same <(mm mmring read r) <(cut -d ' ' -f 2- out)
	[ $(($(date -u +%s) - $(date -u -d "$(cut -d ' ' -f 2 out | tail -n 1)" +%s))) -lt 100 ]
}

@test "mmring read --binary gives blocks back as they were put in, also empty ones" {
	need perl
	perl -e 'for ("abc", "", "\0\n\377", "x" x 65496, "end") { print pack("V/a", $_) }' >in
	does write --binary r <in
	try 0 read --binary r
	same in out
	cat in | does write -b s
	try 0 read -b s
	same in out
	[ "$(mm mmring read s | wc -l)" = 5 ]
}

@test "mmring takes blocks of one length, of which the last may be shorter" {
	printf '0123456789' >in
	does write --binary=4 r <in
	[ "$(mm mmring read r | wc -l)" = 3 ]
	try 0 read --binary=4 r
	same in out
	try 0 read --raw r
	same in out
	try 0 read r
	sed 's/^.* //' out >hex
	is '30313233\n34353637\n3839\n' hex
	head -c 500000 /dev/urandom >random
	cat random | does write --binary=1000 --size=1M s
	try 0 read --raw s
	same random out
	[ "$(mm mmring read --json s | grep -c '"hex":"')" = 500 ]
}

@test "mmring refuses a block that the ring cannot hold, in one message, and keeps those before it" {
	need perl
	perl -e 'print pack("V/a", "good"), pack("V", 65497), "x" x 65497' >in
	refuses 'mmring: a block of 65497 bytes: this ring takes at most 65496' write --binary r <in
	shows good read --raw r
	printf '\377\377\377\377abcdef' | refuses 'mmring: a block of 4294967295 bytes: this ring takes at most 65496' write -b r
	does create s 12288
	printf 'x' | refuses 'mmring: blocks of 1000 bytes: this ring takes at most 984' write --binary=1000 s
	does read s
}

@test "mmring tells an input that ends within a block" {
	printf '\5\0\0\0whole\3\0\0\0ab' | refuses 'mmring: the input ends within a block' write --binary r
	shows whole read --raw r
	printf '\5\0' | refuses 'mmring: the input ends within a block' write --binary r
	shows whole read --raw r
	does write --binary r </dev/null
}

@test "mmring write --tee passes on what it has put into the ring" {
	numbered 1 3000 >in
	try 0 write --tee r <in
	same in out
	is '' err
	holds in r
	head -c 300000 /dev/urandom >random
	cat random | mm mmring write --tee s >out
	same random out
	printf 'no newline' | shows 'no newline' write --tee r
	printf '\3\0\0\0abc' | shows '\3\0\0\0abc' write --tee --binary t
}

@test "mmring write --tee has a line in the ring before it passes it on" {
	start_writer --tee r
	local i
	for i in 1 2 3; do
		echo "line $i" >&7
		eventually has "line $i" got
		try 0 read --raw r
		has "line $i" out
	done
	exec 7>&-
	ends_as 0 "$writer"
}

@test "mmring write --tee tells that its output is full; the ring has the lines" {
	numbered 1 5 >in
	local status=0
	mm mmring write --tee r <in >/dev/full 2>err || status=$?
	[ $status = 2 ]
	is 'mmring: write error: No space left on device\n' err
	holds in r
}

@test "mmring write puts a line into the ring as soon as it is complete" {
	start_writer r
	printf 'one\npart' >&7
	eventually mm mmring stat r >/dev/null 2>&1
	eventually eval 'mm mmring read --raw r | grep -q one'
	shows 'one\n' read --raw r
	printf ' of a line\n' >&7
	eventually eval 'mm mmring read --raw r | grep -q part'
	exec 7>&-
	ends_as 0 "$writer"
	shows 'one\npart of a line\n' read --raw r
}

@test "mmring write --sync makes durable what it has taken, and without it does not wait for the disk" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	numbered 1 100 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write plain
	lacks sync log
	numbered 1 100 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write --sync synced
	grep -q '^[0-9]* *fsync(.* = 0' log
	grep -q '^[0-9]* *fdatasync(.* = 0' log
	numbered 1 3 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write --sync=1000 synced
	grep -q '^[0-9]* *fdatasync(.* = 0' log
}

@test "mmring write --sync=TIME makes durable what it has taken although no more comes" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	mkfifo input
	strace -f -o log -e trace=fdatasync "$bin/mmring" write --sync=300ms r <input 3>&- &
	writer=$!
	started+=("$writer")
	exec 7>input
	echo one >&7
	eventually eval '[ "$(grep -c fdatasync log)" -ge 1 ]'
	echo two >&7
	eventually eval '[ "$(grep -c fdatasync log)" -ge 2 ]'
	exec 7>&-
	ends_as 0 "$writer"
}

@test "mmring write --sync=N and --sync=TIME with --tee pass on only what is durable" {
	start_writer --sync=3 --tee r
	printf 'one\ntwo\n' >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q two'
	sleep 0.2
	is '' got
	echo three >&7
	eventually has three got
	exec 7>&-
	ends_as 0 "$writer"
	is 'one\ntwo\nthree\n' got
	start_writer --sync=1h --tee r
	echo four >&7
	eventually eval 'mm mmring read --raw r | grep -q four'
	is '' got
	exec 7>&-
	ends_as 0 "$writer"
	is 'four\n' got
	start_writer --sync=300ms --tee r
	printf 'five\nsix\n' >&7
	eventually has six got
	exec 7>&-
	ends_as 0 "$writer"
	shows 'out\n' run --sync=1h --tee r echo out
}

@test "mmring write -i stays when the terminal interrupts, and ends without it" {
	env --default-signal=INT true 2>/dev/null || skip "no env --default-signal on this machine"
	local option
	for option in -i --ignore-interrupts; do
		rm -f input
		mkfifo input
		env --default-signal=INT "$bin/mmring" write $option r <input 3>&- &
		writer=$!
		started+=("$writer")
		exec 7>input
		echo one >&7
		eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
		kill -INT "$writer"
		echo two >&7
		exec 7>&-
		ends_as 0 "$writer"
		shows 'one\ntwo\n' read --raw r
		rm r
	done
	rm -f input
	mkfifo input
	env --default-signal=INT "$bin/mmring" write r <input 3>&- &
	writer=$!
	started+=("$writer")
	exec 7>input
	echo one >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
	kill -INT "$writer"
	exec 7>&-
	: >got.err
	ends_as 130 "$writer"
	shows 'one\n' read --raw r
}

@test "mmring works on a shared memory object by its path" {
	[ -d /dev/shm ] && [ -w /dev/shm ] || skip "no /dev/shm on this machine"
	object=/dev/shm/mmring-test.$$
	does create "$object" 64K
	numbered 1 5 >in
	does write "$object" <in
	holds in "$object"
	does resize "$object" 128K
	holds in "$object"
	shows "$object: 5 records, 1 to 5, all good\n" check "$object"
}

@test "mmring takes file names with a dash first, a newline, blanks and one that looks like an object's" {
	local name
	for name in -r $'new\nline' 'two words' $'\e[31m' object; do
		numbered 1 3 >in
		does write -- "$name" <in
		[ -f "./$name" ]
		try 0 read --raw -- "$name"
		same in out
		try 0 stat -- "$name"
		try 0 check -- "$name"
		[ "$(wc -l <out)" = 1 ]
		does resize -- "$name" 64K
	done
	refuses "mmring: 'no'\$'\\n''such': No such file or directory" read $'no\nsuch'
	refuses "mmring: ''\$'\\033''[31mx': No such file or directory" read $'\e[31mx'
	misuse "invalid option -- 'x'" read -x
}

@test "mmring keeps tags as they are, and none of them can pass for a line" {
	local tag i=0
	for tag in 'two words' 'a: b' '"quoted"' $'\e[31mred' $'new\nline' $'tab\there' 'ünï'; do
		rm -f r
		# what cannot be a tag may be refused
		printf 'text\n' | mm mmring write --tag="$tag" r 2>err || { [ -s err ]; continue; }
		((++i))
		shows 'text\n' read --raw --tag="$tag" r
		[ "$(mm mmring read r | wc -l)" = 1 ]
		does read --raw --tag="${tag}x" r
		does read --raw --tag="${tag%?}" r
	done
	[ $i -ge 4 ]
}

# --- what is asked for ---

@test "mmring read -n prints the last N lines, none, or all when there are no more" {
	numbered 1 10 | does write r
	local n
	for n in 0 1 3 9 10 11 1000; do
		numbered $((n < 10 ? 11 - n : 1)) 10 >wanted.lines
		try 0 read --raw -n $n r
		same wanted.lines out
		try 0 read --raw --lines=$n r
		same wanted.lines out
	done
	does create s 64K
	does read -n 5 s
	does read -n 0 s
}

@test "mmring read -n prints the last N lines of a ring that has gone round" {
	numbered 1 5000 >in
	does write --size 16K r <in
	for n in 1 2 7 50; do
		try 0 read --raw -n $n r
		is '' err
		tail -n $n in | cmp - out
	done
	try 0 read --raw -n 5000 r
	tail -n "$(wc -l <out)" in | cmp - out
}

@test "mmring read -n counts those that have the tag" {
	local i
	for i in 1 2 3 4 5; do
		echo "a $i" | does write -t a r
		echo "b $i" | does write -t b r
	done
	shows 'a 4\na 5\n' read --raw -n 2 -t a r
	shows 'b 1\nb 2\nb 3\nb 4\nb 5\n' read --raw -n 9 -t b r
	does read -n 0 -t a r
	does read -n 3 -t c r
	shows 'a 5\nb 5\n' read --raw -n 2 r
	shows 'a 5\n' read --raw -n 2 -t a --from 8 r
	shows 'a 5\n' read --raw -n 1 -t a --since=1h r
	shows 'a 5\nb 5\n' read --raw -n 2 --since=1h r
}

@test "mmring read -n counts lines, also those that are longer than a record" {
	{ echo first; fill x 200000; echo; } >in
	does write r <in
	tail -n 1 in >last
	try 0 read --raw -n 1 r
	same last out
	try 0 read --raw -n 2 r
	same in out
}

@test "mmring read finds any number of a large ring that has gone round" {
	local from
	numbered 1 30000 >in
	does write --size 512K r <in
	for from in 29000 25017 29999 30000; do
		try 0 read --raw --from $from r
		is '' err
		tail -n +$from in | cmp - out
		try 0 read --raw -n $((30001 - from)) r
		tail -n +$from in | cmp - out
	done
	does read --from 30001 r
}

@test "mmring read --from begins with that number" {
	numbered 1 10 | does write r
	local from
	for from in 0 1 2 9 10; do
		numbered $((from ? from : 1)) 10 >wanted.lines
		try 0 read --raw --from=$from r
		is '' err
		same wanted.lines out
	done
	does read --from=11 r
	does read --from=1000000 r
	shows 'line 8 of the log\nline 9 of the log\nline 10 of the log\n' read --raw -n 5 --from 8 r
	shows 'line 10 of the log\n' read --raw -n 1 --from 8 r
}

@test "mmring read --from a number that has been overwritten tells how many are lost" {
	numbered 1 5000 >in
	does write --size 16K r <in
	first=$(mm mmring read -N r | head -n 1 | cut -d ' ' -f 1)
	try 1 read --raw --from 1 r
	is "mmring: r: $((first - 1)) records lost, overwritten before they could be read\n" err
	tail -n +"$first" in | cmp - out
	try 1 read --raw --from $((first - 1)) r
	is "mmring: r: 1 record lost, overwritten before it could be read\n" err
	try 0 read --raw --from "$first" r
	is '' err
	tail -n +"$first" in | cmp - out
}

@test "mmring read --tag reads those alone that have the tag, in full" {
	numbered 1 3 | does write -t a r
	numbered 4 6 | does write -t b r
	numbered 7 9 | does write -t a r
	{ numbered 1 3; numbered 7 9; } >wanted.lines
	try 0 read --raw --tag a r
	same wanted.lines out
	try 0 read -t a r
	[ "$(grep -c ' a: line ' out)" = 6 ]
	does read -t c r
	does read -t A r
}

# --- rings that have gone round ---

@test "mmring keeps the last lines in a row, however small the ring and however many laps" {
	local size seed
	for size in 12288 16384 20480 45056 262144; do
		for seed in 1 2; do
			rm -f r
			does create r $size
			awk -v n=$((size / 10)) -v x="$seed" 'BEGIN {
				for (; n > 0; n--) {
					x = (x * 16807) % 2147483647
					line = sprintf("%d ", x)
					for (i = x % 100; i > 0; i--) line = line "."
					print line
				}
			}' >in
			does write r <in
			ends_with in r
			# a good part of the ring is in use
			[ $(($(wc -c <out) + 40 * $(wc -l <out))) -ge $(((size - 8192) / 2)) ]
			try 0 check r
			has 'all good' out
		done
	done
}

@test "mmring keeps the last lines in a row over many short-lived writers" {
	local i
	: >in
	for ((i = 0; i < 150; i++)); do
		numbered $((i * 7)) $((i * 7 + i % 9)) >part
		cat part >>in
		mm mmring write --size 12288 r <part
		[ $((i % 10)) != 0 ] || ends_with in r
	done
	ends_with in r
}

@test "mmring overwrites with lines as long as a record, laps long" {
	local len
	for len in 983 984 985 2000 5000; do
		rm -f r
		awk -v len=$len 'BEGIN { for (i = 0; i < 60; i++) { line = sprintf("%d ", i); while (length(line) < len) line = line "x"; print line } }' >in
		does write --size 12288 r <in
		# whole lines alone: what is left of one that was overwritten in part is said to be left out
		got=0
		mm mmring read --raw r >out 2>err || got=$?
		[ $got -le 1 ]
		[ $got = 0 ] || has 'the rest of a line whose beginning is not there$' err
		size=$(wc -c <out)
		[ "$size" -gt 0 ] || [ $len = 5000 ]
		tail -n "$(wc -l <out)" in | cmp - out
		[ "$(mm mmring read r | tail -n 1 | grep -Eo '( 59|[[][.]{3}[]]) x+$' | wc -c)" -gt 900 ]
	done
}

# --- followers ---

@test "mmring read -f shows what is there, then each line as it comes" {
	numbered 1 3 | does write r
	start read -f --raw r
	eventually has 'line 3 ' got
	local i
	for i in 4 5 6; do
		numbered $i $i | does write r
		eventually has "line $i " got
	done
	numbered 1 6 | cmp - got
	is '' got.err
	runs "$pid"
}

@test "mmring read -f begins with the last N, with none, or with a number yet to come" {
	numbered 1 5 | does write r
	start read -f --raw -n 2 r
	eventually has 'line 5 ' got
	numbered 6 6 | does write r
	eventually has 'line 6 ' got
	numbered 4 6 | cmp - got
	kill "$pid"
	start read --follow --raw -n 0 r
	sleep 0.3
	numbered 7 7 | does write r
	eventually has 'line 7 ' got
	numbered 7 7 | cmp - got
	kill "$pid"
	start read -f --raw --from 9 r
	sleep 0.3
	numbered 8 10 | does write r
	eventually has 'line 10 ' got
	numbered 9 10 | cmp - got
	is '' got.err
}

@test "mmring read -f with a tag shows that tag's lines alone" {
	does create r 64K
	start read -f --raw -t a r
	numbered 1 2 | does write -t a r
	numbered 3 4 | does write -t b r
	numbered 5 6 | does write -t a r
	eventually has 'line 6 ' got
	{ numbered 1 2; numbered 5 6; } | cmp - got
}

@test "mmring read -f --json prints a line for each record as it comes" {
	does create r 64K
	start read -f --json r
	numbered 1 2 | does write r
	eventually has '"seq":2,' got
	[ "$(wc -l <got)" = 2 ]
}

@test "mmring read -f that was lapped is told how many records it has lost, and goes on" {
	numbered 1 5 | does write --size 12288 r
	start read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 3000 >"more"
	does write r <"more"
	kill -CONT "$pid"
	eventually has 'line 3000 ' got
	[ "$(wc -l <got.err)" = 1 ]
	has '^mmring: r: [0-9]* records lost, overwritten before they could be read$' got.err
	lost=$(sed 's/.*r: //; s/ records.*//' got.err)
	[ $((lost + $(wc -l <got))) = 3000 ]
	{ numbered 1 5; tail -n $((2995 - lost)) more; } | cmp - got
	# it goes on with the oldest that is there
	try 0 read --raw r
	tail -n "+6" got | cmp - out
}

@test "mmring read -f --json tells the loss among the records, too" {
	numbered 1 5 | does write --size 12288 r
	start read -f --json r
	eventually has '"seq":5,' got
	kill -STOP "$pid"
	numbered 6 3000 | does write r
	kill -CONT "$pid"
	eventually has '"seq":3000,' got
	lost=$(grep -o '^{"lost":[0-9]*,"damaged":false}$' got | grep -o '[0-9]*')
	[ $((lost + $(grep -c '"seq":' got))) = 3000 ]
	sed -n '6p' got | grep -q '^{"lost":'
}

# turn FILE: the first word of the cursor
turn() {
	od -An -tu4 -j4096 -N4 "$1" | tr -d ' '
}

@test "a change of the ring has another turn than all before, and an even one when it is done" {
	local io last=0 now
	does create r 64K
	for io in map read auto map read; do
		echo text | does write --io=$io r
		now=$(turn r)
		[ "$now" -gt "$last" ] && [ $((now % 2)) = 0 ] || { echo "$last, then $now" && false; }
		last=$now
	done
}

@test "mmring read -f accounts for every record while a writer laps it again and again" {
	numbered 0 0 | does write --size 16K r
	start read -f --raw r
	# what is overwritten before the reader has begun it cannot miss
	eventually has 'line 0 of the log' got
	numbered 1 60000 | does write r
	eventually has 'line 60000 of the log' got
	lost=$(sed 's/.*r: //; s/ record.*//' got.err | awk '{ n += $1 } END { print n + 0 }')
	[ $((lost + $(wc -l <got))) = 60001 ]
	only 'line [0-9]+ of the log' got
	awk 'NR > 1 && $2 <= last { bad = 1 } { last = $2 } END { exit bad }' got
	lacks damaged got.err
}

@test "mmring write does not wait for a reader that has stopped" {
	numbered 1 5 | does write --size 16K r
	start read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 20000 >"more"
	run -0 timeout 60 "$bin/mmring" write r <"more"
	ends_with more r
}

@test "mmring read -f outlives its writer, killed at work" {
	start_writer r
	writer=$pid
	echo one >&7
	eventually mm mmring stat r >/dev/null 2>&1
	"$bin/mmring" read -f --raw r >follow 2>follow.err 3>&- &
	started+=("$!")
	follower=$!
	eventually has one follow
	kill -KILL "$writer"
	wait "$writer" || true
	exec 7>&-
	echo two | does write r
	eventually has two follow
	is 'one\ntwo\n' follow
	is '' follow.err
	runs "$follower"
}

@test "mmring read -f goes on in the new file after resize" {
	numbered 1 5 | does write --size 64K r
	start read -f --raw r
	eventually has 'line 5 ' got
	does resize r 128K
	numbered 6 8 | does write r
	eventually has 'line 8 ' got
	does resize r 16K
	numbered 9 10 | does write r
	eventually has 'line 10 ' got
	numbered 1 10 | cmp - got
	is '' got.err
}

@test "mmring read -f that slept over lines and a resize misses none" {
	numbered 1 5 | does write --size 64K r
	start read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 8 | does write r
	does resize r 128K
	numbered 9 12 | does write r
	does resize r 256K
	numbered 13 14 | does write r
	kill -CONT "$pid"
	eventually has 'line 14 ' got
	numbered 1 14 | cmp - got
	is '' got.err
}

@test "mmring read -f waits for a new ring when the file is removed" {
	numbered 1 5 | does write r
	start read -f --raw r
	eventually has 'line 5 ' got
	rm r
	sleep 0.5
	runs "$pid"
	numbered 6 7 | does write r
	eventually has 'line 7 ' got
	numbered 1 7 | cmp - got
}

@test "mmring read -f reads all of a new ring, whatever the numbers in the old one" {
	numbered 1 5 | does write r
	start read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	rm r
	numbered 101 120 | does write r
	kill -CONT "$pid"
	eventually has 'line 120 ' got
	{ numbered 1 5; numbered 101 120; } | cmp - got
}

@test "mmring read -f waits for a new ring when the file is emptied" {
	numbered 1 5 | does write r
	start read -f --raw r
	eventually has 'line 5 ' got
	: >r
	sleep 0.5
	runs "$pid"
	numbered 6 7 | does write r
	eventually has 'line 7 ' got
	numbered 1 7 | cmp - got
}

@test "mmring read -f ends when nobody reads its output any more" {
	numbered 1 5 | does write r
	timeout 30 "$bin/mmring" read -f --raw r | head -n 1 >first
	[ "${PIPESTATUS[0]}" != 124 ]
	is 'line 1 of the log\n' first
}

@test "mmring read -f of a ring that is not there says so" {
	refuses 'mmring: r: No such file or directory' read -f r
}

# --- several writers ---

@test "mmring takes several writers at once: nothing is lost, and each one's lines keep their order" {
	local w writers=()
	for w in 1 2 3 4; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 3000; i++) print w, i; }' >"in$w"
	done
	for w in 1 2 3 4; do
		cat "in$w" | "$bin/mmring" write -t "w$w" --size 4M r 3>&- &
		writers+=("$!")
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	shows 'r: 12000 records, 1 to 12000, all good\n' check r
	for w in 1 2 3 4; do
		try 0 read --raw -t w$w r
		same "in$w" out
	done
	try 0 read -N r
	awk '$1 != NR { exit 1 }' out
}

@test "mmring takes several writers in a small ring: what is left is whole and in order" {
	local w writers=()
	for w in 1 2 3; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 5000; i++) print w, i; }' | "$bin/mmring" write --size 16K r 3>&- &
		writers+=("$!")
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	try 0 read --raw r
	only '[123] [0-9]+' out
	awk '$2 <= last[$1] { exit 1 } { last[$1] = $2 }' out
	try 0 read -N r
	[ "$(tail -n 1 out | cut -d ' ' -f 1)" = 15000 ]
	awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' out
}

@test "mmring lets two writers make the same ring at once" {
	local i a b
	for ((i = 0; i < 30; i++)); do
		rm -f r
		echo one | "$bin/mmring" write --size 64K r 2>a.err 3>&- &
		a=$!
		echo two | "$bin/mmring" write --size 64K r 2>b.err 3>&- &
		b=$!
		wait $a
		wait $b
		cat a.err b.err >both.err
		is '' both.err
		mm mmring read --raw r | sort >sorted
		is 'one\ntwo\n' sorted
	done
}

@test "mmring never joins parts of long lines of two writers" {
	mkfifo a b
	"$bin/mmring" write --size 4M r <a 3>&- &
	first=$!
	started+=("$first")
	exec 8>a
	fill a 100000 >&8
	eventually eval 'mm mmring read --json r 2>/dev/null | grep -q aaa'
	"$bin/mmring" write --size 4M r <b 3>&- 8>&- &
	second=$!
	started+=("$second")
	exec 9>b
	fill b 100000 >&9
	eventually eval 'mm mmring read --json r | grep -q bbb'
	{ fill a 50000; echo; } >&8
	exec 8>&-
	: >got.err
	ends_as 0 "$first"
	{ fill b 50000; echo; } >&9
	exec 9>&-
	ends_as 0 "$second"
	try 0 read --raw r
	lacks 'ab|ba' out
}

@test "mmring read --tag has a long line whole although another writer came between its parts" {
	mkfifo a
	"$bin/mmring" write -t a --size 4M r <a 3>&- &
	first=$!
	started+=("$first")
	exec 8>a
	fill a 100000 >&8
	eventually eval 'mm mmring read --json r 2>/dev/null | grep -q aaa'
	echo between | does write -t b r
	{ fill a 50000; echo; } >&8
	exec 8>&-
	: >got.err
	ends_as 0 "$first"
	{ fill a 150000; echo; } >in
	try 0 read --raw -t a r
	same in out
	shows 'between\n' read --raw -t b r
	# all in all no line is torn without a newline
	try 0 read --raw r
	has '^between$' out
}

@test "mmring check never takes a writer at work for damage" {
	does create r 32K
	numbered 1 400000 | "$bin/mmring" write r 3>&- &
	writer=$!
	started+=("$writer")
	local i
	for ((i = 0; i < 20; i++)); do
		try 0 check r
		try 0 stat r
		mm mmring read --raw r >out 2>err || [ $? = 1 ]
		lacks damaged err
		only 'line [0-9]+ of the log' out
	done
	kill "$writer" 2>/dev/null || true
	wait "$writer" || true
	try 0 check r
}

# --- run ---

@test "mmring run gives its command neither the ring nor its folder" {
	[ -e /proc/self/fd/0 ] || skip "no /proc"
	mkdir sub
	does run sub/r --size 64K -- sh -c 'for fd in /proc/self/fd/*; do readlink "$fd"; done; :'
	try 0 read --raw sub/r
	grep -q / out
	run ! grep -F "$PWD" out
}

@test "mmring run ends with status 2 when there is no process for its command" {
	open_folder mmring
	local got=0
	mkdir "$open/tmp"
	chmod 777 "$open/tmp"
	user bash -c 'ulimit -u 1 && exec "$0" run "$1" echo x' "$open/mmring" "$open/tmp/r" >out 2>err || got=$?
	rm -rf "$open"
	[ "$got" = 2 ]
	is '' out
	is "mmring: cannot start 'echo': Resource temporarily unavailable\n" err
}

@test "mmring run keeps both streams of a command, marked, and its status" {
	local status
	try 3 run r -- sh -c 'echo out; sleep 0.2; echo err >&2; exit 3'
	is '' out
	is '' err
	try 0 read r
	sed 's/^[^ ]* //' out >plain
	is 'sh: out\nsh(err): err\n' plain
	for status in 0 1 2 127 255; do
		try $status run r sh -c "exit $status"
	done
}

@test "mmring run takes its own options before the command, and none behind it" {
	does run -t svc r --size 64K -- printf '%s\n' -f --tag x
	does run r echo -n --json
	try 0 read --raw r
	is '-f\n--tag\nx\n--json' out
	shows '-f\n--tag\nx\n' read --raw -t svc r
	shows '--json' read --raw -t echo r
}

@test "mmring run tags with a name of one line, whatever the name of the command" {
	printf '#!/bin/sh\necho hello\n' >$'new\nline\n'
	chmod +x $'new\nline\n'
	does run r $'./new\nline\n'
	shows 'hello\n' read --raw --tag 'new?line?' r
}

@test "mmring run keeps the status of a command that has ended, whatever signal comes while others hold its output" {
	[ -r /proc/self/stat ] || skip "no /proc"
	start run r -- sh -c 'sleep 100 & echo $$ $! >ids.new; mv ids.new ids; exit 7'
	eventually test -e ids
	read -r command holder <ids
	started+=("$holder")
	# it has ended, and is not yet waited for
	eventually grep -q ') Z ' "/proc/$command/stat"
	kill -CONT "$pid"
	# the next look at its output comes after the signal
	kill "$holder"
	ends_as 7
}

@test "mmring run --sync with a time passes on what a quiet command has printed" {
	start run --tee --sync=20ms r -- sh -c 'echo one; until [ -e seen ]; do sleep 0.02; done; echo two'
	eventually has one got
	: >seen
	ends_as 0
	is 'one\ntwo\n' got
	shows 'one\ntwo\n' read --raw r
}

@test "mmring says which call the system has refused, with status 2, and takes nothing for written" {
	local call
	need_inject
	does create r 64K
	refused() {
		via=(strace -f -qq -o log -P "$PWD/r" -e "trace=$1" -e "inject=$1:error=$2" "$bin/mmring")
	}
	echo text >in
	refused 'fcntl,?fcntl64' ENOLCK
	try 2 write --tee r <in
	reads "mmring: r: cannot lock: No locks available$nl" err
	is '' out
	refused fsync EIO
	try 2 write --tee --sync r <in
	reads "mmring: r: Input/output error$nl" err
	is '' out
	via=("$bin/mmring")
	shows 'r: no records\n' check r
	refused fdatasync EIO
	try 2 write --tee --sync r <in
	reads "mmring: r: Input/output error$nl" err
	is '' out
	# what has no fdatasync is as durable as it will be
	refused fdatasync EINVAL
	try 0 write --tee --sync r <in
	is 'text\n' out
	for call in 'pipe,?pipe2' 'pipe2,?pipe'; do
		via=(strace -f -qq -o log -e "trace=?${call/,?/,?}" -e "inject=?$call:error=EMFILE" "$bin/mmring")
		refuses 'mmring: pipe: Too many open files' run r echo text
	done
	via=("$bin/mmring")
	shows 'text\ntext\n' read --raw r
}

@test "mmring run tags with the name of the command, however long" {
	local name
	name=$(fill n 70)
	printf '#!/bin/sh\necho hello\n' >"$name"
	chmod +x "$name"
	does run r "./$name"
	shows 'hello\n' read --raw r
	shows 'hello\n' read --raw --tag "${name:0:64}" r
}

@test "mmring run gives the command its input and its surroundings" {
	printf 'from here\n' | does run r cat
	MARK='set' does run r sh -c 'echo $MARK; pwd'
	shows "from here\nset\n$PWD\n" read --raw r
}

@test "mmring run --tee passes both streams on" {
	try 0 run --tee r sh -c 'echo out; echo err >&2'
	is 'out\n' out
	is 'err\n' err
	mm mmring read --raw r | sort >sorted
	is 'err\nout\n' sorted
}

@test "mmring run keeps output that ends without a newline, and much of it" {
	numbered 1 20000 >in
	does run --size 4M r cat in
	does run r printf 'the end'
	{ cat in; printf 'the end'; } >all
	holds all r
}

@test "mmring run says on its own error output that a command cannot be run" {
	try 127 run r no-such-command
	is 'mmring: no-such-command: No such file or directory\n' err
	: >plain
	try 126 run r ./plain
	is 'mmring: ./plain: Permission denied\n' err
}

@test "mmring run does not start the command when there is no ring for it" {
	refuses 'mmring: no/r: No such file or directory' run no/r touch started
	echo text >text
	refuses 'mmring: text: not a ring' run text touch started
	[ ! -e started ]
}

@test "mmring run passes signals on and ends as the command did" {
	start run r sh -c 'trap "echo told; exit 7" USR1; echo ready; while :; do sleep 0.1; done'
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q ready'
	kill -USR1 "$pid"
	ends_as 7 "$pid"
	shows 'ready\ntold\n' read --raw r
	start run r sh -c 'echo again; exec sleep 100'
	eventually eval 'mm mmring read --raw r | grep -q again'
	kill -TERM "$pid"
	ends_as 143 "$pid"
	run -143 "$bin/mmring" run r sh -c 'kill -TERM $$'
}

@test "mmring run whose command has ended, but not what holds its output, ends when it is told to" {
	start run r -- sh -c 'sleep 60 & echo $! >sleeper; echo out'
	eventually test -s sleeper
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q out'
	eventually eval 'kill -TERM "$pid" 2>/dev/null; ! runs "$pid" || grep -q "^State:.Z" "/proc/$pid/status"'
	kill "$(cat sleeper)"
	ends_as 143 "$pid"
	shows 'out\n' read --raw r
}

@test "mmring run cuts a long name of the command between characters for its tag" {
	printf '#!/bin/sh\necho out\n' >aéééééééééééééééééééééééééééééééééé
	chmod +x a*
	does run r -- ./a*
	try 0 read --json r
	lacks '\\ufffd' out
	iconv -f utf8 -t utf8 <out >/dev/null
}

@test "mmring write waits where its input does not block" {
	need python3
	timeout 60 python3 -c '
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(r, False)
writer = subprocess.Popen([sys.argv[1], "write", "r"], stdin=r)
time.sleep(0.3)
os.write(w, b"one\n")
time.sleep(0.3)
os.write(w, b"two\n")
os.close(w)
sys.exit(writer.wait())' "$bin/mmring"
	shows 'one\ntwo\n' read --raw r
}

@test "mmring run has a line in the ring while the command is still at work" {
	start run --tee r sh -c 'echo early; exec sleep 100'
	eventually has early got
	shows 'early\n' read --raw r
	# that it has passed the signal on is waited for, or the command would stay
	kill -TERM "$pid"
	ends_as 143 "$pid"
}

# --- resize ---

@test "mmring resize keeps lines, numbers, times and tags" {
	numbered 1 20 | does write -t a --size 64K r
	does run r sh -c 'echo out; sleep 0.2; echo err >&2'
	printf 'abcd' | does write --binary=2 r
	{ fill x 20000; printf 'y'; } | does write r
	mm mmring read --json r >before
	does resize r 1M
	[ "$(stat -c %s r)" = 1048576 ]
	mm mmring read --json r >after
	same before after
	does resize r 64K
	mm mmring read --json r >after
	same before after
	numbered 21 21 | does write r
	try 0 read -N -n 1 r
	has "^$(($(wc -l <before) + 1)) " out
	shows "r: $(($(wc -l <before) + 1)) records, 1 to $(($(wc -l <before) + 1)), all good\n" check r
	[ -z "$(find . -name '*mmtmp*')" ]
}

@test "mmring resize to less keeps the last lines" {
	numbered 1 2000 >in
	does write r <in
	does resize r 12288
	[ "$(stat -c %s r)" = 12288 ]
	ends_with in r
	try 0 read -N -n 1 r
	has '^2000 ' out
	numbered 2001 2001 | does write r
	try 0 read -N -n 1 r
	has '^2001 ' out
	does create e 64K
	does resize e 128K
	shows 'e: no records\n' check e
}

@test "mmring resize to less minds no record that is too long for it when newer ones fill the ring" {
	fill x 20000 >long
	echo >>long
	{ cat long; numbered 1 200; } >in
	does write --size 256K r <in
	does resize r 12K
	numbered 1 200 >in
	ends_with in r
	rm r
	{ cat long; numbered 1 3; } >in
	does write --size 256K r <in
	refuses 'mmring: r: record 1 with its 20000 bytes does not fit a ring of that size' resize r 12K
	holds in r
}

@test "mmring resize keeps mode, owner and the symlink that leads to the ring" {
	mkdir d
	numbered 1 3 >in
	does write --mode=640 d/real <in
	ln -s d/real link
	[ "$(id -u)" != 0 ] || chown 12:34 d/real
	owner=$(stat -c %u:%g d/real)
	does resize link 64K
	[ -L link ]
	[ "$(stat -c '%s %a %u:%g' d/real)" = "65536 640 $owner" ]
	holds in link
	[ "$(ls -A d)" = real ]
}

@test "mmring resize refuses a ring of several names, and one whose records do not fit" {
	numbered 1 3 >in
	does write r <in
	ln r s
	refuses 'mmring: r: has several names, so it cannot be replaced' resize r 64K
	rm s
	holds in r
	{ fill x 5000; echo; } >long
	does write r <long
	refuses 'mmring: r: record 4 with its 5000 bytes does not fit a ring of that size' resize r 12288
	cat in long >all
	holds all r
	[ "$(stat -c %s r)" = 1048576 ]
	[ -z "$(find . -name '*mmtmp*')" ]
	does write r <in
}

@test "mmring resize says that there are too many open files, wherever the next is one too many" {
	local n status
	numbered 1 10 | does write r --size 12K
	for ((n = 5; n < 12; n++)); do
		status=0
		( exec 3>&- 2>err; ulimit -n "$n"; exec "$bin/mmring" resize r $((n + 10))K ) || status=$?
		[ "$status" = 0 ] || is 'mmring: r: Too many open files\n' err
	done
	[ "$status" = 0 ]
	shows 'line 10 of the log\n' read --raw -n 1 r
}

@test "mmring resize lets writers at work go on in the new file" {
	start_writer --size 64K r
	writer=$pid
	numbered 1 3 >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q "line 3 "'
	does resize r 256K
	numbered 4 6 >&7
	eventually eval 'mm mmring read --raw r | grep -q "line 6 "'
	does resize r 16K
	numbered 7 9 >&7
	exec 7>&-
	ends_as 0 "$writer"
	numbered 1 9 >in
	holds in r
	[ "$(stat -c %s r)" = 16384 ]
}

@test "mmring resize, several at a time: each is done, one after the other" {
	local i pids=()
	numbered 1 100 >in
	does write --size 64K r <in
	for i in 64K 68K 72K 76K 80K 84K; do
		"$bin/mmring" resize r $i >"said.$i" 2>&1 3>&- &
		pids+=("$!")
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	cat said.* >said
	is '' said
	holds in r
	[ -z "$(find . -name '*mmtmp*')" ]
}

@test "mmring resize loses nothing of writers at full speed" {
	local w writers=()
	does create r 2M
	for w in 1 2; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 8000; i++) print w, i; }' >"in$w"
		cat "in$w" | "$bin/mmring" write -t $w r 3>&- &
		writers+=("$!")
	done
	for w in 3M 2M 4M 2M; do
		does resize r $w
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	for w in 1 2; do
		try 0 read --raw -t $w r
		same "in$w" out
	done
	shows 'r: 16000 records, 1 to 16000, all good\n' check r
}

@test "mmring write goes on with half a line when the ring has become too small for it" {
	start_writer --size 1M r
	fill a 60000 >&7
	sleep 0.5
	does resize r 12288
	{ fill b 600; echo; echo next; } >&7
	exec 7>&-
	ends_as 0 "$writer"
	is '' got.err
	try 0 check r
	{ fill a 60000; fill b 600; echo; echo next; } >in
	# a ring of that size holds less than 4096 bytes of it
	answers 0 "" read --raw -n 0 r
	try 1 read --raw r
	is 'next\n' out
	has '^mmring: r: [0-9]* records left out, the rest of a line whose beginning is not there$' err
	[ "$(mm mmring read r | sed 's/^[^ ]* //' | head -n 1)" = "[...] $(head -n 1 in | tail -c $(($(mm mmring read r | head -n 1 | wc -c) - 34)))" ]
}

@test "mmring write tells a block that no longer fits the ring, and harms nothing" {
	start_writer --binary --size 1M r
	printf '\140\352\0\0' >&7       # 60000
	fill a 30000 >&7
	sleep 0.5
	does resize r 12288
	# the writer may know by now, and be gone
	fill a 30000 >&7 2>tail.err || :
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: a block of 60000 bytes: this ring takes at most 984\n' got.err
	shows 'r: no records\n' check r
}

@test "mmring write ends with a message when its ring is gone and cannot be made again" {
	mkdir d
	start_writer d/r
	printf 'one\npart' >&7
	eventually eval 'mm mmring read --raw d/r 2>/dev/null | grep -q one'
	rm -r d
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: d/r: No such file or directory\n' got.err
	mkdir d
	start_writer d/r
	printf 'one\npart' >&7
	eventually eval 'mm mmring read --raw d/r 2>/dev/null | grep -q one'
	rm -r d
	printf 'more\npart' >&7
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: d/r: No such file or directory\n' got.err
}

@test "mmring write makes the ring again when somebody has removed or emptied it" {
	start_writer --size 64K r
	echo one >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
	rm r
	echo two >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q two'
	shows 'two\n' read --raw r
	[ "$(stat -c %s r)" = 65536 ]
	: >r
	echo three >&7
	exec 7>&-
	ends_as 0 "$writer"
	shows 'three\n' read --raw r
	is '' got.err
}

@test "mmring's verbs take the options that are for them" {
	via=("$bin/mmring")
	verbs_take <<-'END'
		create mode excl
		write size mode tag binary sync tee ignore-interrupts io
		read tag binary lines max since until boot from match ignore-case follow follow-name raw number local json io
		run size mode tag sync tee io
		stat local json io
		check json io
		resize io
	END
}

@test "mmring create says that it could not look at what it has made" {
	local n got said=0
	need_strace
	for n in {1..12}; do
		rm -f r
		got=0
		strace -o trace -e trace=fstat,newfstatat,statx -e "inject=fstat,newfstatat,statx:error=EIO:when=$n" \
			"$MMTOOLS" mmring create r 16K 2>err || got=$?
		if [ "$got" = 2 ]; then
			has '^mmring: r: Input/output error$' err
			said=$((said + 1))
		fi
	done
	[ $said -ge 2 ]
}
