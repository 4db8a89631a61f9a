/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_CRYPTO_GNUTLS_H
#define CENTRAL_CRYPTO_GNUTLS_H

#include "contract/crypto.h"

/*
 * The second implementation of the crypto port, through GnuTLS. What GnuTLS
 * lacks (a bare ECDH product) is left to crypto_psa. For one thread: the hash
 * state is kept between calls, since a backlog hashes three times an event.
 */
extern const struct crypto crypto_gnutls;

/* A signer over a P-256 key in GnuTLS; `public_key` must be the scalar's. */
MUST_CHECK enum err gnutls_signer_new(const uint8_t scalar[32],
    const uint8_t public_key[PUBLIC_KEY_LEN], struct signer *ret_signer);
void gnutls_signer_free(struct signer *signer);

#endif
