# mmstrings: what GNU strings (binutils 2.40) does, option by option, proved against the host's with PEER=host; then what
# mmstrings adds. Thousands of files beside the host's command are in mmstrings_differential.bats.

# Files are read while they are written, pipes are wanted as pipes, bytes are made by printf, and the helper sets $bin and $nl.
# shellcheck disable=SC2034,SC2094,SC2002,SC2030,SC2031,SC2059,SC2154
bats_require_minimum_version 1.5.0
load helper

hint="Try 'strings --help' for more information.$nl"
via=(classic strings)

# wide ENCODING TEXT: in 16 bits (le, be) or in 32 (LE, BE)
wide() {
	local i c
	for ((i = 0; i < ${#2}; i++)); do
		c=${2:i:1}
		case $1 in
		le) printf '%s\0' "$c" ;;
		be) printf '\0%s' "$c" ;;
		LE) printf '%s\0\0\0' "$c" ;;
		BE) printf '\0\0\0%s' "$c" ;;
		esac
	done
}

# said_usage: the usage of the host's, or our hint
said_usage() {
	if [ "$PEER" = host ]; then grep -q '^Usage' err; else grep -qx "${hint%"$nl"}" err; fi
}

# --- what is a string ---

@test "mmstrings prints what has four printable characters or more, a line each" {
	printf 'abcd\0abc\0\1efghi\2ab\177klmn' >f
	shows 'abcd\nefghi\nklmn\n' f
	shows 'abcd\nefghi\nklmn\n' <f
	cat f | shows 'abcd\nefghi\nklmn\n'
}

@test "mmstrings takes blanks and tabs for printable, newlines and other white space only with -w" {
	printf 'a b\tc\0ab\ncd\ref\v\f' >f
	shows 'a b\tc\n' f
	shows 'a b\tc\nab\ncd\ref\v\f\n' -w f
	shows 'a b\tc\nab\ncd\ref\v\f\n' --include-all-whitespace f
}

@test "mmstrings takes bytes beyond ASCII for printable only with -e S" {
	printf 'abc\344\200\377\0abcd\0' >f
	shows 'abcd\n' f
	shows 'abcd\n' -e s f
	shows 'abc\0344\0200\0377\nabcd\n' -e S f
	printf '\177\200\201' >f
	shows '' -eS f
}

@test "mmstrings prints nothing for an empty file, and for one without strings" {
	: >e
	shows '' e
	shows '' -n 1 e
	printf 'abc' >f
	shows '' f
	head -c 300000 /dev/zero >z
	shows '' z e f
}

@test "mmstrings finds strings of the least length that was asked for" {
	printf 'a\0bc\0def\0ghij' >f
	shows 'a\nbc\ndef\nghij\n' -n 1 f
	shows 'bc\ndef\nghij\n' -n2 f
	shows 'def\nghij\n' --bytes=3 f
	shows 'def\nghij\n' --bytes 0x3 f
	shows '' -n 5 f
	shows '' -n 268435455 f
}

@test "mmstrings takes -NUM for -n NUM, and that is what counts when both are given" {
	printf 'a\0bc\0def\0ghij\0klmnopqrstuvw' >f
	shows 'bc\ndef\nghij\nklmnopqrstuvw\n' -2 f
	shows 'klmnopqrstuvw\n' -12 f
	shows 'klmnopqrstuvw\n' -1 -12 f
	shows 'def\nghij\nklmnopqrstuvw\n' -3 -n 7 f
	shows 'def\nghij\nklmnopqrstuvw\n' -n 7 -3 f
}

@test "mmstrings ends a string at the end of its file" {
	printf 'ab' >a
	printf 'cd' >b
	printf 'efgh' >c
	shows 'efgh\n' a b c
	shows 'efgh\nefgh\n' c a c
}

# --- encodings ---

@test "mmstrings finds characters of 16 and 32 bits in either byte order, at any offset" {
	# no longer, since each is one of the other order, too, without its last character
	{
		printf 'x'
		wide le 'tiny'
		printf '\1'
		wide be 'big!'
		printf '\1\1'
		wide LE 'four'
		printf '\1'
		wide BE 'nine'
		printf '\1'
	} >f
	shows 'tiny\n' -e l f
	shows 'big!\n' -e b f
	shows 'four\n' -e L f
	shows 'nine\n' --encoding=B f
	shows '      1 tiny\n' -el -td f
	shows '     10 big!\n' -eb -td f
	shows '     20 four\n' -eL -td f
	shows '     37 nine\n' -eB -td f
}

@test "mmstrings leaves out a character of which not all bytes are there" {
	{ wide le abcd && printf e; } >f
	shows 'abcd\n' -el f
	{ wide BE abcd && printf '\0\0\0'; } >f
	shows 'abcd\n' -eB f
	{ wide LE abc && printf 'd\0\0'; } >f
	shows '' -eL f
}

@test "mmstrings counts characters, not bytes, for the least length" {
	{ wide le abc && printf '\1' && wide le abcd; } >f
	shows 'abcd\n' -el f
	shows 'abc\nabcd\n' -el -n3 f
}

# --- how they are printed ---

@test "mmstrings prints offsets in octal, decimal and hexadecimal, in seven columns or more" {
	{ head -c 4095 /dev/zero && printf 'abcd\0efgh'; } >f
	shows '   7777 abcd\n  10004 efgh\n' -t o f
	shows '   7777 abcd\n  10004 efgh\n' -o f
	shows '   4095 abcd\n   4100 efgh\n' --radix=d f
	shows '    fff abcd\n   1004 efgh\n' -tx f
	shows '    fff abcd\n   1004 efgh\n' -o -tx f
	truncate -s 100M far
	printf 'far away' >>far
	shows '104857600 far away\n' -td far
	shows '6400000 far away\n' -tx far
}

@test "mmstrings prints the name of the file before each string, and that of standard input in braces" {
	printf 'abcd\0efgh' >f
	cp f g
	shows 'f: abcd\nf: efgh\ng: abcd\ng: efgh\n' -f f g
	shows 'f:       0 abcd\nf:       5 efgh\n' -f -td f
	shows '{standard input}: abcd\n{standard input}: efgh\n' --print-file-name <f
}

@test "mmstrings ends strings with the separator that was asked for" {
	printf 'abcd\0efgh' >f
	shows 'abcd--efgh--' -s -- f
	shows 'abcdefgh' --output-separator= f
	shows 'abcd\n\nefgh\n\n' -s "$nl$nl" f
	long=$(fill x 100000)
	try 0 -s "$long" f
	[ "$(wc -c <out)" = 200008 ]
}

@test "mmstrings counts offsets of standard input from where that was found" {
	printf 'skipped\0abcd' >f
	{
		dd bs=8 count=1 >/dev/null 2>&1
		shows '      0 abcd\n' -td
	} <f
}

@test "mmstrings takes - before files for -a, and not for standard input" {
	printf 'abcd' >f
	printf 'wrong' | shows 'abcd\n' - f
	printf 'wrong' | shows 'abcd\nabcd\n' f - f -
}

# --- UTF-8 ---

@test "mmstrings shows characters of UTF-8 in hex and as escapes, as parts of strings" {
	printf 'ab\303\244\342\202\254 x\0ab\303\244\0' >f
	shows 'ab<0xc3a4><0xe282ac> x\n' -U hex f
	shows 'ab<0xc3a4><0xe282ac> x\n' --unicode=x f
	shows 'ab\\u00e4\\u20ac x\n' -U escape f
	shows 'ab\\u00e4\\u20ac x\n' -Ue f
	shows 'ab\\u00e4\\u20ac x\n' -U highlight f
	shows 'ab\\u00e4\\u20ac x\n' -Uh f
	shows '' -U invalid f
	shows '' -Ud f
	shows 'ab<0xc3a4><0xe282ac> x\nab<0xc3a4>\n' -Ux -n 3 f
}

@test "mmstrings ends a string at what is broken UTF-8, and goes on behind it" {
	printf 'abcd\303efgh\342\202ijkl\200mnop\360\237\230' >f
	shows 'abcd\nefgh\nijkl\nmnop\n' -Ux f
	printf 'abcd\342\202' >f
	shows 'abcd\n' -Ux f
}

@test "mmstrings -U locale shows characters as they are" {
	ours
	printf 'ab\303\244\360\237\230\200\0' >f
	shows 'ab\0303\0244\0360\0237\0230\0200\n' -U locale f
	shows 'ab\0303\0244\0360\0237\0230\0200\n' --unicode=show f
}

@test "mmstrings shows characters beyond 16 bits as escapes of six digits, with the right number" {
	ours
	printf 'abc\360\237\230\200\0' >f
	shows 'abc\\u01f600\n' -Ue f
}

@test "mmstrings counts offsets right behind broken UTF-8" {
	ours
	printf 'abcd\303efgh\342\202ijkl' >f
	shows '      0 abcd\n      5 efgh\n     11 ijkl\n' -Ux -td f
}

@test "mmstrings shows escapes in red on a terminal" {
	need script
	printf 'abc\303\244d\0' >f
	local command="'$bin/strings' -Uh f"
	[ "$PEER" != host ] || command='command -p strings -Uh f'
	script -qec "$command" log >/dev/null </dev/null
	grep -aqF $'abc\e[31;47m\\u00e4\e[0md' log
}

# --- sections ---

# elf: a file of 64 bits, little-endian, with text in its header's gap, a loaded section, one that is not, one without bytes, names
elf() {
	{
		printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0'
		printf '\1\0\076\0\1\0\0\0'
		printf '\0%.0s' {1..16}
		printf '\200\0\0\0\0\0\0\0'                     # section headers at 128
		printf '\0\0\0\0\100\0\0\0\0\0\100\0\5\0\4\0'
		printf 'notinasection\0\0\0loaded text\0\0\0\0\0'
		printf 'debug text\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
		printf '\0%.0s' {1..64}
		section 1 2 80 16
		section 1 0 96 16
		section 8 2 64 16
		section 3 0 120 8
	} >"$1"
}

# section TYPE FLAGS OFFSET SIZE: a header
section() {
	printf '\0\0\0\0'
	printf "\\$(printf %o "$1")\\0\\0\\0\\$(printf %o "$2")"
	printf '\0%.0s' {1..15}
	printf "\\$(printf %o "$3")\\0\\0\\0\\0\\0\\0\\0\\$(printf %o "$4")"
	printf '\0%.0s' {1..31}
}

@test "mmstrings -d looks only through the sections of an ELF file that are loaded" {
	elf f
	shows 'notinasection\nloaded text\ndebug text\n' f
	shows 'loaded text\n' -d f
	shows '     80 loaded text\n' --data -td f
	shows 'notinasection\nloaded text\ndebug text\n' -d -a f
	shows 'loaded text\n' -a -d f
	shows 'loaded text\nnotinasection\nloaded text\ndebug text\n' -d f - f
	shows 'notinasection\nloaded text\ndebug text\n' -d <f
}

@test "mmstrings -d knows files of 32 and 64 bits, in either byte order, and what departs from them is looked through as a whole" {
	local bits order wrong
	ours
	need python3
	python3 - <<-'END'
		import struct
		def section(e, big, kind, flags, off, size):
		    if big: return struct.pack(e + 'IIQQQQIIQQ', 0, kind, flags, 0, off, size, 0, 0, 1, 0)
		    return struct.pack(e + '10I', 0, kind, flags, 0, off, size, 0, 0, 1, 0)
		def elf(bits, order, wrong):
		    e, big = '<' if order == 'little' else '>', bits == 64
		    entry, n, table, kind = 64 if big else 40, 5, 512, 2
		    if wrong == 'entry': entry += 1
		    if wrong == 'many': n = 65535
		    if wrong == 'core': kind = 4
		    if wrong == 'none': kind = 0
		    if wrong == 'no-table': table = 0
		    if wrong == 'far': table = 5000
		    head = b'\x7fELF' + bytes([2 if big else 1, 1 if order == 'little' else 2, 1]) + bytes(9)
		    head += struct.pack(e + ('HHIQQQIHHHHHH' if big else 'HHIIIIIHHHHHH'), kind, 0, 1, 0, 0, table, 0, len(head), 0, 0, entry, n, 0)
		    out = bytearray(1000)
		    out[:len(head)] = head
		    for at, text in (100, b'outside'), (200, b'loaded one'), (300, b'debug'), (400, b'loaded two'): out[at:at + len(text)] = text
		    all = [(0, 2, 100, 7), (1, 2, 200, 10), (1, 4, 300, 5), (1, 7, 400, 10), (8, 2, 100, 7)]
		    table = b''.join(section(e, big, *one) for one in all)
		    out[512:512 + len(table)] = table
		    open('%d-%s-%s' % (bits, order, wrong), 'wb').write(out)
		for bits in 32, 64:
		    for order in 'little', 'big':
		        for wrong in 'nothing', 'entry', 'many', 'core', 'none', 'no-table', 'far': elf(bits, order, wrong)
	END
	for bits in 32 64; do
		for order in little big; do
			shows '    200 loaded one\n    400 loaded two\n' -d -td $bits-$order-nothing
			for wrong in entry many core none no-table far; do
				shows 'outside\nloaded one\ndebug\nloaded two\n' -d -n 5 $bits-$order-$wrong
			done
		done
	done
}

@test "mmstrings -d looks through all of what is no ELF file" {
	printf 'abcdefgh' >f
	shows 'abcdefgh\n' -d f
	{ printf '\177ELF' && head -c 100 /dev/zero && printf abcdefgh; } >g
	shows 'abcdefgh\n' -d g
	elf h
	for header in '\177ELF\3\1\1' '\177ELF\0\1\1' '\177ELF\2\3\1' '\177ELF\2\1\2'; do
		{ printf "$header" && tail -c +8 h; } >j
		shows 'notinasection\nloaded text\ndebug text\n' -n 5 -d j
	done
	head -c 96 h >i
	shows 'notinasection\nloaded text\n' -d i
	: >e
	shows '' -d e
}

@test "mmstrings -d finds what the host's strings finds in programs, libraries and objects" {
	ours
	need strings cc
	command -p strings --version | grep -q GNU || skip "the host's strings is not GNU's"
	echo 'const char *text = "loaded text"; int main(void) { return !text; }' >x.c
	cc -c -g x.c
	cc -g x.c -o x 2>/dev/null || cp x.o x
	for f in x x.o "$(command -v bash)" "$(command -v strings)"; do
		for options in -td '-tx -el' '-f -n8'; do
			# shellcheck disable=SC2086 # words
			command -p strings -d $options "$f" >want
			# shellcheck disable=SC2086
			try 0 -d $options "$f"
			same want out
		done
	done
}

@test "mmstrings -d says so when a section is not all in the file" {
	ours
	elf f
	{ head -c 192 f && section 1 2 80 16 && section 1 2 200 250 && section 1 2 64 5 && section 3 0 120 8; } >g
	try 1 -d g
	is 'loaded text\nnotin\n' out
	is 'strings: g: range 200+250 goes beyond the end at 448\n' err
}

# --- what goes wrong ---

@test "mmstrings goes on behind a file that is not there, a folder, and one that may not be read" {
	printf 'abcd' >f
	mkdir d
	try 1 f no d f
	is 'abcd\nabcd\n' out
	if [ "$PEER" = mmtools ]; then
		is 'strings: no: No such file or directory\nstrings: d: Is a directory\n' err
	fi
}

@test "mmstrings refuses options that mean nothing, with status 1" {
	for args in '-n 0' -0 '-n x' '-n 5x' '-e x' '-e ss' '-t y' -x --foo -n '-U q' '-5a'; do
		# shellcheck disable=SC2086 # words
		try 1 $args f
		is '' out
	done
	try 1 -n 0 f
	has '^strings: invalid minimum string length 0$' err
	if [ "$PEER" = mmtools ]; then said_usage; fi
}

@test "mmstrings tells a full disk and a closed output" {
	ours
	[ -e /dev/full ] || skip "no /dev/full"
	printf 'abcd' >f
	status=0
	"${via[@]}" f >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	is 'strings: write error: No space left on device\n' err
}

@test "mmstrings ends at once when its output is closed" {
	ours
	yes 'a line of text' | { timeout 20 "$bin/strings" || echo "$?" >status; } | head -n 1 >first
	is 'a line of text\n' first
}

@test "mmstrings refuses to feed a file with itself" {
	ours
	printf 'abcd' >f
	status=0
	"${via[@]}" f >>f 2>err || status=$?
	[ "$status" = 1 ]
	is 'abcd' f
	is 'strings: f: input file is output file\n' err
}

@test "mmstrings prints up to the new end of a file that shrinks meanwhile, no more, and says so" {
	ours
	# a pipe that is full holds it up in the middle
	pattern 20000000 >f
	cp f whole
	mkfifo p
	"${via[@]}" f >p 2>err 3>&- &
	pid=$!
	started+=("$pid")
	exec 7<p
	head -c 1000 <&7 >out
	truncate -s 12000001 f
	cat <&7 >>out
	exec 7<&-
	got=0
	wait "$pid" || got=$?
	[ "$got" = 1 ]
	is 'strings: f: shrank while being read\n' err
	{ head -c 12000001 whole && echo; } | cmp - out || { tail -c 100 out && false; }
}

# --- beyond strings ---

@test "mmstrings takes -NUM behind an operand, too" {
	ours
	printf 'abcd\0efghi' >f
	shows 'efghi\n' f -5
	try 1 f -- -5
	is 'abcd\nefghi\n' out
}

@test "mmstrings - alone is standard input" {
	ours
	printf 'abcd' | shows 'abcd\n' -
	printf 'abcd' | shows '{standard input}: abcd\n' -f - -
}

@test "mmstrings looks for several encodings at once, and prints their strings in the order of the file" {
	ours
	{
		printf 'plain\0\0'
		wide le 'wide'
		printf '\0\0more\0'
		wide BE 'four'
		printf '\1'
	} >f
	shows 'plain\nwide\nmore\n' -e s -e l f
	shows 'plain\nwide\nmore\nfour\n' -e s,l,B f
	shows '      0 plain\n      7 wide\n     17 more\n     22 four\n' -td -eB -el -es f
	# each text once, whichever byte order it is found in
	try 0 -eb,l f
	is 'wide\n' out
	printf 'abc\344d\0' >g
	shows 'abc\0344d\n' -eS,s g
}

@test "mmstrings finds strings of several encodings wherever the edges of its buffer lie" {
	ours
	local n
	for n in 65520 65527 65530 65533 65536 131064 131070; do
		{
			head -c "$n" /dev/zero
			printf 'plain\1'
			wide le 'wide'
			printf '\1'
			wide BE 'four'
			head -c 70000 /dev/zero
		} >f
		tells "$(printf '%7d plain\n%7d wide\n%7d four' "$n" $((n + 6)) $((n + 15)))" -td -e s,l,B f
	done
}

@test "mmstrings prints strings longer than any buffer, in little memory" {
	{ fill a 10000000 && printf '\0' && fill b 300000 && printf '\0cdef'; } >f
	try 0 f
	{ fill a 10000000 && echo && fill b 300000 && printf '\ncdef\n'; } >want
	same want out
	try 0 -n 200000 f
	{ fill a 10000000 && echo && fill b 300000 && echo; } >want
	same want out
	try 0 -n 10000000 f
	{ fill a 10000000 && echo; } >want
	same want out
	shows '' -n 10000001 f
	ours
	bash -c 'ulimit -v 60000; exec "$@"' - "$bin/mmstrings" /dev/null || skip "this build needs more memory by itself"
	bash -c 'ulimit -v 60000; exec "$@"' - "$bin/mmstrings" -n 200000 f >out
	{ fill a 10000000 && echo && fill b 300000 && echo; } >want
	same want out
	got=0
	fill a 50000000 | bash -c 'ulimit -v 60000; exec "$@"' - "$bin/mmstrings" -n 60000000 >out 2>err || got=$?
	[ "$got" = 1 ]
	is '' out
	is 'mmstrings: -: Cannot allocate memory\n' err
}

@test "mmstrings --range looks through parts of a file, and offsets are those of the file" {
	ours
	printf 'abcdefgh\0ijklmnop\0' >f
	shows '      2 cdefgh\n' --range=2+8 -td f
	shows '     14 nop\n' --range=-4 -n3 -td f
	shows '      0 abcd\n      4 efgh\n' -td --range=0+4 --range=4+4 f
	shows '      2 cdefgh\n' --range=2+8 -td <f
	cat f | shows '      2 cdefgh\n' --range=2+8 -td
	try 1 --range=9+100 f
	is 'ijklmnop\n' out
	is 'strings: f: range 9+100 goes beyond the end at 18\n' err
	fails 1 "strings: --data and --range exclude each other$nl$hint" -d --range=1 f
}

@test "mmstrings does not touch holes, and says how it got at bytes" {
	ours
	need_holes
	truncate -s 64M f
	printf 'the end' >>f
	try 0 -td --io=map --explain f
	is '67108864 the end\n' out
	has '^strings: f: mapped [0-9]+ windows?, 1 hole$' err
	try 0 --io=read --explain f
	has '^strings: f: .*read' err
}

@test "mmstrings goes over a terabyte of holes at once, and finds characters that reach into them" {
	ours
	need_holes
	truncate -s 1T f 2>dd.log || skip "no file of that size here"
	# of the last of these, and the first of those, all bytes but one lie in a hole
	wide le 'wide' | head -c 7 | dd of=f bs=1 seek=4089 conv=notrunc 2>dd.log
	wide BE 'four' | tail -c +4 | dd of=f bs=1 seek=500G conv=notrunc 2>dd.log
	printf 'the end\0' | dd of=f bs=1 seek=$(((1 << 40) - 8)) conv=notrunc 2>dd.log
	timeout 20 "$bin/strings" -td -e s,l,B f >out
	is '   4089 wide\n536870911997 four\n1099511627768 the end\n' out
	timeout 20 "$bin/strings" -td -Ux --io=read f >out
	is '1099511627768 the end\n' out
	{ dd bs=4096 count=1 2>dd.log >/dev/null && timeout 20 "$bin/strings" -td >out; } <f
	is '1099511623672 the end\n' out
}

@test "mmstrings prints what came through a pipe before the next bytes come" {
	ours
	mkfifo p
	{
		"${via[@]}" p >got 2>got.err 3>&- &
		echo $! >pid
	}
	exec 7>p
	printf 'abcd\0' >&7
	eventually is 'abcd\n' got
	for piece in e f g h '\0'; do
		printf "$piece" >&7
		sleep 0.02
	done
	eventually is 'abcd\nefgh\n' got
	exec 7>&-
	wait "$(cat pid)"
}

@test "mmstrings reads devices and files of /proc" {
	ours
	[ -r /proc/self/status ] || skip "no /proc"
	try 0 /proc/self/status
	has '^Name:' out
	shows '' --range=0+100000 /dev/zero
}
