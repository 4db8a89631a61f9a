/* SPDX-License-Identifier: MIT */
#include "usb/stripe.h"

#include <string.h>

#include "base/banned.h"

#include "usb/track.h"

/* Where each family keeps what; the usages of tracks 2 and 3 follow track 1's. */
struct layout {
	uint32_t application;
	uint32_t status_1; /* 0: none */
	uint32_t length_1;
	uint32_t track_1;
};

static const struct layout layouts[] = {
    {HID_USAGE(0xFF00, 0x01), HID_USAGE(0xFF00, 0x20), HID_USAGE(0xFF00, 0x28),
	HID_USAGE(0xFF00, 0x30)},
    {HID_USAGE(0x8E, 0x01), 0, HID_USAGE(0x8E, 0x11), HID_USAGE(0x8E, 0x21)},
};

enum { STATUS_ERROR = 1, BYTE_BITS = 8 };

static bool is_byte(const struct hid_field *field)
{
	return field != NULL && !field->array && field->bit_size == BYTE_BITS;
}

static enum err find_tracks(struct stripe *stripe, const struct layout *layout)
{
	const struct hid_map *map = &stripe->map;
	for (uint32_t i = 0; i < STRIPE_TRACKS; i++) {
		if (layout->status_1 != 0) {
			stripe->status[i] =
			    hid_find(map, HID_INPUT, layout->status_1 + i);
			if (!is_byte(stripe->status[i]))
				return ERR_UNSUPPORTED;
		}
		stripe->length[i] = hid_find(map, HID_INPUT, layout->length_1 + i);
		stripe->data[i] = hid_find(map, HID_INPUT, layout->track_1 + i);
		if (!is_byte(stripe->length[i]) || !is_byte(stripe->data[i]))
			return ERR_UNSUPPORTED;
	}
	return ERR_NONE;
}

enum err stripe_init(struct stripe *stripe, struct bytes descriptor)
{
	struct stripe made = {0};
	enum err error = hid_parse(descriptor, &made.map);
	if (error != ERR_NONE)
		return error;
	*stripe = made;
	for (size_t i = 0; i < COUNT_OF(layouts); i++)
		if (hid_has_application(&stripe->map, layouts[i].application))
			return find_tracks(stripe, &layouts[i]);
	return ERR_UNSUPPORTED;
}

size_t stripe_report_len(const struct stripe *stripe)
{
	return hid_report_len(&stripe->map, HID_INPUT, stripe->data[0]->report_id);
}

/* What one track gave. */
enum track_state { TRACK_ABSENT = 0, TRACK_GOOD, TRACK_BAD };

static enum err take_bytes(const struct stripe *stripe, struct bytes report, size_t track,
    uint8_t out[SCAN_TRACK_LEN_MAX], uint32_t len)
{
	if (len > stripe->data[track]->count || len > SCAN_TRACK_LEN_MAX)
		return ERR_RANGE;
	for (uint32_t i = 0; i < len; i++) {
		uint32_t value;
		if (hid_get(&stripe->map, stripe->data[track], report, i, &value) !=
		    ERR_NONE)
			return ERR_FORMAT;
		out[i] = (uint8_t)value;
	}
	return ERR_NONE;
}

/* ERR_FORMAT or ERR_RANGE: the report itself cannot be believed. */
static enum err take_track(const struct stripe *stripe, struct bytes report, size_t track,
    struct scan *scan, enum track_state *ret_state)
{
	const struct hid_field *status_field = stripe->status[track];
	uint32_t status = 0;
	uint32_t len;
	uint8_t data[SCAN_TRACK_LEN_MAX];
	if (status_field != NULL &&
	    hid_get(&stripe->map, status_field, report, 0, &status) != ERR_NONE)
		return ERR_FORMAT;
	if (hid_get(&stripe->map, stripe->length[track], report, 0, &len) != ERR_NONE)
		return ERR_FORMAT;
	enum err error = take_bytes(stripe, report, track, data, len);
	if (error == ERR_NONE) {
		*ret_state = (status & STATUS_ERROR) != 0 ? TRACK_BAD
			     : len == 0                   ? TRACK_ABSENT
							  : TRACK_GOOD;
		struct bytes bytes = {.at = data, .len = len};
		if (*ret_state == TRACK_GOOD && !track_valid(bytes, (unsigned)track + 1))
			*ret_state = TRACK_BAD;
		if (*ret_state == TRACK_GOOD) {
			memcpy(scan->data + scan->len, data, len);
			scan->len += len;
		}
	}
	explicit_bzero(data, sizeof(data));
	return error;
}

void stripe_report(
    const struct stripe *stripe, struct bytes report, struct scan *ret_scan)
{
	bool bad = report.len < stripe_report_len(stripe);
	scan_wipe(ret_scan);
	for (size_t i = 0; i < STRIPE_TRACKS && !bad; i++) {
		enum track_state state = TRACK_ABSENT;
		enum err error = take_track(stripe, report, i, ret_scan, &state);
		if (error != ERR_NONE) {
			scan_wipe(ret_scan);
			bad = true;
		} else if (state == TRACK_BAD) {
			ret_scan->fault = SCAN_FAULT_MISREAD;
		}
	}
	ret_scan->source = SCAN_STRIPE;
	if (ret_scan->len > 0) /* a good track serves though another failed */
		ret_scan->fault = SCAN_FAULT_NONE;
	else if (bad)
		ret_scan->fault = SCAN_FAULT_MISREAD;
	else if (ret_scan->fault == SCAN_FAULT_NONE)
		ret_scan->fault = SCAN_FAULT_BLANK;
}
