/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "contract/payment_ranges.h"
#include "contract/programme.h"

/*
 * What is well formed and still makes no sense. One function a section of the
 * file; each looks at everything and reports all it finds.
 */
struct check {
	const struct programme *programme;
	const struct product *products;
	programme_report *report;
	void *self;
	size_t faults;
};

enum { PLACE_LEN_MAX = 64, SENTENCE_LEN_MAX = 240 };

/* --- places and sentences --------------------------------------------------- */

static void put(struct sink *out, const char *text)
{
	sink_put(out, bytes_of_text(text));
}

static void put_number(struct sink *out, size_t number)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	sink_put(out, bytes_of(digits + at, sizeof digits - at));
}

/* `%` in `sentence` stands for `name` in quotes. */
static void fault_at(
    struct check *check, const char *place, const char *sentence, const char *name)
{
	char text[SENTENCE_LEN_MAX + 1];
	struct sink out = sink_of(text, SENTENCE_LEN_MAX);
	const char *mark = strchr(sentence, '%');
	if (mark == NULL) {
		put(&out, sentence);
	} else {
		sink_put(&out, bytes_of(sentence, (size_t)(mark - sentence)));
		put(&out, "'");
		put(&out, name);
		put(&out, "'");
		put(&out, mark + 1);
	}
	text[out.len] = '\0';
	check->faults++;
	check->report(check->self, place, text);
}

static void fault_named(struct check *check, const char *table, size_t i,
    const char *field, const char *sentence, const char *name)
{
	char place[PLACE_LEN_MAX + 1];
	struct sink out = sink_of(place, PLACE_LEN_MAX);
	put(&out, table);
	put(&out, "[");
	put_number(&out, i);
	put(&out, "]");
	put(&out, field);
	place[out.len] = '\0';
	fault_at(check, place, sentence, name);
}

static void fault(struct check *check, const char *table, size_t i, const char *field,
    const char *sentence)
{
	fault_named(check, table, i, field, sentence, "");
}

/* --- small questions -------------------------------------------------------- */

static bool all_digits(const char *text)
{
	return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* One begins with the other: some text begins with both. */
static bool heads_meet(const char *a, const char *b)
{
	return starts_with(a, b) || starts_with(b, a);
}

/* What a screen or a printer would take as a command. */
static bool has_control(const char *text, bool lines_allowed)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c < ' ' && !(lines_allowed && c == '\n')) || c == 0x7F)
			return true;
	}
	return false;
}

bool programme_day_exists(uint32_t day)
{
	static const uint8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t year = day / 10000;
	uint32_t month = day / 100 % 100;
	uint32_t of_month = day % 100;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (year < 1970 || month < 1 || month > 12 || of_month < 1)
		return false;
	return of_month <= days[month - 1] && (leap || month != 2 || of_month <= 28);
}

/* GS1 General Specifications 7.9.1 over fourteen digits. */
static bool gtin14_right(const char *digits)
{
	unsigned sum = 0;
	for (size_t i = 0; i < 14; i++)
		sum += (unsigned)(digits[i] - '0') * (i % 2 == 0 ? 3 : 1);
	return sum % 10 == 0;
}

static bool knows_category(const struct programme *programme, const char *id)
{
	for (size_t i = 0; i < programme->category_count; i++)
		if (strcmp(programme->category[i].id, id) == 0)
			return true;
	return false;
}

static bool knows_product(const struct check *check, const char *code)
{
	for (size_t i = 0; i < check->programme->product_count; i++)
		if (strcmp(check->products[i].code, code) == 0)
			return true;
	return false;
}

/* --- the head --------------------------------------------------------------- */

static void check_days(struct check *check, const char *from_place, uint32_t from,
    const char *to_place, uint32_t to)
{
	if (from != 0 && !programme_day_exists(from))
		fault_at(check, from_place, "there is no such day", "");
	if (to != 0 && !programme_day_exists(to))
		fault_at(check, to_place, "there is no such day", "");
	if (from != 0 && to != 0 && to < from)
		fault_at(check, to_place, "lies before the day it starts", "");
}

static void check_text(
    struct check *check, const char *place, const char *text, bool lines_allowed)
{
	if (has_control(text, lines_allowed))
		fault_at(check, place, "holds control characters", "");
}

static void check_head(struct check *check)
{
	const struct programme *programme = check->programme;
	if (!text_is_name(programme->id, NAME_LEN_MAX))
		fault_at(check, "id", "must be letters, digits, '.', '_' or '-'", "");
	if (programme->name[0] == '\0')
		fault_at(check, "name", "must not be empty", "");
	check_text(check, "name", programme->name, false);
	check_text(check, "consent.version", programme->consent_version, false);
	check_text(check, "consent.text", programme->consent_text, true);
	check_text(check, "receipt.text", programme->receipt_text, true);
	if ((programme->consent_text[0] == '\0') !=
	    (programme->consent_version[0] == '\0'))
		fault_at(check, "consent.version",
		    "a consent text needs its version, and a version its text", "");
	check_days(
	    check, "from", programme->valid_from_day, "to", programme->valid_to_day);
}

/* --- who is the member ------------------------------------------------------ */

enum { EAN13_LEN = 13, STRIPE_LEN_MIN = 8, STRIPE_LEN_MAX = 19, CPF_LEN = 11 };

/* Digits of a number of this kind; 0 when it is no number of ours. */
static size_t number_len(const struct identity *identity)
{
	if (identity->kind == IDENTITY_EAN13)
		return EAN13_LEN;
	return identity->kind == IDENTITY_STRIPE ? identity->length : 0;
}

static void check_number(struct check *check, size_t i, const struct identity *identity)
{
	size_t len = number_len(identity);
	size_t prefix_len = strlen(identity->prefix);
	if (identity->kind == IDENTITY_STRIPE &&
	    (len < STRIPE_LEN_MIN || len > STRIPE_LEN_MAX))
		fault(check, "identities", i, ".digits", "must be 8 to 19");
	else if (len == CPF_LEN)
		fault(check, "identities", i, ".digits",
		    "eleven typed digits are a CPF or a phone: choose another length");
	if (!all_digits(identity->prefix)) {
		fault(check, "identities", i, ".prefix", "must be digits");
		return;
	}
	if (prefix_len + 1 >= len)
		fault(check, "identities", i, ".prefix",
		    "leaves no digit for the member between prefix and check digit");
	if (payment_range_overlaps(identity->prefix, len))
		fault_named(check, "identities", i, ".prefix",
		    "% lies in a range of payment cards: such cards must never be taken",
		    identity->prefix);
}

static void check_qr(struct check *check, size_t i, const struct identity *identity)
{
	bool stripe = false;
	for (size_t j = 0; j < check->programme->identity_count; j++)
		stripe |= check->programme->identity[j].kind == IDENTITY_STRIPE;
	if (identity->prefix[0] == '\0' || all_digits(identity->prefix) ||
	    has_control(identity->prefix, false))
		fault(check, "identities", i, ".prefix",
		    "must be a text that is not digits alone, such as 'BLC1:'");
	if (!stripe)
		fault(check, "identities", i, ".kind",
		    "a QR code carries a stripe number, and no stripe kind is listed");
}

static void check_identity(struct check *check, size_t i, const struct identity *identity)
{
	switch (identity->kind) {
	case IDENTITY_EAN13:
	case IDENTITY_STRIPE: check_number(check, i, identity); break;
	case IDENTITY_QR: check_qr(check, i, identity); break;
	case IDENTITY_CPF:
	case IDENTITY_PHONE:
		if (identity->prefix[0] != '\0')
			fault(
			    check, "identities", i, ".prefix", "this kind has no prefix");
		break;
	case IDENTITY_NONE:
	case IDENTITY_KIND_COUNT_:
		fault(check, "identities", i, ".kind",
		    "must be ean13, stripe, qr, cpf or phone");
		break;
	}
	if (identity->kind != IDENTITY_STRIPE && identity->length != 0)
		fault(check, "identities", i, ".digits",
		    "only the stripe kind has a number of digits");
}

/* Whether one code could be read as both. */
static bool identities_meet(const struct identity *a, const struct identity *b)
{
	if (number_len(a) > 0 || number_len(b) > 0)
		return number_len(a) == number_len(b) && heads_meet(a->prefix, b->prefix);
	return a->kind == b->kind &&
	       (a->kind != IDENTITY_QR || heads_meet(a->prefix, b->prefix));
}

static void check_identities(struct check *check)
{
	const struct programme *programme = check->programme;
	for (size_t i = 0; i < programme->identity_count; i++) {
		const struct identity *identity = &programme->identity[i];
		check_identity(check, i, identity);
		for (size_t j = 0; j < i; j++) {
			if (!identities_meet(&programme->identity[j], identity))
				continue;
			bool plain = identity->prefix[0] == '\0';
			fault_named(check, "identities", i, plain ? ".kind" : ".prefix",
			    plain ? "this kind is listed already"
				  : "overlaps with the prefix % of another kind",
			    programme->identity[j].prefix);
		}
	}
}

/* --- scale ------------------------------------------------------------------ */

/* Fixed digits, a run of C, a run of V, K: no Brazilian manual that we read puts
 * the value first or a digit of its own beside it. */
static bool layout_fits(const char *layout)
{
	size_t fixed = strspn(layout, "0123456789");
	size_t code = strspn(layout + fixed, "C");
	size_t value = strspn(layout + fixed + code, "V");
	return layout[0] == '2' && fixed <= 2 && code >= 1 && value >= 3 &&
	       fixed + code + value + 1 == SCALE_LAYOUT_LEN &&
	       strcmp(layout + SCALE_LAYOUT_LEN - 1, "K") == 0;
}

static void check_scale(struct check *check)
{
	const struct scale *scale = &check->programme->scale;
	if (scale->kind == SCALE_NONE && scale->layout[0] == '\0')
		return;
	if (scale->kind == SCALE_NONE)
		fault_at(check, "scale.kind", "must be weight or price", "");
	if (strlen(scale->layout) != SCALE_LAYOUT_LEN || !layout_fits(scale->layout)) {
		fault_at(check, "scale.layout",
		    "must be thirteen of 2, digits, C (product), V (value) and K "
		    "(check), "
		    "such as '20CCCCCVVVVVK'",
		    "");
		return;
	}
	char fixed[SCALE_LAYOUT_LEN + 1] = "";
	memcpy(fixed, scale->layout, strspn(scale->layout, "0123456789"));
	for (size_t i = 0; i < check->programme->identity_count; i++) {
		const struct identity *identity = &check->programme->identity[i];
		if (number_len(identity) == EAN13_LEN &&
		    heads_meet(identity->prefix, fixed))
			fault_at(check, "scale.layout",
			    "labels of this scale could be read as member cards with "
			    "prefix %",
			    identity->prefix);
	}
}

/* --- categories, segments, operators, clerks -------------------------------- */

static void check_categories(struct check *check)
{
	const struct category *category = check->programme->category;
	for (size_t i = 0; i < check->programme->category_count; i++) {
		if (!text_is_name(category[i].id, CATEGORY_LEN_MAX))
			fault(check, "categories", i, ".id",
			    "must be letters, digits, '.', '_' or '-'");
		if (category[i].name[0] == '\0' || has_control(category[i].name, false))
			fault(check, "categories", i, ".name",
			    "must be a name that can be shown");
		for (size_t j = 0; j < i; j++)
			if (strcmp(category[j].id, category[i].id) == 0)
				fault_named(check, "categories", i, ".id",
				    "% is listed already", category[i].id);
	}
}

static void check_segments(struct check *check)
{
	const struct segment_entry *segment = check->programme->segment;
	for (size_t i = 0; i < check->programme->segment_count; i++) {
		if (segment[i].letter < 'A' || segment[i].letter > 'Z')
			fault(check, "segments", i, ".letter",
			    "must be one letter from A to Z");
		if (segment[i].word[0] == '\0' || has_control(segment[i].word, false))
			fault(check, "segments", i, ".word",
			    "must be a word that can be shown");
		for (size_t j = 0; j < i; j++)
			if (segment[j].letter == segment[i].letter)
				fault(
				    check, "segments", i, ".letter", "is listed already");
	}
}

static void check_values(
    struct check *check, size_t i, const struct operator_entry *entry)
{
	if (entry->value_count == 0)
		fault(check, "operators", i, ".values", "must list at least one value");
	for (size_t j = 0; j < entry->value_count; j++) {
		char field[PLACE_LEN_MAX];
		struct sink out = sink_of(field, sizeof field - 1);
		put(&out, ".values[");
		put_number(&out, j);
		put(&out, "]");
		size_t head = out.len;
		const struct operator_value *value = &entry->value[j];
		put(&out, ".amount");
		field[out.len] = '\0';
		if (value->cents <= 0 || value->cents > PRICE_CENTS_MAX)
			fault(check, "operators", i, field, "must be positive");
		else if (j > 0 && value->cents <= entry->value[j - 1].cents)
			fault(check, "operators", i, field,
			    "must be more than the one before it");
		out.len = head;
		put(&out, ".days");
		field[out.len] = '\0';
		if (value->validity_days == 0)
			fault(check, "operators", i, field,
			    "must be said: the term is told before payment");
	}
}

static void check_operators(struct check *check)
{
	const struct operator_entry *entry = check->programme->operator_entry;
	for (size_t i = 0; i < check->programme->operator_count; i++) {
		const char *id = entry[i].id;
		bool lower =
		    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == strlen(id);
		if (id[0] == '\0' || !lower)
			fault(check, "operators", i, ".id",
			    "must be lower-case letters and digits");
		if (entry[i].name[0] == '\0' || has_control(entry[i].name, false))
			fault(check, "operators", i, ".name",
			    "must be a name that can be shown");
		for (size_t j = 0; j < i; j++)
			if (strcmp(entry[j].id, id) == 0)
				fault_named(check, "operators", i, ".id",
				    "% is listed already", id);
		check_values(check, i, &entry[i]);
	}
}

static bool clerks_meet(const struct clerk *a, const struct clerk *b)
{
	bool stores =
	    a->store[0] == '\0' || b->store[0] == '\0' || strcmp(a->store, b->store) == 0;
	return stores && strcmp(a->id, b->id) == 0;
}

static void check_clerk(struct check *check, size_t i, const struct clerk *clerk)
{
	if (!text_is_name(clerk->id, CLERK_LEN_MAX))
		fault(check, "clerks", i, ".id",
		    "must be letters, digits, '.', '_' or '-'");
	if (clerk->name[0] == '\0' || has_control(clerk->name, false))
		fault(check, "clerks", i, ".name", "must be a name that can be shown");
	if (clerk->store[0] != '\0' && !text_is_name(clerk->store, STORE_LEN_MAX))
		fault(check, "clerks", i, ".store",
		    "must be letters, digits, '.', '_' or '-'");
	if (clerk->role == ROLE_NONE)
		fault(check, "clerks", i, ".role",
		    "must be clerk, supervisor or technician");
	if (!starts_with(clerk->pin_hash, "$argon2id$"))
		fault(check, "clerks", i, ".pin_hash",
		    "must be an Argon2id hash ('$argon2id$...')");
}

static void check_clerks(struct check *check)
{
	const struct clerk *clerk = check->programme->clerk;
	for (size_t i = 0; i < check->programme->clerk_count; i++) {
		check_clerk(check, i, &clerk[i]);
		for (size_t j = 0; j < i; j++)
			if (clerks_meet(&clerk[j], &clerk[i]))
				fault_named(check, "clerks", i, ".id",
				    "% is listed already for this store", clerk[i].id);
	}
}

/* --- products --------------------------------------------------------------- */

static void check_code(struct check *check, size_t i, const char *code)
{
	size_t len = strlen(code);
	bool gtin_len = len == 8 || (len >= 12 && len <= 14);
	if (!text_is_name(code, PRODUCT_LEN_MAX)) {
		fault(check, "products", i, ".code",
		    "must be letters, digits, '.', '_' or '-'");
		return;
	}
	if (!all_digits(code) || !gtin_len)
		return;
	if (len < 14)
		fault_named(check, "products", i, ".code",
		    "% is no GTIN: its check digit is wrong", code);
	else if (!gtin14_right(code))
		fault_named(check, "products", i, ".code",
		    "% is no GTIN: its check digit is wrong", code + strspn(code, "0"));
	for (size_t j = 0; j < check->programme->identity_count; j++) {
		const struct identity *identity = &check->programme->identity[j];
		if (identity->kind == IDENTITY_EAN13 && code[0] == '0' &&
		    starts_with(code + 1, identity->prefix))
			fault_named(check, "products", i, ".code",
			    "would be read as a member card with prefix %",
			    identity->prefix);
	}
}

static void check_products(struct check *check)
{
	const struct product *products = check->products;
	for (size_t i = 0; i < check->programme->product_count; i++) {
		const struct product *product = &products[i];
		check_code(check, i, product->code);
		if (product->name[0] == '\0' || has_control(product->name, false))
			fault(check, "products", i, ".name",
			    "must be a name that can be shown");
		if (product->category[0] != '\0' &&
		    !knows_category(check->programme, product->category))
			fault_named(check, "products", i, ".category",
			    "there is no category %", product->category);
		if (product->price_cents == 0 || product->price_cents < -1 ||
		    product->price_cents > PRICE_CENTS_MAX)
			fault(check, "products", i, ".price",
			    "must be positive; leave it out and the screen asks");
		int order = i > 0 ? strcmp(products[i - 1].code, product->code) : -1;
		if (order == 0)
			fault_named(check, "products", i, ".code", "% is listed already",
			    product->code);
		else if (order > 0)
			fault(check, "products", i, ".code", "is not in rising order");
	}
}

/* --- rules ------------------------------------------------------------------ */

static void check_rule_names(struct check *check, size_t i, const struct rule *rule)
{
	if (!text_is_name(rule->id, RULE_ID_LEN_MAX))
		fault(
		    check, "rules", i, ".id", "must be letters, digits, '.', '_' or '-'");
	for (size_t j = 0; j < i; j++)
		if (strcmp(check->programme->rule[j].id, rule->id) == 0)
			fault_named(
			    check, "rules", i, ".id", "% is listed already", rule->id);
	if (has_control(rule->name, false))
		fault(check, "rules", i, ".name", "must be a name that can be shown");
	if (rule->product[0] != '\0' && !knows_product(check, rule->product))
		fault_named(check, "rules", i, ".product", "there is no product %",
		    rule->product);
	if (rule->category[0] != '\0' &&
	    !knows_category(check->programme, rule->category))
		fault_named(check, "rules", i, ".category", "there is no category %",
		    rule->category);
	if (rule->operator_name[0] != '\0' &&
	    programme_operator(check->programme, rule->operator_name) == NULL)
		fault_named(check, "rules", i, ".operator", "there is no operator %",
		    rule->operator_name);
	char letter[2] = {rule->segment, '\0'};
	if (rule->segment != '\0' &&
	    programme_segment_word(check->programme, rule->segment) == NULL)
		fault_named(
		    check, "rules", i, ".segment", "there is no segment %", letter);
	if (rule->store[0] != '\0' && !text_is_name(rule->store, STORE_LEN_MAX))
		fault(check, "rules", i, ".store",
		    "must be letters, digits, '.', '_' or '-'");
}

/* A filter that the subject cannot pass would make a rule that never earns. */
static void check_rule_subject(struct check *check, size_t i, const struct rule *rule)
{
	bool has_lines = rule->about == ABOUT_SALE || rule->about == ABOUT_CHIP;
	if (rule->about == ABOUT_NONE)
		fault(check, "rules", i, ".about",
		    "must be sale, topup, chip or enrolment");
	if (!has_lines && rule->product[0] != '\0')
		fault(check, "rules", i, ".product", "only a sale has products");
	if (!has_lines && rule->category[0] != '\0')
		fault(check, "rules", i, ".category", "only a sale has categories");
	if (rule->about != ABOUT_TOPUP && rule->operator_name[0] != '\0')
		fault(check, "rules", i, ".operator", "only a top-up has an operator");
	if (rule->about == ABOUT_ENROLMENT && rule->rate_numerator != 0)
		fault(check, "rules", i, ".points_per_real",
		    "an enrolment has no amount: use points");
	if (rule->about == ABOUT_ENROLMENT && rule->least_cents != 0)
		fault(check, "rules", i, ".least", "an enrolment has no amount");
}

static void check_rule_days(struct check *check, size_t i, const struct rule *rule)
{
	const struct programme *programme = check->programme;
	if (rule->from_day != 0 && !programme_day_exists(rule->from_day))
		fault(check, "rules", i, ".from", "there is no such day");
	if (rule->to_day != 0 && !programme_day_exists(rule->to_day))
		fault(check, "rules", i, ".to", "there is no such day");
	if (rule->from_day != 0 && rule->to_day != 0 && rule->to_day < rule->from_day)
		fault(check, "rules", i, ".from", "lies after the day the rule ends");
	if (programme->valid_to_day != 0 && rule->from_day > programme->valid_to_day)
		fault(check, "rules", i, ".from", "lies after the end of the programme");
	if (rule->to_day != 0 && rule->to_day < programme->valid_from_day)
		fault(check, "rules", i, ".to", "lies before the programme starts");
	if (rule->weekdays > 127)
		fault(check, "rules", i, ".weekdays", "must be days of the week");
	if (rule->from_minute >= 24 * 60 || rule->to_minute > 24 * 60)
		fault(check, "rules", i, ".hours", "must be hours of the day");
}

static void check_rule_points(struct check *check, size_t i, const struct rule *rule)
{
	bool rate = rule->rate_numerator != 0;
	if (rate && rule->rate_denominator == 0)
		fault(check, "rules", i, ".points_per_real", "divides by zero");
	if (!rate && rule->rate_denominator != 0)
		fault(check, "rules", i, ".points_per_real", "gives no points");
	if (rule->rate_numerator > RATE_MAX || rule->rate_denominator > RATE_MAX)
		fault(check, "rules", i, ".points_per_real", "has too large a number");
	if ((rate || rule->rate_denominator != 0) && rule->fixed_points != 0)
		fault(check, "rules", i, ".points",
		    "a rule gives either points or points_per_real");
	if (!rate && rule->rate_denominator == 0 && rule->fixed_points == 0)
		fault(check, "rules", i, ".points", "must be said, or points_per_real");
	if (rule->fixed_points < 0 || rule->fixed_points > RULE_POINTS_MAX)
		fault(check, "rules", i, ".points", "must be from 1 to 1000000000");
	if (rule->multiplier == 0 || rule->multiplier > MULTIPLIER_MAX)
		fault(check, "rules", i, ".multiplier",
		    "must be more than 0 and at most 100");
	if (rule->cap_points < 0 || rule->cap_points > RULE_POINTS_MAX)
		fault(check, "rules", i, ".cap", "must be from 1 to 1000000000");
	if (rule->least_cents < 0 || rule->least_cents > PRICE_CENTS_MAX)
		fault(check, "rules", i, ".least", "must not be negative");
}

static void check_rules(struct check *check)
{
	for (size_t i = 0; i < check->programme->rule_count; i++) {
		const struct rule *rule = &check->programme->rule[i];
		check_rule_names(check, i, rule);
		check_rule_subject(check, i, rule);
		check_rule_days(check, i, rule);
		check_rule_points(check, i, rule);
	}
}

size_t programme_check(const struct programme *programme, const struct product *products,
    programme_report *report, void *self)
{
	assert(programme->product_count <= PRODUCTS_MAX);
	struct check check = {programme, products, report, self, 0};
	check_head(&check);
	check_identities(&check);
	check_scale(&check);
	check_categories(&check);
	check_segments(&check);
	check_operators(&check);
	check_clerks(&check);
	check_products(&check);
	check_rules(&check);
	return check.faults;
}
