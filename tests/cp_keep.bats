# What a copy keeps besides bytes: nothing that cannot be kept costs the bytes, and nobody gains a right by it.

# $bin, $nl and $say come from the helper, $through is for cp.bash; what stands in quotes is an inner shell's.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0
load helper
load cp

# theirs FILE TEXT: a file of somebody else that the user of as_user may write
theirs() {
	printf '%s\n' "$2" >"$1"
	chgrp 65534 "$1"
	chmod 664 "$1"
}

@test "a copy onto a writable file of another owner keeps its bytes when the attributes cannot be kept" {
	need_root
	as_user
	mine sh -c 'echo new >a'
	theirs b old
	try 1 -p a b
	has "cp: preserving (times|permissions) for 'b': Operation not permitted" "$say/err"
	reads "new$nl" b
	[ "$(owner b)" = 0:65534 ]
}

@test "a tree copied with -rp into a shared folder leaves every file there" {
	need_root
	as_user
	mkdir shared
	chown 0:65534 shared
	chmod 2775 shared
	mine mkdir new
	for i in 1 2 3; do
		mine sh -c "echo new$i >new/f$i"
		theirs shared/f$i old$i
	done
	try 1 -rp new/. shared
	for i in 1 2 3; do reads "new$i$nl" shared/f$i; done
}

@test "--attributes-only never deletes a file, whatever attribute it cannot set" {
	need_root
	as_user
	mine sh -c 'echo new >a'
	theirs b precious
	try 1 --attributes-only -p a b
	reads "precious$nl" b
	[ "$(mode b)" = 664 ]
}

@test "an access control list that finds no place is told, and the bytes arrive" {
	need_acl
	behind 'mkdir -p m && mount -t ramfs none m'
	echo data >f
	setfacl -m u:1234:rw f
	through=(unshare -m sh -c 'mkdir -p m && mount -t ramfs none m || exit 99; "$@"; status=$?; cat m/f >>got; exit $status' sh)
	no "cp: preserving permissions for 'm/f': Operation not supported" -p f m/f
	reads "data$nl" got
}

@test "extended attributes that were asked for and find no place are told, and the bytes arrive" {
	need_xattr
	echo data >f
	setfattr -n user.a -v 1 f
	behind 'mkdir -p m && mount -t ramfs none m'
	through=(unshare -m sh -c 'mkdir -p m && mount -t ramfs none m || exit 99; "$@"; status=$?; cat m/f >>got; exit $status' sh)
	try 1 --preserve=xattr f m/f
	has "setting attributes for 'm/f'|setting attribute 'user.a' for 'm/f'" "$say/err"
	reads "data$nl" got
}

@test "who may not give files away in a user namespace still gets all bytes of a tree" {
	need_root
	need unshare
	mkdir own
	echo a >own/a
	echo data >p
	chown -R 1234 own p
	as_user
	mine unshare -Ur true 2>/dev/null || skip "no user namespaces for this user"
	through+=(unshare -Ur)
	no "cp: failed to preserve ownership for 'q': Invalid argument" -p p q
	reads "data$nl" q
	try 1 -a own own2
	reads "a$nl" own2/a
}

@test "set-ID bits go with the owner that they were set for, and with no other" {
	need_root
	ours
	echo data >a
	chown 65534:65534 a
	chmod 6755 a
	ok --preserve=mode a b
	[ "$(mode b)" = 755 ]
	ok -p a c
	[ "$(mode c)" = 6755 ]
	[ "$(owner c)" = 65534:65534 ]
	echo mine >d
	chmod 6755 d
	ok --preserve=mode d e
	[ "$(mode e)" = 6755 ]
	ok --atomic --preserve=mode a e
	[ "$(mode e)" = 755 ]
}

@test "no set-ID bits and no capabilities come to a file that others may have open for writing" {
	need_root
	ours
	local options old
	echo data >a
	chmod 4755 a
	for old in 1234:0,644 0:1234,664 0:0,646; do
		for options in -p -a '--attributes-only -p'; do
			echo old >b
			chown "${old%,*}" b
			chmod "${old#*,}" b
			# shellcheck disable=SC2086
			no "cp: cannot keep the set-ID bits of 'b': others may have the old file open for writing" $options a b
			[ "$(mode b) $(owner b)" = '755 0:0' ]
		done
	done
	# others had no way to these
	for options in -p '--remove-destination -p' '--atomic -p'; do
		# shellcheck disable=SC2086
		ok $options a b
		[ "$(mode b) $(owner b)" = '4755 0:0' ]
	done
	chown 1234:1234 b
	ok --remove-destination -p a b
	chown 1234:1234 b
	ok --atomic -p a b
	[ "$(mode b) $(owner b)" = '4755 0:0' ]
	chown 1234:1234 a b
	chmod 4755 a
	ok -p a b
	[ "$(mode b) $(owner b)" = '4755 1234:1234' ]
	# a default list lets others into new files, but for the mode that they are made with
	if command -v setfacl >/dev/null && mkdir d && setfacl -d -m u:1234:rwx d 2>/dev/null; then
		need_strace
		chmod 4775 a
		strace -o trace -e trace=openat "$bin/cp" --preserve=mode a d
		has '"a", O_RDWR\|O_CREAT\|O_EXCL(\|O_LARGEFILE)?\|O_CLOEXEC, 0700\)' trace
	fi
	need setcap
	chown 0:0 a
	chmod 755 a
	setcap cap_net_raw+ep a 2>/dev/null || skip "no file capabilities here"
	echo old >b
	chown 1234 b
	no "cp: cannot keep the capabilities of 'b': others may have the old file open for writing" -a a b
	[ -z "$(getcap b)" ]
	rm b
	ok -a a b
	[ -n "$(getcap b)" ]
}

@test "cp -a keeps the mode of a fifo where there is no /proc, if the kernel has a way" {
	behind 'mount -t tmpfs none /proc'
	mkdir s
	mkfifo s/p
	chmod 751 s
	chmod 647 s/p
	"${via[@]}" --version >"$say/out" 2>"$say/err" || skip "this build does not start without /proc"
	# no headers and no emulator tell which kernels know the call
	if "${via[@]}" -a s t 2>"$say/err"; then
		[ "$(mode t/p)" = 647 ]
	else
		has "preserving permissions for .t/p.: Function not implemented" "$say/err"
	fi
	[ "$(mode t)" = 751 ]
}

@test "cp -p --parents gives no folder elsewhere, to which a symlink leads, an owner or a mode" {
	ours
	local sync
	mkdir -p s/a elsewhere/b t/real
	echo data >s/a/f
	chmod 777 s s/a
	[ "$(id -u)" != 0 ] || chown 12:34 s s/a
	ln -s ../elsewhere t/s
	for sync in '' --sync; do
		ok -p --parents $sync s/a/f t
		[ "$(mode elsewhere) $(owner elsewhere)" = "755 $(id -u):$(id -g)" ]
		[ "$(mode elsewhere/a) $(owner elsewhere/a)" = "777 $(owner s/a)" ]
		reads "data$nl" elsewhere/a/f
	done
}

@test "cp -p sets owner and mode only where they differ" {
	ours
	need_strace
	echo data >a
	echo old >b
	strace -f -o "$say/trace" -e trace=fchown,fchownat,chown,fchmod,fchmodat,chmod "$bin/cp" -p a b
	lacks 'chown|chmod' "$say/trace"
}

@test "an empty file copied onto an empty one gives it the time of the copy" {
	: >a
	: >b
	touch -d 2001-02-03 b
	ok a b
	[ "$(stat -c %Y b)" -gt 1000000000 ]
}

@test "a target whose file system refuses ftruncate is emptied as O_TRUNC empties it" {
	ours
	need_inject
	[ -d /proc/self/fd ] || skip "needs /proc"
	echo new >a
	pattern 5000 >b
	strace -qq -o /dev/null -e inject=ftruncate:error=EPERM "$bin/cp" a b
	reads "new$nl" b
}

@test "files of the kernel that take a write, but none at an offset, are written" {
	need_root
	need unshare setpriv
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -U true 2>"$say/err" || skip "no user namespaces here"
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare -U sleep 60 3>&- &
	started=($!)
	echo "0 65534 1" >map
	eventually sh -c '[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]' sh "${started[0]}"
	ok map "/proc/${started[0]}/uid_map"
	has '0 +65534 +1' "/proc/${started[0]}/uid_map"
	kill "${started[0]}"
	wait "${started[0]}" || :
}

@test "cp -a keeps times and modes where a descriptor cannot stand for a name, and without /proc" {
	local error calls='utimensat,?utimensat_time64'
	ours
	need_inject
	ln -s nowhere l
	mkdir -m 751 d
	touch -h -d 2001-02-03 l
	touch -d 2002-03-04 d
	for error in EINVAL ENOENT ENOSYS; do
		mkdir $error
		strace -qq -o log -e "trace=$calls" -e "inject=$calls:error=$error:when=1+2" "$bin/cp" -a l d $error
		grep -q "$error" log
		[ "$(stat -c %a,%Y $error/l $error/d)" = "$(stat -c %a,%Y l d)" ]
	done
	mkdir t
	strace -qq -o log -e "trace=$calls,?chmod,fchmodat" -e "inject=$calls:error=ENOENT:when=1..2" \
		-e 'inject=?chmod,fchmodat:error=ENOENT' "$bin/cp" -a d t
	[ "$(grep -c ENOENT log)" = 3 ]
	[ "$(stat -c %a,%Y t/d)" = "$(stat -c %a,%Y d)" ]
}
