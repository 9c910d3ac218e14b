# mmcmp: what GNU cmp (diffutils 3.8) says and answers, proved against the host's cmp with PEER=host; then what happens to
# files that are no plain files, or do not stay as they are. What it adds is in mmcmp_more.bats.

# Files are read while they are written, pipes are wanted as pipes, tests are subshells, run sets $stderr, words use hint and via.
# shellcheck disable=SC2034,SC2094,SC2002,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper

# A cmp that waits for ever shall fail its test, not stop the rest.

via=(classic cmp)

# misused MESSAGE ARG...: a usage error; the host's cmp begins its second line with its name
misused() {
	try 2 "${@:2}" && is '' out || return
	sed 's/^cmp: Try/Try/' err >err.plain
	reads "$1${nl}Try 'cmp --help' for more information.$nl" err.plain
}

# prints STATUS STDOUT STDERR ARG...: texts as for printf %b
prints() {
	try "$1" "${@:4}" && is "$2" out && is "$3" err
}

# The host's cmp is what the rest is compared with, if it is GNU's.
need_gnu_cmp() {
	command -p cmp --version 2>/dev/null | grep -q 'GNU diffutils' || skip "the host's cmp is not GNU's"
}

small_files() {
	printf 'ab\ncd' >a
	printf 'ab\nce' >b
	printf 'ab\n' >ab
	printf a >one
	: >empty
}

# --- the messages

@test "mmcmp says where the first difference is, its byte and its line" {
	small_files
	answers 1 'a b differ: byte 5, line 2\n' a b
	answers 1 'b a differ: byte 5, line 2\n' b a
	printf 'xb\n' >x
	answers 1 'a x differ: byte 1, line 1\n' a x
	printf 'ab\377' >y
	answers 1 'ab y differ: byte 3, line 1\n' ab y
}

@test "mmcmp says char in the POSIX locale, as POSIX wants, and byte in others or with -b" {
	small_files
	for LC_ALL in C POSIX; do
		export LC_ALL
		answers 1 'a b differ: char 5, line 2\n' a b
		answers 1 'a b differ: byte 5, line 2 is 144 d 145 e\n' -b a b
	done
	export LC_ALL=
	LC_MESSAGES='' LANG='' answers 1 'a b differ: char 5, line 2\n' a b
	LC_MESSAGES=C LANG=C.UTF-8 answers 1 'a b differ: char 5, line 2\n' a b
	LC_MESSAGES=C.UTF-8 LANG=C answers 1 'a b differ: byte 5, line 2\n' a b
	LC_MESSAGES='' LANG=C.UTF-8 answers 1 'a b differ: byte 5, line 2\n' a b
}

@test "mmcmp says which file ended first: within a line, at the end of one, or at once" {
	small_files
	fails 1 'cmp: EOF on ab after byte 3, line 1' a ab
	fails 1 'cmp: EOF on ab after byte 3, line 1' ab a
	fails 1 'cmp: EOF on one after byte 1, in line 1' one a
	fails 1 'cmp: EOF on empty which is empty' a empty
	printf 'ab\nc' >abc
	fails 1 'cmp: EOF on abc after byte 4, in line 2' a abc
	printf '\n\n\n' >three
	printf '\n\n' >two
	fails 1 'cmp: EOF on two after byte 2, line 2' three two
	fails 1 'cmp: EOF on ab after byte 3' -l a ab
	fails 1 'cmp: EOF on ab after byte 3, line 1' -b a ab
	fails 1 'cmp: EOF on empty which is empty' -l empty a
}

@test "mmcmp has nothing to say of equal files" {
	small_files
	cp a same
	does a same
	does -l a same
	does -s a same
	cp empty empty2
	does empty empty2
	does a a
}

@test "mmcmp -b shows the differing bytes, -l all of them, -bl both, in columns" {
	printf 'abc\nd\200\1 \n' >x
	printf 'abd\ne\377\177\t\n' >y
	answers 1 'x y differ: byte 3, line 1 is 143 c 144 d\n' -b x y
	answers 1 '3 143 144\n5 144 145\n6 200 377\n7   1 177\n8  40  11\n' -l x y
	answers 1 '3 143 c    144 d\n5 144 d    145 e\n6 200 M-^@ 377 M-^?\n7   1 ^A   177 ^?\n8  40       11 ^I\n' -lb x y
	answers 1 '3 144 d    143 c\n' --verbose --print-bytes --bytes=4 y x
	printf '\240\241\376' >u
	printf '\0\12\40' >v
	answers 1 '1 240 M-     0 ^@\n2 241 M-!   12 ^J\n3 376 M-~   40  \n' -bl u v
}

@test "mmcmp -l has its columns as wide as the smaller file's size, or for an endless one 19 digits" {
	pattern 12345 >f
	{ printf X; tail -c +2 f; } >g
	answers 1 '    1  61 130\n' -l f g
	answers 1 '  1  61 130\n' -l -n 100 f g
	answers 1 '   1  61 130\n' -l -i 2346:0 f <(printf X; tail -c +2348 f)
	cat f | answers 1 '    1  61 130\n' -l - g
	cat f >h
	cat f | answers 1 '                  1  61 130\n' -l - <(cat g)
	cat f | answers 1 '  1  61 130\n' -n 512 -l - <(cat g)
}

@test "mmcmp -s says nothing, and a size that differs is enough" {
	small_files
	answers 1 '' -s a b
	answers 1 '' -s a ab
	answers 1 '' --silent a ab
	answers 1 '' --quiet empty a
	does -s -n 3 a ab
	does -s -i 5 a ab
	answers 2 '' -s a not-there
	answers 2 '' -s not-there a
}

@test "mmcmp -i skips bytes of both or each, SKIP1 and SKIP2 as well, and the larger one counts" {
	small_files
	answers 1 'a b differ: byte 2, line 1\n' -i 3 a b
	answers 1 'a b differ: byte 2, line 1\n' a b 3 3
	answers 1 'a b differ: byte 1, line 1\n' -i 3:1 a b
	answers 1 'a b differ: byte 1, line 1\n' a b 3 1
	answers 1 'a b differ: byte 1, line 1\n' -i 1 a b 4
	answers 1 'a b differ: byte 1, line 1\n' a b 0x4 04
	does -i 5 a b
	does -i 1K:1kB a b
	fails 1 'cmp: EOF on ab which is empty' -i 3 ab a
	fails 1 'cmp: EOF on ab which is empty' --ignore-initial=9:0 ab a
	printf 'c\nd' >rest
	does -i 1:0 -n 0 a rest
	fails 1 'cmp: EOF on one after byte 1, in line 1' a one 0 0
}

@test "of several skips the largest counts, of several limits the smallest" {
	printf 'abcdefgh' >a
	printf 'abcXefgh' >b
	does -i 5 -i 1 a b
	does -i 1 -i 5 a b
	does -n 2 -n 9 a b
	does -n 9 -n 2 a b
	does -i 4:0 -i 0:4 a b
	misused "cmp: invalid --bytes value 'x'" -n x -n 2 a b
	misused "cmp: invalid --ignore-initial value 'x'" -i x -i 2 a b
}

@test "mmcmp -n compares so much at most, and what ends there has not ended early" {
	small_files
	does -n 4 a b
	does -n 3 a ab
	does -n 0 a b
	does -n 010 a a
	answers 1 'a b differ: byte 5, line 2\n' -n 5 a b
	answers 1 'a b differ: byte 5, line 2\n' -n 1kB a b
	answers 1 'a b differ: byte 5, line 2\n' -n 2KiB a b
	answers 1 'a b differ: byte 5, line 2\n' -n 0x10 a b
	fails 1 'cmp: EOF on ab after byte 3, line 1' -n 4 a ab
}

@test "mmcmp takes a missing FILE2 and - for standard input, from where that stands" {
	small_files
	does - <a a
	does a <a
	answers 1 'b - differ: byte 5, line 2\n' b <a
	answers 1 '- b differ: byte 5, line 2\n' - b <a
	cat a | answers 1 'b - differ: byte 5, line 2\n' b
	cat ab | fails 1 'cmp: EOF on - after byte 3, line 1' a
	{
		dd bs=3 count=1 >passed 2>dd.log
		answers 1 '- a differ: byte 1, line 1\n' - a
	} <a
	{
		dd bs=1 count=1 >passed 2>dd.log
		answers 1 '- b differ: byte 2, line 1\n' -i 2:3 - b
	} <a
	does - - <a
	does - <a
	cat a | does - -
	cat b | answers 1 'a - differ: byte 2, line 1\n' -i 3 a -
	cat b | does -i 7 a -
}

@test "mmcmp names what it cannot open or read, with status 2" {
	small_files
	mkdir folder
	refuses 'cmp: not-there: No such file or directory' not-there a
	refuses 'cmp: not-there: No such file or directory' a not-there
	refuses 'cmp: not-there: No such file or directory' not-there neither
	refuses 'cmp: folder: Is a directory' folder a
	refuses 'cmp: folder: Is a directory' a folder
	refuses 'cmp: folder: Is a directory' empty folder
	refuses 'cmp: folder: Is a directory' -s folder a
	does folder folder
	does folder ./folder
}

@test "mmcmp refuses words that mean nothing, as GNU says it" {
	small_files
	misused "cmp: invalid --ignore-initial value 'x'" -i x a b
	misused "cmp: invalid --ignore-initial value '3x'" a b 3x
	misused "cmp: invalid --ignore-initial value ''" -i '' a b
	misused "cmp: invalid --ignore-initial value ''" -i 1: a b
	misused "cmp: invalid --ignore-initial value '2:3'" -i 1:2:3 a b
	misused "cmp: invalid --ignore-initial value ':1'" -i :1 a b
	misused "cmp: invalid --ignore-initial value '8E'" -i 8E a b
	misused "cmp: invalid --bytes value '-1'" -n -1 a b
	misused "cmp: invalid --bytes value '08'" -n 08 a b
	misused "cmp: invalid --bytes value '99999999999999999999'" -n 99999999999999999999 a b
	misused "cmp: invalid --bytes value '1w'" --bytes 1w a b
	misused "cmp: missing operand after 'cmp'"
	misused "cmp: extra operand '5'" a b 3 4 5
	misused "cmp: option requires an argument -- 'i'" -i
	misused "cmp: invalid option -- 'x'" -x a b
}

@test "mmcmp into /dev/null stops at the first difference, and says no more" {
	small_files
	printf 'xb\n' >x
	for options in -l -b -lb ''; do
		got=0
		# shellcheck disable=SC2086 # none or one
		"${via[@]}" $options a x >/dev/null 2>err || got=$?
		[ "$got" = 1 ]
		is '' err
	done
	got=0
	"${via[@]}" a ab >/dev/null 2>err || got=$?
	[ "$got" = 1 ]
	is 'cmp: EOF on ab after byte 3\n' err
}

@test "mmcmp has status 2 when its output cannot be written" {
	small_files
	[ -w /dev/full ] || skip "no /dev/full"
	for options in '' -l; do
		got=0
		# shellcheck disable=SC2086 # none or one
		"${via[@]}" $options a b >/dev/full 2>err || got=$?
		[ "$got" = 2 ]
		has 'No space left on device' err
	done
}

# --- a seeded differential

# drawn COUNT SEED: a case a line, of files that `make_files` made: options and operands, and what standard input is
drawn() {
	awk -v n="$1" -v seed="$2" 'function pick(words,    w) { return w[int(rand() * split(words, w, " ")) + 1] }
	BEGIN {
		srand(seed)
		while (n-- > 0) {
			base = int(rand() * 6)
			a = "f" base "." int(rand() * 9); b = "f" (rand() < 0.9 ? base : int(rand() * 6)) "." int(rand() * 9)
			line = ""
			if (rand() < 0.3) line = line " -b"
			if (rand() < 0.5) line = line " -l"; else if (rand() < 0.2) line = line " -s"
			if (rand() < 0.3) line = line " -n " pick("0 1 2 100 4095 4096 4097 8192 8193 12289 65536 1K 2kB 0x1001 010 65537 1M")
			if (rand() < 0.3) line = line " -i " pick("0 1 4095 4096 4097 1:2 4096:1 3:4099 1K 70000 0:5 8191:0 1M")
			how = rand()
			if (how < 0.6) line = line " " a " " b
			else if (how < 0.65) line = line " " a " - <" b
			else if (how < 0.7) line = line " - " a " <" b
			else if (how < 0.75) line = line " " a " <" b
			else if (how < 0.8) line = line " " a " - <(cat " b ")"
			else if (how < 0.85) line = line " <(cat " a ") " b
			else if (how < 0.95) line = line " " a " <(cat " b ")"
			else line = line " <(cat " a ") <(cat " b ")"
			if (how < 0.6 && rand() < 0.2) line = line " " pick("1 4096 5000") (rand() < 0.5 ? " " pick("1 4096 0 9999") : "")
			if (how >= 0.75 && how < 0.8) { sub(/ - <\(/, " - < <(", line) }
			print line
		}
	}'
}

# spoiled FILE BYTE...: these bytes of it, counted from 0, become others
spoiled() {
	local file=$1 at
	shift
	for at; do printf '\377' | dd of="$file" bs=1 seek="$at" conv=notrunc 2>dd.log; done
}

# make_files: six families of nine files that differ at the edges of pages and windows, in their lengths, in holes
make_files() {
	local i size
	for i in 0 1 2 3 4 5; do
		size=$(printf '%s\n' 0 1 4096 12289 70000 140001 | sed -n "$((i + 1))p")
		pattern "$size" "$i" >"f$i.0"
		cp "f$i.0" "f$i.1"
		head -c $((size * 2 / 3)) "f$i.0" >"f$i.2"
		{ cat "f$i.0"; printf 'more\n'; } >"f$i.3"
		for k in 4 5 6 7 8; do cp "f$i.0" "f$i.$k"; done
		[ "$size" -gt 4000 ] || continue
		spoiled "f$i.4" 0 $((size - 1))
		spoiled "f$i.5" 4095
		spoiled "f$i.6" 4096 4097 8191 8192
		spoiled "f$i.7" $((size / 2)) $((size * 2 / 3)) 65535 65536
		truncate -s "$size" "f$i.7"
		truncate -s 4096 "f$i.8"
		truncate -s $((size + 8192)) "f$i.8"
	done
}

# results OUT COMMAND...: what each case on standard input prints, says and answers
results() {
	local out=$1 line got
	shift
	while IFS= read -r line; do
		printf '=== %s\n' "$line"
		got=0
		eval "\"\$@\" $line" 2>&3 || got=$?
		printf '= %s\n' "$got" >&3
		printf '= %s\n' "$got"
	done >"$out" 3>"$out.err" </dev/fd/4
	# the names that the shell gives to pipes
	sed -i -E 's#/dev/fd/[0-9]+#PIPE#g; s#/proc/self/fd/[0-9]+#PIPE#g' "$out" "$out.err"
}

# agrees COUNT SEED: in as many cases with the host's cmp
agrees() {
	ours
	need_gnu_cmp
	make_files
	drawn "$1" "$2" >list
	results want command -p cmp 4<list
	results got "$bin/cmp" 4<list
	diff want got | head -n 20 && same want got
	diff want.err got.err | head -n 20 && same want.err got.err
}

@test "mmcmp agrees with the host's cmp in seeded cases" {
	agrees "$(share 1000)" 1
}

@test "mmcmp agrees with the host's cmp in seeded cases with windows of a page and four threads" {
	export MMTOOLS_IO=map MMTOOLS_WINDOW=4096 MMTOOLS_THREADS=4
	agrees "$(share 1000)" 2
}

@test "mmcmp agrees with the host's cmp in seeded cases with windows of two pages, read" {
	export MMTOOLS_IO=read MMTOOLS_WINDOW=8192
	agrees "$(share 500)" 3
}
