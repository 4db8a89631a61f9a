/* SPDX-License-Identifier: MIT */
#ifndef UI_PAINT_H
#define UI_PAINT_H

#include "ui/grid.h"
#include "ui/view.h"

enum {
	PAINT_COLS_MIN = 40,
	PAINT_ROWS_MIN = 16,
};

struct paint_options {
	enum language language;
	bool ascii;
};

/*
 * Draws the view into a grid that grid_reset has given its size. Below
 * 40 x 16 it only says so. With less room panels go in order of need; the total,
 * the field, the message and the status never do.
 */
void paint_view(
    const struct view *view, const struct paint_options *options, struct grid *grid);

#endif
