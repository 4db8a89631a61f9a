/* SPDX-License-Identifier: MIT */
#ifndef SYNC_JOURNAL_H
#define SYNC_JOURNAL_H

#include "contract/answer.h"
#include "contract/session.h"
#include "os/clock.h"

/*
 * The durable queue of one terminal: one SQLite file (WAL, synchronous FULL,
 * page 1024), one writer ever (the caller holds the state lock). When a call
 * returns ERR_NONE its change is on the disk. Rows are never updated except to
 * note a batch, a receipt, or pruning.
 */
struct journal;

enum {
	JOURNAL_VERIFY_AT_OPEN = 1000, /* rows checked before the first screen */
	JOURNAL_INTENT_MAX = EVENT_BYTES_MAX,
	JOURNAL_OPEN_BATCHES_MAX = 4,       /* without receipt and held answer */
	JOURNAL_BATCH_AGE_MS = 1000,        /* cut when the oldest event is this old */
	JOURNAL_RESERVE_BYTES = 256 * 1024, /* kept to be able to say "full" */
	PRUNE_AFTER_S = 30 * 24 * 3600,
};

/* The newer of this and the last central time is the time floor: a clock below
 * it is certainly wrong. No terminal is older than this program. */
#define JOURNAL_RELEASE_MS INT64_C(1735689600000) /* 2025-01-01T00:00:00Z */

/* Who writes here; borrowed for the journal's life. */
struct journal_owner {
	const char *terminal; /* NULL: whoever the journal says; it must exist then */
	const struct crypto *crypto;
	const struct signer *signer; /* NULL: not enrolled, records but cannot cut */
	const struct clock *clock;
	const char *software; /* version put into batch headers */
};

/* Opens or creates `journal.db` under `dir_fd`, migrates its schema, checks the
 * heads and the last JOURNAL_VERIFY_AT_OPEN rows. ERR_CORRUPT with *ret_bad_seq
 * set when a row does not prove (the journal is not opened). ERR_CONFLICT: it is
 * another terminal's. ERR_UNSUPPORTED: a newer program made it. */
MUST_CHECK enum err journal_open(int dir_fd, const struct journal_owner *owner,
    struct journal **ret_journal, uint64_t *ret_bad_seq);
/* For reading beside the one writer: find, walks, status, verify. Makes
 * nothing; ERR_NOT_FOUND when there is no journal. Calls that write say
 * ERR_DENIED. */
MUST_CHECK enum err journal_open_read(
    int dir_fd, const struct journal_owner *owner, struct journal **ret_journal);
void journal_close(struct journal **journal);
/* Whose journal it is. */
const char *journal_terminal(const struct journal *journal);
/* Wall times below this one are certainly wrong. */
int64_t journal_floor_ms(const struct journal *journal);

/* The epoch in force; number 0 until journal_epoch_open. */
struct epoch_id journal_epoch(const struct journal *journal);
/* Opens the next epoch: its first row is an EVENT_EPOCH_OPENED made from
 * `event` (type and epoch fields are filled in here); unreceipted events of the
 * epoch before follow with the same ids and blobs. One transaction. */
MUST_CHECK enum err journal_epoch_open(struct journal *journal, struct event *event);

/*
 * Appends one event: fills terminal, epoch, seq, encodes, seals `person` (NULL
 * or MEMBER_NONE without a phone: nothing to seal) under `session`, chains,
 * commits with one flush, and clears the intent in the same transaction. On
 * success `event->seq` is set and the event is durable. A session used for the
 * first time is stored in the same transaction. Failures leave nothing:
 * ERR_LIMIT (over EVENT_BYTES_MAX), ERR_RANGE, ERR_FULL, ERR_EXISTS (this id is
 * recorded with the same content: event->seq and points are the recorded ones),
 * ERR_CONFLICT (this id, other content). ERR_UNKNOWN: the disk failed at the
 * commit itself; journal_find tells.
 */
MUST_CHECK enum err journal_append(struct journal *journal, struct event *event,
    const struct person *person, struct session *session);

/* A recorded event by id: decoded into caller's `ret_event`, whose blob points
 * into `buf`. ERR_NOT_FOUND; ERR_STALE when it is pruned (only its id is kept). */
MUST_CHECK enum err journal_find(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    uint8_t buf[EVENT_BYTES_MAX], struct event *ret_event);

/* Walks the events of every epoch in (epoch, seq) order from `after_epoch`,
 * `after_seq` on, each once: one that was carried into a later epoch is met
 * there. `fn` returns false to stop. `event->blob` lives for the call. */
struct journal_row {
	const struct event *event;
	struct bytes bytes; /* as encoded */
	bool receipted;
	enum refusal refused; /* what the receipt said of it */
};

typedef bool journal_row_fn(void *self, const struct journal_row *row);
MUST_CHECK enum err journal_walk(struct journal *journal, uint32_t after_epoch,
    uint64_t after_seq, journal_row_fn *fn, void *self);
/* The newest first, at most `max` events for which `fn` was called. */
MUST_CHECK enum err journal_walk_back(
    struct journal *journal, size_t max, journal_row_fn *fn, void *self);
/* Returns and voids recorded here that refer to `id`, oldest first. */
MUST_CHECK enum err journal_walk_references(struct journal *journal,
    const uint8_t id[EVENT_ID_LEN], journal_row_fn *fn, void *self);

/* The open sale as bytes of the till's own (no person in it), or none. */
MUST_CHECK enum err journal_intent_set(struct journal *journal, struct bytes intent);
MUST_CHECK enum err journal_intent_get(
    struct journal *journal, uint8_t *buf, size_t cap, size_t *ret_len); /* 0: none */

/*
 * Cuts one batch if one is due: `everything` cuts whatever waits, otherwise by
 * size or age, and only while fewer than JOURNAL_OPEN_BATCHES_MAX are open. The
 * rows concerned are proved first; header, range and exact bytes are committed.
 * ERR_NOT_FOUND when nothing is due; ERR_NOT_READY without a signer.
 */
MUST_CHECK enum err journal_cut(struct journal *journal, bool everything);

/* A batch that lacks a receipt or is asked for again. */
struct journal_batch {
	struct epoch_id epoch;
	uint64_t number;
	uint64_t first_seq;
	uint64_t count;
	enum held_reason held; /* HELD_NONE: not held */
	int64_t wait_from_ms;  /* wall time of the held or repeated gap answer after
				* which it is offered hourly; 0: offered now */
};

typedef bool journal_batch_fn(void *self, const struct journal_batch *batch);
/* In sending order; nothing but this batch's own calls below from inside `fn`. */
MUST_CHECK enum err journal_walk_open_batches(
    struct journal *journal, journal_batch_fn *fn, void *self);
/* The exact bytes of a batch, `cap` at least BATCH_FILE_MAX. */
MUST_CHECK enum err journal_batch_file(struct journal *journal,
    const struct epoch_id *epoch, uint64_t number, uint8_t *buf, size_t cap,
    size_t *ret_len);
/* True when the batch has its receipt and is not asked for again, so that its
 * outbox file may go. ERR_NOT_FOUND: no row explains it. */
MUST_CHECK enum err journal_batch_done(struct journal *journal,
    const struct epoch_id *epoch, uint64_t number, bool *ret_done);

/*
 * Takes one verified-by-signature answer (the caller checked the key) and
 * checks every field against its own rows; commits. ERR_CONFLICT when a field
 * disagrees (nothing is kept); ERR_EXISTS when it was taken before; ERR_NOT_FOUND
 * when no batch of ours explains it. `file` is stored as proof. A second receipt
 * for a batch replaces the first, which is kept.
 */
MUST_CHECK enum err journal_accept(struct journal *journal, const struct answer *answer,
    const uint8_t answer_hash[HASH_LEN], struct bytes file);

/* Prunes at most `max` rows, whole batches from the oldest: those whose receipt
 * was taken PRUNE_AFTER_S ago and has a later one in its chain (for a closed
 * epoch: one of the present epoch that asks nothing of it) whose central time is
 * as much later. Ids, content hashes and an anchor stay for ever. */
MUST_CHECK enum err journal_prune(
    struct journal *journal, uint64_t max, uint64_t *ret_pruned);

/* Recomputes every link, hash, batch and receipt. ERR_CORRUPT: *ret_bad_seq and
 * a sentence in `reason`. `slice` > 0 checks that many rows more than last
 * time and says ERR_BUSY until it has seen all (idle slices). */
enum { JOURNAL_REASON_LEN_MAX = 160 };
MUST_CHECK enum err journal_verify(struct journal *journal, uint64_t slice,
    uint64_t *ret_bad_seq, char reason[JOURNAL_REASON_LEN_MAX]);

struct journal_status {
	struct epoch_id epoch;
	uint64_t recorded;         /* distinct events */
	uint64_t receipted;        /* distinct events */
	uint64_t waiting;          /* recorded - receipted */
	int64_t oldest_waiting_ms; /* wall time of the oldest one; -1: none */
	uint64_t held;             /* held batches */
	uint64_t refused;          /* events a receipt refused */
	uint64_t open_batches;     /* cut, without a receipt */
	uint8_t head[HASH_LEN];
	uint64_t last_seq;
	int64_t last_central_ms; /* central time of the highest receipt; 0: none */
};

/* Cheap at any size: counters are kept, not counted. */
MUST_CHECK enum err journal_status(
    struct journal *journal, struct journal_status *ret_status);

#endif
