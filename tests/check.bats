# The test run tests itself: what passes, fails, hangs, is skipped or leaves something behind, and what check.sh makes of it.
# shellcheck disable=SC2016 # what stands in quotes is the inner test's
bats_require_minimum_version 1.5.0
load helper


setup() {
	ours
	[ -e /proc/self/environ ] || skip "no /proc here"
	mkdir "$BATS_TEST_TMPDIR/a b"
	cd "$BATS_TEST_TMPDIR/a b" || return
	umask 022
	mkdir tests
	# shellcheck disable=SC2154 # set by the helper
	cp "$top/tests/check.sh" "$top/tests/packages.sh" tests
}

# suite FILE LINE...: a file of tests with one test that has these lines
suite() {
	local file=$1
	shift
	{
		echo '@test "a test" {'
		printf '\t%s\n' "$@"
		echo '}'
	} >"tests/$file"
}

# checked STATUS [NAME=VALUE...]: check.sh ends with this status; what it said goes to the file out
checked() {
	local got=0 want=$1
	shift
	# a bats within a bats: nothing of the outer one's
	env -i PATH="$(tr : '\n' <<<"$PATH" | grep -v /bats-core | paste -sd :)" HOME="$PWD" "$@" sh tests/check.sh >out 2>&1 </dev/null 3>&- ||
		got=$?
	[ "$got" = "$want" ] || { cat out; return 1; }
}

@test "a test that passes, in a folder with a blank in its name" {
	suite good.bats true
	checked 0
	[ "$(tail -n 1 out)" = '1 passed, 0 failed, 0 skipped' ]
	has '^ok   default good.bats: 1 passed, ' out
}

@test "a test that fails is told twice, and so is the status" {
	suite bad.bats 'echo some words' false
	checked 1
	[ "$(grep -c '^FAIL default bad.bats: 1 a test$' out)" = 2 ]
	has 'some words' out
	[ "$(tail -n 1 out)" = '0 passed, 1 failed, 0 skipped' ]
}

@test "a file that is skipped whole says so, and one line names the packages that would run the rest" {
	suite good.bats true
	suite none.bats 'skip "no setfacl on this machine"'
	suite other.bats 'skip "no mips-linux-gnu-gcc on this machine"'
	checked 0
	has '^skip default none.bats: 0 passed, 0 failed, 1 skipped' out
	has '^To test the rest: apt-get install -y acl gcc-mips-linux-gnu libc6-dev-mips-cross$' out
}

@test "a test that hangs is stopped, also where there is neither ps nor pkill" {
	local tool
	suite hangs.bats 'while :; do sleep 0.1; done'
	checked 1 BATS_TEST_TIMEOUT=2
	has 'FAIL default hangs.bats: 1 a test' out
	mkdir bin
	for tool in /usr/bin/* /bin/*; do
		case ${tool##*/} in ps | pkill) ;; *) ln -sf "$tool" bin ;; esac
	done
	checked 1 BATS_TEST_TIMEOUT=2 PATH="$PWD/bin"
	has 'FAIL default hangs.bats: 1 a test' out
}

@test "a process that is left behind is a failure, and named" {
	suite leaves.bats 'sleep 77 3>&- >/dev/null 2>&1 &' 'echo $! >"$LEFT"'
	checked 1 LEFT="$PWD/left"
	kill "$(cat left)"
	has "^FAIL left behind: process $(cat left): sleep 77 " out
	[ "$(tail -n 1 out)" = '1 passed, 1 failed, 0 skipped' ]
}

@test "shared memory and files that are left behind are failures" {
	[ -w /dev/shm ] || skip "no /dev/shm to write to"
	suite leaves.bats ': >/dev/shm/left-by-$$' 'mktemp' 'echo $$ >"$LEFT"'
	checked 1 LEFT="$PWD/left"
	rm "/dev/shm/left-by-$(cat left)"
	has "^FAIL left behind: file /dev/shm/left-by-$(cat left)$" out
	has '^FAIL left behind: file .*/tmp/tmp\.' out
}

@test "the words do not depend on the user's locale" {
	suite bad.bats 'ls none'
	checked 1 LC_ALL=de_DE.UTF-8 LANGUAGE=de
	has 'No such file or directory' out
	checked 1 LC_ALL=POSIX
	has 'No such file or directory' out
}
