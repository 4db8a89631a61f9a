/* SPDX-License-Identifier: MIT */
#ifndef TILL_DAY_H
#define TILL_DAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/* Calendar days as yyyymmdd numbers, which sort and are read at a glance. */

unsigned month_length(unsigned year, unsigned month); /* month 1 to 12 */
bool day_valid(uint32_t day);
/* Days since 1970-01-01 and back. */
int64_t day_number(uint32_t day);
uint32_t day_from_number(int64_t number);

/*
 * The day that a moment counts for: local time before the store's cut-over
 * belongs to the day before. `day_starts_minute` 0 to 1439.
 */
uint32_t business_day(int64_t wall_ms, int utc_offset_min, unsigned day_starts_minute);

/* "YYYYMMDD" and "hhmmss": digits, and a day and time that exist. */
bool day_text_valid(struct bytes text);
bool time_text_valid(struct bytes text);

#endif
