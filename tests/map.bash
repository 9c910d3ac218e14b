# Words of the tests of mmmap: processes that map known things.

# shellcheck disable=SC2034,SC2154 # for the words and the helper
setup() {
	ours
	[ -r /proc/self/smaps ] || skip "no smaps on this machine"
	cd "$BATS_TEST_TMPDIR" || return
	via=(mm mmmap)
}

teardown() {
	stop_started
	[ -z "${open-}" ] || rm -rf "$open"
}

# known [NAME [PLACE]]: a copy of sleep, NAME in the folder of the test, runs as $pid; nothing else maps that file
known() {
	[ -e "${1:-known}" ] || cp "$(command -v sleep)" "${1:-known}"
	"./${1:-known}" 1000 </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually runs_known
}

# programmed CODE: python runs it as $pid, and waits
programmed() {
	need python3
	rm -f ready
	python3 -c "import ctypes, mmap, os, sys, threading, time
$1
open('ready', 'w'); time.sleep(1000)" </dev/null >/dev/null 2>&1 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually [ -e ready ]
}

# zombie: a child of $pid has ended and is not waited for; its number is in the file "ended"
zombie() {
	programmed 'child = os.fork()
if not child: os._exit(0)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
open("ended", "w").write(str(child))'
}

# runs_known: it has become that program, and waits
runs_known() {
	[ "$(readlink "/proc/$pid/exe")" != "$(readlink -f "$BASH")" ] && grep -q '^State:.S' "/proc/$pid/status"
}

# held FIELD PID [FILE]: the sum of that field in smaps, of all mappings or of that file
held() {
	awk -v field="$1:" -v file="${3-}" '
		/^[0-9a-f]+-[0-9a-f]+ / { name = $0; for (i = 0; i < 5; i++) sub(/^[^ ]+ +/, "", name) }
		$1 == field && (file == "" || name == file) { sum += $2 }
		END { print sum + 0 }' "/proc/$2/smaps"
}
