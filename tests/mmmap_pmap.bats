# mmmap as pmap: what procps' pmap prints, proved against the host's with PEER=host, and compared with it where it is there.

# shellcheck disable=SC2034,SC2154 # the helper sets $bin and $nl
bats_require_minimum_version 1.5.0
load helper
load map

setup() {
	[ -r /proc/self/smaps ] || skip "no smaps on this machine"
	cd "$BATS_TEST_TMPDIR" || return
	via=(classic pmap)
}

# like_host ARG...: the host's pmap of procps prints the same, but for the command in the first line if $but_first is set. How
# much of a library is ours changes with each process that ends: in the last of some tries its lines and sums do not count,
# nor the width of columns.
like_host() {
	local i
	for ((i = 0; i < 10; i++)); do
		command -p pmap "$@" | sed "${but_first:-}" >want
		mm pmap "$@" | sed "${but_first:-}" >got
		if cmp -s want got; then return 0; fi
	done
	sed -i '/lib\|ld-\|LC_\|gconv\|locale\| KB *$\|===/d; s/  */ /g' want got
	echo "pmap $*"
	diff want got
}

need_procps() {
	ours
	command -p pmap -V 2>/dev/null | grep -q procps || skip "no pmap of procps on this machine"
	need_words_of pmap      # addresses are as wide
}

@test "pmap: a line for each mapping: address, size, rights, name; and the sum" {
	known
	try 0 "$pid"
	[ "$(head -n 1 out)" = "$pid:   ./known 1000" ]
	awk '/^[0-9a-f]+-/ { split($1, at, "-"); print at[1], substr($2, 1, 3) (substr($2, 4) == "s" ? "s" : "-") "-" }' "/proc/$pid/maps" >want
	sed '1d; $d' out | awk '{ sub(/^0+/, "", $1); print $1, $3 }' | same want -
	[ "$(awk '/^ total/ { print $2 }' out)" = "$(held Size "$pid")K" ]
	has '^[0-9a-f]{8,16} +[0-9]+K r-x-- known$' out
	has '^[0-9a-f]{8,16} +[0-9]+K rw---   \[ stack \]$' out
}

@test "pmap -x: resident and dirty KiB, and their sums" {
	known
	try 0 -x "$pid"
	[ "$(awk '/^total/ { print $3, $4, $5 }' out)" = "$(held Size "$pid") $(held Rss "$pid") $(($(held Private_Dirty "$pid") + $(held Shared_Dirty "$pid")))" ]
}

@test "pmap -d: offsets and devices; what is writable and private, what is shared" {
	known
	try 0 -d "$pid"
	has '^mapped: [0-9]+K    writeable/private: [0-9]+K    shared: [0-9]+K$' out
	has '^[0-9a-f]{8,16} +[0-9]+ r-x-- [0-9a-f]{16} [0-9a-f]{3}:[0-9a-f]{5} known$' out
}

@test "pmap: a process that is not there makes the status 42, and the others are shown" {
	known
	try 42 4194304 "$pid"
	has known out
	try 42 "$pid" 4194304
	try 42 4194304
	try 1 x
	try 1
}

@test "pmap prints what the host's prints, with each option" {
	need_procps
	known
	for how in '' -x -d -X -XX -q -qx -qd -qX -qXX -p -px -pd -pX '-A 0,ffffffff' '-A 7f0000000000,7fffffffffff' '-d -A 7f0000000000' \
		'-A 0,0' '-x -A 0,0' '-d -A 0,0' '-q -A 0,0'; do
		# shellcheck disable=SC2086 # none, one, or two words
		like_host $how "$pid"
	done
	like_host -q "$pid" "$$"
	like_host "/proc/$pid"
}

@test "pmap -A: from LOW to HIGH inclusive, either perhaps left out; LOW alone is a place" {
	known
	try 0 "$pid"
	mv out all
	read -r a b < <(sed -n '3,4{s/ .*//;p}' all | paste -s -d ' ')
	while read -r range first count; do
		try 0 -A "${range#.}" "$pid"
		[ "$(sed -n '2s/ .*//p' out)" = "$first" ] || { echo "$range"; cat out; false; }
		[ "$(wc -l <out)" = $((count + 2)) ] || { echo "$range"; cat out; false; }
	done <<-END
		$a $a 1
		0x$a $a 1
		$a,$a $a 1
		$a,$b $a 2
		$a,$(printf %x $((0x$b - 1))) $a 1
		$(printf %x $((0x$b - 1))) $a 1
		$b, $b $(($(wc -l <all) - 4))
		,$a $(sed -n '2s/ .*//p' all) 2
		. $(sed -n '2s/ .*//p' all) $(($(wc -l <all) - 2))
		, $(sed -n '2s/ .*//p' all) $(($(wc -l <all) - 2))
	END
	try 0 -A "$b,$(printf %x $((0x$a - 1)))" "$pid"
	[ "$(wc -l <out)" = 2 ]
	for range in x "$a-$b" "$a,x" "$a,$b," "$a "; do
		fails 1 "pmap: failed to parse argument: '$range'" -A "$range" "$pid"
	done
}

@test "pmap prints what the host's prints of names that no terminal should see" {
	need_procps
	known $'a\nb\033[31m\302\233 (deleted)'
	but_first=1d
	like_host "$pid"
	like_host -p "$pid"
	rm a*
	like_host "$pid"
	like_host -px "$pid"
}

@test "pmap prints what the host's prints of a kernel thread" {
	need_procps
	[ -r /proc/2/maps ] && [ ! -s /proc/2/maps ] && [ ! -s /proc/2/cmdline ] || skip "process 2 is no kernel thread here"
	for how in '' -x -d -X -q; do
		# shellcheck disable=SC2086 # none or one word
		like_host $how 2
	done
}

@test "pmap prints what the host's prints of a process that nobody has waited for" {
	need_procps
	zombie
	for how in '' -x -X -q; do
		# shellcheck disable=SC2086 # none or one word
		like_host $how "$(<ended)"
	done
}

@test "pmap: another user's process is refused, and said so" {
	ours
	open_folder pmap
	known
	run -1 --separate-stderr user "$open/pmap" "$pid"
	rm -rf "$open"
	[ "$stderr" = "pmap: $pid: Permission denied" ]
}

@test "pmap -k has the kernel's names of what is no file" {
	ours
	known
	try 0 -k "$pid"
	has ' \[stack\]$' out
}

@test "pmap -N makes a file of fields, -C shows those that it names" {
	known
	try 0 -N rc
	has '^#Rss$' rc
	sed -i 's/^#\(Perm\|Rss\|Mapping\)$/\1/' rc
	try 0 -C rc "$pid"
	[ "$(sed -n 2p out)" = '         Address Perm  Rss Mapping' ] || [ "$(sed -n 2p out | tr -s ' ')" = ' Address Perm Rss Mapping' ]
	has 'r-xp +[0-9]+ known$' out
	sed -i 's/^#ShowPath$/ShowPath/' rc
	try 0 -C rc "$pid"
	has "r-xp +[0-9]+ $PWD/known$" out
	try 1 -C nosuch "$pid"
	HOME=$PWD try 0 -n
	sed 's/^#Perm$/Perm/' .pmaprc >changed
	cat changed >.pmaprc
	HOME=$PWD try 0 -c "$pid"
	[ "$(sed -n 2p out | tr -s ' ')" = ' Address Perm ' ] || [ "$(sed -n 2p out | tr -s ' ')" = ' Address Perm' ]
}

@test "pmap -C prints what the host's prints of files of fields: each word in its section" {
	need_procps
	known
	while read -r text; do
		printf %b "$text" >rc
		# what is wrong there it says on standard error, and goes on
		like_host -C rc "$pid" 2>/dev/null
	done <<-'END'
		[Fields Display]\nPerm\nMapping\n
		[Fields Display]\nPerm\nMapping\n[Mapping]\nShowPath\n
		[Fields Display]\nMapping\nShowPath\n
		[Fields Display]\nSize\n[Mapping]\nPerm\nShowPath\n
		Size\n[Fields Display]\nPerm\n
		  [Fields Display]\n\tSize  # of it\n#Perm\n
		[Fields Display]\nSize Perm\n
		[Fields Display] x\nSize\n
		[Mapping]\nMapping\n[Other]\nSize\n
		[Fields Display]\nsize\nAddress\n
	END
}

@test "pmap: formats exclude each other" {
	try 1 -x -d 1
	try 1 -X -x 1
}
