/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_PROGRAMME_H
#define CONTRACT_PROGRAMME_H

#include "contract/event.h"

enum {
	PRODUCTS_MAX = 20000,
	CATEGORIES_MAX = 64,
	OPERATORS_MAX = 16,
	OPERATOR_VALUES_MAX = 24,
	CLERKS_MAX = 512,
	RULES_MAX = 128,
	IDENTITIES_MAX = 16,
	SEGMENTS_MAX = 12,
	PIN_HASH_LEN_MAX = 127, /* Argon2 encoded form */
	TEXT_LEN_MAX = 600,     /* consent and receipt texts, UTF-8 */
	PROGRAMME_BYTES_MAX = 4 * 1024 * 1024,
	MULTIPLIER_ONE = 10000, /* ten-thousandths */
	MULTIPLIER_MAX = 100 * MULTIPLIER_ONE,
	RATE_MAX = 1000000000, /* numerator and denominator */
	RULE_POINTS_MAX = 1000000000,
	PRICE_CENTS_MAX = 1000000000, /* of a product, a value, a least amount */
	SCALE_LAYOUT_LEN = 13,
};

/* Which identifiers are ours: design domain part 8. Nothing here may lie in a
 * payment range (the publisher refuses it, and so does programme_check). */
enum identity_kind {
	IDENTITY_NONE = 0,
	IDENTITY_EAN13 = 1, /* bar code card: prefix, 13 digits, GTIN check digit */
	IDENTITY_STRIPE =
	    2,           /* number: prefix, length, Luhn; also typed and contactless */
	IDENTITY_QR = 3, /* text prefix before a STRIPE number */
	IDENTITY_CPF = 4,
	IDENTITY_PHONE = 5,
	IDENTITY_KIND_COUNT_
};

struct identity {
	enum identity_kind kind;
	char prefix[MEMBER_LEN_MAX + 1]; /* digits, or the QR's text */
	uint8_t length;                  /* digits in all, STRIPE only */
};

/* A scale's in-store label: which digits say what (domain part 3). */
enum scale_kind {
	SCALE_NONE = 0,
	SCALE_WEIGHT = 1, /* grams */
	SCALE_PRICE = 2,  /* cents */
};

struct scale {
	char layout[16]; /* thirteen of '2', '0', 'C', 'V', 'K': "2CCCCCCVVVVVK" */
	enum scale_kind kind;
};

struct category {
	char id[CATEGORY_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1];
};

struct product {
	char code[PRODUCT_LEN_MAX + 1]; /* GTIN as 14 digits, or own code */
	char name[NAME_LEN_MAX + 1];
	char category[CATEGORY_LEN_MAX + 1]; /* empty: none */
	int64_t price_cents;                 /* -1: none, the screen asks */
	bool by_weight;                      /* price is per kilogram */
};

struct operator_value {
	int64_t cents;
	uint16_t validity_days; /* told before payment */
};

struct operator_entry {
	char id[OPERATOR_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1];
	size_t value_count;
	struct operator_value value[OPERATOR_VALUES_MAX]; /* rising */
};

enum clerk_role {
	ROLE_NONE = 0,
	ROLE_CLERK = 1,
	ROLE_SUPERVISOR = 2,
	ROLE_TECHNICIAN = 3,
	ROLE_COUNT_
};

struct clerk {
	char id[CLERK_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1];
	char store[STORE_LEN_MAX + 1]; /* empty: every store */
	enum clerk_role role;
	char pin_hash[PIN_HASH_LEN_MAX + 1];
};

struct segment_entry {
	char letter; /* 'A'..'Z' */
	char word[NAME_LEN_MAX + 1];
};

#define PROGRAMME_CHIP "chip"

enum rule_about {
	ABOUT_NONE = 0,
	ABOUT_SALE = 1,
	ABOUT_TOPUP = 2,
	ABOUT_CHIP = 3,
	ABOUT_ENROLMENT = 4,
	ABOUT_COUNT_
};

enum rounding {
	ROUND_FLOOR = 0, /* toward zero; negative amounts mirror positive ones */
	ROUND_HALF_EVEN = 1,
	ROUND_HALF_UP = 2, /* half away from zero */
	ROUND_COUNT_
};

/*
 * One earning rule: a row, not a program. A filter that is empty or zero does
 * not filter. Points = fixed (once a receipt), or amount that passed the filters
 * x rate_numerator / rate_denominator per cent, either x multiplier, rounded
 * once a receipt; then the cap. A receipt of which nothing passed earns
 * nothing. A rule whose earner is the member earns only when one was identified
 * (as member_only for the others), a clerk's only when one is signed in.
 * Days and weekdays are of the business day, hours of the clock on the wall.
 * About a chip: lines of category PROGRAMME_CHIP of a sale, or a chip sale.
 */
struct rule {
	char id[RULE_ID_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1]; /* shown with its points; empty: the id is */
	enum rule_about about;
	enum earner earner;
	char product[PRODUCT_LEN_MAX + 1];
	char category[CATEGORY_LEN_MAX + 1];
	char operator_name[OPERATOR_LEN_MAX + 1];
	char store[STORE_LEN_MAX + 1];
	char segment;         /* 0: any */
	bool member_only;     /* only when a member was identified */
	int64_t least_cents;  /* of the amount that passed the filters */
	uint8_t weekdays;     /* bit 0 Sunday .. bit 6 Saturday; 0: every day */
	uint16_t from_minute; /* local minute of the day, inclusive */
	uint16_t to_minute; /* exclusive; equal to from: whole day; less: over midnight */
	uint32_t from_day;  /* yyyymmdd inclusive, business day; 0: open */
	uint32_t to_day;    /* yyyymmdd inclusive; 0: open */
	int64_t fixed_points; /* used when rate_denominator is 0 */
	uint64_t rate_numerator;
	uint64_t rate_denominator;
	uint32_t multiplier; /* MULTIPLIER_ONE is 1 */
	enum rounding rounding;
	int64_t cap_points; /* per receipt; 0: none */
};

/*
 * A decoded programme. Small tables are inside; products stay encoded in
 * `bytes` (which the owner keeps alive) and are found by binary search, so that
 * 20,000 of them cost one index. Some hundred KiB: allocate it once.
 */
struct programme {
	uint64_t version;
	char id[NAME_LEN_MAX + 1];
	char name[NAME_LEN_MAX + 1];
	uint32_t valid_from_day; /* yyyymmdd, 0: open */
	uint32_t valid_to_day;
	char consent_version[NAME_LEN_MAX + 1];
	char consent_text[TEXT_LEN_MAX + 1];
	char receipt_text[TEXT_LEN_MAX + 1];
	size_t identity_count;
	struct identity identity[IDENTITIES_MAX];
	struct scale scale;
	size_t category_count;
	struct category category[CATEGORIES_MAX];
	size_t operator_count;
	struct operator_entry operator_entry[OPERATORS_MAX];
	size_t clerk_count;
	struct clerk clerk[CLERKS_MAX];
	size_t segment_count;
	struct segment_entry segment[SEGMENTS_MAX];
	size_t rule_count;
	struct rule rule[RULES_MAX];
	size_t product_count;
	struct bytes bytes;
	uint32_t product_at[PRODUCTS_MAX]; /* offset of each into bytes, by code */
};

/* The body of a programme letter. Products must be given in rising code order. */
/* Faults that programme_check would have named are ERR_FORMAT or ERR_NOT_FOUND. */
MUST_CHECK enum err programme_encode(
    const struct programme *programme, const struct product *products, struct sink *out);
/* `body` stays borrowed by `ret_programme`, which is empty after a failure.
 * `version` is the letter's. */
MUST_CHECK enum err programme_decode(
    struct bytes body, uint64_t version, struct programme *ret_programme);

MUST_CHECK enum err programme_product(const struct programme *programme, const char *code,
    struct product *ret_product); /* ERR_NOT_FOUND */
/* By its place among all, from 0, in rising order; ERR_NOT_FOUND past the last. */
MUST_CHECK enum err programme_product_at(
    const struct programme *programme, size_t i, struct product *ret_product);
const struct operator_entry *programme_operator(
    const struct programme *programme, const char *id); /* NULL: none */
const struct operator_value *operator_value(
    const struct operator_entry *entry, int64_t cents); /* NULL: not offered */
const struct clerk *programme_clerk(
    const struct programme *programme, const char *id, const char *store);
const char *programme_segment_word(
    const struct programme *programme, char letter); /* NULL: none */

bool programme_day_exists(uint32_t day); /* yyyymmdd, from 1970 */

/*
 * Faults of meaning, all in one run: calls `report` with the place
 * ("rules[3].from") and an English sentence for each; returns their number.
 * Overlapping prefixes, prefixes in payment ranges, a scale on a card prefix,
 * unknown product, category, operator or segment in a rule, dates the wrong way
 * round, zero denominators, repeated ids. Products must be rising; the index in
 * a place is theirs.
 */
typedef void programme_report(void *self, const char *place, const char *sentence);
size_t programme_check(const struct programme *programme, const struct product *products,
    programme_report *report, void *self);

#endif
