/* SPDX-License-Identifier: MIT */
#ifndef CENTRAL_LEDGER_H
#define CENTRAL_LEDGER_H

#include "central/ledger_driver.h"
#include "contract/answer.h"
#include "contract/letter.h"

/*
 * What the central keeps of every terminal, over any database of the driver
 * port. Rows only; what they mean is decided in take.c and judge.c. Texts in
 * rows are copies; `bytes` are views that live until the same call is made
 * again. Finds say ERR_NOT_FOUND.
 */
struct ledger;

MUST_CHECK enum err ledger_open(const struct ledger_driver *driver, const char *where,
    enum ledger_mode mode, struct ledger **ret_ledger);
/* The ledger of the central in directory `dir`. */
#define LEDGER_FILE "ledger.db"
MUST_CHECK enum err ledger_open_in(
    const char *dir, enum ledger_mode mode, struct ledger **ret_ledger);
void ledger_close(struct ledger **ledger);

/* One transaction at a time, durable when commit returns; inside it one
 * savepoint at a time. A reader's transaction is one view of the whole. */
enum ledger_step {
	LEDGER_BEGIN,
	LEDGER_VIEW,
	LEDGER_COMMIT,
	LEDGER_ROLLBACK,
	LEDGER_SAVE,
	LEDGER_KEEP,
	LEDGER_UNDO,
};

MUST_CHECK enum err ledger_step(struct ledger *ledger, enum ledger_step step);
/* A step back after a failure, which is what the caller reports: its own is
 * only logged. */
void ledger_back(struct ledger *ledger, enum ledger_step step);

/* --- epochs ---------------------------------------------------------------- */

struct ledger_epoch {
	int64_t row; /* 0: not stored yet */
	int64_t terminal_row;
	char terminal[TERMINAL_LEN_MAX + 1];
	struct epoch_id id;
	uint64_t next_batch;
	uint64_t next_seq;
	uint8_t head[HASH_LEN];
	uint64_t receipts;
	uint8_t last_receipt[HASH_LEN];
};

MUST_CHECK enum err ledger_epoch_find(struct ledger *ledger, const char *terminal,
    const struct epoch_id *id, struct ledger_epoch *ret_epoch);
MUST_CHECK enum err ledger_epoch_by_row(
    struct ledger *ledger, int64_t row, struct ledger_epoch *ret_epoch);
/* Inserts (and sets the rows) or updates. */
MUST_CHECK enum err ledger_epoch_put(struct ledger *ledger, struct ledger_epoch *epoch);
/* In order of terminal, number, mark: the one after `after` (NULL: the first). */
MUST_CHECK enum err ledger_epoch_next(struct ledger *ledger,
    const struct ledger_epoch *after, struct ledger_epoch *ret_epoch);

/* --- batches --------------------------------------------------------------- */

enum batch_state {
	BATCH_NONE = 0,
	BATCH_TAKEN = 1,   /* in the chain, receipted */
	BATCH_SKIPPED = 2, /* in the chain by its signed heads, unreadable: held */
	BATCH_WAITING = 3, /* beyond a gap */
	BATCH_HELD = 4,    /* kept aside until a person decides */
};

struct ledger_batch {
	int64_t row;
	int64_t epoch_row;
	uint64_t number;
	uint8_t hash[HASH_LEN];
	uint64_t first_seq;
	uint64_t count;
	enum batch_state state;
	enum held_reason reason;
	uint64_t taken; /* 0: not in the chain */
	uint8_t key_id[KEY_ID_LEN];
	char store[STORE_LEN_MAX + 1];
	int64_t wall_ms;
	enum clock_state clock;
	char software[SOFTWARE_LEN_MAX + 1];
	int64_t arrived_ms; /* central time of the answer; while it waits, of arrival */
	uint64_t receipt;   /* its number; 0: none */
	uint8_t answer_hash[HASH_LEN];
	struct bytes file;
	struct bytes answer; /* empty: none */
};

MUST_CHECK enum err ledger_batch_add(struct ledger *ledger, struct ledger_batch *batch);
/* State, reason, taken, receipt, answer and its time of a stored one. */
MUST_CHECK enum err ledger_batch_set(
    struct ledger *ledger, const struct ledger_batch *batch);
MUST_CHECK enum err ledger_batch_find(struct ledger *ledger, int64_t epoch_row,
    uint64_t number, const uint8_t hash[HASH_LEN], struct ledger_batch *ret_batch);
/* The one in the chain with that number; then with that place in the order. */
MUST_CHECK enum err ledger_batch_by_number(struct ledger *ledger, int64_t epoch_row,
    uint64_t number, struct ledger_batch *ret_batch);
MUST_CHECK enum err ledger_batch_by_taken(
    struct ledger *ledger, uint64_t taken, struct ledger_batch *ret_batch);
/* The oldest one that waits with that number. */
MUST_CHECK enum err ledger_batch_waiting(struct ledger *ledger, int64_t epoch_row,
    uint64_t number, struct ledger_batch *ret_batch);
/* In order of arrival, the one after `row`, whatever its state. */
MUST_CHECK enum err ledger_batch_next(
    struct ledger *ledger, int64_t row, struct ledger_batch *ret_batch);
/* The highest `taken`; 0: none yet. */
MUST_CHECK enum err ledger_taken(struct ledger *ledger, uint64_t *ret_taken);

/* --- events ---------------------------------------------------------------- */

struct ledger_event {
	int64_t epoch_row;
	uint64_t seq;
	uint64_t taken; /* of its batch */
	int64_t terminal_row;
	bool named; /* has an id of its terminal; false: unreadable or foreign */
	uint8_t id[EVENT_ID_LEN];
	uint8_t content[HASH_LEN];
	enum event_type type;
	char clerk[CLERK_LEN_MAX + 1];
	int64_t amount_cents;
	uint32_t business_day;
	bool training;
	enum refusal refused;
	bool repeat;  /* the same event came before: counts once */
	bool changed; /* another event came before with its id */
	int64_t points[EARNER_COUNT];
	int64_t claimed[EARNER_COUNT];
	struct event_ref of; /* terminal empty: none */
};

MUST_CHECK enum err ledger_event_add(
    struct ledger *ledger, const struct ledger_event *event);
MUST_CHECK enum err ledger_event_at(struct ledger *ledger, int64_t epoch_row,
    uint64_t seq, struct ledger_event *ret_event);
/* Whether any row of the terminal has that id, at whatever place: nearly always
 * not, and then nothing else need be asked. */
MUST_CHECK enum err ledger_event_known(struct ledger *ledger, int64_t terminal_row,
    const uint8_t id[EVENT_ID_LEN], bool *ret_known);
/* Rows of the terminal with that id, repeats left out, that came before
 * (taken, seq): the i-th. */
MUST_CHECK enum err ledger_event_by_id(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event);
/* Voids and returns of `ref` that count and came before: the i-th. */
MUST_CHECK enum err ledger_event_of(struct ledger *ledger, const struct event_ref *ref,
    const struct ledger_event *before, size_t i, struct ledger_event *ret_event);
MUST_CHECK enum err ledger_event_count(struct ledger *ledger, uint64_t *ret_count);

/* --- sessions and letters -------------------------------------------------- */

/* The sealed recipient structure of a session, by terminal and session id. */
MUST_CHECK enum err ledger_session_add(struct ledger *ledger, int64_t terminal_row,
    const uint8_t id[SESSION_ID_LEN], struct bytes recipient);
MUST_CHECK enum err ledger_session_find(struct ledger *ledger, int64_t terminal_row,
    const uint8_t id[SESSION_ID_LEN], struct bytes *ret_recipient);
MUST_CHECK enum err ledger_session_count(struct ledger *ledger, uint64_t *ret_count);

struct ledger_letter {
	enum cose_type kind;
	char store[STORE_LEN_MAX + 1];
	uint64_t version;
	int64_t issued_ms;
	int64_t expires_ms;
	struct bytes file;
};

MUST_CHECK enum err ledger_letter_add(
    struct ledger *ledger, const struct ledger_letter *letter);
/* The newest for the store: its own or everybody's, whichever is newer. */
MUST_CHECK enum err ledger_letter_newest(struct ledger *ledger, enum cose_type kind,
    const char *store, struct ledger_letter *ret_letter);
MUST_CHECK enum err ledger_letter_version(struct ledger *ledger, enum cose_type kind,
    uint64_t version, struct ledger_letter *ret_letter);
/* The highest version of a kind, of any store; 0: none. */
MUST_CHECK enum err ledger_letter_top(
    struct ledger *ledger, enum cose_type kind, uint64_t *ret_version);
/* In order of kind, store, version: the one after. Pass a zero letter first. */
MUST_CHECK enum err ledger_letter_next(struct ledger *ledger,
    const struct ledger_letter *after, struct ledger_letter *ret_letter);

/* --- figures --------------------------------------------------------------- */

/* Events that count, by store, clerk, day and type: the next group. Start with
 * `first`; a walk goes to its end (ERR_NOT_FOUND). */
struct ledger_figure {
	char store[STORE_LEN_MAX + 1];
	char clerk[CLERK_LEN_MAX + 1];
	uint32_t day;
	enum event_type type;
	uint64_t events;
	int64_t amount_cents;
	int64_t points[EARNER_COUNT];
};

MUST_CHECK enum err ledger_figure_next(
    struct ledger *ledger, bool first, struct ledger_figure *ret_figure);

/* What is known of a terminal from its batches: the next one. */
struct ledger_contact {
	char terminal[TERMINAL_LEN_MAX + 1];
	char store[STORE_LEN_MAX + 1];
	int64_t arrived_ms; /* of its last batch */
	int64_t wall_ms;    /* when that was cut, by its own clock */
	enum clock_state clock;
	char software[SOFTWARE_LEN_MAX + 1];
	uint64_t waiting; /* batches beyond a gap */
	uint64_t held;    /* kept aside or unreadable */
};

MUST_CHECK enum err ledger_contact_next(
    struct ledger *ledger, bool first, struct ledger_contact *ret_contact);

/* Events that a manager should see: refused, changed, or claiming other points.
 * The next one. */
MUST_CHECK enum err ledger_flagged_next(
    struct ledger *ledger, bool first, struct ledger_event *ret_event);

#endif
