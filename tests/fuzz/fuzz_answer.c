/* SPDX-License-Identifier: MIT */
/* A receipt, gap or held answer. */
#include "tests/fuzz/contract.h"

#include "contract/answer.h"

static struct refused refused[ANSWER_REFUSED_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	uint8_t signature[SIGNATURE_LEN], hash[HASH_LEN];
	struct cose_sign1 message;
	struct answer answer;

	assert(again != NULL);
	if (answer_parse(bytes_of(copy, size), &message, &answer) == ERR_NONE) {
		const struct signer signer = told_signer(&message, signature);
		struct sink out = sink_of(again, size);
		struct refused one;
		for (size_t i = 0; i < answer.refused_count; i++)
			assert(answer_refused(&answer, i, &refused[i]) == ERR_NONE);
		assert(
		    answer_refused(&answer, answer.refused_count, &one) == ERR_NOT_FOUND);
		assert(answer_encode(&told_crypto, &signer, &answer, refused, &out,
			   hash) == ERR_NONE);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
		assert(held_reason_word(answer.reason) != NULL);
	}
	free(again);
	free(copy);
	return 0;
}
