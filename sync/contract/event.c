/* SPDX-License-Identifier: MIT */
#include "contract/event.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/banned.h"
#include "contract/crypto.h"
#include "contract/fields.h"

/*
 * Keys of the event map, in the order of the bytes. First what stays the same
 * from event to event, then what is new in each: a compressor then makes one
 * match of nearly all of the former. For the same
 * reason the wall time travels as mono_ms and the difference to it, which only
 * changes when the clock is set. Zero and empty fields are left out; the blob,
 * or the hash that stands for it, is the last pair.
 */
enum key {
	KEY_VERSION = 0,
	KEY_TERMINAL = 1,
	KEY_EPOCH = 2,
	KEY_MARK = 3,
	KEY_TRAINING = 4,
	KEY_CLOCK = 5,
	KEY_UTC_OFFSET = 6,
	KEY_ZONE = 7,
	KEY_BOOT_ID = 8,
	KEY_WALL_LESS_MONO = 9,
	KEY_PROGRAMME = 10,
	KEY_DIRECTORY = 11,
	KEY_BUSINESS_DAY = 12,
	KEY_CLERK = 13,
	KEY_SEQ = 14,
	KEY_ID = 15,
	KEY_MONO = 16,
	KEY_TYPE = 17,
	KEY_MEMBER = 18,
	KEY_SEGMENT = 19,
	KEY_OPERATOR = 20,
	KEY_AMOUNT = 21, /* left out with lines: their sum */
	KEY_LINES = 22,
	KEY_POINTS = 23,
	KEY_DETAIL = 24,
	KEY_OF = 25,
	KEY_BEFORE = 26,
	KEY_BLOB = 27,
	KEY_BLOB_HASH = 28,
	KEY_COUNT = 29,
};

enum {
	EVENT_VERSION = 1,
	GTIN_LEN = 14,
	QUANTITY_ONE_MILLI = 1000,
	CONTENT_BYTES_MAX = EVENT_LINES_MAX * (PRODUCT_LEN_MAX + 18) + 256,
};

static const uint64_t gtin_max = UINT64_C(99999999999999);

/* --- encoding --- */

/* A GTIN as its number: 14 digits, and nothing else, are a number here. */
static void put_product(struct sink *out, const char *code)
{
	uint64_t gtin = 0;

	if (strlen(code) == GTIN_LEN && decimal_u64(code, gtin_max, &gtin) == ERR_NONE)
		cbor_put_uint(out, gtin);
	else
		cbor_put_text(out, code);
}

/* [product, cents] of one piece or kilogram, else [product, cents, milli]. */
static void put_lines(struct sink *out, const struct event *event)
{
	cbor_put_array(out, event->line_count);
	for (size_t i = 0; i < event->line_count; i++) {
		const struct event_line *line = &event->line[i];
		const bool one = line->quantity_milli == QUANTITY_ONE_MILLI;
		cbor_put_array(out, one ? 2 : 3);
		put_product(out, line->product);
		cbor_put_int(out, line->amount_cents);
		if (!one)
			cbor_put_uint(out, line->quantity_milli);
	}
}

/* By earner, without the zeros at the end. */
static void put_points(struct sink *out, const int64_t points[EARNER_COUNT], size_t count)
{
	cbor_put_array(out, count);
	for (size_t i = 0; i < count; i++)
		cbor_put_int(out, points[i]);
}

static size_t points_count(const int64_t points[EARNER_COUNT])
{
	size_t count = EARNER_COUNT;

	while (count > 0 && points[count - 1] == 0)
		count--;
	return count;
}

/* [id] of this terminal's, else [id, terminal]. */
static void put_reference(struct sink *out, const struct event *event)
{
	const bool own = strcmp(event->reference.terminal, event->terminal) == 0;

	cbor_put_array(out, own ? 1 : 2);
	cbor_put_bytes(out, bytes_of(event->reference.id, EVENT_ID_LEN));
	if (!own)
		cbor_put_text(out, event->reference.terminal);
}

static void put_before(struct sink *out, const struct epoch_end *before)
{
	cbor_put_array(out, 6);
	cbor_put_uint(out, before->epoch.number);
	cbor_put_bytes(out, bytes_of(before->epoch.mark, EPOCH_MARK_LEN));
	cbor_put_uint(out, before->receipted_seq);
	cbor_put_bytes(out, bytes_of(before->head, HASH_LEN));
	cbor_put_uint(out, before->pruned_first);
	cbor_put_uint(out, before->pruned_last);
}

static void put_where(struct fields_out *fields, const struct event *event)
{
	fields_put_uint(fields, KEY_VERSION, EVENT_VERSION);
	fields_put_text(fields, KEY_TERMINAL, event->terminal);
	fields_put_uint(fields, KEY_EPOCH, event->epoch.number);
	fields_put_bytes(fields, KEY_MARK, bytes_of(event->epoch.mark, EPOCH_MARK_LEN));
	if (fields_put(fields, KEY_TRAINING, event->training))
		cbor_put_bool(fields->out, true);
	fields_put_uint(fields, KEY_CLOCK, (uint64_t)event->clock);
	fields_put_int(fields, KEY_UTC_OFFSET, event->utc_offset_min);
	fields_put_text(fields, KEY_ZONE, event->zone);
	fields_put_bytes(fields, KEY_BOOT_ID, bytes_of(event->boot_id, BOOT_ID_LEN));
	if (fields_put(fields, KEY_WALL_LESS_MONO, true))
		cbor_put_int(fields->out, event->wall_ms - event->mono_ms);
	fields_put_uint(fields, KEY_PROGRAMME, event->programme_version);
	fields_put_uint(fields, KEY_DIRECTORY, event->directory_version);
	fields_put_uint(fields, KEY_BUSINESS_DAY, event->business_day);
}

static void put_what(struct fields_out *fields, const struct event *event)
{
	const size_t earners = points_count(event->points);

	fields_put_text(fields, KEY_CLERK, event->clerk);
	fields_put_uint(fields, KEY_SEQ, event->seq);
	fields_put_bytes(fields, KEY_ID, bytes_of(event->id, EVENT_ID_LEN));
	if (fields_put(fields, KEY_MONO, true))
		cbor_put_int(fields->out, event->mono_ms);
	fields_put_uint(fields, KEY_TYPE, (uint64_t)event->type);
	fields_put_uint(fields, KEY_MEMBER, (uint64_t)event->member);
	if (fields_put(fields, KEY_SEGMENT, event->segment != 0))
		cbor_put_uint(fields->out, (unsigned)(event->segment - 'A') + 1u);
	fields_put_text(fields, KEY_OPERATOR, event->operator_name);
	if (event->line_count == 0)
		fields_put_int(fields, KEY_AMOUNT, event->amount_cents);
	else if (fields_put(fields, KEY_LINES, true))
		put_lines(fields->out, event);
	if (fields_put(fields, KEY_POINTS, earners > 0))
		put_points(fields->out, event->points, earners);
	fields_put_text(fields, KEY_DETAIL, event->detail);
	if (fields_put(fields, KEY_OF, event->reference.terminal[0] != '\0'))
		put_reference(fields->out, event);
	if (fields_put(fields, KEY_BEFORE, event->before.epoch.number != 0))
		put_before(fields->out, &event->before);
	fields_put_bytes(fields, KEY_BLOB, event->blob);
	fields_put_bytes(fields, KEY_BLOB_HASH,
	    bytes_of(event->blob_hash, event->erased ? HASH_LEN : 0));
}

enum err event_encode(const struct event *event, struct sink *out)
{
	struct fields_out counting = {0};
	struct fields_out writing = {.out = out};
	const size_t from = out->len;

	if (event_check(event, NULL) != ERR_NONE)
		return ERR_RANGE;
	put_where(&counting, event);
	put_what(&counting, event);
	cbor_put_map(out, counting.count);
	put_where(&writing, event);
	put_what(&writing, event);
	assert(writing.count == counting.count);
	return out->over || out->len - from > EVENT_BYTES_MAX ? ERR_LIMIT : ERR_NONE;
}

/* --- decoding --- */

static enum err get_product(struct cursor *in, char out[PRODUCT_LEN_MAX + 1])
{
	uint64_t gtin = 0;

	if (cbor_get_uint(in, gtin_max, &gtin) == ERR_NONE) {
		for (size_t i = GTIN_LEN; i > 0; i--) {
			out[i - 1] = (char)('0' + gtin % 10);
			gtin /= 10;
		}
		out[GTIN_LEN] = '\0';
		return ERR_NONE;
	}
	const enum err err = cbor_get_text_copy(in, out, PRODUCT_LEN_MAX + 1);
	if (err != ERR_NONE)
		return err;
	/* 14 digits have their own form. */
	const bool number =
	    strlen(out) == GTIN_LEN && decimal_u64(out, gtin_max, &gtin) == ERR_NONE;
	return number ? ERR_FORMAT : ERR_NONE;
}

static enum err get_line(struct cursor *in, struct event_line *line)
{
	uint64_t quantity_milli = QUANTITY_ONE_MILLI;
	uint64_t amount_cents = 0;
	size_t count = 0;
	enum err err = cbor_get_array(in, 3, &count);

	*line = (struct event_line){0};
	if (err == ERR_NONE && count < 2)
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		err = get_product(in, line->product);
	if (err == ERR_NONE)
		err = cbor_get_uint(in, AMOUNT_CENTS_MAX, &amount_cents);
	if (err == ERR_NONE && count == 3) {
		err = cbor_get_uint(in, QUANTITY_MILLI_MAX, &quantity_milli);
		if (err == ERR_NONE && quantity_milli == QUANTITY_ONE_MILLI)
			err = ERR_FORMAT;
	}
	line->amount_cents = (int64_t)amount_cents;
	line->quantity_milli = (uint32_t)quantity_milli;
	return err;
}

static void take_lines(struct fields_in *fields, struct event *event)
{
	int64_t sum = 0;

	if (!fields_find(fields, KEY_LINES))
		return;
	fields->err = cbor_get_array(&fields->in, EVENT_LINES_MAX, &event->line_count);
	fields_refuse_if(fields, event->line_count == 0 || event->amount_cents != 0);
	for (size_t i = 0; fields->err == ERR_NONE && i < event->line_count; i++) {
		fields->err = get_line(&fields->in, &event->line[i]);
		sum += event->line[i].amount_cents;
	}
	event->amount_cents = event->type == EVENT_RETURN ? -sum : sum;
}

static void take_points(struct fields_in *fields, int64_t points[EARNER_COUNT])
{
	size_t count = 0;

	if (!fields_find(fields, KEY_POINTS))
		return;
	fields->err = cbor_get_array(&fields->in, EARNER_COUNT, &count);
	for (size_t i = 0; fields->err == ERR_NONE && i < count; i++)
		fields->err = cbor_get_int(&fields->in, &points[i]);
	fields_refuse_if(fields, count == 0 || points[count - 1] == 0);
}

static void take_reference(struct fields_in *fields, struct event *event)
{
	struct event_ref *reference = &event->reference;
	size_t count = 0;

	if (!fields_find(fields, KEY_OF))
		return;
	fields->err = cbor_get_array(&fields->in, 2, &count);
	fields_refuse_if(fields, count == 0);
	if (fields->err == ERR_NONE)
		fields->err = cbor_get_fixed(&fields->in, reference->id, EVENT_ID_LEN);
	memcpy(reference->terminal, event->terminal, sizeof(reference->terminal));
	if (fields->err != ERR_NONE || count == 1)
		return;
	fields->err = cbor_get_text_copy(
	    &fields->in, reference->terminal, sizeof(reference->terminal));
	fields_refuse_if(fields, reference->terminal[0] == '\0' ||
				     strcmp(reference->terminal, event->terminal) == 0);
}

static enum err get_before(struct cursor *in, struct epoch_end *before)
{
	uint64_t number = 0;
	size_t count = 0;
	enum err err = cbor_get_array(in, 6, &count);

	if (err == ERR_NONE && count != 6)
		err = ERR_FORMAT;
	if (err == ERR_NONE)
		err = cbor_get_uint(in, UINT32_MAX, &number);
	if (err == ERR_NONE)
		err = cbor_get_fixed(in, before->epoch.mark, EPOCH_MARK_LEN);
	if (err == ERR_NONE)
		err = cbor_get_uint(in, UINT64_MAX, &before->receipted_seq);
	if (err == ERR_NONE)
		err = cbor_get_fixed(in, before->head, HASH_LEN);
	if (err == ERR_NONE)
		err = cbor_get_uint(in, UINT64_MAX, &before->pruned_first);
	if (err == ERR_NONE)
		err = cbor_get_uint(in, UINT64_MAX, &before->pruned_last);
	before->epoch.number = (uint32_t)number;
	return err == ERR_NONE && number == 0 ? ERR_FORMAT : err;
}

static void take_where(struct fields_in *fields, struct event *event)
{
	fields_refuse_if(
	    fields, fields_uint(fields, KEY_VERSION, UINT64_MAX) != EVENT_VERSION);
	fields_text(fields, KEY_TERMINAL, event->terminal, sizeof(event->terminal));
	event->epoch.number = (uint32_t)fields_uint(fields, KEY_EPOCH, UINT32_MAX);
	fields_must_fixed(fields, KEY_MARK, event->epoch.mark, EPOCH_MARK_LEN);
	if (fields_find(fields, KEY_TRAINING)) {
		fields->err = cbor_get_bool(&fields->in, &event->training);
		fields_refuse_if(fields, !event->training);
	}
	event->clock = (enum clock_state)fields_uint(fields, KEY_CLOCK, CLOCK_SURE);
	const int64_t offset = fields_int(fields, KEY_UTC_OFFSET);
	fields_refuse_if(
	    fields, offset < -UTC_OFFSET_MIN_MAX || offset > UTC_OFFSET_MIN_MAX);
	event->utc_offset_min = (int)offset;
	fields_text(fields, KEY_ZONE, event->zone, sizeof(event->zone));
	fields_must_fixed(fields, KEY_BOOT_ID, event->boot_id, BOOT_ID_LEN);
	event->wall_ms = fields_must_int(fields, KEY_WALL_LESS_MONO);
	event->programme_version = fields_uint(fields, KEY_PROGRAMME, UINT64_MAX);
	event->directory_version = fields_uint(fields, KEY_DIRECTORY, UINT64_MAX);
	event->business_day = (uint32_t)fields_uint(fields, KEY_BUSINESS_DAY, UINT32_MAX);
}

static void take_what(struct fields_in *fields, struct event *event)
{
	fields_text(fields, KEY_CLERK, event->clerk, sizeof(event->clerk));
	event->seq = fields_uint(fields, KEY_SEQ, UINT64_MAX);
	fields_must_fixed(fields, KEY_ID, event->id, EVENT_ID_LEN);
	event->mono_ms = fields_must_int(fields, KEY_MONO);
	fields_refuse_if(
	    fields, event->mono_ms < 0 || event->wall_ms > INT64_MAX - event->mono_ms);
	if (fields->err == ERR_NONE)
		event->wall_ms += event->mono_ms;
	event->type =
	    (enum event_type)fields_uint(fields, KEY_TYPE, EVENT_TYPE_COUNT_ - 1);
	event->member =
	    (enum member_kind)fields_uint(fields, KEY_MEMBER, MEMBER_KIND_COUNT_ - 1);
	const uint64_t segment = fields_uint(fields, KEY_SEGMENT, 'Z' - 'A' + 1);
	event->segment = (char)(segment == 0 ? 0 : 'A' + segment - 1);
	fields_text(
	    fields, KEY_OPERATOR, event->operator_name, sizeof(event->operator_name));
	event->amount_cents = fields_int(fields, KEY_AMOUNT);
	take_lines(fields, event);
	take_points(fields, event->points);
	fields_text(fields, KEY_DETAIL, event->detail, sizeof(event->detail));
	take_reference(fields, event);
	if (fields_find(fields, KEY_BEFORE))
		fields->err = get_before(&fields->in, &event->before);
	if (fields_find(fields, KEY_BLOB)) {
		fields->err = cbor_get_bytes(&fields->in, &event->blob);
		fields_refuse_if(fields, event->blob.len == 0);
	}
	event->erased = fields_fixed(fields, KEY_BLOB_HASH, event->blob_hash, HASH_LEN);
}

enum err event_decode(struct bytes bytes, struct event *ret_event)
{
	struct fields_in fields;

	if (bytes.len > EVENT_BYTES_MAX)
		return ERR_LIMIT;
	/* All but the lines, which are cleared as they are read: 8 KiB less. */
	memset(ret_event, 0, offsetof(struct event, line));
	ret_event->blob = (struct bytes){0};
	ret_event->erased = false;
	memset(ret_event->blob_hash, 0, HASH_LEN);
	fields_open(&fields, bytes, KEY_COUNT);
	take_where(&fields, ret_event);
	take_what(&fields, ret_event);
	const enum err err = fields_close(&fields);
	return err == ERR_NONE ? event_check(ret_event, NULL) : err;
}

/* --- the blob at the end --- */

enum err event_split(struct bytes bytes, struct event_parts *ret_parts)
{
	struct cursor in = cursor_of(bytes);
	struct event_parts parts = {.before = bytes};
	size_t pairs = 0;

	if (cbor_get_map(&in, KEY_COUNT, &pairs) != ERR_NONE)
		return ERR_FORMAT;
	for (size_t i = 0; i < pairs; i++) {
		const size_t at = bytes.len - in.left;
		uint64_t key = 0;
		if (cbor_get_uint(&in, UINT64_MAX, &key) != ERR_NONE)
			return ERR_FORMAT;
		if (key < KEY_BLOB) {
			if (cbor_skip(&in, NULL) != ERR_NONE)
				return ERR_FORMAT;
			continue;
		}
		parts.has_blob = key == KEY_BLOB;
		parts.has_hash = key == KEY_BLOB_HASH;
		if (i + 1 < pairs || parts.has_blob == parts.has_hash)
			return ERR_FORMAT;
		const enum err err = parts.has_blob
					 ? cbor_get_bytes(&in, &parts.blob)
					 : cbor_get_fixed(&in, parts.blob_hash, HASH_LEN);
		if (err != ERR_NONE)
			return ERR_FORMAT;
		parts.before = bytes_of(bytes.at, at);
	}
	if (in.left > 0)
		return ERR_FORMAT;
	*ret_parts = parts;
	return ERR_NONE;
}

void event_put_blob_hash(struct sink *out, const uint8_t hash[HASH_LEN])
{
	cbor_put_uint(out, KEY_BLOB_HASH);
	cbor_put_bytes(out, bytes_of(hash, HASH_LEN));
}

enum err event_erase(const struct crypto *crypto, struct bytes bytes, struct sink *out)
{
	struct event_parts parts;
	uint8_t hash[HASH_LEN];
	enum err err = event_split(bytes, &parts);

	if (err != ERR_NONE)
		return err;
	if (parts.has_blob) {
		err = crypto->sha256(&parts.blob, 1, hash);
		if (err != ERR_NONE)
			return err;
		sink_put(out, parts.before);
		event_put_blob_hash(out, hash);
	} else {
		sink_put(out, bytes);
	}
	return out->over ? ERR_LIMIT : ERR_NONE;
}

/* --- content --- */

enum err event_content_hash(
    const struct crypto *crypto, const struct event *event, uint8_t ret[HASH_LEN])
{
	uint8_t buf[CONTENT_BYTES_MAX];
	struct sink content = sink_of(buf, sizeof(buf));

	cbor_put_array(&content, 7);
	cbor_put_text(&content, "balcao content 1");
	cbor_put_uint(&content, (uint64_t)event->type);
	cbor_put_text(&content, event->clerk);
	put_lines(&content, event);
	cbor_put_text(&content, event->operator_name);
	cbor_put_int(&content, event->amount_cents);
	if (event->reference.terminal[0] != '\0')
		put_reference(&content, event);
	else
		cbor_put_null(&content);
	if (content.over)
		return ERR_LIMIT;
	const struct bytes bytes = sink_bytes(&content);
	return crypto->sha256(&bytes, 1, ret);
}
