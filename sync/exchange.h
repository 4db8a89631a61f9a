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
enum {
	EXCHANGE_FILES_MAX = 64, /* a call */
	EXCHANGE_TOLD_MAX = 320,
	EXCHANGE_FLOOR_MAX = 24,
	HELD_AGAIN_MS = 3600 * 1000,
};

struct exchange {
	struct journal *journal;
	struct letterbox *letterbox;
	struct spool *spool;
	const struct crypto *crypto;
	const struct clock *clock;
	bool trust_wanted;                    /* until a trust letter is adopted */
	char told_letters[EXCHANGE_TOLD_MAX]; /* the two files as last written */
	char told_floor[EXCHANGE_FLOOR_MAX];
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
	bool epoch_wanted; /* a file of the present epoch that no row explains:
			    * this journal is older than what it has sent */
};

/* inbox -> journal and letterbox; rows -> batches; batches -> outbox; remove
 * outbox files that are done; tell the carrier floor and letter versions.
 * Bounded work: at most EXCHANGE_FILES_MAX files a call; `ret_more` says that a
 * further call would find something. A held batch, and one whose gap was told
 * within the hour, is offered again an hour later. */
MUST_CHECK enum err exchange_step(struct exchange *exchange, bool cut_everything,
    struct exchange_news *ret_news, bool *ret_more);

#endif
