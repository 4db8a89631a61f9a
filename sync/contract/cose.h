/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_COSE_H
#define CONTRACT_COSE_H

#include "contract/crypto.h"

/*
 * COSE_Sign1 (RFC 9052 4.2), tagged 18, ES256, empty unprotected map and
 * external data. Protected header in this order: alg (1), kid (4), typ (16,
 * RFC 9596). typ is checked against what the reader expects, so that no message
 * can be played in another's place.
 */
enum cose_type {
	COSE_NONE = 0,
	COSE_BATCH,
	COSE_RECEIPT,
	COSE_GAP,
	COSE_HELD,
	COSE_PROGRAMME,
	COSE_DIRECTORY,
	COSE_TRUST,
	COSE_STANDINGS,
	COSE_ALERTS,
	COSE_TYPE_COUNT_
};

/* "application/vnd.balcao.batch" and so on. */
const char *cose_type_word(enum cose_type type);

struct cose_sign1 {
	enum cose_type type;
	uint8_t key_id[KEY_ID_LEN];
	struct bytes protected_header;
	struct bytes payload;
	uint8_t signature[SIGNATURE_LEN];
};

enum { COSE_OVERHEAD_MAX = 192 }; /* bytes around a payload */

/* Reads one message that is at the cursor; nothing is verified yet except
 * form. `type` must be among those the caller then accepts. */
MUST_CHECK enum err cose_parse(struct cursor *in, struct cose_sign1 *ret_message);
/* SHA-256 of the Sig_structure (RFC 9052 4.4): what is signed, and the hash by
 * which a batch is known, since signatures can be re-encoded. */
MUST_CHECK enum err cose_digest(const struct crypto *crypto,
    const struct cose_sign1 *message, uint8_t ret_digest[HASH_LEN]);
/* ERR_SIGNATURE unless `key` signed it. `ret_digest` may be NULL. */
MUST_CHECK enum err cose_verify(const struct crypto *crypto,
    const struct cose_sign1 *message, const uint8_t key[PUBLIC_KEY_LEN],
    uint8_t *ret_digest);
/* Appends the signed message; `ret_digest` may be NULL. */
MUST_CHECK enum err cose_sign(const struct crypto *crypto, const struct signer *signer,
    enum cose_type type, struct bytes payload, struct sink *out, uint8_t *ret_digest);

#endif
