# mmtouch --save, --restore and --learn: what was in memory, as text, and back.

# The helper sets $bin and $nl.
# shellcheck disable=SC2154,SC2030,SC2031,SC2034,SC2016
bats_require_minimum_version 1.5.0
load helper
load touch

# The system lets go of pages when it likes, so that a test may have to be made again.
export BATS_TEST_RETRIES=2

@test "mmtouch --save, then -e, then --restore gives the same pages back" {
	mkdir -p d/e
	for n in 1 40 300; do
		paged "d/e/f$n" "$n"
		# shellcheck disable=SC2046 # words
		looked_at "d/e/f$n" $(awk -v n="$n" 'BEGIN { srand(n); for (i = 0; i < 5; i++) print int(rand() * n), 1 + int(rand() * 3) }')
		resident "d/e/f$n"
	done >before
	paged d/none 3
	does --save list d
	try 0 -qe d
	[ "$(resident d/e/f300)" = '' ]
	try 0 --restore list
	has '^[0-9.]+ [KM]iB brought in; ' out
	for n in 1 40 300; do resident "d/e/f$n"; done | diff before -
	[ "$(resident d/none)" = '' ]
	# what is there is not brought in again
	try 0 --json --restore list
	has '"missing":0,"brought_in":0}' out
}

@test "mmtouch --save writes more ranges than any buffer holds" {
	paged f 1000
	# shellcheck disable=SC2046 # words
	looked_at f $(seq -f '%g 1' 0 2 998)
	resident f >before
	does --save list f
	[ "$(wc -c <list)" -gt 5000 ]
	dropped f
	try 0 -q --restore list
	resident f | same before -
}

@test "mmtouch --save writes text that can be read and edited" {
	paged f 20
	looked_at f 2 3 10 1
	does --save list f
	like "# mmtouch: what is in memory${nl}f$nl	size $((20 * page)) modified [0-9]+\.[0-9]{9}$nl	$((2 * page))\+$((3 * page))$nl	$((10 * page))\+$page$nl" list
	tells "$(<list)" --save - f
	dropped f
	printf '# by hand\nf\n    %d+1  # one page\n\t-1\n' $((5 * page)) >list
	try 0 -q --restore list
	[ "$(resident f)" = "5-5 19-19" ]
	dropped f
	# without ranges all of it
	printf '\nf' >list
	try 0 -q --restore - <list
	[ "$(resident f)" = 0-19 ]
}

@test "mmtouch --restore takes back names of any bytes" {
	name=$(printf ' #a\\b\nc\td\377 ')
	paged "$name" 4
	looked_at "$name" 1 2
	does --save list "$name"
	[ "$(wc -l <list)" = 4 ]
	dropped "$name"
	try 0 -q --restore list
	[ "$(resident "$name")" = 1-2 ]
}

@test "mmtouch --restore passes over files that have changed, or are gone, with status 1, and goes on" {
	for f in a b c g; do paged $f 4; looked_at $f 0 2; done
	does --save list a b c g
	head -c "$page" /dev/zero >>a
	touch -d @1000000000 b
	rm c
	for f in a b g; do sync $f; dropped $f; done
	try 1 -q --restore list
	is 'mmtouch: a: has changed since, passed over\nmmtouch: b: has changed since, passed over\nmmtouch: c: No such file or directory\n' err
	[ "$(resident a)" = '' ]
	[ "$(resident g)" = 0-1 ]
	try 1 -q --restore list --force
	is 'mmtouch: c: No such file or directory\n' err
	[ "$(resident a)" = 0-1 ]
	[ "$(resident b)" = 0-1 ]
	# what would wait for a writer, or is no file
	mkfifo p
	printf 'p\n/dev/null\n.\n' >list
	timeout 10 "$bin/mmtouch" -q --restore list 2>err || [ $? = 1 ]
	[ "$(grep -c 'passed over' err)" = 3 ]
}

@test "mmtouch --restore knows files again from before 1970, and from after 2262" {
	for time in -1 -1.5 9300000000; do
		paged f 4
		touch -d "@$time" f
		[ "$(stat -c %Y f)" -lt 0 ] || [ "$(stat -c %Y f)" -gt 9200000000 ] || skip "no such times on this file system"
		looked_at f 1 2
		does --save list f
		dropped f
		try 0 -q --restore list
		[ "$(resident f)" = 1-2 ]
		touch -d @77 f
		try 1 -q --restore list
	done
}

@test "mmtouch --restore refuses a line that it does not know, before it reads anything" {
	paged f 4
	for line in '	5+' '	size 5' '	size 5 modified x' '	1 2' '	size 5 modified 7.5'; do
		printf 'f\n\t0+1\n%s\n' "$line" >list
		complains 'mmtouch: list:3: not OFF+LEN, nor size BYTES modified SECONDS' --restore list
	done
	printf '\t0+1\n' >list
	complains 'mmtouch: list:1: not OFF+LEN, nor size BYTES modified SECONDS' --restore list
	complains 'mmtouch: none: No such file or directory' --restore none
	[ "$(resident f)" = '' ]
	# ranges behind the end are no longer there
	printf 'f\n\t1G+1G\n\t0x7fffffffffffffff+5\n' >list
	try 0 --json --restore list
	has '"wanted":0,' out
}

@test "mmtouch --restore refuses a text with a NUL, and so does -b without -0" {
	paged f 4
	printf 'f\n\0\nno\n' >list
	complains 'mmtouch: list: not a text: it has a NUL' --restore list
	complains 'mmtouch: list: not a text: it has a NUL' -b list
	[ "$(resident f)" = '' ]
	printf 'f\n\0' >list
	complains 'mmtouch: list: not a text: it has a NUL' -b list
}

@test "mmtouch --restore opens no device that is no block device" {
	need_strace
	paged f 2
	printf '/dev/zero\nf\n' >list
	try=0
	strace -o trace -e trace=openat "$MMTOOLS" mmtouch -q --restore list 2>err || try=$?
	[ $try = 1 ]
	lacks /dev/zero trace
	is 'mmtouch: /dev/zero: neither a file nor a block device, passed over\n' err
	[ "$(resident f)" = 0-1 ]
}

@test "mmtouch --restore says of another user's file that nothing is known, and brings it in" {
	open_folder mmtouch
	cd "$open"
	paged f 4
	printf 'f\n\t0+1\n\t%d+1\n' $((2 * page)) >list
	looked_at f 0 1
	via=(setpriv --reuid=65534 --regid=65534 --clear-groups ./mmtouch)
	try 1 --json --restore list
	has '^mmtouch: 1 file is unknown: ' err
	has "\"wanted\":$((2 * page)),\"missing\":0," out
	[ "$(resident f)" = "0-0 2-2" ]
}

@test "mmtouch --restore keeps within a budget, and says so" {
	paged f 20
	printf 'f\n' >list
	try 1 --json --restore list --budget $((7 * page + 5))
	has "\"brought_in\":$((7 * page))}" out
	is 'mmtouch: the budget is used up: the rest stays away\n' err
	[ "$(resident f)" = 0-6 ]
	dropped f
	try 1 -qt --budget $((3 * page)) f
	[ "$(resident f)" = 0-2 ]
}

@test "mmtouch --restore ends where no memory is free, and leaves that to others" {
	need_strace
	paged f 20
	printf 'f\n' >list
	[ "$(head -c 6 "$MMTOOLS" | tail -c 2)" = $'\2\1' ] || skip "made for 64 bits, little-endian"
	# behind uptime and loads: of 1 GiB nothing is free
	via=(strace -o trace -e trace=sysinfo -e "inject=sysinfo:poke_exit=@arg1=$(fill 0 64)0000004000000000$(fill 0 16)")
	"${via[@]}" true 2>err || skip "strace cannot do that here"
	via+=("$MMTOOLS" mmtouch)
	try 1 --json --restore list
	is "{\"wanted\":$((20 * page)),\"missing\":$((20 * page)),\"brought_in\":0}\n" out
	is 'mmtouch: memory is used up: the rest stays away\n' err
	# what is asked for by name is not held back
	try 0 -qt f
	[ "$(resident f)" = 0-19 ]
}

@test "mmtouch --restore says how much was wanted, was missing, and came" {
	paged f 20
	looked_at f 2 3
	[ "$page" = 4096 ] || skip "pages of another size"
	printf 'f\n\t4096+32768\n' >list
	shows '20.0 KiB brought in; 32.0 KiB were wanted, 20.0 KiB were missing\n' --restore list
}

@test "mmtouch --restore keeps to a rate" {
	paged f 40
	printf 'f\n' >list
	start=$(date +%s%N)
	try 0 --restore list --rate $((40 * page)) --progress=always
	[ $(($(date +%s%N) - start)) -gt 900000000 ]
	has '100 %' err
	[ "$(resident f)" = 0-39 ]
}

@test "mmtouch keeps to a rate whatever signals it gets" {
	paged f 200
	start -t --progress=always --rate "$page" f
	eventually test -s got.err
	for i in {1..40}; do
		kill -USR1 "$pid"
		sleep 0.01
	done
	last=$(resident f)
	[ "${last#0-}" -lt 30 ]
	kill "$pid"
	refuses "mmtouch: invalid number '0' for '--rate': 1 or more${nl}Try 'mmtouch --help' for more information." -t --rate=0 f
	refuses "mmtouch: invalid number '0' for '--budget': 1 or more${nl}Try 'mmtouch --help' for more information." -t --budget=0 f
}

@test "mmtouch --restore reads in the order in which the pieces lie on their device" {
	need_strace
	need filefrag
	for f in a b c; do paged $f 8; done
	filefrag -v a >out 2>&1 && grep -q '^ *0:' out || skip "the file system does not tell where files lie"
	for f in c a b; do
		echo "$(filefrag -v $f | sed -n 's/^ *0: *0\.\. *[0-9]*: *\([0-9]*\)\.\..*/\1/p') $f"
	done | sort -n | cut -d' ' -f2 >want
	printf 'c\nb\na\n' >list
	strace -o trace -e trace=openat,pread64 "$MMTOOLS" mmtouch -q --restore list
	sed -n 's/^openat(AT_FDCWD, "\([abc]\)".*/\1/p; s/^pread64.*/read/p' trace | awk '/read/ { if (last) print last; next } { last = $0 }' | same want -
}

@test "mmtouch --learn notes what a command brings in, and ends with its status" {
	mkdir d x
	for f in d/a d/b d/c x/o; do paged $f 9; done
	looked_at d/a 2 3
	try 3 --learn list --below d -- sh -c 'cat d/a x/o >/dev/null; dd if=d/b count=1 bs=1 status=none; exit 3' 
	mm mmtouch -qe d x
	try 0 -q --restore list
	[ "$(resident d/a)" = "0-1 5-8" ]
	[[ "$(resident d/b)" == 0-* ]]
	[ "$(resident d/c)" = '' ]
	[ "$(resident x/o)" = '' ]
	rm list
	fails 127 'mmtouch: nonono: No such file or directory' --learn list --below d nonono
	[ ! -e list ]
}

@test "mmtouch --learn notes once what came in before something that was there" {
	mkdir d
	paged d/a 9
	looked_at d/a 4 1
	export -f dropped looked_at
	does --learn list --below d -- bash -c 'dropped d/a && looked_at d/a 3 1'
	[ "$(grep -c "$((3 * page))+$page" list)" = 1 ]
}

@test "mmtouch --as writes for image builders" {
	mkdir -p 'd/e f'
	paged 'd/e f/g' 2
	paged d/h 2
	paged d/i 2
	looked_at 'd/e f/g' 0 1
	looked_at d/h 0 2
	mm mmtouch --save - --as list d | LC_ALL=C sort >out
	is 'd/e f/g\nd/h\n' out
	mm mmtouch --save - --as squashfs-sort d | sed 's/ 3276[67]$//' | LC_ALL=C sort >out
	reads "e\\ f/g${nl}h$nl" out
	mm mmtouch --save - --as squashfs-sort d/ | sed 's/.* //' >out
	is '32767\n32766\n' out
	mm mmtouch --save - --as squashfs-sort d/h >out
	is 'h 32767\n' out
	# names as these readers take them
	name=$(printf '#a\tb\\c\001')
	cp d/h "$name"
	mm mmtouch --save - --as list "$name" >out
	reads "$name$nl" out
	mm mmtouch --save list --as list "$name"
	mm mmtouch --json -b list >out
	has '"files":1,' out
	mm mmtouch --save - --as squashfs-sort "$name" >out
	reads "$(printf '\\#a\\\tb\\\\c\001 32767')$nl" out
	# of two lines there is no way to say
	cp d/h "a${nl}b"
	for as in list squashfs-sort; do
		complains "mmtouch: 'a'\$'\\n''b': a name of two lines, left out" --save - --as $as "a${nl}b"
	done
	need mksquashfs
	mm mmtouch --save sort --as squashfs-sort d
	mksquashfs d image -sort sort -quiet -no-progress >out
}

@test "mmtouch --save as another user says what it cannot know, and a full disk loses no list" {
	paged f 2
	looked_at f 0 2
	echo old >list
	try 1 --save /dev/full f
	is 'mmtouch: /dev/full: No space left on device\n' err
	open_folder mmtouch
	(cd "$open" && paged f 2 && looked_at f 0 2)
	try=0
	user "$open/mmtouch" --save - "$open/f" >out 2>err || try=$?
	[ $try = 1 ]
	is '# mmtouch: what is in memory\n' out
	has '1 file is unknown' err
}

@test "mmtouch refuses what --learn and --restore cannot use" {
	hint="Try 'mmtouch --help' for more information."
	refuses "mmtouch: --learn asks for a command, and for --below=FOLDER$nl$hint" --learn list true
	refuses "mmtouch: --learn asks for a command, and for --below=FOLDER$nl$hint" --learn list --below .
	refuses "mmtouch: extra operand 'f'$nl$hint" --restore list f
	for option in '-b list' '-p 4K' '--range=4K' '-i x' '-I x'; do
		# shellcheck disable=SC2086 # words
		refuses "mmtouch: --restore takes all from its file, and no -b, -i, -I, -p or --range$nl$hint" --restore list $option
	done
	refuses "mmtouch: --learn takes no -b, -p or --range$nl$hint" --learn list --below . -p 4K true
	refuses "mmtouch: --save and --restore exclude each other$nl$hint" --save a --restore b
}
