/*
 * mmcmp: what its rooms share: what was asked for.
 */
#ifndef MMCMP_H
#define MMCMP_H

#include <stdint.h>

enum cmp_form { CMP_FIRST, CMP_ALL, CMP_SILENT, CMP_RANGES, CMP_HEX, CMP_JSON, CMP_SCRIPT };
enum cmp_color { CMP_COLOR_AUTO = 1, CMP_COLOR_ALWAYS, CMP_COLOR_NEVER };

extern struct cmp_conf {
	int form;               /* of enum cmp_form */
	int print_bytes;        /* -b */
	int color;              /* of enum cmp_color, or 0: not given */
	uint64_t n_context;     /* lines, -C */
	const char *names[2];
	int width;              /* of the numbers of bytes, -l */
} cmp_conf;

#endif
