/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "os/clock.h"

static const int64_t jan_2019 = 1546300800000; /* 2019-01-01T00:00:00Z, Brazil's summer */
static const int64_t jan_2024 = 1704067200000; /* no summer time any more */

static void system_clock_moves_forward(void **state)
{
	struct instant a;
	struct instant b;
	static const uint8_t zeros[BOOT_ID_LEN];

	(void)state;
	clock_system()->now(clock_system()->self, &a);
	clock_system()->now(clock_system()->self, &b);
	assert_true(b.mono_ms >= a.mono_ms);
	assert_true(a.wall_ms > jan_2019);
	assert_memory_equal(a.boot_id, b.boot_id, BOOT_ID_LEN);
	assert_memory_not_equal(a.boot_id, zeros, BOOT_ID_LEN);
}

static void fake_clock_gives_what_it_is_set_to(void **state)
{
	struct instant set = {jan_2019, 42, {7}};
	struct clock clock = clock_fake(&set);
	struct instant got;

	(void)state;
	clock.now(clock.self, &got);
	assert_memory_equal(&got, &set, sizeof got);
	set.mono_ms = 43;
	clock.now(clock.self, &got);
	assert_int_equal(got.mono_ms, 43);
}

struct offset_case {
	const char *zone;
	int64_t wall_ms;
	int offset_min;
};

static void offsets_follow_zone_and_date(void **state)
{
	static const struct offset_case cases[] = {
	    {"America/Sao_Paulo", jan_2019, -120},
	    {"America/Sao_Paulo", jan_2024, -180},
	    {"America/Manaus", jan_2024, -240},
	    {"America/Rio_Branco", jan_2024, -300},
	    {"UTC", jan_2024, 0},
	    {"Asia/Kolkata", jan_2024, 330},
	    {"America/Sao_Paulo", -1, -180}, /* just before 1970 */
	    {"America/Sao_Paulo", jan_2024, -180},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int offset = 12345;

		assert_int_equal(
		    clock_offset_min(cases[i].zone, cases[i].wall_ms, &offset), ERR_NONE);
		assert_int_equal(offset, cases[i].offset_min);
	}
}

static void what_is_no_zone_is_not_found(void **state)
{
	static const char *const names[] = {"", "America", "America/", "/UTC",
	    "America//Sao_Paulo", "Nowhere/City", "../../../etc/passwd", "zone.tab",
	    "tzdata.zi", "America/Sao_Paulo_and_a_name_that_is_too_long"};
	int offset = 12345;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(
		    clock_offset_min(names[i], jan_2024, &offset), ERR_NOT_FOUND);
	assert_int_equal(offset, 12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(system_clock_moves_forward),
	    cmocka_unit_test(fake_clock_gives_what_it_is_set_to),
	    cmocka_unit_test(offsets_follow_zone_and_date),
	    cmocka_unit_test(what_is_no_zone_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
