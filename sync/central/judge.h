/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_JUDGE_H
#define CENTRAL_JUDGE_H

#include "central/ledger.h"
#include "contract/points.h"
#include "contract/session.h"

/*
 * What the central makes of one event: whether it counts, whether it came
 * before, what it earns. It looks only at the event, at what the ledger holds
 * of batches taken earlier, and at the programme that the event names; so the
 * audit, which judges everything again, must come to the same row.
 */
struct judge;

/* `ledger` and `openers` stay the caller's. Without openers no blob is opened and
 * each is believed to be good: the audit, which has no private key, learns the
 * others from the signed receipts. */
MUST_CHECK enum err judge_new(struct ledger *ledger, const struct crypto *crypto,
    const struct opener *openers, size_t opener_count, struct judge **ret_judge);
void judge_free(struct judge **judge);

/* The batch whose events come next; all of it is borrowed until the next. */
struct judge_batch {
	const char *terminal;
	const char *store;
	struct epoch_id epoch;
	int64_t epoch_row;
	int64_t terminal_row;
	uint64_t taken;
	uint64_t first_seq;
	struct bytes body; /* unpacked */
};

void judge_begin(struct judge *judge, const struct judge_batch *batch);
/* Errors are the ledger's and the machine's, never the event's. */
MUST_CHECK enum err judge_event(
    struct judge *judge, uint64_t seq, struct bytes bytes, struct ledger_event *ret_row);
/* Whom it names; kind MEMBER_NONE when nobody or not to be opened. The caller
 * wipes. */
MUST_CHECK enum err judge_person(
    struct judge *judge, const struct event *event, struct person *ret_person);

#endif
