# mmhex as hexdump and hd: what is shown of bytes, in which form, and what is said of files. PEER=host proves it of
# util-linux's, but for what is ours.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2034,SC2154 # of the helper and the words
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	via=(classic hexdump)
	printf 'The quick\n\tfox\0\177\200\377 jumps' >f
	printf abc >abc
	: >empty
}

@test "without options two bytes each are shown in hex, as this machine's numbers" {
	[ "$(printf '\1\0' | command -p od -An -tu2)" -eq 1 ] || skip "the byte first that counts most"
	tells "0000000 6854 2065 7571 6369 0a6b 6609 786f 7f00
0000010 ff80 6a20 6d75 7370                    
0000018" f
	tells '0000000 6261 0063                              
0000003' abc
}

@test "-C and hd show bytes in hex and as text" {
	want='00000000  54 68 65 20 71 75 69 63  6b 0a 09 66 6f 78 00 7f  |The quick..fox..|
00000010  80 ff 20 6a 75 6d 70 73                           |.. jumps|
00000018'
	tells "$want" -C f
	tells "$want" --canonical f
	# shellcheck disable=SC2034
	via=(classic hd)
	tells "$want" f
}

@test "-b, -c, -d, -o and -x are other forms of the same, and several of them are shown one below the other" {
	printf '\0\a\b\t\n\v\f\r\33~\177\200' >c
	tells '0000000  \0  \a  \b  \t  \n  \v  \f  \r 033   ~ 177 200                
000000c' -c c
	tells '0000000 141 142 143                                                    
0000003' -b abc
	tells '0000000 141 142 143                                                    
0000000   a   b   c                                                    
0000003' -bc abc
	printf '\1\1\377\377' >w
	tells '0000000   00257   65535                                                
0000004' -d w
	tells '0000000  000401  177777                                                
0000004' --two-bytes-octal w
	tells '0000000    0101    ffff                                                
0000004' -x w
	# shellcheck disable=SC2034
	via=(classic hd)
	tells '00000000  61 62 63                                          |abc|
0000000 141 142 143                                                    
0000003' -b abc
}

@test "lines equal to the one above become a star, and -v shows them" {
	head -c 64 /dev/zero >z
	printf x >>z
	tells '00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
00000040  78                                                |x|
00000041' -C z
	try 0 -Cv z
	[ "$(wc -l <out)" = 6 ]
	# what is left at the end is no whole line
	head -c 20 /dev/zero >z
	tells '0000000 0000 0000 0000 0000 0000 0000 0000 0000
0000010 0000 0000                              
0000014' z
	head -c 32 /dev/zero >z
	tells '0000000 0000 0000 0000 0000 0000 0000 0000 0000
*
0000020' z
}

@test "several files are one stream" {
	tells '00000000  61 62 63 61 62 63 54 68  65 20 71 75 69 63 6b 0a  |abcabcThe quick.|
00000010  09 66 6f 78 00 7f 80 ff  20 6a 75 6d 70 73        |.fox.... jumps|
0000001e' -C abc empty abc f
	tells '00000004  62 63 61 62 63                                    |bcabc|
00000009' -C -s 4 abc abc abc
}

@test "-s and -n take numbers as in C, with units" {
	pattern 3000 >p
	for n in 1024 1K 1KiB 1k 0x400 02000 ' 1024' +1024; do
		try 0 -C -n "$n" p
		[ "$(tail -n 1 out)" = 00000400 ]
		try 0 -s "$n" -C p
		[ "$(head -c 8 out)" = 00000400 ]
	done
	try 0 -C --length=1kB --skip 1 p
	[ "$(tail -n 1 out)" = 000003e9 ]
	answers 0 '' -n 0 p
	answers 0 '' -n 0 -s 2 p
	for n in x -1 1Q 99999999999999999999 '' 0x; do
		try 1 -n "$n" p
		is '' out
		has "^hexdump: failed to parse length: '?$n'?" err
	done
}

@test "behind the end there is nothing but the offset, and of an empty file nothing at all" {
	tells 0000003 -s 100 abc
	tells 00000003 -C -s 3 abc
	tells 0000006 -s 100 abc abc
	# a device that can seek has as many
	tells 0000008 -s 8 /dev/null
	answers 0 '' empty
	answers 0 '' -C empty empty
}

@test "what cannot be opened is told, the rest is shown, and the status is 1" {
	try 1 -C none abc
	is 'hexdump: none: No such file or directory\n' err
	has '^00000000  61 62 63 ' out
	fails 1 "hexdump: none: No such file or directory
hexdump: all input file arguments failed" none
	try "$([ "$PEER" = host ] && echo 0 || echo 1)" .
	is 'hexdump: .: Is a directory\n' err
	ours
	try 1 -C $'a\nb' -- -C
	reads "hexdump: 'a'\$'\n''b': No such file or directory
hexdump: -C: No such file or directory
hexdump: all input file arguments failed
" err
}

@test "a format is units: how many times, how many bytes, and how" {
	tells '61 62
63   ' -e '2/1 "%02x " "\n"' abc
	tells '61 62
63   ' -e '2 / 1 "%02x " "\n"' abc
	tells 'a-b-c-' -e '3/1 "%c-"' -e '"\n"' abc
	tells '0 97
1 98
2 99' -e '1/1 "%_ax %d" "\n"' abc
	tells 'xx97 
xx98 
xx99 ' -e '2 "x" 1/1 "%d " "\n"' abc
	tells '6513249' -e '"%d" "\n"' abc
	tells '61 0142 99' -e '1/1 "%x " 1/1 "%#o " 1/1 "%u" "\n"' abc
	tells '<97  ><98  >
<99  ><    >' -e '2/1 "<%-4d>" "\n"' abc
}

@test "characters are shown as they are, by escapes, by dots or by names" {
	printf '\0\n a\177\201' >c
	shows '\0\n a\177\201' -e '/1 "%c"' c
	shows '\\0 \\n   a 177 201 ' -e '/1 "%_c "' c
	shows '.. a..' -e '/1 "%_p"' c
	shows 'nul lf   a del 81 ' -e '/1 "%_u "' c
	shows '  ab|' -e '1/3 "%4.2s|"' abc
	shows '  ab|   c|' -e '"%4.2s|"' abc
}

@test "offsets are shown in each base, and once behind all bytes" {
	head -c 11 /dev/zero >z
	tells '0 0 0
10 8 8
13 11 b' -v -e '"%_ao %_ad %_ax" 8/1 "%.0s" "\n"' -e '"%_Ao %_Ad %_Ax\n"' z
	shows 'abc\nend 3 at 3\n' -e '"end %_Ad at %_Ax\n"' -e '3/1 "%c" "\n"' abc
	# also side by side
	tells '00000012 00000012 00000012 x
00000013 00000013 00000013 y' -s 18 -e '3 "%08.8_ax " " " /1 "%c" "\n"' <(printf abcdefghijklmnopqrxy)
	# of several the last counts, and what stands behind one in its string is not shown
	shows '97 98 99 3\n' -e '"%_Ad |" "x"' -e '/1 "%d " "%_Ao\n" "x"' abc
	shows '03\n' -e '"%02_Ax\n" 3/1 "%d"' abc
}

@test "a unit that has no count fills the block, and the last of several is shown without the blank at its end" {
	tells '61 62 63 64 65 66 67 68
abcdefgh' -e '8/1 "%02x " "\n"' -e '"%c"' -e '"\n"' <(printf abcdefgh)
	# of several blanks one is left out
	tells '61  62 ' -e '2/1 "%02x  " "\n"' <(printf ab)
}

@test "escapes of a format stand for what they do in C" {
	[ "$PEER" = mmtools ] || skip "util-linux 2.38 loses count behind one"
	shows '97\t|\a\b\f\n\r\v\0q' -e '1/1 "%d\t|\a\b\f\n\r\v\0\q"' -n1 abc
	shows 'a\tb\tc' -e '1/1 "a\tb\tc"' -n1 abc
}

@test "-f takes formats from a file, a line each, in the order of all options" {
	printf '# a comment\n  # another\n\n\t1/1 "%%d " \n"\\n"\n' >formats
	tells '97 
61 
98 
62 
99 
63 ' -f formats -e '1/1 "%x " "\n"' abc
	try 1 -f none abc
	is "hexdump: can't read none: No such file or directory\n" err
	tells "$(classic hexdump abc)" -f /dev/null abc
}

@test "a format that is none is refused by name" {
	while IFS='|' read -r format message; do
		fails 1 "hexdump: $message" -e "$format" abc
	done <<-'END'
		%d|bad format {%d}
		"%d|bad format {"%d}
		2"%d"|bad format {2"%d"}
		2/1"%d"|bad format {2/1"%d"}
		x|bad format {x}
		1/3 "%d"|bad byte count for conversion character d
		1/2 "%c"|bad byte count for conversion character c
		1/2 "%_p"|bad byte count for conversion character _p
		"%q"|bad conversion character %q
		"%ld"|bad conversion character %l
		"%*d"|bad conversion character %*
		"%%"|bad conversion character %%
		"%_q"|bad conversion character %_q
		"%s"|%s requires a precision or a byte count
		1/4 "%d%d"|byte count with multiple conversion characters
	END
	ours
	fails 1 'hexdump: %f: floating point is not supported' -e '"%f"' abc
	fails 1 'hexdump: bad conversion character %' -e '"%"' abc
	fails 1 'hexdump: bad conversion character %_' -e '"%_"' abc
	fails 1 'hexdump: bad conversion character %_a' -e '"%_a"' abc
	fails 1 'hexdump: format takes too many bytes' -e '999999999/8 "%d"' abc
	fails 1 'hexdump: bad conversion character %99999999' -e '"%99999999d"' abc
}

@test "what shows nothing does so at once, however often it is to be shown" {
	ours
	pattern 300 >p
	classic hexdump -v -e '2147483647 "" 2000000000 "%.0s" 2147483647 "%.0s%.0s" /1 "%c"' p | same - p
}

@test "a format that takes no bytes shows none" {
	answers 0 '' -e '"abc\n"' abc
	answers 0 '' -e '' abc
	answers 0 '2\n' -e '"%_Ad\n"' -s 2 abc
	try 1 -e '"abc"' none
}

@test "colours are taken, and none is shown" {
	tells '97' -L -e '1/1 "%d_L[red:97@0]" "\n"' -n 1 abc
	tells '97' -Lauto -e '1/1 "%d_L[red]" "\n"' -n 1 abc
	tells '97' --color=never -e '1/1 "%d_L[!red:0x61@0,blue]" "\n"' -n 1 abc
	try 1 --color=pink abc
	ours
	fails 1 'hexdump: bad conversion character %_L[red' -e '1/1 "%d_L[red"' abc
}

@test "a pipe is read no further than is shown, and -s goes over what a pipe brings" {
	ours
	printf 'abcdefgh' | { mm hexdump -e '3/1 "%c" "\n"' -n 3 && cat; } >out
	is 'abc\ndefgh' out
	printf 'abcdefgh' | mm hexdump -s 6 -C >out
	has '^00000006  67 68 ' out
	printf 'abcdefgh' | mm hexdump -s 60 >out
	is '0000008\n' out
	printf 'abc' | mm hexdump -C abc - >out
	has '^00000000  61 62 63 61 62 63 ' out
}

@test "what comes through a pipe is shown before the next bytes are waited for" {
	need timeout
	: >got
	# shellcheck disable=SC2094,SC2154
	{ printf 0123456789abcdef && eventually grep -q 0123456789abcdef got; } | timeout 60 "$bin/hexdump" -C >got
	has '0123456789abcdef' got
}

@test "what cannot be written ends the run with a message" {
	[ -w /dev/full ] || skip "no /dev/full here"
	pattern 300000 >p
	got=0
	classic hexdump -C p >/dev/full 2>err || got=$?
	[ "$got" = 1 ]
	ours
	is 'hexdump: write error: No space left on device\n' err
}

@test "a hole is folded, and what lies behind it is shown" {
	need_holes
	truncate -s 100M sparse
	printf end >>sparse
	tells '00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
06400000  65 6e 64                                          |end|
06400003' -C sparse
	ours
	[ "$(stat -c %b sparse)" -lt 1000 ]
	try 0 -C --explain sparse
	has 'hole' err || has 'read' err
}

@test "offsets beyond 4 GiB have the digits that they need" {
	need_holes
	truncate -s 5G sparse
	printf end >>sparse
	tells '140000000  65 6e 64                                          |end|
140000003' -C -s 0x140000000 sparse
}

@test "a line longer than a buffer is shown whole" {
	pattern 200000 >p
	classic hexdump -v -e '100000/1 "%02x" "\n"' p >out
	command -p od -An -v -tx1 -w100000 p | tr -d ' ' | same - out
	classic hexdump -v -e '1/4 "%3000d" "\n"' -n 400 p >out
	[ "$(wc -lc <out | tr -s ' ')" = ' 100 300100' ]
}
