/* mmhex's own dump. */
#include "hex.h"
#include "mmhex.h"

bool dump_map(struct map *m, bool all)
{
	(void)all;
	return hex_print(m);
}
