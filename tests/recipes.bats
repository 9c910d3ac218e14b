# docs/recipes.md: each recipe runs as it stands there, in the host's shell, and does what it says.
bats_require_minimum_version 1.5.0
load helper

setup() {
	ours
	need xargs gzip tar seq
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC2154 # set by the helper
	PATH=$bin:$PATH
	mkdir inbox
	for n in 1 2 3 4 5 6 7 8; do seq "$n" >"inbox/file$n"; done
}

teardown() {
	rm -f /dev/shm/progress /dev/shm/places /dev/shm/ready
}

# recipe TITLE: runs the first piece of shell below that title, and further ones; what it names in /tmp is here instead
recipe() {
	# shellcheck disable=SC2154 # set by the helper
	awk -v title="## $1" '
		/^## / { here = $0 == title; next }
		/^```/ { shell = here && /^```sh$/; next }
		shell' "$top/docs/recipes.md" | sed "s#/tmp/#$PWD/#g" >recipe.sh
	[ -s recipe.sh ]
	timeout 60 sh -e recipe.sh >out 2>err || { cat out err && return 1; }
	same err "${2:-/dev/null}"
}

@test "the progress counter counts every file" {
	recipe "A progress counter for parallel work"
	[ "$(find inbox -name '*.gz' | wc -l)" = 8 ]
	[ ! -e /dev/shm/progress ]
}

@test "work that is shared out is done once each" {
	recipe "Work shared out among copies of a worker"
	[ "$(sort -u out | wc -l)" = 8 ]
	[ "$(wc -l <out)" = 8 ]
}

@test "one at a time" {
	recipe "One at a time, and not for ever"
	tar -tf backup.tar >list
	grep -q inbox/file8 list
}

@test "no more than two at a time" {
	recipe "No more than two at a time"
	[ ! -e /dev/shm/places ]
}

@test "a signal between scripts arrives" {
	recipe "A signal between scripts"
	[ "$(cat out)" = go ]
}

@test "a pipeline has scratch memory, and its dump is as large" {
	recipe "Scratch memory for a pipeline"
	[ "$(wc -c <table.bin)" = 1048576 ]
	[ "$(head -n 4 out)" = "$(seq 4)" ]
	grep -q '^00000010  ' out
}

@test "the flight recorder shows what the service said" {
	recipe "A flight recorder for a service"
	grep -qx starting out
	grep -q '"tag":"service","text":"oops"' out
	grep -qx 'status 3' out
	grep -q 'sh(err): bad luck$' out
}

@test "what happened is found by time, text, tag and boot, and waited for" {
	recipe "What happened, when, and before which restart"
	sed 's/^[^ ]*Z //' out >lines
	is 'app: disk error 5\napp: Disk ERROR 6\nDisk ERROR 6\napp is ready\nup\n' lines
}

@test "a serial number is changed, put back, and found" {
	recipe "A serial number in an image, and the way back"
	has '^- 00000010 .*[|]041;rev=2[|]$' out
	sed 1,2d out >after
	is 'boot:serial=SN-0042;rev=2\nboot:serial=SN-0041;rev=2\nboot:serial=SN-0043;rev=2\n' after
}

@test "a ring that was copied is good" {
	recipe "A core dump of the last minutes"
	grep -q 'crash.ring: .*all good\|no records' out
}

# a larger partition with an old image, and a new one
partition() {
	pattern 300000 >new.img
	gzip -k new.img
	pattern 400000 2 >partition
	head -c 200000 new.img | dd of=partition conv=notrunc status=none
}

@test "a partition is updated by its difference, and proves it" {
	partition
	# a device keeps its size, a file would be cut
	truncate -s 300000 partition
	recipe "Update a partition by its difference, and prove it"
	is '100 KiB of 292 KiB written, 1 stretch, verified\n' out
	same new.img partition
}

@test "a device is compared with its image" {
	partition
	cp new.img partition
	echo more >>partition
	recipe "Is the device what the image says?"
	is 'same\n' out
}

@test "what changed between two firmware versions is found by place and by text" {
	need diff
	echo 'mmcmp: 2 stretches, 4 of 17812 bytes differ' >want.err
	recipe "What changed between two firmware versions" want.err
	is '8903+1\n17800+3\n1,2c1,2\n< old setting\n< version 1.0\n---\n> new setting\n> version 1.1\n' out
}

@test "what a start brings in is noted and restored" {
	recipe "What fills the cache, and a start that finds its files there"
	grep -q ' in 8 files, 1 folder$' out
	grep -q 'brought in; ' out
	[ -s start.list ]
}

@test "a file stays in memory, and the daemon says so" {
	recipe "A file that stays in memory"
	grep -q '^LOCKED 1 pages' out
	grep -q '^running as ' out
}

@test "who holds the memory, and what must be restarted" {
	[ -r /proc/self/smaps ] || skip "no smaps on this machine"
	ls >before
	recipe "Who holds the memory" err
	[ "$(grep -c ^total out)" = 3 ]
	recipe "What must be restarted after an update" err
	grep -q '^total' out
	[ -s deleted.json ]
}
