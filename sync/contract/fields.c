/* SPDX-License-Identifier: MIT */
#include "contract/fields.h"

#include "base/banned.h"

bool fields_put(struct fields_out *fields, int key, bool present)
{
	if (!present)
		return false;
	fields->count++;
	if (fields->out == NULL)
		return false;
	cbor_put_int(fields->out, key);
	return true;
}

void fields_put_uint(struct fields_out *fields, int key, uint64_t value)
{
	if (fields_put(fields, key, value != 0))
		cbor_put_uint(fields->out, value);
}

void fields_put_int(struct fields_out *fields, int key, int64_t value)
{
	if (fields_put(fields, key, value != 0))
		cbor_put_int(fields->out, value);
}

void fields_put_text(struct fields_out *fields, int key, const char *value)
{
	if (fields_put(fields, key, value[0] != '\0'))
		cbor_put_text(fields->out, value);
}

void fields_put_bytes(struct fields_out *fields, int key, struct bytes value)
{
	if (fields_put(fields, key, value.len > 0))
		cbor_put_bytes(fields->out, value);
}

static bool is_zero(const uint8_t hash[HASH_LEN])
{
	for (size_t i = 0; i < HASH_LEN; i++)
		if (hash[i] != 0)
			return false;
	return true;
}

void fields_put_hash(struct fields_out *fields, int key, const uint8_t hash[HASH_LEN])
{
	if (fields_put(fields, key, !is_zero(hash)))
		cbor_put_bytes(fields->out, bytes_of(hash, HASH_LEN));
}

void fields_open(struct fields_in *fields, struct bytes bytes, size_t pairs_max)
{
	*fields = (struct fields_in){.in = cursor_of(bytes)};
	fields->err = cbor_map_open(&fields->map, &fields->in, pairs_max);
}

bool fields_find(struct fields_in *fields, int key)
{
	return fields->err == ERR_NONE && cbor_map_find(&fields->map, key);
}

void fields_refuse_if(struct fields_in *fields, bool wrong)
{
	if (fields->err == ERR_NONE && wrong)
		fields->err = ERR_FORMAT;
}

uint64_t fields_uint(struct fields_in *fields, int key, uint64_t max)
{
	uint64_t value = 0;

	if (!fields_find(fields, key))
		return 0;
	fields->err = cbor_get_uint(&fields->in, max, &value);
	fields_refuse_if(fields, value == 0);
	return value;
}

int64_t fields_int(struct fields_in *fields, int key)
{
	int64_t value = 0;

	if (!fields_find(fields, key))
		return 0;
	fields->err = cbor_get_int(&fields->in, &value);
	fields_refuse_if(fields, value == 0);
	return value;
}

void fields_text(struct fields_in *fields, int key, char *out, size_t cap)
{
	out[0] = '\0';
	if (!fields_find(fields, key))
		return;
	fields->err = cbor_get_text_copy(&fields->in, out, cap);
	fields_refuse_if(fields, out[0] == '\0');
}

bool fields_fixed(struct fields_in *fields, int key, uint8_t *out, size_t len)
{
	if (!fields_find(fields, key))
		return false;
	fields->err = cbor_get_fixed(&fields->in, out, len);
	return true;
}

void fields_hash(struct fields_in *fields, int key, uint8_t hash[HASH_LEN])
{
	if (fields_fixed(fields, key, hash, HASH_LEN))
		fields_refuse_if(fields, is_zero(hash));
}

int64_t fields_must_int(struct fields_in *fields, int key)
{
	int64_t value = 0;

	fields_refuse_if(fields, !fields_find(fields, key));
	if (fields->err == ERR_NONE)
		fields->err = cbor_get_int(&fields->in, &value);
	return value;
}

void fields_must_fixed(struct fields_in *fields, int key, uint8_t *out, size_t len)
{
	fields_refuse_if(fields, !fields_fixed(fields, key, out, len));
}

struct bytes fields_must_bytes(struct fields_in *fields, int key)
{
	struct bytes value = {0};

	fields_refuse_if(fields, !fields_find(fields, key));
	if (fields->err == ERR_NONE)
		fields->err = cbor_get_bytes(&fields->in, &value);
	return value;
}

enum err fields_close(struct fields_in *fields)
{
	if (fields->err == ERR_NONE)
		fields->err = cbor_map_close(&fields->map);
	fields_refuse_if(fields, fields->in.left > 0);
	return fields->err;
}
