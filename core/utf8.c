#include "utf8.h"

size_t utf8_char(const unsigned char *s, size_t len)
{
	static const unsigned char first_min[] = {0, 0, 0xC2, 0xE0, 0xF0};
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

	if (n == 1)
		return 1;
	if (n > len || s[0] < first_min[n] || s[0] > 0xF4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90) ||          /* overlong */
	    (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F))            /* surrogates, beyond Unicode */
		return 0;
	return n;
}

size_t utf8_cut(const char *s, size_t len, size_t most)
{
	if (len <= most)
		return len;
	for (size_t back = 1; back < 4 && back < most; back++) {
		size_t n = utf8_char((const unsigned char *)s + most - back, len - most + back);

		if (n > back)
			return most - back;
		if (n > 0)
			break;
	}
	return most;
}
