# mmdev: numbers are taken strictly, and nothing is written when any argument is wrong.

# $bin comes from the helper; watched files are set in tests, which are subshells
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
bats_require_minimum_version 1.5.0
load helper
load dev

bad_numbers=('' ' ' ' 0' '0 ' $'0\n' +0 0x 0X 0xg 0x1g 0b 0b2 0b12 00 010 08 0x-1 0x+1 0x0x1 1.0 1e3 '1,' '0,1' 4k 1K 0x4K 4KiB 4B 1M
	0x0x1 0b0b1 oops 0oops 0x10h 10h 18446744073709551616 0x10000000000000000 99999999999999999999999999 '٣' $'\377')

@test "mmdev refuses an address that is no number, or is too large for any" {
	local bad
	counting f
	watch_over f
	for bad in "${bad_numbers[@]}" -- -1 -0 @0 0-1 0:1 0x10+ 0+x 0+0x 0+4x '0+ 4' 0+-4 0++4 0+4+4 0+4- 0+04 +4 0+0 0+0x0 0+0K \
		0x7FFFFFFFFFFFFFFFF 18446744073709551615 0xFFFFFFFFFFFFFFFF 0+18446744073709551615 0+0x10000000000000000 0+16E; do
		[ "$bad" != -- ] || continue
		try 2 -f f -- "$bad" 8 0
		reads '' out
		unharmed
	done
	for bad in "${bad_numbers[@]}"; do
		misuse_like 'address' -f f -- "$bad" 8 0
	done
	misuse_like 'missing' -f f
	misuse_like 'invalid option' -f f -1 8 0
}

@test "mmdev refuses a length that is nothing, or no whole words" {
	local bad
	counting f
	watch_over f
	for bad in 0+1 0+2 0+3 0+5 0+255; do
		misuse_like 'words' -f f $bad
		misuse_like 'words' -f f $bad 32 --raw
		misuse_like 'words' --fill -f f $bad 32 0
		misuse_like 'words' --save snapshot -f f $bad
	done
	misuse_like 'words' "${wide[@]}" -f f 0+12 64
	misuse_like 'words' -f f 0+1 16
	misuse_like 'length' -f f 0+0
	misuse_like 'length' -f f 0+0 8 --raw
	misuse_like 'length' --fill -f f 0+0 8 0xFF
	[ ! -e snapshot ]
}

@test "mmdev refuses a width that is none of its" {
	local bad
	counting f
	watch_over f
	for bad in '' 0 1 2 4 7 9 24 31 33 63 65 128 08 032 0x20 +32 ' 32' '32 ' 8bits bb hw q d x -; do
		misuse_like 'width' -f f 0 "$bad"
		misuse_like 'width' -f f 0 "$bad" 0
	done
	misuse_like 'invalid option' -f f 0 -32
}

@test "a value too wide is refused, not cut, and text is no 0" {
	local bad
	counting f
	watch_over f
	for bad in "${bad_numbers[@]}"; do
		misuse_like 'value' -f f 0 8 "$bad"
		misuse_like 'value' -f f 0 64 "$bad"
	done
	for bad in 256 0x100 0b100000000 4294967296 0x1FF; do misuse_like 'value' -f f 0 8 $bad; done
	for bad in 65536 0x10000; do misuse_like 'value' -f f 0 16 $bad; done
	for bad in 4294967296 0x100000000 0xFFFFFFFFFFFFFFFF; do misuse_like 'value' -f f 0 32 $bad; done
	misuse_like 'value' -f f 0 64 -- -1
	misuse_like 'invalid option' -f f 0 64 -1
	does -f f 0 8 255
	does -f f 2 16 65535
	does -f f 4 32 4294967295
	does "${wide[@]}" -f f 8 64 18446744073709551615
	tells '0x00000000: FFFF01FF FFFFFFFF FFFFFFFF FFFFFFFF' -f f 0+16
}

@test "mmdev says why it refuses a number, and what would be right" {
	counting f
	watch_over f
	via=("$bin/mmdev" -f f)
	misuse_like "invalid address '010': a leading 0 could mean octal; .*" 010
	misuse_like "invalid value '010' for 8 bits: a leading 0 could mean octal; .*" 0 8 010
	misuse_like "invalid value '0x1FF' for 8 bits: the greatest is 0xFF" 0 8 0x1FF
	misuse_like "invalid value '0x1FFFFFFFFFFFFFFFF' for 64 bits: the greatest is 0xFFFFFFFFFFFFFFFF" 0 64 0x1FFFFFFFFFFFFFFFF
	misuse_like "invalid value 'oops' for 8 bits: a number as in 26, 0x1A or 0b11010" 0 8 oops
	misuse_like "invalid mask '0x100' for 8 bits: the greatest is 0xFF" 0 8 --set 0x100
	misuse_like "invalid address '0x4000000000000000': the greatest is 0x3FFFFFFFFFFFFFFF" 0x4000000000000000
	misuse_like "invalid length in '0\\+04': bytes, as in 64, 0x40 or 4K, up to address 0x3FFFFFFFFFFFFFFF" 0+04
	misuse_like "invalid length in '.*': bytes, .*" 0x3FFFFFFFFFFFFFF0+16
	misuse_like "invalid address 'GPIO': a number as in 0x48004000, or a name with --regs" GPIO
	misuse_like 'missing address: ADDRESS\[\+LEN\], or a NAME of --regs'
}

@test "an address too large is refused, not clamped" {
	counting f
	watch_over f
	local at
	for at in 0x100000000 0xFFFFFFFF00000000 0x7FFFFFFFFFFFFFF8 4294967296 0x4000000000000000; do
		try 2 -f f $at 8 0
		reads '' out
		unharmed
	done
	refuses_like 'f: 0x100000000.*' -f f 0x100000000
}

@test "nothing is written when any argument is wrong, the last one too" {
	counting f
	watch_over f
	misuse_like 'value' -f f 0 8 1 2 3 oops
	misuse_like 'value' -f f 0 8 1 2 3 256
	misuse_like 'value' -f f 0 8 1 '' 3
	misuse_like 'value' -f f 0+4 8 0 0 0 0x
	misuse_like 'values' -f f 0+4 8 0 0 0 0 0
	refuses_like '.*within.*' -f f 0xFC 32 0 0
	refuses_like '.*within.*' -f f 0xFC+8 32 0 0
	refuses_like '.*within.*' --fill -f f 0x80+0x84 32 0
	refuses_like '.*within.*' --from f -f f 4
	misuse_like 'mask' -f f 0 8 1 --verify=0x1FF
	misuse_like 'mask' -f f 0 8 1 --verify=
	misuse_like 'mask' -f f 0 8 --set 1 --clear 0x100
	misuse_like 'value' -f f 0 8 --field 0=2
	misuse_like 'time' -f f 0 8 1 --timeout x
	misuse_like 'unrecognized' -f f 0 8 1 --verfy
	misuse_like 'argument' -f f 0 8 1 --no-sync=1
	misuse_like 'invalid option' -f f 0 8 1 -x
	misuse_like '.' -f f --uio 0 0 8 1
	misuse_like '.' -f f 0 8 1 --big --little
	refuses_like '.*none.*' -f f --regs none A.B=1
	try 2 -f f 0 8 1 --regs none
	unharmed
}

@test "mmdev refuses options that exclude each other" {
	counting f
	counting from
	watch_over f
	local actions=('--set 1' '--field 0' '--field 0=1' '--wait 1=1' --watch --raw '--save s' '--diff from' '--from from') i j
	# --timeout, so that it ends where it is not refused
	for ((i = 0; i < ${#actions[@]}; i++)); do
		for ((j = i + 1; j < ${#actions[@]}; j++)); do
			[[ ${actions[i]} != --field* || ${actions[j]} != --field* ]] || continue
			# shellcheck disable=SC2086 # a list
			misuse_like '.' -f f 0 32 ${actions[i]} ${actions[j]} --timeout 0
		done
		# shellcheck disable=SC2086
		misuse_like '.' -f f 0 32 5 ${actions[i]} --timeout 0
	done
	# what changes bits goes together, and with nothing else
	for i in '--clear 1' '--toggle 1'; do
		for j in "${actions[@]:1}"; do
			# shellcheck disable=SC2086 # a list
			misuse_like '.' -f f 0 32 $i $j --timeout 0
		done
		# shellcheck disable=SC2086
		misuse_like '.' -f f 0 32 5 $i
	done
	[ ! -e s ]
	for i in '--set 1' '--clear 1' '--toggle 1' '--field 0' '--field 0=1' '--wait 1=1 --timeout 0' '--watch --timeout 0'; do
		# shellcheck disable=SC2086
		misuse_like 'single' -f f 0+8 32 $i
	done
	for i in '' --raw '--wait 1=1 --timeout 0' '--watch --timeout 0' '--field 0' '--save s'; do
		# shellcheck disable=SC2086
		misuse_like 'verify' -f f 0 32 --verify $i
	done
	misuse_like 'fill' --fill -f f 0+8 32 --from from
	misuse_like '--timeout and --interval are for --wait and --watch' -f f 0 --timeout 1s
	misuse_like '--timeout and --interval are for --wait and --watch' -f f 0 --interval 1s
	misuse_like '.' -f f --pci 00:01.0 0
	misuse_like '.' --uio 0 --pci 00:01.0 0
	misuse_like '.' -f f --uio 0 --pci 00:01.0 0
	[ ! -e s ]
}
