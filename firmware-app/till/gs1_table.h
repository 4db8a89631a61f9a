/* SPDX-License-Identifier: MIT */
#ifndef TILL_GS1_TABLE_H
#define TILL_GS1_TABLE_H

#include <stdbool.h>
#include <stdint.h>

/* The application identifiers, as data: facts of the GS1 syntax dictionary. */

enum gs1_set {
	SET_END = 0, /* no such part */
	SET_NUMERIC,
	SET_82, /* General Specifications figure 7.11-1 */
	SET_39, /* figure 7.11-2 */
	SET_64, /* base64url with padding */
};

enum gs1_check {
	CHECK_NONE = 0,
	CHECK_MOD10,
	CHECK_PAIR,   /* two check characters, modulo 1021 */
	CHECK_DATE,   /* yymmdd */
	CHECK_DATE0,  /* yymmdd, day 00 allowed */
	CHECK_DATE8,  /* yyyymmdd */
	CHECK_HOUR,   /* hh */
	CHECK_MINUTE, /* mm or ss */
	CHECK_TIME,   /* hhmm */
	CHECK_ZERO,
	CHECK_COUNTRIES, /* whole groups of three */
	CHECK_FLAG,      /* 0 or 1 */
};

/* A stretch of a value; an optional one has either no or at least `min`
 * characters. */
struct gs1_part {
	enum gs1_set set;
	uint8_t min;
	uint8_t max;
	bool optional;
	enum gs1_check check;
};

enum {
	GS1_PARTS_MAX = 4,
	GS1_QUALIFIERS_MAX = 3,
	/* flags */
	AI_PREDEFINED = 1, /* needs no separator */
	AI_ATTRIBUTE = 2,  /* may stand in a Digital Link's query */
	AI_KEY = 4,        /* may begin a Digital Link's path */
	AI_MEASURE = 8,    /* last digit 0 to 5: places after the point */
};

struct gs1_ai {
	uint8_t digits; /* 2 to 4 */
	uint8_t flags;
	uint16_t first; /* the AIs from first to last alike */
	uint16_t last;
	struct gs1_part part[GS1_PARTS_MAX];
	/* Of a key: which AIs may follow it in a path, in this order; and another,
	 * alone, instead. */
	uint16_t qualifier[GS1_QUALIFIERS_MAX];
	uint16_t qualifier_else;
};

/* The AI that `code` of `digits` digits names, NULL when none is assigned. */
const struct gs1_ai *gs1_ai_find(uint16_t code, unsigned digits);

#endif
