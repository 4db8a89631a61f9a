/* SPDX-License-Identifier: MIT */
#include "central/programme_changes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

#include "../contract/programme_sample.h"

static struct programme draft;
static struct programme before;
static struct programme after;
static uint8_t before_body[SAMPLE_BYTES];
static uint8_t after_body[SAMPLE_BYTES];

enum { LINES_MAX = 64 };

static char lines[LINES_MAX][CHANGE_LEN_MAX + 200];
static size_t line_count;

static void hear(void *self, const char *line)
{
	(void)self;
	assert_true(line_count < LINES_MAX);
	(void)snprintf(lines[line_count++], sizeof lines[0], "%s", line);
}

static void adopt(const struct product *products, uint8_t *body, struct programme *ret)
{
	struct sink out = sink_of(body, SAMPLE_BYTES);
	assert_int_equal(programme_encode(&draft, products, &out), ERR_NONE);
	assert_int_equal(programme_decode(sink_bytes(&out), 1, ret), ERR_NONE);
}

static int setup(void **state)
{
	(void)state;
	sample_fill(&draft);
	adopt(sample_products, before_body, &before);
	line_count = 0;
	return 0;
}

static bool said(const char *line)
{
	for (size_t i = 0; i < line_count; i++)
		if (strcmp(lines[i], line) == 0)
			return true;
	for (size_t i = 0; i < line_count; i++)
		print_error("  %s\n", lines[i]);
	return false;
}

static void first_and_same(void **state)
{
	(void)state;
	static const char head[] = "sample: 2 rules, 5 products, 2 operators, 2 clerks";
	programme_changes(NULL, &before, 20261122, hear, NULL);
	assert_int_equal(line_count, 1);
	assert_true(said(head));
	line_count = 0;
	(void)snprintf(draft.clerk[0].pin_hash, 32, "$argon2id$other"); /* new salt */
	adopt(sample_products, after_body, &after);
	programme_changes(&before, &after, 20261122, hear, NULL);
	assert_int_equal(line_count, 1);
	assert_true(said(head));
}

static void each_difference(void **state)
{
	(void)state;
	struct product products[SAMPLE_PRODUCTS];
	memcpy(products, sample_products, sizeof products);
	products[1].price_cents = 1349;
	(void)snprintf(products[3].code, sizeof products[3].code, "CHIP-TIM");
	(void)snprintf(draft.receipt_text, 32, "Volte sempre.");
	(void)snprintf(draft.rule[1].id, 24, "natal");
	(void)snprintf(draft.rule[1].name, 24, "Natal premiado");
	draft.rule[0].rate_denominator = 200;
	draft.rule[0].multiplier = 15000;
	draft.rule[0].weekdays = 65;
	draft.rule[0].from_minute = 1080;
	draft.rule[0].to_minute = 120;
	draft.operator_entry[1].value[0].validity_days = 60;
	draft.clerk_count = 1;
	adopt(products, after_body, &after);
	programme_changes(&before, &after, 20261122, hear, NULL);
	assert_true(said("sample: 2 rules, 5 products, 2 operators, 1 clerks"));
	assert_true(said("receipt.text ~ Volte sempre."));
	assert_true(said("rules ~ buy: sale, member: 1 points a real -> sale, member, "
			 "sun/sat, 18:00-02:00: 1/2 points a real x 1,5"));
	assert_true(said("rules + natal: 'Natal premiado' enrolment, clerk: 50 points"));
	assert_true(said("rules - welcome: enrolment, clerk: 50 points"));
	assert_true(said("operators ~ tim: TIM: 10,00/30d -> TIM: 10,00/60d"));
	assert_true(said("clerks - s01 of loja-1: Sandra, supervisor"));
	assert_true(said(
	    "products ~ 07891000315507: Coffee, food, 12,99 -> Coffee, food, 13,49"));
	assert_true(said("products + CHIP-TIM: Chip, chip, 10,00"));
	assert_true(said("products - CHIP-VIVO: Chip, chip, 10,00"));
	assert_true(said("warning: clerks: nobody is a supervisor"));
	assert_int_equal(line_count, 11);
}

static void slips(void **state)
{
	(void)state;
	draft.rule[0].to_day = 20261121;
	draft.valid_to_day = 20261121;
	(void)snprintf(draft.consent_text, 32, "Aceito tudo.");
	adopt(sample_products, after_body, &after);
	programme_changes(&before, &after, 20261121, hear, NULL);
	assert_false(strncmp(lines[line_count - 2], "warning: rules", 14) == 0);
	line_count = 0;
	programme_changes(&before, &after, 20261122, hear, NULL);
	assert_true(said("warning: rules buy: its days are over"));
	assert_true(said("warning: to: the programme is over, nothing earns"));
	assert_true(strncmp(lines[line_count - 1], "warning: consent.version", 24) == 0);
}

static void long_lists_are_cut(void **state)
{
	(void)state;
	static struct product many[200];
	memset(many, 0, sizeof many);
	for (size_t i = 0; i < COUNT_OF(many); i++) {
		(void)snprintf(many[i].code, sizeof many[i].code, "P%03zu", i);
		(void)snprintf(many[i].name, sizeof many[i].name, "Product");
		many[i].price_cents = -1;
	}
	draft.product_count = COUNT_OF(many);
	adopt(many, after_body, &after);
	programme_changes(&before, &after, 20261122, hear, NULL);
	assert_int_equal(line_count, 1 + CHANGES_TOLD_MAX + 1);
	assert_true(said("products: 185 more changes")); /* 200 new, 5 gone */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(first_and_same, setup),
	    cmocka_unit_test_setup(each_difference, setup),
	    cmocka_unit_test_setup(slips, setup),
	    cmocka_unit_test_setup(long_lists_are_cut, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
