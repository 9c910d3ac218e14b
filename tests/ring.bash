# What the tests of mmring share: running it, what it should say, rings made and damaged by the description of the format.

# $bin comes from the helper, and what is set here is used by the tests
# shellcheck disable=SC2016,SC2034,SC2154

# Called by `setup` of the helper's, which lets each test start in a folder of its own.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	via=("$bin/mmring")
	mounted=
	object=
}

teardown() {
	stop_started
	[ -z "$object" ] || rm -f "$object"
	[ -z "$mounted" ] || umount "$mounted"
}

# holds FILE RING: what the ring holds is byte for byte that file
holds() {
	try 0 read --raw "$2" && is '' err && cmp "$1" out
}

# ends_with FILE RING: what the ring holds is the end of that file, and whole lines; all numbers are there
ends_with() {
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

# a writer in the background, whose input is what is written to descriptor 7
start_writer() {
	rm -f input
	mkfifo input
	start_from input write "$@"
	writer=$pid
	exec 7>input
}

# The kit makes and damages rings, by the description of the format alone.
kit() {
	need python3
	cat >kit.py <<'END'
import os, random, re, struct, subprocess, sys
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
        if d[at] == 0:
            there = re.compile(b'[^\0]').search(d, at)
            if not there or there.start() + 40 > len(d):
                break
            at = there.start() // 8 * 8
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
