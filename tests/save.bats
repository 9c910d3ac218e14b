# Replacing a file, in whatever applet: mmcp --atomic, mmdev --save, mmshm run --dump, mmring resize. Nobody is left with
# half a file, and nobody gains a right, though the folder may be somebody else's who changes names meanwhile.

# shellcheck disable=SC2154,SC2086,SC2034,SC2030,SC2031 # $bin comes from the helper; $flags is none or more words
bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	head -c 4096 /dev/zero >new
	mkdir d
}

teardown() {
	stop_started
	[ -z "$open" ] || rm -rf "$open"
	rm -f "/dev/shm/mmsave-$$-"*
}

# Who replaces d/t: the words before the file's name and behind it
writers=(atomic snapshot dump)
replace() {
	case $1 in
	atomic) "${tracer[@]}" "$bin/mmcp" --atomic new "${2-d/t}" ;;
	snapshot) "${tracer[@]}" "$bin/mmdev" -f new 0+16 --save "${2-d/t}" ;;
	dump) "${tracer[@]}" "$bin/mmshm" run -s 4096 --dump "${2-d/t}" true ;;
	resize) "${tracer[@]}" "$bin/mmring" resize "${2-d/t}" 32K ;;
	esac
}
tracer=()

# old WRITER [MODE]: the file d/t that is to be replaced
old() {
	rm -rf d/t
	if [ "$1" = resize ]; then "$bin/mmring" create d/t 64K; else echo old >d/t; fi
	chmod "${2-644}" d/t
}

# clean: nothing but these is in d
clean() {
	local there
	there=$(ls -A d)
	[ "$there" = "${1-t}" ] || { echo "d holds: $there"; return 1; }
}

@test "what replaces a file is created beside it, exclusively, closed to others" {
	local w
	need_strace
	for w in "${writers[@]}" resize; do
		old $w 666
		tracer=(strace -o trace -e 'trace=openat,?open')
		replace $w >out
		grep 'mmtmp-' trace >made
		[ "$(wc -l <made)" = 1 ]
		has 'O_CREAT.*O_EXCL.*, 0600\) = ' made
		[ "$(stat -c %a d/t)" = 666 ]
		clean
	done
}

@test "the order is owner, attributes, mode, fsync, a look at the name, rename, fsync of the folder" {
	local w
	need_root
	need_strace
	need setfattr
	for w in "${writers[@]}" resize; do
		old $w 640
		chown 12:34 d/t
		setfattr -n user.color -v blue d/t 2>/dev/null || skip "no extended attributes here"
		tracer=(strace -o trace -e 'trace=fchown,?fchown32,fsetxattr,fchmod,fsync,?newfstatat,?fstatat64,?statx,?renameat,?renameat2,?rename')
		replace $w >out
		# the looks are those that follow no symlink
		sed -nE '/^(fchown|fsetxattr|fchmod|fsync|rename)/s/\(.*//p; /(stat|statx).*AT_SYMLINK_NOFOLLOW/s/.*/look/p' trace |
			sed 's/fchown32/fchown/; s/^rename.*/rename/' >calls
		# a ring is made durable as a ring before it is as a file
		tr '\n' ' ' <calls | grep -Eo 'fchown .*' | sed 's/fchown look /fchown /' >order
		is 'fchown fsetxattr fchmod fsync look rename fsync \n' order
		[ "$(stat -c '%u %g %a' d/t)" = '12 34 640' ]
		[ "$(getfattr --only-values -n user.color d/t)" = blue ]
	done
}

@test "a replaced file keeps owner and mode, and no set-ID bits, which were given to other bytes" {
	local w
	need_root
	for w in "${writers[@]}" resize; do
		old $w
		chown 65534:65534 d/t
		chmod 6777 d/t
		replace $w >out
		[ "$(stat -c '%u %g %a' d/t)" = '65534 65534 777' ]
	done
}

@test "a replaced file has no file capabilities, which were given to other bytes, but other attributes" {
	local w
	need_root
	need setfattr getfattr
	for w in "${writers[@]}"; do
		old $w 755
		setfattr -n user.color -v blue d/t 2>/dev/null || skip "no extended attributes here"
		setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= d/t 2>/dev/null || skip "no file capabilities here"
		replace $w >out
		getfattr -d -m - d/t >seen
		has '^user.color="blue"' seen
		lacks capability seen
	done
}

@test "where the owner cannot be kept, group and others get no right that a new file would not give them" {
	local w
	need_root
	need_inject
	tracer=(strace -o trace -e 'trace=fchown,?fchown32' -e 'inject=fchown,?fchown32:error=EPERM')
	for w in snapshot dump; do
		old $w
		chown 65534:65534 d/t
		chmod 4777 d/t
		(umask 027 && replace $w) >out 2>err
		has 'd/t: replaced, but not with the owner' err
		[ "$(stat -c '%u %a' d/t)" = '0 740' ]
		clean
	done
	# nothing is lost where it is not replaced at all
	old atomic
	chown 65534:65534 d/t
	chmod 4777 d/t
	run -1 replace atomic
	[ "$(grep -v strace <<<"$output")" = "mmcp: cannot keep the owner of 'd/t': Operation not permitted" ]
	[ "$(stat -c '%u %a' d/t)" = '65534 4777' ]
	is 'old\n' d/t
	old resize
	chown 65534:65534 d/t
	chmod 4777 d/t
	run -2 replace resize
	[[ $output == *'d/t: cannot keep owner and mode: Operation not permitted'* ]]
	[ "$(stat -c '%u %a %s' d/t)" = '65534 4777 65536' ]
	clean
}

@test "another's file is replaced without gaining or giving rights" {
	open_folder mmshm
	chmod 777 "$open"
	echo old >"$open/t"
	chmod 666 "$open/t"
	(umask 077 && cd "$open" && user ./mmshm run -s 16 --dump t true 2>"$BATS_TEST_TMPDIR/err")
	[ "$(stat -c '%u %a %s' "$open/t")" = '65534 600 16' ]
	has 'not with the owner' err
	rm "$open/mmshm"
	[ "$(ls -A "$open")" = t ]
}

@test "mmcp --atomic -p sets set-ID bits when the owner is right, or never" {
	local call n
	need_root
	need_inject
	chown 65534:65534 new
	chmod 6755 new
	old atomic 6755
	tracer=(strace -o trace -e 'trace=fchown,?fchown32,fchmod' -e 'inject=fchown,?fchown32:error=EPERM')
	"${tracer[@]}" "$bin/mmcp" --atomic -p new d/t 2>err || :
	[ "$(stat -c %a d/t)" != 6755 ] || is 'old\n' d/t
	# killed at any call
	for call in fchown fchmod fsetxattr utimensat fsync renameat; do
		for n in 1 2 3; do
			rm -rf d
			mkdir d
			echo old >d/t
			chmod 6755 d/t
			strace -o trace -e trace=$call -e inject=$call:signal=KILL:when=$n "$bin/mmcp" --atomic -p new d/t 2>err || :
			find d -type f -size 8 -perm /6000 -uid 0 >bad
			is '' bad
		done
	done
}

@test "a copy with rights of its own is never open to those of the old file" {
	local n
	need_inject
	chmod 600 new
	for n in 1 2 3; do
		rm -rf d
		mkdir d
		old atomic 666
		strace -o trace -e trace=fchmod,utimensat,fsync -e inject=fchmod,utimensat,fsync:signal=KILL:when=$n \
			"$bin/mmcp" --atomic -p new d/t 2>err || :
		find d -type f -size 8 -perm /077 >bad
		is '' bad
	done
}

@test "a name that means another file by the time of the rename is left alone" {
	local w
	need_inject
	echo precious >elsewhere
	for w in atomic snapshot resize; do
		old $w
		stopped_in fsync replace $w
		mv d/t kept
		ln -s ../elsewhere d/t
		goes_on
		[ "$got" != 0 ]
		has 'd/t.*(was replaced meanwhile|Stale file handle)' said
		[ "$(readlink d/t)" = ../elsewhere ]
		is 'precious\n' elsewhere
		clean
		rm d/t
		# another file under the name
		old $w
		stopped_in fsync replace $w
		mv d/t kept
		echo other >d/t
		goes_on
		[ "$got" != 0 ]
		is 'other\n' d/t
		clean
	done
}

@test "a list of rights that cannot be there is missed by nobody, and one that cannot be read keeps the old file" {
	local call error
	need_inject
	for call in fgetxattr fremovexattr; do
		for error in ENODATA EOPNOTSUPP ENOSYS EINVAL ENOENT EIO EPERM; do
			old atomic
			got=0
			strace -qq -o trace -e "trace=$call" -e "inject=$call:error=$error" "$bin/mmcp" --atomic new d/t 2>said || got=$?
			case $error in
			EIO | EPERM)
				[ $got = 1 ]
				has "^mmcp: cannot keep the permissions of 'd/t': " said
				run ! cmp -s new d/t
				;;
			*)
				[ $got = 0 ]
				is '' said
				cmp new d/t
				;;
			esac
			clean
		done
	done
}

@test "a fifo that takes the place of the old file meanwhile makes nobody wait" {
	local w
	need_inject
	for w in atomic:pwrite64 snapshot:write resize:fdatasync; do
		old "${w%:*}"
		# before owner and attributes of the old file are looked at
		stopped_in "${w#*:}" replace "${w%:*}"
		mv d/t kept
		mkfifo d/t
		goes_on
		[ "$got" != 0 ]
		has 'd/t.*(was replaced meanwhile|Stale file handle)' said
		[ -p d/t ]
		clean
		rm d/t
	done
}

@test "mmcp goes the way to its target once, so that folders swapped meanwhile lead it nowhere else" {
	local options
	need_inject
	save_traced() { "${tracer[@]}" "$bin/mmcp" "$@"; }
	mkdir elsewhere
	for options in --remove-destination --atomic -f '' '--backup=simple' '-lf' '--atomic --backup=simple'; do
		rm -rf d kept
		mkdir d
		old atomic
		echo precious >elsewhere/t
		only=(-P new)
		# at the first look at the source the way to the target is known
		stopped_in %file save_traced $options new d/t
		mv d kept
		ln -s elsewhere d
		goes_on
		[ "$got" = 0 ] || cat said
		is 'precious\n' elsewhere/t
		[ "$(ls -A elsewhere)" = t ]
		cmp new kept/t
		rm d
	done
}

@test "a file that somebody has made meanwhile under a free name is not replaced" {
	local w
	need_inject
	for w in atomic snapshot; do
		rm -f d/t
		stopped_in fsync replace $w
		echo other >d/t
		goes_on
		[ "$got" != 0 ]
		has 'd/t' said
		is 'other\n' d/t
		clean
	done
}

@test "a file that somebody makes in the very instant in which the name is taken is not replaced" {
	local way look
	need_inject
	taking() { "${tracer[@]}" "${without[@]}" "$bin/mmcp" --atomic new d/t; }
	# the last look at the name, and which of its kind
	strace -o trace -e 'trace=newfstatat,?fstatat64,?statx,?renameat2' "$bin/mmcp" --atomic new d/t
	read -r look nth < <(awk -F'(' '/^renameat2/ { print last, n[last]; exit } { n[last = $1]++ }' trace)
	for way in renameat2 linkat; do
		without=(-e "trace=$look,renameat2,linkat")
		[ $way = renameat2 ] || without+=(-e inject=renameat2:error=EINVAL)
		rm d/t
		stopped_in "$look" taking
		echo other >d/t
		goes_on
		has "$way.*EEXIST" trace
		[ "$got" = 1 ]
		has "d/t.*File exists" said
		is 'other\n' d/t
		clean
	done
}

@test "mmring resize replaces the ring that it has locked, whatever the name means by then" {
	local inode
	need_inject
	mkdir secret
	"$bin/mmring" create secret/ring 64K
	inode=$(stat -c %i secret/ring)
	old resize
	# stopped where it takes the lock, as if another held it
	stopped_in 'fcntl,?fcntl64' replace resize
	mv d/t d/was
	ln -s ../secret/ring d/t
	goes_on
	[ "$got" = 2 ]
	has 'd/t: was replaced meanwhile' said
	[ "$(stat -c '%i %s' secret/ring)" = "$inode 65536" ]
	[ "$(ls -A secret)" = ring ]
	clean "t${nl}was"
}

@test "a symlink is followed to the file behind it, over folders and links, and stays" {
	local w
	mkdir links
	ln -s ../d/t links/one
	ln -s "$PWD/links/one" two
	for w in "${writers[@]}" resize; do
		old $w 604
		replace $w two >out
		[ "$(stat -c %a d/t)" = 604 ]
		[ -L two ]
		[ -L links/one ]
		[ "$w" = resize ] || [ "$(head -c 3 d/t)" != old ]
		clean
	done
}

@test "a symlink that leads to nothing, or in a circle, is refused" {
	local w
	for w in snapshot dump; do
		ln -sf nowhere d/t
		run -2 replace $w
		has 'd/t: Too many levels of symbolic links|d/t: Symbolic link loop' - <<<"$output"
		clean
		ln -sf t d/t
		run -2 replace $w
		clean
	done
	ln -sf nowhere d/t
	run -1 replace atomic
	clean
	POSIXLY_CORRECT=1 replace atomic
	clean "nowhere${nl}t"
	cmp new d/nowhere
	[ "$(stat -c %a d/nowhere)" = 644 ]
}

@test "what may not be looked at is not taken for not there" {
	local w
	need_inject
	for w in snapshot dump; do
		old $w
		ln -s d/t link
		tracer=(strace -o trace -P link -e 'trace=%file' -e 'inject=openat,?open,%stat,%lstat:error=EACCES:when=1')
		run replace $w link
		[ "$status" != 0 ]
		has 'Permission denied' - <<<"$output"
		is 'old\n' d/t
		clean
		rm link
	done
	open_folder mmdev
	mkdir "$open/dark" "$open/mine"
	chown 65534 "$open/mine"
	cp new "$open/new"
	chmod 644 "$open/new"
	echo old >"$open/dark/t"
	chmod 666 "$open/dark/t"
	chmod 700 "$open/dark"
	ln -s dark/t "$open/link"
	cd "$open"
	user ./mmdev -f new 0+16 --save link 2>"$BATS_TEST_TMPDIR/err" && return 1
	is 'mmdev: link: Permission denied\n' "$BATS_TEST_TMPDIR/err"
	is 'old\n' dark/t
}

@test "a file that may not be written is not replaced either" {
	open_folder mmdev
	cp new "$open/new"
	chmod 777 "$open"
	echo old >"$open/t"
	cd "$open"
	user ./mmdev -f new 0+16 --save t 2>"$BATS_TEST_TMPDIR/err" && return 1
	is 'mmdev: t: Permission denied\n' "$BATS_TEST_TMPDIR/err"
	is 'old\n' t
}

@test "pipes and devices are written to" {
	local w
	mkfifo d/t
	for w in snapshot dump; do
		cat d/t >seen 3>&- &
		started+=("$!")
		replace $w >out
		wait "${started[-1]}"
		[ -s seen ]
		[ -p d/t ]
		replace $w /dev/null >out
		[ -c /dev/null ]
		clean
		run -2 replace $w d
	done
}

@test "bytes that the disk does not take leave the old file" {
	local w
	need_inject
	for w in "${writers[@]}"; do
		old $w
		tracer=(strace -o trace -e trace=fsync -e inject=fsync:error=ENOSPC:when=1)
		run replace $w
		[ "$status" != 0 ]
		has 'No space left on device' - <<<"$output"
		is 'old\n' d/t
		clean
	done
}

@test "a folder that cannot be made durable is told when the new file has its name already" {
	local w
	need_inject
	for w in "${writers[@]}"; do
		old $w
		tracer=(strace -o trace -e trace=fsync -e inject=fsync:error=EIO:when=2)
		run replace $w
		[ "$status" != 0 ]
		has 'Input/output error|I/O error' - <<<"$output"
		[ "$(head -c 3 d/t)" != old ]
		clean
	done
	run -3 "${tracer[@]}" "$bin/mmcp" --atomic --sync new d/t
	has "'?d/t'?: replaced, but durability unknown: " - <<<"$output"
	cmp new d/t
}

@test "a folder without fsync is no failure, but to mmcp --sync" {
	local w
	need_inject
	for w in "${writers[@]}" resize; do
		old $w
		tracer=(strace -o trace -e trace=fsync -e inject=fsync:error=EINVAL)
		[ "$w" != resize ] || tracer=()
		replace $w >out
		clean
	done
	run -3 "${tracer[@]}" strace -o trace -e trace=fsync -e inject=fsync:error=EINVAL "$bin/mmcp" --atomic --sync new d/t
	cmp new d/t
}

@test "a file system without attributes is no hindrance" {
	local w
	need_inject
	for w in "${writers[@]}" resize; do
		old $w 640
		tracer=(strace -o trace -e 'trace=flistxattr,fgetxattr,fsetxattr,fremovexattr' \
			-e 'inject=flistxattr,fgetxattr,fsetxattr,fremovexattr:error=EOPNOTSUPP')
		replace $w >out
		[ "$(stat -c %a d/t)" = 640 ]
		clean
	done
}

@test "a signal that comes while a file is created takes it away again" {
	local name command made
	need_inject
	for command in 'mmcp new d/t' 'mmcp --atomic new d/t' 'mmdev -f new 0+16 --save d/t' 'mmring create d/t 64K' \
		'mmring write d/t' 'mmshm create ./d/t 64K' 'mmshm copy ./new ./d/t'; do
		rm -rf d
		mkdir d
		# at each call that opens something below d, one after the other
		for ((made = 1; made < 60; made++)); do
			# shellcheck disable=SC2086 # a command and its words
			strace -o trace -e trace=openat,open -e "inject=openat,open:signal=TERM:when=$made" "$bin/"$command </dev/null \
				>out 2>err || :
			grep -q TERM trace || break
			if [ -n "$(ls -A d)" ]; then
				# what was complete by then stays
				grep -q 'O_CREAT' trace
				tail -n 3 trace | grep -q O_CREAT && { echo "$command, at $made:"; ls -A d; cat trace; return 1; }
				rm -rf d
				mkdir d
			fi
		done
		[ "$made" -gt 1 ]
		rm -rf d
	done
}

@test "a signal that comes while a link is made beside an old one takes it away again" {
	local options
	need_inject
	for options in -lf -sf; do
		old atomic
		strace -o trace -e trace=linkat,symlinkat -e inject=linkat,symlinkat:signal=TERM "$bin/mmcp" $options "$PWD/new" d/t \
			2>err || :
		has TERM trace
		clean
		is 'old\n' d/t
	done
	echo old >d/mmcat
	strace -o trace -e trace=symlinkat -e inject=symlinkat:signal=TERM:when=2 "$bin/mmtools" --install -s --force d 2>err || :
	[ -z "$(find d -name '.*mmtmp*')" ]
}

@test "a signal that comes while an object is created takes it away again" {
	local name=mmsave-$$-1 made
	need_inject
	if [ ! -d /dev/shm ] || [ ! -w /dev/shm ]; then skip "no /dev/shm to write to"; fi
	strace -o trace -P "/dev/shm/$name" -e 'trace=openat,?open' -e 'inject=openat,?open:signal=TERM' \
		"$bin/mmshm" create "$name" 64K 2>err || :
	has TERM trace
	[ ! -e "/dev/shm/$name" ]
}

@test "a command that a ring is written for ignores no signal that it would not ignore otherwise" {
	[ -r /proc/self/status ] || skip "no /proc"
	sh -c 'exec grep SigIgn /proc/self/status' >want
	"$bin/mmring" run d/t sh -c 'exec grep SigIgn /proc/self/status'
	"$bin/mmring" read -r d/t >seen
	cmp want seen
}
