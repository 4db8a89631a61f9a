/* SPDX-License-Identifier: MIT */
#include "contract/points.h"

#include <assert.h>
#include <string.h>

#include "base/banned.h"

/* Cents times a rate times a multiplier does not fit 64 bits. */
__extension__ typedef unsigned __int128 wide;

enum { MINUTES_A_DAY = 24 * 60, MS_A_MINUTE = 60 * 1000, DAYS_A_WEEK = 7 };

/* --- arithmetic --------------------------------------------------------------- */

static bool rounds_up(wide quotient, wide rest, wide divisor, enum rounding rounding)
{
	wide other_half = divisor - rest;
	switch (rounding) {
	case ROUND_HALF_UP: return rest >= other_half;
	case ROUND_HALF_EVEN:
		return rest > other_half || (rest == other_half && quotient % 2 == 1);
	case ROUND_FLOOR:
	case ROUND_COUNT_: break;
	}
	return false;
}

enum err points_round(int64_t cents, uint64_t numerator, uint64_t denominator,
    uint32_t multiplier, enum rounding rounding, int64_t *ret_points)
{
	if (denominator == 0)
		return ERR_RANGE;
	uint64_t size = cents < 0 ? 0 - (uint64_t)cents : (uint64_t)cents;
	wide product;
	if (__builtin_mul_overflow((wide)size * numerator, (wide)multiplier, &product))
		return ERR_RANGE;
	wide divisor = (wide)denominator * MULTIPLIER_ONE;
	wide quotient = product / divisor;
	if (rounds_up(quotient, product % divisor, divisor, rounding))
		quotient++;
	if (quotient > INT64_MAX)
		return ERR_RANGE;
	*ret_points = cents < 0 ? -(int64_t)quotient : (int64_t)quotient;
	return ERR_NONE;
}

static enum err add(int64_t *sum, int64_t term)
{
	return __builtin_add_overflow(*sum, term, sum) ? ERR_RANGE : ERR_NONE;
}

/* --- the event, seen once for all rules ----------------------------------------- */

struct receipt {
	const struct programme *programme;
	const struct event *event;
	const char *store;
	unsigned weekday; /* 0 Sunday */
	unsigned minute;  /* local */
	/* Of each line; empty when the programme does not name the product. */
	char category[EVENT_LINES_MAX][CATEGORY_LEN_MAX + 1];
};

/* Sakamoto's method; 0 is Sunday. */
static unsigned weekday_of(uint32_t day)
{
	static const uint8_t month_shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
	uint32_t year = day / 10000;
	uint32_t month = day / 100 % 100;
	if (month < 1 || month > 12)
		return 0;
	if (month < 3)
		year--;
	return (year + year / 4 - year / 100 + year / 400 + month_shift[month - 1] +
		   day % 100) %
	       DAYS_A_WEEK;
}

static int64_t floor_divide(int64_t value, int64_t by)
{
	return value / by - (value % by < 0 ? 1 : 0);
}

static unsigned local_minute(const struct event *event)
{
	int64_t minute =
	    floor_divide(event->wall_ms, MS_A_MINUTE) + event->utc_offset_min;
	return (unsigned)(minute - floor_divide(minute, MINUTES_A_DAY) * MINUTES_A_DAY);
}

static void receipt_see(struct receipt *receipt, const struct programme *programme,
    const char *store, const struct event *event)
{
	assert(event->line_count <= EVENT_LINES_MAX);
	receipt->programme = programme;
	receipt->event = event;
	receipt->store = store;
	receipt->weekday = weekday_of(event->business_day);
	receipt->minute = local_minute(event);
	for (size_t i = 0; i < event->line_count; i++) {
		struct product product;
		receipt->category[i][0] = '\0';
		if (programme_product(programme, event->line[i].product, &product) ==
		    ERR_NONE)
			memcpy(receipt->category[i], product.category,
			    sizeof receipt->category[i]);
	}
}

/* --- filters ---------------------------------------------------------------------- */

static bool about_fits(enum rule_about about, enum event_type type)
{
	switch (about) {
	case ABOUT_SALE: return type == EVENT_SALE;
	case ABOUT_TOPUP: return type == EVENT_TOPUP;
	case ABOUT_CHIP: return type == EVENT_SALE || type == EVENT_CHIP_SALE;
	case ABOUT_ENROLMENT: return type == EVENT_ENROLMENT;
	case ABOUT_NONE:
	case ABOUT_COUNT_: break;
	}
	return false;
}

static bool earner_is_there(const struct rule *rule, const struct event *event)
{
	bool member = event->member != MEMBER_NONE;
	if (rule->member_only && !member)
		return false;
	switch (rule->earner) {
	case EARNER_MEMBER: return member;
	case EARNER_CLERK: return event->clerk[0] != '\0';
	case EARNER_STORE:
	case EARNER_COUNT: break;
	}
	return rule->earner == EARNER_STORE;
}

static bool hour_fits(const struct rule *rule, unsigned minute)
{
	unsigned from = rule->from_minute;
	unsigned to = rule->to_minute;
	if (from == to)
		return true;
	if (from < to)
		return minute >= from && minute < to;
	return minute >= from || minute < to;
}

static bool day_fits(uint32_t from, uint32_t to, uint32_t day)
{
	return day >= from && (to == 0 || day <= to);
}

static bool text_fits(const char *filter, const char *text)
{
	return filter[0] == '\0' || strcmp(filter, text) == 0;
}

/* All but what is asked of single lines. */
static bool rule_fits(const struct rule *rule, const struct receipt *receipt)
{
	const struct event *event = receipt->event;
	return about_fits(rule->about, event->type) && earner_is_there(rule, event) &&
	       text_fits(rule->store, receipt->store) &&
	       text_fits(rule->operator_name, event->operator_name) &&
	       (rule->segment == '\0' || rule->segment == event->segment) &&
	       (rule->weekdays == 0 || (rule->weekdays >> receipt->weekday & 1) != 0) &&
	       hour_fits(rule, receipt->minute) &&
	       day_fits(rule->from_day, rule->to_day, event->business_day);
}

static bool line_fits(const struct rule *rule, const struct receipt *receipt, size_t i)
{
	if (rule->about == ABOUT_CHIP && receipt->event->type == EVENT_SALE &&
	    strcmp(receipt->category[i], PROGRAMME_CHIP) != 0)
		return false;
	return text_fits(rule->product, receipt->event->line[i].product) &&
	       text_fits(rule->category, receipt->category[i]);
}

/* The amount that passes the filters; lines decide where there are any. */
static enum err base_of(
    const struct rule *rule, const struct receipt *receipt, int64_t *ret_cents)
{
	const struct event *event = receipt->event;
	bool asks_lines = rule->product[0] != '\0' || rule->category[0] != '\0';
	int64_t cents = 0;
	if (event->type != EVENT_SALE && event->line_count == 0 && !asks_lines)
		cents = event->amount_cents;
	for (size_t i = 0; i < event->line_count; i++) {
		if (line_fits(rule, receipt, i) &&
		    add(&cents, event->line[i].amount_cents) != ERR_NONE)
			return ERR_RANGE;
	}
	*ret_cents = cents;
	return ERR_NONE;
}

/* --- one rule, all rules ------------------------------------------------------------ */

static enum err rule_points(const struct rule *rule, int64_t base, struct why *ret_why)
{
	bool rate = rule->rate_denominator != 0;
	int64_t points;
	enum err err = points_round(rate ? base : rule->fixed_points,
	    rate ? rule->rate_numerator : 1, rate ? rule->rate_denominator : 1,
	    rule->multiplier, rule->rounding, &points);
	if (err != ERR_NONE)
		return err;
	bool capped = rule->cap_points != 0 && points > rule->cap_points;
	*ret_why = (struct why){
	    .rule = rule,
	    .base_cents = base,
	    .points = capped ? rule->cap_points : points,
	    .capped = capped,
	};
	return ERR_NONE;
}

static enum err rule_apply(
    const struct rule *rule, const struct receipt *receipt, struct points *points)
{
	int64_t base;
	if (!rule_fits(rule, receipt))
		return ERR_NONE;
	enum err err = base_of(rule, receipt, &base);
	if (err != ERR_NONE)
		return err;
	bool nothing_passed = base <= 0 && receipt->event->type != EVENT_ENROLMENT;
	if (nothing_passed || base < rule->least_cents)
		return ERR_NONE;
	struct why why;
	err = rule_points(rule, base, &why);
	if (err != ERR_NONE || why.points == 0)
		return err;
	points->why[points->why_count++] = why;
	return add(&points->total[rule->earner], why.points);
}

static bool may_earn(const struct programme *programme, const struct event *event)
{
	bool earns = event->type == EVENT_SALE || event->type == EVENT_TOPUP ||
		     event->type == EVENT_CHIP_SALE || event->type == EVENT_ENROLMENT;
	return earns && !event->training &&
	       day_fits(programme->valid_from_day, programme->valid_to_day,
		   event->business_day);
}

enum err points_of(const struct programme *programme, const char *store,
    const struct event *event, struct points *ret_points)
{
	struct points points = {0};
	struct receipt receipt;
	enum err err = ERR_NONE;
	if (may_earn(programme, event)) {
		receipt_see(&receipt, programme, store, event);
		for (size_t i = 0; err == ERR_NONE && i < programme->rule_count; i++)
			err = rule_apply(&programme->rule[i], &receipt, &points);
	}
	if (err == ERR_NONE)
		*ret_points = points;
	return err;
}

/* --- voids and returns -------------------------------------------------------------- */

enum err points_of_void(const struct programme *programme, const char *store,
    const struct event *sale, const int64_t taken[EARNER_COUNT],
    int64_t ret_total[EARNER_COUNT])
{
	struct points earned = {0};
	int64_t total[EARNER_COUNT] = {0};
	bool waits_for_central = sale->type == EVENT_TOPUP;
	enum err err = ERR_NONE;
	if (!waits_for_central)
		err = points_of(programme, store, sale, &earned);
	for (size_t i = 0; err == ERR_NONE && !waits_for_central && i < EARNER_COUNT;
	     i++) {
		if (__builtin_sub_overflow(0, earned.total[i], &total[i]) ||
		    __builtin_sub_overflow(total[i], taken[i], &total[i]))
			err = ERR_RANGE;
	}
	if (err == ERR_NONE)
		memcpy(ret_total, total, sizeof total);
	return err;
}

enum err points_of_return(const struct programme *programme, const char *store,
    const struct event *sale, const struct event *kept, const int64_t taken[EARNER_COUNT],
    int64_t ret_total[EARNER_COUNT])
{
	struct points before;
	struct points after;
	int64_t total[EARNER_COUNT];
	enum err err = points_of(programme, store, sale, &before);
	if (err == ERR_NONE)
		err = points_of(programme, store, kept, &after);
	for (size_t i = 0; err == ERR_NONE && i < EARNER_COUNT; i++) {
		if (__builtin_sub_overflow(after.total[i], before.total[i], &total[i]) ||
		    __builtin_sub_overflow(total[i], taken[i], &total[i]))
			err = ERR_RANGE;
	}
	if (err == ERR_NONE)
		memcpy(ret_total, total, sizeof total);
	return err;
}

/* Makes all lines of a product one, the first of them; NULL when there is none. */
static struct event_line *line_merge(struct event *kept, const char *product)
{
	struct event_line *first = NULL;
	size_t used = 0;
	for (size_t i = 0; i < kept->line_count; i++) {
		struct event_line *line = &kept->line[i];
		bool same = strcmp(line->product, product) == 0;
		if (same && first != NULL) {
			first->quantity_milli += line->quantity_milli;
			first->amount_cents += line->amount_cents;
			continue;
		}
		if (used != i)
			kept->line[used] = *line;
		if (same)
			first = &kept->line[used];
		used++;
	}
	kept->line_count = used;
	return first;
}

static void lines_drop_empty(struct event *kept)
{
	size_t used = 0;
	kept->amount_cents = 0;
	for (size_t i = 0; i < kept->line_count; i++) {
		if (kept->line[i].quantity_milli == 0)
			continue;
		kept->amount_cents += kept->line[i].amount_cents;
		if (used != i)
			kept->line[used] = kept->line[i];
		used++;
	}
	kept->line_count = used;
}

/* What both events hold of a product, in 64 bits so that no sum can wrap. */
static void product_sum(const struct event *event, const char *product,
    uint64_t *ret_quantity, int64_t *ret_cents)
{
	*ret_quantity = 0;
	*ret_cents = 0;
	for (size_t i = 0; i < event->line_count; i++) {
		if (strcmp(event->line[i].product, product) != 0)
			continue;
		*ret_quantity += event->line[i].quantity_milli;
		*ret_cents += event->line[i].amount_cents;
	}
}

static bool holds_all(const struct event *kept, const struct event *returned)
{
	for (size_t i = 0; i < returned->line_count; i++) {
		const char *product = returned->line[i].product;
		uint64_t has;
		uint64_t asked;
		int64_t has_cents;
		int64_t asked_cents;
		product_sum(kept, product, &has, &has_cents);
		product_sum(returned, product, &asked, &asked_cents);
		if (has == 0 || has > UINT32_MAX || asked > has ||
		    asked_cents > has_cents)
			return false;
	}
	return true;
}

enum err points_keep(struct event *kept, const struct event *returned)
{
	if (!holds_all(kept, returned))
		return ERR_RANGE;
	for (size_t i = 0; i < returned->line_count; i++) {
		struct event_line *line = line_merge(kept, returned->line[i].product);
		assert(line != NULL);
		line->quantity_milli -= returned->line[i].quantity_milli;
		line->amount_cents -= returned->line[i].amount_cents;
	}
	lines_drop_empty(kept);
	return ERR_NONE;
}
