#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os.h"

char *text_read(int fd, size_t *len)
{
	size_t room = 1024, n = 0;
	char *text = malloc(room), *more;

	while (text) {
		ssize_t part = read(fd, text + n, room - n - 1);

		if (part < 0 && os_interrupted())
			continue;
		if (part <= 0) {
			text[n] = '\0';
			*len = n;
			if (part == 0)
				return text;
			break;
		}
		n += (size_t)part;
		if (n < room - 1)
			continue;
		more = realloc(text, room *= 2);
		if (!more)
			break;
		text = more;
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

void *text_add(void *array, size_t *n, size_t size)
{
	char *more = array;

	/* room grows at each power of two */
	if ((*n & (*n - 1)) == 0)
		more = realloc(array, (*n ? 2 * *n : 1) * size);
	if (!more)
		return NULL;
	memset(more + *n * size, 0, size);
	++*n;
	return more;
}
