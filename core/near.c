#include "near.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = sizeof ((struct near *)0)->name - 1, FAR = 3 };

/* How many letters must be changed, added or taken to make one name of the other (Levenshtein 1966). */
static size_t distance_of(const char *a, const char *b)
{
	size_t row[LONGEST + 1], len = strlen(b);

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len];
}

static bool is_short_for(const char *word, const char *name)
{
	if (word[0] != name[0] || !word[0] || !word[1])
		return false;
	for (; *word && *name; name++)
		word += *word == *name;
	return !*word;
}

void near_offer(struct near *n, const char *name)
{
	size_t distance;

	if (strlen(n->wanted) > LONGEST || strlen(name) > LONGEST)
		return;
	distance = distance_of(n->wanted, name);
	if (distance >= FAR || distance >= strlen(n->wanted)) {
		if (!is_short_for(n->wanted, name))
			return;
		distance = FAR;
	}
	/* of two that are as near, the one that begins alike */
	distance = 2 * distance + (*name != *n->wanted);
	if (!*n->name || distance < n->distance) {
		strcpy(n->name, name);
		n->distance = distance;
	}
}
