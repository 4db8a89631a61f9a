/* SPDX-License-Identifier: MIT */
#include "tests/sync/signers.h"

#include <stdlib.h>

#include "base/banned.h"
#include "contract/directory.h"
#include "contract/letter.h"
#include "sync/stretch.h"

static const struct crypto *const crypto = &crypto_psa;

enum { ROOM = 8 * 1024 };

static uint8_t file_buf[ROOM], scratch_buf[ROOM], body_buf[ROOM];

static struct letter sample(enum cose_type kind)
{
	return (struct letter){.kind = kind,
	    .version = UINT64_C(1773500000000),
	    .issued_ms = INT64_C(1773500000000),
	    .expires_ms = INT64_C(1776100000000),
	    .store = "loja-7",
	    .body = bytes_of_text("the body of the letter")};
}

static struct bytes encoded(const struct letter *letter, const struct signer *signer)
{
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	struct sink scratch =
	    sink_of(scratch_buf, letter->body.len + LETTER_OVERHEAD_MAX);

	OK(letter_encode(crypto, signer, letter, &out, &scratch));
	assert_true(out.len <= letter->body.len + LETTER_OVERHEAD_MAX);
	return sink_bytes(&out);
}

static void letters_round(void **state)
{
	(void)state;

	static const enum cose_type kinds[] = {
	    COSE_PROGRAMME, COSE_DIRECTORY, COSE_TRUST, COSE_STANDINGS, COSE_ALERTS};
	struct signer signer = signer_of(5);

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct letter letter = sample(kinds[i]), got;
		struct cose_sign1 message;
		if (i == 1)
			letter.store[0] = '\0'; /* every store */
		OK(letter_parse(encoded(&letter, &signer), &message, &got));
		OK(cose_verify(crypto, &message, signer.key, NULL));
		assert_int_equal(got.kind, kinds[i]);
		assert_int_equal(got.version, letter.version);
		assert_int_equal(got.issued_ms, letter.issued_ms);
		assert_int_equal(got.expires_ms, letter.expires_ms);
		assert_string_equal(got.store, letter.store);
		assert_true(bytes_equal(got.body, letter.body));
		assert_int_equal(letter_kind(letter_name(kinds[i])), kinds[i]);
	}
	assert_null(letter_name(COSE_BATCH));
	assert_int_equal(letter_kind("batch"), COSE_NONE);
	signer_free(&signer);
}

static void a_changed_bit_is_refused(void **state)
{
	(void)state;
	struct signer signer = signer_of(5);
	const struct letter letter = sample(COSE_PROGRAMME);
	const struct bytes file = encoded(&letter, &signer);

	for (size_t i = 0; i < file.len; i++) {
		struct cose_sign1 message;
		struct letter got;
		file_buf[i] ^= (uint8_t)(1u << i % 8);
		if (letter_parse(file, &message, &got) == ERR_NONE)
			assert_int_equal(cose_verify(crypto, &message, signer.key, NULL),
			    ERR_SIGNATURE);
		file_buf[i] ^= (uint8_t)(1u << i % 8);
	}
	signer_free(&signer);
}

static void answers_are_no_letters(void **state)
{
	(void)state;
	struct signer signer = signer_of(5);
	const struct letter letter = sample(COSE_PROGRAMME);
	struct cose_sign1 message, other;
	struct letter got;
	static uint8_t forged_buf[ROOM];

	OK(letter_parse(encoded(&letter, &signer), &message, &got));
	for (int type = COSE_BATCH; type <= COSE_HELD; type++) {
		struct sink out = sink_of(forged_buf, sizeof(forged_buf));
		OK(cose_sign(
		    crypto, &signer, (enum cose_type)type, message.payload, &out, NULL));
		assert_int_not_equal(
		    letter_parse(sink_bytes(&out), &other, &got), ERR_NONE);
	}
	signer_free(&signer);
}

static void letters_out_of_range_are_not_made(void **state)
{
	(void)state;
	struct signer signer = signer_of(5);

	for (int i = 0; i < 4; i++) {
		struct letter letter = sample(i == 0 ? COSE_BATCH : COSE_PROGRAMME);
		struct sink out = sink_of(file_buf, sizeof(file_buf));
		struct sink scratch = sink_of(scratch_buf, sizeof(scratch_buf));
		if (i == 1)
			letter.version = 0;
		if (i == 2)
			letter.expires_ms = letter.issued_ms - 1;
		if (i == 3)
			memcpy(letter.store, "a b", 4);
		assert_int_equal(
		    letter_encode(crypto, &signer, &letter, &out, &scratch), ERR_RANGE);
	}
	const struct letter letter = sample(COSE_PROGRAMME);
	struct sink out = sink_of(file_buf, sizeof(file_buf));
	struct sink small = sink_of(scratch_buf, letter.body.len);
	assert_int_equal(
	    letter_encode(crypto, &signer, &letter, &out, &small), ERR_LIMIT);
	signer_free(&signer);
}

/* --- trust --- */

static struct trust sample_trust(size_t keys)
{
	struct trust trust = {.key_count = keys};
	struct signer ca = signer_of(1);

	memcpy(trust.ca, ca.key, PUBLIC_KEY_LEN);
	for (size_t i = 0; i < keys; i++) {
		struct trust_key *key = &trust.key[i];
		key->use = i % 2 ? TRUST_SEAL : TRUST_SIGN;
		key->from_ms = (int64_t)(1000 + i);
		key->key_id[0] = (uint8_t)i;
		memcpy(key->key, ca.key, PUBLIC_KEY_LEN);
	}
	signer_free(&ca);
	return trust;
}

static void trust_rounds_at_its_limit(void **state)
{
	(void)state;
	struct trust trust = sample_trust(TRUST_KEYS_MAX), got;
	struct sink out = sink_of(body_buf, sizeof(body_buf));

	trust.key[3].retired = true;
	OK(trust_encode(&trust, &out));
	OK(trust_decode(sink_bytes(&out), &got));
	assert_int_equal(got.key_count, TRUST_KEYS_MAX);
	assert_memory_equal(got.ca, trust.ca, PUBLIC_KEY_LEN);
	assert_true(got.key[3].retired);
	assert_int_equal(got.key[31].from_ms, 1031);
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(trust_decode(bytes_of(body_buf, len), &got), ERR_FORMAT);
	assert_int_equal(trust_decode(bytes_of(body_buf, out.len + 1), &got), ERR_FORMAT);
	trust.key_count++;
	assert_int_equal(trust_encode(&trust, &out), ERR_RANGE);
}

static void trust_with_bad_keys_is_refused(void **state)
{
	(void)state;
	struct sink out = sink_of(body_buf, sizeof(body_buf));
	struct trust trust = sample_trust(3);

	trust.key[1].key[0] = 0x02; /* a compressed point */
	assert_int_equal(trust_encode(&trust, &out), ERR_RANGE);
	trust = sample_trust(3);
	trust.key[2].key_id[0] = 0; /* the same id for the same use */
	assert_int_equal(trust_encode(&trust, &out), ERR_RANGE);
	trust = sample_trust(3);
	trust.key[0].use = TRUST_NONE;
	assert_int_equal(trust_encode(&trust, &out), ERR_RANGE);
	trust = sample_trust(3);
	trust.ca[0] = 0;
	assert_int_equal(trust_encode(&trust, &out), ERR_RANGE);
	assert_int_equal(out.len, 0);
}

static void the_newest_unretired_key_is_current(void **state)
{
	(void)state;
	struct trust trust = sample_trust(6);
	const uint8_t id[KEY_ID_LEN] = {4};

	assert_ptr_equal(trust_current(&trust, TRUST_SIGN), &trust.key[4]);
	trust.key[4].retired = true;
	assert_ptr_equal(trust_current(&trust, TRUST_SIGN), &trust.key[2]);
	assert_ptr_equal(trust_find(&trust, TRUST_SIGN, id), &trust.key[4]);
	assert_null(trust_find(&trust, TRUST_SEAL, id));
	trust.key_count = 1;
	assert_null(trust_current(&trust, TRUST_SEAL));
}

/* --- directory --- */

enum { MEMBERS = 40 };

static struct directory_entry sample_entry(size_t i)
{
	struct directory_entry entry = {.first_name = "Concei\xc3\xa7\xc3\xa3o",
	    .segment = (char)('A' + i % 26),
	    .tier = "ouro",
	    .balance = i % 2 ? -(int64_t)i : INT64_MAX,
	    .balance_day = 20260314};

	return entry;
}

static struct directory_key key_of(const uint8_t salt[DIRECTORY_SALT_LEN], size_t i)
{
	char identifier[32] = "card:9076543210000000";
	struct directory_key key;

	identifier[19] = (char)('0' + i / 10);
	identifier[20] = (char)('0' + i % 10);
	OK(directory_key_from(crypto, salt, bytes_of_text(identifier), &key));
	return key;
}

static int by_tag(const void *a, const void *b)
{
	return memcmp(a, b, DIRECTORY_TAG_LEN);
}

static struct bytes sample_directory(struct directory *directory)
{
	static uint8_t records[MEMBERS][DIRECTORY_RECORD_LEN];
	struct sink out = sink_of(body_buf, sizeof(body_buf));

	*directory = (struct directory){.argon_memory_kib = 19 * 1024,
	    .argon_passes = 2,
	    .argon_lanes = 1,
	    .count = MEMBERS};
	memset(directory->salt, 0x5a, DIRECTORY_SALT_LEN);
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct directory_key key = key_of(directory->salt, i);
		const struct directory_entry entry = sample_entry(i);
		OK(directory_seal(crypto, &key, &entry, records[i]));
	}
	qsort(records, MEMBERS, DIRECTORY_RECORD_LEN, by_tag);
	directory_head(&out, directory);
	sink_put(&out, bytes_of(records, sizeof(records)));
	assert_false(out.over);
	return sink_bytes(&out);
}

static void members_open_with_their_identifier_only(void **state)
{
	(void)state;
	struct directory made, got;
	const uint8_t *record = NULL;

	OK(directory_parse(sample_directory(&made), &got));
	assert_int_equal(got.count, MEMBERS);
	assert_memory_equal(got.salt, made.salt, DIRECTORY_SALT_LEN);
	assert_int_equal(got.argon_memory_kib, 19 * 1024);
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct directory_entry want = sample_entry(i);
		struct directory_key key = key_of(got.salt, i);
		struct directory_entry entry;
		OK(directory_find(&got, key.tag, &record));
		OK(directory_open(crypto, &key, record, &entry));
		assert_string_equal(entry.first_name, want.first_name);
		assert_int_equal(entry.segment, want.segment);
		assert_string_equal(entry.tier, want.tier);
		assert_true(entry.balance == want.balance);
		assert_int_equal(entry.balance_day, want.balance_day);
		const struct directory_key other = key_of(got.salt, (i + 1) % MEMBERS);
		assert_int_equal(
		    directory_open(crypto, &other, record, &entry), ERR_SIGNATURE);
		key.tag[3] ^= 1;
		assert_int_equal(directory_find(&got, key.tag, &record), ERR_NOT_FOUND);
	}
	uint8_t salt[DIRECTORY_SALT_LEN] = {1};
	const struct directory_key rotated = key_of(salt, 0);
	assert_int_equal(directory_find(&got, rotated.tag, &record), ERR_NOT_FOUND);
}

static void directories_out_of_order_are_refused(void **state)
{
	(void)state;
	struct directory made, got;
	const struct bytes body = sample_directory(&made);
	uint8_t *records = body_buf + body.len - MEMBERS * DIRECTORY_RECORD_LEN;
	uint8_t swapped[DIRECTORY_RECORD_LEN];

	for (size_t len = 0; len < body.len; len += 13)
		assert_int_equal(
		    directory_parse(bytes_of(body_buf, len), &got), ERR_FORMAT);
	memcpy(swapped, records, sizeof(swapped));
	memcpy(records, records + DIRECTORY_RECORD_LEN, sizeof(swapped));
	assert_int_equal(directory_parse(body, &got), ERR_FORMAT); /* one twice */
	memcpy(records + DIRECTORY_RECORD_LEN, swapped, sizeof(swapped));
	assert_int_equal(directory_parse(body, &got), ERR_FORMAT); /* falling */
}

static void hashing_that_a_till_could_not_do_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct directory directory, got;
		struct sink out = sink_of(body_buf, sizeof(body_buf));
		directory = (struct directory){
		    .argon_memory_kib = 19 * 1024, .argon_passes = 2, .argon_lanes = 1};
		if (i == 0)
			directory.argon_memory_kib = 4 * 1024 * 1024;
		if (i == 1)
			directory.argon_passes = 1000;
		if (i == 2)
			directory.argon_lanes = 0;
		directory_head(&out, &directory);
		const enum err err = directory_parse(sink_bytes(&out), &got);
		assert_int_equal(err, i == 3 ? ERR_NONE : ERR_RANGE);
	}
}

/* --- slow hashes --- */

static void pins_are_checked(void **state)
{
	(void)state;
	char encoded_pin[128], short_room[20];
	const struct bytes salt = bytes_of_text("sixteen bytes ok");

	OK(pin_hash("123456", salt, encoded_pin, sizeof(encoded_pin)));
	assert_memory_equal(encoded_pin, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	OK(pin_check("123456", encoded_pin));
	assert_int_equal(pin_check("123457", encoded_pin), ERR_DENIED);
	assert_int_equal(pin_check("", encoded_pin), ERR_DENIED);
	assert_int_equal(pin_check("123456", "123456"), ERR_FORMAT);
	assert_int_equal(
	    pin_hash("123456", salt, short_room, sizeof(short_room)), ERR_LIMIT);
}

static void identifiers_stretch_by_salt(void **state)
{
	(void)state;
	uint8_t a[STRETCH_LEN], b[STRETCH_LEN];
	const struct bytes cpf = bytes_of_text("cpf:52998224725");

	OK(stretch_identifier(cpf, bytes_of_text("sixteen bytes ok"), 64, 1, 1, a));
	OK(stretch_identifier(cpf, bytes_of_text("sixteen bytes ok"), 64, 1, 1, b));
	assert_memory_equal(a, b, STRETCH_LEN);
	OK(stretch_identifier(cpf, bytes_of_text("sixteen bytes oK"), 64, 1, 1, b));
	assert_memory_not_equal(a, b, STRETCH_LEN);
	memset(b, 0x5a, sizeof(b));
	assert_int_equal(
	    stretch_identifier(cpf, bytes_of_text("short"), 64, 1, 1, b), ERR_RANGE);
	assert_int_equal(b[7], 0x5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_round),
	    cmocka_unit_test(a_changed_bit_is_refused),
	    cmocka_unit_test(answers_are_no_letters),
	    cmocka_unit_test(letters_out_of_range_are_not_made),
	    cmocka_unit_test(trust_rounds_at_its_limit),
	    cmocka_unit_test(trust_with_bad_keys_is_refused),
	    cmocka_unit_test(the_newest_unretired_key_is_current),
	    cmocka_unit_test(members_open_with_their_identifier_only),
	    cmocka_unit_test(directories_out_of_order_are_refused),
	    cmocka_unit_test(hashing_that_a_till_could_not_do_is_refused),
	    cmocka_unit_test(pins_are_checked),
	    cmocka_unit_test(identifiers_stretch_by_salt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
