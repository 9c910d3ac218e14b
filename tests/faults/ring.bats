# mmring under load, killed at random moments, cut off from power, and on disks that fail, which all want the machine
# for themselves: what a writer has passed on (--tee) stays, nothing is torn or told twice, and what is lost is told.
#
# RING_SECONDS  how long writers and readers run (4)
# RING_KILLS    how often a writer is killed (100)      RING_CUTS  how often the power goes, each way (3)

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2094,SC2016,SC2031,SC2030,SC2086,SC2154,SC2034
bats_require_minimum_version 1.5.0
load ../helper
load rig
load ring_rig

export BATS_TEST_TIMEOUT=400

### many at a time

# reading RING: eight readers, two of them slow, two with --raw; the last word of each to got.N
reading() {
	local i how nap
	followers=()
	for i in 1 2 3 4 5 6 7 8; do
		how=--json kind=verify nap=0
		[ "$i" -lt 7 ] || how=--raw kind=verify-raw
		[ $((i % 3)) != 0 ] || nap=20000
		(
			MMTOOLS_IO=$readers mm mmring read -f --from=1 $how "$1" 2>"said.$i" | "$load" $kind $nap >"got.$i" 2>&1
		) 3>&- &
		followers+=($!)
	done
}

# add_up WRITTEN: every reader has seen the end, and has read, or was told of as lost, each number
add_up() {
	local i got lost damaged last
	for i in 1 2 3 4 5 6 7 8; do
		cat "got.$i"
		read -r got lost damaged last <"got.$i"
		[[ $got =~ ^[0-9]+$ ]]
		if [ "$i" -ge 7 ]; then
			lost=$(awk '/ lost/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^records?$/) n += $i } END { print n + 0 }' "said.$i")
			last=$(($1 + 1))
		fi
		[ "$last" = $(($1 + 1)) ]
		[ $((got + lost)) = "$last" ]
		[ "$damaged" = 0 ]
		run ! grep damaged "said.$i"
		((sum_read += got, sum_lost += lost)) || :
	done
}

# stress SIZE SECONDS MOST: eight writers and eight readers
stress() {
	local i written jobs=()
	sum_read=0 sum_lost=0
	rm -f ring got.* said.* n.*
	mm mmring create ring "$1"
	reading ring
	for i in 1 2 3 4 5 6 7 8; do
		("$load" flood "$i" "$2" "$3" 2>"n.$i" | MMTOOLS_IO=$writers mm mmring write ring) 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do wait "$i"; done
	echo END | mm mmring write ring
	written=$(cat n.? | awk '{ n += $1 } END { print n }')
	wait "${followers[@]}"
	add_up "$written"
	run -0 mm mmring check ring
	note "ring of $1, ${writers:-auto} writers, ${readers:-auto} readers, $2 s: $written records written;" \
		"8 readers: $sum_read read, $sum_lost lost, every one accounted for"
}

@test "8 writers and 8 readers on a tiny ring: every record is read intact, or told as lost, in order per writer" {
	ready
	writers=auto readers=auto stress 12288 "${RING_SECONDS:-4}" 100
}

@test "8 writers and 8 readers on a ring of 1 MiB with long lines" {
	ready
	writers=auto readers=auto stress 1M "$((${RING_SECONDS:-4} / 2))" 3000
}

@test "8 writers that cannot map and 8 readers that do, and the other way round" {
	ready
	writers=read readers=map stress 64K "$((${RING_SECONDS:-4} / 2))" 200
	writers=map readers=read stress 64K "$((${RING_SECONDS:-4} / 2))" 200
}

@test "8 writers and 8 readers on a ring that has room for all: nothing is lost" {
	local i jobs=()
	ready
	sum_read=0 sum_lost=0 readers=auto
	mm mmring create ring 64M
	reading ring
	for i in 1 2 3 4 5 6 7 8; do
		("$load" lines "$i" 20000 200 | mm mmring write ring) 3>&- &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do wait "$i"; done
	echo END | mm mmring write ring
	wait "${followers[@]}"
	add_up 160000
	[ "$sum_lost" = 0 ]
	run -0 mm mmring check ring
	note "160001 records, 8 readers: $sum_read read, 0 lost"
}

### killed

# kills COUNT SIZE MOST LINES ROOM [OPTION...]
kills() {
	local count=$1 size=$2 most=$3 n=$4 room=$5 turn longest=0 took status moment cut_off=0
	shift 5
	rm -f ring
	mm mmring create ring "$size"
	last=0
	for ((turn = 1; turn <= count + 3; turn++)); do
		"$load" lines "$turn" "$n" "$most" >in
		moment=end
		: >teed
		[ "$turn" -le 3 ] || moment=$(((RANDOM * 32768 + RANDOM) % longest))
		read -r status took _ <<<"$("$cut" kill . "$moment" sh -c 'exec "$@" <in >teed' - "$bin/mmring" write --tee "$@" ring)"
		if [ "$turn" -le 3 ]; then
			[ "$status" = 0 ]
			[ "$took" -le "$longest" ] || longest=$took
		else
			[ "$status" = 0 ] || [ "$status" = 137 ]
			[ "$status" = 0 ] || ((++cut_off))
		fi
		left "$turn" "$last" "$room" || {
			echo "ring of $size, lines of up to $most letters, $n of them: killed at $moment of $longest us"
			return 1
		}
	done
	((all_kills += count, all_cut_off += cut_off)) || :
}

@test "kills of a writer at random moments: what it passed on is there, nothing is torn, the numbers go on" {
	local share io
	ready
	cut=$(program shutdown)
	share=$(((${RING_KILLS:-100} + 9) / 10))
	all_kills=0 all_cut_off=0
	for io in auto read; do
		export MMTOOLS_IO=$io
		kills "$share" 12288 60 1 3000                # one line a writer
		kills "$share" 12288 100 3000 2800            # a few hundred laps each
		kills "$share" 12288 900 200 800              # records of up to a quarter of the ring
		kills "$share" 1M 100 20000 800000
		kills "$share" 64K 400 300 42000 --sync=100    # less a batch, a quarter of the ring
	done
	note "$all_kills kills, $all_cut_off of them in time, nothing lost, nothing torn"
	[ "$all_cut_off" -gt $((all_kills / 10)) ]
}

@test "a reader follows on over the death of a writer: each number once, none torn" {
	local i
	ready
	cut=$(program shutdown)
	mm mmring create ring 64K
	(mm mmring read -f --from=1 --json ring 2>said | "$load" verify 0 >got 2>&1) 3>&- &
	follower=$!
	for ((i = 1; i <= 60; i++)); do
		"$load" lines "$i" 1500 60 >in
		"$cut" kill . $((RANDOM % 9000)) "$bin/mmring" write ring <in >/dev/null
	done
	echo END | mm mmring write ring
	wait "$follower"
	cat got
	read -r got lost damaged last <got
	[ $((got + lost)) = "$last" ]
	[ "$damaged" = 0 ]
	note "60 writers killed: $got read, $lost lost"
}

### the power goes

# power FS OPTIONS
power() {
	need_root
	ready
	cut=$(program shutdown)
	fs=$1 options=$2
	on_loop "$fs" "$options" m image
	powered=1
	"$cut" 2 m end true >/dev/null || skip "no FS_IOC_SHUTDOWN in this kernel's $fs"
	power_on
}

# synced_cuts FS OPTIONS: with --sync all that was passed on before the cut is there
synced_cuts() {
	local flag turn kind passed=0 cuts=0 where
	power "$1" "$2"
	for flag in 1 2; do
		for kind in '12288 60 1' '12288 60 20' '64K 900 8'; do
			read -r size most batch <<<"$kind"
			rm -f m/ring
			sync -f m       # else a cut brings it back, with lines of the same numbers
			for ((turn = 1; turn <= ${RING_CUTS:-3}; turn++)); do
				"$load" dialog "$flag" m $(((RANDOM * 32768 + RANDOM) % 60000)) "$turn" "$most" "$batch" teed \
					"$bin/mmring" write --sync --tee -s "$size" m/ring >sent 2>said
				power_on
				((++cuts))
				((passed += $(wc -l <teed))) || :
				if [ ! -e m/ring ] || ! [ -s m/ring ]; then
					run ! test -s teed
					rm -f m/ring
					continue
				fi
				where="$fs, flag $flag, ring of $size, cut $turn after $(wc -l <teed) lines passed on"
				# whatever was written behind that may be there with gaps
				mm mmring read --json m/ring >records 2>said || [ "$?" = 1 ]
				"$load" synced "$turn" teed <records || {
					echo "$where"
					return 1
				}
				mm mmring check m/ring >said || [ "$?" = 1 ]
			done
		done
	done
	[ "$passed" -gt 0 ]
	note "$1 ($2): $cuts cuts, $passed lines had been passed on, 0 of them lost"
}

@test "mmring write --sync on ext4: each line that was passed on before the power went is there" {
	synced_cuts ext4 data=ordered
}

@test "mmring write --sync on xfs: each line that was passed on before the power went is there" {
	synced_cuts xfs nouuid
}

# unsynced_cuts FS OPTIONS: nothing that was not written, and the next writer goes on behind what there is
unsynced_cuts() {
	local flag turn cuts=0 there=0 top
	power "$1" "$2"
	for flag in 1 2; do
		for size in 12288 256K; do
			rm -f m/ring
			mm mmring create m/ring "$size"
			sync -f m
			for ((turn = 1; turn <= ${RING_CUTS:-3}; turn++)); do
				# now and then some of it is written to the disk
				(sleep 0.02 && sync -f m) >/dev/null 2>&1 3>&- &
				follower=$!
				"$load" dialog "$flag" m $(((RANDOM * 32768 + RANDOM) % 80000)) "$turn" 200 30 teed \
					"$bin/mmring" write --tee m/ring >sent 2>said
				wait "$follower" || :
				power_on
				((++cuts))
				mm mmring read --json m/ring >records 2>said || [ "$?" = 1 ]
				top=$("$load" valid "$turn" "$(cat sent)" <records) || {
					echo "$fs, flag $flag, ring of $size, cut $turn: $top"
					return 1
				}
				((there += $(grep -c seq records))) || :
				mm mmring check m/ring >said || [ "$?" = 1 ]
				"$load" lines $((turn + 1000)) 3 200 >in
				mm mmring write --tee m/ring <in >teed
				mm mmring read --json m/ring >records 2>said || [ "$?" = 1 ]
				next=$(tail -n 3 records | sed -n '1s/{"seq":\([0-9]*\),.*/\1/p')
				[ "$next" -gt "$top" ] || {
					echo "$fs, flag $flag, ring of $size, cut $turn: the next writer began with $next, and $top was there"
					return 1
				}
				[ "$(mm mmring read --raw m/ring 2>said | tail -n 3)" = "$(cat in)" ]
			done
		done
	done
	[ "$there" -gt 0 ]
	note "$1 ($2), without --sync: $cuts cuts, $there records found again, each as it was written"
}

@test "mmring write without --sync on ext4: after the power went only what was written is read, and it goes on" {
	unsynced_cuts ext4 data=ordered
}

@test "mmring write without --sync on xfs: after the power went only what was written is read, and it goes on" {
	unsynced_cuts xfs nouuid
}

### files that shrink, disks that fail

# shrinks SIZE: cut to SIZE while a writer stands still at each of its calls
shrinks() {
	local name k size=$1
	rm -f ring
	"$load" lines 1 300 60 | mm mmring write -s 64K first
	"$load" lines 2 100 60 >in
	cp first ring
	strace -qq -o log "$bin/fed" write --tee ring >teed
	calls log '"ring", O_' >list
	while read -r name k <&4; do
		cp first ring
		status=0
		stop_at "$name:when=$k" log fed write --tee ring >teed 2>said || {
			wait "$stopped" || :
			continue
		}
		truncate -s "$size" ring
		resume
		((++shrunk))
		[ "$status" -le 2 ] || {
			echo "cut to $size at $name $k: status $status"
			return 1
		}
		[ "$status" = 0 ] || [ -s said ]
		# a writer that was told that what it held may be lost has mended it
		[ "$status" != 1 ] || mm mmring stat ring >said
		if mm mmring read --json ring >records 2>said; then :; else [ "$?" -le 2 ]; fi
		"$load" valid 2 100 <records >/dev/null
		# the next one goes on
		"$load" lines 3 5 60 >in3
		# without its header it is no ring any more, and that is said
		if [ "$size" -lt 52 ] && ! mm mmring write ring <in3 2>said; then
			[ "$(cat said)" = "mmring: ring: not a ring" ]
			continue
		fi
		mm mmring write ring <in3
		[ "$(mm mmring read --raw ring 2>said | tail -n 5)" = "$(cat in3)" ]
	done 4<list
}

@test "a ring that is cut short under a writer: a message or recovery, and the next writer goes on" {
	local size
	ready
	need_strace
	shrunk=0
	for size in 0 4096 20000; do shrinks $size; done
	note "cut short at $shrunk moments"
}

@test "a ring that is cut short under a reader: no crash, and no line that was not written" {
	local size io name k n=0
	ready
	need_strace
	"$load" lines 1 300 60 | mm mmring write -s 64K first
	for io in map read; do
		for size in 0 8300; do
			cp first ring
			strace -qq -o log "$bin/mmring" read --io=$io --json ring >records
			calls log '"ring", O_' >list
			while read -r name k <&4; do
				cp first ring
				stop_at "$name:when=$k" log mmring read --io=$io --json ring >records 2>said || {
					wait "$stopped" || :
					continue
				}
				truncate -s $size ring
				resume
				((++n))
				[ "$status" -le 2 ] || {
					echo "$io: cut to $size at $name $k: status $status"
					return 1
				}
				"$load" valid 1 300 <records >/dev/null
			done 4<list
		done
	done
	note "cut short at $n moments"
}

@test "a follower hears of what is written after its ring was cut short" {
	ready
	"$load" lines 1 300 60 | mm mmring write -s 64K ring
	timeout 40 "$bin/mmring" read -f --raw ring >got 2>said 3>&- &
	follower=$!
	within 10 grep -q '^1 300 ' got
	truncate -s 8192 ring
	"$load" lines 2 5 60 | mm mmring write ring
	heard=yes
	within 10 grep -q '^2 5 ' got || heard=no
	kill "$follower"
	wait "$follower" || :
	[ "$heard" = yes ]
}

@test "a follower to whom the cursor is another machine's is told what he missed, and goes on" {
	need_root
	ready
	need unshare
	echo 01234567-89ab-cdef-0123-456789abcdef >id
	unshare -m mount --bind id /proc/sys/kernel/random/boot_id 2>said || skip "no mounts of our own here"
	mm mmring create ring 12288
	"$load" lines 1 10 60 | mm mmring write ring
	timeout 60 unshare -m sh -c 'mount --bind id /proc/sys/kernel/random/boot_id && exec "$0" read -f --raw ring' \
		"$bin/mmring" >got 2>said 3>&- &
	follower=$!
	within 10 grep -q '^1 10 ' got
	# more than the ring holds, while he sleeps
	pkill -STOP -P "$follower"
	"$load" lines 2 500 60 | mm mmring write ring
	pkill -CONT -P "$follower"
	heard=yes
	within 20 grep -q '^2 500 ' got || heard=no
	"$load" lines 3 1 60 | mm mmring write ring
	within 20 grep -q '^3 1 ' got || heard=no
	truncate -s 0 ring
	"$load" lines 4 1 60 | mm mmring write -s 12288 ring
	within 20 grep -q '^4 1 ' got || heard=no
	pkill -P "$follower"
	wait "$follower" || :
	cat said
	[ "$heard" = yes ]
	grep -q 'records lost, overwritten before they could be read$' said
}

@test "missing sectors: what can be read is read, and the rest is told" {
	local io
	need_root
	ready
	on_loop ext4 rw m image
	# most of the disk, so that its end is the ring's
	"$load" lines 1 220000 60 | mm mmring write -s 24M m/ring
	mm mmring read --raw m/ring >all
	sync -f m
	truncate -s 16M image
	sync
	{ echo 3 >/proc/sys/vm/drop_caches; } 2>/dev/null || skip "the page cache cannot be dropped here"
	[ "$(cat m/ring 2>/dev/null | wc -c)" -lt 25165824 ] || skip "the missing sectors are not the ring's"
	for io in map read auto; do
		status=0
		mm mmring read --io=$io --json m/ring >records 2>said || status=$?
		cat said
		[ "$status" = 1 ] || [ "$status" = 2 ]
		[ -s said ]
		"$load" valid 1 220000 <records >/dev/null
		run -1 mm mmring check --io=$io m/ring
		echo "$output"
		[[ $output == *'parts of the file cannot be read'* ]]
	done
}

@test "no space: a ring is made in full or not at all, and one that is there can always be written" {
	ready
	on_tmpfs size=1M m
	run -2 mm mmring create m/ring 2M
	[[ $output == *"No space left on device"* ]]
	[ ! -e m/ring ]
	mm mmring create m/ring 512K
	cat /dev/zero >m/full 2>/dev/null || :
	"$load" lines 1 9000 60 >in
	mm mmring write m/ring <in
	run -0 mm mmring check m/ring
	run -2 mm mmring resize m/ring 900K
	[[ $output == *"No space left on device"* ]]
	run -0 mm mmring check m/ring
	[ -z "$(temporary m)" ]
}

@test "space that is missing only when it is to be durable: --sync says so, and passes nothing on that is not" {
	local passed
	ready
	on_tmpfs size=6M store
	on_loop ext4 rw m "$BATS_TEST_TMPDIR/store/image" 32M
	"$load" lines 1 200000 60 >in
	status=0
	mm mmring write --sync --tee -s 16M m/ring <in >teed 2>said || status=$?
	cat said
	[ "$status" = 2 ]
	[ -s said ]
	passed=$(wc -l <teed)
	cmp -n "$(stat -c %s teed)" in teed
	note "$passed lines were passed on before"
}
