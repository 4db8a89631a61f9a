/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

struct bytes bytes_of(const void *at, size_t len)
{
	assert(at != NULL || len == 0);
	return (struct bytes){.at = at, .len = len};
}

struct bytes bytes_of_text(const char *text)
{
	return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool bytes_equal_secret(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;
	volatile uint8_t differs = 0;
	for (size_t i = 0; i < a.len; i++)
		differs = (uint8_t)(differs | (a.at[i] ^ b.at[i]));
	return differs == 0;
}

struct cursor cursor_of(struct bytes bytes)
{
	return (struct cursor){.at = bytes.at, .left = bytes.len};
}

enum err cursor_take(struct cursor *cursor, size_t len, struct bytes *ret_bytes)
{
	if (cursor->left < len)
		return ERR_FORMAT;
	*ret_bytes = (struct bytes){.at = cursor->at, .len = len};
	if (len > 0)
		cursor->at += len;
	cursor->left -= len;
	return ERR_NONE;
}

enum err cursor_u8(struct cursor *cursor, uint8_t *ret_value)
{
	struct bytes one;
	if (cursor_take(cursor, 1, &one) != ERR_NONE)
		return ERR_FORMAT;
	*ret_value = one.at[0];
	return ERR_NONE;
}

enum err cursor_be(struct cursor *cursor, size_t width, uint64_t *ret_value)
{
	assert(width >= 1 && width <= sizeof(uint64_t));
	struct bytes taken;
	if (cursor_take(cursor, width, &taken) != ERR_NONE)
		return ERR_FORMAT;
	uint64_t value = 0;
	for (size_t i = 0; i < width; i++)
		value = value << 8 | taken.at[i];
	*ret_value = value;
	return ERR_NONE;
}

enum err cursor_le(struct cursor *cursor, size_t width, uint64_t *ret_value)
{
	assert(width >= 1 && width <= sizeof(uint64_t));
	struct bytes taken;
	if (cursor_take(cursor, width, &taken) != ERR_NONE)
		return ERR_FORMAT;
	uint64_t value = 0;
	for (size_t i = width; i > 0; i--)
		value = value << 8 | taken.at[i - 1];
	*ret_value = value;
	return ERR_NONE;
}

struct sink sink_of(void *buf, size_t cap)
{
	assert(buf != NULL || cap == 0);
	return (struct sink){.buf = buf, .cap = cap};
}

void sink_put(struct sink *sink, struct bytes bytes)
{
	if (sink->over || bytes.len > sink->cap - sink->len) {
		sink->over = true;
		return;
	}
	if (bytes.len > 0)
		memcpy(sink->buf + sink->len, bytes.at, bytes.len);
	sink->len += bytes.len;
}

void sink_u8(struct sink *sink, uint8_t value)
{
	sink_put(sink, (struct bytes){.at = &value, .len = 1});
}

void sink_be(struct sink *sink, size_t width, uint64_t value)
{
	assert(width >= 1 && width <= sizeof(uint64_t));
	uint8_t out[sizeof(uint64_t)];
	for (size_t i = width; i > 0; i--) {
		out[i - 1] = (uint8_t)(value & 0xff);
		value >>= 8;
	}
	assert(value == 0);
	sink_put(sink, (struct bytes){.at = out, .len = width});
}

struct bytes sink_bytes(const struct sink *sink)
{
	return (struct bytes){.at = sink->buf, .len = sink->len};
}
