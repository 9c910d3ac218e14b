# Completion for mmtools and its applets in zsh: hands the line to _mmtools_words, and takes what that says.
local -a closed open
local line word help other all
all=$(_mmtools_words "$service" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
for line in "${(@f)all}"; do
	word=${line%%$'\t'*} help=
	[[ $line != *$'\t'* ]] || help=:${line#*$'\t'}
	case $line in
	(:*) other=$line ;;
	(*=$'\t'*) open+=("${word//:/\\:}$help") ;;
	(?*) closed+=("${word//:/\\:}$help") ;;
	esac
done
if (( $#open + $#closed )); then
	_describe word open -S '' -- closed
	return
fi
[[ $PREFIX != --*=* ]] || compset -P '*='
case $other in
(''|:file) _files ;;
(:folder) _files -/ ;;
(:command*)
	shift "${other#:command }" words
	(( CURRENT -= ${other#:command } ))
	_normal
	;;
esac
