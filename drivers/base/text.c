/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "base/bytes.h"

enum err text_copy(char *out, size_t cap, const char *text)
{
	return text_from_bytes(out, cap, bytes_of_text(text));
}

enum err text_from_bytes(char *out, size_t cap, struct bytes bytes)
{
	if (bytes.len >= cap)
		return ERR_LIMIT;
	if (bytes.len > 0 && memchr(bytes.at, '\0', bytes.len) != NULL)
		return ERR_FORMAT;
	if (bytes.len > 0)
		memcpy(out, bytes.at, bytes.len);
	out[bytes.len] = '\0';
	return ERR_NONE;
}

static bool is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
}

bool text_is_name(const char *text, size_t len_max)
{
	size_t len = strnlen(text, len_max + 1);
	if (len == 0 || len > len_max)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(text[i]))
			return false;
	return true;
}

void hex_encode(char *out, struct bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < bytes.len; i++) {
		out[2 * i] = digits[bytes.at[i] >> 4];
		out[2 * i + 1] = digits[bytes.at[i] & 15];
	}
	out[2 * bytes.len] = '\0';
}

/* -1 when it is no digit. */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err hex_decode(uint8_t *out, size_t len, const char *text)
{
	if (strnlen(text, 2 * len + 1) != 2 * len)
		return ERR_FORMAT;
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_value(text[i]) < 0)
			return ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)((unsigned)hex_value(text[2 * i]) << 4 |
				   (unsigned)hex_value(text[2 * i + 1]));
	return ERR_NONE;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum err base64_encode(char *out, size_t cap, struct bytes bytes)
{
	if (bytes.len > SIZE_MAX / 2 || (bytes.len + 2) / 3 * 4 + 1 > cap)
		return ERR_LIMIT;
	size_t n = 0;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
		uint32_t group = (uint32_t)bytes.at[i] << 16;
		if (have > 1)
			group |= (uint32_t)bytes.at[i + 1] << 8;
		if (have > 2)
			group |= bytes.at[i + 2];
		out[n++] = base64_digits[group >> 18];
		out[n++] = base64_digits[group >> 12 & 63];
		out[n++] = have > 1 ? base64_digits[group >> 6 & 63] : '=';
		out[n++] = have > 2 ? base64_digits[group & 63] : '=';
	}
	out[n] = '\0';
	return ERR_NONE;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* -1 when it is outside the alphabet. */
static int base64_value(char c)
{
	if (c == '\0')
		return -1;
	const char *at = strchr(base64_digits, c);
	return at == NULL ? -1 : (int)(at - base64_digits);
}

/* What the walk over base64 characters carries. */
struct base64_state {
	uint32_t group;
	unsigned have;    /* characters of the present group, padding included */
	unsigned padding; /* of them, '=' */
};

/* Takes one character; a whole group gives 1 to 3 bytes. */
static enum err base64_take(
    struct base64_state *state, char c, uint8_t ret[3], size_t *ret_count)
{
	int value = c == '=' ? 0 : base64_value(c);
	bool after_padding = state->padding > 0 && c != '=';
	if (value < 0 || after_padding || (c == '=' && state->have < 2))
		return ERR_FORMAT;
	state->group = state->group << 6 | (uint32_t)value;
	state->have++;
	state->padding += c == '=';
	*ret_count = 0;
	if (state->have < 4)
		return ERR_NONE;
	ret[0] = (uint8_t)(state->group >> 16);
	ret[1] = (uint8_t)(state->group >> 8);
	ret[2] = (uint8_t)state->group;
	*ret_count = 3 - state->padding;
	/* Bits that the padding says are not there must be zero. */
	if ((state->padding == 1 && ret[2] != 0) || (state->padding == 2 && ret[1] != 0))
		return ERR_FORMAT;
	/* `padding` stays: nothing may follow a padded group. */
	state->have = 0;
	state->group = 0;
	return ERR_NONE;
}

enum err base64_decode(uint8_t *out, size_t cap, const char *text, size_t *ret_len)
{
	struct base64_state state = {0};
	size_t len = 0;
	for (; *text != '\0'; text++) {
		uint8_t piece[3];
		size_t count;
		if (is_blank(*text))
			continue;
		if (state.padding > 0 && state.have == 0)
			return ERR_FORMAT;
		if (base64_take(&state, *text, piece, &count) != ERR_NONE)
			return ERR_FORMAT;
		if (count > cap - len)
			return ERR_LIMIT;
		memcpy(out + len, piece, count);
		len += count;
	}
	if (state.have != 0)
		return ERR_FORMAT;
	*ret_len = len;
	return ERR_NONE;
}

enum err decimal_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;
	if (*text == '\0')
		return ERR_FORMAT;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return ERR_FORMAT;
		uint64_t digit = (uint64_t)(*text - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return ERR_RANGE;
		value = value * 10 + digit;
	}
	if (value > max)
		return ERR_RANGE;
	*ret_value = value;
	return ERR_NONE;
}
