#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grow.h"
#include "os.h"

enum { SOME = 1024 };   /* bytes that a file is asked for at least, since many of /proc are best read in one piece */

char *text_read(int fd, size_t *len)
{
	char *text = NULL, *more;
	size_t room = 0, n = 0;
	ssize_t part;

	while ((more = grow_room(text, &room, n + SOME, 1))) {
		text = more;
		do
			part = read(fd, text + n, room - n - 1);
		while (part < 0 && os_interrupted());
		if (part < 0)
			break;
		n += (size_t)part;
		if (part > 0)
			continue;
		text[n] = '\0';
		*len = n;
		return text;
	}
	free(text);
	return NULL;
}

char *text_load(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	char *text;

	if (fd < 0)
		return NULL;
	text = text_read(fd, len);
	error = errno;
	close(fd);
	errno = error;
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
