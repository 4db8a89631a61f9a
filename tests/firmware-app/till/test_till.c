/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "till/till_internal.h"

/* The machine alone: its memory, its fields and figures. What clerks do is
 * tested through counter.c. */

static const char pan[] = "4947801938202305";

/* What is asked for is left unanswered. */
static void hear(struct till *till, struct input *input, struct effects *effects)
{
	input->wall_ms = 1795370400000;
	input->mono_ms = 1000;
	input->utc_offset_min = -180;
	input->random[0]++;
	till_step(till, input, effects);
}

static void step(struct till *till, struct input *input)
{
	struct effects effects;
	hear(till, input, &effects);
	for (size_t i = 0; i < effects.count; i++) {
		if (effects.effect[i].kind == EFFECT_RECORD) {
			struct input saved = {.kind = INPUT_SAVED};
			step(till, &saved);
			return;
		}
	}
}

static struct till *till_made(const struct programme *programme)
{
	struct till *till = calloc(1, till_size());
	const struct till_config config = {.store = "s1",
	    .store_name = "Loja",
	    .terminal = "t1",
	    .programme = programme};
	static struct till_status status = {.enrolled = true, .shown.oldest_s = -1};
	struct input input = {.kind = INPUT_STATUS, .u.status = &status};
	assert_non_null(till);
	till_init(till, &config);
	step(till, &input);
	return till;
}

static struct programme *programme_made(void)
{
	struct programme *programme = calloc(1, sizeof(*programme));
	assert_non_null(programme);
	programme->clerk_count = 1;
	programme->clerk[0] =
	    (struct clerk){.id = "c01", .name = "Bia", .role = ROLE_CLERK};
	return programme;
}

static void sign_in(struct till *till)
{
	struct input key = {.kind = INPUT_KEY};
	for (int i = 0; i < 6; i++) {
		key.u.key = (struct key_press){KEY_CHAR_, '1'};
		step(till, &key);
	}
	key.u.key = (struct key_press){KEY_ENTER_, 0};
	step(till, &key);
	assert_true(till_busy(till));
	struct input right = {.kind = INPUT_PIN, .u.pin = {.ticket = 1, .right = true}};
	step(till, &right);
	assert_int_equal(till_view(till)->screen, VIEW_IDLE);
}

/* Any six digits of the card that follow each other, anywhere in the till. */
static void assert_no_card(const struct till *till)
{
	const uint8_t *at = (const uint8_t *)till;
	for (size_t i = 0; i + 6 <= till_size(); i++)
		for (size_t run = 0; run + 6 <= sizeof(pan) - 1; run++)
			assert_memory_not_equal(at + i, pan + run, 6);
}

static void test_no_run_of_a_swiped_card_stays(void **state)
{
	(void)state;
	static struct scan scan;
	static const char track[] = "%B4947801938202305^EXEMPLO/CLIENTE^2912201000000000?"
				    ";4947801938202305=29122010000000000?";
	struct programme *programme = programme_made();
	struct till *till = till_made(programme);
	sign_in(till);
	scan = (struct scan){.source = SCAN_STRIPE, .len = sizeof(track) - 1};
	memcpy(scan.data, track, sizeof(track));
	struct input input = {.kind = INPUT_SCAN, .u.scan = &scan};
	step(till, &input);
	assert_int_equal(till_view(till)->read.word, W_CARD_PAYMENT);
	assert_no_card(till);
	for (size_t i = 0; i < sizeof(scan); i++)
		assert_int_equal(((const uint8_t *)&scan)[i], 0);
	free(till);
	free(programme);
}

static void test_no_run_of_a_typed_card_stays_or_is_shown_whole(void **state)
{
	(void)state;
	struct programme *programme = programme_made();
	struct till *till = till_made(programme);
	struct input key = {.kind = INPUT_KEY};
	sign_in(till);
	for (const char *digit = pan; *digit != '\0'; digit++) {
		key.u.key = (struct key_press){KEY_CHAR_, (uint32_t)*digit};
		step(till, &key);
	}
	assert_string_equal(till_view(till)->field.text, "************2305");
	key.u.key = (struct key_press){KEY_ENTER_, 0};
	step(till, &key);
	assert_int_equal(till_view(till)->read.word, W_CARD_PAYMENT);
	assert_no_card(till);
	for (const char *digit = pan; *digit != '\0'; digit++) {
		key.u.key = (struct key_press){KEY_CHAR_, (uint32_t)*digit};
		step(till, &key);
	}
	key.u.key = (struct key_press){KEY_ESC_, 0}; /* given up instead */
	step(till, &key);
	assert_no_card(till);
	free(till);
	free(programme);
}

static void test_a_pin_is_wiped_once_it_is_answered(void **state)
{
	(void)state;
	struct programme *programme = programme_made();
	struct till *till = till_made(programme);
	sign_in(till);
	const uint8_t *at = (const uint8_t *)till;
	for (size_t i = 0; i + 6 <= till_size(); i++)
		assert_memory_not_equal(at + i, "111111", 6);
	free(till);
	free(programme);
}

static void test_quantities_are_read(void **state)
{
	(void)state;

	static const struct {
		const char *text;
		enum err error;
		uint32_t milli;
	} cases[] = {
	    {"3", ERR_NONE, 3000},
	    {"0,350", ERR_NONE, 350},
	    {"1.5", ERR_NONE, 1500},
	    {"9999", ERR_NONE, 9999000},
	    {"0,3505", ERR_NONE, 350},
	    {"10000", ERR_RANGE, 0},
	    {"0", ERR_RANGE, 0},
	    {"", ERR_FORMAT, 0},
	    {",5", ERR_FORMAT, 0},
	    {"3a", ERR_FORMAT, 0},
	    {"1,2,3", ERR_FORMAT, 0},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint32_t milli = 77;
		assert_int_equal(quantity_parse(cases[i].text, &milli), cases[i].error);
		assert_int_equal(milli, cases[i].error == ERR_NONE ? cases[i].milli : 77);
	}
}

static void test_figures_are_shown(void **state)
{
	(void)state;
	char text[32];
	show_number(text, sizeof(text), INT64_MIN);
	assert_string_equal(text, "-9223372036854775808");
	show_number(text, sizeof(text), 0);
	assert_string_equal(text, "0");
	show_quantity(text, sizeof(text), 350);
	assert_string_equal(text, "0,350");
	show_quantity(text, sizeof(text), 12000);
	assert_string_equal(text, "12");
	show_time(text, sizeof(text), 1795370400000, -180);
	assert_string_equal(text, "15:00");
	show_time(text, sizeof(text), -60000, 0);
	assert_string_equal(text, "23:59");
	show_day(text, sizeof(text), 20261122);
	assert_string_equal(text, "22/11/2026");
	show_text(text, 4, "açã"); /* never half a character */
	assert_string_equal(text, "aç");
	assert_int_equal(day_of(1795370400000, -180), 20261122);
}

static size_t records_in(const struct effects *effects)
{
	size_t count = 0;
	for (size_t i = 0; i < effects->count; i++)
		count += effects->effect[i].kind == EFFECT_RECORD;
	return count;
}

/* A reader's coming and going is written down when it can be: a second one in
 * the meantime is only shown, and a full disk takes no sale's place on screen. */
static void test_a_reader_lost_while_the_disk_is_full(void **state)
{
	(void)state;
	struct programme *programme = programme_made();
	struct till *till = till_made(programme);
	struct effects effects;
	struct input reader = {.kind = INPUT_READER, .u.reader = {true, "1-1.0"}};
	struct input failed = {.kind = INPUT_SAVE_FAILED, .u.saved.error = ERR_FULL};
	sign_in(till);
	hear(till, &reader, &effects);
	assert_int_equal(records_in(&effects), 1);
	assert_int_equal(till_event(till)->type, EVENT_READER_LOST);
	reader.u.reader.lost = false;
	hear(till, &reader, &effects);
	assert_int_equal(records_in(&effects), 0);
	hear(till, &failed, &effects);
	assert_int_equal(records_in(&effects), 0);
	assert_int_equal(till_view(till)->read.word, W_READER_BACK);
	assert_int_equal(till_view(till)->screen, VIEW_IDLE);
	hear(till, &reader, &effects); /* and the next one is tried again */
	assert_int_equal(records_in(&effects), 1);
	assert_int_equal(till_event(till)->type, EVENT_READER_FOUND);
	free(till);
	free(programme);
}

static void test_every_state_has_its_desk(void **state)
{
	(void)state;
	for (int at = 0; at < STATE_COUNT_; at++) {
		const struct desk *desk = desk_of((enum till_state)at);
		assert_int_not_equal(desk->screen, VIEW_NONE);
		assert_int_not_equal(desk->title, W_NONE);
		assert_non_null(desk->heard);
		assert_true(at == STATE_HELP || desk->help != W_NONE);
		for (size_t a = 0; a < DESK_KEYS_MAX; a++) /* a key has one meaning */
			for (size_t b = a + 1; b < DESK_KEYS_MAX; b++)
				assert_true(desk->key[a].key == KEY_NONE_ ||
					    desk->key[a].key != desk->key[b].key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_run_of_a_swiped_card_stays),
	    cmocka_unit_test(test_no_run_of_a_typed_card_stays_or_is_shown_whole),
	    cmocka_unit_test(test_a_pin_is_wiped_once_it_is_answered),
	    cmocka_unit_test(test_quantities_are_read),
	    cmocka_unit_test(test_figures_are_shown),
	    cmocka_unit_test(test_a_reader_lost_while_the_disk_is_full),
	    cmocka_unit_test(test_every_state_has_its_desk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
