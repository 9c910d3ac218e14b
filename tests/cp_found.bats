# What hostile use and other projects' bug reports have found wrong in mmcp.

# $bin, $nl and $say come from the helper, $through is for cp.bash; what stands in quotes is an inner shell's.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0
load helper
load cp

@test "mmcp -v --remove-destination says that a file was removed only when it was" {
	ours
	as_user
	mine sh -c 'echo new >s; chmod 0 s; echo old >t; echo good >g'
	try 1 -v --remove-destination s t
	said out "'s' -> 't'"
	said err "cp: cannot open 's' for reading: Permission denied"
	[ "$(cat t)" = old ]
	tells "removed 't'
'g' -> 't'" -v --remove-destination g t
}

@test "cp -v says once that an old name of a hard link goes" {
	mkdir d
	echo new >a
	ln a b
	echo old >d/a
	ln d/a d/b
	tells "removed 'd/a'
'a' -> 'd/a'
removed 'd/b'
'b' -> 'd/b'" -av --remove-destination a b d
}
