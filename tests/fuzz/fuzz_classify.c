/* SPDX-License-Identifier: MIT */
/* The classifier: first byte the source, the rest a read. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "till/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct identity ours[] = {
    {.kind = IDENTITY_EAN13, .prefix = "29"},
    {.kind = IDENTITY_STRIPE, .prefix = "90765555", .length = 16},
    {.kind = IDENTITY_QR, .prefix = "BLC1:"},
    {.kind = IDENTITY_CPF},
    {.kind = IDENTITY_PHONE},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scan scan;
	struct code_config config = {.identity = ours,
	    .identity_count = COUNT_OF(ours),
	    .scale = {"20CCCCCVVVVVK", SCALE_PRICE},
	    .today = 20260101};
	struct meaning meaning;
	if (size < 1 || size - 1 > SCAN_LEN_MAX)
		return 0;
	scan = (struct scan){.source = (enum scan_source)(1 + data[0] % 4)};
	scan.len = size - 1;
	memcpy(scan.data, data + 1, scan.len);
	code_classify(&config, &scan, &meaning);
	assert((unsigned)meaning.kind < MEANING_KIND_COUNT_);
	assert((meaning.kind == MEANING_REFUSE) == (meaning.refuse != REFUSE_NONE));
	size_t len = strnlen(meaning.value, sizeof(meaning.value));
	assert(len <= MEANING_VALUE_MAX);
	if (meaning.kind == MEANING_REFUSE)
		assert(len == 0);
	else if (meaning.kind == MEANING_UNKNOWN && scan.source == SCAN_STRIPE)
		assert(len == 0);
	else if (meaning.kind != MEANING_UNKNOWN && meaning.kind != MEANING_NONE)
		assert(len > 0);
	/* Nothing of a refused read is anywhere in the answer. */
	if (meaning.kind == MEANING_REFUSE)
		assert(meaning.phone[0] == '\0' && meaning.item[0] == '\0' &&
		       !meaning.has_price && !meaning.has_grams);
	return 0;
}
