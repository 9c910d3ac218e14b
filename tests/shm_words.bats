# mmshm, verb by verb: words, waiting, locks, commands around a region. None of it depends on how bytes are got at.

# Scripts for other shells are quoted, tests are subshells, and run sets $stderr.
# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load shm

# --- words: what they hold

@test "mmshm --help says of which commands on words each option is" {
	try 0 --help
	grep -q 'print in hexadecimal' out || skip "a small build's help does not say it"
	tr -s ' \n' ' ' <out >flat
	has ' --hex print in hexadecimal \(get set add or and swap cas wait\) ' flat
	has ' --signed [a-z ]*\(get set add or and swap cas wait\) ' flat
	has ' --quiet print no value \(set add or and swap cas wait wake\) ' flat
}

@test "mmshm set, get and swap: 32 bits at a multiple of 4 bytes, 64 at one of 8, in the machine's order" {
	head -c 24 /dev/zero >f
	shows '7\n' set ./f 4 7
	shows '7\n' get ./f 4
	shows '7\n' get ./f 4:32
	shows '0\n' get ./f 0
	shows '7\n' swap ./f 4 9
	shows '9\n' get ./f 4
	shows '18446744073709551615\n' set ./f 8:64 18446744073709551615
	shows '4294967295\n' get ./f 8
	shows '4294967295\n' get ./f 12
	shows '0\n' get ./f 16
	shows '81985529216486895\n' set ./f 16:64 0x0123456789abcdef
	[ "$(od -An -tu8 -j16 f | tr -d ' ')" = 81985529216486895 ]
	[ "$(od -An -tu4 -j4 -N4 f | tr -d ' ')" = 9 ]
}

@test "mmshm add prints the sum, and wraps around" {
	head -c 16 /dev/zero >f
	shows '5\n' add ./f 0 5
	shows '15\n' add ./f 0 0xa
	shows '1039\n' add ./f 0 1K
	shows '1036\n' add ./f 0 -3
	shows '4294967295\n' set ./f 0 4294967295
	shows '0\n' add ./f 0 1
	shows '4294967295\n' add ./f 0 -1
	shows '18446744073709551615\n' add ./f 8:64 -1
	shows '0\n' add ./f 8:64 1
	shows '0\n' get ./f 4
}

@test "mmshm or and and print what they left" {
	head -c 16 /dev/zero >f
	shows '5\n' or ./f 0 5
	shows '13\n' or ./f 0 8
	shows '12\n' and ./f 0 -2
	shows '4\n' and ./f 0 7
	shows '9223372036854775808\n' or ./f 8:64 0x8000000000000000
	shows '0\n' and ./f 8:64 0x7fffffffffffffff
}

@test "mmshm cas stores when the word holds what is expected, prints what it held, and says by its status which" {
	head -c 16 /dev/zero >f
	answers 0 '0\n' cas ./f 0 0 5
	answers 1 '5\n' cas ./f 0 4 6
	shows '5\n' get ./f 0
	answers 0 '5\n' cas ./f 0 5 -1
	answers 0 '4294967295\n' cas ./f 0 -1 0
	answers 0 '0\n' cas ./f 8:64 0 -1
	answers 1 '18446744073709551615\n' cas ./f 8:64 4294967295 0
	answers 0 '18446744073709551615\n' cas ./f 8:64 -1 1
	# a word that holds NEW already is not one that holds OLD
	answers 1 '1\n' cas ./f 8:64 0 1
	answers 0 '1\n' cas ./f 8:64 1 1
	answers 1 '' cas -q ./f 8:64 0 2
}

@test "--old, --hex, --signed and -q change what is printed, and nothing else" {
	head -c 16 /dev/zero >f
	shows '0\n' set --old ./f 0 -2
	shows '-2\n' get --signed ./f 0
	shows '0xfffffffe\n' get --hex ./f 0
	shows '-2\n' add --old --signed ./f 0 1
	shows '-1\n' get ./f 0 --signed
	shows '4294967295\n' and --old ./f 0 0xf0
	shows '0x000000f0\n' or --old --hex ./f 0 1
	shows '241\n' get ./f 0
	shows '' set -q ./f 0 3
	shows '' add --quiet ./f 0 3
	shows '' or -q ./f 0 8
	shows '' and -q ./f 0 -1
	shows '' swap -q ./f 0 15
	shows '15\n' get ./f 0
	shows '0x000000000000000f\n' set --hex ./f 8:64 15
	shows '0x0000000f\n' get --hex ./f 0
	shows '-9223372036854775808\n' set --signed ./f 8:64 0x8000000000000000
	shows '0x8000000000000000\n' get --hex ./f 8:64
	answers 1 '0x0000000f\n' cas --hex ./f 0 0 1
	answers 0 '15\n' cas --signed ./f 0 15 -1
	answers 0 '-1\n' cas --signed ./f 0 -1 -1
	shows '-1\n' swap --signed ./f 0 -5
	shows '-5\n' wait --signed ./f 0 lt 0
	shows '0xfffffffb\n' wait --hex ./f 0 ne 0
	# asked for twice, hexadecimal it is
	shows '0xfffffffb\n' get --hex --signed ./f 0
}

@test "a word must lie within the object to its last byte" {
	printf '\1\0\0\0\2\0\0\0\3\0' >f
	shows '2\n' get ./f 4 || shows '33554432\n' get ./f 4
	try 0 get ./f 0:64
	for verb in 'get ./f 8' 'set ./f 8 1' 'add ./f 8 1' 'cas ./f 8 3 1' 'wait ./f 8 eq 0' 'wake ./f 8'; do
		# shellcheck disable=SC2086 # words
		refuses "mmshm: ./f: 4 bytes at offset 8 go beyond the end at 10" $verb
	done
	refuses "mmshm: ./f: 8 bytes at offset 8 go beyond the end at 10" get ./f 8:64
	refuses "mmshm: ./f: offset 12 is beyond the end at 10" get ./f 12
	refuses "mmshm: ./f: offset 4611686018427387904 is beyond the end at 10" get ./f 4E
	refuses "mmshm: ./f: offset 9223372036854775800 is beyond the end at 10" get ./f 9223372036854775800:64
	: >empty
	refuses "mmshm: ./empty: offset 0 is beyond the end at 0" get ./empty 0
	[ "$(od -An -tx1 f | tr -d ' \n')" = 01000000020000000300 ]
}

@test "the last word of an object is one, at the end of a page and of the last page too" {
	local size
	for size in 4096 8192 8 12; do
		head -c "$size" /dev/zero >f
		shows '5\n' add ./f $((size - 4)) 5
		shows '5\n' get ./f $((size - 4))
		refuses "mmshm: ./f: offset $size is beyond the end at $size" get ./f "$size"
	done
	head -c 8192 /dev/zero >f
	shows '18446744073709551615\n' set ./f 4088:64 -1
	shows '0\n' get ./f 4096:64
}

@test "an offset is refused when it is no number or not a multiple of the word's bytes" {
	head -c 16 /dev/zero >f
	for off in 1 2 3 5; do misuse "offset '$off' is not a multiple of 4 bytes" get ./f $off; done
	misuse "offset '4:64' is not a multiple of 8 bytes" add ./f 4:64 1
	misuse "offset '2:32' is not a multiple of 4 bytes" wait ./f 2:32 eq 1
	for off in x '' ' 0' 0x 8E 1.5 :32 x:64; do misuse "invalid offset '$off': bytes, as in 8, 0x40 or 8:64" get ./f "$off"; done
	for width in 16 '' 64x 128 0; do
		misuse "invalid width '$width': a word has 32 or 64 bits" set ./f "0:$width" 1
	done
	misuse "invalid option -- '4'" get ./f -4
	head -c 16 /dev/zero | same - f
}

@test "an offset of many digits is the number that it says, or refused, and no other number" {
	local off status
	head -c 16 /dev/zero >f
	shows '7\n' set ./f 4 7
	for digits in 40 62 63 64 65 100; do
		off=$(printf "%0${digits}d" 4)
		if mm mmshm get ./f "$off" >out 2>err; then
			is '7\n' out
		else
			misuse "invalid offset '$off': bytes, as in 8, 0x40 or 8:64" get ./f "$off"
		fi
	done
	misuse "invalid offset '$(printf '%0100dx' 0)': bytes, as in 8, 0x40 or 8:64" get ./f "$(printf '%0100dx' 0)"
}

@test "a value is refused when it is no number or does not fit the word" {
	head -c 16 /dev/zero >f
	for value in 4294967296 -2147483649 18446744073709551615; do
		misuse "value '$value' does not fit 32 bits; an offset OFF:64 has more" set ./f 0 "$value"
	done
	misuse "value '-9223372036854775809' does not fit 64 bits" set ./f 0:64 -9223372036854775809
	for value in x '' 1x 1.5 +1 0x '1 ' -; do
		misuse "invalid value '$value': a number, as in 42, -1 or 0x2A" add ./f 0 "$value"
	done
	misuse "invalid value '-1x': a number, as in 42, -1 or 0x2A" add ./f 0 -1x
	misuse "value '4294967296' does not fit 32 bits; an offset OFF:64 has more" cas ./f 0 4294967296 1
	misuse "invalid value 'x': a number, as in 42, -1 or 0x2A" cas ./f 0 0 x
	head -c 16 /dev/zero | same - f
	shows '2147483648\n' set ./f 0 -2147483648
	shows '9223372036854775808\n' set ./f 8:64 -9223372036854775808
	shows '0\n' set ./f 0 -0
}

@test "a value too great for any word does not fit, as one too great for this one" {
	head -c 16 /dev/zero >f
	misuse "value '99999999999999999999' does not fit 32 bits" set ./f 0 99999999999999999999
	misuse "value '18446744073709551616' does not fit 64 bits" set ./f 0:64 18446744073709551616
}

@test "the verbs of words want their operands, no more and no less" {
	misuse "get: missing operand OFF, as in 'mmshm get NAME OFF[:32|64]'" get ./f
	misuse "get: extra operand '1'" get ./f 0 1
	for verb in set add or and swap; do
		misuse "$verb: missing operand VALUE, as in 'mmshm $verb NAME OFF VALUE'" $verb ./f 0
		misuse "$verb: extra operand '2'" $verb ./f 0 1 2
	done
	misuse "cas: missing operand NEW, as in 'mmshm cas NAME OFF OLD NEW'" cas ./f 0 1
	misuse "cas: extra operand '3'" cas ./f 0 1 2 3
	misuse "wait: missing operand VALUE, as in 'mmshm wait NAME OFF eq|ne|lt|le|gt|ge VALUE'" wait ./f 0 eq
	misuse "wait: extra operand '2'" wait ./f 0 eq 1 2
	misuse "wake: missing operand OFF, as in 'mmshm wake NAME OFF [N]'" wake ./f
	misuse "wake: extra operand '2'" wake ./f 0 1 2
}

@test "words of sparse files, of huge ones too, are words" {
	truncate -s 1T f 2>/dev/null || skip "no sparse files of that size here"
	shows '0\n' get ./f 512G
	shows '5\n' add ./f 1099511627768 5
	shows '5\n' get ./f 1099511627768:64 || shows '21474836480\n' get ./f 1099511627768:64
	# no more than a page or so was taken
	[ "$(stat -c %b f)" -lt 1000 ]
}

# --- words: several at a time

@test "processes that add to one word lose not one count" {
	need_shm
	local i jobs=4 each=60
	shows '' create "$o" 16
	for ((i = 0; i < jobs; i++)); do
		(for ((n = 0; n < each; n++)); do
			"$bin/mmshm" add -q "$o" 0 1 || exit
			"$bin/mmshm" add -q "$o" 8:64 4294967297 || exit
		done) 3>&- &
		pids+=($!)
	done
	gather
	shows "$((jobs * each))\n" get "$o" 0
	shows "$((jobs * each * 4294967297))\n" get "$o" 8:64
}

@test "each number is handed out once by adding" {
	local i
	shows '' create ./f 4
	for i in {1..5}; do
		(for n in {1..30}; do "$bin/mmshm" add ./f 0 1; done >"got$i") 3>&- &
		pids+=($!)
	done
	gather
	cat got* | sort -n >all
	seq 150 | same - all
}

@test "processes that count by cas lose not one count" {
	local i
	shows '' create ./f 8
	for i in {1..3}; do
		(for n in {1..25}; do
			while v=$("$bin/mmshm" get ./f 0:64) && ! "$bin/mmshm" cas -q ./f 0:64 "$v" $((v + 1)); do :; done
		done) 3>&- &
		pids+=($!)
	done
	gather
	shows '75\n' get ./f 0:64
}

@test "processes that set and clear bits disturb none of the others'" {
	local i
	shows '' create ./f 4
	for i in {0..5}; do
		(for n in {1..15}; do
			"$bin/mmshm" or -q ./f 0 $((1 << i))
			[ $(($("$bin/mmshm" and ./f 0 $((~(1 << i) & 0xffffffff))) >> i & 1)) = 0 ] || echo "$i" >>wrong
		done
		"$bin/mmshm" or -q ./f 0 $((1 << i))) 3>&- &
		pids+=($!)
	done
	gather
	[ ! -e wrong ]
	shows '63\n' get ./f 0
}

@test "of processes that swap a token out of a word one has it at a time" {
	local i
	shows '' create ./f 4
	shows '1\n' add ./f 0 1
	for i in {1..3}; do
		(for n in {1..15}; do
			until [ "$("$bin/mmshm" swap ./f 0 0)" = 1 ]; do :; done
			mkdir inside || echo "$i" >>wrong
			rmdir inside
			"$bin/mmshm" set -q ./f 0 1
		done) 3>&- &
		pids+=($!)
	done
	gather
	[ ! -e wrong ]
}

# swapped: the word is what it was a moment ago, and gets another value
swapped() {
	"$bin/mmshm" cas ./f 0:64 "$("$bin/mmshm" get ./f 0:64)" 0 >out
}

@test "processes killed while they count leave a word that counts on" {
	local i before workers=()
	shows '' create ./f 8
	for i in {1..4}; do
		(while :; do "$bin/mmshm" add -q ./f 0:64 1 || :; done) 3>&- &
		workers+=($!)
		pids+=($!)
	done
	for i in {1..10}; do
		# the last one started by each worker
		for worker in "${workers[@]}"; do pkill -9 -P "$worker" 2>/dev/null || :; done
		before=$("$bin/mmshm" get ./f 0:64)
		eventually test "$("$bin/mmshm" add ./f 0:64 1)" -gt "$before"
	done
	kill -9 "${workers[@]}"
	gather
	try 0 add ./f 0:64 0
	# what the workers have started may still count once each
	eventually swapped
}

# --- wait and wake

@test "mmshm wait returns at once when the word compares so, and prints it" {
	head -c 16 /dev/zero >f
	shows '5\n' set ./f 0 5
	while read -r relation value status; do
		answers "$status" '5\n' wait ./f 0 "$relation" "$value" --timeout 0
		answers "$status" '' wait -q ./f 0 "$relation" "$value" --timeout=0
	done <<-'END'
		eq 5 0
		eq 4 1
		ne 4 0
		ne 5 1
		lt 6 0
		lt 5 1
		le 5 0
		le 4 1
		gt 4 0
		gt 5 1
		ge 5 0
		ge 6 1
		eq 0x5 0
	END
	shows '5\n' wait ./f 0 eq 5
}

@test "mmshm wait compares as unsigned numbers, with --signed as signed ones, of 32 and 64 bits" {
	head -c 16 /dev/zero >f
	shows '4294967295\n' set ./f 0 -1
	shows '18446744073709551615\n' set ./f 8:64 -1
	for off in 0 8:64; do
		try 0 wait ./f $off gt 5 --timeout 0
		try 0 wait ./f $off eq -1 --timeout 0
		try 1 wait ./f $off lt 0 --timeout 0
		try 0 wait --signed ./f $off lt 0 --timeout 0
		try 0 wait --signed ./f $off ge -1 --timeout 0
		try 1 wait --signed ./f $off gt 5 --timeout 0
		try 0 wait --signed ./f $off gt -2 --timeout 0
	done
	shows '4294967296\n' set ./f 8:64 4294967296
	answers 1 '4294967296\n' wait ./f 8:64 eq 0 --timeout 0
	answers 0 '4294967296\n' wait ./f 8:64 gt 4294967295 --timeout 0
}

@test "mmshm wait returns when another process changes the word, by whichever verb" {
	local words off
	for words in 'set 0 5' 'add 0 5' 'or 0 5' 'swap 0 5' 'cas 0 0 5' 'set 8:64 5' 'add 8:64 5' 'or 8:64 5' 'swap 8:64 5' \
		'cas 8:64 0 5'; do
		head -c 16 /dev/zero >f
		# shellcheck disable=SC2086 # words
		set -- $words
		"$bin/mmshm" wait ./f "$2" eq 5 --timeout 60s >waited 3>&- &
		pids+=($!)
		eventually asleep ./f "$2"
		"$bin/mmshm" "$1" -q ./f "${@:2}"
		wait $!
		is '5\n' waited
	done
}

@test "mmshm wait returns when and clears the word" {
	printf '\7\7\7\7' >f
	"$bin/mmshm" wait ./f 0 eq 0 --timeout 60s >waited 3>&- &
	pids+=($!)
	eventually asleep ./f 0
	shows '0\n' and ./f 0 0
	wait $!
	is '0\n' waited
}

@test "mmshm wait notices a change of the upper half of a word alone" {
	head -c 8 /dev/zero >f
	"$bin/mmshm" wait ./f 0:64 eq 4294967296 --timeout 60s >waited 3>&- &
	pids+=($!)
	eventually asleep ./f 0:64
	shows '4294967296\n' add ./f 0:64 4294967296
	wait $!
	is '4294967296\n' waited
}

@test "mmshm wait notices what somebody stores without waking anyone" {
	head -c 8 /dev/zero >f
	"$bin/mmshm" wait ./f 0 ne 0 --timeout 60s >waited 3>&- &
	pids+=($!)
	eventually asleep ./f 0
	printf '\1\1\1\1' | dd of=f bs=4 conv=notrunc 2>/dev/null
	wait $!
	is '16843009\n' waited
}

@test "mmshm wait sleeps on until the word is what it waits for" {
	head -c 8 /dev/zero >f
	"$bin/mmshm" wait ./f 0 ge 3 --timeout 60s >waited 3>&- &
	pids+=($!)
	for i in 1 2; do
		eventually asleep ./f 0
		shows "$i\n" add ./f 0 1
	done
	eventually asleep ./f 0
	[ ! -s waited ]
	shows '3\n' add ./f 0 1
	wait $!
	is '3\n' waited
}

@test "mmshm wait gives up with status 1 when time runs out, not earlier, and prints the word" {
	local start time ms
	head -c 8 /dev/zero >f
	while read -r time ms; do
		start=${EPOCHREALTIME/[.,]/}
		answers 1 '0\n' wait ./f 0 eq 1 --timeout "$time"
		[ $((${EPOCHREALTIME/[.,]/} - start)) -ge $((ms * 1000)) ]
	done <<-'END'
		0 0
		1ns 0
		1us 0
		150ms 150
		0.15s 150
		0.15 150
		250000us 250
		0.0025m 150
	END
	answers 1 '' wait -q ./f 0 eq 1 --timeout 20ms
}

@test "mmshm wait and lock take times as people write them" {
	head -c 8 /dev/zero >f
	for time in 0 1 5s 200ms 2m 1h 1d 1.5s 0.001m 100us 7ns 100000d; do
		shows '0\n' wait ./f 0 eq 0 --timeout $time
		shows '' lock ./f --timeout $time true
	done
	for time in '' x 5x s -1 1e3 5S '5 s' .5 1. 1.s inf 0x; do
		misuse "invalid time '$time' for '--timeout': seconds, or as in 200ms, 5s, 2m" wait ./f 0 eq 0 --timeout="$time"
		misuse "invalid time '$time' for '--timeout': seconds, or as in 200ms, 5s, 2m" lock --timeout="$time" ./f true
	done
	for time in 9223372037 99999999999999999999 999999999999d 99999999999999999h 1h99999999999999999s; do
		misuse "invalid time '$time' for '--timeout': too long" wait ./f 0 eq 0 --timeout="$time"
	done
}

@test "mmshm wait takes a relation by the start of its name, and lists them when it is none" {
	head -c 8 /dev/zero >f
	shows '0\n' wait ./f 0 n 1
	shows '0\n' wait ./f 0 e 0
	for word in is EQ == eqq; do
		try 2 wait ./f 0 "$word" 0
		{
			echo "mmshm: invalid argument '$word' for 'wait'"
			echo "Valid arguments are:"
			printf "  - '%s'\n" eq ne lt le gt ge
			echo "Try 'mmshm wait --help' for more information."
		} | diff - err
	done
	try 2 wait ./f 0 l 0
	[ "$(head -n 1 err)" = "mmshm: ambiguous argument 'l' for 'wait'" ]
	try 2 wait ./f 0 '' 0
	[ "$(head -n 1 err)" = "mmshm: ambiguous argument '' for 'wait'" ]
	misuse "value '4294967296' does not fit 32 bits; an offset OFF:64 has more" wait ./f 0 eq 4294967296
}

@test "mmshm wake wakes those who wait, as many as it may, and prints how many" {
	local i
	head -c 16 /dev/zero >f
	shows '0\n' wake ./f 0
	for i in 1 2 3; do
		"$bin/mmshm" wait -q ./f 0 eq 5 --timeout 60s 3>&- &
		pids+=($!)
	done
	all_asleep() { [ "$("$bin/mmshm" wake ./f 0)" = 3 ]; }
	eventually all_asleep
	one_woken() { [ "$("$bin/mmshm" wake ./f 0 1)" = 1 ]; }
	eventually one_woken
	two_woken() { [ "$("$bin/mmshm" wake ./f 0 2)" = 2 ]; }
	eventually two_woken
	# another word
	shows '0\n' wake ./f 4
	shows '' wake -q ./f 0
	shows '' set -q ./f 0 5
	gather
	shows '0\n' wake ./f 0
}

@test "mmshm wake of nobody wakes nobody" {
	head -c 16 /dev/zero >f
	"$bin/mmshm" wait -q ./f 0 eq 5 --timeout 60s 3>&- &
	pids+=($!)
	eventually asleep ./f 0
	for i in 1 2 3; do shows '0\n' wake ./f 0 0; done
	shows '' set -q ./f 0 5
	wait $!
}

@test "mmshm wake refuses what is no number" {
	head -c 16 /dev/zero >f
	for n in x '' 1x 2147483648; do misuse "invalid number '$n': how many to wake" wake ./f 0 "$n"; done
	misuse "invalid option -- '1'" wake ./f 0 -1
	refuses "mmshm: ./f: offset 16 is beyond the end at 16" wake ./f 16
}

@test "mmshm wait and wake by different names of a thing mean the same word" {
	need_shm
	shows '' create "$o" 8
	"$bin/mmshm" wait -q "$o" 0 eq 1 --timeout 60s 3>&- &
	pids+=($!)
	eventually asleep "/dev/shm/$o" 0
	shows '1\n' add "/dev/shm/$o" 0 1
	wait $!
}

@test "mmshm wait ends when the object becomes too small for the word" {
	head -c 8192 /dev/zero >f
	"$bin/mmshm" wait ./f 4096 eq 1 >waited 2>err 3>&- &
	pids+=($!)
	eventually asleep ./f 4096
	: >f
	status_of $!
	[ "$status" = 2 ]
	[ ! -s waited ]
	is 'mmshm: ./f: offset 4096 is beyond the end at 0\n' err
}

@test "mmshm wait ends of a signal" {
	head -c 8 /dev/zero >f
	launch wait ./f 0 eq 1
	eventually asleep ./f 0
	kill -TERM "$pid"
	status_of "$pid"
	[ "$status" = 143 ]
}

@test "two processes hand a word to and fro" {
	head -c 8 /dev/zero >f
	(for i in {1..40}; do
		"$bin/mmshm" wait -q ./f 0 eq $((2 * i - 1)) --timeout 60s && "$bin/mmshm" add -q ./f 0 1 || exit
	done) 3>&- &
	pids+=($!)
	for i in {1..40}; do
		"$bin/mmshm" add -q ./f 0 1
		"$bin/mmshm" wait -q ./f 0 eq $((2 * i)) --timeout 60s
	done
	shows '80\n' get ./f 0
}

# --- lock

# flocked NAME [OPTION]: flock(1) takes the lock of that path in the background, and one process holds it; its id is in $!
flocked() {
	need flock
	# shellcheck disable=SC2086 # one option or none
	(exec 9<"$1" && flock ${2-} 9 && exec sleep 60) 3>&- &
	pids+=($!)
}

# locked NAME: somebody has its lock
locked() {
	if "$bin/mmshm" lock --timeout 0 "$1" true; then return 1; fi
}

@test "mmshm lock makes the name when it is not there, runs the command, and passes its status on" {
	need_shm
	for status in 0 1 2 3 126 127 255; do answers "$status" '' lock "$o" sh -c "exit $status"; done
	[ -f "/dev/shm/$o" ]
	[ ! -s "/dev/shm/$o" ]
	answers 0 'text\n' lock ./f echo text
	[ -f f ]
	[ ! -s f ]
	printf text | shows text lock ./f cat
}

@test "mmshm lock does not touch the bytes of what it locks" {
	printf hello >f
	touch -d 2020-01-01 f
	shows '' lock ./f true
	is hello f
	[ "$(date -r f +%Y)" = 2020 ]
}

@test "mmshm lock keeps two commands from running at once" {
	local i
	echo 0 >count
	for i in {1..5}; do
		(for n in {1..20}; do
			"$bin/mmshm" lock ./f -- sh -c 'read -r n <count; echo $((n + 1)) >count' || echo failed >>wrong
		done) 3>&- &
		pids+=($!)
	done
	gather
	[ ! -e wrong ]
	is '100\n' count
}

@test "mmshm lock --timeout 0 does not wait: status 1, or that of -E" {
	launch lock ./f -- sleep 60
	eventually locked ./f
	fails_quietly() { answers "$1" '' lock "${@:2}"; }
	fails_quietly 1 ./f --timeout 0 touch ran
	fails_quietly 75 -E 75 ./f --timeout=0 touch ran
	fails_quietly 0 --conflict-exit-code=0 --timeout=0 ./f touch ran
	fails_quietly 255 -E255 --timeout=0 ./f -- touch ran
	[ ! -e ran ]
	kill "$pid"
	status_of "$pid"
	[ "$status" = 143 ]
	shows '' lock --timeout 0 ./f touch ran
	[ -e ran ]
}

@test "mmshm lock gives up when time runs out, however short it is, and not earlier" {
	local start time ms
	launch lock ./f -- sleep 100
	eventually locked ./f
	via=(timeout 30 "$bin/mmshm")
	while read -r time ms; do
		start=${EPOCHREALTIME/[.,]/}
		answers 1 '' lock --timeout "$time" ./f touch ran
		[ $((${EPOCHREALTIME/[.,]/} - start)) -ge $((ms * 1000)) ]
	done <<-'END'
		150ms 150
		0.15 150
		1ms 1
		1us 0
		999ns 0
		1ns 0
	END
	[ ! -e ran ]
}

@test "mmshm lock with a time takes the lock as soon as it is free" {
	launch lock ./f -- sh -c 'while [ ! -e go ]; do sleep 0.05; done'
	eventually locked ./f
	"$bin/mmshm" lock --timeout 60s ./f echo mine >out 3>&- &
	pids+=($!)
	: >go
	wait $!
	is 'mine\n' out
}

@test "the time of lock is for the lock alone, not for the command" {
	answers 0 'done\n' lock --timeout 20ms ./f -- sh -c 'sleep 0.2; echo done'
}

@test "mmshm lock --shared lets in those who share, and nobody else" {
	launch lock --shared ./f -- sleep 60
	eventually locked ./f
	shows 'in\n' lock --shared --timeout 0 ./f echo in
	answers 1 '' lock --timeout 0 ./f echo in
	kill "$pid"
	status_of "$pid"
	launch lock ./f -- sleep 60
	eventually locked ./f
	answers 1 '' lock --shared --timeout 0 ./f echo in
}

@test "mmshm lock and flock(1) exclude each other" {
	need flock
	launch lock ./f -- sleep 60
	eventually locked ./f
	run -1 flock -n f true
	run -1 flock -n -s f true
	kill "$pid"
	status_of "$pid"
	run -0 flock -n f true
	flocked f
	eventually locked ./f
	answers 1 '' lock --timeout 20ms ./f echo in
	answers 1 '' lock --shared --timeout 0 ./f echo in
	kill "${pids[-1]}"
	free() { "$bin/mmshm" lock --timeout 0 ./f true; }
	eventually free
	flocked f -s
	eventually locked ./f
	shows 'in\n' lock --shared --timeout 0 ./f echo in
	answers 1 '' lock --timeout 0 ./f echo in
}

@test "mmshm lock and flock(1) exclude each other on an object, too" {
	need_shm
	need flock
	launch lock "$o" -- sleep 60
	eventually locked "$o"
	run -1 flock -n "/dev/shm/$o" true
	answers 1 '' lock --timeout 0 "/$o" true
	answers 1 '' lock --timeout 0 "/dev/shm/$o" true
}

@test "a locked object can be worked on by every verb, under the lock and beside it" {
	need_shm
	via=(timeout 20 "$bin/mmshm")
	shows '' create "$o" 64
	shows '1\n' lock "$o" -- sh -c 'mmshm add "$o" 0 1; exit'
	shows '2\n' lock "$o" -- sh -c 'mmshm create "$o" 64 && mmshm resize "$o" 128 && mmshm add "$o" 0 1; exit'
	shows '' lock "$o.new" -- sh -c 'mmshm create "$o.new" 64; exit'
	[ "$(stat -c %s "/dev/shm/$o.new")" = 64 ]
	shows '' lock --shared "$o" -- sh -c 'mmshm create "$o" 128; exit'
}

@test "a lock within the same lock is refused like any other" {
	answers 1 '' lock ./f -- "$bin/mmshm" lock --timeout 0 ./f echo in
	answers 1 '' lock ./f -- sh -c 'mmshm lock --timeout 0 ./f echo in; exit'
	answers 0 'in\n' lock ./f -- sh -c 'mmshm lock --timeout 0 ./g echo in; exit'
}

@test "the options behind the command are the command's, with and without --" {
	shows '--timeout=x\n-E\n--shared\n' lock ./f printf '%s\n' --timeout=x -E --shared
	shows '--timeout=x\n--\n-q\n' lock ./f -- printf '%s\n' --timeout=x -- -q
	shows '--timeout=x\n' lock -- ./f printf '%s\n' --timeout=x
	shows '--help\n' lock --timeout 5 ./f printf '%s\n' --help
	shows '-- x\n' lock ./f echo -- x
	shows '-s\n--jobs\n' run printf '%s\n' -s --jobs
	shows '-s\n--\n--jobs=x\n' run -s 8 -- printf '%s\n' -s -- --jobs=x
	answers 0 '-- x\n' run echo -- x
	answers 0 '-- x\n' run -- echo -- x
	POSIXLY_CORRECT=1 shows '--shared\n' lock --timeout 5 ./f echo --shared
	POSIXLY_CORRECT=1 shows '--seal\n' run -s 8 echo --seal
}

@test "lock takes an option between the name and the command for its own" {
	shows 'in\n' lock ./f --timeout 5 echo in
	shows 'in\n' lock ./f --timeout 5 -- echo in
	misuse "unrecognized option '--frob'" lock ./f --frob echo in
}

@test "mmshm lock wants a name and a command, and a status that is one" {
	misuse "lock: missing operand NAME, as in 'mmshm lock NAME COMMAND...'" lock
	misuse "lock: missing operand COMMAND, as in 'mmshm lock NAME COMMAND...'" lock ./f
	misuse "lock: missing operand COMMAND, as in 'mmshm lock NAME COMMAND...'" lock ./f --
	misuse "invalid status for '--conflict-exit-code': 0 to 255" lock -E 256 ./f true
	misuse "invalid number 'x' for '--conflict-exit-code'" lock -E x ./f true
	misuse "option requires an argument -- 'E'" lock ./f -E
	[ ! -e f ]
}

@test "a command that is not there is not taken for one that may not be run, since a folder of PATH may not be searched" {
	local folder=$BATS_TEST_TMPDIR/closed
	mkdir "$folder"
	if [ "$(id -u)" = 0 ]; then
		open_folder mmshm
		folder=$open/closed
		install -d -m 700 "$folder"
		via=(env PATH="$folder:$PATH" setpriv --reuid=65534 --regid=65534 --clear-groups "$open/mmshm")
	else
		chmod 0 "$folder"
		via=(env PATH="$folder:$PATH" "$bin/mmshm")
	fi
	fails 127 "mmshm: no-such-command: No such file or directory" run no-such-command
	try 0 run true
}

@test "a command that is not there is status 127, one that cannot be run 126, and both are said" {
	local verb
	mkdir d
	printf 'text' >plain
	chmod 644 plain
	for verb in 'lock ./f' run; do
		# shellcheck disable=SC2086 # words
		{
			fails 127 "mmshm: no-such-command: No such file or directory" $verb no-such-command
			fails 127 "mmshm: ./no: No such file or directory" $verb -- ./no x
			fails 127 "mmshm: '': No such file or directory" $verb ''
			fails 126 "mmshm: ./d: Permission denied" $verb ./d
			fails 126 "mmshm: ./plain: Permission denied" $verb ./plain
			fails 127 "mmshm: 'a'\$'\\n''b': No such file or directory" $verb "a${nl}b"
		}
	done
	# and its lock is free
	shows '' lock --timeout 0 ./f true
}

@test "a command that no process can be had for is status 2, of one job of several, too" {
	as_stranger
	cd user
	chmod o+w .
	# a user's limit counts all of its processes
	via=("${user[@]}" bash -c 'ulimit -u 1 && exec "$0" "$@"' "$PWD/mmshm")
	fails 2 "mmshm: cannot start 'true': Resource temporarily unavailable" run true
	fails 2 "mmshm: cannot start 'true': Resource temporarily unavailable" lock ./f true
	try 2 run --jobs 3 true
	is '' out
	[ "$(grep -cx "mmshm: cannot start 'true': Resource temporarily unavailable" err)" = 3 ]
}

@test "the status of a command is told, also where the ends of children are to be ignored" {
	env --ignore-signal=CHLD true 2>/dev/null || skip "this env cannot ignore signals"
	via=(env --ignore-signal=CHLD "$bin/mmshm")
	try 5 run -- sh -c 'exit 5'
	try 6 lock ./f -- sh -c 'exit 6'
	# and the command ignores them, too
	try 0 run grep SigIgn /proc/self/status
	[ $((0x$(awk '{ print $2 }' out) & 0x10000)) != 0 ]
}

@test "a command killed by a signal makes mmshm die of the same one" {
	local verb sig n
	ulimit -c 0
	for verb in 'lock ./f' run; do
		while read -r sig n; do
			# shellcheck disable=SC2086 # words
			try $((128 + n)) $verb -- sh -c "kill -$sig \$\$" 2>/dev/null
			is '' err
		done <<-'END'
			TERM 15
			KILL 9
			SEGV 11
			USR1 10
			HUP 1
		END
	done
	# really of the signal: a shell's number alone would not tell
	need python3
	for verb in 'lock ./f' run; do
		# shellcheck disable=SC2086 # words
		python3 -c 'import subprocess, sys; print(subprocess.run(sys.argv[1:]).returncode)' \
			"$bin/mmshm" $verb -- sh -c 'kill $$' | grep -qx -- -15
	done
}

@test "mmshm lock that cannot open the name runs nothing" {
	refuses "mmshm: no/f: No such file or directory" lock no/f touch ran
	[ ! -e ran ]
}

@test "mmshm lock locks a folder, as flock(1) does" {
	need flock
	mkdir d
	shows 'in\n' lock ./d echo in
	flocked d
	eventually locked ./d
}

@test "mmshm lock locks what may only be read, as flock(1) does" {
	as_stranger
	printf hello >fixed
	chmod 644 fixed
	shows 'in\n' lock --shared ./fixed echo in
	shows 'in\n' lock ./fixed echo in
	is hello fixed
	mkfifo -m 444 pipe
	shows 'in\n' lock ./pipe echo in
}

@test "mmshm lock takes both errors by which systems say that another process has the lock" {
	local error
	need_inject
	for error in EAGAIN EACCES; do
		via=(strace -qq -o log -e 'trace=fcntl,?fcntl64' -e "inject=fcntl,?fcntl64:error=$error" "$bin/mmshm")
		answers 1 '' lock --timeout 0 ./f echo in
		grep -q "$error" log
	done
}

@test "mmshm run --seal lets nobody seal the region further, which its users could not write to any more" {
	need python3
	# F_ADD_SEALS of F_SEAL_WRITE
	printf '%s\n' 'import fcntl, os, sys' 'try: fcntl.fcntl(int(os.environ["MMSHM_FD"]), 1033, 8)' 'except PermissionError: sys.exit(5)' >seal.py
	try 5 run --seal python3 seal.py
	try 0 run python3 seal.py
}

@test "a terminal as a lock does not become the one that controls the command" {
	local mode
	need python3
	for mode in 0o600 0o400; do
		python3 - $mode <<-'END'
			import os, subprocess, sys
			master, slave = os.openpty()
			name = os.ttyname(slave)
			os.chmod(name, int(sys.argv[1], 0))
			held = subprocess.run([os.environ["bin"] + "/mmshm", "lock", name, "sh", "-c", "echo in; : </dev/tty"], start_new_session=True,
			                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
			assert held.stdout == b"in\n" and held.returncode != 0, held
		END
	done
}

@test "mmshm lock that is killed -9 takes its command along and leaves no lock" {
	[ -r /proc/self/stat ] || skip "no /proc"
	launch lock ./f -- sh -c 'echo $$ >command; while :; do sleep 0.1; done'
	eventually test -s command
	locked ./f
	kill -9 "$pid"
	status_of "$pid"
	[ "$status" = 137 ]
	eventually ended "$(cat command)"
	shows 'in\n' lock --timeout 30s ./f echo in
}

@test "mmshm lock that is killed -9 while it waits is no hindrance" {
	local first
	launch lock ./f -- sh -c 'while [ ! -e go ]; do sleep 0.05; done'
	first=$pid
	eventually locked ./f
	launch lock ./f -- touch ran
	sleep 0.2
	kill -9 "$pid"
	status_of "$pid"
	: >go
	status_of "$first"
	[ "$status" = 0 ]
	shows 'in\n' lock --timeout 30s ./f echo in
	[ ! -e ran ]
}

@test "whoever gets the lock of one that was killed -9 finds its command gone" {
	local holder
	[ -r /proc/self/stat ] || skip "no /proc"
	for _ in {1..15}; do
		rm -f command
		launch lock ./f -- "$BASH" -c 'echo $$ >command; while :; do :; done'
		holder=$pid
		eventually test -s command
		"$bin/mmshm" lock --timeout 60s ./f -- "$BASH" -c '
			case $(sed "s/.*) //" "/proc/$(cat command)/stat" 2>/dev/null) in
			"" | Z* | X*) echo gone ;;
			*) echo "still there" ;;
			esac' >found 3>&- &
		pids+=($!)
		sleep 0.0"$((RANDOM % 10))"
		kill -9 "$holder"
		wait $!
		is 'gone\n' found
		status_of "$holder"
	done
}

@test "the command has a lock of its own while it runs, where there is no /proc, too" {
	local got=0
	need python3
	: >f
	cat >probe.py <<-'END'
		import fcntl, os, sys
		pid = os.fork()
		if pid:
		    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
		with open('f', 'r+b') as f:
		    try:
		        fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2**63 - 2)
		    except OSError:
		        os._exit(0)
		os._exit(9)
	END
	"$bin/mmshm" lock ./f -- python3 probe.py
	python3 probe.py || got=$?
	[ $got = 9 ]
	unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null || skip "may not hide /proc here"
	unshare -m sh -c 'mount -t tmpfs none /proc; exec "$0" --version' "$MMTOOLS" >version 2>&1 || skip "this build needs /proc by itself"
	unshare -m sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$bin/mmshm" lock ./f -- python3 probe.py
}

@test "mmshm lock --timeout bounds the wait for the command of a killed holder, too" {
	need python3
	: >f
	python3 -c 'import fcntl, signal
file = open("f", "r+")
fcntl.lockf(file, fcntl.LOCK_EX, 1, 2**63 - 2)
open("held", "w").close()
signal.pause()' 3>&- &
	pids+=($!)
	eventually test -e held
	answers 1 '' lock --timeout 50ms ./f echo in
	answers 75 '' lock --timeout 0 -E 75 ./f echo in
	kill "${pids[-1]}"
	shows 'in\n' lock --timeout 30s ./f echo in
}

@test "mmshm lock --timeout holds where SIGALRM is blocked, and the command has its mask as it was" {
	env --block-signal=ALRM true 2>/dev/null || skip "this env cannot block signals"
	launch lock ./f -- sleep 60
	eventually locked ./f
	run -1 timeout 20 env --block-signal=ALRM "$bin/mmshm" lock ./f --timeout 100ms -- true
	blocked() { env --block-signal=ALRM "$bin/mmshm" lock ./g --timeout 1m -- grep SigBlk /proc/self/status; }
	[[ "$(blocked)" == *[2367abefABEF]??? ]]
}

@test "mmshm lock --shared waits for the command of a killed holder, too" {
	setpriv --pdeathsig clear true 2>/dev/null || skip "this setpriv cannot clear what ends a command"
	launch lock ./f -- setpriv --pdeathsig clear sh -c 'echo $$ >command; exec sleep 60'
	eventually test -s command
	kill -9 "$pid"
	status_of "$pid"
	pids+=("$(cat command)")
	answers 1 '' lock ./f --shared --timeout 20ms -- echo in
	answers 1 '' lock ./f --timeout 20ms -- echo in
	kill "$(cat command)"
	shows 'in\n' lock ./f --shared --timeout 30s -- echo in
}

@test "mmshm lock makes nothing where a symlink leads to nothing" {
	ln -s elsewhere f
	refuses 'mmshm: ./f: No such file or directory' lock ./f touch ran
	[ ! -e elsewhere ]
	[ ! -e ran ]
	touch elsewhere
	shows 'in\n' lock ./f echo in
}

@test "mmshm lock looks its name up once: what it has locked is what its command holds" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	[ -e /proc/self/fd/0 ] || skip "no /proc"
	strace -f -qq -o log -e trace=open,openat "$bin/mmshm" lock ./f true
	[ "$(grep -c '"\./f"' log)" -le 2 ]
	strace -f -qq -o log -e trace=open,openat "$bin/mmshm" lock ./f true
	[ "$(grep -c '"\./f"' log)" = 1 ]
}

@test "mmshm lock asks for the whole of a long timeout" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	strace -qq -o log -e trace=setitimer "$bin/mmshm" lock --timeout 20d ./f true
	grep -qE 'it_value=\{tv_sec=1728000, tv_usec=0' log
	strace -qq -o log -e trace=setitimer "$bin/mmshm" lock --timeout 5000.25s ./f true
	grep -qE 'it_value=\{tv_sec=5000, tv_usec=250000' log
}

@test "mmshm lock says why the name cannot be made" {
	as_stranger
	mkdir closed
	chmod 755 closed
	fails 2 'mmshm: closed/new: Permission denied' lock closed/new -- true
}

# on_terminal CODE COMMAND...: on a terminal of its own, in which CODE (Python; `tty` is its other end) happens, the command ends
on_terminal() {
	need python3
	timeout 60 python3 -c '
import os, pty, sys, time
pid, tty = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
for _ in range(500):
    if os.path.exists("ready"): break
    time.sleep(0.02)
time.sleep(0.1)
exec(sys.argv[1])
for _ in range(500):
    if os.waitpid(pid, os.WNOHANG)[0]: break
    time.sleep(0.02)
else:
    os.kill(pid, 9)
    sys.exit("it goes on")
' "$@"
}

@test "a terminal that hangs up ends what mmshm lock and mmshm run have started, and the lock" {
	for verb in 'lock ./f' run; do
		rm -f ready command
		read -ra words <<<"$verb"
		on_terminal 'os.close(tty)' "$bin/mmshm" "${words[@]}" -- sh -c 'echo $$ >command; : >ready; sleep 60; true'
		eventually ended "$(cat command)"
	done
	shows 'in\n' lock ./f --timeout 30s -- echo in
}

@test "the interrupt of a terminal reaches a command in a process group of its own" {
	need timeout
	rm -f ready
	on_terminal 'os.write(tty, b"\3")' "$bin/mmshm" lock ./f -- timeout 60 sh -c ': >ready; sleep 60'
	shows 'in\n' lock ./f --timeout 30s -- echo in
}

@test "under kills -9 at random moments no two commands run at once, and no lock stays" {
	local i worker workers=()
	[ -r /proc/self/stat ] || skip "no /proc"
	cat >inside <<-'END'
		before=$(cat owner 2>/dev/null)
		case $(sed 's/.*) //' "/proc/${before:-none}/stat" 2>/dev/null) in
		'' | Z* | X*) ;;
		*) [ "$before" = $$ ] || echo "$$ met $before" >>met ;;
		esac
		echo $$ >owner
		for ((i = 0; i < 300; i++)); do :; done
		read -r now <owner
		[ "$now" = $$ ] || echo "$now came into $$" >>met
		: >owner
		echo x >>entered
	END
	for i in {1..4}; do
		(while [ ! -e stop ]; do "$bin/mmshm" lock ./f -- "$BASH" inside; done) 3>&- 2>/dev/null &
		workers+=($!)
		pids+=($!)
	done
	for i in {1..60}; do
		sleep 0.0"$((RANDOM % 5))"
		worker=${workers[RANDOM % 4]}
		# the one that this worker runs now
		pkill -9 -P "$worker" -x mmshm 2>/dev/null || :
	done
	: >stop
	wait "${workers[@]}" 2>/dev/null || :
	[ ! -e met ] || { cat met; false; }
	[ -s entered ]
	shows 'in\n' lock --timeout 30s ./f echo in
}

@test "what a command leaves in the background keeps no lock, and nothing waits for it" {
	shows '' lock ./f -- sh -c '(while [ ! -e go ]; do sleep 0.05; done) >/dev/null 2>&1 & echo $! >child'
	run -1 ended "$(cat child)"
	shows 'in\n' lock --timeout 0 ./f echo in
	: >go
	eventually ended "$(cat child)"
}

@test "what a killed command leaves in the background keeps no lock either" {
	launch lock ./f -- sh -c '(while [ ! -e go ]; do sleep 0.05; done) >/dev/null 2>&1 & echo $! >child; wait'
	eventually test -s child
	kill -9 "$pid"
	status_of "$pid"
	shows 'in\n' lock --timeout 30s ./f echo in
	run -1 ended "$(cat child)"
	: >go
	eventually ended "$(cat child)"
}

@test "SIGTERM, SIGINT and others sent to mmshm reach the command, whose status counts" {
	local verb sig
	for verb in 'lock ./f' run; do
		for sig in TERM INT HUP QUIT USR1 USR2; do
			rm -f ready got
			# shellcheck disable=SC2086 # words
			launch $verb -- sh -c "trap 'echo $sig >got; exit 7' $sig; : >ready; while :; do sleep 0.05; done"
			eventually test -e ready
			kill "-$sig" "$pid"
			status_of "$pid"
			[ "$status" = 7 ]
			is "$sig\n" got
		done
	done
}

@test "a signal that the command dies of is what mmshm dies of, too" {
	local verb
	for verb in 'lock ./f' run; do
		rm -f ready
		# shellcheck disable=SC2086 # words
		launch $verb -- sh -c ': >ready; exec sleep 60'
		eventually test -e ready
		kill -INT "$pid"
		status_of "$pid"
		[ "$status" = 130 ]
	done
	shows '' lock --timeout 30s ./f true
}

@test "the command gets the signals as mmshm got them: none ignored, none blocked that was not" {
	[ -r /proc/self/status ] || skip "no /proc"
	env --default-signal true 2>/dev/null || skip "this env cannot reset signals"
	via=(env --default-signal "$bin/mmshm")
	env --default-signal grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status >want
	for verb in 'lock ./f' 'lock --timeout 5 ./f' run 'run --jobs 1'; do
		# shellcheck disable=SC2086 # words
		try 0 $verb grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
		diff want out
	done
	# what is ignored stays so
	via=(env --default-signal --ignore-signal="HUP,INT" "$bin/mmshm")
	env --default-signal --ignore-signal=HUP,INT grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status >want
	for verb in 'lock ./f' run; do
		# shellcheck disable=SC2086 # words
		try 0 $verb grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
		diff want out
	done
}

# --- run

@test "mmshm run gives a command 64 KiB of zeros, by the path in MMSHM and the descriptor in MMSHM_FD" {
	try 0 run -- sh -c 'cat "$MMSHM"'
	head -c 65536 /dev/zero | same - out
	try 0 run -- "$BASH" -c 'cat <&"$MMSHM_FD"'
	head -c 65536 /dev/zero | same - out
	misuse "run: missing operand COMMAND, as in 'mmshm run COMMAND...'" run
	misuse "run: missing operand COMMAND, as in 'mmshm run COMMAND...'" run --
	misuse "run: missing operand COMMAND, as in 'mmshm run COMMAND...'" run -s 8
}

@test "mmshm run passes status, standard input and environment on" {
	for status in 0 1 2 3 126 127 255; do answers "$status" '' run sh -c "exit $status"; done
	printf text | shows text run cat
	X='a b' shows 'a b\n' run sh -c 'echo "$X"'
	shows '1\n2 3\n' run printf '%s\n' 1 '2 3'
}

@test "mmshm run -s takes the size of the region, 0 and odd ones too" {
	while read -r size bytes; do
		shows "$bytes\n" run -s "$size" -- sh -c 'stat -L -c %s "$MMSHM"'
		shows "$bytes\n" run --size="$size" -- sh -c 'wc -c <"$MMSHM" | tr -d " "'
	done <<-'END'
		0 0
		1 1
		5000 5000
		0x10 16
		1M 1048576
	END
	for size in x '' 1x 1.5; do misuse "invalid number '$size' for '--size': bytes, or as in 64K, 0x1000, 4M, 1GB" run -s "$size" true; done
	misuse "invalid number '99999999999999999999' for '--size': too large" run --size=99999999999999999999 true
	misuse "the size is too large" run -s 8E true
}

@test "mmshm run --from begins with a file's bytes, and leaves the file alone" {
	pattern 30000 >from
	cp from want
	try 0 run --from from -- sh -c 'cat "$MMSHM"; mmshm fill "$MMSHM"'
	same want out
	same want from
	printf hello >from
	shows 'hello\0\0\0' run -s 8 --from=from -- sh -c 'mmshm read "$MMSHM"'
	refuses "mmshm: from: does not fit: 5 bytes" run -s 4 --from=from -- touch ran
	refuses "mmshm: no: No such file or directory" run --from=no touch ran
	refuses "mmshm: /dev/null: not a regular file" run --from=/dev/null touch ran
	[ ! -e ran ]
	mkfifo fifo
	via=(timeout 20 "$bin/mmshm")
	refuses "mmshm: fifo: not a regular file" run --from=fifo touch ran
}

@test "mmshm run and create --from take a file of /proc, which tells no size, as far as it fits" {
	[ -s /proc/version ] || [ -n "$(cat /proc/version 2>/dev/null)" ] || skip "no /proc/version"
	try 0 run --from /proc/version -- sh -c 'cat "$MMSHM"'
	same out /proc/version
	try 0 create ./f --from /proc/version
	cmp f /proc/version
	refuses 'mmshm: /proc/version: does not fit: more than 5 bytes' create ./g 5 --from /proc/version
	[ ! -e g ]
}

@test "every verb takes the path in MMSHM for a name" {
	cat >script <<-'END'
		set -e
		echo hello | mmshm write "$MMSHM"
		mmshm read "$MMSHM" --range 0+6
		mmshm fill "$MMSHM"
		mmshm add "$MMSHM" 0 5
		mmshm set "$MMSHM" 8:64 6
		mmshm swap "$MMSHM" 0 7
		mmshm or "$MMSHM" 0 8
		mmshm and "$MMSHM" 0 12
		mmshm cas "$MMSHM" 0 12 1
		mmshm get "$MMSHM" 0
		mmshm wait "$MMSHM" 0 eq 1
		mmshm wake "$MMSHM" 0
		mmshm hex "$MMSHM" --range 0+4
		mmshm copy "$MMSHM" ./copied
		mmshm copy ./copied "$MMSHM"
		mmshm lock "$MMSHM" echo locked
		mmshm create "$MMSHM" 64
		mmshm stat "$MMSHM" | grep size
		mmshm resize "$MMSHM" 128
		mmshm stat "$MMSHM" | grep size
	END
	cat >want <<-'END'
		hello
		5
		6
		5
		15
		12
		12
		1
		1
		0
		00000000  01 00 00 00                                       |....|
		00000004
		locked
		  size       64
		  size       128
	END
	try 0 run -s 64 -- sh script
	diff want out
	is '' err
}

@test "mmcat and mmcp take the path in MMSHM for a name" {
	pattern 65536 >from
	try 0 run --from from -- sh -c 'mmcat "$MMSHM"'
	same from out
	shows '' run --from from -- sh -c 'mmcp "$MMSHM" copied'
	same from copied
}

@test "mmcp writes into the region, which nobody can make smaller" {
	pattern 65536 >from
	shows '' run --dump got -- sh -c 'mmcp from "$MMSHM"'
	same from got
}

@test "no child can make the region smaller, and with --seal none can make it larger either" {
	try 0 run -s 100 -- sh -c 'mmshm resize "$MMSHM" 99; echo $?; truncate -s 0 "$MMSHM" 2>/dev/null; echo $?; mmshm resize "$MMSHM" 200; stat -L -c %s "$MMSHM"'
	is '2\n1\n200\n' out
	grep -qx 'mmshm: /proc/self/fd/[0-9]*: Operation not permitted' err
	try 0 run --seal -s 100 -- sh -c 'mmshm resize "$MMSHM" 99; mmshm resize "$MMSHM" 101; stat -L -c %s "$MMSHM"; mmshm add "$MMSHM" 0 1'
	is '100\n1\n' out
	[ "$(grep -c 'Operation not permitted$' err)" = 2 ]
}

@test "the region outlives mmshm with those who have it, and is gone with the last of them" {
	[ -r /proc/self/stat ] || skip "no /proc"
	local child fd
	shows '' run -s 64 -- sh -c '
		mmshm set -q "$MMSHM" 0 42
		(while [ ! -e go ]; do sleep 0.05; done) >/dev/null 2>&1 &
		echo $! "$MMSHM_FD" >child'
	read -r child fd <child
	# mmshm has ended, and did not wait for it
	shows '42\n' get "/proc/$child/fd/$fd" 0
	: >go
	eventually ended "$child"
	try 2 get "/proc/$child/fd/$fd" 0
}

@test "mmshm run leaves no name behind" {
	need_shm
	names() { find /dev/shm -maxdepth 1 -regex '.*/mmshm\(-[0-9]+\)?' | sort; }
	names >before
	shows '' run true
	try 137 run sh -c 'kill -9 $$' 2>/dev/null
	shows '' run --jobs 3 true
	names | diff before -
}

@test "mmshm run --dump writes the region to a file when the command has ended" {
	shows '' run -s 8 --dump got -- sh -c 'printf hello | mmshm write "$MMSHM"'
	is 'hello\0\0\0' got
	# in place of what was there, with the permissions of any new file
	umask 027
	shows '' run -s 2 --dump=new -- true
	is '\0\0' new
	[ "$(stat -c %a new)" = 640 ]
	shows '' run -s 0 --dump=got -- true
	is '' got
	# what the command has made larger is there in full
	shows '' run -s 2 --dump=got -- sh -c 'mmshm resize "$MMSHM" 30000'
	[ "$(stat -c %s got)" = 30000 ]
}

@test "mmshm run --dump is made after a failure, too, whose status counts" {
	answers 7 '' run -s 8 --dump got -- sh -c 'printf hello | mmshm write "$MMSHM"; exit 7'
	is 'hello\0\0\0' got
	try 143 run -s 8 --dump got2 -- sh -c 'printf world | mmshm write "$MMSHM"; kill $$' 2>/dev/null
	is 'world\0\0\0' got2
	try 127 run -s 2 --dump got3 -- no-such-command
	is '\0\0' got3
}

@test "mmshm run --dump that cannot be made is status 2, unless the command has failed" {
	mkdir d
	refuses "mmshm: no/f: No such file or directory" run --dump=no/f true
	refuses "mmshm: d: Is a directory" run --dump=d true
	fails 7 "mmshm: d: Is a directory" run --dump=d sh -c 'exit 7'
	rmdir d
	[ -z "$(find . -name '*mmtmp*')" ]
}

@test "mmshm run --dump does not put a file in the place of a device or a fifo" {
	need_root
	mknod null c 1 3 2>/dev/null || skip "no devices here"
	mkfifo fifo
	via=(timeout 20 "$bin/mmshm")
	"${via[@]}" run --dump=null true >out 2>err || :
	[ -c null ]
	cat fifo >got 3>&- &
	pids+=($!)
	"${via[@]}" run --dump=fifo true >out 2>err || :
	[ -p fifo ]
}

@test "mmshm run --dump ends by a signal that comes when the command has ended: what was begun is taken away" {
	mkfifo to
	exec 8<>to
	# more than any pipe holds, for nobody who reads
	launch run --size 4M --dump to touch ended
	head -c 1 <&8 >first
	[ -e ended ]
	kill -TERM "$pid"
	eventually ended "$pid"
	exec 8>&-
	status_of "$pid"
	[ "$status" = 143 ]
	need_inject
	echo old >file
	strace -f -o log -e trace=fsync -e inject=fsync:signal=TERM "$bin/mmshm" run --dump file true 2>err || :
	grep -q TERM log
	is 'old\n' file
	[ -z "$(find . -name '.*mmtmp*')" ]
}

@test "mmshm run --dump follows a symlink, and keeps the permissions of a file that is there" {
	printf old >target
	ln -s target link
	shows '' run -s 2 --dump=link true
	[ -L link ]
	is '\0\0' target
	printf old >secret
	chmod 600 secret
	shows '' run -s 2 --dump=secret true
	[ "$(stat -c %a secret)" = 600 ]
}

@test "mmshm run --jobs runs the command so many times, each with its rank, on one region" {
	try 0 run --jobs=5 -- sh -c 'echo "$MMSHM_RANK"; i=0; while [ $i -lt 50 ]; do mmshm add -q "$MMSHM" 0 1; i=$((i + 1)); done'
	sort -n out >sorted
	seq 0 4 | same - sorted
	shows '' run --jobs=5 -s 4 --dump got -- sh -c 'i=0; while [ $i -lt 40 ]; do mmshm add -q "$MMSHM" 0 1; i=$((i + 1)); done'
	shows '200\n' get ./got 0
	shows '0\n' run -- sh -c 'echo "$MMSHM_RANK"'
}

@test "jobs of mmshm run meet at a barrier" {
	try 0 run --jobs=4 -- sh -c '
		echo before >>order
		mmshm add -q "$MMSHM" 0 1
		mmshm wait -q "$MMSHM" 0 ge 4 --timeout 60s || exit
		echo after >>order'
	printf '%s\n' before before before before after after after after | same - order
}

@test "mmshm run --jobs ends with the status of the first that failed, when all have ended" {
	answers 3 '' run --jobs=4 -- sh -c 'case $MMSHM_RANK in 1) exit 3 ;; 2) exit 4 ;; 3) sleep 0.3; touch late ;; esac'
	[ -e late ]
	try 143 run --jobs=2 -- sh -c '[ $MMSHM_RANK = 0 ] || kill $$' 2>/dev/null
	try 127 run --jobs=2 -- no-such-command
	printf 'mmshm: no-such-command: No such file or directory\n%.0s' 1 2 | diff - err
}

@test "the first process of a container, which no signal ends, tells the signal of its command by its status" {
	need unshare
	unshare -pf true 2>/dev/null || skip "no process namespaces here"
	via=(unshare -pf "$bin/mmshm")
	try 143 run -- sh -c 'kill $$'
	via=(unshare -pf "$bin/mmring")
	try 137 run r -- sh -c 'kill -KILL $$'
}

@test "mmshm run takes up to 4096 jobs" {
	need_inject
	via=(strace -qq -o log -e 'trace=?fork,?vfork,?clone,?clone3' -e 'inject=?fork,?vfork,?clone,?clone3:error=EAGAIN' "$bin/mmshm")
	try 2 run --jobs=4096 true
	[ "$(grep -cx "mmshm: cannot start 'true': Resource temporarily unavailable" err)" = 4096 ]
}

@test "mmshm run --jobs refuses none, and too many" {
	for n in 0 4097 18446744073709551615; do misuse "invalid number for '--jobs': 1 to 4096" run --jobs=$n true; done
	for n in x '' -1 1.5; do misuse "invalid number '$n' for '--jobs'" run --jobs="$n" true; done
}

@test "a signal sent to mmshm run reaches all its jobs" {
	launch run --jobs=3 -- sh -c 'trap "echo got >>got; exit 5" TERM; echo x >>ready; while :; do sleep 0.05; done'
	all_ready() { [ "$(wc -l <ready)" = 3 ]; }
	eventually all_ready
	kill -TERM "$pid"
	status_of "$pid"
	[ "$status" = 5 ]
	[ "$(wc -l <got)" = 3 ]
}

@test "one region within another is another" {
	try 0 run -s 8 -- sh -c 'mmshm set "$MMSHM" 0 1; mmshm run -s 4 -- sh -c "mmshm get \"\$MMSHM\" 0"; mmshm get "$MMSHM" 0'
	is '1\n0\n1\n' out
}

@test "mmshm run keeps the region clear of the descriptors that a shell script uses" {
	# 3 to 9 are what scripts name, and here none of them is taken
	(mm mmshm run -- sh -c 'exec 3>&1 4>&1 5>&1; mmshm add "$MMSHM" 0 1' 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-) >out 2>err
	is '' err
	is '1\n' out
}

@test "mmshm run works with standard descriptors closed" {
	mm mmshm run -s 4 --dump got -- sh -c 'mmshm add -q "$MMSHM" 0 3' <&- >&- 2>&-
	shows '3\n' get ./got 0
	mm mmshm lock ./f -- touch ran <&- >&- 2>&-
	[ -e ran ]
}

# --- standard output

@test "what cannot be printed is status 2, never taken for a no, and what was to be done is done" {
	[ -c /dev/full ] || skip "no /dev/full"
	head -c 16 /dev/zero >f
	for words in 'get ./f 0' 'add ./f 0 1' 'cas ./f 0 1 2' 'swap ./f 0 3' 'wait ./f 0 eq 3' 'wake ./f 0' 'read ./f' \
		'hex ./f' 'stat ./f' 'stat --json ./f'; do
		status=0
		# shellcheck disable=SC2086 # words
		mm mmshm $words >/dev/full 2>err || status=$?
		[ "$status" = 2 ] || { echo "$words: status $status" && false; }
		grep -qx 'mmshm: write error: No space left on device' err
	done
	shows '3\n' get ./f 0
	for words in 'get ./f 0' 'add ./f 0 1' 'read ./f' 'stat ./f'; do
		status=0
		# shellcheck disable=SC2086 # words
		mm mmshm $words >&- 2>err || status=$?
		[ "$status" = 2 ] || { echo "$words: status $status" && false; }
		grep -qx 'mmshm: write error: Bad file descriptor' err
	done
	shows '4\n' get ./f 0
}

@test "what has nothing to print does not mind a closed standard output" {
	mm mmshm create ./f 16 >&-
	mm mmshm set -q ./f 0 5 >&-
	mm mmshm fill ./f 1 >&-
	printf x | mm mmshm write ./f >&-
	mm mmshm resize ./f 8 >&-
	mm mmshm copy ./f ./g >&-
	mm mmshm remove ./f >&-
	[ "$(stat -c %s g)" = 8 ]
}
