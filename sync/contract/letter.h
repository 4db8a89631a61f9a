/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_LETTER_H
#define CONTRACT_LETTER_H

#include "contract/cose.h"

/*
 * A letter goes down from the central: one COSE_Sign1 file whose payload is
 * CBOR {1: version, 2: issued_ms, 3: expires_ms, 4: store ("" is every store),
 * 5: body}. Version = max(previous + 1, Unix ms). `body` is a byte string with
 * the encoding of its kind, so that a 16 MiB directory can be used from a file.
 */
struct letter {
	enum cose_type kind;
	uint64_t version;
	int64_t issued_ms;
	int64_t expires_ms;
	char store[STORE_LEN_MAX + 1];
	struct bytes body;
};

enum { LETTER_OVERHEAD_MAX = COSE_OVERHEAD_MAX + 128 };

MUST_CHECK enum err letter_encode(const struct crypto *crypto,
    const struct signer *signer, const struct letter *letter, struct sink *out,
    struct sink *scratch); /* scratch: body.len + LETTER_OVERHEAD_MAX */
/* Form only; `kind` is the message's type. The caller verifies with the key
 * that message->key_id names. */
MUST_CHECK enum err letter_parse(
    struct bytes file, struct cose_sign1 *ret_message, struct letter *ret_letter);

/* File and URL name of a kind ("programme"), and back; COSE_NONE if none. */
const char *letter_name(enum cose_type kind);
enum cose_type letter_kind(const char *name);

/* --- trust: the key manifest, signed by the CA key --- */

enum { TRUST_KEYS_MAX = 32 };

enum trust_use {
	TRUST_NONE = 0,
	TRUST_SIGN = 1, /* answers, programme, directory, standings, alerts */
	TRUST_SEAL = 2, /* sessions are sealed to it */
};

struct trust_key {
	enum trust_use use;
	bool retired; /* still verifies or opens; not for new use */
	int64_t from_ms;
	uint8_t key_id[KEY_ID_LEN];
	uint8_t key[PUBLIC_KEY_LEN];
};

/* body of a trust letter: CBOR [ca key, [[use, retired, from, kid, key]...]] */
struct trust {
	uint8_t ca[PUBLIC_KEY_LEN];
	size_t key_count;
	struct trust_key key[TRUST_KEYS_MAX];
};

MUST_CHECK enum err trust_encode(const struct trust *trust, struct sink *out);
MUST_CHECK enum err trust_decode(struct bytes body, struct trust *ret_trust);
/* NULL when it is not there. */
const struct trust_key *trust_find(
    const struct trust *trust, enum trust_use use, const uint8_t key_id[KEY_ID_LEN]);
/* The newest unretired key of a use; NULL when there is none. */
const struct trust_key *trust_current(const struct trust *trust, enum trust_use use);

#endif
