/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/banned.h"
#include "os/log.h"
#include "sync/journal_internal.h"

/* What the central says of a batch, against the rows it speaks of. */
struct accept {
	const struct answer *answer;
	const uint8_t *hash;
	struct bytes file;
	int64_t now_ms;
	int64_t batch; /* key of the batch row */
	int64_t first; /* row keys */
	int64_t last;
	bool receipted;
	int64_t receipt; /* answer row, when receipted */
	bool held;
	bool known; /* this very answer was stored before */
	struct journal_state next;
};

static enum err batch_fields(sqlite3_stmt *get, struct accept *accept)
{
	const struct answer *answer = accept->answer;
	uint8_t hash[HASH_LEN];
	uint8_t head[HASH_LEN];
	enum err error = column_fixed(get, 4, hash, HASH_LEN);
	if (error == ERR_NONE)
		error = column_fixed(get, 3, head, HASH_LEN);
	if (error != ERR_NONE)
		return error;
	accept->first = sqlite3_column_int64(get, 0);
	accept->last = sqlite3_column_int64(get, 1);
	accept->receipted = sqlite3_column_type(get, 5) != SQLITE_NULL;
	accept->receipt = sqlite3_column_int64(get, 5);
	accept->held = sqlite3_column_int(get, 6) != HELD_NONE;
	if (memcmp(hash, answer->batch_hash, HASH_LEN) != 0)
		return ERR_CONFLICT;
	if (answer->kind != ANSWER_RECEIPT)
		return ERR_NONE;
	bool same = answer->first_seq == key_seq(accept->first) &&
		    answer->last_seq == key_seq(accept->last) &&
		    memcmp(head, answer->head, HASH_LEN) == 0;
	return same ? ERR_NONE : ERR_CONFLICT;
}

/* Finds the batch row and compares what it says. ERR_EXISTS: pruned since. */
static enum err batch_match(struct journal *journal, struct accept *accept)
{
	const struct answer *answer = accept->answer;
	struct epoch_id ours;
	sqlite3_stmt *get = NULL;
	uint64_t number = answer->batch_number;
	if (strcmp(answer->terminal, journal->terminal) != 0)
		return ERR_CONFLICT;
	enum err error = epoch_by_number(journal, answer->epoch.number, &ours);
	if (error == ERR_NONE &&
	    memcmp(ours.mark, answer->epoch.mark, EPOCH_MARK_LEN) != 0)
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE && (number == 0 || number >> KEY_SEQ_BITS != 0))
		error = ERR_NOT_FOUND;
	if (error != ERR_NONE)
		return error;
	accept->batch = row_key(ours.number, number);
	error = row_by_key(journal, STATEMENT_BATCH_GET, accept->batch, &get);
	if (error == ERR_NONE) {
		error = batch_fields(get, accept);
		sqlite3_reset(get);
		return error;
	}
	if (error != ERR_NOT_FOUND)
		return error;
	error = row_by_key(journal, STATEMENT_ANCHOR_GET, ours.number, &get);
	if (error != ERR_NONE)
		return error;
	bool pruned = number <= column_u64(get, 2);
	sqlite3_reset(get);
	return pruned ? ERR_EXISTS : ERR_NOT_FOUND;
}

static enum err known_match(struct journal *journal, struct accept *accept)
{
	sqlite3_stmt *get = NULL;
	enum err error = statement_take(journal, STATEMENT_ANSWER_BY_HASH, &get);
	if (error != ERR_NONE)
		return error;
	bind_bytes(get, 1, bytes_of(accept->hash, HASH_LEN));
	error = statement_row(get);
	accept->known = error == ERR_NONE;
	if (accept->known)
		sqlite3_reset(get);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

/* --- receipts ------------------------------------------------------------- */

static enum err refused_check(const struct accept *accept)
{
	const struct answer *answer = accept->answer;
	struct refused refused;
	uint64_t before = 0;
	for (size_t i = 0; i < answer->refused_count; i++) {
		enum err error = answer_refused(answer, i, &refused);
		if (error != ERR_NONE)
			return error;
		if (refused.seq < answer->first_seq || refused.seq > answer->last_seq ||
		    refused.seq <= before || refused.code == REFUSAL_NONE)
			return ERR_CONFLICT;
		before = refused.seq;
	}
	return ERR_NONE;
}

static enum err receipt_by_number(
    struct journal *journal, uint32_t epoch, uint64_t number, sqlite3_stmt **ret_get)
{
	return row_by_key(
	    journal, STATEMENT_RECEIPT_BY_NUMBER, row_key(epoch, number), ret_get);
}

/* Where the unbroken chain that ends in this receipt begins. ERR_CONFLICT when
 * the receipt before it is here and is another one than it names. */
static enum err run_of(
    struct journal *journal, const struct answer *answer, uint64_t *ret_run)
{
	static const uint8_t none[HASH_LEN];
	sqlite3_stmt *get = NULL;
	uint64_t number = answer->receipt_number;
	if (number == 0 || number >> KEY_SEQ_BITS != 0)
		return ERR_CONFLICT;
	*ret_run = number;
	if (number == 1)
		return memcmp(answer->previous_receipt, none, HASH_LEN) == 0
			   ? ERR_NONE
			   : ERR_CONFLICT;
	enum err error =
	    receipt_by_number(journal, answer->epoch.number, number - 1, &get);
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_NONE : error;
	uint64_t run = column_u64(get, 1);
	bool same = bytes_equal(
	    column_bytes(get, 0), bytes_of(answer->previous_receipt, HASH_LEN));
	sqlite3_reset(get);
	*ret_run = run;
	return same ? ERR_NONE : ERR_CONFLICT;
}

static enum err run_update(struct journal *journal, enum statement which,
    const struct answer *answer, uint64_t to, uint64_t from)
{
	sqlite3_stmt *update = NULL;
	uint32_t epoch = answer->epoch.number;
	enum err error = statement_take(journal, which, &update);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(update, 1, row_key(epoch, answer->receipt_number));
	(void)sqlite3_bind_int64(update, 2, row_key(epoch + 1, 0));
	bind_u64(update, 3, to);
	bind_u64(update, 4, from);
	return statement_run(update);
}

/* The receipts after this one join its run, or (after a replacement) leave it. */
static enum err runs_settle(
    struct journal *journal, const struct accept *accept, uint64_t run)
{
	const struct answer *answer = accept->answer;
	uint64_t number = answer->receipt_number;
	sqlite3_stmt *get = NULL;
	enum err error =
	    receipt_by_number(journal, answer->epoch.number, number + 1, &get);
	if (error == ERR_NOT_FOUND)
		return ERR_NONE;
	if (error != ERR_NONE)
		return error;
	bool joins = bytes_equal(column_bytes(get, 2), bytes_of(accept->hash, HASH_LEN));
	sqlite3_reset(get);
	if (joins)
		return run_update(
		    journal, STATEMENT_RECEIPT_RUN_JOIN, answer, run, number + 1);
	return run_update(
	    journal, STATEMENT_RECEIPT_RUN_SPLIT, answer, number + 1, number);
}

static enum err answer_add(
    struct journal *journal, const struct accept *accept, uint64_t run)
{
	const struct answer *answer = accept->answer;
	bool receipt = answer->kind == ANSWER_RECEIPT;
	sqlite3_stmt *add = NULL;
	enum err error = statement_take(journal, STATEMENT_ANSWER_ADD, &add);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int(add, 1, (int)answer->kind);
	(void)sqlite3_bind_int64(add, 2, accept->batch);
	bind_bytes(add, 4, bytes_of(accept->hash, HASH_LEN));
	if (receipt) {
		(void)sqlite3_bind_int64(
		    add, 3, row_key(answer->epoch.number, answer->receipt_number));
		bind_bytes(add, 5, bytes_of(answer->previous_receipt, HASH_LEN));
		bind_u64(add, 6, run);
	}
	(void)sqlite3_bind_int64(add, 7, answer->central_ms);
	(void)sqlite3_bind_int64(add, 8, accept->now_ms);
	bind_u64(add, 9, receipt ? answer->closed_epoch : 0);
	bind_u64(add, 10, answer->kind == ANSWER_GAP ? answer->expected_seq : 0);
	bind_bytes(add, 11, accept->file);
	return statement_run(add);
}

static enum err run_with(struct journal *journal, enum statement which, int64_t a,
    int64_t b, sqlite3_stmt **ret_row)
{
	sqlite3_stmt *statement = NULL;
	enum err error = statement_take(journal, which, &statement);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(statement, 1, a);
	if (sqlite3_bind_parameter_count(statement) > 1)
		(void)sqlite3_bind_int64(statement, 2, b);
	if (ret_row == NULL)
		return statement_run(statement);
	*ret_row = statement;
	return statement_row(statement);
}

static enum err count_of(struct journal *journal, enum statement which, int64_t from,
    int64_t to, uint64_t *ret_count)
{
	sqlite3_stmt *get = NULL;
	enum err error = run_with(journal, which, from, to, &get);
	if (error != ERR_NONE)
		return error;
	*ret_count = column_u64(get, 0);
	sqlite3_reset(get);
	return ERR_NONE;
}

/* The newest receipt of a batch says which of its events are refused. */
static enum err refused_store(struct journal *journal, struct accept *accept)
{
	const struct answer *answer = accept->answer;
	uint64_t before = 0;
	struct refused refused;
	enum err error = count_of(
	    journal, STATEMENT_REFUSAL_COUNT, accept->first, accept->last, &before);
	if (error == ERR_NONE && before > 0)
		error = run_with(
		    journal, STATEMENT_REFUSAL_CLEAR, accept->first, accept->last, NULL);
	for (size_t i = 0; error == ERR_NONE && i < answer->refused_count; i++) {
		error = answer_refused(answer, i, &refused);
		if (error == ERR_NONE)
			error = run_with(journal, STATEMENT_REFUSAL_ADD,
			    row_key(answer->epoch.number, refused.seq),
			    (int64_t)refused.code, NULL);
	}
	accept->next.refused += answer->refused_count - before;
	return error;
}

static enum err batch_receipted(struct journal *journal, struct accept *accept)
{
	struct journal_state *next = &accept->next;
	uint64_t twice = 0;
	enum err error = ERR_NONE;
	if (accept->receipted) {
		error = run_with(
		    journal, STATEMENT_ANSWER_REPLACED, accept->receipt, 0, NULL);
	} else {
		error = count_of(
		    journal, STATEMENT_TWICE_COUNT, accept->first, accept->last, &twice);
		next->receipted += (uint64_t)(accept->last - accept->first) + 1 - twice;
		next->unreceipted_batches--;
		next->held -= accept->held;
	}
	return error;
}

static void newest_receipt(struct accept *accept)
{
	const struct answer *answer = accept->answer;
	struct journal_state *next = &accept->next;
	bool present = answer->epoch.number == next->epoch.number;
	if (present && answer->receipt_number >= next->receipt_number) {
		next->receipt_number = answer->receipt_number;
		memcpy(next->receipt_hash, accept->hash, HASH_LEN);
		next->central_ms = answer->central_ms;
	}
	if (next->central_ms == 0)
		next->central_ms = answer->central_ms;
}

static enum err gaps_closed(struct journal *journal, const struct answer *answer)
{
	sqlite3_stmt *update = NULL;
	enum err error = statement_take(journal, STATEMENT_BATCH_GAP_CLOSED, &update);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(update, 1, row_key(answer->epoch.number, 0));
	(void)sqlite3_bind_int64(update, 2, row_key(answer->epoch.number + 1, 0));
	bind_u64(update, 3, answer->last_seq);
	return statement_run(update);
}

static enum err receipt_store(struct journal *journal, struct accept *accept)
{
	uint64_t run = 0;
	sqlite3_stmt *get = NULL;
	if (accept->known) /* asked for again and answered the same: done again */
		return run_with(journal, STATEMENT_BATCH_RECEIPT, accept->batch,
		    accept->receipt, NULL);
	enum err error = run_of(journal, accept->answer, &run);
	if (error == ERR_NONE)
		error = batch_receipted(journal, accept);
	if (error == ERR_NONE)
		error = answer_add(journal, accept, run);
	if (error == ERR_NONE)
		error = runs_settle(journal, accept, run);
	if (error == ERR_NONE)
		error = refused_store(journal, accept);
	if (error != ERR_NONE)
		return error;
	error = statement_take(journal, STATEMENT_ANSWER_BY_HASH, &get);
	if (error != ERR_NONE)
		return error;
	bind_bytes(get, 1, bytes_of(accept->hash, HASH_LEN));
	error = statement_row(get);
	if (error != ERR_NONE)
		return error;
	int64_t id = sqlite3_column_int64(get, 0);
	sqlite3_reset(get);
	newest_receipt(accept);
	error = run_with(journal, STATEMENT_BATCH_RECEIPT, accept->batch, id, NULL);
	return error == ERR_NONE ? gaps_closed(journal, accept->answer) : error;
}

/* --- gaps and held batches ------------------------------------------------ */

static enum err answer_replace(struct journal *journal, const struct accept *accept)
{
	if (accept->known)
		return ERR_NONE;
	enum err error = run_with(journal, STATEMENT_ANSWER_FORGET, accept->batch,
	    (int64_t)accept->answer->kind, NULL);
	return error == ERR_NONE ? answer_add(journal, accept, 0) : error;
}

static enum err three_keys(
    struct journal *journal, enum statement which, int64_t a, int64_t b, int64_t c)
{
	sqlite3_stmt *update = NULL;
	enum err error = statement_take(journal, which, &update);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(update, 1, a);
	(void)sqlite3_bind_int64(update, 2, b);
	(void)sqlite3_bind_int64(update, 3, c);
	return statement_run(update);
}

/* Has this very seq been asked for within the hour? */
static enum err asked_lately(
    struct journal *journal, const struct accept *accept, bool *ret_lately)
{
	const struct answer *answer = accept->answer;
	sqlite3_stmt *get = NULL;
	enum err error = statement_take(journal, STATEMENT_GAP_LAST, &get);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int(get, 1, ANSWER_GAP);
	bind_u64(get, 2, answer->expected_seq);
	(void)sqlite3_bind_int64(get, 3, row_key(answer->epoch.number, 0));
	(void)sqlite3_bind_int64(get, 4, row_key(answer->epoch.number + 1, 0));
	error = statement_row(get);
	if (error == ERR_NOT_FOUND) {
		*ret_lately = false;
		return ERR_NONE;
	}
	if (error != ERR_NONE)
		return error;
	int64_t ago_ms = accept->now_ms - sqlite3_column_int64(get, 0);
	*ret_lately = ago_ms >= 0 && ago_ms < GAP_AGAIN_MS;
	sqlite3_reset(get);
	return ERR_NONE;
}

static enum err gap_store(struct journal *journal, struct accept *accept)
{
	const struct answer *answer = accept->answer;
	uint32_t epoch = answer->epoch.number;
	bool lately = false;
	if (answer->expected_seq == 0 || answer->expected_seq >= key_seq(accept->first))
		return ERR_CONFLICT;
	enum err error = asked_lately(journal, accept, &lately);
	if (error == ERR_NONE)
		error = answer_replace(journal, accept);
	if (error != ERR_NONE)
		return error;
	if (lately)
		return three_keys(journal, STATEMENT_BATCH_GAP, accept->batch,
		    (int64_t)answer->expected_seq, accept->now_ms);
	return three_keys(journal, STATEMENT_BATCH_AGAIN, row_key(epoch, 0),
	    row_key(epoch + 1, 0), row_key(epoch, answer->expected_seq));
}

static enum err held_store(struct journal *journal, struct accept *accept)
{
	/* What has its receipt keeps it; the answer is kept beside it. */
	enum held_reason reason = accept->receipted ? HELD_NONE : accept->answer->reason;
	if (accept->answer->reason == HELD_NONE)
		return ERR_CONFLICT;
	accept->next.held += !accept->receipted && !accept->held;
	enum err error = answer_replace(journal, accept);
	if (error != ERR_NONE)
		return error;
	return three_keys(journal, STATEMENT_BATCH_HELD, accept->batch, (int64_t)reason,
	    accept->now_ms);
}

static enum err answer_store(struct journal *journal, struct accept *accept)
{
	switch (accept->answer->kind) {
	case ANSWER_RECEIPT: return receipt_store(journal, accept);
	case ANSWER_GAP: return gap_store(journal, accept);
	case ANSWER_HELD: return held_store(journal, accept);
	case ANSWER_NONE: break;
	}
	return ERR_FORMAT;
}

enum err journal_accept(struct journal *journal, const struct answer *answer,
    const uint8_t answer_hash[HASH_LEN], struct bytes file)
{
	struct instant now;
	struct accept accept = {.answer = answer, .hash = answer_hash, .file = file};
	enum err error = journal_settle_write(journal);
	if (error == ERR_NONE)
		error = batch_match(journal, &accept);
	if (error == ERR_NONE)
		error = known_match(journal, &accept);
	if (error == ERR_NONE && answer->kind == ANSWER_RECEIPT)
		error = refused_check(&accept);
	if (error != ERR_NONE)
		return error;
	journal->owner.clock->now(journal->owner.clock->self, &now);
	accept.now_ms = now.wall_ms;
	accept.next = journal->state;
	error = journal_begin(journal);
	if (error != ERR_NONE)
		return error;
	error = answer_store(journal, &accept);
	error = journal_end(journal, error, &accept.next);
	/* A full disk must not keep out the receipts that will empty it: give up
	 * the reserve; the caller's next turn tries again. */
	if (error == ERR_FULL)
		reserve_release(journal);
	if (error == ERR_NONE && accept.known)
		error = ERR_EXISTS;
	return error;
}
