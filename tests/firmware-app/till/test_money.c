/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "till/day.h"
#include "till/money.h"

static void what_is_written_is_read(void **state)
{
	(void)state;
	int64_t amounts[200];
	size_t count = 0;
	for (int64_t power = 1; power < INT64_MAX / 10; power *= 10)
		for (int64_t near = -1; near <= 1; near++)
			amounts[count++] = power + near;
	amounts[count++] = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			char text[BRL_LEN_MAX + 1];
			int64_t back;
			brl_format(sign * amounts[i], text);
			assert_int_equal(
			    brl_parse(bytes_of_text(text), &back), VERDICT_OK);
			assert_int_equal(back, sign * amounts[i]);
		}
	}
	char text[BRL_LEN_MAX + 1];
	brl_format(INT64_MIN, text);
	assert_string_equal(text, "-R$ 92.233.720.368.547.758,08");
}

struct writing {
	const char *text;
	enum verdict verdict;
	int64_t cents;
};

static void how_people_type_amounts(void **state)
{
	(void)state;
	static const struct writing writings[] = {
	    {"0", VERDICT_OK, 0},
	    {"7", VERDICT_OK, 700},
	    {" R$ 7,00 ", VERDICT_OK, 700},
	    {"R$\xc2\xa0"
	     "7,00",
		VERDICT_OK, 700},
	    {"-R$ 7,00", VERDICT_OK, -700},
	    {"R$ -7,00", VERDICT_OK, -700},
	    {"1.234.567", VERDICT_OK, 123456700},
	    {"1234567,8", VERDICT_OK, 123456780},
	    {"", BAD_EMPTY, 0},
	    {"-", BAD_EMPTY, 0},
	    {"--5", BAD_FORMAT, 0},
	    {",50", BAD_FORMAT, 0},
	    {"5,", BAD_FORMAT, 0},
	    {"5,5,5", BAD_FORMAT, 0},
	    {"1234.567", BAD_FORMAT, 0},
	    {"1.23", BAD_FORMAT, 0},
	    {"1.2345", BAD_FORMAT, 0},
	    {".234", BAD_FORMAT, 0},
	    {"1.234.", BAD_FORMAT, 0},
	    {"5,123", BAD_DECIMALS, 0},
	    {"5 reais", BAD_FORMAT, 0},
	    {"92233720368547758,08", BAD_RANGE, 0},
	    {"99999999999999999999", BAD_RANGE, 0},
	};
	for (size_t i = 0; i < COUNT_OF(writings); i++) {
		int64_t cents = 0;
		enum verdict verdict = brl_parse(bytes_of_text(writings[i].text), &cents);
		if (verdict != writings[i].verdict)
			print_error("%s\n", writings[i].text);
		assert_int_equal(verdict, writings[i].verdict);
		assert_int_equal(cents, writings[i].cents);
	}
}

static void keys_shift_in(void **state)
{
	(void)state;
	int64_t cents = 0;
	assert_true(keypad_digit(&cents, '1', 9999));
	assert_true(keypad_digit(&cents, '2', 9999));
	assert_false(keypad_digit(&cents, ',', 9999));
	assert_true(keypad_digit(&cents, '3', 9999));
	assert_true(keypad_digit(&cents, '4', 9999));
	assert_false(keypad_digit(&cents, '5', 9999));
	assert_int_equal(cents, 1234);
}

/* Counting day by day over 400 years, the calendar's whole period. */
static void days_follow_each_other(void **state)
{
	(void)state;
	static const unsigned lengths[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int64_t number = day_number(19000101);
	assert_int_equal(day_number(19700101), 0);
	for (unsigned year = 1900; year < 2300; year++) {
		for (unsigned month = 1; month <= 12; month++) {
			bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
			unsigned length =
			    lengths[month - 1] + (month == 2 && leap ? 1U : 0U);
			for (unsigned day = 1; day <= length; day++) {
				uint32_t written = year * 10000 + month * 100 + day;
				assert_true(day_valid(written));
				assert_int_equal(day_number(written), number);
				assert_int_equal(day_from_number(number), written);
				number++;
			}
			assert_false(day_valid(year * 10000 + month * 100 + length + 1));
		}
	}
	assert_false(day_valid(20261301));
	assert_false(day_valid(20260001));
	assert_false(day_valid(20260100));
}

static void the_day_of_a_sale(void **state)
{
	(void)state;

	enum { MINUTE = 60 * 1000 };

	int64_t midnight = day_number(20260301) * 1440 * MINUTE; /* UTC */
	/* 02:59 local at -03:00 still belongs to the day before. */
	assert_int_equal(
	    business_day(midnight + (180 + 179) * (int64_t)MINUTE, -180, 180), 20260228);
	assert_int_equal(
	    business_day(midnight + (180 + 180) * (int64_t)MINUTE, -180, 180), 20260301);
	/* A clock that fell back before 1970 does not stop the till. */
	assert_int_equal(business_day(-1, 0, 0), 19691231);
	assert_int_equal(business_day(-MINUTE * 1440LL, 0, 0), 19691231);
	assert_int_equal(business_day(0, 0, 0), 19700101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(how_people_type_amounts),
	    cmocka_unit_test(keys_shift_in),
	    cmocka_unit_test(days_follow_each_other),
	    cmocka_unit_test(the_day_of_a_sale),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
