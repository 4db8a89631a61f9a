/* SPDX-License-Identifier: MIT */
/* A signed message of any type. */
#include "tests/fuzz/contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	uint8_t signature[SIGNATURE_LEN], digest[HASH_LEN];
	struct cursor in = cursor_of(bytes_of(copy, size));
	struct cose_sign1 message;

	assert(again != NULL);
	if (cose_parse(&in, &message) == ERR_NONE) {
		const struct signer signer = told_signer(&message, signature);
		struct sink out = sink_of(again, size);
		assert(cose_digest(&told_crypto, &message, digest) == ERR_NONE);
		assert(cose_sign(&told_crypto, &signer, message.type, message.payload,
			   &out, NULL) == ERR_NONE);
		assert(out.len + in.left == size && memcmp(again, copy, out.len) == 0);
	} else {
		assert(in.left == size);
	}
	free(again);
	free(copy);
	return 0;
}
