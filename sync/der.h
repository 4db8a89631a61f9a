/* SPDX-License-Identifier: MIT */
#ifndef SYNC_DER_H
#define SYNC_DER_H

#include "base/bytes.h"
#include "base/limits.h"

/*
 * The little of DER (ITU-T X.690) that certificates and requests need. The
 * reader takes one-byte tags and shortest definite lengths only, never past its
 * cursor; nothing is allocated.
 */
enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OBJECT = 0x06,
	DER_UTF8 = 0x0C,
	DER_PRINTABLE = 0x13,
	DER_UTC_TIME = 0x17,
	DER_GENERAL_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xA0,
};

/* Consumes one element of any tag; `ret_whole` (may be NULL) is it with its
 * head. ERR_FORMAT. */
MUST_CHECK enum err der_next(struct cursor *in, uint8_t *ret_tag,
    struct bytes *ret_content, struct bytes *ret_whole);
/* The same, of this tag or ERR_FORMAT. */
MUST_CHECK enum err der_get(
    struct cursor *in, enum der_tag tag, struct bytes *ret_content);
/* r and s of an ECDSA-Sig-Value (RFC 3279 2.2.3) as 64 bytes. */
MUST_CHECK enum err der_get_signature(
    struct bytes der, uint8_t ret_signature[SIGNATURE_LEN]);

void der_put(struct sink *out, enum der_tag tag, struct bytes content);
/* A bit string without unused bits. */
void der_put_bits(struct sink *out, struct bytes content);
void der_put_signature(struct sink *out, const uint8_t signature[SIGNATURE_LEN]);

#endif
