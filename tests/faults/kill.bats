# Killed at any moment, or failing at any system call: mmcp --atomic leaves the old file or the new one in full,
# status 0 is never a lie, and a source is never changed.

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2031,SC2030,SC2086,SC2154
bats_require_minimum_version 1.5.0
load ../helper
load rig

# An old and a new content, and the source and target of a copy in the folder w
contents() {
	pattern 30000 1 >old
	pattern 300000 2 >new
	mkdir w
	fresh_copy
}

fresh_copy() {
	rm -rf w/.[!.]* w/*
	cp old w/target
	chmod 640 w/target
	cp new w/source
	chmod 664 w/source
}

@test "mmcp --atomic --sync leaves the old or the new file in full under 200 kills at random moments" {
	local cut i longest status moment seen olds=0 news=0 cut_off=0
	need_cc
	cut=$(program shutdown)
	contents
	longest=$(time_of . fresh_copy "$bin/mmcp" --atomic --sync w/source w/target)
	for ((i = 0; i < 200; i++)); do
		fresh_copy
		moment=$(((RANDOM * 32768 + RANDOM) % longest))
		read -r status _ <<<"$("$cut" kill . "$moment" "$bin/mmcp" --atomic --sync w/source w/target)"
		[ "$status" = 0 ] || [ "$status" = 137 ]
		[ "$status" = 0 ] || ((++cut_off))
		seen=$(what w/target)
		case $seen in
		old) ((++olds)) ;;
		new) ((++news)) ;;
		*)
			echo "killed at $moment of $longest us: $seen"
			return 1
			;;
		esac
		[ "$status" != 0 ] || [ "$seen" = new ]
		cmp w/source new
	done
	note "200 kills, $cut_off of them in time: $olds old, $news new, 0 other"
	[ "$cut_off" -gt 20 ]
}

# list_calls OPTION...: the calls of that copy from the opening of the source on, in the file list
list_calls() {
	fresh_copy
	strace -f -qq -o log "$bin/mmcp" "$@" w/source w/target
	sed -i 's/^[0-9]* *//' log
	calls log "openat(AT_FDCWD, \"w/source\"" >list
	[ "$(wc -l <list)" -gt 10 ] || calls log 'w/source' >list
	[ "$(wc -l <list)" -gt 10 ]
}

@test "mmcp --atomic leaves the old or the new file in full when killed at any of its system calls" {
	local name n seen options left olds=0 news=0 temps=0 count=0
	need_strace
	contents
	for options in '--atomic --sync' '--atomic' '--atomic --sync --verify' '--atomic --no-cache -p' '--atomic -b'; do
		list_calls $options
		while read -r name n <&4; do
			fresh_copy
			run -137 inject "$name:signal=KILL:when=$n" mmcp $options w/source w/target
			seen=$(what w/target)
			((++count))
			case $seen in
			old) ((++olds)) ;;
			new) ((++news)) ;;
			*)
				echo "mmcp $options killed at $name $n: $seen"
				return 1
				;;
			esac
			cmp w/source new
			# What is left over tells what it is, and is not readable by more than the file was.
			left=$(find w -mindepth 1 ! -name source ! -name target ! -name 'target~')
			case $left in
			'') ;;
			w/.target.mmtmp-??????) ((++temps)) ;;
			*)
				echo "left over: $left"
				return 1
				;;
			esac
		done 4<list
	done
	note "killed at each of $count calls: $olds old, $news new, 0 other; $temps temporary files left"
}

@test "mmcp --atomic is not disturbed by what a killed one left" {
	need_strace
	contents
	run -137 inject "fsync:signal=KILL" mmcp --atomic --sync w/source w/target
	[ -n "$(temporary w)" ]
	cmp w/target old
	mm mmcp --atomic --sync w/source w/target
	cmp w/target new
}

@test "readers see the old or the new file in full while mmcp --atomic replaces it" {
	local i reader
	contents
	(
		while [ ! -e stop ]; do
			cat w/target >seen
			cmp -s seen old || cmp -s seen new || exit 1
			echo >>seen_count
		done
	) 3>&- &
	reader=$!
	for ((i = 0; i < 100; i++)); do
		mm mmcp --atomic old w/target
		mm mmcp --atomic new w/target
	done
	: >stop
	wait "$reader"
	note "200 replacements, $(wc -l <seen_count) readings, each old or new in full"
}

# fails_at_each ERROR OPTION...: each call in turn fails, each of its occurrences. Status 0 is for a perfect copy,
# nothing else; the source stays, and nothing lies about.
fails_at_each() {
	local error=$1 name n status seen left before_mode
	shift
	list_calls "$@"
	cp list "list.$((++runs))"
	while read -r name n <&4; do
		fresh_copy
		case $first in absent) rm w/target ;; esac
		before_mode=$(stat -c %a w/target 2>/dev/null || echo 664)
		status=0
		(umask 002 && inject "$name:error=$error:when=$n" mmcp "$@" w/source w/target) >said 2>&1 || status=$?
		seen=$(what w/target)
		((++tried))
		left=$(find w -mindepth 1 ! -name source ! -name target)
		if ! cmp w/source new || [ -n "$left" ]; then
			echo "mmcp $*, $name $n fails with $error: source changed or left over: $left"
			((++wrong))
		elif [ "$status" = 0 ] && [ "$seen,$(stat -c %a w/target)" != "new,$before_mode" ]; then
			echo "mmcp $*, $name $n fails with $error: status 0, but $seen, mode $(stat -c %a w/target)"
			((++wrong))
		elif [ "$status" != 0 ] && ! [ -s said ]; then
			echo "mmcp $*, $name $n fails with $error: status $status without a word"
			((++wrong))
		elif [ "$status" -gt 3 ] || [ "$status" = 2 ]; then
			echo "mmcp $*, $name $n fails with $error: status $status"
			((++wrong))
		else
			case $seen,$* in
			old,* | new,*) continue ;;
			absent,*--atomic*) [ "$first" = old ] || continue ;;
			absent,*) continue ;;
			esac
			echo "mmcp $*, $name $n fails with $error: status $status, and the target is $seen"
			cat said
			((++wrong))
		fi
	done 4<list
}

fails_with_options() {
	local runs=0 tried=0 wrong=0 options
	need_strace
	contents
	for options in "$@"; do
		fails_at_each EIO $options
	done
	fails_at_each ENOSPC $1
	note "$tried calls made to fail, $wrong wrong"
	[ "$wrong" = 0 ]
}

@test "mmcp over a file: whatever call fails, no broken copy stays and status 0 means a perfect one" {
	first=old fails_with_options '--reflink=auto' '--sync --verify' '--no-cache'
}

@test "mmcp to a new name: whatever call fails, no broken copy stays and status 0 means a perfect one" {
	first=absent fails_with_options '--reflink=auto' '--sync --verify' '--sparse=always'
}

@test "mmcp --atomic over a file: whatever call fails, the old file or a perfect copy" {
	first=old fails_with_options '--atomic' '--atomic --sync --verify' '--atomic --no-cache --io=read'
}

@test "mmcp --atomic to a new name: whatever call fails, nothing or a perfect copy" {
	first=absent fails_with_options '--atomic --sync'
}

@test "mmcp takes a system call that was interrupted up again" {
	local name n options tried=0
	need_strace
	contents
	for options in '--io=map' '--io=read' '--atomic --sync' '--sparse=always'; do
		list_calls $options
		while read -r name n <&4; do
			case $name in
			read | pread64 | write | pwrite64 | copy_file_range | sendfile | splice | close) ;;
			*) continue ;;
			esac
			fresh_copy
			inject "$name:error=EINTR:when=$n" mmcp $options w/source w/target || {
				echo "mmcp $options, $name $n interrupted"
				return 1
			}
			cmp w/target new
			((++tried))
		done 4<list
	done
	[ "$tried" -gt 0 ]
}

# The call is not made, but claims 1000 bytes written: mmcp must go on right behind them.
@test "mmcp writes the rest when a write takes only a part" {
	local io
	need_strace
	contents
	for io in map read; do
		fresh_copy
		strace -qq -o log -e trace=pwrite64,write -e inject=pwrite64,write:retval=1000:when=1 \
			"$bin/mmcp" --io="$io" w/source w/target
		[ -s log ] || skip "this copy moves by other calls"
		[ "$(stat -c %s w/target)" = "$(stat -c %s new)" ]
		cmp -i 1000 w/target new
	done
}

@test "mmcp --atomic takes its temporary file away when a signal ends it at any of its system calls" {
	local name n seen count=0 old=0
	need_strace
	contents
	list_calls --atomic --sync
	while read -r name n <&4; do
		fresh_copy
		run -143 inject "$name:signal=TERM:when=$n" mmcp --atomic --sync w/source w/target
		((++count))
		seen=$(what w/target)
		[ "$seen" = old ] || [ "$seen" = new ]
		[ "$seen" = new ] || ((++old))
		[ -z "$(temporary w)" ] || {
			echo "SIGTERM at $name $n: $(temporary w) is left"
			return 1
		}
	done 4<list
	note "SIGTERM at each of $count calls: $old old, $((count - old)) new, nothing left"
}

@test "the folder's fsync failing after the rename: status 3, and it says that the file is replaced" {
	need_strace
	contents
	run -3 inject "fsync:error=EIO:when=2" mmcp --atomic --sync w/source w/target
	[ "$output" = "mmcp: 'w/target': replaced, but durability unknown: Input/output error" ]
	cmp w/target new
	[ -z "$(temporary w)" ]
}

@test "another failure counts more than a doubtful durability" {
	need_strace
	contents
	mkdir w/folder
	run -1 inject "fsync:error=EIO:when=2" mmcp --atomic --sync w/source w/missing w/folder
	cmp w/folder/source new
}

@test "the file's fsync failing: status 1, the old file is there, nothing beside it" {
	local error
	need_strace
	contents
	for error in EIO:Input/output\ error ENOSPC:No\ space\ left\ on\ device EDQUOT:Disk\ quota\ exceeded; do
		run -1 inject "fsync:error=${error%%:*}:when=1" mmcp --atomic --sync w/source w/target
		[ "$output" = "mmcp: error writing 'w/target': ${error#*:}" ]
		cmp w/target old
		[ -z "$(temporary w)" ]
	done
}

@test "a failed fsync is final: it is not tried again and then believed" {
	need_strace
	contents
	run -1 strace -qq -o log -e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO:when=1 \
		"$bin/mmcp" --atomic --sync w/source w/target
	[ "$(grep -c sync log)" = 1 ]
	cmp w/target old
}

@test "mmcp --atomic --sync makes the file durable, renames it, makes the folder durable, in this order" {
	need_strace
	contents
	strace -qq -y -o log -e trace=fsync,fdatasync,rename,renameat,renameat2,syncfs,sync "$bin/mmcp" --atomic --sync \
		w/source w/target
	sed -n 's/(.*//p' log >order
	printf 'fsync\nrenameat\nfsync\n' >want
	sed -i 's/rename.*/renameat/' order
	cmp want order
	sed -n 1p log | grep -q mmtmp
	sed -n 3p log | grep -q '/w>'
}
