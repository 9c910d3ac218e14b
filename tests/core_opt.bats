# One table per applet drives parsing, --help, the manual page and completion: what one of them knows, all know.
bats_require_minimum_version 1.5.0
load helper

setup() {
	ours
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
}

nl='
'

# everything: a line for each command line that has options of its own: mmtools, "APPLET" and "APPLET VERB"
everything() {
	echo mmtools
	applets_and_verbs
}

applets_and_verbs() {
	local name verb
	for name in $("$MMTOOLS" --list); do
		echo "$name"
		for verb in $(verbs_of "$name"); do echo "$name $verb"; done
	done
}

# kept WORD NAME COMMAND...: what it prints, which is the same whenever it is asked: run once for all tests
kept() {
	local file="$BATS_FILE_TMPDIR/$2.$1"
	if [ ! -e "$file" ]; then "${@:3}" >"$file"; fi
	cat "$file"
}

# verbs_of APPLET: the commands that its help lists between the usage and the options
verbs_of() {
	case $1 in mmtools | *' '*) return ;; esac
	kept verbs "$1" find_verbs "$1"
}

find_verbs() {
	help_of "$1" | awk '/^$/ { part++ } part == 1 && /^  [a-z]/ { print $1 }'
}

# call NAME ARG...: runs it by its own name, where NAME may be "APPLET VERB"
call() {
	# shellcheck disable=SC2154 # set by the helper
	case $1 in
	*' '*) "$bin/${1%% *}" "${1#* }" "${@:2}" ;;
	*) "$bin/$1" "${@:2}" ;;
	esac
}

# help_of NAME: its --help
help_of() {
	case $1 in
	mmtools) kept help "$1" "$MMTOOLS" --help ;;
	*) kept help "$1" call "$1" --help ;;
	esac
}

# options_of NAME: of each option in its help a line "-x", "-x ARG", "-x[ARG]", "--name", "--name=ARG" or "--name[=ARG]"
options_of() {
	help_of "$1" | sed -nE '
		s/^  (-[^ ,-])  ?$/\1/p
		s/^  (-[^ ,-])   .*/\1/p
		s/^  (-[^ ,-]) ([^ ,]+).*/\1 \2/p
		s/^  (-[^ ,-]\[[^ ]+).*/\1/p
		/^  (-[^ ,-]), (--[^ ]+).*/ {
			s//\1\n\2/
			p
		}
		s/^      (--[^ ]+).*/\1/p'
}

# The same as bare words.
words_of() {
	kept words "$1" find_words "$1"
}

find_words() {
	options_of "$1" | sed 's/[ =[].*//' | LC_ALL=C sort
}

# offers NAME WORD...: its help shows all these options
offers() {
	local words
	words=" $(words_of "$1" | tr '\n' ' ')"
	for word in "${@:2}"; do
		[[ $words == *" $word "* ]] || { echo "$1 has no $word" && return 1; }
	done
}

# usable_of NAME: the bare options that may follow right behind NAME. Where there are verbs, the help shows what these
# take, but it goes behind them.
usable_of() {
	if [ -n "$(verbs_of "$1")" ]; then
		printf '%s\n' --help --version
	else
		words_of "$1"
	fi
}

# takes NAME WORD...: runs it and succeeds unless it calls an option wrong
takes() {
	call "$@" >out 2>err </dev/null || true
	wrong='(invalid|unrecognized) option|option .* (requires an argument|doesn.t allow an argument|is ambiguous)'
	[[ $(<err) =~ $wrong ]] || return 0
	cat err
	return 1
}

# blames TEXT NAME WORD...: it fails, and that is in its message
blames() {
	if call "${@:2}" >out 2>err </dev/null; then return 1; fi
	[[ $(<err) == *"$1"* ]] || { cat err && return 1; }
}

# --- help

@test "every applet's and verb's help begins with its usage, goes to standard output and is a success" {
	while IFS= read -r name <&4; do
		run -0 --separate-stderr call "$name" --help
		[ -z "$stderr" ]
		[[ ${lines[0]} == "Usage: $name "* ]]
		[[ ${lines[1]} == "  or:  $name "* || ${lines[1]} =~ ^[A-Z].*\.$ ]]
	done 4< <(applets_and_verbs)
}

@test "no line of help is wider than 80 columns or ends in blanks or a full stop in the table" {
	while IFS= read -r name <&4; do
		help_of "$name" >out
		run ! grep -E '.{81}' out
		run ! grep -E '[[:blank:]]$' out
		grep -v '^  or:' out >table
		run ! grep -E '^ .*[^.]\.$' table
	done 4< <(everything)
}

@test "every option in the help has a text that says what it does" {
	while IFS= read -r name <&4; do
		# an option that fills its column has its text on the next line
		help_of "$name" | awk '
			need { if ($0 !~ /^                    +[^ ]/) { print "no help: " need; bad = 1 } need = "" }
			/^  (-|    --)/ && !/[^ ]  +[^ ]/ { need = $0 }
			/^  -., --[^ ]+$/ { need = $0 }
			END { exit bad || need != "" }'
	done 4< <(everything)
}

@test "every verb has a line in its applet's help: its operands, and what its own help says that it does" {
	for name in $("$MMTOOLS" --list); do
		# without regard to where the lines are broken
		help_of "$name" | awk '/^$/ { part++ } part == 1' | tr -s ' \n' ' ' >commands
		for verb in $(verbs_of "$name"); do
			usage=$(help_of "$name $verb" | sed -n "1s/^Usage: $name $verb \[OPTION\]\.\.\. *//p")
			summary=$(help_of "$name $verb" | sed -n 2p)
			[ -n "$summary" ]
			summary=${summary,}
			grep -qF " $verb $usage${usage:+ }${summary%.} " commands
		done
	done
}

@test "an applet's help shows the options of all its verbs, and behind each the verbs that take it" {
	for name in $("$MMTOOLS" --list); do
		[ -n "$(verbs_of "$name")" ] || continue
		for verb in $(verbs_of "$name"); do words_of "$name $verb"; done | LC_ALL=C sort -u >want
		words_of "$name" | diff want -
		# "NAME VERB" a line for each long option, from the applet's help and from the verbs'
		help_of "$name" | awk '/^[^ ].*:$/ { next } /^  (-|    --)/ { print "" } { printf "%s ", $0 }' | tr -s ' ' |
			sed -nE 's/^ (-., )?(--[a-z-]+).*\(([a-z ]+)\) ?$/\2 \3/p' |
			awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort >shown
		[ -s shown ]
		for verb in $(verbs_of "$name"); do
			words_of "$name $verb" | grep '^--' | grep -vxE -- '--(help|version)' | sed "s/\$/ $verb/"
		done | LC_ALL=C sort | diff - shown
	done
}

@test "every applet has --help and --version in its help, and those with mapped input --io and --explain" {
	while IFS= read -r name <&4; do
		offers "$name" --help --version
	done 4< <(everything)
	for name in mmcat mmcp mmstrings; do offers $name --io --explain --range; done
}

@test "no applet has the same option twice" {
	while IFS= read -r name <&4; do
		words_of "$name" | uniq -d >out
		same out /dev/null
	done 4< <(everything)
}

@test "every applet and verb takes each option of its help, with an argument exactly where the help shows one" {
	while IFS= read -r name <&4; do
		# the help of an applet with verbs shows what they take
		[ -z "$(verbs_of "$name")" ] || continue
		options_of "$name" >options
		[ -s options ]
		while IFS= read -r option; do
			case $option in
			--*'[='*)
				takes "$name" "${option%%\[*}" --help
				;;
			--*=*)
				blames "option '${option%%=*}' requires an argument" "$name" "${option%%=*}"
				;;
			--*)
				takes "$name" "$option" --help
				blames "option '$option' doesn't allow an argument" "$name" "$option=x"
				;;
			-?' '*)
				blames "option requires an argument -- '${option:1:1}'" "$name" "${option%% *}"
				;;
			*)
				takes "$name" "$option" --help
				;;
			esac
		done <options
	done 4< <(everything)
}

@test "no applet and no verb takes a letter that its help does not show" {
	while IFS= read -r name <&4; do
		mapfile -t words < <(usable_of "$name")
		letters=({a..z} {A..Z} {0..9})
		# where the help shows -NUM, any number is an option
		if help_of "$name" | grep -q '^  -NUM  '; then letters=({a..z} {A..Z}); fi
		# of a verb those that another verb takes, and some that none does
		[[ $name != *' '* ]] || letters=(f i n s t Z 7)
		for letter in "${letters[@]}"; do
			[[ " ${words[*]} " != *" -$letter "* ]] || continue
			status=0
			call "$name" "-$letter" --help >out 2>err </dev/null || status=$?
			# a verb may take a negative number for an operand, and then show its help
			[ "$status" = 0 ] && [[ $name == *' '* && $letter == [0-9] ]] && continue
			[ "$status" != 0 ]
			IFS= read -r said <err
			[ "$said" = "${name%% *}: invalid option -- '$letter'" ]
			[ ! -s out ]
		done
	done 4< <(everything)
}

@test "no verb takes a long option that its help does not show, nor does its applet without a verb" {
	for name in $("$MMTOOLS" --list); do
		[ -n "$(verbs_of "$name")" ] || continue
		words_of "$name" | grep '^--' >all
		while IFS= read -r verb <&4; do
			mapfile -t words < <(usable_of "$name${verb:+ $verb}")
			printf -v hint "Try '%s --help' for more information.\n" "$name${verb:+ $verb}"
			while IFS= read -r option; do
				[[ " ${words[*]} " != *" $option "* ]] || continue
				status=0
				call "$name${verb:+ $verb}" "$option" --help >out 2>err </dev/null || status=$?
				[ "$status" != 0 ]
				[ ! -s out ]
				IFS= read -rd '' said <err || :
				[ "$said" = "$name: unrecognized option '$option'"$'\n'"$hint" ]
			done <all
		done 4< <(echo && verbs_of "$name")
	done
}

@test "the classic options are all there" {
	offers mmcat -A -b -e -E -n -s -t -T -u -v
	offers mmcat --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting
	offers mmcp -a -b -d -f -i -l -n -p -r -s -t -u -v -x -H -L -P -R -S -T
	offers mmcp --archive --attributes-only --backup --copy-contents --force --interactive --link --dereference --no-clobber \
		--no-dereference --preserve --no-preserve --parents --recursive --reflink --remove-destination --sparse \
		--strip-trailing-slashes --symbolic-link --suffix --target-directory --no-target-directory --update --verbose \
		--one-file-system --atomic --sync --verify --progress --range --jobs --no-cache --changed --block --retry --json
	offers hexdump -b -c -C -d -e -f -L -n -o -s -v -x
	offers hexdump --one-byte-octal --one-byte-char --canonical --two-bytes-decimal --format --format-file --color --length \
		--two-bytes-octal --skip --no-squeezing --two-bytes-hex
	offers od -A -j -N -t -v -w -a -b -c -d -i -l -o -s -x -D -O -X
	offers od --address-radix --skip-bytes --read-bytes --format --output-duplicates --width --endian
	offers mmstrings -a -d -e -f -n -o -s -t -T -U -w
	offers mmstrings --all --data --print-file-name --bytes --radix --include-all-whitespace --encoding --target \
		--output-separator --unicode
	help_of mmstrings | grep -q '^  -NUM  '
	offers xxd -a -b -c -C -d -e -E -g -i -l -n -o -p -r -R -s -t -u -v
	offers vmtouch -t -e -l -L -d -m -p -f -F -h -i -I -b -0 -v -q -w -P -o
	offers fincore -b -c -C -J -n -o -r -R
	offers fincore --bytes --total --cachestat --json --noheadings --output --output-all --raw --recursive
	offers mmcmp -b -i -l -n -s -C
	offers mmcmp --print-bytes --ignore-initial --verbose --bytes --silent --quiet
}

# --- parsing

@test "letters cluster, and options and operands mix" {
	printf 'a\tb\n\n' >f
	mm mmcat -vET f >want
	mm mmcat -A f | same want -
	mm mmcat f -v -E --show-tabs | same want -
	printf '     1\ta^Ib$\n     2\t$\n' >want
	mm mmcat -nA f | same want -
}

@test "an argument that a letter may go without stands in the same word, and options keep their order where it counts" {
	printf abcdef >f
	[ "$(mm od -An -w2 -c f | wc -l)" = 3 ]
	[ "$(mm od -An -vcw2 f | wc -l)" = 3 ]
	[ "$(mm od -An -w -c f | wc -l)" = 1 ]
	mm od -An -w -c f 2 2>&1 | grep -qx 'od: 2: No such file or directory'
	mm hexdump -e '1/1 "%d "' -C -e '"x\n"' -n1 f >out
	is '97 00000000  61                                                |a|\nx\n00000001\n' out
	mm od --help | grep -q -- '-w\[BYTES\]'
}

@test "everything after -- is an operand" {
	echo text >-n
	mm mmcat -- -n >out
	same -n out
	mm mmcat ./-n -- -n >out
	cat ./-n ./-n | same - out
}

@test "POSIXLY_CORRECT makes the first operand end the options" {
	echo text >f
	echo more >-n
	POSIXLY_CORRECT=1 mm mmcat f -n >out
	cat f ./-n | same - out
}

@test "a long name may be shortened as long as it is one name's beginning" {
	printf 'a\n' >f
	printf 'a$\n' >want
	mm mmcat --show-e f | same want -
	status=0
	mm mmcat --show f >out 2>err || status=$?
	[ "$status" = 1 ]
	[[ $(head -n 1 err) == "mmcat: option '--show' is ambiguous; possibilities: "*"'--show-ends'"*"'--show-tabs'"* ]]
	# the whole name of one option is it, though it begins another's
	printf '     1\ta\n' >want
	mm mmcat --number f | same want -
	mm mmcat --numb f >out 2>err && false
	head -n 1 err | grep -q "ambiguous"
}

@test "an argument of a long option may follow it or an equals sign, of a letter it may be joined" {
	echo text >f
	mkdir d
	for words in '-t d' -td '--target-directory d' --target-directory=d '--target d'; do
		# shellcheck disable=SC2086 # words
		mm mmcp $words f
		same f d/f
		rm d/f
	done
}

@test "a usage error is two lines, the bad word and where to find help, and nothing on standard output" {
	while IFS='|' read -r name words message; do
		status=0
		# shellcheck disable=SC2086 # words
		"$bin/$name" $words >out 2>err || status=$?
		[ "$status" = 1 ]
		[ ! -s out ]
		printf '%s: %s\nTry '\''%s --help'\'' for more information.\n' "$name" "$message" "$name" | diff - err
	done <<-'END'
		mmcat|-Q|invalid option -- 'Q'
		cat|-vQ|invalid option -- 'Q'
		mmcat|--frob|unrecognized option '--frob'
		mmcat|--frob=x|unrecognized option '--frob=x'
		cat|--number=3|option '--number' doesn't allow an argument
		mmcat|--range|option '--range' requires an argument
		mmcp|-t|option requires an argument -- 't'
		cp|-S|option requires an argument -- 'S'
		mmcp||missing file operand
		cp|x|missing destination file operand after 'x'
		cp|-T x y z|extra operand 'z'
	END
}

@test "a usage error behind a verb points to that verb's help" {
	while IFS='|' read -r words where message; do
		status=0
		# shellcheck disable=SC2086 # words
		mm mmshm $words >out 2>err </dev/null || status=$?
		[ "$status" = 2 ]
		[ ! -s out ]
		printf '%s: %s\nTry '\''%s --help'\'' for more information.\n' mmshm "$message" "$where" | diff - err
	done <<-'END'
		|mmshm|missing command, as in 'mmshm create'
		--|mmshm|missing command, as in 'mmshm create'
		frob|mmshm|unknown command 'frob'
		ge|mmshm|unknown command 'ge'; did you mean 'get'?
		craete|mmshm|unknown command 'craete'; did you mean 'create'?
		ls|mmshm|unknown command 'ls'; did you mean 'list'?
		rm|mmshm|unknown command 'rm'; did you mean 'remove'?
		-Q|mmshm|invalid option -- 'Q'
		--frob get|mmshm|unrecognized option '--frob'
		get|mmshm get|get: missing operand NAME, as in 'mmshm get NAME OFF[:32|64]'
		get x|mmshm get|get: missing operand OFF, as in 'mmshm get NAME OFF[:32|64]'
		get x 0 0|mmshm get|get: extra operand '0'
		get -Q x 0|mmshm get|invalid option -- 'Q'
		get x 0 --frob|mmshm get|unrecognized option '--frob'
		get --hex=3 x 0|mmshm get|option '--hex' doesn't allow an argument
		create x 1 --mode|mmshm create|option '--mode' requires an argument
		run -s|mmshm run|option requires an argument -- 's'
		list x|mmshm list|list: extra operand 'x'
	END
}

@test "a verb's long options may be shortened as long as it is one of that verb's" {
	# shellcheck disable=SC2016 # for that shell
	mm mmshm run --si=8 -- sh -c 'wc -c <"$MMSHM"' | grep -qx ' *8'
	run -2 --separate-stderr mm mmshm run --s=8 true
	[ "${stderr%%"$nl"*}" = "mmshm: option '--s=8' is ambiguous; possibilities: '--size' '--seal'" ]
	# a word may be short where it is not with another verb
	run -0 mm mmshm lock ./f --sh true
}

@test "a usage error quotes a bad value so that it cannot be taken for another message" {
	for word in $'--range=1\nb' $'--io=a\nb' $'--range=\033[1m'; do
		status=0
		mm mmcat "$word" >out 2>err || status=$?
		[ "$status" = 1 ]
		run ! grep -E "^b|$(printf '\033')" err
	done
}

@test "a wrong word for an option names the option and lists the right ones" {
	status=0
	mm mmcat --io=fast >out 2>err || status=$?
	[ "$status" = 1 ]
	diff - err <<-'END'
		mmcat: invalid argument 'fast' for '--io'
		Valid arguments are:
		  - 'auto'
		  - 'map'
		  - 'read'
		Try 'mmcat --help' for more information.
	END
	status=0
	mm mmcp --reflink=a x y >out 2>err || status=$?
	[ "$status" = 1 ]
	head -n 1 err | grep -qxF "mmcp: ambiguous argument 'a' for '--reflink'"
}

@test "the last of several settings counts" {
	echo text >f
	run -0 mm mmcat --io=read --io=map --explain f
	[[ $output == *mapped* ]]
	run -0 mm mmcat --io=map --io=read --explain f
	[[ $output == *"read (asked for)"* ]]
}

@test "a size, an offset or a range is what it says, or is refused by name" {
	pattern 5000 >f
	while IFS='|' read -r range skip count; do
		mm mmcat --range="$range" f >out
		dd if=f of=want bs=1 skip="$skip" count="$count" 2>/dev/null
		same want out
	done <<-'END'
		0|0|5000
		4990|4990|10
		0x10+0x20|16|32
		1K+1k|1024|1024
		1KiB+1kB|1024|1000
		-10|4990|10
		4999+1|4999|1
		5000|5000|0
	END
	for range in '' x 1x +5 5+ -- -x 1+-1 1.5 ' 1' '1 ' 1KX 0x 99999999999999999999 20000000T 1++2 1+2+3 1,2; do
		status=0
		mm mmcat --range="$range" f >out 2>err || status=$?
		[ "$status" = 1 ] || { echo "range '$range': status $status" && false; }
		[ ! -s out ]
		head -n 1 err | grep -qF "'$range'"
		sed -n 2p err | grep -qxF "Try 'mmcat --help' for more information."
	done
}

# --- completion

# script SHELL: the completion as make install puts it together
script() {
	[ "$1" = bash ] || echo "#compdef mmtools $("$MMTOOLS" --list | tr '\n' ' ')"
	# shellcheck disable=SC2154 # set by the helper
	cat "$top/core/completion.sh" "$top/core/completion.$1"
}

# complete_bash: the matches that an interactive bash finds for each line of standard input, as "LINE|MATCH"
complete_bash() {
	cat >"$BATS_TEST_TMPDIR/lines"
	script bash >"$BATS_TEST_TMPDIR/script"
	# Alt-* puts all matches on the line, and the command, here a function, prints what it was given.
	cat >"$BATS_TEST_TMPDIR/rc" <<-'END'
		PATH=$bin:$PATH
		source "$BATS_TEST_TMPDIR/script"
		for name in mmtools $(mmtools --list --classic); do eval "$name() { printf '%s\n' '<line>' \"\$@\"; }"; done
	END
	{
		printf 'source "%s"\n' "$BATS_TEST_TMPDIR/rc"
		sed 's/$/\x1b*/' "$BATS_TEST_TMPDIR/lines"
	} | INPUTRC=/dev/null HISTFILE='' PS1='' bash --norc -i 2>/dev/null >"$BATS_TEST_TMPDIR/words"
	awk -v lines="$BATS_TEST_TMPDIR/lines" '
		$0 == "<line>" {
			getline line <lines
			n = split(line, words, " ")
			last = line ~ / $/ ? "" : words[n]
			skip = n - (last == "" ? 1 : 2)
			next
		}
		skip-- <= 0 && $0 != last { if (/^--[a-z-]+=./) sub(/^[^=]*=/, ""); print line "|" $0 }' \
		"$BATS_TEST_TMPDIR/words" | LC_ALL=C sort -u
}

# What either shell is asked and has to answer, in a folder with "a file", "other" and "folder/", with an object mmt.PID.words.
wanted() {
	sed "s/mmt\./mmt.$$./g" <<-'END'
		mmtools mmc|mmcat
		mmtools mmc|mmcmp
		mmtools mmc|mmcp
		mmtools --help mmc|mmcat
		mmtools --help mmc|mmcmp
		mmtools --help mmc|mmcp
		mmtools --install |folder
		mmcat --ex|--explain
		mmtools mmcat --ex|--explain
		mmcat a|a file
		mmcat -n --show-ends o|other
		mmcat -- o|other
		mmcp --sparse=a|always
		mmcp --sparse=a|auto
		mmcp --sparse a|always
		mmcp --sparse a|auto
		mmtools mmcp --sparse=al|always
		mmcp --preserve=ti|timestamps
		mmcp --preserve=mode,t|mode,timestamps
		mmcp --no-preserve=timestamps,own|timestamps,ownership
		mmcp -t |folder
		mmcp -vt |folder
		mmcp --target-directory=fo|folder
		mmcp --preserve f|folder
		mmshm sw|swap
		mmtools mmshm re|read
		mmtools mmshm re|remove
		mmtools mmshm re|resize
		mmshm read --io=m|map
		mmshm create --from=ot|other
		mmshm create --from ot|other
		mmshm get mmt.w|mmt.words
		mmshm copy mmt.words mmt.w|mmt.words
		mmshm get fol|folder
		mmshm get ./ot|other
		mmshm wait mmt.words 0 g|ge
		mmshm wait mmt.words 0 g|gt
		mmshm lock mmt.words mmtool|mmtools
		mmshm run -s 1M -- mmtool|mmtools
		mmring read ot|other
	END
}

# What has no answer, and must not have a file's name for one.
unwanted() {
	sed "s/mmt\./mmt.$$./g" <<-'END'
		mmdev --pci=
		mmdev --pci=0
		mmdev --frob
		mmshm get mmt.words o
		mmshm frob o
		mmshm get mmt.words 0 o
		mmring create r o
		mmring read --lines o
		mmcat --explain=o
		mmcat --frob=o
	END
}

completion_place() {
	[ -w /dev/shm ] || skip "no /dev/shm to write to"
	mkdir here
	cd here || return
	touch 'a file' other
	mkdir folder
	: >/dev/shm/mmt.$$.words
}

teardown() {
	rm -f /dev/shm/mmt.$$.words
}

@test "the completion for bash is good shell" {
	script bash >good
	bash -n good
	bash -u -e -c '. ./good'
	if command -v shellcheck >/dev/null; then
		shellcheck -s bash -S error good
	fi
}

@test "bash completes applets, options, their words, files, folders, objects and commands" {
	completion_place
	wanted | cut -d '|' -f 1 | uniq | complete_bash | sed 's,/$,,; s,|./,|,' | diff <(wanted | LC_ALL=C sort) -
	unwanted | complete_bash | diff /dev/null -
}

@test "bash offers every option of every applet and verb" {
	while IFS= read -r name <&4; do
		echo "$name -"
		usable_of "$name" | sed "s/^/$name -|/" >>want
	done 4< <(applets_and_verbs; echo mmtools) >typed
	complete_bash <typed | sed 's/=$//' | diff <(LC_ALL=C sort want) -
}

@test "bash completes each name from a file of its own, as it loads them" {
	[ -r /usr/share/bash-completion/bash_completion ] || skip "no bash-completion here"
	# shellcheck disable=SC2154 # set by the helper
	mkdir -p prefix/share/bash-completion/completions
	script bash >prefix/share/bash-completion/completions/mmtools
	ln -s mmtools prefix/share/bash-completion/completions/mmshm
	printf '%s\n' 'source /usr/share/bash-completion/bash_completion' "PATH=\$bin:\$PATH" \
		"mmshm() { printf '%s\\n' \"\$@\"; }" $'mmshm crea\t' |
		XDG_DATA_DIRS=$PWD/prefix/share INPUTRC=/dev/null HISTFILE='' PS1='' bash --norc -i >out 2>err
	[ "$(cat out)" = create ]
}

@test "bash completes a classic name only where that leads to mmtools" {
	mkdir links
	ln -s "$MMTOOLS" links/mmtools
	ln -s mmtools links/cp
	script bash >found
	PATH=$PWD/links:$PATH bash -c 'source ./found; complete -p' >out
	grep -q ' _mmtools cp$' out
	run ! grep -q ' _mmtools cat$' out
}

# complete_zsh: the matches that a zsh at a terminal finds for each line of standard input, as "LINE|MATCH"
complete_zsh() {
	mkdir -p "$BATS_TEST_TMPDIR/functions"
	script zsh >"$BATS_TEST_TMPDIR/functions/_mmtools"
	# shellcheck disable=SC2154 # set by the helper
	local PATH=$bin:$PATH
	cat >"$BATS_TEST_TMPDIR/drive" <<-'END'
		zmodload zsh/zpty || exit 77
		zpty -b shell "zsh -f -i"
		tell() { zpty -w shell "$1" }
		tell "PS1= PS2= fpath=(\$BATS_TEST_TMPDIR/functions \$fpath); autoload -Uz compinit && compinit -u -D"
		# one line must leave nothing for the next: no list, no menu
		tell "unsetopt autolist automenu; setopt nobeep"
		# compadd is what every completion ends in; it tells its matches, and then does as always
		tell 'compadd() { local -a hits; builtin compadd -O hits "$@"; print -rl -- "<match>"${^hits}; builtin compadd "$@" }'
		# the markers are split, so that the terminal's echo of these lines is not taken for them
		tell 'finish() { zle complete-word; print -r -- "<do""ne>"; BUFFER= }; zle -N finish; bindkey "^I" finish; print "<re""ady>"'
		zpty -r -m shell text '*<ready>*' || exit 1
		while IFS= read -r line; do
			zpty -n -w shell "$line"$'\t'
			zpty -r -m shell text '*<done>*' || exit 1
			print -r -- "$text" | tr -d '\r' | sed -n 's/.*<match>//p' | while IFS= read -r match; do
				print -r -- "$line|$match"
			done
		done
	END
	local status=0
	zsh -f "$BATS_TEST_TMPDIR/drive" >"$BATS_TEST_TMPDIR/matches" || status=$?
	[ "$status" != 77 ] || skip "this zsh has no zpty"
	[ "$status" = 0 ]
	# zsh may tell a file name twice, as it is and as it would be typed
	sed 's/\\//g' "$BATS_TEST_TMPDIR/matches" | LC_ALL=C sort -u
}

@test "the completion for zsh is good shell" {
	need zsh
	script zsh >_mmtools
	zsh -n _mmtools
}

@test "zsh completes applets, options, their words, files, folders, objects and commands" {
	need zsh
	completion_place
	wanted | cut -d '|' -f 1 | uniq | complete_zsh | sed -E 's/\|--[a-z-]+=(.)/|\1/' >../out
	wanted | LC_ALL=C sort | diff - ../out
	unwanted | complete_zsh | diff /dev/null -
}

@test "zsh offers every option of every applet and verb" {
	need zsh
	while IFS= read -r name <&4; do
		printf '%s\n' "$name -" "$name --"
		usable_of "$name" | sed "s/^/$name|/" >>want
	done 4< <(applets_and_verbs) >typed
	complete_zsh <typed | sed 's/ --*|/|/; s/=$//' | LC_ALL=C sort -u >out
	LC_ALL=C sort want | diff - out
}

@test "zsh offers every verb of every applet" {
	need zsh
	for name in $("$MMTOOLS" --list); do
		[ -n "$(verbs_of "$name")" ] || continue
		echo "$name "
		verbs_of "$name" | sed "s/^/$name |/" >>want
	done >typed
	# options or not, as zsh's style says
	complete_zsh <typed | grep -v '|-' | diff <(LC_ALL=C sort want) -
}

# words_after LINE...: what the common part of both scripts says of a line, whose words these are
words_after() {
	PATH=$bin:$PATH sh -c '. "$0"; _mmtools_words "$@"' "$top/core/completion.sh" "$@"
}

@test "completion takes every awk" {
	words_after mmcp --preserve=mode,t >want
	is '--preserve=mode,timestamps\n:none\n' want
	mkdir only
	for awk in mawk gawk original-awk 'busybox awk'; do
		command -v "${awk% *}" >/dev/null || continue
		printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >only/awk
		chmod +x only/awk
		for words in 'mmcp --preserve=mode,t' 'mmtools mmshm wait x 0 g' 'mmring r' 'mmshm lock x mmtool' 'mmcat --r'; do
			# shellcheck disable=SC2086 # words
			words_after $words >want
			# shellcheck disable=SC2086
			PATH=$PWD/only:$PATH words_after $words | same want -
		done
	done
}

@test "completion runs nothing that stands on the line, and nothing of it as shell" {
	# shellcheck disable=SC2016 # as text
	for word in '$(touch made)' '`touch made`' ';touch made;' "';touch made;'" '--from=;touch made' '--$(touch made)=' \
		$'a\ntouch made'; do
		{
			words_after mmtools "$word" ''
			words_after mmshm "$word" ''
			words_after mmshm create "$word" --mode=
			words_after mmshm create "$word"
			words_after "$word" --x
		} >out
		[ ! -e made ]
	done
	words_after mmcp --atomic --preserve= >out
	grep -q -- --preserve=mode out
}

# --- manual pages

# manual_of NAME: what make docs puts into its manual page
manual_of() {
	# shellcheck disable=SC2154 # set by the helper
	printf '.Dd\n@OPTIONS@\n' | awk -v program="$MMTOOLS" -v name="$1" -f "$top/docs/man/page.awk"
}

@test "the manual of every applet has each option of its help" {
	for name in mmtools $("$MMTOOLS" --list); do
		manual_of "$name" >out
		grep -qx ".Nm $name" out
		sed -nE 's/^\.It (.*)/ \1/p' out | sed 's/\\-/-/g; s/ Fl Ns Ar NUM//; s/ Fl / -/g' | tr ' ' '\n' | grep -E '^--?[a-zA-Z0-9]' |
			LC_ALL=C sort >have
		words_of "$name" | diff - have
	done
}

@test "the manual of every applet has each of its verbs: in the synopsis, and what it does" {
	for name in $("$MMTOOLS" --list); do
		[ -n "$(verbs_of "$name")" ] || continue
		manual_of "$name" >out
		verbs_of "$name" >want
		sed -n 's/^\.Cm \([a-z]*\)$/\1/p' out | diff want -
		sed -nE 's/^\.It Cm ([a-z]+).*/\1/p' out | diff want -
		for verb in $(verbs_of "$name"); do
			summary=$(help_of "$name $verb" | sed -n '2s/-/\\-/gp; 2{/-/!p;}')
			grep -qxF "$summary" out
		done
	done
}

@test "the manual of an option says which verbs take it" {
	for name in $("$MMTOOLS" --list); do
		manual_of "$name" | sed -nE '
			s/^\.It .*Fl \\-([^ ]*).*/--\1/p
			s/^For ([a-z ]+)\.$/ \1/p' | sed 's/\\//g' | awk '
			/^--/ { option = $1; next }
			{ for (i = 1; i <= NF; i++) print option, $i }' | LC_ALL=C sort >shown
		for verb in $(verbs_of "$name"); do
			words_of "$name $verb" | grep '^--' | grep -vxE -- '--(help|version)' | sed "s/\$/ $verb/"
		done | LC_ALL=C sort | diff - shown
	done
}

@test "there is no manual of what is no applet" {
	run -1 manual_of mmfoo
}

@test "every applet and mmtools has a manual page in docs/man that mandoc finds no fault with" {
	# shellcheck disable=SC2154 # set by the helper
	for file in "$top"/applets/mm* "$top/mmtools"; do
		[ -s "$top/docs/man/$(basename "$file" .c).1" ]
	done
	need mandoc
	run -0 mandoc -T lint -W warning "$top"/docs/man/*.1
}

@test "the manual pages in docs/man are what make docs makes" {
	need make
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CC CFLAGS LDFLAGS BUILD APPLETS PROFILE STATIC CROSS_COMPILE
	cp -R "$top/Makefile" "$top/applets" "$top/core" "$top/docs" .
	mkdir -p tests build
	cp docs/man/*.1 .
	# so that each page is older than what it is made of; the binary is not made again
	touch docs/man/*.in
	cp "$MMTOOLS" build/mmtools
	make -o build/mmtools docs >log 2>&1 || { cat log; false; }
	for page in *.1; do diff -u "$page" "docs/man/$page"; done
	for page in docs/man/*.1; do [ -e "${page##*/}" ]; done
}
