# mmstrings beside the host's GNU strings: seeded files of text in all encodings, noise and what lies between, each looked
# through with many sets of options. Hundreds of files go through one process, so each test is some thousand cases.
# shellcheck disable=SC2002 # pipes are wanted as pipes
bats_require_minimum_version 1.5.0
load helper

setup() {
	ours
	need strings
	command -p strings --version | grep -q 'GNU strings' || skip "the host's strings is not GNU's"
	cd "$BATS_TEST_TMPDIR" || return
}

# sow SEED FILES: f0, f1 and so on, of up to 30 pieces each
sow() {
	awk -v seed="$1" -v files="$2" '
	function below(n) { x = (x * 16807) % 2147483647; return x % n }
	function byte(c) { line = line sprintf("\\0%03o", c) }
	function character(    c) { c = below(12); return c == 0 ? 9 : c == 1 ? 126 : c == 2 ? 32 : 65 + below(58) }
	function length_of_text() { return lengths[1 + below(n_lengths)] }
	# `before` and `after` zeros around each character
	function text(n, before, after,    i) {
		while (n-- > 0) {
			for (i = 0; i < before; i++) byte(0)
			byte(character())
			for (i = 0; i < after; i++) byte(0)
		}
	}
	function piece(    kind, n) {
		kind = below(13)
		n = length_of_text()
		if (kind < 2) text(n, 0, 0)
		else if (kind == 2) for (n = below(9); n >= 0; n--) byte(0)
		else if (kind == 3) text(n, 0, 1)
		else if (kind == 4) text(n, 1, 0)
		else if (kind == 5) text(n, 0, 3)
		else if (kind == 6) text(n, 3, 0)
		else if (kind == 7) while (n-- > 0) byte(below(256))
		else if (kind == 8) byte(9 + below(6))
		else if (kind == 9) { byte(194 + below(30)); byte(128 + below(64)); text(n, 0, 0) }
		else if (kind == 10) { byte(224 + below(16)); byte(128 + below(64)); if (below(2)) byte(128 + below(64)); text(n, 0, 0) }
		else if (kind == 11) { byte(240 + below(16)); byte(128 + below(64)); byte(128 + below(64)); if (below(2)) byte(128 + below(64)) }
		else while (n-- > 0) byte(below(2) * character())
	}
	BEGIN {
		n_lengths = split("1 2 3 3 4 4 5 6 8 11 16 33 64 70 130", lengths, " ")
		x = seed
		for (f = 0; f < files; f++) {
			line = ""
			for (n = below(30); n > 0; n--) piece()
			print line
		}
	}' >lines
	all=()
	local line
	while IFS= read -r line; do
		printf %b "$line" >"f${#all[@]}"
		all+=("f${#all[@]}")
	done <lines
}

# as_the_host ARG...: the host's command and ours print the same, with the same status
as_the_host() {
	local want=0 got=0
	command -p strings "$@" >want 2>want.err || want=$?
	mm strings "$@" >got 2>got.err || got=$?
	if [ "$got" = "$want" ] && cmp want got; then return 0; fi
	echo "strings ${*:1:8}: status $got, $want"
	diff -a want got | head
	return 1
}

@test "strings of 7 and 8 bits" {
	sow 11 200
	for least in 1 2 3 4 5 16 33 64 65 131; do
		for options in -f '-f -td' '-f -w -to' '-ftx -eS' '-f -eS -w'; do
			# shellcheck disable=SC2086 # words
			as_the_host $options -n $least "${all[@]}"
		done
	done
}

@test "strings of 16 and 32 bits, in either byte order, at odd offsets" {
	sow 12 200
	for least in 1 2 3 4 7 16 17 33 64; do
		for encoding in b l B L; do
			as_the_host -f -td -e $encoding -n $least "${all[@]}"
			as_the_host -w -e $encoding -n $least "${all[@]}"
		done
	done
}

@test "strings with UTF-8" {
	sow 13 200
	# without offsets, which GNU has wrong behind what is broken
	for least in 1 2 4 5 16 64 65; do
		for options in -Ux -Ui '-Ux -w' '-Ui -s +'; do
			# shellcheck disable=SC2086 # words
			as_the_host -f $options -n $least "${all[@]}"
		done
		# escapes: those of hex, as numbers of Unicode
		mm strings -f -Ux -n $least "${all[@]}" | awk '
			function digit(c) { return index("0123456789abcdef", c) - 1 }
			{
				text = $0
				while (match(text, /<0x[0-9a-f]+>/)) {
					code = 0
					hex = substr(text, RSTART + 3, RLENGTH - 4)
					for (i = 1; i < length(hex); i += 2) {
						c = digit(substr(hex, i, 1)) * 16 + digit(substr(hex, i + 1, 1))
						code = i == 1 ? c % 2 ^ (length(hex) == 4 ? 5 : length(hex) == 6 ? 4 : 3) : code * 64 + c % 64
					}
					printf "%s\\u%0*x", substr(text, 1, RSTART - 1), length(hex) == 8 ? 6 : 4, code
					text = substr(text, RSTART + RLENGTH)
				}
				print text
			}' >want
		mm strings -f -Ue -n $least "${all[@]}" >got
		same want got
	done
}

@test "several files as one, from a pipe and from a file, around every edge of what is read at once" {
	sow 14 120
	cat "${all[@]}" >some
	for ((i = 0; i < 8; i++)); do
		cat some "f$i" some
		fill "$i" $((65530 + i))
	done >big
	for options in -td '-td -eS' '-td -el' '-td -eb' '-td -eB' '-td -eL' '-td -n 1' '-td -n 65000' -Ux '-Ux -n 500'; do
		# shellcheck disable=SC2086 # words
		command -p strings $options big >want
		for way in auto read map; do
			for window in 4096 8388608; do
				# shellcheck disable=SC2086
				MMTOOLS_IO=$way MMTOOLS_WINDOW=$window mm strings $options big | cmp - want
			done
		done
		# shellcheck disable=SC2086
		cat big | mm strings $options | cmp - want
		# shellcheck disable=SC2086
		{ head -c 5001 big && tail -c +5002 big | dd bs=777 2>/dev/null; } | mm strings $options | cmp - want
	done
}

@test "several encodings at once find what each finds where the others find nothing" {
	sow 15 200
	for least in 2 4 7; do
		for encoding in s S b l B L; do
			# of one encoding given twice, and of all that find nothing beside it: the same
			mm strings -f -td -e $encoding -e $encoding -n $least "${all[@]}" >got
			command -p strings -f -td -e $encoding -n $least "${all[@]}" >want
			same want got
		done
		# every string of two encodings is at the end of one of theirs, at its end
		mm strings -f -to -e s,l -n $least "${all[@]}" | sort >both
		{
			command -p strings -f -to -e s -n $least "${all[@]}"
			command -p strings -f -to -e l -n $least "${all[@]}"
		} | sort >each
		comm -23 both each >other
		# where a string of 16 bits begins in the last byte of another, it is cut there
		[ "$(wc -l <other)" -lt $(($(wc -l <both) / 10)) ]
	done
}
