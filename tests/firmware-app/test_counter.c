/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "counter_fake.h"

/* The till's flows, driven as a clerk drives them: keys and scans through
 * counter.c, the outside in memory. */

static const char card[] = ";9076555575248227=99120000?";
static const char coffee[] = "7891000315507";
static const char no_price[] = "7898459395654";
static const char payment[] = ";4947801938202305=29122010000000000?";

static size_t count_type(const struct fake *fake, enum event_type type)
{
	size_t count = 0;
	for (size_t i = 0; i < fake->event_count; i++)
		count += fake->event[i].type == type;
	return count;
}

static void receipt_of(const struct event *event, char out[VIEW_RECEIPT_MAX])
{
	memcpy(out, "BLCV:", 6);
	hex_encode(out + 5, bytes_of(event->id, EVENT_ID_LEN));
}

static const struct event *sell_coffee(struct fake *fake)
{
	scan(fake, coffee);
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_SAVED);
	return last_event(fake);
}

/* --- PINs ----------------------------------------------------------------------- */

static void test_what_is_typed_while_a_pin_is_checked_waits(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	fake->pin_held = true;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	scan(fake, coffee);
	type(fake, "2x");
	scan(fake, coffee);
	press(fake, KEY_F5_);
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	fake_pin_answer(fake);
	assert_int_equal(fake->view.screen, VIEW_SALE);
	assert_int_equal(fake->view.item_count, 1);
	assert_int_equal(fake->view.item[0].quantity_milli, 3000);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->amount_cents, 3 * 1299);
	fake_free(fake);
}

static void test_a_read_too_many_is_told(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	fake->pin_held = true;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	for (int i = 0; i < COUNTER_SCANS_HELD_MAX; i++)
		scan(fake, coffee);
	assert_int_equal(fake->view.read.word, W_CLERK_PIN_CHECKING);
	scan(fake, coffee);
	assert_int_equal(fake->view.read.word, W_TYPE_AHEAD_FULL);
	fake_pin_answer(fake);
	assert_int_equal(
	    fake->view.item[0].quantity_milli, COUNTER_SCANS_HELD_MAX * 1000);
	fake_free(fake);
}

static void wrong_pin(struct fake *fake)
{
	type(fake, "999999");
	press(fake, KEY_ENTER_);
}

static void test_five_wrong_pins_lock_the_clerk(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	for (int left = 4; left >= 1; left--) {
		char n[2] = {(char)('0' + left), '\0'};
		wrong_pin(fake);
		assert_int_equal(fake->view.read.word, W_CLERK_WRONG_LEFT);
		assert_string_equal(fake->view.read.arg[0], n);
	}
	assert_int_equal(fake->event_count, 0);
	wrong_pin(fake);
	assert_int_equal(fake->view.read.word, W_CLERK_LOCKED);
	assert_int_equal(last_event(fake)->type, EVENT_CLERK_LOCKED);
	assert_string_equal(last_event(fake)->clerk, "c01");

	type(fake, "111111"); /* right, and too late */
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CLERK_LOCKED);
	assert_int_equal(fake->event_count, 1);

	press(fake, KEY_DOWN_); /* the supervisor can, and frees the clerk */
	type(fake, "222222");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_SHIFT_OPEN);
	press(fake, KEY_F8_);
	press(fake, KEY_UP_);
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_CLERK_IN);
	assert_string_equal(last_event(fake)->clerk, "c01");
	fake_free(fake);
}

static void test_a_lock_ends_after_a_quarter_of_an_hour(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	for (int i = 0; i < 5; i++)
		wrong_pin(fake);
	fake->now_ms += 15 * 60 * 1000 - 1;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CLERK_LOCKED);
	fake->now_ms += 1;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_SHIFT_OPEN);
	fake_free(fake);
}

static void test_a_lock_outlives_a_restart(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	struct counter_time now;
	struct till_shift shift = {.lock_count = 1, .lock[0].clerk = "c01"};
	fake_now(fake, &now);
	shift.lock[0].mono_ms = now.mono_ms - 60 * 1000;
	counter_restore_shift(fake->counter, &shift);
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CLERK_LOCKED);
	fake->now_ms += 14 * 60 * 1000;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_SHIFT_OPEN);
	fake_free(fake);
}

static void test_a_short_pin_or_a_failed_check_is_no_try(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	type(fake, "1111");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CLERK_WRONG);
	fake->pin_held = true;
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	counter_pin(fake->counter, fake->pin_ticket + 1, ERR_NONE, true); /* stale */
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	counter_pin(fake->counter, fake->pin_ticket, ERR_TIMEOUT, false);
	assert_int_equal(fake->view.read.word, W_CLERK_NOT_CHECKED);
	fake->pin_held = false;
	wrong_pin(fake);
	assert_string_equal(fake->view.read.arg[0], "4");
	fake_free(fake);
}

static void test_a_clerk_is_found_by_code(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	type(fake, "c02");
	assert_string_equal(fake->view.field.text, "c02");
	press(fake, KEY_ENTER_);
	assert_string_equal(fake->view.prompt.arg[0], "Rui");
	type(fake, "222222");
	assert_string_equal(fake->view.field.text, "******");
	press(fake, KEY_ENTER_);
	assert_string_equal(last_event(fake)->clerk, "c02");
	fake_free(fake);
}

/* --- shift ------------------------------------------------------------------------- */

static void test_the_summary_adds_up_what_the_shift_took(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	(void)sell_coffee(fake);
	char receipt[VIEW_RECEIPT_MAX];
	receipt_of(sell_coffee(fake), receipt);
	scan(fake, receipt);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	press(fake, KEY_F10_);
	assert_int_equal(fake->view.item[1].word, W_CASH_SALES);
	assert_int_equal(fake->view.item[1].quantity_milli, 2000);
	assert_int_equal(fake->view.item[1].amount_cents, 2598);
	assert_int_equal(fake->view.item[3].word, W_CASH_VOIDS);
	assert_int_equal(fake->view.item[3].amount_cents, -1299);
	assert_int_equal(fake->view.total_cents, 1299);
	fake_free(fake);
}

static void test_changing_the_clerk_is_out_and_in(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F8_);
	press(fake, KEY_DOWN_);
	type(fake, "222222");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->event[1].type, EVENT_CLERK_OUT);
	assert_string_equal(fake->event[1].clerk, "c01");
	assert_int_equal(fake->event[2].type, EVENT_CLERK_IN);
	assert_string_equal(fake->event[2].clerk, "c02");
	assert_string_equal(sell_coffee(fake)->clerk, "c02");
	assert_string_equal(fake->view.status.clerk, "Rui");
	press(fake, KEY_F8_); /* the same again: nothing to record */
	type(fake, "222222");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->event_count, 4);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	fake_free(fake);
}

static void test_a_closed_till_sells_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	scan(fake, coffee);
	assert_int_equal(fake->view.read.word, W_CASH_OPEN_FIRST);
	press(fake, KEY_F10_);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	press(fake, KEY_F10_);
	press(fake, KEY_ENTER_);
	assert_true(fake->quit);
	assert_int_equal(fake->event_count, 0);
	fake_free(fake);
}

static void test_a_terminal_without_programme_says_so(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	struct till_config bare = fake->config;
	bare.programme = NULL;
	counter_configure(fake->counter, &bare);
	assert_int_equal(fake->view.screen, VIEW_SETUP);
	assert_int_equal(fake->view.prompt.word, W_SETUP_PROGRAMME_HOW);
	scan(fake, payment);
	assert_int_equal(fake->view.read.word, W_CARD_PAYMENT);
	assert_int_equal(fake->event_count, 0);
	counter_configure(fake->counter, &fake->config);
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	fake_free(fake);
}

/* --- the basket ----------------------------------------------------------------------
 */

static void test_a_price_is_asked_where_there_is_none(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, no_price);
	assert_int_equal(fake->view.prompt.word, W_SALE_PRICE_ASK);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_VALUE);
	type(fake, "1050");
	assert_string_equal(fake->view.field.text, "R$ 10,50");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.total_cents, 1050);
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->line[0].amount_cents, 1050);
	fake_free(fake);
}

static void test_an_unknown_product_is_recorded_with_its_price(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	type(fake, "2x");
	scan(fake, "7893211292813");
	assert_int_equal(fake->view.read.word, W_NOTE_NO_NAME);
	type(fake, "500");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.item[0].note_word, W_NOTE_NO_NAME);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_string_equal(last_event(fake)->line[0].product, "07893211292813");
	assert_int_equal(last_event(fake)->line[0].quantity_milli, 2000);
	assert_int_equal(last_event(fake)->line[0].amount_cents, 1000);
	fake_free(fake);
}

static void test_quantity_deletion_and_own_codes(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	type(fake, "3x");
	assert_int_equal(fake->view.prompt.word, W_SALE_TIMES);
	assert_string_equal(fake->view.prompt.arg[0], "3");
	scan(fake, coffee);
	assert_int_equal(fake->view.total_cents, 3897);
	type(fake, "GELO");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.total_cents, 3897 + 800);
	press(fake, KEY_F6_);
	type(fake, "5");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.total_cents, 3897 + 4000);
	press(fake, KEY_UP_);
	press(fake, KEY_DELETE_);
	assert_int_equal(fake->view.read.word, W_SALE_REMOVED);
	assert_int_equal(fake->view.total_cents, 4000);
	press(fake, KEY_DELETE_);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	assert_int_equal(fake->intent_len, 0);
	fake_free(fake);
}

static void test_goods_by_weight_ask_for_grams(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	type(fake, "000123");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.prompt.word, W_SALE_WEIGHT_ASK);
	type(fake, "350");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.item[0].quantity_milli, 350);
	assert_int_equal(fake->view.total_cents, 1747); /* 17,465 goes up */
	type(fake, "0,1*");
	type(fake, "000123");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.item[1].quantity_milli, 100);
	fake_free(fake);
}

static void test_cancelling_asks_and_leaves_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	scan(fake, coffee);
	assert_true(fake->intent_len > 0);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.prompt.word, W_SALE_CANCEL_CONFIRM);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.item_count, 1);
	press(fake, KEY_ESC_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_CANCELLED);
	assert_false(fake->view.member.known);
	assert_int_equal(fake->intent_len, 0);
	assert_int_equal(fake->event_count, 1);
	fake_free(fake);
}

static void test_a_sale_too_large_is_refused_line_by_line(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	for (unsigned i = 0; i <= EVENT_LINES_MAX; i++) {
		char code[16];
		(void)snprintf(code, sizeof(code), "%u", 10000000u + i * 10);
		unsigned sum = 0;
		for (int at = 0; at < 7; at++)
			sum += (unsigned)(code[at] - '0') * (at % 2 == 0 ? 3 : 1);
		code[7] = (char)('0' + (10 - sum % 10) % 10);
		scan(fake, code);
		type(fake, "100");
		press(fake, KEY_ENTER_);
	}
	assert_int_equal(fake->view.read.word, W_SALE_TOO_LARGE);
	assert_int_equal(fake->view.item_total, EVENT_LINES_MAX);
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->line_count, EVENT_LINES_MAX);
	assert_int_equal(last_event(fake)->amount_cents, EVENT_LINES_MAX * 100);
	fake_free(fake);
}

static void test_why_shows_what_the_sale_earns(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	assert_int_equal(fake->view.points[EARNER_MEMBER], 0);
	scan_from(fake, SCAN_STRIPE, card);
	assert_int_equal(fake->view.points[EARNER_MEMBER], 12);
	assert_int_equal(fake->view.why_count, 1);
	assert_string_equal(fake->view.why[0].rule, "um-por-real");
	assert_int_equal(fake->view.why[0].base_cents, 1299);
	press(fake, KEY_F4_);
	assert_int_equal(fake->view.points[EARNER_MEMBER], 0);
	fake_free(fake);
}

/* --- members --------------------------------------------------------------------------
 */

static void test_a_member_is_greeted_when_the_answer_comes(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	fake->member_held = true;
	type(fake, "28401577640");
	press(fake, KEY_ENTER_);
	assert_true(fake->view.member.looking);
	assert_string_equal(fake->view.member.shown, "***.015.776-**");
	scan(fake, coffee); /* the counter does not wait */
	assert_int_equal(fake->view.item_count, 1);
	fake_member_answer(fake);
	assert_false(fake->view.member.looking);
	assert_string_equal(fake->view.member.first_name, "Ana");
	assert_string_equal(fake->view.member.segment_word, "Especial");
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->segment, 'A');
	assert_int_equal(last_event(fake)->member, MEMBER_CPF);
	fake_free(fake);
}

static void test_a_late_answer_of_another_member_is_ignored(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	struct directory_entry other = {.first_name = "Zé"};
	fake->member_held = true;
	type(fake, "28401577640");
	press(fake, KEY_ENTER_);
	uint32_t first = fake->member_ticket;
	scan_from(fake, SCAN_STRIPE, card);
	counter_member(fake->counter, first, ERR_NONE, &other);
	assert_true(fake->view.member.looking);
	assert_string_equal(fake->view.member.first_name, "");
	press(fake, KEY_F4_);
	fake_member_answer(fake);
	assert_false(fake->view.member.known);
	fake_free(fake);
}

static void test_a_member_not_found_is_recorded_all_the_same(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card); /* ends in 7: not in the fake directory */
	assert_int_equal(fake->view.read.word, W_MEMBER_NOTFOUND);
	(void)sell_coffee(fake);
	assert_int_equal(last_event(fake)->member, MEMBER_CARD);
	assert_string_equal(
	    fake->person[fake->event_count - 1].member, "9076555575248227");
	fake_free(fake);
}

static void test_eleven_digits_that_are_both_ask(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.prompt.word, W_MEMBER_WHICH);
	type(fake, "2");
	assert_int_equal(fake->view.screen, VIEW_SALE);
	assert_int_equal(fake->asked.kind, MEMBER_PHONE);
	assert_string_equal(fake->asked.member, "+5591934631540");
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->asked.kind, MEMBER_CPF);
	fake_free(fake);
}

static void test_nobody_stays_on_the_screen_of_an_empty_shop(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	fake->now_ms += 119 * 1000;
	counter_tick(fake->counter);
	assert_true(fake->view.member.known);
	fake->now_ms += 1000;
	counter_tick(fake->counter);
	assert_false(fake->view.member.known);
	scan_from(fake, SCAN_STRIPE, card);
	(void)sell_coffee(fake);
	fake->now_ms += 60 * 1000;
	counter_tick(fake->counter);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	assert_false(fake->view.member.known);
	fake_free(fake);
}

static void test_enrolment_takes_a_cpf_or_a_mobile(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F7_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_REQUIRED);
	type(fake, "12345678901");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_MEMBER_ENROL_KIND);
	press(fake, KEY_ESC_); /* empties the field */
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.prompt.word, W_MEMBER_WHICH);
	type(fake, "2");
	assert_int_equal(last_event(fake)->type, EVENT_ENROLMENT);
	assert_int_equal(last_event(fake)->member, MEMBER_PHONE);
	assert_int_equal(fake->view.screen, VIEW_SALE); /* the basket is still there */
	assert_true(fake->view.member.known);
	assert_true(fake->intent_len > 0);
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->member, MEMBER_PHONE);
	fake_free(fake);
}

/* --- saving ---------------------------------------------------------------------------
 */

static void test_a_full_disk_keeps_the_sale_open(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F5_);
	fake->fail = ERR_FULL;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_DISK_FULL);
	assert_int_equal(fake->view.prompt.word, W_SALE_RETRY_PROMPT);
	assert_int_equal(fake->view.item_count, 1);
	assert_int_equal(fake->event_count, 1);
	fake->fail = ERR_NONE;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_SAVED);
	assert_int_equal(count_type(fake, EVENT_SALE), 1);
	fake_free(fake);
}

static void test_an_unknown_outcome_is_looked_up(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F5_);
	fake->fail = ERR_UNKNOWN; /* and it did not reach the disk */
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_NOT_SAVED);
	fake->fail_but_keep = true; /* now it does */
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_SAVED);
	assert_int_equal(count_type(fake, EVENT_SALE), 1);
	fake_free(fake);
}

static void test_a_repeat_that_is_recorded_already_is_saved(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F5_);
	fake->fail = ERR_EXISTS;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_SAVED);
	fake_free(fake);
}

static void test_retries_keep_the_id(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F2_);
	type(fake, "11");
	type(fake, "11961234567");
	type(fake, "4567");
	fake->fail = ERR_IO;
	fake->fail_but_keep = true; /* so that the tries can be seen */
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_TOPUP_NOT_SAVED);
	fake->fail = ERR_NONE;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_TOPUP_DONE);
	assert_memory_equal(fake->event[1].id, fake->event[2].id, EVENT_ID_LEN);
	fake_free(fake);
}

/* --- after a crash
 * ---------------------------------------------------------------------- */

static void crash_and_start(struct fake *fake)
{
	struct till_shift shift = {.open = true, .clerk = "c01"};
	shift.count[EVENT_SALE] = 4;
	counter_close(&fake->counter);
	fake_open_counter(fake);
	counter_restore_intent(fake->counter, bytes_of(fake->intent, fake->intent_len));
	counter_restore_shift(fake->counter, &shift);
	fake_ready(fake);
}

static void test_an_open_sale_comes_back_as_not_recorded(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	type(fake, "2x");
	scan(fake, coffee);
	scan(fake, no_price);
	type(fake, "700");
	press(fake, KEY_ENTER_);
	for (size_t i = 0; i + 6 <= fake->intent_len; i++) /* nobody in it */
		assert_memory_not_equal(fake->intent + i, "907655", 6);
	crash_and_start(fake);
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_CLERK_IN); /* the shift goes on */
	assert_int_equal(fake->view.title, W_SALE_UNSAVED_TITLE);
	assert_int_equal(fake->view.read.word, W_SALE_RESTORED);
	assert_int_equal(fake->view.prompt.word, W_MEMBER_AGAIN);
	assert_string_equal(fake->view.item[0].name, "Café 500 g");
	assert_int_equal(fake->view.total_cents, 2598 + 700);
	assert_true(fake->intent_len > 0); /* still there if it crashes again */
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->line_count, 2);
	assert_int_equal(last_event(fake)->member, MEMBER_NONE);
	press(fake, KEY_F10_);
	assert_int_equal(fake->view.item[1].quantity_milli, 5000);
	fake_free(fake);
}

static void test_a_damaged_intent_is_ignored(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	for (size_t len = 0; len <= fake->intent_len; len++) {
		static uint8_t kept[FAKE_INTENT_MAX];
		size_t whole = fake->intent_len;
		memcpy(kept, fake->intent, whole);
		if (len == whole)
			fake->intent[0] ^= 1;
		fake->intent_len = len;
		crash_and_start(fake);
		type(fake, "111111");
		press(fake, KEY_ENTER_);
		assert_int_equal(fake->view.screen, VIEW_IDLE);
		memcpy(fake->intent, kept, whole);
		fake->intent_len = whole;
	}
	fake_free(fake);
}

static void test_a_side_event_does_not_lose_the_intent(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	scan_from(fake, SCAN_STRIPE, payment);
	assert_int_equal(last_event(fake)->type, EVENT_CARD_REFUSED);
	assert_true(fake->intent_len > 0);
	assert_int_equal(fake->view.item_count, 1);
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_SALE);
	assert_int_equal(last_event(fake)->amount_cents, 1299);
	fake_free(fake);
}

static void test_an_event_from_outside_does_not_lose_the_intent(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	size_t len = fake->intent_len;
	fake->intent_len = 0; /* as a shop's own till's record does */
	counter_recorded_beside(fake->counter);
	assert_int_equal(fake->intent_len, len);
	(void)sell_coffee(fake);
	unsigned intents = fake->intents;
	counter_recorded_beside(fake->counter); /* nothing is open any more */
	assert_int_equal(fake->intents, intents);
	fake_free(fake);
}

static void test_letters_leave_what_was_recorded_on_the_screen(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	(void)sell_coffee(fake);
	assert_int_equal(fake->view.why_count, 1);
	counter_configure(fake->counter, &fake->config); /* the same programme */
	assert_int_equal(fake->view.screen, VIEW_DONE);
	assert_int_equal(fake->view.why_count, 1);
	assert_int_equal(fake->view.points[EARNER_MEMBER], 12);
	fake->programme->version++; /* another one: its rules are other memory */
	counter_configure(fake->counter, &fake->config);
	assert_int_equal(fake->view.why_count, 0);
	scan(fake, coffee);
	scan_from(fake, SCAN_STRIPE, card);
	fake->programme->rule_count = 0;
	fake->programme->version++;
	counter_configure(fake->counter, &fake->config);
	assert_int_equal(fake->view.points[EARNER_MEMBER], 0);
	fake_free(fake);
}

/* --- top-ups ---------------------------------------------------------------------------
 */

static void test_a_number_typed_wrong_is_told_how(void **state)
{
	(void)state;

	static const struct {
		const char *number;
		enum word word;
	} cases[] = {
	    {"20961234567", W_TOPUP_NODDD},
	    {"11861234567", W_TOPUP_NINTH},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fake *fake = fake_new_open();
		press(fake, KEY_F2_);
		type(fake, "11");
		type(fake, cases[i].number);
		assert_int_equal(fake->view.read.word, cases[i].word);
		assert_string_equal(fake->view.field.text, "");
		fake_free(fake);
	}
	struct fake *fake = fake_new_open();
	press(fake, KEY_F2_);
	type(fake, "11");
	type(fake, "1123456789");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_TOPUP_FIXED);
	type(fake, "11961234567");
	type(fake, "4568");
	assert_int_equal(fake->view.read.word, W_TOPUP_MISMATCH);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.read.word, W_TOPUP_CANCELLED);
	assert_int_equal(fake->event_count, 1);
	fake_free(fake);
}

static void test_another_number_for_an_identified_member(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	press(fake, KEY_F2_);
	type(fake, "1");
	assert_int_equal(fake->view.item[0].note_word, W_NOTE_VALIDITY);
	assert_string_equal(fake->view.item[0].note, "30");
	type(fake, "1");
	assert_int_equal(fake->view.prompt.word, W_TOPUP_CONFIRM_OWN);
	type(fake, "11961234567");
	type(fake, "4567");
	assert_int_equal(fake->view.prompt.word, W_TOPUP_CONFIRM);
	assert_string_equal(fake->view.prompt.arg[1], "(11) 96123-4567");
	press(fake, KEY_ENTER_);
	assert_string_equal(last_event(fake)->detail, "");
	assert_string_equal(fake->person[fake->event_count - 1].phone, "+5511961234567");
	assert_int_equal(last_event(fake)->member, MEMBER_CARD);
	fake_free(fake);
}

static void test_a_member_known_by_phone_tops_that_phone_up(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	type(fake, "98946650615");
	press(fake, KEY_ENTER_);
	press(fake, KEY_F2_);
	type(fake, "11");
	assert_string_equal(fake->view.prompt.arg[1], "(98) 94665-0615");
	press(fake, KEY_ENTER_);
	assert_string_equal(fake->person[fake->event_count - 1].phone, "+5598946650615");
	fake_free(fake);
}

/* --- voids
 * ------------------------------------------------------------------------------ */

static void test_a_void_gives_back_what_the_sale_earned(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	char receipt[VIEW_RECEIPT_MAX];
	scan_from(fake, SCAN_STRIPE, card);
	receipt_of(sell_coffee(fake), receipt);
	assert_string_equal(fake->view.receipt, receipt);
	scan(fake, receipt);
	assert_int_equal(fake->view.screen, VIEW_VOID);
	assert_int_equal(fake->view.points[EARNER_MEMBER], -12);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->points[EARNER_MEMBER], -12);
	size_t before = fake->event_count;
	scan(fake, receipt);
	assert_int_equal(fake->view.read.word, W_VOID_AGAIN);
	scan(fake, "BLCV:00000000000000ff");
	assert_int_equal(fake->view.read.word, W_VOID_NOTFOUND);
	receipt_of(last_event(fake), receipt);
	scan(fake, receipt);
	assert_int_equal(fake->view.read.word, W_VOID_NOT_THIS);
	assert_int_equal(fake->event_count, before);
	fake_free(fake);
}

static void test_the_void_of_a_topup_is_a_request(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F2_);
	type(fake, "11");
	type(fake, "11961234567");
	type(fake, "4567");
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->points[EARNER_CLERK], 20);
	press(fake, KEY_F3_);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_VOID_REQUEST);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_VOID_REQUESTED);
	assert_int_equal(last_event(fake)->type, EVENT_VOID);
	assert_int_equal(last_event(fake)->points[EARNER_CLERK], 0);
	assert_string_equal(last_event(fake)->operator_name, "vivo");
	fake_free(fake);
}

static void test_an_open_sale_comes_before_a_void(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	char receipt[VIEW_RECEIPT_MAX];
	receipt_of(sell_coffee(fake), receipt);
	scan(fake, coffee);
	scan(fake, receipt);
	assert_int_equal(fake->view.read.word, W_SALE_OPEN_FIRST);

	static const enum key keys[] = {KEY_F2_, KEY_F3_, KEY_F8_, KEY_F10_};

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		press(fake, keys[i]);
		assert_int_equal(fake->view.read.word, W_SALE_OPEN_FIRST);
		assert_int_equal(fake->view.screen, VIEW_SALE);
	}
	fake_free(fake);
}

/* --- what is not ours
 * --------------------------------------------------------------------- */

static void test_every_read_is_answered(void **state)
{
	(void)state;

	static const struct {
		enum scan_source source;
		const char *data;
		enum word word;
	} cases[] = {
	    {SCAN_SCANNER, "23792821400089473047411162095247634042288201", W_CODE_BILL},
	    {SCAN_SCANNER, "84990000594418282877461053745999588636065583",
		W_CODE_COLLECTION},
	    {SCAN_SCANNER,
		"00020101021226760014br.gov.bcb.pix2554pix.example.com/qr/v2/"
		"360967439207927194370927966371635204000053039865802BR5912LOJA "
		"EXEMPLO6008BRASILIA62070503***6304ED1A",
		W_CODE_PIX},
	    {SCAN_SCANNER, "142406X3W51Z2ZVRRY33657623234036321433546747", W_CODE_FISCAL},
	    {SCAN_SCANNER, "9819319909291", W_CODE_COUPON},
	    {SCAN_SCANNER, "HELLO", W_CODE_UNKNOWN},
	    {SCAN_SCANNER, "7899329803615", W_SALE_BADCODE},
	    {SCAN_STRIPE, ";1234567890=99120000?", W_CARD_FOREIGN},
	};
	struct fake *fake = fake_new_open();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		scan_from(fake, cases[i].source, cases[i].data);
		assert_int_equal(fake->view.read.word, cases[i].word);
	}
	assert_int_equal(fake->event_count, 1);
	fake_free(fake);
}

static void test_a_bad_read_is_shown(void **state)
{
	(void)state;

	static const struct {
		enum scan_source source;
		enum scan_fault fault;
		enum word word;
	} cases[] = {
	    {SCAN_STRIPE, SCAN_FAULT_MISREAD, W_CARD_MISREAD},
	    {SCAN_SCANNER, SCAN_FAULT_MISREAD, W_SALE_BADCODE},
	    {SCAN_STRIPE, SCAN_FAULT_BLANK, W_CARD_BLANK},
	    {SCAN_SCANNER, SCAN_FAULT_TOO_LONG, W_CODE_TOO_LONG},
	    {SCAN_STRIPE, SCAN_FAULT_ENCRYPTED, W_CARD_ENCRYPTED},
	    {SCAN_SCANNER, SCAN_FAULT_NONE, W_SALE_BADCODE}, /* empty */
	};
	struct fake *fake = fake_new_open();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct scan read = {.source = cases[i].source, .fault = cases[i].fault};
		counter_scan(fake->counter, &read);
		assert_int_equal(fake->view.read.word, cases[i].word);
		assert_int_equal(fake->view.read_tone, TONE_ALERT);
	}
	fake_free(fake);
}

static void test_a_payment_card_leaves_its_class_only(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, payment);
	assert_int_equal(fake->view.read.word, W_CARD_PAYMENT);
	assert_int_equal(last_event(fake)->type, EVENT_CARD_REFUSED);
	assert_string_equal(last_event(fake)->detail, "payment_card");
	type(fake, "6062824187255794");
	assert_string_equal(fake->view.field.text, "************5794");
	press(fake, KEY_ENTER_);
	assert_string_equal(fake->view.field.text, "");
	assert_int_equal(count_type(fake, EVENT_CARD_REFUSED), 2);
	press(fake, KEY_F2_); /* in the middle of anything */
	scan_from(fake, SCAN_STRIPE, payment);
	assert_int_equal(count_type(fake, EVENT_CARD_REFUSED), 3);
	assert_int_equal(fake->view.screen, VIEW_LIST);
	fake_free(fake);
}

static void test_a_reader_that_leaves_is_told_and_recorded(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	counter_reader(fake->counter, true, "Honeywell 1602g");
	assert_int_equal(fake->view.read.word, W_READER_MISSING);
	assert_string_equal(fake->view.read.arg[0], "Honeywell 1602g");
	assert_int_equal(last_event(fake)->type, EVENT_READER_LOST);
	counter_reader(fake->counter, false, "Honeywell 1602g");
	assert_int_equal(last_event(fake)->type, EVENT_READER_FOUND);
	fake_free(fake);
}

static void test_help_knows_where_one_is(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F1_);
	assert_int_equal(fake->view.help, W_HELP_SALE);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.screen, VIEW_SALE);
	press(fake, KEY_F1_);
	scan(fake, coffee); /* a read leaves the help */
	assert_int_equal(fake->view.item[0].quantity_milli, 2000);
	fake_free(fake);
}

static void test_training_is_marked_and_earns_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	fake->config.training = true;
	counter_configure(fake->counter, &fake->config);
	assert_true(fake->view.status.training);
	scan_from(fake, SCAN_STRIPE, card);
	(void)sell_coffee(fake);
	assert_true(last_event(fake)->training);
	assert_int_equal(last_event(fake)->points[EARNER_MEMBER], 0);
	fake_free(fake);
}

static void test_what_the_central_refused_is_for_the_supervisor(void **state)
{
	(void)state;
	struct till_status status = {.enrolled = true, .shown.oldest_s = -1};
	status.shown.warn.word = W_DISK_LOW;
	status.supervisor.word = W_WARN_REFUSED;
	struct fake *fake = fake_new_open();
	counter_status(fake->counter, &status);
	assert_int_equal(fake->view.status.warn.word, W_DISK_LOW);
	press(fake, KEY_F8_);
	press(fake, KEY_DOWN_);
	type(fake, "222222");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.status.warn.word, W_WARN_REFUSED);
	fake_free(fake);
}

/* A scanner that types and ends its line twice: nothing is recorded but by the
 * clerk's own key. */
static void wedge(struct fake *fake, const char *text)
{
	type(fake, text);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
}

static void test_a_typing_scanner_confirms_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	wedge(fake, coffee);
	wedge(fake, coffee);
	wedge(fake, "HELLO"); /* at the question for the money */
	wedge(fake, "9076555575248227");
	assert_int_equal(fake->event_count, 1);
	assert_int_equal(fake->view.prompt.word, W_SALE_CONFIRM);
	assert_true(fake->view.member.known);
	press(fake, KEY_ENTER_);
	assert_int_equal(count_type(fake, EVENT_SALE), 1);

	char receipt[VIEW_RECEIPT_MAX];
	receipt_of(last_event(fake), receipt);
	wedge(fake, receipt);
	assert_int_equal(fake->view.screen, VIEW_VOID);
	type(fake, coffee);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CODE_NOT_NOW);
	assert_int_equal(count_type(fake, EVENT_VOID), 0);
	press(fake, KEY_ESC_);

	press(fake, KEY_F2_);
	type(fake, "11");
	type(fake, "11961234567");
	type(fake, "4567");
	type(fake, "9076555575248227");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_CODE_NOT_NOW);
	assert_int_equal(count_type(fake, EVENT_TOPUP), 0);
	press(fake, KEY_ENTER_); /* the clerk */
	assert_int_equal(count_type(fake, EVENT_TOPUP), 1);

	press(fake, KEY_F10_);
	type(fake, coffee);
	press(fake, KEY_ENTER_);
	assert_int_equal(count_type(fake, EVENT_SHIFT_CLOSE), 0);
	type(fake, "s"); /* a person's yes */
	press(fake, KEY_ENTER_);
	assert_int_equal(count_type(fake, EVENT_SHIFT_CLOSE), 1);
	fake_free(fake);
}

/* --- roads less travelled
 * ----------------------------------------------------------------- */

static void test_lists_are_chosen_with_arrows_too(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F2_);
	type(fake, "9");
	assert_int_equal(fake->view.read.word, W_ERR_CHOICE);
	press(fake, KEY_DOWN_);
	press(fake, KEY_DOWN_); /* the last one stays chosen */
	press(fake, KEY_UP_);
	assert_int_equal(fake->view.chosen, 0);
	press(fake, KEY_ENTER_); /* Vivo */
	type(fake, "9");
	assert_int_equal(fake->view.read.word, W_ERR_CHOICE);
	press(fake, KEY_DOWN_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.total_cents, 2000);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_REQUIRED);
	scan_from(fake, SCAN_STRIPE, card); /* the customer, in the middle of it */
	press(fake, KEY_ENTER_);            /* the own number after all */
	assert_int_equal(fake->view.prompt.word, W_TOPUP_CONFIRM_OWN);
	type(fake, "98946650615"); /* no: another one, or another customer */
	type(fake, "0615");
	press(fake, KEY_ESC_);
	press(fake, KEY_F2_);
	type(fake, "11");
	type(fake, "9");
	press(fake, KEY_BACKSPACE_);
	press(fake, KEY_ENTER_);
	scan(fake, "2985672409536"); /* another card: the own number is theirs */
	assert_int_equal(fake->view.read.word, W_MEMBER_CHANGED);
	scan(fake, coffee);
	assert_int_equal(fake->view.read.word, W_CODE_NOT_NOW);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_TOPUP);
	assert_string_equal(fake->person[fake->event_count - 1].member, "2985672409536");
	fake_free(fake);
}

static void test_a_programme_without_topups_says_so(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	fake->programme->operator_count = 0;
	press(fake, KEY_F2_);
	assert_int_equal(fake->view.read.word, W_TOPUP_NONE);
	press(fake, KEY_F3_);
	assert_int_equal(fake->view.read.word, W_LAST_NONE);
	press(fake, KEY_F5_);
	assert_int_equal(fake->view.read.word, W_SALE_NO_ITEM);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	fake_free(fake);
}

static void test_the_choice_of_cpf_or_mobile_can_be_left(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	assert_false(fake->view.member.known);
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	press(fake, KEY_DOWN_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->asked.kind, MEMBER_PHONE);
	press(fake, KEY_ESC_); /* forgets the customer */
	type(fake, "91934631540");
	press(fake, KEY_ENTER_);
	scan_from(fake, SCAN_STRIPE, card); /* another read is the answer */
	assert_int_equal(fake->asked.kind, MEMBER_CARD);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	type(fake, "12345678909"); /* a right CPF */
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->asked.kind, MEMBER_CPF);
	type(fake, "12345678901");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_CPF);
	type(fake, "20961234567");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_PHONE);
	fake_free(fake);
}

static void test_what_a_symbol_says_beyond_the_item_counts(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	/* GS1-128: the item, and expired in March 2026 */
	scan(fake, "]C101078910003155071726031510A7");
	assert_int_equal(fake->view.read.word, W_SALE_EXPIRED_GOODS);
	assert_string_equal(fake->view.read.arg[0], "15/03/2026");
	assert_int_equal(fake->view.item_count, 1);
	/* AI 30: twelve of them */
	scan(fake, "]C10107891000315507"
		   "3012");
	assert_int_equal(fake->view.item[0].quantity_milli, 13000);
	fake_free(fake);
}

static void test_a_price_label_wins_over_the_list(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	fake->programme->scale.kind = SCALE_PRICE;
	counter_configure(fake->counter, &fake->config);
	scan(fake, "2000123012346"); /* R$ 12,34 of cheese at R$ 49,90 */
	assert_int_equal(fake->view.total_cents, 1234);
	assert_int_equal(fake->view.item[0].quantity_milli, 247);
	press(fake, KEY_F6_); /* what the label said is not changed by hand */
	assert_int_equal(fake->view.read.word, W_ERR_QTY);
	scan(fake, "2000123012346"); /* another label is another line */
	assert_int_equal(fake->view.item_count, 2);
	fake_free(fake);
}

static void test_a_weighed_label_without_a_price_asks(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, "2000456012341"); /* 1,234 kg of what the programme does not name */
	assert_int_equal(fake->view.prompt.word, W_SALE_PRICE_ASK);
	type(fake, "1000");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.item_count, 1);
	assert_true(fake->view.total_cents > 0);
	scan(fake, "2000124012345"); /* known, by weight, and no price */
	assert_int_equal(fake->view.prompt.word, W_SALE_PRICE_ASK);
	type(fake, "1000");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.item[1].quantity_milli, 1234);
	assert_int_equal(fake->view.item[1].amount_cents, 1234);
	fake_free(fake);
}

static void test_a_sale_stays_within_what_an_event_may_be(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	for (int i = 0; i < 11; i++) {
		char price[16];
		scan(fake, no_price);
		(void)snprintf(price, sizeof(price), "%d", 99000000 + i);
		type(fake, price);
		press(fake, KEY_ENTER_);
	}
	assert_int_equal(fake->view.read.word, W_SALE_TOO_MUCH);
	assert_int_equal(fake->view.item_count, 10);
	scan(fake, coffee);
	press(fake, KEY_F6_);
	type(fake, "9999");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_QTY);
	fake_free(fake);
}

static void test_absurd_quantities_and_prices_are_refused(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan(fake, coffee);
	press(fake, KEY_F6_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_QTY);
	type(fake, "10000");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_QTY);
	press(fake, KEY_ESC_); /* empties the field */
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.item[0].quantity_milli, 1000);
	scan(fake, no_price);
	type(fake, "999999999");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_ERR_VALUE);
	press(fake, KEY_ESC_);
	press(fake, KEY_ESC_); /* the item is given up */
	assert_int_equal(fake->view.item_count, 1);
	type(fake, "9999x");
	scan(fake, no_price);
	type(fake, "100000");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_SALE_TOO_MUCH);
	type(fake, "7x");
	press(fake, KEY_ESC_); /* the seven is forgotten, the sale is not */
	assert_int_equal(fake->view.screen, VIEW_SALE);
	assert_int_equal(fake->view.prompt.word, W_SALE_PROMPT);
	fake_free(fake);
}

static void test_an_enrolment_that_fails_can_be_tried_again(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F7_);
	scan_from(fake, SCAN_STRIPE, card);
	assert_int_equal(fake->view.read.word, W_MEMBER_ENROL_KIND);
	type(fake, "28401577640");
	fake->fail = ERR_FULL;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_DISK_FULL);
	assert_int_equal(fake->view.screen, VIEW_ENROL);
	fake->fail = ERR_NONE;
	type(fake, "28401577640");
	press(fake, KEY_ENTER_);
	assert_int_equal(count_type(fake, EVENT_ENROLMENT), 1);
	press(fake, KEY_F7_);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	fake_free(fake);
}

static void test_a_void_can_be_left_at_every_step(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	char receipt[VIEW_RECEIPT_MAX];
	receipt_of(sell_coffee(fake), receipt);
	press(fake, KEY_F3_);
	type(fake, "2");
	assert_int_equal(fake->view.read.word, W_ERR_CHOICE);
	scan(fake, coffee);
	assert_int_equal(fake->view.read.word, W_CODE_NOT_NOW);
	scan(fake, receipt);
	assert_int_equal(fake->view.screen, VIEW_VOID);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ESC_);
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	press(fake, KEY_F3_);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	fake->fail = ERR_IO;
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->view.read.word, W_NOT_SAVED);
	fake->fail = ERR_NONE;
	press(fake, KEY_ENTER_);
	assert_int_equal(count_type(fake, EVENT_VOID), 1);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_typed_while_a_pin_is_checked_waits),
	    cmocka_unit_test(test_a_read_too_many_is_told),
	    cmocka_unit_test(test_five_wrong_pins_lock_the_clerk),
	    cmocka_unit_test(test_a_lock_ends_after_a_quarter_of_an_hour),
	    cmocka_unit_test(test_a_lock_outlives_a_restart),
	    cmocka_unit_test(test_a_short_pin_or_a_failed_check_is_no_try),
	    cmocka_unit_test(test_a_clerk_is_found_by_code),
	    cmocka_unit_test(test_the_summary_adds_up_what_the_shift_took),
	    cmocka_unit_test(test_changing_the_clerk_is_out_and_in),
	    cmocka_unit_test(test_a_closed_till_sells_nothing),
	    cmocka_unit_test(test_a_terminal_without_programme_says_so),
	    cmocka_unit_test(test_a_price_is_asked_where_there_is_none),
	    cmocka_unit_test(test_an_unknown_product_is_recorded_with_its_price),
	    cmocka_unit_test(test_quantity_deletion_and_own_codes),
	    cmocka_unit_test(test_goods_by_weight_ask_for_grams),
	    cmocka_unit_test(test_cancelling_asks_and_leaves_nothing),
	    cmocka_unit_test(test_a_sale_too_large_is_refused_line_by_line),
	    cmocka_unit_test(test_why_shows_what_the_sale_earns),
	    cmocka_unit_test(test_a_member_is_greeted_when_the_answer_comes),
	    cmocka_unit_test(test_a_late_answer_of_another_member_is_ignored),
	    cmocka_unit_test(test_a_member_not_found_is_recorded_all_the_same),
	    cmocka_unit_test(test_eleven_digits_that_are_both_ask),
	    cmocka_unit_test(test_nobody_stays_on_the_screen_of_an_empty_shop),
	    cmocka_unit_test(test_enrolment_takes_a_cpf_or_a_mobile),
	    cmocka_unit_test(test_a_full_disk_keeps_the_sale_open),
	    cmocka_unit_test(test_an_unknown_outcome_is_looked_up),
	    cmocka_unit_test(test_a_repeat_that_is_recorded_already_is_saved),
	    cmocka_unit_test(test_retries_keep_the_id),
	    cmocka_unit_test(test_an_open_sale_comes_back_as_not_recorded),
	    cmocka_unit_test(test_a_damaged_intent_is_ignored),
	    cmocka_unit_test(test_a_side_event_does_not_lose_the_intent),
	    cmocka_unit_test(test_an_event_from_outside_does_not_lose_the_intent),
	    cmocka_unit_test(test_letters_leave_what_was_recorded_on_the_screen),
	    cmocka_unit_test(test_a_number_typed_wrong_is_told_how),
	    cmocka_unit_test(test_another_number_for_an_identified_member),
	    cmocka_unit_test(test_a_member_known_by_phone_tops_that_phone_up),
	    cmocka_unit_test(test_a_void_gives_back_what_the_sale_earned),
	    cmocka_unit_test(test_the_void_of_a_topup_is_a_request),
	    cmocka_unit_test(test_an_open_sale_comes_before_a_void),
	    cmocka_unit_test(test_every_read_is_answered),
	    cmocka_unit_test(test_a_bad_read_is_shown),
	    cmocka_unit_test(test_a_payment_card_leaves_its_class_only),
	    cmocka_unit_test(test_a_reader_that_leaves_is_told_and_recorded),
	    cmocka_unit_test(test_help_knows_where_one_is),
	    cmocka_unit_test(test_training_is_marked_and_earns_nothing),
	    cmocka_unit_test(test_what_the_central_refused_is_for_the_supervisor),
	    cmocka_unit_test(test_a_typing_scanner_confirms_nothing),
	    cmocka_unit_test(test_lists_are_chosen_with_arrows_too),
	    cmocka_unit_test(test_a_programme_without_topups_says_so),
	    cmocka_unit_test(test_the_choice_of_cpf_or_mobile_can_be_left),
	    cmocka_unit_test(test_what_a_symbol_says_beyond_the_item_counts),
	    cmocka_unit_test(test_a_price_label_wins_over_the_list),
	    cmocka_unit_test(test_a_weighed_label_without_a_price_asks),
	    cmocka_unit_test(test_a_sale_stays_within_what_an_event_may_be),
	    cmocka_unit_test(test_absurd_quantities_and_prices_are_refused),
	    cmocka_unit_test(test_an_enrolment_that_fails_can_be_tried_again),
	    cmocka_unit_test(test_a_void_can_be_left_at_every_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
