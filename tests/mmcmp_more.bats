# mmcmp: what it adds to cmp (stretches, dumps, JSON, scripts, ranges), and what it does with files that are no plain files, or
# do not stay as they are. cmp itself is in mmcmp.bats.

# Some are set by the helper, tests are subshells, pipes are wanted as pipes.
# shellcheck disable=SC2154,SC2030,SC2031,SC2002,SC2034,SC2094
bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	via=("$bin/mmcmp")
	unset COLUMNS NO_COLOR
}

# reports STATUS STDOUT STDERR ARG...: lines as they stand, the last line end implied
reports() {
	try "$1" "${@:4}" && reads "$2${2:+$nl}" out && reads "$3${3:+$nl}" err
}

two_files() {
	printf 'abcdefgh' >x
	printf 'abXdeYZhij' >y
}

# --- stretches

@test "mmcmp --ranges prints each stretch that differs, and says how many there are" {
	two_files
	reports 1 "2+1${nl}5+2" "mmcmp: EOF on x after byte 8${nl}mmcmp: 2 stretches, 3 of 8 bytes differ" --ranges x y
	reports 1 2+1 "mmcmp: 1 stretch, 1 of 4 bytes differ" --ranges -n 4 x y
	reports 0 '' "mmcmp: 0 stretches, 0 of 8 bytes differ" --ranges x x
	cp x same
	reports 0 '' "mmcmp: 0 stretches, 0 of 8 bytes differ" --ranges x same
	# offsets are those in the first file
	printf 'defgh' >rest
	reports 0 '' "mmcmp: 0 stretches, 0 of 5 bytes differ" --ranges -i 3:0 x rest
	reports 1 5+2 "mmcmp: EOF on x after byte 4${nl}mmcmp: 1 stretch, 2 of 4 bytes differ" --ranges -i 4 x y
}

@test "mmcmp --json has an object for each stretch and one for all" {
	two_files
	reports 1 '{"offset":2,"offset2":2,"length":1}
{"offset":5,"offset2":5,"length":2}
{"equal":false,"compared":8,"differing":3,"stretches":2,"eof":"x"}' "mmcmp: EOF on x after byte 8" --json x y
	reports 0 '{"equal":true,"compared":8,"differing":0,"stretches":0}' '' --json x x
	printf '12' >'na"me'
	reports 1 '{"offset":1,"offset2":0,"length":1}
{"equal":false,"compared":1,"differing":1,"stretches":1,"eof":"na\"me"}' "mmcmp: EOF on 'na\"me' after byte 1" --json -i 1:0 'na"me' x
}

@test "mmcmp --script prints what mmpatch takes: old bytes as the condition, new ones, 64 at most on a line" {
	two_files
	reports 2 "# x -> y${nl}0x2: 63 -> 58${nl}0x5: 6667 -> 595a" "mmcmp: EOF on x after byte 8; a script changes no size" \
		--script x y
	reports 2 '# /dev/null -> y' "mmcmp: EOF on /dev/null which is empty; a script changes no size" --script /dev/null y
	reports 0 "# x -> x" '' --script x x
	reports 1 "# x -> y${nl}0x5: 66 -> 59" '' --script --range=3+3 x y
	fill a 130 >a
	fill b 130 >b
	reports 1 "# a -> b
0x0: $(fill 61 0)$(printf '61%.0s' {1..64}) -> $(printf '62%.0s' {1..64})
0x40: $(printf '61%.0s' {1..64}) -> $(printf '62%.0s' {1..64})
0x80: 6161 -> 6262" '' --script a b
	# a name cannot end the comment
	cp a $'a\n0x0: 61 -> 00'
	reports 1 "# 'a'\$'\\n''0x0: 61 -> 00' -> y${nl}0x0: 61 -> 58" '' --script -n 1 -i 0:2 $'a\n0x0: 61 -> 00' y
}

# stretches_of OLD NEW: the stretches as the host's cmp -l has their bytes
stretches_of() {
	command -p cmp -l "$1" "$2" 2>said | awk '
		BEGIN { last = -1 }
		$1 != last + 1 { if (n) print first "+" n; first = $1 - 1; n = 0 }
		{ n++; last = $1 }
		END { if (n) print first "+" n }'
}

# script_of OLD NEW: the lines of a script, made of the same
script_of() {
	command -p cmp -l "$1" "$2" 2>said | awk '
		function octal(s) { return substr(s, length(s)) + 8 * substr(s, length(s) - 1, 1) + (length(s) > 2 ? 64 * substr(s, 1, 1) : 0) }
		function end() { if (n) printf "0x%x: %s -> %s\n", first, old, new; n = 0; old = new = "" }
		BEGIN { last = -1 }
		$1 != last + 1 || n == 64 { end(); first = $1 - 1 }
		{ n++; last = $1; old = old sprintf("%02x", octal($2)); new = new sprintf("%02x", octal($3)) }
		END { end() }'
}

# edited FILE SEED: the file with some bytes changed, in runs of all lengths, some at the edges of pages
edited() {
	LC_ALL=C awk -v seed="$2" -v n="$(wc -c <"$1")" 'BEGIN {
		srand(seed)
		for (i = 0; i < 12; i++) {
			at = int(rand() * n)
			if (rand() < 0.5) at = int(at / 4096) * 4096 - int(rand() * 3)
			for (k = int(exp(rand() * 5.5)); k > 0; k--) if (at >= 0 && at < n && rand() < 0.95) print at++
		}
	}' | sort -nu >places
	command -p od -An -v -tu1 -w1 "$1" | LC_ALL=C awk 'NR == FNR { at[$1 + 1]; next } { printf "%c", (FNR in at) ? 35 + ($1 + FNR) % 90 : $1 }' \
		places - >"$1.edited"
}

@test "mmcmp --ranges and --script tell what the host's cmp -l tells, byte for byte" {
	local seed how
	need od
	for seed in 1 2 3 4 5 6 7 8 9 10; do
		pattern $((seed * 9001 % 60000 + 1)) $seed >f
		edited f $seed
		stretches_of f f.edited >ranges
		script_of f f.edited >script
		for how in 'auto 8M 1' 'map 4096 1' 'map 4096 3' 'read 4096 1'; do
			read -r MMTOOLS_IO MMTOOLS_WINDOW MMTOOLS_THREADS <<<"$how"
			export MMTOOLS_IO MMTOOLS_WINDOW MMTOOLS_THREADS
			mm mmcmp --ranges f f.edited >out 2>err || [ $? = 1 ]
			same ranges out
			mm mmcmp --script f f.edited >out || [ $? = 1 ]
			tail -n +2 out | same script -
			cat f.edited | mm mmcmp --ranges f - >out 2>err || [ $? = 1 ]
			same ranges out
		done
		unset MMTOOLS_IO MMTOOLS_WINDOW MMTOOLS_THREADS
	done
}

# --- dumps

@test "mmcmp --hex shows the lines that differ, one above the other, with -C lines around them" {
	printf 'a line of sixteen and so on, bytes at a time, in lines of hexadecimal dump, and a rest that is short' >f
	cp f g
	printf X | dd of=g bs=1 seek=35 conv=notrunc 2>dd.log
	reports 1 \
		"- 00000020  65 73 20 61 74 20 61 20  74 69 6d 65 2c 20 69 6e  |es at a time, in|
+ 00000020  65 73 20 58 74 20 61 20  74 69 6d 65 2c 20 69 6e  |es Xt a time, in|" '' --hex f g
	reports 1 \
		"  00000010  6e 20 61 6e 64 20 73 6f  20 6f 6e 2c 20 62 79 74  |n and so on, byt|
- 00000020  65 73 20 61 74 20 61 20  74 69 6d 65 2c 20 69 6e  |es at a time, in|
+ 00000020  65 73 20 58 74 20 61 20  74 69 6d 65 2c 20 69 6e  |es Xt a time, in|
  00000030  20 6c 69 6e 65 73 20 6f  66 20 68 65 78 61 64 65  | lines of hexade|" '' --hex -C1 f g
	does --hex f f
	cp f h
	does --hex -C 9 f h
}

@test "mmcmp --hex parts what is not adjacent, and does not repeat a line" {
	fill a 160 >f
	cp f g
	for at in 0 16 48 144; do printf X | dd of=g bs=1 seek=$at conv=notrunc 2>dd.log; done
	try 1 --hex f g
	cut -c1-10 out >lines
	is '- 00000000\n+ 00000000\n- 00000010\n+ 00000010\n--\n- 00000030\n+ 00000030\n--\n- 00000090\n+ 00000090\n' lines
	try 1 --hex -C 1 f g
	cut -c1-10 out >lines
	is '- 00000000\n+ 00000000\n- 00000010\n+ 00000010\n  00000020\n- 00000030\n+ 00000030\n  00000040\n--\n  00000080\n- 00000090\n+ 00000090\n' lines
	try 1 --hex -C 2 f g
	cut -c1-10 out >lines
	is '- 00000000\n+ 00000000\n- 00000010\n+ 00000010\n  00000020\n- 00000030\n+ 00000030\n  00000040\n  00000050\n--\n  00000070\n  00000080\n- 00000090\n+ 00000090\n' lines
	try 1 --hex -C 65536 f g
	[ "$(wc -l <out)" = 14 ]
	refuses "mmcmp: --context: at most 65536 lines${nl}Try 'mmcmp --help' for more information." --hex -C 65537 f g
}

@test "mmcmp --hex side by side where the terminal is wide, each file with its own offsets" {
	printf 'abcdefghijklmnopqrstuvw' >f
	printf 'zabcdefghijXlmnopqrstuvw' >g
	export COLUMNS=160
	reports 1 \
		"00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop| | 00000001  61 62 63 64 65 66 67 68  69 6a 58 6c 6d 6e 6f 70  |abcdefghijXlmnop|
00000010  71 72 73 74 75 76 77                              |qrstuvw|            00000011  71 72 73 74 75 76 77                              |qrstuvw|" \
		'' --hex -i 0:1 -C 1 f g
	export COLUMNS=159
	try 1 --hex -i 0:1 f g
	is '- 00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop|\n+ 00000001  61 62 63 64 65 66 67 68  69 6a 58 6c 6d 6e 6f 70  |abcdefghijXlmnop|\n' out
}

@test "mmcmp --hex --color marks each run of bytes that differ by one escape, in bytes and text" {
	printf 'abcdefghijkl' >f
	printf 'XbcdefgHIjkL' >g
	local r=$'\033[31m' g=$'\033[32m' o=$'\033[m'
	reports 1 \
		"- 00000000  ${r}61$o 62 63 64 65 66 67 ${r}68  69$o 6a 6b ${r}6c$o              |${r}a${o}bcdefg${r}hi${o}jk${r}l$o|
+ 00000000  ${g}58$o 62 63 64 65 66 67 ${g}48  49$o 6a 6b ${g}4c$o              |${g}X${o}bcdefg${g}HI${o}jk${g}L$o|" '' --hex --color=always f g
	try 1 --hex --color=never f g
	lacks $'\033' out
	try 1 --hex f g
	lacks $'\033' out
	need script
	script -qec "'$bin/mmcmp' --hex f g" /dev/null >out </dev/null || true
	has $'\033' out
	NO_COLOR=1 script -qec "'$bin/mmcmp' --hex f g" /dev/null >out </dev/null || true
	lacks $'\033' out
}

@test "mmcmp --hex with enough context is both dumps, at any place and in any pieces" {
	local seed how
	need od
	for seed in 1 2 3 4; do
		pattern $((seed * 7003)) $seed >f
		edited f $seed
		for how in 'auto 8M' 'map 4096' 'read 4096'; do
			read -r MMTOOLS_IO MMTOOLS_WINDOW <<<"$how"
			export MMTOOLS_IO MMTOOLS_WINDOW
			mm mmcmp --hex -C 65536 f f.edited >out || [ $? = 1 ]
			sed -n 's/^[- ] //p' out | sed '/^-$/d' >old
			sed -n 's/^[+ ] //p' out >new
			command -p od -An -v -tx1 f | tr -d ' \n' >want
			cut -c11-58 old | tr -d ' \n' | same want -
			command -p od -An -v -tx1 f.edited | tr -d ' \n' >want
			cut -c11-58 new | tr -d ' \n' | same want -
			mm mmcmp --hex f f.edited | sed '/^--$/d' >out.few
			grep '^[-+]' out | same out.few -
			cat f | mm mmcmp --hex -C 3 - f.edited >out.pipe || [ $? = 1 ]
			mm mmcmp --hex -C 3 f f.edited | same out.pipe -
		done
		unset MMTOOLS_IO MMTOOLS_WINDOW
	done
}

# --- places

@test "mmcmp --range is of both files, and one that is not there is an error" {
	two_files
	replies 1 'x y differ: byte 1, line 1' --range=2+2 x y
	does --range=0+2 x y
	does --range=3+2 x y
	replies 1 'x y differ: byte 1, line 1' --range=-3 x y
	does --range=-4 x x
	refuses "mmcmp: x: range 5+9 goes beyond the end at 8
mmcmp: y: range 5+9 goes beyond the end at 10" --range=5+9 x y
	refuses 'mmcmp: x: range 5+4 goes beyond the end at 8' --range=5+4 x y
	refuses "mmcmp: x: range 9 begins beyond the end
mmcmp: x: range 9 begins beyond the end" --range=9 x x
	refuses "mmcmp: --range and --bytes exclude each other
Try 'mmcmp --help' for more information." --range=1 -n 5 x y
	refuses "mmcmp: --range can be given once, and without SKIP
Try 'mmcmp --help' for more information." --range=1 x y 5
	refuses "mmcmp: --range can be given once, and without SKIP
Try 'mmcmp --help' for more information." --range=1 --range=2 x y
}

@test "mmcmp has nothing to tell of a folder, in no form but those of cmp" {
	mkdir folder
	for form in --ranges --hex --json --script; do
		try 2 $form folder folder
		has '^mmcmp: folder: Is a directory' err
	done
	try 0 folder folder
}

@test "mmcmp takes one form of output" {
	two_files
	refuses "mmcmp: --hex and --json exclude each other
Try 'mmcmp --help' for more information." --hex --json x y
	refuses "mmcmp: --verbose and --silent exclude each other
Try 'mmcmp --help' for more information." -ls x y
}

@test "mmcmp takes what is about dumps with --hex only" {
	two_files
	for words in -C1 '-C 0' '--context=1 --ranges' --color=always '--color=never -l' '--color=auto -s'; do
		# shellcheck disable=SC2086 # words
		refuses "mmcmp: --context and --color go with --hex only
Try 'mmcmp --help' for more information." $words x y
	done
	try 1 --hex -C 0 --color=auto x y
}

# --- large files, holes, other kinds

@test "mmcmp finds the same by several threads, in every piece and at every edge of one" {
	export MMTOOLS_WINDOW=4096
	pattern 300000 >f
	for at in 0 4095 4096 16383 16384 16385 32767 65535 65536 131072 262143 294911 294912 299999; do
		cp f g
		printf '\377' | dd of=g bs=1 seek=$at conv=notrunc 2>dd.log
		command -p cmp f g >want || true
		for MMTOOLS_THREADS in 1 2 4; do
			export MMTOOLS_THREADS
			try 1 f g
			sed 's/ char / byte /' want | same - out
			try 1 --ranges f g
			is "$at+1\n" out
		done
	done
	export MMTOOLS_THREADS=2
	cp f g
	does f g
	printf '\n' >>f
	cp f h
	printf more >>h
	fails 1 "mmcmp: EOF on f after byte 300001, line $(wc -l <f)" f h
	fails 1 "mmcmp: EOF on g after byte 300000, $([ "$(tail -c 1 g)" = '' ] || echo 'in ')line $(($(wc -l <g) + 1))" f g
}

@test "mmcmp tells the same by several threads in every form, before, between and behind what differs" {
	local seed form
	pattern 300000 5 >f
	for seed in 1 2 3 4; do
		cp f g
		# at the edges of what a thread takes, and anywhere
		awk -v seed="$seed" 'BEGIN {
			srand(seed)
			for (i = 0; i < 5; i++) print int(rand() * 18) * 16384 + (rand() < 0.7 ? int(rand() * 40) - 20 : int(rand() * 16384))
		}' | while read -r at; do
			[ "$at" -lt 0 ] || printf 'X\377' | dd of=g bs=1 seek="$at" conv=notrunc 2>dd.log
		done
		for form in '' -l --ranges --json --script --hex '--hex -C1' '--hex -C 3 -i 5' '--hex -C 1100 -i 7:7' '--hex -C9 -n 299990'; do
			# shellcheck disable=SC2086 # words
			MMTOOLS_THREADS=1 mm mmcmp $form f g >want || [ $? = 1 ]
			for MMTOOLS_THREADS in 1 2 4; do
				export MMTOOLS_THREADS
				# shellcheck disable=SC2086
				MMTOOLS_IO=map MMTOOLS_WINDOW=4096 mm mmcmp $form f g >got || [ $? = 1 ]
				same want got
			done
			unset MMTOOLS_THREADS
		done
	done
	MMTOOLS_THREADS=2 MMTOOLS_WINDOW=4096 try 1 --explain --ranges f g
	has '^mmcmp: 2 threads$' err
	# each has two windows, and of memory there is not more for more of them
	MMTOOLS_THREADS=9 MMTOOLS_WINDOW=4096 try 1 --explain --ranges f g
	has '^mmcmp: 4 threads$' err
}

@test "mmcmp goes over a terabyte of holes at once, in every form and with any context" {
	need_holes
	truncate -s 1T f 2>dd.log || skip "no file of that size here"
	truncate -s 1T g
	printf X | dd of=g bs=1 seek=900G conv=notrunc 2>dd.log
	for form in '' -l -s --ranges --json --script --hex '--hex -C 1' '--hex -C 65536'; do
		# shellcheck disable=SC2086 # words
		timeout 20 "${via[@]}" $form f g >out 2>err || [ $? = 1 ]
	done
	[ "$(wc -l <out)" = 131074 ]
	timeout 20 "${via[@]}" f f
	truncate -s 1T h
	timeout 20 "${via[@]}" --hex -C 65536 f h >out
	is '' out
	# asking whether files are cached has brought nothing of them into the cache, or threads would go over the holes
	try 1 --explain --ranges f g
	has '^mmcmp: f: 1 hole$' err
	has '^mmcmp: g: .*, 2 holes$' err
}

@test "mmcmp skips holes that both have, and finds what is in one alone" {
	need_holes
	unset MMTOOLS_WINDOW
	truncate -s 200G f 2>dd.log || skip "no file of that size here"
	truncate -s 200G g
	does f g
	printf X | dd of=g bs=1 seek=150G conv=notrunc 2>dd.log
	try 1 --ranges f g
	is "$((150 << 30))+1\n" out
	try 1 --script g f
	is "# g -> f\n0x2580000000: 58 -> 00\n" out
	[ "$(stat -c %b f)" = 0 ]
	# a hole beside zeros that are there
	truncate -s 1M hole
	head -c 1M /dev/zero >zeros
	does hole zeros
	does zeros hole
	printf X | dd of=zeros bs=1 seek=900001 conv=notrunc 2>dd.log
	try 1 --ranges zeros hole
	is '900001+1\n' out
}

@test "mmcmp reads what cannot be mapped: /proc, pipes, devices" {
	[ -r /proc/version ] || skip "no /proc"
	cat /proc/version >f
	does /proc/version f
	does -s /proc/version f
	does -s f /proc/version
	cat f | does - /proc/version
	replies 1 'f /dev/zero differ: byte 1, line 1' f /dev/zero
	head -c 100000 /dev/zero >z
	fails 1 'mmcmp: EOF on z after byte 100000, in line 1' z /dev/zero
	does -n 1M /dev/zero /dev/zero
	head -c 1000000 /dev/zero | does -n 1000000 - /dev/zero
}

@test "mmcmp -s does not trust the size that sysfs tells" {
	local file=/sys/kernel/mm/transparent_hugepage/enabled
	[ -r $file ] || skip "no such file in sysfs"
	cat $file >f
	does -s f $file
	does f $file
}

# shrinking ARG...: for stopped_in
shrinking() {
	exec "${tracer[@]}" "${via[@]}" "$@"
}

@test "mmcmp says that a file shrank, and makes nothing of what is behind its new end" {
	need_strace
	pattern 300000 >f
	export MMTOOLS_IO=map MMTOOLS_WINDOW=4096
	# it is stopped when the first page has been mapped
	only=(-P "$PWD/g")
	for form in '1 --silent 0' '1 --ranges 2000' '2 --ranges 0' '2 --hex 2000' '2 --script 100001'; do
		cp f g
		read -r MMTOOLS_THREADS form size <<<"$form"
		export MMTOOLS_THREADS
		stopped_in '/^mmap' shrinking "$form" f g
		truncate -s "$size" g
		goes_on
		[ "$got" = 2 ]
		has 'g: shrank while being read' said
		lacks 'differ|EOF|^[-+]|0x' said
	done
}

@test "mmcmp says where a file could not be read, and tells what was found up to there" {
	need_inject
	pattern 60000 >f
	{ printf X; tail -c +2 f; } >g
	export MMTOOLS_IO=read MMTOOLS_WINDOW=4096
	via=(strace -o trace -P "$PWD/g" -e trace=pread64 -e inject=pread64:error=EIO:when=3 "$bin/mmcmp")
	reports 2 '0+1' 'mmcmp: g: Input/output error at offset 8192' --ranges f g
	via[-1]=$bin/cmp
	reports 2 '    1  61 130' 'cmp: g: Input/output error at offset 8192' -l f g
	reports 2 '' 'cmp: g: Input/output error at offset 8193' -i 1 f g
	reports 2 '' 'cmp: g: Input/output error at offset 8193' -s -i 1 f g
	reports 1 'f g differ: byte 1, line 1' '' f g
}

@test "mmcmp --explain says how each file was compared" {
	export MMTOOLS_IO=map
	pattern 60000 >f
	cp f g
	try 0 --explain f g
	has '^mmcmp: f: mapped [0-9]+ window' err
	has '^mmcmp: g: mapped [0-9]+ window' err
	try 0 --io=read --explain f g
	has '^mmcmp: f: read \(asked for\)' err
	try 0 --explain f f
	has '^mmcmp: the same file, not read' err
	cat f | try 0 --explain f -
	has '^mmcmp: -: read \(not a regular file\)' err
}

@test "mmcmp quotes names in messages, and on a terminal only" {
	printf a >$'a\033b'
	printf b >'c d'
	replies 1 $'a\033b c d differ: byte 1, line 1' $'a\033b' 'c d'
	: >e
	fails 1 "mmcmp: EOF on e which is empty" e 'c d'
	refuses "mmcmp: 'no such': No such file or directory" 'no such' e
	need script
	script -qec "'$bin/mmcmp' \$'a\\033b' 'c d'" /dev/null >out </dev/null || true
	lacks $'a\033b' out
}

@test "mmcmp of a file with itself counts the bytes that were asked for, and none beyond its end" {
	printf 0123456789abcdefg >n
	try 0 --json -i 100 n n
	is '{"equal":true,"compared":0,"differing":0,"stretches":0}\n' out
	try 0 --json -n 3 n n
	is '{"equal":true,"compared":3,"differing":0,"stretches":0}\n' out
	try 0 --json --range=3+4 n n
	is '{"equal":true,"compared":4,"differing":0,"stretches":0}\n' out
	try 0 --ranges -i 100 n n
	is 'mmcmp: 0 stretches, 0 of 0 bytes differ\n' err
}

@test "a closed standard output is an error, and not thrown away as by /dev/null" {
	echo a >p
	echo b >q
	local got=0
	"$bin/mmcmp" p q >&- 2>err || got=$?
	[ "$got" = 2 ]
	is 'mmcmp: write error: Bad file descriptor\n' err
	try 1 p q
}
