# mmhex as xxd: what xxd of 2022 does, option by option, proved against the host's with PEER=host; then thousands of random
# cases beside the host's.

# shellcheck disable=SC2034,SC2154 # for the helper, and set by it
bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	via=(classic xxd)
	hint="Try 'xxd --help' for more information.$nl"
}

# need_xxd: the host's, of the year whose output ours is
need_xxd() {
	command -p -v xxd >/dev/null || skip "no xxd on this machine"
	# others have one more blank before the text of -e
	[ "$(printf 12345 | command -p xxd -e | wc -c)" = 53 ] || skip "the host's xxd is another one"
}

# --- dumps

@test "xxd shows rows of 16 bytes in groups of two, with their text" {
	printf 'hello world\n\0\1\177\200\377 ~!' >f
	tells '00000000: 6865 6c6c 6f20 776f 726c 640a 0001 7f80  hello world.....
00000010: ff20 7e21                                . ~!' f
	: >e
	does e
}

@test "xxd reads standard input without a file and for -, from where it is" {
	printf 0123456789 >f
	tells '00000000: 3031 3233 3435 3637 3839                 0123456789' <f
	printf 01 | tells '00000000: 3031                                     01'
	printf 01 | tells '00000000: 3031                                     01' -
	{
		dd bs=4 count=1 of=passed status=none
		tells '00000000: 3435 3637 3839                           456789'
	} <f
}

@test "xxd -c and -g settle the rows, up to 256 bytes" {
	printf 'abcdefghij' >f
	tells '00000000: 6162 63  abc
00000003: 6465 66  def
00000006: 6768 69  ghi
00000009: 6a       j' -c 3 f
	tells '00000000: 616263 64  abcd
00000004: 656667 68  efgh
00000008: 696a       ij' -c4 -g3 f
	tells '00000000: 6162636465666768696a              abcdefghij' -g 0 f
	tells '00000000: 61 62 63 64 65 66 67 68 69 6a                    abcdefghij' -g 1 f
	tells '00000000: 6162 6364 6566 6768 696a                 abcdefghij' -c 0 f
	tells '00000000: 6162 6364 6566 6768  abcdefgh
00000008: 696a                 ij' -cols 010 f
	complains 'xxd: invalid number of columns (max. 256).' -c 257 f
	complains 'xxd: invalid number of columns (max. 256).' -c -1 f
	fill x 256 >f
	try 0 -c 256 f
	[ "$(wc -l <out)" = 1 ]
}

@test "xxd -b shows binary digits, -u capitals, -d decimal offsets" {
	printf 'aZ\377\0\12\200~x' >f
	tells '00000000: 01100001 01011010 11111111 00000000 00001010 10000000  aZ....
00000006: 01111110 01111000                                      ~x' -b f
	tells '00000000: 615A FF00 0A80 7E78                      aZ....~x' -u f
	fill a 20 >f
	tells '00000000: 6161 6161 6161 6161 6161 6161 6161 6161  aaaaaaaaaaaaaaaa
00000016: 6161 6161                                aaaa' -d f
}

@test "xxd -e shows the last byte of a group first" {
	printf 'abcdefghij' >f
	tells '00000000: 64636261 68676665     6a69           abcdefghij' -e f
	tells '00000000: 6261 6463 6665 6867 6a69                 abcdefghij' -e -g 2 f
	complains 'xxd: number of octets per group must be a power of 2 with -e.' -e -g 3 f
}

@test "xxd -E shows characters of EBCDIC" {
	printf '\310\305\323\323\326@\201\251\360K' >f
	tells '00000000: c8c5 d3d3 d640 81a9 f04b                 HELLO az0.' -E f
}

@test "xxd -p shows digits alone, in rows of 30, or -c, or with -c 0 in one" {
	fill a 33 >f
	tells '616161616161616161616161616161616161616161616161616161616161
616161' -p f
	for how in -ps -plain -postscript --ps; do
		tells '6161616161616161616161616161616161616161616161616161616161616161
61' "$how" -c 32 f
	done
	tells '616161616161616161616161616161616161616161616161616161616161616161' -p -c 0 f
	: >e
	does -p e
	shows '\n' -p -c 0 e
	head -c 100000 /dev/zero >f
	try 0 -p -c 50000 f
	[ "$(wc -l <out)" = 2 ]
}

@test "xxd -i makes an array of C, with a name unless it is standard input's" {
	printf 'abcdefghijklmn' >f.1-x
	tells 'unsigned char f_1_x[] = {
  0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c,
  0x6d, 0x6e
};
unsigned int f_1_x_len = 14;' -i f.1-x
	tells '  0x61, 0x62,
  0x63' -i -c 2 -l 3 <f.1-x
	tells 'unsigned char __9A[] = {
  0X6D, 0X6E
};
unsigned int __9A_LEN = 2;' -i -u -C -s 12 -n 9a f.1-x
	: >e
	tells 'unsigned char e[] = {
};
unsigned int e_len = 0;' -include e
	does -i <e
}

@test "xxd -i -t puts a zero behind the bytes, which the length does not count" {
	ours
	printf abcd >f
	tells 'unsigned char f[] = {
  0x61, 0x62, 0x63, 0x64, 0x00
};
unsigned int f_len = 4;' -i -t f
	tells '  0x61, 0x62,
  0x63, 0x64,
  0x00' -t -i -c 2 <f
	: >e
	tells 'unsigned char e[] = {
  0x00
};
unsigned int e_len = 0;' -t -include e
}

@test "xxd -a shows a star for rows of zeros, but never for the last row, nor for two" {
	head -c 100 /dev/zero >f
	tells '00000000: 0000 0000 0000 0000 0000 0000 0000 0000  ................
*
00000060: 0000 0000                                ....' -a f
	tells '00000000: 0000 0000  ....
*
00000060: 0000 0000  ....' -a -c 4 f
	tells '00000000: 0000 0000  ....
00000004: 0000 0000  ....
00000008: 0000 0000  ....' -a -c 4 -l 12 f
	{ head -c 8 f; echo hi; } | tells '00000000: 0000 0000  ....
00000004: 0000 0000  ....
00000008: 6869 0a    hi.' -a -c 4
	{ head -c 12 f; echo hi; } | tells '00000000: 0000 0000  ....
*
0000000c: 6869 0a    hi.' -autoskip -c 4
	try 0 -a -a f
	[ "$(wc -l <out)" = 7 ]
}

@test "xxd -s counts from the start, from where input is, or from the end, -l counts bytes, -o is added to offsets" {
	printf 0123456789 >f
	tells '00000007: 3738 39                                  789' -s 7 f
	tells '00000007: 3738 39                                  789' -s -3 f
	tells '00000007: 37                                       7' -seek 7 -len 1 f
	tells '00000107: 3738 39                                  789' -s7 -o 0x100 f
	tells 'ffffffffffffffff: 3031                                     01' -o -1 -l 2 f
	tells 'ffffffffff: 3031                                     01' -offset 0xffffffffff -l 2 f
	does -l 0 f
	tells '00000000: 3031 3233 3435 3637 3839                 0123456789' -l -1 f
	does -s 100 f
	{
		dd bs=4 count=1 of=passed status=none
		tells '00000006: 3637 3839                                6789' -s +2
	} <f
	printf 0123456789 | tells '00000007: 3738 39                                  789' -s 7
	fails 4 'xxd: Sorry, cannot seek.' -s -11 f
	printf 01 | fails 4 'xxd: Sorry, cannot seek.' -s 7
	printf 01 | fails 4 'xxd: Sorry, cannot seek.' -s -1
}

@test "xxd writes to a second operand, which is emptied first" {
	printf 01 >f
	fill x 200 >o
	does f o
	reads "00000000: 3031                                     01$nl" o
	does - o <f
	reads "00000000: 3031                                     01$nl" o
	fails 3 'xxd: no/o: No such file or directory' f no/o
	fails 2 'xxd: no: No such file or directory' no o
}

@test "xxd looks at the first letter of an option alone, and at none behind an operand" {
	fill a 3 >f
	shows '616161\n' -pr f
	shows '616161\n' -p -- f
	try 1 f -p -c 1
	[ ! -e -p ]
}

@test "xxd tells its version, and refuses unknown options with status 1" {
	local how
	for how in -v -version --version; do
		PEER=mmtools try 0 "$how"
	done
	ours
	complains "xxd: invalid option -- 'x'$nl$hint" -x
	complains "xxd: invalid option -- 'h'$nl$hint" -h
	complains "xxd: option requires an argument -- 'c'$nl$hint" -c
	complains "xxd: extra operand 'c'$nl$hint" a b c
	complains "xxd: invalid number '1x' for '-l'$nl$hint" -l 1x
	complains "xxd: invalid number '' for '-s'$nl$hint" -s ''
}

# --- back

@test "xxd -r turns a dump back, whatever stands around it" {
	printf '00000000: 6865 6c6c 6f0a  hello.\n' >d
	shows 'hello\n' -r d
	shows 'hello\n' -r <d
	printf 'junk\n0000: 41 42  43\n\n00000002: 4344 4\n' | shows 'ABCD' -r
	printf '4142\r\n43 44\nz45z46zz47' | shows 'ABCDEF' -r -p
	printf '0: 61626364\n2: 65\n' | shows 'abe' -r -c 2
	fails 255 'xxd: Sorry, cannot revert this type of hexdump' -r -i d
	fails 255 'xxd: Sorry, cannot revert this type of hexdump' -r -e d
}

@test "xxd -r writes into a file at the places that the dump tells, and leaves the rest" {
	fill x 20 >o
	printf '00000004: 4142\n00000010: 43 \n00000002: 44 \n' >d
	does -r d o
	is 'xxDxABxxxxxxxxxxCxxx' o
	fill x 20 >o
	does -r -s 2 d o
	is 'xxxxDxABxxxxxxxxxxCx' o
	fill x 20 >o
	does -r -s -2 d o
	is 'DxABxxxxxxxxxxCxxxxx' o
	fails 5 'xxd: Sorry, cannot seek backwards.' -r -s -5 d o
	rm o
	does -r -s 0x1000 d o
	[ "$(wc -c <o)" = 4113 ]
	fill x 5 >o
	"${via[@]}" -r -s -2 d 1<>o
	is 'DxABx\0000\0000\0000\0000\0000\0000\0000\0000\0000C' o
}

@test "xxd -r fills what the dump leaves out with zeros in a pipe, and cannot go back there" {
	printf '00000004: 4142\n' >d
	"${via[@]}" -r d | cat >out
	is '\0\0\0\0AB' out
	printf '00000004: 4142\n00000000: 43 \n' >d
	{ "${via[@]}" -r d 2>err || echo "$?" >status; } | cat >out
	is '\0\0\0\0AB' out
	[ "$(cat status)" = 5 ]
	reads "xxd: Sorry, cannot seek backwards.$nl" err
}

# --- what goes wrong

@test "xxd says what cannot be read or written, with xxd's status" {
	mkdir d
	fails 2 'xxd: no: No such file or directory' no
	fails 2 'xxd: no: No such file or directory' -r no
	[ ! -e /dev/full ] || {
		fill a 100 >f
		"${via[@]}" f >/dev/full 2>err || echo $? >status
		[ "$(cat status)" = 3 ]
	}
	ours
	[ ! -e /dev/full ] || reads "xxd: write error: No space left on device$nl" err
	fails 2 'xxd: d: Is a directory' d
}

@test "xxd refuses to write over what it reads" {
	ours
	printf 0123 >f
	cp f g
	ln f h
	fails 3 'xxd: f: input file is output file' f f
	fails 3 'xxd: h: input file is output file' -r f h
	same f g
}

@test "xxd -R colours on demand alone" {
	ours
	printf 'a\0' >f
	shows '00000000: 61\0033[90m00                                     \0033[39ma\0033[90m.\0033[39m\n' -R always f
	shows '00000000: 6100                                     a.\n' -R auto f
	pattern 1000 | gzip -cn >f
	"${via[@]}" -R always f | "${via[@]}" -r | same - f
}

# --- beside the host's

# pick WORD...: one of them, in $one
pick() {
	local n=$((RANDOM % $#))
	one=${*:n+1:1}
}

# some_file: f becomes one of random length and kind
some_file() {
	local size=0
	pick 0 1 2 15 16 17 32 100 256 300 4090 4096 4200
	size=$((one + RANDOM % 3))
	case $((RANDOM % 4)) in
	0) head -c "$size" "$noise" ;;
	1) head -c "$size" /dev/zero ;;
	2) tail -c +$((RANDOM % 1000 + 1)) "$noise" | head -c $((size / 2)) && head -c $((size / 2)) /dev/zero && echo end ;;
	3) pattern "$size" "$RANDOM" ;;
	esac >f
}

# some_options: $words becomes up to four options, of each kind that changes the form one at most
some_options() {
	local i
	words=()
	pick '' '' '' -a -b -e -i -ps -p
	[ -z "$one" ] || words+=("$one")
	for ((i = RANDOM % 4; i > 0; i--)); do
		case $((RANDOM % 9)) in
		0) pick 0 1 2 3 4 5 7 8 12 16 30 64 255 256 257 && words+=(-c "$one") ;;
		1) pick 0 1 2 4 8 16 5 300 -1 && words+=(-g "$one") ;;
		2) pick 0 1 5 16 17 100 -1 && words+=(-l "$one") ;;
		3) pick 0 1 -5 0x1000 0xffffffff 99999999 && words+=(-o "$one") ;;
		4) pick 0 1 +5 16 -7 250 -5000 && words+=(-s "$one") ;;
		5) words+=(-u) ;;
		6) words+=(-d) ;;
		7) words+=(-E) ;;
		8) pick foo 9x a-b && words+=(-n "$one" -C) ;;
		esac
	done
}

# as_host FROM ARG...: ours and the host's agree on output and status, with their input from that file
as_host() {
	local one=0 other=0 from=$1
	shift
	"$bin/xxd" "$@" <"$from" >ours 2>ours.err || one=$?
	command -p xxd "$@" <"$from" >theirs 2>theirs.err || other=$?
	if [ $one != $other ] || ! same ours theirs; then
		printf '%q ' xxd "$@"
		echo ": status $one and not $other"
		cat ours.err
		return 1
	fi
}

@test "xxd shows what the host's shows, in random cases" {
	ours
	need_xxd
	local case count noise=$PWD/noise words
	pattern 3000 7 | gzip -cn >noise
	RANDOM=20261127 count=$(share 900)
	for ((case = 0; case < count; case++)); do
		((case % 4)) || some_file
		some_options
		if ((RANDOM % 2)); then as_host /dev/null "${words[@]}" f; else as_host f "${words[@]}"; fi
	done
}

@test "xxd -r makes what the host's makes, in random cases of dumps, whole and damaged" {
	ours
	need_xxd
	local case count noise=$PWD/noise words text at
	pattern 3000 8 | gzip -cn >noise
	RANDOM=1127 count=$(share 450)
	for ((case = 0; case < count; case++)); do
		((case % 3)) || some_file
		pick '' -p '-c 8' '-c 5 -g 1' -u '-c 20'
		read -ra words <<<"$one"
		head -c 600 f | command -p xxd "${words[@]}" >d
		# a damage or two, but none to an offset, which would lead anywhere
		IFS= read -rd '' text <d || :
		for ((at = RANDOM % 3; at > 0 && ${#text} > 20; at--)); do
			local where=$((RANDOM % (${#text} - 12) + 10))
			[[ ${text:where-10:12} != *"$nl"* ]] || continue
			pick ' ' x 0 f : zz '   ' ''
			text=${text:0:where}$one${text:where+RANDOM%2}
		done
		printf %s "$text" >d
		pick '' '' '-s 5' '-s -2' '-c 4'
		# shellcheck disable=SC2206 # words
		words+=(-r $one)
		rm -f o1 o2
		fill x 50 >o1
		cp o1 o2
		local one_status=0 other_status=0
		"$bin/xxd" "${words[@]}" d o1 2>err || one_status=$?
		command -p xxd "${words[@]}" d o2 2>err || other_status=$?
		if [ $one_status != $other_status ] || ! same o1 o2; then
			printf '%q ' "${words[@]}" && cat d
			return 1
		fi
	done
}

@test "xxd turns back what it made, in every form that can be" {
	local form
	pattern 5000 3 >f
	head -c 3000 /dev/zero >>f
	pattern 3000 4 | gzip -cn >>f
	for form in '' -a -u '-c 7' '-c 256 -g 5' '-g 0' '-g 1 -c 30' -p '-p -c 0' '-p -u -c 1'; do
		# shellcheck disable=SC2086 # words
		"${via[@]}" $form f >d
		form=${form//-a/} form=${form/-g 5/} form=${form/-g 0/}
		rm -f o
		# shellcheck disable=SC2086 # words
		does -r $form d o
		same f o
	done
}

@test "xxd -s leaves out as much of a pipe as it says, in whatever pieces that comes" {
	{ printf a && sleep 0.2 && printf bcd; } | "$bin/xxd" -s 2 -p >out
	is '6364\n' out
	{ printf ab && sleep 0.2 && printf cd; } | "$bin/xxd" -s 3 -p >out
	is '64\n' out
}
