/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#include "contract/payment_ranges.h"
#include "till/code.h"
#include "till/digits.h"

static const struct identity ours[] = {
    {.kind = IDENTITY_EAN13, .prefix = "29"},
    {.kind = IDENTITY_STRIPE, .prefix = "90765555", .length = 16},
    {.kind = IDENTITY_STRIPE, .prefix = "77", .length = 19},
    {.kind = IDENTITY_QR, .prefix = "BLC1:"},
    {.kind = IDENTITY_CPF},
    {.kind = IDENTITY_PHONE},
};

static const struct code_config config = {.identity = ours,
    .identity_count = COUNT_OF(ours),
    .scale = {"20CCCCCVVVVVK", SCALE_WEIGHT},
    .today = 20260315};

static struct meaning classify_by(const struct code_config *by, enum scan_source source,
    const char *aim, const char *text)
{
	struct scan scan = {.source = source, .len = strlen(text)};
	struct meaning meaning;
	memcpy(scan.data, text, scan.len);
	memcpy(scan.aim, aim, strlen(aim));
	code_classify(by, &scan, &meaning);
	return meaning;
}

static struct meaning classify(enum scan_source source, const char *text)
{
	return classify_by(&config, source, "", text);
}

struct read_case {
	enum scan_source source;
	const char *text;
	enum meaning_kind kind;
	const char *value;
};

static void expect_all(const struct read_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct meaning meaning = classify(cases[i].source, cases[i].text);
		if (meaning.kind != cases[i].kind ||
		    strcmp(meaning.value, cases[i].value) != 0)
			print_error("%s\n", cases[i].text);
		assert_int_equal(meaning.kind, cases[i].kind);
		assert_string_equal(meaning.value, cases[i].value);
	}
}

#define S SCAN_SCANNER
#define K SCAN_KEYPAD
#define M SCAN_STRIPE
#define C SCAN_CONTACTLESS

static void members_by_every_way(void **state)
{
	(void)state;
	static const struct read_case cases[] = {
	    {K, "9076555575248227", MEANING_MEMBER, "9076555575248227"},
	    {K, "9076 5555 7524 8227", MEANING_MEMBER, "9076555575248227"},
	    {S, "9076555575248227", MEANING_MEMBER, "9076555575248227"},
	    {C, "9076555575248227", MEANING_MEMBER, "9076555575248227"},
	    {S, "BLC1:9076555575248227", MEANING_MEMBER, "9076555575248227"},
	    {S, "BLC1:9076555575248228", MEANING_UNKNOWN, "BLC1:9076555575248228"},
	    {S, "blc1:9076555575248227", MEANING_UNKNOWN, "blc1:9076555575248227"},
	    {S, "]Q1BLC1:9076555575248227", MEANING_MEMBER, "9076555575248227"},
	    {S, "2985672409536", MEANING_MEMBER, "2985672409536"},
	    {S, "2985672409537", MEANING_UNKNOWN, "2985672409537"},
	    {K, "2985672409537", MEANING_UNKNOWN, ""},
	    {S, "02985672409536", MEANING_MEMBER, "2985672409536"},
	    {K, "9076555575248228", MEANING_UNKNOWN, ""},
	    {K, "907655557524822", MEANING_UNKNOWN, ""},
	};
	expect_all(cases, COUNT_OF(cases));
}

static void stripes_are_an_allow_list(void **state)
{
	(void)state;
	static const struct read_case cases[] = {
	    {M, ";9076555575248227=99120000?", MEANING_MEMBER, "9076555575248227"},
	    {M, "%B9076555575248227^NOME^9912?;9076555575248227=9912?", MEANING_MEMBER,
		"9076555575248227"},
	    {M, "%b9076555575248227^NOME^9912?", MEANING_MEMBER, "9076555575248227"},
	    {M, "%E?;9076555575248227=9912?", MEANING_MEMBER, "9076555575248227"},
	    {M, "9076555575248227=9912", MEANING_MEMBER, "9076555575248227"},
	    /* two cards of ours on one stripe: neither */
	    {M, "%B9076555554352479^N^9912?;9076555575248227=9912?", MEANING_UNKNOWN, ""},
	    {M, "%B9076555554352478^N^9912?;9076555575248227=9912?", MEANING_UNKNOWN, ""},
	    /* one payment track spoils the rest, in either place */
	    {M, ";9076555575248227=9912?%B4947801938202305^N^2912?", MEANING_REFUSE, ""},
	    {M, "%B4947801938202305^N^2912?;9076555575248227=9912?", MEANING_REFUSE, ""},
	    {M, ";9076555575248227=9912?+014947801938202305=1?", MEANING_REFUSE, ""},
	    {M, "%B3782 822463 10005^N^2912?", MEANING_REFUSE, ""},
	    {M, ";4947801938202305?", MEANING_REFUSE, ""},
	    {M, "4947801938202305=2912", MEANING_REFUSE, ""},
	    {M, ";4947801938202305=2912", MEANING_REFUSE, ""}, /* cut short */
	    {M, ";123456789012=99?", MEANING_REFUSE, ""},
	    {M, ";12345678901=99?", MEANING_UNKNOWN, ""},
	    {M, ";90765555752482271=99?", MEANING_REFUSE,
		""},                                   /* ours but for its length */
	    {M, "2985672409536", MEANING_UNKNOWN, ""}, /* a bar code is no stripe */
	    {M, "HELLO", MEANING_UNKNOWN, ""},
	    {M, "", MEANING_NONE, ""},
	    /* stripe readers that type */
	    {K, "%B4947801938202305^N^2912?;4947801938202305=2912?", MEANING_REFUSE, ""},
	    {K, ";4947801938202305=2912?", MEANING_REFUSE, ""},
	    {K, ";9076555575248227=9912?", MEANING_MEMBER, "9076555575248227"},
	    {S, ";4947801938202305=2912?", MEANING_REFUSE, ""},
	};
	expect_all(cases, COUNT_OF(cases));
}

static void goods_in_every_carrier(void **state)
{
	(void)state;
	static const struct read_case cases[] = {
	    {S, "7898459395654", MEANING_PRODUCT, "07898459395654"},
	    {S, " 7898459395654\r\n", MEANING_PRODUCT, "07898459395654"},
	    {K, "7898459395654", MEANING_PRODUCT, "07898459395654"},
	    {S, "]E07898459395654", MEANING_PRODUCT, "07898459395654"},
	    {S, "17898459395651", MEANING_PRODUCT, "17898459395651"}, /* a case of it */
	    {S, "04252614", MEANING_PRODUCT, "00042100005264"},       /* UPC-E */
	    {S, "]E404252614", MEANING_UNKNOWN, "04252614"}, /* said to be EAN-8 */
	    {S, "042100005264", MEANING_PRODUCT, "00042100005264"},
	    {S, "0042100005264", MEANING_PRODUCT, "00042100005264"},
	    {S, "9804567890125", MEANING_UNKNOWN, "9804567890125"}, /* refund slip */
	    {S, "010789988070323010A7G", MEANING_PRODUCT, "07899880703230"},
	    {S,
		"\x1d"
		"010789988070323010A7G",
		MEANING_PRODUCT, "07899880703230"},
	    {S, "010789988070323110A7G", MEANING_UNKNOWN, "010789988070323110A7G"},
	    {S, "]C110A7G", MEANING_UNKNOWN, "10A7G"}, /* a lot of nothing */
	    {S, "]d2010789988070323010A7G", MEANING_PRODUCT, "07899880703230"},
	    {S, "]C1012985672409536410A", MEANING_UNKNOWN, "012985672409536410A"},
	    {K, "HELLO", MEANING_UNKNOWN, "HELLO"},
	    {S, "https://example.com/", MEANING_UNKNOWN, "https://example.com/"},
	    {S, "caf\xc3\xa9", MEANING_UNKNOWN, ""}, /* not plain text */
	    {S, "1234567890123456789012345", MEANING_UNKNOWN,
		""}, /* longer than a code */
	};
	expect_all(cases, COUNT_OF(cases));
}

static void identifiers_come_beside_or_inside(void **state)
{
	(void)state;
	struct meaning meaning =
	    classify_by(&config, SCAN_SCANNER, "]C1", "010789988070323010A7G");
	assert_int_equal(meaning.kind, MEANING_PRODUCT);
	/* the same text as plain Code 128 is no element string */
	meaning = classify_by(&config, SCAN_SCANNER, "]C0", "010789988070323010A7G");
	assert_int_equal(meaning.kind, MEANING_UNKNOWN);
	meaning = classify(SCAN_SCANNER, "]C1");
	assert_int_equal(meaning.kind, MEANING_NONE);
	meaning = classify(SCAN_SCANNER, "]!1ABC");
	assert_string_equal(meaning.value, "]!1ABC");
}

static void what_a_symbol_adds(void **state)
{
	(void)state;
	struct meaning meaning = classify(
	    SCAN_SCANNER, "]C1019789156987817131020012501726091715260800392212993705");
	assert_int_equal(meaning.kind, MEANING_PRODUCT);
	assert_string_equal(meaning.value, "97891569878171");
	assert_true(meaning.has_grams);
	assert_int_equal(meaning.grams, 12500);
	assert_int_equal(meaning.expiry_day, 20260917);
	assert_true(meaning.has_price);
	/* 392n runs to the end of data or a separator: "12993705" is all price */
	assert_int_equal(meaning.price_cents, 12993705);
	assert_int_equal(meaning.count, 0);
	meaning = classify(SCAN_SCANNER,
	    "https://id.example.com/01/07894051414311?3932=9861299&30=12&17=260917");
	assert_int_equal(meaning.price_cents, 1299);
	assert_int_equal(meaning.count, 12);
	assert_int_equal(meaning.expiry_day, 20260917);
	meaning = classify(
	    SCAN_SCANNER, "https://id.example.com/01/07894051414311?3932=8401299");
	assert_int_equal(meaning.kind, MEANING_PRODUCT);
	assert_false(meaning.has_price); /* dollars */
}

static void labels_of_the_shop(void **state)
{
	(void)state;
	struct meaning meaning = classify(SCAN_SCANNER, "2097242069351");
	assert_int_equal(meaning.kind, MEANING_IN_STORE);
	assert_string_equal(meaning.value, "2097242069351");
	assert_string_equal(meaning.item, "97242");
	assert_true(meaning.has_grams && !meaning.has_price);
	assert_int_equal(meaning.grams, 6935);
	struct code_config other = config;
	other.scale.kind = SCALE_PRICE;
	meaning = classify_by(&other, SCAN_SCANNER, "", "2097242069351");
	assert_true(meaning.has_price && !meaning.has_grams);
	assert_int_equal(meaning.price_cents, 6935);
	meaning = classify(SCAN_SCANNER, "2207330957242"); /* not of the layout */
	assert_int_equal(meaning.kind, MEANING_IN_STORE);
	assert_string_equal(meaning.item, "");
	other.scale = (struct scale){0};
	meaning = classify_by(&other, SCAN_SCANNER, "", "2097242069351");
	assert_int_equal(meaning.kind, MEANING_IN_STORE);
	assert_string_equal(meaning.item, "");
}

static void people_as_typed(void **state)
{
	(void)state;
	static const struct read_case cases[] = {
	    {K, "28401577640", MEANING_CPF, "28401577640"},
	    {K, "284.015.776-40", MEANING_CPF, "28401577640"},
	    {K, "(98) 94665-0615", MEANING_PHONE, "+5598946650615"},
	    {K, "+55 98 94665-0615", MEANING_PHONE, "+5598946650615"},
	    {K, "91934631540", MEANING_ASK, "91934631540"},
	    {K, "919.346.315-40", MEANING_CPF, "91934631540"}, /* written as a CPF */
	    {K, "(91) 93463-1540", MEANING_PHONE, "+5591934631540"},
	    {K, "28401577641", MEANING_UNKNOWN, "28401577641"},
	    {S, "28401577640", MEANING_UNKNOWN, "28401577640"}, /* typed ones only */
	};
	expect_all(cases, COUNT_OF(cases));
	struct meaning meaning = classify(SCAN_KEYPAD, "91934631540");
	assert_string_equal(meaning.phone, "+5591934631540");
}

static void nothing_is_ours_without_a_programme(void **state)
{
	(void)state;
	struct code_config none = code_config_of(NULL, 20260315);
	static const char *const typed[] = {
	    "9076555575248227", "28401577640", "98946650615", "BLC1:9076555575248227"};
	for (size_t i = 0; i < COUNT_OF(typed); i++)
		assert_int_equal(
		    classify_by(&none, SCAN_KEYPAD, "", typed[i]).kind, MEANING_UNKNOWN);
	assert_int_equal(
	    classify_by(&none, SCAN_SCANNER, "", "2985672409536").kind, MEANING_IN_STORE);
	assert_int_equal(
	    classify_by(&none, SCAN_KEYPAD, "", "5297873738137414").kind, MEANING_REFUSE);
	assert_int_equal(
	    classify_by(&none, SCAN_SCANNER, "", "7898459395654").kind, MEANING_PRODUCT);
}

static void the_programme_says_what_is_ours(void **state)
{
	(void)state;
	static struct programme programme = {
	    .identity = {{.kind = IDENTITY_STRIPE, .prefix = "88", .length = 10}},
	    .identity_count = 1,
	    .scale = {"20CCCCCVVVVVK", SCALE_WEIGHT}};
	struct code_config by = code_config_of(&programme, 20260315);
	struct meaning meaning = classify_by(&by, SCAN_KEYPAD, "", "8800000000");
	assert_int_equal(meaning.kind, MEANING_UNKNOWN); /* Luhn */
	meaning = classify_by(&by, SCAN_KEYPAD, "", "8800000005");
	assert_int_equal(meaning.kind, MEANING_MEMBER);
	meaning = classify_by(&by, SCAN_SCANNER, "", "2097242069351");
	assert_int_equal(meaning.grams, 6935);
	meaning = classify_by(&by, SCAN_STRIPE, "", ";9076555575248227=9912?");
	assert_int_equal(meaning.kind, MEANING_REFUSE); /* not ours any more */
}

static void a_read_with_a_fault_means_nothing(void **state)
{
	(void)state;
	struct scan scan = {.source = SCAN_STRIPE, .fault = SCAN_FAULT_MISREAD, .len = 3};
	struct meaning meaning;
	memcpy(scan.data, "123", 3);
	code_classify(&config, &scan, &meaning);
	assert_int_equal(meaning.kind, MEANING_NONE);
}

static void fiscal_papers(void **state)
{
	(void)state;
	struct meaning meaning =
	    classify(SCAN_SCANNER, "https://nfce.example.gov.br/qrcode?p="
				   "3223104OAC5YUY1SLY87655405265478691165832660|2|2|98|"
				   "7EAD76FA2CFA4A89ECBF1E4D39A3C2E552F68D74");
	assert_int_equal(meaning.kind, MEANING_FISCAL);
	meaning = classify(SCAN_SCANNER,
	    "35231149780694000116591697730674568849722854|20250115101010|10.00||QUJD");
	assert_int_equal(meaning.kind, MEANING_FISCAL);
	meaning =
	    classify(SCAN_KEYPAD, "2227 1055 9721 9700 0112 6582 6303 7781 3919 5063 "
				  "6755");
	assert_int_equal(meaning.kind, MEANING_FISCAL);
	assert_string_equal(
	    meaning.value, "22271055972197000112658263037781391950636755");
}

/* --- payment data leaves nothing ------------------------------------------- */

enum { RUN = 6 };

static bool holds_run(const void *memory, size_t len, const char *pan)
{
	const char *bytes = memory;
	for (size_t i = 0; i + RUN <= len; i++)
		for (size_t at = 0; at + RUN <= strlen(pan); at++)
			if (memcmp(bytes + i, pan + at, RUN) == 0)
				return true;
	return false;
}

/* Numbers of every length and first digits, Luhn completed. */
static size_t payment_number(char pan[24], unsigned n)
{
	static const char *const starts[] = {"4", "51", "55", "2221", "2720", "34", "37",
	    "300", "36", "38", "3528", "6011", "65", "62", "50", "57", "639", "67",
	    "384100", "606282", "637095", "401178", "431274", "509000", "636297",
	    "650031", "655021", "31", "60"};
	const char *start = starts[n % COUNT_OF(starts)];
	size_t len = n % COUNT_OF(starts) < 27 ? 13 + n % 7 : 14 + n % 6;
	uint32_t seed = n * 2654435761U + 1;
	memcpy(pan, start, strlen(start));
	for (size_t i = strlen(start); i + 1 < len; i++) {
		seed = seed * 1664525U + 1013904223U;
		pan[i] = (char)('0' + (seed >> 24) % 10);
	}
	pan[len - 1] = (char)('0' + digits_check_luhn(bytes_of(pan, len - 1)));
	pan[len] = '\0';
	return len;
}

static void no_digit_of_a_payment_card_comes_out(void **state)
{
	(void)state;
	static const char *const forms[] = {"%s", " %s ", ";%s=29122010000000000?",
	    "%%B%s^EXEMPLO/CLIENTE^2912201?", ";%s?", "%%B%s^N^2912?;%s=2912?"};
	for (unsigned n = 0; n < 2000; n++) {
		char pan[24];
		size_t len = payment_number(pan, n);
		for (size_t f = 0; f < COUNT_OF(forms); f++) {
			char text[120];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(text, sizeof(text), forms[f], pan, pan);
#pragma GCC diagnostic pop
			enum scan_source source = f >= 2 ? SCAN_STRIPE : SCAN_KEYPAD;
			struct meaning meaning = classify(source, text);
			/* thirteen typed digits with a holding GTIN are goods */
			if (f < 2 && len == 13 && meaning.kind != MEANING_REFUSE)
				continue;
			assert_int_equal(meaning.kind, MEANING_REFUSE);
			assert_int_equal(meaning.refuse, REFUSE_PAYMENT_CARD);
			assert_false(holds_run(&meaning, sizeof(meaning), pan));
		}
	}
}

static void a_mistyped_payment_card_is_not_shown(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2000; n++) {
		char pan[24];
		size_t len = payment_number(pan, n);
		pan[len - 1] = (char)('0' + (pan[len - 1] - '0' + 1) % 10);
		struct meaning meaning = classify(SCAN_KEYPAD, pan);
		/* up to fourteen digits may be a GTIN that holds */
		if (len > 14 || meaning.kind == MEANING_UNKNOWN)
			assert_false(holds_run(&meaning, sizeof(meaning), pan));
	}
}

/* The stack is memory too: classify on one of our own, then look at it. */
static ucontext_t here;
static ucontext_t there;
static struct scan stack_scan;
static struct meaning stack_meaning;

static uint8_t stack[128 * 1024];

static void classify_there(void)
{
	code_classify(&config, &stack_scan, &stack_meaning);
}

static void classify_on_our_stack(enum scan_source source, const char *text)
{
	memset(stack, 0, sizeof(stack));
	stack_scan = (struct scan){.source = source, .len = strlen(text)};
	memcpy(stack_scan.data, text, stack_scan.len);
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here;
	makecontext(&there, classify_there, 0);
	assert_int_equal(swapcontext(&here, &there), 0);
}

static void the_stack_forgets_a_payment_card(void **state)
{
	(void)state;

	static const enum scan_source sources[] = {S, M, C, K};

	static const char *const reads[] = {"4947801938202305", "4947 8019 3820 2305",
	    "4947801938202306", ";4947801938202305=29122010000000000?",
	    "%B4947801938202305^EXEMPLO/CLIENTE^29122010?;4947801938202305=2912?",
	    "4947801938202305 4947801938202305 4947801938202305 4947801938202305"};
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		for (size_t k = 0; k < COUNT_OF(sources); k++) {
			classify_on_our_stack(sources[k], reads[i]);
			if (holds_run(stack, sizeof(stack), "4947801938202305"))
				print_error("source %zu: %s\n", k, reads[i]);
			assert_false(holds_run(stack, sizeof(stack), "4947801938202305"));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(members_by_every_way),
	    cmocka_unit_test(stripes_are_an_allow_list),
	    cmocka_unit_test(goods_in_every_carrier),
	    cmocka_unit_test(identifiers_come_beside_or_inside),
	    cmocka_unit_test(what_a_symbol_adds),
	    cmocka_unit_test(labels_of_the_shop),
	    cmocka_unit_test(people_as_typed),
	    cmocka_unit_test(nothing_is_ours_without_a_programme),
	    cmocka_unit_test(the_programme_says_what_is_ours),
	    cmocka_unit_test(a_read_with_a_fault_means_nothing),
	    cmocka_unit_test(fiscal_papers),
	    cmocka_unit_test(no_digit_of_a_payment_card_comes_out),
	    cmocka_unit_test(a_mistyped_payment_card_is_not_shown),
	    cmocka_unit_test(the_stack_forgets_a_payment_card),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
