/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/banned.h"
#include "sync/journal_internal.h"

/*
 * An epoch is one unbroken chain. A new one begins when the old one cannot be
 * trusted to go on; what the central has not confirmed comes along, with the
 * same ids and blobs, and counts once.
 */

/* The last seq of the present epoch up to which every row has its receipt. */
static enum err receipted_up_to(struct journal *journal, uint64_t *ret_seq)
{
	const struct journal_state *state = &journal->state;
	sqlite3_stmt *get = NULL;
	int rc = sqlite3_prepare_v2(journal->db,
	    "SELECT first FROM batch WHERE receipt IS NULL AND key > ?1 ORDER BY key"
	    " LIMIT 1",
	    -1, &get, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_bind_int64(get, 1, row_key(state->epoch.number, 0));
	enum err error = statement_row(get);
	if (error == ERR_NONE)
		*ret_seq = key_seq(sqlite3_column_int64(get, 0)) - 1;
	else if (error == ERR_NOT_FOUND)
		*ret_seq = state->cut_seq;
	sqlite3_finalize(get);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

static enum err before_fill(struct journal *journal, struct epoch_end *ret_before)
{
	struct epoch_end before = {.epoch = journal->state.epoch};
	if (before.epoch.number == 0) {
		*ret_before = before;
		return ERR_NONE;
	}
	enum err error = receipted_up_to(journal, &before.receipted_seq);
	if (error == ERR_NONE)
		error = link_at(journal,
		    row_key(before.epoch.number, before.receipted_seq), before.head);
	if (error == ERR_NONE)
		*ret_before = before;
	return error;
}

/* Number, mark and counters of a chain with no row yet. */
static enum err epoch_begin(struct journal *journal, struct journal_state *next)
{
	const struct crypto *crypto = journal->owner.crypto;
	sqlite3_stmt *add = NULL;
	if (next->epoch.number + 1 >= EPOCH_MAX)
		return ERR_LIMIT;
	next->epoch.number++;
	next->last_seq = 0;
	next->cut_seq = 0;
	next->batch_number = 0;
	next->receipt_number = 0;
	memset(next->receipt_hash, 0, HASH_LEN);
	enum err error = crypto->random(next->epoch.mark, EPOCH_MARK_LEN);
	if (error == ERR_NONE)
		error = chain_start(crypto, journal->terminal, &next->epoch, next->head);
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_EPOCH_ADD, &add);
	if (error != ERR_NONE)
		return error;
	memcpy(next->cut_head, next->head, HASH_LEN);
	bind_u64(add, 1, next->epoch.number);
	bind_bytes(add, 2, bytes_of(next->epoch.mark, EPOCH_MARK_LEN));
	return statement_run(add);
}

static enum err encode_next(struct journal *journal, const struct journal_state *next,
    struct event *event, struct bytes *ret_bytes)
{
	struct sink out = sink_of(journal->bytes, sizeof(journal->bytes));
	memcpy(event->terminal, journal->terminal, sizeof(event->terminal));
	event->epoch = next->epoch;
	event->seq = next->last_seq + 1;
	enum err error = event_encode(event, &out);
	if (error == ERR_NONE)
		*ret_bytes = sink_bytes(&out);
	return error;
}

static enum err opened_store(
    struct journal *journal, struct journal_state *next, struct event *event)
{
	uint8_t content[HASH_LEN];
	struct bytes bytes = {0};
	sqlite3_stmt *add = NULL;
	enum err error = encode_next(journal, next, event, &bytes);
	if (error == ERR_NONE)
		error = event_content_hash(journal->owner.crypto, event, content);
	if (error == ERR_NONE)
		error = event_store(journal, next, bytes);
	if (error == ERR_NONE)
		error = statement_take(journal, STATEMENT_KNOWN_ADD, &add);
	if (error != ERR_NONE)
		return error;
	bind_bytes(add, 1, bytes_of(event->id, EVENT_ID_LEN));
	bind_bytes(add, 2, bytes_of(content, HASH_LEN));
	(void)sqlite3_bind_int64(add, 3, row_key(next->epoch.number, next->last_seq));
	next->recorded++;
	return statement_run(add);
}

/* One row of the epoch before: again in this one, tied to the row that was
 * first. */
static enum err carry(struct journal *journal, struct journal_state *next,
    int64_t old_key, struct bytes old_bytes)
{
	struct event event;
	struct bytes bytes = {0};
	sqlite3_stmt *statement = NULL;
	int64_t original = old_key;
	enum err error = event_decode(old_bytes, &event);
	if (error == ERR_NONE)
		error = encode_next(journal, next, &event, &bytes);
	if (error == ERR_NONE)
		error = event_store(journal, next, bytes);
	if (error != ERR_NONE)
		return error;
	int64_t key = row_key(next->epoch.number, next->last_seq);
	error = row_by_key(journal, STATEMENT_COPY_ORIGINAL, old_key, &statement);
	if (error == ERR_NONE) {
		original = sqlite3_column_int64(statement, 0);
		sqlite3_reset(statement);
	}
	if (error == ERR_NONE || error == ERR_NOT_FOUND)
		error = statement_take(journal, STATEMENT_COPY_ADD, &statement);
	if (error != ERR_NONE)
		return error;
	(void)sqlite3_bind_int64(statement, 1, key);
	(void)sqlite3_bind_int64(statement, 2, original);
	error = statement_run(statement);
	return error == ERR_NONE ? reference_add(journal, &event.reference, key) : error;
}

static enum err carry_all(
    struct journal *journal, struct journal_state *next, const struct epoch_end *before)
{
	sqlite3_stmt *rows = NULL;
	int rc = sqlite3_prepare_v2(journal->db,
	    "SELECT key, bytes FROM event WHERE key > ?1 AND key <= ?2 ORDER BY key", -1,
	    &rows, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	uint32_t number = before->epoch.number;
	(void)sqlite3_bind_int64(rows, 1, row_key(number, before->receipted_seq));
	(void)sqlite3_bind_int64(rows, 2, row_key(number, journal->state.last_seq));
	enum err error = ERR_NONE;
	while (error == ERR_NONE && (error = statement_row(rows)) == ERR_NONE)
		error = carry(
		    journal, next, sqlite3_column_int64(rows, 0), column_bytes(rows, 1));
	sqlite3_finalize(rows);
	return error == ERR_NOT_FOUND ? ERR_NONE : error;
}

enum err journal_epoch_open(struct journal *journal, struct event *event)
{
	enum err error = journal_settle_write(journal);
	if (error != ERR_NONE)
		return error;
	struct journal_state next = journal->state;
	event->type = EVENT_EPOCH_OPENED;
	error = before_fill(journal, &event->before);
	if (error == ERR_NONE)
		error = journal_begin(journal);
	if (error != ERR_NONE)
		return error;
	error = epoch_begin(journal, &next);
	if (error == ERR_NONE)
		error = opened_store(journal, &next, event);
	if (error == ERR_NONE && event->before.epoch.number != 0)
		error = carry_all(journal, &next, &event->before);
	error = journal_end(journal, error, &next);
	if (error == ERR_NONE)
		journal->verify = (struct verify_at){0};
	return error;
}
