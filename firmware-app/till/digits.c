/* SPDX-License-Identifier: MIT */
#include "till/digits.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

uint8_t to_upper(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

int hex_digit_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	uint8_t upper = to_upper(c);
	return upper >= 'A' && upper <= 'F' ? upper - 'A' + 10 : -1;
}

size_t digit_run(struct bytes text)
{
	size_t len = 0;
	while (len < text.len && is_digit(text.at[len]))
		len++;
	return len;
}

bool digits_only(struct bytes text)
{
	return text.len > 0 && digit_run(text) == text.len;
}

/* Width of one blank at `at`, 0 if none: U+00A0 is two bytes in UTF-8. */
static size_t blank_width(struct bytes text)
{
	if (text.len == 0)
		return 0;
	if (text.len > 1 && text.at[0] == 0xc2 && text.at[1] == 0xa0)
		return 2;
	uint8_t c = text.at[0];
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' ? 1 : 0;
}

struct bytes text_trim(struct bytes text)
{
	for (size_t n = blank_width(text); n > 0; n = blank_width(text))
		text = text_part(text, n, text.len);
	while (text.len > 0) {
		size_t n = blank_width(text_part(text, text.len - 1, 1));
		if (n == 0 && text.len > 1)
			n = blank_width(text_part(text, text.len - 2, 2)) == 2 ? 2 : 0;
		if (n == 0)
			break;
		text.len -= n;
	}
	return text;
}

struct bytes text_part(struct bytes text, size_t from, size_t len)
{
	if (from > text.len)
		from = text.len;
	if (len > text.len - from)
		len = text.len - from;
	return (struct bytes){.at = len > 0 ? text.at + from : text.at, .len = len};
}

uint64_t digits_value(struct bytes digits)
{
	assert(digits.len <= 18);
	uint64_t value = 0;
	for (size_t i = 0; i < digits.len; i++)
		value = value * 10 + (uint64_t)(digits.at[i] - '0');
	return value;
}

bool text_squeeze(char *out, size_t cap, struct bytes text, const char *skipped)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '\0' && strchr(skipped, text.at[i]) != NULL)
			continue;
		if (len + 1 >= cap) {
			explicit_bzero(out, cap); /* may be a card's number */
			return false;
		}
		out[len++] = (char)text.at[i];
	}
	out[len] = '\0';
	return true;
}

static bool place_fits(char pattern, uint8_t c)
{
	if (pattern == '#')
		return is_digit(c);
	if (pattern == '@')
		return is_digit(c) || is_upper(c);
	return (uint8_t)pattern == c;
}

bool text_unmask(char *out, struct bytes text, const char *pattern)
{
	if (text.len != strlen(pattern))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (!place_fits(pattern[i], text.at[i]))
			return false;
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++)
		if (pattern[i] == '#' || pattern[i] == '@')
			out[len++] = (char)text.at[i];
	out[len] = '\0';
	return true;
}

void text_mask(char *out, const char *value, const char *pattern)
{
	size_t i = 0;
	for (; pattern[i] != '\0'; i++) {
		bool place = pattern[i] == '#' || pattern[i] == '@' || pattern[i] == '*';
		out[i] = place && pattern[i] != '*' ? *value : pattern[i];
		if (place && *value != '\0')
			value++;
	}
	out[i] = '\0';
}

unsigned digits_mod11(struct bytes text, unsigned weight_max)
{
	unsigned sum = 0;
	unsigned weight = 2;
	for (size_t i = text.len; i > 0; i--) {
		sum += (unsigned)(text.at[i - 1] - '0') * weight;
		weight = weight == weight_max ? 2 : weight + 1;
	}
	return sum % 11;
}

unsigned digits_check11(struct bytes text, unsigned weight_max)
{
	unsigned rest = digits_mod11(text, weight_max);
	return rest < 2 ? 0 : 11 - rest;
}

unsigned digits_check_gs1(struct bytes body)
{
	unsigned sum = 0;
	for (size_t i = 0; i < body.len; i++)
		sum += (unsigned)(body.at[body.len - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
	return (10 - sum % 10) % 10;
}

unsigned digits_check_luhn(struct bytes body)
{
	unsigned sum = 0;
	for (size_t i = 0; i < body.len; i++) {
		unsigned digit = (unsigned)(body.at[body.len - 1 - i] - '0');
		unsigned doubled = i % 2 == 0 ? digit * 2 : digit;
		sum += doubled > 9 ? doubled - 9 : doubled;
	}
	return (10 - sum % 10) % 10;
}

bool digits_luhn_holds(struct bytes number)
{
	if (!digits_only(number) || number.len < 2)
		return false;
	struct bytes body = text_part(number, 0, number.len - 1);
	return digits_check_luhn(body) == (unsigned)(number.at[number.len - 1] - '0');
}
