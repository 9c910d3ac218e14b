# The shape of the house: what the tests and the sources promise about themselves.
bats_require_minimum_version 1.5.0
load helper

# words_in FILE...: "WORD FILE" for each function that is defined there, but for those that bats calls
words_in() {
	awk 'match($0, /^[\t ]*[A-Za-z_][A-Za-z_0-9]*\(\) [{(]/) {
		word = $0
		gsub(/^[\t ]*|\(\).*/, "", word)
		if (word !~ /^(setup|teardown)(_file)?$/) print word, FILENAME
	}' "$@" | LC_ALL=C sort -u
}

@test "each word of the tests is defined in one file" {
	# shellcheck disable=SC2154 # set by the helper
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
