# What the tests of mmdev share: running it and what it should say, files made of bytes, and a /dev and /sys made of plain
# files in a mount namespace. Words in files are little-endian, as on all machines these tests run on.

# $bin comes from the helper, and what is set here is used by the tests
# shellcheck disable=SC2016,SC2034,SC2154

# Called by `setup` of the helper's, which lets each test start in a folder of its own.
setup() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	via=("$bin/mmdev")
	wide=()
	! is_32bit || wide=(--no-mmap)
	watched=
	open=
}

teardown() {
	stop_started
	[ -z "$open" ] || rm -rf "$open"
}

# A program of 32 bits has no single access of 64: `wide` holds what words of 64 bits take there, and nothing elsewhere, so
# that a test tries them with "${wide[@]}" on each machine. What the program is its file says, not its answers, which a test is
# to doubt.
is_32bit() {
	local head
	IFS= read -rN 5 head <"$MMTOOLS"
	[[ $head == $'\177ELF\1' ]]
}

# says STATUS TEXT REGEX ARG...: it prints this text and one message like that
says() {
	local status=$1 text=$2 said=$3
	shift 3
	try "$status" "$@" && reads "$text${text:+$nl}" out && like "mmdev: $said$nl" err
}

# The file $watched is still as `watch_over FILE` has found it.
watch_over() {
	watched=$1
	cp -- "$1" before
}
unharmed() {
	[ -z "$watched" ] || cmp before "$watched"
}

# refuses_like REGEX ARG...: status 2, nothing is printed but one message, and the file that is watched over stays as it was
refuses_like() {
	local said=$1
	shift
	if ! { says 2 '' "$said" "$@" && unharmed; }; then
		printf 'mmdev'
		printf ' %q' "$@"
		echo
		return 1
	fi
}

# misuse_like REGEX ARG...: the same, and a pointer to the help
misuse_like() {
	local said=$1
	shift
	refuses_like "[^$nl]*($said)[^$nl]*${nl}Try 'mmdev --help' for more information\\." "$@"
}

# bytes HEX...: these bytes
bytes() {
	local all="$*" format="" i
	all=${all// /}
	for ((i = 0; i < ${#all}; i += 2)); do format+="\\x${all:i:2}"; done
	# shellcheck disable=SC2059 # it is the format
	printf "$format"
}

# put FILE OFFSET HEX: these bytes there
put() {
	bytes "$3" | dd of="$1" bs=1 seek=$(($2)) conv=notrunc status=none
}

# bytes_are HEX FILE: the file is just these bytes
bytes_are() {
	bytes "$1" >wanted
	cmp wanted "$2" || { od -An -tx1 "$2" | head -n 20; return 1; }
}

# counting FILE: 256 bytes, each one more than the one before
counting() {
	local all="" i
	for ((i = 0; i < 256; i++)); do printf -v all '%s%02x' "$all" "$i"; done
	bytes "$all" >"$1"
}

# lines COUNT FILE: it has so many whole lines
lines() {
	[ "$(wc -l <"$2")" = "$1" ]
}

# told COUNT: what was started comes to have said so many lines
told() {
	local i
	for ((i = 0; i < 600; i++)); do
		! lines "$1" got || return 0
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	lines "$1" got || { echo "never: $1 lines"; cat got got.err; return 1; }
}

# A file `f` of 64 bytes and its description `r`, with a line of each kind.
gpio() {
	bytes '03010000 10300000 0d f0 0200 ff00 aa bb 8877665544332211' '00000000 efbeadde' >f
	truncate -s 64 f
	cat >r <<'END_OF_REGS'
# pins
block GPIO 0
reg DIR 0x0 32 rw reset=0x103   # directions
field OUT0 0 input=0 output=1
field MODE 9:8 off=0 slow=1 fast=0b10
reg CTL 4 32
field LOW 7:0
field HIGH 15:12
reg BYTE 8 8 ro
reg KEY 9 8 wo
field LOCK 0 open=0 shut=1
reg COUNT 10 16 rc
reg STATUS 12 16 w1c
field ERR 0
field DONE 7:4
reg PLAIN 14 8 rw reset=0xAB
reg WIDE 16 64 ro reset=0x1122334455667788
field TOP 63:32
block OTHER 0x18
reg ZERO 0 reset=1
reg DEAD 0x4 reset=0xDEADBEEF 32 ro
END_OF_REGS
	via=("$bin/mmdev" "${wide[@]}" -f f --regs r)
}

# --- a machine made of plain files ---

# inside FUNCTION: runs it in a mount namespace of its own
inside() {
	local how=-m
	need unshare
	[ "$(id -u)" = 0 ] || how=-rm
	unshare "$how" mount -t tmpfs none /sys 2>/dev/null || skip "no mount namespaces here"
	{
		declare -f
		declare -p bin nl say plain via wide watched MMTOOLS
		printf '%s\n' 'set -eE' 'trap '\''echo "failed: $BASH_COMMAND"'\'' ERR' "$1"
	} >inside.sh
	unshare "$how" bash inside.sh
}

# The /dev and the /sys of such a namespace become empty, but for what every program wants.
clear_machine() {
	local name
	page=$(getconf PAGESIZE)
	mkdir dev
	mount -t tmpfs -o mode=755 none dev
	for name in null zero full; do
		: >"dev/$name"
		mount --bind "/dev/$name" "dev/$name"
	done
	mount --rbind dev /dev
	mount -t tmpfs none /sys
}

# uio N NAME: the device uioN, as yet without maps; uio_map N M NAME SIZE [OFFSET]: its map M
uio() {
	mkdir -p "/sys/class/uio/uio$1"
	printf '%s\n' "$2" >"/sys/class/uio/uio$1/name"
	: >"/dev/uio$1"
}
uio_map() {
	local folder=/sys/class/uio/uio$1/maps/map$2
	mkdir -p "$folder"
	printf '%s\n' "$3" >"$folder/name"
	printf '0x%016x\n' $(($4)) >"$folder/size"
	printf '0x%016x\n' 0xfe000000 >"$folder/addr"
	[ -z "${5-}" ] || printf '0x%x\n' $(($5)) >"$folder/offset"
	truncate -s $((($2 + 1) * page + $4 + page)) "/dev/uio$1"
}

# pci ADDRESS COMMAND: a device without BARs, whose command register has this lower byte
pci() {
	local folder=/sys/bus/pci/devices/$1 i
	mkdir -p "$folder"
	bytes "f41a1011 $2 00 1000" >"$folder/config"
	for ((i = 0; i < 13; i++)); do echo '0x0000000000000000 0x0000000000000000 0x0000000000000000'; done >"$folder/resource"
}

# bar ADDRESS N START SIZE FLAGS: the device has this BAR
bar() {
	local folder=/sys/bus/pci/devices/$1
	awk -v n="$2" -v line="$(printf '0x%016x 0x%016x 0x%016x' $(($3)) $(($3 + $4 - 1)) $(($5)))" \
		'NR == n + 1 { $0 = line } { print }' "$folder/resource" >resource.new
	cat resource.new >"$folder/resource"
	truncate -s $(($4)) "$folder/resource$2"
}
