/* SPDX-License-Identifier: MIT */
/* A report descriptor and reports for it, through every HID decoder. Whatever a
 * device says, fields lie inside their reports and labels inside their limits. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "usb/hidpos.h"
#include "usb/stripe.h"
#include "usb/wedge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_scan(const struct scan *scan)
{
	assert(scan->len <= SCAN_LEN_MAX);
	assert(scan->fault == SCAN_FAULT_NONE || scan->len == 0);
	assert(memchr(scan->aim, '\0', sizeof(scan->aim)) != NULL);
}

static void check_map(struct bytes descriptor)
{
	static struct hid_map map;
	if (hid_parse(descriptor, &map) != ERR_NONE)
		return;
	for (size_t i = 0; i < map.field_count; i++) {
		const struct hid_field *field = &map.field[i];
		size_t len = hid_report_len(&map, field->kind, field->report_id);
		uint64_t end = (uint64_t)field->bit_offset +
			       (uint64_t)field->count * field->bit_size;
		assert(
		    field->bit_size >= 1 && field->bit_size <= 32 && field->count >= 1);
		assert((end + 7) / 8 + (map.has_ids ? 1 : 0) <= len);
		assert(field->usage_min <= field->usage_max || field->array);
	}
}

static void feed_stripe(struct bytes descriptor, struct bytes report)
{
	static struct stripe stripe;
	static struct scan scan;
	if (stripe_init(&stripe, descriptor) == ERR_NONE) {
		stripe_report(&stripe, report, &scan);
		check_scan(&scan);
	}
}

/* Reports of `len` bytes each; what is left is a short one. */
static void feed_labels(struct bytes descriptor, struct cursor in, size_t len)
{
	static struct hidpos hidpos;
	static struct wedge wedge;
	bool pos = hidpos_init(&hidpos, descriptor) == ERR_NONE;
	bool typing = wedge_init(&wedge, descriptor, KEYMAP_ABNT2) == ERR_NONE;
	while (in.left > 0) {
		struct bytes report;
		if (cursor_take(&in, in.left < len ? in.left : len, &report) != ERR_NONE)
			return;
		if (pos && hidpos_report(&hidpos, report) != HIDPOS_NOTHING)
			check_scan(&hidpos.scan);
		if (typing && wedge_report(&wedge, report))
			check_scan(&wedge.scan);
	}
	if (pos)
		(void)hidpos_reset(&hidpos);
	if (typing)
		(void)wedge_reset(&wedge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = {.at = data, .left = size};
	uint8_t descriptor_len;
	uint8_t report_len;
	struct bytes descriptor;
	if (cursor_u8(&in, &descriptor_len) != ERR_NONE ||
	    cursor_u8(&in, &report_len) != ERR_NONE ||
	    cursor_take(&in, descriptor_len, &descriptor) != ERR_NONE)
		return 0;
	check_map(descriptor);
	feed_stripe(descriptor, (struct bytes){.at = in.at, .len = in.left});
	feed_labels(descriptor, in, report_len == 0 ? 1 : report_len);
	return 0;
}
