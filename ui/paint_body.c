/* SPDX-License-Identifier: MIT */
#include "ui/paint_page.h"

#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "base/banned.h"
#include "base/bytes.h"

enum {
	AMOUNT_COLS = 11,
	QUANTITY_COLS = 9,
	MARK_COLS = 2,
	NUMBER_COLS = 3,     /* "1  " before a choice */
	GOODS_COLS_MAX = 84, /* farther apart, a name and its amount lose each other */
	LIST_COLS_MAX = 58,
	TEXT_COLS_MAX = 72, /* longer lines are hard to read */
	LINE_MAX = 256,
	NUMBERED_MAX = 9,
	STACKED_MEMBER_ROWS = 4,
	TABLE_NAME_COLS = 18,  /* a member card and two blanks */
	LIST_ROWS_COUNTED = 5, /* fewer are all for the rows themselves */
};

enum list_kind {
	LIST_GOODS = 0, /* newest below */
	LIST_CHOICE,    /* a digit chooses */
	LIST_PEOPLE,    /* arrows choose, digits are typed elsewhere */
	LIST_TABLE,     /* two columns: name, note */
	LIST_COUNTS,    /* quantities are bare counts */
};

static struct box below(struct box box, int rows)
{
	if (rows > box.rows)
		rows = box.rows;
	box.y += rows;
	box.rows -= rows;
	return box;
}

static struct box above(struct box box, int rows)
{
	box.rows = box.rows > rows ? box.rows - rows : 0;
	return box;
}

/* --- rows --- */

static const char *item_name(
    const struct page *page, const struct view_item *item, char buf[LINE_MAX])
{
	if (item->word == W_NONE)
		return item->name;
	format_word(page->language, item->word, item->name, buf, LINE_MAX);
	return buf;
}

/* A note of ours either takes the item's own note or stands behind it. */
static const char *item_note(
    const struct page *page, const struct view_item *item, char buf[LINE_MAX])
{
	if (item->note_word == W_NONE)
		return item->note;
	const char *word = page_word(page, item->note_word);
	format_word(page->language, item->note_word, item->note, buf, LINE_MAX);
	if (item->note[0] == '\0' || strchr(word, '{') != NULL)
		return buf;
	struct sink out = sink_of(buf, LINE_MAX - 1);
	sink_put(&out, bytes_of_text(word));
	sink_put(&out, bytes_of_text(" · "));
	sink_put(&out, bytes_of_text(item->note));
	buf[out.len] = '\0';
	return buf;
}

/* A count stands in the place of quantities, with or without an amount. */
static void row_count(const struct page *page, int y, struct box box,
    const struct view_item *item, const char *note)
{
	char text[FORMAT_FIGURE_MAX];
	format_count(item->quantity_milli / 1000, text);
	int x = box.x + box.cols - AMOUNT_COLS - 1 - QUANTITY_COLS;
	(void)grid_put_right(
	    page->grid, y, x, QUANTITY_COLS, STYLE_PLAIN, note[0] != '\0' ? note : text);
}

/* Amount and quantity, right aligned; returns the column where they start. */
static int row_figures(
    const struct page *page, int y, struct box box, const struct view_item *item)
{
	char text[FORMAT_FIGURE_MAX];
	int end = box.x + box.cols;
	if (item->has_amount) {
		format_amount(item->amount_cents, text);
		(void)grid_put_right(
		    page->grid, y, end - AMOUNT_COLS, AMOUNT_COLS, STYLE_PLAIN, text);
		end -= AMOUNT_COLS + 1;
	}
	if (item->quantity_milli > 0) {
		format_quantity(item->quantity_milli, item->by_weight, text);
		(void)grid_put_right(
		    page->grid, y, end - QUANTITY_COLS, QUANTITY_COLS, STYLE_DIM, text);
		end -= QUANTITY_COLS + 1;
	}
	return end;
}

/* The mark hangs in the margin where that is wide enough; else every list that
 * can have one keeps its place free, so that rows do not jump. */
static int put_mark(const struct page *page, int y, int x, bool marked)
{
	const struct view *v = page->view;
	bool kept = !page->wide && (v->has_chosen || v->screen == VIEW_SALE);
	if (marked)
		grid_put_char(page->grid, y, page->wide ? x - MARK_COLS : x, page->accent,
		    SIGN_CHOSEN);
	return kept ? MARK_COLS : 0;
}

static void paint_row(
    const struct page *page, int y, struct box box, enum list_kind kind, size_t i)
{
	const struct view *v = page->view;
	const struct view_item *item = &v->item[i];
	struct grid *g = page->grid;
	char buf[LINE_MAX], noted[LINE_MAX];
	bool marked = v->has_chosen && v->chosen == i;
	int x = box.x + put_mark(page, y, box.x, marked);
	int end = box.x + box.cols;
	const char *note = item_note(page, item, noted);
	if (kind == LIST_COUNTS)
		row_count(page, y, box, item, note);
	if (kind != LIST_COUNTS || item->has_amount)
		end = row_figures(page, y, box,
		    kind == LIST_COUNTS ? &(struct view_item){.has_amount = true,
					      .amount_cents = item->amount_cents}
					: item);
	if (kind == LIST_CHOICE) {
		if (i < NUMBERED_MAX)
			grid_put_char(g, y, x, page->accent, (uint32_t)('1' + i));
		x += NUMBER_COLS;
	}
	enum grid_style style = marked ? STYLE_STRONG : STYLE_PLAIN;
	int name_x = x;
	x += grid_put(g, y, x, end - x, style, item_name(page, item, buf)) + 2;
	if (kind == LIST_TABLE && x < name_x + TABLE_NAME_COLS)
		x = name_x + TABLE_NAME_COLS;
	if (kind != LIST_COUNTS && x + text_width(note) <= end) /* whole or not at all */
		(void)grid_put(g, y, x, end - x, STYLE_DIM, note);
}

static void paint_more(
    const struct page *page, int y, struct box box, enum word word, size_t count)
{
	char n[FORMAT_FIGURE_MAX], text[LINE_MAX];
	format_count((int64_t)count, n);
	format_word(page->language, word, n, text, sizeof text);
	(void)grid_put(page->grid, y, box.x, box.cols, STYLE_DIM, text);
}

/* The first row shown: the chosen one stays inside; without one, a list starts
 * at its top and goods end at the newest. */
static size_t first_shown(const struct view *v, enum list_kind kind, size_t rows)
{
	size_t count = v->item_count;
	if (count <= rows)
		return 0;
	size_t last_start = count - rows;
	if (!v->has_chosen)
		return kind == LIST_GOODS ? last_start : 0;
	size_t middle = v->chosen > rows / 2 ? v->chosen - rows / 2 : 0;
	return middle < last_start ? middle : last_start;
}

/* Which rows show, and how many do not, above and below. */
struct span {
	size_t first;
	size_t shown;
	size_t over;
	size_t under;
};

static struct span span_of(const struct view *v, enum list_kind kind, size_t rows)
{
	size_t elsewhere =
	    v->item_total > v->item_count ? v->item_total - v->item_count : 0;
	struct span span = {.first = first_shown(v, kind, rows)};
	size_t left = v->item_count - span.first;
	span.shown = left < rows ? left : rows;
	span.over = span.first + (kind == LIST_GOODS ? elsewhere : 0);
	span.under = left - span.shown + (kind == LIST_GOODS ? 0 : elsewhere);
	return span;
}

/* As many rows as fit; the others are counted in a line above or below, where
 * there is room for one. */
static void paint_list(const struct page *page, struct box box, enum list_kind kind)
{
	const struct view *v = page->view;
	int cols = kind == LIST_GOODS ? GOODS_COLS_MAX : LIST_COLS_MAX;
	if (box.cols > cols)
		box.cols = cols;
	if (v->item_count == 0 || box.rows <= 0)
		return;
	bool roomy = box.rows >= LIST_ROWS_COUNTED;
	size_t rows = (size_t)box.rows;
	struct span span = span_of(v, kind, rows);
	for (int i = 0; i < 2 && roomy; i++) { /* one line can push out another row */
		rows = (size_t)box.rows - (span.over > 0) - (span.under > 0);
		span = span_of(v, kind, rows);
	}
	int y = box.y;
	if (roomy && span.over > 0)
		paint_more(page, y++, box, W_MORE_ABOVE, span.over);
	for (size_t i = 0; i < span.shown; i++)
		paint_row(page, y++, box, kind, span.first + i);
	if (roomy && span.under > 0)
		paint_more(page, box.y + box.rows - 1, box, W_MORE_BELOW, span.under);
}

/* --- total and points --- */

/* "+27 pontos", or "Operador +20" when only that one earns, ending at the right
 * edge and starting after `from`. */
static void points_word(const struct page *page, int y, int from)
{
	static const enum word earners[] = {W_NONE, W_EARNER_CLERK, W_EARNER_STORE};
	const struct view *v = page->view;
	char points[FORMAT_FIGURE_MAX], unit[LINE_MAX];
	size_t who = 0;
	while (who < COUNT_OF(earners) && v->points[who] == 0)
		who++;
	if (who == COUNT_OF(earners) && v->member.known)
		who = 0;
	if (!v->has_points || who == COUNT_OF(earners))
		return;
	format_signed(v->points[who], points);
	const char *one = v->points[who] == 1 || v->points[who] == -1 ? "1" : "0";
	format_word(page->language, W_POINTS_UNIT, one, unit, sizeof unit);
	const char *before = page_word(page, earners[who]);
	int end = page->main.x + page->main.cols;
	if (who == 0)
		end =
		    grid_put_right(page->grid, y, from, end - from, STYLE_DIM, unit) - 1;
	end = grid_put_right(page->grid, y, from, end - from, page->accent, points) - 1;
	(void)grid_put_right(page->grid, y, from, end - from, STYLE_DIM, before);
}

static void figures_row(const struct page *page, struct box box)
{
	const struct view *v = page->view;
	char money[FORMAT_FIGURE_MAX];
	struct grid *g = page->grid;
	int y = box.y + box.rows - 1, x = box.x;
	if (v->has_total) {
		format_money(v->total_cents, money);
		x += grid_put(
			 g, y, x, box.cols, STYLE_DIM, page_word(page, W_SALE_TOTAL)) +
		     1;
		x += grid_put(g, y, x, box.x + box.cols - x, STYLE_STRONG, money) + 1;
	}
	points_word(page, y, x);
}

/* The member's points, large, at the foot of a box. */
static int points_figure(const struct page *page, struct box box)
{
	char text[FORMAT_FIGURE_MAX];
	const struct view *v = page->view;
	if (!v->has_points || v->points[0] == 0)
		return 0;
	format_signed(v->points[0], text);
	struct figure figure = {.label = page_word(page, W_SALE_POINTS_LABEL),
	    .unit = "",
	    .text = text,
	    .style = page->accent};
	return paint_figure(page, box, &figure);
}

static int total_figure(const struct page *page, struct box box)
{
	char text[FORMAT_FIGURE_MAX];
	if (!page->view->has_total)
		return 0;
	format_amount(page->view->total_cents, text);
	struct figure figure = {.label = page_word(page, W_SALE_TOTAL),
	    .unit = "R$",
	    .text = text,
	    .style = STYLE_STRONG};
	return paint_figure(page, box, &figure);
}

/* In one column: points beside the total, the member above the list. */
static struct box paint_stacked(const struct page *page)
{
	const struct view *v = page->view;
	struct box main = page->main;
	bool alone = v->screen == VIEW_HELP || v->screen == VIEW_SUMMARY;
	if (page->tall && v->has_total) {
		int rows = total_figure(page, main);
		struct box label = above(main, rows - 1);
		if (rows > 1 && !alone)
			points_word(
			    page, label.y + label.rows - 1, label.x + AMOUNT_COLS);
		main = above(main, rows + (rows > 1));
	} else if (v->has_total || v->has_points) {
		figures_row(page, main);
		main = above(main, 1);
	}
	if (!v->member.known || alone)
		return main;
	if (!page->tall) {
		paint_member_line(page, main.y);
		return below(main, 1);
	}
	struct box member = {main.y, main.x, STACKED_MEMBER_ROWS, main.cols};
	paint_member(page, member);
	return below(main, STACKED_MEMBER_ROWS + 1);
}

/* Total at the foot of the main box, the member beside it or above it. Returns
 * what is left of the main box. */
static struct box paint_frame(const struct page *page)
{
	if (page->side.cols == 0)
		return paint_stacked(page);
	int rows = total_figure(page, page->main);
	int side_rows = points_figure(page, page->side);
	paint_member(page, above(page->side, side_rows > 0 ? side_rows + 1 : 0));
	return above(page->main, rows > 1 ? rows + 1 : rows);
}

/* --- screens --- */

static void centre(const struct page *page, struct box box, int y, enum grid_style style,
    const char *text)
{
	int width = text_width(text);
	int x = box.x + (width < box.cols ? (box.cols - width) / 2 : 0);
	(void)grid_put(page->grid, y, x, box.cols, style, text);
}

/* Nobody is served: the shop's name and the time, and room around them. */
static void paint_idle(const struct page *page)
{
	const struct view *v = page->view;
	struct box box = paint_frame(page);
	char time[FORMAT_FIGURE_MAX] = "";
	enum big_face face = page->ascii ? BIG_ASCII : BIG_SMALL;
	if (!page->ascii && box.rows >= 16 && page->wide)
		face = BIG_LARGE;
	if (v->status.hour >= 0 && page->tall)
		format_time(v->status.hour, v->status.minute, time);
	int height = time[0] != '\0' ? big_rows(face) + 2 : 1;
	int y = box.y + (box.rows - height) / 2;
	if (time[0] != '\0') {
		int x = box.x + (box.cols - big_width(face, time)) / 2;
		big_put(page->grid, y, x, face, STYLE_DIM, time);
		y += big_rows(face) + 1;
	}
	centre(page, box, y, STYLE_STRONG, v->store);
}

static void paint_goods(const struct page *page)
{
	struct box box = paint_frame(page);
	if (page->tall && box.rows > 8)
		box = below(box, 1);
	if (page->view->item_count == 0)
		(void)grid_put(page->grid, box.y, box.x, box.cols, STYLE_DIM,
		    page->view->screen == VIEW_SALE ? page_word(page, W_SALE_EMPTY) : "");
	paint_list(page, box, LIST_GOODS);
}

static void paint_choices(const struct page *page, enum list_kind kind)
{
	struct box box = paint_frame(page);
	if (page->tall && box.rows > 8)
		box = below(box, 1);
	paint_list(page, box, kind);
}

/* What a void of it scans. */
static void paint_receipt(const struct page *page, int y, struct box box)
{
	struct grid *g = page->grid;
	int x = box.x +
		grid_put(g, y, box.x, box.cols, STYLE_DIM, page_word(page, W_RECEIPT));
	(void)grid_put(
	    g, y, x + 1, box.x + box.cols - x - 1, STYLE_PLAIN, page->view->receipt);
}

/* What was recorded, large, and what it earned. */
static void paint_done(const struct page *page)
{
	const struct view *v = page->view;
	struct box box = page->main;
	char text[FORMAT_SENTENCE_MAX];
	if (page->tall)
		box = below(box, 1);
	format_sentence(page->language, &v->read, text, sizeof text);
	(void)grid_put(page->grid, box.y, box.x, 1, tone_style(v->read_tone),
	    tone_sign(v->read_tone));
	struct box headline = {box.y, box.x + 2, 2, box.cols - 2};
	int used = page_wrap(page, headline, tone_style(v->read_tone), text);
	if (v->receipt[0] != '\0' && box.rows > used + 3)
		paint_receipt(page, box.y + used++, headline);
	struct page rest = *page;
	rest.main = below(page->main, box.y + used - page->main.y + 1);
	struct box list = paint_frame(&rest);
	paint_list(page, list, LIST_GOODS);
}

/* A remark below the text: whole, or not at all; returns the rows used. */
static int paint_remark(const struct page *page, struct box box, enum word word)
{
	int rows = 0;
	const char *text = page_word(page, word);
	for (const char *at = text; *at != '\0'; rows++)
		(void)text_line(at, box.cols, &at);
	return rows <= box.rows ? page_wrap(page, box, STYLE_DIM, text) : 0;
}

static void paint_help(const struct page *page)
{
	const struct view *v = page->view;
	struct box box = page->main;
	if (box.cols > TEXT_COLS_MAX)
		box.cols = TEXT_COLS_MAX;
	if (page->tall)
		box = below(box, 1);
	int used = page_wrap(page, box, STYLE_PLAIN, page_word(page, v->help));
	box = below(box, used + (page->tall ? 1 : 0));
	used = paint_remark(page, box, W_HELP_KEYS);
	box = below(box, used + (page->tall ? 1 : 0));
	if (v->item_count == 0 || box.rows < 2)
		return;
	(void)grid_put(page->grid, box.y, box.x, box.cols, page->accent,
	    page_word(page, W_HELP_TRY));
	paint_list(page, below(box, 1), LIST_TABLE);
}

static void paint_setup(const struct page *page)
{
	struct box box = page->main;
	if (box.cols > TEXT_COLS_MAX)
		box.cols = TEXT_COLS_MAX;
	if (page->tall)
		box = below(box, 2);
	int used = page_wrap(page, box, STYLE_PLAIN, page_word(page, W_HELP_SETUP));
	(void)paint_remark(page, below(box, used + 1), W_SETUP_CALL);
}

/* The programme's own words about consent. */
static void paint_enrol(const struct page *page)
{
	struct box box = paint_frame(page);
	if (box.cols > TEXT_COLS_MAX)
		box.cols = TEXT_COLS_MAX;
	if (page->tall)
		box = below(box, 1);
	(void)page_wrap(page, box, STYLE_PLAIN, page->view->text);
}

static void paint_closed(const struct page *page)
{
	if (page->view->item_count == 0)
		paint_idle(page);
	else
		paint_choices(page, LIST_PEOPLE);
}

void paint_body(const struct page *page)
{
	switch (page->view->screen) {
	case VIEW_CLOSED: paint_closed(page); break;
	case VIEW_IDLE: paint_idle(page); break;
	case VIEW_SALE:
	case VIEW_TOPUP:
	case VIEW_VOID: paint_goods(page); break;
	case VIEW_LIST: paint_choices(page, LIST_CHOICE); break;
	case VIEW_SUMMARY: paint_choices(page, LIST_COUNTS); break;
	case VIEW_DONE: paint_done(page); break;
	case VIEW_HELP: paint_help(page); break;
	case VIEW_SETUP: paint_setup(page); break;
	case VIEW_ENROL: paint_enrol(page); break;
	case VIEW_NONE:
	case VIEW_SCREEN_COUNT_: break;
	}
}
