# What every bats file shares. A test works in $BATS_TEST_TMPDIR and reaches the binary under test by:
#   classic cat ARGS   the applet under its classic name; the host's own command with PEER=host
#   mm mmcat ARGS      the applet under its own name, for what the classic command does not have
#   ours               skips the rest of the test when a host's command is under test
# PEER=host proves that a test about classic behaviour states what the classic command does.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${MMTOOLS:=$top/build/mmtools}"
: "${PEER:=mmtools}"
export LC_ALL=C.UTF-8 MMTOOLS
unset POSIXLY_CORRECT VERSION_CONTROL SIMPLE_BACKUP_SUFFIX

setup_file() {
	bin=$BATS_FILE_TMPDIR/bin
	mkdir -p "$bin"
	for name in mmtools $("$MMTOOLS" --list) $("$MMTOOLS" --list | sed 's/^mm//'); do
		ln -s "$MMTOOLS" "$bin/$name"
	done
	export bin
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
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

ours() {
	[ "$PEER" = mmtools ] || skip "not in the classic command"
}

# A skip always says why.
need() {
	local tool
	for tool; do command -v "$tool" >/dev/null || skip "no $tool on this machine"; done
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

# pattern BYTES [SEED]: bytes on stdout that repeat at no page or window size
pattern() {
	awk -v n="$1" -v s="${2:-1}" 'BEGIN {
		x = s
		while (n > 0) {
			x = (x * 16807) % 2147483647
			line = sprintf("%d %d line of text\n", s, x)
			if (length(line) > n) line = substr(line, 1, n)
			printf "%s", line
			n -= length(line)
		}
	}'
}

# same A B: byte for byte
same() {
	cmp -- "$1" "$2"
}

# user COMMAND...: as somebody who is nobody in particular
user() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# open_folder APPLET: a folder $open that everybody may use, with the program in it under this name, to be removed by the
# file's teardown; skips where only root can come.
open_folder() {
	need_root
	need setpriv
	open=$(mktemp -d "/tmp/$1.XXXXXX")
	chmod 755 "$open"
	cp "$MMTOOLS" "$open/$1"
	chmod 755 "$open/$1"
	user "$open/$1" --version >/dev/null || { rm -rf "$open"; skip "nobody but root may come here"; }
}
