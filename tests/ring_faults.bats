# mmring killed at each of its system calls, read by machines of the other byte order, and damaged in every byte: what a
# writer has passed on (--tee) stays, nothing is torn or told twice, and what is lost is told. (What wants the machine
# for itself is in faults/ring.bats.)
#
# RING_STEP     every so manieth byte of the records is changed (5)

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2094,SC2016,SC2031,SC2030,SC2086,SC2154,SC2034
bats_require_minimum_version 1.5.0
load helper
load faults/rig
load faults/ring_rig

export BATS_TEST_TIMEOUT=400

### killed

# kill_at_calls SIZE MOST LINES ROOM OPTION...: the same at each of its system calls
kill_at_calls() {
	local size=$1 most=$2 n=$3 room=$4 name k
	shift 4
	rm -f first
	"$load" lines 1 2000 "$most" | mm mmring write -s "$size" first
	last=$(mm mmring read --json first | "$load" after 0 /dev/null 0 0)
	before=$last
	"$load" lines 2 "$n" "$most" >in
	cp first ring
	strace -qq -o log "$bin/mmring" write --tee "$@" ring <in >teed
	calls log '"ring", O_' >list
	[ "$(wc -l <list)" -gt 10 ]
	while read -r name k <&4; do
		cp first ring
		# of this file the cursor must be believed, too
		echo "1 2001 0 " | mm mmring write ring
		status=0
		inject "$name:signal=KILL:when=$k" mmring write --tee "$@" ring <in >teed 2>said || status=$?
		[ "$status" = 137 ] || [ "$status" = 0 ]
		((++calls_killed))
		left 2 $((before + 1)) "$room" || {
			echo "$*: killed at $name $k"
			return 1
		}
		# and the next one goes on
		"$load" lines 3 5 "$most" >in3
		mm mmring write --tee ring <in3 >teed
		left 3 "$last" "$room"
	done 4<list
}

@test "killed at any of its system calls a writer leaves what it passed on, and the next one goes on" {
	ready
	need_strace
	calls_killed=0
	kill_at_calls 12288 60 40 2000
	kill_at_calls 12288 900 8 700 --sync
	kill_at_calls 256K 100 600 100000 --io=read
	note "killed at each of $calls_killed calls, nothing lost, nothing torn"
}

@test "killed at any of its system calls while it makes the ring a writer leaves none, or one that the next can use" {
	local name k
	ready
	need_strace
	"$load" lines 1 3 20 >in
	strace -qq -o log "$bin/mmring" write --tee ring <in >teed
	calls log '"ring", O_' >list
	while read -r name k <&4; do
		rm -f ring
		inject "$name:signal=KILL:when=$k" mmring write --tee ring <in >teed 2>said || :
		if [ -s teed ]; then left 1 0 0; fi
		"$load" lines 2 3 20 | mm mmring write ring
		[ "$(mm mmring read --raw ring | tail -n 3)" = "$("$load" lines 2 3 20)" ]
		run -0 mm mmring check ring
	done 4<list
}

@test "a writer killed while it waits for the lock leaves no trace; when the one that holds it dies, the next goes on" {
	local k waiting others before
	ready
	need_strace
	"$load" lines 1 200 60 | mm mmring write -s 12288 ring
	before=200
	for k in 1 2 3 4; do
		"$load" lines 2 100 60 >in
		"$load" lines $((k + 2)) 3 60 >in3
		# after its k-th store it stands still, with the lock
		stop_at pwrite64:when=$k log fed write ring
		"$bin/mmring" write ring <in 3>&- &
		waiting=$!
		"$bin/mmring" write --tee ring <in3 >teed 3>&- &
		others=$!
		within 10 eval 'grep -q -- "-> POSIX" /proc/locks' || :
		mm mmring read --raw ring >seen
		{
			kill -KILL "$waiting"
			wait "$waiting" || :
			run ! test -s teed
			kill -KILL "$stopped"
			wait "$stopped" || :
		} 2>/dev/null
		wait "$others"
		[ "$(wc -l <teed)" = 3 ]
		mm mmring read --json ring >records
		last=$("$load" after $((k + 2)) teed 0 0 <records) || {
			echo "$k: $last"
			return 1
		}
		run -0 mm mmring check ring
		[ "$last" -ge $((before + 3)) ]
		before=$last
	done
}

# put_by IO SIZE: how many bytes a writer of 2000 lines puts into the data of a ring by calls, in hundredths of what they take
put_by() {
	rm -f ring
	mm mmring create ring "$2"
	strace -qq -e trace=pwrite64 -o log "$bin/mmring" write --io="$1" ring <in
	awk '{ n = $NF; if ($(NF - 2) + 0 >= 8192) sum += n } END { print int(sum * 100 / bytes) }' FS='[ ,)]+' bytes="$taken" log
}

@test "a batch is put into a ring once, and its commit words are stored; without a mapping it is put there twice" {
	ready
	need_strace
	unset MMTOOLS_WINDOW
	"$load" lines 1 2000 60 >in
	taken=$(awk '{ sum += int((40 + length + 7) / 8) * 8 } END { print sum }' in)
	[ "$(put_by auto 1M)" = 100 ]
	[ "$(put_by map 1M)" = 100 ]
	[ "$(put_by read 1M)" = 200 ]
}

### other machines

# built TARGET EMULATOR: a static binary for that machine, with $emulated before its arguments
built() {
	local arch=$1
	need "$1-gcc" "$2" make
	make -s -C "$rigs/../.." BUILD="$BATS_TEST_TMPDIR/$arch" CROSS_COMPILE="$1-" STATIC=1 APPLETS=mmring \
		CFLAGS="-O1" CC="$1-gcc" >made 2>&1 || {
		cat made
		return 1
	}
	emulated="$2 $BATS_TEST_TMPDIR/$arch/mmtools mmring"
}

# there_and_back TARGET EMULATOR
there_and_back() {
	local io size most
	ready
	built "$1" "$2"
	for io in auto read; do
		export MMTOOLS_IO=$io
		for kind in '12288 60' '64K 900'; do
			read -r size most <<<"$kind"
			rm -f ring other all
			# written here, read there
			"$load" lines 1 700 "$most" | mm mmring write -t tag -s "$size" ring
			mm mmring read --json ring >here
			$emulated read --json ring >there
			cmp here there
			$emulated check ring
			mm mmring stat --json ring >here
			$emulated stat --json ring >there
			cmp here there
			# written there by the cursor of here, and back, and so on
			for i in 2 4 6; do
				last=$(tail -n 1 <<<"$(mm mmring read --json ring)" | sed 's/{"seq":\([0-9]*\),.*/\1/')
				"$load" lines $i 20 "$most" | $emulated write ring
				"$load" lines $((i + 1)) 20 "$most" | mm mmring write ring
				mm mmring read --json ring >here
				$emulated read --json ring >there
				cmp here there
				[ "$(tail -n 1 here | sed 's/{"seq":\([0-9]*\),.*/\1/')" = $((last + 40)) ]
				mm mmring check ring
				$emulated check ring
			done
			# resized there and here
			mm mmring read --json ring >here
			$emulated resize ring 128K
			mm mmring read --json ring >there
			cmp here there
			mm mmring resize ring 256K
			$emulated read --json ring >there
			cmp here there
			# a ring that was made there
			"$load" lines 1 300 "$most" | $emulated write --sync -s "$size" other
			"$load" lines 2 10 "$most" | mm mmring write other
			mm mmring check other
			mm mmring read --raw other | tail -n 10 >there
			"$load" lines 2 10 "$most" | cmp - there
		done
	done
	# both at a time: the lock is the kernel's
	rm -f ring
	unset MMTOOLS_IO
	mm mmring create ring 1M
	("$load" lines 1 1000 60 | $emulated write ring) 3>&- &
	follower=$!
	"$load" lines 2 1000 60 | mm mmring write ring
	wait "$follower"
	[ "$(mm mmring read --raw ring | wc -l)" = 2000 ]
	mm mmring check ring
	# one follows the other
	rm -f ring
	mm mmring create ring 1M
	($emulated read -f --from=1 --json ring 2>said | "$load" verify 0 >got 2>&1) 3>&- &
	follower=$!
	"$load" lines 1 1000 60 | mm mmring write ring
	sleep 0.5
	echo END | mm mmring write ring
	wait "$follower"
	[ "$(cat got)" = "1001 0 0 1001" ]
	rm -f ring
	mm mmring create ring 1M
	(mm mmring read -f --from=1 --json ring 2>said | "$load" verify 0 >got 2>&1) 3>&- &
	follower=$!
	(
		"$load" lines 1 1000 60
		echo END
	) | $emulated write ring
	wait "$follower"
	[ "$(cat got)" = "1001 0 0 1001" ]
}

@test "a ring goes from x86-64 to mips, which is big-endian and has 32 bits, and back" {
	there_and_back mips-linux-gnu qemu-mips
}

@test "a ring goes from x86-64 to armhf and back" {
	there_and_back arm-linux-gnueabihf qemu-arm
}

### damage

@test "whatever byte of a ring is changed: no crash, no line that was not written, none twice" {
	local part n seen whole
	ready
	"$load" lines 1 150 40 | mm mmring write -s 12288 ring
	mm mmring read --raw ring >all
	"$load" damage "$bin/mmtools" ring all "${RING_STEP:-5}" >parts || {
		cat parts
		return 1
	}
	cat parts
	while read -r part n seen whole; do
		note "$part: $n changes, check saw $seen, all lines read after $whole"
		case $part in
		# each of them tells
		header | copy) [ "$n" = "$seen" ] && [ "$n" = "$whole" ] ;;
		# hints: the records decide
		cursor) [ "$n" = "$whole" ] ;;
		# but not the oldest record, which might have been overwritten, the bytes behind a record, and padding
		records) [ "$seen" -gt $((n * 3 / 4)) ] ;;
		rest) [ "$n" = "$whole" ] ;;
		esac
	done <parts
}

@test "whatever bit of a ring is changed core/ring reads no line that was not written, and goes on writing" {
	need_cc
	run "$rigs/../fuzz/run" flips
	echo "$output"
	[ "$status" = 0 ]
	note "$output"
}

@test "a writer dead after any of its stores leaves what was there, and the next one goes on" {
	need_cc
	run "$rigs/../fuzz/run" steps
	echo "$output"
	[ "$status" = 0 ]
	note "$output"
}
