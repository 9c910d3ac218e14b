# mmcp never loses the bytes of its source, by whatever names source and target are one file.

# $options is none, one or more words; $bin comes from the helper.
# shellcheck disable=SC2030,SC2031,SC2086,SC2094,SC2154

bats_require_minimum_version 1.5.0
load helper
load faults/rig

# A file under several names. Most runs are refused and change nothing, and then nothing is made anew.
rig_names() {
	local names=(*) inside=(dir/*)
	if [ "${names[*]} ${inside[*]}" = 'data dir hard here lnk lnk2 orig dir/data dir/up' ] && [ ! -L data ] &&
		[ data -ef hard ] && [ -L lnk ] && [ lnk -ef data ] && [ -L lnk2 ] && [ lnk2 -ef data ] && [ -L here ] &&
		[ -L dir/data ] && [ dir/data -ef data ] && [ -L dir/up ]; then
		return
	fi
	find . -mindepth 1 ! -name orig -exec rm -rf {} +
	cp orig data
	ln data hard
	mkdir dir
	ln -s data lnk
	ln -s lnk lnk2
	ln -s . here
	ln -s ../../w dir/up
	ln -s ../data dir/data
}

# never_empties OPTIONS...: with each of the options, and by each route of a file to itself, the bytes that were in the
# file "data" stay in a file: in that one, or in the backup that was asked for
never_empties() {
	local options from to
	mkdir w
	cd w || return
	shopt -s dotglob
	pattern 20000 >orig
	while read -r from to <&4; do
		for options in "$@"; do
			rig_names
			"${command[@]}" $options "$from" "$to" </dev/null >/dev/null 2>&1 || :
			cmp -s orig data || cmp -s orig data~ || cmp -s orig data.bak || cmp -s orig lnk || {
				echo "the bytes are gone: $options $from $to"
				ls -la
				return 1
			}
		done
	done 4<../routes
}

all_routes() {
	cat >routes <<-'END'
		data data
		./data data
		data here/data
		here/data data
		data dir/up/data
		data hard
		hard data
		data lnk
		lnk data
		lnk lnk
		lnk2 lnk
		lnk lnk2
		lnk2 data
		data lnk2
		lnk hard
		data .
		data here
		lnk .
		data dir
		dir/data .
		dir/data data
	END
	[ ! -e /proc/self/cwd/routes ] || printf '%s\n' '/proc/self/cwd/data data' 'data /proc/self/cwd/data' >>routes
}

@test "cp never loses the bytes of a source that is the target too, by any route and with any option" {
	local -a command=("$bin/cp")
	[ "$PEER" = mmtools ] || command=(command -p cp)
	all_routes
	never_empties '' -f -a -L -d -b -bf -u -n -i -T -l -s -sf --attributes-only --sparse=always --reflink=auto \
		'-b --remove-destination' '-S .bak -b' '-rL --copy-contents' --parents
}

@test "mmcp never loses the bytes of a source that is the target too, with what it adds" {
	local -a command=("$bin/mmcp")
	ours
	all_routes
	# GNU's loses it: cp --remove-destination data ./here/data
	never_empties --remove-destination --atomic --sync '--atomic --sync' --verify --no-cache --range=5 '--atomic -f' \
		'--atomic -b' '--atomic -a' '--atomic --remove-destination' --io=map --io=read '-a --jobs=2 --atomic' \
		'--atomic -l' '--atomic -s' '--atomic -d' '--range=0+10 --atomic -f'
}

@test "mmcp never empties a source by a bind mount" {
	local options ends
	ours
	need_root
	pattern 20000 >orig
	mkdir dir other
	touch bound
	mounted --bind dir other
	for options in '' -f -a -L -b -bf --atomic '--atomic --sync' --verify --no-cache --range=0+10 \
		--remove-destination '-l' '-s' --sparse=always '--atomic -f' '--atomic -b' --attributes-only; do
		for ends in 'dir/data bound' 'bound dir/data' 'dir/data other/data' 'other/data dir/data' 'bound other' \
			'dir/data other'; do
			cat orig >dir/data
			mount --bind dir/data bound
			timeout 10 "$bin/mmcp" $options $ends </dev/null >said 2>&1 || :
			umount bound
			cmp -s orig dir/data || cmp -s orig dir/data~ || {
				echo "the bytes are gone: $options $ends"
				cat said
				return 1
			}
			rm -rf dir/data dir/data~ dir/bound
		done
	done
}

# leaves_it ARG...: status 1 and the file as it was
leaves_it() {
	local status=0
	mm mmcp "$@" 2>said || status=$?
	if [ "$status" != 1 ] || ! cmp f orig; then
		echo "status $status: mmcp $*"
		return 1
	fi
}

@test "mmcp never empties a source that is open as its stdin or stdout" {
	local options
	ours
	pattern 20000 >f
	cp f orig
	for options in --io=auto -f --sync --atomic --range=0+10 --sparse=always; do
		leaves_it $options f /dev/stdout >>f
		leaves_it $options /dev/stdin f <f
		leaves_it $options f /dev/fd/5 5<>f
	done
}

@test "mmcp empties no source that becomes the target behind its back" {
	ours
	need_strace
	pattern 20000 >f
	cp f orig
	# stopped when the source is open and the target not yet: then the target's name becomes another of the source
	strace -o log -e trace=openat,open "$bin/mmcp" f copy
	n=$(grep '^openat(' log | grep -n '"f"' | head -n 1 | cut -d: -f1)
	[ -n "$n" ] || skip "the source is not opened by openat"
	echo x >copy
	stop_at "openat:when=$n" log mmcp f copy 2>said
	rm copy
	ln f copy
	resume
	cmp f orig
}
