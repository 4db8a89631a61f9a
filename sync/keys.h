/* SPDX-License-Identifier: MIT */
#ifndef SYNC_KEYS_H
#define SYNC_KEYS_H

#include "contract/crypto.h"

/*
 * Private P-256 keys that are 32 bytes of scalar in a file (big-endian, as in
 * RFC 5915). The library keeps its own copy behind a signer or an opener until
 * it is freed; the caller wipes the scalar he gave.
 */
enum { SCALAR_LEN = 32 };

MUST_CHECK enum err key_generate(
    uint8_t ret_scalar[SCALAR_LEN], uint8_t ret_public[PUBLIC_KEY_LEN]);
/* ERR_FORMAT when it is no scalar of the curve. */
MUST_CHECK enum err key_public(
    const uint8_t scalar[SCALAR_LEN], uint8_t ret_public[PUBLIC_KEY_LEN]);

MUST_CHECK enum err signer_from_scalar(
    const uint8_t scalar[SCALAR_LEN], struct signer *ret_signer);
void signer_free(struct signer *signer); /* destroys the library's copy */
MUST_CHECK enum err opener_from_scalar(
    const uint8_t scalar[SCALAR_LEN], struct opener *ret_opener);
void opener_free(struct opener *opener);

#endif
