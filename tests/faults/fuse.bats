# mmcp on a file system that fails on purpose (faultfs.c): sources that cannot be read or mapped, targets that fail
# when written, synced or closed.

bats_require_minimum_version 1.5.0
load ../helper
load rig

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	need_faultfs
	pattern 1000000 >content
	head -c 409600 content >good
	on_faultfs content m
}

@test "mmcp copies from a file system that can be mapped and from one that cannot, and says which it was" {
	local name
	for name in whole direct nosize; do
		mm mmcp --io=map --explain m/$name copy 2>said
		cmp content copy
		cat said
		case $name in
		whole) grep -qE '^mmcp: m/whole: mapped [0-9]+ windows?$' said ;;
		direct) grep -qxF 'mmcp: m/direct: read (cannot be mapped: No such device)' said ;;
		nosize) grep -qE '^mmcp: m/nosize: read' said ;;
		esac
		rm copy
	done
	mm mmcp --io=read m/whole copy
	cmp content copy
}

@test "mmcp and mmcat let a FUSE file system copy by itself, say so, and map where it cannot or mapping is asked for" {
	local error
	for error in '' ENOSYS EXDEV EIO; do
		via=(mm)
		[ -z "$error" ] || via=(inject "copy_file_range:error=$error")
		"${via[@]}" mmcp --explain m/whole m/copy 2>said
		"${via[@]}" mmcat --explain m/whole >m/printed 2>>said
		cmp content m/copy
		cmp content m/printed
		if [ -z "$error" ]; then
			[ "$(cat said)" = 'mmcp: m/whole: copied by the file system
mmcat: m/whole: copied by the file system' ]
		else
			[ "$(grep -cE ': m/whole: mapped [0-9]+ windows?$' said)" = 2 ]
		fi
	done
	# in the middle, too
	MMTOOLS_WINDOW=65536 inject copy_file_range:error=EIO:when=4+ mmcp --explain m/whole m/copy 2>said
	cmp content m/copy
	grep -qE '^mmcp: m/whole: copied by the file system, mapped [0-9]+ windows$' said
	mm mmcp --io=map --explain m/whole m/copy 2>said
	cmp content m/copy
	grep -qE '^mmcp: m/whole: mapped [0-9]+ windows?$' said
	# the other one need not be there
	mm mmcp m/whole copy
	cmp content copy
}

@test "mmcp from a page that cannot be read names the place, and leaves no broken copy" {
	local io name
	for io in auto map read; do
		for name in bad bad-direct; do
			run -1 mm mmcp --io="$io" "m/$name" copy
			[ "${lines[0]}" = "mmcp: error reading 'm/$name': Input/output error at offset 409600" ]
			[ "${lines[1]}" = "mmcp: removed incomplete 'copy'" ]
			[ ! -e copy ]
		done
	done
}

@test "mmcp --atomic from a page that cannot be read leaves the old file and nothing beside it" {
	local io name
	echo old >old
	mkdir w
	cp old w/target
	for io in auto map read; do
		for name in bad bad-direct; do
			run -1 mm mmcp --atomic --io="$io" "m/$name" w/target
			cmp old w/target
			[ "$(ls -A w)" = target ]
		done
	done
}

@test "mmcp --range copies what can be read around a bad page" {
	local name
	for name in bad bad-direct; do
		mm mmcp --range=0+409600 "m/$name" copy
		cmp good copy
		mm mmcp --range=413696 "m/$name" copy
		tail -c +413697 content | cmp - copy
	done
}

@test "mmcp to a pipe from a page that cannot be read passes on what can, and not a byte else" {
	local io name
	for io in map read; do
		for name in bad bad-direct; do
			{
				run mm mmcp --io="$io" "m/$name" /dev/fd/4
				echo "$status" >status
			} 4> >(cat >piped) 3>&-
			# The reader is done when it has closed what it wrote.
			wait "$!"
			[ "$(cat status)" = 1 ]
			cmp good piped
		done
	done
}

@test "mmcp to a target that is full: the message, and no broken copy" {
	run -1 mm mmcp content m/full
	[ "${lines[0]}" = "mmcp: error writing 'm/full': No space left on device" ]
	[ "${lines[1]}" = "mmcp: removed incomplete 'm/full'" ]
	[ ! -e m/full ]
	run -1 mm mmcp --atomic content m/full
	[ "$output" = "mmcp: error writing 'm/full': No space left on device" ]
	[ ! -e m/full ]
	[ -z "$(temporary m)" ]
}

@test "mmcp hears of an error that comes at close, and leaves no broken copy" {
	run -1 mm mmcp content m/unclosed
	[ "${lines[0]}" = "mmcp: error writing 'm/unclosed': Input/output error" ]
	[ "${lines[1]}" = "mmcp: removed incomplete 'm/unclosed'" ]
	[ ! -e m/unclosed ]
	run -1 mm mmcp --atomic content m/unclosed
	[ "$output" = "mmcp: error writing 'm/unclosed': Input/output error" ]
	[ ! -e m/unclosed ]
	[ -z "$(temporary m)" ]
}

@test "mmcp hears of an error that comes at close over a file that was there" {
	: 2>/dev/null >m/unclosed || :
	[ -e m/unclosed ]
	run -1 mm mmcp content m/unclosed
	[ "${lines[0]}" = "mmcp: error writing 'm/unclosed': Input/output error" ]
	# Taken away or called incomplete, but never left in silence
	if [ -e m/unclosed ]; then
		[ "${lines[1]}" = "mmcp: 'm/unclosed' is incomplete" ]
	else
		[ "${lines[1]}" = "mmcp: removed incomplete 'm/unclosed'" ]
	fi
}

@test "mmcp --sync hears of an error that comes at fsync, with and without --atomic" {
	run -1 mm mmcp --sync content m/unsynced
	[ "${lines[0]}" = "mmcp: error writing 'm/unsynced': Input/output error" ]
	[ ! -e m/unsynced ]
	run -1 mm mmcp --sync --atomic content m/unsynced
	[ ! -e m/unsynced ]
	[ -z "$(temporary m)" ]
	# without --sync nobody asked
	mm mmcp content m/unsynced
	cmp content m/unsynced
}
