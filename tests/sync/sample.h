/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SYNC_SAMPLE_H
#define TESTS_SYNC_SAMPLE_H

#include <string.h>

#include "contract/event.h"

/* Events as a counter makes them, for tests of the contract. */

static inline void sample_where(struct event *event, uint64_t seq)
{
	memset(event, 0, sizeof(*event));
	memcpy(event->terminal, "t-041", 6);
	event->epoch.number = 1;
	memcpy(event->epoch.mark, "\x10\x21\x32\x43\x54\x65\x76\x87", EPOCH_MARK_LEN);
	event->clock = CLOCK_SURE;
	event->utc_offset_min = -180;
	memcpy(event->zone, "America/Sao_Paulo", 18);
	for (size_t i = 0; i < BOOT_ID_LEN; i++)
		event->boot_id[i] = (uint8_t)(0xa0 + i);
	event->programme_version = UINT64_C(1750000000123);
	event->directory_version = UINT64_C(1750000000456);
	event->business_day = 20260314;
	event->seq = seq;
	for (size_t i = 0; i < EVENT_ID_LEN; i++)
		event->id[i] = (uint8_t)(seq * 37 + i * 11 + 1);
	event->mono_ms = 3600000 + (int64_t)seq * 45001;
	event->wall_ms = INT64_C(1773500000000) + event->mono_ms;
}

static inline void sample_line(struct event *event, const char *product, int64_t cents)
{
	struct event_line *line = &event->line[event->line_count++];

	memset(line, 0, sizeof(*line));
	memcpy(line->product, product, strlen(product) + 1);
	line->quantity_milli = 1000;
	line->amount_cents = cents;
	event->amount_cents += cents;
}

static inline void sample_sale(struct event *event, uint64_t seq)
{
	sample_where(event, seq);
	event->type = EVENT_SALE;
	memcpy(event->clerk, "c01", 4);
	sample_line(event, "07891000315507", 1299);
	sample_line(event, "banana", 457);
	event->line[1].quantity_milli = 1235;
	event->points[EARNER_MEMBER] = 17;
}

static inline void sample_topup(struct event *event, uint64_t seq)
{
	sample_where(event, seq);
	event->type = EVENT_TOPUP;
	memcpy(event->clerk, "c02", 4);
	memcpy(event->operator_name, "vivo", 5);
	event->amount_cents = 2000;
	event->points[EARNER_CLERK] = 40;
}

static inline void sample_void(struct event *event, uint64_t seq, const struct event *of)
{
	sample_where(event, seq);
	event->type = EVENT_VOID;
	memcpy(event->clerk, "c01", 4);
	event->amount_cents = -of->amount_cents;
	memcpy(event->reference.terminal, of->terminal, sizeof(of->terminal));
	memcpy(event->reference.id, of->id, EVENT_ID_LEN);
	event->points[EARNER_MEMBER] = -of->points[EARNER_MEMBER];
}

#endif
