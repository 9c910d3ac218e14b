# What the tests of mmshm share: mmshm.bats and shm_words.bats. Loaded after helper.bash.

# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2094,SC2154,SC2034
# Something that waits for ever shall fail its test, not stop the rest.
export BATS_TEST_TIMEOUT=120

setup() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	nl=$'\n'
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
}

need_shm() {
	if [ ! -d /dev/shm ] || [ ! -w /dev/shm ]; then skip "no /dev/shm to write to"; fi
}

# Whether other processes may be looked at is the machine's affair, not the test's.
hidden='^mmshm: [0-9]+ process(es)? may not be looked at, and may map some of these, too$'

# try STATUS ARG...: mmshm ends with this status; its words go to the files out and err
try() {
	local want=$1 got=0
	shift
	"${via[@]}" "$@" >out 2>said || got=$?
	grep -vE "$hidden" said >err || :
	if [ "$got" != "$want" ]; then
		printf 'mmshm'
		printf ' %q' "$@"
		printf ': status %s and not %s\n' "$got" "$want"
		cat err
		return 1
	fi
}

# is TEXT FILE: the file holds just this text, written as for printf %b
is() {
	printf %b "$1" >wanted
	cmp wanted "$2" || diff -a wanted "$2"
}

# answers STATUS TEXT ARG...: mmshm prints this, ends with that status, and says nothing
answers() {
	try "$1" "${@:3}" && is "$2" out && is '' err
}

# shows TEXT ARG...: the same with status 0
shows() {
	answers 0 "$@"
}

# fails STATUS TEXT ARG...: mmshm prints nothing, and says this, which is not interpreted
fails() {
	try "$1" "${@:3}" && is '' out && printf '%s\n' "$2" | diff -a - err
}

# complains TEXT ARG...: the same with status 2
complains() {
	fails 2 "$@"
}

# misused TEXT VERB ARG...: a usage error that points to the verb's help
misused() {
	complains "mmshm: $1${nl}Try 'mmshm $2 --help' for more information." "${@:2}"
}

# eventually COMMAND...: waits until it succeeds, for half a minute at most
eventually() {
	local i
	for ((i = 0; i < 600; i++)); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.05
	done
	echo "never: $*"
	return 1
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

# ended PID: it runs no more (perhaps nobody has asked for its status yet)
ended() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	'' | Z* | X*) return 0 ;;
	esac
	return 1
}

# status_of PID: waits for it; its status is in $status
status_of() {
	status=0
	wait "$1" || status=$?
}

# From here on mmshm is run by an ordinary user, to whom this folder does not belong.
as_user() {
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
