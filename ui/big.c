/* SPDX-License-Identifier: MIT */
#include "ui/big.h"

#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "base/banned.h"

enum {
	GLYPH_ROWS = 6, /* pixels; the sixth is below the line, for the comma */
	STROKE_ROWS = 3,
	UPPER_HALF = 0x2580,
	LOWER_HALF = 0x2584,
	FULL_BLOCK = 0x2588,
};

/* One figure: rows of pixels, and the same drawn with strokes. */
struct glyph {
	char ch;
	int width;
	const char *pixel[GLYPH_ROWS];
	const char *stroke[STROKE_ROWS];
};

static const struct glyph glyphs[] = {
    {'0', 3, {"###", "# #", "# #", "# #", "###", ""}, {" _ ", "| |", "|_|"}},
    {'1', 3, {" # ", "## ", " # ", " # ", "###", ""}, {"   ", "  |", "  |"}},
    {'2', 3, {"###", "  #", "###", "#  ", "###", ""}, {" _ ", " _|", "|_ "}},
    {'3', 3, {"###", "  #", "###", "  #", "###", ""}, {" _ ", " _|", " _|"}},
    {'4', 3, {"# #", "# #", "###", "  #", "  #", ""}, {"   ", "|_|", "  |"}},
    {'5', 3, {"###", "#  ", "###", "  #", "###", ""}, {" _ ", "|_ ", " _|"}},
    {'6', 3, {"###", "#  ", "###", "# #", "###", ""}, {" _ ", "|_ ", "|_|"}},
    {'7', 3, {"###", "  #", "  #", "  #", "  #", ""}, {" _ ", "  |", "  |"}},
    {'8', 3, {"###", "# #", "###", "# #", "###", ""}, {" _ ", "|_|", "|_|"}},
    {'9', 3, {"###", "# #", "###", "  #", "###", ""}, {" _ ", "|_|", " _|"}},
    {'+', 3, {"   ", " # ", "###", " # ", "   ", ""}, {"   ", "_|_", " | "}},
    {'-', 3, {"   ", "   ", "###", "   ", "   ", ""}, {"   ", "___", "   "}},
    {'.', 1, {" ", " ", " ", " ", "#", ""}, {" ", " ", "."}},
    {',', 1, {" ", " ", " ", " ", "#", "#"}, {" ", " ", ","}},
    {':', 1, {" ", "#", " ", "#", " ", ""}, {" ", ".", "."}},
};

static const struct glyph *glyph_of(char ch)
{
	for (size_t i = 0; i < COUNT_OF(glyphs); i++)
		if (glyphs[i].ch == ch)
			return &glyphs[i];
	return NULL;
}

int big_rows(enum big_face face)
{
	return face == BIG_LARGE ? GLYPH_ROWS : STROKE_ROWS;
}

static int scale(enum big_face face)
{
	return face == BIG_LARGE ? 2 : 1;
}

static int advance(enum big_face face, const struct glyph *glyph)
{
	int width = glyph == NULL ? 1 : glyph->width;
	return (width + 1) * scale(face);
}

int big_width(enum big_face face, const char *text)
{
	int width = 0;
	for (; *text != '\0'; text++)
		width += advance(face, glyph_of(*text));
	return width > 0 ? width - scale(face) : 0;
}

static bool pixel(const struct glyph *glyph, int row, int column)
{
	const char *line = glyph->pixel[row];
	return line[0] != '\0' && line[column] == '#';
}

static void put_small(
    struct grid *g, int y, int x, enum grid_style style, const struct glyph *glyph)
{
	static const uint32_t block[] = {' ', UPPER_HALF, LOWER_HALF, FULL_BLOCK};
	for (int row = 0; row < GLYPH_ROWS; row += 2)
		for (int column = 0; column < glyph->width; column++) {
			int halves = pixel(glyph, row, column) |
				     pixel(glyph, row + 1, column) << 1;
			grid_put_char(g, y + row / 2, x + column, style, block[halves]);
		}
}

static void put_large(
    struct grid *g, int y, int x, enum grid_style style, const struct glyph *glyph)
{
	for (int row = 0; row < GLYPH_ROWS; row++)
		for (int column = 0; column < glyph->width; column++)
			if (pixel(glyph, row, column))
				grid_fill(
				    g, y + row, x + 2 * column, 2, style, FULL_BLOCK);
}

static void put_strokes(
    struct grid *g, int y, int x, enum grid_style style, const struct glyph *glyph)
{
	for (int row = 0; row < STROKE_ROWS; row++)
		(void)grid_put(g, y + row, x, glyph->width, style, glyph->stroke[row]);
}

void big_put(struct grid *grid, int y, int x, enum big_face face, enum grid_style style,
    const char *text)
{
	assert(face < BIG_FACE_COUNT_);
	for (; *text != '\0'; text++) {
		const struct glyph *glyph = glyph_of(*text);
		if (glyph != NULL && face == BIG_ASCII)
			put_strokes(grid, y, x, style, glyph);
		else if (glyph != NULL && face == BIG_SMALL)
			put_small(grid, y, x, style, glyph);
		else if (glyph != NULL)
			put_large(grid, y, x, style, glyph);
		x += advance(face, glyph);
	}
}
