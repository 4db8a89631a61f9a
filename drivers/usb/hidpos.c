/* SPDX-License-Identifier: MIT */
#include "usb/hidpos.h"

#include <string.h>

#include "base/banned.h"

#define USAGE_BYTE_COUNT HID_USAGE(0x01, 0x3B)
#define USAGE_AIM_1 HID_USAGE(HIDPOS_PAGE, 0xFB)
#define USAGE_DATA HID_USAGE(HIDPOS_PAGE, 0xFE)
#define USAGE_CONTINUED HID_USAGE(HIDPOS_PAGE, 0xFF)

enum { AIM_LEN = 3, BYTE_BITS = 8 };

enum err hidpos_init(struct hidpos *hidpos, struct bytes descriptor)
{
	struct hidpos made = {0};
	enum err error = hid_parse(descriptor, &made.map);
	if (error != ERR_NONE)
		return error;
	*hidpos = made;
	const struct hid_map *map = &hidpos->map;
	hidpos->data = hid_find(map, HID_INPUT, USAGE_DATA);
	if (hidpos->data == NULL || hidpos->data->array ||
	    hidpos->data->bit_size != BYTE_BITS)
		return ERR_UNSUPPORTED;
	hidpos->count = hid_find(map, HID_INPUT, USAGE_BYTE_COUNT);
	hidpos->continued = hid_find(map, HID_INPUT, USAGE_CONTINUED);
	for (uint32_t i = 0; i < AIM_LEN; i++)
		hidpos->aim[i] = hid_find(map, HID_INPUT, USAGE_AIM_1 + i);
	return ERR_NONE;
}

/* The identifier in its three usages; empty when there is none. */
static void read_aim(
    const struct hidpos *hidpos, struct bytes report, char ret[AIM_LEN + 1])
{
	char aim[AIM_LEN + 1] = "";
	ret[0] = '\0';
	for (size_t i = 0; i < AIM_LEN; i++) {
		uint32_t value;
		if (hidpos->aim[i] == NULL ||
		    hid_get(&hidpos->map, hidpos->aim[i], report, 0, &value) !=
			ERR_NONE ||
		    value < ' ' || value > '~')
			return;
		aim[i] = (char)value;
	}
	if (aim[0] == ']')
		memcpy(ret, aim, sizeof(aim));
}

/* Bytes of label in this report. Without a count the fill is zeros. */
static enum err data_len(
    const struct hidpos *hidpos, struct bytes report, uint32_t *ret_len)
{
	uint32_t value;
	if (hidpos->count != NULL) {
		if (hid_get(&hidpos->map, hidpos->count, report, 0, &value) != ERR_NONE)
			return ERR_FORMAT;
		if (value > hidpos->data->count)
			return ERR_RANGE; /* a lying length */
		*ret_len = value;
		return ERR_NONE;
	}
	uint32_t len = 0;
	for (uint32_t i = 0; i < hidpos->data->count; i++) {
		if (hid_get(&hidpos->map, hidpos->data, report, i, &value) != ERR_NONE)
			return ERR_FORMAT;
		if (value != 0)
			len = i + 1;
	}
	*ret_len = len;
	return ERR_NONE;
}

static bool is_continued(const struct hidpos *hidpos, struct bytes report)
{
	uint32_t value;
	return hidpos->continued != NULL &&
	       hid_get(&hidpos->map, hidpos->continued, report, 0, &value) == ERR_NONE &&
	       value != 0;
}

static void append(struct hidpos *hidpos, struct bytes report, uint32_t len)
{
	struct scan *scan = &hidpos->scan;
	for (uint32_t i = 0; i < len; i++) {
		uint32_t value;
		if (scan->len == SCAN_LEN_MAX ||
		    hid_get(&hidpos->map, hidpos->data, report, i, &value) != ERR_NONE) {
			hidpos->too_long = true;
			return;
		}
		scan->data[scan->len++] = (uint8_t)value;
	}
}

/* An identifier at the head of the data, where the device has no usages for it. */
static void take_aim_from_data(struct scan *scan)
{
	if (scan->aim[0] != '\0' || scan->len < AIM_LEN || scan->data[0] != ']')
		return;
	memcpy(scan->aim, scan->data, AIM_LEN);
	scan->aim[AIM_LEN] = '\0';
	scan->len -= AIM_LEN;
	memmove(scan->data, scan->data + AIM_LEN, scan->len);
	explicit_bzero(scan->data + scan->len, AIM_LEN);
}

static enum hidpos_news fault(struct hidpos *hidpos, enum scan_fault fault)
{
	scan_wipe(&hidpos->scan);
	hidpos->joining = false;
	hidpos->too_long = false;
	hidpos->scan.source = SCAN_SCANNER;
	hidpos->scan.fault = fault;
	return HIDPOS_SCAN;
}

static enum hidpos_news finish(struct hidpos *hidpos, bool dropped)
{
	if (hidpos->too_long)
		return fault(hidpos, SCAN_FAULT_TOO_LONG);
	take_aim_from_data(&hidpos->scan);
	hidpos->scan.source = SCAN_SCANNER;
	hidpos->scan.data[hidpos->scan.len] = '\0';
	return dropped ? HIDPOS_DROPPED_SCAN : HIDPOS_SCAN;
}

/* True when this report cannot be the next part of the label being joined. */
static bool is_other_label(const struct hidpos *hidpos, const char *aim)
{
	return hidpos->joining && aim[0] != '\0' &&
	       memcmp(aim, hidpos->scan.aim, AIM_LEN) != 0;
}

enum hidpos_news hidpos_report(struct hidpos *hidpos, struct bytes report)
{
	/* Controllers complete a transfer with nothing after a full packet. */
	if (report.len == 0)
		return HIDPOS_NOTHING;
	if (hidpos->map.has_ids && report.at[0] != hidpos->data->report_id)
		return HIDPOS_NOTHING;
	uint32_t len;
	if (data_len(hidpos, report, &len) != ERR_NONE)
		return fault(hidpos, SCAN_FAULT_MISREAD);
	bool continued = is_continued(hidpos, report);
	if (len == 0 && !continued && !hidpos->joining)
		return HIDPOS_NOTHING;
	char aim[AIM_LEN + 1];
	read_aim(hidpos, report, aim);
	bool dropped = is_other_label(hidpos, aim);
	if (dropped || !hidpos->joining) {
		scan_wipe(&hidpos->scan);
		hidpos->too_long = false;
		memcpy(hidpos->scan.aim, aim, sizeof(aim));
	}
	append(hidpos, report, len);
	hidpos->joining = continued;
	return continued ? HIDPOS_NOTHING : finish(hidpos, dropped);
}

bool hidpos_reset(struct hidpos *hidpos)
{
	bool had_part = hidpos->joining;
	scan_wipe(&hidpos->scan);
	hidpos->joining = false;
	hidpos->too_long = false;
	return had_part;
}
