# What mmcp adds to cp: --atomic, --sync, --verify, --progress, --range, --jobs, --no-cache, --explain; and how it
# fares under fire: sparse and big files, files that are none, sources that change, disks that fill, calls that fail.
# What needs power cuts, bad sectors and kills in numbers is in faults/.

# Each test is a shell of its own; $options is none, one or more words; $bin comes from the helper.
# shellcheck disable=SC2002,SC2030,SC2031,SC2086,SC2094,SC2154

bats_require_minimum_version 1.5.0
load helper
load faults/rig

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

# One line of stderr for each thing that is said
say() {
	[ "$(cat said)" = "$*" ] || {
		echo "said: $(cat said)"
		return 1
	}
}

# A command that may not do what only root may: read and write what its mode forbids
unprivileged() {
	if [ "$(id -u)" = 0 ]; then
		need setpriv
		setpriv --bounding-set=-dac_override,-dac_read_search true 2>/dev/null || skip "setpriv cannot drop this here"
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}

# An old target and a new source, in a folder of its own that shows what else is made
old_and_new() {
	mkdir -p w
	echo old content >w/target
	pattern "${1:-200000}" >new
	cp w/target old
}

only_target() {
	[ "$(ls -A w)" = target ] || {
		ls -la w
		return 1
	}
}

# feed FIFO COUNT: so many bytes into a fifo that is open as 5. When they are in, all but the last 64 KiB are read.
feed() {
	head -c "$1" /dev/zero | timeout 20 cat >&5
}

# ---- --atomic

@test "mmcp --atomic replaces the target and leaves nothing beside it" {
	ours
	old_and_new
	run -0 mm mmcp --atomic new w/target
	[ -z "$output" ]
	cmp new w/target
	only_target
}

@test "mmcp --atomic makes a new file: whoever had the old one open keeps it" {
	ours
	old_and_new
	exec 5<w/target
	mm mmcp --atomic new w/target
	cmp new w/target
	cat <&5 | cmp - old
	exec 5<&-
}

@test "mmcp --atomic to a new name takes the source's mode less the umask" {
	ours
	old_and_new
	rm w/target
	chmod 777 new
	(umask 027 && mm mmcp --atomic new w/target)
	cmp new w/target
	[ "$(stat -c %a w/target)" = 750 ]
	only_target
}

@test "mmcp --atomic keeps the target's mode but for set-ID bits, whatever the source's and the umask" {
	local mode
	ours
	old_and_new
	chmod 755 new
	for mode in 600 640 444 777 1777; do
		chmod "$mode" w/target
		(umask 077 && mm mmcp --atomic -f new w/target)
		[ "$(stat -c %a w/target)" = "$mode" ]
	done
	for mode in 4711 2755 6644; do
		chmod "$mode" w/target
		(umask 077 && mm mmcp --atomic -f new w/target)
		[ "$(stat -c %a w/target)" = "${mode:1}" ]
	done
	cmp new w/target
}

@test "mmcp --atomic keeps the target's owner, but gives its new bytes no set-ID bits that nobody asked for" {
	ours
	need_root
	old_and_new
	chown 12:34 w/target
	chmod 6755 w/target
	mm mmcp --atomic new w/target
	cmp new w/target
	[ "$(stat -c '%u %g %a' w/target)" = '12 34 755' ]
	chown 56:78 new
	chmod 6711 new
	mm mmcp --atomic -p new w/target
	[ "$(stat -c '%u %g %a' w/target)" = '56 78 6711' ]
}

@test "mmcp --atomic keeps the target's extended attributes, not the source's" {
	ours
	need setfattr
	old_and_new
	setfattr -n user.color -v blue w/target 2>/dev/null || skip "no extended attributes here"
	setfattr -n user.shape -v round w/target
	setfattr -n user.size -v huge new
	getfattr -d -m - w/target >before
	mm mmcp --atomic new w/target
	cmp new w/target
	getfattr -d -m - w/target >after
	cmp before after
}

@test "mmcp --atomic keeps the target's access list, not the source's" {
	ours
	need setfacl
	old_and_new
	setfacl -m u:7:rw,g:8:r w/target 2>/dev/null || skip "no access lists here"
	setfacl -m u:9:rwx new
	getfacl -nc w/target >before
	mm mmcp --atomic new w/target
	cmp new w/target
	getfacl -nc w/target >after
	cmp before after
}

@test "mmcp --atomic gives the target no access list that only its folder proposes" {
	ours
	need setfacl
	old_and_new
	chmod 640 w/target
	setfacl -d -m u:7:rwx,g:8:rwx w 2>/dev/null || skip "no access lists here"
	getfacl -nc w/target >before
	mm mmcp --atomic new w/target
	getfacl -nc w/target >after
	cmp before after
}

@test "mmcp --atomic to a new name follows the folder's proposed access list as a plain copy does" {
	ours
	need setfacl
	old_and_new
	setfacl -d -m u:7:rwx,g:8:r w 2>/dev/null || skip "no access lists here"
	command -p cp new w/plain
	mm mmcp --atomic new w/fresh
	getfacl -nc w/plain >plain
	getfacl -nc w/fresh >fresh
	cmp plain fresh
}

@test "mmcp --atomic -p takes the source's mode and times instead" {
	ours
	old_and_new
	chmod 604 new
	touch -d '2001-02-03 04:05:06.789' new
	chmod 640 w/target
	mm mmcp --atomic -p new w/target
	cmp new w/target
	[ "$(stat -c '%a %y' w/target)" = "$(stat -c '%a %y' new)" ]
}

@test "mmcp --atomic keeps the mode when the target may not be written by its owner, given -f" {
	ours
	old_and_new
	chmod 444 w/target
	run -1 unprivileged "$bin/mmcp" --atomic new w/target
	cmp old w/target
	only_target
	unprivileged "$bin/mmcp" --atomic -f new w/target
	cmp new w/target
	only_target
}

@test "mmcp --atomic through a symlink replaces the file behind it, and the link stays" {
	ours
	old_and_new
	mkdir links
	ln -s ../w/target links/one
	ln -s one links/two
	mm mmcp --atomic new links/two
	cmp new w/target
	[ "$(readlink links/two)" = one ]
	[ "$(readlink links/one)" = ../w/target ]
	[ "$(find links w -type f)" = w/target ]
}

@test "mmcp --atomic through an absolute symlink, and one to another file system" {
	local far
	ours
	old_and_new
	ln -s "$PWD/w/target" absolute
	mm mmcp --atomic new absolute
	cmp new w/target
	[ -L absolute ]
	if [ ! -w /dev/shm ] || [ "$(stat -c %d /dev/shm)" = "$(stat -c %d .)" ]; then skip "no second file system here"; fi
	far=$(mktemp -d /dev/shm/mmtools-XXXXXX)
	cp old "$far/target"
	ln -s "$far/target" far
	run mm mmcp --atomic new far
	cp "$far/target" seen
	ls -A "$far" >names
	rm -r "$far"
	[ "$status" = 0 ]
	cmp new seen
	[ "$(cat names)" = target ]
	[ -L far ]
}

@test "mmcp --atomic through a symlink needs to write in the folder of the file alone" {
	ours
	old_and_new
	mkdir links
	ln -s ../w/target links/link
	chmod 555 links
	unprivileged "$bin/mmcp" --atomic new links/link
	chmod 755 links
	cmp new w/target
}

@test "mmcp --atomic to a dangling symlink or a circle of them leaves the link as it is" {
	ours
	old_and_new
	rm w/target
	ln -s nowhere w/target
	run mm mmcp --atomic new w/target
	[ "$(readlink w/target)" = nowhere ]
	ln -s round w/round
	run -1 mm mmcp --atomic new w/round
	[ -n "$output" ]
	[ "$(readlink w/round)" = round ]
	[ -z "$(temporary w)" ]
}

@test "mmcp --atomic breaks hard links by design: the other name keeps the old file" {
	ours
	old_and_new
	ln w/target other
	mm mmcp --atomic new w/target
	cmp new w/target
	cmp old other
	[ "$(stat -c %h w/target)" = 1 ]
}

@test "mmcp --atomic to a name as long as names may be" {
	local name
	ours
	old_and_new
	for name in "$(printf '%0255d' 7)" "$(printf '%0240d' 7)" "$(printf 'ä%.0s' {1..127})x" .; do
		[ "$name" != . ] || name=$(printf '.%0254d' 7)
		cp old "w/$name" 2>/dev/null || skip "names of 255 bytes are too long here"
		mm mmcp --atomic new "w/$name"
		cmp new "w/$name"
		rm "w/$name"
		mm mmcp --atomic --sync new "w/$name"
		cmp new "w/$name"
		rm "w/$name"
		only_target
	done
}

@test "mmcp --atomic takes any name for a name" {
	local name
	ours
	old_and_new
	rm w/target
	for name in -x '--atomic' 'with space' $'new\nline' $'end\n' '~' '.hidden' '*' '%s%n' '.x.mmtmp-000000'; do
		cp -- old "w/$name"
		mm mmcp --atomic new "w/$name"
		cmp new "w/$name"
		(cd w && mm mmcp --atomic -- ../old "$name")
		cmp old "w/$name"
		rm "w/$name"
		[ -z "$(ls -A w)" ]
	done
}

@test "mmcp --atomic refuses a target that is not a regular file" {
	ours
	old_and_new
	mkfifo w/fifo
	run -1 mm mmcp --atomic new w/fifo
	[ "$output" = "mmcp: cannot replace 'w/fifo' atomically: not a regular file" ]
	[ -p w/fifo ]
	run -1 mm mmcp --atomic new /dev/null
	[ "$output" = "mmcp: cannot replace '/dev/null' atomically: not a regular file" ]
	[ -c /dev/null ]
	ln -s fifo w/link
	run -1 mm mmcp --atomic new w/link
	[ "$output" = "mmcp: cannot replace 'w/link' atomically: not a regular file" ]
	[ -L w/link ]
	[ -z "$(temporary w)" ]
}

@test "mmcp --atomic into a folder, of several files, of a tree" {
	ours
	old_and_new
	mm mmcp --atomic new old w
	cmp new w/new
	cmp old w/old
	mkdir -p tree/sub
	cp new tree/sub/a
	ln tree/sub/a tree/b
	ln -s sub/a tree/link
	mkfifo tree/fifo
	mm mmcp -a --atomic tree w
	diff -r --no-dereference tree w/tree 2>&1 | grep -v 'is a fifo' | diff - /dev/null
	echo changed >tree/sub/a
	mm mmcp -a --atomic --sync tree/. w/tree
	[ "$(cat w/tree/sub/a)" = changed ]
	[ -L w/tree/link ]
	[ -p w/tree/fifo ]
	[ -z "$(temporary w)" ]
}

@test "mmcp --atomic with -n, -u, -i and -b does what those say" {
	ours
	old_and_new
	mm mmcp --atomic -n new w/target
	cmp old w/target
	touch -d '2001-01-01' new
	mm mmcp --atomic -u new w/target
	cmp old w/target
	mm mmcp --atomic -i new w/target <<<n || :
	cmp old w/target
	mm mmcp --atomic -i new w/target <<<y
	cmp new w/target
	mm mmcp --atomic -b old w/target
	cmp old w/target
	cmp new w/target~
	[ "$(find w -type f | sort)" = $'w/target\nw/target~' ]
}

@test "mmcp --atomic of an empty file, over one, and to a new name" {
	ours
	old_and_new
	: >empty
	mm mmcp --atomic empty w/target
	cmp empty w/target
	mm mmcp --atomic new w/target
	cmp new w/target
	rm w/target
	mm mmcp --atomic --sync --verify empty w/target
	cmp empty w/target
	only_target
}

@test "mmcp --atomic refuses a file onto itself by any route" {
	local route
	ours
	old_and_new
	ln w/target hard
	ln -s w/target soft
	mkdir sub
	for route in w/target ./w/target w/../w/target hard soft "$PWD/w/target" /proc/self/cwd/w/target; do
		[ -e "$route" ] || continue
		run -1 mm mmcp --atomic "$route" w/target
		[[ $output == *"are the same file" ]]
		run -1 mm mmcp --atomic --sync w/target "$route"
		cmp old w/target
	done
	cmp old hard
}

@test "mmcp --atomic to a folder that may not be written says so and changes nothing" {
	ours
	old_and_new
	chmod 555 w
	run -1 unprivileged "$bin/mmcp" --atomic new w/target
	chmod 755 w
	[[ $output == "mmcp: "*"w/target"*": Permission denied" ]]
	cmp old w/target
	only_target
}

# half_copied OPTION...: a copy of a fifo to w/target that is under way; its id is in $copying
half_copied() {
	local -a plain_signals=()
	mkfifo fifo
	# What the shell starts in the background ignores SIGINT; --default-signal undoes that.
	if env --default-signal=INT true 2>/dev/null; then plain_signals=(env --default-signal=INT); fi
	exec 5<>fifo
	"${plain_signals[@]}" "$bin/mmcp" "$@" fifo w/target 2>said 3>&- 5>&- &
	copying=$!
	feed 300000
}

@test "mmcp --atomic writes beside the target, under a name that tells what it is, for no other eyes" {
	local -a temp
	ours
	old_and_new
	half_copied --atomic
	cmp old w/target
	mapfile -t temp < <(temporary w)
	[ ${#temp[@]} = 1 ]
	[[ ${temp[0]} =~ ^w/\.target\.mmtmp-[0-9A-Za-z]{6}$ ]]
	[ "$(stat -c %a "${temp[0]}")" = 600 ]
	exec 5>&-
	wait "$copying"
	head -c 300000 /dev/zero | cmp - w/target
	only_target
}

@test "mmcp --atomic takes its temporary file away when a signal ends it, and dies of that signal" {
	local signal status
	ours
	old_and_new
	for signal in INT TERM HUP; do
		[ "$signal" != INT ] || env --default-signal=INT true 2>/dev/null || continue
		half_copied --atomic
		[ -n "$(temporary w)" ]
		kill -"$signal" "$copying"
		status=0
		wait "$copying" || status=$?
		exec 5>&-
		[ "$status" = $((128 + $(kill -l "$signal"))) ]
		cmp old w/target
		only_target
		rm fifo
	done
}

@test "mmcp to a new name takes the unfinished file away when a signal ends it" {
	local status=0
	ours
	old_and_new
	rm w/target
	half_copied --sync
	[ -e w/target ]
	kill -TERM "$copying"
	wait "$copying" || status=$?
	exec 5>&-
	[ "$status" = 143 ]
	[ -z "$(ls -A w)" ]
}

@test "mmcp leaves signals ignored that were ignored" {
	ours
	old_and_new
	mkfifo fifo
	exec 5<>fifo
	(
		trap '' HUP
		exec "$bin/mmcp" --atomic fifo w/target 3>&- 5>&-
	) &
	copying=$!
	feed 300000
	kill -HUP "$copying"
	feed 300000
	exec 5>&-
	wait "$copying"
	[ "$(stat -c %s w/target)" = 600000 ]
	only_target
}

@test "mmcp --atomic takes its temporary file away when the source fails" {
	ours
	old_and_new
	mkdir folder
	run -1 mm mmcp --atomic folder w/target
	run -1 mm mmcp --atomic missing w/target
	# what opens and then cannot be read
	[ ! -e /proc/self/mem ] || run -1 mm mmcp --atomic /proc/self/mem w/target
	cmp old w/target
	only_target
}

# ---- --sync

@test "mmcp --sync copies to files, pipes, fifos and devices" {
	ours
	old_and_new
	mm mmcp --sync new w/target
	cmp new w/target
	mm mmcp --sync new w/fresh
	cmp new w/fresh
	mm mmcp --sync new /dev/stdout | cmp new -
	mm mmcp --sync new /dev/null
	mkfifo fifo
	cat fifo >seen 3>&- &
	mm mmcp --sync new fifo
	wait $!
	cmp new seen
}

@test "mmcp --sync syncs each file that it copies, and each folder that it has put something in" {
	ours
	need_strace
	mkdir -p tree/sub
	pattern 20000 >tree/a
	echo b >tree/sub/b
	strace -f -qq -y -o log -e trace=fsync,fdatasync "$bin/mmcp" -r --sync tree copy
	grep -v '= 0$' log | diff - /dev/null
	for name in copy/a copy/sub/b copy/sub copy ''; do
		grep -qF "<$PWD${name:+/}$name>" log || {
			echo "never synced: ${name:-the folder of the copy}"
			return 1
		}
	done
}

# ---- --verify

@test "mmcp --verify is quiet about good copies of all kinds" {
	ours
	old_and_new
	: >empty
	echo x >small
	truncate -s 3M sparse
	echo end >>sparse
	mkdir tree
	cp new small sparse empty tree
	for name in new empty small sparse; do
		run -0 mm mmcp --verify "$name" w/copy
		[ -z "$output" ]
		cmp "$name" w/copy
		run -0 mm mmcp --verify --atomic --sync "$name" w/copy2
		[ -z "$output" ]
		cmp "$name" w/copy2
	done
	run -0 mm mmcp --verify -r tree w
	[ -z "$output" ]
	diff -r tree w/tree
	run -0 mm mmcp --verify --range=5000+100000 new w/part
	[ -z "$output" ]
	tail -c +5001 new | head -c 100000 | cmp - w/part
	run -0 mm mmcp --verify --sparse=always new w/copy3
	[ -z "$output" ]
}

@test "mmcp --verify of what can be read only once does not call it different" {
	ours
	pattern 100000 >new
	mkfifo fifo
	cat new >fifo 3>&- &
	run mm mmcp --verify fifo copy
	wait $!
	[[ $output != *differs* ]]
	cmp new copy
}

# Stopped when the first bytes are written, so that they can be spoilt behind its back
@test "mmcp --verify finds a copy that differs, names the offset, and says it with status 1" {
	ours
	need_strace
	pattern 3500000 >a
	stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --verify --reflink=never a b
	printf '\377' | dd of=b bs=1 seek=1234 conv=notrunc status=none
	resume 2>/dev/null
	[ "$status" = 1 ]
	mm mmcp a b
	stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --verify --reflink=never a b 2>said
	printf '\377' | dd of=b bs=1 seek=1234 conv=notrunc status=none
	resume
	[ "$status" = 1 ]
	grep -qxF "mmcp: 'b' differs from 'a' at offset 1234" said
}

@test "mmcp --verify --atomic leaves the old file when the copy differs" {
	local temp
	ours
	need_strace
	old_and_new 3500000
	stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --verify --atomic --reflink=never new w/target 2>said
	temp=$(temporary w)
	printf '\377' | dd of="$temp" bs=1 seek=1000 conv=notrunc status=none
	resume
	[ "$status" = 1 ]
	grep -qxF "mmcp: 'w/target' differs from 'new' at offset 1000" said
	cmp old w/target
	only_target
}

# ---- --progress

@test "mmcp --progress=always shows bytes, share and rate on one line of stderr, and nothing on stdout" {
	ours
	pattern 3000000 >new
	mm mmcp --progress=always new copy >out 2>said
	cmp new copy
	[ ! -s out ]
	# redrawn in place: one line end, at the end
	[ "$(wc -l <said)" = 1 ]
	[ "$(tail -c 1 said)" = "" ]
	tr '\r' '\n' <said | sed 's/\x1b\[K//g' | grep -v '^$' >drawn
	tail -n 1 drawn | grep -qE '^mmcp: 2\.[0-9]+ MiB of 2\.[0-9]+ MiB, 100 %, [0-9.]+ ?[KMGT]?i?B/s'
	run ! grep -vE '^mmcp: [0-9.]+ [KMGT]?i?B( of [0-9.]+ [KMGT]?i?B, [0-9]+ %)?, [0-9.]+ [KMGT]?i?B/s(, [0-9]+:[0-9]{2} left)?$' drawn
}

@test "mmcp --progress counts what goes into a pipe once" {
	ours
	pattern 3000000 >f
	mkfifo pipe
	cat pipe >got &
	mm mmcp --progress=always f pipe 2>err
	wait $!
	cmp f got
	grep -q 'mmcp: 2\.8 MiB of 2\.8 MiB, 100 %, [^,]*$' err
}

@test "mmcp --progress tells how long the rest takes at the rate that it tells" {
	ours
	head -c 20000000 /dev/zero >f
	mkfifo pipe
	"$bin/mmcp" --progress=always f pipe 2>err &
	local copy=$!
	exec 7<pipe
	head -c 16000000 <&7 >got
	sleep 1.1
	kill -USR1 $copy
	until grep -q left err; do sleep 0.05; done
	cat <&7 >>got
	exec 7<&-
	wait $copy
	cmp f got
	tr '\r' '\n' <err | sed -nE 's/.* ([0-9]+) %, ([0-9.]+) ([KM]?)i?B\/s, ([0-9]+):([0-9]+) left.*/\1 \2 \4 \5 \3/p' | awk '
		{ rate = $2 * ($5 == "K" ? 1024 : $5 == "M" ? 1048576 : 1) }
		(60 * $3 + $4) * rate > 20000000 * (1 - $1 / 100) { bad = $0 }
		END { if (bad) print bad; exit !NR || bad }'
}

@test "mmcp --progress shows bytes in the unit that suits them" {
	ours
	local size
	for size in 500=500 1023=1023 '1024=1.0 Ki' '1100=1.0 Ki' '1127=1.1 Ki' '102399=99.9 Ki' '102400=100 Ki' '1048575=1023 Ki' \
		'1048576=1.0 Mi'; do
		truncate -s "${size%=*}" f
		[ "${size#*=}" != "${size%=*}" ] || size="$size "
		mm mmcp --progress=always f g 2>err
		grep -q "mmcp: ${size#*=}B of ${size#*=}B, 100 %, " err || { echo "$size" && cat err && false; }
	done
}

@test "mmcp --progress knows the size of all that it is to copy" {
	ours
	mkdir -p tree/sub
	head -c 1048576 /dev/zero >tree/a
	head -c 2097152 /dev/zero >tree/sub/b
	head -c 1048576 /dev/zero >c
	mkdir w
	mm mmcp --progress=always -r tree c w 2>said
	tr '\r' '\n' <said | grep -q 'mmcp: 4.* MiB of 4.* MiB, 100 %'
}

@test "mmcp --progress is silent when stderr is no terminal, and draws on one" {
	ours
	pattern 300000 >new
	run -0 mm mmcp --progress new copy
	[ -z "$output" ]
	need script
	script -qec "'$bin/mmcp' --progress new copy2" /dev/null </dev/null >drawn 2>&1 || skip "no terminals here"
	cmp new copy2
	grep -q '100 %' drawn
	script -qec "'$bin/mmcp' new copy3" /dev/null </dev/null >drawn 2>&1
	[ ! -s drawn ]
}

# The copy waits for a fifo until a second is over, after which a terminal would be shown a line.
@test "a copy that takes a second draws no progress into a file, and none at all with --progress=never" {
	local when
	ours
	need script
	for when in --progress --progress=never ''; do
		rm -f p copy
		mkfifo p
		{ printf a; sleep 1.2; printf b; } >p 3>&- &
		# shellcheck disable=SC2086 # one word or none
		mm mmcp $when p copy 2>said
		wait $!
		is '' said
		is ab copy
	done
	{ printf a; sleep 1.2; printf b; } >p 3>&- &
	script -qec "'$bin/mmcp' --progress=never p copy2" /dev/null </dev/null >drawn 2>&1 || skip "no terminals here"
	wait $!
	is '' drawn
}

@test "mmcp --progress refuses a word that it does not know" {
	ours
	echo x >x
	run -1 mm mmcp --progress=sometimes x y
	[[ ${lines[0]} == *sometimes* ]]
	[ ! -e y ]
}

# In a copy that stalls one wants to ask, so the answer may not wait for bytes.
@test "mmcp prints a line of progress when it gets SIGUSR1, even while it waits, and goes on" {
	local tries
	ours
	mkdir w
	half_copied --atomic
	[ ! -s said ]
	kill -USR1 "$copying"
	for ((tries = 0; tries < 100; tries++)); do
		[ ! -s said ] || break
		sleep 0.05
	done
	grep -qE '^mmcp: [0-9.]+ KiB.*, .*/s' said
	[ "$(wc -l <said)" = 1 ]
	feed 300000
	exec 5>&-
	wait "$copying"
	[ "$(stat -c %s w/target)" = 600000 ]
}

@test "mmcp survives a storm of SIGUSR1 without a wrong byte" {
	local i
	ours
	mkdir w
	pattern 2000000 >new
	mkfifo fifo
	exec 5<>fifo
	"$bin/mmcp" fifo w/target 2>said 3>&- 5>&- &
	copying=$!
	# The handler is there once bytes have been taken.
	timeout 20 head -c 300000 new >&5
	for ((i = 0; i < 100; i++)); do
		kill -USR1 "$copying"
		tail -c +$((300001 + i * 17000)) new | head -c 17000 >&5
	done
	exec 5>&-
	wait "$copying"
	cmp new w/target
	[ "$(wc -l <said)" -ge 1 ]
}

# ---- --range

@test "mmcp --range copies a part of a file" {
	local io
	ours
	pattern 300000 >f
	for io in auto map read; do
		mm mmcp --io=$io --range=100001 f copy
		tail -c +100002 f | cmp - copy
		mm mmcp --io=$io --range=4095+150001 f copy
		tail -c +4096 f | head -c 150001 | cmp - copy
		mm mmcp --io=$io --range=-70001 f copy
		tail -c 70001 f | cmp - copy
		mm mmcp --io=$io --range=0x10+1K f copy
		tail -c +17 f | head -c 1024 | cmp - copy
		mm mmcp --io=$io --range=1kB+1 f copy
		tail -c +1001 f | head -c 1 | cmp - copy
	done
}

@test "mmcp --range that is not wholly in the source is an error before the target is touched" {
	local range options
	ours
	pattern 30000 >f
	: >empty
	echo old >copy
	for options in --io=auto --io=map --io=read --atomic --remove-destination; do
		for range in 29990+100 30001 1T+10 -1M -30001; do
			run -1 mm mmcp $options --range=$range f copy
			[[ $output == "mmcp: f: range "*" begins "* || $output == "mmcp: f: range 29990+100 goes beyond the end at 30000" ]]
			is 'old\n' copy
		done
		run -1 mm mmcp $options --range=5 empty copy
		is 'old\n' copy
	done
	for range in 30000 0+0 30000+0; do
		mm mmcp --range=$range f copy
		cmp empty copy
	done
	mm mmcp --range=-30000 f copy
	cmp f copy
}

@test "mmcp --range of a stream that ends early copies what there is, and says so" {
	ours
	echo old >copy
	run -1 mm mmcp --range=-10 /dev/stdin copy < <(echo text)
	[ "$output" = "mmcp: /dev/stdin: range -10 counts from an end that is not known" ]
	is 'old\n' copy
	run -1 mm mmcp --range=2+10 /dev/stdin copy < <(echo text)
	[ "$output" = "mmcp: /dev/stdin: range 2+10 goes beyond the end at 5" ]
	is 'xt\n' copy
	echo old >copy
	run -1 mm mmcp --atomic --range=2+10 /dev/stdin copy < <(echo text)
	is 'old\n' copy
	run -1 mm mmcp --range=9+10 /dev/stdin copy < <(echo text)
	[ "$output" = "mmcp: /dev/stdin: range 9+10 begins beyond the end" ]
	is 'old\n' copy
}

@test "mmcp --range of a pipe, a device without an end, and a sparse file" {
	ours
	pattern 300000 >f
	mm mmcp --range=1000+100000 /dev/stdin copy < <(cat f)
	tail -c +1001 f | head -c 100000 | cmp - copy
	mm mmcp --range=5000+70000 /dev/zero copy
	head -c 70000 /dev/zero | cmp - copy
	run -1 mm mmcp --range=-10 /dev/stdin copy2 < <(cat f)
	[ -n "$output" ]
	truncate -s 3G sparse
	printf 'the end' >>sparse
	mm mmcp --range=-1000007 sparse copy
	tail -c 1000007 sparse | cmp - copy
	[ "$(stat -c %b copy)" -lt 1000 ]
}

@test "mmcp --range with --atomic, --verify and --sparse" {
	ours
	old_and_new
	mm mmcp --atomic --sync --verify --range=777+99999 new w/target
	tail -c +778 new | head -c 99999 | cmp - w/target
	only_target
	{
		head -c 5000 new
		head -c 300000 /dev/zero
		head -c 5000 new
	} >zeros
	mm mmcp --sparse=always --range=1234 zeros copy
	tail -c +1235 zeros | cmp - copy
}

@test "mmcp names a bad range, and touches nothing" {
	local bad
	ours
	old_and_new
	for bad in x 1+ + 1-2 5+x -0x -; do
		run -1 mm mmcp --range="$bad" new w/target
		[[ ${lines[0]} == mmcp:*"$bad"* ]]
		[[ ${lines[1]} == *--help* ]]
		cmp old w/target
	done
}

@test "mmcp copies block devices, parts of them, and onto them" {
	ours
	need_root
	need losetup
	local device
	pattern $((1048576 + 512)) >content
	cp content image
	device=$(losetup -f --show image) || skip "no loop device here"
	echo "$device" >device
	mm mmcp "$device" copy
	mm mmcp --range=4097+100001 "$device" part
	mm mmcp --range=-513 "$device" tail
	mm mmcp --io=read "$device" copy2
	pattern 200000 9 >other
	run mm mmcp --sync --verify other "$device"
	echo "$status" >status
	run mm mmcp /dev/zero "$device"
	echo "$status $output" >full
	losetup -d "$device"
	cmp content copy
	cmp content copy2
	tail -c +4098 content | head -c 100001 | cmp - part
	tail -c 513 content | cmp - tail
	[ "$(cat status)" = 0 ]
	# A device that is full stays one, and is called incomplete.
	grep -q '^1 ' full
	grep -qF "mmcp: error writing '$device': No space left on device" full
	grep -qF "mmcp: '$device' is incomplete" full
}

# Older ones do not come back from a page that cannot be read.
@test "mmcp populates what it maps where the system gets over a bad page, and nowhere else" {
	need_strace
	ours
	unset MMTOOLS_IO MMTOOLS_WINDOW
	pattern 3000000 >in
	strace -o trace -e trace=madvise "$bin/mmcp" in out
	cmp in out
	if uname -r | grep -qE '^([7-9]|[1-9][0-9]|6\.(9|[1-9][0-9]))'; then
		[ "$(grep -cE 'MADV_POPULATE_READ|0x16' trace)" = 2 ]
	else
		run ! grep -E 'MADV_POPULATE_READ|0x16' trace
	fi
	setarch --uname-2.6 true 2>/dev/null || skip "no other version to be had"
	setarch --uname-2.6 strace -o trace -e trace=madvise "$bin/mmcp" in out
	cmp in out
	run ! grep -E 'MADV_POPULATE_READ|0x16' trace
}

# ---- --jobs

# a_tree NAME: folders, files of many sizes, links of both kinds, a fifo, modes, times
a_tree() {
	local i
	mkdir -p "$1/a/b/c" "$1/d" "$1/e f" "$1/"$'new\nline'
	for i in 0 1 2 3 4 5 6 7 8 9; do
		pattern $((i * i * 1777)) $((i + 1)) >"$1/a/$i"
		pattern $((i * 5)) $((i + 1)) >"$1/a/b/c/-$i"
		: >"$1/d/empty $i"
		pattern $((i * 40000)) $((i + 3)) >"$1/e f/$i"
		touch -d "2001-01-0$((i + 1)) 01:02:03.456789" "$1/e f/$i"
		ln "$1/a/$i" "$1/d/hard$i"
	done
	ln -s a/5 "$1/symlink"
	ln -s nowhere "$1/dangling"
	ln -s ../a "$1/d/folder"
	mkfifo "$1/fifo"
	chmod 640 "$1/a/1"
	chmod 4755 "$1/a/2"
	chmod 511 "$1/a/b"
	truncate -s 1M "$1/d/sparse"
	echo end >>"$1/d/sparse"
	touch -d '2002-02-02 02:02:02' "$1/a" "$1/d"
}

# shape FOLDER: all that a copy should have in common with its original
shape() {
	(
		cd "$1" || return
		find . -type f -print0 | LC_ALL=C sort -z | xargs -0 cksum
		find . -printf '%p %y %m %U %G %l %T@\n' | LC_ALL=C sort
		# Which names are one file shows in the number that each has in the order of names.
		find . -type f -printf '%i %p\n' | LC_ALL=C sort -k 2 | awk '{ if (!($1 in n)) n[$1] = ++k; $1 = n[$1]; print }'
	)
}

@test "mmcp --jobs copies a tree just as one job does, and as cp -a" {
	local jobs
	ours
	export MMTOOLS_THREADS=4        # small files are handed over, too
	a_tree tree
	shape tree >want
	command -p cp -a tree classic
	shape classic | diff want -
	for jobs in 1 2 3 8 0; do
		mm mmcp -a --jobs=$jobs tree "copy$jobs"
		shape "copy$jobs" | diff want -
	done
	mm mmcp -a --jobs=4 --atomic --verify tree both
	shape both | diff want -
	[ -z "$(temporary both)" ]
	# over what is there
	mm mmcp -a --jobs=4 tree/. both
	shape both | diff want -
}

@test "mmcp --jobs says what one job says, if in another order, with the same status" {
	ours
	export MMTOOLS_THREADS=4
	a_tree tree
	chmod 000 tree/a/3 'tree/e f/4'
	chmod 000 tree/d/empty\ 5
	for jobs in 1 4; do
		run -1 unprivileged "$bin/mmcp" -rv --jobs=$jobs tree "copy"
		printf '%s\n' "${lines[@]}" | sort >"said$jobs"
		find copy | sort >"names$jobs"
		chmod -R u+rwx copy
		rm -r copy
	done
	grep -q 'Permission denied' said1
	diff said1 said4
	diff names1 names4
}

@test "mmcp --jobs refuses what is no number" {
	ours
	echo x >x
	for bad in x -1 1x 1.5; do
		run -1 mm mmcp --jobs="$bad" x y
		[[ ${lines[0]} == *"$bad"* ]]
		[ ! -e y ]
	done
}

@test "mmcp --jobs of many small files, handed over or not" {
	local i
	ours
	mkdir -p many/{0,1,2,3,4,5,6,7,8,9}
	for ((i = 0; i < 1000; i++)); do echo "file $i" >"many/$((i % 10))/$i"; done
	mm mmcp -r --jobs=4 many copy
	diff -r many copy
	rm -r copy
	MMTOOLS_THREADS=4 mm mmcp -r --jobs=4 many copy
	diff -r many copy
}

# ---- --no-cache

# cached FILE: how many of its pages are in the page cache
cached() {
	fincore -n -o PAGES "$1" | tr -d ' '
}

# What is on the disk may leave the cache; on tmpfs there is nothing behind it.
uncache() {
	sync "$1"
	dd if="$1" iflag=nocache count=0 status=none
}

need_page_cache() {
	need fincore
	pattern 50000 >probe
	uncache probe
	[ "$(cached probe)" = 0 ] || skip "files are always cached on this file system"
}

@test "mmcp --no-cache leaves nothing in the page cache that was not there" {
	local io size options
	ours
	need_page_cache
	for size in 5000 1000001; do
		pattern "$size" >f
		for io in auto map read; do
			for options in '' --atomic --sync; do
				uncache f
				[ "$(cached f)" = 0 ]
				mm mmcp --no-cache --reflink=never --io="$io" $options f copy
				echo "$io $options $size: $(cached f) pages of the source, $(cached copy) of the copy"
				[ "$(cached f)" = 0 ]
				[ "$(cached copy)" = 0 ]
				cmp f copy
			done
		done
	done
}

@test "mmcp --no-cache evicts no page that others had cached" {
	local io all some
	ours
	need_page_cache
	pattern 1000001 >f
	for io in auto map read; do
		cat f >/dev/null
		all=$(cached f)
		[ "$all" = 245 ]
		mm mmcp --no-cache --reflink=never --io="$io" f copy
		[ "$(cached f)" = "$all" ]
		# a part of it, with gaps
		uncache f
		dd if=f of=/dev/null bs=4096 skip=50 count=1 status=none
		dd if=f of=/dev/null bs=4096 skip=200 count=1 status=none
		some=$(cached f)
		[ "$some" -gt 0 ]
		[ "$some" -lt 245 ]
		mm mmcp --no-cache --reflink=never --io="$io" f copy
		echo "$io: $some pages before, $(cached f) after"
		[ "$(cached f)" = "$some" ]
		cmp f copy
	done
}

@test "mmcp --no-cache says what the disk says when it is asked to write, and asks a system that cannot in another way" {
	need_inject
	head -c 9000000 /dev/urandom >f
	local error
	for error in EIO ENOSPC EDQUOT; do
		run strace -qq -o log -e trace=sync_file_range -e inject=sync_file_range:"error=$error" "$bin/mmcp" --no-cache f copy
		[ "$status" = 1 ]
		[[ $output == "mmcp: error writing 'copy': "* ]]
		[ ! -e copy ]
	done
	strace -qq -o log -e trace=sync_file_range -e inject=sync_file_range:error=ENOSYS "$bin/mmcp" --no-cache f copy
	cmp f copy
}

@test "mmcp without --no-cache leaves its pages where they are" {
	ours
	need_page_cache
	pattern 1000001 >f
	uncache f
	mm mmcp --reflink=never f copy
	[ "$(cached copy)" -gt 200 ]
}

# ---- --explain

@test "mmcp --explain says which way the bytes went" {
	local MMTOOLS_IO=auto MMTOOLS_WINDOW=8M
	export MMTOOLS_IO MMTOOLS_WINDOW
	ours
	echo small >small
	pattern 100000 >f
	mm mmcp --reflink=never --explain f copy 2>said
	say 'mmcp: f: mapped 1 window'
	mm mmcp --reflink=never --explain small copy 2>said
	say 'mmcp: small: read (small file)'
	mm mmcp --reflink=never --explain --io=map small copy 2>said
	say 'mmcp: small: mapped 1 window'
	mm mmcp --reflink=never --explain --io=read f copy 2>said
	say 'mmcp: f: read (asked for)'
	MMTOOLS_WINDOW=65536 mm mmcp --reflink=never --explain f copy 2>said
	say 'mmcp: f: mapped 2 windows'
	mm mmcp --explain /dev/stdin copy 2>said < <(cat f)
	say 'mmcp: /dev/stdin: read (not a regular file)'
	mkdir w
	mm mmcp --reflink=never --explain f small w 2>said
	say $'mmcp: f: mapped 1 window\nmmcp: small: read (small file)'
}

@test "mmcp --explain counts holes and tells of spliced pipes" {
	local MMTOOLS_IO=auto MMTOOLS_WINDOW=8M
	export MMTOOLS_IO MMTOOLS_WINDOW
	ours
	pattern 100000 >f
	truncate -s 20M sparse
	pattern 70000 | dd of=sparse conv=notrunc bs=4096 seek=2000 status=none
	[ "$(stat -c %b sparse)" -lt 1000 ] || skip "no holes on this file system"
	mm mmcp --reflink=never --explain sparse copy 2>said
	say 'mmcp: sparse: mapped 1 window, 2 holes'
	mm mmcp --explain f /dev/stdout 2>said | cmp f -
	grep -qE '^mmcp: f: (spliced|mapped|read)' said
}

@test "mmcp --explain is silent on stdout, and mmcp without it on stderr" {
	ours
	pattern 100000 >f
	mm mmcp --explain f copy 2>/dev/null >out
	[ ! -s out ]
	run -0 mm mmcp f copy
	[ -z "$output" ]
}

# ---- sparse files

blocks() {
	sync "$1"
	stat -c %b "$1"
}

# a data, hole, data, hole file of 3,000,007 bytes
holey() {
	truncate -s 3000007 "$1"
	pattern 10001 | dd of="$1" conv=notrunc status=none
	pattern 10001 | dd of="$1" bs=4096 seek=300 conv=notrunc status=none
}

@test "cp keeps holes at the start, between, and at the end" {
	need_holes
	holey a
	truncate -s 1M b
	echo end >>b
	truncate -s 1M c
	{
		echo start
	} >d
	truncate -s 1M d
	for f in a b c d; do
		classic cp "$f" copy
		cmp "$f" copy
		echo "$f: $(blocks "$f") blocks, the copy $(blocks copy)"
		[ "$(blocks copy)" -le $(($(blocks "$f") + 64)) ]
		rm copy
	done
}

@test "cp keeps holes over a target that was there and longer" {
	need_holes
	holey a
	pattern 5000000 >copy
	classic cp a copy
	cmp a copy
	[ "$(blocks copy)" -le $(($(blocks a) + 64)) ]
}

@test "cp copies a sparse file of 5 GiB in no time" {
	need_holes
	unset MMTOOLS_WINDOW    # a million windows of a page do take their time
	truncate -s 5G a 2>/dev/null || skip "files cannot be that large here"
	printf 'in the middle' | dd of=a bs=1 seek=4500000001 conv=notrunc status=none
	printf 'the end' >>a
	classic cp a copy
	[ "$(stat -c %s copy)" = 5368709127 ]
	[ "$(blocks copy)" -lt 1000 ]
	tail -c 1000000 a | cmp - <(tail -c 1000000 copy)
	cmp -n 100000 -i 4500000000 a copy
}

@test "mmcp copies a sparse file of 5 GiB in no time by any way, whole, atomically, and verified" {
	ours
	need_holes
	unset MMTOOLS_WINDOW
	truncate -s 5G a 2>/dev/null || skip "files cannot be that large here"
	printf 'in the middle' | dd of=a bs=1 seek=4500000001 conv=notrunc status=none
	for options in --io=map --io=read '--atomic --sync' --no-cache --progress=always; do
		timeout 30 "$bin/mmcp" $options --reflink=never a copy 2>/dev/null
		[ "$(stat -c %s copy)" = 5368709120 ]
		[ "$(blocks copy)" -lt 1000 ]
		cmp -n 100000 -i 4500000000 a copy
		rm copy
	done
}

@test "cp --sparse=always makes holes of zeros, and the bytes are the same" {
	need_holes
	{
		pattern 50000
		head -c 2000000 /dev/zero
		pattern 50001
		head -c 100001 /dev/zero
	} >a
	classic cp --sparse=always a copy
	cmp a copy
	[ "$(blocks copy)" -le 400 ]
	# over a target with other bytes in it
	pattern 4000000 >full
	classic cp --sparse=always a full
	cmp a full
	# all zeros
	head -c 1000000 /dev/zero >z
	classic cp --sparse=always z copy
	cmp z copy
	[ "$(blocks copy)" -le 16 ]
}

@test "cp --sparse=never fills holes, --sparse=auto makes none of zeros" {
	need_holes
	holey a
	classic cp --sparse=never a copy
	cmp a copy
	[ "$(blocks copy)" -ge 5850 ]
	head -c 1000000 /dev/zero >z
	classic cp --reflink=never z copy
	cmp z copy
	[ "$(blocks copy)" -ge 1950 ]
}

@test "mmcp reading holes of tmpfs allocates nothing in the source" {
	local far blocks
	ours
	[ -w /dev/shm ] && [ "$(stat -f -c %T /dev/shm)" = tmpfs ] || skip "no tmpfs to write on at /dev/shm"
	far=$(mktemp -d /dev/shm/mmtools-XXXXXX)
	truncate -s 64M "$far/a"
	for options in --io=map --io=read --sparse=never --sparse=always --verify '--range=5000+30M' --atomic; do
		mm mmcp $options "$far/a" copy || :
		mm mmcp $options "$far/a" "$far/copy" || :
		blocks=$(stat -c %b "$far/a")
		if [ "$options" = --io=map ] && [ "$(stat -c %b "$far/copy")" != 0 ]; then blocks="$blocks, and the copy has some"; fi
		rm -f "$far/copy"
		[ "$blocks" = 0 ] || break
	done
	rm -r "$far"
	[ "$blocks" = 0 ]
}

# ---- files that are none, and big and small ones

@test "cp copies big files of odd sizes" {
	local size
	seq 6000000 >all
	for size in 1048575 1048577 8388609 8400001 33554433; do
		head -c "$size" all >f
		classic cp f copy
		cmp f copy
	done
}

@test "cp copies /proc and sysfs, whatever size they claim" {
	local f
	for f in /proc/version /proc/cpuinfo /proc/self/mounts /proc/filesystems /sys/class/net/lo/mtu \
		/sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/btf/vmlinux /proc/config.gz; do
		[ -r "$f" ] || continue
		cat "$f" >want
		rm -f copy
		run -0 classic cp "$f" copy
		[ -z "$output" ]
		[ "$f" = /proc/self/mounts ] || cmp want copy
		[ -s copy ]
	done
}

@test "mmcp copies /proc and sysfs with --atomic, --io=map and --io=read" {
	local f options
	ours
	for f in /proc/version /sys/class/net/lo/mtu; do
		[ -r "$f" ] || continue
		cat "$f" >want
		for options in --atomic --io=map --io=read --no-cache --range=0+3; do
			rm -f copy
			run -0 mm mmcp $options "$f" copy
			[ -z "$output" ]
			case $options in
			--range*) head -c 3 want | cmp - copy ;;
			*) cmp want copy ;;
			esac
		done
	done
}

@test "cp from a fifo and to a fifo" {
	pattern 300000 >f
	mkfifo fifo
	cat f >fifo 3>&- &
	classic cp fifo copy
	cmp f copy
	cat fifo >seen 3>&- &
	classic cp f fifo
	wait $!
	cmp f seen
	[ -p fifo ]
}

@test "cp from stdin and to stdout by their names" {
	pattern 300000 >f
	cat f | classic cp /dev/stdin copy
	cmp f copy
	classic cp f /dev/stdout | cmp f -
	classic cp /dev/stdin copy2 <f
	cmp f copy2
	classic cp f /dev/stdout >copy3
	cmp f copy3
}

@test "cp from a terminal" {
	local command
	need script
	command=$bin/cp
	[ "$PEER" = mmtools ] || command=/bin/cp
	printf 'one\ntwo\n\004' | timeout 20 script -qec "'$command' /dev/tty copy" /dev/null >/dev/null || skip "no terminals here"
	[ "$(tr -d '\r' <copy)" = $'one\ntwo' ]
}

@test "cp of an empty file over a full one, under a new name, and of /dev/null" {
	: >empty
	echo full >f
	classic cp empty f
	cmp empty f
	classic cp empty g
	cmp empty g
	echo full >f
	classic cp /dev/null f
	cmp empty f
}

@test "mmcp of a file that may not be read leaves the target alone" {
	ours
	old_and_new
	chmod 000 new
	for options in '' --atomic --sync --verify '--no-cache --jobs=2'; do
		run -1 unprivileged "$bin/mmcp" $options new w/target
		[ "$output" = "mmcp: cannot open 'new' for reading: Permission denied" ]
		cmp old w/target
		only_target
	done
}

# ---- sources that change

# A reader that takes a little of a fifo, and the rest only when the source has been changed: mmcp waits meanwhile.
held_up() {
	mkfifo fifo
	mm mmcp "$@" f fifo 2>said 3>&- &
	copying=$!
	exec 5<fifo
	head -c 1000 <&5 >seen
}

drained() {
	timeout 20 cat <&5 >>seen
	exec 5<&-
	status=0
	wait "$copying" || status=$?
	rm fifo
}

@test "mmcp to a pipe of a source that is cut short meanwhile: its bytes, not one more, and it says so" {
	local io status size
	ours
	for io in map read; do
		# with zeros nowhere in it; to a size within a page, to a page's end, to nothing
		for size in 3000001 3002368 0; do
			pattern 8000000 >f
			cp f was
			held_up --io=$io
			truncate -s $size f
			drained
			[ "$status" = 1 ]
			say "mmcp: 'f' shrank while being copied"
			echo "$io, cut to $size: $(stat -c %s seen) bytes"
			[ $size = 0 ] || [ "$(stat -c %s seen)" = $size ]
			cmp -n "$(stat -c %s seen)" was seen
		done
	done
}

# Pages that are in the pipe itself show what became of them: the page with the new end may show zeros behind it.
@test "mmcp of its own choice to a pipe of a source that is cut short: at most a page in flight is longer" {
	local status
	ours
	pattern 8000000 >f
	cp f was
	held_up
	truncate -s 3000001 f
	drained
	[ "$status" = 1 ]
	say "mmcp: 'f' shrank while being copied"
	[ "$(stat -c %s seen)" -ge 3000001 ]
	[ "$(stat -c %s seen)" -le 3002368 ]
	cmp -n 3000001 was seen
}

@test "mmcp to a pipe of a source that grows meanwhile: all it had, and it says so" {
	local io status
	ours
	for io in map read; do
		pattern 8000000 >f
		cp f was
		held_up --io=$io
		echo more >>f
		drained
		[ "$status" = 1 ]
		say "mmcp: 'f' grew while being copied"
		cmp -n 8000000 was seen
		cmp -n "$(stat -c %s seen)" f seen
	done
}

@test "mmcp to a file of a source that is cut short meanwhile: its bytes, not one more, and it says so" {
	local io size
	ours
	need_strace
	for io in map read; do
		for size in 2500001 2502656; do
			pattern 3500000 >f
			cp f was
			stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --reflink=never --io=$io f copy 2>said
			truncate -s $size f
			resume
			[ "$status" = 1 ]
			say "mmcp: 'f' shrank while being copied"
			echo "$io, cut to $size: $(stat -c %s copy)"
			[ "$(stat -c %s copy)" = $size ]
			cmp f copy
		done
	done
}

# Cut to far below what is copied already: that was in the file when it was read.
@test "mmcp of a source that is emptied meanwhile says so and invents nothing" {
	local io
	ours
	need_strace
	for io in map read; do
		pattern 3500000 >f
		cp f was
		stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --reflink=never --io=$io f copy 2>said
		: >f
		resume
		[ "$status" = 1 ]
		grep -q shrank said
		cmp -n "$(stat -c %s copy)" was copy
	done
}

@test "mmcp --atomic of a source that is cut short meanwhile leaves the old file" {
	local io
	ours
	need_strace
	for io in map read; do
		old_and_new 3500000
		stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --atomic --reflink=never --io=$io new w/target 2>said
		truncate -s 2500001 new
		resume
		[ "$status" = 1 ]
		grep -qxF "mmcp: 'new' shrank while being copied" said
		cmp old w/target
		only_target
	done
}

@test "mmcp to a file of a source that grows meanwhile says so, and has all that it had" {
	local io
	ours
	need_strace
	for io in map read; do
		pattern 3500000 >f
		cp f was
		stop_at pwrite64,copy_file_range,sendfile:when=2 log mmcp --reflink=never --io=$io f copy 2>said
		pattern 100000 5 >>f
		resume
		[ "$status" = 1 ]
		say "mmcp: 'f' grew while being copied"
		cmp -n 3500000 was copy
		cmp -n "$(stat -c %s copy)" f copy
	done
}

@test "mmcp of a tree goes on behind a source that is cut short, and the status tells" {
	ours
	need_strace
	mkdir tree
	pattern 3500000 >tree/a
	echo b >tree/b
	stop_at pwrite64:when=1 log mmcp -r --reflink=never tree copy 2>said
	truncate -s 100 tree/a
	resume
	[ "$status" = 1 ] || [ "$(stat -c %s copy/a)" = 100 ]
	[ "$(cat copy/b)" = b ]
}

# ---- targets that fail

@test "cp to a full device says so" {
	pattern 100000 >f
	[ -c /dev/full ] || skip "no /dev/full"
	run -1 classic cp f /dev/full
	[[ $output == *"error writing"*/dev/full*": No space left on device"* ]]
	[ -c /dev/full ]
	classic cp f /dev/stdout >/dev/full 2>said || echo "$?" >status
	[ "$(cat status)" = 1 ]
	grep -q 'No space left on device' said
}

@test "mmcp to a full device calls it incomplete" {
	ours
	pattern 100000 >f
	[ -c /dev/full ] || skip "no /dev/full"
	run -1 mm mmcp f /dev/full
	[ "$output" = "mmcp: error writing '/dev/full': No space left on device
mmcp: '/dev/full' is incomplete" ]
}

# Each way to end on a full disk m
on_full_disk() {
	local options
	# a new target
	for options in '' --sync --verify --sparse=always --no-cache --io=read; do
		run -1 mm mmcp $options big m/copy
		[ "$output" = "mmcp: error writing 'm/copy': No space left on device
mmcp: removed incomplete 'm/copy'" ]
		[ ! -e m/copy ]
	done
	# one that was there
	echo old >m/copy
	run -1 mm mmcp big m/copy
	[ "$output" = "mmcp: error writing 'm/copy': No space left on device
mmcp: removed incomplete 'm/copy'" ]
	[ ! -e m/copy ]
	# one reached through a symlink: the link was not made by us
	echo old >m/copy
	ln -s copy m/link
	run -1 mm mmcp big m/link
	[ "$output" = "mmcp: error writing 'm/link': No space left on device
mmcp: 'm/link' is incomplete" ]
	[ -L m/link ]
	rm -f m/copy m/link
	# the old file
	echo old >m/copy
	for options in --atomic '--atomic --sync' '--atomic --verify --io=map' '--atomic -p --sparse=always'; do
		run -1 mm mmcp $options big m/copy
		[ "$output" = "mmcp: error writing 'm/copy': No space left on device" ]
		[ "$(cat m/copy)" = old ]
		[ -z "$(temporary m)" ]
	done
	run -1 mm mmcp --atomic big m/fresh
	[ ! -e m/fresh ]
	[ -z "$(temporary m)" ]
	# the rest of a tree, and then room again
	mkdir tree
	cp big tree/a
	echo b >tree/b
	run -1 mm mmcp -r tree m/tree
	[[ $output == *"removed incomplete 'm/tree/a'" ]]
	[ "$(cat m/tree/b)" = b ]
	[ "$(ls -A m/tree)" = b ]
	mm mmcp small m/small
	cmp small m/small
}

@test "mmcp on a full tmpfs: the message, and no broken copy" {
	ours
	on_tmpfs size=128k m
	pattern 1000000 >big
	pattern 50000 >small
	on_full_disk
}

@test "mmcp on a full ext4: the message, and no broken copy" {
	ours
	on_loop ext4 rw m image 2M
	pattern 5000000 >big
	pattern 50000 >small
	on_full_disk
}

@test "mmcp over a file-size limit says so and leaves no broken copy, whether the signal is ignored or not" {
	local how
	ours
	pattern 1000000 >f
	echo old >target
	# shellcheck disable=SC2016 # for that shell
	for how in ignored default; do
		[ $how = default ] || trap '' XFSZ
		run -1 bash -c 'ulimit -f 64; "$bin/mmcp" f copy'
		[ "$output" = "mmcp: error writing 'copy': File too large
mmcp: removed incomplete 'copy'" ]
		[ ! -e copy ]
		run -1 bash -c 'ulimit -f 64; "$bin/mmcp" --atomic f target'
		[ "$output" = "mmcp: error writing 'target': File too large" ]
		[ "$(cat target)" = old ]
		[ -z "$(temporary)" ]
		trap - XFSZ
	done
}

@test "mmcp copies with little memory to map" {
	ours
	seq 6000000 >f
	bash -c 'ulimit -v 12000; "$bin/mmcp" --version' >/dev/null 2>&1 || skip "this build needs more memory to start"
	for options in '' --io=map --verify '--atomic --no-cache'; do
		# shellcheck disable=SC2016 # for that shell
		options=$options MMTOOLS_WINDOW=64M bash -c 'ulimit -v 12000; "$bin/mmcp" $options f copy'
		cmp f copy
		rm copy
	done
}

@test "mmcp reads when mapping fails, whatever the reason" {
	local error
	ours
	need_inject
	pattern 200000 >f
	for error in ENOMEM ENODEV EACCES EIO EAGAIN EPERM; do
		strace -qq -o log -P "$PWD/f" -e 'trace=mmap,?mmap2' -e "inject=mmap,?mmap2:error=$error" \
			"$bin/mmcp" --io=map --reflink=never f copy
		grep -q "$error" log
		cmp f copy
		rm copy
	done
}
