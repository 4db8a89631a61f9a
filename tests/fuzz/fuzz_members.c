/* SPDX-License-Identifier: MIT */
/* A list of members: taken whole, with nothing that breaks the directory, or
 * refused with at least one fault told. */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "central/members_file.h"
#include "contract/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void hear(void *self, const char *place, const char *sentence)
{
	size_t *heard = self;
	assert(strncmp(place, "m.csv", 5) == 0 && sentence[0] != '\0');
	(*heard)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct programme programme = {
	    .identity_count = 4,
	    .identity = {{IDENTITY_EAN13, "29", 0}, {IDENTITY_STRIPE, "90765555", 16},
		{IDENTITY_CPF, "", 0}, {IDENTITY_PHONE, "", 0}},
	    .segment_count = 1,
	    .segment = {{'A', "Especial"}},
	};
	struct members members = {0};
	size_t heard = 0;
	enum err err = members_parse(
	    bytes_of(data, size), "m.csv", &programme, hear, &heard, &members);
	assert((err == ERR_NONE) == (heard == 0));
	for (size_t i = 0; i < members.count; i++) {
		const struct member *member = &members.member[i];
		assert(member->card[0] != '\0' || member->cpf[0] != '\0' ||
		       member->phone[0] != '\0');
		assert(strncmp(member->card, "29", 2) == 0 ||
		       strncmp(member->card, "90765555", 8) == 0 ||
		       member->card[0] == '\0');
		assert(utf8_valid(bytes_of_text(member->entry.first_name)));
	}
	members_free(&members);
	return 0;
}
