/* SPDX-License-Identifier: MIT */
#ifndef UI_PAINT_PAGE_H
#define UI_PAINT_PAGE_H

#include "ui/big.h"
#include "ui/format.h"
#include "ui/grid.h"
#include "ui/paint.h"

/* What the files of paint share: one view on its way into one grid. */

/* Signs go with every colour, so that none carries meaning alone. All of them
 * are in the fonts of a bare console (code page 437). */
enum {
	SIGN_RULE = 0x2500,
	SIGN_GUTTER = 0x2502,
	SIGN_RULE_DOWN = 0x252C,
	SIGN_RULE_UP = 0x2534,
	SIGN_DOT = 0x2022,
	SIGN_CHOSEN = 0x25BA,
};

struct box {
	int y;
	int x;
	int rows;
	int cols;
};

struct page {
	const struct view *view;
	enum language language;
	bool ascii;
	struct grid *grid;
	enum grid_style accent;
	bool wide;       /* room for a column beside the sale */
	bool tall;       /* room for large figures and two lines of keys */
	struct box all;  /* inside the margins */
	struct box main; /* what the screen is about */
	struct box side; /* the member; no columns: not shown */
};

/* --- paint.c --- */
const char *page_word(const struct page *page, enum word word);
const char *tone_sign(enum tone tone);
enum grid_style tone_style(enum tone tone);
/* Writes wrapped text into the box from its top; returns the rows used. */
int page_wrap(
    const struct page *page, struct box box, enum grid_style style, const char *text);

/* --- paint_body.c: the middle, by screen --- */
void paint_body(const struct page *page);

/* --- paint_member.c: who is served, and what it earns --- */
/* Draws from the top of the box, leaving out what matters least. */
void paint_member(const struct page *page, struct box box);
/* One row: name, letter, balance. */
void paint_member_line(const struct page *page, int y);

/* --- paint_figure.c --- */
/* A label with its figure below, as large as the box allows, at its bottom.
 * Returns the rows used. `unit` stands before the figure ("R$") or is "". */
struct figure {
	const char *label;
	const char *unit;
	const char *text;
	enum grid_style style;
};

int paint_figure(const struct page *page, struct box box, const struct figure *figure);

#endif
