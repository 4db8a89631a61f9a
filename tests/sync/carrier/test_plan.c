/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/banned.h"
#include "carrier/plan.h"

enum { S = 1000 };

static void back_off_doubles_from_1_s_to_15_min(void **state)
{
	int64_t least_s[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 450, 450, 450};

	(void)state;
	for (unsigned tries = 0; tries < COUNT_OF(least_s); tries++) {
		int64_t half_ms = least_s[tries] * S;

		assert_int_equal(plan_back_off_ms(tries, 0), half_ms);
		/* The largest draw: a multiple of (half + 1), less one. */
		assert_int_equal(plan_back_off_ms(tries, (uint32_t)half_ms), 2 * half_ms);
		for (uint32_t random = 1; random != 0; random *= 3) {
			int64_t wait_ms = plan_back_off_ms(tries, random);

			assert_in_range(wait_ms, half_ms, 2 * half_ms);
			assert_in_range(wait_ms, 1 * S, 15 * 60 * S);
			if (random > UINT32_MAX / 3)
				break;
		}
	}
	assert_in_range(plan_back_off_ms(UINT32_MAX, UINT32_MAX), 450 * S, 900 * S);
}

static void line_backs_off_and_recovers(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_int_equal(plan_line_wait_ms(&plan, 5000), 0);
	plan_line_failed(&plan, 5000, -1, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 5000), 1000);
	assert_int_equal(plan_line_wait_ms(&plan, 5999), 1);
	assert_int_equal(plan_line_wait_ms(&plan, 6000), 0);
	assert_int_equal(plan_line_wait_ms(&plan, 60000), 0);
	plan_line_failed(&plan, 6000, -1, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 6000), 2000);
	plan_line_ok(&plan);
	assert_int_equal(plan_line_wait_ms(&plan, 6000), 0);
	plan_line_failed(&plan, 7000, -1, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 7000), 1000);
}

static void retry_after_is_honoured_up_to_an_hour(void **state)
{
	struct plan plan = {0};

	(void)state;
	plan_line_failed(&plan, 0, 120, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 120 * S);
	plan.failures = 0;
	plan_line_failed(&plan, 0, 3600, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 3600 * S);
	plan_line_failed(&plan, 0, 86400, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 3600 * S);
	/* Never sooner than our own back-off. */
	plan.failures = 20;
	plan_line_failed(&plan, 0, 1, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 450 * S);
	plan.failures = 0;
	plan_line_failed(&plan, 0, 0, 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 1 * S);
}

static void file_backs_off_alone(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_int_equal(plan_file_wait_ms(&plan, "b-1.batch", 0), 0);
	plan_file_tried(&plan, "b-1.batch", 0, 0);
	assert_int_equal(plan_file_wait_ms(&plan, "b-1.batch", 0), 1000);
	assert_int_equal(plan_file_wait_ms(&plan, "b-1.batch", 1000), 0);
	assert_int_equal(plan_file_wait_ms(&plan, "b-2.batch", 0), 0);
	assert_int_equal(plan_line_wait_ms(&plan, 0), 0);
	plan_file_tried(&plan, "b-1.batch", 1000, 0);
	assert_int_equal(plan_file_wait_ms(&plan, "b-1.batch", 1000), 2000);
}

static void doubt_is_said_once_a_try(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_false(plan_file_doubted(&plan, "b-1.batch"));
	plan_file_tried(&plan, "b-1.batch", 0, 0);
	assert_true(plan_file_doubted(&plan, "b-1.batch"));
	assert_false(plan_file_doubted(&plan, "b-1.batch"));
	plan_file_tried(&plan, "b-1.batch", 0, 0);
	assert_true(plan_file_doubted(&plan, "b-1.batch"));
}

static void what_left_the_outbox_is_forgotten(void **state)
{
	struct plan plan = {0};

	(void)state;
	plan_file_tried(&plan, "b-1.batch", 0, 0);
	plan_file_tried(&plan, "b-2.batch", 0, 0);
	plan_scan_start(&plan);
	plan_scan_saw(&plan, "b-2.batch");
	plan_scan_saw(&plan, "b-3.batch");
	plan_scan_end(&plan);
	assert_int_equal(plan_file_wait_ms(&plan, "b-1.batch", 0), 0);
	assert_int_not_equal(plan_file_wait_ms(&plan, "b-2.batch", 0), 0);
	assert_int_equal(plan_file_wait_ms(&plan, "b-3.batch", 0), 0);
}

static void full_table_forgets_the_one_due_next(void **state)
{
	struct plan plan = {0};
	char name[PLAN_FILE_NAME_MAX];

	(void)state;
	for (int i = 0; i < PLAN_FILES_MAX; i++) {
		(void)snprintf(name, sizeof name, "b-%d.batch", i);
		/* Number 7 is due first. */
		plan_file_tried(&plan, name, i == 7 ? 10 : 1000 + i, 0);
	}
	plan_file_tried(&plan, "one more", 5000, 0);
	assert_int_not_equal(plan_file_wait_ms(&plan, "one more", 0), 0);
	assert_int_equal(plan_file_wait_ms(&plan, "b-7.batch", 0), 0);
	assert_int_not_equal(plan_file_wait_ms(&plan, "b-0.batch", 0), 0);
	assert_int_equal(plan_file_wait_ms(&plan, "one more", 5000), 1000);
}

static void names_out_of_bounds_are_not_kept(void **state)
{
	struct plan plan = {0};
	char name[PLAN_FILE_NAME_MAX + 8];

	(void)state;
	memset(name, 'x', sizeof name);
	name[sizeof name - 1] = '\0';
	plan_file_tried(&plan, name, 0, 0);
	plan_file_tried(&plan, "", 0, 0);
	for (size_t i = 0; i < PLAN_FILES_MAX; i++)
		assert_int_equal(plan.file[i].name[0], '\0');
}

static void letters_come_every_five_minutes(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_int_equal(plan_letters_wait_ms(&plan, 0), 0);
	plan_letters_done(&plan, 1000);
	assert_int_equal(plan_letters_wait_ms(&plan, 1000), 300 * S);
	plan_letters_due(&plan);
	assert_int_equal(plan_letters_wait_ms(&plan, 1000), 0);
	plan_letters_failed(&plan, 1000);
	assert_int_equal(plan_letters_wait_ms(&plan, 1000), 30 * S);
}

static void once_waits_a_little_only(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_false(plan_once_gives_up(&plan, 0));
	plan_line_failed(&plan, 0, -1, 0);
	assert_false(plan_once_gives_up(&plan, 0));
	plan_line_failed(&plan, 0, 10, 0);
	assert_false(plan_once_gives_up(&plan, 0));
	plan_line_failed(&plan, 0, 10, 0);
	assert_true(plan_once_gives_up(&plan, 0));
	plan_line_ok(&plan);
	plan_line_failed(&plan, 0, 11, 0);
	assert_true(plan_once_gives_up(&plan, 0));
	assert_false(plan_once_gives_up(&plan, 1 * S));
}

static void request_time_grows_with_its_bytes(void **state)
{
	(void)state;
	assert_int_equal(plan_request_ms(0), 120 * S);
	assert_int_equal(plan_request_ms(1023), 120 * S);
	assert_int_equal(plan_request_ms(1024), 121 * S);
	assert_int_equal(plan_request_ms((uint64_t)16 * 1024 * 1024), (int64_t)16504 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(back_off_doubles_from_1_s_to_15_min),
	    cmocka_unit_test(line_backs_off_and_recovers),
	    cmocka_unit_test(retry_after_is_honoured_up_to_an_hour),
	    cmocka_unit_test(file_backs_off_alone),
	    cmocka_unit_test(doubt_is_said_once_a_try),
	    cmocka_unit_test(what_left_the_outbox_is_forgotten),
	    cmocka_unit_test(full_table_forgets_the_one_due_next),
	    cmocka_unit_test(names_out_of_bounds_are_not_kept),
	    cmocka_unit_test(letters_come_every_five_minutes),
	    cmocka_unit_test(once_waits_a_little_only),
	    cmocka_unit_test(request_time_grows_with_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
