/* What a map has to tell, for messages and --explain. */
#include "map.h"

#include <string.h>

#include "fmt.h"
#include "msg.h"

static int range_text(const struct num_range *range, char *text)
{
	int n = fmt_text(text, MAP_TEXT, "range %s%lld", range->from_end ? "-" : "", (long long)range->off);

	if (range->len >= 0)
		n += fmt_text(text + n, (size_t)(MAP_TEXT - n), "+%lld", (long long)range->len);
	return n;
}

const char *map_range_missing(const struct num_range *range, off_t end, char *text)
{
	int n = range_text(range, text);

	if (end >= range->off && (range->from_end || range->len <= end - range->off))
		return NULL;
	if (range->from_end)
		strcpy(text + n, " begins before the start");
	else if (end < range->off)
		strcpy(text + n, " begins beyond the end");
	else
		fmt_text(text + n, (size_t)(MAP_TEXT - n), " goes beyond the end at %lld", (long long)end);
	return text;
}

const char *map_missing(const struct map *m, char *text)
{
	if (!m->out_of_reach)
		return m->short_at < 0 ? NULL : map_range_missing(&m->range, m->short_at, text);
	strcpy(text + range_text(&m->range, text),
	       m->range.from_end ? " counts from an end that is not known" : " was passed already, in a stream");
	return text;
}

static const char *why_read(const struct map *m)
{
	if (m->ways.map_error)
		return "cannot be mapped: ";
	if (!m->sized)
		return m->regular ? "empty or of unknown size" : "not a regular file";
	return map_io == MAP_IO_READ ? "asked for" : "small file";
}

const char *map_explain(const struct map *m, char *text)
{
	int n = 0;

	if (m->ways.n_spliced)
		n = fmt_text(text, MAP_TEXT, "spliced");
	if (m->ways.n_handed)
		n = fmt_text(text, MAP_TEXT, "copied by the file system");
	if (m->ways.n_views)
		n += fmt_text(text + n, MAP_TEXT, "%smapped %llu window%s", n ? ", " : "",
		              (unsigned long long)m->ways.n_views, m->ways.n_views == 1 ? "" : "s");
	if (m->ways.n_reads || (n == 0 && !m->ways.n_holes))
		n += fmt_text(text + n, (size_t)(MAP_TEXT - n), "%sread (%s%s)", n ? ", " : "", why_read(m),
		              m->ways.map_error ? msg_reason(m->ways.map_error) : "");
	if (m->ways.n_holes)
		fmt_text(text + n, (size_t)(MAP_TEXT - n), "%s%llu hole%s", n ? ", " : "",
		         (unsigned long long)m->ways.n_holes, m->ways.n_holes == 1 ? "" : "s");
	return text;
}
