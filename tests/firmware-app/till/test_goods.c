/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "till/gs1.h"
#include "till/gs1_table.h"
#include "till/gtin.h"

#include "tests/firmware-app/till/verdict_word.h"

static uint32_t seed = 789;

static unsigned below(unsigned limit)
{
	seed = seed * 1664525U + 1013904223U;
	return (unsigned)(((uint64_t)seed * limit) >> 32);
}

/* Any digit but this one. */
static char other_digit(char digit)
{
	return (char)('0' + ((unsigned)(digit - '0') + 1 + below(9)) % 10);
}

/* By the book: odd places from the left of a 14-digit GTIN weigh three. */
static void random_gtin(char gtin[15])
{
	int sum = 0;
	for (int i = 0; i < 13; i++) {
		gtin[i] = (char)('0' + below(10));
		sum += (gtin[i] - '0') * (i % 2 == 0 ? 3 : 1);
	}
	gtin[13] = (char)('0' + (10 - sum % 10) % 10);
	gtin[14] = '\0';
}

static void one_wrong_digit_never_passes(void **state)
{
	(void)state;
	for (int n = 0; n < 5000; n++) {
		char gtin[15];
		char back[GTIN_LEN + 1];
		random_gtin(gtin);
		assert_int_equal(gtin_parse(bytes_of_text(gtin), back), VERDICT_OK);
		assert_string_equal(gtin, back);
		unsigned at = below(14);
		gtin[at] = other_digit(gtin[at]);
		assert_int_equal(gtin_parse(bytes_of_text(gtin), back), BAD_CHECK);
	}
}

/*
 * Zero suppression from the other side: every UPC-A that has a short form, by
 * the four rules of the General Specifications, expands back to itself.
 */
static void upce_is_the_inverse_of_suppression(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 4000; n++) {
		char body[40];
		char short_form[40];
		unsigned maker = below(100000);
		unsigned item = below(100000);
		unsigned rule = n % 4;
		if (rule == 0) { /* maker ends in 000, 100, 200; item below 1000 */
			maker = maker / 1000 * 1000 + below(3) * 100;
			item %= 1000;
		} else if (rule == 1) { /* maker ends in 300 to 900; item below 100 */
			maker = maker / 1000 * 1000 + (3 + below(7)) * 100;
			item %= 100;
		} else if (rule == 2) { /* maker ends in 10 to 90; item below 10 */
			maker = maker / 100 * 100 + (1 + below(9)) * 10;
			item %= 10;
		} else { /* maker ends in 1 to 9; item 5 to 9 */
			maker = maker / 10 * 10 + 1 + below(9);
			item = 5 + item % 5;
		}
		unsigned m = maker;
		(void)snprintf(body, sizeof(body), "%u%05u%05u", n / 4 % 2, maker, item);
		int sum = 0;
		for (int i = 0; i < 11; i++)
			sum += (body[i] - '0') * (i % 2 == 0 ? 3 : 1);
		unsigned check = (unsigned)((10 - sum % 10) % 10);
		if (rule == 0)
			(void)snprintf(short_form, sizeof(short_form), "%u%02u%03u%u%u",
			    n / 4 % 2, m / 1000, item, m / 100 % 10, check);
		else if (rule == 1)
			(void)snprintf(short_form, sizeof(short_form), "%u%03u%02u3%u",
			    n / 4 % 2, m / 100, item, check);
		else if (rule == 2)
			(void)snprintf(short_form, sizeof(short_form), "%u%04u%u4%u",
			    n / 4 % 2, m / 10, item, check);
		else
			(void)snprintf(short_form, sizeof(short_form), "%u%05u%u%u",
			    n / 4 % 2, m, item, check);
		char expected[60];
		char upca[UPCA_LEN + 1];
		(void)snprintf(expected, sizeof(expected), "%s%u", body, check);
		assert_int_equal(
		    upce_expand(bytes_of_text(short_form), upca), VERDICT_OK);
		assert_string_equal(upca, expected);
	}
}

static void layouts_of_labels(void **state)
{
	(void)state;
	assert_true(scale_layout_valid("2CCCCCCVVVVVK"));
	assert_true(scale_layout_valid("20CCCCCVVVVVK"));
	assert_true(scale_layout_valid("2CCCCVVVVVVVK"));
	assert_false(scale_layout_valid("3CCCCCCVVVVVK"));
	assert_false(scale_layout_valid("2CCCCCCVVVVVV"));
	assert_false(scale_layout_valid("2CCCCCCCVVVV"));
	assert_false(scale_layout_valid("2CCCCCCCCVVVK")); /* eight of item */
	assert_false(scale_layout_valid("2CCCCCCKVVVVK"));
	assert_false(scale_layout_valid("2CCCCCC00000K"));
	assert_false(scale_layout_valid(""));
	struct scale odd = {"21VVVVVCCCCCK", SCALE_WEIGHT};
	struct scale_label label;
	assert_int_equal(
	    scale_parse(&odd, bytes_of_text("2101234567897"), &label), BAD_CHECK);
	assert_int_equal(
	    scale_parse(&odd, bytes_of_text("2101234567890"), &label), VERDICT_OK);
	assert_int_equal(label.value, 1234);
	assert_string_equal(label.item, "56789");
	assert_int_equal(
	    scale_parse(&odd, bytes_of_text("2201234567897"), &label), BAD_PREFIX);
}

static void weights_and_totals(void **state)
{
	(void)state;
	assert_int_equal(scale_total_cents(1005, 1000, SCALE_TRUNCATE), 1005);
	assert_int_equal(scale_total_cents(1005, 100, SCALE_TRUNCATE), 100);
	assert_int_equal(scale_total_cents(1005, 100, SCALE_HALF_UP), 101);
	assert_int_equal(scale_quantity_milli(500, 1000), 500);
	assert_int_equal(scale_quantity_milli(1, 3), 333);
	assert_int_equal(scale_quantity_milli(500, 0), 0);
}

/* --- GS1 ------------------------------------------------------------------ */

static enum verdict scan(const char *text, struct gs1 *ret)
{
	return gs1_scan("]C1", bytes_of_text(text), ret);
}

/* General Specifications 7.9.5 and two alterations of its example. */
static void check_character_pairs(void **state)
{
	(void)state;
	struct gs1 gs1;
	assert_int_equal(scan("80131987654Ad4X4bL5ttr2310c2K", &gs1), VERDICT_OK);
	assert_int_equal(scan("80131987654Ad4X4bL5ttr2310c2L", &gs1), BAD_CHECK);
	assert_int_equal(scan("80131987654Ad4X4bL5ttr2301c2K", &gs1), BAD_CHECK);
}

struct element_case {
	const char *text;
	enum verdict verdict;
};

static void parts_and_their_checks(void **state)
{
	(void)state;
	static const struct element_case cases[] = {
	    {"2539501101530003", VERDICT_OK},    /* optional part left out */
	    {"2539501101530003ABC", VERDICT_OK}, /* and there */
	    {"2539501101530004", BAD_CHECK},     /* check digit inside */
	    {"8003095011015300031", VERDICT_OK}, /* filler, key, serial */
	    {"8003195011015300031", BAD_VALUE},  /* the filler must be 0 */
	    {"70032602301259", BAD_DATE},        /* 30 February */
	    {"70032602281259", VERDICT_OK},      /* date, then time */
	    {"70032602282460", BAD_TIME},
	    {"700726022826022", BAD_LENGTH}, /* half an optional part */
	    {"7007260228260301", VERDICT_OK}, {"8008260228235959", VERDICT_OK},
	    {"80082602282359", VERDICT_OK}, {"800826022823", VERDICT_OK},
	    {"8008260228", BAD_LENGTH}, {"8008260228236059", BAD_TIME},
	    {"423076032", VERDICT_OK}, {"4230760", BAD_LENGTH}, {"43211", VERDICT_OK},
	    {"43212", BAD_VALUE}, {"725019800230", BAD_DATE},
	    {"8010ABC-1/2#3", VERDICT_OK}, {"8030Ab-_9==", VERDICT_OK},
	    {"8030Ab+9", BAD_CHARSET}, {"80132K", BAD_CHECK},
	    {"8010abc", BAD_CHARSET}, /* 39 characters, no lower case */
	    {"3106123456", BAD_AI},   /* six places: not assigned */
	    {"3379123456", BAD_AI}, {"14260101", BAD_AI},
	    {"3944"
	     "1234",
		BAD_AI},
	    {"1", BAD_AI}, {"x1", BAD_AI}, {"10", BAD_LENGTH},
	    {"10A\x1d\x1d", BAD_AI}, /* one separator, not two */
	    {"\x1d"
	     "10A",
		BAD_AI},
	    {"10A\x1d"
	     "10A",
		VERDICT_OK}, /* said twice */
	    {"10A\x1d"
	     "10B",
		BAD_REPEATED}, /* two lots: neither */
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct gs1 gs1;
		enum verdict verdict = scan(cases[i].text, &gs1);
		if (verdict != cases[i].verdict)
			print_error("%s: %s\n", cases[i].text, verdict_word(verdict));
		assert_int_equal(verdict, cases[i].verdict);
	}
}

static void retail_codes_are_gtins_too(void **state)
{
	(void)state;
	struct gs1 gs1;
	assert_int_equal(
	    gs1_scan("]E0", bytes_of_text("7898459395654"), &gs1), VERDICT_OK);
	assert_true(bytes_equal(gs1_value(&gs1, 1), bytes_of_text("07898459395654")));
	assert_int_equal(gs1_scan("]E4", bytes_of_text("02345673"), &gs1), VERDICT_OK);
	assert_true(bytes_equal(gs1_value(&gs1, 1), bytes_of_text("00000002345673")));
	assert_int_equal(gs1_scan("]E4", bytes_of_text("02345674"), &gs1), BAD_CHECK);
	assert_int_equal(gs1_scan("]E0", bytes_of_text("02345673"), &gs1), BAD_LENGTH);
	assert_int_equal(
	    gs1_scan("]E0", bytes_of_text("789845939565A"), &gs1), BAD_CHARSET);
	assert_int_equal(gs1_scan("]E0", bytes_of_text(""), &gs1), BAD_EMPTY);
	assert_int_equal(
	    gs1_scan("]I1", bytes_of_text("17898459395651"), &gs1), BAD_SYMID);
	assert_int_equal(
	    gs1_scan("", bytes_of_text("0107898459395654"), &gs1), BAD_SYMID);
	assert_int_equal(
	    gs1_scan("]Q1", bytes_of_text("https://a/01/07894051414311"), &gs1),
	    VERDICT_OK);
	assert_int_equal(gs1_scan("]Q1", bytes_of_text("HELLO"), &gs1), BAD_SYMID);
	assert_int_equal(gs1_value(&gs1, 10).len, 0);
}

static void more_elements_than_there_is_room_for(void **state)
{
	(void)state;
	char text[8 * (GS1_ELEMENTS_MAX + 2)] = "";
	for (unsigned i = 0; i <= GS1_ELEMENTS_MAX; i++)
		(void)snprintf(text + strlen(text), 8, "37%u\x1d", 7U);
	struct gs1 gs1;
	assert_int_equal(scan(text, &gs1), BAD_RANGE);
}

static void dates_turn_with_the_century(void **state)
{
	(void)state;

	static const struct {
		const char *text;
		unsigned now;
		uint32_t day;
	} cases[] = {
	    {"760101", 2026, 20760101}, /* fifty ahead */
	    {"770101", 2026, 19770101}, /* fifty-one ahead */
	    {"000101", 2049, 20000101}, /* forty-nine behind */
	    {"000101", 2050, 21000101}, /* fifty behind */
	    {"990101", 2000, 19990101}, {"500101", 2000, 20500101},
	    {"510101", 2000, 19510101}, {"000200", 2000, 20000229},
	    {"000200", 2099, 21000228}, /* 2100 is no leap year */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint32_t day = 0;
		assert_int_equal(
		    gs1_date(bytes_of_text(cases[i].text), cases[i].now, &day),
		    VERDICT_OK);
		assert_int_equal(day, cases[i].day);
	}
}

static void exact_weights_and_prices_only(void **state)
{
	(void)state;
	int64_t value = 0;
	assert_int_equal(gs1_grams(3105, bytes_of_text("123400"), &value), VERDICT_OK);
	assert_int_equal(value, 1234);
	assert_int_equal(gs1_grams(3105, bytes_of_text("123410"), &value), BAD_PRECISION);
	assert_int_equal(gs1_grams(3200, bytes_of_text("123410"), &value), VERDICT_NO);
	assert_int_equal(gs1_cents(3932, bytes_of_text("9861299"), &value), VERDICT_OK);
	assert_int_equal(value, 1299);
	assert_int_equal(gs1_cents(3932, bytes_of_text("8401299"), &value), BAD_CURRENCY);
	assert_int_equal(gs1_cents(3929, bytes_of_text("100"), &value), BAD_PRECISION);
	assert_int_equal(
	    gs1_cents(3920, bytes_of_text("999999999999999"), &value), VERDICT_OK);
	assert_int_equal(value, 99999999999999900);
}

/* No code fits two AIs: what a scan begins with has one reading. */
static void assignments_are_prefix_free(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 10000; code++) {
		unsigned found = 0;
		found += gs1_ai_find((uint16_t)(code / 100), 2) != NULL ? 1U : 0U;
		found += gs1_ai_find((uint16_t)(code / 10), 3) != NULL ? 1U : 0U;
		found += gs1_ai_find((uint16_t)code, 4) != NULL ? 1U : 0U;
		assert_in_range(found, 0, 1);
	}
}

struct link_case {
	const char *uri;
	enum verdict verdict;
};

static void links_that_need_a_second_look(void **state)
{
	(void)state;
	static const struct link_case cases[] = {
	    {"https://a/01/07894051414311#frag", VERDICT_OK},
	    {"https://a/01/07894051414311?10=%41&17=270101",
		BAD_AI},                                            /* 10 is the path's */
	    {"https://a/01/07894051414311/235/X?10=A", VERDICT_OK}, /* not beside 235 */
	    {"https://a/01/07894051414311?21=A", BAD_AI},           /* no attribute */
	    {"https://a/01/07894051414311/10/A/10/B", VERDICT_NO},
	    {"https://a/01/07894051414311/10/", BAD_LENGTH},
	    {"https://a/01//07894051414311", VERDICT_NO},
	    {"https://a/01/07894051414311?99=A&99=A", BAD_REPEATED},
	    {"https://a/01/07894051414311?99=A%00B", BAD_CHARSET},
	    {"https://a/01/07894051414311?99=A+B", BAD_CHARSET}, /* + is a blank */
	    {"https://a/01/07894051414311?99=A%2BB", VERDICT_OK},
	    {"https://a/01/07894051414311 ", VERDICT_NO},
	    {"https://a_b/01/07894051414311", VERDICT_NO},
	    {"https:///01/07894051414311", VERDICT_NO},
	    {"https://a", VERDICT_NO},
	    {"", VERDICT_NO},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct gs1 gs1;
		enum verdict verdict =
		    gs1_digital_link(bytes_of_text(cases[i].uri), &gs1);
		if (verdict != cases[i].verdict)
			print_error("%s: %s\n", cases[i].uri, verdict_word(verdict));
		assert_int_equal(verdict, cases[i].verdict);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_wrong_digit_never_passes),
	    cmocka_unit_test(upce_is_the_inverse_of_suppression),
	    cmocka_unit_test(layouts_of_labels),
	    cmocka_unit_test(weights_and_totals),
	    cmocka_unit_test(check_character_pairs),
	    cmocka_unit_test(parts_and_their_checks),
	    cmocka_unit_test(retail_codes_are_gtins_too),
	    cmocka_unit_test(more_elements_than_there_is_room_for),
	    cmocka_unit_test(dates_turn_with_the_century),
	    cmocka_unit_test(exact_weights_and_prices_only),
	    cmocka_unit_test(assignments_are_prefix_free),
	    cmocka_unit_test(links_that_need_a_second_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
