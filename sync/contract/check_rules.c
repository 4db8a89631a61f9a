/* SPDX-License-Identifier: MIT */
#include "contract/check.h"

#include <string.h>

#include "base/banned.h"

static void check_rule_names(struct check *check, size_t i, const struct rule *rule)
{
	if (!text_is_name(rule->id, RULE_ID_LEN_MAX))
		check_fault(
		    check, "rules", i, ".id", "must be letters, digits, '.', '_' or '-'");
	for (size_t j = 0; j < i; j++)
		if (strcmp(check->programme->rule[j].id, rule->id) == 0)
			check_fault_named(
			    check, "rules", i, ".id", "% is listed already", rule->id);
	if (check_has_control(rule->name, false))
		check_fault(
		    check, "rules", i, ".name", "must be a name that can be shown");
	if (rule->product[0] != '\0' && !check_knows_product(check, rule->product))
		check_fault_named(check, "rules", i, ".product", "there is no product %",
		    rule->product);
	if (rule->category[0] != '\0' &&
	    !check_knows_category(check->programme, rule->category))
		check_fault_named(check, "rules", i, ".category",
		    "there is no category %", rule->category);
	if (rule->operator_name[0] != '\0' &&
	    programme_operator(check->programme, rule->operator_name) == NULL)
		check_fault_named(check, "rules", i, ".operator",
		    "there is no operator %", rule->operator_name);
	char letter[2] = {rule->segment, '\0'};
	if (rule->segment != '\0' &&
	    programme_segment_word(check->programme, rule->segment) == NULL)
		check_fault_named(
		    check, "rules", i, ".segment", "there is no segment %", letter);
	if (rule->store[0] != '\0' && !text_is_name(rule->store, STORE_LEN_MAX))
		check_fault(check, "rules", i, ".store",
		    "must be letters, digits, '.', '_' or '-'");
}

/* A filter that the subject cannot pass would make a rule that never earns. */
static void check_rule_subject(struct check *check, size_t i, const struct rule *rule)
{
	bool has_lines = rule->about == ABOUT_SALE || rule->about == ABOUT_CHIP;
	if (rule->about == ABOUT_NONE)
		check_fault(check, "rules", i, ".about",
		    "must be sale, topup, chip or enrolment");
	if (!has_lines && rule->product[0] != '\0')
		check_fault(check, "rules", i, ".product", "only a sale has products");
	if (!has_lines && rule->category[0] != '\0')
		check_fault(check, "rules", i, ".category", "only a sale has categories");
	if (rule->about != ABOUT_TOPUP && rule->operator_name[0] != '\0')
		check_fault(
		    check, "rules", i, ".operator", "only a top-up has an operator");
	if (rule->about == ABOUT_ENROLMENT && rule->rate_numerator != 0)
		check_fault(check, "rules", i, ".points_per_real",
		    "an enrolment has no amount: use points");
	if (rule->about == ABOUT_ENROLMENT && rule->least_cents != 0)
		check_fault(check, "rules", i, ".least", "an enrolment has no amount");
}

static void check_rule_days(struct check *check, size_t i, const struct rule *rule)
{
	const struct programme *programme = check->programme;
	if (rule->from_day != 0 && !programme_day_exists(rule->from_day))
		check_fault(check, "rules", i, ".from", "there is no such day");
	if (rule->to_day != 0 && !programme_day_exists(rule->to_day))
		check_fault(check, "rules", i, ".to", "there is no such day");
	if (rule->from_day != 0 && rule->to_day != 0 && rule->to_day < rule->from_day)
		check_fault(
		    check, "rules", i, ".from", "lies after the day the rule ends");
	if (programme->valid_to_day != 0 && rule->from_day > programme->valid_to_day)
		check_fault(
		    check, "rules", i, ".from", "lies after the end of the programme");
	if (rule->to_day != 0 && rule->to_day < programme->valid_from_day)
		check_fault(check, "rules", i, ".to", "lies before the programme starts");
	if (rule->weekdays > 127)
		check_fault(check, "rules", i, ".weekdays", "must be days of the week");
	if (rule->from_minute >= 24 * 60 || rule->to_minute > 24 * 60)
		check_fault(check, "rules", i, ".hours", "must be hours of the day");
}

static void check_rule_points(struct check *check, size_t i, const struct rule *rule)
{
	bool rate = rule->rate_numerator != 0;
	if (rate && rule->rate_denominator == 0)
		check_fault(check, "rules", i, ".points_per_real", "divides by zero");
	if (!rate && rule->rate_denominator != 0)
		check_fault(check, "rules", i, ".points_per_real", "gives no points");
	if (rule->rate_numerator > RATE_MAX || rule->rate_denominator > RATE_MAX)
		check_fault(
		    check, "rules", i, ".points_per_real", "has too large a number");
	if ((rate || rule->rate_denominator != 0) && rule->fixed_points != 0)
		check_fault(check, "rules", i, ".points",
		    "a rule gives either points or points_per_real");
	if (!rate && rule->rate_denominator == 0 && rule->fixed_points == 0)
		check_fault(
		    check, "rules", i, ".points", "must be said, or points_per_real");
	if (rule->fixed_points < 0 || rule->fixed_points > RULE_POINTS_MAX)
		check_fault(check, "rules", i, ".points", "must be from 1 to 1000000000");
	if (rule->multiplier == 0 || rule->multiplier > MULTIPLIER_MAX)
		check_fault(check, "rules", i, ".multiplier",
		    "must be more than 0 and at most 100");
	if (rule->cap_points < 0 || rule->cap_points > RULE_POINTS_MAX)
		check_fault(check, "rules", i, ".cap", "must be from 1 to 1000000000");
	if (rule->least_cents < 0 || rule->least_cents > PRICE_CENTS_MAX)
		check_fault(check, "rules", i, ".least", "must not be negative");
}

void check_rules(struct check *check)
{
	for (size_t i = 0; i < check->programme->rule_count; i++) {
		const struct rule *rule = &check->programme->rule[i];
		check_rule_names(check, i, rule);
		check_rule_subject(check, i, rule);
		check_rule_days(check, i, rule);
		check_rule_points(check, i, rule);
	}
}
