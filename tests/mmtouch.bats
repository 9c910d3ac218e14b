# mmtouch: what is in memory, compared with what others tell; bringing it in and letting it go; as vmtouch and as fincore.
# Locking is in mmtouch_lock.bats, saving and restoring in mmtouch_save.bats.

# The helper sets $bin and $nl.
# shellcheck disable=SC2016,SC2154,SC2030,SC2031,SC2034,SC2209
bats_require_minimum_version 1.5.0
load helper
load touch

# The system lets go of pages when it likes, so that a test may have to be made again.
export BATS_TEST_RETRIES=2

# --- what is in memory

@test "mmtouch shows exactly the pages that were read, by cachestat and by mincore" {
	paged f 300
	looked_at f 3 7 100 1 255 2
	[ "$(resident f)" = "3-9 100-100 255-256" ]
	[ "$(ranges f)" = "3-9 100-100 255-256" ]
	[ "$(MMTOOLS_IO=map ranges f)" = "3-9 100-100 255-256" ]
	[ "$(MMTOOLS_IO=read ranges f)" = "3-9 100-100 255-256" ]
	has '"pages":300,"resident":10,' told
}

@test "mmtouch finds random pages where they are, in files of any size" {
	for n in 1 5 17 4097; do
		paged f "$n"
		# shellcheck disable=SC2046 # words
		looked_at f $(awk -v n="$n" 'BEGIN { srand(n); for (i = 0; i < 6; i++) print int(rand() * n), 1 + int(rand() * 3) }')
		want=$(resident f)
		[ "$(ranges f)" = "$want" ]
		[ "$(MMTOOLS_IO=map ranges f)" = "$want" ]
	done
}

@test "mmtouch says how much of each file is in memory, and the sum" {
	paged f 10
	paged g 4
	looked_at f 2 5
	looked_at g 0 4
	: >e
	[ "$page" = 4096 ] || skip "pages of another size"
	tells '    CACHED       SIZE    %  FILE
  20.0 KiB   40.0 KiB   50  f
  16.0 KiB   16.0 KiB  100  g
       0 B        0 B    -  e
  36.0 KiB   56.0 KiB   64  in 3 files, 0 folders' f g e
	tells '    CACHED       SIZE    %  FILE
     20480      40960   50  f
[  OOOOO   ] 5/10
     20480      40960   50  in 1 file, 0 folders' --bytes -v f
}

@test "mmtouch never says 100 % of a file of which a page is missing" {
	paged f 1000
	looked_at f 0 999
	mm mmtouch f >out
	has ' 99  f' out
}

@test "mmtouch draws a picture as wide as the terminal" {
	need script
	paged f 300
	looked_at f 0 30
	script -qec "stty cols 100; $bin/mmtouch -v f" /dev/null </dev/null | tr -d '\r' >out
	line=$(grep '^\[' out)
	[[ $line =~ ^\[OOO+o?\ +\]\ 30/300$ ]]
	[ ${#line} -gt 70 ]
	[ ${#line} -lt 100 ]
	mm mmtouch -v f >out
	[ "$(grep '^\[' out)" = "[OOOOO$(printf '%45s' '')] 30/300" ]
}

@test "mmtouch draws a picture as wide as the terminal also of a file with dirty pages" {
	unset MMTOOLS_IO        # what mincore does not tell
	need script
	paged f 70
	dd if=/dev/zero of=f bs="$page" count=3 conv=notrunc status=none
	script -qec "stty cols 80; $bin/mmtouch -v f" /dev/null </dev/null | tr -d '\r' >out
	line=$(grep '^\[' out)
	[[ $line =~ \ 3/70(, 3 dirty)?$ ]]
	[ ${#line} -le 80 ]
}

@test "vmtouch tells the share of a page in the longest file" {
	[ -w /dev/shm ] || skip "no /dev/shm to write to"
	unset MMTOOLS_IO
	open=$(mktemp -d /dev/shm/mmtouch.XXXXXX)
	printf x >"$open/f"
	truncate -s 9223372036854775807 "$open/f" || skip "no files as long as that"
	timeout 10 "$bin/vmtouch" "$open/f" >out
	has '  Resident Pages: 1/[0-9]+  4K/8E  4.44e-14%$' out || [ "$page" != 4096 ]
}

@test "mmtouch looks at a hole of 1 TiB in no time and in 16 MiB of memory, and reads none of it" {
	unset MMTOOLS_IO        # what mincore does not tell
	need_holes
	truncate -s 1T hole 2>/dev/null || skip "no files of 1 TiB here"
	starts_in 16384
	# 20 s would be mincore's
	timeout 5 bash -c 'ulimit -v 16384; exec "$1" --json hole' - "$bin/mmtouch" >out || {
		mm mmtouch --json hole >out && has '"dirty":null' out && skip "no cachestat on this kernel"
		false
	}
	has '"pages":268435456,"resident":0,' out
	timeout 5 "$bin/mmtouch" -q -t hole
	[ "$(mm mmtouch --json hole | sed -n 's/.*"resident":\([0-9]*\),.*/\1/p' | head -n 1)" = 0 ]
}

@test "mmtouch says of another user's file that nothing is known, in each of its faces and by both calls" {
	open_folder mmtouch
	cp "$open/mmtouch" "$open/vmtouch"
	cp "$open/mmtouch" "$open/fincore"
	(cd "$open" && paged f 8)
	for how in auto map; do
		cd "$open"
		export MMTOOLS_IO=$how
		try=0
		user ./mmtouch --json f >out 2>err || try=$?
		[ $try = 1 ]
		has '"resident":null,"dirty":null' out
		has '^mmtouch: 1 file is unknown: ' err
		try=0
		user ./mmtouch f >out 2>err || try=$?
		[ $try = 1 ]
		has '^   unknown .* \?  f$' out
		try=0
		user ./vmtouch -v f >out 2>err || try=$?
		[ $try = 1 ]
		has '^unknown$' out
		lacks 100 out
		try=0
		user ./fincore f >out 2>err || try=$?
		[ $try = 1 ]
		has '^ *\? +\? .* f$' out
		try=0
		user ./fincore -J f >out 2>err || try=$?
		[ $try = 1 ]
		has '"res": null,' out
		: >mine
		chmod 666 mine
		user ./fincore -rnc -o pages,file mine f >out 2>err || true
		is '0 mine\n? f\n? total\n' out
		user ./mmtouch --json f >out 2>err || true
		only '.*"resident":null,.*' out
	done
	# a file that one may write, and one's own
	chmod 666 f
	user ./mmtouch --json f >out
	has '"resident":0,' out
}

# --- which files

@test "mmtouch fails for what is missing or no file, and does the rest" {
	paged f 1
	mkfifo p
	try 1 no f p
	is "mmtouch: no: No such file or directory\nmmtouch: p: neither a file nor a folder\n" err
	has ' f$' out
	via=(classic vmtouch)
	try 1 no
	is "vmtouch: no: No such file or directory\n" err
	via=(classic fincore)
	try 1 no
	is "fincore: no: No such file or directory\n" err
}

@test "mmtouch takes a block device for a file as long as it is, as an operand, and none in a folder" {
	local device
	need_root
	need losetup
	mkdir d
	paged d/image 8
	mkfifo d/p
	device=$(losetup -f --show d/image 2>why) || skip "no loop device here: $(cat why)"
	mknod d/node b "0x$(stat -Lc %t "$device")" "0x$(stat -Lc %T "$device")"
	mm mmtouch --json "$device" d >out || { losetup -d "$device" && false; }
	losetup -d "$device"
	has "^\{\"file\":\"$device\",\"size\":$((8 * page)),\"pages\":8,\"resident\":" out
	has '"files":2,"folders":1,"unknown":0,"pages":16,' out
}

@test "mmtouch names the folder that it may not enter, and does the rest" {
	open_folder mmtouch
	mkdir -p "$open/d/no" "$open/d/yes"
	chmod 700 "$open/d/no"
	: >"$open/d/yes/e"
	got=0
	user "$open/mmtouch" --json "$open/d" >out 2>err || got=$?
	[ "$got" = 1 ]
	is "mmtouch: $open/d/no: Permission denied\n" err
	has '"files":1,"folders":2,' out
}

@test "mmtouch takes a list of names, whose last line need not end" {
	paged first 2
	paged second 3
	paged 'a b' 1
	printf 'first\nsecond' >list
	mm mmtouch --json -b list first >out
	[ "$(grep -c '"file":"second"' out)" = 1 ]
	has '"files":2,' out
	printf 'first\0a b\0second' | mm mmtouch --json -0b - >out
	has '"file":"a b"' out
	has '"files":3,' out
	printf 'no\n' >list
	try 1 -b list
	is "mmtouch: no: No such file or directory\n" err
	try 1 -b none
	is "mmtouch: none: No such file or directory\n" err
}

@test "mmtouch says nothing strange of empty files" {
	: >e
	mm mmtouch e >out
	has '^ +0 B +0 B +-  e$' out
	mm vmtouch -v e >out
	lacks nan out
	mm vmtouch -tv e >out
	mm vmtouch -ev e >out
	mm fincore -nr e >out
	is '0B 0 0B e\n' out
}

@test "mmtouch counts a file with several names once, with -h for each" {
	paged d-a 2
	mkdir d
	mv d-a d/a
	ln d/a d/b
	ln -s a d/l
	mm mmtouch --json d >out
	has '"files":1,"folders":1,' out
	mm mmtouch --json -h d >out
	has '"files":2,' out
	mm mmtouch --json -f d >out
	has '"files":1,' out
	# also where an operand leads to it once more
	mm mmtouch --json d d/b >out
	has '"files":1,' out
}

@test "mmtouch counts a file and a folder once, however many operands lead there" {
	mkdir d
	paged d/f 2
	ln -s d/f l
	for args in 'd/f d/f' 'd d' 'l d' 'd/f l d'; do
		# shellcheck disable=SC2086 # words
		mm mmtouch --json $args >out
		[ "$(grep -c '"file":' out)" = 1 ]
		has '"files":1,"folders":[01],' out
	done
}

@test "mmtouch takes the size of the file that it has opened" {
	need_strace
	paged f 2
	paged new 5
	stopped_in %%stat eval '"${tracer[@]}" -P f "$MMTOOLS" mmtouch --json f'
	mv new f
	goes_on
	has "\"size\":$((5 * page)),\"pages\":5," said
}

@test "mmtouch follows symbolic links that are operands, vmtouch with -f alone, and no loop twice" {
	mkdir -p d/e
	paged d/f 2
	ln -s d/f l
	ln -s .. d/e/up
	mm mmtouch --json l >out
	has '"file":"l",' out
	via=(classic vmtouch)
	try 1 l
	has '^vmtouch: l: a symbolic link' err
	try 0 -f l
	mm mmtouch --json -f d >out || true
	[ "$(grep -c '"file":' out)" = 1 ]
}

@test "mmtouch stays in one file system unless it is told to cross, and takes a mount for no loop" {
	need_root
	need unshare
	mkdir -p d/m
	cat >mounts <<-END
		mount -t tmpfs none d/m && mkdir d/m/m && mount -t tmpfs none d/m/m && echo abc >d/m/g && echo abc >d/m/m/h || exit 77
		"$bin/mmtouch" --json d; "$bin/mmtouch" --json --cross-mounts d; "$bin/vmtouch" -v d; "$bin/vmtouch" -vF d
		"$bin/mmtouch" --json --cross-mounts d/m
	END
	unshare -m bash mounts >out 2>err || { [ $? = 77 ] && skip "no mounts here"; cat err; false; }
	grep '"files"\|Files:' out | sed -E 's/.*[^0-9]([0-9]+)(,"folders.*)?$/\1/' >counts
	is '0\n2\n2\n0\n2\n' counts
	is '' err
}

@test "mmtouch passes over names, and looks at some names alone" {
	mkdir -p d/skip
	for f in a.log b.log c.txt skip/x.log '[x]'; do echo abc >"d/$f"; done
	named() { mm mmtouch --json "$@" d | sed -n 's/^{"file":"d.\([^"]*\)".*/\1/p' | LC_ALL=C sort | tr '\n' ' '; }
	[ "$(named -i skip -i '[x]')" = "[x] a.log b.log c.txt " ]
	[ "$(named -i skip -i '\[x]')" = "a.log b.log c.txt " ]
	[ "$(named -I '*.log')" = "a.log b.log skip/x.log " ]
	[ "$(named -I '[!a-b]*.???')" = "c.txt skip/x.log " ]
	[ "$(named -I '?.t*t' -I 'a*')" = "a.log c.txt " ]
	[ "$(named -I '*')" = "[x] a.log b.log c.txt skip/x.log " ]
	[ "$(named -I '[]x]*')" = "skip/x.log " ]
	[ "$(named -I '[[]*')" = "[x] " ]
	[ "$(named -I 'c.tx')" = "" ]
}

@test "mmtouch looks at a part of a file, and refuses one that is not there" {
	paged f 10
	looked_at f 2 5
	counted() { mm mmtouch --json "$@" f | sed -n '1s/.*"pages":\([0-9]*\),"resident":\([0-9]*\),.*/\2 of \1/p'; }
	[ "$(counted --range "$page+$((2 * page))")" = "1 of 2" ]
	[ "$(counted --range=-$((4 * page)))" = "1 of 4" ]
	[ "$(counted --range $((3 * page + 1))+1)" = "1 of 1" ]
	[ "$(counted -p "$((3 * page))-$((5 * page))")" = "2 of 2" ]
	[ "$(counted -p "-$((3 * page))")" = "1 of 3" ]
	[ "$(counted -p "$((3 * page))")" = "1 of 3" ]
	[ "$(counted -p "$((5 * page))-1G")" = "2 of 5" ]
	[ "$(counted -p "$((4 * page))-")" = "3 of 6" ]
	[ "$(counted -p "$((10 * page))-")" = "0 of 0" ]
	try 1 -p "$((10 * page + 1))-" f
	is "mmtouch: f: ends before the range begins\n" err
	try 1 --range 1G f
	is "mmtouch: f: range 1073741824 begins beyond the end\n" err
	try 1 -p 1G-2G f
	is "mmtouch: f: ends before the range begins\n" err
	refuses "mmtouch: range '5K-1K' ends before it begins${nl}Try 'mmtouch --help' for more information." -p 5K-1K f
	refuses "mmtouch: invalid range '5-x' for '-p': as in 4K-64K, 4K- or -64K${nl}Try 'mmtouch --help' for more information." -p 5-x f
	mm mmtouch -m $((10 * page - 1)) --json f 2>err >out
	is "mmtouch: f: larger than -m allows, passed over\n" err
	has '"files":0,' out
	try 0 -m $((10 * page)) f
	is '' err
}

@test "mmtouch --top shows the files that have most in memory" {
	mkdir d
	for n in 1 2 3 4 5 6; do paged "d/f$n" 8; looked_at "d/f$n" 0 $n; done
	mm mmtouch --top 3 --json d | sed -n 's/.*"file":"d.\(f.\)".*"resident":\([0-9]*\).*/\1 \2/p' >out
	is 'f6 6\nf5 5\nf4 4\n' out
	# the sum is that of all
	mm mmtouch --top 2 --json d >out
	has '"files":6,"folders":1,"unknown":0,"pages":48,"resident":21,' out
	refuses "mmtouch: --top and --verbose exclude each other${nl}Try 'mmtouch --help' for more information." --top 1 -v d
	mm mmtouch --top 30 d >out
	[ "$(grep -c ' d/f' out)" = 6 ]
}

# --- bringing in and letting go

@test "mmtouch -t reads only what is missing, in order, and what is there afterwards is told" {
	need_strace
	paged f 40
	looked_at f 10 5 20 1
	strace -o trace -P "$PWD/f" -e trace=pread64 "$MMTOOLS" mmtouch -t --json -v f >out
	has "\"resident\":40," out
	has '"changed":34' out
	sed -n 's/.*, \([0-9]*\), \([0-9]*\)) .*/\2 \1/p' trace >reads_made
	is "0 $((10 * page))\n$((15 * page)) $((5 * page))\n$((21 * page)) $((19 * page))\n" reads_made
	[ "$(resident f)" = 0-39 ]
	dropped f
	mm vmtouch -tv f >out
	has '^\[O{40}\] 40/40$' out
	has '^   Touched Pages: 40 ' out
}

@test "mmtouch -t brings in a range alone" {
	paged f 100
	mm mmtouch -q -t --range "$((20 * page))+$((10 * page))" f
	[ "$(resident f)" = 20-29 ]
}

@test "mmtouch -t of a sparse file reads its data alone" {
	need_holes
	paged f 4
	truncate -s $((100 * page)) f
	dd if=f of=f bs="$page" count=2 seek=50 conv=notrunc status=none
	sync f
	dropped f
	mm mmtouch -qt f
	[ "$(resident f)" = "0-3 50-51" ]
}

@test "mmtouch -t shows progress" {
	paged f 100
	mm mmtouch -qt --progress=always f 2>err
	has 'mmtouch: 400 KiB' err || [ "$page" != 4096 ]
	try 0 -qt --progress=never f
	is '' err
}

@test "mmtouch -e lets go, and of a range alone" {
	paged f 30
	looked_at f 0 30
	mm mmtouch -q -e --range "$((5 * page))+$((10 * page))" f
	[ "$(resident f)" = "0-4 15-29" ]
	mm mmtouch -e --json f >out
	[ "$(resident f)" = "" ]
	has '"changed":-20' out
	has '"resident":0,' out
}

@test "mmtouch -e says that dirty pages stayed, with status 1, and with --sync they go" {
	unset MMTOOLS_IO        # what mincore does not tell
	paged f 30
	dd if=/dev/zero of=f bs="$page" count=3 seek=4 conv=notrunc status=none
	try 0 -v f
	has '^\[    OOO {23}\] 3/30, 3 dirty$' out
	try 1 -e --json f
	# asked to let go of them, the system begins to write
	like "mmtouch: f: 3 pages stayed(, 3 (dirty|being written))?$nl" err
	has '"resident":3,' out
	dd if=/dev/zero of=f bs="$page" count=3 seek=4 conv=notrunc status=none
	try 0 -e --sync --json f
	has '"resident":0,' out
}

@test "mmtouch -e never says that less than nothing went, as where others bring in meanwhile" {
	need_inject
	paged f 20
	looked_at f 0 1
	for face in vmtouch mmtouch; do
		mm mmtouch -qe f || true
		looked_at f 0 1
		stopped_in /^fadvise64 eval '"${tracer[@]}" "$MMTOOLS" "$face" -e f'
		looked_at f 0 20
		goes_on
		has '(Evicted Pages: 0 \(0\)|; 0 B let go)$' said
	done
}

@test "mmtouch -e names the process that maps what stayed" {
	paged f 30
	python3 - f <<-'END' &
		import mmap, os, sys, time
		f = open(sys.argv[1])
		m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
		m.madvise(mmap.MADV_RANDOM)
		m[5 * mmap.PAGESIZE]
		open('ready', 'w')
		time.sleep(20)
	END
	started+=("$!")
	pid=$!
	eventually test -e ready
	try 1 -e f
	has "^mmtouch: f: [0-9]+ pages? stayed, mapped by $pid \(python3.*\)" err
	kill "$pid"
	eventually ended "$pid"
	eventually mm mmtouch -qe f
}

@test "mmtouch -e names three of those who map what stayed, and says that there are others" {
	paged f 3
	paged g 1
	python3 - f <<-'END' &
		import mmap, os, sys, time
		f = open(sys.argv[1])
		m = mmap.mmap(f.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ)
		m[0]
		for i in range(3): os.fork() or time.sleep(20)
		open('ready', 'w')
		time.sleep(20)
	END
	started+=("$!")
	eventually test -e ready
	looked_at g 0 1
	python=$(awk -v ORS= '{ print $1 }' /proc/$!/comm)
	try 1 -e g f
	mapfile -tO "${#started[@]}" started < <(pgrep -P $!)
	like "mmtouch: f: [123] pages? stayed, mapped by [0-9]+ \($python\), [0-9]+ \($python\), [0-9]+ \($python\) and others$nl" err
	[ "$(grep -oE '[0-9]+ \(' err | sort -u | wc -l)" = 3 ]
	[ "$(resident g)" = '' ]
}

@test "mmtouch -e names those who map what stayed in full, however long their quoted names are" {
	paged f 3
	python3 - f <<-'END' &
		import ctypes, mmap, os, sys, time
		f = open(sys.argv[1])
		m = mmap.mmap(f.fileno(), mmap.PAGESIZE, prot=mmap.PROT_READ)
		m[0]
		ctypes.CDLL(None).prctl(15, b"\1'" * 7 + b'\1', 0, 0, 0)
		os.fork()
		os.fork()
		open('ready%d' % os.getpid(), 'w')
		time.sleep(20)
	END
	started+=("$!")
	eventually eval '[ "$(printf "%s\n" ready* | wc -l)" = 4 ]'
	mapfile -tO 1 started < <(printf '%s\n' ready* | sed 's/ready//')
	try 1 -e f
	has "^mmtouch: f: .* mapped by ([0-9]+ \\('.{60,}'\\)(, )?){3} and others\$" err
}

@test "mmtouch -t and -e exclude each other, and so do -v and -q" {
	: >e
	refuses "mmtouch: --touch and --evict exclude each other${nl}Try 'mmtouch --help' for more information." -t -e e
	refuses "mmtouch: --verbose and --quiet exclude each other${nl}Try 'mmtouch --help' for more information." -vq e
	refuses "mmtouch: no files or folders${nl}Try 'mmtouch --help' for more information."
	via=(classic vmtouch)
	fails 1 "vmtouch: --touch and --evict exclude each other${nl}Try 'vmtouch --help' for more information." -te e
}

# --- as vmtouch and as fincore

@test "vmtouch prints what the host's prints, but for the time" {
	need vmtouch
	mkdir d
	for n in 1 60 61 300; do
		paged d/f "$n"
		looked_at d/f 0 1 $((n / 2)) 7
		: >d/e
		for args in "d" "-v d" "-v -p -16K d/f" "-p 8K-1M d"; do
			# shellcheck disable=SC2086 # words
			vmtouch $args | sed 's/.*\r//; /Elapsed/d' >want
			# shellcheck disable=SC2086 # words
			mm vmtouch $args | sed /Elapsed/d | diff want -
		done
	done
	# parts of all sizes, of which one page or many are there, so percentages of all sizes
	paged g 2000
	looked_at g 0 1 100 2 1000 901
	for args in 0-4K 0-8K 0-28K 0-396K 0-400K 4K-404K 400K-408K 0-4M 4M-8M 3999K-4001K 0-7999K -12K 396K- 4M; do
		vmtouch -p $args g | sed '/Elapsed/d' >want
		mm vmtouch -p $args g | sed /Elapsed/d | diff want -
	done
	dropped d/f
	looked_at d/f 7 3
	vmtouch -t d | grep -v Elapsed >want
	dropped d/f
	looked_at d/f 7 3
	mm vmtouch -t d | grep -v Elapsed | diff want -
	mm vmtouch -e d | grep -v Elapsed >out
	looked_at d/f 0 300
	vmtouch -e d | grep -v Elapsed | diff - out
	mm vmtouch d >out
	like '         Elapsed: [0-9](\.[0-9]+)?(e-0[0-9])? seconds' <(tail -n 1 out | tr -d '\n')
}

@test "vmtouch -o kv prints pairs" {
	paged f 3
	looked_at f 0 2
	mm vmtouch -o kv f >out
	like "Files=1 Directories=0 ResidentPages=2 TotalPages=3 ResidentSize=$((2 * page)) TotalSize=$((3 * page)) ResidentPercent=66.7 Elapsed=[0-9.e-]+$nl" out
}

@test "fincore prints what the host's prints" {
	need fincore
	mkdir folder
	: >e
	paged f 300
	paged g 1
	printf more >>f
	sync f
	dropped f
	looked_at f 3 7
	looked_at g 0 1
	printf abc >h
	for args in "f" "f g e h" "-b f g" "-n f g e" "-nb e f" "-r f g h" "-J f g e" "-J -b f" "-Jr f" "-o FILE,RES f g" "-o size f" "-rno file,pages f g" "folder f" "folder" "-J folder"; do
		# shellcheck disable=SC2086 # words
		fincore $args >want 2>err
		# shellcheck disable=SC2086 # words
		mm fincore $args >out 2>err
		diff want out
	done
	for name in 'a b' "it's \$1" 'ä*'; do
		cp g "$name"
		fincore g "$name" >want
		mm fincore g "$name" >out
		diff want out
	done
	need_holes
	for size in 1 1023 1024 1025 1075 1076 1535 1536 10239 10240 102349 102350 1048524 1048525 1048575 1048576 1100000 1073689395 1073689396 \
		1073741823 1G; do
		truncate -s $size "size-$size" 2>said || true
	done
	fincore -no size,file size-* >want
	mm fincore -no size,file size-* >out
	diff want out
}

@test "fincore has the columns of newer ones, dirty pages among them, and a sum" {
	paged f 20
	looked_at f 0 8
	mm mmtouch --json f | grep -q '"dirty":null' && skip "no cachestat on this kernel"
	dd if=/dev/zero of=f bs="$page" count=3 seek=4 conv=notrunc status=none
	mm fincore -rb --output-all f >out
	has '^RES PAGES SIZE FILE DIRTY_PAGES DIRTY WRITEBACK_PAGES WRITEBACK EVICTED_PAGES EVICTED RECENTLY_EVICTED_PAGES RECENTLY_EVICTED$' out
	has "^$((8 * page)) 8 $((20 * page)) f 3 $((3 * page)) 0 0 [0-9]+ [0-9]+ [0-9]+ [0-9]+\$" out
	mm fincore -rn -o +DIRTY_PAGES f >out
	has ' 8 .* f 3$' out
	mm fincore -rnc -o pages,file f f >out
	is '8 f\n8 f\n16 total\n' out
	mkdir d
	mv f d
	mm fincore -rnR -o pages,file d >out
	is '8 d/f\n' out
	via=(classic fincore)
	fails 1 "fincore: unknown column: bogus" -o bogus d/f
	try 0 -C d/f
	MMTOOLS_IO=map try 1 -C d/f
}

@test "mmtouch tells what JSON readers can read" {
	need python3
	mkdir d
	paged "d/$(printf 'a\nb"\377')" 3
	mm mmtouch --json -v d >out
	python3 -c 'import json, sys; [json.loads(l) for l in open("out", errors="strict")]'
	[ "$(wc -l <out)" = 2 ]
	mm fincore -RJ --output-all d | python3 -c 'import json, sys; json.load(sys.stdin)'
}
