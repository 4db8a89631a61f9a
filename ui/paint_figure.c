/* SPDX-License-Identifier: MIT */
#include "ui/paint_page.h"

#include "base/banned.h"

enum { LARGE_ROWS_MIN = 13 }; /* of the box, so that the list keeps most of it */

static int unit_width(const struct figure *figure)
{
	return figure->unit[0] != '\0' ? text_width(figure->unit) + 1 : 0;
}

static bool fits(const struct box *box, const struct figure *figure, enum big_face face)
{
	int rows = face == BIG_LARGE ? LARGE_ROWS_MIN + 3 : big_rows(face) + 1;
	return box->rows >= rows &&
	       big_width(face, figure->text) + unit_width(figure) <= box->cols;
}

/* One row: label at the left, figure at the right. */
static int paint_small(
    const struct page *page, struct box box, const struct figure *figure)
{
	int y = box.y + box.rows - 1;
	struct grid *g = page->grid;
	int start = grid_put_right(g, y, box.x, box.cols, figure->style, figure->text);
	if (figure->unit[0] != '\0')
		start = grid_put_right(
		    g, y, box.x, start - box.x - 1, figure->style, figure->unit);
	(void)grid_put(g, y, box.x, start - box.x - 1, STYLE_DIM, figure->label);
	return 1;
}

int paint_figure(const struct page *page, struct box box, const struct figure *figure)
{
	enum big_face face = page->ascii ? BIG_ASCII : BIG_SMALL;
	if (!page->ascii && fits(&box, figure, BIG_LARGE))
		face = BIG_LARGE;
	if (!page->tall || !fits(&box, figure, face))
		return paint_small(page, box, figure);
	int rows = big_rows(face);
	int y = box.y + box.rows - rows;
	struct grid *g = page->grid;
	(void)grid_put(g, y - 1, box.x, box.cols, STYLE_DIM, figure->label);
	(void)grid_put(g, y + big_rows(BIG_SMALL) / 2 + (face == BIG_LARGE), box.x,
	    box.cols, figure->style, figure->unit);
	big_put(g, y, box.x + unit_width(figure), face, figure->style, figure->text);
	return rows + 1;
}
