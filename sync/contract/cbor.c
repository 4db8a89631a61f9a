/* SPDX-License-Identifier: MIT */
#include "contract/cbor.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* Major types (RFC 8949 3.1). */
enum major {
	MAJOR_UINT = 0,
	MAJOR_NEGATIVE = 1,
	MAJOR_BYTES = 2,
	MAJOR_TEXT = 3,
	MAJOR_ARRAY = 4,
	MAJOR_MAP = 5,
	MAJOR_TAG = 6,
	MAJOR_SIMPLE = 7,
};

enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21, SIMPLE_NULL = 22 };

/* Additional information (RFC 8949 3): the value itself, or how many bytes of
 * it follow. 28 to 30 are reserved, 31 is an indefinite length. */
enum { INFO_DIRECT_MAX = 23, INFO_1 = 24, INFO_2 = 25, INFO_4 = 26, INFO_8 = 27 };

struct head {
	enum major major;
	uint64_t value;
};

/* --- writing --- */

/* The head in one write: an event has some forty of them. */
static void put_head(struct sink *out, enum major major, uint64_t value)
{
	const unsigned top = (unsigned)major << 5;
	uint8_t head[9];
	size_t width = 0;

	if (value <= INFO_DIRECT_MAX) {
		head[0] = (uint8_t)(top | value);
	} else if (value <= UINT8_MAX) {
		head[0] = (uint8_t)(top | INFO_1);
		width = 1;
	} else if (value <= UINT16_MAX) {
		head[0] = (uint8_t)(top | INFO_2);
		width = 2;
	} else if (value <= UINT32_MAX) {
		head[0] = (uint8_t)(top | INFO_4);
		width = 4;
	} else {
		head[0] = (uint8_t)(top | INFO_8);
		width = 8;
	}
	for (size_t i = width; i > 0; i--) {
		head[i] = (uint8_t)(value & 0xff);
		value >>= 8;
	}
	sink_put(out, (struct bytes){.at = head, .len = 1 + width});
}

void cbor_put_uint(struct sink *out, uint64_t value)
{
	put_head(out, MAJOR_UINT, value);
}

void cbor_put_int(struct sink *out, int64_t value)
{
	if (value >= 0)
		put_head(out, MAJOR_UINT, (uint64_t)value);
	else
		put_head(out, MAJOR_NEGATIVE, (uint64_t)(-1 - value));
}

void cbor_put_bytes(struct sink *out, struct bytes value)
{
	put_head(out, MAJOR_BYTES, value.len);
	sink_put(out, value);
}

void cbor_put_bytes_head(struct sink *out, size_t len)
{
	put_head(out, MAJOR_BYTES, len);
}

void cbor_put_text(struct sink *out, const char *value)
{
	const struct bytes text = bytes_of_text(value);

	put_head(out, MAJOR_TEXT, text.len);
	sink_put(out, text);
}

void cbor_put_bool(struct sink *out, bool value)
{
	put_head(out, MAJOR_SIMPLE, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_put_null(struct sink *out)
{
	put_head(out, MAJOR_SIMPLE, SIMPLE_NULL);
}

void cbor_put_array(struct sink *out, size_t count)
{
	put_head(out, MAJOR_ARRAY, count);
}

void cbor_put_map(struct sink *out, size_t pairs)
{
	put_head(out, MAJOR_MAP, pairs);
}

void cbor_put_tag(struct sink *out, uint64_t tag)
{
	put_head(out, MAJOR_TAG, tag);
}

/* --- reading --- */

/* The value that follows the first byte, refused when a shorter head would have
 * held it. */
static enum err head_value(struct cursor *in, unsigned info, uint64_t *ret_value)
{
	static const struct {
		size_t width;
		uint64_t least;
	} form[] = {
	    {1, INFO_DIRECT_MAX + 1},
	    {2, UINT8_MAX + 1},
	    {4, UINT16_MAX + 1},
	    {8, (uint64_t)UINT32_MAX + 1},
	};

	uint64_t value = 0;

	if (info > INFO_8 ||
	    cursor_be(in, form[info - INFO_1].width, &value) != ERR_NONE ||
	    value < form[info - INFO_1].least)
		return ERR_FORMAT;
	*ret_value = value;
	return ERR_NONE;
}

/* Half of all the time that reading takes is here: the first byte, which most
 * often is all of it, is read without a call. */
static enum err get_head(struct cursor *in, struct head *ret_head)
{
	if (in->left == 0)
		return ERR_FORMAT;
	const enum major major = (enum major)(in->at[0] >> 5);
	const unsigned info = in->at[0] & 0x1f;
	uint64_t value = info;

	in->at++;
	in->left--;
	/* A simple value is one byte here: no floats, nothing above null. */
	if (major == MAJOR_SIMPLE) {
		if (info < SIMPLE_FALSE || info > SIMPLE_NULL)
			return ERR_FORMAT;
	} else if (info > INFO_DIRECT_MAX && head_value(in, info, &value) != ERR_NONE) {
		return ERR_FORMAT;
	}
	*ret_head = (struct head){.major = major, .value = value};
	return ERR_NONE;
}

static enum err get_major(struct cursor *in, enum major major, uint64_t *ret_value)
{
	struct cursor ahead = *in;
	struct head head;

	if (get_head(&ahead, &head) != ERR_NONE || head.major != major)
		return ERR_FORMAT;
	*in = ahead;
	*ret_value = head.value;
	return ERR_NONE;
}

enum err cbor_get_uint(struct cursor *in, uint64_t max, uint64_t *ret_value)
{
	struct cursor ahead = *in;
	uint64_t value = 0;

	if (get_major(&ahead, MAJOR_UINT, &value) != ERR_NONE)
		return ERR_FORMAT;
	if (value > max)
		return ERR_RANGE;
	*in = ahead;
	*ret_value = value;
	return ERR_NONE;
}

enum err cbor_get_int(struct cursor *in, int64_t *ret_value)
{
	struct cursor ahead = *in;
	struct head head;

	if (get_head(&ahead, &head) != ERR_NONE)
		return ERR_FORMAT;
	if (head.major != MAJOR_UINT && head.major != MAJOR_NEGATIVE)
		return ERR_FORMAT;
	if (head.value > INT64_MAX)
		return ERR_RANGE;
	*in = ahead;
	*ret_value =
	    head.major == MAJOR_UINT ? (int64_t)head.value : -1 - (int64_t)head.value;
	return ERR_NONE;
}

/* The bytes of a string whose head was read. */
static enum err take_string(
    struct cursor *in, const struct head *head, struct bytes *ret_value)
{
	if (head->value > in->left ||
	    cursor_take(in, (size_t)head->value, ret_value) != ERR_NONE)
		return ERR_FORMAT;
	return head->major == MAJOR_BYTES || utf8_valid(*ret_value) ? ERR_NONE
								    : ERR_FORMAT;
}

static enum err get_string(struct cursor *in, enum major major, struct bytes *ret_value)
{
	struct cursor ahead = *in;
	struct bytes value;
	struct head head;

	if (get_head(&ahead, &head) != ERR_NONE || head.major != major ||
	    take_string(&ahead, &head, &value) != ERR_NONE)
		return ERR_FORMAT;
	*in = ahead;
	*ret_value = value;
	return ERR_NONE;
}

enum err cbor_get_bytes(struct cursor *in, struct bytes *ret_value)
{
	return get_string(in, MAJOR_BYTES, ret_value);
}

enum err cbor_get_text(struct cursor *in, struct bytes *ret_value)
{
	return get_string(in, MAJOR_TEXT, ret_value);
}

enum err cbor_get_text_copy(struct cursor *in, char *out, size_t cap)
{
	struct cursor ahead = *in;
	struct bytes text;
	enum err err = cbor_get_text(&ahead, &text);

	if (err == ERR_NONE)
		err = text_from_bytes(out, cap, text);
	if (err == ERR_NONE)
		*in = ahead;
	return err;
}

enum err cbor_get_fixed(struct cursor *in, uint8_t *out, size_t len)
{
	struct cursor ahead = *in;
	struct bytes value;

	if (cbor_get_bytes(&ahead, &value) != ERR_NONE || value.len != len)
		return ERR_FORMAT;
	if (len > 0)
		memcpy(out, value.at, len);
	*in = ahead;
	return ERR_NONE;
}

enum err cbor_get_bool(struct cursor *in, bool *ret_value)
{
	struct cursor ahead = *in;
	uint64_t value = 0;

	if (get_major(&ahead, MAJOR_SIMPLE, &value) != ERR_NONE || value == SIMPLE_NULL)
		return ERR_FORMAT;
	*in = ahead;
	*ret_value = value == SIMPLE_TRUE;
	return ERR_NONE;
}

/* What is claimed beyond the bytes left is refused before anybody counts to it. */
static enum err get_count(struct cursor *in, enum major major, size_t item_len_min,
    size_t max, size_t *ret_count)
{
	struct cursor ahead = *in;
	uint64_t count = 0;

	if (get_major(&ahead, major, &count) != ERR_NONE)
		return ERR_FORMAT;
	if (count > ahead.left / item_len_min)
		return ERR_FORMAT;
	if (count > max)
		return ERR_LIMIT;
	*in = ahead;
	*ret_count = (size_t)count;
	return ERR_NONE;
}

enum err cbor_get_array(struct cursor *in, size_t max, size_t *ret_count)
{
	return get_count(in, MAJOR_ARRAY, 1, max, ret_count);
}

enum err cbor_get_map(struct cursor *in, size_t max, size_t *ret_pairs)
{
	return get_count(in, MAJOR_MAP, 2, max, ret_pairs);
}

enum err cbor_get_tag(struct cursor *in, uint64_t expected)
{
	struct cursor ahead = *in;
	uint64_t tag = 0;

	if (get_major(&ahead, MAJOR_TAG, &tag) != ERR_NONE || tag != expected)
		return ERR_FORMAT;
	*in = ahead;
	return ERR_NONE;
}

bool cbor_get_null(struct cursor *in)
{
	struct cursor ahead = *in;
	uint64_t value = 0;

	if (get_major(&ahead, MAJOR_SIMPLE, &value) != ERR_NONE || value != SIMPLE_NULL)
		return false;
	*in = ahead;
	return true;
}

/* --- one whole item of any type --- */

/* A container that is open while its items are walked. */
struct level {
	uint64_t left; /* items; a map's key and value are two */
	bool is_map;
	const uint8_t *item; /* where the item being read begins */
	struct bytes key;    /* the key before, as encoded */
};

/* RFC 8949 4.2.1: keys in bytewise order of their encodings, none twice. */
static bool key_rises(struct bytes before, struct bytes key)
{
	const size_t common = before.len < key.len ? before.len : key.len;

	if (before.len == 0)
		return true;
	const int order = memcmp(before.at, key.at, common);
	return order < 0 || (order == 0 && before.len < key.len);
}

/* Items inside the one whose head was read; strings are consumed here. */
static enum err enter_item(struct cursor *in, struct level *ret_level)
{
	struct level level = {0};
	struct bytes ignored;
	struct head head;

	if (get_head(in, &head) != ERR_NONE)
		return ERR_FORMAT;
	switch (head.major) {
	case MAJOR_UINT:
	case MAJOR_NEGATIVE:
	case MAJOR_SIMPLE: break;
	case MAJOR_BYTES:
	case MAJOR_TEXT:
		if (take_string(in, &head, &ignored) != ERR_NONE)
			return ERR_FORMAT;
		break;
	case MAJOR_ARRAY:
	case MAJOR_TAG: level.left = head.major == MAJOR_TAG ? 1 : head.value; break;
	case MAJOR_MAP:
		if (head.value > in->left / 2)
			return ERR_FORMAT;
		level.left = head.value * 2;
		level.is_map = true;
		break;
	}
	if (level.left > in->left)
		return ERR_FORMAT;
	*ret_level = level;
	return ERR_NONE;
}

/* One item of `level` ended at `end`. */
static enum err leave_item(struct level *level, const uint8_t *end)
{
	if (level->is_map && level->left % 2 == 0) {
		const struct bytes key =
		    bytes_of(level->item, (size_t)(end - level->item));
		if (!key_rises(level->key, key))
			return ERR_FORMAT;
		level->key = key;
	}
	level->left--;
	return ERR_NONE;
}

/* The rest of a container whose head was read. */
static enum err skip_inside(struct cursor *in, const struct level *outermost)
{
	struct level level[CBOR_DEPTH_MAX];
	size_t depth = 1;

	level[0] = *outermost;
	do {
		struct level inside;
		level[depth - 1].item = in->at;
		if (enter_item(in, &inside) != ERR_NONE)
			return ERR_FORMAT;
		if (inside.left > 0) {
			if (depth == CBOR_DEPTH_MAX)
				return ERR_LIMIT;
			level[depth++] = inside;
			continue;
		}
		/* A leaf ends, and with it every container it was the last of. */
		while (depth > 0) {
			if (leave_item(&level[depth - 1], in->at) != ERR_NONE)
				return ERR_FORMAT;
			if (level[depth - 1].left > 0)
				break;
			depth--;
		}
	} while (depth > 0);
	return ERR_NONE;
}

enum err cbor_skip(struct cursor *in, struct bytes *ret_item)
{
	struct cursor ahead = *in;
	struct level level;
	enum err err = enter_item(&ahead, &level);

	if (err == ERR_NONE && level.left > 0)
		err = skip_inside(&ahead, &level);
	if (err != ERR_NONE)
		return err;
	if (ret_item != NULL)
		*ret_item = bytes_of(in->at, (size_t)(ahead.at - in->at));
	*in = ahead;
	return ERR_NONE;
}

/* --- maps with integer keys --- */

/* Bytewise order of encoded integers: 0, 1, 2 ... then -1, -2 ... */
static uint64_t key_rank(int64_t key)
{
	return key >= 0 ? (uint64_t)key : (UINT64_C(1) << 63) + (uint64_t)(-1 - key);
}

enum err cbor_map_open(struct cbor_map *map, struct cursor *in, size_t max)
{
	*map = (struct cbor_map){.in = in, .first = true};
	map->error = cbor_get_map(in, max, &map->left);
	return map->error;
}

static void map_next_key(struct cbor_map *map)
{
	int64_t key = 0;

	map->error = cbor_get_int(map->in, &key);
	if (map->error != ERR_NONE)
		return;
	if (!map->first && key_rank(key) <= key_rank(map->key)) {
		map->error = ERR_FORMAT;
		return;
	}
	map->first = false;
	map->key = key;
	map->pending = true;
	map->left--;
}

bool cbor_map_find(struct cbor_map *map, int64_t key)
{
	if (map->error == ERR_NONE && !map->pending && map->left > 0)
		map_next_key(map);
	if (map->error != ERR_NONE || !map->pending)
		return false;
	if (key_rank(map->key) < key_rank(key)) {
		map->error = ERR_FORMAT;
		return false;
	}
	if (map->key != key)
		return false;
	map->pending = false;
	return true;
}

enum err cbor_map_close(struct cbor_map *map)
{
	if (map->error == ERR_NONE && (map->pending || map->left > 0))
		map->error = ERR_FORMAT;
	return map->error;
}

/* --- text --- */

/* Length of the UTF-8 sequence at the cursor, 0 when it is none (RFC 3629 4). */
static size_t utf8_sequence(struct bytes text)
{
	static const struct {
		uint8_t first_low, first_high, second_low, second_high;
		size_t len;
	} form[] = {
	    {0x00, 0x7f, 0, 0, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < COUNT_OF(form); i++) {
		if (text.at[0] < form[i].first_low || text.at[0] > form[i].first_high)
			continue;
		if (form[i].len > text.len)
			return 0;
		if (form[i].len > 1 &&
		    (text.at[1] < form[i].second_low || text.at[1] > form[i].second_high))
			return 0;
		for (size_t k = 2; k < form[i].len; k++)
			if ((text.at[k] & 0xc0) != 0x80)
				return 0;
		return form[i].len;
	}
	return 0;
}

bool utf8_valid(struct bytes text)
{
	size_t at = 0;

	while (at < text.len) {
		const bool ascii = text.at[at] < 0x80;
		const size_t len =
		    ascii ? 1 : utf8_sequence(bytes_of(text.at + at, text.len - at));
		if (len == 0)
			return false;
		at += len;
	}
	return true;
}
