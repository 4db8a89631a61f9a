/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_YAML_VALUE_H
#define CENTRAL_YAML_VALUE_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"

/* How a manager writes values that YAML has no type for. Whole text or
 * ERR_FORMAT; no floating point anywhere. A decimal mark is comma or point, and
 * nothing groups thousands, so that 1.234 cannot mean two things. */

/* "12,99", "12.99", "15": reais to cents. */
MUST_CHECK enum err value_cents(const char *text, int64_t *ret_cents);
/* "2026-11-01" to yyyymmdd; ERR_RANGE when there is no such day. */
MUST_CHECK enum err value_day(const char *text, uint32_t *ret_day);
/* "18:00-22:00" to minutes of the day; the end may be 24:00. */
MUST_CHECK enum err value_hours(
    const char *text, uint16_t *ret_from_minute, uint16_t *ret_to_minute);
/* "1/2", "3", "0,25" as an exact fraction, not reduced. */
MUST_CHECK enum err value_fraction(
    const char *text, uint64_t *ret_numerator, uint64_t *ret_denominator);
/* "1,5" to ten-thousandths, at most four decimals. */
MUST_CHECK enum err value_multiplier(const char *text, uint32_t *ret_multiplier);
/* "-120": a balance. */
MUST_CHECK enum err value_points(const char *text, int64_t *ret_points);

#endif
