# Sourced by tests/check.sh and tests/guest.sh, in whichever shell: a program that is missing is installed, where the machine
# lets us.

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

# get TOOL PACKAGE...: by apt-get, unless the tool is there. Whether it is at last.
get() {
	tool=$1
	shift
	command -v "$tool" >/dev/null && return
	command -v apt-get >/dev/null || return
	export DEBIAN_FRONTEND=noninteractive
	as_root apt-get install -y --no-install-recommends "$@" || {
		as_root apt-get update && as_root apt-get install -y --no-install-recommends "$@"
	}
	command -v "$tool" >/dev/null
}
