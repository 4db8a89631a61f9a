/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_POINTS_H
#define CONTRACT_POINTS_H

#include "contract/programme.h"

/* One line of "why these points". */
struct why {
	const struct rule *rule; /* inside the programme */
	int64_t base_cents;      /* the amount that passed its filters */
	int64_t points;          /* after rounding and cap */
	bool capped;
};

struct points {
	int64_t total[EARNER_COUNT];
	size_t why_count;
	struct why why[RULES_MAX];
};

/*
 * What an event earns: the same code at the counter, at the central and in the
 * simulator. Uses only the event, its programme and the store. A training event earns 0.
 * Sale, top-up, chip sale and enrolment earn, on the programme's days; all other
 * types give 0 here. Rules that gave nothing have no line in `why`.
 * ERR_RANGE when the arithmetic would leave int64.
 */
MUST_CHECK enum err points_of(const struct programme *programme, const char *store,
    const struct event *event, struct points *ret_points);

/* A void gives back all the sale earned less what returns took; of a top-up 0
 * until the central answers. `taken` is what earlier returns gave (negative
 * totals added up), zeros when there were none. */
MUST_CHECK enum err points_of_void(const struct programme *programme, const char *store,
    const struct event *sale, const int64_t taken[EARNER_COUNT],
    int64_t ret_total[EARNER_COUNT]);

/*
 * A return: points(sale less all returned) - points(sale) - taken, where `kept`
 * is the sale with the lines of every return so far, this one included, taken
 * away (points_keep). By the programme version of the sale.
 */
MUST_CHECK enum err points_of_return(const struct programme *programme, const char *store,
    const struct event *sale, const struct event *kept, const int64_t taken[EARNER_COUNT],
    int64_t ret_total[EARNER_COUNT]);
/* Takes `returned`'s lines from `kept` by product; ERR_RANGE when more is
 * returned than is kept (quantity or amount), `kept` untouched. Lines of one
 * product become one; a line with no quantity left is gone, whatever amount the
 * shop kept of it, so that bringing everything back gives back every point. */
MUST_CHECK enum err points_keep(struct event *kept, const struct event *returned);

/* The arithmetic alone, for vectors: cents x num/den x multiplier, one rounding. */
MUST_CHECK enum err points_round(int64_t cents, uint64_t numerator, uint64_t denominator,
    uint32_t multiplier, enum rounding rounding, int64_t *ret_points);

#endif
