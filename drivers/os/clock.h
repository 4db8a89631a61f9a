/* SPDX-License-Identifier: MIT */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "base/limits.h"

/* One reading of every clock there is. Wall time is a claim; `mono_ms` counts
 * since the boot that `boot_id` names (CLOCK_BOOTTIME) and never goes back. */
struct instant {
	int64_t wall_ms; /* since 1970 UTC */
	int64_t mono_ms;
	uint8_t boot_id[BOOT_ID_LEN];
};

/* The port: the real clock, or a test's. */
struct clock {
	void *self;
	void (*now)(void *self, struct instant *ret_now);
};

/* The machine's clock; lives as long as the process. */
const struct clock *clock_system(void);

/* A clock a test sets by hand: `now` gives what `instant` holds. */
struct clock clock_fake(struct instant *instant);

/* When this program was built: no honest clock is before it. */
int64_t clock_build_ms(void);

/* Offset from UTC in minutes at `wall_ms` in tz database zone `zone`.
 * ERR_NOT_FOUND when the zone data lacks it. */
MUST_CHECK enum err clock_offset_min(const char *zone, int64_t wall_ms, int *ret_min);

#endif
