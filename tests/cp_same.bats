# mmcp under its classic name, where source and target are one file: what GNU cp does (coreutils 9.1), by sets of options.
# PEER=host proves it against the host's cp. It is the same in each way to get at bytes.

# $say comes from cp.bash
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load helper
load cp

# A cp that hangs (on a fifo, say) shall fail its test, not stop the rest.

# Each test sets a scene and goes through the option sets. What GNU does with a symlink copied over itself under
# -f, -l, -s, --remove-destination loses the link and is no promise of ours: those are not listed.

# each CHECK OPTIONS...: the scene anew for each set of options, cp, then the check. Without -T bats does not trace
# what is called from here, which would take longer than the test itself.
each() {
	local check=$1 options words before='' failed=''
	shift
	for options; do
		rm -rf "$say/w/"*
		eval "$scene"
		[ -n "$before" ] || before=$(state)
		read -ra words <<<"$options"
		"$check" "${words[@]}" || failed+=" <$options>"
	done
	[ -z "$failed" ] || echo "with$failed"
	[ -z "$failed" ]
}

refuse() {
	no "cp: '$from' and '$to' are the same file" "$@" "$from" "$to" &&
		sees "$before"
}

fail() {
	no "$message" "$@" "$from" "$to" &&
		sees "$before"
}

give() {
	ok "$@" "$from" "$to" &&
		sees "$wanted"
}

all_refused() {
	each refuse "$@"
}

all_fail() {
	message=$1
	shift
	each fail "$@"
}

# Where GNU has moved its own source aside, fails to open it and moves it back, only the outcome is a promise.
all_unharmed() {
	each spare "$@"
}

spare() {
	try 1 "$@" "$from" "$to" &&
		[ -s "$say/err" ] &&
		sees "$before"
}

keeps() {
	each keep "$@"
}

keep() {
	ok "$@" "$from" "$to" &&
		sees "$before"
}

gives() {
	wanted=$1
	shift
	each give "$@"
}

@test "cp and a file under its own name" {
	scene='echo 1 >a'
	from=a to=a
	all_refused '' -f -b -d -df -db -a -ab -r -rb -R -P -L -H -rL -s -sf -sb -u -i -T -p --remove-destination '--remove-destination -b' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1 a~=1' -bf -dbf
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
	gives 'a=1 a~->a' -sbf
}

@test "cp and a file named by another path" {
	scene='echo 1 >a'
	from=a to=./a
	all_refused '' -f -b -bf -d -df -db -dbf -a -ab -r -rb -R -P -L -H -rL -s -sf -sb -sbf -u -i -T -p --remove-destination '--remove-destination -b' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
}

@test "cp and a file sent to the folder it is in" {
	scene='echo 1 >a'
	from=a to=.
	all_fail "cp: 'a' and './a' are the same file" '' -f -b -bf -d -df -db -dbf -a -ab -r -rb -R -P -L -H -rL -s -sf -sb -sbf -u -i -p --remove-destination '--remove-destination -b' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
	all_fail "cp: cannot overwrite directory '.' with non-directory" -T
}

@test "cp and two hard links of one file" {
	scene='echo 1 >a; ln a b'
	from=a to=b
	all_refused '' -f -d -df -a -r -R -P -L -H -rL -s -sf -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1*2 b=1 b~=1*2' -b -bf -db -dbf -ab -rb '--remove-destination -b'
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
	gives 'a=1*2 b->a b~=1*2' -sb -sbf
	gives 'a=1 b=1' --remove-destination
	gives 'a=1 b->a' '-s --remove-destination'
	gives 'a=1*2 b=1 b.~1~=1*2' --backup=numbered
}

@test "cp and a target that is a symlink to the source" {
	scene='echo 1 >a; ln -s a l'
	from=a to=l
	all_refused '' -f -d -df -a -r -R -P -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1 l=1 l~->a' -b -bf -db -dbf -ab -rb '--remove-destination -b'
	all_fail "cp: cannot create hard link 'l' to 'a': File exists" -l -dl
	gives 'a=1*2 l=1*2' -lf -dlf '-l --remove-destination'
	gives 'a=1*2 l=1*2 l~->a' -lb
	all_fail "cp: cannot create symbolic link 'l' to 'a': File exists" -s
	keeps -sf -n '-s --remove-destination'
	gives 'a=1 l->a l~->a' -sb -sbf
	gives 'a=1 l=1' --remove-destination
	gives 'a=1 l=1 l.~1~->a' --backup=numbered
}

@test "cp and a source that is a symlink to the target" {
	scene='echo 1 >a; ln -s a l'
	from=l to=a
	all_refused '' -f -b -bf -d -df -a -r -R -P -L -H -rL -s -sf -sb -sbf -u -i -T -p --remove-destination '--remove-destination -b' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a->a a~=1 l->a' -db -dbf -ab -rb
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
}

@test "cp and two symlinks to one file" {
	scene='echo 1 >a; ln -s a l; ln -s a m'
	from=l to=m
	all_refused '' -f -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1 l->a m=1 m~->a' -b -bf '--remove-destination -b'
	keeps -d -df -a -r -R -P -n
	gives 'a=1 l->a m->a m~->a' -db -dbf -ab -rb
	all_fail "cp: cannot create hard link 'm' to 'l': File exists" -l
	gives 'a=1*2 l->a m=1*2' -lf '-l --remove-destination'
	gives 'a=1*2 l->a m=1*2 m~->a' -lb
	gives 'a=1 l->a*2 m->a*2' -dl -dlf
	all_fail "cp: cannot create symbolic link 'm' to 'l': File exists" -s
	gives 'a=1 l->a m->l' -sf '-s --remove-destination'
	gives 'a=1 l->a m->l m~->a' -sb -sbf
	gives 'a=1 l->a m=1' --remove-destination
	gives 'a=1 l->a m=1 m.~1~->a' --backup=numbered
}

@test "cp and a symlink under its own name" {
	scene='echo 1 >a; ln -s a l'
	from=l to=l
	all_refused '' -f -d -df -db -a -ab -r -rb -R -P -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	all_unharmed -b '--remove-destination -b' --backup=numbered
	all_fail "cp: cannot create hard link 'l' to 'l': File exists" -l
	all_unharmed -lb
	keeps -dl -dlf -n
	all_fail "cp: cannot create symbolic link 'l' to 'l': File exists" -s
}

@test "cp and two hard links of one symlink" {
	scene='echo 1 >a; ln -s a l; ln l m'
	from=l to=m
	all_refused '' -f -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1 l->a*2 m=1 m~->a*2' -b -bf '--remove-destination -b'
	keeps -d -df -a -r -R -P -dl -dlf -n
	gives 'a=1 l->a*2 m->a m~->a*2' -db -dbf -ab -rb
	all_fail "cp: cannot create hard link 'm' to 'l': File exists" -l
	gives 'a=1*2 l->a m=1*2' -lf '-l --remove-destination'
	gives 'a=1*2 l->a*2 m=1*2 m~->a*2' -lb
	all_fail "cp: cannot create symbolic link 'm' to 'l': File exists" -s
	gives 'a=1 l->a m->l' -sf '-s --remove-destination'
	gives 'a=1 l->a*2 m->l m~->a*2' -sb -sbf
	gives 'a=1 l->a m=1' --remove-destination
	gives 'a=1 l->a*2 m=1 m.~1~->a*2' --backup=numbered
}

@test "cp and a symlink to one hard link of the target" {
	scene='echo 1 >a; ln a b; ln -s a l'
	from=l to=b
	all_refused '' -f -b -bf -d -df -a -r -R -P -L -H -rL -s -sf -sb -sbf -u -i -T -p --remove-destination '--remove-destination -b' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1*2 b->a b~=1*2 l->a' -db -dbf -ab -rb
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
}

@test "cp and a target that is a symlink to another hard link" {
	scene='echo 1 >a; ln a b; ln -s b l'
	from=a to=l
	all_refused '' -f -d -df -a -r -R -P -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	gives 'a=1*2 b=1*2 l=1 l~->b' -b -bf -db -dbf -ab -rb '--remove-destination -b'
	all_fail "cp: cannot create hard link 'l' to 'a': File exists" -l -dl
	gives 'a=1*3 b=1*3 l=1*3' -lf -dlf '-l --remove-destination'
	gives 'a=1*3 b=1*3 l=1*3 l~->b' -lb
	all_fail "cp: cannot create symbolic link 'l' to 'a': File exists" -s
	gives 'a=1*2 b=1*2 l->a' -sf '-s --remove-destination'
	gives 'a=1*2 b=1*2 l->a l~->b' -sb -sbf
	keeps -n
	gives 'a=1*2 b=1*2 l=1' --remove-destination
	gives 'a=1*2 b=1*2 l=1 l.~1~->b' --backup=numbered
}

@test "cp and a dangling symlink under its own name" {
	scene='ln -s nowhere l'
	from=l to=l
	all_fail "cp: cannot stat 'l': No such file or directory" '' -f -b -bf -L -H -rL -l -lf -lb -s -sf -sb -sbf -n -u -i -T -p --remove-destination '--remove-destination -b' '-l --remove-destination' '-s --remove-destination' --backup=none --backup=numbered --attributes-only --copy-contents --reflink=never --sparse=always
	all_refused -d -df -db -dbf -a -ab -r -rb -R -P
	keeps -dl -dlf
}

@test "cp and a file reached through a symlink to its folder" {
	scene='mkdir d; echo 1 >d/a; ln -s d e'
	from=d/a to=e/a
	all_refused '' -f -d -df -a -r -R -P -L -H -rL -s -sf -u -i -T -p --remove-destination '-s --remove-destination' --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	all_unharmed -b -bf -db -dbf -ab -rb '--remove-destination -b' --backup=numbered
	keeps -l -lf -lb -dl -dlf -n '-l --remove-destination'
	all_unharmed -sb -sbf
}

@test "cp and a symlink that leads to its target by another symlink" {
	scene='echo 1 >a; ln -s a l; ln -s l m'
	from=m to=l
	all_refused '' -f -L -H -rL -u -i -T -p --backup=none --attributes-only --copy-contents --reflink=never --sparse=always
	all_unharmed -b -bf '--remove-destination -b' --backup=numbered
	gives 'a=1 l->l m->l' -d -df -a -r -R -P
	gives 'a=1 l->l l~->a m->l' -db -dbf -ab -rb
	all_fail "cp: cannot create hard link 'l' to 'm': File exists" -l
	gives 'a=1*2 l=1*2 m->l' -lf
	all_unharmed -lb
	gives 'a=1 l->l*2 m->l*2' -dl -dlf
	all_fail "cp: cannot create symbolic link 'l' to 'm': File exists" -s
	gives 'a=1 l->m m->l' -sf '-s --remove-destination'
	gives 'a=1 l->m l~->a m->l' -sb -sbf
	keeps -n
}

@test "cp and one file seen through a bind mount" {
	echo 1 >a
	touch m
	mkdir d
	behind 'mount --bind a m && mount --bind . d'
	no "cp: 'a' and 'm' are the same file" a m
	no "cp: 'a' and 'm' are the same file" -f a m
	no "cp: 'm' and 'a' are the same file" -a m a
	no "cp: 'a' and 'd/a' are the same file" a d
	no "cp: 'a' and 'd/a' are the same file" --remove-destination a d
	no "cp: 'a' and 'm' are the same file" -s a m
	ok -n a m
	sees 'a=1 d/ m='
}

@test "cp -T refuses a folder and a symlink to it as one" {
	mkdir d
	echo 1 >d/f
	ln -s d l
	no "cp: 'd' and 'l' are the same file" -rT d l
	no "cp: 'd' and 'd' are the same file" -rT d d
	no "cp: 'd/.' and 'd' are the same file" -aT d/. d
	sees 'd/ d/f=1 l->d'
}

@test "cp never empties the file behind a symlink that it was asked to copy over itself" {
	local options words
	for options in '' -f -b -bf -d -dbf -l -lf -lb -s -sf -sbf -a --remove-destination '--remove-destination -b' '-l --remove-destination'; do
		rm -rf "$say/w/"*
		echo 1 >a
		ln -s a l
		ln -s l m
		read -ra words <<<"$options"
		run_cp "${words[@]}" l l >"$say/out" 2>"$say/err" || :
		[ "$(cat a)" = 1 ]
		run_cp "${words[@]}" m l >"$say/out" 2>"$say/err" || :
		[ "$(cat a)" = 1 ]
		[ "$(stat -c %F a)" = 'regular file' ]
	done
}
