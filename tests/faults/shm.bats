# mmshm where things fail: system calls that a kernel does not have or refuses, full file systems, objects that shrink
# between the look at their size and the touch, kills at every moment. Never a SIGBUS, never a lock that stays, never a
# half-made object; always a message and a status.

# Tests are subshells; $bin, $stopped and $status come from the helper and the rig.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load ../helper
load rig

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	o=mmshm-rig-$$-$BATS_TEST_NUMBER
	export o PATH=$bin:$PATH
	unset MMSHM MMSHM_FD MMSHM_RANK
	pids=()
}

eval "rig_$(declare -f teardown)"
teardown() {
	local pid
	for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || :; done
	rm -f "/dev/shm/$o"*
	rig_teardown
}

# unnamed: the names that regions without memfd have for a moment; what others have left does not count
unnamed() {
	find /dev/shm -maxdepth 1 -regex '.*/mmshm-[0-9]+' | sort
}

# gave STATUS TEXT: what `run --separate-stderr` has run ended so, with this one message
gave() {
	if [ "$status" != "$1" ] || [ "$stderr" != "$2" ]; then
		echo "status $status: $stderr"
		return 1
	fi
}

# faulty RULE ARG...: mmshm and all it starts with a fault in their system calls
faulty() {
	local rule=$1
	shift
	strace -f -qq -o /dev/null -e "trace=${rule%%:*}" -e "inject=$rule" "$bin/mmshm" "$@"
}

# touching N ARG...: which mmap of this command is its Nth shared one, as inject's when= counts
touching() {
	local n=$1
	shift
	strace -qq -o map.log -e trace=/^mmap "$bin/mmshm" "$@" >/dev/null 2>&1 </dev/null || :
	awk -v want="$n" '/^mmap2?\(/ { n++ } /MAP_SHARED/ && ++shared == want { print n; found = 1; exit } END { exit !found }' map.log
}

# stop_fed RULE LOG FILE COMMAND...: as stop_at, with that file for its standard input, which the background would lose
stop_fed() {
	local rule=$1 log=$2 file=$3
	shift 3
	: >"$log"
	strace -D -o "$log" -e "trace=${rule%:when*}" -e "inject=${rule%:when*}:signal=STOP:when=${rule#*:when=}" \
		"$bin/$1" "${@:2}" <"$file" 3>&- &
	stopped=$!
	pids+=($!)
	eventually grep -q 'stopped by SIGSTOP' "$log"
}

# --- systems that lack something

@test "mmshm wait works where there is no futex, and notices a change" {
	need_strace
	head -c 8 /dev/zero >f
	strace -qq -o log -e trace=futex,clock_nanosleep,nanosleep -e inject=futex:error=ENOSYS "$bin/mmshm" wait ./f 0 eq 5 \
		--timeout 60s >out 3>&- &
	pids+=($!)
	eventually grep -q nanosleep log
	mm mmshm set -q ./f 0 5
	wait $!
	[ "$(cat out)" = 5 ]
	# it has asked once, and then looked
	[ "$(grep -c futex log)" = 1 ]
}

@test "mmshm wait sleeps on whatever woke it, and takes to looking now and then only where it cannot sleep" {
	local error
	need_strace
	head -c 8 /dev/zero >f
	for error in EINTR EAGAIN ETIMEDOUT; do
		run -1 strace -qq -o log -e trace=futex,clock_nanosleep,nanosleep -e "inject=futex:error=$error:when=1" \
			"$bin/mmshm" wait ./f 0 eq 5 --timeout 0.3
		grep -q '^futex' log
		run ! grep nanosleep log
	done
}

@test "mmshm wait without futex looks less and less often, and at its time is done" {
	need_strace
	head -c 8 /dev/zero >f
	run -1 strace -qq -o log -e trace=futex,clock_nanosleep,nanosleep -e inject=futex:error=ENOSYS "$bin/mmshm" wait ./f 0 \
		eq 5 --timeout 1s
	[ "$output" = 0 ]
	# 1, 2, 4 ... 64, 100 ms: about 16 times in a second
	[ "$(grep -c nanosleep log)" -ge 5 ]
	[ "$(grep -c nanosleep log)" -le 20 ]
	run -1 inject futex:error=ENOSYS mmshm wait ./f 0 eq 5 --timeout 0
	run -1 inject futex:error=ENOSYS mmshm wait ./f 0 eq 5 --timeout 1ns
}

@test "all that changes words works where there is no futex" {
	need_strace
	head -c 8 /dev/zero >f
	run -0 inject futex:error=ENOSYS mmshm add ./f 0 5
	[ "$output" = 5 ]
	run -0 inject futex:error=ENOSYS mmshm cas ./f 0 5 6
	run -0 inject futex:error=ENOSYS mmshm set ./f 0 7
	[ "$output" = 7 ]
	run -2 --separate-stderr inject futex:error=ENOSYS mmshm wake ./f 0
	gave 2 'mmshm: ./f: cannot wake: Function not implemented'
}

@test "mmshm wait is woken by the change itself, not by the end of an interval" {
	local i late=0
	need_strace
	head -c 8 /dev/zero >f
	one_asleep() { [ "$("$bin/mmshm" wake ./f 0)" = 1 ]; }
	for i in {1..10}; do
		strace -qq -o log -e trace=futex "$bin/mmshm" wait -q ./f 0 eq "$i" --timeout 60s 3>&- &
		pids+=($!)
		eventually one_asleep
		mm mmshm set -q ./f 0 "$i"
		wait $!
		# what its last sleep ended with: 0 is a waking, EAGAIN a change before it slept
		tail -n 1 log | grep -qE '= 0$|EAGAIN' || ((++late))
	done
	note "10 waits, $late found the change by looking"
	# between two sleeps it may see the change by itself
	[ "$late" -le 3 ]
}

@test "mmshm wait sleeps on a read-only mapping" {
	need_strace
	head -c 8 /dev/zero >f
	strace -qq -o log -e trace='/^(openat|mmap|futex)' "$bin/mmshm" wait -q ./f 0 eq 1 --timeout 20ms && false
	grep -q 'openat.*"./f", O_RDONLY' log
	grep -q 'mmap.*PROT_READ, MAP_SHARED' log
	grep -q futex log
}

@test "mmshm run works where there is no memfd: with an object that has lost its name" {
	local error
	need_strace
	unnamed >before
	for error in ENOSYS EPERM EACCES; do
		run -0 --separate-stderr faulty "memfd_create:error=$error" run -s 64 --dump got -- sh -c '
			mmshm add "$MMSHM" 0 5
			mmcat "$MMSHM" | wc -c | tr -d " "
			find /dev/shm -maxdepth 1 -regex ".*/mmshm-[0-9]+" | sort | diff before -'
		gave 0 ''
		[ "$output" = 5$'\n'64 ]
		[ "$(mm mmshm get ./got 0)" = 5 ]
		run -0 faulty "memfd_create:error=$error" run --jobs=3 -- sh -c 'mmshm add -q "$MMSHM" 0 1'
	done
}

@test "mmshm run where there is no memfd is not stopped by an object of the name that it would take" {
	need_strace
	# the number of the process is known beforehand to whoever started it
	run --separate-stderr strace -f -qq -o /dev/null -e trace=memfd_create -e inject=memfd_create:error=ENOSYS sh -c '
		echo $$ >number
		: >"/dev/shm/mmshm-$$"
		exec mmshm run -s 64 -- sh -c "mmshm add \"\$MMSHM\" 0 5"'
	rm -f "/dev/shm/mmshm-$(cat number)"
	gave 0 ''
	[ "$output" = 5 ]
}

@test "mmshm run --seal that cannot be kept is an error, and runs nothing" {
	need_strace
	run -2 --separate-stderr faulty memfd_create:error=ENOSYS run --seal touch ran
	[[ $stderr == 'mmshm: cannot seal: '* ]]
	run -2 --separate-stderr faulty /^fcntl:error=EINVAL run --seal touch ran
	[ ! -e ran ]
}

@test "mmshm run says why it has no memory to give" {
	need_strace
	run -2 --separate-stderr faulty memfd_create:error=EMFILE run touch ran
	[[ $stderr == 'mmshm: '*': Too many open files' ]]
	[[ $stderr != 'mmshm: mmshm: '* ]]
	run -2 --separate-stderr faulty fallocate:error=ENOSPC run touch ran
	[[ $stderr == 'mmshm: '*': No space left on device' ]]
	[[ $stderr != 'mmshm: mmshm: '* ]]
	[ ! -e ran ]
}

# The kernel gives a memfd all the memory there is before it says no, and kills processes for that. The call is made to
# fail here, so that this test cannot do so: it must not be made at all.
@test "mmshm run and resize do not ask the kernel for more memory than the machine has" {
	need_strace
	run -2 --separate-stderr faulty fallocate:error=EIO run -s 7E touch ran
	[ ! -e ran ]
	[[ $stderr != *'Input/output error'* ]]
	run -2 --separate-stderr faulty fallocate:error=EIO run -s 1P touch ran
	[[ $stderr != *'Input/output error'* ]]
	run --separate-stderr mm mmshm run -s 8 -- strace -qq -o log -e trace=fallocate -e inject=fallocate:error=EIO \
		"$bin/mmshm" resize /proc/self/fd/3 1P
	[ "$status" = 2 ]
	[[ $stderr != *'Input/output error'* ]]
}

@test "mmshm create --from and copy that a signal ends leave nothing behind" {
	local sig
	need_strace
	head -c 300000 /dev/urandom >from
	mm mmshm create "$o" --from from
	for sig in HUP INT TERM; do
		run env --default-signal strace -o log -e trace=fallocate -e "inject=fallocate:signal=$sig:when=1" \
			"$bin/mmshm" create "$o.new" --from from
		[ "$status" -gt 128 ]
		run env --default-signal strace -o log -e trace=fallocate -e "inject=fallocate:signal=$sig:when=1" \
			"$bin/mmshm" copy "$o" ./copy
		[ "$status" -gt 128 ]
		[ ! -e "/dev/shm/$o.new" ]
		[ ! -e copy ]
	done
	mm mmshm copy "$o" ./copy
	cmp from copy
}

@test "mmshm create and copy that a signal ends as soon as there is a name leave nothing behind" {
	local sig words n
	need_strace
	pattern 30000 >from
	for words in 'create ./new --from ./from' 'create ./new 8192' 'copy ./from ./new' "create $o.new 8192"; do
		rm -f new "/dev/shm/$o.new"
		# shellcheck disable=SC2086 # words
		strace -qq -o log -e trace=openat "$bin/mmshm" $words
		n=$(awk '/^openat\(/ { n++ } /new", O_RDWR\|O_CREAT/ { print n; exit }' log)
		[ -n "$n" ]
		for sig in HUP INT TERM; do
			rm -f new "/dev/shm/$o.new"
			# shellcheck disable=SC2086 # words
			run env --default-signal strace -o log -e trace=openat -e "inject=openat:signal=$sig:when=$n" \
				"$bin/mmshm" $words
			[ "$status" -gt 128 ]
			[ ! -e new ]
			[ ! -e "/dev/shm/$o.new" ]
		done
	done
}

@test "mmshm works where /proc is not mounted" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	head -c 16 /dev/zero >f
	run -0 --separate-stderr unshare -m sh -c '
		mount -t tmpfs none /proc || exit 77
		mmshm run -s 64 -- sh -c "mmshm add \"\$MMSHM\" 0 5; mmshm lock \"\$MMSHM\" -- mmshm get \"\$MMSHM\" 0
			mmshm create \"\$MMSHM\" 64 || echo no"
		mmshm add ./f 0 1
		mmshm lock ./f echo in
		mmshm stat ./f | grep "mapped by"'
	[ "$output" = "5"$'\n'"5"$'\n'"1"$'\n'"in"$'\n'"  mapped by  ?" ]
	[ -z "$stderr" ]
}

@test "mmcat takes the path in MMSHM where /proc is not mounted" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	run -0 --separate-stderr unshare -m sh -c '
		mount -t tmpfs none /proc || exit 77
		mmshm run -s 64 -- sh -c "mmshm fill \"\$MMSHM\" 0x78; mmcat \"\$MMSHM\""'
	[ "$output" = "$(head -c 64 /dev/zero | tr '\0' x)" ]
}

# --- interrupted and failing calls

@test "mmshm takes up again what was interrupted" {
	local rule
	need_strace
	for rule in fallocate:error=EINTR:when=1 openat:error=EINTR:when=6..9 fcntl:error=EINTR:when=1 flock:error=EINTR:when=1; do
		rm -f f
		# of the openat calls some are the loader's
		run inject "$rule" mmshm create ./f 5000
		[ "$status" = 0 ] || [ "${rule%%:*}" = openat ]
		[ "$status" = 0 ] || continue
		[ "$(stat -c %s f)" = 5000 ]
	done
	run -0 inject flock:error=EINTR:when=1..3 mmshm lock ./f echo in
	[ "$output" = in ]
}

@test "mmshm create makes anew what went away as it was found" {
	need_strace
	mm mmshm create ./f 64
	strace -qq -o log -P f -P ./f -e trace=openat,?open -e inject=openat,?open:error=ENOENT:when=2 "$bin/mmshm" create ./f 64
	grep -q INJECTED log
	strace -qq -o log -P f -P ./f -e trace=openat,?open -e inject=openat,?open:error=ENOENT:when=2+2 "$bin/mmshm" create ./f 64 2>err && false
	grep -q 'No such file' err
}

@test "mmshm create where blocks cannot be reserved writes zeros, and gives what it cannot have back" {
	local error
	need_strace
	for error in EOPNOTSUPP ENOSYS; do
		rm -f f
		run -0 inject "fallocate:error=$error" mmshm create ./f 5000
		head -c 5000 /dev/zero | cmp - f
		[ "$(stat -c %b f)" -ge 10 ]
		printf hello >g
		run -0 inject "fallocate:error=$error" mmshm resize ./g 9
		printf 'hello\0\0\0\0' | cmp - g
	done
	printf hello >g
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=fallocate,pwrite64 -e inject=fallocate:error=EOPNOTSUPP \
		-e inject=pwrite64:error=ENOSPC "$bin/mmshm" resize ./g 100000
	gave 2 'mmshm: ./g: No space left on device'
	printf hello | cmp - g
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=fallocate,pwrite64 -e inject=fallocate:error=EOPNOTSUPP \
		-e inject=pwrite64:error=ENOSPC "$bin/mmshm" create ./h 100000
	gave 2 'mmshm: ./h: No space left on device'
	[ ! -e h ]
}

@test "mmshm create that fails at any call leaves nothing behind, and says why" {
	local name n tried=0
	need_strace
	pattern 30000 >from
	strace -qq -o log "$bin/mmshm" create ./f --mode 600 --from from
	calls log 'openat(AT_FDCWD, "from"' >list
	[ -s list ]
	while read -r name n <&4; do
		# what has been opened can always be looked at
		case $name in newfstatat | fstat* | statx | mmap* | munmap | close | rt_sig* | brk | exit*) continue ;; esac
		rm -f f
		status=0
		inject "$name:error=EIO:when=$n" mmshm create ./f --mode 600 --from from >said 2>&1 || status=$?
		((++tried))
		if [ "$status" = 0 ]; then
			cmp from f
			[ "$(stat -c %a f)" = 600 ]
		elif [ "$status" != 2 ] || [ ! -s said ] || [ -e f ]; then
			echo "$name $n fails: status $status, $(cat said), left: $(ls -l f 2>&1)"
			return 1
		fi
	done 4<list
	note "$tried calls made to fail"
	[ "$tried" -gt 3 ]
}

@test "mmshm says that it cannot map, with status 2" {
	local n
	need_strace
	head -c 64 /dev/zero >f
	for words in 'get ./f 0' 'add ./f 0 1' 'wait ./f 0 eq 1' 'wake ./f 0' 'fill ./f' 'write ./f'; do
		# shellcheck disable=SC2086 # words
		if [ "${words%% *}" = write ]; then
			strace -qq -o map.log -e trace=/^mmap "$bin/mmshm" $words <<<x
			n=$(awk '/^mmap2?\(/ { n++ } /MAP_SHARED/ { print n; exit }' map.log)
		else
			n=$(touching 1 $words --timeout 0 2>/dev/null || touching 1 $words)
		fi
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr inject "/^mmap:error=ENOMEM:when=$n+" mmshm $words <<<x
		gave 2 'mmshm: ./f: cannot map: Cannot allocate memory'
	done
}

@test "mmshm lock says that a file system knows no locks" {
	need_strace
	run -2 --separate-stderr inject flock:error=ENOLCK mmshm lock ./f touch ran
	gave 2 'mmshm: ./f: cannot lock: No locks available'
	[ ! -e ran ]
}

@test "mmshm run and lock say that no process can be had" {
	need_strace
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=clone,clone3,fork,vfork \
		-e inject=clone,clone3,fork,vfork:error=EAGAIN "$bin/mmshm" lock ./f touch ran
	gave 2 "mmshm: cannot start 'touch': Resource temporarily unavailable"
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=clone,clone3,fork,vfork \
		-e inject=clone,clone3,fork,vfork:error=EAGAIN "$bin/mmshm" run touch ran
	gave 2 "mmshm: cannot start 'touch': Resource temporarily unavailable"
	[ ! -e ran ]
	# a later one of several
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=clone,clone3,fork,vfork \
		-e inject=clone,clone3,fork,vfork:error=EAGAIN:when=2 "$bin/mmshm" run --jobs 3 -- sh -c 'echo >"ran$MMSHM_RANK"'
	[ -e ran0 ]
	[ ! -e ran1 ]
	[ -e ran2 ]
}

@test "mmshm run --dump that fails leaves the old file" {
	need_strace
	printf old >got
	run -2 --separate-stderr strace -qq -o /dev/null -e trace=rename,renameat,renameat2 \
		-e inject=rename,renameat,renameat2:error=EIO "$bin/mmshm" run --dump got true
	gave 2 'mmshm: got: Input/output error'
	printf old | cmp - got
	[ -z "$(temporary)" ]
}

# --- objects that shrink between the look and the touch

@test "an object that shrinks before its word is touched: a message and status 2, no SIGBUS" {
	local n words
	need_strace
	for words in 'get ./f 8192' 'set ./f 8192 1' 'add ./f 8192:64 1' 'or ./f 8192 1' 'and ./f 8192 1' 'swap ./f 8192 1' \
		'cas ./f 8192 0 1' 'wait ./f 8192 eq 1'; do
		head -c 16384 /dev/zero >f
		# shellcheck disable=SC2086 # words
		n=$(touching 1 ${words/wait/wait --timeout 0})
		# shellcheck disable=SC2086 # words
		stop_at "/^mmap:when=$n" log mmshm $words >out 2>err
		truncate -s 100 f
		resume
		[ "$status" = 2 ] || { echo "$words: status $status" && false; }
		[ ! -s out ]
		grep -qx 'mmshm: ./f: offset 8192 is beyond the end at 100' err
		[ "$(wc -l <err)" = 1 ]
	done
}

@test "an object that is gone to size 0 before it is woken or waited for: a message and status 2" {
	local n
	need_strace
	head -c 16384 /dev/zero >f
	n=$(touching 1 wake ./f 8192)
	stop_at "/^mmap:when=$n" log mmshm wake ./f 8192 >out 2>err
	: >f
	resume
	[ "$status" = 2 ]
	grep -q '^mmshm: \./f: ' err
	[ "$(wc -l <err)" = 1 ]
}

@test "an object that shrinks under fill and write: a message and status 2, no SIGBUS, and no larger file" {
	local n
	need_strace
	pattern 70000 >in
	for words in 'fill ./f 65' 'write ./f 100'; do
		head -c 100000 /dev/zero >f
		# shellcheck disable=SC2086 # words
		strace -qq -o map.log -e trace=/^mmap "$bin/mmshm" $words <in
		n=$(awk '/^mmap2?\(/ { n++ } /PROT_WRITE.*MAP_SHARED/ { print n; exit }' map.log)
		head -c 100000 /dev/zero >f
		# shellcheck disable=SC2086 # words
		stop_fed "/^mmap:when=$n" log in mmshm $words >out 2>err
		truncate -s 4096 f
		resume
		[ "$status" = 2 ] || { echo "$words: status $status" && cat err && false; }
		[ "$(wc -l <err)" = 1 ]
		grep -qE '^mmshm: \./f: (offset|[0-9]+ bytes) .* beyond the end at 4096' err
		[ "$(stat -c %s f)" = 4096 ]
	done
}

@test "an object that shrinks between two windows of fill and write: a message and status 2" {
	local n words
	need_strace
	export MMTOOLS_WINDOW=4096
	pattern 20000 >in
	for words in 'fill ./f 65' 'write ./f'; do
		head -c 20000 /dev/zero >f
		# shellcheck disable=SC2086 # words
		strace -qq -o map.log -e trace=/^mmap "$bin/mmshm" $words <in
		n=$(awk '/^mmap2?\(/ { n++ } /PROT_WRITE.*MAP_SHARED/ && ++shared == 3 { print n; exit }' map.log)
		head -c 20000 /dev/zero >f
		# shellcheck disable=SC2086 # words
		stop_fed "/^mmap:when=$n" log in mmshm $words >out 2>err
		: >f
		resume
		[ "$status" = 2 ]
		[ "$(wc -l <err)" = 1 ]
		grep -qE '^mmshm: \./f: (offset|[0-9]+ bytes) .* beyond the end at 0' err
	done
}

@test "an object that shrinks under read, hex, copy, create --from and run --from: a message and status 2, no invented byte" {
	local n words
	need_strace
	pattern 100000 >whole
	for words in 'read --io=map ./f' 'hex --io=map ./f' 'copy --io=map ./f ./new' 'create --io=map ./new --from ./f' \
		'run --io=map --from ./f -- touch ran'; do
		rm -f new
		cp whole f
		# shellcheck disable=SC2086 # words
		strace -qq -o map.log -e trace=/^mmap "$bin/mmshm" $words >/dev/null
		rm -f new ran
		# the last one that maps the file
		n=$(awk '/^mmap2?\(/ { n++ } /MAP_SHARED, [0-9]|MAP_PRIVATE, [0-9].*100000|10[0-9]{4}, PROT_READ, MAP_/ { last = n }
			END { print last }' map.log)
		[ -n "$n" ]
		# shellcheck disable=SC2086 # words
		stop_at "/^mmap:when=$n" log mmshm $words >out 2>err
		truncate -s 5000 f
		resume
		[ "$status" = 2 ] || { echo "$words: status $status" && cat err && false; }
		grep -qE '^mmshm: \./f: shrank while being read$' err
		[ ! -e ran ]
		case $words in
		read*) cmp out <(head -c 5000 whole) ;;
		copy* | create*) [ ! -e new ] ;;
		esac
	done
}

@test "a file that changes its size between the look at it and the reading: a message and status 2, and no object" {
	local words size how
	need_strace
	pattern 100000 >whole
	for size in 5000 0 200000; do
		how=shrank
		[ "$size" -lt 100000 ] || how=grew
		for words in 'copy ./f ./new' 'create ./new --from ./f' 'create ./new 200000 --from ./f' \
			'run --from ./f -- touch ran' 'run -s 150000 --from ./f -- touch ran'; do
			cp whole f
			# its blocks are reserved when its size is known
			# shellcheck disable=SC2086 # words
			stop_at "fallocate:when=1" log mmshm $words >out 2>err
			truncate -s "$size" f
			resume
			[ "$status" = 2 ] || { echo "$words, $size: status $status" && cat err && false; }
			grep -qx "mmshm: ./f: $how while being read" err
			[ ! -e ran ]
			[ ! -e new ]
		done
	done
}

@test "mmshm copy of an object that shrinks leaves a target that was there its size, and says so" {
	need_strace
	pattern 100000 >f
	head -c 100000 /dev/zero >to
	stop_at "fallocate:when=1" log mmshm copy ./f ./to >out 2>err
	truncate -s 5000 f
	resume
	[ "$status" = 2 ]
	grep -qx 'mmshm: ./f: shrank while being read' err
	[ "$(stat -c %s to)" = 100000 ]
}

@test "mmshm write whose input shrinks or grows says so, and writes what was in it" {
	local size how
	need_strace
	for size in 5000 100003; do
		pattern 100000 >in
		head -c 200000 /dev/zero >f
		how=shrank
		[ "$size" -lt 100000 ] || how=grew
		# its blocks are reserved when its size is known
		stop_at "fallocate:when=1" log mmshm write ./f <in >out 2>err
		truncate -s "$size" in
		resume
		[ "$status" = 2 ]
		is "mmshm: standard input: $how while being read\n" err
		head -c "$size" f | same in -
		[ "$(stat -c %s f)" = 200000 ]
	done
}

@test "an object that is removed or replaced while a command works on it: what was opened counts" {
	local n
	need_strace
	head -c 8192 /dev/zero >f
	n=$(touching 1 add ./f 0 5)
	head -c 8192 /dev/zero >f
	stop_at "/^mmap:when=$n" log mmshm add ./f 0 5 >out 2>err
	mv f old
	head -c 8192 /dev/zero >f
	resume
	[ "$status" = 0 ]
	[ "$(cat out)" = 5 ]
	[ "$(mm mmshm get ./old 0)" = 5 ]
	[ "$(mm mmshm get ./f 0)" = 0 ]
}

@test "of two that create a name in different sizes at once, whoever is told that all is well has its size" {
	local n size=0
	need_strace
	strace -qq -o log -e trace=openat "$bin/mmshm" create ./f 8192
	n=$(awk '/^openat\(/ { n++ } /"(\.\/)?f", O_RDWR\|O_CREAT/ { print n; exit }' log)
	for other in 4096 16384; do
		rm -f f
		stop_at "openat:when=$n" log mmshm create ./f 8192 >out 2>err
		run mm mmshm create ./f "$other"
		second=$status
		resume
		size=$(stat -c %s f)
		[ "$second" != 0 ] || [ "$size" = "$other" ] || { echo "$other was promised, it is $size" && false; }
		[ "$status" != 0 ] || [ "$size" = 8192 ] || { echo "8192 was promised, it is $size" && false; }
	done
}

@test "mmshm create that fails does not take away what another has made of the name meanwhile" {
	local n
	need_strace
	strace -qq -o log -e trace=openat "$bin/mmshm" create ./f 8192
	n=$(awk '/^openat\(/ { n++ } /"(\.\/)?f", O_RDWR\|O_CREAT/ { print n; exit }' log)
	rm f
	# stopped with the name made; another gives it its size and uses it; then the first one finds no space
	strace -D -qq -o log -e trace=openat,fallocate -e inject="openat:signal=STOP:when=$n" \
		-e inject=fallocate:error=ENOSPC "$bin/mmshm" create ./f 8192 >out 2>err 3>&- &
	stopped=$!
	eventually grep -q 'stopped by SIGSTOP' log
	mm mmshm create ./f 4096
	mm mmshm set -q ./f 0 7
	resume
	[ "$(mm mmshm get ./f 0)" = 7 ]
}

@test "mmshm create and copy that fail take away what they have made, and nothing of that name in another folder" {
	local words
	need_strace
	mkdir victim
	printf precious >victim/f
	for words in 'create ./d/f 8192' 'copy ./from ./d/f'; do
		mkdir d
		printf 12345 >from
		: >log
		# shellcheck disable=SC2086 # words
		strace -D -qq -o log -e trace=fallocate -e inject=fallocate:error=ENOSPC:signal=STOP:when=1 "$bin/mmshm" $words \
			>out 2>err 3>&- &
		stopped=$!
		eventually grep -q 'stopped by SIGSTOP' log
		mv d made
		ln -s victim d
		resume
		[ "$status" = 2 ]
		grep -qx 'mmshm: ./d/f: No space left on device' err
		[ "$(cat victim/f)" = precious ]
		[ ! -e made/f ]
		rm -r d made
	done
}

@test "mmshm fill, write and copy of an object larger than the memory they may use work, window by window" {
	local limit
	truncate -s 96M f
	for limit in 60000 10000; do
		small() { bash -c 'ulimit -v "$1" && shift && exec "$@"' bash "$limit" "$bin/mmshm" "$@"; }
		small --version >/dev/null 2>&1 || skip "this build needs more than $limit KiB"
		run -0 --separate-stderr small fill ./f 65
		gave 0 ''
		[ "$(tr -d A <f | wc -c)" = 0 ]
		head -c 50M /dev/zero >in
		# a word far into it
		run -0 --separate-stderr small set ./f 90M 7
		run -0 --separate-stderr small write ./f 40M <in
		gave 0 ''
		cmp f <(head -c 40M f; cat in; tail -c 6M f)
		rm -f to
		run -0 --separate-stderr small copy ./f ./to
		cmp f to
	done
}

# --- full file systems

@test "mmshm create on a file system that is too small: no space at once, and nothing left behind" {
	local kind
	for kind in tmpfs ext4; do
		if [ $kind = tmpfs ]; then on_tmpfs size=128k small; else on_loop ext4 '' ext; fi
		dir=small
		[ $kind = tmpfs ] || dir=ext
		for size in 64M 1T; do
			run -2 --separate-stderr mm mmshm create "./$dir/f" "$size"
			[[ $stderr == "mmshm: ./$dir/f: "@(No space left on device|File too large) ]]
			[ ! -e "$dir/f" ]
		done
		# and none is taken
		run -0 mm mmshm create "./$dir/g" 64K
		head -c 200000000 /dev/zero >big
		run -2 --separate-stderr mm mmshm create "./$dir/f" --from big
		[ ! -e "$dir/f" ]
		run -2 --separate-stderr mm mmshm copy ./big "./$dir/f"
		gave 2 "mmshm: ./$dir/f: No space left on device"
		[ ! -e "$dir/f" ]
		run -0 mm mmshm remove "./$dir/g"
		[ -z "$(find "$dir" -mindepth 1 ! -name lost+found)" ]
	done
}

@test "mmshm resize that finds no space changes nothing" {
	on_tmpfs size=128k small
	run -0 mm mmshm create ./small/f 64K
	run -2 --separate-stderr mm mmshm resize ./small/f 1M
	gave 2 'mmshm: ./small/f: No space left on device'
	[ "$(stat -c %s small/f)" = 65536 ]
	run -0 mm mmshm create ./small/g 64K
}

@test "a full /dev/shm is said at once, and no object is left" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	run -0 --separate-stderr unshare -m sh -c '
		mount -t tmpfs -o size=128k none /dev/shm || exit 77
		mmshm create a 64K || exit
		mmshm create b 128K && exit 9
		mmshm list 2>/dev/null | wc -l'
	[ "$output" = 2 ]
	[ "$stderr" = 'mmshm: b: No space left on device' ]
}

# sparse FOLDER: in it a sparse file f of 1 MiB, and no block free. What ext4 holds back for delayed writes comes free
# with a sync, a block in one of six runs: the rest takes that, too.
sparse() {
	truncate -s 1M "$1/f"
	head -c 100000000 /dev/zero >"$1/rest" 2>/dev/null || :
	sync -f "$1"
	while head -c 4096 /dev/zero >>"$1/rest" 2>/dev/null; do
		sync -f "$1"
	done
}

@test "a hole on a full file system: fill, write, set and add say so with status 2, no SIGBUS" {
	local dir words
	on_tmpfs size=256k small
	on_loop ext4 '' ext
	pattern 5000 >in
	for dir in small ext; do
		sparse "$dir"
		for words in "fill ./$dir/f 65" "write ./$dir/f" "set ./$dir/f 524288 1" "add ./$dir/f 0 1" \
			"add ./$dir/f 1048568:64 1" "cas ./$dir/f 4096 0 1" "or ./$dir/f 8192 1"; do
			# shellcheck disable=SC2086 # words
			run --separate-stderr mm mmshm $words <in
			[ "$status" = 2 ] || { echo "$words: status $status: $stderr" && false; }
			[[ $stderr == "mmshm: ./$dir/f: "*"No space left on device" ]]
			[ "${#stderr_lines[@]}" = 1 ]
		done
		[ "$(stat -c %s "$dir/f")" = 1048576 ]
		# reading a hole asks for no block
		cmp <(mm mmshm read "./$dir/f") <(head -c 1048576 /dev/zero)
	done
}

@test "what a failed fill or write of a sparse file has reserved is not kept from others" {
	local dir before
	on_loop ext4 '' ext
	truncate -s 1G ext/f
	before=$(stat -f -c %f ext)
	run mm mmshm write ./ext/f <<<x
	[ "$(stat -f -c %f ext)" -ge $((before - 64)) ]
	run mm mmshm fill ./ext/f --range=0+4
	[ "$(stat -f -c %f ext)" -ge $((before - 64)) ]
	run mm mmshm resize ./ext/f 2G
	[ "$(stat -f -c %f ext)" -ge $((before - 64)) ]
}

@test "mmshm write and fill into a sparse file need space for what they write, and no more" {
	on_loop ext4 '' ext
	truncate -s 1G ext/f
	run -0 --separate-stderr mm mmshm write ./ext/f 4096 <<<x
	run -0 --separate-stderr mm mmshm fill ./ext/f 1 --range=8192+10
}

@test "a word in a hole can be read on a full tmpfs" {
	on_tmpfs size=256k small
	sparse small
	run --separate-stderr mm mmshm get ./small/f 524288
	[ "$status" = 0 ] || [[ $status = 2 && $stderr == 'mmshm: ./small/f: cannot access offset 524288'* ]]
	# by its reason, if it cannot
	[ "$status" = 0 ] || [[ $stderr == *[Ss]pace* ]]
}

@test "mmshm on a read-only file system: reads, and says why it cannot write" {
	need_root
	on_tmpfs size=128k small
	run -0 mm mmshm create ./small/f 64
	mount -o remount,ro small || skip "no remount here"
	for words in 'set ./small/f 0 1' 'fill ./small/f' 'write ./small/f' 'resize ./small/f 5' 'create ./small/g 5'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr mm mmshm $words <<<x
		[[ $stderr == 'mmshm: ./small/'[fg]': Read-only file system' ]]
	done
	run -0 mm mmshm get ./small/f 0
	run -1 --separate-stderr mm mmshm remove ./small/f
	gave 1 "mmshm: cannot remove './small/f': Read-only file system"
}

@test "mmshm keeps to the limit on file sizes, with a message and no signal" {
	# in blocks of 1 KiB
	run -2 --separate-stderr bash -c 'ulimit -f 8; exec mmshm create ./f 1M'
	gave 2 'mmshm: ./f: File too large'
	[ ! -e f ]
	head -c 5000 /dev/zero >f
	run -2 --separate-stderr bash -c 'ulimit -f 8; exec mmshm resize ./f 1M'
	gave 2 'mmshm: ./f: File too large'
	[ "$(stat -c %s f)" = 5000 ]
}

# --- another's objects, where the system is strict

@test "mmshm lock and create work on another user's object where the sticky folder is protected" {
	local was
	need_root
	need setpriv
	was=$(cat /proc/sys/fs/protected_regular 2>/dev/null) || skip "no fs.protected_regular here"
	# in another mount namespace it is the same setting: it is put back at once
	mkdir sticky
	chmod 1777 sticky
	setpriv --reuid=65534 --regid=65534 --clear-groups true || skip "setpriv cannot change the user here"
	: >sticky/f
	head -c 64 /dev/zero >sticky/f
	chown 65534:65534 sticky/f
	chmod 666 sticky/f
	echo 2 >/proc/sys/fs/protected_regular 2>/dev/null || skip "fs.protected_regular cannot be set here"
	run --separate-stderr mm mmshm lock ./sticky/f echo in
	locked=$status
	run --separate-stderr mm mmshm create ./sticky/f 64
	echo "$was" >/proc/sys/fs/protected_regular
	[ "$locked" = 0 ]
	[ "$status" = 0 ]
}

# --- locks and kills

@test "mmshm lock killed between its fork and the command starts no command that outlives it" {
	need_strace
	# the child is held up before it asks to die with its parent
	strace -f -qq -o log -e trace=prctl -e inject=prctl:delay_enter=2000000 "$bin/mmshm" lock ./f -- sh -c '
		echo $$ >command; while :; do sleep 0.1; done' 3>&- &
	pids+=($!)
	holder() { pgrep -P "${pids[0]}" -x mmshm >holder; }
	eventually holder
	child() { pgrep -P "$(cat holder)" >child; }
	eventually child
	kill -9 "$(cat holder)"
	# wait until the child has come to its command, or has ended
	over() { ended "$(cat child)" || [ -s command ]; }
	eventually over
	eventually ended "$(cat child)" || {
		kill -9 "$(cat child)"
		echo "the command has outlived its mmshm"
		return 1
	}
}

@test "mmshm lock --timeout counts also while a command of a killed one holds on" {
	need_strace
	need timeout
	# somebody else has the record lock on the first byte: a create that has stopped
	strace -D -qq -o log -e trace=fallocate -e inject=fallocate:signal=STOP:when=1 "$bin/mmshm" create ./f 8192 3>&- &
	stopped=$!
	pids+=($!)
	eventually grep -q 'stopped by SIGSTOP' log
	status=0
	timeout 20 "$bin/mmshm" lock --timeout 100ms ./f touch ran || status=$?
	kill -CONT "$stopped"
	wait "$stopped"
	[ "$status" = 1 ] || [ "$status:$(ls ran)" = 0:ran ]
}

@test "mmshm lock killed at any of its system calls leaves no lock" {
	local name n count=0
	need_strace
	strace -qq -o log "$bin/mmshm" lock ./f true
	calls log 'openat(AT_FDCWD, "./f"' >list
	[ -s list ]
	while read -r name n <&4; do
		inject "$name:signal=KILL:when=$n" mmshm lock ./f true >/dev/null 2>&1 || :
		((++count))
		run -0 timeout 30 "$bin/mmshm" lock --timeout 20s ./f echo in
		[ "$output" = in ]
	done 4<list
	note "killed at each of $count calls"
}

@test "an operation on a word killed at any of its system calls has been made whole or not at all" {
	local name n count=0 before after
	need_strace
	head -c 8 /dev/zero >f
	strace -qq -o log "$bin/mmshm" add ./f 0:64 4294967297
	calls log 'openat(AT_FDCWD, "./f"' >list
	[ -s list ]
	while read -r name n <&4; do
		before=$(mm mmshm get ./f 0:64)
		inject "$name:signal=KILL:when=$n" mmshm add ./f 0:64 4294967297 >/dev/null 2>&1 || :
		after=$(mm mmshm get ./f 0:64)
		((++count))
		[ "$after" = "$before" ] || [ "$after" = $((before + 4294967297)) ]
		mm mmshm add -q ./f 0:64 0
	done 4<list
	note "killed at each of $count calls"
}

@test "mmshm create killed at any of its system calls keeps nobody from creating" {
	local name n count=0
	need_strace
	strace -qq -o log "$bin/mmshm" create ./f 8192
	calls log 'openat(AT_FDCWD, "./f"' >list
	while read -r name n <&4; do
		rm -f f
		inject "$name:signal=KILL:when=$n" mmshm create ./f 8192 >/dev/null 2>&1 || :
		((++count))
		run -0 timeout 30 "$bin/mmshm" create ./f 8192
		[ "$(stat -c %s f)" = 8192 ]
	done 4<list
	note "killed at each of $count calls"
}

@test "mmshm run without memfd that is killed leaves no name" {
	local name
	need_strace
	unnamed >before
	for name in unlink fallocate; do
		strace -qq -o /dev/null -e "trace=memfd_create,$name" -e inject=memfd_create:error=ENOSYS \
			-e "inject=$name:signal=TERM:when=1" "$bin/mmshm" run -s 8 sleep 0 >/dev/null 2>&1 || :
	done
	unnamed | diff before -
}

@test "the memory of a region is given back when its last holder is gone" {
	local before during after
	shmem() { awk '/^Shmem:/ { print $2 }' /proc/meminfo; }
	[ -r /proc/meminfo ] || skip "no /proc/meminfo"
	before=$(shmem)
	mm mmshm run -s 64M -- sh -c '(while [ ! -e go ]; do sleep 0.05; done) >/dev/null 2>&1 & echo $! >child'
	during=$(shmem)
	[ $((during - before)) -gt 40000 ]
	: >go
	eventually ended "$(cat child)"
	given_back() { [ $(($(shmem) - before)) -lt 40000 ]; }
	eventually given_back
}
