/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"
#include "contract/cbor.h"
#include "contract/columns.h"
#include "tests/sync/sample.h"

#define OK(call) assert_int_equal((call), ERR_NONE)

enum { ROOM = 64 * 1024 };

static struct columns columns;
static struct event event;
static uint8_t rows_buf[ROOM], columns_buf[ROOM], again_buf[ROOM], one[EVENT_BYTES_MAX];

static void put_event(struct sink *out)
{
	struct sink bytes = sink_of(one, sizeof(one));

	OK(event_encode(&event, &bytes));
	batch_body_event(out, sink_bytes(&bytes));
}

/* `count` events of several shapes, two recipients before them. */
static struct bytes sample_rows(size_t count)
{
	struct sink out = sink_of(rows_buf, sizeof(rows_buf));
	const struct bytes recipients[] = {
	    bytes_of("first recipient", 15), bytes_of("second", 6)};
	static struct event sale;

	batch_body_head(&out, recipients, COUNT_OF(recipients), count);
	for (size_t i = 0; i < count; i++) {
		sample_sale(&sale, 2);
		if (i % 3 == 0)
			sample_topup(&event, i + 1);
		else if (i % 7 == 0)
			sample_void(&event, i + 1, &sale);
		else
			sample_sale(&event, i + 1);
		put_event(&out);
	}
	assert_false(out.over);
	return sink_bytes(&out);
}

static struct bytes to_columns(struct bytes rows)
{
	struct sink out = sink_of(columns_buf, sizeof(columns_buf));

	OK(columns_from_rows(&columns, rows, &out));
	return sink_bytes(&out);
}

static void assert_back(struct bytes rows, struct bytes body)
{
	struct sink out = sink_of(again_buf, sizeof(again_buf));

	OK(columns_to_rows(&columns, body, &out));
	assert_true(bytes_equal(rows, sink_bytes(&out)));
}

static void rows_come_back_to_the_byte(void **state)
{
	(void)state;
	static const size_t counts[] = {1, 2, 3, 50, 200};

	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		const struct bytes rows = sample_rows(counts[i]);
		assert_back(rows, to_columns(rows));
	}
}

static void numbers_of_any_size_come_back(void **state)
{
	(void)state;
	static const int64_t values[] = {
	    0, INT64_MAX, INT64_MIN, -1, INT64_MIN + 1, INT64_MAX, 1};
	struct sink out = sink_of(rows_buf, sizeof(rows_buf));

	batch_body_head(&out, NULL, 0, COUNT_OF(values));
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct sink map = sink_of(one, sizeof(one));
		cbor_put_map(&map, 2);
		cbor_put_uint(&map, 9); /* a number key */
		cbor_put_int(&map, values[i]);
		cbor_put_uint(&map, 31); /* and the last key that has a column */
		cbor_put_int(&map, values[i]);
		batch_body_event(&out, sink_bytes(&map));
	}
	assert_back(sink_bytes(&out), to_columns(sink_bytes(&out)));
}

static struct bytes rows_of_one(const char *hex)
{
	struct sink out = sink_of(rows_buf, sizeof(rows_buf));
	const size_t len = strlen(hex) / 2;

	OK(hex_decode(one, len, hex));
	batch_body_head(&out, NULL, 0, 1);
	batch_body_event(&out, bytes_of(one, len));
	return sink_bytes(&out);
}

/* What columns cannot carry travels by rows, so that a bad event blocks nothing. */
static void what_is_no_event_goes_by_rows(void **state)
{
	(void)state;
	static const char *const events[] = {"ff", "00", "a0ff", "a1182000", "a201010001",
	    "a201000000", "a1616101", "a109f5", "a1091bffffffffffffffff", "a1015f"};

	for (size_t i = 0; i < COUNT_OF(events); i++) {
		const struct bytes rows = rows_of_one(events[i]);
		struct sink out = sink_of(columns_buf, sizeof(columns_buf));
		assert_int_equal(
		    columns_from_rows(&columns, rows, &out), ERR_UNSUPPORTED);
		assert_back(rows, rows);
	}
	assert_back(rows_of_one("a0"), to_columns(rows_of_one("a0")));
}

static void damage_is_refused_or_harmless(void **state)
{
	(void)state;
	const struct bytes body = to_columns(sample_rows(9));
	static uint8_t mutant[ROOM];
	unsigned refused = 0;

	for (size_t len = 0; len < body.len; len++) {
		struct sink out = sink_of(again_buf, sizeof(again_buf));
		assert_int_not_equal(
		    columns_to_rows(&columns, bytes_of(body.at, len), &out), ERR_NONE);
	}
	for (size_t i = 0; i < body.len * 8; i++) {
		struct sink out = sink_of(again_buf, sizeof(again_buf));
		memcpy(mutant, body.at, body.len);
		mutant[i / 8] = (uint8_t)(mutant[i / 8] ^ 1u << i % 8);
		if (columns_to_rows(&columns, bytes_of(mutant, body.len), &out) !=
		    ERR_NONE) {
			refused++;
			continue;
		}
		/* Other values in the same shape: still a body. */
		struct batch_body rows;
		OK(batch_body_parse(sink_bytes(&out), &rows));
		assert_int_equal(rows.event_count, 9);
	}
	assert_true(refused > body.len);
}

static void room_is_kept(void **state)
{
	(void)state;
	const struct bytes rows = sample_rows(20);
	struct sink small = sink_of(columns_buf, 100);

	assert_int_equal(columns_from_rows(&columns, rows, &small), ERR_LIMIT);
	const struct bytes body = to_columns(rows);
	struct sink less = sink_of(again_buf, rows.len - 1);
	assert_int_equal(columns_to_rows(&columns, body, &less), ERR_LIMIT);
	struct sink exact = sink_of(again_buf, rows.len);
	OK(columns_to_rows(&columns, body, &exact));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_come_back_to_the_byte),
	    cmocka_unit_test(numbers_of_any_size_come_back),
	    cmocka_unit_test(what_is_no_event_goes_by_rows),
	    cmocka_unit_test(damage_is_refused_or_harmless),
	    cmocka_unit_test(room_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
