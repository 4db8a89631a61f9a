/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_CONTRACT_H
#define TESTS_FUZZ_CONTRACT_H

/* For the fuzz targets of the contract: a crypto port that hashes to what it was
 * told and a signer that gives the signature it was told, so that a message that
 * decodes can be written again and compared to the byte. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "contract/cose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t told_hash[HASH_LEN];

static inline enum err told_sha256(
    const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < count; i++) /* every byte must be readable */
		for (size_t k = 0; k < parts[i].len; k++)
			sum = (uint8_t)(sum + parts[i].at[k]);
	memcpy(ret, told_hash, HASH_LEN);
	return ERR_NONE;
}

static inline enum err told_hkdf(
    struct bytes ikm, struct bytes salt, struct bytes info, uint8_t *ret, size_t len)
{
	(void)ikm;
	(void)salt;
	(void)info;
	memset(ret, 0, len);
	return ERR_NONE;
}

/* Opens everything: the plaintext is the sealed bytes themselves. */
static inline enum err told_open(const uint8_t key[AEAD_KEY_LEN],
    const uint8_t nonce[AEAD_NONCE_LEN], struct bytes aad, struct bytes sealed,
    uint8_t *ret)
{
	(void)key;
	(void)nonce;
	(void)aad;
	assert(sealed.len >= AEAD_TAG_LEN);
	memcpy(ret, sealed.at, sealed.len - AEAD_TAG_LEN);
	return ERR_NONE;
}

static const struct crypto told_crypto = {
    .name = "told", .sha256 = told_sha256, .hkdf = told_hkdf, .open = told_open};

static inline enum err told_sign(
    void *self, const uint8_t digest[HASH_LEN], uint8_t ret_signature[SIGNATURE_LEN])
{
	(void)digest;
	memcpy(ret_signature, self, SIGNATURE_LEN);
	return ERR_NONE;
}

/* The signer that makes `message` again; `signature` is borrowed. */
static inline struct signer told_signer(
    const struct cose_sign1 *message, uint8_t signature[SIGNATURE_LEN])
{
	struct signer signer = {.self = signature, .sign = told_sign};

	memcpy(signature, message->signature, SIGNATURE_LEN);
	memcpy(signer.key_id, message->key_id, KEY_ID_LEN);
	return signer;
}

/* A copy of its exact size, so that the sanitizer sees the first byte past it. */
static inline uint8_t *exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	assert(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

#endif
