# mmshm, verb by verb: objects as a whole and their bytes. Words, locks and commands are in shm_words.bats, which needs to
# run but once; what needs faults in system calls or file systems of its own is in faults/shm.bats.

# Scripts for other shells are quoted, tests are subshells, and run sets $stderr.
# shellcheck disable=SC2002,SC2016,SC2030,SC2031,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load shm

# --- create

@test "mmshm create makes an object of that size, full of zeros, silently" {
	need_shm
	shows '' create "$o" 5000
	[ -f "/dev/shm/$o" ]
	head -c 5000 /dev/zero | same - "/dev/shm/$o"
}

@test "mmshm create makes a file where the name is a path" {
	shows '' create ./f 5000
	head -c 5000 /dev/zero | same - f
	mkdir d
	shows '' create d/f 1
	[ "$(stat -c %s d/f)" = 1 ]
	shows '' create "$PWD/g" 2
	[ "$(stat -c %s g)" = 2 ]
}

@test "mmshm create reserves every block" {
	shows '' create ./f 1M
	[ $(($(stat -c %b f) * $(stat -c %B f))) -ge 1048576 ]
}

@test "a name with one slash at its start is the same object as without" {
	need_shm
	shows '' create "/$o" 8
	shows '' set -q "$o" 0 7
	shows '7\n' get "/$o" 0
	shows '' remove "/$o"
	[ ! -e "/dev/shm/$o" ]
}

@test "mmshm create takes sizes as people write them, 0 too" {
	while read -r size bytes; do
		shows '' create ./f "$size"
		[ "$(stat -c %s f)" = "$bytes" ]
		rm f
	done <<-'END'
		0 0
		1 1
		4097 4097
		010 10
		0x10 16
		1K 1024
		1kB 1000
		2MiB 2097152
	END
}

@test "mmshm create refuses what is no size, and makes nothing" {
	for size in x '' 1x 1.5 ' 1' 8E 99999999999999999999 0x; do
		misuse "invalid size $(printf "'%s'" "$size")"': bytes, or as in 64K, 0x1000, 4M, 1GB' create ./f "$size"
		[ ! -e f ]
	done
	misuse "invalid option -- '1'" create ./f -1
	[ ! -e f ]
	misuse "create: missing size" create ./f
	[ ! -e f ]
	misuse "create: missing operand NAME, as in 'mmshm create NAME [SIZE]'" create
	misuse "create: extra operand '3'" create ./f 2 3
}

@test "mmshm create of what is there with that size is a success and changes nothing" {
	shows '' create ./f 100
	printf hello | try 0 write ./f
	cp -p f before
	shows '' create ./f 100
	same before f
}

@test "mmshm create of what is there with another size fails and changes nothing" {
	printf hello >f
	refuses "mmshm: ./f: exists with 5 bytes" create ./f 6
	refuses "mmshm: ./f: exists with 5 bytes" create ./f 4
	refuses "mmshm: ./f: exists with 5 bytes" create ./f 0
	[ "$(cat f)" = hello ]
}

@test "mmshm create gives an empty file the size" {
	: >f
	shows '' create ./f 6
	[ "$(stat -c %s f)" = 6 ]
}

@test "mmshm create --excl fails when the name is there, whatever its size" {
	shows '' create ./f 5 --excl
	refuses "mmshm: ./f: File exists" create ./f 5 --excl
	refuses "mmshm: ./f: File exists" create --excl ./f 6
	ln -s nowhere link
	refuses "mmshm: ./link: File exists" create --excl ./link 6
	[ ! -e nowhere ]
}

@test "mmshm create gives the permissions of any new file, or those of --mode whatever the umask" {
	umask 027
	shows '' create ./f 1
	[ "$(stat -c %a f)" = 640 ]
	while read -r mode want; do
		rm -f f
		shows '' create ./f 1 --mode "$mode"
		[ "$(stat -c %a f)" = "$want" ]
	done <<-'END'
		666 666
		0600 600
		0 0
		400 400
		777 777
		4755 4755
	END
}

@test "mmshm create refuses what is no mode, and makes nothing" {
	for mode in '' 8 17777 u+r -1 0x1 777777 ' 7'; do
		misuse "invalid mode '$mode' for '--mode': octal, as in 640" create ./f 1 --mode="$mode"
		[ ! -e f ]
	done
}

@test "mmshm create --mode does not pass for done when what is there has other permissions" {
	shows '' create ./f 1 --mode 644
	try 2 create ./f 1 --mode 600 || [ "$(stat -c %a f)" = 600 ]
}

@test "mmshm create --mode finishes an empty file of its own, and minds the mode and owner of another's" {
	install -m 640 /dev/null f
	shows '' create ./f 4096 --mode 600
	[ "$(stat -c '%a %s' f)" = '600 4096' ]
	need_root
	install -m 666 -o 65534 /dev/null g
	refuses 'mmshm: ./g: exists with mode 0666' create ./g 4096 --mode 600
	chmod 600 g
	refuses 'mmshm: ./g: exists, and belongs to another user' create ./g 4096 --mode 600
	[ "$(stat -c %s g)" = 0 ]
	truncate -s 4096 g
	refuses 'mmshm: ./g: exists, and belongs to another user' create ./g 4096 --mode 600
	chmod 664 g
	refuses 'mmshm: ./g: exists, and belongs to another user' create ./g 4096 --mode 664
	# where all have those rights anyhow it is shared
	chmod 666 g
	shows '' create ./g 4096 --mode 666
	truncate -s 0 g
	shows '' create ./g 4096 --mode 666
	[ "$(stat -c '%a %u %s' g)" = '666 65534 4096' ]
	chmod 600 g
	shows '' create ./g 4096
}

@test "mmshm create --from begins with a file's bytes, in an object of that size" {
	need_shm
	pattern 30000 >from
	shows '' create "$o" --from from
	same from "/dev/shm/$o"
	shows '' create ./f --from="$PWD/from" --mode=600
	same from f
	[ "$(stat -c %a f)" = 600 ]
	: >empty
	shows '' create ./g --from=empty
	[ -e g ]
	[ ! -s g ]
}

@test "mmshm create --from fills the rest with zeros, and refuses a size that is too small" {
	printf hello >from
	shows '' create ./f 8 --from from
	is 'hello\0\0\0' f
	shows '' create ./g 5 --from from
	is 'hello' g
	refuses "mmshm: from: does not fit: 5 bytes" create ./h 4 --from from
	[ ! -e h ]
}

@test "mmshm create --from overwrites nothing that is there" {
	printf hello >from
	printf world >f
	refuses "mmshm: ./f: File exists" create ./f --from from
	is 'world' f
	refuses "mmshm: ./from: File exists" create ./from --from from
	is 'hello' from
}

@test "mmshm create --from says what it cannot read, and makes nothing" {
	mkdir d
	refuses "mmshm: no: No such file or directory" create ./f --from no
	refuses "mmshm: d: not a regular file" create ./f --from d
	refuses "mmshm: /dev/null: not a regular file" create ./f --from /dev/null
	refuses "mmshm: '': No such file or directory" create ./f --from ''
	[ ! -e f ]
}

@test "mmshm create --from refuses a fifo without waiting for a writer" {
	mkfifo fifo
	via=(timeout 20 "$bin/mmshm")
	refuses "mmshm: fifo: not a regular file" create ./f --from fifo
	[ ! -e f ]
}

@test "mmshm create --from copies a sparse file into one that is fully reserved" {
	truncate -s 200K from
	printf x | dd of=from bs=1 seek=100000 conv=notrunc 2>/dev/null
	shows '' create ./f --from from
	same from f
	[ $(($(stat -c %b f) * $(stat -c %B f))) -ge 204800 ]
}

@test "of many processes that create the same name with --excl one succeeds" {
	local i round n
	for round in {1..10}; do
		for i in {1..8}; do
			("$bin/mmshm" create --excl "./f$round" 4096 2>/dev/null && echo won >>"winners$round") 3>&- &
			pids+=($!)
		done
		gather
		n=$(wc -l <"winners$round")
		[ "$n" = 1 ]
		[ "$(stat -c %s "f$round")" = 4096 ]
	done
}

@test "many processes that create the same name all succeed, and spoil no byte that one has set" {
	local round i
	for round in {1..10}; do
		for i in {1..8}; do
			("$bin/mmshm" create "./f$round" 4096 && "$bin/mmshm" add -q "./f$round" 0 1 || echo "$i" >>failed) 3>&- &
			pids+=($!)
		done
		gather
		[ ! -e failed ]
		shows '8\n' get "./f$round" 0
	done
}

@test "many processes that create the same name in different sizes leave the size that one of them was told" {
	local round i size
	for round in {1..20}; do
		for i in {1..8}; do
			("$bin/mmshm" create "./f$round" $((i * 1000)) 2>/dev/null && echo $((i * 1000)) >>"told$round") 3>&- &
			pids+=($!)
		done
		gather
		size=$(stat -c %s "f$round")
		# whoever was told that all is well has the size it asked for
		[ "$(cat "told$round")" = "$size" ]
	done
}

# --- names

@test "every verb says what is wrong with a name, with its status, and never hangs" {
	local name words want status
	mkdir d
	mkfifo fifo
	via=(timeout 20 "$bin/mmshm")
	while IFS='|' read -r name want; do
		for words in "get $name 0" "set $name 0 1" "add $name 0 1" "or $name 0 1" "and $name 0 1" "swap $name 0 1" \
			"cas $name 0 0 1" "wait $name 0 eq 0" "wake $name 0" "read $name" "hex $name" "fill $name" "write $name" \
			"resize $name 1" "copy $name ./new"; do
			# shellcheck disable=SC2086 # words
			refuses "mmshm: $want" $words </dev/null
			[ ! -e new ]
		done
		fails 1 "mmshm: $want" stat "$name"
	done <<-'END'
		./no|./no: No such file or directory
		no/no|no/no: No such file or directory
		d/|d/: Is a directory
		./fifo|./fifo: not a regular file or shared memory object
		/dev/null|/dev/null: not a regular file or shared memory object
		//dev/zero|//dev/zero: not a regular file or shared memory object
	END
}

@test "every verb refuses . and .., which are no objects, and no words for a folder" {
	local name words
	need_shm
	for name in . .. /. /..; do
		for words in "get $name 0" "set $name 0 1" "read $name" "fill $name" "create $name 1" "copy $name ./new"; do
			# shellcheck disable=SC2086 # words
			try 2 $words
			is '' out
			# libc's words: it depends on whether the object would be written
			grep -qxE "mmshm: $name: (Is a directory|Invalid argument)" err
			[ ! -e new ]
		done
		try 1 stat "$name"
		grep -qxE "mmshm: $name: (Is a directory|Invalid argument)" err
		try 1 remove "$name"
		grep -qxE "mmshm: cannot remove '$name': (Is a directory|Invalid argument)" err
	done
}

@test "every verb refuses the empty name and a lone slash" {
	local name shown
	via=(timeout 20 "$bin/mmshm")
	for name in '' /; do
		shown=${name:-"''"}
		refuses "mmshm: $shown: Invalid argument" get "$name" 0
		refuses "mmshm: $shown: Invalid argument" add "$name" 0 1
		refuses "mmshm: $shown: Invalid argument" create "$name" 1
		refuses "mmshm: $shown: Invalid argument" read "$name"
		refuses "mmshm: $shown: Invalid argument" lock "$name" true
		fails 1 "mmshm: $shown: Invalid argument" stat "$name"
		try 1 remove "$name"
		grep -q "^mmshm: cannot remove '$name': " err
		[ "$(wc -l <err)" = 1 ]
	done
}

@test "every verb refuses a name that is too long, and touches no other" {
	local long most
	need_shm
	most=$(printf "%s%0$((255 - ${#o}))d" "$o" 0)
	long=${most}xyz
	shows '' create "$most" 4
	refuses "mmshm: $long: File name too long" get "$long" 0
	refuses "mmshm: $long: File name too long" set "$long" 0 1
	refuses "mmshm: $long: File name too long" create "$long" 4
	refuses "mmshm: $long: File name too long" read "$long"
	refuses "mmshm: $long: File name too long" copy "$most" "$long"
	refuses "mmshm: $long: File name too long" lock "$long" true
	fails 1 "mmshm: $long: File name too long" stat "$long"
	fails 1 "mmshm: cannot remove '$long': File name too long" remove "$long"
	# an object of nearly that name is another one
	[ -e "/dev/shm/$most" ]
	shows '0\n' get "$most" 0
}

@test "a name may begin with a dash behind --, and hold blanks, newlines and bytes that are no characters" {
	local name
	need_shm
	mkdir d
	for name in "d/-n" "d/a b" "d/a${nl}b" $'d/\377\001' "d/'" 'd/$(x)'; do
		shows '' create "$name" 4
		shows '5\n' add "$name" 0 5
		shows '' remove "$name"
	done
	cd /dev/shm || return
	via=(env -C "$BATS_TEST_TMPDIR" "$bin/mmshm")
	cd "$BATS_TEST_TMPDIR" || return
	shows '' create -- "-$o" 4
	[ -e "/dev/shm/-$o" ]
	rm "/dev/shm/-$o"
	misuse "invalid option -- '${o:0:1}'" get "-$o" 0
}

@test "a hostile name is quoted on one line of the message" {
	fails 2 "mmshm: './a'\$'\\n''b': No such file or directory" get "./a${nl}b" 0
	fails 1 "mmshm: './a b': No such file or directory" stat './a b'
	fails 1 "mmshm: cannot remove './a'\$'\\033''b': No such file or directory" remove $'./a\033b'
}

@test "a fifo among the objects keeps nobody waiting" {
	need_shm
	mkfifo "/dev/shm/$o"
	via=(timeout 20 "$bin/mmshm")
	refuses "mmshm: $o: not a regular file or shared memory object" get "$o" 0
	refuses "mmshm: $o: not a regular file or shared memory object" set "$o" 0 1
	refuses "mmshm: $o: not a regular file or shared memory object" read "$o"
	fails 1 "mmshm: $o: not a regular file or shared memory object" stat "$o"
	shows '' remove "$o"
}

@test "a symlink among the objects is none, and leads nowhere" {
	need_shm
	printf secret >f
	ln -s "$PWD/f" "/dev/shm/$o"
	refuses "mmshm: $o: Too many levels of symbolic links" read "$o"
	refuses "mmshm: $o: Too many levels of symbolic links" set "$o" 0 1
	fails 1 "mmshm: $o: Too many levels of symbolic links" stat "$o"
	is secret f
}

@test "a path may lead through symlinks" {
	printf 'abcd' >f
	ln -s f link
	shows 'abcd' read ./link
	shows '' fill ./link 0x78
	is xxxx f
}

@test "what may not be read or written is said, with status 2" {
	as_stranger
	head -c 8 /dev/zero >secret
	head -c 8 /dev/zero >fixed
	chmod 600 secret
	chmod 644 fixed
	for words in 'get ./secret 0' 'set ./secret 0 1' 'read ./secret' 'hex ./secret' 'wait ./secret 0 eq 0' \
		'wake ./secret 0' 'copy ./secret ./new' 'fill ./secret' 'write ./secret' 'resize ./secret 1' 'create ./secret 8'; do
		# shellcheck disable=SC2086 # words
		refuses "mmshm: ./secret: Permission denied" $words </dev/null
	done
	for words in 'set ./fixed 0 1' 'add ./fixed 0 1' 'cas ./fixed 0 0 1' 'fill ./fixed' 'write ./fixed' 'resize ./fixed 1' \
		'copy ./fixed ./fixed2'; do
		# shellcheck disable=SC2086 # words
		try 2 $words </dev/null
		grep -qE '^mmshm: \./fixed2?: Permission denied$' err
	done
	head -c 8 /dev/zero | same - fixed
}

@test "what may only be read can be read, shown, waited for and woken" {
	as_stranger
	head -c 8 /dev/zero >fixed
	shows '0\n' get ./fixed 0
	shows '\0\0\0\0\0\0\0\0' read ./fixed
	shows '0\n' wait ./fixed 0 eq 0
	answers 1 '0\n' wait ./fixed 0 ne 0 --timeout 20ms
	shows '0\n' wake ./fixed 0
	try 0 hex ./fixed
}

# --- remove

@test "mmshm remove takes names away, and goes on after one that is not there" {
	need_shm
	shows '' create "$o" 1
	shows '' create "$o.b" 1
	shows '' create ./f 1
	fails 1 "mmshm: cannot remove '$o.no': No such file or directory" remove "$o" "$o.no" "$o.b" ./f
	[ ! -e "/dev/shm/$o" ]
	[ ! -e "/dev/shm/$o.b" ]
	[ ! -e f ]
	misuse "remove: missing operand NAME, as in 'mmshm remove NAME...'" remove
}

@test "mmshm remove says each name that it cannot remove, with status 1" {
	mkdir d
	fails 1 "mmshm: cannot remove './no': No such file or directory${nl}mmshm: cannot remove './d': Is a directory" \
		remove ./no ./d
	[ -d d ]
}

@test "mmshm remove of another user's object is refused" {
	need_shm
	shows '' create "$o" 4 --mode 666
	as_stranger
	try 1 remove "$o"
	is '' out
	# libc's words for it
	grep -qxE "mmshm: cannot remove '$o': (Operation not permitted|Permission denied)" err
	[ -e "/dev/shm/$o" ]
}

@test "what is removed stays with those who have it" {
	need_shm
	shows '' create "$o" 8
	"$bin/mmshm" wait "$o" 0 eq 5 >waited 3>&- &
	pids+=($!)
	eventually asleep "$o" 0
	exec 4<>"/dev/shm/$o"
	shows '' remove "$o"
	shows '5\n' set /dev/fd/4 0 5
	wait $!
	is '5\n' waited
}

# --- resize

@test "mmshm resize makes an object larger, with zeros and with blocks, or smaller" {
	printf hello >f
	shows '' resize ./f 8
	is 'hello\0\0\0' f
	shows '' resize ./f 100K
	[ $(($(stat -c %b f) * $(stat -c %B f))) -ge 102400 ]
	shows '' resize ./f 3
	is 'hel' f
	shows '' resize ./f 3
	is 'hel' f
	shows '' resize ./f 0
	[ ! -s f ]
	shows '' resize ./f 1
	is '\0' f
}

@test "mmshm resize brings no old byte back" {
	printf hello >f
	shows '' resize ./f 2
	shows '' resize ./f 5
	is 'he\0\0\0' f
}

@test "mmshm resize refuses what is no size" {
	printf hello >f
	misuse "invalid size 'x': bytes, or as in 64K, 0x1000, 4M, 1GB" resize ./f x
	misuse "invalid size '': bytes, or as in 64K, 0x1000, 4M, 1GB" resize ./f ''
	misuse "invalid size '8E': bytes, or as in 64K, 0x1000, 4M, 1GB" resize ./f 8E
	misuse "invalid option -- '1'" resize ./f -1
	misuse "resize: missing operand SIZE, as in 'mmshm resize NAME SIZE'" resize ./f
	misuse "resize: extra operand '2'" resize ./f 1 2
	is hello f
}

@test "mmshm resize changes the file that it opened, not a copy" {
	printf hello >f
	ln f g
	shows '' resize ./f 2
	is he g
}

# --- copy

@test "mmshm copy makes the target, or fills one of the same size" {
	need_shm
	pattern 30000 >f
	shows '' copy ./f "$o"
	same f "/dev/shm/$o"
	pattern 30000 2 >g
	exec 4<>g
	shows '' copy "$o" ./g
	same f g
	# the same file, so that those who have it see the new bytes
	same f /dev/fd/4
	: >empty
	shows '' copy ./empty "$o.empty"
	[ ! -s "/dev/shm/$o.empty" ]
}

@test "mmshm copy refuses a target of another size, and leaves it" {
	printf hello >f
	printf world! >g
	refuses "mmshm: ./g: has 6 bytes and not 5: resize it first" copy ./f ./g
	is world! g
}

@test "mmshm copy refuses to copy a thing to itself, by whichever names" {
	need_shm
	printf hello >f
	ln f g
	ln -s f link
	refuses "mmshm: './f' and './f' are the same" copy ./f ./f
	refuses "mmshm: './f' and './g' are the same" copy ./f ./g
	refuses "mmshm: './link' and './f' are the same" copy ./link ./f
	shows '' create "$o" 5
	refuses "mmshm: '$o' and '/$o' are the same" copy "$o" "/$o"
	refuses "mmshm: '$o' and '/dev/shm/$o' are the same" copy "$o" "/dev/shm/$o"
	is hello f
}

@test "mmshm copy that fails makes no target" {
	refuses "mmshm: ./no: No such file or directory" copy ./no ./new
	[ ! -e new ]
	printf hello >f
	refuses "mmshm: no/new: No such file or directory" copy ./f no/new
	misuse "copy: missing operand TO, as in 'mmshm copy FROM TO'" copy ./f
	misuse "copy: extra operand './h'" copy ./f ./g ./h
	[ ! -e g ]
}

@test "mmshm copy gives nobody rights that the original does not give" {
	shows '' create ./f 4 --mode 600
	shows '' copy ./f ./g
	[ "$(stat -c %a g)" = 600 ]
}

# --- read and hex

@test "mmshm read prints the bytes of an object or a file" {
	need_shm
	pattern 100000 >f
	try 0 read ./f
	same f out
	shows '' create "$o" --from f
	try 0 read "$o"
	same f out
	: >empty
	shows '' read ./empty
	misuse "read: missing operand NAME, as in 'mmshm read NAME'" read
	misuse "read: extra operand 'x'" read ./f x
}

@test "mmshm read --range prints a part, or several in the order given" {
	pattern 100000 >f
	while read -r range skip count; do
		try 0 read ./f --range "$range"
		dd if=f bs=1 skip="$skip" count="$count" of=want 2>/dev/null
		same want out
	done <<-'END'
		0 0 100000
		99990 99990 10
		0x10+0x20 16 32
		-7 99993 7
		4095+4098 4095 4098
		99999+1 99999 1
		100000 0 0
		0+0 0 0
	END
	printf 0123456789 >g
	shows 789012 read ./g --range=7 --range=0+3
	misuse "invalid range 'x' for '--range': OFF+LEN, OFF or -LEN" read ./g --range x
	misuse "invalid range '' for '--range': OFF+LEN, OFF or -LEN" read ./g --range=
}

@test "mmshm read and hex print what is there of a range, and say that the object has not all of it" {
	printf 0123456789 >f
	for range in '8+5 89 8+5 goes beyond the end at 10' '11 - 11 begins beyond the end' \
		'1G+1 - 1073741824+1 begins beyond the end' '-12 0123456789 -12 begins before the start'; do
		read -r range part words <<<"$range"
		try 2 read ./f --range="$range"
		is "${part#-}" out
		is "mmshm: ./f: range $words\n" err
		try 2 hex ./f --range="$range"
		is "mmshm: ./f: range $words\n" err
		[ "$part" = - ] || grep -qF "|$part|" out
	done
	try 2 read ./f --range=8+5 --range=0+1
	is 890 out
	: >empty
	refuses 'mmshm: ./empty: range 0+1 goes beyond the end at 0' read ./empty --range=0+1
}

@test "mmshm read and hex refuse to print an object into itself" {
	printf 0123456789 >f
	for verb in read hex; do
		"$bin/mmshm" "$verb" ./f 2>err >>f && return 1
		is 'mmshm: ./f: input file is output file\n' err
	done
	is 0123456789 f
}

@test "mmshm read and hex say that an object grew or shrank, and print no byte that it has not" {
	# more than any pipe holds, so that its reader comes first
	pattern 3000000 >whole
	for verb in read hex; do
		for io in map read; do
			cp whole f
			{ "$bin/mmshm" "$verb" --io=$io ./f 2>err || echo $? >status; } | { dd bs=1 count=1 2>dd.log; printf more >>f; cat; } >out
			is '2\n' status
			is 'mmshm: ./f: grew while being read\n' err
			[ "$verb" = hex ] || same f out
			cp whole f
			{ "$bin/mmshm" "$verb" --io=$io ./f 2>err || echo $? >status; } | { dd bs=1 count=1 2>dd.log; truncate -s 5000 f; cat; } >out
			is '2\n' status
			is 'mmshm: ./f: shrank while being read\n' err
			[ "$verb" = hex ] || head -c "$(wc -c <out)" whole | same - out
		done
	done
}

@test "mmshm write --explain says which way its input took" {
	pattern 3000000 >in
	head -c 4000000 /dev/zero >f
	try 0 write --explain ./f <in
	has '^mmshm: standard input: (mapped|read)' err
	head -c 3000000 f | same in -
}

@test "mmshm read prints the same whichever way it gets at the bytes, and --explain says which" {
	pattern 300000 >f
	for io in auto map read; do
		try 0 read --io=$io ./f
		same f out
	done
	try 0 read --io=map --explain ./f
	grep -q '^mmshm: \./f: .*mapped' err
	same f out
	try 0 read --io=read --explain ./f
	grep -qF 'mmshm: ./f: read (asked for)' err
	same f out
}

@test "mmshm read stops quietly when its reader does" {
	# more than any pipe holds
	pattern 3000000 >f
	set +o pipefail
	("$bin/mmshm" read ./f 2>err || echo $? >status) | head -c 10 >out
	head -c 10 f | same - out
	[ ! -s err ]
	[ "$(cat status)" = 141 ]
}

@test "mmshm fill that finds no space cuts nothing off that somebody else has added meanwhile" {
	need_inject
	truncate -s 4096 f
	strace -qq -o log -e 'trace=?fstatfs,?fstatfs64,fallocate' -e 'inject=?fstatfs,?fstatfs64:signal=STOP:when=1' \
		-e inject=fallocate:error=ENOSPC \
		sh -c 'echo $$ >pid; exec "$0" fill ./f 65 2>err' "$bin/mmshm" 3>&- &
	pids+=("$!")
	eventually test -s log
	eventually eval '[[ $(sed "s/.*) //" "/proc/$(cat pid)/stat") == [tT]* ]]'
	echo added >>f
	kill -CONT "$(cat pid)"
	status_of "${pids[-1]}"
	[ "$status" = 2 ]
	is 'mmshm: ./f: No space left on device\n' err
	tail -c 6 f | cmp - <(echo added)
}

@test "mmshm hex prints what hexdump -C prints" {
	need hexdump
	local n off len
	for n in 0 1 15 16 17 31 32 33 47 48 64 65 100 4096 4097; do
		head -c "$n" /dev/zero >zeros
		try 0 hex ./zeros
		hexdump -C zeros | same - out
		pattern "$n" >text
		try 0 hex ./text
		hexdump -C text | same - out
	done
	{
		for n in {0..255}; do printf %b "\\x$(printf %x "$n")"; done
		head -c 70 /dev/zero
		pattern 40
		head -c 20000 /dev/zero | tr '\0' x
		printf end
	} >f
	for off in 0 1 7 16 200 255 256 257 300 366; do
		for len in 1 8 15 16 17 48 100 20000; do
			try 0 hex ./f --range="$off+$len"
			hexdump -C -s "$off" -n "$len" f | same - out
		done
	done
	try 0 hex ./f
	hexdump -C f | same - out
}

@test "mmshm hex shows offsets beyond 4 GiB as hexdump -C does" {
	need hexdump
	truncate -s 5G f 2>/dev/null || skip "no sparse files here"
	printf 'here' | dd of=f bs=1 seek=4294967300 conv=notrunc 2>/dev/null
	try 0 hex ./f --range=4294967290+64
	hexdump -C -s 4294967290 -n 64 f | same - out
}

@test "mmshm hex shows several ranges one after the other" {
	printf 0123456789abcdefABCDEF >f
	try 0 hex ./f --range=0+4 --range=20
	cat >want <<-'END'
		00000000  30 31 32 33                                       |0123|
		00000004
		00000014  45 46                                             |EF|
		00000016
	END
	same want out
	misuse "hex: missing operand NAME, as in 'mmshm hex NAME'" hex
	misuse "invalid range '1+' for '--range': OFF+LEN, OFF or -LEN" hex ./f --range=1+
}

# --- write and fill

@test "mmshm write puts standard input at the start, or at an offset, and leaves the rest" {
	printf 0123456789 >f
	printf abc | shows '' write ./f
	is abc3456789 f
	printf XY | shows '' write ./f 4
	is abc3XY6789 f
	printf Z | shows '' write ./f 9
	is abc3XY678Z f
	printf '' | shows '' write ./f
	printf '' | shows '' write ./f 10
	is abc3XY678Z f
	printf 0123456789 >in
	shows '' write ./f 0x0 <in
	is 0123456789 f
}

@test "mmshm write goes on from the offset of standard input" {
	printf 0123456789 >in
	printf .......... >f
	{
		dd bs=1 count=7 of=passed 2>/dev/null
		shows '' write ./f 1
	} <in
	is '.789......' f
}

@test "mmshm write writes nothing of a file that does not fit" {
	printf 0123 >f
	printf abcde >in
	refuses "mmshm: ./f: 5 bytes do not fit at offset 0 of 4" write ./f <in
	printf ab >in
	refuses "mmshm: ./f: 2 bytes do not fit at offset 3 of 4" write ./f 3 <in
	is 0123 f
}

@test "mmshm write fills up what a pipe has too much for, and says so" {
	printf 0123 >f
	printf abcde | refuses "mmshm: ./f: full after 4 bytes, and there was more" write ./f
	is abcd f
	printf xy | refuses "mmshm: ./f: full after 1 bytes, and there was more" write ./f 3 ||
		printf xy | refuses "mmshm: ./f: full after 1 byte, and there was more" write ./f 3
	is abcx f
}

@test "mmshm write refuses an offset beyond the end, and what is none" {
	printf 0123 >f
	printf x | refuses "mmshm: ./f: offset 5 is beyond the end at 4" write ./f 5
	printf x | refuses "mmshm: ./f: offset 1099511627776 is beyond the end at 4" write ./f 1T
	printf x | misuse "invalid option -- '1'" write ./f -1
	for off in x '' 1x 8E; do
		printf x | try 2 write ./f "$off"
		[[ $(sed -n 1p err) =~ ^"mmshm: invalid "(offset|size)" '$off'" ]]
		[ "$(sed -n 2p err)" = "Try 'mmshm write --help' for more information." ]
	done
	is 0123 f
	misuse "write: missing operand NAME, as in 'mmshm write NAME [OFF]'" write </dev/null
	misuse "write: extra operand '1'" write ./f 0 1 </dev/null
}

@test "mmshm write calls an offset that is none an offset" {
	printf 0123 >f
	misuse "invalid offset 'x': bytes, or as in 64K, 0x1000, 4M, 1GB" write ./f x </dev/null
}

@test "mmshm write says what is wrong with standard input" {
	printf 0123 >f
	mkdir d
	refuses "mmshm: standard input: Is a directory" write ./f <d
	refuses "mmshm: standard input: Bad file descriptor" write ./f <&-
	is 0123 f
}

@test "mmshm write of an object into itself changes nothing" {
	pattern 100000 >f
	cp f want
	shows '' write ./f <f
	same want f
}

@test "mmshm write keeps the file, its size and its other bytes, at any offset of a big one" {
	local off
	pattern 300000 1 >f
	cp f want
	pattern 70000 2 >in
	for off in 0 1 4095 4096 4097 100001 229999 230000; do
		cat in | shows '' write ./f "$off"
		dd if=in of=want bs=65536 seek="$off" oflag=seek_bytes conv=notrunc 2>/dev/null
		same want f
	done
}

@test "mmshm fill sets all bytes to 0, or to the one given" {
	printf hello >f
	shows '' fill ./f 65
	is AAAAA f
	shows '' fill ./f 0x42
	is BBBBB f
	shows '' fill ./f 255
	is '\0377\0377\0377\0377\0377' f
	shows '' fill ./f
	is '\0\0\0\0\0' f
	: >empty
	shows '' fill ./empty
	[ ! -s empty ]
}

@test "mmshm fill --range fills a part, or several" {
	printf 0123456789 >f
	shows '' fill ./f 0x2d --range=1+2 --range=-3
	is '0--3456---' f
	shows '' fill ./f 0x2e --range=9
	is '0--3456--.' f
	shows '' fill ./f 0x2f --range=10
	shows '' fill ./f 0x2f --range=3+0
	is '0--3456--.' f
	shows '' fill ./f 0x61 --range=-10
	is aaaaaaaaaa f
}

@test "mmshm fill refuses a range that ends beyond the end, and what is no byte" {
	printf 0123 >f
	refuses "mmshm: ./f: range 2+3 goes beyond the end at 4" fill ./f --range=2+3
	refuses "mmshm: ./f: range 5 begins beyond the end" fill ./f --range=5
	refuses "mmshm: ./f: range -5 begins before the start" fill ./f --range=-5
	for byte in 256 x '' 1K 0x100; do misuse "invalid byte '$byte': 0 to 255, or as in 0x41" fill ./f "$byte"; done
	misuse "invalid option -- '1'" fill ./f -1
	misuse "invalid range 'x' for '--range': OFF+LEN, OFF or -LEN" fill ./f --range=x
	misuse "fill: missing operand NAME, as in 'mmshm fill NAME [BYTE]'" fill
	misuse "fill: extra operand '2'" fill ./f 1 2
	is 0123 f
}

@test "mmshm fill that refuses one of several ranges has filled none" {
	printf 0123 >f
	try 2 fill ./f 0x2d --range=0+2 --range=2+3
	is 0123 f
}

@test "big objects are written, filled, copied and shown in windows of a page" {
	need hexdump
	export MMTOOLS_WINDOW=4096
	pattern 300000 1 >f
	pattern 123457 2 >in
	cp f want
	cat in | shows '' write ./f 4099
	dd if=in of=want bs=65536 seek=4099 oflag=seek_bytes conv=notrunc 2>/dev/null
	same want f
	try 0 read ./f
	same want out
	shows '' copy ./f ./g
	same want g
	try 0 hex ./f
	hexdump -C f | same - out
	shows '' fill ./f 120 --range=5000+200000
	head -c 200000 /dev/zero | tr '\0' x | dd of=want bs=65536 seek=5000 oflag=seek_bytes conv=notrunc 2>/dev/null
	same want f
	shows '' create ./h --from=f
	same want h
	shows '1\n' set ./h 299996 1
	shows '1\n' get ./h 299996
}

# --- list and stat

# row NAME: its line in the list, with blanks pressed
row() {
	"$bin/mmshm" list 2>/dev/null | tr -s ' ' | awk -v name="$1" '$1 == name'
}

@test "mmshm list has a head line and a line for each object: size, allocation, mode, owner, time, who maps it" {
	need_shm
	shows '' create "$o" 5000 --mode 640
	TZ=UTC0 touch -d '2020-02-03 04:05:06' "/dev/shm/$o"
	try 0 list
	[[ $(head -n 1 out) =~ ^NAME\ +SIZE\ +ALLOCATED\ MODE\ OWNER\ +MODIFIED\ +"MAPPED BY"$ ]]
	is '' err
	[ "$(row "$o")" = "$o 5000 8192 0640 $(id -u):$(id -g) 2020-02-03T04:05:06.000000Z -" ]
	misuse "list: extra operand 'x'" list x
}

@test "mmshm list is in order of names, and shows neither folders nor fifos nor symlinks" {
	need_shm
	for name in "$o.b" "$o.a" "$o.C"; do shows '' create "$name" 1; done
	# however many there are
	for n in {1..12}; do
		: >"/dev/shm/$o.$((n * 7 % 31))"
		"$bin/mmshm" list | awk 'NR > 1 { print $1 }' >out
		LC_ALL=C sort -c out
	done
	for n in {1..30}; do : >"/dev/shm/$o.$((n * 7 % 31))"; done
	ln -s "$o.a" "/dev/shm/$o.link"
	mkfifo "/dev/shm/$o.fifo"
	"$bin/mmshm" list 2>/dev/null | awk -v o="$o." 'index($1, o) == 1 { print $1 }' >out
	{
		printf "$o.%d\n" {1..30} | LC_ALL=C sort
		printf '%s\n' "$o.C" "$o.a" "$o.b"
	} | same - out
}

@test "mmshm list and stat tell the processes that map an object, and their commands" {
	need_shm
	shows '' create "$o" 8
	"$bin/mmshm" wait -q "$o" 0 eq 5 3>&- &
	pids+=($!)
	eventually asleep "$o" 0
	[[ $(row "$o") == *" $!(mmshm)" ]]
	try 0 stat "$o"
	grep -qx "  mapped by  $!(mmshm)" out
	try 0 stat "/dev/shm/$o"
	grep -qx "  mapped by  $!(mmshm)" out
	if command -v jq >/dev/null; then
		try 0 stat --json "$o"
		[ "$(jq -c '.[0].mapped_by' out)" = "[{\"pid\":$!,\"command\":\"mmshm\"}]" ]
	fi
	shows '' set -q "$o" 0 5
	wait $!
	[[ $(row "$o") == *" -" ]]
}

@test "mmshm list keeps an object of any name on one line" {
	need_shm
	shows '' create "$o a${nl}$o" 1
	try 0 list
	grep -qF "'$o a'\$'\\n''$o'" out
	run ! grep "^$o" out
}

@test "mmshm stat tells all about files and objects, each under its name" {
	need_shm
	shows '' create "$o" 5000 --mode 604
	TZ=UTC0 touch -d '2020-02-03 04:05:06' "/dev/shm/$o"
	printf hello >f
	TZ=UTC0 touch -a -d '2021-02-03 04:05:06' f
	TZ=UTC0 touch -m -d '2022-02-03 04:05:06' f
	changed() { TZ=UTC0 stat -c %z "$1" | sed -E 's/^(\S+) (\S{15}).*/\1T\2Z/'; }
	TZ=EST5 try 0 stat "$o" ./f
	is '' err
	{
		echo "$o"
		echo "  size       5000"
		echo "  allocated  8192"
		echo "  mode       0604"
		echo "  owner      $(id -u):$(id -g)"
		echo "  accessed   2020-02-03T04:05:06.000000Z"
		echo "  modified   2020-02-03T04:05:06.000000Z"
		echo "  changed    $(changed "/dev/shm/$o")"
		echo "  mapped by  -"
		echo ./f
		echo "  size       5"
		echo "  allocated  $(($(stat -c %b f) * 512))"
		echo "  mode       0644"
		echo "  owner      $(id -u):$(id -g)"
		echo "  accessed   2021-02-03T04:05:06.000000Z"
		echo "  modified   2022-02-03T04:05:06.000000Z"
		echo "  changed    $(changed f)"
		echo "  mapped by  -"
	} >want
	# other processes may be hidden, which is the machine's affair
	grep -v '^  unknown ' out | diff want -
}

@test "mmshm stat goes on after a name that is not there, with status 1" {
	printf hello >f
	try 1 stat ./no ./f no/no
	printf 'mmshm: ./no: No such file or directory\nmmshm: no/no: No such file or directory\n' | diff - err
	[ "$(grep -cv '^ ' out)" = 1 ]
	misuse "stat: missing operand NAME, as in 'mmshm stat NAME...'" stat
}

@test "mmshm stat that finds nothing does not speak of processes" {
	run -1 --separate-stderr mm mmshm stat ./no
	[ "$stderr" = "mmshm: ./no: No such file or directory" ]
}

@test "mmshm stat needs no right to read" {
	as_stranger
	printf hello >secret
	chmod 600 secret
	try 0 stat ./secret
	grep -qx '  size       5' out
	grep -qx '  mode       0600' out
}

@test "mmshm list and stat --json print what jq reads, whatever the names hold" {
	need_shm
	need jq
	local name
	for name in "$o" "$o \"q\\" "$o a${nl}b" "$o "$'\t\001' "$o é"; do shows '' create "$name" 5000; done
	try 0 list --json
	for name in "$o" "$o \"q\\" "$o a${nl}b" "$o "$'\t\001' "$o é"; do
		[ "$(jq --arg name "$name" '[.[] | select(.name == $name)] | length' out)" = 1 ]
	done
	[ "$(jq -r --arg name "$o" '.[] | select(.name == $name) | [.size, .allocated, .mode, .uid, .gid] | join(" ")' out)" = \
		"5000 8192 0644 $(id -u) $(id -g)" ]
	TZ=UTC0 touch -d '2020-02-03 04:05:06' "/dev/shm/$o"
	TZ=EST5 try 0 stat --json "$o"
	[ "$(jq -r '.[0].modified' out)" = 2020-02-03T04:05:06.000000Z ]
	[ "$(jq -r '.[0].accessed' out)" = 2020-02-03T04:05:06.000000Z ]
	[ "$(jq -r '.[0].mapped_by | length' out)" = 0 ]
}

@test "a name that is not UTF-8 makes JSON that is" {
	need_shm
	need jq iconv
	shows '' create "$o"$'\377' 1
	try 0 list --json
	iconv -f UTF-8 -t UTF-8 out >/dev/null
	jq . out >/dev/null
}

@test "mmshm stat --json prints an array even when there is nothing in it" {
	need jq
	try 1 stat --json ./no
	[ "$(jq -c . out)" = '[]' ]
	is 'mmshm: ./no: No such file or directory\n' err
}

@test "mmshm stat tells how many processes may not be looked at, and mmshm list has no word for them" {
	need_shm
	as_stranger
	printf hello >user/f
	try 0 list
	is '' err
	lacks 'may not be looked at' out
	try 0 stat "$PWD/user/f"
	is '' err
	# of a user not one can see is the one that runs these tests
	has '^  unknown    ([0-9]+ processes|1 process) may not be looked at, and may map it, too$' out
}

@test "mmshm create --from writes the rest when a write takes only a part" {
	need_inject
	need_shm
	head -c 5000 /dev/urandom >in
	# the call is not made, but claims 1000 bytes: what follows must be right behind them
	via=(strace -qq -o log -e trace=pwrite64 -e inject=pwrite64:retval=1000:when=1 "$bin/mmshm")
	does create --from in "$o"
	[ "$(stat -c %s "/dev/shm/$o")" = 5000 ]
	cmp -i 1000 in "/dev/shm/$o"
	# and one that takes nothing at all is no reason to try for ever
	via=(strace -qq -o log -e trace=pwrite64 -e inject=pwrite64:retval=0 "$bin/mmshm")
	refuses "mmshm: $o.b: No space left on device" create --from in "$o.b"
	[ ! -e "/dev/shm/$o.b" ]
}

@test "a process that ends while mmshm looks is none that may not be looked at" {
	local error calls
	need_inject
	need_root
	need unshare
	unshare -pf --mount-proc true 2>/dev/null || skip "no process namespaces here"
	printf hello >f
	# in a namespace of its own no other process comes or goes
	calls=openat,\?open,\?faccessat,\?faccessat2
	via=(unshare -pf --mount-proc sh -c "sleep 60 3>&- & strace -qq -o log -P /proc/\$! -P /proc/\$!/maps -P /proc/\$!/stat \
		-e trace=$calls -e inject=$calls:error=\$0 \"\$@\"; exit \$?")
	for error in ENOENT ESRCH EACCES; do
		try 0 $error "$bin/mmshm" stat ./f
		grep -q "$error" log
		if [ $error = EACCES ]; then
			has '^  unknown    1 process may not be looked at, and may map it, too$' out
		else
			lacks 'may not be looked at' out
		fi
	done
}

@test "without /dev/shm mmshm says what is missing, and what to do" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	# shellcheck disable=SC2034 # for the words
	via=(unshare -m sh -c 'mount -t tmpfs none /dev && exec "$0" "$@"' "$bin/mmshm")
	refuses 'mmshm: buf: there is no /dev/shm for objects: mount a tmpfs there, or name a path, as ./buf' create buf 4K
	refuses 'mmshm: /buf: there is no /dev/shm for objects: mount a tmpfs there, or name a path, as ./buf' get /buf 0
	refuses 'mmshm: buf: there is no /dev/shm for objects: mount a tmpfs there, or name a path, as ./buf' lock buf true
	refuses 'mmshm: /dev/shm: No such file or directory' list
	refuses 'mmshm: ./no: No such file or directory' get ./no 0
}

@test "mmshm's verbs take the options that are for them" {
	verbs_take <<-'END'
		create mode excl from io
		list json
		stat json
		read range io explain
		write io explain
		fill range
		resize
		remove
		copy io
		hex range io explain
		get hex signed
		set old hex signed quiet
		add old hex signed quiet
		or old hex signed quiet
		and old hex signed quiet
		swap hex signed quiet
		cas hex signed quiet
		wait timeout hex signed quiet
		wake quiet
		lock timeout shared conflict-exit-code
		run size from dump seal jobs io
	END
}
