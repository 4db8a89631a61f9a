/* SPDX-License-Identifier: MIT */
#include "contract/columns.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"
#include "contract/cbor.h"
#include "contract/session.h"

enum { ROWS_ITEMS = 2, COLUMNS_ITEMS = 5 };

/* Keys of event.c whose numbers rise or stay: wall less mono, seq, mono. */
static const uint8_t number_key[] = {9, 14, 16};

static bool has_key(uint32_t shape, size_t key)
{
	return (shape >> key & 1u) != 0;
}

/* Which number column a key has; COUNT_OF(number_key): none. */
static size_t number_column(size_t key)
{
	size_t k = 0;

	while (k < COUNT_OF(number_key) && number_key[k] != key)
		k++;
	return k;
}

static bool is_number_key(size_t key)
{
	return number_column(key) < COUNT_OF(number_key);
}

/* --- to columns ----------------------------------------------------------------------
 */

/* Where each value of event `i` lies; an event is a map of small keys. */
static enum err index_event(struct columns *columns, size_t i, uint32_t *ret_shape)
{
	const struct bytes event = columns->event[i];
	struct cursor in = cursor_of(event);
	uint32_t shape = 0;
	uint64_t key = 0;
	size_t pairs = 0;

	if (cbor_get_map(&in, COLUMN_KEYS_MAX, &pairs) != ERR_NONE)
		return ERR_UNSUPPORTED;
	for (size_t k = 0; k < pairs; k++) {
		struct bytes value;
		if (cbor_get_uint(&in, COLUMN_KEYS_MAX - 1, &key) != ERR_NONE ||
		    shape >> key != 0 || cbor_skip(&in, &value) != ERR_NONE)
			return ERR_UNSUPPORTED;
		shape |= UINT32_C(1) << key;
		columns->value_at[i][key] = (uint16_t)(value.at - event.at);
		columns->value_len[i][key] = (uint16_t)value.len;
	}
	if (in.left > 0)
		return ERR_UNSUPPORTED;
	*ret_shape = shape;
	return ERR_NONE;
}

static enum err index_shape(struct columns *columns, size_t i, uint32_t shape)
{
	size_t k = 0;

	while (k < columns->shape_count && columns->shape[k] != shape)
		k++;
	if (k == COLUMN_SHAPES_MAX)
		return ERR_UNSUPPORTED;
	columns->shape[k] = shape;
	if (k == columns->shape_count)
		columns->shape_count++;
	columns->order[i] = (uint8_t)k;
	return ERR_NONE;
}

static enum err index_rows(struct columns *columns, struct bytes rows)
{
	uint32_t shape = 0;

	columns->shape_count = 0;
	enum err err = batch_body_parse(rows, &columns->body);
	for (size_t i = 0; err == ERR_NONE && i < columns->body.event_count; i++) {
		err = batch_body_next(&columns->body, &columns->event[i]);
		if (err == ERR_NONE)
			err = index_event(columns, i, &shape);
		if (err == ERR_NONE)
			err = index_shape(columns, i, shape);
	}
	return err;
}

static struct bytes value_of(const struct columns *columns, size_t i, size_t key)
{
	return bytes_of(
	    columns->event[i].at + columns->value_at[i][key], columns->value_len[i][key]);
}

/* Differences wrap around, so that every pair of numbers has one. */
static int64_t difference(int64_t now, int64_t before)
{
	return (int64_t)((uint64_t)now - (uint64_t)before);
}

/* Writes one number column, or only measures it when `out` is NULL. */
static enum err put_numbers(
    const struct columns *columns, size_t key, struct sink *out, size_t *ret_len)
{
	int64_t before = 0;
	size_t len = 0;

	for (size_t i = 0; i < columns->body.event_count; i++) {
		uint8_t buf[16];
		struct sink item = sink_of(buf, sizeof(buf));
		int64_t value = 0;
		if (!has_key(columns->shape[columns->order[i]], key))
			continue;
		struct cursor in = cursor_of(value_of(columns, i, key));
		if (cbor_get_int(&in, &value) != ERR_NONE || in.left > 0)
			return ERR_UNSUPPORTED;
		cbor_put_int(&item, difference(value, before));
		before = value;
		len += item.len;
		if (out != NULL)
			sink_put(out, sink_bytes(&item));
	}
	*ret_len = len;
	return ERR_NONE;
}

static void put_column(
    const struct columns *columns, size_t shape, size_t key, struct sink *out)
{
	size_t len = 0;

	for (size_t i = 0; i < columns->body.event_count; i++)
		if (columns->order[i] == shape)
			len += columns->value_len[i][key];
	cbor_put_bytes_head(out, len);
	for (size_t i = 0; i < columns->body.event_count; i++)
		if (columns->order[i] == shape)
			sink_put(out, value_of(columns, i, key));
}

static size_t columns_of_shape(uint32_t shape)
{
	size_t count = 0;

	for (size_t key = 0; key < COLUMN_KEYS_MAX; key++)
		count += has_key(shape, key) && !is_number_key(key) ? 1u : 0u;
	return count;
}

static void put_head(const struct columns *columns, struct sink *out)
{
	cbor_put_array(out, COLUMNS_ITEMS);
	cbor_put_array(out, columns->body.recipient_count);
	for (size_t i = 0; i < columns->body.recipient_count; i++)
		cbor_put_bytes(out, columns->body.recipient[i]);
	cbor_put_array(out, columns->shape_count);
	for (size_t i = 0; i < columns->shape_count; i++)
		cbor_put_uint(out, columns->shape[i]);
	cbor_put_bytes(out, bytes_of(columns->order, columns->body.event_count));
}

enum err columns_from_rows(struct columns *columns, struct bytes rows, struct sink *out)
{
	size_t len = 0;
	enum err err = index_rows(columns, rows);

	if (err != ERR_NONE)
		return err;
	put_head(columns, out);
	cbor_put_array(out, COUNT_OF(number_key));
	for (size_t k = 0; err == ERR_NONE && k < COUNT_OF(number_key); k++) {
		err = put_numbers(columns, number_key[k], NULL, &len);
		cbor_put_bytes_head(out, len);
		if (err == ERR_NONE)
			err = put_numbers(columns, number_key[k], out, &len);
	}
	cbor_put_array(out, columns->shape_count);
	for (size_t s = 0; err == ERR_NONE && s < columns->shape_count; s++) {
		cbor_put_array(out, columns_of_shape(columns->shape[s]));
		for (size_t key = 0; key < COLUMN_KEYS_MAX; key++)
			if (has_key(columns->shape[s], key) && !is_number_key(key))
				put_column(columns, s, key, out);
	}
	if (err == ERR_NONE && out->over)
		err = ERR_LIMIT;
	return err;
}

/* --- to rows -------------------------------------------------------------------------
 */

struct numbers {
	struct cursor column[COUNT_OF(number_key)];
	int64_t before[COUNT_OF(number_key)];
};

static bool get_column(struct cursor *in, struct cursor *ret_column)
{
	struct bytes bytes;

	if (cbor_get_bytes(in, &bytes) != ERR_NONE)
		return false;
	*ret_column = cursor_of(bytes);
	return true;
}

static enum err get_head(
    struct columns *columns, struct cursor *in, struct bytes *ret_order)
{
	struct batch_body *body = &columns->body;
	uint64_t shape = 0;

	if (cbor_get_array(in, BATCH_SESSIONS_MAX, &body->recipient_count) != ERR_NONE)
		return ERR_FORMAT;
	for (size_t i = 0; i < body->recipient_count; i++)
		if (cbor_get_bytes(in, &body->recipient[i]) != ERR_NONE)
			return ERR_FORMAT;
	if (cbor_get_array(in, COLUMN_SHAPES_MAX, &columns->shape_count) != ERR_NONE)
		return ERR_FORMAT;
	for (size_t i = 0; i < columns->shape_count; i++) {
		if (cbor_get_uint(in, UINT32_MAX, &shape) != ERR_NONE)
			return ERR_FORMAT;
		columns->shape[i] = (uint32_t)shape;
	}
	if (cbor_get_bytes(in, ret_order) != ERR_NONE ||
	    ret_order->len > BATCH_EVENTS_MAX)
		return ERR_FORMAT;
	body->event_count = ret_order->len;
	return ERR_NONE;
}

static enum err get_columns(
    struct columns *columns, struct cursor *in, struct numbers *numbers)
{
	size_t count = 0;

	if (cbor_get_array(in, COUNT_OF(number_key), &count) != ERR_NONE ||
	    count != COUNT_OF(number_key))
		return ERR_FORMAT;
	for (size_t k = 0; k < count; k++)
		if (!get_column(in, &numbers->column[k]))
			return ERR_FORMAT;
	if (cbor_get_array(in, COLUMN_SHAPES_MAX, &count) != ERR_NONE ||
	    count != columns->shape_count)
		return ERR_FORMAT;
	for (size_t s = 0; s < columns->shape_count; s++) {
		const uint32_t shape = columns->shape[s];
		if (cbor_get_array(in, COLUMN_KEYS_MAX, &count) != ERR_NONE ||
		    count != columns_of_shape(shape))
			return ERR_FORMAT;
		for (size_t key = 0; key < COLUMN_KEYS_MAX; key++)
			if (has_key(shape, key) && !is_number_key(key) &&
			    !get_column(in, &columns->column[s][key]))
				return ERR_FORMAT;
	}
	return in->left == 0 ? ERR_NONE : ERR_FORMAT;
}

static enum err row_number(struct numbers *numbers, size_t k, struct sink *row)
{
	int64_t step = 0;

	if (cbor_get_int(&numbers->column[k], &step) != ERR_NONE)
		return ERR_FORMAT;
	numbers->before[k] = (int64_t)((uint64_t)numbers->before[k] + (uint64_t)step);
	cbor_put_int(row, numbers->before[k]);
	return ERR_NONE;
}

static enum err put_row(
    struct columns *columns, size_t s, struct numbers *numbers, struct sink *out)
{
	struct sink row = sink_of(columns->row, sizeof(columns->row));
	const uint32_t shape = columns->shape[s];
	struct bytes value;
	size_t pairs = 0;

	for (size_t key = 0; key < COLUMN_KEYS_MAX; key++)
		pairs += has_key(shape, key) ? 1u : 0u;
	cbor_put_map(&row, pairs);
	for (size_t key = 0; key < COLUMN_KEYS_MAX; key++) {
		if (!has_key(shape, key))
			continue;
		cbor_put_uint(&row, key);
		const size_t k = number_column(key);
		if (k < COUNT_OF(number_key)) {
			if (row_number(numbers, k, &row) != ERR_NONE)
				return ERR_FORMAT;
			continue;
		}
		if (cbor_skip(&columns->column[s][key], &value) != ERR_NONE)
			return ERR_FORMAT;
		sink_put(&row, value);
	}
	if (row.over)
		return ERR_LIMIT;
	batch_body_event(out, sink_bytes(&row));
	return ERR_NONE;
}

/* What no event used is not of this format. */
static bool all_used(const struct columns *columns, const struct numbers *numbers)
{
	for (size_t k = 0; k < COUNT_OF(number_key); k++)
		if (numbers->column[k].left > 0)
			return false;
	for (size_t s = 0; s < columns->shape_count; s++)
		for (size_t key = 0; key < COLUMN_KEYS_MAX; key++)
			if (has_key(columns->shape[s], key) && !is_number_key(key) &&
			    columns->column[s][key].left > 0)
				return false;
	return true;
}

static enum err rows_of(struct columns *columns, struct cursor *in, struct sink *out)
{
	struct numbers numbers = {0};
	struct bytes order;
	enum err err = get_head(columns, in, &order);

	if (err == ERR_NONE)
		err = get_columns(columns, in, &numbers);
	if (err != ERR_NONE)
		return err;
	batch_body_head(out, columns->body.recipient, columns->body.recipient_count,
	    columns->body.event_count);
	for (size_t i = 0; err == ERR_NONE && i < order.len; i++)
		err = order.at[i] < columns->shape_count
			  ? put_row(columns, order.at[i], &numbers, out)
			  : ERR_FORMAT;
	if (err == ERR_NONE && !all_used(columns, &numbers))
		err = ERR_FORMAT;
	return err == ERR_NONE && out->over ? ERR_LIMIT : err;
}

enum err columns_to_rows(struct columns *columns, struct bytes body, struct sink *out)
{
	struct cursor in = cursor_of(body);
	size_t items = 0;

	if (cbor_get_array(&in, COLUMNS_ITEMS, &items) != ERR_NONE)
		return ERR_FORMAT;
	if (items == COLUMNS_ITEMS)
		return rows_of(columns, &in, out);
	if (items != ROWS_ITEMS)
		return ERR_FORMAT;
	sink_put(out, body);
	return out->over ? ERR_LIMIT : ERR_NONE;
}
