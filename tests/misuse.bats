# Arguments that go beyond what an applet takes, or lack what it needs: those that no other test asks for.

# shellcheck disable=SC2015,SC2034,SC2154 # for the words, and the helper's
bats_require_minimum_version 1.5.0
load helper

setup() {
	begin_ours
	via=()
	echo hello >f
	mkdir d
}

# turned_away STATUS MESSAGE COMMAND...: this message alone, and behind it a pointer to the help where it is a usage error
turned_away() {
	local -
	set +T
	local status=$1 message=$2 name=$3
	via=("$bin/$name")
	try "$status" "${@:4}" </dev/null || return
	is '' out && [ "$(head -n 1 err)" = "$name: $message" ] || { cat err && false; }
	[ "$(wc -l <err)" = 1 ] || [ "$(tail -n +2 err)" = "Try '$name --help' for more information." ]
}

@test "what is too many, too much or too large is refused, and what is just allowed is not" {
	turned_away 1 'only one --range can be copied' mmcp --range=1 --range=2 f g
	turned_away 1 '--range goes with copies of single files only' mmcp -r --range=1 d g
	turned_away 1 'at most 64 --jobs' mmcp --jobs=65 f g
	does --jobs=64 f g
	turned_away 2 '--range is given twice' mmtouch --range=0+1 --range=1 f
	turned_away 1 'more than 24 columns' fincore -o "$(printf 'size,%.0s' {1..24})size" f
	shows "$(printf '6B %.0s' {1..23})6B\n" -nr -o "$(printf 'size,%.0s' {1..23})size" f
	turned_away 1 "-w argument '67108865' too large" od -w67108865 f
	turned_away 1 "-w argument '18446744073709551616' too large" od -w18446744073709551616 f
	turned_away 1 "-N argument '36028797018963968b' too large" od -N 36028797018963968b f
	turned_away 1 "-N argument '99999999999999999999999' too large" od -N 99999999999999999999999 f
	shows '0000000 062550 066154 005157\n0000006\n' -to2 --endian=little -N 36028797018963967b f
	turned_away 1 'format takes too many bytes' hexdump -e '67108865/1 "%02x"' f
	turned_away 1 'format takes too many bytes' hexdump -e '33554433/2 "%04x"' f
	turned_away 1 'bad conversion character %67108864' hexdump -e '"%67108864s"' f
}

@test "what is missing is asked for" {
	local how
	for how in --draw --range=0 --dump=0+1 --diff=f; do
		turned_away 2 'missing PID' mmmap $how
	done
	turned_away 1 'no file specified' fincore
	turned_away 2 "invalid range '1-z': hexadecimal ADDR, ADDR+LEN or ADDR-END" mmmap --range=1-z 1
	turned_away 1 "failed to parse argument: 'x'" pmap -A x 1
	turned_away 1 "extra operand 'x'" pmap -n x
}
