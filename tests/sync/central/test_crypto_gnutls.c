/* SPDX-License-Identifier: MIT */
#include "central/crypto_gnutls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys.h"

/* Two implementations of one port prove each other, both ways round. */
#define OK(call) assert_int_equal((call), ERR_NONE)

enum { ROUNDS = 40, TEXT_MAX = 500 };

static uint8_t text[TEXT_MAX];

static void fill(unsigned seed)
{
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 3));
}

static void sha256_agrees(void **state)
{
	(void)state;
	static const uint8_t abc[HASH_LEN] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf,
	    0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3,
	    0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	uint8_t ours[HASH_LEN];
	uint8_t theirs[HASH_LEN];
	const struct bytes parts_abc[] = {
	    bytes_of_text("a"), bytes_of_text(""), bytes_of_text("bc")};
	OK(crypto_gnutls.sha256(parts_abc, 3, ours)); /* FIPS 180-4, "abc" */
	assert_memory_equal(ours, abc, HASH_LEN);
	for (unsigned i = 0; i < ROUNDS; i++) {
		fill(i);
		const struct bytes parts[] = {
		    bytes_of(text, i), bytes_of(text + i, TEXT_MAX - 3 * i)};
		OK(crypto_gnutls.sha256(parts, 2, ours));
		OK(crypto_psa.sha256(parts, 2, theirs));
		assert_memory_equal(ours, theirs, HASH_LEN);
	}
	OK(crypto_gnutls.sha256(NULL, 0, ours));
	OK(crypto_psa.sha256(NULL, 0, theirs));
	assert_memory_equal(ours, theirs, HASH_LEN);
}

static void hmac_and_hkdf_agree(void **state)
{
	(void)state;
	uint8_t ours[200];
	uint8_t theirs[200];
	for (unsigned i = 1; i < ROUNDS; i++) {
		fill(i);
		const struct bytes key = bytes_of(text, i);
		const struct bytes parts[] = {
		    bytes_of(text + 50, i), bytes_of(text + 100, 3 * i)};
		OK(crypto_gnutls.hmac(key, parts, 2, ours));
		OK(crypto_psa.hmac(key, parts, 2, theirs));
		assert_memory_equal(ours, theirs, HASH_LEN);
		OK(crypto_gnutls.hkdf(key, parts[0], parts[1], ours, 5 * i));
		OK(crypto_psa.hkdf(key, parts[0], parts[1], theirs, 5 * i));
		assert_memory_equal(ours, theirs, 5 * i);
	}
	/* No salt is a salt of zeros (RFC 5869 2.2). */
	const struct bytes none = {0};
	OK(crypto_gnutls.hkdf(bytes_of(text, 32), none, none, ours, 64));
	OK(crypto_psa.hkdf(bytes_of(text, 32), none, none, theirs, 64));
	assert_memory_equal(ours, theirs, 64);
	assert_int_equal(
	    crypto_gnutls.hkdf(none, none, none, ours, 255 * 32 + 1), ERR_LIMIT);
}

static void each_opens_what_the_other_sealed(void **state)
{
	(void)state;
	const struct crypto *const pair[][2] = {
	    {&crypto_gnutls, &crypto_psa}, {&crypto_psa, &crypto_gnutls}};
	uint8_t sealed[TEXT_MAX + AEAD_TAG_LEN];
	uint8_t opened[TEXT_MAX];
	for (unsigned i = 0; i < ROUNDS; i++) {
		const struct crypto *from = pair[i % 2][0];
		const struct crypto *to = pair[i % 2][1];
		fill(i);
		const struct bytes plain = bytes_of(text + 60, 9 * i);
		const struct bytes aad = bytes_of(text + 40, i);
		OK(from->seal(text, text + 32, aad, plain, sealed));
		const struct bytes whole = bytes_of(sealed, plain.len + AEAD_TAG_LEN);
		OK(to->open(text, text + 32, aad, whole, opened));
		assert_memory_equal(opened, plain.at, plain.len);
		sealed[i % whole.len] ^= 1;
		memset(opened, 0xee, sizeof opened);
		assert_int_equal(
		    to->open(text, text + 32, aad, whole, opened), ERR_SIGNATURE);
		assert_int_equal(
		    from->open(text, text + 32, aad, whole, opened), ERR_SIGNATURE);
		sealed[i % whole.len] ^= 1;
		assert_int_equal(
		    to->open(text, text + 32, bytes_of(text, i + 1), whole, opened),
		    ERR_SIGNATURE);
	}
	assert_int_equal(crypto_gnutls.open(text, text, bytes_of(text, 0),
			     bytes_of(text, AEAD_TAG_LEN - 1), opened),
	    ERR_SIGNATURE);
}

static void each_verifies_what_the_other_signed(void **state)
{
	(void)state;
	uint8_t scalar[SCALAR_LEN];
	uint8_t key[PUBLIC_KEY_LEN];
	uint8_t signature[SIGNATURE_LEN];
	struct signer signer[2];
	OK(key_generate(scalar, key));
	OK(signer_from_scalar(scalar, &signer[0]));
	OK(gnutls_signer_new(scalar, key, &signer[1]));
	assert_memory_equal(signer[0].key, signer[1].key, PUBLIC_KEY_LEN);
	assert_memory_equal(signer[0].key_id, signer[1].key_id, KEY_ID_LEN);
	for (unsigned i = 0; i < ROUNDS; i++) {
		fill(i); /* short r or s come up once in some hundred */
		OK(signer[i % 2].sign(signer[i % 2].self, text, signature));
		OK(crypto_gnutls.verify(key, text, signature));
		OK(crypto_psa.verify(key, text, signature));
		signature[i % SIGNATURE_LEN] ^= 0x10;
		assert_int_equal(
		    crypto_gnutls.verify(key, text, signature), ERR_SIGNATURE);
		assert_int_equal(crypto_psa.verify(key, text, signature), ERR_SIGNATURE);
	}
	signer_free(&signer[0]);
	gnutls_signer_free(&signer[1]);
}

static void nonsense_verifies_nowhere(void **state)
{
	(void)state;
	uint8_t key[PUBLIC_KEY_LEN] = {0x04, 1, 2, 3}; /* no point of the curve */
	uint8_t signature[SIGNATURE_LEN] = {0};
	fill(1);
	assert_int_equal(crypto_gnutls.verify(key, text, signature), ERR_SIGNATURE);
	uint8_t scalar[SCALAR_LEN];
	OK(key_generate(scalar, key));
	assert_int_equal(crypto_gnutls.verify(key, text, signature), ERR_SIGNATURE);
	memset(signature, 0xff, sizeof signature);
	assert_int_equal(crypto_gnutls.verify(key, text, signature), ERR_SIGNATURE);
	key[0] = 0x02;
	assert_int_equal(crypto_gnutls.verify(key, text, signature), ERR_SIGNATURE);
	/* A public key that is not the scalar's makes no signer. */
	struct signer signer = {0};
	uint8_t other[SCALAR_LEN];
	OK(key_generate(other, key));
	assert_int_equal(gnutls_signer_new(scalar, key, &signer), ERR_KEY);
	assert_null(signer.self);
}

static void ecdh_reaches_an_opener(void **state)
{
	(void)state;
	uint8_t scalar[SCALAR_LEN];
	uint8_t key[PUBLIC_KEY_LEN];
	uint8_t ephemeral[PUBLIC_KEY_LEN];
	uint8_t ours[32];
	uint8_t theirs[32];
	struct opener opener;
	OK(key_generate(scalar, key));
	OK(opener_from_scalar(scalar, &opener));
	OK(crypto_gnutls.agree(key, ephemeral, ours));
	OK(opener.agree(opener.self, ephemeral, theirs));
	assert_memory_equal(ours, theirs, sizeof ours);
	opener_free(&opener);
}

static void random_is_not_the_same_twice(void **state)
{
	(void)state;
	uint8_t one[32] = {0};
	uint8_t two[32] = {0};
	OK(crypto_gnutls.random(one, sizeof one));
	OK(crypto_gnutls.random(two, sizeof two));
	assert_memory_not_equal(one, two, sizeof one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_agrees),
	    cmocka_unit_test(hmac_and_hkdf_agree),
	    cmocka_unit_test(each_opens_what_the_other_sealed),
	    cmocka_unit_test(each_verifies_what_the_other_signed),
	    cmocka_unit_test(nonsense_verifies_nowhere),
	    cmocka_unit_test(ecdh_reaches_an_opener),
	    cmocka_unit_test(random_is_not_the_same_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
