# What the two files of rings under faults share: the program with the applets' names, the program that makes lines and
# verifies them, and what must be true after a writer was cut off. Loaded after rig.bash.

# $bin, $rigs and the programs come from the helper and the rig, $last is for the tests.
# shellcheck disable=SC2034,SC2154

setup_file() {
	local name
	bin=$BATS_FILE_TMPDIR/bin
	mkdir -p "$bin"
	for name in mmtools $("$MMTOOLS" --list); do ln -s "$MMTOOLS" "$bin/$name"; done
	# what is stopped runs in the background, where the shell gives it no input
	printf '#!/bin/sh\nexec "%s" "$@" <in\n' "$bin/mmring" >"$bin/fed"
	chmod +x "$bin/fed"
	export bin
}

# $load: the program that makes lines and verifies them
ready() {
	need_cc
	load=$(program ringload)
}

# within SECONDS COMMAND...: repeats it until it succeeds
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return
		sleep 0.05
	done
}

# left RUN BEFORE ROOM: after a writer was cut off, all is well with the ring; $last is its last number
left() {
	mm mmring read --json ring >records || {
		cat records
		return 1
	}
	last=$("$load" after "$1" teed "$2" "$3" <records) || {
		echo "run $1: $last"
		return 1
	}
	run -0 mm mmring check ring
}
