/* SPDX-License-Identifier: MIT */
#include "counter_fake.h"

/* Design part 5: how many keys and scans each job may take from an idle screen. */

static const char card[] = ";9076555575248227=99120000?";

static void test_open_shift_is_the_pin_and_enter(void **state)
{
	(void)state;
	struct fake *fake = fake_new();
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	type(fake, "111111");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->keys, 7);
	assert_int_equal(last_event(fake)->type, EVENT_SHIFT_OPEN);
	assert_string_equal(last_event(fake)->clerk, "c01");
	assert_int_equal(fake->view.screen, VIEW_IDLE);
	fake_free(fake);
}

static void test_own_topup_is_a_scan_and_four_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	press(fake, KEY_F2_);
	type(fake, "12");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->scans, 1);
	assert_int_equal(fake->keys, 4);
	const struct event *event = last_event(fake);
	assert_int_equal(event->type, EVENT_TOPUP);
	assert_string_equal(event->operator_name, "vivo");
	assert_int_equal(event->amount_cents, 2000);
	assert_int_equal(event->points[EARNER_CLERK], 20);
	assert_string_equal(
	    fake->person[fake->event_count - 1].member, "9076555575248227");
	assert_int_equal(fake->view.read.word, W_TOPUP_DONE);
	fake_free(fake);
}

static void test_other_topup_is_nineteen_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F2_);
	type(fake, "21");
	type(fake, "11961234567");
	type(fake, "4567");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->keys, 19);
	assert_int_equal(last_event(fake)->type, EVENT_TOPUP);
	assert_int_equal(last_event(fake)->amount_cents, 1000);
	assert_int_equal(last_event(fake)->member, MEMBER_NONE);
	assert_string_equal(fake->person[fake->event_count - 1].phone, "+5511961234567");
	fake_free(fake);
}

static void test_basket_is_the_scans_and_two_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	scan_from(fake, SCAN_STRIPE, card);
	scan(fake, "7891000315507");
	scan(fake, "7891000315507");
	scan(fake, "2000123012346"); /* 1,234 kg of cheese */
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->scans, 4);
	assert_int_equal(fake->keys, 2);
	const struct event *event = last_event(fake);
	assert_int_equal(event->type, EVENT_SALE);
	assert_int_equal(event->line_count, 2);
	assert_int_equal(event->line[0].quantity_milli, 2000);
	assert_int_equal(event->line[0].amount_cents, 2598);
	assert_string_equal(event->line[1].product, "000123");
	assert_int_equal(event->line[1].quantity_milli, 1234);
	assert_int_equal(event->line[1].amount_cents, 6158);
	assert_int_equal(event->amount_cents, 2598 + 6158);
	assert_int_equal(event->points[EARNER_MEMBER], 87);
	fake_free(fake);
}

static void sell_one(struct fake *fake)
{
	scan(fake, "7891000315507");
	press(fake, KEY_F5_);
	press(fake, KEY_ENTER_);
	assert_int_equal(last_event(fake)->type, EVENT_SALE);
	press(fake, KEY_ENTER_);
	fake->keys = fake->scans = 0;
}

static void test_void_is_a_receipt_and_two_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	sell_one(fake);
	char receipt[VIEW_RECEIPT_MAX] = "BLCV:";
	hex_encode(receipt + 5, bytes_of(last_event(fake)->id, EVENT_ID_LEN));
	scan(fake, receipt);
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->scans, 1);
	assert_int_equal(fake->keys, 2);
	assert_int_equal(last_event(fake)->type, EVENT_VOID);
	assert_int_equal(last_event(fake)->amount_cents, -1299);
	assert_string_equal(last_event(fake)->reference.terminal, "t1");
	assert_int_equal(fake->view.read.word, W_VOID_DONE);
	fake_free(fake);
}

static void test_void_from_the_list_is_four_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	sell_one(fake);
	press(fake, KEY_F3_);
	type(fake, "1");
	press(fake, KEY_ENTER_);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->keys, 4);
	assert_int_equal(last_event(fake)->type, EVENT_VOID);
	fake_free(fake);
}

static void test_close_is_f10_and_enter(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F10_);
	assert_int_equal(fake->view.screen, VIEW_SUMMARY);
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->keys, 2);
	assert_int_equal(last_event(fake)->type, EVENT_SHIFT_CLOSE);
	assert_int_equal(fake->cuts, 1);
	assert_int_equal(fake->view.screen, VIEW_CLOSED);
	fake_free(fake);
}

static void test_enrol_is_thirteen_keys(void **state)
{
	(void)state;
	struct fake *fake = fake_new_open();
	press(fake, KEY_F7_);
	assert_string_equal(fake->view.text, "Aceito participar.");
	type(fake, "28401577640");
	press(fake, KEY_ENTER_);
	assert_int_equal(fake->keys, 13);
	const struct event *event = last_event(fake);
	assert_int_equal(event->type, EVENT_ENROLMENT);
	assert_int_equal(event->member, MEMBER_CPF);
	assert_string_equal(event->detail, "2026-1");
	assert_string_equal(fake->person[fake->event_count - 1].member, "28401577640");
	assert_int_equal(fake->view.read.word, W_MEMBER_ENROLLED);
	fake_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_open_shift_is_the_pin_and_enter),
	    cmocka_unit_test(test_own_topup_is_a_scan_and_four_keys),
	    cmocka_unit_test(test_other_topup_is_nineteen_keys),
	    cmocka_unit_test(test_basket_is_the_scans_and_two_keys),
	    cmocka_unit_test(test_void_is_a_receipt_and_two_keys),
	    cmocka_unit_test(test_void_from_the_list_is_four_keys),
	    cmocka_unit_test(test_close_is_f10_and_enter),
	    cmocka_unit_test(test_enrol_is_thirteen_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
