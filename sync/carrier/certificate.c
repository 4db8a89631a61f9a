/* SPDX-License-Identifier: MIT */
#include "carrier/certificate.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/sha.h>

#include "base/banned.h"

enum {
	DER_MAX = 64 * 1024,
	REQUEST_DER_MAX = 1024,
};

/* Takes what was written to a memory BIO, and the BIO. */
static enum err bio_take(BIO *bio, uint8_t *out, size_t cap, size_t *ret_len)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	enum err error = len > 0 && (size_t)len <= cap ? ERR_NONE : ERR_LIMIT;

	if (!error) {
		memcpy(out, data, (size_t)len);
		*ret_len = (size_t)len;
	}
	BIO_free(bio);
	return error;
}

enum err key_make(uint8_t *out, size_t cap, size_t *ret_len)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	/* Secure memory: the PEM text of the key is wiped when it is freed. */
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err error = ERR_MEMORY;

	if (key && bio &&
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		error = bio_take(bio, out, cap, ret_len);
	else
		BIO_free(bio);
	EVP_PKEY_free(key);
	return error;
}

enum err key_from_pem(struct bytes pem, EVP_PKEY **ret_key)
{
	BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (!key)
		return ERR_FORMAT;
	*ret_key = key;
	return ERR_NONE;
}

static X509_REQ *request_new(EVP_PKEY *key, const char *name)
{
	X509_REQ *request = X509_REQ_new();
	X509_NAME *subject = X509_NAME_new();
	bool ok = request && subject &&
		  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
		      (const unsigned char *)name, -1, -1, 0) &&
		  X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
		  X509_REQ_set_subject_name(request, subject) &&
		  X509_REQ_set_pubkey(request, key) &&
		  X509_REQ_sign(request, key, EVP_sha256()) > 0;

	X509_NAME_free(subject);
	if (ok)
		return request;
	X509_REQ_free(request);
	return NULL;
}

enum err request_make(EVP_PKEY *key, const char *name, char *out, size_t cap)
{
	X509_REQ *request = request_new(key, name);
	uint8_t der[REQUEST_DER_MAX];
	uint8_t *end = der;
	int len = request ? i2d_X509_REQ(request, NULL) : -1;
	enum err error = ERR_LIMIT;

	if (len > 0 && (size_t)len <= sizeof der) {
		len = i2d_X509_REQ(request, &end);
		error = base64_encode(out, cap, bytes_of(der, (size_t)len));
	}
	X509_REQ_free(request);
	return error;
}

static enum err read_pkcs7(const char *base64, PKCS7 **ret_message)
{
	uint8_t *der = malloc(DER_MAX);
	size_t len = 0;
	PKCS7 *message = NULL;

	if (!der)
		return ERR_MEMORY;
	enum err error = base64_decode(der, DER_MAX, base64, &len);
	const uint8_t *at = der;

	if (!error)
		message = d2i_PKCS7(NULL, &at, (long)len);
	free(der);
	if (!message || !PKCS7_type_is_signed(message) || !message->d.sign ||
	    !message->d.sign->cert) {
		PKCS7_free(message);
		return ERR_FORMAT;
	}
	*ret_message = message;
	return ERR_NONE;
}

static bool has_pin(X509 *certificate, const uint8_t pin[HASH_LEN])
{
	uint8_t *der = NULL;
	uint8_t hash[SHA256_DIGEST_LENGTH];
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);

	if (len <= 0)
		return false;
	(void)SHA256(der, (size_t)len, hash);
	OPENSSL_free(der);
	return CRYPTO_memcmp(hash, pin, HASH_LEN) == 0;
}

enum err certificate_pinned(
    const char *base64, const uint8_t pin[HASH_LEN], X509 **ret_certificate)
{
	PKCS7 *message = NULL;
	enum err error = read_pkcs7(base64, &message);

	if (error)
		return error;
	error = ERR_SIGNATURE;
	for (int i = 0; i < sk_X509_num(message->d.sign->cert); i++) {
		X509 *one = sk_X509_value(message->d.sign->cert, i);

		if (!has_pin(one, pin) || X509_verify(one, X509_get0_pubkey(one)) != 1)
			continue;
		X509_up_ref(one);
		*ret_certificate = one;
		error = ERR_NONE;
		break;
	}
	PKCS7_free(message);
	return error;
}

enum err certificate_first(const char *base64, X509 **ret_certificate)
{
	PKCS7 *message = NULL;
	enum err error = read_pkcs7(base64, &message);

	if (error)
		return error;
	if (sk_X509_num(message->d.sign->cert) < 1) {
		error = ERR_FORMAT;
	} else {
		*ret_certificate = sk_X509_value(message->d.sign->cert, 0);
		X509_up_ref(*ret_certificate);
	}
	PKCS7_free(message);
	return error;
}

enum err certificate_from_pem(struct bytes pem, X509 **ret_certificate)
{
	BIO *bio = pem.len <= INT32_MAX ? BIO_new_mem_buf(pem.at, (int)pem.len) : NULL;
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	if (!certificate)
		return ERR_FORMAT;
	*ret_certificate = certificate;
	return ERR_NONE;
}

static bool has_name(X509 *certificate, const char *name)
{
	char found[TERMINAL_LEN_MAX + 2];
	int len = X509_NAME_get_text_by_NID(
	    X509_get_subject_name(certificate), NID_commonName, found, sizeof found);

	return len >= 0 && (size_t)len == strlen(name) && strcmp(found, name) == 0;
}

enum err certificate_check(X509 *certificate, X509 *ca, EVP_PKEY *key, const char *name)
{
	EVP_PKEY *own = X509_get0_pubkey(certificate);

	if (!own || X509_verify(certificate, X509_get0_pubkey(ca)) != 1)
		return ERR_SIGNATURE;
	if (key && EVP_PKEY_eq(own, key) != 1)
		return ERR_SIGNATURE;
	return has_name(certificate, name) ? ERR_NONE : ERR_SIGNATURE;
}

enum err certificate_to_pem(X509 *certificate, uint8_t *out, size_t cap, size_t *ret_len)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio)
		return ERR_MEMORY;
	if (!PEM_write_bio_X509(bio, certificate)) {
		BIO_free(bio);
		return ERR_MEMORY;
	}
	return bio_take(bio, out, cap, ret_len);
}

enum err certificate_to_der(X509 *certificate, uint8_t *out, size_t cap, size_t *ret_len)
{
	int len = i2d_X509(certificate, NULL);
	uint8_t *end = out;

	if (len <= 0 || (size_t)len > cap)
		return ERR_LIMIT;
	len = i2d_X509(certificate, &end);
	*ret_len = (size_t)len;
	return ERR_NONE;
}
