/* SPDX-License-Identifier: MIT */
#ifndef TILL_CODE_H
#define TILL_CODE_H

#include "contract/programme.h"
#include "drivers/scan.h"
#include "till/pay.h"

/*
 * What a read means: the one place that knows. Anything may be scanned, swiped
 * or typed at any moment; which identifiers are ours is the signed programme's.
 */
enum meaning_kind {
	MEANING_NONE = 0,
	MEANING_UNKNOWN,  /* not ours, or damaged; see `value` */
	MEANING_MEMBER,   /* card: `value` is its number */
	MEANING_CPF,      /* `value` is eleven digits */
	MEANING_PHONE,    /* `value` is E.164 */
	MEANING_ASK,      /* both: `value` is the CPF, `phone` the number */
	MEANING_PRODUCT,  /* `value` is the GTIN as 14 digits */
	MEANING_IN_STORE, /* `value` is the label as 13 digits; see `label` */
	MEANING_COUPON,   /* `value` is 13 digits */
	MEANING_FISCAL,   /* `value` is the access key, 44 characters */
	MEANING_REFUSE,   /* payment data: nothing of it is in the answer */
	MEANING_KIND_COUNT_
};

enum { MEANING_VALUE_MAX = 44 };

struct meaning {
	enum meaning_kind kind;
	enum refuse_class refuse; /* MEANING_REFUSE only */
	/* By kind, as above. Of an unknown read it is what was read, so that the
	 * till may look it up as a product code of the programme's own: short
	 * printable text that cannot be payment data. Otherwise empty. */
	char value[MEANING_VALUE_MAX + 1];
	char phone[PHONE_LEN_MAX + 1]; /* MEANING_ASK */

	/* PRODUCT, from GS1 symbols and Digital Links. Zero: not on the symbol. */
	uint32_t expiry_day; /* yyyymmdd, AI 17 */
	uint32_t count;      /* AI 37 or 30 */
	bool has_grams;
	int64_t grams; /* net: AI 310n, or a scale's label */
	bool has_price;
	int64_t price_cents; /* AI 392n or 393n in BRL, or a scale's label: whole line */

	/* IN_STORE whose layout the programme names: the item's digits, and grams or
	 * price above. Empty: another label. */
	char item[8];
};

/* Borrowed from the programme in force; zeros: nothing is ours yet. */
struct code_config {
	const struct identity *identity;
	size_t identity_count;
	struct scale scale;
	uint32_t today; /* yyyymmdd: settles the century of two-digit years */
};

/* The parts of `programme` (NULL: none) that say what is ours. */
struct code_config code_config_of(const struct programme *programme, uint32_t today);

/*
 * Never fails: a read without meaning is MEANING_UNKNOWN. A scan with a fault, or
 * empty, is MEANING_NONE. Bare symbology identifiers at the start of the text
 * ("]E0...") count like `scan->aim`. The scan itself is not wiped here.
 */
void code_classify(const struct code_config *config, const struct scan *scan,
    struct meaning *ret_meaning);

#endif
