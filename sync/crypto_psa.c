/* SPDX-License-Identifier: MIT */
#include "contract/crypto.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

#include <psa/crypto.h>

#include "base/banned.h"
#include "sync/keys.h"

/*
 * The port through PSA Crypto (mbedTLS 2.28), the only file that knows it.
 * What is random comes from the kernel, not from the library's generator: that
 * one would be the same in both processes after a fork. For the same reason
 * signatures are deterministic (RFC 6979).
 */

static const psa_algorithm_t alg_ecdsa = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);

static enum err err_of(psa_status_t status)
{
	switch (status) {
	case PSA_SUCCESS: return ERR_NONE;
	case PSA_ERROR_INVALID_SIGNATURE: return ERR_SIGNATURE;
	case PSA_ERROR_INSUFFICIENT_MEMORY: return ERR_MEMORY;
	default: return ERR_IO;
	}
}

static psa_status_t ready(void)
{
	return psa_crypto_init(); /* a further call only says that it is */
}

/* --- keys inside the library ---------------------------------------------------------
 */

struct use {
	psa_key_type_t type;
	psa_algorithm_t alg;
	psa_key_usage_t usage;
};

static psa_status_t import(const struct use *use, struct bytes key, psa_key_id_t *ret_id)
{
	psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
	const psa_status_t status = ready();

	if (status != PSA_SUCCESS)
		return status;
	psa_set_key_type(&attributes, use->type);
	psa_set_key_algorithm(&attributes, use->alg);
	psa_set_key_usage_flags(&attributes, use->usage);
	return psa_import_key(&attributes, key.at, key.len, ret_id);
}

static const psa_key_type_t type_p256 = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
static const psa_key_type_t type_p256_public =
    PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1);

/* --- hashes ---------------------------------------------------------------------------
 */

static enum err port_sha256(
    const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
	psa_status_t status = ready();
	size_t len = 0;

	assert(count <= HASH_PARTS_MAX);
	if (status == PSA_SUCCESS)
		status = psa_hash_setup(&operation, PSA_ALG_SHA_256);
	for (size_t i = 0; status == PSA_SUCCESS && i < count; i++)
		if (parts[i].len > 0)
			status = psa_hash_update(&operation, parts[i].at, parts[i].len);
	if (status == PSA_SUCCESS)
		status = psa_hash_finish(&operation, ret, HASH_LEN, &len);
	(void)psa_hash_abort(&operation);
	return err_of(status);
}

static enum err port_hmac(
    struct bytes key, const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	static const struct use use = {
	    PSA_KEY_TYPE_HMAC, PSA_ALG_HMAC(PSA_ALG_SHA_256), PSA_KEY_USAGE_SIGN_MESSAGE};
	psa_mac_operation_t operation = PSA_MAC_OPERATION_INIT;
	psa_key_id_t id = PSA_KEY_ID_NULL;
	size_t len = 0;

	assert(count <= HASH_PARTS_MAX);
	psa_status_t status = import(&use, key, &id);
	if (status == PSA_SUCCESS)
		status = psa_mac_sign_setup(&operation, id, use.alg);
	for (size_t i = 0; status == PSA_SUCCESS && i < count; i++)
		if (parts[i].len > 0)
			status = psa_mac_update(&operation, parts[i].at, parts[i].len);
	if (status == PSA_SUCCESS)
		status = psa_mac_sign_finish(&operation, ret, HASH_LEN, &len);
	(void)psa_mac_abort(&operation);
	(void)psa_destroy_key(id);
	return err_of(status);
}

static enum err port_hkdf(
    struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret, size_t len)
{
	static const struct use use = {
	    PSA_KEY_TYPE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256), PSA_KEY_USAGE_DERIVE};
	psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status = import(&use, ikm, &id);

	if (status == PSA_SUCCESS)
		status = psa_key_derivation_setup(&operation, use.alg);
	if (status == PSA_SUCCESS && salt.len > 0)
		status = psa_key_derivation_input_bytes(
		    &operation, PSA_KEY_DERIVATION_INPUT_SALT, salt.at, salt.len);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_key(
		    &operation, PSA_KEY_DERIVATION_INPUT_SECRET, id);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_input_bytes(
		    &operation, PSA_KEY_DERIVATION_INPUT_INFO, info.at, info.len);
	if (status == PSA_SUCCESS)
		status = psa_key_derivation_output_bytes(&operation, ret, len);
	(void)psa_key_derivation_abort(&operation);
	(void)psa_destroy_key(id);
	return err_of(status);
}

/* --- AES-256-GCM --- */

static psa_status_t import_aead(
    const uint8_t key[AEAD_KEY_LEN], psa_key_usage_t usage, psa_key_id_t *ret_id)
{
	const struct use use = {PSA_KEY_TYPE_AES, PSA_ALG_GCM, usage};

	return import(&use, bytes_of(key, AEAD_KEY_LEN), ret_id);
}

static enum err port_seal(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes plain,
    uint8_t *ret)
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status = import_aead(key, PSA_KEY_USAGE_ENCRYPT, &id);
	size_t len = 0;

	if (status == PSA_SUCCESS)
		status = psa_aead_encrypt(id, PSA_ALG_GCM, nonce, AEAD_NONCE_LEN, aad.at,
		    aad.len, plain.at, plain.len, ret, plain.len + AEAD_TAG_LEN, &len);
	(void)psa_destroy_key(id);
	return err_of(status);
}

static enum err port_open(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes sealed,
    uint8_t *ret)
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	size_t len = 0;

	if (sealed.len < AEAD_TAG_LEN)
		return ERR_SIGNATURE;
	psa_status_t status = import_aead(key, PSA_KEY_USAGE_DECRYPT, &id);
	if (status == PSA_SUCCESS)
		status = psa_aead_decrypt(id, PSA_ALG_GCM, nonce, AEAD_NONCE_LEN, aad.at,
		    aad.len, sealed.at, sealed.len, ret, sealed.len - AEAD_TAG_LEN, &len);
	(void)psa_destroy_key(id);
	return err_of(status);
}

/* --- P-256 --- */

static enum err port_random(uint8_t *ret, size_t len)
{
	while (len > 0) {
		const ssize_t got = getrandom(ret, len, 0);
		if (got <= 0)
			return ERR_IO;
		ret += got;
		len -= (size_t)got;
	}
	return ERR_NONE;
}

static enum err port_verify(const uint8_t key[PUBLIC_KEY_LEN],
    const uint8_t digest[HASH_LEN], const uint8_t signature[SIGNATURE_LEN])
{
	const struct use use = {
	    type_p256_public, PSA_ALG_ECDSA(PSA_ALG_SHA_256), PSA_KEY_USAGE_VERIFY_HASH};
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status = import(&use, bytes_of(key, PUBLIC_KEY_LEN), &id);

	/* What is no point of the curve has signed nothing. */
	if (status == PSA_ERROR_INVALID_ARGUMENT)
		return ERR_SIGNATURE;
	if (status == PSA_SUCCESS)
		status = psa_verify_hash(
		    id, use.alg, digest, HASH_LEN, signature, SIGNATURE_LEN);
	(void)psa_destroy_key(id);
	return err_of(status);
}

/* 32 random bytes are no scalar once in 2^32 draws. */
enum { GENERATE_TRIES = 8 };

static psa_status_t import_scalar(
    const uint8_t scalar[SCALAR_LEN], const struct use *use, psa_key_id_t *ret_id)
{
	return import(use, bytes_of(scalar, SCALAR_LEN), ret_id);
}

static psa_status_t export_public(psa_key_id_t id, uint8_t ret_public[PUBLIC_KEY_LEN])
{
	size_t len = 0;

	return psa_export_public_key(id, ret_public, PUBLIC_KEY_LEN, &len);
}

static const psa_algorithm_t alg_ecdh = PSA_ALG_ECDH;

static struct use use_agree(void)
{
	return (struct use){type_p256, alg_ecdh, PSA_KEY_USAGE_DERIVE};
}

static enum err agree_with(
    psa_key_id_t id, const uint8_t peer[PUBLIC_KEY_LEN], uint8_t ret_shared[32])
{
	uint8_t shared[32];
	size_t len = 0;
	const psa_status_t status = psa_raw_key_agreement(
	    alg_ecdh, id, peer, PUBLIC_KEY_LEN, shared, sizeof(shared), &len);

	if (status == PSA_SUCCESS)
		memcpy(ret_shared, shared, sizeof(shared));
	explicit_bzero(shared, sizeof(shared));
	return status == PSA_ERROR_INVALID_ARGUMENT ? ERR_KEY : err_of(status);
}

static enum err port_agree(const uint8_t peer[PUBLIC_KEY_LEN],
    uint8_t ret_ephemeral[PUBLIC_KEY_LEN], uint8_t ret_shared[32])
{
	uint8_t scalar[SCALAR_LEN];
	uint8_t ephemeral[PUBLIC_KEY_LEN];
	psa_key_id_t id = PSA_KEY_ID_NULL;
	const struct use use = use_agree();
	enum err err = key_generate(scalar, ephemeral);

	if (err == ERR_NONE)
		err = err_of(import_scalar(scalar, &use, &id));
	explicit_bzero(scalar, sizeof(scalar));
	if (err == ERR_NONE)
		err = agree_with(id, peer, ret_shared);
	if (err == ERR_NONE)
		memcpy(ret_ephemeral, ephemeral, sizeof(ephemeral));
	(void)psa_destroy_key(id);
	return err;
}

enum err key_public(const uint8_t scalar[SCALAR_LEN], uint8_t ret_public[PUBLIC_KEY_LEN])
{
	psa_key_id_t id = PSA_KEY_ID_NULL;
	const struct use use = use_agree();
	psa_status_t status = import_scalar(scalar, &use, &id);

	if (status == PSA_ERROR_INVALID_ARGUMENT)
		return ERR_FORMAT;
	if (status == PSA_SUCCESS)
		status = export_public(id, ret_public);
	(void)psa_destroy_key(id);
	return err_of(status);
}

enum err key_generate(uint8_t ret_scalar[SCALAR_LEN], uint8_t ret_public[PUBLIC_KEY_LEN])
{
	enum err err = ERR_FORMAT;

	/* Drawn again when it is not below the order of the curve. */
	for (int i = 0; err == ERR_FORMAT && i < GENERATE_TRIES; i++) {
		err = port_random(ret_scalar, SCALAR_LEN);
		if (err == ERR_NONE)
			err = key_public(ret_scalar, ret_public);
	}
	if (err != ERR_NONE)
		explicit_bzero(ret_scalar, SCALAR_LEN);
	return err;
}

/* --- signers and openers --- */

/* The library's key id fits into the port's pointer: no memory of our own. */
static void *self_of(psa_key_id_t id)
{
	/* Never followed. NOLINTNEXTLINE(performance-no-int-to-ptr) */
	return (void *)(uintptr_t)id;
}

static psa_key_id_t id_of(void *self)
{
	return (psa_key_id_t)(uintptr_t)self;
}

static enum err sign(
    void *self, const uint8_t digest[HASH_LEN], uint8_t ret_signature[SIGNATURE_LEN])
{
	size_t len = 0;

	return err_of(psa_sign_hash(id_of(self), alg_ecdsa, digest, HASH_LEN,
	    ret_signature, SIGNATURE_LEN, &len));
}

enum err signer_from_scalar(const uint8_t scalar[SCALAR_LEN], struct signer *ret_signer)
{
	const struct use use = {type_p256, alg_ecdsa, PSA_KEY_USAGE_SIGN_HASH};
	struct signer signer = {.sign = sign};
	psa_key_id_t id = PSA_KEY_ID_NULL;
	psa_status_t status = import_scalar(scalar, &use, &id);

	if (status == PSA_ERROR_INVALID_ARGUMENT)
		return ERR_FORMAT;
	if (status == PSA_SUCCESS)
		status = export_public(id, signer.key);
	enum err err = err_of(status);
	if (err == ERR_NONE)
		err = key_id_of(&crypto_psa, signer.key, signer.key_id, NULL);
	if (err != ERR_NONE) {
		(void)psa_destroy_key(id);
		return err;
	}
	signer.self = self_of(id);
	*ret_signer = signer;
	return ERR_NONE;
}

void signer_free(struct signer *signer)
{
	(void)psa_destroy_key(id_of(signer->self));
	explicit_bzero(signer, sizeof(*signer));
}

static enum err opener_agree(
    void *self, const uint8_t peer[PUBLIC_KEY_LEN], uint8_t ret_shared[32])
{
	return agree_with(id_of(self), peer, ret_shared);
}

enum err opener_from_scalar(const uint8_t scalar[SCALAR_LEN], struct opener *ret_opener)
{
	const struct use use = use_agree();
	struct opener opener = {.agree = opener_agree};
	uint8_t key[PUBLIC_KEY_LEN];
	psa_key_id_t id = PSA_KEY_ID_NULL;
	enum err err = key_public(scalar, key);

	if (err == ERR_NONE)
		err = key_id_of(&crypto_psa, key, opener.key_id, NULL);
	if (err == ERR_NONE)
		err = err_of(import_scalar(scalar, &use, &id));
	if (err != ERR_NONE)
		return err;
	opener.self = self_of(id);
	*ret_opener = opener;
	return ERR_NONE;
}

void opener_free(struct opener *opener)
{
	(void)psa_destroy_key(id_of(opener->self));
	explicit_bzero(opener, sizeof(*opener));
}

const struct crypto crypto_psa = {
    .name = "psa",
    .sha256 = port_sha256,
    .hmac = port_hmac,
    .hkdf = port_hkdf,
    .seal = port_seal,
    .open = port_open,
    .verify = port_verify,
    .agree = port_agree,
    .random = port_random,
};
