# What the tests of mmshm share: mmshm.bats and shm_words.bats. Loaded after helper.bash.

# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2094,SC2154,SC2034
# Something that waits for ever shall fail its test, not stop the rest.

setup() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	via=("$bin/mmshm")
	# the start of the names of all objects of this test
	o=mmshm-test-$$-$BATS_TEST_NUMBER
	export o PATH=$bin:$PATH
	unset MMSHM MMSHM_FD MMSHM_RANK
	pids=()
}

teardown() {
	local pid
	# by their ids, and only those that tests have started
	for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || :; done
	rm -f "/dev/shm/$o"*
	[ -z "${open-}" ] || rm -rf "$open"
}

need_shm() {
	if [ ! -d /dev/shm ] || [ ! -w /dev/shm ]; then skip "no /dev/shm to write to"; fi
}

# asleep NAME OFF: one process sleeps on that word (it is woken for that, and sleeps again)
asleep() {
	[ "$("$bin/mmshm" wake "$@")" = 1 ]
}

# gather: waits for all that the test has put into the background (a bare wait would wait for a process of bats, too)
gather() {
	local pid
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || :; done
	pids=()
}

# launch ARG...: mmshm in the background with all signals as they are by default; its id is in $pid
launch() {
	env --default-signal true 2>/dev/null || skip "this env cannot reset signals"
	env --default-signal "$bin/mmshm" "$@" 3>&- &
	pids+=($!)
	pid=$!
	pids+=("$pid")
}

# status_of PID: waits for it; its status is in $status
status_of() {
	status=0
	wait "$1" || status=$?
}

# From here on mmshm is run by an ordinary user, to whom this folder does not belong.
as_stranger() {
	local dir reach=$BATS_TEST_TMPDIR/user/mmshm
	need_root
	need setpriv
	install -D -m 755 "$MMTOOLS" "$reach"
	for dir in "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/user"; do
		chmod o+x "$dir"
	done
	user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${user[@]}" test -x "$reach" 2>/dev/null || skip "no other user can come here"
	via=("${user[@]}" "$reach")
}
