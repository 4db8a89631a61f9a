/* SPDX-License-Identifier: MIT */
#ifndef SYNC_JOURNAL_INTERNAL_H
#define SYNC_JOURNAL_INTERNAL_H

#include <sqlite3.h>

#include "contract/chain.h"
#include "sync/journal.h"
#include "sync/pack.h"

/* Private to sync/journal_*.c. */

/* Rows are keyed by epoch and seq in one integer, so that the order of sending
 * is the order of the table and an append touches its last page only. */
enum {
	KEY_SEQ_BITS = 40,
	EPOCH_MAX = 1 << 22,
	JOURNAL_SCHEMA_VERSION = 2,
	BUSY_WAIT_MS = 5000,
	CACHE_KIB = 256,
	WAL_PAGES_IDLE = 800,    /* checkpointed beside a cut, when this long */
	WAL_PAGES_APPEND = 3600, /* and by an append only from here on */
	WAL_BYTES = 4 << 20,     /* laid out beforehand: no sale grows a file */
	LAY_OUT_FREE = 16 << 20, /* bytes free, for it to be done */
	GAP_AGAIN_MS = 3600 * 1000,
};

static inline int64_t row_key(uint32_t epoch, uint64_t seq)
{
	return (int64_t)((uint64_t)epoch << KEY_SEQ_BITS | seq);
}

static inline uint32_t key_epoch(int64_t key)
{
	return (uint32_t)((uint64_t)key >> KEY_SEQ_BITS);
}

static inline uint64_t key_seq(int64_t key)
{
	return (uint64_t)key & ((UINT64_C(1) << KEY_SEQ_BITS) - 1);
}

/* Every statement is prepared once and kept. */
enum statement {
	STATEMENT_BEGIN = 0,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_STATE_GET,
	STATEMENT_STATE_SET,
	STATEMENT_EPOCH_ADD,
	STATEMENT_EPOCH_GET,
	STATEMENT_KNOWN_GET,
	STATEMENT_KNOWN_ADD,
	STATEMENT_EVENT_GET,
	STATEMENT_EVENT_ADD,
	STATEMENT_LINK_GET,
	STATEMENT_REFERENCE_ADD,
	STATEMENT_COPY_ADD,
	STATEMENT_COPY_ORIGINAL,
	STATEMENT_SESSION_ADD,
	STATEMENT_SESSION_GET,
	STATEMENT_INTENT_SET,
	STATEMENT_INTENT_GET,
	STATEMENT_INTENT_CLEAR,
	STATEMENT_BATCH_ADD,
	STATEMENT_BATCH_FILE_ADD,
	STATEMENT_BATCH_FILE_GET,
	STATEMENT_BATCH_GET,
	STATEMENT_BATCH_RECEIPT,
	STATEMENT_BATCH_HELD,
	STATEMENT_BATCH_GAP,
	STATEMENT_BATCH_AGAIN,
	STATEMENT_BATCH_GAP_CLOSED,
	STATEMENT_ANSWER_BY_HASH,
	STATEMENT_ANSWER_ADD,
	STATEMENT_ANSWER_REPLACED,
	STATEMENT_ANSWER_FORGET,
	STATEMENT_RECEIPT_BY_NUMBER,
	STATEMENT_RECEIPT_RUN_JOIN,
	STATEMENT_RECEIPT_RUN_SPLIT,
	STATEMENT_GAP_LAST,
	STATEMENT_REFUSAL_ADD,
	STATEMENT_REFUSAL_COUNT,
	STATEMENT_REFUSAL_CLEAR,
	STATEMENT_TWICE_COUNT,
	STATEMENT_OLDEST_OPEN,
	STATEMENT_ANCHOR_GET,
	STATEMENT_ANCHOR_SET,
	STATEMENT_COUNT_
};

/* The one row of `state`: counters and heads, kept so that nothing is counted.
 * A transaction changes a copy; the journal's own follows the commit. */
struct journal_state {
	struct epoch_id epoch;
	uint64_t last_seq;
	uint8_t head[HASH_LEN];
	uint64_t cut_seq; /* the last one in a batch */
	uint8_t cut_head[HASH_LEN];
	uint64_t batch_number;
	uint64_t receipt_number; /* the highest of the epoch */
	uint8_t receipt_hash[HASH_LEN];
	int64_t central_ms; /* of the highest receipt of any epoch */
	uint64_t recorded;
	uint64_t receipted;
	uint64_t refused;
	uint64_t held;
	uint64_t unreceipted_batches;
};

enum verify_phase { VERIFY_ROWS = 0, VERIFY_BATCHES, VERIFY_RECEIPTS, VERIFY_ENDS };

/* Where a verification in slices stands. */
struct verify_at {
	enum verify_phase phase;
	int64_t key;           /* the last row of the phase seen */
	struct epoch_id epoch; /* of the rows; number 0 before the first */
	uint8_t link[HASH_LEN];
	bool chain_only; /* at start: what each row says is for the idle slices */
};

struct journal {
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_COUNT_];
	int dir_fd;
	bool read_only;
	bool unsettled; /* a commit failed: reopen before anything else */
	struct journal_owner owner;
	char terminal[TERMINAL_LEN_MAX + 1];
	struct journal_state state;
	bool session_stored;
	uint8_t session_id[SESSION_ID_LEN]; /* the last one stored */
	bool intent_stored;
	bool reserve_held;
	int wal_pages;
	struct packer *packer; /* while there is something to cut */
	struct verify_at verify;
	uint8_t blob[BLOB_LEN_MAX];
	uint8_t bytes[EVENT_BYTES_MAX];
};

/* --- journal_sqlite.c ----------------------------------------------------- */

enum err journal_error(int sqlite_code);
/* Ready for a call: reopens after a commit whose outcome is unknown. */
enum err journal_settle(struct journal *journal);
enum err journal_settle_write(struct journal *journal);

/* The kept statement, reset and with no bindings. */
enum err statement_take(
    struct journal *journal, enum statement which, sqlite3_stmt **ret_statement);
/* Steps a statement that gives no row, and resets it. */
enum err statement_run(sqlite3_stmt *statement);
/* Steps to a row: ERR_NOT_FOUND (and reset) when there is none. */
enum err statement_row(sqlite3_stmt *statement);
void bind_u64(sqlite3_stmt *statement, int at, uint64_t value);
void bind_bytes(sqlite3_stmt *statement, int at, struct bytes value);
uint64_t column_u64(sqlite3_stmt *statement, int at);
struct bytes column_bytes(sqlite3_stmt *statement, int at);
/* ERR_CORRUPT unless the column is exactly `len` bytes. */
enum err column_fixed(sqlite3_stmt *statement, int at, uint8_t *out, size_t len);
/* Takes a statement, binds one integer, steps to its row. */
enum err row_by_key(struct journal *journal, enum statement which, int64_t key,
    sqlite3_stmt **ret_statement);

enum err journal_begin(struct journal *journal);
/* Stores `next` and commits; the journal's state is `next` afterwards. On
 * failure all is rolled back; ERR_UNKNOWN when the commit itself failed. */
enum err journal_commit(struct journal *journal, const struct journal_state *next);
void journal_rollback(struct journal *journal);
/* journal_commit after success, journal_rollback otherwise. */
enum err journal_end(
    struct journal *journal, enum err so_far, const struct journal_state *next);
/* Moves the write-ahead log into the file when it has `pages` or more. */
void journal_checkpoint(struct journal *journal, int pages);

/* The room kept for telling that the disk is full. */
enum err reserve_make(struct journal *journal);
void reserve_release(struct journal *journal);

/* --- journal_append.c ----------------------------------------------------- */

/* Inserts one encoded event at the state's end and moves the state along. */
enum err known_get(struct journal *journal, const uint8_t id[EVENT_ID_LEN],
    uint8_t ret_content[HASH_LEN], int64_t *ret_key);
enum err event_store(
    struct journal *journal, struct journal_state *next, struct bytes bytes);
/* Makes row `key` findable by what it refers to, if anything. */
enum err reference_add(
    struct journal *journal, const struct event_ref *reference, int64_t key);
/* Link of row `key`, or the anchor's or the epoch's start when seq is 0. */
enum err link_at(struct journal *journal, int64_t key, uint8_t ret_link[HASH_LEN]);
enum err epoch_by_number(
    struct journal *journal, uint32_t number, struct epoch_id *ret_epoch);

/* --- journal_verify.c ----------------------------------------------------- */

/* Heads and the last rows, before the first screen. */
enum err verify_tail(struct journal *journal, uint64_t rows, uint64_t *ret_bad_seq,
    char reason[JOURNAL_REASON_LEN_MAX]);

#endif
