/* SPDX-License-Identifier: MIT */
#include "central/crypto_gnutls.h"

#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/banned.h"

enum { COORDINATE_LEN = 32 };

/* GnuTLS takes `const gnutls_datum_t *` whose data is not const: it reads only. */
static gnutls_datum_t datum(struct bytes bytes)
{
	union {
		const uint8_t *from;
		uint8_t *to;
	} view = {.from = bytes.at};

	return (gnutls_datum_t){.data = view.to, .size = (unsigned)bytes.len};
}

static enum err failure(int code)
{
	return code == GNUTLS_E_MEMORY_ERROR ? ERR_MEMORY : ERR_IO;
}

static enum err hash_state(gnutls_hash_hd_t *ret_state)
{
	static gnutls_hash_hd_t state;
	if (state == NULL) {
		int code = gnutls_hash_init(&state, GNUTLS_DIG_SHA256);
		if (code != 0) {
			state = NULL;
			return failure(code);
		}
	}
	*ret_state = state;
	return ERR_NONE;
}

static enum err sha256(const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	gnutls_hash_hd_t state;
	enum err err = hash_state(&state);
	if (err != ERR_NONE)
		return err;
	int code = 0;
	for (size_t i = 0; i < count && code == 0; i++)
		if (parts[i].len != 0)
			code = gnutls_hash(state, parts[i].at, parts[i].len);
	uint8_t digest[HASH_LEN];
	gnutls_hash_output(state, digest); /* also makes it ready for the next one */
	if (code != 0)
		return failure(code);
	memcpy(ret, digest, sizeof digest);
	return ERR_NONE;
}

static enum err hmac(
    struct bytes key, const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	gnutls_hmac_hd_t state;
	int code = gnutls_hmac_init(&state, GNUTLS_MAC_SHA256, key.at, key.len);
	if (code != 0)
		return failure(code);
	for (size_t i = 0; i < count && code == 0; i++)
		if (parts[i].len != 0)
			code = gnutls_hmac(state, parts[i].at, parts[i].len);
	uint8_t mac[HASH_LEN];
	gnutls_hmac_deinit(state, mac);
	if (code == 0)
		memcpy(ret, mac, sizeof mac);
	explicit_bzero(mac, sizeof mac);
	return code == 0 ? ERR_NONE : failure(code);
}

static enum err hkdf(
    struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret, size_t len)
{
	if (len > (size_t)255 * HASH_LEN)
		return ERR_LIMIT;
	uint8_t prk[HASH_LEN];
	gnutls_datum_t secret = datum(ikm);
	gnutls_datum_t salted = datum(salt);
	int code = gnutls_hkdf_extract(GNUTLS_MAC_SHA256, &secret, &salted, prk);
	gnutls_datum_t key = {.data = prk, .size = sizeof prk};
	gnutls_datum_t context = datum(info);
	if (code == 0)
		code = gnutls_hkdf_expand(GNUTLS_MAC_SHA256, &key, &context, ret, len);
	explicit_bzero(prk, sizeof prk);
	return code == 0 ? ERR_NONE : failure(code);
}

static enum err aead(const uint8_t key[AEAD_KEY_LEN], gnutls_aead_cipher_hd_t *ret_cipher)
{
	gnutls_datum_t secret = datum(bytes_of(key, AEAD_KEY_LEN));
	int code =
	    gnutls_aead_cipher_init(ret_cipher, GNUTLS_CIPHER_AES_256_GCM, &secret);
	return code == 0 ? ERR_NONE : failure(code);
}

static enum err seal(const uint8_t key[AEAD_KEY_LEN], const uint8_t nonce[AEAD_NONCE_LEN],
    struct bytes aad, struct bytes plain, uint8_t *ret)
{
	gnutls_aead_cipher_hd_t cipher;
	enum err err = aead(key, &cipher);
	if (err != ERR_NONE)
		return err;
	size_t len = plain.len + AEAD_TAG_LEN;
	int code = gnutls_aead_cipher_encrypt(cipher, nonce, AEAD_NONCE_LEN, aad.at,
	    aad.len, AEAD_TAG_LEN, plain.at, plain.len, ret, &len);
	gnutls_aead_cipher_deinit(cipher);
	return code == 0 ? ERR_NONE : failure(code);
}

static enum err open_sealed(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes sealed,
    uint8_t *ret)
{
	if (sealed.len < AEAD_TAG_LEN)
		return ERR_SIGNATURE;
	gnutls_aead_cipher_hd_t cipher;
	enum err err = aead(key, &cipher);
	if (err != ERR_NONE)
		return err;
	size_t len = sealed.len - AEAD_TAG_LEN;
	int code = gnutls_aead_cipher_decrypt(cipher, nonce, AEAD_NONCE_LEN, aad.at,
	    aad.len, AEAD_TAG_LEN, sealed.at, sealed.len, ret, &len);
	gnutls_aead_cipher_deinit(cipher);
	if (code == GNUTLS_E_DECRYPTION_FAILED)
		return ERR_SIGNATURE;
	return code == 0 ? ERR_NONE : failure(code);
}

static enum err import_public(
    const uint8_t key[PUBLIC_KEY_LEN], gnutls_pubkey_t *ret_public)
{
	gnutls_pubkey_t public_key;
	int code = gnutls_pubkey_init(&public_key);
	if (code != 0)
		return failure(code);
	gnutls_datum_t x = datum(bytes_of(key + 1, COORDINATE_LEN));
	gnutls_datum_t y = datum(bytes_of(key + 1 + COORDINATE_LEN, COORDINATE_LEN));
	if (key[0] != 0x04 || gnutls_pubkey_import_ecc_raw(
				  public_key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y) != 0) {
		gnutls_pubkey_deinit(public_key);
		return ERR_SIGNATURE; /* not a point: nothing verifies under it */
	}
	*ret_public = public_key;
	return ERR_NONE;
}

static enum err verify(const uint8_t key[PUBLIC_KEY_LEN], const uint8_t digest[HASH_LEN],
    const uint8_t signature[SIGNATURE_LEN])
{
	gnutls_pubkey_t public_key;
	enum err err = import_public(key, &public_key);
	if (err != ERR_NONE)
		return err;
	gnutls_datum_t r = datum(bytes_of(signature, COORDINATE_LEN));
	gnutls_datum_t s = datum(bytes_of(signature + COORDINATE_LEN, COORDINATE_LEN));
	gnutls_datum_t encoded = {0};
	int code = gnutls_encode_rs_value(&encoded, &r, &s);
	if (code == 0) {
		gnutls_datum_t hash = datum(bytes_of(digest, HASH_LEN));
		code = gnutls_pubkey_verify_hash2(
		    public_key, GNUTLS_SIGN_ECDSA_SHA256, 0, &hash, &encoded);
	}
	gnutls_free(encoded.data);
	gnutls_pubkey_deinit(public_key);
	if (code >= 0)
		return ERR_NONE;
	return code == GNUTLS_E_MEMORY_ERROR ? ERR_MEMORY : ERR_SIGNATURE;
}

static enum err agree(const uint8_t peer[PUBLIC_KEY_LEN],
    uint8_t ret_ephemeral[PUBLIC_KEY_LEN], uint8_t ret_shared[32])
{
	return crypto_psa.agree(peer, ret_ephemeral, ret_shared);
}

static enum err random_bytes(uint8_t *ret, size_t len)
{
	int code = gnutls_rnd(GNUTLS_RND_KEY, ret, len);
	return code == 0 ? ERR_NONE : failure(code);
}

const struct crypto crypto_gnutls = {
    .name = "gnutls",
    .sha256 = sha256,
    .hmac = hmac,
    .hkdf = hkdf,
    .seal = seal,
    .open = open_sealed,
    .verify = verify,
    .agree = agree,
    .random = random_bytes,
};

/* Copies an integer of GnuTLS (a leading zero byte, or short) into 32 bytes. */
static bool put_coordinate(const gnutls_datum_t *number, uint8_t ret[COORDINATE_LEN])
{
	const uint8_t *at = number->data;
	size_t len = number->size;
	while (len > COORDINATE_LEN && *at == 0) {
		at++;
		len--;
	}
	if (len > COORDINATE_LEN)
		return false;
	memset(ret, 0, COORDINATE_LEN - len);
	memcpy(ret + COORDINATE_LEN - len, at, len);
	return true;
}

static enum err sign(
    void *self, const uint8_t digest[HASH_LEN], uint8_t ret_signature[SIGNATURE_LEN])
{
	gnutls_privkey_t key = self;
	gnutls_datum_t hash = datum(bytes_of(digest, HASH_LEN));
	gnutls_datum_t encoded = {0};
	gnutls_datum_t r = {0};
	gnutls_datum_t s = {0};
	uint8_t signature[SIGNATURE_LEN];
	enum err err = ERR_IO;
	if (gnutls_privkey_sign_hash2(
		key, GNUTLS_SIGN_ECDSA_SHA256, 0, &hash, &encoded) == 0 &&
	    gnutls_decode_rs_value(&encoded, &r, &s) == 0 &&
	    put_coordinate(&r, signature) &&
	    put_coordinate(&s, signature + COORDINATE_LEN)) {
		memcpy(ret_signature, signature, sizeof signature);
		err = ERR_NONE;
	}
	gnutls_free(encoded.data);
	gnutls_free(r.data);
	gnutls_free(s.data);
	return err;
}

enum err gnutls_signer_new(const uint8_t scalar[32],
    const uint8_t public_key[PUBLIC_KEY_LEN], struct signer *ret_signer)
{
	struct signer signer = {.sign = sign};
	memcpy(signer.key, public_key, PUBLIC_KEY_LEN);
	enum err err = key_id_of(&crypto_gnutls, public_key, signer.key_id, NULL);
	if (err != ERR_NONE)
		return err;
	gnutls_privkey_t key;
	int code = gnutls_privkey_init(&key);
	if (code != 0)
		return failure(code);
	gnutls_datum_t x = datum(bytes_of(public_key + 1, COORDINATE_LEN));
	gnutls_datum_t y =
	    datum(bytes_of(public_key + 1 + COORDINATE_LEN, COORDINATE_LEN));
	gnutls_datum_t k = datum(bytes_of(scalar, COORDINATE_LEN));
	code = gnutls_privkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP256R1, &x, &y, &k);
	if (code == 0)
		code = gnutls_privkey_verify_params(key);
	if (code != 0) {
		gnutls_privkey_deinit(key);
		return ERR_KEY;
	}
	signer.self = key;
	*ret_signer = signer;
	return ERR_NONE;
}

void gnutls_signer_free(struct signer *signer)
{
	if (signer->self != NULL)
		gnutls_privkey_deinit(signer->self);
	*signer = (struct signer){0};
}
