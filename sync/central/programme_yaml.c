/* SPDX-License-Identifier: MIT */
#include "central/programme_yaml.h"

#include "base/banned.h"

#include "contract/programme.h"

/* libcyaml's own booleans take any word for true, so ours are a list. */
static const cyaml_strval_t yes_no[] = {
    {"true", true}, {"yes", true}, {"false", false}, {"no", false}};
static const cyaml_strval_t identity_kinds[] = {{"ean13", IDENTITY_EAN13},
    {"stripe", IDENTITY_STRIPE}, {"qr", IDENTITY_QR}, {"cpf", IDENTITY_CPF},
    {"phone", IDENTITY_PHONE}};
static const cyaml_strval_t scale_kinds[] = {
    {"weight", SCALE_WEIGHT}, {"price", SCALE_PRICE}};
static const cyaml_strval_t roles[] = {{"clerk", ROLE_CLERK},
    {"supervisor", ROLE_SUPERVISOR}, {"technician", ROLE_TECHNICIAN}};
static const cyaml_strval_t abouts[] = {{"sale", ABOUT_SALE}, {"topup", ABOUT_TOPUP},
    {"chip", ABOUT_CHIP}, {"enrolment", ABOUT_ENROLMENT}};
static const cyaml_strval_t earners[] = {
    {"member", EARNER_MEMBER}, {"clerk", EARNER_CLERK}, {"store", EARNER_STORE}};
static const cyaml_strval_t weekdays[] = {
    {"sun", 0}, {"mon", 1}, {"tue", 2}, {"wed", 3}, {"thu", 4}, {"fri", 5}, {"sat", 6}};
static const cyaml_strval_t roundings[] = {
    {"floor", ROUND_FLOOR}, {"half_even", ROUND_HALF_EVEN}, {"half_up", ROUND_HALF_UP}};

/* The pointers in these tables are libcyaml's, which frees what it made. */
#define NEED CYAML_FLAG_POINTER
#define MAY (CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL)
#define TEXT(key, flags, row, member)                                                    \
	CYAML_FIELD_STRING_PTR(key, flags, struct row, member, 0, CYAML_UNLIMITED)
#define WORD(key, flags, row, member, words)                                             \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | (flags), struct row, member, words,    \
	    CYAML_ARRAY_LEN(words))
#define ROW(row, fields)                                                                 \
	{                                                                                \
		CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct row, fields)              \
	}

static const cyaml_schema_field_t consent_fields[] = {
    TEXT("version", NEED, yaml_consent, version),
    TEXT("text", NEED, yaml_consent, text),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t receipt_fields[] = {
    TEXT("text", NEED, yaml_receipt, text),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t scale_fields[] = {
    TEXT("layout", NEED, yaml_scale, layout),
    WORD("kind", 0, yaml_scale, kind, scale_kinds),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t identity_fields[] = {
    WORD("kind", 0, yaml_identity, kind, identity_kinds),
    TEXT("prefix", MAY, yaml_identity, prefix),
    CYAML_FIELD_UINT("digits", CYAML_FLAG_OPTIONAL, struct yaml_identity, digits),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t identity_row = ROW(yaml_identity, identity_fields);

static const cyaml_schema_field_t category_fields[] = {
    TEXT("id", NEED, yaml_category, id),
    TEXT("name", NEED, yaml_category, name),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t category_row = ROW(yaml_category, category_fields);

static const cyaml_schema_field_t segment_fields[] = {
    TEXT("letter", NEED, yaml_segment, letter),
    TEXT("word", NEED, yaml_segment, word),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t segment_row = ROW(yaml_segment, segment_fields);

static const cyaml_schema_field_t value_fields[] = {
    TEXT("amount", NEED, yaml_value, amount),
    CYAML_FIELD_UINT("days", CYAML_FLAG_DEFAULT, struct yaml_value, days),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t value_row = ROW(yaml_value, value_fields);

static const cyaml_schema_field_t operator_fields[] = {
    TEXT("id", NEED, yaml_operator, id),
    TEXT("name", NEED, yaml_operator, name),
    CYAML_FIELD_SEQUENCE(
	"values", NEED, struct yaml_operator, values, &value_row, 0, OPERATOR_VALUES_MAX),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t operator_row = ROW(yaml_operator, operator_fields);

static const cyaml_schema_field_t clerk_fields[] = {
    TEXT("id", NEED, yaml_clerk, id),
    TEXT("name", NEED, yaml_clerk, name),
    TEXT("store", MAY, yaml_clerk, store),
    WORD("role", 0, yaml_clerk, role, roles),
    TEXT("pin", MAY, yaml_clerk, pin),
    TEXT("pin_hash", MAY, yaml_clerk, pin_hash),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t clerk_row = ROW(yaml_clerk, clerk_fields);

static const cyaml_schema_field_t product_fields[] = {
    TEXT("code", NEED, yaml_product, code),
    TEXT("name", NEED, yaml_product, name),
    TEXT("category", MAY, yaml_product, category),
    TEXT("price", MAY, yaml_product, price),
    WORD("by_weight", CYAML_FLAG_OPTIONAL, yaml_product, by_weight, yes_no),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t product_row = ROW(yaml_product, product_fields);

static const cyaml_schema_value_t weekday_entry = {
    CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, weekdays, CYAML_ARRAY_LEN(weekdays))};

static const cyaml_schema_field_t rule_fields[] = {
    TEXT("id", NEED, yaml_rule, id),
    TEXT("name", MAY, yaml_rule, name),
    WORD("about", 0, yaml_rule, about, abouts),
    WORD("earner", 0, yaml_rule, earner, earners),
    TEXT("product", MAY, yaml_rule, product),
    TEXT("category", MAY, yaml_rule, category),
    TEXT("operator", MAY, yaml_rule, operator_name),
    TEXT("store", MAY, yaml_rule, store),
    TEXT("segment", MAY, yaml_rule, segment),
    WORD("member_only", CYAML_FLAG_OPTIONAL, yaml_rule, member_only, yes_no),
    TEXT("least", MAY, yaml_rule, least),
    CYAML_FIELD_SEQUENCE("weekdays", MAY, struct yaml_rule, weekdays, &weekday_entry, 1,
	CYAML_ARRAY_LEN(weekdays)),
    TEXT("hours", MAY, yaml_rule, hours),
    TEXT("from", MAY, yaml_rule, from),
    TEXT("to", MAY, yaml_rule, to),
    CYAML_FIELD_UINT("points", CYAML_FLAG_OPTIONAL, struct yaml_rule, points),
    TEXT("points_per_real", MAY, yaml_rule, points_per_real),
    TEXT("multiplier", MAY, yaml_rule, multiplier),
    WORD("rounding", CYAML_FLAG_OPTIONAL, yaml_rule, rounding, roundings),
    CYAML_FIELD_UINT("cap", CYAML_FLAG_OPTIONAL, struct yaml_rule, cap),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_row = ROW(yaml_rule, rule_fields);

#define LIST(key, member, row, max)                                                      \
	CYAML_FIELD_SEQUENCE(key, MAY, struct programme_yaml, member, &(row), 0, max)

static const cyaml_schema_field_t programme_fields[] = {
    TEXT("id", NEED, programme_yaml, id),
    TEXT("name", NEED, programme_yaml, name),
    TEXT("from", MAY, programme_yaml, from),
    TEXT("to", MAY, programme_yaml, to),
    TEXT("members", MAY, programme_yaml, members),
    TEXT("products_file", MAY, programme_yaml, products_file),
    CYAML_FIELD_UINT(
	"letter_days", CYAML_FLAG_OPTIONAL, struct programme_yaml, letter_days),
    CYAML_FIELD_MAPPING(
	"consent", CYAML_FLAG_OPTIONAL, struct programme_yaml, consent, consent_fields),
    CYAML_FIELD_MAPPING(
	"receipt", CYAML_FLAG_OPTIONAL, struct programme_yaml, receipt, receipt_fields),
    CYAML_FIELD_MAPPING(
	"scale", CYAML_FLAG_OPTIONAL, struct programme_yaml, scale, scale_fields),
    LIST("identities", identities, identity_row, IDENTITIES_MAX),
    LIST("categories", categories, category_row, CATEGORIES_MAX),
    LIST("segments", segments, segment_row, SEGMENTS_MAX),
    LIST("operators", operators, operator_row, OPERATORS_MAX),
    LIST("clerks", clerks, clerk_row, CLERKS_MAX),
    LIST("products", products, product_row, PRODUCTS_MAX),
    LIST("rules", rules, rule_row, RULES_MAX),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t programme_yaml_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct programme_yaml, programme_fields)};
