/* SPDX-License-Identifier: MIT */
/* The envelope of a letter of any kind. */
#include "tests/fuzz/contract.h"

#include "contract/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	uint8_t *scratch_buf = malloc(size + LETTER_OVERHEAD_MAX);
	uint8_t signature[SIGNATURE_LEN];
	struct cose_sign1 message;
	struct letter letter;

	assert(again != NULL && scratch_buf != NULL);
	if (letter_parse(bytes_of(copy, size), &message, &letter) == ERR_NONE) {
		const struct signer signer = told_signer(&message, signature);
		struct sink out = sink_of(again, size);
		struct sink scratch = sink_of(scratch_buf, size + LETTER_OVERHEAD_MAX);
		assert(letter_kind(letter_name(letter.kind)) == letter.kind);
		assert(letter_encode(&told_crypto, &signer, &letter, &out, &scratch) ==
		       ERR_NONE);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
	}
	free(scratch_buf);
	free(again);
	free(copy);
	return 0;
}
