/* SPDX-License-Identifier: MIT */
#include "ui/paint_page.h"

#include <assert.h>
#include <string.h>

#include "base/attr.h"
#include "base/banned.h"
#include "base/bytes.h"

/*
 * The panel is first a list of lines, each with how much it is needed; what
 * has no room goes by need, and blank lines first of all.
 */
enum { PANEL_LINES_MAX = 32, NEED_BASE = 0, NEED_BLANK = 1 };

struct panel_line {
	int need;
	int indent;
	char badge; /* a letter in a box before the text, 0: none */
	enum grid_style style;
	enum grid_style right_style;
	char text[VIEW_TEXT_MAX];
	char right[FORMAT_FIGURE_MAX];
};

struct panel {
	const struct page *page;
	size_t count;
	struct panel_line line[PANEL_LINES_MAX];
};

static struct panel_line *add(
    struct panel *panel, int need, enum grid_style style, const char *text)
{
	assert(panel->count < PANEL_LINES_MAX);
	struct panel_line *line = &panel->line[panel->count++];
	*line = (struct panel_line){.need = need, .style = style};
	struct sink out = sink_of(line->text, sizeof line->text - 1);
	sink_put(&out, bytes_of(text, strnlen(text, sizeof line->text - 1)));
	line->text[out.len] = '\0';
	return line;
}

static void add_blank(struct panel *panel)
{
	(void)add(panel, NEED_BLANK, STYLE_PLAIN, "");
}

static const char *panel_word(const struct panel *panel, enum word word)
{
	return page_word(panel->page, word);
}

/* Who: a name, else the masked number, else what is known of the search. */
static void add_person(struct panel *panel)
{
	const struct view_member *m = &panel->page->view->member;
	(void)add(panel, 6, STYLE_DIM, panel_word(panel, W_MEMBER_TITLE));
	if (!m->known) {
		(void)add(panel, 9, STYLE_PLAIN, panel_word(panel, W_MEMBER_NONE));
		return;
	}
	bool named = m->found && m->first_name[0] != '\0';
	(void)add(panel, 9, STYLE_STRONG, named ? m->first_name : m->shown);
	if (m->looking)
		(void)add(panel, 8, STYLE_DIM, panel_word(panel, W_MEMBER_LOOKING));
	else if (!m->found)
		(void)add(panel, 8, STYLE_DIM, panel_word(panel, W_MEMBER_NOT_HERE));
	if (m->segment != 0)
		add(panel, 8, STYLE_PLAIN, m->segment_word)->badge = m->segment;
	if (m->tier[0] != '\0')
		(void)add(panel, 4, STYLE_PLAIN, m->tier);
	if (named)
		(void)add(panel, 3, STYLE_DIM, m->shown);
}

static void add_balance(struct panel *panel)
{
	const struct view_member *m = &panel->page->view->member;
	if (!m->known || !m->has_balance)
		return;
	add_blank(panel);
	struct panel_line *line =
	    add(panel, 8, STYLE_DIM, panel_word(panel, W_MEMBER_BALANCE));
	line->right_style = STYLE_STRONG;
	format_count(m->balance, line->right);
	if (m->balance_day == 0)
		return;
	char date[FORMAT_FIGURE_MAX];
	format_date(panel->page->language, m->balance_day, date);
	line = add(panel, 7, STYLE_DIM, "");
	line->right_style = STYLE_DIM;
	format_word(
	    panel->page->language, W_BALANCE_ASOF, date, line->right, sizeof line->right);
}

/* The amount that a rule counted, where there is room to spare. */
static void add_base(struct panel *panel, int64_t cents)
{
	char money[FORMAT_FIGURE_MAX], text[VIEW_TEXT_MAX];
	if (cents == 0)
		return;
	format_money(cents, money);
	format_word(panel->page->language, W_WHY_ON, money, text, sizeof text);
	add(panel, NEED_BASE, STYLE_DIM, text)->indent = 4;
}

static void add_why(struct panel *panel, enum word earner, int need)
{
	const struct view *v = panel->page->view;
	for (size_t i = 0; i < v->why_count && i < VIEW_WHY_MAX; i++) {
		const struct view_why *why = &v->why[i];
		if (why->earner != earner)
			continue;
		struct panel_line *line = add(panel, need, STYLE_DIM, why->rule);
		line->indent = 2;
		line->right_style = STYLE_DIM;
		format_signed(why->points, line->right);
		add_base(panel, why->base_cents);
	}
}

static enum word points_label(const struct view *v)
{
	bool takes = v->screen == VIEW_VOID || v->points[0] < 0;
	if (takes)
		return W_SALE_POINTS_LABEL;
	return v->screen == VIEW_DONE ? W_MEMBER_EARNED : W_MEMBER_EARNS;
}

/* Each earner with the rules that gave its points below it. */
static void add_points(struct panel *panel)
{
	static const enum word earner[] = {
	    W_EARNER_MEMBER, W_EARNER_CLERK, W_EARNER_STORE};

	static const int needs[] = {7, 4, 4};
	const struct view *v = panel->page->view;
	bool earns = v->points[0] != 0 || v->points[1] != 0 || v->points[2] != 0;
	if (!v->has_points || (!earns && !v->member.known))
		return;
	add_blank(panel);
	(void)add(panel, 5, STYLE_DIM, panel_word(panel, points_label(v)));
	for (size_t i = 0; i < COUNT_OF(earner); i++) {
		if (v->points[i] == 0 && (i > 0 || !v->member.known))
			continue;
		struct panel_line *line =
		    add(panel, needs[i], STYLE_PLAIN, panel_word(panel, earner[i]));
		line->right_style = STYLE_STRONG;
		format_signed(v->points[i], line->right);
		add_why(panel, earner[i], i == 0 ? 5 : 2);
	}
}

/* Takes out the last of the least needed lines. */
static void drop_one(struct panel *panel)
{
	size_t least = 0;
	for (size_t i = 0; i < panel->count; i++)
		if (panel->line[i].need <= panel->line[least].need)
			least = i;
	panel->count--;
	memmove(&panel->line[least], &panel->line[least + 1],
	    (panel->count - least) * sizeof panel->line[0]);
}

static void paint_line(
    const struct page *page, int y, struct box box, const struct panel_line *line)
{
	struct grid *g = page->grid;
	int x = box.x + line->indent;
	int end = box.x + box.cols;
	if (line->right[0] != '\0')
		end = grid_put_right(
			  g, y, box.x, box.cols, line->right_style, line->right) -
		      1;
	if (line->badge != 0) {
		const char letter[] = {' ', line->badge, ' ', '\0'};
		bool training = page->view->status.training;
		enum grid_style style = training ? STYLE_TRAINING : STYLE_MARKED;
		x += grid_put(g, y, x, 3, style, letter) + 1;
	}
	(void)grid_put(g, y, x, end - x, line->style, line->text);
}

void paint_member(const struct page *page, struct box box)
{
	struct panel panel = {.page = page};
	add_person(&panel);
	add_balance(&panel);
	add_points(&panel);
	while (panel.count > 0 && (int)panel.count > box.rows)
		drop_one(&panel);
	for (size_t i = 0; i < panel.count; i++)
		paint_line(page, box.y + (int)i, box, &panel.line[i]);
}

void paint_member_line(const struct page *page, int y)
{
	const struct view_member *m = &page->view->member;
	struct panel panel = {.page = page};
	struct box box = page->main;
	bool named = m->found && m->first_name[0] != '\0';
	struct panel_line *line =
	    add(&panel, 9, STYLE_STRONG, named ? m->first_name : m->shown);
	line->badge = m->segment;
	line->right_style = STYLE_PLAIN;
	if (m->has_balance) {
		char count[FORMAT_FIGURE_MAX];
		format_count(m->balance, count);
		format_word(page->language, W_POINTS_COUNT, count, line->right,
		    sizeof line->right);
	}
	paint_line(page, y, box, line);
}
