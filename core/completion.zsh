# Completion for mmtools and its applets. The program tells what may stand at the end of the line, a word a line with
# its help behind a tab; the line that begins with a colon says what to look for when there is no such word.
local -a closed open
local line word help other all
all=$(command mmtools --complete -- "$service" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
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
