/* SPDX-License-Identifier: MIT */
#include "ui/keys.h"

#include <string.h>

#include "base/attr.h"
#include "base/banned.h"

#include "ui/grid.h"

enum { ESC = 0x1B, UTF8_MAX = 4, REPLACEMENT = 0xFFFD };

struct key_of_byte {
	uint8_t byte;
	enum key key;
};

/* A byte alone. */
static const struct key_of_byte controls[] = {
    {'\r', KEY_ENTER_},
    {'\n', KEY_ENTER_},
    {'\t', KEY_TAB_},
    {0x7F, KEY_BACKSPACE_},
    {0x08, KEY_BACKSPACE_},
};

/* Esc and a digit, for keyboards and lines without F-keys. */
static const struct key_of_byte after_esc[] = {
    {'1', KEY_F1_},
    {'2', KEY_F2_},
    {'3', KEY_F3_},
    {'4', KEY_F4_},
    {'5', KEY_F5_},
    {'6', KEY_F6_},
    {'7', KEY_F7_},
    {'8', KEY_F8_},
    {'9', KEY_F9_},
    {'0', KEY_F10_},
};

/* The last byte of Esc [ ... or Esc O ... (ECMA-48, VT100, xterm). */
static const struct key_of_byte finals[] = {
    {'A', KEY_UP_},
    {'B', KEY_DOWN_},
    {'C', KEY_RIGHT_},
    {'D', KEY_LEFT_},
    {'M', KEY_ENTER_},
    {'P', KEY_F1_},
    {'Q', KEY_F2_},
    {'R', KEY_F3_},
    {'S', KEY_F4_},
};

/* The number of Esc [ n ~ (VT220, xterm, rxvt). */
static const struct key_of_byte numbers[] = {
    {3, KEY_DELETE_},
    {5, KEY_PAGE_UP_},
    {6, KEY_PAGE_DOWN_},
    {11, KEY_F1_},
    {12, KEY_F2_},
    {13, KEY_F3_},
    {14, KEY_F4_},
    {15, KEY_F5_},
    {17, KEY_F6_},
    {18, KEY_F7_},
    {19, KEY_F8_},
    {20, KEY_F9_},
    {21, KEY_F10_},
};

/* The last byte of Esc [ [ ... (the Linux console). */
static const struct key_of_byte console[] = {
    {'A', KEY_F1_},
    {'B', KEY_F2_},
    {'C', KEY_F3_},
    {'D', KEY_F4_},
    {'E', KEY_F5_},
};

static enum key find(const struct key_of_byte *table, size_t count, unsigned byte)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].byte == byte)
			return table[i].key;
	return KEY_NONE_;
}

/* What the first bytes mean: a key (or nothing of ours, KEY_NONE_) of `len`
 * bytes; len 0: not whole yet. */
struct match {
	size_t len;
	struct key_press press;
};

static struct match match_key(size_t len, enum key key)
{
	return (struct match){.len = len, .press = {.key = key}};
}

/* Esc [ parameters final. A modifier does not change the key. */
static struct match match_csi(const uint8_t *buf, size_t len)
{
	if (len > 2 && buf[2] == '[')
		return len > 3 ? match_key(4, find(console, COUNT_OF(console), buf[3]))
			       : match_key(0, KEY_NONE_);
	unsigned number = 0;
	bool first = true;
	for (size_t i = 2; i < len; i++) {
		uint8_t byte = buf[i];
		if (byte >= '0' && byte <= '9' && first && number < 100)
			number = number * 10 + (byte - '0');
		else if (byte < 0x20 || byte > 0x7E)
			return match_key(i, KEY_NONE_); /* broken off */
		else if (byte == '~')
			return match_key(i + 1, find(numbers, COUNT_OF(numbers), number));
		else if (byte >= 0x40)
			return match_key(i + 1, find(finals, COUNT_OF(finals), byte));
		else
			first = false;
	}
	return match_key(0, KEY_NONE_);
}

static struct match match_esc(const uint8_t *buf, size_t len)
{
	if (len < 2)
		return match_key(0, KEY_NONE_);
	if (buf[1] == '[')
		return match_csi(buf, len);
	if (buf[1] == 'O' && len < 3)
		return match_key(0, KEY_NONE_);
	if (buf[1] == 'O')
		return match_key(3, find(finals, COUNT_OF(finals), buf[2]));
	enum key key = find(after_esc, COUNT_OF(after_esc), buf[1]);
	return key != KEY_NONE_ ? match_key(2, key) : match_key(1, KEY_ESC_);
}

static struct match match_char(const uint8_t *buf, size_t len)
{
	char text[UTF8_MAX + 1] = {0};
	size_t wanted = buf[0] >= 0xF0 ? 4 : buf[0] >= 0xE0 ? 3 : buf[0] >= 0xC0 ? 2 : 1;
	if (len < wanted)
		return match_key(0, KEY_NONE_);
	memcpy(text, buf, wanted);
	const char *at = text;
	uint32_t ch = utf8_next(&at);
	struct match match = {.len = (size_t)(at - text), .press = {KEY_CHAR_, ch}};
	explicit_bzero(text, sizeof text);
	if (ch == REPLACEMENT || ch < 0x20 || (ch >= 0x7F && ch < 0xA0))
		match.press = (struct key_press){.key = KEY_NONE_};
	if (match.len == 0)
		match.len = 1; /* a NUL byte */
	return match;
}

static struct match match_first(const uint8_t *buf, size_t len)
{
	if (buf[0] == ESC)
		return match_esc(buf, len);
	enum key key = find(controls, COUNT_OF(controls), buf[0]);
	return key != KEY_NONE_ ? match_key(1, key) : match_char(buf, len);
}

static void drop(struct keys *keys, size_t len)
{
	keys->len -= len;
	memmove(keys->buf, keys->buf + len, keys->len);
	explicit_bzero(keys->buf + keys->len, sizeof keys->buf - keys->len);
}

size_t keys_feed(struct keys *keys, const uint8_t *bytes, size_t len)
{
	size_t room = sizeof keys->buf - keys->len;
	size_t taken = len < room ? len : room;
	memcpy(keys->buf + keys->len, bytes, taken);
	keys->len += taken;
	return taken;
}

enum keys_found keys_next(struct keys *keys, bool waited, struct key_press *ret_press)
{
	while (keys->len > 0) {
		struct match match = match_first(keys->buf, keys->len);
		if (match.len == 0 && !waited && keys->len < sizeof keys->buf)
			return KEYS_WAIT;
		if (match.len ==
		    0) /* it never became whole: an Esc, or half a character */
			match = match_key(1, keys->buf[0] == ESC ? KEY_ESC_ : KEY_NONE_);
		drop(keys, match.len);
		if (match.press.key != KEY_NONE_) {
			*ret_press = match.press;
			return KEYS_PRESS;
		}
	}
	return KEYS_NOTHING;
}
