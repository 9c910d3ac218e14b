# mmcp under its classic name: what GNU cp does (coreutils 9.1), option by option. PEER=host proves each of these
# against the host's cp; what mmcp adds on top of the classic has files of its own.

# $say comes from cp.bash
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0
load helper
load cp

# A cp that hangs (on a fifo, say) shall fail its test, not stop the rest.

# --- one file -----------------------------------------------------------------------------------------------------

@test "cp copies the bytes of a file, whatever its length" {
	local n
	for n in 0 1 4095 4096 4097 16383 16384 16385 65536 1000001; do
		pattern $n >a
		rm -f b
		ok a b
		same a b
		[ "$(stat -c %s b)" = $n ]
	done
}

@test "cp copies all 256 byte values and invents no line end" {
	local i
	for ((i = 0; i < 256; i++)); do printf '%b' "\\0$(printf %o "$i")"; done >a
	[ "$(stat -c %s a)" = 256 ]
	ok a b
	same a b
}

@test "cp replaces what the target held, longer or shorter" {
	pattern 100000 1 >a
	pattern 300000 2 >long
	pattern 10 3 >short
	: >empty
	ok a long
	same a long
	ok a short
	same a short
	ok empty long
	[ ! -s long ]
	[ -f long ]
}

@test "cp writes into the target that is there: the same file, its mode, its other names" {
	echo 1 >a
	chmod 755 a
	echo 22 >b
	chmod 640 b
	ln b c
	ln -s b l
	before=$(stat -c %i b)
	ok a b
	[ "$(stat -c %i b)" = "$before" ]
	[ "$(mode b)" = 640 ]
	echo 3 >a
	ok a l
	sees 'a=3 b=3*2 c=3*2 l->b'
	ok -f a c
	[ "$(stat -c %i b)" = "$before" ]
}

@test "cp gives a new file the mode of its source, less the umask and the special bits" {
	local m
	mkdir x y
	for m in 644 755 600 4755 2755 1777 4711 6777 400 444; do
		echo $m >f$m
		chmod $m f$m
	done
	ok f* x
	[ "$(stat -c %a x/*)" = $'755\n755\n400\n444\n711\n755\n600\n644\n755\n755' ]
	umask 077
	ok f* y
	[ "$(stat -c %a y/*)" = $'700\n700\n400\n400\n700\n700\n600\n600\n700\n700' ]
}

@test "cp -p gives a new file the whole mode of its source, whatever the umask" {
	local m
	mkdir x
	for m in 644 755 600 4755 2755 1777 4711 6777 400 444; do
		echo $m >f$m
		chmod $m f$m
	done
	umask 077
	ok -p f* x
	[ "$(cd x && stat -c '%n %a' f*)" = "$(stat -c '%n %a' f*)" ]
}

@test "cp follows a symlink to its file and copies that" {
	echo 1 >a
	ln -s a l
	ln -s l m
	ok m b
	sees 'a=1 b=1 l->a m->l'
}

@test "cp says that a source is missing, and copies the others" {
	mkdir d
	echo 1 >a
	echo 2 >b
	no "cp: cannot stat 'nosuch': No such file or directory" a nosuch b d
	sees 'a=1 b=2 d/ d/a=1 d/b=2'
	no "cp: cannot stat 'nosuch': No such file or directory" nosuch c
	no "cp: cannot stat '': No such file or directory" '' c
	no "cp: cannot stat 'a/x': Not a directory" a/x c
	no "cp: cannot stat 'a/': Not a directory" a/ c
	sees 'a=1 b=2 d/ d/a=1 d/b=2'
}

@test "cp says that the target's folder is missing or none" {
	mkdir d
	echo 1 >a
	echo 2 >d/f
	no "cp: cannot create regular file 'nodir/x': No such file or directory" a nodir/x
	no "cp: cannot create directory 'nodir/x': No such file or directory" -r d nodir/x
	no "cp: cannot create regular file 'x/': Not a directory" a x/
	no "cp: cannot stat 'a/x': Not a directory" d/f a/x
	no "cp: cannot stat 'd/f/x': Not a directory" a d/f/x
	no "cp: cannot create regular file '': No such file or directory" a ''
	sees 'a=1 d/ d/f=2'
}

@test "cp of several sources needs a target that is a folder" {
	mkdir d
	echo 1 >a
	echo 2 >b
	ln -s nowhere dangling
	no "cp: target 'nodir': No such file or directory" a b nodir
	no "cp: target 'b': Not a directory" a d b
	no "cp: target 'a/x': Not a directory" a b a/x
	no "cp: target 'dangling': No such file or directory" a b dangling
	no "cp: target directory 'nodir': No such file or directory" -t nodir a
	no "cp: target directory 'b': Not a directory" -t b a
	no "cp: target directory '': No such file or directory" -t '' a
	sees 'a=1 b=2 d/ dangling->nowhere'
}

@test "cp without -r leaves a folder out, says so, and copies the rest" {
	mkdir d e
	echo 1 >a
	no "cp: -r not specified; omitting directory 'd'" d a e
	sees 'a=1 d/ e/ e/a=1'
	no "cp: -r not specified; omitting directory 'd'" d new
	no "cp: -r not specified; omitting directory 'd/'" d/ new
	no "cp: -r not specified; omitting directory 'd'" d a
	no "cp: -r not specified; omitting directory '.'" . e
	no "cp: -r not specified; omitting directory '/'" / e
	sees 'a=1 d/ e/ e/a=1'
}

@test "cp into a folder, through a symlink to it, with slashes behind it" {
	mkdir d
	ln -s d l
	echo 1 >a
	ok a d
	sees 'a=1 d/ d/a=1 l->d'
	rm d/a
	ok a l
	sees 'a=1 d/ d/a=1 l->d'
	rm d/a
	tells "'a' -> 'd/a'" -v a d//
	tells "'a' -> 'l/a'" -v a l/
	tells "'a' -> 'd/b'" -v a d/b
	tells "'a' -> './d/./a'" -v a ./d/.
	tells "'a' -> 'd///c'" -v a d///c
	tells "'d/b' -> './b'" -v d/b .
}

@test "cp -t takes the folder first and -T takes the target for what it is" {
	mkdir d e
	echo 1 >a
	echo 2 >b
	ok -t d a b
	ok --target-directory=e a
	ok b --target-directory e
	sees 'a=1 b=2 d/ d/a=1 d/b=2 e/ e/a=1 e/b=2'
	no "cp: cannot overwrite directory 'd' with non-directory" -T a d
	no "cp: cannot overwrite directory 'd' with non-directory" --no-target-directory a d
	tells "'a' -> 'b'" -Tv a b
	ok -rT d e/f
	sees 'a=1 b=1 d/ d/a=1 d/b=2 e/ e/a=1 e/b=2 e/f/ e/f/a=1 e/f/b=2'
	rm e/f/a
	ok -rT d e/f
	[ "$(cat e/f/a)" = 1 ]
	ok -t d/ a
	tells "'a' -> 'd/a'" -vt d/ a
}

@test "cp names both options that exclude each other" {
	ours
	echo a >a
	usage "cp: --link and --symbolic-link exclude each other" -l -s a b
	usage "cp: --symbolic-link and --link exclude each other" -sl a b
	usage "cp: --target-directory and --no-target-directory exclude each other" -t . -T a
	sees 'a=a'
}

@test "cp refuses what its options contradict or leave out" {
	touch a
	usage "cp: missing file operand"
	usage "cp: missing destination file operand after 'a'" a
	usage "cp: missing destination file operand after 'a'" -T a
	usage "cp: missing destination file operand after 'a b'" 'a b'
	usage "cp: extra operand 'c'" -T a b c
	usage "cp: missing file operand" -t .
	usage "cp: option requires an argument -- 't'" -t
	usage "cp: option requires an argument -- 'S'" -S
	usage "cp: option '--suffix' requires an argument" --suffix
	usage "cp: option '--target-directory' requires an argument" --target-directory
	usage "cp: option '--verbose' doesn't allow an argument" --verbose=3 a b
	usage "cp: unrecognized option '--nosuch'" --nosuch a b
	usage "cp: invalid option -- 'y'" -y a b
	usage "cp: options --backup and --no-clobber are mutually exclusive" -n -b a b
	usage "cp: options --backup and --no-clobber are mutually exclusive" -bn a b
	usage "cp: --reflink can be used only with --sparse=auto" --reflink --sparse=always a b
	usage "cp: --reflink can be used only with --sparse=auto" --reflink=always --sparse=never a b
	usage "cp: with --parents, the destination must be a directory" --parents a b
	no "cp: multiple target directories specified" -t . -t . a
	sees 'a='
}

@test "cp names a bad word in an option and lists the good ones" {
	touch a
	usage "cp: invalid argument 'x' for '--reflink'
Valid arguments are:
  - 'auto'
  - 'always'
  - 'never'" --reflink=x a b
	usage "cp: invalid argument 'x' for '--sparse'
Valid arguments are:
  - 'never'
  - 'auto'
  - 'always'" --sparse=x a b
	usage "cp: invalid argument 'x' for 'backup type'
Valid arguments are:
  - 'none', 'off'
  - 'simple', 'never'
  - 'existing', 'nil'
  - 'numbered', 't'" --backup=x a b
	usage "cp: ambiguous argument 'n' for 'backup type'
Valid arguments are:
  - 'none', 'off'
  - 'simple', 'never'
  - 'existing', 'nil'
  - 'numbered', 't'" --backup=n a b
	usage "cp: invalid argument 'y' for '--preserve'
Valid arguments are:
  - 'mode'
  - 'timestamps'
  - 'ownership'
  - 'links'
  - 'context'
  - 'xattr'
  - 'all'" --preserve=mode,y a b
	try 1 --no-preserve=y a b
	grep -q "^cp: invalid argument 'y' for '--no-preserve'" "$say/err"
	try 1 --reflink= a b
	grep -q "^cp: ambiguous argument '' for '--reflink'" "$say/err"
	sees 'a='
	VERSION_CONTROL=x usage "cp: invalid argument 'x' for '\$VERSION_CONTROL'
Valid arguments are:
  - 'none', 'off'
  - 'simple', 'never'
  - 'existing', 'nil'
  - 'numbered', 't'" -b a b
	VERSION_CONTROL=x ok a b
}

@test "cp takes long options and their words cut short, and options behind operands" {
	mkdir d
	echo 1 >d/f
	ok --recur d e
	ok d g -r
	ok --pres=mo,time --spar=nev d/f h
	ok --backup=nu d/f h
	sees 'd/ d/f=1 e/ e/f=1 g/ g/f=1 h=1 h.~1~=1'
	try 1 --re d i
	grep -q "^cp: option '--re' is ambiguous; possibilities: '--recursive' '--remove-destination'" "$say/err"
}

# --- names --------------------------------------------------------------------------------------------------------

@test "cp takes any name for a name" {
	local name
	mkdir d
	# shellcheck disable=SC1003,SC2016 # a backslash and a dollar sign as names
	for name in -n --help 'a b' $'new\nline' '*' '?' '[' '\' "it's" '"' ' ' $'\t' $'x\xffy' 'ü' '~' '$HOME' -- -; do
		echo "$name" >"./$name"
		ok -- "$name" d
		same "./$name" "d/$name"
	done
}

@test "cp quotes names as a shell would need them" {
	echo 1 >a
	tells "'a' -> 'a b'" -v a 'a b'
	tells "'a' -> 'n'\$'\\n''l'" -v a $'n\nl'
	tells "'a' -> ''\$'\\001'" -v a $'\001'
	tells "'a' -> 'x'\$'\\377''y'" -v a $'x\xffy'
	tells "'a' -> \"it's\"" -v a "it's"
	tells "'a' -> '\"'" -v a '"'
	tells "'a' -> 'a'\\''\"b'" -v a "a'\"b"
	tells "'a' -> 'ü'" -v a 'ü'
	tells "'a' -> '-n'" -v -- a -n
	tells "'a' -> '*'" -v a '*'
	no "cp: cannot stat 't'\$'\\t''b': No such file or directory" $'t\tb' x
	no "cp: target 'no dir': No such file or directory" a a 'no dir'
	no "cp: target directory 'no dir': No such file or directory" -t 'no dir' a
}

@test "cp refuses a name that is too long, as the system does" {
	echo 1 >a
	name=$(printf '%0300d' 0)
	no "cp: cannot stat '$name': File name too long" a "$name"
	no "cp: cannot stat '$name': File name too long" "$name" b
}

# --- dangling links, links that lead in a circle ------------------------------------------------------------------

@test "cp does not write through a dangling symlink" {
	echo 1 >a
	ln -s nowhere l
	no "cp: not writing through dangling symlink 'l'" a l
	no "cp: not writing through dangling symlink 'l'" -f a l
	no "cp: not writing through dangling symlink 'l'" -T a l
	sees 'a=1 l->nowhere'
	ok --remove-destination a l
	sees 'a=1 l=1'
	ln -sf nowhere l
	ok -b a l
	sees 'a=1 l=1 l~->nowhere'
	ln -s a m
	ln -sf nowhere l
	ok -d m l
	sees 'a=1 l->a l~->nowhere m->a'
}

@test "cp writes through a dangling symlink when POSIXLY_CORRECT asks for it" {
	echo 1 >a
	ln -s nowhere l
	POSIXLY_CORRECT=1 ok a l
	sees 'a=1 l->nowhere nowhere=1'
}

@test "cp meets a dangling symlink and a circle of symlinks" {
	echo 1 >a
	ln -s nowhere l
	ln -s loop loop
	no "cp: cannot stat 'l': No such file or directory" l x
	no "cp: cannot stat 'l': No such file or directory" -rL l x
	no "cp: cannot stat 'l': No such file or directory" -rH l x
	no "cp: cannot stat 'loop': Too many levels of symbolic links" loop x
	no "cp: cannot stat 'loop': Too many levels of symbolic links" a loop
	no "cp: cannot stat 'loop/x': Too many levels of symbolic links" a loop/x
	ok -d l x
	ok -P loop y
	ok -r l z
	sees 'a=1 l->nowhere loop->loop x->nowhere y->loop z->nowhere'
}

# --- -f, --remove-destination, -n, -i, -u -------------------------------------------------------------------------

@test "cp and a target that may not be written" {
	as_user
	mine sh -c 'echo 1 >a; echo 2 >ro; chmod 444 ro'
	no "cp: cannot create regular file 'ro': Permission denied" a ro
	sees 'a=1 ro=2'
	ok -f a ro
	sees 'a=1 ro=1'
	[ "$(mode ro)" = 644 ]
	mine sh -c 'echo 2 >a; chmod 444 ro'
	tells "'a' -> 'ro'
removed 'ro'" -fv a ro
	mine chmod 444 ro
	tells "removed 'ro'
'a' -> 'ro'" -v --remove-destination a ro
	mine chmod 444 ro
	ok -b a ro
	sees 'a=2 ro=2 ro~=2'
	[ "$(mode ro~)" = 444 ]
	[ "$(mode ro)" = 644 ]
	mine sh -c 'chmod 444 ro; ln -s ro l'
	ok -f a l
	sees 'a=2 l=2 ro=2 ro~=2'
}

@test "cp -f does what it can in a folder that may not be written" {
	as_user
	mine sh -c 'mkdir d; echo 1 >a; echo 2 >d/f; echo 3 >d/ro; chmod 444 d/ro; chmod 555 d'
	no "cp: cannot create regular file 'd/a': Permission denied" a d
	no "cp: cannot create regular file 'd/a': Permission denied" -f a d
	ok a d/f
	no "cp: cannot remove 'd/ro': Permission denied" -f a d/ro
	no "cp: cannot remove 'd/f': Permission denied" --remove-destination a d/f
	no "cp: cannot backup 'd/f': Permission denied" -b a d/f
	no "cp: cannot create hard link 'd/x' to 'a': Permission denied" -l a d/x
	mine mkdir e
	no "cp: cannot create directory 'd/e': Permission denied" -r e d
	sees 'a=1 d/ d/f=1 d/ro=3 e/'
}

@test "cp goes on past what it may not read" {
	as_user
	mine sh -c 'echo 1 >a; echo 2 >un; chmod 0 un; mkdir d s; chmod 0 s'
	no "cp: cannot open 'un' for reading: Permission denied" un a d
	no "cp: cannot open 'un' for reading: Permission denied" un x
	no "cp: cannot open 'un' for reading: Permission denied" -n un x
	no "cp: cannot open 'un' for reading: Permission denied" -a un x
	no "cp: cannot access 's': Permission denied" -r s x
	no "cp: cannot stat 's/f': Permission denied" s/f x
	no "cp: cannot stat 's/a': Permission denied" a s
	chmod 755 s
	[ "$(mode x)" = 0 ]
	rmdir x
	chmod 644 un
	sees 'a=1 d/ d/a=1 s/ un=2'
}

@test "cp -r goes on past what it may not read in a tree" {
	as_user
	mine sh -c 'mkdir -p d/x d/y; echo 1 >d/f; echo 2 >d/z; echo 3 >d/y/g; chmod 0 d/f d/x'
	try 1 -r d e
	said out
	said_somehow err "cp: cannot open 'd/f' for reading: Permission denied
cp: cannot access 'd/x': Permission denied"
	chmod 755 d/x e/x
	chmod 644 d/f
	sees 'd/ d/f=1 d/x/ d/y/ d/y/g=3 d/z=2 e/ e/x/ e/y/ e/y/g=3 e/z=2'
}

@test "cp -r copies a folder without write permission and all that is in it" {
	as_user
	mine sh -c 'mkdir d; echo 1 >d/f; chmod 555 d'
	ok -r d e
	sees 'd/ d/f=1 e/ e/f=1'
	[ "$(mode e)" = 555 ]
	ok -a d g
	[ "$(mode g)" = 555 ]
	no "cp: cannot create directory 'e/d': Permission denied" -r d e
}

@test "cp --remove-destination breaks hard links and symlinks instead of writing through them" {
	echo 1 >a
	echo 2 >b
	ln b c
	ln -s b l
	ok --remove-destination a c
	sees 'a=1 b=2 c=1 l->b'
	ok --remove-destination a l
	sees 'a=1 b=2 c=1 l=1'
	tells "removed 'b'
'a' -> 'b'" -v --remove-destination a b
	tells "'a' -> 'n'" -v --remove-destination a n
	mkdir d
	no "cp: cannot overwrite directory 'd' with non-directory" -T --remove-destination a d
}

@test "cp --remove-destination keeps the target when the source is missing or cannot be copied" {
	echo 1 >a
	mkdir d
	no "cp: cannot stat 'nosuch': No such file or directory" --remove-destination nosuch a
	no "cp: -r not specified; omitting directory 'd'" --remove-destination d a
	no "cp: cannot overwrite non-directory 'a' with directory 'd'" -r --remove-destination d a
	sees 'a=1 d/'
}

@test "cp -n keeps what is there, in silence, and copies what is not" {
	mkdir d
	echo 1 >a
	echo 2 >b
	echo 3 >d/a
	ok -n a b
	ok --no-clobber -v a b
	ok -n a b d
	sees 'a=1 b=2 d/ d/a=3 d/b=2'
	tells "'a' -> 'c'" -nv a c
	no "cp: cannot stat 'nosuch': No such file or directory" -n nosuch b
	no "cp: cannot overwrite non-directory 'b' with directory 'd'" -nr d b
	ln -s nowhere l
	no "cp: not writing through dangling symlink 'l'" -n a l
	sees 'a=1 b=2 c=1 d/ d/a=3 d/b=2 l->nowhere'
}

@test "cp -n leaves what is there in a tree and adds the rest" {
	mkdir -p d/s e/s
	echo 1 >d/a
	echo 2 >d/s/b
	echo 3 >d/s/c
	echo 4 >e/s/b
	try 0 -rnv d/. e
	said_somehow out "'d/./a' -> 'e/./a'
'd/./s/c' -> 'e/./s/c'"
	sees 'd/ d/a=1 d/s/ d/s/b=2 d/s/c=3 e/ e/a=1 e/s/ e/s/b=4 e/s/c=3'
}

@test "cp takes the last of -i, -n and -f, as far as they are rivals" {
	echo 1 >a
	echo 2 >b
	ok -in a b <<<y
	[ "$(cat b)" = 2 ]
	asks "cp: overwrite 'b'? " -ni a b <<<n
	asks "cp: overwrite 'b'? " -if a b <<<n
	asks "cp: overwrite 'b'? " -fi a b <<<n
	ok -nf a b
	ok -fn a b
	[ "$(cat b)" = 2 ]
}

@test "cp -i asks before it overwrites and takes a leading y for yes" {
	local answer
	echo 1 >a
	for answer in n N '' no ' y' nope 0 1 /; do
		echo 2 >b
		asks "cp: overwrite 'b'? " -i a b <<<"$answer"
		[ "$(cat b)" = 2 ]
	done
	for answer in y Y yes yup 'Yes please'; do
		echo 2 >b
		asks "cp: overwrite 'b'? " -i a b <<<"$answer"
		[ "$(cat b)" = 1 ]
	done
	echo 2 >b
	asks "cp: overwrite 'b'? " --interactive a b </dev/null
	[ "$(cat b)" = 2 ]
	printf y >answer
	asks "cp: overwrite 'b'? " -i a b <answer
	[ "$(cat b)" = 1 ]
	ok -i a new </dev/null
	[ "$(cat new)" = 1 ]
}

@test "cp -i reads one line for each question" {
	mkdir d
	for f in a b c; do
		echo new >$f
		echo old >d/$f
	done
	asks "cp: overwrite 'd/a'? cp: overwrite 'd/b'? cp: overwrite 'd/c'? " -i a b c d <<<$'n\ny and a lot more\nn'
	sees 'a=new b=new c=new d/ d/a=old d/b=new d/c=old'
	asks "cp: overwrite 'd/a'? cp: overwrite 'd/b'? cp: overwrite 'd/c'? " -i a b c d <<<y
	sees 'a=new b=new c=new d/ d/a=new d/b=new d/c=old'
}

@test "cp -i with -v, -b, -l, --remove-destination and on a fifo" {
	echo 1 >a
	echo 2 >b
	try 0 -iv a b <<<y
	said out "'a' -> 'b'"
	try 0 -iv a b <<<n
	said out
	try 0 -bvi a b <<<y
	said out "'a' -> 'b' (backup: 'b~')"
	asks "cp: overwrite 'b'? " -i --remove-destination a b <<<y
	asks "cp: overwrite 'b'? " -il a b <<<y
	sees 'a=1*2 b=1*2 b~=1'
	mkfifo p
	asks "cp: overwrite 'p'? " -i a p <<<n
	mkdir d
	no "cp: cannot overwrite non-directory 'b' with directory 'd'" -ir d b <<<y
	no "cp: -r not specified; omitting directory 'd'" -i d b <<<y
}

@test "cp -i does not ask about folders that are there, only about files" {
	mkdir -p d/s e/s
	echo 1 >d/s/f
	echo 2 >e/s/f
	asks "cp: overwrite 'e/./s/f'? " -ri d/. e <<<n
	[ "$(cat e/s/f)" = 2 ]
	asks "cp: overwrite 'e/./s/f'? " -ri d/. e <<<y
	[ "$(cat e/s/f)" = 1 ]
}

@test "cp -i shows the mode of a target that may not be written" {
	as_user
	mine sh -c 'echo 1 >a; echo 2 >ro; chmod 444 ro'
	try 1 -i a ro <<<y
	said err "cp: unwritable 'ro' (mode 0444, r--r--r--); try anyway? cp: cannot create regular file 'ro': Permission denied"
	asks "cp: unwritable 'ro' (mode 0444, r--r--r--); try anyway? " -i a ro <<<n
	asks "cp: unwritable 'ro' (mode 0444, r--r--r--); try anyway? " -ib a ro <<<n
	asks "cp: unwritable 'ro' (mode 0444, r--r--r--); try anyway? " -il a ro <<<n
	mine chmod 4000 ro
	asks "cp: unwritable 'ro' (mode 4000, --S------); try anyway? " -i a ro <<<n
	mine chmod 555 ro
	asks "cp: unwritable 'ro' (mode 0555, r-xr-xr-x); try anyway? " -i a ro <<<n
	mine chmod 1177 ro
	asks "cp: unwritable 'ro' (mode 1177, --xrwxrwt); try anyway? " -i a ro <<<n
	mine chmod 444 ro
	asks "cp: replace 'ro', overriding mode 0444 (r--r--r--)? " -if a ro <<<n
	[ "$(cat ro)" = 2 ]
	try 0 -ivf a ro <<<y
	said out "'a' -> 'ro'
removed 'ro'"
	mine chmod 444 ro
	try 0 -iv --remove-destination a ro <<<y
	said out "removed 'ro'
'a' -> 'ro'"
	mine sh -c 'chmod 444 ro; ln -s ro l'
	asks "cp: unwritable 'l' (mode 0444, r--r--r--); try anyway? " -i a l <<<n
}

@test "cp -u copies what is newer or missing, to the nanosecond" {
	echo 1 >a
	echo 2 >b
	touch -d '2001-01-01 00:00:00' a
	touch -d '2002-01-01 00:00:00' b
	ok -uv a b
	[ "$(cat b)" = 2 ]
	tells "'a' -> 'c'" -uv a c
	touch -d '2003-01-01 00:00:00' a
	tells "'a' -> 'b'" -uv a b
	touch -r a b
	ok --update -v a b
	touch -d '2010-01-01 00:00:00.5' a
	touch -d '2010-01-01 00:00:00.4' b
	tells "'a' -> 'b'" -uv a b
	touch -d '2010-01-01 00:00:00.6' b
	ok -uv a b
	no "cp: cannot stat 'nosuch': No such file or directory" -u nosuch b
	tells "'a' -> 'd'" -upv a d
	ok -upv a d
	ok -iu a b <<<y
}

@test "cp -u in a folder and in a tree" {
	mkdir -p d e t/s
	echo 1 >d/old
	echo 2 >d/new
	echo 3 >e/old
	echo 4 >e/new
	touch -d 2001-01-01 d/old e/new
	touch -d 2002-01-01 d/new e/old
	tells "'d/new' -> 'e/new'" -uv d/old d/new e
	sees 'd/ d/new=2 d/old=1 e/ e/new=2 e/old=3 t/ t/s/'
	echo 5 >t/s/f
	touch -d 2001-01-01 t/s/f
	ok -a t u
	ok -auv t/. u
	touch t/s/f
	tells "'t/./s/f' -> 'u/./s/f'" -auv t/. u
	ok -ru t/. u
}

@test "cp -u and symlinks: -d looks at the links themselves" {
	ln -s x s1
	ln -s y s2
	touch -h -d 2000-01-01 s1
	ok -uvd s1 s2
	touch -h -d 2032-01-01 s1
	tells "removed 's2'
's1' -> 's2'" -uvd s1 s2
}

# --- -b, -S, VERSION_CONTROL, SIMPLE_BACKUP_SUFFIX ----------------------------------------------------------------

@test "cp -b moves the old target aside before it copies" {
	echo 1 >a
	echo 2 >b
	ln b other
	tells "'a' -> 'b' (backup: 'b~')" -bv a b
	sees 'a=1 b=1 b~=2*2 other=2*2'
	echo 3 >b
	ok -b a b
	sees 'a=1 b=1 b~=3 other=2'
	tells "'a' -> 'new'" -bv a new
	mkdir d
	ok -b a b d
	tells "'a' -> 'd/a' (backup: 'd/a~')
'b' -> 'd/b' (backup: 'd/b~')" -bv a b d
}

@test "cp --backup knows its four ways by eight names" {
	local way
	echo 1 >a
	for way in none off; do
		echo 2 >b
		tells "'a' -> 'b'" -v --backup=$way a b
		tells "'a' -> 'b'" -v -b --backup=$way a b
	done
	for way in simple never; do
		tells "'a' -> 'b' (backup: 'b~')" -v --backup=$way a b
	done
	for way in existing nil; do
		rm -f b?*
		tells "'a' -> 'b' (backup: 'b~')" -v --backup=$way a b
		tells "'a' -> 'b' (backup: 'b~')" -v --backup=$way a b
		touch b.~4~
		tells "'a' -> 'b' (backup: 'b.~5~')" -v --backup=$way a b
	done
	for way in numbered t; do
		rm -f b?*
		tells "'a' -> 'b' (backup: 'b.~1~')" -v --backup=$way a b
		tells "'a' -> 'b' (backup: 'b.~2~')" -v --backup=$way a b
		touch b.~9~ b.~98~ b.~x~ b.~0~ b~ 'b.~ 120~'
		tells "'a' -> 'b' (backup: 'b.~99~')" -v --backup=$way a b
		tells "'a' -> 'b' (backup: 'b.~100~')" -v --backup=$way a b
	done
	rm -f b?*
	tells "'a' -> 'b' (backup: 'b~')" -v --backup a b
	tells "'a' -> 'b' (backup: 'b~')" -v --backup= a b
}

@test "cp counts on from the highest number of a backup, and not from one that no number could follow" {
	ours
	echo new >a
	echo old >b
	touch b.~3~ b.~010~ b.~4 b.~18446744073709551615~ b.~99999999999999999999~
	tells "'a' -> 'b' (backup: 'b.~4~')" -v --backup=numbered a b
	is 'old\n' b.~4~
}

@test "cp takes the kind of backup from VERSION_CONTROL unless told otherwise" {
	echo 1 >a
	echo 2 >b
	VERSION_CONTROL=t tells "'a' -> 'b' (backup: 'b.~1~')" -bv a b
	VERSION_CONTROL=numbered tells "'a' -> 'b' (backup: 'b.~2~')" --backup -v a b
	VERSION_CONTROL=numbered tells "'a' -> 'b' (backup: 'b~')" -v --backup=simple a b
	VERSION_CONTROL=none tells "'a' -> 'b'" -bv a b
	VERSION_CONTROL=numbered tells "'a' -> 'b'" -v a b
	VERSION_CONTROL='' tells "'a' -> 'b' (backup: 'b.~3~')" -bv a b
	VERSION_CONTROL=never tells "'a' -> 'b' (backup: 'b.bak')" -S .bak -v a b
}

@test "cp takes the suffix from -S, else from SIMPLE_BACKUP_SUFFIX, else ~" {
	echo 1 >a
	echo 2 >b
	tells "'a' -> 'b' (backup: 'b.bak')" -S .bak -v a b
	tells "'a' -> 'b' (backup: 'b.old')" --suffix=.old -v a b
	SIMPLE_BACKUP_SUFFIX=.env tells "'a' -> 'b' (backup: 'b.env')" -bv a b
	SIMPLE_BACKUP_SUFFIX=.env tells "'a' -> 'b' (backup: 'b.s')" -bvS .s a b
	SIMPLE_BACKUP_SUFFIX=.env tells "'a' -> 'b'" -v a b
	SIMPLE_BACKUP_SUFFIX='' tells "'a' -> 'b' (backup: 'b~')" -bv a b
	SIMPLE_BACKUP_SUFFIX=x/y tells "'a' -> 'b' (backup: 'b~')" -bv a b
	tells "'a' -> 'b' (backup: 'b~')" -bv -S x/y a b
	tells "'a' -> 'b' (backup: 'b~')" -bv -S '' a b
	tells "'a' -> 'b' (backup: 'b.~1~')" -S .no --backup=numbered -v a b
}

@test "cp refuses a backup that would replace its own source" {
	echo 1 >a
	echo 2 >a~
	no "cp: backing up 'a' might destroy source;  'a~' not copied" -b a~ a
	no "cp: backing up 'a' might destroy source;  'a~' not copied" --backup=simple a~ a
	sees 'a=1 a~=2'
	ok --backup=numbered a~ a
	sees 'a=2 a.~1~=1 a~=2'
}

@test "cp -b of a file onto its own name needs -f" {
	echo 1 >a
	tells "'a' -> 'a~'" -bfv a a
	sees 'a=1 a~=1'
	tells "'a' -> 'a.~1~'" -fv --backup=numbered a a
	sees 'a=1 a.~1~=1 a~=1'
}

@test "cp -rb backs up files in trees, not folders" {
	mkdir -p d/s e/s
	echo 1 >d/s/f
	echo 2 >e/s/f
	echo 3 >d/g
	try 0 -rbv d/. e
	said_somehow out "'d/./g' -> 'e/./g'
'd/./s/f' -> 'e/./s/f' (backup: 'e/./s/f~')"
	sees 'd/ d/g=3 d/s/ d/s/f=1 e/ e/g=3 e/s/ e/s/f=1 e/s/f~=2'
}

@test "cp -rb moves no folder aside for a file, nor a file for a folder" {
	mkdir -p d/x e/y
	echo 1 >d/y
	echo 2 >e/x
	echo 3 >d/x/f
	try 1 -rb d/. e
	said out
	said_somehow err "cp: cannot overwrite non-directory 'e/./x' with directory 'd/./x'
cp: cannot overwrite directory 'e/./y' with non-directory"
	sees 'd/ d/x/ d/x/f=3 d/y=1 e/ e/x=2 e/y/'
}

@test "cp -b puts the old target back when the copy fails" {
	as_user
	mine sh -c 'echo 1 >a; chmod 0 a; echo 2 >b'
	no "cp: cannot open 'a' for reading: Permission denied" -b a b
	chmod 644 a
	sees 'a=1 b=2'
}

# --- trees --------------------------------------------------------------------------------------------------------

# A small tree with everything that needs no root
small_tree() {
	mkdir -p "$1/s/t" "$1/empty"
	echo 1 >"$1/f"
	echo 2 >"$1/s/g"
	echo 3 >"$1/s/t/h"
	ln -s f "$1/l"
	ln -s s "$1/ls"
	ln -s nowhere "$1/ln"
	mkfifo "$1/p"
	ln "$1/f" "$1/s/f2"
}

@test "cp -r copies a tree: folders, files, symlinks as they are, fifos" {
	small_tree d
	ok -r d e
	sees 'empty/ f=1 l->f ln->nowhere ls->s p| s/ s/f2=1 s/g=2 s/t/ s/t/h=3' e
	ok -R d g
	sees 'empty/ f=1 l->f ln->nowhere ls->s p| s/ s/f2=1 s/g=2 s/t/ s/t/h=3' g
	ok --recursive d e
	sees 'empty/ f=1 l->f ln->nowhere ls->s p| s/ s/f2=1 s/g=2 s/t/ s/t/h=3' e/d
	ok -r e/d/. g
	sees 'empty/ f=1 l->f ln->nowhere ls->s p| s/ s/f2=1 s/g=2 s/t/ s/t/h=3' g
}

@test "cp -a, -d and --preserve=links keep hard links within a tree and across operands" {
	small_tree d
	ok -a d e
	sees 'empty/ f=1*2 l->f ln->nowhere ls->s p| s/ s/f2=1*2 s/g=2 s/t/ s/t/h=3' e
	[ e/f -ef e/s/f2 ]
	ok -dr d g
	[ g/f -ef g/s/f2 ]
	ok -r --preserve=links d h
	[ h/f -ef h/s/f2 ]
	ok -a --no-preserve=links d i
	sees 'empty/ f=1 l->f ln->nowhere ls->s p| s/ s/f2=1 s/g=2 s/t/ s/t/h=3' i
	mkdir j k m
	ok -a d/f d/s/f2 j
	sees 'f=1*2 f2=1*2' j
	ok -p d/f d/s/f2 k
	sees 'f=1 f2=1' k
	ok -d d/f d/s/f2 m
	sees 'f=1*2 f2=1*2' m
	ok -a d/f d/s/f2 k
	sees 'f=1*2 f2=1*2' k
}

@test "cp -a keeps hard links of symlinks and fifos, and into a tree that is there" {
	mkdir d
	ln -s x d/l
	ln d/l d/m
	mkfifo d/p
	ln d/p d/q
	echo 1 >d/f
	ln d/f d/g
	ok -a d e
	sees 'f=1*2 g=1*2 l->x*2 m->x*2 p|*2 q|*2' e
	echo 2 >d/f
	rm e/g
	echo 3 >e/g
	ok -a d/. e
	sees 'f=2*2 g=2*2 l->x*2 m->x*2 p|*2 q|*2' e
}

@test "cp -av tells that a file gave way to a hard link" {
	mkdir d
	echo 1 >f
	ln f g
	echo 2 >d/f
	echo 3 >d/g
	tells "'f' -> 'd/f'
'g' -> 'd/g'
removed 'd/g'" -av f g d
	sees 'f=1*2 g=1*2' d
}

@test "cp -H, -L and -P: symlinks among the operands and in the tree" {
	mkdir -p d/s
	echo 1 >d/f
	ln -s f d/l
	ln -s s d/m
	ln -s d dl
	ln -s d/f fl
	ok -r dl r
	ok -rP dl P
	ok -rH dl H
	ok -rL dl L
	ok -a dl a
	ok -aH dl aH
	ok -rd dl rd
	ok -rHP dl HP
	ok -rPH dl PH
	ok -rLP dl LP
	ok -rPL dl PL
	for f in r P a rd HP LP; do [ "$(readlink $f)" = d ]; done
	for f in H aH PH; do sees 'f=1 l->f m->s s/' $f; done
	for f in L PL; do sees 'f=1 l=1 m/ s/' $f; done
	ok fl 1
	ok -P fl 2
	ok -r fl 3
	ok -rH fl 4
	ok -d fl 5
	ok -L fl 6
	ok -H fl 7
	ok -a fl 8
	ok --no-dereference fl 9
	ok --dereference -r fl 10
	for f in 1 4 6 7 10; do [ "$(stat -c %F $f)" = 'regular file' ]; done
	for f in 2 3 5 8 9; do [ "$(readlink $f)" = d/f ]; done
}

@test "cp -rL copies what symlinks lead to, and says which lead nowhere or round" {
	mkdir d
	echo 1 >d/f
	ln -s f d/l
	ln -s nowhere d/n
	ln -s o d/o
	try 1 -rL d e
	said out
	said_somehow err "cp: cannot stat 'd/n': No such file or directory
cp: cannot stat 'd/o': Too many levels of symbolic links"
	sees 'f=1 l=1' e
}

@test "cp -rL does not follow a symlink to a folder it is in" {
	mkdir -p d/s
	echo 1 >d/f
	ln -s .. d/s/up
	ln -s . d/here
	try 1 -rL d e
	said out
	said_somehow err "cp: cannot copy cyclic symbolic link 'd/s/up'
cp: cannot copy cyclic symbolic link 'd/here'"
	sees 'f=1 s/' e
}

@test "cp -r of a trailing slash: a symlink with one is the folder behind it" {
	mkdir d
	echo 1 >d/f
	ln -s d l
	echo 2 >f
	ln -s f lf
	ok -r l/ e
	sees 'f=1' e
	ok -r d/ g
	sees 'f=1' g
	ok -r l/. h
	sees 'f=1' h
	mkdir x y
	tells "'d/' -> 'x/d'
'd/f' -> 'x/d/f'" -rv d/ x
	ok -r l/ y
	sees 'l/ l/f=1' y
	no "cp: cannot stat 'lf/': Not a directory" lf/ n
	no "cp: cannot stat 'lf/': Not a directory" -r lf/ n
	mkdir i
	no "cp: cannot overwrite non-directory 'i/l' with directory 'l/'" -r l l/ i
}

@test "cp --strip-trailing-slashes takes a symlink with slashes behind it for the symlink" {
	mkdir d t
	echo 1 >d/f
	ln -s d l
	echo 2 >f
	ln -s f lf
	# into a folder: with a new name for target coreutils 9.1 forgets to strip
	tells "'l' -> 't/l'" -v --strip-trailing-slashes -r l/ t
	[ "$(readlink t/l)" = d ]
	tells "'lf' -> 't/lf'
'f' -> 't/f'" -v --strip-trailing-slashes lf/ f/// t
	[ ! -L t/lf ]
	ok --strip-trailing-slashes -P lf/ t
	[ "$(readlink t/lf)" = f ]
	ok --strip-trailing-slashes -r d// t
	sees 'd/ d/f=1 f=2 l->d lf->f' t
	ok --strip-trailing-slashes -t t -P lf//
}

@test "cp -r into folders that are there adds and replaces, and says what does not fit" {
	mkdir -p d/s d/was_file d/was_link e/s e/was_dir e/real
	echo 1 >d/s/a
	echo 2 >d/s/b
	echo 3 >d/was_dir
	echo 4 >d/z
	echo 5 >d/was_link/f
	echo 6 >e/s/b
	echo 7 >e/s/c
	echo 8 >e/was_file
	ln -s real e/was_link
	try 1 -r d/. e
	said out
	said_somehow err "cp: cannot overwrite directory 'e/./was_dir' with non-directory
cp: cannot overwrite non-directory 'e/./was_file' with directory 'd/./was_file'
cp: cannot overwrite non-directory 'e/./was_link' with directory 'd/./was_link'"
	sees 'real/ s/ s/a=1 s/b=2 s/c=7 was_dir/ was_file=8 was_link->real z=4' e
}

@test "cp -r into a symlink to a folder goes into the folder" {
	mkdir d e
	echo 1 >d/f
	ln -s e l
	ok -r d l
	sees 'd/ d/f=1 e/ e/d/ e/d/f=1 l->e'
	ok -r d/. l
	sees 'd/ d/f=1 e/ e/d/ e/d/f=1 e/f=1 l->e'
	no "cp: cannot overwrite non-directory 'l' with directory 'd'" -rT d l
}

@test "cp -r refuses a folder where something else is" {
	mkdir d
	echo 1 >f
	ln -s f lf
	ln -s nowhere n
	ln -s loop loop
	mkfifo p
	no "cp: cannot overwrite non-directory 'f' with directory 'd'" -r d f
	no "cp: cannot overwrite non-directory 'f' with directory 'd'" -rf d f
	no "cp: cannot overwrite non-directory 'f' with directory 'd'" -rb d f
	no "cp: cannot overwrite non-directory 'lf' with directory 'd'" -r d lf
	no "cp: cannot overwrite non-directory 'n' with directory 'd'" -r d n
	no "cp: cannot overwrite non-directory 'loop' with directory 'd'" -r d loop
	no "cp: cannot overwrite non-directory 'p' with directory 'd'" -a d p
	no "cp: cannot overwrite non-directory 'f' with directory 'd'" -r --remove-destination d f
	sees 'd/ f=1 lf->f loop->loop n->nowhere p|'
}

@test "cp -r does not copy a folder into itself without end" {
	mkdir d
	echo 1 >d/f
	# how much of d gets there depends on the order of the folder; that the copy ends is the promise
	no "cp: cannot copy a directory, 'd', into itself, 'd/d'" -r d d
	[ ! -e d/d/d ]
	rm -rf d/d
	no "cp: cannot copy a directory, 'd', into itself, 'd/new'" -r d d/new
	[ ! -e d/new/new ]
	rm -rf d/new
	no "cp: cannot copy a directory, '.', into itself, 'd/q'" -a . d/q
	[ ! -e d/q/d/q/d ]
	rm -rf d/q
	ln -s d l
	no "cp: cannot copy a directory, 'd', into itself, 'l/d'" -r d l
	rm -rf d/d
	mkdir -p d/s/t
	no "cp: cannot copy a directory, 'd', into itself, 'd/s/t/d'" -r d d/s/t
	[ ! -e d/s/t/d/s/t/d ]
	rm -rf d/s
	sees 'd/ d/f=1 l->d'
	ok -a d d2
	sees 'd/ d/f=1 d2/ d2/f=1 l->d'
}

@test "cp -r says that it may not create a folder, once, and goes on with the next" {
	as_user
	mine sh -c 'mkdir -p d/s e; echo 1 >d/s/f; echo 2 >a; mkdir ro; chmod 555 ro'
	no "cp: cannot create directory 'ro/d': Permission denied" -r d ro
	mine sh -c 'mkdir e/s; echo 3 >e/s/f; chmod 555 e/s; echo 4 >d/s/g'
	no "cp: cannot create regular file 'e/./s/g': Permission denied" -r d/. e
	[ "$(cat e/s/f)" = 1 ]
}

@test "cp gives new folders the mode of their source less the umask, special bits aside" {
	mkdir -p d/s x y z
	chmod 2777 d/s
	chmod 1777 d
	ok -r d x
	[ "$(mode x/d)" = 1755 ]
	[ "$(mode x/d/s)" = 755 ]
	umask 027
	ok -r d y
	[ "$(mode y/d/s)" = 750 ]
	ok -a d z
	[ "$(mode z/d)" = 1777 ]
	[ "$(mode z/d/s)" = 2777 ]
	mkdir w
	chmod 700 w
	ok -r d/. w
	[ "$(mode w)" = 700 ]
	ok -a d/. w
	[ "$(mode w)" = 1777 ]
}

@test "cp --no-preserve=mode makes files and folders as if they were new" {
	mkdir d
	chmod 700 d
	echo 1 >d/f
	chmod 4711 d/f
	ok -r --no-preserve=mode d e
	[ "$(mode e) $(mode e/f)" = '755 644' ]
	umask 077
	ok -pr --no-preserve=mode d g
	[ "$(mode g) $(mode g/f)" = '700 600' ]
	ok -a --no-preserve=mode d h
	[ "$(mode h) $(mode h/f)" = '700 600' ]
}

@test "cp copies a deep tree" {
	local i path=d
	for ((i = 0; i < 200; i++)); do path+=/sub; done
	mkdir -p "$path"
	echo 1 >"$path/f"
	ok -r d e
	[ "$(cat "e${path#d}/f")" = 1 ]
	ok -a d/. e
	[ "$(cat "e${path#d}/f")" = 1 ]
}

@test "cp copies a folder of many files" {
	mkdir d
	(cd d && seq 600 | xargs touch)
	ok -r d e
	seen=(e/*)
	[ ${#seen[@]} = 600 ]
}

# --- the same name twice ------------------------------------------------------------------------------------------

@test "cp copies a source named twice once and warns" {
	mkdir d
	echo 1 >a
	warns "cp: warning: source file 'a' specified more than once" a a d
	warns "cp: warning: source file './a' specified more than once" a ./a d
	warns "cp: warning: source file 'd/../a' specified more than once" a d/../a d
	warns "cp: warning: source file 'a' specified more than once
cp: warning: source file 'a' specified more than once" a a a d
	mkdir t
	warns "cp: warning: source directory 'd' specified more than once" -r d d t
	sees 'd/ d/a=1' t
	warns "cp: warning: source directory 'd/' specified more than once" -r d d/ t
	try 0 -av d ./d t
	said err "cp: warning: source directory './d' specified more than once"
}

@test "cp does not overwrite what it has just created" {
	mkdir d t
	echo 1 >a
	echo 2 >d/a
	no "cp: will not overwrite just-created 't/a' with 'd/a'" a d/a t
	[ "$(cat t/a)" = 1 ]
	no "cp: will not overwrite just-created 't/a' with 'd/a'" -f a d/a t
	no "cp: will not overwrite just-created 't/a' with 'd/a'" --remove-destination a d/a t
	no "cp: will not overwrite just-created 't/a' with 'd/a'" -b a d/a t
	ok -n a d/a t
	ok --backup=numbered a d/a t
	[ "$(cat t/a)" = 2 ]
	mkdir u
	no "cp: will not overwrite just-created 'u/a' with 'd/a'" a d/a u
	sees 'a=1' u
}

@test "cp merges two folders of one name" {
	mkdir -p 1/d 2/d t
	echo 1 >1/d/f
	echo 2 >2/d/f
	echo 3 >2/d/g
	ok -r 1/d 2/d t
	sees 'd/ d/f=2 d/g=3' t
	rm -r t/d
	ok -a 1/d 2/d t
	sees 'd/ d/f=2 d/g=3' t
}

@test "cp does not write through a symlink that it has just created" {
	mkdir 1 2 t
	ln -s prey 1/x
	echo 2 >2/x
	no "cp: will not copy '2/x' through just-created symlink 't/x'" -d 1/x 2/x t
	sees 'x->prey' t
	echo old >t/prey
	rm t/x
	no "cp: will not copy '2/x' through just-created symlink 't/x'" -a 1/x 2/x t
	sees 'prey=old x->prey' t
}

# --- what is no regular file --------------------------------------------------------------------------------------

@test "cp -r, -R and -a copy fifos as fifos" {
	mkfifo -m 640 p
	ok -r p q
	ok -a p r
	ok -R p s
	[ -p q ]
	[ -p r ]
	[ "$(mode r)" = 640 ]
	[ "$(mode q)" = 640 ]
	mkdir d
	ok -r p d
	[ -p d/p ]
}

@test "cp reads a fifo when it is not told to recurse, and writes into one that is there" {
	mkfifo p
	echo through >p &
	ok p a
	wait "$!"
	[ "$(cat a)" = through ]
	cat p >got &
	ok a p
	wait "$!"
	same a got
	[ -p p ]
	echo again >p &
	ok -r --copy-contents p b
	wait "$!"
	[ "$(cat b)" = again ]
	[ -f b ]
}

@test "cp -r puts a fifo in the place of a file and of another fifo" {
	mkfifo p
	echo 1 >f
	ok -r p f
	[ -p f ]
	echo 1 >g
	tells "removed 'g'
'p' -> 'g'" -av p g
	ok -r p g
	[ -p g ]
	mkdir d
	no "cp: cannot overwrite directory 'd' with non-directory" -rT p d
}

@test "cp copies devices and sockets with -r and -a, their contents without" {
	need_root
	mknod -m 640 c c 1 3 2>"$say/err" || skip "no devices can be made here"
	mknod b b 7 99
	ok -r c c2
	ok -a b b2
	[ "$(stat -c '%F %t:%T %a' c2)" = 'character special file 1:3 640' ]
	[ "$(stat -c '%F %t:%T' b2)" = 'block special file 7:63' ]
	ok c c3
	ok -r --copy-contents c c4
	[ "$(stat -c '%F %s' c3)" = 'regular empty file 0' ]
	[ "$(stat -c '%F %s' c4)" = 'regular empty file 0' ]
	echo 1 >f
	ok f c
	[ -c c ]
	ok -f f c
	[ -c c ]
	ok --remove-destination f c
	[ -f c ]
	ok -b f c2
	[ -f c2 ]
	[ -c c2~ ]
}

@test "cp says that a device is full, and leaves the device" {
	need_root
	mknod full c 1 7 2>"$say/err" || skip "no devices can be made here"
	pattern 20000 >a
	got=0
	run_cp a full >"$say/out" 2>"$say/err" || got=$?
	[ $got = 1 ]
	[ "$(head -n 1 "$say/err")" = "cp: error writing 'full': No space left on device" ]
	[ -c full ]
}

@test "cp copies a socket with -a and cannot read one" {
	need python3
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'
	ok -a s t
	[ -S t ]
	ok -r s u
	[ -S u ]
	no "cp: cannot open 's' for reading: No such device or address" s x
	[ ! -e x ]
}

@test "cp says that an ordinary user may not make devices, and goes on" {
	need_root
	mknod c c 1 3 2>"$say/err" || skip "no devices can be made here"
	as_user
	mine sh -c 'mkdir d; echo 1 >f'
	no "cp: cannot create special file 'd/c': Operation not permitted" -a c f d
	sees 'f=1' d
}

@test "cp reads /proc and /sys to the end, whatever length they claim" {
	[ -r /proc/version ] || skip "no /proc here"
	ok /proc/version a
	cat /proc/version >b
	same a b
	ok -p /proc/self/../version c
	same c b
	ok --sparse=always /proc/version d
	same d b
	if [ -r /sys/kernel/mm/transparent_hugepage/enabled ]; then
		ok /sys/kernel/mm/transparent_hugepage/enabled e
		cat /sys/kernel/mm/transparent_hugepage/enabled >f
		same e f
	fi
}

@test "cp reads stdin by the name of its device" {
	pattern 100000 >a
	pattern 100000 | ok /dev/stdin b
	same a b
	ok /dev/stdin c <a
	same a c
}

# --- -p, --preserve, -a -------------------------------------------------------------------------------------------

@test "cp -p keeps times to the nanosecond, mode and owner; plain cp none of them" {
	echo 1 >a
	chmod 640 a
	touch -a -d '2001-02-03 04:05:06.987654321' a
	touch -m -d '2002-03-04 05:06:07.123456789' a
	ok -p a b
	[ "$(mtime b)" = "$(mtime a)" ]
	[ "$(date -u -d "$(stat -c %x b)" +%Y%m%d-%N)" = 20010203-987654321 ]
	[ "$(mode b)" = 640 ]
	ok a c
	[ "$(mtime c)" != "$(mtime a)" ]
	echo 2 >d
	chmod 600 d
	ok -p a d
	[ "$(mtime d)" = "$(mtime a)" ]
	[ "$(mode d)" = 640 ]
	touch -d '1960-01-01 00:00:00.5' a
	ok -p a e
	[ "$(mtime e)" = "$(mtime a)" ]
}

@test "cp --preserve takes a list, and --no-preserve takes away from it" {
	echo 1 >a
	chmod 755 a
	touch -d '2001-02-03 04:05:06.5' a
	umask 077
	ok --preserve=timestamps a t
	[ "$(mode t)" = 700 ]
	[ "$(mtime t)" = "$(mtime a)" ]
	ok --preserve=mode a m
	[ "$(mode m)" = 755 ]
	[ "$(mtime m)" != "$(mtime a)" ]
	ok --preserve=mode,timestamps a mt
	[ "$(mode mt)" = 755 ]
	[ "$(mtime mt)" = "$(mtime a)" ]
	ok -p --no-preserve=timestamps a nt
	[ "$(mode nt)" = 755 ]
	[ "$(mtime nt)" != "$(mtime a)" ]
	ok -p --no-preserve=mode a nm
	[ "$(mode nm)" = 600 ]
	[ "$(mtime nm)" = "$(mtime a)" ]
	ok -a --no-preserve=all a na
	[ "$(mode na)" = 600 ]
	[ "$(mtime na)" != "$(mtime a)" ]
	ok --no-preserve=mode -p a last
	[ "$(mode last)" = 755 ]
	ok --preserve a p
	[ "$(mode p)" = 755 ]
	[ "$(mtime p)" = "$(mtime a)" ]
	ok --preserve=all a all
	[ "$(mode all)" = 755 ]
	[ "$(mtime all)" = "$(mtime a)" ]
}

@test "cp -p keeps the times of symlinks, fifos and folders" {
	mkdir d
	echo 1 >d/f
	ln -s f d/l
	mkfifo d/p
	touch -h -d '2001-01-01 00:00:00.111111111' d/l
	touch -d '2002-01-01 00:00:00.222222222' d/p d/f
	touch -d '2003-01-01 00:00:00.333333333' d
	ok -rp d e
	for f in . f l p; do [ "$(mtime d/$f)" = "$(mtime e/$f)" ]; done
	ok -a d g
	for f in . f l p; do [ "$(mtime d/$f)" = "$(mtime g/$f)" ]; done
	touch e
	ok -a d/. e
	[ "$(mtime d)" = "$(mtime e)" ]
}

@test "cp -p and -a keep the owner when root asks, plain cp does not" {
	need_root
	echo 1 >a
	chown 12:34 a
	chmod 6755 a
	ln -s x l
	chown -h 12:34 l
	mkdir d
	ok -p a d/p
	ok -a a d/a
	ok a d/plain
	ok --preserve=ownership a d/o
	ok --preserve=mode a d/m
	ok --preserve=ownership,mode a d/om
	ok -p --no-preserve=ownership a d/no
	ok -p --no-preserve=mode a d/nm
	ok -a l d/l
	ok -P l d/lplain
	# GNU hands set-ID bits to whoever gets the file
	[ "$PEER" = host ] || others=755
	[ "$(stat -c '%n %u:%g %a' d/*)" = "d/a 12:34 6755
d/l 12:34 777
d/lplain 0:0 777
d/m 0:0 ${others:-6755}
d/nm 12:34 644
d/no 0:0 ${others:-6755}
d/o 12:34 755
d/om 12:34 6755
d/p 12:34 6755
d/plain 0:0 755" ]
}

@test "cp -a keeps owners, set-id bits and times of a tree" {
	need_root
	mkdir -p d/s
	echo 1 >d/s/f
	echo 2 >d/g
	chown 12:34 d/s/f d/s
	chmod 4711 d/s/f
	chmod 2750 d/s
	chown 56 d
	touch -d '2001-01-01 00:00:00.5' d/s/f d/g d/s d
	ok -a d e
	for f in . s s/f g; do
		[ "$(stat -c '%u:%g %a %y' d/$f)" = "$(stat -c '%u:%g %a %y' e/$f)" ]
	done
}

@test "cp -p of another's file by an ordinary user drops owner and set-id bits in silence" {
	need_root
	echo 1 >a
	chown 12:34 a
	chmod 6755 a
	mkdir t
	echo 2 >t/f
	chmod 4755 t/f
	chown 12:34 t
	chmod 2755 t
	touch -d '2001-01-01 00:00:00.5' a t/f
	as_user
	mine mkdir d
	ok -p a d
	[ "$(owner d/a) $(mode d/a)" = '65534:65534 755' ]
	[ "$(mtime d/a)" = "$(mtime a)" ]
	ok -a a d/b
	[ "$(owner d/b) $(mode d/b)" = '65534:65534 755' ]
	ok --preserve=ownership a d/c
	ok --preserve=all a d/e
	ok -a t d
	[ "$(owner d/t) $(mode d/t) $(mode d/t/f)" = '65534:65534 755 755' ]
}

@test "cp into a file of another mode: --preserve=mode takes the source's, plain cp leaves it" {
	echo 1 >a
	chmod 755 a
	echo 2 >b
	chmod 600 b
	ok a b
	[ "$(mode b)" = 600 ]
	ok --preserve=mode a b
	[ "$(mode b)" = 755 ]
	chmod 444 a
	ok -p a b
	[ "$(mode b)" = 444 ]
}

@test "cp --preserve=context needs SELinux and says so; --preserve=all and -a do not" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is on"
	echo 1 >a
	no "cp: cannot preserve security context without an SELinux-enabled kernel" --preserve=context a b
	no "cp: cannot preserve security context without an SELinux-enabled kernel" --preserve=mode,context a b
	ok --preserve=all a b
	ok -a a b
}

@test "cp --preserve=context and --preserve=xattr tell what keeps them from it, -a does not" {
	ours
	need_inject
	echo 1 >a
	local kind
	for kind in context xattr; do
		run -1 strace -qq -o log -P /sys/fs/selinux/enforce -P "$PWD/a" -P "$PWD/b" -e inject=/access:retval=0 -e inject=/listxattr:error=EIO \
			"$bin/cp" --preserve=$kind a b
		[[ $output == "cp: setting attributes for 'b': Input/output error" ]]
	done
	run -0 strace -qq -o log -P "$PWD/a" -e inject=/listxattr:error=EIO "$bin/cp" -a a b
	[ -z "$output" ]
}

@test "cp -a and --preserve=xattr keep extended attributes, -p and plain cp do not" {
	need_xattr
	echo 1 >a
	setfattr -n user.colour -v blue a
	setfattr -n user.empty a
	ok a b
	ok -p a c
	ok -a a d
	ok --preserve=xattr a e
	ok --preserve=all a f
	ok -a --no-preserve=xattr a g
	ok -p --preserve=xattr a h
	for f in b c g; do [ -z "$(getfattr -d $f)" ]; done
	for f in d e f h; do [ "$(getfattr -d $f | tail -n +2)" = "$(getfattr -d a | tail -n +2)" ]; done
	mkdir t
	setfattr -n user.dir -v 1 t
	ok -a t u
	[ "$(getfattr --only-values -n user.dir u)" = 1 ]
	ok -r t v
	[ -z "$(getfattr -d v)" ]
	echo 2 >i
	setfattr -n user.own -v 1 i
	ok -a a i
	[ "$(getfattr --only-values -n user.colour i)" = blue ]
	[ "$(getfattr --only-values -n user.own i)" = 1 ]
}

@test "cp -a keeps extended attributes of a file that may not be written" {
	need_xattr
	as_user
	mine sh -c 'echo 1 >a; setfattr -n user.x -v y a; chmod 400 a'
	ok -a a b
	[ "$(getfattr --only-values -n user.x b)" = y ]
	[ "$(mode b)" = 400 ]
}

@test "cp says that extended attributes were asked for and are lost, -a keeps silent" {
	need_xattr
	echo 1 >a
	setfattr -n user.x -v y a
	[ -w /dev/shm ] || skip "no second file system at hand"
	# a file system that has no user attributes: procfs and ramfs take no new files or all; an old tmpfs refuses
	touch "/dev/shm/mmcp.$$"
	if setfattr -n user.x -v y "/dev/shm/mmcp.$$" 2>"$say/err"; then
		rm "/dev/shm/mmcp.$$"
		skip "every file system here has user attributes"
	fi
	ok -a a "/dev/shm/mmcp.$$"
	try 1 --preserve=xattr a "/dev/shm/mmcp.$$"
	said err "cp: setting attributes for '/dev/shm/mmcp.$$': Operation not supported"
	rm "/dev/shm/mmcp.$$"
}

@test "cp -p, -a and --preserve=mode keep access control lists, plain cp does not" {
	need_acl
	echo 1 >a
	setfacl -m u:1234:rw a
	ok a b
	[ "$(getfacl -c b)" = "$(getfacl -cE b)" ]
	[ "$(getfacl -cn b | grep -c 1234)" = 0 ]
	ok -p a c
	ok -a a d
	ok --preserve=mode a e
	for f in c d e; do [ "$(getfacl -cn $f)" = "$(getfacl -cn a)" ]; done
	echo 2 >g
	setfacl -m u:4321:r g
	ok -p a g
	[ "$(getfacl -cn g)" = "$(getfacl -cn a)" ]
	echo 3 >h
	chmod 600 h
	ok -p h g
	[ "$(getfacl -cn g)" = "$(getfacl -cn h)" ]
}

@test "cp -a keeps a folder's default access control list; a new file in one inherits it" {
	need_acl
	mkdir d
	setfacl -d -m u:1234:rwx d
	setfacl -m u:1234:rx d
	ok -r d e
	[ "$(getfacl -cn e | grep -c 1234)" = 0 ]
	ok -a d f
	[ "$(getfacl -cn f)" = "$(getfacl -cn d)" ]
	echo 1 >a
	ok a d/a
	getfacl -cn d/a | grep -q '^user:1234:rwx'
	ok -p a d/b
	[ "$(getfacl -cn d/b | grep -c 1234)" = 0 ]
}

@test "cp --attributes-only takes the attributes and leaves the bytes" {
	echo 1 >a
	chmod 700 a
	touch -d '2001-01-01 00:00:00.5' a
	echo 22 >b
	ok --attributes-only a b
	[ "$(cat b) $(mode b)" = '22 644' ]
	ok -p --attributes-only a b
	[ "$(cat b) $(mode b)" = '22 700' ]
	[ "$(mtime b)" = "$(mtime a)" ]
	tells "'a' -> 'c'" -v --attributes-only a c
	[ ! -s c ]
	[ "$(mode c)" = 700 ]
	ln -s a l
	ok -P --attributes-only l m
	[ "$(readlink m)" = a ]
	mkdir d
	ok -r --attributes-only d e
	[ -d e ]
	ok --attributes-only --reflink a b
	[ "$(cat b)" = 22 ]
}

@test "cp --attributes-only takes no data away: neither the target's bytes nor its type" {
	echo 1 >f
	ln -s f l
	mkfifo p
	mkdir d
	echo 'old f' >d/f
	ln d/f d/other
	echo 'old l' >d/l
	echo 'old p' >d/p
	ok -a --attributes-only f d
	no "cp: cannot create symbolic link 'd/l': File exists" -a --attributes-only l d
	no "cp: cannot create fifo 'd/p': File exists" -a --attributes-only p d
	sees 'f=old f*2 l=old l other=old f*2 p=old p' d
}

# --- -l, -s -------------------------------------------------------------------------------------------------------

@test "cp -l links instead of copying" {
	echo 1 >a
	mkdir -p d/s
	echo 2 >d/f
	echo 3 >d/s/g
	ln -s f d/l
	ok -l a b
	[ a -ef b ]
	tells "'a' -> 'c'" -lv a c
	ok -lr d e
	[ d/f -ef e/f ]
	[ d/s/g -ef e/s/g ]
	[ "$(stat -c %i e)" != "$(stat -c %i d)" ]
	[ d/f -ef e/l ]
	[ ! -L e/l ]
	ok -lrP d g
	[ "$(readlink g/l)" = f ]
	[ "$(stat -c %i g/l)" = "$(stat -c %i d/l)" ]
	echo 4 >x
	no "cp: cannot create hard link 'x' to 'a': File exists" -l a x
	ok -lf a x
	[ a -ef x ]
	echo 5 >y
	ok -lb a y
	[ "$(cat y~)" = 5 ]
	[ a -ef y ]
	no "cp: -r not specified; omitting directory 'd'" -l d z
	ok -l a d
	[ a -ef d/a ]
	no "cp: cannot create hard link 'nodir/x' to 'a': No such file or directory" -l a nodir/x
}

@test "cp -l and symlinks: the file behind it, the link itself with -P" {
	echo 1 >a
	ln -s a l
	ok -l l b
	[ ! -L b ]
	[ b -ef a ]
	ok -lP l c
	[ -L c ]
	[ "$(stat -c %h l)" = 2 ]
	ok -lL l d
	[ ! -L d ]
	ln -s nowhere n
	ok -lP n m
	[ "$(readlink m)" = nowhere ]
}

@test "cp -s makes symlinks, relative ones only here" {
	echo 1 >a
	mkdir d
	ok -s a b
	[ "$(readlink b)" = a ]
	tells "'a' -> 'c'" -sv a c
	no "cp: d/a: can make relative symbolic links only in current directory" -s a d
	no "cp: d/x: can make relative symbolic links only in current directory" -s a d/x
	ok -s "$PWD/a" d
	[ "$(readlink d/a)" = "$PWD/a" ]
	ok -s a ./e
	[ "$(readlink e)" = a ]
	echo 2 >x
	no "cp: cannot create symbolic link 'x' to 'a': File exists" -s a x
	ok -sf a x
	[ "$(readlink x)" = a ]
	echo 3 >y
	ok -sb a y
	[ "$(readlink y) $(cat y~)" = 'a 3' ]
	no "cp: -r not specified; omitting directory 'd'" -s d z
}

@test "cp -rs mirrors a tree of folders with symlinks to its files" {
	mkdir -p d/s
	echo 1 >d/f
	echo 2 >d/s/g
	ok -rs "$PWD/d" e
	[ "$(readlink e/f)" = "$PWD/d/f" ]
	[ "$(readlink e/s/g)" = "$PWD/d/s/g" ]
	[ ! -L e/s ]
	try 1 -rs d g
	said_somehow err "cp: g/f: can make relative symbolic links only in current directory
cp: g/s/g: can make relative symbolic links only in current directory"
	sees 's/' g
}

# --- --parents ----------------------------------------------------------------------------------------------------

@test "cp --parents makes the folders on the way, with their modes" {
	mkdir -p a/b/c x
	chmod 700 a
	chmod 751 a/b
	echo 1 >a/b/c/f
	ok --parents a/b/c/f x
	sees 'a/ a/b/ a/b/c/ a/b/c/f=1' x
	[ "$(mode x/a) $(mode x/a/b) $(mode x/a/b/c)" = '700 751 755' ]
	ok --parents a/b/c/f x
	mkdir y
	umask 077
	ok --parents a/b/c/f y
	[ "$(mode y/a) $(mode y/a/b) $(mode y/a/b/c)" = '700 700 700' ]
	mkdir z
	ok --no-preserve=mode --parents a/b/c/f z
	[ "$(mode z/a/b)" = 700 ]
}

@test "cp --parents -p keeps modes, times and owners of the folders it makes" {
	mkdir -p a/b x y
	echo 1 >a/b/f
	chmod 711 a
	[ "$(id -u)" != 0 ] || chown 12:34 a/b
	touch -d '2001-01-01 00:00:00.123456789' a/b/f
	touch -d '2002-01-01 00:00:00.123456789' a/b
	touch -d '2003-01-01 00:00:00.123456789' a
	ok -p --parents a/b/f x
	for f in a a/b a/b/f; do [ "$(stat -c '%u:%g %a %y' $f)" = "$(stat -c '%u:%g %a %y' x/$f)" ]; done
	ok -a --parents a/b y
	for f in a a/b a/b/f; do [ "$(stat -c '%u:%g %a %y' $f)" = "$(stat -c '%u:%g %a %y' y/$f)" ]; done
}

@test "cp --parents -v tells of the folders it makes, without quotes" {
	mkdir -p 'a b/c' x y
	echo 1 >'a b/c/f'
	tells "a b -> x/a b
a b/c -> x/a b/c
'a b/c/f' -> 'x/a b/c/f'" --parents -v 'a b/c/f' x
	tells "'a b/c/f' -> 'x/a b/c/f'" --parents -v 'a b/c/f' x
	tells "a b -> y/a b
'a b/c/' -> 'y/a b/c'
'a b/c/f' -> 'y/a b/c/f'" -r --parents -v 'a b/c/' y
	tells "'a b//c/./f' -> 'y/a b//c/./f'" --parents -v 'a b//c/./f' y
	tells "'a b/../a b/c/f' -> 'y/a b/../a b/c/f'" --parents -v 'a b/../a b/c/f' y
	tells "'a b/c/f' -> 'y/a b/c/f'" --parents -vt y 'a b/c/f'
}

@test "cp --parents takes absolute names, and symlinks on the way become folders" {
	mkdir -p a/b x y
	echo 1 >a/b/f
	ln -s a l
	ok --parents "$PWD/a/b/f" x
	[ "$(cat "x/$PWD/a/b/f")" = 1 ]
	ok --parents l/b/f y
	[ ! -L y/l ]
	[ "$(cat y/l/b/f)" = 1 ]
	ok -r --parents l/b y
	mkdir z
	ok -r --parents l z
	[ "$(readlink z/l)" = a ]
}

@test "cp --parents says what is missing or in the way" {
	mkdir -p a/b x y
	echo 1 >a/b/f
	echo 2 >y/a
	no "cp: failed to get attributes of 'nosuch': No such file or directory" --parents nosuch/f x
	no "cp: cannot stat 'a/b/nosuch': No such file or directory" --parents a/b/nosuch x
	no "cp: 'y/a' exists but is not a directory" --parents a/b/f y
	no "cp: -r not specified; omitting directory 'a/b'" --parents a/b x
	no "cp: cannot overwrite non-directory 'y/a' with directory 'a'" -r --parents a y
	usage "cp: with --parents, the destination must be a directory" --parents a/b/f nodir
	usage "cp: with --parents, the destination must be a directory" --parents a/b/f y/a
	usage "cp: with --parents, the destination must be a directory" --parents -T a/b/f x
	no "cp: target 'nodir': No such file or directory" --parents a/b/f a/b/f nodir
	warns "cp: warning: source file 'a/b/f' specified more than once" --parents a/b/f a/b/f x
}

@test "cp --parents makes its way through folders that may not be written" {
	as_user
	mine sh -c 'mkdir -p a/b x y; echo 1 >a/b/f; chmod 555 a a/b'
	ok --parents a/b/f x
	[ "$(mode x/a) $(mode x/a/b)" = '555 555' ]
	ok -p --parents a/b/f y
	[ "$(mode y/a) $(mode y/a/b)" = '555 555' ]
	[ "$(cat y/a/b/f)" = 1 ]
}

@test "cp --parents takes several slashes for one" {
	mkdir -p a/b d
	echo 1 >a/b/f
	ok --parents "/$PWD//a//b/f" d
	[ "$(cat "d/$PWD/a/b/f")" = 1 ]
	tells "a -> d/a
a//b -> d/a//b
'a//b//f' -> 'd/a//b//f'" -v --parents a//b//f d
	sees 'a/ a/b/ a/b/f=1' d/"$PWD"
}

@test "cp -D is --parents under toybox's name" {
	ours
	mkdir -p a/b x
	echo 1 >a/b/f
	ok -D a/b/f x
	sees 'a/ a/b/ a/b/f=1' x
	ok -rD a/b x
	ok -Dt x a/b/f
}

# --- -x -----------------------------------------------------------------------------------------------------------

@test "cp -x stays on the file system it began on" {
	mkdir -p d/m d/s
	echo 1 >d/f
	behind 'mount -t tmpfs none d/m && echo 2 >d/m/g && mkdir d/m/h'
	ok -rx d e
	sees 'f=1 m/ s/' e
	ok -r d g
	sees 'f=1 m/ m/g=2 m/h/ s/' g
	ok -a --one-file-system d h
	sees 'f=1 m/ s/' h
	ok -rx d/m i
	sees 'g=2 h/' i
}

# --- clones, holes ------------------------------------------------------------------------------------------------

@test "cp --reflink=auto and never copy anywhere" {
	pattern 100000 >a
	ok --reflink=auto a b
	ok --reflink=never a c
	same a b
	same a c
	ok --reflink=auto --sparse=always a d
	ok --reflink=never --sparse=never a e
	same a d
	same a e
}

@test "cp --reflink clones or says that it cannot" {
	pattern 100000 >a
	got=0
	run_cp --reflink a b >"$say/out" 2>"$say/err" || got=$?
	if [ $got = 0 ]; then
		same a b
		ok --reflink=always a c
		same a c
	else
		grep -q "^cp: failed to clone 'b' from 'a': " "$say/err"
	fi
}

# blocks FILE: how many KiB it takes up
taken() {
	echo $(($(stat -c %b "$1") / 2))
}

@test "cp leaves the holes of a file holes" {
	need_holes
	truncate -s 8M a
	printf start | dd of=a conv=notrunc status=none
	pattern 5000 | dd of=a bs=4096 seek=1024 conv=notrunc status=none
	for sparse in '' --sparse=auto --sparse=always; do
		rm -f b
		# shellcheck disable=SC2086 # an empty word is no operand
		ok $sparse a b
		same a b
		[ "$(taken b)" -lt 200 ]
	done
	ok -a a c
	same a c
	[ "$(taken c)" -lt 200 ]
	mkdir d
	cp --sparse=always a d/a
	ok -r d e
	[ "$(taken e/a)" -lt 200 ]
}

@test "cp copies a file that is one hole, and one that ends in a hole" {
	need_holes
	truncate -s 8M a
	ok a b
	[ "$(stat -c %s b)" = 8388608 ]
	[ "$(taken b)" -lt 64 ]
	same a b
	echo data >a
	truncate -s 5000001 a
	pattern 6000000 >b
	ok a b
	same a b
	[ "$(taken b)" -lt 64 ]
}

@test "cp copies a sparse file of 5 GiB without filling it" {
	need_holes
	truncate -s 5G a 2>"$say/err" || skip "no file of 5 GiB here"
	printf end | dd of=a bs=1M seek=5119 conv=notrunc status=none
	ok a b
	[ "$(stat -c %s b)" = 5368709120 ]
	[ "$(taken b)" -lt 200 ]
	[ "$(dd if=b bs=1M skip=5119 status=none | head -c 3)" = end ]
}

@test "cp --sparse=always makes holes of zeros, --sparse=never fills them" {
	need_holes
	head -c 4194304 /dev/zero >a
	pattern 5000 >>a
	head -c 4194304 /dev/zero >>a
	ok --sparse=always a b
	same a b
	[ "$(taken b)" -lt 200 ]
	ok --sparse=never b c
	same a c
	[ "$(taken c)" -ge 8192 ]
	head -c 100 /dev/zero >d
	ok --sparse=always d e
	same d e
	head -c 4194304 /dev/zero | ok --sparse=always /dev/stdin f
	[ "$(stat -c %s f)" = 4194304 ]
	[ "$(taken f)" -lt 200 ]
}

# --- the rest -----------------------------------------------------------------------------------------------------

@test "cp -v tells of every file and folder" {
	mkdir -p d/s
	echo 1 >d/s/f
	tells "'d' -> 'e'
'd/s' -> 'e/s'
'd/s/f' -> 'e/s/f'" -rv d e
	tells "'d' -> 'e/d'
'd/s' -> 'e/d/s'
'd/s/f' -> 'e/d/s/f'" --verbose -a d e
	tells "'d/s/f' -> 'e/d/s/f'" -rv d e
	tells "'d/s/f' -> 'e/s/f'" -rvT d e
	ln -s x l
	tells "'l' -> 'm'" -Pv l m
	tells "removed 'm'
'l' -> 'm'" -Pv l m
}

@test "cp -v says a line and then cannot write it: the copy is made and the status tells" {
	[ -e /dev/full ] || skip "no /dev/full here"
	echo 1 >a
	got=0
	run_cp -v a b >/dev/full 2>"$say/err" || got=$?
	[ $got = 1 ]
	[ "$(cat "$say/err")" = 'cp: write error: No space left on device' ]
	[ "$(cat b)" = 1 ]
}

@test "cp -P replaces what is there by a symlink, folders excepted" {
	echo 1 >a
	ln -s a l
	echo 2 >b
	mkdir d
	ok -P l b
	[ "$(readlink b)" = a ]
	no "cp: cannot overwrite directory 'd' with non-directory" -PT l d
	ok -P l d
	[ "$(readlink d/l)" = a ]
	ok a d/l2
	ok -P d/l d/l2
	[ "$(readlink d/l2)" = a ]
}

@test "cp -r over a symlink in the target tree writes through it; -d replaces it by a symlink" {
	mkdir d e
	echo 1 >d/f
	ln -s x d/g
	echo old >e/prey
	ln -s prey e/f
	ln -s prey e/g
	ok -r d/. e
	sees 'f->prey g->x prey=1' e
}

@test "cp and its help go to stdout with status 0" {
	try 0 --help
	[[ "$(head -n 1 "$say/out")" = 'Usage: '* ]]
	said err
	try 0 --version
	[ -s "$say/out" ]
	said err
}

@test "cp says which file it cannot write and ends with status 1 when the disk is full" {
	behind 'mount -t tmpfs -o size=64k none small'
	mkdir small
	pattern 200000 >a
	try 1 a small/b
	grep -q "^cp: error writing 'small/b': No space left on device" "$say/err"
}

@test "cp reports a file size limit as an error" {
	pattern 200000 >a
	got=0
	(
		ulimit -f 16
		trap '' XFSZ
		run_cp a b 2>"$say/err"
	) || got=$?
	[ $got = 1 ]
	grep -Eq "^cp: error (writing 'b'|copying 'a' to 'b'): File too large" "$say/err"
}
