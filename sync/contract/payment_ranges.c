/* SPDX-License-Identifier: MIT */
#include "contract/payment_ranges.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

#include "base/attr.h"

/* First `width` digits from `low` to `high`. Domestic brands sit inside the
 * international ones, so they come first. */
struct range {
	const char *brand;
	uint8_t width;
	uint32_t low;
	uint32_t high;
};

static const struct range ranges[] = {
    {"hipercard", 6, 384100, 384100},
    {"hipercard", 6, 384140, 384140},
    {"hipercard", 6, 384160, 384160},
    {"hipercard", 6, 606282, 606282},
    {"hipercard", 6, 637095, 637095},
    {"hipercard", 6, 637568, 637568},
    {"hipercard", 6, 637599, 637599},
    {"hipercard", 6, 637609, 637609},
    {"hipercard", 6, 637612, 637612},
    {"elo", 6, 401178, 401179},
    {"elo", 6, 431274, 431274},
    {"elo", 6, 438935, 438935},
    {"elo", 6, 451416, 451416},
    {"elo", 6, 457393, 457393},
    {"elo", 6, 457631, 457632},
    {"elo", 6, 504175, 504175},
    {"elo", 6, 506699, 506778},
    {"elo", 6, 509000, 509999},
    {"elo", 6, 627780, 627780},
    {"elo", 6, 636297, 636297},
    {"elo", 6, 636368, 636368},
    {"elo", 6, 650031, 650033},
    {"elo", 6, 650035, 650051},
    {"elo", 6, 650405, 650439},
    {"elo", 6, 650485, 650538},
    {"elo", 6, 650541, 650598},
    {"elo", 6, 650700, 650718},
    {"elo", 6, 650720, 650727},
    {"elo", 6, 650901, 650920},
    {"elo", 6, 651652, 651679},
    {"elo", 6, 655000, 655019},
    {"elo", 6, 655021, 655058},
    {"visa", 1, 4, 4},
    {"mastercard", 2, 51, 55},
    {"mastercard", 6, 222100, 272099},
    {"amex", 2, 34, 34},
    {"amex", 2, 37, 37},
    {"diners", 3, 300, 305},
    {"diners", 3, 309, 309},
    {"diners", 2, 36, 36},
    {"diners", 2, 38, 39},
    {"jcb", 4, 3528, 3589},
    {"discover", 4, 6011, 6011},
    {"discover", 3, 644, 649},
    {"discover", 2, 65, 65},
    {"unionpay", 2, 62, 62},
    {"aura", 2, 50, 50},
    {"maestro", 2, 56, 58},
    {"maestro", 3, 639, 639},
    {"maestro", 2, 67, 67},
};

/* Industry digits of banks, travel and merchants: payment-like even when no
 * list names the range (a house rule). */
static const struct range unlisted = {"card", 1, 3, 6};

enum { UNLISTED_DIGITS_MIN = 14 };

static uint32_t leading(const char *digits, size_t width)
{
	uint32_t value = 0;
	for (size_t i = 0; i < width; i++)
		value = value * 10 + (uint32_t)(digits[i] - '0');
	return value;
}

static bool holds(const struct range *range, const char *digits)
{
	uint32_t value = leading(digits, range->width);
	return value >= range->low && value <= range->high;
}

const char *payment_brand(const char *digits, size_t len)
{
	if (len < PAYMENT_DIGITS_MIN || len > PAYMENT_DIGITS_MAX)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (holds(&ranges[i], digits))
			return ranges[i].brand;
	if (len >= UNLISTED_DIGITS_MIN && holds(&unlisted, digits))
		return unlisted.brand;
	return NULL;
}

/* The prefix stands for all its continuations: a span, compared with a span. */
static bool meets(const struct range *range, const char *prefix, size_t prefix_len)
{
	size_t width = prefix_len < range->width ? prefix_len : range->width;
	uint32_t first = leading(prefix, width);
	uint32_t last = first;
	for (size_t i = width; i < range->width; i++) {
		first = first * 10;
		last = last * 10 + 9;
	}
	return first <= range->high && last >= range->low;
}

bool payment_range_overlaps(const char *prefix, size_t len)
{
	if (len < PAYMENT_DIGITS_MIN || len > PAYMENT_DIGITS_MAX)
		return false;
	size_t prefix_len = strlen(prefix);
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (meets(&ranges[i], prefix, prefix_len))
			return true;
	return len >= UNLISTED_DIGITS_MIN && meets(&unlisted, prefix, prefix_len);
}
