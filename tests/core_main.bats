# How a command line finds its applet, and what only the multiplexer does.
# shellcheck disable=SC2154 # $bin comes from the helper
bats_require_minimum_version 1.5.0
load helper

setup() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

nl='
'

# called NAME ARGS: the binary with NAME as its argv[0]
called() {
	local name=$1
	shift
	(exec -a "$name" "$MMTOOLS" "$@")
}

# only_says TEXT COMMAND...: nothing on stdout, exactly TEXT on stderr; `status` is the command's
only_says() {
	local text=$1
	shift
	status=0
	"$@" >out 2>err || status=$?
	[ ! -s out ] || { echo "unasked on stdout:" && cat out && return 1; }
	printf '%s' "$text" | diff - err
}

# A copy of the binary with rights of its own, in a folder where links to it can be made.
own_copy() {
	cp "$MMTOOLS" "${1:-mmtools}"
}

applets() {
	"$MMTOOLS" --list
}

# --- finding the applet

@test "mmtools runs the applet whose name it is called by, whatever path stands before it" {
	echo text >f
	mkdir -p a/b
	ln -s "$MMTOOLS" a/b/mmcat
	for way in "$PWD/a/b/mmcat" a/b/mmcat ./a/b/../b//mmcat; do
		"$way" f >out
		same f out
	done
	called a/b/c/mmcat f >out
	same f out
	called /mmcat f >out
	same f out
}

@test "mmtools runs an applet by its classic name too" {
	echo text >f
	called cat f >out
	same f out
	called /bin/cp f g
	same f g
}

@test "mmtools runs the applet that its first argument names, by its own or its classic name" {
	echo text >f
	"$MMTOOLS" mmcat f >out
	same f out
	"$MMTOOLS" cat f >out
	same f out
	"$MMTOOLS" cp f g
	same f g
}

@test "mmtools still multiplexes when it was renamed to mmtools.static or mmtools-x" {
	echo text >f
	for name in mmtools mmtools.static mmtools-x mmtools-0.1.0 /usr/bin/mmtools.static; do
		called "$name" mmcat f >out
		same f out
		called "$name" --list >out
		applets | same - out
	done
}

@test "mmtools takes the dash before a login shell's name for what it is" {
	echo text >f
	called -mmcat f >out
	same f out
}

@test "mmtools multiplexes when it is called by no name at all" {
	echo text >f
	called '' mmcat f >out
	same f out
	called '' --version >out
	"$MMTOOLS" --version | same - out
	called '' >out
	grep -q '^Usage: mmtools ' out
	called / mmcat f >out
	same f out
}

@test "mmtools survives an empty argument vector" {
	need cc
	cat >none.c <<-'C'
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			char *none[] = {NULL};
			return argc == 2 ? execv(argv[1], none) : 9;
		}
	C
	cc -w none.c -o none 2>err || skip "cc makes no programs here"
	run -0 ./none "$MMTOOLS"
	[[ $output == mmtools\ * ]]
}

@test "mmtools starts its messages with the name that the applet was called by" {
	only_says "mmcat: no: No such file or directory$nl" called mmcat no
	[ "$status" = 1 ]
	only_says "cat: no: No such file or directory$nl" called cat no
	only_says "cat: no: No such file or directory$nl" called /usr/bin/cat no
	only_says "cat: no: No such file or directory$nl" "$MMTOOLS" cat no
	only_says "mmcat: no: No such file or directory$nl" "$MMTOOLS" mmcat no
}

@test "mmtools gives an applet the arguments behind its name untouched" {
	echo text >--help
	echo more >mmcat
	"$MMTOOLS" mmcat -- --help mmcat >out
	cat -- --help mmcat | same - out
}

# --- names that are no applet

@test "mmtools says that an applet is unknown, with status 127" {
	only_says "mmtools: mmfoo: applet not found$nl" "$MMTOOLS" mmfoo
	[ "$status" = 127 ]
	only_says "mmtools: mmfoo: applet not found$nl" "$MMTOOLS" mmfoo --help
	[ "$status" = 127 ]
	only_says "mmtools: mmfoo: applet not found$nl" "$MMTOOLS" --help mmfoo
	[ "$status" = 127 ]
}

@test "mmtools called by an unknown name says so, with status 127" {
	only_says "mmtools: mmfoo: applet not found$nl" called mmfoo x y
	[ "$status" = 127 ]
	only_says "mmtools: mmfoo: applet not found$nl" called /usr/bin/mmfoo
	[ "$status" = 127 ]
	# a name that only begins like one
	only_says "mmtools: mmcatalogue: applet not found$nl" called mmcatalogue
}

@test "mmtools names the nearest applet after a slip of the finger" {
	for slip in mmcta mmca mcat mmcatt mmcst; do
		run -127 "$MMTOOLS" "$slip"
		[ "${lines[0]}" = "mmtools: $slip: applet not found" ]
		[[ ${lines[1]} == *"'mmcat'"* ]]
	done
	run -127 called mmpc
	[[ ${lines[1]} == *"'mmcp'"* ]]
	run -127 called mmshn
	[[ ${lines[1]} == *"'mmshm'"* ]]
}

@test "mmtools names no applet where none is near" {
	for far in x frobnicate '' '*'; do
		run -127 "$MMTOOLS" "$far"
		[ "${#lines[@]}" = 1 ]
		[[ $output == *": applet not found" ]]
	done
}

@test "mmtools keeps an unknown name of any bytes and length on one line" {
	only_says "mmtools: 'a b': applet not found$nl" "$MMTOOLS" 'a b'
	only_says "mmtools: 'n'\$'\\n''l': applet not found$nl" "$MMTOOLS" "n${nl}l"
	local long
	long=$(printf '%05000d' 0)
	only_says "mmtools: $long: applet not found$nl" "$MMTOOLS" "$long"
	[ "$status" = 127 ]
}

# --- what mmtools tells about itself

@test "mmtools alone prints its version, its usage and a line for each applet" {
	run -0 --separate-stderr "$MMTOOLS"
	[ -z "$stderr" ]
	[[ ${lines[0]} =~ ^mmtools\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	grep -q '^Usage: mmtools ' <<<"$output"
	for applet in $(applets); do
		[ "$(grep -cE "^ +$applet +[^ ]" <<<"$output")" = 1 ]
	done
}

@test "mmtools --help shows what mmtools alone shows" {
	"$MMTOOLS" >alone
	"$MMTOOLS" --help >out
	same alone out
}

@test "mmtools --help APPLET shows the help of the applet, as the applet's own --help does" {
	for applet in $(applets); do
		"$MMTOOLS" --help "$applet" >out
		"$MMTOOLS" "$applet" --help >own
		same own out
		called "$applet" --help >own
		same own out
		head -n 1 out | grep -q "^Usage: $applet "
	done
	"$MMTOOLS" --help cat >out
	called cat --help >own
	same own out
	grep -q '^Usage: cat ' out
}

@test "mmtools gives the help of a verb as the applet does" {
	"$MMTOOLS" mmshm get --help >out
	called mmshm get --help | same - out
	grep -q '^Usage: mmshm get ' out
	# wherever it stands, and whatever else is missing or wrong
	for words in 'get x --help' 'get --help x y z' 'get x 0 y --help' 'get --hex --help'; do
		# shellcheck disable=SC2086 # words
		called mmshm $words | same - out
	done
	run -0 called mmshm get --version
	[[ $output == "mmshm (mmtools) "* ]]
}

@test "mmtools and each applet tell their version on one line" {
	run -0 "$MMTOOLS" --version
	[[ $output =~ ^mmtools\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	local version=${output#mmtools }
	for applet in $(applets); do
		run -0 called "$applet" --version
		[ "$output" = "$applet (mmtools) $version" ]
	done
	run -0 called cat --version
	[ "$output" = "mmcat (mmtools) $version" ]
}

@test "mmtools --list prints a name a line, in order" {
	"$MMTOOLS" --list >out
	[ -s out ]
	run ! grep -vxE 'mm[a-z0-9]+' out
	LC_ALL=C sort -u out | same - out
}

@test "mmtools --list-full prints the same names with their folder and no leading slash" {
	applets | sed 's,^,usr/bin/,' >want
	"$MMTOOLS" --list-full >out
	same want out
}

@test "mmtools --list --classic prints the classic names too" {
	"$MMTOOLS" --list --classic >out
	for name in mmcat cat mmcp cp; do grep -qx "$name" out; done
	"$MMTOOLS" --list-full --classic | sed 's,usr/bin/,,' | same out -
}

@test "every name that mmtools lists is one that it answers to" {
	for name in $("$MMTOOLS" --list --classic); do
		run -0 called "$name" --help
		[[ ${lines[0]} == "Usage: $name "* ]]
	done
}

@test "mmtools takes an unknown option and a stray operand for usage errors, with status 2" {
	only_says "mmtools: unrecognized option '--frob'${nl}Try 'mmtools --help' for more information.$nl" "$MMTOOLS" --frob
	[ "$status" = 2 ]
	only_says "mmtools: invalid option -- 'Q'${nl}Try 'mmtools --help' for more information.$nl" "$MMTOOLS" -Q
	[ "$status" = 2 ]
	only_says "mmtools: extra operand 'x'${nl}Try 'mmtools --help' for more information.$nl" "$MMTOOLS" --list x
	[ "$status" = 2 ]
	only_says "mmtools: extra operand 'b'${nl}Try 'mmtools --help' for more information.$nl" "$MMTOOLS" --install a b
	[ "$status" = 2 ]
	[ ! -e a ]
}

@test "a bad value in the environment is a usage error that names the variable" {
	for setting in MMTOOLS_IO=fast MMTOOLS_WINDOW=much MMTOOLS_WINDOW=-1 MMTOOLS_WINDOW=0 MMTOOLS_THREADS=x; do
		status=0
		env "$setting" "$MMTOOLS" mmcat /dev/null >out 2>err || status=$?
		[ "$status" = 1 ] || { echo "$setting: status $status" && false; }
		head -n 1 err | grep -q "^mmcat: ${setting%%=*}: "
		sed -n 2p err | grep -qxF "Try 'mmcat --help' for more information."
		status=0
		env "$setting" "$MMTOOLS" mmshm list >out 2>err || status=$?
		[ "$status" = 2 ] || { echo "$setting: status $status" && false; }
		[ ! -s out ]
		head -n 1 err | grep -q "^mmshm: ${setting%%=*}: "
		sed -n 2p err | grep -qxF "Try 'mmshm --help' for more information."
	done
}

# --- standard output and the other descriptors

@test "help, version and lists to a full disk are an error, for every applet" {
	[ -c /dev/full ] || skip "no /dev/full"
	for applet in $(applets) $("$MMTOOLS" --list --classic); do
		for option in --help --version; do
			status=0
			called "$applet" $option >/dev/full 2>err || status=$?
			[ "$status" != 0 ]
			echo "$applet: write error: No space left on device" | diff - err
		done
	done
	for option in '' --help --version --list --list-full '--help mmcat' '--help mmshm' 'mmshm get --help' \
		'mmshm get --version'; do
		status=0
		# shellcheck disable=SC2086 # none, one or two words
		"$MMTOOLS" $option >/dev/full 2>err || status=$?
		[ "$status" != 0 ]
		grep -qE '^mm(tools|cat|shm): write error: No space left on device$' err
		[ "$(wc -l <err)" = 1 ]
	done
}

@test "help and lists to a closed standard output are an error" {
	for option in --help --list '--help mmcat' 'mmcat --help' 'mmshm get --help'; do
		status=0
		# shellcheck disable=SC2086 # words
		"$MMTOOLS" $option >&- 2>err || status=$?
		[ "$status" != 0 ]
		grep -qE '^mm(tools|cat|shm): write error: Bad file descriptor$' err
	done
}

@test "a message never lands in a file that took the place of a closed standard error" {
	pattern 50000 >f
	status=0
	called mmcat f no >out 2>&- || status=$?
	[ "$status" = 1 ]
	same f out
	called mmcp f g 0<&- 1>&- 2>&-
	same f g
	status=0
	called mmcp -v f no h 0<&- 1>&- 2>&- || status=$?
	[ "$status" = 1 ]
	same f g
}

@test "mmtools works with closed standard descriptors where there is no /dev/null" {
	local fd
	need_inject
	pattern 50000 >f
	for fd in 0 1 2; do
		status=0
		( [ $fd != 0 ] || exec 0<&-
		  [ $fd != 1 ] || exec 1>&-
		  [ $fd != 2 ] || exec 2>&-
		  strace -qq -o log -P /dev/null -e trace=open,openat -e inject=open,openat:error=ENOENT "$bin/mmcp" f g ) || status=$?
		grep -q ENOENT log
		[ "$status" = 0 ]
		same f g
		rm g
	done
	status=0
	strace -qq -o log -P /dev/null -e inject=open,openat:error=ENOENT "$bin/mmcat" f >&- 2>err || status=$?
	[ "$status" = 1 ]
	is 'mmcat: write error: Bad file descriptor\n' err
	status=0
	strace -qq -o log -P /dev/null -e inject=open,openat:error=ENOENT "$bin/mmcat" <&- >out 2>err || status=$?
	[ "$status" = 1 ]
	is '' out
}

# --- --install

@test "mmtools --install makes hard links to itself" {
	own_copy
	mkdir d
	only_says '' ./mmtools --install d
	[ "$status" = 0 ]
	for applet in $(applets); do
		[ "d/$applet" -ef mmtools ]
		[ ! -L "d/$applet" ]
	done
	ls d >out
	applets | same - out
	echo text >f
	d/mmcat f >out
	same f out
}

@test "mmtools --install -s makes symbolic links that lead to it from anywhere" {
	own_copy
	only_says '' ./mmtools --install -s d
	[ "$status" = 0 ]
	for applet in $(applets); do
		[ -L "d/$applet" ]
		[ "d/$applet" -ef mmtools ]
	done
	echo text >f
	(cd / && "$OLDPWD/d/mmcat" "$OLDPWD/f") >out
	same f out
}

@test "mmtools --install -s into its own folder makes links without a path, good under another root" {
	mkdir -p root/usr/bin
	own_copy root/usr/bin/mmtools
	root/usr/bin/mmtools --install -s root/usr/bin
	[ "$(readlink root/usr/bin/mmcat)" = mmtools ]
	mv root moved
	run -0 moved/usr/bin/mmcat --version
}

@test "mmtools --install -s makes relative links where program and folder share one, good under another root" {
	mkdir -p root/usr/bin root/usr/b
	own_copy root/usr/bin/mmtools
	ln -s ../root/usr/bin/mmtools root/program
	ln -s usr/sbin root/sbin
	for folder in usr/sbin usr/b usr/bin/deeper/still . sbin opt/x/y; do
		(cd root && usr/bin/mmtools --install -s "$folder")
	done
	root/usr/bin/mmtools --install -s "$PWD/root/opt/../etc//"
	[ "$(readlink root/usr/sbin/mmcat)" = ../bin/mmtools ]
	[ "$(readlink root/usr/b/mmcat)" = ../bin/mmtools ]
	[ "$(readlink root/mmcat)" = usr/bin/mmtools ]
	[ "$(readlink root/opt/x/y/mmcat)" = ../../../usr/bin/mmtools ]
	mv root moved
	for link in usr/sbin usr/b usr/bin/deeper/still . opt/x/y etc; do
		[ "moved/$link/mmcat" -ef moved/usr/bin/mmtools ]
	done
}

@test "mmtools --install -s leads to the program's whole path where nothing but the root is shared" {
	[ -w /dev/shm ] && [[ $PWD != /dev/* ]] || skip "no /dev/shm to write to"
	own_copy
	local other
	other=$(mktemp -d /dev/shm/mmtools.XXXXXX)
	./mmtools --install -s "$other" || status=$?
	readlink "$other/mmcat" >out
	rm -r "$other"
	[ "${status-0}" = 0 ]
	[ "$(cat out)" = "$(pwd -P)/mmtools" ]
}

@test "mmtools --install -s refuses a folder so deep that no link leads out of it" {
	own_copy
	# a path that fits, of which each short name is a longer ..
	deep=$(printf 'a/%.0s' {1..1600})
	try=0
	./mmtools --install -s "$deep" 2>err || try=$?
	[ "$try" = 1 ]
	only '.*: File name too long' err
}

@test "mmtools --install finds itself without /proc, started by a path or through PATH" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	own_copy
	ln -s mmtools mmtools-link
	# shellcheck disable=SC2016 # for that shell
	unshare -m sh -c '
		mount -t tmpfs none /proc || exit 77
		./mmtools --install a && "$PWD/mmtools" --install b && PATH=$PWD:$PATH mmtools --install -s c &&
			./mmtools-link --install d' || status=$?
	[ "${status-0}" != 77 ] || skip "no tmpfs mounts here"
	for folder in a b c d; do [ $folder/mmcat -ef mmtools ]; done
	[ "$(readlink c/mmcat)" = ../mmtools ]
}

@test "mmtools --install makes the folders that are missing" {
	own_copy
	./mmtools --install a/b/c
	[ a/b/c/mmcat -ef mmtools ]
	./mmtools --install "$PWD//d/./e/"
	[ d/e/mmcat -ef mmtools ]
	./mmtools --install -s 'with blanks/and
newlines'
	[ 'with blanks/and
newlines/mmcp' -ef mmtools ]
	./mmtools --install -- -dash
	[ ./-dash/mmcat -ef mmtools ]
}

@test "mmtools --install keeps a name that exists, and says so" {
	own_copy
	mkdir d
	echo mine >d/mmcat
	run -0 --separate-stderr ./mmtools --install d
	[ "$stderr" = "mmtools: kept d/mmcat: it exists" ]
	[ "$(cat d/mmcat)" = mine ]
	[ d/mmcp -ef mmtools ]
	run -0 --separate-stderr ./mmtools --install -s d
	[[ $stderr == *"kept d/mmcat: it exists"* ]]
	[ "$(cat d/mmcat)" = mine ]
}

@test "mmtools --install keeps a symbolic link that leads nowhere, and a folder" {
	own_copy
	mkdir -p d/mmcp
	ln -s nowhere d/mmcat
	run -0 --separate-stderr ./mmtools --install d
	[[ $stderr == *"kept d/mmcat: it exists"* ]]
	[[ $stderr == *"kept d/mmcp: it exists"* ]]
	[ "$(readlink d/mmcat)" = nowhere ]
	[ -d d/mmcp ]
}

@test "mmtools --install has nothing to say when its links are there already" {
	own_copy
	./mmtools --install d
	only_says '' ./mmtools --install d
	[ "$status" = 0 ]
	only_says '' ./mmtools --install --force d
	./mmtools --install -s e
	only_says '' ./mmtools --install -s e
	[ "$status" = 0 ]
}

@test "mmtools --install --force replaces what exists and leaves nothing else behind" {
	own_copy
	mkdir d
	echo mine >d/mmcat
	ln -s nowhere d/mmcp
	only_says '' ./mmtools --install --force d
	[ "$status" = 0 ]
	[ d/mmcat -ef mmtools ]
	[ d/mmcp -ef mmtools ]
	rm d/mmcat
	echo mine >d/mmcat
	./mmtools --install -s --force d
	[ -L d/mmcat ]
	[ d/mmcat -ef mmtools ]
	ls -A d >out
	applets | same - out
}

@test "mmtools --install --force writes through no link that it replaces" {
	own_copy
	mkdir d
	echo mine >f
	ln f d/mmcat
	ln -s ../f d/mmcp
	./mmtools --install --force d
	[ "$(cat f)" = mine ]
}

@test "mmtools --install --force cannot replace a folder, says so, and links the rest" {
	own_copy
	mkdir -p d/mmcat
	touch d/mmcat/inside
	run -1 --separate-stderr ./mmtools --install --force d
	[[ $stderr == "mmtools: cannot link d/mmcat: "* ]]
	[ -e d/mmcat/inside ]
	[ d/mmcp -ef mmtools ]
	ls -A d >out
	applets | same - out
}

@test "mmtools --install goes on with an applet's other names after one that it cannot link" {
	own_copy
	mkdir -p d/mmcat
	run -1 --separate-stderr ./mmtools --install --classic --force d
	[[ $stderr == "mmtools: cannot link d/mmcat: "* ]]
	[ d/cat -ef mmtools ]
	ls -A d >out
	"$MMTOOLS" --list --classic | LC_ALL=C sort | cmp - out
}

@test "mmtools --install --classic adds the classic names" {
	own_copy
	only_says '' ./mmtools --install --classic d
	[ "$status" = 0 ]
	for name in mmcat cat mmcp cp; do [ "d/$name" -ef mmtools ]; done
	"$MMTOOLS" --list --classic | LC_ALL=C sort >want
	(cd d && printf '%s\n' *) | LC_ALL=C sort | same want -
	echo text >f
	d/cat f >out
	same f out
}

@test "mmtools --install without --classic touches no classic name, even with --force" {
	own_copy
	mkdir d
	echo mine >d/cat
	only_says '' ./mmtools --install --force d
	[ "$(cat d/cat)" = mine ]
}

@test "mmtools --install never harms the program itself, whatever name it has and whatever is forced" {
	mkdir d
	own_copy d/cat
	ln -s d/cat mmtools
	cp d/cat want
	for options in '' -s --force '-s --force'; do
		for folder in d ./d/ "$PWD/d/../d"; do
			# shellcheck disable=SC2086 # none, one or two words
			./mmtools --install --classic $options "$folder" 2>err
			[ ! -L d/cat ]
			same want d/cat
			[ d/mmcat -ef d/cat ]
		done
		rm -f d/mm* d/cp
	done
	# by way of another name of its folder, too
	ln -s d other
	./mmtools --install --classic -s --force other
	[ ! -L d/cat ]
	same want d/cat
}

@test "mmtools --install turns none of its hard links into a symbolic link to itself" {
	own_copy
	cp mmtools want
	./mmtools --install .
	./mmtools --install -s --force .
	[ mmcat -ef mmtools ]
	[ ! -L mmtools ]
	same want mmtools
	# started by one of the links, it may know itself by that name
	(exec -a mmtools ./mmcat --install -s --force .)
	echo text >f
	for name in ./mmcat './mmtools mmcat'; do
		$name f >out
		same f out
	done
}

@test "mmtools --install says which folder it cannot make or write, with status 1" {
	own_copy
	echo file >f
	run -1 --separate-stderr ./mmtools --install f
	[[ $stderr == "mmtools: cannot "*"'f': Not a directory" ]]
	run -1 --separate-stderr ./mmtools --install f/d
	[[ $stderr == "mmtools: cannot "*"'f/d': Not a directory" ]]
	# and waits for nobody at the other end
	mkfifo p
	run -1 --separate-stderr timeout 20 "$MMTOOLS" --install p
	[[ $stderr == "mmtools: cannot "*"'p': Not a directory" ]]
	run -1 --separate-stderr ./mmtools --install ''
	[[ $stderr == "mmtools: cannot "*"'': No such file or directory" ]]
}

@test "mmtools --install says that a folder may not be written, and goes on to the end" {
	own_copy
	mkdir d
	chmod 555 d
	if [ "$(id -u)" = 0 ]; then
		need setpriv
		chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
		user test -x "$PWD/mmtools" || skip "nobody but root may come here"
		user ./mmtools --install -s d >out 2>err || status=$?
	else
		./mmtools --install -s d >out 2>err || status=$?
	fi
	[ "$status" = 1 ]
	[ ! -s out ]
	applets | sed 's,.*,mmtools: cannot link d/&: Permission denied,' | diff - err
}

@test "mmtools --install to another file system points to -s" {
	local other=/dev/shm
	own_copy
	[ -w $other ] || skip "no other file system to write to"
	[ "$(stat -c %d $other)" != "$(stat -c %d .)" ] || skip "$other is on the same file system"
	other=$(mktemp -d $other/mmtools.XXXXXX)
	status=0
	./mmtools --install "$other" 2>err || status=$?
	ls "$other" >left
	./mmtools --install -s "$other" || status=9
	[ "$other/mmcat" -ef mmtools ] || status=9
	rm -r "$other"
	[ "$status" = 1 ]
	[ ! -s left ]
	grep -q 'link.* -s' err
}

@test "mmtools writes no escapes to a terminal, whatever it is called or told to install into" {
	local bad=$'\e]0;x\a\u009b31m'
	own_copy
	mkdir -p "$bad/mmcat"
	touch "$bad/mmcp" "f$bad"
	for words in "$bad" "--install $bad" "--install f$bad" "--install -s f$bad/d" "--list $bad" "--help $bad"; do
		# shellcheck disable=SC2086 # words
		./mmtools $words >out 2>err || true
		[ -s err ]
		run ! grep -q $'[\001-\010\013-\037\u009b]' err
	done
	(exec -a "mmtools-$bad" ./mmtools --frob) 2>err || true
	(exec -a "$bad" ./mmtools --frob) 2>>err || true
	(exec -a "mmtools-$bad" ./mmtools --help) >>err
	grep -q 'Usage: mmtools ' err
	run ! grep -q $'[\001-\010\013-\037\u009b]' err
}

@test "mmtools --install takes --help for --help and not for a folder" {
	own_copy
	run -0 ./mmtools --install --help
	[[ $output == *"Usage: "* ]]
	[ ! -e ./--help ]
}

@test "mmtools --install without a folder installs into /usr/bin" {
	need_root
	need unshare mount
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	own_copy
	# A private, empty /usr/bin: only the shell's own words are left in it.
	# shellcheck disable=SC2016 # for that shell
	unshare -m sh -c '
		mount -t tmpfs none /usr/bin || exit 77
		./mmtools --install -s || exit
		cd /usr/bin && for f in *; do printf "%s\n" "$f"; done' >out || status=$?
	[ "${status-0}" != 77 ] || skip "no tmpfs mounts here"
	applets | same - out
}

# --- rights

# A set-user-ID copy counts only where the file system honours it.
need_setuid() {
	need_root
	need setpriv id
	cp "$(command -v id)" id
	chmod 4755 id
	[ "$(user ./id -u)" = 0 ] || skip "set-user-ID is not honoured here"
}

@test "mmtools started set-user-ID drops the rights: what only root can read stays unread" {
	need_setuid
	own_copy
	echo secret >f
	chmod 600 f
	chmod 4755 mmtools
	only_says "cat: f: Permission denied$nl" user ./mmtools cat f
	[ "$status" = 1 ]
	mkdir d
	run -1 --separate-stderr user ./mmtools --install -s d
	[[ $stderr == *"Permission denied"* ]]
}

@test "mmtools started set-group-ID drops the rights" {
	need_setuid
	own_copy
	echo secret >f
	chgrp 12345 f mmtools
	chmod 640 f
	chmod 2755 mmtools
	only_says "cat: f: Permission denied$nl" user ./mmtools cat f
	[ "$status" = 1 ]
}

@test "mmtools started set-user-ID and set-group-ID keeps no way back, whoever owned it" {
	need_setuid
	[ -r /proc/self/status ] || skip "no /proc"
	for owner in 0:0 12345:0 0:12345 12345:12345; do
		own_copy copy
		chown "$owner" copy
		chmod 6755 copy
		ln -sf copy mmcat
		user ./mmcat /proc/self/status >out
		# real, effective, saved and file-system id
		grep -qE '^Uid:	65534	65534	65534	65534$' out || { echo "$owner: $(grep Uid: out)"; false; }
		grep -qE '^Gid:	65534	65534	65534	65534$' out || { echo "$owner: $(grep Gid: out)"; false; }
		rm copy
	done
}

# --- a build of one applet

@test "a build of one applet runs it under any name" {
	need make cc
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CC CFLAGS LDFLAGS BUILD APPLETS PROFILE STATIC CROSS_COMPILE
	# shellcheck disable=SC2154 # set by the helper
	make -C "$top" BUILD="$PWD/b" APPLETS=mmcat CFLAGS=-O0 >log 2>&1 || { cat log; false; }
	echo text >f
	ln -s b/mmtools anything
	for name in anything cat mmcat /x/y/z mmcp; do
		(exec -a "$name" b/mmtools f) >out
		same f out
	done
	./anything f >out
	same f out
	b/mmtools mmcat f >out
	same f out
	run -0 b/mmtools --list
	[ "$output" = mmcat ]
	only_says "anything: no: No such file or directory$nl" ./anything no
}

@test "a build of one applet with verbs takes the verb for its first argument, under any name" {
	need make cc
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CC CFLAGS LDFLAGS BUILD APPLETS PROFILE STATIC CROSS_COMPILE
	make -C "$top" BUILD="$PWD/b" APPLETS=mmshm CFLAGS=-O0 >log 2>&1 || { cat log; false; }
	printf text >f
	ln -s b/mmtools anything
	./anything read ./f >out
	same f out
	b/mmtools mmshm read ./f >out
	same f out
	(exec -a read b/mmtools read ./f) >out
	same f out
	only_says "anything: unknown command 'f'${nl}Try 'anything --help' for more information.$nl" ./anything f
	[ "$status" = 2 ]
	only_says "anything: read: missing operand NAME, as in 'anything read NAME'${nl}Try 'anything read --help' for more information.$nl" ./anything read
}

@test "no file that is named becomes the terminal of an applet, nor is it left to a command" {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace may not trace here"
	cd "$BATS_TEST_TMPDIR"
	mkdir opened && cd opened
	head -c 65536 /dev/zero >f
	"$MMTOOLS" mmring create r 64K
	local words
	while read -r words; do
		# shellcheck disable=SC2086 # words
		strace -f -o trace -e trace=openat,?open "$MMTOOLS" $words >/dev/null 2>&1 </dev/null || true
		grep -E '"(\./)?[fgr]", ' trace | grep -v "O_PATH\|O_EXCL" >named || { echo "$words opens nothing" && false; }
		run ! grep -vE 'O_NOCTTY.*O_CLOEXEC|O_CLOEXEC.*O_NOCTTY' named
	done <<-'END'
		mmcat f
		mmcp f g
		mmcp --atomic f g
		mmdev -f f 0
		mmdev -f f 0 32 1
		mmshm get ./f 0
		mmshm hex ./f
		mmshm lock ./f true
		mmshm write ./f 0
		mmring read r
		mmring write r
		mmcmp f g
		mmcp --changed f g
		mmhex f
		xxd f
		od f
		mmstrings f
		mmtouch f
		mmtouch -b f
	END
}
