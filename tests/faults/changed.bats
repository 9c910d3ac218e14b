# mmcp --changed under fire (what it does is in mmcp_changed.bats): devices and the sectors that are written to them, what is
# mounted or too small, kills and failures at each system call, media that cannot be read, written or that lie.

# Each test is a shell of its own; $bin comes from the helper, $stopped and $status from the rig, "via" is for the words.
# shellcheck disable=SC2002,SC2030,SC2031,SC2034,SC2154

bats_require_minimum_version 1.5.0
load ../helper
load rig

setup() {
	begin_ours
	via=("$bin/mmcp" --changed)
}

# device BYTES: a loop device of that size as $device, over the file "medium" (the rig takes it away again)
device() {
	need_root
	need losetup
	[ -e medium ] || pattern "$1" 5 >medium
	device=$(attached medium) || skip "no loop device here: $(cat losetup.said)"
}

# dented FILE OFFSET...: a byte there is another one
dented() {
	local off
	for off in "${@:2}"; do
		printf '\377' | dd of="$1" bs=1 seek="$off" conv=notrunc status=none
	done
}

# written: the bytes that were written to the device since it is there
written() {
	awk '{ printf "%.0f\n", $7 * 512 }' "/sys/block/${device#/dev/}/stat"
}

# --- devices

@test "the sectors of a device that are written are those of the blocks that differ, and no more" {
	local before at block
	pattern 4000000 >img
	truncate -s 4M img
	cp img medium
	dented medium 0 5000 8191 999424 1003519 1003520 4194303
	device 0
	before=$(written)
	tells '20 KiB of 4 MiB written, 3 stretches' img "$device"
	same img medium
	[ $(($(written) - before)) = 20480 ]
	tells '0 B of 4 MiB written, 0 stretches' img "$device"
	tells '0 B of 4 MiB written, 0 stretches, verified' --verify img "$device"
	[ $(($(written) - before)) = 20480 ]
	for block in 64K 1M; do
		dented "$device" 70000 1048575 3000000
		sync "$device"
		before=$(written)
		try 0 --json --verify --block=$block img "$device"
		same img medium
		at=$(sed -n 's/.*"written":\([0-9]*\).*/\1/p' out)
		[ "$(written)" = $((before + at)) ]
		case $block in 64K) [ "$at" = 196608 ] ;; 1M) [ "$at" = 3145728 ] || [ "$at" = 2097152 ] ;; esac
	done
}

@test "what a device has behind the image stays" {
	pattern 1048576 5 >medium
	cp medium before
	pattern 300000 >img
	device 0
	try 0 img "$device"
	sync "$device"
	cmp -n 300000 img medium
	cmp -i 300000 before medium
	cat img | tells '0 B of 292 KiB written, 0 stretches' - "$device"
	cmp -i 300000 before medium
}

@test "a hole of the image is zeros on the device" {
	need_holes
	truncate -s 1M img
	dented img 700000
	pattern 1048576 5 >medium
	device 0
	tells '1 MiB of 1 MiB written, 1 stretch' img "$device"
	same img medium
	dented "$device" 100000
	tells '4 KiB of 1 MiB written, 1 stretch, verified' --verify img "$device"
	same img medium
	exec 7<&-
}

@test "a device that is too small is known before a byte is written; from a pipe, when it is full" {
	device 1048576
	cp medium before
	pattern 1100000 >img
	try 1 img "$device"
	is "mmcp: $device: has 1048576 bytes, too few for the 1100000 of img\n" err
	is '0 B of 1 MiB written, 0 stretches, stopped at offset 0\n' out
	try 1 --json img "$device"
	has '"size":1100000,"compared":0,"block":4096,"written":0,.*"complete":false,"verified":false' out
	sync "$device"
	same before medium
	try 0 --range=0+1048576 img "$device"
	sync "$device"
	cmp -n 1048576 img medium
	dented "$device" 0
	cat img | try 1 - "$device"
	is "mmcp: $device: cannot be written at offset 1048576: No space left on device\n" err
	has ', stopped at offset 1048576$' out
	# zeros are bytes, too
	head -c 1048576 img | cat - <(head -c 1 /dev/zero) | try 1 - "$device"
	is "mmcp: $device: cannot be written at offset 1048576: No space left on device\n" err
}

@test "a read-only device is told to be one where a block differs" {
	need_root
	need losetup
	pattern 1048576 5 >medium
	cp medium img
	dented img 5000
	device=$(losetup -r -f --show medium 2>why) || skip "no loop device here: $(cat why)"
	tells '0 B of 1 MiB written, 0 stretches' medium "$device"
	try 1 img "$device"
	is "mmcp: $device: cannot be written at offset 4096: a read-only device\n" err
}

@test "a device is an image, too, but not its own, by whatever node" {
	device 1048576
	echo old >t
	tells '1 MiB of 1 MiB written, 1 stretch' "$device" t
	same medium t
	complains "mmcp: '$device' and '$device' are the same file" "$device" "$device"
	# shellcheck disable=SC2046 # two numbers
	mknod node b $(stat -c '0x%t 0x%T' "$device") || skip "no device nodes here"
	[ -w node ] && : 2>/dev/null <node || skip "no device may be opened here"
	complains "mmcp: '$device' and 'node' are the same file" "$device" node
}

@test "a mounted device is refused, unless with --force" {
	device 16777216
	need mkfs.ext4
	mkfs.ext4 -q -F "$device"
	mkdir m
	mounted "$device" m
	pattern 5000 >img
	complains "mmcp: $device: in use, perhaps mounted; --force writes to it all the same" img "$device"
	# over the boot sector, which that file system does not use
	head -c 1024 img >sector
	try 0 -f sector "$device"
	umount m
	try 0 sector "$device"
	sync "$device"
	cmp -n 1024 img medium
}

@test "a device is refused while a partition of it is mounted" {
	need_root
	need losetup mkfs.ext4
	truncate -s 32M medium
	# a partition of 32768 sectors from sector 2048 on
	printf '\0\0\0\0\203\0\0\0\0\10\0\0\0\200\0\0' | dd of=medium bs=1 seek=446 conv=notrunc status=none
	printf '\125\252' | dd of=medium bs=1 seek=510 conv=notrunc status=none
	device=$(losetup -P -f --show medium 2>why) || skip "no loop device here: $(cat why)"
	[ -e "${device}p1" ] || skip "no partitions on loop devices here"
	mkfs.ext4 -q -F "${device}p1"
	mkdir m
	mounted "${device}p1" m
	pattern 5000 >img
	complains "mmcp: $device: in use, perhaps mounted; --force writes to it all the same" img "$device"
	complains "mmcp: ${device}p1: in use, perhaps mounted; --force writes to it all the same" img "${device}p1"
	umount m
	try 0 img "${device}p1"
}

# --- kills and what comes after

# spoilt: an image of 1.2 MB and a target "t" that differs from it in ten places and in length
spoilt() {
	pattern 1200000 >img
	cp img spoilt.t
	dented spoilt.t 10 70000 70001 200000 333333 500000 640000 800000 900000 1100000
	printf more >>spoilt.t
}

@test "killed at each of its system calls and run again, it is done, and nothing is written twice" {
	local name n options count=0 first again
	need_strace
	unset MMTOOLS_WINDOW    # else there are thousands of calls
	spoilt
	for options in '--io=read' '--io=map --verify'; do
		cp spoilt.t t
		# shellcheck disable=SC2086 # words
		strace -qq -o log "$bin/mmcp" --changed $options img t >out
		calls log 'img", O_' >list
		[ "$(wc -l <list)" -gt 10 ]
		while read -r name n <&4; do
			cp spoilt.t t
			# shellcheck disable=SC2086 # words
			run -137 strace -qq -o log -e "inject=$name:signal=KILL:when=$n" "$bin/mmcp" --changed $options img t
			# a call that is killed at its end has been made
			first=$(cmp -l spoilt.t t 2>/dev/null | awk '{ b[int(($1 - 1) / 4096)] } END { print length(b) }')
			# shellcheck disable=SC2086 # words
			try 0 --json $options img t
			same img t
			again=$(sed -n 's/.*"written":\([0-9]*\).*/\1/p' out)
			[ $((first * 4096 + again)) = 36864 ] || { echo "killed at $name $n: $first blocks, then $again bytes" && return 1; }
			((++count))
		done 4<list
	done
	note "killed at each of $count calls, and run again"
}

@test "whatever call fails, status 0 means that the target is the image, and a failure has its message" {
	local name n options error count=0 wrong=0
	need_strace
	unset MMTOOLS_WINDOW
	spoilt
	for options in '--io=read' '--io=map --no-cache' '--verify'; do
		cp spoilt.t t
		# shellcheck disable=SC2086 # words
		strace -qq -o log "$bin/mmcp" --changed $options img t >out
		# libc takes what brk says for an address
		calls log 'img", O_' | grep -v '^brk ' >list
		while read -r name n <&4; do
			for error in EIO ENOSPC; do
				# there is no space for what is written
				[[ $error = EIO || $name =~ write|truncate|sync|map ]] || continue
				cp spoilt.t t
				status=0
				# shellcheck disable=SC2086 # words
				inject "$name:error=$error:when=$n" mmcp --changed $options img t >said 2>&1 || status=$?
				((++count))
				if [ $status = 0 ] && ! cmp -s img t; then
					echo "mmcp --changed $options, $name $n fails with $error: status 0, but the target differs"
					((++wrong))
				elif [ $status != 0 ] && ! grep -q '^mmcp: ' said; then
					echo "mmcp --changed $options, $name $n fails with $error: status $status without a word"
					((++wrong))
				elif [ $status -gt 1 ]; then
					echo "mmcp --changed $options, $name $n fails with $error: status $status"
					((++wrong))
				fi
			done
		done 4<list
	done
	note "$count calls made to fail, $wrong wrong"
	[ $wrong = 0 ]
}

@test "a system call that was interrupted is taken up again" {
	local name n options tried=0
	need_strace
	unset MMTOOLS_WINDOW
	spoilt
	for options in '--io=map' '--io=read --verify'; do
		cp spoilt.t t
		# shellcheck disable=SC2086 # words
		strace -qq -o log "$bin/mmcp" --changed $options img t >out
		calls log 'img", O_' | grep -E '^(openat|read|pread64|write|pwrite64|fsync|close) ' >list
		while read -r name n <&4; do
			cp spoilt.t t
			# shellcheck disable=SC2086 # words
			inject "$name:error=EINTR:when=$n" mmcp --changed $options img t >said 2>&1 ||
				{ echo "$options, $name $n interrupted: $(cat said)" && return 1; }
			same img t
			((++tried))
		done 4<list
	done
	[ $tried -gt 10 ]
}

@test "an image that shrinks or grows meanwhile: the message, status 1, and the target is not cut" {
	need_strace
	local change
	pattern 1000000 >whole
	for change in 'truncate -s 300000 img,shrank' 'truncate -s 1500000 img,grew'; do
		cp whole img
		pattern 2000000 3 >t
		stop_at pwrite64:when=1 log mmcp --changed img t >out 2>err
		${change%,*}
		resume
		[ "$status" = 1 ]
		is "mmcp: img: ${change#*,} while being read\n" err
		has 'stopped at offset [1-9]' out
		[ "$(stat -c %s t)" = 2000000 ]
	done
}

@test "a failed fsync is told, whether or not something was written" {
	need_strace
	spoilt
	for t in spoilt.t img; do
		cp $t t
		run -1 inject fsync:error=EIO mmcp --changed img t
		[ "${lines[0]}" = 'mmcp: t: cannot be written: Input/output error' ]
		[[ ${lines[1]} == *', stopped at offset 1200000' ]]
	done
}

@test "with --retry, what could not be made durable is written again before it is believed" {
	need_strace
	spoilt
	cp spoilt.t t
	# the first comes before all, the last behind it
	run -1 inject fsync:error=EIO:when=2 mmcp --changed --verify img t
	[ "${lines[0]}" = 'mmcp: t: cannot be written: Input/output error' ]
	cp spoilt.t t
	inject fsync:error=EIO:when=2 mmcp --changed --verify --retry=1 img t >out
	is '36 KiB of 1.1 MiB written, 9 stretches, 9 blocks again, verified\n' out
	same img t
}

@test "all is durable with status 0: the last thing done to the target is a good fsync" {
	need_strace
	spoilt
	cp spoilt.t t
	strace -qq -o log -e trace=pwrite64,ftruncate,fsync "$bin/mmcp" --changed img t
	[ "$(tail -n 1 log | sed 's/(.*=/ =/')" = 'fsync = 0' ]
	strace -qq -o log -e trace=pwrite64,ftruncate,fsync "$bin/mmcp" --changed img t
	[ "$(sed 's/(.*=/ =/' log)" = 'fsync = 0' ]
}

@test "a full disk: the offset, what was written, status 1" {
	pattern 1000000 >img
	on_tmpfs size=512k m
	head -c 100000 img >m/t
	try 1 img m/t
	like "mmcp: m/t: cannot be written at offset [0-9]+: No space left on device$nl" err
	like "[0-9.]+ KiB of 976 KiB written, 1 stretch, stopped at offset [0-9]+$nl" out
}

# --- reading back

@test "what was written is read back past the page cache" {
	need_strace
	pattern 1048576 >img
	device 1048576
	# the medium changes behind the back of the device's page cache; the first fsync comes before all
	stop_at fsync:when=2 log mmcp --changed --verify img "$device" >out 2>err
	dented medium 5000 900000
	resume
	[ "$status" = 1 ]
	is "mmcp: $device: the block at offset 4096 is bad\nmmcp: $device: the block at offset 897024 is bad\n" err
	is '1 MiB of 1 MiB written, 1 stretch, 2 bad\n' out
	dented medium 10
	blockdev --flushbufs "$device"
	stop_at fsync:when=2 log mmcp --changed --verify --retry=1 --json img "$device" >out 2>err
	dented medium 11
	resume
	[ "$status" = 0 ]
	is '' err
	has '"written":12288,"stretches":2,"again":1,"bad":0,"complete":true,"verified":true' out
	same img medium
}

@test "with --verify what an earlier run has written is looked at on the medium, too" {
	pattern 1048576 >img
	device 1048576
	try 0 img "$device"
	# while it is open here, its cache stays
	exec 7<"$device"
	cat "$device" >copy
	dented medium 5000
	tells '0 B of 1 MiB written, 0 stretches' img "$device"
	tells '4 KiB of 1 MiB written, 1 stretch, verified' --verify img "$device"
	same img medium
	exec 7<&-
}

# a file system by FUSE at m, whose files fail as their names say
failing_files() {
	need_faultfs
	pattern 1000000 >img
	on_faultfs img m
}

@test "a block that stays bad is named with its offset; one that is good the next time is not" {
	failing_files
	cp img m/rotten
	try 1 --verify img m/rotten
	is 'mmcp: m/rotten: the block at offset 409600 is bad\n' err
	is '4 KiB of 976 KiB written, 1 stretch, 1 bad\n' out
	try 1 --verify --retry=3 img m/rotten
	is 'mmcp: m/rotten: the block at offset 409600 is bad\n' err
	is '4 KiB of 976 KiB written, 1 stretch, 3 blocks again, 1 bad\n' out
	cp img m/mends
	try 1 --verify --retry=1 img m/mends
	rm m/mends
	cp img m/mends
	try 0 --verify --retry=2 --block=8192 img m/mends
	is '' err
	is '8 KiB of 976 KiB written, 1 stretch, 2 blocks again, verified\n' out
}

@test "a block of the target that cannot be read is written; the status is 0 when it was read back" {
	failing_files
	for io in auto map read; do
		cp img m/torn
		try 1 --io=$io img m/torn
		is 'mmcp: m/torn: Input/output error at offset 409600; written without being compared\n' err
		is '4 KiB of 976 KiB written, 1 stretch\n' out
		tells '0 B of 976 KiB written, 0 stretches' --io=$io img m/torn
		same img m/torn
		rm m/torn
		cp img m/torn
		try 0 --io=$io --verify --block=16K img m/torn
		is 'mmcp: m/torn: Input/output error at offset 409600; written without being compared\n' err
		is '16 KiB of 976 KiB written, 1 stretch, verified\n' out
		rm m/torn
	done
}

@test "a block that the medium refuses is named as one that stays bad, and what is behind it is written all the same" {
	local options
	pattern 10000000 >img
	on_tmpfs size=16m m
	ln -s m/medium medium
	# a hole of two blocks, for which there will be no room
	cp img m/medium
	truncate -s 10002432 img m/medium
	fallocate -p -o 5242880 -l 8192 m/medium || skip "no holes are made here"
	dented m/medium 100000 4194304 9000000
	cat /dev/zero >m/rest 2>/dev/null && return 1
	device 0
	for options in '' --retry=2; do
		# shellcheck disable=SC2086 # a word or none
		try 1 --verify --json $options img "$device"
		is "mmcp: $device: 2 blocks from offset 5242880 on are bad\n" err
		has '"written":20480,"stretches":4,"again":(0|4),"bad":2,"complete":true,"verified":false' out
		[ "$(cmp -l img m/medium | wc -l)" = 8192 ]
		dented m/medium 100000 4194304 9000000
	done
}

@test "an image that cannot be read: the offset, what was written before it, and the rest of the target stays" {
	failing_files
	for io in auto map read; do
		pattern 1000000 9 >t
		try 1 --io=$io m/bad t
		is 'mmcp: m/bad: Input/output error at offset 409600\n' err
		has '^384 KiB of 976 KiB written, 1 stretch, stopped at offset 393216$' out
		cmp -n 393216 img t
		[ "$(stat -c %s t)" = 1000000 ]
	done
}

@test "a target that cannot be written: the offset, what was written before it" {
	failing_files
	cp img m/deaf
	dented img 4096 409600 900000
	try 1 img m/deaf
	like "mmcp: m/deaf: cannot be written at offset 409600: Input/output error$nl" err
	is '4 KiB of 976 KiB written, 1 stretch, stopped at offset 409600\n' out
	cp img m/unsynced
	try 1 --verify img m/unsynced
	is 'mmcp: m/unsynced: cannot be written: Input/output error\n' err
}

@test "what could not be made durable differs in the next run, although the page cache has it" {
	local options
	pattern 1048576 >img
	for options in '' --verify --no-cache; do
		# behind the half of the device there is no room
		on_tmpfs size=512k m
		truncate -s 1M m/medium
		ln -sf m/medium medium
		device 0
		# while it is open here, its cache stays
		exec 7<"$device"
		# shellcheck disable=SC2086 # a word or none
		try 1 $options img "$device"
		has "^mmcp: $device: (cannot be written|[0-9]+ blocks from offset 524288 on are bad)" err
		mount -o remount,size=4m m
		# shellcheck disable=SC2086 # a word or none
		try 0 $options img "$device"
		exec 7<&-
		same img m/medium
		losetup -d "$device"
		umount m
	done
}
