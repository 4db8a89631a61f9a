/* SPDX-License-Identifier: MIT */
#include "ui/grid.h"

#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "base/banned.h"

enum { REPLACEMENT = 0xFFFD, ELLIPSIS = 0x2026, NO_BREAK_SPACE = 0xA0 };

struct char_range {
	uint32_t first;
	uint32_t last;
};

/* Marks that stand over the character before them, joiners, and marks of
 * direction, which could make a name from outside read backwards. */
static const struct char_range zero_width[] = {
    {0x00AD, 0x00AD},
    {0x0300, 0x036F},
    {0x0483, 0x0489},
    {0x0591, 0x05BD},
    {0x0610, 0x061A},
    {0x064B, 0x065F},
    {0x093C, 0x093C},
    {0x094D, 0x094D},
    {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x200B, 0x200F},
    {0x202A, 0x202E},
    {0x2060, 0x2069},
    {0x20D0, 0x20F0},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF},
    {0xE0000, 0xE0FFF},
};

static const struct char_range two_wide[] = {
    {0x1100, 0x115F},
    {0x2E80, 0x303E},
    {0x3041, 0x33FF},
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF},
    {0x20000, 0x3FFFD},
};

static bool in_ranges(const struct char_range *range, size_t count, uint32_t ch)
{
	for (size_t i = 0; i < count; i++)
		if (ch >= range[i].first && ch <= range[i].last)
			return true;
	return false;
}

static bool is_control(uint32_t ch)
{
	return ch < 0x20 || (ch >= 0x7F && ch < 0xA0) || ch == 0x2028 || ch == 0x2029;
}

int char_width(uint32_t ch)
{
	if (ch < 0xAD)
		return 1;
	if (in_ranges(zero_width, COUNT_OF(zero_width), ch))
		return 0;
	return in_ranges(two_wide, COUNT_OF(two_wide), ch) ? 2 : 1;
}

/* Length of the sequence a lead byte starts, its least value in `*ret_least`;
 * 0: no lead byte. */
static int lead_length(unsigned char lead, uint32_t *ret_least)
{
	if (lead >= 0xC2 && lead <= 0xDF) {
		*ret_least = 0x80;
		return 2;
	}
	if (lead >= 0xE0 && lead <= 0xEF) {
		*ret_least = 0x800;
		return 3;
	}
	if (lead >= 0xF0 && lead <= 0xF4) {
		*ret_least = 0x10000;
		return 4;
	}
	return 0;
}

uint32_t utf8_next(const char **at)
{
	const unsigned char *s = (const unsigned char *)*at;
	if (s[0] == 0)
		return 0;
	if (s[0] < 0x80) {
		*at += 1;
		return s[0];
	}
	uint32_t least = 0;
	int len = lead_length(s[0], &least);
	uint32_t ch = len == 0 ? 0 : s[0] & (0x7FU >> len);
	for (int i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80) {
			*at += i;
			return REPLACEMENT;
		}
		ch = ch << 6 | (s[i] & 0x3FU);
	}
	*at += len == 0 ? 1 : len;
	bool good =
	    len != 0 && ch >= least && ch <= 0x10FFFF && (ch < 0xD800 || ch > 0xDFFF);
	return good ? ch : REPLACEMENT;
}

size_t utf8_put(char *out, uint32_t ch)
{
	if (ch < 0x80) {
		out[0] = (char)ch;
		return 1;
	}
	size_t len = ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	for (size_t i = len - 1; i > 0; i--, ch >>= 6)
		out[i] = (char)(unsigned char)(0x80 | (ch & 0x3F));
	out[0] = (char)(unsigned char)(lead[len] | ch);
	return len;
}

int text_width(const char *text)
{
	int width = 0;
	for (uint32_t ch; (ch = utf8_next(&text)) != 0;)
		width += char_width(ch);
	return width;
}

size_t text_line(const char *text, int width, const char **ret_next)
{
	const char *at = text;
	const char *brk = NULL; /* behind the last blank that fits */
	size_t brk_len = 0;
	for (int used = 0;;) {
		const char *before = at;
		uint32_t ch = utf8_next(&at);
		if (ch == 0 || ch == '\n') {
			*ret_next = at;
			return (size_t)(before - text);
		}
		if (ch == ' ') {
			brk = at;
			brk_len = (size_t)(before - text);
		}
		used += char_width(ch);
		if (used > width && brk != NULL) {
			*ret_next = brk;
			return brk_len;
		}
		if (used > width) {
			*ret_next = before == text ? at : before;
			return (size_t)(*ret_next - text);
		}
	}
}

static void cell_set(struct grid_cell *cell, enum grid_style style, uint32_t ch)
{
	cell->ch = ch;
	cell->mark = 0;
	cell->style = (uint8_t)style;
	cell->width = 1;
}

void grid_reset(struct grid *grid, int rows, int cols)
{
	grid->rows = rows < 0 ? 0 : rows > GRID_ROWS_MAX ? GRID_ROWS_MAX : rows;
	grid->cols = cols < 0 ? 0 : cols > GRID_COLS_MAX ? GRID_COLS_MAX : cols;
	grid->cursor_y = -1;
	grid->cursor_x = -1;
	for (int i = 0; i < grid->rows * grid->cols; i++)
		cell_set(&grid->cell[i], STYLE_PLAIN, ' ');
}

struct grid_cell *grid_at(struct grid *grid, int y, int x)
{
	if (y < 0 || y >= grid->rows || x < 0 || x >= grid->cols)
		return NULL;
	return &grid->cell[y * grid->cols + x];
}

bool grid_cell_equal(const struct grid_cell *a, const struct grid_cell *b)
{
	return a->ch == b->ch && a->mark == b->mark && a->style == b->style &&
	       a->width == b->width;
}

/* Writing over one half of a wide character blanks the other half. */
static void free_halves(struct grid *grid, int y, int x)
{
	const struct grid_cell *cell = grid_at(grid, y, x);
	struct grid_cell *left = grid_at(grid, y, x - 1);
	struct grid_cell *right = grid_at(grid, y, x + 1);
	if (cell != NULL && cell->width == 0 && left != NULL)
		cell_set(left, (enum grid_style)left->style, ' ');
	if (cell != NULL && cell->width == 2 && right != NULL)
		cell_set(right, (enum grid_style)right->style, ' ');
}

void grid_put_char(struct grid *grid, int y, int x, enum grid_style style, uint32_t ch)
{
	struct grid_cell *cell = grid_at(grid, y, x);
	if (cell == NULL)
		return;
	free_halves(grid, y, x);
	cell_set(cell, style, ch);
	if (char_width(ch) < 2)
		return;
	struct grid_cell *right = grid_at(grid, y, x + 1);
	if (right == NULL) {
		cell_set(cell, style, ' ');
		return;
	}
	free_halves(grid, y, x + 1);
	cell_set(right, style, ' ');
	right->width = 0;
	cell->width = 2;
}

void grid_fill(
    struct grid *grid, int y, int x, int width, enum grid_style style, uint32_t ch)
{
	assert(char_width(ch) == 1);
	for (int i = 0; i < width; i++)
		grid_put_char(grid, y, x + i, style, ch);
}

/* A mark joins the character before it; a second one, and marks of direction,
 * are left out. */
static void put_mark(struct grid *grid, int y, int x, uint32_t ch)
{
	struct grid_cell *cell = grid_at(grid, y, x);
	if (cell != NULL && cell->width == 0)
		cell = grid_at(grid, y, x - 1);
	bool combining = ch >= 0x0300 && !(ch >= 0x2000 && ch < 0x20D0) && ch < 0xFE00;
	if (cell != NULL && combining && cell->mark == 0)
		cell->mark = ch;
}

int grid_put(
    struct grid *grid, int y, int x, int width, enum grid_style style, const char *text)
{
	bool cut = text_width(text) > width;
	int room = cut ? width - 1 : width;
	int used = 0;
	for (uint32_t ch; (ch = utf8_next(&text)) != 0;) {
		if (is_control(ch))
			ch = REPLACEMENT;
		if (ch == NO_BREAK_SPACE)
			ch = ' ';
		int columns = char_width(ch);
		if (columns == 0 && used > 0)
			put_mark(grid, y, x + used - 1, ch);
		if (columns == 0)
			continue;
		if (used + columns > room)
			break;
		grid_put_char(grid, y, x + used, style, ch);
		used += columns;
	}
	if (cut && width > 0)
		grid_put_char(grid, y, x + used++, style, ELLIPSIS);
	return used;
}

int grid_put_right(
    struct grid *grid, int y, int x, int width, enum grid_style style, const char *text)
{
	int wanted = text_width(text);
	int start = x + (wanted < width ? width - wanted : 0);
	(void)grid_put(grid, y, start, width - (start - x), style, text);
	return start;
}

/* What stands for U+00C0 .. U+00FF. */
static const char latin_letters[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPs"
				    "aaaaaaaceeeeiiiidnooooo/ouuuuypy";

static const struct {
	uint16_t ch;
	char stands;
} signs[] = {
    {0x00A1, '!'},
    {0x00AA, 'a'},
    {0x00AB, '<'},
    {0x00B0, 'o'},
    {0x00B7, '-'},
    {0x00BA, 'o'},
    {0x00BB, '>'},
    {0x2013, '-'},
    {0x2014, '-'},
    {0x2018, '\''},
    {0x2019, '\''},
    {0x201C, '"'},
    {0x201D, '"'},
    {0x2022, '*'},
    {0x2026, '.'},
    {0x2190, '<'},
    {0x2191, '^'},
    {0x2192, '>'},
    {0x2193, 'v'},
    {0x221A, '+'},
    {0x203C, '!'},
    {0x2500, '-'},
    {0x2502, '|'},
    {0x252C, '-'},
    {0x2534, '-'},
    {0x2580, '#'},
    {0x2584, '#'},
    {0x2588, '#'},
    {0x25BA, '>'},
};

static uint32_t ascii_for(uint32_t ch)
{
	if (ch < 0x80)
		return ch;
	if (ch >= 0xC0 && ch <= 0xFF)
		return (unsigned char)latin_letters[ch - 0xC0];
	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (signs[i].ch == ch)
			return (unsigned char)signs[i].stands;
	return '?';
}

void grid_to_ascii(struct grid *grid)
{
	for (int i = 0; i < grid->rows * grid->cols; i++) {
		struct grid_cell *cell = &grid->cell[i];
		uint32_t ch = cell->width == 0 ? ' ' : ascii_for(cell->ch);
		cell_set(cell, (enum grid_style)cell->style, ch);
	}
}
