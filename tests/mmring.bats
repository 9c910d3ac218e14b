# mmring: every command and option, right and wrong; bytes in and out; laps, followers, several writers; files that are
# no rings or no longer whole ones. What happens at kills and power cuts is in faults/ring.bats.

# $bin comes from the helper; files are wanted as pipes, too; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2094,SC2030,SC2031,SC2154
bats_require_minimum_version 1.5.0
load helper

export BATS_TEST_TIMEOUT=120

# Called by `setup` of the helper's, which lets each test start in a folder of its own.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	nl=$'\n'
	started=()
	mounted=
	object=
}

teardown() {
	local pid
	for pid in "${started[@]}"; do
		kill -CONT "$pid" 2>/dev/null || true
		kill -KILL "$pid" 2>/dev/null || true
	done
	[ -z "$object" ] || rm -f "$object"
	[ -z "$mounted" ] || umount "$mounted"
}

# try STATUS ARG...: mmring ends with this status; its words go to the files out and err
try() {
	local -
	set +T
	local want=$1 got=0
	shift
	mm mmring "$@" >out 2>err || got=$?
	if [ "$got" != "$want" ]; then
		printf 'mmring'
		printf ' %q' "$@"
		printf ': status %s and not %s\n' "$got" "$want"
		head -c 2000 err
		return 1
	fi
}

# is TEXT FILE: the file holds just this text, written as for printf %b
is() {
	printf %b "$1" >wanted
	cmp wanted "$2" || { diff -a wanted "$2" | head -n 20; return 1; }
}

# shows TEXT ARG...: mmring prints this, says nothing, and is content
shows() {
	local -
	set +T
	local want=$1
	shift
	try 0 "$@" && is "$want" out && is '' err
}

# does ARG...: mmring has nothing to say
does() {
	shows '' "$@"
}

# refuses TEXT ARG...: mmring prints nothing and ends with status 2 and this message, which is not interpreted
refuses() {
	local -
	set +T
	local want=$1
	shift
	try 2 "$@" && is '' out && printf 'mmring: %s\n' "$want" | diff -a - err
}

# misuse TEXT ARG...: the same, and a pointer to the help of the command
misuse() {
	local -
	set +T
	local text=$1
	shift
	refuses "$text${nl}Try 'mmring $1 --help' for more information." "$@"
}

# holds FILE RING: what the ring holds is byte for byte that file
holds() {
	local -
	set +T
	try 0 read --raw "$2" && is '' err && cmp "$1" out
}

# ends_with FILE RING: what the ring holds is the end of that file, and whole lines; all numbers are there
ends_with() {
	local -
	set +T
	local size
	try 0 read --raw "$2" && is '' err || return
	size=$(wc -c <out)
	[ "$size" -gt 0 ] || return
	tail -c "$size" "$1" | cmp - out || return
	[ "$size" = "$(wc -c <"$1")" ] || [ -z "$(tail -c $((size + 1)) "$1" | head -c 1 | tr -d '\n')" ] || return
	mm mmring read -N "$2" | awk 'NR > 1 && $1 != last + 1 { print "after", last, "comes", $1; bad = 1 } { last = $1 } END { exit bad }'
}

# numbered FROM TO: lines with these numbers
numbered() {
	awk -v i="$1" -v n="$2" 'BEGIN { for (; i <= n; i++) print "line", i, "of the log" }'
}

# fill CHARACTER COUNT
fill() {
	head -c "$2" /dev/zero | tr '\0' "$1"
}

# eventually COMMAND...: within 30 seconds it succeeds
eventually() {
	local -
	set +T
	local i
	for ((i = 0; i < 600; i++)); do
		"$@" && return
		sleep 0.05
	done
	printf 'never came:'
	printf ' %q' "$@"
	echo
	return 1
}

# start FILE ARG...: mmring in the background as $pid, its input from FILE; its words go to the files got and got.err
start() {
	local from=$1
	shift
	"$bin/mmring" "$@" <"$from" >got 2>got.err 3>&- &
	pid=$!
	started+=("$pid")
}

# a writer in the background, whose input is what is written to descriptor 7
start_writer() {
	rm -f input
	mkfifo input
	start input write "$@"
	writer=$pid
	exec 7>input
}

# ends_as STATUS PID: the process ends with this status
ends_as() {
	local got=0
	wait "$2" || got=$?
	[ "$got" = "$1" ] || { echo "status $got and not $1"; cat got.err; return 1; }
}

has() {
	grep -aq -- "$1" "$2"
}

# lacks PATTERN FILE
lacks() {
	local -
	set +T
	if grep -a -- "$1" "$2"; then
		return 1
	fi
}

# only LINE FILE: the file has no line but these, an extended regular expression
only() {
	local -
	set +T
	if grep -avxE -- "$1" "$2"; then
		return 1
	fi
}

runs() {
	kill -0 "$1" 2>/dev/null
}

# The kit makes and damages rings, by the description of the format alone.
kit() {
	need python3
	cat >kit.py <<'END'
import os, random, struct, subprocess, sys
TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)

def crc32c(crc, data):
    crc ^= 0xFFFFFFFF
    for b in data:
        crc = crc >> 8 ^ TABLE[(crc ^ b) & 0xFF]
    return crc ^ 0xFFFFFFFF

ID = bytes(range(16))
DATA = 8192

def header(size, version=1, data=DATA, id=ID):
    h = b'mmring\n\0' + struct.pack('<IIQQ', version, data, size, 1) + id
    return h + struct.pack('<I', crc32c(0, h))

def record(position, seq, payload, tag=b'', time=10**18, flags=0, id=ID, writer=0):
    id_crc = crc32c(0, id)
    commit = crc32c(id_crc, struct.pack('<Q', position)) or 1
    body = struct.pack('<IQQQBBH', len(tag) + len(payload), position, seq, time, flags, len(tag), writer)
    whole = struct.pack('<I', commit) + body + struct.pack('<I', crc32c(id_crc, body + tag + payload)) + tag + payload
    return whole + b'\0' * (-len(whole) % 8)

# records: of (payload, keywords), one behind the other from position 0
def make(name, size, records, **keywords):
    h = header(size, **keywords)
    data, seq = b'', 1
    for payload, more in records:
        more = dict(more)
        seq = more.pop('seq', seq)
        data += record(len(data), seq, payload, **more)
        seq += 1
    front = h + b'\0' * (6144 - len(h)) + h
    front += b'\0' * (DATA - len(front))
    length = min(size, 1 << 20)
    open(name, 'wb').write(front + data + b'\0' * (length - len(data)))

# where the whole records are: (offset in the file, seq, bytes of tag, bytes of payload), in the order of their positions
def records(name):
    d = open(name, 'rb').read()
    id, found, at = d[32:48], [], DATA
    id_crc = crc32c(0, id)
    while at + 40 <= len(d):
        commit, length, position, seq, _, flags, tag = struct.unpack_from('<IIQQQBB', d, at)
        if commit == (crc32c(id_crc, struct.pack('<Q', position)) or 1):
            if flags == 128:
                found.append((position, at, seq, -1, 0))
                break
            found.append((position, at, seq, tag, length - tag))
            at += (40 + length + 7) // 8 * 8
        else:
            at += 8
    return [f[1:] for f in sorted(found)]

# changes a byte of the payload of the record with that number; of its commit word; of its position
def damage(name, seq, what='payload'):
    for at, number, tag, length in records(name):
        if number == seq and tag >= 0:
            flip(name, at + {'commit': 0, 'length': 4, 'position': 8, 'seq': 16, 'payload': 40 + tag + length // 2}[what])
            return
    sys.exit('no such record')

def flip(name, offset, mask=0xFF):
    with open(name, 'r+b') as f:
        f.seek(offset)
        b = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([b ^ mask]))

def put(name, offset, data):
    with open(name, 'r+b') as f:
        f.seek(offset)
        f.write(data)

def mmring(*args, **keywords):
    return subprocess.run([os.environ['bin'] + '/mmring', *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, **keywords)
END
	export PYTHONDONTWRITEBYTECODE=1
}

# py CODE: Python with the kit
py() {
	python3 -c "from kit import *${nl}$1"
}

# user COMMAND...: as somebody who is nobody in particular
user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# A folder $open that everybody may use, with the program in it; skips where only root can come.
open_folder() {
	need_root
	need setpriv
	open=$(mktemp -d /tmp/mmring.XXXXXX)
	chmod 755 "$open"
	cp "$MMTOOLS" "$open/mmring"
	chmod 755 "$open/mmring"
	user "$open/mmring" --version >/dev/null || { rm -rf "$open"; skip "nobody but root may come here"; }
}

# --- commands and options, right and wrong ---

@test "mmring without a command, or with one it does not know, says so" {
	try 2
	is "mmring: missing command\nTry 'mmring --help' for more information.\n" err
	try 2 reed r
	is "mmring: unknown command 'reed'\nTry 'mmring --help' for more information.\n" err
	try 2 --json
	is '' out
}

@test "mmring has help for itself and for each command" {
	local verb
	try 0 --help
	has '^Usage: mmring COMMAND \[ARGUMENT\]\.\.\.$' out
	for verb in 'create FILE SIZE' 'write FILE' 'read FILE' 'run FILE COMMAND...' 'stat FILE' 'check FILE' 'resize FILE SIZE'; do
		has "^  ${verb//./\\.} " out
	done
	for verb in 'create:FILE SIZE' 'write:FILE' 'read:FILE' 'run:FILE COMMAND...' 'stat:FILE' 'check:FILE' 'resize:FILE SIZE'; do
		try 0 "${verb%%:*}" --help
		is '' err
		head -n 1 out >first
		is "Usage: mmring ${verb%%:*} [OPTION]... ${verb#*:}\n" first
	done
}

@test "mmring wants the operands of each command, no fewer and no more" {
	local verb
	for verb in create write read run stat check resize; do
		misuse "$verb: missing operand" "$verb"
	done
	for verb in create run resize; do
		misuse "$verb: missing operand" "$verb" r
	done
	for verb in write read stat check; do
		misuse "$verb: extra operand 'x'" "$verb" r x
	done
	for verb in create resize; do
		misuse "$verb: extra operand 'x'" "$verb" r 1M x
	done
	[ ! -e r ]
}

@test "mmring takes each option with the commands that have it, and with no other" {
	local option verb verbs
	while IFS=: read -r option verbs; do
		for verb in create write read run stat check resize; do
			[[ " $verbs " != *" $verb "* ]] || continue
			misuse "unrecognized option '${option%%=*}'" "$verb" "${option%%=*}" r 1M
		done
	done <<-'END'
		--size=1M:write run
		--mode=600:create write run
		--excl:create
		--tag=x:write run read
		--binary:write read
		--sync:write run
		--tee:write run
		--ignore-interrupts:write
		--lines=1:read
		--follow:read
		--since=1h:read
		--from=1:read
		--raw:read
		--number:read
		--json:read stat check
		--io=auto:write run read stat check resize
	END
	misuse "invalid option -- 'f'" write -f r
	misuse "invalid option -- 's'" read -s 1M r
	misuse "invalid option -- 'i'" read -i r
	[ ! -e r ]
}

@test "mmring refuses sizes that are none or too small for a ring" {
	local size
	for size in abc '' -1 1Q 1M2 1.5M 9E 99999999999999999999; do
		misuse "invalid size '$size'" create -- r "$size"
		misuse "invalid size '$size'" resize -- r "$size"
	done
	for size in 0 1 4096 12287; do
		misuse 'a ring has at least 12288 bytes' create r $size
		misuse 'a ring has at least 12288 bytes' resize r $size
		misuse 'a ring has at least 12288 bytes' write --size $size r
		misuse 'a ring has at least 12288 bytes' run --size=$size r true
	done
	for size in abc '' -1 1Q; do
		misuse "invalid number '$size' for '--size'" write --size="$size" r
		misuse "invalid number '$size' for '--size'" run -s "$size" r true
	done
	misuse "invalid number '99999999999999999999' for '--size': too large" write -s 99999999999999999999 r
	misuse "option requires an argument -- 's'" write r -s
	[ ! -e r ]
}

@test "mmring tells a size that no file can have as a file that is too large, and leaves none" {
	refuses 'r: File too large' create r 7E
	refuses 'r: File too large' write --size 7E r
	refuses 'r: File too large' write --size 9E r
	[ ! -e r ]
}

@test "mmring refuses modes, numbers and lengths that are none" {
	local bad
	for bad in 9 888 rw '' 77777 -1; do
		misuse "invalid mode '$bad' for '--mode'" create --mode="$bad" r 1M
		misuse "invalid mode '$bad' for '--mode'" write --mode="$bad" r
		misuse "invalid mode '$bad' for '--mode'" run --mode="$bad" r true
	done
	does write r </dev/null
	for bad in x '' -1 1x 1.5; do
		misuse "invalid number '$bad' for '--lines'" read --lines="$bad" r
		misuse "invalid number '$bad' for '--lines'" read -n "$bad" r
		misuse "invalid number '$bad' for '--from'" read --from="$bad" r
		misuse "invalid length '${bad:-0}' for '--binary'" write --binary="${bad:-0}" r
	done
	misuse "invalid length '65537' for '--binary'" write --binary=65537 r
	misuse "option '--from' requires an argument" read r --from
	misuse "option '--raw' doesn't allow an argument" read --raw=1 r
}

@test "mmring read refuses a length for --binary that is none, as write does" {
	printf 'a\n' | does write r
	local bad
	for bad in x 0 -1 1x 65537; do
		misuse "invalid length '$bad' for '--binary'" read --binary="$bad" r
	done
}

@test "mmring --sync takes a number or a time above 0" {
	local good bad
	for good in --sync --sync=1 --sync=100 --sync=1K --sync=500ms --sync=2s --sync=1m; do
		printf 'x\n' | does write "$good" r
		does run "$good" r echo x
	done
	try 0 read --raw r
	[ "$(grep -c '^x$' out)" = 14 ]
	for bad in x 5x '' -1 1h30; do
		misuse "invalid number or time '$bad' for '--sync'" write --sync="$bad" r
		misuse "invalid number or time '$bad' for '--sync'" run --sync="$bad" r true
	done
	for bad in 0 0ms 0s; do
		misuse "'--sync' takes a number or time above 0" write --sync=$bad r
		misuse "'--sync' takes a number or time above 0" run --sync=$bad r true
	done
}

@test "mmring read takes one form of output alone" {
	printf 'a\n' | does write r
	misuse '--raw, --json and --binary exclude each other' read --raw --json r
	misuse '--raw, --json and --binary exclude each other' read --raw --binary r
	misuse '--raw, --json and --binary exclude each other' read --json --binary=4 r
}

@test "mmring takes tags of up to 64 bytes, and the empty one for none" {
	local longest
	longest=$(fill t 64)
	printf 'a\n' | does write --tag="$longest" r
	printf 'b\n' | does write --tag= r
	printf 'c\n' | does write r
	printf 'x\n' | misuse 'a tag has at most 64 bytes' write --tag="${longest}t" r
	printf 'x\n' | misuse 'a tag has at most 64 bytes' write -t "$longest$longest" r
	misuse 'a tag has at most 64 bytes' run -t "${longest}t" r echo x
	shows 'a\n' read --raw --tag="$longest" r
	shows 'b\nc\n' read --raw --tag= r
	try 0 read r
	has " $longest: a\$" out
	has 'Z b$' out
	has 'Z c$' out
}

@test "mmring read refuses a tag that no record can have" {
	printf 'a\n' | does write r
	misuse 'a tag has at most 64 bytes' read --tag="$(fill t 65)" r
}

@test "mmring takes --io=auto, map and read, and no other" {
	local io
	printf 'a\n' | does write r
	for io in auto map read; do
		printf 'b\n' | does write --io=$io r
		does run --io=$io r echo c
		try 0 read --io=$io r
		try 0 stat --io=$io r
		try 0 check --io=$io r
		does resize --io=$io r 64K
	done
	shows 'a\nb\nc\nb\nc\nb\nc\n' read --raw r
	try 2 read --io=never r
	head -n 1 err >first
	is "mmring: invalid argument 'never' for '--io'\n" first
}

# --- create ---

@test "mmring create makes an empty ring with all its blocks reserved" {
	does create r 1M
	[ "$(stat -c %s r)" = 1048576 ]
	[ $(($(stat -c '%b * %B' r))) -ge 1048576 ]
	does read r
	shows 'r: no records\n' check r
	[ "$(stat -c %a r)" = 644 ]
}

@test "mmring create rounds the size down to pages of 4096 bytes" {
	local size
	for size in 12288 12289 16383 16384 100000 0x5001; do
		does create "r$size" $size
		[ "$(stat -c %s "r$size")" = $((size / 4096 * 4096)) ]
		numbered 1 2000 >in
		does write "r$size" <in
		ends_with in "r$size"
	done
}

@test "mmring create is content with a ring of that size, and refuses one of another" {
	does create r 64K
	numbered 1 5 | does write r
	does create r 64K
	refuses 'r: exists with 65536 bytes' create r 1M
	refuses 'r: File exists' create --excl r 64K
	numbered 1 5 >in
	holds in r
}

@test "mmring create --excl makes a ring where there is none" {
	does create --excl r 64K
	shows 'r: no records\n' check r
	ln -s nowhere dangling
	refuses 'dangling: File exists' create --excl dangling 64K
	[ ! -e nowhere ]
}

@test "mmring gives a new ring 666 less the umask, or the mode that was asked for" {
	does create a 64K
	does create --mode=600 b 64K
	does write --mode=660 c </dev/null
	does run --mode=0604 d true
	(umask 077 && does create e 64K && does create --mode=666 f 64K)
	[ "$(stat -c '%n %a' a b c d e f | paste -sd,)" = 'a 644,b 600,c 660,d 604,e 600,f 666' ]
	does create --mode=600 a 64K
	[ "$(stat -c %a a)" = 644 ]
}

@test "mmring create and write leave nothing behind on a full disk" {
	need_root
	mkdir small
	mount -t tmpfs -o size=256k none small || skip "no right to mount"
	mounted=$PWD/small
	refuses 'small/r: No space left on device' create small/r 1M
	[ ! -e small/r ]
	printf 'a\n' | refuses 'small/r: No space left on device' write small/r
	[ ! -e small/r ]
	refuses 'small/r: No space left on device' run small/r sh -c 'echo started >&3'
	[ ! -e small/r ]
	: >small/empty
	refuses 'small/empty: No space left on device' create small/empty 1M
	[ "$(stat -c %s small/empty)" = 0 ]
	does create small/r 64K
	numbered 1 20 | does write small/r
	refuses 'small/r: No space left on device' resize small/r 1M
	numbered 1 20 >in
	holds in small/r
	[ "$(ls -A small)" = "empty${nl}r" ]
}

@test "mmring write into a ring with holes on a full disk ends with a message, and the ring stays readable" {
	need_root
	mkdir small
	mount -t tmpfs -o size=256k none small || skip "no right to mount"
	mounted=$PWD/small
	numbered 1 20 >in
	does write --size 128K full <in
	cp --sparse=always full small/r
	head -c 1M /dev/zero >small/rest 2>/dev/null || true
	numbered 21 5000 >"more"
	try 2 write small/r <"more"
	is '' out
	has '^mmring: small/r: \(No space left on device\|cannot be written: no space, or an error of the medium\)$' err
	[ "$(wc -l <err)" = 1 ]
	cat in more >all
	try 0 read --raw small/r
	size=$(wc -c <out)
	head -c "$size" all | cmp - out
}

# --- what goes in comes out ---

@test "mmring write makes the ring, of 1 MiB unless told otherwise" {
	printf 'a\n' | does write r
	printf 'a\n' | does write --size 64K s
	printf 'a\n' | does write s --size=128K
	[ "$(stat -c %s r s | paste -sd,)" = 1048576,65536 ]
	shows 'a\na\n' read --raw s
}

@test "mmring write takes an empty file for a ring that is to be made" {
	: >r
	printf 'a\n' | does write --size 64K r
	shows 'a\n' read --raw r
}

@test "mmring gives back what was written, byte for byte" {
	local text
	for text in '' '\n' '\n\n\n' 'a' 'a\nb' 'a\nb\n' 'a\r\nb\r\n' '\0000' '\0000\n\0000' 'a\0000b\nc\0000\n' '\0377\0376\n' \
		'\033[1mx\n' ' \n\t\n' '\n\na'; do
		rm -f r
		printf %b "$text" >in
		does write r <in
		holds in r
		rm -f r
		printf %b "$text" | does write --size=12288 r
		holds in r
	done
}

@test "mmring gives back all 256 byte values, and whatever is random" {
	need perl
	perl -e 'print map(chr, 0 .. 255), "\n", map(chr, reverse 0 .. 255)' >in
	does write r <in
	holds in r
	head -c 700000 /dev/urandom >random
	does write s <random
	holds random s
}

@test "mmring splits a line that is longer than a record, and puts it together again" {
	local len longest
	for longest in 984 65496; do
		for len in $((longest - 1)) $longest $((longest + 1)) $((2 * longest)) $((2 * longest + 1)); do
			rm -f r
			does create r $((longest == 984 ? 12288 : 1048576))
			{ fill x "$len"; printf '\nnext\n'; } >in
			does write r <in
			holds in r
			[ "$(mm mmring read --json r | wc -l)" = $(((len + longest - 1) / longest + 1)) ]
			[ "$(mm mmring read --json r | grep -c '"continues":true')" = $(((len + longest - 1) / longest - 1)) ]
			[ "$(mm mmring read r | wc -l)" = 2 ]
			fill x "$len" >in
			rm -f r
			does create r $((longest == 984 ? 12288 : 1048576))
			does write r <in
			holds in r
		done
	done
}

@test "mmring counts the tag among the bytes of a record" {
	does create r 12288
	{ fill x 984; echo; } >in
	does write -t 1234 r <in
	holds in r
	try 0 read --json r
	[ "$(wc -l <out)" = 2 ]
	try 0 read -t 1234 r
	[ "$(wc -l <out)" = 1 ]
}

@test "mmring takes a line of some MiB" {
	{ pattern 3000000 | tr '\n' ' '; echo; } >in
	does write --size 8M r <in
	holds in r
	cat in | does write --size 8M s
	holds in s
	[ "$(mm mmring read s | wc -l)" = 1 ]
}

@test "mmring write goes on with the numbers where the last writer ended" {
	local i
	for i in 1 2 3; do
		numbered $i $i | does write r
	done
	try 0 read -N r
	[ "$(cut -d ' ' -f 1 out | paste -sd,)" = 1,2,3 ]
	numbered 1 3 >in
	holds in r
}

@test "mmring keeps lines apart when a writer has ended without a newline" {
	printf 'a\nb' | does write r
	printf 'c\n' | does write r
	shows 'a\nb\nc\n' read --raw r
}

@test "mmring read prints the time in UTC, the tag, and the number when asked" {
	local time
	time=$(date -u +%Y-%m)
	printf 'one\ntwo\n' | TZ=Asia/Tokyo does write -t svc r
	printf 'three\n' | does write r
	for zone in UTC Asia/Tokyo; do
		TZ=$zone try 0 read r
		sed 's/^[0-9-]*T[0-9:]*\.[0-9]\{6\}Z /TIME /' out >plain
		is 'TIME svc: one\nTIME svc: two\nTIME three\n' plain
		has "^$time" out
	done
	TZ=UTC try 0 read --number r
	sed 's/[0-9-]*T[0-9:]*\.[0-9]\{6\}Z /TIME /' out >plain
	is '1 TIME svc: one\n2 TIME svc: two\n3 TIME three\n' plain
	mm mmring read -N r >again
	same out again
	same <(mm mmring read r) <(cut -d ' ' -f 2- out)
	[ $(($(date -u +%s) - $(date -u -d "$(cut -d ' ' -f 2 out | tail -n 1)" +%s))) -lt 100 ]
}

@test "mmring read --binary gives blocks back as they were put in, also empty ones" {
	need perl
	perl -e 'for ("abc", "", "\0\n\377", "x" x 65496, "end") { print pack("V/a", $_) }' >in
	does write --binary r <in
	try 0 read --binary r
	same in out
	cat in | does write -b s
	try 0 read -b s
	same in out
	[ "$(mm mmring read s | wc -l)" = 5 ]
}

@test "mmring takes blocks of one length, of which the last may be shorter" {
	printf '0123456789' >in
	does write --binary=4 r <in
	[ "$(mm mmring read r | wc -l)" = 3 ]
	try 0 read --binary=4 r
	same in out
	try 0 read --raw r
	same in out
	try 0 read r
	sed 's/^.* //' out >hex
	is '30313233\n34353637\n3839\n' hex
	head -c 500000 /dev/urandom >random
	cat random | does write --binary=1000 --size=1M s
	try 0 read --raw s
	same random out
	[ "$(mm mmring read --json s | grep -c '"hex":"')" = 500 ]
}

@test "mmring refuses a block that the ring cannot hold, in one message, and keeps those before it" {
	need perl
	perl -e 'print pack("V/a", "good"), pack("V", 65497), "x" x 65497' >in
	refuses 'a block of 65497 bytes: this ring takes at most 65496' write --binary r <in
	shows good read --raw r
	printf '\377\377\377\377abcdef' | refuses 'a block of 4294967295 bytes: this ring takes at most 65496' write -b r
	does create s 12288
	printf 'x' | refuses 'blocks of 1000 bytes: this ring takes at most 984' write --binary=1000 s
	does read s
}

@test "mmring tells an input that ends within a block" {
	printf '\5\0\0\0whole\3\0\0\0ab' | refuses 'the input ends within a block' write --binary r
	shows whole read --raw r
	printf '\5\0' | refuses 'the input ends within a block' write --binary r
	shows whole read --raw r
	does write --binary r </dev/null
}

@test "mmring write --tee passes on what it has put into the ring" {
	numbered 1 3000 >in
	try 0 write --tee r <in
	same in out
	is '' err
	holds in r
	head -c 300000 /dev/urandom >random
	cat random | mm mmring write --tee s >out
	same random out
	printf 'no newline' | shows 'no newline' write --tee r
	printf '\3\0\0\0abc' | shows '\3\0\0\0abc' write --tee --binary t
}

@test "mmring write --tee has a line in the ring before it passes it on" {
	start_writer --tee r
	local i
	for i in 1 2 3; do
		echo "line $i" >&7
		eventually has "line $i" got
		try 0 read --raw r
		has "line $i" out
	done
	exec 7>&-
	ends_as 0 "$writer"
}

@test "mmring write --tee tells that its output is full; the ring has the lines" {
	numbered 1 5 >in
	local status=0
	mm mmring write --tee r <in >/dev/full 2>err || status=$?
	[ $status = 2 ]
	is 'mmring: write error: No space left on device\n' err
	holds in r
}

@test "mmring write puts a line into the ring as soon as it is complete" {
	start_writer r
	printf 'one\npart' >&7
	eventually mm mmring stat r >/dev/null 2>&1
	eventually eval 'mm mmring read --raw r | grep -q one'
	shows 'one\n' read --raw r
	printf ' of a line\n' >&7
	eventually eval 'mm mmring read --raw r | grep -q part'
	exec 7>&-
	ends_as 0 "$writer"
	shows 'one\npart of a line\n' read --raw r
}

@test "mmring write --sync makes durable what it has taken, and without it does not wait for the disk" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	numbered 1 100 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write plain
	lacks sync log
	numbered 1 100 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write --sync synced
	grep -q '^[0-9]* *fsync(.* = 0' log
	grep -q '^[0-9]* *fdatasync(.* = 0' log
	numbered 1 3 | strace -f -o log -e trace=fdatasync,fsync "$bin/mmring" write --sync=1000 synced
	grep -q '^[0-9]* *fdatasync(.* = 0' log
}

@test "mmring write --sync=TIME makes durable what it has taken although no more comes" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	mkfifo input
	strace -f -o log -e trace=fdatasync "$bin/mmring" write --sync=300ms r <input 3>&- &
	writer=$!
	started+=("$writer")
	exec 7>input
	echo one >&7
	eventually eval '[ "$(grep -c fdatasync log)" -ge 1 ]'
	echo two >&7
	eventually eval '[ "$(grep -c fdatasync log)" -ge 2 ]'
	exec 7>&-
	ends_as 0 "$writer"
}

@test "mmring write -i stays when the terminal interrupts, and ends without it" {
	env --default-signal=INT true 2>/dev/null || skip "no env --default-signal on this machine"
	local option
	for option in -i --ignore-interrupts; do
		rm -f input
		mkfifo input
		env --default-signal=INT "$bin/mmring" write $option r <input 3>&- &
		writer=$!
		started+=("$writer")
		exec 7>input
		echo one >&7
		eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
		kill -INT "$writer"
		echo two >&7
		exec 7>&-
		ends_as 0 "$writer"
		shows 'one\ntwo\n' read --raw r
		rm r
	done
	rm -f input
	mkfifo input
	env --default-signal=INT "$bin/mmring" write r <input 3>&- &
	writer=$!
	started+=("$writer")
	exec 7>input
	echo one >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
	kill -INT "$writer"
	exec 7>&-
	: >got.err
	ends_as 130 "$writer"
	shows 'one\n' read --raw r
}

@test "mmring works on a shared memory object by its path" {
	[ -d /dev/shm ] && [ -w /dev/shm ] || skip "no /dev/shm on this machine"
	object=/dev/shm/mmring-test.$$
	does create "$object" 64K
	numbered 1 5 >in
	does write "$object" <in
	holds in "$object"
	does resize "$object" 128K
	holds in "$object"
	shows "$object: 5 records, 1 to 5, all good\n" check "$object"
}

@test "mmring takes file names with a dash first, a newline, blanks and one that looks like an object's" {
	local name
	for name in -r $'new\nline' 'two words' $'\e[31m' object; do
		numbered 1 3 >in
		does write -- "$name" <in
		[ -f "./$name" ]
		try 0 read --raw -- "$name"
		same in out
		try 0 stat -- "$name"
		try 0 check -- "$name"
		[ "$(wc -l <out)" = 1 ]
		does resize -- "$name" 64K
	done
	refuses "'no'\$'\\n''such': No such file or directory" read $'no\nsuch'
	refuses "''\$'\\033''[31mx': No such file or directory" read $'\e[31mx'
	misuse "invalid option -- 'x'" read -x
}

@test "mmring keeps tags as they are, and none of them can pass for a line" {
	local tag i=0
	for tag in 'two words' 'a: b' '"quoted"' $'\e[31mred' $'new\nline' $'tab\there' 'ünï'; do
		rm -f r
		# what cannot be a tag may be refused
		printf 'text\n' | mm mmring write --tag="$tag" r 2>err || { [ -s err ]; continue; }
		((++i))
		shows 'text\n' read --raw --tag="$tag" r
		[ "$(mm mmring read r | wc -l)" = 1 ]
		does read --raw --tag="${tag}x" r
		does read --raw --tag="${tag%?}" r
	done
	[ $i -ge 4 ]
}

# --- what is asked for ---

@test "mmring read -n prints the last N lines, none, or all when there are no more" {
	numbered 1 10 | does write r
	local n
	for n in 0 1 3 9 10 11 1000; do
		numbered $((n < 10 ? 11 - n : 1)) 10 >wanted.lines
		try 0 read --raw -n $n r
		same wanted.lines out
		try 0 read --raw --lines=$n r
		same wanted.lines out
	done
	does create s 64K
	does read -n 5 s
	does read -n 0 s
}

@test "mmring read -n prints the last N lines of a ring that has gone round" {
	numbered 1 5000 >in
	does write --size 16K r <in
	for n in 1 2 7 50; do
		try 0 read --raw -n $n r
		is '' err
		tail -n $n in | cmp - out
	done
	try 0 read --raw -n 5000 r
	tail -n "$(wc -l <out)" in | cmp - out
}

@test "mmring read -n counts those that have the tag" {
	local i
	for i in 1 2 3 4 5; do
		echo "a $i" | does write -t a r
		echo "b $i" | does write -t b r
	done
	shows 'a 4\na 5\n' read --raw -n 2 -t a r
	shows 'b 1\nb 2\nb 3\nb 4\nb 5\n' read --raw -n 9 -t b r
	does read -n 0 -t a r
	does read -n 3 -t c r
	shows 'a 5\nb 5\n' read --raw -n 2 r
	shows 'a 5\n' read --raw -n 2 -t a --from 8 r
	shows 'a 5\n' read --raw -n 1 -t a --since=1h r
	shows 'a 5\nb 5\n' read --raw -n 2 --since=1h r
}

@test "mmring read -n counts lines, also those that are longer than a record" {
	{ echo first; fill x 200000; echo; } >in
	does write r <in
	tail -n 1 in >last
	try 0 read --raw -n 1 r
	same last out
	try 0 read --raw -n 2 r
	same in out
}

@test "mmring read --from begins with that number" {
	numbered 1 10 | does write r
	local from
	for from in 0 1 2 9 10; do
		numbered $((from ? from : 1)) 10 >wanted.lines
		try 0 read --raw --from=$from r
		is '' err
		same wanted.lines out
	done
	does read --from=11 r
	does read --from=1000000 r
	shows 'line 8 of the log\nline 9 of the log\nline 10 of the log\n' read --raw -n 5 --from 8 r
	shows 'line 10 of the log\n' read --raw -n 1 --from 8 r
}

@test "mmring read --from a number that has been overwritten tells how many are lost" {
	numbered 1 5000 >in
	does write --size 16K r <in
	first=$(mm mmring read -N r | head -n 1 | cut -d ' ' -f 1)
	try 1 read --raw --from 1 r
	is "mmring: r: $((first - 1)) records lost, overwritten before they could be read\n" err
	tail -n +"$first" in | cmp - out
	try 1 read --raw --from $((first - 1)) r
	is "mmring: r: 1 record lost, overwritten before it could be read\n" err
	try 0 read --raw --from "$first" r
	is '' err
	tail -n +"$first" in | cmp - out
}

@test "mmring read --since takes moments as read prints them" {
	echo old | does write r
	sleep 0.01
	echo new | does write r
	old=$(mm mmring read r | head -n 1 | cut -d ' ' -f 1)
	new=$(mm mmring read r | tail -n 1 | cut -d ' ' -f 1)
	shows 'new\n' read --raw --since="$new" r
	shows 'old\nnew\n' read --raw --since="$old" r
	shows 'new\n' read --raw --since="${new/T/ }" r
	shows 'new\n' read --raw --since="${new%Z}" r
	shows 'old\nnew\n' read --raw --since="${old%.*}" r
	shows 'old\nnew\n' read --raw --since="${old%:*}" r
	shows 'old\nnew\n' read --raw --since="${old%T*}" r
	TZ=Asia/Tokyo shows 'new\n' read --raw --since="$new" r
	does read --since=2100-01-01 r
}

@test "mmring read --since takes seconds since 1970 and times before now" {
	kit
	py 'import time
now = int(time.time())
make("r", 65536, [(b"day", {"time": (now - 86400 - 30) * 10**9}), (b"hour", {"time": (now - 3600 - 30) * 10**9}),
     (b"minute", {"time": (now - 90) * 10**9}), (b"now", {"time": now * 10**9})])
print(now)' >now
	now=$(cat now)
	shows 'day\nhour\nminute\nnow\n' read --raw --since=2d r
	shows 'hour\nminute\nnow\n' read --raw --since=1d r
	shows 'hour\nminute\nnow\n' read --raw --since=24h r
	shows 'minute\nnow\n' read --raw --since=1h r
	shows 'minute\nnow\n' read --raw --since=60m r
	shows 'minute\nnow\n' read --raw --since=3000s r
	shows 'minute\nnow\n' read --raw --since=3000 r
	shows 'minute\nnow\n' read --raw --since=0.5h r
	does read --since=0 r
	does read --since=1ms r
	shows 'day\nhour\nminute\nnow\n' read --raw --since=@0 r
	shows 'minute\nnow\n' read --raw --since=@$((now - 90)) r
	shows 'now\n' read --raw --since=@$((now - 90)).5 r
	does read --since=@$((now + 1)) r
	shows 'now\n' read --raw --since=@$((now - 100)) --from 4 r
	shows 'day\nhour\nminute\nnow\n' read --raw --since=2024-02-29 r
}

@test "mmring read --since refuses what is no time" {
	printf 'a\n' | does write r
	local bad
	for bad in '' yesterday 5x -5 1h30m '5 m' 2026-13-01 2026-00-10 2026-1-1 2026-11-24T 2026-11-24T10 2026-11-24T25:00 \
		2026-11-24T10:60 2026-11-24T10:00:61 2026-11-24T10:00Zx 2026-11-24Tx @ @x @-1 1969-12-31 99999999999999999999; do
		misuse "invalid time '$bad' for '--since'" read --since="$bad" r
	done
}

@test "mmring read --since refuses days that no month has, and a moment with a unit" {
	printf 'a\n' | does write r
	local bad
	for bad in 2026-02-29 2026-02-30 2026-04-31 2026-02-31T10:00 @5m @1d 2026-11-24T10:00:00.; do
		misuse "invalid time '$bad' for '--since'" read --since="$bad" r
	done
}

@test "mmring read --tag reads those alone that have the tag, in full" {
	numbered 1 3 | does write -t a r
	numbered 4 6 | does write -t b r
	numbered 7 9 | does write -t a r
	{ numbered 1 3; numbered 7 9; } >wanted.lines
	try 0 read --raw --tag a r
	same wanted.lines out
	try 0 read -t a r
	[ "$(grep -c ' a: line ' out)" = 6 ]
	does read -t c r
	does read -t A r
}

# --- JSON ---

@test "mmring read --json prints an object for each record, with all that is known of it" {
	printf 'one\n' | does write r
	printf 'two\n' | does write -t svc r
	does run r sh -c 'echo out; sleep 0.2; echo err >&2'
	printf 'ab' | does write --binary=2 r
	try 0 read --json r
	sed 's/"[0-9-]*T[0-9:]*\.[0-9]\{6\}Z"/TIME/' out >plain
	is '{"seq":1,"time":TIME,"text":"one"}
{"seq":2,"time":TIME,"tag":"svc","text":"two"}
{"seq":3,"time":TIME,"tag":"sh","stream":"stdout","text":"out"}
{"seq":4,"time":TIME,"tag":"sh","stream":"stderr","text":"err"}
{"seq":5,"time":TIME,"hex":"6162"}
' plain
}

@test "mmring read --json is valid JSON whatever was written, and loses no byte" {
	need python3 perl
	perl -e 'print map(chr, 0 .. 9, 11 .. 127), "\n"; print map(chr, 128 .. 255), "\n"; print "\"\\/\b\f\r\t\n";
		print "\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\n\xC0\xAF\n\xED\xA0\x80\n\xF4\x90\x80\x80\n\xC3\n\n"; print "\0\n";
		print "<script>&\x7F\xC2\x9B\xE2\x80\xA8\n"' >in
	does write -t $'ta"g\\\x01\xff' r <in
	head -c 100000 /dev/urandom >>in
	tail -c 100000 in | does write r
	try 0 read --json r
	python3 -c '
import json, sys
got = b""
for line in open("out", "rb").read().decode("utf-8").split("\n")[:-1]:
    o = json.loads(line)
    got += bytes.fromhex(o["hex"]) if "hex" in o else o["text"].encode()
    if not o.get("continues"):
        got += b"\n"
wanted = open("in", "rb").read()
assert got == wanted or got == wanted + b"\n", "bytes differ"
'
}

@test "mmring read --json keeps a long line of UTF-8 text" {
	need python3
	python3 -c 'print("ä€" * 30000)' >in
	does write r <in
	try 0 read --json r
	python3 -c '
import json
text = "".join(json.loads(line)["text"] for line in open("out", encoding="utf-8"))
assert text == "ä€" * 30000
'
}

@test "mmring stat tells size, age, numbers, in text and in JSON" {
	numbered 1 7 | does write --size 64K r
	try 0 stat r
	sed 's/[0-9-]*T[0-9:]*\.[0-9]\{6\}Z/TIME/; s/[0-9a-f]\{32\}/ID/' out >plain
	is 'r
  version    1
  size       65536, for records 57344
  longest    14296
  id         ID
  made       TIME
  records    7
  first      1, TIME
  last       7, TIME
' plain
	try 0 stat --json r
	sed 's/"[0-9-]*T[0-9:]*\.[0-9]\{6\}Z"/TIME/g; s/[0-9a-f]\{32\}/ID/' out >plain
	is '{"name":"r","version":1,"size":65536,"longest":14296,"id":"ID","made":TIME,"writer":0,"records":7,"first":1,"first_time":TIME,"last":7,"last_time":TIME}\n' plain
	does create e 12288
	try 0 stat e
	[ "$(tail -n 1 out)" = '  records    0' ]
	try 0 stat --json e
	has '"records":0}$' out
	numbered 1 5000 | does write r
	try 0 stat --json r
	has '"last":5007,' out
	has "\"records\":$(mm mmring read r | wc -l)," out
	has "\"first\":$(mm mmring read -N r | head -n 1 | cut -d ' ' -f 1)," out
}

@test "mmring stat and check print valid JSON for hostile names" {
	need python3
	local name
	for name in $'new\nline "quoted" \\' $'\xff\xfe' 'ü'; do
		numbered 1 3 | does write "$name"
		try 0 stat --json "$name"
		python3 -c 'import json; o = json.load(open("out", encoding="utf-8")); assert o["records"] == 3 and o["last"] == 3'
		try 0 check --json "$name"
		python3 -c 'import json; o = json.load(open("out", encoding="utf-8")); assert o["damaged"] is False and o["records"] == 3'
	done
}

@test "mmring check counts what is good" {
	numbered 1 7 | does write r
	shows 'r: 7 records, 1 to 7, all good\n' check r
	shows '{"damaged":false,"records":7,"first":1,"last":7,"missing":0,"longest_run":7,"longest_run_first":1}\n' check --json r
	numbered 1 1 | does write s
	shows 's: 1 record, all good\n' check s
	does create e 12288
	shows 'e: no records\n' check e
}

# --- rings that have gone round ---

@test "mmring keeps the last lines in a row, however small the ring and however many laps" {
	local size seed
	for size in 12288 16384 20480 45056 262144; do
		for seed in 1 2; do
			rm -f r
			does create r $size
			awk -v n=$((size / 10)) -v x="$seed" 'BEGIN {
				for (; n > 0; n--) {
					x = (x * 16807) % 2147483647
					line = sprintf("%d ", x)
					for (i = x % 100; i > 0; i--) line = line "."
					print line
				}
			}' >in
			does write r <in
			ends_with in r
			# a good part of the ring is in use
			[ $(($(wc -c <out) + 40 * $(wc -l <out))) -ge $(((size - 8192) / 2)) ]
			try 0 check r
			has 'all good' out
		done
	done
}

@test "mmring keeps the last lines in a row over many short-lived writers" {
	local i
	: >in
	for ((i = 0; i < 150; i++)); do
		numbered $((i * 7)) $((i * 7 + i % 9)) >part
		cat part >>in
		mm mmring write --size 12288 r <part
		[ $((i % 10)) != 0 ] || ends_with in r
	done
	ends_with in r
}

@test "mmring overwrites with lines as long as a record, laps long" {
	local len
	for len in 983 984 985 2000 5000; do
		rm -f r
		awk -v len=$len 'BEGIN { for (i = 0; i < 60; i++) { line = sprintf("%d ", i); while (length(line) < len) line = line "x"; print line } }' >in
		does write --size 12288 r <in
		try 0 read --raw r
		size=$(wc -c <out)
		[ "$size" -gt 0 ]
		tail -c "$size" in | cmp - out
	done
}

# --- followers ---

@test "mmring read -f shows what is there, then each line as it comes" {
	numbered 1 3 | does write r
	start /dev/null read -f --raw r
	eventually has 'line 3 ' got
	local i
	for i in 4 5 6; do
		numbered $i $i | does write r
		eventually has "line $i " got
	done
	numbered 1 6 | cmp - got
	is '' got.err
	runs "$pid"
}

@test "mmring read -f begins with the last N, with none, or with a number yet to come" {
	numbered 1 5 | does write r
	start /dev/null read -f --raw -n 2 r
	eventually has 'line 5 ' got
	numbered 6 6 | does write r
	eventually has 'line 6 ' got
	numbered 4 6 | cmp - got
	kill "$pid"
	start /dev/null read --follow --raw -n 0 r
	sleep 0.3
	numbered 7 7 | does write r
	eventually has 'line 7 ' got
	numbered 7 7 | cmp - got
	kill "$pid"
	start /dev/null read -f --raw --from 9 r
	sleep 0.3
	numbered 8 10 | does write r
	eventually has 'line 10 ' got
	numbered 9 10 | cmp - got
	is '' got.err
}

@test "mmring read -f with a tag shows that tag's lines alone" {
	does create r 64K
	start /dev/null read -f --raw -t a r
	numbered 1 2 | does write -t a r
	numbered 3 4 | does write -t b r
	numbered 5 6 | does write -t a r
	eventually has 'line 6 ' got
	{ numbered 1 2; numbered 5 6; } | cmp - got
}

@test "mmring read -f --json prints a line for each record as it comes" {
	does create r 64K
	start /dev/null read -f --json r
	numbered 1 2 | does write r
	eventually has '"seq":2,' got
	[ "$(wc -l <got)" = 2 ]
}

@test "mmring read -f that was lapped is told how many records it has lost, and goes on" {
	numbered 1 5 | does write --size 12288 r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 3000 >"more"
	does write r <"more"
	kill -CONT "$pid"
	eventually has 'line 3000 ' got
	[ "$(wc -l <got.err)" = 1 ]
	has '^mmring: r: [0-9]* records lost, overwritten before they could be read$' got.err
	lost=$(sed 's/.*r: //; s/ records.*//' got.err)
	[ $((lost + $(wc -l <got))) = 3000 ]
	{ numbered 1 5; tail -n $((2995 - lost)) more; } | cmp - got
}

@test "mmring read -f --json tells the loss among the records, too" {
	numbered 1 5 | does write --size 12288 r
	start /dev/null read -f --json r
	eventually has '"seq":5,' got
	kill -STOP "$pid"
	numbered 6 3000 | does write r
	kill -CONT "$pid"
	eventually has '"seq":3000,' got
	lost=$(grep -o '^{"lost":[0-9]*,"damaged":false}$' got | grep -o '[0-9]*')
	[ $((lost + $(grep -c '"seq":' got))) = 3000 ]
	sed -n '6p' got | grep -q '^{"lost":'
}

@test "mmring read -f accounts for every record while a writer laps it again and again" {
	does create r 16K
	start /dev/null read -f --raw r
	numbered 1 60000 | does write r
	eventually has 'line 60000 ' got
	lost=$(sed 's/.*r: //; s/ record.*//' got.err | awk '{ n += $1 } END { print n + 0 }')
	[ $((lost + $(wc -l <got))) = 60000 ]
	only 'line [0-9]+ of the log' got
	awk '$2 <= last { bad = 1 } { last = $2 } END { exit bad }' got
	lacks damaged got.err
}

@test "mmring write does not wait for a reader that has stopped" {
	numbered 1 5 | does write --size 16K r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 20000 >"more"
	run -0 timeout 60 "$bin/mmring" write r <"more"
	ends_with more r
}

@test "mmring read -f outlives its writer, killed at work" {
	start_writer r
	writer=$pid
	echo one >&7
	eventually mm mmring stat r >/dev/null 2>&1
	"$bin/mmring" read -f --raw r >follow 2>follow.err 3>&- &
	started+=("$!")
	follower=$!
	eventually has one follow
	kill -KILL "$writer"
	wait "$writer" || true
	exec 7>&-
	echo two | does write r
	eventually has two follow
	is 'one\ntwo\n' follow
	is '' follow.err
	runs "$follower"
}

@test "mmring read -f goes on in the new file after resize" {
	numbered 1 5 | does write --size 64K r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	does resize r 128K
	numbered 6 8 | does write r
	eventually has 'line 8 ' got
	does resize r 16K
	numbered 9 10 | does write r
	eventually has 'line 10 ' got
	numbered 1 10 | cmp - got
	is '' got.err
}

@test "mmring read -f that slept over lines and a resize misses none" {
	numbered 1 5 | does write --size 64K r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	numbered 6 8 | does write r
	does resize r 128K
	numbered 9 12 | does write r
	does resize r 256K
	numbered 13 14 | does write r
	kill -CONT "$pid"
	eventually has 'line 14 ' got
	numbered 1 14 | cmp - got
	is '' got.err
}

@test "mmring read -f waits for a new ring when the file is removed" {
	numbered 1 5 | does write r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	rm r
	sleep 0.5
	runs "$pid"
	numbered 6 7 | does write r
	eventually has 'line 7 ' got
	numbered 1 7 | cmp - got
}

@test "mmring read -f reads all of a new ring, whatever the numbers in the old one" {
	numbered 1 5 | does write r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	kill -STOP "$pid"
	rm r
	numbered 101 120 | does write r
	kill -CONT "$pid"
	eventually has 'line 120 ' got
	{ numbered 1 5; numbered 101 120; } | cmp - got
}

@test "mmring read -f waits for a new ring when the file is emptied" {
	numbered 1 5 | does write r
	start /dev/null read -f --raw r
	eventually has 'line 5 ' got
	: >r
	sleep 0.5
	runs "$pid"
	numbered 6 7 | does write r
	eventually has 'line 7 ' got
	numbered 1 7 | cmp - got
}

@test "mmring read -f ends when nobody reads its output any more" {
	numbered 1 5 | does write r
	timeout 30 "$bin/mmring" read -f --raw r | head -n 1 >first
	[ "${PIPESTATUS[0]}" != 124 ]
	is 'line 1 of the log\n' first
}

@test "mmring read -f of a ring that is not there says so" {
	refuses 'r: No such file or directory' read -f r
}

# --- several writers ---

@test "mmring takes several writers at once: nothing is lost, and each one's lines keep their order" {
	local w writers=()
	for w in 1 2 3 4; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 3000; i++) print w, i; }' >"in$w"
	done
	for w in 1 2 3 4; do
		cat "in$w" | "$bin/mmring" write -t "w$w" --size 4M r 3>&- &
		writers+=("$!")
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	shows 'r: 12000 records, 1 to 12000, all good\n' check r
	for w in 1 2 3 4; do
		try 0 read --raw -t w$w r
		same "in$w" out
	done
	try 0 read -N r
	awk '$1 != NR { exit 1 }' out
}

@test "mmring takes several writers in a small ring: what is left is whole and in order" {
	local w writers=()
	for w in 1 2 3; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 5000; i++) print w, i; }' | "$bin/mmring" write --size 16K r 3>&- &
		writers+=("$!")
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	try 0 read --raw r
	only '[123] [0-9]+' out
	awk '$2 <= last[$1] { exit 1 } { last[$1] = $2 }' out
	try 0 read -N r
	[ "$(tail -n 1 out | cut -d ' ' -f 1)" = 15000 ]
	awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' out
}

@test "mmring lets two writers make the same ring at once" {
	local i a b
	for ((i = 0; i < 30; i++)); do
		rm -f r
		echo one | "$bin/mmring" write --size 64K r 2>a.err 3>&- &
		a=$!
		echo two | "$bin/mmring" write --size 64K r 2>b.err 3>&- &
		b=$!
		wait $a
		wait $b
		cat a.err b.err >both.err
		is '' both.err
		mm mmring read --raw r | sort >sorted
		is 'one\ntwo\n' sorted
	done
}

@test "mmring never joins parts of long lines of two writers" {
	mkfifo a b
	"$bin/mmring" write --size 4M r <a 3>&- &
	first=$!
	started+=("$first")
	exec 8>a
	fill a 100000 >&8
	eventually eval 'mm mmring read --json r 2>/dev/null | grep -q aaa'
	"$bin/mmring" write --size 4M r <b 3>&- 8>&- &
	second=$!
	started+=("$second")
	exec 9>b
	fill b 100000 >&9
	eventually eval 'mm mmring read --json r | grep -q bbb'
	{ fill a 50000; echo; } >&8
	exec 8>&-
	: >got.err
	ends_as 0 "$first"
	{ fill b 50000; echo; } >&9
	exec 9>&-
	ends_as 0 "$second"
	try 0 read --raw r
	lacks 'ab\|ba' out
}

@test "mmring read --tag has a long line whole although another writer came between its parts" {
	mkfifo a
	"$bin/mmring" write -t a --size 4M r <a 3>&- &
	first=$!
	started+=("$first")
	exec 8>a
	fill a 100000 >&8
	eventually eval 'mm mmring read --json r 2>/dev/null | grep -q aaa'
	echo between | does write -t b r
	{ fill a 50000; echo; } >&8
	exec 8>&-
	: >got.err
	ends_as 0 "$first"
	{ fill a 150000; echo; } >in
	try 0 read --raw -t a r
	same in out
	shows 'between\n' read --raw -t b r
	# all in all no line is torn without a newline
	try 0 read --raw r
	has '^between$' out
}

@test "mmring check never takes a writer at work for damage" {
	does create r 32K
	numbered 1 400000 | "$bin/mmring" write r 3>&- &
	writer=$!
	started+=("$writer")
	local i
	for ((i = 0; i < 20; i++)); do
		try 0 check r
		try 0 stat r
		mm mmring read --raw r >out 2>err || [ $? = 1 ]
		lacks damaged err
		only 'line [0-9]+ of the log' out
	done
	kill "$writer" 2>/dev/null || true
	wait "$writer" || true
	try 0 check r
}

# --- run ---

@test "mmring run keeps both streams of a command, marked, and its status" {
	local status
	try 3 run r -- sh -c 'echo out; sleep 0.2; echo err >&2; exit 3'
	is '' out
	is '' err
	try 0 read r
	sed 's/^[^ ]* //' out >plain
	is 'sh: out\nsh(err): err\n' plain
	for status in 0 1 2 127 255; do
		try $status run r sh -c "exit $status"
	done
}

@test "mmring run takes its own options before the command, and none behind it" {
	does run -t svc r --size 64K -- printf '%s\n' -f --tag x
	does run r echo -n --json
	try 0 read --raw r
	is '-f\n--tag\nx\n--json' out
	shows '-f\n--tag\nx\n' read --raw -t svc r
	shows '--json' read --raw -t echo r
}

@test "mmring run tags with the name of the command, however long" {
	local name
	name=$(fill n 70)
	printf '#!/bin/sh\necho hello\n' >"$name"
	chmod +x "$name"
	does run r "./$name"
	shows 'hello\n' read --raw r
	shows 'hello\n' read --raw --tag "${name:0:64}" r
}

@test "mmring run gives the command its input and its surroundings" {
	printf 'from here\n' | does run r cat
	MARK='set' does run r sh -c 'echo $MARK; pwd'
	shows "from here\nset\n$PWD\n" read --raw r
}

@test "mmring run --tee passes both streams on" {
	try 0 run --tee r sh -c 'echo out; echo err >&2'
	is 'out\n' out
	is 'err\n' err
	mm mmring read --raw r | sort >sorted
	is 'err\nout\n' sorted
}

@test "mmring run keeps output that ends without a newline, and much of it" {
	numbered 1 20000 >in
	does run --size 4M r cat in
	does run r printf 'the end'
	{ cat in; printf 'the end'; } >all
	holds all r
}

@test "mmring run says on its own error output that a command cannot be run" {
	try 127 run r no-such-command
	is 'mmring: no-such-command: No such file or directory\n' err
	: >plain
	try 126 run r ./plain
	is 'mmring: ./plain: Permission denied\n' err
}

@test "mmring run does not start the command when there is no ring for it" {
	refuses 'no/r: No such file or directory' run no/r touch started
	echo text >text
	refuses 'text: not a ring' run text touch started
	[ ! -e started ]
}

@test "mmring run passes signals on and ends as the command did" {
	start /dev/null run r sh -c 'trap "echo told; exit 7" USR1; echo ready; while :; do sleep 0.1; done'
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q ready'
	kill -USR1 "$pid"
	ends_as 7 "$pid"
	shows 'ready\ntold\n' read --raw r
	start /dev/null run r sh -c 'echo again; exec sleep 100'
	eventually eval 'mm mmring read --raw r | grep -q again'
	kill -TERM "$pid"
	ends_as 143 "$pid"
	run -143 "$bin/mmring" run r sh -c 'kill -TERM $$'
}

@test "mmring run has a line in the ring while the command is still at work" {
	start /dev/null run --tee r sh -c 'echo early; exec sleep 100'
	eventually has early got
	shows 'early\n' read --raw r
	kill "$pid"
}

# --- resize ---

@test "mmring resize keeps lines, numbers, times and tags" {
	numbered 1 20 | does write -t a --size 64K r
	does run r sh -c 'echo out; sleep 0.2; echo err >&2'
	printf 'abcd' | does write --binary=2 r
	{ fill x 20000; printf 'y'; } | does write r
	mm mmring read --json r >before
	does resize r 1M
	[ "$(stat -c %s r)" = 1048576 ]
	mm mmring read --json r >after
	same before after
	does resize r 64K
	mm mmring read --json r >after
	same before after
	numbered 21 21 | does write r
	try 0 read -N -n 1 r
	has "^$(($(wc -l <before) + 1)) " out
	shows "r: $(($(wc -l <before) + 1)) records, 1 to $(($(wc -l <before) + 1)), all good\n" check r
	[ -z "$(find . -name '*mmtmp*')" ]
}

@test "mmring resize to less keeps the last lines" {
	numbered 1 2000 >in
	does write r <in
	does resize r 12288
	[ "$(stat -c %s r)" = 12288 ]
	ends_with in r
	try 0 read -N -n 1 r
	has '^2000 ' out
	numbered 2001 2001 | does write r
	try 0 read -N -n 1 r
	has '^2001 ' out
	does create e 64K
	does resize e 128K
	shows 'e: no records\n' check e
}

@test "mmring resize keeps mode, owner and the symlink that leads to the ring" {
	mkdir d
	numbered 1 3 >in
	does write --mode=640 d/real <in
	ln -s d/real link
	[ "$(id -u)" != 0 ] || chown 12:34 d/real
	owner=$(stat -c %u:%g d/real)
	does resize link 64K
	[ -L link ]
	[ "$(stat -c '%s %a %u:%g' d/real)" = "65536 640 $owner" ]
	holds in link
	[ "$(ls -A d)" = real ]
}

@test "mmring resize refuses a ring of several names, and one whose records do not fit" {
	numbered 1 3 >in
	does write r <in
	ln r s
	refuses 'r: has several names, so it cannot be replaced' resize r 64K
	rm s
	holds in r
	{ fill x 5000; echo; } >long
	does write r <long
	refuses 'r: record 4 with its 5000 bytes does not fit a ring of that size' resize r 12288
	cat in long >all
	holds all r
	[ "$(stat -c %s r)" = 1048576 ]
	[ -z "$(find . -name '*mmtmp*')" ]
	does write r <in
}

@test "mmring resize lets writers at work go on in the new file" {
	start_writer --size 64K r
	writer=$pid
	numbered 1 3 >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q "line 3 "'
	does resize r 256K
	numbered 4 6 >&7
	eventually eval 'mm mmring read --raw r | grep -q "line 6 "'
	does resize r 16K
	numbered 7 9 >&7
	exec 7>&-
	ends_as 0 "$writer"
	numbered 1 9 >in
	holds in r
	[ "$(stat -c %s r)" = 16384 ]
}

@test "mmring resize loses nothing of writers at full speed" {
	local w writers=()
	does create r 2M
	for w in 1 2; do
		awk -v w=$w 'BEGIN { for (i = 1; i <= 8000; i++) print w, i; }' >"in$w"
		cat "in$w" | "$bin/mmring" write -t $w r 3>&- &
		writers+=("$!")
	done
	for w in 3M 2M 4M 2M; do
		does resize r $w
	done
	for w in "${writers[@]}"; do
		wait "$w"
	done
	for w in 1 2; do
		try 0 read --raw -t $w r
		same "in$w" out
	done
	shows 'r: 16000 records, 1 to 16000, all good\n' check r
}

@test "mmring write goes on with half a line when the ring has become too small for it" {
	start_writer --size 1M r
	fill a 60000 >&7
	sleep 0.5
	does resize r 12288
	{ fill b 600; echo; echo next; } >&7
	exec 7>&-
	ends_as 0 "$writer"
	is '' got.err
	try 0 check r
	{ fill a 60000; fill b 600; echo; echo next; } >in
	# a ring of that size holds less than 4096 bytes of it
	ends_as_far() { try 0 read --raw r && tail -c "$(wc -c <out)" in | cmp - out; }
	ends_as_far
	has '^next$' out
}

@test "mmring write tells a block that no longer fits the ring, and harms nothing" {
	start_writer --binary --size 1M r
	printf '\140\352\0\0' >&7       # 60000
	fill a 30000 >&7
	sleep 0.5
	does resize r 12288
	fill a 30000 >&7
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: a block of 60000 bytes: this ring takes at most 984\n' got.err
	shows 'r: no records\n' check r
}

@test "mmring write ends with a message when its ring is gone and cannot be made again" {
	mkdir d
	start_writer d/r
	printf 'one\npart' >&7
	eventually eval 'mm mmring read --raw d/r 2>/dev/null | grep -q one'
	rm -r d
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: d/r: No such file or directory\n' got.err
	mkdir d
	start_writer d/r
	printf 'one\npart' >&7
	eventually eval 'mm mmring read --raw d/r 2>/dev/null | grep -q one'
	rm -r d
	printf 'more\npart' >&7
	exec 7>&-
	ends_as 2 "$writer"
	is 'mmring: d/r: No such file or directory\n' got.err
}

@test "mmring write makes the ring again when somebody has removed or emptied it" {
	start_writer --size 64K r
	echo one >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q one'
	rm r
	echo two >&7
	eventually eval 'mm mmring read --raw r 2>/dev/null | grep -q two'
	shows 'two\n' read --raw r
	[ "$(stat -c %s r)" = 65536 ]
	: >r
	echo three >&7
	exec 7>&-
	ends_as 0 "$writer"
	shows 'three\n' read --raw r
	is '' got.err
}

# --- files that are no rings, or no whole ones ---

@test "mmring refuses what is no ring, and leaves it as it is" {
	local verb
	echo 'some text, more than nothing' >text
	head -c 100000 /dev/zero >zeros
	for verb in read stat check write 'read -f'; do
		# shellcheck disable=SC2086 # one or two words
		for file in text zeros; do
			refuses "$file: not a ring" $verb $file </dev/null
		done
	done
	refuses 'text: not a ring' create text 64K
	refuses 'text: not a ring' resize text 64K
	refuses 'text: not a ring' run text true
	is 'some text, more than nothing\n' text
	head -c 100000 /dev/zero | cmp - zeros
}

@test "mmring takes an empty file for no ring when it is to be read" {
	local verb
	: >empty
	for verb in read stat check; do
		refuses 'empty: not a ring' $verb empty
	done
	refuses 'empty: not a ring' resize empty 64K
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
			refuses "$want" "$@" </dev/null
		done
	done
	refuses 'dangling: No such file or directory' read dangling
	refuses "'': No such file or directory" read ''
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
		refuses 's: not a ring' $verb s </dev/null
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
		refuses 'r: a ring of version 2, which is not known here' $verb r </dev/null
	done
	refuses 'r: a ring of version 2, which is not known here' create r 64K
	refuses 'r: a ring of version 2, which is not known here' resize r 128K
	refuses 'r: a ring of version 2, which is not known here' run r true
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
		refuses 'r: not a ring' read r
	done
	py "make('r', 65536, [], data=4096)"
	refuses 'r: not a ring' read r
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
		has '^{"damaged":true,' out
		echo more | does write r
		[ "$(stat -c %s r)" = 65536 ]
		try 0 read --raw -n 1 r
		is 'more\n' out
	done
	truncate -s 51 r
	refuses 'r: not a ring' read r
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

# --- rights ---

@test "mmring reads, follows and checks a ring for those who may only read it, and writes nothing" {
	open_folder
	numbered 1 5 | does write "$open/r"
	before=$(stat -c '%Y %Z' "$open/r")
	user "$open/mmring" read --raw "$open/r" >out
	numbered 1 5 | cmp - out
	user "$open/mmring" check "$open/r" >out
	user "$open/mmring" stat "$open/r" >out
	user "$open/mmring" read -f --raw "$open/r" >got 2>got.err 3>&- &
	started+=("$!")
	eventually has 'line 5 ' got
	[ "$(stat -c '%Y %Z' "$open/r")" = "$before" ]
	numbered 6 6 | does write "$open/r"
	eventually has 'line 6 ' got
	local status=0
	echo x | user "$open/mmring" write "$open/r" 2>err || status=$?
	rm -rf "$open"
	[ $status = 2 ]
	is "mmring: $open/r: Permission denied\n" err
}

@test "mmring says that it may not read a ring, make one, or replace one" {
	open_folder
	local status=0
	does create --mode=600 "$open/secret" 64K
	numbered 1 3 | does write --mode=666 "$open/r"
	user "$open/mmring" read "$open/secret" 2>err || status=$?
	echo x | user "$open/mmring" write "$open/new" 2>>err || status=$status,$?
	user "$open/mmring" create "$open/new" 64K 2>>err || status=$status,$?
	user "$open/mmring" resize "$open/r" 64K 2>>err || status=$status,$?
	numbered 4 4 | user "$open/mmring" write "$open/r" 2>>err || status=$status,$?
	mm mmring read --raw "$open/r" >out
	ls -A "$open" >left
	rm -rf "$open"
	[ $status = 2,2,2,2 ]
	is "mmring: $open/secret: Permission denied
mmring: $open/new: Permission denied
mmring: $open/new: Permission denied
mmring: $open/r: Permission denied
" err
	numbered 1 4 | cmp - out
	is 'mmring\nr\nsecret\n' left
}

@test "mmring write takes the ring of another user in a sticky folder" {
	open_folder
	local status=0
	[ "$(cat /proc/sys/fs/protected_regular 2>/dev/null || echo 0)" != 0 ] || { rm -rf "$open"; skip "fs.protected_regular is off"; }
	mkdir "$open/tmp"
	chmod 1777 "$open/tmp"
	numbered 1 3 | user "$open/mmring" write --mode=666 "$open/tmp/r"
	numbered 4 4 | mm mmring write "$open/tmp/r" 2>err || status=$?
	rm -rf "$open"
	[ $status = 0 ]
	is '' err
}

# --- where output goes ---

@test "mmring ends with status 2 when its output is full or closed" {
	local verb status
	numbered 1 5 | does write r
	for verb in read 'read --raw' 'read --json' stat check; do
		status=0
		# shellcheck disable=SC2086 # one or two words
		mm mmring $verb r >/dev/full 2>err || status=$?
		is 'mmring: write error: No space left on device\n' err
		[ $status = 2 ]
		status=0
		# shellcheck disable=SC2086 # one or two words
		mm mmring $verb r >&- 2>err || status=$?
		is 'mmring: write error: Bad file descriptor\n' err
		[ $status = 2 ]
	done
}

@test "mmring write says that its input cannot be read" {
	mkdir d
	refuses 'standard input: Is a directory' write r <d
	local status=0
	mm mmring write r <&- 2>err || status=$?
	[ $status = 2 ]
	is 'mmring: standard input: Bad file descriptor\n' err
}

@test "mmring makes control characters harmless on a terminal, and leaves them alone elsewhere" {
	need script
	printf 'a\033[31mred\007\177\ttab\rback\302\233x\n' >in
	does write -t $'t\033g' r <in
	holds in r
	try 0 read r
	has $'a\033\\[31mred\007\177\ttab\rback\302\233x$' out
	script -qec "'$bin/mmring' read '$PWD/r'" /dev/null </dev/null >shown 2>&1 || skip "script does not work here"
	has 't^\[g: a^\[\[31mred^G^?' shown
	has 'tab^Mback' shown
	lacks $'\033' shown
	lacks $'\007' shown
}

@test "mmring makes the control characters of ISO 6429 beyond ASCII harmless on a terminal, too" {
	need script
	printf 'a\302\23331mred \303\244 \342\202\254\n' | does write r
	script -qec "'$bin/mmring' read '$PWD/r'" /dev/null </dev/null >shown 2>&1 || skip "script does not work here"
	lacks $'\302\233' shown
	has 'ä €' shown
}
