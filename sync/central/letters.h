/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LETTERS_H
#define CENTRAL_LETTERS_H

#include "central/ledger.h"

enum {
	TRUST_DAYS = 730,
	TRUST_RENEW_DAYS = 365, /* signed anew when less is left */
};

/* One letter to be signed and kept in the caller's transaction. */
struct letter_order {
	enum cose_type kind;
	const char *store; /* "": every store */
	struct bytes body;
	uint32_t days;
};

/* Version = max(previous of its kind + 1, now). */
MUST_CHECK enum err letter_publish(struct ledger *ledger, const struct crypto *crypto,
    const struct signer *signer, const struct letter_order *order, int64_t now_ms,
    uint64_t *ret_version);

/* A trust letter signed by the CA key, unless the one in force has long to go. */
MUST_CHECK enum err letter_trust(struct ledger *ledger, const struct crypto *crypto,
    const struct signer *ca, const struct trust *trust, int64_t now_ms);

#endif
