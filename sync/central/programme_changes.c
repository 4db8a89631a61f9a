/* SPDX-License-Identifier: MIT */
#include "central/programme_changes.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"
#include "os/text_buf.h"

/* --- rows as text ----------------------------------------------------------------- */

static void add_cents(struct text_buf *text, const char *head, int64_t cents)
{
	text_buf_add(text, "%s%" PRId64 ",%02d", head, cents / 100, (int)(cents % 100));
}

static void add_day(struct text_buf *text, const char *head, uint32_t day)
{
	if (day != 0)
		text_buf_add(text, "%s%04u-%02u-%02u", head, day / 10000, day / 100 % 100,
		    day % 100);
}

static void add_filter(struct text_buf *text, const char *head, const char *value)
{
	if (value[0] != '\0')
		text_buf_add(text, ", %s%s", head, value);
}

static void add_weekdays(struct text_buf *text, uint8_t weekdays)
{
	static const char *const names[] = {
	    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};
	const char *comma = ", ";
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if ((weekdays >> i & 1) == 0)
			continue;
		text_buf_add(text, "%s%s", comma, names[i]);
		comma = "/";
	}
}

static void add_filters(struct text_buf *text, const struct rule *rule)
{
	const char segment[2] = {rule->segment, '\0'};
	add_filter(text, "product ", rule->product);
	add_filter(text, "category ", rule->category);
	add_filter(text, "operator ", rule->operator_name);
	add_filter(text, "store ", rule->store);
	add_filter(text, "segment ", segment);
	if (rule->member_only)
		text_buf_add(text, ", members only");
	if (rule->least_cents != 0)
		add_cents(text, ", least ", rule->least_cents);
	add_weekdays(text, rule->weekdays);
	if (rule->from_minute != rule->to_minute)
		text_buf_add(text, ", %02u:%02u-%02u:%02u", rule->from_minute / 60U,
		    rule->from_minute % 60U, rule->to_minute / 60U,
		    rule->to_minute % 60U);
	add_day(text, ", from ", rule->from_day);
	add_day(text, ", to ", rule->to_day);
}

/* Points a real, as the manager wrote it: the file's fraction over 100 cents. */
static void add_rate(struct text_buf *text, const struct rule *rule)
{
	uint64_t numerator = rule->rate_numerator;
	uint64_t denominator = rule->rate_denominator;
	if (denominator % 100 != 0)
		text_buf_add(text, "%" PRIu64 "/%" PRIu64 " points a cent", numerator,
		    denominator);
	else if (denominator == 100)
		text_buf_add(text, "%" PRIu64 " points a real", numerator);
	else
		text_buf_add(text, "%" PRIu64 "/%" PRIu64 " points a real", numerator,
		    denominator / 100);
}

/* Without the zeros at its end. */
static void add_multiplier(struct text_buf *text, uint32_t multiplier)
{
	uint32_t rest = multiplier % MULTIPLIER_ONE;
	int decimals = 4;
	while (decimals > 0 && rest % 10 == 0) {
		rest /= 10;
		decimals--;
	}
	text_buf_add(text, " x %u", multiplier / MULTIPLIER_ONE);
	if (decimals > 0)
		text_buf_add(text, ",%0*u", decimals, rest);
}

void rule_text(const struct rule *rule, char *out, size_t cap)
{
	static const char *const about[ABOUT_COUNT_] = {
	    "nothing", "sale", "topup", "chip", "enrolment"};
	static const char *const earner[EARNER_COUNT] = {"member", "clerk", "store"};
	static const char *const rounding[ROUND_COUNT_] = {
	    "", ", half even", ", half up"};
	struct text_buf text = {out, cap, 0};
	text_buf_add(&text, "%s, %s", about[rule->about], earner[rule->earner]);
	add_filters(&text, rule);
	text_buf_add(&text, ": ");
	if (rule->rate_denominator != 0)
		add_rate(&text, rule);
	else
		text_buf_add(&text, "%" PRId64 " points", rule->fixed_points);
	if (rule->multiplier != MULTIPLIER_ONE)
		add_multiplier(&text, rule->multiplier);
	text_buf_add(&text, "%s", rounding[rule->rounding]);
	if (rule->cap_points != 0)
		text_buf_add(&text, ", at most %" PRId64, rule->cap_points);
}

/* --- tables: the name of a row and the text of a row ----------------------------------
 */

struct row {
	char name[96];
	char text[CHANGE_LEN_MAX / 2];
};

/* Fills `row` with the i-th of a table; false past the last. */
typedef bool row_fn(const struct programme *programme, size_t i, struct row *row);

static bool rule_row(const struct programme *programme, size_t i, struct row *row)
{
	if (i >= programme->rule_count)
		return false;
	const struct rule *rule = &programme->rule[i];
	(void)snprintf(row->name, sizeof row->name, "%s", rule->id);
	struct text_buf text = {row->text, sizeof row->text, 0};
	if (rule->name[0] != '\0')
		text_buf_add(&text, "'%s' ", rule->name);
	rule_text(rule, row->text + text.len, sizeof row->text - text.len);
	return true;
}

static bool product_row(const struct programme *programme, size_t i, struct row *row)
{
	struct product product;
	if (programme_product_at(programme, i, &product) != ERR_NONE)
		return false;
	struct text_buf text = {row->text, sizeof row->text, 0};
	(void)snprintf(row->name, sizeof row->name, "%s", product.code);
	text_buf_add(&text, "%s", product.name);
	add_filter(&text, "", product.category);
	if (product.price_cents >= 0)
		add_cents(&text, ", ", product.price_cents);
	if (product.by_weight)
		text_buf_add(&text, " a kilogram");
	return true;
}

static bool operator_row(const struct programme *programme, size_t i, struct row *row)
{
	if (i >= programme->operator_count)
		return false;
	const struct operator_entry *entry = &programme->operator_entry[i];
	struct text_buf text = {row->text, sizeof row->text, 0};
	(void)snprintf(row->name, sizeof row->name, "%s", entry->id);
	text_buf_add(&text, "%s:", entry->name);
	for (size_t j = 0; j < entry->value_count; j++) {
		add_cents(&text, " ", entry->value[j].cents);
		text_buf_add(&text, "/%ud", entry->value[j].validity_days);
	}
	return true;
}

static bool clerk_row(const struct programme *programme, size_t i, struct row *row)
{
	static const char *const role[ROLE_COUNT_] = {
	    "", "clerk", "supervisor", "technician"};
	if (i >= programme->clerk_count)
		return false;
	const struct clerk *clerk = &programme->clerk[i];
	bool every = clerk->store[0] == '\0';
	(void)snprintf(row->name, sizeof row->name, "%s%s%s", clerk->id,
	    every ? "" : " of ", clerk->store);
	(void)snprintf(
	    row->text, sizeof row->text, "%s, %s", clerk->name, role[clerk->role]);
	return true;
}

static bool identity_row(const struct programme *programme, size_t i, struct row *row)
{
	static const char *const kind[IDENTITY_KIND_COUNT_] = {
	    "", "ean13", "stripe", "qr", "cpf", "phone"};
	if (i >= programme->identity_count)
		return false;
	const struct identity *identity = &programme->identity[i];
	bool plain = identity->prefix[0] == '\0';
	(void)snprintf(row->name, sizeof row->name, "%s%s%s", kind[identity->kind],
	    plain ? "" : " ", identity->prefix);
	(void)snprintf(row->text, sizeof row->text, "%s", "");
	if (identity->length != 0)
		(void)snprintf(
		    row->text, sizeof row->text, "%u digits", identity->length);
	return true;
}

static bool segment_row(const struct programme *programme, size_t i, struct row *row)
{
	if (i >= programme->segment_count)
		return false;
	(void)snprintf(row->name, sizeof row->name, "%c", programme->segment[i].letter);
	(void)snprintf(row->text, sizeof row->text, "%s", programme->segment[i].word);
	return true;
}

static bool category_row(const struct programme *programme, size_t i, struct row *row)
{
	if (i >= programme->category_count)
		return false;
	(void)snprintf(row->name, sizeof row->name, "%s", programme->category[i].id);
	(void)snprintf(row->text, sizeof row->text, "%s", programme->category[i].name);
	return true;
}

struct table {
	const char *name;
	row_fn *row;
	bool rising; /* by name, so that two of them can be walked side by side */
};

static const struct table tables[] = {
    {"rules", rule_row, false},
    {"operators", operator_row, false},
    {"clerks", clerk_row, false},
    {"identities", identity_row, false},
    {"segments", segment_row, false},
    {"categories", category_row, false},
    {"products", product_row, true},
};

/* --- comparing -------------------------------------------------------------------------
 */

struct telling {
	changes_tell *tell;
	void *self;
	size_t told; /* of this table */
};

PRINTF_LIKE(2, 3)

static void say(struct telling *telling, const char *format, ...)
{
	char line[CHANGE_LEN_MAX + 200];
	va_list arguments;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	telling->tell(telling->self, line);
}

/* `before` or `after` is NULL: new, or gone. */
static void differ(struct telling *telling, const char *table, const struct row *before,
    const struct row *after)
{
	if (before != NULL && after != NULL && strcmp(before->text, after->text) == 0)
		return;
	if (telling->told++ >= CHANGES_TOLD_MAX)
		return;
	if (before == NULL)
		say(telling, "%s + %s: %s", table, after->name, after->text);
	else if (after == NULL)
		say(telling, "%s - %s: %s", table, before->name, before->text);
	else
		say(telling, "%s ~ %s: %s -> %s", table, after->name, before->text,
		    after->text);
}

static bool find_row(const struct table *table, const struct programme *programme,
    const char *name, struct row *ret_row)
{
	for (size_t i = 0; table->row(programme, i, ret_row); i++)
		if (strcmp(ret_row->name, name) == 0)
			return true;
	return false;
}

static void compare_small(struct telling *telling, const struct table *table,
    const struct programme *before, const struct programme *after)
{
	struct row row;
	struct row other;
	for (size_t i = 0; table->row(after, i, &row); i++)
		differ(telling, table->name,
		    find_row(table, before, row.name, &other) ? &other : NULL, &row);
	for (size_t i = 0; table->row(before, i, &row); i++)
		if (!find_row(table, after, row.name, &other))
			differ(telling, table->name, &row, NULL);
}

/* Both rise: each is walked once, however long. */
static void compare_rising(struct telling *telling, const struct table *table,
    const struct programme *before, const struct programme *after)
{
	struct row old;
	struct row new;
	size_t i = 0;
	size_t j = 0;
	bool has_old = table->row(before, i, &old);
	bool has_new = table->row(after, j, &new);
	while (has_old || has_new) {
		int order = !has_old ? 1 : !has_new ? -1 : strcmp(old.name, new.name);
		differ(telling, table->name, order <= 0 ? &old : NULL,
		    order >= 0 ? &new : NULL);
		if (order <= 0)
			has_old = table->row(before, ++i, &old);
		if (order >= 0)
			has_new = table->row(after, ++j, &new);
	}
}

static void compare_texts(struct telling *telling, const struct programme *before,
    const struct programme *after)
{
	const struct {
		const char *name;
		const char *before;
		const char *after;
	} texts[] = {
	    {"id", before->id, after->id},
	    {"name", before->name, after->name},
	    {"consent.version", before->consent_version, after->consent_version},
	    {"consent.text", before->consent_text, after->consent_text},
	    {"receipt.text", before->receipt_text, after->receipt_text},
	    {"scale.layout", before->scale.layout, after->scale.layout},
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (strcmp(texts[i].before, texts[i].after) != 0)
			say(telling, "%s ~ %s", texts[i].name, texts[i].after);
	if (before->scale.kind != after->scale.kind)
		say(telling, "scale.kind ~ another");
	if (before->valid_from_day != after->valid_from_day)
		say(telling, "from ~ %u", after->valid_from_day);
	if (before->valid_to_day != after->valid_to_day)
		say(telling, "to ~ %u", after->valid_to_day);
}

static void compare(struct telling *telling, const struct programme *before,
    const struct programme *after)
{
	compare_texts(telling, before, after);
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		const struct table *table = &tables[i];
		telling->told = 0;
		if (table->rising)
			compare_rising(telling, table, before, after);
		else
			compare_small(telling, table, before, after);
		if (telling->told > CHANGES_TOLD_MAX)
			say(telling, "%s: %zu more changes", table->name,
			    telling->told - CHANGES_TOLD_MAX);
	}
}

/* --- what looks like a slip
 * -------------------------------------------------------------- */

static void warn(struct telling *telling, const struct programme *before,
    const struct programme *after, uint32_t today)
{
	bool supervised = after->clerk_count == 0;
	for (size_t i = 0; i < after->clerk_count; i++)
		supervised |= after->clerk[i].role == ROLE_SUPERVISOR;
	if (!supervised)
		say(telling, "warning: clerks: nobody is a supervisor");
	if (after->valid_to_day != 0 && after->valid_to_day < today)
		say(telling, "warning: to: the programme is over, nothing earns");
	for (size_t i = 0; i < after->rule_count; i++)
		if (after->rule[i].to_day != 0 && after->rule[i].to_day < today)
			say(telling, "warning: rules %s: its days are over",
			    after->rule[i].id);
	if (before != NULL && strcmp(before->consent_text, after->consent_text) != 0 &&
	    strcmp(before->consent_version, after->consent_version) == 0)
		say(telling, "warning: consent.version: the text changed and its version "
			     "did not, so that nobody can say who agreed to which");
}

void programme_changes(const struct programme *before, const struct programme *after,
    uint32_t today, changes_tell *tell, void *self)
{
	struct telling telling = {tell, self, 0};
	say(&telling, "%s: %zu rules, %zu products, %zu operators, %zu clerks", after->id,
	    after->rule_count, after->product_count, after->operator_count,
	    after->clerk_count);
	if (before != NULL)
		compare(&telling, before, after);
	warn(&telling, before, after, today);
}
