/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "contract/cbor.h"

enum { BUF = 256 };

static struct bytes from_hex(const char *hex, uint8_t buf[BUF])
{
	const size_t len = strlen(hex) / 2;

	assert_true(len <= BUF);
	assert_int_equal(hex_decode(buf, len, hex), ERR_NONE);
	return bytes_of(buf, len);
}

/* One whole item and nothing behind it. */
static enum err skip_all(const char *hex)
{
	uint8_t buf[BUF];
	struct cursor in = cursor_of(from_hex(hex, buf));
	const enum err err = cbor_skip(&in, NULL);

	return err == ERR_NONE && in.left > 0 ? ERR_LIMIT : err;
}

static void assert_refused(const char *hex)
{
	if (skip_all(hex) == ERR_NONE)
		fail_msg("accepted: %s", hex);
}

static void assert_accepted(const char *hex)
{
	if (skip_all(hex) != ERR_NONE)
		fail_msg("refused: %s", hex);
}

/* RFC 8949 appendix A, the part of the format that the contract uses. */
static void appendix_a_that_we_use_is_read(void **state)
{
	(void)state;
	static const char *const good[] = {"00", "01", "0a", "17", "1818", "1819", "1864",
	    "1903e8", "1a000f4240", "1b000000e8d4a51000", "1bffffffffffffffff",
	    "3bffffffffffffffff", "20", "29", "3863", "3903e7", "f4", "f5", "f6",
	    "c11a514b67b0", "d74401020304", "d818456449455446",
	    "d82076687474703a2f2f7777772e6578616d706c652e636f6d", "40", "4401020304",
	    "60", "6161", "6449455446", "62225c", "62c3bc", "63e6b0b4", "64f0908591",
	    "80", "83010203", "8301820203820405",
	    "98190102030405060708090a0b0c0d0e0f101112131415161718181819", "a0",
	    "a201020304", "a26161016162820203", "826161a161626163",
	    "a56161614161626142616361436164614461656145"};

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_accepted(good[i]);
}

/* RFC 8949 appendix A: floats, undefined, other simple values, indefinite. */
static void appendix_a_that_we_do_not_use_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"f90000", "f93c00", "fb3ff199999999999a",
	    "fa47c35000", "f97e00", "f7", "f0", "f8ff", "c1fb41d452d9e8a00000",
	    "5f42010243030405ff", "7f657374726561646d696e67ff", "9fff",
	    "9f018202039f0405ffff", "83018202039f0405ff", "bf61610161629f0203ffff",
	    "826161bf61626163ff", "ff"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i]);
}

static void forms_that_are_not_deterministic_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    /* longer heads than needed, every major type and width */
	    "1817", "190017", "1900ff", "1a00000017", "1a0000ffff", "1b0000000000000017",
	    "1b00000000ffffffff", "3817", "3900ff", "3a0000ffff", "5800", "580100",
	    "590001aa", "7800", "780161", "9800", "980101", "99000101", "b800",
	    "b8010101", "b900010101", "d80101", "d9000101",
	    /* reserved additional information */
	    "1c", "1d", "1e", "1f", "5c", "7d", "9e", "dc00", "fc", "fd", "fe",
	    /* keys that repeat or fall, also as text, also nested */
	    "a201010101", "a202010101", "a220010001", "a2616201616101",
	    "a262616101616201", "a101a201010101", "a2810101810101"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i]);
	assert_accepted("a200012001");
	assert_accepted("a2616101616201");
	assert_accepted("a281010182010201");
}

static void truncated_and_lying_lengths_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "18", "19ff", "1a010203",
	    "1b01020304050607", "41", "5818", "61", "78ff00", "81", "8201", "a1", "a101",
	    "c1", "9bffffffffffffffff", "bbffffffffffffffff", "5bffffffffffffffff",
	    "7bffffffffffffffff", "bb800000000000000000", "9a7fffffff00", "8000", "0000"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i]);
}

static void bad_utf8_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"6180", "61ff", "62c080", "62c1bf", "63e08080",
	    "63eda080", "63edbfbf", "64f0808080", "64f4908080", "64f5808080", "62c328",
	    "63e28228", "61c3", "62e282", "63f09f98", "64f09f9828"};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i]);
	assert_accepted("64f48fbfbf");
	assert_accepted("63ed9fbf");
	assert_accepted("63ee8080");
	assert_accepted("62dfbf");
}

static void depth_is_bounded(void **state)
{
	(void)state;
	static const char *const open[] = {"81", "a100", "c1"};

	for (int inside = 0; inside < 3; inside++) {
		for (size_t depth = 1; depth <= CBOR_DEPTH_MAX + 1; depth++) {
			char deep[4 * (CBOR_DEPTH_MAX + 1) + 3];
			size_t len = 0;
			for (size_t i = 0; i < depth; i++) {
				memcpy(deep + len, open[inside], strlen(open[inside]));
				len += strlen(open[inside]);
			}
			memcpy(deep + len, "00", 3);
			assert_int_equal(skip_all(deep),
			    depth <= CBOR_DEPTH_MAX ? ERR_NONE : ERR_LIMIT);
		}
	}
}

static void integers_round_at_every_width(void **state)
{
	(void)state;

	static const struct {
		int64_t value;
		size_t len;
	} want[] = {{0, 1}, {23, 1}, {24, 2}, {255, 2}, {256, 3}, {65535, 3}, {65536, 5},
	    {INT64_C(4294967295), 5}, {INT64_C(4294967296), 9}, {INT64_MAX, 9}, {-1, 1},
	    {-24, 1}, {-25, 2}, {-256, 2}, {-257, 3}, {-65536, 3}, {-65537, 5},
	    {INT64_MIN, 9}};

	for (size_t i = 0; i < COUNT_OF(want); i++) {
		uint8_t buf[16];
		struct sink out = sink_of(buf, sizeof(buf));
		int64_t value = 0;
		cbor_put_int(&out, want[i].value);
		assert_int_equal(out.len, want[i].len);
		struct cursor in = cursor_of(sink_bytes(&out));
		assert_int_equal(cbor_get_int(&in, &value), ERR_NONE);
		assert_true(value == want[i].value);
		assert_int_equal(in.left, 0);
	}
}

static void integers_outside_the_asked_range_stay_unread(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	struct cursor in = cursor_of(from_hex("1bffffffffffffffff", buf));
	int64_t value = 7;
	uint64_t uvalue = 7;

	assert_int_equal(cbor_get_int(&in, &value), ERR_RANGE);
	assert_int_equal(cbor_get_uint(&in, UINT64_MAX - 1, &uvalue), ERR_RANGE);
	assert_int_equal(value, 7);
	assert_int_equal(uvalue, 7);
	assert_int_equal(in.left, 9);
	assert_int_equal(cbor_get_uint(&in, UINT64_MAX, &uvalue), ERR_NONE);
	assert_true(uvalue == UINT64_MAX);
	in = cursor_of(from_hex("3b8000000000000000", buf)); /* INT64_MIN - 1 */
	assert_int_equal(cbor_get_int(&in, &value), ERR_RANGE);
	in = cursor_of(from_hex("20", buf));
	assert_int_equal(cbor_get_uint(&in, 10, &uvalue), ERR_FORMAT);
}

static void wrong_types_leave_the_cursor(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	const struct bytes text = from_hex("6161", buf);
	struct cursor in = cursor_of(text);
	struct bytes got;
	uint64_t number = 0;
	size_t count = 0;
	bool truth = false;
	uint8_t fixed[1];

	assert_int_equal(cbor_get_bytes(&in, &got), ERR_FORMAT);
	assert_int_equal(cbor_get_uint(&in, 9, &number), ERR_FORMAT);
	assert_int_equal(cbor_get_array(&in, 9, &count), ERR_FORMAT);
	assert_int_equal(cbor_get_map(&in, 9, &count), ERR_FORMAT);
	assert_int_equal(cbor_get_bool(&in, &truth), ERR_FORMAT);
	assert_int_equal(cbor_get_tag(&in, 1), ERR_FORMAT);
	assert_int_equal(cbor_get_fixed(&in, fixed, 1), ERR_FORMAT);
	assert_false(cbor_get_null(&in));
	assert_int_equal(in.left, 2);
	assert_int_equal(cbor_get_text(&in, &got), ERR_NONE);
	assert_int_equal(in.left, 0);
}

static void text_copies_know_their_room(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	char out[4] = "zz";
	struct cursor in = cursor_of(from_hex("6461626364", buf)); /* "abcd" */

	assert_int_equal(cbor_get_text_copy(&in, out, sizeof(out)), ERR_LIMIT);
	assert_string_equal(out, "zz");
	assert_int_equal(in.left, 5);
	in = cursor_of(from_hex("63616263", buf));
	assert_int_equal(cbor_get_text_copy(&in, out, sizeof(out)), ERR_NONE);
	assert_string_equal(out, "abc");
	in = cursor_of(from_hex("63610063", buf)); /* a NUL inside */
	assert_int_equal(cbor_get_text_copy(&in, out, sizeof(out)), ERR_FORMAT);
}

static void counts_are_not_believed(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	struct cursor in = cursor_of(from_hex("8401020304", buf));
	size_t count = 0;

	assert_int_equal(cbor_get_array(&in, 3, &count), ERR_LIMIT);
	assert_int_equal(cbor_get_array(&in, 4, &count), ERR_NONE);
	assert_int_equal(count, 4);
	in = cursor_of(from_hex("9a0001000001", buf));
	assert_int_equal(cbor_get_array(&in, SIZE_MAX, &count), ERR_FORMAT);
	in = cursor_of(from_hex("a3010203", buf));
	assert_int_equal(cbor_get_map(&in, SIZE_MAX, &count), ERR_FORMAT);
}

static void maps_are_walked_in_order(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	struct cursor in = cursor_of(from_hex("a40105020620072108", buf));
	struct cbor_map map;
	uint64_t value = 0;

	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_NONE);
	assert_true(cbor_map_find(&map, 1));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_true(cbor_map_find(&map, 2));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_false(cbor_map_find(&map, 3)); /* absent, and no harm */
	assert_true(cbor_map_find(&map, -1));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_true(cbor_map_find(&map, -2));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_int_equal(value, 8);
	assert_int_equal(cbor_map_close(&map), ERR_NONE);
	assert_int_equal(in.left, 0);
}

static void maps_with_what_was_not_asked_for_are_refused(void **state)
{
	(void)state;
	uint8_t buf[BUF];
	struct cbor_map map;
	uint64_t value = 0;

	struct cursor in = cursor_of(from_hex("a201050206", buf)); /* 1 is skipped */
	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_NONE);
	assert_false(cbor_map_find(&map, 2));
	assert_int_equal(cbor_map_close(&map), ERR_FORMAT);
	in = cursor_of(from_hex("a201050206", buf)); /* 2 is left over */
	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_NONE);
	assert_true(cbor_map_find(&map, 1));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_int_equal(cbor_map_close(&map), ERR_FORMAT);
	in = cursor_of(from_hex("a201050106", buf)); /* 1 twice */
	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_NONE);
	assert_true(cbor_map_find(&map, 1));
	assert_int_equal(cbor_get_uint(&in, 9, &value), ERR_NONE);
	assert_false(cbor_map_find(&map, 2));
	assert_int_equal(cbor_map_close(&map), ERR_FORMAT);
	in = cursor_of(from_hex("a1616105", buf)); /* a key that is text */
	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_NONE);
	assert_false(cbor_map_find(&map, 1));
	assert_int_equal(cbor_map_close(&map), ERR_FORMAT);
	in = cursor_of(from_hex("a20105", buf)); /* shorter than it says */
	assert_int_equal(cbor_map_open(&map, &in, 4), ERR_FORMAT);
}

static void a_full_sink_writes_nothing_more(void **state)
{
	(void)state;
	uint8_t buf[4] = {0};
	struct sink out = sink_of(buf, sizeof(buf));

	cbor_put_text(&out, "abcd");
	cbor_put_uint(&out, 1);
	assert_true(out.over);
	assert_true(out.len <= 1);
	assert_int_equal(buf[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(appendix_a_that_we_use_is_read),
	    cmocka_unit_test(appendix_a_that_we_do_not_use_is_refused),
	    cmocka_unit_test(forms_that_are_not_deterministic_are_refused),
	    cmocka_unit_test(truncated_and_lying_lengths_are_refused),
	    cmocka_unit_test(bad_utf8_is_refused),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(integers_round_at_every_width),
	    cmocka_unit_test(integers_outside_the_asked_range_stay_unread),
	    cmocka_unit_test(wrong_types_leave_the_cursor),
	    cmocka_unit_test(text_copies_know_their_room),
	    cmocka_unit_test(counts_are_not_believed),
	    cmocka_unit_test(maps_are_walked_in_order),
	    cmocka_unit_test(maps_with_what_was_not_asked_for_are_refused),
	    cmocka_unit_test(a_full_sink_writes_nothing_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
