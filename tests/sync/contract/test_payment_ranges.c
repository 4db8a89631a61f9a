/* SPDX-License-Identifier: MIT */
#include "contract/payment_ranges.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

#include "base/attr.h"

static void brands(void **state)
{
	(void)state;

	static const struct {
		const char *digits;
		const char *brand; /* NULL: not a payment card */
	} cases[] = {
	    {"4111111111111111", "visa"},
	    {"4222222222222", "visa"}, /* thirteen digits, an old one */
	    {"5555555555554444", "mastercard"},
	    {"2221328876463872", "mastercard"},
	    {"2720990000000000", "mastercard"},
	    {"2721000000000000", NULL},
	    {"2220999999999999", NULL},
	    {"4312741616517383", "elo"}, /* inside visa */
	    {"6516599283372279", "elo"}, /* inside discover */
	    {"6550200000000000", "discover"},
	    {"6062825624254001", "hipercard"},
	    {"5030027367372527", "aura"},
	    {"6704757849720108", "maestro"},
	    {"6000000000000000", "card"}, /* in no list, starts 3 to 6 */
	    {"6000000000000", NULL},      /* the same with thirteen digits */
	    {"9076555575248227", NULL},
	    {"7024158122435244", NULL},
	    {"41111111111", NULL}, /* too short for any card */
	    {"41111111111111111111", NULL},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *brand =
		    payment_brand(cases[i].digits, strlen(cases[i].digits));
		if (cases[i].brand == NULL)
			assert_null(brand);
		else
			assert_string_equal(brand, cases[i].brand);
	}
}

static void overlaps(void **state)
{
	(void)state;

	static const struct {
		const char *prefix;
		size_t len;
		bool overlaps;
	} cases[] = {
	    {"90765555", 16, false},
	    {"29", 13, false},
	    {"2", 16, true}, /* holds 2221 */
	    {"22", 16, true},
	    {"2220", 16, false},
	    {"222100", 16, true},
	    {"27209912", 16, true},
	    {"27210", 16, false},
	    {"4", 13, true},
	    {"4", 11, false},
	    {"60", 16, true},
	    {"60", 13, true},   /* 6011 */
	    {"600", 13, false}, /* fourteen or more would be payment-like */
	    {"600", 14, true},
	    {"7", 16, false},
	    {"", 16, true},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(payment_range_overlaps(cases[i].prefix, cases[i].len),
		    cases[i].overlaps);
}

/* The two questions must agree: whatever number has a brand, its every prefix
 * overlaps; whatever prefix does not overlap has no number with a brand. */
static void agree(void **state)
{
	(void)state;
	char digits[PAYMENT_DIGITS_MAX + 1];
	for (uint32_t head = 0; head < 1000000; head += 7) {
		(void)snprintf(digits, sizeof digits, "%06u0000000000", head);
		bool is_card = payment_brand(digits, 16) != NULL;
		for (size_t cut = 1; cut <= 6; cut++) {
			char prefix[8] = {0};
			memcpy(prefix, digits, cut);
			if (is_card)
				assert_true(payment_range_overlaps(prefix, 16));
			if (cut == 6)
				assert_int_equal(
				    payment_range_overlaps(prefix, 16), is_card);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(brands),
	    cmocka_unit_test(overlaps),
	    cmocka_unit_test(agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
