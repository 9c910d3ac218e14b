# What the tests of mmcp under its classic name share: running cp, what it says, what it leaves.

# what is set here is used by the words
# shellcheck disable=SC2034

# Work is done in a folder of its own, so that what cp said can lie beside it and not in it.
setup() {
	say=$BATS_TEST_TMPDIR
	mkdir "$say/w"
	cd "$say/w" || return
	umask 022
	via=(run_cp)
	through=()
	plain=plain_quotes
}

# Some tests leave folders that only root may remove.
teardown() {
	chmod -R u+rwx "$BATS_TEST_TMPDIR" 2>/dev/null || :
}

# cp, run through the command in "through" when there is one (another user, other mounts)
run_cp() {
	if [ ${#through[@]} = 0 ]; then
		classic cp "$@"
	elif [ "$PEER" = host ]; then
		PATH=/usr/bin:/bin "${through[@]}" cp "$@"
	else
		"${through[@]}" "${reach:-$bin/cp}" "$@"
	fi
}

# ‘’ made plain
plain_quotes() {
	local file
	for file in "$say/out" "$say/err"; do
		if [ -s "$file" ]; then sed "s/‘/'/g; s/’/'/g" "$file" >"$say/plain" && mv "$say/plain" "$file"; fi
	done
}

# said out|err TEXT: these were the words; a last newline is implied, and no words are no line
said() {
	reads "${2-}${2:+$'\n'}" "$say/$1"
}

# The same with the lines in any order, for what depends on the order of a folder
said_somehow() {
	sort "$say/$1" >"$say/sorted"
	sort <<<"$2" | diff - "$say/sorted"
}

# ok ARG...: status 0 and not a word
ok() {
	try 0 "$@" && said out && said err
}

# no MESSAGE ARG...: the short form of complains, of which there are hundreds
no() {
	complains "$@"
}

# warns LINES ARG...: status 0, the lines on stderr and nothing else
warns() {
	local lines=$1
	shift
	try 0 "$@" && said out && said err "$lines"
}

# asks PROMPT ARG...: status 0; a prompt has no line end, so that the answer stands behind it
asks() {
	local prompt=$1
	shift
	try 0 "$@" && said out && reads "$prompt" "$say/err"
}

# usage MESSAGE ARG...: refused with the message and a pointer to the help
usage() {
	local message=$1
	shift
	no "$message"$'\n'"Try 'cp --help' for more information." "$@"
}

# state [DIR]: what is there, in a line: name=contents, link->target, dir/, fifo|, a count of links when there are several
state() (
	set +T
	cd "${1:-.}" || exit
	shopt -s globstar dotglob nullglob
	line=''
	names=(**)
	[ ${#names[@]} = 0 ] || mapfile -t links < <(stat -c %h -- "${names[@]}")
	for i in "${!names[@]}"; do
		f=${names[i]}
		if [ -L "$f" ]; then
			line+="$f->$(readlink -- "$f")"
		elif [ -d "$f" ]; then
			line+="${f%/}/"
			links[i]=1
		elif [ -p "$f" ]; then
			line+="$f|"
		elif [ -f "$f" ]; then
			IFS= read -rd '' bytes <"$f" || :
			line+="$f=${bytes%$'\n'}"
		else
			line+="$f?"
		fi
		[ "${links[i]}" = 1 ] || line+="*${links[i]}"
		line+=' '
	done
	printf '%s\n' "${line% }"
)

# sees STATE [DIR]
sees() {
	local got
	got=$(state "${2:-.}")
	[ "$got" = "$1" ] || printf 'wanted: %s\nseen:   %s\n' "$1" "$got"
	[ "$got" = "$1" ]
}

mode() {
	stat -c %a -- "$1"
}

# Times to the nanosecond, as text
mtime() {
	stat -c %y -- "$1"
}

owner() {
	stat -c %u:%g -- "$1"
}

# From here on cp is run by an ordinary user who owns the folder; "mine" runs another command as that user.
as_user() {
	local dir
	[ "$(id -u)" = 0 ] || return 0
	need setpriv
	through=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${through[@]}" true 2>"$say/err" || skip "setpriv cannot change the user here"
	# Bats makes its folders for nobody else; the user may pass, not look.
	for dir in "$BATS_RUN_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "$BATS_FILE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"; do
		chmod o+x "$dir"
	done
	if [ "$PEER" != host ]; then
		# the binary may lie where the user has no way
		reach=$BATS_FILE_TMPDIR/user/cp
		[ -x "$reach" ] || install -D -m 755 "$MMTOOLS" "$reach"
	fi
	chown 65534:65534 .
	"${through[@]}" test -x . || skip "TMPDIR is closed to other users"
}

mine() {
	"${through[@]}" "$@"
}

# behind SCRIPT: from here on cp runs where SCRIPT has mounted something that nobody else sees
behind() {
	need_root
	need unshare mount
	unshare -m true 2>"$say/err" || skip "no mounts of our own here"
	through=(unshare -m sh -c "$1"' || exit 99; exec "$@"' sh)
}

# Can the file system here hold user.* attributes?
need_xattr() {
	need setfattr getfattr
	touch "$say/probe"
	setfattr -n user.probe -v 1 "$say/probe" 2>"$say/err" || skip "no user attributes on this file system"
}

need_acl() {
	need setfacl getfacl
	touch "$say/probe"
	setfacl -m u:65534:r "$say/probe" 2>"$say/err" || skip "no access control lists on this file system"
}

# --- beside the host's cp: the same command lines on the same trees, twice, and what came of it compared: names, types,
# modes, owners, sizes, links, times that were kept, holes, contents, attributes, words and status. The folder of a case is
# named after its options, so a difference shows in its path which case it is.

# without_colour FOLDER...: their user attribute is taken away, where they have one
without_colour() {
	if command -v setfattr >/dev/null; then setfattr -x user.colour "$@" 2>/dev/null || :; fi
}

# beside_gnu: the set-up of such a test
beside_gnu() {
	say=$BATS_TEST_TMPDIR
	cd "$say" || return
	umask 022
	through=()
	reach=''
	within=.
	answers=/dev/null
	operands='from to'
	[ "$(command -p cp --version | head -n 1)" = 'cp (GNU coreutils) 9.1' ] ||
		skip "the cp of this machine is not that of GNU coreutils 9.1"
	need timeout find cksum
	subject=${bin:?}/cp
	[ "$PEER" != host ] || subject='cp'
	standard=$(command -p getconf PATH)
}

# All that lies below a folder, sorted. Times before 2010 are those of the template, so they were kept; all others are
# "new". A file of a megabyte with less than half of its blocks has holes. Of several names of a file all but the first name
# that one.
listing() (
	set +T
	cd "$1" || exit
	find . ! -name '*.words' -printf '%P %y %m %U:%G %n %l %i %s %b %T@\0' | LC_ALL=C sort -z | tr '\0\n' '\n?' | awk '{
		kept = $NF < 1262304000 ? $NF : "new"
		blocks = $(NF - 1)
		size = $(NF - 2)
		holes = size > 1000000 && blocks * 1024 < size ? "holes" : ""
		inode = $(NF - 3)
		again = inode in first ? "=" first[inode] : ""
		if (!(inode in first)) first[inode] = $1
		if ($0 ~ / d [0-7]+ [0-9]+:/) size = ""
		$NF = $(NF - 1) = $(NF - 2) = $(NF - 3) = ""
		print $0, size, holes, kept, again
	}'
	find . -type f ! -name '*.words' -print0 | LC_ALL=C sort -z | xargs -0r cksum
	if command -v getfattr >/dev/null; then
		# user attributes and access control lists
		find . ! -name '*.words' -print0 | LC_ALL=C sort -z | xargs -0r getfattr -h -d -m '^user|^system' -e hex 2>&1
	fi
)

# go SIDE COMMAND ARG...: runs it in the folder of this side's case, or one "within" it; leaves words (in any order) and
# status there
go() {
	local side=$1 got=0
	shift
	(
		cd "$side/$case/$within" || exit 97
		PATH=$standard "${through[@]}" timeout 20 "$@" <"$answers" >"$say/$side.out" 2>"$say/$side.err"
	) || got=$?
	{
		echo "status $got"
		sort "$side.out"
		# prompts have no line ends
		sed "s/‘/'/g; s/’/'/g; s/? /?\\n/g" "$side.err" | sort
	} >"$side/$case.words"
}

# both ARG...: host's cp and ours
both() {
	go host cp "$@"
	go ours "${reach:-$subject}" "$@"
}

# spread: a fresh copy of the template for the case on both sides
spread() {
	local side
	for side in host ours; do
		mkdir -p "$side/$case"
		command -p cp -a template/. "$side/$case"
	done
}

# compare: the same on both sides, words and all
compare() {
	local words alike=0
	listing host >host.listing
	listing ours >ours.listing
	diff -U0 host.listing ours.listing >differences || alike=1
	while IFS= read -rd '' words; do
		diff -U0 "host/$words" "ours/$words" >>differences || alike=1
	done < <(cd host && find . -name '*.words' -print0)
	[ $alike != 0 ] || return 0
	# which cases differ, and how
	sed -nE 's/^[-+]([^/ ]+)\/.*/\1/p; s/^--- host\/(.\/)?(.*)\.words.*/\2/p' differences | sort | uniq -c
	echo 'host -, ours +'
	head -n 120 differences
	return $alike
}

# --- trees --------------------------------------------------------------------------------------------------------

# src: something of every kind. full: a tree in its way, with other contents and here and there another type; but none
# of the names that are hard links of one another, since which of them is copied first depends on the order of the folder.
plant() {
	local i
	mkdir -p template/src/sub/deep/deeper template/src/private template/src/sticky template/src/shared template/src/closed
	(
		cd template/src || exit
		: >empty
		echo small >small
		pattern 4096 >page
		pattern 100001 >big
		printf data | dd of=holes bs=1 seek=700000 status=none
		truncate -s 2M holes
		printf data | dd of=holes bs=1 seek=1500000 conv=notrunc status=none
		head -c 1200000 /dev/zero >zeros
		echo exec >./exec
		chmod 755 exec
		echo setid >setid
		chmod 6755 setid
		echo ro >ro
		chmod 444 ro
		echo group >group
		chmod 660 group
		echo space >'with space'
		echo newline >$'new\nline'
		echo dash >-dash
		echo quote >"it's"
		echo linked >h1
		ln h1 h2
		ln h1 sub/h3
		ln -s small l
		ln -s sub ld
		ln -s ../small sub/lup
		ln -s nowhere dangling
		ln -s loop loop
		ln -s . here
		ln -s /nonexistent/absolute absolute
		ln dangling dangling2
		mkfifo -m 620 fifo
		echo deep >sub/deep/deeper/file
		echo in >private/in
		echo in >closed/in
		chmod 700 private
		chmod 1777 sticky
		chmod 2775 shared
		chmod 555 closed
		if [ "$(id -u)" = 0 ]; then
			chown 12:34 group sub/deep
			chown -h 12:34 l
			mknod null c 1 3 2>/dev/null || :
		fi
		if command -v setfattr >/dev/null; then
			setfattr -n user.colour -v blue small sub 2>/dev/null || :
			setfattr -n user.ro -v red page 2>/dev/null || :
		fi
		if command -v setfacl >/dev/null; then
			setfacl -m u:1234:rw exec 2>/dev/null || :
			setfacl -d -m u:1234:rwx shared 2>/dev/null || :
		fi
	)
	if [ "${1-}" = full ]; then
		mkdir -p template/full/sub/deep template/full/sub/other template/full/empty template/full/elsewhere template/full/private
		(
			cd template/full || exit
			echo 'old and longer' >small
			echo 'old outside' >outside
			ln outside page
			echo 'old big' >big
			echo 'old prey' >prey
			ln -s prey exec
			ln -s /nonexistent/old setid
			echo 'old ro' >ro
			chmod 400 ro
			echo 'old link' >l
			ln -s elsewhere ld
			ln -s elsewhere shared
			echo 'old folder' >sticky
			echo 'old dangling' >dangling
			ln -s prey fifo
			echo 'old only here' >sub/here
			echo 'old group' >far
			ln -s far group
			chmod 750 private
			touch small~ big.~3~
			command -v setfattr >/dev/null && setfattr -n user.old -v old small 2>/dev/null
			touch -h -d '2009-06-01 00:00:00.123456789' ./*
			# newer than their sources
			touch -h -d '1999-01-01 00:00:00.5' small page outside prey exec l dangling fifo
		) || :
	fi
	(
		cd template || exit
		i=0
		find src -depth -print0 | LC_ALL=C sort -z | while IFS= read -rd '' f; do
			i=$((i + 1))
			printf '%s\0' "$f" >"../name"
			touch -h -d "2003-04-05 06:07:08.$((100000000 + i * 7654321))" -- "$f"
		done
		# what lay within has been touched; the folders last, deepest first
		find . -depth -type d -exec touch -d '2004-05-06 07:08:09.987654321' {} +
	)
}

# fan FORM OPTIONS...: each set of options on its own trees, compared in the end. FORM says what stands behind the options.
fan() {
	local - options words form=$1
	set +T
	shift
	for options; do
		case=${options:-plain}
		spread
		read -ra words <<<"$options"
		case $form in
		new) both "${words[@]}" src new ;;
		into) mkdir host/"$case"/into ours/"$case"/into && both "${words[@]}" src into ;;
		all) both "${words[@]}" -- src/empty src/small src/page src/big src/holes src/exec src/setid src/l src/ld src/h1 src/h2 \
			src/dangling 'src/with space' $'src/new\nline' src/-dash src/nosuch src/sub full ;;
		over) both "${words[@]}" src/. full ;;
		exact) both "${words[@]}" -T src full ;;
		esac
	done
	compare
}

# forget: what both have made goes away, folders that are closed as well
forget() {
	chmod -R u+rwX host ours
	rm -rf host ours
}

# match OPTIONS...: each set of options on all pairs, with "operands" behind it
match() {
	local - options words pair side
	set +T
	for options; do
		case=${options:-plain}
		case="${case//\//:} ${operands//\//:}"
		spread
		read -ra words <<<"$options $operands"
		for side in host ours; do
			[ $side = ours ] && cp=${reach:-$subject} || cp='cp'
			(
				PATH=$standard
				for pair in "$side/$case"/*/; do
					cd "$pair" || exit 97
					echo "$pair" >>../words
					echo "$pair" >>../warnings
					got=0
					"${through[@]}" "$cp" "${words[@]}" </dev/null >>../words 2>>../warnings || got=$?
					echo "status $got" >>../words
					cd "$OLDPWD" || exit 97
				done
				cd "$side/$case" || exit 97
				sed "s/^$side//; s/‘/'/g; s/’/'/g" words warnings >"../$case.words"
				rm words warnings
			)
		done
	done
	compare
}
