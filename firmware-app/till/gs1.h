/* SPDX-License-Identifier: MIT */
#ifndef TILL_GS1_H
#define TILL_GS1_H

#include "base/bytes.h"
#include "drivers/scan.h"
#include "till/verdict.h"

/*
 * GS1 element strings (GS1-128, DataBar, GS1 DataMatrix, GS1 QR) and GS1 Digital
 * Link URIs, by the GS1 General Specifications and GS1's own syntax dictionary.
 * Values are checked for length, character set, check digits and real dates;
 * which AIs may stand together is not looked at.
 */
enum {
	GS1_ELEMENTS_MAX = 64,
	GS1_TEXT_MAX = SCAN_LEN_MAX,
};

struct gs1_element {
	uint16_t code;     /* 1, 10, 310 x 10 + n ... */
	uint8_t ai_digits; /* 2 to 4: AI 01 and AI 1 are told apart by it */
	uint16_t at;       /* of the value in `text` */
	uint16_t len;
};

struct gs1 {
	size_t count;
	size_t text_len;
	struct gs1_element element[GS1_ELEMENTS_MAX];
	uint8_t text[GS1_TEXT_MAX]; /* the values, decoded */
};

/* Whether a symbology identifier ("]C1") says that AIs follow. */
bool gs1_carries_elements(const char *aim);
/* `data` is what follows the identifier. Retail bar codes give their GTIN, plain
 * matrix codes a Digital Link; BAD_SYMID for the rest. */
enum verdict gs1_scan(const char *aim, struct bytes data, struct gs1 *ret_gs1);
/* VERDICT_NO when it is another URI. Nothing is fetched. */
enum verdict gs1_digital_link(struct bytes uri, struct gs1 *ret_gs1);

/* The first element of an AI, by its number; empty when it is not there. */
struct bytes gs1_value(const struct gs1 *gs1, uint16_t code);
struct bytes gs1_element_value(const struct gs1 *gs1, size_t i);

/* yymmdd to yyyymmdd, the century from the year it is read in (General
 * Specifications 7.12); day 00 is the last of the month. */
enum verdict gs1_date(struct bytes yymmdd, unsigned year_now, uint32_t *ret_day);

/* Net weight in grams from AI 310n; VERDICT_NO for another AI. */
enum verdict gs1_grams(uint16_t code, struct bytes value, int64_t *ret_grams);
/* Price in cents from AI 392n, or 393n in reais. */
enum verdict gs1_cents(uint16_t code, struct bytes value, int64_t *ret_cents);

#endif
