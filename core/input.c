#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fmt.h"
#include "msg.h"
#include "os.h"
#include "out.h"

/* The first trouble with an operand counts. */
static void note(struct input *in, const char *text)
{
	if (!in->trouble[0])
		fmt_text(in->trouble, sizeof in->trouble, "%s", text);
}

/* What went wrong with the range that ends here. */
static void note_range(struct input *in)
{
	struct map *m = &in->map;
	char text[INPUT_TEXT];

	if (m->error == EIO) {
		fmt_text(text, sizeof text, "%s at offset %lld", msg_reason(EIO), (long long)m->off);
		note(in, text);
	} else if (m->error)
		note(in, msg_reason(m->error));
	else if (m->shrank)
		note(in, "shrank while being read");
	else if (m->grew)
		note(in, "grew while being read");
	else if (map_missing(m, text))
		note(in, text);
	in->is_lost = m->error != 0;
}

static void end_range(struct input *in)
{
	if (!in->is_started)
		return;
	in->is_started = false;
	note_range(in);
	if (opt_explain)
		map_explain(&in->map, in->how);
	map_end(&in->map);
}

/* Whether printing this file would feed it with itself until the disk is full. */
static bool is_output(int fd, const struct stat *st)
{
	struct stat out;

	return S_ISREG(st->st_mode) && fstat(STDOUT_FILENO, &out) == 0 && st->st_dev == out.st_dev &&
	       st->st_ino == out.st_ino && lseek(fd, 0, SEEK_CUR) < st->st_size;
}

static bool is_stdin(const struct input *in)
{
	return !in->open && strcmp(in->name, "-") == 0;
}

static void close_file(struct input *in)
{
	end_range(in);
	if (in->is_open && !is_stdin(in))
		close(in->fd);
	in->is_open = false;
}

static void open_file(struct input *in)
{
	do
		in->fd = is_stdin(in) ? STDIN_FILENO : in->open ? in->open(in->name) : os_open(in->name, O_RDONLY, 0);
	while (in->fd < 0 && os_interrupted());
	in->is_open = in->fd >= 0;
	in->is_lost = false;
	in->n_ranges = 0;
	if (!in->is_open && in->reason)
		note(in, in->reason(in->name, errno));
	else if (!in->is_open || fstat(in->fd, &in->st) < 0)
		note(in, msg_reason(errno));
	else if (S_ISDIR(in->st.st_mode))
		note(in, msg_reason(EISDIR));
	else if (in->copies && is_output(in->fd, &in->st))
		note(in, "input file is output file");
}

/* Moves a text to where the applet finds it. */
static bool say(struct input *in, char *text, bool failed)
{
	if (!text[0])
		return false;
	strcpy(in->said, text);
	text[0] = '\0';
	in->text = in->said;
	in->failed = failed;
	return true;
}

bool input_next(struct input *in)
{
	static char dash[] = "-";
	static char *const only_stdin[] = {dash, NULL};

	if (!in->names[0])
		in->names = only_stdin;
	close_file(in);
	in->text = NULL;
	in->failed = false;
	if (out_error())
		in->trouble[0] = in->how[0] = '\0';
	if (say(in, in->trouble, true) || say(in, in->how, false))
		return true;
	if (out_error() || !in->names[in->n_names]) {
		input_end(in);
		return false;
	}
	in->name = in->names[in->n_names++];
	open_file(in);
	if (in->trouble[0])
		close_file(in);
	say(in, in->trouble, true);
	return true;
}

bool input_range(struct input *in)
{
	bool some = in->ranges && in->ranges->n > 0;
	char text[INPUT_TEXT];

	end_range(in);
	while (in->is_open && !in->is_lost && in->n_ranges < (some ? in->ranges->n : 1)) {
		size_t i = in->n_ranges++;
		const struct num_range *range = some ? &in->ranges->v[i] : is_stdin(in) ? NULL : &map_whole;

		in->is_started = (i == 0 ? map_start(&in->map, in->fd, range, &in->st) : map_again(&in->map, range)) == 0;
		if (in->is_started)
			return true;
		note(in, map_missing(&in->map, text) ? text : msg_reason(errno));
	}
	return false;
}

size_t input_slice(struct input *in, const char **bytes)
{
	ssize_t n;

	while (in->is_started || input_range(in)) {
		n = map_slice(&in->map, bytes);
		if (n > 0)
			return (size_t)n;
		end_range(in);
	}
	return 0;
}

void input_end(struct input *in)
{
	close_file(in);
	map_free(&in->map);
}
