/* SPDX-License-Identifier: MIT */
#ifndef UI_GRID_H
#define UI_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A screen as values: cells with a character, a style and a width. Painting
 * fills a grid; what is outside it, or does not fit, is left out.
 */
enum {
	GRID_COLS_MAX = 240,
	GRID_ROWS_MAX = 80,
	GRID_CELLS_MAX = GRID_COLS_MAX * GRID_ROWS_MAX,
};

enum grid_style {
	STYLE_PLAIN = 0,
	STYLE_DIM,    /* labels, rules: there when looked for */
	STYLE_STRONG, /* what is read first */
	STYLE_ACCENT,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_ALERT,
	STYLE_MARKED,   /* the chosen line, a badge */
	STYLE_TRAINING, /* a badge; TRAINING_ACCENT stands for ACCENT then */
	STYLE_TRAINING_ACCENT,
	STYLE_COUNT_
};

struct grid_cell {
	uint32_t ch;
	uint32_t mark; /* a combining mark over `ch`, 0: none */
	uint8_t style;
	uint8_t width; /* 1 or 2; 0: covered by the wide one to its left */
};

struct grid {
	int rows;
	int cols;
	int cursor_y; /* -1: hidden */
	int cursor_x;
	struct grid_cell cell[GRID_CELLS_MAX]; /* row after row, `cols` each */
};

/* Blank, of that size (cut to the maxima), cursor hidden. */
void grid_reset(struct grid *grid, int rows, int cols);
struct grid_cell *grid_at(struct grid *grid, int y, int x); /* NULL: outside */
bool grid_cell_equal(const struct grid_cell *a, const struct grid_cell *b);

/*
 * Writes UTF-8 from (y, x) over at most `width` columns and returns the columns
 * used. Longer text ends in an ellipsis. Controls and what is not UTF-8 show as
 * U+FFFD, marks of direction not at all.
 */
int grid_put(
    struct grid *grid, int y, int x, int width, enum grid_style style, const char *text);
/* The same, ending in column x + width - 1. Returns the first column used. */
int grid_put_right(
    struct grid *grid, int y, int x, int width, enum grid_style style, const char *text);
void grid_put_char(struct grid *grid, int y, int x, enum grid_style style, uint32_t ch);
void grid_fill(
    struct grid *grid, int y, int x, int width, enum grid_style style, uint32_t ch);

/* Every cell to one ASCII character, for terminals without UTF-8. */
void grid_to_ascii(struct grid *grid);

/* --- text, as the grid measures it --- */

/* The next character of `*at`, which moves behind it; 0 at the end; U+FFFD for
 * what is not UTF-8. */
uint32_t utf8_next(const char **at);
/* Encodes; `out` of 4 bytes. Returns the length. */
size_t utf8_put(char *out, uint32_t ch);
/* Columns of a character: 0, 1 or 2. Our own small table, because wcwidth asks
 * the locale, and a terminal may have none. */
int char_width(uint32_t ch);
int text_width(const char *text);
/* The longest start of `text` that fills at most `width` columns, broken at a
 * blank or newline when there is one. Returns its bytes; `*ret_next` is where
 * the next line starts. */
size_t text_line(const char *text, int width, const char **ret_next);

#endif
