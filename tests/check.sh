#!/bin/sh
# All tests, what `make check` calls: every tests/*.bats, then the rigs of tests/faults that disturb the machine, alone.
# Gets bats when it is missing, and installs nothing else; at the end it names the packages that would run what was skipped.
# Files run side by side, one a processor. Whatever a test leaves behind (a process, shared memory, a file) is a failure.
#
# MMTOOLS=FILE  the binary under test (build/mmtools)      CHECK_JOBS=N  files at a time
# CHECK_VERBOSE=1  the tests that passed too               CHECK_FILES="FILE..."  those alone, each in its modes (no blanks)
# CHECK_MODES="default read map"  the ways to get at bytes in which the applets' behaviour (mm*.bats) is tested: as they
#               choose (alone unless given), with reading forced, with mapping forced and windows of one page
# CHECK_SHARE=N one in N of the seeded cases beside the host's commands (all)
set -u
self=$0
tests=$(cd "$(dirname "$0")" && pwd) || exit 2

# run_one NUMBER: that line of the plan, one file in one mode; its TAP goes to $results/NUMBER.tap. xargs calls the script for
# this, with a number alone, since a path may have blanks in it.
run_one() {
	number=$1
	read -r mode file <<-END
		$(sed -n "s/^$number //p" "$results/plan" "$results/plan.alone")
	END
	case $mode in
	read) export MMTOOLS_IO=read ;;
	map)
		MMTOOLS_IO=map MMTOOLS_WINDOW=$(getconf PAGESIZE 2>/dev/null || echo 4096)
		export MMTOOLS_IO MMTOOLS_WINDOW
		;;
	esac
	name=$(basename "$file") out=$results/$number.tap
	# What started us may ignore signals (SIGPIPE under some CI runners), and then so would all that a test starts.
	default=
	env --default-signal true 2>/dev/null && default='env --default-signal'
	began=$(date +%s)
	$default bats --tap "$file" >"$out" 2>&1 </dev/null
	bats_status=$?
	# A file that broke off or could not be read must not pass for one with fewer tests.
	awk -v status=$bats_status -v label="$mode $name" -v verbose="${CHECK_VERBOSE-}" -v counts="$results/$number.counts" \
		-v seconds=$(($(date +%s) - began)) -v LONGEST=25 '
		/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; next }
		/^ok [0-9]+ .*# skip/ {
			skipped++; bad = 0; reason = $0
			sub(/.*# skip */, "", reason)
			reasons[reason]++
			next
		}
		/^ok [0-9]+ / { passed++; bad = 0; if (verbose) print "     " label ": " substr($0, 4); next }
		/^not ok [0-9]+ / { failed++; bad = 1; print "FAIL " label ": " substr($0, 8); next }
		bad > LONGEST || (!bad && /^#/ && !/^# bats warning/) { next }
		bad && bad++ == LONGEST { print "     ..."; next }
		{ print "     " $0 }
		END {
			missing = plan - passed - failed - skipped
			if (missing > 0) { failed += missing; print "FAIL " label ": " missing " tests never ran" }
			if (status != 0 && !failed) { failed++; print "FAIL " label ": bats ended with status " status }
			for (reason in reasons) print "skip " label ": " reasons[reason] " x " reason
			printf "%-4s %s: %d passed, %d failed, %d skipped, %d s\n",
				failed ? "FAIL" : passed ? "ok" : "skip", label, passed, failed, skipped, seconds
			print passed + 0, failed + 0, skipped + 0 >counts
		}' "$out" >"$results/$number.report"
	cat "$results/$number.report"
}

if [ "${1-}" = --one ]; then
	run_one "$2"
	exit 0
fi

# shellcheck source=tests/packages.sh
. "$tests/packages.sh"

# get_bats: by whichever package manager the machine has
get_bats() {
	get bats bats && return
	if command -v apk >/dev/null; then
		as_root apk add bats
	fi
	command -v bats >/dev/null && return
	# npm needs no rights: it puts bats among our results.
	if command -v npm >/dev/null; then
		npm install --silent --prefix "$results/npm" bats
	fi
	command -v bats >/dev/null
}

# bats stops a test that hangs by pkill or ps. Where there is neither, this stands in for `pkill -P PID`.
make_pkill() {
	mkdir -p "$results/bin"
	cat >"$results/bin/pkill" <<-'END'
		#!/bin/sh
		parent=$2
		for stat in /proc/[0-9]*/stat; do
			read -r line 2>/dev/null <"$stat" || continue
			pid=${line%% *}
			set -- ${line##*) }
			[ "$2" != "$parent" ] || kill "$pid"
		done
	END
	chmod +x "$results/bin/pkill"
}

# --- what is left behind

# Whatever this run starts has its mark in the environment, so the work of others does not count, however much it is.
marked() {
	for environment in /proc/[0-9]*/environ; do
		pid=${environment#/proc/} pid=${pid%/*}
		grep -qs "CHECK_RUN=$CHECK_RUN" "$environment" || continue
		[ "$(tr '\0' '\n' <"$environment" 2>/dev/null | sed -n 's/^CHECK_RUN=//p')" = "$CHECK_RUN" ] || continue
		# not what lists them
		read -r line 2>/dev/null <"/proc/$pid/stat" || continue
		case ${line##*) } in "Z "*) continue ;; esac
		tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q . || continue
		printf 'process %s: %s\n' "$pid" "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
	done
}

# What tests make outside of their own folders: objects of shared memory, and folders that everybody may enter.
standing() {
	find /dev/shm -mindepth 1 -maxdepth 1 -user "$(id -u)" 2>/dev/null
	find /tmp -mindepth 1 -maxdepth 1 -user "$(id -u)" -name 'mm*.??????' 2>/dev/null
}

# leftovers: a line for each; what others have there comes and goes, and is given some seconds to go
leftovers() {
	tries=0
	while :; do
		{
			marked
			standing | grep -vxFf "$results/standing" | sed 's/^/file /'
			find "$results/tmp" -mindepth 1 -maxdepth 1 | sed 's/^/file /'
		} >"$results/leftovers"
		if [ ! -s "$results/leftovers" ] || [ $((tries += 1)) -gt 10 ]; then break; fi
		sleep 1
	done
	cat "$results/leftovers"
}

# packages: the names of Debian's packages for the tools that a reason to skip names, on one line
packages() {
	sed -nE 's/^skip .*: [0-9]+ x //p' "$results"/*.report | sed -nE '
		s/^no ([a-z0-9_.+-]+) on this machine$/\1/p
		s/^no libfuse3 to build with$/pkg-config\nlibfuse3-dev\nfuse3/p
		s/^no bash-completion here$/bash-completion/p
		s/^neither mandoc nor groff here$/mandoc/p
		s/^no time command on this machine$/time/p
		s/^no static libc here$/libc6-dev/p' | sort -u | while read -r tool; do
		case $tool in
		setfattr | getfattr) echo attr ;;
		setfacl | getfacl) echo acl ;;
		mkfs.xfs) echo xfsprogs ;;
		mkfs.ext4) echo e2fsprogs ;;
		script) echo bsdutils ;;
		setpriv | unshare | flock | fincore) echo util-linux ;;
		losetup | mount) echo mount ;;
		hexdump) echo bsdextrautils ;;
		mksquashfs) echo squashfs-tools ;;
		cc) echo gcc libc6-dev ;;
		strip | readelf | nm) echo binutils ;;
		mips-linux-gnu-gcc) echo gcc-mips-linux-gnu libc6-dev-mips-cross ;;
		arm-linux-gnueabihf-gcc) echo gcc-arm-linux-gnueabihf libc6-dev-armhf-cross ;;
		qemu-*) echo qemu-user ;;
		iconv) echo libc-bin ;;
		*) echo "$tool" ;;
		esac
	done | tr ' ' '\n' | sort -u | tr '\n' ' '
}

results=$(mktemp -d) || exit 2
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# All files of the run lie below here, which other users may pass.
mkdir "$results/tmp" && chmod 711 "$results" "$results/tmp" || exit 2
TMPDIR=$results/tmp
: "${MMTOOLS:=$tests/../build/mmtools}"
PATH=$PATH:$results/npm/node_modules/bats/bin:$results/bin
# One test that hangs must not hold up the rest.
: "${BATS_TEST_TIMEOUT:=300}"
CHECK_RUN=$$.$(date +%s)
# The tests and bats speak English, whatever the user speaks.
LC_ALL=C.UTF-8
export MMTOOLS PATH TMPDIR BATS_TEST_TIMEOUT CHECK_RUN LC_ALL results
unset LANGUAGE MMTOOLS_IO MMTOOLS_WINDOW MMTOOLS_THREADS

command -v bats >/dev/null || get_bats >"$results/log" 2>&1 || {
	cat "$results/log" >&2
	echo "check: no bats, and no way to get it (apt-get, apk or npm, with the rights to install)" >&2
	exit 2
}
command -v ps >/dev/null || command -v pkill >/dev/null || make_pkill
standing >"$results/standing"

# plan GLOB-OR-FILE...: a line "NUMBER MODE FILE" for each run; the longest first, so that no processor waits at the end. A line
# of the rigs takes several times as long as one of the others, and so does one of those files beside them.
plan() {
	for file; do
		[ -f "$file" ] || continue
		case ${file##*/} in
		mm*) modes=${CHECK_MODES:-default} ;;
		*) modes=default ;;
		esac
		lines=$(wc -l <"$file")
		case $file in */faults/* | */ring_faults.bats | */cp_[do]*.bats | */build.bats | */check.bats) lines=$((lines * 5)) ;; esac
		for mode in $modes; do
			echo "$((lines)) $mode $file"
		done
	done | sort -k1,1nr | sed 's/^[0-9]* //' | awk -v first="$first" '{ print first + NR, $0 }'
}

# A rig that says so near its top needs the machine for itself: time, processors, mounts that others would see.
alone() {
	head -n 20 "$1" 2>/dev/null | grep -q '^# ALONE'
}

# The files side by side, then those that need the machine for themselves.
first=0
if [ -n "${CHECK_FILES-}" ]; then
	# shellcheck disable=SC2086 # a list
	plan $CHECK_FILES >"$results/plan"
	: >"$results/plan.alone"
else
	set -- "$tests"/*.bats
	for file in "$tests"/faults/*.bats; do alone "$file" || set -- "$@" "$file"; done
	plan "$@" >"$results/plan"
	first=$(wc -l <"$results/plan")
	set --
	for file in "$tests"/faults/*.bats; do ! alone "$file" || set -- "$@" "$file"; done
	plan "$@" >"$results/plan.alone"
fi
jobs=${CHECK_JOBS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
numbers() { sed 's/ .*//' "$1"; }
[ ! -s "$results/plan" ] || numbers "$results/plan" | xargs -n 1 -P "$jobs" sh "$self" --one
[ ! -s "$results/plan.alone" ] || numbers "$results/plan.alone" | xargs -n 1 sh "$self" --one

left=0
if [ -n "$(leftovers)" ]; then
	left=1
	sed 's/^/FAIL left behind: /' "$results/leftovers" | tee "$results/left.report"
fi

# Failures again in one place: what scrolled by is lost.
for report in "$results"/*.report; do
	[ ! -f "$report" ] || sed -n '/: [0-9]* passed, /d; /^FAIL/p' "$report"
done >"$results/failures"
if [ -s "$results/failures" ]; then
	echo
	echo "What failed:"
	cat "$results/failures"
fi
missing=$(packages)
[ -z "$missing" ] || printf 'To test the rest: apt-get install -y %s\n' "${missing% }"
planned=$(cat "$results/plan" "$results/plan.alone" | wc -l)
cat "$results"/*.counts /dev/null | awk -v planned="$planned" -v left="$left" '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		failed += planned - NR + left
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}'
