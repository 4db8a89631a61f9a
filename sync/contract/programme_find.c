/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/banned.h"

#include "contract/programme.h"

/* Rows of the small tables, by what names them. */

const struct operator_entry *programme_operator(
    const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->operator_count; i++)
		if (strcmp(programme->operator_entry[i].id, id) == 0)
			return &programme->operator_entry[i];
	return NULL;
}

const struct operator_value *operator_value(
    const struct operator_entry *entry, int64_t cents)
{
	for (size_t i = 0; i < entry->value_count; i++)
		if (entry->value[i].cents == cents)
			return &entry->value[i];
	return NULL;
}

const struct clerk *programme_clerk(
    const struct programme *programme, const char *id, const char *store)
{
	for (size_t i = 0; i < programme->clerk_count; i++) {
		const struct clerk *clerk = &programme->clerk[i];
		bool here = clerk->store[0] == '\0' || strcmp(clerk->store, store) == 0;
		if (here && strcmp(clerk->id, id) == 0)
			return clerk;
	}
	return NULL;
}

const char *programme_segment_word(const struct programme *programme, char letter)
{
	for (size_t i = 0; i < programme->segment_count; i++)
		if (programme->segment[i].letter == letter)
			return programme->segment[i].word;
	return NULL;
}
