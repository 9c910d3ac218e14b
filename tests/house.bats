# The shape of the house: what the tests and the sources promise about themselves.
bats_require_minimum_version 1.5.0
load helper

# shellcheck disable=SC2154 # set by the helper
mapfile -t sources < <(find "$top/core" "$top/applets" -name '*.[ch]' | sort)

# words_in FILE...: "WORD FILE" for each function that is defined there, but for those that bats calls
words_in() {
	awk 'match($0, /^[\t ]*[A-Za-z_][A-Za-z_0-9]*\(\) [{(]/) {
		word = $0
		gsub(/^[\t ]*|\(\).*/, "", word)
		if (word !~ /^(setup|teardown)(_file)?$/) print word, FILENAME
	}' "$@" | LC_ALL=C sort -u
}

@test "each word of the tests is defined in one file" {
	cd "$top/tests"
	words_in ./*.bash ./*.bats faults/*.bash faults/*.bats >"$BATS_TEST_TMPDIR/words"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/words")" -gt 100 ]
	awk '{ files[$1] = files[$1] " " $2; if (n[$1]++) twice[$1] } END { for (w in twice) print w ":" files[w]; exit length(twice) > 0 }' \
		"$BATS_TEST_TMPDIR/words"
}

@test "what one file of tests defines has one meaning in it" {
	cd "$top/tests"
	for file in ./*.bash ./*.bats faults/*.bash faults/*.bats; do
		sed -nE 's/^([A-Za-z_0-9]+)\(\) [{(].*/\1/p' "$file" | sort | uniq -d | sed "s|$|: twice in $file|"
	done >"$BATS_TEST_TMPDIR/twice"
	is '' "$BATS_TEST_TMPDIR/twice"
}

# includes: "ROOM INCLUDED" for each include inside core; opt_help.c is of the room opt
includes() {
	awk -F'"' '/^#include "[a-z_0-9]+\.h"/ {
		room = FILENAME
		gsub(/.*\/|[._].*/, "", room)
		other = $2
		sub(/\.h/, "", other)
		if (room != other) print room, other
	}' "$top"/core/*.[ch] | sort -u
}

@test "the picture in docs/design.md has every room of core, and includes go down only" {
	sed -n '/^main$/,/^```$/p' "$top/docs/design.md" | sed '$d' | awk '{ for (i = 1; i <= NF; i++) print $i, NR }' >floors
	[ "$(wc -l <floors)" -gt 25 ]
	for file in "$top"/core/*.h; do
		basename "$file" .h
	done | sort >rooms
	cut -d' ' -f1 floors | grep -vx main | sort | comm -3 - rooms >missing
	is '' missing
	includes >arrows
	[ "$(wc -l <arrows)" -gt 50 ]
	awk 'NR == FNR { floor[$1] = $2; next } !(floor[$2] > floor[$1]) { print $1, "includes", $2 }' floors arrows >up
	is '' up
}

@test "core includes nothing of an applet, and an applet nothing of another" {
	grep -HoE '^#include "[^"]+"' "${sources[@]}" | tr -d '"' |
		while IFS=: read -r file header; do
			header=${header##* }
			[ -e "$top/core/$header" ] || [ "${header##*.}" = inc ] || case $file in
			"$top"/core/*) echo "$file: $header" ;;
			*) [ -e "${file%/*}/$header" ] || echo "$file: $header" ;;
			esac
		done >foreign
	is '' foreign
}

@test "core says nothing on stderr and ends nothing but in msg, opt, main, install and progress" {
	local file
	for file in "$top"/core/*.c; do
		case ${file##*/} in
		msg.c | opt.c | opt_help.c | main.c | install.c | progress.c) continue ;;
		esac
		# a child that could not be executed ends by _exit
		grep -nE '\bmsg_(warn|warn_errno|fail|fail_errno|about|raw|die)\(|\bstderr\b|\b(exit|abort|perror|opt_misuse)\(|write\(STDERR' "$file" | sed "s|^|${file##*/}:|"
	done >said
	is '' said
}

@test "no file of core or an applet is over 450 lines, and no line over 120 columns" {
	awk 'FNR == 451 { print FILENAME }' "${sources[@]}" >long
	is '' long
	awk 'length > 120 { print FILENAME ":" FNR }' "${sources[@]}" >wide
	is '' wide
}

@test "nothing but os asks which system it is on" {
	grep -nE '_GNU_SOURCE$|__linux__|__FreeBSD__|__APPLE__' "${sources[@]}" |
		grep -vE '/core/os(_[a-z]+)?\.[ch]:' >asks || :
	is '' asks
}

@test "no room of core is used by one applet alone, but for those whose second user is named" {
	local room
	for room in "$top"/core/*.h; do
		room=$(basename "$room" .h)
		case $room in
		copy | meta | walk | place | seen | par | progress | scan | hex | mappers) continue ;;
		esac
		grep -lE "^#include \"$room\\.h\"" "${sources[@]}" |
			sed "s|^$top/||; s|^core/$room\\.[ch]$||; s|^core/.*|core|; s|^applets/\\([a-z0-9]*\\).*|\\1|" | grep . | sort -u >users
		# another room of core counts: it has users of its own
		grep -qx core users || [ "$(wc -l <users)" -ge 2 ] || echo "$room: $(cat users)"
	done >alone
	is '' alone
}

@test "no source calls libc's printf or stdio's streams: core/fmt makes text, core/out and core/msg print it" {
	awk '{ code = $0; gsub(/"[^"]*"|format\(printf/, "", code) }
		code ~ /(^|[^A-Za-z_])(v?[fsd]?n?printf|v?asprintf|perror|f?puts|f?putc|putchar|f?getc|getchar|fgets|getline|fopen|fread|fwrite|fflush) ?\(/ ||
		code ~ /(^|[^A-Za-z_])std(in|out|err)[,;)]/ { print FILENAME ":" FNR ": " $0 }' \
		"${sources[@]}" >calls
	is '' calls
}
