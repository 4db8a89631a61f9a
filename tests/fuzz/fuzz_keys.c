/* SPDX-License-Identifier: MIT */
/* The bytes of a terminal, however they are cut into reads: the same keys, no
 * byte kept once it is understood, and always an end. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ui/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t add(uint64_t sum, const struct key_press *press)
{
	assert(press->key > KEY_NONE_ && press->key < KEY_COUNT_);
	assert((press->key == KEY_CHAR_) == (press->ch != 0));
	return (sum ^ ((uint64_t)press->key << 32 ^ press->ch)) * 1099511628211U;
}

/* All the keys of the input, read in pieces of `step` bytes. */
static uint64_t keys_of(const uint8_t *data, size_t size, size_t step)
{
	struct keys keys = {0};
	struct key_press press;
	uint64_t sum = 1469598103934665603U;
	while (size > 0) {
		size_t len = size < step ? size : step;
		size_t taken = keys_feed(&keys, data, len);
		while (keys_next(&keys, false, &press) == KEYS_PRESS)
			sum = add(sum, &press);
		assert(taken > 0); /* what was full has been understood */
		data += taken;
		size -= taken;
	}
	while (keys_next(&keys, true, &press) == KEYS_PRESS)
		sum = add(sum, &press);
	for (size_t i = 0; i < sizeof(keys.buf); i++)
		assert(keys.buf[i] == 0);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	uint64_t one_by_one = keys_of(data, size, 1);
	assert(keys_of(data, size, 7) == one_by_one);
	return 0;
}
