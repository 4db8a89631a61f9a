/* SPDX-License-Identifier: MIT */
#ifndef SYNC_X509_H
#define SYNC_X509_H

#include "contract/crypto.h"

/*
 * As much of an X.509 certificate (RFC 5280) as a terminal needs to know of its
 * own: P-256 keys, ecdsa-with-SHA256, names and dates. Extensions are not
 * judged: these certificates carry no TLS here (the carrier's OpenSSL does that);
 * they say whose a signing key is, and the pinned CA key says so.
 */
struct x509 {
	struct bytes tbs;    /* what is signed; a view into the DER */
	struct bytes issuer; /* names, encoded */
	struct bytes subject;
	char cn[TERMINAL_LEN_MAX + 1]; /* empty when absent or longer */
	char ou[STORE_LEN_MAX + 1];
	uint8_t key[PUBLIC_KEY_LEN];
	int64_t not_before_ms;
	int64_t not_after_ms;
	uint8_t signature[SIGNATURE_LEN];
};

/* ERR_FORMAT: not such a certificate, or bytes behind it. */
MUST_CHECK enum err x509_parse(struct bytes der, struct x509 *ret_certificate);
/* ERR_SIGNATURE unless `issuer` signed it and is named in it. */
MUST_CHECK enum err x509_verify(const struct crypto *crypto,
    const struct x509 *certificate, const struct x509 *issuer);

/* A certificate request (RFC 2986) for CN = `name`, signed through `signer`. */
MUST_CHECK enum err x509_request(const struct crypto *crypto, const struct signer *signer,
    const char *name, struct sink *out);

#endif
