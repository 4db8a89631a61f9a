/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_TAKE_H
#define CENTRAL_TAKE_H

#include "central/judge.h"
#include "central/registry.h"

/*
 * Takes batches in, exactly once in effect: verifies,
 * finds the batch's place in its chain, judges its events, and builds, signs
 * and stores the answer in the caller's transaction.
 */
struct take;

struct take_config {
	struct ledger *ledger;
	const struct registry *registry;
	const struct crypto *crypto;
	const struct signer *signer; /* the receipt key */
	const struct opener *openers;
	size_t opener_count;
};

/* Everything in the configuration stays the caller's. */
MUST_CHECK enum err take_new(const struct take_config *config, struct take **ret_take);
void take_free(struct take **take);
/* The transaction was rolled back: what the ledger holds is read again. */
void take_forget(struct take *take);

enum take_kind {
	TAKE_NONE = 0,
	TAKE_RECEIPT, /* `answer` is its receipt, the stored one if it came before */
	TAKE_KEPT,    /* gap or held: `answer` says which */
	TAKE_BAD,     /* no batch, or its body is not its header's: nothing changed */
	TAKE_UNKNOWN, /* signed by a key that was never certified here */
};

struct taken {
	enum take_kind kind;
	struct bytes answer;  /* valid until the next batch */
	const char *sentence; /* for TAKE_BAD and TAKE_UNKNOWN */
};

/* Errors are the ledger's and the machine's: the caller undoes. */
MUST_CHECK enum err take_batch(
    struct take *take, struct bytes file, int64_t now_ms, struct taken *ret_taken);

/* The chain over an unpacked body from `link` on; ERR_FORMAT when an event
 * cannot be split or their number is another. Used by the audit too. */
MUST_CHECK enum err chain_over(const struct crypto *crypto, struct bytes body,
    uint64_t count, uint8_t link[HASH_LEN]);

#endif
