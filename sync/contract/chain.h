/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_CHAIN_H
#define CONTRACT_CHAIN_H

#include "contract/crypto.h"
#include "contract/event.h"

/*
 * link(n) = SHA-256("balcao link 1" || link(n-1) || SHA-256(event form)), where
 * the event form is the event's bytes with the blob replaced by its SHA-256, so
 * that an erased blob leaves the chain proving. Links are recomputed, never
 * sent.
 */

/* link(0) of an epoch: SHA-256("balcao epoch 1" || CBOR [terminal, number, mark]). */
MUST_CHECK enum err chain_start(const struct crypto *crypto, const char *terminal,
    const struct epoch_id *epoch, uint8_t ret_link[HASH_LEN]);
/* `link` goes from the one before this event to this event's. */
MUST_CHECK enum err chain_step(
    const struct crypto *crypto, struct bytes event_bytes, uint8_t link[HASH_LEN]);

#endif
