/* SPDX-License-Identifier: MIT */
/* The key manifest. */
#include "tests/fuzz/contract.h"

#include "contract/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	struct trust trust;

	assert(again != NULL);
	if (trust_decode(bytes_of(copy, size), &trust) == ERR_NONE) {
		struct sink out = sink_of(again, size);
		assert(trust_encode(&trust, &out) == ERR_NONE);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
		for (size_t i = 0; i < trust.key_count; i++)
			assert(trust_find(&trust, trust.key[i].use,
				   trust.key[i].key_id) == &trust.key[i]);
		const struct trust_key *now = trust_current(&trust, TRUST_SEAL);
		assert(now == NULL || (now->use == TRUST_SEAL && !now->retired));
	}
	free(again);
	free(copy);
	return 0;
}
