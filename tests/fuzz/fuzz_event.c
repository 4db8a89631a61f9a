/* SPDX-License-Identifier: MIT */
/* An event: decodes to what encodes to the same bytes; its blob can be erased,
 * and the chain takes both forms to the same link. */
#include "tests/fuzz/contract.h"

#include "contract/chain.h"
#include "contract/event.h"

static struct event event;
static uint8_t again[EVENT_BYTES_MAX], erased[EVENT_BYTES_MAX + 64];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	const struct bytes bytes = bytes_of(copy, size);
	struct event_parts parts;
	uint8_t link[HASH_LEN] = {0};

	const enum err split = event_split(bytes, &parts);
	assert(
	    (chain_step(&told_crypto, bytes, link) == ERR_NONE) == (split == ERR_NONE));
	if (event_decode(bytes, &event) == ERR_NONE) {
		struct sink out = sink_of(again, sizeof(again));
		struct sink form = sink_of(erased, sizeof(erased));
		assert(event_encode(&event, &out) == ERR_NONE);
		assert(bytes_equal(bytes, sink_bytes(&out)));
		assert(split == ERR_NONE);
		assert(parts.has_blob == (event.blob.len > 0));
		assert(parts.has_hash == event.erased);
		assert(event_erase(&told_crypto, bytes, &form) == ERR_NONE);
		assert(event_decode(sink_bytes(&form), &event) == ERR_NONE);
		assert(event.erased == (parts.has_blob || parts.has_hash));
		assert(event_content_hash(&told_crypto, &event, link) == ERR_NONE);
	}
	free(copy);
	return 0;
}
