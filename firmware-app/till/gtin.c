/* SPDX-License-Identifier: MIT */
#include "till/gtin.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/digits.h"

static bool check_holds(struct bytes digits)
{
	struct bytes body = text_part(digits, 0, digits.len - 1);
	return digits_check_gs1(body) == (unsigned)(digits.at[digits.len - 1] - '0');
}

static void zero_fill(char ret_gtin[GTIN_LEN + 1], struct bytes digits)
{
	memset(ret_gtin, '0', GTIN_LEN);
	memcpy(ret_gtin + GTIN_LEN - digits.len, digits.at, digits.len);
	ret_gtin[GTIN_LEN] = '\0';
}

enum verdict gtin_parse(struct bytes text, char ret_gtin[GTIN_LEN + 1])
{
	text = text_trim(text);
	if (!digits_only(text))
		return BAD_CHARSET;
	if (text.len != 8 && (text.len < UPCA_LEN || text.len > GTIN_LEN))
		return BAD_LENGTH;
	if (!check_holds(text))
		return BAD_CHECK;
	zero_fill(ret_gtin, text);
	return VERDICT_OK;
}

struct prefix_class {
	uint16_t low; /* first three digits of the GTIN-13 */
	uint16_t high;
	enum gtin_class meaning;
};

static const struct prefix_class prefixes[] = {
    {20, 29, GTIN_RESTRICTED},
    {40, 49, GTIN_RESTRICTED},
    {50, 59, GTIN_COUPON},
    {200, 299, GTIN_RESTRICTED},
    {789, 790, GTIN_GS1_BRASIL},
    {977, 977, GTIN_ISSN},
    {978, 979, GTIN_ISBN},
    {980, 980, GTIN_REFUND_RECEIPT},
    {981, 984, GTIN_COUPON},
    {990, 999, GTIN_COUPON},
};

enum gtin_class gtin_class(const char *gtin14)
{
	uint64_t prefix = digits_value(bytes_of(gtin14 + 1, 3));
	for (size_t i = 0; i < COUNT_OF(prefixes); i++)
		if (prefix >= prefixes[i].low && prefix <= prefixes[i].high)
			return prefixes[i].meaning;
	return GTIN_OTHER;
}

/*
 * GS1 General Specifications 5.2.3.2.1: the sixth digit says which zeros were
 * left out. Letters are the six digits between number system and check digit.
 */
static const char *upce_pattern(uint8_t last)
{
	switch (last) {
	case '0':
	case '1':
	case '2': return "abf0000cde";
	case '3': return "abc00000de";
	case '4': return "abcd00000e";
	default: return "abcde0000f";
	}
}

enum verdict upce_expand(struct bytes text, char ret_upca[UPCA_LEN + 1])
{
	text = text_trim(text);
	if (!digits_only(text))
		return BAD_CHARSET;
	if (text.len != 8)
		return BAD_LENGTH;
	if (text.at[0] > '1')
		return BAD_SYSTEM;
	char upca[UPCA_LEN + 1] = {(char)text.at[0]};
	const char *pattern = upce_pattern(text.at[6]);
	for (size_t i = 0; pattern[i] != '\0'; i++)
		upca[1 + i] =
		    pattern[i] == '0' ? '0' : (char)text.at[1 + (pattern[i] - 'a')];
	upca[UPCA_LEN - 1] = (char)text.at[7];
	if (!check_holds(bytes_of(upca, UPCA_LEN)))
		return BAD_CHECK;
	memcpy(ret_upca, upca, sizeof(upca));
	return VERDICT_OK;
}

enum verdict itf14_unit(struct bytes text, char ret_unit[EAN13_LEN + 1])
{
	char gtin[GTIN_LEN + 1];
	enum verdict verdict = gtin_parse(text, gtin);
	if (verdict != VERDICT_OK)
		return verdict;
	if (text_trim(text).len != GTIN_LEN)
		return BAD_LENGTH;
	if (gtin[0] == '9')
		return VERDICT_NO;
	struct bytes body = bytes_of(gtin + 1, EAN13_LEN - 1);
	memcpy(ret_unit, body.at, body.len);
	ret_unit[EAN13_LEN - 1] = (char)('0' + digits_check_gs1(body));
	ret_unit[EAN13_LEN] = '\0';
	return VERDICT_OK;
}

static size_t count_of(const char *layout, char place)
{
	size_t count = 0;
	for (size_t i = 0; layout[i] != '\0'; i++)
		count += layout[i] == place ? 1U : 0U;
	return count;
}

bool scale_layout_valid(const char *layout)
{
	if (strnlen(layout, EAN13_LEN + 1) != EAN13_LEN || layout[0] != '2')
		return false;
	for (size_t i = 0; i < EAN13_LEN - 1; i++)
		if (!is_digit((uint8_t)layout[i]) && layout[i] != 'C' && layout[i] != 'V')
			return false;
	size_t items = count_of(layout, 'C');
	return layout[EAN13_LEN - 1] == 'K' && count_of(layout, 'V') > 0 && items > 0 &&
	       items <= SCALE_ITEM_LEN_MAX;
}

enum verdict scale_parse(
    const struct scale *scale, struct bytes text, struct scale_label *ret_label)
{
	assert(scale_layout_valid(scale->layout));
	text = text_trim(text);
	if (!digits_only(text))
		return BAD_CHARSET;
	if (text.len != EAN13_LEN)
		return BAD_LENGTH;
	struct scale_label label = {0};
	size_t item_len = 0;
	for (size_t i = 0; i < EAN13_LEN - 1; i++) {
		char place = scale->layout[i];
		if (place == 'C')
			label.item[item_len++] = (char)text.at[i];
		else if (place == 'V')
			label.value = label.value * 10 + (text.at[i] - '0');
		else if (place != (char)text.at[i])
			return BAD_PREFIX;
	}
	if (!check_holds(text))
		return BAD_CHECK;
	*ret_label = label;
	return VERDICT_OK;
}

int64_t scale_total_cents(
    int64_t grams, int64_t cents_per_kg, enum scale_rounding rounding)
{
	assert(grams >= 0 && cents_per_kg >= 0);
	assert(cents_per_kg == 0 || grams <= (INT64_MAX - 500) / cents_per_kg);
	return (grams * cents_per_kg + (rounding == SCALE_HALF_UP ? 500 : 0)) / 1000;
}

int64_t scale_quantity_milli(int64_t price_cents, int64_t cents_per_unit)
{
	assert(price_cents >= 0 && price_cents < INT64_MAX / 2000);
	if (cents_per_unit <= 0)
		return 0;
	return (price_cents * 1000 + cents_per_unit / 2) / cents_per_unit;
}
