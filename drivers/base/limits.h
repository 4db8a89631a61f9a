/* SPDX-License-Identifier: MIT */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Lengths that more than one room must agree on. Bytes unless the name says
 * otherwise; text lengths exclude the NUL. */
enum {
	TERMINAL_LEN_MAX = 32, /* [A-Za-z0-9._-] */
	STORE_LEN_MAX = 32,    /* the same alphabet */
	CLERK_LEN_MAX = 16,    /* the same alphabet */
	PRODUCT_LEN_MAX = 24,  /* GTIN as 14 digits, or the programme's own code */
	OPERATOR_LEN_MAX = 16, /* lower-case name in the signed catalogue */
	CATEGORY_LEN_MAX = 24,
	NAME_LEN_MAX = 48,   /* UTF-8: product, clerk, store as shown */
	MEMBER_LEN_MAX = 24, /* the identifier without its kind */
	PHONE_LEN_MAX = 16,  /* E.164 with the plus */
	RULE_ID_LEN_MAX = 24,
	ZONE_LEN_MAX = 40, /* tz database name */
	EVENT_ID_LEN = 8,
	EPOCH_MARK_LEN = 8,
	BOOT_ID_LEN = 16,
	SESSION_ID_LEN = 16,
	HASH_LEN = 32,       /* SHA-256 */
	KEY_ID_LEN = 16,     /* first bytes of SHA-256 of SubjectPublicKeyInfo */
	PUBLIC_KEY_LEN = 65, /* P-256, uncompressed point (SEC 1) */
	SIGNATURE_LEN = 64,  /* ES256: r then s (RFC 9053 2.1) */
	EVENT_LINES_MAX = 200,
	EVENT_BYTES_MAX = 16 * 1024,
	BATCH_EVENTS_MAX = 2000,
	BATCH_BODY_MAX = 512 * 1024, /* before compression */
	BATCH_FILE_MAX = 640 * 1024, /* zstd may expand what is random; plus header */
	ANSWER_FILE_MAX = 64 * 1024,
	LETTER_FILE_MAX = 16 * 1024 * 1024,
	CBOR_DEPTH_MAX = 8,
};

#endif
