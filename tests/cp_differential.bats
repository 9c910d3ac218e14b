# mmcp beside the host's GNU cp: the same command lines on the same trees, twice, and what came of it compared: names,
# types, modes, owners, sizes, links, times that were kept, holes, contents, attributes, words and status.
# The folder of a case is named after its options, so a difference shows in its path which case it is.

bats_require_minimum_version 1.5.0
load helper

# A cp that hangs shall fail its test, not stop the rest.
export BATS_TEST_TIMEOUT=120

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	[ "$(command -p cp --version | head -n 1)" = 'cp (GNU coreutils) 9.1' ] ||
		skip "the cp of this machine is not that of GNU coreutils 9.1"
	need timeout find cksum
	subject=${bin:?}/cp
	[ "$PEER" != host ] || subject='cp'
	standard=$(command -p getconf PATH)
}

teardown() {
	chmod -R u+rwx . 2>/dev/null || :
}

# All that lies below a folder, sorted. Times before 2010 are those of the template, so they were kept; all others are
# "new". A file of a megabyte with less than half of its blocks has holes.
listing() (
	set +T
	cd "$1" || exit
	find . ! -name '*.words' -printf '%P %y %m %U:%G %n %l %s %b %T@\0' | LC_ALL=C sort -z | tr '\0\n' '\n?' | awk '{
		kept = $NF < 1262304000 ? $NF : "new"
		blocks = $(NF - 1)
		size = $(NF - 2)
		holes = size > 1000000 && blocks * 1024 < size ? "holes" : ""
		if ($0 ~ /^[^ ]* d /) size = ""
		$NF = $(NF - 1) = $(NF - 2) = ""
		print $0, size, holes, kept
	}'
	find . -type f ! -name '*.words' -print0 | LC_ALL=C sort -z | xargs -0r cksum
	if command -v getfattr >/dev/null; then
		# user attributes and access control lists
		find . ! -name '*.words' -print0 | LC_ALL=C sort -z | xargs -0r getfattr -h -d -m '^user|^system' -e hex 2>&1
	fi
)

# go SIDE COMMAND ARG...: runs it in the folder of this side's case; leaves words (in any order) and status there
go() {
	local side=$1 got=0
	shift
	(
		cd "$side/$case" || exit 97
		PATH=$standard timeout 20 "$@" <"$answers" >"$OLDPWD/$side.out" 2>"$OLDPWD/$side.err"
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
	go ours "$subject" "$@"
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
	[ $alike = 0 ] || echo 'host -, ours +'
	[ $alike = 0 ] || head -n 120 differences
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

answers=/dev/null

# forget: what both have made goes away, folders that are closed as well
forget() {
	chmod -R u+rwX host ours
	rm -rf host ours
}

@test "a tree to a new name: recursion, links, dereferencing" {
	plant
	fan new '' -r -R -a -d -rd -rp -rP -rH -rL -aH -rl -rlP -al -rs -rx -rT -ap -r\ -l\ -L
	# GNU looks for the attributes of the symlink through which a folder was reached
	forget
	! command -v setfattr >/dev/null || setfattr -x user.colour template/src/sub 2>/dev/null || :
	fan new -aL
}

@test "a tree to a new name: what is preserved" {
	plant
	# GNU's --no-preserve=mode leaves the sticky bit of folders; nobody promised that
	rmdir template/src/sticky
	fan new '-r --preserve' '-r --preserve=mode' '-r --preserve=timestamps' '-r --preserve=ownership' '-r --preserve=links' \
		'-r --preserve=xattr' '-r --preserve=all' '-r --preserve=mode,ownership' '-a --no-preserve=mode' \
		'-a --no-preserve=timestamps' '-a --no-preserve=ownership' '-a --no-preserve=links' '-a --no-preserve=xattr' \
		'-a --no-preserve=all' '-r --attributes-only' '-a --attributes-only' '-r --no-preserve=mode'
}

@test "a tree to a new name: holes, clones, umask, words" {
	plant
	fan new '-r --sparse=always' '-r --sparse=never' '-a --sparse=auto' '-r --reflink=auto' '-a --reflink=never' -rv -av -rn -ru -rb
	forget
	rmdir template/src/sticky
	umask 077
	fan new -r -a -rp '-r --preserve=mode' '-r --no-preserve=mode' '-a --no-preserve=mode'
	forget
	umask 0
	fan new -r -rp '-r --no-preserve=mode'
}

@test "a tree into a folder that is there, and with its parents" {
	plant
	fan into -r -a -rv '-r --parents' '-a --parents' '-rpv --parents' -rT -rL --parents
}

@test "several operands of every kind into a full folder" {
	plant full
	fan all '' -v -f -d -a -r -n -u -b -bv --backup=numbered -l -lf -s --remove-destination '-v --remove-destination' -P -L -p \
		'--attributes-only -p' '-rv --parents'
}

@test "a tree over a full one" {
	plant full
	fan over -r -a -rf -rv -av -rn -ru -auv -rb -abv '-r --backup=numbered' '-a -S .old' '-r --remove-destination' \
		'-av --remove-destination' -rp -rd -rL -rP
}

@test "a tree over a full one: links instead of copies, attributes alone, -T" {
	plant full
	fan over -rl -rlf -rlb -rlv '-r --attributes-only' '-a --attributes-only' '-r --preserve=links' '-a --no-preserve=mode' \
		'-r --sparse=always'
	forget
	fan exact -r -a -rv -rb
}

@test "a tree over a full one, with questions" {
	plant full
	yes y | head -n 500 >aye
	answers=$PWD/aye
	fan over -ri -ai -riv -rib -rif -riu
	forget
	yes n | head -n 500 >nay
	answers=$PWD/nay
	fan over -ri -ai '-ri --remove-destination'
}

# --- one thing onto another ---------------------------------------------------------------------------------------

# A folder for each pair of kinds, from "from" to "to"
pairs() {
	local from to
	for from; do
		for to in missing file readonly folder fulldir link dirlink dangling linked circle; do
			mkdir -p "template/$from-$to"
			(
				cd "template/$from-$to" || exit
				case $from in
				file) echo new >from ;;
				empty) : >from ;;
				dir) mkdir from && echo new >from/f ;;
				link) echo new >far && ln -s far from ;;
				dirlink) mkdir far && echo new >far/f && ln -s far from ;;
				dangling) ln -s nowhere from ;;
				fifo) mkfifo from ;;
				esac
				case $to in
				file) echo old >to ;;
				readonly) echo old >to && chmod 444 to ;;
				folder) mkdir to ;;
				fulldir) mkdir -p to/from/f && echo old >to/f ;;
				link) echo old >prey && ln -s prey to ;;
				dirlink) mkdir prey && ln -s prey to ;;
				dangling) ln -s void to ;;
				linked) echo old >to && ln to other ;;
				circle) ln -s to to ;;
				esac
			)
		done
	done
	find template -exec touch -h -d '2003-04-05 06:07:08.123456789' {} +
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
			[ $side = ours ] && cp=$subject || cp='cp'
			(
				PATH=$standard
				for pair in "$side/$case"/*/; do
					cd "$pair" || exit 97
					echo "$pair" >>../words
					echo "$pair" >>../warnings
					got=0
					"$cp" "${words[@]}" </dev/null >>../words 2>>../warnings || got=$?
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

operands='from to'

@test "every kind of source onto every kind of target, plainly" {
	pairs file empty dir link dirlink dangling
	match '' -f -n -u -p -v -T
}

@test "every kind of source onto every kind of target, with backups and removal" {
	pairs file dir link dangling
	match -b --remove-destination -fv '-v --remove-destination' -bf
}

@test "every kind of source onto every kind of target, as links" {
	pairs file dir link dangling
	match -l -s -P -lf -sf -lb -d
}

@test "every kind of source onto every kind of target, recursively" {
	pairs file dir link dirlink dangling fifo
	match -r -a -rf -rb -rL
}

@test "every kind of source onto every kind of target, recursively and as it stands" {
	pairs file dir dirlink dangling fifo
	match -rT -aT -rn '-r --remove-destination'
}

@test "every kind of source onto every kind of target, with trailing slashes" {
	pairs file dir link dirlink dangling
	for operands in 'from/ to' 'from to/' 'from/ to/' 'from/. to' 'from to/new' 'from to/.'; do
		match -r
		forget
	done
}
