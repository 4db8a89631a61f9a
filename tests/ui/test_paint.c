/* SPDX-License-Identifier: MIT */
#include "ui/paint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"
#include "base/bytes.h"

#include "ui/format.h"
#include "ui/term_text.h"

/*
 * What holds for every view in every size. How screens look is kept in
 * tests/screens, reached through keys and scans; here views are made by hand,
 * with everything at once.
 */
static struct view view;
static struct term_text terminal;
static char text[GRID_TEXT_MAX];

static void set(char *out, size_t cap, const char *value)
{
	assert_int_equal(text_copy(out, cap, value), ERR_NONE);
}

#define SET(field, value) set(field, sizeof(field), value)

static void make_items(size_t count, size_t total)
{
	for (size_t i = 0; i < count; i++) {
		struct view_item *item = &view.item[i];
		SET(item->name, "Arroz branco tipo 1 5 kg");
		SET(item->note, "07891000315507");
		item->quantity_milli = 1000;
		item->amount_cents = 2790;
		item->has_amount = true;
	}
	view.item_count = count;
	view.item_total = total;
}

static void make_status(void)
{
	struct view_status *s = &view.status;
	SET(s->clerk, "Maria Aparecida dos Santos");
	SET(s->terminal, "loja1-cx01");
	s->link.word = W_LINK_OFF;
	s->link_tone = TONE_WARN;
	s->waiting = 12345;
	s->oldest_s = 3 * 86400;
	s->hour = 14;
	s->minute = 32;
}

/* A view with all a screen may have to show, at its widest. */
static void make(enum view_screen screen)
{
	memset(&view, 0, sizeof view);
	view.screen = screen;
	SET(view.store, "Mercearia Nossa Senhora Aparecida do Centro");
	make_items(30, 40);
	make_status();
	view.member.known = view.member.found = view.member.has_balance = true;
	SET(view.member.shown, "***.123.456-**");
	SET(view.member.first_name, "Maria Aparecida");
	SET(view.member.segment_word, "Maior potencial");
	SET(view.member.tier, "Diamante");
	view.member.segment = 'B';
	view.member.balance = 1234567;
	view.member.balance_day = 20261121;
	view.has_total = true;
	view.total_cents = 123456789;
	view.has_points = true;
	view.points[0] = 1234567;
	view.points[1] = 5;
	view.why_count = VIEW_WHY_MAX;
	for (size_t i = 0; i < VIEW_WHY_MAX; i++) {
		SET(view.why[i].rule, "recarga-em-dobro-terca");
		view.why[i].earner = W_EARNER_MEMBER;
		view.why[i].points = 100;
	}
	view.read.word = W_CARD_PAYMENT;
	view.read_tone = TONE_ALERT;
	view.prompt.word = W_SALE_PROMPT;
	view.field.label = W_FIELD_ANY;
	SET(view.field.text, "7891000");
	view.help = W_HELP_IDLE;
	view.hint[0] = (struct view_hint){W_KEY_F5, W_SALE_FINISH};
	view.hint[1] = (struct view_hint){W_KEY_DELETE, W_SALE_REMOVE_ITEM};
	view.hint[2] = (struct view_hint){W_KEY_ESC, W_SALE_CANCEL};
	view.hint[3] = (struct view_hint){W_KEY_F1, W_NAV_HELP};
	view.hint_count = 4;
}

static const char *painted(int rows, int cols, enum language language, unsigned flags)
{
	struct term_options options = {.language = language, .flags = flags};
	term_text_init(&terminal, rows, cols);
	assert_int_equal(terminal.port.start(&terminal, &options), ERR_NONE);
	terminal.port.show(&terminal, &view);
	(void)grid_text(&terminal.grid, text, sizeof text);
	return text;
}

static void assert_shows(const char *wanted)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("\"%s\" is not on the screen:\n%s", wanted, text);
}

/* The first words of a text, as they stand before any line break. */
static void assert_shows_start(enum language language, enum word word)
{
	char start[64] = "";
	const char *next;
	const char *whole = word_text(language, word);
	size_t len = text_line(whole, 14, &next);
	memcpy(start, whole, len);
	assert_shows(start);
}

static const int sizes[][2] = {{16, 40}, {16, 80}, {18, 60}, {24, 40}, {24, 80}, {30, 72},
    {40, 120}, {50, 64}, {80, 240}};

/* Total, field, message, status and help key: in every size and language. */
static void what_is_needed_never_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		for (int language = 0; language < LANG_COUNT; language++) {
			enum language l = (enum language)language;
			make(VIEW_SALE);
			view.has_points = false;
			view.total_cents = 123456;
			(void)painted(sizes[i][0], sizes[i][1], l, TERM_ASCII);
			assert_shows(word_text(l, W_SALE_TOTAL));
			bool large = sizes[i][0] >= 22;
			if (!large)
				assert_shows("R$ 1.234,56");
			(void)painted(sizes[i][0], sizes[i][1], l, TERM_DEFAULT);
			assert_shows("\xC2\xBB 7891000");
			assert_shows(
			    "\xE2\x80\xBC "); /* the sign that goes with the colour */
			assert_shows_start(l, W_CARD_PAYMENT);
			assert_shows_start(l, W_LINK_OFF);
			assert_shows("12.345");
			assert_shows(word_text(l, W_NAV_HELP));
			assert_shows(" 14:32");
			assert_shows("Maria");
		}
}

static void large_figures_appear_where_there_is_room(void **state)
{
	(void)state;
	make(VIEW_SALE);
	view.total_cents = 2090;
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	assert_shows("R$ \xE2\x96\x88\xE2\x96\x80\xE2\x96\x80 \xE2\x96\x88 \xE2\x96\x88");
	(void)painted(16, 80, LANG_PT_BR, TERM_DEFAULT);
	assert_shows("R$ 20,90");
	/* Too wide for the place: written small, never cut. */
	view.total_cents = 123456789012345;
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	assert_shows("R$ 1.234.567.890.123,45");
}

/* Every screen in every size from 1 x 1 on: no assertion, nothing outside. */
static void every_size_can_be_painted(void **state)
{
	(void)state;
	for (int screen = VIEW_NONE; screen < VIEW_SCREEN_COUNT_; screen++)
		for (int rows = 0; rows <= 60; rows += rows < 20 ? 1 : 7)
			for (int cols = 0; cols <= 130; cols += cols < 44 ? 3 : 9) {
				make((enum view_screen)screen);
				view.status.training = true;
				view.status.clock_unsure = true;
				view.status.warn.word = W_WARN_STICK;
				const char *at =
				    painted(rows, cols, LANG_ES, TERM_DEFAULT);
				int lines = 0;
				while (*at != '\0') {
					const char *end = strchr(at, '\n');
					assert_non_null(end);
					lines++;
					at = end + 1;
				}
				assert_int_equal(lines, rows);
			}
}

static void too_small_says_what_it_needs(void **state)
{
	(void)state;
	make(VIEW_SALE);
	for (int language = 0; language < LANG_COUNT; language++) {
		(void)painted(15, 80, (enum language)language, TERM_DEFAULT);
		assert_shows("40\xC3\x97"
			     "16");
		(void)painted(30, 39, (enum language)language, TERM_ASCII);
		assert_shows("40x16");
		assert_null(strstr(text, "7891000"));
	}
}

static void a_pin_is_never_shown(void **state)
{
	(void)state;
	make(VIEW_CLOSED);
	SET(view.field.text, "935172");
	view.field.masked = true;
	view.field.label = W_CLERK_PIN;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		(void)painted(sizes[i][0], sizes[i][1], LANG_PT_BR, TERM_DEFAULT);
		assert_null(strstr(text, "935172"));
		assert_shows("\xC2\xBB \xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2"
			     "\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2\n");
		(void)painted(sizes[i][0], sizes[i][1], LANG_PT_BR, TERM_ASCII);
		assert_shows("> ******\n");
	}
}

static void the_cursor_stands_behind_what_is_typed(void **state)
{
	(void)state;
	make(VIEW_SALE);
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	const struct grid *g = &terminal.grid;
	assert_in_range(g->cursor_y, 1, 23);
	assert_int_equal(grid_at(&terminal.grid, g->cursor_y, g->cursor_x - 1)->ch, '0');
	assert_int_equal(grid_at(&terminal.grid, g->cursor_y, g->cursor_x)->ch, ' ');
	/* Longer than its place: the end shows, where the typing is. */
	SET(view.field.text, "0123456789012345678901234567890123456789end");
	(void)painted(16, 40, LANG_PT_BR, TERM_DEFAULT);
	assert_shows("89end");
	view.field.label = W_NONE;
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	assert_int_equal(g->cursor_y, -1);
}

static void training_stands_on_every_screen(void **state)
{
	(void)state;
	for (int screen = VIEW_CLOSED; screen < VIEW_SCREEN_COUNT_; screen++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++)
			for (int language = 0; language < LANG_COUNT; language++) {
				make((enum view_screen)screen);
				enum language l = (enum language)language;
				view.status.training = true;
				(void)painted(sizes[i][0], sizes[i][1], l, TERM_DEFAULT);
				assert_shows(word_text(l, W_TRAINING));
			}
}

static void the_chosen_row_is_always_there(void **state)
{
	(void)state;
	for (size_t chosen = 0; chosen < 30; chosen++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			make(VIEW_LIST);
			view.has_chosen = true;
			view.chosen = chosen;
			SET(view.item[chosen].name, "ESTA");
			(void)painted(sizes[i][0], sizes[i][1], LANG_PT_BR, TERM_DEFAULT);
			assert_shows("\xE2\x96\xBA ");
			assert_shows("ESTA");
		}
}

static void rows_that_do_not_fit_are_counted(void **state)
{
	(void)state;
	make(VIEW_SALE);
	view.has_total = view.has_points = false;
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	size_t rows = 0;
	for (const char *at = text; (at = strstr(at, "Arroz")) != NULL; at++)
		rows++;
	char wanted[64];
	(void)snprintf(wanted, sizeof wanted, "mais %zu acima", 40 - rows);
	assert_in_range(rows, 8, 20);
	assert_shows(wanted); /* the newest are shown, ten are not even in the view */
}

static void ascii_is_only_ascii(void **state)
{
	(void)state;
	for (int screen = VIEW_NONE; screen < VIEW_SCREEN_COUNT_; screen++)
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			make((enum view_screen)screen);
			(void)painted(sizes[i][0], sizes[i][1], LANG_PT_BR, TERM_ASCII);
			for (const char *at = text; *at != '\0'; at++)
				assert_true(*at == '\n' || (*at >= 0x20 && *at < 0x7F));
		}
}

/* Each tone has a sign of its own. */
static void colour_never_speaks_alone(void **state)
{
	(void)state;
	static const char *const signs[] = {[TONE_PLAIN] = "  \xC2\xB7 Cart",
	    [TONE_GOOD] = "  \xE2\x88\x9A Cart",
	    [TONE_WARN] = "  ! Cart",
	    [TONE_ALERT] = "  \xE2\x80\xBC Cart"};
	for (int tone = 0; tone <= TONE_ALERT; tone++) {
		make(VIEW_SALE);
		view.read_tone = (enum tone)tone;
		(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
		assert_shows(signs[tone]);
	}
}

static void stop_leaves_nothing(void **state)
{
	(void)state;
	make(VIEW_SALE);
	(void)painted(24, 80, LANG_PT_BR, TERM_DEFAULT);
	terminal.port.stop(&terminal);
	for (size_t i = 0; i < GRID_CELLS_MAX; i++)
		assert_int_equal(terminal.grid.cell[i].ch, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_needed_never_goes),
	    cmocka_unit_test(large_figures_appear_where_there_is_room),
	    cmocka_unit_test(every_size_can_be_painted),
	    cmocka_unit_test(too_small_says_what_it_needs),
	    cmocka_unit_test(a_pin_is_never_shown),
	    cmocka_unit_test(the_cursor_stands_behind_what_is_typed),
	    cmocka_unit_test(training_stands_on_every_screen),
	    cmocka_unit_test(the_chosen_row_is_always_there),
	    cmocka_unit_test(rows_that_do_not_fit_are_counted),
	    cmocka_unit_test(ascii_is_only_ascii),
	    cmocka_unit_test(colour_never_speaks_alone),
	    cmocka_unit_test(stop_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
