/* SPDX-License-Identifier: MIT */
#ifndef SYNC_STRETCH_H
#define SYNC_STRETCH_H

#include "base/bytes.h"

/* Slow hashes (libargon2). Never called in the till's own process while a
 * clerk waits: os/child.h runs them, the answer comes back as an input. */
enum {
	STRETCH_LEN = 32,
	ARGON_MEMORY_KIB = 19 * 1024,
	ARGON_PASSES = 2,
	ARGON_LANES = 1,
};

/* Argon2id of a directory identifier ("cpf:...") under the store's salt. */
MUST_CHECK enum err stretch_identifier(struct bytes identifier, struct bytes salt,
    uint32_t memory_kib, uint32_t passes, uint32_t lanes, uint8_t ret[STRETCH_LEN]);
/* Encoded Argon2id hash of a PIN ("$argon2id$..."), random salt given. */
MUST_CHECK enum err pin_hash(const char *pin, struct bytes salt, char *out, size_t cap);
/* ERR_DENIED when it is not the PIN. */
MUST_CHECK enum err pin_check(const char *pin, const char *encoded);

#endif
