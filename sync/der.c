/* SPDX-License-Identifier: MIT */
#include "sync/der.h"

#include <string.h>

#include "base/banned.h"

enum {
	LONG_FORM = 0x80,
	HALF_LEN = SIGNATURE_LEN / 2,
	SIGNATURE_DER_MAX = 2 * (HALF_LEN + 3),
};

static enum err get_length(struct cursor *in, size_t *ret_len)
{
	uint8_t first = 0;
	uint64_t len = 0;
	enum err error = cursor_u8(in, &first);

	if (error)
		return error;
	if (first < LONG_FORM) {
		*ret_len = first;
		return ERR_NONE;
	}
	size_t width = first & 0x7F;

	/* Two bytes of length are 64 KiB, more than anything here is long. */
	if (width < 1 || width > 2)
		return ERR_FORMAT;
	error = cursor_be(in, width, &len);
	if (error)
		return error;
	if (len < LONG_FORM || (width == 2 && len < 0x100))
		return ERR_FORMAT;
	*ret_len = (size_t)len;
	return ERR_NONE;
}

enum err der_next(struct cursor *in, uint8_t *ret_tag, struct bytes *ret_content,
    struct bytes *ret_whole)
{
	struct cursor at = *in;
	uint8_t tag = 0;
	size_t len = 0;
	struct bytes content = {0};
	enum err error = cursor_u8(&at, &tag);

	if (!error && (tag & 0x1F) == 0x1F)
		error = ERR_FORMAT;
	if (!error)
		error = get_length(&at, &len);
	if (!error)
		error = cursor_take(&at, len, &content);
	if (error)
		return error;
	if (ret_whole)
		*ret_whole = bytes_of(in->at, in->left - at.left);
	*ret_tag = tag;
	*ret_content = content;
	*in = at;
	return ERR_NONE;
}

enum err der_get(struct cursor *in, enum der_tag tag, struct bytes *ret_content)
{
	struct cursor at = *in;
	struct bytes content;
	uint8_t found = 0;
	enum err error = der_next(&at, &found, &content, NULL);

	if (error)
		return error;
	if (found != (uint8_t)tag)
		return ERR_FORMAT;
	*ret_content = content;
	*in = at;
	return ERR_NONE;
}

/* A positive INTEGER of at most 32 bytes, padded in front. */
static enum err get_half(struct cursor *in, uint8_t out[HALF_LEN])
{
	struct bytes number;
	enum err error = der_get(in, DER_INTEGER, &number);

	if (error)
		return error;
	if (number.len == 0 || number.at[0] >= 0x80)
		return ERR_FORMAT;
	if (number.at[0] == 0) {
		if (number.len == 1 || number.at[1] < 0x80)
			return ERR_FORMAT;
		number = bytes_of(number.at + 1, number.len - 1);
	}
	if (number.len > HALF_LEN)
		return ERR_FORMAT;
	memset(out, 0, HALF_LEN);
	memcpy(out + HALF_LEN - number.len, number.at, number.len);
	return ERR_NONE;
}

enum err der_get_signature(struct bytes der, uint8_t ret_signature[SIGNATURE_LEN])
{
	struct cursor in = cursor_of(der);
	struct bytes pair;
	uint8_t signature[SIGNATURE_LEN];
	enum err error = der_get(&in, DER_SEQUENCE, &pair);

	if (error || in.left > 0)
		return ERR_FORMAT;
	in = cursor_of(pair);
	error = get_half(&in, signature);
	if (!error)
		error = get_half(&in, signature + HALF_LEN);
	if (error || in.left > 0)
		return ERR_FORMAT;
	memcpy(ret_signature, signature, SIGNATURE_LEN);
	return ERR_NONE;
}

static void put_head(struct sink *out, enum der_tag tag, size_t len)
{
	sink_u8(out, (uint8_t)tag);
	if (len < LONG_FORM) {
		sink_u8(out, (uint8_t)len);
		return;
	}
	size_t width = len < 0x100 ? 1 : 2;

	if (len > 0xFFFF)
		out->over = true;
	sink_u8(out, (uint8_t)(LONG_FORM | width));
	sink_be(out, width, len);
}

void der_put(struct sink *out, enum der_tag tag, struct bytes content)
{
	put_head(out, tag, content.len);
	sink_put(out, content);
}

void der_put_bits(struct sink *out, struct bytes content)
{
	put_head(out, DER_BIT_STRING, content.len + 1);
	sink_u8(out, 0);
	sink_put(out, content);
}

/* Shortest form: no zero in front unless the number would read as negative. */
static void put_half(struct sink *out, const uint8_t half[HALF_LEN])
{
	uint8_t number[1 + HALF_LEN] = {0};
	size_t skip = 0;

	memcpy(number + 1, half, HALF_LEN);
	while (skip < HALF_LEN && number[skip] == 0 && number[skip + 1] < 0x80)
		skip++;
	der_put(out, DER_INTEGER, bytes_of(number + skip, sizeof number - skip));
}

void der_put_signature(struct sink *out, const uint8_t signature[SIGNATURE_LEN])
{
	uint8_t buf[SIGNATURE_DER_MAX];
	struct sink pair = sink_of(buf, sizeof buf);

	put_half(&pair, signature);
	put_half(&pair, signature + HALF_LEN);
	out->over = out->over || pair.over;
	der_put(out, DER_SEQUENCE, sink_bytes(&pair));
}
