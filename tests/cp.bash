# What the tests of mmcp under its classic name share: running cp, what it says, what it leaves.

# what is set here is used by the words
# shellcheck disable=SC2034

# Work is done in a folder of its own, so that what cp said can lie beside it and not in it.
setup() {
	say=$BATS_TEST_TMPDIR
	mkdir "$say/w"
	cd "$say/w" || return
	umask 022
	via=(run_cp)
	through=()
	plain=plain_quotes
}

# Some tests leave folders that only root may remove.
teardown() {
	chmod -R u+rwx "$say/w" 2>/dev/null || :
}

# cp, run through the command in "through" when there is one (another user, other mounts)
run_cp() {
	if [ ${#through[@]} = 0 ]; then
		classic cp "$@"
	elif [ "$PEER" = host ]; then
		PATH=/usr/bin:/bin "${through[@]}" cp "$@"
	else
		"${through[@]}" "${reach:-$bin/cp}" "$@"
	fi
}

# ‘’ made plain
plain_quotes() {
	local file
	for file in "$say/out" "$say/err"; do
		if [ -s "$file" ]; then sed "s/‘/'/g; s/’/'/g" "$file" >"$say/plain" && mv "$say/plain" "$file"; fi
	done
}

# said out|err TEXT: these were the words; a last newline is implied, and no words are no line
said() {
	reads "${2-}${2:+$'\n'}" "$say/$1"
}

# The same with the lines in any order, for what depends on the order of a folder
said_somehow() {
	sort "$say/$1" >"$say/sorted"
	sort <<<"$2" | diff - "$say/sorted"
}

# ok ARG...: status 0 and not a word
ok() {
	try 0 "$@" && said out && said err
}

# no MESSAGE ARG...: the short form of complains, of which there are hundreds
no() {
	complains "$@"
}

# warns LINES ARG...: status 0, the lines on stderr and nothing else
warns() {
	local lines=$1
	shift
	try 0 "$@" && said out && said err "$lines"
}

# asks PROMPT ARG...: status 0; a prompt has no line end, so that the answer stands behind it
asks() {
	local prompt=$1
	shift
	try 0 "$@" && said out && reads "$prompt" "$say/err"
}

# usage MESSAGE ARG...: refused with the message and a pointer to the help
usage() {
	local message=$1
	shift
	no "$message"$'\n'"Try 'cp --help' for more information." "$@"
}

# state [DIR]: what is there, in a line: name=contents, link->target, dir/, fifo|, a count of links when there are several
state() (
	set +T
	cd "${1:-.}" || exit
	shopt -s globstar dotglob nullglob
	line=''
	names=(**)
	[ ${#names[@]} = 0 ] || mapfile -t links < <(stat -c %h -- "${names[@]}")
	for i in "${!names[@]}"; do
		f=${names[i]}
		if [ -L "$f" ]; then
			line+="$f->$(readlink -- "$f")"
		elif [ -d "$f" ]; then
			line+="${f%/}/"
			links[i]=1
		elif [ -p "$f" ]; then
			line+="$f|"
		elif [ -f "$f" ]; then
			IFS= read -rd '' bytes <"$f" || :
			line+="$f=${bytes%$'\n'}"
		else
			line+="$f?"
		fi
		[ "${links[i]}" = 1 ] || line+="*${links[i]}"
		line+=' '
	done
	printf '%s\n' "${line% }"
)

# sees STATE [DIR]
sees() {
	local got
	got=$(state "${2:-.}")
	[ "$got" = "$1" ] || printf 'wanted: %s\nseen:   %s\n' "$1" "$got"
	[ "$got" = "$1" ]
}

mode() {
	stat -c %a -- "$1"
}

# Times to the nanosecond, as text
mtime() {
	stat -c %y -- "$1"
}

owner() {
	stat -c %u:%g -- "$1"
}

# From here on cp is run by an ordinary user who owns the folder; "mine" runs another command as that user.
as_user() {
	local dir
	[ "$(id -u)" = 0 ] || return 0
	need setpriv
	through=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${through[@]}" true 2>"$say/err" || skip "setpriv cannot change the user here"
	# Bats makes its folders for nobody else; the user may pass, not look.
	for dir in "$BATS_RUN_TMPDIR" "${BATS_FILE_TMPDIR%/*}" "$BATS_FILE_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"; do
		chmod o+x "$dir"
	done
	if [ "$PEER" != host ]; then
		# the binary may lie where the user has no way
		reach=$BATS_FILE_TMPDIR/user/cp
		[ -x "$reach" ] || install -D -m 755 "$MMTOOLS" "$reach"
	fi
	chown 65534:65534 .
	"${through[@]}" test -x . || skip "TMPDIR is closed to other users"
}

mine() {
	"${through[@]}" "$@"
}

# behind SCRIPT: from here on cp runs where SCRIPT has mounted something that nobody else sees
behind() {
	need_root
	need unshare mount
	unshare -m true 2>"$say/err" || skip "no mounts of our own here"
	through=(unshare -m sh -c "$1"' || exit 99; exec "$@"' sh)
}

# Can the file system here hold user.* attributes?
need_xattr() {
	need setfattr getfattr
	touch "$say/probe"
	setfattr -n user.probe -v 1 "$say/probe" 2>"$say/err" || skip "no user attributes on this file system"
}

need_acl() {
	need setfacl getfacl
	touch "$say/probe"
	setfacl -m u:65534:r "$say/probe" 2>"$say/err" || skip "no access control lists on this file system"
}
