/* SPDX-License-Identifier: MIT */
#include "contract/directory.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/fields.h"

enum key { KEY_SALT = 1, KEY_ARGON2, KEY_COUNT, KEY_RECORDS };

enum argon_key { KEY_MEMORY_KIB = 1, KEY_PASSES, KEY_LANES };

enum {
	DIRECTORY_PAIRS = 4,
	ARGON_PAIRS = 3,
	ARGON_MEMORY_KIB_MAX = 256 * 1024,
	ARGON_PASSES_MAX = 16,
	ARGON_LANES_MAX = 4,
	NONCE_AT = DIRECTORY_TAG_LEN,
	SEALED_AT = DIRECTORY_TAG_LEN + AEAD_NONCE_LEN,
};

/* --- the body --- */

void directory_head(struct sink *out, const struct directory *directory)
{
	cbor_put_map(out, DIRECTORY_PAIRS);
	cbor_put_uint(out, KEY_SALT);
	cbor_put_bytes(out, bytes_of(directory->salt, DIRECTORY_SALT_LEN));
	cbor_put_uint(out, KEY_ARGON2);
	cbor_put_map(out, ARGON_PAIRS);
	cbor_put_uint(out, KEY_MEMORY_KIB);
	cbor_put_uint(out, directory->argon_memory_kib);
	cbor_put_uint(out, KEY_PASSES);
	cbor_put_uint(out, directory->argon_passes);
	cbor_put_uint(out, KEY_LANES);
	cbor_put_uint(out, directory->argon_lanes);
	cbor_put_uint(out, KEY_COUNT);
	cbor_put_uint(out, directory->count);
	cbor_put_uint(out, KEY_RECORDS);
	cbor_put_bytes_head(out, (size_t)directory->count * DIRECTORY_RECORD_LEN);
}

/* What the till will be asked to spend on one look-up is bounded here. */
static enum err get_argon(struct cursor *in, struct directory *directory)
{
	uint64_t value[ARGON_PAIRS] = {0};
	static const uint64_t max[ARGON_PAIRS] = {
	    ARGON_MEMORY_KIB_MAX, ARGON_PASSES_MAX, ARGON_LANES_MAX};
	struct cbor_map map;

	if (cbor_map_open(&map, in, ARGON_PAIRS) != ERR_NONE)
		return ERR_FORMAT;
	for (int i = 0; i < ARGON_PAIRS; i++) {
		if (!cbor_map_find(&map, KEY_MEMORY_KIB + i))
			return ERR_FORMAT;
		const enum err err = cbor_get_uint(in, max[i], &value[i]);
		if (err != ERR_NONE || value[i] == 0)
			return err == ERR_NONE ? ERR_RANGE : err;
	}
	directory->argon_memory_kib = (uint32_t)value[0];
	directory->argon_passes = (uint32_t)value[1];
	directory->argon_lanes = (uint32_t)value[2];
	return cbor_map_close(&map);
}

static bool records_sorted(struct bytes records)
{
	for (size_t at = DIRECTORY_RECORD_LEN; at < records.len;
	     at += DIRECTORY_RECORD_LEN)
		if (memcmp(records.at + at - DIRECTORY_RECORD_LEN, records.at + at,
			DIRECTORY_TAG_LEN) >= 0)
			return false;
	return true;
}

enum err directory_parse(struct bytes body, struct directory *ret_directory)
{
	struct directory directory = {0};
	struct fields_in fields;

	fields_open(&fields, body, DIRECTORY_PAIRS);
	fields_must_fixed(&fields, KEY_SALT, directory.salt, DIRECTORY_SALT_LEN);
	fields_refuse_if(&fields, !fields_find(&fields, KEY_ARGON2));
	if (fields.err == ERR_NONE)
		fields.err = get_argon(&fields.in, &directory);
	fields_refuse_if(&fields, !fields_find(&fields, KEY_COUNT));
	if (fields.err == ERR_NONE)
		fields.err = cbor_get_uint(
		    &fields.in, LETTER_FILE_MAX / DIRECTORY_RECORD_LEN, &directory.count);
	directory.records = fields_must_bytes(&fields, KEY_RECORDS);
	const enum err err = fields_close(&fields);
	if (err != ERR_NONE)
		return err;
	if (directory.records.len != directory.count * DIRECTORY_RECORD_LEN ||
	    !records_sorted(directory.records))
		return ERR_FORMAT;
	*ret_directory = directory;
	return ERR_NONE;
}

enum err directory_find(const struct directory *directory,
    const uint8_t tag[DIRECTORY_TAG_LEN], const uint8_t **ret_record)
{
	size_t low = 0;
	size_t high = (size_t)directory->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const uint8_t *record =
		    directory->records.at + middle * DIRECTORY_RECORD_LEN;
		const int order = memcmp(record, tag, DIRECTORY_TAG_LEN);
		if (order == 0) {
			*ret_record = record;
			return ERR_NONE;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return ERR_NOT_FOUND;
}

/* --- one record --- */

enum err directory_key_from(const struct crypto *crypto,
    const uint8_t salt[DIRECTORY_SALT_LEN], struct bytes identifier_or_stretched,
    struct directory_key *ret_key)
{
	uint8_t secret[DIRECTORY_TAG_LEN + AEAD_KEY_LEN];
	const enum err err =
	    crypto->hkdf(identifier_or_stretched, bytes_of(salt, DIRECTORY_SALT_LEN),
		bytes_of_text("balcao directory 1"), secret, sizeof(secret));

	if (err == ERR_NONE) {
		memcpy(ret_key->tag, secret, DIRECTORY_TAG_LEN);
		memcpy(ret_key->key, secret + DIRECTORY_TAG_LEN, AEAD_KEY_LEN);
	}
	explicit_bzero(secret, sizeof(secret));
	return err;
}

/* CBOR [first name, segment as a number, tier, balance, day], then zeros, so
 * that every record has one length. */
static enum err entry_encode(
    const struct directory_entry *entry, uint8_t plain[DIRECTORY_PLAIN_LEN])
{
	struct sink out = sink_of(plain, DIRECTORY_PLAIN_LEN);

	if (entry->segment != 0 && (entry->segment < 'A' || entry->segment > 'Z'))
		return ERR_RANGE;
	memset(plain, 0, DIRECTORY_PLAIN_LEN);
	cbor_put_array(&out, 5);
	cbor_put_text(&out, entry->first_name);
	cbor_put_uint(
	    &out, entry->segment == 0 ? 0 : (unsigned)(entry->segment - 'A') + 1u);
	cbor_put_text(&out, entry->tier);
	cbor_put_int(&out, entry->balance);
	cbor_put_uint(&out, entry->balance_day);
	return out.over ? ERR_LIMIT : ERR_NONE;
}

static enum err entry_decode(
    const uint8_t plain[DIRECTORY_PLAIN_LEN], struct directory_entry *entry)
{
	struct cursor in = cursor_of(bytes_of(plain, DIRECTORY_PLAIN_LEN));
	uint64_t segment = 0;
	uint64_t day = 0;
	size_t count = 0;

	if (cbor_get_array(&in, 5, &count) != ERR_NONE || count != 5 ||
	    cbor_get_text_copy(&in, entry->first_name, sizeof(entry->first_name)) !=
		ERR_NONE ||
	    cbor_get_uint(&in, 'Z' - 'A' + 1, &segment) != ERR_NONE ||
	    cbor_get_text_copy(&in, entry->tier, sizeof(entry->tier)) != ERR_NONE ||
	    cbor_get_int(&in, &entry->balance) != ERR_NONE ||
	    cbor_get_uint(&in, UINT32_MAX, &day) != ERR_NONE)
		return ERR_FORMAT;
	for (size_t i = 0; i < in.left; i++)
		if (in.at[i] != 0)
			return ERR_FORMAT;
	entry->segment = (char)(segment == 0 ? 0 : 'A' + segment - 1);
	entry->balance_day = (uint32_t)day;
	return ERR_NONE;
}

enum err directory_seal(const struct crypto *crypto, const struct directory_key *key,
    const struct directory_entry *entry, uint8_t ret_record[DIRECTORY_RECORD_LEN])
{
	uint8_t plain[DIRECTORY_PLAIN_LEN];
	uint8_t record[DIRECTORY_RECORD_LEN];
	enum err err = entry_encode(entry, plain);

	memcpy(record, key->tag, DIRECTORY_TAG_LEN);
	if (err == ERR_NONE)
		err = crypto->random(record + NONCE_AT, AEAD_NONCE_LEN);
	if (err == ERR_NONE)
		err = crypto->seal(key->key, record + NONCE_AT,
		    bytes_of(key->tag, DIRECTORY_TAG_LEN), bytes_of(plain, sizeof(plain)),
		    record + SEALED_AT);
	if (err == ERR_NONE)
		memcpy(ret_record, record, sizeof(record));
	explicit_bzero(plain, sizeof(plain));
	return err;
}

enum err directory_open(const struct crypto *crypto, const struct directory_key *key,
    const uint8_t record[DIRECTORY_RECORD_LEN], struct directory_entry *ret_entry)
{
	uint8_t plain[DIRECTORY_PLAIN_LEN] = {0};
	struct directory_entry entry = {0};
	enum err err = crypto->open(key->key, record + NONCE_AT,
	    bytes_of(key->tag, DIRECTORY_TAG_LEN),
	    bytes_of(record + SEALED_AT, DIRECTORY_RECORD_LEN - SEALED_AT), plain);

	if (err == ERR_NONE)
		err = entry_decode(plain, &entry);
	if (err == ERR_NONE)
		*ret_entry = entry;
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(&entry, sizeof(entry));
	return err;
}
