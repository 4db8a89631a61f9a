/* SPDX-License-Identifier: MIT */
#include "usb/report.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

enum { BITS = 8, LONG_ITEM = 0xFE, COLLECTION_APPLICATION = 1, EXTENDED_USAGE_LEN = 4 };

/* Item tags with their type: the item's first byte without its size bits
 * (HID 1.11, 6.2.2.4 to 6.2.2.8). */
enum hid_item {
	ITEM_INPUT = 0x80,
	ITEM_OUTPUT = 0x90,
	ITEM_FEATURE = 0xB0,
	ITEM_COLLECTION = 0xA0,
	ITEM_END_COLLECTION = 0xC0,
	ITEM_USAGE_PAGE = 0x04,
	ITEM_LOGICAL_MIN = 0x14,
	ITEM_LOGICAL_MAX = 0x24,
	ITEM_REPORT_SIZE = 0x74,
	ITEM_REPORT_ID = 0x84,
	ITEM_REPORT_COUNT = 0x94,
	ITEM_PUSH = 0xA4,
	ITEM_POP = 0xB4,
	ITEM_USAGE = 0x08,
	ITEM_USAGE_MIN = 0x18,
	ITEM_USAGE_MAX = 0x28,
};

/* Bits of a main item's data (6.2.2.5). */
enum { MAIN_CONSTANT = 1, MAIN_VARIABLE = 2 };

struct global {
	uint16_t page;
	int32_t logical_min;
	int32_t logical_max;
	uint32_t logical_max_unsigned;
	uint32_t size;
	uint32_t count;
	uint8_t id;
};

struct usage_range {
	uint32_t min;
	uint32_t max;
	bool has_page_min;
	bool has_page_max;
};

struct local {
	size_t usage_count;
	struct usage_range usage[HID_USAGES_MAX];
	bool open_range; /* a minimum without its maximum yet */
};

struct parse {
	struct hid_map map;
	struct global global;
	struct global stack[HID_STACK_DEPTH_MAX];
	size_t stack_depth;
	struct local local;
	size_t collection_depth;
	uint32_t application;
};

struct item {
	enum hid_item tag;
	size_t len;
	uint32_t value;
	int32_t signed_value;
};

static int32_t sign_extend(uint32_t value, size_t len)
{
	if (len == 1)
		return (int8_t)(uint8_t)value;
	if (len == 2)
		return (int16_t)(uint16_t)value;
	return (int32_t)value;
}

/* Long items carry nothing that the standard defines (6.2.2.3): skipped. */
static enum err next_item(struct cursor *in, struct item *ret_item, bool *ret_long)
{
	uint8_t prefix;
	if (cursor_u8(in, &prefix) != ERR_NONE)
		return ERR_FORMAT;
	*ret_long = prefix == LONG_ITEM;
	if (*ret_long) {
		uint8_t len;
		uint8_t tag;
		struct bytes skipped;
		if (cursor_u8(in, &len) != ERR_NONE || cursor_u8(in, &tag) != ERR_NONE)
			return ERR_FORMAT;
		return cursor_take(in, len, &skipped);
	}
	size_t len = prefix & 3U;
	if (len == 3)
		len = EXTENDED_USAGE_LEN;
	uint64_t value = 0;
	if (len > 0 && cursor_le(in, len, &value) != ERR_NONE)
		return ERR_FORMAT;
	*ret_item = (struct item){
	    .tag = (enum hid_item)(prefix & 0xFCU),
	    .len = len,
	    .value = (uint32_t)value,
	    .signed_value = sign_extend((uint32_t)value, len),
	};
	return ERR_NONE;
}

static enum err add_usage(struct local *local, const struct item *item)
{
	bool has_page = item->len == EXTENDED_USAGE_LEN;
	bool closes = item->tag == ITEM_USAGE_MAX;
	if (closes != local->open_range)
		return ERR_FORMAT;
	if (closes) {
		assert(local->usage_count > 0 && local->usage_count <= HID_USAGES_MAX);
		struct usage_range *range = &local->usage[local->usage_count - 1];
		range->max = item->value;
		range->has_page_max = has_page;
		local->open_range = false;
		return range->max < range->min ? ERR_FORMAT : ERR_NONE;
	}
	if (local->usage_count == HID_USAGES_MAX)
		return ERR_LIMIT;
	local->usage[local->usage_count++] = (struct usage_range){
	    .min = item->value,
	    .max = item->value,
	    .has_page_min = has_page,
	    .has_page_max = has_page,
	};
	local->open_range = item->tag == ITEM_USAGE_MIN;
	return ERR_NONE;
}

static uint32_t with_page(const struct parse *parse, uint32_t usage, bool has_page)
{
	return has_page ? usage : HID_USAGE(parse->global.page, usage);
}

static enum err report_end(
    struct parse *parse, enum hid_kind kind, struct hid_report **ret_end)
{
	for (size_t i = 0; i < parse->map.report_count; i++)
		if (parse->map.report[i].kind == kind &&
		    parse->map.report[i].id == parse->global.id) {
			*ret_end = &parse->map.report[i];
			return ERR_NONE;
		}
	if (parse->map.report_count == HID_REPORTS_MAX)
		return ERR_LIMIT;
	*ret_end = &parse->map.report[parse->map.report_count++];
	**ret_end = (struct hid_report){.kind = kind, .id = parse->global.id};
	return ERR_NONE;
}

static enum err add_field(struct parse *parse, const struct hid_field *field)
{
	if (parse->map.field_count == HID_FIELDS_MAX)
		return ERR_LIMIT;
	parse->map.field[parse->map.field_count++] = *field;
	return ERR_NONE;
}

/* Cells take the local usages in order; the last usage serves all that remain
 * (6.2.2.8). One field for each usage, the last one for the rest. */
static enum err add_variables(struct parse *parse, struct hid_field field, uint32_t cells)
{
	const struct local *local = &parse->local;
	enum err error = ERR_NONE;
	for (size_t i = 0; i < local->usage_count && cells > 0 && error == ERR_NONE;
	     i++) {
		const struct usage_range *range = &local->usage[i];
		bool last_range = i + 1 == local->usage_count;
		for (uint32_t usage = range->min; cells > 0 && error == ERR_NONE;
		     usage++) {
			bool last = last_range && usage == range->max;
			field.usage_min = with_page(parse, usage, range->has_page_min);
			field.usage_max = field.usage_min;
			field.count = last ? cells : 1;
			error = add_field(parse, &field);
			field.bit_offset += field.count * field.bit_size;
			cells -= field.count;
			if (usage == range->max)
				break;
		}
	}
	return error;
}

static enum err add_main(struct parse *parse, enum hid_kind kind, uint32_t flags)
{
	const struct global *global = &parse->global;
	const struct local *local = &parse->local;
	struct hid_report *end;
	enum err error = report_end(parse, kind, &end);
	if (error != ERR_NONE)
		return error;
	if (local->open_range || parse->collection_depth == 0)
		return ERR_FORMAT;
	uint64_t bits = (uint64_t)global->size * global->count;
	if (end->bits + bits > (uint64_t)HID_REPORT_BYTES_MAX * BITS)
		return ERR_LIMIT;
	struct hid_field field = {
	    .kind = kind,
	    .report_id = global->id,
	    .constant = (flags & MAIN_CONSTANT) != 0,
	    .array = (flags & MAIN_VARIABLE) == 0,
	    .bit_size = (uint8_t)global->size,
	    .bit_offset = end->bits,
	    .count = global->count,
	    .logical_min = global->logical_min,
	    /* A maximum under its minimum was written without room for its sign, as
	     * many devices do with 255 in one byte. */
	    .logical_max = global->logical_max < global->logical_min
			       ? (int32_t)(global->logical_max_unsigned & INT32_MAX)
			       : global->logical_max,
	    .application = parse->application,
	};
	end->bits += (uint32_t)bits;
	if (bits == 0 || local->usage_count == 0)
		return ERR_NONE; /* padding: it has its place and no meaning */
	if (global->size > 32)
		return ERR_NONE; /* no cell of ours is wider: passed over */
	if (!field.array)
		return add_variables(parse, field, global->count);
	const struct usage_range *first = &local->usage[0];
	const struct usage_range *last = &local->usage[local->usage_count - 1];
	field.usage_min = with_page(parse, first->min, first->has_page_min);
	field.usage_max = with_page(parse, last->max, last->has_page_max);
	return add_field(parse, &field);
}

static enum err open_collection(struct parse *parse, const struct item *item)
{
	if (parse->collection_depth == HID_COLLECTION_DEPTH_MAX)
		return ERR_LIMIT;
	if (parse->collection_depth++ == 0 && item->value == COLLECTION_APPLICATION)
		parse->application = parse->local.usage_count == 0
					 ? 0
					 : with_page(parse, parse->local.usage[0].min,
					       parse->local.usage[0].has_page_min);
	return ERR_NONE;
}

static enum err close_collection(struct parse *parse)
{
	if (parse->collection_depth == 0)
		return ERR_FORMAT;
	if (--parse->collection_depth == 0)
		parse->application = 0;
	return ERR_NONE;
}

static enum err take_main(struct parse *parse, const struct item *item)
{
	enum err error = ERR_FORMAT;
	if (item->tag == ITEM_INPUT)
		error = add_main(parse, HID_INPUT, item->value);
	else if (item->tag == ITEM_OUTPUT)
		error = add_main(parse, HID_OUTPUT, item->value);
	else if (item->tag == ITEM_FEATURE)
		error = add_main(parse, HID_FEATURE, item->value);
	else if (item->tag == ITEM_COLLECTION)
		error = open_collection(parse, item);
	else if (item->tag == ITEM_END_COLLECTION)
		error = close_collection(parse);
	parse->local = (struct local){0};
	return error;
}

static enum err take_stack(struct parse *parse, enum hid_item tag)
{
	if (tag == ITEM_PUSH) {
		if (parse->stack_depth == HID_STACK_DEPTH_MAX)
			return ERR_LIMIT;
		parse->stack[parse->stack_depth++] = parse->global;
		return ERR_NONE;
	}
	if (parse->stack_depth == 0)
		return ERR_FORMAT;
	parse->global = parse->stack[--parse->stack_depth];
	return ERR_NONE;
}

static enum err take_report_id(struct parse *parse, uint32_t id)
{
	if (id == 0 || id > UINT8_MAX)
		return ERR_FORMAT;
	/* Ids after fields without one would move those fields by a byte. */
	if (!parse->map.has_ids && parse->map.report_count > 0)
		return ERR_FORMAT;
	parse->map.has_ids = true;
	parse->global.id = (uint8_t)id;
	return ERR_NONE;
}

static enum err take_global(struct parse *parse, const struct item *item)
{
	struct global *global = &parse->global;
	if (item->tag == ITEM_USAGE_PAGE) {
		if (item->value > UINT16_MAX)
			return ERR_FORMAT;
		global->page = (uint16_t)item->value;
	} else if (item->tag == ITEM_LOGICAL_MIN) {
		global->logical_min = item->signed_value;
	} else if (item->tag == ITEM_LOGICAL_MAX) {
		global->logical_max = item->signed_value;
		global->logical_max_unsigned = item->value;
	} else if (item->tag == ITEM_REPORT_SIZE) {
		if (item->value > HID_REPORT_BYTES_MAX * BITS)
			return ERR_LIMIT;
		global->size = item->value;
	} else if (item->tag == ITEM_REPORT_COUNT) {
		if (item->value > HID_REPORT_BYTES_MAX * BITS)
			return ERR_LIMIT;
		global->count = item->value;
	} else if (item->tag == ITEM_REPORT_ID) {
		return take_report_id(parse, item->value);
	} else if (item->tag == ITEM_PUSH || item->tag == ITEM_POP) {
		return take_stack(parse, item->tag);
	}
	return ERR_NONE; /* physical range, unit, exponent: not needed here */
}

static enum err take_item(struct parse *parse, const struct item *item)
{
	enum {
		TYPE_MASK = 0x0C,
		TYPE_MAIN = 0x00,
		TYPE_GLOBAL = 0x04,
		TYPE_LOCAL = 0x08
	};

	switch ((unsigned)item->tag & TYPE_MASK) {
	case TYPE_MAIN: return take_main(parse, item);
	case TYPE_GLOBAL: return take_global(parse, item);
	case TYPE_LOCAL:
		if (item->tag == ITEM_USAGE || item->tag == ITEM_USAGE_MIN ||
		    item->tag == ITEM_USAGE_MAX)
			return add_usage(&parse->local, item);
		return ERR_NONE;    /* designators, strings, delimiters */
	default: return ERR_FORMAT; /* reserved */
	}
}

enum err hid_parse(struct bytes descriptor, struct hid_map *ret_map)
{
	struct parse parse = {0};
	struct cursor in = cursor_of(descriptor);
	if (descriptor.len > HID_DESCRIPTOR_MAX)
		return ERR_LIMIT;
	while (in.left > 0) {
		struct item item;
		bool is_long;
		enum err error = next_item(&in, &item, &is_long);
		if (error == ERR_NONE && !is_long)
			error = take_item(&parse, &item);
		if (error != ERR_NONE)
			return error;
	}
	if (parse.collection_depth != 0)
		return ERR_FORMAT;
	*ret_map = parse.map;
	return ERR_NONE;
}

const struct hid_field *hid_find(
    const struct hid_map *map, enum hid_kind kind, uint32_t usage)
{
	for (size_t i = 0; i < map->field_count; i++) {
		const struct hid_field *field = &map->field[i];
		if (field->kind == kind && usage >= field->usage_min &&
		    usage <= field->usage_max)
			return field;
	}
	return NULL;
}

bool hid_has_application(const struct hid_map *map, uint32_t usage)
{
	for (size_t i = 0; i < map->field_count; i++)
		if (map->field[i].application == usage)
			return true;
	return false;
}

size_t hid_report_len(const struct hid_map *map, enum hid_kind kind, uint8_t id)
{
	for (size_t i = 0; i < map->report_count; i++) {
		const struct hid_report *report = &map->report[i];
		if (report->kind == kind && report->id == id && report->bits > 0)
			return (report->bits + BITS - 1) / BITS + (map->has_ids ? 1 : 0);
	}
	return 0;
}

enum err hid_get(const struct hid_map *map, const struct hid_field *field,
    struct bytes report, uint32_t index, uint32_t *ret_value)
{
	if (index >= field->count)
		return ERR_RANGE;
	size_t head = map->has_ids ? 1 : 0;
	if (report.len < head || (head == 1 && report.at[0] != field->report_id))
		return ERR_FORMAT;
	uint64_t first = (uint64_t)field->bit_offset + (uint64_t)index * field->bit_size;
	if ((first + field->bit_size + BITS - 1) / BITS > report.len - head)
		return ERR_FORMAT;
	uint64_t value = 0;
	for (unsigned bit = 0; bit < field->bit_size; bit++) {
		uint64_t at = first + bit;
		unsigned set = (unsigned)report.at[head + at / BITS] >> (at % BITS) & 1U;
		value |= (uint64_t)set << bit;
	}
	*ret_value = (uint32_t)value;
	return ERR_NONE;
}
