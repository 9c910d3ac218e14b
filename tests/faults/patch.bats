# mmpatch on its way: killed, failing, without space, without power, on a device. What was told to be done is there, what was
# told to be wrong is old or can be put back, and what cannot be had is known before a byte changes.

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2031,SC2030,SC2034,SC2086,SC2154
bats_require_minimum_version 1.5.0
load ../helper
load rig

# patch_contents SCRIPT OPTION...: an old file, a script, and what becomes of it
patch_contents() {
	pattern 30000 1 >old
	printf %b "$1" >s
	options=${*:2}
	mkdir -p w
	fresh_file
	mm mmpatch $options -f s w/f
	cp w/f new
}

fresh_file() {
	rm -f w/u w/.[!.]*
	cp old w/f
}

# are_mixed: of each byte of the files in the folder seen, the old or the new one; one that became longer may end between
are_mixed() {
	python3 - <<-'END'
		import os
		old, new = (open(n, 'rb').read() for n in ('old', 'new'))
		for name in os.listdir('seen'):
		    f = open('seen/' + name, 'rb').read()
		    if f in (old, new):
		        continue
		    assert min(len(old), len(new)) <= len(f) <= max(len(old), len(new)), (name, len(f))
		    for i, c in enumerate(f):
		        assert c in old[i:i + 1] or c in new[i:i + 1] or (i >= len(old) and c == 0), (name, i)
	END
	rm -r seen
}

# put_back WHAT: the undo, where there is one, brings back the old file; without one that is there
put_back() {
	if [ -e w/u ]; then
		mm mmpatch --extend -f w/u w/f || { echo "$1: the undo fails" && return 1; }
	fi
	same old w/f || { echo "$1: not the old file" && return 1; }
}

scripts=(
	'10=414243\n4090: @old.part -> @new.part\n7000+15000=fill 0xff\n29990:64=1\n'
	'10=414243\n29998+9000=fill 0x20\n50000=01\n'
	'10=414243\n7000+1000=fill 0\nsize=10000\n'
)

# each_script COMMAND...: with the contents of each script
each_script() {
	local script first=yes
	pattern 30000 1 | head -c 4110 | tail -c 20 >old.part
	printf 'twenty bytes of text' >new.part
	for script in "${scripts[@]}"; do
		patch_contents "$script" --extend
		"$@"
	done
}

list_patch_calls() {
	fresh_file
	strace -qq -o log "$bin/mmpatch" "$@" -f s w/f
	calls log 'AT_FDCWD, "w/f"' >list
	[ "$(wc -l <list)" -gt 10 ]
}

killed_at_each() {
	local name n how done=0
	mkdir seen
	for how in map read; do
		[ $how = map ] || [ -n "${first-}" ] || continue
		list_patch_calls $options --io=$how --undo w/u
		while read -r name n <&4; do
			fresh_file
			run -137 inject "$name:signal=KILL:when=$n" mmpatch $options --io=$how --undo w/u -f s w/f
			cp w/f "seen/$how-$name-$n"
			cmp -s old w/f || [ -e w/u ] || { echo "$name $n: changed, and no undo" && return 1; }
			# the same command once more does the rest
			cp w/f killed
			mm mmpatch $options --on-mismatch=warn -f s w/f 2>said
			same new w/f
			cp killed w/f
			put_back "killed at $name $n, $how"
			((++done))
		done 4<list
	done
	are_mixed
	first=
	note "killed at $done calls"
}

@test "killed at any of its system calls mmpatch leaves old or new bytes, and an undo that puts the old file back" {
	need_strace
	need python3
	each_script killed_at_each
}

failing_at_each() {
	local name n how error status done=0
	mkdir seen
	for how in map read; do
		for error in EIO ENOSPC; do
			[ $how,$error = map,EIO ] || [ -n "${first-}" ] || continue
			list_patch_calls $options --io=$how --undo w/u
			while read -r name n <&4; do
				# libc would take the error for an address
				[ "$name" != brk ] || continue
				fresh_file
				status=0
				inject "$name:error=$error:when=$n" mmpatch $options --io=$how --undo w/u -f s w/f >said 2>&1 || status=$?
				cp w/f "seen/$how-$name-$n-$error"
				case $status in
				0) same new w/f ;;
				2) [ -s said ] ;;
				*) false ;;
				esac || { echo "$name $n fails with $error: status $status" && cat said && return 1; }
				if has 'changed in part' said; then [ -e w/u ]; fi
				put_back "$name $n fails with $error, $how"
				[ -z "$(temporary w)" ] || [ "$name" = unlinkat ]
				((++done))
			done 4<list
		done
	done
	are_mixed
	first=
	note "$done calls made to fail"
}

@test "whatever call fails, status 0 means all is new, and the undo puts the old file back" {
	need_strace
	need python3
	each_script failing_at_each
}

@test "100 kills at random moments leave what the undo puts back" {
	local cut i longest status moment news=0 olds=0 mixed=0
	need_cc
	need python3
	cut=$(program shutdown)
	pattern 3000000 2 >old
	mkdir w
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%d=%032x\n", i * 140 + 3, i * 7919 }' >s
	cp old w/f
	mm mmpatch -f s w/f
	cp w/f new
	longest=$(time_of . fresh_file "$bin/mmpatch" --undo w/u -f s w/f)
	for ((i = 0; i < 100; i++)); do
		fresh_file
		# most of the time it reads and writes the undo
		moment=$((longest / 2 + (RANDOM * 32768 + RANDOM) % (longest / 2)))
		read -r status _ <<<"$("$cut" kill . "$moment" "$bin/mmpatch" --undo w/u -f s w/f)"
		[ "$status" = 0 ] || [ "$status" = 137 ]
		if cmp -s w/f new; then ((++news)); elif cmp -s w/f old; then ((++olds)); else ((++mixed)); fi
		[ "$status" != 0 ] || same new w/f
		put_back "killed at $moment of $longest us"
	done
	note "100 kills within $longest us: $olds old, $news new, $mixed between"
}

# --- space

# full FOLDER: no block is left there
full() {
	local size at=0
	# what is written leaves some that ext4 keeps for later
	for size in 67108864 1048576 65536 4096; do
		while fallocate -o $at -l $size "$1/filler" 2>/dev/null; do ((at += size)); done
	done
}

@test "a full disk is an error before a byte changes: holes, growth, undo; on tmpfs, ext4 and xfs" {
	local fs how
	for fs in tmpfs ext4 xfs; do
		mkdir -p m
		case $fs in
		tmpfs) on_tmpfs size=2M m ;;
		ext4) on_loop ext4 rw m image 8M ;;
		xfs) on_loop xfs rw m ;;
		esac
		pattern 5000 >m/f
		truncate -s 900K m/f
		cp m/f old
		full m
		for how in map read; do
			run -2 mm mmpatch --io=$how m/f 10=41 500K=42
			[ "$output" = "mmpatch: m/f: no block can be had at offset 0x7d000: No space left on device" ] || { echo "$fs: $output" && false; }
			same old m/f
			run -2 mm mmpatch --io=$how --extend m/f 10=41 4M=42
			[[ $output == "mmpatch: m/f: "*"at offset 0xe1000: No space left on device" ]] || { echo "$fs: $output" && false; }
			same old m/f
			run -2 mm mmpatch --io=$how --undo m/u m/f '10+4000=fill 0x41'
			[ "$output" = "mmpatch: m/u: No space left on device; nothing was changed" ] || { echo "$fs: $output" && false; }
			same old m/f
			# what has its blocks can be changed
			mm mmpatch --io=$how --undo u m/f 10=41 20=42
			mm mmpatch --io=$how -f u m/f
			rm u
			same old m/f
		done
		umount m
	done
}

# none_changes FILE OFFSET CHANGE...: on a full file system, where no block can be had for what is at the offset
none_changes() {
	local how
	cp "$1" old
	for how in map read; do
		run -2 mm mmpatch --io=$how --undo u "$1" "${@:3}"
		[ "$output" = "mmpatch: $1: no block can be had at offset $2: No space left on device" ] || { echo "$output" && false; }
		same old "$1"
		[ ! -e u ]
	done
}

@test "a full disk is an error before a byte changes: a hole in the last page, and blocks behind the end" {
	on_tmpfs size=64K m
	pattern 4000 >m/f
	truncate -s 4500 m/f
	cat /dev/zero >m/filler 2>/dev/null || :
	none_changes m/f 0x1000 10=41 4400=42
	umount m
	on_loop ext4 rw m image 8M
	pattern 5000 >m/f
	truncate -s 900K m/f
	fallocate -n -o 1M -l 1M m/f
	full m
	none_changes m/f 0x7d000 10=41 500K=42
}

@test "a full disk is an error before a byte changes where no blocks can be reserved" {
	need_strace
	on_tmpfs size=64K m
	pattern 4000 >m/f
	truncate -s 12500 m/f
	cp m/f want
	printf B | dd of=want bs=1 seek=9000 conv=notrunc status=none
	inject fallocate:error=EOPNOTSUPP mmpatch m/f 9000=42
	same want m/f
	cat /dev/zero >m/filler 2>/dev/null || :
	cp m/f old
	run -2 inject fallocate:error=EOPNOTSUPP mmpatch --undo u m/f 10=41 9001=43 5000=42
	[ "$output" = "mmpatch: m/f: no block can be had at offset 0x1000: No space left on device" ]
	same old m/f
	[ ! -e u ]
	inject fallocate:error=EOPNOTSUPP mmpatch m/f 10=41 9001=43
}

@test "where blocks are shared a disk that fills up midway is an error with the place, and the undo puts all back" {
	local how
	on_loop xfs rw m
	pattern 2000000 >m/f
	cp --reflink=always m/f m/other 2>why || skip "no shared blocks here: $(cat why)"
	cp m/f old
	cp m/f want
	sync -f m
	full m
	# space for a part of what is to be written
	truncate -s -400K m/filler
	sync -f m
	for how in map read; do
		rm -f u
		run -2 mm mmpatch --io=$how --undo u m/f 10=41 '5000+1900000=fill 7' 1999999=42
		[[ $output =~ ^"mmpatch: m/f: cannot write at offset 0x"[0-9a-f]+": No space left on device"(.*)$ &&
			${BASH_REMATCH[1]} == $'\nmmpatch: m/f: changed in part; it is put back by u' ]] || { echo "$output" && false; }
		run ! same old m/f
		mm mmpatch -f u m/f
		same old m/f
		same want m/other
	done
}

@test "an undo of what could not be made longer is taken away, unless the file could not be made as short again" {
	local full
	need_strace
	on_tmpfs size=1M m
	pattern 5000 >m/f
	cp m/f old
	run -2 mm mmpatch --extend --undo u m/f 10=41 4M=42
	[ "$output" = "mmpatch: m/f: cannot be made longer at offset 0x1388: No space left on device" ]
	same old m/f
	[ ! -e u ]
	# without fallocate it is made longer by zeros, of which the third part fails
	full=(strace -qq -o log -e 'trace=fallocate,pwrite64,ftruncate' -e inject=fallocate:error=EOPNOTSUPP
		-e inject=pwrite64:error=ENOSPC:when=4)
	run -2 "${full[@]}" "$bin/mmpatch" --extend --undo u m/f 10=41 600000=42
	[ "$output" = "mmpatch: m/f: cannot be made longer at offset 0x1388: No space left on device" ]
	same old m/f
	[ ! -e u ]
	run -2 "${full[@]}" -e inject=ftruncate:error=EPERM "$bin/mmpatch" --extend --undo u m/f 10=41 600000=42
	[ "$output" = "mmpatch: m/f: cannot be made longer at offset 0x1388: Operation not permitted
mmpatch: m/f: changed in part; it is put back by u" ]
	[ "$(stat -c %s m/f)" -gt 5000 ]
	mm mmpatch -f u m/f
	same old m/f
}

@test "the first byte that cannot be stored has changed nothing, and then there is no undo" {
	need_strace
	mkdir w
	pattern 30000 >old
	fresh_file
	run -2 inject pwrite64:error=EIO:when=2 mmpatch --io=read --undo w/u w/f 10=41 20000=42
	[ "$output" = "mmpatch: w/f: cannot write at offset 0xa: Input/output error" ] || { echo "$output" && false; }
	same old w/f
	[ ! -e w/u ]
	run -2 inject pwrite64:error=EIO:when=3 mmpatch --io=read --undo w/u w/f 10=41 20000=42
	[[ $output == *"changed in part; it is put back by w/u" ]]
	put_back "the second byte"
	run -2 inject pwrite64:error=ETXTBSY:when=1 mmpatch --undo w/u w/f 11=41
	[ "$output" = "mmpatch: w/f: Text file busy" ]
	[ "$(temporary w)" = "" ]
}

@test "a hole that is filled is there after the file is closed and the caches are dropped" {
	on_loop ext4 rw m
	truncate -s 10M m/f
	mm mmpatch m/f '3M="in a hole"' '5000000+100000=fill 1'
	sync -f m
	{ echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || :
	[ "$(dd if=m/f bs=1 skip=3M count=9 status=none)" = "in a hole" ]
	[ "$(stat -c %b m/f)" -lt 400 ]
}

# --- files that cannot be changed

@test "a file system mounted read-only, an immutable and an append-only file have their messages" {
	on_loop ext4 rw m
	printf abcd >m/f
	printf abcd >m/i
	printf abcd >m/a
	need chattr
	chattr +i m/i || skip "no chattr here"
	chattr +a m/a
	run -2 mm mmpatch m/i 0=41
	[ "$output" = "mmpatch: m/i: Operation not permitted (immutable or append-only? see lsattr)" ]
	run -2 mm mmpatch m/a 0=41
	[ "$output" = "mmpatch: m/a: Operation not permitted (immutable or append-only? see lsattr)" ]
	chattr -i m/i
	chattr -a m/a
	mount -o remount,ro m
	run -2 mm mmpatch m/f 0=41
	[ "$output" = "mmpatch: m/f: Read-only file system" ]
	run -0 mm mmpatch m/f 0=61 --dry-run
	# what is there already is done
	mm mmpatch m/f 0=61 '2: 00 ~> 63' size=4
	run -2 mm mmpatch m/f 0=61 size=3
	[ "$output" = "mmpatch: m/f: Read-only file system" ]
	run -1 mm mmpatch m/f '0: 62 -> 63'
}

@test "a block device is changed, and one that is mounted only with --force" {
	local device dry
	need_root
	need losetup mkfs.ext4
	pattern 1M | head -c 1M >image
	pattern 1048576 >image
	cp image old
	device=$(attached "$PWD/image") || skip "no loop device here"
	mm mmpatch --undo u "$device" 1000=414243 1048575=5a
	[ "$(dd if="$device" bs=1 skip=1000 count=3 status=none)" = ABC ]
	cmp "$device" image
	mm mmpatch --find "$(printf '%s' ABC | od -An -tx1)" --replace 616263 "$device"
	mm mmpatch "$device" 1000=414243
	mm mmpatch -f u "$device"
	cmp "$device" old
	run -2 mm mmpatch "$device" 1048576=00
	[ "$output" = "mmpatch: '1048576=00': goes beyond the end at 0x100000" ]
	run -2 mm mmpatch --extend "$device" 1048576=00
	[ "$output" = "mmpatch: '1048576=00': goes beyond the end at 0x100000" ]
	for dry in '' --dry-run; do
		run -2 mm mmpatch $dry "$device" 0=414243 size=512
		[ "$output" = "mmpatch: 'size=512': a device keeps its size" ]
		cmp "$device" old
	done
	losetup -d "$device"
	on_loop ext4 rw m fs
	device=$(awk -v m="$PWD/m" '$2 == m { print $1 }' /proc/mounts)
	run -2 mm mmpatch "$device" 100=41
	[ "$output" = "mmpatch: $device: Device or resource busy (mounted? --force changes it all the same)" ]
	run -0 mm mmpatch --dry-run "$device" 100=41
	# the first kilobyte is no part of the file system
	mm mmpatch --force "$device" 100=41
	[ "$(dd if="$device" bs=1 skip=100 count=1 status=none)" = A ]
}

@test "a read-only device is told to be one, and no undo of it stays" {
	local device
	need_root
	need losetup
	pattern 4096 >image
	device=$(losetup -r -f --show "$PWD/image" 2>why) || skip "no loop device here: $(cat why)"
	via=(mm mmpatch)
	refuses "mmpatch: $device: a read-only device" --undo u "$device" 0=00
	[ ! -e u ]
	does "$device" size=4096
}

@test "sectors that cannot be read are told with their place, and nothing changes" {
	local at
	on_loop ext4 rw m image
	pattern 20000000 7 >f
	cp f m/f
	sync -f m
	truncate -s 16M image
	{ sync && echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || skip "the page cache cannot be dropped here"
	cat m/f >good 2>/dev/null && skip "the missing sectors are not the file's"
	run -2 mm mmpatch m/f 10=41 19999999=42
	[[ $output =~ ^"mmpatch: m/f: cannot read at offset 0x"[0-9a-f]+": Input/output error"$ ]]
	cmp -n 1000 f m/f
}

@test "a file that becomes shorter meanwhile is told, and not made longer again" {
	local how
	need_strace
	for how in map read; do
		pattern 300000 >f
		rm -f u
		stop_at /^renameat:when=1 log mmpatch --io=$how --undo u f 10=41 250000=42 2>said
		truncate -s 100000 f
		resume
		[ "$status" = 2 ]
		is 'mmpatch: f: became shorter meanwhile\nmmpatch: f: changed in part; it is put back by u\n' said
		[ "$(stat -c %s f)" = 100000 ]
	done
}

@test "fsync failing is told with status 2, and is not tried again" {
	need_strace
	printf abcd >f
	run -2 strace -qq -o log -e trace=fsync -e inject=fsync:error=EIO:when=1 "$bin/mmpatch" f 0=41
	[ "$output" = "mmpatch: f: not known to be on the medium: Input/output error" ]
	[ "$(grep -c fsync log)" = 1 ]
}

# --- power

@test "after a power cut what was told to be done is there, and the undo puts the rest back" {
	local cut fs options powered flag i longest status ended moment olds=0 news=0 mixed=0
	need_root
	need_cc
	need python3
	cut=$(program shutdown)
	fs=ext4 options=rw
	pattern 3000000 2 >old
	awk 'BEGIN { for (i = 0; i < 5000; i++) printf "%d=%032x\n", i * 560 + 3, i * 7919; print "2999990=" sprintf("%0600d", 5) }' >s
	on_loop ext4 rw m image
	powered=1
	"$cut" 2 m end true >/dev/null || skip "no FS_IOC_SHUTDOWN in this kernel's ext4"
	power_on
	ln -s m w
	cp old m/f
	mm mmpatch --extend -f s m/f
	cp m/f new
	fresh_power() {
		rm -f m/u m/.[!.]*
		cp old m/f
		sync -f m
	}
	longest=$(time_of m fresh_power "$bin/mmpatch" --extend --undo m/u -f s m/f)
	for flag in 1 2; do
		for ((i = 0; i < 25; i++)); do
			fresh_power
			moment=$(((RANDOM * 32768 + RANDOM) % (longest * 5 / 4)))
			[ $((i % 5)) != 0 ] || moment=end
			read -r status _ ended <<<"$("$cut" "$flag" m "$moment" "$bin/mmpatch" --extend --undo m/u -f s m/f 2>said)"
			power_on
			if cmp -s m/f new; then ((++news)); elif cmp -s m/f old; then ((++olds)); else ((++mixed)); fi
			[ "$status,$ended" != 0,ended ] || same new m/f
			put_back "cut at $moment of $longest us, flag $flag"
		done
	done
	note "50 cuts: $olds old, $news new, $mixed between"
}
