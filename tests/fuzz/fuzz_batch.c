/* SPDX-License-Identifier: MIT */
/* A batch file with its signed header. */
#include "tests/fuzz/contract.h"

#include "contract/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	uint8_t signature[SIGNATURE_LEN], hash[HASH_LEN];
	struct batch_file file;

	assert(again != NULL);
	if (batch_parse(bytes_of(copy, size), &file) == ERR_NONE) {
		const struct signer signer = told_signer(&file.sign1, signature);
		struct batch_header header = file.header;
		struct sink out = sink_of(again, size);
		assert(header.count > 0 && header.first_seq > 0 && header.number > 0);
		memcpy(told_hash, header.body_hash, HASH_LEN);
		assert(batch_encode(&told_crypto, &signer, &header, file.body, &out,
			   hash) == ERR_NONE);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
	}
	free(again);
	free(copy);
	return 0;
}
