# Commands in the README and in the manual pages: each reads as it is to be typed, and has been run as it stands there.
bats_require_minimum_version 1.5.0
load helper

# examples PAGE: the commands in its EXAMPLES, a line each
examples() {
	# shellcheck disable=SC2154 # set by the helper
	awk '/^\.Sh/ { here = $2 == "EXAMPLES" } here && sub(/^\.Dl /, "")' "$top/docs/man/$1.1.in"
}

# render PROGRAM PAGE: as a terminal of 80 columns shows it
render() {
	case $1 in
	mandoc) mandoc -T utf8 -O width=78 "$2" ;;
	groff) groff -mandoc -T utf8 -rLL=78n -P -c -D utf8 "$2" ;;
	esac | sed 's/.\x08//g'
}

@test "a displayed line of a manual page stays one line in 80 columns, each character as it is to be typed" {
	local tried=
	for program in mandoc groff; do
		command -v $program >/dev/null || continue
		for page in "$top"/docs/man/*.1.in; do
			render $program "${page%.in}" >shown 2>err
			sed -n 's/^\.Dl //p' "$page" >lines
			sed -i 's/^[[:blank:]]*//' shown
			while IFS= read -r line; do
				grep -qxF -e "$line" shown ||
					{ echo "${page##*/} by $program: $line" && false; }
			done <lines
		done
		tried=yes
	done
	[ -n "$tried" ] || skip "neither mandoc nor groff here"
}

@test "mmtools(1) points to the page of every applet" {
	for name in $("$MMTOOLS" --list); do
		grep -qx "\.It Xr $name 1" "$top/docs/man/mmtools.1"
	done
}

# stage: a folder in which the examples may run: what they name in the root is below it, and programs that are not ours
# are stand-ins
stage() {
	ours
	# shellcheck disable=SC2154 # set by the helper
	PATH=$PWD/stand-ins:$bin:$PATH
	mkdir -p stand-ins dev var/log etc boot mnt run data rootfs usr/local/bin
	for name in service rsync make produce consume; do
		printf '#!/bin/sh\necho %s\n' $name >stand-ins/$name
	done
	printf '#!/bin/sh\ncat\n' >stand-ins/jq
	printf '#!/bin/sh\ncat image\n' >stand-ins/xz
	chmod +x stand-ins/*
	pattern 9000 | tee strange.conf notes new.conf app.conf fw.bin image var/log/messages >rootfs/file
	head -c 2M /dev/zero >dev/mmcblk0
	cp dev/mmcblk0 dev/sda
	cp dev/mmcblk0 dev/mmcblk0p2
}

# staged: the commands on standard input, one shell each as a user's, below the stage
staged() {
	local line status
	sed -E "s#(^|[ =>])/(dev|var|etc|boot|mnt|run|data|usr|tmp)\b#\1./\2#g" >commands
	[ -s commands ]
	while IFS= read -r line <&7; do
		status=0
		timeout 60 sh -c "$line" >out 2>err </dev/null || status=$?
		[ $status = 0 ] || { echo "status $status: $line" && cat err && return 1; }
	done 7<commands
}

@test "the examples of mmhex(1) work as they stand" {
	stage
	cp image before
	examples mmhex | staged
	same image before
	[ "$(wc -l <edit)" = 2 ]
}

@test "the examples of mmcat(1) and mmcp(1) work as they stand" {
	stage
	examples mmcat | staged
	cmp <(dd if=dev/mmcblk0 bs=512 skip=1 count=1 2>/dev/null) second-block
	examples mmcp | staged
	cmp rootfs/file mnt/file
	[ ! -e mnt/rootfs ]
	same image dev/mmcblk0p2
	same image dev/sda
	same fw.bin boot/fw.bin
	[ "$(wc -c <uboot.bin)" = 262144 ]
}

@test "the examples of mmstrings(1) work as they stand" {
	stage
	printf 'firmware version 1.2' >fw.bin
	cp "$MMTOOLS" usr/local/bin/app
	examples mmstrings | staged
}

@test "the examples of mmtouch(1) work as they stand" {
	stage
	sync image
	examples mmtouch | staged
}

@test "the examples of mmmap(1) work as they stand, where all may be looked at" {
	[ -r /proc/self/smaps ] || skip "no smaps on this machine"
	stage
	mm mmmap >/dev/null 2>&1 || skip "some processes may not be looked at"
	examples mmmap | staged
}

@test "the examples of mmpatch(1) work as they stand" {
	stage
	examples mmpatch | staged
	[ "$(wc -c <image)" = 25384 ]
	[ "$(head -c 12 fw.bin | tail -c 4)" = LINE ]
}

@test "the examples of mmcmp(1) work as they stand" {
	stage
	cp fw.bin old.bin
	cp fw.bin new.bin
	head -c 2M /dev/zero >fw.img
	examples mmcmp | staged
}

@test "the examples of mmring(1) work as they stand, but for the one that does not end" {
	stage
	examples mmring | grep -vi ' read -f' | staged
}

@test "the examples of mmshm(1) work as they stand, once a hundred have been counted" {
	[ -w /dev/shm ] && [ ! -e /dev/shm/jobs ] && [ ! -e /dev/shm/backup ] || skip "no /dev/shm, or one with such names"
	stage
	examples mmshm | sed 's/^\(mmshm add jobs 0\) 1/\1 100/' | staged || { rm -f /dev/shm/jobs /dev/shm/backup && false; }
	[ "$(mm mmshm get jobs 0)" = 100 ]
	rm -f /dev/shm/jobs /dev/shm/backup
}

@test "the examples of mmdev(1) work as they stand, on a file in place of devices" {
	stage
	truncate -s 1300M regs || skip "no room for a sparse file"
	printf 'GPIO 0x48004000 32\n' >gpio.regs
	printf '#!/bin/sh\nexec "%s" mmdev -f regs "$@"\n' "$MMTOOLS" >stand-ins/mmdev
	chmod +x stand-ins/mmdev
	examples mmdev | grep -v -e --pci -e --uio -e --regs | staged
}

@test "the examples of mmtools(1) work as they stand" {
	stage
	"$bin/mmcat" /etc/hostname >/dev/null 2>&1 || skip "no /etc/hostname"
	echo host >etc/hostname
	cp "$MMTOOLS" stand-ins/mmtools
	examples mmtools | staged
	[ usr/local/bin/cat -ef stand-ins/mmtools ]
}

@test "the commands at the top of the README work as they stand, but for those that want devices" {
	stage
	awk '/^```/ { n++ } n == 1 && sub(/^\$ /, "")' "$top/README.md" | grep -v ^mmdev | staged
	same rootfs/file mnt/file
	[ -s run/svc.ring ]
}
