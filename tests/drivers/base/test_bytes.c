/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

static void cursor_never_passes_the_end(void **state)
{
	(void)state;
	const uint8_t data[] = {1, 2, 3, 4, 5};
	struct cursor in = cursor_of(bytes_of(data, sizeof(data)));
	uint64_t value = 77;
	assert_int_equal(cursor_be(&in, 8, &value), ERR_FORMAT);
	assert_int_equal(value, 77); /* untouched on failure */
	assert_int_equal(cursor_be(&in, 2, &value), ERR_NONE);
	assert_int_equal(value, 0x0102);
	assert_int_equal(cursor_le(&in, 3, &value), ERR_NONE);
	assert_int_equal(value, 0x050403);
	struct bytes none;
	assert_int_equal(cursor_take(&in, 1, &none), ERR_FORMAT);
	assert_int_equal(cursor_take(&in, 0, &none), ERR_NONE);
}

static void sink_stays_over_after_the_first_miss(void **state)
{
	(void)state;
	uint8_t buf[4];
	struct sink out = sink_of(buf, sizeof(buf));
	sink_be(&out, 3, 0x010203);
	sink_be(&out, 2, 0x0405);
	assert_true(out.over);
	sink_u8(&out, 9); /* would fit, and must not be written */
	assert_int_equal(out.len, 3);
}

static void hex_round_trips_and_refuses(void **state)
{
	(void)state;
	const uint8_t data[] = {0x00, 0xab, 0xff};
	char text[7];
	uint8_t back[3];
	hex_encode(text, bytes_of(data, 3));
	assert_string_equal(text, "00abff");
	assert_int_equal(hex_decode(back, 3, "00ABff"), ERR_NONE);
	assert_memory_equal(back, data, 3);
	assert_int_equal(hex_decode(back, 3, "00abf"), ERR_FORMAT);
	assert_int_equal(hex_decode(back, 3, "00abff0"), ERR_FORMAT);
	assert_int_equal(hex_decode(back, 3, "00abfg"), ERR_FORMAT);
}

/* RFC 4648 10 */
static void base64_vectors(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
	    {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[16];
		uint8_t back[16];
		size_t len;
		assert_int_equal(
		    base64_encode(text, sizeof(text), bytes_of_text(cases[i][0])),
		    ERR_NONE);
		assert_string_equal(text, cases[i][1]);
		assert_int_equal(base64_decode(back, sizeof(back), text, &len), ERR_NONE);
		assert_int_equal(len, strlen(cases[i][0]));
		assert_memory_equal(back, cases[i][0], len);
	}
}

static void base64_refuses(void **state)
{
	(void)state;
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	    "====", "Z===", "Zg==Zg==", "Zh==", "Zm9=", "Zm9v!", "Zm=v"};
	uint8_t out[16];
	size_t len;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(
		    base64_decode(out, sizeof(out), bad[i], &len), ERR_FORMAT);
	assert_int_equal(base64_decode(out, 2, "Zm9v", &len), ERR_LIMIT);
	char text[4];
	assert_int_equal(
	    base64_encode(text, sizeof(text), bytes_of_text("foo")), ERR_LIMIT);
}

static void names_and_numbers(void **state)
{
	(void)state;
	uint64_t value = 5;
	assert_true(text_is_name("Loja-1.b_2", 32));
	assert_false(text_is_name("", 32));
	assert_false(text_is_name("a/b", 32));
	assert_false(text_is_name("abcd", 3));
	assert_int_equal(
	    decimal_u64("18446744073709551615", UINT64_MAX, &value), ERR_NONE);
	assert_true(value == UINT64_MAX);
	assert_int_equal(
	    decimal_u64("18446744073709551616", UINT64_MAX, &value), ERR_RANGE);
	assert_int_equal(decimal_u64("101", 100, &value), ERR_RANGE);
	assert_int_equal(decimal_u64("", 100, &value), ERR_FORMAT);
	assert_int_equal(decimal_u64("-1", 100, &value), ERR_FORMAT);
	assert_int_equal(decimal_u64("1 ", 100, &value), ERR_FORMAT);
}

static void text_copies_whole_or_not_at_all(void **state)
{
	(void)state;
	char out[4] = "old";
	assert_int_equal(text_copy(out, sizeof(out), "four"), ERR_LIMIT);
	assert_string_equal(out, "old");
	assert_int_equal(
	    text_from_bytes(out, sizeof(out), bytes_of("a\0b", 3)), ERR_FORMAT);
	assert_string_equal(out, "old");
	assert_int_equal(text_copy(out, sizeof(out), "new"), ERR_NONE);
	assert_string_equal(out, "new");
}

static void every_error_has_a_name_and_a_code(void **state)
{
	(void)state;
	assert_int_equal(err_exit_code(ERR_NONE), 0);
	for (int e = ERR_NONE + 1; e < ERR_COUNT_; e++) {
		assert_true(strlen(err_name((enum err)e)) > 0);
		assert_in_range(err_exit_code((enum err)e), 64, 78);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cursor_never_passes_the_end),
	    cmocka_unit_test(sink_stays_over_after_the_first_miss),
	    cmocka_unit_test(hex_round_trips_and_refuses),
	    cmocka_unit_test(base64_vectors),
	    cmocka_unit_test(base64_refuses),
	    cmocka_unit_test(names_and_numbers),
	    cmocka_unit_test(text_copies_whole_or_not_at_all),
	    cmocka_unit_test(every_error_has_a_name_and_a_code),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
