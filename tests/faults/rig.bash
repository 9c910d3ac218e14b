# What the fault rigs share: file systems of their own, programs of their own, faults put into system calls. Loaded
# after helper.bash. What a test mounts or attaches to a loop device lies below its folder, and teardown takes it away.
# A rig that cannot be had here skips the test with the reason.

# shellcheck disable=SC2034,SC2154 # $bin comes from the helper, $stopped and $status are for the tests

rigs=$(dirname "${BASH_SOURCE[0]}")

teardown() {
	local mounted file image
	cd / || return
	# A device that is in use is let go with the last mount.
	for file in /sys/block/loop*/loop/backing_file; do
		image=$(cat "$file" 2>/dev/null) || continue
		case $image in "$BATS_TEST_TMPDIR"/*) ;; *) continue ;; esac
		file=${file#/sys/block/}
		losetup -d "/dev/${file%%/*}"
	done
	# the innermost first
	awk -v top="$BATS_TEST_TMPDIR/" 'index($2, top) == 1 { print $2 }' /proc/mounts | tac | while read -r mounted; do
		umount "$mounted" 2>/dev/null || umount -l "$mounted"
	done
	# Folders that only root may empty would stay.
	[ "$(id -u)" = 0 ] || chmod -R u+rwx "$BATS_TEST_TMPDIR" 2>/dev/null || :
}

# Reports what a test has counted, even when it passes.
note() {
	echo "# $*" >&3
}

# mounted ARG...: mount, or a skip that says why not
mounted() {
	local why
	why=$(mount "$@" 2>&1) || skip "no mount here: $why"
}

# on_tmpfs OPTIONS FOLDER
on_tmpfs() {
	need_root
	mkdir -p "$2"
	mounted -t tmpfs -o "$1" tmpfs "$2"
}

# attached IMAGE: a loop device for it. Each time a new one: of one that somebody else holds open, if only to look at
# it, the kernel keeps what it remembers of the file system, and that would outlive a power cut.
attached() {
	losetup -f --show "$1" 2>"$BATS_TEST_TMPDIR/losetup.said"
}

# on_loop ext4|xfs OPTIONS FOLDER [IMAGE SIZE]: a new file system of that kind
on_loop() {
	local image=${4:-$BATS_TEST_TMPDIR/${3##*/}.$1} size=${5:-} device
	need_root
	need "mkfs.$1" losetup
	[ -n "$size" ] || if [ "$1" = xfs ]; then size=300M; else size=32M; fi
	mkdir -p "$3"
	rm -f "$image"
	truncate -s "$size" "$image"
	case $1 in
	# Blocks of a page: of a page that lies half behind the end of its image, a loop device shows zeros as that half.
	ext4) mkfs.ext4 -q -F -b 4096 "$image" ;;
	*) "mkfs.$1" -q "$image" ;;
	esac
	device=$(attached "$image") || skip "no loop device here: $(cat "$BATS_TEST_TMPDIR/losetup.said")"
	mounted -t "$1" -o "$2" "$device" "$3"
}

# program NAME [FLAG...]: compiles NAME.c of this folder and says where it is; a bats file does that once
program() {
	local built=$BATS_FILE_TMPDIR/$1 source=$rigs/$1.c
	shift
	[ -x "$built" ] || "${CC:-cc}" -O1 -o "$built" "$source" "$@" || return
	echo "$built"
}

# time_of FOLDER FRESH COMMAND...: how many microseconds it takes at most, of three runs after FRESH each. $cut is the program
# shutdown, whose folder that is.
time_of() {
	local status took longest=0
	for _ in 1 2 3; do
		"$2"
		read -r status took _ <<<"$("$cut" none "$1" end "${@:3}")"
		[ "$status" = 0 ] || return
		[ "$took" -le "$longest" ] || longest=$took
	done
	echo "$longest"
}

# on_faultfs FILE FOLDER: a file system by FUSE, whose files have the bytes of this one and fail as their names say
on_faultfs() {
	local flags daemon
	read -ra flags < <(pkg-config --cflags --libs fuse3)
	daemon=$(program faultfs "${flags[@]}")
	mkdir "$2"
	"$daemon" "$1" "$2" 2>why || skip "cannot mount by FUSE: $(cat why)"
}

need_faultfs() {
	need_root
	need_cc
	need pkg-config
	[ -e /dev/fuse ] || skip "no /dev/fuse here"
	pkg-config --exists fuse3 || skip "no libfuse3 to build with"
}

need_cc() {
	need "${CC:-cc}"
}

# inject RULE COMMAND...: runs it with a fault in its system calls, e.g. inject fsync:error=EIO:when=2 mmcp a b
inject() {
	local rule=$1
	shift
	strace -qq -o /dev/null -e "trace=${rule%%:*}" -e "inject=$rule" "$bin/$1" "${@:2}"
}

# calls LOG FIRST: what a run logged by strace called from the line that holds FIRST on, a line each: name and number
# of the occurrence since the start of the program, which is what inject's when= counts
calls() {
	awk -v first="$2" 'match($0, /^[a-z_0-9]+\(/) {
		name = substr($0, 1, RLENGTH - 1)
		n[name]++
		on = on || index($0, first)
		if (on && name != "exit_group") print name, n[name]
	}' "$1"
}

# stop_at RULE LOG COMMAND...: starts it, and returns when a system call has stopped it; its id is in $stopped.
# resume goes on and waits for the end, with the status in $status.
stop_at() {
	local rule=$1 log=$2
	shift 2
	# a new file: the strace of the last run may still have to say in its own that the program has ended
	rm -f "$log"
	: >"$log"
	strace -D -o "$log" -e "trace=${rule%:when*}" -e "inject=${rule%:when*}:signal=STOP:when=${rule#*:when=}" \
		"$bin/$1" "${@:2}" 3>&- <&0 &
	stopped=$!
	# Looking is all there is: nobody but its parent can wait for a program to stop.
	until grep -q 'stopped by SIGSTOP' "$log"; do
		if grep -q '^+++' "$log"; then
			echo "never stopped: $*"
			return 1
		fi
		kill -0 "$stopped" || return
	done
}

resume() {
	status=0
	kill -CONT "$stopped"
	wait "$stopped" || status=$?
}

# temporary FOLDER: the temporary files of unfinished replacements that lie there
temporary() {
	find "${1:-.}" -name '.*mmtmp-*'
}

# what FILE: which content it has, of the files old and new
what() {
	if [ ! -e "$1" ]; then
		echo absent
	elif cmp -s "$1" old; then
		echo old
	elif cmp -s "$1" new; then
		echo new
	else
		echo "other ($(stat -c %s "$1") bytes)"
	fi
}

# The power of a file system $fs with $options on a file "image" at m, which is shut down by the program shutdown.
# With the file system really gone: mount namespaces of others that were copied meanwhile keep it for as long as they last.
power_off() {
	local device tries=0
	[ "$powered" = 1 ] || return 0
	device=$(awk -v m="$PWD/m" '$2 == m { print $1 }' /proc/mounts)
	umount m
	losetup -d "$device"
	while [ -e "/sys/fs/$fs/${device##*/}" ] && [ $((++tries)) -lt 100 ]; do sleep 0.05; done
	powered=0
}

# After this the journal has been replayed.
power_on() {
	power_off
	mount -t "$fs" -o "$options" "$(attached image)" m
	powered=1
}
