/* SPDX-License-Identifier: MIT */
/* The sealed plaintext, and the text form of a member. */
#include "tests/fuzz/contract.h"

#include "contract/event.h"

static void check_text(const uint8_t *data, size_t size)
{
	char text[MEMBER_TEXT_LEN_MAX + 1], back[MEMBER_TEXT_LEN_MAX + 1];
	struct person person;

	if (text_from_bytes(text, sizeof(text), bytes_of(data, size)) != ERR_NONE ||
	    person_parse(text, &person) != ERR_NONE)
		return;
	person_format(&person, back);
	assert(strcmp(text, back) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact_copy(data, size);
	uint8_t again[PERSON_BYTES_MAX];
	struct sink out = sink_of(again, sizeof(again));
	struct person person;

	if (person_decode(bytes_of(copy, size), &person) == ERR_NONE) {
		assert(person_encode(&person, &out) == ERR_NONE);
		assert(bytes_equal(bytes_of(copy, size), sink_bytes(&out)));
	}
	check_text(copy, size);
	free(copy);
	return 0;
}
