# What hostile use and other projects' bug reports have found wrong in mmcp.

# $bin, $nl and $say come from the helper, $through is for cp.bash; what stands in quotes is an inner shell's.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

bats_require_minimum_version 1.5.0
load helper
load cp

@test "mmcp -v --remove-destination says that a file was removed only when it was" {
	ours
	as_user
	mine sh -c 'echo new >s; chmod 0 s; echo old >t; echo good >g'
	try 1 -v --remove-destination s t
	said out "'s' -> 't'"
	said err "cp: cannot open 's' for reading: Permission denied"
	[ "$(cat t)" = old ]
	tells "removed 't'
'g' -> 't'" -v --remove-destination g t
}

@test "a last operand that cannot be looked at is not taken for no folder" {
	need_inject
	ours
	mkdir s t
	echo data >s/f
	strace -o "$say/trace" -P t -e trace=openat,open -e inject=openat,open:error=EINTR:when=1 "$bin/cp" -r s t 2>"$say/err"
	[ "$(state t)" = 's/ s/f=data' ]
	rm -r t/s
	run -1 strace -o "$say/trace" -P t -e trace=openat,open -e inject=openat,open:error=ENOMEM:when=1 "$bin/cp" -r s t
	has "cp: target 't': (Cannot allocate|Out of) memory" <(printf '%s\n' "$output")
	[ "$(state t)" = '' ]
}

@test "cp -v says once that an old name of a hard link goes" {
	mkdir d
	echo new >a
	ln a b
	echo old >d/a
	ln d/a d/b
	tells "removed 'd/a'
'a' -> 'd/a'
removed 'd/b'
'b' -> 'd/b'" -av --remove-destination a b d
}

# --- in somebody else's folder ---

@test "cp -a sets owner, mode and times of folders, symlinks and special files by descriptors, never by a name" {
	need_strace
	mkdir -p s/d
	mkfifo s/p
	ln -s x s/l
	chmod 750 s/d
	[ "$(id -u)" != 0 ] || chown -h 12:34 s/d s/p s/l
	ours
	strace -o trace -e 'trace=/chown,/chmod,/utime' "$bin/cp" -a s t
	grep -vE 'f(chown|chmod)\([0-9]+, |(fchownat|utimensat)\([0-9]+, ("",|NULL,)|chmod\("/proc/self/fd/[0-9]+"|^\+\+\+' trace >by_name || :
	reads '' by_name
	[ "$(mode t/d) $(owner t/d) $(owner t/l)" = "750 $(owner s/d) $(owner s/l)" ]
}

cp_traced() {
	"${tracer[@]}" "$bin/cp" "$@"
}

@test "a fifo, a symlink or a folder that somebody replaces as soon as cp has made it gives no rights to another file" {
	need_inject
	ours
	mkdir s s/d
	mkfifo -m 666 s/p
	ln -s x s/l
	chmod 777 s/d
	[ "$(id -u)" != 0 ] || chown -h 12:34 s/p s/l s/d
	for made in mknodat:p symlinkat:l mkdirat:d; do
		rm -rf t
		mkdir t
		echo secret >secret
		chmod 600 secret
		stopped_in "${made%:*}" cp_traced -a s/"${made#*:}" t/x
		mv t/x t/kept
		case $made in
		*:l) ln secret t/x ;;
		*) ln -s ../secret t/x ;;
		esac
		goes_on
		[ "$got" = 1 ]
		has t/x said
		[ "$(mode secret) $(owner secret)" = "600 $(id -u):$(id -g)" ]
	done
	# nor to another fifo, by a link to it
	rm -rf t
	mkdir t
	mkfifo -m 600 secret.fifo
	stopped_in mknodat cp_traced -a s/p t/x
	mv t/x t/kept
	ln secret.fifo t/x
	goes_on
	[ "$got" = 1 ]
	has 'cp: .t/x. was replaced while being copied' said
	[ "$(mode secret.fifo) $(owner secret.fifo)" = "600 $(id -u):$(id -g)" ]
}

@test "the way to a target is gone once, also with a slash behind it, or when its folders come meanwhile" {
	need_inject
	ours
	mkdir -p s victim t
	echo data >s/f
	chmod 700 s
	# a slash leads through a symlink, whatever flag says that it shall not
	stopped_in mkdirat cp_traced -a s t/new/
	mv t/new t/kept
	ln -s ../victim t/new
	goes_on
	[ "$got" = 1 ]
	[ "$(mode victim) $(state victim)" = '755 ' ]
	# the folder above is missing when it is looked for
	only=(-P s)
	stopped_in '/^(new)?fstatat|^statx|^l?stat(64)?$' cp_traced -a s t/a/new
	only=()
	mkdir t/a
	goes_on
	[ "$got" = 1 ]
	reads "cp: 't/a/new' was replaced while being copied$nl" <(tail -n 1 said)
	[ "$(state t/a)" = new/ ]
	# a file's slash is refused, and a folder's counts for nothing
	no "cp: cannot create regular file 't/b/': Not a directory" s/f t/b/
	ok -r s t/b/
	[ "$(cat t/b/f)" = data ]
}

@test "a terminal that is copied from or to does not become ours" {
	need_strace
	ours
	echo new >f
	echo old >g
	strace -o trace -e trace=openat,?open "$bin/cp" f g
	[ "$(grep -c '"[fg]", O_[RW].*O_NOCTTY' trace)" = 2 ]
}

@test "a file that goes away before it is overwritten is made anew" {
	need_inject
	ours
	local options
	for options in '' -f; do
		echo new >f
		echo old >g
		only=(-P g)
		# shellcheck disable=SC2086 # one word or none
		stopped_in '/^(new)?fstatat|^statx|^l?stat(64)?$' cp_traced $options f g
		only=()
		rm g
		goes_on
		[ "$got" = 0 ]
		cmp f g
	done
}

@test "no folder is copied that somebody puts in the place of the one that was met" {
	need_inject
	ours
	local options
	for options in -r -a -rL; do
		rm -rf s t
		mkdir -p s/d s/private t
		chmod 700 s/private
		echo secret >s/private/f
		stopped_in mkdirat cp_traced "$options" s/d t/d
		mv s/d s/kept
		mv s/private s/d
		goes_on
		[ "$got" = 1 ]
		reads "cp: cannot access 's/d': Stale file handle$nl" said
		[ "$(state t)" = d/ ]
	done
}

@test "a fifo in the place of the file that was met makes nobody wait" {
	need_inject
	ours
	local size
	mkdir s t
	for size in 0 5; do
		rm -f s/f
		head -c $size /dev/zero >s/f
		only=(-P s/f)
		stopped_in '/^(new)?fstatat|^statx|^l?stat(64)?$' cp_traced -a s/f t
		only=()
		rm s/f
		mkfifo s/f
		goes_on
		[ "$got" = 1 ]
		reads "cp: skipping file 's/f', as it was replaced while being copied$nl" <(tail -n 1 said)
	done
}

@test "no list of rights comes from a file that somebody puts in the place of the source" {
	need_inject
	need_acl
	ours
	local made
	for made in mknodat:p mkdirat:d; do
		rm -rf s t
		mkdir -p s/d s/open.d t
		mkfifo s/p s/open.p
		setfacl -m u:1234:rwx s/open.d s/open.p
		stopped_in "${made%:*}" cp_traced -a s/"${made#*:}" t/x
		mv s/"${made#*:}" s/kept
		mv s/open."${made#*:}" s/"${made#*:}"
		goes_on
		[ "$got" = 1 ]
		getfacl -cp t/x >list
		lacks 1234 list
	done
	# nor from one on the way
	mkdir -p way/d other t/way
	echo data | tee way/d/f other/f
	setfacl -m u:1234:rwx other
	stopped_in mkdirat cp_traced -p --parents way/d/f t
	mv way/d kept
	mv other way/d
	goes_on
	has "cp: failed to get attributes of .way/d.: Stale file handle" said
	getfacl -cp t/way/d >list
	lacks 1234 list
}

@test "a hard link among copies leads to the copy, though somebody has put another file in its place" {
	need_inject
	ours
	mkdir s t
	echo data >s/a
	ln s/a s/b
	echo secret >secret
	# which of the two comes first depends on the folder
	stopped_in utimensat cp_traced -a s/. t
	first=$(cd t && echo *)
	rm "t/$first"
	ln secret "t/$first"
	goes_on
	[ "$got" = 0 ]
	[ "$(stat -c %h secret)" = 2 ]
	if [ "$first" = a ]; then reads "data$nl" t/b; else reads "data$nl" t/a; fi
}

@test "no hard link is made to a file that somebody puts in the place of the one that was met" {
	need_inject
	ours
	mkdir s t
	echo data >s/a
	echo secret >secret
	only=(-P s/a)
	stopped_in '/^(new)?fstatat|^statx|^l?stat(64)?$' cp_traced -al s/a t/a
	only=()
	rm s/a
	ln -s ../secret s/a
	goes_on
	[ "$got" = 1 ]
	reads "cp: cannot create hard link 't/a' to 's/a': Stale file handle$nl" <(tail -n 1 said)
	[ "$(state t)" = '' ]
	rm s/a
	# no name is gone twice, not even for a moment
	echo data >s/a
	ln s/a s/b
	strace -o trace -e trace=linkat "$bin/cp" -al s/. t
	strace -o trace -A -e trace=linkat "$bin/cp" -a s d
	only 'linkat\([0-9]+, "", [0-9]+, .*|linkat\(AT_FDCWD, "/proc/self/fd/[0-9]+", .*|\+.*' trace
	[ s/a -ef t/a ]
	[ t/a -ef t/b ]
	[ d/a -ef d/b ]
}

@test "cp -a of hard links whose path is beyond PATH_MAX makes both names of one file" {
	local name
	ours
	name=$(printf 'n%.0s' {1..200})
	mkdir s
	(
		cd s || exit
		for _ in {1..25}; do mkdir "$name" && cd "$name" || exit; done
		echo data >a
		ln a b
	)
	ok -a s t
	(
		cd t || exit
		for _ in {1..25}; do cd "$name" || exit; done
		[ "$(stat -c %h a)" = 2 ]
		[ a -ef b ]
		[ "$(cat b)" = data ]
	)
}

# --- folders ---

@test "cp -r copies a tree though the umask takes rights in the new folders from their owner" {
	as_user
	mine mkdir -p s/d
	mine sh -c 'echo f >s/d/f'
	as=("${through[@]}")
	for mask in 0200 0222 0300 0700; do
		"${as[@]}" rm -rf t
		through=("${as[@]}" sh -c "umask $mask; exec \"\$@\"" sh)
		ok -r s t
		[ "$(mode t)" = "$(printf %o $((0755 & ~mask)))" ]
		"${as[@]}" chmod -R u+rwx t
		sees 'd/ d/f=f' t
	done
}

@test "cp -rL goes on behind a symlink to a folder that lies elsewhere, in the folder copied and one deeper" {
	mkdir -p s/a/z s/m s/z far
	echo far >far/f
	echo m >s/m/f
	echo z >s/z/f
	echo az >s/a/z/f
	ln -s ../far s/l
	ln -s ../../far s/a/l
	ok -rL s t
	sees 'a/ a/l/ a/l/f=far a/z/ a/z/f=az l/ l/f=far m/ m/f=m z/ z/f=z' t
}

@test "cp -r copies a tree deeper than the number of files that it may open" {
	local deep=s i
	for i in {1..60}; do deep+=/$i; done
	mkdir -p "$deep"
	echo end >"$deep/f"
	through=(bash -c 'ulimit -n 16; exec "$@"' -)
	ok -r s t
	[ "$(cat "t${deep#s}/f")" = end ]
	mkdir D
	ok --parents "$deep/f" D
	[ "$(cat "D/$deep/f")" = end ]
}

@test "cp --parents makes folders of folders alone" {
	mkdir -p s/d D
	echo f >s/d/f
	no "cp: failed to get attributes of 's/d/f': Not a directory" --parents s/d/f/g D
	ok --parents s/./d//f D
	sees 's/ s/d/ s/d/f=f' D
	echo x >E
	mkdir F
	echo in the way >F/s
	no "cp: 'F/s' exists but is not a directory" --parents s/d/f F
	[ "$(cat F/s)" = 'in the way' ]
}

@test "cp -v --parents shows names on a line of their own and without escapes" {
	ours
	mkdir -p "a${nl}b/c" $'\e[1m' d
	echo data >"a${nl}b/c/f"
	echo data >$'\e[1m/f'
	ok --parents "a${nl}b/c/f" d
	rm -r d/*
	try 0 -v --parents "a${nl}b/c/f" $'\e[1m/f' d
	[ "$(wc -l <"$say/out")" = 5 ]
	lacks $'\e' "$say/out"
}

@test "cp --parents by its old name" {
	mkdir -p s D
	echo f >s/f
	ok --path s/f D
	sees 's/ s/f=f' D
}

@test "cp --parents keeps what folders on the way have, and goes back to them when their contents are there" {
	mkdir -p s/d D
	echo f >s/d/f
	chmod 751 s
	chmod 710 s/d
	touch -d '2001-02-03 04:05:06.789' s/d s
	ok -p --parents s/d/f D
	[ "$(mode D/s) $(mode D/s/d)" = '751 710' ]
	[ "$(mtime D/s) $(mtime D/s/d)" = "$(mtime s) $(mtime s/d)" ]
}

@test "cp -R -n of a folder onto itself has nothing to do" {
	mkdir s
	echo f >s/f
	ok -R -n s .
	sees 's/ s/f=f'
}

@test "cp --keep-directory-symlink copies a folder into what a symlink in its place leads to" {
	ours
	mkdir -p s/d e/s real
	echo f >s/d/f
	ln -s ../../real e/s/d
	no "cp: cannot overwrite non-directory 'e/s/d' with directory 's/d'" -r s e
	ok -r --keep-directory-symlink s e
	[ "$(readlink e/s/d)" = ../../real ]
	sees 'f=f' real
	echo file >target
	ln -sf ../../target e/s/d2
	mkdir s/d2
	no "cp: cannot overwrite non-directory 'e/s/d2' with directory 's/d2'" -r --keep-directory-symlink s e
}

# --- what becomes of old targets ---

@test "cp -au of two names of one file, one of them newer, links the copies" {
	mkdir s t
	echo src >s/a
	ln s/a s/b
	touch -d 2001-01-01 s/a
	echo newer >t/b
	ok -au s/. t
	[ t/a -ef t/b ]
	# into an empty folder, and over copies of that age
	ok -au s/. u
	ok -au s/. u
	[ u/a -ef u/b ]
	[ "$(cat u/a)" = src ]
}

@test "cp --attributes-only puts a symlink or a fifo in the place of a file that is to be removed" {
	echo 1 >file1
	ln -s file1 sym1
	mkfifo p
	for options in '--remove-destination --attributes-only -d' '--attributes-only -fd'; do
		echo old >t
		# shellcheck disable=SC2086 # a list
		ok $options sym1 t
		[ "$(readlink t)" = file1 ]
		rm t
	done
	echo old >t
	ok --remove-destination --attributes-only -R p t
	[ -p t ]
	echo old >u
	no "cp: cannot create fifo 'u': File exists" --attributes-only -fR p u
	[ "$(cat u)" = old ]
}

@test "mmcp -s of a symlink, with attributes to be kept, has none to look for" {
	ours
	need_xattr
	ln -s nowhere l
	mkdir t
	ok -s -P --preserve=xattr "$PWD/l" t
	[ "$(readlink t/l)" = "$PWD/l" ]
}

@test "cp -b leaves the kind of backup that --backup has named, and there is none with -n" {
	echo new >a
	for order in '--backup=numbered -b' '-b --backup=numbered'; do
		rm -f t*
		echo old >t
		# shellcheck disable=SC2086 # a list
		ok $order a t
		[ "$(echo t*)" = 't t.~1~' ]
	done
	rm -f t*
	echo old >t
	ok --backup=none -b a t
	[ "$(echo t*)" = t ]
	for with in -b --backup=none '-S x'; do
		# shellcheck disable=SC2086 # a list
		usage 'cp: options --backup and --no-clobber are mutually exclusive' $with -n a t
	done
	[ "$PEER" = host ] || usage 'cp: options --backup and --update=none are mutually exclusive' -b --update=none a t
}

@test "cp -b gives the old file its name back when the copy fails, whoever of several makes it" {
	local jobs
	as_user
	export MMTOOLS_THREADS=4        # so that small files are handed over, too
	for jobs in '' --jobs=4; do
		[ -z "$jobs" ] || ours
		mine sh -c 'rm -rf s t && mkdir s t t/s && echo new >s/f && chmod 0 s/f && echo old >t/s/f'
		no "cp: cannot open 's/f' for reading: Permission denied" -rb $jobs s t
		[ "$(state t)" = 's/ s/f=old' ]
	done
}

@test "mmcp --atomic -b keeps the old backup where it can make no new one" {
	need_inject
	ours
	echo new >s
	echo old >t
	echo older >t~
	local got=0
	ok --atomic -b s t
	[ "$(state)" = 's=new t=new t~=old' ]
	strace -o "$say/trace" -e trace=linkat -e inject=linkat:error=EPERM "$bin/cp" --atomic -b s t 2>"$say/err" || got=$?
	[ "$got" = 1 ]
	said err "cp: cannot backup 't': Operation not permitted"
	[ "$(state)" = 's=new t=new t~=old' ]
}

@test "mmcp --reflink=always leaves an old target as it was where nothing can be cloned" {
	ours
	echo new >s
	echo old >t
	ln t u
	if "$bin/cp" --reflink=always s t 2>"$say/err"; then skip "clones here"; fi
	like "cp: failed to clone 't' from 's': [A-Z][^$nl]*$nl" "$say/err"
	[ "$(cat t) $(cat u)" = 'old old' ]
}

@test "mmcp tells of a limit on the size of files, also where it writes over an old one" {
	ours
	pattern 200000 >s
	echo old >t
	within_50_blocks() { ulimit -f 50 && "$bin/cp" "$@"; }
	run -1 within_50_blocks s t
	reads "cp: error writing 't': File too large${nl}cp: removed incomplete 't'" <(printf %s "$output")
	run -1 within_50_blocks s u
	[ "$(echo *)" = s ]
}

@test "mmcp --atomic renames symlinks and special files over old ones, too" {
	need_inject
	ours
	local call
	mkdir s t
	ln -s to s/l
	mkfifo s/p
	echo old >t/l
	echo old >t/p
	for call in symlinkat mknodat; do
		run -1 strace -o "$say/trace" -e "trace=$call" -e "inject=$call:error=ENOSPC" "$bin/cp" -a --atomic s/. t
		has 'No space left on device' <(printf %s "$output")
	done
	strace -o "$say/trace" -e trace=unlinkat,unlink "$bin/cp" -a --atomic s/p t
	lacks '"[lp]"' "$say/trace"
	strace -o "$say/trace" -e trace=unlinkat,unlink "$bin/cp" -a --atomic s/l t
	lacks '"[lp]"' "$say/trace"
	[ "$(state t)" = 'l->to p|' ]
}

is_under_way() {
	[ "$(find t | wc -l)" -gt 8 ]
}

@test "mmcp --jobs leaves no part of a file behind when a signal ends it, whatever the other workers are about" {
	need_inject
	ours
	local i got=0
	mkdir s t
	for i in {1..2000}; do echo data >"s/$i"; done
	export MMTOOLS_THREADS=4        # so that small files are handed over, too
	# others go on while one takes the files away
	strace -f -o trace -e trace=execve,unlinkat,fsync -e inject=unlinkat:delay_enter=50000 \
		-e inject=fsync:delay_enter=20000 "$bin/cp" -r --atomic --jobs=4 s/. t 2>said 3>&- &
	eventually is_under_way
	kill -TERM "$(sed 's/ .*//;q' trace)"
	wait "$!" || got=$?
	[ "$got" = 143 ]
	[ -z "$(find t -name '*mmtmp*')" ]
}

@test "cp copies a folder that is named twice once, also with backups" {
	mkdir d D
	echo f >d/f
	warns "cp: warning: source directory 'd' specified more than once" -a -b d d D
	sees 'd/ d/f=f' D
}

# --- bytes and rights ---

@test "cp makes holes of the zeros that a file with holes holds, and of no other file's" {
	need_holes
	truncate -s 4M f
	head -c 1M /dev/zero | dd of=f conv=notrunc status=none
	printf end | dd of=f bs=1 seek=3M conv=notrunc status=none
	head -c 1M /dev/zero >full
	before=$(stat -c %b f)
	ok f g
	ok full full2
	cmp f g
	[ "$(stat -c %b g)" -lt "$((before / 2))" ]
	[ "$(stat -c %b full2)" -ge "$(stat -c %b full)" ]
	ok --sparse=never f h
	[ "$(stat -c %b h)" -ge 8192 ]
}

@test "cp --no-preserve=mode gives a new file and a new folder what the umask says, whatever list the folder proposes" {
	need_acl
	mkdir D s s/d
	setfacl -d -m u:1000:rwx,g::r-x,o::- D
	touch f s/d/f
	chmod 700 s/d
	chmod 777 f
	ok --no-preserve=mode f D/n
	ok -r --no-preserve=mode s D
	[ "$(mode D/n) $(mode D/s/d) $(mode D/s/d/f)" = '644 755 644' ]
	getfacl -cp D/n D/s/d/f >"$say/acl"
	lacks 'user:1000\|user:[a-z]' "$say/acl"
	getfacl -cp D/s >"$say/acl"
	has '^default:user:' "$say/acl"
}

@test "a default list that finds no place is not missed" {
	need_acl
	behind 'mkdir -p m && mount -t ramfs none m'
	mkdir t
	echo a >t/a
	setfacl -d -m u:1234:rwx t
	ok -rp t m/t
	ok -a --parents t/a m
}

@test "mmcp --debug tells what was copied and how" {
	ours
	echo f >a
	try 0 --debug a b
	said out "'a' -> 'b'"
	has '^cp: a: (read|mapped)' "$say/err"
}

@test "a new target whose opening is interrupted is made all the same" {
	need_inject
	ours
	echo f >a
	strace -qq -o trace -P b -e inject=openat:error=EINTR:when=1 "$bin/cp" a b
	reads "f$nl" b
}
