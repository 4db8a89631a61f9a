/* SPDX-License-Identifier: MIT */
/* Any item: what is accepted as deterministic is written again the same. */
#include "tests/fuzz/contract.h"

#include "contract/cbor.h"

/* One head, or a whole string; a container's items follow by themselves. */
static bool copy_token(struct cursor *in, struct sink *out)
{
	const struct cursor before = *in;
	struct bytes bytes;
	uint64_t number = 0;
	int64_t negative = 0;
	size_t count = 0;
	bool truth = false;

	if (cbor_get_uint(in, UINT64_MAX, &number) == ERR_NONE)
		cbor_put_uint(out, number);
	else if (cbor_get_int(in, &negative) == ERR_NONE)
		cbor_put_int(out, negative);
	else if (cbor_get_bytes(in, &bytes) == ERR_NONE)
		cbor_put_bytes(out, bytes);
	else if (cbor_get_text(in, &bytes) == ERR_NONE) {
		char text[64];
		if (text_from_bytes(text, sizeof(text), bytes) != ERR_NONE) {
			*in = before; /* long, or with a NUL: not comparable this way */
			return false;
		}
		cbor_put_text(out, text);
	} else if (cbor_get_array(in, SIZE_MAX, &count) == ERR_NONE)
		cbor_put_array(out, count);
	else if (cbor_get_map(in, SIZE_MAX, &count) == ERR_NONE)
		cbor_put_map(out, count);
	else if (cbor_get_bool(in, &truth) == ERR_NONE)
		cbor_put_bool(out, truth);
	else if (cbor_get_null(in))
		cbor_put_null(out);
	else
		return false; /* a tag, or a negative below int64 */
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	struct cursor in = cursor_of(bytes_of(copy, size));
	struct bytes item;

	assert(again != NULL);
	if (cbor_skip(&in, &item) == ERR_NONE) {
		struct cursor tokens = cursor_of(item);
		struct sink out = sink_of(again, item.len);
		assert(item.at == copy && item.len + in.left == size);
		while (tokens.left > 0 && copy_token(&tokens, &out))
			;
		assert(!out.over && memcmp(again, copy, out.len) == 0);
		assert(tokens.left > 0 || out.len == item.len);
	} else {
		assert(in.at == copy && in.left == size);
	}
	free(again);
	free(copy);
	return 0;
}
