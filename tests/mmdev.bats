# mmdev: accesses to words, as told: reading, writing, bits, waiting, on plain files. Arguments that are wrong are in
# dev_numbers.bats, names of registers in dev_names.bats, snapshots in dev_snapshots.bats, /dev/mem, UIO and PCI in dev_found.bats.

# $bin comes from the helper; watched files and statuses are set in tests, which are subshells
# shellcheck disable=SC2030,SC2031,SC2034,SC2094,SC2154
bats_require_minimum_version 1.5.0
load helper
load dev

# --- reading ---

@test "mmdev reads words of 8, 16, 32 and 64 bits, by number or letter, 32 unless told otherwise" {
	counting f
	tells 0x13121110 -f f 0x10
	tells 0x10 -f f 0x10 8
	tells 0x1110 -f f 0x10 16
	tells 0x13121110 -f f 0x10 32
	tells 0x1716151413121110 "${wide[@]}" -f f 0x10 64
	tells 0x10 -f f 0x10 b
	tells 0x1110 -f f 0x10 h
	tells 0x13121110 -f f 0x10 w
	tells 0x1716151413121110 "${wide[@]}" -f f 0x10 l
	tells 0xEF -f f 0xeF b
	tells 0x03020100 -f f 0
}

@test "mmdev refuses a width for which the processor has no single access, unless it is to read and write the file" {
	counting f
	if [ ${#wide[@]} = 0 ]; then
		tells 0x1716151413121110 -f f 0x10 64
	else
		watch_over f
		misuse_like 'this machine has no single access of 64 bits' -f f 0x10 64
		misuse_like 'this machine has no single access of 64 bits' -f f 0x10 64 0
		misuse_like 'this machine has no single access of 64 bits' --raw -f f 0x10+16 l
	fi
	tells 0x1716151413121110 --no-mmap -f f 0x10 64
	does --no-mmap -f f 0x10 64 0x1122334455667788
	tells '0x00000010: 1122334455667788 1F1E1D1C1B1A1918' --no-mmap -f f 0x10+16 64
}

@test "mmdev answers to devmem, too, and messages name the command as it was called" {
	counting f
	ln -s "$MMTOOLS" devmem
	via=(./devmem)
	tells 0x13121110 -f f 0x10
	does -f f 0x10 8 0xAB
	tells 0x131211AB -f f 0x10 w
	try 2 -f none 0
	reads "devmem: none: No such file or directory$nl" err
}

@test "mmdev takes -f and --file in all spellings, before and behind the address" {
	counting f
	tells 0x03020100 -f f 0
	tells 0x03020100 -ff 0
	tells 0x03020100 --file f 0
	tells 0x03020100 --file=f 0
	tells 0x00 0 -f f 8
	tells 0x00 0 8 -f f
	tells 0x00 -f f -- 0 8
	does 0 -ff 8 --verify 5
	tells 0x05 0 8 --file=f
	misuse_like 'requires an argument' -f
	misuse_like 'requires an argument' 0 --file
}

@test "mmdev takes numbers in decimal, hexadecimal and binary" {
	counting f
	tells 0x10 -f f 16 8
	tells 0x10 -f f 0x10 8
	tells 0x10 -f f 0X10 8
	tells 0x10 -f f 0b10000 8
	tells 0x10 -f f 0B10000 8
	tells 0x10 -f f 0x0000000000000000000000010 8
	tells 0xAB -f f 0xAb 8
	does -f f 0 8 255
	does -f f 1 8 0xfe
	does -f f 2 8 0b11111101
	does -f f 3 8 0
	tells 0x00FDFEFF -f f 0
}

@test "mmdev dumps a range, 16 bytes a line, in words of the width" {
	counting f
	tells "0x00000010: 13121110 17161514 1B1A1918 1F1E1D1C${nl}0x00000020: 23222120" -f f 0x10+20
	tells "0x00000010: 1110 1312 1514 1716 1918 1B1A 1D1C 1F1E${nl}0x00000020: 2120" -f f 0x10+0x12 16
	tells "0x00000003: 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12${nl}0x00000013: 13" -f f 3+17 8
	tells "0x00000008: 0F0E0D0C0B0A0908 1716151413121110${nl}0x00000018: 1F1E1D1C1B1A1918" "${wide[@]}" -f f 8+24 l
	tells '0x00000004: 07060504' -f f 4+4
	truncate -s 2K f
	try 0 -f f 0+2K
	lines 128 out
	[ "$(tail -n 1 out)" = '0x000007f0: 00000000 00000000 00000000 00000000' ]
	try 0 "${wide[@]}" -f f 0+1KiB 64
	lines 64 out
}

@test "mmdev --raw gives the bytes as they lie there" {
	counting f
	try 0 --raw -f f 0+256
	cmp f out
	reads '' err
	try 0 --raw -f f 0+256 8
	cmp f out
	try 0 "${wide[@]}" --raw -f f 64+64 64
	tail -c +65 f | head -c 64 | cmp - out
	try 0 --raw -f f 0x10
	bytes_are 10111213 out
	try 0 --raw -f f 0x0a 16
	bytes_are 0a0b out
	try 0 --raw --no-mmap -f f 8+8 64
	bytes_are 08090a0b0c0d0e0f out
}

@test "mmdev reads beyond 4 GiB" {
	truncate -s 5G f
	put f 0x120000000 0123456789abcdef
	tells 0x67452301 -f f 0x120000000
	tells 0xEFCDAB8967452301 "${wide[@]}" -f f 4831838208 64
	tells '0x120000000: 67452301 EFCDAB89' -f f 0x120000000+8
	tells 0x00000000 -f f 0x20000000
	does -f f 0x100000000 8 0xFF
	does -f f 0x13FFFFFFC 32 0x11223344
	tells 0x00 -f f 0 8
	tells 0x00 -f f 0xFFFFFFFF 8
	tells 0xFF -f f 0x100000000 8
	tells 0x11223344 -f f 0x13FFFFFFC
	does --no-mmap -f f 0x120000000 32 0x80 --verify
	tells 0x00000080 --no-mmap -f f 0x120000000
	refuses_like '.*0x140000000.*' -f f 0x140000000
}

@test "mmdev reads and writes the last word of a page, and a word across two pages when it is told to" {
	truncate -s 16384 f
	put f 0xFF8 a0a1a2a3a4a5a6a7
	put f 0x1000 b0b1b2b3
	tells 0xA7A6A5A4 -f f 0xFFC
	tells 0xA7A6A5A4A3A2A1A0 "${wide[@]}" -f f 0xFF8 64
	tells 0xA7 -f f 0xFFF 8
	tells '0x00000ff8: A3A2A1A0 A7A6A5A4 B3B2B1B0' -f f 0xFF8+12
	misuse_like 'aligned' -f f 0xFFE
	tells 0xB1B0A7A6 --unaligned -f f 0xFFE
	does --unaligned -f f 0xFFE 32 0x44332211
	tells 0xB3B2443322 "${wide[@]}" --unaligned -f f 0xFFF 64 --field 39:0
	does --unaligned -f f 0x1FFF 16 0x6655
	tells 0x6655 --unaligned -f f 0x1FFF 16
	does "${wide[@]}" --unaligned -f f 0x2FFD 64 0x8877665544332211
	tells '0x00002ff8: 00 00 00 00 00 11 22 33 44 55 66 77 88 00 00 00' -f f 0x2FF8+16 8
	put f 0x3FFC c0c1c2c3
	tells 0xC3C2C1C0 -f f 0x3FFC
	tells '0x00003ffc: C3C2C1C0' -f f 0x3FFC+4
	does -f f 0x3FFC w 0
	tells 0x00 -f f 0x3FFF 8
}

@test "mmdev refuses an address that is not a multiple of the width, unless it is told otherwise" {
	local width at
	counting f
	watch_over f
	for width in 16 32 64; do
		[ $width != 64 ] || via+=("${wide[@]}")
		for at in 1 3 0x21; do
			misuse_like 'aligned' -f f $at $width
			misuse_like 'aligned' -f f $at $width 0
			misuse_like 'aligned' -f f $at+$width $width
			misuse_like 'aligned' -f f $at $width --set 1
			misuse_like 'aligned' -f f $at $width --wait 1=1 --timeout 0
			misuse_like 'aligned' --no-mmap -f f $at $width
		done
	done
	via=("$bin/mmdev")
	misuse_like 'aligned' -f f 2
	misuse_like 'aligned' "${wide[@]}" -f f 4 64
	misuse_like 'aligned' "${wide[@]}" -f f 4 64 0 1
	misuse_like 'aligned' -f f 2+8 --raw
	misuse_like 'aligned' -f f 2 32 --from f
	tells 0x0201 --unaligned -f f 1 16
	tells 0x04030201 --unaligned -f f 1
	tells 0x0A09080706050403 "${wide[@]}" --unaligned -f f 3 64
	tells '0x00000001: 04030201 08070605' --unaligned -f f 1+8
	tells 0x04030201 --unaligned --no-mmap -f f 1
	does "${wide[@]}" --unaligned -f f 1 64 0xFFFEFDFCFBFAF9F8
	tells '0x00000000: FAF9F800 FEFDFCFB 0B0A09FF' -f f 0+12
}

# --- writing ---

@test "mmdev writes words of each width, and nothing beside them" {
	truncate -s 24 f
	does -f f 1 8 0xA1
	does -f f 2 16 0xB2B1
	does -f f 4 32 0xC4C3C2C1
	does "${wide[@]}" -f f 8 64 0xD8D7D6D5D4D3D2D1
	does -f f 16 w 1
	does -f f 20 h 0xFFFF
	does -f f 23 b 255
	bytes_are '00a1b1b2 c1c2c3c4 d1d2d3d4d5d6d7d8 01000000 ffff00ff' f
	does --no-sync -f f 0 32 0x44332211
	does --no-mmap -f f 4 32 0x88776655
	does --no-sync --no-mmap -f f 8 l 0
	bytes_are '11223344 55667788 0000000000000000 01000000 ffff00ff' f
}

@test "mmdev writes several values to successive addresses" {
	truncate -s 16 f
	does -f f 4 8 1 0x2 0b11
	bytes_are 00000000010203000000000000000000 f
	does -f f 8 w 0x11223344 0x55667788
	bytes_are 00000000010203004433221188776655 f
	does -f f 0+4 16 0xAAAA 0xBBBB
	bytes_are aaaabbbb010203004433221188776655 f
	watch_over f
	misuse_like '3 values|3 words|words' -f f 0+8 16 1 2 3
	misuse_like 'values|words' -f f 0+8 16 1
	refuses_like '.*within.*' -f f 8 32 1 2 3
	refuses_like '.*within.*' -f f 14 8 1 2 3
}

@test "mmdev --fill writes one value to all words of a range" {
	truncate -s 8192 f
	does --fill -f f 0+8K 32 0x01020304
	try 0 --raw -f f 0+8K
	[ "$(tr -d '\4\3\2\1' <out | wc -c)" = 0 ]
	does --fill -f f 4092+8 16 0xFFEE
	tells '0x00000ff8: 01020304 FFEEFFEE FFEEFFEE 01020304' -f f 0xFF8+16
	does --fill --no-mmap -f f 0+8 64 0
	tells '0x00000000: 0000000000000000 0102030401020304' "${wide[@]}" -f f 0+16 64
	does --fill --verify -f f 8+4 8 0x7F
	tells 0x7F7F7F7F -f f 8
	watch_over f
	misuse_like 'fill' --fill -f f 0 32 1
	misuse_like 'fill' --fill -f f 0+8 32 1 2
	misuse_like 'fill' --fill -f f 0+8 32
	misuse_like 'fill' --fill -f f 0+8
}

@test "mmdev --from writes the bytes of a file to successive words" {
	truncate -s 16 f
	bytes 0102030405060708 >in
	does --from in -f f 4
	bytes_are 00000000010203040506070800000000 f
	does "${wide[@]}" --from=- -f f 8+8 64 <in
	bytes_are 00000000010203040102030405060708 f
	does --from in --no-mmap -f f 0+8 8
	bytes_are 01020304050607080102030405060708 f
	head -c 6 in | does --from - -f f 10 h
	bytes_are 01020304050607080102010203040506 f
	does --from in --verify -f f 8
	bytes_are 01020304050607080102030405060708 f
	truncate -s 300000 g
	pattern 300000 >big
	does --from big -f g 0
	cmp big g
	# shellcheck disable=SC2002 # a pipe is wanted
	cat big | does --from - -f g 0 8
	cmp big g
}

@test "mmdev reads no more of what has no end than it can use" {
	bash -c 'ulimit -v 400000; exec "$@"' - "$bin/mmdev" --version >/dev/null || skip "this build needs more memory by itself"
	counting f
	watch_over f
	printf 'block B 0\nreg R 0\n' >r
	# shellcheck disable=SC2016 # the inner shell's
	via=(bash -c 'ulimit -v 400000; exec "$0" "$@"' "$bin/mmdev" -f f)
	refuses_like '/dev/zero: not a text file' --regs /dev/zero B.R
	refuses_like '/dev/zero: not a text file' --diff /dev/zero
	misuse_like '/dev/zero: more than the 16 bytes of ADDRESS\+LEN' --from /dev/zero 0+16
	misuse_like '/dev/zero: more than the 4 bytes of B.R' --regs r --from /dev/zero B.R
	misuse_like '-: more than the 16 bytes of ADDRESS\+LEN' --from - 0+16 </dev/zero
	refuses_like '/dev/zero: (Cannot allocate memory|File too large)' --from /dev/zero 0
}

@test "mmdev --from refuses what is no words, does not fit, cannot be read, or is more than its LEN" {
	truncate -s 16 f
	watch_over f
	bytes 010203040506 >six
	bytes 0102030405060708 >eight
	: >empty
	misuse_like 'six' --from six -f f 0
	misuse_like 'six' "${wide[@]}" --from six -f f 0 64
	misuse_like 'empty' --from empty -f f 0
	misuse_like 'eight' --from eight -f f 0+4
	misuse_like 'eight' --from eight -f f 0+16
	misuse_like 'six' --from - -f f 0 <six || misuse_like '-' --from - -f f 0 <six
	refuses_like '.*within.*' --from eight -f f 12
	refuses_like 'none: No such file or directory' --from none -f f 0
	refuses_like '\.: Is a directory' --from . -f f 0
	refuses_like '.*' --from - -f f 0 <&-
	misuse_like '.' --big --from eight -f f 0
	misuse_like '.' --little --from eight -f f 0
	misuse_like '.' --from eight -f f 0 32 5
}

@test "mmdev --verify reads back each word, and says where it differs" {
	truncate -s 16 f
	does --verify -f f 0 32 1 2 3
	does --verify=0xFF -f f 0 32 0x1FF
	tells '0x000001FF -> 0x000001FE' --verify -f f 0 --clear 1
	# what is written to /dev/zero is gone
	local zero=(--no-mmap -f /dev/zero)
	does "${zero[@]}" 0 32 5
	does --verify "${zero[@]}" 0 32 0
	says 1 '' '/dev/zero: 0x10: .*0x00000005.*0x00000000.*' --verify "${zero[@]}" 0x10 32 5
	says 1 '' '/dev/zero: 0x0: .*0x80.*0x00.*' --verify "${zero[@]}" 0 8 0x80
	does --verify=0x70 "${zero[@]}" 0 8 0x80
	misuse_like '--verify' --verify=0 "${zero[@]}" 0 64 0xFFFFFFFFFFFFFFFF
	says 1 '' '/dev/zero: 0x0: .*' --verify=0b10000000 "${zero[@]}" 0 8 0xFF
	says 1 '0x00000000 -> 0x00000003' '/dev/zero: 0x4: .*' --verify "${zero[@]}" 4 --set 3
	says 1 '0x00000000 -> 0x00000030' '/dev/zero: 0x4: .*' --verify "${zero[@]}" 4 --field 7:4=3
}

@test "mmdev --verify tells of every word that differs, since all are written" {
	bytes 010000000200000000000000 >in
	says 1 '' "/dev/zero: 0x0: [^$nl]*${nl}mmdev: /dev/zero: 0x4: [^$nl]*" --verify --no-mmap -f /dev/zero --from in 0
	says 1 '' "/dev/zero: 0x8: [^$nl]*${nl}mmdev: /dev/zero: 0x9: [^$nl]*" --verify --no-mmap -f /dev/zero --fill 8+2 8 1
	says 1 '' "/dev/zero: 0x0: [^$nl]*${nl}mmdev: /dev/zero: 0x8: [^$nl]*" --verify --no-mmap -f /dev/zero 0 32 1 0 2
}

# --- bits ---

@test "mmdev --set, --clear and --toggle change these bits alone, and show old and new" {
	bytes f0f0f0f0 f0f0f0f0 >f
	tells '0xF0F0F0F0 -> 0xF0F0F0FF' -f f 0 --set 0xF
	tells '0xF0F0F0FF -> 0xF0F0F00F' -f f 0 --clear 0xF0
	tells '0xF0F0F00F -> 0x0F0F0FF0' -f f 0 32 --toggle 0xFFFFFFFF
	tells '0xF0 -> 0xF1' -f f 4 8 --set=0b1
	tells '0xF0F1 -> 0x70F1' -f f 4 16 --clear=0x8000
	tells '0xF0F070F10F0F0FF0 -> 0x70F070F10F0F0FF1' "${wide[@]}" -f f 0 64 --toggle 0x8000000000000001
	tells '0x0F0F0FF1 -> 0x0F0F0FF1' -f f 0 --set 0
	tells '0x0F0F0FF1 -> 0x0F0F0F0E' -f f 0 --set 4 --clear 0x0F0 --toggle 0xB
	tells '0x0E -> 0x0F' --no-mmap -f f 0 8 --set 1
	bytes_are 0f0f0f0ff170f070 f
}

@test "mmdev refuses to set and clear the same bit, and masks that are too wide" {
	bytes 0102030405060708 >f
	watch_over f
	misuse_like 'bit' -f f 0 --set 3 --clear 1
	misuse_like 'bit' -f f 0 --set 3 --toggle 2
	misuse_like 'bit' -f f 0 --clear 0xF0 --toggle 0x80
	local option mask does
	for option in set clear toggle verify; do
		does=(0 8)
		[ $option != verify ] || does+=(5)
		for mask in 256 0x100 -1 +1 oops 0x 0b2 010 '1 ' ' 1' 1K 99999999999999999999999; do
			misuse_like 'mask' -f f "${does[@]}" --$option="$mask"
		done
	done
	misuse_like 'mask' -f f 0 --set 0x100000000
	misuse_like 'mask' -f f 0 32 5 --verify=0x100000000
	misuse_like 'mask' -f f 0 --set ''
	misuse_like 'mask' -f f 0 64 --set 0x10000000000000000
}

@test "mmdev --field reads bits as a number, and writes them alone" {
	bytes 7856341200000000 >f
	tells 0x56 -f f 0 32 --field 15:8
	tells 0x12345678 -f f 0 --field 31:0
	tells 0x1 -f f 0 --field 28
	tells 0x0 -f f 0 --field 31
	tells 0x8 -f f 0 8 --field 3:0
	tells 0x1 "${wide[@]}" -f f 0 64 --field 0b11101:28
	tells 0x1 -f f 0 --field 0x1c:0x1c
	tells '0x12345678 -> 0x1234AB78' -f f 0 32 --field 15:8=0xab
	tells '0x1234AB78 -> 0x9234AB78' -f f 0 --field 31=1
	tells '0x9234AB78 -> 0x9234AB70' -f f 0 --field=3:0=0
	tells '0x000000009234AB70 -> 0xFFFFFFFF9234AB70' "${wide[@]}" -f f 0 64 --field 63:32=0xffffffff
	tells '0xFFFFFFFF9234AB70 -> 0x0123456789ABCDEF' "${wide[@]}" -f f 0 64 --field 63:0=0x0123456789abcdef
	tells '0xEF -> 0xDF' -f f 0 8 --field 5:4=0b01
	bytes_are dfcdab8967452301 f
}

@test "mmdev refuses fields that do not exist, and values that do not fit in theirs" {
	bytes 0102030405060708 >f
	watch_over f
	local field
	for field in '' : 3: :3 3:4 32 32:0 33:32 -1 1:-1 0x 3:0: 3:0:1 a 3:a '3 :0' 3,0 010 3:010 99999999999999999999 \
		0x0000000000000000000020 1:0+1 3-0 =1 :=1 3:4=1 32=1; do
		misuse_like 'field' -f f 0 --field "$field"
	done
	for field in 3:0=16 3:0=0x10 0=2 3:0=-1 3:0= 3:0=x 3:0=1x 3:0==1 31:0=0x100000000 3:0=010; do
		misuse_like 'value' -f f 0 --field "$field"
	done
	misuse_like 'field' -f f 0 8 --field 8
	misuse_like 'field' -f f 0 16 --field 16:0
	misuse_like 'field' -f f 0 64 --field 64
	misuse_like 'value' -f f 0 64 --field 63:0=0x10000000000000000
}

@test "mmdev takes the number of a bit with however many zeros, and does not cut it" {
	bytes 02000000 >f
	tells 0x1 -f f 0 --field 0x0000000000000000000000001
	tells 0x1 -f f 0 --field 0x0000000000000000000000001:0x000000000000000000000000000001
	tells 0x2 -f f 0 --field 0b000000000000000000000000000001:0
}

# --- waiting ---

@test "mmdev --wait is content at once when the bits are so, and prints the word" {
	bytes 12345678 >f
	tells 0x78563412 -f f 0 --wait 0xFF=0x12
	tells 0x78563412 -f f 0 --wait=0x0F00=1024 --timeout 0
	tells 0x12 -f f 0 8 --wait 0b10=0b10 --timeout 0s
	tells 0x78563412 -f f 0 --wait 0=0
	tells 0x3412 --no-mmap -f f 0 16 --wait 0xFFFF=0x3412 --timeout 1ms --interval 1us
}

@test "mmdev --wait gives up with status 1 when the time is over, and prints the last word" {
	bytes 12345678 >f
	replies 1 0x78563412 -f f 0 --wait 0xFF=0x13 --timeout 0
	replies 1 0x12 -f f 0 8 --wait 1=1 --timeout 30ms --interval 5ms
	replies 1 0x12 -f f 0 8 --wait 1=1 --timeout 10ms --interval 1h
	replies 1 0x12 --no-mmap -f f 0 8 --wait 1=1 --timeout=0.02s
}

@test "mmdev --wait sees what another process writes" {
	bytes 0000000000000000 >f
	start -f f 4 --wait 0x80=0x80 --interval 1ms
	does -f f 0 32 0xFFFFFFFF
	does -f f 4 32 0x7F
	does -f f 4 32 0x1FF
	ends_as 0
	reads "0x000001FF$nl" got
	start --no-mmap -f f 0 8 --wait 0xFF=0 --interval 1ms --timeout 100s
	does -f f 0 8 0
	ends_as 0
	reads "0x00$nl" got
}

@test "mmdev --wait refuses conditions that are none, or can never come true, and times that are none" {
	bytes 12345678 >f
	local condition
	for condition in '' 1 = =1 1= 1=2 0xF0=0x0F 0=1 256=0 1=0x100 -1=0 1=-1 1=1=1 1:0=1 x=1 1=x '1 =1' '1= 1' 010=0; do
		misuse_like 'condition|mask|value' -f f 0 8 --wait "$condition" --timeout 0
	done
	local time
	for time in '' -1 1x x 5sec 1e3 ' 1' 1.s 99999999999999999999; do
		misuse_like 'time' -f f 0 8 --wait 1=1 --timeout "$time"
		misuse_like 'time' -f f 0 8 --wait 1=1 --timeout 0 --interval "$time"
	done
}

time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+Z'

@test "mmdev --watch prints the word with the time, then a line for each change" {
	bytes 1234567800000000 >f
	try 0 -f f 0 --watch --timeout 0
	like "$time 0x78563412$nl" out
	start -f f 4 8 --watch --interval 1ms
	told 1
	does -f f 0 32 0
	does -f f 5 8 1
	does -f f 4 8 7
	told 2
	does -f f 4 8 7
	does -f f 4 8 0
	told 3
	kill -TERM "$pid"
	wait "$pid" || true
	like "$time 0x00$nl$time 0x07$nl$time 0x00$nl" got
	reads '' got.err
	try 0 -f f 4 8 --watch --timeout 20ms --interval 3ms
	like "$time 0x00$nl" out
}

@test "mmdev --watch ends when nobody reads it any more" {
	bytes 00 >f
	mkfifo pipe
	"$bin/mmdev" -f f 0 8 --watch --interval 1ms >pipe 2>got.err 3>&- &
	pid=$!
	started+=("$pid")
	head -n 1 <pipe >got
	like "$time 0x00$nl" got
	local i=0
	# the first of these changes that it sees it can tell nobody
	one_more() {
		i=$((i % 255 + 1))
		does -f f 0 8 $i
		if kill -0 "$pid" 2>/dev/null; then return 1; fi
	}
	eventually one_more
}

# --- byte orders and JSON ---

@test "mmdev --big and --little are the byte order of the words, in all that is read and written" {
	bytes 0102030405060708 >f
	tells 0x01020304 --big -f f 0
	tells 0x04030201 --little -f f 0
	tells 0x0102030405060708 "${wide[@]}" --big -f f 0 64
	tells 0x0102 --big -f f 0 16
	tells 0x01 --big -f f 0 8
	tells '0x00000000: 01020304 05060708' --big -f f 0+8
	tells '0x01020304 -> 0x01020305' --big -f f 0 --set 1
	tells '0x01020305 -> 0xAA020305' --big -f f 0 --field 31:24=0xAA
	tells 0x2 --big -f f 0 --field 23:16
	tells 0xAA020305 --big -f f 0 --wait 0xFF000000=0xAA000000 --timeout 0
	does --big -f f 4 16 0x1122 0x3344
	does --big --verify -f f 2 16 0x5566
	does --little --verify -f f 0 16 0x7788
	bytes_are 8877556611223344 f
	tells 0x44 --big --no-mmap -f f 4 --field 7:0
	try 0 --big -f f 0 --watch --timeout 0
	like "$time 0x88775566$nl" out
	watch_over f
	misuse_like '.' --big --little -f f 0
	misuse_like '.' --raw --big -f f 0
	misuse_like '.' --raw --little -f f 0
}

@test "mmdev --json prints an object a line, whatever is done" {
	counting f
	tells '{"address":"0x10","width":32,"value":"0x13121110"}' --json -f f 0x10
	tells '{"address":"0x10","width":8,"value":"0x10"}' --json -f f 0x10 8
	tells "{\"address\":\"0x0\",\"width\":16,\"value\":\"0x0100\"}${nl}{\"address\":\"0x2\",\"width\":16,\"value\":\"0x0302\"}" \
		--json -f f 0+4 16
	tells '{"address":"0x0","width":8,"old":"0x00","new":"0x0F"}' --json -f f 0 8 --set 15
	tells '{"address":"0x0","width":8,"bits":"7:0","field":"0xF"}' --json -f f 0 8 --field 7:0
	tells '{"address":"0x0","width":8,"old":"0x0F","new":"0x1F"}' --json -f f 0 8 --field 4=1
	replies 1 '{"address":"0x0","width":8,"value":"0x1F"}' --json -f f 0 8 --wait 1=0 --timeout 0
	try 0 --json -f f 0 8 --watch --timeout 0
	like "\\{\"time\":\"$time\",\"address\":\"0x0\",\"width\":8,\"value\":\"0x1F\"\\}$nl" out
	does --json -f f 0 8 3
	misuse_like '.' --json --raw -f f 0
}

# --- what words lie in ---

@test "mmdev refuses what is beyond the end of a file, and reads its last word" {
	: >empty
	bytes 01020304 >word
	bytes 010203040506 >six
	watch_over empty
	refuses_like 'empty: .*0x0.*' -f empty 0
	refuses_like 'empty: .*' -f empty 0 8
	refuses_like 'empty: .*' -f empty 0 8 1
	refuses_like 'empty: .*' --no-mmap -f empty 0 8 1
	refuses_like 'empty: .*' -f empty 0+16
	refuses_like 'empty: .*' --raw -f empty 0+16
	watch_over word
	tells 0x04030201 -f word 0
	tells '0x00000000: 04030201' -f word 0+4
	tells 0x04 -f word 3 8
	for at in 4 8 0x1000 0x100000000; do
		refuses_like "word: 0x.*" -f word $at
		refuses_like "word: 0x.*" -f word $at 8
		refuses_like "word: 0x.*" -f word $at 8 1
		refuses_like "word: 0x.*" --no-mmap -f word $at 8 1
	done
	refuses_like 'word: .*' "${wide[@]}" -f word 0 64
	refuses_like 'word: .*' -f word 0+8
	refuses_like 'word: .*' --raw -f word 0+8
	refuses_like 'word: .*' -f word 0 32 1 2
	watch_over six
	refuses_like 'six: .*' -f six 4
	refuses_like 'six: .*' --no-mmap -f six 4
	refuses_like 'six: .*' -f six 4 32 1
	tells 0x0605 -f six 4 16
}

@test "mmdev survives a file that shrinks: a word that is gone is an error, and not the death of the program" {
	truncate -s 16384 f
	start -f f 0x2000 --watch --interval 1ms
	told 1
	truncate -s 4096 f
	ends_as 2
	like "mmdev: f: 0x2000: [^$nl]*$nl" got.err
	lines 1 got
	truncate -s 16384 f
	start -f f 0x2000 --wait 1=1 --interval 1ms
	# it has begun when the page is mapped
	eventually grep -qs "$PWD/f" "/proc/$pid/maps"
	does -f f 0x2000 32 2
	truncate -s 4096 f
	ends_as 2
	like "mmdev: f: 0x2000: [^$nl]*$nl" got.err
	reads '' got
	truncate -s 16384 f
	start --no-mmap -f f 0x2000 --watch --interval 1ms
	told 1
	truncate -s 4096 f
	ends_as 2
	like "mmdev: f: 0x2000: [^$nl]*$nl" got.err
}

# shrunken_dump SIZE ARG...: a dump of 1 MiB, half of which has gone meanwhile down to SIZE bytes: the dump goes into a pipe,
# which holds it up until the file is as small as that
shrunken_dump() {
	local size=$1
	shift
	rm -f f pipe
	truncate -s 1M f
	mkfifo pipe
	"${via[@]}" "$@" -f f 0+1M >pipe 2>err 3>&- &
	pid=$!
	started+=("$pid")
	exec 8<pipe
	head -c 1 <&8 >out
	truncate -s "$size" f
	cat <&8 >>out
	exec 8<&-
}

@test "mmdev marks the words of a dump that are gone, and goes on" {
	shrunken_dump 768K
	ends_as 1
	lines 65536 out
	[ "$(sed -n 49152p out)" = '0x000bfff0: 00000000 00000000 00000000 00000000' ]
	[ "$(sed -n 49153p out)" = '0x000c0000: -------- -------- -------- --------' ]
	[ "$(grep -c -- '-------- -------- -------- --------$' out)" = 16384 ]
	shrunken_dump 768K --no-mmap
	ends_as 1
	[ "$(grep -c -- '-------- -------- -------- --------$' out)" = 16384 ]
	shrunken_dump 768K --json
	ends_as 1
	[ "$(grep -c '"value":null' out)" = 65536 ]
	[ "$(grep -c '"value":"0x00000000"' out)" = 196608 ]
}

@test "mmdev marks words that are gone within the last page of a file, too" {
	shrunken_dump $((768 * 1024 + 0x104))
	ends_as 1
	[ "$(sed -n 49169p out)" = '0x000c0100: 00000000 -------- -------- --------' ]
	[ "$(grep -c -- '-------- -------- -------- --------$' out)" = 16367 ]
}

# failing CALL WHICH ARG...: mmdev --no-mmap on the file f, where these of its calls meet an error of the medium
failing() {
	local call=$1 which=$2
	shift 2
	strace -qq -o /dev/null -P "$PWD/f" -e trace="$call" -e inject="$call:error=EIO$which" "$bin/mmdev" --no-mmap -f f "$@"
}

@test "mmdev ends with status 2 at a word that cannot be written, or read first, and marks others" {
	need_inject
	gpio
	via=(failing pwrite64 '')
	refuses 'mmdev: f: 0x4: Input/output error' 4 32 1
	refuses 'mmdev: f: 0x4: Input/output error' 4 --set 0x100
	refuses 'mmdev: f: 0x4: Input/output error' 4 32 1 --verify
	via=(failing pread64 '')
	refuses 'mmdev: f: 0x4: Input/output error' 4 --set 1
	refuses 'mmdev: f: 0x4: Input/output error' 4 32 1 --verify
	try 1 --regs r OTHER
	is 'OTHER.ZERO               0x00000018 --------\nOTHER.DEAD               0x0000001c --------\n' out
	via=(strace -qq -o /dev/null -P "$PWD/f" -e trace=pread64 -e inject=pread64:error=EPERM "$bin/mmdev" --no-mmap -f f)
	refuses 'mmdev: f: 0x18: Operation not permitted' --regs r OTHER
	via=("$bin/mmdev" --no-mmap -f f)
	does 0 32 0x103
	does --save s 0+16
	does 4 32 7
	via=(failing pread64 :when=2)
	try 1 --json --diff s
	reads '{"address":"0x4","width":32,"value":null}
' out
}

@test "mmdev --raw stops with status 2 at a word that is gone" {
	shrunken_dump 768K --raw
	ends_as 2
	[ "$(wc -c <out)" = 786432 ]
	like "mmdev: f: 0xc0000: [^$nl]*$nl" err
}

@test "mmdev refuses what has no words: folders, pipes, sockets, terminals, files without a size" {
	mkdir d
	mkfifo p
	refuses_like 'd: Is a directory' -f d 0
	refuses_like 'd: Is a directory' -f d 0 32 1
	refuses_like 'p: .*' -f p 0
	refuses_like 'p: .*' -f p 0 32 1
	refuses_like 'p: .*' --no-mmap -f p 0 32 1
	refuses_like 'none: No such file or directory' -f none 0
	refuses_like "'': No such file or directory" -f '' 0
	refuses_like '/dev/null: 0x0: .*' -f /dev/null 0
	refuses_like '/dev/null: 0x0: .*' -f /dev/null 0 32 1
	refuses_like '/dev/null: 0x0: .*' -f /dev/null 0+16
	refuses_like '/dev/null: 0x0: .*' --no-mmap -f /dev/null 0
	refuses_like '/proc/self/status: .*' -f /proc/self/status 0
	refuses_like '/proc/self/status: .*' --no-mmap -f /proc/self/status 0 8
	if script -qec true /dev/null </dev/null >out 2>&1; then
		# shellcheck disable=SC2016 # it is for the other shell
		script -qec '"$bin/mmdev" -f /dev/tty 0; echo "status $?"; "$bin/mmdev" --no-mmap -f /dev/tty 0 8 5; echo "status $?"' \
			/dev/null </dev/null >out
		[ "$(grep -c '^status 2' out)" = 2 ]
		[ "$(grep -c '^mmdev: /dev/tty: 0x0: ' out)" = 2 ]
	fi
}

@test "mmdev takes character devices that can be mapped" {
	tells 0x00000000 -f /dev/zero 0
	tells '0x00000000: 0000000000000000 0000000000000000' "${wide[@]}" -f /dev/zero 0+16 64
	does --verify -f /dev/zero 8 32 5
	does --verify --fill -f /dev/zero 0+64 8 5
	tells 0x00000000 --no-mmap -f /dev/zero 0x100000000
}

@test "mmdev takes names with dashes, blanks and newlines, and quotes them" {
	local name
	for name in -f --help -- ' ' $'a\nb' "it's" 'a:b' $'\377' 'ä'; do
		counting "./$name"
		tells 0x03020100 -f "./$name" 0
		does "--file=$name" 4 8 0x44
		tells 0x44 "-f$name" 4 8
		try 2 -f "./$name" 0x100
		lines 1 err
	done
	refuses_like "'no'\\$'\\\\n''ne': No such file or directory" -f $'no\nne' 0
}

@test "mmdev follows symbolic links, and tells of those that lead nowhere" {
	counting f
	ln -s f link
	ln -s none broken
	ln -s round round
	does -f link 0 8 9
	tells 0x09 -f f 0 8
	[ -L link ]
	refuses_like 'broken: No such file or directory' -f broken 0 8 1
	refuses_like 'round: Too many levels of symbolic links' -f round 0
	refuses_like 'f/x: Not a directory' -f f/x 0
	[ ! -e none ]
}

@test "mmdev says so when its output goes nowhere" {
	local got
	counting f
	for args in '0' '0+256' '--raw 0+256' '0 --field 3:0' '0 --wait 0=0' '0 --watch --timeout 0' '0 --set 0' '--json 0'; do
		got=0
		# shellcheck disable=SC2086 # a list
		"$bin/mmdev" -f f $args >/dev/full 2>err || got=$?
		[ "$got" = 2 ]
		like "mmdev: [^$nl]*No space left on device$nl" err
		got=0
		# shellcheck disable=SC2086
		"$bin/mmdev" -f f $args >&- 2>err || got=$?
		[ "$got" = 2 ]
		like "mmdev: [^$nl]*Bad file descriptor$nl" err
	done
	"$bin/mmdev" -f f 0 8 5 >&-
	tells 0x05 -f f 0 8
	"$bin/mmdev" -f f 0 8 6 >&- 2>&- <&-
	tells 0x06 -f f 0 8
}

@test "mmdev writes no output or message into the file when its own output is closed" {
	local got=0
	counting f
	watch_over f
	"$bin/mmdev" -f f 0 --set 0 >&- 2>err || got=$?
	[ "$got" = 2 ]
	unharmed
	got=0
	"$bin/mmdev" -f f 0 --clear 0 --verify <&- >&- 2>&- || got=$?
	[ "$got" = 2 ]
	unharmed
	got=0
	"$bin/mmdev" -f f 0x100 8 5 2>&- || got=$?
	[ "$got" = 2 ]
	unharmed
}

@test "mmdev needs no more rights than what it does" {
	open_folder mmdev
	counting "$open/f"
	chmod 444 "$open/f"
	counting "$open/secret"
	chmod 600 "$open/secret"
	via=(user "$open/mmdev")
	watch_over "$open/f"
	tells 0x03020100 -f "$open/f" 0
	tells 0x03020100 --no-mmap -f "$open/f" 0
	tells 0x3 -f "$open/f" 0 --field 31:24
	refuses_like '/.*/f: Permission denied' -f "$open/f" 0 32 1
	refuses_like '/.*/f: Permission denied' --no-mmap -f "$open/f" 0 32 1
	refuses_like '/.*/f: Permission denied' -f "$open/f" 0 --set 0
	refuses_like '/.*/f: Permission denied' -f "$open/f" 0 --field 0=0
	refuses_like '/.*/secret: Permission denied' -f "$open/secret" 0
	refuses_like '/.*/secret: Permission denied' --from "$open/secret" -f "$open/f" 0
}

@test "what is written can be read by others at once, also without O_SYNC and while it is mapped" {
	counting f
	start -f f 0 --wait 0xFFFFFFFF=0x11223344 --interval 1ms --timeout 100s
	put f 0 44332211
	ends_as 0
	does --no-sync -f f 0 32 0x55667788
	[ "$(head -c 4 f | od -An -tx1)" = ' 88 77 66 55' ]
}

@test "mmdev does the same whatever way other commands shall get at bytes" {
	counting f
	local way
	for way in MMTOOLS_IO=read MMTOOLS_IO=map MMTOOLS_WINDOW=4096; do
		via=(env "$way" "$bin/mmdev")
		tells '0x000000f8: FBFAF9F8 FFFEFDFC' -f f 0xF8+8
		does --from f -f f 0 8
		refuses_like 'f: .*' -f f 0x100
	done
}

@test "mmdev writes none of several words when one of them cannot be reached" {
	need_inject
	head -c 8192 /dev/zero >F
	watch_over F
	via=()
	strace -o /dev/null -P "$PWD/F" -e inject='/^mmap:error=EPERM:when=2' "$bin/mmdev" -f F 0x0FF8+16 32 1 2 3 4 2>err && false
	like "mmdev: F: 0x1000: Operation not permitted$nl" err
	unharmed
}

@test "mmdev takes the letters of widths in capitals, too" {
	bytes 0102030405060708 >f
	via=("$bin/mmdev" -f f)
	tells 0x01 0 B
	tells 0x0201 0 H
	tells 0x04030201 0 W
}

@test "mmdev has one page mapped at a time, however many it shows" {
	need_strace
	head -c 65536 /dev/zero >f
	strace -qq -o log -P f -e 'trace=/^mmap' "$MMTOOLS" mmdev -f f 0+65536 >out
	[ "$(grep -cE '^mmap2?\(NULL, .*MAP_SHARED' log)" -gt 8 ]
	strace -qq -o log -e 'trace=/^m(un)?map' "$MMTOOLS" mmdev -f f 0+65536 >out
	# of those that are mapped the last may stay
	awk '/^mmap2?\(NULL, .*MAP_SHARED, [0-9]/ { at[$NF] = 1; n++; if (n > most) most = n }
		/^munmap\(/ { sub(/^munmap\(/, ""); sub(/,.*/, ""); if (at[$0]) { delete at[$0]; n-- } }
		END { exit most > 1 }' log
}
