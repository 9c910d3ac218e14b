# mmcat under fire: full disks, closed descriptors, readers that leave, files that change while they are read, little
# memory, system calls that fail. What the classic command does too is proved with PEER=host.

# Files are read while they are written, pipes are wanted as pipes, tests are subshells, and helper.bash sets $bin.
# shellcheck disable=SC2094,SC2002,SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	via=(classic cat)
	loop=
}

# No gigabytes and no device are left behind.
teardown() {
	[ -z "$loop" ] || losetup -d "$loop"
	rm -f big
}

# status_is WANTED STATUS COMMAND...
status_is() {
	[ "$1" = "$2" ] || {
		printf '%s ' "${@:3}"
		echo ": status $2 and not $1"
		cat err
		return 1
	}
}

# begins FILE WHOLE: the first file is the beginning of the second
begins() {
	head -c "$(wc -c <"$1")" "$2" | cmp - "$1"
}

# --- output ---

# into FILE ARG...: cat with this file as its output; its status goes to $got
into() {
	local to=$1
	shift
	got=0
	classic cat "$@" >"$to" 2>err || got=$?
}

@test "mmcat tells of a full disk, with every option, from every input" {
	[ -c /dev/full ] || skip "no /dev/full here"
	local options full='cat: write error: No space left on device\n'
	printf 'a\n' >small
	pattern 300000 >f
	for options in -u -n -b -s -E -T -v -A -nsA; do
		into /dev/full $options small
		status_is 1 "$got" cat $options
		is "$full" err
		into /dev/full $options f small f
		status_is 1 "$got" cat $options
		is "$full" err
		into /dev/full $options < <(cat f)
		status_is 1 "$got" cat $options
		is "$full" err
	done
	for options in small f; do
		into /dev/full $options
		status_is 1 "$got" cat $options
		is "$full" err
		into /dev/full <$options
		status_is 1 "$got" cat
		is "$full" err
	done
}

@test "mmcat tells of a full disk that holds its help or version" {
	[ -c /dev/full ] || skip "no /dev/full here"
	local option
	for option in --help --version; do
		into /dev/full $option
		status_is 1 "$got" cat $option
		is 'cat: write error: No space left on device\n' err
	done
}

@test "mmcat is content with a full disk when there is nothing to write" {
	[ -c /dev/full ] || skip "no /dev/full here"
	: >e
	into /dev/full e
	status_is 0 "$got" cat
	into /dev/full -n e
	status_is 0 "$got" cat
	is '' err
}

@test "mmcat tells of a missing file and of a full disk" {
	[ -c /dev/full ] || skip "no /dev/full here"
	printf 'a\n' >f
	into /dev/full -n missing f
	status_is 1 "$got" cat
	is 'cat: missing: No such file or directory\ncat: write error: No space left on device\n' err
}

@test "mmcat tells of an output that reached its limit, and wrote all that fits" {
	pattern 300000 >f
	local options
	for options in -u -v; do
		got=0
		(
			trap '' XFSZ
			ulimit -f 100
			cat f | classic cat $options >out 2>err
		) || got=$?
		status_is 1 "$got" cat $options
		is 'cat: write error: File too large\n' err
		begins out f
		[ -s out ]
	done
}

@test "mmcat tells of a closed standard output, and writes into no other file" {
	local options
	printf 'a\n' >f
	for options in -u -n -A --help --version; do
		got=0
		classic cat $options f >&- 2>err || got=$?
		status_is 1 "$got" cat $options
		grep -q '^cat: .*: Bad file descriptor$' err
		is 'a\n' f
	done
	got=0
	classic cat f >&- 2>err || got=$?
	status_is 1 "$got" cat
	grep -q '^cat: .*: Bad file descriptor$' err
	is 'a\n' f
}

@test "mmcat tells of a closed standard output even when there is nothing to write" {
	: >e
	got=0
	classic cat e >&- 2>err || got=$?
	status_is 1 "$got" cat
	grep -q 'Bad file descriptor$' err
}

@test "mmcat tells of a closed standard input" {
	local options
	printf 'a\n' >f
	for options in -u -n; do
		got=0
		classic cat $options <&- >out 2>err || got=$?
		status_is 1 "$got" cat $options
		head -n 1 err | grep -qx 'cat: -: Bad file descriptor'
		is '' out
	done
	got=0
	classic cat f - f <&- >out 2>err || got=$?
	status_is 1 "$got" cat
	head -n 1 err | grep -qx 'cat: -: Bad file descriptor'
	is 'a\na\n' out
	got=0
	classic cat f <&- >out 2>err || got=$?
	status_is 0 "$got" cat f
	is 'a\n' out
}

@test "mmcat writes no message into a file when standard error is closed" {
	printf 'a\n' >f
	got=0
	classic cat missing f 2>&- >out || got=$?
	[ "$got" = 1 ]
	is 'a\n' out
	is 'a\n' f
	got=0
	classic cat missing f <&- >&- 2>&- || got=$?
	[ "$got" = 1 ]
	is 'a\n' f
}

@test "mmcat dies of SIGPIPE when its reader has left" {
	got=0
	sh -c 'kill -s PIPE $$' || got=$?
	[ "$got" = 141 ] || skip "SIGPIPE is ignored here"
	pattern 3000000 >f
	local options
	for options in -u -n -A; do
		{
			got=0
			classic cat $options f f 2>err || got=$?
			echo $got >status
		} | true
		is '141\n' status
		is '' err
		{
			got=0
			cat f f | classic cat $options 2>err || got=$?
			echo $got >status
		} | dd bs=1 count=1 of=one 2>dd.log
		is '141\n' status
		is '' err
	done
}

@test "mmcat tells that its reader has left when SIGPIPE is ignored" {
	pattern 3000000 >f
	local options
	for options in -u -n -A; do
		{
			trap '' PIPE
			got=0
			classic cat $options f f f 2>err || got=$?
			echo $got >status
		} | dd bs=1 count=1 of=one 2>dd.log
		is '1\n' status
		is 'cat: write error: Broken pipe\n' err
	done
}

# --- much ---

@test "mmcat prints a file beyond 4 GiB, and any part of it" {
	ours
	need truncate
	truncate -s 5G big || skip "no file of 5 GiB here"
	printf 'the end' >>big
	mm mmcat --range=-9 big >out
	is '\0000\0000the end' out
	mm mmcat --range=4294967290+16 --range=5368709119 --range=5368709127 --range=2147483640+10 big >out
	{
		head -c 17 /dev/zero
		printf 'the end'
		head -c 10 /dev/zero
	} >want
	same want out
	mm mmcat --range=4294967290 big | tail -c 7 >out
	is 'the end' out
	mm mmcat -v --range=5368709117 big >out
	is '^@^@^@the end' out
}

@test "mmcat prints every byte of a file beyond 4 GiB" {
	# windows of one page would make this long
	unset MMTOOLS_WINDOW
	need truncate
	truncate -s 4294971399 big || skip "no file of 4 GiB here"
	[ "$(classic cat big | wc -c)" -eq 4294971399 ]
}

@test "mmcat starts standard input beyond 4 GiB" {
	need truncate
	truncate -s 5G big || skip "no file of 5 GiB here"
	printf 'the end' >>big
	{
		dd bs=1M skip=5120 count=0 2>dd.log
		classic cat >out
		is 'the end' out
		printf '!\n' >>big
		classic cat -n >out
		is '     1\t!\n' out
	} <big
}

# peak ARG...: the peak resident size of mmcat in KiB
peak() {
	"$time" -f %M -o rss "$bin/mmcat" "$@" | cat >/dev/null
	cat rss
}

need_time() {
	time=$(type -P time) || skip "no time command on this machine"
	{ "$time" -f %M -o rss true 2>err && [ "$(cat rss)" -gt 0 ]; } || skip "this time command tells no peak memory"
}

@test "mmcat needs no more than 16 MiB for a sparse file of 4 GiB" {
	ours
	need truncate
	need_time
	unset MMTOOLS_WINDOW
	truncate -s 4G big || skip "no file of 4 GiB here"
	local io empty
	empty=$(peak /dev/null)
	for io in auto map read; do
		# /dev/null takes everything at once
		"$time" -f %M -o rss "$bin/mmcat" --io=$io big >/dev/null
		[ "$(cat rss)" -le $((empty + 16384)) ]
	done
}

@test "mmcat needs no more than 16 MiB for a file of 256 MiB" {
	ours
	need_time
	unset MMTOOLS_WINDOW
	head -c 268435456 /dev/zero >big
	local io empty
	empty=$(peak /dev/null)
	for io in auto map; do
		[ "$(peak --io=$io big)" -le $((empty + 16384)) ]
	done
	[ "$(peak --io=map --range=0+64M -s big)" -le $((empty + 16384)) ]
}

@test "mmcat gives back every descriptor and every mapping" {
	ours
	pattern 100000 >f
	local files=() i
	for ((i = 0; i < 500; i++)); do files+=(f); done
	bash -c 'ulimit -n 16; exec "$@"' - "$bin/mmcat" --io=map "${files[@]}" >out
	[ "$(wc -c <out)" -eq 50000000 ]
	tail -c 100000 out | cmp - f
	rm out
	bash -c 'ulimit -v 30000; exec "$@"' - "$bin/mmcat" /dev/null || skip "this build needs more memory by itself"
	bash -c 'ulimit -v 30000; exec "$@"' - "$bin/mmcat" --io=map "${files[@]}" >out
	[ "$(wc -c <out)" -eq 50000000 ]
	rm out
}

@test "mmcat makes do with little memory" {
	ours
	unset MMTOOLS_IO MMTOOLS_WINDOW
	pattern 10000000 >f
	local limit worked=0
	# so little that some windows cannot be mapped as they should be; how little depends on the build
	for limit in 4000 6000 8000 10000 12000; do
		bash -c 'ulimit -v '$limit'; exec "$@"' - "$bin/mmcat" -n /dev/null 2>err || continue
		printf x | bash -c 'ulimit -v '$limit'; exec "$@"' - "$bin/mmcat" >out 2>err || continue
		worked=1
		bash -c 'ulimit -v '$limit'; exec "$@"' - "$bin/mmcat" --io=map f >out 2>err
		same f out
		is '' err
		bash -c 'ulimit -v '$limit'; exec "$@"' - "$bin/mmcat" --io=map -v f >out 2>err
		same f out
		is '' err
		MMTOOLS_WINDOW=512M bash -c 'ulimit -v '$limit'; exec "$@"' - "$bin/mmcat" --io=map f >out 2>err
		same f out
	done
	[ "$worked" = 1 ] || skip "this build needs more memory by itself"
}

# --- files that change ---

# stalled CHANGE ARG...: starts mmcat with these arguments into a pipe, takes one byte, and when mmcat waits for room in
# the pipe, makes the change. Then what mmcat wrote goes to the file out, its words to err, its status to $got.
stalled() {
	local change=$1 pid line still=0 tries
	shift
	rm -f pipe
	mkfifo pipe
	"$bin/mmcat" "$@" >pipe 2>err 3>&- &
	pid=$!
	exec 4<pipe
	dd bs=1 count=1 <&4 >out 2>dd.log
	# The promises hold whatever the moment; a writer found asleep again and again is one that waits for us.
	for ((tries = 0; tries < 20000 && still < 100; tries++)); do
		read -r line </proc/$pid/stat || break
		if [[ $line = *') S '* ]]; then still=$((still + 1)); else still=0; fi
	done 2>/dev/null
	$change
	cat <&4 >>out
	exec 4<&-
	got=0
	wait $pid || got=$?
}

cut_to() {
	truncate -s "$cut" f
}

add_to() {
	pattern 70001 7 >>f
}

# Sizes around the beginning, pages, buffers, pipes, and beyond what mmcat can have seen.
cuts=(0 1 5000 65536 66000 100000 131072 131073 200001 1000000 1048577 2999999)

@test "mmcat invents no byte when a file shrinks under --io=map or --io=read" {
	ours
	need truncate
	local io cut
	pattern 3000000 >whole
	for io in map read; do
		for cut in "${cuts[@]}"; do
			cp whole f
			stalled cut_to --io=$io f
			status_is 1 "$got" mmcat --io=$io "cut to $cut"
			is 'mmcat: f: shrank while being read\n' err
			begins out whole
			[ "$(wc -c <out)" -ge "$cut" ]
		done
	done
}

# cat_to_be_stopped FILE OPTION...: mmcat of f into the file, behind what is there, to be stopped
cat_to_be_stopped() {
	local file=$1
	shift
	{
		cat kept
		"${tracer[@]}" "$bin/mmcat" "$@" f 2>err
	} >"$file"
}

# What a window held is written from where it is mapped. There the kernel shows zeros from the new end to that of the page.
@test "mmcat takes back what it invented in a file when the source shrinks" {
	ours
	need truncate strace
	local io cut before
	pattern 3000000 >whole
	unset MMTOOLS_IO MMTOOLS_WINDOW
	only=(-P "$(pwd -P)/f")
	for before in 0 7; do
		head -c $before whole >kept
		for io in auto map; do
			for cut in 0 1 65537 70000 1048576 1048577 2097151; do
				cp whole f
				stopped_in '/^mmap' cat_to_be_stopped out --io=$io
				truncate -s $cut f
				goes_on
				status_is 1 "$got" mmcat --io=$io "cut to $cut"
				is 'mmcat: f: shrank while being read\n' err
				cmp out <(head -c $cut whole | cat kept -)
			done
		done
	done
}

# cat_over OPTION...: the same over the bytes of a file
cat_over() {
	"${tracer[@]}" "$bin/mmcat" "$@" f 1<>out 2>err
}

@test "mmcat over the bytes of a file leaves those that the source has none for when it shrinks" {
	ours
	need truncate strace
	local cut
	pattern 3000000 >whole
	pattern 4000000 7 >old
	unset MMTOOLS_IO MMTOOLS_WINDOW
	only=(-P "$(pwd -P)/f")
	for cut in 0 70000 1048577; do
		cp whole f
		cp old out
		stopped_in '/^mmap' cat_over
		truncate -s $cut f
		goes_on
		status_is 1 "$got" mmcat "cut to $cut"
		cmp out <(head -c $cut whole | cat - <(tail -c +$((cut + 1)) old))
	done
}

@test "mmcat invents no byte when a file shrinks that is shown with options" {
	ours
	need truncate
	local cut options
	pattern 3000000 >whole
	for options in -v -n; do
		mm mmcat $options whole >shown
		for cut in 0 5000 66000 131073 1000000; do
			cp whole f
			stalled cut_to $options f
			status_is 1 "$got" mmcat $options "cut to $cut"
			is 'mmcat: f: shrank while being read\n' err
			begins out shown
			[ "$(wc -c <out)" -ge "$cut" ]
		done
	done
}

# The kernel wipes what lies behind a new end in the piece of the page cache that holds it: a page, or a folio of many
# pages where the file system has such; in flight is at most what the pipe holds.
@test "mmcat shows at most zeros behind the new end, no more than a pipe holds, when a file shrinks that it handed over" {
	ours
	need truncate
	unset MMTOOLS_IO MMTOOLS_WINDOW
	local cut pipe=1048576
	pattern 3000000 >whole
	for cut in "${cuts[@]}"; do
		# In one write: then the page cache may hold it in pieces much larger than a page.
		rm -f f
		dd if=whole of=f bs=4M 2>dd.log
		stalled cut_to f
		status_is 1 "$got" mmcat "cut to $cut"
		is 'mmcat: f: shrank while being read\n' err
		[ "$(wc -c <out)" -ge "$cut" ]
		head -c "$(wc -c <out)" whole >want
		cmp -l out want >differ || :
		awk -v cut="$cut" -v pipe=$pipe '$2 != 0 || $1 <= cut { bad = 1 } END { exit bad || NR > pipe }' differ || {
			echo "cut to $cut: $(wc -l <differ) bytes are not the file's"
			return 1
		}
	done
}

@test "mmcat tells that a file grew, and prints all of it" {
	ours
	local io
	pattern 3000000 >whole
	for io in auto map read; do
		cp whole f
		stalled add_to --io=$io f
		status_is 1 "$got" mmcat --io=$io
		is 'mmcat: f: grew while being read\n' err
		same f out
		cp whole f
		stalled add_to --io=$io -v f
		status_is 1 "$got" mmcat --io=$io -v
		is 'mmcat: f: grew while being read\n' err
		same f out
	done
}

@test "mmcat has nothing against a change behind the range it prints" {
	ours
	need truncate
	local io cut=2000000
	pattern 3000000 >whole
	for io in auto map read; do
		cp whole f
		stalled cut_to --io=$io --range=0+1500000 f
		status_is 0 "$got" mmcat --io=$io
		is '' err
		begins out whole
		[ "$(wc -c <out)" -eq 1500000 ]
		cp whole f
		stalled add_to --io=$io --range=0+2500000 f
		status_is 0 "$got" mmcat --io=$io
		is '' err
		begins out whole
		[ "$(wc -c <out)" -eq 2500000 ]
	done
}

@test "mmcat prints the next file after one that shrank" {
	ours
	need truncate
	local cut=100000
	pattern 3000000 >whole
	cp whole f
	printf 'next\n' >next
	stalled cut_to --io=map f next
	status_is 1 "$got" mmcat
	is 'mmcat: f: shrank while being read\n' err
	tail -c 5 out >last
	is 'next\n' last
}

@test "mmcat prints a file that was removed meanwhile" {
	ours
	local io
	pattern 3000000 >whole
	remove() {
		rm f
	}
	for io in auto map read; do
		cp whole f
		stalled remove --io=$io f
		status_is 0 "$got" mmcat --io=$io
		is '' err
		same whole out
	done
}

# --- system calls ---

need_calls() {
	ours
	need_strace
	unset MMTOOLS_IO MMTOOLS_WINDOW
	here=$(pwd -P)
}

# injected FILE RULE ARG...: mmcat, where strace does to the system calls on FILE what the rule says. Output, words and
# status go to out, err and $got.
injected() {
	local file=$1 rule=$2
	shift 2
	got=0
	strace -o trace -P "$here/$file" -e "inject=$rule" "$bin/mmcat" "$@" >out 2>err || got=$?
	grep -q INJECTED trace || {
		cat trace
		echo "$rule did not happen"
		return 1
	}
}

@test "mmcat maps a file in windows of 16 MiB at most, one at a time" {
	need_calls
	pattern 20000000 >part
	cat part part >f
	local io
	for io in map auto; do
		strace -y -o trace -e trace='/^mmap,munmap' "$bin/mmcat" --io=$io f >out
		same f out
		awk -F '[(, ]+' -v file="/f>" '
		$1 ~ /^mmap/ && index($0, file) { size[$NF] = $3; held += $3; n++; if (held > most) most = held }
		$1 == "munmap" && $2 in size { held -= size[$2]; delete size[$2] }
		END {
			print n " windows, " most " bytes at most, " held " at the end"
			exit !(n >= 3 && most <= 16777216 && held == 0)
		}' trace
	done
}

@test "mmcat maps nothing under --io=read" {
	need_calls
	pattern 300000 >f
	strace -y -o trace -e trace='/^mmap' "$bin/mmcat" --io=read f >out
	same f out
	run ! grep '/f>' trace
	strace -y -o trace -e trace='/^mmap' "$bin/mmcat" --io=read -n f >out
	run ! grep '/f>' trace
}

@test "mmcat reads what cannot be mapped, and says why when asked" {
	need_calls
	pattern 300000 >f
	local error text
	while read -r error text; do
		injected f "/^mmap:error=$error" --explain --io=map f
		status_is 0 "$got" mmcat "$error"
		same f out
		is "mmcat: f: read (cannot be mapped: $text)\n" err
		injected f "/^mmap:error=$error" --io=map -v f
		status_is 0 "$got" mmcat "$error"
		same f out
		is '' err
	done <<-END
		ENODEV No such device
		ENOMEM Cannot allocate memory
		EACCES Permission denied
		EINVAL Invalid argument
		ENOSYS Function not implemented
		EAGAIN Resource temporarily unavailable
	END
}

@test "mmcat maps smaller windows when memory is short" {
	need_calls
	pattern 3000000 >f
	injected f '/^mmap:error=ENOMEM:when=1..3' --explain --io=map f
	status_is 0 "$got" mmcat
	same f out
	grep -qx 'mmcat: f: mapped [2-9] windows' err
	MMTOOLS_WINDOW=1M injected f '/^mmap:error=ENOMEM:when=2+2' --explain --io=map -v f
	status_is 0 "$got" mmcat
	same f out
}

@test "mmcat goes on reading when mapping fails in the middle of a file" {
	need_calls
	pattern 300000 >f
	MMTOOLS_WINDOW=64K injected f '/^mmap:error=ENODEV:when=3' --explain --io=map f
	status_is 0 "$got" mmcat
	same f out
	grep -qx 'mmcat: f: mapped 2 windows, read (cannot be mapped: No such device)' err
}

@test "mmcat starts an interrupted call again" {
	need timeout
	need_calls
	pattern 300000 >f
	injected f '/^pread:error=EINTR:when=1+2' --io=read f
	status_is 0 "$got" mmcat
	same f out
	is '' err
	injected out 'write:error=EINTR:when=1+2' --io=map f
	status_is 0 "$got" mmcat
	same f out
	is '' err
	injected out 'write:error=EINTR:when=1+2' -v f
	status_is 0 "$got" mmcat
	same f out
	mkfifo p
	# dd opens the fifo, so that a cat that fails leaves nothing of ours waiting
	timeout 30 dd if=f of=p bs=4096 >dd.log 2>&1 3>&- &
	injected p 'read:error=EINTR:when=1+2' p
	status_is 0 "$got" mmcat
	same f out
	is '' err
	wait $!
}

@test "mmcat waits for an output that cannot take anything yet" {
	need_calls
	pattern 300000 >f
	injected out 'write:error=EAGAIN:when=1+2' --io=map f
	status_is 0 "$got" mmcat
	same f out
	is '' err
}

# through_pipe RULE ARG...: as injected, on the file f, with the output going through a pipe
through_pipe() {
	local rule=$1
	shift
	got=0
	{
		strace -o trace -P "$here/f" -e "inject=$rule" "$bin/mmcat" "$@" 2>err || echo $? >failed
	} | cat >out
	grep -q INJECTED trace
}

@test "mmcat prints a file into a pipe whatever splice says" {
	need_calls
	pattern 3000000 >f
	local rule
	for rule in error=EINVAL error=ENOSYS error=EINTR:when=1+2 error=EINVAL:when=2 error=EAGAIN error=ENOMEM error=EPERM; do
		through_pipe "splice:$rule" f
		[ ! -e failed ]
		same f out
		is '' err
	done
}

@test "mmcat prints a sparse file where holes cannot be asked for" {
	need_calls
	need truncate
	pattern 50000 >f
	truncate -s 300000 f
	pattern 50000 >>f
	{
		pattern 50000
		head -c 250000 /dev/zero
		pattern 50000
	} >want
	local io
	for io in map read; do
		injected f '/lseek:error=EINVAL:when=2+' --io=$io f
		status_is 0 "$got" mmcat --io=$io
		same want out
		is '' err
	done
}

@test "mmcat tells where a file cannot be read, and prints what is before" {
	need_calls
	pattern 300000 >f
	MMTOOLS_WINDOW=4096 injected f '/^pread:error=EIO:when=11' --io=read f
	status_is 1 "$got" mmcat
	is 'mmcat: f: Input/output error at offset 40960\n' err
	head -c 40960 f | cmp - out
	MMTOOLS_WINDOW=4096 injected f '/^pread:error=EIO:when=11' --io=read -v f
	status_is 1 "$got" mmcat
	is 'mmcat: f: Input/output error at offset 40960\n' err
	head -c 40960 f | cmp - out
	MMTOOLS_WINDOW=4096 injected f '/^pread:error=EIO:when=3' --io=read --range=100000 f
	is 'mmcat: f: Input/output error at offset 108192\n' err
	printf 'next\n' >next
	MMTOOLS_WINDOW=4096 injected f '/^pread:error=EIO:when=1' --io=read f next
	status_is 1 "$got" mmcat
	is 'next\n' out
}

@test "mmcat tells of a write that fails later" {
	need_calls
	pattern 3000000 >f
	local error text
	while read -r error text; do
		injected out "write:error=$error:when=2+" --io=read f
		status_is 1 "$got" mmcat "$error"
		is "mmcat: write error: $text\n" err
		begins out f
		injected out "write:error=$error:when=2+" -v f f
		status_is 1 "$got" mmcat "$error"
		is "mmcat: write error: $text\n" err
		begins out f
	done <<-END
		ENOSPC No space left on device
		EIO Input/output error
		EDQUOT Disk quota exceeded
	END
}

# --- devices ---

@test "mmcat prints a block device, mapped or read" {
	ours
	need_root
	need losetup
	unset MMTOOLS_IO MMTOOLS_WINDOW
	pattern 3000320 >disk
	truncate -s 3000832 disk
	loop=$(losetup -f --show disk 2>err) || {
		loop=
		skip "no loop device here"
	}
	local io
	for io in auto map read; do
		mm mmcat --io=$io "$loop" >out
		same disk out
		mm mmcat --io=$io "$loop" | cmp - disk
		mm mmcat --io=$io --range=-1000 --range=5000+10 "$loop" >out
		tail -c 1000 disk | cat - <(tail -c +5001 disk | head -c 10) | cmp - out
	done
	mm mmcat --explain --io=map "$loop" >out 2>err
	like "mmcat: $loop: mapped [0-9]+ windows?$nl" err
	{
		dd bs=512 count=1 2>dd.log >passed
		mm mmcat >out
	} <"$loop"
	tail -c +513 disk | cmp - out
}

@test "mmcat is ended by a SIGBUS that somebody sends, also after it has mapped a file" {
	ours
	[ -r /proc/self/maps ] || skip "no /proc here"
	pattern 3000000 >f
	mkfifo pipe
	# it waits for room in the pipe, with the file mapped
	"$bin/mmcat" --io=map -v f >pipe 2>err 3>&- &
	local pid=$! got=0
	exec 8<pipe
	head -c 1 <&8 >one
	eventually grep -q " $PWD/f\$" "/proc/$pid/maps"
	kill -BUS "$pid"
	wait "$pid" || got=$?
	exec 8<&-
	[ "$got" = 135 ]
	is '' err
}
