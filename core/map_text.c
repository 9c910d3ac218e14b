/* What a map has to tell, for messages and --explain. */
#include "map.h"

#include <string.h>

#include "fmt.h"
#include "msg.h"

const char *map_missing(const struct map *m, char *text)
{
	int n = fmt_text(text, MAP_TEXT, "range %s%lld", m->range.from_end ? "-" : "", (long long)m->range.off);

	if (m->short_at < 0 && !m->out_of_reach)
		return NULL;
	if (m->range.len >= 0)
		n += fmt_text(text + n, (size_t)(MAP_TEXT - n), "+%lld", (long long)m->range.len);
	if (m->out_of_reach)
		strcpy(text + n, m->range.from_end ? " counts from an end that is not known" : " was passed already, in a stream");
	else if (m->range.from_end)
		strcpy(text + n, " begins before the start");
	else if (m->short_at < m->range.off)
		strcpy(text + n, " begins beyond the end");
	else
		fmt_text(text + n, (size_t)(MAP_TEXT - n), " goes beyond the end at %lld", (long long)m->short_at);
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
