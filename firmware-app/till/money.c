/* SPDX-License-Identifier: MIT */
#include "till/money.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/digits.h"

void brl_format(int64_t cents, char ret_text[BRL_LEN_MAX + 1])
{
	char back[BRL_LEN_MAX + 1]; /* written from the right */
	size_t at = sizeof(back) - 1;
	uint64_t rest = cents < 0 ? -(uint64_t)cents : (uint64_t)cents;
	back[at] = '\0';
	for (unsigned place = 0; place < 3 || rest > 0; place++) {
		if (place == 2)
			back[--at] = ',';
		else if (place > 2 && (place - 2) % 3 == 0)
			back[--at] = '.';
		back[--at] = (char)('0' + rest % 10);
		rest /= 10;
	}
	at -= 3;
	memcpy(back + at, "R$ ", 3);
	if (cents < 0)
		back[--at] = '-';
	memcpy(ret_text, back + at, sizeof(back) - at);
}

static bool eat(struct bytes *text, const char *prefix)
{
	size_t len = strlen(prefix);
	if (text->len < len || memcmp(text->at, prefix, len) != 0)
		return false;
	*text = text_part(*text, len, text->len);
	return true;
}

static enum verdict add_digits(struct bytes digits, uint64_t *value)
{
	for (size_t i = 0; i < digits.len; i++) {
		uint64_t digit = (uint64_t)(digits.at[i] - '0');
		if (*value > ((uint64_t)INT64_MAX - digit) / 10)
			return BAD_RANGE;
		*value = *value * 10 + digit;
	}
	return VERDICT_OK;
}

/* "1234" or "1.234.567"; leaves what follows. */
static enum verdict whole_part(struct bytes *text, uint64_t *value)
{
	size_t len = digit_run(*text);
	bool grouped = len < text->len && text->at[len] == '.';
	if (len == 0 || (grouped && len > 3))
		return BAD_FORMAT;
	enum verdict verdict = add_digits(text_part(*text, 0, len), value);
	*text = text_part(*text, len, text->len);
	while (verdict == VERDICT_OK && eat(text, ".")) {
		if (digit_run(*text) != 3)
			return BAD_FORMAT;
		verdict = add_digits(text_part(*text, 0, 3), value);
		*text = text_part(*text, 3, text->len);
	}
	return verdict;
}

/* ",5" or ",56" or nothing, to the end. */
static enum verdict decimals(struct bytes text, uint64_t *value)
{
	struct bytes digits = text_part(text, 1, text.len);
	if (text.len > 0 && (text.at[0] != ',' || !digits_only(digits)))
		return BAD_FORMAT;
	if (digits.len > 2)
		return BAD_DECIMALS;
	enum verdict verdict = add_digits(digits, value);
	for (size_t i = digits.len; verdict == VERDICT_OK && i < 2; i++)
		verdict = add_digits(bytes_of_text("0"), value);
	return verdict;
}

enum verdict brl_parse(struct bytes text, int64_t *ret_cents)
{
	text = text_trim(text);
	bool negative = eat(&text, "-");
	if (eat(&text, "R$"))
		text = text_trim(text);
	if (!negative)
		negative = eat(&text, "-");
	if (text.len == 0)
		return BAD_EMPTY;
	uint64_t value = 0;
	enum verdict verdict = whole_part(&text, &value);
	if (verdict == VERDICT_OK)
		verdict = decimals(text, &value);
	if (verdict != VERDICT_OK)
		return verdict;
	*ret_cents = negative ? -(int64_t)value : (int64_t)value;
	return VERDICT_OK;
}

bool keypad_digit(int64_t *cents, uint32_t key, int64_t max)
{
	assert(*cents >= 0 && max <= INT64_MAX / 10 - 9);
	if (key < '0' || key > '9')
		return false;
	int64_t next = *cents * 10 + (int64_t)(key - '0');
	if (next > max)
		return false;
	*cents = next;
	return true;
}
