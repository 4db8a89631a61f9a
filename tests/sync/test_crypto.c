/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "sync/keys.h"

#define OK(call) assert_int_equal((call), ERR_NONE)

/* The port against published vectors; tests/sync/central/test_crypto_vectors.c runs
 * the same file over the second implementation. */
#ifndef CRYPTO_UNDER_TEST
#define CRYPTO_UNDER_TEST crypto_psa
#endif

static const struct crypto *const crypto = &CRYPTO_UNDER_TEST;

struct hex {
	uint8_t buf[256];
	struct bytes bytes;
};

static struct bytes unhex(struct hex *hex, const char *text)
{
	const size_t len = strlen(text) / 2;

	assert_true(len <= sizeof(hex->buf));
	OK(hex_decode(hex->buf, len, text));
	hex->bytes = bytes_of(hex->buf, len);
	return hex->bytes;
}

static void assert_hex(const uint8_t *got, size_t len, const char *want)
{
	struct hex hex;

	unhex(&hex, want);
	assert_int_equal(hex.bytes.len, len);
	assert_memory_equal(got, hex.buf, len);
}

/* FIPS 180-4, the examples "abc" and the 448-bit message; the empty message. */
static void sha256_vectors(void **state)
{
	(void)state;
	const struct bytes abc[] = {bytes_of_text("a"), {0}, bytes_of_text("bc")};
	const struct bytes two =
	    bytes_of_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
	uint8_t hash[HASH_LEN];

	OK(crypto->sha256(abc, COUNT_OF(abc), hash));
	assert_hex(hash, HASH_LEN,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	OK(crypto->sha256(&two, 1, hash));
	assert_hex(hash, HASH_LEN,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	OK(crypto->sha256(NULL, 0, hash));
	assert_hex(hash, HASH_LEN,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231 4.2 to 4.4 and 4.7 (a key longer than a block). */
static void hmac_vectors(void **state)
{
	(void)state;
	struct hex key;
	uint8_t mac[HASH_LEN];
	const struct bytes hi[] = {bytes_of_text("Hi "), bytes_of_text("There")};
	const struct bytes what = bytes_of_text("what do ya want for nothing?");
	const struct bytes large =
	    bytes_of_text("Test Using Larger Than Block-Size Key - Hash Key First");

	OK(crypto->hmac(
	    unhex(&key, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), hi, 2, mac));
	assert_hex(mac, HASH_LEN,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	OK(crypto->hmac(bytes_of_text("Jefe"), &what, 1, mac));
	assert_hex(mac, HASH_LEN,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key.buf, 0xaa, 131);
	OK(crypto->hmac(bytes_of(key.buf, 131), &large, 1, mac));
	assert_hex(mac, HASH_LEN,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* RFC 5869 A.1, A.2 (long), A.3 (no salt, no info). */
static void hkdf_vectors(void **state)
{
	(void)state;
	struct hex ikm, salt, info;
	uint8_t okm[82];

	unhex(&ikm, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
	unhex(&salt, "000102030405060708090a0b0c");
	unhex(&info, "f0f1f2f3f4f5f6f7f8f9");
	OK(crypto->hkdf(ikm.bytes, salt.bytes, info.bytes, okm, 42));
	assert_hex(okm, 42,
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865");
	OK(crypto->hkdf(ikm.bytes, (struct bytes){0}, (struct bytes){0}, okm, 42));
	assert_hex(okm, 42,
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8");
	for (size_t i = 0; i < 80; i++) {
		ikm.buf[i] = (uint8_t)i;
		salt.buf[i] = (uint8_t)(0x60 + i);
		info.buf[i] = (uint8_t)(0xb0 + i);
	}
	OK(crypto->hkdf(bytes_of(ikm.buf, 80), bytes_of(salt.buf, 80),
	    bytes_of(info.buf, 80), okm, 82));
	assert_hex(okm, 82,
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87");
}

/* The GCM specification's AES-256 test cases 13, 14 and 16. */
static void gcm_vectors(void **state)
{
	(void)state;
	struct hex key, nonce, plain, aad;
	uint8_t sealed[128], back[128];

	unhex(&key, "0000000000000000000000000000000000000000000000000000000000000000");
	unhex(&nonce, "000000000000000000000000");
	OK(crypto->seal(
	    key.buf, nonce.buf, (struct bytes){0}, (struct bytes){0}, sealed));
	assert_hex(sealed, 16, "530f8afbc74536b9a963b4f1c4cb738b");
	unhex(&plain, "00000000000000000000000000000000");
	OK(crypto->seal(key.buf, nonce.buf, (struct bytes){0}, plain.bytes, sealed));
	assert_hex(sealed, 32,
	    "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
	unhex(&key, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
	unhex(&nonce, "cafebabefacedbaddecaf888");
	unhex(&plain, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
	unhex(&aad, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
	OK(crypto->seal(key.buf, nonce.buf, aad.bytes, plain.bytes, sealed));
	assert_hex(sealed, 76,
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b");
	OK(crypto->open(key.buf, nonce.buf, aad.bytes, bytes_of(sealed, 76), back));
	assert_memory_equal(back, plain.buf, 60);
	for (size_t i = 0; i < 76; i++) {
		sealed[i] ^= 1;
		assert_int_equal(crypto->open(key.buf, nonce.buf, aad.bytes,
				     bytes_of(sealed, 76), back),
		    ERR_SIGNATURE);
		sealed[i] ^= 1;
	}
	assert_int_equal(
	    crypto->open(key.buf, nonce.buf, aad.bytes, bytes_of(sealed, 15), back),
	    ERR_SIGNATURE);
}

/* RFC 6979 A.2.5, P-256 and SHA-256, message "sample". */
static const char *const rfc6979_scalar =
    "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
static const char *const rfc6979_public =
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static void es256_vector(void **state)
{
	(void)state;
	struct hex scalar, point;
	struct signer signer;
	const struct bytes message = bytes_of_text("sample");
	uint8_t digest[HASH_LEN], signature[SIGNATURE_LEN], key[PUBLIC_KEY_LEN];

	unhex(&scalar, rfc6979_scalar);
	unhex(&point, rfc6979_public);
	OK(key_public(scalar.buf, key));
	assert_memory_equal(key, point.buf, PUBLIC_KEY_LEN);
	OK(signer_from_scalar(scalar.buf, &signer));
	assert_memory_equal(signer.key, key, PUBLIC_KEY_LEN);
	OK(crypto->sha256(&message, 1, digest));
	OK(signer.sign(signer.self, digest, signature));
	assert_hex(signature, SIGNATURE_LEN,
	    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
	OK(crypto->verify(key, digest, signature));
	for (size_t i = 0; i < SIGNATURE_LEN; i += 7) {
		signature[i] ^= 0x10;
		assert_int_equal(crypto->verify(key, digest, signature), ERR_SIGNATURE);
		signature[i] ^= 0x10;
	}
	digest[31] ^= 1;
	assert_int_equal(crypto->verify(key, digest, signature), ERR_SIGNATURE);
	digest[31] ^= 1;
	memset(signature, 0, SIGNATURE_LEN);
	assert_int_equal(crypto->verify(key, digest, signature), ERR_SIGNATURE);
	key[64] ^= 1; /* no point of the curve */
	assert_int_equal(crypto->verify(key, digest, signature), ERR_SIGNATURE);
	signer_free(&signer);
}

static void scalars_outside_the_curve_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", /* n */
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};
	struct hex scalar;
	struct signer signer;
	struct opener opener;
	uint8_t key[PUBLIC_KEY_LEN];

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		unhex(&scalar, bad[i]);
		assert_int_equal(key_public(scalar.buf, key), ERR_FORMAT);
		assert_int_equal(signer_from_scalar(scalar.buf, &signer), ERR_FORMAT);
		assert_int_equal(opener_from_scalar(scalar.buf, &opener), ERR_FORMAT);
	}
}

static void agreement_meets_from_both_sides(void **state)
{
	(void)state;
	uint8_t scalar[SCALAR_LEN], key[PUBLIC_KEY_LEN];
	uint8_t ephemeral[2][PUBLIC_KEY_LEN], shared[2][32], opened[32];
	struct opener opener;

	OK(key_generate(scalar, key));
	OK(opener_from_scalar(scalar, &opener));
	for (size_t i = 0; i < 2; i++) {
		OK(crypto->agree(key, ephemeral[i], shared[i]));
		OK(opener.agree(opener.self, ephemeral[i], opened));
		assert_memory_equal(shared[i], opened, 32);
	}
	assert_memory_not_equal(ephemeral[0], ephemeral[1], PUBLIC_KEY_LEN);
	assert_memory_not_equal(shared[0], shared[1], 32);
	key[40] ^= 1;
	memset(shared[0], 0x5a, 32);
	assert_int_not_equal(crypto->agree(key, ephemeral[0], shared[0]), ERR_NONE);
	assert_int_equal(shared[0][5], 0x5a);
	opener_free(&opener);
}

/* NIST CAVP, ECC CDH primitive, P-256, COUNT = 0. */
static void ecdh_vector(void **state)
{
	(void)state;
	struct hex scalar, peer;
	struct opener opener;
	uint8_t shared[32];

	unhex(
	    &scalar, "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534");
	unhex(&peer, "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
		     "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac");
	OK(opener_from_scalar(scalar.buf, &opener));
	OK(opener.agree(opener.self, peer.buf, shared));
	assert_hex(shared, 32,
	    "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
	opener_free(&opener);
}

static void key_ids_are_of_the_spki(void **state)
{
	(void)state;
	struct hex point;
	uint8_t der[SPKI_P256_LEN], id[KEY_ID_LEN], full[HASH_LEN], hash[HASH_LEN];

	unhex(&point, rfc6979_public);
	spki_p256(point.buf, der);
	const struct bytes spki = bytes_of(der, sizeof(der));
	OK(crypto->sha256(&spki, 1, hash));
	OK(key_id_of(crypto, point.buf, id, full));
	assert_memory_equal(full, hash, HASH_LEN);
	assert_memory_equal(id, hash, KEY_ID_LEN);

	assert_int_equal(der[0], 0x30);
	assert_int_equal(der[1], SPKI_P256_LEN - 2);
}

static void random_bytes_differ(void **state)
{
	(void)state;
	uint8_t a[64] = {0}, b[64] = {0};

	OK(crypto->random(a, sizeof(a)));
	OK(crypto->random(b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
	OK(crypto->random(a, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256_vectors),
	    cmocka_unit_test(hmac_vectors),
	    cmocka_unit_test(hkdf_vectors),
	    cmocka_unit_test(gcm_vectors),
	    cmocka_unit_test(es256_vector),
	    cmocka_unit_test(scalars_outside_the_curve_are_refused),
	    cmocka_unit_test(agreement_meets_from_both_sides),
	    cmocka_unit_test(ecdh_vector),
	    cmocka_unit_test(key_ids_are_of_the_spki),
	    cmocka_unit_test(random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
