#include "scan.h"

#include <string.h>

int scan_difference(struct map *a, struct map *b, off_t *where)
{
	const char *p = NULL, *q = NULL;
	ssize_t n = 0, k = 0;

	for (*where = 0;;) {
		size_t len;

		if (n == 0 && (n = map_slice(a, &p)) < 0)
			return -1;
		if (k == 0 && (k = map_slice(b, &q)) < 0)
			return -1;
		if (n == 0 || k == 0)
			return n != k;
		len = (size_t)(n < k ? n : k);
		if (memcmp(p, q, len) != 0) {
			while (*p == *q)
				p++, q++, ++*where;
			return 1;
		}
		*where += (off_t)len;
		p += len;
		q += len;
		n -= (ssize_t)len;
		k -= (ssize_t)len;
	}
}
