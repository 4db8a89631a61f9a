/* SPDX-License-Identifier: MIT */
#ifndef UI_TERM_TEXT_H
#define UI_TERM_TEXT_H

#include "ui/grid.h"
#include "ui/term.h"

/*
 * The port without a terminal: keeps the last screen as a grid, for tests and
 * for a run without a screen. It has no keys of its own (they come from a
 * tape) and nothing to poll.
 */
struct term_text {
	struct term port; /* `self` points at this struct once it is made */
	struct grid grid;
	int rows;
	int cols;
	struct term_options options;
	size_t beeps;
	enum tone last_beep;
};

void term_text_init(struct term_text *text, int rows, int cols);

/* Text of a grid: its rows without trailing blanks, a newline after each, and
 * a NUL. What does not fit is left out. Returns the length. */
enum { GRID_TEXT_MAX = GRID_CELLS_MAX * 8 + GRID_ROWS_MAX + 1 };

size_t grid_text(const struct grid *grid, char *out, size_t cap);

#endif
