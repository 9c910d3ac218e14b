# mmcp --changed on regular files: which blocks are written, and which are left alone; what is refused; what is said. Devices,
# faults and kills are in cp_changed.bats.

# Each test is a shell of its own; $bin comes from the helper, "via" is for the words.
# shellcheck disable=SC2002,SC2030,SC2031,SC2034,SC2094,SC2154

bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	via=("$bin/mmcp" --changed)
	pattern 100000 >img
}

# poke FILE OFFSET TEXT: these bytes in its place
poke() {
	printf %s "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# moved [FILE]: the status of the file, with what any write changes
moved() {
	stat -c '%y %z %b %s' "$1"
}

# --- which blocks

@test "only blocks that differ are written, and the target is then as the image" {
	cp img t
	poke t 5000 x
	poke t 8191 yz
	poke t 99999 z
	tells '9.6 KiB of 97.6 KiB written, 2 stretches' img t
	same img t
}

@test "blocks have the size of --block, and begin where the target does" {
	need_strace
	local block want
	for block in 512:'512+512 99840+160' 4096:'0+4096 98304+1696' 16384:'0+16384 98304+1696' 64K:0+100000 64M:0+100000; do
		cp img t
		poke t 1023 x
		poke t 99999 y
		want=${block#*:}
		strace -qq -o log -e trace=pwrite64 "$bin/mmcp" --changed --block="${block%%:*}" img t >out
		same img t
		sed -nE 's/^pwrite64\(.*, ([0-9]+), ([0-9]+)\) += [0-9]+$/\2+\1/p' log >calls
		reads "$want$nl" <(paste -sd' ' calls)
	done
}

@test "with --verify no more than differs is written either, in files of many chunks" {
	head -c 14M /dev/zero | tr '\0' x >big
	cp big t
	poke t 5 y
	poke t 9000000 y
	tells '8 KiB of 14 MiB written, 2 stretches, verified' --verify big t
	same big t
}

@test "where nothing differs nothing is written, not even times, however often" {
	cp img t
	touch -d '2001-02-03 04:05:06.789' t
	before=$(moved t)
	tells '0 B of 97.6 KiB written, 0 stretches' img t
	tells '0 B of 97.6 KiB written, 0 stretches, verified' --verify img t
	[ "$(moved t)" = "$before" ]
}

@test "blocks that differ side by side are one stretch, also where they are not written at once" {
	head -c 1000000 /dev/zero >t
	cp t zeros
	pattern 700000 >middle
	dd if=middle of=t bs=4096 seek=5 conv=notrunc status=none
	tells '684 KiB of 976 KiB written, 1 stretch' zeros t
	same zeros t
	[ "$(stat -c %s t)" = 1000000 ]
}

@test "a hole of the image is zeros: written where the target holds others, and only there" {
	need_holes
	truncate -s 1M holes
	poke holes 500000 data
	head -c 1M /dev/zero >t
	poke t 500000 data
	poke t 300000 old
	poke t 900000 old
	tells '8 KiB of 1 MiB written, 2 stretches' holes t
	same holes t
}

@test "where both have holes nothing is read, and the target keeps its holes" {
	need_holes
	unset MMTOOLS_WINDOW    # window by window it would take long
	truncate -s 200G a
	truncate -s 200G b 2>/dev/null || skip "no files of that size here"
	poke a 150000000000 new
	before=$(stat -c %b b)
	tells '4 KiB of 200 GiB written, 1 stretch' a b
	[ "$(stat -c %b b)" -le $((before + 64)) ]
	[ "$(dd if=b bs=1 skip=150000000000 count=3 status=none)" = new ]
	[ "$(stat -c %s b)" = $((200 << 30)) ]
}

@test "blocks begin where the target does, also behind holes that both have" {
	need_holes
	truncate -s 256K a
	poke a 20480 data
	cp --sparse=always a t
	poke t 30000 old
	poke t 33000 old
	# two of 16 KiB; one, if they were counted from the end of the hole
	tells '32 KiB of 256 KiB written, 1 stretch' --block=16K a t
	same a t
}

@test "a hole of the target is left where the image has zeros, and filled where it has others" {
	need_holes
	head -c 1M /dev/zero >zeros
	poke zeros 70000 x
	truncate -s 1M t
	tells '4 KiB of 1 MiB written, 1 stretch' zeros t
	same zeros t
	[ "$(stat -c %b t)" -lt 200 ]
}

@test "a longer file is cut to the length of the image, a shorter one is extended" {
	cp img t
	pattern 50000 7 >>t
	tells '0 B of 97.6 KiB written, 0 stretches' img t
	same img t
	head -c 50000 img >t
	# the block that holds the old end, and all behind
	tells '49.6 KiB of 97.6 KiB written, 1 stretch' img t
	same img t
	: >t
	tells '97.6 KiB of 97.6 KiB written, 1 stretch' img t
	same img t
	: >empty
	tells '0 B of 0 B written, 0 stretches' empty t
	[ -f t ]
	[ ! -s t ]
	# zeros behind the old end need no block
	head -c 300000 /dev/zero >zeros
	poke zeros 0 x
	echo x | tr -d '\n' >t
	tells '0 B of 292 KiB written, 0 stretches' zeros t
	same zeros t
}

@test "images of all lengths around blocks and pieces, over files of all such lengths" {
	local n k
	for n in 0 1 511 512 513 4095 4096 4097 131071 131072 131073 262145; do
		pattern "$n" >a
		for k in 0 1 4096 4100 131072 262144 300000; do
			pattern "$k" 2 >t
			try 0 a t
			same a t
		done
	done
}

@test "the target stays the file that it is: its inode, mode, owner and other names" {
	cp img t
	poke t 1 x
	chmod 640 t
	ln t other
	ln -s t link
	before=$(stat -c '%i %a %u %g %h' t)
	try 0 img link
	same img t
	same img other
	[ -L link ]
	[ "$(stat -c '%i %a %u %g %h' t)" = "$before" ]
}

# --- where the image comes from

@test "the image may come from standard input, a pipe or a file from where that stands" {
	cp img t
	poke t 70000 x
	cat img | tells '4 KiB of 97.6 KiB written, 1 stretch' - t
	same img t
	poke t 70000 x
	tells '4 KiB of 97.6 KiB written, 1 stretch' - t <img
	same img t
	{
		dd of=/dev/null bs=1000 count=1 status=none
		try 0 - t
	} <img
	tail -c +1001 img | cmp - t
	: >t
	(for i in 1 2 3 4 5 6 7; do echo "piece $i" && sleep 0.01; done) | tee pieces | try 0 - t
	same pieces t
}

@test "a file whose name is a dash is reached by its path" {
	cp img ./-
	echo old >t
	echo stdin | try 0 ./- t
	same img t
	echo old >t
	echo stdin | try 0 - t
	is 'stdin\n' t
}

@test "an empty pipe is no image: the target stays, with status 1" {
	cp img t
	before=$(moved t)
	try 1 - t < <(:)
	is 'mmcp: -: empty\n' err
	is '0 B written, 0 stretches, stopped at offset 0\n' out
	[ "$(moved t)" = "$before" ]
}

@test "--range takes a part of the image for the whole" {
	tail -c +30001 img | head -c 40000 >part
	cp part t
	poke t 20000 x
	tells '4 KiB of 39 KiB written, 1 stretch' --range=30000+40000 img t
	same part t
	echo >t
	try 0 --range=-500 img t
	tail -c 500 img | cmp - t
	cp part t
	before=$(moved t)
	complains 'mmcp: img: range 90000+20000 goes beyond the end at 100000' --range=90000+20000 img t
	[ "$(moved t)" = "$before" ]
	# of a pipe that is known at its end; what there was has been written, and nothing is cut off
	cat img | try 1 --range=90000+20000 - t
	is 'mmcp: -: range 90000+20000 goes beyond the end at 100000\n' err
	[ "$(stat -c %s t)" = 40000 ]
	tail -c +90001 img | cmp -n 10000 - t
}

# --- what is refused

@test "a target that is missing, a folder, a fifo, a character device: refused with the reason" {
	complains 'mmcp: missing: No such file or directory' img missing
	[ ! -e missing ]
	ln -s missing dangling
	complains 'mmcp: dangling: No such file or directory' img dangling
	mkdir d
	complains 'mmcp: d: Is a directory' img d
	mkfifo fifo
	complains 'mmcp: fifo: neither a regular file nor a block device' img fifo
	complains 'mmcp: /dev/null: neither a regular file nor a block device' img /dev/null
	complains "mmcp: 'new'\$'\\n''line': No such file or directory" img $'new\nline'
}

@test "an image that is missing or a folder: refused, and the target stays" {
	cp img t
	before=$(moved t)
	mkdir d
	complains 'mmcp: missing: No such file or directory' missing t
	complains 'mmcp: d: Is a directory' d t
	try 1 /dev/null t
	is 'mmcp: /dev/null: empty\n' err
	[ "$(moved t)" = "$before" ]
}

@test "the image itself is no target, by whatever name" {
	ln img hard
	ln -s img soft
	for t in img ./img hard soft; do
		complains "mmcp: 'img' and '$t' are the same file" img "$t"
	done
	complains "mmcp: '-' and 'img' are the same file" - img <img
	pattern 100000 | cmp - img
}

@test "a target that may not be read, or not be written, stays" {
	[ "$(id -u)" != 0 ] || {
		need setpriv
		setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null || skip "setpriv cannot drop this here"
		via=(setpriv '--bounding-set=-dac_override,-dac_read_search' "${via[@]}")
	}
	echo old >t
	for mode in 200 400 000; do
		chmod $mode t
		complains 'mmcp: t: Permission denied' img t
	done
	chmod 600 t
	is 'old\n' t
	chmod 000 img
	complains 'mmcp: img: Permission denied' img t
	is 'old\n' t
}

@test "options that make no sense with it are refused, in any order" {
	local hint="${nl}Try 'mmcp --help' for more information." option name
	echo old >t
	for option in a/archive d/d H/H l/link L/dereference P/no-dereference D/parents R/recursive r/r s/symbolic-link \
		x/one-file-system b/b i/interactive n/no-clobber F/remove-destination u/update p/p; do
		name=--${option#*/}
		[ ${#name} != 3 ] || name=${name#-}
		complains "mmcp: --changed and $name exclude each other$hint" -"${option%/*}" img t
	done
	via=("$bin/mmcp")
	for option in archive copy-contents parents path recursive keep-directory-symlink strip-trailing-slashes backup suffix=x \
		update=older attributes-only preserve=mode no-preserve=mode reflink sparse=always target-directory=. atomic jobs=2; do
		complains "mmcp: --${option%=*} and --changed exclude each other$hint" "--$option" --changed img t
	done
	is 'old\n' t
}

@test "its own options go with it only, and --retry with --verify" {
	local hint="${nl}Try 'mmcp --help' for more information." option
	echo old >t
	for option in 0 3 511 513 3000 128M 1G; do
		complains "mmcp: --block is a power of two from 512 to 64M$hint" --block="$option" img t
	done
	complains "mmcp: --retry goes with --verify only$hint" --retry=2 img t
	complains "mmcp: missing file operand$hint"
	complains "mmcp: missing destination file operand after 'img'$hint" img
	complains "mmcp: extra operand 'd'$hint" img t d
	via=("$bin/mmcp")
	for option in --block=4K --retry=1 --json; do
		complains "mmcp: --block, --retry and --json go with --changed only$hint" "$option" img t
	done
	is 'old\n' t
}

# --- what is said

@test "--json is one object with what was done" {
	cp img t
	poke t 5000 x
	poke t 50000 x
	tells '{"image":"img","target":"t","size":100000,"compared":100000,"block":512,"written":1024,"stretches":2,"again":0,"bad":0,"complete":true,"verified":false}' \
		--json --block=512 img t
	cp img $'t"\t'
	tells '{"image":"-","target":"t\"\t","size":100000,"compared":100000,"block":4096,"written":0,"stretches":0,"again":0,"bad":0,"complete":true,"verified":true}' \
		--json --verify - $'t"\t' <img
}

@test "--verbose says what goes where, --explain which way the bytes went, --progress how far it is" {
	cp img t
	tells "'img' -> 't'${nl}0 B of 97.6 KiB written, 0 stretches" -v img t
	try 0 -v --json img t
	has '^\{.*\}$' out
	[ "$(wc -l <out)" = 1 ]
	try 0 --explain --io=map img t
	is 'mmcp: t: mapped 1 window\nmmcp: img: mapped 1 window\n' err || has 'mmcp: t: mapped [0-9]+ windows' err
	try 0 --explain --io=read img t
	is 'mmcp: t: read\nmmcp: img: read\n' err || has '^mmcp: t: read' err
	try 0 --progress=always img t
	has '97.6 KiB of 97.6 KiB, 100 %' err
	try 0 --progress=never img t
	is '' err
	# holes count
	truncate -s 40M holes holed
	try 0 --progress=always holes holed
	has '40.0 MiB of 40.0 MiB, 100 %' err
}

@test "a report that cannot be printed is an error, but the bytes are there" {
	[ -e /dev/full ] || skip "no /dev/full"
	echo old >t
	"${via[@]}" img t >/dev/full 2>err && return 1
	has 'No space left on device' err
	same img t
}

@test "--verify, --sync, --no-cache, -f, -T go with it" {
	echo old >t
	tells '97.6 KiB of 97.6 KiB written, 1 stretch, verified' --verify --sync --no-cache --retry=3 -f -T img t
	same img t
	: >t
	cat img | tells '97.6 KiB of 97.6 KiB written, 1 stretch, verified' --verify --block=512 - t
	same img t
}

# --- against a plain reference

# reference OLD NEW BLOCK: how many bytes of NEW lie in blocks that differ from OLD, behind whose end there are zeros, and in how
# many stretches
reference() {
	cp "$1" padded
	truncate -s "$(stat -c %s "$2")" padded
	cmp -l padded "$2" | awk -v block="$3" -v size="$(stat -c %s "$2")" '
		{ b = int(($1 - 1) / block) }
		NR == 1 || b != last {
			if (NR == 1 || b != last + 1) stretches++
			end = (b + 1) * block
			bytes += (end > size ? size : end) - b * block
			last = b
		}
		END { printf "\"written\":%d,\"stretches\":%d", bytes, stretches }'
}

# vary SEED FILE BLOCKS: writes into the file here and there, by dd's operands from an awk of that seed; and holes
vary() {
	local seek count what
	awk -v seed="$1" -v blocks="$3" 'BEGIN {
		srand(seed)
		n = int(rand() * 12)
		for (i = 0; i < n; i++)
			print int(rand() * blocks * 512), 1 + int(rand() * (rand() < 0.3 ? 30000 : 40)), rand() < 0.3 ? "zero" : "random"
	}' | while read -r seek count what; do
		if [ "$what" = zero ]; then
			head -c "$count" /dev/zero
		else
			pattern "$count" "$((seek + 1))"
		fi | dd of="$2" bs=64K oflag=seek_bytes seek="$seek" conv=notrunc iflag=fullblock status=none
	done
}

@test "random images over random files: what is written is what a plain comparison says, and the file is the image" {
	local seed count want block blocks
	count=$(share 60)
	for ((seed = 1; seed <= count; seed++)); do
		blocks=$((50 + seed * 37 % 700))
		block=$((512 << seed % 6))
		rm -f a t
		pattern $((blocks * 512 - seed % 3 * 100)) "$seed" >a
		case $((seed % 4)) in
		0) truncate -s $((blocks * 512)) t ;;
		1) head -c $((blocks * 400)) a >t ;;
		*) cp a t ;;
		esac
		vary "$seed" t "$blocks"
		vary "$((seed + 1000))" a "$blocks"
		case $((seed % 5)) in 3) truncate -s +77777 t ;; 4) truncate -s +300000 a ;; esac
		want=$(reference t a "$block")
		if ((seed % 2)); then
			try 0 --json --block="$block" a t
		else
			cat a | try 0 --json --block="$block" --verify - t
		fi
		same a t || { echo "seed $seed" && return 1; }
		has "$want" out || { echo "seed $seed: $want, not $(cat out)" && return 1; }
	done
}

@test "ordinary users write to files of their own" {
	open_folder mmcp
	cp img "$open/img"
	chmod 644 "$open/img"
	mkdir "$open/theirs"
	head -c 50000 img >"$open/theirs/t"
	chown -R 65534:65534 "$open/theirs"
	user "$open/mmcp" --changed --verify "$open/img" "$open/theirs/t" >out
	is '49.6 KiB of 97.6 KiB written, 1 stretch, verified\n' out
	same img "$open/theirs/t"
	run -1 user "$open/mmcp" --changed "$open/theirs/t" "$open/img"
	[ "$output" = "mmcp: $open/img: Permission denied" ]
}

teardown() {
	[ -z "${open-}" ] || rm -rf "$open"
}

# reaches SIZE: the target has become so long
reaches() {
	[ "$(stat -c %s t)" -ge "$1" ]
}

# shortened AT SIZE: the first AT bytes of an image; once the target has SIZE of them others cut it, and then comes the rest
shortened() {
	head -c "$1" large
	eventually reaches "$2"
	truncate -s 100 t
	tail -c +$(($1 + 1)) large
}

@test "a target that others make shorter meanwhile is not the image, and nobody is told that it is" {
	local options at chunk=131072
	fill x 5M >large
	for options in '' '--verify' '--verify --retry=1 --json'; do
		# in the middle, and before the end, when all but the cut would be there
		for at in 4500000 5242880; do
			: >t
			# shellcheck disable=SC2086 # words
			try 1 $options - t < <(shortened "$at" $((at / chunk * chunk)))
			is 'mmcp: t: shrank meanwhile\n' err
			lacks 'verified$|true' out
			[ "$(stat -c %s t)" = 100 ]
		done
		chunk=4194304
	done
}

@test "the report of a write that failed tells where, and of a stream no size that nobody knows" {
	head -c 8000 /dev/zero | tr '\0' x >new
	printf abcd >t
	(ulimit -f 4 && try 1 new t)
	has '^mmcp: t: cannot be written at offset 4096: File too large$' err
	is '4 KiB of 7.8 KiB written, 1 stretch, stopped at offset 4096\n' out
	printf abcd >t
	(ulimit -f 4 && try 1 - t < <(cat new))
	is '4 KiB written, 1 stretch, stopped at offset 4096\n' out
	printf abcd >t
	(ulimit -f 4 && try 1 --json - t < <(cat new))
	has '"size":null,"compared":4096,' out
}
