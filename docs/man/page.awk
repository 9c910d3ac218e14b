# Makes a manual page: the page's own .in file, whose first line is the date, with what the applet's --help says put where
# it belongs: name and usage after the date; applets, commands and options at the line @OPTIONS@.
#
#	awk -v program=build/mmtools -v name=mmcat -f docs/man/page.awk docs/man/mmcat.1.in >docs/man/mmcat.1

function call(words) {
	return "'" program "' " words " 2>&1 </dev/null"
}

# Reads the help: usages, the summary, and a row for each heading, option, command (or applet).
function learn(    command, line, blanks) {
	command = call(name == "mmtools" ? "--help" : name " --help")
	while ((command | getline line) > 0) {
		if (line ~ /^(Usage:|  or: )/) {
			sub(/^(Usage:|  or: ) [^ ]+ /, "", line)
			usage[++usages] = line
		} else if (usages && summary == "") {
			summary = tolower(substr(line, 1, 1)) substr(line, 2)
			sub(/\.$/, "", summary)
		} else if (line ~ /^                    /) {
			sub(/^ +/, "", line)
			help[rows] = help[rows] (help[rows] == "" ? "" : " ") line
		} else if (line ~ /^ /) {
			sub(/^ +/, "", line)
			blanks = match(line, /  +/)
			help[++rows] = blanks ? substr(line, blanks + RLENGTH) : ""     # else it begins in the next line
			head[rows] = blanks ? substr(line, 1, blanks - 1) : line
			is[rows] = line ~ /^-/ ? "option" : "command"
			commands += line !~ /^-/
		} else if (line ~ /^[A-Z].*:$/ && line != "Applets:") {
			head[++rows] = substr(line, 1, length(line) - 1)
			is[rows] = "heading"
		}
	}
	close(command)
}

# Text for mdoc: backslashes and dashes are named.
function mdoc(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text
}

function sentence(text) {
	return toupper(substr(text, 1, 1)) mdoc(substr(text, 2)) "."
}

function print_head(    i, word, rest) {
	print ".Dt " toupper(name) " 1\n.Os mmtools\n.Sh NAME\n.Nm " name "\n.Nd " summary "\n.Sh SYNOPSIS"
	if (!commands || name == "mmtools")
		for (i = 1; i <= usages; i++)
			print ".Nm\n.Ar " usage[i]
	else
		for (i = 1; i <= rows; i++)
			if (is[i] == "command") {
				word = rest = head[i]
				sub(/ .*/, "", word)
				sub(/^[^ ]+ ?/, "", rest)
				print ".Nm\n.Cm " word "\n.Op Ar OPTION ...\n" (rest == "" ? ".\\\"" : ".Ar " rest)
			}
}

function print_commands(    i, text) {
	print ".Sh COMMANDS\n.Bl -tag -width Ds"
	for (i = 1; i <= rows; i++)
		if (is[i] == "command") {
			text = head[i]
			sub(/ /, " Ar ", text)
			print ".It Cm " text "\n" sentence(help[i])
		}
	print ".El"
}

function print_applets(    i, command, line) {
	print ".Sh APPLETS\n.Bl -tag -width mmstrings"
	for (i = 1; i <= rows; i++)
		if (is[i] == "command") {
			print ".It Xr " head[i] " 1\n" toupper(substr(help[i], 1, 1)) substr(help[i], 2) "."
			command = call(head[i] " --help")
			while ((command | getline line) > 0)
				if (sub(/^Also called as: /, "", line))
					print "Also called as\n.Ql " line " ."
			close(command)
		}
	print ".El"
}

# As in "-s, --size=SIZE", "--sync[=N]", "-x ARG". Behind the text of a command's option stands which ones take it.
function print_option(i,    text, letter, argument, item, takers, command, line, word, n, k, list) {
	text = head[i]
	if (text ~ /^-[A-Z][A-Z]/) {        # -NUM
		print ".It Fl Ns Ar " substr(text, 2) "\n" sentence(help[i])
		return
	}
	if (text ~ /^-[^-]/) {
		letter = substr(text, 2, 1)
		text = substr(text, 3)
		sub(/^, /, "", text)
	}
	argument = text
	sub(/^(--)?[^=[ ]*/, "", argument)
	text = substr(text, 1, length(text) - length(argument))
	word = argument
	sub(/^\[?[= ]/, "", word)
	if (argument ~ /^\[/)
		sub(/\]$/, "", word)
	item = ".It"
	if (letter != "")
		item = item " Fl " letter (argument != "" && argument !~ /^\[/ ? " Ar " word : "") (text != "" ? " ," : "")
	if (text != "")
		item = item " Fl " mdoc(substr(text, 2)) (argument == "" ? "" : \
		       argument ~ /^\[/ ? " Ns Oo = Ns Ar " word " Oc" : " Ns = Ns Ar " word)
	print item
	line = help[i]
	if (commands && name != "mmtools" && match(line, / \([a-z ]+\)$/)) {
		takers = substr(line, RSTART + 2, RLENGTH - 3)
		line = substr(line, 1, RSTART - 1)
	}
	print sentence(line)
	# the words that it takes are told by the message that refuses an empty one
	if (text != "" && argument != "") {
		split(takers, list, " ")
		command = call((name == "mmtools" ? "" : name) " " list[1] " " text "= --help")
		for (n = 0; (command | getline line) > 0;)
			if (line ~ /^  - '/) {
				k = split(line, list, "'")
				for (k = 2; k in list; k += 2)
					word = (n++ ? word " ,\n" : "") ".Cm " mdoc(list[k])
			}
		close(command)
		if (n)
			print "One of\n" word " ."
	}
	if (takers != "")
		print "For " takers "."
}

# A list for each group, under its heading; the common options close the last one.
function print_options(    i, open) {
	print ".Sh OPTIONS"
	for (i = 1; i <= rows; i++)
		if (is[i] == "heading") {
			print (open ? ".El\n" : "") ".Ss " head[i] "\n.Bl -tag -width Ds"
			open = 1
		} else if (is[i] == "option") {
			if (!open)
				print ".Bl -tag -width Ds"
			open = 1
			print_option(i)
		}
	print ".El"
}

NR == 1 {
	learn()
	if (summary == "")
		exit 1
	print ".\\\" Generated by `make docs' from " FILENAME " and the option table; edit those."
	print
	print_head()
	next
}
$0 == "@OPTIONS@" {
	if (name == "mmtools")
		print_applets()
	else if (commands)
		print_commands()
	print_options()
	next
}
# Commands and output, so that each character is what it is to be when pasted: groff has typographic ones for some.
/^\.Dl / {
	gsub(/\\/, "\\e")
	gsub(/-/, "\\-")
	gsub(/'/, "\\(aq")
	gsub(/`/, "\\(ga")
	gsub(/~/, "\\(ti")
	gsub(/\^/, "\\(ha")
	gsub(/"/, "\\(dq")
}
{ print }
