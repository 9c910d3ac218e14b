# mmring: its commands and options, right and wrong; what it prints, for whom, and where to.

# $bin comes from the helper; files are wanted as pipes, too; eval is given its words in single quotes; tests are subshells.
# shellcheck disable=SC2002,SC2016,SC2094,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load ring

# --- commands and options, right and wrong ---

@test "mmring without a command, or with one it does not know, says so" {
	try 2
	is "mmring: missing command, as in 'mmring create'\nTry 'mmring --help' for more information.\n" err
	try 2 reed r
	is "mmring: unknown command 'reed'; did you mean 'read'?\nTry 'mmring --help' for more information.\n" err
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
	for verb in write read stat check; do
		misuse "$verb: missing operand FILE, as in 'mmring $verb FILE'" "$verb"
	done
	for verb in create resize; do
		misuse "$verb: missing operand FILE, as in 'mmring $verb FILE SIZE'" "$verb"
		misuse "$verb: missing operand SIZE, as in 'mmring $verb FILE SIZE'" "$verb" r
	done
	misuse "run: missing operand FILE, as in 'mmring run FILE COMMAND...'" run
	misuse "run: missing operand COMMAND, as in 'mmring run FILE COMMAND...'" run r
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
		--follow-name:read
		--max=1:read
		--since=1h:read
		--until=1h:read
		--boot:read
		--match=x:read
		--ignore-case:read
		--local:read stat
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
		case $size in 9E | 9999*) why="too large" ;; *) why="bytes, or as in 64K, 1M" ;; esac
		misuse "invalid size '$size': $why" create -- r "$size"
		misuse "invalid size '$size': $why" resize -- r "$size"
	done
	for size in 0 1 4096 12287; do
		misuse "invalid size '$size': a ring has at least 12K" create r $size
		misuse "invalid size '$size': a ring has at least 12K" resize r $size
		misuse "invalid size for '--size': a ring has at least 12K" write --size $size r
		misuse "invalid size for '--size': a ring has at least 12K" run --size=$size r true
	done
	for size in abc '' -1 1Q; do
		misuse "invalid number '$size' for '--size': bytes, or as in 64K, 0x1000, 4M, 1GB" write --size="$size" r
		misuse "invalid number '$size' for '--size': bytes, or as in 64K, 0x1000, 4M, 1GB" run -s "$size" r true
	done
	misuse "invalid number '99999999999999999999' for '--size': too large" write -s 99999999999999999999 r
	misuse "option requires an argument -- 's'" write r -s
	[ ! -e r ]
}

@test "mmring tells a size that no file can have as a file that is too large, and leaves none" {
	refuses 'mmring: r: File too large' create r 7E
	refuses 'mmring: r: File too large' write --size 7E r
	refuses 'mmring: r: File too large' write --size 9E r
	[ ! -e r ]
}

@test "mmring refuses modes, numbers and lengths that are none" {
	local bad
	for bad in 9 888 rw '' 77777 -1; do
		misuse "invalid mode '$bad' for '--mode': octal, as in 640" create --mode="$bad" r 1M
		misuse "invalid mode '$bad' for '--mode': octal, as in 640" write --mode="$bad" r
		misuse "invalid mode '$bad' for '--mode': octal, as in 640" run --mode="$bad" r true
	done
	does write r </dev/null
	for bad in x '' -1 1x 1.5; do
		misuse "invalid number '$bad' for '--lines'" read --lines="$bad" r
		misuse "invalid number '$bad' for '--lines'" read -n "$bad" r
		misuse "invalid number '$bad' for '--from'" read --from="$bad" r
		misuse "invalid length '${bad:-0}' for '--binary': 1 to 65536 bytes" write --binary="${bad:-0}" r
	done
	misuse "invalid length '65537' for '--binary': 1 to 65536 bytes" write --binary=65537 r
	misuse "option '--from' requires an argument" read r --from
	misuse "option '--raw' doesn't allow an argument" read --raw=1 r
}

@test "mmring read refuses a length for --binary that is none, as write does" {
	printf 'a\n' | does write r
	local bad
	for bad in x 0 -1 1x 65537; do
		misuse "invalid length '$bad' for '--binary': 1 to 65536 bytes" read --binary="$bad" r
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
		misuse "invalid number or time '$bad' for '--sync': as 100, 500ms or 2s" write --sync="$bad" r
		misuse "invalid number or time '$bad' for '--sync': as 100, 500ms or 2s" run --sync="$bad" r true
	done
	for bad in 0 0ms 0s; do
		misuse "'--sync' takes a number or time above 0" write --sync=$bad r
		misuse "'--sync' takes a number or time above 0" run --sync=$bad r true
	done
}

@test "mmring read takes one form of output alone" {
	printf 'a\n' | does write r
	misuse '--raw and --json exclude each other' read --raw --json r
	misuse '--raw and --binary exclude each other' read --raw --binary r
	misuse '--json and --binary exclude each other' read --json --binary=4 r
	misuse '--follow and --follow-name exclude each other' read -f -F r
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
	refuses 'mmring: r: exists with 65536 bytes' create r 1M
	refuses 'mmring: r: File exists' create --excl r 64K
	numbered 1 5 >in
	holds in r
}

@test "mmring create refuses a ring of another mode, and finishes one that was left without its size" {
	does create r 64K --mode 600
	does create r 64K --mode 600
	refuses 'mmring: r: exists with mode 0600' create r 64K --mode 644
	refuses 'mmring: r: exists with mode 0600' create r 64K --mode 0
	echo one | does write r
	truncate -s 9000 r
	does create r 64K
	[ "$(stat -c %s r)" = 65536 ]
}

@test "mmring says that a file is too large for the limit, and leaves none" {
	limited() (
		ulimit -f 1
		mm mmring "$@"
	)
	run -2 limited create r 64K
	[ "$output" = 'mmring: r: File too large' ]
	[ ! -e r ]
	does create r 64K
	run -2 limited write r <<<text
	[ "$output" = 'mmring: r: File too large' ]
}

@test "mmring create --mode refuses another user's ring, unless all may read and write it" {
	need_root
	does create r 16K --mode 600
	does create r 16K --mode 600
	chown 65534 r
	refuses 'mmring: r: exists, and belongs to another user' create r 16K --mode 600
	does create r 16K
	chmod 666 r
	does create r 16K --mode 666
}

@test "mmring create --excl makes a ring where there is none" {
	does create --excl r 64K
	shows 'r: no records\n' check r
	ln -s nowhere dangling
	refuses 'mmring: dangling: File exists' create --excl dangling 64K
	[ ! -e nowhere ]
}

@test "mmring gives a new ring 666 less the umask, or the mode that was asked for" {
	does create a 64K
	does create --mode=600 b 64K
	does write --mode=660 c </dev/null
	does run --mode=0604 d true
	(umask 077 && does create e 64K && does create --mode=666 f 64K)
	[ "$(stat -c '%n %a' a b c d e f | paste -sd,)" = 'a 644,b 600,c 660,d 604,e 600,f 666' ]
	refuses 'mmring: a: exists with mode 0644' create --mode=600 a 64K
	[ "$(stat -c %a a)" = 644 ]
}

@test "mmring create and write leave nothing behind on a full disk" {
	need_root
	mkdir small
	mount -t tmpfs -o size=256k none small || skip "no right to mount"
	mounted=$PWD/small
	refuses 'mmring: small/r: No space left on device' create small/r 1M
	[ ! -e small/r ]
	printf 'a\n' | refuses 'mmring: small/r: No space left on device' write small/r
	[ ! -e small/r ]
	refuses 'mmring: small/r: No space left on device' run small/r sh -c 'echo started >&3'
	[ ! -e small/r ]
	: >small/empty
	refuses 'mmring: small/empty: No space left on device' create small/empty 1M
	[ "$(stat -c %s small/empty)" = 0 ]
	does create small/r 64K
	numbered 1 20 | does write small/r
	refuses 'mmring: small/r: No space left on device' resize small/r 1M
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
	has '^mmring: small/r: (No space left on device|cannot be written: no space, or an error of the medium)$' err
	[ "$(wc -l <err)" = 1 ]
	cat in more >all
	try 0 read --raw small/r
	size=$(wc -c <out)
	head -c "$size" all | cmp - out
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

# --- rights ---

@test "mmring reads, follows and checks a ring for those who may only read it, and writes nothing" {
	open_folder mmring
	numbered 1 5 | does write "$open/r"
	before=$(stat -c '%Y %Z' "$open/r")
	user "$open/mmring" read --raw "$open/r" >out
	numbered 1 5 | cmp - out
	user "$open/mmring" check "$open/r" >out
	user "$open/mmring" stat "$open/r" >out
	# not by `user`: what runs in the background must be the process that is ended
	(exec setpriv --reuid=65534 --regid=65534 --clear-groups "$open/mmring" read -f --raw "$open/r") >got 2>got.err 3>&- &
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
	open_folder mmring
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
	open_folder mmring
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
	refuses 'mmring: standard input: Is a directory' write r <d
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
	has 't\^\[g: a\^\[\[31mred\^G\^\?' shown
	has 'tab\^Mback' shown
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

@test "mmring read --json escapes the control characters of ISO 6429 beyond ASCII, in texts and tags, wherever it prints" {
	printf 'a\302\23331m \302\200 \302\237 \302\240 \303\244\n' | does write -t $'t\302\233' r
	try 0 read --json r
	sed 's/"[0-9-]*T[0-9:]*\.[0-9]\{6\}Z"/TIME/' out >plain
	is '{"seq":1,"time":TIME,"tag":"t\\u009b","text":"a\\u009b31m \\u0080 \\u009f \302\240 \303\244"}\n' plain
}

@test "mmring read --binary shows a terminal each block on a line, harmless, and gives everybody else its bytes" {
	need script
	local option
	printf 'a\033[31m\n\007x' | does write --binary=6 r
	for option in --binary --binary=6; do
		script -qec "'$bin/mmring' read $option '$PWD/r'" /dev/null </dev/null >shown 2>&1 || skip "script does not work here"
		is 'a^[[31m\r\n^J^Gx\r\n' shown
	done
	try 0 read --binary=1 r
	is 'a\0033[31m\n\0007x' out
}

@test "mmring read --raw, too, makes control characters harmless on a terminal" {
	need script
	printf 'a\033[31mred\302\23331m\007 \303\244\tb\n' | does write r
	script -qec "'$bin/mmring' read --raw '$PWD/r'" /dev/null </dev/null >shown 2>&1 || skip "script does not work here"
	lacks $'\033' shown
	lacks $'\302\233' shown
	lacks $'\007' shown
	has $'a\\^\\[\\[31mredM-\\^\\[31m\\^G ä\tb' shown
}
