/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_REPORT_H
#define CENTRAL_REPORT_H

#include <stdio.h>

#include "central/ledger.h"
#include "central/registry.h"

/*
 * What a manager follows: sales, top-ups and points by store, clerk and day,
 * from the events that count; what was refused, altered or claimed wrongly; and
 * the terminals that are silent, late or have a wrong clock.
 */
enum {
	REPORT_SILENT_H = 48,      /* nothing heard for so long */
	REPORT_LATE_MIN = 60,      /* its last batch was that long on its way */
	REPORT_CLOCK_MIN = 5,      /* a batch cut later than it arrived, by more */
	REPORT_FLAGGED_SHOWN = 20, /* in the table; JSON has them all */
};

struct report_query {
	uint32_t from_day; /* yyyymmdd, business days; 0: open */
	uint32_t to_day;
	int64_t now_ms;
};

/* One row: of a store, a clerk of a store, a day, or of everything. */
struct tally {
	char store[STORE_LEN_MAX + 1];
	char clerk[CLERK_LEN_MAX + 1];
	uint32_t day;
	uint64_t sales;
	uint64_t topups;
	uint64_t voids; /* a top-up's is a request until it is answered */
	uint64_t returns;
	uint64_t enrolments;
	int64_t sales_cents;
	int64_t topups_cents;
	int64_t voids_cents; /* negative */
	int64_t returns_cents;
	int64_t points[EARNER_COUNT];
};

struct tallies {
	size_t count;
	size_t room;
	struct tally *at;
};

struct report_terminal {
	struct ledger_contact contact; /* arrived_ms 0: never heard */
	bool silent;
	bool late;
	bool wrong_clock;
};

struct report_flagged {
	char terminal[TERMINAL_LEN_MAX + 1];
	uint32_t epoch;
	struct ledger_event event;
};

struct report {
	struct report_query query;
	struct tally total;
	struct tallies stores;
	struct tallies clerks;
	struct tallies days;
	size_t terminal_count;
	struct report_terminal *terminal; /* by name */
	size_t flagged_count;
	struct report_flagged *flagged;
};

MUST_CHECK enum err report_make(struct ledger *ledger, const struct registry *registry,
    const struct report_query *query, struct report *ret_report);
void report_free(struct report *report);

void report_print(const struct report *report, FILE *to);
MUST_CHECK enum err report_print_json(const struct report *report, FILE *to);

#endif
