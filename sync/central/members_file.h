/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_MEMBERS_FILE_H
#define CENTRAL_MEMBERS_FILE_H

#include "contract/directory.h"
#include "contract/programme.h"

enum { MEMBERS_MAX = 100000 };

/* One member as the manager lists it. Empty text: not known. */
struct member {
	char card[MEMBER_LEN_MAX + 1];
	char cpf[MEMBER_LEN_MAX + 1];   /* eleven digits */
	char phone[MEMBER_LEN_MAX + 1]; /* E.164 with the plus */
	char store[STORE_LEN_MAX + 1];  /* empty: known in every store */
	struct directory_entry entry;
};

struct members {
	size_t count;
	struct member *member;
};

/*
 * Reads a CSV (RFC 4180; comma or semicolon) whose first line names its
 * columns, in any order: card, cpf, phone, store, first_name, segment, tier,
 * balance, balance_date (2026-10-31). At least one identifier a row; no
 * identifier twice. Cards must be ones `programme` takes, segments must be in
 * it. Every fault is reported with place "FILE:LINE: COLUMN", ERR_FORMAT then;
 * other failures as programme_file_load.
 */
MUST_CHECK enum err members_file_load(const char *path, const struct programme *programme,
    programme_report *report, void *self, struct members *ret_members);
/* The same of text already in memory, which `name` stands for in reports. */
MUST_CHECK enum err members_parse(struct bytes text, const char *name,
    const struct programme *programme, programme_report *report, void *self,
    struct members *ret_members);
void members_free(struct members *members); /* wiped first */

#endif
