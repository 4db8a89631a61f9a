/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_DIRECTORY_H
#define CONTRACT_DIRECTORY_H

#include "contract/crypto.h"
#include "contract/event.h"

/*
 * The store's members, each openable only with the identifier itself. Body of
 * a directory letter: CBOR {1: salt (16), 2: argon2 {1: memory_kib, 2: passes,
 * 3: lanes}, 3: count, 4: records}, records one byte string of count fixed-size
 * records sorted by their tag:
 *     tag (16) || nonce (12) || AES-256-GCM(entry padded to 64) (80)
 * secret = HKDF(identifier text "card:...") for cards, and for CPF and phone
 * HKDF(Argon2id(identifier text, salt)); it gives tag (16) and key (32).
 */
enum {
	DIRECTORY_SALT_LEN = 16,
	DIRECTORY_TAG_LEN = 16,
	DIRECTORY_PLAIN_LEN = 64,
	DIRECTORY_RECORD_LEN =
	    DIRECTORY_TAG_LEN + AEAD_NONCE_LEN + DIRECTORY_PLAIN_LEN + AEAD_TAG_LEN,
	FIRST_NAME_LEN_MAX = 24,
	TIER_LEN_MAX = 12,
};

struct directory_entry {
	char first_name[FIRST_NAME_LEN_MAX + 1];
	char segment; /* 'A'..'Z', 0: none */
	char tier[TIER_LEN_MAX + 1];
	int64_t balance;      /* points; may be negative */
	uint32_t balance_day; /* yyyymmdd */
};

struct directory {
	uint8_t salt[DIRECTORY_SALT_LEN];
	uint32_t argon_memory_kib;
	uint32_t argon_passes;
	uint32_t argon_lanes;
	uint64_t count;
	struct bytes records;
};

/* What opens one record. For cards from directory_card_key; for CPF and phone
 * from `stretched`, 32 bytes of Argon2id made outside (sync/stretch.h). */
struct directory_key {
	uint8_t tag[DIRECTORY_TAG_LEN];
	uint8_t key[AEAD_KEY_LEN];
};

MUST_CHECK enum err directory_key_from(const struct crypto *crypto,
    const uint8_t salt[DIRECTORY_SALT_LEN], struct bytes identifier_or_stretched,
    struct directory_key *ret_key);

/* Head of the body; the records follow as they are, already sorted. */
void directory_head(struct sink *out, const struct directory *directory);
MUST_CHECK enum err directory_parse(struct bytes body, struct directory *ret_directory);
MUST_CHECK enum err directory_seal(const struct crypto *crypto,
    const struct directory_key *key, const struct directory_entry *entry,
    uint8_t ret_record[DIRECTORY_RECORD_LEN]);
/* Opens a record found by its tag. */
MUST_CHECK enum err directory_open(const struct crypto *crypto,
    const struct directory_key *key, const uint8_t record[DIRECTORY_RECORD_LEN],
    struct directory_entry *ret_entry);
/* Binary search over the sorted records; ERR_NOT_FOUND. */
MUST_CHECK enum err directory_find(const struct directory *directory,
    const uint8_t tag[DIRECTORY_TAG_LEN], const uint8_t **ret_record);

#endif
