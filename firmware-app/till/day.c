/* SPDX-License-Identifier: MIT */
#include "till/day.h"

#include <assert.h>

#include "base/banned.h"

#include "till/digits.h"

enum {
	DAYS_400_YEARS = 146097, /* the Gregorian calendar repeats after them */
	DAY_1970 = 719468,       /* days from 0000-03-01 to 1970-01-01 */
	DAY_MS = 24 * 60 * 60 * 1000,
	MINUTE_MS = 60 * 1000,
};

static bool leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

unsigned month_length(unsigned year, unsigned month)
{
	static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	assert(month >= 1 && month <= 12);
	return lengths[month - 1] + (month == 2 && leap(year) ? 1U : 0U);
}

bool day_valid(uint32_t day)
{
	uint32_t month = day / 100 % 100;
	if (day > 99991231 || day < 10101 || month < 1 || month > 12)
		return false;
	return day % 100 >= 1 && day % 100 <= month_length(day / 10000, month);
}

/* Years begin in March here, so that the leap day is the last of its year. */
int64_t day_number(uint32_t day)
{
	assert(day_valid(day));
	int64_t month = day / 100 % 100;
	int64_t year = day / 10000 - (month <= 2 ? 1 : 0);
	int64_t from_march = (month + 9) % 12;
	int64_t day_of_year = (153 * from_march + 2) / 5 + day % 100 - 1;
	return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - DAY_1970;
}

uint32_t day_from_number(int64_t number)
{
	int64_t days = number + DAY_1970;
	assert(days >= 306 && days < (int64_t)25 * DAYS_400_YEARS);
	int64_t era = days / DAYS_400_YEARS;
	int64_t in_era = days % DAYS_400_YEARS;
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t from_march = (5 * in_year + 2) / 153;
	int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
	int64_t day = in_year - (153 * from_march + 2) / 5 + 1;
	year += era * 400 + (month <= 2 ? 1 : 0);
	return (uint32_t)(year * 10000 + month * 100 + day);
}

uint32_t business_day(int64_t wall_ms, int utc_offset_min, unsigned day_starts_minute)
{
	assert(day_starts_minute < 24 * 60);
	int64_t shift_min = (int64_t)utc_offset_min - day_starts_minute;
	int64_t local_ms = wall_ms + shift_min * MINUTE_MS;
	int64_t number = local_ms / DAY_MS - (local_ms % DAY_MS < 0 ? 1 : 0);
	return day_from_number(number);
}

bool day_text_valid(struct bytes text)
{
	return text.len == 8 && digits_only(text) &&
	       day_valid((uint32_t)digits_value(text));
}

bool time_text_valid(struct bytes text)
{
	return text.len == 6 && digits_only(text) &&
	       digits_value(text_part(text, 0, 2)) < 24 &&
	       digits_value(text_part(text, 2, 2)) < 60 &&
	       digits_value(text_part(text, 4, 2)) < 60;
}
