/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_BATCH_H
#define CONTRACT_BATCH_H

#include "contract/cose.h"
#include "contract/event.h"

enum {
	SOFTWARE_LEN_MAX = 24,
	BATCH_SESSIONS_MAX = 32, /* recipients in one body */
	BATCH_HEADER_MAX = 512,
};

/* What the terminal signs of a batch. */
struct batch_header {
	char terminal[TERMINAL_LEN_MAX + 1];
	struct epoch_id epoch;
	uint64_t number; /* from 1 in each epoch, no gaps */
	uint64_t first_seq;
	uint64_t count;
	uint8_t head_before[HASH_LEN];
	uint8_t head_after[HASH_LEN];
	uint8_t last_receipt[HASH_LEN]; /* digest of the last one; zeros: none */
	uint8_t body_hash[HASH_LEN];    /* SHA-256 of the body as it travels */
	int64_t wall_ms;                /* when cut */
	int64_t mono_ms;
	uint8_t boot_id[BOOT_ID_LEN];
	enum clock_state clock;
	char software[SOFTWARE_LEN_MAX + 1];
};

/*
 * File: CBOR [COSE_Sign1(header), body]; body: zstd (sync/pack.h) of CBOR
 * [[recipient...], [event...]], both as byte strings, brought into columns first
 * (contract/columns.h). The hash in the header is that of the body as it travels.
 */
MUST_CHECK enum err batch_encode(const struct crypto *crypto, const struct signer *signer,
    struct batch_header *header, struct bytes body, struct sink *out,
    uint8_t ret_hash[HASH_LEN]);

/* A batch file taken apart; views point into it. Nothing is verified. */
struct batch_file {
	struct cose_sign1 sign1;
	struct batch_header header;
	struct bytes body;
};

MUST_CHECK enum err batch_parse(struct bytes file, struct batch_file *ret_file);
/* Signature over the header, then the body against the header's hash:
 * ERR_SIGNATURE, ERR_CORRUPT. `ret_hash` is the batch's hash. */
MUST_CHECK enum err batch_verify(const struct crypto *crypto,
    const struct batch_file *file, const uint8_t key[PUBLIC_KEY_LEN],
    uint8_t ret_hash[HASH_LEN]);

/* The uncompressed body. */
void batch_body_head(struct sink *out, const struct bytes *recipients,
    size_t recipient_count, size_t event_count);
void batch_body_event(struct sink *out, struct bytes event);

struct batch_body {
	struct bytes recipient[BATCH_SESSIONS_MAX];
	size_t recipient_count;
	size_t event_count;
	struct cursor events; /* one byte string each: batch_body_next */
};

MUST_CHECK enum err batch_body_parse(struct bytes body, struct batch_body *ret_body);
/* ERR_NOT_FOUND after the last. */
MUST_CHECK enum err batch_body_next(struct batch_body *body, struct bytes *ret_event);

#endif
