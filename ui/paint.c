/* SPDX-License-Identifier: MIT */
#include "ui/paint.h"

#include <string.h>

#include "base/attr.h"
#include "base/banned.h"
#include "base/bytes.h"

#include "ui/paint_page.h"

enum {
	WIDE_COLS = 72,
	TALL_ROWS = 22,
	AIRY_ROWS = 30,
	SIDE_COLS_MIN = 24,
	SIDE_COLS_MAX = 38,
	GUTTER_COLS = 5,
	MESSAGE_ROWS = 3, /* what was read, and what to do now */
	HINT_GAP_MIN = 2,
	HINT_GAP_MAX = 3,
	LINE_MAX = 256,
};

const char *page_word(const struct page *page, enum word word)
{
	return word_text(page->language, word);
}

const char *tone_sign(enum tone tone)
{
	switch (tone) {
	case TONE_GOOD: return "√";
	case TONE_WARN: return "!";
	case TONE_ALERT: return "‼";
	case TONE_PLAIN: break;
	}
	return "·";
}

enum grid_style tone_style(enum tone tone)
{
	switch (tone) {
	case TONE_GOOD: return STYLE_GOOD;
	case TONE_WARN: return STYLE_WARN;
	case TONE_ALERT: return STYLE_ALERT;
	case TONE_PLAIN: break;
	}
	return STYLE_PLAIN;
}

int page_wrap(
    const struct page *page, struct box box, enum grid_style style, const char *text)
{
	int rows = 0;
	while (*text != '\0' && rows < box.rows && box.cols > 0) {
		char line[LINE_MAX];
		const char *next;
		size_t len = text_line(text, box.cols, &next);
		bool last = rows + 1 == box.rows;
		const char *show =
		    text; /* the last row takes all, and is cut with a sign */
		if (!last && len < sizeof line) {
			memcpy(line, text, len);
			line[len] = '\0';
			show = line;
		}
		(void)grid_put(page->grid, box.y + rows++, box.x, box.cols, style, show);
		text = next;
	}
	return rows;
}

/* --- head: where one is, which shop, what time --- */

static int badge(const struct page *page, int y, int x)
{
	char text[FORMAT_FIGURE_MAX];
	struct grid *g = page->grid;
	if (!page->view->status.training)
		return 0;
	text[0] = ' ';
	text[1] = '\0';
	int used = grid_put(g, y, x, 1, STYLE_TRAINING, text);
	used += grid_put(g, y, x + used, 20, STYLE_TRAINING, page_word(page, W_TRAINING));
	used += grid_put(g, y, x + used, 1, STYLE_TRAINING, text);
	return used + 2;
}

static enum word default_title(enum view_screen screen)
{
	static const enum word titles[VIEW_SCREEN_COUNT_] = {
	    [VIEW_CLOSED] = W_CASH_OPEN,
	    [VIEW_IDLE] = W_IDLE_TITLE,
	    [VIEW_SALE] = W_SALE_TITLE,
	    [VIEW_TOPUP] = W_TOPUP_TITLE,
	    [VIEW_LIST] = W_LAST_TITLE,
	    [VIEW_SUMMARY] = W_CASH_SUMMARY,
	    [VIEW_DONE] = W_DONE_TITLE,
	    [VIEW_HELP] = W_HELP_TITLE,
	    [VIEW_SETUP] = W_SETUP_TITLE,
	    [VIEW_ENROL] = W_ENROL_TITLE,
	    [VIEW_VOID] = W_VOID_TITLE,
	};

	return screen < VIEW_SCREEN_COUNT_ ? titles[screen] : W_NONE;
}

static void paint_head(const struct page *page)
{
	const struct view *v = page->view;
	struct grid *g = page->grid;
	struct box all = page->all;
	int end = all.x + all.cols;
	if (v->status.hour >= 0) {
		char time[FORMAT_FIGURE_MAX];
		format_time(v->status.hour, v->status.minute, time);
		end = grid_put_right(g, 0, all.x, all.cols, STYLE_PLAIN, time) - 2;
	}
	int x = all.x + badge(page, 0, all.x);
	enum word title = v->title != W_NONE ? v->title : default_title(v->screen);
	x += grid_put(g, 0, x, end - x, page->accent, page_word(page, title));
	/* In a narrow window the clerk stands here, and not the shop's name. */
	const char *beside = page->wide ? v->store : v->status.clerk;
	if (end - x > 4)
		(void)grid_put_right(g, 0, x + 2, end - x - 2, STYLE_DIM, beside);
	grid_fill(g, 1, all.x, all.cols, STYLE_DIM, SIGN_RULE);
}

/* A standing warning below the rule; returns its rows. */
static int paint_warning(const struct page *page)
{
	char text[FORMAT_SENTENCE_MAX];
	const struct view *v = page->view;
	struct box box = page->all;
	format_sentence(page->language, &v->status.warn, text, sizeof text);
	if (text[0] == '\0')
		return 0;
	(void)grid_put(page->grid, 2, box.x, 1, STYLE_WARN, tone_sign(TONE_WARN));
	box = (struct box){.y = 2, .x = box.x + 2, .rows = 2, .cols = box.cols - 2};
	return page_wrap(page, box, STYLE_WARN, text);
}

/* --- foot: status, keys, field, what to do, what was read --- */

static void join(char *line, size_t cap, const char *piece)
{
	size_t len = strlen(line);
	const char *between = len > 0 ? " · " : "";
	struct sink out = sink_of(line + len, cap - 1 - len);
	sink_put(&out, bytes_of_text(between));
	sink_put(&out, bytes_of_text(piece));
	line[len + out.len] = '\0';
}

/* Waiting records and their age. */
static void status_facts(const struct page *page, bool brief, char *line, size_t cap)
{
	const struct view_status *s = &page->view->status;
	char age[FORMAT_FIGURE_MAX], piece[LINE_MAX], count[FORMAT_FIGURE_MAX];
	line[0] = '\0';
	format_count((int64_t)s->waiting, count);
	enum word queue = brief ? W_LINK_QUEUE_SHORT : W_LINK_QUEUE;
	format_word(page->language, s->waiting > 0 ? queue : W_LINK_SENT, count, piece,
	    sizeof piece);
	join(line, cap, piece);
	if (s->waiting > 0 && s->oldest_s >= 0) {
		format_age(page->language, s->oldest_s, age);
		format_word(page->language, W_LINK_OLDEST, age, piece, sizeof piece);
		join(line, cap, brief ? age : piece);
	}
}

static void paint_clock_state(const struct page *page)
{
	const struct view_status *s = &page->view->status;
	struct box all = page->all;
	char line[LINE_MAX] = "";
	if (s->clock_unsure)
		join(line, sizeof line, page_word(page, W_CLOCK_UNSURE));
	if (s->programme_expired)
		join(line, sizeof line, page_word(page, W_PROGRAMME_EXPIRED));
	if (line[0] == '\0')
		return;
	/* Set into the rule below the head: always there, in every size. */
	int start = grid_put_right(page->grid, 1, all.x, all.cols - 2, STYLE_WARN, line);
	(void)grid_put(page->grid, 1, start - 3, 3, STYLE_WARN, " ! ");
	grid_put_char(page->grid, 1, all.x + all.cols - 2, STYLE_PLAIN, ' ');
}

/* Who serves, and at which terminal where that fits; returns where it starts. */
static int paint_who(const struct page *page, int y)
{
	const struct view_status *s = &page->view->status;
	struct box all = page->all;
	char who[LINE_MAX] = "";
	bool known = s->clerk[0] != '\0';
	join(who, sizeof who, known ? s->clerk : page_word(page, W_STATUS_NO_CLERK));
	int room = all.cols * 2 / 5;
	if (text_width(who) + 3 + text_width(s->terminal) <= room &&
	    s->terminal[0] != '\0')
		join(who, sizeof who, s->terminal);
	int x = all.x + all.cols - room;
	return grid_put_right(page->grid, y, x, room, STYLE_DIM, who);
}

/* Link, waiting, age; at the right who serves. The facts go before the sentence
 * about the link, which is cut where they need its place. */
static void paint_status(const struct page *page)
{
	const struct view_status *s = &page->view->status;
	struct grid *g = page->grid;
	struct box all = page->all;
	char link[LINE_MAX], facts[LINE_MAX];
	int y = g->rows - 1, x = all.x + 2;
	int end = page->wide ? paint_who(page, y) - 2 : all.x + all.cols;
	format_sentence(page->language, &s->link, link, sizeof link);
	status_facts(page, false, facts, sizeof facts);
	if (x + text_width(link) + 3 + text_width(facts) > end)
		status_facts(page, true, facts, sizeof facts);
	enum grid_style style = tone_style(s->link_tone);
	const char *sign = s->link_tone == TONE_GOOD ? "•" : tone_sign(s->link_tone);
	(void)grid_put(g, y, all.x, 1, style, sign);
	int room = end - x - text_width(facts) - 3;
	x += grid_put(g, y, x, room > 4 ? room : 4, style, link);
	x += grid_put(g, y, x, end - x, STYLE_DIM, " · ");
	enum grid_style waits = s->waiting > 0 ? STYLE_PLAIN : STYLE_DIM;
	(void)grid_put(g, y, x, end - x, waits, facts);
}

static int hint_width(const struct page *page, const struct view_hint *hint)
{
	return text_width(page_word(page, hint->key)) + 1 +
	       text_width(page_word(page, hint->what));
}

static int paint_hint(const struct page *page, int y, int x, const struct view_hint *hint)
{
	int width = hint_width(page, hint);
	x += grid_put(page->grid, y, x, width, page->accent, page_word(page, hint->key)) +
	     1;
	(void)grid_put(page->grid, y, x, width, STYLE_DIM, page_word(page, hint->what));
	return width;
}

/* Keys flow over rows, in the order the till gives them. */
struct flow {
	int rows;
	int gap;
	int last_cols;  /* of the last row; the key for help may need its end */
	bool skip_help; /* it stands there */
};

/* Returns the rows used, more than there are when not all fit; paints from row
 * `y`, or not at all when `y` is negative. */
static int flow_hints(const struct page *page, int y, const struct flow *flow)
{
	const struct view *v = page->view;
	int row = 0, at = 0;
	for (size_t i = 0; i < v->hint_count; i++) {
		const struct view_hint *hint = &v->hint[i];
		int width = hint_width(page, hint);
		int cols = row + 1 < flow->rows ? page->all.cols : flow->last_cols;
		if (flow->skip_help && hint->key == W_KEY_F1)
			continue;
		if (at > 0 && at + width > cols) {
			row++;
			at = 0;
		}
		if (y >= 0 && row < flow->rows)
			(void)paint_hint(page, y + row, page->all.x + at, hint);
		at += width + flow->gap;
	}
	return row + 1;
}

/* One row of keys is the lower one. What does not fit is left out, but never
 * the key for help. */
static void paint_hints(const struct page *page, int y, int rows)
{
	struct flow flow = {1, HINT_GAP_MAX, page->all.cols, false};
	if (flow_hints(page, -1, &flow) > 1)
		flow.gap = HINT_GAP_MIN;
	int used = flow_hints(page, -1, &flow);
	flow.rows = rows;
	if (used > 1)
		used = flow_hints(page, -1, &flow);
	for (size_t i = 0; i < page->view->hint_count && used > rows; i++) {
		const struct view_hint *hint = &page->view->hint[i];
		if (hint->key != W_KEY_F1)
			continue;
		int x = page->all.cols - hint_width(page, hint);
		(void)paint_hint(page, y + rows - 1, page->all.x + x, hint);
		flow.skip_help = true;
		flow.last_cols = x - flow.gap;
	}
	(void)flow_hints(page, used < rows ? y + rows - used : y, &flow);
}

static const char *mask_of(const char *text, char *out, size_t cap)
{
	struct sink dots = sink_of(out, cap - 1);
	for (const char *at = text; utf8_next(&at) != 0;)
		sink_put(&dots, bytes_of_text("•"));
	out[dots.len] = '\0';
	return out;
}

static void paint_field(const struct page *page, int y)
{
	const struct view_field *f = &page->view->field;
	struct grid *g = page->grid;
	struct box all = page->all;
	if (f->label == W_NONE)
		return;
	char masked[VIEW_FIELD_MAX * 3 + 1];
	const char *text = f->masked ? mask_of(f->text, masked, sizeof masked) : f->text;
	int x = all.x + grid_put(g, y, all.x, 20, STYLE_DIM, page_word(page, f->label));
	x += grid_put(g, y, x, 3, page->accent, " » ");
	int room = all.x + all.cols - x - 1;
	int over = text_width(text) - room;
	for (; over > 0 && *text != '\0'; over--) /* the end is what is being typed */
		(void)utf8_next(&text);
	x += grid_put(g, y, x, room, STYLE_STRONG, text);
	g->cursor_y = y;
	g->cursor_x = x;
	int left = all.x + all.cols - x - 3;
	if (f->hint != W_NONE && text_width(page_word(page, f->hint)) <= left)
		(void)grid_put_right(
		    g, y, x + 3, left, STYLE_DIM, page_word(page, f->hint));
}

/* What was read, then what to do; in a narrow window each may take two rows. */
static void paint_message(const struct page *page, int y, int rows)
{
	const struct view *v = page->view;
	char text[FORMAT_SENTENCE_MAX], prompt[FORMAT_SENTENCE_MAX];
	format_sentence(page->language, &v->read, text, sizeof text);
	format_sentence(page->language, &v->prompt, prompt, sizeof prompt);
	if (v->screen == VIEW_DONE || strcmp(text, prompt) == 0)
		text[0] = '\0'; /* it is the headline there, or would stand twice */
	struct box box = page->all;
	bool both = text[0] != '\0' && prompt[0] != '\0';
	int used = 0;
	if (text[0] != '\0') {
		(void)grid_put(page->grid, y, box.x, 1, tone_style(v->read_tone),
		    tone_sign(v->read_tone));
		struct box lines = {y, box.x + 2, rows - (both ? 1 : 0), box.cols - 2};
		used = page_wrap(page, lines, tone_style(v->read_tone), text);
	} else if (page->wide) {
		used = 1; /* the prompt stays where it was */
	}
	struct box lines = {y + used, box.x, rows - used, box.cols};
	(void)page_wrap(page, lines, STYLE_STRONG, prompt);
}

/* A page to read: nothing to type and nothing said. */
static bool is_quiet(const struct view *v)
{
	return v->field.label == W_NONE && v->prompt.word == W_NONE &&
	       v->read.word == W_NONE;
}

/* Paints from the bottom up; returns the row of the rule above. */
static int paint_foot(const struct page *page)
{
	bool airy = page->grid->rows >= AIRY_ROWS;
	int hint_rows = page->tall && !is_quiet(page->view) ? 2 : 1;
	int message_rows = page->wide ? MESSAGE_ROWS - 1 : MESSAGE_ROWS;
	bool spare = !page->wide && !page->tall && page->view->field.label == W_NONE;
	int y = page->grid->rows - 1;
	paint_status(page);
	y -= hint_rows + (airy ? 1 : 0);
	paint_hints(page, y, hint_rows);
	if (!is_quiet(page->view)) {
		/* In a small window a question needs no row for a field. */
		y -= airy ? 2 : spare ? 0 : 1;
		message_rows -= spare && page->view->read.word == W_NONE;
		paint_field(page, y);
		y -= message_rows + (airy ? 1 : 0);
		paint_message(page, y, message_rows);
	}
	y -= airy ? 2 : 1;
	grid_fill(page->grid, y, page->all.x, page->all.cols, STYLE_DIM, SIGN_RULE);
	return y;
}

/* --- the middle --- */

static bool wants_side(const struct view *v)
{
	bool about_sale = v->screen == VIEW_SALE || v->screen == VIEW_TOPUP ||
			  v->screen == VIEW_DONE || v->screen == VIEW_VOID;
	bool text_only = v->screen == VIEW_HELP || v->screen == VIEW_SETUP ||
			 v->screen == VIEW_CLOSED || v->screen == VIEW_SUMMARY;
	return about_sale || (!text_only && v->member.known);
}

static int clamp(int n, int least, int most)
{
	return n < least ? least : n > most ? most : n;
}

static void divide(struct page *page, int top, int bottom)
{
	struct box all = page->all;
	page->main = (struct box){top, all.x, bottom - top, all.cols};
	page->side = (struct box){.y = top, .rows = bottom - top};
	if (!page->wide || !wants_side(page->view))
		return;
	int cols = clamp(all.cols * 3 / 10, SIDE_COLS_MIN, SIDE_COLS_MAX);
	page->side.cols = cols;
	page->side.x = all.x + all.cols - cols;
	page->main.cols = all.cols - cols - GUTTER_COLS;
	int gutter = page->side.x - GUTTER_COLS / 2 - 1;
	if (top == 2) /* no warning stands between the rule and the gutter */
		grid_put_char(page->grid, top - 1, gutter, STYLE_DIM, SIGN_RULE_DOWN);
	for (int y = top; y < bottom; y++)
		grid_put_char(page->grid, y, gutter, STYLE_DIM, SIGN_GUTTER);
	grid_put_char(page->grid, bottom, gutter, STYLE_DIM, SIGN_RULE_UP);
}

static void paint_too_small(const struct page *page)
{
	struct box box = {page->grid->rows / 3, 0, page->grid->rows, page->grid->cols};
	(void)page_wrap(page, box, STYLE_PLAIN, page_word(page, W_TOO_SMALL));
}

void paint_view(
    const struct view *view, const struct paint_options *options, struct grid *grid)
{
	struct page page = {.view = view,
	    .language = options->language,
	    .ascii = options->ascii,
	    .grid = grid,
	    .accent = view->status.training ? STYLE_TRAINING_ACCENT : STYLE_ACCENT,
	    .wide = grid->cols >= WIDE_COLS,
	    .tall = grid->rows >= TALL_ROWS};
	int margin = page.wide ? 2 : 1;
	page.all = (struct box){0, margin, grid->rows, grid->cols - 2 * margin};
	if (grid->cols < PAINT_COLS_MIN || grid->rows < PAINT_ROWS_MIN) {
		paint_too_small(&page);
	} else {
		paint_head(&page);
		paint_clock_state(&page);
		int top = 2 + paint_warning(&page);
		divide(&page, top, paint_foot(&page));
		paint_body(&page);
	}
	if (options->ascii)
		grid_to_ascii(grid);
}
