# mmdev: names of registers and fields from a file of --regs, blocks. Snapshots are in dev_snapshots.bats.

# $bin comes from the helper; variables are set in tests, which are subshells; $(<file) is read by bash itself
# shellcheck disable=SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load dev

# regs LINE...: the description, with these lines; printf %b
regs() {
	printf '%b\n' "$@" >r
}

@test "mmdev reads and writes registers by name" {
	gpio
	tells 0x00000103 GPIO.DIR
	tells 0x0D GPIO.BYTE
	tells 0x1122334455667788 GPIO.WIDE
	tells 0xDEADBEEF OTHER.DEAD
	does GPIO.DIR=0x12345678
	tells 0x12345678 GPIO.DIR
	does GPIO.PLAIN=255 --verify
	tells 0xFF GPIO.PLAIN
	tells '0xFF -> 0x0F' GPIO.PLAIN --clear 0xF0
	tells '0x0F -> 0xCF' GPIO.PLAIN --field 7:4=0xC
	tells 0xC GPIO.PLAIN --field 7:4
	tells 0x12345678 GPIO.DIR --wait 0xFF=0x78 --timeout 0
	replies 1 0xCF GPIO.PLAIN --wait 1=0 --timeout 0
	does OTHER.ZERO=0b101
	tells 0x00000005 0x18
	does --no-mmap GPIO.PLAIN=1
	tells 0x01 0xE 8
	try 0 --raw GPIO.WIDE
	bytes_are 8877665544332211 out
	tells 0x44332211 --big --unaligned 0x14 || true
	does --big OTHER.ZERO=1
	tells 0x01000000 OTHER.ZERO
}

@test "mmdev reads and writes fields by name, numbers or words, and touches no other bit" {
	gpio
	tells '0x1 output' GPIO.DIR.OUT0
	tells '0x1 slow' GPIO.DIR.MODE
	tells 0x10 GPIO.CTL.LOW
	tells 0x11223344 GPIO.WIDE.TOP
	tells '0x00000103 -> 0x00000203' GPIO.DIR.MODE=fast
	tells '0x2 fast' GPIO.DIR.MODE
	tells '0x00000203 -> 0x00000303' GPIO.DIR.MODE=3
	tells 0x3 GPIO.DIR.MODE
	tells '0x00000303 -> 0x00000302' GPIO.DIR.OUT0=input
	tells '0x00003010 -> 0x0000A010' GPIO.CTL.HIGH=0xA
	tells '0x0000A010 -> 0x0000A0FF' GPIO.CTL.LOW=0b11111111
	tells '0x0000A0FF -> 0x0000A0FE' --verify GPIO.CTL.LOW=254
	tells '0x0000A0FE -> 0x0000A000' --no-mmap GPIO.CTL.LOW=0
	tells 0x0000A000 GPIO.CTL
}

@test "mmdev refuses names that are not there, and values that do not fit" {
	gpio
	watch_over f
	local bad
	for bad in NONE NONE.DIR GPIO.NONE GPIO.DIR.NONE GPIO.DIR.OUT0.X gpio.DIR GPIO.dir GPIO. GPIO.DIR. .DIR GPIO..DIR GPI GPIO.DI \
		GPIO.DIRX GPIOX GPIO.DIR.OUT GPIO.DIR.OUT00 . = =1 OTHER.DIR DIR OUT0 'GPIO DIR' 'GPIO.DIR ' x0; do
		misuse_like 'r' "$bad"
		misuse_like 'r|value' "$bad=1"
	done
	for bad in GPIO.PLAIN= GPIO.PLAIN=256 GPIO.PLAIN=oops GPIO.PLAIN=-1 GPIO.PLAIN=1=1 GPIO.PLAIN=0x0x1 GPIO.STATUS=0x10000 \
		GPIO.DIR=4294967296 GPIO.DIR=fast GPIO.DIR.MODE= GPIO.DIR.MODE=4 GPIO.DIR.MODE=Fast GPIO.DIR.MODE=fas \
		GPIO.DIR.MODE=output GPIO.DIR.OUT0=2 GPIO.STATUS.ERR=2 GPIO.CTL.LOW=0x100 GPIO.CTL.LOW=010; do
		misuse_like 'value' "$bad"
	done
	misuse_like 'value' GPIO=1
	misuse_like 'width|extra' GPIO.PLAIN 8
	misuse_like 'width|extra' GPIO.PLAIN 8 1
	misuse_like 'width|extra' GPIO.PLAIN=1 1
	misuse_like 'extra|width' GPIO.DIR OTHER.ZERO
	misuse_like '.' GPIO.PLAIN+4
	misuse_like '.' GPIO+4
	via=("$bin/mmdev" -f f)
	misuse_like 'regs' GPIO.PLAIN
	misuse_like 'regs' GPIO.PLAIN=1
}

@test "mmdev writes nothing to what is read-only, and does not read what is write-only" {
	gpio
	watch_over f
	misuse_like 'read-only' GPIO.BYTE=1
	misuse_like 'read-only' GPIO.BYTE --set 1
	misuse_like 'read-only' GPIO.BYTE --field 0=1
	misuse_like 'read-only' GPIO.WIDE.TOP=0
	misuse_like 'read-only' --from f GPIO.BYTE || misuse_like '.' --from f GPIO.BYTE
	misuse_like 'write-only' GPIO.KEY
	misuse_like 'write-only' GPIO.KEY.LOCK
	misuse_like 'write-only' GPIO.KEY.LOCK=shut
	misuse_like 'write-only' GPIO.KEY --set 1
	misuse_like 'write-only' GPIO.KEY --wait 1=1 --timeout 0
	misuse_like 'write-only' GPIO.KEY --watch --timeout 0
	misuse_like 'write-only' GPIO.KEY=1 --verify
	misuse_like 'write-only' --raw GPIO.KEY
	does GPIO.KEY=0x55
	tells 0x55 9 8
	# to read one that is cleared by that is allowed when it is asked for by its name
	try 0 GPIO.COUNT
	reads "0x0002$nl" out
}

@test "mmdev dumps a block with the names of registers, fields and values" {
	gpio
	tells "$(cat <<'END_OF_DUMP'
GPIO.DIR                 0x00000000 0x00000103 as after reset
  OUT0                   0x1 output
  MODE                   0x1 slow
GPIO.CTL                 0x00000004 0x00003010
  LOW                    0x10
  HIGH                   0x3
GPIO.BYTE                0x00000008 0x0D
GPIO.KEY                 0x00000009 write-only, not read
GPIO.COUNT               0x0000000a reading clears it, not read
GPIO.STATUS              0x0000000c 0x00FF
  ERR                    0x1
  DONE                   0xF
GPIO.PLAIN               0x0000000e 0xAA
GPIO.WIDE                0x00000010 0x1122334455667788 as after reset
  TOP                    0x11223344
END_OF_DUMP
)" GPIO
	tells "$(cat <<'END_OF_DUMP'
OTHER.ZERO               0x00000018 0x00000000
OTHER.DEAD               0x0000001c 0xDEADBEEF as after reset
END_OF_DUMP
)" OTHER
	tells "$(cat <<'END_OF_DUMP'
OTHER.ZERO               0x00000018 0x00000000
OTHER.DEAD               0x0000001c 0xEFBEADDE
END_OF_DUMP
)" --big OTHER
	does GPIO.DIR.MODE=3 >/dev/null || true
	try 0 GPIO
	grep -qx '  MODE                   0x3' out
	misuse_like '.' GPIO --raw
	misuse_like '.' GPIO --set 1
	misuse_like '.' GPIO --wait 1=1
	misuse_like '.' GPIO --from f
}

@test "mmdev --json names registers and fields, and has no value for what is not read" {
	gpio
	need python3
	try 0 GPIO --json
	reads '' err
	python3 - <<'END_OF_PY'
import json
words = [json.loads(line) for line in open('out')]
assert [w['name'] for w in words] == ['GPIO.' + n for n in 'DIR CTL BYTE KEY COUNT STATUS PLAIN WIDE'.split()], words
assert words[0]['value'] == '0x00000103' and words[0]['width'] == 32 and words[0]['address'] == '0x0'
assert words[0]['fields'] == {'OUT0': '0x1', 'MODE': '0x1'}
assert words[3]['value'] is None and words[4]['value'] is None
assert words[7]['value'] == '0x1122334455667788' and words[7]['width'] == 64
END_OF_PY
	tells '{"name":"GPIO.BYTE","address":"0x8","width":8,"value":"0x0D"}' --json GPIO.BYTE
	tells '{"name":"GPIO.CTL","address":"0x4","width":32,"bits":"7:0","field":"0x10"}' --json GPIO.CTL.LOW
	tells '{"name":"GPIO.CTL","address":"0x4","width":32,"old":"0x00003010","new":"0x00003011"}' --json GPIO.CTL.LOW=0x11
}

@test "mmdev prints JSON whatever the names are, and names in full however long they are" {
	need python3
	bytes 0102030405060708 >f
	via=("$bin/mmdev" -f f --regs r)
	local long strange
	printf -v long '%0200d' 7
	printf -v strange '"A\134'
	printf 'block %s 0\nreg R"\001\\x 0 8\nfield F"\\\t0\nreg ä 1 8\n' "$strange" >r
	if "${via[@]}" --json "$strange" >out 2>err; then
		python3 -c 'import json; [json.loads(line) for line in open("out")]'
	else
		like "mmdev: r:[0-9]+: [^$nl]*$nl" err
	fi
	regs "block B$long 0" "reg R$long 0 32" "field F$long 7:0"
	tells "B$long.R$long 0x00000000 0x04030201$nl  F$long 0x1" "B$long"
	tells 0x1 "B$long.R$long.F$long"
	does "B$long.R$long=5"
	try 0 --json "B$long"
	grep -q "\"name\":\"B$long.R$long\"" out
}

# --- write 1 to clear ---

@test "a field of a register whose ones are cleared by writing ones is written alone, without reading" {
	gpio
	does GPIO.STATUS.ERR=1
	tells 0x0001 GPIO.STATUS
	bytes ff00 >ff00
	does --from ff00 12 16
	does GPIO.STATUS.DONE=0x5
	tells 0x0050 GPIO.STATUS
	does GPIO.STATUS=0xFFFF
	tells 0xFFFF GPIO.STATUS
}

@test "changing bits of a register whose ones are cleared by writing ones clears no bit that was not named" {
	gpio
	tells '0x00FF -> 0x0001' GPIO.STATUS --set 1
	does GPIO.STATUS=0xFF
	tells '0x00FF -> 0x0000' GPIO.STATUS --clear 1
	does GPIO.STATUS=0xFE
	tells '0x00FE -> 0x0001' GPIO.STATUS --toggle 1
}

@test "changing a field leaves alone the bits beside it that are cleared by writing ones" {
	bytes 0f030000 >f
	via=("$bin/mmdev" -f f --regs r)
	regs 'block B 0' 'reg CTL 0' 'field EN 0' 'field MODE 2:1' 'field IRQ 8 w1c' 'field ERR 9 w1c seen=1'
	tells '0x0000030F -> 0x0000000E' B.CTL.EN=0
	does B.CTL=0x30F
	tells '0x0000030F -> 0x0000010F' B.CTL.IRQ=1
	does B.CTL=0x30F
	tells '0x0000030F -> 0x0000020F' B.CTL.ERR=seen
	does B.CTL=0x30F
	tells '0x0000030F -> 0x0000000D' B.CTL.MODE=2
	does B.CTL=0x30E
	tells '0x0000030E -> 0x0000000F' B.CTL --set 1
	does B.CTL=0x30E
	tells '0x0000030E -> 0x0000010E' B.CTL --set 0x100
	does B.CTL=0x30E
	tells '0x0000030E -> 0x0000001E' B.CTL --field 7:4=1
	tells 0x0 B.CTL.ERR
	does B.CTL=0x300
	tells '0x1 seen' B.CTL.ERR
}

# --- waiting for fields ---

@test "mmdev waits for a field to have a value, by number or word" {
	gpio
	tells 0x00000103 GPIO.DIR.MODE --wait slow --timeout 0
	tells 0x00000103 GPIO.DIR.MODE --wait 1 --timeout 0
	tells 0x00003010 GPIO.CTL.HIGH --wait 0x3
	replies 1 0x00000103 GPIO.DIR.MODE --wait fast --timeout 0
	start GPIO.DIR.MODE --wait fast --interval 1ms
	does GPIO.DIR=0
	try 0 GPIO.DIR.MODE=fast
	ends_as 0
	reads "0x00000200$nl" got
	local bad
	for bad in 4 quick '' 1x -1 fast=1 Fast; do
		misuse_like 'value|condition' GPIO.DIR.MODE --wait "$bad" --timeout 0
	done
}

time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+Z'

@test "mmdev watches a field for changes of its bits alone" {
	gpio
	start GPIO.CTL.LOW --watch --interval 1ms
	told 1
	does GPIO.CTL=0xFF000010
	sleep 0.02
	does GPIO.CTL=0x10
	sleep 0.02
	does GPIO.CTL=0x11
	told 2
	kill -TERM "$pid"
	wait "$pid" || true
	like "$time 0x[0-9A-F]*10( [^$nl]*)?$nl$time 0x[0-9A-F]*11( [^$nl]*)?$nl" got
}

# --- what is wrong in a description ---

# wrong LINE REASON LINE...: a description with these lines is wrong in that line
wrong() {
	local line=$1 said=$2
	shift 2
	regs "$@"
	refuses_like "r:$line: ($said)[^$nl]*" B || { cat r; return 1; }
	refuses_like "r:$line: ($said)[^$nl]*" B.R=1 || { cat r; return 1; }
}

@test "mmdev says in which line of a description what is wrong, and does nothing" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	local bad good=('block B 0' 'reg R 0')
	for bad in 'x' 'blocks B 0' 'Block B 0' 'BLOCK B 0' 'register R 0' '{' 'reg,R,0' '-' '=' 'fields F 0'; do
		wrong 1 '.*' "$bad" "${good[@]}"
		wrong 4 '.*' "${good[@]}" '# a comment' "$bad" 'reg S 4'
	done
	for bad in 'block' 'block C' 'block C x' 'block C 0 1' 'block C -1' 'block C 0x' 'block 1C 0' 'block C.D 0' 'block C 010' \
		'block C 1K' 'block C 0x10000000000000000' 'block C=1 0' 'block 0x10 0' 'block -C 0' 'block C+4 0' \
		'block C 0xFFFFFFFFFFFFFFFF'; do
		wrong 3 '.*' "${good[@]}" "$bad"
	done
	for bad in 'reg' 'reg S' 'reg S x' 'reg S -4' 'reg 4S 4' 'reg S.T 4' 'reg S=1 4' 'reg S 4 33' 'reg S 4 0' 'reg S 4 128' \
		'reg S 4 x' 'reg S 4 RW' 'reg S 4 r' 'reg S 4 reset' 'reg S 4 reset=' 'reg S 4 reset=x' 'reg S 4 reset=-1' \
		'reg S 4 8 reset=256' 'reg S 4 reset=0x100000000' 'reg S 4 64 reset=0x10000000000000000' 'reg S 4 reset=010' \
		'reg S 4 rw,ro' 'reg S 0xFFFFFFFFFFFFFFFFF' 'reg S 4 rw # reset=1\nx'; do
		wrong '[34]' '.*' "${good[@]}" "$bad"
	done
	for bad in 'field' 'field F' 'field F x' 'field F 32' 'field F 32:0' 'field F 3:' 'field F :3' 'field F 3:4' 'field F -1' \
		'field F 3-0' 'field F 3:0:1' 'field 1F 3' 'field F.G 3' 'field F=1 3' 'field F 3:0 x' 'field F 3:0 x=' 'field F 3:0 =1' \
		'field F 3:0 x=16' 'field F 3 x=2' 'field F 3:0 x=y' 'field F 3:0 x=-1' 'field F 3:0 1x=1' 'field F 3:0 x=1 y' \
		'field F 010' 'field F 3:0 x=010' 'field F 0x0x1'; do
		wrong 3 '.*' "${good[@]}" "$bad"
	done
	wrong 3 '.*' 'block B 0' 'reg R 0 8' 'field F 8'
	wrong 3 '.*' 'block B 0' 'reg R 0 16' 'field F 16:1'
	wrong 3 '.*' 'block B 0' 'reg R 0 64' 'field F 64'
}

@test "mmdev refuses a register before any block, and a field before any register" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	wrong 1 '.*block.*' 'reg R 0' 'block B 0'
	wrong 1 '.*register.*' 'field F 0' 'block B 0' 'reg R 0'
	wrong 2 '.*register.*' 'block B 0' 'field F 0' 'reg R 0'
	wrong 4 '.*register.*' 'block B 0' 'reg R 0' 'block C 0' 'field F 0'
}

@test "mmdev refuses what a description says twice" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	wrong 3 '.*B.*' 'block B 0' 'reg R 0' 'block B 4'
	wrong 4 '.*B.*' 'block B 0' 'reg R 0' 'block C 8' 'block B 0'
	wrong 3 '.*R.*' 'block B 0' 'reg R 0' 'reg R 4'
	wrong 4 '.*F.*' 'block B 0' 'reg R 0' 'field F 0' 'field F 1'
	wrong 2 '.*' 'block B 0' 'reg R 0 8 16'
	wrong 2 '.*' 'block B 0' 'reg R 0 rw ro'
	wrong 2 '.*' 'block B 0' 'reg R 0 reset=0 reset=1'
	wrong 3 '.*x.*' 'block B 0' 'reg R 0' 'field F 3:0 x=1 x=2'
	# the same name elsewhere is another name
	regs 'block B 0' 'reg R 0 8' 'field F 0' 'reg S 1 8' 'field F 1' 'block C 4' 'reg R 0 8' 'field F 2'
	tells 0x1 B.R.F
	tells 0x1 B.S.F
	tells 0x1 C.R.F
}

@test "mmdev refuses registers that are not aligned, unless it is told otherwise" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	regs 'block B 1' 'reg R 0' 'reg S 3'
	tells 0x08070605 B.S
	misuse_like 'aligned' B.R
	misuse_like 'aligned' B.R=1
	tells 0x05040302 B.R --unaligned
	# nor does a block read them behind one's back
	try 2 B
	reads '' out
}

@test "mmdev takes descriptions with CRLF, tabs, blanks, comments, empty lines and no end of the last line" {
	bytes 0102030405060708 >f
	via=("$bin/mmdev" -f f --regs r)
	printf 'block B 0\r\nreg R 4\r\nfield F 7:0 five=5\r\n' >r
	tells '0x5 five' B.R.F
	printf '\r\n#\r\n\n   \t\n# block B 9\n\t block \t B\t0x0  # base\n  reg R 4#32\n#field F 1\nfield\tF\t7:0\tfive=5 ' >r
	tells '0x5 five' B.R.F
	printf 'block B 0\nreg R 4' >r
	tells 0x08070605 B.R
	printf 'block B 0\nreg R 4 8' >r
	tells 0x05 B.R
	: >r
	misuse_like 'B' B
	printf '# nothing\n' >r
	misuse_like 'B' B
	printf 'block B 0\n' >r
	does B
	misuse_like 'R' B.R
}

@test "mmdev takes lines of any length, or says that they are too long" {
	bytes 0102030405060708 >f
	via=("$bin/mmdev" -f f --regs r)
	local name i words
	printf -v name '%0100000d' 0
	printf 'block B 0\nreg N%s 0 # %s\nreg R 4 # %s\n' "$name" "$name" "$name" >r
	tells 0x08070605 B.R
	for ((i = 0; i < 50; i++)); do words+=" w$i=$i"; done
	regs 'block B 0' 'reg R 4' "field F 7:0$words"
	tells '0x5 w5' B.R.F
	tells '0x08070605 -> 0x08070631' B.R.F=w49
	words=
	for ((i = 0; i < 256; i++)); do words+=" w$i=$i"; done
	regs 'block B 0' 'reg R 0 8' 'reg S 4 8' "field F 7:0$words"
	if "${via[@]}" B.S.F >out 2>err; then
		reads "0x31 w49$nl" out
		tells '0x31 -> 0xFF' B.S.F=w255
	else
		like "mmdev: r:4: [^$nl]*$nl" err
	fi
}

@test "mmdev does not read past a NUL in silence, and says what it shows of strange bytes in one line" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	printf 'block B 0\nreg R 0\0 8 nonsense\n' >r
	refuses_like 'r: not a text file' B.R
	printf 'block B 0\n\0\nreg R 0\n' >r
	refuses_like 'r: not a text file' B.R
	head -c 100000 /dev/zero >r
	refuses_like 'r: not a text file' B.R
	cp "$MMTOOLS" r
	refuses_like 'r: not a text file' B.R
	printf 'block B 0\nx\033[31m\tred\n' >r
	refuses_like "r:2: [^$nl$(printf '\033')]*" B
	printf 'block \033[31m 0\nreg R 0\n' >r
	try 2 B
	lacks "$(printf '\033')" err
}

@test "mmdev takes descriptions of ten thousand registers" {
	truncate -s 80000 f
	put f 79996 0d000000
	awk 'BEGIN { for (b = 0; b < 10; b++) { print "block B" b, b * 8000; for (i = 0; i < 1000; i++) print "reg R" i, i * 8 + 4 "\nfield F 7:0\nfield G 15:8" } }' >r
	via=("$bin/mmdev" -f f --regs r)
	tells 0xD B9.R999.F
	try 0 B9
	lines 3000 out
	[ "$(sed -n 2998p out)" = 'B9.R999                  0x0001387c 0x0000000D' ]
}

@test "mmdev takes a block of two hundred thousand registers, and finds a name that is there twice" {
	truncate -s 1M f
	put f 799996 0d000000
	awk 'BEGIN { print "block B 0"; for (i = 0; i < 200000; i++) print "reg R" i, i * 4 }' >r
	via=("$bin/mmdev" -f f --regs r)
	tells 0x0000000D B.R199999
	echo 'reg R77 0' >>r
	refuses 'mmdev: r:200002: a second register B.R77' B.R199999
}

@test "mmdev says why a description cannot be read" {
	bytes 01020304 >f
	watch_over f
	via=("$bin/mmdev" -f f)
	mkdir d
	refuses_like 'none: No such file or directory' --regs none B
	refuses_like 'd: Is a directory' --regs d B
	refuses_like "'': No such file or directory" --regs '' B
	refuses_like 'f/r: Not a directory' --regs f/r B
	printf 'x\n' >$'a\nb'
	refuses_like "'a'\\$'\\\\n''b':1: .*" --regs $'a\nb' B
	printf 'block B 0\nreg R 0\n' | {
		try 0 --regs /dev/stdin B.R
		reads "0x04030201$nl" out
	}
}

@test "mmdev refuses registers beyond the end, before it reads any" {
	bytes 0102030405060708 >f
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	regs 'block B 0' 'reg R 0' 'reg S 8' 'reg T 0x3FFFFFFFFFFFFFF0 8'
	tells 0x04030201 B.R
	refuses_like 'f: .*0x8.*' B.S
	refuses_like 'f: .*0x8.*' B.S=1
	refuses_like 'f: .*' B.T
	refuses_like 'f: .*' B
	refuses_like 'f: .*' B --save s
	[ ! -e s ]
	regs 'block B 0x100000000' 'reg R 0'
	refuses_like 'f: 0x100000000.*' B.R
	truncate -s 5G f
	put f 0x100000000 11223344
	watched=
	tells 0x44332211 B.R
}

# --- names that are listed ---

@test "mmdev --list prints the names of a description, all or those that are asked for, and opens no device" {
	gpio
	rm f
	tells "$(cat <<'END_OF_LIST'
GPIO 0x00000000
GPIO.DIR 0x00000000 32 rw reset=0x00000103
GPIO.DIR.OUT0 0 input=0x0 output=0x1
GPIO.DIR.MODE 9:8 off=0x0 slow=0x1 fast=0x2
GPIO.CTL 0x00000004 32 rw
GPIO.CTL.LOW 7:0
GPIO.CTL.HIGH 15:12
GPIO.BYTE 0x00000008 8 ro
GPIO.KEY 0x00000009 8 wo
GPIO.KEY.LOCK 0 open=0x0 shut=0x1
GPIO.COUNT 0x0000000a 16 rc
GPIO.STATUS 0x0000000c 16 w1c
GPIO.STATUS.ERR 0
GPIO.STATUS.DONE 7:4
GPIO.PLAIN 0x0000000e 8 rw reset=0xAB
GPIO.WIDE 0x00000010 64 ro reset=0x1122334455667788
GPIO.WIDE.TOP 63:32
OTHER 0x00000018
OTHER.ZERO 0x00000018 32 rw reset=0x00000001
OTHER.DEAD 0x0000001c 32 ro reset=0xDEADBEEF
END_OF_LIST
)" --list
	tells 'GPIO.DIR.MODE 9:8 off=0x0 slow=0x1 fast=0x2' --list GPIO.DIR.MODE
	tells "OTHER.ZERO 0x00000018 32 rw reset=0x00000001${nl}GPIO.CTL.LOW 7:0" --list OTHER.ZERO GPIO.CTL.LOW
	tells 'OTHER 0x00000018
OTHER.ZERO 0x00000018 32 rw reset=0x00000001
OTHER.DEAD 0x0000001c 32 ro reset=0xDEADBEEF' --list OTHER
	tells '{"name":"GPIO.KEY","address":"0x9","width":8,"access":"wo"}
{"name":"GPIO.KEY.LOCK","address":"0x9","width":8,"bits":"0:0","access":"wo","words":{"open":"0x0","shut":"0x1"}}' --json --list GPIO.KEY
	need python3
	try 0 --list --json
	python3 -c 'import json; assert len([json.loads(line) for line in open("out")]) == 20'
	: >r
	does --list
	regs 'block B 0' 'reg R 0' 'field F 3:0 w1c'
	tells 'B.R.F 3:0 w1c' --list B.R.F
}

@test "mmdev --list prints nothing when one of its names is not there" {
	gpio
	misuse_like "'GPIO.NONE' is not in r" --list GPIO GPIO.NONE
	misuse_like "'GPIO=1' is not in r" --list GPIO=1
	misuse_like "'0' is not in r" --list 0
	misuse_like '--list and --raw exclude each other' --list --raw
	via=("$bin/mmdev")
	misuse_like '--regs=FILE' --list GPIO
}

@test "mmdev says which words a field has, and how great a number may be, when it has no such value" {
	gpio
	misuse_like "invalid value 'on' for 'GPIO.DIR.MODE': off, slow, fast, or a number up to 0x3" GPIO.DIR.MODE=on
	misuse_like "invalid value 'x' for 'MODE': off, slow, fast, or a number up to 0x3" GPIO.DIR.MODE --wait x
	misuse_like "invalid value '16' for 'GPIO.CTL.HIGH': the greatest is 0xF" GPIO.CTL.HIGH=16
	misuse_like "invalid value 'on' for 'GPIO.CTL.HIGH': a number as in .*" GPIO.CTL.HIGH=on
	misuse_like "'GPIO.NONE' is not in r; --list prints what is" GPIO.NONE
	local words='' i
	for ((i = 0; i < 100; i++)); do words+=" word_number_$i=$i"; done
	regs 'block B 0' 'reg R 0' "field F 7:0$words"
	misuse_like "invalid value 'on' for 'B.R.F': one of its words, or a number up to 0xFF" B.R.F=on
}

# --- names with other options ---

@test "--verify does not take a bit that a 1 has cleared for a failure, unless the mask asks for it" {
	gpio
	does GPIO.STATUS=1
	misuse_like '--verify' GPIO.STATUS=1 --verify
	printf 'block B 0\nreg R 0 8\nfield BUSY 0 w1c\nfield MODE 7:4\n' >r
	bytes 01 >f
	replies 0 '0x01 -> 0x30' B.R.MODE=3 --verify
	does 0 8 1
	# the file keeps the 1, where hardware would clear it: only the mask sees either
	replies 0 '0x01 -> 0x01' B.R.BUSY=1 --verify
}

@test "--from writes no more than the register that was named" {
	printf 'block B 0\nreg R 0\nreg S 4 ro\n' >r
	bytes 0102030405060708 >f
	bytes 1111111122222222 >eight
	watch_over f
	via=("$bin/mmdev" -f f --regs r)
	misuse_like 'B\.R' B.R --from eight
	head -c 4 eight >four
	does B.R --from four
	tells 0x11111111 B.R
	tells 0x08070605 B.S
}

@test "--watch --json names the register like all other lines of JSON" {
	gpio
	try 0 GPIO.DIR --watch --timeout 1ms --json
	like '\{"time":"[^"]*","name":"GPIO\.DIR","address":"0x0","width":32,"value":"0x00000103".*' out
}
