# mmhex as od: types, widths, offsets, and what is said of files. PEER=host proves it of GNU's, but for what is ours.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2034,SC2154 # of the helper and the words
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	via=(classic od)
	printf 'The quick\n\tfox\0\177\200\377 jumps' >f
	printf abc >abc
	: >empty
	little=
	[ "$(printf '\1\0' | command -p od -An -tu2)" -ne 1 ] || little=1
}

@test "without options two bytes each are shown in octal, as this machine's numbers" {
	[ "$little" ] || skip "the byte first that counts most"
	tells '0000000 064124 020145 072561 061551 005153 063011 074157 077400
0000020 177600 065040 066565 071560
0000030' f
	tells '0000000 061141 000143
0000003' abc
}

@test "-t x1z shows the text, too, in its place also where bytes are missing" {
	tells '0000000 54 68 65 20 71 75 69 63 6b 0a 09 66 6f 78 00 7f  >The quick..fox..<
0000020 80 ff 20 6a 75 6d 70 73                          >.. jumps<
0000030' -t x1z f
	tells '0000000 141 142 143  >abc<
0000003' -t o1z -w3 abc
}

@test "characters are shown by escapes or by names" {
	printf '\0\n a\177\201\b~' >c
	tells '0000000  \0  \n       a 177 201  \b   ~
0000010' -c c
	tells '0000000 nul  nl  sp   a del soh  bs   ~
0000010' -ta c
}

@test "numbers have each size, sign and base, and either order of bytes" {
	printf '\377\376\375\374\373\372\371\370' >n
	while IFS='|' read -r types order want; do
		# shellcheck disable=SC2086 # words
		tells " $want" -An $types --endian="$order" n
	done <<-'END'
		-tx1|big|ff fe fd fc fb fa f9 f8
		-td1|big|  -1   -2   -3   -4   -5   -6   -7   -8
		-tu1|little|255 254 253 252 251 250 249 248
		-to1|little|377 376 375 374 373 372 371 370
		-tx2|big|fffe fdfc fbfa f9f8
		-tx2|little|feff fcfd fafb f8f9
		-td2|big|    -2   -516  -1030  -1544
		-tuS|big|65534 65020 64506 63992
		-toS|little|177377 176375 175373 174371
		-tx4|big|fffefdfc fbfaf9f8
		-tdI|big|     -66052   -67438088
		-tu4|little|4244504319 4177132283
		-to4|little|37477377377 37076375373
		-tx8|big|fffefdfcfbfaf9f8
		-td8|big|    -283686952306184
		-tu8|little|17940646550795321087
		-to8|big|1777767737637376574770
	END
	for pair in 'a ta' 'b to1' 'c tc' 'd tu2' 'i tdI' 'l tdL' 'o to2' 's td2' 'x tx2' 'D tu4' 'O to4' 'X tx4'; do
		classic od -"${pair% *}" f >want
		classic od -"${pair#* }" f | same want -
	done
}

@test "several types stand below each other, with what is made of the same bytes in the same columns" {
	[ "$little" ] || skip "the byte first that counts most"
	tells '0000000  61  62  63  64  65  66  67  68  69  6a  6b  6c  6d  6e  6f  70
          a   b   c   d   e   f   g   h   i   j   k   l   m   n   o   p
         061141  062143  063145  064147  065151  066153  067155  070157
0000020' -t x1 -c -o <(printf abcdefghijklmnop)
	tells '000000 61 62 63 64 65 66 67 68  >abcdefgh<
        6261  6463  6665  6867
           7523094288207667809
000008' -Ax -w8 -tx1zx2 -td8 <(printf abcdefgh)
}

@test "-w is the bytes of a line, and must fit the types" {
	tells '0000000 61 62
0000002 63
0000003' -tx1 -w2 abc
	tells '0000000 61 62 63
0000003' -tx1 -w abc
	tells '0000000 61 62 63
0000003' -tx1 --width=5 abc
	try 0 -An -w7 -x abc
	is 'od: warning: invalid width 7; using 2 instead\n' err
	[ "$(wc -l <out)" = 2 ]
	try 0 -An --width=0 -x abc
	is 'od: warning: invalid width 0; using 2 instead\n' err
	fails 1 "od: invalid -w argument 'x'" -wx abc
	fails 1 "od: invalid suffix in -w argument '5x'" -w5x abc
}

@test "-A is the base of offsets, or leaves them out" {
	for case in o:0000020 d:0000016 x:000010; do
		try 0 -A "${case%:*}" -tx1 f
		has "^${case#*:} 80 ff" out
	done
	tells ' 61 62 63' -An -tx1 abc
	answers 0 '' -An empty
	fails 1 "od: invalid output address radix 'q'; it must be one character from [doxn]" -Aq abc
}

@test "-j and -N take numbers as in C, with units" {
	pattern 3000 >p
	for n in 1024 1K 1KiB 1k 0x400 02000 2b; do
		try 0 -Ad -N "$n" p
		[ "$(tail -n 1 out)" = 0001024 ]
		try 0 -Ad -j "$n" p
		[ "$(head -c 7 out)" = 0001024 ]
	done
	try 0 -Ad --read-bytes=1kB --skip-bytes 1 p
	[ "$(tail -n 1 out)" = 0001001 ]
	fails 1 "od: invalid -j argument 'x'" -j x p
	fails 1 "od: invalid suffix in -N argument '1q'" -N 1q p
	fails 1 "od: -N argument '99999999999999999999' too large" -N 99999999999999999999 p
	tells 0000000 -N 0 p
	tells 0000003 -j 3 abc
	tells 0000003 -j 3 -N 0 abc
	# a device that can seek has as many
	tells 0000010 -j 8 /dev/null
	tells '0030000 000000
0030002' -j 12K -N 2 /dev/zero
}

@test "what is to be skipped must be there" {
	fails 1 'od: cannot skip past end of combined input' -j 4 abc
	# sysfs says 4096 bytes, whatever it has
	[ ! -r /sys/kernel/mm/transparent_hugepage/enabled ] ||
		fails 1 'od: cannot skip past end of combined input' -j 300 /sys/kernel/mm/transparent_hugepage/enabled
	fails 1 'od: cannot skip past end of combined input' -j 7 abc abc
	printf abc | try 0 -j 2 -An -c
	is '   c\n' out
	printf abc | try 1 -j 4
	is 'od: cannot skip past end of combined input\n' err
}

@test "lines equal to the one above become a star, and -v shows them" {
	head -c 64 /dev/zero >z
	tells '0000000 000000 000000 000000 000000 000000 000000 000000 000000
*
0000100' z
	try 0 -v z
	[ "$(wc -l <out)" = 5 ]
	head -c 20 /dev/zero >z
	tells '0000000 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0000020 00 00 00 00
0000024' -tx1 z
}

@test "several files are one stream, of which what cannot be opened is told" {
	tells '0000000   a   b   c   a   b   c
0000006' -c abc empty abc
	try 1 -An -c abc none abc
	is 'od: none: No such file or directory\n' err
	is '   a   b   c   a   b   c\n' out
	fails 1 'od: none: No such file or directory' none
	try 1 .
	is 'od: .: Is a directory\n' err
	is '0000000\n' out
	printf x | try 0 -An -c abc - abc
	is '   a   b   c   x   a   b   c\n' out
}

@test "a last operand may be an offset, where no newer option is given" {
	tells '0000001   b   c
0000003' -c abc +1
	tells '0000001   b   c
0000003' -c abc 1
	tells '0000001   b   c
0000003' -c abc 0x1
	try 1 abc +1b
	is 'od: cannot skip past end of combined input\n' err
	for option in -v -An -tx1 -j0 -N4 -w16; do
		try 1 $option abc +1
		is 'od: +1: No such file or directory\n' err
	done
	for word in +08 +1x x 8; do
		try 1 abc $word
		is "od: $word: No such file or directory\n" err
	done
	printf abc | try 0 -c +2
	is '0000002   c\n0000003\n' out
	ours
	# as POSIX has it
	pattern 100 >p
	mm od p +10. >out
	[ "$(head -c 7 out)" = 0000012 ]
}

@test "a type that is none is refused by name" {
	for type in z x3 xq xzz cz1 a2 x1,o1 d16; do
		try 1 -t $type abc
		is '' out
		has "^od: invalid .*type string" err
	done
	ours
	fails 1 "od: invalid type string 'x1q' at 'q': a c, or d o u x and a size, and z" -t x1q abc
	fails 1 "od: 'f4': floating point is not supported" -t f4 abc
	try 1 -f abc
	has "^od: invalid option -- 'f'" err
	# those that say none are all right
	try 0 -t '' abc
	has '^0000000' out
}

@test "-S shows strings with a NUL behind them, in each base of offsets" {
	printf 'abc\0defg\0hi\0jk\tlm\n\0\377o\0pqrs' >s
	cp s again
	tells '0000000 abc
0000004 defg' -S3 s
	tells '0000000 abc
0000004 defg
0000011 hi' --strings=2 s
	tells '0000004 defg' -S 0x3 -j 1 -w s
	tells '000004 defg' -Ax -S 4 s
	tells '0000004 defg' -Ad --strings -j 2 s
	tells 'abc
defg
pqrsabc
defg' -An -S3 -v s again
	does -S 5 s
	# behind what -N shows there may be no NUL
	tells '0000000 abc' -S 3 -N 4 s
	does -S 3 -N 3 s
	tells abc -An -S 2 -N 3 s
	try 1 -S 3 -c s
	is 'od: no type may be specified when dumping strings\n' err
	try 1 -S s
	is "od: invalid -S argument 's'\n" err
	try 1 -S 3 -j 99 s
	try 1 -S 3 s +1
	ours
	tells '0000000 abc' -S 2 -N 3 s
}

@test "a pipe is read no further than is shown" {
	printf 'abcdefgh' | { classic od -An -c -N 3 && cat; } >out
	is '   a   b   c\ndefgh' out
	printf 'abcdefgh' | { classic od -An -c -j 1 -N 3 && cat; } >out
	is '   b   c   d\nefgh' out
}

@test "what cannot be written ends the run with a message" {
	[ -w /dev/full ] || skip "no /dev/full here"
	pattern 300000 >p
	got=0
	classic od p >/dev/full 2>err || got=$?
	[ "$got" = 1 ]
	ours
	is 'od: write error: No space left on device\n' err
}

@test "a hole is folded, and offsets have the digits that they need" {
	need_holes
	truncate -s 5G sparse
	printf end >>sparse
	tells '000000 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
*
140000000 65 6e 64
140000003' -Ax -tx1 sparse
	tells '50000000000 145 156 144
50000000003' -b -j 0x140000000 sparse
}
