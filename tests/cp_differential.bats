# mmcp beside the host's GNU cp, each option for itself and in the pairs that people type. cp_options.bats has the rest.

# what is set here is used by the words
# shellcheck disable=SC2034

bats_require_minimum_version 1.5.0
load helper
load cp

# A cp that hangs shall fail its test, not stop the rest.

setup() {
	beside_gnu
}

@test "a tree to a new name: recursion, links, dereferencing" {
	plant
	fan new '' -r -R -a -d -rd -rp -rP -rH -rL -aH -rl -rlP -al -rs -rx -rT -ap -r\ -l\ -L
	# GNU looks for the attributes of the symlink through which a folder was reached
	forget
	without_colour template/src/sub
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
