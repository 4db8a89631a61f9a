/* SPDX-License-Identifier: MIT */
#include "central/yaml_value.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#include "contract/programme.h"

enum { DIGITS_MAX = 12, DECIMALS_MAX = 4, CENTS_A_REAL = 100, MINUTES_A_DAY = 24 * 60 };

/* Takes 1 to `max` digits off the front. */
static bool take_number(const char **text, size_t max, uint64_t *ret_value)
{
	size_t len = strspn(*text, "0123456789");
	uint64_t value = 0;
	if (len == 0 || len > max)
		return false;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (uint64_t)((*text)[i] - '0');
	*text += len;
	*ret_value = value;
	return true;
}

/* Exactly `len` digits. */
static bool take_fixed(const char **text, size_t len, uint64_t *ret_value)
{
	return strspn(*text, "0123456789") == len && take_number(text, len, ret_value);
}

static bool take_char(const char **text, char c)
{
	if (**text != c)
		return false;
	(*text)++;
	return true;
}

/* A decimal as `ret_value` / 10^`ret_decimals`. */
static bool take_decimal(const char **text, uint64_t *ret_value, size_t *ret_decimals)
{
	uint64_t value;
	size_t decimals = 0;
	if (!take_number(text, DIGITS_MAX, &value))
		return false;
	if (take_char(text, ',') || take_char(text, '.')) {
		decimals = strspn(*text, "0123456789");
		uint64_t rest;
		if (!take_number(text, DECIMALS_MAX, &rest))
			return false;
		for (size_t i = 0; i < decimals; i++)
			value *= 10;
		value += rest;
	}
	*ret_value = value;
	*ret_decimals = decimals;
	return true;
}

enum err value_cents(const char *text, int64_t *ret_cents)
{
	uint64_t value;
	size_t decimals;
	if (!take_decimal(&text, &value, &decimals) || *text != '\0')
		return ERR_FORMAT;
	if (decimals != 0 && decimals != 2)
		return ERR_FORMAT;
	if (decimals == 0)
		value *= CENTS_A_REAL;
	if (value > PRICE_CENTS_MAX)
		return ERR_RANGE;
	*ret_cents = (int64_t)value;
	return ERR_NONE;
}

enum err value_day(const char *text, uint32_t *ret_day)
{
	uint64_t year;
	uint64_t month;
	uint64_t day;
	if (!take_fixed(&text, 4, &year) || !take_char(&text, '-') ||
	    !take_fixed(&text, 2, &month) || !take_char(&text, '-') ||
	    !take_fixed(&text, 2, &day) || *text != '\0')
		return ERR_FORMAT;
	uint32_t whole = (uint32_t)(year * 10000 + month * 100 + day);
	if (!programme_day_exists(whole))
		return ERR_RANGE;
	*ret_day = whole;
	return ERR_NONE;
}

static bool take_minute(const char **text, uint16_t *ret_minute)
{
	uint64_t hour;
	uint64_t minute;
	if (!take_fixed(text, 2, &hour) || !take_char(text, ':') ||
	    !take_fixed(text, 2, &minute))
		return false;
	if (minute > 59 || hour > 24 || hour * 60 + minute > MINUTES_A_DAY)
		return false;
	*ret_minute = (uint16_t)(hour * 60 + minute);
	return true;
}

enum err value_hours(const char *text, uint16_t *ret_from_minute, uint16_t *ret_to_minute)
{
	uint16_t from;
	uint16_t to;
	if (!take_minute(&text, &from) || !take_char(&text, '-') ||
	    !take_minute(&text, &to) || *text != '\0' || from >= MINUTES_A_DAY)
		return ERR_FORMAT;
	if (from == to)
		return ERR_RANGE;
	*ret_from_minute = from;
	*ret_to_minute = to;
	return ERR_NONE;
}

enum err value_fraction(
    const char *text, uint64_t *ret_numerator, uint64_t *ret_denominator)
{
	uint64_t numerator;
	uint64_t denominator = 1;
	size_t decimals;
	if (!take_decimal(&text, &numerator, &decimals))
		return ERR_FORMAT;
	for (size_t i = 0; i < decimals; i++)
		denominator *= 10;
	if (decimals == 0 && take_char(&text, '/') &&
	    !take_number(&text, DIGITS_MAX, &denominator))
		return ERR_FORMAT;
	if (*text != '\0')
		return ERR_FORMAT;
	*ret_numerator = numerator;
	*ret_denominator = denominator;
	return ERR_NONE;
}

enum err value_multiplier(const char *text, uint32_t *ret_multiplier)
{
	uint64_t value;
	size_t decimals;
	if (!take_decimal(&text, &value, &decimals) || *text != '\0')
		return ERR_FORMAT;
	for (size_t i = decimals; i < DECIMALS_MAX; i++)
		value *= 10;
	if (value == 0 || value > MULTIPLIER_MAX)
		return ERR_RANGE;
	*ret_multiplier = (uint32_t)value;
	return ERR_NONE;
}

enum err value_points(const char *text, int64_t *ret_points)
{
	uint64_t value;
	bool negative = take_char(&text, '-');
	if (!take_number(&text, DIGITS_MAX, &value) || *text != '\0')
		return ERR_FORMAT;
	*ret_points = negative ? -(int64_t)value : (int64_t)value;
	return ERR_NONE;
}
