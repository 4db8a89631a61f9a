/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYNC_SIGNERS_H
#define TESTS_SYNC_SIGNERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/keys.h"

#define OK(call) assert_int_equal((call), ERR_NONE)

/* A test key that is the same in every run. */
static inline struct signer signer_of(uint8_t fill)
{
	uint8_t scalar[SCALAR_LEN];
	struct signer signer = {0};

	memset(scalar, fill, sizeof(scalar));
	OK(signer_from_scalar(scalar, &signer));
	return signer;
}

#endif
