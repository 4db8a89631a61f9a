/* SPDX-License-Identifier: MIT */
/* The published vectors once more, through the central's implementation. */
#include "central/crypto_gnutls.h"

#define CRYPTO_UNDER_TEST crypto_gnutls
#include "tests/sync/test_crypto.c"
