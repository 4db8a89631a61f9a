/* SPDX-License-Identifier: MIT */
#include "contract/points.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/banned.h"

#include "programme_sample.h"

static struct programme draft; /* rules are set here ... */
static struct programme live;  /* ... and used from here, as a terminal has them */
static struct event sale;
static struct points points;

static const char *const store = "loja-1";

static int setup(void **state)
{
	(void)state;
	sample_fill(&draft);
	draft.rule_count = 0;
	sale = (struct event){.type = EVENT_SALE,
	    .member = MEMBER_CARD,
	    .clerk = "c01",
	    .utc_offset_min = -180,
	    .business_day = 20261122,           /* a Sunday */
	    .wall_ms = INT64_C(1795366800000)}; /* 14:00 there */
	return 0;
}

static struct rule *add_rule(enum rule_about about, enum earner earner)
{
	char id[24];
	(void)snprintf(id, sizeof id, "r%zu", draft.rule_count);
	draft.rule[draft.rule_count] = sample_rule(id, about, earner);
	return &draft.rule[draft.rule_count++];
}

static struct rule *add_rate(
    enum rule_about about, enum earner earner, uint64_t numerator, uint64_t denominator)
{
	struct rule *rule = add_rule(about, earner);
	rule->rate_numerator = numerator;
	rule->rate_denominator = denominator;
	return rule;
}

static void add_line(
    struct event *event, const char *product, uint32_t quantity_milli, int64_t cents)
{
	struct event_line *line = &event->line[event->line_count++];
	(void)snprintf(line->product, sizeof line->product, "%s", product);
	line->quantity_milli = quantity_milli;
	line->amount_cents = cents;
	event->amount_cents += cents;
}

static int64_t earned(const struct event *event, enum earner earner)
{
	assert_int_equal(sample_adopt(&draft, sample_products, &live), ERR_NONE);
	assert_int_equal(points_of(&live, store, event, &points), ERR_NONE);
	return points.total[earner];
}

static int64_t member_earned(void)
{
	return earned(&sale, EARNER_MEMBER);
}

/* --- rounding ------------------------------------------------------------------------
 */

static void rounding(void **state)
{
	(void)state;

	static const struct {
		int64_t cents;
		uint64_t numerator;
		uint64_t denominator;
		uint32_t multiplier;
		enum rounding rounding;
		int64_t points;
	} cases[] = {
	    {199, 1, 100, 10000, ROUND_FLOOR, 1},
	    {-199, 1, 100, 10000, ROUND_FLOOR, -1},
	    {-250, 1, 100, 10000, ROUND_FLOOR, -2},
	    {50, 1, 100, 10000, ROUND_HALF_EVEN, 0},
	    {150, 1, 100, 10000, ROUND_HALF_EVEN, 2},
	    {250, 1, 100, 10000, ROUND_HALF_EVEN, 2},
	    {-250, 1, 100, 10000, ROUND_HALF_EVEN, -2},
	    {-50, 1, 100, 10000, ROUND_HALF_UP, -1},
	    {250, 1, 100, 10000, ROUND_HALF_UP, 3},
	    {84998, 1, 100, 11000, ROUND_HALF_EVEN, 935},
	    {53498, 1, 100, 15000, ROUND_FLOOR, 802},
	    {1, 1, 3, 30000, ROUND_FLOOR, 1}, /* 1/3 x 3, not 0 x 3 */
	    {0, 1, 100, 10000, ROUND_HALF_UP, 0},
	    {INT64_MAX, 1, 1, 10000, ROUND_FLOOR, INT64_MAX},
	    {INT64_MIN + 1, 1, 1, 10000, ROUND_FLOOR, -INT64_MAX},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t got = 12345;
		assert_int_equal(
		    points_round(cases[i].cents, cases[i].numerator, cases[i].denominator,
			cases[i].multiplier, cases[i].rounding, &got),
		    ERR_NONE);
		assert_int_equal(got, cases[i].points);
	}
}

static void rounding_refuses(void **state)
{
	(void)state;
	int64_t got = 77;
	assert_int_equal(points_round(1, 1, 0, 10000, ROUND_FLOOR, &got), ERR_RANGE);
	assert_int_equal(
	    points_round(INT64_MAX, 2, 1, 10000, ROUND_FLOOR, &got), ERR_RANGE);
	assert_int_equal(
	    points_round(INT64_MAX, UINT64_MAX, 1, UINT32_MAX, ROUND_FLOOR, &got),
	    ERR_RANGE);
	assert_int_equal(
	    points_round(INT64_MIN, 1, 1, 10000, ROUND_FLOOR, &got), ERR_RANGE);
	assert_int_equal(got, 77);
}

static void once_a_receipt(void **state)
{
	(void)state;
	add_rate(ABOUT_SALE, EARNER_MEMBER, 1, 100);
	add_line(&sale, "LOOSE", 1000, 199);
	add_line(&sale, "07891000315507", 1000, 199);
	add_line(&sale, "UNHEARD-OF", 1000, 199);
	assert_int_equal(member_earned(), 5); /* by the line it would be 3 */
	assert_int_equal(points.why_count, 1);
	assert_int_equal(points.why[0].base_cents, 597);
	assert_int_equal(points.why[0].points, 5);
	assert_string_equal(points.why[0].rule->id, "r0");
	assert_false(points.why[0].capped);
}

/* --- filters -------------------------------------------------------------------------
 */

static void by_product_and_category(void **state)
{
	(void)state;
	struct rule *rule = add_rate(ABOUT_SALE, EARNER_MEMBER, 1, 1);
	add_line(&sale, "07891000315507", 1000, 3);  /* food */
	add_line(&sale, "07894900011517", 1000, 50); /* drink */
	add_line(&sale, "07891000315507", 2000, 400);
	add_line(&sale, "UNHEARD-OF", 1000, 7000);
	assert_int_equal(member_earned(), 7453);
	(void)snprintf(rule->product, 24, "07891000315507");
	assert_int_equal(member_earned(), 403);
	(void)snprintf(rule->category, 24, "drink");
	assert_int_equal(member_earned(), 0);
	rule->product[0] = '\0';
	assert_int_equal(member_earned(), 50);
	assert_int_equal(points.why[0].base_cents, 50);
}

static void a_chip_is_a_chip(void **state)
{
	(void)state;
	add_rate(ABOUT_CHIP, EARNER_MEMBER, 1, 100);
	add_line(&sale, "07894900011517", 1000, 5000);
	assert_int_equal(member_earned(), 0);
	add_line(&sale, "CHIP-VIVO", 1000, 1000);
	assert_int_equal(member_earned(), 10);
	sale.type = EVENT_CHIP_SALE; /* a whole event of chips */
	assert_int_equal(member_earned(), 60);
}

static void by_least_amount(void **state)
{
	(void)state;
	struct rule *rule = add_rule(ABOUT_SALE, EARNER_MEMBER);
	rule->fixed_points = 7;
	rule->least_cents = 1000;
	add_line(&sale, "LOOSE", 1000, 999);
	assert_int_equal(member_earned(), 0);
	add_line(&sale, "CHIP-VIVO", 1000, 1);
	assert_int_equal(member_earned(), 7);
	(void)snprintf(rule->category, 24, "chip"); /* of what passed, not of all */
	assert_int_equal(member_earned(), 0);
}

static void by_hour(void **state)
{
	(void)state;
	struct rule *rule = add_rule(ABOUT_SALE, EARNER_MEMBER);
	rule->fixed_points = 1;
	add_line(&sale, "LOOSE", 1000, 100);

	static const struct {
		uint16_t from;
		uint16_t to;
		int64_t points; /* at 14:00 */
	} cases[] = {
	    {0, 0, 1},
	    {840, 841, 1},
	    {839, 840, 0},
	    {841, 839, 0},
	    {840, 120, 1},
	    {1320, 900, 1},
	    {1320, 840, 0},
	    {0, 1440, 1},
	    {840, 840, 1},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		rule->from_minute = cases[i].from;
		rule->to_minute = cases[i].to;
		assert_int_equal(member_earned(), cases[i].points);
	}
	rule->from_minute = 23 * 60;
	rule->to_minute = 24 * 60;
	sale.wall_ms = -1; /* one millisecond before 1970 */
	sale.utc_offset_min = 0;
	assert_int_equal(member_earned(), 1); /* 23:59 */
	sale.utc_offset_min = -60;
	assert_int_equal(member_earned(), 0); /* 22:59 */
}

static void by_day(void **state)
{
	(void)state;
	struct rule *rule = add_rule(ABOUT_SALE, EARNER_MEMBER);
	rule->fixed_points = 1;
	add_line(&sale, "LOOSE", 1000, 100);

	static const struct {
		uint32_t day;
		unsigned weekday; /* 0 Sunday; from the calendar */
	} cases[] = {{20261122, 0}, {20261123, 1}, {20240229, 4}, {20000301, 3},
	    {19700101, 4}, {20270101, 5}, {21000228, 0}, {20260131, 6}};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		sale.business_day = cases[i].day;
		rule->weekdays = (uint8_t)(1U << cases[i].weekday);
		assert_int_equal(member_earned(), 1);
		rule->weekdays = (uint8_t)(127 & ~rule->weekdays);
		assert_int_equal(member_earned(), 0);
	}
	rule->weekdays = 0;
	rule->from_day = 20261101;
	rule->to_day = 20261130;
	static const uint32_t inside[] = {20261101, 20261115, 20261130};
	static const uint32_t outside[] = {20261031, 20261201, 20251115};
	for (size_t i = 0; i < 3; i++) {
		sale.business_day = inside[i];
		assert_int_equal(member_earned(), 1);
		sale.business_day = outside[i];
		assert_int_equal(member_earned(), 0);
	}
	/* The day of the business, not of the wall: 01:30 after its night. */
	rule->from_day = 0;
	rule->to_day = 20261122;
	sale.business_day = 20261122;
	sale.wall_ms += INT64_C(11) * 3600 * 1000 + 30 * 60 * 1000;
	assert_int_equal(member_earned(), 1);
	draft.valid_to_day = 20261121; /* the programme itself is over */
	assert_int_equal(member_earned(), 0);
}

static void by_member_segment_and_store(void **state)
{
	(void)state;
	struct rule *rule = add_rule(ABOUT_SALE, EARNER_CLERK);
	rule->fixed_points = 3;
	add_line(&sale, "LOOSE", 1000, 100);
	assert_int_equal(earned(&sale, EARNER_CLERK), 3);
	assert_int_equal(points.total[EARNER_MEMBER], 0);
	sale.member = MEMBER_NONE;
	assert_int_equal(earned(&sale, EARNER_CLERK), 3);
	rule->member_only = true;
	assert_int_equal(earned(&sale, EARNER_CLERK), 0);
	rule->earner = EARNER_MEMBER;
	rule->member_only = false;
	assert_int_equal(earned(&sale, EARNER_MEMBER), 0); /* nobody to give it to */
	sale.member = MEMBER_CPF;
	assert_int_equal(earned(&sale, EARNER_MEMBER), 3);
	rule->segment = 'B';
	assert_int_equal(earned(&sale, EARNER_MEMBER), 0);
	sale.segment = 'B';
	assert_int_equal(earned(&sale, EARNER_MEMBER), 3);
	(void)snprintf(rule->store, 8, "loja-2");
	assert_int_equal(earned(&sale, EARNER_MEMBER), 0);
	(void)snprintf(rule->store, 8, "loja-1");
	assert_int_equal(earned(&sale, EARNER_MEMBER), 3);
	rule->earner = EARNER_STORE;
	assert_int_equal(earned(&sale, EARNER_STORE), 3);
}

static void topups(void **state)
{
	(void)state;
	struct rule *rule = add_rate(ABOUT_TOPUP, EARNER_MEMBER, 1, 100);
	sale.type = EVENT_TOPUP;
	sale.amount_cents = 2000;
	(void)snprintf(sale.operator_name, 16, "vivo");
	assert_int_equal(member_earned(), 20);
	(void)snprintf(rule->operator_name, 16, "tim");
	assert_int_equal(member_earned(), 0);
	(void)snprintf(rule->operator_name, 16, "vivo");
	assert_int_equal(member_earned(), 20);
	rule->about = ABOUT_SALE;
	rule->operator_name[0] = '\0';
	assert_int_equal(member_earned(), 0);
}

static void enrolments(void **state)
{
	(void)state;
	add_rule(ABOUT_ENROLMENT, EARNER_MEMBER)->fixed_points = 50;
	add_rule(ABOUT_ENROLMENT, EARNER_CLERK)->fixed_points = 10;
	sale.type = EVENT_ENROLMENT;
	assert_int_equal(member_earned(), 50);
	assert_int_equal(points.total[EARNER_CLERK], 10);
	assert_int_equal(points.total[EARNER_STORE], 0);
	assert_int_equal(points.why_count, 2);
}

static void caps_and_multipliers(void **state)
{
	(void)state;
	struct rule *rule = add_rate(ABOUT_SALE, EARNER_MEMBER, 1, 100);
	rule->multiplier = 15000;
	rule->cap_points = 20;
	add_line(&sale, "LOOSE", 1000, 1299);
	assert_int_equal(member_earned(), 19); /* 19.485 */
	assert_false(points.why[0].capped);
	add_line(&sale, "LOOSE", 1000, 200);
	assert_int_equal(member_earned(), 20);
	assert_true(points.why[0].capped);
	add_rule(ABOUT_SALE, EARNER_MEMBER)->fixed_points = 5; /* its own row, no cap */
	draft.rule[1].multiplier = 25000;
	assert_int_equal(member_earned(), 32); /* 20 and floor(12.5) */
	assert_int_equal(points.why_count, 2);
}

static void what_earns_nothing(void **state)
{
	(void)state;
	for (int about = ABOUT_SALE; about < ABOUT_COUNT_; about++)
		add_rule((enum rule_about)about, EARNER_STORE)->fixed_points = 1;
	add_line(&sale, "LOOSE", 1000, 100);
	for (int type = EVENT_NONE; type < EVENT_TYPE_COUNT_; type++) {
		sale.type = (enum event_type)type;
		bool earns = type == EVENT_SALE || type == EVENT_TOPUP ||
			     type == EVENT_CHIP_SALE || type == EVENT_ENROLMENT;
		assert_int_equal(earned(&sale, EARNER_STORE) != 0, earns);
		sale.training = true;
		assert_int_equal(earned(&sale, EARNER_STORE), 0);
		assert_int_equal(points.why_count, 0);
		sale.training = false;
	}
	sale.type = EVENT_SALE;
	sale.clerk[0] = '\0';
	draft.rule[0].earner = EARNER_CLERK;
	assert_int_equal(earned(&sale, EARNER_CLERK), 0); /* nobody signed in */
}

static void sums_stay_inside(void **state)
{
	(void)state;
	struct points before = {.why_count = 3};
	points = before;
	assert_int_equal(sample_adopt(&draft, sample_products, &live), ERR_NONE);
	live.rule[0] = sample_rule("r", ABOUT_SALE, EARNER_MEMBER);
	live.rule[0].rate_numerator = 1;
	live.rule[0].rate_denominator = 1;
	live.rule[1] = live.rule[0];
	live.rule_count = 2;
	add_line(&sale, "LOOSE", 1000, INT64_MAX - 1);
	assert_int_equal(points_of(&live, store, &sale, &points), ERR_RANGE);
	assert_memory_equal(&points, &before, sizeof points);
}

/* --- voids and returns -----------------------------------------------------------------
 */

static uint64_t random_state;

static uint64_t random_next(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void random_rules(void)
{
	static const char *const category[] = {"", "food", "drink", "chip"};
	draft.rule_count = 0;
	size_t count = 1 + (size_t)random_next(6);
	for (size_t i = 0; i < count; i++) {
		struct rule *rule =
		    add_rule(ABOUT_SALE, (enum earner)random_next(EARNER_COUNT));
		if (random_next(3) == 0) {
			rule->fixed_points = (int64_t)random_next(50) + 1;
		} else {
			rule->rate_numerator = random_next(7) + 1;
			rule->rate_denominator = random_next(300) + 1;
		}
		rule->multiplier = (uint32_t)random_next(30000) + 1;
		rule->rounding = (enum rounding)random_next(ROUND_COUNT_);
		rule->cap_points = random_next(2) == 0 ? (int64_t)random_next(60) + 1 : 0;
		rule->least_cents = random_next(2) == 0 ? (int64_t)random_next(3000) : 0;
		(void)snprintf(rule->category, 24, "%s", category[random_next(4)]);
	}
	assert_int_equal(sample_adopt(&draft, sample_products, &live), ERR_NONE);
}

static void random_sale(void)
{
	sale.line_count = 0;
	sale.amount_cents = 0;
	size_t count = 1 + (size_t)random_next(8);
	for (size_t i = 0; i < count; i++) {
		uint32_t pieces = (uint32_t)random_next(4) + 1;
		add_line(&sale, sample_products[random_next(SAMPLE_PRODUCTS)].code,
		    pieces * 1000, (int64_t)(random_next(2000) + 1) * pieces);
	}
}

/* Some pieces of one line that is kept, at a share of its amount. */
static void random_return(const struct event *kept, struct event *returned)
{
	memset(returned, 0, sizeof *returned);
	returned->type = EVENT_RETURN;
	const struct event_line *line = &kept->line[random_next(kept->line_count)];
	uint32_t pieces = line->quantity_milli / 1000;
	uint32_t back = (uint32_t)random_next(pieces) + 1;
	int64_t cents =
	    back == pieces ? line->amount_cents : line->amount_cents / pieces * back;
	add_line(returned, line->product, back * 1000, cents);
}

/* Returns that one after the other bring everything back give back exactly what
 * was earned, and so does a void after any of them. */
static void returns_sum_to_the_sale(void **state)
{
	(void)state;
	static struct event kept;
	static struct event returned;
	random_state = 20261122;
	for (int round = 0; round < 1500; round++) {
		random_rules();
		random_sale();
		assert_int_equal(points_of(&live, store, &sale, &points), ERR_NONE);
		int64_t taken[EARNER_COUNT] = {0};
		int64_t total[EARNER_COUNT];
		kept = sale;
		for (int step = 0; kept.line_count > 0; step++) {
			assert_true(step < 100);
			random_return(&kept, &returned);
			assert_int_equal(points_keep(&kept, &returned), ERR_NONE);
			assert_int_equal(
			    points_of_return(&live, store, &sale, &kept, taken, total),
			    ERR_NONE);
			for (int i = 0; i < EARNER_COUNT; i++)
				taken[i] += total[i];
			assert_int_equal(
			    points_of_void(&live, store, &sale, taken, total), ERR_NONE);
			for (int i = 0; i < EARNER_COUNT; i++)
				assert_int_equal(
				    points.total[i] + taken[i] + total[i], 0);
		}
		for (int i = 0; i < EARNER_COUNT; i++)
			assert_int_equal(taken[i], -points.total[i]);
	}
}

/* What two returns take together does not hang on which came first, and the
 * lines of a sale may stand in any order. */
static void order_does_not_matter(void **state)
{
	(void)state;
	static struct event first;
	static struct event second;
	static struct event kept[2];
	random_state = 8128;
	for (int round = 0; round < 1500; round++) {
		random_rules();
		random_sale();
		random_return(&sale, &first);
		kept[0] = sale;
		assert_int_equal(points_keep(&kept[0], &first), ERR_NONE);
		if (kept[0].line_count == 0)
			continue;
		random_return(&kept[0], &second);
		kept[1] = sale;
		assert_int_equal(points_keep(&kept[0], &second), ERR_NONE);
		assert_int_equal(points_keep(&kept[1], &second), ERR_NONE);
		assert_int_equal(points_keep(&kept[1], &first), ERR_NONE);
		const int64_t none[EARNER_COUNT] = {0};
		int64_t a[EARNER_COUNT];
		int64_t b[EARNER_COUNT];
		assert_int_equal(
		    points_of_return(&live, store, &sale, &kept[0], none, a), ERR_NONE);
		assert_int_equal(
		    points_of_return(&live, store, &sale, &kept[1], none, b), ERR_NONE);
		assert_memory_equal(a, b, sizeof a);

		static struct event turned;
		turned = sale;
		for (size_t i = 0; i < sale.line_count; i++)
			turned.line[i] = sale.line[sale.line_count - 1 - i];
		static struct points other;
		assert_int_equal(points_of(&live, store, &sale, &points), ERR_NONE);
		assert_int_equal(points_of(&live, store, &turned, &other), ERR_NONE);
		assert_memory_equal(points.total, other.total, sizeof points.total);
	}
}

/* More sold never earns less, whatever the caps and roundings. */
static void more_never_earns_less(void **state)
{
	(void)state;
	random_state = 496;
	for (int round = 0; round < 300; round++) {
		random_rules();
		sale.line_count = 0;
		sale.amount_cents = 0;
		add_line(&sale, "07891000315507", 1000, 0);
		int64_t before[EARNER_COUNT] = {0};
		for (int step = 0; step < 40; step++) {
			sale.line[0].amount_cents += (int64_t)random_next(150);
			assert_int_equal(
			    points_of(&live, store, &sale, &points), ERR_NONE);
			for (int i = 0; i < EARNER_COUNT; i++)
				assert_true(points.total[i] >= before[i]);
			memcpy(before, points.total, sizeof before);
		}
	}
}

static void void_of_a_topup_waits(void **state)
{
	(void)state;
	add_rate(ABOUT_TOPUP, EARNER_MEMBER, 1, 100);
	sale.type = EVENT_TOPUP;
	sale.amount_cents = 2000;
	assert_int_equal(member_earned(), 20);
	const int64_t none[EARNER_COUNT] = {0};
	int64_t total[EARNER_COUNT] = {9, 9, 9};
	assert_int_equal(points_of_void(&live, store, &sale, none, total), ERR_NONE);
	for (int i = 0; i < EARNER_COUNT; i++)
		assert_int_equal(total[i], 0);
}

static void keeping(void **state)
{
	(void)state;
	static struct event returned;
	memset(&returned, 0, sizeof returned);
	add_line(&sale, "CHIP-VIVO", 1000, 500);
	add_line(&sale, "LOOSE", 3000, 300);
	add_line(&sale, "CHIP-VIVO", 1000, 700);
	add_line(&returned, "CHIP-VIVO", 1000, 700);
	assert_int_equal(points_keep(&sale, &returned), ERR_NONE);
	assert_int_equal(sale.line_count, 2);
	assert_int_equal(sale.line[0].quantity_milli, 1000);
	assert_int_equal(sale.line[0].amount_cents, 500);
	assert_int_equal(sale.amount_cents, 800);

	returned.line[0].amount_cents = 501; /* more money than is kept */
	assert_int_equal(points_keep(&sale, &returned), ERR_RANGE);
	returned.line[0].amount_cents = 500;
	returned.line[0].quantity_milli = 2000; /* more pieces */
	assert_int_equal(points_keep(&sale, &returned), ERR_RANGE);
	returned.line[0].quantity_milli = 600; /* twice in one return: too much */
	returned.line[1] = returned.line[0];
	returned.line_count = 2;
	returned.line[1].amount_cents = 0;
	assert_int_equal(points_keep(&sale, &returned), ERR_RANGE);
	returned.line_count = 1;
	(void)snprintf(returned.line[0].product, 24, "UNHEARD-OF");
	assert_int_equal(points_keep(&sale, &returned), ERR_RANGE);
	assert_int_equal(sale.line_count, 2);
	assert_int_equal(sale.amount_cents, 800);

	(void)snprintf(returned.line[0].product, 24, "LOOSE"); /* the shop keeps 1,00 */
	returned.line[0].quantity_milli = 3000;
	returned.line[0].amount_cents = 200;
	assert_int_equal(points_keep(&sale, &returned), ERR_NONE);
	assert_int_equal(sale.line_count, 1);
	assert_int_equal(sale.amount_cents, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rounding),
	    cmocka_unit_test(rounding_refuses),
	    cmocka_unit_test_setup(once_a_receipt, setup),
	    cmocka_unit_test_setup(by_product_and_category, setup),
	    cmocka_unit_test_setup(a_chip_is_a_chip, setup),
	    cmocka_unit_test_setup(by_least_amount, setup),
	    cmocka_unit_test_setup(by_hour, setup),
	    cmocka_unit_test_setup(by_day, setup),
	    cmocka_unit_test_setup(by_member_segment_and_store, setup),
	    cmocka_unit_test_setup(topups, setup),
	    cmocka_unit_test_setup(enrolments, setup),
	    cmocka_unit_test_setup(caps_and_multipliers, setup),
	    cmocka_unit_test_setup(what_earns_nothing, setup),
	    cmocka_unit_test_setup(sums_stay_inside, setup),
	    cmocka_unit_test_setup(returns_sum_to_the_sale, setup),
	    cmocka_unit_test_setup(order_does_not_matter, setup),
	    cmocka_unit_test_setup(more_never_earns_less, setup),
	    cmocka_unit_test_setup(void_of_a_topup_waits, setup),
	    cmocka_unit_test_setup(keeping, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
