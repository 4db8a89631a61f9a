/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_CRYPTO_H
#define CONTRACT_CRYPTO_H

#include "base/bytes.h"
#include "base/limits.h"

enum {
	AEAD_KEY_LEN = 32,
	AEAD_NONCE_LEN = 12,
	AEAD_TAG_LEN = 16,
	HASH_PARTS_MAX = 8,
};

/*
 * The primitives that the contract needs, as a port, so that the contract
 * stays pure and has two implementations that prove each other: sync/crypto_psa.c
 * (terminal; unsealing at the central) and sync/central/crypto_gnutls.c.
 * ERR_MEMORY or ERR_IO when the library fails; ERR_SIGNATURE from `open` and
 * `verify` when the bytes are not genuine. Outputs hold nothing of use on failure.
 */
struct crypto {
	const char *name;
	/* SHA-256 (FIPS 180-4) over the parts one after the other. */
	enum err (*sha256)(
	    const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN]);
	/* HMAC-SHA-256 (RFC 2104). */
	enum err (*hmac)(struct bytes key, const struct bytes *parts, size_t count,
	    uint8_t ret[HASH_LEN]);
	/* HKDF-SHA-256 (RFC 5869), len at most 255*32. */
	enum err (*hkdf)(struct bytes ikm, struct bytes salt, struct bytes info,
	    uint8_t *ret, size_t len);
	/* AES-256-GCM; `ret` holds plain.len + AEAD_TAG_LEN. */
	enum err (*seal)(const uint8_t key[AEAD_KEY_LEN],
	    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes plain,
	    uint8_t *ret);
	/* `ret` holds sealed.len - AEAD_TAG_LEN. */
	enum err (*open)(const uint8_t key[AEAD_KEY_LEN],
	    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes sealed,
	    uint8_t *ret);
	/* ES256 (RFC 9053 2.1) over a SHA-256 digest. */
	enum err (*verify)(const uint8_t key[PUBLIC_KEY_LEN],
	    const uint8_t digest[HASH_LEN], const uint8_t signature[SIGNATURE_LEN]);
	/* ECDH P-256 with a fresh ephemeral key; x coordinate of the product. */
	enum err (*agree)(const uint8_t peer[PUBLIC_KEY_LEN],
	    uint8_t ret_ephemeral[PUBLIC_KEY_LEN], uint8_t ret_shared[32]);
	enum err (*random)(uint8_t *ret, size_t len);
};

extern const struct crypto crypto_psa;

/* A private signing key behind a port: a file today, TPM 2 or PKCS#11 later.
 * A digest goes in, r then s comes out. */
struct signer {
	void *self;
	uint8_t key[PUBLIC_KEY_LEN];
	uint8_t key_id[KEY_ID_LEN];
	enum err (*sign)(void *self, const uint8_t digest[HASH_LEN],
	    uint8_t ret_signature[SIGNATURE_LEN]);
};

/* A private key that opens sealed sessions (the central's). */
struct opener {
	void *self;
	uint8_t key_id[KEY_ID_LEN];
	enum err (*agree)(
	    void *self, const uint8_t peer[PUBLIC_KEY_LEN], uint8_t ret_shared[32]);
};

/* key id = first KEY_ID_LEN bytes of SHA-256 over the SubjectPublicKeyInfo
 * (RFC 5280) of the P-256 key; `ret_spki_hash` may be NULL. */
MUST_CHECK enum err key_id_of(const struct crypto *crypto,
    const uint8_t key[PUBLIC_KEY_LEN], uint8_t ret_id[KEY_ID_LEN],
    uint8_t *ret_spki_hash);

/* DER of the SubjectPublicKeyInfo of a P-256 point: a fixed head and the point. */
enum { SPKI_P256_LEN = 91 };

void spki_p256(const uint8_t key[PUBLIC_KEY_LEN], uint8_t ret_der[SPKI_P256_LEN]);

#endif
