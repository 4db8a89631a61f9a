/* SPDX-License-Identifier: MIT */
#include "sync/stretch.h"

#include <string.h>

#include <argon2.h>

#include "base/banned.h"

/* Argon2id, RFC 9106. */

static enum err err_of(int code)
{
	switch (code) {
	case ARGON2_OK: return ERR_NONE;
	case ARGON2_VERIFY_MISMATCH: return ERR_DENIED;
	case ARGON2_MEMORY_ALLOCATION_ERROR: return ERR_MEMORY;
	case ARGON2_ENCODING_FAIL: return ERR_LIMIT;
	case ARGON2_DECODING_FAIL:
	case ARGON2_DECODING_LENGTH_FAIL:
	case ARGON2_INCORRECT_TYPE: return ERR_FORMAT;
	default: return ERR_RANGE;
	}
}

enum err stretch_identifier(struct bytes identifier, struct bytes salt,
    uint32_t memory_kib, uint32_t passes, uint32_t lanes, uint8_t ret[STRETCH_LEN])
{
	uint8_t raw[STRETCH_LEN];
	const enum err err = err_of(argon2id_hash_raw(passes, memory_kib, lanes,
	    identifier.at, identifier.len, salt.at, salt.len, raw, sizeof(raw)));

	if (err == ERR_NONE)
		memcpy(ret, raw, sizeof(raw));
	explicit_bzero(raw, sizeof(raw));
	return err;
}

enum err pin_hash(const char *pin, struct bytes salt, char *out, size_t cap)
{
	return err_of(argon2id_hash_encoded(ARGON_PASSES, ARGON_MEMORY_KIB, ARGON_LANES,
	    pin, strlen(pin), salt.at, salt.len, STRETCH_LEN, out, cap));
}

enum err pin_check(const char *pin, const char *encoded)
{
	return err_of(argon2id_verify(encoded, pin, strlen(pin)));
}
