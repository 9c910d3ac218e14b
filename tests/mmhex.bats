# mmhex by its own name: its dump, and dumps turned back into bytes. As xxd: mmhex_xxd.bats.

# Pipes are wanted as pipes, tests are subshells, and the helper sets and reads variables.
# shellcheck disable=SC2002,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	unset NO_COLOR
	via=(mm mmhex)
	hint="Try 'mmhex --help' for more information.$nl"
}

teardown() {
	stop_started
}

# --- what is shown

@test "mmhex shows offset, bytes and text, and at last the offset of the end" {
	printf 'hello world\n\0\1\177\200\377 ~!' >f
	tells '00000000  68 65 6c 6c 6f 20 77 6f  72 6c 64 0a 00 01 7f 80  |hello world.....|
00000010  ff 20 7e 21                                       |. ~!|
00000014' f
	printf ab | tells '00000000  61 62                                             |ab|
00000002'
	printf ab | tells '00000000  61 62                                             |ab|
00000002' -
	: >e
	does e
	does /dev/null
}

@test "mmhex shows what hexdump -C shows" {
	need hexdump
	local size
	for size in 1 15 16 17 100 4095 4096 4097 70000 300000; do
		pattern "$size" >f
		try 0 f
		hexdump -C f | same - out
		{ head -c "$size" /dev/zero && cat f && head -c 5000 /dev/zero; } >g
		try 0 g
		hexdump -C g | same - out
		try 0 -v g
		hexdump -v -C g | same - out
		cat g | try 0
		hexdump -C g | same - out
	done
}

@test "mmhex folds rows that are equal to the one above, unless --all" {
	{ fill a 40 && fill b 32; } >f
	tells '00000000  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|
*
00000020  61 61 61 61 61 61 61 61  62 62 62 62 62 62 62 62  |aaaaaaaabbbbbbbb|
00000030  62 62 62 62 62 62 62 62  62 62 62 62 62 62 62 62  |bbbbbbbbbbbbbbbb|
00000040  62 62 62 62 62 62 62 62                           |bbbbbbbb|
00000048' f
	for how in -v --all; do
		try 0 $how f
		[ "$(wc -l <out)" = 6 ]
	done
	fill a 32 >f
	tells '00000000  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|
*
00000020' f
}

@test "mmhex folds holes unread, however large" {
	need_holes
	truncate -s 1T f || skip "no such large files here"
	printf end >>f
	tells "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
10000000000  65 6e 64                                          |end|
10000000003" f
	try 0 --range=8+0x8000008 --explain f
	has '^08000010$' out
	has '1 hole' err
}

@test "holes that nobody could live to read are folded, whatever the block, and by every name" {
	need_holes
	truncate -s 4E f || truncate -s 8T f || skip "no such large files here"
	printf xyz >begin
	local form size
	size=$(stat -c %s f)
	while read -r form; do
		# shellcheck disable=SC2086 # words
		mm $form >out
		[ "$(wc -l <out)" -lt 9 ]
		has '^\*$' out
	done <<-'END'
		mmhex -w 7 f
		mmhex --range=4095 f
		hexdump -C -s 3 f
		hexdump -C begin f
		hexdump -x -b f
		od -j 5000 f
		od -w100 -t x1z begin f
		xxd -a f
		xxd -a -c 11 -s 3 f
	END
	mm od -An -v -j $((size - 3)) f >out
	is ' 000000 000000\n' out
}

@test "mmhex --width and --group settle the row" {
	printf 'abcdefghijklmnopqr' >f
	tells '00000000  61 62 63 64 65  |abcde|
00000005  66 67 68 69 6a  |fghij|
0000000a  6b 6c 6d 6e 6f  |klmno|
0000000f  70 71 72        |pqr|
00000012' -w 5 f
	tells '00000000  6162 6364 6566 6768  |abcdefgh|
00000008  696a 6b6c 6d6e 6f70  |ijklmnop|
00000010  7172                 |qr|
00000012' --width=8 --group=2 f
	tells '00000000  616263 646566 676869 6a6b6c 6d6e6f 70  |abcdefghijklmnop|
00000010  7172                                   |qr|
00000012' -g 3 f
	tells '00000000  6162636465666768696a6b6c6d6e6f70  |abcdefghijklmnop|
00000010  7172                              |qr|
00000012' -g 0 f
	refuses "mmhex: a row has from 1 to 256 bytes$nl$hint" -w 0 f
	refuses "mmhex: a row has from 1 to 256 bytes$nl$hint" -w 257 f
	fill x 256 >f
	try 0 -w 256 f
	[ "$(wc -l <out)" = 2 ]
}

@test "mmhex --words shows words of 16, 32 or 64 bits, and --little turns them round" {
	printf 'abcdefghijk' >f
	tells '00000000  6162 6364 6566 6768  696a 6b              |abcdefghijk|
0000000b' --words=16 f
	tells '00000000  64636261 68676665    6b6a69           |abcdefghijk|
0000000b' --words 32 --little -w 16 f
	tells '00000000  6867666564636261            6b6a69  |abcdefghijk|
0000000b' --words=64 -e f
	tells '00000000  61 62 63 64 65 66 67 68  69 6a 6b                 |abcdefghijk|
0000000b' --little f
	refuses "mmhex: --group and --words exclude each other$nl$hint" -g 2 --words=16 f
	try 2 --words=8 f
}

@test "mmhex --decimal shows offsets in decimal" {
	fill a 100 >f
	tells '00000000  61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|
*
00000096  61 61 61 61                                       |aaaa|
00000100' --decimal f
}

@test "mmhex --range shows each range at its offset" {
	printf '0123456789abcdefghij' >f
	tells '00000008  38 39 61 62                                       |89ab|
0000000c
00000012  69 6a                                             |ij|
00000014' --range=8+4 --range=-2 f
	fails 1 'mmhex: f: range 30 begins beyond the end' --range=30 f
	try 1 --range=18+5 f
	is '00000012  69 6a                                             |ij|\n00000014\n' out
	reads "mmhex: f: range 18+5 goes beyond the end at 20$nl" err
	cat f | tells '00000008  38 39                                             |89|
0000000a' --range=8+2
}

@test "mmhex names each of several files above its bytes" {
	printf a >f
	printf b >"$(printf 'x\033y')"
	tells "==> f <==
00000000  61                                                |a|
00000001

==> 'x'\$'\\033''y' <==
00000000  62                                                |b|
00000001" f x*
	try 1 f no
	reads "mmhex: no: No such file or directory$nl" err
	mkdir d
	fails 1 'mmhex: d: Is a directory' d
}

@test "mmhex colours kinds of bytes on demand, with one escape for a run of a colour" {
	printf 'ab \n\0\0\1\200\201\377' >f
	try 0 --color=always f
	is '00000000  61 62 \0033[32m20 0a \0033[90m00 00 \0033[35m01 \0033[33m80  81 \0033[34mff                    \0033[39m|ab\0033[32m .\0033[90m..\0033[35m.\0033[33m..\0033[34m.\0033[39m|\n0000000a\n' out
	try 0 --color f
	has $'\033' out
	for how in --color=never --color=auto ''; do
		# shellcheck disable=SC2086 # none or one
		try 0 $how f
		lacks $'\033' out
	done
}

@test "mmhex colours by itself on a terminal alone, and not with NO_COLOR" {
	need script
	printf 'a\0' >f
	script -qec "'$bin/mmhex' f" /dev/null </dev/null >out
	has $'\033\\[90m00' out
	NO_COLOR=1 script -qec "'$bin/mmhex' f" /dev/null </dev/null >out
	lacks $'\033\\[' out
	NO_COLOR='' script -qec "'$bin/mmhex' f" /dev/null </dev/null >out
	has $'\033\\[90m00' out
	script -qec "'$bin/mmhex' --color=never f" /dev/null </dev/null >out
	lacks $'\033\\[' out
}

@test "od -S shows each string of a live stream as it comes" {
	mkfifo in
	via=(mm od -S 3)
	start_from in
	exec 8>in
	printf 'abc\0def' >&8
	eventually grep -q 'abc$' got
	exec 8>&-
	ends_as 0
}

@test "mmhex and xxd show each row of a live stream as it comes" {
	local form
	mkfifo in
	for form in mmhex xxd 'xxd -p -c 16' 'xxd -i -c 16'; do
		# shellcheck disable=SC2086,SC2206 # words
		via=(mm $form)
		start_from in
		exec 8>in
		printf ABCDEFGHIJKLMNOP >&8
		eventually grep -q '41.*50' got
		printf 0123456789abcdef >&8
		eventually grep -q '30.*66' got
		exec 8>&-
		ends_as 0
	done
}

@test "mmhex shows nothing that was not in a file that shrinks meanwhile" {
	pattern 3000000 >f
	mkfifo p
	mm mmhex -v f >p 2>err 3>&- &
	pid=$!
	started+=("$pid")
	{
		head -c 1000 >begin
		truncate -s 1000000 f
		cat >rest
	} <p
	cat begin rest | sed -n '/^[0-9a-f]*  /p' >shown
	# all of them are rows of what was there
	pattern 3000000 | hexdump -v -C | head -n "$(wc -l <shown)" | head -n -1 >want
	head -n -1 shown | same - want
	ends_as 1 || grep -q 'shrank while being read' err
}

@test "mmhex says that standard output is full or closed" {
	[ -e /dev/full ] || skip "no /dev/full here"
	pattern 100000 >f
	local got=0
	mm mmhex f >/dev/full 2>err || got=$?
	[ $got = 1 ]
	reads "mmhex: write error: No space left on device$nl" err
	got=0
	mm mmhex f >&- 2>err || got=$?
	[ $got = 1 ]
}

@test "mmhex refuses options that mean nothing" {
	printf a >f
	refuses "mmhex: --at is for --revert$nl$hint" --at=5 f
	refuses "mmhex: extra operand 'c'$nl$hint" --revert a b c
	local word
	for word in --all --range=0+1 --width=8 --group=2 --words=32 --color=never; do
		printf '00000000  61\n' | refuses "mmhex: --revert and ${word%%=*} exclude each other$nl$hint" --revert "$word"
	done
}

# --- back

# back COMMAND...: what this shows of the file f is turned back into it, from a file and through a pipe
back() {
	mm "$@" f >dump
	again
}

# again: so is the same dump, in $how
again() {
	rm -f copy
	does --revert "${how[@]}" dump copy
	same f copy
	mm mmhex --revert "${how[@]}" <dump | same - f
}

# trimmed COMMAND...: and also where blanks at the ends of lines are lost
trimmed() {
	back "$@"
	sed -i 's/ *$//' dump
	again
}

@test "mmhex --revert turns back whatever mmhex shows, of random files" {
	local size how
	for size in 0 1 15 16 17 4096 5000 40000; do
		{ pattern "$size" "$((size + 1))" | gzip -cn && head -c "$size" /dev/zero && pattern "$size" && fill x "$size" && head -c "$size" /dev/zero; } >f
		how=()
		back mmhex
		back mmhex -v
		back mmhex -w 7 -g 2
		back mmhex -w 256 -g 0
		back mmhex --words=32
		back mmhex --color=always
		how=(--little)
		back mmhex --little --words=16
		back mmhex --little -g 3 -w 20
		how=(--decimal)
		back mmhex --decimal
	done
	: >f
	how=()
	back mmhex
}

@test "mmhex --revert turns back what xxd shows" {
	local how=() form
	{ pattern 5000 && head -c 3000 /dev/zero && pattern 3000 4 | gzip -cn && printf '  blanks  at both  ends   '; } >f
	for form in '' -a -u '-c 7' '-c 256 -g 5' '-g 0' '-g 1 -c 30' '-R always'; do
		# shellcheck disable=SC2086 # words
		trimmed xxd $form
	done
	how=(--decimal)
	back xxd -d
}

@test "mmhex --revert turns back what xxd -e shows, whose last group is short, and xxd -E" {
	local how size form what
	head -c 3000 /dev/zero | tr '\0' '@' >blanks
	for size in 1 2 3 4 5 6 7 8 9 13 16 17 31 40; do
		# the blank is 0x40
		{ printf '@@\301' && head -c "$size" blanks && printf '\302@@' && head -c "$size" blanks; } >f
		how=()
		trimmed xxd -E
		# letters, and what is like the digits and blanks before it
		fill A "$size" >letters
		{ printf ' ' && fill 4 "$size" && printf '  '; } >digits
		for form in '' '-g 2' '-g 8' '-g 16' '-c 8' '-c 32' '-g 1' '-R always'; do
			for what in letters digits; do
				cp "$what" f
				# shellcheck disable=SC2086 # words
				mm xxd -e $form f | mm mmhex --revert --little | same - f
			done
		done
	done
	# where it may be either, neither is taken
	printf '00000000: 44434241     4645\n' >d
	complains 'mmhex: d: line 1: what may be bytes or text' --revert --little d
	printf '00000000: 44434241     4645  ABCDEF\n' | shows ABCDEF --revert --little
	printf '00000000: 44434241  4645\n' | shows ABCD --revert --little
}

@test "mmhex --revert and xxd -r write what has come of a live dump, before the next is waited for" {
	local form
	mkfifo in
	for form in 'mmhex --revert' 'xxd -r' 'xxd -r -p'; do
		# shellcheck disable=SC2086,SC2206 # words
		via=(mm $form)
		start_from in
		exec 8>in
		printf '4142\n' | if [ "$form" = 'xxd -r -p' ]; then cat; else sed 's/^/00000000: /'; fi >&8
		eventually grep -q AB got
		exec 8>&-
		ends_as 0
	done
}

@test "what comes back without an end is given up when nobody takes it" {
	[ -w /dev/full ] || skip "no /dev/full here"
	need timeout
	local got=0
	yes 41 | timeout 60 "$bin/xxd" -r -p >/dev/full 2>err || got=$?
	[ "$got" = 3 ]
	is 'xxd: write error: No space left on device\n' err
}

@test "mmhex --revert writes into a file at the places that the dump tells, and never cuts it" {
	fill x 40 >o
	printf '00000004  41 42  |AB|\n00000010  43\n00000002: 4445  DE\n' >d
	does --revert d o
	is 'xxDEABxxxxxxxxxxCxxxxxxxxxxxxxxxxxxxxxxx' o
	fill x 40 >o
	printf '00000004  41 42  |AB|\n00000010  43\n' >d
	does --revert --at=1 d o
	is 'xABxxxxxxxxxxCxxxxxxxxxxxxxxxxxxxxxxxxxx' o
	rm o
	does --revert --at 0x1000 d o
	[ "$(wc -c <o)" = 4109 ]
	mm mmhex --revert d | is '\0000\0000\0000\0000AB\0000\0000\0000\0000\0000\0000\0000\0000\0000\0000C' /dev/stdin
	mm mmhex --revert --at=0 d | is 'AB\0000\0000\0000\0000\0000\0000\0000\0000\0000\0000C' /dev/stdin
	printf x >o
	mm mmhex --revert d >>o
	is 'x\0000\0000\0000\0000AB\0000\0000\0000\0000\0000\0000\0000\0000\0000\0000C' o
}

@test "mmhex --revert repeats the row above for a star, and makes holes of zeros behind the end" {
	printf '00000000  61 62  |ab|\n*\n00000008  63  |c|\n00000009\n' >d
	shows 'ababababc' --revert d
	printf '00000000  00 00\n*\n00000008\n' >d
	shows '\0000\0000\0000\0000\0000\0000\0000\0000' --revert d
	# not in what is there already
	fill x 9 >o
	does --revert d o
	is '\0000\0000\0000\0000\0000\0000\0000\0000x' o
	need_holes
	truncate -s 256M big
	mm mmhex big >d
	# a file that is a little longer than the row above
	fill x 40 >o
	does --revert d o
	[ "$(stat -c %s o)" = 268435456 ]
	[ "$(stat -c %b o)" -lt 1000 ]
	head -c 100 /dev/zero >zeros
	head -c 100 o | same - zeros
	does --revert d copy
	[ "$(stat -c %s copy)" = 268435456 ]
	[ "$(stat -c %b copy)" -lt 1000 ]
}

@test "mmhex --revert takes a dump with carriage returns and empty lines, and a last line without an end" {
	printf '00000000  61 62  |ab|\r\n\r\n00000002: 63 64  cd' >d
	shows abcd --revert d
	shows abcd --revert <d
}

# no_dump REASON LINE...: the dump of these lines fails at the last of them
no_dump() {
	printf '%b\n' "${@:2}" >d
	try 1 --revert d
	reads "mmhex: d: line $(($# - 1)): $1$nl" err
}

@test "mmhex --revert says in which line what is no dump, and why" {
	no_dump 'no offset' hello
	no_dump 'no offset' '00000000  61' '==> f <=='
	no_dump 'no offset' 0x10
	no_dump 'an offset too large' '10000000000000000  61'
	no_dump 'an offset too large' '7fffffffffffffff  61'
	no_dump 'half a byte' '00000000  61 6'
	no_dump 'half a byte' '00000000  61 6 |a|'
	no_dump 'what is no hexadecimal digit' '00000000  61 xx'
	no_dump 'what is no hexadecimal digit' '00000000: 61zz'
	no_dump 'neither a dump of mmhex nor of xxd' '0000000 6162 6364'
	no_dump 'a text that is not as long as the bytes' '00000000  61 62  |abc|'
	no_dump 'a text that is not as long as the bytes' '00000000  61 62 63  |ab|'
	no_dump 'a text that is not as long as the bytes' '00000000: 01100001 01100010  ab'
	no_dump 'a fold without a row above' '*'
	no_dump 'a fold without a row above' '00000000  61' 00000001 '*'
	# as of xxd -p
	no_dump 'digits alone; a plain dump is for xxd -r -p' 00000000
	no_dump 'digits alone; a plain dump is for xxd -r -p' "$(fill 0 60)"
	no_dump 'digits alone; a plain dump is for xxd -r -p' 68656C6c6f2c20776f726c64
	no_dump 'a fold without an end' '00000000  61' '*'
	no_dump 'its offset is not a number of rows behind those above' '00000000  61 62' '*' '00000005  61'
	no_dump 'its offset is not a number of rows behind those above' '00000000  61 62' '*' '00000002'
	no_dump 'an end elsewhere than that of the rows above' '00000000  61 62' '00000003'
	no_dump 'what is no text' '00000000  61\0000 62'
	no_dump 'what is no text' '\0033[1A'
	no_dump "$(printf 'more than %s bytes' 256)" "00000000  $(fill 0 514)"
	no_dump 'more than a line of a dump' "$(fill 0 40000)"
	complains 'mmhex: d: line 1: more than a line of a dump' --revert d o
	[ ! -e o ]
	printf '00000010  41\n0000000b  42\n0000000a  43\n' >d
	complains 'mmhex: d: line 3: an offset that lies before the start' --revert --at=5 d o
	is 'B\0000\0000\0000\0000A' o
	printf '00000004  61\n00000000  61\n' >d
	mm mmhex --revert d 2>err | is '\0000\0000\0000\0000a' /dev/stdin
	reads "mmhex: d: line 2: an offset that lies back, in a stream$nl" err
}

@test "mmhex --revert says what cannot be read or written" {
	printf '00000000  61\n' >d
	complains 'mmhex: no: No such file or directory' --revert no
	complains 'mmhex: no/o: No such file or directory' --revert d no/o
	complains 'mmhex: d: input file is output file' --revert d d
	mkdir folder
	complains 'mmhex: folder: Is a directory' --revert folder o
	[ ! -e o ]
	[ -e /dev/full ] || skip "no /dev/full here"
	mm mmhex --revert d /dev/full 2>err || true
	reads "mmhex: write error: No space left on device$nl" err
}

@test "mmhex --revert of random damage never does anything but say so" {
	local i count where got
	pattern 300 >f
	mm mmhex f >good
	IFS= read -rd '' text <good || :
	RANDOM=11 count=$(share 200)
	for ((i = 0; i < count; i++)); do
		where=$((RANDOM % ${#text}))
		# the offset may lead far away, but not so far that zeros take long
		printf '%s' "${text:0:where}" "$(printf '%b' "\\x$(printf %02x $((RANDOM % 255 + 1)))")" "${text:where+1}" >d
		got=0
		timeout 20 "$bin/mmhex" --revert d 2>err | head -c 100000 >out
		[ ! -s err ] || only 'mmhex: d: line [0-9]+: .*|mmhex: write error: Broken pipe' err
	done
}
