# The vocabulary of the tests: each word is defined here once, with one meaning, or in one subject's file (cp.bash, dev.bash,
# ring.bash, shm.bash, faults/rig.bash, a file of tests) under a name that no other file uses. house.bats holds this.
# Loaded by helper.bash.
#
#   via      the command under test, an array: each file sets it, at its top or in `setup`
#   say      the folder that takes what the command said: the files out and err (the test's own unless set)
#   plain    a function that makes what was said comparable, if there is one
#   started  the processes that `stop_started` ends: a file with a `teardown` of its own whose tests start some calls it there

# shellcheck disable=SC2034,SC2154 # what is set here is for the tests, and $bin comes from the helper
nl=$'\n'
say=.
plain=
started=()

# --- a command and what it says. (Without -T bats does not trace a word, which would take longer than the test itself.)

# try STATUS ARG...: the command ends with this status
try() {
	local want=$1 got=0
	shift
	"${via[@]}" "$@" >"$say/out" 2>"$say/err" || got=$?
	[ -z "$plain" ] || "$plain"
	[ "$got" != "$want" ] || return 0
	printf '%q ' "${via[@]##*/}" "$@"
	printf ': status %s and not %s\n' "$got" "$want"
	head -c 2000 "$say/out" "$say/err"
	return 1
}

# answers STATUS TEXT ARG...: it prints this text, written as for printf %b, with that status, and says nothing
answers() {
	local text=$2
	try "$1" "${@:3}" && is "$text" "$say/out" && is '' "$say/err"
}

# shows TEXT ARG...: the same with status 0
shows() {
	answers 0 "$@"
}

# does ARG...: it has nothing to say
does() {
	answers 0 '' "$@"
}

# replies STATUS LINES ARG...: it prints these lines, as they stand and all ended, with that status, and says nothing
replies() {
	local lines=$2
	try "$1" "${@:3}" && reads "$lines${lines:+$nl}" "$say/out" && reads '' "$say/err"
}

# tells LINES ARG...: the same with status 0
tells() {
	replies 0 "$@"
}

# fails STATUS MESSAGE ARG...: it prints nothing, and says just this, as it stands; a last line end is implied
fails() {
	local message=${2%"$nl"}
	try "$1" "${@:3}" && reads '' "$say/out" && reads "$message$nl" "$say/err"
}

# complains MESSAGE ARG...: the same with status 1
complains() {
	fails 1 "$@"
}

# refuses MESSAGE ARG...: the same with status 2
refuses() {
	fails 2 "$@"
}

# misuse MESSAGE VERB ARG...: the same of an applet with verbs, its name before the message, a pointer to the help behind
misuse() {
	local applet=${via[-1]##*/}
	refuses "$applet: $1${nl}Try '$applet $2 --help' for more information." "${@:2}"
}

# verbs_take: of all options that a line "VERB OPTION..." on standard input names, each verb takes those of its line alone
verbs_take() {
	local verb options option all="" table wrong=0
	table=$(cat)
	while read -r verb options; do all+=" $options"; done <<<"$table"
	all=$(tr ' ' '\n' <<<"$all" | sort -u)
	while read -r verb options; do
		for option in $all; do
			"${via[@]}" "$verb" "--$option=?" >"$say/out" 2>"$say/err" </dev/null || true
			case " $options " in
			*" $option "*) ! grep -q "unrecognized option '--$option=?'" "$say/err" ;;
			*) grep -q "unrecognized option '--$option=?'" "$say/err" ;;
			esac || { wrong=1 && echo "$verb --$option:" && cat "$say/err"; }
		done
	done <<<"$table"
	return $wrong
}

# --- files

# is TEXT FILE: the file holds just this text, written as for printf %b
is() {
	local got want
	# no process is started for one that holds, and has no NUL
	if [[ $1 != *\\[0x]* ]] && ! IFS= read -rd '' got <"$2"; then
		printf -v want %b "$1"
		[ "$got" != "$want" ] || return 0
	fi
	printf %b "$1" | cmp - "$2" || { printf %b "$1" | diff -a - "$2" | head -n 40; return 1; }
}

# reads TEXT FILE: the file holds just this text, as it stands
reads() {
	local got
	if ! IFS= read -rd '' got <"$2" && [ "$got" = "$1" ]; then return 0; fi
	printf %s "$1" | cmp - "$2" || { printf %s "$1" | diff -a - "$2" | head -n 40; return 1; }
}

# like REGEX FILE: all of the file is like this
like() {
	local got
	IFS= read -rd '' got <"$2" || true
	[[ $got =~ ^($1)$ ]] || { printf '%s is not like\n%s\nbut\n%s\n' "$2" "$1" "$got"; return 1; }
}

# has REGEX FILE: a line of the file has this, an extended regular expression
has() {
	grep -aqE -- "$1" "$2"
}

# lacks REGEX FILE: no line has it
lacks() {
	local got=0
	grep -aE -- "$1" "$2" || got=$?
	[ "$got" = 1 ]
}

# only REGEX FILE: all lines are such
only() {
	local got=0
	grep -avxE -- "$1" "$2" || got=$?
	[ "$got" = 1 ]
}

# same A B: byte for byte
same() {
	cmp -- "$1" "$2"
}

# share N: how many of N seeded cases are tried, of which CHECK_SHARE leaves one in so many
share() {
	echo $((($1 + ${CHECK_SHARE:-1} - 1) / ${CHECK_SHARE:-1}))
}

# pattern BYTES [SEED]: bytes on stdout that repeat at no page or window size
pattern() {
	awk -v n="$1" -v s="${2:-1}" 'BEGIN {
		x = s
		while (n > 0) {
			x = (x * 16807) % 2147483647
			line = sprintf("%d %d line of text\n", s, x)
			if (length(line) > n) line = substr(line, 1, n)
			printf "%s", line
			n -= length(line)
		}
	}'
}

# fill CHARACTER COUNT: so many of this character on stdout
fill() {
	head -c "$2" /dev/zero | tr '\0' "$1"
}

# --- processes

# eventually COMMAND...: within 30 seconds it succeeds; what it says is not kept
eventually() {
	local i
	for ((i = 0; i < 600; i++)); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.05
	done
	echo "never: $*"
	return 1
}

# start ARG...: the command in the background as $pid; its words go to the files got and got.err
start() {
	start_from /dev/null "$@"
}

# start_from FILE ARG...: the same, with its input from FILE
start_from() {
	"${via[@]}" "${@:2}" <"$1" >got 2>got.err 3>&- &
	pid=$!
	started+=("$pid")
}

# stop_started: by their ids, and only those that the test has started, whether stopped or not
stop_started() {
	local one
	for one in "${started[@]}"; do
		kill -KILL "$one" 2>/dev/null || true
	done
}

# ends_as STATUS [PID]: what was started ends with this status
ends_as() {
	local got=0
	wait "${2:-$pid}" || got=$?
	[ "$got" = "$1" ] || { echo "status $got and not $1"; cat got.err; return 1; }
}

# runs PID: there is such a process
runs() {
	kill -0 "$1" 2>/dev/null
}

# ended PID: it runs no more (perhaps nobody has asked for its status yet)
ended() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in
	'' | Z* | X*) return 0 ;;
	esac
	return 1
}

# --- what a machine may lack. A skip always says why.

# ours: the rest is not for a host's command
ours() {
	[ "$PEER" = mmtools ] || skip "not in the classic command"
}

# need TOOL...
need() {
	local tool
	for tool; do command -v "$tool" >/dev/null || skip "no $tool on this machine"; done
}

# starts_in KIB: the program starts with so little address space, which a sanitizer's build does not
starts_in() {
	bash -c 'ulimit -v "$1"; exec "$2" --version' - "$1" "$MMTOOLS" >/dev/null 2>&1 || skip "this build needs more memory by itself"
}

# need_words_of COMMAND: long words have the size that they have for the host's command
need_words_of() {
	[ "$(head -c 5 "$MMTOOLS" | tail -c 1)" = "$(head -c 5 "$(command -p -v "$1")" | tail -c 1)" ] ||
		skip "long words have another size here"
}

# begin_ours: the `setup` of a file that has nothing for a host's command
begin_ours() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

need_strace() {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	# of a sanitizer's build: what looks for leaks cannot work where strace does
	export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
}

# strace that makes the system calls on one file fail
need_inject() {
	need_strace
	: >probe
	strace -o /dev/null -P "$PWD/probe" -e trace=mmap -e inject=mmap:error=EPERM true 2>/dev/null || skip "strace cannot inject errors here"
	rm probe
}

need_holes() {
	truncate -s 8M "$BATS_TEST_TMPDIR/hole.probe"
	[ "$(stat -c %b "$BATS_TEST_TMPDIR/hole.probe")" -lt 100 ] || skip "no holes on this file system"
	rm "$BATS_TEST_TMPDIR/hole.probe"
}

# --- other users

# user COMMAND...: as somebody who is nobody in particular
user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# open_folder APPLET: a folder $open that everybody may use, with the program in it under this name, to be removed by the
# file's teardown; skips where only root can come.
open_folder() {
	need_root
	need setpriv
	open=$(mktemp -d "/tmp/$1.XXXXXX")
	chmod 755 "$open"
	cp "$MMTOOLS" "$open/$1"
	chmod 755 "$open/$1"
	user "$open/$1" --version >/dev/null || { rm -rf "$open"; skip "nobody but root may come here"; }
}

# stopped_in CALL COMMAND...: the command, which must run "${tracer[@]}", is started and stands still when the first such
# system call is over, or the one of the number $nth (that it makes one is asserted); $only may hold words for strace. What
# it says goes to "said".
stopped_in() {
	rm -f trace
	tracer=(strace -f -o trace "${only[@]}" -e "trace=$1" -e "inject=$1:signal=STOP:when=$nth")
	"${@:2}" >said 2>&1 3>&- &
	started+=("$!")
	waiter=$!
	until grep -qs 'stopped by SIGSTOP' trace; do
		kill -0 "$waiter" 2>/dev/null || { echo "it made no call of $1" && return 1; }
		sleep 0.02
	done
	stopped=$(sed -nE 's/^([0-9]+) .*stopped by SIGSTOP.*/\1/p' trace | head -n 1)
}

only=()
nth=1

# goes_on: the same ends with some status, in $got
goes_on() {
	# other calls may stop it as well
	while kill -CONT "$stopped" 2>/dev/null; do sleep 0.05; done
	got=0
	wait "$waiter" || got=$?
}
