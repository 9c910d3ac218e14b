# mmcp on disks that fail: sectors that cannot be read, and space that is promised and then is not there.

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2031,SC2030,SC2086,SC2154
bats_require_minimum_version 1.5.0
load ../helper
load rig

drop_caches() {
	sync
	# shellcheck disable=SC2320
	{ echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || skip "the page cache cannot be dropped here"
}

# bad_disk FS: the file m/f, in whose middle its sectors begin to be missing; $good bytes can be read
bad_disk() {
	on_loop "$1" rw m image
	pattern 1000000 7 >piece
	# Most of the disk, so that its end is the file's.
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat piece; done >f
	cp f m/f
	sync -f m
	truncate -s 16M image
	drop_caches
	good=$(cat m/f 2>/dev/null | wc -c)
	[ "$good" -lt 20000000 ] || skip "the missing sectors are not the file's"
	drop_caches
}

@test "mmcp from missing sectors names the place up to which the bytes are good, by mapping and by reading" {
	local io at
	bad_disk ext4
	for io in map read auto; do
		drop_caches
		run -1 mm mmcp --io="$io" m/f copy
		echo "$output, and cat read $good bytes"
		[[ ${lines[0]} =~ ^"mmcp: error reading 'm/f': Input/output error at offset "([0-9]+)$ ]]
		at=${BASH_REMATCH[1]}
		# where the bad sectors begin, as far as the page cache can tell them from good ones
		[ "$at" -ge "$good" ]
		[ "$at" -lt 20000000 ]
		[ "${lines[1]}" = "mmcp: removed incomplete 'copy'" ]
		[ ! -e copy ]
	done
}

@test "mmcp --atomic from missing sectors leaves the old file and nothing beside it" {
	local io
	bad_disk ext4
	mkdir w
	echo old >w/target
	for io in map read; do
		drop_caches
		run -1 mm mmcp --atomic --sync --io="$io" m/f w/target
		[ "$(cat w/target)" = old ]
		[ "$(ls -A w)" = target ]
	done
}

@test "mmcp to a pipe from missing sectors never passes on a byte that is not the file's" {
	local io got
	bad_disk ext4
	for io in map read auto; do
		drop_caches
		mkfifo fifo
		cat fifo >piped 3>&- &
		run -1 mm mmcp --io="$io" m/f fifo
		wait "$!"
		got=$(stat -c %s piped)
		echo "$io: $got bytes, and cat read $good"
		[ "$got" -ge "$good" ]
		cmp -n "$got" f piped
		rm fifo
	done
}

@test "mmcp goes on with the other files after one that cannot be read" {
	bad_disk ext4
	echo fine >fine
	mkdir w
	run -1 mm mmcp m/f fine w
	[ "$(cat w/fine)" = fine ]
	[ "$(ls w)" = fine ]
}

@test "mmcp --verify finds what the disk lost, since with --sync it is read back" {
	on_loop ext4 rw m image
	pattern 8000000 >f
	need_strace
	# stopped when its bytes are on the disk and about to be compared
	stop_at fsync:when=1 log mmcp --sync --verify f m/f
	sync -f m
	truncate -s 1M image
	truncate -s 32M image
	resume 2>said
	[ "$status" != 0 ]
}

# thin FOLDER: a file system that promises 32 MiB and has a few
thin() {
	on_tmpfs size=6M store
	on_loop ext4 rw m "$BATS_TEST_TMPDIR/store/image" 32M
	pattern 12000000 >big
}

@test "the rig: on a thin disk the host's cp says 0 and its bytes are lost" {
	thin
	cp big m/copy
	run ! sync m/copy
}

@test "mmcp --sync hears of space that is missing only at fsync, and leaves no broken copy" {
	thin
	run -1 mm mmcp --sync big m/copy
	[[ ${lines[0]} =~ ^"mmcp: error writing 'm/copy': "(No space left on device|Input/output error)$ ]]
	[ "${lines[1]}" = "mmcp: removed incomplete 'm/copy'" ]
	[ ! -e m/copy ]
}

@test "mmcp --atomic hears of space that is missing only at fsync, and leaves the old file" {
	local options
	thin
	echo old >m/copy
	sync -f m
	for options in '--atomic --sync' '--atomic --sync --verify'; do
		run -1 mm mmcp $options big m/copy
		[ "$(cat m/copy)" = old ]
		[ -z "$(temporary m)" ]
	done
}

@test "mmcp clones where the file system can, says so, and the copy is the file's own" {
	on_loop xfs rw m
	pattern 5000000 >new
	cp new m/a
	run -0 mm mmcp --explain m/a m/b
	[[ $output == *"mmcp: m/a: cloned"* ]] || {
		[[ $output == *mapped* || $output == *read* ]] && skip "this xfs has no reflinks"
		false
	}
	cmp new m/b
	echo changed | dd of=m/b conv=notrunc status=none
	cmp new m/a
	run -0 mm mmcp --explain --reflink=never m/a m/c
	[[ $output != *cloned* ]]
	cmp new m/c
	run -0 mm mmcp --reflink=always --atomic --sync m/a m/c
	cmp new m/c
}

@test "mmcp keeps holes on ext4, xfs and tmpfs, by mapping and by reading" {
	local fs io blocks
	for fs in ext4 xfs tmpfs; do
		mkdir -p m
		case $fs in
		tmpfs) on_tmpfs size=64M m ;;
		*) on_loop "$fs" rw m image ;;
		esac
		# data, a hole, data, a hole
		truncate -s 20M m/sparse
		pattern 70000 | dd of=m/sparse conv=notrunc status=none
		pattern 70000 | dd of=m/sparse conv=notrunc bs=4096 seek=2000 status=none
		sync -f m
		blocks=$(stat -c %b m/sparse)
		for io in map read; do
			mm mmcp --io="$io" --reflink=never m/sparse m/copy
			sync -f m
			cmp m/sparse m/copy
			echo "$fs, $io: $blocks blocks, the copy $(stat -c %b m/copy)"
			# some more for what a file system allocates ahead
			[ "$(stat -c %b m/copy)" -le $((blocks + 256)) ]
			[ "$(stat -c %b m/sparse)" = "$blocks" ]
			rm m/copy
		done
		umount m
	done
}
