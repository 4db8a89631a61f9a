/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_AUDIT_H
#define CENTRAL_AUDIT_H

#include "central/ledger.h"
#include "central/registry.h"

/*
 * Proves the ledger again from the signed bytes in it: every letter, batch and
 * answer by its signature, every chain, number and receipt by the one before,
 * every other column by what the bytes say. Needs public keys alone. What it
 * cannot see: rows cut off a terminal's end together with every trace of them
 * in its epoch row; the terminal, which keeps the receipts, sees those.
 */
enum { AUDIT_SENTENCE_MAX = 300 };

struct audit_result {
	uint64_t events;
	uint64_t batches;
	uint64_t epochs;
	uint64_t letters;
	uint64_t aside;                 /* batches held or waiting for a gap */
	char fault[AUDIT_SENTENCE_MAX]; /* the first one; empty: all is proved */
};

/* ERR_CORRUPT with a fault; other errors are failures to read. */
MUST_CHECK enum err audit(struct ledger *ledger, const struct registry *registry,
    const struct crypto *crypto, const uint8_t ca_key[PUBLIC_KEY_LEN],
    struct audit_result *ret_result);

#endif
