#include "out.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "os.h"

static char buffer[OUT_ROOM];
static size_t used;
static int first_error;

size_t out_all_at(int fd, const void *bytes, size_t len, off_t off)
{
	const char *p = bytes;
	size_t done = 0;

	while (done < len) {
		ssize_t n = off < 0 ? write(fd, p + done, len - done) : pwrite(fd, p + done, len - done, off + (off_t)done);

		if (n > 0) {
			done += (size_t)n;
			if (done < len) {       /* perhaps a signal has cut it short, which is told before we wait again */
				errno = EINTR;
				os_interrupted();
			}
		} else if (n == 0) {
			errno = ENOSPC;
			break;
		} else if (errno == ESPIPE && off >= 0)
			off = OUT_HERE;
		else if (errno == EAGAIN)
			poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
		else if (!os_interrupted())
			break;
	}
	return done;
}

int out_all(int fd, const void *bytes, size_t len)
{
	return out_all_at(fd, bytes, len, OUT_HERE) < len ? -1 : 0;
}

void out_failed(int error)
{
	if (first_error == 0)
		first_error = error;
	used = 0;
}

int out_error(void)
{
	return first_error;
}

int out_flush(void)
{
	if (first_error == 0 && used > 0 && out_all(STDOUT_FILENO, buffer, used) < 0)
		out_failed(errno);
	used = 0;
	return first_error ? -1 : 0;
}

char *out_room(size_t len)
{
	if (len > sizeof buffer - used)
		out_flush();
	return first_error ? NULL : buffer + used;
}

size_t out_left(void)
{
	return sizeof buffer - used;
}

void out_filled(size_t len)
{
	used += len;
}

int out_write(const void *bytes, size_t len)
{
	char *room;

	if (len >= sizeof buffer) {
		if (out_flush() == 0 && out_all(STDOUT_FILENO, bytes, len) < 0)
			out_failed(errno);
		return first_error ? -1 : 0;
	}
	room = out_room(len);
	if (!room)
		return -1;
	memcpy(room, bytes, len);
	out_filled(len);
	return 0;
}

int out_text(const char *text)
{
	return out_write(text, strlen(text));
}

int out_printf(const char *fmt, ...)
{
	va_list args;
	size_t left = sizeof buffer - used;
	int len;

	va_start(args, fmt);
	len = fmt_args(buffer + used, left, fmt, args);
	va_end(args);
	if (len >= 0 && (size_t)len >= left) {
		if (out_flush() < 0)
			return -1;
		va_start(args, fmt);
		len = fmt_args(buffer, sizeof buffer, fmt, args);
		va_end(args);
	}
	if (len < 0 || (size_t)len >= sizeof buffer)
		out_failed(EOVERFLOW);
	if (first_error)
		return -1;
	out_filled((size_t)len);
	return 0;
}
