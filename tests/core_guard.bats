# The one place that survives SIGBUS: which faults it tells, and which signals still end the program.
bats_require_minimum_version 1.5.0
load helper

# guarded WORDS: compiles a program that maps one page and cuts the file to nothing, and then does these, in C
guarded() {
	cat >guarded.c <<-C
		#include "guard.h"

		#include <errno.h>
		#include <fcntl.h>
		#include <signal.h>
		#include <stdio.h>
		#include <sys/mman.h>
		#include <unistd.h>

		static char *page, *gone;
		static int touched;

		static void touch(void *arg)
		{
			touched = *(volatile char *)arg;
			touched = 1;
		}

		int main(void)
		{
			size_t len = (size_t)sysconf(_SC_PAGESIZE);
			int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);

			page = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			gone = ftruncate(fd, (off_t)len) == 0 ? mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
			if (page == MAP_FAILED || gone == MAP_FAILED || ftruncate(fd, 0) < 0)
				return 9;
			$1
		}
	C
	# shellcheck disable=SC2154 # set by the helper
	cc -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -I"$top/core" -o guarded guarded.c "$top/core/guard.c"
}

@test "a fault is told as one, each time, and what was touched before it is not done" {
	need cc
	guarded 'for (int i = 0; i < 3; i++) {
			errno = 0, touched = 0;
			if (guard_call(touch, gone, gone, len) != -1 || errno != EFAULT || touched) return 1;
			if (guard_call(touch, page, page, len) != 0 || !touched) return 2;
		}
		return 0;'
	./guarded
}

@test "a fault outside of what was announced ends the program, in a call and after one" {
	need cc
	guarded 'guard_call(touch, gone, page, len); return 0;'
	run -135 ./guarded
	guarded 'guard_call(touch, gone, gone, len); touch(gone); return 0;'
	run -135 ./guarded
}

@test "a SIGBUS that was sent ends the program, also after a fault" {
	need cc
	guarded 'guard_call(touch, gone, gone, len); kill(getpid(), SIGBUS); return 0;'
	run -135 ./guarded
	guarded 'kill(getpid(), SIGBUS); return 0;'
	run -135 ./guarded
}
