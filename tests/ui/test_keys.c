/* SPDX-License-Identifier: MIT */
#include "ui/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"

static struct keys keys;

static void feed(const char *bytes)
{
	size_t len = strlen(bytes);
	assert_int_equal(keys_feed(&keys, (const uint8_t *)bytes, len), len);
}

static void expect(enum key key, uint32_t ch)
{
	struct key_press press = {0};
	assert_int_equal(keys_next(&keys, false, &press), KEYS_PRESS);
	assert_int_equal(press.key, key);
	assert_int_equal(press.ch, ch);
}

static void expect_end(void)
{
	struct key_press press;
	assert_int_equal(keys_next(&keys, false, &press), KEYS_NOTHING);
	for (size_t i = 0; i < sizeof keys.buf; i++)
		assert_int_equal(keys.buf[i], 0);
}

/* As xterm, a VT220, rxvt, tmux and the Linux console send them. */
static void sequences_are_keys(void **state)
{
	(void)state;

	static const struct {
		const char *bytes;
		enum key key;
	} cases[] = {
	    {"\r", KEY_ENTER_},
	    {"\n", KEY_ENTER_},
	    {"\t", KEY_TAB_},
	    {"\x7F", KEY_BACKSPACE_},
	    {"\b", KEY_BACKSPACE_},
	    {"\033[A", KEY_UP_},
	    {"\033OB", KEY_DOWN_},
	    {"\033[C", KEY_RIGHT_},
	    {"\033[D", KEY_LEFT_},
	    {"\033OM", KEY_ENTER_},
	    {"\033[3~", KEY_DELETE_},
	    {"\033[5~", KEY_PAGE_UP_},
	    {"\033[6~", KEY_PAGE_DOWN_},
	    {"\033OP", KEY_F1_},
	    {"\033OS", KEY_F4_},
	    {"\033[11~", KEY_F1_},
	    {"\033[15~", KEY_F5_},
	    {"\033[17~", KEY_F6_},
	    {"\033[21~", KEY_F10_},
	    {"\033[[A", KEY_F1_},
	    {"\033[[E", KEY_F5_},
	    {"\033[1;2P", KEY_F1_},
	    {"\033[15;5~", KEY_F5_},
	    {"\0331", KEY_F1_},
	    {"\0339", KEY_F9_},
	    {"\0330", KEY_F10_},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		keys = (struct keys){0};
		feed(cases[i].bytes);
		expect(cases[i].key, 0);
		expect_end();
	}
}

/* A sequence may come in pieces; nothing is guessed before it is whole. */
static void pieces_make_the_same_keys(void **state)
{
	(void)state;
	static const char whole[] = "7\033[15~\xC3\xA3\0332\033[[C8";
	static const struct key_press wanted[] = {{KEY_CHAR_, '7'}, {KEY_F5_, 0},
	    {KEY_CHAR_, 0xE3}, {KEY_F2_, 0}, {KEY_F3_, 0}, {KEY_CHAR_, '8'}};
	struct key_press press;
	size_t found = 0;
	keys = (struct keys){0};
	for (size_t i = 0; i < sizeof whole - 1; i++) {
		assert_int_equal(keys_feed(&keys, (const uint8_t *)whole + i, 1), 1);
		while (keys_next(&keys, false, &press) == KEYS_PRESS) {
			assert_true(found < COUNT_OF(wanted));
			assert_int_equal(press.key, wanted[found].key);
			assert_int_equal(press.ch, wanted[found++].ch);
		}
	}
	assert_int_equal(found, COUNT_OF(wanted));
	expect_end();
}

static void esc_stands_alone_only_after_a_wait(void **state)
{
	(void)state;
	struct key_press press;
	keys = (struct keys){0};
	feed("\033");
	assert_int_equal(keys_next(&keys, false, &press), KEYS_WAIT);
	assert_int_equal(keys_next(&keys, true, &press), KEYS_PRESS);
	assert_int_equal(press.key, KEY_ESC_);
	expect_end();
}

static void esc_before_another_key_is_both(void **state)
{
	(void)state;
	keys = (struct keys){0};
	feed("\033x\033\r\033\033"
	     "2");
	expect(KEY_ESC_, 0);
	expect(KEY_CHAR_, 'x');
	expect(KEY_ESC_, 0);
	expect(KEY_ENTER_, 0);
	expect(KEY_ESC_, 0);
	expect(KEY_F2_, 0);
	expect_end();
}

static void a_half_sequence_ends_with_the_wait(void **state)
{
	(void)state;
	struct key_press press;
	keys = (struct keys){0};
	feed("\033[1");
	assert_int_equal(keys_next(&keys, false, &press), KEYS_WAIT);
	assert_int_equal(keys_next(&keys, true, &press), KEYS_PRESS);
	assert_int_equal(press.key, KEY_ESC_);
	expect(KEY_CHAR_, '[');
	expect(KEY_CHAR_, '1');
	feed("\xE2\x82");
	assert_int_equal(keys_next(&keys, false, &press), KEYS_WAIT);
	assert_int_equal(keys_next(&keys, true, &press), KEYS_NOTHING);
	expect_end();
}

/* Mouse, focus, answers of a terminal, control keys, bytes that are no text. */
static void what_is_no_key_of_ours_is_swallowed(void **state)
{
	(void)state;
	keys = (struct keys){0};
	feed("\033[I\033[200~5\033[201~\033[H\033[?62;4c\x03\x15\xFF\xC0\x80"
	     "6");
	expect(KEY_CHAR_, '5');
	expect(KEY_CHAR_, '6');
	expect_end();
}

static void a_fast_scanner_fits(void **state)
{
	(void)state;
	uint8_t burst[KEYS_BUF_MAX * 2];
	struct key_press press;
	memset(burst, '7', sizeof burst);
	keys = (struct keys){0};
	size_t taken = keys_feed(&keys, burst, sizeof burst);
	assert_int_equal(taken, KEYS_BUF_MAX);
	for (size_t i = 0; i < taken; i++)
		expect(KEY_CHAR_, '7');
	assert_int_equal(keys_feed(&keys, burst, 3), 3);
	/* A start of something that fills the buffer and never ends does not jam it. */
	keys = (struct keys){0};
	burst[0] = 0x1B;
	burst[1] = '[';
	assert_int_equal(keys_feed(&keys, burst, KEYS_BUF_MAX), KEYS_BUF_MAX);
	assert_int_equal(keys_next(&keys, false, &press), KEYS_PRESS);
	assert_int_equal(press.key, KEY_ESC_);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sequences_are_keys),
	    cmocka_unit_test(pieces_make_the_same_keys),
	    cmocka_unit_test(esc_stands_alone_only_after_a_wait),
	    cmocka_unit_test(esc_before_another_key_is_both),
	    cmocka_unit_test(a_half_sequence_ends_with_the_wait),
	    cmocka_unit_test(what_is_no_key_of_ours_is_swallowed),
	    cmocka_unit_test(a_fast_scanner_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
