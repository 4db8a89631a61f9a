/* SPDX-License-Identifier: MIT */
#ifndef SYNC_EXCHANGE_H
#define SYNC_EXCHANGE_H

#include "sync/journal.h"
#include "sync/letterbox.h"
#include "sync/spool.h"

/*
 * The till's side of the two directories, driven by whoever holds the state
 * lock. Everything passes here in both directions: rows become batches become
 * outbox files; inbox files become receipts and letters. Idempotent: a crash
 * between any two steps is repaired by the next call.
 */
struct exchange {
	struct journal *journal;
	struct letterbox *letterbox;
	struct spool *spool;
	const struct crypto *crypto;
	const struct clock *clock;
};

/* What one call did, for logs and for the screen. */
struct exchange_news {
	unsigned receipts;
	unsigned gaps;
	unsigned held;
	unsigned refused_files; /* inbox files that did not verify: removed */
	unsigned batches_cut;
	unsigned files_written;
	bool letters[COSE_TYPE_COUNT_]; /* adopted */
	bool trust_wanted;              /* an unknown key id was seen */
};

/* inbox -> journal and letterbox; rows -> batches; batches -> outbox; remove
 * outbox files that are done. Bounded work: at most 64 files a call;
 * `ret_more` says that a further call would find something. */
MUST_CHECK enum err exchange_step(struct exchange *exchange, bool cut_everything,
    struct exchange_news *ret_news, bool *ret_more);

#endif
