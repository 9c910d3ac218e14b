# mmpatch and the files around it: @FILE, standard input, the undo and its folder, conditions beyond the end. The language itself
# is in mmpatch.bats.

# Files are read while they are written, and run sets $stderr.
# shellcheck disable=SC2094,SC2030,SC2031,SC2034,SC2154,SC2317
bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	via=(mm mmpatch)
}

teardown() {
	stop_started
	[ -z "$open" ] || rm -rf "$open"
}

# --- @FILE

@test "a part of @FILE that cannot be read is known before the first byte changes" {
	local way
	need_inject
	pattern 300000 1 >f
	pattern 200000 2 >g
	cp f old
	for way in map read; do
		# the third piece; one before it shows that the place is to be changed
		run -2 strace -qq -o log -P "$PWD/g" -e trace=pread64 -e inject=pread64:error=EIO:when=3+ "$bin/mmpatch" --io=$way f 5=aa \
			"1000=@$PWD/g" 290000=bb
		[ "$output" = "mmpatch: '1000=@$PWD/g': cannot read what is to be there: Input/output error" ] || { echo "$output" && false; }
		same old f
	done
}

@test "of a file that says a page and has less, or nothing and has more, @FILE is what is there" {
	local small
	for small in /sys/kernel/notes /sys/kernel/mm/transparent_hugepage/enabled /sys/block/loop0/size /sys/kernel/profiling; do
		[ ! -r "$small" ] || [ "$(stat -c %s "$small")" != 4096 ] || [ "$(wc -c <"$small")" = 4096 ] || break
		small=
	done
	[ -n "$small" ] || skip "no such file in /sys"
	fill a 5000 >f
	does f "100=@$small"
	{ fill a 100 && cat "$small" && fill a 5000; } | head -c 5000 >want
	same want f
	fill a 5000 >f
	does f '0=@/proc/version'
	{ cat /proc/version && fill a 5000; } | head -c 5000 >want
	same want f
}

@test "of a device as much is taken as the change is long, and without a length it is refused" {
	fill a 16 >f
	refuses "mmpatch: '3=@/dev/zero': /dev/zero is a device, which wants a length, as in OFF+LEN=@FILE" f 3=@/dev/zero
	refuses "mmpatch: '3=@/dev/zero': /dev/zero is a device, which wants a length, as in OFF+LEN=@FILE" --extend f 3=@/dev/zero
	refuses "mmpatch: '3=@-': standard input is a device, which wants a length, as in OFF+LEN=@FILE" f 3=@- </dev/null
	does f 3+4=@/dev/zero
	is 'aaa\0000\0000\0000\0000aaaaaaaaa' f
	does f '3+4: @/dev/zero -> "bcde"'
	is 'aaabcdeaaaaaaaaa' f
	does f 0+16=@/dev/urandom
	[ "$(stat -c %s f)" = 16 ]
	refuses "mmpatch: '0+9=@/dev/null': 0 bytes in place of 9: none can be inserted or deleted, since all behind would move" f \
		0+9=@/dev/null || refuses 'mmpatch: '\''0+9=@/dev/null'\'': no bytes: HEX, "text", @FILE or fill BYTE' f 0+9=@/dev/null
}

@test "of a block device @FILE is all of it" {
	local device
	need_root
	need losetup
	pattern 262144 >image
	device=$(losetup -f --show image 2>why) || skip "no loop device here: $(cat why)"
	fill a 300000 >f
	try 0 f "1000=@$device" || { losetup -d "$device" && false; }
	losetup -d "$device"
	{ fill a 1000 && cat image && fill a 36856; } >want
	same want f
}

@test "a script of two thousand lines with @FILE each is done with few descriptors, small files or large" {
	local i large=()
	mkdir d
	pattern 70000 1 >d/1
	pattern 70000 2 >d/2
	printf abcd >d/s
	for ((i = 0; i < 120; i++)); do large+=("d/$((i % 2 + 1))"); done
	awk 'BEGIN {
		for (i = 0; i < 2000; i++) print i * 4 "=@d/s"
		for (i = 0; i < 120; i++) print 10000 + i * 70000 "=@d/" i % 2 + 1
	}' >s
	{ for ((i = 0; i < 2000; i++)); do printf abcd; done && fill x 2000 && cat "${large[@]}"; } >want
	fill x 8410000 >f
	(ulimit -n 150 && does -f s f)
	same want f
	# or it is told before a byte changes
	(ulimit -n 30 && try 2 -f s f 8000=41)
	like "mmpatch: s:20[0-9]+: d/[12]: Too many open files$nl" err
	same want f
}

@test "@- begins where standard input stands" {
	printf '0123456789' >small
	pattern 100000 >large
	fill a 100000 >f
	{ head -c 3 >/dev/null && does f 0=@-; } < <(cat small)
	is 3456789 <(head -c 7 f)
	dd bs=1 count=4 status=none of=/dev/null <small
	{ dd bs=1 count=4 status=none of=/dev/null && does f 10=@-; } <small
	is 456789 <(tail -c +11 f | head -c 6)
	fill a 100000 >f
	{ dd bs=1 count=7 status=none of=/dev/null && does f 0=@- && cat >rest; } <large
	{ tail -c +8 large && fill a 7; } >want
	same want f
	is '' rest
	{ dd bs=1 count=10 status=none of=/dev/null && refuses 'mmpatch: '\''0=@-'\'': no bytes: HEX, "text", @FILE or fill BYTE' f 0=@-; } <small
}

@test "a script that is no text is not read to its end" {
	truncate -s 400M s
	printf abcd >f
	starts_in 200000
	(ulimit -v 200000 && refuses "mmpatch: s: not a text file" -f s f)
	(ulimit -v 200000 && refuses "mmpatch: /dev/zero: not a text file" -f /dev/zero f)
}

# --- the undo

@test "an undo of what not everybody may read is for its owner alone" {
	local mode
	for mode in 600:600 640:600 660:600 664:644 644:644 446:644; do
		rm -f f u
		printf secret >f
		chmod ${mode%:*} f
		[ -w f ] || chmod u+w f
		does --undo u f 0=53
		[ "$(stat -c %a u)" = ${mode#*:} ]
	done
}

@test "an undo takes no name that somebody else has taken meanwhile" {
	local look
	need_inject
	patching() { "${tracer[@]}" -e "trace=$look,renameat2" "$bin/mmpatch" --undo d/u f 0=41; }
	mkdir d
	printf abcd >f
	strace -o trace -e 'trace=newfstatat,?fstatat64,?statx,?renameat2' "$bin/mmpatch" --undo d/u f 0=41
	read -r look nth < <(awk -F'(' '/^renameat2/ { print last, n[last]; exit } { n[last = $1]++ }' trace)
	rm d/u
	printf abcd >f
	stopped_in "$look" patching
	echo mine >d/u
	goes_on
	is 'mmpatch: d/u: File exists; nothing was changed\n' said
	is 'mine\n' d/u
	is abcd f
	[ "$got,$(ls -A d)" = 2,u ]
}

@test "an undo that has nothing to put back is taken away where it was written, and nothing else is" {
	local way
	need_inject
	# a store that fails
	only=(-e inject=pwrite64:error=EIO:when=2)
	patching() { "${tracer[@]}" -e "trace=fsync,pwrite64" "$bin/mmpatch" --io=read --undo d/u f 0=41; }
	for way in folder file none; do
		rm -rf d kept elsewhere
		mkdir d elsewhere
		echo precious >elsewhere/u
		printf abcd >f
		# its folder was made durable
		nth=2
		stopped_in fsync patching
		[ -e d/u ]
		case $way in
		folder)
			mv d kept
			ln -s elsewhere d
			;;
		file)
			rm d/u
			echo precious >d/u
			;;
		esac
		goes_on
		is 'mmpatch: f: cannot write at offset 0x0: Input/output error\n' said
		is abcd f
		is 'precious\n' elsewhere/u
		case $way in
		folder) is '' <(ls -A kept) ;;
		file) is 'precious\n' d/u ;;
		none) is '' <(ls -A d) ;;
		esac
		[ "$got" = 2 ]
	done
}

# --- beyond the end

@test "--on-mismatch=warn makes a change beyond the end where that can be: with --extend, not behind a new size" {
	local how
	for how in '' '--undo u'; do
		printf abc >f
		# shellcheck disable=SC2086 # none or two words
		fails 0 "mmpatch: '5: 00 -> 64': lies beyond the end at 0x3" --extend --on-mismatch=warn $how f '5: 00 -> 64'
		is 'abc\0000\0000d' f
	done
	does -f u f
	is abc f
	fails 0 "mmpatch: '2: 6300 -> 6464': lies beyond the end at 0x3" --extend --on-mismatch=warn f '2: 6300 -> 6464'
	is abdd f
	refuses "mmpatch: '5: 00 -> 64': goes beyond the end at 0x5" --extend --on-mismatch=warn f size=5 '5: 00 -> 64' 0=41
	refuses "mmpatch: '3: 64 -> 65': goes beyond the end at 0x2" --extend --on-mismatch=warn f size=2 '3: 64 -> 65' 0=41
	refuses "mmpatch: '5: 00 -> 64': goes beyond the end at 0x4; --extend makes the file longer" --dry-run --on-mismatch=warn f \
		'5: 00 -> 64' 0=41
	fails 0 "mmpatch: '5: 00 -> 64': lies beyond the end at 0x4" --extend --on-mismatch=skip f '5: 00 -> 64' 0=41
	is Abdd f
}

@test "--on-mismatch=warn makes no change beyond the end of a device" {
	local device
	need_root
	need losetup
	fill a 4096 >image
	device=$(losetup -f --show image 2>why) || skip "no loop device here: $(cat why)"
	try 2 --on-mismatch=warn --extend "$device" '4096: 00 -> 64' 0=41 || { losetup -d "$device" && false; }
	losetup -d "$device"
	is "mmpatch: '4096: 00 -> 64': goes beyond the end at 0x1000\n" err
	same image <(fill a 4096)
}

# --- limits

@test "a limit on the size of files is an error before a byte changes" {
	local how
	pattern 100000 >f
	cp f old
	for how in map read; do
		(ulimit -f 50 && fails 2 'mmpatch: f: cannot write at offset 0xea60: File too large' --io=$how f 10=6c 60000=42)
		(ulimit -f 50 && fails 2 'mmpatch: f: cannot write at offset 0xc800: File too large' --io=$how --undo u f 51199=4142)
		same old f
		[ ! -e u ]
	done
	(ulimit -f 50 && does f 51199=42)
}

@test "a device that takes the place of the file meanwhile is not opened as one" {
	local device
	need_root
	need_inject
	need losetup
	fill a 4096 >image
	device=$(losetup -f --show image 2>why) || skip "no loop device here: $(cat why)"
	patching() { "${tracer[@]}" "$bin/mmpatch" l 0=41; }
	printf abcd >f
	ln -s f l
	only=(-P l)
	stopped_in 'newfstatat,?stat,?stat64,?statx' patching
	ln -sf "$device" l
	goes_on
	losetup -d "$device"
	has '^mmpatch: l: was replaced meanwhile$' said
	same image <(fill a 4096)
	is abcd f
}
