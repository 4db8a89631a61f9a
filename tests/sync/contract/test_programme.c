/* SPDX-License-Identifier: MIT */
#include "contract/programme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

#include "programme_sample.h"

static struct programme made;
static struct programme got;
static uint8_t body[SAMPLE_BYTES];

static struct bytes encode(void)
{
	struct sink out = sink_of(body, sizeof body);
	assert_int_equal(programme_encode(&made, sample_products, &out), ERR_NONE);
	return sink_bytes(&out);
}

static int setup(void **state)
{
	(void)state;
	sample_fill(&made);
	return 0;
}

/* --- encoding ----------------------------------------------------------------------- */

static void comes_back_whole(void **state)
{
	(void)state;
	made.rule[0] = (struct rule){"everything", "Tudo", ABOUT_SALE, EARNER_STORE,
	    "07891000315507", "food", "", "loja-1", 'B', true, 1000, 65, 1080, 120,
	    20261101, 20261231, 0, 3, 700, 15000, ROUND_HALF_EVEN, 99};
	struct bytes bytes = encode();
	assert_int_equal(programme_decode(bytes, 42, &got), ERR_NONE);
	assert_int_equal(got.version, 42);
	assert_string_equal(got.consent_text, "Aceito.\nSim.");
	assert_int_equal(got.rule_count, 2);
	assert_memory_equal(&got.rule[0], &made.rule[0], sizeof made.rule[0]);
	assert_memory_equal(&got.rule[1], &made.rule[1], sizeof made.rule[1]);
	assert_int_equal(got.operator_count, 2);
	assert_memory_equal(&got.operator_entry[0], &made.operator_entry[0],
	    sizeof made.operator_entry[0]);
	assert_int_equal(got.clerk_count, 2);
	assert_memory_equal(&got.clerk[1], &made.clerk[1], sizeof made.clerk[1]);
	assert_int_equal(got.identity_count, 5);
	assert_memory_equal(&got.identity[1], &made.identity[1], sizeof made.identity[1]);
	assert_string_equal(got.scale.layout, "20CCCCCVVVVVK");
	assert_int_equal(got.scale.kind, SCALE_WEIGHT);
	/* The same again is the same bytes: a letter can be compared by its hash. */
	static uint8_t again[SAMPLE_BYTES];
	struct sink out = sink_of(again, sizeof again);
	struct product products[SAMPLE_PRODUCTS];
	for (size_t i = 0; i < SAMPLE_PRODUCTS; i++)
		assert_int_equal(
		    programme_product(&got, sample_products[i].code, &products[i]),
		    ERR_NONE);
	assert_int_equal(programme_encode(&got, products, &out), ERR_NONE);
	assert_true(bytes_equal(bytes, sink_bytes(&out)));
}

static void finds(void **state)
{
	(void)state;
	struct product product;
	assert_int_equal(programme_decode(encode(), 1, &got), ERR_NONE);
	for (size_t i = 0; i < SAMPLE_PRODUCTS; i++) {
		const struct product *as = &sample_products[i];
		assert_int_equal(programme_product(&got, as->code, &product), ERR_NONE);
		assert_string_equal(product.name, as->name);
		assert_string_equal(product.category, as->category);
		assert_int_equal(product.price_cents, as->price_cents);
		assert_int_equal(product.by_weight, as->by_weight);
	}
	const char *absent[] = {"", "0", "00101x", "07891000315506", "ZZZ", "CHIP"};
	for (size_t i = 0; i < COUNT_OF(absent); i++)
		assert_int_equal(
		    programme_product(&got, absent[i], &product), ERR_NOT_FOUND);

	const struct operator_entry *vivo = programme_operator(&got, "vivo");
	assert_non_null(vivo);
	assert_null(programme_operator(&got, "VIVO"));
	assert_int_equal(operator_value(vivo, 2000)->validity_days, 30);
	assert_null(operator_value(vivo, 2001));
	assert_string_equal(programme_clerk(&got, "c01", "loja-9")->name, "Ana");
	assert_string_equal(programme_clerk(&got, "s01", "loja-1")->name, "Sandra");
	assert_null(programme_clerk(&got, "s01", "loja-2"));
	assert_string_equal(programme_segment_word(&got, 'B'), "Crescendo");
	assert_null(programme_segment_word(&got, 'Z'));
}

static void many_products(void **state)
{
	(void)state;
	const size_t count = PRODUCTS_MAX;
	struct product *products = calloc(count, sizeof *products);
	uint8_t *bytes = malloc(PROGRAMME_BYTES_MAX);
	assert_non_null(products);
	assert_non_null(bytes);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(products[i].code, sizeof products[i].code, "0%013zu", i);
		(void)snprintf(products[i].name, sizeof products[i].name,
		    "Product number %zu of the shop", i);
		(void)snprintf(products[i].category, sizeof products[i].category, "%s",
		    made.category[i % 4].id);
		products[i].price_cents = (int64_t)i + 1;
	}
	made.product_count = count;
	struct sink out = sink_of(bytes, PROGRAMME_BYTES_MAX);
	assert_int_equal(programme_encode(&made, products, &out), ERR_NONE);
	assert_true(out.len < 64 * count); /* about 55 bytes each */
	assert_int_equal(programme_decode(sink_bytes(&out), 1, &got), ERR_NONE);
	assert_int_equal(got.product_count, count);
	for (size_t i = 0; i < count; i += 37) {
		struct product product;
		assert_int_equal(
		    programme_product(&got, products[i].code, &product), ERR_NONE);
		assert_int_equal(product.price_cents, i + 1);
		assert_string_equal(product.category, products[i].category);
	}
	free(products);
	free(bytes);
}

static void encoder_refuses(void **state)
{
	(void)state;
	struct product products[SAMPLE_PRODUCTS];
	struct sink out = sink_of(body, sizeof body);
	memcpy(products, sample_products, sizeof products);
	products[1] = sample_products[2];
	products[2] = sample_products[1];
	assert_int_equal(programme_encode(&made, products, &out), ERR_FORMAT);
	memcpy(products, sample_products, sizeof products);
	products[2] = products[1];
	out = sink_of(body, sizeof body);
	assert_int_equal(programme_encode(&made, products, &out), ERR_FORMAT);
	memcpy(products, sample_products, sizeof products);
	(void)snprintf(products[1].category, sizeof products[1].category, "nope");
	out = sink_of(body, sizeof body);
	assert_int_equal(programme_encode(&made, products, &out), ERR_NOT_FOUND);
	out = sink_of(body, 40);
	assert_int_equal(programme_encode(&made, sample_products, &out), ERR_LIMIT);
}

/* Every cut is refused, and leaves nothing half decoded behind. */
static void torn_is_refused(void **state)
{
	(void)state;
	struct bytes whole = encode();
	for (size_t len = 0; len < whole.len; len++) {
		assert_int_not_equal(
		    programme_decode(bytes_of(whole.at, len), 1, &got), ERR_NONE);
		assert_int_equal(got.clerk_count, 0);
		assert_int_equal(got.product_count, 0);
		assert_int_equal(got.version, 0);
	}
	body[whole.len] = 0;
	assert_int_not_equal(
	    programme_decode(bytes_of(body, whole.len + 1), 1, &got), ERR_NONE);
}

/* A changed byte is refused or gives a programme that can be used safely. */
static void damage_is_bounded(void **state)
{
	(void)state;
	struct bytes whole = encode();
	uint64_t random = 88172645463325252U;
	size_t taken = 0;
	for (int i = 0; i < 20000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		size_t at = (size_t)(random % whole.len);
		uint8_t before = body[at];
		body[at] = (uint8_t)(random >> 32);
		if (programme_decode(whole, 1, &got) == ERR_NONE) {
			struct product product;
			(void)!programme_product(&got, "07894900011517", &product);
			taken++;
		}
		body[at] = before;
	}
	assert_true(taken > 0); /* letters of names may change */
}

/* --- meaning ------------------------------------------------------------------------ */

enum { SEEN_MAX = 64 };

static char seen[SEEN_MAX][64];
static size_t seen_count;

static void collect(void *self, const char *place, const char *sentence)
{
	(void)self;
	assert_true(strlen(sentence) > 10);
	assert_true(seen_count < SEEN_MAX);
	(void)snprintf(seen[seen_count++], sizeof seen[0], "%s", place);
}

static size_t check(const struct product *products)
{
	seen_count = 0;
	size_t faults = programme_check(&made, products, collect, NULL);
	assert_int_equal(faults, seen_count);
	return faults;
}

static bool saw(const char *place)
{
	for (size_t i = 0; i < seen_count; i++)
		if (strcmp(seen[i], place) == 0)
			return true;
	return false;
}

#define ONE_FAULT(place)                                                                 \
	do {                                                                             \
		size_t faults_ = check(sample_products);                                 \
		if (faults_ != 1 || !saw(place))                                         \
			print_error("%zu faults, first %s\n", faults_, seen[0]);         \
		assert_int_equal(faults_, 1);                                            \
		assert_true(saw(place));                                                 \
		sample_fill(&made);                                                      \
	} while (0)

static void sample_is_right(void **state)
{
	(void)state;
	assert_int_equal(check(sample_products), 0);
}

static void prefixes(void **state)
{
	(void)state;
	made.identity[1].prefix[0] = '4'; /* a Visa number */
	ONE_FAULT("identities[1].prefix");
	(void)snprintf(made.identity[1].prefix, 8, "2");
	ONE_FAULT("identities[1].prefix"); /* 2221 to 2720 inside */
	made.identity[5] = (struct identity){IDENTITY_STRIPE, "907655", 16};
	made.identity_count = 6;
	ONE_FAULT("identities[5].prefix");
	made.identity[5] = (struct identity){IDENTITY_STRIPE, "907655", 15};
	made.identity_count = 6;
	assert_int_equal(check(sample_products), 0); /* other length, no overlap */
	made.identity[5] = (struct identity){IDENTITY_EAN13, "291", 0};
	ONE_FAULT("identities[5].prefix");
	made.identity[1].length = 13; /* a stripe number as long as a bar code */
	(void)snprintf(made.identity[1].prefix, 8, "299");
	ONE_FAULT("identities[1].prefix");
	made.identity[5] = (struct identity){IDENTITY_CPF, "", 0};
	made.identity_count = 6;
	ONE_FAULT("identities[5].kind");
	made.identity[5] = (struct identity){IDENTITY_QR, "BLC1:X", 0};
	made.identity_count = 6;
	ONE_FAULT("identities[5].prefix");
	made.identity[1].length = 11;
	ONE_FAULT("identities[1].digits");
	made.identity[1].length = 20;
	ONE_FAULT("identities[1].digits");
	made.identity[1].length = 9;
	ONE_FAULT("identities[1].prefix"); /* no room for a member */
	(void)snprintf(made.identity[0].prefix, 8, "2x");
	ONE_FAULT("identities[0].prefix");
	made.identity[1] = made.identity[4];
	made.identity_count = 4;
	ONE_FAULT("identities[2].kind"); /* QR without a stripe number */
	made.identity[4].prefix[0] = '+';
	ONE_FAULT("identities[4].prefix");
	made.identity[0].length = 13;
	ONE_FAULT("identities[0].digits");
	(void)snprintf(made.identity[0].prefix, 8, "789");
	assert_int_equal(check(sample_products), 2);
	assert_true(saw("products[1].code")); /* would be taken for cards */
	assert_true(saw("products[2].code"));
}

static void scales(void **state)
{
	(void)state;
	(void)snprintf(made.scale.layout, 14, "29CCCCCVVVVVK");
	ONE_FAULT("scale.layout");
	(void)snprintf(made.scale.layout, 14, "2CCCCCCVVVVVK"); /* 29 is inside */
	ONE_FAULT("scale.layout");
	(void)snprintf(made.scale.layout, 14, "20CCCCCVVVVV");
	ONE_FAULT("scale.layout");
	(void)snprintf(made.scale.layout, 14, "20VVVVVCCCCCK");
	ONE_FAULT("scale.layout");
	(void)snprintf(made.scale.layout, 14, "10CCCCCVVVVVK");
	ONE_FAULT("scale.layout");
	made.scale.kind = SCALE_NONE;
	ONE_FAULT("scale.kind");
	made.scale = (struct scale){"", SCALE_NONE};
	assert_int_equal(check(sample_products), 0);
}

static void tables(void **state)
{
	(void)state;
	(void)snprintf(made.category[3].id, 8, "food");
	assert_int_equal(check(sample_products), 2);
	assert_true(saw("categories[3].id"));
	assert_true(saw("products[0].category")); /* fruit is gone */
	sample_fill(&made);
	made.segment[1].letter = 'A';
	ONE_FAULT("segments[1].letter");
	made.operator_entry[0].value[1].cents = 1500;
	ONE_FAULT("operators[0].values[1].amount");
	made.operator_entry[0].value[1].validity_days = 0;
	ONE_FAULT("operators[0].values[1].days");
	made.operator_entry[1].value_count = 0;
	ONE_FAULT("operators[1].values");
	(void)snprintf(made.operator_entry[1].id, 8, "vivo");
	ONE_FAULT("operators[1].id");
	(void)snprintf(made.operator_entry[1].id, 8, "TIM");
	ONE_FAULT("operators[1].id");
	(void)snprintf(made.clerk[1].id, 8, "c01"); /* of every store, and of one */
	ONE_FAULT("clerks[1].id");
	made.clerk[0].role = ROLE_NONE;
	ONE_FAULT("clerks[0].role");
	(void)snprintf(made.clerk[0].pin_hash, 8, "123456");
	ONE_FAULT("clerks[0].pin_hash");
	(void)snprintf(made.clerk[0].name, 8, "A\033[2J");
	ONE_FAULT("clerks[0].name");
	made.consent_version[0] = '\0';
	ONE_FAULT("consent.version");
	made.valid_from_day = 20270101;
	made.valid_to_day = 20261231;
	ONE_FAULT("to");
	made.valid_from_day = 20270229;
	ONE_FAULT("from");
}

static void products(void **state)
{
	(void)state;
	struct product wrong[SAMPLE_PRODUCTS];
	memcpy(wrong, sample_products, sizeof wrong);
	wrong[2].code[13] = '8';
	assert_int_equal(check(wrong), 1);
	assert_true(saw("products[2].code"));
	memcpy(wrong, sample_products, sizeof wrong);
	wrong[2] = wrong[1];
	assert_int_equal(check(wrong), 1);
	assert_true(saw("products[2].code"));
	memcpy(wrong, sample_products, sizeof wrong);
	wrong[1] = sample_products[2];
	wrong[2] = sample_products[1];
	assert_int_equal(check(wrong), 1);
	assert_true(saw("products[2].code"));
	memcpy(wrong, sample_products, sizeof wrong);
	wrong[3].price_cents = 0;
	wrong[4].price_cents = -2;
	assert_int_equal(check(wrong), 2);
	assert_true(saw("products[3].price"));
	assert_true(saw("products[4].price"));
}

static void rules(void **state)
{
	(void)state;
	struct rule *rule = &made.rule[0];
	(void)snprintf(rule->product, 24, "07891000315508");
	ONE_FAULT("rules[0].product");
	(void)snprintf(rule->category, 24, "drinks");
	ONE_FAULT("rules[0].category");
	rule->segment = 'C';
	ONE_FAULT("rules[0].segment");
	(void)snprintf(made.rule[1].id, 24, "buy");
	ONE_FAULT("rules[1].id");
	rule->about = ABOUT_TOPUP;
	(void)snprintf(rule->operator_name, 16, "oi");
	ONE_FAULT("rules[0].operator");
	(void)snprintf(rule->operator_name, 16, "vivo");
	ONE_FAULT("rules[0].operator"); /* a sale has none */
	rule->about = ABOUT_TOPUP;
	(void)snprintf(rule->product, 24, "07891000315507");
	ONE_FAULT("rules[0].product"); /* a top-up has none */
	rule->from_day = 20261231;
	rule->to_day = 20261101;
	ONE_FAULT("rules[0].from");
	rule->from_day = 20261131;
	ONE_FAULT("rules[0].from");
	made.valid_to_day = 20261231;
	rule->from_day = 20270101;
	ONE_FAULT("rules[0].from");
	rule->rate_denominator = 0;
	ONE_FAULT("rules[0].points_per_real");
	rule->rate_numerator = 0;
	ONE_FAULT("rules[0].points_per_real");
	rule->rate_numerator = 0;
	rule->rate_denominator = 0;
	ONE_FAULT("rules[0].points");
	rule->fixed_points = 5;
	ONE_FAULT("rules[0].points"); /* both */
	rule->multiplier = 0;
	ONE_FAULT("rules[0].multiplier");
	rule->cap_points = -1;
	ONE_FAULT("rules[0].cap");
	made.rule[1].least_cents = 100;
	ONE_FAULT("rules[1].least");
	rule->about = ABOUT_NONE;
	ONE_FAULT("rules[0].about");
}

/* What the lists above leave out. */
static void names_and_ranges(void **state)
{
	(void)state;
	(void)snprintf(made.id, 16, "two words");
	ONE_FAULT("id");
	made.name[0] = '\0';
	ONE_FAULT("name");
	(void)snprintf(made.name, 16, "a\nb");
	ONE_FAULT("name");
	(void)snprintf(made.receipt_text, 16, "a\033b");
	ONE_FAULT("receipt.text");
	made.valid_to_day = 20261301;
	ONE_FAULT("to");
	(void)snprintf(made.identity[2].prefix, 8, "1234");
	ONE_FAULT("identities[2].prefix");
	made.identity[4].kind = IDENTITY_NONE;
	ONE_FAULT("identities[4].kind");
	(void)snprintf(made.category[1].id, 16, "a b");
	assert_int_equal(check(sample_products), 2); /* and a product without it */
	assert_true(saw("categories[1].id"));
	sample_fill(&made);
	made.category[1].name[0] = '\0';
	ONE_FAULT("categories[1].name");
	made.segment[0].letter = 'a';
	ONE_FAULT("segments[0].letter");
	made.operator_entry[0].name[0] = '\0';
	ONE_FAULT("operators[0].name");
	made.operator_entry[0].value[0].cents = 0;
	ONE_FAULT("operators[0].values[0].amount");
	(void)snprintf(made.clerk[0].id, 8, "c 1");
	ONE_FAULT("clerks[0].id");
	(void)snprintf(made.clerk[0].store, 8, "s 1");
	ONE_FAULT("clerks[0].store");
}

static void rule_ranges(void **state)
{
	(void)state;
	struct rule *rule = &made.rule[0];
	(void)snprintf(rule->id, 8, "r 1");
	ONE_FAULT("rules[0].id");
	(void)snprintf(rule->name, 8, "a\033b");
	ONE_FAULT("rules[0].name");
	(void)snprintf(rule->store, 8, "s 1");
	ONE_FAULT("rules[0].store");
	(void)snprintf(made.rule[1].category, 8, "food");
	ONE_FAULT("rules[1].category");
	made.rule[1].fixed_points = 0;
	made.rule[1].rate_numerator = 1;
	made.rule[1].rate_denominator = 100;
	ONE_FAULT("rules[1].points_per_real");
	rule->to_day = 20260230;
	ONE_FAULT("rules[0].to");
	made.valid_from_day = 20261101;
	rule->to_day = 20261031;
	ONE_FAULT("rules[0].to");
	rule->weekdays = 128;
	ONE_FAULT("rules[0].weekdays");
	rule->from_minute = 1440;
	ONE_FAULT("rules[0].hours");
	rule->rate_denominator = RATE_MAX + UINT64_C(1);
	ONE_FAULT("rules[0].points_per_real");
	made.rule[1].fixed_points = RULE_POINTS_MAX + INT64_C(1);
	ONE_FAULT("rules[1].points");
	rule->least_cents = -1;
	ONE_FAULT("rules[0].least");
}

static void odd_products(void **state)
{
	(void)state;
	struct product wrong[SAMPLE_PRODUCTS];
	memcpy(wrong, sample_products, sizeof wrong);
	(void)snprintf(wrong[4].code, sizeof wrong[4].code, "TWO WORDS");
	(void)snprintf(wrong[3].name, sizeof wrong[3].name, "a\tb");
	assert_int_equal(check(wrong), 2);
	assert_true(saw("products[4].code"));
	assert_true(saw("products[3].name"));
	memcpy(wrong, sample_products, sizeof wrong);
	(void)snprintf(wrong[2].code, sizeof wrong[2].code, "7894900011517");
	assert_int_equal(check(wrong), 1); /* thirteen digits are never stored */
	assert_true(saw("products[2].code"));
}

static void past_the_ends(void **state)
{
	(void)state;
	struct product product;
	assert_int_equal(programme_decode(encode(), 1, &got), ERR_NONE);
	assert_int_equal(
	    programme_product_at(&got, SAMPLE_PRODUCTS - 1, &product), ERR_NONE);
	assert_string_equal(product.code, "LOOSE");
	assert_int_equal(
	    programme_product_at(&got, SAMPLE_PRODUCTS, &product), ERR_NOT_FOUND);
	assert_int_equal(
	    programme_decode(bytes_of(body, PROGRAMME_BYTES_MAX + (size_t)1), 1, &got),
	    ERR_LIMIT);
}

static void all_in_one_run(void **state)
{
	(void)state;
	made.identity[1].prefix[0] = '5';
	made.rule[0].from_day = 20261231;
	made.rule[0].to_day = 20261101;
	made.rule[1].multiplier = 0;
	made.segment[0].word[0] = '\0';
	assert_int_equal(check(sample_products), 4);
	assert_true(saw("identities[1].prefix"));
	assert_true(saw("rules[0].from"));
	assert_true(saw("rules[1].multiplier"));
	assert_true(saw("segments[0].word"));
}

static void days(void **state)
{
	(void)state;
	assert_true(programme_day_exists(20240229));
	assert_true(programme_day_exists(20000229));
	assert_true(programme_day_exists(20261231));
	assert_false(programme_day_exists(20260229));
	assert_false(programme_day_exists(21000229));
	assert_false(programme_day_exists(20261301));
	assert_false(programme_day_exists(20260001));
	assert_false(programme_day_exists(20260100));
	assert_false(programme_day_exists(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(comes_back_whole, setup),
	    cmocka_unit_test_setup(finds, setup),
	    cmocka_unit_test_setup(many_products, setup),
	    cmocka_unit_test_setup(encoder_refuses, setup),
	    cmocka_unit_test_setup(torn_is_refused, setup),
	    cmocka_unit_test_setup(damage_is_bounded, setup),
	    cmocka_unit_test_setup(sample_is_right, setup),
	    cmocka_unit_test_setup(prefixes, setup),
	    cmocka_unit_test_setup(scales, setup),
	    cmocka_unit_test_setup(tables, setup),
	    cmocka_unit_test_setup(products, setup),
	    cmocka_unit_test_setup(rules, setup),
	    cmocka_unit_test_setup(names_and_ranges, setup),
	    cmocka_unit_test_setup(rule_ranges, setup),
	    cmocka_unit_test_setup(odd_products, setup),
	    cmocka_unit_test_setup(past_the_ends, setup),
	    cmocka_unit_test_setup(all_in_one_run, setup),
	    cmocka_unit_test(days),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
