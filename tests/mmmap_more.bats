# mmmap: who maps files, what was deleted, ranges, differences, pictures and bytes; and processes that change meanwhile.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the helper sets $bin and $nl
bats_require_minimum_version 1.5.0
load helper
load map

# tabled ARG...: a table of all processes, some of which perhaps may not be looked at, in the file out
tabled() {
	mm mmmap "$@" >out 2>err || only 'mmmap: [0-9]+ process(es)? could not be looked at: .*' err
}

# --- files

@test "-f finds the processes that map a file by any of its names, with how much of it" {
	known
	ln known link
	ln -s link symlink
	cp known copy
	for name in known link symlink; do
		tabled -f --bytes "$name"
		[ "$(awk -v pid="$pid" '$1 == pid { print $3, $4 }' out)" = \
			"$(($(held Rss "$pid" "$PWD/known") * 1024)) $(($(held Pss "$pid" "$PWD/known") * 1024))" ]
		[ "$(grep -c 'known (known)$' out)" = 1 ]
		[ "$(wc -l <out)" = 3 ]
	done
	tabled -f copy
	[ "$(wc -l <out)" = 2 ]
}

@test "-f takes several files, and one that is not there makes the status 1" {
	known
	known other
	run -1 --separate-stderr mm mmmap -f known nosuch other
	[[ $stderr == "mmmap: nosuch: No such file or directory"* ]]
	[[ $output == *'/known (known)'*'/other (other)'* || $output == *'/other (other)'*'/known (known)'* ]]
	refuses "mmmap: missing file${nl}Try 'mmmap --help' for more information." -f
}

@test "-f finds a file on overlayfs, whose device in maps may be another one" {
	need_root
	need unshare
	mkdir lower upper work merged
	cp "$(command -v sleep)" lower/known
	unshare -m sh -c 'mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none merged' || skip "no overlayfs here"
	unshare -m sh -c 'mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none merged
		merged/known 1000 & until [ "$(cat /proc/$!/comm)" = known ]; do sleep 0.05; done
		"$0" mmmap -f merged/known; kill $!' "$MMTOOLS" >out 2>err 3>&-
	has '/known \(known\)$' out
}

@test "--deleted shows who maps what was removed or replaced" {
	known removed
	known replaced
	known stays
	rm removed
	cp stays new
	mv new replaced
	tabled --deleted
	has "  removed $PWD/removed \\(deleted\\) \\(removed\\)$" out
	has "  replaced $PWD/replaced \\(deleted\\) \\(replaced\\)$" out
	lacks stays out
	tabled --deleted --json
	has "\"state\":\"replaced\",\"file\":\"$PWD/replaced \\(deleted\\)\"" out
}

@test "--deleted is not misled by a name that ends as if it were" {
	known 'real (deleted)'
	known $'two\nlines (deleted)'
	tabled --deleted
	lacks "$PWD" out
	rm 'real (deleted)'
	tabled --deleted
	cp "$(command -v sleep)" $'two\nlines (deleted)+'
	mv $'two\nlines (deleted)+' $'two\nlines (deleted)'
	tabled --deleted
	has '  replaced .*/two\\012lines \(deleted\) \(deleted\) ' out
	has "  removed $PWD/real \\(deleted\\) \\(deleted\\) " out
}

@test "what is no newline in a name is not taken for one" {
	known 'real\012name'
	try 0 --json "$pid"
	has '/real\\\\012name"' out
	try 0 --json --diff "$$" "$pid"
	has '/real\\\\012name"' out
	tabled --json -f 'real\012name'
	has '/real\\\\012name"' out
	cp 'real\012name' new
	mv new 'real\012name'
	tabled --deleted
	has '  replaced .*/real\\012name \(deleted\) ' out
}

@test "--deleted looks for a name where the process has it: in its jail, or among its mounts" {
	need_root
	need unshare
	mkdir jail mounts
	cp "$(command -v sleep)" jail/replaced
	cp jail/replaced jail/removed
	programmed 'all = [mmap.mmap(os.open("jail/" + n, os.O_RDWR), 4096) for n in ("replaced", "removed")]
os.chroot("jail")'
	cp jail/replaced jail/new
	mv jail/new jail/replaced
	rm jail/removed
	tabled --deleted
	has "  replaced $PWD/jail/replaced \\(deleted\\) " out
	has "  removed $PWD/jail/removed \\(deleted\\) " out
	unshare -m sh -c 'mount -t tmpfs none mounts' || skip "no mounts here"
	cp "$(command -v sleep)" mounts/known
	unshare -m sh -c 'mount -t tmpfs none mounts; cp "$(command -v sleep)" mounts/known; exec mounts/known 1000' 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually grep -q known "/proc/$pid/comm"
	rm "/proc/$pid/root$PWD/mounts/known"
	tabled --deleted
	has "  removed $PWD/mounts/known \\(deleted\\) " out
}

@test "--deleted is not misled by such a name that is too long to be looked up" {
	need_root
	programmed 'here = os.getcwd(); all = []
for i in range(18): os.mkdir("d" * 250); os.chdir("d" * 250)
for n in "stays (deleted)", "gone (deleted)":
    f = open(n, "w+b"); f.truncate(4096); all.append(mmap.mmap(f.fileno(), 4096)); f.close()
os.remove("gone (deleted)"); os.chdir(here)'
	tabled --deleted
	lacks 'd/stays' out
	has '  removed .*d/gone \(deleted\) \(deleted\) ' out
}

@test "--deleted leaves out memory that never had a name" {
	need python3
	python3 -c 'import mmap, os, time
f = os.memfd_create("nameless"); os.ftruncate(f, 4096); m = mmap.mmap(f, 4096); n = mmap.mmap(-1, 4096)
open("ready", "w"); time.sleep(1000)' 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually [ -e ready ]
	grep -q memfd:nameless "/proc/$pid/maps"
	tabled --deleted
	lacks 'memfd|/dev/zero' out
}

# --- ranges, differences, pictures, bytes

# start_of PID FILE: the address of its first mapping
start_of() {
	awk -v name="$2" '$6 == name { sub(/-.*/, "", $1); print $1; exit }' "/proc/$1/maps"
}

@test "the heading stands over its columns" {
	known
	try 0 "$pid"
	has '^ADDRESS {10}PERM {6}SIZE {7}RSS ' out
	has '^[0-9a-f]{16} [rwxps-]{4} .{8}[0-9] .{8}[0-9] ' out
}

@test "--range shows what is mapped at an address, or in a range" {
	known
	at=$(start_of "$pid" "$PWD/known")
	for range in "$at" "0x$at" "0000$at" "$at+1" "$at+4K" "$at-$(printf %x $((0x$at + 1)))"; do
		try 0 --range "$range" "$pid"
		[ "$(wc -l <out)" = 4 ]
		has "^0*$at .*/known$" out
	done
	try 0 --range 0-ffffffffffffffff "$pid"
	[ "$(wc -l <out)" = $(($(wc -l <"/proc/$pid/maps") + 3)) ]
	try 0 --range 0+1 --json "$pid"
	lacks '"start"' out
	for range in '' x 0x 1+ 1+0 1-1 2-1 1+1x 1:2 11111111111111111 -5; do
		refuses "mmmap: invalid range '$range': hexadecimal ADDR, ADDR+LEN or ADDR-END${nl}Try 'mmmap --help' for more information." \
			"--range=$range" "$pid"
	done
}

@test "--draw draws what --range leaves" {
	known
	at=$(start_of "$pid" "$PWD/known")
	try 0 --draw --range "$at" "$pid"
	[ "$(wc -l <out)" = 2 ]
	has "^0*$at .*/known$" out
}

@test "options that would change nothing are refused" {
	local pair
	for pair in '--rank --range=1' '--by=user --range=1' '--files --range=1' '--deleted --range=1' '--dump=1 --range=1' \
		'--draw --most=1' '--dump=1 --most=1'; do
		# shellcheck disable=SC2086 # two words
		try 2 $pair 1
		has "exclude each other$" err || { echo "$pair"; false; }
	done
}

@test "--diff shows what has grown since a copy of smaps, and nothing that has not" {
	known
	cat "/proc/$pid/smaps" >before
	try 0 --diff before "$pid"
	[ "$(sed '1,2d; $d' out | grep -v '/lib\|LC_')" = '' ]
	awk -v name="$PWD/known" '/^[0-9a-f]+-/ { here = $6 == name } here && $1 == "Rss:" { $2 -= 4 } here && $1 == "Private_Dirty:" { $2 += 12 } { print }' \
		"/proc/$pid/smaps" >before
	try 0 --diff before --bytes "$pid"
	n=$(grep -c "$PWD/known$" before)
	[ "$(awk -v name="$PWD/known" '$NF == name { print $2, $3, $4, $5, $6 }' out)" = "0 $((n * 4096)) 0 $((n * -12288)) $((n * -12288))" ]
	try 0 --diff before -h "$pid"
	has " -$((n * 12)).0 KiB" out
	# of maps sizes alone are known
	cat "/proc/$pid/maps" >before
	try 0 --diff before --json "$pid"
	has "\"size\":0,\"rss\":null,.*\"mapping\":\"$PWD/known\"" out
	try 0 --diff before "$pid"
	has '^total +0 +\? +\? ' out
	complains "mmmap: /etc/passwd: this is no smaps of a process" --diff /etc/passwd "$pid"
	complains "mmmap: nosuch: No such file or directory" --diff nosuch "$pid"
	complains "mmmap: 4194304: No such process" --diff 4194304 "$pid"
	for before in /dev/null "/proc/$pid/smaps_rollup"; do
		[ ! -e "$before" ] || complains "mmmap: $before: this is no smaps of a process" --diff "$before" "$pid"
	done
}

@test "--diff reads what was saved once, from a pipe, too" {
	known
	# shellcheck disable=SC2002 # that is what it is about
	cat "/proc/$pid/smaps" | timeout 20 "$bin/mmmap" --watch=10ms --diff /dev/stdin "$pid" 2>err | grep -m 3 '^total' >out
	[ "$(awk '{ print $2 }' out)" = "0${nl}0${nl}0" ]
}

@test "--diff compares two processes, too" {
	known
	first=$pid
	known other
	try 0 --diff "$first" "$pid"
	has "$PWD/known$" out
	has "$PWD/other$" out
	lacks '\[vdso\]' out
}

@test "--dump shows bytes of the memory, as they are with --raw" {
	known
	at=$(start_of "$pid" "$PWD/known")
	try 0 --dump "$at+100" --raw "$pid"
	head -c 100 known | same out -
	try 0 --dump "$at+40" "$pid"
	has "^0*$at  7f 45 4c 46 " out
	[ "$(wc -l <out)" = 4 ]
	refuses "mmmap: --raw is for --dump${nl}Try 'mmmap --help' for more information." --raw "$pid"
}

@test "--dump ends where the memory does, and says so" {
	known
	complains "mmmap: no memory at address 10" --dump 10+16 "$pid"
	end=$(awk '/\[stack\]/ { sub(/.*-/, "", $1); print $1 }' "/proc/$pid/maps")
	run -1 --separate-stderr mm mmmap --dump "$(printf %x $((0x$end - 8)))+4K" --raw "$pid"
	[ "$stderr" = "mmmap: no memory at address $end" ]
	mm mmmap --dump "$(printf %x $((0x$end - 8)))+4K" --raw "$pid" 2>err | wc -c >size || :
	[ "$(cat size)" = 8 ]
}

@test "--dump says so when the process ends meanwhile" {
	programmed 'm = mmap.mmap(-1, 1 << 23)
open("place", "w").write("%x" % ctypes.addressof(ctypes.c_char.from_buffer(m)))'
	mkfifo stream
	"$bin/mmmap" --dump "$(<place)+8M" --raw "$pid" >stream 2>err 3>&- &
	exec 7<stream
	head -c 1 <&7 >/dev/null
	kill -KILL "$pid"
	eventually ended "$pid"
	[ "$(wc -c <&7)" -lt $((1 << 23)) ]
	exec 7<&-
	ends_as 1 "$!"
	like "mmmap: no memory at address [0-9a-f]+$nl" err
}

@test "--draw has a letter for each part of what is mapped, and no line that is too long" {
	known
	try 0 --draw "$pid"
	# the heap is larger, where it happens to lie near; and so may be what the kernel puts beside the stack
	has '\|[rwxRWX -]*[xX][rwxRWX -]*\| (.*/known|\[heap\])$' out
	has '\|[wW]+[rxRX -]*\| \[stack\]$' out
	[ "$(awk 'length > 160' out)" = '' ]
	need python3
	# 16 pages of each kind, so many of them in memory, at a place of their own
	python3 -c 'import ctypes, mmap, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
page, at = mmap.PAGESIZE, 0x10000000000
for prot, kind, touched in (3, 2, 9), (0, 2, 0), (3, 2, 8), (1, 2, 0), (5, 2, 0), (3, 1, 9), (3, 1, 8):
    assert libc.mmap(at, 16 * page, prot, 0x100020 | kind, -1, 0) == at
    for i in range(touched): ctypes.memset(at + i * page, 1, 1)
    at += 16 * page
open("ready", "w"); time.sleep(1000)' 3>&- &
	started+=("$!")
	disown "$!"
	eventually test -e ready
	try 0 --draw $!
	[ "$(getconf PAGESIZE)" = 4096 ] || skip "pages of another size"
	grep -A 1 '^0000010000000000' out >picture
	like "0000010000000000       448 \\|WWWWWWWW--------wwwwwwwwrrrrrrrrxxxxxxxxSSSSSSSSssssssss\\| .*
 {13}\\.\\.\\. [0-9.]+ TiB$nl" picture
	refuses "mmmap: --draw and --json exclude each other${nl}Try 'mmmap --help' for more information." --draw --json "$pid"
}

@test "--diff adds up what smaps tells: what is private, dirty, swapped out, and in huge pages of each kind" {
	local fields n=0
	known
	while read -r fields want; do
		printf '1000-3000 rw-p 00000000 00:00 0  /here\nSize: 8 kB\n' >before
		tr ',' '\n' <<<"$fields" | sed 's/=/: /; s/$/ kB/' >>before
		try 0 --diff before --range 1000+8K "$pid"
		# size, rss, pss, uss, dirty, swap, huge
		[ "$(awk '$NF == "/here" { print $2, $3, $4, $5, $6, $7, $8 }' out)" = "$want" ] || { echo "$fields" && cat out && false; }
		n=$((n + 1))
	done <<-'END'
		Rss=5 -8 -5 0 0 0 0 0
		Pss=5 -8 0 -5 0 0 0 0
		Pss_Dirty=5 -8 0 0 0 0 0 0
		Private_Clean=5 -8 0 0 -5 0 0 0
		Private_Dirty=5 -8 0 0 -5 -5 0 0
		Shared_Dirty=5,Shared_Clean=1 -8 0 0 0 -5 0 0
		Swap=5 -8 0 0 0 0 -5 0
		Swap=5,SwapPss=2 -8 0 0 0 0 -2 0
		SwapPss=2,Swap=5 -8 0 0 0 0 -2 0
		AnonHugePages=1,ShmemPmdMapped=2,FilePmdMapped=4,Private_Hugetlb=8,Shared_Hugetlb=16 -8 0 0 0 0 0 -31
	END
	[ $n = 10 ]
}

@test "a text that is no smaps is refused, wherever it departs from one" {
	known
	for line in '1000-3000 rw-p 00000000 00:00' '1000-3000 rw-p 00000000 0000 0 /x' '1000 3000 rw-p 0 00:00 0 /x' '3000-3000 rw-p 0 00:00 0 /x' \
		'1000-3000 rw- 0 00:00 0 /x' 'x-3000 rw-p 0 00:00 0 /x' 'Rss: 5 kB'; do
		printf '%s\n' "$line" >before
		complains "mmmap: before: this is no smaps of a process" --diff before "$pid"
	done
	printf '1000-3000 rw-p 0 00:00 0 /x\nRss: 18446744073709551615 kB\n' >before
	complains "mmmap: before: this is no smaps of a process" --diff before "$pid"
	printf '1000-3000 rw-p 0 00:00 0 /x' >before
	complains "mmmap: before: this is no smaps of a process" --diff before "$pid"
	printf '1000-3000 rw-p 0 00:00 0 /x\n3000-4000 rw-p 0 00:00 0\n' >before
	try 0 --diff before --range 0-5000 "$pid"
	[ "$(awk '{ print $2, $NF }' out | sed '1,2d; $d' | sort)" = "-4 [anon]$nl-8 /x" ]
}

@test "--watch begins each picture at the top of a terminal, and parts them by a blank line elsewhere" {
	need script
	known
	timeout 20 "$bin/mmmap" --watch=10ms "$pid" 2>err | head -n 100 >lines
	awk -v RS= 'END { exit NR < 3 }' lines
	[ "$(head -n 1 lines)" = "$pid:   ./known 1000" ]
	lacks $'\033' lines
	script -fqec "exec '$bin/mmmap' --watch=10ms $pid" log >said </dev/null 3>&- &
	started+=("$!")
	disown "$!"
	eventually has $'^\033\[H\033\[J'"$pid:   ./known 1000" log
}

# rows_at COLUMNS ARG...: what it prints on a terminal so wide, in the file rows; the longest line has $widest characters
rows_at() {
	need script
	script -qec "stty cols $1; '$bin/mmmap' ${*:2} 2>/dev/null" log >said </dev/null || :
	sed '1d; $d; s/\r$//' log >rows
	widest=$(awk '{ n = length > n ? length : n } END { print n }' rows)
}

@test "names are cut where the terminal ends, and nowhere else" {
	known a-name-that-is-long-enough-to-be-cut
	try 0 "$pid"
	has '/a-name-that-is-long-enough-to-be-cut$' out
	# the values end in column 91, and less than nine characters of a name would be none
	for columns in 101 102; do
		rows_at $columns "$pid"
		sed -i '/^[0-9a-f]\{16\} [rwxps-]\{4\} /!d' rows
		widest=$(awk '{ n = length > n ? length : n } END { print n }' rows)
		[ "$widest" = $columns ] || { [ $columns = 101 ] && [ "$widest" -gt 101 ]; }
	done
	rows_at 90 -f "${PWD@Q}/a-name*"
	[ "$widest" = 90 ]
	rows_at 300 -f "${PWD@Q}/a-name*"
	has '/a-name-that-is-long-enough-to-be-cut \(a-name-that-is-\)$' rows
	rows_at $((widest - 5)) -f "${PWD@Q}/a-name*"
	has '/a-name-that-is-long-enough-to-be-cut \(a-name-tha\)$' rows
	for how in '' --bytes; do
		rows_at 70 --draw $how "$pid"
		[ "$widest" = 70 ]
	done
	rm a-name*
	rows_at 90 --deleted
	[ "$widest" = 90 ]
}

@test "--watch shows it again and again, until nobody reads it" {
	known
	timeout 20 "$bin/mmmap" --watch=10ms "$pid" 2>err | grep -m 3 '^total' >out
	[ "$(wc -l <out)" = 3 ]
	refuses "mmmap: invalid time 'x'${nl}Try 'mmmap --help' for more information." --watch=x
}

@test "--watch ends with the last of its processes" {
	known
	first=$pid
	known other
	via=("$bin/mmmap")
	start --watch=10ms "$first" "$pid"
	eventually has '^total' got
	kill -KILL "$first"
	eventually has "^mmmap: $first: No such process" got.err
	kill -KILL "${started[1]}"
	eventually ended "$pid"
	ends_as 1
	is "mmmap: $first: No such process\nmmmap: ${started[1]}: No such process\n" got.err
	# nor does it wait until somebody asks for the status
	zombie
	via=(timeout 20 "$bin/mmmap")
	complains "mmmap: $(<ended): No such process" --watch=10ms "$(<ended)"
}

# --- processes that change

@test "processes that end while they are looked at are no error, and sums still add up" {
	tabled
	(for ((i = 0; i < 1000; i++)); do (:) & done; wait) 3>&- &
	for ((n = 0; n < 20; n++)); do
		# how many may not be looked at changes with what else runs here
		mm mmmap --bytes >out 2>err || [ -s err ]
		sed -E '/^mmmap: [0-9]+ process(es)? could not be looked at/d' err | same /dev/null -
		awk '/^total/ { for (i = 2; i <= 5; i++) if ($i != sum[i]) exit 1; found = 1; exit }
			NR > 1 { for (i = 2; i <= 5; i++) sum[i] += $i } END { exit !found }' out
	done
	wait $!
}

@test "what moves while it is read is counted once" {
	need python3
	python3 -c 'import mmap
open("ready", "w")
while True:
    all = [mmap.mmap(-1, 4096 * (1 + i % 7)) for i in range(200)]
    for m in all[::3]: m.close()
    for m in all: m.close()' 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually [ -e ready ]
	for ((n = 0; n < 50; n++)); do
		mm mmmap --json "$pid" >out
		tr ',' '\n' <out | awk -F '"' '/"start"/ { start = substr("0000000000000000" substr($4, 3), length($4) - 1)
			if (n++ && start < end) exit 1 } /"end"/ { end = substr("0000000000000000" substr($4, 3), length($4) - 1) }
			END { exit n < 10 }'
	done
}

@test "a process that becomes another program over and over is shown as one of them" {
	printf '#!/bin/sh\nexec "$0"\n' >again
	chmod +x again
	./again 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	for ((n = 0; n < 50; n++)); do
		try 0 "$pid"
		has '^total +[1-9]' out
	done
}

# --- what a machine lacks

@test "without /proc it says so" {
	need_root
	need unshare
	unshare -m sh -c 'mount -t tmpfs none /proc' || skip "no mounts here"
	unshare -m sh -c 'mount -t tmpfs none /proc; exec "$0" --version' "$MMTOOLS" || skip "this build needs /proc by itself"
	run -2 unshare -m sh -c 'mount -t tmpfs none /proc; exec "$0" mmmap' "$MMTOOLS"
	[ "$output" = "mmmap: /proc: No such file or directory" ]
	run -1 unshare -m sh -c 'mount -t tmpfs none /proc; exec "$0" mmmap 1' "$MMTOOLS"
	[ "$output" = "mmmap: 1: No such process" ]
}

@test "where /proc hides the processes of others, it says so" {
	open_folder mmmap
	need unshare
	unshare -mpf sh -c 'mount -t proc -o hidepid=2 none /proc' || skip "no hidepid here"
	run -1 unshare -mpf sh -c 'mount -t proc -o hidepid=2 none /proc
		setpriv --reuid=65534 --regid=65534 --clear-groups "$0"; exit $?' "$open/mmmap"
	[[ $output == *"mmmap: /proc does not show the processes of others"* ]]
}
