/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "usb/report.h"

/* Descriptors that no honest device has, and the corners of those that have:
 * what real ones say is tested with tests/devices. Items by HID 1.11, 6.2.2. */

#define OPEN 0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01 /* page 8C, usage 2, application */
#define CLOSE 0xc0
#define CELL 0x75, 0x08, 0x95, 0x01       /* size 8, count 1 */
#define USED_INPUT 0x09, 0x30, 0x81, 0x02 /* usage 30, input variable */

static struct hid_map map; /* large: not for a stack */

static enum err parse(const uint8_t *at, size_t len)
{
	return hid_parse(bytes_of(at, len), &map);
}

static void refuses_what_contradicts_itself(void **state)
{
	(void)state;

	static const struct {
		const char *what;
		enum err error;
		size_t len;
		uint8_t bytes[24];
	} cases[] = {
	    {"an item cut short", ERR_FORMAT, 2, {0x06, 0x8c}},
	    {"a long item cut before its length", ERR_FORMAT, 1, {0xfe}},
	    {"a long item cut before its tag", ERR_FORMAT, 2, {0xfe, 0x01}},
	    {"a long item cut in its data", ERR_FORMAT, 4, {0xfe, 0x02, 0xf0, 0x00}},
	    {"a reserved item", ERR_FORMAT, 1, {0x0c}},
	    {"a reserved main item", ERR_FORMAT, 7, {OPEN, 0xd0}},
	    {"a collection left open", ERR_FORMAT, 6, {OPEN}},
	    {"an end without a collection", ERR_FORMAT, 1, {CLOSE}},
	    {"a field outside of collections", ERR_FORMAT, 8, {CELL, USED_INPUT}},
	    {"a maximum without its minimum", ERR_FORMAT, 2, {0x29, 0x05}},
	    {"two minima", ERR_FORMAT, 4, {0x19, 0x05, 0x19, 0x06}},
	    {"a maximum under its minimum", ERR_FORMAT, 4, {0x19, 0x05, 0x29, 0x04}},
	    {"a minimum left open at a field", ERR_FORMAT, 14,
		{OPEN, CELL, 0x19, 0x05, 0x81, 0x02}},
	    {"a page beyond 16 bits", ERR_FORMAT, 5, {0x07, 0x00, 0x00, 0x01, 0x00}},
	    {"report id 0", ERR_FORMAT, 2, {0x85, 0x00}},
	    {"report id 256", ERR_FORMAT, 3, {0x86, 0x00, 0x01}},
	    {"an id after fields without one", ERR_FORMAT, 16,
		{OPEN, CELL, USED_INPUT, 0x85, 0x01}},
	    {"a pop without a push", ERR_FORMAT, 1, {0xb4}},
	    {"a cell beyond every report", ERR_LIMIT, 5, {0x77, 0x01, 0x80, 0x00, 0x00}},
	    {"more cells than a report has", ERR_LIMIT, 5,
		{0x97, 0x01, 0x80, 0x00, 0x00}},
	    {"a report beyond its limit", ERR_LIMIT, 16,
		{OPEN, 0x75, 0x20, 0x96, 0x01, 0x04, USED_INPUT, CLOSE}},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		map.field_count = 77;
		enum err error = parse(cases[i].bytes, cases[i].len);
		if (error != cases[i].error)
			fail_msg("%s: %s", cases[i].what, err_name(error));
		assert_int_equal(map.field_count, 77); /* untouched */
	}
}

/* `unit`, `times` over, between an opened collection and its end. */
static enum err parse_repeated(const uint8_t *unit, size_t len, size_t times)
{
	static const uint8_t begin[] = {OPEN, CELL};
	static uint8_t descriptor[HID_DESCRIPTOR_MAX + 64];
	struct sink sink = sink_of(descriptor, sizeof(descriptor));
	sink_put(&sink, bytes_of(begin, sizeof(begin)));
	for (size_t i = 0; i < times; i++)
		sink_put(&sink, bytes_of(unit, len));
	sink_u8(&sink, CLOSE);
	assert_false(sink.over);
	return hid_parse(sink_bytes(&sink), &map);
}

static void has_limits_and_reaches_them(void **state)
{
	(void)state;
	static const uint8_t usage[] = {0x09, 0x30};
	static const uint8_t push[] = {0xa4};
	static const uint8_t field[] = {USED_INPUT};
	static const uint8_t padding[] = {0x81, 0x03, 0x81, 0x03};
	assert_int_equal(parse_repeated(usage, sizeof(usage), HID_USAGES_MAX), ERR_NONE);
	assert_int_equal(
	    parse_repeated(usage, sizeof(usage), HID_USAGES_MAX + 1), ERR_LIMIT);
	assert_int_equal(
	    parse_repeated(push, sizeof(push), HID_STACK_DEPTH_MAX), ERR_NONE);
	assert_int_equal(
	    parse_repeated(push, sizeof(push), HID_STACK_DEPTH_MAX + 1), ERR_LIMIT);
	assert_int_equal(parse_repeated(field, sizeof(field), HID_FIELDS_MAX), ERR_NONE);
	assert_int_equal(map.field_count, HID_FIELDS_MAX);
	assert_int_equal(
	    parse_repeated(field, sizeof(field), HID_FIELDS_MAX + 1), ERR_LIMIT);
	assert_int_equal(parse_repeated(padding, 1, HID_DESCRIPTOR_MAX), ERR_LIMIT);
}

static void nests_so_deep_and_no_deeper(void **state)
{
	(void)state;
	for (size_t depth = HID_COLLECTION_DEPTH_MAX;
	     depth <= HID_COLLECTION_DEPTH_MAX + 1; depth++) {
		uint8_t buf[64];
		struct sink sink = sink_of(buf, sizeof(buf));
		for (size_t i = 0; i < depth; i++)
			sink_be(&sink, 2, 0xa101);
		for (size_t i = 0; i < depth; i++)
			sink_u8(&sink, CLOSE);
		assert_int_equal(hid_parse(sink_bytes(&sink), &map),
		    depth == HID_COLLECTION_DEPTH_MAX ? ERR_NONE : ERR_LIMIT);
	}
}

static void counts_report_ids(void **state)
{
	(void)state;
	static uint8_t descriptor[1024];
	for (unsigned ids = HID_REPORTS_MAX; ids <= HID_REPORTS_MAX + 1; ids++) {
		static const uint8_t begin[] = {OPEN, CELL};
		struct sink sink = sink_of(descriptor, sizeof(descriptor));
		sink_put(&sink, bytes_of(begin, sizeof(begin)));
		for (unsigned id = 1; id <= ids; id++) {
			const uint8_t one[] = {0x85, (uint8_t)id, USED_INPUT};
			sink_put(&sink, bytes_of(one, sizeof(one)));
		}
		sink_u8(&sink, CLOSE);
		assert_int_equal(hid_parse(sink_bytes(&sink), &map),
		    ids == HID_REPORTS_MAX ? ERR_NONE : ERR_LIMIT);
	}
	assert_int_equal(hid_report_len(&map, HID_INPUT, 1), 2);
	assert_int_equal(hid_report_len(&map, HID_INPUT, HID_REPORTS_MAX + 1), 0);
	assert_int_equal(hid_report_len(&map, HID_OUTPUT, 1), 0);
}

/* A long item is passed over; push keeps what pop brings back; output fields
 * and cells wider than 32 bits have their place; 255 in one byte is 255. */
static void reads_the_rare_items(void **state)
{
	(void)state;
	static const uint8_t descriptor[] = {OPEN, 0xfe, 0x02, 0xf0, 0xaa, 0xbb, CELL,
	    0x15, 0x00, 0x25, 0xff, 0xa4, 0x75, 0x10, 0x05, 0x01, 0x09, 0x31, 0x91, 0x02,
	    0xb4, USED_INPUT, 0x75, 0x40, 0x09, 0x32, 0x81, 0x02, 0x75, 0x08, 0x39, 0x01,
	    0x0b, 0x33, 0x00, 0x0d, 0x00, 0x81, 0x02, CLOSE};
	assert_int_equal(parse(descriptor, sizeof(descriptor)), ERR_NONE);
	assert_true(hid_has_application(&map, HID_USAGE(0x8c, 2)));

	const struct hid_field *out = hid_find(&map, HID_OUTPUT, HID_USAGE(0x01, 0x31));
	assert_non_null(out);
	assert_int_equal(out->bit_size, 16);
	assert_int_equal(hid_report_len(&map, HID_OUTPUT, 0), 2);

	const struct hid_field *in = hid_find(&map, HID_INPUT, HID_USAGE(0x8c, 0x30));
	assert_non_null(in);
	assert_int_equal(in->bit_size, 8);
	assert_int_equal(in->logical_min, 0);
	assert_int_equal(in->logical_max, 255);
	assert_null(hid_find(&map, HID_INPUT, HID_USAGE(0x8c, 0x32)));

	/* The usage that brings its own page stands behind the wide cell. */
	const struct hid_field *far = hid_find(&map, HID_INPUT, HID_USAGE(0x0d, 0x33));
	assert_non_null(far);
	assert_int_equal(far->bit_offset, 8 + 64);
	assert_int_equal(hid_report_len(&map, HID_INPUT, 0), 1 + 8 + 1);

	static const uint8_t report[] = {0x41, 0, 0, 0, 0, 0, 0, 0, 0, 0x7e};
	uint32_t value = 5;
	assert_int_equal(
	    hid_get(&map, far, bytes_of(report, sizeof(report) - 1), 0, &value),
	    ERR_FORMAT);
	assert_int_equal(
	    hid_get(&map, far, bytes_of(report, sizeof(report)), 1, &value), ERR_RANGE);
	assert_int_equal(value, 5);
	assert_int_equal(
	    hid_get(&map, far, bytes_of(report, sizeof(report)), 0, &value), ERR_NONE);
	assert_int_equal(value, 0x7e);
}

static void a_cell_is_read_from_its_own_report_only(void **state)
{
	(void)state;
	static const uint8_t descriptor[] = {OPEN, CELL, 0x85, 0x07, USED_INPUT, CLOSE};
	static const uint8_t ours[] = {0x07, 0x55};
	static const uint8_t other[] = {0x08, 0x55};
	uint32_t value = 5;
	assert_int_equal(parse(descriptor, sizeof(descriptor)), ERR_NONE);
	const struct hid_field *field = hid_find(&map, HID_INPUT, HID_USAGE(0x8c, 0x30));
	assert_non_null(field);
	assert_int_equal(
	    hid_get(&map, field, bytes_of(other, sizeof(other)), 0, &value), ERR_FORMAT);
	assert_int_equal(hid_get(&map, field, (struct bytes){0}, 0, &value), ERR_FORMAT);
	assert_int_equal(value, 5);
	assert_int_equal(
	    hid_get(&map, field, bytes_of(ours, sizeof(ours)), 0, &value), ERR_NONE);
	assert_int_equal(value, 0x55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refuses_what_contradicts_itself),
	    cmocka_unit_test(has_limits_and_reaches_them),
	    cmocka_unit_test(nests_so_deep_and_no_deeper),
	    cmocka_unit_test(counts_report_ids),
	    cmocka_unit_test(reads_the_rare_items),
	    cmocka_unit_test(a_cell_is_read_from_its_own_report_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
