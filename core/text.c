#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "os.h"

enum { SOME = 1024 };   /* bytes that a file is asked for at least, since many of /proc are best read in one piece */

/* Up to the end, a NUL if that is to end it, or beyond `most`. */
static char *read_all(int fd, bool text_only, size_t most, size_t *len)
{
	uint64_t all = (uint64_t)os_memory() / 4;
	size_t room = 0, n = 0;
	char *text = NULL, *more;
	ssize_t part;

	while ((more = grow_room(text, &room, n + SOME, 1))) {
		text = more;
		do
			part = read(fd, text + n, room - n - 1);
		while (part < 0 && os_interrupted());
		if (part < 0)
			break;
		n += (size_t)part;
		if (n > all) {
			errno = EFBIG;
			break;
		}
		if (part > 0 && n <= most && !(text_only && memchr(text + n - part, '\0', (size_t)part)))
			continue;
		text[n] = '\0';
		*len = n;
		return text;
	}
	free(text);
	return NULL;
}

char *text_read(int fd, size_t most, size_t *len)
{
	return read_all(fd, false, most, len);
}

char *text_read_lines(int fd, size_t *len)
{
	return read_all(fd, true, SIZE_MAX, len);
}

char *text_load(const char *path, size_t *len)
{
	int fd = os_open(path, O_RDONLY, 0);
	char *text;

	if (fd < 0)
		return NULL;
	text = text_read_lines(fd, len);
	os_close(fd);
	return text;
}

char *text_line(char **rest)
{
	char *line = *rest, *end = line + strcspn(line, "\n");

	if (!*line)
		return NULL;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

size_t text_words(char *line, char **word, size_t most)
{
	static const char blanks[] = " \t";
	size_t n = 0;

	line[strcspn(line, "#")] = '\0';
	for (line += strspn(line, blanks); *line; line += strspn(line, blanks)) {
		if (n == most)
			return most + 1;
		word[n++] = line;
		line += strcspn(line, blanks);
		if (*line)
			*line++ = '\0';
	}
	return n;
}
