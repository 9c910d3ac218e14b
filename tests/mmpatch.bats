# mmpatch: bytes changed in place. The language, conditions, undo, what is refused; finding is in mmpatch_find.bats, what
# happens when it is killed or the disk is full in faults/patch.bats.

# Files are read while they are written, tests are subshells, and run sets $stderr.
# shellcheck disable=SC1003,SC2016,SC2094,SC2002,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	via=(mm mmpatch)
	hint="Try 'mmpatch --help' for more information.$nl"
}

# patched TEXT ARG...: a file f of 16 letters becomes this text, written as for printf %b, by these arguments
patched() {
	printf 'abcdefghijklmnop' >f
	does f "${@:2}" && is "$1" f
}

# scripted TEXT SCRIPT: the same by a script on standard input, written as for printf %b
scripted() {
	printf 'abcdefghijklmnop' >f
	printf %b "$2" >script
	does f <script && is "$1" f
}

# --- the language

@test "mmpatch puts bytes in hex where they are to stand, with blanks between pairs and in either case" {
	patched 'aBCdefghijklmnop' 1=4243
	patched 'aBCdefghijklmnop' '0x1 = 42 43 '
	patched 'abcdefghijklm\0377\0376p' 13=FffE
	patched 'ABcdefghijklmnOP' 14=4F50 0=4142
}

@test "mmpatch puts text with the escapes of C" {
	patched 'Hello ghijklmnop' '0="Hello "'
	patched '\a\b\f\n\r\t\v\\"'\''klmnop' '0="\a\b\f\n\r\t\v\\\"\'\''"'
	patched '\0000\0001A\0377B08hijklmnop' '0="\0\1\101\377\x42\0608"'
	patched '\0252Acdefghijklmno#' '0="\xAAA"' '15="#"'
	patched 'é # fghijklmnop' '0="é # "'
	printf '\01\02' >f
	does f '0="\""' '1="\\"'
	is '"\\' f
}

@test "mmpatch puts the bytes of a file, whatever it is named, of a pipe and of standard input" {
	printf 'X\0Y' >'a # b'
	printf zz >-
	patched 'abX\0000Yfghijklmnop' '2=@a # b'
	patched 'zzcdefghijklmnop' 0=@./-
	patched 'abcdefgh12klmnop' 8=@<(printf 12)
	printf 34 | patched 'abcdefgh34klmnop' 8=@-
	scripted 'abX\0000Yfghijklmnop' '2=@a # b\n'
}

@test "mmpatch puts a large file of bytes, window by window" {
	pattern 300000 1 >f
	pattern 200001 2 >g
	{ head -c 70001 f && cat g && tail -c +270003 f; } >want
	does f 70001=@g
	same want f
	printf '70001+200001: fill 0 -> @g\n' >s
	try 0 -f s f
	pattern 300000 1 | head -c 200001 >h
	does f '70001: @g -> @h'
	{ head -c 70001 want && cat h && tail -c +270003 want; } >want2
	same want2 f
}

@test "mmpatch puts words of each width, little-endian unless told otherwise" {
	patched '\0001bcdefghijklmnop' 0:8=1
	patched '\0002\0001cdefghijklmnop' 0:16=0x102
	patched '\0002\0001cdefghijklmnop' 0:16le=0x102
	patched '\0001\0002cdefghijklmnop' 0:16be=0x102
	patched '\0004\0003\0002\0001efghijklmnop' 0:32le=0x1020304
	patched '\0001\0002\0003\0004efghijklmnop' '0:32be = 0x1020304'
	patched '\0010\0007\0006\0005\0004\0003\0002\0001ijklmnop' 0:64le=0x0102030405060708
	patched '\0001\0002\0003\0004\0005\0006\0007\0010ijklmnop' 0:64be=0x102030405060708
	patched '\0377\0377\0377\0377\0377\0377\0377\0377ijklmnop' 0:64=18446744073709551615
	patched '\0005bcdefghijklmnop' 0:8=0b101
}

@test "mmpatch fills a stretch with a byte" {
	patched 'ab\0377\0377\0377\0377ghijklmnop' '2+4=fill 0xFF'
	patched 'ab----ghijklmnop' '2+0x4 = fill 45'
	fill a 200000 >f
	{ fill a 5 && fill b 150000 && fill a 49995; } >want
	does f '5+150000=fill 98'
	same want f
}

@test "mmpatch checks a length that is given" {
	patched 'abCDEfghijklmnop' 2+3=434445
	refuses "mmpatch: '2+4=434445': 3 bytes in place of 4: none can be inserted or deleted, since all behind would move" \
		f 2+4=434445
}

@test "each kind of change takes a condition" {
	printf bc >old
	patched 'aBCdefghijklmnop' '1: 62 63 -> 42 43'
	patched 'aBCdefghijklmnop' '1:6263->4243'
	patched 'aBCdefghijklmnop' '1: "bc" -> "BC"'
	patched 'aBCdefghijklmnop' '1: @old -> "BC"'
	patched 'abcdefghbcklmnop' '8: "ij" -> @old'
	patched 'aBCdefghijklmnop' '1:16: 0x6362 -> 0x4342'
	patched 'aBCdefghijklmnop' '1:16be: 0x6263 -> 0x4243'
	patched 'aBCdefghijklmnop' '1:8:0x62->66' 2=43
	patched 'a  defghijklmnop' '1+2: 6263 -> fill 32'
	does f '1+2: fill 32 -> "xy"'
	is 'axydefghijklmnop' f
	# the first byte of the condition looks like a width
	printf '\026b' >f
	does f '0:16->17'
	is '\0027b' f
}

@test "offsets, lengths and sizes take 0x and units" {
	head -c 5000 /dev/zero >f
	does f 4K=41 0x1001=42 1kB=43 '2K+1K=fill 0x44'
	{ head -c 1000 /dev/zero && printf C && head -c 1047 /dev/zero && fill D 1024 && head -c 1024 /dev/zero && printf AB &&
		head -c 902 /dev/zero; } >want
	same want f
}

@test "a script has changes in any order, comments, empty lines and ends of lines of another system" {
	scripted 'aBcDefghijklmnOP' '# first\n\n14=4f50 # there\n  \n\t1=42\n3:"d"->"D"#behind'
	scripted 'aBcDefghijklmnop' '1=42\r\n\r\n3=44\r\n'
	scripted 'ab#defghijklmnop' '2="#"\n'
	scripted 'abcdefghijklmnop' ''
	scripted 'abcdefghijklmnop' '# nothing\n'
}

@test "changes come from operands, from -f, from standard input" {
	printf '0=41\n' >s
	patched 'Abcdefghijklmnop' -f s
	patched 'Abcdefghijklmnop' --file=s
	patched 'ABcdefghijklmnop' -f - <<<'0=4142'
	patched 'AbcDefghijklmnop' <<<$'0=41\n3=44'
	printf abcd >f
	does -f s f 3=44
	is AbcD f
	# with operands standard input is left alone
	does f 1=42 <<<'2=43'
	is ABcD f
	refuses "mmpatch: missing operand FILE$nl$hint"
	refuses "mmpatch: none: No such file or directory" -f none f
	head -c 3 /dev/zero >s
	refuses "mmpatch: s: not a text file" -f s f
}

@test "standard input is taken but once: a second time is refused, and no other file stands for it" {
	local text="mmpatch: -: standard input is wanted twice"
	printf two >two
	printf 'abcdefghijklmnop' >f
	printf ZZ >in
	printf ZZ | refuses "$text" f 0=@- 4=@two 8=@-
	refuses "$text" f 0=@- 4=@two 8=@- <in
	printf '12=41\n' >two
	refuses "$text" -f - f 0=@- 4=@two <in
	printf ZZ | refuses "$text" -f - f 0=@- 4=@two
	printf '0=@-\n' | refuses "$text" f
	is abcdefghijklmnop f
	printf ZZ | does f 0=@- 4=@two
	is 'ZZcd12=41\nklmnop' f
}

@test "without a change at a terminal mmpatch says what it wants" {
	need script
	printf abcd >f
	script -qec "'$bin/mmpatch' f" /dev/null </dev/null >out 2>&1 || true
	has "^mmpatch: missing change, as in 0x10=C0FFEE" out
}

# --- done already, and conditions

# still COMMAND...: it writes nothing and leaves the file f as it is, its time included
still() {
	local before
	touch -d 2001-02-03 f
	before=$(stat -c '%y %z %s' f)
	"$@" && [ "$(stat -c '%y %z %s' f)" = "$before" ]
}

@test "run twice mmpatch succeeds twice, and the second time writes nothing" {
	local change
	need_strace
	printf hey >g
	for change in 2=4142 '2="xy"' 2=@g 2:32le=0x12345678 '2+9=fill 0' '2: 6364 -> 4142' '2: "cd" ~> "zz"' size=16; do
		printf 'abcdefghijklmnop' >f
		does f "$change"
		cp f want
		still does f "$change"
		same want f
		strace -f -o log -e trace=pwrite64,write,mmap,ftruncate,fallocate,rename,renameat,renameat2,openat "$bin/mmpatch" --undo=u f "$change"
		lacks 'write|ftruncate|fallocate|rename|O_CREAT|MAP_SHARED' log
		[ ! -e u ]
	done
}

@test "a change gives the file a new time, also where a store into a mapping does not" {
	local folder
	for folder in . /dev/shm; do
		[ -w $folder ] || continue
		g=$(mktemp "$folder/mmpatch.XXXXXX")
		printf abcd >"$g"
		touch -d 2001-02-03 "$g"
		try 0 "$g" 1=42
		is aBcd "$g"
		[ "$(stat -c %Y "$g")" -gt 1600000000 ]
		rm "$g"
	done
}

@test "all conditions are looked at before the first byte changes" {
	local i
	fill a 100000 >f
	for i in 1 2 3; do echo "$((i * 10)): 61 -> 62"; done >s
	echo '99999: 63 -> 64' >>s
	cp f want
	still complains "mmpatch: s:4: 0x61 at 0x1869f, and not 0x63" -f s f --undo u
	same want f
	[ ! -e u ]
	complains "mmpatch: '5: 6161616263 -> 3132333435': 0x61 at 0x8, and not 0x62" f '5: 6161616263 -> 3132333435'
	complains "mmpatch: '5:32le: 1 -> 2': 0x61 at 0x5, and not 0x01" f '5:32le: 1 -> 2' 0=62
	same want f
	# in the second piece of a long one
	head -c 70000 f >g
	printf b | dd of=g bs=1 seek=69999 conv=notrunc status=none
	head -c 70000 /dev/zero >h
	complains "mmpatch: '0: @g -> @h': 0x61 at 0x1116f, and not 0x62" f '0: @g -> @h'
	same want f
}

@test "of many conditions that do not hold ten are told, and how many there are" {
	local i
	fill a 100 >f
	for ((i = 0; i < 50; i++)); do echo "$i: 62 -> 63"; done >s
	try 1 -f s f
	[ "$(wc -l <err)" = 11 ]
	is 'mmpatch: s:1: 0x61 at 0x0, and not 0x62\n' <(head -n 1 err)
	is 'mmpatch: f: 50 conditions do not hold\n' <(tail -n 1 err)
}

@test "a condition holds of the old bytes or the new ones, and not of half of each unless told so" {
	printf 'aBcd' >f
	complains "mmpatch: '0: 61626364 -> 41424344': 0x42 at 0x1, and not 0x62" f '0: 61626364 -> 41424344'
	does f '0: 61626364 ~> 41424344'
	is ABCD f
	does f '0: 61626364 ~> 41424344'
	printf 'aXcd' >f
	complains "mmpatch: '0: 61626364 ~> 41424344': 0x58 at 0x1, and not 0x62" f '0: 61626364 ~> 41424344'
	is aXcd f
	printf 'ABcX' >f
	complains "mmpatch: '0: 61626364 ~> 41424344': 0x58 at 0x3, and not 0x64" f '0: 61626364 ~> 41424344'
}

@test "--on-mismatch=skip leaves the change out, =warn makes it all the same, and both say so" {
	printf abcd >f
	fails 1 "mmpatch: '1: 78 -> 79': 0x62 at 0x1, and not 0x78" --on-mismatch=fail f '1: 78 -> 79' 0=41
	is abcd f
	fails 0 "mmpatch: '1: 78 -> 79': 0x62 at 0x1, and not 0x78" --on-mismatch=skip f '1: 78 -> 79' 0=41
	is Abcd f
	fails 0 "mmpatch: '1: 78 -> 79': 0x62 at 0x1, and not 0x78" --on-mismatch=warn f '1: 78 -> 79' 0=42
	is Bycd f
}

# --- what is wrong is said, with the change

@test "what cannot be understood is refused with the change, before anything is done" {
	local change text n=0
	printf abcdefgh >f
	cp f want
	while IFS='|' read -r change text; do
		refuses "mmpatch: '$change': $text" -- f 0=41 "$change"
		printf '0=41\n\n%s\n' "$change" >s
		refuses "mmpatch: s:3: $text" -f s f
		still same want f
		((++n))
	done <<'END'
1|neither = nor : behind the place
1 42|neither = nor : behind the place
=42|invalid offset ''
x=42|invalid offset 'x'
-1=42|invalid offset '-1'
0x=42|invalid offset '0x'
1Q=42|invalid offset '1Q'
18446744073709551616=42|too large: offset '18446744073709551616'
9223372036854775808=42|too large: offset '9223372036854775808'
9223372036854775807=42|goes beyond the largest offset
1000000000000000000000000000000000000000000000000000000000000000000000=1|too large: offset '100000000000000000000000000000000000000000000000000000000000000'
1+=42|invalid length ''
1+-1=42|invalid length '-1'
1=|no bytes: HEX, "text", @FILE or fill BYTE
1=4|hex digits come in pairs
1=424|hex digits come in pairs
1=4 2|hex digits come in pairs
1=zz|no bytes: HEX, "text", @FILE or fill BYTE
1=42 zz|not understood: 'zz'
1=0x42|HEX has no 0x
1=41 0X42|HEX has no 0x
1=""|no bytes: HEX, "text", @FILE or fill BYTE
1="a|no quote at the end of the text
1="a\|invalid escape in the text
1="\q"|invalid escape in the text
1="\400"|invalid escape in the text
1="\x"|invalid escape in the text
1="a" b|not understood: 'b'
1=@none|none: No such file or directory
1=@.|.: Is a directory
1=@/dev/null|/dev/null is a device, which wants a length, as in OFF+LEN=@FILE
1=@f|f: is the file that is to be changed
1=@./f|./f: is the file that is to be changed
1=fill 0|fill wants a length, as in OFF+LEN=fill 0xFF
1+2=fill|invalid byte ''
1+2=fill 256|too large: byte '256'
1+2=fill 010|invalid byte '010'
1+2=fill FF|invalid byte 'FF'
1+0=fill 1|a length of 0
1+0=42|a length of 0
1+0:8=1|a length of 0
1:8=256|too large: value '256'
1:16=65536|too large: value '65536'
1:32le=4294967296|too large: value '4294967296'
1:64be=18446744073709551616|too large: value '18446744073709551616'
1:8=-1|invalid value '-1'
1:8=|invalid value ''
1:16=4K|invalid value '4K'
1:24=1|a word has 8, 16, 32 or 64 bits, and le or be behind them
1:32ne=1|a word has 8, 16, 32 or 64 bits, and le or be behind them
1:128 = 1|a word has 8, 16, 32 or 64 bits, and le or be behind them
1:16xe: 1 -> 2|a word has 8, 16, 32 or 64 bits, and le or be behind them
1:16lele=1|a word has 8, 16, 32 or 64 bits, and le or be behind them
1:le=1|a word has 8, 16, 32 or 64 bits, and le or be behind them
1: -> 42|no bytes: HEX, "text", @FILE or fill BYTE
1: 41|no -> behind the old value
1: 41 42|no -> behind the old value
1: 41 - 42|no -> behind the old value
1: 41 -> |no bytes: HEX, "text", @FILE or fill BYTE
1: 41 -> 4243|2 bytes in place of 1: none can be inserted or deleted, since all behind would move
1: 4142 -> 43|1 bytes in place of 2: none can be inserted or deleted, since all behind would move
1: @none -> 41|none: No such file or directory
1:16: 1 -> 65536|too large: value '65536'
size|neither = nor : behind size
size=-1|invalid size '-1'
size: 1|no -> behind the old value
size: 8 -> |invalid size ''
END
	[ "$n" -gt 50 ]
}

@test "an operand without a change is refused, as an empty variable makes one" {
	local empty
	printf abcd >f
	for empty in '' ' ' $'\t' '# 0=41'; do
		try 2 f 1=42 "$empty"
		has '^mmpatch: .*: no change$' err
		is abcd f
	done
}

@test "changes that overlap are refused, with both" {
	printf abcdefgh >f
	refuses "mmpatch: '2=41': overlaps '1=4142'" f 2=41 1=4142
	refuses "mmpatch: '1=41': overlaps '1=42'" f 1=42 1=41 || refuses "mmpatch: '1=42': overlaps '1=41'" f 1=42 1=41
	printf '7=41\n1+3=fill 0\n5=61\n\n3=42\n' >s
	refuses "mmpatch: s:5: overlaps the change in line 2" -f s f
	refuses "mmpatch: '0+2=fill 1': overlaps the change in line 2" -f s f '0+2=fill 1' ||
		refuses "mmpatch: s:2: overlaps '0+2=fill 1'" -f s f '0+2=fill 1'
	is abcdefgh f
	# side by side they do not
	does f 1=4142 3=43 0=44
	is DABCefgh f
}

@test "changes beyond the end are refused, with the change and where the end is" {
	printf abcdefgh >f
	refuses "mmpatch: '8=41': goes beyond the end at 0x8; --extend makes the file longer" f 0=42 8=41
	refuses "mmpatch: '7=4142': goes beyond the end at 0x8; --extend makes the file longer" f 7=4142
	refuses "mmpatch: '1+0x7ffffffffffffff0=fill 0': goes beyond the end at 0x8; --extend makes the file longer" f \
		'1+0x7ffffffffffffff0=fill 0'
	printf '0=41\n100=41\n9=42\n' >s
	refuses "mmpatch: s:2: goes beyond the end at 0x8; --extend makes the file longer" -f s f
	: >e
	refuses "mmpatch: '0=41': goes beyond the end at 0x0; --extend makes the file longer" e 0=41
	is abcdefgh f
	does f 7=41
	is abcdefgA f
}

@test "options that do not go together are refused" {
	local text="--find and --replace go together, and --all, --nth and --range with them"
	: >f
	refuses "mmpatch: $text$nl$hint" --find 41 f
	refuses "mmpatch: $text$nl$hint" --replace 41 f
	refuses "mmpatch: $text$nl$hint" --all f
	refuses "mmpatch: $text$nl$hint" --nth 1 f
	refuses "mmpatch: $text$nl$hint" --range 1 f
	refuses "mmpatch: --find goes without changes, and with one --range$nl$hint" --find 41 --replace 42 f 0=41
	refuses "mmpatch: --find goes without changes, and with one --range$nl$hint" --find 41 --replace 42 -f s f
	refuses "mmpatch: --find goes without changes, and with one --range$nl$hint" --find 41 --replace 42 --range 1 --range 2 f
	refuses "mmpatch: --all and --nth exclude each other$nl$hint" --all --nth 2 f
	refuses "mmpatch: invalid number '0' for '--nth': 1 or more$nl$hint" --find 41 --replace 42 --nth=0 f
}

@test "of two scripts, patterns or undo files none is dropped: a second one is refused" {
	printf '0=41\n' >s
	printf '1=42\n' >t
	printf abc >f
	refuses "mmpatch: --file is given twice$nl$hint" -f s -f t f
	refuses "mmpatch: --find is given twice$nl$hint" --find 61 --find 62 --replace 41 f
	refuses "mmpatch: --replace is given twice$nl$hint" --find 61 --replace 42 --replace 41 f
	refuses "mmpatch: --undo is given twice$nl$hint" --undo u --undo v f 0=41
	is abc f
	does -f s --undo u f
	does --find 41 --replace 62 --undo v f
	is bbc f
}

# --- longer and shorter

@test "--extend makes the file longer, with zeros between" {
	printf abc >f
	does --extend f 3=64
	is abcd f
	does --extend f 2=434445 8=41
	is 'abCDE\0000\0000\0000A' f
	: >f
	does --extend f '5000+100000=fill 120'
	{ head -c 5000 /dev/zero && fill x 100000; } >want
	same want f
	does --extend f 0=41 1=42
	[ "$(stat -c %s f)" = 105000 ]
}

@test "a condition does not hold beyond the end" {
	printf abc >f
	complains "mmpatch: '3: 00 -> 64': lies beyond the end at 0x3" --extend f '3: 00 -> 64'
	complains "mmpatch: '2: 6300 -> 6464': lies beyond the end at 0x3" --extend f '2: 6300 -> 6464'
	is abc f
	fails 0 "mmpatch: '9: 00 -> 64': lies beyond the end at 0x3" --extend --on-mismatch=skip f '9: 00 -> 64' 0=41
	is Abc f
}

@test "a condition beyond the end does not hold without --extend, too, and only what is made all the same wants it" {
	printf 'abcdefghijklmnop' >f
	complains "mmpatch: '99: 00 -> 01': lies beyond the end at 0x10" f '99: 00 -> 01' 0=41
	complains "mmpatch: '15: 7000 -> 5000': lies beyond the end at 0x10" f '15: 7000 -> 5000'
	is abcdefghijklmnop f
	fails 0 "mmpatch: '99: 00 -> 01': lies beyond the end at 0x10" --on-mismatch=skip f '99: 00 -> 01' 0=41
	is Abcdefghijklmnop f
	refuses "mmpatch: '99: 00 -> 01': goes beyond the end at 0x10; --extend makes the file longer" --on-mismatch=warn f \
		'99: 00 -> 01' 0=61
	is Abcdefghijklmnop f
}

@test "memory that is sealed against shrinking is not changed where it is to become shorter" {
	need python3
	cat >sealed.py <<-'END'
		import fcntl, os, subprocess, sys
		fd = os.memfd_create('m', os.MFD_ALLOW_SEALING)
		os.write(fd, b'abcdef')
		fcntl.fcntl(fd, 1033, 2)
		for more in (['--dry-run'], []):
		    got = subprocess.run(sys.argv[1:] + more + ['/proc/%d/fd/%d' % (os.getpid(), fd), '0=41', 'size=4'],
		                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		    assert got.returncode == 2 and b"'size=4': sealed memory keeps its size" in got.stdout, got
		    assert os.pread(fd, 9, 0) == b'abcdef'
	END
	python3 sealed.py "$bin/mmpatch" --force
}

@test "memory that is sealed against writing is not said to be changed, and no undo of it stays" {
	need python3
	cat >sealed.py <<-'END'
		import fcntl, os, subprocess, sys
		fd = os.memfd_create('m', os.MFD_ALLOW_SEALING)
		os.write(fd, b'abcdef')
		fcntl.fcntl(fd, 1033, 8)
		got = subprocess.run(sys.argv[1:] + ['--undo', 'u', '/proc/%d/fd/%d' % (os.getpid(), fd), '0=41'],
		                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
		assert got.returncode == 2 and got.stdout.count(b'\n') == 1 and b'Operation not permitted' in got.stdout, got
		assert not os.path.exists('u')
	END
	python3 sealed.py "$bin/mmpatch" --force
}

@test "a script can make a file shorter, and longer with --extend, on condition of its size" {
	printf abcdef >f
	does f size=5
	is abcde f
	does f 'size: 5 -> 4' 0=41
	is Abcd f
	does f 'size: 5 -> 4' 0=41
	complains "mmpatch: 'size: 5 -> 3': the size is 0x4, and not 0x5" f 'size: 5 -> 3' 0=42
	is Abcd f
	refuses "mmpatch: 'size=6': goes beyond the end at 0x4; --extend makes the file longer" f size=6
	does --extend f size=6
	is 'Abcd\0000\0000' f
	refuses "mmpatch: '5=41': goes beyond the end at 0x5" f size=5 5=41
	refuses "mmpatch: '30=41': goes beyond the end at 0x14" --extend f size=20 30=41
	refuses "mmpatch: '6=41': goes beyond the end at 0x6" --extend f size=6 6=41
	refuses "mmpatch: 'size=3': a second size" f size=2 size=3
	# between the two it was cut off on its way
	does f 'size: 9 ~> 5'
	is 'Abcd\0000' f
	does --extend f 'size: 4 ~> 7'
	is 'Abcd\0000\0000\0000' f
	complains "mmpatch: 'size: 5 ~> 4': the size is 0x7, and not 0x5" f 'size: 5 ~> 4'
	fails 0 "mmpatch: 'size: 5 -> 4': the size is 0x7, and not 0x5" --on-mismatch=skip f 'size: 5 -> 4'
	fails 0 "mmpatch: 'size: 5 -> 4': the size is 0x7, and not 0x5" --on-mismatch=warn f 'size: 5 -> 4'
	is Abcd f
	does f size=0
	is '' f
}

# --- undo

@test "--undo writes what puts the old bytes back, in the same language" {
	printf 'abcdefghijklmnop' >f
	cp f old
	does --undo u f 0=4142 '8+4=fill 0x2d' '14:16be: 0x6f70 -> 0x4f50'
	is 'ABcdefgh----mnOP' f
	reads '# puts back what mmpatch has changed: mmpatch -f THIS FILE
0x0+2: 4142 ~> 6162
0x8+4: fill 0x2d ~> 696a6b6c
0xe+2: 4f50 ~> 6f70
' u
	does -f u f
	same old f
	does -f u f
	# what others changed meanwhile is not lost
	does f 0=5a5a
	complains "mmpatch: u:2: 0x5a at 0x0, and not 0x41" -f u f
}

@test "an undo of what was made longer makes it as short again, and of what was cut off brings that back" {
	pattern 100000 >f
	cp f old
	does --extend --undo u f 99990=@<(fill x 5000) 0=00
	cp f new
	does -f u f
	same old f
	does -f u f
	does --undo u2 f size=1000 5=aa
	[ "$(stat -c %s f)" = 1000 ]
	refuses "mmpatch: u2:$(grep -n ^size u2 | cut -d: -f1): goes beyond the end at 0x3e8; --extend makes the file longer" -f u2 f ||
		has 'goes beyond the end at 0x3e8; --extend' err
	does --extend -f u2 f
	same old f
	# and the undo of an undo
	does --extend --undo u3 f 99990=@<(fill x 5000) 0=00
	same new f
	does --undo u4 -f u3 f
	same old f
	does --extend -f u4 f
	same new f
}

@test "an undo of holes and fills is short" {
	truncate -s 8M f
	cp f old
	does --undo u f '1000+7M=fill 0xff'
	[ "$(wc -c <u)" -lt 10000 ]
	does -f u f
	same old f
}

@test "an undo file that is there stays, and nothing is changed" {
	printf abcd >f
	echo mine >u
	refuses "mmpatch: u: File exists; nothing was changed" --undo u f 0=41
	is 'mine\n' u
	is abcd f
	refuses "mmpatch: f: File exists; nothing was changed" --undo f f 0=41
	refuses "mmpatch: no/u: No such file or directory; nothing was changed" --undo no/u f 0=41
	refuses "mmpatch: .: Is a directory; nothing was changed" --undo . f 0=41
	is abcd f
	ln -s none dangling
	refuses "mmpatch: dangling: a symbolic link that leads nowhere; nothing was changed" --undo dangling f 0=41
	is abcd f
	# nothing to change, nothing to put back
	does --undo u f 0=61
	is 'mine\n' u
	does --undo v f 0=61
	[ ! -e v ]
}

# --- dry runs

@test "--dry-run shows before and after as a dump, and changes nothing" {
	printf 'abcdefghijklmnopqrstuvwxyz' >f
	cp f want
	still tells '- 00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop|
+ 00000000  61 42 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 4f 50  |aBcdefghijklmnOP|
- 00000010  71 72 73 74 75 76 77 78  79 7a                    |qrstuvwxyz|
+ 00000010  51 72 73 74 75 76 77 78  79 7a                    |Qrstuvwxyz|' --dry-run --undo u f 14=4f5051 1=42
	same want f
	[ ! -e u ]
	still tells '- 00000010  71 72 73 74 75 76 77 78  79 7a                    |qrstuvwxyz|
+ 00000010  71 72 73 74 75 76 77 78  79 5a 00 00 00 00 00 00  |qrstuvwxyZ......|
+ 00000020  00 41                                             |.A|
size 0x1a -> 0x22' --dry-run --extend f 25=5a 33=41
	still does --dry-run f 1=62
	still complains "mmpatch: '1: 00 -> 01': 0x62 at 0x1, and not 0x00" --dry-run f '1: 00 -> 01'
	chmod 444 f
	still tells '- 00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop|
+ 00000000  00 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |.bcdefghijklmnop|' --dry-run f 0=00
}

@test "--dry-run folds rows that are equal before and after, and shows the last of them" {
	local old='00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|'
	local new='61 61 61 61 61 61 61 61  61 61 61 61 61 61 61 61  |aaaaaaaaaaaaaaaa|'
	head -c 65536 /dev/zero >f
	tells "- 00000010  $old
+ 00000010  $new
*
- 0000ffd0  $old
+ 0000ffd0  $new
- 0000fff0  $old
+ 0000fff0  $new
+ 00010000  $new
*
+ 00010030  $new
size 0x10000 -> 0x10040" --dry-run --extend f '16+65488=fill 97' '0xfff0+80=fill 97'
	# of two no star is left
	tells "- 00000010  $old
+ 00000010  $new
- 00000020  $old
+ 00000020  $new" --dry-run f '16+32=fill 97'
}

@test "--dry-run shows what comes of it" {
	pattern 200000 3 >f
	pattern 100000 4 >g
	try 0 --dry-run f 5003=@g 150000=00
	sed -n 's/^+ \([0-9a-f]*\)  \(.*\)  |.*/\1: \2/p' out >lines
	does f 5003=@g 150000=00
	[ "$(wc -l <lines)" -gt 6000 ]
	need xxd
	xxd -p -c 16 f | awk '{ printf "%08x %s\n", (NR - 1) * 16, $0 }' >dump
	sed 's/: / /; s/ //2g' lines | sort >shown
	comm -23 shown <(sort dump) >wrong
	is '' wrong
}

# --- files

@test "what is no file with a size is refused" {
	mkdir d
	mkfifo p
	refuses "mmpatch: d: Is a directory" d 0=41
	refuses "mmpatch: p: neither a regular file nor a block device" p 0=41
	refuses "mmpatch: /dev/null: neither a regular file nor a block device" /dev/null 0=41
	refuses "mmpatch: none: No such file or directory" none 0=41
	refuses "mmpatch: d/none: No such file or directory" d/none 0=41
	refuses "mmpatch: /proc/self/comm: does not tell its true size, as files in /proc and /sys" /proc/self/comm 0=41
	refuses "mmpatch: /proc/self/comm: does not tell its true size, as files in /proc and /sys" --extend /proc/self/comm 0=41
	ln -s none l
	refuses "mmpatch: l: No such file or directory" l 0=41
	ln -s m m
	refuses "mmpatch: m: Too many levels of symbolic links" m 0=41
}

@test "a symlink is followed, a file with several names is refused without --force" {
	printf abcd >f
	ln -s f l
	does l 0=41
	is Abcd f
	[ -L l ]
	ln f h
	refuses "mmpatch: h: has several names (hard links), and would change under each; --force does so" h 1=42
	is Abcd f
	does --force h 1=42
	is ABcd f
}

@test "a program that runs is refused with what to do" {
	cp "$(command -v sleep)" s
	./s 60 3>&- &
	started+=("$!")
	eventually ended_or_runs "$!"
	refuses "mmpatch: s: Text file busy (it is running: change a copy, and rename that over it)" s 0=00
	stop_started
}

# ended_or_runs PID: it has been executed
ended_or_runs() {
	[ "$(readlink "/proc/$1/exe")" = "$PWD/s" ]
}

@test "a file that may not be written is refused, and one that may not be read" {
	open_folder mmpatch
	printf abcd >"$open/f"
	chmod 644 "$open/f"
	via=(user "$open/mmpatch")
	refuses "mmpatch: $open/f: Permission denied" "$open/f" 0=41
	is abcd "$open/f"
	chmod 666 "$open/f"
	does "$open/f" 0=41
	is Abcd "$open/f"
	chmod 222 "$open/f"
	refuses "mmpatch: $open/f: Permission denied" "$open/f" 0=42
	rm -rf "$open"
}

@test "mmpatch keeps owner, mode, inode and what lies around the change" {
	pattern 50000 >f
	chmod 640 f
	before=$(stat -c '%i %a %u %g %s' f)
	cp f want
	printf 'XYZ' | dd of=want bs=1 seek=20000 conv=notrunc status=none
	does f '20000="XYZ"'
	same want f
	[ "$(stat -c '%i %a %u %g %s' f)" = "$before" ]
}

@test "what reads the file sees the change, mapped or not" {
	need python3
	printf 'abcd' >f
	cat >watch.py <<-'END'
		import mmap, subprocess, sys
		f = open('f', 'rb')
		m = mmap.mmap(f.fileno(), 4, mmap.MAP_SHARED, mmap.PROT_READ)
		subprocess.check_call(sys.argv[1:])
		assert m[:] == b'aBCd', m[:]
		assert f.read() == b'aBCd'
	END
	python3 watch.py "$bin/mmpatch" f 1=4243
}

@test "names with a dash, a newline and an escape are quoted in messages" {
	refuses "mmpatch: '-f'\$'\\n''x': No such file or directory" -- $'-f\nx' 0=41
	printf ab >$'a\033'
	refuses "mmpatch: '1=41 '\$'\\033': not understood: ''\$'\\033'" $'a\033' $'1=41 \033'
}

@test "--explain says how many changes were made, and how" {
	pattern 100000 >f
	try 0 --explain f 0=00 50000=01 50001=5f 99999=03
	like "mmpatch: f: [34] of 4 changes made: mapped [0-9]+ windows?, [0-9]+ writes?, synced$nl" err
	try 0 --explain --no-sync f 0=00
	is 'mmpatch: f: 0 of 1 changes made: mapped 0 windows, 0 writes\n' err
	try 0 --explain --io=read f 0=01
	is 'mmpatch: f: 1 of 1 changes made: mapped 0 windows, 1 write, synced\n' err
	try 0 --explain --io=map f 0=02
	is 'mmpatch: f: 1 of 1 changes made: mapped 1 window, 1 write, synced\n' err
}

@test "mmpatch makes it durable unless told not to, also what was done before" {
	need_strace
	printf abcd >f
	strace -o log -e trace=fsync "$bin/mmpatch" f 0=41
	has 'fsync' log
	strace -o log -e trace=fsync "$bin/mmpatch" f 0=41
	has 'fsync' log
	strace -o log -e trace=fsync "$bin/mmpatch" --no-sync f 0=42
	lacks 'fsync' log
	strace -o log -e trace=fsync "$bin/mmpatch" --no-sync --sync f 0=43
	has 'fsync' log
	strace -o log -e trace=fsync "$bin/mmpatch" --dry-run f 0=44
	lacks 'fsync' log
}

@test "--dry-run to a full disk fails" {
	[ -w /dev/full ] || skip "no /dev/full"
	printf abcd >f
	run -2 bash -c '"$0" --dry-run f 0=41 >/dev/full' "$bin/mmpatch"
	[ "$output" = "mmpatch: write error: No space left on device" ]
}

# --- many

@test "a script of a hundred thousand lines in any order is done at once, in bounded memory" {
	need python3
	python3 - <<-'END'
		import random
		random.seed(5)
		old = bytearray(random.randbytes(2000000))
		open('f', 'wb').write(old)
		places = list(range(0, 2000000, 20))
		random.shuffle(places)
		with open('s', 'w') as s:
		    for p in places:
		        new = random.randbytes(8)
		        s.write('%#x: %s -> %s\n' % (p, old[p:p + 8].hex(), new.hex()))
		        old[p:p + 8] = new
		open('want', 'wb').write(old)
	END
	starts_in 200000
	(ulimit -v 200000 && does -f s f)
	same want f
	does -f s f
}
