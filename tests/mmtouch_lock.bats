# mmtouch -l, -L, -d, -P and --status: files held in memory. What is locked is told by /proc/PID/status.

# The helper sets $bin and $nl.
# shellcheck disable=SC2016,SC2034,SC2154,SC2030,SC2031
bats_require_minimum_version 1.5.0
load helper
load touch

# need_locks KIB: so much may be locked, and is (with a sanitizer mlock does nothing)
need_locks() {
	starts_in 1000000
	need python3
	local most
	most=$(ulimit -l)
	[ "$most" = unlimited ] || [ "$most" -ge "$1" ] || [ "$(id -u)" = 0 ] || skip "no more than $most KiB may be locked"
	[ -e /proc/self/status ] || skip "no /proc here"
}

# vmlck PID KIB: just so much of its memory is locked
vmlck() {
	[ "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status")" = "$2" ]
}

# kib PAGES
kib() {
	echo $(($1 * page / 1024))
}

# daemon ARG...: one that is locked by now, as $pid
daemon() {
	try 0 -ldwP pid "$@" 3>&-
	pid=$(<pid)
	started+=("$pid")
}

@test "mmtouch -l holds files in memory until a signal comes" {
	need_locks 512
	paged f 20
	paged g 3
	truncate -s -5 g        # the rest of a page counts
	sync g
	start -l f g
	eventually has '^LOCKED 23 pages' got
	vmlck "$pid" "$(kib 23)"
	dropped f
	[ "$(resident f)" = 0-19 ]
	kill "$pid"
	ends_as 0
	is '' got.err
	eventually mm mmtouch -qe f
}

@test "mmtouch -l holds a range alone, and of a sparse file no holes" {
	need_locks 512
	need_holes
	paged f 20
	start -l --range $((5 * page))+$((2 * page)) f
	eventually has LOCKED got
	vmlck "$pid" "$(kib 2)"
	kill "$pid"
	ends_as 0
	truncate -s 1G f
	start -l f
	eventually has LOCKED got
	[ "$(resident f)" = 0-19 ]
}

@test "mmtouch -l --on-fault holds what comes, and brings nothing in" {
	need_locks 512
	paged f 20
	start -l --on-fault f
	eventually test -s got -o -s got.err
	lacks 'not implemented' got.err || skip "no mlock2 on this kernel"
	[ "$(resident f)" = "" ]
	vmlck "$pid" "$(kib 20)"
}

@test "mmtouch -L locks all that the process has, but holes of files" {
	need_locks 64000
	paged f 20
	need_holes
	truncate -s $((16000 * page)) f
	start -L f
	eventually has '^LOCKED 20 pages' got
	[ "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")" -gt "$(kib 20)" ]
	# the kernel reads a little ahead
	last=$(resident f)
	[ "${last##*-}" -lt 8000 ]
}

@test "mmtouch -l beyond the limit says how much that is and what would help, with status 1" {
	starts_in 1000000
	open_folder mmtouch
	(cd "$open" && paged f 50 && chmod 666 f && cp f g)
	cd "$open"
	for how in '-l f: cannot lock .*' '-L -L: cannot lock what the process has itself'; do
		try=0
		user bash -c 'ulimit -l 64; exec ./mmtouch "$@" f g' - "${how%% *}" >said 2>err || try=$?
		[ $try = 1 ]
		only "mmtouch: ${how#* }: 64.0 KiB may be locked, and 0 B are; to lock more, raise 'ulimit -l', or be root" err
		[ "$(wc -l <err)" = 1 ]
	done
	# in the background, too, where that is waited for
	try=0
	user bash -c 'ulimit -l 64; exec ./mmtouch -ldw f' >said 2>err || try=$?
	[ $try = 1 ]
	has 'cannot lock' err
}

@test "mmtouch -d runs in the background, with a pid file that goes with it, and --status tells" {
	need_locks 512
	paged f 20
	answers 1 'not running\n' --status -P pid
	echo garbage >pid
	answers 1 'not running\n' --status -P pid
	rm pid
	daemon f
	has '^LOCKED 20 pages' out
	try 0 --status -P pid
	has "^running as $pid, .* locked\$" out
	try 0 --json --status -P pid
	is "{\"running\":true,\"pid\":$pid,\"locked\":$((20 * page))}\n" out
	fails 1 "mmtouch: pid: one is running already" -ld -P pid f
	[ "$(<pid)" = "$pid" ]
	kill "$pid"
	eventually ended "$pid"
	eventually test ! -e pid
	answers 1 'not running\n' --status -P pid
}

@test "mmtouch -d -w ends with the status that locking had" {
	need_locks 512
	paged f 2
	try 1 -ldwP pid no f 3>&-
	pid=$(<pid)
	started+=("$pid")
	is 'mmtouch: no: No such file or directory\n' err
	vmlck "$pid" "$(kib 2)"
}

@test "mmtouch -l heeds a signal while it locks" {
	need_locks 20000
	need_inject
	head -c 8M /dev/zero >f
	stopped_in mlock eval '"${tracer[@]}" "$MMTOOLS" mmtouch -lq f'
	kill "$stopped"
	goes_on
	[ "$got" = 1 ]
	[ "$(grep -c 'mlock(' trace)" = 1 ]
	is '' said
}

@test "mmtouch -l goes on behind a signal that it was started to ignore" {
	need_locks 512
	paged f 2
	trap '' HUP
	start -l f
	trap - HUP
	eventually has LOCKED got
	kill -HUP "$pid"
	sleep 0.3
	run ! ended "$pid"
	kill "$pid"
	ends_as 0
}

@test "mmtouch knows the pid file of one that was killed, and takes its place" {
	need_locks 512
	paged f 2
	daemon f
	kill -KILL "$pid"
	eventually ended "$pid"
	answers 1 "not running; pid is left over from $pid\n" --status -P pid
	# also when another process has that number by now
	echo $$ >pid
	answers 1 "not running; pid is left over from $$\n" --status -P pid
	daemon f
	try 0 --status -P pid
	kill "$pid"
	eventually test ! -e pid
}

@test "mmtouch takes no pid file that another user made, and follows no link there" {
	need_locks 512
	open_folder mmtouch
	paged f 2
	mkdir -m 1777 "$open/s"
	via=(timeout 5 "$bin/mmtouch")
	user bash -c 'umask 0; echo >"$1"' - "$open/s/pid"
	# some systems refuse to open it at all
	try 1 -lP "$open/s/pid" f
	only "mmtouch: .*/s/pid: (not a file of this user alone|Permission denied)" err
	is '\n' "$open/s/pid"
	echo mine >mine
	ln -s mine link
	complains 'mmtouch: link: Too many levels of symbolic links' -lP link f
	ln mine other
	complains 'mmtouch: other: not a file of this user alone' -lP other f
	is 'mine\n' mine
	mkfifo fifo
	complains 'mmtouch: fifo: not a file of this user alone' -lP fifo f
}

@test "mmtouch is not said to run because of a lock that any reader can take" {
	need_locks 512
	paged f 2
	echo 1 >pid
	chmod 400 pid
	python3 - <<-'END' 3>&- &
		import fcntl, time
		f = open('pid')
		fcntl.flock(f, fcntl.LOCK_EX)
		open('ready', 'w')
		time.sleep(20)
	END
	started+=("$!")
	eventually test -e ready
	answers 1 'not running; pid is left over from 1\n' --status -P pid
	chmod 600 pid
	daemon f
	try 0 --status -P pid
}

@test "mmtouch is started once, whoever starts it at the same time" {
	need_locks 512
	paged f 2
	for i in 1 2 3 4 5 6; do
		"$bin/mmtouch" -ldwqP pid f 2>"err.$i" 3>&- &
		starting[i]=$!
	done
	wait "${starting[@]}" || true
	started+=("$(<pid)")
	sort err.? | uniq -c >said
	like " *5 mmtouch: pid: one is running already$nl" said
}

@test "mmtouch --status calls nothing ended that it may not look at" {
	open_folder mmtouch
	mkdir -m 700 "$open/d"
	echo 1 >"$open/d/pid"
	via=(setpriv --reuid=65534 --regid=65534 --clear-groups "$open/mmtouch")
	complains "mmtouch: $open/d/pid: Permission denied" --status -P "$open/d/pid"
	need_locks 512
	need_inject
	paged f 2
	via=("$bin/mmtouch")
	daemon f
	via=(strace -o trace -P "/proc/$pid/status" -e trace=openat -e inject=openat:error=EACCES "$MMTOOLS" mmtouch)
	shows "{\"running\":true,\"pid\":$pid,\"locked\":null}\n" --json --status -P pid
	shows "running as $pid, unknown locked\n" --status -P pid
}

@test "mmtouch takes away no pid file but its own" {
	need_locks 512
	paged f 2
	daemon f
	rm pid
	echo other >pid
	kill "$pid"
	eventually ended "$pid"
	is 'other\n' pid
}

@test "mmtouch locks again what was replaced, has grown or is new, and lets go of what is gone" {
	need_locks 2048
	mkdir -p d/e
	paged d/a 10
	paged d/e/b 5
	daemon d
	vmlck "$pid" "$(kib 15)"
	paged new 7
	mv new d/e/b
	eventually vmlck "$pid" "$(kib 17)"
	[ "$(resident d/e/b)" = 0-6 ]
	head -c $((3 * page)) /dev/urandom >>d/a
	eventually vmlck "$pid" "$(kib 20)"
	mkdir d/n
	sleep 0.5
	head -c "$page" /dev/urandom >d/n/c
	eventually vmlck "$pid" "$(kib 21)"
	mv d/n/c c
	eventually vmlck "$pid" "$(kib 20)"
	mv c d/n/c
	eventually vmlck "$pid" "$(kib 21)"
	rm d/a
	eventually vmlck "$pid" "$(kib 8)"
	# cut and written anew, to the same size
	head -c $((7 * page)) /dev/urandom >d/e/b
	sync d/e/b
	eventually vmlck "$pid" "$(kib 8)"
	sleep 0.5
	dropped d/e/b
	[ "$(resident d/e/b)" = 0-6 ]
}

@test "mmtouch locks again within its limit, and tries again what could not be locked" {
	starts_in 1000000
	open_folder mmtouch
	cd "$open"
	paged f 500
	paged g 10
	cp f new
	chmod 644 ./*
	chmod 755 mmtouch
	via=(setpriv --reuid=65534 --regid=65534 --clear-groups bash -c 'ulimit -l "$1"; exec ./mmtouch "${@:2}"' - "$(kib 600)")
	chmod 666 "$PWD"/?
	chmod 777 .
	start -l g f
	eventually has LOCKED got
	mv new f
	sleep 0.5
	eventually vmlck "$pid" "$(kib 510)"
	head -c $((700 * page)) /dev/zero >f
	eventually has . got.err
	vmlck "$pid" "$(kib 10)"
	only "mmtouch: f: cannot lock .*: .* may be locked, and $(($(kib 10))).0 KiB are; to lock more, .*" got.err
	truncate -s $((550 * page)) f
	mv g h
	eventually vmlck "$pid" "$(kib 550)"
	kill "$pid"
	ends_as 1
}

@test "mmtouch locks again what was replaced behind symbolic links" {
	need_locks 2048
	mkdir links files
	paged files/a 3
	ln -s ../links/second links/first
	ln -s "$PWD/files/a" links/second
	daemon links/first
	vmlck "$pid" "$(kib 3)"
	paged new 5
	mv new files/a
	eventually vmlck "$pid" "$(kib 5)"
	paged b 6
	ln -s "$PWD/b" new
	mv new links/second
	eventually vmlck "$pid" "$(kib 6)"
}

@test "mmtouch locks again where a folder or a symbolic link on the way was replaced" {
	need_locks 2048
	mkdir v1 v2
	paged v1/x 3
	paged v2/x 5
	ln -s v1 cur
	ln -s cur/x x
	daemon x
	vmlck "$pid" "$(kib 3)"
	ln -s v2 new
	mv -T new cur
	eventually vmlck "$pid" "$(kib 5)"
	# a link that is the operand, and leads to a folder
	kill "$pid"
	eventually ended "$pid"
	daemon cur
	ln -s v1 new
	mv -T new cur
	eventually vmlck "$pid" "$(kib 3)"
	mv v1 v3
	cp -r v2 v1
	eventually vmlck "$pid" "$(kib 5)"
}

@test "mmtouch locks again what is in a folder that was made anew" {
	need_locks 2048
	mkdir -p d/e
	paged d/e/f 3
	daemon d/e
	rm -r d
	eventually vmlck "$pid" 0
	mkdir -p d/e
	sleep 0.5
	head -c "$page" /dev/zero >d/e/g
	eventually vmlck "$pid" "$(kib 1)"
	mv d c
	eventually vmlck "$pid" 0
	mv c d
	eventually vmlck "$pid" "$(kib 1)"
}

# locks_with CALL:WHAT FILE...: locks them with a call to inotify that answers so, and ends
locks_with() {
	strace -o trace -e trace="${1%%:*}" -e inject="$1" "$MMTOOLS" mmtouch -l "${@:2}" >got 2>got.err 3>&- &
	started+=("$!")
	eventually has LOCKED got
	kill "$(pgrep -P "${started[-1]}")"
	wait "${started[-1]}" || true
}

@test "mmtouch -l says when it cannot know what is replaced, as where a thousand files were open before" {
	need_locks 512
	need_inject
	paged f 2
	mkdir d
	paged d/g 2
	locks_with inotify_add_watch:error=ENOSPC f d
	is 'mmtouch: .: what is replaced there will not be locked again: No space left on device\n' got.err
	locks_with inotify_init1:retval=1024 f
	has '^mmtouch: .*: what is replaced there will not be locked again' got.err
}

@test "mmtouch refuses options without the one that they are for" {
	: >f
	hint="Try 'mmtouch --help' for more information."
	refuses "mmtouch: -d and -P are for -l or -L$nl$hint" -d f
	refuses "mmtouch: -d and -P are for -l or -L$nl$hint" -t -P pid f
	refuses "mmtouch: -w is for -d$nl$hint" -lw f
	refuses "mmtouch: --status asks for a file by -P$nl$hint" --status
	refuses "mmtouch: --below is for --learn$nl$hint" --below . f
	refuses "mmtouch: --as is for --save and --learn$nl$hint" --as=list f
	refuses "mmtouch: --force is for --restore$nl$hint" --force -t f
	refuses "mmtouch: --budget and --rate are for -t and --restore$nl$hint" --rate=1M f
	refuses "mmtouch: --sync is for -e$nl$hint" --sync -t f
	refuses "mmtouch: --on-fault is for -l$nl$hint" --on-fault -L f
	refuses "mmtouch: --evict and --lock exclude each other$nl$hint" -el f
}
