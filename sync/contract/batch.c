/* SPDX-License-Identifier: MIT */
#include "contract/batch.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/fields.h"
#include "contract/session.h"

enum key {
	KEY_VERSION = 0,
	KEY_TERMINAL = 1,
	KEY_EPOCH = 2,
	KEY_MARK = 3,
	KEY_NUMBER = 4,
	KEY_FIRST_SEQ = 5,
	KEY_COUNT = 6,
	KEY_HEAD_BEFORE = 7,
	KEY_HEAD_AFTER = 8,
	KEY_LAST_RECEIPT = 9,
	KEY_BODY_HASH = 10,
	KEY_WALL_MS = 11,
	KEY_MONO_MS = 12,
	KEY_BOOT_ID = 13,
	KEY_CLOCK = 14,
	KEY_SOFTWARE = 15,
	KEYS = 16,
};

enum { BATCH_VERSION = 1 };

/* --- header --- */

static enum err header_check(const struct batch_header *header)
{
	const bool fits = header->count > 0 && header->count <= BATCH_EVENTS_MAX &&
			  header->first_seq > 0 &&
			  header->first_seq <= UINT64_MAX - header->count;

	if (!text_is_name(header->terminal, TERMINAL_LEN_MAX) ||
	    header->epoch.number == 0 || header->number == 0 || !fits)
		return ERR_RANGE;
	if (header->clock != CLOCK_UNSURE && header->clock != CLOCK_SURE)
		return ERR_RANGE;
	if (header->software[0] != '\0' &&
	    !text_is_name(header->software, SOFTWARE_LEN_MAX))
		return ERR_RANGE;
	return ERR_NONE;
}

static void put_header(struct fields_out *fields, const struct batch_header *header)
{
	fields_put_uint(fields, KEY_VERSION, BATCH_VERSION);
	fields_put_text(fields, KEY_TERMINAL, header->terminal);
	fields_put_uint(fields, KEY_EPOCH, header->epoch.number);
	fields_put_bytes(fields, KEY_MARK, bytes_of(header->epoch.mark, EPOCH_MARK_LEN));
	fields_put_uint(fields, KEY_NUMBER, header->number);
	fields_put_uint(fields, KEY_FIRST_SEQ, header->first_seq);
	fields_put_uint(fields, KEY_COUNT, header->count);
	fields_put_bytes(
	    fields, KEY_HEAD_BEFORE, bytes_of(header->head_before, HASH_LEN));
	fields_put_bytes(fields, KEY_HEAD_AFTER, bytes_of(header->head_after, HASH_LEN));
	fields_put_hash(fields, KEY_LAST_RECEIPT, header->last_receipt);
	fields_put_bytes(fields, KEY_BODY_HASH, bytes_of(header->body_hash, HASH_LEN));
	fields_put_int(fields, KEY_WALL_MS, header->wall_ms);
	fields_put_int(fields, KEY_MONO_MS, header->mono_ms);
	fields_put_bytes(fields, KEY_BOOT_ID, bytes_of(header->boot_id, BOOT_ID_LEN));
	fields_put_uint(fields, KEY_CLOCK, (uint64_t)header->clock);
	fields_put_text(fields, KEY_SOFTWARE, header->software);
}

static enum err header_parse(struct bytes payload, struct batch_header *ret_header)
{
	struct batch_header header = {0};
	struct fields_in fields;

	fields_open(&fields, payload, KEYS);
	fields_refuse_if(
	    &fields, fields_uint(&fields, KEY_VERSION, UINT64_MAX) != BATCH_VERSION);
	fields_text(&fields, KEY_TERMINAL, header.terminal, sizeof(header.terminal));
	header.epoch.number = (uint32_t)fields_uint(&fields, KEY_EPOCH, UINT32_MAX);
	fields_must_fixed(&fields, KEY_MARK, header.epoch.mark, EPOCH_MARK_LEN);
	header.number = fields_uint(&fields, KEY_NUMBER, UINT64_MAX);
	header.first_seq = fields_uint(&fields, KEY_FIRST_SEQ, UINT64_MAX);
	header.count = fields_uint(&fields, KEY_COUNT, BATCH_EVENTS_MAX);
	fields_must_fixed(&fields, KEY_HEAD_BEFORE, header.head_before, HASH_LEN);
	fields_must_fixed(&fields, KEY_HEAD_AFTER, header.head_after, HASH_LEN);
	fields_hash(&fields, KEY_LAST_RECEIPT, header.last_receipt);
	fields_must_fixed(&fields, KEY_BODY_HASH, header.body_hash, HASH_LEN);
	header.wall_ms = fields_int(&fields, KEY_WALL_MS);
	header.mono_ms = fields_int(&fields, KEY_MONO_MS);
	fields_must_fixed(&fields, KEY_BOOT_ID, header.boot_id, BOOT_ID_LEN);
	header.clock = (enum clock_state)fields_uint(&fields, KEY_CLOCK, CLOCK_SURE);
	fields_text(&fields, KEY_SOFTWARE, header.software, sizeof(header.software));
	enum err err = fields_close(&fields);
	if (err == ERR_NONE)
		err = header_check(&header);
	if (err == ERR_NONE)
		*ret_header = header;
	return err;
}

/* --- file --- */

enum err batch_encode(const struct crypto *crypto, const struct signer *signer,
    struct batch_header *header, struct bytes body, struct sink *out,
    uint8_t ret_hash[HASH_LEN])
{
	uint8_t buf[BATCH_HEADER_MAX];
	struct sink payload = sink_of(buf, sizeof(buf));
	struct fields_out counting = {0};
	struct fields_out writing = {.out = &payload};

	if (header_check(header) != ERR_NONE)
		return ERR_RANGE;
	enum err err = crypto->sha256(&body, 1, header->body_hash);
	if (err != ERR_NONE)
		return err;
	put_header(&counting, header);
	cbor_put_map(&payload, counting.count);
	put_header(&writing, header);
	assert(!payload.over);
	const size_t from = out->len;
	cbor_put_array(out, 2);
	err = cose_sign(crypto, signer, COSE_BATCH, sink_bytes(&payload), out, ret_hash);
	if (err != ERR_NONE)
		return err;
	cbor_put_bytes(out, body);
	return out->over || out->len - from > BATCH_FILE_MAX ? ERR_LIMIT : ERR_NONE;
}

enum err batch_parse(struct bytes file, struct batch_file *ret_file)
{
	struct cursor in = cursor_of(file);
	struct batch_file batch = {0};
	size_t count = 0;

	if (file.len > BATCH_FILE_MAX)
		return ERR_LIMIT;
	if (cbor_get_array(&in, 2, &count) != ERR_NONE || count != 2 ||
	    cose_parse(&in, &batch.sign1) != ERR_NONE ||
	    cbor_get_bytes(&in, &batch.body) != ERR_NONE || in.left > 0)
		return ERR_FORMAT;
	if (batch.sign1.type != COSE_BATCH || batch.sign1.payload.len > BATCH_HEADER_MAX)
		return ERR_FORMAT;
	const enum err err = header_parse(batch.sign1.payload, &batch.header);
	if (err == ERR_NONE)
		*ret_file = batch;
	return err;
}

enum err batch_verify(const struct crypto *crypto, const struct batch_file *file,
    const uint8_t key[PUBLIC_KEY_LEN], uint8_t ret_hash[HASH_LEN])
{
	uint8_t body_hash[HASH_LEN];
	uint8_t digest[HASH_LEN];
	enum err err = cose_verify(crypto, &file->sign1, key, digest);

	if (err == ERR_NONE)
		err = crypto->sha256(&file->body, 1, body_hash);
	if (err != ERR_NONE)
		return err;
	if (memcmp(body_hash, file->header.body_hash, HASH_LEN) != 0)
		return ERR_CORRUPT;
	memcpy(ret_hash, digest, HASH_LEN);
	return ERR_NONE;
}

/* --- body --- */

void batch_body_head(struct sink *out, const struct bytes *recipients,
    size_t recipient_count, size_t event_count)
{
	cbor_put_array(out, 2);
	cbor_put_array(out, recipient_count);
	for (size_t i = 0; i < recipient_count; i++)
		cbor_put_bytes(out, recipients[i]);
	cbor_put_array(out, event_count);
}

void batch_body_event(struct sink *out, struct bytes event)
{
	cbor_put_bytes(out, event);
}

static enum err next_string(struct cursor *in, size_t len_max, struct bytes *ret_value)
{
	struct cursor ahead = *in;
	struct bytes value;

	if (cbor_get_bytes(&ahead, &value) != ERR_NONE || value.len == 0)
		return ERR_FORMAT;
	if (value.len > len_max)
		return ERR_LIMIT;
	*in = ahead;
	*ret_value = value;
	return ERR_NONE;
}

enum err batch_body_parse(struct bytes body, struct batch_body *ret_body)
{
	struct cursor in = cursor_of(body);
	struct batch_body parsed = {0};
	struct bytes event;
	size_t count = 0;

	if (body.len > BATCH_BODY_MAX)
		return ERR_LIMIT;
	if (cbor_get_array(&in, 2, &count) != ERR_NONE || count != 2)
		return ERR_FORMAT;
	enum err err = cbor_get_array(&in, BATCH_SESSIONS_MAX, &parsed.recipient_count);
	for (size_t i = 0; err == ERR_NONE && i < parsed.recipient_count; i++)
		err = next_string(&in, SESSION_RECIPIENT_MAX, &parsed.recipient[i]);
	if (err == ERR_NONE)
		err = cbor_get_array(&in, BATCH_EVENTS_MAX, &parsed.event_count);
	/* Walked here once, so that a body is good as a whole or not at all. */
	parsed.events = in;
	for (size_t i = 0; err == ERR_NONE && i < parsed.event_count; i++)
		err = next_string(&in, EVENT_BYTES_MAX, &event);
	if (err == ERR_NONE && in.left > 0)
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		*ret_body = parsed;
	return err;
}

enum err batch_body_next(struct batch_body *body, struct bytes *ret_event)
{
	if (body->events.left == 0)
		return ERR_NOT_FOUND;
	return next_string(&body->events, EVENT_BYTES_MAX, ret_event);
}
