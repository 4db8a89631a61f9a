/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <string.h>

#include "base/banned.h"

#include "contract/check.h"
#include "contract/payment_ranges.h"

/* --- the head --------------------------------------------------------------- */

static void check_days(struct check *check, const char *from_place, uint32_t from,
    const char *to_place, uint32_t to)
{
	if (from != 0 && !programme_day_exists(from))
		check_fault_at(check, from_place, "there is no such day", "");
	if (to != 0 && !programme_day_exists(to))
		check_fault_at(check, to_place, "there is no such day", "");
	if (from != 0 && to != 0 && to < from)
		check_fault_at(check, to_place, "lies before the day it starts", "");
}

static void check_text(
    struct check *check, const char *place, const char *text, bool lines_allowed)
{
	if (check_has_control(text, lines_allowed))
		check_fault_at(check, place, "holds control characters", "");
}

static void check_head(struct check *check)
{
	const struct programme *programme = check->programme;
	if (!text_is_name(programme->id, NAME_LEN_MAX))
		check_fault_at(
		    check, "id", "must be letters, digits, '.', '_' or '-'", "");
	if (programme->name[0] == '\0')
		check_fault_at(check, "name", "must not be empty", "");
	check_text(check, "name", programme->name, false);
	check_text(check, "consent.version", programme->consent_version, false);
	check_text(check, "consent.text", programme->consent_text, true);
	check_text(check, "receipt.text", programme->receipt_text, true);
	if ((programme->consent_text[0] == '\0') !=
	    (programme->consent_version[0] == '\0'))
		check_fault_at(check, "consent.version",
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
		check_fault(check, "identities", i, ".digits", "must be 8 to 19");
	else if (len == CPF_LEN)
		check_fault(check, "identities", i, ".digits",
		    "eleven typed digits are a CPF or a phone: choose another length");
	if (!check_digits(identity->prefix)) {
		check_fault(check, "identities", i, ".prefix", "must be digits");
		return;
	}
	if (prefix_len + 1 >= len)
		check_fault(check, "identities", i, ".prefix",
		    "leaves no digit for the member between prefix and check digit");
	if (payment_range_overlaps(identity->prefix, len))
		check_fault_named(check, "identities", i, ".prefix",
		    "% lies in a range of payment cards: such cards must never be taken",
		    identity->prefix);
}

static void check_qr(struct check *check, size_t i, const struct identity *identity)
{
	bool stripe = false;
	for (size_t j = 0; j < check->programme->identity_count; j++)
		stripe |= check->programme->identity[j].kind == IDENTITY_STRIPE;
	if (identity->prefix[0] == '\0' || check_digits(identity->prefix) ||
	    check_has_control(identity->prefix, false))
		check_fault(check, "identities", i, ".prefix",
		    "must be a text that is not digits alone, such as 'BLC1:'");
	if (!stripe)
		check_fault(check, "identities", i, ".kind",
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
			check_fault(
			    check, "identities", i, ".prefix", "this kind has no prefix");
		break;
	case IDENTITY_NONE:
	case IDENTITY_KIND_COUNT_:
		check_fault(check, "identities", i, ".kind",
		    "must be ean13, stripe, qr, cpf or phone");
		break;
	}
	if (identity->kind != IDENTITY_STRIPE && identity->length != 0)
		check_fault(check, "identities", i, ".digits",
		    "only the stripe kind has a number of digits");
}

/* Whether one code could be read as both. */
static bool identities_meet(const struct identity *a, const struct identity *b)
{
	if (number_len(a) > 0 || number_len(b) > 0)
		return number_len(a) == number_len(b) &&
		       check_heads_meet(a->prefix, b->prefix);
	return a->kind == b->kind &&
	       (a->kind != IDENTITY_QR || check_heads_meet(a->prefix, b->prefix));
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
			check_fault_named(check, "identities", i,
			    plain ? ".kind" : ".prefix",
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
		check_fault_at(check, "scale.kind", "must be weight or price", "");
	if (strlen(scale->layout) != SCALE_LAYOUT_LEN || !layout_fits(scale->layout)) {
		check_fault_at(check, "scale.layout",
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
		    check_heads_meet(identity->prefix, fixed))
			check_fault_at(check, "scale.layout",
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
			check_fault(check, "categories", i, ".id",
			    "must be letters, digits, '.', '_' or '-'");
		if (category[i].name[0] == '\0' ||
		    check_has_control(category[i].name, false))
			check_fault(check, "categories", i, ".name",
			    "must be a name that can be shown");
		for (size_t j = 0; j < i; j++)
			if (strcmp(category[j].id, category[i].id) == 0)
				check_fault_named(check, "categories", i, ".id",
				    "% is listed already", category[i].id);
	}
}

static void check_segments(struct check *check)
{
	const struct segment_entry *segment = check->programme->segment;
	for (size_t i = 0; i < check->programme->segment_count; i++) {
		if (segment[i].letter < 'A' || segment[i].letter > 'Z')
			check_fault(check, "segments", i, ".letter",
			    "must be one letter from A to Z");
		if (segment[i].word[0] == '\0' ||
		    check_has_control(segment[i].word, false))
			check_fault(check, "segments", i, ".word",
			    "must be a word that can be shown");
		for (size_t j = 0; j < i; j++)
			if (segment[j].letter == segment[i].letter)
				check_fault(
				    check, "segments", i, ".letter", "is listed already");
	}
}

static void check_values(
    struct check *check, size_t i, const struct operator_entry *entry)
{
	if (entry->value_count == 0)
		check_fault(
		    check, "operators", i, ".values", "must list at least one value");
	for (size_t j = 0; j < entry->value_count; j++) {
		char field[CHECK_PLACE_LEN_MAX];
		struct sink out = sink_of(field, sizeof field - 1);
		check_put(&out, ".values[");
		check_put_number(&out, j);
		check_put(&out, "]");
		size_t head = out.len;
		const struct operator_value *value = &entry->value[j];
		check_put(&out, ".amount");
		field[out.len] = '\0';
		if (value->cents <= 0 || value->cents > PRICE_CENTS_MAX)
			check_fault(check, "operators", i, field, "must be positive");
		else if (j > 0 && value->cents <= entry->value[j - 1].cents)
			check_fault(check, "operators", i, field,
			    "must be more than the one before it");
		out.len = head;
		check_put(&out, ".days");
		field[out.len] = '\0';
		if (value->validity_days == 0)
			check_fault(check, "operators", i, field,
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
			check_fault(check, "operators", i, ".id",
			    "must be lower-case letters and digits");
		if (entry[i].name[0] == '\0' || check_has_control(entry[i].name, false))
			check_fault(check, "operators", i, ".name",
			    "must be a name that can be shown");
		for (size_t j = 0; j < i; j++)
			if (strcmp(entry[j].id, id) == 0)
				check_fault_named(check, "operators", i, ".id",
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
		check_fault(check, "clerks", i, ".id",
		    "must be letters, digits, '.', '_' or '-'");
	if (clerk->name[0] == '\0' || check_has_control(clerk->name, false))
		check_fault(
		    check, "clerks", i, ".name", "must be a name that can be shown");
	if (clerk->store[0] != '\0' && !text_is_name(clerk->store, STORE_LEN_MAX))
		check_fault(check, "clerks", i, ".store",
		    "must be letters, digits, '.', '_' or '-'");
	if (clerk->role == ROLE_NONE)
		check_fault(check, "clerks", i, ".role",
		    "must be clerk, supervisor or technician");
	if (!check_starts_with(clerk->pin_hash, "$argon2id$"))
		check_fault(check, "clerks", i, ".pin_hash",
		    "must be an Argon2id hash ('$argon2id$...')");
}

static void check_clerks(struct check *check)
{
	const struct clerk *clerk = check->programme->clerk;
	for (size_t i = 0; i < check->programme->clerk_count; i++) {
		check_clerk(check, i, &clerk[i]);
		for (size_t j = 0; j < i; j++)
			if (clerks_meet(&clerk[j], &clerk[i]))
				check_fault_named(check, "clerks", i, ".id",
				    "% is listed already for this store", clerk[i].id);
	}
}

/* --- products --------------------------------------------------------------- */

static void check_code(struct check *check, size_t i, const char *code)
{
	size_t len = strlen(code);
	bool gtin_len = len == 8 || (len >= 12 && len <= 14);
	if (!text_is_name(code, PRODUCT_LEN_MAX)) {
		check_fault(check, "products", i, ".code",
		    "must be letters, digits, '.', '_' or '-'");
		return;
	}
	if (!check_digits(code) || !gtin_len)
		return;
	if (len < 14)
		check_fault_named(check, "products", i, ".code",
		    "% is no GTIN: its check digit is wrong", code);
	else if (!check_gtin14(code))
		check_fault_named(check, "products", i, ".code",
		    "% is no GTIN: its check digit is wrong", code + strspn(code, "0"));
	for (size_t j = 0; j < check->programme->identity_count; j++) {
		const struct identity *identity = &check->programme->identity[j];
		if (identity->kind == IDENTITY_EAN13 && code[0] == '0' &&
		    check_starts_with(code + 1, identity->prefix))
			check_fault_named(check, "products", i, ".code",
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
		if (product->name[0] == '\0' || check_has_control(product->name, false))
			check_fault(check, "products", i, ".name",
			    "must be a name that can be shown");
		if (product->category[0] != '\0' &&
		    !check_knows_category(check->programme, product->category))
			check_fault_named(check, "products", i, ".category",
			    "there is no category %", product->category);
		if (product->price_cents == 0 || product->price_cents < -1 ||
		    product->price_cents > PRICE_CENTS_MAX)
			check_fault(check, "products", i, ".price",
			    "must be positive; leave it out and the screen asks");
		int order = i > 0 ? strcmp(products[i - 1].code, product->code) : -1;
		if (order == 0)
			check_fault_named(check, "products", i, ".code",
			    "% is listed already", product->code);
		else if (order > 0)
			check_fault(
			    check, "products", i, ".code", "is not in rising order");
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
