/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/err.h"
#include "carry.h"

static void takes_a_report(void **state)
{
	(void)state;
	struct stick_report report = {0};
	assert_int_equal(carry_parse("ok 12 0 999999999", &report), ERR_NONE);
	assert_int_equal(report.copied, 12);
	assert_int_equal(report.there, 0);
	assert_int_equal(report.torn, 999999999);
}

static void takes_an_error_by_its_name(void **state)
{
	(void)state;
	struct stick_report report = {0};
	assert_int_equal(carry_parse("error no such error", &report), ERR_FORMAT);
	for (int i = ERR_NONE + 1; i < ERR_COUNT_; i++) {
		char line[64] = "error ";
		assert_int_equal(
		    text_copy(line + 6, sizeof(line) - 6, err_name((enum err)i)),
		    ERR_NONE);
		assert_int_equal(carry_parse(line, &report), i);
	}
}

/* What a report is not; the numbers asked for stay as they were. */
static void refuses_the_rest(void **state)
{
	(void)state;
	static const char *const lines[] = {"", "ok", "ok ", "ok 1 2", "ok 1 2 ",
	    "ok 1 2 3 4", "ok 1 2 3x", "ok 1 -2 3", "ok 1 +2 3", "ok  1 2 3",
	    "ok 1 2 1000000000", "okay 1 2 3", "OK 1 2 3"};
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct stick_report report = {7, 8, 9};
		assert_int_equal(carry_parse(lines[i], &report), ERR_FORMAT);
		assert_int_equal(report.copied, 7);
		assert_int_equal(report.there, 8);
		assert_int_equal(report.torn, 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_a_report),
	    cmocka_unit_test(takes_an_error_by_its_name),
	    cmocka_unit_test(refuses_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
