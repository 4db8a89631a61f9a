/* SPDX-License-Identifier: MIT */
#include "ui/grid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"

#include "ui/big.h"
#include "ui/format.h"
#include "ui/term_text.h"

static struct grid grid;
static char text[GRID_TEXT_MAX];

static const char *as_text(void)
{
	(void)grid_text(&grid, text, sizeof text);
	return text;
}

static void text_is_cut_with_a_sign(void **state)
{
	(void)state;
	grid_reset(&grid, 2, 10);
	assert_int_equal(grid_put(&grid, 0, 0, 10, STYLE_PLAIN, "0123456789"), 10);
	assert_int_equal(grid_put(&grid, 1, 2, 6, STYLE_PLAIN, "caf\xC3\xA9 forte"), 6);
	assert_string_equal(as_text(), "0123456789\n  caf\xC3\xA9 \xE2\x80\xA6\n");
	assert_int_equal(grid_put(&grid, 0, 0, 0, STYLE_PLAIN, "x"), 0);
}

static void nothing_is_written_outside(void **state)
{
	(void)state;
	grid_reset(&grid, 2, 4);
	(void)grid_put(&grid, -1, 0, 4, STYLE_PLAIN, "over");
	(void)grid_put(&grid, 2, 0, 4, STYLE_PLAIN, "under");
	(void)grid_put(&grid, 1, 3, 9, STYLE_PLAIN, "beyond");
	(void)grid_put(&grid, 0, -2, 9, STYLE_PLAIN, "before");
	assert_string_equal(as_text(), "fore\n   b\n");
}

static void right_alignment_ends_at_the_edge(void **state)
{
	(void)state;
	grid_reset(&grid, 1, 10);
	assert_int_equal(grid_put_right(&grid, 0, 2, 8, STYLE_PLAIN, "1,50"), 6);
	assert_string_equal(as_text(), "      1,50\n");
}

static void wide_characters_take_two_cells(void **state)
{
	(void)state;
	grid_reset(&grid, 1, 5);
	(void)grid_put(&grid, 0, 0, 5, STYLE_PLAIN, "\xE6\x9D\xB1\xE4\xBA\xAC!");
	assert_int_equal(grid_at(&grid, 0, 0)->width, 2);
	assert_int_equal(grid_at(&grid, 0, 1)->width, 0);
	assert_string_equal(as_text(), "\xE6\x9D\xB1\xE4\xBA\xAC!\n");
	/* Writing over one half takes the other away. */
	grid_put_char(&grid, 0, 1, STYLE_PLAIN, 'a');
	grid_put_char(&grid, 0, 2, STYLE_PLAIN, 'b');
	assert_string_equal(as_text(), " ab !\n");
	for (int x = 0; x < 5; x++)
		assert_int_equal(grid_at(&grid, 0, x)->width, 1);
	/* One that would stand over the edge is not written by halves. */
	grid_put_char(&grid, 0, 4, STYLE_PLAIN, 0x6771);
	assert_string_equal(as_text(), " ab\n");
}

static void marks_join_and_directions_vanish(void **state)
{
	(void)state;
	grid_reset(&grid, 1, 8);
	assert_int_equal(
	    grid_put(&grid, 0, 0, 8, STYLE_PLAIN, "e\xCC\x81\xE2\x80\xAEx"), 2);
	assert_int_equal(grid_at(&grid, 0, 0)->mark, 0x301);
	assert_int_equal(grid_at(&grid, 0, 1)->ch, 'x');
	assert_int_equal(grid_at(&grid, 0, 1)->mark, 0);
}

static void controls_and_bad_bytes_show_as_replacement(void **state)
{
	(void)state;
	grid_reset(&grid, 1, 8);
	(void)grid_put(&grid, 0, 0, 8, STYLE_PLAIN, "a\x1B[2J");
	assert_int_equal(grid_at(&grid, 0, 1)->ch, 0xFFFD);
	static const char *const bad[] = {"\xC3", "\xC0\x80", "\xED\xA0\x80",
	    "\xF4\x90\x80\x80", "\x80", "\xE2\x82", "\xFF"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const char *at = bad[i];
		assert_int_equal(utf8_next(&at), 0xFFFD);
		assert_true(at > bad[i] && at <= bad[i] + strlen(bad[i]));
	}
}

static void utf8_goes_round(void **state)
{
	(void)state;
	static const uint32_t points[] = {
	    1, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF};
	for (size_t i = 0; i < COUNT_OF(points); i++) {
		char buf[5] = {0};
		const char *at = buf;
		size_t len = utf8_put(buf, points[i]);
		assert_int_equal(utf8_next(&at), points[i]);
		assert_int_equal(at - buf, len);
		assert_int_equal(utf8_next(&at), 0);
	}
}

static void lines_break_at_blanks(void **state)
{
	(void)state;

	static const struct {
		const char *text;
		int width;
		size_t len;
		const char *next;
	} cases[] = {
	    {"um dois tres", 7, 7, "tres"},
	    {"um dois tres", 8, 7, "tres"},
	    {"um dois tres", 6, 2, "dois tres"},
	    {"palavra", 3, 3, "avra"},
	    {"uma\nduas", 20, 3, "duas"},
	    {"fim", 3, 3, ""},
	    {"", 3, 0, ""},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *next = NULL;
		assert_int_equal(
		    text_line(cases[i].text, cases[i].width, &next), cases[i].len);
		assert_string_equal(next, cases[i].next);
	}
}

static void ascii_stands_for_every_sign_we_paint(void **state)
{
	(void)state;
	grid_reset(&grid, 1, 60);
	(void)grid_put(&grid, 0, 0, 60, STYLE_PLAIN,
	    "\xC3\x87\xC3\xA3o \xE2\x9C\x93 \xE2\x86\x91\xE2\x86\x93 \xC3\xB1 \xC2\xBF"
	    "S\xC3\xAD? 1\xE2\x80\x93"
	    "9 \xE2\x80\xA6 \xE6\x9D\xB1!");
	grid_to_ascii(&grid);
	assert_string_equal(as_text(), "Cao ? ^v n ?Si? 1-9 . ? !\n");
	for (int x = 0; x < grid.cols; x++)
		assert_in_range(grid_at(&grid, 0, x)->ch, 0x20, 0x7E);
}

static void large_figures_have_their_shapes(void **state)
{
	(void)state;
	assert_int_equal(big_width(BIG_SMALL, "1.234,56"), 6 * 4 + 2 * 2 - 1);
	assert_int_equal(big_width(BIG_LARGE, "12"), 6 + 2 + 6);
	assert_int_equal(big_width(BIG_SMALL, ""), 0);
	grid_reset(&grid, 3, 14);
	big_put(&grid, 0, 0, BIG_ASCII, STYLE_PLAIN, "20,7");
	assert_string_equal(
	    as_text(), " _   _     _\n _| | |     |\n|_  |_| ,   |\n" + 0);
}

static void figures_are_written_as_in_the_shop(void **state)
{
	(void)state;
	char out[FORMAT_FIGURE_MAX];
	format_money(123456, out);
	assert_string_equal(out, "R$ 1.234,56");
	format_money(-5, out);
	assert_string_equal(out, "-R$ 0,05");
	format_money(INT64_MIN, out);
	assert_string_equal(out, "-R$ 92.233.720.368.547.758,08");
	format_count(1234567, out);
	assert_string_equal(out, "1.234.567");
	format_count(0, out);
	assert_string_equal(out, "0");
	format_signed(20, out);
	assert_string_equal(out, "+20");
	format_signed(-1000, out);
	assert_string_equal(out, "-1.000");
	format_signed(0, out);
	assert_string_equal(out, "0");
	format_quantity(3000, false, out);
	assert_string_equal(out, "3 ×");
	format_quantity(354, true, out);
	assert_string_equal(out, "0,354 kg");
	format_date(LANG_PT_BR, 20261121, out);
	assert_string_equal(out, "21/11/2026");
	format_date(LANG_EN, 20261121, out);
	assert_string_equal(out, "21 Nov 2026");
	format_time(9, 5, out);
	assert_string_equal(out, "09:05");
	format_age(LANG_PT_BR, 59, out);
	assert_string_equal(out, "59 s");
	format_age(LANG_PT_BR, 3599, out);
	assert_string_equal(out, "59 min");
	format_age(LANG_PT_BR, 86400, out);
	assert_string_equal(out, "1 dia");
	format_age(LANG_ES, 3 * 86400, out);
	assert_string_equal(out, "3 días");
}

static void sentences_fill_their_placeholders(void **state)
{
	(void)state;
	char out[FORMAT_SENTENCE_MAX];
	struct sentence sentence = {.word = W_CLERK_WRONG_LEFT, .arg = {"1"}};
	format_sentence(LANG_PT_BR, &sentence, out, sizeof out);
	assert_string_equal(out, "Senha incorreta: resta 1 tentativa");
	memcpy(sentence.arg[0], "4", 2);
	format_sentence(LANG_PT_BR, &sentence, out, sizeof out);
	assert_string_equal(out, "Senha incorreta: restam 4 tentativas");
	struct sentence two = {
	    .word = W_TOPUP_CONFIRM, .arg = {"R$ 20,00", "(11) 96123-4567"}};
	format_sentence(LANG_EN, &two, out, sizeof out);
	assert_string_equal(out, "Has the operator confirmed R$\xC2\xA0"
				 "20,00 for (11)\xC2\xA0"
				 "96123-4567?");
	char small[8];
	format_sentence(LANG_PT_BR, &sentence, small, sizeof small);
	assert_string_equal(small, "Senha i");
	struct sentence none = {0};
	format_sentence(LANG_PT_BR, &none, out, sizeof out);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_is_cut_with_a_sign),
	    cmocka_unit_test(nothing_is_written_outside),
	    cmocka_unit_test(right_alignment_ends_at_the_edge),
	    cmocka_unit_test(wide_characters_take_two_cells),
	    cmocka_unit_test(marks_join_and_directions_vanish),
	    cmocka_unit_test(controls_and_bad_bytes_show_as_replacement),
	    cmocka_unit_test(utf8_goes_round),
	    cmocka_unit_test(lines_break_at_blanks),
	    cmocka_unit_test(ascii_stands_for_every_sign_we_paint),
	    cmocka_unit_test(large_figures_have_their_shapes),
	    cmocka_unit_test(figures_are_written_as_in_the_shop),
	    cmocka_unit_test(sentences_fill_their_placeholders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
