# The Makefile, in a copy of the tree: what is built, when it is built anew, and what is installed.
bats_require_minimum_version 1.5.0
load helper

sums() {
	(cd "$1" && find . -type f | LC_ALL=C sort | xargs cksum)
}

# The tree that is copied has three applets, which are enough to see how they are built. What an outer make or its caller set
# must not reach the makes under test. -O0: it is not the code that is tested.
setup_file() {
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CC LDFLAGS BUILD APPLETS PROFILE STATIC PREFIX DESTDIR CROSS_COMPILE
	unset CPPFLAGS CLASSIC STRIP
	export CFLAGS=-O0 tree=$BATS_FILE_TMPDIR/tree
	command -v make >/dev/null && command -v cc >/dev/null || return 0
	mkdir "$tree" "$tree/applets" "$tree/docs" "$tree/docs/man"
	# shellcheck disable=SC2154 # set by the helper
	cp -R "$top/Makefile" "$top/core" "$tree"
	for name in mmcat mmcp mmdev; do
		cp -R "$top/applets/$name" "$tree/applets"
		cp "$top/docs/man/$name".* "$tree/docs/man"
	done
	cp "$top/docs/man/page.awk" "$top"/docs/man/mmtools.* "$tree/docs/man"
	sums "$tree" >"$BATS_FILE_TMPDIR/sums"
	make -C "$tree" -j2 >"$BATS_FILE_TMPDIR/log" 2>&1 || { cat "$BATS_FILE_TMPDIR/log" && return 1; }
}

setup() {
	ours
	need make cc
	cp -Rp "$tree" "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree" || return
	umask 022
}

# build ARGS: make, quietly; what it said is in ../log
build() {
	make "$@" >../log 2>&1 || { cat ../log && return 1; }
}

# compiled: the sources that the last build compiled
compiled() {
	grep -oE -- '-c [a-z_0-9/]+\.c' ../log | sed 's/-c //' | sort
}

linked() {
	grep -qE -- '-o [^ ]*/mmtools( |$)' ../log
}

@test "the top of the tree holds the agreed entries and no others" {
	local entries
	if [ -d "$top/.git" ] && command -v git >/dev/null && git -C "$top" rev-parse HEAD >/dev/null 2>&1; then
		entries=$(git -C "$top" ls-tree --name-only HEAD)
	else
		entries=$(ls "$top")
	fi
	run ! grep -vxE 'Makefile|README\.md|LICENSE|applets|core|docs|tests|build|mmtools|\..*' <<<"$entries"
}

@test "the Makefile stays a page that one reads" {
	[ "$(wc -l <Makefile)" -le 110 ]
}

@test "make has nothing to do the second time" {
	build
	run ! linked
	[ -z "$(compiled)" ]
}

@test "make works from nothing with several jobs at once, and in another folder" {
	build clean
	[ ! -e build ]
	build -j8 BUILD=../elsewhere/deep
	[ ! -e build ]
	run -0 ../elsewhere/deep/mmtools --list
}

@test "make says nothing but its commands, and no compiler complains" {
	build clean
	make CFLAGS='-O2 -Wall -Wextra' >../log 2>../err
	same ../err /dev/null
}

@test "make clean leaves the tree as it was" {
	# made by a program that has all applets, as the committed pages are
	cp "$MMTOOLS" build/mmtools
	build -o build/mmtools docs
	build clean
	sums . | diff "$BATS_FILE_TMPDIR/sums" -
}

@test "APPLETS chooses the applets, and a change of it rebuilds what it must" {
	build APPLETS=mmcat
	linked
	run -0 build/mmtools --list
	[ "$output" = mmcat ]
	build APPLETS=mmcat
	run ! linked
	build APPLETS="mmcat mmcp"
	linked
	run -0 build/mmtools --list
	[ "$output" = "mmcat${IFS:2:1}mmcp" ]
	build
	"build/mmtools" --list >../out
	(cd applets && for f in mm*; do echo "${f%.c}"; done) | same - ../out
}

@test "a build of one applet holds no other's code" {
	build BUILD=../one APPLETS=mmcat
	[ ! -e ../one/applets/mmcp ]
	[ "$(wc -c <../one/mmtools)" -lt "$(wc -c <build/mmtools)" ]
}

@test "an applet that is not there is refused by name" {
	run ! make APPLETS="mmcat mmnone"
	[[ $output == *mmnone* ]]
}

@test "a change of CFLAGS compiles everything anew, and the same flags again nothing" {
	build CFLAGS='-O0 -DCHANGED'
	(compiled && find core applets -name '*.c') | sort | uniq -u >../out
	same ../out /dev/null
	linked
	build CFLAGS='-O0 -DCHANGED'
	[ -z "$(compiled)" ]
	run ! linked
	# quotes, too, are compared as they are
	build CFLAGS="-O0 -DCHANGED='\"a b\"'"
	[ -n "$(compiled)" ]
	build CFLAGS="-O0 -DCHANGED='\"a b\"'"
	[ -z "$(compiled)" ]
}

@test "a change of LDFLAGS or CC links anew" {
	build LDFLAGS=-Wl,-O1
	linked
	printf '#!/bin/sh\nexec cc "$@"\n' >../other-cc
	chmod +x ../other-cc
	build CC=../other-cc
	linked
	[ -n "$(compiled)" ]
}

@test "a header that was touched compiles what includes it, and nothing else" {
	touch core/map.h
	build
	for source in $(compiled); do
		grep -q ' core/map\.h' "build/${source%.c}.d"
	done
	compiled | grep -qx core/map.c
	compiled | grep -qx applets/mmcat/mmcat.c
	# what includes no header of ours but its own
	compiled | grep -qx core/num.c && false
	linked
}

@test "a source that was touched is compiled alone" {
	touch core/num.c
	build
	[ "$(compiled)" = core/num.c ]
	linked
}

@test "a header that went away together with its include does not stop the build" {
	echo '/* nothing */' >core/gone.h
	sed -i '1i #include "gone.h"' core/num.c
	build
	rm core/gone.h
	sed -i 1d core/num.c
	build
	[ "$(compiled)" = core/num.c ]
}

@test "make install puts the program, its links and its manual pages under DESTDIR and PREFIX" {
	build install DESTDIR="$PWD/../root" PREFIX=/usr
	[ -x ../root/usr/bin/mmtools ]
	for name in $(build/mmtools --list); do
		[ "../root/usr/bin/$name" -ef ../root/usr/bin/mmtools ]
		same "docs/man/$name.1" "../root/usr/share/man/man1/$name.1"
	done
	same docs/man/mmtools.1 ../root/usr/share/man/man1/mmtools.1
	# completion: for bash a file for each name, which is how it finds them
	for name in mmtools $(build/mmtools --list); do
		grep -q '^complete .*_mmtools mmtools$' "../root/usr/share/bash-completion/completions/$name"
	done
	echo "#compdef mmtools $(build/mmtools --list | tr '\n' ' ')" | sed 's/ $//' >../out
	head -n 1 ../root/usr/share/zsh/site-functions/_mmtools | same ../out -
	# both are all of it
	for file in bash-completion/completions/mmtools zsh/site-functions/_mmtools; do
		grep -q '^_mmtools_words()' "../root/usr/share/$file"
	done
	# under another root the links still lead to it
	mv ../root ../moved
	run -0 ../moved/usr/bin/mmcat --version
	# and without DESTDIR it is PREFIX alone
	build install PREFIX="$PWD/../prefix"
	run -0 ../prefix/bin/mmcp --version
}

@test "make install twice is make install once, also while the installed program runs" {
	build install PREFIX="$PWD/../root"
	mkfifo ../pipe
	../root/bin/mmcat ../pipe >../out &
	exec 5>../pipe
	build install PREFIX="$PWD/../root" || { exec 5>&- && false; }
	exec 5>&-
	wait $!
	run -0 ../root/bin/mmcat --version
}

@test "make install gives everyone the right to use what it installs, whatever the umask" {
	umask 077
	build install PREFIX="$PWD/../root"
	run -0 ls -l ../root/bin/mmtools ../root/share/man/man1/mmcat.1
	[[ ${lines[0]} == -rwxr-xr-x* ]]
	[[ ${lines[1]} == -rw-r--r--* ]]
}

@test "make uninstall takes away what make install put there, and nothing else" {
	mkdir -p ../root/bin ../root/share/man/man1
	echo mine >../root/bin/mine
	echo mine >../root/share/man/man1/mine.1
	build install PREFIX="$PWD/../root"
	build uninstall PREFIX="$PWD/../root"
	(cd ../root && find . ! -type d | sort) >../out
	printf './bin/mine\n./share/man/man1/mine.1\n' | same - ../out
	# where there is nothing, it is done already
	build uninstall PREFIX="$PWD/../root"
}

@test "make install and uninstall take a path with a blank for one path" {
	mkdir -p ../a
	echo mine >../a/mine
	build install DESTDIR="$PWD/../a b" PREFIX=/usr
	[ -x "../a b/usr/bin/mmcat" ]
	build uninstall DESTDIR="$PWD/../a b" PREFIX=/usr
	find "../a b" ! -type d >../out
	same ../out /dev/null
	[ "$(ls ../a)" = mine ]
}

@test "make install CLASSIC=1 links the classic names, too, and make uninstall takes away those that are ours" {
	mkdir -p ../root/bin
	build install PREFIX="$PWD/../root"
	[ ! -e ../root/bin/cat ]
	echo mine >../root/bin/cp
	build install PREFIX="$PWD/../root" CLASSIC=1
	for name in $(build/mmtools --list --classic); do
		[ "$(readlink "../root/bin/$name")" = mmtools ]
		[ "$(readlink "../root/share/bash-completion/completions/$name")" = mmtools ]
	done
	build/mmtools --list --classic | LC_ALL=C sort | xargs echo "#compdef mmtools" >../out
	head -n 1 ../root/share/zsh/site-functions/_mmtools | same ../out -
	rm ../root/bin/cp
	echo mine >../root/bin/cp
	build uninstall PREFIX="$PWD/../root"
	(cd ../root && find . ! -type d) >../out
	echo ./bin/cp | same - ../out
}

@test "make writes the paths of the names beside the program, those that it would list itself" {
	build BUILD=../b APPLETS="mmcat mmdev" PREFIX=/usr
	../b/mmtools --list-full | LC_ALL=C sort | same - ../b/mmtools.links
	touch -d '2001-01-01' ../b/mmtools.links
	cp -p ../b/mmtools.links ../old
	build BUILD=../b APPLETS="mmcat mmdev" PREFIX=/usr
	[ ! ../b/mmtools.links -nt ../old ]
	build BUILD=../b APPLETS="mmcat mmdev" PREFIX=/usr CLASSIC=1
	../b/mmtools --list-full --classic | LC_ALL=C sort | same - ../b/mmtools.links
}

@test "make links writes the paths that the program itself would list, without running it" {
	printf '#!/bin/sh\nexit 99\n' >../never
	chmod +x ../never
	for applets in mmcat "mmcat mmdev"; do
		build BUILD=../b APPLETS="$applets" PREFIX=/usr CFLAGS=-O0
		../b/mmtools --list-full | LC_ALL=C sort >../plain
		../b/mmtools --list-full --classic | LC_ALL=C sort >../classic
		cp ../never ../b/mmtools
		build BUILD=../b APPLETS="$applets" PREFIX=/usr links
		same ../plain ../b/mmtools.links
		build BUILD=../b APPLETS="$applets" PREFIX=/usr CLASSIC=1 links
		same ../classic ../b/mmtools.links
	done
	# all applets there are
	rm -r applets
	cp -R "$top/applets" .
	build BUILD=../b PREFIX=/usr CLASSIC=1 -o ../b/mmtools links
	"$MMTOOLS" --list-full --classic | LC_ALL=C sort | same - ../b/mmtools.links
	build PREFIX=/opt/some\ where links
	head -n 1 build/mmtools.links | grep -qx 'opt/some where/bin/mmcat'
}

@test "make install works for another machine, whose program cannot be run here" {
	build
	printf '#!/bin/sh\nexit 99\n' >build/mmtools
	build install PREFIX="$PWD/../root" CLASSIC=1
	[ "$(readlink ../root/bin/mmcat)" = mmtools ]
	[ "$(readlink ../root/bin/cat)" = mmtools ]
}

@test "make install-strip installs a program without symbols, by the stripper of the machine it is for" {
	need strip nm
	build install-strip PREFIX="$PWD/../root"
	[ -z "$(nm ../root/bin/mmtools 2>/dev/null)" ]
	[ -n "$(nm build/mmtools)" ]
	run -0 ../root/bin/mmcat --version
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/sh\necho "$0" "$@" >>"%s"\n' "$PWD/../used" >../toy-strip
	chmod +x ../toy-strip
	PATH=$PWD/..:$PATH build install-strip PREFIX="$PWD/../root" CROSS_COMPILE=toy- \
		APPLETS=mmcat CC="$(command -v cc)"
	grep -q toy-strip ../used
	build install-strip PREFIX="$PWD/../root" STRIP=../toy-strip
	[ "$(wc -l <../used)" = 2 ]
	# nothing to strip with: the program is not run instead
	printf '#!/bin/sh\necho ran >>"%s"\n' "$PWD/../used" >build/mmtools
	build install-strip PREFIX="$PWD/../root" STRIP=
	[ "$(wc -l <../used)" = 2 ]
}

@test "a build is the same byte for byte from any folder, in any BUILD folder" {
	mkdir '../a b'
	cp -R Makefile applets core docs '../a b'
	build CFLAGS='-O0 -g'
	for folder in deep/er "$PWD/../x"; do
		make -C '../a b' BUILD="$folder" CFLAGS='-O0 -g' >../log 2>&1
	done
	same build/mmtools '../a b/deep/er/mmtools'
	same build/mmtools ../x/mmtools
}

@test "CPPFLAGS reach the compiler, and a change of them compiles everything anew" {
	build CPPFLAGS=-DSOMETHING
	grep -q -- -DSOMETHING ../log
	[ -n "$(compiled)" ]
	CPPFLAGS=-DSOMETHING build
	[ -z "$(compiled)" ]
}

@test "an applet is one file: dropped into applets/, it is built, listed, helped, documented and completed" {
	cat >applets/mmtoy.c <<-'C'
		/* mmtoy: says that it is there. */
		#include "opt.h"
		#include "out.h"

		static struct conf {
			int loud;
		} conf;

		static const struct opt options[] = {
			{.letter = 'l', .name = "loud", OPT_FLAG(&conf.loud), .help = "say it loudly"},
			OPT_END,
		};

		static int run(int argc, char **argv)
		{
			(void)argc;
			(void)argv;
			out_text(conf.loud ? "HERE\n" : "here\n");
			return 0;
		}

		const struct applet mmtoy_applet = {
			.name = "mmtoy",
			.classic = "toy",
			.summary = "say that it is there",
			.usage = "[OPTION]...",
			.options = options,
			.run = run,
		};
	C
	build
	[ "$(compiled)" = "applets/mmtoy.c${IFS:2:1}core/main.c" ]
	build/mmtools --list | grep -qx mmtoy
	build/mmtools --list --classic | grep -qx toy
	build/mmtools --list-full | grep -qx usr/bin/mmtoy
	[ "$(build/mmtools mmtoy)" = here ]
	[ "$(build/mmtools toy --loud)" = HERE ]
	ln -s tree/build/mmtools ../toy
	[ "$(../toy -l)" = HERE ]
	build/mmtools mmtoy --help | grep -q -- '-l, --loud  *say it loudly'
	build/mmtools | grep -q '^ *mmtoy  *say that it is there'
	printf '.Dd today\n@OPTIONS@\n' >docs/man/mmtoy.1.in
	build docs
	grep -q loud docs/man/mmtoy.1
	run -2 build/mmtools mmtoy --quiet
	run -127 build/mmtools mmtob
	[[ $output == *"'mmtoy'"* ]]
	build install PREFIX="$PWD/../root"
	[ "$(../root/bin/mmtoy)" = here ]
	[ -e ../root/share/man/man1/mmtoy.1 ]
	head -n 1 ../root/share/zsh/site-functions/_mmtools | grep -q mmtoy
	# shellcheck disable=SC2016 # for that shell
	PATH=$PWD/../root/bin:$PATH bash -c '. "$1" && _mmtools_words mmtoy --l' - \
		../root/share/bash-completion/completions/mmtoy | grep -q -- --loud
	# taken away again, it leaves no trace
	rm applets/mmtoy.c docs/man/mmtoy.1*
	build
	run ! grep -q mmtoy <(build/mmtools --list)
}

@test "an applet may take other options under a classic name, and is the same applet under others" {
	cat >applets/mmtoy.c <<-'C'
		/* mmtoy: says under which name it was called. */
		#include "opt.h"
		#include "out.h"

		static int loud;

		static const struct opt options[] = {
			{.letter = 'l', .name = "loud", OPT_FLAG(&loud), OPT_HELP("say it loudly")},
			OPT_END,
		};

		static const struct opt old_options[] = {
			{.letter = 'l', OPT_FLAG(&loud), OPT_HELP("as ever")},
			{.letter = 'o', OPT_FLAG(&loud), OPT_HELP("the same")},
			OPT_END,
		};

		static int run(int argc, char **argv)
		{
			(void)argc, (void)argv;
			out_text(loud ? "NEW\n" : "new\n");
			return 0;
		}

		static int run_old(int argc, char **argv)
		{
			(void)argc, (void)argv;
			out_text(loud ? "OLD\n" : "old\n");
			return 0;
		}

		static const struct applet old = {
			.name = "oldtoy",
			.classic = "ot",
			.summary = "say it as ever",
			.usage = "[-lo]",
			.options = old_options,
			.run = run_old,
			.usage_status = 3,
		};

		const struct applet mmtoy_applet = {
			.name = "mmtoy",
			.classic = "toy oldtoy ot",
			.summary = "say how it was called",
			.usage = "[OPTION]...",
			.options = options,
			.run = run,
			.faces = (const struct applet *const[]){&old, NULL},
		};
	C
	build
	[ "$(build/mmtools mmtoy --loud) $(build/mmtools toy -l) $(build/mmtools oldtoy) $(build/mmtools ot -o)" = 'NEW NEW old OLD' ]
	ln -s tree/build/mmtools ../ot
	[ "$(../ot -l)" = OLD ]
	run -3 ../ot --loud
	[[ $output == "ot: "* ]]
	run -2 build/mmtools toy -o
	build/mmtools --help oldtoy | grep -q 'as ever'
	run ! grep -q loudly <(build/mmtools oldtoy --help)
	[ "$(build/mmtools --list --classic | tr '\n' ' ' | grep -o 'mmtoy.*')" = 'mmtoy toy oldtoy ot ' ]
	grep -qx usr/local/bin/ot <(build CLASSIC=1 >/dev/null && cat build/mmtools.links)
}

@test "an applet that reads files needs core/input alone, for one file after the other or for several at once" {
	cat >applets/mmtoy.c <<-'C'
		/* mmtoy: counts the bytes of each file; with -s tells whether two are the same. */
		#include "input.h"
		#include "msg.h"
		#include "out.h"
		#include "scan.h"

		static struct conf {
			int same;
			struct opt_ranges ranges;
		} conf;

		static const struct opt options[] = {
			{.letter = 's', .name = "same", OPT_FLAG(&conf.same), .help = "compare"},
			{.name = "range", OPT_RANGES(&conf.ranges), .arg = "RANGE", .help = "only that"},
			OPT_IO,
			OPT_EXPLAIN,
			OPT_END,
		};

		static void count(char **names)
		{
			struct input in = {.names = names, .ranges = &conf.ranges};
			const char *p;
			size_t n, sum;

			while (input_next(&in)) {
				if (in.text) {
					msg_about(in.name, in.text, in.failed);
					continue;
				}
				for (sum = 0; (n = input_slice(&in, &p)) > 0; sum += n)
					;
				out_printf("%zu %s\n", sum, in.name);
			}
		}

		static void finish(struct input *in)
		{
			do
				if (in->text)
					msg_about(in->name, in->text, in->failed);
			while (input_next(in));
		}

		static void compare(char **names)
		{
			struct input a = {.names = (char *[]){names[0], NULL}}, b = {.names = names + 1};
			off_t where;

			if (input_next(&a) && input_next(&b) && input_range(&a) && input_range(&b))
				out_printf("%d\n", scan_difference(&a.map, &b.map, &where));
			finish(&a);
			finish(&b);
		}

		static int run(int argc, char **argv)
		{
			if (conf.same && argc == 2)
				compare(argv);
			else
				count(argv);
			return 0;
		}

		const struct applet mmtoy_applet = {
			.name = "mmtoy",
			.summary = "count",
			.usage = "[OPTION]... [FILE]...",
			.options = options,
			.run = run,
		};
	C
	build
	# shellcheck disable=SC2034 # for the words
	via=(build/mmtools mmtoy)
	pattern 100000 >f
	pattern 20000 >g
	shows '100000 f\n20000 g\n' f g
	# shellcheck disable=SC2094 # read twice, written never
	shows '100000 -\n' <f
	# shellcheck disable=SC2094
	shows '20005 f\n20005 -\n' --range=-20000 --range=0+5 f - <f
	shows '100000 f\n' --io=map f
	try 1 --range=20001 f missing g . f
	is '79999 f\n0 g\n79999 f\n' out
	is 'mmtoy: missing: No such file or directory\nmmtoy: g: range 20001 begins beyond the end\nmmtoy: .: Is a directory\n' err
	try 0 --explain --io=read f
	is 'mmtoy: f: read (asked for)\n' err
	shows '0\n' -s f f
	shows '1\n' -s f g
	shows '0\n' -s f - < <(cat f)
	try 1 -s f missing
	is '' out
	is 'mmtoy: missing: No such file or directory\n' err
}

@test "PROFILE=small builds the same applets in less room" {
	build BUILD=../small PROFILE=small
	../small/mmtools --list >../out
	build/mmtools --list | same - ../out
	[ "$(wc -c <../small/mmtools)" -le "$(wc -c <build/mmtools)" ]
	../small/mmtools mmcat Makefile >../out
	same Makefile ../out
	mkdir ../in
	for i in 1 2 3 4 5; do echo "$i" >"../in/$i"; done
	../small/mmtools mmcp -R --jobs=2 ../in ../copy
	diff -r ../in ../copy
}

@test "STATIC=1 links a program that needs no libraries" {
	echo 'int main(void) { return 0; }' >../try.c
	cc -static ../try.c -o ../try 2>/dev/null || skip "no static libc here"
	need readelf
	build BUILD=../static STATIC=1
	run -0 readelf -lW ../static/mmtools
	[[ $output != *INTERP* ]]
	../static/mmtools mmcat Makefile >../out
	same Makefile ../out
}

@test "CROSS_COMPILE stands before the compiler's name" {
	printf '#!/bin/sh\necho cross >>"%s"\nexec cc "$@"\n' "$PWD/../used" >../toy-linux-gcc
	chmod +x ../toy-linux-gcc
	PATH=$PWD/..:$PATH build BUILD=../cross CROSS_COMPILE=toy-linux- APPLETS=mmcat
	[ "$(wc -l <../used)" -gt 5 ]
}

@test "CROSS_COMPILE stands before a bare gcc or cc that the caller has set, and not before another compiler" {
	printf '#!/bin/sh\necho cross >>"%s"\nexec cc "$@"\n' "$PWD/../used" >../toy-gcc
	printf '#!/bin/sh\necho own >>"%s"\nexec cc "$@"\n' "$PWD/../used" >../own-gcc
	chmod +x ../toy-gcc ../own-gcc
	PATH=$PWD/..:$PATH build -n BUILD=../cross CROSS_COMPILE=toy- APPLETS=mmcat CC=gcc
	grep -q '^toy-gcc ' ../log
	CC=cc PATH=$PWD/..:$PATH build -n BUILD=../cross CROSS_COMPILE=toy- APPLETS=mmcat
	grep -q '^toy-gcc ' ../log
	rm -f ../used
	PATH=$PWD/..:$PATH build BUILD=../cross CROSS_COMPILE=toy- APPLETS=mmcat CC=own-gcc
	[ "$(sort -u ../used)" = own ]
	build -n CC=cc
	run ! grep -q gcc ../log
}
