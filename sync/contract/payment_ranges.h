/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_PAYMENT_RANGES_H
#define CONTRACT_PAYMENT_RANGES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which numbers belong to payment cards. Published lists disagree at the edges;
 * brands overlap and are for the message only: what counts is that the number
 * is not ours. Nothing here looks at the Luhn digit: a misread payment card is
 * one too.
 */
enum {
	PAYMENT_DIGITS_MIN = 12,
	PAYMENT_DIGITS_MAX = 19,
};

/*
 * Lower-case brand ("visa", "elo") of a number of `len` digits, the narrowest
 * range first; "card" for 14 to 19 digits starting 3 to 6 that no list names;
 * NULL when no payment range holds it. Only digits may be given.
 */
const char *payment_brand(const char *digits, size_t len);

/* Whether some number of `len` digits that starts with `prefix` is one of the
 * above, so that no programme may give out such numbers as member cards. */
bool payment_range_overlaps(const char *prefix, size_t len);

#endif
