# mmdev: snapshots of ranges and blocks, saved and compared.

# $bin comes from the helper; variables are set in tests, which are subshells; $(<file) is read by bash itself
# shellcheck disable=SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load dev

@test "mmdev --save keeps the words of a range, and --diff finds what has changed" {
	bytes 000102030405060708090a0b0c0d0e0f >f
	via=("$bin/mmdev" -f f)
	does 0+16 --save s
	grep -v '^order ' s >words
	reads "0x0 32 0x03020100${nl}0x4 32 0x07060504${nl}0x8 32 0x0B0A0908${nl}0xc 32 0x0F0E0D0C$nl" words
	does 0+16 --diff s
	does --diff s
	does 4+8 --diff s
	does 8 32 0x0B0A0909
	replies 1 '0x00000008: 0x0B0A0908 -> 0x0B0A0909' 0+16 --diff s
	replies 1 '0x00000008: 0x0B0A0908 -> 0x0B0A0909' --diff s
	replies 1 '0x00000008: 0x0B0A0908 -> 0x0B0A0909' 8 --diff s
	replies 1 '0x00000008: 0x0B0A0908 -> 0x0B0A0909' --no-mmap --diff=s
	does 0+8 --diff s
	replies 1 '{"address":"0x8","width":32,"old":"0x0B0A0908","new":"0x0B0A0909"}' --json --diff s
	does 0 8 9
	replies 1 "0x00000000: 0x03020100 -> 0x03020109${nl}0x00000008: 0x0B0A0908 -> 0x0B0A0909" --diff s
	does 0+16 --save s
	does --diff s
	does 0+4 8 --save s
	does 0+8 16 --save t
	does "${wide[@]}" 8+8 64 --save=u
	does 4 --save v
	does --big 4+4 --save w
	grep -v '^order ' s >words
	reads "0x0 8 0x09${nl}0x1 8 0x01${nl}0x2 8 0x02${nl}0x3 8 0x03$nl" words
	grep -qx '0x6 16 0x0706' t
	grep -qx '0x8 64 0x0F0E0D0C0B0A0909' u
	grep -qx '0x4 32 0x07060504' v
	grep -qx '0x4 32 0x04050607' w
	cat s t u v >all
	does "${wide[@]}" --diff all
	does --big --diff w
	does --diff w
	misuse_like 'w: .*big-endian' --little --diff w
}

@test "a line that is deleted from a snapshot is excluded, and one may be written by hand" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	does 0+8 --save s
	does 0 32 0
	try 1 --diff s
	sed -i '/^0x0 /d' s
	does --diff s
	printf '4 32 117835012 # by hand\n\n# more\n  0x7\t8  0b111' >s
	does --diff s
	printf '4 32 5\n' >s
	replies 1 '0x00000004: 0x00000005 -> 0x07060504' --diff s
	does 0x4 32 5
	does 0+8 --diff s
	# nothing compared is not the same as no difference
	refuses_like 's: has none of these words' 0 --diff s
	# nor has it a word of another width
	refuses_like 's: has none of these words' 4 8 --diff s
}

@test "mmdev saves and compares a block without what reading would change" {
	gpio
	does GPIO --save s
	grep -v '^order ' s >words
	reads "$(cat <<'END_OF_WORDS'
0x0 32 0x00000103 # GPIO.DIR
0x4 32 0x00003010 # GPIO.CTL
0x8 8 0x0D # GPIO.BYTE
0xc 16 0x00FF # GPIO.STATUS
0xe 8 0xAA # GPIO.PLAIN
0x10 64 0x1122334455667788 # GPIO.WIDE
END_OF_WORDS
)$nl" words
	does GPIO --diff s
	does --diff s
	does GPIO.KEY=1
	does 10 16 0x5555
	does GPIO --diff s
	does GPIO.PLAIN=0xAB
	replies 1 'GPIO.PLAIN 0x0000000e: 0xAA -> 0xAB' GPIO --diff s
	replies 1 '0x0000000e: 0xAA -> 0xAB' --diff s
	does OTHER --save t
	does OTHER --diff t
	does GPIO.DIR=0
	try 1 GPIO --diff s --json
	lines 2 out
	like "\\{\"name\":\"GPIO.DIR\".*" out
}

@test "mmdev saves and compares a single register, and no other of its block" {
	gpio
	does GPIO.PLAIN --save s
	grep -v '^order ' s >words
	reads "0xe 8 0xAA # GPIO.PLAIN$nl" words
	does GPIO.DIR=5
	does GPIO.PLAIN --diff s
	does GPIO.PLAIN=5
	replies 1 'GPIO.PLAIN 0x0000000e: 0xAA -> 0x05' GPIO.PLAIN --diff s
	misuse_like '.' GPIO.KEY --save t
	misuse_like '.' GPIO.KEY --diff s
	[ ! -e t ]
}

@test "mmdev says in which line a snapshot is damaged, and reads nothing" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	local bad
	for bad in '0x0' '0x0 32' '0x0 32 0x0 0x0' 'x 32 0' '0x0 33 0' '0x0 0 0' '0x0 x 0' '0x0 8 0x100' '0x0 32 0x100000000' '0x0 32 -1' \
		'-1 32 0' '0x0 32 0x' '0x0 32 oops' '010 8 0' '0x0 32 010' '0x0x0 8 0' '0x10000000000000000 8 0' '0x0,32,0' '0x0 w 0' \
		'{"address":"0x0"}'; do
		printf '# a comment\n0x4 8 0x04\n%b\n0x5 8 0x00\n' "$bad" >s
		refuses_like "s:3: [^$nl]*" --diff s || { echo "$bad"; false; }
		refuses_like "s:3: [^$nl]*" 0+8 --diff s || { echo "$bad"; false; }
	done
	for bad in '0x0 32 0x00\0000garbage' '\0000'; do
		printf '0x4 8 0x04\n%b\n' "$bad" >s
		refuses_like 's: not a text file' --diff s
	done
	head -c 5000 "$MMTOOLS" >s
	refuses_like 's: not a text file' --diff s
	does 0+8 --save s
	truncate -s -3 s
	try 1 --diff s || try 2 --diff s
	# a snapshot that is nothing any more does not pass for one that nothing differs from
	: >s
	refuses_like 's: .*' --diff s
	refuses_like 's: .*' 0+8 --diff s || try 1 0+8 --diff s
}

@test "mmdev refuses a snapshot of what is beyond the end, or not aligned" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	printf '0x0 32 0\n0x8 8 0\n' >s
	refuses_like 'f: .*0x8.*' --diff s
	printf '0x0 32 0\n0x6 32 0\n' >s
	refuses_like 'f: .*0x6.*' --diff s || misuse_like 'aligned' --diff s
	printf '0x0 32 0\n0x2 32 0x05040302\n' >s
	try 2 --diff s
	reads '' out
	printf '0x2 32 0x05040302\n' >s
	does --unaligned --diff s
	refuses_like 'none: No such file or directory' --diff none
	refuses_like '\.: Is a directory' --diff .
	misuse_like 'missing' -f f
}

@test "a snapshot replaces an older one whole, or leaves it as it was" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	printf 'old\n' >s
	ln s other
	ln -s s link
	does 0+8 --save link
	[ -L link ]
	reads "old$nl" other
	does --diff s
	cp s kept
	refuses_like 'f: .*' 0+16 --save s
	refuses_like 'none/s: No such file or directory' 0+8 --save none/s
	try 2 -f none 0+8 --save s
	cmp kept s
	[ "$(find . -name '*tmp*' | wc -l)" = 0 ]
	try 2 0+8 --save .
	try 2 0+8 --save ''
}

@test "--save does not put a file in the place of a device or a pipe, or of what it reads" {
	bytes 0001020304050607 >f
	watch_over f
	via=("$bin/mmdev" -f f)
	mkfifo p
	cat p >said 3>&- &
	started+=("$!")
	"${via[@]}" 0+8 --save p >out 2>err || [ "$?" = 2 ]
	[ -p p ]
	refuses_like '.*f.*' 0+8 --save f
	if [ "$(id -u)" = 0 ] && mknod full c 1 7 2>/dev/null; then
		try 2 0+8 --save full
		[ -c full ]
	fi
}

full_disk() {
	mkdir small
	mount -t tmpfs -o size=8k none small
	truncate -s 64K f
	via=("$bin/mmdev" -f f)
	does 0+16 --save small/s
	cp small/s kept
	refuses_like 'small/s: No space left on device' 0+64K --save small/s
	cmp kept small/s
	[ "$(find small -type f | wc -l)" = 1 ]
	refuses_like 'small/t: No space left on device' 0+64K --save small/t
	[ ! -e small/t ]
	does 0+16 --diff small/s
}

@test "a snapshot that the disk has no room for is an error, and the older one stays" {
	inside full_disk
}

@test "mmdev says so when differences go nowhere" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	printf '0 32 0\n' >s
	local got=0
	"${via[@]}" --diff s >/dev/full 2>err || got=$?
	[ "$got" = 2 ]
	like "mmdev: [^$nl]*No space left on device$nl" err
	got=0
	gpio
	"${via[@]}" GPIO >/dev/full 2>err || got=$?
	[ "$got" = 2 ]
}

@test "--save keeps no snapshot without a word in it" {
	printf 'block B 0\nreg R 0 8 rc\n' >r
	bytes 01 >f
	via=("$bin/mmdev" -f f --regs r)
	misuse_like 'reading clears it' B.R --save s
	refuses_like 's: not written, .*' B --save s
	[ ! -e s ]
}

@test "a snapshot says in which byte order its words were read, and --diff reads them so" {
	bytes 0001020304050607 >f
	via=("$bin/mmdev" -f f)
	does --big 0+8 --save s
	reads "order big${nl}0x0 32 0x00010203${nl}0x4 32 0x04050607$nl" s
	does --diff s
	does 0+8 --diff s
	does --big 4 --diff s
	misuse_like 's: .*big-endian' --little --diff s
	does --little 0+8 --save t
	does 0+8 --save u
	cmp t u
	misuse_like 't: .*little-endian' --big --diff t
	does 4 8 9
	replies 1 '0x00000004: 0x04050607 -> 0x09050607' --diff s
	# one that does not say it is read as it was asked for, as ever
	grep -v order s >old
	try 1 0 --diff old
	does --big 0 --diff old
	cat s t >both
	refuses_like 'both:4: .*' --diff both
	printf 'order middle\n0x0 32 0\n' >s
	refuses_like 's:1: .*' --diff s
}

@test "--diff looks up many words that a snapshot does not have, in any order, in no time" {
	truncate -s 4M f
	awk 'BEGIN { for (i = 400000; i > 0; i--) printf "%d 32 0\n", 2000000 + 4 * i }' >s
	printf '0x20 32 7\n' >>s
	via=("$bin/mmdev" -f f)
	replies 1 '0x00000020: 0x00000007 -> 0x00000000' 0+1600000 --diff s
}

@test "--save reads no word when its file cannot be written" {
	need_strace
	truncate -s 16K f
	try 2 -f f 0+16K --save none/s
	via=(strace -o trace -P "$PWD/f" -e trace=pread64 "$bin/mmdev" --no-mmap -f f)
	refuses 'mmdev: none/s: No such file or directory' 0+16K --save none/s
	lacks pread trace
	does 0+16K --save s
	has pread trace
}

@test "--save writes its words in large pieces" {
	need_strace
	truncate -s 64K f
	via=(strace -o trace -e trace=write "$bin/mmdev" -f f)
	does 0+64K --save s
	[ "$(wc -l <s)" = 16385 ]
	[ "$(grep -c '^write' trace)" -lt 200 ]
}
