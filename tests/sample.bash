# A small tree with every kind of thing in it, and what it looks like: what smoke and valgrind share.

sample() {
	rm -rf "$1" && mkdir -p "$1/tree/folder"
	head -c 300000 /bin/bash >"$1/binary"
	head -c 256 "$1/binary" >"$1/tree/small"
	cp "$1/binary" "$1/tree/folder/large"
	ln "$1/tree/small" "$1/tree/folder/linked"
	ln -s folder/large "$1/tree/symlink"
	mkfifo "$1/tree/fifo"
	: >"$1/tree/empty"
	truncate -s 3M "$1/tree/hole" && printf end >>"$1/tree/hole"
	touch -d '2001-02-03 04:05:06.789' "$1/tree/small" "$1/tree/folder"
	chmod 640 "$1/tree/small"
}

described() {
	(cd "$1" && find . -printf '%P %y %m %U %G %T@ %l\n' | sort && find . -type f -exec cksum {} + | sort -k3)
}
