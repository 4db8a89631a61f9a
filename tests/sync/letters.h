/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYNC_LETTERS_H
#define TESTS_SYNC_LETTERS_H

#include "contract/programme.h"
#include "stall.h"
#include "sync/letterbox.h"

/* Letters of a central in a few lines, after stall.h's: the CA signs trust, the
 * stall's central key everything else. */
struct letters {
	struct signer ca;
	struct trust trust;
	uint8_t file[512 * 1024];
	size_t len;
	uint8_t scratch[512 * 1024];
};

static inline struct letters *letters_new(struct stall *stall)
{
	uint8_t scalar[SCALAR_LEN];
	struct letters *letters = calloc(1, sizeof(*letters));
	assert_non_null(letters);
	MUST(key_generate(scalar, letters->ca.key));
	MUST(signer_from_scalar(scalar, &letters->ca));
	memcpy(letters->trust.ca, letters->ca.key, PUBLIC_KEY_LEN);
	struct trust_key *sign = &letters->trust.key[0];
	struct trust_key *seal = &letters->trust.key[1];
	letters->trust.key_count = 2;
	sign->use = TRUST_SIGN;
	memcpy(sign->key, stall->central.key, PUBLIC_KEY_LEN);
	MUST(key_id_of(&crypto_psa, sign->key, sign->key_id, NULL));
	seal->use = TRUST_SEAL;
	memcpy(seal->key, stall->seal_key, PUBLIC_KEY_LEN);
	MUST(key_id_of(&crypto_psa, seal->key, seal->key_id, NULL));
	return letters;
}

static inline void letters_free(struct letters *letters)
{
	signer_free(&letters->ca);
	free(letters);
}

/* Leaves the file in letters->file. */
static inline struct bytes letters_sign(struct letters *letters,
    const struct signer *signer, enum cose_type kind, uint64_t version, struct bytes body)
{
	struct letter letter = {
	    .kind = kind,
	    .version = version,
	    .issued_ms = 1000,
	    .expires_ms = INT64_C(1895000000000),
	    .store = "loja-1",
	    .body = body,
	};
	struct sink out = sink_of(letters->file, sizeof(letters->file));
	struct sink scratch = sink_of(letters->scratch, sizeof(letters->scratch));
	if (kind == COSE_TRUST)
		letter.store[0] = '\0';
	MUST(letter_encode(&crypto_psa, signer, &letter, &out, &scratch));
	letters->len = out.len;
	return sink_bytes(&out);
}

static inline struct bytes letters_trust(struct letters *letters, uint64_t version)
{
	static uint8_t body[8192];
	struct sink out = sink_of(body, sizeof(body));
	MUST(trust_encode(&letters->trust, &out));
	return letters_sign(letters, &letters->ca, COSE_TRUST, version, sink_bytes(&out));
}

static inline struct bytes letters_programme(
    struct letters *letters, const struct signer *signer, uint64_t version)
{
	static uint8_t body[8192];
	struct sink out = sink_of(body, sizeof(body));
	struct programme *programme = calloc(1, sizeof(*programme));
	assert_non_null(programme);
	memcpy(programme->id, "recarga", 8);
	memcpy(programme->name, "Recarga", 8);
	programme->clerk_count = 1;
	programme->clerk[0] =
	    (struct clerk){.id = "c01", .name = "Ana", .role = ROLE_CLERK};
	MUST(programme_encode(programme, NULL, &out));
	free(programme);
	return letters_sign(letters, signer, COSE_PROGRAMME, version, sink_bytes(&out));
}

static inline int tag_order(const void *a, const void *b)
{
	return memcmp(a, b, DIRECTORY_TAG_LEN);
}

/* `count` members "card:0", "card:1", ...; balance is the number. */
static inline struct bytes letters_directory(struct letters *letters,
    const struct signer *signer, uint64_t version, unsigned count)
{
	static uint8_t body[300 * 1024];
	static uint8_t records[2000 * DIRECTORY_RECORD_LEN];
	struct directory directory = {.salt = {1, 2, 3},
	    .argon_memory_kib = 64,
	    .argon_passes = 1,
	    .argon_lanes = 1,
	    .count = count};
	struct sink out = sink_of(body, sizeof(body));
	for (unsigned i = 0; i < count; i++) {
		char text[24];
		struct directory_key key;
		struct directory_entry entry = {.first_name = "Ana",
		    .segment = 'B',
		    .tier = "Prata",
		    .balance = (int64_t)i,
		    .balance_day = 20261122};
		(void)snprintf(text, sizeof(text), "card:%u", i);
		MUST(directory_key_from(
		    &crypto_psa, directory.salt, bytes_of_text(text), &key));
		MUST(directory_seal(&crypto_psa, &key, &entry,
		    records + (size_t)i * DIRECTORY_RECORD_LEN));
	}
	qsort(records, count, DIRECTORY_RECORD_LEN, tag_order);
	directory.records = bytes_of(records, (size_t)count * DIRECTORY_RECORD_LEN);
	directory_head(&out, &directory);
	sink_put(&out, directory.records);
	assert_false(out.over);
	return letters_sign(letters, signer, COSE_DIRECTORY, version, sink_bytes(&out));
}

#endif
