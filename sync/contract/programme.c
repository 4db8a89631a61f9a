/* SPDX-License-Identifier: MIT */
#include "contract/programme.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "contract/cbor.h"

/*
 * The body is a map of the keys below, every one present. The rows of a table
 * are arrays whose items stand in the order of the field lists: one list a row
 * writes it and reads it, so that the two cannot drift apart.
 */
enum {
	KEY_ID = 1,
	KEY_NAME,
	KEY_VALID_FROM,
	KEY_VALID_TO,
	KEY_CONSENT_VERSION,
	KEY_CONSENT_TEXT,
	KEY_RECEIPT_TEXT,
	KEY_IDENTITIES,
	KEY_SCALE,
	KEY_CATEGORIES,
	KEY_OPERATORS,
	KEY_CLERKS,
	KEY_SEGMENTS,
	KEY_RULES,
	KEY_PRODUCTS,
	KEY_COUNT = KEY_PRODUCTS,
	PRODUCT_FIELDS =
	    5, /* code, name, category row from 1 (0: none), price, by weight */
};

enum field_type { FIELD_TEXT = 1, FIELD_UINT, FIELD_INT, FIELD_BOOL };

struct field {
	enum field_type type;
	size_t offset;
	size_t size; /* of the member in memory */
	int64_t min;
	int64_t max;
};

#define AT(row, member) offsetof(struct row, member), sizeof(((struct row *)0)->member)
#define TEXT(row, member)                                                                \
	{                                                                                \
		FIELD_TEXT, AT(row, member), 0, 0                                        \
	}
#define UINT(row, member, min, max)                                                      \
	{                                                                                \
		FIELD_UINT, AT(row, member), min, max                                    \
	}
#define INT(row, member, min, max)                                                       \
	{                                                                                \
		FIELD_INT, AT(row, member), min, max                                     \
	}
#define BOOL(row, member)                                                                \
	{                                                                                \
		FIELD_BOOL, AT(row, member), 0, 1                                        \
	}

enum {
	DAY_MAX = 99991231,
	MINUTES_MAX = 24 * 60,
	WEEKDAYS_MAX = 127,
};

static const struct field identity_fields[] = {
    UINT(identity, kind, IDENTITY_EAN13, IDENTITY_KIND_COUNT_ - 1),
    TEXT(identity, prefix),
    UINT(identity, length, 0, MEMBER_LEN_MAX),
};
static const struct field scale_fields[] = {
    TEXT(scale, layout),
    UINT(scale, kind, SCALE_NONE, SCALE_PRICE),
};
static const struct field category_fields[] = {
    TEXT(category, id),
    TEXT(category, name),
};
static const struct field value_fields[] = {
    INT(operator_value, cents, 1, PRICE_CENTS_MAX),
    UINT(operator_value, validity_days, 1, UINT16_MAX),
};
static const struct field clerk_fields[] = {
    TEXT(clerk, id),
    TEXT(clerk, name),
    TEXT(clerk, store),
    UINT(clerk, role, ROLE_CLERK, ROLE_COUNT_ - 1),
    TEXT(clerk, pin_hash),
};
static const struct field segment_fields[] = {
    UINT(segment_entry, letter, 'A', 'Z'),
    TEXT(segment_entry, word),
};
static const struct field rule_fields[] = {
    TEXT(rule, id),
    TEXT(rule, name),
    UINT(rule, about, ABOUT_SALE, ABOUT_COUNT_ - 1),
    UINT(rule, earner, EARNER_MEMBER, EARNER_COUNT - 1),
    TEXT(rule, product),
    TEXT(rule, category),
    TEXT(rule, operator_name),
    TEXT(rule, store),
    UINT(rule, segment, 0, 'Z'),
    BOOL(rule, member_only),
    INT(rule, least_cents, 0, PRICE_CENTS_MAX),
    UINT(rule, weekdays, 0, WEEKDAYS_MAX),
    UINT(rule, from_minute, 0, MINUTES_MAX),
    UINT(rule, to_minute, 0, MINUTES_MAX),
    UINT(rule, from_day, 0, DAY_MAX),
    UINT(rule, to_day, 0, DAY_MAX),
    INT(rule, fixed_points, 0, RULE_POINTS_MAX),
    UINT(rule, rate_numerator, 0, RATE_MAX),
    UINT(rule, rate_denominator, 0, RATE_MAX),
    UINT(rule, multiplier, 1, MULTIPLIER_MAX),
    UINT(rule, rounding, ROUND_FLOOR, ROUND_COUNT_ - 1),
    INT(rule, cap_points, 0, RULE_POINTS_MAX),
};

/* A table of plain rows inside struct programme. */
struct table {
	size_t count_at;
	size_t rows_at;
	size_t row_size;
	size_t rows_max;
	const struct field *fields;
	size_t field_count;
};

#define TABLE(name, fields)                                                              \
	{                                                                                \
		offsetof(struct programme, name##_count),                                \
		    offsetof(struct programme, name),                                    \
		    sizeof(((struct programme *)0)->name[0]),                            \
		    COUNT_OF(((struct programme *)0)->name), fields, COUNT_OF(fields)    \
	}

static const struct table identities = TABLE(identity, identity_fields);
static const struct table categories = TABLE(category, category_fields);
static const struct table clerks = TABLE(clerk, clerk_fields);
static const struct table segments = TABLE(segment, segment_fields);
static const struct table rules = TABLE(rule, rule_fields);

/* --- one field, in memory of any width -------------------------------------- */

static uint64_t uint_load(const void *at, size_t size)
{
	uint8_t narrow;
	uint16_t half;
	uint32_t word;
	uint64_t wide;
	switch (size) {
	case sizeof narrow: memcpy(&narrow, at, size); return narrow;
	case sizeof half: memcpy(&half, at, size); return half;
	case sizeof word: memcpy(&word, at, size); return word;
	default:
		assert(size == sizeof wide);
		memcpy(&wide, at, size);
		return wide;
	}
}

static void uint_store(void *at, size_t size, uint64_t value)
{
	uint8_t narrow = (uint8_t)value;
	uint16_t half = (uint16_t)value;
	uint32_t word = (uint32_t)value;
	switch (size) {
	case sizeof narrow: memcpy(at, &narrow, size); return;
	case sizeof half: memcpy(at, &half, size); return;
	case sizeof word: memcpy(at, &word, size); return;
	default: assert(size == sizeof value); memcpy(at, &value, size);
	}
}

static void field_put(struct sink *out, const struct field *field, const void *row)
{
	const void *at = (const char *)row + field->offset;
	int64_t number;
	bool flag;
	switch (field->type) {
	case FIELD_TEXT: cbor_put_text(out, at); return;
	case FIELD_UINT: cbor_put_uint(out, uint_load(at, field->size)); return;
	case FIELD_INT:
		memcpy(&number, at, sizeof number);
		cbor_put_int(out, number);
		return;
	case FIELD_BOOL:
		memcpy(&flag, at, sizeof flag);
		cbor_put_bool(out, flag);
		return;
	}
}

static enum err field_get_uint(struct cursor *in, const struct field *field, void *at)
{
	uint64_t value;
	enum err err = cbor_get_uint(in, (uint64_t)field->max, &value);
	if (err != ERR_NONE)
		return err;
	if (value < (uint64_t)field->min)
		return ERR_RANGE;
	uint_store(at, field->size, value);
	return ERR_NONE;
}

static enum err field_get_int(struct cursor *in, const struct field *field, void *at)
{
	int64_t value;
	enum err err = cbor_get_int(in, &value);
	if (err != ERR_NONE)
		return err;
	if (value < field->min || value > field->max)
		return ERR_RANGE;
	memcpy(at, &value, sizeof value);
	return ERR_NONE;
}

static enum err field_get(struct cursor *in, const struct field *field, void *row)
{
	void *at = (char *)row + field->offset;
	bool flag;
	enum err err;
	switch (field->type) {
	case FIELD_TEXT: return cbor_get_text_copy(in, at, field->size);
	case FIELD_UINT: return field_get_uint(in, field, at);
	case FIELD_INT: return field_get_int(in, field, at);
	case FIELD_BOOL:
		err = cbor_get_bool(in, &flag);
		if (err == ERR_NONE)
			memcpy(at, &flag, sizeof flag);
		return err;
	}
	return ERR_FORMAT;
}

/* --- rows and tables ---------------------------------------------------------- */

static void row_put(
    struct sink *out, const struct field *fields, size_t count, const void *row)
{
	cbor_put_array(out, count);
	for (size_t i = 0; i < count; i++)
		field_put(out, &fields[i], row);
}

/* An array of exactly `count` items follows. */
static enum err array_open(struct cursor *in, size_t count)
{
	size_t found;
	enum err err = cbor_get_array(in, count, &found);
	if (err == ERR_NONE && found != count)
		err = ERR_FORMAT;
	return err;
}

static enum err row_get(
    struct cursor *in, const struct field *fields, size_t count, void *row)
{
	enum err err = array_open(in, count);
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		err = field_get(in, &fields[i], row);
	return err;
}

static void table_put(
    struct sink *out, const struct table *table, const struct programme *programme)
{
	size_t count;
	memcpy(&count, (const char *)programme + table->count_at, sizeof count);
	assert(count <= table->rows_max);
	cbor_put_array(out, count);
	for (size_t i = 0; i < count; i++)
		row_put(out, table->fields, table->field_count,
		    (const char *)programme + table->rows_at + i * table->row_size);
}

static enum err table_get(
    struct cursor *in, const struct table *table, struct programme *programme)
{
	size_t count;
	enum err err = cbor_get_array(in, table->rows_max, &count);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		err = row_get(in, table->fields, table->field_count,
		    (char *)programme + table->rows_at + i * table->row_size);
	if (err == ERR_NONE)
		memcpy((char *)programme + table->count_at, &count, sizeof count);
	return err;
}

static enum err scale_get(struct cursor *in, struct scale *scale)
{
	enum err err = row_get(in, scale_fields, COUNT_OF(scale_fields), scale);
	if (err != ERR_NONE)
		return err;
	size_t expected = scale->kind == SCALE_NONE ? 0 : SCALE_LAYOUT_LEN;
	return strlen(scale->layout) == expected ? ERR_NONE : ERR_FORMAT;
}

/* --- operators: id, name, and a table of values inside --------------------- */

enum { OPERATOR_FIELDS = 3 };

static void operators_put(struct sink *out, const struct programme *programme)
{
	assert(programme->operator_count <= OPERATORS_MAX);
	cbor_put_array(out, programme->operator_count);
	for (size_t i = 0; i < programme->operator_count; i++) {
		const struct operator_entry *entry = &programme->operator_entry[i];
		cbor_put_array(out, OPERATOR_FIELDS);
		cbor_put_text(out, entry->id);
		cbor_put_text(out, entry->name);
		cbor_put_array(out, entry->value_count);
		for (size_t j = 0; j < entry->value_count; j++)
			row_put(
			    out, value_fields, COUNT_OF(value_fields), &entry->value[j]);
	}
}

static enum err operator_values_get(struct cursor *in, struct operator_entry *entry)
{
	enum err err = cbor_get_array(in, OPERATOR_VALUES_MAX, &entry->value_count);
	int64_t before = 0;
	for (size_t i = 0; err == ERR_NONE && i < entry->value_count; i++) {
		err = row_get(in, value_fields, COUNT_OF(value_fields), &entry->value[i]);
		if (err == ERR_NONE && entry->value[i].cents <= before)
			err = ERR_FORMAT;
		before = entry->value[i].cents;
	}
	return err;
}

static enum err operator_get(struct cursor *in, struct operator_entry *entry)
{
	enum err err = array_open(in, OPERATOR_FIELDS);
	if (err == ERR_NONE)
		err = cbor_get_text_copy(in, entry->id, sizeof entry->id);
	if (err == ERR_NONE)
		err = cbor_get_text_copy(in, entry->name, sizeof entry->name);
	if (err == ERR_NONE)
		err = operator_values_get(in, entry);
	return err;
}

static enum err operators_get(struct cursor *in, struct programme *programme)
{
	size_t count;
	enum err err = cbor_get_array(in, OPERATORS_MAX, &count);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		err = operator_get(in, &programme->operator_entry[i]);
	if (err == ERR_NONE)
		programme->operator_count = count;
	return err;
}

/* --- products: left encoded, each found by its offset ------------------------ */

/* Row of the category from 1; 0 when it is none of the programme's. */
static size_t category_row(const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->category_count; i++)
		if (strcmp(programme->category[i].id, id) == 0)
			return i + 1;
	return 0;
}

static enum err product_put(struct sink *out, const struct programme *programme,
    const struct product *product, const struct product *before)
{
	if (before != NULL && strcmp(before->code, product->code) >= 0)
		return ERR_FORMAT;
	size_t category = category_row(programme, product->category);
	if (category == 0 && product->category[0] != '\0')
		return ERR_NOT_FOUND;
	cbor_put_array(out, PRODUCT_FIELDS);
	cbor_put_text(out, product->code);
	cbor_put_text(out, product->name);
	cbor_put_uint(out, category);
	cbor_put_int(out, product->price_cents);
	cbor_put_bool(out, product->by_weight);
	return ERR_NONE;
}

static enum err product_get(
    struct cursor *in, const struct programme *programme, struct product *ret)
{
	struct product product = {0};
	uint64_t category = 0;
	enum err err = array_open(in, PRODUCT_FIELDS);
	if (err == ERR_NONE)
		err = cbor_get_text_copy(in, product.code, sizeof product.code);
	if (err == ERR_NONE)
		err = cbor_get_text_copy(in, product.name, sizeof product.name);
	if (err == ERR_NONE)
		err = cbor_get_uint(in, programme->category_count, &category);
	if (err == ERR_NONE)
		err = cbor_get_int(in, &product.price_cents);
	if (err == ERR_NONE)
		err = cbor_get_bool(in, &product.by_weight);
	if (err != ERR_NONE)
		return err;
	if (product.price_cents < -1 || product.price_cents > PRICE_CENTS_MAX)
		return ERR_RANGE;
	if (category > 0)
		memcpy(product.category, programme->category[category - 1].id,
		    sizeof product.category);
	*ret = product;
	return ERR_NONE;
}

static enum err products_get(struct cursor *in, struct programme *programme)
{
	size_t count;
	enum err err = cbor_get_array(in, PRODUCTS_MAX, &count);
	if (err != ERR_NONE)
		return err;
	char before[PRODUCT_LEN_MAX + 1] = "";
	for (size_t i = 0; i < count; i++) {
		struct product product;
		programme->product_at[i] = (uint32_t)(programme->bytes.len - in->left);
		err = product_get(in, programme, &product);
		if (err != ERR_NONE)
			return err;
		if (strcmp(product.code, before) <= 0) /* an empty code, too */
			return ERR_FORMAT;
		memcpy(before, product.code, sizeof before);
	}
	programme->product_count = count;
	return ERR_NONE;
}

/* --- the whole body -------------------------------------------------------- */

/* Texts and days of the head, in the order of their keys from KEY_ID. */
static const struct field head_fields[] = {
    TEXT(programme, id),
    TEXT(programme, name),
    UINT(programme, valid_from_day, 0, DAY_MAX),
    UINT(programme, valid_to_day, 0, DAY_MAX),
    TEXT(programme, consent_version),
    TEXT(programme, consent_text),
    TEXT(programme, receipt_text),
};
_Static_assert(COUNT_OF(head_fields) == KEY_IDENTITIES - KEY_ID, "a field for each key");

enum err programme_encode(
    const struct programme *programme, const struct product *products, struct sink *out)
{
	assert(programme->product_count <= PRODUCTS_MAX);
	cbor_put_map(out, KEY_COUNT);
	for (size_t i = 0; i < COUNT_OF(head_fields); i++) {
		cbor_put_uint(out, KEY_ID + i);
		field_put(out, &head_fields[i], programme);
	}
	cbor_put_uint(out, KEY_IDENTITIES);
	table_put(out, &identities, programme);
	cbor_put_uint(out, KEY_SCALE);
	row_put(out, scale_fields, COUNT_OF(scale_fields), &programme->scale);
	cbor_put_uint(out, KEY_CATEGORIES);
	table_put(out, &categories, programme);
	cbor_put_uint(out, KEY_OPERATORS);
	operators_put(out, programme);
	cbor_put_uint(out, KEY_CLERKS);
	table_put(out, &clerks, programme);
	cbor_put_uint(out, KEY_SEGMENTS);
	table_put(out, &segments, programme);
	cbor_put_uint(out, KEY_RULES);
	table_put(out, &rules, programme);
	cbor_put_uint(out, KEY_PRODUCTS);
	cbor_put_array(out, programme->product_count);
	enum err err = ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < programme->product_count; i++)
		err = product_put(
		    out, programme, &products[i], i > 0 ? &products[i - 1] : NULL);
	if (err == ERR_NONE && (out->over || out->len > PROGRAMME_BYTES_MAX))
		err = ERR_LIMIT;
	return err;
}

static enum err value_get(struct cursor *in, int key, struct programme *programme)
{
	switch (key) {
	case KEY_IDENTITIES: return table_get(in, &identities, programme);
	case KEY_SCALE: return scale_get(in, &programme->scale);
	case KEY_CATEGORIES: return table_get(in, &categories, programme);
	case KEY_OPERATORS: return operators_get(in, programme);
	case KEY_CLERKS: return table_get(in, &clerks, programme);
	case KEY_SEGMENTS: return table_get(in, &segments, programme);
	case KEY_RULES: return table_get(in, &rules, programme);
	case KEY_PRODUCTS: return products_get(in, programme);
	default: return field_get(in, &head_fields[key - KEY_ID], programme);
	}
}

static enum err body_get(struct cursor *in, struct programme *programme)
{
	struct cbor_map map;
	enum err err = cbor_map_open(&map, in, KEY_COUNT);
	for (int key = KEY_ID; err == ERR_NONE && key <= KEY_COUNT; key++) {
		if (!cbor_map_find(&map, key))
			return ERR_FORMAT;
		err = value_get(in, key, programme);
	}
	if (err == ERR_NONE)
		err = cbor_map_close(&map);
	if (err == ERR_NONE && in->left != 0)
		err = ERR_FORMAT;
	return err;
}

enum err programme_decode(
    struct bytes body, uint64_t version, struct programme *ret_programme)
{
	memset(ret_programme, 0, sizeof *ret_programme);
	if (body.len > PROGRAMME_BYTES_MAX)
		return ERR_LIMIT;
	struct cursor in = cursor_of(body);
	ret_programme->bytes = body;
	enum err err = body_get(&in, ret_programme);
	if (err != ERR_NONE) {
		memset(ret_programme, 0, sizeof *ret_programme);
		return err;
	}
	ret_programme->version = version;
	return ERR_NONE;
}

/* --- finding a product; rows of the small tables: programme_find.c ----------- */

/* What lies at product `i`: programme_decode has read every one already. */
static struct cursor product_cursor(const struct programme *programme, size_t i)
{
	assert(programme->product_at[i] < programme->bytes.len);
	return cursor_of(bytes_of(programme->bytes.at + programme->product_at[i],
	    programme->bytes.len - programme->product_at[i]));
}

static int product_compare(const struct programme *programme, size_t i, const char *code)
{
	struct cursor in = product_cursor(programme, i);
	char here[PRODUCT_LEN_MAX + 1] = "";
	enum err err = array_open(&in, PRODUCT_FIELDS);
	if (err == ERR_NONE)
		err = cbor_get_text_copy(&in, here, sizeof here);
	assert(err == ERR_NONE);
	return strcmp(here, code);
}

enum err programme_product_at(
    const struct programme *programme, size_t i, struct product *ret_product)
{
	if (i >= programme->product_count)
		return ERR_NOT_FOUND;
	struct cursor in = product_cursor(programme, i);
	return product_get(&in, programme, ret_product);
}

enum err programme_product(
    const struct programme *programme, const char *code, struct product *ret_product)
{
	size_t low = 0;
	size_t high = programme->product_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = product_compare(programme, middle, code);
		if (order == 0)
			return programme_product_at(programme, middle, ret_product);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return ERR_NOT_FOUND;
}
