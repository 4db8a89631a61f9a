/* SPDX-License-Identifier: MIT */
#ifndef USB_REPORT_H
#define USB_REPORT_H

#include "base/bytes.h"

/*
 * HID report descriptors (USB HID 1.11, 6.2.2) as a table of fields. Pure;
 * bounded; a descriptor is a device's word and so is believed in nothing.
 */
enum {
	HID_DESCRIPTOR_MAX = 4096,
	HID_FIELDS_MAX = 256,
	HID_COLLECTION_DEPTH_MAX = 16,
	HID_STACK_DEPTH_MAX = 8,
	HID_REPORT_BYTES_MAX = 4096,
	HID_USAGES_MAX = 64, /* local usages of one main item */
	HID_REPORTS_MAX = 64,
};

enum hid_kind { HID_NONE = 0, HID_INPUT, HID_OUTPUT, HID_FEATURE };

/* A usage with its page: HID_USAGE(0x8C, 0xFE). */
#define HID_USAGE(page, id) ((uint32_t)(page) << 16 | (uint32_t)(id))

/*
 * One run of equal cells of a report. A variable field has the one usage
 * `usage_min` (== usage_max), repeated `count` times; an array field's cells
 * hold indexes into usage_min..usage_max, counted from logical_min.
 */
struct hid_field {
	enum hid_kind kind;
	uint8_t report_id; /* 0: the device has no report ids */
	bool constant;
	bool array;
	uint8_t bit_size;    /* 1 to 32 */
	uint32_t bit_offset; /* after the report id byte, where there is one */
	uint32_t count;
	int32_t logical_min;
	int32_t logical_max;
	uint32_t usage_min;
	uint32_t usage_max;
	uint32_t application; /* usage of the top-level collection */
};

/* How long one report is, padding included, without its id byte. */
struct hid_report {
	enum hid_kind kind;
	uint8_t id;
	uint32_t bits;
};

struct hid_map {
	bool has_ids;
	size_t report_count;
	struct hid_report report[HID_REPORTS_MAX];
	size_t field_count;
	struct hid_field field[HID_FIELDS_MAX];
};

/* ERR_FORMAT: truncated or contradictory; ERR_LIMIT: more than the limits
 * above. `ret_map` is untouched on failure. */
MUST_CHECK enum err hid_parse(struct bytes descriptor, struct hid_map *ret_map);

/* First field of a kind with this usage, at or after `from`; NULL: none. */
const struct hid_field *hid_find(
    const struct hid_map *map, enum hid_kind kind, uint32_t usage);
/* True when a top-level collection is of this usage (application). */
bool hid_has_application(const struct hid_map *map, uint32_t usage);
/* Bytes of the report `id` of a kind, with its id byte; 0: there is none. */
size_t hid_report_len(const struct hid_map *map, enum hid_kind kind, uint8_t id);

/* Cell `index` of a field in a report as it came from the endpoint (with its id
 * byte where the device has ids). ERR_FORMAT when the report is too short for it
 * or is of another id; ERR_RANGE when index >= count. */
MUST_CHECK enum err hid_get(const struct hid_map *map, const struct hid_field *field,
    struct bytes report, uint32_t index, uint32_t *ret_value);

#endif
