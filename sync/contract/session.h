/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_SESSION_H
#define CONTRACT_SESSION_H

#include "contract/crypto.h"
#include "contract/event.h"

enum {
	SESSION_SECRET_LEN = 32,
	SESSION_EVENTS_MAX = 1000,
	SESSION_AGE_MAX_S = 24 * 3600,
	SESSION_RECIPIENT_MAX = 320, /* encoded recipient structure */
	BLOB_LEN_MAX = 160,
};

/*
 * Seals persons to the central. The secret lives in memory only; the recipient
 * structure (COSE_Encrypt, RFC 9052 5, ECDH-ES+HKDF-256 to the central's P-256
 * key, AES-256-GCM, plaintext = the secret) is stored with the rows and repeated
 * in each batch that uses it. up = HKDF(secret, salt = session id, info
 * "balcao up 1"), down likewise with "balcao down 1".
 */
struct session {
	uint8_t id[SESSION_ID_LEN];
	uint8_t up[AEAD_KEY_LEN];
	uint8_t down[AEAD_KEY_LEN];
	uint64_t counter; /* last nonce burned; 0: none */
	uint8_t recipient[SESSION_RECIPIENT_MAX];
	size_t recipient_len;
};

/* A fresh session sealed to `central_key` named `key_id`. */
MUST_CHECK enum err session_new(const struct crypto *crypto,
    const uint8_t central_key[PUBLIC_KEY_LEN], const uint8_t key_id[KEY_ID_LEN],
    struct session *ret_session);
/* The central's side: opens a recipient structure with one of its keys. */
MUST_CHECK enum err session_open(const struct crypto *crypto, struct bytes recipient,
    const struct opener *openers, size_t opener_count, struct session *ret_session);
/* Session id and key id of a recipient structure, without opening it. */
MUST_CHECK enum err session_name(struct bytes recipient, uint8_t ret_id[SESSION_ID_LEN],
    uint8_t ret_key_id[KEY_ID_LEN]);
void session_wipe(struct session *session);

/*
 * blob = CBOR [session id, counter, ciphertext]; nonce = 4 zero bytes, counter
 * (8, big-endian); additional data = CBOR ["balcao blob 1", terminal, event id,
 * type, session id], never epoch or seq, so that a blob survives a new epoch.
 * The counter is burned before anything can fail.
 */
MUST_CHECK enum err blob_seal(const struct crypto *crypto, struct session *session,
    const struct event *event, const struct person *person, struct sink *out);
MUST_CHECK enum err blob_open(const struct crypto *crypto, const struct session *session,
    const struct event *event, struct person *ret_person);
MUST_CHECK enum err blob_session(struct bytes blob, uint8_t ret_id[SESSION_ID_LEN]);

#endif
