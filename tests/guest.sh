# shellcheck shell=bash
# What the runs in guests under qemu share; tests/devices/run and tests/rootfs/run source it in the top of the tree, with
# $build, the folder for all that is made there. Kernels and busybox are fetched once for all runs, to $build/guests. No KVM
# is needed, and the hardware of the machine is never touched.
#
#   guests                  those that can be booted: amd64, arm64
#   passed failed skipped   counted here and by the run
#
# GUEST_VERBOSE=1    says what passed, too       GUESTS="amd64 arm64"  those alone
# shellcheck disable=SC2034,SC2154 # $build, and what is set here for the runs
export LC_ALL=C
unset CC CFLAGS CPPFLAGS LDFLAGS APPLETS PROFILE STATIC CROSS_COMPILE BUILD MAKEFLAGS MAKELEVEL
passed=0 failed=0 skipped=0
guests=()
kernels=$build/guests
mkdir -p "$kernels" || exit 2

skip() {
	echo "skip $*"
	((skipped++))
}

# nothing REASON: the end where nothing can be tried
nothing() {
	skip "$@"
	echo "0 passed, 0 failed, $skipped skipped"
	exit 77
}

# --- what is needed

. tests/packages.sh

# need TOOL PACKAGE...: until the tool is there, one way or the other
need() {
	get "$@" >"$kernels/install.log" 2>&1 </dev/null
}

# guest amd64|arm64 EMULATOR PACKAGE: one more to boot, when it can be had
guest() {
	local said
	if ! need "$2" "$3"; then
		skip "$1: no $2 here, and no way to install it"
	elif ! said=$(flock "$kernels" bash tests/devices/fetch "$kernels" "$1"); then
		if [ -n "$said" ]; then
			skip "$1: ${said#note: }"
		else
			echo "FAIL $1: tests/devices/fetch says nothing of why"
			((failed++))
		fi
	else
		guests+=("$1")
	fi
}

find_guests() {
	need cpio cpio || nothing "no cpio here, and no way to install it"
	[[ " ${GUESTS-amd64} " != *" amd64 "* ]] || guest amd64 qemu-system-x86_64 qemu-system-x86
	[[ " ${GUESTS-arm64} " != *" arm64 "* ]] || guest arm64 qemu-system-aarch64 qemu-system-arm
	[ ${#guests[@]} = 0 ] || return
	[ $failed = 0 ] || exit 1
	nothing "no guest can be booted here"
}

# What this machine compiles for itself comes from its own compiler, the rest from a cross compiler: $amd64, $arm64.
compilers() {
	local native
	need gcc gcc libc6-dev || nothing "no gcc here, and no way to install it"
	native=$(gcc -dumpmachine)
	amd64=x86_64-linux-gnu-gcc arm64=aarch64-linux-gnu-gcc
	case $native in
	x86_64-*) amd64=gcc ;;
	aarch64-*) arm64=gcc ;;
	esac
}

# compiler amd64|arm64: the one for this guest is there
compiler() {
	case $1 in
	amd64) need "$amd64" gcc-x86-64-linux-gnu libc6-dev-amd64-cross ;;
	arm64) need "$arm64" gcc-aarch64-linux-gnu libc6-dev-arm64-cross ;;
	esac
}

# --- a guest

# machine amd64|arm64: what it is emulated by in the array `machine`, and the name of its console in `console`
machine() {
	case $1 in
	amd64) machine=(qemu-system-x86_64 -M q35) console=ttyS0 ;;
	arm64) machine=(qemu-system-aarch64 -M virt -cpu cortex-a57) console=ttyAMA0 ;;
	esac
	machine+=(-accel tcg -nodefaults -display none -serial stdio -kernel "$kernels/$1/vmlinuz")
}

# plant amd64|arm64 TREE INIT: a new root file system with busybox and this first program
plant() {
	rm -rf "$2"
	mkdir -p "$2"/{bin,dev,proc,sys}
	cp "$kernels/$1/busybox" "$2/bin/busybox"
	cp "$3" "$2/init"
	chmod +x "$2/init" "$2/bin/busybox"
}

# pack TREE FILE: what the kernel unpacks to its first root
pack() {
	(cd "$1" && find . | cpio -o -H newc --quiet | gzip -1) >"$2"
}

# --- what came of it

indented() {
	# shellcheck disable=SC2001 # each line
	sed 's/^/       | /' <<<"${1%$'\n'}"
}

# same WHAT WANTED GOT LIKE: compares, and tells both in $bad where they differ; LIKE 1: WANTED is a pattern
same() {
	# shellcheck disable=SC2053 # meant as a pattern
	if [ "$2" = "$3" ] || { [ "$4" = 1 ] && [[ $3 == $2 ]]; }; then
		return
	fi
	bad+="     $1, expected:"$'\n'"$(indented "$2")"$'\n'"     and it was:"$'\n'"$(indented "$3")"$'\n'
}

# verdict LABEL: what $bad says of it, counted
verdict() {
	if [ -z "$bad" ]; then
		((passed++))
		[ -z "${GUEST_VERBOSE-}" ] || echo "     $1"
	else
		((failed++))
		echo "FAIL $1"
		printf %s "$bad"
	fi
}
