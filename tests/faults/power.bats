# A power cut, emulated by shutting the file system down (FS_IOC_SHUTDOWN) with its journal flushed (1) or not (2):
# what was promised to be durable is there, and a file replaced by --atomic is the old one or the new one in full.

# $options is none, one or more words; $bin comes from the helper, $stopped and $status from the rig.
# shellcheck disable=SC2002,SC2031,SC2030,SC2086,SC2154,SC2034
bats_require_minimum_version 1.5.0
load ../helper
load rig

# powered_disk FS OPTIONS: a file system at m and an old and a new content
powered_disk() {
	need_root
	need_cc
	cut=$(program shutdown)
	fs=$1 options=$2
	pattern 30000 1 >old
	pattern 300000 2 >new
	on_loop "$fs" "$options" m image
	powered=1
	"$cut" 2 m end true >/dev/null || skip "no FS_IOC_SHUTDOWN in this kernel's $fs"
	power_on
}

# fresh [NAME]: the old content, durable, and the source beside it
fresh() {
	rm -rf m/[!l]* m/.[!.]*
	[ $# = 0 ] || cat old >"m/$1"
	cp new m/source
	sync -f m
}

fresh_target() {
	fresh target
}

# cuts COUNT FLAG SOURCE BEFORE OPTION...: cuts at random moments of a copy to m/target and right after it. BEFORE is
# what is there first: old or absent. Status 0 means new only if --sync is among the options.
cuts() {
	local count=$1 flag=$2 source=$3 before=$4 longest moment status ended seen i olds=0 news=0
	local -a names
	shift 4
	longest=$(time_of m fresh_target "$bin/mmcp" "$@" "$source" m/target)
	RANDOM=$((BASHPID + flag))
	for ((i = 0; i < count; i++)); do
		case $before in
		old) fresh target ;;
		*) fresh ;;
		esac
		moment=$(((RANDOM * 32768 + RANDOM) % (longest * 3 / 2)))
		[ $((i % 4)) != 0 ] || moment=end
		read -r status _ ended <<<"$("$cut" "$flag" m "$moment" "$bin/mmcp" "$@" "$source" m/target 2>said)"
		power_on
		seen=$(what m/target)
		case $seen in
		"$before") ((++olds)) ;;
		new) ((++news)) ;;
		*)
			echo "$fs, flag $flag, cut at $moment of $longest us: status $status and $seen"
			cat said
			echo "differs from the old one:"
			cmp old m/target || :
			echo "differs from the new one:"
			cmp new m/target || :
			echo "and is:"
			od -A d -c m/target | head -n 12
			[ -z "${KEEP_BROKEN-}" ] || cp m/target image "$KEEP_BROKEN"
			return 1
			;;
		esac
		# Only what was said before the cut counts: of a folder in a file system that is shut down xfs says that it is
		# synced, where the power would have left nobody to hear it.
		if [ "$status,$ended" = 0,ended ] && [[ " $* " = *' --sync '* ]] && [ "$seen" != new ]; then
			echo "$fs, flag $flag, cut at $moment of $longest us: status 0 and $seen"
			return 1
		fi
		cmp m/source new
		# nothing else lies about but the temporary file, which tells what it is
		mapfile -t names < <(find m -mindepth 1 ! -name lost+found ! -name source \
			-a ! -name target ! -name '.target.mmtmp-??????')
		[ ${#names[@]} = 0 ] || {
			echo "left over: ${names[*]}"
			return 1
		}
	done
	((tally_cuts += count, tally_old += olds, tally_new += news)) || :
}

# all_cuts FS OPTIONS: both flags, source elsewhere and beside the target (where xfs clones it)
all_cuts() {
	local flag
	tally_cuts=0 tally_old=0 tally_new=0
	powered_disk "$1" "$2"
	for flag in 1 2; do
		cuts 20 "$flag" new old --atomic --sync
		cuts 10 "$flag" m/source old --atomic --sync
	done
	note "$1 ($2): $tally_cuts cuts, $tally_old old, $tally_new new, 0 other"
}

@test "the rig: a plain copy by the host's cp does get lost in a power cut" {
	local flag lost=0
	powered_disk ext4 noauto_da_alloc
	for flag in 1 2; do
		for _ in 1 2 3; do
			fresh target
			"$cut" "$flag" m end cp new m/target
			power_on
			[ "$(what m/target)" = new ] || ((++lost))
		done
	done
	note "ext4 (noauto_da_alloc), the host's cp: 6 cuts after its end, $lost lost"
	[ "$lost" -gt 0 ]
}

@test "mmcp --atomic --sync on ext4 leaves the old or the new file in full, whenever the power is cut" {
	all_cuts ext4 data=ordered
}

@test "mmcp --atomic --sync on ext4 without its help for renames leaves the old or the new file in full" {
	all_cuts ext4 noauto_da_alloc
}

@test "mmcp --atomic --sync on xfs leaves the old or the new file in full, whenever the power is cut" {
	all_cuts xfs nouuid
}

# mmcp is stopped at each of its calls from the making of the temporary file on, and the power goes.
cut_at_each_call() {
	local flag name n seen olds=0 news=0 count=0
	need_strace
	powered_disk "$1" "$2"
	fresh target
	strace -o log "$bin/mmcp" --atomic --sync m/source m/target
	calls log .mmtmp- >list
	[ "$(wc -l <list)" -gt 5 ]
	for flag in 1 2; do
		while read -r name n <&4; do
			fresh target
			stop_at "$name:when=$n" log mmcp --atomic --sync m/source m/target
			"$cut" "$flag" m end true >/dev/null
			{
				kill -KILL "$stopped"
				wait "$stopped" || :
			} 2>/dev/null
			power_on
			seen=$(what m/target)
			((++count))
			case $seen in
			old) ((++olds)) ;;
			new) ((++news)) ;;
			*)
				echo "$fs, flag $flag, cut at $name $n: $seen"
				return 1
				;;
			esac
		done 4<list
	done
	note "$1 ($2): cut at each of $((count / 2)) calls, both ways: $olds old, $news new, 0 other"
}

@test "mmcp --atomic --sync leaves old or new when the power is cut at any of its calls on ext4" {
	cut_at_each_call ext4 noauto_da_alloc
}

@test "mmcp --atomic --sync leaves old or new when the power is cut at any of its calls on xfs" {
	cut_at_each_call xfs nouuid
}

# Less than --sync: status 0 may still mean the old file, but never an empty one or a part.
@test "mmcp --atomic alone leaves the old or the new file in full, whenever the power is cut" {
	local fs_and_options flag
	for fs_and_options in 'ext4 data=ordered' 'ext4 noauto_da_alloc' 'xfs nouuid'; do
		tally_cuts=0 tally_old=0 tally_new=0
		powered_disk $fs_and_options
		for flag in 1 2; do
			cuts 8 "$flag" new old --atomic
		done
		note "$fs_and_options, without --sync: $tally_cuts cuts, $tally_old old, $tally_new new, 0 other"
		power_off
	done
}

@test "mmcp --atomic --sync to a new name leaves nothing or all of it, and all once it said so" {
	local fs_and_options flag
	for fs_and_options in 'ext4 noauto_da_alloc' 'xfs nouuid'; do
		tally_cuts=0 tally_old=0 tally_new=0
		powered_disk $fs_and_options
		for flag in 1 2; do
			cuts 10 "$flag" new absent --atomic --sync
		done
		note "$fs_and_options, a new name: $tally_cuts cuts, $tally_old absent, $tally_new new, 0 other"
		power_off
	done
}

@test "mmcp --sync without --atomic: what it copied is there after a power cut, over an old name and a new" {
	local fs_and_options flag name status
	for fs_and_options in 'ext4 noauto_da_alloc' 'xfs nouuid'; do
		powered_disk $fs_and_options
		for flag in 1 2; do
			for name in target fresh; do
				fresh target
				read -r status _ <<<"$("$cut" "$flag" m end "$bin/mmcp" --sync m/source "m/$name")"
				[ "$status" = 0 ]
				power_on
				cmp new "m/$name"
			done
		done
		power_off
	done
}

@test "mmcp --changed: after status 0 the target is the image, and run again after a power cut it becomes that" {
	local fs_and_options flag status ended i moment longest count=0 undone=0
	printf '#!/bin/sh\nexec "%s" --changed new m/target >said\n' "$bin/mmcp" >update
	chmod +x update
	for fs_and_options in 'ext4 noauto_da_alloc' 'xfs nouuid'; do
		powered_disk $fs_and_options
		pattern 300000 3 >old
		head -c 100000 new | dd of=old bs=4096 seek=20 conv=notrunc status=none
		longest=$(time_of m fresh_target ./update)
		for flag in 1 2; do
			for ((i = 0; i < 15; i++)); do
				fresh target
				moment=$(((RANDOM * 32768 + RANDOM) % longest))
				[ $((i % 3)) != 0 ] || moment=end
				read -r status _ ended <<<"$("$cut" "$flag" m "$moment" ./update 2>err)"
				power_on
				((++count))
				cmp -s new m/target || ((++undone))
				[ "$status,$ended" != 0,ended ] || cmp new m/target
				mm mmcp --changed --verify new m/target >said
				cmp new m/target
			done
		done
		power_off
	done
	note "$count cuts, $undone of them before all was there; all done by the next run"
}

@test "mmcp --sync of a tree: all of it is there after a power cut, folders, links and small files too" {
	local fs_and_options flag status how
	mkdir -p tree/a/b tree/c
	pattern 100000 3 >tree/a/big
	echo small >tree/a/b/small
	: >tree/c/empty
	ln -s a/big tree/symlink
	ln tree/a/big tree/c/hard
	for fs_and_options in 'ext4 noauto_da_alloc' 'xfs nouuid'; do
		powered_disk $fs_and_options
		for flag in 1 2; do
			for how in '-a --sync' '-a --sync --atomic' '-a --sync --jobs=2'; do
				fresh
				read -r status _ <<<"$("$cut" "$flag" m end "$bin/mmcp" $how tree m/tree)"
				[ "$status" = 0 ]
				power_on
				diff -r --no-dereference tree m/tree || {
					echo "$fs, flag $flag, $how"
					return 1
				}
			done
		done
		power_off
	done
}

@test "mmcp --atomic --sync keeps the old file's mode, owner and attributes through a power cut" {
	local flag status
	need setfattr
	powered_disk ext4 noauto_da_alloc
	for flag in 1 2; do
		fresh target
		chmod 640 m/target
		chown 12:34 m/target
		setfattr -n user.note -v kept m/target
		sync -f m
		read -r status _ <<<"$("$cut" "$flag" m end "$bin/mmcp" --atomic --sync new m/target)"
		[ "$status" = 0 ]
		power_on
		cmp new m/target
		[ "$(stat -c '%a %u %g' m/target)" = '640 12 34' ]
		[ "$(getfattr --only-values -n user.note m/target)" = kept ]
	done
}
