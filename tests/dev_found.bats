# mmdev: what it finds by names, on a /dev and a /sys made of plain files: /dev/mem, UIO maps, PCI BARs. What it opens and maps
# for an access, and how it does beside the devmem of BusyBox.

# $bin comes from the helper; files and statuses are set in tests, which are subshells
# shellcheck disable=SC2030,SC2031,SC2034,SC2094,SC2154,SC2016
bats_require_minimum_version 1.5.0
load helper
load dev

# --- /dev/mem ---

dev_mem() {
	clear_machine
	via=("$bin/mmdev")
	refuses_like "/dev/mem: No such file or directory${nl}.*CONFIG_DEVMEM.*" 0
	truncate -s 5G /dev/mem
	put /dev/mem 0x120000010 0102030405060708
	put /dev/mem 0x1000 ffffffffffffffffff00
	tells 0x04030201 0x120000010
	does 0x120000010 8 0xEE
	tells '0x120000010: EE 02 03 04' 0x120000010+4 8
	tells '0x05 -> 0x45' 0x120000014 8 --set 0x40
	tells 0x04030201 -f /dev/mem 0x120000010 --field 31:0 || tells 0x40302EE -f /dev/mem 0x120000010 --field 31:0
	# all ones may be an answer or none
	try 0 0x1000
	reads "0xFFFFFFFF$nl" out
	like "mmdev: /dev/mem: 0x1000: [^$nl]*memory decode[^$nl]*$nl" err
	try 0 "${wide[@]}" 0x1000 64
	reads "0xFFFFFFFFFFFFFFFF$nl" out
	like "[^$nl]*memory decode[^$nl]*$nl" err
	tells 0xFF 0x1000 8
	tells 0xFFFF 0x1000 16
	tells 0xFF 0x1008 8
	cp --sparse=always /dev/mem ones
	tells 0xFFFFFFFF -f ones 0x1000
}

@test "mmdev reads and writes /dev/mem unless told otherwise, and says what all ones may mean" {
	inside dev_mem
}

# deny ARG...: mmdev with an mmap of /dev/mem that fails; WHICH are those that do
deny() {
	local which=$1
	shift
	strace -o /dev/null -P "$node" -e trace=/^mmap -e inject="/^mmap:error=EPERM$which" "$bin/mmdev" "$@"
}

strict_devmem() {
	clear_machine
	truncate -s 1M /dev/mem
	put /dev/mem 0 01000000
	cat >iomem <<'END_OF_IOMEM'
00000000-00000fff : Reserved
00001000-0009ffff : System RAM
  00002000-00002fff : Kernel code
000a0000-000fffff : PCI Bus 0000:00
  000a1000-000a1fff : 0000:00:04.0
    000a1100-000a11ff : my-driver
100000000-1ffffffff : System RAM
END_OF_IOMEM
	mount --bind iomem /proc/iomem
	node=/dev/mem
	via=(deny '')
	local cures="[^$nl]*CONFIG_STRICT_DEVMEM.*CONFIG_IO_STRICT_DEVMEM.*iomem=relaxed.*"
	refuses_like "/dev/mem: 0x2004: Operation not permitted${nl}[^$nl]*Kernel code.*$nl$cures" 0x2004
	refuses_like "/dev/mem: 0x1000: Operation not permitted${nl}[^$nl]*System RAM.*$nl$cures" 0x1000
	refuses_like "/dev/mem: 0xa1100: Operation not permitted${nl}[^$nl]*my-driver.*$nl$cures" 0xa1100
	refuses_like "/dev/mem: 0xa11fc: Operation not permitted${nl}[^$nl]*my-driver.*$nl$cures" 0xa11fc 32 1
	refuses_like "/dev/mem: 0xa1200: Operation not permitted${nl}[^$nl]*0000:00:04.0.*$nl$cures" 0xa1200+16
	refuses_like "/dev/mem: 0xa1004: Operation not permitted${nl}[^$nl]*0000:00:04.0.*$nl$cures" 0xa1004 --set 1
	refuses_like "/dev/mem: 0xa2000: Operation not permitted${nl}[^$nl]*PCI Bus 0000:00.*$nl$cures" --raw 0xa2000
	refuses_like "/dev/mem: 0xa1100: Operation not permitted${nl}[^$nl]*my-driver.*$nl$cures" 0xa1100 --wait 1=1 --timeout 0
	refuses_like "/dev/mem: 0xa1100: Operation not permitted${nl}[^$nl]*my-driver.*$nl$cures" 0xa1100+256 --save s
	[ ! -e s ]
	# that may not be opened
	via=(strace -o /dev/null -P /dev/mem -e 'trace=openat,?open' -e 'inject=openat,?open:error=EPERM' "$bin/mmdev")
	refuses_like "/dev/mem: Operation not permitted${nl}[^$nl]*CAP_SYS_RAWIO[^$nl]*lockdown[^$nl]*" 0x2004
	via=(deny '')
	# what cannot be known is left out: this is what others than root are shown
	sed 's/[0-9a-f]*-[0-9a-f]* :/00000000-00000000 :/' iomem >hidden
	mount --bind hidden /proc/iomem
	try 2 0x2004
	like "mmdev: /dev/mem: 0x2004: Operation not permitted$nl$cures" err
	lacks 'Kernel|Reserved' err
}

@test "a refusal by the kernel names the owner of the address and the cures" {
	need_inject
	inside strict_devmem
}

later_page() {
	clear_machine
	truncate -s $((4 * page)) /dev/mem
	put /dev/mem $((3 * page - 4)) 01020304
	node=/dev/mem
	# whoever maps the words of a page again, or not, after the first that failed: all fail from then on
	via=(deny ':when=2+')
	try 1 $((page - 16))+32
	reads "$(printf '0x%08x: 00000000 00000000 00000000 00000000\n0x%08x: -------- -------- -------- --------' $((page - 16)) "$page")$nl" out
	[ "$(grep -c 'Operation not permitted' err)" = 1 ]
	try 1 --json $((page - 8))+16
	[ "$(grep -c '"value":null' out)" = 2 ]
	is_32bit || try 1 --json $((page - 8))+16 64
	is_32bit || [ "$(grep -c '"value":null' out)" = 1 ]
	try 1 0+$((4 * page)) 8
	[ "$(grep -c -e '-- --$' out)" = $((3 * page / 16)) ]
	[ "$(grep -c 'Operation not permitted' err)" = 1 ]
	# one that fails alone
	via=(deny ':when=2')
	try 1 $((page - 16))+$((2 * page + 16))
	[ "$(sed -n 2p out | cut -d ' ' -f 2)" = -------- ]
	tail -n 1 out | grep -q ' 00000000 00000000 00000000 04030201$'
	[ "$(grep -c 'Operation not permitted' err)" = 1 ]
	# the first
	via=(deny ':when=1')
	refuses_like "/dev/mem: 0x0: Operation not permitted$nl.*" 0+$((2 * page))
}

@test "a dump goes on behind a page that cannot be mapped, and says once why" {
	need_inject
	inside later_page
}

# --- words that bring a bus error ---

holes() {
	page=$(getconf PAGESIZE)
	mkdir full
	mount -t tmpfs -o size=$((2 * page)) none full
	truncate -s $((4 * page)) full/f
	# two pages are there, and no more can come, so the holes answer by SIGBUS
	put full/f $((page - 4)) 01020304
	put full/f $((2 * page)) 05060708
	via=("$bin/mmdev" -f full/f)
	local at
	printf -v at '0x%x' "$page"
	try 1 $((page - 8))+$((page + 16))
	reads '' err
	[ "$(grep -o -e '--------' out | wc -l)" = $((page / 4)) ]
	head -n 1 out | grep -q ': 00000000 04030201 -------- --------$'
	tail -n 1 out | grep -q ' -------- -------- 08070605 00000000$'
	replies 1 "$(printf '0x%08x: 0807 0605' 0 | head -c 0)$(printf '0x%08x: ---- ----' $((page + 4)))" $((page + 4))+4 16
	replies 1 "$(printf '0x%08x: -- --' $((page + 4)))" $((page + 4))+2 8
	is_32bit || replies 1 "$(printf '0x%08x: ----------------' $((page + 8)))" $((page + 8))+8 64
	replies 1 "{\"address\":\"$at\",\"width\":32,\"value\":null}" --json "$at"+4
	refuses_like "full/f: $at: [^$nl]*" "$at"
	is_32bit || refuses_like "full/f: $at: [^$nl]*" "$at" 64
	refuses_like "full/f: $at: [^$nl]*" "$at" 32 1
	refuses_like "full/f: $at: [^$nl]*" "$at" --set 1
	refuses_like "full/f: $at: [^$nl]*" "$at" --field 3:0
	refuses_like "full/f: $at: [^$nl]*" "$at" --wait 1=1 --timeout 0
	refuses_like "full/f: $at: [^$nl]*" "$at" --watch --timeout 0
	try 2 --raw $((page - 4))+12
	bytes_are 01020304 out
	like "mmdev: full/f: $at: [^$nl]*$nl" err
	# what can be kept is kept, with a status that says that it is not all
	try 1 $((page - 8))+16 --save s
	grep -v '^order ' s >words
	reads "$(printf '0x%x 32 0x00000000\n0x%x 32 0x04030201' $((page - 8)) $((page - 4)))$nl" words
	printf '%s 32 0\n0x%x 32 0x08070605\n' "$at" $((2 * page)) >s
	replies 1 "$(printf '0x%08x: 0x00000000 -> --------' "$page")" --diff s
	# in a block, too
	printf 'block B %s\nreg R 0\nfield F 0\nreg S %s 8\n' "$at" "$page" >r
	replies 1 "$(printf 'B.R                      0x%08x --------\nB.S                      0x%08x 0x05' "$page" $((2 * page)))" --regs r B
	# and a word with a half that is missing is not written by halves
	refuses_like "full/f: .*" --unaligned $((page - 2)) 32 0xAABBCCDD
	tells '0x00000ffc: 04030201' $((page - 4))+4 || tells 0x04030201 $((page - 4))
}

no_room() {
	page=$(getconf PAGESIZE)
	mkdir full
	mount -t tmpfs -o size="$page" none full
	truncate -s $((2 * page)) full/f
	put full/f 0 01020304
	via=("$bin/mmdev" -f full/f)
	local at
	printf -v at '0x%x' "$page"
	refuses "mmdev: full/f: $at: No space left on device" "$at" 32 1
	refuses "mmdev: full/f: $at: No space left on device" "$at"
	refuses "mmdev: full/f: $at: No space left on device" "$at" --set 1
	refuses "mmdev: full/f: $at: No space left on device" --fill "$at"+8 32 1
	tells 0x04030201 0
	tells 0x00000000 --no-mmap "$at"
}

@test "mmdev says that a file has no room left, and not that nothing answers" {
	inside no_room
}

@test "a bus error marks the word in a dump, and ends everything else with a message" {
	inside holes
}

# --- UIO ---

uio_machine() {
	clear_machine
	uio 0 adder
	uio_map 0 0 regs "$page"
	uio_map 0 1 fifo 0x100
	uio 1 'two words'
	uio_map 1 0 '' $((2 * page)) 0x10
	uio 2 twin
	uio_map 2 0 low 0x20
	uio 3 twin
	uio_map 3 0 high 0x20
	uio 10 bare
	put /dev/uio0 0 00010203
	put /dev/uio0 "$page" a0a1a2a3a4a5a6a7
	put /dev/uio0 $((page + 0xFC)) d0d1d2d3
	put /dev/uio1 0x10 c0c1c2c3
	put /dev/uio3 0 33
	via=("$bin/mmdev")
}

uio_names() {
	uio_machine
	tells 0x03020100 --uio=adder 0
	tells 0x03020100 --uio adder 0
	tells 0x03020100 --uio=0 0
	tells 0x03020100 --uio=0:0 0
	tells 0x03020100 --uio=adder:0 0
	tells 0x03020100 --uio=adder:regs 0
	tells 0xA3A2A1A0 --uio=0:1 0
	tells 0xA3A2A1A0 --uio=adder:fifo 0
	tells 0xA7 --uio=0:fifo 7 8
	tells '0x000000f8: 00000000 D3D2D1D0' --uio=adder:1 0xF8+8
	tells 0xC3C2C1C0 --uio='two words' 0
	tells 0x33 --uio=3 0 8
	if is_32bit; then
		does --uio=adder:fifo 8 32 0x55667788 0x11223344
		tells '0x55667788 -> 0x55667700' --uio=0:1 8 --clear 0xFF
	else
		does --uio=adder:fifo 8 64 0x1122334455667788
		tells '0x1122334455667788 -> 0x1122334455667700' --uio=0:1 8 64 --clear 0xFF
	fi
	[ "$(dd if=/dev/uio0 bs=1 skip=$((page + 8)) count=8 status=none | od -An -tx8)" = ' 1122334455667700' ]
	tells 0x11223344 --uio=0:1 --field 31:0 12
	printf 'block F 8\nreg R 0 64\nreg LOW 0\n' >r
	is_32bit || tells 0x1122334455667700 --uio=adder:fifo --regs r F.R
	tells 0x55667700 --uio=adder:fifo --regs r F.LOW
	does --uio=adder:fifo --save s 0+16
	does --uio=adder:fifo --diff s
}

@test "mmdev finds UIO devices and their maps, each by name or number" {
	inside uio_names
}

uio_limits() {
	uio_machine
	cp /dev/uio0 was
	refuses_like "'?adder:1'?: .*0x100.*" --uio=adder:1 0x100
	refuses_like "'?adder:1'?: .*0x100.*" --uio=adder:1 0x100 8 1
	refuses_like "'?adder:1'?: .*" --uio=adder:1 0+0x104
	refuses_like "'?adder:1'?: .*" --uio=adder:1 0xFC 32 1 2
	refuses_like 'adder: .*' --uio=adder "$page" 8
	# the size counts the 16 bytes before the offset, as kernel drivers have it
	tells 0x00 --uio=1 $((2 * page - 17)) 8
	refuses_like '1: .*' --uio=1 $((2 * page - 16)) 8
	cmp was /dev/uio0
}

@test "a UIO map ends where its size says, not where its page does" {
	inside uio_limits
}

uio_wrong() {
	uio_machine
	watch_over /dev/uio0
	local bad
	for bad in none 4 '' 00 0x0 -1 add adderx ADDER uio4 /dev/uio0 ../uio0 ' 0' '0 ' none:0 4:0 :0; do
		refuses_like "[^$nl]*" --uio="$bad" 0
		refuses_like "[^$nl]*" --uio="$bad" 0 8 1
	done
	for bad in 2 none '' 00 -1 map7 ../map0 0:0 fif fifos; do
		refuses_like "[^$nl]*adder[^$nl]*" --uio=adder:"$bad" 0
		refuses_like "[^$nl]*adder[^$nl]*" --uio=adder:"$bad" 0 8 1
	done
	refuses_like "twin: [^$nl]*number[^$nl]*" --uio=twin 0
	refuses_like "twin: [^$nl]*number[^$nl]*" --uio=twin 0 8 1
	refuses_like "bare: [^$nl]*map[^$nl]*" --uio=bare 0
	refuses_like "10: [^$nl]*map[^$nl]*" --uio=10 0
	mkdir /sys/class/uio/uio10/maps
	refuses_like "bare: [^$nl]*map[^$nl]*" --uio=bare 0
	# a name that is a number is no reason to take another device
	uio 7 1
	uio_map 7 0 '' 0x10
	tells 0xC3C2C1C0 --uio=1 0
	unharmed
	watched=
	rm /dev/uio0
	refuses_like "/dev/uio0: No such file or directory" --uio=0 0
	rm -r /sys/class/uio
	refuses_like "[^$nl]*No such file or directory|[^$nl]*uio[^$nl]*" --uio=0 0
}

@test "mmdev says what is wrong with a UIO name, and takes no part of one for it" {
	inside uio_wrong
}

unreadable() {
	clear_machine
	uio 0 adder
	uio_map 0 0 regs "$page"
	pci 0000:00:04.0 06
	chmod 700 /sys/class/uio/uio0/maps /sys/bus/pci/devices
	refuses "mmdev: adder: /sys/class/uio/uio0/maps: Permission denied" --uio=adder 0
	chmod 700 /sys/class/uio
	refuses "mmdev: adder: /sys/class/uio: Permission denied" --uio=adder 0
	refuses "mmdev: '00:04.0': /sys/bus/pci/devices/0000:00:04.0: Permission denied" --pci=00:04.0 0
}

@test "mmdev does not take what it may not look at for what is not there" {
	open_folder mmdev
	via=(user "$open/mmdev")
	inside unreadable
}

uio_numbers() {
	uio_machine
	uio 99999999999999999999 huge
	uio 5 far
	uio_map 5 0 '' 0x10
	printf '0x7fffffffffffff00\n' >/sys/class/uio/uio5/maps/map0/offset
	mkdir /sys/class/uio/uio5/maps/map9223372036854775807
	refuses_like "[^$nl]*huge[^$nl]*" --uio=huge 0
	refuses_like "[^$nl]*" --uio=5 0
	refuses_like "[^$nl]*map[^$nl]*" --uio=5:9223372036854775807 0
}

@test "mmdev adds up no number of sysfs that is too large" {
	inside uio_numbers
}

uio_reads() {
	uio_machine
	cp /dev/uio0 was
	try 2 --no-mmap --uio=0 0
	reads '' out
	try 2 --no-mmap --uio=0 0 32 1
	cmp was /dev/uio0
}

@test "a UIO device is not read or written without a mapping, since that means its interrupts" {
	inside uio_reads
}

# --- PCI ---

pci_machine() {
	clear_machine
	pci 0000:00:04.0 06
	bar 0000:00:04.0 0 0xfebf1000 256 0x40200
	bar 0000:00:04.0 1 0xc000 64 0x40101
	bar 0000:00:04.0 2 0x380000000000 $((2 * page)) 0x14220c
	pci 0000:00:05.0 05
	bar 0000:00:05.0 0 0xfebf2000 4096 0x40200
	pci 0001:0a:1f.7 02
	bar 0001:0a:1f.7 5 0xfebf3000 4096 0x40200
	put /sys/bus/pci/devices/0000:00:04.0/resource0 0 01020304
	put /sys/bus/pci/devices/0000:00:04.0/resource1 0 51525354
	put /sys/bus/pci/devices/0000:00:04.0/resource2 $((page + 4)) 21222324ffffffff
	put /sys/bus/pci/devices/0001:0a:1f.7/resource5 4 0a0b0c0d
	via=("$bin/mmdev")
}

pci_names() {
	pci_machine
	tells 0x04030201 --pci=0000:00:04.0 0
	tells 0x04030201 --pci 00:04.0 0
	tells 0x04030201 --pci=00:04.0:0 0
	tells 0x04030201 --pci=0000:00:04.0:0 0
	tells 0x24232221 --pci=00:04.0:2 $((page + 4))
	tells 0x24232221 --pci=0000:00:04.0:2 $((page + 4))
	tells 0x0D0C0B0A --pci=0001:0a:1f.7:5 4
	does --pci=00:04.0 0xFC 32 0xAABBCCDD
	tells '0xAABBCCDD -> 0xAABBCC0D' --pci=00:04.0 0xFC --field 7:4=0
	[ "$(tail -c 4 /sys/bus/pci/devices/0000:00:04.0/resource0 | od -An -tx4)" = ' aabbcc0d' ]
	try 0 --pci=00:04.0:2 $((page + 8))
	reads "0xFFFFFFFF$nl" out
	like "[^$nl]*memory decode[^$nl]*$nl" err
	bytes_are 'f41a1011 06 00 1000' /sys/bus/pci/devices/0000:00:04.0/config
	printf 'block D 0\nreg ID 0\n' >r
	tells 0x04030201 --pci=00:04.0 --regs r D.ID
}

@test "mmdev finds a BAR by the address of its PCI device, with or without the domain" {
	inside pci_names
}

pci_wrong() {
	pci_machine
	watch_over /sys/bus/pci/devices/0000:00:04.0/resource0
	local bad
	for bad in '' 0 4 04.0 00:04 0000:00:04 x '00:04.0 ' ' 00:04.0' 00:04.0: 00:04.0:6 00:04.0:7 00:04.0:-1 00:04.0:x 00:04.0:00 00:04.0:0x 00:04.0:0:0 \
		00:04.0:2x 0000:0000:00:04.0 0000:00:04.0/resource0 ../0000:00:04.0 00:04.0/ 00:04.8 00:04. :00:04.0 00:06.0 0002:00:04.0 zz:04.0; do
		refuses_like "[^$nl]*" --pci="$bad" 0
		refuses_like "[^$nl]*" --pci="$bad" 0 8 1
	done
	refuses_like "[^$nl]*00:06\.0[^$nl]*" --pci=00:06.0 0
	refuses_like "[^$nl]*BAR 3[^$nl]*" --pci=00:04.0:3 0
	refuses_like "[^$nl]*BAR 3[^$nl]*" --pci=00:04.0:3 0 8 1
	refuses_like "[^$nl]*BAR 4[^$nl]*" --pci=0000:00:04.0:4 0
	refuses_like "[^$nl]*BAR 0[^$nl]*" --pci=0001:0a:1f.7 0
	refuses_like "[^$nl]*BAR 1[^$nl]*I/O[^$nl]*" --pci=00:04.0:1 0
	refuses_like "[^$nl]*I/O[^$nl]*" --pci=00:04.0:1 0 8 1
	tells 0x51 --no-mmap --pci=00:04.0:1 0 8
	refuses_like "'00:04\\.0': BAR 0 is memory, [^$nl]*without --no-mmap" --no-mmap --pci=00:04.0 0
	# what describes the BARs may end early, or be nonsense
	sed -i 1q /sys/bus/pci/devices/0001:0a:1f.7/resource
	refuses_like "'0001:0a:1f\\.7:5': has no BAR 5" --pci=0001:0a:1f.7:5 0
	printf 'x\n%.0s' 1 2 3 4 5 6 >/sys/bus/pci/devices/0001:0a:1f.7/resource
	refuses_like "'0001:0a:1f\\.7:5': has no BAR 5" --pci=0001:0a:1f.7:5 0
	refuses_like "[^$nl]*0x100.*" --pci=00:04.0 0x100
	refuses_like "[^$nl]*0x100.*" --pci=00:04.0 0x100 8 1
	refuses_like "[^$nl]*" --pci=00:04.0 0xFC 32 1 2
	rm /sys/bus/pci/devices/0000:00:04.0/resource2
	refuses_like "[^$nl]*resource2: No such file or directory" --pci=00:04.0:2 0
	watched=
	rm -r /sys/bus/pci
	refuses_like "[^$nl]*" --pci=00:04.0 0
}

@test "mmdev says what is wrong with a PCI address or BAR, and takes no part of one for it" {
	inside pci_wrong
}

pci_off() {
	pci_machine
	local folder=/sys/bus/pci/devices/0000:00:05.0
	cp -r $folder was
	refuses_like "[^$nl]*memory decode is off[^$nl]*" --pci=00:05.0 0
	refuses_like "[^$nl]*memory decode is off[^$nl]*" --pci=00:05.0 0 8 1
	refuses_like "[^$nl]*memory decode is off[^$nl]*" --pci=00:05.0 --save s 0+16
	[ ! -e s ]
	# it is said, and not turned on
	diff -r was $folder
	pci 0000:00:05.0 02
	bar 0000:00:05.0 0 0xfebf2000 4096 0x40200
	tells 0x00000000 --pci=00:05.0 0
	# where the configuration cannot be seen, nothing is said
	: >$folder/config
	tells 0x00000000 --pci=00:05.0 0
	rm $folder/config
	tells 0x00000000 --pci=00:05.0 0
}

@test "a PCI device with memory decode off is refused with the reason, and not turned on" {
	inside pci_off
}

pci_claimed() {
	pci_machine
	node=/sys/bus/pci/devices/0000:00:04.0/resource0
	via=(deny '')
	refuses_like "'00:04\\.0': 0x4: Operation not permitted${nl}A driver has claimed the BAR for itself, or [^$nl]*lockdown[^$nl]*" --pci=00:04.0 4
	via=(strace -o /dev/null -P "$node" -e trace=/^mmap -e inject=/^mmap:error=EINVAL "$bin/mmdev")
	refuses_like "'00:04\\.0': 0x4: Invalid argument${nl}A driver has claimed the BAR for itself, or [^$nl]*lockdown[^$nl]*" --pci=00:04.0 4
}

@test "a BAR that cannot be mapped is refused with the likely reasons" {
	need_inject
	inside pci_claimed
}

@test "a word of a file that has no bytes there is said not to be there" {
	refuses 'mmdev: /dev/null: 0x8: there is no such word' --no-mmap -f /dev/null 8
	refuses 'mmdev: /dev/null: 0x0: there is no such word' --no-mmap -f /dev/null 0 16
}

# --- what is opened and mapped ---

# traced ARG...: mmdev's open of the file f, and its mmaps and accesses by calls, in the file trace
traced() {
	strace -o trace.all -P f -P "$PWD/f" -e trace=openat,open,mmap,mmap2,pread64,pwrite64,read,write,readv,writev "$bin/mmdev" "$@" >out 2>err ||
		{ cat err; return 1; }
	grep -E '^(open|mmap|p?read|p?write)' trace.all >trace
}

# maps LENGTH OFFSET PROT: just one mapping, of these bytes, this far in the file
maps() {
	local offset line
	line=$(grep '^mmap' trace)
	if [ "$2" = 0 ]; then offset='0'; else printf -v offset '0x%x' "$2"; fi
	[[ $line =~ ^mmap2?\(NULL,\ $1,\ $3,\ MAP_SHARED,\ [0-9]+,\ $offset\)\ =\ 0x ]] && [[ $line != *"$nl"* ]] && return
	echo "not $1 bytes at $offset, $3: $line"
	return 1
}

need_trace() {
	need_strace
	: >f
	page=$(getconf PAGESIZE)
	truncate -s $((8 * page)) f
}

@test "only the page that holds the word is mapped, also for one near its end" {
	need_trace
	local at
	for at in 0 4 0xFC $((page - 28)) $((page - 24)) $((page - 16)) $((page - 8)) $((page - 4)); do
		traced -f f $at
		maps "$page" 0 PROT_READ
	done
	is_32bit || traced -f f $((page - 8)) 64
	maps "$page" 0 PROT_READ
	traced -f f $((page - 1)) 8
	maps "$page" 0 PROT_READ
	traced -f f $((page - 2)) 16
	maps "$page" 0 PROT_READ
	traced -f f $((2 * page - 4)) 32 1
	maps "$page" "$page" '(PROT_READ\|)?PROT_WRITE'
	traced -f f $((3 * page)) 32 --set 1
	maps "$page" $((3 * page)) 'PROT_READ\|PROT_WRITE'
	traced -f f $((8 * page - 4)) --wait 0=0
	maps "$page" $((7 * page)) PROT_READ
	# two pages where the word lies in both
	traced -f f --unaligned $((page - 2))
	maps $((2 * page)) 0 PROT_READ
}

@test "a dump maps no more than its pages, and each once" {
	need_trace
	traced -f f $((page - 16))+32
	[ "$(grep -c '^mmap' trace)" -le 2 ]
	[ "$(awk -F'[ ,]+' '/^mmap/ { n += $2 } END { print n }' trace)" = $((2 * page)) ]
	traced -f f 16+$((page - 16)) 8
	maps "$page" 0 PROT_READ
	traced -f f 0+64 --raw
	maps "$page" 0 PROT_READ
	traced -f f 0+64 --save s
	maps "$page" 0 PROT_READ
}

@test "a device is opened with O_SYNC unless told otherwise, and for reading alone where nothing is written" {
	need_trace
	traced -f f 0
	grep -q '^open.*O_RDONLY.*O_SYNC' trace
	lacks 'O_RDWR|O_WRONLY|O_CREAT|O_TRUNC' trace
	for args in 0+64 '0+64 --raw' '0 --field 3:0' '0 --wait 0=0' '0 --watch --timeout 0' '0+8 --save s' '--diff s' '0 --no-mmap'; do
		# shellcheck disable=SC2086 # a list
		traced -f f $args
		grep -q '^open.*O_RDONLY.*O_SYNC' trace
		[ "$(grep -c ^open trace)" = 1 ]
		lacks 'O_RDWR|PROT_WRITE|^p?write' trace
	done
	for args in '0 32 1' '0 --set 1' '0 --field 0=1' '0 32 1 --no-mmap' '--fill 0+64 32 1' '--from s 0 8'; do
		# shellcheck disable=SC2086
		traced -f f $args
		grep -q '^open.*O_RDWR.*O_SYNC' trace
		# shellcheck disable=SC2086
		traced --no-sync -f f $args
		grep -q '^open.*O_RDWR' trace
		lacks 'O_D?SYNC' trace
	done
	traced --no-sync -f f 0
	lacks 'O_D?SYNC' trace
	lacks 'O_CREAT|O_TRUNC' trace
}

# accesses TEXT: the pread64 and pwrite64 that were made, each with its length and place
accesses() {
	sed -nE 's/^(p(read|write)64)\([0-9]+, .*, ([0-9]+), ([0-9]+)\) .*/\1 \3 \4/p' trace | tr '\n' ',' >calls
	reads "$1" calls
}

@test "--no-mmap makes one call for an access, and none that was not asked for" {
	need_trace
	traced --no-mmap -f f 8
	accesses 'pread64 4 8,'
	traced --no-mmap -f f 8 64
	accesses 'pread64 8 8,'
	traced --no-mmap -f f 7 8
	accesses 'pread64 1 7,'
	traced --no-mmap -f f 8 16 5
	accesses 'pwrite64 2 8,'
	traced --no-mmap -f f 8 32 1 2 3
	accesses 'pwrite64 4 8,pwrite64 4 12,pwrite64 4 16,'
	traced --no-mmap -f f 8+8 64 5 --fill
	accesses 'pwrite64 8 8,'
	traced --no-mmap -f f 8 --set 1 --clear 2 --toggle 4
	accesses 'pread64 4 8,pwrite64 4 8,'
	traced --no-mmap -f f 8 --field 15:8=7
	accesses 'pread64 4 8,pwrite64 4 8,'
	traced --no-mmap -f f 8 --field 15:8
	accesses 'pread64 4 8,'
	traced --no-mmap -f f 8 32 1 2 --verify
	accesses 'pwrite64 4 8,pread64 4 8,pwrite64 4 12,pread64 4 12,'
	traced --no-mmap -f f 8 --set 1 --verify
	accesses 'pread64 4 8,pwrite64 4 8,pread64 4 8,'
	traced --no-mmap -f f 8+6 16
	accesses 'pread64 2 8,pread64 2 10,pread64 2 12,'
	traced --no-mmap -f f 8+4 8 --raw
	accesses 'pread64 1 8,pread64 1 9,pread64 1 10,pread64 1 11,'
	traced --no-mmap -f f 8 --wait 0=0
	accesses 'pread64 4 8,'
	lacks mmap trace
}

@test "registers are read and written once each, and those that reading harms not at all" {
	need_trace
	printf 'block B 0\nreg A 0\nreg W 4 wo\nreg C 8 rc\nreg S 12 16 w1c\nfield E 0\nreg D 16 64\nfield F 3:0\n' >r
	traced --no-mmap -f f --regs r B
	accesses 'pread64 4 0,pread64 2 12,pread64 8 16,'
	traced --no-mmap -f f --regs r B --save s
	accesses 'pread64 4 0,pread64 2 12,pread64 8 16,'
	traced --no-mmap -f f --regs r B --diff s
	accesses 'pread64 4 0,pread64 2 12,pread64 8 16,'
	traced --no-mmap -f f --diff s
	accesses 'pread64 4 0,pread64 2 12,pread64 8 16,'
	traced --no-mmap -f f --regs r B.W=1
	accesses 'pwrite64 4 4,'
	traced --no-mmap -f f --regs r B.S.E=1
	accesses 'pwrite64 2 12,'
	traced --no-mmap -f f --regs r B.D.F=1
	accesses 'pread64 8 16,pwrite64 8 16,'
	traced --no-mmap -f f --regs r B.D.F
	accesses 'pread64 8 16,'
	traced --no-mmap -f f --regs r B.D=1
	accesses 'pwrite64 8 16,'
}

uio_trace() {
	uio_machine
	strace -o trace.all -P /dev/uio0 -P /dev/uio1 -e trace=openat,open,mmap,mmap2,read,pread64 "$bin/mmdev" --uio=0:1 4 >out
	grep -qE '^mmap2?\(NULL, ([0-9]+), PROT_READ, MAP_SHARED, [0-9]+, '"$(printf 0x%x "$page")"'\)' trace.all
	[ "$(grep -c ^mmap trace.all)" = 1 ]
	lacks '^p?read' trace.all
	[ "$(sed -nE 's/^mmap2?\(NULL, ([0-9]+),.*/\1/p' trace.all)" -le "$page" ]
	grep -q 'O_RDONLY.*O_SYNC' trace.all
}

@test "map N of a UIO device is mapped at page N, and the device is not read" {
	need_trace
	inside uio_trace
}

# --- beside others ---

# alike ARG...: the other devmem and ours say and do the same
alike() {
	local theirs=0 ours=0
	cp /dev/mem here
	"${other[@]}" "$@" >out.other 2>/dev/null || theirs=$?
	cp /dev/mem there
	cat here >/dev/mem
	"$bin/mmdev" "$@" >out 2>err || ours=$?
	[ "$theirs" = 0 ] && [ "$ours" = 0 ] && cmp out.other out && cmp there /dev/mem && return
	echo "$*: status $theirs and $ours"
	cat out.other out err
	return 1
}

beside_busybox() {
	local width widths=(8 16 32 b h w) at
	is_32bit || widths+=(64 l)
	clear_machine
	counting /dev/mem
	truncate -s $((4 * page)) /dev/mem
	put /dev/mem "$page" 8182838485868788
	other=(busybox devmem)
	for at in 0 8 0x10 16 0xF8 "$page"; do
		alike "$at"
		for width in "${widths[@]}"; do alike "$at" "$width"; done
	done
	alike 3 8
	alike 2 16
	alike 0x10 8 0xAB
	alike 0x12 h 0xABCD
	alike 0x14 32 305419896
	is_32bit || alike 0x18 64 0x1122334455667788
	alike 0x10 b 0
	alike 0x20 w 0xFFFFFFFF
	# where it cuts, we refuse
	busybox devmem 0 8 0x1FF
	watch_over /dev/mem
	via=("$bin/mmdev")
	misuse_like 'value' 0 8 0x1FF
}

@test "mmdev and the devmem of BusyBox print and write the same" {
	need busybox
	busybox --list | grep -qx devmem || skip "this busybox has no devmem"
	inside beside_busybox
}
