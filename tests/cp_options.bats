# mmcp beside the host's GNU cp: options in combination, listed ones and some hundred that a seed has chosen, as root and as
# an ordinary user. What the trees have in common lies in cp.bash. CP_SEED=N chooses other combinations.

# what is set here is used by the words
# shellcheck disable=SC2034,SC2154

bats_require_minimum_version 1.5.0
load helper
load cp

# A cp that hangs shall fail its test, not stop the rest.

setup() {
	beside_gnu
}

# grow WORD ARG...: makes the template by this word, as the user who runs cp
grow() {
	mine bash -c "set -u; umask 022; $(declare -f pattern plant stock kin); \"\$@\"" bash "$@"
}

# stock: in s every kind of source, in t/s what stands in its way under the same name: each kind with each kind
stock() {
	local from to name
	mkdir -p template/s template/t/s template/t/elsewhere
	cd template || return
	echo prey >t/prey
	for from in file empty ro setid hard1 hard2 link dirlink dangling circle dir; do
		for to in missing file newer same ro folder full link dirlink dangling circle linked twin toward; do
			# what is rare meets less
			case $from-$to in
			hard?-same | hard?-ro | hard?-f* | hard?-d* | hard?-circle) continue ;;
			file-* | link-* | dir-* | hard?-* | *-missing | *-file | *-link | *-linked | *-twin) ;;
			*) continue ;;
			esac
			name=s/$from-$to
			case $from in
			file | same) echo "new $to" >$name ;;
			empty) : >$name ;;
			ro) echo ro >$name && chmod 444 $name ;;
			setid) echo setid >$name && chmod 6755 $name ;;
			hard1) echo "hard $to" >$name ;;
			hard2) ln s/hard1-$to $name ;;
			link) ln -s file-file $name ;;
			dirlink) ln -s dir-missing $name ;;
			dangling) ln -s nowhere $name ;;
			circle) ln -s ${name#s/} $name ;;
			dir) mkdir $name && echo in >$name/in && ln -s in $name/l ;;
			esac
			case $to in
			file | newer | same) echo "old $from" >t/$name ;;
			ro) echo old >t/$name && chmod 444 t/$name ;;
			folder) mkdir t/$name ;;
			full) mkdir t/$name && echo old >t/$name/in && chmod 750 t/$name ;;
			link) ln -s ../prey t/$name ;;
			dirlink) ln -s ../elsewhere t/$name ;;
			dangling) ln -s void t/$name ;;
			circle) ln -s $from-$to t/$name ;;
			linked) echo old >t/$name && ln t/$name t/other-$from ;;
			twin) [ $from = dir ] || ln -P $name t/$name ;;
			toward) ln -s ../../$name t/$name ;;
			esac
		done
	done
	# backups that are there already
	echo backup >t/s/file-file~
	echo backup >t/s/file-linked.~7~
	echo backup >t/s/ro-ro.~1~
	mkdir t/s/file-newer~
	find t -exec touch -h -d '1999-01-01 00:00:00.5' {} +
	find s -depth -exec touch -h -d '2003-04-05 06:07:08.123456789' {} +
	touch -h -d '2009-06-01 00:00:00.25' t/s/*-newer
	touch -h -d '2003-04-05 06:07:08.123456789' t/s/*-same
}

# kin: two names that are nearly the same: a folder for each way
kin() {
	local way
	mkdir template && cd template || return
	for way in hard tolink fromlink linkhard chain hardlinks dirs hardabove; do
		mkdir $way
		cd $way || return
		echo far >far
		case $way in
		hard) echo a >from && ln from to ;;
		tolink) echo a >from && ln -s from to ;;
		fromlink) echo a >to && ln -s to from ;;
		linkhard) ln -s far from && ln far to ;;
		chain) ln -s to from && ln -s far to ;;
		hardlinks) ln -s far from && ln -P from to ;;
		dirs) mkdir from to && echo a >from/f && ln from/f to/f ;;
		hardabove) mkdir to && echo a >from && ln from to/from ;;
		esac
		cd ..
	done
	find . -exec touch -h -d '2003-04-05 06:07:08.123456789' {} +
}

# draw SEED COUNT SCENE: "FORM UMASK ANSWER OPTIONS" in lines, the options in any order
draw() {
	awk -v x="$1" -v n="$2" -v scene="$3" -v user="$((${#through[@]} > 0 || UID > 0))" '
	function dice(sides) { x = (x * 16807) % 2147483647; return int(x / 2147483647 * sides) }
	function chance(percent) { return dice(100) < percent }
	function one(list,  words) { return words[1 + dice(split(list, words, " "))] }
	# what differs on purpose (docs/deviations.md), and what GNU 9.1 does by mistake or by the order of a folder
	function deviates(l) {
		return l ~ / --backup=simple / ||
			scene == "tree" && l ~ / --no-preserve=mode / ||
			l ~ / -[LH] / && l ~ / (-a|-dR|-d|--preserve=links|--preserve=all) / ||
			user && l ~ / 0222 / && l ~ / --attributes-only / && l ~ / (-a|--preserve=all) / ||
			user && l ~ / --remove-destination / ||
			l ~ / -s / && l !~ /^(here|proc) / ||
			l ~ / -[ls] / && l ~ / -u / ||
			l ~ / -s / && l ~ / --preserve=(links|all) / ||
			l ~ /^above / && l ~ / -[LH] /
	}
	function add(option) { set[++count] = option }
	BEGIN {
		for (i = 0; i < 10; i++) dice(2)
		while (n-- > 0) {
			count = 0
			if (scene == "tree") add(one("-r -R -r -a -a -dR"))
			else if (chance(40)) add(one("-r -R -a -d"))
			if (chance(35)) add(one("-P -L -H -H -d"))
			if (chance(45)) add(one("-l -s --attributes-only"))
			if (chance(60)) add(one("-f -n -i -u --remove-destination"))
			if (chance(20)) add(one("-f -n -i -u --remove-destination"))
			if (chance(45)) add(one("-b --backup --backup=numbered --backup=existing --backup=simple --backup=none -S,.old"))
			if (chance(15)) add("-b")
			if (chance(10)) add("-S,.old")
			if (chance(25)) add(one("-p --preserve=mode --preserve=timestamps --preserve=links --preserve=all"))
			if (chance(15)) add(one("--no-preserve=mode --no-preserve=ownership --no-preserve=timestamps --no-preserve=links"))
			if (chance(25)) add("-v")
			if (chance(10)) add(one("--sparse=always --reflink=never --strip-trailing-slashes -x"))
			for (i = count; i > 1; i--) {
				j = 1 + dice(i)
				swap = set[i]; set[i] = set[j]; set[j] = swap
			}
			form = scene == "heap" ? one("last given here proc parents") : scene == "tree" ? one("new into over exact below above") : "-"
			line = form " " one("022 022 022 077 0222") " " one("none none aye nay")
			for (i = 1; i <= count; i++) line = line " " set[i]
			if (deviates(line " ")) n++
			else print line
		}
	}' | tr , ' '
}

# of_others: some of the template belongs to root, when root runs the tests: targets that cannot be written, sources that
# cannot be read
of_others() {
	[ "$(id -u)" = 0 ] || return 0
	chown -h 0:0 template/t/s/*-same template/s/ro-[!l]* template/s/link-missing
	chown 0:0 template/s/empty-file template/s/file-toward
	chmod 600 template/s/empty-file template/s/file-toward
}

# leave REGEX: without these names
leave() {
	mapfile -t names < <(printf '%s\n' "${names[@]}" | grep -vxE "$1")
}

# apply FORM OPTION...: cp with the operands that the form stands for
apply() {
	local form=$1 names=(template/s/*)
	names=("${names[@]#template/s/}")
	# GNU's -u makes links of targets that it has left alone, even of newer ones
	[[ " $* " != *" -u "* ]] || leave '(hard2|link)-.*'
	shift
	within=.
	case $form in
	last) both "$@" "${names[@]/#/s/}" t/s ;;
	given) both "$@" -t t/s "${names[@]/#/s/}" ;;
	here)
		within=t/s
		both "$@" "${names[@]/#/..\/..\/s/}" .
		;;
	proc) both "$@" "${names[@]/#/\/proc\/self\/cwd\/s/}" t/s ;;
	parents) both --parents "$@" "${names[@]/#/s/}" t ;;
	new) both "$@" src new ;;
	into) both "$@" src full ;;
	over) both "$@" src/. full ;;
	exact) both "$@" -T src full ;;
	lists) both "$@" src/sub src/small src/ro src/private src/exec src/fifo src/l src/closed lists ;;
	below) both "$@" -t full src/sub src/private src/ld src/fifo src/small src/shared src/closed ;;
	above)
		# GNU keeps no attributes of folders on the way
		without_colour host/"$case"/src/sub ours/"$case"/src/sub
		both --parents "$@" src/sub/deep src/private/in src/ld src/sticky/ src/sub/lup full
		;;
	*) return 1 ;;
	esac
	within=.
}

# cases: one for each "FORM UMASK ANSWER OPTION..." of stdin; then both sides are compared
cases() {
	local - form words n=0
	set +T
	while read -r form mask answers words; do
		n=$((n + 1))
		[ "$answers" = none ] && answers=/dev/null || answers=$say/$answers
		case="$n $form $mask ${answers##*/} $words"
		case=${case//\//:}
		case=${case// /_}
		spread
		read -ra words <<<"$words"
		umask "$mask"
		apply "$form" "${words[@]}"
		umask 022
	done
	compare
}

# sets FORM UMASK ANSWER OPTIONS...: the same for sets of options in that form
sets() {
	local options
	for options in "${@:4}"; do
		echo "$1 $2 $3 $options"
	done
}

# asked: what -i is answered
asked() {
	yes y | head -n 1000 >aye
	yes n | head -n 1000 >nay
}

# The numbers are chosen so that the file takes less than a minute.
: "${CP_SEED:=20260731}" "${CP_COUNT:=40}"

# Everything by which one option changes what becomes of targets, and the pairs that matter
listed() {
	sets last 022 none '' -u -l -s -b -bv --backup=numbered --backup=existing --backup=none '--backup=none -b' '--backup=numbered -b' '-b --backup=numbered' '--backup=numbered -S .old' '-S .old' '-b -S .x' -n -f -bf -lf -v \
		--remove-destination '-v --remove-destination' --attributes-only '--attributes-only -p' '--attributes-only -b' '--attributes-only -f' \
		-H -P -L -d -dp -a -r -rH -rL -al -rlH
	sets here 022 none -s -sf -sb '-s --backup=numbered' -sn -sv '-s --remove-destination' '-s --attributes-only' -rs
	sets proc 022 none -s -sf -sP
	sets given 022 none -p '-a -b' '-l -b' '-r -u' -dl
	sets parents 022 none '' -r -rv -l -b -rlf
	sets last 022 aye -i -if -ib -ri '-i --remove-destination'
	sets last 022 nay -i -if -ib -ri -in -ni
	sets last 077 none '' -p -r -a -b --attributes-only
	sets last 0222 none '' -p -b -l --attributes-only
}

# The same in trees, and below a folder that is sticky and has a default access control list
trees() {
	sets new 022 none -a -rH -al -dRp '-r --attributes-only' '-a --attributes-only'
	sets over 022 none '-r --backup=numbered' '-a -S .old' '-al' '-rl -f' '-a --backup=existing -v' -rP -rH -rlH '-a --remove-destination' \
		'-a --attributes-only' '-a --attributes-only -b' '-r --remove-destination -b'
	sets exact 022 none '-a -b' '-r --remove-destination' '-a -n' '-r -f -v' '--attributes-only -R'
	sets below 022 none -r -a -aH -al -rl '-r --attributes-only' '-a --remove-destination' -rb
	sets above 022 none '' -r -rv -rl -b -rb -rP
	sets lists 022 none -r -a -rp -rd '-r --preserve=mode' '-r --attributes-only' '-a --attributes-only' -al '-a --no-preserve=xattr'
	sets lists 077 none -r -a -rp
	sets new 0222 none -r -a -rp -al
	sets new 077 none -r -a -rp -rH -al '-r --attributes-only'
	sets above 077 none -r -rl
}

# two: a second folder to copy into
two() {
	mine bash -c 'cd template && mkdir lists && echo old >lists/small && chmod 1775 lists'
	if command -v setfacl >/dev/null; then
		mine setfacl -d -m u:1234:rwx,g::r-x,o::- template/lists 2>/dev/null || :
	fi
}

@test "root: listed options, every kind of thing onto every kind" {
	need_root
	asked
	grow stock
	cases < <(listed)
}

@test "root: listed options, trees" {
	need_root
	asked
	grow plant full
	two
	cases < <(trees)
}

@test "user: listed options, every kind of thing onto every kind" {
	as_user
	asked
	grow stock
	of_others
	cases < <(listed | grep -v -e --remove-destination)
}

@test "user: listed options, trees" {
	as_user
	asked
	grow plant full
	two
	cases < <(trees)
}

@test "two names of one thing" {
	grow kin
	for operands in 'from to' 'to from' 'from/ to'; do
		match '' -f -b -fb -u -l -s -lf -sf -a -ab -d -r -rb -P -lP --attributes-only -bv '--backup=numbered -f' -L -n -dl -rT
		forget
	done
	# a folder that is copied into itself: nothing is left of it here (docs/deviations.md)
	rm -r template/dirs
	for operands in 'from from' 'from ./from'; do
		match '' -f -b -u -l -s -a -ab -d -r -rb -P -lP --attributes-only -bv -L -n -dl -rT
		forget
	done
	# a source that is lost with the target (docs/deviations.md)
	rm -r template/chain
	for operands in 'from to' 'to from'; do
		match --remove-destination '-b --remove-destination' '-d --remove-destination'
		forget
	done
}

@test "root: any options, every kind of thing onto every kind" {
	need_root
	asked
	grow stock
	cases < <(draw "$CP_SEED" $((CP_COUNT / 2)) heap)
}

@test "root: any options, a tree" {
	need_root
	asked
	grow plant full
	cases < <(draw "$CP_SEED" "$CP_COUNT" tree)
}

@test "user: any options, every kind of thing onto every kind" {
	as_user
	asked
	grow stock
	of_others
	cases < <(draw $((CP_SEED + 1)) $((CP_COUNT / 2)) heap)
}

@test "user: any options, a tree" {
	as_user
	asked
	grow plant full
	cases < <(draw $((CP_SEED + 1)) "$CP_COUNT" tree)
}

# --- one difference each: names, and the order of what -v says, too

# agree SCRIPT ARG...: both do the same to what the script has made
agree() {
	rm -rf template host ours
	mkdir template
	(cd template && eval "$1") || return
	case='once'
	spread
	both "${@:2}"
	compare && diff host.out ours.out
}

older='touch -d 1999-01-01'

@test "-l -i and -d -i ask also about a target that is the source by another name" {
	agree 'echo a >a; ln a b' -i -l a b
	agree 'ln -s nowhere a; ln -P a b' -i -d a b
}

@test "-s with --preserve=links makes one symlink of one file's names" {
	agree 'echo a >a; ln a b; mkdir t' -s -d /proc/self/cwd/a /proc/self/cwd/b t
}

@test "-s -p gives the symlink the time of the source" {
	agree "echo a >a; $older a" -s -p a t
}

@test "-v with -l or -s says of a target removed with -f nothing, and of one removed by order so before the link" {
	agree 'echo a >a; echo b >b' -l -f -v a b
	agree 'echo a >a; echo b >b' -s -f -v a b
	agree 'ln -s x a; echo b >b' -d -f -v --attributes-only a b
	agree 'echo a >a; echo b >b' -l -v --remove-destination a b
	agree 'echo a >a; echo b >b' -s -v --remove-destination a b
}

@test "-p --parents of several sources in a folder leaves the folder its new time" {
	agree "mkdir s t; echo a >s/a; echo b >s/b; $older s" -p --parents s/a s/b t
}

@test "--preserve=links replaces a symlink in the way of a further name" {
	agree 'echo f >f; ln -s f a; mkdir t; ln -s void t/a' --preserve=links f a t
	agree 'mkdir s t; echo a >s/a; ln s/a s/b; echo prey >prey; ln -s ../prey t/a; ln -s ../prey t/b' --preserve=links s/a s/b t
	agree 'mkdir s t; echo a >s/a; ln s/a s/b; echo prey >prey; ln -s ../prey t/a; ln -s ../prey t/b' -d s/a s/b t
}

@test "-r -H replaces a file by a symlink or fifo" {
	agree 'mkdir s t; mkfifo s/d; echo old >t/d' -r -H -T s t
	agree 'mkdir s t; ln -s nowhere s/d; echo old >t/d' -r -H -T s t
	agree 'mkdir s t; ln -s nowhere s/d; echo old >t/d' -r -l -H -T s t
}

@test "a folder onto a symlink to itself: -n, -b and --remove-destination speak of the kinds" {
	agree 'mkdir d t; ln -s ../d t/d' -r -n d t
	agree 'mkdir d t; ln -s ../d t/d' -r -b d t
	agree 'mkdir d t; ln -s ../d t/d' -r --remove-destination d t
}

@test "-f -b of a symlink onto itself makes a backup of what it leads to" {
	agree 'echo a >a; ln -s a l' -f -b l l
}

@test "--parents says of a folder that it cannot be made as GNU does" {
	as_user
	mine bash -c 'mkdir -p template/s/p template/d; echo i >template/s/p/i; chmod 555 template/d'
	case='once'
	spread
	both --parents s/p/i d
	compare
}
