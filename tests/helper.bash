# What every bats file shares. A test works in $BATS_TEST_TMPDIR and reaches the binary under test by:
#   classic cat ARGS   the applet under its classic name; the host's own command with PEER=host
#   mm mmcat ARGS      the applet under its own name, for what the classic command does not have
#   ours               skips the rest of the test when a host's command is under test
# PEER=host proves that a test about classic behaviour states what the classic command does.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${MMTOOLS:=$top/build/mmtools}"
: "${PEER:=mmtools}"
: "${BATS_TEST_TIMEOUT:=300}"   # hangs, and nothing that is slow on a busy machine or with sanitizers
export LC_ALL=C.UTF-8 MMTOOLS BATS_TEST_TIMEOUT
unset POSIXLY_CORRECT VERSION_CONTROL SIMPLE_BACKUP_SUFFIX
source "$top/tests/words.bash"

# To tell where a test failed bats notes before every command where that stands, which takes half of the time of a run. It is
# enough to note it when one fails.
if declare -F bats_check_status_from_trap bats_capture_stack_trace >/dev/null; then
	set +T
	bats_error_trap() {
		bats_check_status_from_trap
		bats_capture_stack_trace
		# shellcheck disable=SC2034 # bats asks for it
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	}
fi

setup_file() {
	bin=$BATS_FILE_TMPDIR/bin
	mkdir -p "$bin"
	for name in mmtools $("$MMTOOLS" --list --classic); do
		ln -sf "$MMTOOLS" "$bin/$name"
	done
	export bin
}

# The frame of a test, where its file has none of its own.
setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

teardown() {
	stop_started
}

classic() {
	local name=$1
	shift
	case $PEER in
	host) command -p "$name" "$@" ;;
	*) "$bin/$name" "$@" ;;
	esac
}

mm() {
	local name=$1
	shift
	"$bin/$name" "$@"
}
