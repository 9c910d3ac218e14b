# mmmap: what processes map, compared with what the kernel tells of them by another way (smaps read by awk). As pmap it is
# tested in mmmap_pmap.bats.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # the helper sets $bin and $nl
bats_require_minimum_version 1.5.0
load helper
load map

# --- what a process maps

@test "a process's mappings are all there, with what each holds" {
	known
	try 0 "$pid"
	awk '/^[0-9a-f]+-/ { split($1, at, "-"); line = sprintf("%16s %s", at[1], $2); gsub(" ", "0", at[1]) }
		/^[0-9a-f]+-/ { name = $0; for (i = 0; i < 5; i++) sub(/^[^ ]+ +/, "", name); if ($6 == "") name = "[anon]"; perm = $2; a = $1 }
		$1 == "Size:" { size = $2 } $1 == "Rss:" { rss = $2 } $1 == "Private_Clean:" { uss = $2 }
		$1 == "Shared_Dirty:" { dirty = $2 } $1 == "Private_Dirty:" { uss += $2; dirty += $2 }
		$1 == "VmFlags:" { sub(/-.*/, "", a); print a, perm, size, rss, uss, dirty, name }' "/proc/$pid/smaps" >want
	sed -n '3,$p' out | sed '$d' | awk '{ sub(/^0+/, "", $1); name = $10; for (i = 11; i <= NF; i++) name = name " " $i
		print $1, $2, $3, $4, $6, $7, name }' >got
	[ "$(wc -l <got)" -gt 10 ]
	same want got
}

@test "the total of a listing is the sum of its lines" {
	known
	try 0 --bytes "$pid"
	sed -n '3,$p' out | awk '
		$1 == "total" { for (i = 2; i <= 8; i++) if ($i != sum[i]) { print i, $i, sum[i]; exit 1 } found = 1 }
		{ for (i = 2; i <= 8; i++) sum[i] += $(i + 1) }
		END { exit !found }'
	[ "$(awk '/^total/ { print $2 / 1024 }' out)" = "$(held Size "$pid")" ]
}

@test "sizes are KiB, bytes with --bytes, and for people with -h" {
	known
	try 0 "$pid"
	kib=$(awk '/^total/ { print $2 }' out)
	try 0 --bytes "$pid"
	[ "$(awk '/^total/ { print $2 }' out)" = $((kib * 1024)) ]
	try 0 -h "$pid"
	has '^total +[0-9.]+ [KM]iB' out
	refuses "mmmap: --human and --bytes exclude each other${nl}Try 'mmmap --help' for more information." -h --bytes
}

@test "--json has a record for each mapping, with sizes in bytes and names whatever they hold" {
	need python3
	known $'a "b"\n\\\033'
	try 0 --json "$pid"
	python3 - "$pid" <<-'END'
		import json, sys
		rows = json.load(open("out"))
		total = rows.pop()["total"]
		assert total["pid"] == int(sys.argv[1]) and total["rows"] == len(rows)
		assert all(total[n] == sum(r[n] for r in rows) for n in ("size", "rss", "pss", "uss", "dirty", "swap", "huge"))
		assert all(r["pid"] == int(sys.argv[1]) for r in rows)
		lines = [l for l in open("/proc/%s/maps" % sys.argv[1])]
		assert len(rows) == len(lines)
		for r, l in zip(rows, lines):
		    start, end = l.split()[0].split("-")
		    assert int(r["start"], 16) == int(start, 16) and int(r["end"], 16) == int(end, 16)
		    assert r["size"] == int(end, 16) - int(start, 16)
		assert any(r["mapping"].endswith('/a "b"\n\\\033') for r in rows), rows[0]
	END
}

@test "--json is one array for each look, whatever there is to be shown" {
	need python3
	known
	first=$pid
	known other
	try 1 --json "$first" "$pid" 4194304
	python3 -c 'import json, sys
rows = json.load(open("out"))
assert [r["total"]["pid"] for r in rows if "total" in r] == [int(p) for p in sys.argv[1:]]
assert {r["pid"] for r in rows if "pid" in r} == {int(p) for p in sys.argv[1:]}' "$first" "$pid"
	try 1 --json 4194304
	is '[]\n' out
	timeout 20 "$bin/mmmap" --json --watch=10ms "$first" "$pid" 2>err | head -n 400 >out
	python3 -c 'import json
text, at, looks = open("out").read(), 0, 0
decoder = json.JSONDecoder()
while looks < 2:
    look, at = decoder.raw_decode(text, at + len(text[at:]) - len(text[at:].lstrip()))
    assert len([r for r in look if "total" in r]) == 2
    looks += 1'
}

@test "--json has all that the tables have: the others, the total, kernel threads, and what was refused" {
	need python3
	known
	for how in --rank --by=command --by=file; do
		mm mmmap $how --json -n 2 >out 2>err || [ -s err ]
		python3 -c 'import json
rows = json.load(open("out"))
get = lambda name: [r[name] for r in rows if name in r]
(total,), (others,), (kernel,) = get("total"), get("others"), get("kernel_threads")
shown = [r for r in rows if "pss" in r]
assert len(shown) == 2 and others["rows"] == total["rows"] - 2
assert total["rss"] == sum(r["rss"] for r in shown) + others["rss"]
said = open("err").read().split()
refused = [str(r["processes"]) for r in get("refused")]
assert refused == said[1:2] and (not refused or get("refused")[0]["reason"] in " ".join(said))'
	done
}

@test "a name cannot send escapes to the terminal, nor begin a line of its own" {
	known $'a\nb\033[31m\302\233\377'
	try 0 "$pid"
	LC_ALL=C lacks $'[\001-\010\013-\037\177\233\377]' out
	has '/a\\012b\?\[31m\?+$' out
	[ "$(grep -c . out)" = $(($(wc -l <"/proc/$pid/maps") + 3)) ]
}

@test "several processes, by number or by their folder, are listed one after the other" {
	known
	first=$pid
	known other
	try 0 "$first" "/proc/$pid"
	has "^$first:   ./known 1000" out
	has "^$pid:   ./other 1000" out
}

@test "a process that is not there is told, and the others are listed" {
	known
	try 1 4194304 "$pid"
	has '/known$' out
	is "mmmap: 4194304: No such process\n" err
	complains "mmmap: 0: a PID is wanted" 0
	complains "mmmap: x1: a PID is wanted" x1
	complains "mmmap: '': a PID is wanted" ''
	complains "mmmap: 99999999999999999999: a PID is wanted" 99999999999999999999
}

@test "another user's process is refused with a word" {
	open_folder mmmap
	known
	run -1 --separate-stderr user "$open/mmmap" "$pid"
	[ "$output" = '' ]
	[ "$stderr" = "mmmap: $pid: Permission denied" ]
}

@test "a path that is longer than any line hides nothing" {
	programmed 'here = os.getcwd()
for i in range(140): os.mkdir("d" * 250); os.chdir("d" * 250)
f = open("deep", "w+b"); f.truncate(4096); m = mmap.mmap(f.fileno(), 4096)
os.remove("deep"); os.chdir(here)'
	[ "$(wc -L <"/proc/$pid/maps")" -gt 32768 ]
	try 0 "$pid"
	[ "$(wc -l <out)" = $(($(wc -l <"/proc/$pid/maps") + 3)) ]
	has 'ddd/deep \(deleted\)$' out
	has '\[stack\]$' out
	mm mmmap --rank >out 2>err || [ -s err ]
	has "^ *$pid " out
	mm mmmap --deleted >out 2>err || [ -s err ]
	has "  removed /.*ddd/deep \\(deleted\\) \\(python" out
}

@test "a kernel thread maps nothing" {
	[ -r /proc/2/maps ] && [ ! -s /proc/2/maps ] && [ ! -s /proc/2/cmdline ] || skip "process 2 is no kernel thread here"
	try 0 2
	is "2:   [$(</proc/2/comm)]\n" <(head -n 1 out)
	has '^total +0 +0 ' out
	[ "$(id -u)" != 0 ] || complains "mmmap: no memory at address 0" --dump=0+10 2
	try 0 --json 2
	has '^\[\{"total":\{"pid":2,"rows":0,"size":0,' out
}

# --- what all of them hold

@test "--rank has a line for a process, with the sums of its mappings" {
	known
	for how in --rank --bytes; do
		try 0 "$how" 2>/dev/null || [ -s err ]
	done
	mm mmmap --rank >out 2>err || :
	want="$(held Rss "$pid") $(($(held Private_Clean "$pid") + $(held Private_Dirty "$pid")))"
	[ "$(awk -v pid="$pid" '$1 == pid { print $2, $4, $6, $7 }' out)" = "$want ./known 1000" ]
}

@test "the total of a table is the sum of its lines, with those that -n leaves out in one" {
	known
	for how in --rank --by=user --by=command --by=cgroup --by=file; do
		for most in "" "-n 1" "-n 3"; do
			# shellcheck disable=SC2086 # none, or two words
			mm mmmap $how $most --bytes >out 2>err || [ -s err ]
			awk '/^total/ { for (i = 2; i <= 5; i++) if ($i != sum[i]) { print i, $i, sum[i]; exit 1 } found = 1; exit }
				NR > 1 { for (i = 2; i <= 5; i++) sum[i] += /others\)$/ && $1 != "total" ? $(i - 1) : $i } END { exit !found }' out
			if grep -q 'others)$' out; then [ "$(sed -n '2,/others)/p' out | wc -l)" = $((${most#-n } + 1)) ]; fi
		done
	done
}

@test "the largest come first" {
	for how in --rank --by=user --by=command --by=file; do
		mm mmmap "$how" --json >out 2>err || [ -s err ]
		grep -v '"total"' out | grep -o '"pss":[0-9]*' | cut -d: -f2 >sizes
		[ -s sizes ]
		sort -nr sizes | same sizes -
	done
}

@test "without a PID, it is --rank" {
	mm mmmap >out 2>err || [ -s err ]
	has '^ +PID +RSS +PSS +USS +SWAP  COMMAND$' out
	refuses "mmmap: extra operand '1'${nl}Try 'mmmap --help' for more information." --rank 1
	refuses "mmmap: extra operand '1'${nl}Try 'mmmap --help' for more information." --by=file 1
}

@test "--by=command adds the processes of a name, --by=user those of a user" {
	need_root
	known 'my (n) x'
	known 'my (n) x'
	mm mmmap --by=command >out 2>err || [ -s err ]
	[ "$(awk '/  my \(n\) x$/ { print $1 }' out)" = 2 ]
	open_folder mmmap
	cp "$(command -v sleep)" "$open/known"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$open/known" 1000 3>&- &
	pid=$!
	disown "$pid"
	started+=("$pid")
	eventually runs_known
	mm mmmap --by=user >out 2>err || [ -s err ]
	has '  nobody$' out
	has '  root$' out
}

@test "--by=cgroup goes by the group that counts memory, of version 1 where it does so" {
	need_root
	need unshare
	known
	unshare -m sh -c 'mount --bind known "$0"' "/proc/$pid/cgroup" || skip "no mounts here"
	while read -r want lines; do
		# shellcheck disable=SC2059 # they are a format
		printf "$lines" >cgroup
		unshare -m sh -c 'mount --bind cgroup "$1"; exec "$0" --by=cgroup' "$bin/mmmap" "/proc/$pid/cgroup" >out 2>err || [ -s err ]
		has "^ +1 .*  $want$" out
	done <<-'END'
		/the:one 9:name=systemd:/init\n4:memory:/the:one\n3:cpu:/cpu\n0::/two\n
		/the/one 9:name=memory:/init\n3:cpu,cpuacct:/x:memory:/y\n0::/the/one\n
		/the/one 0::/the/one\n
	END
}

@test "a user without a name is a number, and what a number begins with is another user" {
	need_root
	need unshare
	open_folder mmmap
	cp "$(command -v sleep)" "$open/known"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$open/known" 1000 3>&- &
	started+=("$!")
	disown "$!"
	printf 'no colons\nlonger:x:655340:0\nshort:x:6553:0\nend:x\n' >passwd
	unshare -m sh -c 'mount --bind passwd /etc/passwd' || skip "no mounts here"
	unshare -m sh -c 'mount --bind passwd /etc/passwd; "$0" --by=user; printf "me:x:65534:0\n" >>passwd; "$0" --by=user' "$bin/mmmap" >out 2>err || [ -s err ]
	[ "$(grep -cE '  (65534|me)$' out)" = 2 ]
	lacks '  (longer|short|end|no colons)$' out
}

@test "what has ended and was not waited for is no line" {
	zombie
	mm mmmap >out 2>err || [ -s err ]
	[ "$(awk -v pid="$(<ended)" '$1 == pid' out)" = '' ]
	[ "$(awk -v pid="$pid" '$1 == pid' out)" != '' ]
	try 0 "$(<ended)"
	has '^[0-9]+:   \[python3?[0-9.]*\] <defunct>$' out
	has '^ADDRESS +PERM ' out
}

@test "a newline in the name of a program is one character of it" {
	known $'two\nlines'
	mm mmmap --by=command >out 2>err || [ -s err ]
	has '^ +1 .*  two\?lines$' out
}

# headless: python runs as $pid, whose first thread has ended
headless() {
	programmed 'def rest():
    while open("/proc/self/stat").read().split(")")[-1][1] != "Z": time.sleep(0.01)
    open("ready", "w"); time.sleep(1000)
threading.Thread(target=rest).start()
ctypes.CDLL(None).pthread_exit(None)'
	thread=$(cd "/proc/$pid/task" && printf '%s\n' * | grep -vx "$pid")
}

@test "a process whose first thread has ended is shown as long as another lives" {
	headless
	[ ! -s "/proc/$pid/maps" ]
	mm mmmap >out 2>err || [ -s err ]
	[ "$(awk -v pid="$pid" '$1 == pid { print $2 }' out)" = "$(held Rss "$thread")" ]
	has "^ *$pid .*python3 -c" out
	try 0 "$pid"
	[ "$(wc -l <out)" = $(($(wc -l <"/proc/$thread/maps") + 3)) ]
	has "^$pid:   .*python3 -c" out
	try 0 --dump "$(awk '/\[stack\]/ { sub(/-.*/, "", $1); print $1 }' "/proc/$thread/maps")+16" "$pid"
}

@test "one whose first thread has ended, and that may not be looked at, is counted" {
	open_folder mmmap
	need unshare
	unshare -mpf --mount-proc true || skip "no namespaces of processes here"
	declare -f programmed headless need runs_known eventually >words
	run -1 unshare -mpf --mount-proc bash -c '. ./words; headless
		setpriv --reuid=65534 --regid=65534 --clear-groups "$0"; kill "$pid"; exit 1' "$open/mmmap"
	# bash is the other
	[[ $output == *"mmmap: 2 processes could not be looked at: Permission denied"* ]]
}

@test "kernel threads are counted apart" {
	[ -r /proc/2/maps ] && [ ! -s /proc/2/maps ] && [ ! -s /proc/2/cmdline ] || skip "process 2 is no kernel thread here"
	mm mmmap --rank >out 2>err || [ -s err ]
	has '^[0-9]+ kernel threads?, which maps? nothing$' out
	[ "$(awk '$1 == 2' out)" = '' ]
}

@test "processes that may not be looked at are counted, once, and the status says so" {
	open_folder mmmap
	known
	run -1 --separate-stderr user "$open/mmmap"
	[ "$(echo "$output" | awk -v pid="$pid" '$1 == pid')" = '' ]
	[[ $stderr =~ ^mmmap:\ [0-9]+\ process(es)?\ could\ not\ be\ looked\ at:\ Permission\ denied$ ]]
}

@test "processes that there is no descriptor for are counted, with the reason" {
	for room in 5 4; do
		run -1 --separate-stderr bash -c 'ulimit -n "$1"; exec "$2"' - $room "$bin/mmmap" 3>&- 4>&-
		[[ $stderr =~ ^mmmap:\ [0-9]+\ processes\ could\ not\ be\ looked\ at:\ Too\ many\ open\ files$ ]]
	done
}
