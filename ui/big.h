/* SPDX-License-Identifier: MIT */
#ifndef UI_BIG_H
#define UI_BIG_H

#include "ui/grid.h"

/* Figures drawn large: digits and . , : + - only; anything else is a gap. */
enum big_face {
	BIG_ASCII = 0, /* strokes: 3 rows, for terminals without block characters */
	BIG_SMALL,     /* half blocks: 3 rows */
	BIG_LARGE,     /* whole blocks, twice as wide: 6 rows, the last for the comma */
	BIG_FACE_COUNT_
};

int big_rows(enum big_face face);
int big_width(enum big_face face, const char *text);
void big_put(struct grid *grid, int y, int x, enum big_face face, enum grid_style style,
    const char *text);

#endif
