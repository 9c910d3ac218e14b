# mmcat: what GNU cat (coreutils 9.1) does, option by option, proved against the host's cat with PEER=host; then what
# mmcat adds. What happens under hostile circumstances is in mmcat_fire.bats.

# Files are read while they are written, pipes are wanted as pipes, tests are subshells, run sets $stderr, words use hint and via.
# shellcheck disable=SC2034,SC2094,SC2002,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper

# A cat that waits for ever (for a terminal, say) shall fail its test, not stop the rest.

hint="Try 'cat --help' for more information.$nl"
via=(classic cat)

# pass_by BYTES: that much of standard input is read, and no more
pass_by() {
	dd bs="$1" count=1 >passed 2>dd.log
}

# at_path [FOLDER]: $at becomes a PATH where the name "cat" is the one under test (that in FOLDER)
at_path() {
	at=${1:-$bin}:$PATH
	[ "$PEER" = mmtools ] || at=/usr/bin:/bin
}

# The host's cat is what the rest is compared with, if it is GNU's.
need_gnu() {
	command -p cat --version 2>/dev/null | grep -q GNU || skip "the host's cat is not GNU's"
}

# --- the bytes themselves ---

@test "mmcat prints a file as it is" {
	printf 'a\nb\0c\r\n\377' >f
	shows 'a\nb\0000c\r\n\0377' f
}

@test "mmcat prints several files in the order given, the same one twice too" {
	printf a >one
	printf 'b\n' >two
	shows 'b\nab\nb\n' two one two two
}

@test "mmcat prints nothing for an empty file" {
	: >e
	printf 'a\n' >f
	shows '' e
	shows '' -A -n -s e e
	shows 'a\na\n' e f e e f e
	shows '     1\ta\n     2\ta\n' -n e f e e f e
}

@test "mmcat without operands prints standard input" {
	printf 'a\nb' >f
	shows 'a\nb' <f
	printf 'a\nb' | shows 'a\nb'
	printf 'a\nb' | shows '     1\ta\n     2\tb' -n
}

@test "mmcat takes - for standard input, among files and more than once" {
	printf 'f\n' >f
	printf 'in\n' | shows 'f\nin\nf\n' f - f
	printf 'in\n' | shows 'f\nin\nf\n' f - - f -
	printf 'in\n' | shows '     1\tf\n     2\tin\n     3\tf\n' -n f - f
	printf 'in\n' >in
	shows 'in\nf\n' - f - - <in
}

@test "mmcat starts standard input where its offset is" {
	printf '0123456789\n' >f
	{
		pass_by 4
		shows '456789\n'
	} <f
	{
		pass_by 4
		shows '456789$\n' -E -
	} <f
	{
		pass_by 11
		shows '' - -
	} <f
}

@test "mmcat starts in the middle of a page of a big file" {
	pattern 300000 >f
	{
		pass_by 5003
		try 0
	} <f
	tail -c +5004 f >want
	same want out
	{
		pass_by 70001
		try 0 -
	} <f
	tail -c +70002 f >want
	same want out
}

@test "mmcat leaves the offset of standard input where printing stopped" {
	pattern 100000 >f
	{
		try 0
		same f out
		printf more >>f
		shows more
		printf 'still\n' >>f
		shows '     1\tstill\n' -n
		shows '' -
	} <f
	pattern 100000 >f
	{
		try 0 -u
		printf more >>f
		shows more -v
	} <f
	pattern 100000 >f
	{
		"${via[@]}" | cat >out
		same f out
		printf more >>f
		shows more
	} <f
}

@test "mmcat's -u changes nothing" {
	printf 'a\n\tb\r\n' >f
	shows 'a\n\tb\r\n' -u f
	shows '     1\ta\n     2\t\tb\r\n' -un f
}

# --- numbers ---

@test "mmcat -n numbers every line" {
	printf 'a\n\nb\n\n' >f
	shows '     1\ta\n     2\t\n     3\tb\n     4\t\n' -n f
	shows '     1\ta\n     2\t\n     3\tb\n     4\t\n' --number f
}

@test "mmcat -b numbers lines that are not empty, and overrides -n in either order" {
	local how
	printf 'a\n\n \nb\n' >f
	for how in -b --number-nonblank -nb -bn '-n --number-nonblank' '-b --number'; do
		# shellcheck disable=SC2086 # two words
		shows '     1\ta\n\n     2\t \n     3\tb\n' $how f
	done
}

@test "mmcat carries line numbers across files" {
	printf 'a\nb\n' >one
	printf 'c\n' >two
	: >e
	shows '     1\ta\n     2\tb\n     3\tc\n     4\ta\n     5\tb\n' -n one e two one
	printf '\nc\n' >two
	shows '     1\ta\n     2\tb\n\n     3\tc\n     4\ta\n     5\tb\n' -b one two one
}

@test "mmcat goes on in the same line when a file ends without a newline" {
	printf 'a\nb' >one
	printf 'c\nd' >two
	shows '     1\ta\n     2\tbc\n     3\td' -n one two
	shows '     1\ta$\n     2\tbc$\n     3\td' -bE one two
	printf '\n\n' >three
	shows '     1\ta\n     2\tb\n     3\t\n     4\tc\n     5\td\n     6\t\n' -n one three two three
}

@test "mmcat's numbers grow beyond six digits" {
	yes '' | head -n 1000001 >f
	try 0 -n f
	tail -n 3 out >last
	is '999999\t\n1000000\t\n1000001\t\n' last
	[ "$(wc -l <out)" -eq 1000001 ]
}

# --- empty lines ---

@test "mmcat -s shows several empty lines as one" {
	printf '\n\n\na\n\n\n\nb\n\nc\n\n\n' >f
	shows '\na\n\nb\n\nc\n\n' -s f
	shows '\na\n\nb\n\nc\n\n' --squeeze-blank f
	shows '     1\t\n     2\ta\n     3\t\n     4\tb\n     5\t\n     6\tc\n     7\t\n' -sn f
	shows '\n     1\ta\n\n     2\tb\n\n     3\tc\n\n' -sb f
	shows '$\na$\n$\nb$\n$\nc$\n$\n' -sE f
}

@test "mmcat -s looks across files" {
	printf 'a\n\n' >one
	printf '\n\nb\n' >two
	printf '\n' >three
	shows 'a\n\nb\n' -s one two
	shows '\na\n\nb\n\n' -s three three one three three two three three
	printf 'a' >one
	shows 'a\n\nb\n' -s one three two
}

@test "mmcat -s keeps lines of blanks and lone carriage returns" {
	printf ' \n \n\t\n\t\n\r\n\r\n' >f
	shows ' \n \n\t\n\t\n\r\n\r\n' -s f
}

# --- what cannot be seen ---

# seen NEWLINE TAB: what -v makes of the bytes from 0 to 255, with these for a newline and a tab
seen() {
	local c low
	for ((c = 0; c < 256; c++)); do
		low=$((c & 127))
		[ "$c" -lt 128 ] || printf 'M-'
		if [ "$c" = 10 ]; then
			printf '%b' "$1"
		elif [ "$c" = 9 ]; then
			printf '%b' "$2"
		elif [ "$low" = 127 ]; then
			printf '^?'
		elif [ "$low" -lt 32 ]; then
			printf '^%b' "\\0$(printf %o $((low + 64)))"
		else
			printf '%b' "\\0$(printf %o "$low")"
		fi
	done
}

all_bytes() {
	local c
	for ((c = 0; c < 256; c++)); do printf '%b' "\\0$(printf %o "$c")"; done
}

@test "mmcat -v shows each of the 256 bytes" {
	all_bytes >f
	seen '\n' '\t' >v
	seen '$\n' '\t' >e
	seen '\n' '^I' >t
	seen '$\n' '^I' >A
	try 0 -v f
	same v out
	try 0 --show-nonprinting f
	same v out
	try 0 -vE f
	same e out
	try 0 -e f
	same e out
	try 0 -t f
	same t out
	try 0 -v --show-tabs f
	same t out
	try 0 -A f
	same A out
	try 0 --show-all f
	same A out
	try 0 -et f
	same A out
	try 0 -vET f
	same A out
}

@test "mmcat shows the 256 bytes untouched without -v" {
	all_bytes >f
	try 0 f
	same f out
	try 0 -s f
	same f out
	{
		printf '     1\t'
		head -c 11 f
		printf '     2\t'
		tail -c +12 f
	} >want
	try 0 -n f
	same want out
}

@test "mmcat -T shows tabs and nothing else" {
	printf '\ta\t\001\t\t\n\t' >f
	shows '^Ia^I\001^I^I\n^I' -T f
	shows '^Ia^I\001^I^I\n^I' --show-tabs f
	shows '     1\t^Ia^I\001^I^I\n     2\t^I' -nT f
}

@test "mmcat -E shows line ends, but none where a file ends without a newline" {
	printf 'a\n\nb' >f
	shows 'a$\n$\nb' -E f
	shows 'a$\n$\nba$\n$\nb' --show-ends f f
	shows '     1\ta$\n     2\t$\n     3\tb' -nE f
	shows '     1\ta$\n$\n     2\tb' -bE f
}

@test "mmcat -E shows a carriage return before a line end as ^M, any other as it is" {
	printf 'a\r\n\rb\r\r\n\r\nc\r' >f
	shows 'a^M$\n\rb\r^M$\n^M$\nc\r' -E f
	shows '     1\ta^M$\n     2\t\rb\r^M$\n     3\t^M$\n     4\tc\r' -nE f
	shows 'a^M$\n^Mb^M^M$\n^M$\nc^M' -e f
	shows 'a\r\n\rb\r\r\n\r\nc\r' -T f
}

@test "mmcat -E sees a carriage return at the end of a file and a newline at the start of the next as one line end" {
	printf 'a\r' >one
	printf '\nb' >two
	: >e
	shows 'a^M$\nb' -E one two
	shows 'a^M$\nb' -E one e two
	shows 'a\ra^M$\nba\r' -E one one two one
	shows '     1\ta^M$\n     2\tb' -nE one two
	printf '\n' | shows 'a^M$\n' -E one -
	printf 'a\r' | shows 'a^M$\nb' -E - two
	try 1 -E one missing two
	is 'a^M$\nb' out
}

@test "mmcat sees a carriage return and its newline on two sides of any boundary" {
	local edge pos
	for edge in 4096 65536 131072 262144; do
		for pos in $((edge - 2)) $((edge - 1)) "$edge"; do
			fill x "$pos" >x
			{
				cat x
				printf '\r\nend\r'
			} >f
			{
				cat x
				printf '^M$\nend\r'
			} >want
			try 0 -E f
			same want out
			# through a pipe, cut elsewhere
			try 0 -E < <(cat f)
			same want out
			{
				cat x
				printf '\r\r\n\n\n\n\ty'
			} >f
			{
				printf '     1\t'
				cat x
				printf '\r^M$\n     2\t$\n     3\t^Iy'
			} >want
			try 0 -snET f
			same want out
		done
	done
}

@test "mmcat shows high bytes, tabs and empty lines that lie around boundaries" {
	local edge
	for edge in 4096 65536 131072; do
		fill x $((edge - 3)) >x
		{
			cat x
			printf '\t\377\t\000\n\n\n\n\200'
		} >f
		{
			printf '     1\t'
			cat x
			printf '^IM-^?^I^@$\n$\n     2\tM-^@'
		} >want
		try 0 -Abs f
		same want out
	done
}

@test "mmcat takes short options together, apart, repeated and after operands" {
	printf '\ta\n\n\n\001\n' >f
	local want='     1\t^Ia$\n     2\t$\n     3\t^A$\n'
	shows "$want" -nsA f
	shows "$want" -n -s -A f
	shows "$want" -A -s -n -n -s f
	shows "$want" f -Asn
	shows "$want" -n f -s -v --show-tabs -E
	shows "$want" --number --squeeze-blank --show-all f
}

@test "mmcat takes long options cut short where that is clear" {
	printf '\ta\n\n\n' >f
	shows '     1\t^Ia\n     2\t\n' --number --sq --show-t f
	shows '     1\t^Ia$\n$\n' --number-n --squeeze --show-a f
}

@test "mmcat does as the host's cat with generated files and options" {
	need_gnu
	mkdir ours host
	local count
	count=$(share 300)
	# Each line is a case: options, three files as the names they are given by, and the escapes they hold.
	awk -v count="$count" 'function random(n) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * n) }
	function bytes(   s, i, n, c) {
		n = random(12) == 0 ? 0 : random(5) == 0 ? random(900) : random(40)
		for (i = 0; i < n; i++) {
			c = random(16)
			if (c < 6) s = s "\\n"
			else if (c < 8) s = s "\\r"
			else if (c < 9) s = s "\\t"
			else if (c < 12) s = s substr("abc ~!^M", random(8) + 1, 1)
			else s = s sprintf("\\0%03o", random(256))
		}
		return s
	}
	BEGIN {
		x = 20261124
		split("A b e E n s t T u v", letter, " ")
		for (k = 1; k <= count; k++) {
			options = ""
			for (i = random(5); i > 0; i--) options = options " -" letter[random(10) + 1]
			print options
			print bytes()
			print bytes()
			print bytes()
		}
	}' >cases
	local k=0 status options a b c
	while IFS= read -r options && IFS= read -r a && IFS= read -r b && IFS= read -r c; do
		k=$((k + 1))
		printf %b "$a" >a
		printf %b "$b" >b
		printf %b "$c" >c
		local files=(a b)
		case $((k % 5)) in
		0) files=(a - b) ;;
		1) files=() ;;
		2) files=(- a missing - b) ;;
		3) files=(a b a b a) ;;
		esac
		status=0
		# shellcheck disable=SC2086 # several words
		classic cat $options "${files[@]}" <c >ours/$k 2>ours/$k.err || status=$?
		echo "$status" >>ours/$k.err
		status=0
		# shellcheck disable=SC2086
		command -p cat $options "${files[@]}" <c >host/$k 2>host/$k.err || status=$?
		echo "$status" >>host/$k.err
		echo "case $k: cat $options ${files[*]}: $a $b $c" >>told
	done <cases
	[ "$k" -eq "$count" ]
	# all at once, since a process for each would take as long as the two cats
	diff -ra host ours >differences || {
		head -n 60 differences
		for k in $(sed -nE 's/^diff .* ours\/([0-9]+).*/\1/p' differences | uniq | head -n 3); do sed -n "$k p" told; done
		return 1
	}
}

@test "mmcat does as the host's cat with long generated files, from files and from pipes" {
	need_gnu
	# 300 KB: lines of all lengths, empty ones, carriage returns, controls and high bytes (as UTF-8 text has them)
	awk 'BEGIN {
		x = 4711
		for (n = 0; n < 300000; n += length(s) + 1) {
			x = (x * 16807) % 2147483647
			s = x % 7 == 0 ? "" : x % 11 == 0 ? "\r" : x % 13 == 0 ? "\t\001\177\342\202\254\r" : substr("the quick brown fox jumps over the lazy dog", x % 41)
			while (x % 97 == 0 && length(s) < 9000) s = s s "\t."
			print s
		}
	}' >f
	local options
	for options in -n -b -s -E -T -v -A -e -t -nE -bE -sE -sn -sbE -nA -bsA -nT -u -nv -nsAb; do
		command -p cat "$options" f f >want
		classic cat "$options" f f >out
		same want out
		classic cat "$options" f - < <(cat f) >out
		same want out
	done
}

@test "mmcat does as the host's cat with files of every length, whatever they end in" {
	need_gnu
	# of each kind of bytes 300 files, which begin and end in any place of what is looked at together
	LC_ALL=C awk 'BEGIN {
		x = 815
		split("a,bcdefghijk\n,abcdefgh\r\n,a\200bc\tdef\n,\n\n\na,\r,\303\244\303\237\342\202\254.", kind, ",")
		for (k = 1; k <= 7; k++)
			for (n = 1; n <= 300; n++) {
				x = (x * 16807) % 2147483647
				file = sprintf("%d.%03d", k, n)
				for (s = ""; length(s) < n + x % 7; s = s kind[k])
					;
				printf "%s", substr(s, 1 + x % 7, n) >file
				close(file)
			}
	}'
	local options
	for options in -n -b -s -E -T -v -A -nE -bE -sE -nA -bsA; do
		command -p cat "$options" ./?.* >want
		try 0 "$options" ./?.*
		same want out
	done
}

# unnumbered: standard input without what -n put before each line
unnumbered() {
	sed "s/^ *[0-9]*	//"
}

# --- big files ---

@test "mmcat prints a big file to a file, a pipe, and from a pipe to a pipe" {
	pattern 5000011 >part
	cat part part part part >f
	try 0 f
	same f out
	try 0 f part
	cat f part | cmp - out
	"${via[@]}" f | cmp - f
	"${via[@]}" <f | cmp - f
	cat f | "${via[@]}" | cmp - f
	cat f | "${via[@]}" - | cat >out
	same f out
}

@test "mmcat prints a big file with numbers, and takes none of its text" {
	pattern 20000000 >f
	try 0 -n f
	unnumbered <out | cmp - f
	tail -n 1 out | cut -f 1 >last
	[ "$(cat last)" -eq "$(awk 'END { print NR }' f)" ]
}

@test "mmcat prints the holes of a sparse file as zeros" {
	need truncate
	printf 'begin' >f
	truncate -s 3000001 f
	printf 'middle' >>f
	truncate -s 6000000 f
	{
		printf begin
		head -c 2999996 /dev/zero
		printf middle
		head -c 2999993 /dev/zero
	} >want
	try 0 f
	same want out
	"${via[@]}" f | cmp - want
	try 0 -v f
	printf 'a\n' >a
	shows "$(printf 'a\n')\n" a
	try 0 -v f
	{
		printf begin
		head -c 2999996 /dev/zero | sed 's/\x0/^@/g'
		printf middle
		head -c 2999993 /dev/zero | sed 's/\x0/^@/g'
	} >want
	same want out
}

# --- where output goes on ---

@test "mmcat shows each line of a pipe as it comes" {
	local options line
	mkfifo in out
	for options in -u -n -v -A; do
		"${via[@]}" $options <in >out 3>&- &
		exec 8>in 9<out
		echo one >&8
		IFS= read -r -t 20 line <&9
		[[ $line = *one* ]]
		printf 'tw' >&8
		IFS= read -r -N 2 -t 20 line <&9
		echo three >&8
		IFS= read -r -t 20 line <&9
		[[ $line = *three* ]]
		exec 8>&-
		cat <&9 >rest
		exec 9<&-
		wait $!
		is '' rest
	done
}

@test "mmcat shows a file with options before it waits for standard input" {
	local options line
	printf 'file\n' >f
	mkfifo in out
	for options in -u -n -v -A; do
		"${via[@]}" $options f - <in >out 3>&- &
		exec 8>in 9<out
		line=
		IFS= read -r -t 20 line <&9 || :
		exec 8>&-
		cat <&9 >rest
		exec 9<&-
		wait $!
		[[ $line = *file* ]]
	done
}

@test "mmcat's messages stand where they belong in the output" {
	local options
	printf 'a\n' >a
	printf 'b\n' >b
	for options in -u -T -s -v; do
		"${via[@]}" $options a missing b >all 2>&1 || :
		is 'a\ncat: missing: No such file or directory\nb\n' all
		"${via[@]}" $options a missing b 2>&1 | cat >all
		is 'a\ncat: missing: No such file or directory\nb\n' all
	done
}

@test "mmcat appends where its output is appended" {
	printf 'new\n' >f
	printf 'old\n' >log
	"${via[@]}" f >>log
	is 'old\nnew\n' log
	{
		printf 'x\n'
		"${via[@]}" -n f
		printf 'y\n'
	} >log
	is 'x\n     1\tnew\ny\n' log
}

@test "mmcat writes to a terminal" {
	need script
	printf 'a\n\tb\n' >f
	at_path
	PATH=$at script -qec 'cat -n f' /dev/null </dev/null >log || skip "script cannot run a command here"
	tr -d '\r' <log >text
	grep -q '^     1	a$' text
	grep -q '^     2		b$' text
	PATH=$at script -qec 'cat f' /dev/null </dev/null | tr -d '\r' >text
	grep -q '^a$' text
	grep -q '^	b$' text
}

@test "mmcat takes one end of file from a terminal, not two" {
	need script timeout
	script -qec true /dev/null </dev/null >log || skip "script cannot run a command here"
	at_path
	mkfifo over
	exec 8<>over
	local command line
	# The terminal stays open until cat has ended, or until nobody believes in that any more.
	for command in 'cat >got' 'cat | cat >got' 'cat -n >got'; do
		line=never
		{
			printf 'typed\n\004'
			read -r -t 10 -u 8 line || :
			echo "$line" >ended
		} | PATH=$at timeout 20 script -qec "$command; echo over >over" /dev/null >log 8>&-
		is 'over\n' ended
		grep -q typed got
	done
}

# --- trouble with files ---

@test "mmcat prints the rest when a file is missing, and ends with status 1" {
	printf 'a\n' >a
	printf 'b\n' >b
	try 1 a missing b
	is 'a\nb\n' out
	is 'cat: missing: No such file or directory\n' err
	try 1 -n missing a gone b
	is '     1\ta\n     2\tb\n' out
	is 'cat: missing: No such file or directory\ncat: gone: No such file or directory\n' err
}

@test "mmcat says why a file cannot be printed" {
	mkdir d
	printf x >f
	ln -s loop loop
	ln -s nowhere dangling
	complains "cat: missing: No such file or directory$nl" missing
	complains "cat: missing: No such file or directory$nl" -A missing
	complains "cat: d: Is a directory$nl" d
	complains "cat: d: Is a directory$nl" -n d
	complains "cat: .: Is a directory$nl" .
	complains "cat: f/x: Not a directory$nl" f/x
	complains "cat: loop: Too many levels of symbolic links$nl" loop
	complains "cat: dangling: No such file or directory$nl" dangling
	local long
	long=$(fill x 300)
	complains "cat: $long: File name too long$nl" "$long"
	complains "cat: -: Is a directory$nl" <d
	complains "cat: -: Is a directory$nl" - <d
}

@test "mmcat says that a file may not be read" {
	printf x >f
	chmod 0 f
	if [ "$(id -u)" = 0 ]; then
		need setpriv
		chmod 755 .
		mkdir nobody
		cp "$MMTOOLS" nobody/cat
		chmod 755 nobody nobody/cat
		at_path nobody
		via=(env PATH="$at" setpriv --reuid=65534 --regid=65534 --clear-groups cat)
		"${via[@]}" /dev/null || skip "another user does not reach this folder"
	fi
	complains "cat: f: Permission denied$nl" f
	printf 'g\n' >g
	try 1 f g
	is 'g\n' out
}

@test "mmcat prints files whose names begin with a dash, have blanks, newlines or quotes" {
	local name
	# shellcheck disable=SC1003,SC2016
	for name in -n --number 'a b' $'a\nb' "it's" 'say "hi"' '*' '$x' '\' ' ' é $'\377' a:b; do
		printf '%s' "$name" >./"$name"
		try 0 -- "$name"
		same ./"$name" out
		try 0 ./"$name"
		same ./"$name" out
	done
	printf 'dash\n' >./-
	shows 'dash\n' ./-
	printf 'in\n' | shows 'in\ndash\n' - ./-
	printf 'in\n' | shows 'in\n' -- -
}

@test "mmcat quotes a name in a message where it needs it" {
	complains "cat: 'a b': No such file or directory$nl" 'a b'
	complains "cat: 'n'$'\\n''l': No such file or directory$nl" $'n\nl'
	complains "cat: \"it's\": No such file or directory$nl" "it's"
	complains "cat: 'say \"hi\"': No such file or directory$nl" 'say "hi"'
	complains "cat: 'it'\\''s \"x\"': No such file or directory$nl" "it's \"x\""
	complains "cat: '': No such file or directory$nl" ''
	complains "cat: 'a:b': No such file or directory$nl" a:b
	complains "cat: plain-name_1.2,3%+@: No such file or directory$nl" plain-name_1.2,3%+@
	complains "cat: é: No such file or directory$nl" é
}

@test "mmcat quotes every byte in a name as the host's cat does" {
	need_gnu
	local c byte names=()
	for ((c = 1; c < 256; c++)); do
		printf -v byte '%b' "\\0$(printf %o "$c")"
		[ "$byte" = / ] || [ "$byte" = - ] || names+=("$byte")
		[ "$byte" = / ] || names+=("a$byte" "${byte}b" "a${byte}'b" "$byte$byte")
	done
	names+=(é €uro 日本 $'\302\200' $'\355\240\200' $'\360\237\230\200' $'\364\220\200\200' $'\342\202' "é 'x'" '{}' '{a' 'a#b' 'a~b')
	try 1 -- "${names[@]}"
	command -p cat -- "${names[@]}" 2>want || :
	diff -a want err
}

# --- wrong words ---

@test "mmcat refuses an unknown letter" {
	complains "cat: invalid option -- 'x'$nl$hint" -x
	complains "cat: invalid option -- 'x'$nl$hint" -nx missing
	complains "cat: invalid option -- '1'$nl$hint" -1
	complains "cat: invalid option -- '-'$nl$hint" -n-
}

@test "mmcat refuses an unknown long option" {
	complains "cat: unrecognized option '--nope'$nl$hint" --nope
	complains "cat: unrecognized option '--nope=1'$nl$hint" --nope=1
	complains "cat: unrecognized option '--numberx'$nl$hint" --numberx
	printf 'a\n' >f
	complains "cat: unrecognized option '--nope'$nl$hint" f --nope
}

@test "mmcat refuses a long option cut too short, and names those it might be" {
	try 1 --show
	is '' out
	grep -q "^cat: option '--show' is ambiguous; possibilities: '--show-" err
	local name
	for name in show-all show-ends show-tabs show-nonprinting; do grep -q " '--$name'" err; done
	tail -n 1 err | diff - <(printf %s "$hint")
	try 1 --num
	grep -q "^cat: option '--num' is ambiguous; possibilities: '--number" err
}

@test "mmcat refuses an argument to an option that takes none" {
	complains "cat: option '--number' doesn't allow an argument$nl$hint" --number=1
	complains "cat: option '--squeeze-blank' doesn't allow an argument$nl$hint" --sq=1
	complains "cat: option '--help' doesn't allow an argument$nl$hint" --help=1
}

@test "mmcat takes what follows -- for files" {
	complains "cat: -n: No such file or directory$nl" -- -n
	complains "cat: --help: No such file or directory$nl" -- --help
}

@test "mmcat prints its help to standard output with status 0" {
	try 0 --help
	is '' err
	head -n 1 out | grep -q '^Usage: .*cat \[OPTION\]\.\.\. \[FILE\]\.\.\.$'
	local word
	for word in -A -b -e -E -n -s -t -T -u -v show-all number-nonblank show-ends number squeeze-blank show-tabs show-nonprinting help version; do
		grep -qe "$word" out
	done
	try 0 --help missing
	try 0 missing --help
	is '' err
}

@test "mmcat prints its version with status 0" {
	try 0 --version
	is '' err
	head -n 1 out | grep -q '^[a-z]*cat (.*) [0-9]'
}

# --- its own output ---

@test "mmcat refuses to feed a file to itself" {
	printf 'a\nb\n' >f
	run -1 --separate-stderr classic_append f f
	[ "$stderr" = "cat: f: input file is output file" ]
	is 'a\nb\n' f
	run -1 --separate-stderr classic_append f -n ./f
	[ "$stderr" = "cat: ./f: input file is output file" ]
	is 'a\nb\n' f
	ln f g
	run -1 --separate-stderr classic_append f g
	[ "$stderr" = "cat: g: input file is output file" ]
	ln -s f s
	run -1 --separate-stderr classic_append f s
	[ "$stderr" = "cat: s: input file is output file" ]
	is 'a\nb\n' f
}

# classic_append FILE ARG...: cat with this file as its output, appended
classic_append() {
	local to=$1
	shift
	classic cat "$@" >>"$to"
}

@test "mmcat refuses to feed a file on standard input to itself" {
	printf 'a\nb\n' >f
	local got=0
	classic cat <f >>f 2>err || got=$?
	[ "$got" = 1 ]
	is 'cat: -: input file is output file\n' err
	is 'a\nb\n' f
	got=0
	classic cat -n - <f >>f 2>err || got=$?
	[ "$got" = 1 ]
	is 'cat: -: input file is output file\n' err
	is 'a\nb\n' f
}

@test "mmcat prints the rest when one of the files is its output" {
	printf 'a\n' >a
	printf 'f\n' >f
	local got=0
	classic cat a f a >>f 2>err || got=$?
	[ "$got" = 1 ]
	is 'f\na\na\n' f
	is 'cat: f: input file is output file\n' err
	# emptied by the shell, then no longer empty when its turn comes
	got=0
	printf 'in\n' | classic cat - f >f 2>err || got=$?
	[ "$got" = 1 ]
	is 'in\n' f
	is 'cat: f: input file is output file\n' err
}

@test "mmcat takes an empty file that is its output for what it is: empty" {
	printf 'a\n' >a
	classic cat f a >f 2>err
	is 'a\n' f
	is '' err
	: >f
	classic cat <f >>f
	is '' f
	printf 'a\n' >f
	# nothing is left to read at the end of the file
	{
		cat >/dev/null
		classic cat >>f
	} <f
	is 'a\n' f
}

# --- files that are not quite files ---

@test "mmcat prints files of /proc, which tell no size" {
	local name read=0
	for name in version filesystems sys/kernel/ostype devices kallsyms config.gz; do
		[ -r "/proc/$name" ] || continue
		try 0 "/proc/$name"
		dd "if=/proc/$name" bs=4096 of=want 2>dd.log
		same want out
		[ -s out ]
		try 0 -n <"/proc/$name"
		cat -n want | cmp - out
		read=1
	done
	[ "$read" = 1 ] || skip "no /proc here"
}

@test "mmcat prints files of sysfs, which tell a wrong size" {
	local name read=0
	for name in kernel/mm/transparent_hugepage/enabled class/net/lo/mtu devices/system/cpu/online kernel/notes fs/ext4/features/lazy_itable_init; do
		[ -r "/sys/$name" ] || continue
		try 0 "/sys/$name"
		dd "if=/sys/$name" bs=4096 of=want 2>dd.log
		same want out
		is '' err
		[ -s out ]
		try 0 -v <"/sys/$name"
		is '' err
		cat -v want | cmp - out
		"${via[@]}" "/sys/$name" "/sys/$name" | cmp - <(cat want want)
		read=1
	done
	[ "$read" = 1 ] || skip "no /sys here"
}

@test "mmcat prints devices that end, and stops with its reader on one that does not" {
	shows '' /dev/null
	shows '' </dev/null
	[ "$("${via[@]}" /dev/zero | head -c 100000 | wc -c)" -eq 100000 ]
	[ "$("${via[@]}" -v /dev/zero | head -c 4)" = '^@^@' ]
}

@test "mmcat prints a fifo" {
	need timeout
	mkfifo p
	pattern 200000 >f
	# dd opens the fifo, so that a cat that fails leaves nothing of ours waiting
	timeout 30 dd if=f of=p bs=4096 >dd.log 2>&1 3>&- &
	try 0 p
	wait $!
	same f out
}

# --- what mmcat adds ---

mmcat() {
	mm mmcat "$@"
}

# Tests of what mmcat adds are run under that name.
own() {
	ours
	via=(mmcat)
	hint="Try 'mmcat --help' for more information.$nl"
}

@test "mmcat names itself in messages as it was called" {
	own
	complains "mmcat: missing: No such file or directory$nl" missing
	complains "mmcat: invalid option -- 'x'$nl$hint" -x
	try 0 --help
	head -n 1 out | grep -qx 'Usage: mmcat \[OPTION\]\.\.\. \[FILE\]\.\.\.'
	try 0 --version
	grep -qxE 'mmcat \(mmtools\) [0-9]+\.[0-9]+\.[0-9]+' out
	via=(mm mmtools mmcat)
	complains "mmcat: missing: No such file or directory$nl" missing
	via=(mm mmtools cat)
	complains "cat: missing: No such file or directory$nl" missing
}

@test "mmcat --range prints from an offset, a part, or the end of a file" {
	own
	printf 0123456789 >f
	shows 3456789 --range=3 f
	shows 3456 --range=3+4 f
	shows 789 --range=-3 f
	shows 0123456789 --range=0 f
	shows 0 --range=0+1 f
	shows 9 --range=9+1 f
	shows 3456 --range 3+4 f
	shows '' --range=3+0 f
	shows '' --range=-0 f
}

# falls_short OUTPUT MESSAGE ARG...: it prints what is there, and says that the range is not, with status 1
falls_short() {
	try 1 "${@:3}"
	is "$1" out
	is "mmcat: $2\n" err
}

@test "ranges of a stream that goes into a pipe are what they are of a file" {
	ours
	pattern 90000 >f
	"$bin/mmcat" --range 0+70000 --range 70000+10 f >want
	cat f | "$bin/mmcat" --range 0+70000 --range 70000+10 - | cat >got
	cmp want got
	[ "$(wc -c <got)" = 70010 ]
	cat f | "$bin/mmcat" --range 3+66000 --range 66003+7 --range 80000 - | cat >got
	{ tail -c +4 f | head -c 66007; tail -c 10000 f; } | cmp - got
}

@test "mmcat --range prints what is there of a range, and says that the file has not all of it" {
	own
	printf 0123456789 >f
	: >e
	falls_short 89 'f: range 8+100 goes beyond the end at 10' --range=8+100 f
	falls_short '' 'f: range 10+1 goes beyond the end at 10' --range=10+1 f
	falls_short '' 'f: range 11 begins beyond the end' --range=11 f
	falls_short '' 'f: range 11+5 begins beyond the end' --range=11+5 f
	falls_short '' 'f: range 11+0 begins beyond the end' --range=11+0 f
	falls_short '' 'f: range 1099511627776+1 begins beyond the end' --range=1T+1 f
	falls_short 0123456789 'f: range -11 begins before the start' --range=-11 f
	falls_short 0123456789 'f: range -4611686018427387904 begins before the start' --range=-4E f
	falls_short 123456789 'f: range 1+9223372036854775806 goes beyond the end at 10' --range=1+0x7fffffffffffffff f
	falls_short '     1\t89' 'f: range 8+100 goes beyond the end at 10' -n --range=8+100 f
	falls_short '' 'e: range 0+1 goes beyond the end at 0' --range=0+1 e
	falls_short '' 'e: range 5+5 begins beyond the end' --range=5+5 e
	falls_short '' 'e: range -5 begins before the start' --range=-5 e
	shows '' --range=10 f
	shows '' --range=10+0 f
	shows 0123456789 --range=-10 f
	shows '' --range=0 e
	shows '' --range=0+0 e
	shows '' --range=-0 e
}

@test "mmcat --range says of a pipe, too, that it ended early" {
	own
	printf 0123456789 >f
	falls_short 89 '-: range 8+100 goes beyond the end at 10' --range=8+100 < <(cat f)
	falls_short '' '-: range 10+1 goes beyond the end at 10' --range=10+1 < <(cat f)
	falls_short '' '-: range 11 begins beyond the end' --range=11 < <(cat f)
	falls_short '' '-: range 200000+5 begins beyond the end' --range=200000+5 < <(cat f)
	shows '' --range=10 < <(cat f)
	# into a pipe bytes may go another way
	{
		local got=0
		cat f | mmcat --range=8+100 2>err || got=$?
		echo "$got" >status
	} | cat >out
	is 89 out
	is 1 <(tr -d '\n' <status)
	is 'mmcat: -: range 8+100 goes beyond the end at 10\n' err
}

@test "mmcat --range finds the end of a file that tells no size, or a wrong one" {
	own
	local name=/proc/version
	[ -r "$name" ] || skip "no /proc here"
	cat "$name" >v
	try 1 --range=6+100000 "$name"
	tail -c +7 v | cmp - out
	is "mmcat: $name: range 6+100000 goes beyond the end at $(wc -c <v | tr -d ' ')\n" err
	falls_short '' "$name: range 100000 begins beyond the end" --range=100000 "$name"
	name=/sys/kernel/mm/transparent_hugepage/enabled
	[ -r "$name" ] || skip "no $name here"
	cat "$name" >v
	try 1 --range=0+4096 "$name"
	same v out
	is "mmcat: $name: range 0+4096 goes beyond the end at $(wc -c <v | tr -d ' ')\n" err
}

@test "mmcat prints several ranges in the order given, of each file" {
	own
	printf 0123456789 >f
	printf abcdefghij >g
	shows 7890121 --range=7 --range=0+3 --range=1+1 f
	shows 8901ijab --range=-2 --range=0+2 f g
	printf 'a\nb\nc\n' >f
	shows '     1\tc$\n     2\ta$\n' -nE --range=4 --range=0+2 f
}

@test "mmcat goes on with the other ranges and files after a range that a file has not" {
	own
	printf 0123456789 >f
	printf abcd >g
	try 1 --range=2+1 --range=8+3 --range=0+1 f missing g .
	is 2890ca out
	is 'mmcat: f: range 8+3 goes beyond the end at 10\nmmcat: missing: No such file or directory
mmcat: g: range 8+3 begins beyond the end\nmmcat: .: Is a directory\n' err
	falls_short 4589 '-: range 0+2 was passed already, in a stream' --range=4+2 --range=0+2 --range=8+2 < <(cat f)
	falls_short '' '.: Is a directory' --range=-1 .
}

@test "mmcat prints of a pipe what it prints of a file, for ranges that follow each other" {
	own
	pattern 300000 >f
	local ranges
	for ranges in '0+70000 70000+10' '0+131072 131072+1 131073' '0+1 1+65536 65537+65536 200000' '5+0 5+3 100000+100000'; do
		# shellcheck disable=SC2086 # several words
		set -- $ranges
		"${via[@]}" "${@/#/--range=}" f >want
		# from a pipe into a pipe, where pages may be moved without being read, and into a file
		cat f | "${via[@]}" "${@/#/--range=}" - | cat >out
		same want out
		cat f | "${via[@]}" "${@/#/--range=}" >out
		same want out
		cat f | "${via[@]}" -s "${@/#/--range=}" | cat >out
		"${via[@]}" -s "${@/#/--range=}" f | cmp - out
	done
}

@test "mmcat takes offsets and lengths in hex and with suffixes" {
	own
	pattern 3000000 >f
	local range off len
	while read -r range off len; do
		try 0 "--range=$range" f
		tail -c "+$((off + 1))" f | head -c "$len" >want
		same want out || {
			echo "$range"
			return 1
		}
	done <<-END
		0x10+0x20 16 32
		0X1f+1 31 1
		1K+1K 1024 1024
		1KiB+2KiB 1024 2048
		1k+1 1024 1
		1kB+2kB 1000 2000
		1M+4096 1048576 4096
		1MiB+1MB 1048576 1000000
		1MB 1000000 3000000
		2M 2097152 3000000
		0x400K+1 1048576 1
		4095+2 4095 2
		65535+65538 65535 65538
		010+5 10 5
		-1K 2998976 1024
		-0x10 2999984 16
		-1MB 2000000 1000000
	END
}

@test "mmcat refuses a range that is none, and names it" {
	own
	printf 0123456789 >f
	local range
	for range in x '' + 5+ +5 - 1-2 1+-1 -5+2 1+2+3 0x 1Q 1KB1 ' 5' '5 ' 5x 1.5 99999999999999999999 16E 0x8000000000000000 5+99999999999999999999 \
		"$(printf %064d 1)+1"; do
		complains "mmcat: invalid range '$range' for '--range': OFF+LEN, OFF or -LEN$nl$hint" "--range=$range" f
	done
	complains "mmcat: option '--range' requires an argument$nl$hint" --range
}

@test "mmcat --range goes forward on a pipe" {
	own
	printf 0123456789 | shows 3456 --range=3+4
	printf 0123456789 | shows 3456789 --range=3 -
	pattern 1000000 >f
	try 0 --range=500001+300000 < <(cat f)
	tail -c +500002 f | head -c 300000 | cmp - out
	cat f | mmcat --range=131073 | cmp - <(tail -c +131074 f)
}

@test "mmcat refuses the last bytes of a pipe, which has no end to count from" {
	own
	printf 0123456789 | complains "mmcat: -: range -3 counts from an end that is not known$nl" --range=-3
}

@test "mmcat never answers a second range on a pipe with other bytes" {
	own
	local got=0
	printf 0123456789 | mmcat --range=0+2 --range=4+2 >out 2>err || got=$?
	if [ "$got" = 0 ]; then
		is 0145 out
	else
		is 01 out
		[ "$got" = 1 ]
		[ -s err ]
	fi
	got=0
	# what has gone by does not come again
	printf 0123456789 | mmcat --range=4+2 --range=0+2 >out 2>err || got=$?
	is 45 out
	[ "$got" = 1 ]
	is 'mmcat: -: range 0+2 was passed already, in a stream\n' err
}

@test "mmcat --range counts from the start of a file on standard input" {
	own
	printf 0123456789 >f
	shows 3456 --range=3+4 <f
	shows 89 --range=-2 - <f
	{
		pass_by 2
		shows 3456 --range=3+4
	} <f
	shows 0178 --range=0+2 --range=7+2 <f
}

@test "mmcat --range reads what cannot be mapped" {
	own
	[ -r /proc/version ] || skip "no /proc here"
	cat /proc/version >v
	try 0 --range=6+7 /proc/version
	tail -c +7 v | head -c 7 | cmp - out
	try 0 --range=6 --range=0+5 /proc/version
	tail -c +7 v | cat - <(head -c 5 v) | cmp - out
}

@test "mmcat --range takes the last bytes of a sysfs file for what they are, or says that it cannot" {
	own
	local name=/sys/kernel/mm/transparent_hugepage/enabled got=0
	[ -r "$name" ] || skip "no $name here"
	mmcat --range=-3 "$name" >out 2>err || got=$?
	if [ "$got" = 0 ]; then
		tail -c 3 "$name" | cmp - out
	else
		[ "$got" = 1 ]
		[ -s err ]
	fi
}

@test "mmcat --range goes through holes" {
	own
	need truncate
	truncate -s 1000000 f
	printf 'data' >>f
	truncate -s 2000000 f
	{
		head -c 1000000 /dev/zero
		printf data
		head -c 999996 /dev/zero
	} >want
	local range
	for range in 999990+30 1000001+2 5+70000 -1000000 1000004+1 0+1000002 1999999; do
		try 0 "--range=$range" f
		mmcat "--range=$range" want | cmp - out
		mmcat --io=read "--range=$range" want | cmp - out
	done
	{
		head -c 8 /dev/zero
		printf dat
	} >small
	try 0 --range=999992+11 f
	same small out
}

@test "mmcat gives the same bytes whichever --io is asked for" {
	own
	local io
	pattern 500000 >f
	printf 'tiny\n' >t
	: >e
	for io in auto map read; do
		try 0 "--io=$io" f t e t f
		cat f t t f | cmp - out
		"${via[@]}" --io "$io" t f | cmp - <(cat t f)
		try 0 "--io=$io" -n f
		unnumbered <out | cmp - f
		MMTOOLS_IO=$io try 0 f t
		cat f t | cmp - out
		MMTOOLS_WINDOW=4096 try 0 "--io=$io" f
		same f out
		MMTOOLS_WINDOW=5000 try 0 "--io=$io" --range=4090+9000 f
		tail -c +4091 f | head -c 9000 | cmp - out
	done
}

@test "mmcat refuses an --io that is none, and names it" {
	own
	local word
	for word in x '' mapped AUTO; do
		try 1 "--io=$word" /dev/null
		is '' out
		head -n 1 err | grep -qE "^mmcat: (invalid|ambiguous) argument '$word' for '--io'$"
		tail -n 1 err | diff - <(printf %s "$hint")
	done
	complains "mmcat: option '--io' requires an argument$nl$hint" --io
}

@test "mmcat refuses bad values of MMTOOLS_IO and MMTOOLS_WINDOW, and names them" {
	own
	local value
	for value in x readd 'a b'; do
		MMTOOLS_IO=$value complains "mmcat: MMTOOLS_IO: invalid value '$value'$nl$hint" /dev/null
	done
	for value in x 0 -1 4096x 1.5 0x ' 4096' 99999999999999999999; do
		MMTOOLS_WINDOW=$value complains "mmcat: MMTOOLS_WINDOW: invalid value '$value'$nl$hint" /dev/null
	done
	# an empty variable is as good as none
	MMTOOLS_IO='' MMTOOLS_WINDOW='' shows '' /dev/null
	for value in 1 4095 4096 64K 0x10000 1MiB 1GB; do
		MMTOOLS_WINDOW=$value shows '' /dev/null
	done
}

@test "mmcat --explain tells which way a file went" {
	own
	unset MMTOOLS_IO MMTOOLS_WINDOW
	printf 'small\n' >s
	pattern 1000000 >f
	try 0 --explain s
	is 'small\n' out
	is 'mmcat: s: read (small file)\n' err
	try 0 --explain --io=map s
	is 'mmcat: s: mapped 1 window\n' err
	try 0 --explain --io=read f
	is 'mmcat: f: read (asked for)\n' err
	same f out
	try 0 --explain f
	is 'mmcat: f: mapped 1 window\n' err
	same f out
	try 0 --explain --io=map -n f
	is 'mmcat: f: mapped 1 window\n' err
	printf x | shows_err 'mmcat: -: read (not a regular file)\n' --explain
	try 0 --explain --io=read f s
	is 'mmcat: f: read (asked for)\nmmcat: s: read (asked for)\n' err
}

# shows_err TEXT ARG...: cat says this
shows_err() {
	local want=$1
	shift
	try 0 "$@"
	is "$want" err
}

@test "mmcat --explain counts windows" {
	own
	unset MMTOOLS_IO
	pattern 200000 >f
	MMTOOLS_WINDOW=64K shows_err 'mmcat: f: mapped 4 windows\n' --explain --io=map f
	same f out
	MMTOOLS_WINDOW=64K shows_err 'mmcat: f: mapped 1 window\n' --explain --io=map --range=0+65536 f
	MMTOOLS_WINDOW=64K shows_err 'mmcat: f: mapped 2 windows\n' --explain --io=map --range=65000+65537 f
}

@test "mmcat --explain sums up what was done for all ranges of a file" {
	own
	pattern 300000 >f
	MMTOOLS_WINDOW=64K shows_err 'mmcat: f: mapped 3 windows\nmmcat: f: mapped 3 windows\n' --explain --io=map --range=0+65536 --range=100+65537 f f
	shows_err 'mmcat: -: read (not a regular file)\n' --explain --range=0+5 --range=8+1 < <(cat f)
}

@test "mmcat --explain tells of splicing into a pipe" {
	own
	unset MMTOOLS_IO MMTOOLS_WINDOW
	pattern 1000000 >f
	mmcat --explain f 2>err | cmp - f
	is 'mmcat: f: spliced\n' err
	mmcat --explain --io=map f 2>err | cmp - f
	is 'mmcat: f: mapped 1 window\n' err
	# what is little is not worth it
	mmcat --explain --range=0+200000 --range=5+5 f 2>err | cat >out
	is 'mmcat: f: spliced, mapped 1 window\n' err
}

@test "mmcat splices what is more than the smallest pipe holds, and maps nothing below 16 KiB" {
	local want
	own
	unset MMTOOLS_IO MMTOOLS_WINDOW
	for want in '65536 spliced' '65535 mapped 1 window' '16384 mapped 1 window' '16383 read (small file)'; do
		pattern "${want%% *}" >f
		mmcat --explain f 2>err | cmp - f
		is "mmcat: f: ${want#* }\n" err
	done
}

@test "mmcat --explain counts holes" {
	own
	need truncate
	unset MMTOOLS_IO MMTOOLS_WINDOW
	pattern 100000 >f
	truncate -s 3000000 f
	pattern 100000 >>f
	truncate -s 6000000 f
	[ "$(du -k f | cut -f 1)" -lt 1000 ] || skip "no holes in files here"
	try 0 --explain --io=map f
	is 'mmcat: f: mapped 2 windows, 2 holes\n' err
	try 0 --explain --io=read f
	is 'mmcat: f: read (asked for), 2 holes\n' err
	try 0 --explain --io=map --range=200000+1000000 f
	is 'mmcat: f: 1 hole\n' err
}

@test "mmcat --explain says why a file cannot be mapped" {
	own
	unset MMTOOLS_IO MMTOOLS_WINDOW
	local name=/sys/kernel/mm/transparent_hugepage/enabled
	[ -r "$name" ] || skip "no $name here"
	shows_err "mmcat: $name: read (cannot be mapped: No such device)\n" --explain --io=map "$name"
	cat "$name" | cmp - out
	shows_err 'mmcat: /dev/null: read (not a regular file)\n' --explain --io=map /dev/null
}
