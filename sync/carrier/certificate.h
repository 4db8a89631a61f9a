/* SPDX-License-Identifier: MIT */
#ifndef CARRIER_CERTIFICATE_H
#define CARRIER_CERTIFICATE_H

#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/limits.h"

/*
 * The carrier's own dealings with keys and certificates, through OpenSSL; what
 * it makes the caller frees with X509_free and EVP_PKEY_free. Bytes written have
 * a limit: ERR_LIMIT.
 */

/* A fresh P-256 key as PEM (PKCS#8). */
MUST_CHECK enum err key_make(uint8_t *out, size_t cap, size_t *ret_len);
MUST_CHECK enum err key_from_pem(struct bytes pem, EVP_PKEY **ret_key);
/* A certificate request (RFC 2986) for CN = `name`, base64 DER. */
MUST_CHECK enum err request_make(EVP_PKEY *key, const char *name, char *out, size_t cap);

/* Out of a base64 certs-only PKCS#7 (RFC 7030 4.1.3): the certificate whose
 * SubjectPublicKeyInfo hashes to `pin`, signed by itself; ERR_SIGNATURE when none
 * does, ERR_FORMAT when it is no such message. */
MUST_CHECK enum err certificate_pinned(
    const char *base64, const uint8_t pin[HASH_LEN], X509 **ret_certificate);
MUST_CHECK enum err certificate_first(const char *base64, X509 **ret_certificate);

MUST_CHECK enum err certificate_from_pem(struct bytes pem, X509 **ret_certificate);

/* Signed by `ca`, for `key` (NULL: any), with CN = `name`: else ERR_SIGNATURE. */
MUST_CHECK enum err certificate_check(
    X509 *certificate, X509 *ca, EVP_PKEY *key, const char *name);

MUST_CHECK enum err certificate_to_pem(
    X509 *certificate, uint8_t *out, size_t cap, size_t *ret_len);
MUST_CHECK enum err certificate_to_der(
    X509 *certificate, uint8_t *out, size_t cap, size_t *ret_len);

#endif
