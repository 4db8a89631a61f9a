/* SPDX-License-Identifier: MIT */
/* The store's members: every record is found by its tag, and opens or not. */
#include "tests/fuzz/contract.h"

#include "contract/directory.h"

static void check_records(const struct directory *directory)
{
	const uint8_t *record = NULL;
	struct directory_entry entry;

	for (uint64_t i = 0; i < directory->count; i++) {
		const uint8_t *want = directory->records.at + i * DIRECTORY_RECORD_LEN;
		const struct directory_key key = {0};
		assert(directory_find(directory, want, &record) == ERR_NONE);
		assert(record == want);
		if (directory_open(&told_crypto, &key, record, &entry) == ERR_NONE)
			assert(strlen(entry.first_name) <= FIRST_NAME_LEN_MAX &&
			       strlen(entry.tier) <= TIER_LEN_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t *again = malloc(size + 1);
	struct directory directory;

	assert(again != NULL);
	if (directory_parse(bytes_of(copy, size), &directory) == ERR_NONE) {
		struct sink out = sink_of(again, size);
		directory_head(&out, &directory);
		sink_put(&out, directory.records);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
		check_records(&directory);
	}
	free(again);
	free(copy);
	return 0;
}
