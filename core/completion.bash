# Completion for mmtools and its applets in bash: hands the line to _mmtools_words, and takes what that says.
_mmtools() {
	local -a words=() starts=() found=()
	local i word prefix='' other='' rest=${COMP_LINE:0:COMP_POINT}

	# To bash = and : end a word, to the program they do not: only a blank does.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${rest#"${rest%%[![:space:]]*}"}
		[ "$i" = "$COMP_CWORD" ] || word=${COMP_WORDS[i]}
		if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
			words+=("$word") starts+=("$i") prefix=''
		else
			prefix=${words[-1]}
			words[-1]+=$word
		fi
		rest=${rest#*"$word"}
	done
	[[ $word != [=:@]* ]] || prefix=${words[-1]}

	mapfile -t found < <(_mmtools_words "${words[@]}" 2>/dev/null)
	COMPREPLY=()
	for word in "${found[@]}"; do
		case $word in
		:*) other=$word ;;
		*) word=${word%%$'\t'*} COMPREPLY+=("${word#"$prefix"}") ;;
		esac
	done
	if ((${#COMPREPLY[@]})); then
		[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
		return
	fi
	case $other in
	'' | :file) return ;; # readline's own way
	:folder) compopt +o default +o bashdefault -o dirnames ;;
	:none) compopt +o default +o bashdefault ;;
	:command*)
		i=${starts[${other#:command }]}
		if declare -F _comp_command_offset; then
			_comp_command_offset "$i"
		elif declare -F _command_offset; then
			_command_offset "$i"
		elif ((i == COMP_CWORD)); then
			mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[i]}")
		fi
		;;
	esac >/dev/null 2>&1
}
complete -o bashdefault -o default -F _mmtools mmtools
# A classic name only where it leads to mmtools.
for _mmtools in $(command mmtools --list --classic 2>/dev/null); do
	[[ $_mmtools != mm* && ! $(type -P "$_mmtools") -ef $(type -P mmtools) ]] ||
		complete -o bashdefault -o default -F _mmtools "$_mmtools"
done
unset -v _mmtools
