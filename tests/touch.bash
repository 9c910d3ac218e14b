# What the tests of mmtouch share. Truth is told by others: mincore(2) through python, the host's vmtouch and fincore.

# page: bytes in one
page=$(getconf PAGESIZE 2>/dev/null || echo 4096)

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	umask 022
	# shellcheck disable=SC2154,SC2034 # the helper's; for the words
	via=("$bin/mmtouch")
}

teardown() {
	stop_started
	[ -z "${open-}" ] || rm -rf "$open"
}

# paged NAME PAGES: a file of so many pages of bytes, on the medium, of which none is in memory; skips where pages cannot go
paged() {
	need python3
	head -c $(($2 * page)) /dev/urandom >"$1"
	sync "$1"
	dropped "$1"
	[ "$2" = 0 ] || [ "$(resident "$1")" = '' ] || skip "the file system keeps files in memory"
}

# dropped FILE: the system is asked to let go of it
dropped() {
	dd if="$1" iflag=nocache count=0 status=none
}

# resident FILE: which pages are in memory, as in "3-9 12-12"
resident() {
	python3 - "$1" <<-'END'
		import ctypes, mmap, os, sys
		libc = ctypes.CDLL(None, use_errno=True)
		libc.mmap.restype = ctypes.c_void_p
		libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
		fd = os.open(sys.argv[1], os.O_RDONLY)
		n = -(-os.fstat(fd).st_size // mmap.PAGESIZE)
		if n:
		    vec = (ctypes.c_ubyte * n)()
		    at = libc.mmap(None, n * mmap.PAGESIZE, 1, 2, fd, 0)
		    assert libc.mincore(ctypes.c_void_p(at), ctypes.c_size_t(n * mmap.PAGESIZE), vec) == 0
		    runs = []
		    for i in range(n):
		        if vec[i] & 1:
		            if runs and runs[-1][1] == i - 1: runs[-1][1] = i
		            else: runs.append([i, i])
		    print(*['%d-%d' % (a, b) for a, b in runs])
	END
}

# looked_at FILE FIRST COUNT...: just these pages of it are read
looked_at() {
	python3 - "$@" <<-'END'
		import mmap, os, sys
		fd = os.open(sys.argv[1], os.O_RDONLY)
		os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
		for first, count in zip(sys.argv[2::2], sys.argv[3::2]):
		    for i in range(int(first), int(first) + int(count)):
		        os.pread(fd, mmap.PAGESIZE, i * mmap.PAGESIZE)
	END
}

# ranges ARG...: what mmtouch says of the pages of one file, in the same way
ranges() {
	mm mmtouch --json -v "$@" >told || return
	python3 -c 'import json, sys
page = int(sys.argv[1])
print(*["%d-%d" % (a // page, (a + n) // page - 1) for a, n in json.loads(open("told").readline())["ranges"]])' "$page"
}
