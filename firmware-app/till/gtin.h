/* SPDX-License-Identifier: MIT */
#ifndef TILL_GTIN_H
#define TILL_GTIN_H

#include "contract/programme.h"
#include "till/verdict.h"

enum {
	GTIN_LEN = 14, /* how every GTIN is kept and compared: zero-filled */
	UPCA_LEN = 12,
	EAN13_LEN = 13,
	SCALE_ITEM_LEN_MAX = 7,
};

/* 8, 12, 13 or 14 digits with their check digit, to 14. */
enum verdict gtin_parse(struct bytes text, char ret_gtin[GTIN_LEN + 1]);

/* What the GS1 prefix says (GS1 General Specifications 1.4). */
enum gtin_class {
	GTIN_OTHER = 0,
	GTIN_GS1_BRASIL, /* registered there; no proof of origin */
	GTIN_RESTRICTED, /* means something inside one company only */
	GTIN_ISSN,
	GTIN_ISBN,
	GTIN_REFUND_RECEIPT,
	GTIN_COUPON,
	GTIN_CLASS_COUNT_
};

enum gtin_class gtin_class(const char *gtin14);

/* Eight digits of a UPC-E symbol to the UPC-A they stand for. */
enum verdict upce_expand(struct bytes text, char ret_upca[UPCA_LEN + 1]);

/* The unit inside a case code; VERDICT_NO for variable measure (indicator 9). */
enum verdict itf14_unit(struct bytes text, char ret_unit[EAN13_LEN + 1]);

/* A label that a scale printed, by the layout the programme names. */
struct scale_label {
	char item[SCALE_ITEM_LEN_MAX + 1];
	int64_t value; /* grams or cents, by scale->kind */
};

/* A layout is thirteen of: digits that stand for themselves, C item, V value,
 * K check digit (last). */
bool scale_layout_valid(const char *layout);
/* BAD_PREFIX: some other label. `scale` must hold a valid layout. */
enum verdict scale_parse(
    const struct scale *scale, struct bytes text, struct scale_label *ret_label);

/* What a weight label costs; the rounding is set on the scale itself. */
enum scale_rounding {
	SCALE_TRUNCATE = 0,
	SCALE_HALF_UP,
};

int64_t scale_total_cents(
    int64_t grams, int64_t cents_per_kg, enum scale_rounding rounding);
/* What a price label weighs, in thousandths of the unit priced; 0 when the unit
 * price is not known. */
int64_t scale_quantity_milli(int64_t price_cents, int64_t cents_per_unit);

#endif
