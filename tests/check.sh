#!/bin/sh
# All tests, what `make check` calls: every tests/*.bats, then the rigs of tests/faults, alone, since they disturb the
# machine. Gets bats when it is missing. Files run side by side, one a processor.
#
# MMTOOLS=FILE  the binary under test (build/mmtools)      CHECK_JOBS=N  files at a time
# CHECK_VERBOSE=1  the tests that passed too               CHECK_FILES="FILE..."  those alone, each in its modes
# CHECK_MODES="default read map"  the ways to get at bytes in which the applets' behaviour (mm*.bats) is tested: as they
#               choose (alone unless given), with reading forced, with mapping forced and windows of one page
set -u
self=$0
tests=$(cd "$(dirname "$0")" && pwd) || exit 2

# One file in one mode; its TAP goes to $results/NUMBER.tap. xargs calls the script for this.
run_one() {
	number=$1 mode=$2 file=$3
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
			printf "%-4s %s: %d passed, %d failed, %d skipped, %d s\n", failed ? "FAIL" : "ok", label, passed, failed, skipped, seconds
			print passed + 0, failed + 0, skipped + 0 >counts
		}' "$out" >"$results/$number.report"
	cat "$results/$number.report"
}

if [ "${1-}" = --one ]; then
	run_one "$2" "$3" "$4"
	exit 0
fi

# The rights to install packages, where we can have them.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -n "$@"
	else
		return 1
	fi
}

# install_tool TOOL PACKAGE: until TOOL is there, by whichever package manager the machine has
install_tool() {
	if command -v apt-get >/dev/null; then
		export DEBIAN_FRONTEND=noninteractive
		as_root apt-get install -y --no-install-recommends "$2" || {
			as_root apt-get update && as_root apt-get install -y --no-install-recommends "$2"
		}
	fi
	command -v "$1" >/dev/null && return
	if command -v apk >/dev/null; then
		as_root apk add "$2"
	fi
	command -v "$1" >/dev/null && return
	# npm needs no rights: it puts the tool among our results.
	if [ "$1" = bats ] && command -v npm >/dev/null; then
		npm install --silent --prefix "$results/npm" bats
	fi
	command -v "$1" >/dev/null
}

results=$(mktemp -d) || exit 2
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
: "${MMTOOLS:=$tests/../build/mmtools}"
PATH=$PATH:$results/npm/node_modules/bats/bin
# One test that hangs must not hold up the rest.
: "${BATS_TEST_TIMEOUT:=300}"
export MMTOOLS PATH BATS_TEST_TIMEOUT results
unset MMTOOLS_IO MMTOOLS_WINDOW MMTOOLS_THREADS

command -v bats >/dev/null || install_tool bats bats >"$results/log" 2>&1 || {
	cat "$results/log" >&2
	echo "check: no bats, and no way to get it (apt-get, apk or npm, with the rights to install)" >&2
	exit 2
}
# bats stops tests that hang with one of these, and refuses to start where it has neither.
command -v ps >/dev/null || command -v pkill >/dev/null || install_tool ps procps >"$results/log" 2>&1 || {
	echo "check: no ps and no pkill: a test that hangs will not be stopped" >&2
	unset BATS_TEST_TIMEOUT
}

# plan GLOB-OR-FILE...: a line "NUMBER MODE FILE" for each run; the longest first, so that no processor waits at the end
plan() {
	for file; do
		[ -f "$file" ] || continue
		case ${file##*/} in
		mm*) modes=${CHECK_MODES:-default} ;;
		*) modes=default ;;
		esac
		for mode in $modes; do
			wc -l <"$file" | tr -d ' \n' && echo " $mode $file"
		done
	done | sort -k1,1nr | awk -v first="$first" '{ $1 = first + NR; print }'
}

# The files side by side, then what needs the machine for itself.
first=0
if [ -n "${CHECK_FILES-}" ]; then
	# shellcheck disable=SC2086 # a list
	plan $CHECK_FILES >"$results/plan"
	: >"$results/plan.alone"
else
	plan "$tests"/*.bats >"$results/plan"
	first=$(wc -l <"$results/plan")
	plan "$tests"/faults/*.bats >"$results/plan.alone"
fi
jobs=${CHECK_JOBS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
[ ! -s "$results/plan" ] || xargs -n 3 -P "$jobs" sh "$self" --one <"$results/plan"
[ ! -s "$results/plan.alone" ] || xargs -n 3 sh "$self" --one <"$results/plan.alone"

# Failures again in one place: what scrolled by is lost.
for report in "$results"/*.report; do
	[ ! -f "$report" ] || sed -n '/: [0-9]* passed, /d; /^FAIL/p' "$report"
done >"$results/failures"
if [ -s "$results/failures" ]; then
	echo
	echo "What failed:"
	cat "$results/failures"
fi
planned=$(cat "$results/plan" "$results/plan.alone" | wc -l)
cat "$results"/*.counts /dev/null | awk -v planned="$planned" '
	{ passed += $1; failed += $2; skipped += $3 }
	END {
		failed += planned - NR
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}'
