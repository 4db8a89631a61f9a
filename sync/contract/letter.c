/* SPDX-License-Identifier: MIT */
#include "contract/letter.h"

#include <string.h>

#include "base/banned.h"
#include "contract/fields.h"

/* --- the envelope --- */

enum key { KEY_VERSION = 1, KEY_ISSUED, KEY_EXPIRES, KEY_STORE, KEY_BODY };

enum { LETTER_PAIRS = 5 };

static const char *const name_of_kind[COSE_TYPE_COUNT_] = {
    [COSE_PROGRAMME] = "programme",
    [COSE_DIRECTORY] = "directory",
    [COSE_TRUST] = "trust",
    [COSE_STANDINGS] = "standings",
    [COSE_ALERTS] = "alerts",
};

const char *letter_name(enum cose_type kind)
{
	return kind > COSE_NONE && kind < COSE_TYPE_COUNT_ ? name_of_kind[kind] : NULL;
}

enum cose_type letter_kind(const char *name)
{
	for (int i = COSE_NONE + 1; i < COSE_TYPE_COUNT_; i++)
		if (name_of_kind[i] != NULL && strcmp(name_of_kind[i], name) == 0)
			return (enum cose_type)i;
	return COSE_NONE;
}

static enum err letter_check(const struct letter *letter)
{
	if (letter_name(letter->kind) == NULL || letter->version == 0)
		return ERR_RANGE;
	if (letter->issued_ms < 0 || letter->expires_ms < letter->issued_ms)
		return ERR_RANGE;
	if (letter->store[0] != '\0' && !text_is_name(letter->store, STORE_LEN_MAX))
		return ERR_RANGE;
	return ERR_NONE;
}

enum err letter_encode(const struct crypto *crypto, const struct signer *signer,
    const struct letter *letter, struct sink *out, struct sink *scratch)
{
	const size_t from = scratch->len;
	const size_t start = out->len;

	if (letter_check(letter) != ERR_NONE)
		return ERR_RANGE;
	cbor_put_map(scratch, LETTER_PAIRS);
	cbor_put_uint(scratch, KEY_VERSION);
	cbor_put_uint(scratch, letter->version);
	cbor_put_uint(scratch, KEY_ISSUED);
	cbor_put_int(scratch, letter->issued_ms);
	cbor_put_uint(scratch, KEY_EXPIRES);
	cbor_put_int(scratch, letter->expires_ms);
	cbor_put_uint(scratch, KEY_STORE);
	cbor_put_text(scratch, letter->store);
	cbor_put_uint(scratch, KEY_BODY);
	cbor_put_bytes(scratch, letter->body);
	if (scratch->over)
		return ERR_LIMIT;
	const struct bytes payload = bytes_of(scratch->buf + from, scratch->len - from);
	const enum err err = cose_sign(crypto, signer, letter->kind, payload, out, NULL);
	if (err != ERR_NONE)
		return err;
	return out->len - start > LETTER_FILE_MAX ? ERR_LIMIT : ERR_NONE;
}

static enum err letter_fields(struct bytes payload, struct letter *letter)
{
	struct fields_in fields;

	fields_open(&fields, payload, LETTER_PAIRS);
	letter->version = fields_uint(&fields, KEY_VERSION, UINT64_MAX);
	letter->issued_ms = fields_must_int(&fields, KEY_ISSUED);
	letter->expires_ms = fields_must_int(&fields, KEY_EXPIRES);
	fields_refuse_if(&fields, !fields_find(&fields, KEY_STORE));
	if (fields.err == ERR_NONE)
		fields.err =
		    cbor_get_text_copy(&fields.in, letter->store, sizeof(letter->store));
	letter->body = fields_must_bytes(&fields, KEY_BODY);
	return fields_close(&fields);
}

enum err letter_parse(
    struct bytes file, struct cose_sign1 *ret_message, struct letter *ret_letter)
{
	struct cursor in = cursor_of(file);
	struct cose_sign1 message = {0};
	struct letter letter = {0};

	if (file.len > LETTER_FILE_MAX)
		return ERR_LIMIT;
	if (cose_parse(&in, &message) != ERR_NONE || in.left > 0)
		return ERR_FORMAT;
	letter.kind = message.type;
	enum err err = letter_fields(message.payload, &letter);
	if (err == ERR_NONE)
		err = letter_check(&letter);
	if (err != ERR_NONE)
		return err;
	*ret_message = message;
	*ret_letter = letter;
	return ERR_NONE;
}

/* --- trust --- */

enum { SEC1_UNCOMPRESSED = 0x04 };

/* A point is named by its first byte (SEC 1 2.3.3); whether it lies on the
 * curve is checked by who computes with it. */
static bool is_point(const uint8_t key[PUBLIC_KEY_LEN])
{
	return key[0] == SEC1_UNCOMPRESSED;
}

static enum err trust_check(const struct trust *trust)
{
	if (!is_point(trust->ca) || trust->key_count > TRUST_KEYS_MAX)
		return ERR_RANGE;
	for (size_t i = 0; i < trust->key_count; i++) {
		const struct trust_key *key = &trust->key[i];
		if (key->use != TRUST_SIGN && key->use != TRUST_SEAL)
			return ERR_RANGE;
		if (!is_point(key->key))
			return ERR_RANGE;
		for (size_t k = 0; k < i; k++)
			if (trust->key[k].use == key->use &&
			    memcmp(trust->key[k].key_id, key->key_id, KEY_ID_LEN) == 0)
				return ERR_RANGE;
	}
	return ERR_NONE;
}

enum err trust_encode(const struct trust *trust, struct sink *out)
{
	if (trust_check(trust) != ERR_NONE)
		return ERR_RANGE;
	cbor_put_array(out, 2);
	cbor_put_bytes(out, bytes_of(trust->ca, PUBLIC_KEY_LEN));
	cbor_put_array(out, trust->key_count);
	for (size_t i = 0; i < trust->key_count; i++) {
		const struct trust_key *key = &trust->key[i];
		cbor_put_array(out, 5);
		cbor_put_uint(out, (uint64_t)key->use);
		cbor_put_bool(out, key->retired);
		cbor_put_int(out, key->from_ms);
		cbor_put_bytes(out, bytes_of(key->key_id, KEY_ID_LEN));
		cbor_put_bytes(out, bytes_of(key->key, PUBLIC_KEY_LEN));
	}
	return out->over ? ERR_LIMIT : ERR_NONE;
}

static enum err get_trust_key(struct cursor *in, struct trust_key *key)
{
	uint64_t use = 0;
	size_t count = 0;

	if (cbor_get_array(in, 5, &count) != ERR_NONE || count != 5 ||
	    cbor_get_uint(in, TRUST_SEAL, &use) != ERR_NONE ||
	    cbor_get_bool(in, &key->retired) != ERR_NONE ||
	    cbor_get_int(in, &key->from_ms) != ERR_NONE ||
	    cbor_get_fixed(in, key->key_id, KEY_ID_LEN) != ERR_NONE ||
	    cbor_get_fixed(in, key->key, PUBLIC_KEY_LEN) != ERR_NONE)
		return ERR_FORMAT;
	key->use = (enum trust_use)use;
	return ERR_NONE;
}

enum err trust_decode(struct bytes body, struct trust *ret_trust)
{
	struct cursor in = cursor_of(body);
	struct trust trust = {0};
	size_t count = 0;

	if (cbor_get_array(&in, 2, &count) != ERR_NONE || count != 2 ||
	    cbor_get_fixed(&in, trust.ca, PUBLIC_KEY_LEN) != ERR_NONE ||
	    cbor_get_array(&in, TRUST_KEYS_MAX, &trust.key_count) != ERR_NONE)
		return ERR_FORMAT;
	for (size_t i = 0; i < trust.key_count; i++)
		if (get_trust_key(&in, &trust.key[i]) != ERR_NONE)
			return ERR_FORMAT;
	if (in.left > 0)
		return ERR_FORMAT;
	const enum err err = trust_check(&trust);
	if (err == ERR_NONE)
		*ret_trust = trust;
	return err;
}

const struct trust_key *trust_find(
    const struct trust *trust, enum trust_use use, const uint8_t key_id[KEY_ID_LEN])
{
	for (size_t i = 0; i < trust->key_count; i++)
		if (trust->key[i].use == use &&
		    memcmp(trust->key[i].key_id, key_id, KEY_ID_LEN) == 0)
			return &trust->key[i];
	return NULL;
}

const struct trust_key *trust_current(const struct trust *trust, enum trust_use use)
{
	const struct trust_key *newest = NULL;

	for (size_t i = 0; i < trust->key_count; i++) {
		const struct trust_key *key = &trust->key[i];
		if (key->use == use && !key->retired &&
		    (newest == NULL || key->from_ms > newest->from_ms))
			newest = key;
	}
	return newest;
}
