# mmhex as hexdump and od beside the host's: thousands of formats and types, made from a seed, on files, pipes and several files
# at once, of which some lie across windows and buffers. A process is what takes the time: so each shows several formats or types
# of the same bytes, one below the other, and each set is one script, run once for either.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # set by the helper
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	printf abc >abc
	: >empty
	head -c 20 /dev/zero >z20
	head -c 32 /dev/zero >z32
	awk 'BEGIN { for (i = 0; i < 256; i++) printf "%c", i; for (i = 255; i >= 0; i -= 3) printf "%c", i }' </dev/null |
		LC_ALL=C tr -d '\n' >bytes
	pattern 9000 >text
	{ head -c 100 text; head -c 9000 /dev/zero; cat bytes; fill A 5000; } >mixed
	awk 'BEGIN { for (i = 0; i < 400; i++) printf "abcdabcdabcd%d", i / 40 }' >again
	files='abc|empty|z20|z32|bytes|text|mixed|again|none'
}

# What both generators begin with: numbers from a seed, one of several words, operands.
common='
function rnd(n) { x = (x * 16807) % 2147483647; return int(x / 7) % n }
function pick(s,    a) { return a[1 + rnd(split(s, a, "|"))] }
function operands(    s, n) {
	for (n = 1 + (rnd(3) == 0) * rnd(4); n > 0; n--) s = s " " pick(files)
	return s
}
# the host goes over standard input in another way, if at all
function input(command, only_files,    file) {
	if (only_files || rnd(3)) return command operands() " 2>/dev/null"
	file = pick("abc|empty|z32|bytes|text|mixed|again")
	return rnd(2) ? "cat " file " | " command " 2>/dev/null" : command " <" file " 2>/dev/null"
}
function say(command) { print "echo \"--- " n_cases++ "\"; " command "; echo \"[$?]\"" }
'

# A string has no more than its bytes, since the host reads on behind them.
hexdumps='
function conversion(given,    kind, flags) {
	flags = pick("|||-|0|+| |#|-0|#0") pick("||||2|3|5|9|12")
	if (rnd(4) == 0) flags = flags "." rnd(9)
	kind = pick("d|i|o|u|x|X|d|x|o|c|_c|_p|_u|_ax|_ad|_ao|s|_c|_u")
	# few that are refused, which would be all that there is to compare
	if (given > 1 && rnd(30)) kind = given == 3 ? "s" : pick("d|i|o|u|x|X|s|_ax|_ad")
	if (kind == "s") { sub(/\..*/, "", flags); flags = flags "." (given ? 1 + rnd(given) : 1 + rnd(5)) }
	return "%" flags kind
}
function unit(    s, given, n, text) {
	if (rnd(2)) s = 1 + rnd(pick("2|4|17"))
	if (rnd(2)) s = s "/" (given = pick("1|1|1|2|2|4|4|8|3"))
	else if (s != "") s = s pick(" |/ | / ")
	text = pick("||<|  |x")
	for (n = rnd(8) == 0 && (given == "" || rnd(9) == 0) ? 2 : rnd(12) > 0; n > 0; n--) text = text conversion(given) pick(" | |  |||, |.")
	return s " \"" text (rnd(6) ? "" : "\\n") "\""
}
function format(    s, n) {
	for (n = 1 + rnd(3); n > 0; n--) s = s unit() " "
	if (rnd(2)) s = s "\"\\n\""
	if (rnd(4) == 0) s = "\"" pick("%07.7|%|%-9|%08") "_A" pick("d|o|x") pick("\\n| end\\n") "\" " s
	return " -e '\''" s "'\''"
}
BEGIN {
	for (x = seed; cases > 0; cases--) {
		s = rnd(6) == 0 ? " -" pick("b|c|C|d|o|x") : ""
		if (rnd(7)) { for (n = 1 + rnd(5); n > 0; n--) s = s format() }
		else s = s " -" pick("b|c|C|d|o|x|v")
		if (rnd(2)) s = s " -n" rnd(pick("3|20|70|5000"))
		skips = rnd(3) == 0
		if (skips) s = s " -s" rnd(pick("3|20|70|9000"))
		if (rnd(6) == 0) s = s " -v"
		say(input(rnd(9) ? "hexdump" s : "hd" s, skips))
	}
}
'

ods='
function type(    t) {
	t = pick("a|c|d|o|u|x|x|o")
	return t (t ~ /[doux]/ ? pick("1|2|4|8|C|S|I|L|") : "") (rnd(4) ? "" : "z")
}
BEGIN {
	for (x = seed; cases > 0; cases--) {
		s = ""
		for (n = rnd(9); n > 0; n--)
			s = s (rnd(2) ? " -" pick("a|b|c|d|i|l|o|s|x|D|O|X") : " -t " type() (rnd(3) ? "" : type()))
		if (rnd(2)) s = s " -N" rnd(pick("3|20|70|5000"))
		if (rnd(2)) s = s " -j" rnd(pick("3|20|70|9000"))
		if (rnd(2)) s = s " -A" pick("d|o|x|n")
		if (rnd(2)) s = s " -w" pick("|1|2|3|4|7|8|10|16|20|24|31|32|64|100")
		if (rnd(3) == 0) s = s " --endian=" pick("big|little")
		if (rnd(6) == 0) s = s " -v"
		say(input("od" s))
	}
}
'

# shellcheck disable=SC2154 # set by the helper
# hexes_alike PROGRAM SEED CASES: ours and the host say the same to all of them
hexes_alike() {
	awk -v seed="$2" -v cases="$3" -v files="$files" "$common$1" >script
	[ "$(wc -l <script)" = "$3" ]
	(PATH=$bin:$PATH sh script >ours)
	(PATH=$(command -p getconf PATH):$PATH sh script >theirs)
	[ "$(grep -ac '^\[0\]$' theirs)" -gt $(($3 / 3)) ]
	cmp ours theirs && return
	cmp ours theirs | sed 's/.* line //' | {
		read -r line
		number=$(head -n "$line" theirs | grep -a '^--- ' | tail -n 1)
		grep -F "\"$number\"" script
		diff -a <(sed -n "/^$number\$/,/^--- /p" theirs) <(sed -n "/^$number\$/,/^--- /p" ours) | head -n 20
	}
	return 1
}

need_hexdump() {
	[[ $(command -p hexdump --version 2>/dev/null) == *util-linux* ]] || skip "no hexdump of util-linux on this machine"
}

need_od() {
	[[ $(command -p od --version 2>/dev/null) == *GNU* ]] || skip "no od of GNU on this machine"
}

@test "what hexdump shows of formats and options of all kinds (1)" {
	need_hexdump
	hexes_alike "$hexdumps" 1 "$(share 350)"
}

@test "what hexdump shows of formats and options of all kinds (2)" {
	need_hexdump
	hexes_alike "$hexdumps" 20261127 "$(share 350)"
}

@test "what od shows of types and options of all kinds (1)" {
	need_od
	need_words_of od
	hexes_alike "$ods" 1 "$(share 350)"
}

@test "what od shows of types and options of all kinds (2)" {
	need_od
	need_words_of od
	hexes_alike "$ods" 20261127 "$(share 350)"
}

# the forms that people use, from and to each place around a page and a buffer
@test "what hexdump and od show of bytes around pages and buffers" {
	need_hexdump
	need_od
	pattern 270000 >large
	{ head -c 131072 large; head -c 8192 /dev/zero; tail -c 60000 large; } >gap
	for at in 0 1 15 4080 4095 4096 4097 8191 65535 131056 131071 131072 131073 139264; do
		for len in 0 1 16 17 4096 131072; do
			# lines of bytes and of words by each; what else there is where it ends within a line and beyond a buffer
			echo "hexdump -C -s $at -n $len large gap; od -j $at -N $len gap large"
			case $len in 17 | 131072) ;; *) continue ;; esac
			for form in hexdump 'hexdump -o' 'hd -v' 'hexdump -d'; do
				echo "$form -s $at -n $len large gap"
			done
			for form in 'od -tx1z' 'od -vc' 'od -tx8 -td1'; do
				echo "$form -j $at -N $len gap large"
			done
		done
	done >script
	echo 'hexdump -C large gap; cat gap large | hexdump -c; od -tx2z large gap; cat gap large | od -a' >>script
	(PATH=$bin:$PATH sh script >ours)
	(PATH=$(command -p getconf PATH):$PATH sh script >theirs)
	[ "$(wc -c <theirs)" -gt 10000000 ]
	same ours theirs
}
