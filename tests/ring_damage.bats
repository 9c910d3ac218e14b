# mmring: files that are no rings, or no longer whole ones. tests/fuzz does more of it, read and mapped.

# $bin comes from the helper; files are wanted as pipes, too; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2094,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load ring

# --- files that are no rings, or no whole ones ---

@test "mmring refuses what is no ring, and leaves it as it is" {
	local verb
	echo 'some text, more than nothing' >text
	head -c 100000 /dev/zero >zeros
	for verb in read stat check write 'read -f'; do
		# shellcheck disable=SC2086 # one or two words
		for file in text zeros; do
			refuses "mmring: $file: not a ring" $verb $file </dev/null
		done
	done
	refuses 'mmring: text: not a ring' create text 64K
	refuses 'mmring: text: not a ring' resize text 64K
	refuses 'mmring: text: not a ring' run text true
	is 'some text, more than nothing\n' text
	head -c 100000 /dev/zero | cmp - zeros
}

@test "mmring takes an empty file for no ring when it is to be read" {
	local verb
	: >empty
	for verb in read stat check; do
		refuses 'mmring: empty: not a ring' $verb empty
	done
	refuses 'mmring: empty: not a ring' resize empty 64K
	[ "$(stat -c %s empty)" = 0 ]
}

@test "mmring refuses folders, pipes, devices and names that lead nowhere, and waits for none" {
	local verb file
	mkdir folder
	mkfifo pipe
	ln -s nowhere dangling
	ln -s loop loop
	for verb in read stat check write create resize; do
		for file in folder pipe /dev/null missing no/such loop; do
			set -- $verb $file
			case $verb in create | resize) set -- "$@" 64K ;; esac
			case $file in
			folder) want='folder: Is a directory' ;;
			pipe | /dev/null) want="$file: not a regular file or shared memory object" ;;
			missing) [[ $verb != write && $verb != create ]] || continue; want='missing: No such file or directory' ;;
			no/such) want='no/such: No such file or directory' ;;
			loop) want='loop: Too many levels of symbolic links' ;;
			esac
			refuses "mmring: $want" "$@" </dev/null
		done
	done
	refuses 'mmring: dangling: No such file or directory' read dangling
	refuses "mmring: '': No such file or directory" read ''
}

@test "mmring reads a ring whose header is damaged anywhere by its copy, and check says so" {
	kit
	numbered 1 5 >in
	does write --size 64K r <in
	py '
import shutil
wanted = open("in", "rb").read()
for offset in range(52):
    shutil.copy("r", "s")
    flip("s", offset)
    got = mmring("read", "--raw", "s")
    assert (got.returncode, got.stdout, got.stderr) == (0, wanted, b""), (offset, got)
    got = mmring("check", "s")
    assert got.returncode == 1 and got.stdout.startswith(b"s: the header is damaged; its copy is good\n"), (offset, got)
    shutil.copy("r", "s")
    flip("s", 6144 + offset)
    got = mmring("read", "--raw", "s")
    assert (got.returncode, got.stdout, got.stderr) == (0, wanted, b""), (offset, got)
    got = mmring("check", "s")
    assert got.returncode == 1 and got.stdout.startswith(b"s: the copy of the header is damaged\n"), (offset, got)
shutil.copy("r", "s")
flip("s", 3)
'
	numbered 6 8 | does write s
	numbered 1 8 >in
	holds in s
	try 1 check --json s
	has '"damaged":true,"records":8,' out
	py 'flip("s", 6144 + 33)'
	for verb in read stat check write; do
		refuses 'mmring: s: not a ring' $verb s </dev/null
	done
}

@test "mmring needs no cursor: damaged in any byte, nothing is lost or lost count of" {
	kit
	numbered 1 150 >in
	does write --size 16K r <in
	mm mmring read --raw r >kept
	[ "$(wc -l <kept)" -lt 150 ]
	cp -p r saved
	py '
wanted = open("kept", "rb").read()
whole = open("saved", "rb").read()
for offset in range(72):
    for mask in (1, 0x10, 0x80, 0xFF):
        put("r", 0, whole)
        flip("r", 4096 + offset, mask)
        got = mmring("read", "--raw", "r")
        assert (got.returncode, got.stdout, got.stderr) == (0, wanted, b""), (offset, mask, got.returncode, got.stderr)
        got = mmring("write", "r", input=b"one more\n")
        assert (got.returncode, got.stderr) == (0, b""), (offset, mask, got)
        got = mmring("read", "-N", "-n", "1", "r")
        assert got.returncode == 0 and got.stdout.startswith(b"151 ") and got.stdout.endswith(b" one more\n"), (offset, mask, got)
put("r", 0, whole)
put("r", 4096, b"\0" * 2048)
assert mmring("read", "--raw", "r").stdout == wanted
put("r", 4096, b"\xFF" * 2048)
assert mmring("read", "--raw", "r").stdout == wanted
'
	numbered 151 160 | does write r
	numbered 1 160 >in
	ends_with in r
}

@test "mmring refuses a version it does not know, by name, and leaves the file alone" {
	kit
	py 'make("r", 65536, [(b"text", {})], version=2)'
	cp r saved
	local verb
	for verb in read stat check write; do
		refuses 'mmring: r: a ring of version 2, which is not known here' $verb r </dev/null
	done
	refuses 'mmring: r: a ring of version 2, which is not known here' create r 64K
	refuses 'mmring: r: a ring of version 2, which is not known here' resize r 128K
	refuses 'mmring: r: a ring of version 2, which is not known here' run r true
	same r saved
}

@test "mmring reads rings made by the description of the format alone" {
	kit
	py 'make("r", 4096, [(b"plain", {}), (b"tagged", {"tag": b"svc"}), (b"err", {"flags": 16}), (b"\0\1", {"flags": 4}),
	(b"begin", {"flags": 1}), (b" end", {}), (b"", {}), (b"last", {"flags": 2, "time": 1234567890123456789})])'
	shows 'plain\ntagged\nerr\n\0000\0001begin end\n\nlast' read --raw r
	try 0 read -N r
	is '1 2001-09-09T01:46:40.000000Z plain
2 2001-09-09T01:46:40.000000Z svc: tagged
3 2001-09-09T01:46:40.000000Z (err): err
4 2001-09-09T01:46:40.000000Z 0001
5 2001-09-09T01:46:40.000000Z begin end
7 2001-09-09T01:46:40.000000Z 
8 2009-02-13T23:31:30.123456Z last
' out
	shows 'r: 8 records, 1 to 8, all good\n' check r
	echo more | does write r
	try 0 read -N -n 1 r
	has '^9 ' out
}

@test "mmring writes what the description of the format says" {
	kit
	numbered 1 3 | does write -t svc --size 64K r
	py '
d = open("r", "rb").read()
assert len(d) == 65536
assert d[:52] == d[6144:6196] and struct.unpack_from("<IIQ", d, 8) == (1, 8192, 57344)
assert struct.unpack_from("<I", d, 48)[0] == crc32c(0, d[:48])
at = 8192
for seq in 1, 2, 3:
    time = struct.unpack_from("<Q", d, at + 24)[0]
    r = record(at - 8192, seq, b"line %d of the log" % seq, tag=b"svc", time=time, id=d[32:48], writer=struct.unpack_from("<H", d, at + 34)[0])
    assert d[at:at + len(r)] == r
    at += len(r)
assert crc32c(0, b"123456789") == 0xE3069283
'
}

@test "mmring refuses headers that no ring can have" {
	kit
	local size
	for size in 0 1 4095 4097 0x8000000000000000 0xFFFFFFFFFFFFF000; do
		py "make('r', $size, [])"
		refuses 'mmring: r: not a ring' read r
	done
	py "make('r', 65536, [], data=4096)"
	refuses 'mmring: r: not a ring' read r
}

@test "mmring does not search for ages where the header claims more than there is" {
	kit
	py "make('r', 1 << 50, [(b'text', {})])"
	for verb in 'read --raw' stat check 'read -n 1'; do
		got=0
		# shellcheck disable=SC2086 # one or two words
		timeout 30 "$bin/mmring" $verb r >out 2>err || got=$?
		[ $got -le 2 ]
	done
	timeout 30 "$bin/mmring" read --raw r >out 2>err || true
	is 'text\n' out
}

@test "mmring comes to an end with a ring that somebody made up, whatever its positions and numbers" {
	kit
	py '
for n, positions in enumerate([(2**64 - 128, 2**64 - 64), (2**64 - 64,), (2**63 - 128, 2**63 - 64), (2**62 - 4160, 2**62 - 4096), (2**62 - 64,)]):
    for numbers in (1, 2), (2**64 - 1, 1), (2**62 - 1, 2**62):
        name = "r%d" % n
        make(name, 4096, [])
        for position, number in zip(positions, numbers):
            put(name, DATA + position % 4096, record(position, number, b"x" * 24))
        for verb in ["read"], ["check"], ["stat"], ["read", "-n", "1"], ["read", "--from", "5"]:
            assert mmring(*verb, name).returncode in (0, 1), (name, verb)
        got = mmring("write", name, input=b"more\\n")
        assert got.returncode in (0, 2), (name, got)
        if got.returncode == 0:
            assert mmring("read", "--raw", "-n", "1", name).stdout == b"more\\n", name
        assert os.path.getsize(name) <= 12288
'
}

@test "mmring does not look through holes byte by byte" {
	kit
	py 'make("r", 1 << 42, [(b"text", {})])'
	truncate -s $(((1 << 42) + 8192)) r 2>/dev/null || skip "no files of that size here"
	py 'put("r", 1 << 41, b"no record")'
	for verb in 'read --raw' stat check 'read -n 1' 'read --from 5'; do
		got=0
		# shellcheck disable=SC2086 # one or two words
		timeout 30 "$bin/mmring" $verb r >out 2>err || got=$?
		[ $got -le 1 ]
	done
	echo more | timeout 30 "$bin/mmring" write r
	try 0 read --raw r
	is 'text\nmore\n' out
	[ "$(($(stat -c '%b * %B' r)))" -lt 10000000 ]
}

@test "mmring write lets no header make a file larger than was asked for, and create gives a ring its size back" {
	kit
	py 'make("r", 60 << 20, [(b"text", {})])'
	truncate -s 12288 r
	echo more | refuses "mmring: r: has 12288 of the 62922752 bytes that its header tells; 'mmring create' would give it those" write r
	[ "$(stat -c %s r)" = 12288 ]
	does resize r 64K
	shows 'text\n' read --raw r
	py 'make("r", 60 << 20, [(b"text", {})])'
	truncate -s 12288 r
	does create r 62922752
	echo more | does write r
	shows 'text\nmore\n' read --raw r
}

@test "mmring resize keeps what can be read of a damaged ring, and says what is lost" {
	kit
	numbered 1 5 | does write r
	py 'damage("r", 2); damage("r", 4)'
	fails 1 'mmring: r: 2 records lost, damaged' resize r 128K
	try 1 read --raw r
	is 'line 1 of the log\nline 3 of the log\nline 5 of the log\n' out
}

@test "mmring tells the loss of all records of a ring, and resize leaves it as it is" {
	kit
	numbered 1 3 | does write r
	py 'damage("r", 1); damage("r", 2); damage("r", 3)'
	answers 1 'r: records 1 to 3 are damaged\nr: no records\n' check r
	fails 1 'mmring: r: 3 records lost, damaged' read r
	echo next | does write r
	try 1 read --raw r
	is 'next\n' out
	reads "mmring: r: 3 records lost, damaged$nl" err
	rm r
	numbered 1 3 | does write r
	py 'damage("r", 1); damage("r", 2); damage("r", 3)'
	cp r before
	refuses "mmring: r: none of its records can be read, so it stays as it is${nl}mmring: r: 3 records lost, damaged" resize r 128K
	cmp <(tail -c +8193 r) <(tail -c +8193 before)
	echo next | does write r
	try 1 read -N r
	like "(.*$nl)?4 [^ ]* next$nl" out
	# of one that has gone round, too
	rm r
	numbered 1 2000 | does write --size 16K r
	py 'import struct
d = bytearray(open("r", "rb").read())
for at, number, tag, length in records("r"): d[at + 40] ^= 255
open("r", "r+b").write(d)'
	try 1 check r
	has 'r: no records' out
	does read -n 1 --from 2001 r
	echo next | does write r
	try 1 read -N r
	like "(.*$nl)?2001 [^ ]* next$nl" out
}

@test "mmring tells the loss of the last records of a ring that has gone round, heads and all" {
	kit
	numbered 1 2000 | does write --size 16K r
	py 'd = bytearray(open("r", "rb").read())
last = sorted((number, at) for at, number, tag, length in records("r"))[-3:]
for number, at in last: d[at] ^= 255
open("r", "r+b").write(d)'
	try 1 read -N r
	reads "mmring: r: 3 records lost, damaged$nl" err
	like "(.*$nl)?1997 [^ ]* [^$nl]*$nl" out
}

@test "mmring prints a line whose end is not there up to there, and so does --match" {
	kit
	py 'make("r", 65536, [(b"one needle", {"flags": 1, "writer": 1}), (b"other", {"writer": 2}), (b"begun needle", {"flags": 1, "writer": 3})])'
	try 0 read --raw r
	is 'one needle\nother\nbegun needle\n' out
	try 0 read --raw --match needle r
	is 'one needle\nbegun needle\n' out
	try 0 read --raw --match other r
	is 'other\n' out
}

@test "mmring takes a record with a tag longer than any for damage" {
	kit
	py "make('r', 65536, [(b'one', {}), (b'text', {'tag': b't' * 65}), (b'three', {}), (b'more', {'tag': b't' * 255}), (b'five', {})])"
	try 1 read --raw r
	is 'one\nthree\nfive\n' out
	is 'mmring: r: 1 record lost, damaged\nmmring: r: 1 record lost, damaged\n' err
}

@test "mmring survives numbers and positions at the end of what can be counted" {
	kit
	py '
make("r", 4096, [(b"one", {}), (b"two", {"seq": 2**64 - 1}), (b"three", {"seq": 2**64 - 1})])
make("s", 4096, [])
put("s", DATA + 4096 - 48, record(2**64 - 48, 5, b"end"))
put("s", DATA, record(2**64 - 4096, 4, b"begin"))
make("t", 4096, [(b"past", {"time": 2**64 - 1}), (b"future", {"time": 2**63 - 1})])
for name in "r", "s", "t":
    for verb in ["read"], ["stat"], ["check"], ["read", "-n", "1"], ["read", "--json"], ["read", "--from", "3"]:
        got = mmring(*verb, name)
        assert got.returncode in (0, 1), (name, verb, got)
    got = mmring("write", name, input=b"more\n")
    assert got.returncode in (0, 2), (name, got)
'
}

@test "mmring tells a ring that was cut short, reads what is left, and goes on with it" {
	numbered 1 800 >in
	local cut size
	for cut in 40960 12288 10000 8192 6196 4096 52; do
		rm -f r
		does write --size 64K r <in
		truncate -s $cut r
		mm mmring read --raw r >out 2>err || [ $? = 1 ]
		size=$(wc -c <out)
		head -c "$size" in | cmp - out
		try 1 check r
		has '^r: the end of the file is missing$' out
		try 1 check --json r
		has '^\{"damaged":true,' out
		echo more | does write r
		[ "$(stat -c %s r)" = 65536 ]
		try 0 read --raw -n 1 r
		is 'more\n' out
	done
	truncate -s 51 r
	refuses 'mmring: r: not a ring' read r
}

@test "mmring read comes to an end where the cursor is older than the records, as after a power cut" {
	numbered 1 20 >in
	head -n 10 in | does write --size 64K r
	dd if=r of=cursor bs=1K skip=4 count=2 status=none
	tail -n 10 in | does write r
	dd if=cursor of=r bs=1K seek=4 conv=notrunc status=none
	timeout 20 "$bin/mmring" read --raw r >out 2>err
	same in out
	try 0 check r
	has '20 records, 1 to 20, all good' out
	echo more | does write r
	try 0 read --raw -n 1 r
	is 'more\n' out
}

@test "mmring read tells with status 1 that a record in the middle is damaged, and goes on behind it" {
	kit
	local what
	for what in payload commit length position seq; do
		rm -f r
		numbered 1 9 | does write r
		py "damage('r', 4, '$what')"
		try 1 read --raw r
		{ numbered 1 3; numbered 5 9; } | cmp - out
		is 'mmring: r: 1 record lost, damaged\n' err
		try 1 read --json r
		sed -n 4p out | grep -qx '{"lost":1,"damaged":true}'
		try 1 check r
		is 'r: record 4 is damaged\nr: 8 records can be read, 1 to 9, 1 is missing; the longest run is 5 to 9\n' out
		try 1 check --json r
		is '{"damaged":true,"records":8,"first":1,"last":9,"missing":1,"longest_run":5,"longest_run_first":5}\n' out
		try 0 read --raw -n 3 r
		numbered 7 9 | cmp - out
		numbered 10 10 | does write r
		try 1 read --raw r
		{ numbered 1 3; numbered 5 10; } | cmp - out
	done
}

@test "mmring check names several damaged places, and what is salvageable" {
	kit
	numbered 1 20 | does write r
	py 'for seq in 4, 5, 6, 15: damage("r", seq)'
	try 1 check r
	is 'r: records 4 to 6 are damaged\nr: record 15 is damaged\nr: 16 records can be read, 1 to 20, 4 are missing; the longest run is 7 to 14\n' out
	try 1 read --raw r
	is 'mmring: r: 3 records lost, damaged\nmmring: r: 1 record lost, damaged\n' err
	{ numbered 1 3; numbered 7 14; numbered 16 20; } | cmp - out
}

@test "mmring tells that the first record is damaged" {
	kit
	local what
	for what in payload commit; do
		rm -f r
		numbered 1 5 | does write r
		py "damage('r', 1, '$what')"
		try 1 check r
		has '^r: 4 records can be read, 2 to 5, 1 ' out
		has '^r: record 1 is damaged$' out
		try 1 read --raw r
		numbered 2 5 | cmp - out
		is 'mmring: r: 1 record lost, damaged\n' err
	done
}

@test "mmring tells that the last record is damaged" {
	kit
	local what
	for what in payload commit length position seq; do
		rm -f r
		numbered 1 5 | does write r
		py "damage('r', 5, '$what')"
		try 1 check r
		try 1 read --raw r
		numbered 1 4 | cmp - out
		is 'mmring: r: 1 record lost, damaged\n' err
	done
}

@test "mmring check tells damage at the beginning of a small ring that has gone round" {
	kit
	numbered 1 200 | does write --size 12288 r
	first=$(mm mmring read -N r | head -n 1 | cut -d ' ' -f 1)
	py "for seq in range($first, $first + 30): damage('r', seq)"
	try 1 check r
}

@test "mmring never joins what lies before and behind a damaged part of a long line" {
	kit
	{ fill a 65496; fill b 65496; fill c 30000; echo; echo next; } >in
	does write r <in
	py 'damage("r", 2)'
	try 1 read --raw r
	lacks ac out
	has '^next$' out
	try 1 read r
	lacks ac out
	try 0 check r || [ -s out ]
}

@test "mmring tells a damaged padding without counting records" {
	kit
	numbered 1 200 | does write --size 16K r
	py 'at = [r[0] for r in records("r") if r[2] == -1]
if at: flip("r", at[0] + 8)
else: sys.exit(77)' || skip "this ring has no padding"
	mm mmring read --raw r >out 2>err || [ $? = 1 ]
	lacks '0 records lost' err
	tail -n 1 out >last
	is 'line 200 of the log\n' last
}

@test "mmring never yields a line that was not written, however a ring is damaged" {
	kit
	awk 'BEGIN { for (i = 1; i <= 400; i++) { line = "record " i " "; for (j = i * 7 % 90; j > 0; j--) line = line "."; print line " end" } }' >in
	does write --size 24K r <in
	py '
random.seed(4711)
wanted = set(open("in", "rb").read().split(b"\n"))
whole = open("r", "rb").read()
for turn in range(120):
    d = bytearray(whole)
    for _ in range(random.choice((1, 3, 20, 200))):
        at, n = random.randrange(4096, len(d)), random.choice((1, 1, 8, 64, 512))
        kind = random.randrange(5)
        if kind == 0: d[at] ^= 1 << random.randrange(8)
        elif kind == 1: d[at:at + n] = bytes(len(d[at:at + n]))
        elif kind == 2: d[at:at + n] = random.randbytes(len(d[at:at + n]))
        elif kind == 3:
            other = random.randrange(8192, len(d) - n) // 8 * 8
            at = at // 8 * 8
            d[at:at + n] = d[other:other + n][:len(d[at:at + n])]
        elif turn % 10 == 0: del d[at:]
        if len(d) < 9000: break
    with open("s", "wb") as f: f.write(d)
    for verb in ["read", "--raw"], ["read", "--raw", "-n", "50"], ["check"], ["stat"], ["read", "--json"]:
        got = mmring(*verb, "s")
        assert got.returncode in (0, 1), (turn, verb, got.returncode, got.stderr)
        if verb[-1] == "--raw":
            lines = got.stdout.split(b"\n")
            assert all(line in wanted for line in lines), (turn, [l for l in lines if l not in wanted][:3])
            numbers = [int(line.split()[1]) for line in lines if line]
            assert numbers == sorted(set(numbers)), turn
    got = mmring("write", "s", input=b"record 401 . end\n")
    assert got.returncode == 0, (turn, got)
    got = mmring("read", "--raw", "-n", "1", "s")
    assert got.stdout == b"record 401 . end\n", (turn, got)
'
}

@test "mmring reads and checks a ring that was copied while it was being written" {
	does create r 128K
	numbered 1 600000 | "$bin/mmring" write r 3>&- &
	writer=$!
	started+=("$writer")
	local i
	eventually eval 'mm mmring read -n 1 r | grep -q line'
	for ((i = 0; i < 10; i++)); do
		cp r s
		mm mmring read --raw s >out 2>err || [ $? = 1 ]
		[ -s out ]
		only 'line [0-9]+ of the log' out
		awk '$2 <= last { exit 1 } { last = $2 }' out
		mm mmring check s >out 2>err || [ $? = 1 ]
		[ -s out ]
		echo more | does write s
		shows 'more\n' read --raw -n 1 s
	done
	kill "$writer" 2>/dev/null || true
	wait "$writer" || true
	cp r s
	mm mmring read --json r >before
	mm mmring read --json s >after
	same before after
}

@test "mmring check of a ring whose first header cannot be read speaks of the header alone" {
	need strace
	numbered 1 3 | does write r
	local status=0
	strace -qq -o log -P "$PWD/r" -e trace=pread64 -e inject=pread64:error=EIO:when=1 "$bin/mmring" check r >out 2>err || status=$?
	grep -q EIO log || skip "strace injects no faults here"
	[ "$status" = 1 ]
	is 'r: the header is damaged; its copy is good\nr: 3 records can be read, 1 to 3, 0 are missing; the longest run is 1 to 3\n' out
	is '' err
}

@test "mmring read waits once, and not for each damage, for a cursor that its writer has left half changed" {
	local turn naps
	kit
	need_strace
	for turn in 1 2; do
		# the second has numbers that none can have
		py "make('r', 1 << 20, [(b'line %d' % i, {}) for i in range(200)])
for n in range(2, 200, 2): damage('r', n)
put('r', 4096, struct.pack('<IIQQ', $turn, 0, 1 << 63, 1 << 63))"
		try 1 read --raw r
		[ "$(wc -l <out)" = 101 ]
		strace -qq -o naps -e trace=nanosleep,clock_nanosleep "$bin/mmring" read r >out 2>err || true
		naps=$(wc -l <naps)
		[ "$naps" -gt 0 ]
		[ "$naps" -le 50 ]
	done
}

@test "mmring read tells one damaged record as such, too, where a cursor is half changed" {
	kit
	py "make('r', 1 << 20, [(b'line %d' % i, {}) for i in range(9)])
damage('r', 4)
put('r', 4096, struct.pack('<IIQQ', 1, 0, 1 << 63, 1 << 63))"
	try 1 read --raw r
	is 'mmring: r: 1 record lost, damaged\n' err
}

@test "mmring write gives a ring that was cut under it no more blocks than it had" {
	kit
	need_inject
	need_holes
	py "make('r', 60 << 20, [(b'line', {})])
os.truncate('r', (60 << 20) + 8192)"
	echo more >input
	# the writer stops behind its first write, which is when the ring is cut
	strace -qq -o log -e trace=pwrite64 -e inject=pwrite64:signal=STOP:when=1 \
		sh -c 'echo $$ >pid; exec "$0" write r <input 2>err' "$bin/mmring" &
	started+=("$!")
	eventually test -s log
	eventually eval '[[ $(sed "s/.*) //" "/proc/$(cat pid)/stat") == [tT]* ]]'
	truncate -s 8192 r
	kill -CONT "$(cat pid)"
	wait "${started[-1]}" || [ $? = 1 ]
	is 'mmring: r: was cut short while being written: what it held may be lost\n' err
	[ "$(stat -c %s r)" = $(((60 << 20) + 8192)) ]
	[ "$(stat -c %b r)" -lt 10000 ]
	shows 'more\n' read --raw -n 1 r
}

@test "mmring resize leaves a ring alone that cannot be read in full, and read says that it cannot" {
	local k status
	need_inject
	numbered 1 5000 | does write r --size 64K
	mm mmring read --raw r >all
	for k in 1 2 3 4 5 6; do
		cp r s
		status=0
		strace -qq -o log -P "$PWD/s" -e trace=pread64 -e inject=pread64:error=EIO:when=$k \
			"$bin/mmring" read --raw s >out 2>err || status=$?
		case $status in
		0) same all out ;;
		1) grep -q 'cannot be read: Input/output error' err ;;
		*) false ;;
		esac
		status=0
		strace -qq -o log -P "$PWD/s" -e trace=pread64 -e inject=pread64:error=EIO:when=$k \
			"$bin/mmring" resize s 128K >out 2>err || status=$?
		case $status in
		0) ;;
		2) grep -q 'cannot be read in full, so it stays as it is: Input/output error' err ;;
		*) false ;;
		esac
		holds all s
	done
}

@test "mmring read shows the first and the last moment that a record can tell" {
	kit
	py "make('r', 16384, [(b'first', {'time': 2 ** 63}), (b'zero', {'time': 0}), (b'before', {'time': 2 ** 64 - 1}),
		(b'last', {'time': 2 ** 63 - 1})])"
	tells '1677-09-21T00:12:43.145224Z first
1970-01-01T00:00:00.000000Z zero
1969-12-31T23:59:59.999999Z before
2262-04-11T23:47:16.854775Z last' read r
}

@test "mmring create says why it cannot look at what it has made, and leaves nothing; what was there stays" {
	local call k status
	need_inject
	numbered 1 10 | does write r --size 64K
	cp r before
	# one that fails at a time: who can look neither at the file nor at its name does not know whose it is
	for call in '/^fstat(64)?$' '/^(newfstatat|fstatat64|statx)$'; do
		for ((k = 1; k < 12; k++)); do
			rm -f new
			status=0
			strace -qq -o log -e "trace=$call" -e "inject=$call:error=EIO:when=$k" "$bin/mmring" create new 64K >out 2>err || status=$?
			[ "$(grep -c 'not a ring' err)" = 0 ]
			[ ! -e new ] || [ -s new ]
			strace -qq -o log -e "trace=$call" -e "inject=$call:error=EIO:when=$k" "$bin/mmring" create r 64K >out 2>err || true
			cmp before r
		done
	done
}
