/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "base/banned.h"
#include "sync/journal_internal.h"

/*
 * The gate: a batch goes when its receipt is committed, a later receipt chains
 * to it (for a closed epoch: one of the present epoch that asks nothing of it),
 * the central's own times say that PRUNE_AFTER_S lies between the two, and as
 * long has passed here since the receipt was taken. Oldest batch first, whole
 * batches, one transaction each: rows, batch and answers go, the anchor stays.
 */
struct prunable {
	uint32_t epoch;
	uint64_t number;
	uint64_t last_seq;
	uint64_t count;
	uint8_t head[HASH_LEN];
	uint64_t receipt_number;
	uint8_t receipt_hash[HASH_LEN];
	int64_t central_ms;
	int64_t taken_ms;
};

/* The oldest batch of an epoch, with its receipt. ERR_NOT_FOUND: there is none,
 * or it lacks one. */
static enum err oldest_batch(
    struct journal *journal, uint32_t epoch, struct prunable *ret)
{
	sqlite3_stmt *get = NULL;
	int rc = sqlite3_prepare_v2(journal->db,
	    "SELECT b.key, b.first, b.last, b.head_after, a.receipt_key, a.hash,"
	    " a.central_ms, a.taken_ms FROM"
	    " (SELECT * FROM batch WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT 1) b"
	    " JOIN answer a ON a.id = b.receipt WHERE b.again = 0",
	    -1, &get, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_bind_int64(get, 1, row_key(epoch, 0));
	(void)sqlite3_bind_int64(get, 2, row_key(epoch + 1, 0));
	enum err error = statement_row(get);
	if (error == ERR_NONE) {
		ret->epoch = epoch;
		ret->number = key_seq(sqlite3_column_int64(get, 0));
		ret->last_seq = key_seq(sqlite3_column_int64(get, 2));
		ret->count = ret->last_seq + 1 - key_seq(sqlite3_column_int64(get, 1));
		ret->receipt_number = key_seq(sqlite3_column_int64(get, 4));
		ret->central_ms = sqlite3_column_int64(get, 6);
		ret->taken_ms = sqlite3_column_int64(get, 7);
		error = column_fixed(get, 3, ret->head, HASH_LEN);
	}
	if (error == ERR_NONE)
		error = column_fixed(get, 5, ret->receipt_hash, HASH_LEN);
	sqlite3_finalize(get);
	return error;
}

/* ERR_NOT_FOUND: the gate is shut. */
static enum err gate(struct journal *journal, const struct prunable *batch)
{
	static const int64_t wait_ms = (int64_t)PRUNE_AFTER_S * 1000;
	uint32_t present = journal->state.epoch.number;
	bool closed = batch->epoch < present;
	struct instant now;
	sqlite3_stmt *get = NULL;
	journal->owner.clock->now(journal->owner.clock->self, &now);
	if (now.wall_ms - batch->taken_ms < wait_ms)
		return ERR_NOT_FOUND;
	int rc = sqlite3_prepare_v2(journal->db,
	    closed ? "SELECT closed_epoch <> ?4 AND central_ms >= ?3 FROM answer"
		     " WHERE receipt_key > ?1 AND receipt_key < ?2 AND replaced = 0"
		     " ORDER BY receipt_key DESC LIMIT 1"
		   : "SELECT 1 FROM answer WHERE receipt_key > ?1 AND receipt_key < ?2"
		     " AND replaced = 0 AND run <= ?4 AND central_ms >= ?3 LIMIT 1",
	    -1, &get, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_bind_int64(
	    get, 1, row_key(present, closed ? 0 : batch->receipt_number));
	(void)sqlite3_bind_int64(get, 2, row_key(present + 1, 0));
	(void)sqlite3_bind_int64(get, 3, batch->central_ms + wait_ms);
	bind_u64(get, 4, closed ? batch->epoch : batch->receipt_number);
	enum err error = statement_row(get);
	if (error == ERR_NONE && sqlite3_column_int(get, 0) != 1)
		error = ERR_NOT_FOUND;
	sqlite3_finalize(get);
	return error;
}

/* The rows about to go must still prove up to the head that goes into the
 * anchor. */
static enum err rows_prove(struct journal *journal, const struct prunable *batch)
{
	uint64_t before = batch->last_seq - batch->count;
	uint8_t link[HASH_LEN];
	sqlite3_stmt *rows = NULL;
	uint64_t seen = 0;
	enum err error = link_at(journal, row_key(batch->epoch, before), link);
	if (error == ERR_NONE)
		error = journal_error(sqlite3_prepare_v2(journal->db,
		    "SELECT bytes FROM event WHERE key > ?1 AND key <= ?2 ORDER BY key",
		    -1, &rows, NULL));
	if (error != ERR_NONE)
		return error == ERR_NOT_FOUND ? ERR_CORRUPT : error;
	(void)sqlite3_bind_int64(rows, 1, row_key(batch->epoch, before));
	(void)sqlite3_bind_int64(rows, 2, row_key(batch->epoch, batch->last_seq));
	while (error == ERR_NONE && (error = statement_row(rows)) == ERR_NONE) {
		error = chain_step(journal->owner.crypto, column_bytes(rows, 0), link);
		seen++;
	}
	sqlite3_finalize(rows);
	if (error != ERR_NOT_FOUND)
		return error;
	return seen == batch->count && memcmp(link, batch->head, HASH_LEN) == 0
		   ? ERR_NONE
		   : ERR_CORRUPT;
}

static enum err delete_range(
    struct journal *journal, const char *sql, int64_t from, int64_t to)
{
	sqlite3_stmt *gone = NULL;
	int rc = sqlite3_prepare_v2(journal->db, sql, -1, &gone, NULL);
	if (rc != SQLITE_OK)
		return journal_error(rc);
	(void)sqlite3_bind_int64(gone, 1, from);
	(void)sqlite3_bind_int64(gone, 2, to);
	enum err error = statement_run(gone);
	sqlite3_finalize(gone);
	return error;
}

static enum err anchor_set(struct journal *journal, const struct prunable *batch)
{
	sqlite3_stmt *set = NULL;
	enum err error = statement_take(journal, STATEMENT_ANCHOR_SET, &set);
	if (error != ERR_NONE)
		return error;
	bind_u64(set, 1, batch->epoch);
	bind_u64(set, 2, batch->last_seq);
	bind_bytes(set, 3, bytes_of(batch->head, HASH_LEN));
	bind_u64(set, 4, batch->number);
	bind_u64(set, 5, batch->receipt_number);
	bind_bytes(set, 6, bytes_of(batch->receipt_hash, HASH_LEN));
	return statement_run(set);
}

static enum err prune_one(struct journal *journal, const struct prunable *batch)
{
	int64_t first = row_key(batch->epoch, batch->last_seq + 1 - batch->count);
	int64_t last = row_key(batch->epoch, batch->last_seq);
	int64_t key = row_key(batch->epoch, batch->number);

	const struct {
		const char *sql;
		int64_t from, to;
	} gone[] = {
	    {"DELETE FROM event WHERE key BETWEEN ?1 AND ?2", first, last},
	    {"DELETE FROM batch_file WHERE key BETWEEN ?1 AND ?2", key, key},
	    {"DELETE FROM batch WHERE key BETWEEN ?1 AND ?2", key, key},
	    {"DELETE FROM answer WHERE batch BETWEEN ?1 AND ?2", key, key},
	};
	enum err error = journal_begin(journal);
	if (error != ERR_NONE)
		return error;
	error = anchor_set(journal, batch);
	for (size_t i = 0; i < COUNT_OF(gone) && error == ERR_NONE; i++)
		error = delete_range(journal, gone[i].sql, gone[i].from, gone[i].to);
	return journal_end(journal, error, &journal->state);
}

/* ERR_NOT_FOUND: nothing may go from this epoch. */
static enum err prune_epoch(
    struct journal *journal, uint32_t epoch, uint64_t max, uint64_t *pruned)
{
	struct prunable batch = {0};
	enum err error = oldest_batch(journal, epoch, &batch);
	if (error == ERR_NONE && batch.count > max - *pruned)
		error = ERR_NOT_FOUND;
	if (error == ERR_NONE)
		error = gate(journal, &batch);
	if (error == ERR_NONE)
		error = rows_prove(journal, &batch);
	if (error == ERR_NONE)
		error = prune_one(journal, &batch);
	if (error == ERR_NONE)
		*pruned += batch.count;
	return error;
}

enum err journal_prune(struct journal *journal, uint64_t max, uint64_t *ret_pruned)
{
	uint64_t pruned = 0;
	enum err error = journal_settle_write(journal);
	for (uint32_t epoch = 1;
	     error == ERR_NONE && epoch <= journal->state.epoch.number; epoch++) {
		while (error == ERR_NONE)
			error = prune_epoch(journal, epoch, max, &pruned);
		if (error == ERR_NOT_FOUND)
			error = ERR_NONE;
	}
	journal->verify = (struct verify_at){0};
	journal_checkpoint(journal, WAL_PAGES_IDLE);
	if (error == ERR_NONE)
		*ret_pruned = pruned;
	return error;
}
