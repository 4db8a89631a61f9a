/* SPDX-License-Identifier: MIT */
#ifndef APP_TERMINAL_H
#define APP_TERMINAL_H

#include "config.h"
#include "contract/points.h"
#include "sync/exchange.h"
#include "sync/identity.h"

/*
 * Everything a process that holds the state lock has open: the wiring, no
 * decisions. Plain fields, for the shell alone.
 */
struct terminal {
	int state_fd;
	int lock_fd;
	struct config config;
	const struct crypto *crypto;
	const struct clock *clock;
	struct identity_keys *identity; /* NULL: not enrolled */
	struct letterbox *letterbox;    /* NULL: not enrolled */
	struct journal *journal;
	struct spool spool;
	struct exchange exchange;
	struct session session; /* in memory only; renewed by age and count */
	int64_t session_mono_ms;
	bool session_live;
	bool hurry;       /* a clerk waits here: no slow hash in this process */
	bool verified;    /* every row was proved since the start */
	bool journal_bad; /* and this one did not */
	uint64_t bad_seq;
	int64_t pruned_mono_ms;
};

/*
 * Opens the state directory under its lock (waiting `wait_ms`; on ERR_BUSY the
 * holder is told on stderr), opens or creates the journal and, when a programme
 * of a new version was adopted since, records that. Works unenrolled
 * (`identity` NULL): then only status and enrolment make sense. Faults are told
 * on stderr in one sentence with what to do.
 */
MUST_CHECK enum err terminal_open(const char *state_dir, const char *command,
    int64_t wait_ms, struct terminal *terminal);
/* The same for a look beside whoever holds the lock: takes no lock, makes and
 * changes nothing; `journal`, `identity` and `letterbox` may be NULL. */
MUST_CHECK enum err terminal_open_read(const char *state_dir, struct terminal *terminal);
void terminal_close(struct terminal *terminal);

/* Who the till is: "" when not enrolled. */
const char *terminal_store(const struct terminal *terminal);
/* Whether `wall_ms` is above the time floor (journal_floor_ms). */
enum clock_state terminal_clock(const struct terminal *terminal, int64_t wall_ms);

/* Fills what the shell knows of an event: see terminal_record, which does it
 * too. For whoever needs it before, to compute points. */
MUST_CHECK enum err terminal_prepare(struct terminal *terminal, struct event *event);

/*
 * Records one event: fills what the shell knows (terminal, training, clock,
 * offset, zone, boot id, versions, business day), renews the session when it is
 * due, and appends. Errors as journal_append; ERR_NOT_READY without programme
 * or trust.
 */
MUST_CHECK enum err terminal_record(
    struct terminal *terminal, struct event *event, const struct person *person);

/* The sale or top-up `id` with what its returns took and whether it is voided:
 * for FIND_EVENT, `record` and their refusals. What training recorded is found
 * in training only, and nothing else there. */
struct found_sale {
	uint8_t buf[EVENT_BYTES_MAX];
	struct event event; /* as recorded */
	struct event kept;  /* less every return so far */
	int64_t taken[EARNER_COUNT];
	bool voided;
};
MUST_CHECK enum err terminal_find(
    struct terminal *terminal, const uint8_t id[EVENT_ID_LEN], struct found_sale *ret);

/* One exchange_step and what follows from it: a new programme is recorded, a new
 * sealing key renews the session, a journal older than its own outbox opens a
 * new epoch. */
MUST_CHECK enum err terminal_exchange(struct terminal *terminal, bool cut_everything,
    struct exchange_news *ret_news, bool *ret_more);

/* Idle work in small slices: proves further rows, prunes what may go. True when
 * a further call at once would do more. */
bool terminal_tend(struct terminal *terminal);

#endif
