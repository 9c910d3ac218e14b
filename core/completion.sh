# What completion for bash and for zsh have in common; make install puts it before either.
#
# _mmtools_words COMMAND WORD...: what may stand for the last word, a word a line with its help behind a tab. The last line
# begins with a colon and says what to look for when there is no such word: a file, a folder, nothing, or what stands
# behind a command, which begins with the word of that number. All of it is read from --help; the words that an option
# takes, from the message that refuses an empty one.
_mmtools_words() {
	LC_ALL=C awk '
	# Reads the help of an applet, of one of its verbs, or of mmtools itself: the operands of the usage, and a row for each
	# option, verb or applet.
	function learn(name, verb,    command, line, blanks) {
		rows = 0
		usage = ""
		verbs = 0
		command = "mmtools " name " " verb " --help 2>/dev/null"
		while ((command | getline line) > 0) {
			if (line ~ /^Usage: /) {
				usage = line
				sub(verb ? "^Usage: [^ ]+ [^ ]+ *" : "^Usage: [^ ]+ *", "", usage)
			} else if (line ~ /^                    /) {
				sub(/^ +/, "", line)
				help[rows] = help[rows] (help[rows] == "" ? "" : " ") line
			} else if (line ~ /^  ( *-|[a-z])/ && line !~ /^  or:/) {
				sub(/^ +/, "", line)
				blanks = match(line, /  +/)
				help[++rows] = blanks ? substr(line, blanks + RLENGTH) : ""     # else it begins in the next line
				add_row(blanks ? substr(line, 1, blanks - 1) : line)
			}
		}
		close(command)
		return usage != ""
	}

	# As in "-s, --size=SIZE", "--sync[=N]", "-x ARG", "-w[N]", "get NAME OFF"
	function add_row(head) {
		letter[rows] = long[rows] = arg[rows] = word[rows] = ""
		if (head !~ /^-/) {
			sub(/ .*/, "", head)
			word[rows] = head
			verbs++
			return
		}
		if (head ~ /^-[A-Z][A-Z]/)      # -NUM
			return
		if (head ~ /^-[^-]/) {
			letter[rows] = substr(head, 1, 2)
			head = substr(head, 3)
			sub(/^, /, "", head)
		}
		if (head ~ /^--/) {
			long[rows] = head
			sub(/[=[].*/, "", long[rows])
			head = substr(head, length(long[rows]) + 1)
		}
		optional[rows] = head ~ /^\[/
		arg[rows] = substr(head, 2 + (head ~ /^\[=/))
		if (optional[rows])
			sub(/\]$/, "", arg[rows])
	}

	function begins(text, start) {
		return substr(text, 1, length(start)) == start
	}

	# A word that may stand behind the first `lead` bytes of what is there.
	function offer(lead, text, end, about) {
		if (begins(text, substr(last, lead + 1)))
			print substr(last, 1, lead) text end (about == "" ? "" : "\t" about)
	}

	function offer_rows(    i) {
		for (i = 1; i <= rows; i++)
			if (word[i] != "")
				offer(0, word[i], "", help[i])
	}

	# The options, of which an applet with verbs takes but these two itself.
	function offer_options(    i) {
		for (i = 1; i <= rows; i++) {
			if (before_verb && long[i] !~ /^--(help|version)$/)
				continue
			if (letter[i] != "")
				offer(0, letter[i], "", help[i])
			if (long[i] != "")
				offer(0, long[i], arg[i] != "" && !optional[i] ? "=" : "", help[i])
		}
	}

	# The row of a long option, or of the beginning of its name; of a letter.
	function row_of(text,    i) {
		for (i = 1; i <= rows; i++)
			if (text ~ /^--/ ? begins(long[i], text) : letter[i] == text)
				return i
		return 0
	}

	# The row of the option whose argument the next word must be, or 0.
	function awaits(text,    i, o) {
		if (text ~ /^--/) {
			o = index(text, "=") ? 0 : row_of(text)
			return o && arg[o] != "" && !optional[o] ? o : 0
		}
		for (i = 2; i <= length(text); i++) {
			o = row_of("-" substr(text, i, 1))
			if (o && arg[o] != "" && !optional[o])
				return i < length(text) ? 0 : o
		}
		return 0
	}

	# What may stand for an argument, which begins `lead` bytes into the word. Of a list the part behind the last comma.
	function offer_values(o, lead,    command, line, given, n, i, listed, list) {
		if (arg[o] == "FILE")
			return ":file"
		if (arg[o] == "DIR")
			return ":folder"
		given = substr(last, lead + 1)
		sub(/[^,]*$/, "", given)
		n = split(given, listed, ",")
		command = "mmtools " applet " " verb " " (long[o] != "" ? long[o] "=" : letter[o] " \"\"") " --help 2>&1"
		while ((command | getline line) > 0)
			if (line ~ /^  - \047/) {
				n = split(line, list, "\047")
				for (i = 2; i <= n; i += 2)
					if (index("," given, "," list[i] ",") == 0)
						offer(lead + length(given), list[i], "", "")
			}
		close(command)
		return ":none"
	}

	# Shared memory by name, but for names that a shell would have to quote; or a path.
	function offer_objects(    command, name) {
		if (last ~ /\//)
			return ":file"
		command = "cd /dev/shm && for f in *; do case $f in *[!a-zA-Z0-9_.+@%-]*) ;; *) echo \"$f\" ;; esac; done"
		while ((command | getline name) > 0)
			offer(0, name, "", "")
		close(command)
		return ":folder"
	}

	# The name of operand number n (from 1) in the usage; "" where there is none. The last one stands for all that follow,
	# of a verb only where it has dots.
	function operand(n,    list, count, i, at, name) {
		count = split(usage, list, " ")
		for (i = 1; i <= count && at < n; i++)
			if (list[i] !~ /^\[(OPTION\]|-)/) {
				at++
				name = list[i]
			}
		if (at < n && verb != "" && name !~ /\.$/)
			return ""
		sub(/^\[/, "", name)
		return name
	}

	# Whether a command line of its own begins there.
	function is_command(n) {
		return verb != "" && operand(n) ~ /^COMMAND/
	}

	function offer_operand(n,    name, list, i) {
		name = operand(n)
		if (name ~ /^APPLET/ && alone)
			offer_rows()
		if (name ~ /^APPLET/)
			return alone ? ":none" : ":folder"      # of --install
		if (name ~ /^[a-z]/) {
			n = split(name, list, "|")
			for (i = 1; i <= n; i++)
				offer(0, list[i], "", "")
			return ":none"
		}
		sub(/[^A-Z].*/, "", name)
		if (name ~ /^(FILE|SOURCE|TARGET)$/)
			return ":file"
		if (name ~ /^(FOLDER|DIR)$/)
			return ":folder"
		return verb != "" && name ~ /^(NAME|FROM|TO)$/ ? offer_objects() : ":none"
	}

	# Finds out what the last word is, and offers what may stand for it. Returns what else there may be.
	function offer_last(first,    i, o, n, ended, text, equals) {
		for (i = first; i < words; i++) {
			text = ARGV[i]
			if (ended || text !~ /^-/ || text ~ /^-[0-9]/ || text == "-") {
				if (is_command(++n))
					return ":command " i - 1
			} else if (text == "--") {
				ended = 1
			} else {
				o = awaits(text)
				if (o && ++i == words)
					return offer_values(o, 0)
			}
		}
		equals = index(last, "=")
		if (ended || last !~ /^-/ || (verb != "" && last ~ /^-[0-9]/))
			return is_command(++n) ? ":command " words - 1 : offer_operand(n)
		if (last ~ /^--/ && equals) {
			o = row_of(substr(last, 1, equals - 1))
			return o && arg[o] != "" ? offer_values(o, equals) : ":none"
		}
		offer_options()
		return ":none"
	}

	BEGIN {
		words = ARGC - 1
		last = ARGV[words]
		first = 2
		applet = ARGV[1]
		sub(/.*\//, "", applet)
		if (applet ~ /^mmtools/) {
			applet = ""
			if (words > 2 && ARGV[2] ~ /^[a-z][a-z0-9]*$/ && learn(ARGV[2], ""))
				applet = ARGV[first++]
		}
		if (words < 2 || applet !~ /^[a-z0-9]*$/ || !learn(applet, ""))
			exit
		alone = words == first || ARGV[words - 1] == "--help"
		if (applet == "" || !verbs) {
			print offer_last(first)
		} else if (words == first) {
			before_verb = 1
			if (last !~ /^-/)
				offer_rows()
			else
				offer_options()
			print ":none"
		} else {
			for (i = 1; i <= rows && verb == ""; i++)
				if (word[i] == ARGV[first])
					verb = word[i]
			before_verb = verb == ""
			if (verb != "" ? learn(applet, verb) : last ~ /^-/)
				print offer_last(first + (verb != ""))
			else
				print ":none"
		}
	}' "$@"
}
